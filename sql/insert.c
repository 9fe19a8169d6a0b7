/* sql/insert.c - documents and their index entries, many in one statement */
#include "sql/insert.h"

#include "sql/catalog_cache.h"
#include "sql/gen.h"
#include "sql/keytext.h"
#include "sql/odbc.h"
#include "sql/search.h"

#include <stdint.h>
#include <stdlib.h>

bool
write_is_alone(const struct db *db, const struct coll *coll)
{
	return db->tx == TX_ONE_WRITE && !(db->dialect->writers_queue && turn_is_wanted(db))
	    && (coll->indexes == NULL || (db->dialect->whole != WHOLE_NONE && index_for_search(coll->indexes) == NULL));
}

bool
insert_is_refused(const struct err *e)
{
	return e->kind == ERR_DUPLICATE_KEY || e->kind == ERR_UNIQUE || e->kind == ERR_CONSTRAINT;
}

bool
insert_value_exists(const struct index *ix, struct err *e)
{
	return err_set(e, ERR_UNIQUE, "unique index %s has this value already", ix->name);
}

/* one document of a bulk insert whose key, or values of an index, exist already */
struct suspect {
	const struct coll *coll;
	const struct row *rows;
	const struct index_entry *entries;	/* NULL: it is about keys; else of the one index, with stride */
	size_t stride;
	size_t n_docs;
};

static bool
same(const struct suspect *s, size_t i, size_t k)
{
	const struct index_entry *a, *b;

	if (s->entries == NULL)
		return span_eq(s->rows[i].held, s->rows[k].held);
	a = &s->entries[i * s->stride];
	b = &s->entries[k * s->stride];
	for (size_t f = 0; f < a->index->n_fields; f++)
		if ((a->values[f].p == NULL) != (b->values[f].p == NULL) || !span_eq(a->values[f], b->values[f]))
			return false;
	return !entry_is_missing(a);
}

static bool
exists(struct db *db, const struct suspect *s, size_t i, struct arena *mem, bool *yes, struct err *e)
{
	const struct index_entry *entry = s->entries == NULL ? NULL : &s->entries[i * s->stride];
	struct query q;
	struct stmt *st;
	bool ok;

	*yes = false;
	if (entry != NULL && entry_is_missing(entry))
		return true;
	q = entry == NULL ? gen_get(db_dialect(db), s->coll, s->rows[i].held, false, mem)
	    : gen_entry_holder(db_dialect(db), entry, mem);
	if (!stmt_open(db, &q, &st, e))
		return false;
	ok = stmt_step(st, yes, e);
	stmt_done(st);
	return ok;
}

/* The later one of two documents of this call, or one whose like exists already; SIZE_MAX: neither */
static bool
find_conflict(struct db *db, const struct suspect *s, size_t i, struct arena *mem, size_t *at, struct err *e)
{
	bool yes;

	for (size_t k = 0; k < s->n_docs; k++)
		if (k != i && same(s, i, k)) {
			*at = i > k ? i : k;
			return true;
		}
	if (!exists(db, s, i, mem, &yes, e))
		return false;
	*at = yes ? i : SIZE_MAX;
	return true;
}

/*
 * A statement for many rows tells that one of them is a duplicate, not which.  After a failure nothing can be asked inside
 * the transaction, so it ends here; the caller's rollback finds nothing left to do.  Should somebody else have removed the
 * other row meanwhile, the error goes without its place.
 */
static void
say_which(struct db *db, const struct suspect *s, const size_t *places, size_t n, struct arena *mem, struct err *e)
{
	size_t first = SIZE_MAX, at;
	struct err ignored;

	if (s->n_docs == 1)
		return;
	db_rollback(db);
	for (size_t i = 0; i < n; i++) {
		if (!find_conflict(db, s, places[i], mem, &at, &ignored))
			return;
		if (at < first)
			first = at;
	}
	if (first != SIZE_MAX)
		err_at(e, "/%zu", first);
}

/* Why it was refused is found out in a transaction: a key or a value may exist, or the catalogue have changed, or be about to. */
static bool
insert_alone(struct db *db, const struct coll *coll, const struct row *row, const struct index_entry *entries, size_t n_entries,
    struct arena *mem, struct err *e)
{
	const int64_t *counter = catalog_to_compare(db);
	struct query q = n_entries == 0 ? gen_insert(db_dialect(db), coll, row, 1, counter, mem)
	    : gen_insert_whole(db_dialect(db), coll, row, entries, n_entries, counter, mem);
	int64_t n;

