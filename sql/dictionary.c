/* sql/dictionary.c - what an engine tells of itself and of what it holds, in the words of the Database API */
#include "sql/dictionary.h"

#include "sql/gen.h"
#include "sql/ident.h"

#include <string.h>

bool
dictionary_version(struct db *db, struct arena *mem, struct engine_version *out, struct err *e)
{
	const struct dialect *d = db_dialect(db);
	struct query q = { .text = span_of(d->version) };
	struct stmt *st;
	bool has_row;
	bool ok;

	*out = (struct engine_version){ .product = span_of(d->dbms) };
	if (!stmt_open(db, &q, &st, e))
		return false;
	ok = stmt_step(st, &has_row, e) && stmt_text(st, 0, mem, &out->full, e);
	stmt_done(st);
	if (ok)
		out->number = (struct span){ out->full.p, strspn(out->full.p, "0123456789.") };
	return ok;
}

/* ---- the columns ---- */

#define TEXT(word) { .name = { word, sizeof(word) - 1 }, .type = FILTER_TEXT }
#define NUMBER(word) { .name = { word, sizeof(word) - 1 }, .type = FILTER_NUMBER }

static const struct filter_column objects[] = { TEXT("owner"), TEXT("object_name"), TEXT("object_type") };
static const struct filter_column tables[] = {
	TEXT("owner"), TEXT("table_name"), TEXT("tablespace_name"), NUMBER("num_rows"), TEXT("temporary"), TEXT("comments"),
};
static const struct filter_column columns[] = {
	TEXT("owner"), TEXT("table_name"), TEXT("column_name"), NUMBER("column_id"), TEXT("data_type"), NUMBER("data_length"),
	NUMBER("data_precision"), NUMBER("data_scale"), TEXT("nullable"), TEXT("data_default"),
};
static const struct filter_column indexes[] = {
	TEXT("owner"), TEXT("table_name"), TEXT("index_name"), TEXT("uniqueness"), TEXT("columns"),
};
static const struct filter_column foreign_keys[] = {
	TEXT("owner"), TEXT("table_name"), TEXT("constraint_name"), TEXT("columns"), TEXT("referenced_owner"),
	TEXT("referenced_table_name"), TEXT("referenced_columns"), TEXT("delete_rule"),
};

#define COLUMNS(list) { sizeof(list) / sizeof((list)[0]), list }
const struct filter_columns dictionary_columns[DICT__N] = {
	[DICT_OBJECTS] = COLUMNS(objects), [DICT_TABLES] = COLUMNS(tables), [DICT_COLUMNS] = COLUMNS(columns),
	[DICT_INDEXES] = COLUMNS(indexes), [DICT_FOREIGN_KEYS] = COLUMNS(foreign_keys),
};

enum { N_ORDERED = 3 };			/* the first columns tell all rows apart, of every listing */

/* ---- the query ---- */

static void
put_columns(struct sql *s, const struct filter_columns *c)
{
	for (size_t i = 0; i < c->n; i++) {
		if (i > 0)
			put_lit(&s->text, ", ");
		put_ident(s->dialect, c->column[i].name, &s->text);
	}
}

/* The dialect's SELECT has a marker for the owner where the engine has no schemas. */
static void
put_source(struct sql *s, enum dictionary which, struct span file_owner)
{
	const char *text = s->dialect->dictionary[which];
	const char *marker = strchr(text, '?');

	put_lit(&s->text, " FROM (");
	if (marker != NULL) {
		buf_add(&s->text, text, (size_t)(marker - text));
		sql_bind(s, BIND_T(file_owner));
		text = marker + 1;
	}
	buf_addz(&s->text, text);
	put_lit(&s->text, ") d WHERE ");
}

static void
put_equal(struct sql *s, const struct filter_column *column, struct span value)
{
	const struct filter_cond is = { .op = FILTER_EQ, .column = column, .low = { .text = value } };
	const struct filter f = { .where = &is };

	sql_filter(s, &f);
	put_lit(&s->text, " AND ");
}

static void
put_order(struct sql *s, const struct filter_columns *c, const struct filter *asked)
{
	struct filter_order order[N_ORDERED];
	struct filter rest = { .order = order };

	put_lit(&s->text, " ORDER BY ");
	if (asked != NULL)
		sql_filter_order(s, asked);
	for (size_t i = 0; i < N_ORDERED; i++)
		order[rest.n_order++] = (struct filter_order){ &c->column[i], false };
	sql_filter_order(s, &rest);
	put_lit(&s->text, "1");
}

static struct query
compose(const struct dialect *d, enum dictionary which, const struct dict_ask *ask, struct arena *mem)
{
	const struct filter_columns *c = &dictionary_columns[which];
	struct sql s;

	sql_init(&s, d, mem);
	put_lit(&s.text, "SELECT ");
	put_columns(&s, c);
	put_source(&s, which, ask->file_owner);
	if (ask->owner.p != NULL)
		put_equal(&s, &c->column[0], ask->owner);
	if (ask->key.p != NULL)
		put_equal(&s, &c->column[1], ask->key);
	if (ask->filter == NULL || !sql_filter(&s, ask->filter))
		put_lit(&s.text, "1 = 1");
	put_order(&s, c, ask->filter);
	put_lit(&s.text, " LIMIT ");
	sql_bind(&s, BIND_I((int64_t)ask->limit + 1));
	put_lit(&s.text, " OFFSET ");
	sql_bind(&s, BIND_I((int64_t)ask->offset));
	return sql_query(&s);
}

bool
dictionary_list(struct db *db, enum dictionary which, const struct dict_ask *ask, struct arena *mem, struct dict_rows *out,
    struct err *e)
{
	struct query q = compose(db_dialect(db), which, ask, mem);
	size_t n_columns = dictionary_columns[which].n, cap = 0;
	struct span *cells = NULL;
	struct stmt *st;
	bool ok, has_row;

	*out = (struct dict_rows){ .n_columns = n_columns };
	if (!stmt_open(db, &q, &st, e))
		return false;
	while ((ok = stmt_step(st, &has_row, e)) && has_row) {
		if (out->n == ask->limit) {
			out->has_more = true;
			break;
		}
		cells = arena_room(mem, cells, out->n, &cap, n_columns * sizeof(*cells));
		for (size_t i = 0; ok && i < n_columns; i++)
			ok = stmt_text_or_null(st, (int)i, mem, &cells[out->n * n_columns + i], e);
		if (!ok)
			break;
		out->n++;
	}
	stmt_done(st);
	out->cell = cells;
	return ok;
}
