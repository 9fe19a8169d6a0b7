/* tests/soda/filter.h - texts of filters and documents, as tests write them */
#ifndef CORDS_TESTS_SODA_FILTER_H
#define CORDS_TESTS_SODA_FILTER_H

#include "tests/lib/unit.h"

#include "base/scan.h"
#include "soda/match.h"
#include "soda/qbe.h"

#include <jansson.h>
#include <stdio.h>

static struct arena *mem;

__attribute__((unused)) static int
open_arena(void **state)
{
	(void)state;
	mem = arena_open(64 * 1024 * 1024);
	return 0;
}

__attribute__((unused)) static int
close_arena(void **state)
{
	(void)state;
	arena_close(&mem);
	return 0;
}

/* a text of JSON as its reader wants it: scanned */
__attribute__((unused)) static struct span
scanned(struct span text, bool allow_duplicates)
{
	struct scan_limits limits = { .max_depth = 2000, .allow_duplicates = allow_duplicates };
	struct scan_info info;
	struct err e = { 0 };

	if (!json_scan(text, &limits, mem, &info, &e))
		fail_msg("%s: %.*s", e.text, SPAN_ARG(text));
	return info.text;
}

__attribute__((unused)) static struct span
json(const char *text)
{
	return scanned(span_of(text), false);
}

__attribute__((unused)) static struct qbe
filter(const char *text)
{
	struct qbe q;
	struct err e = { 0 };

	if (!qbe_parse(json(text), QBE_QUERY, NULL, mem, &q, &e))
		fail_msg("%s: %d %s", text, e.inner, e.text);
	return q;
}

__attribute__((unused)) static bool
matches(const char *filter_text, const char *document)
{
	struct qbe q = filter(filter_text);
	struct err e = { 0 };
	bool yes = match_doc(q.where, SPAN("key"), json(document), mem, &e);

	if (e.kind != ERR_NONE)
		fail_msg("%s: %s", filter_text, e.text);
	return yes;
}

#define assert_matches(filter_text, document) do { \
	if (!matches(filter_text, document)) \
		fail_msg("%s does not match %s", filter_text, document); \
} while (0)
#define assert_misses(filter_text, document) do { \
	if (matches(filter_text, document)) \
		fail_msg("%s matches %s", filter_text, document); \
} while (0)

/* inner number of what is wrong; -1: nothing */
__attribute__((unused)) static int
refused(const char *text, struct err *e)
{
	struct qbe q;

	*e = (struct err){ 0 };
	return qbe_parse(json(text), QBE_QUERY, NULL, mem, &q, e) ? -1 : e->inner;
}

/* a file of tests/soda, released with the arena's test by the caller */
__attribute__((unused)) static json_t *
test_data(const char *name)
{
	char path[4096];
	json_error_t why;
	json_t *tree;

	snprintf(path, sizeof(path), "%s/%s", TEST_DATA, name);
	tree = json_load_file(path, 0, &why);
	if (tree == NULL)
		fail_msg("%s: line %d: %s", path, why.line, why.text);
	return tree;
}

#endif
