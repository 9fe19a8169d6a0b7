/* tests/datapump/test_export.c - a schema of SQLite into a dump set
 *
 * The job is of our own: its functions write into variables.  What stands in the dump is read as text.
 */
#include "tests/datapump/dumps.h"
#undef MUST		/* the other one tells of a database */
#include "tests/sql/storedb.h"

#include "datapump/export.h"

#include <pthread.h>
#include <stdarg.h>

static char log_text[16384];
static int n_errors, n_go_on;
static bool said_inconsistent;

static void
add_line(const char *fmt, va_list ap)
{
	size_t n = strlen(log_text);

	vsnprintf(log_text + n, sizeof(log_text) - n, fmt, ap);
	n = strlen(log_text);
	snprintf(log_text + n, sizeof(log_text) - n, "\n");
}

#define LINE(name, before) \
	void \
	name(struct job *job, const char *fmt, ...) \
	{ \
		va_list ap; \
		(void)job; \
		before; \
		va_start(ap, fmt); \
		add_line(fmt, ap); \
		va_end(ap); \
	}
LINE(job_log, (void)0)
LINE(job_warn, (void)0)
LINE(job_error, n_errors++)

void
job_starting(struct job *job)
{
	job_log(job, "Starting");
}

bool
job_go_on(struct job *job, struct err *e)
{
	(void)job;
	return n_go_on-- != 0 || err_set(e, ERR_STOPPED, NULL);
}

bool
job_is_ours(void *arg, struct err *e)
{
	(void)arg;
	(void)e;
	return true;
}

void
job_progress(struct job *job, const struct job_progress *p)
{
	(void)job;
	assert_in_range(p->percent, 0, 100);
}

bool
job_degree(struct job *job, int64_t degree, struct err *e)
{
	(void)job;
	(void)e;
	assert_true(degree > 1);
	return true;
}

bool
job_inconsistent(struct job *job, struct err *e)
{
	(void)job;
	(void)e;
	said_inconsistent = true;
	return true;
}

bool
job_file(struct job *job, enum job_file_kind kind, int64_t number, struct span name, int64_t n_bytes, struct err *e)
{
	(void)job;
	(void)kind;
	(void)number;
	(void)name;
	(void)e;
	assert_true(n_bytes > 0);
	return true;
}

/* ---- a job of our own ---- */

struct world {
	struct storedb s;
	struct job_row row;
	struct job_spec spec;
	struct job job;
};

static void
world_open(struct world *w)
{
	memset(w, 0, sizeof(*w));
	storedb_open(&w->s);
	w->row = (struct job_row){ .id = 77, .owner = SPAN("DEMO"), .name = SPAN("J"), .schema = SPAN("demo"), .epoch = 1 };
	w->spec = (struct job_spec){ .operation = JOB_EXPORT, .mode = MODE_SCHEMA, .threads = 1, .reuse_files = true };
	w->job = (struct job){ .row = &w->row, .spec = &w->spec, .pool = &w->s.t.pool, .db = w->s.t.db, .mem = w->s.t.mem,
		.directory = SPAN("DATA_PUMP_DIR"), .stamp = "2024-01-02-03_04_05" };
	folder_empty();
	MUST(&w->s.t, place_directory(folder, false, w->s.t.mem, &w->job.place, &w->s.t.e));
	log_text[0] = '\0';
	n_errors = 0;
	n_go_on = -1;
	said_inconsistent = false;
}

static void
run(struct world *w, const char *text)
{
	MUST(&w->s.t, stmt_direct(w->s.t.db, text, &w->s.t.e));
}

#define DUMP_NAME "EXPDAT01-2024-01-02-03_04_05.DMP"

static const char *
exported(struct world *w)
{
	MUST(&w->s.t, export_run(&w->job, &w->s.t.e));
	return arena_z(w->s.t.mem, file_read(DUMP_NAME, w->s.t.mem));
}

static void
assert_holds(const char *text, const char *part)
{
	if (strstr(text, part) == NULL)
		fail_msg("%s\n is not in\n%s", part, text);
}

/* DP-82, DP-86: rows of every class, keys, checks and views are in the dump, and the log counts them */
static void
export__writes_all_that_a_schema_has(void **state)
{
	struct world w;
	const char *text;

	(void)state;
	world_open(&w);
	run(&w, "CREATE TABLE dept(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE)");
	run(&w, "CREATE TABLE \"e \"\"mp\"(id BIGINT NOT NULL PRIMARY KEY, v, dept INT REFERENCES dept ON DELETE CASCADE, CHECK (id <> 3))");
	run(&w, "INSERT INTO dept VALUES (1, 'A\xf0\x9f\x98\x80'), (2, '')");
	run(&w, "INSERT INTO \"e \"\"mp\" VALUES (-9223372036854775808, x'00ff', 1), (9223372036854775807, NULL, NULL)");
	run(&w, "CREATE VIEW v AS SELECT name FROM dept");
	text = exported(&w);
	assert_holds(text, "[1,\"A\xf0\x9f\x98\x80\"]\n[2,\"\"]\n");
	assert_holds(text, "[-9223372036854775808,{\"b\":\"AP8=\"},1]\n[9223372036854775807,null,null]\n");
	assert_holds(text, "\"id <> 3\"");
	assert_holds(text, "SELECT name FROM dept");
	assert_holds(text, "\"CASCADE\"");
	assert_holds(log_text, ". . exported \"demo\".\"dept\"");
	assert_holds(log_text, "      2 rows\n");
	assert_holds(log_text, "  DATA_PUMP_DIR:" DUMP_NAME "\n");
	assert_int_equal(n_errors, 0);
	storedb_close(&w.s);
}

