/* tests/soda/test_order.c - sort keys of $orderby */
#include "tests/soda/filter.h"

#include <stdlib.h>

struct row {
	const char *text;
	size_t place;
	struct span keys[4];
};

static const struct order *sorting_by;

static int
by_keys(const void *a, const void *b)
{
	const struct row *x = a, *y = b;

	for (size_t i = 0; i < sorting_by->n_terms; i++) {
		int d = span_cmp(x->keys[i], y->keys[i]);

		if (d != 0)
			return sorting_by->terms[i].descending ? -d : d;
	}
	return (x->place > y->place) - (x->place < y->place);
}

/* the documents in the order of the filter, joined by blanks */
static const char *
sorted(const char *orderby, const char *const *documents)
{
	struct plan plan = { 0 };
	struct row rows[16];
	struct err e = { 0 };
	struct buf b;
	size_t n = 0;

	plan.order = filter(arena_printf(mem, "{\"$orderby\":%s}", orderby)).order;
	for (; documents[n] != NULL; n++) {
		rows[n].text = documents[n];
		rows[n].place = n;
		if (!order_keys(&plan, json(documents[n]), mem, rows[n].keys, &e))
			return err_name(e.kind);
	}
	sorting_by = &plan.order;
	qsort(rows, n, sizeof(*rows), by_keys);
	buf_init(&b, mem);
	for (size_t i = 0; i < n; i++)
		buf_printf(&b, "%s%s", i == 0 ? "" : " ", rows[i].text);
	return buf_z(&b);
}
#define DOCS(...) (const char *const[]){ __VA_ARGS__, NULL }

/* OB-01, OB-02 */
static void
order__by_text_and_by_number(void **state)
{
	const char *const *docs = DOCS("{\"n\":2}", "{\"n\":101}", "{\"n\":1}", "{\"n\":103}", "{\"n\":102}");

	(void)state;
	assert_string_equal(sorted("{\"n\":1}", docs), "{\"n\":1} {\"n\":101} {\"n\":102} {\"n\":103} {\"n\":2}");
	assert_string_equal(sorted("[{\"path\":\"n\",\"datatype\":\"number\"}]", docs),
	    "{\"n\":1} {\"n\":2} {\"n\":101} {\"n\":102} {\"n\":103}");
	assert_string_equal(sorted("[{\"path\":\"n\",\"datatype\":\"NUMBER\",\"order\":\"desc\"}]", docs),
	    "{\"n\":103} {\"n\":102} {\"n\":101} {\"n\":2} {\"n\":1}");
}

/* OB-03, and "-1" of OB-04 */
static void
order__rank_is_priority_and_sign_direction(void **state)
{
	struct order o = filter("{\"$orderby\":{\"a\":2,\"b\":-1,\"c\":2,\"d\":\"-1\"}}").order;
	const char *const *docs = DOCS("{\"a\":1,\"b\":1}", "{\"a\":2,\"b\":2}", "{\"a\":1,\"b\":2}");

	(void)state;
	assert_int_equal(o.n_terms, 4);
	assert_span(o.terms[0].path.text, "b");
	assert_true(o.terms[0].descending);
	assert_span(o.terms[1].path.text, "d");
	assert_true(o.terms[1].descending);
	assert_span(o.terms[2].path.text, "a");
	assert_false(o.terms[2].descending);
	assert_span(o.terms[3].path.text, "c");
	assert_string_equal(sorted("{\"a\":2,\"b\":-1}", docs), "{\"a\":1,\"b\":2} {\"a\":2,\"b\":2} {\"a\":1,\"b\":1}");
}

/* OB-06 */
static void
order__missing_is_last_and_first_when_descending(void **state)
{
	const char *const *docs = DOCS("{}", "{\"p\":2}", "{\"p\":10}", "{\"p\":null}");

	(void)state;
	assert_string_equal(sorted("{\"p\":1}", docs), "{\"p\":10} {\"p\":2} {} {\"p\":null}");
	assert_string_equal(sorted("[{\"path\":\"p\",\"datatype\":\"number\"}]", docs), "{\"p\":2} {\"p\":10} {} {\"p\":null}");
	assert_string_equal(sorted("[{\"path\":\"p\",\"datatype\":\"number\",\"order\":\"desc\"}]", docs),
	    "{} {\"p\":null} {\"p\":10} {\"p\":2}");
}