	if (!stmt_exec_comparing(db, &q, &n, e))
		return insert_is_refused(e) ? db_needs_tx(db, e) : false;
	return n == 1 || stmt_unsure(db, e);
}

/* In the order of values: pages of their index, which no cache holds, are then visited once.  By their keys new rows stand
 * together already. */
static int
by_values(const void *x, const void *y)
{
	const struct index_entry *a = *(const struct index_entry *const *)x, *b = *(const struct index_entry *const *)y;
	int order = 0;

	for (size_t f = 0; order == 0 && f < a->index->n_fields; f++)
		order = span_cmp(a->values[f], b->values[f]);
	return order;
}

/* places: where each stood before */
static void
sort_entries(const struct row *rows, size_t n_docs, const struct index_entry *entries, size_t stride, struct row *sorted_rows,
    struct index_entry *sorted, size_t *places, struct arena *mem)
{
	const struct index_entry **order = arena_alloc(mem, n_docs * sizeof(const struct index_entry *));

	for (size_t i = 0; i < n_docs; i++)
		order[i] = &entries[i * stride];
	qsort(order, n_docs, sizeof(const struct index_entry *), by_values);
	for (size_t i = 0; i < n_docs; i++) {
		sorted[i] = *order[i];
		places[i] = (size_t)(order[i] - entries) / stride;
		sorted_rows[i] = rows[places[i]];
	}
}

/* a statement of a part, and how many rows it writes */
struct made {
	struct query q;
	size_t n;
};

/* what goes into one table, in the order in which it is written */
struct part {
	const struct coll *coll;
	const struct row *rows;
	const struct index_entry *entries;	/* NULL: of documents */
	const size_t *places;		/* NULL: each stands where it stood among the documents of the call */
	size_t n_rows;
	struct suspect suspect;
	const struct made *made;	/* NULL: each is made when it is due */
};

static struct made
make(const struct db *db, const struct part *p, size_t first, struct arena *mem)
{
	const struct dialect *d = db_dialect(db);
	const int64_t *counter = p->entries == NULL && first == 0 ? catalog_to_compare(db) : NULL;
	size_t n_left = p->n_rows - first;
	size_t n = p->entries != NULL || counter != NULL || n_left == 1 ? 0 : gen_unfold_rows(d, p->rows + first, n_left);

	if (n > 0)
		return (struct made){ gen_insert_unfolded(d, p->coll, p->rows + first, n, mem), n };
	n = gen_insert_rows(d, p->entries == NULL ? NULL : p->entries->index, n_left);
	return (struct made){ p->entries == NULL ? gen_insert(d, p->coll, p->rows + first, n, counter, mem)
	    : gen_entry_insert(d, p->rows + first, p->entries + first, 1, n, mem), n };
}

static void
make_all(const struct db *db, struct part *p, struct arena *mem)
{
	struct made *made = ARENA_ARRAY(mem, struct made, p->n_rows);

	for (size_t i = 0, k = 0; i < p->n_rows; i += made[k++].n)
		made[k] = make(db, p, i, mem);
	p->made = made;
}

static bool
say_why(struct db *db, const struct part *p, size_t first, size_t n, bool compared, struct arena *mem, struct err *e)
{
	size_t *places = ARENA_ARRAY(mem, size_t, n);

	if (!insert_is_refused(e))
		return false;
	if (compared)	/* it may have moved */
		return catalog_compared(db, false, e);
	if (p->entries == NULL)
		err_as(e, ERR_DUPLICATE_KEY, 0);
	else
		insert_value_exists(p->entries->index, e);
	for (size_t i = 0; i < n; i++)
		places[i] = p->places == NULL ? first + i : p->places[first + i];
	say_which(db, &p->suspect, places, n, mem, e);
	return false;
}

static bool
write_part(struct db *db, const struct part *p, struct arena *mem, struct err *e)
{
	struct made m;

	for (size_t i = 0, k = 0; i < p->n_rows; i += m.n, k++) {
		struct arena_mark before = arena_mark(mem);
		bool compares = catalog_to_compare(db) != NULL;

		m = p->made != NULL ? p->made[k] : make(db, p, i, mem);
		if (!stmt_exec_often(db, &m.q, e))
			return say_why(db, p, i, m.n, compares, mem, e);
		if (compares && !catalog_compared(db, true, e))
			return false;
		arena_rewind(mem, before);
	}
	return true;
}

