/* sql/store.c - documents and their index entries, one statement each
 *
 * Reading is sql/read.c and sql/sort.c; the text of all statements is sql/gen*.c.
 */
#include "sql/store.h"

#include "sql/catalog_cache.h"
#include "sql/gen.h"
#include "sql/insert.h"
#include "sql/keytext.h"
#include "sql/named.h"
#include "sql/odbc.h"
#include "sql/read.h"
#include "sql/search.h"

#include <math.h>

/* ---- reading ---- */

bool
store_get(struct db *db, const struct coll *coll, struct span key, bool want_content, struct arena *mem, struct doc *out,
    bool *found, struct err *e)
{
	struct span held;

	*found = false;
	return !keytext_hold(&coll->meta, key, mem, &held) || read_one(db, coll, held, want_content, mem, out, found, e);
}

struct finding {
	struct page page;
	struct arena *mem;
};

static bool
put_on_page(void *arg, const struct doc *doc, enum read_next *next, struct err *e)
{
	struct finding *f = arg;

	(void)e;
	*next = page_add(&f->page, doc, f->mem) ? READ_KEEP : READ_STOP;
	return true;
}

enum { FIRST_LOOK = 512, FIRST_LOOK_WHERE_ASKED = 128, WALK_COST = 4 };

static bool
read_size(struct db *db, const struct coll *coll, struct arena *mem, int64_t *out, struct err *e)
{
	bool found;

	*out = 0;
	return read_number(db, gen_size(db_dialect(db), coll, mem), out, &found, e);
}

/*
 * No index leads, so the matcher has to look at documents until the page is full.  In the order of keys each of them may cost
 * a page of the file; looking at all in the order of storage costs less for each (WALK_COST), but all have to be looked at.
 * The first rows tell how frequent matches are.
 */
static bool
storage_is_shorter(const struct reading *look, int64_t size)
{
	/* whoever saw none will hardly see as many as one in the next as many */
	double n_matches = look->n_matches == 0 ? 0.05 : (double)look->n_matches;

	return (double)(look->skip + look->take) * (double)look->n_looked / n_matches * WALK_COST > (double)size;
}

/*
 * With candidates, the keys of all n of them may be sorted, or documents be looked at in the order of keys, one in (size / n) of
 * which is one.  A look costs more (WALK_COST), so that both are even when n * n is its share of wanted * size.
 */
static bool
candidates_are_few(struct db *db, const struct reading *look, int64_t size, struct arena *mem, bool *yes, struct err *e)
{
	enum { FEW = 500 };
	double even = sqrt((double)(look->skip + look->take) * (double)size * WALK_COST);
	int64_t n = 0, most = even < FEW ? FEW : (int64_t)even;
	bool found;

	if (!read_number(db, gen_candidates_count(db_dialect(db), look->plan->coll, look->choice, (uint64_t)most, mem), &n, &found, e))
		return false;
	*yes = n < most;
	return true;
}

/* Is there a shorter way than walking on in the order of keys: through candidates, or in the order of storage? */
static bool
has_short_cut(struct db *db, const struct reading *r, const struct reading *look, struct arena *mem, bool *yes, struct err *e)
{
	int64_t size;

	if (!read_size(db, r->plan->coll, mem, &size, e))
		return false;
	if (choice_has_candidates(r->choice))
		return candidates_are_few(db, r, size, mem, yes, e);
	*yes = storage_is_shorter(look, size);
	return true;
}

/* What the engine tests itself costs less than documents that travel. */
static uint64_t
first_look(const struct choice *choice)
{
	return choice_has_candidates(choice) || choice->path.text.n > 0 ? FIRST_LOOK_WHERE_ASKED : FIRST_LOOK;
}

static bool
is_page_of_matches(const struct plan *plan, const struct choice *choice)
{
	return choice->has_residue && plan->limit != 0 && (plan->sort == SORT_KEY || plan->sort == SORT_KEY_DESCENDING);
}

static bool
is_blind(const struct plan *plan, const struct choice *choice)
{
	return is_page_of_matches(plan, choice) && choice->lead == NULL && choice->n_keys == 0;
}

static bool
is_boxed(const struct plan *plan, const struct choice *choice)
{
	return is_page_of_matches(plan, choice) && choice->lead != NULL && choice->lead->kind == INDEX_SPATIAL;
}

/* A box may hold nothing or the whole world, and engines guess its rows by one of its sides.  Some rows tell how many have to be
 * gone through in the order of keys. */
