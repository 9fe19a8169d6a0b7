/* tests/sql/test_stmt.c - binding, stepping, reading; the cache of statements */
#include "tests/sql/testdb.h"

#include "base/clock.h"

static void
put_text(struct testdb *t, int64_t id, struct span text)
{
	struct bind b[] = { BIND_I(id), BIND_T(text) };
	struct query q = { .text = SPAN("INSERT INTO t (id, v) VALUES (?, ?)"), .n_binds = 2, .binds = b };
	int64_t n;

	if (!stmt_exec(t->db, &q, &n, &t->e))
		fail_msg("%s (%s)", t->e.text, t->e.detail);
	assert_int_equal(n, 1);
}

static struct span
get_text(struct testdb *t, int64_t id)
{
	struct bind b = BIND_I(id);
	struct query q = { .text = SPAN("SELECT v FROM t WHERE id = ?"), .n_binds = 1, .binds = &b };
	struct stmt *st;
	struct span v = { NULL, 0 };
	bool has_row;

	if (!stmt_open(t->db, &q, &st, &t->e) || !stmt_step(st, &has_row, &t->e) || !has_row
	    || !stmt_text_or_null(st, 0, t->mem, &v, &t->e))
		fail_msg("%s (%s)", t->e.text, t->e.detail);
	stmt_done(st);
	return v;
}

static void
open_table(struct testdb *t)
{
	testdb_open(t);
	testdb_do(t, "CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT)");
}

/* R-07, D-06, D-09: texts travel whole and byte for byte, at every size around the borders of buffers */
static void
stmt__texts_come_back_byte_for_byte(void **state)
{
	static const size_t sizes[] = { 0, 1, 71, 72, 73, 255, 256, 4095, 4096, 8190, 8191, 8192, 8193, 16384, 65535, 65536, 65537,
		1 << 20 };
	struct testdb t;
	char *text = malloc(1 << 20);

	(void)state;
	open_table(&t);
	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		struct span v;

		for (size_t k = 0; k < sizes[i]; k++)	/* four-byte characters stand across every border */
			text[k] = "\xf0\x9f\x98\x80"[(k + i) % 4];
		put_text(&t, (int64_t)i, (struct span){ text, sizes[i] });
		v = get_text(&t, (int64_t)i);
		assert_non_null(v.p);
		assert_int_equal(v.n, sizes[i]);
		assert_memory_equal(v.p, text, sizes[i]);
	}
	free(text);
	testdb_close(&t);
}

/* */
static void
stmt__hard_texts_survive(void **state)
{
	static const char *const texts[] = {
		"{\"a\":1.10,\"b\":12345678901234567890,\"c\":1e2,\"d\":-0}", "'\"`;--/*?{fn x}\\\r\n\t%_", "X'0102'", "x'", "é",
		"\xf0\x9f\x98\x80", "NULL", " a ", "1e400", "0x10",
	};
	struct testdb t;

	(void)state;
	open_table(&t);
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		put_text(&t, (int64_t)i, span_of(texts[i]));
		assert_span(get_text(&t, (int64_t)i), texts[i]);
	}
	testdb_close(&t);
}

static void
stmt__sixteen_mebibytes_are_fast(void **state)
{
	struct testdb t;
	size_t n = 16 << 20;
	char *text = malloc(n);
	struct span v;
	int64_t start;

	(void)state;
	open_table(&t);
	memset(text, 'x', n);
	text[n - 1] = 'y';
	put_text(&t, 1, (struct span){ text, n });
	start = clock_mono_ns();
	v = get_text(&t, 1);
	assert_true(clock_mono_ns() - start < INT64_C(2000000000));	/* pieces of 64 KiB would take far longer under sanitizers */
	assert_int_equal(v.n, n);
	assert_memory_equal(v.p, text, n);
	free(text);
	testdb_close(&t);
}

