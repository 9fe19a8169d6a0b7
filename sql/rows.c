/* sql/rows.c - all rows of a table, page by page */
#include "sql/rows.h"

#include "base/clock.h"
#include "sql/filter.h"
#include "sql/gen.h"
#include "sql/odbc.h"
#include "sql/paging.h"

enum {
	PAGE_BYTES = 1 << 20,
	PAGE_MOST_BYTES = 8 << 20,	/* what the driver may hold when rows grow from one page to the next */
	GROUP_BYTES = 8 << 20,		/* the values of a page that is one text have at most so many */
	GROUP_ATTEMPTS = 4,
	FIRST_ROWS = 125,		/* until it is known how long they are; doubled up to PAGE_ROWS */
	DOC_COLUMNS = 6,
	CURSOR_ROWS = 500		/* the driver holds them all, however long they are */
};

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
fetch_rows(struct rows *r, struct err *e)
{
	struct arena_mark before = arena_mark(r->db->work);
	struct query q = paging_rows(r, r->db->work);
	struct stmt *st = NULL;
	bool ok;

	e->kind = ERR_NONE;
	ok = stmt_open(r->db, &q, &st, e) && (take_rows(r, st, r->limit, e) || e->kind == ERR_NONE);
	stmt_done(st);
	arena_rewind(r->db->work, before);
	return ok;
}

