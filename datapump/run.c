/* datapump/run.c - one job from its claim to its end */
#include "datapump/run.h"

#include "base/clock.h"
#include "base/jcur.h"
#include "base/log.h"
#include "datapump/directory.h"
#include "datapump/export.h"
#include "datapump/import.h"
#include "datapump/jobname.h"
#include "datapump/objects.h"
#include "datapump/running.h"

#include <fcntl.h>
#include <inttypes.h>
#include <malloc.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { BEATS_PER_LEASE = 6, LOOK_MS = 500, MOVES = 5 };

/* ---- the lease ---- */

static bool
beat(struct job *job, struct err *e)
{
	struct job_runner *r = job->runner;
	int64_t now_ns = running_now_ns();
	enum job_order order;

	if (now_ns - atomic_load(&r->renewed_ns) >= r->lease_ms * 1000000 / BEATS_PER_LEASE) {
		if (!jobs_renew(r->heart, job->row->id, job->row->epoch, r->lease_ms, e))
			return false;
		atomic_store(&r->renewed_ns, now_ns);
	}
	if (!jobs_orders(r->heart, job->row->id, job->row->epoch, &order, e))
		return false;
	atomic_store(&r->order, order);
	return true;
}

/* false: the job is over */
static bool
rest(struct job_runner *r)
{
	int64_t ms = r->lease_ms / BEATS_PER_LEASE < LOOK_MS ? r->lease_ms / BEATS_PER_LEASE : LOOK_MS;
	struct timespec until;
	bool is_over;

	(void)clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_nsec += ms * 1000000;
	until.tv_sec += until.tv_nsec / 1000000000;
	until.tv_nsec %= 1000000000;
	pthread_mutex_lock(&r->lock);
	if (!r->is_over)
		(void)pthread_cond_timedwait(&r->wake, &r->lock, &until);
	is_over = r->is_over;
	pthread_mutex_unlock(&r->lock);
	return !is_over;
}

static void *
keep_lease(void *arg)
{
	struct job *job = arg;

	while (rest(job->runner)) {
		struct err e = { 0 };

		if (beat(job, &e))
			continue;
		if (e.kind == ERR_OVERTAKEN) {
			atomic_store(&job->runner->is_overtaken, true);
			break;
		}
		log_event(LOG_WARNING, "job.lease", "%s (%s)", e.text, e.detail);
		(void)jobs_ready(job->runner->heart, &e);
	}
	return NULL;
}

static bool
begin_lease(struct job *job, struct err *e)
{
	struct job_runner *r = job->runner;
	pthread_condattr_t attr;

	atomic_store(&r->order, job->row->order);
	pthread_mutex_init(&r->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&r->wake, &attr);
	pthread_condattr_destroy(&attr);
	if (!jobs_open(job->pool, NULL, &r->heart, e))
		return false;
	if (pthread_create(&r->thread, NULL, keep_lease, job) == 0)
		return true;
	jobs_close(&r->heart);
	return err_set(e, ERR_NO_RESOURCES, NULL);
}

static void
end_lease(struct job_runner *r)
{
	if (r->heart == NULL)
		return;
	pthread_mutex_lock(&r->lock);
	r->is_over = true;
	pthread_cond_signal(&r->wake);
	pthread_mutex_unlock(&r->lock);
	pthread_join(r->thread, NULL);
	jobs_close(&r->heart);
}

/* ---- states ---- */

/* An order may change the state at any moment, also between looking and moving. */
static bool
move_to(struct job *job, enum job_state to, struct span message, struct err *e)
{
	struct jobs *jobs = job->runner->jobs;
	struct job_row *now;

	for (int i = 1; ; i++) {
		if (!jobs_get(jobs, job->row->id, job->mem, &now, e))
			return false;
		if (now == NULL || now->epoch != job->row->epoch)
			return err_set(e, ERR_OVERTAKEN, NULL);
		if (jobs_move(jobs, now->id, now->epoch, now->state, to, message, e))
			return true;
		if (i == MOVES || (e->kind != ERR_OVERTAKEN && e->kind != ERR_BUSY))
			return false;
		err_clear(e);
	}
}

/* Sat Jul 6 14:45:18 2019 elapsed 0 00:00:13 */
static const char *
time_and_elapsed(const struct job *job)
{
	static const char *const days[] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" };
	static const char *const months[] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
	int64_t now_s = clock_us() / 1000000, took_s = now_s - job->row->started_us / 1000000;
	time_t t = (time_t)now_s;
	struct tm tm;

	(void)gmtime_r(&t, &tm);
	if (took_s < 0)
		took_s = 0;
	return arena_printf(job->mem, "%s %s %d %02d:%02d:%02d %d elapsed %" PRId64 " %02d:%02d:%02d", days[tm.tm_wday], months[tm.tm_mon],
	    tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec, tm.tm_year + 1900, took_s / 86400, (int)(took_s / 3600 % 24),
	    (int)(took_s / 60 % 60), (int)(took_s % 60));
}

