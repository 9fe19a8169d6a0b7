/* tests/datapump/test_lanes.c - pieces that are stored side by side, without a database: what is stored is a list of numbers */
#include "tests/lib/unit.h"

#include "datapump/lanes.h"

#include <stdatomic.h>

enum { N_PIECES = 200 };

struct store {
	int list[N_PIECES];
	int n;				/* only whoever has the turn writes */
	atomic_int n_ready;		/* that have come to their turn, or failed */
};

struct piece {
	struct store *store;
	int number;
	bool fails, follows;		/* follows: the next one has to be ready before this one asks for its turn */
};

static bool
store_piece(void *arg, struct lane *lane, struct db *db, struct arena *mem, struct err *e)
{
	struct piece *p = arg;
	int *kept = arena_alloc(mem, sizeof(*kept));

	(void)db;
	*kept = p->number;
	if (p->follows)
		while (atomic_load(&p->store->n_ready) < p->number + 1)
			;
	atomic_fetch_add(&p->store->n_ready, 1);
	if (p->fails)
		return err_set(e, ERR_CONSTRAINT, "piece %d", p->number);
	if (!lane_turn(lane, e))
		return false;
	p->store->list[p->store->n++] = *kept;
	return true;
}

static struct lanes *
open_lanes(struct arena *mem)
{
	struct lanes *l;
	struct err e = { 0 };

	assert_true(lanes_open((struct db *[LANES]){ NULL }, mem, &l, &e));
	return l;
}

static void
lanes__store_side_by_side_and_in_order(void **state)
{
	struct arena *mem = arena_open(0);
	struct store store = { .n = 0 };
	struct piece pieces[N_PIECES];
	struct lanes *l = open_lanes(mem);
	struct err e = { 0 };
	bool stored;
	int n_taken = 0;

	(void)state;
	/* each even one waits for the one behind it, which therefore is at work as well and comes to its turn first */
	for (int i = 0; i < N_PIECES; i++) {
		if (lanes_are_full(l)) {
			assert_ptr_equal(lanes_take(l, &stored, &e), &pieces[n_taken++]);
			assert_true(stored);
		}
		pieces[i] = (struct piece){ .store = &store, .number = i, .follows = i % 2 == 0 };
		assert_int_equal(lanes_next(l), i % LANES);
		lanes_put(l, store_piece, &pieces[i]);
		if (i % 2 == 1)
			while (n_taken <= i) {
				assert_ptr_equal(lanes_take(l, &stored, &e), &pieces[n_taken++]);
				assert_true(stored);
			}
	}
	assert_null(lanes_take(l, &stored, &e));
	assert_int_equal(store.n, N_PIECES);
	for (int i = 0; i < N_PIECES; i++)
		assert_int_equal(store.list[i], i);
	lanes_close(l);
	arena_close(&mem);
}

static void
lanes__store_nothing_behind_a_failure(void **state)
{
	struct arena *mem = arena_open(0);
	struct store store = { .n = 0 };
	struct lanes *l = open_lanes(mem);
	struct piece pieces[] = { { &store, 0, true, true }, { &store, 1, false, false }, { &store, 2, false, false } };
	struct err e = { 0 };
	bool stored;

	(void)state;
	lanes_put(l, store_piece, &pieces[0]);
	lanes_put(l, store_piece, &pieces[1]);
	assert_true(lanes_are_full(l));
	assert_ptr_equal(lanes_take(l, &stored, &e), &pieces[0]);
	assert_false(stored);
	assert_int_equal(e.kind, ERR_CONSTRAINT);
	assert_ptr_equal(lanes_take(l, &stored, &e), &pieces[1]);
	assert_false(stored);
	assert_int_equal(e.kind, ERR_BUSY);
	assert_null(lanes_take(l, &stored, &e));
	/* anew */
	lanes_put(l, store_piece, &pieces[2]);
	assert_ptr_equal(lanes_take(l, &stored, &e), &pieces[2]);
	assert_true(stored);
	assert_int_equal(store.n, 1);
	assert_int_equal(store.list[0], 2);
	lanes_close(l);
	lanes_close(NULL);
	arena_close(&mem);
}

