/* datapump/exporting.h - what the files of an export share; private to this folder */
#ifndef CORDS_DATAPUMP_EXPORTING_H
#define CORDS_DATAPUMP_EXPORTING_H

#include "datapump/dump.h"
#include "datapump/job.h"
#include "sql/tables.h"

struct exporting {
	struct job *job;
	struct arena *page;		/* of one table: descriptions, rows */
	struct dump_writer *writer;
	const struct dump_kept *kept;
	size_t n_kept;
	bool consistent;
	bool is_whole;			/* an earlier run has written everything */

	const struct place *places;	/* those that are wanted */
	size_t n_places;
	const struct table_ref *tables;
	size_t n_tables;
	int64_t n_rows_left_out;	/* of the table at work */
	bool was_told;			/* which tables may not be read */
	struct db **others;		/* connections that see the same as that of the job */
	size_t n_others;
	struct job_progress progress;
};

/* ---- export_scope.c ---- */

/* Which schemas and tables the job is about: places and tables of ex.  Asked again, it tells nothing twice. */
bool export_scope(struct exporting *ex, struct err *e);
bool export_wants(const struct exporting *ex, enum object_type type, struct span name);
bool export_has_objects(const struct exporting *ex);	/* does its mode take what stands beside tables? */
void export_trim(const struct exporting *ex, struct table *t);	/* what include and exclude leave of it */

/* ---- export_share.c ---- */

/* As many connections as the job may have, in the snapshot of its own, which may be begun anew for that; where that cannot be, the
 * log says so. */
bool export_share(struct exporting *ex, struct err *e);
void export_unshare(struct exporting *ex);

#endif
