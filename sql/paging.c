/* sql/paging.c - the statements that read a table page by page */
#include "sql/paging.h"

#include "sql/ident.h"

static void
put_names(const struct rows *r, bool markers, struct buf *out)
{
	for (size_t i = 0; i < r->key->n_columns; i++) {
		if (i > 0)
			put_lit(out, ", ");
		if (markers)
			r->form->put_marker(&r->key_table.columns[i], out);
		else
			put_ident(r->db->dialect, r->key->columns[i], out);
	}
}

/* Rows on one side of a key.  Where comparing whole rows is slow: a > ? OR (a = ? AND b > ?) */
static void
put_side(const struct rows *r, const char *inner, const char *last_one, struct buf *out)
{
	const struct dialect *d = r->db->dialect;

	if (r->form->compares_rows) {
		buf_char(out, '(');
		put_names(r, false, out);
		buf_addz(out, ")");
		buf_addz(out, last_one);
		buf_char(out, '(');
		put_names(r, true, out);
		buf_char(out, ')');
		return;
	}
	for (size_t last = 0; last < r->key->n_columns; last++) {
		buf_addz(out, last == 0 ? "(" : " OR (");
		for (size_t i = 0; i <= last; i++) {
			if (i > 0)
				put_lit(out, " AND ");
			put_ident(d, r->key->columns[i], out);
			buf_addz(out, i < last ? " = " : i < r->key->n_columns - 1 ? inner : last_one);
			r->form->put_marker(&r->key_table.columns[i], out);
		}
		buf_char(out, ')');
	}
}

static bool
has_after(const struct rows *r)
{
	return r->how == BY_KEY && !r->is_first;
}

static void
put_where(const struct rows *r, bool until, struct buf *out)
{
	const char *word = " WHERE (";

	if (has_after(r)) {
		buf_addz(out, word);
		put_side(r, " > ", " > ", out);
		buf_char(out, ')');
		word = " AND (";
	}
	if (until) {
		buf_addz(out, word);
		put_side(r, " < ", " <= ", out);
		buf_char(out, ')');
		word = " AND (";
	}
	if (r->where != NULL) {
		buf_addz(out, word);
		buf_span(out, r->where->text);
		buf_char(out, ')');
	}
}

static void
put_order(const struct rows *r, struct buf *out)
{
	put_lit(out, " ORDER BY ");
	put_names(r, false, out);
	put_lit(out, " LIMIT ");
}

static void
put_from(const struct rows *r, bool until, struct buf *out)
{
	put_lit(out, " FROM ");
	put_qualified(r->db->dialect, r->table->schema, r->table->name, out);
	put_where(r, until, out);
}

/* The values of a key as often as put_side() has markers for them. */
static size_t
bind_side(const struct rows *r, const struct rows_place *p, struct bind *out)
{
	size_t n_key = r->key->n_columns, n = 0;

	for (size_t last = r->form->compares_rows ? n_key - 1 : 0; last < n_key; last++)
		for (size_t i = 0; i <= last; i++)
			out[n++] = p->key[i];
	return n;
}

static struct query
query_of(const struct rows *r, const struct buf *text, bool until, struct arena *mem)
{
	size_t n_key = r->how == BY_KEY ? r->key->n_columns : 0;
	size_t n_where = r->where == NULL ? 0 : r->where->n_binds, n = 0;
	struct bind *binds = ARENA_ARRAY(mem, struct bind, n_key * (n_key + 1) + n_where + 1);

	if (has_after(r))
		n += bind_side(r, &r->after, binds);
	if (until)
		n += bind_side(r, &r->until, binds + n);
	for (size_t i = 0; i < n_where; i++)
		binds[n++] = r->where->binds[i];
	return (struct query){ .text = buf_text(text), .n_binds = n, .binds = binds };
}

struct query
paging_rows(const struct rows *r, struct arena *mem)
{
	struct buf text;

	buf_init(&text, mem);
	put_lit(&text, "SELECT ");
	r->form->put(r->shape, &text);
	put_from(r, r->has_until, &text);
	if (r->how == BY_KEY) {
		put_order(r, &text);
		buf_int(&text, (int64_t)r->limit);
	}
	return query_of(r, &text, r->has_until, mem);
}

/* By its number a row is found where it stands; no index may give another order.  By a key rows are cut first, then put together. */
struct query
paging_group(const struct rows *r, size_t row_bytes, struct arena *mem)
{
	struct buf text;

	buf_init(&text, mem);
	put_lit(&text, "SELECT ");
	r->form->put_group(r->table, row_bytes, &text);
	if (r->by_number) {
		put_lit(&text, " FROM ");
		put_qualified(r->db->dialect, r->table->schema, r->table->name, &text);
		put_lit(&text, " NOT INDEXED");
		put_where(r, r->has_until, &text);
		return query_of(r, &text, r->has_until, mem);
	}
	put_lit(&text, " FROM (SELECT ");
	for (size_t i = 0; i < r->table->n_columns; i++) {
		if (i > 0)
			put_lit(&text, ", ");
		put_ident(r->db->dialect, r->table->columns[i].name, &text);
	}
	put_from(r, r->has_until, &text);
	put_order(r, &text);
	buf_int(&text, (int64_t)r->limit);
	put_lit(&text, ") AS cords_page");
	return query_of(r, &text, r->has_until, mem);
}

struct query
paging_end(const struct rows *r, size_t skipped, struct arena *mem)
{
	struct buf text;

	buf_init(&text, mem);
	put_lit(&text, "SELECT ");
	r->form->put(&r->key_table, &text);
	put_from(r, false, &text);
	put_order(r, &text);
	put_lit(&text, "1 OFFSET ");
	buf_int(&text, (int64_t)skipped);
	return query_of(r, &text, false, mem);
}
