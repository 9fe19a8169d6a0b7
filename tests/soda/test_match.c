/* tests/soda/test_match.c - the meaning of filters */
#include "tests/soda/filter.h"

#include <stdlib.h>

/* QW-01 to QW-100: the worked examples of qw.json */
static void
match__worked_examples(void **state)
{
	json_t *data = test_data("qw.json");
	const json_t *row;
	size_t i;

	(void)state;
	json_array_foreach(json_object_get(data, "cases"), i, row) {
		const char *id = json_string_value(json_object_get(row, "id"));
		json_t *documents = json_object_get(json_object_get(data, "documents"),
		    json_string_value(json_object_get(row, "docs")));
		char *qbe = json_dumps(json_object_get(row, "qbe"), JSON_COMPACT);
		char got[32] = "";
		const char *letter;
		json_t *document;

		json_object_foreach(documents, letter, document) {
			char *text = json_dumps(document, JSON_COMPACT);

			if (matches(qbe, text))
				strcat(got, letter);
			free(text);
		}
		if (strcmp(got, json_string_value(json_object_get(row, "match"))) != 0)
			fail_msg("%s %s: \"%s\", not \"%s\"", id, qbe, got,
			    json_string_value(json_object_get(row, "match")));
		free(qbe);
	}
	assert_int_equal(i, 100);
	json_decref(data);
}

/* QE-01, QE-02, QE-03, QE-04 */
static void
match__equality(void **state)
{
	(void)state;
	assert_matches("{\"a\":1.0}", "{\"a\":1}");
	assert_matches("{\"a\":1.0}", "{\"a\":1e0}");
	assert_matches("{\"a\":1.0}", "{\"a\":\" 10E-1 \"}");
	assert_matches("{\"a\":\"\"}", "{\"a\":\"\"}");
	assert_misses("{\"a\":\"\"}", "{\"a\":null}");
	assert_misses("{\"a\":\"\"}", "{\"b\":\"\"}");
	assert_misses("{\"a\":\"\"}", "{\"a\":0}");
	assert_matches("{\"a\":\"\u00c4\"}", "{\"a\":\"\\u00c4\"}");
	assert_misses("{\"a\":\"\u00c4\"}", "{\"a\":\"A\u0308\"}");
	assert_misses("{\"a\":\"\u00c4\"}", "{\"a\":\"\u00e4\"}");
	assert_matches("{\"\\u0061\":5}", "{\"a\":5}");
	assert_matches("{\"a\":5}", "{\"\\u0061\":5}");
	assert_matches("{\"`a.b`\":5}", "{\"a\\u002eb\":5}");
	assert_matches("{\"a\":\"x\\\"y\\\\\"}", "{\"a\":\"\\u0078\\\"y\\\\\"}");
	assert_misses("{\"a\":\"x\"}", "{\"a\":\"xy\"}");
	assert_matches("{\"a\":\"\\ud83d\\ude00\"}", "{\"a\":\"\U0001f600\"}");
	assert_misses("{\"a\":\"\\ud83d\"}", "{\"a\":\"\\ud83e\"}");
	assert_matches("{\"a\":\"\\u0000\"}", "{\"a\":\"\\u0000\"}");
}

static void
match__numbers_and_their_texts(void **state)
{
	(void)state;
	assert_matches("{\"a\":\"100\"}", "{\"a\":1e2}");
	assert_misses("{\"a\":\"1e2\"}", "{\"a\":1e2}");
	assert_misses("{\"a\":\"100.0\"}", "{\"a\":100.0}");
	assert_matches("{\"a\":\"0.5\"}", "{\"a\":5E-1}");
	assert_matches("{\"a\":\"0\"}", "{\"a\":-0.0}");
	assert_matches("{\"a\":0}", "{\"a\":-0.0}");
	assert_matches("{\"a\":0.1}", "{\"a\":\"+.1\"}");
	assert_misses("{\"a\":0}", "{\"a\":\"\"}");
	assert_misses("{\"a\":0}", "{\"a\":\"0x0\"}");
	assert_misses("{\"a\":1}", "{\"a\":true}");
	assert_misses("{\"a\":true}", "{\"a\":\"true\"}");
	assert_misses("{\"a\":null}", "{\"a\":\"null\"}");
	assert_misses("{\"a\":0.1}", "{\"a\":0.1000000000000000055511151231257827}");
	assert_matches("{\"a\":{\"$gt\":9007199254740992}}", "{\"a\":9007199254740993}");
	assert_matches("{\"a\":31}", "{\"a\":\"\\u00331\"}");
}

