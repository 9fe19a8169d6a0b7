/* tests/sql/test_db.c - a connection: profile, transactions, loss, cancellation, damage, checkpoints */
#include "tests/sql/testdb.h"

#include "base/clock.h"
#include "sql/odbc.h"

#include <fcntl.h>
#include <pthread.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* a second connection to the same file */
static struct db *
second(struct testdb *t)
{
	struct db *db;

	if (!db_open(&t->pool, &db, &t->e))
		fail_msg("%s (%s)", t->e.text, t->e.detail);
	return db;
}

static void
open_table(struct testdb *t)
{
	testdb_open(t);
	testdb_do(t, "CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT)");
}

static int64_t
rows(struct testdb *t)
{
	return testdb_number(t, "SELECT count(*) FROM t");
}

/* ---- profile ---- */

/* the durability profile is set and reads back */
static void
db__the_profile_is_set(void **state)
{
	struct testdb t;

	(void)state;
	testdb_open(&t);
	assert_string_equal(db_durability(t.db), "full");
	assert_int_equal(testdb_number(&t, "SELECT count(*) FROM pragma_journal_mode WHERE journal_mode = 'wal'"), 1);
	assert_int_equal(testdb_number(&t, "PRAGMA synchronous"), 2);
	assert_int_equal(testdb_number(&t, "PRAGMA foreign_keys"), 1);
	assert_int_equal(testdb_number(&t, "PRAGMA wal_autocheckpoint"), 0);
	assert_int_equal(testdb_number(&t, "PRAGMA mmap_size"), 0);
	assert_int_equal(testdb_number(&t, "PRAGMA trusted_schema"), 0);
	assert_int_equal(testdb_number(&t, "PRAGMA cell_size_check"), 1);
	assert_string_equal(db_pool_name(t.db), "test");
	assert_ptr_equal(db_settings(t.db), &t.set);
	assert_string_equal(db_dialect(t.db)->name, "sqlite");
	testdb_close(&t);
}

static void
db__a_rollback_journal_is_full_as_well(void **state)
{
	struct testdb t;

	(void)state;
	testdb_folder(&t);
	t.set.db_journal_mode = "DELETE";
	close(open(t.path, O_CREAT | O_WRONLY, 0600));
	assert_true(db_open(&t.pool, &t.db, &t.e));
	assert_string_equal(db_durability(t.db), "full");
	testdb_close(&t);
}

static void
db__a_second_hard_link_weakens(void **state)
{
	struct testdb t;
	char other[128];

	(void)state;
	testdb_folder(&t);
	close(open(t.path, O_CREAT | O_WRONLY, 0600));
	snprintf(other, sizeof(other), "%s/other", t.folder);
	assert_int_equal(link(t.path, other), 0);
	assert_true(db_open(&t.pool, &t.db, &t.e));
	assert_string_equal(db_durability(t.db), "weakened (hard links=2)");
	db_close(&t.db);
	t.set.db_durability = "strict";
	assert_false(db_open(&t.pool, &t.db, &t.e));
	assert_int_equal(t.e.kind, ERR_UNAVAILABLE);
	assert_non_null(strstr(t.e.text, "hard links=2"));
	testdb_close(&t);
}

/* D-12: the engine is never asked to look into a document */
static void
db__depth_is_not_limited_by_the_engine(void **state)
{
	struct testdb t;

	(void)state;
	testdb_open(&t);
	assert_true(db_max_depth(t.db) == SIZE_MAX);
	testdb_close(&t);
}

/* ---- opening ---- */

/* D-13 */
static void
db__connection_strings_are_quoted(void **state)
{
	static const struct {
		const char *value;
		bool braces;
		const char *text;	/* NULL: refused */
	} cases[] = {
		{ "plain", true, "Pwd=plain;" },
		{ "", true, "Pwd=;" },
		{ "a;Trace=1", true, "Pwd={a;Trace=1};" },
		{ "a}b{c", true, "Pwd={a}}b{c};" },
		{ "}}", true, "Pwd={}}}}};" },
		{ " lead", true, "Pwd={ lead};" },
		{ "a;b", false, NULL },
		{ "a\nb", false, NULL },
		{ "/p/a b}{[x].db", false, "Pwd=/p/a b}{[x].db;" },
	};
	struct arena *mem = arena_open(0);

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct buf b;

		buf_init(&b, mem);
		if (cases[i].text == NULL) {
			assert_false(connect_pair(&b, "Pwd", cases[i].value, cases[i].braces));
		} else {
			assert_true(connect_pair(&b, "Pwd", cases[i].value, cases[i].braces));
			assert_string_equal(buf_z(&b), cases[i].text);
		}
	}
	arena_close(&mem);
}

