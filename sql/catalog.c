/* sql/catalog.c - schemas, collections and indexes, remembered per connection
 *
 * What was read is kept in an arena of its own until the counter of the repository moves.  A change that this connection
 * makes itself ends the generation too, whatever becomes of its transaction: the counter would not move when it is rolled
 * back.
 */
#include "sql/catalog.h"

#include "base/clock.h"
#include "sql/gen.h"
#include "sql/migrate.h"
#include "sql/odbc.h"

#include <stdio.h>
#include <stdlib.h>

enum { BUCKETS_KEPT = 256, MOST_BYTES = 16 << 20 };

struct kept_schema {
	struct schema schema;		/* first: what callers get */
	struct span alias_folded;
	struct kept_schema *next;
};

struct kept_coll {
	struct coll coll;
	struct kept_coll *next;
};

struct catalog {
	struct arena *mem;
	bool is_known;			/* counter and n_opened are set */
	bool has_changed;		/* by ourselves */
	bool is_loading;		/* a collection */
	int64_t counter;
	uint64_t n_opened;
	struct kept_schema *schemas[BUCKETS_KEPT];	/* by alias */
	struct kept_coll *colls[BUCKETS_KEPT];
};

/* ---- statements ---- */

static struct query
named(enum stmt_name name, const struct bind *binds, size_t n)
{
	return (struct query){ stmt_named(name), n, binds };
}
#define NAMED(name, binds) named(name, binds, sizeof(binds) / sizeof(*(binds)))

/* writes of exactly one row */
static bool
exec_one(struct db *db, struct query q, struct err *e)
{
	return stmt_exec_n(db, &q, 1, e);
}

/* one number; *found false without a row */
static bool
number(struct db *db, struct query q, int64_t *out, bool *found, struct err *e)
{
	struct stmt *st;
	bool ok;

	*found = false;
	if (!stmt_open(db, &q, &st, e))
		return false;
	ok = stmt_step(st, found, e) && (!*found || stmt_int(st, 0, out, e));
	stmt_done(st);
	return ok;
}

static bool
is_duplicate(const struct err *e)
{
	return e->kind == ERR_DUPLICATE_KEY || e->kind == ERR_CONSTRAINT;
}

static bool
run_ddl(struct db *db, const struct ddl *ddl, struct err *e)
{
	for (size_t i = 0; i < ddl->n; i++)
		if (!stmt_direct(db, ddl->text[i], e))
			return false;
	return true;
}

/* ---- what is remembered ---- */

static struct catalog *
catalog_of(struct db *db)
{
	if (db->catalog == NULL)
		db->catalog = calloc(1, sizeof(*db->catalog));
	if (db->catalog != NULL && db->catalog->mem == NULL)
		db->catalog->mem = arena_open(0);
	return db->catalog;
}

void
catalog_close(struct catalog **c)
{
	if (*c != NULL)
		arena_close(&(*c)->mem);
	free(*c);
	*c = NULL;
}

static void
forget(struct catalog *c)
{
	arena_clear(c->mem);
	memset(c->schemas, 0, sizeof(c->schemas));
	memset(c->colls, 0, sizeof(c->colls));
	c->is_known = c->has_changed = c->is_loading = false;
}

void
catalog_abandon(struct catalog *c)
{
	if (c != NULL && c->is_loading)
		forget(c);
}

static bool
changed(struct db *db, struct err *e)
{
	catalog_of(db)->has_changed = true;
	return exec_one(db, named(S_CATALOG_CHANGED, NULL, 0), e);
}

bool
catalog_begin(struct db *db, struct err *e)
{
	struct catalog *c = catalog_of(db);
	struct bind which[] = { BIND_T(SPAN("catalog")) };
	int64_t counter = 0;
	bool found;

	if (c == NULL)
		return err_set(e, ERR_NO_MEMORY, NULL);
	if (c->has_changed || c->n_opened != db->n_opened || arena_total(c->mem) > MOST_BYTES)
		forget(c);
	if (!c->is_known && !migrate_fits(db, e))
		return false;
	if (!number(db, NAMED(S_CATALOG_COUNTER, which), &counter, &found, e))
		return false;
	if (c->is_known && c->counter != counter) {
		forget(c);
		if (!migrate_fits(db, e))
			return false;
	}
	c->is_known = true;
	c->counter = counter;
	c->n_opened = db->n_opened;
	return true;
}

static uint32_t
hash_of(uint64_t seed, struct span s)
{
	uint64_t h = seed ^ UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < s.n; i++)
		h = (h ^ (unsigned char)s.p[i]) * UINT64_C(0x100000001b3);
	return (uint32_t)(h >> 32 ^ h);
}