/* QC-01, QC-02, QC-03, QC-04 */
static void
match__ordering(void **state)
{
	(void)state;
	for (int n = 4; n <= 6; n++) {
		char doc[32];

		snprintf(doc, sizeof(doc), "{\"a\":%d}", n);
		assert_int_equal(matches("{\"a\":{\"$ge\":5}}", doc), n >= 5);
		assert_int_equal(matches("{\"a\":{\"$gte\":5}}", doc), n >= 5);
		assert_int_equal(matches("{\"a\":{\"$le\":5}}", doc), n <= 5);
		assert_int_equal(matches("{\"a\":{\"$lte\":5}}", doc), n <= 5);
		assert_int_equal(matches("{\"a\":{\"$between\":[5,null]}}", doc), n >= 5);
		assert_int_equal(matches("{\"a\":{\"$between\":[null,5]}}", doc), n <= 5);
		assert_int_equal(matches("{\"a\":{\"$between\":[5,5]}}", doc), n == 5);
	}
	assert_matches("{\"n\":{\"$gt\":\"10\"}}", "{\"n\":9}");
	assert_misses("{\"n\":{\"$gt\":10}}", "{\"n\":9}");
	assert_matches("{\"n\":{\"$gt\":10}}", "{\"n\":\"9e9\"}");
	assert_matches("{\"s\":{\"$between\":[\"a\",\"b\"]}}", "{\"s\":\"b\"}");
	assert_misses("{\"s\":{\"$between\":[\"a\",\"b\"]}}", "{\"s\":\"ba\"}");
	assert_misses("{\"s\":{\"$gt\":\"a\"}}", "{\"s\":true}");
	assert_misses("{\"s\":{\"$gt\":\"a\"}}", "{\"s\":null}");
	assert_misses("{\"s\":{\"$gt\":\"a\"}}", "{\"s\":{\"x\":1}}");
	assert_matches("{\"s\":{\"$gt\":\"Z\"}}", "{\"s\":\"a\"}");
	assert_matches("{\"s\":{\"$gt\":\"\uffff\"}}", "{\"s\":\"\U0001f600\"}");
}

/* QC-05, QC-06, QX-04 */
static void
match__strings(void **state)
{
	(void)state;
	assert_matches("{\"a\":{\"$like\":\"a%\"}}", "{\"a\":\"a\\nb\"}");
	assert_misses("{\"a\":{\"$like\":\"A%\"}}", "{\"a\":\"a\"}");
	assert_misses("{\"a\":{\"$like\":\"b\"}}", "{\"a\":\"abc\"}");
	assert_matches("{\"a\":{\"$like\":\"%b%\"}}", "{\"a\":\"abc\"}");
	assert_matches("{\"a\":{\"$like\":\"_\"}}", "{\"a\":\"\U0001f600\"}");
	assert_misses("{\"a\":{\"$like\":\"_\"}}", "{\"a\":\"ab\"}");
	assert_misses("{\"a\":{\"$like\":\"_\"}}", "{\"a\":\"\"}");
	assert_matches("{\"a\":{\"$like\":\"%\"}}", "{\"a\":\"\"}");
	assert_matches("{\"a\":{\"$like\":\"\"}}", "{\"a\":\"\"}");
	assert_matches("{\"a\":{\"$like\":\"%ab%ac\"}}", "{\"a\":\"aababac\"}");
	assert_matches("{\"a\":{\"$like\":\"%\u00e4_\"}}", "{\"a\":\"\u00e4\u00e4\u00f6\"}");
	assert_matches("{\"a\":{\"$like\":\"\\\\%\"}}", "{\"a\":\"\\\\x\"}");
	assert_misses("{\"a\":{\"$like\":\"\\\\%\"}}", "{\"a\":\"%\"}");
	assert_matches("{\"a\":{\"$instr\":\"b\"}}", "{\"a\":\"abc\"}");
	assert_matches("{\"a\":{\"$hasSubstring\":\"b\"}}", "{\"a\":\"a\\u0062c\"}");
	assert_matches("{\"a\":{\"$hasSubstring\":\"\"}}", "{\"a\":\"\"}");
	assert_misses("{\"a\":{\"$startsWith\":\"1\"}}", "{\"a\":12}");
	assert_matches("{\"a\":{\"$startsWith\":\"\"}}", "{\"a\":\"\"}");
	assert_misses("{\"a\":{\"$startsWith\":\"abc\"}}", "{\"a\":\"ab\"}");
	assert_matches("{\"it's\":\"'; -- \\\\ % \\\"\"}", "{\"it's\":\"'; -- \\\\ % \\\"\"}");
}

