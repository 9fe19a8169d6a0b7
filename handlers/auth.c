/* handlers/auth.c - Basic credentials of schema accounts and mid-tier users
 *
 * A password is hashed once a minute at most: a success is remembered under a digest of account, stored hash and password,
 * keyed with random bytes of this process, so a changed password is refused at once.  Whatever was wrong, a stranger hears
 * the same 401 after the same work.
 */
#include "handlers/auth.h"

#include "base/clock.h"
#include "base/digest.h"
#include "base/log.h"
#include "base/scan.h"
#include "base/uid.h"
#include "conf/password.h"
#include "handlers/list.h"
#include "handlers/origin.h"
#include "handlers/throttle.h"

#include <stdio.h>
#include <stdlib.h>

enum { CACHE_ENTRIES = 256, DIGEST_BYTES = 32 };

struct auth_cache {
	struct digest_key *key;
	struct {
		unsigned char digest[DIGEST_BYTES];
		int64_t until_ns;
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
	return a;
}

void
auth_cache_close(struct auth_cache **a)
{
	if (*a == NULL)
		return;
	digest_key_close(&(*a)->key);
	digest_wipe(*a, sizeof(**a));
	free(*a);
	*a = NULL;
}

/* ---- what the client says ---- */

struct login {
	struct span user, password;
};

static bool
basic_read(struct span header, struct arena *mem, struct login *out)
{
	unsigned char *text;
	const char *colon;
	size_t n;

	header = span_trim(header);
	if (header.n < 7 || !span_eq_nocase((struct span){ header.p, 6 }, SPAN("Basic ")))
		return false;
	header = span_trim((struct span){ header.p + 6, header.n - 6 });
	text = arena_alloc(mem, 3 * header.n / 4 + 3);
	if (!base64_decode(header, text, &n))
		return false;
	if ((colon = memchr(text, ':', n)) == NULL || memchr(text, '\0', n) != NULL)
		return false;
	out->user = (struct span){ (char *)text, (size_t)(colon - (char *)text) };
	out->password = (struct span){ colon + 1, n - out->user.n - 1 };
	return out->user.n > 0 && utf8_valid(out->user);
}

/* ---- who that is ---- */

struct account {			/* hash NULL: nobody */
	const char *hash;
	const char *roles;		/* of a mid-tier user */
	struct caller who;
};

static bool
account_of_schema(const struct schema *s, struct arena *mem, struct account *out)
{
	if (s == NULL || !s->enabled || s->password_hash == NULL || s->password_hash[0] == '\0')
		return false;
	out->hash = s->password_hash;
	out->who = (struct caller){ .name = arena_span(mem, s->name), .schema_id = s->id,
	    .is_sql_admin = s->is_admin };
	return true;
}

static bool
account_find(const struct site *site, struct db *db, struct span user, const struct schema *schema, struct arena *mem,
    struct account *out, struct err *e)
{
	const struct mid_user *u;
	const struct schema *own = schema;

