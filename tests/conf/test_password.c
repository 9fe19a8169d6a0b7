/* conf/password.c */
#include "tests/lib/unit.h"

#include "conf/password.h"

/* */
static void
password__hash_is_checked(void **state)
{
	char hash[PASSWORD_HASH], other[PASSWORD_HASH];
	struct err e = { 0 };

	(void)state;
	assert_true(password_hash(SPAN("a:b \xc3\xa4"), hash, &e));
	assert_int_equal(strncmp(hash, "$y$", 3), 0);
	assert_true(password_check(SPAN("a:b \xc3\xa4"), hash));
	assert_false(password_check(SPAN("a:b \xc3\xa5"), hash));
	assert_false(password_check(SPAN(""), hash));
	assert_true(password_hash(SPAN("a:b \xc3\xa4"), other, &e));
	assert_string_not_equal(hash, other);
}

/* above the limit nothing is hashed; a hash that begins with '*' is a failure of the library, never a match */
static void
password__limits(void **state)
{
	char hash[PASSWORD_HASH], longest[PASSWORD_MAX_BYTES + 1];
	struct err e = { 0 };

	(void)state;
	memset(longest, 'x', sizeof(longest));
	assert_true(password_hash((struct span){ longest, PASSWORD_MAX_BYTES }, hash, &e));
	assert_true(password_check((struct span){ longest, PASSWORD_MAX_BYTES }, hash));
	assert_false(password_check((struct span){ longest, PASSWORD_MAX_BYTES + 1 }, hash));
	assert_false(password_hash((struct span){ longest, PASSWORD_MAX_BYTES + 1 }, hash, &e));
	assert_int_equal(e.kind, ERR_USAGE);
	assert_false(password_hash((struct span){ "a\0b", 3 }, hash, &e));
	assert_false(password_check(SPAN("x"), "*0"));
	assert_false(password_check(SPAN("x"), "*1"));
	assert_false(password_check(SPAN("x"), ""));
	assert_false(password_check(SPAN("x"), "{SSHA-512}abcdef"));
	password_check_nobody(SPAN("x"));
	password_check_nobody((struct span){ longest, sizeof(longest) });
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(password__hash_is_checked),
		cmocka_unit_test(password__limits),
	};

	return cmocka_run_group_tests_name("conf/password", tests, NULL, NULL);
}
