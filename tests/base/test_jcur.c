/* base/jcur.c */
#include "tests/lib/unit.h"
#include "tests/lib/arena.h"

#include "base/clock.h"
#include "base/jcur.h"
#include "base/scan.h"

#include <stdio.h>
#include <stdlib.h>

static void
jcur__types(void **state)
{
	(void)state;
	assert_int_equal(jval_type(SPAN("{}")), J_OBJECT);
	assert_int_equal(jval_type(SPAN("[]")), J_ARRAY);
	assert_int_equal(jval_type(SPAN("\"\"")), J_STRING);
	assert_int_equal(jval_type(SPAN("-1")), J_NUMBER);
	assert_int_equal(jval_type(SPAN("0")), J_NUMBER);
	assert_int_equal(jval_type(SPAN("true")), J_TRUE);
	assert_int_equal(jval_type(SPAN("false")), J_FALSE);
	assert_int_equal(jval_type(SPAN("null")), J_NULL);
	assert_int_equal(jval_type((struct span){ NULL, 0 }), J_NONE);
	assert_span(jcur_root(SPAN(" \n{} \t")), "{}");
}

static void
jcur__members_and_elements(void **state)
{
	struct span doc = SPAN("{ \"a\" : 1 ,\"b\":[ 1, \"x]\\\"\" ,{\"a\":[]} , [[]],-2.5e3 ] , \"c\" : { } }");
	struct jiter it;
	struct span name, v, list;

	(void)state;
	jiter_open(&it, doc);
	assert_true(jiter_member(&it, &name, &v));
	assert_span(name, "a");
	assert_span(v, "1");
	assert_true(jiter_member(&it, &name, &list));
	assert_span(name, "b");
	assert_true(jiter_member(&it, &name, &v));
	assert_span(name, "c");
	assert_span(v, "{ }");
	assert_false(jiter_member(&it, &name, &v));
	assert_false(jiter_member(&it, &name, &v));

	jiter_open(&it, list);
	assert_false(jiter_member(&it, &name, &v));
	assert_true(jiter_element(&it, &v));
	assert_span(v, "1");
	assert_true(jiter_element(&it, &v));
	assert_span(v, "\"x]\\\"\"");
	assert_true(jiter_element(&it, &v));
	assert_span(v, "{\"a\":[]}");
	assert_true(jiter_element(&it, &v));
	assert_span(v, "[[]]");
	assert_true(jiter_element(&it, &v));
	assert_span(v, "-2.5e3");
	assert_false(jiter_element(&it, &v));

	assert_int_equal(jarray_count(list), 5);
	assert_int_equal(jarray_count(SPAN("[]")), 0);
	assert_int_equal(jarray_count(SPAN("[ ]")), 0);
	assert_int_equal(jarray_count(doc), 0);
	assert_int_equal(jarray_count(SPAN("\"[1]\"")), 0);
	jiter_open(&it, SPAN("{ }"));
	assert_false(jiter_member(&it, &name, &v));
}

/* strings with quotes, brackets and backslashes at every place around the ends of blocks */
static void
jcur__skips_over_anything_in_strings(void **state)
{
	static const char *const inside[] = {
		"", "]", "}}}", "\\\"", "\\\\", "\\\\\\\"]", "\\\\\\\\", "[{", "\\\"\\\"\\\"\\\"\\\"\\\"\\\"\\\"\\\"\\\"\\\"",
		"\xc3\xbb\xdb\xfd",
	};
	char text[512];
	struct span v;

	(void)state;
	for (size_t i = 0; i < sizeof(inside) / sizeof(inside[0]); i++)
		for (int pad = 0; pad < 140; pad++) {
			struct jiter it;
			int n = snprintf(text, sizeof(text), "[[{\"%*s\":[\"%s\"]},\"%s\",[],{}],7]", pad, "", inside[i],
			    inside[i]);
			char *exact = malloc((size_t)n);

			assert_non_null(exact);
			memcpy(exact, text, (size_t)n);
			jiter_open(&it, (struct span){ exact, (size_t)n });
			assert_true(jiter_element(&it, &v));
			assert_int_equal(v.n, n - 4);
			assert_true(jiter_element(&it, &v));
			assert_span(v, "7");
			assert_false(jiter_element(&it, &v));
			free(exact);
		}
}

