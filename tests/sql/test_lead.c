/* sql/lead.c: what was handed in is written by another connection, or not at all */
#include "config.h"

#include "sql/odbc.h"
#include "tests/sql/testdb.h"

#include <errno.h>
#include <pthread.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { MOST_STEPS = 2 };

/* somebody who waits while another one has the turn */
struct other {
	struct db *db;
	struct handin_step steps[MOST_STEPS];
	size_t n_steps;
	pthread_t thread;
	bool ok, written;
	struct err e;
};

/* With this the engine writes its files. */
static atomic_bool disk_is_full;

ssize_t
pwrite64(int fd, const void *p, size_t n, off64_t at)
{
	if (!atomic_load(&disk_is_full))
		return syscall(SYS_pwrite64, fd, p, n, at);
	errno = ENOSPC;
	return -1;
}

static const struct bind one[] = { BIND_I(1) }, two[] = { BIND_I(2) };

static struct handin_step
insert(const struct bind *number, int64_t n_rows)
{
	return (struct handin_step){ { .text = SPAN("INSERT INTO t VALUES (?)"), .n_binds = 1, .binds = number }, n_rows };
}

static void *
hand_in(void *arg)
{
	struct other *o = arg;
	struct handin_write w = { o->steps, o->n_steps };

	o->ok = db_begin(o->db, TX_ONE_WRITE, &o->e) && db_hand_in(o->db, &w, &o->written, &o->e)
	    && (o->written || (o->db->has_turn && db_grow(o->db, &o->e))) && db_commit(o->db, &o->e);
	return NULL;
}

static bool
open_slots(struct handin *h, const struct db *leader, const struct db *of)
{
	struct stat st;

	assert_int_equal(fstat(leader->turn_fd, &st), 0);
	return handin_open(h, leader->turn_fd, st.st_size, (struct handin_file){ of->file.device, of->file.inode }, false);
}

/* The leader has the slots open, too. */
static void
wait_until_given(struct db *leader, const struct db *by)
{
	struct handin as_other = { .fd = -1 };
	unsigned slots[HANDIN_SLOTS];

	for (int i = 0; i < 5000; i++) {
		if (open_slots(&leader->handin, leader, leader) && open_slots(&as_other, leader, by)
		    && handin_waiting(&as_other, slots) == 1) {
			handin_close(&as_other);
			return;
		}
		nanosleep(&(struct timespec){ .tv_nsec = 1000000 }, NULL);
	}
	fail_msg("nothing was handed in");
}

/* A leader that is about to commit one row, and another connection that waits */
static void
begin(struct testdb *t, struct other *o)
{
	struct handin_step mine = insert(one, 1);

	testdb_open(t);
	testdb_do(t, "CREATE TABLE t(n INTEGER PRIMARY KEY)");
	testdb_do(t, "CREATE TABLE child(n INTEGER REFERENCES t(n) DEFERRABLE INITIALLY DEFERRED)");
	assert_true(db_open(&t->pool, &o->db, &t->e));
	assert_true(db_begin(t->db, TX_ONE_WRITE, &t->e) && db_grow(t->db, &t->e));
	assert_true(stmt_exec_often(t->db, &mine.q, &t->e) && stmt_touched_n(t->db, 1, &t->e));
	assert_int_equal(pthread_create(&o->thread, NULL, hand_in, o), 0);
	wait_until_given(t->db, o->db);
}

static void
end(struct testdb *t, struct other *o)
{
	db_close(&o->db);
	testdb_close(t);
}

static int64_t
n_rows(struct testdb *t)
{
	return testdb_number(t, "SELECT count(*) FROM t");
}

/* It has got the turn, for the leader has not written it. */
static void
is_left_out(struct other *o)
{
	assert_int_equal(pthread_join(o->thread, NULL), 0);
	assert_true(o->ok && !o->written);
}

/* The leader stores its own row and no other one. */
static void
commits_alone(struct testdb *t, struct other *o)
{
	assert_true(db_commit(t->db, &t->e));
	is_left_out(o);
	assert_int_equal(n_rows(t), 1);
}

/* it is answered when COMMIT has succeeded */
static void
lead__takes_along(void **state)
{
	struct other o = { .steps = { insert(two, 1) }, .n_steps = 1 };
	struct testdb t;

	(void)state;
	begin(&t, &o);
	assert_true(db_commit(t.db, &t.e));
	assert_int_equal(pthread_join(o.thread, NULL), 0);
	assert_true(o.ok && o.written);
	assert_int_equal(n_rows(&t), 2);
	end(&t, &o);
}

