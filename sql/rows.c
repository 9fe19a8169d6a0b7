/* sql/rows.c - all rows of a table, page by page */
#include "sql/rows.h"

#include "base/clock.h"
#include "sql/filter.h"
#include "sql/gen.h"
#include "sql/ident.h"
#include "sql/odbc.h"
#include "sql/rowform.h"

enum {
	PAGE_ROWS = 4000,		/* a batch of an import, whose every page is a transaction */
	PAGE_BYTES = 1 << 20,
	PAGE_MOST_BYTES = 8 << 20,	/* what the driver may hold when rows grow from one page to the next */
	FIRST_ROWS = 125,		/* until it is known how long they are; doubled up to PAGE_ROWS */
	CURSOR_ROWS = 500		/* the driver holds them all, however long they are */
};

enum how { BY_KEY, BY_STREAM, BY_CURSOR };

/* where a page lies */
struct room {
	struct buf text;
	size_t starts[PAGE_ROWS + 1];
	size_t n_rows;
	struct cell *cells;
	size_t n_cells;
	struct arena *times;
};

struct rows {
	struct db *db;
	const struct row_form *form;
	const struct table *table;	/* as the engine has it */
	const struct coll *coll;
	const struct query *where;
	enum how how;

	struct stmt *open;		/* of a stream */
	const struct table_key *key;
	size_t *key_columns;
	struct bind *after;		/* key of the last row */
	struct buf after_text;
	bool is_first, at_end, has_cursor;
	size_t limit;

	struct arena *own;
	struct room rooms[2], *page;	/* in turn: a page stays while the next one is read */
	size_t longest;
};

/* ---- cells ---- */

bool
cell_int(struct span digits, struct cell *out)
{
	size_t i = digits.n > 0 && digits.p[0] == '-';
	uint64_t v = 0;

	if (i == digits.n || digits.n - i > 20)
		return false;
	*out = (struct cell){ .kind = CELL_NUMBER, .text = digits };
	for (size_t k = i; k < digits.n; k++)
		if (digits.p[k] < '0' || digits.p[k] > '9')
			return false;
	if (digits.n - i > 19)
		return true;
	for (size_t k = i; k < digits.n; k++)
		v = v * 10 + (uint64_t)(digits.p[k] - '0');
	if (v <= (uint64_t)INT64_MAX + (uint64_t)i)
		*out = (struct cell){ .kind = CELL_INT, .number = i == 1 ? (int64_t)(0 - v) : (int64_t)v };
	return true;
}

static int
nibble(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

bool
cell_hex(char *digits, size_t n, struct cell *out)
{
	if (n % 2 != 0)
		return false;
	for (size_t i = 0; i < n; i += 2) {
		int high = nibble(digits[i]), low = nibble(digits[i + 1]);

		if (high < 0 || low < 0)
			return false;
		digits[i / 2] = (char)(high << 4 | low);
	}
	*out = (struct cell){ .kind = CELL_BLOB, .text = { digits, n / 2 } };
	return true;
}

/* ---- which key ---- */

static const struct column *
column_of(const struct table *t, struct span name, size_t *at)
{
	for (*at = 0; *at < t->n_columns; ++*at)
		if (span_eq(t->columns[*at].name, name))
			return &t->columns[*at];
	return NULL;
}

static bool
leads(const struct row_form *form, const struct table *t, const struct table_key *key)
{
	for (size_t i = 0; i < key->n_columns; i++) {
		size_t at;
		const struct column *c = column_of(t, key->columns[i], &at);

		if (c == NULL || c->nullable || (form->can_follow != NULL && !form->can_follow(c)))
			return false;
	}
	return key->n_columns > 0;
}

static const struct table_key *
find_key(const struct row_form *form, const struct table *t)
{
	if (leads(form, t, &t->pk))
		return &t->pk;
	for (size_t i = 0; i < t->n_uniques; i++)
		if (leads(form, t, &t->uniques[i]))
			return &t->uniques[i];
	return NULL;
}

bool
rows_are_held(const struct table *table, const struct dialect *d)
{
	return !table->is_collection && !d->rows->streams && !d->rows->has_cursors && find_key(d->rows, table) == NULL;
}

/* ---- the statement ---- */

static void
put_names(const struct rows *r, bool markers, struct buf *out)
{
	for (size_t i = 0; i < r->key->n_columns; i++) {
		if (i > 0)
			put_lit(out, ", ");
		if (markers)
			r->form->put_marker(&r->table->columns[r->key_columns[i]], out);
		else
			put_ident(r->db->dialect, r->key->columns[i], out);
	}
}

/* rows behind the last one.  Where comparing whole rows is slow: a > ? OR (a = ? AND b > ?) */
static void
put_after(const struct rows *r, struct buf *out)
{
	const struct dialect *d = r->db->dialect;

	if (r->form->compares_rows) {
		buf_char(out, '(');
		put_names(r, false, out);
		put_lit(out, ") > (");
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
			buf_addz(out, i == last ? " > " : " = ");
			r->form->put_marker(&r->table->columns[r->key_columns[i]], out);
		}
		buf_char(out, ')');
	}
}

