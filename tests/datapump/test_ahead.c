/* tests/datapump/test_ahead.c - pages that are read ahead, from a source that counts
 *
 * The source keeps two pages in turn and wipes a page when it uses its place again, as rows_next() and dump_next() do.
 */
#include "tests/lib/unit.h"

#include "datapump/ahead.h"

#include <stdatomic.h>

enum { N_PAGES = 200, ROWS = 7 };

struct counting {
	struct cell pages[2][ROWS];
	int64_t fail_at;		/* -1: never */
	atomic_llong n_read;
};

static bool
next_page(void *arg, struct rows_page *out, struct err *e)
{
	struct counting *c = arg;
	int64_t n = atomic_fetch_add(&c->n_read, 1);
	struct cell *cells = c->pages[n % 2];

	memset(cells, 0, sizeof(c->pages[0]));
	if (n == c->fail_at)
		return err_set(e, ERR_CONN_LOST, "page %lld", (long long)n);
	if (n == N_PAGES)
		return true;
	for (int i = 0; i < ROWS; i++)
		cells[i].number = n * ROWS + i;
	*out = (struct rows_page){ .n_rows = ROWS, .cells = cells };
	return true;
}

/* how many pages came, each whole and in its order, until the end or the failure */
static int64_t
read_all(struct counting *c, struct err *e)
{
	struct arena *mem = arena_open(0);
	struct ahead *a;
	struct rows_page p;
	int64_t n = 0;

	assert_true(ahead_open(next_page, c, mem, &a, e));
	while (ahead_next(a, &p, e) && p.n_rows > 0) {
		for (int i = 0; i < ROWS; i++)
			assert_int_equal(p.cells[i].number, n * ROWS + i);
		n++;
	}
	/* what has ended stays so */
	assert_true(ahead_next(a, &p, e) == (e->kind == ERR_NONE));
	assert_int_equal(p.n_rows, 0);
	ahead_close(a);
	arena_close(&mem);
	return n;
}

static void
ahead__passes_pages_in_order(void **state)
{
	struct counting c = { .fail_at = -1 };
	struct err e = { 0 };

	(void)state;
	assert_int_equal(read_all(&c, &e), N_PAGES);
	assert_int_equal(e.kind, ERR_NONE);
}

static void
ahead__passes_a_failure_behind_the_pages_before_it(void **state)
{
	(void)state;
	for (int64_t at = 0; at < 4; at++) {
		struct counting c = { .fail_at = at };
		struct err e = { 0 };

		assert_int_equal(read_all(&c, &e), at);
		assert_int_equal(e.kind, ERR_CONN_LOST);
	}
}

/* One page is worked off and one is read: never a third, for which there is no place. */
static void
ahead__reads_one_page_ahead(void **state)
{
	struct counting c = { .fail_at = -1 };
	struct arena *mem = arena_open(0);
	struct err e = { 0 };
	struct rows_page p;
	struct ahead *a;

	(void)state;
	assert_true(ahead_open(next_page, &c, mem, &a, &e));
	for (int64_t n = 1; n <= 20; n++) {
		assert_true(ahead_next(a, &p, &e));
		while (atomic_load(&c.n_read) < n + 1)
			;
		assert_int_equal(p.cells[0].number, (n - 1) * ROWS);
	}
	ahead_close(a);
	assert_int_equal(atomic_load(&c.n_read), 21);
	ahead_close(a);
	ahead_close(NULL);
	arena_close(&mem);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ahead__passes_pages_in_order),
		cmocka_unit_test(ahead__passes_a_failure_behind_the_pages_before_it),
		cmocka_unit_test(ahead__reads_one_page_ahead),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
