/* tests/handlers/test_reply.c - objects, pages and links as JSON */
#include "tests/lib/unit.h"

#include "handlers/links.h"
#include "handlers/reply.h"

static struct arena *mem;
static struct settings set;
static struct site site;
static struct params params;
static struct call call;
static struct coll coll;
static struct response out;

static struct doc docs[2];

static int
setup(void **state)
{
	(void)state;
	arena_clear(mem);
	memset(&set, 0, sizeof(set));
	memset(&params, 0, sizeof(params));
	memset(&coll, 0, sizeof(coll));
	memset(docs, 0, sizeof(docs));
	set.soda_inline_types = "image/png,text/plain";
	site = (struct site){ .set = &set };
	call = (struct call){ .params = &params, .site = &site, .mem = mem, .base_url = SPAN("http://h/ords/u/soda/latest") };
	params.text[P_COLLECTION] = coll.name = SPAN("c d");
	coll.meta.modified_column = "LAST_MODIFIED";
	coll.meta.created_column = "CREATED_ON";
	coll.meta.media_type_column = "";
	docs[0] = (struct doc){ .key = SPAN("K1"), .version = SPAN("E1"), .created_us = 1619394051197350,
		.modified_us = 1619394052000000, .content = SPAN("{ \"a\": 1.50 }"), .n_bytes = 13 };
	docs[1] = docs[0];
	docs[1].key = SPAN("a/b");
	response_init(&out, mem);
	return 0;
}

static const char *
item(const struct doc *d, enum fields fields, bool with_value, bool with_self)
{
	struct buf b;

	buf_init(&b, mem);
	reply_item(&b, &call, &coll, d, fields, with_value, with_self, NULL);
	return buf_z(&b);
}

#define TIMES "\"lastModified\":\"2021-04-25T23:40:52.000000Z\",\"created\":\"2021-04-25T23:40:51.197350Z\""

static void
reply__members_of_an_item_in_order(void **state)
{
	(void)state;
	assert_string_equal(item(&docs[0], FIELDS_ALL, true, true), "{\"id\":\"K1\",\"etag\":\"E1\"," TIMES
	    ",\"links\":[{\"rel\":\"self\",\"href\":\"http://h/ords/u/soda/latest/c%20d/K1\"}],\"value\":{ \"a\": 1.50 }}");
	assert_string_equal(item(&docs[0], FIELDS_ALL, false, false), "{\"id\":\"K1\",\"etag\":\"E1\"," TIMES "}");
}

static void
reply__fields(void **state)
{
	(void)state;
	assert_string_equal(item(&docs[0], FIELDS_ID, true, true), "{\"id\":\"K1\",\"etag\":\"E1\"," TIMES "}");
	assert_string_equal(item(&docs[0], FIELDS_VALUE, true, true), "{\"etag\":\"E1\"," TIMES ",\"value\":{ \"a\": 1.50 }}");
}

static void
reply__columns_that_do_not_exist_are_left_out(void **state)
{
	(void)state;
	coll.meta.modified_column = coll.meta.created_column = "";
	docs[0].version = SPAN("");
	assert_string_equal(item(&docs[0], FIELDS_ALL, false, false), "{\"id\":\"K1\"}");
	assert_string_equal(item(&docs[0], FIELDS_VALUE, true, false), "{\"value\":{ \"a\": 1.50 }}");
	assert_string_equal(item(&docs[0], FIELDS_VALUE, false, false), "{}");
}

static void
reply__content_that_is_not_json_has_type_and_size(void **state)
{
	(void)state;
	coll.meta.media_type_column = "MEDIA_TYPE";
	docs[0].media_type = SPAN("image/png");
	docs[0].n_bytes = 1234;
	assert_string_equal(item(&docs[0], FIELDS_ALL, true, false),
	    "{\"id\":\"K1\",\"etag\":\"E1\"," TIMES ",\"mediaType\":\"image/png\",\"bytes\":1234}");
	docs[0].media_type = SPAN("application/json");
	assert_non_null(strstr(item(&docs[0], FIELDS_ALL, true, false), "\"value\":"));
}

