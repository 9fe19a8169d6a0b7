/* datapump/start.c - two forks and an exec; between them only what is safe in a process of several threads */
#include "config.h"

#include "datapump/start.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

/* What the driver manager, the libraries and the configuration are found by.  Everything else, as the variables of a request in
 * CGI, stays behind. */
static bool
is_kept(const char *variable)
{
	static const char *const begins[] = {
		"PATH=", "HOME=", "TMPDIR=", "TZ=", "LANG=", "LC_ALL=", "LD_LIBRARY_PATH=", "ODBCINI=", "ODBCSYSINI=", "ODBCINSTINI=",
		"SSL_CERT_FILE=", "SSL_CERT_DIR=", "ORDS_SECRET_",
	};

	for (size_t i = 0; i < sizeof(begins) / sizeof(*begins); i++)
		if (strncmp(variable, begins[i], strlen(begins[i])) == 0)
			return true;
	return false;
}

static char **
environment(struct arena *mem)
{
	size_t n = 0, kept = 0;
	char **out;

	while (environ[n] != NULL)
		n++;
	out = ARENA_ARRAY(mem, char *, n + 1);
	for (size_t i = 0; i < n; i++)
		if (is_kept(environ[i]))
			out[kept++] = environ[i];
	return out;
}

/* Descriptor 0 of a worker is the socket that the web server connects to: whoever kept it open would keep clients waiting. */
static void
leave_descriptors(int report)
{
	struct rlimit most;
	int null = open("/dev/null", O_RDWR);

	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (null >= 0)
			(void)dup2(null, fd);
	if ((report == STDERR_FILENO + 1 || close_range(STDERR_FILENO + 1, (unsigned)report - 1, 0) == 0)
	    && close_range((unsigned)report + 1, ~0U, 0) == 0)
		return;
	if (getrlimit(RLIMIT_NOFILE, &most) != 0 || most.rlim_cur > 65536)
		most.rlim_cur = 65536;
	for (int fd = STDERR_FILENO + 1; fd < (int)most.rlim_cur; fd++)
		if (fd != report)
			(void)close(fd);
}

static void
default_signals(void)
{
	struct sigaction sa = { .sa_handler = SIG_DFL };
	sigset_t none;

	(void)sigemptyset(&sa.sa_mask);
	for (int signo = 1; signo < NSIG; signo++)
		(void)sigaction(signo, &sa, NULL);
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
}

/* The grandchild: never returns.  report: closed by exec, or told why there was none. */
static _Noreturn void
become(char *const *argv, char *const *env, int report)
{
	int why;

	leave_descriptors(report);
	default_signals();
	(void)umask(077);
	(void)!chdir("/");
	(void)execve("/proc/self/exe", argv, env);
	why = errno;
	(void)!write(report, &why, sizeof(why));
	_exit(127);
}

static bool
fail(const char *what, int why, struct err *e)
{
	err_set(e, ERR_NO_RESOURCES, "the job could not be started");
	return err_detail(e, "%s: %s", what, strerror(why));
}

static bool
start(char *const *argv, struct arena *mem, struct err *e)
{
	char **env = environment(mem);
	int report[2], why = 0, status = 0;
	pid_t child;
	ssize_t n;

	if (pipe2(report, O_CLOEXEC) != 0)
		return fail("pipe", errno, e);
	child = fork();
	if (child == 0) {
		/* a session leader that is gone leaves a process that no terminal and no process manager knows */
		if (setsid() < 0)
			_exit(126);
		switch (fork()) {
		case 0:
			become(argv, env, report[1]);
		case -1:
			_exit(126);
		default:
			_exit(0);
		}
	}
	(void)close(report[1]);
	if (child > 0)
		while (waitpid(child, &status, 0) < 0 && errno == EINTR)
			;
	do
		n = read(report[0], &why, sizeof(why));
	while (n < 0 && errno == EINTR);
	(void)close(report[0]);
	if (child < 0 || status != 0)
		return fail("fork", child < 0 ? errno : EAGAIN, e);
	return n == 0 || fail("exec", n == (ssize_t)sizeof(why) ? why : EIO, e);
}

bool
job_start(const struct conf *conf, const struct pool_conf *pool, int64_t id, struct err *e)
{
	struct arena *mem = arena_open(0);
	char *argv[] = {
		arena_z(mem, SPAN("cords")), arena_z(mem, SPAN("--config")), arena_z(mem, span_of(conf_dir(conf))),
		arena_z(mem, SPAN("datapump")), arena_z(mem, SPAN("--db-pool")), arena_z(mem, span_of(pool->name)),
		arena_z(mem, SPAN("run")), arena_printf(mem, "%" PRId64, id), NULL,
	};
	bool ok = start(argv, mem, e);

	arena_close(&mem);
	return ok;
}

bool
job_start_pending(const struct conf *conf, struct err *e)
{
	struct arena *mem = arena_open(0);
	char *argv[] = {
		arena_z(mem, SPAN("cords")), arena_z(mem, SPAN("--config")), arena_z(mem, span_of(conf_dir(conf))),
		arena_z(mem, SPAN("datapump")), arena_z(mem, SPAN("run-pending")), NULL,
	};
	bool ok = start(argv, mem, e);

	arena_close(&mem);
	return ok;
}
