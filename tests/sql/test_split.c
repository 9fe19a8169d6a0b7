/* tests/sql/test_split.c - where the statements of a script begin and end, and which are taken */
#include "tests/lib/unit.h"
#include "tests/lib/arena.h"

#include "sql/dialect.h"
#include "sql/split.h"

/* the statements, as they are run, with | between them */
static const char *
split(const struct dialect *d, const char *script)
{
	const struct statement *list;
	struct err e = { 0 };
	struct buf b;
	size_t n;

	if (!script_split(d, span_of(script), mem, &list, &n, &e))
		return arena_printf(mem, "%s", e.text);
	buf_init(&b, mem);
	for (size_t i = 0; i < n; i++) {
		if (i > 0)
			buf_char(&b, '|');
		buf_span(&b, list[i].run);
	}
	return buf_z(&b);
}

static struct statement
only(const struct dialect *d, const char *script)
{
	const struct statement *list;
	struct err e = { 0 };
	size_t n;

	assert_true(script_split(d, span_of(script), mem, &list, &n, &e));
	assert_int_equal(n, 1);
	return list[0];
}

static bool
is_taken(const struct dialect *d, const char *statement)
{
	return only(d, statement).refusal == NULL;
}

static void
split__at_semicolons_outside_of_quotes(void **state)
{
	(void)state;
	assert_string_equal(split(&dialect_sqlite, ""), "");
	assert_string_equal(split(&dialect_sqlite, " ; ;; \n/\n -- x\n /* ; */"), "");
	assert_string_equal(split(&dialect_sqlite, "select 1;select 2"), "select 1|select 2");
	assert_string_equal(split(&dialect_sqlite, "select ';', \";\", `;`, [;] ; select ''';' "), "select ';', \";\", `;`, [;]|select ''';'");
	assert_string_equal(split(&dialect_sqlite, "select 'open; select 2"), "select 'open; select 2");
	assert_string_equal(split(&dialect_postgresql, "select E'\\';', ';' ; select '\\'; select 3"), "select E'\\';', ';'|select '\\'|select 3");
	assert_string_equal(split(&dialect_postgresql, "select $$;$$, $a$ $$ ; $b$ $a$, a[1;2"), "select $$;$$, $a$ $$ ; $b$ $a$, a[1|2");
	assert_string_equal(split(&dialect_postgresql, "select $1 ; select a$b$ ; select $a$b$"), "select $1|select a$b$|select $a$b$");
}

static void
split__comments_are_not_run(void **state)
{
	(void)state;
	assert_string_equal(split(&dialect_sqlite, "a -- ; 'x\n b; c"), "a  \n b|c");
	assert_string_equal(split(&dialect_sqlite, "a /* ; \n /* */ b; c */ d"), "a  \n b|c */ d");
	assert_string_equal(split(&dialect_postgresql, "a /* ; /* */ b; */ d"), "a   d");
	assert_string_equal(split(&dialect_mariadb, "a # ; x\n b --; c -- ;\n d"), "a  \n b --|c  \n d");
	assert_string_equal(split(&dialect_mariadb, "create procedure p() begin /* kept */ end"), "create procedure p() begin /* kept */ end");
	assert_string_equal(split(&dialect_sqlite, "a/*open"), "a ");
}

static void
split__bodies_of_routines_are_one(void **state)
{
	(void)state;
	assert_string_equal(split(&dialect_sqlite, "create trigger t after insert on e begin select case 1 when 1 then 2 end; select 2; end; select 1"),
	    "create trigger t after insert on e begin select case 1 when 1 then 2 end; select 2; end|select 1");
	assert_string_equal(split(&dialect_mariadb, "CREATE PROCEDURE p() BEGIN IF a THEN b; END IF; CASE c WHEN 1 THEN d; END CASE; BEGIN e; END; END; f"),
	    "CREATE PROCEDURE p() BEGIN IF a THEN b; END IF; CASE c WHEN 1 THEN d; END CASE; BEGIN e; END; END|f");
	assert_string_equal(split(&dialect_mariadb, "begin not atomic a; b; end; c"), "begin not atomic a; b; end|c");
	assert_string_equal(split(&dialect_mariadb, "delimiter //\na; b//\nc//\ndelimiter ;\nd; e"), "a; b|c|d|e");
	assert_string_equal(split(&dialect_postgresql, "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; SELECT 2; END; g"),
	    "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; SELECT 2; END|g");
	assert_string_equal(split(&dialect_sqlite, "create table event(a, begin); create table case_(end); begin; end"),
	    "create table event(a, begin)|create table case_(end)|begin|end");
	assert_string_equal(split(&dialect_sqlite, "create trigger t begin a;\n /\nb"), "create trigger t begin a;|b");
}

