/* datapump/job.h - a job at work: what export and import see of it
 *
 * Whoever works logs, counts errors and tells how far it is through these functions; a thread of run.c renews the lease beside it.
 * After OVERTAKEN or STOPPED nothing more is stored or published: return at once.
 */
#ifndef CORDS_DATAPUMP_JOB_H
#define CORDS_DATAPUMP_JOB_H

#include "base/arena.h"
#include "base/err.h"
#include "conf/conf.h"
#include "datapump/place.h"
#include "datapump/spec.h"
#include "sql/coll.h"
#include "sql/db.h"
#include "sql/jobs.h"

/* what soda/ knows, and this room does not */
struct job_hooks {
	/* an index of a collection by its specification, over the documents that are there; inside the caller's transaction */
	bool (*index)(void *arg, struct db *db, const struct coll *coll, struct span spec, struct arena *mem, struct err *e);
	/* are these documents?  And what the indexes of the collection hold of each: as many entries as there are indexes, perhaps none */
	bool (*entries)(void *arg, struct db *db, const struct coll *coll, const struct doc *docs, size_t n_docs, struct arena *mem,
	    struct index_entry **out, size_t *n_each, struct err *e);
	void *arg;
};

struct job_runner;			/* private to run.c */

struct job {
	const struct job_row *row;	/* as it was claimed: id, epoch, owner, name, schema, is_admin, created_us ... */
	const struct job_spec *spec;
	const struct conf *conf;	/* for the pool of network_link */
	const struct pool_conf *pool;
	struct db *db;			/* of the pool, for the work; no transaction is open */
	struct arena *mem;		/* of the job */
	struct dump_place *place;	/* of its dumps: the directory of the job, or object storage */
	struct dump_place *staging;	/* the directory, when place is object storage; else NULL */
	struct span directory;		/* its name, for messages: DATA_PUMP_DIR */
	const char *stamp;		/* "2019-07-06-14_45_05", or with -2 behind: what default file names hold */
	bool is_restart;		/* another runner worked on it before, under row->epoch - 1 or earlier */
	const struct job_hooks *hooks;
	struct job_runner *runner;
};

void job_starting(struct job *job);	/* the line "Starting": of an import behind that of the master table */

/* a line of the log, without its end; with a time before it when the spec says so.  A log that cannot be written ends the job at
 * the next job_go_on() */
void job_log(struct job *job, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void job_warn(struct job *job, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void job_error(struct job *job, const char *fmt, ...) __attribute__((format(printf, 2, 3)));	/* counts as an error of the job */

/* Between batches: is the job still ours, and shall it go on?  Costs nothing most of the time.  fails STOPPED, OVERTAKEN, or what
 * the job store fails with */
bool job_go_on(struct job *job, struct err *e);
/* The same, asking the job store itself: before a file is published.  arg: struct job */
bool job_is_ours(void *arg, struct err *e);

void job_progress(struct job *job, const struct job_progress *p);	/* stored a few times a second */
bool job_degree(struct job *job, int64_t degree, struct err *e);	/* how many work on it, when it is not 1 */
bool job_inconsistent(struct job *job, struct err *e);			/* an export that is not one point in time */
bool job_summary(struct job *job, struct span json, struct err *e);

/* A file that belongs to the job from now on: listed, linked, served. */
bool job_file(struct job *job, enum job_file_kind kind, int64_t number, struct span name, int64_t n_bytes, struct err *e);
/* The same, written as a whole beside the log: the skipped file, the file of sqlfile.  fails FILE_EXISTS, STORAGE_FULL, IO */
bool job_put_file(struct job *job, enum job_file_kind kind, struct span name, struct span text, struct err *e);

#endif
