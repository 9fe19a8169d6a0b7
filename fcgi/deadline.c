/* fcgi/deadline.c - see deadline.h
 *
 * The serving thread writes a stage and a time under a lock that is nearly always free; it never makes a system call for
 * it while the helper looks around every TICK_MS anyway.  After a while without work the helper parks, and the next
 * request wakes it.
 */
#include "fcgi/deadline.h"

#include "base/clock.h"
#include "base/log.h"
#include "fcgi/cmd.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
	TICK_MS = 100,			/* how exactly deadlines are kept */
	PARK_TICKS = 20,		/* this many ticks without work, then sleep until there is some */
	AGAIN_MS = 1000,		/* between two attempts to cancel */
	GRACE_MS = 5000			/* a fruitless attempt ends the process after this */
};
#define MS INT64_C(1000000)

static struct {
	pthread_mutex_t lock;
	pthread_cond_t wake;
	struct deadline_hooks hooks;
	bool is_parked;
	enum stage stage;
	int fd;
	int64_t entered_ns;
	int64_t until_ns;		/* when the stage is over, or the next attempt is due */
	int64_t die_ns;			/* 0, or the end of patience after the first attempt */
	bool is_gone;			/* the client left; its statement was cancelled */
} d = { .lock = PTHREAD_MUTEX_INITIALIZER, .fd = -1 };

static _Atomic int64_t stop_ns;		/* 0, or when everything must be over */

static const char *const stage_names[] = {
	[STAGE_IDLE] = "idle", [STAGE_PARAMS] = "parameters", [STAGE_BODY] = "body",
	[STAGE_STATEMENT] = "statement", [STAGE_WRITE] = "answer",
};

/* The peer closed its whole end, or sent an abort record.  A peer that only finished sending still wants the answer. */
static bool
client_is_gone(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	unsigned char head[2];

	if (fd < 0 || poll(&p, 1, 0) <= 0)
		return false;
	if ((p.revents & (POLLHUP | POLLERR)) != 0)
		return true;
	return recv(fd, head, sizeof(head), MSG_PEEK | MSG_DONTWAIT) == (ssize_t)sizeof(head)
	    && head[0] == 1 && head[1] == 2;	/* version 1, FCGI_ABORT_REQUEST */
}

static void
cancel_statement(void)
{
	/* A cancel that hangs would hang this thread: then the process ends by the alarm. */
	(void)alarm(GRACE_MS / 1000);
	d.hooks.cancel(d.hooks.arg);
	(void)alarm(0);
}

static void
give_up(const char *why)
{
	log_event(LOG_ERROR, "deadline.exit", "%s in stage %s: the process ends", why, stage_names[d.stage]);
	_exit(EXIT_FAILED);
}

/* The time of the stage is over: first attempt, then again, then the end. */
static void
expire(int64_t now)
{
	if (d.die_ns == 0) {
		d.die_ns = now + GRACE_MS * MS;
		log_event(LOG_WARNING, "deadline", "stage %s took too long", stage_names[d.stage]);
	} else if (now >= d.die_ns) {
		give_up("no end");
	}
	if (d.stage == STAGE_STATEMENT)
		cancel_statement();
	else if (d.fd < 0)
		give_up("nothing to shut");
	else
		(void)shutdown(d.fd, SHUT_RDWR);
	d.until_ns = clock_mono_ns() + AGAIN_MS * MS;	/* the attempt may have taken its time */
	if (d.until_ns > d.die_ns)
		d.until_ns = d.die_ns;
}

static void
look(int64_t now)
{
	int64_t stop = atomic_load(&stop_ns);

	if (stop != 0 && now >= stop)
		give_up("told to stop");
	if (d.stage == STAGE_STATEMENT && d.die_ns == 0)
		d.until_ns = d.entered_ns + d.hooks.statement_ms(d.hooks.arg) * MS;
	if (now >= d.until_ns) {
		expire(now);
	} else if (d.stage == STAGE_STATEMENT && !d.is_gone && client_is_gone(d.fd)) {
		d.is_gone = true;
		log_event(LOG_INFO, "client.gone", NULL);
		cancel_statement();
	}
}

static void
wait_until(int64_t ns)
{
	struct timespec ts = { .tv_sec = (time_t)(ns / 1000000000), .tv_nsec = (long)(ns % 1000000000) };

	(void)pthread_cond_timedwait(&d.wake, &d.lock, &ts);
}

static void *
helper(void *unused)
{
	int idle_ticks = 0;

	(void)unused;
	(void)pthread_mutex_lock(&d.lock);
	for (;;) {
		int64_t now, next;

		/* a request that takes its time does not keep back what is known of those before it */
		(void)pthread_mutex_unlock(&d.lock);
		log_flush();
		(void)pthread_mutex_lock(&d.lock);
		now = clock_mono_ns();
		next = now + TICK_MS * MS;
		if (d.stage != STAGE_IDLE) {
			idle_ticks = 0;
			look(now);
			if (d.until_ns < next)
				next = d.until_ns;
		} else if (++idle_ticks > PARK_TICKS) {
			d.is_parked = true;
			(void)pthread_cond_wait(&d.wake, &d.lock);
			d.is_parked = false;
			idle_ticks = 0;
			continue;
		}
		wait_until(next);
	}
	return NULL;
}

void
deadline_start(const struct deadline_hooks *hooks)
{
	pthread_condattr_t attr;
	pthread_t thread;
	sigset_t all, old;
	int rc;

	d.hooks = *hooks;
	(void)pthread_condattr_init(&attr);
	(void)pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	(void)pthread_cond_init(&d.wake, &attr);
	(void)pthread_condattr_destroy(&attr);

	/* signals are for the serving thread */
	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &old);
	rc = pthread_create(&thread, NULL, helper, NULL);
	(void)pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (rc != 0) {
		log_event(LOG_ERROR, "deadline.start", "no helper thread: %s", strerror(rc));
		_exit(EXIT_FAILED);
	}
	(void)pthread_detach(thread);
}

void
deadline_descriptor(int fd)
{
	(void)pthread_mutex_lock(&d.lock);
	d.fd = fd;
	(void)pthread_mutex_unlock(&d.lock);
}

void
deadline_enter(enum stage stage, int64_t ms)
{
	int64_t now = clock_mono_ns();

	(void)pthread_mutex_lock(&d.lock);
	d.stage = stage;
	d.entered_ns = now;
	d.until_ns = now + ms * MS;
	d.die_ns = 0;
	d.is_gone = false;
	if (d.is_parked)
		(void)pthread_cond_signal(&d.wake);
	(void)pthread_mutex_unlock(&d.lock);
}

void
deadline_leave(void)
{
	(void)pthread_mutex_lock(&d.lock);
	d.stage = STAGE_IDLE;
	(void)pthread_mutex_unlock(&d.lock);
}

void
deadline_stop(int64_t ms)
{
	struct timespec now;

	/* not clock_mono_ns(): only this call is known to be safe here */
	if (clock_gettime(CLOCK_MONOTONIC, &now) == 0)
		atomic_store(&stop_ns, now.tv_sec * INT64_C(1000000000) + now.tv_nsec + ms * MS);
}