/* R-07, D-06 */
static void
stmt__blobs_come_back_byte_for_byte(void **state)
{
	static const size_t sizes[] = { 0, 1, 255, 256, 8191, 8192, 8193, 100000 };
	struct testdb t;
	char *bytes = malloc(100000);

	(void)state;
	testdb_open(&t);
	testdb_do(&t, "CREATE TABLE t (id INTEGER PRIMARY KEY, v BLOB)");
	for (size_t i = 0; i < 100000; i++)
		bytes[i] = (char)(i * 7 + i / 256);
	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		struct bind in[] = { BIND_I((int64_t)i), BIND_B(((struct span){ bytes, sizes[i] })) };
		struct query insert = { .text = SPAN("INSERT INTO t (id, v) VALUES (?, ?)"), .n_binds = 2, .binds = in };
		struct query select = { .text = SPAN("SELECT v FROM t WHERE id = ?"), .n_binds = 1, .binds = in };
		struct stmt *st;
		struct span v;
		bool has_row;

		assert_true(stmt_exec(t.db, &insert, NULL, &t.e));
		assert_true(stmt_open(t.db, &select, &st, &t.e));
		assert_true(stmt_step(st, &has_row, &t.e));
		assert_true(has_row);
		assert_true(stmt_blob(st, 0, t.mem, &v, &t.e));
		assert_non_null(v.p);
		assert_int_equal(v.n, sizes[i]);
		assert_memory_equal(v.p, bytes, sizes[i]);
		stmt_done(st);
	}
	free(bytes);
	testdb_close(&t);
}

/* D-16: integers of 64 bits are exact; NULL is told from empty */
static void
stmt__integers_and_nulls(void **state)
{
	struct testdb t;
	struct bind in[] = { BIND_I(INT64_MAX), BIND_I(INT64_MIN), BIND_N, BIND_T(SPAN("")) };
	struct query q = { .text = SPAN("SELECT ?, ?, ?, ?"), .n_binds = 4, .binds = in };

	(void)state;
	testdb_open(&t);
	for (int round = 0; round < 3; round++) {	/* kinds change at the same markers */
		struct stmt *st;
		bool has_row;
		int64_t n;
		struct span v;
		struct bind was = in[0];

		assert_true(stmt_open(t.db, &q, &st, &t.e));
		assert_true(stmt_step(st, &has_row, &t.e));
		for (int i = 0; i < 4; i++) {
			switch (in[i].kind) {
			case BIND_INT:
				assert_true(stmt_int(st, i, &n, &t.e));
				assert_true(n == in[i].number);
				break;
			case BIND_NULL:
				assert_true(stmt_text_or_null(st, i, t.mem, &v, &t.e));
				assert_null(v.p);
				break;
			default:
				assert_true(stmt_text(st, i, t.mem, &v, &t.e));
				assert_non_null(v.p);
				assert_int_equal(v.n, 0);
			}
		}
		assert_true(stmt_step(st, &has_row, &t.e));
		assert_false(has_row);
		stmt_done(st);
		memmove(in, in + 1, sizeof(in) - sizeof(*in));
		in[3] = was;
	}
	testdb_close(&t);
}

/* D-06: the driver would cut it */
static void
stmt__text_with_nul_is_refused(void **state)
{
	struct testdb t;
	struct bind in = BIND_T(SPAN("a\0b"));
	struct query q = { .text = SPAN("SELECT ?"), .n_binds = 1, .binds = &in };
	struct stmt *st;

	(void)state;
	testdb_open(&t);
	assert_false(stmt_open(t.db, &q, &st, &t.e));
	assert_int_equal(t.e.kind, ERR_INTERNAL);
	testdb_close(&t);
}

