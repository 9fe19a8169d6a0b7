/* sql/snapshot.h - several connections that see one state of the database
 *
 * An engine gives a snapshot a name that others begin with, or all begin theirs while nobody may write to the tables; in a file, while
 * a transaction that writes nothing has the lock of its writers.
 */
#ifndef CORDS_SQL_SNAPSHOT_H
#define CORDS_SQL_SNAPSHOT_H

#include "sql/tables.h"

enum snapshot_way {
	SNAPSHOT_ALONE,			/* no two connections are sure to see the same */
	SNAPSHOT_NAMED,			/* snapshot_join() is all */
	SNAPSHOT_HELD			/* the leader begins between snapshot_hold() and snapshot_release(), and so do the others */
};

enum snapshot_way snapshot_way(const struct db *db);

/*
 * snapshot_hold - a connection that keeps writers away from these tables
 *
 * briefly  on servers: for a writer that is at work it waits a second, not jdbc.ConnectionWaitTimeout: others wait behind it
 * fails    DB_FORBIDDEN, BUSY when somebody writes for long, NOT_AVAILABLE; the text says why
 */
bool snapshot_hold(const struct pool_conf *pool, const struct table_ref *refs, size_t n, bool briefly, struct db **out, struct err *e);
void snapshot_release(struct db **holder);

/* Begin transactions that see what that of the leader sees, which has begun with TX_READ. */
bool snapshot_join(struct db *leader, struct db *const *others, size_t n, struct err *e);

#endif
