/* tests/datapump/test_expr.c - name expressions */
#include "tests/lib/unit.h"

#include "datapump/expr.h"

#include <stdio.h>
#include <stdlib.h>

/* 1 yes, 0 no, -1 refused */
static int
holds(const char *text, const char *name)
{
	struct arena *mem = arena_open(0);
	const struct expr *x;
	struct err e = { 0 };
	size_t at;
	int result = -1;

	if (expr_parse(span_of(text), mem, &x, &at, &e))
		result = expr_holds(x, span_of(name), false);
	else
		assert_int_equal(e.kind, ERR_BAD_JOB);
	arena_close(&mem);
	return result;
}

/* DP-28, DP-29, DP-30, DP-31, DP-32, DP-33, DP-34: the truth table of the specification, and what it says in words */
static void
expr__truth_table(void **state)
{
	static const struct {
		const char *text, *name;
		int want;
	} rows[] = {
		{ "LIKE 'EMP%'", "EMP_HIST", 1 }, { "LIKE 'EMP%'", "DEPT", 0 }, { "!='EMP_HIST'", "EMP_HIST", 0 }, { "!='EMP'", "EMP_HIST", 1 },
		{ "!='EMP'", "EMP", 0 }, { "IN ('EMP','EMP_HIST')", "EMP_HIST", 1 }, { "NOT IN ('EMP')", "EMP_HIST", 1 },
		{ "NOT IN ('EMP')", "emp", 0 }, { "NOT LIKE 'EMP\\_%' ESCAPE '\\'", "EMP_HIST", 0 },
		{ "NOT LIKE 'EMP\\_%' ESCAPE '\\'", "EMPXHIST", 1 }, { "BETWEEN 'A' AND 'F'", "EMP_HIST", 1 },
		{ "BETWEEN 'A' AND 'EMP'", "EMP_HIST", 0 }, { "NOT BETWEEN 'A' AND 'EMP'", "EMP_HIST", 1 }, { "= 'emp_hist'", "EMP_HIST", 1 },
		{ "= 'O''BRIEN'", "O'BRIEN", 1 }, { "IN ( 'HR' )", "HR", 1 }, { "in ('hr')", "HR", 1 }, { "  In(\t'x' ,\n'hr')  ", "HR", 1 },
		{ "<>'A'", "B", 1 }, { "^='A'", "A", 0 }, { "<'B'", "A", 1 }, { "<'B'", "B", 0 }, { "<='B'", "B", 1 }, { ">='B'", "A", 0 },
		{ ">='B'", "b", 1 }, { ">'A'", "B", 1 }, { ">'B'", "B", 0 }, { "LIKE 'a_c'", "A\xc3\xa9""C", 1 }, { "LIKE 'a__c'", "A\xc3\xa9""C", 0 },
		{ "LIKE '%'", "", 1 }, { "LIKE ''", "", 1 }, { "LIKE ''", "a", 0 }, { "LIKE '%a%b%'", "xxaxxbxx", 1 }, { "LIKE '%a%b'", "axbxa", 0 },
		{ "LIKE 'a!%' ESCAPE '!'", "A%", 1 }, { "LIKE 'a!%' ESCAPE '!'", "AB", 0 }, { "LIKE 'a!!%' ESCAPE '!'", "A!x", 1 },
		{ "LIKE '\xc3\xa9%' ESCAPE '\xc3\xa9'", "%", 1 }, { "IS NULL", "A", 0 }, { "IS NOT NULL", "A", 1 }, { "is  not null", "A", 1 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		if (holds(rows[i].text, rows[i].name) != rows[i].want)
			fail_msg("%s on %s", rows[i].text, rows[i].name);
}

/* DP-33, DP-35, DP-36: nothing else is an expression */
static void
expr__refused(void **state)
{
	static const char *const bad[] = { "LIKE 'A%' OR 1=1", "= (select 1)", "='A';", "='A' --", "", " ", "EMP", "'EMP'", "=", "= A", "= \"A\"",
		"= 1", "= ?", "= :x", "='A", "= 'A''", "== 'A'", "IN 'A'", "IN ()", "IN ('A'", "IN ('A',)", "IN ('A' 'B')", "NOT", "NOT = 'A'",
		"NOT NOT IN ('A')", "LIKE", "LIKE 'A' ESCAPE", "LIKE 'A' ESCAPE ''", "LIKE 'A' ESCAPE 'ab'", "LIKE 'a!b' ESCAPE '!'",
		"LIKE 'a!' ESCAPE '!'", "BETWEEN 'A'", "BETWEEN 'A' AND", "BETWEEN 'A' OR 'B'", "IS", "IS 'A'", "IS NULLS", "INN ('A')", "LIKEX 'A'",
		"= 'A' = 'B'", "= 'A' /* x */", "IN ('A'))", "= upper('A')", "\xff", "='\xc0\xaf'" };

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		if (holds(bad[i], "A") != -1)
			fail_msg("accepted: %s", bad[i]);
}

/* DP-37: where, in characters */
static void
expr__position(void **state)
{
	struct arena *mem = arena_open(0);
	const struct expr *x;
	struct err e = { 0 };
	size_t at;

	(void)state;
	assert_false(expr_parse(SPAN("= '\xc3\xa9' OR"), mem, &x, &at, &e));
	assert_int_equal(at, 7);
	assert_string_equal(e.text, "end of the expression expected");
	assert_false(expr_parse(SPAN("IN ('A' 'B')"), mem, &x, &at, &e));
	assert_int_equal(at, 9);
	arena_close(&mem);
}

/* An object without the attribute satisfies IS NULL and nothing else, also what is negated. */
static void
expr__missing_attribute(void **state)
{
	static const char *const no[] = { "='A'", "!='A'", "NOT IN ('A')", "NOT LIKE 'A'", "NOT BETWEEN 'A' AND 'B'", "IS NOT NULL" };
	struct arena *mem = arena_open(0);
	const struct expr *x;
	struct err e = { 0 };
	size_t at;

	(void)state;
	for (size_t i = 0; i < sizeof(no) / sizeof(*no); i++) {
		assert_true(expr_parse(span_of(no[i]), mem, &x, &at, &e));
		assert_false(expr_holds(x, (struct span){ NULL, 0 }, false));
	}
	assert_true(expr_parse(SPAN("IS NULL"), mem, &x, &at, &e));
	assert_true(expr_holds(x, (struct span){ NULL, 0 }, false));
	assert_true(expr_parse(SPAN("='a'"), mem, &x, &at, &e));
	assert_false(expr_holds(x, SPAN("A"), true));
	arena_close(&mem);
}

/* R-44: budgets, and a pattern that would take others for ever */
static void
expr__budgets(void **state)
{
	char *text = malloc(10000), name[3000], *p = text;

	(void)state;
	p += sprintf(p, "IN ('A'");
	for (int i = 1; i < 996; i++)
		p += sprintf(p, ",''");
	strcpy(p, ")");
	assert_int_equal(holds(text, "A"), 1);
	memset(text, ' ', 9999);
	memcpy(text, "='A'", 4);
	text[4000] = '\0';
	assert_int_equal(holds(text, "A"), 1);
	text[4000] = ' ';
	text[4001] = '\0';
	assert_int_equal(holds(text, "A"), -1);
	p = text + sprintf(text, "LIKE '");
	for (int i = 0; i < 1000; i++)
		p += sprintf(p, "%%a");
	strcpy(p, "b'");
	memset(name, 'a', sizeof(name));
	name[sizeof(name) - 1] = '\0';
	assert_int_equal(holds(text, name), 0);
	free(text);
}

/* DP-40, DP-42 */
static void
expr__lists(void **state)
{
	static const char *const same[] = { "'HR','SCOTT'", "HR,SCOTT", " hr , 'scott' " };
	static const char *const bad[] = { "", ",", "HR,", "HR SCOTT", "H-R", "'HR", "HR;", "HR,,SCOTT" };
	struct arena *mem = arena_open(0);
	const struct expr *x;
	struct err e = { 0 };
	size_t at;

	(void)state;
	for (size_t i = 0; i < sizeof(same) / sizeof(*same); i++) {
		assert_true(expr_parse_list(span_of(same[i]), mem, &x, &at, &e));
		assert_true(expr_holds(x, SPAN("HR"), false) && expr_holds(x, SPAN("scott"), false) && !expr_holds(x, SPAN("X"), false));
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_false(expr_parse_list(span_of(bad[i]), mem, &x, &at, &e));
	arena_close(&mem);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(expr__truth_table),
		cmocka_unit_test(expr__refused),
		cmocka_unit_test(expr__position),
		cmocka_unit_test(expr__missing_attribute),
		cmocka_unit_test(expr__budgets),
		cmocka_unit_test(expr__lists),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