/* a number for a new object: never given twice */
static bool
new_id(struct db *db, int64_t *id, struct err *e)
{
	bool found;

	return exec_one(db, named(S_OBJECT_ADD, NULL, 0), e)
	    && number(db, named(S_OBJECT_GET, NULL, 0), id, &found, e)
	    && (found || err_set(e, ERR_INTERNAL, NULL));
}

/* ---- schemas ---- */

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
read_schema(struct stmt *st, struct arena *mem, struct schema *out, struct err *e)
{
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
	struct stmt *st;
	bool ok;

	*found = false;
	if (!stmt_open(db, &q, &st, e))
		return false;
	ok = stmt_step(st, found, e) && (!*found || read_schema(st, mem, out, e));
	stmt_done(st);
	return ok;
}

static const struct schema *
keep_schema(struct catalog *c, const struct schema *s)
{
	struct kept_schema *k = ARENA_NEW(c->mem, struct kept_schema);
	struct kept_schema **bucket;

	k->schema = *s;
	k->alias_folded = folded(s->alias, c->mem);
	bucket = &c->schemas[hash_of(0, k->alias_folded) % BUCKETS_KEPT];
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

	for (struct kept_schema *k = c->schemas[hash_of(0, who[0].text) % BUCKETS_KEPT]; k != NULL; k = k->next) {
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
	struct schema *list = NULL;
	size_t cap = 0;
	struct stmt *st;
	bool ok, has_row;

	*n = 0;
	if (!stmt_open(db, &q, &st, e))
		return false;
	while ((ok = stmt_step(st, &has_row, e)) && has_row) {
		if (*n == cap) {
			size_t more = cap == 0 ? 16 : cap * 2;

			list = arena_grow(mem, list, cap * sizeof(*list), arena_array_bytes(mem, more, sizeof(*list)));
			cap = more;
		}
		if (!(ok = read_schema(st, mem, &list[*n], e)))
			break;
		(*n)++;
	}
	stmt_done(st);
	*out = list;
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

		return exec_one(db, NAMED(S_SCHEMA_UPDATE, row), e);
	}
	if (!new_id(db, &old.id, e))
		return false;
	struct bind row[] = { BIND_I(old.id), BIND_T(name), BIND_T(alias), BIND_T(fold), BIND_I(auth_required),
		BIND_T(span_of(password_hash)), BIND_I(clock_us()) };

	return exec_one(db, NAMED(S_SCHEMA_INSERT, row), e);
}

bool
schema_enable(struct db *db, struct span name, struct span alias, bool auth_required, const char *password_hash,
    struct err *e)
{
	struct arena_mark before = arena_mark(db->work);
	struct arena *mem = db->work;
	bool ok = enable(db, name, alias, auth_required, password_hash, mem, e) && changed(db, e);

	arena_rewind(mem, before);
	return ok;
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
	return n == 0 || changed(db, e);
}

/* ---- collections ---- */

static bool
load_indexes(struct db *db, struct arena *mem, struct coll *coll, struct err *e)
{
	struct bind who[] = { BIND_I(coll->id) };
	struct query q = NAMED(S_INDEX_OF_COLL, who);
	const struct index **end = &coll->indexes;
	struct stmt *st;
	bool ok, has_row;

	if (!stmt_open(db, &q, &st, e))
		return false;
	while ((ok = stmt_step(st, &has_row, e)) && has_row) {
		struct index *ix = ARENA_NEW(mem, struct index);
		struct span name, fields;

		ok = stmt_int(st, 0, &ix->id, e) && stmt_text(st, 1, mem, &name, e) && stmt_text(st, 2, mem, &fields, e)
		    && index_from_json(fields, mem, ix, e);
		if (!ok)
			break;
		ix->name = name.p;
		*end = ix;
		end = &ix->next;
	}
	stmt_done(st);
	return ok;
}

static bool
load_coll(struct db *db, struct arena *mem, struct coll *coll, bool *found, struct err *e)
{
	struct bind who[] = { BIND_I(coll->schema_id), BIND_T(coll->name) };
	struct query q = NAMED(S_COLL_GET, who);
	struct stmt *st;
	bool ok;

	*found = false;
	if (!stmt_open(db, &q, &st, e))
		return false;
	ok = stmt_step(st, found, e)
	    && (!*found || (stmt_int(st, 0, &coll->id, e) && stmt_text(st, 1, mem, &coll->meta_json, e)));
	stmt_done(st);
	if (!ok || !*found)
		return ok;
	return meta_from_json(coll->meta_json, mem, &coll->meta, e) && load_indexes(db, mem, coll, e);
}

