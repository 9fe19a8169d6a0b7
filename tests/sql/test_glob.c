/* tests/sql/test_glob.c - sql/glob.c; what SQLite makes of the patterns is compared in tests/engines */
#include "tests/lib/unit.h"
#include "tests/lib/arena.h"
#include "tests/sql/operand.h"

#include "sql/glob.h"
#include "sql/spelling.h"

#include <fnmatch.h>

static bool
globs(enum cmp_op op, enum method method, size_t n, const struct operand *values, const char *name, struct globs *out)
{
	const struct cond test = { .kind = COND_TEST, .op = op, .method = method, .n_values = n, .values = values };

	return globs_of_test(&test, span_of(name), mem, out);
}

static bool
fits(struct span pattern, const char *json)
{
	/* sets, * and ? mean the same to GLOB */
	return fnmatch(arena_printf(mem, "%.*s", SPAN_ARG(pattern)), json, FNM_NOESCAPE) == 0;
}

static bool
finds(const struct globs *g, const char *json)
{
	if (!fits(g->first, json))
		return false;
	for (size_t i = 0; i < g->n; i++)
		if (fits(g->any[i], json))
			return true;
	return false;
}

/* how a document may hold a value in a member */
static const char *const around[] = {
	"{\"n\":%s}", "{\"m\":7,\"n\":%s,\"x\":1}", "{\"n\": %s}", "{ \"n\" : %s }", "{\"n\"\n\t:\r\n%s\n}", "{\"n\":[%s]}", "{\"n\":[\"a\",%s ]}",
	"{\"n\" :[ 3, %s]}", "{\"a\":[{\"n\":\"x\"},{\"n\":%s}]}", "{\"x\":\"n\",\"n\":%s}", "[{\"n\":%s }]"
};

static const char *const numbers[] = {
	"0", "-0", "0.0", "-0.00", "1", "-1", "1.0", "-1.0", "1.000", "9", "10", "-10", "10.5", "10.50", "11", "19", "99", "-99", "0.1", "0.10", "-0.1",
	"1000", "9007199254740993", "-1.5", "12345678901234567890.5"
};

/* whatever is equal is found, in each place where it may stand, as a number and as a string; and not much else is */
static void
number__no_match_is_lost(void **state)
{
	enum { N = sizeof(numbers) / sizeof(*numbers), N_AROUND = sizeof(around) / sizeof(*around) };
	struct globs g;

	(void)state;
	for (size_t i = 0; i < N; i++) {
		struct operand x = number_of(numbers[i]);

		assert_true(globs(OP_EQ, METHOD_NONE, 1, &x, "n", &g));
		for (size_t k = 0; k < N; k++) {
			struct operand y = number_of(numbers[k]);
			bool equal = dec_cmp(&x.number, &y.number) == 0;

			for (size_t w = 0; w < 2 * N_AROUND; w++) {
				const char *value = w < N_AROUND ? numbers[k] : arena_printf(mem, "\"%s\"", numbers[k]);
				struct buf json;

				buf_init(&json, mem);
				for (const char *p = around[w % N_AROUND]; *p != '\0'; p++) {
					if (*p == '%')
						buf_addz(&json, value);
					if (*p != '%' && !(*p == 's' && p[-1] == '%'))
						buf_char(&json, *p);
				}
				assert_int_equal(spelling_of(buf_text(&json)), SPELLING_PLAIN);
				if (equal && !finds(&g, buf_z(&json)))
					fail_msg("%s in %s", numbers[i], buf_z(&json));
			}
		}
	}
}

