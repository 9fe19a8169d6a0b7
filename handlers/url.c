/* handlers/url.c - percent-encoding, splitting, the base of links
 *
 * A path is split first and decoded once, so an encoded slash is data.  What comes out of here is valid UTF-8 without NUL.
 */
#include "handlers/url.h"

#include "base/list.h"
#include "base/scan.h"
#include "handlers/origin.h"

enum place { IN_PATH, IN_QUERY, IN_FORM };

static bool
bad(struct err *e, enum place place, const char *why)
{
	return place == IN_FORM ? err_set(e, ERR_BAD_FORM, "the form %s", why) : err_set(e, ERR_BAD_URI, "the URI %s", why);
}

static int
hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return -1;
}

/* Borrowed from the input where nothing was escaped. */
static bool
decode(struct span raw, enum place place, struct arena *mem, struct span *out, struct err *e)
{
	char *p;
	size_t n = 0;
	bool is_plain = true;
	bool is_ascii = true;

	for (size_t i = 0; i < raw.n; i++) {
		char c = raw.p[i];

		if (c == '\0')
			return bad(e, place, "holds a NUL");
		if (c == '%' || (c == '+' && place != IN_PATH))
			is_plain = false;
		if ((unsigned char)c >= 0x80)
			is_ascii = false;
	}
	*out = raw;
	if (is_plain && is_ascii)
		return true;
	if (!is_plain) {
		p = arena_alloc(mem, raw.n);
		for (size_t i = 0; i < raw.n; i++) {
			int hi, lo;

			if (raw.p[i] == '+' && place != IN_PATH) {
				p[n++] = ' ';
				continue;
			}
			if (raw.p[i] != '%') {
				p[n++] = raw.p[i];
				continue;
			}
			if (raw.n - i < 3 || (hi = hex_value(raw.p[i + 1])) < 0
			    || (lo = hex_value(raw.p[i + 2])) < 0)
				return bad(e, place, "holds a '%' without two hexadecimal digits");
			if (hi == 0 && lo == 0)
				return bad(e, place, "holds a NUL");
			p[n++] = (char)(hi << 4 | lo);
			i += 2;
		}
		*out = (struct span){ p, n };
	}
	if (!utf8_valid(*out))
		return bad(e, place, "is not UTF-8");
	return true;
}

/* the piece up to `stop`; rest begins behind it, rest->p NULL when there was none */
static struct span
piece(struct span *rest, char stop)
{
	struct span s = *rest;
	const char *at = s.n == 0 ? NULL : memchr(s.p, stop, s.n);

	if (at == NULL) {
		*rest = (struct span){ NULL, 0 };
		return s;
	}
	s.n = (size_t)(at - s.p);
	*rest = (struct span){ at + 1, rest->n - s.n - 1 };
	return s;
}

/* http://host/path?query -> /path?query */
static struct span
without_authority(struct span target)
{
	size_t scheme = target.n > 7 && span_eq_nocase((struct span){ target.p, 7 }, SPAN("http://")) ? 7
	    : target.n > 8 && span_eq_nocase((struct span){ target.p, 8 }, SPAN("https://")) ? 8 : 0;

	if (scheme == 0)
		return target;
	for (size_t i = scheme; i < target.n; i++)
		if (target.p[i] == '/' || target.p[i] == '?')
			return (struct span){ target.p + i, target.n - i };
	return SPAN("/");
}

static bool
add_segment(struct span segment, bool is_last, struct request *req, struct err *e)
{
	if (segment.n == 0) {
		if (!is_last)
			req->has_empty_segment = true;
		return true;
	}
	if (span_is(segment, ".") || span_is(segment, ".."))
		return err_set(e, ERR_BAD_URI, "the path holds a segment '.' or '..'");
	if (req->n_segments == MAX_SEGMENTS)
		return err_set(e, ERR_BAD_URI, "the path has more than %d segments", MAX_SEGMENTS);
	req->segments[req->n_segments++] = segment;
	return true;
}

static bool
split_path(const char *context, struct arena *mem, struct request *req, struct err *e)
{
	struct span left = span_of(context);
	struct span rest = req->raw_path;
	struct span segment;

	if (rest.n == 0 || rest.p[0] != '/') {
		req->outside_context = true;
		return true;
	}
	piece(&rest, '/');
	piece(&left, '/');
	while (rest.p != NULL) {
		if (!decode(piece(&rest, '/'), IN_PATH, mem, &segment, e))
			return false;
		if (left.n > 0) {
			if (!span_eq(piece(&left, '/'), segment))
				req->outside_context = true;
			else
				continue;
		}
		if (!add_segment(segment, rest.p == NULL, req, e))
			return false;
	}
	if (left.n > 0)
		req->outside_context = true;
	return true;
}

static bool
split_pairs(struct span rest, enum place place, struct arena *mem, struct pair *out, size_t max, size_t *n, struct err *e)
{
	*n = 0;
	while (rest.n > 0) {
		struct span value = piece(&rest, '&');
		struct span name;

		if (value.n == 0)
			continue;
		if (*n == max)
			return place == IN_FORM ? err_set(e, ERR_BAD_FORM, "the form has more than %zu parameters", max)
			    : err_set(e, ERR_BAD_URI, "the query has more than %zu parameters", max);
		name = piece(&value, '=');
		if (value.p == NULL)
			value = SPAN("");
		if (!decode(name, place, mem, &out[*n].name, e) || !decode(value, place, mem, &out[*n].value, e))
			return false;
		(*n)++;
	}
	return true;
}

