/* tests/fuzz/fuzz_expr.c - an expression on the first line, a name behind it
 *
 * LIKE against a matcher that tries everything; NOT is the opposite; what is refused tells a position within the text.
 */
#include "base/scan.h"
#include "datapump/expr.h"

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

static unsigned char
upper(char c)
{
	return (unsigned char)(c >= 'a' && c <= 'z' ? c - 32 : c);
}

static size_t
n_char(struct span s)
{
	size_t n = 1;

	while (n < s.n && ((unsigned char)s.p[n] & 0xc0) == 0x80)
		n++;
	return n;
}

static struct span
after(struct span s, size_t n)
{
	return (struct span){ s.p + n, s.n - n };
}

/* without escapes, and short: this takes exponential time */
static bool
slow_like(struct span pattern, struct span name)
{
	if (pattern.n == 0)
		return name.n == 0;
	if (pattern.p[0] == '%')
		return slow_like(after(pattern, 1), name) || (name.n > 0 && slow_like(pattern, after(name, n_char(name))));
	if (name.n == 0)
		return false;
	if (pattern.p[0] == '_')
		return slow_like(after(pattern, 1), after(name, n_char(name)));
	return upper(pattern.p[0]) == upper(name.p[0]) && slow_like(after(pattern, 1), after(name, 1));
}

static void
compare_like(struct span pattern, struct span name, struct arena *mem)
{
	const struct expr *yes, *no;
	struct err e = { 0 };
	size_t at;
	struct span text;

	if (pattern.n > 12 || name.n > 12 || !utf8_valid(name) || (pattern.n > 0 && memchr(pattern.p, '\'', pattern.n) != NULL))
		return;
	text = span_of(arena_printf(mem, "LIKE '%.*s'", SPAN_ARG(pattern)));
	if (!expr_parse(text, mem, &yes, &at, &e))
		return;
	MUST(expr_parse(span_of(arena_printf(mem, "NOT LIKE '%.*s'", SPAN_ARG(pattern))), mem, &no, &at, &e));
	MUST(expr_holds(yes, name, false) == slow_like(pattern, name));
	MUST(expr_holds(no, name, false) != expr_holds(yes, name, false));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *mem = arena_open(0);
	struct span text = { (const char *)data, size }, name = SPAN("EMP_HIST");
	const char *line = size == 0 ? NULL : memchr(data, '\n', size);
	const struct expr *x;
	struct err e = { 0 };
	size_t at;

	if (line != NULL) {
		name = after(text, (size_t)(line + 1 - text.p));
		text.n = (size_t)(line - text.p);
	}
	if (expr_parse(text, mem, &x, &at, &e)) {
		(void)expr_holds(x, name, true);
		(void)expr_holds(x, name, false);
		MUST(!expr_holds(x, (struct span){ NULL, 0 }, false) || text.n >= 7);
	} else {
		MUST(e.kind == ERR_BAD_JOB && at >= 1 && at <= text.n + 1);
	}
	err_clear(&e);
	if (!expr_parse_list(text, mem, &x, &at, &e))
		MUST(e.kind == ERR_BAD_JOB && at >= 1 && at <= text.n + 1);
	if (text.n > 0 && memchr(text.p, '\0', text.n) == NULL)
		compare_like(text, name, mem);
	arena_close(&mem);
	return 0;
}
