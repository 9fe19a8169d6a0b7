/* tests/datapump/test_filename.c - names of dump files */
#include "tests/lib/unit.h"

#include "datapump/filename.h"

static const int64_t NOON = 1562417105000000;	/* 2019-07-06T12:45:05Z */

static const char *
name(const char *pattern, int64_t number)
{
	static struct arena *mem;
	struct name_pattern p;
	struct span got;
	struct err e = { 0 };

	if (mem != NULL)
		arena_close(&mem);
	mem = arena_open(0);
	if (!filename_parse(span_of(pattern), NOON, mem, &p, &e) || !filename_number(&p, number, mem, &got, &e)) {
		assert_int_equal(e.kind, ERR_BAD_JOB);
		return arena_printf(mem, "%s", e.text);
	}
	return arena_z(mem, got);
}

/* DP-49: every %U of a pattern counts, together */
static void
filename__counts(void **state)
{
	(void)state;
	assert_string_equal(name("EXPDAT%U-x.DMP", 1), "EXPDAT01-x.DMP");
	assert_string_equal(name("exp%uaa%U.dmp", 2), "exp02aa02.dmp");
	assert_string_equal(name("exp%Uaa%L.dmp", 99), "exp99aa198.dmp");
}

/* DP-50, DP-51, DP-53: where counting begins and ends */
static void
filename__ends(void **state)
{
	(void)state;
	assert_non_null(strstr(name("x%U", 100), "use %L"));
	assert_string_equal(name("x%L", 1), "x100.DMP");
	assert_string_equal(name("x%L", 2147483547), "x2147483646.DMP");
	assert_non_null(strstr(name("x%L", 2147483548), "ODP-39095"));
	assert_string_equal(name("x.DMP", 1), "x.DMP");
	assert_non_null(strstr(name("x.DMP", 2), "neither %U nor %L"));
}

/* DP-48, DP-52, DP-55 */
static void
filename__variables(void **state)
{
	(void)state;
	assert_string_equal(name("a%T-%D%M%Y-%t%d%m%y.DMP", 1), "a20190706-06072019-2019070606072019.DMP");
	assert_string_equal(name("100%%.dmp", 1), "100%.dmp");
	assert_string_equal(name("100%%U.dmp", 1), "100%U.dmp");
	assert_string_equal(name("plain", 1), "plain.DMP");
	assert_non_null(strstr(name("a%Q", 1), "variable %Q"));
	assert_non_null(strstr(name("a%", 1), "lone %"));
}

/* DP-47: what is no base name of a file */
static void
filename__refused(void **state)
{
	static const char *const bad[] = { "", "../x.DMP", "/etc/x", "a/b", ".x", "..", "a\\b", "a:b", "a\nb", "a\tb", "a'b", "a\"b", " a", "a.b ",
		"\xc3\xa9.dmp", "a*b", "a\x7f", "a`b", "$(a)" };
	struct arena *mem = arena_open(0);
	struct name_pattern p;
	struct err e = { 0 };
	char long_name[257];

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_non_null(strstr(name(bad[i], 1), "ODP-39124"));
	assert_false(filename_parse((struct span){ "a\0b", 3 }, NOON, mem, &p, &e));
	memset(long_name, 'a', 256);
	long_name[256] = '\0';
	assert_non_null(strstr(name(long_name, 1), "ODP-39124"));
	long_name[250] = '\0';			/* .DMP makes it 254 */
	assert_int_equal(strlen(name(long_name, 1)), 254);
	assert_string_equal(name("a b-c_$#+=.1", 1), "a b-c_$#+=.1");
	arena_close(&mem);
}

/* An object's name may hold what a file's may not; variables are the same. */
static void
filename__object(void **state)
{
	struct arena *mem = arena_open(0);
	struct name_pattern p;
	struct span got;
	struct err e = { 0 };

	(void)state;
	assert_true(filename_parse_object(SPAN("dir/a'%U-%T"), NOON, mem, &p, &e));
	assert_true(filename_number(&p, 3, mem, &got, &e));
	assert_span(got, "dir/a'03-20190706");
	assert_false(filename_parse_object(SPAN("a%20b"), NOON, mem, &p, &e));
	arena_close(&mem);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(filename__counts),
		cmocka_unit_test(filename__ends),
		cmocka_unit_test(filename__variables),
		cmocka_unit_test(filename__refused),
		cmocka_unit_test(filename__object),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
