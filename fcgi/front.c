/* fcgi/front.c - see front.h */
#include "config.h"

#include "fcgi/front.h"

#include "base/buf.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

static bool
parse_port(const char *text, int *port)
{
	char *end;
	long n = strtol(text, &end, 10);

	if (*text < '0' || *text > '9' || *end != '\0' || n < 1 || n > 65535)
		return false;
	*port = (int)n;
	return true;
}

static bool
is_address(const char *host, bool *is_ipv6)
{
	struct in6_addr six;
	struct in_addr four;

	*is_ipv6 = inet_pton(AF_INET6, host, &six) == 1;
	return *is_ipv6 || inet_pton(AF_INET, host, &four) == 1;
}

bool
front_address(const char *text, const struct settings *global, struct arena *mem, struct front *out, struct err *e)
{
	char *host = arena_z(mem, span_of(text == NULL ? "" : text));
	char *colon = strrchr(host, ':');
	size_t n = strlen(host);

	out->host = global->serve_bind;
	out->port = (int)global->serve_port;
	if (n == 0 || parse_port(host, &out->port)) {
		/* the address of the settings */
	} else if (is_address(host, &out->is_ipv6)) {
		out->host = host;
	} else {
		if (colon == NULL || !parse_port(colon + 1, &out->port))
			return err_set(e, ERR_USAGE, "%s is not ADDRESS:PORT", text);
		*colon = '\0';
		n = strlen(host);
		if (n > 2 && host[0] == '[' && host[n - 1] == ']') {
			host[n - 1] = '\0';
			host++;
		}
		out->host = host;
	}
	if (strcmp(out->host, "localhost") == 0)
		out->host = "127.0.0.1";
	if (!is_address(out->host, &out->is_ipv6))
		return err_set(e, ERR_USAGE, "%s is not a numeric address", out->host);
	return true;
}

/* to connect: an address that means all of them is reached through loopback */
static struct addrinfo *
resolve(const struct front *f, bool to_connect)
{
	const struct addrinfo want = { .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV, .ai_socktype = SOCK_STREAM };
	const char *host = f->host;
	struct addrinfo *found;
	char port[8];

	if (to_connect && strcmp(host, "0.0.0.0") == 0)
		host = "127.0.0.1";
	if (to_connect && strcmp(host, "::") == 0)
		host = "::1";
	(void)snprintf(port, sizeof(port), "%d", f->port);
	return getaddrinfo(host, port, &want, &found) == 0 ? found : NULL;
}

