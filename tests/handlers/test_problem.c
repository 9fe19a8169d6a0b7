/* tests/handlers/test_problem.c - every failure in one shape */
#include "tests/lib/unit.h"

#include "conf/conf.h"
#include "handlers/problem.h"

#include <jansson.h>

static struct arena *mem;
static struct settings set;
static struct request req;
static struct header accept;
static struct response out;
static struct err e;

static int
setup(void **state)
{
	(void)state;
	memset(&set, 0, sizeof(set));
	memset(&req, 0, sizeof(req));
	err_clear(&e);
	arena_clear(mem);
	set.error_format = "AUTO";
	req.method = M_GET;
	memcpy(req.id, "abc123", 7);
	response_init(&out, mem);
	return 0;
}

static json_t *
reply(const char *allow)
{
	problem_reply(&req, &set, PROBLEM_SODA, &e, allow, 0, &out);
	return json_loadb(out.body.p, out.body.n, 0, NULL);
}

static void
assert_member(const json_t *body, const char *name, const char *text)
{
	assert_string_equal(json_string_value(json_object_get(body, name)), text);
}

/* ER-01, ER-02, ER-04 */
static void
problem__soda_level(void **state)
{
	json_t *body;

	(void)state;
	err_set(&e, ERR_NO_COLLECTION, "no collection \"x\"");
	body = reply(NULL);
	assert_int_equal(out.status, 404);
	assert_span(response_find(&out, "content-type"), "application/problem+json");
	assert_int_equal(json_integer_value(json_object_get(body, "status")), 404);
	assert_member(body, "type", "http://www.w3.org/Protocols/rfc2616/rfc2616-sec10.html#sec10.4.5");
	assert_member(body, "title", "no collection \"x\"");
	assert_member(body, "message", "no collection \"x\"");
	assert_member(body, "o:errorCode", "REST-02000");
	assert_member(body, "code", "NotFound");
	assert_member(body, "instance", "tag:oracle.com,2020:ecid/abc123");
	assert_null(json_object_get(body, "o:errorDetails"));
	json_decref(body);
}

/* OR-31, OR-34: 401 names the scheme */
static void
problem__front_level(void **state)
{
	json_t *body;

	(void)state;
	err_set(&e, ERR_UNAUTHORIZED, NULL);
	body = reply(NULL);
	assert_int_equal(out.status, 401);
	assert_member(body, "type", "tag:oracle.com,2020:error/Unauthorized");
	assert_member(body, "title", "Unauthorized");
	assert_member(body, "message", "Unauthorized");
	assert_null(json_object_get(body, "o:errorCode"));
	assert_span(response_find(&out, "www-authenticate"), "Basic realm=\"cords\", charset=\"UTF-8\"");
	json_decref(body);
	err_set(&e, ERR_UNMAPPED, NULL);
	body = reply(NULL);
	assert_member(body, "title", "Not Found");
	assert_memory_equal(json_string_value(json_object_get(body, "message")), "The request could not be mapped", 31);
	json_decref(body);
}

static void
problem__every_kind_has_its_status(void **state)
{
	(void)state;
	for (int kind = ERR_NONE + 1; kind < ERR__N; kind++) {
		json_t *body;

		err_set(&e, (enum err_kind)kind, NULL);
		body = reply("GET");
		assert_non_null(body);
		assert_int_equal(out.status, err_status(e.kind));
		if (json_object_get(body, "error") == NULL) {
			assert_int_equal(json_integer_value(json_object_get(body, "status")), out.status);
			assert_non_null(json_object_get(body, "title"));
		}
		assert_int_equal(response_find(&out, "allow").p != NULL, out.status == 405);
		assert_int_equal(response_find(&out, "retry-after").p != NULL, out.status == 503 || out.status == 429);
		json_decref(body);
	}
}

/* OR-18: the words of RFC 6749 5.2 in its own form, whatever the client accepts; RFC 6750 3 */
static void
problem__token_endpoint(void **state)
{
	static const struct {
		enum err_kind kind;
		int status;
		const char *word;
	} rows[] = {
		{ ERR_BAD_CLIENT, 401, "invalid_client" }, { ERR_BAD_FORM, 400, "invalid_request" },
		{ ERR_BAD_GRANT, 400, "unsupported_grant_type" }, { ERR_BAD_SCOPE, 400, "invalid_scope" },
		{ ERR_BAD_FLOW, 400, "unsupported_response_type" },
	};
	json_t *body;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		err_set(&e, rows[i].kind, NULL);
		body = reply(NULL);
		assert_int_equal(out.status, rows[i].status);
		assert_member(body, "error", rows[i].word);
		assert_int_equal(json_object_size(body), 2);
		assert_span(response_find(&out, "content-type"), "application/json");
		assert_span(response_find(&out, "cache-control"), "no-store");
		assert_int_equal(response_find(&out, "www-authenticate").p != NULL, rows[i].status == 401);
		json_decref(body);
	}
	err_set(&e, ERR_BAD_TOKEN, NULL);
	body = reply(NULL);
	assert_int_equal(out.status, 401);
	assert_member(body, "code", "Unauthorized");
	assert_span(response_find(&out, "www-authenticate"), "Bearer realm=\"cords\", error=\"invalid_token\"");
	json_decref(body);
}