/* QC-07 */
static void
match__patterns(void **state)
{
	(void)state;
	assert_misses("{\"a\":{\"$regex\":\"a.b\"}}", "{\"a\":\"a\\nb\"}");
	assert_matches("{\"a\":{\"$nlRegex\":\"a.b\"}}", "{\"a\":\"a\\nb\"}");
	assert_misses("{\"a\":{\"$nlRegex\":\"A.B\"}}", "{\"a\":\"a\\nb\"}");
	assert_matches("{\"a\":{\"$nlciRegex\":\"A.B\"}}", "{\"a\":\"a\\nb\"}");
	assert_matches("{\"a\":{\"$nlciLikeRegex\":\"A.B\"}}", "{\"a\":\"xa\\nby\"}");
	assert_misses("{\"a\":{\"$nlLikeRegex\":\"A.B\"}}", "{\"a\":\"xa\\nby\"}");
	assert_misses("{\"a\":{\"$likeRegex\":\"a.b\"}}", "{\"a\":\"xa\\nby\"}");
	assert_matches("{\"a\":{\"$regex\":\"a|ab\"}}", "{\"a\":\"ab\"}");
	assert_misses("{\"a\":{\"$regex\":\"a$\"}}", "{\"a\":\"a\\n\"}");
	assert_matches("{\"a\":{\"$regex\":\"\\\\d+\\\\s\\\\w\"}}", "{\"a\":\"12 x\"}");
	assert_matches("{\"a\":{\"$regex\":\"[[:upper:]]+?[^a-c]\"}}", "{\"a\":\"ABd\"}");
	assert_matches("{\"a\":{\"$ciRegex\":\"\u00c4.\"}}", "{\"a\":\"\u00e4\U0001f600\"}");
	assert_matches("{\"a\":{\"$likeRegex\":\"x.y\"}}", "{\"a\":\"x\\ud800y\"}");
	assert_misses("{\"a\":{\"$likeRegex\":\"1\"}}", "{\"a\":1}");
	assert_matches("{\"a\":{\"$likeRegex\":\"\"}}", "{\"a\":\"\"}");
}

/* A search over a long text goes piece by piece: starts on every side of the seams, none of them twice or never. */
static void
match__patterns_across_pieces(void **state)
{
	static char doc[1000];
	void *regex;
	struct err e = { 0 };

	(void)state;
	assert_true(regex_make(SPAN("(?<=z)\u00e4b\\b"), 0, mem, &regex, &e));
	for (size_t at = 1; at < 400; at++) {
		memset(doc, 'z', sizeof(doc));
		memcpy(doc + at, "\u00e4b ", 4);
		assert_true(regex_test(regex, (struct span){ doc, 500 }, &e));
		assert_false(regex_test(regex, (struct span){ doc, at + 2 }, &e));
		doc[at - 1] = 'y';
		assert_false(regex_test(regex, (struct span){ doc, 500 }, &e));
		assert_int_equal(e.kind, ERR_NONE);
	}
}

