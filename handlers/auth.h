/* handlers/auth.h - who asks, and may they */
#ifndef CORDS_HANDLERS_AUTH_H
#define CORDS_HANDLERS_AUTH_H

#include "handlers/route.h"

struct auth_cache;			/* successes of the last security.credentials.cache, per worker, 256 entries */
struct auth_cache *auth_cache_open(void);
void auth_cache_close(struct auth_cache **a);

/* over HTTPS by the rules of security.httpsHeaderCheck and security.trustedProxies? */
bool request_is_secure(const struct request *req, const struct settings *global);
bool request_from_trusted_proxy(const struct request *req, const struct settings *global);

/*
 * auth_check - steps (2) to (4) of the order of checks: origin, transport, credentials, schema, role
 *
 * role    of the route, or the strictest where no route was found
 * schema  by the alias in the URL; NULL when unknown
 * fails   FORBIDDEN (origin, transport, role), UNAUTHORIZED, THROTTLED, NO_SCHEMA; texts as the front layer says them
 */
bool auth_check(struct auth_cache *a, const struct request *req, const struct site *site, struct db *db, enum role role,
    bool names_schema, const struct schema *schema, struct arena *mem, struct caller *out, struct err *e);

#endif
