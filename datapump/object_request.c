/* datapump/object_request.c - one request to object storage, by libcurl */
#include "config.h"
#include "datapump/object_request.h"

#include "base/clock.h"
#include "base/digest.h"
#include "datapump/curllib.h"
#include "datapump/place.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <unistd.h>

/* below this many bytes a second for timeout_ms a transfer is given up */
#define SLOW_BYTES 1024L
#define EMPTY_SHA256 "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
enum { CONNECT_MS = 10000, ERROR_BODY = 4096, REPLY_MAX = 4 << 20 };

/* what storages answer; what is missing here is BUSY from 500 on, else REFUSED */
static const struct {
	long code;
	enum object_reply reply;
} replies[] = {
	{ 401, REPLY_STRANGER }, { 403, REPLY_STRANGER }, { 404, REPLY_MISSING }, { 408, REPLY_BUSY }, { 409, REPLY_EXISTS },
	{ 410, REPLY_MISSING }, { 412, REPLY_EXISTS }, { 416, REPLY_EXISTS }, { 422, REPLY_DAMAGED }, { 425, REPLY_BUSY },
	{ 429, REPLY_BUSY }, { 501, REPLY_CONDITION }, { 507, REPLY_REFUSED },
};

struct running {
	struct object_client *c;
	const struct object_request *r;
	struct object_answer *a;
	struct err *e;			/* what a callback failed with */
	int64_t sent;
	bool is_begun;			/* the body that is wanted has begun */
	bool is_moved;			/* a part came that nobody asked for */
	int64_t n_moved, moved_ns;	/* bytes in either direction, and when they became more */
	bool is_silent;
	char error_body[ERROR_BODY];
	size_t n_error_body;
	char refused[INET6_ADDRSTRLEN];	/* an address */
};

/* ---- addresses ---- */

static curl_socket_t
open_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *to)
{
	struct running *x = arg;
	char text[INET6_ADDRSTRLEN] = "";
	unsigned char address[ADDRESS_BYTES];
	struct sockaddr_in in4;
	struct sockaddr_in6 in6;

	(void)purpose;
	if (to->family == AF_INET && to->addrlen >= sizeof(in4)) {
		memcpy(&in4, &to->addr, sizeof(in4));
		(void)inet_ntop(AF_INET, &in4.sin_addr, text, sizeof(text));
	} else if (to->family == AF_INET6 && to->addrlen >= sizeof(in6)) {
		memcpy(&in6, &to->addr, sizeof(in6));
		(void)inet_ntop(AF_INET6, &in6.sin6_addr, text, sizeof(text));
	}
	if (address_read(span_of(text), address) && object_address_allowed(address, x->c->allowed))
		return x->c->socket = socket(to->family, to->socktype | SOCK_CLOEXEC, to->protocol);
	snprintf(x->refused, sizeof(x->refused), "%s", text);
	return CURL_SOCKET_BAD;
}

/* ---- headers of the answer ---- */

static bool
is_header(struct span line, const char *name, struct span *value)
{
	size_t n = strlen(name);

	if (line.n <= n || line.p[n] != ':' || strncasecmp(line.p, name, n) != 0)
		return false;
	*value = span_trim((struct span){ line.p + n + 1, line.n - n - 1 });
	return true;
}

static void
keep_text(struct span value, char *out, size_t size)
{
	if (value.n > 2 && value.p[0] == 'W' && value.p[1] == '/')
		value = (struct span){ value.p + 2, value.n - 2 };
	if (value.n >= 2 && value.p[0] == '"' && value.p[value.n - 1] == '"')
		value = (struct span){ value.p + 1, value.n - 2 };
	out[0] = '\0';
	if (value.n < size)
		snprintf(out, size, "%.*s", SPAN_ARG(value));
}

/* bytes FIRST-LAST/ALL */
static bool
read_range(struct span value, int64_t *first, int64_t *all)
{
	char text[96];
	long long a, b, n;

	if (value.n >= sizeof(text))
		return false;
	snprintf(text, sizeof(text), "%.*s", SPAN_ARG(value));
	if (sscanf(text, "bytes %lld-%lld/%lld", &a, &b, &n) != 3)
		return false;
	*first = a;
	*all = n;
	return true;
}