static bool
sample_box(struct db *db, const struct plan *plan, const struct choice *choice, struct arena *mem, enum crowd *out, struct err *e)
{
	enum { ROWS = 500, MANY = 5 };
	int64_t n;
	bool found;

	if (!read_number(db, gen_lead_sample(db_dialect(db), plan, choice, ROWS, mem), &n, &found, e))
		return false;
	*out = n < MANY ? CROWD_FEW : CROWD_MANY;
	return true;
}

bool
store_find(struct db *db, const struct plan *plan, struct arena *mem, struct docs *out, struct err *e)
{
	struct finding f = { .mem = mem };
	struct choice choice;
	struct reading r = { .plan = plan, .choice = &choice, .skip = plan->offset, .fn = put_on_page, .arg = &f };
	struct arena_mark before;
	bool short_cut;

	choose(plan, true, mem, &choice);
	if ((!choice.is_sorted || is_blind(plan, &choice) || is_boxed(plan, &choice)) && !db_needs_tx(db, e))
		return false;
	if (!choice.is_sorted)
		return sort_find(db, plan, mem, out, e);
	r.take = plan->limit == 0 ? 0 : plan->limit + 1;
	if (is_boxed(plan, &choice) && !sample_box(db, plan, &choice, mem, &choice.crowd, e))
		return false;
	if (is_blind(plan, &choice)) {
		struct choice bare = choice;
		struct reading look = r;

		bare.looks_at_text = false;	/* a single statement could look at everything */
		bare.path = (struct jsonpath){ .text = { "", 0 } };
		bare.parsed = NULL;
		look.choice = &bare;
		look.most_rows = first_look(&choice);
		before = arena_mark(mem);
		page_begin(&f.page, plan, mem, out);
		if (!read_matches(db, &look, mem, e))
			return false;
		if (!look.was_cut)
			return true;
		arena_rewind(mem, before);
		if (!has_short_cut(db, &r, &look, mem, &short_cut, e))
			return false;
		if (short_cut && !choice_has_candidates(&choice))
			return sort_find(db, plan, mem, out, e);
		choice.by_candidates = choice.keys_only = short_cut;
	}
	before = arena_mark(mem);
	page_begin(&f.page, plan, mem, out);
	if (!read_matches(db, &r, mem, e))
		return false;
	if (!r.may_tie)
		return true;
	arena_rewind(mem, before);
	return sort_find(db, plan, mem, out, e);
}

static bool
count_one(void *arg, const struct doc *doc, enum read_next *next, struct err *e)
{
	uint64_t *n = arg;

	(void)doc;
	(void)e;
	(*n)++;
	*next = READ_DROP;
	return true;
}

bool
store_count(struct db *db, const struct plan *plan, struct arena *mem, uint64_t *out, struct err *e)
{
	struct plan all = *plan;
	struct choice choice;
	struct query q;
	int64_t n = 0;
	bool found;

	*out = 0;
	choose(plan, false, mem, &choice);
	if (choice.has_residue) {
		all.has_after = all.has_before = all.want_content = false;
		return read_all(db, &all, mem, count_one, out, e);
	}
	if (!gen_count(db_dialect(db), plan, &choice, mem, &q))
		return true;
	if (!read_number(db, q, &n, &found, e))
		return false;
	*out = (uint64_t)n;
	return true;
}

/* With its document as it is now.  Where a transaction that writes is no snapshot, others may have changed it since its key was
 * read: nothing is done to what the filter no longer selects. */
static bool
read_again(struct db *db, const struct plan *plan, struct arena *mem, struct doc *doc, bool *selected, struct err *e)
{
	const int64_t rev = doc->rev;

	if (!store_get(db, plan->coll, doc->key, true, mem, doc, selected, e))
		return false;
	if (*selected && doc->rev != rev && plan->where != NULL)
		*selected = plan->match(plan, doc->key, doc->content, mem, e);
	return *selected || e->kind == ERR_NONE;
}

/* The keys of a batch are read and the statement is over before the first document is handed out, so fn may write. */
static bool
each_of(struct db *db, const struct plan *plan, const struct docs *docs, struct arena *mem, store_doc_fn *fn, void *arg,
    struct err *e)
{
	for (size_t i = 0; i < docs->n; i++) {
		struct arena_mark before = arena_mark(mem);
		struct doc doc = docs->doc[i];
		bool selected = true;

		if (plan->want_content && !read_again(db, plan, mem, &doc, &selected, e))
			return false;
		if (selected && !fn(arg, &doc, mem, e))
			return false;
		arena_rewind(mem, before);
	}
	return true;
}

