/* tests/soda/test_qbe.c - what a filter becomes, and what is refused */
#include "tests/soda/filter.h"

#include <stdlib.h>

static enum qbe_use
use_of(const json_t *row)
{
	const char *use = json_string_value(json_object_get(row, "use"));

	return use == NULL ? QBE_QUERY : strcmp(use, "delete") == 0 ? QBE_DELETE : QBE_UPDATE;
}

/* QX-01, QX-02, QP-05, OB-04, OB-05, OB-09, OB-12, OB-14, OB-16, QG-02, QF-03: the rows of qx.json */
static void
qbe__refuses_with_its_number(void **state)
{
	json_t *rows = test_data("qx.json");
	const json_t *row;
	size_t i;

	(void)state;
	json_array_foreach(rows, i, row) {
		const char *code = json_string_value(json_object_get(row, "code"));
		const char *at = json_string_value(json_object_get(row, "at"));
		char *text = json_dumps(json_object_get(row, "qbe"), JSON_COMPACT | JSON_ENCODE_ANY);
		struct err e = { 0 };
		struct qbe q;

		if (qbe_parse(json(text), use_of(row), NULL, mem, &q, &e))
			fail_msg("%s is accepted", text);
		if (e.inner != json_integer_value(json_object_get(row, "inner")))
			fail_msg("%s: %d %s", text, e.inner, e.text);
		if (strcmp(err_code(e.kind), code == NULL ? "SODA-02002" : code) != 0)
			fail_msg("%s: %s %s", text, err_code(e.kind), e.text);
		if (at != NULL && strcmp(at, e.at) != 0)
			fail_msg("%s: at %s", text, e.at);
		assert_int_equal(err_status(e.kind), 400);
		assert_string_not_equal(e.text, "");
		free(text);
	}
	assert_true(i > 400);
	json_decref(rows);
}

static void
qbe__empty_filter_matches_all(void **state)
{
	struct qbe q = filter(" { } ");

	(void)state;
	assert_null(q.where);
	assert_true(q.is_exactly_empty);
	assert_false(filter("{\"$query\":{}}").is_exactly_empty);
	assert_null(filter("{\"$query\":{}}").where);
	assert_true(filter("{\"$query\":{}}").has_query);
	assert_false(filter("{\"$orderby\":[]}").order.n_terms > 0);
}

static void
qbe__scalar_is_one_test(void **state)
{
	const struct cond *c = filter("{\"a.b\":\"\\u0041\"}").where;

	(void)state;
	assert_int_equal(c->kind, COND_TEST);
	assert_int_equal(c->op, OP_EQ);
	assert_int_equal(c->path.n_steps, 2);
	assert_int_equal(c->n_values, 1);
	assert_span(c->values[0].text, "A");
	assert_false(c->values[0].text_is_number);
	assert_null(c->next);
}