static void
jcur__last_member_of_a_name_wins(void **state)
{
	struct span doc = SPAN("{\"a\":1,\"b\":{\"a\":2},\"\\u0061\":3,\"\":4,\"a\\\\\":5}");
	struct span v;

	(void)state;
	assert_true(jmember(doc, SPAN("a"), &v));
	assert_span(v, "3");
	assert_true(jmember(doc, SPAN(""), &v));
	assert_span(v, "4");
	assert_true(jmember(doc, SPAN("a\\"), &v));
	assert_span(v, "5");
	assert_false(jmember(doc, SPAN("a\\\\"), &v));
	assert_false(jmember(doc, SPAN("c"), &v));
	assert_false(jmember(SPAN("[\"a\",1]"), SPAN("a"), &v));
	assert_false(jmember(SPAN("\"a\""), SPAN("a"), &v));
}

static void
jcur__names_are_compared_decoded(void **state)
{
	(void)state;
	assert_true(jname_eq(SPAN("\\u0061b"), SPAN("ab")));
	assert_false(jname_eq(SPAN("a\\u0062"), SPAN("a\\u0062")));
	assert_false(jname_eq(SPAN("\\u0061b"), SPAN("a")));
	assert_false(jname_eq(SPAN("\\u0061"), SPAN("ab")));
	assert_true(jname_eq(SPAN("\\ud83d\\ude00"), SPAN("\xf0\x9f\x98\x80")));
	assert_true(jname_eq(SPAN("\\n\\/\\\"\\\\\\t\\r\\b\\f"), SPAN("\n/\"\\\t\r\b\f")));
	assert_true(jname_eq(SPAN("\\u0000"), SPAN("\0")));
}

static void
jcur__decoding(void **state)
{
	struct span raw = SPAN("plain");

	(void)state;
	assert_ptr_equal(jraw_decode(raw, mem).p, raw.p);
	assert_span(jstring_decode(SPAN("\"\""), mem), "");
	assert_span(jstring_decode(SPAN("\"a\\u00e9\\u20AC\\ud83d\\ude00z\""), mem),
	    "a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80z");
	/* halves of pairs keep their own three bytes */
	assert_span(jstring_decode(SPAN("\"\\ud83dx\\ude00\\ud83d\""), mem),
	    "\xed\xa0\xbdx\xed\xb8\x80\xed\xa0\xbd");
	assert_span(jstring_decode(SPAN("\"\\ud83d\\u0041\""), mem), "\xed\xa0\xbd" "A");
	assert_span(jstring_decode(SPAN("\"\\ud83d\\ud83d\\ude00\""), mem), "\xed\xa0\xbd\xf0\x9f\x98\x80");
}

static void
jcur__strings_order_by_code_point(void **state)
{
	(void)state;
	assert_int_equal(jstring_cmp(SPAN("\"abc\""), SPAN("abc")), 0);
	assert_int_equal(jstring_cmp(SPAN("\"\""), SPAN("")), 0);
	assert_true(jstring_cmp(SPAN("\"\""), SPAN("a")) < 0);
	assert_true(jstring_cmp(SPAN("\"a\""), SPAN("")) > 0);
	assert_true(jstring_cmp(SPAN("\"ab\""), SPAN("abc")) < 0);
	assert_true(jstring_cmp(SPAN("\"abc\""), SPAN("ab")) > 0);
	assert_true(jstring_cmp(SPAN("\"a\\u0062c\""), SPAN("abd")) < 0);
	assert_int_equal(jstring_cmp(SPAN("\"a\\u0062c\""), SPAN("abc")), 0);
	assert_true(jstring_cmp(SPAN("\"a\\u0062c\""), SPAN("ab")) > 0);
	assert_true(jstring_cmp(SPAN("\"\\uffff\""), SPAN("\xf0\x9f\x98\x80")) < 0);
	assert_true(jstring_cmp(SPAN("\"\xc3\xa9\""), SPAN("z")) > 0);
}

