/* sql/ixtext.c */
#include "tests/lib/unit.h"
#include "tests/lib/arena.h"

#include "base/scan.h"
#include "sql/ixtext.h"

static struct span
text_of(const char *json, enum datatype type)
{
	struct span out = { 0 };

	if (!ixtext_value(span_of(json), type, 0, mem, &out))
		return SPAN("(none)");
	assert_true(utf8_valid(out));
	assert_null(memchr(out.p, 0, out.n));
	return out;
}

/* every value sorts before the next one, and before missing ones */
static void
assert_ascending(const char *const *json, size_t n, enum datatype type)
{
	for (size_t i = 0; i < n; i++) {
		assert_true(span_cmp(text_of(json[i], type), IXTEXT_MISSING) < 0);
		for (size_t k = 0; k < n; k++) {
			int got = span_cmp(text_of(json[i], type), text_of(json[k], type));

			if ((got < 0) != (i < k) || (got > 0) != (i > k))
				fail_msg("%s against %s: %d", json[i], json[k], got);
		}
	}
}
#define ASSERT_ASCENDING(type, ...) do { \
	static const char *const json_[] = { __VA_ARGS__ }; \
	assert_ascending(json_, sizeof(json_) / sizeof(json_[0]), type); \
} while (0)

static void
ixtext__strings_sort_by_code_point(void **state)
{
	(void)state;
	ASSERT_ASCENDING(TYPE_VARCHAR2, "\"\"", "\"\\u0000\"", "\"\\u0000\\u0000\"", "\"\\u0000\\u0001\"",
	    "\"\\u0000a\"", "\"\\u0001\"", "\"\\u0001\\u0000\"", "\"\\u0001\\u0001\"", "\"\\u0002\"", "\" \"", "\"A\"",
	    "\"a\"", "\"a\\u0000\"", "\"ab\"", "\"b\"", "\"\\u00e4\"", "\"\\ud7fe\"", "\"\\ud7ff\"", "\"\\ud7ff\\u0000\"",
	    "\"\\ud7ff\\ud800\"", "\"\\ud7ff\\uffff\"", "\"\\ud800\"", "\"\\ud800a\"", "\"\\ud801\"", "\"\\udbff\"",
	    "\"\\udc00\"", "\"\\udfff\"", "\"\\ue000\"", "\"\\uffff\"", "\"\\ud83d\\ude00\"");
}

/* Numbers among strings sort through their canonical text: 1, 101, 102, 103, 2 */
static void
ixtext__varchar2_takes_any_scalar(void **state)
{
	(void)state;
	assert_span(text_of("\"x y\"", TYPE_VARCHAR2), "=x y");
	assert_span(text_of("12.0", TYPE_VARCHAR2), "=12");
	assert_span(text_of("1.2e1", TYPE_VARCHAR2), "=12");
	assert_span(text_of("true", TYPE_VARCHAR2), "=true");
	assert_span(text_of("false", TYPE_VARCHAR2), "=false");
	ASSERT_ASCENDING(TYPE_VARCHAR2, "1", "101", "102", "103", "2");
}

static void
ixtext__spelling_of_a_string_does_not_matter(void **state)
{
	(void)state;
	assert_true(span_eq(text_of("\"a/\\u00e4\"", TYPE_VARCHAR2), text_of("\"\\u0061\\/\xc3\xa4\"", TYPE_VARCHAR2)));
	assert_true(span_eq(text_of("\"a\"", TYPE_VARCHAR2), ixtext_string(SPAN("a"), mem)));
}

static void
ixtext__prefix_of_text_is_text_of_prefix(void **state)
{
	struct span whole = text_of("\"a\\u0000\\ud7ff\\ud800b\"", TYPE_VARCHAR2);
	struct span part = text_of("\"a\\u0000\\ud7ff\\ud800\"", TYPE_VARCHAR2);

	(void)state;
	assert_true(part.n < whole.n);
	assert_memory_equal(part.p, whole.p, part.n);
}

static void
ixtext__strings_are_cut_by_characters(void **state)
{
	struct span out;

	(void)state;
	assert_true(ixtext_value(SPAN("\"a\\u00e4\xf0\x9f\x98\x80z\""), TYPE_VARCHAR2, 3, mem, &out));
	assert_span(out, "=a\xc3\xa4\xf0\x9f\x98\x80");
	assert_true(ixtext_value(SPAN("\"abc\""), TYPE_VARCHAR2, 3, mem, &out));
	assert_span(out, "=abc");
	assert_true(ixtext_value(SPAN("\"abc\""), TYPE_VARCHAR2, 4, mem, &out));
	assert_span(out, "=abc");
	assert_true(ixtext_value(SPAN("1234"), TYPE_VARCHAR2, 2, mem, &out));
	assert_span(out, "=12");
}

