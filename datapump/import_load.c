/* datapump/import_load.c - the rows of one table
 *
 * A table that has to be complete or as it was before is loaded in one transaction.  Otherwise each batch is one (import_store.c).
 * A new table in which no row can wait for another one gets its batches from several connections (lanes.h), until one of them does
 * not fit.
 */
#include "datapump/importing.h"

#include "sql/table_words.h"

#include <stdio.h>

enum { ONE_TRANSACTION_ROWS = 100000 };

/* ---- a table that is given up ---- */

static bool
empty(struct importing *im, struct import_table *it, struct err *e)
{
	return load_define(im->db, gen_empty_table(im->to.dialect, it->t.schema, it->t.name, it->is_new, im->mem), e);
}

static bool
make_key(struct importing *im, const struct import_table *it, struct err *e)
{
	return !it->key_later || load_define(im->db, gen_primary_key(im->to.dialect, &it->t, im->mem), e);
}

/* The table is given up, as it was before the job. */
bool
import_give_up(struct importing *im, struct import_table *it, const struct err *why, struct err *e)
{
	bool ok;

	db_rollback(im->db);
	import_error(im, why, "ODP-31693: table \"%.*s\".\"%.*s\" failed to load", SPAN_ARG(it->t.schema), SPAN_ARG(it->t.name));
	it->note = it->is_new || it->is_whole || it->stored == 0 ? "failed, nothing was loaded"
	    : arena_printf(im->mem, "failed; what was taken of the first %lld rows stays", (long long)it->stored);
	it->state = IMPORT_FAILED;
	import_untell(im, it);
	it->p.rejected = it->n_logged = 0;
	ok = import_begin(im, e) && import_set(im, it, IMPORT_FAILED, e) && (!it->is_new || (empty(im, it, e) && make_key(im, it, e)))
	    && db_commit(im->db, e);
	if (!ok)
		db_rollback(im->db);
	return ok;
}

/* ---- batches ---- */

/* what the host hears behind a batch */
static bool
tell_stored(struct importing *im, struct import_table *it, const struct import_batch *b, bool ok, struct err *e)
{
	arena_clear(im->batch);
	if (!ok || it->state == IMPORT_FAILED)
		return ok;
	im->told.rows_done += (int64_t)b->n;
	im->told.bytes_done += b->n_bytes;
	it->n_bytes += b->n_bytes;
	im->host->progress(im->host->arg, &im->told);
	return im->host->go_on(im->host->arg, e);
}

/* the rows so far, in the one transaction of the table or in one of their own */
static bool
flush(struct importing *im, struct import_table *it, const struct import_batch *b, struct err *e)
{
	bool ok = true;

	if (it->is_whole && b->n > 0) {
		ok = im->spec->job->skip_constraint_errors ? import_store_inside(im, it, b, e)
		    : load_rows(it->load, b->values, b->n, im->batch, e);
		if (!ok && load_is_row_fault(e)) {
			import_log(im, "ODP-31693: table \"%.*s\".\"%.*s\" a row from %lld to %lld rejected: %s", SPAN_ARG(it->t.schema),
			    SPAN_ARG(it->t.name), (long long)b->row[0], (long long)b->row[b->n - 1], import_reason(im, e));
			ok = import_give_up(im, it, e, e);
		}
	} else if (!it->is_whole) {
		ok = import_store(im, it, b, e);
	}
	return tell_stored(im, it, b, ok, e);
}

/* ---- side by side ---- */

/* for what lanes_settle() calls */
struct loading {
	struct importing *im;
	struct import_table *it;
};

static bool
piece_is_stored(void *arg, void *piece, struct err *e)
{
	struct loading *l = arg;
	const struct import_piece *s = piece;

	l->it->p.done = l->it->stored = s->p.done;
	return tell_stored(l->im, l->it, s->b, true, e);
}

