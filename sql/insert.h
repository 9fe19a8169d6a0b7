/* sql/insert.h - what writing an index entry can meet; store_insert() of store.h is in insert.c, too */
#ifndef CORDS_SQL_INSERT_H
#define CORDS_SQL_INSERT_H

#include "sql/coll.h"

bool insert_is_refused(const struct err *e);	/* because a key or a value of a unique index exists already */

/* fails UNIQUE naming the index */
bool insert_value_exists(const struct index *ix, struct err *e);

#endif