/* F-09: db.hosts in its order, else db.hostname */
static void
db__hosts_in_order(void **state)
{
	static const struct host wanted[] = { { "a.example", 5433 }, { "10.0.0.2", 77 }, { "::1", 77 }, { "fe80::2", 1 }, { "/run/sock", 77 } };
	struct testdb t;
	struct host h;

	(void)state;
	testdb_folder(&t);
	t.set.db_hostname = "only";
	t.set.db_port = 77;
	assert_int_equal(hosts_count(&t.set), 1);
	assert_true(host_at(&t.set, 0, &h));
	assert_string_equal(h.name, "only");
	assert_int_equal(h.port, 77);
	t.set.db_hosts = "a.example:5433, 10.0.0.2 ,[::1],[fe80::2]:1,/run/sock";
	assert_int_equal(hosts_count(&t.set), 5);
	for (size_t i = 0; i < 5; i++) {
		assert_true(host_at(&t.set, i, &h));
		assert_string_equal(h.name, wanted[i].name);
		assert_int_equal(h.port, wanted[i].port);
	}
	testdb_close(&t);
}

static void
db__odd_file_names(void **state)
{
	static const char *const good[] = { "a b.db", "a'b.db", "a}b{.db", "a=b.db", "\xc3\xa9.db", "file:x?mode=ro" };

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++) {
		struct testdb t;
		char path[128];

		testdb_folder(&t);
		snprintf(path, sizeof(path), "%s/%s", t.folder, good[i]);
		t.set.db_file = path;
		close(open(path, O_CREAT | O_WRONLY, 0600));
		if (!db_open(&t.pool, &t.db, &t.e))
			fail_msg("%s: %s (%s)", good[i], t.e.text, t.e.detail);
		testdb_do(&t, "CREATE TABLE t (id INTEGER)");
		testdb_close(&t);
	}
}

static void
db__a_semicolon_in_a_file_name_is_refused(void **state)
{
	struct testdb t;
	char path[128];

	(void)state;
	testdb_folder(&t);
	snprintf(path, sizeof(path), "%s/a;LoadExt=x.db", t.folder);
	close(open(path, O_CREAT | O_WRONLY, 0600));
	t.set.db_file = path;
	assert_false(db_open(&t.pool, &t.db, &t.e));
	assert_int_equal(t.e.kind, ERR_UNAVAILABLE);
	testdb_close(&t);
}