static void
stmt__an_open_statement_is_not_reused(void **state)
{
	struct testdb t;
	struct query q = { .text = SPAN("SELECT id FROM t WHERE id >= ? ORDER BY id"), .n_binds = 1, .binds = &BIND_I(1) };
	struct stmt *outer, *inner;
	bool has_row;
	int64_t n;

	(void)state;
	open_table(&t);
	testdb_do(&t, "INSERT INTO t (id) VALUES (1), (2), (3)");
	assert_true(stmt_open(t.db, &q, &outer, &t.e));
	assert_true(stmt_step(outer, &has_row, &t.e));
	assert_true(stmt_open(t.db, &q, &inner, &t.e));
	assert_ptr_not_equal(outer, inner);
	assert_true(stmt_step(inner, &has_row, &t.e));
	assert_true(stmt_step(inner, &has_row, &t.e));
	assert_true(stmt_int(inner, 0, &n, &t.e));
	assert_int_equal(n, 2);
	assert_true(stmt_step(outer, &has_row, &t.e));
	assert_true(stmt_int(outer, 0, &n, &t.e));
	assert_int_equal(n, 2);
	stmt_done(inner);
	stmt_done(inner);
	stmt_done(outer);
	stmt_done(NULL);
	testdb_close(&t);
}

static void
stmt__more_texts_than_the_cache_holds(void **state)
{
	struct testdb t;

	(void)state;
	testdb_folder(&t);
	t.set.stmt_cache = 4;
	close(open(t.path, O_CREAT | O_WRONLY, 0600));
	assert_true(db_open(&t.pool, &t.db, &t.e));
	for (int round = 0; round < 3; round++)
		for (int i = 0; i < 20; i++) {
			char text[32];

			snprintf(text, sizeof(text), "SELECT %d", i);
			assert_int_equal(testdb_number(&t, text), i);
		}
	testdb_close(&t);
}

static void
stmt__many_markers(void **state)
{
	enum { N = 1000 };
	struct testdb t;
	struct bind *in = calloc(N, sizeof(*in));
	struct buf text;
	struct query q = { .n_binds = N, .binds = in };
	int64_t n;

	(void)state;
	open_table(&t);
	buf_init(&text, t.mem);
	put_lit(&text, "INSERT INTO t (id, v) VALUES (?, ?)");
	for (int i = 1; i < N / 2; i++)
		put_lit(&text, ", (?, ?)");
	for (int i = 0; i < N; i += 2) {
		in[i] = BIND_I(i);
		in[i + 1] = BIND_T(SPAN("v"));
	}
	q.text = buf_text(&text);
	assert_true(stmt_exec(t.db, &q, &n, &t.e));
	assert_int_equal(n, N / 2);
	assert_int_equal(testdb_number(&t, "SELECT count(*) FROM t WHERE v = 'v'"), N / 2);
	free(in);
	testdb_close(&t);
}

/* a statement without markers is streamed; closed early, it must not keep anything locked */
static void
stmt__closed_early_leaves_nothing_open(void **state)
{
	struct testdb t;
	struct query q = { .text = SPAN("SELECT id FROM t") };
	struct stmt *st;
	bool has_row;

	(void)state;
	open_table(&t);
	testdb_do(&t, "INSERT INTO t (id) VALUES (1), (2), (3)");
	for (int i = 0; i < 2; i++) {
		assert_true(db_begin(t.db, TX_WRITE, &t.e));
		assert_true(stmt_open(t.db, &q, &st, &t.e));
		assert_true(stmt_step(st, &has_row, &t.e));
		if (i == 0)
			stmt_done(st);
		testdb_do(&t, "UPDATE t SET v = 'x' WHERE id = 3");
		assert_true(db_commit(t.db, &t.e));	/* ends what is open still */
		stmt_done(st);
		assert_int_equal(testdb_number(&t, "PRAGMA wal_checkpoint(TRUNCATE)"), 0);
	}
	testdb_close(&t);
}

static void
stmt__counts_changed_rows(void **state)
{
	struct testdb t;
	struct bind in = BIND_I(7);
	struct query hit = { .text = SPAN("UPDATE t SET v = 'x' WHERE id <= 2"), .n_binds = 0, .binds = NULL };
	struct query miss = { .text = SPAN("DELETE FROM t WHERE id = ?"), .n_binds = 1, .binds = &in };
	int64_t n;

	(void)state;
	open_table(&t);
	testdb_do(&t, "INSERT INTO t (id) VALUES (1), (2), (3)");
	assert_true(stmt_exec(t.db, &hit, &n, &t.e));
	assert_int_equal(n, 2);
	assert_true(stmt_exec(t.db, &miss, &n, &t.e));
	assert_int_equal(n, 0);
	testdb_close(&t);
}