bool
store_each(struct db *db, const struct plan *plan, struct arena *mem, store_doc_fn *fn, void *arg, struct err *e)
{
	enum { BATCH = 1000, KEY_ROOM = 1024 };
	char *last = arena_alloc(mem, KEY_ROOM);
	struct plan at = *plan;
	struct docs docs;

	at.sort = SORT_KEY;
	at.offset = 0;
	at.limit = BATCH;
	at.want_content = false;
	at.max_page_bytes = 0;
	do {
		struct arena_mark before = arena_mark(mem);
		struct span key;

		if (!store_find(db, &at, mem, &docs, e) || !each_of(db, plan, &docs, mem, fn, arg, e))
			return false;
		if (docs.n > 0) {
			key = docs.doc[docs.n - 1].key;
			if (key.n > KEY_ROOM)
				return err_set(e, ERR_INTERNAL, "a key is too long");
			memcpy(last, key.p, key.n);
			at.has_after = true;
			at.after = (struct span){ last, key.n };
		}
		arena_rewind(mem, before);
	} while (docs.has_more);
	return true;
}

/* ---- writing ---- */

/* Compare-and-set on a key: one row, or none when somebody was faster; alone, also when the catalogue has changed. */
static bool
swap(struct db *db, const struct query *q, bool *done, struct err *e)
{
	int64_t n;

	if (!stmt_exec_comparing(db, q, &n, e))
		return false;
	if (n > 1)
		return diag_broken(db, "several rows of one key", e);
	*done = n == 1;
	return (*done || db_needs_tx(db, e)) && catalog_compared(db, *done, e);
}

/* Why it was refused is found out in a transaction. */
static bool
swap_alone(struct db *db, const struct query *q, bool *done, struct err *e)
{
	return swap(db, q, done, e) || (insert_is_refused(e) ? db_needs_tx(db, e) : false);
}

static struct query
query_alone(const struct db *db, const struct coll *coll, const struct row *row, const struct index_entry *entries, size_t n_entries,
    struct arena *mem)
{
	const int64_t *counter = catalog_to_compare(db);

	return n_entries == 0 ? gen_replace(db_dialect(db), coll, row, counter, mem)
	    : gen_replace_whole(db_dialect(db), coll, row, entries, n_entries, counter, mem);
}

/* q: of entries that are rows */
static bool
replace_entries(struct db *db, const struct query *q, const struct index_entry *entries, size_t n_entries, struct err *e)
{
	int64_t n = 0, n_touched;

	for (size_t k = 0; k < n_entries; k++) {
		if (entries[k].index->kind == INDEX_SEARCH)
			continue;
		if (!stmt_exec_often(db, &q[k], e))
			return insert_is_refused(e) ? insert_value_exists(entries[k].index, e) : false;
		n++;
	}
	if (n == 0 || !stmt_touched(db, &n_touched, e))
		return n == 0;
	return n_touched == n || err_set(e, ERR_INTERNAL, "of %lld indexes %lld know the document", (long long)n, (long long)n_touched);
}

static bool
replace_words(struct db *db, const struct coll *coll, struct span held, const struct index_entry *entries, size_t n_entries,
    struct arena *mem, struct err *e)
{
	for (size_t k = 0; k < n_entries; k++)
		if (entries[k].index->kind == INDEX_SEARCH && !search_replace(db, coll, held, &entries[k], mem, e))
			return false;
	return true;
}

/* the document, then its entries, a row each; none, if words are to be written as well */
static struct handin_write
write_of(const struct coll *coll, const struct query *of_doc, const struct query *of_entries, size_t n_entries, struct arena *mem)
{
	struct handin_step *steps = ARENA_ARRAY(mem, struct handin_step, n_entries + 1);

	if (index_for_search(coll->indexes) != NULL)
		return (struct handin_write){ NULL, 0 };
	steps[0] = (struct handin_step){ *of_doc, 1 };
	for (size_t k = 0; k < n_entries; k++)
		steps[k + 1] = (struct handin_step){ of_entries[k], k + 1 < n_entries ? HANDIN_UNCOUNTED : (int64_t)n_entries };
	return (struct handin_write){ steps, n_entries + 1 };
}

