/* tests/handlers/test_precond.c - conditional requests */
#include "tests/lib/unit.h"

#include "handlers/precond.h"

static struct request req;
static struct header headers[3];
static struct meta meta;
static struct doc doc;
static struct err e;

/* one second and a half after 2021-04-25T23:40:50Z */
#define MODIFIED_US (INT64_C(1619394051) * 1000000 + 500000)

static int
setup(void **state)
{
	(void)state;
	memset(&req, 0, sizeof(req));
	memset(&meta, 0, sizeof(meta));
	memset(&doc, 0, sizeof(doc));
	err_clear(&e);
	req.headers = headers;
	meta.modified_column = "LAST_MODIFIED";
	meta.version_column = "VERSION";
	doc.version = SPAN("ABC");
	doc.modified_us = MODIFIED_US;
	return 0;
}

static void
add_header(const char *name, const char *value)
{
	headers[req.n_headers].name = span_of(name);
	headers[req.n_headers++].value = span_of(value);
}

static bool
not_modified(const char *name, const char *value)
{
	bool out = false;

	req.n_headers = 0;
	add_header(name, value);
	assert_true(precond_read(&req, &meta, &doc, &out, &e));
	return out;
}

/* GO-04, GO-05 */
static void
precond__tags_in_every_spelling(void **state)
{
	static const char *const same[] = { "\"ABC\"", "ABC", "W/\"ABC\"", "\"x\", \"ABC\"", "\"x\",ABC", "*", " ABC ", ",,\"ABC\"",
		"W/ABC" };
	static const char *const other[] = { "\"x\"", "", "\"", "abc", "\"ABC", "ABCD", "AB,C", "\"AB\"C", "W/", "\"*\"" };

	(void)state;
	for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++)
		assert_true(not_modified("if-none-match", same[i]));
	for (size_t i = 0; i < sizeof(other) / sizeof(other[0]); i++)
		assert_false(not_modified("if-none-match", other[i]));
}

/* GO-06, GO-08 */
static void
precond__dates_by_whole_seconds(void **state)
{
	(void)state;
	assert_true(not_modified("if-modified-since", "Sun, 25 Apr 2021 23:40:51 GMT"));
	assert_false(not_modified("if-modified-since", "Sun, 25 Apr 2021 23:40:50 GMT"));
	assert_true(not_modified("if-modified-since", "2021-04-25T23:40:51.500000Z"));
	assert_false(not_modified("if-modified-since", "garbage"));
	meta.modified_column = "";
	assert_false(not_modified("if-modified-since", "Sun, 25 Apr 2021 23:40:51 GMT"));
}

/* GO-07 */
static void
precond__tag_goes_before_date(void **state)
{
	bool out;

	(void)state;
	add_header("if-none-match", "\"other\"");
	add_header("if-modified-since", "Sun, 25 Apr 2021 23:40:51 GMT");
	assert_true(precond_read(&req, &meta, &doc, &out, &e));
	assert_false(out);
}

static void
precond__no_version_is_named_by_star_only(void **state)
{
	bool out;

	(void)state;
	doc.version = SPAN("");
	assert_false(not_modified("if-none-match", "\"\""));
	assert_true(not_modified("if-none-match", "*"));
	req.n_headers = 0;
	add_header("if-match", "\"ABC\"");
	assert_false(precond_read(&req, &meta, &doc, &out, &e));
}

/* GO-12 */
static void
precond__stale_if_match_is_412(void **state)
{
	bool out;

	(void)state;
	add_header("if-match", "\"old\"");
	assert_false(precond_read(&req, &meta, &doc, &out, &e));
	assert_int_equal(e.kind, ERR_PRECONDITION);
	assert_false(precond_write(&req, &meta, &doc, &e));
	assert_int_equal(e.kind, ERR_PRECONDITION);
	assert_true(precond_names_version(&req));
	headers[0].value = SPAN("\"old\", \"ABC\"");
	assert_true(precond_write(&req, &meta, &doc, &e));
	headers[0].value = SPAN("*");
	assert_true(precond_write(&req, &meta, &doc, &e));
	assert_false(precond_names_version(&req));
}

static void
precond__absent_object(void **state)
{
	(void)state;
	assert_false(precond_names_version(&req));
	assert_true(precond_write(&req, &meta, NULL, &e));
	add_header("if-match", "*");
	assert_false(precond_write(&req, &meta, NULL, &e));
	assert_int_equal(e.kind, ERR_PRECONDITION);
}

static void
precond__if_none_match_guards_writes(void **state)
{
	(void)state;
	add_header("if-none-match", "*");
	assert_false(precond_write(&req, &meta, &doc, &e));
	assert_int_equal(e.kind, ERR_PRECONDITION);
	assert_true(precond_write(&req, &meta, NULL, &e));
	headers[0].value = SPAN("\"other\"");
	assert_true(precond_write(&req, &meta, &doc, &e));
}

static void
precond__unmodified_since(void **state)
{
	(void)state;
	add_header("if-unmodified-since", "Sun, 25 Apr 2021 23:40:50 GMT");
	assert_false(precond_write(&req, &meta, &doc, &e));
	assert_int_equal(e.kind, ERR_PRECONDITION);
	headers[0].value = SPAN("Sun, 25 Apr 2021 23:40:51 GMT");
	assert_true(precond_write(&req, &meta, &doc, &e));
	headers[0].value = SPAN("Sun, 25 Apr 2021 23:40:50 GMT");
	add_header("if-match", "ABC");
	assert_true(precond_write(&req, &meta, &doc, &e));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(precond__tags_in_every_spelling, setup),
		cmocka_unit_test_setup(precond__dates_by_whole_seconds, setup),
		cmocka_unit_test_setup(precond__tag_goes_before_date, setup),
		cmocka_unit_test_setup(precond__no_version_is_named_by_star_only, setup),
		cmocka_unit_test_setup(precond__stale_if_match_is_412, setup),
		cmocka_unit_test_setup(precond__absent_object, setup),
		cmocka_unit_test_setup(precond__if_none_match_guards_writes, setup),
		cmocka_unit_test_setup(precond__unmodified_since, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
