/* tests/sql/test_snapshot.c - several connections to one file that see one state of it */
#include "tests/sql/testdb.h"

#include "sql/odbc.h"
#include "sql/snapshot.h"

enum { N_OTHERS = 3 };

struct world {
	struct testdb t;		/* its connection writes */
	struct db *leader, *others[N_OTHERS], *holder;
};

static void
world_open(struct world *w, const char *journal_mode)
{
	memset(w, 0, sizeof(*w));
	testdb_folder(&w->t);
	w->t.set.db_journal_mode = journal_mode;
	close(open(w->t.path, O_CREAT | O_WRONLY, 0600));
	assert_true(db_open(&w->t.pool, &w->t.db, &w->t.e));
	testdb_do(&w->t, "CREATE TABLE n(v INTEGER)");
	testdb_do(&w->t, "INSERT INTO n VALUES (1)");
	assert_true(db_open_job(&w->t.pool, &w->leader, &w->t.e));
	for (int i = 0; i < N_OTHERS; i++)
		assert_true(db_open_job(&w->t.pool, &w->others[i], &w->t.e));
}

static void
world_close(struct world *w)
{
	db_close(&w->holder);
	db_close(&w->leader);
	for (int i = 0; i < N_OTHERS; i++)
		db_close(&w->others[i]);
	testdb_close(&w->t);
}

static bool
hold(struct world *w)
{
	return snapshot_hold(&w->t.pool, NULL, 0, false, &w->holder, &w->t.e);
}

static bool
join(struct world *w)
{
	return db_begin(w->leader, TX_READ, &w->t.e) && snapshot_join(w->leader, w->others, N_OTHERS, &w->t.e);
}

static void
must_see(struct world *w, struct db *db, const char *value)
{
	char word[24];

	if (!stmt_value(db, "SELECT sum(v) FROM n", word, sizeof(word), &w->t.e))
		fail_msg("%s (%s)", w->t.e.text, w->t.e.detail);
	assert_string_equal(word, value);
}

/* what is committed behind the hold is seen by nobody, before anything of theirs was read */
static void
snapshot__is_of_the_moment_at_which_it_was_held(void **state)
{
	struct world w;

	(void)state;
	world_open(&w, "WAL");
	assert_int_equal(snapshot_way(w.leader), SNAPSHOT_HELD);
	assert_true(hold(&w));
	assert_true(join(&w));
	snapshot_release(&w.holder);
	assert_null(w.holder);
	testdb_do(&w.t, "UPDATE n SET v = 2");
	must_see(&w, w.leader, "1");
	for (int i = 0; i < N_OTHERS; i++)
		must_see(&w, w.others[i], "1");
	must_see(&w, w.t.db, "2");
	world_close(&w);
}

/* no writer of ours comes between, and none of another program */
static void
snapshot__keeps_writers_away(void **state)
{
	struct world w;
	struct db *writer;

	(void)state;
	world_open(&w, "WAL");
	assert_true(db_open(&w.t.pool, &writer, &w.t.e));
	assert_true(hold(&w));
	assert_false(turn_try(writer));
	assert_true(w.holder->in_tx && w.holder->tx == TX_WRITE);
	snapshot_release(&w.holder);
	assert_true(turn_try(writer));
	turn_give(writer);
	db_close(&writer);
	world_close(&w);
}

/* there readers would keep writers waiting, and those the holder */
static void
snapshot__is_not_shared_beside_a_rollback_journal(void **state)
{
	struct world w;

	(void)state;
	world_open(&w, "DELETE");
	assert_false(hold(&w));
	assert_int_equal(w.t.e.kind, ERR_NOT_AVAILABLE);
	assert_non_null(strstr(w.t.e.text, "rollback journal"));
	assert_null(w.holder);
	world_close(&w);
}

/* F-17: a file that took the place of the other one is not read beside it */
static void
snapshot__is_of_one_file(void **state)
{
	struct world w;
	char command[512];

	(void)state;
	world_open(&w, "WAL");
	testdb_do(&w.t, "PRAGMA wal_checkpoint(TRUNCATE)");
	db_close(&w.others[1]);
	snprintf(command, sizeof(command), "cp '%s' '%s.new' && mv '%s.new' '%s'", w.t.path, w.t.path, w.t.path, w.t.path);
	assert_int_equal(system(command), 0);
	assert_true(db_open_job(&w.t.pool, &w.others[1], &w.t.e));
	assert_false(join(&w));
	assert_int_equal(w.t.e.kind, ERR_UNAVAILABLE);
	assert_non_null(strstr(w.t.e.text, "replaced"));
	world_close(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(snapshot__is_of_the_moment_at_which_it_was_held),
		cmocka_unit_test(snapshot__keeps_writers_away),
		cmocka_unit_test(snapshot__is_not_shared_beside_a_rollback_journal),
		cmocka_unit_test(snapshot__is_of_one_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
