/* sql/tables.c - what the catalogue of an engine holds, as all engines tell it */
#include "sql/tables.h"

#include "sql/catalog.h"
#include "sql/catalogue.h"
#include "sql/gen_table.h"
#include "sql/ident.h"
#include "sql/odbc.h"

#include <stdlib.h>

/* ---- answers ---- */

static bool
read_row(struct stmt *st, size_t n_columns, struct arena *mem, struct buf *values, struct err *e)
{
	for (size_t i = 0; i < n_columns; i++) {
		struct span value;

		if (!stmt_text_or_null(st, (int)i, mem, &value, e))
			return false;
		buf_add(values, &value, sizeof(value));
	}
	return true;
}

bool
answer_read(struct db *db, const char *text, const struct bind *binds, size_t n_binds, struct arena *mem, struct answer *out,
    struct err *e)
{
	struct query q = { .text = span_of(text), .n_binds = n_binds, .binds = binds };
	SQLSMALLINT n_columns = 0;
	struct stmt *st;
	struct buf values;
	bool has_row = true, ok;

	*out = (struct answer){ 0 };
	if (!stmt_open(db, &q, &st, e))
		return false;
	ok = SQL_SUCCEEDED(SQLNumResultCols(st->handle, &n_columns))
	    || diag_set(db, SQL_HANDLE_STMT, st->handle, "count columns", e);
	out->n_columns = (size_t)n_columns;
	buf_init(&values, mem);
	while (ok && (ok = stmt_step(st, &has_row, e)) && has_row) {
		ok = read_row(st, out->n_columns, mem, &values, e);
		out->n_rows++;
	}
	stmt_done(st);
	out->values = (const struct span *)(const void *)values.p;
	return ok;
}

size_t
answer_group(const struct answer *a, size_t row)
{
	size_t n = 1;

	while (row + n < a->n_rows && span_eq(answer_at(a, row + n, 0), answer_at(a, row, 0)))
		n++;
	return n;
}

const struct span *
answer_down(const struct answer *a, size_t row, size_t n, size_t column, struct arena *mem)
{
	struct span *out = ARENA_ARRAY(mem, struct span, n);

	for (size_t i = 0; i < n; i++)
		out[i] = answer_at(a, row + i, column);
	return out;
}

int64_t
answer_int(const struct answer *a, size_t row, size_t column)
{
	struct span v = answer_at(a, row, column);

	return v.p == NULL ? 0 : strtoll(v.p, NULL, 10);	/* every answer ends with a NUL */
}

bool
answer_true(const struct answer *a, size_t row, size_t column)
{
	struct span v = answer_at(a, row, column);

	return span_is(v, "t") || span_is(v, "1");
}

/* ---- schemas ---- */

static bool
engine_schemas(struct db *db, struct arena *mem, struct answer *out, struct err *e)
{
	static const struct span only[] = { SPAN("main") };

	if (db->dialect->catalogue->schemas != NULL)
		return answer_read(db, db->dialect->catalogue->schemas, NULL, 0, mem, out, e);
	*out = (struct answer){ 1, 1, only };
	return true;
}

/* Of a schema of the engine: the one of the repository whose name is the same, or the same ignoring case. */
static const struct schema *
rest_schema(const struct schema *rest, size_t n, struct span name)
{
	const struct schema *found = NULL;

	for (size_t i = 0; i < n; i++) {
		if (span_eq(rest[i].name, name))
			return &rest[i];
		if (found == NULL && span_eq_nocase(rest[i].name, name))
			found = &rest[i];
	}
	return found;
}

static const struct schema *
first_enabled(const struct schema *rest, size_t n)
{
	const struct schema *first = NULL;

	for (size_t i = 0; i < n; i++)
		if (first == NULL || rest[i].id < first->id)
			first = &rest[i];
	return first;
}

static struct place *
find_place(struct place *places, size_t n, int64_t rest_id)
{
	for (size_t i = 0; i < n; i++)
		if (places[i].rest_id == rest_id)
			return &places[i];
	return NULL;
}

static int
by_name(const void *a, const void *b)
{
	return span_cmp(((const struct place *)a)->name, ((const struct place *)b)->name);
}

