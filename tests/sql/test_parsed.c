/* tests/sql/test_parsed.c - sql/parsed.c */
#include "tests/lib/unit.h"
#include "tests/lib/arena.h"

#include "base/buf.h"
#include "sql/parsed.h"

static void
parsed__is_the_document(void **state)
{
	static const char *const same[] = { "{\"a\":[12,-1.50,1e400,true,null],\"12\":\"x\",\"b\" : \"2024-11-05\"}", "[]", "\"\"", "7", " [ \"a\\n\\ud83d\\ude00\" ]",
		"{\"12\" : {\"1.0\":\"1.2.3\"}}", "{\"a\":1,\"a\":2}", "\"-\"" };

	(void)state;
	for (size_t i = 0; i < sizeof(same) / sizeof(*same); i++) {
		struct span json = span_of(same[i]);

		assert_ptr_equal(parsed_of(json, mem).p, json.p);
	}
}

static void
parsed__reads_strings_as_numbers(void **state)
{
	static const char *const rows[][2] = {
		{ "{\"a\":\"12\",\"b\":\"x\"}", "{\"a\":12,\"b\":\"x\"}" }, { "[\"4.10e1\", \" +5 \",\".5\"]", "[41, 5,0.5]" }, { "\"\\u0034\\u0031\"", "41" },
		{ "{\"1\":\"1\",\"2\":\"-0\"}", "{\"1\":1,\"2\":0}" }, { "[\"\\t7\\n\"]", "[7]" }, { "[\"1e400\"]", "[1E+400]" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct span got = parsed_of(span_of(rows[i][0]), mem);

		if (!span_is(got, rows[i][1]))
			fail_msg("%s: %.*s", rows[i][0], SPAN_ARG(got));
	}
}

static struct span
repeated(const char *text, int n, char around)
{
	struct buf b;

	buf_init(&b, mem);
	if (around != '\0')
		buf_char(&b, around);
	for (int i = 0; i < n; i++)
		buf_addz(&b, text);
	if (around != '\0')
		buf_char(&b, around);
	return buf_text(&b);
}

static struct span
document(struct span name, struct span first, struct span second)
{
	return span_of(arena_printf(mem, "{%.*s:[%.*s,1],\"b\":%.*s}", SPAN_ARG(name), SPAN_ARG(first), SPAN_ARG(second)));
}

/* of a long text its first characters, of whatever length and spelling they are; names and numbers as ever */
static void
parsed__keeps_the_beginning_of_long_texts(void **state)
{
	struct span longest = repeated("\xc3\xa9", 128, '"'), name = repeated("x", 400, '"'), got;

	(void)state;
	got = document(name, longest, longest);
	assert_ptr_equal(parsed_of(got, mem).p, got.p);
	got = parsed_of(document(name, repeated("\xc3\xa9", 129, '"'), repeated("\\n\\u00E9", 100, '"')), mem);
	assert_true(span_eq(got, document(name, repeated("\xc3\xa9", 64, '"'), repeated("\\n\xc3\xa9", 32, '"'))));
	got = parsed_of(document(longest, repeated("7", 400, '"'), repeated("7x", 200, '"')), mem);
	assert_true(span_eq(got, document(longest, repeated("7", 400, '\0'), repeated("7x", 32, '"'))));
	/* what is looked for */
	assert_int_equal(parsed_kept(repeated("x", 256, '\0')).n, 256);
	assert_int_equal(parsed_kept(repeated("x", 257, '\0')).n, 64);
	assert_int_equal(parsed_kept(repeated("\xf0\x9f\x98\x80", 65, '\0')).n, 256);
	assert_int_equal(parsed_begin(repeated("\xf0\x9f\x98\x80", 65, '\0')).n, 256);
	assert_int_equal(parsed_begin(repeated("x", 63, '\0')).n, 63);
}

/* what the engine would refuse is nothing that it has to answer for */
static void
parsed__leaves_out_what_is_refused(void **state)
{
	static const char *const none[] = { "\"\\u0000\"", "{\"a\\u0000\":1}", "[\"\\ud83d\"]", "[\"\\ude00\\ud83d\"]", "1e1001", "-1e-1002", "[\"1e5000\"]",
		"{\"a\":{\"b\":1e99999999999999999999}}" };
	struct buf deep, many, text;

	(void)state;
	for (size_t i = 0; i < sizeof(none) / sizeof(*none); i++)
		if (parsed_of(span_of(none[i]), mem).p != NULL)
			fail_msg("%s", none[i]);
	buf_init(&deep, mem);
	for (int i = 0; i < 501; i++)
		buf_char(&deep, '[');
	for (int i = 0; i < 501; i++)
		buf_char(&deep, ']');
	assert_null(parsed_of(buf_text(&deep), mem).p);
	assert_non_null(parsed_of((struct span){ deep.p + 1, deep.n - 2 }, mem).p);
	buf_init(&many, mem);
	for (int i = 0; i < 1001; i++)
		buf_char(&many, '1');
	assert_null(parsed_of(buf_text(&many), mem).p);
	buf_init(&text, mem);
	buf_char(&text, '"');
	for (int i = 0; i < 16 * 1024 * 1024; i++)
		buf_char(&text, 'x');
	buf_char(&text, '"');
	assert_null(parsed_of(buf_text(&text), mem).p);
}

/* a filter that looks for such a text also finds numbers */
static void
parsed__texts_of_numbers(void **state)
{
	static const char *const begins[] = { "", "4", "-", "+", ".", " ", "\t" }, *const others[] = { "a", "e", "E1", "\"", "\xc3\xa9" };

	(void)state;
	for (size_t i = 0; i < sizeof(begins) / sizeof(*begins); i++)
		assert_true(parsed_begins_number(span_of(begins[i])));
	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++)
		assert_false(parsed_begins_number(span_of(others[i])));
	assert_true(parsed_occurs_in_number(SPAN("1e+5 ")));
	assert_true(parsed_occurs_in_number(SPAN("E")));
	assert_false(parsed_occurs_in_number(SPAN("1a")));
	assert_false(parsed_occurs_in_number((struct span){ "\0", 1 }));
	assert_false(parsed_begins_number((struct span){ "\0", 1 }));
}

int
main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, open_arena, close_arena)
	const struct CMUnitTest tests[] = {
		T(parsed__is_the_document),
		T(parsed__reads_strings_as_numbers),
		T(parsed__keeps_the_beginning_of_long_texts),
		T(parsed__leaves_out_what_is_refused),
		T(parsed__texts_of_numbers),
	};

	return cmocka_run_group_tests_name("parsed", tests, NULL, NULL);
}