static void
qbe__shapes_that_sql_relies_on(void **state)
{
	const struct cond *c;

	(void)state;
	c = filter("{\"a\":1,\"b\":2}").where;
	assert_int_equal(c->kind, COND_ALL);
	assert_int_equal(c->children->next->kind, COND_TEST);
	c = filter("{\"a\":{\"$ne\":1}}").where;
	assert_int_equal(c->kind, COND_NOT);
	assert_int_equal(c->children->op, OP_EQ);
	c = filter("{\"a\":{\"$nin\":[1,2]}}").where;
	assert_int_equal(c->kind, COND_NOT);
	assert_int_equal(c->children->op, OP_IN);
	assert_int_equal(c->children->n_values, 2);
	c = filter("{\"a\":[1,2]}").where;
	assert_int_equal(c->kind, COND_ALL);
	assert_int_equal(c->children->op, OP_EQ);
	c = filter("{\"a\":[]}").where;
	assert_int_equal(c->kind, COND_ANY);
	assert_null(c->children);
	c = filter("{\"a\":{\"$exists\":0}}").where;
	assert_int_equal(c->kind, COND_NOT);
	assert_int_equal(c->children->op, OP_EXISTS);
	c = filter("{\"$nor\":[{\"a\":1},{\"b\":1}]}").where;
	assert_int_equal(c->kind, COND_NOT);
	assert_int_equal(c->children->kind, COND_ANY);
	c = filter("{\"a\":{\"$gt\":1,\"$lt\":5}}").where;
	assert_int_equal(c->kind, COND_AT);
	assert_int_equal(c->path.n_steps, 1);
	assert_int_equal(c->children->kind, COND_ALL);
	assert_int_equal(c->children->children->kind, COND_TEST);
	assert_int_equal(c->children->children->path.n_steps, 0);
	c = filter("{\"a\":{\"$between\":[1,5]}}").where;
	assert_int_equal(c->kind, COND_AT);
	assert_int_equal(c->children->kind, COND_ALL);
	c = filter("{\"a\":{\"$not\":{\"$between\":[1,5]}}}").where;
	assert_int_equal(c->kind, COND_NOT);
	assert_int_equal(c->children->kind, COND_ALL);
	assert_int_equal(c->children->children->path.n_steps, 1);
	c = filter("{\"a\":{\"b\":1}}").where;
	assert_int_equal(c->kind, COND_AT);
	assert_int_equal(c->children->kind, COND_TEST);
	c = filter("{\"$sqlJson\":{\"a\":1,\"b\":{\"$gt\":2,\"$le\":3}}}").where;
	assert_int_equal(c->kind, COND_ALL);
	assert_int_equal(c->children->next->next->kind, COND_SINGLE);
}

static void
qbe__operands_keep_every_digit(void **state)
{
	const struct cond *c = filter("{\"a\":12345678901234567890.000000000000000000001}").where;

	(void)state;
	assert_span(c->values[0].text, "12345678901234567890.000000000000000000001");
	assert_matches("{\"a\":12345678901234567890}", "{\"a\":12345678901234567890}");
	assert_misses("{\"a\":12345678901234567890}", "{\"a\":12345678901234567891}");
}

/* QI-01, QI-03 */
static void
qbe__id_names_keys(void **state)
{
	const struct cond *c = filter("{\"$id\":12.0}").where;

	(void)state;
	assert_int_equal(c->kind, COND_KEYS);
	assert_span(c->values[0].text, "12");
	c = filter("[\"a\",7]").where;
	assert_int_equal(c->kind, COND_KEYS);
	assert_int_equal(c->n_values, 2);
	assert_span(c->values[1].text, "7");
	c = filter("{\"$and\":[{\"$and\":[{\"$id\":[\"k\"]}]},{\"a\":1}]}").where;
	assert_int_equal(c->kind, COND_ALL);
	assert_int_equal(c->children->kind, COND_KEYS);
}

static void
qbe__id_must_be_a_key_of_the_collection(void **state)
{
	struct coll raw = { .meta = { .key_type = KEY_RAW, .key_method = KEYS_UUID, .media_type_column = "" } };
	struct err e = { 0 };
	struct qbe q;

	(void)state;
	assert_true(qbe_parse(json("{\"$id\":\"ab\"}"), QBE_QUERY, &raw, mem, &q, &e));
	assert_span(q.where->values[0].text, "000000000000000000000000000000AB");
	assert_false(qbe_parse(json("{\"$id\":[\"ab\",\"xyz\"]}"), QBE_QUERY, &raw, mem, &q, &e));
	assert_int_equal(e.kind, ERR_BAD_KEY);
	assert_string_equal(e.at, "/$id/1");
}

static void
qbe__outer_members(void **state)
{
	struct qbe q = filter("{\"$orderby\":{\"a\":1},\"$query\":{\"b\":1},\"$project\":{\"c\":1}}");
	struct err e = { 0 };

	(void)state;
	assert_true(q.has_query && q.order.n_terms > 0);
	assert_int_equal(q.where->kind, COND_TEST);
	assert_int_equal(q.order.n_terms, 1);
	assert_int_equal(q.project.n_paths, 1);
	assert_true(qbe_parse(json("{\"$patch\":[ 1 ]}"), QBE_UPDATE, NULL, mem, &q, &e));
	assert_span(q.patch, "[ 1 ]");
	assert_int_equal(q.merge.n, 0);
	assert_false(q.has_query);
	assert_true(qbe_parse(json("{\"$query\":{\"$id\":\"k\"},\"$merge\":{\"a\":1}}"), QBE_UPDATE, NULL, mem, &q, &e));
	assert_span(q.merge, "{\"a\":1}");
	assert_int_equal(q.where->kind, COND_KEYS);
	assert_true(qbe_parse(json("{\"$query\":{\"a\":1},\"$orderby\":{\"a\":1}}"), QBE_DELETE, NULL, mem, &q, &e));
}