bool
front_is_free(const struct front *f, struct err *e)
{
	struct addrinfo *a = resolve(f, false);
	const int on = 1;
	int fd, rc = -1, why = EADDRNOTAVAIL;

	if (a != NULL && (fd = socket(a->ai_family, a->ai_socktype | SOCK_CLOEXEC, 0)) >= 0) {
		(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
		rc = bind(fd, a->ai_addr, a->ai_addrlen);
		if (rc == 0)
			rc = listen(fd, 1);
		why = errno;
		(void)close(fd);
	}
	if (a != NULL)
		freeaddrinfo(a);
	if (rc == 0)
		return true;
	if (why == EADDRINUSE)
		return err_set(e, ERR_IO, "port %d of %s is taken by another program", f->port, f->host);
	return err_set(e, ERR_IO, "cannot listen at port %d of %s: %s", f->port, f->host, strerror(why));
}

const char *
front_program(struct arena *mem)
{
	const char *path = getenv("PATH");
	const char *dirs = arena_printf(mem, "%s:/usr/local/sbin:/usr/sbin:/sbin", path == NULL ? "" : path);

	while (*dirs != '\0') {
		size_t n = strcspn(dirs, ":");

		if (n > 0) {
			const char *file = arena_printf(mem, "%.*s/lighttpd", (int)n, dirs);

			if (access(file, X_OK) == 0)
				return file;
		}
		dirs += n + (dirs[n] == ':');
	}
	return NULL;
}

/* Nothing in these texts may end a quoted string of the configuration. */
static bool
put_quoted(struct buf *b, const char *text, struct err *e)
{
	if (strpbrk(text, "\"\\\r\n") != NULL)
		return err_set(e, ERR_USAGE, "lighttpd cannot be told of %s", text);
	buf_char(b, '"');
	buf_addz(b, text);
	buf_char(b, '"');
	return true;
}

static bool
compose(const struct front *f, const char *folder, const char *socket, const struct settings *global, struct arena *mem,
    struct buf *b, struct err *e)
{
	const char *bind_to = f->is_ipv6 ? arena_printf(mem, "[%s]", f->host) : f->host;

	put_lit(b, "# written by cords serve; see conf/lighttpd/cords.conf for one of your own\n"
	    "server.modules = (\"mod_fastcgi\")\n"
	    "server.tag = \"\"\n"
	    "server.max-keep-alive-requests = 10000\n"
	    "server.stream-response-body = 1\n"
	    "server.range-requests = \"disable\"\n"
	    "server.http-parseopts = (\"method-get-body\" => \"enable\", \"url-normalize\" => \"enable\",\n"
	    "  \"url-normalize-unreserved\" => \"enable\", \"url-path-2f-decode\" => \"disable\", "
	    "\"url-path-2f-reject\" => \"disable\",\n"
	    "  \"url-ctrls-reject\" => \"disable\", \"url-invalid-utf8-reject\" => \"disable\")\n");
	buf_printf(b, "server.port = %d\n", f->port);
	/* above our own limits, so that the answers are ours; the second one is in KiB */
	put_lit(b, "server.max-request-field-size = 65535\n");
	buf_printf(b, "server.max-request-size = %lld\n", (long long)(global->body_max_bytes / 1024 + 1024));
	put_lit(b, "server.bind = ");
	if (!put_quoted(b, bind_to, e))
		return false;
	put_lit(b, "\nserver.document-root = ");
	if (!put_quoted(b, folder, e))
		return false;
	put_lit(b, "\nserver.upload-dirs = (");
	if (!put_quoted(b, folder, e))
		return false;
	put_lit(b, ")\nfastcgi.server = (");
	if (!put_quoted(b, global->context_path, e))
		return false;
	put_lit(b, " => ((\"socket\" => ");
	if (!put_quoted(b, socket, e))
		return false;
	put_lit(b, ", \"check-local\" => \"disable\", \"fix-root-scriptname\" => \"enable\")))\n");
	return true;
}

bool
front_write(const struct front *f, const char *folder, const char *socket, const struct settings *global,
    struct arena *mem, const char **path, struct err *e)
{
	struct buf b;
	bool is_written;
	int fd;

	buf_init(&b, mem);
	if (!compose(f, folder, socket, global, mem, &b, e))
		return false;
	*path = arena_printf(mem, "%s/lighttpd.conf", folder);
	fd = open(*path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	is_written = fd >= 0 && write(fd, b.p, b.n) == (ssize_t)b.n;
	if (fd >= 0 && close(fd) < 0)
		is_written = false;
	return is_written || err_set(e, ERR_IO, "cannot write %s: %s", *path, strerror(errno));
}

bool
front_answers(const struct front *f, const char *context)
{
	const struct timeval limit = { .tv_sec = 2 };
	struct addrinfo *a = resolve(f, true);
	char text[512];
	ssize_t got = -1;
	int fd, n;

	if (a == NULL)
		return false;
	n = snprintf(text, sizeof(text), "GET %s/_/health/live HTTP/1.0\r\nHost: localhost\r\n\r\n", context);
	fd = socket(a->ai_family, a->ai_socktype | SOCK_CLOEXEC, 0);
	if (fd >= 0) {
		(void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
		if (connect(fd, a->ai_addr, a->ai_addrlen) == 0 && send(fd, text, (size_t)n, MSG_NOSIGNAL) == n)
			got = recv(fd, text, sizeof(text), 0);
		(void)close(fd);
	}
	freeaddrinfo(a);
	/* "HTTP/1.0 200": anything but a failure of the way to the workers shows that they are there */
	return got > 12 && memcmp(text, "HTTP/1.", 7) == 0 && text[9] != '5';
}

const char *
front_url(const struct front *f, const char *context, struct arena *mem)
{
	return arena_printf(mem, f->is_ipv6 ? "http://[%s]:%d%s/" : "http://%s:%d%s/", f->host, f->port,
	    strcmp(context, "/") == 0 ? "" : context);
}
