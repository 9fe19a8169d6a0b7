/* sql/search.c - what a search index keeps */
#include "sql/search.h"

#include "sql/named.h"
#include "sql/odbc.h"

/* ---- the guide ---- */

struct guide {
	struct arena *mem;
	struct facts facts;
	size_t n_read;			/* rows of the table that are among the facts */
	uint64_t grown_in;		/* transaction that wrote some of the facts, until it is known to be committed; 0: none */
	uint64_t current_in;		/* transaction in which all rows are known */
};

static void
guide_forget(struct guide *g)
{
	arena_clear(g->mem);
	facts_init(&g->facts, g->mem);
	g->n_read = 0;
	g->grown_in = g->current_in = 0;
}

static void
guide_close(void *arg)
{
	struct guide *g = arg;

	arena_close(&g->mem);
}

struct guide *
guide_open(struct arena *owner)
{
	struct guide *g = ARENA_NEW(owner, struct guide);

	g->mem = arena_open(0);
	arena_defer(owner, guide_close, g);
	facts_init(&g->facts, g->mem);
	return g;
}

static bool
read_fact(struct stmt *st, struct facts *f, struct err *e)
{
	int64_t id, n[2 + SHAPE__N];
	struct span name;
	uint32_t at;

	if (!stmt_int(st, 0, &id, e) || !stmt_int(st, 1, &n[0], e) || !stmt_text_or_null(st, 2, f->mem, &name, e))
		return false;
	for (int i = 1; i < 2 + SHAPE__N; i++)
		if (!stmt_int(st, 2 + i, &n[i], e))
			return false;
	at = id == FACTS_ROOT ? FACTS_ROOT : facts_add(f, (uint32_t)n[0], name);
	if (at != id) {
		err_set(e, ERR_INTERNAL, NULL);
		return err_detail(e, "row %lld of a data guide stands in the wrong place", (long long)id);
	}
	fact_grow(&f->list[at], &(struct fact){ .types = (unsigned)n[1],
	    .length = { (unsigned)n[2], (unsigned)n[3], (unsigned)n[4] } });
	return true;
}

/* rows from number *n on, to the last */
static bool
read_facts(struct db *db, const struct index *ix, struct facts *f, size_t *n, struct err *e)
{
	enum { BATCH = 1000 };
	bool ok = true, has_row = true;

	while (ok && has_row) {
		struct arena_mark before = arena_mark(db->work);
		struct query q = gen_guide_read(db_dialect(db), ix, *n, BATCH, db->work);
		size_t n_rows = 0;
		struct stmt *st;

		if (!stmt_open(db, &q, &st, e))
			return false;
		while ((ok = stmt_step(st, &has_row, e)) && has_row && (ok = read_fact(st, f, e)))
			n_rows++;
		stmt_done(st);
		*n += n_rows;
		has_row = n_rows == BATCH;
		arena_rewind(db->work, before);
	}
	return ok;
}

bool
guide_read(struct db *db, const struct index *ix, struct arena *mem, struct facts *out, struct err *e)
{
	size_t n = 0;

	facts_init(out, mem);
	return read_facts(db, ix, out, &n, e);
}

static bool
knows_all(const struct guide *g, const struct facts *seen)
{
	uint32_t at[FACTS_MOST];

	if (!fact_covers(&g->facts.list[FACTS_ROOT], &seen->list[FACTS_ROOT]))
		return false;
	at[FACTS_ROOT] = FACTS_ROOT;
	for (size_t i = 1; i < seen->n; i++) {
		const struct fact *f = &seen->list[i];

		at[i] = at[f->parent] == FACTS_NOWHERE ? FACTS_NOWHERE : facts_find(&g->facts, at[f->parent], f->name);
		if (at[i] == FACTS_NOWHERE ? g->facts.n < FACTS_MOST : !fact_covers(&g->facts.list[at[i]], f))
			return false;
	}
	return true;
}

/*
 * Whoever grows a guide first takes its root row, so that others wait until this transaction ends, and then reads what they
 * have added: numbers of rows are given one after the other.
 */
static bool
guide_catch_up(struct db *db, const struct index *ix, struct err *e)
{
	struct guide *g = ix->guide;
	struct query q;

	if (g->current_in == db->tx_number)
		return true;
	q = gen_guide_grow(db_dialect(db), ix, FACTS_ROOT, &(struct fact){ 0 }, db->work);
	if (!stmt_exec_n(db, &q, 1, e) || !read_facts(db, ix, &g->facts, &g->n_read, e))
		return false;
	g->current_in = db->tx_number;
	return true;
}

/* the place in the guide, made if there is room */
static bool
add_fact(struct db *db, const struct index *ix, uint32_t parent, const struct fact *seen, uint32_t *at, struct err *e)
{
	struct guide *g = ix->guide;
	struct fact *f;
	struct query q;

	*at = facts_find(&g->facts, parent, seen->name);
	if (*at != FACTS_NOWHERE || g->facts.n == FACTS_MOST)
		return true;
	*at = facts_add(&g->facts, parent, seen->name.p == NULL ? seen->name : arena_span(g->mem, seen->name));
	f = &g->facts.list[*at];
	fact_grow(f, seen);
	g->n_read = g->facts.n;
	q = gen_guide_insert(db_dialect(db), ix, *at, f, db->work);
	return stmt_exec_n(db, &q, 1, e);
}