/* A plain pattern is no catastrophe because the value is long. */
static void
match__patterns_on_long_values(void **state)
{
	struct span text = { arena_alloc(mem, 3000000), 3000000 };
	struct err e = { 0 };
	void *whole, *part;

	(void)state;
	memset((char *)text.p, 'a', text.n);
	assert_true(regex_make(SPAN(".*[bc].*"), REGEX_WHOLE, mem, &whole, &e));
	assert_true(regex_make(SPAN("ab|ac"), 0, mem, &part, &e));
	assert_false(regex_test(whole, text, &e));
	assert_false(regex_test(part, text, &e));
	assert_int_equal(e.kind, ERR_NONE);
	((char *)text.p)[text.n - 1] = 'c';
	assert_true(regex_test(whole, text, &e));
	assert_true(regex_test(part, text, &e));
}

/* whoever runs out of steps is refused */
static void
match__catastrophic_pattern_is_an_error(void **state)
{
	static const char *const bad[] = { "{\"a\":{\"$regex\":\"(a+)+$\"}}", "{\"a\":{\"$likeRegex\":\"(a|aa)+$\"}}",
		"{\"a\":{\"$not\":{\"$regex\":\"(a+)+$\"}}}", "{\"$nor\":[{\"b\":1},{\"a\":{\"$regex\":\"(a|a)+\"}}]}" };
	char doc[100];

	(void)state;
	snprintf(doc, sizeof(doc), "{\"a\":\"%064d!\"}", 0);
	for (char *p = doc; *p != '\0'; p++)
		if (*p == '0')
			*p = 'a';
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct qbe q = filter(bad[i]);
		struct err e = { 0 };

		assert_false(match_doc(q.where, SPAN("k"), json(doc), mem, &e));
		assert_int_equal(e.kind, ERR_BAD_QBE);
		assert_int_equal(err_status(e.kind), 400);
	}
}

/* QN-01, QN-02, QN-03, QN-04 */
static void
match__negations(void **state)
{
	static const char *const docs[] = { "{}", "{\"a\":1}", "{\"a\":2}", "{\"a\":[1,2]}", "{\"a\":[]}", "{\"a\":null}", "{\"a\":\"1\"}" };
	const char *both = "{\"a\":{\"$not\":{\"$gt\":20000,\"$lt\":100000}}}";

	(void)state;
	assert_matches("{\"a\":{\"$ne\":1}}", "{}");
	assert_matches("{\"a\":{\"$nin\":[1]}}", "{}");
	for (size_t i = 0; i < sizeof(docs) / sizeof(*docs); i++) {
		assert_int_equal(matches("{\"a\":{\"$not\":{\"$eq\":1}}}", docs[i]), matches("{\"a\":{\"$ne\":1}}", docs[i]));
		assert_int_equal(matches("{\"a\":{\"$not\":{\"$ne\":1}}}", docs[i]), matches("{\"a\":1}", docs[i]));
	}
	assert_misses(both, "{\"a\":20001}");
	assert_matches(both, "{\"a\":100000}");
	assert_misses(both, "{}");
	assert_misses("{\"a\":{\"$not\":{\"$all\":[1]}}}", "{\"a\":1}");
	assert_matches("{\"a\":{\"$not\":{\"$all\":[]}}}", "{\"a\":1}");
	assert_matches("{\"a\":{\"$not\":{\"$exists\":true}}}", "{}");
}

/* QL-01, QL-02, QL-03 */
static void
match__logic(void **state)
{
	const char *nested = "{\"$or\":[{\"$and\":[{\"$or\":[{\"a\":1},{\"a\":2}]},{\"b\":1}]},{\"c\":1}]}";

	(void)state;
	assert_matches(nested, "{\"a\":2,\"b\":1}");
	assert_misses(nested, "{\"a\":2,\"b\":2}");
	assert_matches(nested, "{\"c\":1}");
	assert_matches("{\"x\":1,\"$or\":[{\"a\":1},{\"b\":1}]}", "{\"x\":1,\"b\":1}");
	assert_misses("{\"x\":1,\"$or\":[{\"a\":1},{\"b\":1}]}", "{\"x\":2,\"b\":1}");
	assert_matches("{\"$nor\":[{\"a\":1},{\"b\":1}]}", "{\"a\":2}");
	assert_misses("{\"$nor\":[{\"a\":1},{\"b\":1}]}", "{\"a\":2,\"b\":1}");
	assert_matches("{\"addr[*]\":{\"$or\":[{\"city\":\"Rome\"},{\"zip\":\"2\"}]}}", "{\"addr\":[{\"zip\":\"2\"}]}");
	assert_matches("{\"addr[*]\":{\"x\":1,\"$nor\":[{\"y\":1}]}}", "{\"addr\":[{\"x\":1,\"y\":1},{\"x\":1}]}");
}

