/* sql/catalog.c - collections and their indexes in the repository */
#include "sql/catalog.h"

#include "base/clock.h"
#include "sql/catalog_cache.h"
#include "sql/gen.h"
#include "sql/named.h"
#include "sql/odbc.h"

#include <stdio.h>

/* soda_collections.parsed */
enum { PARSED_NOT, PARSED_KEPT, PARSED_FILLING };

static bool
is_duplicate(const struct err *e)
{
	return e->kind == ERR_DUPLICATE_KEY || e->kind == ERR_CONSTRAINT;
}

/* Tables and what belongs to them; undo drops the tables. */
static bool
make(struct db *db, const struct ddl *ddl, const struct ddl *undo, struct err *e)
{
	for (size_t i = 0; i < ddl->n; i++)
		if (!define_make(db, ddl->text[i], undo != NULL && i < undo->n ? undo->text[i] : NULL, e))
			return false;
	return true;
}

static bool
drop(struct db *db, const struct ddl *ddl, struct err *e)
{
	for (size_t i = 0; i < ddl->n; i++)
		if (!define_drop(db, ddl->text[i], e))
			return false;
	return true;
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
		ix->kept_chars = dialect_kept_chars(db_dialect(db), ix->n_fields);
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
	int64_t parsed = 0;
	struct stmt *st;
	bool ok;

	*found = false;
	if (!stmt_open(db, &q, &st, e))
		return false;
	ok = stmt_step(st, found, e)
	    && (!*found || (stmt_int(st, 0, &coll->id, e) && stmt_int(st, 1, &parsed, e)
	    && stmt_text(st, 2, mem, &coll->meta_json, e)));
	stmt_done(st);
	if (!ok || !*found)
		return ok;
	if (!meta_from_json(coll->meta_json, mem, &coll->meta, e))
		return false;
	coll->has_parsed = parsed != PARSED_NOT;
	coll->asks_parsed = parsed == PARSED_KEPT;
	return load_indexes(db, mem, coll, e);
}

