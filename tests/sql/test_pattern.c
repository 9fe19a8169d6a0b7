/* tests/sql/test_pattern.c - sql/pattern.c */
#include "tests/lib/unit.h"
#include "tests/sql/operand.h"

#include "sql/pattern.h"

#include <regex.h>

static struct arena *mem;

static const char *const numbers[] = {
	"0", "-0", "0.0", "-0.00", "1", "-1", "1.0", "-1.0", "1.000", "9", "10", "-10", "10.5", "11", "19", "99", "-99",
	"100", "100.01", "101", "199.999", "200", "-200", "999", "1000", "1000.0", "9007199254740993",
	"-9007199254740992", "0.1", "0.10", "-0.1", "0.09", "0.5", "-0.5", "-1.5", "123456789012345678901",
	"12345678901234567890123.5"
};
enum { N_NUMBERS = sizeof(numbers) / sizeof(*numbers) };

static const char *
pattern(enum cmp_op op, enum method method, size_t n, const struct operand *values)
{
	const struct cond test = { .kind = COND_TEST, .op = op, .method = method, .n_values = n, .values = values };
	struct buf b;

	buf_init(&b, mem);
	return pattern_of_test(&test, &b) ? buf_z(&b) : NULL;
}

static bool
begins(const char *text, const char *pattern)
{
	regex_t re;
	bool yes;

	assert_int_equal(regcomp(&re, arena_printf(mem, "^(%s)", pattern), REG_EXTENDED | REG_NOSUB), 0);
	yes = regexec(&re, text, 0, NULL, 0) == 0;
	regfree(&re);
	return yes;
}

static bool
holds(int cmp, enum cmp_op op)
{
	return op == OP_EQ ? cmp == 0 : op == OP_GT ? cmp > 0 : op == OP_GTE ? cmp >= 0 : op == OP_LT ? cmp < 0 : cmp <= 0;
}

/* whatever satisfies the test begins as the pattern says; and the pattern is worth its while */
static void
number__no_match_is_lost(void **state)
{
	size_t n_asked = 0, n_wrong = 0;

	(void)state;
	for (enum cmp_op op = OP_EQ; op <= OP_LTE; op++)
		for (size_t i = 0; i < N_NUMBERS; i++) {
			struct operand x = number_of(numbers[i]);
			const char *p = pattern(op, METHOD_NONE, 1, &x);

			if (x.number.digits.n > 22) {
				assert_null(p);
				continue;
			}
			for (size_t k = 0; k < N_NUMBERS; k++) {
				struct operand v = number_of(numbers[k]);
				bool yes = holds(dec_cmp(&v.number, &x.number), op), seen = begins(numbers[k], p);

				if (yes && !seen)
					fail_msg("%s of %s: %s does not find %s", numbers[i], p, p, numbers[k]);
				n_asked++;
				n_wrong += seen && !yes;
				if (op == OP_EQ)
					assert_true(yes == seen);
			}
		}
	assert_true(n_wrong * 8 < n_asked);
}

static void
list__each_of_them(void **state)
{
	const struct operand mixed[] = { number_of("7"), string_of("12"), { .type = J_TRUE }, { .type = J_NULL } };
	const struct operand text[] = { number_of("7"), string_of("seven") };
	const char *p = pattern(OP_IN, METHOD_NONE, 4, mixed);

	(void)state;
	assert_true(begins("7", p) && begins("7.0", p) && begins("12", p) && begins("true", p) && begins("null", p));
	assert_false(begins("8", p) || begins("70", p) || begins("7.1", p));
	assert_false(begins("1", p) || begins("123", p) || begins("false", p) || begins("-7", p));
	assert_null(pattern(OP_IN, METHOD_NONE, 2, text));
	assert_null(pattern(OP_IN, METHOD_NONE, 0, text));
}

/* the string, or the number whose canonical text it is */
static void
string__that_reads_as_a_number(void **state)
{
	const struct operand zero = string_of("0"), half = string_of("0.50"), day = string_of("2026-11-28"), word = string_of("1e5");

	(void)state;
	assert_true(begins("0", pattern(OP_EQ, METHOD_NONE, 1, &zero)) && begins("-0.0", pattern(OP_EQ, METHOD_NONE, 1, &zero)));
	assert_true(begins("0.50", pattern(OP_EQ, METHOD_NONE, 1, &half)));
	assert_true(begins("2026-11-28", pattern(OP_EQ, METHOD_NONE, 1, &day)));
	assert_null(pattern(OP_EQ, METHOD_NONE, 1, &word));
	assert_null(pattern(OP_EQ, METHOD_STRING, 1, &zero));
}

static void
other__is_not_known(void **state)
{
	const struct operand n = number_of("5"), huge = number_of("1e500"), t = string_of("5"), yes = { .type = J_TRUE };

	(void)state;
	assert_null(pattern(OP_EQ, METHOD_NONE, 1, &huge));
	assert_null(pattern(OP_GT, METHOD_NONE, 1, &huge));
	assert_null(pattern(OP_EQ, METHOD_ABS, 1, &n));
	assert_null(pattern(OP_GT, METHOD_LENGTH, 1, &n));
	assert_null(pattern(OP_LT, METHOD_NONE, 1, &t));
	assert_null(pattern(OP_EQ, METHOD_BOOLEAN, 1, &yes));	/* reads strings, too */
	assert_null(pattern(OP_EXISTS, METHOD_NONE, 0, NULL));
	assert_non_null(pattern(OP_LTE, METHOD_NUMBER, 1, &n));
	assert_non_null(pattern(OP_EQ, METHOD_BOOLEAN_ONLY, 1, &yes));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(number__no_match_is_lost),
		cmocka_unit_test(list__each_of_them),
		cmocka_unit_test(string__that_reads_as_a_number),
		cmocka_unit_test(other__is_not_known),
	};
	int failed;

	mem = arena_open(0);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	arena_close(&mem);
	return failed;
}