static size_t
on_header(char *p, size_t size, size_t n, void *arg)
{
	struct running *x = arg;
	struct object_answer *a = x->a;
	struct span line = { p, size * n }, value;
	int64_t first;

	if (line.n > 5 && strncasecmp(line.p, "HTTP/", 5) == 0) {	/* of one more answer */
		a->etag[0] = a->md5_base64[0] = a->token[0] = '\0';
		a->n_bytes = -1;
		a->has_segments = false;
	} else if (is_header(line, "ETag", &value)) {
		keep_text(value, a->etag, sizeof(a->etag));
	} else if (is_header(line, "opc-content-md5", &value)) {
		keep_text(value, a->md5_base64, sizeof(a->md5_base64));
	} else if (is_header(line, "X-Auth-Token", &value)) {
		keep_text(value, a->token, sizeof(a->token));
	} else if (is_header(line, "X-Static-Large-Object", &value)) {
		a->has_segments = span_is_nocase(value, "true");
	} else if (is_header(line, "Content-Length", &value) && a->n_bytes < 0) {
		char text[24];

		keep_text(value, text, sizeof(text));
		a->n_bytes = atoll(text);
	} else if (is_header(line, "Content-Range", &value)) {
		if (!read_range(value, &first, &a->n_bytes) || first != x->r->from)
			x->is_moved = true;
	}
	return line.n;
}

/* ---- bodies ---- */

static bool
write_all(int fd, const char *p, size_t n, int64_t at, struct err *e)
{
	while (n > 0) {
		ssize_t done = pwrite(fd, p, n, (off_t)at);

		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			return place_fail(e, "write");
		p += done;
		at += done;
		n -= (size_t)done;
	}
	return true;
}

/* A whole object where a part was wanted begins anew. */
static bool
begin_body(struct running *x, long code)
{
	bool is_part = code == 206;

	x->is_begun = true;
	x->a->n_written = is_part ? x->r->from : 0;
	if (!is_part && x->r->fd >= 0 && ftruncate(x->r->fd, 0) != 0)
		return place_fail(x->e, "truncate");
	return x->a->n_bytes < 0 || x->r->room == NULL || x->r->room(x->r->room_arg, x->a->n_bytes - x->a->n_written, x->e);
}

static size_t
on_body(char *p, size_t size, size_t n, void *arg)
{
	struct running *x = arg;
	long code = 0;

	n *= size;
	(void)curllib.curl_easy_getinfo(x->c->handle, CURLINFO_RESPONSE_CODE, &code);
	if (x->r->reply != NULL && code / 100 == 2) {
		if (x->r->reply->n + n > REPLY_MAX)
			return 0;
		buf_add(x->r->reply, p, n);
		return n;
	}
	if (x->r->verb != OBJECT_GET || code / 100 != 2) {
		size_t keep = sizeof(x->error_body) - x->n_error_body < n ? sizeof(x->error_body) - x->n_error_body : n;

		memcpy(x->error_body + x->n_error_body, p, keep);
		x->n_error_body += keep;
		return n;
	}
	if (x->is_moved || (!x->is_begun && !begin_body(x, code)))
		return 0;
	/* who does not tell a length is asked about room as it comes */
	if (x->a->n_bytes < 0 && x->r->room != NULL && !x->r->room(x->r->room_arg, (int64_t)n, x->e))
		return 0;
	if (x->r->into != NULL)
		digest_run_add(x->r->into, (struct span){ p, n });
	else if (x->r->fd >= 0 && !write_all(x->r->fd, p, n, x->a->n_written, x->e))
		return 0;
	x->a->n_written += (int64_t)n;
	return n;
}

static int64_t
body_bytes(const struct object_request *r)
{
	return r->text.p != NULL ? (int64_t)r->text.n : r->n_bytes;
}

