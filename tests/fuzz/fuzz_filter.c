/* tests/fuzz/fuzz_filter.c - a filter object becomes an error that says where, or SQL of our own words only
 *
 * As many markers as values on every engine, and nothing of the text outside of them.
 */
#include "base/scan.h"
#include "sql/filter.h"
#include "sql/gen.h"

#include <ctype.h>
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

static const struct filter_column column[] = {
	{ .name = { "name", 4 }, .type = FILTER_TEXT }, { .name = { "n", 1 }, .type = FILTER_NUMBER },
	{ .name = { "at", 2 }, .type = FILTER_TIME }, { .name = { "us", 2 }, .type = FILTER_MICROS },
	{ .name = { "is", 2 }, .type = FILTER_BOOL },
};
static const struct filter_columns columns = { sizeof(column) / sizeof(*column), column };

static bool
is_ours(const char *word, size_t n)
{
	static const char *const words[] = { "name", "n", "at", "us", "is", "AND", "OR", "IS", "NOT", "NULL", "DESC", "CAST", "AS", "text",
		"TEXT", "COLLATE", "C", "BINARY", "CONVERT", "USING", "utf8mb4", "utf8mb4_nopad_bin", "numeric", "NUMERIC", "DECIMAL", "65",
		"30", "typeof", "IN", "integer", "real", "strftime", "Y", "m", "d", "H", "M", "f", "timestamptz", "DATETIME", "6", "LIKE",
		"GLOB", "ESCAPE", "instr", "strpos", "true", "false", "0", "1" };

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (strlen(words[i]) == n && memcmp(words[i], word, n) == 0)
			return true;
	return false;
}

static void
look_at(struct query q)
{
	size_t n_markers = 0;

	for (size_t i = 0; i < q.text.n;) {
		size_t n = 0;

		while (i + n < q.text.n && (isalnum((unsigned char)q.text.p[i + n]) || q.text.p[i + n] == '_'))
			n++;
		if (n > 0) {
			MUST(is_ours(q.text.p + i, n));
			i += n;
			continue;
		}
		MUST(strchr(" (),=<>?'\"`%:-", q.text.p[i]) != NULL);
		n_markers += q.text.p[i++] == '?';
	}
	MUST(n_markers == q.n_binds);
	for (size_t i = 0; i < q.n_binds; i++)
		MUST(q.binds[i].kind == BIND_INT || (utf8_valid(q.binds[i].text)
		    && (q.binds[i].text.n == 0 || memchr(q.binds[i].text.p, '\0', q.binds[i].text.n) == NULL)));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *mem = arena_open(0);
	struct err e = { 0 };
	struct filter f;

	if (filter_parse((struct span){ (const char *)data, size }, "q", &columns, mem, &f, &e)) {
		MUST(e.kind == ERR_NONE);
		for (size_t i = 0; dialects[i] != NULL; i++) {
			struct sql s;

			sql_init(&s, dialects[i], mem);
			MUST(sql_filter(&s, &f) == (f.where != NULL));
			sql_filter_order(&s, &f);
			look_at(sql_query(&s));
		}
	} else {
		MUST(e.kind == ERR_BAD_FILTER && e.text[0] == 'q');
	}
	arena_close(&mem);
	return 0;
}
