/* fcgi/cmd_datapump.c - cords datapump: jobs are run, looked at, stopped and started again; cmd_newjob.c asks for them */
#include "fcgi/cmd_datapump.h"

#include "base/clock.h"
#include "datapump/newjob.h"
#include "datapump/run.h"
#include "datapump/start.h"
#include "fcgi/columns.h"
#include "fcgi/serve.h"
#include "handlers/index_hooks.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum { LIST_MAX = 1000, LOOK_MS = 200, BAR = 30 };

static void
close_jobs(void *arg)
{
	struct jobs *jobs = arg;

	jobs_close(&jobs);
}

bool
datapump_open(struct datapump_call *k, int *code)
{
	const char *name = k->pool_name == NULL ? "default" : k->pool_name;
	struct err e = { 0 };

	k->pool = conf_pool_find(k->conf, span_of(name));
	if (k->pool == NULL) {
		fprintf(stderr, "cords: there is no pool named: %s\n", name);
		*code = EXIT_FAILED;
		return false;
	}
	if (!jobs_open(k->pool, NULL, &k->jobs, &e)) {
		*code = cmd_fail(&e);
		return false;
	}
	arena_defer(k->c->mem, close_jobs, k->jobs);
	return true;
}

/* OWNER,NAME as in URLs; letters of either case */
static bool
find_job(struct datapump_call *k, struct job_row **out, int *code)
{
	const char *comma = k->argc == 1 ? strchr(k->argv[0], ',') : NULL;
	struct err e = { 0 };
	char *key;

	if (comma == NULL) {
		*code = cmd_usage("datapump", "a job is named as OWNER,NAME");
		return false;
	}
	if (!datapump_open(k, code))
		return false;
	key = arena_z(k->c->mem, arena_upper(k->c->mem, span_of(k->argv[0])));
	if (!jobs_find(k->jobs, (struct span){ key, (size_t)(comma - k->argv[0]) }, span_of(key + (comma - k->argv[0]) + 1), k->c->mem, out,
	    &e)) {
		*code = cmd_fail(&e);
		return false;
	}
	if (*out != NULL)
		return true;
	fprintf(stderr, "cords: there is no job named: %s\n", k->argv[0]);
	*code = EXIT_FAILED;
	return false;
}

static const char *
shown_state(const struct job_row *r)
{
	if (r->state == JOB_COMPLETED || r->state == JOB_STOPPED || !r->is_alive)
		return r->state == JOB_COMPLETED ? "COMPLETED" : "STOPPED";
	return job_state_name(r->state);
}

/* ---- running ---- */

static int
run_one(const struct conf *conf, const struct pool_conf *pool, int64_t id, enum run_end *end)
{
	struct err e = { 0 };

	if (conf_global(conf)->log_file[0] != '\0')	/* nobody sees what a detached process says */
		serve_open_log(conf);
	return run_job(conf, pool, id, &index_hooks, end, &e) ? EXIT_OK : cmd_fail(&e);
}

static int
datapump_run(struct datapump_call *k)
{
	enum run_end end = RUN_NOT_OURS;
	char *rest;
	int64_t id = k->argc == 1 ? strtoll(k->argv[0], &rest, 10) : 0;
	int code = EXIT_FAILED;

	if (id <= 0 || *rest != '\0')
		return cmd_usage("datapump", "run takes the number of a job");
	if (!datapump_open(k, &code))
		return code;
	code = run_one(k->conf, k->pool, id, &end);
	if (code == EXIT_OK && end == RUN_NOT_OURS)
		fprintf(stderr, "cords: job %" PRId64 " is over, or another process works on it\n", id);
	return code;
}

/* Jobs that wait, and those whose runner died: one after the other. */
static int
pending_of_pool(const struct datapump_call *k, const struct pool_conf *pool)
{
	struct jobs *jobs = NULL;
	struct err e = { 0 };
	int64_t *ids;
	size_t n;
	int worst = EXIT_OK;

	if (!jobs_open(pool, NULL, &jobs, &e) || !jobs_due(jobs, k->c->mem, &ids, &n, &e)) {
		jobs_close(&jobs);
		return cmd_fail(&e);
	}
	jobs_close(&jobs);
	for (size_t i = 0; i < n; i++) {
		enum run_end end;
		int code = run_one(k->conf, pool, ids[i], &end);

		if (code > worst)
			worst = code;
	}
	return worst;
}

