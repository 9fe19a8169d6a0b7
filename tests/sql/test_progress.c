/* tests/sql/test_progress.c - how far an import has come, and who may say so */
#include "tests/sql/storedb.h"

#include "sql/progress.h"

/* the epoch decides in the very transaction */
static void
progress__belongs_to_the_last_epoch(void **state)
{
	struct storedb s;
	const struct progress_job first = { "j1", 1 }, second = { "j1", 2 }, other = { "j2", 1 };
	struct progress p = { .table_id = 3, .state = "loading", .done = 10 }, *list;
	size_t n;

	(void)state;
	storedb_open(&s);
	MUST(&s.t, db_begin(s.t.db, TX_WRITE, &s.t.e));
	MUST(&s.t, progress_take(s.t.db, &first, s.t.mem, &list, &n, &s.t.e));
	assert_int_equal(n, 0);
	MUST(&s.t, progress_add(s.t.db, &first, &p, &s.t.e) && progress_add(s.t.db, &other, &p, &s.t.e));
	p.done = 20;
	MUST(&s.t, progress_set(s.t.db, &first, &p, &s.t.e));
	MUST(&s.t, progress_take(s.t.db, &second, s.t.mem, &list, &n, &s.t.e));
	assert_int_equal(n, 1);
	assert_int_equal(list[0].done, 20);
	assert_string_equal(list[0].state, "loading");
	assert_false(progress_set(s.t.db, &first, &p, &s.t.e));
	assert_int_equal(s.t.e.kind, ERR_OVERTAKEN);
	assert_false(progress_take(s.t.db, &first, s.t.mem, &list, &n, &s.t.e));
	assert_int_equal(s.t.e.kind, ERR_OVERTAKEN);
	MUST(&s.t, progress_set(s.t.db, &second, &p, &s.t.e) && progress_drop(s.t.db, &second, &s.t.e));
	MUST(&s.t, db_commit(s.t.db, &s.t.e));
	assert_int_equal(testdb_number(&s.t, "SELECT count(*) FROM ords_import_progress"), 1);
	storedb_close(&s);
}

/* a server that went down may have lost the last batches, and their rows here with them */
static void
progress__goes_on_only_from_where_it_was(void **state)
{
	struct storedb s;
	const struct progress_job who = { "j1", 1 }, overtaken = { "j1", 0 };
	struct progress p = { .table_id = 3, .state = "loading", .done = 10 };

	(void)state;
	storedb_open(&s);
	MUST(&s.t, db_begin(s.t.db, TX_WRITE, &s.t.e) && progress_add(s.t.db, &who, &p, &s.t.e));
	p.done = 20;
	MUST(&s.t, progress_advance(s.t.db, &who, &p, 10, true, &s.t.e));
	p.done = 30;
	assert_false(progress_advance(s.t.db, &who, &p, 25, true, &s.t.e));
	assert_int_equal(s.t.e.kind, ERR_CONN_LOST);
	assert_false(progress_advance(s.t.db, &overtaken, &p, 20, false, &s.t.e));
	assert_int_equal(s.t.e.kind, ERR_OVERTAKEN);
	MUST(&s.t, progress_advance(s.t.db, &who, &p, 20, false, &s.t.e) && db_commit(s.t.db, &s.t.e));
	assert_int_equal(testdb_number(&s.t, "SELECT done FROM ords_import_progress"), 30);
	storedb_close(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(progress__goes_on_only_from_where_it_was),
		cmocka_unit_test(progress__belongs_to_the_last_epoch),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
