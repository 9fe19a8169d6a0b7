/* base/arena.c */
#include "tests/lib/unit.h"

#include "base/arena.h"

static void
count_call(void *arg)
{
	++*(int *)arg;
}

static void
arena__rewind_keeps_older(void **state)
{
	struct arena *mem = arena_open(0);
	char *old = arena_z(mem, SPAN("old"));
	struct arena_mark m = arena_mark(mem);
	int n = 0;

	(void)state;
	arena_defer(mem, count_call, &n);
	for (int i = 0; i < 100; i++)
		memset(arena_alloc(mem, 10000), 'x', 10000);
	arena_rewind(mem, m);
	assert_int_equal(n, 1);
	assert_string_equal(old, "old");
	arena_close(&mem);
	assert_null(mem);
	assert_int_equal(n, 1);
}

static void
arena__over_budget_escapes(void **state)
{
	struct arena *mem = arena_open(1000);
	jmp_buf to;
	volatile int jumped;

	(void)state;
	arena_escape(mem, &to);
	jumped = setjmp(to);
	if (jumped == 0) {
		(void)arena_alloc(mem, 900);
		(void)arena_alloc(mem, 900);
	}
	assert_int_equal(jumped, ARENA_OVER_BUDGET);
	arena_clear(mem);
	assert_int_equal(arena_total(mem), 0);
	assert_true(arena_charge(mem, 1000));
	assert_false(arena_charge(mem, 1));
	arena_close(&mem);
}

static void
arena__upper_is_ascii(void **state)
{
	struct arena *mem = arena_open(0);
	struct span s = arena_upper(mem, SPAN("Hr_1-z\xc3\xa9"));

	(void)state;
	assert_true(span_eq(s, SPAN("HR_1-Z\xc3\xa9")));
	assert_int_equal(s.p[s.n], '\0');
	arena_close(&mem);
}

/* what was put in stays, also when another allocation stands behind it */
static void
arena__room_for_one_more(void **state)
{
	struct arena *mem = arena_open(0);
	size_t cap = 0;
	int *list = NULL;

	(void)state;
	for (int n = 0; n < 1000; n++) {
		list = arena_room(mem, list, (size_t)n, &cap, sizeof(*list));
		assert_true(cap > (size_t)n);
		list[n] = n;
		if (n % 7 == 0)
			memset(arena_alloc(mem, 16), 0xff, 16);
	}
	for (int n = 0; n < 1000; n++)
		assert_int_equal(list[n], n);
	arena_close(&mem);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(arena__rewind_keeps_older),
		cmocka_unit_test(arena__over_budget_escapes),
		cmocka_unit_test(arena__upper_is_ascii),
		cmocka_unit_test(arena__room_for_one_more),
	};

	return cmocka_run_group_tests_name("base/arena", tests, NULL, NULL);
}