static void
db__plain_causes(void **state)
{
	static const struct {
		const char *type, *url, *engine, *file, *says;
	} cases[] = {
		{ "", "", "", "", "db.file is not set" },
		{ "", "", "", "relative.db", "absolute" },
		{ "", "", "", "/nonexistent/x.db", "does not exist" },
		{ "odbc", "", "", "", "db.customURL is not set" },
		{ "odbc", "Driver=Nobody;Database=x", "", "", "not installed" },
		{ "odbc", "DSN=nobody-knows-this", "", "", "not installed" },
		{ "odbc", "Driver=SQLite3;Database=/nonexistent/x.db;NoCreat=1", "", "", "cannot be opened" },
		{ "odbc", "Driver=SQLite3;Database=:memory:", "postgresql", "", "not the one that db.engine names" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct testdb t;

		testdb_folder(&t);
		t.set.db_connection_type = cases[i].type;
		t.set.db_custom_url = cases[i].url;
		t.set.db_engine = cases[i].engine;
		t.set.db_file = cases[i].file;
		assert_false(db_open(&t.pool, &t.db, &t.e));
		assert_int_equal(t.e.kind, ERR_UNAVAILABLE);
		if (strstr(t.e.text, cases[i].says) == NULL || strncmp(t.e.text, "pool \"test\": ", 13) != 0)
			fail_msg("%s, wanted: %s", t.e.text, cases[i].says);
		assert_null(strstr(t.e.text, "/nonexistent"));
		testdb_close(&t);
	}
}

static void
db__not_a_database(void **state)
{
	struct testdb t;
	FILE *f;

	(void)state;
	testdb_folder(&t);
	f = fopen(t.path, "w");
	for (int i = 0; i < 1000; i++)
		fputs("this is no database\n", f);
	fclose(f);
	assert_false(db_open(&t.pool, &t.db, &t.e));
	assert_int_equal(t.e.kind, ERR_UNAVAILABLE);
	assert_non_null(strstr(t.e.detail, "/26 "));
	testdb_close(&t);
}

/* after a failure the pool rests a while, then comes back by itself */
static void
db__a_pool_that_failed_rests_and_returns(void **state)
{
	struct testdb t;
	int64_t start;

	(void)state;
	testdb_folder(&t);
	start = clock_mono_ns();
	assert_false(db_open(&t.pool, &t.db, &t.e));
	assert_non_null(t.db);
	assert_true(t.db->retry_at_ns > start);
	close(open(t.path, O_CREAT | O_WRONLY, 0600));
	t.db->retry_at_ns = clock_mono_ns() + INT64_C(3600000000000);	/* however slow this machine is */
	assert_false(db_ready(t.db, &t.e));	/* not even tried */
	assert_int_equal(t.e.kind, ERR_UNAVAILABLE);
	t.db->retry_at_ns = clock_mono_ns();
	assert_true(db_ready(t.db, &t.e));
	assert_int_equal(testdb_number(&t, "SELECT 1"), 1);
	testdb_close(&t);
}

/* D-14: a trace would hold every statement and value.  The first test, because the driver manager reads its settings once */
static void
db__tracing_is_refused(void **state)
{
	struct testdb t;
	pid_t child;
	int status;

	(void)state;
	testdb_folder(&t);
	close(open(t.path, O_CREAT | O_WRONLY, 0600));
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		char ini[160];
		FILE *f;

		snprintf(ini, sizeof(ini), "%s/odbcinst.ini", t.folder);
		f = fopen(ini, "w");
		fprintf(f, "[ODBC]\nTrace=Yes\nTraceFile=%s/trace.log\n[SQLite3]\nDriver=libsqlite3odbc.so\n", t.folder);
		fclose(f);
		setenv("ODBCSYSINI", t.folder, 1);
		if (db_open(&t.pool, &t.db, &t.e) || t.e.kind != ERR_UNAVAILABLE || strstr(t.e.text, "trace") == NULL)
			_exit(1);
		db_close(&t.db);
		t.set.debug_trace = true;
		_exit(db_open(&t.pool, &t.db, &t.e) ? 0 : 2);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	testdb_close(&t);
}

/* */
static void
db__a_connection_is_replaced_after_its_uses(void **state)
{
	struct testdb t;

	(void)state;
	testdb_open(&t);
	t.set.conn_max_uses = 2;
	testdb_do(&t, "CREATE TEMP TABLE mine (id INTEGER)");
	for (int i = 0; i < 2; i++)
		assert_true(db_ready(t.db, &t.e));
	assert_int_equal(testdb_number(&t, "SELECT count(*) FROM sqlite_temp_master"), 1);
	assert_true(db_ready(t.db, &t.e));
	assert_int_equal(testdb_number(&t, "SELECT count(*) FROM sqlite_temp_master"), 0);
	testdb_close(&t);
}

static void
db__an_idle_connection_is_closed(void **state)
{
	struct testdb t;

	(void)state;
	testdb_open(&t);
	t.set.conn_idle_ms = 0;
	testdb_do(&t, "CREATE TEMP TABLE mine (id INTEGER)");
	db_idle(t.db);
	assert_true(db_ready(t.db, &t.e));
	assert_int_equal(testdb_number(&t, "SELECT count(*) FROM sqlite_temp_master"), 0);
	testdb_close(&t);
}

/* F-17: never two files mixed */
static void
db__a_replaced_file_is_noticed(void **state)
{
	struct testdb t;
	struct testdb other;
	char wal[128];

	(void)state;
	open_table(&t);
	testdb_do(&t, "INSERT INTO t (id) VALUES (1)");
	open_table(&other);
	testdb_do(&other, "INSERT INTO t (id) VALUES (1), (2), (3)");
	db_close(&other.db);
	snprintf(wal, sizeof(wal), "%s-wal", t.path);
	unlink(wal);
	snprintf(wal, sizeof(wal), "%s-shm", t.path);
	unlink(wal);
	assert_int_equal(rename(other.path, t.path), 0);
	assert_true(db_ready(t.db, &t.e));
	assert_int_equal(rows(&t), 3);
	assert_int_equal(unlink(t.path), 0);
	assert_false(db_ready(t.db, &t.e));
	assert_int_equal(t.e.kind, ERR_UNAVAILABLE);
	testdb_close(&other);
	testdb_close(&t);
}

/* ---- transactions ---- */

static void
db__commit_and_rollback(void **state)
{
	struct testdb t;

	(void)state;
	open_table(&t);
	assert_true(db_begin(t.db, TX_WRITE, &t.e));
	testdb_do(&t, "INSERT INTO t (id) VALUES (1)");
	db_rollback(t.db);
	db_rollback(t.db);
	assert_int_equal(rows(&t), 0);
	assert_true(db_begin(t.db, TX_WRITE, &t.e));
	testdb_do(&t, "INSERT INTO t (id) VALUES (1)");
	assert_true(db_commit(t.db, &t.e));
	assert_int_equal(rows(&t), 1);
	assert_true(db_begin(t.db, TX_NONE, &t.e));
	testdb_do(&t, "INSERT INTO t (id) VALUES (2)");
	assert_true(db_commit(t.db, &t.e));
	assert_int_equal(rows(&t), 2);
	assert_true(db_begin(t.db, TX_WRITE, &t.e));
	testdb_do(&t, "INSERT INTO t (id) VALUES (3)");
	db_close(&t.db);
	assert_true(db_open(&t.pool, &t.db, &t.e));
	assert_int_equal(rows(&t), 2);
	testdb_close(&t);
}

/* R-02, D-03: after a failed statement the only end is rollback, whoever asks for what */
static void
db__a_failed_statement_poisons(void **state)
{
	struct testdb t;

	(void)state;
	open_table(&t);
	assert_true(db_begin(t.db, TX_WRITE, &t.e));
	testdb_do(&t, "INSERT INTO t (id) VALUES (1)");
	assert_false(stmt_direct(t.db, "INSERT INTO t (id) VALUES (1)", &t.e));
	assert_int_equal(t.e.kind, ERR_DUPLICATE_KEY);
	assert_false(stmt_direct(t.db, "INSERT INTO t (id) VALUES (2)", &t.e));
	assert_int_equal(t.e.kind, ERR_INTERNAL);
	assert_false(stmt_exec(t.db, &(struct query){ .text = SPAN("INSERT INTO t (id) VALUES (3)") }, NULL, &t.e));
	assert_false(db_commit(t.db, &t.e));
	assert_int_equal(t.e.kind, ERR_INTERNAL);
	assert_int_equal(rows(&t), 0);
	assert_true(db_begin(t.db, TX_WRITE, &t.e));
	testdb_do(&t, "INSERT INTO t (id) VALUES (4)");
	assert_true(db_commit(t.db, &t.e));
	assert_int_equal(rows(&t), 1);
	testdb_close(&t);
}

static void
db__rollback_takes_statements_back(void **state)
{
	struct testdb t;
	struct stmt *st;
	bool has_row;

	(void)state;
	open_table(&t);
	testdb_do(&t, "INSERT INTO t (id) VALUES (1), (2)");
	assert_true(db_begin(t.db, TX_READ, &t.e));
	assert_true(stmt_open(t.db, &(struct query){ .text = SPAN("SELECT id FROM t WHERE id > ?"), .n_binds = 1, .binds = &BIND_I(0) }, &st, &t.e));
	assert_true(stmt_step(st, &has_row, &t.e));
	db_rollback(t.db);
	assert_false(stmt_step(st, &has_row, &t.e));
	stmt_done(st);
	testdb_close(&t);
}

/* R-23 in the small: the selects of one request see one state */
static void
db__a_read_transaction_is_one_snapshot(void **state)
{
	struct testdb t;
	struct db *other;
	struct db *mine;

	(void)state;
	open_table(&t);
	other = second(&t);
	mine = t.db;
	assert_true(db_begin(mine, TX_READ, &t.e));
	assert_int_equal(rows(&t), 0);
	t.db = other;
	testdb_do(&t, "INSERT INTO t (id) VALUES (1)");
	t.db = mine;
	assert_int_equal(rows(&t), 0);
	assert_true(db_commit(mine, &t.e));
	assert_int_equal(rows(&t), 1);
	db_close(&other);
	testdb_close(&t);
}

/* writers queue at BEGIN, and only there; who waits too long hears BUSY */
static void
db__writers_wait_at_begin(void **state)
{
	struct testdb t;
	struct testdb quick;
	char url[200];
	int64_t start;

	(void)state;
	open_table(&t);
	quick = t;
	snprintf(url, sizeof(url), "Driver=SQLite3;Database=%s;Timeout=50;NoCreat=1;NoWCHAR=1;StepAPI=1", t.path);
	quick.set.db_connection_type = "odbc";
	quick.set.db_custom_url = url;
	quick.pool.set = &quick.set;
	assert_true(db_open(&quick.pool, &quick.db, &quick.e));
	assert_string_equal(db_durability(quick.db), "full");
	assert_true(db_begin(t.db, TX_WRITE, &t.e));
	start = clock_mono_ns();
	assert_false(db_begin(quick.db, TX_WRITE, &quick.e));
	assert_int_equal(quick.e.kind, ERR_BUSY);
	assert_true(clock_mono_ns() - start >= t.set.conn_wait_ms * 1000000);
	assert_true(db_begin(quick.db, TX_READ, &quick.e));	/* readers are not in the way */
	assert_int_equal(testdb_number(&quick, "SELECT count(*) FROM t"), 0);
	assert_true(db_commit(quick.db, &quick.e));
	assert_true(db_commit(t.db, &t.e));
	assert_true(db_begin(quick.db, TX_WRITE, &quick.e));
	assert_true(db_commit(quick.db, &quick.e));
	db_close(&quick.db);
	testdb_close(&t);
}

/* a COMMIT that fails and can be rolled back is a plain failure, not an unknown outcome */
static void
db__a_commit_that_waits_in_vain_stores_nothing(void **state)
{
	struct testdb t;
	struct db *reader, *mine;
	char url[200];

	(void)state;
	testdb_folder(&t);
	close(open(t.path, O_CREAT | O_WRONLY, 0600));
	snprintf(url, sizeof(url), "Driver=SQLite3;Database=%s;Timeout=50;NoCreat=1;NoWCHAR=1;StepAPI=1", t.path);
	t.set.db_connection_type = "odbc";
	t.set.db_custom_url = url;
	t.set.db_journal_mode = "DELETE";	/* where readers are in the way of COMMIT */
	assert_true(db_open(&t.pool, &t.db, &t.e));
	testdb_do(&t, "CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT)");
	reader = second(&t);
	mine = t.db;
	t.db = reader;
	assert_true(db_begin(reader, TX_READ, &t.e));
	assert_int_equal(rows(&t), 0);
	t.db = mine;
	assert_true(db_begin(mine, TX_WRITE, &t.e));
	testdb_do(&t, "INSERT INTO t (id) VALUES (1)");
	assert_false(db_commit(mine, &t.e));
	assert_int_equal(t.e.kind, ERR_BUSY);
	db_rollback(reader);
	assert_int_equal(rows(&t), 0);
	assert_true(db_begin(mine, TX_WRITE, &t.e));
	testdb_do(&t, "INSERT INTO t (id) VALUES (1)");
	assert_true(db_commit(mine, &t.e));
	assert_int_equal(rows(&t), 1);
	db_close(&reader);
	testdb_close(&t);
}

/* many writers at once, every acknowledged row is there */
static void
db__concurrent_writers_lose_nothing(void **state)
{
	enum { WRITERS = 4, EACH = 50 };
	struct testdb t;
	pid_t child[WRITERS];

	(void)state;
	open_table(&t);
	db_close(&t.db);
	for (int w = 0; w < WRITERS; w++) {
		child[w] = fork();
		assert_true(child[w] >= 0);
		if (child[w] != 0)
			continue;
		if (!db_open(&t.pool, &t.db, &t.e))
			_exit(1);
		for (int i = 0; i < EACH; i++) {
			struct query q = { .text = SPAN("INSERT INTO t (id) VALUES (?)"), .n_binds = 1, .binds = &BIND_I(w * EACH + i) };

			if (!db_begin(t.db, TX_WRITE, &t.e) || !stmt_exec(t.db, &q, NULL, &t.e) || !db_commit(t.db, &t.e)) {
				fprintf(stderr, "%s (%s)\n", t.e.text, t.e.detail);
				_exit(2);
			}
		}
		db_close(&t.db);
		_exit(0);
	}
	for (int w = 0; w < WRITERS; w++) {
		int status;

		assert_int_equal(waitpid(child[w], &status, 0), child[w]);
		assert_int_equal(status, 0);
	}
	assert_true(db_open(&t.pool, &t.db, &t.e));
	assert_int_equal(rows(&t), WRITERS * EACH);
	testdb_close(&t);
}

/* ---- cancellation ---- */

struct canceller {
	struct db *db;
	atomic_bool stop;
};

static void *
cancel_soon(void *arg)
{
	struct canceller *c = arg;

	while (!atomic_load(&c->stop)) {
		nanosleep(&(struct timespec){ .tv_nsec = 20000000 }, NULL);
		db_cancel(c->db);
	}
	return NULL;
}

/* R-42, D-04: an endless statement ends by cancellation from another thread; the connection works afterwards */
static void
db__an_endless_statement_is_cancelled(void **state)
{
	struct bind one = BIND_I(1);
	const struct query endless[] = {
		{ .text = SPAN("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n") },
		{ .text = SPAN("WITH RECURSIVE n(i) AS (SELECT ? UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"), .n_binds = 1, .binds = &one },
	};
	struct testdb t;

	(void)state;
	open_table(&t);
	for (size_t i = 0; i < 2; i++) {
		struct canceller c = { .db = t.db };
		pthread_t thread;
		struct stmt *st;
		bool has_row;
		bool ok;

		assert_true(db_begin(t.db, TX_READ, &t.e));
		assert_int_equal(pthread_create(&thread, NULL, cancel_soon, &c), 0);
		ok = stmt_open(t.db, &endless[i], &st, &t.e) && stmt_step(st, &has_row, &t.e);
		atomic_store(&c.stop, true);
		assert_int_equal(pthread_join(thread, NULL), 0);
		assert_false(ok);
		assert_int_equal(t.e.kind, ERR_TIMEOUT);
		db_rollback(t.db);
		assert_true(db_ready(t.db, &t.e));
		assert_int_equal(rows(&t), 0);
	}
	testdb_close(&t);
}

/* nothing is stored, and nothing answered, once the time was over */
static void
db__after_cancellation_nothing_is_committed(void **state)
{
	struct testdb t;

	(void)state;
	open_table(&t);
	assert_true(db_begin(t.db, TX_WRITE, &t.e));
	testdb_do(&t, "INSERT INTO t (id) VALUES (1)");
	db_cancel(t.db);
	assert_false(db_commit(t.db, &t.e));
	assert_int_equal(t.e.kind, ERR_TIMEOUT);
	assert_true(db_ready(t.db, &t.e));
	assert_int_equal(rows(&t), 0);
	testdb_close(&t);
}

/* ---- damage ---- */

static void
overwrite(const char *path, off_t from, size_t n, const char *with)
{
	int fd = open(path, O_WRONLY);

	assert_true(fd >= 0);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(pwrite(fd, &with[i % strlen(with)], 1, from + (off_t)i), 1);
	close(fd);
}

/* F-16: damage is told as 500, refuses writes of every process, and validate ends it */
static void
db__damage_refuses_writes_until_it_is_repaired(void **state)
{
	struct testdb t;
	struct db *other;
	struct query q = { .text = SPAN("SELECT sum(length(v)) FROM t WHERE id > ?"), .n_binds = 1, .binds = &BIND_I(0) };
	struct stmt *st;
	bool has_row;
	char command[256];

	(void)state;
	open_table(&t);
	testdb_do(&t, "INSERT INTO t WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 500) "
	    "SELECT i, hex(randomblob(200)) FROM n");
	db_close(&t.db);
	snprintf(command, sizeof(command), "cp '%s' '%s.good'", t.path, t.path);
	assert_int_equal(system(command), 0);
	overwrite(t.path, 4096 * 3, 4096 * 4, "nonsense");
	assert_true(db_open(&t.pool, &t.db, &t.e));
	assert_false(stmt_open(t.db, &q, &st, &t.e) && stmt_step(st, &has_row, &t.e));
	assert_int_equal(t.e.kind, ERR_DAMAGED);
	assert_true(db_ready(t.db, &t.e));
	assert_false(db_begin(t.db, TX_WRITE, &t.e));
	assert_int_equal(t.e.kind, ERR_UNAVAILABLE);
	assert_true(db_begin(t.db, TX_READ, &t.e));
	db_rollback(t.db);
	other = second(&t);
	assert_false(db_begin(other, TX_WRITE, &t.e));
	assert_false(db_verify(other, &t.e));
	assert_int_equal(t.e.kind, ERR_DAMAGED);
	db_close(&other);
	snprintf(command, sizeof(command), "mv '%s.good' '%s'", t.path, t.path);
	assert_int_equal(system(command), 0);
	if (!db_verify(t.db, &t.e))
		fail_msg("%s (%s)", t.e.text, t.e.detail);
	assert_true(db_begin(t.db, TX_WRITE, &t.e));
	assert_true(db_commit(t.db, &t.e));
	testdb_close(&t);
}

/* ---- checkpoints ---- */

static off_t
wal_size(const struct testdb *t)
{
	char name[128];
	struct stat st;

	snprintf(name, sizeof(name), "%s-wal", t->path);
	return stat(name, &st) == 0 ? st.st_size : 0;
}

static void
write_some(struct testdb *t, int n, int n_bytes)
{
	char text[80];

	snprintf(text, sizeof(text), "INSERT INTO t (v) VALUES (hex(zeroblob(%d)))", n_bytes / 2);
	for (int i = 0; i < n; i++) {
		assert_true(db_begin(t->db, TX_WRITE, &t->e));
		testdb_do(t, text);
		assert_true(db_commit(t->db, &t->e));
	}
}

static void
db__a_long_wal_is_written_from_its_start_again(void **state)
{
	struct testdb t;
	off_t n;

	(void)state;
	open_table(&t);
	write_some(&t, 32, 200000);	/* looked at after 32 writes */
	n = wal_size(&t);
	assert_true(n > 4 << 20);
	for (int round = 0; round < 3; round++) {
		write_some(&t, 20, 200000);
		assert_int_equal(wal_size(&t), n);
		write_some(&t, 12, 200000);
		assert_int_equal(wal_size(&t), n);
	}
	db_idle(t.db);
	assert_int_equal(wal_size(&t), 0);
	assert_int_equal(rows(&t), 128);
	testdb_close(&t);
}

static void
db__a_very_long_wal_gives_its_space_back(void **state)
{
	struct testdb t;

	(void)state;
	open_table(&t);
	write_some(&t, 31, 600000);
	assert_true(wal_size(&t) > 16 << 20);
	write_some(&t, 1, 600000);
	assert_int_equal(wal_size(&t), 0);
	write_some(&t, 1, 600000);
	assert_true(wal_size(&t) > 0);
	db_idle(t.db);
	assert_int_equal(wal_size(&t), 0);
	assert_int_equal(rows(&t), 33);
	testdb_close(&t);
}

/* ---- the turn of the writers ---- */

/* Another writer, which gives its turn back when it is told to. */
struct writer {
	int fd;
	atomic_bool has_given;
	struct db *cancels;		/* NULL, or it stops the one who waits instead */
};

static void
take_turn(const struct testdb *t, struct writer *w)
{
	char name[128];

	snprintf(name, sizeof(name), "%s-turn", t->path);
	*w = (struct writer){ .fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC, 0600) };
	assert_true(w->fd >= 0 && flock(w->fd, LOCK_EX | LOCK_NB) == 0);
}

