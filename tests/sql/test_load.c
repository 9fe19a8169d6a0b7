/* tests/sql/test_load.c - many rows into one table */
#include "tests/sql/testdb.h"

#include "sql/load.h"

static const struct column columns[] = {
	{ .name = SPAN("id"), .type = ABS_INT64 }, { .name = SPAN("v"), .type = ABS_TEXT, .nullable = true },
};
static const struct column *const both[] = { &columns[0], &columns[1] };
static const struct table table = { .name = SPAN("t"), .n_columns = 2, .columns = columns };

static struct value
value_of(size_t i, struct arena *mem)
{
	char *big;

	switch (i % 6) {
	case 0:
		return (struct value){ .kind = VALUE_NULL };
	case 1:
		return (struct value){ .kind = VALUE_TEXT, .text = span_of(arena_printf(mem, "text %zu", i)) };
	case 2:
		return (struct value){ .kind = VALUE_REAL, .real = 0.1 };
	case 3:
		return (struct value){ .kind = VALUE_BLOB, .text = { "a\0b", 3 } };
	case 4:
		big = arena_alloc(mem, 3000);
		memset(big, 'x', 3000);
		return (struct value){ .kind = VALUE_TEXT, .text = { big, 1000 + i % 2000 } };
	default:
		return (struct value){ .kind = VALUE_INT, .number = INT64_MAX };
	}
}

/* kinds and lengths change from row to row in the same places; rounds use the statements again */
static void
load__keeps_every_value(void **state)
{
	struct testdb t;
	struct load *l;

	(void)state;
	testdb_open(&t);
	testdb_do(&t, "CREATE TABLE t (id INTEGER PRIMARY KEY, v)");
	l = load_open(t.db, &table, both, 2, t.mem);
	for (size_t round = 0; round < 3; round++) {
		struct value values[2 * 250];

		for (size_t i = 0; i < 250; i++) {
			values[2 * i] = (struct value){ .kind = VALUE_INT, .number = (int64_t)(round * 250 + i) };
			values[2 * i + 1] = value_of(round * 250 + i + round, t.mem);
		}
		assert_true(db_begin(t.db, TX_WRITE, &t.e) && load_session(t.db, &t.e));
		if (!load_rows(l, values, 250, t.mem, &t.e))
			fail_msg("%s (%s)", t.e.text, t.e.detail);
		assert_true(db_commit(t.db, &t.e));
	}
	load_close(l);
	assert_int_equal(testdb_number(&t, "SELECT count(*) FROM t"), 750);
	assert_int_equal(testdb_number(&t, "SELECT count(*) FROM t WHERE CASE (id + id / 250) % 6 WHEN 0 THEN v IS NULL WHEN 1 THEN v = 'text ' || (id + id / 250)"
	    " WHEN 2 THEN v = 0.1 AND typeof(v) = 'real' WHEN 3 THEN v = x'610062' WHEN 4 THEN v = printf('%.*c', 1000 + (id + id / 250) % 2000, 'x')"
	    " ELSE v = 9223372036854775807 AND typeof(v) = 'integer' END"), 750);
	testdb_close(&t);
}

/* a row that does not fit is told from a database that fails, and nothing of the call is left after the rollback */
static void
load__fails_as_a_whole(void **state)
{
	struct testdb t;
	struct load *l;
	struct value values[2 * 150];

	(void)state;
	testdb_open(&t);
	testdb_do(&t, "CREATE TABLE t (id INTEGER PRIMARY KEY, v CHECK (v < 149))");
	l = load_open(t.db, &table, both, 2, t.mem);
	for (size_t i = 0; i < 150; i++)
		values[2 * i] = values[2 * i + 1] = (struct value){ .kind = VALUE_INT, .number = (int64_t)i };
	assert_true(db_begin(t.db, TX_WRITE, &t.e));
	assert_false(load_rows(l, values, 150, t.mem, &t.e));
	assert_true(load_is_row_fault(&t.e));
	db_rollback(t.db);
	assert_int_equal(testdb_number(&t, "SELECT count(*) FROM t"), 0);
	assert_true(db_begin(t.db, TX_WRITE, &t.e) && load_rows(l, values, 149, t.mem, &t.e) && db_commit(t.db, &t.e));
	assert_int_equal(testdb_number(&t, "SELECT count(*) FROM t"), 149);
	load_close(l);
	testdb_close(&t);
}

static void
note_row(void *arg, size_t row, const struct err *why)
{
	char *seen = arg;

	sprintf(seen + strlen(seen), "%zu %s;", row, err_name(why->kind));
}