static void
split__lines_and_columns(void **state)
{
	const struct statement *list;
	struct err e = { 0 };
	size_t n;

	(void)state;
	assert_true(script_split(&dialect_sqlite, SPAN("-- a\n\n  select\n 1 ;\tselect 2\n/\n!ls; x\nselect\n\n3\n"), mem, &list, &n, &e));
	assert_int_equal(n, 4);
	assert_int_equal(list[0].start_line, 3);
	assert_int_equal(list[0].start_column, 3);
	assert_int_equal(list[0].end_line, 4);
	assert_int_equal(list[1].start_line, 4);
	assert_int_equal(list[1].start_column, 6);
	assert_int_equal(list[2].type, STATEMENT_CLIENT);
	assert_int_equal(list[2].text.n, 6);
	assert_int_equal(list[3].end_line, 9);
}

static void
split__markers(void **state)
{
	struct statement s = only(&dialect_postgresql, "select ?, :a1, ':b', b::c, /* ? */ d[1:2], :=e, \":f\"");

	(void)state;
	assert_int_equal(s.n_markers, 2);
	assert_int_equal(s.markers[0].at, 7);
	assert_int_equal(s.markers[0].name.n, 0);
	assert_int_equal(s.markers[1].at, 10);
	assert_int_equal(s.markers[1].n, 3);
	s = only(&dialect_postgresql, "select /* :x */ :y");
	assert_int_equal(s.n_markers, 1);
	assert_memory_equal(s.run.p + s.markers[0].at, ":y", 2);
}

/* whatever quotes or comments stand around it */
static void
split__reserved_names_are_refused(void **state)
{
	static const char *const bad[] = {
		"select * from soda_c_1", "select * from\nSODA_c_1", "select * from[soda_c_1]", "select * from main.\"soda_c_1\"",
		"select/**/1 from/**/ords_state", "select 1 from'sqlite_master'", "with a as (select 1 from pragma_table_list) select 1",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_false(is_taken(&dialect_sqlite, bad[i]));
	assert_true(is_taken(&dialect_sqlite, "select * from my_soda_c_1 -- soda_"));
	assert_true(is_taken(&dialect_postgresql, "select * from soda_c_1"));
}

/* drivers lose step at these */
static void
split__what_is_taken(void **state)
{
	(void)state;
	assert_true(is_taken(&dialect_mariadb, "(select 1) union (select 2)"));
	assert_false(is_taken(&dialect_mariadb, "((values (1)))"));
	assert_false(is_taken(&dialect_mariadb, "set/**/statement a=1 for select 1"));
	assert_false(is_taken(&dialect_mariadb, "select 1 /*! , 2 */"));
	assert_false(is_taken(&dialect_mariadb, "/*M! select 1 */ select 2"));
	assert_false(is_taken(&dialect_mariadb, "alter table t repair partition all"));
	assert_true(is_taken(&dialect_mariadb, "alter table t add check (a > 0)"));
	assert_false(is_taken(&dialect_mariadb, "load data local infile 'x' into table t"));
	assert_false(is_taken(&dialect_sqlite, "with a as (select 1) replace into t select 1"));
	assert_true(is_taken(&dialect_sqlite, "with a as (select replace('a', 'b', 'c')) select replace ('a', 'b', 'c')"));
	assert_false(is_taken(&dialect_sqlite, "insert into t values (1) returning a"));
	assert_false(is_taken(&dialect_sqlite, "select ?1"));
	assert_false(is_taken(&dialect_postgresql, "copy t from stdin"));
	assert_false(is_taken(&dialect_postgresql, "{call f}"));
	assert_int_equal(only(&dialect_postgresql, "explain select 1").type, STATEMENT_QUERY);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(split__at_semicolons_outside_of_quotes),
		cmocka_unit_test(split__comments_are_not_run),
		cmocka_unit_test(split__bodies_of_routines_are_one),
		cmocka_unit_test(split__lines_and_columns),
		cmocka_unit_test(split__markers),
		cmocka_unit_test(split__reserved_names_are_refused),
		cmocka_unit_test(split__what_is_taken),
	};

	return cmocka_run_group_tests(tests, open_arena, close_arena);
}