bool
catalog_get(struct db *db, int64_t schema_id, struct span name, const struct coll **out, struct err *e)
{
	struct catalog *c = catalog_of(db);
	struct kept_coll **bucket = &c->colls[hash_of((uint64_t)schema_id, name) % BUCKETS_KEPT];
	struct arena_mark before;
	struct kept_coll *k;
	bool found, ok;

	for (k = *bucket; k != NULL; k = k->next) {
		if (k->coll.schema_id == schema_id && span_eq(k->coll.name, name)) {
			*out = &k->coll;
			return true;
		}
	}
	*out = NULL;
	before = arena_mark(c->mem);
	k = ARENA_NEW(c->mem, struct kept_coll);
	k->coll.schema_id = schema_id;
	k->coll.name = arena_span(c->mem, name);
	c->is_loading = true;
	ok = load_coll(db, c->mem, &k->coll, &found, e);
	c->is_loading = false;
	if (!ok || !found) {
		arena_rewind(c->mem, before);
		return ok;
	}
	k->next = *bucket;
	*bucket = k;
	*out = &k->coll;
	return true;
}

bool
catalog_find(struct db *db, int64_t schema_id, struct span name, const struct coll **out, struct err *e)
{
	return catalog_get(db, schema_id, name, out, e)
	    && (*out != NULL || err_set(e, ERR_NO_COLLECTION, "no collection %.*s", SPAN_ARG(name)));
}

static bool
read_listed(struct stmt *st, int64_t schema_id, struct arena *mem, struct coll *out, struct err *e)
{
	*out = (struct coll){ .schema_id = schema_id };
	return stmt_int(st, 0, &out->id, e) && stmt_text(st, 1, mem, &out->name, e)
	    && stmt_text(st, 2, mem, &out->meta_json, e);
}

bool
catalog_list(struct db *db, int64_t schema_id, struct span from, uint64_t limit, struct arena *mem, struct coll **out,
    size_t *n, bool *has_more, struct err *e)
{
	uint64_t most = limit == 0 || limit > INT64_MAX - 1 ? INT64_MAX - 1 : limit;
	struct bind who[] = { BIND_I(schema_id), BIND_T(from), BIND_I((int64_t)most + 1) };
	struct query q = NAMED(S_COLL_LIST, who);
	struct coll *list = NULL;
	size_t cap = 0;
	struct stmt *st;
	bool ok, has_row;

	*n = 0;
	*has_more = false;
	*out = NULL;
	if (!stmt_open(db, &q, &st, e))
		return false;
	while ((ok = stmt_step(st, &has_row, e)) && has_row) {
		if (*n == most) {
			*has_more = true;
			break;
		}
		if (*n == cap) {
			size_t more = cap == 0 ? 16 : cap * 2;

			list = arena_grow(mem, list, cap * sizeof(*list), arena_array_bytes(mem, more, sizeof(*list)));
			cap = more;
		}
		if (!(ok = read_listed(st, schema_id, mem, &list[*n], e)))
			break;
		(*n)++;
	}
	stmt_done(st);
	*out = list;
	return ok;
}

/* ---- changes of collections ---- */

/* a sequence that counts from 1, unless it is there */
static bool
make_sequence(struct db *db, int64_t schema_id, struct span name, struct err *e)
{
	struct bind who[] = { BIND_I(schema_id), BIND_T(name) };
	int64_t next;
	bool found;

	return number(db, NAMED(S_SEQUENCE_GET, who), &next, &found, e)
	    && (found || exec_one(db, NAMED(S_SEQUENCE_INSERT, who), e));
}

/* an identity belongs to its collection: schema 0, the collection's number */
static struct span
identity_name(int64_t coll_id, char room[24])
{
	return (struct span){ room, (size_t)snprintf(room, 24, "%lld", (long long)coll_id) };
}

static bool
make_sequences(struct db *db, int64_t schema_id, int64_t coll_id, const struct meta *meta, struct err *e)
{
	char room[24];

	switch (meta->key_method) {
	case KEYS_IDENTITY:
		return make_sequence(db, 0, identity_name(coll_id, room), e);
	case KEYS_SEQUENCE:
		return make_sequence(db, schema_id, span_of(meta->sequence_name), e);
	default:
		return true;
	}
}

static bool
create(struct db *db, int64_t schema_id, struct span name, const struct meta *meta, struct span meta_json,
    struct arena *mem, struct err *e)
{
	struct ddl ddl;
	int64_t id;

	if (!new_id(db, &id, e))
		return false;
	struct bind row[] = { BIND_I(id), BIND_I(schema_id), BIND_T(name), BIND_T(meta_json), BIND_I(clock_us()) };

	if (!exec_one(db, NAMED(S_COLL_INSERT, row), e))
		return is_duplicate(e) ? err_as(e, ERR_CONSTRAINT, 0) : false;
	ddl = gen_coll_create(db_dialect(db), id, meta, mem);
	return run_ddl(db, &ddl, e) && make_sequences(db, schema_id, id, meta, e) && changed(db, e);
}

