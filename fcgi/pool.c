/* fcgi/pool.c - see pool.h */
#include "fcgi/pool.h"

#include "base/clock.h"
#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
	PAUSE_MS = 100, PAUSE_MAX_MS = 10000,	/* between an end and the next start */
	STEADY_MS = 10000			/* who lived this long was well */
};
#define MS INT64_C(1000000)

struct slot {
	const struct pool_child *what;
	pid_t pid;			/* 0: not running */
	pid_t leaving;			/* the process that is being replaced, or 0 */
	int64_t leave_by_ns;
	int64_t started_ns, due_ns;
	int64_t pause_ms;
	bool has_failed;
};

struct pool {
	struct slot *slot;
	size_t n;
	size_t n_replaced;		/* of a replacement that is under way; n when there is none */
	int64_t stop_ms;
	bool (*may_replace)(void *arg);
	void *arg;
	sigset_t signals, old_signals;
	bool has_terminal, is_stopping;
};

struct pool *
pool_open(const struct pool_child *children, size_t n, int64_t stop_ms, bool (*may_replace)(void *arg), void *arg,
    struct arena *mem)
{
	struct pool *p = ARENA_NEW(mem, struct pool);

	p->slot = ARENA_ARRAY(mem, struct slot, n);
	for (size_t i = 0; i < n; i++)
		p->slot[i].what = &children[i];
	p->n = p->n_replaced = n;
	p->stop_ms = stop_ms;
	p->may_replace = may_replace;
	p->arg = arg;
	p->has_terminal = isatty(STDIN_FILENO) == 1;
	(void)sigemptyset(&p->signals);
	(void)sigaddset(&p->signals, SIGCHLD);
	(void)sigaddset(&p->signals, SIGTERM);
	(void)sigaddset(&p->signals, SIGINT);
	(void)sigaddset(&p->signals, SIGHUP);
	(void)sigprocmask(SIG_BLOCK, &p->signals, &p->old_signals);
	return p;
}

/* In the child: never returns.  Only what is safe after fork. */
static void
become(const struct pool *p, const struct pool_child *what, pid_t parent)
{
	static const char cannot[] = "cords: a child process could not be started\n";
	int fd = what->stdin_fd >= 0 ? what->stdin_fd : open("/dev/null", O_RDONLY | O_CLOEXEC);

	/* Ctrl-C is for the supervisor: it stops the others in order.  When it dies, nobody stays behind. */
	(void)setpgid(0, 0);
	(void)prctl(PR_SET_PDEATHSIG, SIGTERM);
	(void)sigprocmask(SIG_SETMASK, &p->old_signals, NULL);
	if (getppid() == parent && fd >= 0 && dup2(fd, STDIN_FILENO) == STDIN_FILENO)
		(void)execv(what->argv[0], what->argv);
	(void)!write(STDERR_FILENO, cannot, sizeof(cannot) - 1);
	_exit(127);
}

static void
start(struct pool *p, struct slot *s)
{
	pid_t parent = getpid(), pid = fork();

	if (pid == 0)
		become(p, s->what, parent);
	s->started_ns = clock_mono_ns();
	if (pid > 0) {
		s->pid = pid;
		return;
	}
	log_event(LOG_ERROR, "pool.start", "%s: %s", s->what->name, strerror(errno));
	s->due_ns = s->started_ns + PAUSE_MAX_MS * MS;
}

/* A worker that could not begin anew after its share of requests ends with 0 and is replaced at once. */
static void
ended(const struct pool *p, struct slot *s, int status)
{
	int64_t now = clock_mono_ns();
	bool was_steady = now - s->started_ns > STEADY_MS * MS;

	s->pid = 0;
	if (p->is_stopping)
		return;
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0 && !s->what->is_front) {
		s->pause_ms = 0;
		s->due_ns = was_steady ? now : now + PAUSE_MS * MS;
		return;
	}
	s->has_failed = true;
	s->pause_ms = was_steady || s->pause_ms == 0 ? PAUSE_MS : s->pause_ms * 2;
	if (s->pause_ms > PAUSE_MAX_MS)
		s->pause_ms = PAUSE_MAX_MS;
	s->due_ns = now + s->pause_ms * MS;
	if (WIFSIGNALED(status))
		log_event(LOG_ERROR, "pool.ended", "%s ended by signal %d; next start in %lld ms", s->what->name,
		    WTERMSIG(status), (long long)s->pause_ms);
	else
		log_event(LOG_ERROR, "pool.ended", "%s ended with status %d; next start in %lld ms", s->what->name,
		    WEXITSTATUS(status), (long long)s->pause_ms);
}

