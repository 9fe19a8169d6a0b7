/* tests/handlers/test_route.c - the table: every row, allowed and not */
#include "tests/lib/unit.h"

#include "handlers/route.h"
#include "handlers/url.h"

#include <stdio.h>

static struct arena *mem;
static struct request req;
static struct params params;

static const enum http_method every[] = { M_GET, M_HEAD, M_POST, M_PUT, M_PATCH, M_DELETE };
enum { N_METHODS = sizeof(every) / sizeof(every[0]) };

/* target below /ords; "_" first: no schema */
static struct match
find(enum http_method method, const char *target)
{
	char whole[1024];
	struct err e;
	bool has_schema;

	memset(&req, 0, sizeof(req));
	memset(&params, 0, sizeof(params));
	snprintf(whole, sizeof(whole), "/ords%s", target);
	assert_true(url_split(arena_span(mem, span_of(whole)), "/ords", mem, &req, &e));
	req.method = method;
	has_schema = req.n_segments > 0 && !span_is(req.segments[0], "_");
	return route_find(&req, has_schema ? BASE_SCHEMA : BASE_POOL, req.segments + has_schema,
	    req.n_segments - has_schema, &params);
}

/* a target that the row's own path matches */
static const char *
target_of(const struct route *r)
{
	struct buf b;

	buf_init(&b, mem);
	if (r->base != BASE_POOL)
		buf_addz(&b, "/s");
	for (const char *at = r->path; *at != '\0';) {
		size_t n = 1 + strcspn(at + 1, "/");

		if (n == 1)	/* the end of a listing */
			buf_char(&b, '/');
		else if (strncmp(at, "/{version}", n) == 0)
			buf_addz(&b, "/latest");
		else if (strncmp(at, "/{api}", n) == 0)
			buf_addz(&b, "/stable");
		else if (strncmp(at, "/{action}", n) == 0)
			buf_printf(&b, "/%s", r->act_name);
		else if (at[1] == '{')
			buf_addz(&b, "/x");
		else
			buf_add(&b, at, n);
		at += n;
	}
	if (r->act_name != NULL && strstr(r->path, "{action}") == NULL)
		buf_printf(&b, "?action=%s", r->act_name);
	return buf_z(&b);
}

static void
route__every_row_is_found(void **state)
{
	size_t n = 0;

	(void)state;
	for (const struct route *r = routes; r->path != NULL; r++, n++) {
		const char *target = target_of(r);

		for (size_t i = 0; i < N_METHODS; i++) {
			struct match m;

			if ((r->methods & (unsigned)every[i]) == 0)
				continue;
			m = find(every[i], target);
			assert_int_equal(m.kind, MATCH_ROW);
			assert_ptr_equal(m.row, r);
			if ((r->methods & M_GET) != 0) {
				m = find(M_HEAD, target);
				assert_ptr_equal(m.row, r);
			}
		}
		assert_non_null(r->act);
	}
	assert_true(n > 20);
}

/* ER-03: a method is found or named in no Allow */
static void
route__every_other_method_is_405(void **state)
{
	char allow[ALLOW_TEXT];

	(void)state;
	for (const struct route *r = routes; r->path != NULL; r++) {
		char target[256];

		snprintf(target, sizeof(target), "%s", target_of(r));
		if (r->act_name != NULL && strchr(target, '?') != NULL)
			*strchr(target, '?') = '\0';
		route_allow(r, false, 0, allow);
		for (size_t i = 0; i < N_METHODS; i++) {
			struct match m = find(every[i], target);
			char text[16];
			bool listed;

			snprintf(text, sizeof(text), "%s", method_name(every[i]));
			listed = strstr(allow, text) != NULL;
			if (m.kind == MATCH_ROW && m.row->summary != NULL)
				assert_true(listed);
			else if (m.kind == MATCH_NO_METHOD)
				assert_false(listed);
		}
		assert_int_equal(find(M_OTHER, target).kind, MATCH_NO_METHOD);
		assert_int_equal(find(M_OPTIONS, target).kind, MATCH_NO_METHOD);
		assert_non_null(find(M_OPTIONS, target).row);
	}
}

