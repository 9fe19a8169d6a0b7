/* fcgi/wire.c - see wire.h
 *
 * Of a variable that was sent twice the last one counts: nginx sends those of an included file first and the ones written
 * beside it later.  CONTENT_LENGTH is the exception, because two opinions about the end of a body are an attack.
 */
#include "fcgi/wire.h"

#include "base/buf.h"
#include "base/uid.h"
#include "handlers/url.h"

#include <unistd.h>

enum { FILE_PIECE = 65536 };		/* of a body that comes from a file */

enum var {
	V_METHOD, V_URI, V_SCRIPT, V_PATH, V_QUERY, V_TYPE, V_LENGTH, V_HTTPS, V_SCHEME, V_ADDRESS, V_NAME, V_PORT,
	V_AUTH_REDIRECT, V_AUTH_PLAIN, V__N
};

static const struct span var_names[V__N] = {
#define N(lit) { lit, sizeof(lit) - 1 }
	[V_METHOD] = N("REQUEST_METHOD"), [V_URI] = N("REQUEST_URI"), [V_SCRIPT] = N("SCRIPT_NAME"),
	[V_PATH] = N("PATH_INFO"), [V_QUERY] = N("QUERY_STRING"), [V_TYPE] = N("CONTENT_TYPE"),
	[V_LENGTH] = N("CONTENT_LENGTH"), [V_HTTPS] = N("HTTPS"), [V_SCHEME] = N("REQUEST_SCHEME"),
	[V_ADDRESS] = N("REMOTE_ADDR"), [V_NAME] = N("SERVER_NAME"), [V_PORT] = N("SERVER_PORT"),
	[V_AUTH_REDIRECT] = N("REDIRECT_HTTP_AUTHORIZATION"), [V_AUTH_PLAIN] = N("Authorization"),
#undef N
};

static const struct {
	const char *name;
	enum http_method method;
} methods[] = {
	{ "GET", M_GET }, { "HEAD", M_HEAD }, { "POST", M_POST }, { "PUT", M_PUT }, { "PATCH", M_PATCH },
	{ "DELETE", M_DELETE }, { "OPTIONS", M_OPTIONS },
};

/* what one request brought, before it is understood */
struct vars {
	struct span value[V__N];	/* p NULL when absent */
	bool lengths_differ;		/* CONTENT_LENGTH twice, with different values */
	struct span sent_length;	/* Content-Length as the client sent it; p NULL: the server does not tell */
	struct header *headers;
	size_t n_headers, header_bytes;
	bool has_long_header, has_many_headers;
};

static enum http_method
method_of(struct span text)
{
	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++)
		if (span_is(text, methods[i].name))
			return methods[i].method;
	return M_OTHER;
}