bool
catalog_get(struct db *db, int64_t schema_id, struct span name, const struct coll **out, struct err *e)
{
	struct catalog *c = catalog_of(db);
	struct kept_coll **bucket = &c->colls[catalog_hash((uint64_t)schema_id, name) % BUCKETS_KEPT];
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
		list = arena_room(mem, list, *n, &cap, sizeof(*list));
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

	return read_number(db, NAMED(S_SEQUENCE_GET, who), &next, &found, e)
	    && (found || write_one(db, NAMED(S_SEQUENCE_INSERT, who), e));
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

bool
catalog_count_on(struct db *db, const struct coll *coll, int64_t next, struct err *e)
{
	char room[24];
	bool identity = coll->meta.key_method == KEYS_IDENTITY;
	struct bind row[] = { BIND_I(next), BIND_I(identity ? 0 : coll->schema_id),
		BIND_T(identity ? identity_name(coll->id, room) : span_of(coll->meta.sequence_name)), BIND_I(next) };
	struct query q = NAMED(S_SEQUENCE_AT_LEAST, row);

	return stmt_exec(db, &q, NULL, e);
}

/* Whose content is declared as JSON asks for it; what is encrypted has no indexes either. */
static bool
keeps_parsed(const struct db *db, const struct meta *meta)
{
	return db->dialect->keeps_parsed && !meta_is_hetero(meta)
	    && (meta->content_type == CONTENT_JSON || (db->pool->set->soda_keep_parsed && strcmp(meta->encrypt, "NONE") == 0));
}

static bool
create(struct db *db, int64_t schema_id, struct span name, const struct meta *meta, struct span meta_json,
    struct arena *mem, struct err *e)
{
	struct coll coll = { .meta = *meta, .has_parsed = keeps_parsed(db, meta) };
	struct ddl ddl, undo;

	if (!catalog_new_id(db, &coll.id, e))
		return false;
	struct bind row[] = { BIND_I(coll.id), BIND_I(schema_id), BIND_T(name), BIND_T(meta_json), BIND_I(clock_us()),
		BIND_I(coll.has_parsed ? PARSED_KEPT : PARSED_NOT) };

	if (!write_one(db, NAMED(S_COLL_INSERT, row), e))
		return is_duplicate(e) ? err_as(e, ERR_CONSTRAINT, 0) : false;
	ddl = gen_coll_create(db_dialect(db), &coll, mem);
	undo = gen_coll_drop(db_dialect(db), coll.id, mem);
	return make(db, &ddl, &undo, e) && make_sequences(db, schema_id, coll.id, meta, e) && catalog_changed(db, e);
}

bool
catalog_create(struct db *db, int64_t schema_id, struct span name, const struct meta *meta, struct span meta_json,
    struct err *e)
{
	struct arena_mark before = arena_mark(db->work);
	struct arena *mem = db->work;
	bool ok = db_needs_all(db, e) && create(db, schema_id, name, meta, meta_json, mem, e);

	arena_rewind(mem, before);
	return ok;
}

static bool
drop_tables(struct db *db, const struct coll *coll, struct err *e)
{
	struct arena_mark before = arena_mark(db->work);
	struct arena *mem = db->work;
	struct ddl ddl = gen_coll_drop(db_dialect(db), coll->id, mem);
	bool ok = drop(db, &ddl, e);

	for (const struct index *ix = coll->indexes; ok && ix != NULL; ix = ix->next) {
		ddl = gen_index_drop(db_dialect(db), ix, mem);
		ok = drop(db, &ddl, e);
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
	return db_needs_all(db, e)
	    && stmt_exec_n(db, &indexes, n_indexes, e)
	    && write_one(db, NAMED(S_COLL_DELETE, id), e)
	    && (coll->meta.key_method != KEYS_IDENTITY || write_one(db, NAMED(S_SEQUENCE_DELETE, identity), e))
	    && drop_tables(db, coll, e)
	    && catalog_changed(db, e);
}

/* ---- indexes ---- */

/* Without words and parsed forms of the engine, filters look at the documents themselves. */
static bool
set_kept(struct db *db, const struct coll *coll, struct index *index, struct err *e)
{
	const struct dialect *d = db_dialect(db);
	char can[16] = "1";

	index->has_words = index->has_parsed = index->indexes_parsed = false;
	if (!index->has_text || d->words == WORDS_NONE)
		return true;
	if (d->words_probe != NULL && !stmt_value(db, d->words_probe, can, sizeof(can), e))
		return false;
	index->has_words = strcmp(can, "1") == 0;
	index->has_parsed = index->has_words && d->keeps_parsed && !coll->has_parsed;
	index->indexes_parsed = coll->has_parsed;
	return true;
}

/* Rows of an open transaction keep another connection from defining anything on their table. */
static bool
fills_last(const struct db *db)
{
	return db->dialect->orphans != NULL;
}

static bool
finish(struct db *db, const struct coll *coll, const struct index *index, struct err *e)
{
	struct arena_mark before = arena_mark(db->work);
	struct arena *mem = db->work;
	struct ddl ddl = gen_index_finish(db_dialect(db), coll->id, index, mem);
	bool ok = make(db, &ddl, NULL, e);

	arena_rewind(mem, before);
	return ok;
}

bool
catalog_index_create(struct db *db, const struct coll *coll, struct index *index, struct span spec_json, struct err *e)
{
	struct bind who[] = { BIND_I(coll->schema_id), BIND_T(span_of(index->name)) };
	struct arena_mark before = arena_mark(db->work);
	struct arena *mem = db->work;
	struct buf fields;
	struct ddl ddl, undo;
	bool found, ok;

	ok = read_number(db, NAMED(S_INDEX_GET, who), &index->id, &found, e)
	    && (!found || err_set(e, ERR_INDEX_EXISTS, "an index %s exists already", index->name))
	    && (index->kind != INDEX_SEARCH || index_for_search(coll->indexes) == NULL || err_set(e, ERR_INDEX_SECOND, NULL))
	    && db_needs_all(db, e)
	    && set_kept(db, coll, index, e)
	    && catalog_new_id(db, &index->id, e);
	if (ok) {
		index->kept_chars = dialect_kept_chars(db_dialect(db), index->n_fields);
		buf_init(&fields, mem);
		index_to_json(index, &fields);
		struct bind row[] = { BIND_I(index->id), BIND_I(coll->id), BIND_I(coll->schema_id),
			BIND_T(span_of(index->name)), BIND_T(spec_json), BIND_T(buf_text(&fields)), BIND_I(clock_us()) };

		ddl = gen_index_create(db_dialect(db), index, mem);
		undo = gen_index_drop(db_dialect(db), index, mem);
		ok = write_one(db, NAMED(S_INDEX_INSERT, row), e) && make(db, &ddl, &undo, e)
		    && (!fills_last(db) || finish(db, coll, index, e))
		    && catalog_changed(db, e);
	}
	arena_rewind(mem, before);
	return ok;
}

bool
catalog_index_finish(struct db *db, const struct coll *coll, const struct index *index, struct err *e)
{
	bool ok = fills_last(db) || finish(db, coll, index, e);

	if (!ok && is_duplicate(e))
		err_set(e, ERR_UNIQUE_BUILD, "index %s: the collection holds duplicates of these values", index->name);
	return ok;
}

static bool
find_index(struct db *db, const struct coll *coll, struct span name, struct arena *mem, struct index *out, bool *found,
    struct err *e)
{
	struct bind who[] = { BIND_I(coll->id), BIND_T(name) };
	struct query q = NAMED(S_INDEX_GET_OF_COLL, who);
	struct span fields;
	struct stmt *st;
	bool ok;

	if (!stmt_open(db, &q, &st, e))
		return false;
	ok = stmt_step(st, found, e) && (!*found || (stmt_int(st, 0, &out->id, e) && stmt_text(st, 1, mem, &fields, e)));
	stmt_done(st);
	return ok && (!*found || index_from_json(fields, mem, out, e));
}

static bool
drop_index(struct db *db, const struct coll *coll, struct span name, struct arena *mem, bool *was_there, struct err *e)
{
	struct index ix = { 0 };
	struct bind id[1];
	struct ddl ddl;

	if (!find_index(db, coll, name, mem, &ix, was_there, e))
		return false;
	if (!*was_there)
		return true;
	if (!db_needs_all(db, e))
		return false;
	id[0] = BIND_I(ix.id);
	ddl = gen_index_drop(db_dialect(db), &ix, mem);
	return write_one(db, NAMED(S_INDEX_DELETE, id), e) && drop(db, &ddl, e) && catalog_changed(db, e);
}

bool
catalog_index_drop(struct db *db, const struct coll *coll, struct span name, bool *was_there, struct err *e)
{
	struct arena_mark before = arena_mark(db->work);
	bool ok;

	*was_there = false;
	ok = drop_index(db, coll, name, db->work, was_there, e);
	arena_rewind(db->work, before);
	return ok;
}

/* ---- parsed forms of collections that are there ---- */

static bool
set_parsed(struct db *db, const struct coll *coll, int64_t state, struct err *e)
{
	struct bind row[] = { BIND_I(state), BIND_I(coll->id) };

	return write_one(db, NAMED(S_COLL_SET_PARSED, row), e) && catalog_changed(db, e);
}

static bool
may_be_parsed(const struct db *db, const struct coll *coll, struct err *e)
{
	const struct index *search = index_for_search(coll->indexes);

	if (!db->dialect->keeps_parsed)
		return err_set(e, ERR_NOT_AVAILABLE, "parsed forms are kept on PostgreSQL only");
	if (meta_is_hetero(&coll->meta) || strcmp(coll->meta.encrypt, "NONE") != 0)
		return err_set(e, ERR_NOT_AVAILABLE, "heterogeneous and encrypted collections keep no parsed forms");
	return search == NULL || !search->has_parsed
	    || err_set(e, ERR_NOT_AVAILABLE, "the search index %s keeps parsed forms already", search->name);
}

bool
catalog_parsed_begin(struct db *db, const struct coll *coll, struct err *e)
{
	struct arena_mark before = arena_mark(db->work);
	struct arena *mem = db->work;
	struct ddl ddl;
	bool ok;

	if (!may_be_parsed(db, coll, e))
		return false;
	if (coll->has_parsed)
		return true;
	ddl = gen_parsed_column(db_dialect(db), coll->id, mem);
	ok = make(db, &ddl, NULL, e) && set_parsed(db, coll, PARSED_FILLING, e);
	arena_rewind(mem, before);
	return ok;
}

bool
catalog_parsed_finish(struct db *db, const struct coll *coll, struct err *e)
{
	const struct index *search = index_for_search(coll->indexes);
	struct arena_mark before = arena_mark(db->work);
	bool ok = true;

	if (search != NULL && search->has_words && !search->indexes_parsed) {
		struct index ix = *search;
		struct buf fields;

		ix.indexes_parsed = true;
		buf_init(&fields, db->work);
		index_to_json(&ix, &fields);
		struct bind row[] = { BIND_T(buf_text(&fields)), BIND_I(ix.id) };

		ok = finish(db, coll, &ix, e) && write_one(db, NAMED(S_INDEX_SET_FIELDS, row), e);
	}
	arena_rewind(db->work, before);
	return ok && set_parsed(db, coll, PARSED_KEPT, e);
}