static struct part
part_of_entries(const struct row *rows, size_t n_docs, const struct index_entry *entries, size_t stride, struct arena *mem)
{
	struct row *sorted_rows = ARENA_ARRAY(mem, struct row, n_docs);
	struct index_entry *sorted = ARENA_ARRAY(mem, struct index_entry, n_docs);
	size_t *places = ARENA_ARRAY(mem, size_t, n_docs);

	sort_entries(rows, n_docs, entries, stride, sorted_rows, sorted, places, mem);
	return (struct part){
		.rows = sorted_rows, .entries = sorted, .places = places, .n_rows = n_docs,
		.suspect = { .rows = rows, .entries = entries, .stride = stride, .n_docs = n_docs },
	};
}

/* all parts, counted at their end; none, if something else is to be written */
static struct handin_write
write_of(const struct part *parts, size_t n_parts, bool is_all, struct arena *mem)
{
	size_t n = 0, n_rows = 0;
	struct handin_step *steps;

	for (size_t k = 0; k < n_parts; k++)
		n_rows += parts[k].n_rows;
	steps = ARENA_ARRAY(mem, struct handin_step, is_all ? n_rows : 0);
	for (size_t k = 0; is_all && k < n_parts; k++)
		for (size_t i = 0, m = 0; i < parts[k].n_rows; i += parts[k].made[m++].n)
			steps[n++] = (struct handin_step){ parts[k].made[m].q, HANDIN_UNCOUNTED };
	if (n > 0)
		steps[n - 1].n_rows = (int64_t)n_rows;
	return (struct handin_write){ steps, n };
}

/*
 * Where writers queue, all that can be is made before the transaction begins, because the others wait meanwhile.  Elsewhere each
 * statement is made when it is due: their texts and arrays together may be as long as the documents.
 *
 * Entries of a search index come last: what writes them is not counted together with the others.
 */
static bool
insert_together(struct db *db, const struct coll *coll, const struct row *rows, size_t n_docs, const struct index_entry *entries,
    size_t n_entries, struct arena *mem, struct err *e)
{
	struct part *parts = ARENA_ARRAY(mem, struct part, n_entries + 1);
	size_t n_parts = 0;
	struct handin_write all;
	bool written;

	parts[n_parts++] = (struct part){
		.coll = coll, .rows = rows, .n_rows = n_docs, .suspect = { .coll = coll, .rows = rows, .n_docs = n_docs },
	};
	for (size_t k = 0; k < n_entries; k++)
		if (entries[k].index->kind != INDEX_SEARCH)
			parts[n_parts++] = part_of_entries(rows, n_docs, entries + k, n_entries, mem);
	for (size_t i = 0; db->dialect->writers_queue && i < n_parts; i++)
		make_all(db, &parts[i], mem);
	all = write_of(parts, n_parts, db->dialect->writers_queue && n_parts == n_entries + 1, mem);
	if (!db_hand_in(db, &all, &written, e) || written)
		return written;
	if (!db_grow(db, e))
		return false;
	for (size_t i = 0; i < n_parts; i++)
		if (!write_part(db, &parts[i], mem, e))
			return false;
	if (!stmt_touched_n(db, (int64_t)(n_docs * n_parts), e))
		return false;
	for (size_t k = 0; k < n_entries; k++)
		if (entries[k].index->kind == INDEX_SEARCH && !search_insert(db, coll, rows, n_docs, entries + k, n_entries, mem, e))
			return false;
	return true;
}

bool
store_insert(struct db *db, const struct coll *coll, const struct doc *docs, size_t n_docs,
    const struct index_entry *entries, size_t n_entries, struct arena *mem, struct err *e)
{
	struct row *rows = ARENA_ARRAY(mem, struct row, n_docs);
	bool alone = n_docs == 1 && write_is_alone(db, coll);

	for (size_t i = 0; i < n_docs; i++) {
		rows[i].doc = &docs[i];
		if (keytext_hold(&coll->meta, docs[i].key, mem, &rows[i].held))
			continue;
		err_set(e, ERR_BAD_KEY, NULL);
		return n_docs > 1 ? err_at(e, "/%zu", i) : false;
	}
	if (alone)
		return insert_alone(db, coll, rows, entries, n_entries, mem, e);
	return db_settle(db, insert_together(db, coll, rows, n_docs, entries, n_entries, mem, e), true, e);
}

bool
store_inserts_late(const struct db *db)
{
	return db->dialect->writers_queue;
}
