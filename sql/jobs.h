/* sql/jobs.h - jobs of Data Pump: what was asked for, who works on it, how far it is
 *
 * Rows of side tables: on servers in the repository's schema, on SQLite in a file of its own beside the database, "<db.file>-jobs",
 * so that bookkeeping never waits for the file that is exported.  The tables are made when they are needed first.
 *
 * A job belongs to the runner that claimed it last: each claim raises the epoch, and whatever a runner writes names its epoch, so
 * that one that was overtaken changes nothing.  A lease is of time on the clock of the repository's database, on SQLite of
 * the clock since boot together with the name of that boot; whoever lets it expire may be overtaken.
 *
 * Each function is a transaction of its own, unless it says otherwise.
 */
#ifndef CORDS_SQL_JOBS_H
#define CORDS_SQL_JOBS_H

#include "sql/db.h"
#include "sql/filter.h"

enum job_state {
	JOB_DEFINING,			/* waits for a runner of run-pending */
	JOB_EXECUTING, JOB_STOP_PENDING, JOB_STOPPING, JOB_COMPLETING,
	JOB_COMPLETED,			/* over, with or without errors */
	JOB_STOPPED,			/* may be started again */
	JOB__N
};
const char *job_state_name(enum job_state s);	/* "STOP PENDING" */

/* what a runner has been told to do */
enum job_order { JOB_GO_ON, JOB_STOP, JOB_STOP_NOW, JOB_KILL };

struct job_progress {
	int64_t tables_total, tables_done, rows_done, bytes_done;
	int64_t percent;		/* 0 to 100; -1: nobody can tell */
	struct span current;		/* "HR.EMP"; n 0: nothing in particular */
};

struct job_row {
	int64_t id;			/* random, never used twice */
	struct span owner, name;	/* REST schema in upper case, "DATAPUMP_REST_EXPORT_20190706144505" */
	struct span operation, mode;	/* "EXPORT", "SCHEMA" */
	struct span schema;		/* of the caller, as it is spelled; n 0: a mid-tier user who named none */
	bool is_admin;			/* the caller was SQL Administrator */
	struct span spec, warnings;	/* JSON, JSON array of texts; n 0: none */
	enum job_state state;
	bool is_alive;			/* a runner holds it, or has just been started; else it is STOPPED, whatever state says */
	bool is_waiting;		/* whoever comes may claim it */
	int64_t epoch;
	int64_t previous_epoch;		/* of the runner before this one, which may have left something behind; 0: none */
	enum job_order order;
	bool keep;			/* the row stays after success */
	bool is_consistent;
	int64_t threads;		/* 0: nobody has said how many */
	int64_t degree, n_errors;
	int64_t n_fruitless;		/* takeovers in a row without progress */
	int64_t created_us, started_us, finished_us;	/* 0: not yet */
	struct job_progress progress;
	struct span message, summary;	/* why it stopped; JSON of an import; n 0: none */
};

struct jobs;

/*
 * jobs_open - the store of a pool
 *
 * db      a connection to the pool that is used on servers and borrowed; NULL: a connection of its own is opened, as a thread of a
 *         runner needs it
 * fails   UNAVAILABLE, NEED_INSTALL
 */
bool jobs_open(const struct pool_conf *pool, struct db *db, struct jobs **out, struct err *e);
void jobs_close(struct jobs **j);
bool jobs_ready(struct jobs *j, struct err *e);		/* before each request, as db_ready() */
void jobs_idle(struct jobs *j);

/* Remove tables and file.  Missing ones are fine. */
bool jobs_uninstall(const struct pool_conf *pool, struct err *e);
/* *report: "" or what differs from what was made; also "" when nothing was made yet */
bool jobs_check(const struct pool_conf *pool, struct arena *mem, const char **report, struct err *e);

/*
 * jobs_insert - a job is accepted
 *
 * row     id is filled in; created_us is the caller's
 * wait_ms so long it counts as alive although nobody claimed it; 0: for ever
 * fails   JOB_EXISTS: the owner has one of this name
 */
bool jobs_insert(struct jobs *j, struct job_row *row, int64_t wait_ms, struct err *e);

/* newest first, then by name; owner p NULL: of everybody; filter NULL: all.  jobs_columns: what a filter may name */
bool jobs_list(struct jobs *j, struct span owner, const struct filter *filter, uint64_t limit, uint64_t offset, struct arena *mem,
    struct job_row **out, size_t *n, struct err *e);