/* What is made before the transaction begins keeps no other writer waiting. */
static bool
replace_together(struct db *db, const struct coll *coll, const struct row *row, const struct index_entry *entries,
    size_t n_entries, struct arena *mem, bool *done, struct err *e)
{
	struct query q = gen_replace(db_dialect(db), coll, row, catalog_to_compare(db), mem);
	struct query *of_entries = ARENA_ARRAY(mem, struct query, n_entries);
	struct handin_write all;

	for (size_t k = 0; k < n_entries; k++)
		if (entries[k].index->kind != INDEX_SEARCH)
			of_entries[k] = gen_entry_replace(db_dialect(db), row->held, &entries[k], mem);
	all = write_of(coll, &q, of_entries, n_entries, mem);
	if (!db_hand_in(db, &all, done, e) || *done)
		return *done;
	if (!db_grow(db, e) || !swap(db, &q, done, e))
		return false;
	return !*done || (replace_entries(db, of_entries, entries, n_entries, e)
	    && replace_words(db, coll, row->held, entries, n_entries, mem, e));
}

bool
store_replace(struct db *db, const struct coll *coll, const struct doc *doc, const struct index_entry *entries,
    size_t n_entries, struct arena *mem, bool *done, struct err *e)
{
	struct row row = { .doc = doc };
	struct query q;
	bool ok;

	*done = false;
	if (!keytext_hold(&coll->meta, doc->key, mem, &row.held))
		return true;
	if (write_is_alone(db, coll)) {
		q = query_alone(db, coll, &row, entries, n_entries, mem);
		return swap_alone(db, &q, done, e);
	}
	ok = replace_together(db, coll, &row, entries, n_entries, mem, done, e);
	return db_settle(db, ok, *done, e);
}

bool
store_overwrites(const struct db *db, const struct coll *coll)
{
	return write_is_alone(db, coll);
}

bool
store_overwrite(struct db *db, const struct coll *coll, const struct doc *doc, const struct index_entry *entries,
    size_t n_entries, struct arena *mem, bool *done, struct err *e)
{
	struct row row = { .doc = doc, .overwrites = true };
	struct query q;
	int64_t n;

	*done = false;
	if (!keytext_hold(&coll->meta, doc->key, mem, &row.held))
		return true;
	q = query_alone(db, coll, &row, entries, n_entries, mem);
	if (!stmt_exec_comparing(db, &q, &n, e))
		return insert_is_refused(e) ? db_needs_tx(db, e) : false;
	*done = n == 1;
	return true;
}

static bool
remove_alone(struct db *db, const struct coll *coll, struct span held, int64_t rev, struct arena *mem, bool *done, struct err *e)
{
	const int64_t *counter = catalog_to_compare(db);
	struct query q = coll->indexes == NULL ? gen_remove(db_dialect(db), coll, held, rev, counter, mem)
	    : gen_remove_whole(db_dialect(db), coll, held, rev, counter, mem);

	return swap_alone(db, &q, done, e);
}

/* Where words are kept, what they are found by is read in the transaction. */
static bool
remove_together(struct db *db, const struct coll *coll, struct span held, int64_t rev, struct arena *mem, bool *done, struct err *e)
{
	const struct index *search = index_for_search(coll->indexes);
	struct query q = gen_remove(db_dialect(db), coll, held, rev, catalog_to_compare(db), mem), *of_entries;
	struct handin_write all;
	int64_t seq = 0;
	size_t n = 0;

	for (const struct index *ix = coll->indexes; ix != NULL; ix = ix->next)
		n += index_has_rows(ix);
	of_entries = ARENA_ARRAY(mem, struct query, n);
	n = 0;
	for (const struct index *ix = coll->indexes; ix != NULL; ix = ix->next)
		if (index_has_rows(ix))
			of_entries[n++] = gen_entry_remove(db_dialect(db), ix, held, mem);
	all = write_of(coll, &q, of_entries, n, mem);
	if (!db_hand_in(db, &all, done, e) || *done)
		return *done;
	if (!db_grow(db, e) || (search != NULL && !search_locate(db, coll, search, held, mem, &seq, e)) || !swap(db, &q, done, e))
		return false;
	if (!*done)
		return true;
	if (search != NULL && !search_remove(db, search, seq, mem, e))
		return false;
	for (size_t k = 0; k < n; k++)
		if (!stmt_exec_often(db, &of_entries[k], e))
			return false;
	return n == 0 || stmt_touched_n(db, (int64_t)n, e);
}

