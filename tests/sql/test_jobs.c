/* tests/sql/test_jobs.c - the job store: who may work on a job, and who was overtaken */
#include "tests/sql/storedb.h"

#include "sql/jobs.h"

#include <sys/stat.h>
#include <sys/wait.h>

enum { LONG_MS = 3600000, NOW_MS = 1 };

static struct jobs *
open_store(struct testdb *t)
{
	struct jobs *j;

	testdb_open(t);
	MUST(t, jobs_open(&t->pool, NULL, &j, &t->e));
	return j;
}

static struct job_row
a_job(const char *name)
{
	return (struct job_row){ .owner = SPAN("HR"), .name = span_of(name), .operation = SPAN("EXPORT"), .mode = SPAN("SCHEMA"),
		.schema = SPAN("hr"), .spec = SPAN("{}"), .state = JOB_EXECUTING, .keep = true, .threads = 1, .created_us = 1000 };
}

static struct job_row *
look(struct testdb *t, struct jobs *j, int64_t id)
{
	struct job_row *row;

	MUST(t, jobs_get(j, id, t->mem, &row, &t->e));
	return row;
}

/* a claim whose lease is over at once */
static struct job_row *
claim(struct testdb *t, struct jobs *j, int64_t id, int64_t lease_ms)
{
	struct job_row *row;

	MUST(t, jobs_claim(j, id, lease_ms, t->mem, &row, &t->e));
	if (row != NULL && lease_ms == NOW_MS)
		usleep(5000);
	return row;
}

/* The file beside the database is made on demand, private, and holds what was made. */
static void
jobs__file_is_made_on_demand(void **state)
{
	struct testdb t;
	struct jobs *j = open_store(&t);
	const char *report;
	char path[128];
	struct stat st;

	(void)state;
	snprintf(path, sizeof(path), "%s-jobs", t.path);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	MUST(&t, jobs_check(&t.pool, t.mem, &report, &t.e));
	assert_string_equal(report, "");
	jobs_close(&j);
	MUST(&t, jobs_uninstall(&t.pool, &t.e));
	assert_int_not_equal(stat(path, &st), 0);
	MUST(&t, jobs_uninstall(&t.pool, &t.e));
	MUST(&t, jobs_check(&t.pool, t.mem, &report, &t.e));
	testdb_close(&t);
}

static void
jobs__name_is_taken_once(void **state)
{
	struct testdb t;
	struct jobs *j = open_store(&t);
	struct job_row row = a_job("A"), again = a_job("A"), *found;
	size_t n;

	(void)state;
	MUST(&t, jobs_insert(j, &row, LONG_MS, &t.e));
	assert_false(jobs_insert(j, &again, LONG_MS, &t.e));
	assert_int_equal(t.e.kind, ERR_JOB_EXISTS);
	err_clear(&t.e);
	again.owner = SPAN("SCOTT");
	again.created_us = 2000;
	MUST(&t, jobs_insert(j, &again, LONG_MS, &t.e));
	MUST(&t, jobs_list(j, (struct span){ NULL, 0 }, NULL, 10, 0, t.mem, &found, &n, &t.e));
	assert_int_equal(n, 2);
	assert_int_equal(found[0].id, again.id);		/* newest first */
	MUST(&t, jobs_list(j, SPAN("HR"), NULL, 10, 0, t.mem, &found, &n, &t.e));
	assert_int_equal(n, 1);
	MUST(&t, jobs_find(j, SPAN("HR"), SPAN("A"), t.mem, &found, &t.e));
	assert_int_equal(found->id, row.id);
	assert_true(found->is_alive && found->is_waiting);
	assert_int_equal(found->progress.percent, -1);
	MUST(&t, jobs_find(j, SPAN("HR"), SPAN("B"), t.mem, &found, &t.e));
	assert_null(found);
	jobs_close(&j);
	testdb_close(&t);
}