extern const struct filter_columns jobs_columns;

bool jobs_find(struct jobs *j, struct span owner, struct span name, struct arena *mem, struct job_row **out, struct err *e);
bool jobs_get(struct jobs *j, int64_t id, struct arena *mem, struct job_row **out, struct err *e);	/* *out NULL: none */

/* How many are alive, those that wait in DEFINING not counted. */
bool jobs_count_alive(struct jobs *j, int64_t *out, struct err *e);
/* What has no runner, oldest first; one that was just started for a job has as long for its claim as the job counts as alive. */
bool jobs_due(struct jobs *j, struct arena *mem, int64_t **ids, size_t *n, struct err *e);

/* ---- by runners; all fail OVERTAKEN when the epoch is not theirs any more ---- */

/*
 * jobs_claim - become the runner of a job that waits, or whose lease expired
 *
 * out     the row as it is now, with the new epoch; NULL: somebody else was faster, or it is over
 */
bool jobs_claim(struct jobs *j, int64_t id, int64_t lease_ms, struct arena *mem, struct job_row **out, struct err *e);
bool jobs_renew(struct jobs *j, int64_t id, int64_t epoch, int64_t lease_ms, struct err *e);
/* It may be claimed by whoever comes, as if it had just been started; wait_ms as of jobs_insert() */
bool jobs_release(struct jobs *j, int64_t id, int64_t epoch, int64_t wait_ms, struct err *e);
bool jobs_orders(struct jobs *j, int64_t id, int64_t epoch, enum job_order *out, struct err *e);	/* reads only */

/* From one state to another, as the table of states allows.  message n 0: as it is */
bool jobs_move(struct jobs *j, int64_t id, int64_t epoch, enum job_state from, enum job_state to, struct span message,
    struct err *e);
bool jobs_tell(struct jobs *j, int64_t id, int64_t epoch, const struct job_progress *p, struct err *e);
bool jobs_degree(struct jobs *j, int64_t id, int64_t epoch, int64_t degree, struct err *e);
bool jobs_add_error(struct jobs *j, int64_t id, int64_t epoch, struct err *e);
bool jobs_inconsistent(struct jobs *j, int64_t id, int64_t epoch, struct err *e);
bool jobs_summary(struct jobs *j, int64_t id, int64_t epoch, struct span json, struct err *e);
bool jobs_log(struct jobs *j, int64_t id, int64_t epoch, struct span line, struct err *e);

enum job_file_kind { JOB_FILE_LOG, JOB_FILE_DUMP, JOB_FILE_SKIPPED, JOB_FILE_SQL };
struct job_file {
	enum job_file_kind kind;
	int64_t number;			/* of a dump file, from 1 */
	struct span directory, name;	/* name of the directory object; upper case */
	int64_t n_bytes;
	bool is_object;			/* it lies in object storage */
};
bool jobs_add_file(struct jobs *j, int64_t id, int64_t epoch, const struct job_file *f, struct err *e);

/* ---- by whoever asks ---- */

/* the log so far, lines with their ends; log first, then dumps by number, then the others */
bool jobs_read_log(struct jobs *j, int64_t id, struct arena *mem, struct span *out, struct err *e);
bool jobs_files(struct jobs *j, int64_t id, struct arena *mem, struct job_file **out, size_t *n, struct err *e);
bool jobs_remove_file(struct jobs *j, int64_t id, struct span name, struct err *e);

/* What the runner shall do next; a job without a runner is stopped at once.  fails JOB_STATE when there is nothing to stop */
bool jobs_order(struct jobs *j, const struct job_row *row, enum job_order order, struct err *e);
/* A stopped job waits again, as `state`: EXECUTING for a runner that is about to be started, or DEFINING.  fails JOB_STATE */
bool jobs_restart(struct jobs *j, const struct job_row *row, enum job_state state, int64_t wait_ms, struct err *e);
/* fails JOB_STATE when it is over for good */
bool jobs_threads(struct jobs *j, const struct job_row *row, int64_t threads, struct err *e);
/* The row, its log and files; epoch -1: of nobody.  fails JOB_STATE when a runner holds it; OVERTAKEN */
bool jobs_drop(struct jobs *j, int64_t id, int64_t epoch, struct err *e);

#endif
