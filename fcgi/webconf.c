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
	const char *path;
	struct web_behind behind;
	struct arena *mem;
	struct web_advice *row;
	size_t n;
};

static void
advise(struct web *w, enum web_weight weight, const char *text)
{
	w->row = arena_grow(w->mem, w->row, w->n * sizeof(*w->row), (w->n + 1) * sizeof(*w->row));
	w->row[w->n++] = (struct web_advice){ weight, text };
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

	if (limit == 0 || limit >= w->behind.body_bytes)
		return;
	advise(w, WEB_SURPRISING, arena_printf(w->mem, "%s is %s%s, below request.maxBody (%" PRId64 " bytes): larger bodies are refused before "
	    "cords sees them; raise it above", name, text != NULL ? text : dflt, text != NULL ? "" : " unless it is set", w->behind.body_bytes));
}

static void
check_root(struct web *w, const char *name)
{
	const char *root = value_of(w, name);
	size_t n = root == NULL ? 0 : strlen(root);

	while (n > 1 && root[n - 1] == '/')
		n--;
	if (n > 1 && strncmp(w->behind.dir, root, n) == 0 && (w->behind.dir[n] == '/' || w->behind.dir[n] == '\0'))
		advise(w, WEB_WRONG, arena_printf(w->mem, "%s is %s: the configuration folder lies below it and may be fetched by anybody; move "
		    "the folder", name, root));
}

/* what is above the limit arrives as an empty body, which only a header that Apache does not pass would tell */
static void
check_cut(struct web *w)
{
	const char *limit = value_of(w, "LimitRequestBody");

	if (limit != NULL && parse_size(limit, 1) == 0)
		return;
	advise(w, WEB_WRONG, arena_printf(w->mem, "LimitRequestBody is %s: mod_fcgid takes what is above it for an empty body; add "
	    "\"LimitRequestBody 0\"", limit != NULL ? limit : "1073741824 unless it is set"));
}

static void
check_apache(struct web *w)
{
	const char *pass = value_of(w, "CGIPassAuth"), *header = value_of(w, "FcgidPassHeader");
	bool is_passed = (pass != NULL && strcasecmp(pass, "on") == 0) || (header != NULL && strcasecmp(header, "Authorization") == 0)
	    || mentions(w, "E=HTTP_AUTHORIZATION:");

	if (!is_passed)
		advise(w, WEB_WRONG, "Apache does not pass the Authorization header, so every login fails; add \"CGIPassAuth On\"");
	if (mentions(w, "fcgid"))
		check_limit(w, "FcgidMaxRequestLen", "131072", 1);
	if (mentions(w, "fcgid") && !mentions(w, "E=HTTP_CONTENT_LENGTH:"))
		check_cut(w);
	else
		check_limit(w, "LimitRequestBody", "1073741824", 1);
	if (!mentions(w, "AllowEncodedSlashes NoDecode") && !mentions(w, "RewriteEngine"))
		advise(w, WEB_SURPRISING, "names with an encoded slash are not found; add \"AllowEncodedSlashes NoDecode\"");
	check_root(w, "DocumentRoot");
}

/* "auto", as Debian sets it, is one for each core; a main file that does not say has one */
static size_t
nginx_processes(const struct web *w)
{
	static const char *const beside[] = { "", "nginx.conf", "../nginx.conf" };
	const char *slash = strrchr(w->path, '/');
	size_t n_dir = slash == NULL ? 0 : (size_t)(slash - w->path) + 1;
	long cores = sysconf(_SC_NPROCESSORS_ONLN);

	for (size_t i = 0; i < sizeof(beside) / sizeof(*beside); i++) {
		struct web file = *w;
		struct err ignored;
		const char *text;

		if (*beside[i] != '\0'
		    && !read_file(arena_printf(w->mem, "%.*s%s", (int)n_dir, w->path, beside[i]), w->mem, &file.text, &ignored))
			continue;
		blank_comments(file.text);
		text = value_of(&file, "worker_processes");
		if (text != NULL && strtol(text, NULL, 10) > 0)
			return (size_t)strtol(text, NULL, 10);
		if (text == NULL && value_of(&file, "events") != NULL)
			return 1;
	}
	return cores < 1 ? 1 : (size_t)cores;
}

/* A connection that nginx keeps occupies a worker while nobody asks.  Each of its processes keeps as many as `keepalive` says,
 * and all of them may lead to one pool. */
static void
check_kept(struct web *w)
{
	const char *switched = value_of(w, "fastcgi_keep_conn"), *text = value_of(w, "keepalive");
	long kept = text == NULL ? 0 : strtol(text, NULL, 10);
	size_t n_processes = nginx_processes(w), n_workers = w->behind.n_workers, safe = n_workers / 2 / n_processes;
	const char *how = safe == 0 ? "fastcgi_keep_conn off" : arena_printf(w->mem, "keepalive %zu", safe);

	if (switched != NULL && strcasecmp(switched, "on") == 0 && kept > 0) {
		if ((size_t)kept * n_processes >= n_workers)
			advise(w, WEB_WRONG, arena_printf(w->mem, "keepalive %ld in %zu processes of nginx can hold all %zu workers of a pool while "
			    "nobody asks, and others wait for ever; write \"%s;\"", kept, n_processes, n_workers, how));
	} else if (safe > 0) {
		advise(w, WEB_POSSIBLE, arena_printf(w->mem, "nothing against it; with %zu workers in a pool and %zu processes, nginx may keep "
		    "connections, which is faster: \"%s;\" at the end of upstream, and \"fastcgi_keep_conn on;\"", n_workers, n_processes, how));
	}
}

static void
check_nginx(struct web *w)
{
	const char *authorization = value_of(w, "fastcgi_param HTTP_AUTHORIZATION");
	const char *proxied = value_of(w, "proxy_set_header Authorization");

	if ((authorization != NULL && *authorization == '\0') || (proxied != NULL && *proxied == '\0'))
		advise(w, WEB_WRONG, "the Authorization header is emptied, so every login fails; take that line out");
	if (mentions(w, "fastcgi_pass") && !mentions(w, "fastcgi_params") && value_of(w, "fastcgi_param REQUEST_URI") == NULL)
		advise(w, WEB_WRONG, "cords is not told the URI; add \"include fastcgi_params;\"");
	check_limit(w, "client_max_body_size", "1m", 1);
	check_root(w, "root");
	if (mentions(w, "fastcgi_pass"))
		check_kept(w);
}

static void
check_lighttpd(struct web *w)
{
	check_limit(w, "server.max-request-size", "0", 1024);
	if (!mentions(w, "url-path-2f-decode"))
		advise(w, WEB_SURPRISING, "names with an encoded slash are not found; take server.http-parseopts from the sample");
	check_root(w, "server.document-root");
}

bool
webconf_check(const char *path, const struct web_behind *behind, struct arena *mem, const struct web_advice **out, size_t *n,
    struct err *e)
{
	struct web w = { .path = path, .behind = *behind, .mem = mem };

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
