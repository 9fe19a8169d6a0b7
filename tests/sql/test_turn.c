/* sql/turn.c: writers of SQLite come one after the other, in the order in which they came */
#include "sql/odbc.h"
#include "tests/sql/testdb.h"

#include <pthread.h>
#include <stdatomic.h>
#include <time.h>

enum { WRITERS = 6, NEXT_TICKET = 64, CALLED_TICKET = 68 };		/* where they stand in the file of the turn */

struct writer {
	struct testdb *t;
	struct db *db;
	pthread_t thread;
	atomic_int *n_done;
	int place;			/* in the order of commits */
};

static unsigned
tickets(const struct testdb *t)
{
	char name[128];
	unsigned next = 0;
	int fd;

	snprintf(name, sizeof(name), "%s-turn", t->path);
	fd = open(name, O_RDONLY);
	if (fd >= 0) {
		assert_int_equal(pread(fd, &next, sizeof(next), NEXT_TICKET), sizeof(next));
		close(fd);
	}
	return next;
}

static void
set_ticket(const struct testdb *t, off_t at, unsigned ticket)
{
	char name[128];
	int fd;

	snprintf(name, sizeof(name), "%s-turn", t->path);
	fd = open(name, O_WRONLY);
	assert_true(fd >= 0);
	assert_int_equal(pwrite(fd, &ticket, sizeof(ticket), at), sizeof(ticket));
	close(fd);
}

static void *
write_once(void *arg)
{
	struct writer *w = arg;
	struct err e = { 0 };

	if (db_begin(w->db, TX_WRITE, &e)) {
		w->place = atomic_fetch_add(w->n_done, 1);
		db_commit(w->db, &e);
	}
	return NULL;
}

/* a deadline, not a duration: the state comes or the test fails */
static void
wait_for_tickets(const struct testdb *t, unsigned n)
{
	for (int i = 0; i < 5000 && tickets(t) != n; i++)
		nanosleep(&(struct timespec){ .tv_nsec = 1000000 }, NULL);
	assert_int_equal(tickets(t), n);
}

/* in the order in which they came, whatever the scheduler does */
static void
turn__first_come_first_served(void **state)
{
	struct writer w[WRITERS];
	atomic_int n_done = 0;
	struct testdb t;
	unsigned n;

	(void)state;
	testdb_open(&t);
	assert_true(db_begin(t.db, TX_WRITE, &t.e));
	n = tickets(&t);
	for (int i = 0; i < WRITERS; i++) {
		w[i] = (struct writer){ .t = &t, .n_done = &n_done, .place = -1 };
		assert_true(db_open(&t.pool, &w[i].db, &t.e));
		assert_int_equal(pthread_create(&w[i].thread, NULL, write_once, &w[i]), 0);
		wait_for_tickets(&t, n + (unsigned)i + 1);
	}
	assert_int_equal(atomic_load(&n_done), 0);
	assert_true(db_commit(t.db, &t.e));
	for (int i = 0; i < WRITERS; i++) {
		assert_int_equal(pthread_join(w[i].thread, NULL), 0);
		assert_int_equal(w[i].place, i);
		db_close(&w[i].db);
	}
	testdb_close(&t);
}

/* tickets whose holders are gone hold nobody up */
static void
turn__lost_tickets_are_passed_over(void **state)
{
	struct testdb t;

	(void)state;
	testdb_open(&t);
	for (int i = 0; i < 3; i++) {
		assert_true(db_begin(t.db, TX_WRITE, &t.e));
		assert_true(db_commit(t.db, &t.e));
		set_ticket(&t, NEXT_TICKET, tickets(&t) + 5);
	}
	assert_true(db_begin(t.db, TX_WRITE, &t.e));
	assert_true(db_commit(t.db, &t.e));
	testdb_close(&t);
}

/* who gives the turn late, when the impatient have come further, calls nobody back */
static void
turn__goes_forward_only(void **state)
{
	struct testdb t;

	(void)state;
	testdb_open(&t);
	assert_true(db_begin(t.db, TX_WRITE, &t.e));
	set_ticket(&t, NEXT_TICKET, 7);
	set_ticket(&t, CALLED_TICKET, 7);
	assert_true(db_commit(t.db, &t.e));
	assert_false(turn_is_wanted(t.db));
	assert_true(db_begin(t.db, TX_WRITE, &t.e));
	assert_true(turn_is_wanted(t.db));
	assert_true(db_commit(t.db, &t.e));
	assert_false(turn_is_wanted(t.db));
	testdb_close(&t);
}

/* the file is removed while it is in use: the next writer makes another */
static void
turn__file_can_be_removed(void **state)
{
	struct testdb t;
	char name[128];

	(void)state;
	testdb_open(&t);
	assert_true(db_begin(t.db, TX_WRITE, &t.e));
	snprintf(name, sizeof(name), "%s-turn", t.path);
	assert_int_equal(unlink(name), 0);
	assert_true(db_commit(t.db, &t.e));
	assert_true(db_begin(t.db, TX_WRITE, &t.e));
	assert_int_equal(tickets(&t), 1);
	assert_true(db_commit(t.db, &t.e));
	testdb_close(&t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(turn__first_come_first_served),
		cmocka_unit_test(turn__lost_tickets_are_passed_over),
		cmocka_unit_test(turn__goes_forward_only),
		cmocka_unit_test(turn__file_can_be_removed),
	};

	return cmocka_run_group_tests_name("sql/turn", tests, NULL, NULL);
}
