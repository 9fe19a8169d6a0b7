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
	return db->tx == TX_ONE_WRITE
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

static void
say_which_of_run(struct db *db, const struct suspect *s, size_t first, size_t n, struct arena *mem, struct err *e)
{
	size_t *places = ARENA_ARRAY(mem, size_t, n);

	for (size_t i = 0; i < n; i++)
		places[i] = first + i;
	say_which(db, s, places, n, mem, e);
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

static bool
insert_documents(struct db *db, const struct coll *coll, const struct row *rows, size_t n_docs, struct arena *mem,
    struct err *e)
{
	const struct suspect s = { .coll = coll, .rows = rows, .n_docs = n_docs };

	for (size_t i = 0, n; i < n_docs; i += n) {
		struct arena_mark before = arena_mark(mem);
		const int64_t *counter;
		struct query q;

		counter = catalog_to_compare(db);
		n = counter != NULL || n_docs - i == 1 ? 0 : gen_unfold_rows(db_dialect(db), rows + i, n_docs - i);
		if (n > 0) {
			q = gen_insert_unfolded(db_dialect(db), coll, rows + i, n, mem);
		} else {
			n = gen_insert_rows(n_docs - i);
			q = gen_insert(db_dialect(db), coll, rows + i, n, counter, mem);
		}
		if (!stmt_exec_often(db, &q, e)) {
			if (!insert_is_refused(e))
				return false;
			if (counter != NULL)	/* it may have moved */
				return catalog_compared(db, false, e);
			err_as(e, ERR_DUPLICATE_KEY, 0);
			say_which_of_run(db, &s, i, n, mem, e);
			return false;
		}
		if (!catalog_compared(db, true, e))
			return false;
		arena_rewind(mem, before);
	}
	return true;
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

static bool
insert_entries(struct db *db, const struct row *rows, size_t n_docs, const struct index_entry *entries, size_t stride,
    struct arena *mem, struct err *e)
{
	const struct suspect s = { .rows = rows, .entries = entries, .stride = stride, .n_docs = n_docs };
	struct row *sorted_rows = ARENA_ARRAY(mem, struct row, n_docs);
	struct index_entry *sorted = ARENA_ARRAY(mem, struct index_entry, n_docs);
	size_t *places = ARENA_ARRAY(mem, size_t, n_docs);

	sort_entries(rows, n_docs, entries, stride, sorted_rows, sorted, places, mem);
	for (size_t i = 0, n; i < n_docs; i += n) {
		struct arena_mark before = arena_mark(mem);
		struct query q;

		n = gen_insert_rows(n_docs - i);
		q = gen_entry_insert(db_dialect(db), sorted_rows + i, sorted + i, 1, n, mem);
		if (!stmt_exec_often(db, &q, e)) {
			if (!insert_is_refused(e))
				return false;
			insert_value_exists(entries->index, e);
			say_which(db, &s, places + i, n, mem, e);
			return false;
		}
		arena_rewind(mem, before);
	}
	return true;
}

/* Those of a search index come last: what writes them is not counted together with the others. */
static bool
insert_together(struct db *db, const struct coll *coll, const struct row *rows, size_t n_docs, const struct index_entry *entries,
    size_t n_entries, struct arena *mem, struct err *e)
{
	int64_t n_rows = (int64_t)n_docs;

	if (!insert_documents(db, coll, rows, n_docs, mem, e))
		return false;
	for (size_t k = 0; k < n_entries; k++) {
		if (entries[k].index->kind == INDEX_SEARCH)
			continue;
		if (!insert_entries(db, rows, n_docs, entries + k, n_entries, mem, e))
			return false;
		n_rows += (int64_t)n_docs;
	}
	if (!stmt_touched_n(db, n_rows, e))
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

	if (!alone && !db_grow(db, e))
		return false;
	for (size_t i = 0; i < n_docs; i++) {
		rows[i].doc = &docs[i];
		if (keytext_hold(&coll->meta, docs[i].key, mem, &rows[i].held))
			continue;
		err_set(e, ERR_BAD_KEY, NULL);
		return n_docs > 1 ? err_at(e, "/%zu", i) : false;
	}
	return alone ? insert_alone(db, coll, rows, entries, n_entries, mem, e)
	    : insert_together(db, coll, rows, n_docs, entries, n_entries, mem, e);
}
