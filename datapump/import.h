/* datapump/import.h - rows and definitions from a source into a database
 *
 * Tables first without keys that refer to others, then rows, then indexes and keys, then everything that stands on tables.
 * Whatever is stored is stored together with how far it has come, so that a runner that takes over goes on behind it.
 */
#ifndef CORDS_DATAPUMP_IMPORT_H
#define CORDS_DATAPUMP_IMPORT_H

#include "datapump/source.h"
#include "datapump/spec.h"
#include "sql/catalog.h"
#include "sql/progress.h"

/* what to import, and for whom */
struct import_spec {
	const struct job_spec *job;
	bool exact_names;		/* case of names counts in filters */
	bool is_admin;			/* else everything goes to own_schema */
	struct span own_schema;
};

struct import_progress {
	int64_t tables_total, tables_done, rows_done, bytes_done;
	int64_t rows_total;		/* 0: nobody knows */
	struct span current;		/* "HR.EMP" */
};

/* whoever runs the import */
struct import_host {
	void *arg;
	struct progress_job who;
	void (*log)(void *arg, const char *line);
	void (*warn)(void *arg, const char *line);
	void (*error)(void *arg, const char *line);	/* counts */
	void (*progress)(void *arg, const struct import_progress *p);
	bool (*go_on)(void *arg, struct err *e);	/* between batches; false: stopped, or overtaken */
	bool (*connect)(void *arg, struct db **out, struct err *e);	/* to the target, once more; NULL: one connection is enough */
	bool (*put_file)(void *arg, const char *name, struct span text, struct err *e);	/* beside the log */
	/* what soda/ knows: an index of a collection by its specification, over the documents that are there */
	bool (*index)(void *arg, struct db *db, const struct coll *coll, struct span spec, struct arena *mem, struct err *e);
	/* ... and what its indexes hold of documents: n_docs times as many entries as there are indexes */
	bool (*entries)(void *arg, struct db *db, const struct coll *coll, const struct doc *docs, size_t n_docs, struct arena *mem,
	    struct index_entry **out, size_t *n_each, struct err *e);
	const char *skipped_file;	/* name for what was not made */
};

/*
 * import_go - the whole import, or what is left of it
 *
 * db      of the target; no transaction is open
 * out     the summary as JSON; also the last lines of the log
 * fails   what ends the job, stored as it stands: STOPPED of go_on, OVERTAKEN, UNAVAILABLE, STORAGE_FULL.  Not a table that fails
 */
bool import_go(struct db *db, struct source *source, const struct import_spec *spec, const struct import_host *host,
    struct arena *mem, struct span *summary, struct err *e);

struct job;

/*
 * import_run - an import as a job, from opening its source to the summary
 *
 * job     first and last lines of its log are the caller's
 * fails   BAD_JOB for a dump that is damaged, before anything was changed; FORBIDDEN; else as import_go()
 */
bool import_run(struct job *job, struct err *e);

#endif
