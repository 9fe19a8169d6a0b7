/* tests/soda/test_jsonpath.c - sql/jsonpath.c, with filters as their reader makes them
 *
 * That it is wider than the filter in every case is shown by random ones on PostgreSQL: tests/http/test_parsed.py and tests/engines.
 */
#include "tests/soda/filter.h"

#include "sql/jsonpath.h"

struct row {
	const char *filter, *path;
	bool is_indexed;
};

static void
check(const struct row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct jsonpath path = jsonpath_of(filter(rows[i].filter).where, mem);

		if (!span_is(path.text, rows[i].path))
			fail_msg("%s: %.*s", rows[i].filter, SPAN_ARG(path.text));
		if (path.is_indexed != rows[i].is_indexed)
			fail_msg("%s: indexed %d", rows[i].filter, path.is_indexed);
	}
}
#define CHECK(...) do { \
	const struct row rows_[] = { __VA_ARGS__ }; \
	check(rows_, sizeof(rows_) / sizeof(*rows_)); \
} while (0)
#define NUMBERS " || @.type() == \"number\""
#define MAY_BE_CUT " || @ like_regex \"^.{64}$\" flag \"s\""
#define BOOLEANS " || @ == true || @ == false"

static void
jsonpath__equality(void **state)
{
	(void)state;
	CHECK(
		{ "{\"a\":5}", "exists($.\"a\" ? (@ == 5))", true },
		{ "{\"a\":-1.50}", "exists($.\"a\" ? (@ == -1.5))", true },
		{ "{\"a\":\"Rome\"}", "exists($.\"a\" ? (@ == \"Rome\"))", true },
		{ "{\"a\":\"4.10\"}", "exists($.\"a\" ? (@ == 4.1))", true },
		{ "{\"a\":true}", "exists($.\"a\" ? (@ == true))", true },
		{ "{\"a\":null}", "exists($.\"a\" ? (@ == null))", true },
		{ "{\"a\":{\"$in\":[1,\"x\",false]}}", "exists($.\"a\" ? (@ == 1 || @ == \"x\" || @ == false))", true },
		{ "{\"a\":{\"$in\":[]}}", "exists($.\"a\")", false },
		{ "{\"a\":{\"$string\":\"true\"}}", "exists($.\"a\" ? (@ == \"true\" || @ == true))", true },
		{ "{\"a\":{\"$boolean\":true}}", "exists($.\"a\" ? (@ == true || @ == \"true\"))", true },
		{ "{\"a\":{\"$double\":1}}", "exists($.\"a\")", false },
		{ "{\"a\":{\"$upper\":\"X\"}}", "exists($.\"a\")", false },
		{ "{\"a\":{\"$size\":0}}", "exists($.\"a\")", false },
		{ "{\"a\":1e5000}", "exists($.\"a\")", false },
		{ "{\"a\":\"\\u0000\"}", "exists($.\"a\")", false },
		{ "{\"a\":\"\\ud83d\"}", "exists($.\"a\")", false },
	);
}

static void
jsonpath__order_and_texts(void **state)
{
	(void)state;
	CHECK(
		{ "{\"a\":{\"$gt\":5}}", "exists($.\"a\" ? (@ > 5))", false },
		{ "{\"a\":{\"$lte\":\"M\"}}", "exists($.\"a\" ? (@ <= \"M\"" NUMBERS "))", false },
		{ "{\"a\":{\"$string\":{\"$lt\":\"M\"}}}", "exists($.\"a\" ? (@ < \"M\"" NUMBERS BOOLEANS "))", false },
		{ "{\"a\":{\"$startsWith\":\"Ab\"}}", "exists($.\"a\" ? (@ starts with \"Ab\"))", false },
		{ "{\"a\":{\"$startsWith\":\"4\"}}", "exists($.\"a\" ? (@ starts with \"4\"" NUMBERS "))", false },
		{ "{\"a\":{\"$startsWith\":\"\"}}", "exists($.\"a\")", false },
		{ "{\"a\":{\"$hasSubstring\":\"a.b\"}}", "exists($.\"a\" ? (@ like_regex \"a.b\" flag \"q\"" MAY_BE_CUT "))", false },
		{ "{\"a\":{\"$instr\":\"e5\"}}", "exists($.\"a\" ? (@ like_regex \"e5\" flag \"q\"" MAY_BE_CUT NUMBERS "))", false },
		{ "{\"a\":{\"$like\":\"Ab%c\"}}", "exists($.\"a\" ? (@ starts with \"Ab\"))", false },
		{ "{\"a\":{\"$like\":\"%b_cd\"}}", "exists($.\"a\" ? (@ like_regex \"cd\" flag \"q\"" MAY_BE_CUT "))", false },
		{ "{\"a\":{\"$like\":\"%\"}}", "exists($.\"a\")", false },
		{ "{\"a\":{\"$regex\":\"x\"}}", "exists($.\"a\")", false },
		{ "{\"a\":{\"$mod\":[2,1]}}", "exists($.\"a\")", false },
		{ "{\"a\":{\"$exists\":true}}", "exists($.\"a\")", false },
		{ "{\"a\":{\"$date\":\"2020-02-28T23:00:00-05:00\"}}", "exists($.\"a\" ? (@ >= \"2020-02-28\" && @ < \"2020-02-29\"))", false },
		{ "{\"a\":{\"$date\":{\"$lte\":\"1969-12-31\"}}}", "exists($.\"a\" ? (@ < \"1970-01-01\"))", false },
		{ "{\"a\":{\"$timestamp\":{\"$gt\":\"2020-03-01T00:30:00+02:00\"}}}", "exists($.\"a\" ? (@ >= \"2020-02-28\"))", false },
		{ "{\"a\":{\"$timestamp\":{\"$lt\":\"1969-12-31T23:59:59Z\"}}}", "exists($.\"a\" ? (@ < \"1970-01-02\"))", false },
		{ "{\"a\":{\"$date\":\"0001-01-01\"}}", "exists($.\"a\")", false },
	);
}

