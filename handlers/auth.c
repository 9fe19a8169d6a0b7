/* handlers/auth.c - Basic credentials of schema accounts and mid-tier users; tokens of their clients
 *
 * A password is hashed twice a minute at most: a success is remembered under a digest of account, stored hash and password,
 * keyed with random bytes of this process, so a changed password is refused at once.  One that only the database knows
 * (db.credentialsSource=REQUEST) is refused when the success is forgotten.  Whatever was wrong, a stranger hears the same 401
 * after the same work.
 */
#include "handlers/auth.h"

#include "base/clock.h"
#include "base/digest.h"
#include "base/list.h"
#include "base/log.h"
#include "base/uid.h"
#include "conf/password.h"
#include "handlers/authorization.h"
#include "handlers/oauth.h"
#include "handlers/origin.h"
#include "handlers/throttle.h"

#include <stdio.h>
#include <stdlib.h>

enum { CACHE_ENTRIES = 256, DIGEST_BYTES = 32 };

struct auth_cache {
	struct digest_key *key;
	struct callers *callers;
	struct {
		unsigned char digest[DIGEST_BYTES];
		int64_t until_ns;
		bool is_sql_admin;	/* said by the database */
	} entries[CACHE_ENTRIES];	/* at the first byte of the digest */
};

struct auth_cache *
auth_cache_open(void)
{
	struct auth_cache *a = calloc(1, sizeof(*a));
	unsigned char key[DIGEST_BYTES];

	if (a == NULL) {
		fputs("cords: out of memory\n", stderr);
		exit(2);
	}
	uid_random(key, sizeof(key));
	a->key = digest_key_open((struct span){ (const char *)key, sizeof(key) });
	digest_wipe(key, sizeof(key));
	a->callers = callers_open();
	return a;
}

void
auth_cache_close(struct auth_cache **a)
{
	if (*a == NULL)
		return;
	callers_close(&(*a)->callers);
	digest_key_close(&(*a)->key);
	digest_wipe(*a, sizeof(**a));
	free(*a);
	*a = NULL;
}

struct callers *
auth_callers(struct auth_cache *a)
{
	return a->callers;
}

/* ---- who that is ---- */

struct identity {
	enum { NOBODY, BY_HASH,		/* the password is compared with ours */
		BY_DATABASE } proof;
	const char *hash;
	const char *roles;		/* of a mid-tier user, or of a client; NULL: the account of a schema, which needs none there */
	struct caller who;
};

static void
identity_of_schema(const struct pool_conf *pool, const struct schema *s, struct arena *mem, struct identity *out)
{
	if (s == NULL || !s->enabled)
		return;
	if (callers_log_in(pool->set))
		out->proof = pool->set->sql_enabled ? BY_DATABASE : NOBODY;
	else
		out->proof = s->password_hash != NULL && s->password_hash[0] != '\0' ? BY_HASH : NOBODY;
	if (out->proof == NOBODY)
		return;
	out->hash = out->proof == BY_HASH ? s->password_hash : "";
	out->who = (struct caller){ .name = arena_span(mem, s->name), .schema_id = s->id,
	    .is_sql_admin = s->is_admin };
}

static bool
identity_find(const struct site *site, struct db *db, struct span user, const struct schema *schema, struct arena *mem,
    struct identity *out, struct err *e)
{
	const struct mid_user *u;
	const struct schema *own = schema;

	*out = (struct identity){ .proof = NOBODY };
	if (schema == NULL || !span_eq_nocase(schema->name, user))
		if (!schema_by_name(db, user, &own, e))
			return false;
	identity_of_schema(site->pool, own, mem, out);
	if (out->proof != NOBODY)
		return true;
	u = conf_user_find(site->conf, user);
	if (u != NULL && u->hash[0] != '\0') {
		out->proof = BY_HASH;
		out->hash = u->hash;
		out->roles = u->roles;
		out->who = (struct caller){ .name = span_of(u->name), .is_mid_tier = true,
		    .is_sql_admin = list_holds(u->roles, span_of(role_name(ROLE_SQL_ADMIN))) };
	}
	return true;
}

static void
success_digest(const struct auth_cache *a, const struct site *site, const struct identity *id, struct span password,
    unsigned char out[DIGEST_BYTES])
{
	const struct span parts[] = {
		id->proof == BY_DATABASE ? SPAN("d") : id->who.is_mid_tier ? SPAN("m") : SPAN("s"), span_of(site->pool->name),
		id->who.name, span_of(id->hash), password,
	};

	digest_hmac(a->key, parts, sizeof(parts) / sizeof(parts[0]), out);
}

