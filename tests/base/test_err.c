/* base/err.c */
#include "tests/lib/unit.h"

#include "base/err.h"
#include "base/scan.h"

static void
err__every_kind_has_its_row(void **state)
{
	(void)state;
	for (int kind = ERR_NONE + 1; kind < ERR__N; kind++) {
		enum err_kind k = (enum err_kind)kind;

		assert_in_range(err_status(k), 400, 504);
		assert_true(strlen(err_title(k)) > 0);
		assert_true(strlen(err_name(k)) > 0);
		assert_non_null(err_code(k));
	}
	assert_int_equal(err_status(ERR_NONE), 200);
	assert_int_equal(err_status(ERR_NOT_FOUND), 404);
	assert_string_equal(err_name(ERR_BAD_QBE), "BAD_QBE");
	assert_string_equal(err_code(ERR_BAD_QBE), "SODA-02002");
}

static void
err__tells_once(void **state)
{
	struct err e = { .kind = ERR_NONE };

	(void)state;
	assert_false(err_set(&e, ERR_NOT_FOUND, NULL));
	assert_string_equal(e.text, err_title(ERR_NOT_FOUND));
	assert_false(err_inner(&e, ERR_BAD_QBE, 5018, "bad %s", "filter"));
	assert_false(err_at(&e, "/%d", 3));
	assert_false(err_detail(&e, "SQLSTATE %s", "HY000"));
	assert_int_equal(e.inner, 5018);
	assert_string_equal(e.text, "bad filter");
	assert_string_equal(e.at, "/3");
	assert_string_equal(e.detail, "SQLSTATE HY000");
	assert_false(err_as(&e, ERR_PATCH_BAD, 5046));
	assert_int_equal(e.kind, ERR_PATCH_BAD);
	assert_int_equal(e.inner, 5046);
	assert_string_equal(e.text, "bad filter");
	assert_false(err_set(&e, ERR_BUSY, "again"));
	assert_int_equal(e.inner, 0);
	assert_string_equal(e.at, "");
	assert_string_equal(e.detail, "");
	err_clear(&e);
	assert_int_equal(e.kind, ERR_NONE);
}

/* values from outside: too long, with control bytes, cut within a character */
static void
err__texts_are_printable(void **state)
{
	static const char *const characters[] = { "x", "\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x98\x80" };
	struct err e;

	(void)state;
	err_set(&e, ERR_NOT_FOUND, "a\r\nb\x1b\x7f");
	assert_string_equal(e.text, "a??b??");
	for (size_t i = 0; i < sizeof(characters) / sizeof(characters[0]); i++)
		for (int shift = 0; shift < 4; shift++) {
			char big[1024] = "";

			for (size_t n = 0; n + 5 < sizeof(big); n += strlen(characters[i]))
				memcpy(big + n, characters[i], strlen(characters[i]));
			err_set(&e, ERR_NOT_FOUND, "%.*s%s", shift, "...", big);
			assert_true(strlen(e.text) > sizeof(e.text) - 5);
			assert_true(utf8_valid(span_of(e.text)));
		}
}

/* bytes of a header in another coding, and a name that was cut before it came here */
static void
err__texts_are_utf8(void **state)
{
	static const struct {
		const char *given, *told;
	} cases[] = {
		{ "text/\xe4 is", "text/? is" }, { "a\xc3\"b", "a?\"b" }, { "\xe2\x82 x", "?? x" }, { "\xff\xfe.", "??." }, { "\xed\xa0\x80.", "???." },
		{ "\xc0\xaf.", "??." }, { "\x80\x80", "??" }, { "\xf0\x9f\x98\x80\x80", "\xf0\x9f\x98\x80?" }, { "\xc3\xa9", "\xc3\xa9" },
	};
	struct err e;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		err_set(&e, ERR_NOT_FOUND, "%s", cases[i].given);
		assert_string_equal(e.text, cases[i].told);
		err_at(&e, "/%s", cases[i].given);
		assert_string_equal(e.at + 1, cases[i].told);
	}
}

static void
err__words_before(void **state)
{
	struct err e;
	char big[1024];

	(void)state;
	err_inner(&e, ERR_BAD_QBE, 5018, "no %s", "such");
	err_detail(&e, "HY000");
	assert_false(err_before(&e, "element %d: ", 3));
	assert_string_equal(e.text, "element 3: no such");
	assert_int_equal(e.kind, ERR_BAD_QBE);
	assert_int_equal(e.inner, 5018);
	assert_string_equal(e.detail, "HY000");
	for (size_t n = 0; n < sizeof(big); n += 2)
		memcpy(big + n, "\xc3\xa9", 2);
	big[sizeof(big) - 2] = '\0';
	err_set(&e, ERR_NOT_FOUND, "%s", big);
	err_before(&e, "%s", "12: ");
	assert_true(utf8_valid(span_of(e.text)) && strlen(e.text) > sizeof(e.text) - 4);
	err_before(&e, "%s", big);
	assert_true(utf8_valid(span_of(e.text)) && strlen(e.text) > sizeof(e.text) - 4);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(err__every_kind_has_its_row),
		cmocka_unit_test(err__tells_once),
		cmocka_unit_test(err__texts_are_printable),
		cmocka_unit_test(err__texts_are_utf8),
		cmocka_unit_test(err__words_before),
	};

	return cmocka_run_group_tests_name("base/err", tests, NULL, NULL);
}