/* it fails at once, or when it has written something: nothing of it stays, and it has the turn */
static void
lead__refuses(void **state)
{
	for (int half = 0; half < 2; half++) {
		struct other o = { .n_steps = 1 + (size_t)half };
		struct testdb t;

		(void)state;
		o.steps[0] = half ? insert(two, HANDIN_UNCOUNTED) : insert(one, 1);
		o.steps[1] = insert(one, 2);
		begin(&t, &o);
		commits_alone(&t, &o);
		end(&t, &o);
	}
}

/* how many rows the leader's next write touches is told rightly, after others were undone */
static void
lead__counts_after_refusal(void **state)
{
	const struct bind nobody[] = { BIND_I(99) };
	const struct query update = { .text = SPAN("UPDATE t SET n = n WHERE n = ?"), .n_binds = 1, .binds = nobody };
	struct other o = { .steps = { insert(two, HANDIN_UNCOUNTED), insert(one, 2) }, .n_steps = 2 };
	struct testdb t;
	int64_t n;

	(void)state;
	begin(&t, &o);
	assert_true(db_commit(t.db, &t.e));
	assert_int_equal(pthread_join(o.thread, NULL), 0);
	assert_true(db_ready(t.db, &t.e) && db_begin(t.db, TX_ONE_WRITE, &t.e) && db_grow(t.db, &t.e));
	assert_true(stmt_exec_often(t.db, &update, &t.e) && stmt_touched(t.db, &n, &t.e));
	assert_int_equal(n, 0);
	db_rollback(t.db);
	end(&t, &o);
}

/* so it is with another number of rows than it is to have */
static void
lead__counts(void **state)
{
	struct other o = { .steps = { insert(two, 3) }, .n_steps = 1 };
	struct testdb t;

	(void)state;
	begin(&t, &o);
	commits_alone(&t, &o);
	end(&t, &o);
}

/* R-02, F-11: so it is when its table is gone, which costs the leader nothing */
static void
lead__refuses_without_table(void **state)
{
	struct other o = { .n_steps = 2 };
	struct testdb t;

	(void)state;
	o.steps[0] = insert(two, HANDIN_UNCOUNTED);
	o.steps[1] = (struct handin_step){ { .text = SPAN("INSERT INTO soda_gone VALUES (?)"), .n_binds = 1, .binds = one }, 2 };
	begin(&t, &o);
	commits_alone(&t, &o);
	end(&t, &o);
}

/* R-02, F-11: the engine has ended the transaction: all is done again, without it */
static void
lead__begins_anew(void **state)
{
	struct other o = { .n_steps = 2 };
	struct testdb t;

	(void)state;
	o.steps[0] = insert(two, HANDIN_UNCOUNTED);
	o.steps[1] = (struct handin_step){ { .text = SPAN("INSERT OR ROLLBACK INTO t VALUES (?)"), .n_binds = 1, .binds = one }, 2 };
	begin(&t, &o);
	assert_false(db_commit(t.db, &t.e));
	assert_int_equal(t.e.kind, ERR_BUSY);
	db_rollback(t.db);
	is_left_out(&o);
	assert_true(db_ready(t.db, &t.e));
	assert_int_equal(n_rows(&t), 0);
	end(&t, &o);
}

/* F-17: the file was replaced while the leader wrote to it: nobody writes to another one than his own */
static void
lead__replaced_file(void **state)
{
	struct handin_step mine = insert(one, 1);
	struct other o = { .steps = { insert(two, 1) }, .n_steps = 1 };
	struct testdb t, fresh;
	char command[512];

	(void)state;
	testdb_open(&t);
	testdb_open(&fresh);
	testdb_do(&t, "CREATE TABLE t(n INTEGER PRIMARY KEY)");
	testdb_do(&fresh, "CREATE TABLE t(n INTEGER PRIMARY KEY)");
	db_close(&fresh.db);
	assert_true(db_begin(t.db, TX_ONE_WRITE, &t.e) && db_grow(t.db, &t.e));
	assert_true(stmt_exec_often(t.db, &mine.q, &t.e) && stmt_touched_n(t.db, 1, &t.e));
	snprintf(command, sizeof(command), "mv -f '%s' '%s' && rm '%s-wal' '%s-shm'", fresh.path, t.path, t.path, t.path);
	assert_int_equal(system(command), 0);
	assert_true(db_open(&t.pool, &o.db, &t.e));
	assert_int_equal(pthread_create(&o.thread, NULL, hand_in, &o), 0);
	wait_until_given(t.db, o.db);
	assert_true(db_commit(t.db, &t.e));
	is_left_out(&o);
	assert_true(db_ready(t.db, &t.e));
	assert_int_equal(n_rows(&t), 0);
	testdb_close(&fresh);
	end(&t, &o);
}