/* QM-01 to QM-06 */
static void
match__methods(void **state)
{
	(void)state;
	assert_matches("{\"a\":{\"$number\":{\"$ne\":1}}}", "{\"a\":\"x\"}");
	assert_matches("{\"arr\":{\"$number\":{\"$gt\":3}}}", "{\"arr\":[\"1\",\"4\"]}");
	assert_misses("{\"arr\":{\"$number\":{\"$gt\":4}}}", "{\"arr\":[\"1\",\"4\"]}");
	assert_matches("{\"a\":{\"$string\":{\"$startsWith\":\"12\"}}}", "{\"a\":123}");
	assert_matches("{\"a\":{\"$length\":{\"$between\":[3,4]}}}", "{\"a\":\"a\u00e4\U0001f600\"}");
	assert_misses("{\"a\":{\"$length\":{\"$between\":[3,4]}}}", "{\"a\":\"ab\"}");
	assert_misses("{\"a\":{\"$length\":{\"$between\":[3,4]}}}", "{\"a\":1234}");
	assert_misses("{\"a\":{\"$size\":0}}", "{}");
	assert_misses("{\"a\":{\"$size\":{\"$gte\":0}}}", "{}");
	assert_matches("{\"a\":{\"$size\":{\"$ne\":1}}}", "{}");
	assert_matches("{\"a\":{\"$timestamp\":\"2020-01-01T10:00:00+02:00\"}}", "{\"a\":\"2020-01-01T08:00:00Z\"}");
	assert_misses("{\"a\":{\"$number\":1}}", "{\"a\":true}");
	assert_misses("{\"a\":{\"$number\":0}}", "{\"a\":\"\"}");
	assert_matches("{\"a\":{\"$double\":0.1}}", "{\"a\":0.10000000000000000001}");
	assert_misses("{\"a\":{\"$number\":0.1}}", "{\"a\":0.10000000000000000001}");
	assert_matches("{\"a\":{\"$string\":\"12\"}}", "{\"a\":12.0}");
	assert_matches("{\"a\":{\"$string\":\"true\"}}", "{\"a\":true}");
	assert_misses("{\"a\":{\"$string\":\"null\"}}", "{\"a\":null}");
	assert_matches("{\"a\":{\"$boolean\":false}}", "{\"a\":\"false\"}");
	assert_misses("{\"a\":{\"$boolean\":false}}", "{\"a\":0}");
	assert_matches("{\"a\":{\"$date\":\"2020-01-01T23:00\"}}", "{\"a\":\"2020-01-01\"}");
	assert_matches("{\"a\":{\"$date\":{\"$lt\":\"2020-01-02\"}}}", "{\"a\":\"2020-01-01T23:59:59\"}");
	assert_matches("{\"a\":{\"$ceiling\":2}}", "{\"a\":1.2}");
	assert_misses("{\"a\":{\"$ceiling\":2}}", "{\"a\":\"1.2\"}");
	assert_matches("{\"a\":{\"$abs\":1.2}}", "{\"a\":-1.2}");
	assert_matches("{\"a\":{\"$upper\":\"\u00c4\u00df1\"}}", "{\"a\":\"\u00e4\u00df1\"}");
	assert_matches("{\"a\":{\"$lower\":\"true\"}}", "{\"a\":true}");
	assert_matches("{\"a\":{\"$upper\":\"1.5\"}}", "{\"a\":1.50}");
	assert_misses("{\"a\":{\"$upper\":\"\"}}", "{\"a\":\"\"}");
	assert_misses("{\"a\":{\"$upper\":\"NULL\"}}", "{\"a\":null}");
	assert_matches("{\"a\":{\"$length\":0}}", "{\"a\":\"\"}");
	assert_matches("{\"a\":{\"$size\":1}}", "{\"a\":{\"x\":1}}");
	assert_matches("{\"a\":{\"$type\":\"object\"}}", "{\"a\":{\"x\":1}}");
	assert_matches("{\"a\":{\"$type\":{\"$in\":[\"number\",\"boolean\"]}}}", "{\"a\":false}");
	assert_matches("{\"a\":{\"$stringOnly\":\"1\"}}", "{\"a\":\"1\"}");
	assert_misses("{\"a\":{\"$stringOnly\":\"1\"}}", "{\"a\":1}");
	assert_misses("{\"a\":{\"$stringOnly\":1}}", "{\"a\":\"1\"}");
	assert_misses("{\"a\":{\"$numberOnly\":\"1\"}}", "{\"a\":1}");
	assert_matches("{\"a\":{\"$booleanOnly\":true}}", "{\"a\":true}");
	assert_misses("{\"a\":{\"$dateTimeOnly\":\"2020-01-01\"}}", "{\"a\":\"2020-01-01\"}");
	assert_matches("{\"a\":{\"$upper\":{\"$exists\":true}}}", "{\"a\":null}");
	assert_matches("{\"a\":{\"$upper\":{\"$all\":[\"X\",\"Y\"]}}}", "{\"a\":[\"x\",\"y\"]}");
	assert_matches("{\"a\":{\"$upper\":{\"$nin\":[\"X\"]}}}", "{\"a\":[\"z\",\"y\"]}");
}

