/* tests/soda/test_path.c - reading paths (soda/path.c) and following them (soda/walk.c) */
#include "tests/soda/filter.h"

#include "soda/path.h"

#include <stdlib.h>

static struct path
path(const char *text)
{
	struct path p;
	struct err e = { 0 };

	if (!path_parse(span_of(text), mem, &p, &e))
		fail_msg("%s: %s", text, e.text);
	return p;
}

static bool
collect(void *arg, struct span v)
{
	struct buf *b = arg;

	if (b->n > 0)
		buf_char(b, ' ');
	jval_compact(v, b);
	return false;
}

static const char *
values(const char *path_text, const char *document)
{
	struct path p = path(path_text);
	struct buf b;

	buf_init(&b, mem);
	assert_false(path_each(&p, json(document), mem, collect, &b));
	return buf_z(&b);
}

static void
path__reads_steps(void **state)
{
	struct path p = path("a.`b.``c`[0, 2 to last - 1,last].*..d..*");

	(void)state;
	assert_int_equal(p.n_steps, 6);
	assert_int_equal(p.steps[0].kind, STEP_FIELD);
	assert_span(p.steps[0].name, "a");
	assert_span(p.steps[1].name, "b.`c");
	assert_int_equal(p.steps[2].kind, STEP_ARRAY);
	assert_int_equal(p.steps[2].n_subs, 3);
	assert_int_equal(p.steps[2].subs[1].from, 2);
	assert_true(p.steps[2].subs[1].to_last);
	assert_int_equal(p.steps[2].subs[1].to, 1);
	assert_true(p.steps[2].subs[2].from_last);
	assert_int_equal(p.steps[3].kind, STEP_ANY_FIELD);
	assert_int_equal(p.steps[4].kind, STEP_DESCENDANT);
	assert_span(p.steps[4].name, "d");
	assert_true(p.steps[5].all);
	assert_true(path_has_array_step(&p));
	p = path("a.b c-d");
	assert_false(path_has_array_step(&p));
	assert_span(p.text, "a.b c-d");
}

static void
path__quotes_take_away_meanings(void **state)
{
	(void)state;
	assert_string_equal(values("a.`*`.b", "{\"a\":{\"*\":{\"b\":1},\"x\":{\"b\":2}}}"), "1");
	assert_string_equal(values("``", "{\"\":1}"), "1");
	assert_string_equal(values("`$`", "{\"$\":1}"), "1");
	assert_string_equal(values("`[0]`[0]", "{\"[0]\":[1]}"), "1");
	assert_string_equal(values("to.last", "{\"to\":{\"last\":1}}"), "1");
}

static void
path__steps_are_lax(void **state)
{
	(void)state;
	assert_string_equal(values("a.b", "{\"a\":[{\"b\":1},{\"c\":2},3,[{\"b\":4}],{\"b\":[5]}]}"), "1 [5]");
	assert_string_equal(values("a", "[{\"a\":1},{\"a\":2},[{\"a\":3}]]"), "1 2");
	assert_string_equal(values("a[*]", "{\"a\":[1,[2],{}]}"), "1 [2] {}");
	assert_string_equal(values("a[0]", "{\"a\":7}"), "7");
	assert_string_equal(values("a[last][0][*]", "{\"a\":7}"), "7");
	assert_string_equal(values("a[1]", "{\"a\":7}"), "");
	assert_string_equal(values("a[0]", "{\"a\":[]}"), "");
	assert_string_equal(values("*", "[{\"a\":1,\"b\":2},3,{\"c\":[4]}]"), "1 2 [4]");
	assert_string_equal(values("a.b", "{\"a\":5}"), "");
	assert_string_equal(values("a", "5"), "");
	assert_string_equal(values("[*]", "5"), "5");
}

static void
path__positions_are_a_set(void **state)
{
	const char *doc = "{\"a\":[0,1,2,3,4,5]}";

	(void)state;
	assert_string_equal(values("a[4,1,1 to 2,1]", doc), "1 2 4");
	assert_string_equal(values("a[5 to 3]", doc), "3 4 5");
	assert_string_equal(values("a[last-1 to last]", doc), "4 5");
	assert_string_equal(values("a[last to 4]", doc), "4 5");
	assert_string_equal(values("a[last-7]", doc), "");
	assert_string_equal(values("a[last-7 to 1]", doc), "0 1");
	assert_string_equal(values("a[99999999999999999999999]", doc), "");
	assert_string_equal(values("a[ 1 , 2\tto 2 ]", doc), "1 2");
}