static bool
write_often(struct testdb *t, const char *text, int64_t a, const char *v)
{
	struct bind b[] = { BIND_I(a), BIND_T(span_of(v)) };
	struct query q = { .text = span_of(text), .n_binds = 2, .binds = b };

	return stmt_exec_often(t->db, &q, &t->e);
}

static const char insert_often[] = "INSERT INTO t (id, v) VALUES (?, ?)";
static const char update_often[] = "UPDATE t SET id = id + 0 * ? WHERE v = ?";

/* D-07: what the driver takes for a query is run when it is executed, and the engine's own count proves it */
static void
stmt__frequent_writes_are_run_and_counted(void **state)
{
	struct testdb t;
	int64_t n;

	(void)state;
	open_table(&t);
	for (int i = 0; i < 3; i++) {
		assert_true(db_begin(t.db, TX_WRITE, &t.e));
		assert_true(write_often(&t, insert_often, 2 * i, "same"));
		assert_true(write_often(&t, insert_often, 2 * i + 1, "same"));
		assert_true(stmt_touched(t.db, &n, &t.e));
		assert_int_equal(n, 2);
		assert_true(write_often(&t, update_often, 0, "same"));
		assert_true(stmt_touched_n(t.db, 2 * (i + 1), &t.e));
		assert_true(write_often(&t, update_often, 0, "none"));
		assert_true(stmt_touched_n(t.db, 0, &t.e));
		assert_true(db_commit(t.db, &t.e));
		assert_span(get_text(&t, 2 * i + 1), "same");
		put_text(&t, 100 + i, SPAN("another kind of write between two transactions"));
	}
	testdb_close(&t);
}

/* R-01, D-07: alone, as a transaction of its own */
static void
stmt__frequent_writes_alone_are_counted(void **state)
{
	struct bind b[] = { BIND_I(1), BIND_T(SPAN("one")) };
	struct query insert = { .text = span_of(insert_often), .n_binds = 2, .binds = b };
	struct query update = { .text = span_of(update_often), .n_binds = 2, .binds = b };
	struct testdb t, other;
	int64_t n;

	(void)state;
	open_table(&t);
	other = t;
	assert_true(db_open(&t.pool, &other.db, &t.e));
	for (int i = 0; i < 3; i++) {
		b[0].number = i;
		assert_true(db_begin(t.db, TX_ONE_WRITE, &t.e));
		assert_true(stmt_exec_comparing(t.db, &insert, &n, &t.e));
		assert_int_equal(n, 1);
		assert_span(get_text(&other, i), "one");	/* stored before anything is committed */
		assert_true(db_commit(t.db, &t.e));
	}
	b[1] = BIND_T(SPAN("none"));
	assert_true(db_begin(t.db, TX_ONE_WRITE, &t.e));
	assert_true(stmt_exec_comparing(t.db, &update, &n, &t.e));
	assert_int_equal(n, 0);
	db_rollback(t.db);
	db_close(&other.db);
	testdb_close(&t);
}

/* one that fails poisons the transaction, and what a rollback took back is not counted later */
static void
stmt__frequent_writes_roll_back(void **state)
{
	struct testdb t;

	(void)state;
	open_table(&t);
	put_text(&t, 1, SPAN("one"));
	assert_true(db_begin(t.db, TX_WRITE, &t.e));
	assert_true(write_often(&t, insert_often, 2, "two"));
	assert_false(write_often(&t, insert_often, 1, "one"));
	assert_int_equal(t.e.kind, ERR_DUPLICATE_KEY);
	assert_false(write_often(&t, insert_often, 3, "three"));
	db_rollback(t.db);
	assert_true(db_begin(t.db, TX_WRITE, &t.e));
	assert_true(write_often(&t, insert_often, 2, "two"));
	assert_true(stmt_touched_n(t.db, 1, &t.e));
	assert_true(db_commit(t.db, &t.e));
	testdb_close(&t);
}

