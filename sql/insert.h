/* sql/insert.h - what writing index entries takes, and can meet; store_insert() of store.h is in insert.c, too */
#ifndef CORDS_SQL_INSERT_H
#define CORDS_SQL_INSERT_H

#include "sql/coll.h"
#include "sql/db.h"

/* Is a write of one document a statement that is a transaction of its own?  Index entries are statements of their own, unless the
 * engine writes them with their document. */
bool write_is_alone(const struct db *db, const struct coll *coll);

bool insert_is_refused(const struct err *e);	/* because a key or a value of a unique index exists already */

/* fails UNIQUE naming the index */
bool insert_value_exists(const struct index *ix, struct err *e);

#endif