static void
jcur__equality(void **state)
{
	static const struct {
		const char *a, *b;
		bool equal;
	} pairs[] = {
		{ "1", "1.0", true }, { "100", "1e2", true }, { "0", "-0.0", true }, { "1", "\"1\"", false },
		{ "12345678901234567890", "12345678901234567891", false }, { "true", "false", false },
		{ "null", "null", true }, { "\"a\"", "\"\\u0061\"", true }, { "\"a\"", "\"\\u0062\"", false },
		{ "\"ab\"", "\"\\u0061\"", false }, { "\"\\n\\u0041\"", "\"\\u000aA\"", true },
		{ "[1,2]", "[1, 2.0]", true }, { "[1,2]", "[2,1]", false }, { "[1]", "[1,1]", false }, { "[]", "[ ]", true },
		{ "{}", "{ }", true }, { "{}", "[]", false }, { "{\"a\":1,\"b\":[2]}", "{\"b\":[2e0],\"\\u0061\":1}", true },
		{ "{\"a\":1}", "{\"b\":1}", false }, { "{\"a\":1}", "{\"a\":1,\"b\":1}", false },
		{ "{\"a\":1,\"a\":2}", "{\"a\":2}", true }, { "{\"a\":1,\"a\":2}", "{\"a\":1}", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		struct span a = span_of(pairs[i].a), b = span_of(pairs[i].b);

		if (jval_equal(a, b, mem) != pairs[i].equal || jval_equal(b, a, mem) != pairs[i].equal)
			fail_msg("%s and %s", pairs[i].a, pairs[i].b);
	}
}

static void
jcur__equality_of_deep_and_large_values(void **state)
{
	enum { DEEP = 2000, MANY = 100000 };
	struct buf a, b;

	(void)state;
	buf_init(&a, mem);
	buf_init(&b, mem);
	for (int i = 0; i < DEEP; i++) {
		buf_addz(&a, i % 2 ? "[1," : "{\"x\":1,\"y\":");
		buf_addz(&b, i % 2 ? "[1.0," : "{\"\\u0079\":");
	}
	buf_addz(&a, "7");
	buf_addz(&b, "7.0");
	for (int i = DEEP; i-- > 0; ) {
		buf_addz(&a, i % 2 ? "]" : "}");
		buf_addz(&b, i % 2 ? "]" : ",\"x\":1}");
	}
	assert_true(jval_equal(buf_text(&a), buf_text(&b), mem));
	a.n = b.n = 0;
	for (int i = 0; i < MANY; i++) {
		buf_printf(&a, "%c\"m%d\":%d", i == 0 ? '{' : ',', i, i);
		buf_printf(&b, "%c\"m%d\":%d", i == 0 ? '{' : ',', MANY - 1 - i, MANY - 1 - i);
	}
	buf_char(&a, '}');
	buf_char(&b, '}');
	assert_true(jval_equal(buf_text(&a), buf_text(&b), mem));
}

/* time stays in proportion to size: skipping each level anew would be 2000 times 2 MB here */
static void
jcur__equality_of_deep_and_long_values(void **state)
{
	enum { DEEP = 1999 };
	struct buf a, b, load;
	struct scan_limits limits = { .max_depth = 2000 };
	struct scan_info info;
	struct err e;
	int64_t start;

	(void)state;
	buf_init(&a, mem);
	buf_init(&b, mem);
	buf_init(&load, mem);
	for (int i = 0; i < 60000; i++)
		buf_printf(&load, "%c\"%dx\",{\"]%d\":[\"}\",%d]}", i == 0 ? '[' : ',', i, i, i);
	buf_char(&load, ']');
	for (int i = 0; i < DEEP - 2; i++) {
		buf_addz(&a, i % 2 ? "[" : "{\"x\":1,\"y\":");
		buf_addz(&b, i % 2 ? "[" : "{\"y\":");
	}
	buf_span(&a, buf_text(&load));
	buf_span(&b, buf_text(&load));
	for (int i = DEEP - 2; i-- > 0; ) {
		buf_addz(&a, i % 2 ? "]" : "}");
		buf_addz(&b, i % 2 ? "]" : ",\"x\":1.0}");
	}
	assert_true(json_scan(buf_text(&a), &limits, mem, &info, &e));
	assert_true(json_scan(buf_text(&b), &limits, mem, &info, &e));
	start = clock_mono_ns();
	assert_true(jval_equal(buf_text(&a), buf_text(&b), mem));
	assert_true(clock_mono_ns() - start < INT64_C(3000000000));
	*strstr(buf_z(&b), "59999x") = '6';
	assert_false(jval_equal(buf_text(&a), buf_text(&b), mem));
}

static void
jcur__compact(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, mem);
	jval_compact(SPAN("{ \"a b\" : [ 1 ,\n\t2.50, \" x \\\" y \" ] ,\r\"c\":{ } }"), &b);
	assert_span(buf_text(&b), "{\"a b\":[1,2.50,\" x \\\" y \"],\"c\":{}}");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(jcur__types),
		cmocka_unit_test(jcur__members_and_elements),
		cmocka_unit_test(jcur__skips_over_anything_in_strings),
		cmocka_unit_test(jcur__last_member_of_a_name_wins),
		cmocka_unit_test(jcur__names_are_compared_decoded),
		cmocka_unit_test(jcur__decoding),
		cmocka_unit_test(jcur__strings_order_by_code_point),
		cmocka_unit_test(jcur__equality),
		cmocka_unit_test(jcur__equality_of_deep_and_large_values),
		cmocka_unit_test(jcur__equality_of_deep_and_long_values),
		cmocka_unit_test(jcur__compact),
	};

	return cmocka_run_group_tests_name("base/jcur", tests, open_arena, close_arena);
}