/* R-02, D-07: a full-text index writes rows of its own when it likes; they are nobody's */
static void
stmt__frequent_writes_beside_full_text(void **state)
{
	struct bind word = BIND_T(SPAN("words"));
	struct query fill = { .text = SPAN("INSERT INTO f(w) VALUES (?)"), .n_binds = 1, .binds = &word };
	struct testdb t;

	(void)state;
	open_table(&t);
	assert_true(stmt_direct(t.db, "CREATE VIRTUAL TABLE f USING fts5(w)", &t.e));
	for (int i = 0; i < 4; i++) {
		assert_true(db_begin(t.db, TX_WRITE, &t.e));
		assert_true(write_often(&t, insert_often, 10 * i, "same") && stmt_touched_n(t.db, 1, &t.e));
		assert_true(stmt_exec_n(t.db, &fill, 1, &t.e));
		assert_true(write_often(&t, insert_often, 10 * i + 1, "same") && stmt_touched_n(t.db, 1, &t.e));
		assert_true(write_often(&t, update_often, 0, "same") && stmt_touched_n(t.db, 2 * (i + 1), &t.e));
		assert_true(db_commit(t.db, &t.e));
	}
	testdb_close(&t);
}

/* A statement stays compiled while another connection changes the table. */
static void
stmt__frequent_writes_see_new_tables(void **state)
{
	struct testdb t, other;

	(void)state;
	open_table(&t);
	other = t;
	assert_true(db_open(&t.pool, &other.db, &t.e));
	for (int i = 0; i < 2; i++) {
		assert_true(db_begin(t.db, TX_WRITE, &t.e));
		assert_true(write_often(&t, insert_often, i, "v"));
		assert_true(stmt_touched_n(t.db, 1, &t.e));
		assert_true(db_commit(t.db, &t.e));
		testdb_do(&other, i == 0 ? "CREATE INDEX by_v ON t(v)" : "ALTER TABLE t ADD COLUMN w TEXT DEFAULT 'w'");
	}
	testdb_do(&other, "DROP TABLE t");
	assert_true(db_begin(t.db, TX_WRITE, &t.e));
	assert_false(write_often(&t, insert_often, 9, "v"));
	db_rollback(t.db);
	db_close(&other.db);
	testdb_close(&t);
}

/* Another write between them and the question would hide how many they were: told, not guessed. */
static void
stmt__frequent_writes_are_asked_for_before_others(void **state)
{
	struct testdb t;

	(void)state;
	open_table(&t);
	assert_true(db_begin(t.db, TX_WRITE, &t.e));
	assert_true(write_often(&t, insert_often, 1, "one"));
	put_text(&t, 2, SPAN("two"));
	assert_false(stmt_touched_n(t.db, 1, &t.e));
	db_rollback(t.db);
	testdb_close(&t);
}

/* D-05: a select that yields no columns is a fault of the driver, and the connection is not used again */
static void
stmt__select_without_columns_is_a_fault(void **state)
{
	struct testdb t;
	struct query q = { .text = SPAN("UPDATE t SET v = 'x'"), .n_binds = 0, .binds = NULL };
	struct stmt *st;

	(void)state;
	open_table(&t);
	assert_false(stmt_open(t.db, &q, &st, &t.e));
	assert_int_equal(t.e.kind, ERR_DB_FAULT);
	assert_null(st);
	assert_true(db_ready(t.db, &t.e));
	assert_int_equal(testdb_number(&t, "SELECT 5"), 5);
	testdb_close(&t);
}

