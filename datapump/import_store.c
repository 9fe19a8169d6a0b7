/* datapump/import_store.c - a batch of rows: stored as a whole, or those of its rows that fit
 *
 * Each transaction has the number of its last row.  A batch that does not fit is divided until the row is found that is to blame.
 * Where such rows may be left out, that happens inside one transaction (load_fitting()); and where the engine leaves out rows that
 * exist already, and only these, ranges are looked for first of which all exist, or none.
 */
#include "datapump/importing.h"

#include <time.h>

enum { LINES_MOST = 1000, BUSY_ATTEMPTS = 5, BUSY_PAUSE_MS = 5, FEW_ROWS = 32 };

void
import_reject(struct importing *im, struct import_table *it, int64_t row, const char *why)
{
	it->p.rejected++;
	if (it->n_logged++ < LINES_MOST)
		import_log(im, "ODP-31693: table \"%.*s\".\"%.*s\" row %lld rejected: %s", SPAN_ARG(it->t.schema), SPAN_ARG(it->t.name),
		    (long long)row, why);
}

const char *
import_reason(struct importing *im, const struct err *e)
{
	return arena_printf(im->batch, "%s%s%s%s", e->text, e->detail[0] != '\0' ? " (" : "", e->detail, e->detail[0] != '\0' ? ")" : "");
}

/* Without SKIP_CONSTRAINT_ERRORS the first row that does not fit fails the table. */
bool
import_does_not_fit(struct importing *im, struct import_table *it, int64_t row, const char *why, struct err *e)
{
	import_reject(im, it, row, why);
	return im->spec->job->skip_constraint_errors || import_give_up(im, it, NULL, e);
}

bool
import_again(const struct err *e, int *n_busy)
{
	if (e->kind != ERR_BUSY || *n_busy == BUSY_ATTEMPTS)
		return false;
	(void)nanosleep(&(struct timespec){ .tv_nsec = ++*n_busy * BUSY_PAUSE_MS * 1000000L }, NULL);
	return true;
}

static bool
not_stored(struct importing *im, struct import_table *it, struct err *e)
{
	return !import_is_fatal(e) && e->kind != ERR_TIMEOUT && import_give_up(im, it, e, e);
}

/* ---- a piece ---- */

/* Rows of a batch that were refused when it was read are counted by then; behind a piece are those that whoever takes over refuses
 * again. */
static int64_t
rejected_until(const struct import_table *it, const struct import_batch *b, int64_t row)
{
	int64_t n = it->p.rejected;

	for (size_t i = 0; i < b->n_refused; i++)
		n -= b->refused[i].row > row;
	return n;
}

struct import_piece
import_piece_of(const struct importing *im, struct import_table *it, const struct import_batch *b, size_t from, size_t to)
{
	struct import_piece s = { .who = &im->host->who, .load = it->load, .b = b, .values = b->values + from * it->n_columns, .n = to - from,
		.behind = it->stored };

	import_set_state(it, IMPORT_LOADING);
	s.p = it->p;
	s.p.done = to == b->n ? b->last : b->row[to - 1];
	s.p.rejected = rejected_until(it, b, s.p.done);
	return s;
}

static bool
commit_piece(struct db *db, const struct import_piece *s, struct err *e)
{
	return progress_advance(db, s->who, &s->p, s->behind, true, e) && db_commit(db, e);
}

bool
import_store_piece(void *arg, struct lane *lane, struct db *db, struct arena *mem, struct err *e)
{
	struct import_piece *s = arg;

	if (import_begin_on(db, e) && load_rows(s->load, s->values, s->n, mem, e) && lane_turn(lane, e) && commit_piece(db, s, e))
		return true;
	db_rollback(db);
	return false;
}

static void
is_stored(struct import_table *it, const struct import_piece *s)
{
	it->p.done = it->stored = s->p.done;
}

/* *fits false: it is about the rows themselves.  A database that is away is for the runner to wait for. */
static bool
store_surely(struct importing *im, struct import_table *it, const struct import_batch *b, size_t from, size_t to, bool *fits,
    struct err *e)
{
	struct import_piece s = import_piece_of(im, it, b, from, to);

	*fits = true;
	for (int n_busy = 0; !import_store_piece(&s, NULL, im->db, im->batch, e);) {
		if (import_again(e, &n_busy))
			continue;
		*fits = !load_is_row_fault(e);
		return false;
	}
	is_stored(it, &s);
	return true;
}

/* ---- without rows that do not fit ---- */

/* rows that were left out, until the others are committed */
struct left_out {
	struct importing *im;
	const int64_t *row;		/* number of each */
	struct import_refused *list;
	size_t n, cap;
};

static void
leave_out(void *arg, size_t row, const struct err *why)
{
	struct left_out *l = arg;

	l->list = arena_room(l->im->batch, l->list, l->n, &l->cap, sizeof(*l->list));
	l->list[l->n++] = (struct import_refused){ l->row[row], import_reason(l->im, why) };
}

static void
reject_left_out(const struct left_out *l, struct import_table *it)
{
	for (size_t i = 0; i < l->n; i++)
		import_reject(l->im, it, l->list[i].row, l->list[i].why);
}

