/* datapump/jobname.h - what jobs are called, and the files that go with them */
#ifndef CORDS_DATAPUMP_JOBNAME_H
#define CORDS_DATAPUMP_JOBNAME_H

#include "datapump/spec.h"
#include "sql/jobs.h"

/* DATAPUMP_REST_EXPORT_20190706144505, with _2, _3, ... when number is above 1 */
struct span job_default_name(enum job_operation op, int64_t created_us, int64_t number, struct arena *mem);

/* "2019-07-06-14_45_05", the instant of the job in UTC; "-2" behind it when the job's name ends in _2, and some number behind it when
 * the client named the job: others may have begun in the same second */
const char *job_stamp(const struct job_row *row, struct arena *mem);

struct span job_log_name(const struct job_row *row, struct arena *mem);		/* EXPDAT-<stamp>.LOG, IMPDAT-<stamp>.LOG */
struct span job_default_dump(const struct job_row *row, struct arena *mem);	/* EXPDAT%U-<stamp>.DMP */

#endif