static void
put_select(const struct rows *r, struct buf *out)
{
	bool has_after = r->how == BY_KEY && !r->is_first;

	put_lit(out, "SELECT ");
	r->form->put(r->table, out);
	put_lit(out, " FROM ");
	put_qualified(r->db->dialect, r->table->schema, r->table->name, out);
	if (has_after || r->where != NULL)
		put_lit(out, " WHERE ");
	if (has_after) {
		buf_char(out, '(');
		put_after(r, out);
		buf_char(out, ')');
	}
	if (r->where != NULL) {
		buf_addz(out, has_after ? " AND (" : "(");
		buf_span(out, r->where->text);
		buf_char(out, ')');
	}
	if (r->how == BY_KEY) {
		put_lit(out, " ORDER BY ");
		put_names(r, false, out);
		put_lit(out, " LIMIT ");
		buf_int(out, (int64_t)r->limit);
	}
}

static struct query
page_query(const struct rows *r, struct arena *mem)
{
	size_t n_key = r->how == BY_KEY && !r->is_first ? r->key->n_columns : 0;
	size_t n_where = r->where == NULL ? 0 : r->where->n_binds, n = 0;
	struct bind *binds = ARENA_ARRAY(mem, struct bind, n_key * (n_key + 1) / 2 + n_key + n_where + 1);
	struct buf text;

	buf_init(&text, mem);
	put_select(r, &text);
	for (size_t last = r->form->compares_rows && n_key > 0 ? n_key - 1 : 0; last < n_key; last++)
		for (size_t i = 0; i <= last; i++)
			binds[n++] = r->after[i];
	for (size_t i = 0; i < n_where; i++)
		binds[n++] = r->where->binds[i];
	return (struct query){ .text = buf_text(&text), .n_binds = n, .binds = binds };
}

/* ---- a page ---- */

static bool
take_row(struct rows *r, struct stmt *st, bool *has_row, struct err *e)
{
	struct room *p = r->page;
	bool is_null;

	if (!stmt_step(st, has_row, e) || !*has_row)
		return *has_row;
	p->starts[p->n_rows++] = p->text.n;
	if (!stmt_append(st, 0, r->form->is_bytes, &p->text, &is_null, e))
		return false;
	if (is_null)
		return err_set(e, ERR_TOO_LARGE, "a row of %.*s is longer than the engine sends (max_allowed_packet)",
		    SPAN_ARG(r->table->name));
	if (p->text.n - p->starts[p->n_rows - 1] > r->longest)
		r->longest = p->text.n - p->starts[p->n_rows - 1];
	buf_char(&p->text, '\0');
	return true;
}

/* false at the end, or with e set */
static bool
take_rows(struct rows *r, struct stmt *st, size_t most, struct err *e)
{
	bool has_row = true, more = true;

	stmt_rows_begin(st);
	while (more && r->page->n_rows < most && (r->how == BY_KEY || r->page->text.n < PAGE_BYTES))
		more = take_row(r, st, &has_row, e);
	stmt_rows_end(st);
	return more;
}

/* As many rows as come to a megabyte, at most twice as many as before; the longest one so far may come again. */
static void
choose_limit(struct rows *r)
{
	const struct room *p = r->page;
	size_t fit = p->n_rows == 0 ? 1 : PAGE_BYTES / (p->text.n / p->n_rows + 1), most = PAGE_MOST_BYTES / (r->longest + 1);
	size_t next = FIRST_ROWS;

	if (fit > most)
		fit = most;
	if (fit > r->limit * 2)
		fit = r->limit * 2;
	if (fit < FIRST_ROWS) {		/* few different numbers: each is a statement to prepare */
		while (next > 1 && next > fit)
			next /= 2;
	} else {
		while (next * 2 <= fit && next < PAGE_ROWS)
			next *= 2;
	}
	r->limit = next;
}

static bool
fetch_by_key(struct rows *r, struct err *e)
{
	struct arena_mark before = arena_mark(r->db->work);
	struct query q = page_query(r, r->db->work);
	struct stmt *st = NULL;
	bool ok;

	e->kind = ERR_NONE;
	ok = stmt_open(r->db, &q, &st, e) && (take_rows(r, st, r->limit, e) || e->kind == ERR_NONE);
	stmt_done(st);
	arena_rewind(r->db->work, before);
	r->at_end = r->page->n_rows < r->limit;
	r->is_first = false;
	if (ok)
		choose_limit(r);
	return ok;
}