static void
number__others_are_left_out(void **state)
{
	static const char *const others[] = {
		"{\"n\":2}", "{\"n\":11}", "{\"n\":-2}", "{\"n\":-11}", "{\"m\":-1}", "{\"m\":1,\"n\":3}", "{\"n\":true}", "{\"n\":\"-12\"}", "{\"n\":\"x\"}", "{\"n\":{\"m\":-1}}",
		"{\"x\":\"n\",\"y\":-1}", "{\"nn\":-1}"
	};
	struct operand minus = number_of("-1"), half = number_of("2.5");
	struct globs g;

	(void)state;
	assert_true(globs(OP_EQ, METHOD_NONE, 1, &minus, "n", &g));
	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++)
		if (finds(&g, others[i]))
			fail_msg("%s", others[i]);
	assert_true(globs(OP_EQ, METHOD_NUMBER, 1, &half, "n", &g));
	assert_false(finds(&g, "{\"n\":2.4}"));
	assert_false(finds(&g, "{\"n\":25}"));
	assert_true(finds(&g, "{\"n\":2.500}"));
}

static void
words__and_lists(void **state)
{
	const struct operand words[] = { { .type = J_TRUE }, { .type = J_NULL } }, mixed[] = { number_of("7"), string_of("12"), { .type = J_FALSE } };
	struct globs g;

	(void)state;
	assert_true(globs(OP_IN, METHOD_NONE, 2, words, "n", &g));
	assert_true(finds(&g, "{\"n\":true}"));
	assert_true(finds(&g, "{\"n\" : null}"));
	assert_true(finds(&g, "{\"n\":[false,true]}"));
	assert_false(finds(&g, "{\"n\":false}"));
	assert_false(finds(&g, "{\"n\":\"true\"}"));
	assert_true(globs(OP_IN, METHOD_NONE, 3, mixed, "n", &g));
	assert_true(finds(&g, "{\"n\":\"12\"}"));
	assert_true(finds(&g, "{\"n\":12.0}"));
	assert_true(finds(&g, "{\"n\":7}"));
	assert_true(finds(&g, "{\"n\":false}"));
	assert_false(finds(&g, "{\"n\":70}"));
	assert_true(globs(OP_EQ, METHOD_BOOLEAN_ONLY, 1, words, "n", &g));
}

/* what has a meaning in a pattern stands for itself */
static void
name__of_any_characters(void **state)
{
	struct operand x = number_of("5");
	struct globs g;

	(void)state;
	assert_true(globs(OP_EQ, METHOD_NONE, 1, &x, "a*[b]?^-", &g));
	assert_true(finds(&g, "{\"a*[b]?^-\":5}"));
	assert_false(finds(&g, "{\"axxb?^-\":5}"));
	assert_false(finds(&g, "{\"a*[b]x^-\":5}"));
	assert_true(globs(OP_EQ, METHOD_NONE, 1, &x, "\xc3\xa9", &g));
	assert_true(finds(&g, "{\"\xc3\xa9\":5}"));
}

static void
unknown__is_said(void **state)
{
	struct operand number = number_of("5"), text = string_of("five"), far = number_of("1e400"), many[5] = { number, number, number, number, number };
	struct globs g;

	(void)state;
	assert_false(globs(OP_GT, METHOD_NONE, 1, &number, "n", &g));
	assert_false(globs(OP_EQ, METHOD_NONE, 1, &text, "n", &g));
	assert_false(globs(OP_EQ, METHOD_NONE, 1, &far, "n", &g));
	assert_false(globs(OP_EQ, METHOD_ABS, 1, &number, "n", &g));
	assert_false(globs(OP_EQ, METHOD_STRING, 1, &number, "n", &g));
	assert_false(globs(OP_IN, METHOD_NONE, 5, many, "n", &g));
	assert_false(globs(OP_IN, METHOD_NONE, 0, many, "n", &g));
}

int
main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, open_arena, close_arena)
	const struct CMUnitTest tests[] = {
		T(number__no_match_is_lost),
		T(number__others_are_left_out),
		T(words__and_lists),
		T(name__of_any_characters),
		T(unknown__is_said),
	};

	return cmocka_run_group_tests_name("glob", tests, NULL, NULL);
}
