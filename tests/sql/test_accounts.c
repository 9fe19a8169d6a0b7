/* tests/sql/test_accounts.c - counters of failed logins, and answers kept for retries */
#include "tests/sql/storedb.h"

#include "base/clock.h"
#include "sql/accounts.h"

#define S INT64_C(1000000)
static int64_t now_us;

static int64_t
fake_now(void)
{
	return now_us;
}

static int
setup(void **state)
{
	struct storedb *s = calloc(1, sizeof(*s));

	storedb_open(s);
	now_us = 1000000 * S;
	clock_fake(fake_now);
	*state = s;
	return 0;
}

static int
teardown(void **state)
{
	clock_fake(NULL);
	storedb_close(*state);
	free(*state);
	return 0;
}

static int64_t
failures(struct storedb *s, const char *counter, int64_t *wait_s)
{
	int64_t n;

	MUST(&s->t, throttle_read(s->t.db, span_of(counter), 60000, &n, wait_s, &s->t.e));
	return n;
}

static void
add(struct storedb *s, const char *counter)
{
	MUST(&s->t, throttle_add(s->t.db, span_of(counter), 60000, &s->t.e));
}

static void
throttle__counts_within_the_window(void **state)		/* */
{
	struct storedb *s = *state;
	int64_t wait_s;

	assert_int_equal(failures(s, "a:demo", &wait_s), 0);
	assert_int_equal(wait_s, 0);
	add(s, "a:demo");
	now_us += 10 * S;
	add(s, "a:demo");
	add(s, "p:1.2.3.4");
	assert_int_equal(failures(s, "a:demo", &wait_s), 2);
	assert_int_equal(wait_s, 50);
	assert_int_equal(failures(s, "p:1.2.3.4", &wait_s), 1);
	now_us += 50 * S;
	assert_int_equal(failures(s, "a:demo", &wait_s), 0);
	assert_int_equal(wait_s, 0);
	add(s, "a:demo");
	assert_int_equal(failures(s, "a:demo", &wait_s), 1);
	assert_int_equal(wait_s, 60);
	MUST(&s->t, throttle_clear(s->t.db, SPAN("a:demo"), &s->t.e));
	assert_int_equal(failures(s, "a:demo", &wait_s), 0);
}

static void
throttle__is_shared_by_connections(void **state)
{
	struct storedb *s = *state;
	struct db *other;
	int64_t n, wait_s;

	add(s, "a:demo");
	MUST(&s->t, db_open(&s->t.pool, &other, &s->t.e));
	MUST(&s->t, throttle_read(other, SPAN("a:demo"), 60000, &n, &wait_s, &s->t.e));
	assert_int_equal(n, 1);
	db_close(&other);
}

static void
throttle__keeps_no_old_rows(void **state)
{
	struct storedb *s = *state;

	for (int i = 0; i < 20; i++)
		add(s, arena_printf(s->t.mem, "a:%d", i));
	now_us += 61 * S;
	add(s, "a:last");
	assert_int_equal(testdb_number(&s->t, "SELECT count(*) FROM ords_logins"), 1);
}

static void
throttle__clock_set_back_locks_nobody_for_long(void **state)		/* F-19 */
{
	struct storedb *s = *state;
	int64_t wait_s;

	add(s, "a:demo");
	now_us -= 3600 * S;
	assert_int_equal(failures(s, "a:demo", &wait_s), 0);
	add(s, "a:demo");
	assert_int_equal(failures(s, "a:demo", &wait_s), 1);
	assert_true(wait_s <= 60);
}

/* two workers never look at the clock at once; the one that looked first writes last */
static void
throttle__counts_what_began_a_moment_later(void **state)
{
	struct storedb *s = *state;
	int64_t wait_s;

	add(s, "a:demo");
	now_us -= S;
	add(s, "a:other");
	assert_int_equal(failures(s, "a:demo", &wait_s), 1);
}

/* ---- answers for retries ---- */

