/* soda/index.h - index specifications, and the values of a document for an index */
#ifndef CORDS_SODA_INDEX_H
#define CORDS_SODA_INDEX_H

#include "sql/coll.h"

/*
 * index_parse - read the specification of an index
 *
 * text    as sent, any bytes
 * fails   INDEX_SPEC with the inner number (5006 ... 5066) naming the member; ARRAY_STEPS, INDEX_COLUMNS; NOT_AVAILABLE for ttl
 *         after the syntax was checked
 * spec    SODA for REST, "Index Specifications"
 */
bool index_parse(struct span text, struct arena *mem, struct index *out, struct err *e);

/* the name in an unindex specification.  fails UNINDEX_SPEC */
bool unindex_parse(struct span text, struct arena *mem, struct span *name, struct err *e);

/* The entries of one document for all indexes of a collection, by the value discipline of each.
 * *out: n of them, in the order of coll->indexes.  fails NOT_SCALAR, VALUE_MISSING, NOT_NUMBER, NOT_DATE, NOT_GEOMETRY, and
 * INVALID_DOC over maxLength, naming index and path */
bool index_entries(const struct coll *coll, struct span content, struct arena *mem, struct index_entry **out, size_t *n,
    struct err *e);
bool index_entry_of(const struct index *ix, struct span content, struct arena *mem, struct index_entry *out, struct err *e);

#endif
