/* fcgi/cmd_datapump.h - what the words of `cords datapump` share */
#ifndef CORDS_FCGI_CMD_DATAPUMP_H
#define CORDS_FCGI_CMD_DATAPUMP_H

#include "fcgi/cmd.h"
#include "sql/jobs.h"

struct datapump_call {
	const struct cmd_context *c;
	const char *pool_name;		/* NULL: not given */
	const char *schema, *directory, *credential;	/* NULL: not given */
	bool immediate, json;
	const struct conf *conf;
	const struct pool_conf *pool;	/* this and the next one by datapump_open() */
	struct jobs *jobs;
	int argc;
	char **argv;
};

bool datapump_open(struct datapump_call *k, int *code);		/* false: *code is what to leave with, and it was said why */

/* --schema, or the only schema that is enabled.  fails BAD_JOB */
bool datapump_schema(const struct datapump_call *k, struct db *db, struct span *out, struct err *e);

/* The same as the owner of jobs and credentials, in upper case; --schema may also name a mid-tier user. */
bool datapump_job_owner(const struct datapump_call *k, struct span *out, struct err *e);

/* Until nobody works on the job any more, with a bar on a terminal.  The exit code: 0 completed, 1 with errors, 2 stopped */
int datapump_watch(struct datapump_call *k, int64_t id, struct err *e);

int cmd_dump_export(struct datapump_call *k);
int cmd_dump_import(struct datapump_call *k);
int cmd_dump_check(struct datapump_call *k);

#endif
