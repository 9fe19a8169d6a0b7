/* sql/schemas.c - schemas of the repository: who owns collections, and under which name they are reached */
#include "base/clock.h"
#include "sql/catalog_cache.h"
#include "sql/fetch.h"
#include "sql/named.h"
#include "sql/odbc.h"

static struct span
folded(struct span alias, struct arena *mem)
{
	struct span out = arena_span(mem, alias);
	char *p = (char *)(uintptr_t)out.p;

	for (size_t i = 0; i < out.n; i++)
		if (p[i] >= 'A' && p[i] <= 'Z')
			p[i] |= 0x20;
	return out;
}

/* columns of SCHEMA_* */
static bool
read_schema(struct stmt *st, struct arena *mem, void *row, struct err *e)
{
	struct schema *out = row;
	int64_t enabled, auth_required, is_admin;
	struct span hash;

	if (!(stmt_int(st, 0, &out->id, e) && stmt_text(st, 1, mem, &out->name, e) && stmt_text(st, 2, mem, &out->alias, e)
	    && stmt_int(st, 3, &enabled, e) && stmt_int(st, 4, &auth_required, e)
	    && stmt_text(st, 5, mem, &hash, e) && stmt_int(st, 6, &is_admin, e)))
		return false;
	out->enabled = enabled != 0;
	out->auth_required = auth_required != 0;
	out->password_hash = hash.p == NULL ? "" : hash.p;
	out->is_admin = is_admin != 0;
	return true;
}

/* *found false without a row */
static bool
load_schema(struct db *db, struct query q, struct arena *mem, struct schema *out, bool *found, struct err *e)
{
	return fetch_one(db, &q, read_schema, mem, out, found, e);
}

static const struct schema *
keep_schema(struct catalog *c, const struct schema *s)
{
	struct kept_schema *k = ARENA_NEW(c->mem, struct kept_schema);
	struct kept_schema **bucket;

	k->schema = *s;
	k->alias_folded = folded(s->alias, c->mem);
	bucket = &c->schemas[catalog_hash(0, k->alias_folded) % BUCKETS_KEPT];
	k->next = *bucket;
	*bucket = k;
	return &k->schema;
}

bool
schema_by_alias(struct db *db, struct span alias, const struct schema **out, struct err *e)
{
	struct catalog *c = catalog_of(db);
	struct arena_mark before = arena_mark(c->mem);
	struct bind who[] = { BIND_T(folded(alias, c->mem)) };
	struct schema s;
	bool found, ok;

	for (struct kept_schema *k = c->schemas[catalog_hash(0, who[0].text) % BUCKETS_KEPT]; k != NULL; k = k->next) {
		if (!span_eq(k->alias_folded, who[0].text))
			continue;
		arena_rewind(c->mem, before);
		*out = &k->schema;
		return true;
	}
	*out = NULL;
	ok = load_schema(db, NAMED(S_SCHEMA_BY_ALIAS, who), c->mem, &s, &found, e);
	if (ok && found)
		*out = keep_schema(c, &s);
	else
		arena_rewind(c->mem, before);
	return ok;
}

bool
schema_by_name(struct db *db, struct span name, const struct schema **out, struct err *e)
{
	struct catalog *c = catalog_of(db);
	struct arena_mark before = arena_mark(c->mem);
	struct bind who[] = { BIND_T(name) };
	struct schema s;
	bool found, ok;

	for (size_t i = 0; i < BUCKETS_KEPT; i++) {
		for (struct kept_schema *k = c->schemas[i]; k != NULL; k = k->next) {
			if (span_eq(k->schema.name, name)) {
				*out = &k->schema;
				return true;
			}
		}
	}
	*out = NULL;
	ok = load_schema(db, NAMED(S_SCHEMA_BY_NAME, who), c->mem, &s, &found, e);
	if (ok && found)
		*out = keep_schema(c, &s);
	else
		arena_rewind(c->mem, before);
	return ok;
}

bool
schema_list(struct db *db, struct arena *mem, const struct schema **out, size_t *n, struct err *e)
{
	struct query q = named(S_SCHEMA_LIST, NULL, 0);
	void *rows;
	bool ok = fetch_all(db, &q, read_schema, sizeof(**out), mem, &rows, n, e);

	*out = rows;
	return ok;
}

static bool
alias_is_free(struct db *db, struct span alias_folded, int64_t own_id, struct arena *mem, struct err *e)
{
	struct bind who[] = { BIND_T(alias_folded) };
	struct schema s;
	bool found;

	if (!load_schema(db, NAMED(S_SCHEMA_BY_ALIAS, who), mem, &s, &found, e))
		return false;
	return !found || s.id == own_id
	    || err_set(e, ERR_CONSTRAINT, "the alias %.*s belongs to another schema", SPAN_ARG(s.alias));
}

static bool
enable(struct db *db, struct span name, struct span alias, bool auth_required, const char *password_hash,
    struct arena *mem, struct err *e)
{
	struct bind who[] = { BIND_T(name) };
	struct schema old = { .password_hash = "" };
	struct span fold;
	bool found;

	if (!load_schema(db, NAMED(S_SCHEMA_BY_NAME, who), mem, &old, &found, e))
		return false;
	if (alias.n == 0)
		alias = found ? old.alias : folded(name, mem);
	if (password_hash == NULL)
		password_hash = old.password_hash;
	fold = folded(alias, mem);
	if (!alias_is_free(db, fold, old.id, mem, e))
		return false;
	if (found) {
		struct bind row[] = { BIND_T(alias), BIND_T(fold), BIND_I(auth_required), BIND_T(span_of(password_hash)),
			BIND_I(old.id) };

		return write_one(db, NAMED(S_SCHEMA_UPDATE, row), e);
	}
	if (!catalog_new_id(db, &old.id, e))
		return false;
	struct bind row[] = { BIND_I(old.id), BIND_T(name), BIND_T(alias), BIND_T(fold), BIND_I(auth_required),
		BIND_T(span_of(password_hash)), BIND_I(clock_us()) };

	return write_one(db, NAMED(S_SCHEMA_INSERT, row), e);
}

bool
schema_enable(struct db *db, struct span name, struct span alias, bool auth_required, const char *password_hash,
    struct err *e)
{
	struct arena_mark before = arena_mark(db->work);
	struct arena *mem = db->work;
	bool ok = enable(db, name, alias, auth_required, password_hash, mem, e) && catalog_changed(db, e);

	arena_rewind(mem, before);
	return ok;
}

bool
schema_set_admin(struct db *db, struct span name, bool is_admin, struct err *e)
{
	struct bind row[] = { BIND_I(is_admin), BIND_T(name) };

	return write_one(db, NAMED(S_SCHEMA_ADMIN, row), e) && catalog_changed(db, e);
}

bool
schema_disable(struct db *db, struct span name, bool *was_there, struct err *e)
{
	struct bind who[] = { BIND_T(name) };
	struct query q = NAMED(S_SCHEMA_DISABLE, who);
	int64_t n = 0;

	*was_there = false;
	if (!stmt_exec(db, &q, &n, e))
		return false;
	*was_there = n > 0;
	return n == 0 || catalog_changed(db, e);
}
