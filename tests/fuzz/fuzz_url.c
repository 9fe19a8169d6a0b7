/* tests/fuzz/fuzz_url.c - url_split(), route_find() and params_read()
 *
 * What was split and decoded is written again by our own encoder and must be read back as the same; nothing that comes out
 * holds a NUL or is anything but UTF-8.
 */
#include "base/scan.h"
#include "handlers/route.h"
#include "handlers/url.h"

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

static bool
is_text(struct span s)
{
	return utf8_valid(s) && (s.n == 0 || memchr(s.p, '\0', s.n) == NULL);
}

static void
same_when_written_again(const struct request *req, struct arena *mem)
{
	struct request *again = arena_zalloc(mem, sizeof(*again));
	struct err e = { 0 };
	struct buf b;

	buf_init(&b, mem);
	put_lit(&b, "/ords");
	for (size_t i = 0; i < req->n_segments; i++) {
		buf_char(&b, '/');
		url_encode_segment(&b, req->segments[i]);
	}
	for (size_t i = 0; i < req->n_pairs; i++) {
		buf_char(&b, i == 0 ? '?' : '&');
		url_encode_value(&b, req->pairs[i].name);
		buf_char(&b, '=');
		url_encode_value(&b, req->pairs[i].value);
	}
	if (b.n > URI_MAX_BYTES)
		return;
	MUST(url_split(buf_text(&b), "/ords", mem, again, &e));
	MUST(again->n_segments == req->n_segments && again->n_pairs == req->n_pairs);
	MUST(!again->has_empty_segment && !again->outside_context);
	for (size_t i = 0; i < req->n_segments; i++)
		MUST(span_eq(again->segments[i], req->segments[i]));
	for (size_t i = 0; i < req->n_pairs; i++)
		MUST(span_eq(again->pairs[i].name, req->pairs[i].name)
		    && span_eq(again->pairs[i].value, req->pairs[i].value));
}

static void
route_it(struct request *req, enum http_method method)
{
	char allow[ALLOW_TEXT];
	struct params p = { 0 };
	struct err e = { 0 };
	struct match m;

	req->method = method;
	if (req->n_segments == 0)
		return;
	m = route_find(req, BASE_SCHEMA, req->segments + 1, req->n_segments - 1, &p);
	MUST((m.row == NULL) == (m.kind == MATCH_NO_PATH));
	MUST(m.kind != MATCH_ROW || !req->has_empty_segment);
	if (m.row != NULL)
		route_allow(m.row, false, 0, allow);
	if (m.kind == MATCH_ROW && !params_read(req, m.row, &p, &e))
		MUST(e.kind == ERR_BAD_PARAM && utf8_valid(span_of(e.text)));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const enum http_method methods[] = { M_GET, M_HEAD, M_POST, M_PUT, M_PATCH, M_DELETE, M_OPTIONS, M_OTHER };
	static const char *const contexts[] = { "/ords", "/", "/a/b" };
	struct arena *mem = arena_open(0);
	struct request *req = arena_zalloc(mem, sizeof(*req));
	struct span target = { (const char *)data, size };

	for (size_t c = 0; c < 3; c++) {
		struct err e = { 0 };

		if (!url_split(target, contexts[c], mem, req, &e)) {
			MUST(e.kind == ERR_BAD_URI);
			continue;
		}
		for (size_t i = 0; i < req->n_segments; i++)
			MUST(req->segments[i].n > 0 && is_text(req->segments[i]));
		for (size_t i = 0; i < req->n_pairs; i++)
			MUST(is_text(req->pairs[i].name) && is_text(req->pairs[i].value));
		same_when_written_again(req, mem);
		for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++)
			route_it(req, methods[i]);
	}
	(void)host_is_valid(target);
	arena_close(&mem);
	return 0;
}