/* who does again what may be stored already does only that */
static void
lead__alone_in_doubt(void **state)
{
	struct other o = { .steps = { insert(two, 1) }, .n_steps = 1 };
	struct testdb t;

	(void)state;
	begin(&t, &o);
	t.db->in_doubt = true;
	commits_alone(&t, &o);
	end(&t, &o);
}

/* a COMMIT that fails takes it along */
static void
lead__commit_fails(void **state)
{
	struct other o = { .steps = { insert(two, 1) }, .n_steps = 1 };
	const struct bind nobody[] = { BIND_I(99) };
	const struct query orphan = { .text = SPAN("INSERT INTO child VALUES (?)"), .n_binds = 1, .binds = nobody };
	struct testdb t;

	(void)state;
	begin(&t, &o);
	assert_true(stmt_exec_often(t.db, &orphan, &t.e) && stmt_touched_n(t.db, 1, &t.e));
	assert_false(db_commit(t.db, &t.e));
	is_left_out(&o);
	assert_int_equal(n_rows(&t), 0);
	end(&t, &o);
}

/* R-01, F-12: so does one that finds no room, where it is known that nothing is stored, though the connection is closed */
static void
lead__no_room(void **state)
{
	struct other o = { .steps = { insert(two, 1) }, .n_steps = 1 };
	struct testdb t;

	(void)state;
	begin(&t, &o);
	atomic_store(&disk_is_full, true);
	assert_false(db_commit(t.db, &t.e));
	assert_int_equal(t.e.kind, ERR_STORAGE_FULL);
	assert_int_equal(pthread_join(o.thread, NULL), 0);
	atomic_store(&disk_is_full, false);
	assert_true(o.ok && !o.written && !o.db->in_doubt);
	db_rollback(t.db);
	assert_true(db_ready(t.db, &t.e));
	assert_int_equal(n_rows(&t), 0);
	end(&t, &o);
}

/* who rolls back takes nobody along */
static void
lead__rolls_back(void **state)
{
	struct other o = { .steps = { insert(two, 1) }, .n_steps = 1 };
	struct testdb t;

	(void)state;
	begin(&t, &o);
	db_rollback(t.db);
	is_left_out(&o);
	assert_int_equal(n_rows(&t), 0);
	end(&t, &o);
}

/* who waits can be stopped, and then nobody writes it */
static void
lead__withdrawn(void **state)
{
	struct other o = { .steps = { insert(two, 1) }, .n_steps = 1 };
	struct testdb t;

	(void)state;
	begin(&t, &o);
	db_cancel(o.db);
	assert_int_equal(pthread_join(o.thread, NULL), 0);
	assert_true(!o.ok && !o.written);
	db_rollback(o.db);
	assert_true(db_commit(t.db, &t.e));
	assert_int_equal(n_rows(&t), 1);
	end(&t, &o);
}

/* its leader has died when it was about to commit: it may be stored or not, and is done again; when that fails, it is looked for */
static void
lead__in_doubt(void **state)
{
	struct other o = { .steps = { insert(two, 1) }, .n_steps = 1 };
	struct testdb t;

	(void)state;
	begin(&t, &o);
	t.db->led[0] = 0;
	t.db->n_led = 1;
	lead_storing(t.db);
	connect_close(t.db);
	assert_int_equal(pthread_join(o.thread, NULL), 0);
	assert_true(!o.written && o.db->in_doubt);
	assert_true(db_settle(o.db, true, true, &o.e));
	assert_false(db_settle(o.db, true, false, &o.e));
	assert_int_equal(o.e.kind, ERR_UNCERTAIN);
	assert_false(db_is_undecided(o.db));
	db_rollback(t.db);
	end(&t, &o);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lead__takes_along),
		cmocka_unit_test(lead__refuses),
		cmocka_unit_test(lead__counts),
		cmocka_unit_test(lead__counts_after_refusal),
		cmocka_unit_test(lead__refuses_without_table),
		cmocka_unit_test(lead__begins_anew),
		cmocka_unit_test(lead__replaced_file),
		cmocka_unit_test(lead__alone_in_doubt),
		cmocka_unit_test(lead__commit_fails),
		cmocka_unit_test(lead__no_room),
		cmocka_unit_test(lead__rolls_back),
		cmocka_unit_test(lead__withdrawn),
		cmocka_unit_test(lead__in_doubt),
	};

	return cmocka_run_group_tests_name("sql/lead", tests, NULL, NULL);
}
