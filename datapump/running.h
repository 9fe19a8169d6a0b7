/* datapump/running.h - a runner at work; private to job.c, run.c and objects.c */
#ifndef CORDS_DATAPUMP_RUNNING_H
#define CORDS_DATAPUMP_RUNNING_H

#include "datapump/job.h"

#include <pthread.h>
#include <stdatomic.h>

struct job_runner {
	struct jobs *jobs;		/* of the thread that works */
	int64_t lease_ms;
	int log_fd;			/* -1: there is no file, only rows */
	struct err failure;		/* of the log or of progress, which ends the job; kind ERR_NONE: none */
	int64_t told_ns;		/* progress was stored */
	struct job_progress progress;
	int64_t epoch;			/* of the last attempt; 0: it has not been claimed yet */
	struct err lost;		/* what ended the attempt before this one; kind ERR_NONE: this is the first */
	char current[256];

	pthread_t thread;		/* keeps the lease */
	struct jobs *heart;		/* its own connection */
	pthread_mutex_t lock;
	pthread_cond_t wake;
	bool is_over;			/* guarded by lock */
	atomic_int order;		/* enum job_order */
	atomic_bool is_overtaken;
	_Atomic int64_t renewed_ns;	/* on a clock that goes on while the process is stopped */
};

int64_t running_now_ns(void);
bool running_store_progress(struct job *job, struct err *e);

#endif