static void
qbe__tells_what_it_needs(void **state)
{
	(void)state;
	assert_false(filter("{\"a\":1}").needs_text_index);
	assert_true(filter("{\"a\":{\"$contains\":\"x\"}}").needs_text_index);
	assert_true(filter("{\"$and\":[{\"a\":{\"$not\":{\"$contains\":\"x\"}}}]}").needs_text_index);
	assert_true(filter("{\"``\":{\"$contains\":\"x\"}}").needs_text_index);
	assert_true(filter("{\"a\":{\"$near\":{\"$geometry\":{\"type\":\"Point\",\"coordinates\":[34.0162,-118.2019]},"
	    "\"$distance\":50,\"$unit\":\"KM\"}}}").where != NULL);
	assert_true(filter("{\"a\":{\"$not\":{\"$within\":{\"$lax\":true,\"$geometry\":{\"type\":\"Polygon\","
	    "\"coordinates\":[[[0,0],[0,1],[1,1],[0.0,0]]]}}}}}").where != NULL);
	assert_true(filter("{\"a\":{\"$intersects\":{\"$geometry\":{\"type\":\"GeometryCollection\",\"geometries\":["
	    "{\"type\":\"MultiPoint\",\"coordinates\":[[1,2],[3,4,5]]},"
	    "{\"type\":\"MultiPolygon\",\"coordinates\":[[[[0,0],[0,1],[1,1],[0,0]]]]}]}}}}").where != NULL);
}

/* QE-05: with soda.allowDuplicateNames the last one wins; $query and $orderby are never repeated (OB-16) */
static void
qbe__repeated_names(void **state)
{
	struct scan_limits limits = { .max_depth = 100 };
	struct scan_info info;
	struct err e = { 0 };
	struct qbe q;

	(void)state;
	assert_true(qbe_parse(scanned(SPAN("{\"a\":1,\"b\":2,\"\\u0061\":3}"), true), QBE_QUERY, NULL, mem, &q, &e));
	assert_int_equal(q.where->kind, COND_ALL);
	assert_null(q.where->children->next->next);
	assert_span(q.where->children->next->values[0].text, "3");
	assert_false(qbe_parse(scanned(SPAN("{\"$query\":{},\"$query\":{}}"), true), QBE_QUERY, NULL, mem, &q, &e));
	assert_int_equal(e.inner, 5032);

	assert_false(qbe_scan(SPAN("{\"$orderby\":{},\"$orderby\":{}}"), &limits, mem, &info, &e));
	assert_int_equal(e.inner, 5032);
	err_clear(&e);
	assert_false(qbe_scan(SPAN("{\"a\":1,\"\\u0061\":2}"), &limits, mem, &info, &e));
	assert_int_equal(e.kind, ERR_BAD_JSON);
	err_clear(&e);
	assert_false(qbe_scan(SPAN("{\"$query\":{},\"$query\":{"), &limits, mem, &info, &e));
	assert_int_equal(e.kind, ERR_BAD_JSON);
	err_clear(&e);
	assert_true(qbe_scan(SPAN("{\"$query\":{}}"), &limits, mem, &info, &e));
}

static void
qbe__place_is_escaped(void **state)
{
	struct err e;

	(void)state;
	assert_int_equal(refused("{\"a/b~c\":{\"$in\":[1,[2]]}}", &e), 5001);
	assert_string_equal(e.at, "/a~1b~0c/$in/1");
	assert_int_equal(refused("{\"$query\":{\"$or\":[{\"a\":1},{\"b\":{\"$gt\":null}}]}}", &e), 5015);
	assert_string_equal(e.at, "/$query/$or/1/b/$gt");
}

