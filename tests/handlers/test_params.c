/* tests/handlers/test_params.c - parameters: names, types, bounds, and what cannot be combined */
#include "tests/lib/unit.h"

#include "handlers/route.h"
#include "handlers/url.h"

#include <stdio.h>

static struct arena *mem;
static struct request req;
static struct params p;
static struct err e;

#define ALL (~(param_set)0)

static bool
read_by(const struct route *route, const char *query)
{
	char target[4096];

	memset(&req, 0, sizeof(req));
	memset(&p, 0, sizeof(p));
	err_clear(&e);
	snprintf(target, sizeof(target), "/ords/x?%s", query);
	assert_true(url_split(arena_span(mem, span_of(target)), "/ords", mem, &req, &e));
	return params_read(&req, route, &p, &e);
}

static bool
reads(const char *query)
{
	return read_by(&(const struct route){ .may_carry = ALL }, query);
}

static void
assert_refused(const char *query)
{
	assert_false(reads(query));
	assert_int_equal(e.kind, ERR_BAD_PARAM);
}

/* GC-07, CA-07 */
static void
params__numbers(void **state)
{
	static const char *const bad[] = {
		"limit=0", "limit=-1", "limit=1.5", "limit=", "limit=abc", "limit=0x10", "limit=+5", "limit=%205", "limit=1e3",
		"offset=-1", "offset=x", "offset=",
	};

	(void)state;
	assert_true(reads("limit=25&offset=0"));
	assert_int_equal(p.limit, 25);
	assert_int_equal(p.offset, 0);
	assert_true(param_given(&p, P_LIMIT) && param_given(&p, P_OFFSET) && !param_given(&p, P_FIELDS));
	assert_true(reads("limit=1000000000"));
	assert_int_equal(p.limit, 1000000000);
	assert_true(reads("limit=9223372036854775808&offset=99999999999999999999999"));
	assert_true(p.limit == INT64_MAX && p.offset == INT64_MAX);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_refused(bad[i]);
}

/* GC-10, GC-11 */
static void
params__words_in_either_case(void **state)
{
	(void)state;
	assert_true(reads("fields=ID&totalResults=True"));
	assert_int_equal(p.fields, FIELDS_ID);
	assert_true(p.total);
	assert_true(reads("fields=value&totalResults=false"));
	assert_int_equal(p.fields, FIELDS_VALUE);
	assert_false(p.total);
	assert_true(reads("fields=all"));
	assert_int_equal(p.fields, FIELDS_ALL);
	assert_refused("fields=foo");
	assert_refused("fields=");
	assert_refused("totalResults=maybe");
	assert_non_null(strstr(e.text, "totalResults"));
	assert_true(reads("Fields=foo&LIMIT=0"));
}

/* GC-26 */
static void
params__times(void **state)
{
	(void)state;
	assert_true(reads("since=2021-04-25T23:40:51.197350999Z&until=2021-04-26"));
	assert_true(p.since_us == INT64_C(1619394051197350));
	assert_true(p.until_us == INT64_C(1619395200000000));
	assert_true(reads("since=2021-04-25T23:40:51%2B02:00"));
	assert_true(p.since_us == INT64_C(1619386851000000));
	assert_refused("since=nonsense");
	assert_refused("until=2021-13-01");
	assert_refused("since=2021-04-25T23:40:51+02:00");
}

/* GC-21 */
static void
params__what_cannot_be_combined(void **state)
{
	(void)state;
	assert_true(reads("fromID=A&after=A&toID=D&before=D"));
	assert_refused("fromID=A&after=B");
	assert_refused("toID=A&before=B");
	assert_refused("fromID=A&offset=1");
	assert_refused("before=A&offset=0");
	assert_true(reads("since=2021-04-25&offset=1"));
	assert_true(reads("q=%7B%7D&offset=1&limit=1"));
}

static void
params__given_twice(void **state)
{
	(void)state;
	assert_true(reads("limit=5&limit=5"));
	assert_refused("limit=5&limit=6");
	assert_refused("q=a&q=b");
	assert_true(reads("foo=1&foo=2"));
}

/* UR-20: what nobody knows is ignored, and so is what the row has no use for */
static void
params__unknown_and_unused_are_ignored(void **state)
{
	const struct route listing = { .may_carry = P(LIMIT) };

	(void)state;
	assert_true(reads("foo=1&sqlStatement=true"));
	assert_int_equal(p.given, 0);
	assert_true(read_by(&listing, "limit=1&offset=x&fields=foo"));
	assert_int_equal(p.given, P(LIMIT));
}

static void
params__refused_where_they_would_mislead(void **state)
{
	const struct route drop = { .refuses = P(LIMIT) | P(ACTION) };

	(void)state;
	assert_false(read_by(&drop, "limit=1"));
	assert_int_equal(e.kind, ERR_BAD_PARAM);
	assert_false(read_by(&drop, "action=query"));
	assert_true(read_by(&drop, "offset=1"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(params__numbers),
		cmocka_unit_test(params__words_in_either_case),
		cmocka_unit_test(params__times),
		cmocka_unit_test(params__what_cannot_be_combined),
		cmocka_unit_test(params__given_twice),
		cmocka_unit_test(params__unknown_and_unused_are_ignored),
		cmocka_unit_test(params__refused_where_they_would_mislead),
	};
	int failed;

	mem = arena_open(0);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	arena_close(&mem);
	return failed;
}
