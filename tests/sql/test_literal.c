/* tests/sql/test_literal.c - which texts of defaults, checks, types, views and code may be used again */
#include "tests/lib/unit.h"

#include "sql/clause.h"
#include "sql/gen_table.h"
#include "sql/literal.h"

static struct arena *mem;

static const char *
literal_as(const struct dialect *d, const char *text)
{
	struct literal l;
	struct buf b;

	if (!literal_parse(span_of(text), mem, &l))
		return "-";
	buf_init(&b, mem);
	literal_put(d, &l, &b);
	return buf_z(&b);
}

static const char *
check_as(const struct dialect *d, const char *text)
{
	struct check *c = check_parse(span_of(text), mem);
	struct buf b;

	if (c == NULL)
		return "-";
	buf_init(&b, mem);
	check_put(d, c, &b);
	return buf_z(&b);
}

static void
literal__is_read_as_each_engine_prints_it(void **state)
{
	(void)state;
	assert_string_equal(literal_as(&dialect_sqlite, "'it''s'::character varying(20)"), "'it''s'");
	assert_string_equal(literal_as(&dialect_sqlite, "(('-1'::integer))"), "'-1'");
	assert_string_equal(literal_as(&dialect_sqlite, "(-1.50)"), "-1.50");
	assert_string_equal(literal_as(&dialect_sqlite, "NULL::text"), "NULL");
	assert_string_equal(literal_as(&dialect_postgresql, "current_timestamp(6)"), "CURRENT_TIMESTAMP");
	assert_string_equal(literal_as(&dialect_mariadb, "now()"), "(CURRENT_TIMESTAMP(6))");
	assert_string_equal(literal_as(&dialect_mariadb, "datetime('now')"), "(CURRENT_TIMESTAMP(6))");
	assert_string_equal(literal_as(&dialect_postgresql, "x'00ff'"), "'\\x00ff'");
	assert_string_equal(literal_as(&dialect_postgresql, "E'a\\\\b'"), "'a\\b'");
	assert_string_equal(literal_as(&dialect_sqlite, "'{1,2}'::integer[]"), "'{1,2}'");
	assert_string_equal(literal_as(&dialect_sqlite, "'x'::hr.\"my type\""), "'x'");
}

