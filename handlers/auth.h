/* handlers/auth.h - who asks, and may they */
#ifndef CORDS_HANDLERS_AUTH_H
#define CORDS_HANDLERS_AUTH_H

#include "handlers/callers.h"
#include "handlers/route.h"

struct auth_cache;			/* successes of the last security.credentials.cache, per worker, 256 entries */
struct auth_cache *auth_cache_open(void);
void auth_cache_close(struct auth_cache **a);
struct callers *auth_callers(struct auth_cache *a);	/* connections that logins opened */

/*
 * auth_check - steps (3) and (4) of the order of checks: credentials, schema, role
 *
 * role          of the route; ROLE_SODA where none was found, so that strangers hear 401 before any 404
 * names_schema  the path names a schema; schema: by its alias, NULL when unknown
 * out           the caller; with THROTTLED only retry_after_s
 * fails         UNAUTHORIZED, BAD_TOKEN, THROTTLED, NO_SCHEMA, FORBIDDEN; with ROLE_CLIENT as oauth_client() does; what the counters' database fails with.  Outside a transaction,
 *               because hashing takes long and failures are counted on their own
 */
bool auth_check(struct auth_cache *a, const struct request *req, const struct site *site, struct db *db, enum role role,
    bool names_schema, const struct schema *schema, struct arena *mem, struct caller *out, struct err *e);

#endif
