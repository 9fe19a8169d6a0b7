/* tests/fuzz/fuzz_wire.c - the variables and the body of one request, as a web server could send them
 *
 * Input: one byte of choices, lines NAME=value, an empty line, the body.  Whatever is sent, a request that is accepted
 * is whole, within its limits, and says no more than was sent.
 */
#include "fcgi/wire.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MUST(x) do { \
	if (!(x)) { \
		fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #x); \
		abort(); \
	} \
} while (0)

enum { MAX_VARIABLES = 600, BODY_MAX = 4096 };

struct sent {
	const char *body;
	size_t n, at, piece;
	bool is_cut;
};

static long
sent_read(void *state, char *p, size_t n)
{
	struct sent *s = state;

	if (n > s->n - s->at)
		n = s->n - s->at;
	if (s->piece > 0 && n > s->piece)
		n = s->piece;
	if (n == 0)
		return s->is_cut ? -1 : 0;
	memcpy(p, s->body + s->at, n);
	s->at += n;
	return (long)n;
}

static bool
sent_write(void *state, const char *p, size_t n)
{
	(void)state;
	(void)p;
	(void)n;
	return true;
}

static bool
sent_ok(void *state)
{
	const struct sent *s = state;

	return !(s->is_cut && s->at == s->n);
}

/* Cuts the text into variables in place; what follows the empty line is the body. */
static char *
split(char *text, size_t n, char **env)
{
	char *p = text, *end = text + n;
	size_t n_env = 0;

	while (p < end && *p != '\n') {
		char *line_end = memchr(p, '\n', (size_t)(end - p));

		if (line_end == NULL)
			line_end = end;
		*line_end = '\0';
		if (n_env < MAX_VARIABLES)
			env[n_env++] = p;
		p = line_end < end ? line_end + 1 : end;
	}
	env[n_env] = NULL;
	return p < end ? p + 1 : end;
}

static void
check_headers(const struct request *req)
{
	MUST(req->n_headers <= HEADERS_MAX + 2);
	for (size_t i = 0; i < req->n_headers; i++) {
		struct span name = req->headers[i].name;

		MUST(req->headers[i].value.n <= HEADER_MAX_BYTES);
		for (size_t k = 0; k < name.n; k++)
			MUST(name.p[k] != '_' && !(name.p[k] >= 'A' && name.p[k] <= 'Z'));
		MUST(!span_is(name, "proxy"));
		for (size_t k = 0; k < i; k++)
			MUST(!span_eq(name, req->headers[k].name));
	}
}

static void
check_body(const struct request *req, const struct sent *s, bool has_end, char **env)
{
	const char *announced = "";

	MUST(req->body.n <= BODY_MAX);
	MUST(req->body.n == 0 || memcmp(req->body.p, s->body, req->body.n) == 0);
	if (has_end)
		MUST(!s->is_cut && req->body.n == s->n);
	for (; *env != NULL; env++)
		if (strncmp(*env, "CONTENT_LENGTH=", 15) == 0) {
			MUST(announced[0] == '\0' || strcmp(announced, *env + 15) == 0);
			announced = *env + 15;
		}
	if (announced[0] != '\0')
		MUST(strspn(announced, "0123456789") == strlen(announced)
		    && strtoull(announced, NULL, 10) == req->body.n);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct arena *mem;
	struct settings limits = { .body_max_bytes = BODY_MAX, .memory_max_bytes = 1 << 20, .context_path = "/ords",
		.trace_header = "Request-Id" };
	static char *env[MAX_VARIABLES + 1];
	struct err e = { 0 };
	struct request req;
	struct sent s = { 0 };
	struct peer peer = { .state = &s, .env = env, .read = sent_read, .write = sent_write, .stream_ok = sent_ok };
	bool is_fine;
	char *text;

	if (size == 0)
		return 0;
	if (mem == NULL)
		mem = arena_open(0);
	arena_clear(mem);
	text = malloc(size);
	if (text == NULL)
		return 0;
	memcpy(text, data + 1, size - 1);
	text[size - 1] = '\0';
	s.body = split(text, size - 1, env);
	s.n = (size_t)(text + size - 1 - s.body);
	s.piece = data[0] & 7;
	s.is_cut = (data[0] & 8) != 0;
	peer.has_end = (data[0] & 16) == 0;

	is_fine = wire_read(&peer, &limits, mem, &req, &e);
	MUST(is_fine == (e.kind == ERR_NONE));
	MUST(is_fine || e.kind == ERR_BAD_URI || e.kind == ERR_BAD_REQUEST || e.kind == ERR_TOO_LARGE);
	MUST(strlen(req.id) >= 1 && strspn(req.id, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-")
	    == strlen(req.id));
	MUST(req.remote_address != NULL && req.server_name != NULL);
	check_headers(&req);
	if (is_fine)
		check_body(&req, &s, peer.has_end, env);
	else
		MUST(req.body.n == 0);
	free(text);
	return 0;
}
