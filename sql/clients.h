/* sql/clients.h - clients of OAuth 2, and the tokens they got
 *
 * A client belongs to a schema and never has more than its account.  Secrets and tokens are random, so a plain digest is all
 * that is kept of them.  A token that was looked up is remembered with the catalogue (catalog.h): it costs no statement until
 * the repository's counter moves, and every change of a client moves it.
 */
#ifndef CORDS_SQL_CLIENTS_H
#define CORDS_SQL_CLIENTS_H

#include "sql/db.h"

struct client {
	int64_t id, generation, created_us;
	struct span client_id;		/* what it calls itself */
	struct span name;		/* of people, within its schema */
	const char *roles;		/* comma list */
	const char *secret_digest;	/* hexadecimal */
	int64_t schema_id;
	struct span schema;		/* its name */
	bool schema_enabled, schema_is_admin;
};

/* *found false when there is none; by the schema's number and the client's name, or by what it calls itself */
bool client_by_name(struct db *db, int64_t schema_id, struct span name, struct arena *mem, struct client *out, bool *found,
    struct err *e);
bool client_by_id(struct db *db, struct span client_id, struct arena *mem, struct client *out, bool *found, struct err *e);
bool client_list(struct db *db, struct arena *mem, const struct client **out, size_t *n, struct err *e);	/* of all schemas */

bool client_secret_fits(const struct client *client, struct span secret);	/* in constant time */

/* Inside TX_DEFINE, each of these: every worker notices at its next request. */
bool client_create(struct db *db, int64_t schema_id, struct span name, struct span roles, struct span client_id,
    struct span secret, struct err *e);		/* fails CONSTRAINT when the schema has a client of that name */
bool client_set_roles(struct db *db, const struct client *client, struct span roles, struct err *e);
bool client_set_secret(struct db *db, const struct client *client, struct span secret, struct err *e);	/* and revoke */
bool client_revoke(struct db *db, const struct client *client, struct err *e);	/* its tokens */
bool client_delete(struct db *db, const struct client *client, struct err *e);

/* Inside TX_WRITE.  Tokens whose time is over go with it, and, when the client has `most` of them, those that would end first: a
 * worker that remembers one of these takes it to its end. */
bool token_add(struct db *db, const struct client *client, struct span token, int64_t life_us, int64_t most, struct err *e);

/* Whose token is this?  After catalog_begin(), or catalog_trust(), which is doubted when the token is not remembered.
 * *found false: unknown, expired or revoked.  out: copied into mem */
bool client_of_token(struct db *db, struct span token, struct arena *mem, struct client *out, bool *found, struct err *e);

#endif