static void
last_line(struct job *job, const char *what)
{
	job_log(job, "Job \"%.*s\".\"%.*s\" %s at %s", SPAN_ARG(job->row->owner), SPAN_ARG(job->row->name), what, time_and_elapsed(job));
}

/* What only a continued job would need goes with the job. */
static bool
killed(struct job *job, enum run_end *end, struct err *e)
{
	*end = RUN_KILLED;
	if (job->staging != NULL && job->spec->operation == JOB_EXPORT)
		export_unpublish(job);
	return (job->spec->operation != JOB_EXPORT || export_discard(job->place, job->row, e))
	    && jobs_drop(job->runner->jobs, job->row->id, job->row->epoch, e);
}

static bool
complete(struct job *job, enum run_end *end, struct err *e)
{
	struct job_row *now;

	if (!running_store_progress(job, e) || !move_to(job, JOB_COMPLETING, SPAN(""), e)
	    || !jobs_get(job->runner->jobs, job->row->id, job->mem, &now, e))
		return false;
	if (now == NULL)
		return err_set(e, ERR_OVERTAKEN, NULL);
	if (now->order == JOB_KILL)	/* it came too late for the work, but not for the record */
		return killed(job, end, e);
	last_line(job, now->n_errors == 0 ? "successfully completed"
	    : arena_printf(job->mem, "completed with %" PRId64 " error(s)", now->n_errors));
	*end = RUN_COMPLETED;
	return now->n_errors == 0 && !job->row->keep ? jobs_drop(job->runner->jobs, now->id, now->epoch, e)
	    : move_to(job, JOB_COMPLETED, SPAN(""), e);
}

static bool
stopped(struct job *job, enum run_end *end, struct err *e)
{
	last_line(job, "stopped by user request");
	*end = RUN_STOPPED;
	return move_to(job, JOB_STOPPED, SPAN("stopped by user request"), e);
}

/* The log of the program is told more than that of the job, which clients read. */
static bool
failed(struct job *job, const struct err *why, enum run_end *end, struct err *e)
{
	log_event(LOG_WARNING, "job.failed", "%.*s: %s (%s)", SPAN_ARG(job->row->name), why->text, why->detail);
	memset(&job->runner->failure, 0, sizeof(job->runner->failure));
	job_error(job, "%s", why->text);
	last_line(job, "stopped due to fatal error");
	*end = RUN_STOPPED;
	return move_to(job, JOB_STOPPED, span_of(why->text), e);
}

/* ---- the work ---- */

static void
log_warnings(struct job *job)
{
	struct jiter it;
	struct span v;

	jiter_open(&it, job->row->warnings);
	while (jiter_element(&it, &v)) {
		v = jstring_decode(v, job->mem);
		job_warn(job, "%.*s", SPAN_ARG(v));
	}
}

static bool
work(struct job *job, struct err *e)
{
	const struct job_row *row = job->row;
	bool is_export = job->spec->operation == JOB_EXPORT, ok;

	if (atomic_load(&job->runner->order) != JOB_GO_ON)
		return err_set(e, ERR_STOPPED, NULL);
	if (row->n_fruitless >= job->pool->set->job_attempts)
		return err_set(e, ERR_BAD_JOB, "%" PRId64 " runners of this job ended without getting further", row->n_fruitless);
	if (job->runner->lost.kind != ERR_NONE)
		job_warn(job, "%s: the job goes on after a pause", job->runner->lost.text);
	if (job->is_restart)
		job_log(job, "Job \"%.*s\".\"%.*s\" restarted at %s", SPAN_ARG(row->owner), SPAN_ARG(row->name), time_and_elapsed(job));
	else
		log_warnings(job);
	if (!db_open_job(job->pool, &job->db, e))
		return false;
	ok = (is_export ? export_run(job, e) : import_run(job, e)) && job_go_on(job, e);
	db_rollback(job->db);
	db_close(&job->db);
	return ok;
}

static bool
finish(struct job *job, bool ok, struct err *why, enum run_end *end, struct err *e)
{
	if (ok)
		return complete(job, end, e);
	if (why->kind == ERR_OVERTAKEN || atomic_load(&job->runner->is_overtaken))
		return err_set(e, ERR_OVERTAKEN, NULL);
	if (why->kind != ERR_STOPPED)
		return failed(job, why, end, e);
	return atomic_load(&job->runner->order) == JOB_KILL ? killed(job, end, e) : stopped(job, end, e);
}

/* Beside the dumps; a runner that takes over goes on in the same file.  Without it the rows are the log. */
static bool
open_log(struct job *job, struct err *e)
{
	struct span name = job_log_name(job->row, job->mem);
	int fd = openat(job->place->dir, arena_z(job->mem, name), O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);
	struct stat st;

	if (fd >= 0 && (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || st.st_nlink != 1)) {
		(void)close(fd);
		fd = -1;
	}
	job->runner->log_fd = fd;
	if (fd < 0)
		job_warn(job, "the log cannot be written as a file");
	return job_file(job, JOB_FILE_LOG, 0, name, 0, e);
}

