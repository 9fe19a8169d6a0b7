/* soda/guide.h - the data guide: the shape of documents, and the JSON schema that tells it
 *
 * spec    SODA for REST, "GET JSON schema for a collection"
 */
#ifndef CORDS_SODA_GUIDE_H
#define CORDS_SODA_GUIDE_H

#include "base/buf.h"
#include "sql/facts.h"

/* What one document tells; its places and their types.  Reads it once. */
void guide_see(struct span content, struct facts *out);

/* The JSON schema of what is known. */
void guide_print(const struct facts *facts, struct buf *out);

#endif
