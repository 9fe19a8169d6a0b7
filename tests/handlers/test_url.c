/* tests/handlers/test_url.c - splitting, decoding, encoding, the base of links */
#include "tests/lib/unit.h"

#include "handlers/url.h"

#include <stdio.h>

static struct arena *mem;
static struct request req;
static struct err e;

static bool
split(const char *target)
{
	memset(&req, 0, sizeof(req));
	err_clear(&e);
	return url_split(span_of(target), "/ords", mem, &req, &e);
}

static void
assert_bad(const char *target)
{
	assert_false(split(target));
	assert_int_equal(e.kind, ERR_BAD_URI);
}

static void
url__segments_below_the_context(void **state)
{
	(void)state;
	assert_true(split("/ords/demo/soda/latest/c?limit=5"));
	assert_int_equal(req.n_segments, 4);
	assert_span(req.segments[0], "demo");
	assert_span(req.segments[3], "c");
	assert_span(req.raw_path, "/ords/demo/soda/latest/c");
	assert_span(req.raw_query, "limit=5");
	assert_false(req.outside_context);
}

/* UR-01: a single slash at the end is as if it were absent */
static void
url__one_slash_at_the_end_is_absent(void **state)
{
	(void)state;
	assert_true(split("/ords/demo/soda/latest/"));
	assert_int_equal(req.n_segments, 3);
	assert_false(req.has_empty_segment);
	assert_true(split("/ords/"));
	assert_int_equal(req.n_segments, 0);
	assert_true(split("/ords"));
	assert_int_equal(req.n_segments, 0);
	assert_false(req.outside_context);
}

/* UR-10 */
static void
url__empty_segments_are_noticed(void **state)
{
	(void)state;
	assert_true(split("/ords/demo/soda/latest//c"));
	assert_true(req.has_empty_segment);
	assert_true(split("/ords/demo/soda/latest//"));
	assert_true(req.has_empty_segment);
	assert_true(split("/ords//demo"));
	assert_true(req.has_empty_segment);
}

/* UR-06, UR-07, UR-08 */
static void
url__decodes_once_after_splitting(void **state)
{
	(void)state;
	assert_true(split("/ords/d/soda/latest/a%2Fb/x+y?q=a+b%2Bc&%71=%2541"));
	assert_span(req.segments[3], "a/b");
	assert_span(req.segments[4], "x+y");
	assert_int_equal(req.n_pairs, 2);
	assert_span(req.pairs[0].value, "a b+c");
	assert_span(req.pairs[1].name, "q");
	assert_span(req.pairs[1].value, "%41");
	assert_true(split("/ords/d/%C3%a9"));
	assert_span(req.segments[1], "\xc3\xa9");
}

