/* sql/read.c - the documents of a plan, read in bounded batches */
#include "sql/read.h"

#include "sql/gen.h"
#include "sql/keytext.h"
#include "sql/odbc.h"

enum {
	FIRST_BATCH = 64, LONGEST_BATCH = 1024,	/* rows of one statement */
	KEY_BATCH = 4096,			/* ... that hold nothing but keys */
	SHORT_PAGE = 128,			/* whose documents come with its keys, also where another statement costs little */
	KEY_ROOM = 1024				/* bytes; keys have at most 255 */
};

struct reader {
	struct db *db;
	struct reading *job;
	const struct plan *plan;	/* as given */
	const struct choice *choice;
	struct choice walking;		/* the same, once there were too many to find them all again for each batch */
	struct arena *mem;
	enum columns columns;
	uint64_t skip;			/* matches still to be left out */
	uint64_t n_handed;
	struct plan at;			/* the plan of this batch: its key bounds move */
	uint64_t n_offset;		/* rows the engine leaves out */
	size_t n_batch;
	char last[KEY_ROOM];		/* canonical key of the last row */
	size_t last_n;
	int64_t last_seq;		/* COLUMNS_SCAN */
	bool kept;			/* something of this batch stays in mem */
	bool stop;
};

/* ---- one row ---- */

/* The row tells how long its document is, so a driver that hands out another length is found out (D-05). */
static bool
read_content(struct stmt *st, int column, const struct coll *coll, struct arena *mem, struct doc *doc, struct err *e)
{
	if (!(meta_is_hetero(&coll->meta) ? stmt_blob_or_null(st, column, mem, &doc->content, e)
	    : stmt_text(st, column, mem, &doc->content, e)))
		return false;
	return doc->content.n == doc->n_bytes || diag_broken(st->db, "a document of another length", e);
}

/* By a second statement.  Where a transaction that writes is no snapshot, others may have changed the document meanwhile, which
 * its rev will tell, or removed it: then everything is read anew. */
static bool
read_large(struct db *db, const struct coll *coll, struct span held, struct arena *mem, struct doc *doc, struct err *e)
{
	struct query q = gen_content(db_dialect(db), coll, held, mem);
	int64_t n_bytes = 0;
	bool has_row, ok;
	struct stmt *st;

	if (!stmt_open(db, &q, &st, e))
		return false;
	ok = stmt_step(st, &has_row, e)
	    && (has_row || err_set(e, ERR_BUSY, NULL))
	    && stmt_int(st, 0, &n_bytes, e);
	doc->n_bytes = (size_t)n_bytes;
	ok = ok && read_content(st, 1, coll, mem, doc, e);
	stmt_done(st);
	return ok;
}

/* The head of a row.  may_tie: of a page, when rows tell it; else NULL */
static bool
read_head(struct stmt *st, const struct coll *coll, int64_t *may_tie, struct arena *mem, struct doc *doc, struct err *e)
{
	enum { REV, CREATED, MODIFIED, BYTES, TIE, N_NUMBERS };
	bool has_version = coll->meta.version_method != VERSION_NONE;
	int64_t numbers[N_NUMBERS];
	struct span version;

	*doc = (struct doc){ 0 };
	if (!stmt_head(st, numbers, may_tie != NULL ? N_NUMBERS : TIE, mem, &version, e))
		return false;
	if (has_version != (version.n > 0))
		return diag_broken(st->db, "a row without its version", e);
	if (has_version)
		doc->version = version;
	doc->rev = numbers[REV];
	doc->created_us = numbers[CREATED];
	doc->modified_us = numbers[MODIFIED];
	doc->n_bytes = (size_t)numbers[BYTES];
	doc->is_null = meta_is_hetero(&coll->meta) && doc->n_bytes == 0;
	if (may_tie != NULL)
		*may_tie = numbers[TIE];
	return true;
}

/* *column: of the media, if there is one; it moves behind that */
static bool
read_media(struct stmt *st, const struct coll *coll, int *column, struct arena *mem, struct doc *doc, struct err *e)
{
	return !meta_is_hetero(&coll->meta) || stmt_text(st, (*column)++, mem, &doc->media_type, e);
}

bool
read_one(struct db *db, const struct coll *coll, struct span held, bool want_content, struct arena *mem,
    struct doc *out, bool *found, struct err *e)
{
	struct query q = gen_get(db_dialect(db), coll, held, want_content, mem);
	struct stmt *st;
	bool ok;
	int column = 1;

	*found = false;
	if (!stmt_open(db, &q, &st, e))
		return false;
	ok = stmt_step(st, found, e)
	    && (!*found || (read_head(st, coll, NULL, mem, out, e)
	    && read_media(st, coll, &column, mem, out, e)
	    && (!want_content || read_content(st, column, coll, mem, out, e))));
	stmt_done(st);
	if (ok && *found)
		out->key = keytext_show(&coll->meta, held, mem);
	return ok;
}