static void
log_login(const char *event, const struct request *req, struct span user, struct span address, struct arena *mem)
{
	log_security(event, user, arena_z(mem, address), req->id, "Basic");
}

/* one login */
struct attempt {
	struct auth_cache *cache;
	const struct request *req;
	const struct site *site;
	const struct login *login;
	struct identity *id;
	bool runs_sql;			/* the route may want a connection of the caller's own */
	unsigned char digest[DIGEST_BYTES];
	struct arena *mem;
};

static bool
is_remembered(const struct attempt *t)
{
	const struct auth_cache *a = t->cache;
	unsigned char at = t->digest[0];

	if (a->entries[at].until_ns <= clock_mono_ns() || !digest_equal(a->entries[at].digest, t->digest, DIGEST_BYTES))
		return false;
	if (t->id->proof != BY_DATABASE)
		return true;
	t->id->who.is_sql_admin = a->entries[at].is_sql_admin;
	if (!t->runs_sql)
		return true;
	t->id->who.link = callers_find(t->cache->callers, t->digest);
	return t->id->who.link != NULL;
}

/* For half the time that is allowed at least.  Workers that began together would else forget together, and all of them hash
 * at the same moment while requests wait. */
static void
remember(const struct attempt *t, int64_t cache_ms)
{
	struct auth_cache *a = t->cache;
	unsigned char at = t->digest[0];
	uint32_t dice;

	memcpy(a->entries[at].digest, t->digest, DIGEST_BYTES);
	a->entries[at].is_sql_admin = t->id->who.is_sql_admin;
	uid_random(&dice, sizeof(dice));
	a->entries[at].until_ns = clock_mono_ns() + cache_ms * 500000 + dice % 1024 * cache_ms * 500000 / 1024;
}

/* A password that was right a moment ago and was changed in the database */
static void
forget(const struct attempt *t)
{
	struct auth_cache *a = t->cache;
	unsigned char at = t->digest[0];

	if (digest_equal(a->entries[at].digest, t->digest, DIGEST_BYTES))
		a->entries[at].until_ns = 0;
}

/* The account is called as the repository spells it, never as the client does: in a database these may be two. */
static bool
check_by_database(const struct attempt *t, struct span name, bool *passed, struct err *e)
{
	struct account who = { arena_z(t->mem, name), arena_z(t->mem, t->login->password) };
	bool is_admin = false;

	*passed = callers_connect(t->cache->callers, t->site->pool, &who, t->digest, t->runs_sql, &is_admin,
	    &t->id->who.link, e);
	digest_wipe((char *)(uintptr_t)who.password, t->login->password.n);
	t->id->who.is_sql_admin = is_admin;
	if (*passed || e->kind != ERR_UNAUTHORIZED)
		return *passed;
	err_clear(e);
	password_check_nobody(t->login->password);	/* as long as for a stranger */
	return true;
}

/* Strangers take as long as everybody else. */
static bool
check_nobody(struct attempt *t, struct err *e)
{
	bool passed;

	memset(t->digest, 0, sizeof(t->digest));
	t->runs_sql = false;
	if (!callers_log_in(t->site->pool->set) || !t->site->pool->set->sql_enabled) {
		password_check_nobody(t->login->password);
		return true;
	}
	return check_by_database(t, t->login->user, &passed, e);
}

/* The password of an account that may not exist. */
static bool
login_check(struct attempt *t, struct db *db, int64_t *retry_after_s, struct err *e)
{
	const struct settings *global = conf_global(t->site->conf);
	const struct login *l = t->login;
	struct span address;
	struct throttle throttle;
	bool passed = false, locked;

	if (t->id->proof != NOBODY) {
		success_digest(t->cache, t->site, t->id, l->password, t->digest);
		if (is_remembered(t))
			return true;
	}
	if (catalog_is_trusted(db))	/* hashing takes too long to be done twice, and failures count */
		return catalog_doubt(db, e);
	address = request_client(t->req, global);
	if (!throttle_open(db, global, l->user, address, &throttle, retry_after_s, e)) {
		if (e->kind == ERR_THROTTLED)
			log_login("login.throttled", t->req, l->user, address, t->mem);
		return false;
	}
	switch (t->id->proof) {
	case BY_HASH:
		passed = password_check(l->password, t->id->hash);
		break;
	case BY_DATABASE:
		if (!check_by_database(t, t->id->who.name, &passed, e))
			return false;
		break;
	case NOBODY:
		if (!check_nobody(t, e))
			return false;
		break;
	}
	if (!passed) {
		forget(t);
		throttle_failed(db, &throttle, &locked);
		log_login("login.failed", t->req, l->user, address, t->mem);
		if (locked)
			log_login("login.locked", t->req, l->user, address, t->mem);
		return err_set(e, ERR_UNAUTHORIZED, NULL);
	}
	throttle_passed(db, &throttle);
	remember(t, global->login_cache_ms);
	return true;
}

