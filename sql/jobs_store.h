/* sql/jobs_store.h - the store behind sql/jobs.h: its connection and its clock; private to this folder */
#ifndef CORDS_SQL_JOBS_STORE_H
#define CORDS_SQL_JOBS_STORE_H

#include "sql/jobs.h"
#include "sql/named.h"

enum { BOOT_TEXT = 40 };

struct jobs {
	struct db *db;
	bool is_own;			/* db is closed with the store */
	struct settings set;		/* of the file of its own */
	struct pool_conf pool;
	char path[4096];
};

/* a moment by which leases are judged */
struct job_clock {
	char boot[BOOT_TEXT];		/* which clock; "" on servers, which have one */
	int64_t us;
};
bool jobs_now(struct jobs *j, struct job_clock *out, struct err *e);

/* begin and end of a transaction that writes: jobs_end(j, jobs_begin(j, e) && ..., e) */
bool jobs_begin(struct jobs *j, struct err *e);
bool jobs_end(struct jobs *j, bool ok, struct err *e);

/* one statement that must touch one row, or somebody else was here */
bool jobs_write(struct jobs *j, struct query q, struct err *e);

/* rows, with columns as read_job() expects them, of conditions that the caller appends */
struct sql;
void jobs_put_select(struct sql *s, const struct job_clock *now);
bool jobs_read(struct jobs *j, const struct query *q, struct arena *mem, struct job_row **out, size_t *n, struct err *e);

#endif