static void
path__descendants(void **state)
{
	(void)state;
	assert_string_equal(values("..a", "{\"a\":1,\"b\":[{\"a\":[2]},[[{\"a\":3}]]]}"), "1 [2] 3");
	assert_string_equal(values("..a", "{\"a\":{\"a\":1}}"), "1 {\"a\":1}");
	assert_string_equal(values("..a..a", "{\"a\":{\"a\":{\"a\":1}}}"), "1 {\"a\":1}");
	assert_string_equal(values("x..b[last]", "{\"b\":1,\"x\":[{\"b\":[2,3]},{\"c\":{\"b\":4}}]}"), "3 4");
	assert_string_equal(values("..*", "{\"a\":[{\"b\":1}]}"), "1 [{\"b\":1}]");
	assert_string_equal(values("..a", "5"), "");
	assert_string_equal(values("..a.b", "{\"a\":[{\"b\":1},[{\"b\":2}]]}"), "1");
	assert_string_equal(values("..\\", "{\"x\":{\"\\\\\":\"\\\"}\"}}"), "\"\\\"}\"");
}

/* Where names may be repeated, the last one counts. */
static void
path__last_of_repeated_names(void **state)
{
	struct path p = path("a.b");
	struct buf b;

	(void)state;
	buf_init(&b, mem);
	path_each(&p, scanned(SPAN("{\"a\":{\"b\":1},\"\\u0061\":{\"b\":2,\"b\":3}}"), true), mem, collect, &b);
	assert_span(buf_text(&b), "3");
}

/* time is the text times the steps, not the number of ways to get there */
static void
path__many_ways_are_walked_once(void **state)
{
	enum { DEPTH = 1000, STEPS = 60 };
	struct buf doc, text, out;
	struct path p;
	struct err e = { 0 };

	(void)state;
	buf_init(&doc, mem);
	for (int i = 0; i < DEPTH; i++)
		buf_addz(&doc, "{\"a\":");
	buf_addz(&doc, "1");
	for (int i = 0; i < DEPTH; i++)
		buf_addz(&doc, "}");
	buf_init(&text, mem);
	for (int i = 0; i < STEPS; i++)
		buf_addz(&text, "..a");
	buf_init(&out, mem);
	assert_true(path_parse(buf_text(&text), mem, &p, &e));
	path_each(&p, json(buf_z(&doc)), mem, collect, &out);
	size_t n = 1;
	for (size_t i = 0; i < out.n; i++)
		n += out.p[i] == ' ';
	assert_int_equal(n, DEPTH - STEPS + 1);
}

/* ---- against a slow and obvious evaluator on trees, whose leaves are all different ---- */

enum { MOST = 4096 };

struct nodes {
	size_t n;
	json_t *list[MOST];
};

static void
add_node(struct nodes *to, json_t *node)
{
	for (size_t i = 0; i < to->n; i++)
		if (to->list[i] == node)
			return;
	if (to->n < MOST)
		to->list[to->n++] = node;
}

static void
slow_members(const struct step *step, json_t *object, struct nodes *out)
{
	const char *name;
	json_t *v;

	json_object_foreach(object, name, v)
		if (step->kind == STEP_ANY_FIELD || step->all || span_is(step->name, name))
			add_node(out, v);
}

static void
slow_descend(const struct step *step, json_t *node, struct nodes *out)
{
	const char *name;
	json_t *v;
	size_t i;

	slow_members(step, node, out);
	json_object_foreach(node, name, v)
		slow_descend(step, v, out);
	json_array_foreach(node, i, v)
		slow_descend(step, v, out);
}

static bool
slow_selects(const struct step *step, int64_t k, int64_t n)
{
	for (size_t i = 0; i < step->n_subs; i++) {
		int64_t a = step->subs[i].from_last ? n - 1 - step->subs[i].from : step->subs[i].from;
		int64_t b = step->subs[i].to_last ? n - 1 - step->subs[i].to : step->subs[i].to;

		for (int64_t x = a < b ? a : b; x <= (a < b ? b : a); x++)
			if (x == k)
				return true;
	}
	return step->all;
}