/* ---- budgets (R-44): the limit works, one more is refused ---- */

static const char *
repeated(const char *before, const char *item, const char *sep, size_t n, const char *after)
{
	struct buf b;

	buf_init(&b, mem);
	buf_addz(&b, before);
	for (size_t i = 0; i < n; i++) {
		if (i > 0)
			buf_addz(&b, sep);
		for (const char *p = item; *p != '\0'; p++)
			if (*p == '#')
				buf_int(&b, (int64_t)i);
			else
				buf_char(&b, *p);
	}
	buf_addz(&b, after);
	return buf_z(&b);
}

static void
assert_budget(const char *before, const char *item, const char *sep, size_t limit, const char *after, int inner)
{
	struct err e;

	assert_int_equal(refused(repeated(before, item, sep, limit, after), &e), -1);
	assert_int_equal(refused(repeated(before, item, sep, limit + 1, after), &e), inner);
	assert_non_null(strpbrk(e.text, "0123456789"));
}

static void
qbe__budgets(void **state)
{
	struct err e;

	(void)state;
	assert_budget("{", "\"f#\":1", ",", 1000, "}", 5000);
	assert_budget("{\"$or\":[", "{\"a\":#}", ",", 1000, "]}", 5000);
	assert_budget("{\"$and\":[{\"x\":1},{", "\"f#\":{\"$gt\":1}", ",", 999, "}]}", 5000);
	assert_budget("{\"a\":{\"$in\":[", "#", ",", 1000, "]}}", 5000);
	assert_budget("{\"a\":[", "#", ",", 1000, "]}", 5000);
	assert_budget("{\"$id\":[", "#", ",", 1000, "]}", 5000);
	assert_budget("[", "\"#\"", ",", 1000, "]", 5000);
	assert_budget("{\"$orderby\":{", "\"f#\":1", ",", 100, "}}", 5000);
	assert_budget("{\"$orderby\":[", "{\"path\":\"f#\"}", ",", 100, "]}", 5000);
	assert_budget("{\"a\":{\"$like\":\"", "x", "", 256, "\"}}", 5068);
	assert_budget("{\"a\":{\"$nlciLikeRegex\":\"", "x", "", 256, "\"}}", 5068);
	assert_budget("{\"", "x", "", 1024, "\":1}", 5000);
	assert_budget("{\"", "x", ".", 64, "\":1}", 5000);
	/* the depth of objects inside each other, below the root filter */
	assert_int_equal(refused(repeated("", "{\"a\":", "", 33, repeated("1", "}", "", 33, "")), &e), -1);
	assert_int_equal(refused(repeated("", "{\"a\":", "", 34, repeated("1", "}", "", 34, "")), &e), 5000);
	assert_int_equal(refused(repeated("", "{\"$and\":[", "", 32, repeated("{\"a\":1}", "]}", "", 32, "")), &e), -1);
	assert_int_equal(refused(repeated("", "{\"$and\":[", "", 33, repeated("{\"a\":1}", "]}", "", 33, "")), &e), 5000);
	/* QX-05: as deep as the scanner lets it */
	assert_int_equal(refused(repeated("", "{\"$and\":[", "", 990, repeated("{\"a\":1}", "]}", "", 990, "")), &e), 5000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define T(f) cmocka_unit_test_setup_teardown(f, open_arena, close_arena)
		T(qbe__refuses_with_its_number), T(qbe__empty_filter_matches_all), T(qbe__scalar_is_one_test),
		T(qbe__shapes_that_sql_relies_on), T(qbe__operands_keep_every_digit), T(qbe__id_names_keys),
		T(qbe__id_must_be_a_key_of_the_collection), T(qbe__outer_members), T(qbe__tells_what_it_needs),
		T(qbe__repeated_names), T(qbe__place_is_escaped), T(qbe__budgets),
#undef T
	};

	return cmocka_run_group_tests_name("qbe", tests, NULL, NULL);
}