static bool
guide_grow(struct db *db, const struct index *ix, const struct facts *seen, struct err *e)
{
	struct guide *g = ix->guide;
	uint32_t at[FACTS_MOST];
	struct query q;

	for (size_t i = 0; i < seen->n; i++) {
		const struct fact *f = &seen->list[i];

		at[i] = i == FACTS_ROOT ? FACTS_ROOT : FACTS_NOWHERE;
		if (i != FACTS_ROOT && at[f->parent] != FACTS_NOWHERE && !add_fact(db, ix, at[f->parent], f, &at[i], e))
			return false;
		if (at[i] == FACTS_NOWHERE || fact_covers(&g->facts.list[at[i]], f))
			continue;
		fact_grow(&g->facts.list[at[i]], f);
		q = gen_guide_grow(db_dialect(db), ix, at[i], f, db->work);
		if (!stmt_exec_n(db, &q, 1, e))
			return false;
	}
	return true;
}

static bool
guide_add(struct db *db, const struct index *ix, const struct facts *seen, struct err *e)
{
	struct arena_mark before = arena_mark(db->work);
	struct guide *g = ix->guide;
	bool ok;

	if (g->grown_in != 0 && g->grown_in != db->tx_number) {
		if (g->grown_in != db->tx_committed)
			guide_forget(g);
		g->grown_in = 0;
	}
	if (knows_all(g, seen))
		return true;
	if (!guide_catch_up(db, ix, e))
		return false;
	g->grown_in = db->tx_number;	/* even if it fails half-way */
	ok = guide_grow(db, ix, seen, e);
	arena_rewind(db->work, before);
	return ok;
}

/* ---- all of it ---- */

static bool
insert_words(struct db *db, const struct coll *coll, const struct row *rows, size_t n_rows,
    const struct index_entry *entries, size_t stride, struct arena *mem, struct err *e)
{
	struct words_at at = { 0 };

	while (at.row < n_rows) {
		struct arena_mark before = arena_mark(mem);
		struct query q = gen_words_insert(db_dialect(db), coll, rows, entries, stride, n_rows, &at, mem);

		if (!stmt_exec_n(db, &q, at.n_changed, e))
			return false;
		arena_rewind(mem, before);
	}
	return true;
}

static bool
replace_words(struct db *db, const struct coll *coll, struct span held, const struct index_entry *entry,
    struct arena *mem, struct err *e)
{
	const struct row row = { .held = held };
	struct query q;

	if (db_dialect(db)->words == WORDS_ROWS) {
		q = gen_words_clear(db_dialect(db), coll, entry->index, held, mem);
		return stmt_exec(db, &q, NULL, e) && insert_words(db, coll, &row, 1, entry, 1, mem, e);
	}
	q = gen_words_replace(db_dialect(db), coll, held, entry, mem);
	return stmt_exec_n(db, &q, 1, e);
}

bool
search_insert(struct db *db, const struct coll *coll, const struct row *rows, size_t n_rows,
    const struct index_entry *entries, size_t stride, struct arena *mem, struct err *e)
{
	const struct index *ix = entries->index;

	if (ix->has_words && !insert_words(db, coll, rows, n_rows, entries, stride, mem, e))
		return false;
	for (size_t i = 0; ix->has_guide && i < n_rows; i++)
		if (!guide_add(db, ix, entries[i * stride].facts, e))
			return false;
	return true;
}

bool
search_replace(struct db *db, const struct coll *coll, struct span held, const struct index_entry *entry,
    struct arena *mem, struct err *e)
{
	const struct index *ix = entry->index;

	if (ix->has_words && !replace_words(db, coll, held, entry, mem, e))
		return false;
	return !ix->has_guide || guide_add(db, ix, entry->facts, e);
}

bool
search_locate(struct db *db, const struct coll *coll, const struct index *ix, struct span held, struct arena *mem,
    int64_t *seq, struct err *e)
{
	bool found;

	*seq = 0;
	return !ix->has_words || read_number(db, gen_seq(db_dialect(db), coll, held, mem), seq, &found, e);
}

bool
search_remove(struct db *db, const struct index *ix, int64_t seq, struct arena *mem, struct err *e)
{
	struct query q;

	if (!ix->has_words)
		return true;
	q = gen_words_remove(db_dialect(db), ix, seq, mem);
	return stmt_exec(db, &q, NULL, e);
}

bool
search_truncate(struct db *db, const struct index *ix, struct arena *mem, struct err *e)
{
	struct ddl ddl = { 0 };

	if (ix->has_words)
		ddl = gen_words_renew(db_dialect(db), ix, mem);
	for (size_t i = 0; i < ddl.n; i++)
		if (!stmt_direct(db, ddl.text[i], e))
			return false;
	return true;
}
