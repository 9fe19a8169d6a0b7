/* datapump/job.c - what export and import say to their job: lines of the log, progress, files; and whether they may go on */
#include "datapump/running.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/scan.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#define TELL_EVERY_NS (300 * INT64_C(1000000))
enum { ATTEMPTS = 5, PAUSE_MS = 50 };

int64_t
running_now_ns(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_BOOTTIME, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* ---- the log ---- */

/* Rows are the log that clients read; the file beside the dump is for people, and what it cannot hold is not lost. */
static void
write_file(const struct job_runner *r, struct span line)
{
	while (r->log_fd >= 0 && line.n > 0) {
		ssize_t n = write(r->log_fd, line.p, line.n);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return;
		line.p += n;
		line.n -= (size_t)n;
	}
}

/* What a driver says may be cut in the middle of a character. */
static struct span
readable(struct buf *b)
{
	struct span text = buf_text(b);

	if (utf8_valid(text) && memchr(text.p, '\0', text.n) == NULL)
		return text;
	for (size_t i = 0; i < b->n; i++)
		if ((unsigned char)b->p[i] >= 0x80 || b->p[i] == '\0')
			b->p[i] = '?';
	return text;
}

static bool
store_line(struct job *job, struct span line, struct err *e)
{
	struct job_runner *r = job->runner;

	for (int i = 1; !jobs_log(r->jobs, job->row->id, job->row->epoch, line, e); i++) {
		if (i == ATTEMPTS || (e->kind != ERR_BUSY && e->kind != ERR_CONN_LOST))
			return false;
		(void)nanosleep(&(struct timespec){ .tv_nsec = i * PAUSE_MS * 1000000L }, NULL);
		err_clear(e);
		if (!jobs_ready(r->jobs, e))
			return false;
	}
	return true;
}

static void
put(struct job *job, const char *prefix, const char *fmt, va_list ap)
{
	struct job_runner *r = job->runner;
	struct arena_mark before = arena_mark(job->mem);
	char text[4096], now[CLOCK_TEXT];
	struct err e = { 0 };
	struct span line;
	struct buf b;

	buf_init(&b, job->mem);
	if (job->spec->logtime) {
		clock_format(clock_us(), now);
		buf_printf(&b, "%s: ", now);
	}
	buf_addz(&b, prefix);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	buf_addz(&b, text);
	line = readable(&b);
	if (!store_line(job, line, &e) && r->failure.kind == ERR_NONE)
		r->failure = e;
	buf_char(&b, '\n');
	if (r->failure.kind == ERR_NONE)
		write_file(r, buf_text(&b));
	arena_rewind(job->mem, before);
}

void
job_log(struct job *job, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	put(job, "", fmt, ap);
	va_end(ap);
}

void
job_warn(struct job *job, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	put(job, "Warning: ", fmt, ap);
	va_end(ap);
}

void
job_error(struct job *job, const char *fmt, ...)
{
	struct err e = { 0 };
	va_list ap;

	va_start(ap, fmt);
	put(job, "", fmt, ap);
	va_end(ap);
	if (!jobs_add_error(job->runner->jobs, job->row->id, job->row->epoch, &e) && job->runner->failure.kind == ERR_NONE)
		job->runner->failure = e;
}

void
job_starting(struct job *job)
{
	job_log(job, "Starting \"%.*s\".\"%.*s\":", SPAN_ARG(job->row->owner), SPAN_ARG(job->row->name));
}

/* ---- may it go on ---- */

bool
job_is_ours(void *arg, struct err *e)
{
	struct job *job = arg;
	enum job_order order;

	if (!jobs_orders(job->runner->jobs, job->row->id, job->row->epoch, &order, e))
		return false;
	atomic_store(&job->runner->order, order);
	return order == JOB_GO_ON || err_set(e, ERR_STOPPED, NULL);
}

/* A process that was stopped for longer than its lease learns from the store whether somebody else was started meanwhile. */
bool
job_go_on(struct job *job, struct err *e)
{
	struct job_runner *r = job->runner;

	if (atomic_load(&r->is_overtaken))
		return err_set(e, ERR_OVERTAKEN, NULL);
	if (r->failure.kind != ERR_NONE) {
		*e = r->failure;
		return false;
	}
	if (atomic_load(&r->order) != JOB_GO_ON)
		return err_set(e, ERR_STOPPED, NULL);
	return running_now_ns() - atomic_load(&r->renewed_ns) < r->lease_ms * 1000000 || job_is_ours(job, e);
}

/* ---- progress ---- */

bool
running_store_progress(struct job *job, struct err *e)
{
	job->runner->told_ns = clock_mono_ns();
	return jobs_tell(job->runner->jobs, job->row->id, job->row->epoch, &job->runner->progress, e);
}

void
job_progress(struct job *job, const struct job_progress *p)
{
	struct job_runner *r = job->runner;
	size_t n = p->current.n < sizeof(r->current) ? p->current.n : 0;
	struct err e = { 0 };

	r->progress = *p;
	if (n > 0)
		memcpy(r->current, p->current.p, n);
	r->progress.current = (struct span){ r->current, n };
	if (clock_mono_ns() - r->told_ns < TELL_EVERY_NS)
		return;
	if (!running_store_progress(job, &e) && e.kind != ERR_BUSY && r->failure.kind == ERR_NONE)
		r->failure = e;
}

bool
job_degree(struct job *job, int64_t degree, struct err *e)
{
	return jobs_degree(job->runner->jobs, job->row->id, job->row->epoch, degree, e);
}

bool
job_inconsistent(struct job *job, struct err *e)
{
	return jobs_inconsistent(job->runner->jobs, job->row->id, job->row->epoch, e);
}

bool
job_summary(struct job *job, struct span json, struct err *e)
{
	return jobs_summary(job->runner->jobs, job->row->id, job->row->epoch, json, e);
}

/* ---- files ---- */

bool
job_file(struct job *job, enum job_file_kind kind, int64_t number, struct span name, int64_t n_bytes, struct err *e)
{
	const struct job_file f = { .kind = kind, .number = number, .directory = job->directory, .name = name, .n_bytes = n_bytes,
		.is_object = kind == JOB_FILE_DUMP && job->place->is_remote };

	return jobs_add_file(job->runner->jobs, job->row->id, job->row->epoch, &f, e);
}

static bool
write_all(int fd, struct span text, struct err *e)
{
	while (text.n > 0) {
		ssize_t n = write(fd, text.p, text.n);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return place_fail(e, "write");
		text.p += n;
		text.n -= (size_t)n;
	}
	return fsync(fd) == 0 || place_fail(e, "fsync");
}

/* A runner that was interrupted may have written the same file: it is the job's own, and written again. */
bool
job_put_file(struct job *job, enum job_file_kind kind, struct span name, struct span text, struct err *e)
{
	struct arena_mark before = arena_mark(job->mem);
	const char *file = arena_z(job->mem, name);
	int fd = -1;
	bool ok;

	ok = (!job->is_restart || place_remove_local(job->place, file, e)) && place_create(job->place, file, &fd, e)
	    && write_all(fd, text, e);
	if (fd >= 0 && close(fd) != 0 && ok)
		ok = place_fail(e, "close");
	ok = ok && job_file(job, kind, 1, name, (int64_t)text.n, e);
	arena_rewind(job->mem, before);
	return ok;
}
