/* tests/datapump/test_readers.c - a table that several connections read in turn */
#include "tests/sql/storedb.h"

#include "datapump/readers.h"

enum { N_READERS = 3, N_ROWS = 20000 };

struct world {
	struct storedb s;
	struct db *dbs[N_READERS];
	struct rows *rows[N_READERS];
	struct table t;
	struct readers *readers;
};

static void
world_open(struct world *w)
{
	static const struct query where = { .text = SPAN("b > 0") };	/* by key: without a condition a file is read by its numbers */
	const struct place *places;
	const struct table_ref *refs;
	size_t n;

	memset(w, 0, sizeof(*w));
	storedb_open(&w->s);
	MUST(&w->s.t, stmt_direct(w->s.t.db, "CREATE TABLE k(b INT NOT NULL PRIMARY KEY, v TEXT)", &w->s.t.e));
	MUST(&w->s.t, stmt_direct(w->s.t.db, "INSERT INTO k SELECT value, 'v' || value FROM (WITH RECURSIVE g(value) AS (VALUES (1) UNION ALL"
	    " SELECT value + 1 FROM g WHERE value < 20000) SELECT value FROM g)", &w->s.t.e));
	MUST(&w->s.t, tables_places(w->s.t.db, w->s.t.mem, &places, &n, &w->s.t.e));
	MUST(&w->s.t, tables_list(w->s.t.db, places, w->s.t.mem, &refs, &n, &w->s.t.e));
	MUST(&w->s.t, table_describe(w->s.t.db, &refs[0], w->s.t.mem, &w->t, &w->s.t.e));
	for (int i = 0; i < N_READERS; i++) {
		MUST(&w->s.t, db_open_job(&w->s.t.pool, &w->dbs[i], &w->s.t.e));
		MUST(&w->s.t, db_begin(w->dbs[i], TX_READ, &w->s.t.e));
		MUST(&w->s.t, rows_open(w->dbs[i], &refs[0], &w->t, &where, w->s.t.mem, &w->rows[i], &w->s.t.e));
	}
	MUST(&w->s.t, readers_open(w->rows, N_READERS, w->s.t.mem, &w->readers, &w->s.t.e));
}

static void
world_close(struct world *w)
{
	readers_close(w->readers);
	readers_close(w->readers);
	readers_close(NULL);
	for (int i = 0; i < N_READERS; i++) {
		rows_close(w->rows[i]);
		db_rollback(w->dbs[i]);
		db_close(&w->dbs[i]);
	}
	storedb_close(&w->s);
}

/* until the end, a failure, or so many pages; the number of the last row */
static int64_t
read_pages(struct world *w, int n_pages, struct err *e)
{
	struct rows_page page;
	int64_t n = 0;

	for (int i = 0; i < n_pages && readers_next(w->readers, &page, e) && page.n_rows > 0; i++)
		for (size_t k = 0; k < page.n_rows; k++)
			assert_int_equal(page.cells[k * 2].number, ++n);
	return n;
}

static void
readers__pass_pages_in_the_order_of_the_key(void **state)
{
	struct world w;
	struct rows_page page;

	(void)state;
	world_open(&w);
	assert_int_equal(read_pages(&w, INT_MAX, &w.s.t.e), N_ROWS);
	assert_int_equal(w.s.t.e.kind, ERR_NONE);
	MUST(&w.s.t, readers_next(w.readers, &page, &w.s.t.e));	/* the end stays */
	assert_int_equal(page.n_rows, 0);
	world_close(&w);
}

static void
readers__can_be_closed_at_any_page(void **state)
{
	(void)state;
	for (int n = 0; n < 5; n++) {
		struct world w;

		world_open(&w);
		assert_true(read_pages(&w, n, &w.s.t.e) < N_ROWS);
		world_close(&w);
	}
}

/* F-04: what one connection fails with comes behind the pages before it, whoever else waits for its turn */
static void
readers__pass_a_failure_on(void **state)
{
	struct world w;

	(void)state;
	world_open(&w);
	assert_true(read_pages(&w, 1, &w.s.t.e) > 0);
	readers_close(w.readers);
	db_cancel(w.dbs[1]);
	MUST(&w.s.t, readers_open(w.rows, N_READERS, w.s.t.mem, &w.readers, &w.s.t.e));
	assert_true(read_pages(&w, INT_MAX, &w.s.t.e) < N_ROWS);
	assert_int_equal(w.s.t.e.kind, ERR_TIMEOUT);
	world_close(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(readers__pass_pages_in_the_order_of_the_key),
		cmocka_unit_test(readers__can_be_closed_at_any_page),
		cmocka_unit_test(readers__pass_a_failure_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
