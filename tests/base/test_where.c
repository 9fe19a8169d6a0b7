/* tests/base/test_where.c - places in texts, as they are told */
#include "tests/lib/unit.h"

#include "base/where.h"

#include <string.h>

static void
where__counts_bytes_lines_and_characters(void **state)
{
	(void)state;
	assert_string_equal(where_say(SPAN(""), 0).text, "byte 0");
	assert_string_equal(where_say(SPAN("abc"), 3).text, "byte 3");
	assert_string_equal(where_say(SPAN("abc\n"), 1).text, "byte 1 (line 1, column 2)");
	assert_string_equal(where_say(SPAN("abc\n"), 4).text, "byte 4 (line 2, column 1)");
	assert_string_equal(where_say(SPAN("a\n\xc3\xa4\xf0\x9f\x98\x80x"), 8).text, "byte 8 (line 2, column 3)");
}

/* the element of the place that ^ marks; -1: none */
static int
element(const char *text)
{
	size_t index;

	return where_element(span_of(text), (size_t)(strchr(text, '^') - text), &index) ? (int)index : -1;
}

static void
where__finds_the_element(void **state)
{
	(void)state;
	assert_int_equal(element("[^"), 0);
	assert_int_equal(element(" [1^,2]"), 0);
	assert_int_equal(element("[1,^"), 1);
	assert_int_equal(element("[{\"a\":[1,2,3],\"b\":2},[4,5],^"), 2);
	assert_int_equal(element("[\",]\\\",\",{\"a\":^"), 1);
	assert_int_equal(element("[1,2]^"), -1);
	assert_int_equal(element("{\"a\":[1,^"), -1);
	assert_int_equal(element("^[1]"), -1);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(where__counts_bytes_lines_and_characters),
		cmocka_unit_test(where__finds_the_element),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
