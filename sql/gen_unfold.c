/* sql/gen_unfold.c - documents of one statement as an array for each column, where the engine unfolds them */
#include "sql/gen.h"

#include "sql/array.h"
#include "sql/table_words.h"

#include <assert.h>

/* Of one statement.  When one of its documents exists already, it takes up to a journey for each to find out which; the arrays
 * are another copy of what they hold. */
enum { MOST_ROWS = 256, MOST_BYTES = 4 << 20 };

size_t
gen_unfold_rows(const struct dialect *d, const struct row *rows, size_t n_left)
{
	size_t n = 0, n_bytes = 0;

	if (!d->tables->unfolds_arrays)
		return 0;
	while (n < n_left && n < MOST_ROWS && (n == 0 || n_bytes + rows[n].doc->content.n <= MOST_BYTES))
		n_bytes += rows[n++].doc->content.n;
	return n;
}

static enum bind_kind
bound_as(enum abstract_type type)
{
	return type == ABS_INT64 ? BIND_INT : type == ABS_BINARY ? BIND_BLOB : BIND_TEXT;
}

static struct value
value_of(const struct bind *b, enum abstract_type type)
{
	assert(b->kind == BIND_NULL || b->kind == bound_as(type));
	switch (b->kind) {
	case BIND_INT:
		return (struct value){ .kind = VALUE_INT, .number = b->number };
	case BIND_TEXT:
		return (struct value){ .kind = VALUE_TEXT, .text = b->text };
	case BIND_BLOB:
		return (struct value){ .kind = VALUE_BLOB, .text = b->text };
	case BIND_NULL:
	case BIND_ARRAY:
		break;
	}
	return (struct value){ .kind = VALUE_NULL };
}

/* The values are those that an INSERT of rows binds, column by column instead of row by row; types: of its columns. */
struct query
gen_insert_unfolded(const struct dialect *d, const struct coll *coll, const struct row *rows, size_t n_rows, struct arena *mem)
{
	const enum abstract_type types[] = { ABS_TEXT, ABS_INT64, ABS_TEXT, ABS_INT64, ABS_INT64, ABS_INT64, ABS_INT64, ABS_TEXT,
		meta_is_hetero(&coll->meta) ? ABS_BINARY : ABS_TEXT, ABS_JSON };
	const size_t n_columns = sizeof(types) / sizeof(*types) - !coll->has_parsed;
	struct query by_row = gen_insert(d, coll, rows, n_rows, NULL, mem);
	struct value *values = ARENA_ARRAY(mem, struct value, by_row.n_binds);
	struct sql s;

	assert(by_row.n_binds == n_columns * n_rows);
	for (size_t i = 0; i < by_row.n_binds; i++)
		values[i] = value_of(&by_row.binds[i], types[i % n_columns]);
	sql_init(&s, d, mem);
	put_lit(&s.text, "INSERT INTO ");
	sql_coll_table(&s, coll->id);
	put_lit(&s.text, "(" DOCUMENT_COLUMNS);
	buf_addz(&s.text, coll->has_parsed ? ", parsed) SELECT " : ") SELECT ");
	for (size_t c = 0; c < n_columns; c++) {
		const struct element *element = element_of(types[c]);
		struct buf array;

		buf_init(&array, mem);
		array_put(element, values + c, n_columns, n_rows, &array);
		buf_addz(&s.text, c == 0 ? "" : ", ");
		buf_addz(&s.text, types[c] == ABS_JSON ? "CAST(unnest(CAST(" : "unnest(CAST(");
		sql_bind(&s, BIND_A(buf_text(&array)));
		put_lit(&s.text, " AS ");
		buf_addz(&s.text, element->type);
		buf_addz(&s.text, types[c] == ABS_JSON ? "[])) AS jsonb)" : "[]))");
	}
	return sql_query(&s);
}