static int
datapump_run_pending(struct datapump_call *k)
{
	int worst = EXIT_OK;

	if (k->argc != 0)
		return cmd_usage("datapump", "run-pending takes no words");
	for (size_t i = 0; i < conf_n_pools(k->conf); i++) {
		const struct pool_conf *pool = conf_pool(k->conf, i);
		int code = k->pool_name == NULL || strcmp(k->pool_name, pool->name) == 0 ? pending_of_pool(k, pool) : EXIT_OK;

		if (code > worst)
			worst = code;
	}
	return worst;
}

/* ---- looking ---- */

static int
datapump_list(struct datapump_call *k)
{
	static const struct column columns[] = {
		{ "Owner", "owner", .min_width = 20 }, { "Job", "job_name", .min_width = 44 }, { .head = "Operation", .member = "operation" },
		{ "Mode", "job_mode", .min_width = 10 }, { "State", "state", .min_width = 12 },
		{ "Errors", "error_count", .kind = COLUMN_NUMBER }, { "Created", "created", .min_width = 27 }, { 0 }
	};
	struct arena *mem = k->c->mem;
	struct job_row *rows;
	struct columns t;
	struct err e = { 0 };
	size_t n;
	int code = EXIT_FAILED;

	if (k->argc != 0)
		return cmd_usage("datapump", "list takes no words");
	if (!datapump_open(k, &code))
		return code;
	if (!jobs_list(k->jobs, (struct span){ NULL, 0 }, NULL, LIST_MAX, 0, mem, &rows, &n, &e))
		return cmd_fail(&e);
	columns_open(&t, mem, columns);
	for (size_t i = 0; i < n; i++) {
		char *created = arena_alloc(mem, CLOCK_TEXT);

		clock_format(rows[i].created_us, created);
		columns_add(&t, (const char *[]){ arena_z(mem, rows[i].owner), arena_z(mem, rows[i].name), arena_z(mem, rows[i].operation),
		    arena_z(mem, rows[i].mode), shown_state(&rows[i]), arena_printf(mem, "%" PRId64, rows[i].n_errors), created });
	}
	columns_show(&t, "jobs", k->json);
	return EXIT_OK;
}

static void
print_bar(const struct job_row *r)
{
	const struct job_progress *p = &r->progress;
	int64_t percent = p->percent < 0 ? 0 : p->percent;
	char bar[BAR + 1];

	for (int i = 0; i < BAR; i++)
		bar[i] = i * 100 < percent * BAR ? '#' : '.';
	bar[BAR] = '\0';
	printf("\r\033[K[%s] %3" PRId64 "%%  %" PRId64 " of %" PRId64 " tables, %" PRId64 " rows  %.*s", bar, percent, p->tables_done,
	    p->tables_total, p->rows_done, SPAN_ARG(p->current));
	fflush(stdout);
}

static void
print_job(const struct job_row *r)
{
	const struct job_progress *p = &r->progress;

	printf("Job: %.*s,%.*s\n  number %" PRId64 ", %.*s %.*s, %s\n", SPAN_ARG(r->owner), SPAN_ARG(r->name), r->id, SPAN_ARG(r->operation),
	    SPAN_ARG(r->mode), shown_state(r));
	printf("  %" PRId64 " of %" PRId64 " tables, %" PRId64 " rows, %" PRId64 " bytes, %" PRId64 " error(s)\n", p->tables_done,
	    p->tables_total, p->rows_done, p->bytes_done, r->n_errors);
	if (r->message.n > 0)
		printf("  %.*s\n", SPAN_ARG(r->message));
}

/* On a terminal a job that runs is watched to its end; it goes on without us. */
static int
datapump_status(struct datapump_call *k)
{
	struct arena_mark before = arena_mark(k->c->mem);
	struct job_row *r;
	struct err e = { 0 };
	int64_t id;
	int code = EXIT_FAILED;

	if (!find_job(k, &r, &code))
		return code;
	id = r->id;
	before = arena_mark(k->c->mem);
	while (isatty(STDOUT_FILENO) && r != NULL && r->is_alive) {
		print_bar(r);
		(void)nanosleep(&(struct timespec){ .tv_nsec = LOOK_MS * 1000000L }, NULL);
		arena_rewind(k->c->mem, before);
		if (!jobs_get(k->jobs, id, k->c->mem, &r, &e))
			return cmd_fail(&e);
		if (r == NULL || !r->is_alive)
			putchar('\n');
	}
	if (r == NULL)
		puts("The job is over, and its record was dropped");
	else
		print_job(r);
	return EXIT_OK;
}