bool
catalog_create(struct db *db, int64_t schema_id, struct span name, const struct meta *meta, struct span meta_json,
    struct err *e)
{
	struct arena_mark before = arena_mark(db->work);
	struct arena *mem = db->work;
	bool ok = create(db, schema_id, name, meta, meta_json, mem, e);

	arena_rewind(mem, before);
	return ok;
}

static bool
drop_tables(struct db *db, const struct coll *coll, struct err *e)
{
	struct arena_mark before = arena_mark(db->work);
	struct arena *mem = db->work;
	struct ddl ddl = gen_coll_drop(db_dialect(db), coll->id, mem);
	bool ok = run_ddl(db, &ddl, e);

	for (const struct index *ix = coll->indexes; ok && ix != NULL; ix = ix->next) {
		ddl = gen_index_drop(db_dialect(db), ix->id, mem);
		ok = run_ddl(db, &ddl, e);
	}
	arena_rewind(mem, before);
	return ok;
}

/* A named sequence stays: other collections may count with it, and its numbers are not given again. */
bool
catalog_drop(struct db *db, const struct coll *coll, struct err *e)
{
	char room[24];
	struct bind id[] = { BIND_I(coll->id) };
	struct bind identity[] = { BIND_I(0), BIND_T(identity_name(coll->id, room)) };
	struct query indexes = NAMED(S_INDEX_DELETE_OF_COLL, id);
	int64_t n_indexes = 0;

	for (const struct index *ix = coll->indexes; ix != NULL; ix = ix->next)
		n_indexes++;
	return stmt_exec_n(db, &indexes, n_indexes, e)
	    && exec_one(db, NAMED(S_COLL_DELETE, id), e)
	    && (coll->meta.key_method != KEYS_IDENTITY || exec_one(db, NAMED(S_SEQUENCE_DELETE, identity), e))
	    && drop_tables(db, coll, e)
	    && changed(db, e);
}

/* ---- indexes ---- */

bool
catalog_index_create(struct db *db, const struct coll *coll, struct index *index, struct span spec_json, struct err *e)
{
	struct bind who[] = { BIND_I(coll->schema_id), BIND_T(span_of(index->name)) };
	struct arena_mark before = arena_mark(db->work);
	struct arena *mem = db->work;
	struct buf fields;
	struct ddl ddl;
	bool found, ok;

	ok = number(db, NAMED(S_INDEX_GET, who), &index->id, &found, e)
	    && (!found || err_set(e, ERR_INDEX_EXISTS, "an index %s exists already", index->name))
	    && new_id(db, &index->id, e);
	if (ok) {
		buf_init(&fields, mem);
		index_to_json(index, &fields);
		struct bind row[] = { BIND_I(index->id), BIND_I(coll->id), BIND_I(coll->schema_id),
			BIND_T(span_of(index->name)), BIND_T(spec_json), BIND_T(buf_text(&fields)), BIND_I(clock_us()) };

		ddl = gen_index_create(db_dialect(db), index, mem);
		ok = exec_one(db, NAMED(S_INDEX_INSERT, row), e) && run_ddl(db, &ddl, e) && changed(db, e);
	}
	arena_rewind(mem, before);
	return ok;
}

bool
catalog_index_finish(struct db *db, const struct coll *coll, const struct index *index, struct err *e)
{
	struct arena_mark before = arena_mark(db->work);
	struct arena *mem = db->work;
	struct ddl ddl = gen_index_finish(db_dialect(db), index, mem);
	bool ok = run_ddl(db, &ddl, e);

	(void)coll;
	if (!ok && is_duplicate(e))
		err_set(e, ERR_UNIQUE_BUILD, "index %s: the collection holds duplicates of these values", index->name);
	arena_rewind(mem, before);
	return ok;
}

bool
catalog_index_drop(struct db *db, const struct coll *coll, struct span name, bool *was_there, struct err *e)
{
	struct bind who[] = { BIND_I(coll->id), BIND_T(name) };
	struct arena_mark before = arena_mark(db->work);
	struct ddl ddl;
	int64_t id;
	bool ok;

	if (!number(db, NAMED(S_INDEX_GET_OF_COLL, who), &id, was_there, e))
		return false;
	if (!*was_there)
		return true;
	ddl = gen_index_drop(db_dialect(db), id, db->work);
	who[0] = BIND_I(id);
	ok = exec_one(db, named(S_INDEX_DELETE, who, 1), e) && run_ddl(db, &ddl, e) && changed(db, e);
	arena_rewind(db->work, before);
	return ok;
}