	*out = (struct account){ .hash = NULL };
	if (schema == NULL || !span_eq_nocase(schema->name, user))
		if (!schema_by_name(db, user, &own, e))
			return false;
	if (account_of_schema(own, mem, out))
		return true;
	u = conf_user_find(site->conf, user);
	if (u != NULL && u->hash[0] != '\0') {
		out->hash = u->hash;
		out->roles = u->roles;
		out->who = (struct caller){ .name = span_of(u->name), .is_mid_tier = true,
		    .is_sql_admin = list_holds(u->roles, span_of(role_name(ROLE_SQL_ADMIN))) };
	}
	return true;
}

static void
success_digest(const struct auth_cache *a, const struct account *acc, struct span password,
    unsigned char out[DIGEST_BYTES])
{
	const struct span parts[] = {
		acc->who.is_mid_tier ? SPAN("m") : SPAN("s"), acc->who.name, span_of(acc->hash), password,
	};

	digest_hmac(a->key, parts, sizeof(parts) / sizeof(parts[0]), out);
}

static void
log_login(const char *event, const struct request *req, struct span user, struct span address, struct arena *mem)
{
	log_security(event, user, arena_z(mem, address), req->id, "Basic");
}

/* The password of an account that may not exist. */
static bool
login_check(struct auth_cache *a, const struct request *req, const struct site *site, struct db *db, const struct login *l,
    const struct account *acc, struct arena *mem, struct caller *out, struct err *e)
{
	const struct settings *global = conf_global(site->conf);
	unsigned char digest[DIGEST_BYTES];
	struct span address;
	struct throttle t;
	bool passed, locked;

	if (acc->hash != NULL) {
		success_digest(a, acc, l->password, digest);
		if (a->entries[digest[0]].until_ns > clock_mono_ns()
		    && digest_equal(a->entries[digest[0]].digest, digest, DIGEST_BYTES))
			return true;
	}
	address = request_client(req, global);
	if (!throttle_open(db, global, l->user, address, &t, &out->retry_after_s, e)) {
		if (e->kind == ERR_THROTTLED)
			log_login("login.throttled", req, l->user, address, mem);
		return false;
	}
	if (acc->hash == NULL) {
		password_check_nobody(l->password);
		passed = false;
	} else {
		passed = password_check(l->password, acc->hash);
	}
	if (!passed) {
		throttle_failed(db, &t, &locked);
		log_login("login.failed", req, l->user, address, mem);
		if (locked)
			log_login("login.locked", req, l->user, address, mem);
		return err_set(e, ERR_UNAUTHORIZED, NULL);
	}
	throttle_passed(db, &t);
	memcpy(a->entries[digest[0]].digest, digest, DIGEST_BYTES);
	a->entries[digest[0]].until_ns = clock_mono_ns() + global->login_cache_ms * 1000000;
	return true;
}

/* ---- may they ---- */

static bool
holds_role(const struct account *acc, enum role role)
{
	const struct caller *who = &acc->who;

	switch (role) {
	case ROLE_NONE:
		return true;
	case ROLE_SODA:
		return !who->is_mid_tier || list_holds(acc->roles, span_of(role_name(role)));
	case ROLE_SQL_DEV:
		return !who->is_mid_tier || who->is_sql_admin || list_holds(acc->roles, span_of(role_name(role)));
	case ROLE_SQL_ADMIN:
		return who->is_sql_admin;
	case ROLE_SYSADMIN:
		return who->is_mid_tier && list_holds(acc->roles, span_of(role_name(role)));
	}
	return false;
}

/* Mid-tier users belong to no schema.  An administrator's SQL reaches all of them; documents are for their owners. */
static bool
owns(const struct caller *who, enum role role, const struct schema *schema)
{
	return who->is_mid_tier || who->schema_id == schema->id
	    || (who->is_sql_admin && (role == ROLE_SQL_DEV || role == ROLE_SQL_ADMIN));
}

/* A schema of others is told like one that does not exist. */
static bool
may_enter(enum role role, bool names_schema, const struct schema *schema, const struct account *acc, struct err *e)
{
	if (names_schema && (schema == NULL || !schema->enabled || !owns(&acc->who, role, schema)))
		return err_set(e, ERR_NO_SCHEMA, NULL);
	return holds_role(acc, role) || err_set(e, ERR_FORBIDDEN, "the role %s is needed", role_name(role));
}

bool
auth_check(struct auth_cache *a, const struct request *req, const struct site *site, struct db *db, enum role role,
    bool names_schema, const struct schema *schema, struct arena *mem, struct caller *out, struct err *e)
{
	struct span header = request_header(req, "authorization");
	struct login login;
	struct account acc;
	bool ok;

	*out = (struct caller){ .name = SPAN("anonymous"), .is_anonymous = true };
	if (role == ROLE_NONE)
		return true;
	if (header.p == NULL) {
		if (role == ROLE_SODA && names_schema && schema != NULL && schema->enabled && !schema->auth_required)
			return true;
		return err_set(e, ERR_UNAUTHORIZED, NULL);
	}
	if (!basic_read(header, mem, &login)) {
		log_login("login.failed", req, SPAN("-"), request_client(req, conf_global(site->conf)), mem);
		return err_set(e, ERR_UNAUTHORIZED, NULL);
	}
	ok = account_find(site, db, login.user, schema, mem, &acc, e)
	    && login_check(a, req, site, db, &login, &acc, mem, out, e);
	digest_wipe((char *)(uintptr_t)login.password.p, login.password.n);
	if (!ok)
		return false;
	*out = acc.who;
	return may_enter(role, names_schema, schema, &acc, e);
}