/* Where the next batch goes on.  Also of a row whose document cannot be found: otherwise it would be met again and again. */
static bool
remember(struct reader *r, struct span held, struct err *e)
{
	struct span key = keytext_show(&r->plan->coll->meta, held, r->mem);

	if (key.n > sizeof(r->last))
		return err_set(e, ERR_INTERNAL, "a key is too long");
	memcpy(r->last, key.p, key.n);
	r->last_n = key.n;
	return true;
}

/* COLUMNS_SCAN */
static bool
read_scanned(struct stmt *st, const struct coll *coll, struct arena *mem, struct doc *doc, struct span *held, int64_t *seq,
    struct err *e)
{
	int64_t n_bytes;

	*doc = (struct doc){ 0 };
	if (!stmt_int(st, 0, seq, e) || !stmt_text(st, 1, mem, held, e) || !stmt_int(st, 2, &n_bytes, e))
		return false;
	doc->key = keytext_show(&coll->meta, *held, mem);
	doc->n_bytes = (size_t)n_bytes;
	return true;
}

/* COLUMNS_ROW; *rest: the number of the next column */
static bool
read_row(struct reader *r, struct stmt *st, struct doc *doc, struct span *held, int *rest, struct err *e)
{
	const struct coll *coll = r->plan->coll;
	int64_t may_tie = 0;

	*rest = 2;
	if (!read_head(st, coll, r->choice->may_tie ? &may_tie : NULL, r->mem, doc, e)
	    || !stmt_text(st, 1, r->mem, held, e)
	    || !read_media(st, coll, rest, r->mem, doc, e))
		return false;
	r->job->may_tie |= may_tie != 0;
	doc->key = keytext_show(&coll->meta, *held, r->mem);
	return remember(r, *held, e);
}

/* The document of the current row, with content when it is needed. */
static bool
row_document(struct reader *r, struct stmt *st, struct doc *doc, bool *found, struct err *e)
{
	const struct coll *coll = r->plan->coll;
	bool want = r->choice->has_residue
	    || (r->plan->want_content && (r->plan->limit == 0 || r->n_handed < r->plan->limit));
	struct span held;
	int rest;

	*found = true;
	if (r->columns == COLUMNS_KEY)
		return stmt_text(st, 0, r->mem, &held, e)
		    && remember(r, held, e)
		    && read_one(r->db, coll, held, want, r->mem, doc, found, e);
	if (r->columns == COLUMNS_SCAN) {
		rest = 3;
		if (!read_scanned(st, coll, r->mem, doc, &held, &r->last_seq, e))
			return false;
	} else if (!read_row(r, st, doc, &held, &rest, e)) {
		return false;
	}
	if (!want)
		return true;
	if (doc->n_bytes > INLINE_BYTES)
		return read_large(r->db, coll, held, r->mem, doc, e);
	return read_content(st, rest, coll, r->mem, doc, e);
}

/* ---- all rows ---- */

static bool
matches(const struct reader *r, const struct doc *doc, bool *yes, struct err *e)
{
	struct arena_mark scratch = arena_mark(r->mem);

	*yes = !r->choice->has_residue || r->plan->match(r->plan, doc->key, doc->content, r->mem, e);
	arena_rewind(r->mem, scratch);
	return *yes || e->kind == ERR_NONE;
}

static bool
one_row(struct reader *r, struct stmt *st, struct err *e)
{
	struct arena_mark before = arena_mark(r->mem);
	enum read_next next = READ_DROP;
	struct doc doc;
	bool yes;

	if (!row_document(r, st, &doc, &yes, e))
		return false;
	r->stop = r->job->may_tie;
	if (!yes || r->stop)
		return true;
	if (!matches(r, &doc, &yes, e))
		return false;
	r->job->n_matches += yes;
	if (yes && r->skip > 0) {
		r->skip--;
	} else if (yes) {
		if (!r->plan->want_content)
			doc.content = (struct span){ NULL, 0 };
		if (!r->job->fn(r->job->arg, &doc, &next, e))
			return false;
		r->n_handed++;
	}
	r->kept |= next == READ_KEEP || next == READ_LAST;
	r->stop = next == READ_STOP || next == READ_LAST || (r->job->take != 0 && r->n_handed == r->job->take);
	if (next == READ_DROP || next == READ_STOP)
		arena_rewind(r->mem, before);
	return true;
}

static void
next_batch(struct reader *r, size_t n_rows)
{
	struct span last = { r->last, r->last_n };

	if (r->columns == COLUMNS_SCAN) {	/* goes on behind last_seq */
		r->walking = *r->choice;
		r->walking.path.is_indexed = r->walking.in_one_pass = false;
		r->choice = &r->walking;
	} else if (r->at.sort == SORT_KEY) {
		r->at.has_after = true;
		r->at.after = last;
		r->n_offset = 0;
	} else if (r->at.sort == SORT_KEY_DESCENDING) {
		r->at.has_before = true;
		r->at.before = last;
		r->n_offset = 0;
	} else {
		r->n_offset += n_rows;
	}
	if (r->n_batch < LONGEST_BATCH)
		r->n_batch *= 2;
}

