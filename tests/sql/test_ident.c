/* tests/sql/test_ident.c - names from outside as identifiers */
#include "tests/lib/unit.h"

#include "sql/ident.h"

static const char *
quoted(const struct dialect *d, struct span name, struct arena *mem)
{
	struct buf b;

	buf_init(&b, mem);
	put_ident(d, name, &b);
	return buf_z(&b);
}

/* no name ends its own quotes */
static void
ident__doubles_the_quote_that_would_end_it(void **state)
{
	struct arena *mem = arena_open(0);

	(void)state;
	assert_string_equal(quoted(&dialect_sqlite, SPAN("a\"b; DROP"), mem), "\"a\"\"b; DROP\"");
	assert_string_equal(quoted(&dialect_postgresql, SPAN("a\"\"b`"), mem), "\"a\"\"\"\"b`\"");
	assert_string_equal(quoted(&dialect_mariadb, SPAN("a`b\"--"), mem), "`a``b\"--`");
	arena_close(&mem);
}

static void
ident__is_refused_when_the_engine_would_change_it(void **state)
{
	char name[65];

	(void)state;
	memset(name, 'n', sizeof(name));
	assert_true(ident_fits(&dialect_postgresql, (struct span){ name, 63 }));
	assert_false(ident_fits(&dialect_postgresql, (struct span){ name, 64 }));
	assert_true(ident_fits(&dialect_mariadb, (struct span){ name, 64 }));
	assert_false(ident_fits(&dialect_mariadb, (struct span){ name, 65 }));
	assert_true(ident_fits(&dialect_sqlite, (struct span){ name, 65 }));
	assert_false(ident_fits(&dialect_sqlite, (struct span){ "", 0 }));
	assert_false(ident_fits(&dialect_sqlite, (struct span){ "a\0b", 3 }));
	assert_false(ident_fits(&dialect_sqlite, SPAN("\xff")));
}

static void
ident__has_its_schema_where_there_are_some(void **state)
{
	struct arena *mem = arena_open(0);
	struct buf b;

	(void)state;
	buf_init(&b, mem);
	put_qualified(&dialect_postgresql, SPAN("hr"), SPAN("emp"), &b);
	put_qualified(&dialect_sqlite, SPAN("hr"), SPAN("emp"), &b);
	assert_string_equal(buf_z(&b), "\"hr\".\"emp\"\"emp\"");
	arena_close(&mem);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ident__doubles_the_quote_that_would_end_it),
		cmocka_unit_test(ident__is_refused_when_the_engine_would_change_it),
		cmocka_unit_test(ident__has_its_schema_where_there_are_some),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