/* HTTP_IF_NONE_MATCH -> if-none-match; raw is without "HTTP_" */
static struct span
header_name(struct span raw, struct arena *mem)
{
	char *p = arena_alloc(mem, raw.n + 1);

	for (size_t i = 0; i < raw.n; i++) {
		char c = raw.p[i];

		p[i] = (char)(c == '_' ? '-' : c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
	}
	p[raw.n] = '\0';
	return (struct span){ p, raw.n };
}

static void
take_header(struct vars *v, struct span name, struct span value)
{
	for (size_t i = 0; i < v->n_headers; i++)
		if (span_eq(v->headers[i].name, name)) {
			v->header_bytes -= v->headers[i].value.n;
			v->header_bytes += value.n;
			v->headers[i].value = value;
			return;
		}
	v->header_bytes += name.n + value.n;
	v->headers[v->n_headers++] = (struct header){ name, value };
}

static void
take_http(struct vars *v, struct span raw, struct span value, struct arena *mem)
{
	/* what the server says about the body stands in CONTENT_*; "Proxy" would be taken for a setting by libraries */
	if (span_is_nocase(raw, "CONTENT_LENGTH"))
		v->sent_length = value;
	if (span_is_nocase(raw, "PROXY") || span_is_nocase(raw, "CONTENT_LENGTH") || span_is_nocase(raw, "CONTENT_TYPE"))
		return;
	/* a server that was told to pass Authorization passes an empty one where the client sent none */
	if (value.n == 0 && span_is_nocase(raw, "AUTHORIZATION"))
		return;
	if (value.n > HEADER_MAX_BYTES) {
		v->has_long_header = true;
		return;
	}
	if (v->n_headers == HEADERS_MAX) {
		v->has_many_headers = true;
		return;
	}
	take_header(v, header_name(raw, mem), value);
}

static void
take_variable(struct vars *v, struct span name, struct span value)
{
	for (int i = 0; i < V__N; i++) {
		if (!span_eq(name, var_names[i]))
			continue;
		if (i == V_LENGTH && v->value[i].p != NULL && !span_eq(v->value[i], value))
			v->lengths_differ = true;
		v->value[i] = value;
		return;
	}
}

static void
take_all(struct vars *v, char **env, struct arena *mem)
{
	size_t n = 0;

	while (n < HEADERS_MAX && env[n] != NULL)
		n++;
	v->headers = arena_alloc(mem, (n + 2) * sizeof(*v->headers));	/* two that complete_headers() adds */
	for (; *env != NULL; env++) {
		const char *eq = strchr(*env, '=');
		struct span name, value;

		if (eq == NULL)
			continue;
		name = (struct span){ *env, (size_t)(eq - *env) };
		value = span_of(eq + 1);
		if (name.n > 5 && memcmp(name.p, "HTTP_", 5) == 0)
			take_http(v, (struct span){ name.p + 5, name.n - 5 }, value, mem);
		else
			take_variable(v, name, value);
	}
}

static struct span
header_value(const struct vars *v, struct span name)
{
	for (size_t i = 0; i < v->n_headers; i++)
		if (span_eq(v->headers[i].name, name))
			return v->headers[i].value;
	return (struct span){ NULL, 0 };
}

/* Credentials and media type do not always come as HTTP_*. */
static void
complete_headers(struct vars *v)
{
	static const struct span auth = { "authorization", 13 }, type = { "content-type", 12 };

	for (int i = V_AUTH_REDIRECT; i <= V_AUTH_PLAIN; i++)
		if (v->value[i].n > HEADER_MAX_BYTES)
			v->has_long_header = true;
		else if (v->value[i].n > 0 && header_value(v, auth).p == NULL)
			take_header(v, auth, v->value[i]);
	if (v->value[V_TYPE].n > HEADER_MAX_BYTES)
		v->has_long_header = true;
	else if (v->value[V_TYPE].n > 0)
		take_header(v, type, v->value[V_TYPE]);
}

/* A client may bring its own identifier; anything unusual is replaced, because it goes into logs and headers. */
static void
choose_id(struct request *req, const struct vars *v, const char *trace_header)
{
	char token[23];

	for (size_t i = 0; i < v->n_headers; i++) {
		struct span id = v->headers[i].value;
		bool is_fine = id.n >= 1 && id.n < sizeof(req->id);

		if (!span_is_nocase(v->headers[i].name, trace_header))
			continue;
		for (size_t k = 0; is_fine && k < id.n; k++)
			is_fine = (id.p[k] >= '0' && id.p[k] <= '9') || (id.p[k] >= 'A' && id.p[k] <= 'Z')
			    || (id.p[k] >= 'a' && id.p[k] <= 'z') || id.p[k] == '_' || id.p[k] == '-';
		if (!is_fine)
			break;
		memcpy(req->id, id.p, id.n);
		req->id[id.n] = '\0';
		return;
	}
	uid_token(token);
	memcpy(req->id, token, sizeof(token));
}

static bool
is_secure(const struct vars *v)
{
	return span_is_nocase(v->value[V_HTTPS], "on") || span_is(v->value[V_HTTPS], "1")
	    || span_is_nocase(v->value[V_SCHEME], "https");
}

static const char *
server_name(const struct vars *v, bool is_https, struct arena *mem)
{
	struct span name = v->value[V_NAME], port = v->value[V_PORT];

	if (name.n == 0 || name.n > 255 || port.n > 5)
		return "";
	if (port.n == 0 || span_is(port, is_https ? "443" : "80"))
		return arena_z(mem, name);
	return arena_printf(mem, "%.*s:%.*s", SPAN_ARG(name), SPAN_ARG(port));
}

/* Decoded path -> target: what is not certainly a path byte is encoded again. */
static void
encode_path(struct buf *b, struct span path)
{
	static const char hex[] = "0123456789ABCDEF";

	for (size_t i = 0; i < path.n; i++) {
		unsigned char c = (unsigned char)path.p[i];

		if ((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z')
		    || (c != 0 && strchr("/-._~!$&'()*+,;=:@", c) != NULL)) {
			buf_char(b, (char)c);
		} else {
			buf_char(b, '%');
			buf_char(b, hex[c >> 4]);
			buf_char(b, hex[c & 15]);
		}
	}
}

/* The raw request target.  Servers decode PATH_INFO differently, so it serves only where REQUEST_URI is missing. */
static struct span
target_of(const struct vars *v, struct arena *mem)
{
	struct buf b;

	if (v->value[V_URI].n > 0)
		return v->value[V_URI];
	buf_init(&b, mem);
	encode_path(&b, v->value[V_SCRIPT]);
	encode_path(&b, v->value[V_PATH]);
	if (v->value[V_QUERY].n > 0) {
		buf_char(&b, '?');
		buf_span(&b, v->value[V_QUERY]);
	}
	return buf_text(&b);
}

static bool
check_headers(const struct vars *v, struct err *e)
{
	if (v->has_long_header)
		return err_set(e, ERR_TOO_LARGE, "a header is longer than %d bytes", HEADER_MAX_BYTES);
	if (v->has_many_headers)
		return err_set(e, ERR_TOO_LARGE, "more than %d headers", HEADERS_MAX);
	if (v->header_bytes > HEADERS_MAX_BYTES)
		return err_set(e, ERR_TOO_LARGE, "the headers are longer than %d bytes", HEADERS_MAX_BYTES);
	return true;
}

/* digits only, at most 2^53 */
static bool
read_length(struct span text, int64_t *n, struct err *e)
{
	const int64_t most = INT64_C(1) << 53;

	*n = 0;
	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] < '0' || text.p[i] > '9')
			return err_set(e, ERR_BAD_REQUEST, "Content-Length is not a number");
		*n = *n * 10 + (text.p[i] - '0');
		if (*n > most)
			return err_set(e, ERR_BAD_REQUEST, "Content-Length is out of range");
	}
	return true;
}

