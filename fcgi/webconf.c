/* fcgi/webconf.c - see webconf.h */
#include "config.h"

#include "fcgi/webconf.h"

#include "base/span.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <strings.h>
#include <unistd.h>

enum { FILE_MAX = 1 << 20 };

const char *const webconf_usual[] = {
	"/etc/apache2/conf-enabled/cords.conf", "/etc/httpd/conf.d/cords.conf", "/etc/lighttpd/conf-enabled/50-cords.conf",
	"/etc/nginx/conf.d/cords.conf", NULL
};

struct web {
	char *text;			/* without comments */
	const char *dir;
	int64_t body;
	struct arena *mem;
	struct web_advice *row;
	size_t n;
};

static void
advise(struct web *w, bool is_wrong, const char *text)
{
	w->row = arena_grow(w->mem, w->row, w->n * sizeof(*w->row), (w->n + 1) * sizeof(*w->row));
	w->row[w->n++] = (struct web_advice){ is_wrong, text };
}

static bool
read_file(const char *path, struct arena *mem, char **text, struct err *e)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = 0, got = -1;

	*text = arena_alloc(mem, FILE_MAX + 1);
	if (fd >= 0)
		while ((got = read(fd, *text + n, (size_t)(FILE_MAX - n))) > 0)
			n += got;
	if (got < 0)
		(void)err_set(e, ERR_IO, "%s: %s", path, strerror(errno));
	if (fd >= 0)
		(void)close(fd);
	(*text)[n] = '\0';
	return got >= 0 && (memchr(*text, '\0', (size_t)n) == NULL || err_set(e, ERR_IO, "%s: holds a NUL", path));
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static void
blank_comments(char *text)
{
	for (char *p = text; *p != '\0'; p++)
		if (*p == '#' && (p == text || is_blank(p[-1])))
			while (*p != '\0' && *p != '\n')
				*p++ = ' ';
}

/* What follows a directive, up to the end of its line or a semicolon, without "=" and quotes; the last one counts.  NULL: it is
 * not there */
static const char *
value_of(const struct web *w, const char *name)
{
	size_t n = strlen(name);
	const char *found = NULL;

	for (const char *p = w->text; *p != '\0'; p++) {
		if (strncasecmp(p, name, n) == 0 && (is_blank(p[n]) || p[n] == '=')
		    && (p == w->text || is_blank(p[-1]) || p[-1] == '{' || p[-1] == ';'))
			found = p + n;
	}
	if (found == NULL)
		return NULL;
	found += strspn(found, " \t=\"'");
	return arena_z(w->mem, (struct span){ found, strcspn(found, "\"';\r\n") });
}

static bool
mentions(const struct web *w, const char *word)
{
	return strcasestr(w->text, word) != NULL;
}

static int64_t
parse_size(const char *text, int64_t unit)
{
	char *end;
	int64_t v = strtoll(text, &end, 10);

	switch (*end | 0x20) {
	case 'k':
		return v << 10;
	case 'm':
		return v << 20;
	case 'g':
		return v << 30;
	default:
		return v * unit;
	}
}

/* limit 0: there is none */
static void
check_limit(struct web *w, const char *name, const char *dflt, int64_t unit)
{
	const char *text = value_of(w, name);
	int64_t limit = parse_size(text != NULL ? text : dflt, unit);

	if (limit == 0 || limit >= w->body)
		return;
	advise(w, false, arena_printf(w->mem, "%s is %s%s, below request.maxBody (%" PRId64 " bytes): larger bodies are refused before "
	    "cords sees them; raise it above", name, text != NULL ? text : dflt, text != NULL ? "" : " unless it is set", w->body));
}

static void
check_root(struct web *w, const char *name)
{
	const char *root = value_of(w, name);
	size_t n = root == NULL ? 0 : strlen(root);

	while (n > 1 && root[n - 1] == '/')
		n--;
	if (n > 1 && strncmp(w->dir, root, n) == 0 && (w->dir[n] == '/' || w->dir[n] == '\0'))
		advise(w, true, arena_printf(w->mem, "%s is %s: the configuration folder lies below it and may be fetched by anybody; move "
		    "the folder", name, root));
}

static void
check_apache(struct web *w)
{
	const char *pass = value_of(w, "CGIPassAuth"), *header = value_of(w, "FcgidPassHeader");
	bool is_passed = (pass != NULL && strcasecmp(pass, "on") == 0) || (header != NULL && strcasecmp(header, "Authorization") == 0)
	    || mentions(w, "E=HTTP_AUTHORIZATION:");

	if (!is_passed)
		advise(w, true, "Apache does not pass the Authorization header, so every login fails; add \"CGIPassAuth On\"");
	if (mentions(w, "fcgid"))
		check_limit(w, "FcgidMaxRequestLen", "131072", 1);
	check_limit(w, "LimitRequestBody", "1073741824", 1);
	if (!mentions(w, "AllowEncodedSlashes NoDecode") && !mentions(w, "RewriteEngine"))
		advise(w, false, "names with an encoded slash are not found; add \"AllowEncodedSlashes NoDecode\"");
	check_root(w, "DocumentRoot");
}

static void
check_nginx(struct web *w)
{
	const char *authorization = value_of(w, "fastcgi_param HTTP_AUTHORIZATION");
	const char *proxied = value_of(w, "proxy_set_header Authorization");

	if ((authorization != NULL && *authorization == '\0') || (proxied != NULL && *proxied == '\0'))
		advise(w, true, "the Authorization header is emptied, so every login fails; take that line out");
	if (mentions(w, "fastcgi_pass") && !mentions(w, "fastcgi_params") && value_of(w, "fastcgi_param REQUEST_URI") == NULL)
		advise(w, true, "cords is not told the URI; add \"include fastcgi_params;\"");
	check_limit(w, "client_max_body_size", "1m", 1);
	check_root(w, "root");
}

static void
check_lighttpd(struct web *w)
{
	check_limit(w, "server.max-request-size", "0", 1024);
	if (!mentions(w, "url-path-2f-decode"))
		advise(w, false, "names with an encoded slash are not found; take server.http-parseopts from the sample");
	check_root(w, "server.document-root");
}

bool
webconf_check(const char *path, const char *dir, int64_t body, struct arena *mem, const struct web_advice **out, size_t *n,
    struct err *e)
{
	struct web w = { .dir = dir, .body = body, .mem = mem };

	if (!read_file(path, mem, &w.text, e))
		return false;
	blank_comments(w.text);
	if (mentions(&w, "fastcgi.server"))
		check_lighttpd(&w);
	else if (mentions(&w, "fastcgi_pass") || mentions(&w, "proxy_pass"))
		check_nginx(&w);
	else if (mentions(&w, "fcgi"))
		check_apache(&w);
	else
		return err_set(e, ERR_USAGE, "%s: nothing in it leads to a FastCGI program", path);
	*out = w.row;
	*n = w.n;
	return true;
}