static void
match__remainders(void **state)
{
	(void)state;
	assert_matches("{\"a\":{\"$mod\":[5,-2]}}", "{\"a\":-7}");
	assert_misses("{\"a\":{\"$mod\":[5,3]}}", "{\"a\":-7}");
	assert_matches("{\"a\":{\"$mod\":[5.9,2.1]}}", "{\"a\":7.9}");
	assert_matches("{\"a\":{\"$mod\":[5,2]}}", "{\"a\":\"7\"}");
	assert_matches("{\"a\":{\"$mod\":[-1,0]}}", "{\"a\":-9223372036854775808}");
	assert_misses("{\"a\":{\"$mod\":[2,0]}}", "{\"a\":92233720368547758080}");
	assert_misses("{\"a\":{\"$mod\":[2,0]}}", "{\"a\":true}");
}

/* QP-01, QP-02, QP-03, QP-04 */
static void
match__root_arrays_and_depths(void **state)
{
	(void)state;
	assert_matches("{\"a[0]\":5}", "{\"a\":5}");
	assert_misses("{\"a[1]\":5}", "{\"a\":5}");
	assert_matches("{\"[0].name\":\"x\"}", "[{\"name\":\"x\"},{\"name\":\"y\"}]");
	assert_misses("{\"[0].name\":\"y\"}", "[{\"name\":\"x\"},{\"name\":\"y\"}]");
	assert_matches("{\"x\":1,\"y\":2}", "[{\"x\":1},{\"y\":2}]");
	assert_misses("{\"[*]\":{\"x\":1,\"y\":2}}", "[{\"x\":1},{\"y\":2}]");
	assert_matches("{\"..name\":1}", "{\"a\":[[{\"b\":{\"name\":[1]}}]]}");
	assert_misses("{\"..name\":1}", "{\"a\":[[{\"b\":{\"nam\":[1]}}]]}");
	assert_matches("{\"a..name[last]\":2}", "{\"a\":{\"b\":{\"name\":[1,2]}}}");
	assert_matches("{\"..a\":{\"b\":1,\"c\":2}}", "{\"a\":{\"a\":{\"b\":1,\"c\":2}}}");
	assert_misses("{\"..a\":{\"b\":1,\"c\":2}}", "{\"a\":{\"b\":1,\"a\":{\"c\":2}}}");
	assert_matches("{\"x\":5}", " {\n\"x\" : 5 } ");
}

