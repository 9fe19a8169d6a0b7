/* tests/soda/test_guide.c - what documents tell about their shape, and the schema made of it */
#include "tests/soda/filter.h"

#include "soda/guide.h"

#define T(f) cmocka_unit_test_setup_teardown(f, open_arena, close_arena)

/* the schema of documents, a NULL after the last */
static const char *
schema(const char *const *docs)
{
	struct facts facts;
	struct buf b;

	facts_init(&facts, mem);
	for (; *docs != NULL; docs++)
		guide_see(scanned(span_of(*docs), true), &facts);
	buf_init(&b, mem);
	guide_print(&facts, &b);
	json(buf_z(&b));
	return buf_z(&b);
}
#define SCHEMA(...) schema((const char *const[]){ __VA_ARGS__, NULL })
#define ROOT(members) "{\"type\":\"object\",\"properties\":{" members "}}"
#define FIELD(name, type, length) "\"" name "\":{\"type\":\"" type "\",\"o:length\":" length ",\"o:preferred_column_name\":\"" name "\"}"

/* SC-05 SC-07 */
static void
guide__lengths_are_powers_of_two(void **state)
{
	(void)state;
	assert_string_equal(schema((const char *const[]){ NULL }), ROOT(""));
	assert_string_equal(SCHEMA("{\"a\":\"abcd\"}", "{\"a\":\"abcdefghi\"}", "{\"a\":\"\"}"), ROOT(FIELD("a", "string", "16")));
	assert_string_equal(SCHEMA("{\"a\":\"\",\"b\":57000,\"c\":null,\"d\":\"CA\",\"e\":false}"),
	    ROOT(FIELD("a", "string", "1") "," FIELD("b", "number", "8") "," FIELD("c", "null", "4") "," FIELD("d", "string", "2") ","
	    FIELD("e", "boolean", "8")));
	assert_string_equal(SCHEMA("{\"a\":\"\\u0061\\n\"}"), ROOT(FIELD("a", "string", "2")));
	assert_string_equal(SCHEMA("{\"a\":\"\xc3\xa9\\u00e9\\ud834\\udd1e\"}"), ROOT(FIELD("a", "string", "8")));
}

/* of containers the text without blanks */
static void
guide__lengths_of_containers(void **state)
{
	(void)state;
	assert_string_equal(SCHEMA(" { \"a\" : [ 1 ,\t2 , 3 ] } "),
	    ROOT("\"a\":{\"type\":\"array\",\"o:length\":8,\"o:preferred_column_name\":\"a\",\"items\":{\"type\":\"number\",\"o:length\":1,"
	    "\"o:preferred_column_name\":\"scalar_number\"}}"));
	assert_string_equal(SCHEMA("{\"a\":{ \"b\" : \"} ,\\\"]\" }}"),	/* {"b":"} ,\"]"} */
	    ROOT("\"a\":{\"type\":\"object\",\"o:length\":16,\"o:preferred_column_name\":\"a\",\"properties\":{" FIELD("b", "string", "8") "}}"));
	assert_string_equal(SCHEMA("{\"a\":[],\"b\":{}}"), ROOT(FIELD("a", "array", "2") ",\"b\":{\"type\":\"object\",\"o:length\":2,"
	    "\"o:preferred_column_name\":\"b\",\"properties\":{}}"));
}

/* SC-08 */
static void
guide__types_that_differ(void **state)
{
	(void)state;
	assert_string_equal(SCHEMA("{\"a\":1}", "{\"a\":\"x\"}"), ROOT(FIELD("a", "string", "1")));
	assert_string_equal(SCHEMA("{\"a\":1}", "{\"a\":true}"), ROOT(FIELD("a", "string", "4")));
	assert_string_equal(SCHEMA("{\"a\":null}", "{\"a\":1}", "{\"a\":null}"), ROOT(FIELD("a", "number", "4")));
	assert_string_equal(SCHEMA("{\"a\":1}", "{\"a\":[]}", "{\"a\":{\"b\":1}}"),
	    ROOT("\"a\":{\"oneOf\":[{\"type\":\"object\",\"o:length\":8,\"o:preferred_column_name\":\"a\",\"properties\":{" FIELD("b", "number", "1")
	    "}},{\"type\":\"array\",\"o:length\":2,\"o:preferred_column_name\":\"a\"},{\"type\":\"number\",\"o:length\":1,"
	    "\"o:preferred_column_name\":\"a\"}]}"));
}

