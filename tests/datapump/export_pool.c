/* tests/datapump/export_pool.c - export a schema of a pool without a job store: export_pool CONFIG SCHEMA FOLDER [THREADS]
 *
 * For tests on all engines.  The log goes to standard output, then a line of seconds and kilobytes.
 */
#include "base/clock.h"
#include "datapump/export.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

static void
say(const char *fmt, va_list ap)
{
	vprintf(fmt, ap);
	putchar('\n');
}

#define SAY(name) \
	void \
	name(struct job *job, const char *fmt, ...) \
	{ \
		va_list ap; \
		(void)job; \
		va_start(ap, fmt); \
		say(fmt, ap); \
		va_end(ap); \
	}
SAY(job_log)
SAY(job_warn)
SAY(job_error)

void
job_starting(struct job *job)
{
	job_log(job, "Starting");
}

bool
job_go_on(struct job *job, struct err *e)
{
	(void)job;
	(void)e;
	return true;
}

bool
job_is_ours(void *arg, struct err *e)
{
	return job_go_on(arg, e);
}

bool
job_degree(struct job *job, int64_t degree, struct err *e)
{
	job_log(job, "degree %lld", (long long)degree);
	return job_go_on(job, e);
}

bool
job_inconsistent(struct job *job, struct err *e)
{
	return job_go_on(job, e);
}

void
job_progress(struct job *job, const struct job_progress *p)
{
	(void)job;
	(void)p;
}

bool
job_file(struct job *job, enum job_file_kind kind, int64_t number, struct span name, int64_t n_bytes, struct err *e)
{
	(void)kind;
	(void)number;
	(void)name;
	(void)n_bytes;
	return job_go_on(job, e);
}

static bool
export_pool(const char *config, const char *schema, const char *folder, int64_t threads, struct arena *mem, struct err *e)
{
	struct job_row row = { .id = 1, .owner = SPAN("BENCH"), .name = SPAN("BENCH"), .schema = span_of(schema), .epoch = 1,
		.threads = threads };
	struct job_spec spec = { .operation = JOB_EXPORT, .mode = MODE_SCHEMA, .compress = true };
	struct job job = { .row = &row, .spec = &spec, .mem = mem, .directory = SPAN("FOLDER"), .stamp = "X" };
	struct conf *conf;
	bool ok;

	if (!conf_load(config, &conf, e))
		return false;
	job.pool = conf_pool_find(conf, SPAN("default"));
	ok = job.pool != NULL && place_directory(folder, false, mem, &job.place, e) && db_open_job(job.pool, &job.db, e)
	    && export_run(&job, e);
	db_close(&job.db);
	conf_close(&conf);
	return ok;
}

int
main(int argc, char **argv)
{
	struct arena *mem = arena_open(0);
	int64_t began_ns = clock_mono_ns();
	struct rusage used;
	struct err e = { 0 };

	if (argc < 4 || !export_pool(argv[1], argv[2], argv[3], argc > 4 ? atoi(argv[4]) : 1, mem, &e)) {
		fprintf(stderr, "%s (%s)\n", e.text, e.detail);
		return 1;
	}
	arena_close(&mem);
	getrusage(RUSAGE_SELF, &used);
	printf("%.3f s %ld KiB\n", (double)(clock_mono_ns() - began_ns) / 1e9, used.ru_maxrss);
	return 0;
}