/* A batch that could not be stored, and those behind it, which waited for it in vain, are stored again one after the other. */
static bool
store_again(void *arg, void *const *pieces, size_t n, struct err *e)
{
	struct loading *l = arg;
	struct err why = *e;

	l->it->is_side_by_side = false;
	if (!load_is_row_fault(&why) && why.kind != ERR_BUSY)
		return !import_is_fatal(&why) && why.kind != ERR_TIMEOUT && import_give_up(l->im, l->it, &why, e);
	err_clear(e);
	for (size_t i = 0; i < n && l->it->state != IMPORT_FAILED; i++)
		if (!flush(l->im, l->it, ((const struct import_piece *)pieces[i])->b, e))
			return false;
	return true;
}

static bool
settle(struct importing *im, struct import_table *it, bool all, struct err *e)
{
	struct loading l = { im, it };

	return !it->is_side_by_side
	    || lanes_settle(im->lanes, &(struct lanes_user){ .arg = &l, .stored = piece_is_stored, .again = store_again }, all, e);
}

static void
put_aside(struct importing *im, struct import_table *it, const struct import_batch *b, struct import_piece pieces[LANES], int64_t *last)
{
	size_t lane = lanes_next(im->lanes);
	struct import_piece *s = &pieces[lane];

	*s = import_piece_of(im, it, b, 0, b->n);
	s->load = it->loads[lane];
	s->behind = *last;
	*last = b->last;
	lanes_put(im->lanes, import_store_piece, s);
}

/* ---- rows ---- */

/* what was found when the rows were read */
static bool
tell_of(struct importing *im, struct import_table *it, const struct import_batch *b, struct err *e)
{
	for (const struct import_note *n = b->notes; n != NULL; n = n->next)
		import_warn(im, "column %.*s.%.*s: %s", SPAN_ARG(it->t.name), SPAN_ARG(n->column->name),
		    n->what == NOTE_ZERO_DATE ? "dates with a zero in them become NULL" : "times lose that they were in UTC");
	for (size_t i = 0; i < b->n_refused && it->state != IMPORT_FAILED; i++)
		if (!import_does_not_fit(im, it, b->refused[i].row, b->refused[i].why, e))
			return false;
	return true;
}

/* Before the next batch is asked for: there is a lane for it.  One with rows that were refused waits for all before it, so that
 * what is told of rows, and counted, is in their order. */
static bool
one_batch(struct importing *im, struct import_table *it, const struct import_batch *b, struct import_piece pieces[LANES], int64_t *last,
    struct err *e)
{
	if (b->n_refused > 0 && !settle(im, it, true, e))
		return false;
	if (it->state != IMPORT_FAILED && !tell_of(im, it, b, e))
		return false;
	if (it->state == IMPORT_FAILED || b->n == 0)
		return true;
	if (!it->is_side_by_side)
		return flush(im, it, b, e);
	put_aside(im, it, b, pieces, last);
	return true;
}

static bool
all_rows(struct importing *im, struct import_table *it, struct import_reader *r, struct err *e)
{
	struct import_piece pieces[LANES];
	int64_t last = it->stored;
	const struct import_batch *b;

	do {
		if (it->is_side_by_side && lanes_are_full(im->lanes) && !settle(im, it, false, e))
			return false;
		if (!import_rows_next(r, &b, e) || !one_batch(im, it, b, pieces, &last, e))
			return false;
	} while (b->n + b->n_refused > 0 && it->state != IMPORT_FAILED);
	if (!settle(im, it, true, e))
		return false;
	it->p.done = it->is_whole ? b->n_rows : b->last;
	return true;
}

/* ---- a table ---- */

static const struct column *
column_called(const struct table *t, struct span name)
{
	for (size_t i = 0; i < t->n_columns; i++)
		if (span_eq(t->columns[i].name, name))
			return &t->columns[i];
	for (size_t i = 0; i < t->n_columns; i++)
		if (span_eq_nocase(t->columns[i].name, name))
			return &t->columns[i];
	return NULL;
}

static bool
gets_values(const struct import_table *it, const struct column *c)
{
	for (size_t i = 0; i < it->n_columns; i++)
		if (it->to[i] == c)
			return true;
	return false;
}

