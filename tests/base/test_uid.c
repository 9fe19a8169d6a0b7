/* base/uid.c */
#include "tests/lib/unit.h"

#include "base/clock.h"
#include "base/uid.h"

#include <sys/wait.h>
#include <unistd.h>

static void
all_ones(void *out, size_t n)
{
	memset(out, 0xff, n);
}

static int64_t
half_past(void)
{
	return INT64_C(0x5f5e1000) * 1000000;
}

static void
uid__forms(void **state)
{
	char hex[33], oid[25], token[23];

	(void)state;
	for (int i = 0; i < 1000; i++) {
		uid_hex(hex);
		uid_oid(oid);
		uid_token(token);
		assert_int_equal(strspn(hex, "0123456789ABCDEF"), 32);
		assert_int_equal(strlen(hex), 32);
		assert_int_equal(strspn(oid, "0123456789abcdef"), 24);
		assert_int_equal(strlen(oid), 24);
		assert_int_equal(strspn(token, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"), 22);
		assert_int_equal(strlen(token), 22);
	}
	uid_fake(all_ones);
	clock_fake(half_past);
	uid_hex(hex);
	assert_string_equal(hex, "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF");
	uid_token(token);
	assert_string_equal(token, "_____________________w");
	uid_oid(oid);
	assert_string_equal(oid, "5f5e1000ffffffffff000000");
	uid_fake(NULL);
	clock_fake(NULL);
}

static void
uid__never_twice(void **state)
{
	static char names[2000][33];

	(void)state;
	for (int i = 0; i < 2000; i++) {
		uid_hex(names[i]);
		for (int j = i % 50; j < i; j += 50)
			assert_string_not_equal(names[i], names[j]);
	}
}

static void
uid__oids_of_one_process_ascend(void **state)
{
	char a[25], b[25];

	(void)state;
	clock_fake(half_past);
	uid_oid(a);
	for (int i = 0; i < 100; i++) {
		uid_oid(b);
		assert_int_equal(strncmp(a, b, 18), 0);
		assert_string_not_equal(a + 18, b + 18);
		strcpy(a, b);
	}
	clock_fake(NULL);
}

/* within a microsecond, and when the clock is turned back */
static void
uid__ordered_ascend(void **state)
{
	char a[33], b[33];

	(void)state;
	uid_fake(all_ones);
	clock_fake(half_past);
	uid_ordered(a);
	assert_string_equal(a, "0174876E80007000BFFFFFFFFFFFFFFF");
	uid_fake(NULL);
	for (int i = 0; i < 5000; i++) {
		uid_ordered(b);
		assert_true(strcmp(a, b) < 0);
		assert_true(b[12] == '7' && strchr("89AB", b[16]) != NULL);
		strcpy(a, b);
	}
	clock_fake(NULL);
	uid_ordered(b);
	assert_true(strcmp(a, b) < 0);
}

/* what the parent has fetched in advance is not used by its children */
static void
uid__children_differ(void **state)
{
	struct { char hex[33], oid[25]; } mine, other[2];

	(void)state;
	uid_hex(mine.hex);
	uid_oid(mine.oid);
	for (int i = 0; i < 2; i++) {
		int ends[2];
		pid_t child;

		assert_int_equal(pipe(ends), 0);
		child = fork();
		assert_true(child >= 0);
		if (child == 0) {
			uid_hex(mine.hex);
			uid_oid(mine.oid);
			_exit(write(ends[1], &mine, sizeof(mine)) != sizeof(mine));
		}
		assert_int_equal(read(ends[0], &other[i], sizeof(other[i])), sizeof(other[i]));
		assert_int_equal(waitpid(child, NULL, 0), child);
		close(ends[0]);
		close(ends[1]);
	}
	uid_hex(mine.hex);
	assert_string_not_equal(other[0].hex, other[1].hex);
	assert_string_not_equal(other[0].hex, mine.hex);
	assert_int_not_equal(strncmp(other[0].oid + 8, other[1].oid + 8, 10), 0);
	assert_int_not_equal(strncmp(other[0].oid + 8, mine.oid + 8, 10), 0);
}

static void
uid__large_amounts(void **state)
{
	unsigned char big[4096] = { 0 };
	size_t n_zero = 0;

	(void)state;
	uid_random(big, sizeof(big));
	for (size_t i = 0; i < sizeof(big); i++)
		n_zero += big[i] == 0;
	assert_true(n_zero < 100);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(uid__forms),
		cmocka_unit_test(uid__never_twice),
		cmocka_unit_test(uid__ordered_ascend),
		cmocka_unit_test(uid__oids_of_one_process_ascend),
		cmocka_unit_test(uid__children_differ),
		cmocka_unit_test(uid__large_amounts),
	};

	return cmocka_run_group_tests_name("base/uid", tests, NULL, NULL);
}