static bool
store_each(struct importing *im, const struct import_table *it, struct import_piece *s, struct left_out *l, struct err *e)
{
	l->n = 0;
	if (import_begin(im, e) && load_fitting(s->load, s->values, s->n, leave_out, l, im->batch, e)) {
		s->p.rejected = rejected_until(it, s->b, s->p.done) + (int64_t)l->n;
		if (commit_piece(im->db, s, e))
			return true;
	}
	db_rollback(im->db);
	return false;
}

static bool store_range(struct importing *im, struct import_table *it, const struct import_batch *b, size_t from, size_t to, struct err *e);

/* The rows that fit, in one transaction, unless that ends with the first row that does not. */
static bool
store_fitting(struct importing *im, struct import_table *it, const struct import_batch *b, size_t from, size_t to, struct err *e)
{
	struct import_piece s = import_piece_of(im, it, b, from, to);
	struct left_out l = { .im = im, .row = b->row + from };

	for (int n_busy = 0; !store_each(im, it, &s, &l, e);) {
		if (import_again(e, &n_busy))
			continue;
		it->ends_transactions = load_is_row_fault(e);
		return it->ends_transactions ? store_range(im, it, b, from, to, e) : not_stored(im, it, e);
	}
	is_stored(it, &s);
	reject_left_out(&l, it);
	it->refuses_often = l.n > (to - from) / 2;
	return true;
}

/* ---- rows that exist ---- */

/* false, without a failure: some rows of these are new, and some are not */
static bool
are_alike(struct importing *im, struct import_table *it, struct import_piece *s, struct err *e)
{
	err_clear(e);
	it->n_new = 0;
	if (import_begin(im, e) && load_rows(it->load_new, s->values, s->n, im->batch, e) && (it->n_new == s->n || it->n_new == 0)) {
		s->p.rejected = rejected_until(it, s->b, s->p.done) + (int64_t)(s->n - it->n_new);
		if (commit_piece(im->db, s, e))
			return true;
	}
	db_rollback(im->db);
	return false;
}

/* *fits false: not all of them are new, and not all exist, or one does not fit for another reason */
static bool
store_alike(struct importing *im, struct import_table *it, const struct import_batch *b, size_t from, size_t to, bool *fits,
    struct err *e)
{
	struct import_piece s = import_piece_of(im, it, b, from, to);
	struct err exists;

	for (int n_busy = 0; !are_alike(im, it, &s, e);) {
		if (import_again(e, &n_busy))
			continue;
		if (e->kind == ERR_DB_FAULT)	/* rules of PostgreSQL stand against it */
			it->can_ask = false;
		*fits = e->kind != ERR_NONE && e->kind != ERR_DB_FAULT && !load_is_row_fault(e);
		return false;
	}
	is_stored(it, &s);
	err_set(&exists, ERR_DUPLICATE_KEY, NULL);
	it->refuses_often = it->n_new == 0;
	for (size_t i = from; i < to && it->n_new == 0; i++)
		import_reject(im, it, b->row[i], exists.text);
	return true;
}

/* Ranges of rows that are alike are looked for where there are rows that exist, and the engine can tell them. */
static bool
store_apart(struct importing *im, struct import_table *it, const struct import_batch *b, size_t from, size_t to, struct err *e)
{
	size_t middle = from + (to - from) / 2;
	bool fits;

	if (!it->meets_existing || !it->can_ask || to - from <= FEW_ROWS)
		return store_fitting(im, it, b, from, to, e);
	if (store_alike(im, it, b, from, to, &fits, e))
		return true;
	if (fits)
		return not_stored(im, it, e);
	return store_apart(im, it, b, from, middle, e) && (it->state == IMPORT_FAILED || store_apart(im, it, b, middle, to, e));
}

/* ---- a batch ---- */

static bool
store_range(struct importing *im, struct import_table *it, const struct import_batch *b, size_t from, size_t to, struct err *e)
{
	size_t n = to - from, middle = from + n / 2;
	bool fits;

	if (n == 0 || store_surely(im, it, b, from, to, &fits, e))
		return true;
	if (fits)
		return not_stored(im, it, e);
	if (im->spec->job->skip_constraint_errors && !it->ends_transactions) {
		it->meets_existing = it->meets_existing || e->kind == ERR_DUPLICATE_KEY;
		return store_apart(im, it, b, from, to, e);
	}
	if (n == 1)
		return import_does_not_fit(im, it, b->row[from], import_reason(im, e), e);
	return store_range(im, it, b, from, middle, e) && (it->state == IMPORT_FAILED || store_range(im, it, b, middle, to, e));
}

bool
import_store(struct importing *im, struct import_table *it, const struct import_batch *b, struct err *e)
{
	return it->refuses_often ? store_apart(im, it, b, 0, b->n, e) : store_range(im, it, b, 0, b->n, e);
}

/* ---- a batch of a table that is one transaction ---- */

bool
import_store_inside(struct importing *im, struct import_table *it, const struct import_batch *b, struct err *e)
{
	struct left_out l = { .im = im, .row = b->row };

	if (!load_fitting(it->load, b->values, b->n, leave_out, &l, im->batch, e))
		return false;
	reject_left_out(&l, it);
	return true;
}