/* CONTENT_LENGTH: empty is absent, as nginx sends it. */
static bool
body_length(const struct vars *v, bool *is_given, int64_t *n, struct err *e)
{
	*is_given = v->value[V_LENGTH].n > 0;
	*n = 0;
	if (v->lengths_differ)
		return err_set(e, ERR_BAD_REQUEST, "Content-Length was sent twice with different values");
	return read_length(v->value[V_LENGTH], n, e);
}

/* With CGI a body has an end when it was sent in chunks; else there is what Content-Length says, and nothing behind it. */
static bool
has_end(const struct peer *peer, const struct vars *v)
{
	static const struct span encoding = { "transfer-encoding", 17 };

	return peer->has_end || (v->value[V_LENGTH].n == 0 && header_value(v, encoding).p != NULL);
}

/* Read on until the end without keeping anything: a peer that is still sending does not listen to an answer. */
static void
drain(struct peer *peer, const struct vars *v)
{
	int64_t left = 256 << 20, n;
	struct err ignored = { 0 };
	char scratch[4096];
	bool is_given;
	long got;

	if (!has_end(peer, v)) {
		if (!body_length(v, &is_given, &n, &ignored))
			return;
		if (n < left)
			left = n;
	}
	while (left > 0 && (got = peer->read(peer->state, scratch, left < (int64_t)sizeof(scratch) ? (size_t)left : sizeof(scratch))) > 0)
		left -= got;
}