bool
tables_places(struct db *db, struct arena *mem, const struct place **out, size_t *n, struct err *e)
{
	bool has_schemas = db->dialect->catalogue->schemas != NULL;
	const struct schema *rest;
	struct answer engine;
	struct place *places;
	size_t n_rest;

	*n = 0;
	if (!catalog_begin(db, e) || !schema_list(db, mem, &rest, &n_rest, e) || !engine_schemas(db, mem, &engine, e))
		return false;
	places = ARENA_ARRAY(mem, struct place, engine.n_rows + n_rest + 1);
	for (size_t i = 0; i < engine.n_rows; i++) {
		struct span name = answer_at(&engine, i, 0);
		const struct schema *s = has_schemas ? rest_schema(rest, n_rest, name) : first_enabled(rest, n_rest);
		struct place p = { .name = name, .engine = name };

		if (s != NULL && find_place(places, *n, s->id) == NULL) {	/* "hr" and "HR" may both be there */
			p.rest_id = s->id;
			p.rest_name = s->name;
			if (!has_schemas)
				p.name = s->name;
		}
		places[(*n)++] = p;
	}
	for (size_t i = 0; i < n_rest; i++)
		if (find_place(places, *n, rest[i].id) == NULL)
			places[(*n)++] = (struct place){ .name = rest[i].name, .rest_id = rest[i].id, .rest_name = rest[i].name };
	qsort(places, *n, sizeof(*places), by_name);
	*out = places;
	return true;
}

/* ---- lists ---- */

static bool
list_of(struct db *db, const char *text, const struct place *place, struct arena *mem, struct answer *out, struct err *e)
{
	struct bind *schema;
	size_t n = 0;

	*out = (struct answer){ 0 };
	if (place->engine.n == 0 || text == NULL)
		return true;
	/* every marker names it; where there are no schemas there is none */
	for (const char *p = text; db->dialect->has_schemas && (p = strchr(p, '?')) != NULL; p++)
		n++;
	schema = ARENA_ARRAY(mem, struct bind, n);
	for (size_t i = 0; i < n; i++)
		schema[i] = BIND_T(place->engine);
	return answer_read(db, text, schema, n, mem, out, e);
}

/* how many documents a collection has, about; -1: nobody knows */
static int64_t
n_documents(const struct answer *counts, const struct coll *c, struct arena *mem)
{
	struct span name = span_of(arena_printf(mem, "soda_c_%lld", (long long)c->id));

	for (size_t i = 0; i < counts->n_rows; i++)
		if (span_eq(answer_at(counts, i, 0), name) && answer_at(counts, i, 1).p != NULL)
			return answer_int(counts, i, 1);
	return -1;
}

bool
tables_list(struct db *db, const struct place *place, struct arena *mem, const struct table_ref **out, size_t *n,
    struct err *e)
{
	const char *documents = db->dialect->catalogue->documents;
	struct coll *colls = NULL;
	struct table_ref *refs;
	struct answer a, counts = { 0 };
	size_t n_colls = 0;
	bool has_more;

	*n = 0;
	if (!list_of(db, db->dialect->catalogue->tables, place, mem, &a, e))
		return false;
	if (place->rest_id != 0 && !catalog_list(db, place->rest_id, (struct span){ "", 0 }, 0, mem, &colls, &n_colls, &has_more, e))
		return false;
	if (n_colls > 0 && documents != NULL && !answer_read(db, documents, NULL, 0, mem, &counts, e))
		return false;
	refs = ARENA_ARRAY(mem, struct table_ref, a.n_rows + n_colls + 1);
	for (size_t i = 0; i < a.n_rows; i++)
		refs[(*n)++] = (struct table_ref){ .place = place, .name = answer_at(&a, i, 0), .tablespace = answer_at(&a, i, 1),
			.n_rows_estimate = answer_at(&a, i, 2).p == NULL ? -1 : answer_int(&a, i, 2),
			.is_consistent = answer_true(&a, i, 3), .is_readable = answer_true(&a, i, 4) };
	for (size_t i = 0; i < n_colls; i++) {
		struct table_ref *ref = &refs[(*n)++];

		*ref = (struct table_ref){ .place = place, .name = colls[i].name, .tablespace = SPAN("DEFAULT"),
			.n_rows_estimate = n_documents(&counts, &colls[i], mem), .is_consistent = true, .is_readable = true };
		if (!catalog_find(db, place->rest_id, colls[i].name, &ref->coll, e))
			return false;
	}
	*out = refs;
	return true;
}

/* ---- descriptions ---- */

