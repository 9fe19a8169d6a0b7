/* datapump/run.h - one job from its claim to its end */
#ifndef CORDS_DATAPUMP_RUN_H
#define CORDS_DATAPUMP_RUN_H

#include "conf/conf.h"
#include "datapump/job.h"

enum run_end {
	RUN_NOT_OURS,			/* somebody else has it, it is over, or there is no such job */
	RUN_COMPLETED,			/* with or without errors of its own */
	RUN_STOPPED,			/* as asked, or by what the log says last */
	RUN_KILLED,
	RUN_OVERTAKEN			/* another runner goes on with it */
};

/*
 * run_job - claim a job and do it
 *
 * A database that is away is waited for: three further attempts after 1, 5 and 15 seconds, each under an epoch of its own and
 * going on like a runner that took over (F-06); who gets further in between may wait again.  Returns when it is over.  Its lease is renewed by a thread of its own; orders reach it the same way.
 *
 * fails   what the job store fails with; failures of the job are its own, told in its log
 * spec    Data Pump 16.9; reliability F-06, F-08
 */
bool run_job(const struct conf *conf, const struct pool_conf *pool, int64_t id, const struct job_hooks *hooks, enum run_end *end,
    struct err *e);

#endif