/* Growing doubles, and the answer needs room, too: a body takes a quarter of the memory at most. */
static int64_t
body_limit(const struct settings *global)
{
	return global->memory_max_bytes / 4 < global->body_max_bytes ? global->memory_max_bytes / 4
	    : global->body_max_bytes;
}

static bool
too_large(const struct settings *global, struct err *e)
{
	return err_set(e, ERR_TOO_LARGE, "the body is larger than %lld bytes (%s)", (long long)body_limit(global),
	    body_limit(global) < global->body_max_bytes ? "a quarter of request.maxMemory" : "request.maxBody");
}

/* Body of a known length: exactly that many bytes, and then the end. */
static bool
read_known(struct peer *peer, size_t n, struct arena *mem, struct span *body, struct err *e)
{
	char *p = arena_alloc(mem, n + 1);	/* one more, to notice a body that is too long */
	size_t have = 0, want = peer->has_end ? n + 1 : n;
	long got = 0;

	while (have < want && (got = peer->read(peer->state, p + have, want - have)) > 0)
		have += (size_t)got;
	if (got < 0 || !peer->stream_ok(peer->state))
		return err_set(e, ERR_BAD_REQUEST, "the request was cut");
	if (have < n)
		return err_set(e, ERR_BAD_REQUEST, "the body is shorter than Content-Length says");
	if (have > n)
		return err_set(e, ERR_BAD_REQUEST, "the body is longer than Content-Length says");
	p[n] = '\0';
	*body = (struct span){ p, n };
	return true;
}

/* Body without a length: a chunked request that the server passes on while it arrives. */
static bool
read_unknown(struct peer *peer, size_t most, struct arena *mem, struct span *body, bool *is_over, struct err *e)
{
	struct buf b;
	char first[4096];
	long got;

	*is_over = false;
	buf_init(&b, mem);
	while ((got = peer->read(peer->state, first, sizeof(first))) > 0) {
		if (b.n + (size_t)got > most) {
			*is_over = true;
			return false;
		}
		buf_add(&b, first, (size_t)got);
	}
	if (got < 0 || !peer->stream_ok(peer->state))
		return err_set(e, ERR_BAD_REQUEST, "the request was cut");
	*body = buf_text(&b);
	return true;
}

static bool
read_body(struct peer *peer, const struct settings *global, const struct vars *v, struct arena *mem, struct span *body,
    struct err *e)
{
	int64_t most = body_limit(global);
	bool is_given, is_over = false;
	int64_t n;

	*body = SPAN("");
	if (!body_length(v, &is_given, &n, e))
		return false;
	if (n > most)
		return too_large(global, e);
	if (is_given)
		return read_known(peer, (size_t)n, mem, body, e);
	if (!has_end(peer, v))
		return true;		/* CGI without a body: standard input need not end */
	if (!read_unknown(peer, (size_t)most, mem, body, &is_over, e))
		return is_over ? too_large(global, e) : false;
	return true;
}

/* Above its LimitRequestBody Apache hands mod_fcgid an empty body, and that hands it on as if there were no more (R-43). */
static bool
is_as_sent(const struct settings *global, const struct vars *v, struct span body, struct err *e)
{
	int64_t n;

	if (v->sent_length.n == 0)
		return true;
	if (!read_length(v->sent_length, &n, e))
		return false;
	if (n > body_limit(global))
		return too_large(global, e);
	return (size_t)n == body.n || err_set(e, ERR_BAD_REQUEST, "the body is not as long as Content-Length says");
}