static void
match__keys(void **state)
{
	(void)state;
	assert_matches("{\"$id\":\"key\"}", "{}");
	assert_matches("{\"$id\":[\"x\",\"key\"],\"a\":1}", "{\"a\":1}");
	assert_misses("{\"$id\":[\"x\",\"key\"],\"a\":2}", "{\"a\":1}");
	assert_misses("{\"$id\":[\"x\",\"ke\"]}", "{}");
}

static void
match__single_values(void **state)
{
	(void)state;
	assert_matches("{\"$sqlJson\":{\"a.b\":5,\"c\":{\"$gt\":1,\"$lte\":9}}}", "{\"a\":{\"b\":5},\"c\":9}");
	assert_misses("{\"$sqlJson\":{\"c\":{\"$gt\":1,\"$lte\":9}}}", "{\"c\":10}");
	assert_misses("{\"$sqlJson\":{\"c\":1}}", "{\"c\":[1]}");
	assert_misses("{\"$sqlJson\":{\"c[*]\":1}}", "{\"c\":[1,1]}");
	assert_matches("{\"$sqlJson\":{\"c[*]\":1}}", "{\"c\":[1]}");
	assert_misses("{\"$sqlJson\":{\"c\":1}}", "{}");
}

/* What a match allocates is gone when it returns. */
static void
match__leaves_no_memory_behind(void **state)
{
	struct qbe q = filter("{\"..a\":{\"$upper\":{\"$like\":\"X%\"}},\"b\":\"1\",\"c\":{\"$length\":3}}");
	struct span doc = json("{\"a\":\"\\u0078\",\"b\":1.0,\"c\":\"abc\"}");
	size_t before = arena_total(mem);
	struct err e = { 0 };

	(void)state;
	for (int i = 0; i < 100; i++)
		assert_true(match_doc(q.where, SPAN("k"), doc, mem, &e));
	assert_int_equal(arena_total(mem), before);
}

/* ---- random filters over random documents ---- */

static uint64_t random_state;

static unsigned
pick(unsigned n)
{
	random_state = random_state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (unsigned)(random_state >> 33) % n;
}

static const char *
one_of(const char *const *list, unsigned n)
{
	return list[pick(n)];
}
#define ONE_OF(...) one_of((const char *const[]){ __VA_ARGS__ }, \
	sizeof((const char *const[]){ __VA_ARGS__ }) / sizeof(const char *))

static const char *
random_scalar(void)
{
	return ONE_OF("1", "2", "2.0", "-1", "\"1\"", "\"x\"", "\"y\"", "\"\"", "true", "false", "null", "\"2020-01-01\"");
}

static void
random_value(struct buf *b, int depth)
{
	unsigned kind = depth == 0 ? 0 : pick(5);

	if (kind < 3) {
		buf_addz(b, random_scalar());
	} else if (kind == 3) {
		buf_char(b, '[');
		for (unsigned i = 0, n = pick(4); i < n; i++) {
			if (i > 0)
				buf_char(b, ',');
			random_value(b, depth - 1);
		}
		buf_char(b, ']');
	} else {
		const char *names[] = { "a", "b", "c" };
		bool some = false;

		buf_char(b, '{');
		for (unsigned i = 0; i < 3; i++) {
			if (pick(2) == 0)
				continue;
			buf_printf(b, "%s\"%s\":", some ? "," : "", names[i]);
			random_value(b, depth - 1);
			some = true;
		}
		buf_char(b, '}');
	}
}

static const char *
random_path(void)
{
	return ONE_OF("a", "b", "a.b", "a[*]", "a[0]", "a[last].b", "a[*].b", "*", "..b", "a..c", "c.*", "[0].a", "a.b.c");
}