static void
reap(struct pool *p)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		for (size_t i = 0; i < p->n; i++)
			if (p->slot[i].pid == pid)
				ended(p, &p->slot[i], status);
			else if (p->slot[i].leaving == pid)
				p->slot[i].leaving = 0;
}

/* One worker at a time: the new one first, then the old one may go. */
static void
replace_next(struct pool *p)
{
	int64_t now = clock_mono_ns();
	struct slot *s;

	for (size_t i = 0; i < p->n; i++) {
		s = &p->slot[i];
		if (s->leaving == 0)
			continue;
		if (now >= s->leave_by_ns)
			(void)kill(s->leaving, SIGKILL);
		return;
	}
	while (p->n_replaced < p->n) {
		s = &p->slot[p->n_replaced++];
		if (s->what->is_front || s->pid == 0)
			continue;
		s->leaving = s->pid;
		s->leave_by_ns = now + p->stop_ms * MS;
		start(p, s);
		(void)kill(s->leaving, s->what->stop_signal);
		return;
	}
}

static bool
is_replacing(const struct pool *p)
{
	if (p->n_replaced < p->n)
		return true;
	for (size_t i = 0; i < p->n; i++)
		if (p->slot[i].leaving != 0)
			return true;
	return false;
}

/* Starts what is due; the time until the next one is. */
static int64_t
start_due(struct pool *p, int64_t ms)
{
	int64_t now = clock_mono_ns();

	for (size_t i = 0; i < p->n; i++) {
		struct slot *s = &p->slot[i];

		if (s->pid == 0 && s->due_ns <= now)
			start(p, s);
		if (s->pid == 0 && (s->due_ns - now) / MS + 1 < ms)
			ms = (s->due_ns - now) / MS + 1;
	}
	return ms < 1 ? 1 : ms;
}

static int
wait_signal(const struct pool *p, int64_t ms)
{
	struct timespec ts = { .tv_sec = (time_t)(ms / 1000), .tv_nsec = (long)(ms % 1000 * 1000000) };

	return sigtimedwait(&p->signals, NULL, &ts);
}

bool
pool_step(struct pool *p, int64_t ms)
{
	ms = start_due(p, ms);
	if (is_replacing(p) && ms > 100)
		ms = 100;
	switch (wait_signal(p, ms)) {
	case SIGTERM:
	case SIGINT:
		return false;
	case SIGHUP:
		if (p->has_terminal && isatty(STDIN_FILENO) != 1)
			return false;	/* the terminal we were started from has gone */
		log_reopen();
		if (p->may_replace(p->arg)) {
			log_event(LOG_INFO, "pool.replace", NULL);
			p->n_replaced = 0;
		}
		break;
	default:
		break;
	}
	reap(p);
	replace_next(p);
	return true;
}

bool
pool_has_failed(const struct pool *p, size_t i)
{
	return p->slot[i].has_failed;
}

/* to those in front, or to those behind; 0: the signal that each is asked to leave by */
static void
signal_all(const struct pool *p, bool is_front, int signo)
{
	for (size_t i = 0; i < p->n; i++) {
		const struct slot *s = &p->slot[i];

		if (s->what->is_front != is_front)
			continue;
		if (s->pid > 0)
			(void)kill(s->pid, signo == 0 ? s->what->stop_signal : signo);
		if (s->leaving > 0)
			(void)kill(s->leaving, signo == 0 ? s->what->stop_signal : signo);
	}
}

static bool
has_any(const struct pool *p, bool is_front)
{
	for (size_t i = 0; i < p->n; i++)
		if (p->slot[i].what->is_front == is_front && (p->slot[i].pid > 0 || p->slot[i].leaving > 0))
			return true;
	return false;
}

static void
stop_some(struct pool *p, bool is_front, int64_t until_ns)
{
	bool is_patient = true;

	signal_all(p, is_front, 0);
	for (reap(p); has_any(p, is_front); reap(p)) {
		int64_t left_ms = (until_ns - clock_mono_ns()) / MS;
		int signo;

		if (is_patient && left_ms <= 0) {
			log_event(LOG_WARNING, "pool.kill", "not everybody left in time");
			is_patient = false;
			signal_all(p, is_front, SIGKILL);
		}
		signo = wait_signal(p, is_patient ? left_ms : 1000);
		if (is_patient && (signo == SIGTERM || signo == SIGINT)) {
			is_patient = false;
			signal_all(p, is_front, SIGKILL);
		}
	}
}

void
pool_stop(struct pool *p)
{
	int64_t until_ns = clock_mono_ns() + p->stop_ms * MS;

	p->is_stopping = true;
	stop_some(p, true, until_ns);
	stop_some(p, false, until_ns);
	(void)sigprocmask(SIG_SETMASK, &p->old_signals, NULL);
}
