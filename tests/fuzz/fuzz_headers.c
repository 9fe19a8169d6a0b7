/* tests/fuzz/fuzz_headers.c - what clients write into headers: conditional tags and dates, Accept, Host, Origin, addresses
 *
 * One input is the value of every header in turn.
 */
#include "base/scan.h"
#include "conf/conf.h"
#include "handlers/origin.h"
#include "handlers/precond.h"
#include "handlers/problem.h"
#include "handlers/url.h"

#include <jansson.h>
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

static void
conditions(const struct request *req)
{
	struct meta meta = { .modified_column = "M" };
	struct doc doc = { .version = SPAN("ABC"), .modified_us = 1619394051000000 };
	struct err e = { 0 };
	bool not_modified;

	if (!precond_read(req, &meta, &doc, &not_modified, &e))
		MUST(e.kind == ERR_PRECONDITION);
	if (!precond_write(req, &meta, &doc, &e))
		MUST(e.kind == ERR_PRECONDITION);
	if (!precond_write(req, &meta, NULL, &e))
		MUST(e.kind == ERR_PRECONDITION);
	(void)precond_names_version(req);
}

static void
origins(const struct request *req, const struct settings *set, struct arena *mem)
{
	struct response out;
	struct err e = { 0 };
	struct span origin;

	(void)request_is_secure(req, set);
	(void)origin_check(req, set, SPAN("https://api.example"), &e);
	MUST(request_client(req, set).n < 64);
	response_init(&out, mem);
	origin_headers(req, set, &out);
	if (url_origin(req, set, mem, &origin, &e))
		for (size_t i = 0; i < origin.n; i++)
			MUST(origin.p[i] > ' ' && origin.p[i] <= '~' && strchr("\"<>\\'`", origin.p[i]) == NULL);
	else
		MUST(e.kind == ERR_BAD_REQUEST);
}

/* whatever stands in the texts, the body is JSON or has no markup of theirs */
static void
problems(const struct request *req, const struct settings *set, struct span text, struct arena *mem)
{
	struct response out = { .mem = mem };
	struct err e = { 0 };
	json_t *body;

	err_inner(&e, ERR_BAD_QBE, 5000, "%.*s", SPAN_ARG(text));
	if (!utf8_valid(span_of(e.text)))
		return;
	problem_reply(req, set, PROBLEM_SODA, &e, NULL, 0, &out);
	if (!span_is(response_find(&out, "content-type"), "application/problem+json"))
		return;
	body = json_loadb(out.body.p, out.body.n, 0, NULL);
	MUST(body != NULL);
	json_decref(body);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const names[] = { "if-match", "if-none-match", "if-modified-since", "if-unmodified-since", "accept",
		"host", "x-forwarded-host", "x-forwarded-for", "x-forwarded-proto", "origin", "sec-fetch-site" };
	struct settings set = { .trusted_proxies = "unix:", .https_header = "X-Forwarded-Proto: https", .trace_header = "Request-Id", .public_url = "",
		.public_hosts = "", .trusted_origins = "https://app.example", .error_format = "AUTO" };
	struct arena *mem = arena_open(0);
	struct request *req = arena_zalloc(mem, sizeof(*req));
	struct header header;

	req->remote_address = "";
	req->method = M_POST;
	req->headers = &header;
	req->n_headers = 1;
	header.value = (struct span){ (const char *)data, size };
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		header.name = span_of(names[i]);
		conditions(req);
		origins(req, &set, mem);
		problems(req, &set, header.value, mem);
	}
	(void)address_is_listed(header.value, "10.0.0.0/8,::1");
	arena_close(&mem);
	return 0;
}
