/* soda/meta.h - collection metadata: reading, defaulting, checking, printing */
#ifndef CORDS_SODA_META_H
#define CORDS_SODA_META_H

#include "base/buf.h"
#include "sql/coll.h"

/*
 * meta_parse - effective metadata of a collection that is to be created
 *
 * body    what the client sent; n == 0: none, the standard settings apply
 * schema  name of the schema of the URL; name: of the collection, 1 to 255 bytes
 * fails   META_* naming the member; BAD_NAME for reserved names and lengths
 * spec    SODA for REST, "Collection Specifications"
 */
bool meta_parse(struct span body, struct span schema, struct span name, struct arena *mem, struct meta *out, struct err *e);

void meta_print(const struct meta *m, struct buf *out);		/* compact JSON in the documented order; meta_from_json() reads it */
/*
 * meta_differs - are effective values different?
 *
 * what    then: which, as "/keyColumn/assignmentMethod", and both values, "" for none; texts in mem
 */
struct meta_difference {
	struct span path, one, other;
};
bool meta_differs(const struct meta *one, const struct meta *other, struct arena *mem, struct meta_difference *what);

bool name_check(struct span name, struct err *e);		/* of a collection: length, reserved; fails BAD_NAME */
const char *name_to_table(struct span name, struct arena *mem);	/* the table name that is reported */

#endif