static void *
end_of_turn(void *arg)
{
	struct writer *w = arg;

	nanosleep(&(struct timespec){ .tv_nsec = 20000000 }, NULL);
	atomic_store(&w->has_given, true);
	if (w->cancels != NULL)
		db_cancel(w->cancels);
	else
		flock(w->fd, LOCK_UN);
	return NULL;
}

static void
db__a_writer_waits_for_its_turn(void **state)
{
	struct testdb t;
	struct writer w;
	pthread_t thread;

	(void)state;
	open_table(&t);
	take_turn(&t, &w);
	assert_true(db_begin(t.db, TX_READ, &t.e));	/* readers never wait */
	assert_true(db_commit(t.db, &t.e));
	assert_int_equal(pthread_create(&thread, NULL, end_of_turn, &w), 0);
	assert_true(db_begin(t.db, TX_WRITE, &t.e));
	assert_true(atomic_load(&w.has_given));
	assert_int_equal(flock(w.fd, LOCK_EX | LOCK_NB), -1);
	assert_true(db_commit(t.db, &t.e));
	assert_int_equal(flock(w.fd, LOCK_EX | LOCK_NB), 0);
	pthread_join(thread, NULL);

	assert_int_equal(flock(w.fd, LOCK_UN), 0);
	assert_true(db_begin(t.db, TX_WRITE, &t.e));
	db_rollback(t.db);
	assert_int_equal(flock(w.fd, LOCK_EX | LOCK_NB), 0);
	close(w.fd);
	testdb_close(&t);
}