static size_t
on_read(char *p, size_t size, size_t n, void *arg)
{
	struct running *x = arg;
	int64_t left = body_bytes(x->r) - x->sent;
	ssize_t got;

	n = left < (int64_t)(size * n) ? (size_t)left : size * n;
	if (x->r->text.p != NULL) {
		memcpy(p, x->r->text.p + x->sent, n);
		x->sent += (int64_t)n;
		return n;
	}
	do
		got = pread(x->r->fd, p, n, (off_t)(x->r->at + x->sent));
	while (got < 0 && errno == EINTR);
	if (got < 0) {
		place_fail(x->e, "read");
		return CURL_READFUNC_ABORT;
	}
	x->sent += got;
	return (size_t)got;
}

static int
on_seek(void *arg, curl_off_t offset, int origin)
{
	struct running *x = arg;

	if (origin != SEEK_SET)
		return CURL_SEEKFUNC_CANTSEEK;
	x->sent = offset;
	return CURL_SEEKFUNC_OK;
}

/* What the kernel still holds of an upload that was given up shall not arrive. */
static int
give_up(const struct running *x)
{
	const struct linger at_once = { .l_onoff = 1 };

	if (x->r->verb == OBJECT_PUT || x->r->verb == OBJECT_POST)
		(void)setsockopt(x->c->socket, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
	return 1;
}

static int
on_progress(void *arg, curl_off_t down_all, curl_off_t down, curl_off_t up_all, curl_off_t up)
{
	struct running *x = arg;
	int64_t now_ns = clock_mono_ns();

	(void)down_all;
	(void)up_all;
	if (x->c->go_on != NULL && !x->c->go_on(x->c->arg, x->e))
		return give_up(x);
	if (down + up != x->n_moved || x->moved_ns == 0) {
		x->n_moved = down + up;
		x->moved_ns = now_ns;
	}
	x->is_silent = now_ns - x->moved_ns > x->c->timeout_ms * 1000000;
	return x->is_silent ? give_up(x) : 0;
}

/* ---- the request ---- */

#define SET(option, value) (void)curllib.curl_easy_setopt(h, (option), (value))

static void
set_proof(CURL *h, const struct object_client *c, const struct object_request *r, struct arena *mem)
{
	if (r->uri->proof != PROOF_BASIC && r->uri->proof != PROOF_S3)
		return;
	SET(CURLOPT_USERNAME, c->key->username);
	SET(CURLOPT_PASSWORD, c->key->secret);
	if (r->uri->proof == PROOF_BASIC)
		SET(CURLOPT_HTTPAUTH, (long)CURLAUTH_BASIC);
	else
		SET(CURLOPT_AWS_SIGV4, arena_printf(mem, "aws:amz:%s:s3", r->uri->region));
}

static struct curl_slist *
headers_of(const struct object_client *c, const struct object_request *r, struct arena *mem)
{
	struct curl_slist *list = NULL;

	for (size_t i = 0; i < sizeof(r->headers) / sizeof(*r->headers) && r->headers[i] != NULL; i++)
		list = curllib.curl_slist_append(list, r->headers[i]);
	if (r->from > 0)
		list = curllib.curl_slist_append(list, arena_printf(mem, "Range: bytes=%lld-", (long long)r->from));
	if (r->uri->proof == PROOF_S3)
		list = curllib.curl_slist_append(list, arena_printf(mem, "x-amz-content-sha256: %s", r->payload_sha256 != NULL ? r->payload_sha256 : EMPTY_SHA256));
	if (r->uri->proof == PROOF_SWIFT && c->token != NULL)
		list = curllib.curl_slist_append(list, arena_printf(mem, "X-Auth-Token: %s", c->token));
	return list;
}

static void
set_verb(CURL *h, struct running *x)
{
	switch (x->r->verb) {
	case OBJECT_HEAD:
		SET(CURLOPT_NOBODY, 1L);
		break;
	case OBJECT_GET:
		SET(CURLOPT_HTTPGET, 1L);
		break;
	case OBJECT_POST:
	case OBJECT_PUT:
		if (x->r->verb == OBJECT_POST)
			SET(CURLOPT_CUSTOMREQUEST, "POST");
		SET(CURLOPT_UPLOAD, 1L);
		SET(CURLOPT_READFUNCTION, on_read);
		SET(CURLOPT_READDATA, x);
		SET(CURLOPT_SEEKFUNCTION, on_seek);
		SET(CURLOPT_SEEKDATA, x);
		SET(CURLOPT_INFILESIZE_LARGE, (curl_off_t)body_bytes(x->r));
		break;
	case OBJECT_DELETE:
		SET(CURLOPT_CUSTOMREQUEST, "DELETE");
		break;
	}
}

static void
set_all(CURL *h, struct running *x, struct arena *mem)
{
	const struct object_client *c = x->c;
	long seconds = (long)((c->timeout_ms + 999) / 1000);

	SET(CURLOPT_URL, object_uri_text(x->r->uri, mem));
	SET(CURLOPT_PATH_AS_IS, 1L);
	SET(CURLOPT_PROTOCOLS_STR, "https");
	SET(CURLOPT_FOLLOWLOCATION, 0L);
	SET(CURLOPT_PROXY, "");
	SET(CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	SET(CURLOPT_HTTP_CONTENT_DECODING, 0L);
	SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	SET(CURLOPT_SSL_VERIFYPEER, 1L);
	SET(CURLOPT_SSL_VERIFYHOST, 2L);
	if (c->ca_file[0] != '\0')
		SET(CURLOPT_CAINFO, c->ca_file);
	SET(CURLOPT_USERAGENT, "cords/" PACKAGE_VERSION);
	SET(CURLOPT_NOSIGNAL, 1L);
	SET(CURLOPT_CONNECTTIMEOUT_MS, (long)(c->timeout_ms < CONNECT_MS ? c->timeout_ms : CONNECT_MS));
	SET(CURLOPT_LOW_SPEED_LIMIT, SLOW_BYTES);
	SET(CURLOPT_LOW_SPEED_TIME, seconds);
	SET(CURLOPT_OPENSOCKETFUNCTION, open_socket);
	SET(CURLOPT_OPENSOCKETDATA, x);
	SET(CURLOPT_HEADERFUNCTION, on_header);
	SET(CURLOPT_HEADERDATA, x);
	SET(CURLOPT_WRITEFUNCTION, on_body);
	SET(CURLOPT_WRITEDATA, x);
	SET(CURLOPT_NOPROGRESS, 0L);
	SET(CURLOPT_XFERINFOFUNCTION, on_progress);
	SET(CURLOPT_XFERINFODATA, x);
	set_verb(h, x);
	set_proof(h, c, x->r, mem);
}

/* The word that S3 has for an error: letters between <Code> and </Code>. */
static struct span
error_word(const struct running *x)
{
	static const char open[] = "<Code>";
	const char *at = x->n_error_body == 0 ? NULL : memmem(x->error_body, x->n_error_body, open, sizeof(open) - 1);
	struct span word = { at == NULL ? "" : at + sizeof(open) - 1, 0 };

	while (at != NULL && word.p + word.n < x->error_body + x->n_error_body && word.n < 64
	    && ((word.p[word.n] | 0x20) >= 'a' && (word.p[word.n] | 0x20) <= 'z'))
		word.n++;
	return word;
}

static void
judge(struct running *x, long code)
{
	struct object_answer *a = x->a;
	struct span word = error_word(x);

	snprintf(a->why, sizeof(a->why), "HTTP %ld%s%.*s", code, word.n > 0 ? " " : "", SPAN_ARG(word));
	a->reply = code / 100 == 2 ? REPLY_OK : code >= 500 ? REPLY_BUSY : REPLY_REFUSED;
	for (size_t i = 0; i < sizeof(replies) / sizeof(*replies); i++)
		if (replies[i].code == code)
			a->reply = replies[i].reply;
	if (code / 100 == 3)
		snprintf(a->why, sizeof(a->why), "HTTP %ld: it leads elsewhere, which is not followed", code);
	if (span_is(word, "BadDigest") || span_is(word, "XAmzContentSHA256Mismatch") || span_is(word, "IncompleteBody"))
		a->reply = REPLY_DAMAGED;
	/* an upload in parts may come to nothing behind a head that was sent to keep us waiting */
	if (a->reply == REPLY_OK && x->r->verb == OBJECT_POST && word.n > 0)
		a->reply = span_is(word, "InternalError") ? REPLY_BUSY : REPLY_REFUSED;
	if (span_is(word, "RequestTimeout") || span_is(word, "SlowDown"))
		a->reply = REPLY_BUSY;
}

static bool
fatal(struct running *x, CURLcode rc, struct err *e)
{
	const char *host = x->r->uri->host;

	if (x->refused[0] != '\0')
		return err_set(e, ERR_BAD_JOB, "ODP-39000: host %s leads to the address %s, which is not public and not among"
		    " datapump.objectStorage.allowedHosts", host, x->refused);
	if (rc == CURLE_PEER_FAILED_VERIFICATION)
		return err_set(e, ERR_STORE_REFUSED, "the certificate of %s is not trusted", host);
	if (rc == CURLE_SSL_CACERT_BADFILE)
		return err_set(e, ERR_STORE_REFUSED, "datapump.objectStorage.caFile cannot be read");
	return err_set(e, ERR_INTERNAL, "the request to %s could not be made: %s", host, curllib.curl_easy_strerror(rc));
}

static bool
is_fatal(const struct running *x, CURLcode rc)
{
	switch (rc) {
	case CURLE_PEER_FAILED_VERIFICATION: case CURLE_SSL_CACERT_BADFILE: case CURLE_UNSUPPORTED_PROTOCOL: case CURLE_URL_MALFORMAT:
	case CURLE_OUT_OF_MEMORY: case CURLE_FAILED_INIT: case CURLE_NOT_BUILT_IN: case CURLE_UNKNOWN_OPTION: case CURLE_BAD_FUNCTION_ARGUMENT:
		return true;
	case CURLE_COULDNT_CONNECT:
		return x->refused[0] != '\0';
	default:
		return false;
	}
}

bool
object_request(struct object_client *c, const struct object_request *r, struct arena *mem, struct object_answer *a, struct err *e)
{
	struct running x = { .c = c, .r = r, .a = a, .e = e };
	struct curl_slist *headers;
	long code = 0;
	CURLcode rc;

	*a = (struct object_answer){ .n_bytes = -1, .n_written = r->from };
	if (r->reply != NULL)
		r->reply->n = 0;	/* of an attempt before, which was cut */
	if (!curllib_load(e))
		return false;
	if (c->handle == NULL)
		c->handle = curllib.curl_easy_init();
	if (c->handle == NULL)
		return err_set(e, ERR_NO_MEMORY, NULL);
	curllib.curl_easy_reset(c->handle);
	set_all(c->handle, &x, mem);
	headers = headers_of(c, r, mem);
	(void)curllib.curl_easy_setopt(c->handle, CURLOPT_HTTPHEADER, headers);
	rc = curllib.curl_easy_perform(c->handle);
	(void)curllib.curl_easy_getinfo(c->handle, CURLINFO_RESPONSE_CODE, &code);
	curllib.curl_slist_free_all(headers);
	if (e->kind != ERR_NONE)
		return false;
	if (is_fatal(&x, rc))
		return fatal(&x, rc, e);
	if (code >= 200)		/* below: only that it listens */
		judge(&x, code);
	/* an error of the storage counts also when the rest of our body was not taken */
	if (rc != CURLE_OK && a->reply <= REPLY_OK) {
		a->reply = REPLY_NONE;
		snprintf(a->why, sizeof(a->why), "%s", x.is_moved ? "a part came that was not asked for"
		    : x.is_silent ? "no progress for datapump.objectStorage.timeout" : curllib.curl_easy_strerror(rc));
	}
	return true;
}

void
object_client_close(struct object_client *c)
{
	if (c->handle != NULL)
		curllib.curl_easy_cleanup(c->handle);
	c->handle = NULL;
}