static void
jsonpath__paths(void **state)
{
	(void)state;
	CHECK(
		{ "{\"a.`b.\\\"c`\":1}", "exists($.\"a\".\"b.\\\"c\" ? (@ == 1))", true },
		{ "{\"a[*].b\":1}", "exists($.\"a\"[*].\"b\" ? (@ == 1))", true },
		{ "{\"a[0,last-2][last]\":1}", "exists($.\"a\"[0, last - 2][last - 0] ? (@ == 1))", true },
		{ "{\"a[last to 1]\":1}", "exists($.\"a\"[last - 0 to 1, 1 to last - 0] ? (@ == 1))", true },
		{ "{\"a[99999999999]\":1}", "exists($.\"a\"[1073741824] ? (@ == 1))", true },
		{ "{\"[0].a\":1}", "exists($[0].\"a\" ? (@ == 1))", true },
		{ "{\"a.*\":1}", "", false },
		{ "{\"..a\":1}", "", false },
		{ "{\"`a\\u0000`\":1}", "", false },
		{ "{\"a\":1,\"..b\":2}", "(exists($.\"a\" ? (@ == 1)))", true },
	);
}

static void
jsonpath__groups(void **state)
{
	(void)state;
	CHECK(
		{ "{\"a\":1,\"b\":{\"$gt\":2}}", "(exists($.\"a\" ? (@ == 1)) && exists($.\"b\" ? (@ > 2)))", true },
		{ "{\"$or\":[{\"a\":1},{\"b\":2}]}", "(exists($.\"a\" ? (@ == 1)) || exists($.\"b\" ? (@ == 2)))", true },
		{ "{\"$or\":[{\"a\":1},{\"b\":{\"$lt\":2}}]}", "(exists($.\"a\" ? (@ == 1)) || exists($.\"b\" ? (@ < 2)))", false },
		{ "{\"$or\":[{\"a\":1},{\"..b\":2}]}", "", false },
		{ "{\"a\":{\"$ne\":1}}", "", false },
		{ "{\"a\":{\"$exists\":false}}", "", false },
		{ "{\"$nor\":[{\"a\":1}]}", "", false },
		{ "{\"$nor\":[{\"a\":1}],\"b\":1}", "(exists($.\"b\" ? (@ == 1)))", true },
		{ "{\"a\":{\"$gte\":1,\"$lt\":3}}", "(exists($.\"a\" ? (@ >= 1)) && exists($.\"a\" ? (@ < 3)))", false },
		{ "{\"a[*]\":{\"b\":1,\"c\":{\"$ne\":2}}}", "(exists($.\"a\"[*].\"b\" ? (@ == 1)))", true },
		{ "{\"a\":{\"$exists\":true,\"$ne\":30}}", "(exists($.\"a\"))", false },
		{ "{\"a\":{\"$ne\":1,\"$nin\":[2]}}", "exists($.\"a\")", false },
		{ "{\"a\":[1,2]}", "(exists($.\"a\" ? (@ == 1)) && exists($.\"a\" ? (@ == 2)))", true },
		{ "{\"$sqlJson\":{\"a.b\":{\"$lt\":3}}}", "exists($.\"a\".\"b\" ? (@ < 3))", false },
		{ "{\"$id\":\"k\"}", "", false },
		{ "{}", "", false },
	);
}

/* what the server would refuse to read is not asked */
static void
jsonpath__stays_short(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, mem);
	put_lit(&b, "{\"a\":{\"$in\":[0");
	for (int i = 1; i < 257; i++)
		buf_printf(&b, ",%d", i);
	put_lit(&b, "]}}");
	CHECK({ buf_z(&b), "exists($.\"a\")", false });
	buf_init(&b, mem);
	put_lit(&b, "{\"a\":1,\"b\":\"");
	for (int i = 0; i < 70000; i++)
		buf_char(&b, 'x');
	put_lit(&b, "\"}");
	CHECK({ buf_z(&b), "", false });
}

int
main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, open_arena, close_arena)
	const struct CMUnitTest tests[] = {
		T(jsonpath__equality),
		T(jsonpath__order_and_texts),
		T(jsonpath__paths),
		T(jsonpath__groups),
		T(jsonpath__stays_short),
	};

	return cmocka_run_group_tests_name("jsonpath", tests, NULL, NULL);
}
