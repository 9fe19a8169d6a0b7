/* tests/shim/weather.c - bad weather for one process, by LD_PRELOAD: a disk that fails, a clock that jumps, an end between two
 * statements
 *
 *   WEATHER_DIR    the directory that is meant: its files whose names begin with a dot, and itself
 *   WEATHER_FAIL   CALL:N, the n-th write, fsync, close or linkat there fails with EIO
 *   WEATHER_KILL   CALL:N, the process is killed when the n-th of them has taken effect
 *                  or statement:N, when the n-th statement or end of a transaction was sent and answered
 *   WEATHER_WHILE  a file: statements are counted as long as it exists
 *   WEATHER_HOLD   a file: as long as it exists, writes there wait
 *   WEATHER_CLOCK  a file with a number of seconds, read anew each time: so far the wall clock is off
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sql.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static bool
is_meant(int fd)
{
	const char *dir = getenv("WEATHER_DIR");
	char link[64], path[4096];
	ssize_t n;

	if (dir == NULL)
		return false;
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, path, sizeof(path) - 1);
	if (n <= 0)
		return false;
	path[n] = '\0';
	if (strncmp(path, dir, strlen(dir)) != 0)
		return false;
	return strcmp(path + strlen(dir), "") == 0 || strncmp(path + strlen(dir), "/.", 2) == 0;
}

/* Is it the turn of this call?  n_calls: of its kind so far */
static bool
is_turn(const char *which, const char *call, int n_calls)
{
	size_t n = strlen(call);

	return which != NULL && strncmp(which, call, n) == 0 && which[n] == ':' && n_calls == atoi(which + n + 1);
}

enum fate { GOES_WELL, FAILS, KILLS };

static enum fate
fate(const char *call, int fd, atomic_int *n_calls)
{
	int n = is_meant(fd) ? atomic_fetch_add(n_calls, 1) + 1 : 0;

	return is_turn(getenv("WEATHER_FAIL"), call, n) ? FAILS : is_turn(getenv("WEATHER_KILL"), call, n) ? KILLS : GOES_WELL;
}

static ssize_t
end(enum fate f, ssize_t r)
{
	if (f == KILLS)
		(void)raise(SIGKILL);
	if (f == GOES_WELL)
		return r;
	errno = EIO;
	return -1;
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

ssize_t
write(int fd, const void *p, size_t n)
{
	static atomic_int n_calls;
	const char *hold = getenv("WEATHER_HOLD");
	enum fate f;

	while (hold != NULL && is_meant(fd) && access(hold, F_OK) == 0)
		(void)nanosleep(&(struct timespec){ .tv_nsec = 10000000 }, NULL);
	f = fate("write", fd, &n_calls);
	return end(f, f == FAILS ? -1 : REAL(write)(fd, p, n));
}

int
fsync(int fd)
{
	static atomic_int n_calls;
	enum fate f = fate("fsync", fd, &n_calls);

	return (int)end(f, f == FAILS ? -1 : REAL(fsync)(fd));
}

int
close(int fd)
{
	static atomic_int n_calls;
	enum fate f = fate("close", fd, &n_calls);

	return (int)end(f, REAL(close)(fd));
}

int
linkat(int from_dir, const char *from, int to_dir, const char *to, int flags)
{
	static atomic_int n_calls;
	enum fate f = fate("linkat", to_dir, &n_calls);

	return (int)end(f, f == FAILS ? -1 : REAL(linkat)(from_dir, from, to_dir, to, flags));
}

int
clock_gettime(clockid_t which, struct timespec *out)
{
	const char *path = getenv("WEATHER_CLOCK");
	int r = REAL(clock_gettime)(which, out);
	char text[32];
	ssize_t n;
	int fd;

	if (r != 0 || which != CLOCK_REALTIME || path == NULL || (fd = open(path, O_RDONLY | O_CLOEXEC)) < 0)
		return r;
	n = read(fd, text, sizeof(text) - 1);
	(void)REAL(close)(fd);
	text[n < 0 ? 0 : n] = '\0';
	out->tv_sec += strtoll(text, NULL, 10);
	return r;
}

/* ---- statements, of the driver manager ---- */

static SQLRETURN
answered(SQLRETURN r)
{
	static atomic_int n_calls;
	const char *during = getenv("WEATHER_WHILE");

	if (during != NULL && access(during, F_OK) == 0
	    && is_turn(getenv("WEATHER_KILL"), "statement", atomic_fetch_add(&n_calls, 1) + 1))
		(void)raise(SIGKILL);
	return r;
}

SQLRETURN
SQLExecDirect(SQLHSTMT h, SQLCHAR *text, SQLINTEGER n)
{
	return answered(REAL(SQLExecDirect)(h, text, n));
}

SQLRETURN
SQLExecute(SQLHSTMT h)
{
	return answered(REAL(SQLExecute)(h));
}

SQLRETURN
SQLEndTran(SQLSMALLINT kind, SQLHANDLE h, SQLSMALLINT how)
{
	return answered(REAL(SQLEndTran)(kind, h, how));
}
