/* sql/clients.c - clients of OAuth 2, and the tokens they got */
#include "sql/clients.h"

#include "base/clock.h"
#include "base/digest.h"
#include "sql/catalog_cache.h"
#include "sql/fetch.h"
#include "sql/named.h"
#include "sql/odbc.h"

enum { DIGEST = TOKEN_DIGEST, DIGEST_HEX = 2 * DIGEST };

static void
token_digest(struct span token, unsigned char out[DIGEST])
{
	digest_parts(&token, 1, out);
}

/* The same secret, should two clients ever have it, is not the same text here. */
static void
secret_digest(struct span client_id, struct span secret, char hex[DIGEST_HEX + 1])
{
	struct span parts[] = { client_id, secret };
	unsigned char digest[DIGEST];

	digest_parts(parts, 2, digest);
	digest_hex(digest, DIGEST, hex);
}

bool
client_secret_fits(const struct client *client, struct span secret)
{
	char hex[DIGEST_HEX + 1];

	secret_digest(client->client_id, secret, hex);
	return strlen(client->secret_digest) == DIGEST_HEX && digest_equal(hex, client->secret_digest, DIGEST_HEX);
}

/* ---- reading ---- */

/* columns of CLIENT_* */
static bool
read_client(struct stmt *st, struct arena *mem, void *row, struct err *e)
{
	struct client *out = row;
	int64_t enabled, is_admin;
	struct span secret, roles;

	if (!(stmt_int(st, 0, &out->id, e) && stmt_text(st, 1, mem, &out->client_id, e) && stmt_text(st, 2, mem, &out->name, e)
	    && stmt_text(st, 3, mem, &roles, e) && stmt_text(st, 4, mem, &secret, e) && stmt_int(st, 5, &out->generation, e)
	    && stmt_int(st, 6, &out->created_us, e) && stmt_int(st, 7, &out->schema_id, e)
	    && stmt_text(st, 8, mem, &out->schema, e) && stmt_int(st, 9, &enabled, e) && stmt_int(st, 10, &is_admin, e)))
		return false;
	out->roles = roles.p == NULL ? "" : roles.p;
	out->secret_digest = secret.p == NULL ? "" : secret.p;
	out->schema_enabled = enabled != 0;
	out->schema_is_admin = is_admin != 0;
	return true;
}

bool
client_by_name(struct db *db, int64_t schema_id, struct span name, struct arena *mem, struct client *out, bool *found,
    struct err *e)
{
	struct bind who[] = { BIND_I(schema_id), BIND_T(name) };
	struct query q = NAMED(S_CLIENT_BY_NAME, who);

	return fetch_one(db, &q, read_client, mem, out, found, e);
}

bool
client_by_id(struct db *db, struct span client_id, struct arena *mem, struct client *out, bool *found, struct err *e)
{
	struct bind who[] = { BIND_T(client_id) };
	struct query q = NAMED(S_CLIENT_BY_ID, who);

	return fetch_one(db, &q, read_client, mem, out, found, e);
}

bool
client_list(struct db *db, struct arena *mem, const struct client **out, size_t *n, struct err *e)
{
	struct query q = named(S_CLIENT_LIST, NULL, 0);
	void *rows;
	bool ok = fetch_all(db, &q, read_client, sizeof(**out), mem, &rows, n, e);

	*out = rows;
	return ok;
}

/* ---- changing ---- */

bool
client_create(struct db *db, int64_t schema_id, struct span name, struct span roles, struct span client_id,
    struct span secret, struct err *e)
{
	char digest[DIGEST_HEX + 1];
	int64_t id;

	if (!catalog_new_id(db, &id, e))
		return false;
	secret_digest(client_id, secret, digest);
	struct bind row[] = { BIND_I(id), BIND_I(schema_id), BIND_T(name), BIND_T(client_id), BIND_T(span_of(digest)),
		BIND_T(roles), BIND_I(clock_us()) };

	if (write_one(db, NAMED(S_CLIENT_INSERT, row), e))
		return catalog_changed(db, e);
	return e->kind == ERR_DUPLICATE_KEY || e->kind == ERR_CONSTRAINT
	    ? err_set(e, ERR_CONSTRAINT, "the schema has a client named %.*s already", SPAN_ARG(name)) : false;
}

bool
client_set_roles(struct db *db, const struct client *client, struct span roles, struct err *e)
{
	struct bind row[] = { BIND_T(roles), BIND_I(client->id) };
	struct query q = NAMED(S_CLIENT_ROLES, row);

	/* MariaDB counts a row that was like that before as none */
	return stmt_exec(db, &q, NULL, e) && catalog_changed(db, e);
}

static bool
forget_tokens(struct db *db, const struct client *client, struct err *e)
{
	struct bind which[] = { BIND_I(client->id) };
	struct query q = NAMED(S_TOKEN_DELETE_OF_CLIENT, which);

	return stmt_exec(db, &q, NULL, e) && catalog_changed(db, e);
}

bool
client_set_secret(struct db *db, const struct client *client, struct span secret, struct err *e)
{
	char digest[DIGEST_HEX + 1];
	struct bind row[] = { BIND_T(((struct span){ digest, DIGEST_HEX })), BIND_I(client->id) };

	secret_digest(client->client_id, secret, digest);
	return write_one(db, NAMED(S_CLIENT_SECRET, row), e) && forget_tokens(db, client, e);
}