static void
db__who_waits_for_its_turn_can_be_stopped(void **state)
{
	struct testdb t;
	struct writer w;
	pthread_t thread;

	(void)state;
	open_table(&t);
	take_turn(&t, &w);
	w.cancels = t.db;
	assert_int_equal(pthread_create(&thread, NULL, end_of_turn, &w), 0);
	assert_false(db_begin(t.db, TX_WRITE, &t.e));
	assert_int_equal(t.e.kind, ERR_TIMEOUT);
	pthread_join(thread, NULL);
	close(w.fd);
	testdb_close(&t);
}

static void
db__without_a_file_of_turns_writers_go_on(void **state)
{
	struct testdb t;
	char name[128];

	(void)state;
	open_table(&t);
	snprintf(name, sizeof(name), "%s-turn", t.path);
	write_some(&t, 1, 10);
	assert_int_equal(unlink(name), 0);
	write_some(&t, 1, 10);		/* somebody removed it: there is a new one */
	assert_int_equal(unlink(name), 0);
	assert_int_equal(mkdir(name, 0700), 0);
	write_some(&t, 1, 10);
	assert_int_equal(rows(&t), 3);
	assert_int_equal(rmdir(name), 0);
	testdb_close(&t);
}

static void
db__a_reader_delays_a_checkpoint_but_not_the_writers(void **state)
{
	struct testdb t;
	struct db *reader, *mine;
	int64_t start;

	(void)state;
	open_table(&t);
	write_some(&t, 2, 200000);
	reader = second(&t);
	mine = t.db;
	t.db = reader;
	assert_true(db_begin(reader, TX_READ, &t.e));
	assert_int_equal(rows(&t), 2);
	t.db = mine;
	write_some(&t, 1, 200000);
	start = clock_mono_ns();
	db_idle(t.db);
	assert_true(clock_mono_ns() - start < INT64_C(2000000000));
	assert_true(wal_size(&t) > 0);
	write_some(&t, 1, 200000);
	assert_true(db_commit(reader, &t.e));
	db_idle(t.db);
	assert_int_equal(wal_size(&t), 0);
	db_close(&reader);
	testdb_close(&t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(db__tracing_is_refused),
		cmocka_unit_test(db__the_profile_is_set),
		cmocka_unit_test(db__a_rollback_journal_is_full_as_well),
		cmocka_unit_test(db__a_second_hard_link_weakens),
		cmocka_unit_test(db__depth_is_not_limited_by_the_engine),
		cmocka_unit_test(db__connection_strings_are_quoted),
		cmocka_unit_test(db__hosts_in_order),
		cmocka_unit_test(db__odd_file_names),
		cmocka_unit_test(db__a_semicolon_in_a_file_name_is_refused),
		cmocka_unit_test(db__plain_causes),
		cmocka_unit_test(db__not_a_database),
		cmocka_unit_test(db__a_pool_that_failed_rests_and_returns),
		cmocka_unit_test(db__a_connection_is_replaced_after_its_uses),
		cmocka_unit_test(db__an_idle_connection_is_closed),
		cmocka_unit_test(db__a_replaced_file_is_noticed),
		cmocka_unit_test(db__commit_and_rollback),
		cmocka_unit_test(db__a_failed_statement_poisons),
		cmocka_unit_test(db__rollback_takes_statements_back),
		cmocka_unit_test(db__a_read_transaction_is_one_snapshot),
		cmocka_unit_test(db__writers_wait_at_begin),
		cmocka_unit_test(db__a_commit_that_waits_in_vain_stores_nothing),
		cmocka_unit_test(db__concurrent_writers_lose_nothing),
		cmocka_unit_test(db__an_endless_statement_is_cancelled),
		cmocka_unit_test(db__after_cancellation_nothing_is_committed),
		cmocka_unit_test(db__damage_refuses_writes_until_it_is_repaired),
		cmocka_unit_test(db__a_long_wal_is_written_from_its_start_again),
		cmocka_unit_test(db__a_very_long_wal_gives_its_space_back),
		cmocka_unit_test(db__a_writer_waits_for_its_turn),
		cmocka_unit_test(db__who_waits_for_its_turn_can_be_stopped),
		cmocka_unit_test(db__without_a_file_of_turns_writers_go_on),
		cmocka_unit_test(db__a_reader_delays_a_checkpoint_but_not_the_writers),
	};

	return cmocka_run_group_tests_name("db", tests, NULL, NULL);
}