static const char *
allow_of(enum http_method method, const char *target)
{
	static char allow[ALLOW_TEXT];
	struct match m = find(method, target);

	assert_int_equal(m.kind, MATCH_NO_METHOD);
	route_allow(m.row, false, 0, allow);
	return allow;
}

/* UR-14, UR-21, UR-22 */
static void
route__wrong_methods(void **state)
{
	(void)state;
	assert_string_equal(allow_of(M_GET, "/s/soda/latest/custom-actions/query/c"), "POST");
	assert_string_equal(allow_of(M_POST, "/s/soda/latest/c/key"), "GET, HEAD, PUT, PATCH, DELETE");
	assert_string_equal(allow_of(M_PATCH, "/s/soda/latest/c"), "GET, HEAD, POST, PUT, DELETE");
	assert_string_equal(allow_of(M_PUT, "/s/soda/latest"), "GET, HEAD");
	assert_string_equal(allow_of(M_DELETE, "/s/soda/latest/metadata-catalog"), "GET, HEAD");
	assert_string_equal(allow_of(M_POST, "/s/soda"), "GET, HEAD");
}

/* UR-02, UR-03 */
static void
route__versions(void **state)
{
	(void)state;
	assert_int_equal(find(M_GET, "/s/soda/v1/c").kind, MATCH_ROW);
	assert_int_equal(find(M_GET, "/s/soda/v1.0/c").kind, MATCH_ROW);
	assert_span(params.text[P_VERSION], "v1.0");
	assert_span(params.text[P_COLLECTION], "c");
	assert_int_equal(find(M_GET, "/s/soda/v9/c").kind, MATCH_NO_PATH);
	assert_int_equal(find(M_GET, "/s/soda/Latest").kind, MATCH_NO_PATH);
}

/* UR-16, UR-17 */
static void
route__actions(void **state)
{
	(void)state;
	assert_int_equal(find(M_POST, "/s/soda/latest/c?action=nosuch").kind, MATCH_BAD_ACTION);
	assert_int_equal(find(M_POST, "/s/soda/latest/c?action=Query").kind, MATCH_BAD_ACTION);
	assert_int_equal(find(M_POST, "/s/soda/latest/c?action=").kind, MATCH_BAD_ACTION);
	assert_int_equal(find(M_POST, "/s/soda/latest/c?action=query&action=delete").kind, MATCH_BAD_ACTION);
	assert_string_equal(find(M_POST, "/s/soda/latest/c?action=query&action=query").row->act_name, "query");
	assert_null(find(M_POST, "/s/soda/latest/c").row->act_name);
	assert_int_equal(find(M_POST, "/s/soda/latest/custom-actions/nosuch/c").kind, MATCH_NO_PATH);
	assert_int_equal(find(M_GET, "/s/soda/latest/custom-actions/nosuch/c").kind, MATCH_NO_PATH);
	assert_int_equal(find(M_POST, "/s/soda/latest/custom-actions/query").kind, MATCH_NO_PATH);
	assert_int_equal(find(M_POST, "/s/soda/latest/custom-actions/query/c/key").kind, MATCH_NO_PATH);
	assert_int_equal(find(M_POST, "/s/soda/latest/custom-actions/query/c?action=delete").kind, MATCH_BAD_ACTION);
	assert_int_equal(find(M_POST, "/s/soda/latest/custom-actions/query/c?action=query").kind, MATCH_ROW);
}

/* UR-12: both spellings lead to the same function with the same rights */
static void
route__both_spellings_are_one_action(void **state)
{
	static const char *const names[] = { "query", "insert", "update", "delete", "truncate", "index", "unindex" };

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		char a[128], b[128];
		const struct route *ra, *rb;

		snprintf(a, sizeof(a), "/s/soda/latest/custom-actions/%s/c", names[i]);
		snprintf(b, sizeof(b), "/s/soda/latest/c?action=%s", names[i]);
		ra = find(M_POST, a).row;
		rb = find(M_POST, b).row;
		assert_true(ra != rb && ra->act == rb->act && ra->tx == rb->tx);
		assert_true(ra->may_carry == rb->may_carry && ra->refuses == rb->refuses);
		assert_true(ra->writes_objects == rb->writes_objects);
	}
}

