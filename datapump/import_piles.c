/* datapump/import_piles.c - documents of a collection: known by the names of their columns, stored pile by pile
 *
 * A pile is one transaction, with the number of its last row, unless all of them are one together; one that does not fit is divided
 * until the document is found that is to blame.  Those of a new collection, which has no indexes yet, are stored side by side
 * (lanes.h), until one does not fit; then they own what their documents hold, since the page may be gone.
 */
#include "datapump/importing.h"

#include "base/clock.h"
#include "base/uid.h"
#include "sql/store.h"

enum { DOCS_MOST = 4000, DOCS_BYTES = 4 << 20, SIDE_BYTES = 2 << 20 };	/* of one transaction; of one of those side by side */
enum { DOC_BYTES = 2048 };	/* of a row besides its document, at most */
enum { COL_KEY, COL_CONTENT, COL_VERSION, COL_CREATED, COL_MODIFIED, COL_MEDIA, COL__N };

struct pile {
	struct doc docs[DOCS_MOST];
	int64_t row[DOCS_MOST];
	size_t n, n_bytes;
	int64_t last;
	struct arena *mem;		/* of what documents hold; NULL: they stand in their page */
};

/* documents of a pile on their way, with the progress that they make */
struct part {
	const struct importing *im;
	const struct import_table *it;
	struct pile *pile;
	size_t from, to;
	int64_t behind;			/* the row that they follow */
	struct progress p;
};

/* what waits, what is being stored, and what comes next */
struct piles {
	struct pile *list[LANES + 1], *now;
	struct part parts[LANES];
	size_t n_given;
	int64_t last;			/* row of the last one that was given to a lane */
	int64_t skip;			/* rows that an earlier runner had stored */
};

static bool
time_of(const struct cell *c, int64_t *us)
{
	struct iso_time t;

	if (c->kind == CELL_NULL) {
		*us = 0;
		return true;
	}
	if (c->kind == CELL_INT) {
		*us = c->number;
		return true;
	}
	if (c->kind != CELL_TEXT || !iso_parse(c->text, &t))
		return false;
	*us = t.sec * 1000000 + t.nsec / 1000;
	return true;
}

static bool
find_columns(const struct table *t, size_t at[COL__N], struct err *e)
{
	static const char *const names[COL__N] = { "key", "content", "version", "created", "modified", "media_type" };

	for (size_t i = 0; i < COL__N; i++) {
		at[i] = t->n_columns;
		for (size_t k = 0; k < t->n_columns; k++)
			if (span_is(t->columns[k].name, names[i]))
				at[i] = k;
		if (at[i] == t->n_columns)
			return err_set(e, ERR_BAD_JOB, "ODP-39142: a collection has no column %s", names[i]);
	}
	return true;
}

static bool
doc_of(const struct cell *row, const size_t at[COL__N], const struct coll *coll, struct doc *d, const char **why)
{
	const struct cell *content = &row[at[COL_CONTENT]];
	const struct cell key = row[at[COL_KEY]], version = row[at[COL_VERSION]], media = row[at[COL_MEDIA]];
	bool hetero = meta_is_hetero(&coll->meta);

	*d = (struct doc){ .key = key.text, .rev = uid_number(), .content = content->text, .n_bytes = content->text.n };
	*why = "the key is no text";
	if (key.kind != CELL_TEXT || d->key.n == 0)
		return false;
	*why = "a time is none";
	if (!time_of(&row[at[COL_CREATED]], &d->created_us) || !time_of(&row[at[COL_MODIFIED]], &d->modified_us))
		return false;
	if (version.kind == CELL_TEXT)
		d->version = version.text;
	if (media.kind == CELL_TEXT)
		d->media_type = media.text;
	d->is_null = content->kind == CELL_NULL;
	*why = "the collection takes no such content";
	return content->kind == CELL_TEXT || (hetero && (content->kind == CELL_BLOB || d->is_null));
}

static struct part
part_of(const struct importing *im, struct import_table *it, struct pile *pile, size_t from, size_t to, int64_t last)
{
	struct part s = { .im = im, .it = it, .pile = pile, .from = from, .to = to, .behind = it->stored };

	import_set_state(it, IMPORT_LOADING);
	s.p = it->p;
	s.p.done = last;
	return s;
}

static bool
store_part(void *arg, struct lane *lane, struct db *db, struct arena *mem, struct err *e)
{
	const struct part *s = arg;
	const struct import_host *host = s->im->host;
	const struct doc *docs = s->pile->docs + s->from;
	const struct coll *coll;
	struct index_entry *entries = NULL;
	size_t n = s->to - s->from, n_entries = 0;
	bool is_alone = !s->it->is_whole;

	if ((!is_alone || import_begin_docs(db, TX_WRITE, e)) && catalog_find(db, s->it->place->place.rest_id, s->it->t.name, &coll, e)
	    && host->entries(host->arg, db, coll, docs, n, mem, &entries, &n_entries, e)
	    && store_insert(db, coll, docs, n, entries, n_entries, mem, e) && lane_turn(lane, e)
	    && (!is_alone || (progress_advance(db, &host->who, &s->p, s->behind, true, e) && db_commit(db, e))))
		return true;
	db_rollback(db);
	return false;
}