bool
store_remove(struct db *db, const struct coll *coll, struct span key, int64_t rev, bool *done, struct err *e)
{
	struct arena_mark before = arena_mark(db->work);
	struct arena *mem = db->work;
	struct span held;
	bool ok = true;

	*done = false;
	if (keytext_hold(&coll->meta, key, mem, &held))
		ok = write_is_alone(db, coll) ? remove_alone(db, coll, held, rev, mem, done, e)
		    : remove_together(db, coll, held, rev, mem, done, e);
	arena_rewind(mem, before);
	return db_settle(db, ok, *done, e);
}

bool
store_truncate(struct db *db, const struct coll *coll, uint64_t *n_removed, struct err *e)
{
	struct arena_mark before = arena_mark(db->work);
	struct arena *mem = db->work;
	struct query q = gen_truncate(db_dialect(db), coll, mem);
	int64_t n = 0;
	bool ok = (coll->indexes == NULL || db_needs_all(db, e)) && stmt_exec(db, &q, &n, e);

	*n_removed = (uint64_t)n;
	for (const struct index *ix = coll->indexes; ok && ix != NULL; ix = ix->next) {
		if (ix->kind == INDEX_SEARCH) {
			ok = search_truncate(db, ix, mem, e);
			continue;
		}
		q = gen_entry_truncate(db_dialect(db), ix, mem);
		ok = stmt_exec_n(db, &q, n, e);
	}
	arena_rewind(mem, before);
	return ok;
}

/* ---- keys from the database ---- */

bool
store_next_key(struct db *db, const struct coll *coll, struct arena *mem, struct span *out, struct err *e)
{
	bool identity = coll->meta.key_method == KEYS_IDENTITY;
	struct bind who[] = {
		BIND_I(identity ? 0 : coll->schema_id),
		BIND_T(span_of(identity ? arena_printf(mem, "%lld", (long long)coll->id) : coll->meta.sequence_name)),
	};
	struct query add = NAMED(S_SEQUENCE_ADD, who);
	int64_t next = 0, n = 0;
	bool found;

	if (!stmt_exec(db, &add, &n, e))
		return false;
	if (n != 1)
		return err_set(e, ERR_INTERNAL, "the sequence of the collection is missing");
	if (!read_number(db, NAMED(S_SEQUENCE_GET, who), &next, &found, e))
		return false;
	*out = span_of(arena_printf(mem, "%lld", (long long)next - 1));
	return true;
}

/* ---- for tests and logs ---- */

static bool
engine_plan(struct db *db, const struct query *q, struct arena *mem, struct span *out, struct err *e)
{
	struct query explain = *q;
	struct buf text, lines;
	struct span line;
	struct stmt *st;
	bool has_row, ok;

	buf_init(&text, mem);
	buf_addz(&text, db_dialect(db)->explain);
	buf_span(&text, q->text);
	explain.text = buf_text(&text);
	if (!stmt_open(db, &explain, &st, e))
		return false;
	buf_init(&lines, mem);
	while ((ok = stmt_step(st, &has_row, e)) && has_row
	    && (ok = stmt_text(st, db_dialect(db)->explain_column, mem, &line, e))) {
		buf_span(&lines, line);
		buf_char(&lines, '\n');
	}
	stmt_done(st);
	*out = buf_text(&lines);
	return ok;
}

bool
store_guide(struct db *db, const struct index *ix, struct arena *mem, struct facts *out, struct err *e)
{
	return guide_read(db, ix, mem, out, e);
}

bool
store_explain(struct db *db, const struct plan *plan, struct arena *mem, struct span *sql, struct span *plan_text,
    bool *has_residue, struct err *e)
{
	struct choice choice;
	enum columns columns;
	struct query q;

	choose(plan, true, mem, &choice);
	*has_residue = choice.has_residue || !choice.is_sorted;
	if (choice_has_candidates(&choice)) {
		*sql = (struct span){ "", 0 };
		if (!gen_scan(db_dialect(db), plan, &choice, 0, plan->limit + 1, mem, &q))
			return true;
		*sql = q.text;
		return engine_plan(db, &q, mem, plan_text, e);
	}
	columns = read_columns(db, plan, &choice, plan->limit + 1);
	if (!choice.is_sorted) {
		struct plan by_key = *plan;

		by_key.sort = SORT_KEY;
		choose(&by_key, true, mem, &choice);
		columns = read_columns(db, &by_key, &choice, 0);
		gen_page(db_dialect(db), &by_key, &choice, columns, plan->limit + 1, 0, mem, &q);
	} else {
		gen_page(db_dialect(db), plan, &choice, columns, plan->limit + 1, plan->offset, mem, &q);
	}
	*sql = q.text;
	return engine_plan(db, &q, mem, plan_text, e);
}