/* whatever an overtaken runner writes changes nothing */
static void
jobs__overtaken_runner_changes_nothing(void **state)
{
	struct testdb t;
	struct jobs *j = open_store(&t);
	struct job_row row = a_job("A"), *first, *second;
	const struct job_progress p = { .rows_done = 5 };
	const struct job_file f = { .kind = JOB_FILE_DUMP, .number = 1, .directory = SPAN("D"), .name = SPAN("X.DMP") };
	enum job_order order;
	struct span log;

	(void)state;
	MUST(&t, jobs_insert(j, &row, LONG_MS, &t.e));
	first = claim(&t, j, row.id, NOW_MS);
	assert_int_equal(first->epoch, 1);
	second = claim(&t, j, row.id, LONG_MS);
	assert_int_equal(second->epoch, 2);
	assert_int_equal(second->previous_epoch, 1);
	assert_null(claim(&t, j, row.id, LONG_MS));
#define REFUSED(call) do { \
		assert_false(call); \
		assert_int_equal(t.e.kind, ERR_OVERTAKEN); \
		err_clear(&t.e); \
	} while (0)
	REFUSED(jobs_renew(j, row.id, 1, LONG_MS, &t.e));
	REFUSED(jobs_orders(j, row.id, 1, &order, &t.e));
	REFUSED(jobs_move(j, row.id, 1, JOB_EXECUTING, JOB_COMPLETING, SPAN(""), &t.e));
	REFUSED(jobs_tell(j, row.id, 1, &p, &t.e));
	REFUSED(jobs_log(j, row.id, 1, SPAN("old"), &t.e));
	REFUSED(jobs_add_file(j, row.id, 1, &f, &t.e));
	REFUSED(jobs_add_error(j, row.id, 1, &t.e));
	REFUSED(jobs_drop(j, row.id, 1, &t.e));
	MUST(&t, jobs_log(j, row.id, 2, SPAN("new"), &t.e) && jobs_add_file(j, row.id, 2, &f, &t.e));
	MUST(&t, jobs_read_log(j, row.id, t.mem, &log, &t.e));
	assert_true(span_is(log, "new\n"));
	assert_int_equal(look(&t, j, row.id)->progress.rows_done, 0);
	jobs_close(&j);
	testdb_close(&t);
}

/* of many starters one wins */
static void
jobs__one_of_ten_starters_wins(void **state)
{
	struct testdb t;
	struct jobs *j = open_store(&t);
	struct job_row row = a_job("A");
	int n_won = 0;

	(void)state;
	MUST(&t, jobs_insert(j, &row, LONG_MS, &t.e));
	jobs_close(&j);
	db_close(&t.db);			/* SQLite's handles do not survive fork() */
	for (int i = 0; i < 10; i++) {
		if (fork() == 0) {
			struct err e = { 0 };
			struct arena *mem = arena_open(0);
			struct job_row *mine = NULL;
			bool ok = jobs_open(&t.pool, NULL, &j, &e) && jobs_claim(j, row.id, LONG_MS, mem, &mine, &e);

			_exit(!ok ? 2 : mine != NULL);
		}
	}
	for (int i = 0; i < 10; i++) {
		int status = 0;

		assert_true(wait(&status) > 0 && WIFEXITED(status));
		assert_int_not_equal(WEXITSTATUS(status), 2);
		n_won += WEXITSTATUS(status);
	}
	assert_int_equal(n_won, 1);
	testdb_close(&t);
}

/* runners that die without getting further are counted; one that got further starts the count again */
static void
jobs__fruitless_runners_are_counted(void **state)
{
	struct testdb t;
	struct jobs *j = open_store(&t);
	struct job_row row = a_job("A");
	const struct job_progress p = { .rows_done = 5 };

	(void)state;
	MUST(&t, jobs_insert(j, &row, LONG_MS, &t.e));
	assert_int_equal(claim(&t, j, row.id, NOW_MS)->n_fruitless, 0);
	assert_int_equal(claim(&t, j, row.id, NOW_MS)->n_fruitless, 1);
	MUST(&t, jobs_tell(j, row.id, 2, &p, &t.e));
	assert_int_equal(claim(&t, j, row.id, NOW_MS)->n_fruitless, 0);
	assert_int_equal(claim(&t, j, row.id, NOW_MS)->n_fruitless, 1);
	assert_int_equal(claim(&t, j, row.id, NOW_MS)->n_fruitless, 2);
	MUST(&t, jobs_order(j, look(&t, j, row.id), JOB_STOP, &t.e));
	MUST(&t, jobs_restart(j, look(&t, j, row.id), JOB_EXECUTING, LONG_MS, &t.e));
	assert_int_equal(claim(&t, j, row.id, LONG_MS)->n_fruitless, 0);
	jobs_close(&j);
	testdb_close(&t);
}