/* R-26, DP-111: what is no literal is none, however it looks */
static void
literal__is_nothing_else(void **state)
{
	static const char *const bad[] = {
		"0); DROP TABLE x; --", "0, b int", "1 + 1", "nextval('s')", "'a' || 'b'", "''; --", "'open", "0 -- c", "0 /* c */", "",
		"datetime('now','+1 day')", "x'0'", "x'zz'", "--1", "-'a'", "(((((((((1)))))))))", "now() at time zone 'x'", "pg_sleep(9)",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_string_equal(literal_as(&dialect_sqlite, bad[i]), "-");
}

static void
check__is_read_as_each_engine_prints_it(void **state)
{
	(void)state;
	assert_string_equal(check_as(&dialect_mariadb, "((state)::text = ANY ((ARRAY['a'::character varying, 'b''c'::text])::text[]))"),
	    "`state` IN ('a', 'b''c')");
	assert_string_equal(check_as(&dialect_postgresql, "`age` between 0 and 150"), "(\"age\" >= 0 AND \"age\" <= 150)");
	assert_string_equal(check_as(&dialect_postgresql, "a > 0 AND (b IS NULL OR b <> 'x')"),
	    "(\"a\" > 0 AND (\"b\" IS NULL OR \"b\" <> 'x'))");
	assert_string_equal(check_as(&dialect_sqlite, "((a) NOT IN (1, 2, -3))"), "\"a\" NOT IN (1, 2, -3)");
	assert_string_equal(check_as(&dialect_sqlite, "a != 1 or a is not null"), "(\"a\" <> 1 OR \"a\" IS NOT NULL)");
}

static void
check__is_nothing_else(void **state)
{
	static const char *const bad[] = {
		"length(a) > 3", "a > b", "a LIKE 'x%'", "1 = 1", "a = 1; DROP TABLE x", "a IN (SELECT 1)", "a = 1)", "(a = 1", "a",
		"a = ANY (b)", "a NOT = 1", "t.a = 1", "a = 1 AND", "json_valid(a)",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_string_equal(check_as(&dialect_sqlite, bad[i]), "-");
}

/* an expression of the same engine stays in its parentheses and calls only what computes */
static void
expression__is_harmless_or_refused(void **state)
{
	static const char *const good[] = {
		"(lower((name)::text) = 'x'::text)", "a + b * 2", "coalesce(a, 'it''s; -- fine')", "abs(a) > 3 OR b IS NULL",
		"gen_random_uuid()", "`a` * 2", "CASE WHEN a > 1 THEN 'x' ELSE 'y' END", "length(\"odd)name\") > 3",
		"(state)::text = ANY ((ARRAY['a'::character varying])::text[])",
	};
	static const char *const bad[] = {
		"0); DROP TABLE x; --", "0) , (1", ")(", "(1", "1)", "pg_read_file('/etc/passwd')", "\"evil\"(1)", "(SELECT 1)", "1; SELECT 2",
		"a, b", "1 -- c", "1 /* c */", "'open", "$$x$$", "query_to_xml('DELETE FROM x', true, true, '')", "dblink_exec('x')",
		"nextval('s'::regclass)", "load_extension('x')", "[1)", "", "a ? 'b'", "{fn now()}", "readfile('x')", "@@version", "\\",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++)
		if (!expression_is_harmless(span_of(good[i]), mem))
			fail_msg("refused: %s", good[i]);
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		if (expression_is_harmless(span_of(bad[i]), mem))
			fail_msg("let through: %s", bad[i]);
}

static void
type__is_a_type_and_nothing_else(void **state)
{
	static const char *const good[] = {
		"int", "character varying(10)", "numeric(10,2)", "timestamp(3) with time zone", "int(10) unsigned", "enum('a','b,c')",
		"hr.\"My Type\"", "integer[]", "varchar(10) character set latin1", "DECIMAL(10, 2)", "bit varying(5)", "",
	};
	static const char *const bad[] = {
		"int); DROP TABLE x; --", "int, y int", "int CHECK (1)", "int DEFAULT 1", "int REFERENCES x", "int PRIMARY KEY", "int /* */",
		"int(", "int)", "int GENERATED ALWAYS AS (1)", "int; int", "int = 1", "int COMMENT 'x'", "'open",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++)
		if (!type_is_harmless(span_of(good[i]), mem))
			fail_msg("refused: %s", good[i]);
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		if (type_is_harmless(span_of(bad[i]), mem))
			fail_msg("let through: %s", bad[i]);
}

/* neither driver nor engine is given a second statement */
static void
text__is_one_statement(void **state)
{
	struct span out;

	(void)state;
	assert_true(query_is_single(&dialect_sqlite, SPAN(" SELECT a, ';', \"x;y\" FROM t -- ; c\n;  "), &out));
	assert_int_equal(out.p[out.n], ';');
	assert_true(query_is_single(&dialect_postgresql, SPAN("WITH x AS (SELECT $t$;$t$) SELECT * FROM x"), &out));
	assert_false(query_is_single(&dialect_sqlite, SPAN("SELECT 1; DROP TABLE x"), &out));
	assert_false(query_is_single(&dialect_postgresql, SPAN("SELECT $t$ ; DROP TABLE x"), &out));
	assert_false(query_is_single(&dialect_mariadb, SPAN("SELECT 1 /*! ; DROP TABLE x */"), &out));
	assert_false(query_is_single(&dialect_mariadb, SPAN("SELECT 'a\\'; DROP TABLE x; -- '"), &out));
	assert_false(query_is_single(&dialect_sqlite, SPAN("DELETE FROM x"), &out));
	assert_false(query_is_single(&dialect_sqlite, SPAN("SELECT a FROM t JOIN \"Ords_users\""), &out));
	assert_false(query_is_single(&dialect_sqlite, SPAN("SELECT a FROM main.[soda_c_1]"), &out));
	assert_false(query_is_single(&dialect_sqlite, SPAN("SELECT * FROM 'sqlite_master'"), &out));
	assert_true(query_is_single(&dialect_postgresql, SPAN("SELECT a AS ords_a FROM t"), &out));
	assert_false(query_is_single(&dialect_postgresql, SPAN("SELECT a ? 'b' FROM t"), &out));
	assert_true(code_is_single(&dialect_sqlite, SPAN("CREATE TRIGGER t AFTER INSERT ON x BEGIN UPDATE y SET a = CASE WHEN 1 THEN 2 END; "
	    "DELETE FROM z; END"), &out));
	assert_false(code_is_single(&dialect_sqlite, SPAN("CREATE TRIGGER t AFTER INSERT ON x BEGIN SELECT 1; END; DROP TABLE x"), &out));
	assert_false(code_is_single(&dialect_sqlite, SPAN("CREATE TABLE t (trigger int)"), &out) && out.n == 0);
	assert_true(code_is_single(&dialect_postgresql, SPAN("CREATE OR REPLACE FUNCTION f() RETURNS int LANGUAGE sql AS "
	    "$function$ SELECT 1; SELECT 2 $function$\n"), &out));
	assert_false(code_is_single(&dialect_postgresql, SPAN("CREATE FUNCTION f() RETURNS int AS 'SELECT 1' LANGUAGE sql; DROP TABLE x"), &out));
	assert_false(code_is_single(&dialect_postgresql, SPAN("DROP TABLE x"), &out));
}

/* word by word, or not at all */
static void
clause__is_read_to_its_end(void **state)
{
	static const char *const good[] = {
		"USING gin (j jsonb_path_ops) WITH (fastupdate=off)", "USING gin (to_tsvector('simple'::regconfig, t))", "USING hash (\"Odd name\")",
		"USING btree (u COLLATE \"C\" text_pattern_ops DESC NULLS LAST) INCLUDE (t, \"Odd\") NULLS NOT DISTINCT WHERE ((id > 0))",
		"USING brin (a, b) WITH (pages_per_range='4', autosummarize=on)", "USING gist (((a || b)))",
	};
	static const char *const bad[] = {
		"", "USING", "USING gin", "USING gin ()", "USING gin (a", "USING gin (a))", "USING evil (a)", "USING gin (a); DROP TABLE x", "USING gin (a) --",
		"USING gin (f(a))", "USING gin ((SELECT 1))", "USING gin (a) WITH (x)", "USING gin (a) WITH (x=f(1))", "USING gin (a) INCLUDE (lower(b))",
		"USING gin (a) WHERE b > 0", "USING gin (a) WHERE (b > 0) WHERE (c)", "USING gin (a) TABLESPACE t", "USING gin (a) NULLS", "ON y USING gin (a)",
		"USING gist (a WITH =)", "USING gin (a) DEFERRABLE", "USING gin (a, )", "USING gin (a) /* */",
	};
	static const char *const exclusions[] = { "USING gist (r WITH &&) WHERE ((id > 0))", "USING gist (a WITH =, b WITH -|-) DEFERRABLE INITIALLY DEFERRED" };
	static const char *const no_exclusions[] = { "USING gist (r)", "USING gist (r WITH f(x))", "USING gist (r WITH &&) DEFERRABLE NOW", "USING gist (WITH &&)" };

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++)
		if (!index_clause_is_harmless(span_of(good[i]), false, mem))
			fail_msg("refused: %s", good[i]);
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		if (index_clause_is_harmless(span_of(bad[i]), false, mem))
			fail_msg("taken: %s", bad[i]);
	for (size_t i = 0; i < sizeof(exclusions) / sizeof(*exclusions); i++)
		if (!index_clause_is_harmless(span_of(exclusions[i]), true, mem))
			fail_msg("refused: %s", exclusions[i]);
	for (size_t i = 0; i < sizeof(no_exclusions) / sizeof(*no_exclusions); i++)
		if (index_clause_is_harmless(span_of(no_exclusions[i]), true, mem))
			fail_msg("taken: %s", no_exclusions[i]);
}

/* modules of the engine, over tables of users */
static void
module__is_of_the_engine_or_refused(void **state)
{
	static const struct {
		const char *text;
		bool has_rowid;
		enum module_rows rows;
	} good[] = {
		{ "fts5(a, b UNINDEXED, tokenize = 'porter unicode61')", true, MODULE_OWN }, { "FTS4(a, tokenize=porter)", true, MODULE_OWN },
		{ "fts5(a, content='t', content_rowid='id')", true, MODULE_FOREIGN }, { "fts5(a, content=\"t\")", true, MODULE_FOREIGN },
		{ "fts5(a, content='')", true, MODULE_NONE }, { "rtree(id, x0, x1, +label TEXT)", false, MODULE_OWN },
	};
	static const char *const bad[] = {
		"", "fts5", "fts5(a", "fts5(a); DROP TABLE x", "csv(filename='/etc/passwd')", "fts5(a, content='ords_users')", "fts5(a, content=\"SODA_c_1\")",
		"fts5(a, content='sqlite_master')", "fts4(a, compress=zip)", "fts5(a, evil=1)", "fts5(a, b(1))", "fts5(a) --", "rtree(id, x0, x1) x",
	};
	enum module_rows rows;
	bool has_rowid;

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++)
		if (!module_is_harmless(span_of(good[i].text), mem, &has_rowid, &rows) || has_rowid != good[i].has_rowid || rows != good[i].rows)
			fail_msg("refused, or misread: %s", good[i].text);
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		if (module_is_harmless(span_of(bad[i]), mem, &has_rowid, &rows))
			fail_msg("taken: %s", bad[i]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(literal__is_read_as_each_engine_prints_it),
		cmocka_unit_test(literal__is_nothing_else),
		cmocka_unit_test(check__is_read_as_each_engine_prints_it),
		cmocka_unit_test(check__is_nothing_else),
		cmocka_unit_test(expression__is_harmless_or_refused),
		cmocka_unit_test(clause__is_read_to_its_end),
		cmocka_unit_test(module__is_of_the_engine_or_refused),
		cmocka_unit_test(type__is_a_type_and_nothing_else),
		cmocka_unit_test(text__is_one_statement),
	};
	int failed;

	mem = arena_open(0);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	arena_close(&mem);
	return failed;
}