static void
stmt__bad_sql_is_our_fault_and_costs_the_connection(void **state)
{
	struct testdb t;
	struct query q = { .text = SPAN("SELECT nothing FROM nowhere"), .n_binds = 0, .binds = NULL };
	struct stmt *st;

	(void)state;
	testdb_open(&t);
	assert_false(stmt_open(t.db, &q, &st, &t.e));
	assert_int_equal(t.e.kind, ERR_DB_FAULT);
	assert_non_null(strstr(t.e.detail, "/1 "));
	assert_null(strstr(t.e.text, "nowhere"));
	assert_false(stmt_open(t.db, &(struct query){ .text = SPAN("SELECT 1") }, &st, &t.e));
	assert_int_equal(t.e.kind, ERR_CONN_LOST);
	assert_true(db_ready(t.db, &t.e));
	testdb_close(&t);
}

/* D-07, D-10, D-11: what the driver would not run as it reads is not given to it */
static void
stmt__forms_that_drivers_break_are_refused(void **state)
{
	static const char *const texts[] = {
		"WITH n(i) AS (SELECT 1) INSERT INTO t (id) SELECT i FROM n", "INSERT INTO t (id) VALUES (1) RETURNING id",
		"INSERT INTO t (id) VALUES (1); DROP TABLE t", "INSERT INTO t (v) VALUES ({fn now()})",
	};
	struct testdb t;
	struct stmt *st;

	(void)state;
	open_table(&t);
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		assert_false(stmt_direct(t.db, texts[i], &t.e));
		assert_int_equal(t.e.kind, ERR_INTERNAL);
		assert_false(stmt_exec(t.db, &(struct query){ .text = span_of(texts[i]) }, NULL, &t.e));
		assert_int_equal(t.e.kind, ERR_INTERNAL);
	}
	assert_false(stmt_open(t.db, &(struct query){ .text = SPAN("SELECT 1; DROP TABLE t") }, &st, &t.e));
	assert_int_equal(testdb_number(&t, "WITH n(i) AS (SELECT 7) SELECT i FROM n"), 7);
	assert_int_equal(testdb_number(&t, "SELECT count(*) FROM t"), 0);
	testdb_close(&t);
}

/* D-08: rows of a statement without markers come one by one, others are fetched; both end, both keep their order */
static void
stmt__rows_in_order_with_and_without_markers(void **state)
{
	struct bind from = BIND_I(0);
	const struct query queries[] = {
		{ .text = SPAN("SELECT id, v FROM t ORDER BY id") },
		{ .text = SPAN("SELECT id, v FROM t WHERE id > ? ORDER BY id"), .n_binds = 1, .binds = &from },
	};
	struct testdb t;

	(void)state;
	open_table(&t);
	for (int64_t i = 1; i <= 300; i++)
		put_text(&t, i, SPAN("v"));
	for (size_t k = 0; k < 4; k++) {
		struct stmt *st;
		int64_t n = 0;
		bool has_row;

		assert_true(stmt_open(t.db, &queries[k % 2], &st, &t.e));
		for (;;) {
			int64_t id;
			struct span v;

			assert_true(stmt_step(st, &has_row, &t.e));
			if (!has_row)
				break;
			assert_true(stmt_int(st, 0, &id, &t.e));
			assert_true(stmt_text(st, 1, t.mem, &v, &t.e));
			assert_int_equal(id, ++n);
			assert_span(v, "v");
		}
		assert_int_equal(n, 300);
		stmt_done(st);
	}
	testdb_close(&t);
}