static bool
fetch_stream(struct rows *r, struct err *e)
{
	e->kind = ERR_NONE;
	if (r->open == NULL) {
		struct query q = page_query(r, r->own);

		if (!stmt_open(r->db, &q, &r->open, e))
			return false;
	}
	if (take_rows(r, r->open, PAGE_ROWS, e))
		return true;
	r->at_end = true;
	stmt_done(r->open);
	r->open = NULL;
	return e->kind == ERR_NONE;
}

/* fixed forms of PostgreSQL, the only engine that has cursors outside of routines */
static bool
fetch_cursor(struct rows *r, struct err *e)
{
	static const struct query fetch = { .text = SPAN("FETCH 500 FROM cords_rows") };
	struct stmt *st = NULL;
	bool ok;

	e->kind = ERR_NONE;
	if (!r->has_cursor) {
		struct query q = page_query(r, r->own);
		struct buf text;

		buf_init(&text, r->own);
		put_lit(&text, "DECLARE cords_rows NO SCROLL CURSOR FOR ");
		buf_span(&text, q.text);
		q.text = buf_text(&text);
		if (!stmt_exec(r->db, &q, NULL, e))
			return false;
		r->has_cursor = true;
	}
	ok = stmt_open(r->db, &fetch, &st, e) && (take_rows(r, st, CURSOR_ROWS, e) || e->kind == ERR_NONE);
	while (ok && r->page->text.n >= PAGE_BYTES && r->page->n_rows < CURSOR_ROWS) {	/* the driver holds them already */
		bool has_row;

		ok = take_row(r, st, &has_row, e) || e->kind == ERR_NONE;
		if (!has_row)
			break;
	}
	stmt_done(st);
	r->at_end = r->page->n_rows < CURSOR_ROWS;
	return ok;
}

/* ---- what was fetched ---- */

static bool
read_cells(struct rows *r, struct err *e)
{
	size_t n_columns = r->table->n_columns;
	struct room *p = r->page;

	if (p->n_rows * n_columns > p->n_cells) {
		p->n_cells = p->n_rows * n_columns;
		p->cells = ARENA_ARRAY(r->own, struct cell, p->n_cells);
	}
	p->starts[p->n_rows] = p->text.n;
	for (size_t i = 0; i < p->n_rows; i++)
		if (!r->form->read(r->table, p->text.p + p->starts[i], p->starts[i + 1] - p->starts[i] - 1, p->cells + i * n_columns))
			return diag_broken(r->db, "a row of another form", e);
	return true;
}

static void
remember_key(struct rows *r)
{
	const struct cell *row = r->page->cells + (r->page->n_rows - 1) * r->table->n_columns;

	r->after_text.n = 0;
	for (size_t i = 0; i < r->key->n_columns; i++)
		buf_reserve(&r->after_text, r->after_text.n + row[r->key_columns[i]].text.n + 1);
	for (size_t i = 0; i < r->key->n_columns; i++) {
		const struct cell *c = &row[r->key_columns[i]];
		struct span kept = { r->after_text.p + r->after_text.n, c->text.n };

		buf_span(&r->after_text, c->text);
		if (c->kind == CELL_INT)
			r->after[i] = BIND_I(c->number);
		else if (c->kind == CELL_BOOL)
			r->after[i] = BIND_T(c->number ? SPAN("1") : SPAN("0"));
		else if (c->kind == CELL_BLOB)
			r->after[i] = BIND_B(kept);
		else
			r->after[i] = BIND_T(kept);
	}
}

/* The times of a document are numbers in its table. */
static void
times_as_text(struct rows *r)
{
	arena_clear(r->page->times);
	for (size_t i = 0; i < r->page->n_rows; i++)
		for (size_t k = 0; k < r->table->n_columns; k++) {
			struct cell *c = &r->page->cells[i * r->table->n_columns + k];
			char *text;

			if (r->table->columns[k].type != ABS_INT64 || c->kind != CELL_INT)
				continue;
			text = arena_alloc(r->page->times, CLOCK_TEXT);
			clock_format(c->number, text);
			*c = (struct cell){ .kind = CELL_TEXT, .text = span_of(text) };
		}
}

