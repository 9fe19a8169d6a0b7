/* datapump/newjob.h - a job that was asked for becomes a row of the job store
 *
 * The same for a request and for the command line: what can be wrong is told before the row exists.
 */
#ifndef CORDS_DATAPUMP_NEWJOB_H
#define CORDS_DATAPUMP_NEWJOB_H

#include "conf/conf.h"
#include "datapump/spec.h"
#include "sql/jobs.h"

struct new_job {
	const struct conf *conf;
	const struct pool_conf *pool;
	const struct job_spec *spec;
	struct span owner;		/* in upper case */
	struct span schema;		/* n 0: of nobody */
	bool is_admin;			/* SQL Administrator */
	int64_t created_us;
};

/*
 * newjob_check - the directory, the credential and the dump: may they be used, is one there, is the other not
 *
 * network_link is for the caller to look at
 * fails   BAD_JOB (ODP-39087, ODP-39124, ODP-31640, ODP-39142, ODP-39205, ODP-39000), FILE_EXISTS (ODP-31641), STORE_REFUSED, IO
 * spec    Data Pump, errors; dumps of other owners are told like missing ones, unless is_admin or the owner has sent them
 */
bool newjob_check(struct jobs *j, const struct new_job *n, struct arena *mem, struct err *e);

/*
 * newjob_insert - store it under a name of its own
 *
 * starts  a runner will be started at once; else it waits for run-pending
 * out     the row as stored
 * fails   JOB_EXISTS when the client's own name is taken; what the store fails with
 */
bool newjob_insert(struct jobs *j, const struct new_job *n, bool starts, struct arena *mem, struct job_row *out, struct err *e);

/* May one more job run beside those that do?  fails TOO_MANY_JOBS */
bool newjob_has_room(struct jobs *j, const struct pool_conf *pool, struct err *e);

/* A job that was stopped is to go on; starts: as above.  fails JOB_STATE, TOO_MANY_JOBS */
bool newjob_restart(struct jobs *j, const struct pool_conf *pool, const struct job_row *row, bool starts, struct err *e);

#endif
