/* tests/fuzz/fuzz_form.c - requests for tokens, and what an Authorization header says
 *
 * The first line of an input is the header, the rest is the form.
 */
#include "base/scan.h"
#include "handlers/authorization.h"
#include "handlers/oauth.h"

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

/* missing, or text that is not empty */
static bool
is_value(struct span s)
{
	return s.p == NULL || (s.n > 0 && utf8_valid(s) && memchr(s.p, '\0', s.n) == NULL);
}

static void
authorization(struct span header, struct arena *mem)
{
	struct login login;
	struct span token;
	bool is_bearer = bearer_read(header, &token);

	MUST(!is_bearer || token.n <= header.n);
	if (!basic_read(header, mem, &login))
		return;
	MUST(!is_bearer && login.user.n > 0 && is_value(login.user) && memchr(login.user.p, ':', login.user.n) == NULL);
	MUST(memchr(login.password.p, '\0', login.password.n) == NULL);
}

static void
form(struct span text, struct arena *mem)
{
	const struct header type = { SPAN("content-type"), SPAN("application/x-www-form-urlencoded") };
	const struct request req = { .n_headers = 1, .headers = &type, .body = text };
	struct token_request out;
	struct err e = { 0 };

	if (!token_request_read(&req, mem, &out, &e)) {
		MUST(e.kind == ERR_BAD_FORM && utf8_valid(span_of(e.text)));
		return;
	}
	MUST(is_value(out.grant_type) && is_value(out.scope) && is_value(out.client_id) && is_value(out.client_secret));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *mem = arena_open(0);
	struct span all = { (const char *)data, size };
	const char *end = size == 0 ? NULL : memchr(all.p, '\n', all.n);
	size_t n = end == NULL ? 0 : (size_t)(end - all.p);

	authorization((struct span){ all.p, n }, mem);
	form(end == NULL ? all : (struct span){ end + 1, all.n - n - 1 }, mem);
	arena_close(&mem);
	return 0;
}