static void
reply__envelope_in_order(void **state)
{
	const struct docs two = { 2, docs, true };
	const struct envelope all = { true, true, true, true, true, 2, 50, 7, SPAN("[{\"rel\":\"first\"}]") };
	const struct envelope bare = { .has_limit = false };
	const struct docs none = { 0, NULL, false };
	struct span tail;

	(void)state;
	reply_docs(&call, &coll, &two, FIELDS_ALL, NULL, &all, &out);
	tail = out.body;
	tail.p = strstr(arena_z(mem, out.body), "],\"hasMore\"");
	assert_string_equal(tail.p, "],\"hasMore\":true,\"limit\":2,\"offset\":50,\"count\":2,\"totalResults\":7,"
	    "\"links\":[{\"rel\":\"first\"}],\"descending\":true}");
	assert_span(response_find(&out, "content-type"), "application/json");
	assert_int_equal(out.rows, 2);
	response_init(&out, mem);
	reply_docs(&call, &coll, &none, FIELDS_ALL, NULL, &bare, &out);
	assert_span(out.body, "{\"items\":[],\"hasMore\":false}");
}

static void
reply__headers_of_an_object(void **state)
{
	(void)state;
	reply_object_headers(&call, &coll, &docs[1], true, &out);
	assert_span(response_find(&out, "etag"), "\"E1\"");
	assert_span(response_find(&out, "last-modified"), "Sun, 25 Apr 2021 23:40:52 GMT");
	assert_span(response_find(&out, "location"), "http://h/ords/u/soda/latest/c%20d/a%2Fb");
}

/* */
static void
reply__content_never_runs_in_the_origin(void **state)
{
	(void)state;
	reply_content(&call, &coll, &docs[0], &out);
	assert_int_equal(out.status, 200);
	assert_ptr_equal(out.body.p, docs[0].content.p);
	assert_span(response_find(&out, "content-type"), "application/json");
	assert_null(response_find(&out, "content-security-policy").p);
	response_init(&out, mem);
	coll.meta.media_type_column = "MEDIA_TYPE";
	docs[0].media_type = SPAN("image/svg+xml");
	reply_content(&call, &coll, &docs[0], &out);
	assert_span(response_find(&out, "content-security-policy"), "sandbox; default-src 'none'");
	assert_span(response_find(&out, "cross-origin-resource-policy"), "same-origin");
	assert_span(response_find(&out, "content-disposition"), "attachment");
	response_init(&out, mem);
	docs[0].media_type = SPAN("image/png");
	reply_content(&call, &coll, &docs[0], &out);
	assert_null(response_find(&out, "content-disposition").p);
	response_init(&out, mem);
	docs[0].media_type = SPAN("text/x\r\nSet-Cookie: a=b");
	reply_content(&call, &coll, &docs[0], &out);
	assert_null(response_find(&out, "content-type").p);
}

/* GO-09 */
static void
reply__null_content_is_204(void **state)
{
	(void)state;
	docs[0].is_null = true;
	reply_content(&call, &coll, &docs[0], &out);
	assert_int_equal(out.status, 204);
	assert_false(out.has_body);
	assert_non_null(response_find(&out, "etag").p);
}

#define C "http://h/ords/u/soda/latest/c%20d?"
#define LINK(rel, query) "{\"rel\":\"" rel "\",\"href\":\"" C query "\"}"

/* LK-01, LK-02, LK-03 */
static void
links__offset(void **state)
{
	(void)state;
	assert_span(links_by_offset(&call, 10, 0, 10, true), "[" LINK("first", "limit=10") "," LINK("next", "offset=10&limit=10") "]");
	assert_span(links_by_offset(&call, 10, 15, 10, true), "[" LINK("first", "limit=10") ","
	    LINK("prev", "offset=5&limit=10") "," LINK("next", "offset=25&limit=10") "]");
	assert_span(links_by_offset(&call, 10, 5, 3, false), "[" LINK("first", "limit=10") "," LINK("prev", "offset=0&limit=10") "]");
	assert_span(links_by_offset(&call, 0, 0, 3, false),
	    "[{\"rel\":\"first\",\"href\":\"http://h/ords/u/soda/latest/c%20d\"}]");
}