struct settled {
	int n_stored;
	void *again[LANES];
	size_t n_again;
	enum err_kind why;
};

static bool
one_is_stored(void *arg, void *piece, struct err *e)
{
	struct settled *s = arg;

	(void)piece;
	(void)e;
	s->n_stored++;
	return true;
}

static bool
some_again(void *arg, void *const *pieces, size_t n, struct err *e)
{
	struct settled *s = arg;

	for (size_t i = 0; i < n; i++)
		s->again[i] = pieces[i];
	s->n_again = n;
	s->why = e->kind;
	return true;
}

static void
lanes__tell_what_becomes_of_pieces(void **state)
{
	struct arena *mem = arena_open(0);
	struct store store = { .n = 0 };
	struct lanes *l = open_lanes(mem);
	struct piece pieces[] = { { &store, 0, false, false }, { &store, 1, false, false }, { &store, 2, true, true }, { &store, 3, false, false } };
	struct settled settled = { 0 };
	const struct lanes_user user = { &settled, one_is_stored, some_again };
	struct err e = { 0 };

	(void)state;
	assert_true(lanes_settle(NULL, &user, true, &e) && lanes_settle(l, &user, true, &e));
	lanes_put(l, store_piece, &pieces[0]);
	lanes_put(l, store_piece, &pieces[1]);
	assert_true(lanes_settle(l, &user, false, &e));
	assert_int_equal(settled.n_stored, 1);
	assert_true(lanes_settle(l, &user, true, &e));
	assert_int_equal(settled.n_stored, 2);
	lanes_put(l, store_piece, &pieces[2]);
	lanes_put(l, store_piece, &pieces[3]);
	assert_true(lanes_settle(l, &user, false, &e));
	assert_int_equal(settled.n_stored, 2);
	assert_int_equal(settled.n_again, 2);
	assert_ptr_equal(settled.again[0], &pieces[2]);
	assert_ptr_equal(settled.again[1], &pieces[3]);
	assert_int_equal(settled.why, ERR_CONSTRAINT);
	assert_int_equal(store.n, 2);
	lanes_close(l);
	arena_close(&mem);
}

static void
lanes__begin_anew_when_drained(void **state)
{
	struct arena *mem = arena_open(0);
	struct store store = { .n = 0 };
	struct lanes *l = open_lanes(mem);
	struct piece pieces[] = { { &store, 0, true, false }, { &store, 1, false, false }, { &store, 2, false, false } };
	struct err e = { 0 };
	bool stored;

	(void)state;
	lanes_put(l, store_piece, &pieces[0]);
	lanes_put(l, store_piece, &pieces[1]);
	lanes_drain(l);
	lanes_drain(NULL);
	assert_int_equal(store.n, 0);
	lanes_put(l, store_piece, &pieces[2]);
	assert_ptr_equal(lanes_take(l, &stored, &e), &pieces[2]);
	assert_true(stored);
	assert_null(lanes_take(l, &stored, &e));
	lanes_close(l);
	arena_close(&mem);
}

static void
lanes__close_waits_for_what_is_at_work(void **state)
{
	struct arena *mem = arena_open(0);
	struct store store = { .n = 0 };
	struct lanes *l = open_lanes(mem);
	struct piece pieces[] = { { &store, 0, false, true }, { &store, 1, false, false } };

	(void)state;
	lanes_put(l, store_piece, &pieces[0]);
	lanes_put(l, store_piece, &pieces[1]);
	lanes_close(l);
	assert_int_equal(store.n, 2);
	arena_close(&mem);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lanes__store_side_by_side_and_in_order),
		cmocka_unit_test(lanes__store_nothing_behind_a_failure),
		cmocka_unit_test(lanes__tell_what_becomes_of_pieces), cmocka_unit_test(lanes__begin_anew_when_drained),
		cmocka_unit_test(lanes__close_waits_for_what_is_at_work),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