/* Columns are matched by name.  What the target does not have is left out, what it has besides has to do without a value. */
static bool
match_columns(struct importing *im, struct import_table *it, struct err *e)
{
	it->columns = ARENA_ARRAY(im->mem, struct import_column, it->t.n_columns + 1);
	it->to = ARENA_ARRAY(im->mem, const struct column *, it->t.n_columns + 1);
	it->n_columns = 0;
	for (size_t i = 0; i < it->t.n_columns; i++) {
		const struct column *c = column_called(&it->target, it->t.columns[i].name);

		if (c == NULL)
			import_warn(im, "column %.*s.%.*s is not in the target and is left out", SPAN_ARG(it->t.name), SPAN_ARG(it->t.columns[i].name));
		if (c == NULL || c->generated.p != NULL)
			continue;
		it->columns[it->n_columns] = (struct import_column){ .from = i, .conversion = { .dialect = im->to.dialect, .to = c,
		    .from = it->t.columns[i].type, .same_engine = im->to.same_engine } };
		it->to[it->n_columns++] = c;
	}
	for (size_t i = 0; i < it->target.n_columns; i++) {
		const struct column *c = &it->target.columns[i];

		if (!c->nullable && c->dflt.p == NULL && !c->is_identity && c->generated.p == NULL && !gets_values(it, c))
			return err_set(e, ERR_BAD_REQUEST, "column %.*s of the target needs a value and is not in the source", SPAN_ARG(c->name));
	}
	return it->n_columns > 0 || err_set(e, ERR_BAD_REQUEST, "no column of the source is in the target");
}

static bool
look_at_target(struct importing *im, struct import_table *it, struct err *e)
{
	const struct table_ref ref = { .place = &it->place->place, .name = it->t.name };
	bool ok = db_begin(im->db, TX_READ, e) && table_describe(im->db, &ref, im->mem, &it->target, e) && db_commit(im->db, e);

	if (!ok) {
		db_rollback(im->db);
		return false;
	}
	it->key_later = it->key_later && it->target.pk.n_columns == 0;
	return match_columns(im, it, e);
}

/* May it be stored batch by batch?  Only what is ours alone can be emptied again, when a row does not fit or when a source that may
 * have changed is read anew.  And side by side, where no key makes a row wait for one that is not committed yet? */
static void
choose_way(struct importing *im, struct import_table *it)
{
	bool fits_once = im->to.dialect->tables->one_transaction && it->source->n_rows >= 0
	    && it->source->n_rows < ONE_TRANSACTION_ROWS, has_key;

	bool skips = im->spec->job->skip_constraint_errors, may_stay = im->source->is_stable && skips;

	it->is_whole = it->p.done == 0 && (it->is_new ? fits_once && !skips : !may_stay);
	has_key = it->target.pk.n_columns > 0 || (it->t.pk.n_columns > 0 && !it->key_later);
	it->is_side_by_side = !it->is_whole && it->is_new && !has_key && it->target.n_uniques == 0 && it->target.n_indexes == 0
	    && import_has_lanes(im);
}

/* A table that is not ours alone is emptied in the transaction that fills it; a source that may have changed begins again. */
static bool
begin_table(struct importing *im, struct import_table *it, struct err *e)
{
	bool again = it->is_new && !im->source->is_stable && it->p.done > 0;
	bool empties = again || (!it->is_new && it->onto == NULL && im->spec->job->exists == EXISTS_TRUNCATE && it->p.done == 0);

	if (again) {
		import_untell(im, it);
		it->p.rejected = 0;
	}
	if (!it->is_whole && !empties)
		return true;
	if (!import_begin(im, e) || (empties && !empty(im, it, e)))
		return false;
	if (it->is_whole)
		return true;
	if (!import_set(im, it, IMPORT_LOADING, e) || !db_commit(im->db, e))
		return false;
	it->stored = it->p.done;
	return true;
}

static bool
end_table(struct importing *im, struct import_table *it, struct err *e)
{
	if (!it->is_whole && !import_begin(im, e))
		return false;
	return import_advance(im, it, IMPORT_LOADED, e) && make_key(im, it, e) && db_commit(im->db, e);
}