static void
problem__inner_code_and_place(void **state)
{
	const json_t *detail;
	json_t *body;

	(void)state;
	err_inner(&e, ERR_BAD_QBE, 5018, "bad operand of $gt");
	err_at(&e, "/a/$gt");
	body = reply(NULL);
	detail = json_array_get(json_object_get(body, "o:errorDetails"), 0);
	assert_member(body, "o:errorCode", "SODA-02002");
	assert_member(detail, "o:errorCode", "JSON-05018");
	assert_member(detail, "o:errorPath", "/a/$gt");
	assert_member(detail, "title", "bad operand of $gt");
	json_decref(body);
	err_set(&e, ERR_UNIQUE, NULL);
	err_at(&e, "/3");
	body = reply(NULL);
	detail = json_array_get(json_object_get(body, "o:errorDetails"), 0);
	assert_member(detail, "o:errorCode", "SQL-00001");
	assert_member(detail, "o:errorPath", "/3");
	json_decref(body);
}

/* */
static void
problem__writes_hear_whether_a_retry_is_safe(void **state)
{
	json_t *body;

	(void)state;
	req.method = M_PUT;
	err_set(&e, ERR_UNCERTAIN, NULL);
	body = reply(NULL);
	assert_member(body, "outcome", "unknown");
	assert_null(json_object_get(body, "retry"));
	json_decref(body);
	err_set(&e, ERR_CONN_LOST, NULL);
	body = reply(NULL);
	assert_member(body, "retry", "safe");
	json_decref(body);
	req.method = M_GET;
	body = reply(NULL);
	assert_null(json_object_get(body, "retry"));
	json_decref(body);
}

static bool
is_html(const char *value)
{
	accept.name = SPAN("accept");
	accept.value = span_of(value);
	req.headers = &accept;
	req.n_headers = 1;
	problem_reply(&req, &set, PROBLEM_SODA, &e, NULL, 0, &out);
	return span_is(response_find(&out, "content-type"), "text/html; charset=utf-8");
}

/* OR-32 */
static void
problem__html_for_browsers(void **state)
{
	(void)state;
	err_set(&e, ERR_BAD_QBE, "a <b> & \"c\"");
	assert_true(is_html("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"));
	assert_non_null(strstr(arena_z(mem, out.body), "a &lt;b&gt; &amp; &quot;c&quot;"));
	assert_non_null(response_find(&out, "content-security-policy").p);
	assert_true(is_html("text/html"));
	assert_true(is_html("application/json;q=0.5, text/html;q=0.6"));
	assert_false(is_html("*/*"));
	assert_false(is_html("application/json, text/html"));
	assert_false(is_html("text/html;q=0"));
	assert_false(is_html("text/html;q=0.4, application/problem+json;q=0.5"));
	assert_false(is_html(""));
	assert_false(is_html(";;;,q=,,"));
	set.error_format = "JSON";
	assert_false(is_html("text/html"));
	set.error_format = "HTML";
	assert_true(is_html("application/json"));
}

static void
problem__details_only_when_asked_for(void **state)
{
	json_t *body;

	(void)state;
	err_set(&e, ERR_DB_FAULT, NULL);
	err_detail(&e, "HY000 (1)");
	body = reply(NULL);
	assert_null(json_object_get(body, "detail"));
	json_decref(body);
	set.debug_screen = true;
	body = reply(NULL);
	assert_member(body, "detail", "HY000 (1)");
	json_decref(body);
}

static void
problem__replaces_what_was_there(void **state)
{
	(void)state;
	response_header(&out, "ETag", SPAN("\"x\""));
	response_body(&out, "application/json", SPAN("{}"));
	err_set(&e, ERR_THROTTLED, NULL);
	problem_reply(&req, &set, PROBLEM_SODA, &e, NULL, 77, &out);
	assert_null(response_find(&out, "etag").p);
	assert_span(response_find(&out, "retry-after"), "77");
}

/* a control byte anywhere in a value drops the field, everything else is let through */
static void
problem__headers_hold_no_controls(void **state)
{
	(void)state;
	for (unsigned c = 0; c < 256; c++) {
		bool is_fine = (c >= 0x20 || c == '\t') && c != 0x7f;

		for (size_t at = 0; at < 20; at++) {
			char value[20];

			memset(value, 'v', sizeof(value));
			value[at] = (char)c;
			response_init(&out, mem);
			response_header(&out, "ETag", (struct span){ value, sizeof(value) });
			assert_int_equal(out.n_headers, is_fine);
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(problem__soda_level, setup),
		cmocka_unit_test_setup(problem__front_level, setup),
		cmocka_unit_test_setup(problem__every_kind_has_its_status, setup),
		cmocka_unit_test_setup(problem__token_endpoint, setup),
		cmocka_unit_test_setup(problem__inner_code_and_place, setup),
		cmocka_unit_test_setup(problem__writes_hear_whether_a_retry_is_safe, setup),
		cmocka_unit_test_setup(problem__html_for_browsers, setup),
		cmocka_unit_test_setup(problem__details_only_when_asked_for, setup),
		cmocka_unit_test_setup(problem__replaces_what_was_there, setup),
		cmocka_unit_test_setup(problem__headers_hold_no_controls, setup),
	};
	int failed;

	mem = arena_open(0);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	arena_close(&mem);
	return failed;
}