static bool
store(struct importing *im, struct import_table *it, struct pile *pile, size_t from, size_t to, int64_t last, struct err *e)
{
	struct part s = part_of(im, it, pile, from, to, last);

	if (!store_part(&s, NULL, im->db, im->batch, e))
		return false;
	it->p.done = last;
	if (!it->is_whole)
		it->stored = last;
	return true;
}

static bool
is_about_document(const struct err *e)
{
	return load_is_row_fault(e) || e->kind == ERR_UNIQUE || e->kind == ERR_NOT_SCALAR || e->kind == ERR_VALUE_MISSING
	    || e->kind == ERR_NOT_NUMBER || e->kind == ERR_NOT_DATE || e->kind == ERR_NOT_GEOMETRY || e->kind == ERR_TOO_LONG;
}

static bool
store_range(struct importing *im, struct import_table *it, struct pile *pile, size_t from, size_t to, struct err *e)
{
	int64_t last = to == pile->n ? pile->last : pile->row[to - 1];
	size_t middle = from + (to - from) / 2;

	for (int n_busy = 0; !store(im, it, pile, from, to, last, e);) {
		if (!it->is_whole && import_again(e, &n_busy))
			continue;
		if (!is_about_document(e))
			return false;
		if (it->is_whole) {
			import_log(im, "ODP-31693: collection %.*s: a document from %lld to %lld rejected: %s", SPAN_ARG(it->t.name),
			    (long long)pile->row[from], (long long)pile->row[to - 1], e->text);
			return false;
		}
		if (to - from > 1)
			return store_range(im, it, pile, from, middle, e) && store_range(im, it, pile, middle, to, e);
		import_reject(im, it, pile->row[from], e->text);
		return im->spec->job->skip_constraint_errors || err_set(e, ERR_CONSTRAINT, "a document does not fit");
	}
	return true;
}

/* what the host hears behind a pile, which is empty then */
static bool
tell_stored(struct importing *im, struct import_table *it, struct pile *pile, bool ok, struct err *e)
{
	im->told.rows_done += (int64_t)pile->n;
	im->told.bytes_done += (int64_t)pile->n_bytes;
	it->n_bytes += (int64_t)pile->n_bytes;
	pile->n = pile->n_bytes = 0;
	if (pile->mem != NULL)
		arena_clear(pile->mem);
	arena_clear(im->batch);
	im->host->progress(im->host->arg, &im->told);
	return ok && im->host->go_on(im->host->arg, e);
}

static bool
flush(struct importing *im, struct import_table *it, struct pile *pile, struct err *e)
{
	return tell_stored(im, it, pile, pile->n == 0 || store_range(im, it, pile, 0, pile->n, e), e);
}

/* ---- side by side ---- */

/* for what lanes_settle() calls */
struct loading {
	struct importing *im;
	struct import_table *it;
};

static bool
part_is_stored(void *arg, void *piece, struct err *e)
{
	struct loading *l = arg;
	const struct part *s = piece;

	l->it->p.done = l->it->stored = s->p.done;
	return tell_stored(l->im, l->it, s->pile, true, e);
}

/* Those that could not be stored are stored again one after the other. */
static bool
store_again(void *arg, void *const *pieces, size_t n, struct err *e)
{
	struct loading *l = arg;

	l->it->is_side_by_side = false;
	if (!is_about_document(e) && e->kind != ERR_BUSY)
		return false;
	err_clear(e);
	for (size_t i = 0; i < n; i++)
		if (!flush(l->im, l->it, ((const struct part *)pieces[i])->pile, e))
			return false;
	return true;
}

static bool
settle(struct importing *im, struct import_table *it, bool all, struct err *e)
{
	struct loading l = { im, it };

	return !it->is_side_by_side
	    || lanes_settle(im->lanes, &(struct lanes_user){ .arg = &l, .stored = part_is_stored, .again = store_again }, all, e);
}

/* A full pile on its way; piles->now is one that is free. */
static bool
give(struct importing *im, struct import_table *it, struct piles *piles, struct err *e)
{
	struct pile *pile = piles->now;
	struct part *s;

	if (it->is_side_by_side && lanes_are_full(im->lanes) && !settle(im, it, false, e))
		return false;
	if (!it->is_side_by_side)
		return flush(im, it, pile, e);
	if (pile->n == 0)
		return true;
	s = &piles->parts[lanes_next(im->lanes)];
	*s = part_of(im, it, pile, 0, pile->n, pile->last);
	s->behind = piles->last;
	piles->last = pile->last;
	lanes_put(im->lanes, store_part, s);
	piles->now = piles->list[++piles->n_given % (LANES + 1)];
	piles->now->last = piles->last;
	return true;
}

