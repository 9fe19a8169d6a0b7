/* fcgi/service.c - see service.h */
#include "fcgi/service.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { FIRST_FD = 3 };

static bool
is_number(const char *name, long wanted)
{
	const char *text = getenv(name);
	char *end;

	return text != NULL && *text != '\0' && strtol(text, &end, 10) == wanted && *end == '\0';
}

bool
service_socket(int *fd, struct err *e)
{
	bool is_for_us = is_number("LISTEN_PID", (long)getpid()) && getenv("LISTEN_FDS") != NULL;
	bool is_one = is_number("LISTEN_FDS", 1);
	socklen_t n = sizeof(int);
	int yes = 0;

	*fd = -1;
	(void)unsetenv("LISTEN_PID");		/* not for the workers */
	(void)unsetenv("LISTEN_FDS");
	(void)unsetenv("LISTEN_FDNAMES");
	if (!is_for_us)
		return true;
	if (!is_one)
		return err_set(e, ERR_USAGE, "systemd must hand over one socket: an instance for each of them");
	if (getsockopt(FIRST_FD, SOL_SOCKET, SO_ACCEPTCONN, &yes, &n) != 0 || yes == 0)
		return err_set(e, ERR_USAGE, "what systemd handed over is not a listening socket; does its unit say Accept=yes?");
	if (fcntl(FIRST_FD, F_SETFD, FD_CLOEXEC) != 0)
		return err_set(e, ERR_IO, "the socket of systemd: %s", strerror(errno));
	*fd = FIRST_FD;
	return true;
}

void
service_tell(const char *state)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	const char *path = getenv("NOTIFY_SOCKET");
	size_t n = path == NULL ? 0 : strlen(path);
	int fd;

	if (n < 2 || n >= sizeof(a.sun_path) || (path[0] != '/' && path[0] != '@'))
		return;
	memcpy(a.sun_path, path, n);
	if (path[0] == '@')
		a.sun_path[0] = '\0';		/* a name that no file system has */
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return;
	/* who asked and does not listen has no loss: the service runs all the same */
	(void)!sendto(fd, state, strlen(state), MSG_NOSIGNAL, (const struct sockaddr *)&a,
	    (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n));
	(void)close(fd);
}