/* OB-07, OB-08, OB-11 */
static void
order__values_that_cannot_be_sorted(void **state)
{
	(void)state;
	assert_string_equal(sorted("{\"a\":1}", DOCS("{\"a\":[1]}")), "NOT_SCALAR");
	assert_string_equal(sorted("{\"a\":1}", DOCS("{\"a\":{}}")), "NOT_SCALAR");
	assert_string_equal(sorted("{\"a.b\":1}", DOCS("{\"a\":[{\"b\":1},{\"b\":2}]}")), "NOT_SCALAR");
	assert_string_equal(sorted("{\"$fields\":[{\"path\":\"a\"}],\"$scalarRequired\":true}", DOCS("{\"a\":[1]}")), "NOT_SCALAR");
	assert_string_equal(sorted("{\"$fields\":[{\"path\":\"a\"}],\"$lax\":true}", DOCS("{\"a\":[1]}", "{\"a\":2}")),
	    "{\"a\":2} {\"a\":[1]}");
	assert_string_equal(sorted("{\"$fields\":[{\"path\":\"a\"}],\"$scalarRequired\":true}", DOCS("{}")), "VALUE_MISSING");
	assert_string_equal(sorted("{\"$fields\":[{\"path\":\"a\"}],\"$scalarRequired\":true}", DOCS("{\"a\":null}")), "{\"a\":null}");
	assert_string_equal(sorted("{\"$fields\":[{\"path\":\"a\"}]}", DOCS("{}")), "{}");
	assert_string_equal(sorted("[{\"path\":\"a\",\"datatype\":\"number\"}]", DOCS("{\"a\":\"abc\"}")), "NOT_NUMBER");
	assert_string_equal(sorted("[{\"path\":\"a\",\"datatype\":\"number\"}]", DOCS("{\"a\":\"10\"}", "{\"a\":9}")),
	    "{\"a\":9} {\"a\":\"10\"}");
	assert_string_equal(sorted("[{\"path\":\"a\",\"datatype\":\"date\"}]", DOCS("{\"a\":\"abc\"}")), "NOT_DATE");
	assert_string_equal(sorted("{\"$fields\":[{\"path\":\"a\",\"datatype\":\"number\"}],\"$lax\":true}",
	    DOCS("{\"a\":\"abc\"}", "{\"a\":1}")), "{\"a\":1} {\"a\":\"abc\"}");
}

/* OB-10 */
static void
order__dates(void **state)
{
	const char *const *docs = DOCS("{\"d\":\"2020-01-02T00:00:00+02:00\"}", "{\"d\":\"2020-01-01T23:00:00Z\"}", "{\"d\":\"2019-12-31\"}");

	(void)state;
	assert_string_equal(sorted("[{\"path\":\"d\",\"datatype\":\"datetime\"}]", docs),
	    "{\"d\":\"2019-12-31\"} {\"d\":\"2020-01-02T00:00:00+02:00\"} {\"d\":\"2020-01-01T23:00:00Z\"}");
	assert_string_equal(sorted("[{\"path\":\"d\",\"datatype\":\"date\",\"order\":\"desc\"}]", docs),
	    "{\"d\":\"2020-01-02T00:00:00+02:00\"} {\"d\":\"2020-01-01T23:00:00Z\"} {\"d\":\"2019-12-31\"}");
}

static void
order__text_by_code_point_and_length(void **state)
{
	struct plan plan = { .order = filter("{\"$orderby\":[{\"path\":\"s\",\"maxLength\":2}]}").order };
	struct span x, y;
	struct err e = { 0 };

	(void)state;
	assert_string_equal(sorted("{\"s\":1}", DOCS("{\"s\":\"\U0001f600\"}", "{\"s\":\"\uffff\"}", "{\"s\":\"a\"}", "{\"s\":\"B\"}",
	    "{\"s\":true}")), "{\"s\":\"B\"} {\"s\":\"a\"} {\"s\":true} {\"s\":\"\uffff\"} {\"s\":\"\U0001f600\"}");
	assert_true(order_keys(&plan, json("{\"s\":\"\u00e4\u00f6x\"}"), mem, &x, &e));
	assert_true(order_keys(&plan, json("{\"s\":\"\u00e4\u00f6y\"}"), mem, &y, &e));
	assert_true(span_eq(x, y));
}

static void
order__nothing_to_sort_by(void **state)
{
	(void)state;
	assert_int_equal(filter("{\"$orderby\":{}}").order.n_terms, 0);
	assert_int_equal(filter("{\"$orderby\":[]}").order.n_terms, 0);
	assert_int_equal(filter("{\"$orderby\":{\"$fields\":[],\"$lax\":true}}").order.n_terms, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define T(f) cmocka_unit_test_setup_teardown(f, open_arena, close_arena)
		T(order__by_text_and_by_number), T(order__rank_is_priority_and_sign_direction),
		T(order__missing_is_last_and_first_when_descending), T(order__values_that_cannot_be_sorted), T(order__dates),
		T(order__text_by_code_point_and_length), T(order__nothing_to_sort_by),
#undef T
	};

	return cmocka_run_group_tests_name("order", tests, NULL, NULL);
}
