/* sql/store.h - documents of a collection: find, get, put, remove, count
 *
 * Every write is one compare-and-set on `rev` inside the caller's transaction.  Index entries travel with the document and are
 * written in the same transaction.
 */
#ifndef CORDS_SQL_STORE_H
#define CORDS_SQL_STORE_H

#include "sql/coll.h"
#include "sql/db.h"

/* One object by key, canonical key text.  *found false: no error.  fails DAMAGED, TIMEOUT, ... as diag.c classifies */
bool store_get(struct db *db, const struct coll *coll, struct span key, bool want_content, struct arena *mem,
    struct doc *out, bool *found, struct err *e);

/* A page by plan: sorted, offset and limit applied, has_more exact. */
bool store_find(struct db *db, const struct plan *plan, struct arena *mem, struct docs *out, struct err *e);

/* How many match where, since and until; offset, limit, order and key bounds are not looked at. */
bool store_count(struct db *db, const struct plan *plan, struct arena *mem, uint64_t *out, struct err *e);

/* Every match, in key order, handed to fn one by one; memory does not grow with their number.  The rows may be written while
 * iterating (keys are read in bounded batches).  fn returns false with e set to stop. */
typedef bool store_doc_fn(void *arg, const struct doc *doc, struct arena *mem, struct err *e);
bool store_each(struct db *db, const struct plan *plan, struct arena *mem, store_doc_fn *fn, void *arg, struct err *e);

/* The next key of a collection that the database assigns: SEQUENCE and IDENTITY, decimal text in mem */
bool store_next_key(struct db *db, const struct coll *coll, struct arena *mem, struct span *out, struct err *e);

/* rev becomes 1.  entries: n_entries per document, document by document.  fails DUPLICATE_KEY, UNIQUE naming the index;
 * err_at "/<n>" of the offending document when n_docs > 1 */
bool store_insert(struct db *db, const struct coll *coll, const struct doc *docs, size_t n_docs,
    const struct index_entry *entries, size_t n_entries, struct arena *mem, struct err *e);

/* Many documents are better parsed before the transaction begins: others wait for its end. */
bool store_inserts_late(const struct db *db);

/* WHERE id = doc->key AND rev = doc->rev; rev becomes doc->rev + 1.  *done false: somebody was faster or it is gone.  fails UNIQUE */
bool store_replace(struct db *db, const struct coll *coll, const struct doc *doc, const struct index_entry *entries,
    size_t n_entries, struct arena *mem, bool *done, struct err *e);

/* The same for whatever is there, as long as it is older, without looking at it first; rev grows.  *done false: nothing was written.
 * Only where store_overwrites(): such a write is one statement, and a transaction of its own */
bool store_overwrites(const struct db *db, const struct coll *coll);
bool store_overwrite(struct db *db, const struct coll *coll, const struct doc *doc, const struct index_entry *entries,
    size_t n_entries, struct arena *mem, bool *done, struct err *e);

bool store_remove(struct db *db, const struct coll *coll, struct span key, int64_t rev, bool *done, struct err *e);

/* With indexes one table is emptied after the other, and what somebody stores meanwhile would lose its entries: as db_needs_all() */
bool store_truncate(struct db *db, const struct coll *coll, uint64_t *n_removed, struct err *e);

/* Entries of all documents that are stored already, while an index is being created.  fails UNIQUE_BUILD, and as entry_of does */
typedef bool store_entry_fn(const struct index *ix, struct span content, struct arena *mem, struct index_entry *out,
    struct err *e);
bool store_index_fill(struct db *db, const struct coll *coll, const struct index *ix, store_entry_fn *entry_of,
    struct arena *mem, struct err *e);

/* Parsed forms for a batch of the documents that have none, in the order of storage, behind after_seq, which is moved; *n_docs 0: all
 * were looked at.  Inside TX_DEFINE, so that nobody writes them meanwhile */
bool store_parsed_fill(struct db *db, const struct coll *coll, int64_t *after_seq, size_t *n_docs, struct arena *mem, struct err *e);

/* What a connection remembers of a data guide: nothing yet.  Lives as long as `owner` keeps it. */
struct guide *guide_open(struct arena *owner);
/* what is known of the shape of the documents; ix: has_guide */
bool store_guide(struct db *db, const struct index *ix, struct arena *mem, struct facts *out, struct err *e);

/* SQL of the query that store_find would run, and the engine's plan of it: for tests and for FINE logs only */
bool store_explain(struct db *db, const struct plan *plan, struct arena *mem, struct span *sql, struct span *engine_plan,
    bool *has_residue, struct err *e);

#endif
