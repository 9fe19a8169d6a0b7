/* sql/migrate.h - the repository: its tables by numbered migrations */
#ifndef CORDS_SQL_MIGRATE_H
#define CORDS_SQL_MIGRATE_H

#include "sql/db.h"
#include "sql/dialect.h"

int migrate_level_program(void);		/* the newest migration this program holds */

/* 0: there is no repository */
bool migrate_level(struct db *db, int *level, struct err *e);

/* fails NEED_INSTALL when the level is not the program's */
bool migrate_fits(struct db *db, struct err *e);

/* Apply what is missing, each step in one transaction under the repository's lock, recorded with version and time.  Idempotent;
 * makes the place for it first, as admin when one is given, unless db.customURL describes the pool.  *n_applied: steps done
 * now */
bool migrate_install(const struct pool_conf *pool, const struct account *admin, int *n_applied, struct err *e);

/* Remove every table of ours, collections included. */
bool migrate_uninstall(struct db *db, struct err *e);

/* Does the repository hold what the migrations make?  *report: "" or the first difference */
bool migrate_check(struct db *db, struct arena *mem, const char **report, struct err *e);

/* The job store has a series of its own, applied when it is opened (sql/jobs.h); in a file of its own it is compared, too.
 * fails NEED_INSTALL when it is of a newer program */
bool migrate_jobs(struct db *db, struct err *e);
bool migrate_check_jobs(struct db *db, struct arena *mem, const char **report, struct err *e);

#endif
