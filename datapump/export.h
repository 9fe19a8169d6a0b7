/* datapump/export.h - tables, documents and what stands beside them into a dump set
 *
 * Everything is read in one snapshot, in the order in which an import can make it: types, sequences, tables with their rows,
 * views, code.  A runner that takes over keeps the tables that are whole in what was written and synced, and reads the others in a
 * snapshot of its own; the set then says that it is not one point in time.
 */
#ifndef CORDS_DATAPUMP_EXPORT_H
#define CORDS_DATAPUMP_EXPORT_H

#include "datapump/job.h"

/*
 * export_run - the whole export, or what is left of it
 *
 * Logs what stands between the lines "Starting" and "Job ...", which are the runner's.
 *
 * fails  what ends the job: STOPPED and OVERTAKEN of job_go_on(), what dump_*() and statements fail with.  Working files stay for
 *        whoever goes on, except where there is no room or the set cannot be published.  A table that cannot be read is an error
 *        of the job, not a failure
 */
bool export_run(struct job *job, struct err *e);

/* Remove the objects of a job that was killed while it published them; what cannot be removed is told in the log of the program. */
void export_unpublish(struct job *job);

/* Remove what runners of a job have not published. */
bool export_discard(struct dump_place *place, const struct job_row *row, struct err *e);

#endif