static bool
fetch_stream(struct rows *r, struct err *e)
{
	e->kind = ERR_NONE;
	if (r->open == NULL) {
		struct query q = paging_rows(r, r->own);

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
		struct query q = paging_rows(r, r->own);
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

static void
reserve_cells(struct rows *r, size_t n_rows)
{
	struct room *p = r->page;

	if (n_rows * r->table->n_columns <= p->n_cells)
		return;
	p->n_cells = n_rows * r->table->n_columns;
	p->cells = ARENA_ARRAY(r->own, struct cell, p->n_cells);
}

/* false: one of them is of another form */
static bool
read_rows(struct rows *r)
{
	size_t n_columns = r->table->n_columns;
	struct room *p = r->page;

	reserve_cells(r, p->n_rows);
	p->starts[p->n_rows] = p->text.n;
	for (size_t i = 0; i < p->n_rows; i++) {
		char *text = p->text.p + p->starts[i], *end = p->text.p + p->starts[i + 1] - 1;

		if (r->form->read(r->shape, text, end, p->cells + i * n_columns) != end)
			return false;
	}
	return true;
}

/* ---- where NULL is ---- */

/* Until one is seen there is none.  What was read once cannot be read again without a key. */
static void
guess_nulls(struct rows *r)
{
	struct column *columns;

	if (!r->form->minds_nulls || r->how != BY_KEY)
		return;
	columns = ARENA_ARRAY(r->own, struct column, r->table->n_columns);
	memcpy(columns, r->table->columns, r->table->n_columns * sizeof(*columns));
	for (size_t i = 0; i < r->table->n_columns; i++)
		columns[i].nullable = false;
	r->guess = ARENA_NEW(r->own, struct table);
	*r->guess = *r->table;
	r->guess->columns = columns;
	r->shape = r->guess;
}

static void
learn_nulls(struct rows *r)
{
	struct column *columns = (struct column *)r->guess->columns;

	for (size_t row = 0; row < r->page->n_rows; row++)
		for (size_t i = 0; i < r->table->n_columns; i++)
			if (r->page->cells[row * r->table->n_columns + i].kind == CELL_NULL)
				columns[i].nullable = true;
	r->shape = r->guess;
}

static bool
fetch_and_read(struct rows *r, struct err *e)
{
	if (!fetch_rows(r, e))
		return false;
	if (read_rows(r))
		return true;
	if (r->shape != r->table) {
		r->shape = r->table;
		r->page->text.n = r->page->n_rows = 0;
		if (!fetch_rows(r, e))
			return false;
		if (read_rows(r)) {
			learn_nulls(r);
			return true;
		}
	}
	return diag_broken(r->db, "a row of another form", e);
}

/* false: some rows are not in the text, or not as they are */
static bool
read_group(struct rows *r, size_t n_rows)
{
	struct room *p = r->page;
	char *at = p->text.p, *end = p->text.p + p->text.n;

	if (n_rows > r->limit)
		return false;
	reserve_cells(r, n_rows);
	for (size_t i = 0; i < n_rows; i++) {
		char *from = at;

		if (at >= end)
			return false;
		at = r->form->read(r->table, at, end, p->cells + i * r->table->n_columns);
		if (at == NULL)
			return false;
		if ((size_t)(at - from) > r->longest)
			r->longest = (size_t)(at - from);
		if (at < end)
			at += r->form->group_gap;
	}
	p->n_rows = n_rows;
	return at == end;
}

/* ---- pages by key ---- */

/* *whole false: the page has to be read row by row */
static bool
fetch_group(struct rows *r, bool *whole, struct err *e)
{
	struct arena_mark before = arena_mark(r->db->work);
	struct query q = paging_group(r, GROUP_BYTES / r->limit, r->db->work);
	struct stmt *st = NULL;
	int64_t n_rows = 0;
	bool ok, has_row, is_null = true;

	ok = stmt_open(r->db, &q, &st, e);
	if (ok) {
		stmt_rows_begin(st);
		ok = stmt_step(st, &has_row, e) && (has_row || diag_broken(r->db, "a count without a row", e))
		    && stmt_int(st, 0, &n_rows, e) && stmt_append(st, 1, r->form->is_bytes, &r->page->text, &is_null, e);
		stmt_rows_end(st);
	}
	stmt_done(st);
	arena_rewind(r->db->work, before);
	if (!ok)
		return false;
	buf_reserve(&r->page->text, 1);		/* the byte that forms want to have */
	*whole = n_rows >= 0 && read_group(r, (size_t)n_rows);
	return true;
}

/* Rows that are too long for a text of many, or that an engine cuts, come one by one: the same ones, up to the same end. */
static bool
fetch_by_key(struct rows *r, struct err *e)
{
	bool whole = false;

	if (!r->is_cut)
		r->has_until = false;
	if (r->by_number && !r->is_cut && !rows_find_end(r, r->limit - 1, e))
		return false;
	if (!r->is_first && !db_widen(r->db, e))	/* of a page there may be no second one */
		return false;
	if (r->form->put_group != NULL && r->n_ungrouped < GROUP_ATTEMPTS && !fetch_group(r, &whole, e))
		return false;
	if (!whole) {
		r->n_ungrouped++;
		r->page->text.n = r->page->n_rows = 0;
		if (!fetch_and_read(r, e))
			return false;
	}
	rows_pass_page(r);
	r->is_first = false;
	if (r->page->n_rows > 0)
		choose_limit(r);
	return true;
}

/* What is shown of a document: not the number of its row; its times, which are numbers in its table, as text. */
static void
show_documents(struct rows *r)
{
	arena_clear(r->page->times);
	for (size_t i = 0; i < r->page->n_rows; i++) {
		struct cell *row = &r->page->cells[i * DOC_COLUMNS];

		memmove(row, &r->page->cells[i * r->table->n_columns], DOC_COLUMNS * sizeof(*row));
		for (size_t k = 0; k < DOC_COLUMNS; k++) {
			struct cell *c = &row[k];
			char *text;

			if (r->table->columns[k].type != ABS_INT64 || c->kind != CELL_INT)
				continue;
			text = arena_alloc(r->page->times, CLOCK_TEXT);
			clock_format(c->number, text);
			*c = (struct cell){ .kind = CELL_TEXT, .text = span_of(text) };
		}
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
	if (r->how == BY_KEY ? !fetch_by_key(r, e) : r->how == BY_STREAM ? !fetch_stream(r, e) : !fetch_cursor(r, e))
		return false;
	if (r->how != BY_KEY && !read_rows(r))
		return diag_broken(r->db, "a row of another form", e);
	if (r->coll != NULL)
		show_documents(r);
	if (r->page->n_rows > 0)
		*out = (struct rows_page){ .n_rows = r->page->n_rows, .n_bytes = (int64_t)r->page->text.n, .cells = r->page->cells,
			.is_part = r->is_part };
	return true;
}

/* ---- opening ---- */

/* The table of a collection as the repository has it: the columns that table_describe() shows, under their own names; then the
 * number by which its rows lie, where rows have no other.  By the key of a document each row would be looked up. */
static const struct table *
table_of_collection(const struct rows *r, struct arena *mem)
{
	static const struct span key_columns[] = { SPAN("seq") };
	const struct meta *m = &r->coll->meta;
	struct column *c = ARENA_ARRAY(mem, struct column, DOC_COLUMNS + 1);
	struct table *t = ARENA_NEW(mem, struct table);

	c[0] = (struct column){ .name = SPAN("id"), .type = ABS_TEXT };
	c[1] = (struct column){ .name = SPAN("content"), .type = meta_is_hetero(m) ? ABS_BINARY : ABS_JSON, .nullable = true };
	c[2] = (struct column){ .name = SPAN("version"), .type = ABS_TEXT, .nullable = true };
	c[3] = (struct column){ .name = SPAN("created"), .type = ABS_INT64 };
	c[4] = (struct column){ .name = SPAN("modified"), .type = ABS_INT64 };
	c[5] = (struct column){ .name = SPAN("media"), .type = ABS_TEXT, .nullable = true };
	c[DOC_COLUMNS] = (struct column){ .name = key_columns[0], .type = ABS_INT64 };
	*t = (struct table){
		.name = span_of(arena_printf(mem, "soda_c_%lld", (long long)r->coll->id)), .columns = c,
		.n_columns = r->form->numbers == NULL ? DOC_COLUMNS + 1 : DOC_COLUMNS,
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

/* A name of this table means the column, not the row or the number beside it. */
static bool
is_taken(const struct table *t, const char *name)
{
	for (size_t i = 0; i < t->n_columns; i++)
		if (span_is_nocase(t->columns[i].name, name))
			return true;
	return false;
}

/* The number that each row has, as a key; NULL: rows have none that can be named. */
static const struct table_key *
number_key(struct rows *r)
{
	struct table_key *key = ARENA_NEW(r->own, struct table_key);
	struct span *name = ARENA_NEW(r->own, struct span);

	if (r->form->numbers == NULL || r->table->has_no_rowid || r->table->module.p != NULL)
		return NULL;
	for (const char *const *n = r->form->numbers; *n != NULL; n++) {
		if (is_taken(r->table, *n))
			continue;
		*name = span_of(*n);
		*key = (struct table_key){ .n_columns = 1, .columns = name };
		return key;
	}
	return NULL;
}

/* What rows stream by costs least without a condition; but a page that is one text costs less. */
static void
choose_key(struct rows *r)
{
	struct column *columns;

	if (r->form->streams && r->where == NULL)
		r->key = number_key(r);
	else
		r->key = find_key(r->form, r->table);
	r->by_number = r->key != NULL && r->form->streams && r->where == NULL;
	r->how = r->key != NULL ? BY_KEY : r->form->has_cursors ? BY_CURSOR : BY_STREAM;
	if (r->key == NULL)
		return;
	columns = ARENA_ARRAY(r->own, struct column, r->key->n_columns);
	r->after.key = ARENA_ARRAY(r->own, struct bind, r->key->n_columns);
	r->until.key = ARENA_ARRAY(r->own, struct bind, r->key->n_columns);
	r->key_at = ARENA_ARRAY(r->own, size_t, r->key->n_columns);
	buf_init(&r->after.text, r->own);
	buf_init(&r->until.text, r->own);
	for (size_t i = 0; i < r->key->n_columns; i++)
		columns[i] = r->by_number ? (struct column){ .name = r->key->columns[0], .type = ABS_INT64, .is_identity = true }
		    : *column_of(r->table, r->key->columns[i], &r->key_at[i]);
	r->key_table = (struct table){ .n_columns = r->key->n_columns, .columns = columns };
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
	if (r->coll != NULL)
		r->table = table_of_collection(r, r->own);
	choose_key(r);
	r->shape = r->table;
	guess_nulls(r);
	*out = r;
	return true;
}