static void
jobs__orders_reach_the_runner(void **state)
{
	struct testdb t;
	struct jobs *j = open_store(&t);
	struct job_row row = a_job("A"), *now;
	enum job_order order;

	(void)state;
	MUST(&t, jobs_insert(j, &row, LONG_MS, &t.e));
	claim(&t, j, row.id, LONG_MS);
	MUST(&t, jobs_order(j, look(&t, j, row.id), JOB_STOP, &t.e));
	assert_int_equal(look(&t, j, row.id)->state, JOB_STOP_PENDING);
	MUST(&t, jobs_renew(j, row.id, 1, LONG_MS, &t.e) && jobs_orders(j, row.id, 1, &order, &t.e));
	assert_int_equal(order, JOB_STOP);
	assert_false(jobs_drop(j, row.id, -1, &t.e));
	assert_int_equal(t.e.kind, ERR_JOB_STATE);
	err_clear(&t.e);
	MUST(&t, jobs_move(j, row.id, 1, JOB_STOP_PENDING, JOB_STOPPED, SPAN("asked"), &t.e));
	now = look(&t, j, row.id);
	assert_false(now->is_alive);
	assert_true(span_is(now->message, "asked"));
	assert_null(claim(&t, j, row.id, LONG_MS));
	MUST(&t, jobs_restart(j, now, JOB_DEFINING, 0, &t.e));
	assert_int_equal(claim(&t, j, row.id, LONG_MS)->order, JOB_GO_ON);
	MUST(&t, jobs_move(j, row.id, 3, JOB_EXECUTING, JOB_COMPLETING, SPAN(""), &t.e));
	MUST(&t, jobs_move(j, row.id, 3, JOB_COMPLETING, JOB_COMPLETED, SPAN(""), &t.e));
	assert_false(jobs_restart(j, look(&t, j, row.id), JOB_EXECUTING, LONG_MS, &t.e));
	assert_int_equal(t.e.kind, ERR_JOB_STATE);
	assert_non_null(strstr(t.e.text, "COMPLETED"));
	err_clear(&t.e);
	assert_false(jobs_threads(j, look(&t, j, row.id), 2, &t.e));
	err_clear(&t.e);
	MUST(&t, jobs_drop(j, row.id, -1, &t.e));
	assert_null(look(&t, j, row.id));
	jobs_close(&j);
	testdb_close(&t);
}

/* what may be taken over, and R-30: a lease of another boot is over, whatever its number */
static void
jobs__due_are_those_without_a_runner(void **state)
{
	struct testdb t;
	struct jobs *j = open_store(&t);
	struct job_row row = a_job("A"), other = a_job("B"), late = a_job("C");
	int64_t *ids, alive;
	size_t n;

	(void)state;
	MUST(&t, jobs_insert(j, &row, LONG_MS, &t.e) && jobs_insert(j, &other, LONG_MS, &t.e));
	MUST(&t, jobs_count_alive(j, &alive, &t.e));
	assert_int_equal(alive, 2);
	MUST(&t, jobs_due(j, t.mem, &ids, &n, &t.e));
	assert_int_equal(n, 0);					/* their runners are on the way */
	late.state = JOB_DEFINING;
	MUST(&t, jobs_insert(j, &late, 0, &t.e) && jobs_due(j, t.mem, &ids, &n, &t.e));
	assert_int_equal(n, 1);
	assert_int_equal(ids[0], late.id);
	MUST(&t, jobs_drop(j, late.id, claim(&t, j, late.id, LONG_MS)->epoch, &t.e));
	claim(&t, j, row.id, LONG_MS);
	claim(&t, j, other.id, NOW_MS);
	MUST(&t, jobs_due(j, t.mem, &ids, &n, &t.e));
	assert_int_equal(n, 1);
	assert_int_equal(ids[0], other.id);
	MUST(&t, jobs_count_alive(j, &alive, &t.e));
	assert_int_equal(alive, 1);
	jobs_close(&j);
	testdb_close(&t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(jobs__file_is_made_on_demand), cmocka_unit_test(jobs__name_is_taken_once),
		cmocka_unit_test(jobs__overtaken_runner_changes_nothing), cmocka_unit_test(jobs__one_of_ten_starters_wins),
		cmocka_unit_test(jobs__fruitless_runners_are_counted), cmocka_unit_test(jobs__orders_reach_the_runner),
		cmocka_unit_test(jobs__due_are_those_without_a_runner),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