static const unsigned char id_1[32] = { 1 }, id_2[32] = { 2 }, body_1[32] = { 11 }, body_2[32] = { 12 };

static void
keep(struct storedb *s, const unsigned char *id)
{
	struct idem_answer a = { .status = 201, .headers = SPAN("etag: x\n"), .body = { "b\0\xff", 3 } };

	storedb_begin(s, TX_WRITE);
	MUST(&s->t, idem_write(s->t.db, id, body_1, &a, &s->t.e));
	storedb_commit(s);
}

static void
idem__same_request_same_answer(void **state)		/* */
{
	struct storedb *s = *state;
	struct idem_answer got;
	bool found;

	MUST(&s->t, idem_read(s->t.db, id_1, body_1, s->t.mem, &got, &found, &s->t.e));
	assert_false(found);
	keep(s, id_1);
	MUST(&s->t, idem_read(s->t.db, id_1, body_1, s->t.mem, &got, &found, &s->t.e));
	assert_true(found);
	assert_int_equal(got.status, 201);
	assert_span(got.headers, "etag: x\n");
	assert_int_equal(got.body.n, 3);
	assert_memory_equal(got.body.p, "b\0\xff", 3);
	MUST(&s->t, idem_read(s->t.db, id_2, body_1, s->t.mem, &got, &found, &s->t.e));
	assert_false(found);
}

static void
idem__other_body_is_refused(void **state)		/* */
{
	struct storedb *s = *state;
	struct idem_answer got;
	bool found;

	keep(s, id_1);
	assert_false(idem_read(s->t.db, id_1, body_2, s->t.mem, &got, &found, &s->t.e));
	assert_int_equal(s->t.e.kind, ERR_IDEM_MISMATCH);
}

static void
idem__second_writer_is_told(void **state)		/* */
{
	struct storedb *s = *state;
	struct idem_answer a = { .status = 200 };

	keep(s, id_1);
	storedb_begin(s, TX_WRITE);
	assert_false(idem_write(s->t.db, id_1, body_1, &a, &s->t.e));
	assert_int_equal(s->t.e.kind, ERR_IDEM_BUSY);
	db_rollback(s->t.db);
}

static void
idem__is_forgotten_after_a_day(void **state)		/* */
{
	struct storedb *s = *state;
	struct idem_answer got;
	bool found;

	keep(s, id_1);
	now_us += 24 * 3600 * S - 1;
	MUST(&s->t, idem_read(s->t.db, id_1, body_2, s->t.mem, &got, &found, &s->t.e) || s->t.e.kind == ERR_IDEM_MISMATCH);
	err_clear(&s->t.e);
	now_us += 1;
	MUST(&s->t, idem_read(s->t.db, id_1, body_2, s->t.mem, &got, &found, &s->t.e));
	assert_false(found);
	keep(s, id_1);		/* the same key may be used anew */
	assert_int_equal(testdb_number(&s->t, "SELECT count(*) FROM ords_idempotency"), 1);
}

static void
idem__answer_without_body(void **state)
{
	struct storedb *s = *state;
	struct idem_answer a = { .status = 200 }, got;
	bool found;

	storedb_begin(s, TX_WRITE);
	MUST(&s->t, idem_write(s->t.db, id_1, body_1, &a, &s->t.e));
	storedb_commit(s);
	MUST(&s->t, idem_read(s->t.db, id_1, body_1, s->t.mem, &got, &found, &s->t.e));
	assert_true(found);
	assert_int_equal(got.headers.n, 0);
	assert_int_equal(got.body.n, 0);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(throttle__counts_within_the_window),
		T(throttle__is_shared_by_connections),
		T(throttle__keeps_no_old_rows),
		T(throttle__clock_set_back_locks_nobody_for_long),
		T(throttle__counts_what_began_a_moment_later),
		T(idem__same_request_same_answer),
		T(idem__other_body_is_refused),
		T(idem__second_writer_is_told),
		T(idem__is_forgotten_after_a_day),
		T(idem__answer_without_body),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
