/* tests/soda/test_project.c - parts of documents */
#include "tests/soda/filter.h"

static const char *
projected(const char *project, const char *document)
{
	struct qbe q = filter(arena_printf(mem, "{\"$project\":%s}", project));
	struct buf b;

	buf_init(&b, mem);
	project_apply(&q.project, json(document), mem, &b);
	json(buf_z(&b));
	return buf_z(&b);
}

/* PQ-14 */
static void
project__includes(void **state)
{
	const char *doc = "{\"name\":\"x\",\"addr\":{\"zip\":1.50,\"city\":\"y\"},\"n\":12345678901234567890}";

	(void)state;
	assert_string_equal(projected("{\"name\":1,\"addr.zip\":true}", doc), "{\"name\":\"x\",\"addr\":{\"zip\":1.50}}");
	assert_string_equal(projected("{\"n\":\"include\"}", doc), "{\"n\":12345678901234567890}");
	assert_string_equal(projected("{\"addr\":1.0}", doc), "{\"addr\":{\"zip\":1.50,\"city\":\"y\"}}");
	assert_string_equal(projected("{\"none\":1}", doc), "{}");
	assert_string_equal(projected("{\"name.first\":1}", doc), "{}");
	assert_string_equal(projected("{\"addr.none\":1}", doc), "{\"addr\":{}}");
	assert_string_equal(projected("{}", " {\"a\" : 1} "), "{\"a\" : 1}");
}

static void
project__excludes(void **state)
{
	const char *doc = "{\"name\":\"x\",\"addr\":{\"zip\":1.50,\"city\":\"y\"},\"n\":1}";

	(void)state;
	assert_string_equal(projected("{\"name\":0,\"addr.zip\":\"exclude\"}", doc), "{\"addr\":{\"city\":\"y\"},\"n\":1}");
	assert_string_equal(projected("{\"addr\":false,\"none.x\":0}", doc), "{\"name\":\"x\",\"n\":1}");
	assert_string_equal(projected("{\"n.x\":0,\"name\":0,\"addr\":0}", doc), "{\"n\":1}");
}

static void
project__goes_through_arrays_once(void **state)
{
	const char *doc = "{\"a\":[{\"b\":1,\"c\":2},3,[{\"b\":4}],{\"c\":5}]}";

	(void)state;
	assert_string_equal(projected("{\"a.b\":1}", doc), "{\"a\":[{\"b\":1},{}]}");
	assert_string_equal(projected("{\"a.b\":0}", doc), "{\"a\":[{\"c\":2},3,[{\"b\":4}],{\"c\":5}]}");
	assert_string_equal(projected("{\"b\":1}", "[{\"b\":1,\"c\":2},7]"), "[{\"b\":1}]");
	assert_string_equal(projected("{\"b\":0}", "[{\"b\":1,\"c\":2},7]"), "[{\"c\":2},7]");
	assert_string_equal(projected("{\"b\":1}", "7"), "null");
	assert_string_equal(projected("{\"b\":0}", "7"), "7");
}

static void
project__many_paths_with_common_beginnings(void **state)
{
	(void)state;
	assert_string_equal(projected("{\"b.y\":1,\"a.x\":1,\"b.x.q\":1,\"ab\":1,\"a.`.`\":1,\"b.x.p\":1}",
	    "{\"a\":{\"x\":1,\"y\":2,\".\":3},\"b\":{\"x\":{\"p\":4,\"q\":5,\"r\":6},\"y\":7,\"z\":8},\"ab\":9,\"abc\":10}"),
	    "{\"a\":{\"x\":1,\".\":3},\"b\":{\"x\":{\"p\":4,\"q\":5},\"y\":7},\"ab\":9}");
	assert_string_equal(projected("{\"\\u0061\":1}", "{\"\\u0061\":1,\"b\":2}"), "{\"\\u0061\":1}");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define T(f) cmocka_unit_test_setup_teardown(f, open_arena, close_arena)
		T(project__includes), T(project__excludes), T(project__goes_through_arrays_once),
		T(project__many_paths_with_common_beginnings),
#undef T
	};

	return cmocka_run_group_tests_name("project", tests, NULL, NULL);
}
