/* fcgi/listen.c - see listen.h */
#include "config.h"

#include "fcgi/listen.h"

#include "base/log.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
	IDLE_MS = 1000,			/* nothing came for this long: the first idle moment */
	IDLE_AGAIN_MS = 30000		/* and the following ones */
};

static int listen_fd = -1, wake_fd = -1, epoll_fd = -1;
static int idle_ms = IDLE_MS;		/* until the next idle moment */

bool
listen_open(int fd)
{
	struct epoll_event ev = { .events = EPOLLIN | EPOLLEXCLUSIVE, .data.fd = fd };
	struct epoll_event wake = { .events = EPOLLIN };
	int flags = fcntl(fd, F_GETFL);

	listen_fd = fd;
	wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	wake.data.fd = wake_fd;
	/* Exclusive: of all workers that wait, one wakes up.  It may still find nothing, so accept must not block. */
	if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0 || wake_fd < 0 || epoll_fd < 0
	    || epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &ev) < 0
	    || epoll_ctl(epoll_fd, EPOLL_CTL_ADD, wake_fd, &wake) < 0) {
		log_event(LOG_ERROR, "listen", "the FastCGI socket cannot be used: %s", strerror(errno));
		return false;
	}
	return true;
}

void
listen_wake(void)
{
	const uint64_t one = 1;

	if (wake_fd >= 0)
		(void)!write(wake_fd, &one, sizeof(one));
}

/* The descriptor stays taken: nothing that is opened later may become descriptor 0. */
void
listen_close(void)
{
	int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (nothing < 0 || dup2(nothing, listen_fd) < 0)
		(void)close(listen_fd);
	if (nothing >= 0)
		(void)close(nothing);
}

static enum listen_event
idle(void)
{
	idle_ms = IDLE_AGAIN_MS;
	return LISTEN_IDLE;
}

static enum listen_event
woken(void)
{
	uint64_t n;

	(void)!read(wake_fd, &n, sizeof(n));
	return LISTEN_AGAIN;
}

/* libfcgi's own rule for TCP: FCGI_WEB_SERVER_ADDRS names the only peers that may connect. */
static bool
is_allowed(const struct sockaddr_storage *from)
{
	const char *list = from->ss_family == AF_UNIX ? NULL : getenv("FCGI_WEB_SERVER_ADDRS");
	char text[INET6_ADDRSTRLEN] = "";
	size_t n;

	if (list == NULL)
		return true;
	if (from->ss_family == AF_INET)
		(void)inet_ntop(AF_INET, &((const struct sockaddr_in *)from)->sin_addr, text, sizeof(text));
	else if (from->ss_family == AF_INET6)
		(void)inet_ntop(AF_INET6, &((const struct sockaddr_in6 *)from)->sin6_addr, text, sizeof(text));
	n = strlen(text);
	for (const char *p = list; n > 0 && *p != '\0'; p += strcspn(p, ", "), p += strspn(p, ", "))
		if (strncmp(p, text, n) == 0 && (p[n] == '\0' || p[n] == ',' || p[n] == ' '))
			return true;
	return false;
}

/* is_empty: nobody has come */
static enum listen_event
accept_one(int *conn, bool *is_empty)
{
	struct sockaddr_storage from = { 0 };
	socklen_t n = sizeof(from);
	const int on = 1;
	int fd = accept4(listen_fd, (struct sockaddr *)&from, &n, SOCK_CLOEXEC);

	*is_empty = false;
	if (fd < 0) {
		const struct timespec pause = { .tv_nsec = 100000000 };

		switch (errno) {
		case EAGAIN:
			*is_empty = true;
			return LISTEN_AGAIN;	/* another worker took it */
		case EBADF: case EINVAL: case ENOTSOCK: case EOPNOTSUPP: case EFAULT:
			log_event(LOG_ERROR, "listen", "the FastCGI socket is gone: %s", strerror(errno));
			return LISTEN_BROKEN;
		case EMFILE: case ENFILE: case ENOBUFS: case ENOMEM:
			log_event(LOG_ERROR, "listen", "no connection could be accepted: %s", strerror(errno));
			(void)nanosleep(&pause, NULL);
			return LISTEN_AGAIN;
		default:
			return LISTEN_AGAIN;	/* the web server gave it up */
		}
	}
	if (!is_allowed(&from)) {
		(void)close(fd);
		return LISTEN_AGAIN;
	}
	if (from.ss_family != AF_UNIX)
		(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	*conn = fd;
	idle_ms = IDLE_MS;
	return LISTEN_REQUEST;
}

static enum listen_event
next_kept(int conn)
{
	struct pollfd p[2] = { { .fd = conn, .events = POLLIN }, { .fd = wake_fd, .events = POLLIN } };
	int n;

	log_flush();
	n = poll(p, 2, idle_ms);

	if (n == 0)
		return idle();
	if (n < 0)
		return LISTEN_AGAIN;
	if (p[0].revents == 0)
		return woken();
	idle_ms = IDLE_MS;
	return LISTEN_REQUEST;
}

enum listen_event
listen_next(int *conn)
{
	enum listen_event event;
	struct epoll_event ev;
	bool is_empty;
	int n;

	if (*conn >= 0)
		return next_kept(*conn);
	/* Under load somebody waits already.  Who goes on at once needs no wait, and has everything in the caches of the processor. */
	event = accept_one(conn, &is_empty);
	if (!is_empty)
		return event;
	log_flush();
	n = epoll_wait(epoll_fd, &ev, 1, idle_ms);
	if (n == 0)
		return idle();
	if (n < 0)
		return LISTEN_AGAIN;
	return ev.data.fd == wake_fd ? woken() : accept_one(conn, &is_empty);
}