static bool
describe_collection(struct db *db, const struct table_ref *ref, struct arena *mem, struct table *t, struct err *e)
{
	static const char specs[] = "SELECT spec FROM soda_indexes WHERE collection_id = ? ORDER BY id";
	static const struct span key[] = { SPAN("key") };
	bool is_hetero = meta_is_hetero(&ref->coll->meta);
	struct column *c = ARENA_ARRAY(mem, struct column, 6);
	struct bind of[] = { BIND_I(ref->coll->id) };
	struct answer a;

	c[0] = (struct column){ .name = key[0], .type = ABS_TEXT };
	c[1] = (struct column){ .name = SPAN("content"), .type = is_hetero ? ABS_BINARY : ABS_TEXT, .nullable = is_hetero };
	c[2] = (struct column){ .name = SPAN("version"), .type = ABS_TEXT, .nullable = true };
	c[3] = (struct column){ .name = SPAN("created"), .type = ABS_TIMESTAMPTZ };
	c[4] = (struct column){ .name = SPAN("modified"), .type = ABS_TIMESTAMPTZ };
	c[5] = (struct column){ .name = SPAN("media_type"), .type = ABS_TEXT, .nullable = true };
	*t = (struct table){
		.schema = ref->place->name, .name = ref->name, .tablespace = ref->tablespace, .n_columns = 6, .columns = c,
		.pk = { .n_columns = 1, .columns = key }, .is_collection = true, .metadata = ref->coll->meta_json,
		.n_rows_estimate = -1,
	};
	if (!answer_read(db, specs, of, 1, mem, &a, e))
		return false;
	t->n_specs = a.n_rows;
	t->specs = a.values;
	return true;
}

/* A file knows no schemas: its tables, and what they refer to, are in the one that the repository names. */
static void
name_schema(struct table *t, struct span schema, struct arena *mem)
{
	struct foreign_key *fks = ARENA_ARRAY(mem, struct foreign_key, t->n_fks);

	for (size_t i = 0; i < t->n_fks; i++) {
		fks[i] = t->fks[i];
		fks[i].schema = schema;
	}
	t->fks = fks;
	t->schema = schema;
}

bool
table_describe(struct db *db, const struct table_ref *ref, struct arena *mem, struct table *out, struct err *e)
{
	if (ref->coll != NULL)
		return describe_collection(db, ref, mem, out, e);
	*out = (struct table){ .schema = ref->place->engine, .name = ref->name, .tablespace = ref->tablespace,
		.n_rows_estimate = ref->n_rows_estimate };
	if (!db->dialect->catalogue->describe(db, mem, out, e))
		return false;
	if (out->n_columns == 0)
		return err_set(e, ERR_NOT_FOUND, "table %.*s is gone, or has no columns", SPAN_ARG(ref->name));
	if (!db->dialect->has_schemas)
		name_schema(out, ref->place->name, mem);
	return true;
}

void
table_put_name(struct db *db, const struct table_ref *ref, struct buf *out)
{
	if (ref->coll != NULL)
		buf_printf(out, "soda_c_%lld", (long long)ref->coll->id);
	else
		put_qualified(db->dialect, ref->place->engine, ref->name, out);
}

bool
tables_hold(struct db *db, const struct table_ref *refs, size_t n, struct err *e)
{
	const char *const *lock = db->dialect->catalogue->lock;
	bool ok = true;

	for (size_t i = 0; ok && i < n && lock[0] != NULL; i++) {
		struct arena_mark before = arena_mark(db->work);
		struct buf text;

		buf_init(&text, db->work);
		buf_addz(&text, lock[0]);
		table_put_name(db, &refs[i], &text);
		buf_addz(&text, lock[1]);
		ok = stmt_direct(db, buf_z(&text), e);
		arena_rewind(db->work, before);
	}
	return ok;
}

bool
table_hold(struct db *db, const struct table_ref *ref, bool *held, struct err *e)
{
	struct arena_mark before = arena_mark(db->work);
	struct answer a;
	struct buf text;
	bool ok;

	*held = true;
	if (!db->dialect->catalogue->redefines)
		return true;
	buf_init(&text, db->work);
	put_lit(&text, "SELECT 1 FROM ");
	table_put_name(db, ref, &text);
	put_lit(&text, " LIMIT 1");
	ok = answer_read(db, buf_z(&text), NULL, 0, db->work, &a, e);
	if (!ok && e->kind == ERR_BUSY) {
		db->poisoned = *held = false;	/* a statement that only reads has nothing to take back */
		ok = true;
	}
	arena_rewind(db->work, before);
	return ok;
}

bool
table_count_rows(struct db *db, const struct table_ref *ref, int64_t *out, struct err *e)
{
	struct arena_mark before = arena_mark(db->work);
	struct span name = ref->name, schema = ref->place->engine;
	struct answer a;
	bool ok;

	if (ref->coll != NULL) {
		name = span_of(arena_printf(db->work, "soda_c_%lld", (long long)ref->coll->id));
		schema = (struct span){ NULL, 0 };
	}
	ok = answer_read(db, gen_count_rows(db->dialect, schema, name, db->work), NULL, 0, db->work, &a, e);
	*out = ok && a.n_rows > 0 ? answer_int(&a, 0, 0) : 0;
	arena_rewind(db->work, before);
	return ok;
}