/* UR-09, OR-05 */
static void
url__refuses_what_is_no_text(void **state)
{
	static const char *const bad[] = {
		"/ords/%zz", "/ords/%", "/ords/%4", "/ords/%g1", "/ords/%ff", "/ords/%c0%af", "/ords/%ed%a0%80",
		"/ords/%00", "/ords/a%00b", "/ords/%2e%2e", "/ords/..", "/ords/./x", "/ords/%2E", "/ords/x?a=%00",
		"/ords/x?%zz=1", "/ords/x?a=%ff", "/ords/\xff",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_bad(bad[i]);
}

static void
url__double_encoding_is_data(void **state)
{
	(void)state;
	assert_true(split("/ords/%252e%252e/%252F"));
	assert_span(req.segments[0], "%2e%2e");
	assert_span(req.segments[1], "%2F");
}

static void
url__absolute_form(void **state)
{
	(void)state;
	assert_true(split("http://example.com:80/ords/demo/soda?x=1"));
	assert_int_equal(req.n_segments, 2);
	assert_span(req.raw_path, "/ords/demo/soda");
	assert_true(split("HTTPS://example.com"));
	assert_true(req.outside_context);
	assert_true(split("http://example.com?x=1"));
	assert_true(req.outside_context);
}

static void
url__outside_of_the_context(void **state)
{
	static const char *const outside[] = { "*", "", "/", "/other/x", "/ordsx/demo", "//ords/demo", "?a=b", "ords/x" };

	(void)state;
	for (size_t i = 0; i < sizeof(outside) / sizeof(outside[0]); i++) {
		assert_true(split(outside[i]));
		assert_true(req.outside_context);
	}
}

static void
url__context_of_several_segments_or_none(void **state)
{
	(void)state;
	memset(&req, 0, sizeof(req));
	assert_true(url_split(SPAN("/a/b/demo"), "/a/b/", mem, &req, &e));
	assert_int_equal(req.n_segments, 1);
	assert_false(req.outside_context);
	assert_true(url_split(SPAN("/a"), "/a/b", mem, &req, &e));
	assert_true(req.outside_context);
	assert_true(url_split(SPAN("/demo/soda"), "/", mem, &req, &e));
	assert_int_equal(req.n_segments, 2);
	assert_false(req.outside_context);
}

static void
url__limits(void **state)
{
	char long_path[URI_MAX_BYTES + 2];
	char many[3 * (MAX_QUERY_PAIRS + 1) + 16];
	size_t n;

	(void)state;
	memset(long_path, 'a', sizeof(long_path));
	memcpy(long_path, "/ords/", 6);
	assert_true(url_split((struct span){ long_path, URI_MAX_BYTES }, "/ords", mem, &req, &e));
	assert_false(url_split((struct span){ long_path, URI_MAX_BYTES + 1 }, "/ords", mem, &req, &e));

	n = (size_t)snprintf(many, sizeof(many), "/ords");
	for (int i = 0; i < MAX_SEGMENTS; i++)
		n += (size_t)snprintf(many + n, sizeof(many) - n, "/a");
	assert_true(split(many));
	assert_int_equal(req.n_segments, MAX_SEGMENTS);
	snprintf(many + n, sizeof(many) - n, "/a");
	assert_bad(many);

	n = (size_t)snprintf(many, sizeof(many), "/ords?");
	for (int i = 0; i < MAX_QUERY_PAIRS; i++)
		n += (size_t)snprintf(many + n, sizeof(many) - n, "a&");
	assert_true(split(many));
	assert_int_equal(req.n_pairs, MAX_QUERY_PAIRS);
	snprintf(many + n, sizeof(many) - n, "a");
	assert_bad(many);
}

static void
url__query_pairs(void **state)
{
	(void)state;
	assert_true(split("/ords?&a&b=&=c&d=e=f&&"));
	assert_int_equal(req.n_pairs, 4);
	assert_span(req.pairs[0].name, "a");
	assert_int_equal(req.pairs[0].value.n, 0);
	assert_non_null(req.pairs[0].value.p);
	assert_span(req.pairs[2].value, "c");
	assert_span(req.pairs[3].value, "e=f");
	assert_ptr_equal(request_pair(&req, "d"), &req.pairs[3]);
	assert_null(request_pair(&req, "x"));
}

static void
url__encodes_for_paths_and_queries(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, mem);
	url_encode_segment(&b, SPAN("aZ09.-_~+/ %\xc3\xa9*"));
	assert_span(buf_text(&b), "aZ09.-_~+%2F%20%25%C3%A9%2A");
	buf_init(&b, mem);
	url_encode_value(&b, SPAN("a+*&"));
	assert_span(buf_text(&b), "a%2B*%26");
}

static void
url__hosts_by_grammar(void **state)
{
	static const char *const good[] = { "a", "example.com", "example.com:8080", "127.0.0.1", "[::1]", "[::1]:80", "a_b-c" };
	static const char *const bad[] = { "", "a/b", "a@b", "a#b", "a?b", "a b", "a:99999", "a:", "a:x", ":80", "[::1",
		"[]", "[g]", "a:1:2", "[::1]x", "a,b", "a\r" };

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		assert_true(host_is_valid(span_of(good[i])));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(host_is_valid(span_of(bad[i])));
}