static void
slow_step(const struct step *step, json_t *node, struct nodes *out)
{
	json_t *v;
	size_t i;

	if (step->kind == STEP_DESCENDANT) {
		slow_descend(step, node, out);
	} else if (step->kind == STEP_ARRAY) {
		if (!json_is_array(node) && slow_selects(step, 0, 1))
			add_node(out, node);
		json_array_foreach(node, i, v)
			if (slow_selects(step, (int64_t)i, (int64_t)json_array_size(node)))
				add_node(out, v);
	} else {
		slow_members(step, node, out);
		json_array_foreach(node, i, v)
			slow_members(step, v, out);
	}
}

static uint64_t random_state;

static unsigned
pick(unsigned n)
{
	random_state = random_state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (unsigned)(random_state >> 33) % n;
}

static json_t *
random_tree(int depth, int *leaves)
{
	static const char *const names[] = { "a", "b", "c" };
	json_t *v;

	if (depth == 0 || pick(5) == 0)
		return json_integer(++*leaves);
	if (pick(2) == 0) {
		v = json_array();
		for (unsigned i = pick(4); i > 0; i--)
			json_array_append_new(v, random_tree(depth - 1, leaves));
	} else {
		v = json_object();
		for (unsigned i = 0; i < 3; i++)
			if (pick(3) > 0)
				json_object_set_new(v, names[i], random_tree(depth - 1, leaves));
	}
	return v;
}

static const char *
random_path(void)
{
	static const char *const first[] = { "a", "b", "*", "..a", "..b", "..*", "[*]", "[0]", "[last]", "[1,0]", "[last-1 to 1]" };
	struct buf b;

	buf_init(&b, mem);
	for (unsigned i = 0, n = 1 + pick(5); i < n; i++) {
		const char *step = first[pick(sizeof(first) / sizeof(*first))];

		if (b.n > 0 && step[0] != '.' && step[0] != '[')
			buf_char(&b, '.');
		buf_addz(&b, step);
	}
	return buf_z(&b);
}

static int
by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

struct texts {
	size_t n;
	char *list[MOST];
};

static bool
collect_text(void *arg, struct span v)
{
	struct texts *t = arg;
	struct buf b;

	buf_init(&b, mem);
	jval_compact(v, &b);
	if (t->n < MOST)
		t->list[t->n++] = arena_z(mem, buf_text(&b));
	return false;
}

static void
path__agrees_with_the_obvious_evaluator(void **state)
{
	const char *seed = getenv("CORDS_TEST_SEED");
	static struct nodes from, to;
	static struct texts fast, slow;

	(void)state;
	random_state = seed != NULL ? strtoull(seed, NULL, 10) : (uint64_t)clock_mono_ns();
	print_message("CORDS_TEST_SEED=%llu\n", (unsigned long long)random_state);
	for (int round = 0; round < 3000; round++) {
		struct arena_mark mark = arena_mark(mem);
		int leaves = 0;
		json_t *tree = random_tree(6, &leaves);
		char *document = json_dumps(tree, JSON_COMPACT | JSON_ENCODE_ANY);
		const char *text = random_path();
		struct path p = path(text);

		from.n = 0;
		add_node(&from, tree);
		for (size_t i = 0; i < p.n_steps; i++) {
			to.n = 0;
			for (size_t k = 0; k < from.n; k++)
				slow_step(&p.steps[i], from.list[k], &to);
			from = to;
		}
		slow.n = fast.n = 0;
		for (size_t i = 0; i < from.n; i++)
			slow.list[slow.n++] = json_dumps(from.list[i], JSON_COMPACT | JSON_ENCODE_ANY);
		path_each(&p, json(document), mem, collect_text, &fast);
		qsort(slow.list, slow.n, sizeof(*slow.list), by_text);
		qsort(fast.list, fast.n, sizeof(*fast.list), by_text);
		if (slow.n != fast.n)
			fail_msg("%s in %s: %zu values, not %zu", text, document, fast.n, slow.n);
		for (size_t i = 0; i < slow.n; i++) {
			assert_string_equal(fast.list[i], slow.list[i]);
			free(slow.list[i]);
		}
		free(document);
		json_decref(tree);
		arena_rewind(mem, mark);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define T(f) cmocka_unit_test_setup_teardown(f, open_arena, close_arena)
		T(path__reads_steps), T(path__quotes_take_away_meanings), T(path__steps_are_lax),
		T(path__positions_are_a_set), T(path__descendants), T(path__last_of_repeated_names),
		T(path__many_ways_are_walked_once), T(path__agrees_with_the_obvious_evaluator),
#undef T
	};

	return cmocka_run_group_tests_name("path", tests, NULL, NULL);
}