bool
client_revoke(struct db *db, const struct client *client, struct err *e)
{
	struct bind which[] = { BIND_I(client->id) };

	return write_one(db, NAMED(S_CLIENT_REVOKE, which), e) && forget_tokens(db, client, e);
}

bool
client_delete(struct db *db, const struct client *client, struct err *e)
{
	struct bind which[] = { BIND_I(client->id) };

	return write_one(db, NAMED(S_CLIENT_DELETE, which), e) && forget_tokens(db, client, e);
}

/* ---- tokens ---- */

/* Hosts of one repository may disagree about the time, and each may be set: its own clock counts, where it has one (F-19). */
static bool
repository_now(struct db *db, int64_t *us, struct err *e)
{
	struct query q = { .text = span_of(db->dialect->clock) };
	bool found;

	*us = clock_us();
	return db->dialect->clock == NULL || read_number(db, q, us, &found, e);
}

/* Who asks for a token each time fills no table.  A tenth goes at once, so that it is rarely looked for. */
static bool
make_room(struct db *db, const struct client *client, int64_t most, struct err *e)
{
	struct bind whose[] = { BIND_I(client->id) };
	struct bind last[] = { BIND_I(client->id), BIND_I(most - 1 - most / 10) };
	int64_t n = 0, end_us = 0;
	bool found;

	if (!read_number(db, NAMED(S_TOKEN_COUNT, whose), &n, &found, e))
		return false;
	if (n < most)
		return true;
	if (!read_number(db, NAMED(S_TOKEN_END_OF, last), &end_us, &found, e))
		return false;
	struct bind old[] = { BIND_I(client->id), BIND_I(end_us) };
	struct query q = NAMED(S_TOKEN_DELETE_OLD, old);

	return stmt_exec(db, &q, NULL, e);
}

bool
token_add(struct db *db, const struct client *client, struct span token, int64_t life_us, int64_t most, struct err *e)
{
	unsigned char digest[DIGEST];
	char hex[DIGEST_HEX + 1];
	int64_t now_us;

	if (!repository_now(db, &now_us, e))
		return false;
	token_digest(token, digest);
	digest_hex(digest, DIGEST, hex);
	struct bind over[] = { BIND_I(now_us) };
	struct bind row[] = { BIND_T(((struct span){ hex, DIGEST_HEX })), BIND_I(client->id), BIND_I(client->generation),
		BIND_I(now_us + life_us) };
	struct query expire = NAMED(S_TOKEN_EXPIRE, over);

	return stmt_exec(db, &expire, NULL, e) && make_room(db, client, most, e) && write_one(db, NAMED(S_TOKEN_INSERT, row), e);
}

static void
copy_client(const struct client *from, struct arena *mem, struct client *to)
{
	*to = *from;
	to->client_id = arena_span(mem, from->client_id);
	to->name = arena_span(mem, from->name);
	to->schema = arena_span(mem, from->schema);
	to->roles = arena_z(mem, span_of(from->roles));
	to->secret_digest = arena_z(mem, span_of(from->secret_digest));
}

/* One client has many tokens, one after the other. */
static const struct client *
keep_client(struct catalog *c, const struct client *client)
{
	struct kept_client *k;

	for (k = c->clients; k != NULL; k = k->next)
		if (k->client.id == client->id)
			return &k->client;
	k = ARENA_NEW(c->mem, struct kept_client);
	copy_client(client, c->mem, &k->client);
	k->next = c->clients;
	c->clients = k;
	return &k->client;
}

/* left_us: how long it is good for, still */
static bool
read_token(struct db *db, const unsigned char digest[DIGEST], struct arena *mem, struct client *out, int64_t *left_us,
    bool *found, struct err *e)
{
	int64_t expires_us = 0, now_us;
	char hex[DIGEST_HEX + 1];
	struct bind which[] = { BIND_T(((struct span){ hex, DIGEST_HEX })) };
	struct query q = NAMED(S_CLIENT_OF_TOKEN, which);
	struct stmt *st;
	bool ok;

	digest_hex(digest, DIGEST, hex);
	if (!stmt_open(db, &q, &st, e))
		return false;
	ok = stmt_step(st, found, e) && (!*found || (read_client(st, mem, out, e) && stmt_int(st, 11, &expires_us, e)));
	stmt_done(st);
	if (!ok || !*found || !repository_now(db, &now_us, e))
		return ok && !*found;
	*left_us = expires_us - now_us;
	*found = *left_us > 0;
	return true;
}

bool
client_of_token(struct db *db, struct span token, struct arena *mem, struct client *out, bool *found, struct err *e)
{
	struct catalog *c = catalog_of(db);
	unsigned char digest[DIGEST];
	struct kept_token *k;
	int64_t left_us;

	token_digest(token, digest);
	k = &c->tokens[digest[0] % TOKENS_KEPT];
	*found = k->client != NULL && digest_equal(k->digest, digest, DIGEST);
	if (*found) {
		copy_client(k->client, mem, out);
		*found = k->until_ns > clock_mono_ns();
		return true;
	}
	if (catalog_is_trusted(db))
		return catalog_doubt(db, e);
	if (!read_token(db, digest, mem, out, &left_us, found, e))
		return false;
	if (!*found)
		return true;
	memcpy(k->digest, digest, DIGEST);
	k->until_ns = clock_mono_ns() + left_us * 1000;
	k->client = keep_client(c, out);
	return true;
}