/* a head: numbers with a blank behind each, and then a text that may be anything or not there; what is no head is a broken driver */
static void
stmt__heads_are_taken_apart(void **state)
{
	static const struct {
		const char *value, *rest;	/* rest NULL: no head of two numbers */
		int64_t a, b;
	} cases[] = {
		{ "1 2 v", "v", 1, 2 },
		{ "-9223372036854775808 9223372036854775807 v w", "v w", INT64_MIN, INT64_MAX },
		{ "1 2", "", 1, 2 },
		{ "1 2 ", "", 1, 2 },
		{ "1 2  v", " v", 1, 2 },
		{ "1", NULL, 0, 0 },
		{ "", NULL, 0, 0 },
		{ "1 v", NULL, 0, 0 },
		{ "1 2v", NULL, 0, 0 },
		{ "1 9223372036854775808", NULL, 0, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct bind b = BIND_I(1);
		struct query q = { .text = SPAN("SELECT v FROM t WHERE id = ?"), .n_binds = 1, .binds = &b, .has_head = true };
		int64_t numbers[2];
		struct testdb t;
		struct span rest;
		struct stmt *st;
		bool has_row;

		open_table(&t);
		put_text(&t, 1, span_of(cases[i].value));
		assert_true(stmt_open(t.db, &q, &st, &t.e) && stmt_step(st, &has_row, &t.e) && has_row);
		assert_int_equal(stmt_head(st, numbers, 2, t.mem, &rest, &t.e), cases[i].rest != NULL);
		if (cases[i].rest != NULL) {
			assert_int_equal(numbers[0], cases[i].a);
			assert_int_equal(numbers[1], cases[i].b);
			assert_span(rest, cases[i].rest);
		}
		stmt_done(st);
		testdb_close(&t);
	}
}

/* the figure is for people; it fails only when something is badly wrong */
static void
stmt__reading_by_key_is_cheap(void **state)
{
	enum { ROUNDS = 2000 };
	struct testdb t;
	struct arena_mark mark;
	int64_t start, us;

	(void)state;
	open_table(&t);
	put_text(&t, 1, SPAN("{\"name\":\"a small document\"}"));
	mark = arena_mark(t.mem);
	db_meter_reset(t.db);
	start = clock_mono_ns();
	for (int i = 0; i < ROUNDS; i++) {
		get_text(&t, 1);
		arena_rewind(t.mem, mark);
	}
	us = (clock_mono_ns() - start) / 1000;
	print_message("read by key: %.2f us, of which %.2f us inside the driver\n", (double)us / ROUNDS,
	    (double)db_meter_us(t.db) / ROUNDS);
	assert_int_equal(db_meter_rows(t.db), ROUNDS);
	assert_true(db_meter_us(t.db) <= us);
	testdb_close(&t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(stmt__texts_come_back_byte_for_byte),
		cmocka_unit_test(stmt__hard_texts_survive),
		cmocka_unit_test(stmt__sixteen_mebibytes_are_fast),
		cmocka_unit_test(stmt__blobs_come_back_byte_for_byte),
		cmocka_unit_test(stmt__integers_and_nulls),
		cmocka_unit_test(stmt__text_with_nul_is_refused),
		cmocka_unit_test(stmt__an_open_statement_is_not_reused),
		cmocka_unit_test(stmt__more_texts_than_the_cache_holds),
		cmocka_unit_test(stmt__many_markers),
		cmocka_unit_test(stmt__closed_early_leaves_nothing_open),
		cmocka_unit_test(stmt__counts_changed_rows),
		cmocka_unit_test(stmt__frequent_writes_are_run_and_counted),
		cmocka_unit_test(stmt__frequent_writes_alone_are_counted),
		cmocka_unit_test(stmt__frequent_writes_roll_back), cmocka_unit_test(stmt__frequent_writes_beside_full_text),
		cmocka_unit_test(stmt__frequent_writes_see_new_tables),
		cmocka_unit_test(stmt__frequent_writes_are_asked_for_before_others),
		cmocka_unit_test(stmt__select_without_columns_is_a_fault),
		cmocka_unit_test(stmt__bad_sql_is_our_fault_and_costs_the_connection),
		cmocka_unit_test(stmt__forms_that_drivers_break_are_refused),
		cmocka_unit_test(stmt__rows_in_order_with_and_without_markers),
		cmocka_unit_test(stmt__heads_are_taken_apart),
		cmocka_unit_test(stmt__reading_by_key_is_cheap),
	};

	return cmocka_run_group_tests_name("stmt", tests, NULL, NULL);
}
