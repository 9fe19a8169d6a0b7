/* handlers/datapump.h - the actions of Data Pump: what the rows of routes.c call, and what they share */
#ifndef CORDS_HANDLERS_DATAPUMP_H
#define CORDS_HANDLERS_DATAPUMP_H

#include "base/buf.h"
#include "handlers/route.h"
#include "sql/jobs.h"

action datapump_export;			/* POST database/datapump/export: E1 */
action datapump_import;			/* POST database/datapump/import: E2 */
action datapump_create;			/* POST database/datapump/jobs: E3 */
action datapump_list;			/* GET database/datapump/jobs: E4 */
action datapump_job;			/* GET database/datapump/jobs/{job}: E5 */
action datapump_file;			/* GET database/datapump/jobs/{job}/{file}: E6 */

action datapump_order;			/* POST database/datapump/jobs/{job} */
action datapump_drop;			/* DELETE database/datapump/jobs/{job} */
action datapump_drop_file;		/* DELETE database/datapump/jobs/{job}/{file} */
action datapump_files;			/* GET database/datapump/files */
action datapump_upload;			/* PUT database/datapump/files/{file} */

/* ---- datapump_item.c ---- */

struct span datapump_owner(const struct call *c);	/* what jobs of the caller are owned by: the schema, or the account, in upper case */
bool datapump_store(const struct call *c, struct jobs **out, struct err *e);

/* The job that the path names.  fails NO_JOB: unknown, or not for this caller */
bool datapump_find(const struct call *c, struct jobs *j, struct job_row **out, struct err *e);

/* 200, or `status`, with one job; its ETag answers If-None-Match on reads */
bool datapump_reply(const struct call *c, struct jobs *j, const struct job_row *row, int status, struct response *out, struct err *e);

/* one job as an element of a listing */
void datapump_element(struct buf *b, const struct call *c, const struct job_row *row);

struct span datapump_job_url(const struct call *c, const struct job_row *row);	/* with its final slash */

/* A job whose runner died goes on as soon as somebody looks. */
void datapump_revive(const struct call *c, const struct job_row *row);

#endif