/* ---- may they ---- */

static bool
holds_role(const struct identity *id, enum role role)
{
	const struct caller *who = &id->who;

	switch (role) {
	case ROLE_NONE:
	case ROLE_ANY:
	case ROLE_CLIENT:
		return true;
	case ROLE_SODA:
		return id->roles == NULL || list_holds(id->roles, span_of(role_name(role)));
	case ROLE_SQL_DEV:
		return id->roles == NULL || who->is_sql_admin || list_holds(id->roles, span_of(role_name(role)));
	case ROLE_SQL_ADMIN:
		return who->is_sql_admin;
	case ROLE_SYSADMIN:
	case ROLE_MONITOR:
		return who->is_mid_tier && list_holds(id->roles, span_of(role_name(role)));
	}
	return false;
}

/* Mid-tier users belong to no schema.  An administrator's SQL reaches all of them; documents are for their owners. */
static bool
owns(const struct caller *who, enum role role, const struct schema *schema)
{
	return who->is_mid_tier || who->schema_id == schema->id
	    || (who->is_sql_admin && (role == ROLE_ANY || role == ROLE_SQL_DEV || role == ROLE_SQL_ADMIN));
}

/* A schema of others is told like one that does not exist.  SQL runs with the rights of the account of the database,
 * which a token does not open. */
static bool
may_enter(const struct site *site, enum role role, bool names_schema, const struct schema *schema, const struct identity *id,
    struct err *e)
{
	if (names_schema && (schema == NULL || !schema->enabled || !owns(&id->who, role, schema)))
		return err_set(e, ERR_NO_SCHEMA, NULL);
	if (id->who.client != NULL && (role == ROLE_SQL_DEV || role == ROLE_SQL_ADMIN) && callers_log_in(site->pool->set))
		return err_set(e, ERR_FORBIDDEN, "SQL of this pool needs the password of an account of the database");
	return holds_role(id, role) || err_set(e, ERR_FORBIDDEN, "the role %s is needed", role_name(role));
}

/* a token, or a password */
static bool
find_out(struct attempt *t, struct span header, struct db *db, const struct schema *schema, struct login *login,
    int64_t *retry_after_s, struct err *e)
{
	struct identity *id = t->id;
	struct span token;
	bool ok;

	if (bearer_read(header, &token)) {
		*id = (struct identity){ .proof = NOBODY };
		ok = oauth_bearer(t->req, t->site, db, token, t->mem, &id->who, e);
		if (ok)
			id->roles = id->who.client->roles;
		return ok;
	}
	if (!basic_read(header, t->mem, login)) {
		log_login("login.failed", t->req, SPAN("-"), request_client(t->req, conf_global(t->site->conf)), t->mem);
		return err_set(e, ERR_UNAUTHORIZED, NULL);
	}
	ok = identity_find(t->site, db, login->user, schema, t->mem, id, e) && login_check(t, db, retry_after_s, e);
	digest_wipe((char *)(uintptr_t)login->password.p, login->password.n);
	id->who.label = id->who.name;
	return ok;
}

bool
auth_check(struct auth_cache *a, const struct request *req, const struct site *site, struct db *db, enum role role,
    bool names_schema, const struct schema *schema, struct arena *mem, struct caller *out, struct err *e)
{
	struct span header = request_header(req, "authorization");
	struct login login;
	struct identity id;
	struct attempt t = { .cache = a, .req = req, .site = site, .login = &login, .id = &id, .mem = mem,
	    .runs_sql = role == ROLE_SQL_DEV || role == ROLE_SQL_ADMIN };

	*out = (struct caller){ .name = SPAN("anonymous"), .label = SPAN("anonymous"), .is_anonymous = true };
	if (role == ROLE_NONE)
		return true;
	if (role == ROLE_CLIENT)
		return oauth_client(req, site, db, schema, mem, out, e);
	if (header.p == NULL) {
		if (role == ROLE_SODA && names_schema && schema != NULL && schema->enabled && !schema->auth_required)
			return true;
		return err_set(e, ERR_UNAUTHORIZED, NULL);
	}
	if (!find_out(&t, header, db, schema, &login, &out->retry_after_s, e))
		return false;
	*out = id.who;
	return may_enter(site, role, names_schema, schema, &id, e);
}
