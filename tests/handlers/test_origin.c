/* tests/handlers/test_origin.c - proxies, transport, pages of other sites */
#include "tests/lib/unit.h"

#include "handlers/origin.h"

static struct settings set;
static struct request req;
static struct header headers[4];
static struct err e;

static int
setup(void **state)
{
	(void)state;
	memset(&set, 0, sizeof(set));
	memset(&req, 0, sizeof(req));
	err_clear(&e);
	set.trusted_proxies = "127.0.0.0/8,::1,unix:";
	set.https_header = set.trusted_origins = "";
	set.verify_ssl = "true";
	req.method = M_POST;
	req.remote_address = "192.0.2.7";
	req.headers = headers;
	return 0;
}

static void
add_header(const char *name, const char *value)
{
	headers[req.n_headers].name = span_of(name);
	headers[req.n_headers++].value = span_of(value);
}

static void
origin__addresses_and_networks(void **state)
{
	static const struct {
		const char *address, *list;
		bool listed;
	} rows[] = {
		{ "127.0.0.1", "127.0.0.0/8", true }, { "128.0.0.1", "127.0.0.0/8", false },
		{ "10.1.2.3", "10.1.2.0/23", true }, { "10.1.3.3", "10.1.2.0/23", true }, { "10.1.4.3", "10.1.2.0/23", false },
		{ "::ffff:10.1.2.3", "10.0.0.0/8", true }, { "fd00::1", "fd00::/8", true }, { "fe00::1", "fd00::/8", false },
		{ "::1", "::1", true }, { "", "unix:", true }, { "unix:/run/x", "unix:", true }, { "", "127.0.0.1", false },
		{ "1.2.3.4", "0.0.0.0/0", true }, { "::1", "0.0.0.0/0", false }, { "1.2.3.4", "", false },
		{ "1.2.3.4", ",x,1.2.3.4/33,1.2.3.4/,1.2.3.4/a", false }, { "nonsense", "0.0.0.0/0", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(address_is_listed(span_of(rows[i].address), rows[i].list), rows[i].listed);
}

/* OR-24, OR-25, OR-26, OR-28 */
static void
origin__https_by_header_from_trusted_proxies(void **state)
{
	(void)state;
	add_header("x-forwarded-proto", "HTTPS, http");
	assert_false(request_is_secure(&req, &set));
	set.https_header = "X-Forwarded-Proto: https";
	assert_false(request_is_secure(&req, &set));
	req.remote_address = "127.0.0.1";
	assert_true(request_is_secure(&req, &set));
	headers[0].value = SPAN("http, https");
	assert_false(request_is_secure(&req, &set));
	req.is_https = true;
	assert_true(request_is_secure(&req, &set));
}

/* OR-23, R-71 */
static void
origin__credentials_need_https(void **state)
{
	(void)state;
	assert_false(transport_check(&req, &set, &e));
	assert_int_equal(e.kind, ERR_FORBIDDEN);
	assert_non_null(strstr(e.text, "security.httpsHeaderCheck"));
	set.verify_ssl = "loopback";
	assert_false(transport_check(&req, &set, &e));
	req.remote_address = "127.0.0.1";
	assert_true(transport_check(&req, &set, &e));
	set.verify_ssl = "true";
	assert_false(transport_check(&req, &set, &e));
	set.verify_ssl = "false";
	assert_true(transport_check(&req, &set, &e));
}

/* OR-29, R-66 */
static void
origin__other_sites_cannot_write(void **state)
{
	const struct span own = SPAN("https://api.example");

	(void)state;
	assert_true(origin_check(&req, &set, own, &e));
	add_header("origin", "https://evil.example");
	assert_false(origin_check(&req, &set, own, &e));
	assert_int_equal(e.kind, ERR_FORBIDDEN);
	req.method = M_GET;
	assert_true(origin_check(&req, &set, own, &e));
	req.method = M_DELETE;
	headers[0].value = SPAN("null");
	assert_false(origin_check(&req, &set, own, &e));
	headers[0].value = SPAN("http://api.example");
	assert_false(origin_check(&req, &set, own, &e));
	headers[0].value = SPAN("https://api.example:443");
	assert_true(origin_check(&req, &set, own, &e));
	headers[0].value = SPAN("https://a.example https://api.example");
	assert_false(origin_check(&req, &set, own, &e));
	set.trusted_origins = "https://app.example, https://evil.example";
	headers[0].value = SPAN("https://evil.example");
	assert_true(origin_check(&req, &set, own, &e));
}

static void
origin__cross_site_without_an_origin(void **state)
{
	(void)state;
	add_header("sec-fetch-site", "cross-site");
	assert_false(origin_check(&req, &set, SPAN("https://api.example"), &e));
	headers[0].value = SPAN("same-origin");
	assert_true(origin_check(&req, &set, SPAN("https://api.example"), &e));
}

static void
origin__cors_for_listed_origins_only(void **state)
{
	struct arena *mem = arena_open(0);
	struct response out;

	(void)state;
	response_init(&out, mem);
	set.trace_header = "Trace-Id";
	add_header("origin", "https://app.example");
	origin_headers(&req, &set, &out);
	assert_int_equal(out.n_headers, 0);
	set.trusted_origins = "https://other.example";
	origin_headers(&req, &set, &out);
	assert_span(response_find(&out, "vary"), "Origin");
	assert_null(response_find(&out, "access-control-allow-origin").p);
	response_init(&out, mem);
	set.trusted_origins = "https://other.example,https://app.example";
	origin_headers(&req, &set, &out);
	assert_non_null(strstr(arena_z(mem, response_find(&out, "access-control-expose-headers")), ", Trace-Id"));
	response_init(&out, mem);
	req.method = M_OPTIONS;
	origin_headers(&req, &set, &out);
	assert_span(response_find(&out, "access-control-allow-origin"), "https://app.example");
	assert_non_null(response_find(&out, "access-control-allow-methods").p);
	assert_non_null(strstr(arena_z(mem, response_find(&out, "access-control-allow-headers")), ", Trace-Id"));
	arena_close(&mem);
}

static void
origin__client_behind_a_trusted_proxy(void **state)
{
	(void)state;
	add_header("x-forwarded-for", "203.0.113.9, 198.51.100.4");
	assert_span(request_client(&req, &set), "192.0.2.7");
	req.remote_address = "127.0.0.1";
	assert_span(request_client(&req, &set), "198.51.100.4");
	headers[0].value = SPAN("x'; y");
	assert_span(request_client(&req, &set), "127.0.0.1");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(origin__addresses_and_networks, setup),
		cmocka_unit_test_setup(origin__https_by_header_from_trusted_proxies, setup),
		cmocka_unit_test_setup(origin__credentials_need_https, setup),
		cmocka_unit_test_setup(origin__other_sites_cannot_write, setup),
		cmocka_unit_test_setup(origin__cross_site_without_an_origin, setup),
		cmocka_unit_test_setup(origin__cors_for_listed_origins_only, setup),
		cmocka_unit_test_setup(origin__client_behind_a_trusted_proxy, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