static void
ixtext__numbers_sort_by_value(void **state)
{
	(void)state;
	ASSERT_ASCENDING(TYPE_NUMBER, "-1e400", "-12345678901234567890.5", "-12345678901234567890", "-2", "-1.5", "\"-1\"",
	    "-0.5", "-1e-400", "0", "1e-400", "0.5", "1", "\" 1.5 \"", "2", "10", "9007199254740992",
	    "9007199254740993", "1e400");
	assert_true(span_eq(text_of("-0", TYPE_NUMBER), text_of("0.000", TYPE_NUMBER)));
	assert_true(span_eq(text_of("12", TYPE_NUMBER), text_of("\"1.20e1\"", TYPE_NUMBER)));
}

/* "12" reads as a number, "abc" does not */
static void
ixtext__what_is_no_number(void **state)
{
	static const char *const none[] = { "\"abc\"", "\"\"", "\" \"", "true", "false", "\"1 2\"", "\"0x10\"" };

	(void)state;
	assert_true(span_eq(text_of("12", TYPE_NUMBER), text_of("\"12\"", TYPE_NUMBER)));
	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++)
		assert_span(text_of(none[i], TYPE_NUMBER), "(none)");
}

static void
ixtext__dates_compare_the_day_as_written(void **state)
{
	(void)state;
	ASSERT_ASCENDING(TYPE_DATE, "\"0001-01-01\"", "\"1969-12-31\"", "\"1970-01-01T23:00:00-05:00\"", "\"1970-01-02\"",
	    "\"2016-02-29\"", "\"9999-12-31\"");
	assert_true(span_eq(text_of("\"2016-07-25\"", TYPE_DATE), text_of("\"2016-07-25T23:59:59.5+10:00\"", TYPE_DATE)));
	assert_span(text_of("\"2015-02-29\"", TYPE_DATE), "(none)");
	assert_span(text_of("20160101", TYPE_DATE), "(none)");
}

static void
ixtext__timestamps_compare_instants(void **state)
{
	(void)state;
	ASSERT_ASCENDING(TYPE_TIMESTAMP, "\"0001-01-01T00:00:00+14:00\"", "\"0001-01-01\"", "\"1969-12-31T23:59:59.999999999Z\"",
	    "\"1970-01-01\"", "\"1970-01-01T00:00:00.000000001Z\"", "\"1970-01-01T00:00:00.1Z\"",
	    "\"9999-12-31T23:59:59-14:00\"");
	assert_true(span_eq(text_of("\"2016-07-25T10:00:00Z\"", TYPE_TIMESTAMP),
	    text_of("\"2016-07-25T12:00+02:00\"", TYPE_TIMESTAMP)));
	assert_span(text_of("\"noon\"", TYPE_TIMESTAMP), "(none)");
	assert_span(text_of("true", TYPE_TIMESTAMP), "(none)");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(ixtext__strings_sort_by_code_point, open_arena, close_arena),
		cmocka_unit_test_setup_teardown(ixtext__varchar2_takes_any_scalar, open_arena, close_arena),
		cmocka_unit_test_setup_teardown(ixtext__spelling_of_a_string_does_not_matter, open_arena, close_arena),
		cmocka_unit_test_setup_teardown(ixtext__prefix_of_text_is_text_of_prefix, open_arena, close_arena),
		cmocka_unit_test_setup_teardown(ixtext__strings_are_cut_by_characters, open_arena, close_arena),
		cmocka_unit_test_setup_teardown(ixtext__numbers_sort_by_value, open_arena, close_arena),
		cmocka_unit_test_setup_teardown(ixtext__what_is_no_number, open_arena, close_arena),
		cmocka_unit_test_setup_teardown(ixtext__dates_compare_the_day_as_written, open_arena, close_arena),
		cmocka_unit_test_setup_teardown(ixtext__timestamps_compare_instants, open_arena, close_arena),
	};

	return cmocka_run_group_tests_name("ixtext", tests, NULL, NULL);
}
