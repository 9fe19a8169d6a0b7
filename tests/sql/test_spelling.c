/* tests/sql/test_spelling.c - sql/spelling.c */
#include "tests/lib/unit.h"

#include "base/buf.h"
#include "sql/spelling.h"

static enum spelling
of(const char *json)
{
	return spelling_of(span_of(json));
}

static void
spelling__plain(void **state)
{
	(void)state;
	assert_int_equal(of("{\"a\":[12,-12,0,-0,0.5,12.50,true,null],\"12\":\"x\",\"b\":\"12.5\",\"c\":\"2024-11-05\"}"), SPELLING_PLAIN);
	assert_int_equal(of("{\"id\":\"3e5f-1e5\",\"v\":\"1.2.3\",\"t\":\"+\",\"s\":\"\",\"u\":\"-\",\"w\":\" a 1e5\"}"), SPELLING_PLAIN);
	assert_int_equal(of("7"), SPELLING_PLAIN);
	assert_int_equal(of("\"7\""), SPELLING_PLAIN);
	assert_int_equal(of(""), SPELLING_PLAIN);
}

/* what could be the same number in other digits */
static void
spelling__unknown(void **state)
{
	static const char *const odd[] = { "1e2", "1E2", "-1.5e+3", "[1,2e0]", "{\"a\":\"1e2\"}", "\"012\"", "\"+12\"", "\".5\"", "\"5.\"",
		"\" 12\"", "\"12 \"", "\"-.5\"", "{\"1e2\":1}" };

	(void)state;
	for (size_t i = 0; i < sizeof(odd) / sizeof(*odd); i++)
		if (of(odd[i]) != SPELLING_UNKNOWN)
			fail_msg("%s", odd[i]);
}

static void
spelling__escaped(void **state)
{
	(void)state;
	assert_int_equal(of("{\"a\":\"\\u0031\"}"), SPELLING_ESCAPED);
	assert_int_equal(of("[1e2,\"\\\"\"]"), SPELLING_ESCAPED);
}

/* where a name stands once, what follows it is the only value of that name */
static void
spelling__names(void **state)
{
	static const char *const again[] = { "{\"a\":1,\"a\":2}", "[{\"b\":{\"c\":1,\"d\":0}},{\"c\" :1}]",
		"{\"z\":\"a\",\"a\":1}", "{\"a\":1,\"z\":\"a\"}" };
	struct arena *mem = arena_open(0);
	struct buf many;

	(void)state;
	for (size_t i = 0; i < sizeof(again) / sizeof(*again); i++)
		assert_int_equal(spelling_with_names(span_of(again[i])), SPELLING_PLAIN);
	assert_int_equal(spelling_with_names(SPAN("{\"a\":1,\"b\":{\"\":2},\"c\":[\"x\",\"x\"]}")), SPELLING_ONCE);
	assert_int_equal(spelling_with_names(SPAN("[1,2]")), SPELLING_ONCE);
	assert_int_equal(spelling_with_names(SPAN("{\"a\":1e2}")), SPELLING_UNKNOWN);
	assert_int_equal(spelling_with_names(SPAN("{\"a\":\"\\n\"}")), SPELLING_ESCAPED);
	buf_init(&many, mem);
	for (int i = 0; i < 500; i++) {
		buf_printf(&many, "%s\"name %d\":%d", i == 0 ? "{" : ",", i, i);
		if (i == 63 || i == 64)	/* 64 different ones can be told apart */
			assert_int_equal(spelling_with_names(buf_text(&many)), i == 63 ? SPELLING_ONCE : SPELLING_PLAIN);
	}
	arena_close(&mem);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(spelling__plain),
		cmocka_unit_test(spelling__unknown),
		cmocka_unit_test(spelling__escaped),
		cmocka_unit_test(spelling__names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