bool
form_split(struct span text, struct arena *mem, struct pair *out, size_t max, size_t *n, struct err *e)
{
	return split_pairs(text, IN_FORM, mem, out, max, n, e);
}

bool
url_split(struct span target, const char *context, struct arena *mem, struct request *req, struct err *e)
{
	struct span rest;

	req->n_segments = 0;
	req->n_pairs = 0;
	req->has_empty_segment = false;
	req->outside_context = false;
	req->raw_path = req->raw_query = SPAN("");
	if (target.n > URI_MAX_BYTES)
		return err_set(e, ERR_BAD_URI, "the URI is longer than %d bytes", URI_MAX_BYTES);
	rest = without_authority(target);
	req->raw_path = piece(&rest, '?');
	if (rest.p != NULL)
		req->raw_query = rest;
	return split_path(context, mem, req, e)
	    && split_pairs(req->raw_query, IN_QUERY, mem, req->pairs, MAX_QUERY_PAIRS, &req->n_pairs, e);
}

static void
encode(struct buf *b, struct span s, char extra)
{
	static const char hex[] = "0123456789ABCDEF";
	char *out;

	buf_reserve(b, 3 * s.n);
	out = b->p + b->n;
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.'
		    || c == '-' || c == '_' || c == '~' || c == (unsigned char)extra) {
			*out++ = (char)c;
		} else {
			*out++ = '%';
			*out++ = hex[c >> 4];
			*out++ = hex[c & 15];
		}
	}
	b->n = (size_t)(out - b->p);
}

void
url_encode_segment(struct buf *b, struct span s)
{
	encode(b, s, '+');
}

void
url_encode_value(struct buf *b, struct span s)
{
	encode(b, s, '*');
}

static bool
port_is_valid(struct span port)
{
	unsigned value = 0;

	if (port.n == 0 || port.n > 5)
		return false;
	for (size_t i = 0; i < port.n; i++) {
		if (port.p[i] < '0' || port.p[i] > '9')
			return false;
		value = value * 10 + (unsigned)(port.p[i] - '0');
	}
	return value <= 65535;
}

bool
host_is_valid(struct span host)
{
	size_t i = 0;

	if (host.n == 0 || host.n > 262)
		return false;
	if (host.p[0] == '[') {
		for (i = 1; i < host.n && host.p[i] != ']'; i++)
			if (hex_value(host.p[i]) < 0 && host.p[i] != ':' && host.p[i] != '.')
				return false;
		if (i < 3 || i == host.n)
			return false;
		i++;
	} else {
		for (; i < host.n && host.p[i] != ':'; i++) {
			unsigned char c = (unsigned char)host.p[i];

			if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')
			    || c == '-' || c == '.' || c == '_'))
				return false;
		}
		if (i == 0)
			return false;
	}
	return i == host.n || (host.p[i] == ':' && port_is_valid((struct span){ host.p + i + 1, host.n - i - 1 }));
}

/* public.hosts names hosts with a port, or for every port */
static bool
host_is_listed(struct span host, const char *list)
{
	struct span rest = span_of(list);
	struct span entry;

	if (rest.n == 0 || list_holds(list, host))
		return true;
	while (list_next(&rest, &entry))
		if (host.n > entry.n && host.p[entry.n] == ':'
		    && span_eq_nocase((struct span){ host.p, entry.n }, entry))
			return true;
	return false;
}

bool
url_host(const struct request *req, const struct settings *global, struct span *out, struct err *e)
{
	struct span host = request_header(req, "host");
	bool is_valid = host_is_valid(host);
	struct span forwarded;

	if (host.n > 0 && !is_valid)
		return err_set(e, ERR_BAD_REQUEST, "malformed Host header");
	if (host.n == 0) {
		host = span_of(req->server_name == NULL ? "" : req->server_name);
		is_valid = host_is_valid(host);
	}
	forwarded = request_header(req, "x-forwarded-host");
	if (forwarded.n > 0 && request_from_trusted_proxy(req, global)) {
		if (!list_next(&forwarded, &host) || !host_is_valid(host))
			return err_set(e, ERR_BAD_REQUEST, "malformed X-Forwarded-Host header");
		is_valid = true;
	}
	if (!is_valid)
		host = SPAN("localhost");
	*out = host;
	return host_is_listed(host, global->public_hosts) || err_set(e, ERR_BAD_REQUEST, "this Host is not served here");
}

bool
url_origin(const struct request *req, const struct settings *global, struct arena *mem, struct span *out, struct err *e)
{
	struct span host;
	char *p;

	if (!url_host(req, global, &host, e))
		return false;
	if (global->public_url[0] != '\0') {
		*out = span_of(global->public_url);
		while (out->n > 0 && out->p[out->n - 1] == '/')
			out->n--;
		return true;
	}
	p = arena_alloc(mem, host.n + 8);
	if (request_is_secure(req, global)) {
		memcpy(p, "https://", 8);
		out->n = 8;
	} else {
		memcpy(p, "http://", 7);
		out->n = 7;
	}
	memcpy(p + out->n, host.p, host.n);
	out->p = p;
	out->n += host.n;
	return true;
}