/* DP-39 */
static void
export__of_nothing_says_so(void **state)
{
	struct world w;

	(void)state;
	world_open(&w);
	MUST(&w.s.t, export_run(&w.job, &w.s.t.e));
	assert_holds(log_text, "ODP-31655: no data or metadata objects selected for job");
	assert_int_equal(n_errors, 1);
	storedb_close(&w.s);
}

static void
export__takes_rows_that_a_query_finds(void **state)
{
	struct spec_query query = { .table = SPAN("DEMO.T"), .filter = SPAN("{\"id\":{\"$gt\":2}}") };
	struct world w;
	const char *text;

	(void)state;
	world_open(&w);
	run(&w, "CREATE TABLE t(id INTEGER PRIMARY KEY)");
	run(&w, "INSERT INTO t VALUES (1), (2), (3), (4)");
	w.spec.n_queries = 1;
	w.spec.queries = &query;
	text = exported(&w);
	assert_holds(text, "\n[3]\n[4]\n");
	assert_null(strstr(text, "\n[2]\n"));
	storedb_close(&w.s);
}

/* tables that were whole are kept, and the set says that it is of two moments */
static void
export__goes_on_after_a_stop(void **state)
{
	struct world w;
	const char *text;

	(void)state;
	world_open(&w);
	run(&w, "CREATE TABLE a(id INTEGER PRIMARY KEY, t TEXT)");	/* long enough to end a member of the dump */
	run(&w, "CREATE TABLE b(id INTEGER PRIMARY KEY)");
	run(&w, "INSERT INTO a VALUES (1, printf('%500000d', 7))");
	run(&w, "INSERT INTO b VALUES (1)");
	n_go_on = 4;		/* a, its page, its end, b: stops before b's first page */
	assert_false(export_run(&w.job, &w.s.t.e));
	assert_int_equal(w.s.t.e.kind, ERR_STOPPED);
	run(&w, "INSERT INTO a VALUES (2, 'late')");
	run(&w, "INSERT INTO b VALUES (2)");
	n_go_on = -1;
	w.row.epoch = 2;
	w.row.previous_epoch = 1;
	w.job.is_restart = true;
	text = exported(&w);
	assert_holds(text, "\n[1]\n[2]\n");
	assert_null(strstr(text, "late"));
	assert_holds(text, "\"consistent\":false");
	assert_holds(log_text, ". . kept     \"demo\".\"a\"");
	assert_true(said_inconsistent);
	storedb_close(&w.s);
}

/* ---- a writer beside it ---- */

struct mover {
	struct world *w;
	volatile bool stop;
	int64_t n_moves;
};

static void *
move_value(void *arg)
{
	struct mover *m = arg;
	struct db *db;
	struct err e;

	if (!db_open(&m->w->s.t.pool, &db, &e))
		return NULL;
	while (!m->stop && db_begin(db, TX_WRITE, &e)) {
		if (!stmt_exec(db, &(struct query){ .text = SPAN("UPDATE a SET v = v - 1") }, NULL, &e)
		    || !stmt_exec(db, &(struct query){ .text = SPAN("UPDATE z SET v = v + 1") }, NULL, &e) || !db_commit(db, &e))
			break;
		m->n_moves++;
	}
	db_close(&db);
	return NULL;
}

static int64_t
value_after(const char *text, const char *table)
{
	char name[64];
	const char *p;

	(void)snprintf(name, sizeof(name), "\"name\":\"%s\"", table);
	p = strstr(text, name);
	assert_non_null(p);
	p = strstr(p, "\n[1,");
	assert_non_null(p);
	return strtoll(p + 4, NULL, 10);
}

/* DP-84, R-23: a writer moves value from one table to another all the time; their sum is the same in every dump */
static void
export__shows_one_point_in_time(void **state)
{
	struct mover m = { 0 };
	struct world w;
	pthread_t thread;

	(void)state;
	world_open(&w);
	run(&w, "CREATE TABLE a(id INTEGER PRIMARY KEY, v INT)");
	run(&w, "CREATE TABLE m(id INTEGER PRIMARY KEY, t TEXT)");	/* to be read between the two */
	run(&w, "CREATE TABLE z(id INTEGER PRIMARY KEY, v INT)");
	run(&w, "INSERT INTO a VALUES (1, 1000000)");
	run(&w, "INSERT INTO z VALUES (1, 0)");
	run(&w, "INSERT INTO m SELECT NULL, value FROM (WITH RECURSIVE g(value) AS (VALUES (1) UNION ALL SELECT value + 1 FROM g"
	    " WHERE value < 20000) SELECT value FROM g)");
	m.w = &w;
	assert_int_equal(pthread_create(&thread, NULL, move_value, &m), 0);
	for (int i = 0; i < 8; i++) {
		const char *text = exported(&w);

		assert_holds(text, "\"consistent\":true");
		assert_int_equal(value_after(text, "a") + value_after(text, "z"), 1000000);
	}
	m.stop = true;
	pthread_join(thread, NULL);
	assert_true(m.n_moves > 0);
	storedb_close(&w.s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(export__writes_all_that_a_schema_has),
		cmocka_unit_test(export__of_nothing_says_so),
		cmocka_unit_test(export__takes_rows_that_a_query_finds),
		cmocka_unit_test(export__goes_on_after_a_stop),
		cmocka_unit_test(export__shows_one_point_in_time),
	};

	return cmocka_run_group_tests(tests, folder_make_for_test, folder_remove_for_test);
}
