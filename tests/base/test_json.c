/* base/json.c */
#include "tests/lib/unit.h"

#include "base/json.h"

static struct err e;

static int
clear_err(void **state)
{
	(void)state;
	err_clear(&e);
	json_account(NULL);
	return 0;
}

static void
json__tree_is_released_with_the_arena(void **state)
{
	struct arena *mem = arena_open(0);
	struct arena_mark before = arena_mark(mem);
	json_t *tree;

	(void)state;
	json_account(mem);
	tree = json_tree(SPAN("{\"a\":[1,\"x\\u0000y\"]}"), mem, &e);
	assert_non_null(tree);
	assert_int_equal(json_array_size(json_object_get(tree, "a")), 2);
	assert_true(arena_total(mem) > 100);
	arena_rewind(mem, before);
	assert_int_equal(arena_total(mem), 0);
	assert_non_null(json_tree(SPAN("7"), mem, &e));
	/* credited to the one it was charged to, whoever pays now */
	json_account(NULL);
	arena_clear(mem);
	assert_int_equal(arena_total(mem), 0);
	arena_close(&mem);
}

static void
json__taken_tree_is_released_with_the_arena(void **state)
{
	struct arena *mem = arena_open(0);

	(void)state;
	json_account(mem);
	assert_non_null(json_take(mem, json_pack("{s:[i,i]}", "a", 1, 2)));
	arena_clear(mem);
	assert_int_equal(arena_total(mem), 0);
	json_account(NULL);
	arena_close(&mem);
}

/* memory of the JSON library counts */
static void
json__over_budget_is_too_large(void **state)
{
	struct arena *mem = arena_open(20000);
	struct buf b;

	(void)state;
	json_account(mem);
	buf_init(&b, mem);
	for (int i = 0; i < 500; i++)
		put_lit(&b, "[[],");
	put_lit(&b, "1");
	for (int i = 0; i < 500; i++)
		put_lit(&b, "]");
	assert_null(json_tree(buf_text(&b), mem, &e));
	assert_int_equal(e.kind, ERR_TOO_LARGE);
	arena_clear(mem);
	assert_int_equal(arena_total(mem), 0);
	json_account(NULL);
	arena_close(&mem);
}

static void
json__what_jansson_refuses(void **state)
{
	static const char *const bad[] = { "", "{", "123456789012345678901234567890", "\"\\ud83d\"", "1e999" };
	struct arena *mem = arena_open(0);

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		err_clear(&e);
		assert_null(json_tree(span_of(bad[i]), mem, &e));
		assert_int_equal(e.kind, ERR_BAD_JSON);
	}
	arena_close(&mem);
}

static void
json__members_in_either_case(void **state)
{
	struct arena *mem = arena_open(0);
	json_t *tree = json_tree(SPAN("{\"keyColumn\":1,\"KEYCOLUMN\":2,\"Name\":3}"), mem, &e);

	(void)state;
	assert_int_equal(json_integer_value(json_member_nocase(tree, "keyColumn")), 1);
	assert_int_equal(json_integer_value(json_member_nocase(tree, "KEYCOLUMN")), 2);
	assert_int_equal(json_integer_value(json_member_nocase(tree, "name")), 3);
	assert_null(json_member_nocase(tree, "names"));
	assert_null(json_member_nocase(json_object_get(tree, "Name"), "name"));
	assert_null(json_member_nocase(NULL, "name"));
	arena_close(&mem);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(json__tree_is_released_with_the_arena, clear_err),
		cmocka_unit_test_setup(json__taken_tree_is_released_with_the_arena, clear_err),
		cmocka_unit_test_setup(json__over_budget_is_too_large, clear_err),
		cmocka_unit_test_setup(json__what_jansson_refuses, clear_err),
		cmocka_unit_test_setup(json__members_in_either_case, clear_err),
	};

	return cmocka_run_group_tests_name("base/json", tests, NULL, NULL);
}
