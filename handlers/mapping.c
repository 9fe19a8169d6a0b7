/* handlers/mapping.c - which pool a request means, by rules */
#include "handlers/mapping.h"

#include "base/list.h"
#include "handlers/origin.h"

enum { NAME_MAX_BYTES = 64 };

bool
mapping_next(struct span *rest, struct span *what, struct span *pool)
{
	struct span item;

	if (!list_next(rest, &item))
		return false;
	for (size_t i = item.n; i > 0; i--) {
		if (item.p[i - 1] != '=')
			continue;
		*what = span_trim((struct span){ item.p, i - 1 });
		*pool = span_trim((struct span){ item.p + i, item.n - i });
		return true;
	}
	return false;
}

/* a rule without a port is for every port */
static bool
host_fits(struct span host, struct span wanted)
{
	return span_eq_nocase(host, wanted)
	    || (host.n > wanted.n && host.p[wanted.n] == ':' && span_eq_nocase((struct span){ host.p, wanted.n }, wanted));
}

static bool
header_fits(const struct request *req, struct span wanted)
{
	const char *colon = memchr(wanted.p, ':', wanted.n);
	size_t n = colon == NULL ? 0 : (size_t)(colon - wanted.p);
	struct span value = { colon + 1, wanted.n - n - 1 };
	char name[NAME_MAX_BYTES + 1];

	if (n == 0 || n > NAME_MAX_BYTES)
		return false;
	for (size_t i = 0; i < n; i++)
		name[i] = wanted.p[i] >= 'A' && wanted.p[i] <= 'Z' ? (char)(wanted.p[i] | 0x20) : wanted.p[i];
	name[n] = '\0';
	return span_eq(span_trim(request_header(req, name)), span_trim(value));
}

static struct span
piece(struct span *rest)
{
	const char *slash = rest->n == 0 ? NULL : memchr(rest->p, '/', rest->n);
	struct span out = { rest->p, slash == NULL ? rest->n : (size_t)(slash - rest->p) };
	size_t n = out.n + (slash != NULL);

	*rest = (struct span){ rest->p + n, rest->n - n };
	return out;
}

/* whole segments only: /ords/eu is not the beginning of /ords/europe */
static bool
path_fits(const struct request *req, const char *context, struct span path, size_t *n_used)
{
	struct span above = span_of(context);

	*n_used = 0;
	if (path.n > 0)
		piece(&path);		/* what stands before the first slash: nothing */
	piece(&above);
	while (path.n > 0) {
		struct span wanted = piece(&path);

		if (above.n > 0 ? !span_eq(piece(&above), wanted)
		    : *n_used == req->n_segments || !span_eq(req->segments[(*n_used)++], wanted))
			return false;
	}
	return true;
}

static bool
prefix_fits(const struct request *req, const struct settings *global, struct span host, struct span wanted, size_t *n_used)
{
	struct span scheme = request_is_secure(req, global) ? SPAN("https://") : SPAN("http://");
	struct span rest = wanted;

	if (wanted.n > 4 && span_eq_nocase((struct span){ wanted.p, 4 }, SPAN("http"))) {
		if (wanted.n < scheme.n || !span_eq_nocase((struct span){ wanted.p, scheme.n }, scheme))
			return false;
		rest = (struct span){ wanted.p + scheme.n, wanted.n - scheme.n };
	}
	if (rest.n > 0 && rest.p[0] != '/') {
		struct span left = rest;
		struct span name = piece(&left);

		if (!host_fits(host, name))
			return false;
		rest = (struct span){ rest.p + name.n, rest.n - name.n };
	}
	return path_fits(req, global->context_path, rest, n_used);
}

struct best {
	size_t n_matched;
	struct span pool;
	size_t n_used;
};

static void
consider(struct best *best, struct span what, struct span pool, size_t n_used)
{
	if (what.n > best->n_matched)
		*best = (struct best){ what.n, pool, n_used };
}

void
mapping_find(const struct request *req, const struct settings *global, struct span host, struct span *pool,
    size_t *n_used)
{
	struct best best = { .pool = { NULL, 0 } };
	struct span what, name, rest;
	size_t used = 0;

	for (rest = span_of(global->map_prefix); mapping_next(&rest, &what, &name);)
		if (prefix_fits(req, global, host, what, &used))
			consider(&best, what, name, used);
	for (rest = span_of(global->map_host); mapping_next(&rest, &what, &name);)
		if (host_fits(host, what))
			consider(&best, what, name, 0);
	for (rest = span_of(global->map_header); mapping_next(&rest, &what, &name);)
		if (header_fits(req, what))
			consider(&best, what, name, 0);
	*pool = best.pool;
	*n_used = best.n_used;
}