/* also when most are refused, and then none any more */
static void
load__leaves_out_what_does_not_fit(void **state)
{
	struct testdb t;
	struct load *l;
	struct value values[2 * 450];
	char seen[8192] = "", expected[8192] = "";

	(void)state;
	testdb_open(&t);
	testdb_do(&t, "CREATE TABLE t (id INTEGER PRIMARY KEY, v CHECK (v <> 7))");
	for (size_t i = 0; i < 450; i++) {
		bool exists = i == 3 || (i >= 100 && i < 290);

		values[2 * i] = values[2 * i + 1] = (struct value){ .kind = VALUE_INT, .number = exists ? 0 : (int64_t)i };
		if (exists || i == 7)
			sprintf(expected + strlen(expected), "%zu %s;", i, exists ? "DUPLICATE_KEY" : "CONSTRAINT");
	}
	l = load_open(t.db, &table, both, 2, t.mem);
	assert_true(db_begin(t.db, TX_WRITE, &t.e));
	if (!load_fitting(l, values, 450, note_row, seen, t.mem, &t.e))
		fail_msg("%s (%s)", t.e.text, t.e.detail);
	assert_true(db_commit(t.db, &t.e));
	assert_string_equal(seen, expected);
	assert_int_equal(testdb_number(&t, "SELECT count(*) FROM t WHERE id = v"), 450 - 192);
	load_close(l);
	testdb_close(&t);
}

/* the sixth of twenty rows is refused, in a way after which nobody may go on in its transaction: nothing stays */
static void
gives_up(const char *ddl, struct value refused_id, struct value refused_v)
{
	struct testdb t;
	struct load *l;
	struct value values[2 * 20];
	char seen[512] = "";

	testdb_open(&t);
	testdb_do(&t, ddl);
	for (size_t i = 0; i < 20; i++)
		values[2 * i] = values[2 * i + 1] = (struct value){ .kind = VALUE_INT, .number = (int64_t)i };
	values[2 * 5] = refused_id;
	values[2 * 5 + 1] = refused_v;
	l = load_open(t.db, &table, both, 2, t.mem);
	assert_true(db_begin(t.db, TX_WRITE, &t.e));
	assert_false(load_fitting(l, values, 20, note_row, seen, t.mem, &t.e));
	assert_int_equal(t.e.kind, ERR_CONSTRAINT);
	db_rollback(t.db);
	load_close(l);
	assert_true(db_ready(t.db, &t.e));
	assert_int_equal(testdb_number(&t, "SELECT count(*) FROM t"), 0);
	testdb_close(&t);
}

static const struct value of_another_row = { .kind = VALUE_INT, .number = 1 };

/* nothing is stored behind the end of the transaction */
static void
load__notices_that_the_transaction_ended(void **state)
{
	(void)state;
	gives_up("CREATE TABLE t (id INTEGER PRIMARY KEY ON CONFLICT ROLLBACK, v)", of_another_row, of_another_row);
}

/* rows before the one that is refused stay in a statement */
static void
load__notices_rows_that_stay(void **state)
{
	(void)state;
	gives_up("CREATE TABLE t (id INTEGER PRIMARY KEY ON CONFLICT FAIL, v)", of_another_row, of_another_row);
	gives_up("CREATE TABLE t (id, v NOT NULL ON CONFLICT FAIL)", of_another_row, (struct value){ .kind = VALUE_NULL });
}

/* how many were new is counted, also by statements that write none */
static void
load__counts_what_is_new(void **state)
{
	struct testdb t;
	struct load *l;
	struct value values[2 * 250];
	size_t n_written = 0;

	(void)state;
	testdb_open(&t);
	testdb_do(&t, "CREATE TABLE t (id INTEGER PRIMARY KEY, v NOT NULL)");
	for (size_t i = 0; i < 250; i++)
		values[2 * i] = values[2 * i + 1] = (struct value){ .kind = VALUE_INT, .number = (int64_t)(i % 120) };
	l = load_open(t.db, &table, both, 2, t.mem);
	assert_true(load_only_new(l, &n_written));
	assert_true(db_begin(t.db, TX_WRITE, &t.e) && load_rows(l, values, 250, t.mem, &t.e));
	assert_int_equal(n_written, 120);
	assert_true(load_rows(l, values, 250, t.mem, &t.e) && db_commit(t.db, &t.e));
	assert_int_equal(n_written, 120);
	values[1].kind = VALUE_NULL;
	values[0].number = 1000;
	assert_true(db_begin(t.db, TX_WRITE, &t.e));
	assert_false(load_rows(l, values, 1, t.mem, &t.e));
	db_rollback(t.db);
	load_close(l);
	testdb_close(&t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(load__keeps_every_value),
		cmocka_unit_test(load__fails_as_a_whole),
		cmocka_unit_test(load__leaves_out_what_does_not_fit),
		cmocka_unit_test(load__notices_that_the_transaction_ended),
		cmocka_unit_test(load__notices_rows_that_stay),
		cmocka_unit_test(load__counts_what_is_new),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