int
datapump_watch(struct datapump_call *k, int64_t id, struct err *e)
{
	bool has_bar = isatty(STDOUT_FILENO) == 1;
	struct arena_mark before = arena_mark(k->c->mem);
	struct job_row *r;

	for (;;) {
		arena_rewind(k->c->mem, before);
		if (!jobs_get(k->jobs, id, k->c->mem, &r, e))
			return EXIT_FAILED;
		if (r == NULL)			/* over without errors, and the record was not to be kept */
			return EXIT_OK;
		if (!r->is_alive)
			break;
		if (has_bar)
			print_bar(r);
		(void)nanosleep(&(struct timespec){ .tv_nsec = LOOK_MS * 1000000L }, NULL);
	}
	if (has_bar)
		printf("\r\033[K");
	if (r->state != JOB_COMPLETED)
		return EXIT_FAILED;
	return r->n_errors == 0 ? EXIT_OK : EXIT_USAGE;
}

/* ---- orders ---- */

static bool
forks(const struct datapump_call *k)
{
	return span_is_nocase(span_of(k->pool->set->job_runner), "fork");
}

static int
order(struct datapump_call *k, enum job_order what)
{
	struct job_row *r;
	struct err e = { 0 };
	int code = EXIT_FAILED;

	if (!find_job(k, &r, &code))
		return code;
	if (!jobs_order(k->jobs, r, what, &e)
	    || (what == JOB_KILL && forks(k) && !job_start(k->conf, k->pool, r->id, &e)))
		return cmd_fail(&e);
	printf("The job named: %s was told to %s\n", k->argv[0], what == JOB_KILL ? "end for good" : "stop");
	return EXIT_OK;
}

static int
datapump_stop(struct datapump_call *k)
{
	return order(k, k->immediate ? JOB_STOP_NOW : JOB_STOP);
}

static int
datapump_kill(struct datapump_call *k)
{
	return order(k, JOB_KILL);
}

static int
datapump_start(struct datapump_call *k)
{
	struct job_row *r;
	struct err e = { 0 };
	int code = EXIT_FAILED;

	if (!find_job(k, &r, &code))
		return code;
	if (!newjob_restart(k->jobs, k->pool, r, forks(k), &e)
	    || (forks(k) && !job_start(k->conf, k->pool, r->id, &e)))
		return cmd_fail(&e);
	printf("The job named: %s was started%s\n", k->argv[0], forks(k) ? "" : ": it waits for run-pending");
	return EXIT_OK;
}

int
cmd_datapump(const struct cmd_context *c, int argc, char **argv)
{
	static const struct {
		const char *name;
		int (*run)(struct datapump_call *k);
	} verbs[] = {
		{ "export", cmd_dump_export }, { "import", cmd_dump_import }, { "check", cmd_dump_check },
		{ "list", datapump_list }, { "status", datapump_status }, { "stop", datapump_stop }, { "start", datapump_start },
		{ "kill", datapump_kill }, { "run", datapump_run }, { "run-pending", datapump_run_pending },
	};
	struct datapump_call k = { .c = c };
	const struct cmd_flag flags[] = { { "--db-pool", &k.pool_name, NULL }, { "--schema", &k.schema, NULL },
		{ "--directory", &k.directory, NULL }, { "--credential", &k.credential, NULL }, { "--immediate", NULL, &k.immediate },
		{ "--json", NULL, &k.json }, { 0 } };
	int code = EXIT_FAILED;

	if (!cmd_flags(flags, &argc, argv))
		return EXIT_USAGE;
	for (size_t i = 0; argc > 1 && i < sizeof(verbs) / sizeof(verbs[0]); i++) {
		if (strcmp(verbs[i].name, argv[1]) != 0)
			continue;
		k.conf = cmd_load(c, cmd_config_dir(c), &code);
		k.argc = argc - 2;
		k.argv = argv + 2;
		return k.conf == NULL ? code : verbs[i].run(&k);
	}
	return argc > 1 ? cmd_usage("datapump", "unknown: %s", argv[1]) : cmd_usage("datapump", "what to do is missing");
}
