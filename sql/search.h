/* sql/search.h - what a search index keeps: the words of documents, and the data guide
 *
 * The guide only grows.  A connection remembers what it has read or written of it, and writes when a document adds something;
 * what others have added meanwhile it may not know, and then finds when it looks.  What was remembered from a transaction
 * that came to nothing is forgotten.
 */
#ifndef CORDS_SQL_SEARCH_H
#define CORDS_SQL_SEARCH_H

#include "sql/gen.h"
#include "sql/store.h"

/* Everything that is known of a collection; its names in mem. */
bool guide_read(struct db *db, const struct index *ix, struct arena *mem, struct facts *out, struct err *e);

/* entries[i * stride] belongs to rows[i], whose document was just inserted */
bool search_insert(struct db *db, const struct coll *coll, const struct row *rows, size_t n_rows,
    const struct index_entry *entries, size_t stride, struct arena *mem, struct err *e);
bool search_replace(struct db *db, const struct coll *coll, struct span held, const struct index_entry *entry,
    struct arena *mem, struct err *e);
/* Words are removed after their document, as every writer takes that first; what they are found by then is read before. */
bool search_locate(struct db *db, const struct coll *coll, const struct index *ix, struct span held, struct arena *mem,
    int64_t *seq, struct err *e);
bool search_remove(struct db *db, const struct index *ix, int64_t seq, struct arena *mem, struct err *e);
bool search_truncate(struct db *db, const struct index *ix, struct arena *mem, struct err *e);

#endif