/* The key cannot be made of the rows as they are.  With the key they are stored again, so that each row that it does not take is
 * found. */
static bool
key_first(struct importing *im, struct import_table *it, struct err *e)
{
	bool ok;

	db_rollback(im->db);
	import_log(im, "Table \"%.*s\".\"%.*s\": not all rows fit its primary key; they are loaded again to find those", SPAN_ARG(it->t.schema),
	    SPAN_ARG(it->t.name));
	import_untell(im, it);
	it->p.rejected = it->n_logged = 0;
	ok = import_begin(im, e) && import_set(im, it, IMPORT_LOADING, e) && empty(im, it, e) && make_key(im, it, e)
	    && db_commit(im->db, e);
	if (!ok) {
		db_rollback(im->db);
		return false;
	}
	it->stored = 0;
	it->key_later = false;
	choose_way(im, it);
	return true;
}

static bool
rows(struct importing *im, struct import_table *it, struct err *e)
{
	struct import_reader *r;
	bool ok;

	it->load = it->loads[0] = load_open(im->db, &it->target, it->to, it->n_columns, im->mem);
	it->load_new = load_open(im->db, &it->target, it->to, it->n_columns, im->mem);
	it->can_ask = load_only_new(it->load_new, &it->n_new);
	for (size_t i = 1; i < LANES; i++)
		it->loads[i] = it->is_side_by_side ? load_open(im->beside, &it->target, it->to, it->n_columns, im->mem) : NULL;
	ok = begin_table(im, it, e) && import_rows_open(im, it, &r, e);
	if (ok) {
		ok = all_rows(im, it, r, e);
		lanes_drain(im->lanes);
		import_rows_close(im, r);
	}
	ok = ok && (it->state == IMPORT_FAILED || end_table(im, it, e));
	if (!ok)
		db_rollback(im->db);
	for (size_t i = 0; i < LANES; i++)
		load_close(it->loads[i]);
	load_close(it->load_new);
	return ok;
}

static void
tell(struct importing *im, const struct import_table *it)
{
	char name[160], size[32];
	double n = (double)it->n_bytes / 1024;

	snprintf(name, sizeof(name), "\"%.*s\".\"%.*s\"", SPAN_ARG(it->place->source), SPAN_ARG(it->t.name));
	snprintf(size, sizeof(size), n >= 1024 * 1024 ? "%.2f GB" : n >= 1024 ? "%.2f MB" : "%.2f KB",
	    n >= 1024 * 1024 ? n / 1024 / 1024 : n >= 1024 ? n / 1024 : n);
	import_log(im, ". . imported %-42s %12s %7lld rows", name, size, (long long)(it->p.done - it->p.rejected));
}

bool
import_load(struct importing *im, struct import_table *it, struct err *e)
{
	bool ok;

	it->key_later = im->to.key_later && it->is_new && it->t.pk.n_columns > 0;
	if (!it->wants_rows) {
		it->state = IMPORT_LOADED;
		return import_begin(im, e) && make_key(im, it, e) && import_set(im, it, IMPORT_LOADED, e) && db_commit(im->db, e);
	}
	if (!look_at_target(im, it, e))
		return !import_is_fatal(e) && import_give_up(im, it, e, e);
	choose_way(im, it);
	ok = rows(im, it, e);
	if (!ok && it->key_later && load_is_row_fault(e))
		ok = key_first(im, it, e) && rows(im, it, e);
	if (!ok)
		return !import_is_fatal(e) && e->kind != ERR_TIMEOUT && import_give_up(im, it, e, e);
	if (it->state == IMPORT_FAILED)
		return true;
	it->state = IMPORT_LOADED;
	if (it->p.rejected > 0)
		import_error(im, NULL, "ODP-31693: table \"%.*s\".\"%.*s\": %lld rows rejected", SPAN_ARG(it->t.schema), SPAN_ARG(it->t.name),
		    (long long)it->p.rejected);
	tell(im, it);
	return true;
}