static bool
one_batch(struct reader *r, size_t *n_rows, struct err *e)
{
	struct query q;
	struct stmt *st;
	bool ok, has_row = true;

	*n_rows = 0;
	if (!(r->columns == COLUMNS_SCAN ? gen_scan(db_dialect(r->db), &r->at, r->choice, r->last_seq, r->n_batch, r->mem, &q)
	    : gen_page(db_dialect(r->db), &r->at, r->choice, r->columns, r->n_batch, r->n_offset, r->mem, &q)))
		return true;
	if (!stmt_open(r->db, &q, &st, e))
		return false;
	while ((ok = stmt_step(st, &has_row, e)) && has_row && !r->stop) {
		(*n_rows)++;
		if (!(ok = one_row(r, st, e)))
			break;
	}
	stmt_done(st);
	return ok;
}

/* Without residue the engine counts, so the first batch is what is wanted; otherwise matches may be rare. */
static size_t
first_batch(const struct reader *r)
{
	uint64_t take = r->job->take;
	uint64_t n = r->choice->has_residue && take != 0 ? take + r->skip : take;
	size_t most = r->columns == COLUMNS_KEY ? KEY_BATCH : LONGEST_BATCH;

	if (r->choice->has_residue && n < FIRST_BATCH)
		n = FIRST_BATCH;
	return n == 0 || n > most ? most : (size_t)n;
}

enum columns
read_columns(struct db *db, const struct plan *plan, const struct choice *choice, uint64_t take)
{
	bool is_short = take != 0 && take <= SHORT_PAGE && !choice->has_residue;

	if (!choice->is_sorted)
		return COLUMNS_SCAN;
	if (choice->keys_only && !db_dialect(db)->is_remote && !is_short)
		return COLUMNS_KEY;
	return choice->has_residue || plan->want_content ? COLUMNS_CONTENT : COLUMNS_ROW;
}

/* Does the engine leave documents out by going through all of them, faster than in the order of seq? */
static bool
is_passed(struct db *db, const struct choice *choice, struct arena *mem)
{
	return db_dialect(db)->is_heap && !choice_has_candidates(choice)
	    && (choice->path.text.n > 0 || sql_has_needles(db_dialect(db), choice, mem));
}

bool
read_matches(struct db *db, struct reading *job, struct arena *mem, struct err *e)
{
	struct reader *r = ARENA_NEW(mem, struct reader);
	const struct choice *choice = job->choice;
	size_t n_rows, n_batch;

	*r = (struct reader){ .db = db, .job = job, .plan = job->plan, .choice = choice, .mem = mem, .skip = job->skip,
	    .at = *job->plan, .last_seq = job->after_seq };
	r->columns = read_columns(db, job->plan, choice, job->take);
	r->n_batch = first_batch(r);
	if (r->columns == COLUMNS_SCAN && is_passed(db, choice, mem)) {
		r->walking = *choice;
		r->walking.in_one_pass = true;
		r->choice = &r->walking;
	}
	err_clear(e);		/* a matcher that says no is asked whether it failed */
	if (!choice->has_residue) {
		r->n_offset = job->skip;
		r->skip = 0;
	}
	do {
		struct arena_mark before = arena_mark(mem);

		n_batch = r->n_batch;
		r->kept = false;
		if (!one_batch(r, &n_rows, e))
			return false;
		if (!r->kept)
			arena_rewind(mem, before);
		next_batch(r, n_rows);
		job->n_looked += n_rows;
		job->was_cut = !r->stop && n_rows == n_batch && job->most_rows != 0 && job->n_looked >= job->most_rows;
	} while (!r->stop && n_rows == n_batch && !job->was_cut);
	job->after_seq = r->last_seq;
	return true;
}

bool
read_all(struct db *db, const struct plan *plan, struct arena *mem, read_fn *fn, void *arg, struct err *e)
{
	struct plan by_key = *plan;
	struct choice choice;
	struct reading all = { .plan = &by_key, .choice = &choice, .fn = fn, .arg = arg };

	by_key.sort = SORT_KEY;
	choose(&by_key, false, mem, &choice);
	if (choice.lead != NULL || choice.n_keys > 0)
		choose(&by_key, true, mem, &choice);
	return read_matches(db, &all, mem, e);
}

/* ---- a page as it grows ---- */

void
page_begin(struct page *p, const struct plan *plan, struct arena *mem, struct docs *docs)
{
	enum { USUAL = 128 };

	*p = (struct page){ .plan = plan, .docs = docs };
	p->cap = plan->limit != 0 && plan->limit < USUAL ? (size_t)plan->limit : USUAL;
	*docs = (struct docs){ .doc = arena_alloc(mem, p->cap * sizeof(*docs->doc)) };
}

bool
page_add(struct page *p, const struct doc *doc, struct arena *mem)
{
	struct docs *d = p->docs;
	size_t most = p->plan->max_page_bytes;

	if ((p->plan->limit != 0 && d->n == p->plan->limit)
	    || (p->plan->want_content && most != 0 && d->n > 0 && p->n_bytes + doc->n_bytes > most)) {
		d->has_more = true;
		return false;
	}
	d->doc = arena_room(mem, d->doc, d->n, &p->cap, sizeof(*d->doc));
	d->doc[d->n++] = *doc;
	p->n_bytes += doc->n_bytes;
	return true;
}
