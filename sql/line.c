/* sql/line.c - the socket behind a connection, and whether anybody is at its other end
 *
 * A server that hangs answers no cancellation, and the driver would wait for that answer for ever.  So before a statement is
 * cancelled the server is asked for a sign of life over another connection; without one the socket is shut, which wakes the
 * driver with an error (F-07).
 */
#include "sql/line.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { SIGN_MS = 1000, LINES_BEFORE = 64 };

struct line_ends {
	struct sockaddr_storage own, other;
	socklen_t n_other;
};

struct line {
	int fd;				/* -1: not known */
	struct line_ends ends;
	int before[LINES_BEFORE];	/* sockets that others had */
	size_t n_before;
};

struct line *
line_open(void)
{
	struct line *l = calloc(1, sizeof(*l));

	if (l != NULL)
		l->fd = -1;
	return l;
}

void
line_close(struct line **l)
{
	free(*l);
	*l = NULL;
}

void
line_forget(struct line *l)
{
	l->fd = -1;
}

static bool
ends_of(int fd, struct line_ends *out)
{
	socklen_t n_own = sizeof(out->own), n_other = sizeof(out->other);

	memset(out, 0, sizeof(*out));
	if (getsockname(fd, (struct sockaddr *)&out->own, &n_own) != 0
	    || getpeername(fd, (struct sockaddr *)&out->other, &n_other) != 0)
		return false;
	out->n_other = n_other;
	return true;
}

void
line_before(struct line *l)
{
	const struct dirent *d;
	struct line_ends ends;
	DIR *dir = opendir("/proc/self/fd");

	l->fd = -1;
	l->n_before = 0;
	while (dir != NULL && (d = readdir(dir)) != NULL && l->n_before < LINES_BEFORE)
		if (d->d_name[0] != '.' && ends_of(atoi(d->d_name), &ends))
			l->before[l->n_before++] = atoi(d->d_name);
	if (dir != NULL)
		closedir(dir);
}

static bool
was_there(const struct line *l, int fd)
{
	for (size_t i = 0; i < l->n_before; i++)
		if (l->before[i] == fd)
			return true;
	return false;
}

/* None is known when there are several, or so many that not all were noted. */
void
line_after(struct line *l)
{
	const struct dirent *d;
	struct line_ends ends;
	DIR *dir = l->n_before < LINES_BEFORE ? opendir("/proc/self/fd") : NULL;
	size_t n_new = 0;

	while (dir != NULL && (d = readdir(dir)) != NULL) {
		int fd = atoi(d->d_name);

		if (d->d_name[0] == '.' || !ends_of(fd, &ends) || was_there(l, fd))
			continue;
		n_new++;
		l->fd = fd;
		l->ends = ends;
	}
	if (dir != NULL)
		closedir(dir);
	if (n_new != 1)
		l->fd = -1;
}

static bool
wait_for(int fd, short events)
{
	struct pollfd p = { .fd = fd, .events = events };

	return poll(&p, 1, SIGN_MS) == 1 && (p.revents & (POLLERR | POLLNVAL)) == 0;
}

/* hello: what the server answers to; n_hello 0: it speaks first */
static bool
gives_sign(const struct line_ends *ends, struct span hello)
{
	int fd = socket(((const struct sockaddr *)&ends->other)->sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int error = 0;
	socklen_t n = sizeof(error);
	char answer;
	bool ok = false;

	if (fd < 0)
		return true;	/* nothing is known */
	if (connect(fd, (const struct sockaddr *)&ends->other, ends->n_other) == 0 || errno == EINPROGRESS)
		ok = wait_for(fd, POLLOUT) && getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &n) == 0 && error == 0
		    && (hello.n == 0 || send(fd, hello.p, hello.n, MSG_NOSIGNAL) == (ssize_t)hello.n)
		    && wait_for(fd, POLLIN) && recv(fd, &answer, 1, 0) == 1;
	close(fd);
	return ok;
}

bool
line_is_dead(const struct line *l, struct span hello)
{
	return l->fd >= 0 && !gives_sign(&l->ends, hello);
}

bool
line_is_quiet(const struct line *l)
{
	struct pollfd p = { .fd = l->fd, .events = POLLIN };

	return l->fd >= 0 && poll(&p, 1, 0) == 0;
}

/* The driver may have closed it, and its number be another's now. */
void
line_cut(struct line *l)
{
	struct line_ends now;

	if (l->fd >= 0 && ends_of(l->fd, &now) && memcmp(&now, &l->ends, sizeof(now)) == 0)
		shutdown(l->fd, SHUT_RDWR);
	l->fd = -1;
}
