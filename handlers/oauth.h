/* handlers/oauth.h - OAuth 2 for programs: client credentials (RFC 6749 4.4), tokens in headers (RFC 6750)
 *
 * A client of a schema gets a token for its id and secret, and acts with it for the account of that schema, with the roles that
 * it was given.  Who it is in a pool, every worker finds in the repository.
 */
#ifndef CORDS_HANDLERS_OAUTH_H
#define CORDS_HANDLERS_OAUTH_H

#include "handlers/route.h"

/* spec  RFC 6749 3.2 and 2.3.1: each parameter once, an empty one counts as missing, unknown ones are ignored */
struct token_request {
	struct span grant_type, scope, client_id, client_secret;	/* p NULL: missing */
};

/* fails BAD_FORM: another media type, longer than 8 KiB, escapes, NUL, a parameter given twice */
bool token_request_read(const struct request *req, struct arena *mem, struct token_request *out, struct err *e);

/*
 * oauth_client - who asks for a token
 *
 * The client of this schema whose id and secret the request brings, as Basic or in its form.  Failures are counted as those
 * of logins are.
 *
 * schema  of the URL; NULL when there is none of that alias, which is told like a wrong secret
 * out     the client; with THROTTLED only retry_after_s
 * fails   BAD_CLIENT, BAD_FORM, THROTTLED; what the database fails with.  Outside a transaction
 */
bool oauth_client(const struct request *req, const struct site *site, struct db *db, const struct schema *schema,
    struct arena *mem, struct caller *out, struct err *e);

/*
 * oauth_bearer - whose token is this?  Costs no statement for a token that was seen lately
 *
 * out     the client; its roles are those of out->client
 * fails   BAD_TOKEN; what the database fails with
 */
bool oauth_bearer(const struct request *req, const struct site *site, struct db *db, struct span token, struct arena *mem,
    struct caller *out, struct err *e);

action oauth_token;			/* POST /ords/SCHEMA/oauth/token */
action oauth_no_flow;			/* what stands where browsers would be sent to */

#endif
