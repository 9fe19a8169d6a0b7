/* sql/fill.c - what is kept of documents that are there already: entries of an index that is being made, parsed forms
 *
 * Many documents are read, then their entries written, and so on: one by one, they would cost two statements each, which on a
 * server is two journeys.
 */
#include "sql/store.h"

#include "sql/gen.h"
#include "sql/keytext.h"
#include "sql/odbc.h"
#include "sql/parsed.h"
#include "sql/read.h"
#include "sql/search.h"

enum { BATCH = 512, MOST_BYTES = 1024 * 1024 };	/* documents of a batch, and their bytes unless one document has more */

struct batch {
	struct doc docs[BATCH];
	size_t n, n_bytes;
};

static bool
take(void *arg, const struct doc *doc, enum read_next *next, struct err *e)
{
	struct batch *b = arg;

	(void)e;
	b->docs[b->n++] = *doc;
	b->n_bytes += doc->n_bytes;
	*next = b->n == BATCH || b->n_bytes >= MOST_BYTES ? READ_LAST : READ_KEEP;
	return true;
}

static bool
write_entries(struct db *db, const struct row *rows, const struct index_entry *entries, size_t n_docs, struct arena *mem,
    struct err *e)
{
	for (size_t i = 0, n; i < n_docs; i += n) {
		struct query q;

		n = gen_insert_rows(db_dialect(db), entries->index, n_docs - i);
		q = gen_entry_insert(db_dialect(db), rows + i, entries + i, 1, n, mem);
		if (stmt_exec_often(db, &q, e))
			continue;
		return e->kind == ERR_DUPLICATE_KEY || e->kind == ERR_UNIQUE || e->kind == ERR_CONSTRAINT
		    ? err_set(e, ERR_UNIQUE_BUILD, "index %s: the collection holds duplicates of these values", entries->index->name)
		    : false;
	}
	return stmt_touched_n(db, (int64_t)n_docs, e);
}

static bool
write_batch(struct db *db, const struct coll *coll, const struct index *ix, store_entry_fn *entry_of,
    const struct batch *b, struct arena *mem, struct err *e)
{
	struct index_entry *entries = ARENA_ARRAY(mem, struct index_entry, BATCH);
	struct row *rows = ARENA_ARRAY(mem, struct row, BATCH);

	for (size_t i = 0; i < b->n; i++) {
		rows[i].doc = &b->docs[i];
		if (!keytext_hold(&coll->meta, b->docs[i].key, mem, &rows[i].held))
			return err_set(e, ERR_INTERNAL, NULL);
		if (!entry_of(ix, b->docs[i].content, mem, &entries[i], e))
			return false;
	}
	if (b->n == 0)
		return true;
	return ix->kind == INDEX_SEARCH ? search_insert(db, coll, rows, b->n, entries, 1, mem, e)
	    : write_entries(db, rows, entries, b->n, mem, e);
}

/* In the order of storage, which is the order in which a text index of SQLite grows fastest. */
bool
store_index_fill(struct db *db, const struct coll *coll, const struct index *ix, store_entry_fn *entry_of,
    struct arena *mem, struct err *e)
{
	struct plan all = { .coll = coll, .want_content = true };
	struct batch *b = ARENA_NEW(mem, struct batch);
	struct reading r = { .plan = &all, .take = BATCH, .fn = take, .arg = b };
	struct choice choice;

	choose(&all, false, mem, &choice);
	r.choice = &choice;
	do {
		struct arena_mark before = arena_mark(mem);

		b->n = b->n_bytes = 0;
		if (!read_matches(db, &r, mem, e) || !write_batch(db, coll, ix, entry_of, b, mem, e))
			return false;
		arena_rewind(mem, before);
	} while (b->n > 0);
	return true;
}

/* Those that the engine would refuse stay without. */
static bool
write_parsed(struct db *db, const struct coll *coll, const struct batch *b, struct arena *mem, struct err *e)
{
	struct span *held = ARENA_ARRAY(mem, struct span, BATCH), *parsed = ARENA_ARRAY(mem, struct span, BATCH);
	struct query q;
	size_t n = 0;

	for (size_t i = 0; i < b->n; i++) {
		parsed[n] = parsed_of(b->docs[i].content, mem);
		if (parsed[n].p == NULL)
			continue;
		if (!keytext_hold(&coll->meta, b->docs[i].key, mem, &held[n]))
			return err_set(e, ERR_INTERNAL, NULL);
		n++;
	}
	if (n == 0)
		return true;
	q = gen_parsed_fill(db_dialect(db), coll, held, parsed, n, mem);
	return stmt_exec(db, &q, NULL, e);
}

bool
store_parsed_fill(struct db *db, const struct coll *coll, int64_t *after_seq, size_t *n_docs, struct arena *mem, struct err *e)
{
	struct plan all = { .coll = coll, .want_content = true };
	struct arena_mark before = arena_mark(mem);
	struct batch *b = ARENA_NEW(mem, struct batch);
	struct choice choice;
	struct reading r = { .plan = &all, .choice = &choice, .take = BATCH, .after_seq = *after_seq, .fn = take, .arg = b };
	bool ok;

	b->n = b->n_bytes = 0;
	choose(&all, false, mem, &choice);
	ok = read_matches(db, &r, mem, e) && write_parsed(db, coll, b, mem, e);
	*after_seq = r.after_seq;
	*n_docs = b->n;
	arena_rewind(mem, before);
	return ok;
}