bool
rows_next(struct rows *r, struct rows_page *out, struct err *e)
{
	*out = (struct rows_page){ 0 };
	r->page = r->page == &r->rooms[0] ? &r->rooms[1] : &r->rooms[0];
	r->page->text.n = r->page->n_rows = 0;
	if (r->at_end)
		return true;
	if (!(r->how == BY_KEY ? fetch_by_key(r, e) : r->how == BY_STREAM ? fetch_stream(r, e) : fetch_cursor(r, e)))
		return false;
	if (r->page->n_rows == 0)
		return true;
	*out = (struct rows_page){ .n_rows = r->page->n_rows, .n_bytes = (int64_t)r->page->text.n };
	if (!read_cells(r, e))
		return false;
	out->cells = r->page->cells;
	if (r->how == BY_KEY)
		remember_key(r);
	if (r->coll != NULL)
		times_as_text(r);
	return true;
}

/* ---- opening ---- */

/* The table of a collection as the repository has it: the columns that table_describe() shows, under their own names. */
static const struct table *
table_of_collection(const struct rows *r, struct arena *mem)
{
	static const struct span key_columns[] = { SPAN("id") };
	const struct meta *m = &r->coll->meta;
	struct column *c = ARENA_ARRAY(mem, struct column, 6);
	struct table *t = ARENA_NEW(mem, struct table);

	c[0] = (struct column){ .name = key_columns[0], .type = ABS_TEXT };
	c[1] = (struct column){ .name = SPAN("content"), .type = meta_is_hetero(m) ? ABS_BINARY : ABS_TEXT, .nullable = true };
	c[2] = (struct column){ .name = SPAN("version"), .type = ABS_TEXT, .nullable = true };
	c[3] = (struct column){ .name = SPAN("created"), .type = ABS_INT64 };
	c[4] = (struct column){ .name = SPAN("modified"), .type = ABS_INT64 };
	c[5] = (struct column){ .name = SPAN("media"), .type = ABS_TEXT, .nullable = true };
	*t = (struct table){
		.name = span_of(arena_printf(mem, "soda_c_%lld", (long long)r->coll->id)), .n_columns = 6, .columns = c,
		.pk = { .n_columns = 1, .columns = key_columns },
	};
	return t;
}

bool
rows_where(struct db *db, const struct table *table, struct span filter, const char *root, struct arena *mem, struct query *out,
    struct err *e)
{
	struct filter_columns *columns = ARENA_NEW(mem, struct filter_columns);
	struct filter f;
	struct sql s;

	*columns = filter_columns_of(table, mem);
	if (!filter_parse(filter, root, columns, mem, &f, e))
		return false;
	sql_init(&s, db->dialect, mem);
	if (!sql_filter(&s, &f))
		put_lit(&s.text, "1 = 1");
	*out = sql_query(&s);
	return true;
}

static void
close_rows(void *arg)
{
	struct rows *r = arg;
	struct err ignored;

	if (r->db == NULL)
		return;
	stmt_done(r->open);
	if (r->has_cursor && r->db->in_tx && !r->db->poisoned && !r->db->lost)
		stmt_direct(r->db, "CLOSE cords_rows", &ignored);
	arena_close(&r->own);
	for (int i = 0; i < 2; i++)
		arena_close(&r->rooms[i].times);
	r->db = NULL;
}

void
rows_close(struct rows *r)
{
	if (r != NULL)
		close_rows(r);
}

bool
rows_open(struct db *db, const struct table_ref *ref, const struct table *table, const struct query *where,
    struct arena *mem, struct rows **out, struct err *e)
{
	struct rows *r = ARENA_NEW(mem, struct rows);

	*out = NULL;
	if (table->n_columns == 0)
		return err_set(e, ERR_NOT_AVAILABLE, "table %.*s has no columns", SPAN_ARG(table->name));
	*r = (struct rows){ .db = db, .form = db->dialect->rows, .table = table, .coll = ref->coll, .where = where,
		.is_first = true, .limit = FIRST_ROWS };
	r->own = arena_open(0);
	for (int i = 0; i < 2; i++) {
		r->rooms[i].times = arena_open(0);
		buf_init(&r->rooms[i].text, r->own);
	}
	arena_defer(mem, close_rows, r);
	buf_init(&r->after_text, r->own);
	if (r->coll != NULL)
		r->table = table_of_collection(r, r->own);
	r->key = r->form->streams && where == NULL ? NULL : find_key(r->form, r->table);
	r->how = r->key != NULL ? BY_KEY : r->form->has_cursors ? BY_CURSOR : BY_STREAM;
	if (r->key != NULL) {
		r->after = ARENA_ARRAY(r->own, struct bind, r->key->n_columns);
		r->key_columns = ARENA_ARRAY(r->own, size_t, r->key->n_columns);
		for (size_t i = 0; i < r->key->n_columns; i++)
			column_of(r->table, r->key->columns[i], &r->key_columns[i]);
	}
	*out = r;
	return true;
}
