/* sql/progress.h - how far an import has come, kept in its target
 *
 * Every change happens in the transaction of what it tells of, and only while the epoch is the runner's own: whoever was
 * overtaken fails OVERTAKEN and stores nothing.
 */
#ifndef CORDS_SQL_PROGRESS_H
#define CORDS_SQL_PROGRESS_H

#include "sql/db.h"

/* whose progress */
struct progress_job {
	const char *job;		/* a name that no other import of this target has */
	int64_t epoch;
};

struct progress {
	int64_t table_id;
	const char *state;		/* a word of whoever imports, at most 16 bytes */
	int64_t done, rejected, first_rows;
};

/* All rows become this epoch's.  fails OVERTAKEN when a later one was here.  *out by table_id */
bool progress_take(struct db *db, const struct progress_job *who, struct arena *mem, struct progress **out, size_t *n,
    struct err *e);
bool progress_add(struct db *db, const struct progress_job *who, const struct progress *p, struct err *e);
bool progress_set(struct db *db, const struct progress_job *who, const struct progress *p, struct err *e);	/* fails OVERTAKEN */
/*
 * progress_advance - the same, from where this runner had left it
 *
 * from     done as it was committed last
 * lazily   do not wait for the disk when this transaction is committed: for the batches of a table, which the last commit makes last
 *          together.  Whatever the server loses when it goes down, it loses from one batch on, with the progress that the batches
 *          had noted.  Where an engine cannot promise that, it does wait
 * fails    OVERTAKEN; CONN_LOST when the row says something else: the server went down, and what it had committed without waiting
 *          for its disk is gone, with the rows that belonged to it
 */
bool progress_advance(struct db *db, const struct progress_job *who, const struct progress *p, int64_t from, bool lazily,
    struct err *e);
bool progress_drop(struct db *db, const struct progress_job *who, struct err *e);

#endif
