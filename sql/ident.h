/* sql/ident.h - names from outside as identifiers: the one way in which they get into a statement */
#ifndef CORDS_SQL_IDENT_H
#define CORDS_SQL_IDENT_H

#include "base/buf.h"
#include "sql/dialect.h"

/* Can the engine have this name as it is?  It has at least a character, no NUL, is UTF-8 and not longer than the engine keeps:
 * PostgreSQL would cut it without an error. */
bool ident_fits(const struct dialect *d, struct span name);

void put_ident(const struct dialect *d, struct span name, struct buf *out);	/* quoted; name: ident_fits() */

/* "schema"."name"; the name alone where the engine has no schemas, or schema is empty */
void put_qualified(const struct dialect *d, struct span schema, struct span name, struct buf *out);

#endif
