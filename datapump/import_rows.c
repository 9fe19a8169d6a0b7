/* datapump/import_rows.c - rows of a source as values of the target, batch by batch
 *
 * Made by the second thread, which reads the source: while the server stores a batch, the next one is read and converted.  What
 * is to be said about rows is said by whoever takes the batch, for only one thread talks to the job.  Values stand in the page that
 * they came from, unless batches are stored side by side: then a page may be gone before its batch is stored.
 */
#include "datapump/importing.h"

/* of a batch, whichever comes first; so many times more where batches are stored side by side, and lock nobody out meanwhile */
enum { BATCH_ROWS = 4000, BATCH_VALUES = 32768, BATCH_BYTES = 1 << 20, SIDE_TIMES = 2 };

struct import_reader {
	struct source *source;
	struct import_table *it;
	struct ahead *ahead;
	size_t width, most;
	int64_t most_bytes;
	bool is_kept;			/* batches own what they hold */
	bool is_over;			/* the source has no more pages */
	int64_t row, skip;		/* number of the last row; those that an earlier runner had stored */
	struct rows_page page;		/* of the source, from cells of row `at` on still to be converted */
	size_t at;
	size_t n_batches;		/* taken, and one that is filled */
	struct import_batch batches[LANES + 1];
	struct arena *mem[LANES + 1], *places;	/* what a batch holds; the arrays of all */
	size_t n_filled, n_taken;
};

static void
note(struct import_batch *b, struct import_column *c, enum convert_note what, struct arena *mem)
{
	struct import_note *n;

	if (c->noted)
		return;
	c->noted = true;
	n = ARENA_NEW(mem, struct import_note);
	*n = (struct import_note){ c->conversion.to, what, b->notes };
	b->notes = n;
}

/* What stands in the cell, and so in its page; convert() has made the rest in mem. */
static void
keep(struct value *v, const struct cell *from, struct arena *mem)
{
	uintptr_t at = (uintptr_t)v->text.p, begin = (uintptr_t)from->text.p;

	if (v->text.n > 0 && at >= begin && at - begin < from->text.n)
		v->text = arena_span(mem, v->text);
}

/* NULL, or why it does not fit */
static const char *
convert_row(struct import_reader *r, const struct cell *cells, struct import_batch *b, struct arena *mem)
{
	struct import_table *it = r->it;
	struct value *out = b->values + b->n * it->n_columns;
	int64_t n_bytes = 0;

	for (size_t i = 0; i < it->n_columns; i++) {
		struct import_column *c = &it->columns[i];
		enum convert_note what;
		enum convert_reason why = convert(&c->conversion, &cells[c->from], mem, &out[i], &what);

		if (why != CONVERT_OK)
			return arena_printf(mem, "column %.*s: %s", SPAN_ARG(c->conversion.to->name), convert_reason_text(why));
		if (what != NOTE_NONE)
			note(b, c, what, mem);
		if (r->is_kept)
			keep(&out[i], &cells[c->from], mem);
		n_bytes += (int64_t)(out[i].kind >= VALUE_TEXT ? out[i].text.n : sizeof(out[i].number));
	}
	b->row[b->n++] = b->last;
	b->n_bytes += n_bytes;
	return NULL;
}

static void
fill(struct import_reader *r, struct import_batch *b, struct arena *mem)
{
	while (r->at < r->page.n_rows && b->n < r->most && b->n_bytes < r->most_bytes) {
		const struct cell *cells = r->page.cells + r->at++ * r->width;
		const char *why;

		if (++r->row <= r->skip)
			continue;
		b->last = r->row;
		why = convert_row(r, cells, b, mem);
		if (why == NULL)
			continue;
		b->refused = arena_room(mem, b->refused, b->n_refused, &b->cap_refused, sizeof(*b->refused));
		b->refused[b->n_refused++] = (struct import_refused){ r->row, why };
	}
}

/* One that borrows from its page ends with it. */
static bool
wants_more(const struct import_reader *r, const struct import_batch *b)
{
	bool is_full = b->n >= r->most || b->n_bytes >= r->most_bytes;

	return !r->is_over && ((b->n == 0 && b->n_refused == 0) || (r->is_kept && !is_full && b->n_refused == 0));
}

/* A batch for the other side, which finds it in its place; of the page it hears only that there is something. */
static bool
next_batch(void *arg, struct rows_page *out, struct err *e)
{
	struct import_reader *r = arg;
	size_t place = r->n_filled % r->n_batches;
	struct import_batch *b = &r->batches[place];

	arena_clear(r->mem[place]);
	*b = (struct import_batch){ .values = b->values, .row = b->row, .last = r->row > r->skip ? r->row : r->skip };
	while (wants_more(r, b)) {
		if (r->at == r->page.n_rows) {
			r->at = 0;
			if (!r->source->ops->next(r->source, &r->page, e))
				return false;
			r->is_over = r->page.n_rows == 0;
		}
		fill(r, b, r->mem[place]);
	}
	b->n_rows = r->row;
	r->n_filled++;
	out->n_rows = b->n + b->n_refused;
	return true;
}

bool
import_rows_open(struct importing *im, struct import_table *it, struct import_reader **out, struct err *e)
{
	struct import_reader *r = *out = ARENA_NEW(im->mem, struct import_reader);
	const size_t times = it->is_side_by_side ? SIDE_TIMES : 1;

	*r = (struct import_reader){ .source = im->source, .it = it, .width = it->source->table.n_columns, .skip = it->p.done,
		.is_kept = it->is_side_by_side, .n_batches = it->is_side_by_side ? LANES + 1 : 2,
		.most = times * BATCH_ROWS, .most_bytes = times * BATCH_BYTES };
	if (r->most > times * BATCH_VALUES / it->n_columns)
		r->most = times * BATCH_VALUES / it->n_columns + 1;
	if (!im->source->ops->open(im->source, it->source, e))
		return false;
	r->places = arena_open(0);
	for (size_t i = 0; i < r->n_batches; i++) {
		r->batches[i].values = ARENA_ARRAY(r->places, struct value, r->most * it->n_columns);
		r->batches[i].row = ARENA_ARRAY(r->places, int64_t, r->most);
		r->mem[i] = arena_open(0);
	}
	if (ahead_open(next_batch, r, im->mem, &r->ahead, e))
		return true;
	import_rows_close(im, r);
	return false;
}

bool
import_rows_next(struct import_reader *r, const struct import_batch **out, struct err *e)
{
	struct rows_page p;

	if (!ahead_next(r->ahead, &p, e))
		return false;
	*out = &r->batches[r->n_taken++ % r->n_batches];
	return true;
}

void
import_rows_close(struct importing *im, struct import_reader *r)
{
	ahead_close(r->ahead);
	im->source->ops->close(im->source);
	for (size_t i = 0; i < r->n_batches; i++)
		arena_close(&r->mem[i]);
	arena_close(&r->places);
}