/* UR-15: reads and drops do not carry an action */
static void
route__action_is_refused_elsewhere(void **state)
{
	static const enum http_method methods[] = { M_GET, M_PUT, M_DELETE };

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct match m = find(methods[i], "/s/soda/latest/c?action=query");

		assert_int_equal(m.kind, MATCH_ROW);
		assert_true((m.row->refuses & P(ACTION)) != 0);
	}
}

static void
route__selecting_parameters_never_widen_a_write(void **state)
{
	static const char *const targets[] = { "?action=delete", "?action=truncate", "?action=update" };
	const param_set selecting = P(LIMIT) | P(OFFSET) | P(Q) | P(FROM_ID) | P(AFTER) | P(TO_ID) | P(BEFORE) | P(SINCE)
	    | P(UNTIL);

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		char target[64];

		snprintf(target, sizeof(target), "/s/soda/latest/c%s", targets[i]);
		assert_int_equal(find(M_POST, target).row->refuses & selecting, selecting);
	}
	assert_int_equal(find(M_DELETE, "/s/soda/latest/c").row->refuses & selecting, selecting);
}

/* UR-18, UR-19: reserved names never reach the actions of collections */
static void
route__reserved_names(void **state)
{
	struct match m = find(M_PUT, "/s/soda/latest/metadata-catalog");
	struct err e = { 0 };

	(void)state;
	assert_int_equal(m.kind, MATCH_ROW);
	assert_false(m.row->act(NULL, NULL, &e));
	assert_int_equal(e.kind, ERR_BAD_NAME);
	assert_false(find(M_PUT, "/s/soda/latest/custom-actions").row->act(NULL, NULL, &e));
	assert_string_equal(find(M_PUT, "/s/soda/latest/Metadata-Catalog").row->path, "/soda/{version}/{collection}");
	assert_int_equal(find(M_GET, "/s/soda/latest/custom-actions/key").kind, MATCH_NO_PATH);
	assert_int_equal(find(M_GET, "/s/soda/latest/metadata-catalog/c/d").kind, MATCH_NO_PATH);
	assert_int_equal(find(M_POST, "/s/soda/latest/custom-actions").kind, MATCH_NO_METHOD);
}

static void
route__paths_that_do_not_exist(void **state)
{
	static const char *const none[] = { "/s", "/s/", "/s/other", "/s/soda/latest/c/k/x", "/s/soda/latest//c", "/s//soda", "/_",
		"/_/health", "/_/health/x", "/s/_/health/live", "" };

	(void)state;
	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++)
		assert_int_equal(find(M_GET, none[i]).kind, MATCH_NO_PATH);
	assert_int_equal(find(M_GET, "/_/health/live").row->role, ROLE_NONE);
}

static void
route__allow_of_a_read_only_collection(void **state)
{
	char allow[ALLOW_TEXT];

	(void)state;
	route_allow(find(M_GET, "/s/soda/latest/c/k").row, true, 0, allow);
	assert_string_equal(allow, "GET, HEAD");
	route_allow(find(M_GET, "/s/soda/latest/c").row, true, 0, allow);
	assert_string_equal(allow, "GET, HEAD, POST, PUT, DELETE");
	route_allow(find(M_GET, "/s/soda/latest/c").row, false, M_DELETE, allow);
	assert_string_equal(allow, "GET, HEAD, POST, PUT");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(route__every_row_is_found),
		cmocka_unit_test(route__every_other_method_is_405),
		cmocka_unit_test(route__wrong_methods),
		cmocka_unit_test(route__versions),
		cmocka_unit_test(route__actions),
		cmocka_unit_test(route__both_spellings_are_one_action),
		cmocka_unit_test(route__action_is_refused_elsewhere),
		cmocka_unit_test(route__selecting_parameters_never_widen_a_write),
		cmocka_unit_test(route__reserved_names),
		cmocka_unit_test(route__paths_that_do_not_exist),
		cmocka_unit_test(route__allow_of_a_read_only_collection),
	};
	int failed;

	mem = arena_open(0);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	arena_close(&mem);
	return failed;
}