/* What is told of rows, and counted, is in their order: a part of what waits may be all that is stored when the runner dies. */
static bool
reject(struct importing *im, struct import_table *it, struct piles *piles, int64_t row, const char *why, struct err *e)
{
	if ((piles->now->n > 0 && !give(im, it, piles, e)) || !settle(im, it, true, e))
		return false;
	import_reject(im, it, row, why);
	piles->now->last = row;
	return im->spec->job->skip_constraint_errors || err_set(e, ERR_CONSTRAINT, "a document does not fit");
}

static void
keep(struct doc *d, struct arena *mem)
{
	d->key = arena_span(mem, d->key);
	d->version = arena_span(mem, d->version);
	d->content = arena_span(mem, d->content);
	d->media_type = arena_span(mem, d->media_type);
}

/* what a document takes in a statement */
static size_t
bytes_of(const struct cell *content)
{
	return DOC_BYTES + (content->kind == CELL_TEXT || content->kind == CELL_BLOB ? content->text.n : 0);
}

static bool
one_page(struct importing *im, struct import_table *it, struct piles *piles, const struct rows_page *p, const size_t at[COL__N],
    const struct coll *coll, int64_t *row, struct err *e)
{
	const size_t width = it->source->table.n_columns, most_bytes = piles->list[0]->mem != NULL ? SIDE_BYTES : DOCS_BYTES;

	for (size_t i = 0; i < p->n_rows; i++) {
		const struct cell *cells = p->cells + i * width;
		size_t n_bytes = bytes_of(&cells[at[COL_CONTENT]]);
		struct pile *pile;
		struct doc *d;
		const char *why;

		if (++*row <= piles->skip)
			continue;
		pile = piles->now;
		if (pile->n > 0 && !load_takes(im->db, pile->n_bytes + pile->n * DOC_BYTES + n_bytes) && !give(im, it, piles, e))
			return false;
		pile = piles->now;
		d = &pile->docs[pile->n];
		why = "longer than the server takes (max_allowed_packet)";
		if (!load_takes(im->db, n_bytes) || !doc_of(cells, at, coll, d, &why)) {
			if (!reject(im, it, piles, *row, why, e))
				return false;
			continue;
		}
		if (pile->mem != NULL)
			keep(d, pile->mem);
		pile->n_bytes += d->n_bytes;
		pile->row[pile->n++] = pile->last = *row;
		if ((pile->n == DOCS_MOST || pile->n_bytes >= most_bytes) && !give(im, it, piles, e))
			return false;
	}
	return piles->now->mem != NULL || flush(im, it, piles->now, e);	/* what is left points into the page */
}

static bool
documents(struct importing *im, struct import_table *it, struct ahead *pages, const struct coll *coll, struct piles *piles, struct err *e)
{
	size_t at[COL__N];
	struct rows_page p;
	int64_t row = 0;

	if (!find_columns(&it->source->table, at, e))
		return false;
	do {
		if (!ahead_next(pages, &p, e) || !one_page(im, it, piles, &p, at, coll, &row, e))
			return false;
	} while (p.n_rows > 0);
	if (!give(im, it, piles, e) || !settle(im, it, true, e))
		return false;
	it->p.done = row;
	return true;
}

/* All of them are one transaction.  A collection that is emptied is so in it, with indexes alone. */
static bool
begin_whole(struct importing *im, const struct import_table *it, const struct coll *coll, struct err *e)
{
	bool empties = im->spec->job->exists == EXISTS_TRUNCATE && it->onto == NULL;
	uint64_t n;

	return import_begin_docs(im->db, empties && coll->indexes != NULL ? TX_DEFINE : TX_WRITE, e)
	    && (!empties || (catalog_find(im->db, it->place->place.rest_id, it->t.name, &coll, e) && store_truncate(im->db, coll, &n, e)));
}

bool
import_documents(struct importing *im, struct import_table *it, struct ahead *pages, const struct coll *coll, struct err *e)
{
	struct arena *mem = arena_open(0);	/* piles are large: they do not stay with the job */
	struct piles *piles = ARENA_NEW(mem, struct piles);
	bool ok;

	it->is_side_by_side = it->is_new && coll->indexes == NULL && import_has_lanes(im);
	piles->last = piles->skip = it->p.done;
	for (size_t i = 0; i < (it->is_side_by_side ? LANES + 1 : 1); i++) {
		piles->list[i] = ARENA_NEW(mem, struct pile);
		piles->list[i]->mem = it->is_side_by_side ? arena_open(0) : NULL;
	}
	piles->now = piles->list[0];
	piles->now->last = piles->last;
	ok = (!it->is_whole || begin_whole(im, it, coll, e)) && documents(im, it, pages, coll, piles, e);
	lanes_drain(im->lanes);
	for (size_t i = 0; i <= LANES; i++)
		if (piles->list[i] != NULL)
			arena_close(&piles->list[i]->mem);
	arena_close(&mem);
	return ok;
}
