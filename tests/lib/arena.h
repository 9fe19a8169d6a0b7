/* tests/lib/arena.h - an arena for each test: cmocka_unit_test_setup_teardown(test, open_arena, close_arena) */
#ifndef CORDS_TESTS_LIB_ARENA_H
#define CORDS_TESTS_LIB_ARENA_H

#include "base/arena.h"

static struct arena *mem;

static int
open_arena(void **state)
{
	(void)state;
	mem = arena_open(0);
	return 0;
}

static int
close_arena(void **state)
{
	(void)state;
	arena_close(&mem);
	return 0;
}

#endif