bool
wire_read(struct peer *peer, const struct settings *global, struct arena *mem, struct request *req, struct err *e)
{
	struct vars v = { 0 };

	memset(req, 0, sizeof(*req));
	take_all(&v, peer->env, mem);
	complete_headers(&v);
	req->method_text = v.value[V_METHOD].p == NULL ? SPAN("") : v.value[V_METHOD];
	req->method = method_of(req->method_text);
	req->headers = v.headers;
	req->n_headers = v.n_headers;
	req->has_content_type = v.value[V_TYPE].n > 0;
	req->is_https = is_secure(&v);
	req->remote_address = arena_z(mem, v.value[V_ADDRESS]);	/* the log outlives the variables */
	req->server_name = server_name(&v, req->is_https, mem);
	req->body = SPAN("");
	choose_id(req, &v, global->trace_header);

	if (check_headers(&v, e) && url_split(target_of(&v, mem), global->context_path, mem, req, e)
	    && read_body(peer, global, &v, mem, &req->body, e)) {
		if (is_as_sent(global, &v, req->body, e))
			return true;
	} else {
		drain(peer, &v);
	}
	req->body = SPAN("");
	return false;
}

static const char *
reason(int status)
{
	switch (status) {
	case 200: return "OK";
	case 201: return "Created";
	case 202: return "Accepted";
	case 204: return "No Content";
	case 206: return "Partial Content";
	case 301: return "Moved Permanently";
	case 304: return "Not Modified";
	case 400: return "Bad Request";
	case 401: return "Unauthorized";
	case 403: return "Forbidden";
	case 404: return "Not Found";
	case 405: return "Method Not Allowed";
	case 406: return "Not Acceptable";
	case 409: return "Conflict";
	case 412: return "Precondition Failed";
	case 413: return "Content Too Large";
	case 415: return "Unsupported Media Type";
	case 416: return "Range Not Satisfiable";
	case 422: return "Unprocessable Content";
	case 429: return "Too Many Requests";
	case 500: return "Internal Server Error";
	case 501: return "Not Implemented";
	case 503: return "Service Unavailable";
	case 504: return "Gateway Timeout";
	default: return "Status";
	}
}

/* Apache makes a redirect of an answer 200 that has a Location; PUT of an object has one. */
static bool
is_apache(char **env)
{
	for (; *env != NULL; env++)
		if (strncmp(*env, "SERVER_SOFTWARE=Apache", 22) == 0)
			return true;
	return false;
}

/* What was promised, or the connection breaks: a file that became shorter is no whole body (R-09). */
static bool
write_file(struct peer *peer, const struct response *r)
{
	char piece[FILE_PIECE];
	int64_t at = r->file_at, left = r->file_bytes;

	while (left > 0) {
		ssize_t n = pread(r->file, piece, left < FILE_PIECE ? (size_t)left : FILE_PIECE, (off_t)at);

		if (n <= 0 || !peer->write(peer->state, piece, (size_t)n))
			return false;
		at += n;
		left -= n;
	}
	return true;
}

bool
wire_write(struct peer *peer, const struct response *r)
{
	bool takes_location = r->status != 200 || !is_apache(peer->env);
	struct buf b;

	buf_init(&b, r->mem);
	buf_reserve(&b, 1024);
	put_lit(&b, "Status: ");
	buf_int(&b, r->status);
	buf_char(&b, ' ');
	buf_addz(&b, reason(r->status));
	put_lit(&b, "\r\n");
	for (size_t i = 0; i < r->n_headers; i++) {
		if (!takes_location && strcmp(r->headers[i].name, "Location") == 0)
			continue;
		buf_addz(&b, r->headers[i].name);
		put_lit(&b, ": ");
		buf_span(&b, r->headers[i].value);
		put_lit(&b, "\r\n");
	}
	if (r->has_body) {
		put_lit(&b, "Content-Length: ");
		buf_int(&b, response_bytes(r));
		put_lit(&b, "\r\n");
	}
	put_lit(&b, "\r\n");
	if (!peer->write(peer->state, b.p, b.n))
		return false;
	if (!r->has_body || r->is_head)
		return true;
	if (r->file >= 0)
		return write_file(peer, r);
	return r->body.n == 0 || peer->write(peer->state, r->body.p, r->body.n);
}