static bool
prepare(struct job *job, struct job_spec *spec, struct err *e)
{
	return spec_parse(job->row->spec, JOB_ANY, job->mem, spec, e)
	    && directory_open(job->conf, job->pool, spec->directory, job->row->is_admin, job->mem, &job->place, &job->directory, e)
	    && objects_of_job(job, spec, e);
}

/* ---- attempts ---- */

/* The database was away or had no room for us; that passes. */
static bool
is_passing(const struct err *e)
{
	switch (e->kind) {
	case ERR_BUSY:
	case ERR_UNAVAILABLE:
	case ERR_CONN_LOST:
	case ERR_UNCERTAIN:
	case ERR_NO_RESOURCES:
	case ERR_TIMEOUT:
		return true;
	default:
		return false;
	}
}

static bool
run(struct job *job, bool is_last, enum run_end *end, struct err *e)
{
	struct job_spec spec = { .operation = JOB_IMPORT };
	struct err why = { 0 };
	bool ok;

	job->spec = &spec;
	if (!begin_lease(job, e))
		return false;
	job->stamp = job_stamp(job->row, job->mem);
	ok = prepare(job, &spec, &why) && open_log(job, &why) && work(job, &why);
	if (!ok && !is_last && is_passing(&why))
		*e = why;
	else
		ok = finish(job, ok, &why, end, e);
	end_lease(job->runner);
	if (job->runner->log_fd >= 0)
		(void)close(job->runner->log_fd);
	job->runner->log_fd = -1;
	return ok;
}

/* A further attempt is that of a new runner in the same process: what the one before had begun counts as left behind. */
static bool
claim(struct job *job, int64_t id, struct job_row **row, struct err *e)
{
	struct job_runner *r = job->runner;

	jobs_close(&r->jobs);		/* nobody knows what became of its connection meanwhile */
	return jobs_open(job->pool, NULL, &r->jobs, e)
	    && (r->epoch == 0 || jobs_release(r->jobs, id, r->epoch, r->lease_ms, e))
	    && jobs_claim(r->jobs, id, r->lease_ms, job->mem, row, e);
}

static bool
attempt(struct job *job, int64_t id, bool is_last, enum run_end *end, struct err *e)
{
	struct job_runner *r = job->runner;
	struct job_row *row;
	bool ok;

	atomic_store(&r->renewed_ns, running_now_ns());
	err_clear(&r->failure);
	r->is_over = false;
	job->mem = arena_open(0);
	ok = claim(job, id, &row, e);
	if (ok && row != NULL) {
		job->row = row;
		job->is_restart = row->previous_epoch != 0;
		r->epoch = row->epoch;
		r->progress = row->progress;
		ok = run(job, is_last, end, e);
	} else if (ok && r->epoch != 0) {
		*end = RUN_OVERTAKEN;
	}
	arena_close(&job->mem);
	return ok;
}

/* Whoever gets further between two interruptions begins to count anew.  The lease is not renewed during a pause: whoever comes
 * when it is over may as well go on. */
static bool
attempts(struct job *job, int64_t id, enum run_end *end, struct err *e)
{
	static const int pauses_s[] = { 1, 5, 15 };
	const size_t n_pauses = sizeof(pauses_s) / sizeof(*pauses_s);
	struct job_runner *r = job->runner;
	int64_t best = INT64_MAX;
	size_t n = 0;

	while (!attempt(job, id, n == n_pauses, end, e)) {
		int64_t done = r->progress.tables_done + r->progress.rows_done;

		if (!is_passing(e) || n == n_pauses)
			return false;
		if (done > best)
			n = 0;
		best = r->lost.kind == ERR_NONE || done > best ? done : best;
		log_event(LOG_WARNING, "job.interrupted", "%s (%s); trying again in %d s", e->text, e->detail, pauses_s[n]);
		(void)nanosleep(&(struct timespec){ .tv_sec = pauses_s[n++] }, NULL);
		r->lost = *e;
		err_clear(e);
	}
	return true;
}

/* Each page of rows passes through blocks of a megabyte, of the driver and the engine.  The C library would give them back to the
 * kernel every time, and the kernel would clear them again. */
static void
keep_blocks(void)
{
#ifdef M_MMAP_THRESHOLD
	enum { BLOCK = 32 << 20, AT_END = 64 << 20 };

	mallopt(M_MMAP_THRESHOLD, BLOCK);
	mallopt(M_TRIM_THRESHOLD, AT_END);
#endif
}

bool
run_job(const struct conf *conf, const struct pool_conf *pool, int64_t id, const struct job_hooks *hooks, enum run_end *end,
    struct err *e)
{
	struct job_runner runner = { .lease_ms = pool->set->job_lease_ms, .log_fd = -1, .progress = { .percent = -1 } };
	struct job job = { .conf = conf, .pool = pool, .hooks = hooks, .runner = &runner };
	bool ok;

	*end = RUN_NOT_OURS;
	keep_blocks();
	ok = attempts(&job, id, end, e);
	jobs_close(&runner.jobs);
	if (!ok && e->kind == ERR_OVERTAKEN) {
		err_clear(e);
		*end = RUN_OVERTAKEN;
		ok = true;
	}
	return ok;
}
