/* tests/fuzz/fuzz_split.c - a script, as each engine reads it
 *
 * Statements stand one behind the other, inside the script and with nothing but blanks, comments and terminators between them;
 * what is run has as many lines as what was written, markers stand where they are said to be, and no name that is out of reach is in a
 * statement that is taken.  A statement, read again, begins with the same word.
 */
#include "sql/dialect.h"
#include "sql/split.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MUST(x) do { \
	if (!(x)) { \
		fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #x); \
		abort(); \
	} \
} while (0)

static size_t
lines(struct span s)
{
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++)
		n += s.p[i] == '\n';
	return n;
}

static bool
holds_bare(struct span s, const char *name)
{
	size_t n = strlen(name);

	for (size_t i = 0; i + n <= s.n; i++)
		if (strncasecmp(s.p + i, name, n) == 0 && (i == 0 || s.p[i - 1] == ' ' || s.p[i - 1] == '"' || s.p[i - 1] == '.'))
			return true;
	return false;
}

static void
check(const struct dialect *d, struct span script, struct arena *mem)
{
	const struct statement *list, *again;
	struct err e = { 0 };
	const char *last = script.p;
	size_t n, n_again;

	if (!script_split(d, script, mem, &list, &n, &e)) {
		MUST(e.kind == ERR_TOO_LARGE);
		return;
	}
	for (size_t i = 0; i < n; i++) {
		const struct statement *s = &list[i];

		MUST(s->text.n > 0 && s->text.p >= last && s->text.p + s->text.n <= script.p + script.n);
		last = s->text.p + s->text.n;
		MUST(s->start_line >= 1 && s->end_line == s->start_line + lines(s->text));
		MUST(lines(s->run) >= lines(s->text));
		for (size_t k = 0; k < s->n_markers; k++)
			MUST(s->markers[k].at < s->run.n && (s->run.p[s->markers[k].at] == '?' || s->run.p[s->markers[k].at] == ':'));
		for (const char *const *r = d->reserved; s->refusal == NULL && r != NULL && *r != NULL; r++)
			MUST(!holds_bare(s->run, *r));
		if (s->refusal == NULL && s->run.p == s->text.p)
			MUST(script_split(d, s->text, mem, &again, &n_again, &e) && n_again >= 1 && span_eq(again[0].verb, s->verb));
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *mem = arena_open(0);
	struct span script = { (const char *)data, size };

	for (size_t i = 0; dialects[i] != NULL; i++)
		check(dialects[i], script, mem);
	arena_close(&mem);
	return 0;
}