/* LK-04, LK-05 */
static void
links__keyed(void **state)
{
	const struct span none = { NULL, 0 };

	(void)state;
	params.given = P(FROM_ID);
	assert_span(links_by_key(&call, 2, false, SPAN("B"), SPAN("C"), true), "[" LINK("first", "limit=2") ","
	    LINK("prev", "toID=B&limit=2") "," LINK("next", "fromID=C&limit=2") "]");
	params.given = P(BEFORE);
	assert_span(links_by_key(&call, 2, true, SPAN("C"), SPAN("B"), true), "[" LINK("first", "limit=2") ","
	    LINK("prev", "after=C&limit=2") "," LINK("next", "before=B&limit=2") "]");
	assert_span(links_by_key(&call, 2, true, none, none, false), "[" LINK("first", "limit=2") "]");
}

/* LK-06, LK-08 */
static void
links__carry_what_was_asked_for(void **state)
{
	(void)state;
	params.fields = FIELDS_VALUE;
	params.total = true;
	assert_span(links_by_key(&call, 2, false, SPAN("a/b&c"), SPAN("\xc3\xa9"), true), "["
	    LINK("first", "limit=2&fields=value&totalResults=true") ","
	    LINK("prev", "toID=a%2Fb%26c&limit=2&fields=value&totalResults=true") ","
	    LINK("next", "fromID=%C3%A9&limit=2&fields=value&totalResults=true") "]");
}

static void
links__none_for_keys_only(void **state)
{
	(void)state;
	params.fields = FIELDS_ID;
	assert_int_equal(links_by_offset(&call, 2, 2, 2, true).n, 0);
	assert_int_equal(links_by_key(&call, 2, false, SPAN("a"), SPAN("b"), true).n, 0);
}

/* GC-03 */
static void
page_limit__is_capped(void **state)
{
	(void)state;
	set.soda_default_limit = 100;
	set.soda_max_limit = 1000;
	assert_int_equal(page_limit(&call), 100);
	params.given = P(LIMIT);
	params.limit = 2000;
	assert_int_equal(page_limit(&call), 1000);
	params.limit = 7;
	assert_int_equal(page_limit(&call), 7);
	set.soda_max_limit = -1;
	params.limit = 2000;
	assert_int_equal(page_limit(&call), 2000);
	params.given = 0;
	set.soda_default_limit = -1;
	assert_int_equal(page_limit(&call), 0);
	set.soda_max_limit = 50;
	assert_int_equal(page_limit(&call), 50);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(reply__members_of_an_item_in_order, setup),
		cmocka_unit_test_setup(reply__fields, setup),
		cmocka_unit_test_setup(reply__columns_that_do_not_exist_are_left_out, setup),
		cmocka_unit_test_setup(reply__content_that_is_not_json_has_type_and_size, setup),
		cmocka_unit_test_setup(reply__envelope_in_order, setup),
		cmocka_unit_test_setup(reply__headers_of_an_object, setup),
		cmocka_unit_test_setup(reply__content_never_runs_in_the_origin, setup),
		cmocka_unit_test_setup(reply__null_content_is_204, setup),
		cmocka_unit_test_setup(links__offset, setup),
		cmocka_unit_test_setup(links__keyed, setup),
		cmocka_unit_test_setup(links__carry_what_was_asked_for, setup),
		cmocka_unit_test_setup(links__none_for_keys_only, setup),
		cmocka_unit_test_setup(page_limit__is_capped, setup),
	};
	int failed;

	mem = arena_open(0);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	arena_close(&mem);
	return failed;
}