static struct settings
settings(void)
{
	struct settings set = { 0 };

	set.trusted_proxies = "127.0.0.0/8,::1,unix:";
	set.public_url = set.public_hosts = set.https_header = set.trusted_origins = "";
	return set;
}

static struct span
origin(const struct settings *set, const char *address, bool is_https, const struct header *headers, size_t n)
{
	struct span out = { NULL, 0 };

	memset(&req, 0, sizeof(req));
	err_clear(&e);
	req.remote_address = address;
	req.server_name = "fallback:1";
	req.is_https = is_https;
	req.headers = headers;
	req.n_headers = n;
	return url_origin(&req, set, mem, &out, &e) ? out : (struct span){ NULL, 0 };
}

/* OR-07, OR-08, R-68 */
static void
url__origin_of_links(void **state)
{
	const struct header host[] = { { SPAN("host"), SPAN("example.com:8443") } };
	const struct header forwarded[] = { { SPAN("host"), SPAN("inner") }, { SPAN("x-forwarded-host"), SPAN("outer, x") } };
	const struct header bad[] = { { SPAN("host"), SPAN("a/b") } };
	const struct header bad_forwarded[] = { { SPAN("x-forwarded-host"), SPAN("a@b") } };
	const struct header proto[] = { { SPAN("host"), SPAN("h") }, { SPAN("x-forwarded-proto"), SPAN("https") } };
	struct settings set = settings();

	(void)state;
	assert_span(origin(&set, "10.0.0.1", false, host, 1), "http://example.com:8443");
	assert_span(origin(&set, "10.0.0.1", true, host, 1), "https://example.com:8443");
	assert_span(origin(&set, "10.0.0.1", false, NULL, 0), "http://fallback:1");
	assert_span(origin(&set, "127.0.0.1", false, forwarded, 2), "http://outer");
	assert_span(origin(&set, "", false, forwarded, 2), "http://outer");
	assert_span(origin(&set, "10.0.0.1", false, forwarded, 2), "http://inner");
	assert_null(origin(&set, "10.0.0.1", false, bad, 1).p);
	assert_int_equal(e.kind, ERR_BAD_REQUEST);
	assert_null(origin(&set, "127.0.0.1", false, bad_forwarded, 1).p);
	assert_span(origin(&set, "127.0.0.1", false, proto, 2), "http://h");
	set.https_header = "X-Forwarded-Proto: https";
	assert_span(origin(&set, "127.0.0.1", false, proto, 2), "https://h");
	set.public_url = "https://api.example.com/";
	assert_span(origin(&set, "10.0.0.1", false, host, 1), "https://api.example.com");
	set.public_hosts = "good.example, EXAMPLE.com";
	assert_span(origin(&set, "10.0.0.1", false, host, 1), "https://api.example.com");
	set.public_hosts = "good.example";
	assert_null(origin(&set, "10.0.0.1", false, host, 1).p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(url__segments_below_the_context),
		cmocka_unit_test(url__one_slash_at_the_end_is_absent),
		cmocka_unit_test(url__empty_segments_are_noticed),
		cmocka_unit_test(url__decodes_once_after_splitting),
		cmocka_unit_test(url__refuses_what_is_no_text),
		cmocka_unit_test(url__double_encoding_is_data),
		cmocka_unit_test(url__absolute_form),
		cmocka_unit_test(url__outside_of_the_context),
		cmocka_unit_test(url__context_of_several_segments_or_none),
		cmocka_unit_test(url__limits),
		cmocka_unit_test(url__query_pairs),
		cmocka_unit_test(url__encodes_for_paths_and_queries),
		cmocka_unit_test(url__hosts_by_grammar),
		cmocka_unit_test(url__origin_of_links),
	};
	int failed;

	mem = arena_open(0);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	arena_close(&mem);
	return failed;
}
