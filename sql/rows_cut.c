/* sql/rows_cut.c - where pages end, and pieces of a table that several connections read */
#include "sql/paging.h"

/* ---- places ---- */

static void
place_of_row(struct rows *r, const struct cell *row, const size_t *at, struct rows_place *out)
{
	out->text.n = 0;
	for (size_t i = 0; i < r->key->n_columns; i++)
		buf_reserve(&out->text, out->text.n + row[at[i]].text.n + 1);
	for (size_t i = 0; i < r->key->n_columns; i++) {
		const struct cell *c = &row[at[i]];
		struct span kept = { out->text.p + out->text.n, c->text.n };

		buf_span(&out->text, c->text);
		if (c->kind == CELL_INT)
			out->key[i] = BIND_I(c->number);
		else if (c->kind == CELL_BOOL)
			out->key[i] = BIND_T(c->number ? SPAN("1") : SPAN("0"));
		else if (c->kind == CELL_BLOB)
			out->key[i] = BIND_B(kept);
		else
			out->key[i] = BIND_T(kept);
	}
}

static void
copy_place(struct rows *r, const struct rows_place *from, struct rows_place *to)
{
	to->text.n = 0;
	buf_span(&to->text, buf_text(&from->text));
	for (size_t i = 0; i < r->key->n_columns; i++) {
		to->key[i] = from->key[i];
		if (from->key[i].kind == BIND_TEXT || from->key[i].kind == BIND_BLOB)
			to->key[i].text.p = to->text.p + (from->key[i].text.p - from->text.p);
	}
}

static bool
is_same_place(const struct rows *r, const struct rows_place *a, const struct rows_place *b)
{
	for (size_t i = 0; i < r->key->n_columns; i++) {
		const struct bind *x = &a->key[i], *y = &b->key[i];

		if (x->kind != y->kind || (x->kind == BIND_INT ? x->number != y->number : !span_eq(x->text, y->text)))
			return false;
	}
	return true;
}

bool
rows_find_end(struct rows *r, size_t skipped, struct err *e)
{
	struct arena_mark before = arena_mark(r->db->work);
	struct query q = paging_end(r, skipped, r->db->work);
	struct cell *cells = ARENA_ARRAY(r->db->work, struct cell, r->key->n_columns);
	size_t *at = ARENA_ARRAY(r->db->work, size_t, r->key->n_columns);
	struct stmt *st = NULL;
	struct buf text;
	bool ok, is_null = true;

	buf_init(&text, r->db->work);
	ok = stmt_open(r->db, &q, &st, e) && stmt_step(st, &r->has_until, e)
	    && (!r->has_until || stmt_append(st, 0, r->form->is_bytes, &text, &is_null, e));
	stmt_done(st);
	if (ok && r->has_until) {
		buf_char(&text, '\0');
		ok = (!is_null && r->form->read(&r->key_table, text.p, text.p + text.n - 1, cells) == text.p + text.n - 1)
		    || diag_broken(r->db, "a key of another form", e);
	}
	for (size_t i = 0; i < r->key->n_columns; i++)
		at[i] = i;
	if (ok && r->has_until)
		place_of_row(r, cells, at, &r->until);
	arena_rewind(r->db->work, before);
	return ok;
}

/* ---- pages ---- */

static bool
is_number(const struct rows *r, const struct rows_place *p)
{
	return r->key->n_columns == 1 && p->key[0].kind == BIND_INT;
}

void
rows_pass_page(struct rows *r)
{
	bool is_full = r->page->n_rows == r->limit, has_from = !r->is_first && is_number(r, &r->after);
	double from = has_from ? (double)r->after.key[0].number : 0;

	r->is_part = false;
	r->at_end = r->is_cut || !is_full;
	if (r->page->n_rows == 0)
		return;
	if (r->by_number) {
		if (!r->is_cut)
			copy_place(r, &r->until, &r->after);
		return;
	}
	place_of_row(r, r->page->cells + (r->page->n_rows - 1) * r->table->n_columns, r->key_at, &r->after);
	if (has_from && is_number(r, &r->after))
		r->gap = ((double)r->after.key[0].number - from) / (double)r->page->n_rows;
	if (r->is_cut && is_full && !(r->has_until && is_same_place(r, &r->after, &r->until))) {
		r->is_part = true;
		r->at_end = false;
	}
}

/* ---- pieces ---- */

bool
rows_can_cut(const struct rows *r)
{
	return r->how == BY_KEY;
}

/* The first row that is so far away that about a page lies before it. */
static bool
guess_end(struct rows *r, struct err *e)
{
	const int64_t from = r->after.key[0].number;
	double step = r->gap * (double)(r->limit - r->limit / 16);
	int64_t *at = &r->after.key[0].number;
	bool ok;

	if (step >= 0x1p62 || __builtin_add_overflow(from, (int64_t)step, at))
		*at = INT64_MAX;
	if (*at > from)
		--*at;
	ok = rows_find_end(r, 0, e);
	r->after.key[0].number = from;
	return ok;
}

bool
rows_cut(struct rows *r, const struct rows *before, struct err *e)
{
	bool can_guess;

	r->is_cut = true;
	r->is_last = r->at_end = before != NULL && before->is_last;
	if (r->is_last)
		return true;
	r->is_first = before == NULL;
	if (before != NULL)
		copy_place(r, &before->until, &r->after);
	can_guess = !r->is_first && !r->by_number && r->gap > 0 && is_number(r, &r->after);
	if (!(can_guess ? guess_end(r, e) : rows_find_end(r, r->limit - 1, e)))
		return false;
	r->is_last = !r->has_until;
	return true;
}