bool
tables_bytes(struct db *db, int64_t *out, struct err *e)
{
	const char *text = db->dialect->catalogue->bytes;
	char word[24];

	*out = -1;
	if (text == NULL)
		return true;
	if (!stmt_value(db, text, word, sizeof(word), e))
		return false;
	*out = strtoll(word, NULL, 10);
	return true;
}

bool
tables_position(struct db *db, struct arena *mem, struct span *out, struct err *e)
{
	struct answer a;

	*out = (struct span){ NULL, 0 };
	if (db->dialect->catalogue->position == NULL)
		return true;
	if (!answer_read(db, db->dialect->catalogue->position, NULL, 0, mem, &a, e))
		return false;
	if (a.n_rows > 0)
		*out = answer_at(&a, 0, 0);
	return true;
}

/* ---- beside tables ---- */

/* A view that is stored is described like a table, of which only the indexes are not in its text. */
static bool
view_indexes(struct db *db, struct view *v, struct arena *mem, struct err *e)
{
	struct table t = { .schema = v->schema, .name = v->name };

	if (!db->dialect->catalogue->describe(db, mem, &t, e))
		return false;
	v->n_indexes = t.n_indexes;
	v->indexes = t.indexes;
	return true;
}

bool
views_list(struct db *db, const struct place *place, struct arena *mem, const struct view **out, size_t *n, struct err *e)
{
	struct answer a;
	struct view *views;

	*n = 0;
	if (!list_of(db, db->dialect->catalogue->views, place, mem, &a, e))
		return false;
	views = ARENA_ARRAY(mem, struct view, a.n_rows + 1);
	for (size_t i = 0; i < a.n_rows; i++) {
		struct span text = answer_at(&a, i, 1);

		if (db->dialect->catalogue->view_query != NULL)
			text = db->dialect->catalogue->view_query(text, mem);
		if (text.p == NULL)
			continue;
		views[*n] = (struct view){ .schema = place->name, .name = answer_at(&a, i, 0), .text = text,
			.is_stored = a.n_columns > 2 && answer_true(&a, i, 2), .is_filled = a.n_columns > 2 && answer_true(&a, i, 3) };
		if (views[*n].is_stored && !view_indexes(db, &views[*n], mem, e))
			return false;
		(*n)++;
	}
	*out = views;
	return true;
}

bool
others_list(struct db *db, const struct place *place, struct arena *mem, const struct span **out, size_t *n, struct err *e)
{
	struct span *texts;
	struct answer a;

	*n = 0;
	if (!list_of(db, db->dialect->catalogue->others, place, mem, &a, e))
		return false;
	*out = texts = ARENA_ARRAY(mem, struct span, a.n_rows + 1);
	for (size_t i = 0; i < a.n_rows; i++)
		texts[(*n)++] = span_of(arena_printf(mem, "%.*s %.*s", SPAN_ARG(answer_at(&a, i, 0)), SPAN_ARG(answer_at(&a, i, 1))));
	return true;
}

bool
sequences_list(struct db *db, const struct place *place, struct arena *mem, const struct sequence **out, size_t *n, struct err *e)
{
	*n = 0;
	return place->engine.n == 0 || db->dialect->catalogue->sequences == NULL
	    || db->dialect->catalogue->sequences(db, place->engine, mem, out, n, e);
}

bool
code_list(struct db *db, const struct place *place, struct arena *mem, const struct code **out, size_t *n, struct err *e)
{
	struct code *own;

	*n = 0;
	if (place->engine.n == 0)
		return true;
	if (!db->dialect->catalogue->code(db, place->engine, mem, out, n, e))
		return false;
	if (db->dialect->has_schemas || *n == 0)
		return true;
	own = ARENA_ARRAY(mem, struct code, *n);
	memcpy(own, *out, *n * sizeof(*own));
	for (size_t i = 0; i < *n; i++)
		own[i].schema = place->name;
	*out = own;
	return true;
}

bool
enum_types_list(struct db *db, const struct place *place, struct arena *mem, const struct enum_type **out, size_t *n,
    struct err *e)
{
	*n = 0;
	return place->engine.n == 0 || db->dialect->catalogue->enum_types == NULL
	    || db->dialect->catalogue->enum_types(db, place->engine, mem, out, n, e);
}
