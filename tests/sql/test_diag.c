/* tests/sql/test_diag.c - what a driver's complaint means, and what of it may be logged */
#include "tests/sql/testdb.h"

#include "sql/odbc.h"

static enum err_kind
sqlite(int native, const char *text)
{
	return diag_classify(&dialect_sqlite, native, "HY000", text);
}

/* D-01: every row of the table of classes, by native code; SQLSTATE is HY000 throughout */
static void
diag__sqlite_codes(void **state)
{
	(void)state;
	assert_int_equal(sqlite(19, "[SQLite]UNIQUE constraint failed: soda_c_3.id (19)"), ERR_DUPLICATE_KEY);
	assert_int_equal(sqlite(19, "[SQLite]NOT NULL constraint failed: t.v (19)"), ERR_CONSTRAINT);
	assert_int_equal(sqlite(5, "database is locked"), ERR_BUSY);
	assert_int_equal(sqlite(9, "interrupted"), ERR_TIMEOUT);
	assert_int_equal(sqlite(7, ""), ERR_NO_RESOURCES);
	assert_int_equal(sqlite(13, ""), ERR_STORAGE_FULL);
	assert_int_equal(sqlite(8, ""), ERR_DB_READ_ONLY);
	assert_int_equal(sqlite(14, ""), ERR_DB_READ_ONLY);
	assert_int_equal(sqlite(11, ""), ERR_DAMAGED);
	assert_int_equal(sqlite(26, ""), ERR_DAMAGED);
	assert_int_equal(sqlite(18, ""), ERR_TOO_LARGE);
	assert_int_equal(sqlite(25, ""), ERR_BAD_REQUEST);
	assert_int_equal(sqlite(23, ""), ERR_DB_FORBIDDEN);
	assert_int_equal(sqlite(1, "no such table: x"), ERR_DB_FAULT);
	assert_int_equal(sqlite(1, "[SQLite]no such table: soda_c_2 (1)"), ERR_BUSY);
	assert_int_equal(sqlite(4711, ""), ERR_DB_FAULT);
}

/* D-15: names may stay, values may not */
static void
diag__values_are_removed(void **state)
{
	static const char *const cases[][2] = {
		{ "UNIQUE constraint failed: soda_c_3.id (19)", "UNIQUE constraint failed: soda_c_3.id (19)" },
		{ "Duplicate entry 'secret' for key", "Duplicate entry '?' for key" },
		{ "near \"secret\": syntax error", "near \"?\": syntax error" },
		{ "Duplicate entry 'it's secret' for key 'id'", "Duplicate entry '?'" },
		{ "open 'secret", "open '" },
		{ "violates unique constraint\nDETAIL: Key (id)=(secret) exists", "violates unique constraint" },
		{ "violates; DETAIL: Key (id)=(secret)", "violates; " },
		{ "", "" },
		{ "'", "'" },
		{ "''", "''" },
		{ "''''", "'?'" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		char text[128];

		snprintf(text, sizeof(text), "%s", cases[i][0]);
		diag_scrub(text);
		assert_string_equal(text, cases[i][1]);
	}
}

/* D-02, D-15: the driver's words reach the log only, and without the value */
static void
diag__a_duplicate_is_named_without_its_value(void **state)
{
	struct testdb t;
	struct bind id = BIND_T(SPAN("secret-key"));
	struct query q = { .text = SPAN("INSERT INTO t (id) VALUES (?)"), .n_binds = 1, .binds = &id };

	(void)state;
	testdb_open(&t);
	testdb_do(&t, "CREATE TABLE t (id TEXT NOT NULL PRIMARY KEY)");
	assert_true(stmt_exec(t.db, &q, NULL, &t.e));
	assert_false(stmt_exec(t.db, &q, NULL, &t.e));
	assert_int_equal(t.e.kind, ERR_DUPLICATE_KEY);
	assert_string_equal(t.e.text, err_title(ERR_DUPLICATE_KEY));
	assert_non_null(strstr(t.e.detail, "HY000/19"));
	assert_null(strstr(t.e.detail, "secret"));
	assert_true(stmt_exec(t.db, &(struct query){ .text = SPAN("INSERT INTO t (id) VALUES (?)"), .n_binds = 1, .binds = &BIND_T(SPAN("other")) }, NULL,
	    &t.e));	/* the connection lives */
	testdb_close(&t);
}

/* D-02: a code that nobody knows costs the connection, and nothing else */
static void
diag__an_unknown_code_ends_the_connection(void **state)
{
	struct testdb t;
	struct err e;

	(void)state;
	testdb_open(&t);
	assert_false(stmt_direct(t.db, "SELEC", &t.e));
	assert_int_equal(t.e.kind, ERR_DB_FAULT);
	assert_false(stmt_direct(t.db, "SELECT 1", &e));
	assert_int_equal(e.kind, ERR_CONN_LOST);
	assert_true(db_ready(t.db, &e));
	assert_int_equal(testdb_number(&t, "SELECT 1"), 1);
	testdb_close(&t);
}

/* F-12 */
static void
diag__storage_full(void **state)
{
	struct testdb t;

	(void)state;
	testdb_open(&t);
	testdb_do(&t, "CREATE TABLE t (v BLOB)");
	testdb_number(&t, "PRAGMA max_page_count=4");
	assert_true(db_begin(t.db, TX_WRITE, &t.e));
	assert_false(stmt_direct(t.db, "INSERT INTO t VALUES (zeroblob(100000))", &t.e));
	assert_int_equal(t.e.kind, ERR_STORAGE_FULL);
	db_rollback(t.db);
	assert_true(db_ready(t.db, &t.e));
	assert_int_equal(testdb_number(&t, "SELECT count(*) FROM t"), 0);
	testdb_close(&t);
}

/* F-15: reads are served, writes are told why not */
static void
diag__read_only(void **state)
{
	struct testdb t;

	(void)state;
	testdb_open(&t);
	testdb_do(&t, "CREATE TABLE t (id INTEGER)");
	testdb_do(&t, "PRAGMA query_only=ON");
	assert_false(stmt_direct(t.db, "INSERT INTO t VALUES (1)", &t.e));
	assert_int_equal(t.e.kind, ERR_DB_READ_ONLY);
	assert_int_equal(testdb_number(&t, "SELECT count(*) FROM t"), 0);
	testdb_close(&t);
}

/* what an interruption broke is a matter of time, unless something may be stored; the connection is given up either way */
static void
diag__what_an_interruption_broke(void **state)
{
	static const struct {
		bool cancelled, is_storing;
		enum err_kind kind;
	} cases[] = { { false, false, ERR_DB_FAULT }, { true, false, ERR_TIMEOUT }, { true, true, ERR_DB_FAULT } };

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct db db = { .in_tx = true, .is_storing = cases[i].is_storing };
		struct err e = { 0 };

		atomic_store(&db.cancelled, cases[i].cancelled);
		assert_false(diag_broken(&db, "a SELECT without columns", &e));
		assert_int_equal(e.kind, cases[i].kind);
		assert_true(db.lost && db.poisoned);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(diag__sqlite_codes),
		cmocka_unit_test(diag__values_are_removed),
		cmocka_unit_test(diag__what_an_interruption_broke),
		cmocka_unit_test(diag__a_duplicate_is_named_without_its_value),
		cmocka_unit_test(diag__an_unknown_code_ends_the_connection),
		cmocka_unit_test(diag__storage_full),
		cmocka_unit_test(diag__read_only),
	};

	return cmocka_run_group_tests_name("diag", tests, NULL, NULL);
}
