/* datapump/objects.h - the object storage of a job: its URI, its credential, what is logged of it */
#ifndef CORDS_DATAPUMP_OBJECTS_H
#define CORDS_DATAPUMP_OBJECTS_H

#include "datapump/job.h"
#include "datapump/newjob.h"

/*
 * objects_check - before there is a job: may its objects be reached, is one there, is the other not
 *
 * The storage is asked once, and briefly; whether it answers is for the runner.
 *
 * fails   BAD_JOB (ODP-39000, ODP-39205, ODP-31640), FILE_EXISTS (ODP-31641), STORE_REFUSED
 */
bool objects_check(const struct new_job *n, struct jobs *j, struct arena *mem, struct err *e);

/*
 * objects_place - where the objects of a URI lie, for who only reads them, without a job
 *
 * n        conf, pool, owner of the credential, and of spec file_name and credential
 * staging  the directory into which they are fetched
 * fails    BAD_JOB (ODP-39205), CONFIG; what is wrong with the URI or its host is told when the place is used
 */
bool objects_place(const struct new_job *n, struct jobs *j, struct dump_place *staging, struct arena *mem, struct dump_place **out,
    struct err *e);

/* The specification for the row of the job: JSON without secrets, and those of its URI sealed. */
bool objects_print(const struct new_job *n, struct arena *mem, struct span *out, struct err *e);

/* The other way: job->place is the directory, and becomes the place of its objects when the job has a URI; spec->file_name holds its
 * secrets again.  fails BAD_JOB, CONFIG */
bool objects_of_job(struct job *job, struct job_spec *spec, struct err *e);

/* From now on nobody asks whether the job goes on, and requests are made once: it is over. */
void objects_last(struct job *job);

#endif