static void
random_comparison(struct buf *b)
{
	switch (pick(6)) {
	case 0:
		buf_printf(b, "\"%s\":%s", ONE_OF("$eq", "$ne"), random_scalar());
		break;
	case 1:
		buf_printf(b, "\"%s\":%s", ONE_OF("$gt", "$gte", "$lt", "$lte"), ONE_OF("1", "\"1\"", "\"x\"", "0"));
		break;
	case 2:
		buf_printf(b, "\"%s\":[%s,%s]", ONE_OF("$in", "$nin", "$all"), random_scalar(), random_scalar());
		break;
	case 3:
		buf_printf(b, "\"$between\":[%s,%s]", ONE_OF("0", "null", "\"a\""), ONE_OF("1", "\"x\""));
		break;
	case 4:
		buf_printf(b, "\"$exists\":%s", ONE_OF("true", "false"));
		break;
	default:
		buf_printf(b, "\"%s\":%s", ONE_OF("$startsWith", "$like", "$likeRegex"), ONE_OF("\"x\"", "\"%\"", "\"\""));
	}
}

static void
random_filter(struct buf *b, int depth)
{
	switch (depth == 0 ? pick(4) : pick(8)) {
	case 0:
		buf_printf(b, "{\"%s\":%s}", random_path(), random_scalar());
		break;
	case 1:
		buf_printf(b, "{\"%s\":{", random_path());
		random_comparison(b);
		buf_addz(b, "}}");
		break;
	case 2:
		buf_printf(b, "{\"%s\":{\"$not\":{", random_path());
		random_comparison(b);
		buf_addz(b, "}}}");
		break;
	case 3:
		buf_printf(b, "{\"%s\":{\"%s\":{", random_path(), ONE_OF("$upper", "$size", "$type", "$length"));
		random_comparison(b);
		buf_addz(b, "}}}");
		break;
	case 4:
		buf_printf(b, "{\"%s\":", random_path());
		random_filter(b, depth - 1);
		buf_addz(b, "}");
		break;
	case 5:
		buf_printf(b, "{\"%s\":{\"$exists\":true,", random_path());
		buf_printf(b, "\"$not\":{\"$eq\":%s,\"$gt\":1}}}", random_scalar());
		break;
	default:
		buf_printf(b, "{\"%s\":[", ONE_OF("$and", "$or", "$nor"));
		random_filter(b, depth - 1);
		buf_char(b, ',');
		random_filter(b, depth - 1);
		buf_addz(b, "]}");
	}
}

/* QN-05: $nor is the complement, whatever the filter */
static void
match__nor_is_the_complement(void **state)
{
	const char *seed = getenv("CORDS_TEST_SEED");
	size_t n_yes = 0;

	(void)state;
	random_state = seed != NULL ? strtoull(seed, NULL, 10) : (uint64_t)clock_mono_ns();
	print_message("CORDS_TEST_SEED=%llu\n", (unsigned long long)random_state);
	for (int i = 0; i < 2000; i++) {
		struct arena_mark mark = arena_mark(mem);
		struct buf f, nor, doc;
		bool yes;

		buf_init(&f, mem);
		random_filter(&f, 3);
		buf_init(&nor, mem);
		buf_printf(&nor, "{\"$nor\":[%s]}", buf_z(&f));
		for (int k = 0; k < 5; k++) {
			buf_init(&doc, mem);
			random_value(&doc, 4);
			yes = matches(buf_z(&f), buf_z(&doc));
			n_yes += yes;
			if (matches(buf_z(&nor), buf_z(&doc)) == yes)
				fail_msg("%s: %s on both sides for %s", buf_z(&f), yes ? "true" : "false", buf_z(&doc));
		}
		arena_rewind(mem, mark);
	}
	assert_true(n_yes > 500);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define T(f) cmocka_unit_test_setup_teardown(f, open_arena, close_arena)
		T(match__worked_examples), T(match__equality), T(match__numbers_and_their_texts), T(match__ordering),
		T(match__strings), T(match__patterns), T(match__patterns_across_pieces),
		T(match__patterns_on_long_values),
		T(match__catastrophic_pattern_is_an_error), T(match__negations), T(match__logic), T(match__methods),
		T(match__remainders), T(match__root_arrays_and_depths), T(match__keys), T(match__single_values),
		T(match__leaves_no_memory_behind),
		T(match__nor_is_the_complement),
#undef T
	};

	return cmocka_run_group_tests_name("match", tests, NULL, NULL);
}