/* SC-06 */
static void
guide__elements_are_told_together(void **state)
{
	(void)state;
	assert_string_equal(SCHEMA("{\"a\":[{\"b\":1},{\"c\":2},{\"b\":\"xyz\"}]}"),
	    ROOT("\"a\":{\"type\":\"array\",\"o:length\":32,\"o:preferred_column_name\":\"a\",\"items\":{\"type\":\"object\",\"properties\":{"
	    FIELD("b", "string", "4") "," FIELD("c", "number", "1") "}}}"));
	assert_string_equal(SCHEMA("[[true],[[null]]]"), "{\"type\":\"array\",\"items\":{\"type\":\"array\",\"items\":{\"oneOf\":["
	    "{\"type\":\"array\",\"items\":{\"type\":\"null\",\"o:length\":4,\"o:preferred_column_name\":\"scalar_null\"}},"
	    "{\"type\":\"boolean\",\"o:length\":4,\"o:preferred_column_name\":\"scalar_boolean\"}]}}}");
	assert_string_equal(SCHEMA("[]", "{}"), "{\"oneOf\":[{\"type\":\"object\",\"properties\":{}},{\"type\":\"array\"}]}");
}

static void
guide__names(void **state)
{
	(void)state;
	assert_string_equal(SCHEMA("{\"\\u0061\":1,\"\":2}", "{\"a\":\"long\"}"), ROOT(FIELD("a", "string", "4") "," FIELD("", "number", "1")));
	assert_string_equal(SCHEMA("{\"q\\u0022\\\\\\u0000\\u00e9\":1}", "{\"q\\\"\\\\\\u0000\xc3\xa9\":1}"),
	    ROOT(FIELD("q\\\"\\\\\\u0000\xc3\xa9", "number", "1")));
	assert_string_equal(SCHEMA("{\"\\ud800x\":1}"), ROOT(FIELD("\\ud800x", "number", "1")));
	assert_string_equal(SCHEMA("{\"\x7f\":1}", "{\"\\u007f\":1}"), SCHEMA("{\"\\u007f\":1}"));
	/* of a name that is there twice both values count */
	assert_string_equal(SCHEMA("{\"a\":1,\"a\":\"xy\"}"), ROOT(FIELD("a", "string", "2")));
}

static void
guide__ends_somewhere(void **state)
{
	struct facts facts;
	struct buf b;

	(void)state;
	buf_init(&b, mem);
	put_lit(&b, "{\"deep\":");
	for (int i = 0; i < 900; i++)
		put_lit(&b, "{\"d\":[");
	put_lit(&b, "1");
	for (int i = 0; i < 900; i++)
		put_lit(&b, "]}");
	put_lit(&b, ",\"");
	for (int i = 0; i <= FACTS_LONGEST_NAME; i++)
		buf_char(&b, 'n');
	put_lit(&b, "\":{\"below\":1}");
	for (int i = 0; i < 2 * FACTS_MOST; i++)
		buf_printf(&b, ",\"w%d\":%d", i, i);
	put_lit(&b, ",\"deep\":{\"x\":2}}");
	facts_init(&facts, mem);
	guide_see(scanned(buf_text(&b), true), &facts);
	assert_int_equal(facts.n, FACTS_MOST);
	assert_int_equal(facts_find(&facts, FACTS_ROOT, SPAN("w0")), 1 + FACTS_DEEPEST);
	assert_int_equal(facts_find(&facts, FACTS_ROOT, SPAN("w9999")), FACTS_NOWHERE);
	/* what is there goes on growing */
	guide_see(json("{\"w0\":\"many bytes\",\"w9999\":1}"), &facts);
	assert_int_equal(facts.list[1 + FACTS_DEEPEST].length[SHAPE_SCALAR], 4);
	buf_init(&b, mem);
	guide_print(&facts, &b);
	json(buf_z(&b));
}

static void
facts__know_what_they_have_seen(void **state)
{
	struct fact a = { 0 }, b = { 0 };

	(void)state;
	fact_see(&a, FACT_STRING, 5);
	fact_see(&b, FACT_STRING, 8);
	assert_true(fact_covers(&a, &b));
	fact_see(&b, FACT_STRING, 9);
	assert_false(fact_covers(&a, &b));
	fact_grow(&a, &b);
	assert_true(fact_covers(&a, &b));
	fact_see(&b, FACT_NULL, 4);
	assert_false(fact_covers(&a, &b));
	assert_true(fact_covers(&b, &a));
	fact_see(&a, FACT_OBJECT, 2);
	assert_int_equal(a.length[SHAPE_OBJECT], 1);
	assert_int_equal(a.length[SHAPE_SCALAR], 4);
	assert_false(fact_covers(&b, &a));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(guide__lengths_are_powers_of_two),
		T(guide__lengths_of_containers),
		T(guide__types_that_differ),
		T(guide__elements_are_told_together),
		T(guide__names),
		T(guide__ends_somewhere),
		T(facts__know_what_they_have_seen),
	};

	return cmocka_run_group_tests_name("guide", tests, NULL, NULL);
}
