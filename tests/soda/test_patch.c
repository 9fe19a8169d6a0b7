/* soda/patch.c and soda/jtree.c; the cases are in patch.json */
#include "tests/lib/unit.h"
#include "tests/lib/arena.h"

#include "base/jcur.h"
#include "base/scan.h"
#include "soda/patch.h"
#include "tests/lib/slow_patch.h"

#include <stdio.h>

static const struct patch_limits roomy = { 16 << 20, 1000 };

static struct span
read_file(const char *path)
{
	struct buf b;
	char part[4096];
	size_t n;
	FILE *f = fopen(path, "rb");

	if (f == NULL)
		fail_msg("cannot read %s", path);
	buf_init(&b, mem);
	while ((n = fread(part, 1, sizeof(part), f)) > 0)
		buf_add(&b, part, n);
	fclose(f);
	return buf_text(&b);
}

static void
assert_scans(struct span text, const char *name)
{
	struct scan_limits lim = { .max_depth = 1000 };
	struct scan_info info;
	struct err e;

	if (!json_scan(text, &lim, mem, &info, &e))
		fail_msg("%s: %.*s: %s", name, SPAN_ARG(text), e.text);
}

static bool
patched(struct span patch, struct span doc, const struct patch_limits *lim, struct span *out, struct err *e)
{
	struct patch *p;

	return patch_parse(patch, mem, &p, e) && patch_apply(p, doc, lim, mem, out, e);
}

static struct span
patched_z(const char *doc, const char *patch)
{
	struct span out = { 0 };
	struct err e = { 0 };

	if (!patched(span_of(patch), span_of(doc), &roomy, &out, &e))
		fail_msg("%s", e.text);
	return out;
}

static void
assert_refused(struct span doc, struct span patch, const struct patch_limits *lim, enum err_kind kind)
{
	struct span out;
	struct err e = { 0 };

	if (patched(patch, doc, lim, &out, &e) || e.kind != kind)
		fail_msg("%.60s: expected %s, got %s %s", patch.p, err_name(kind), err_name(e.kind), e.text);
}

static void
run_case(struct span c)
{
	struct span name, doc, patch, want, out = { 0 };
	bool is_merge = jmember(c, SPAN("merge"), &patch);
	struct err e = { 0 };
	char *before, *label;
	bool ok;

	assert_true(jmember(c, SPAN("name"), &name) && jmember(c, SPAN("doc"), &doc));
	assert_true(is_merge || jmember(c, SPAN("patch"), &patch));
	label = arena_z(mem, name);
	before = arena_z(mem, doc);
	ok = is_merge ? merge_apply(patch, doc, &roomy, mem, &out, &e) : patched(patch, doc, &roomy, &out, &e);
	assert_memory_equal(before, doc.p, doc.n);
	if (jmember(c, SPAN("error"), &want)) {
		want = jstring_decode(want, mem);
		if (ok || !span_is(want, err_name(e.kind)))
			fail_msg("%s: expected %.*s, got %s", label, SPAN_ARG(want), err_name(e.kind));
		return;
	}
	assert_true(jmember(c, SPAN("result"), &want));
	if (!ok)
		fail_msg("%s: %s", label, e.text);
	assert_scans(out, label);
	if (!span_eq(out, want))
		fail_msg("%s: got %.*s", label, SPAN_ARG(out));
}

/* PA-02 PA-03 PA-04 PA-12 PA-13 PA-17 */
static void
patch__cases(void **state)
{
	struct span all = jcur_root(read_file(TEST_DATA "/patch.json")), c;
	struct jiter it;
	size_t n = 0;

	(void)state;
	assert_scans(all, "patch.json");
	jiter_open(&it, all);
	while (jiter_element(&it, &c)) {
		run_case(c);
		n++;
	}
	assert_true(n > 150);
}

static void
patch__a_failure_names_operation_and_pointer(void **state)
{
	struct span doc = SPAN("{\"a\":1}"), out = { 0 };
	struct err e = { 0 };

	(void)state;
	assert_false(patched(SPAN("[{\"op\":\"add\",\"path\":\"/b\",\"value\":1},{\"op\":\"test\",\"path\":\"/a\",\"value\":2}]"),
	    doc, &roomy, &out, &e));
	assert_int_equal(e.kind, ERR_PATCH_CONFLICT);
	assert_string_equal(e.at, "/1");
	assert_non_null(strstr(e.text, "operation 1 (test): pointer \"/a\""));
	assert_span(doc, "{\"a\":1}");
	assert_null(out.p);
}

static void
patch__a_malformed_patch_has_number_5046(void **state)
{
	struct patch *p;
	struct err e = { 0 };

	(void)state;
	assert_false(patch_parse(SPAN("[{\"op\":\"remove\",\"path\":\"/a\"},{\"op\":\"remove\"}]"), mem, &p, &e));
	assert_int_equal(e.kind, ERR_PATCH_BAD);
	assert_int_equal(e.inner, 5046);
	assert_string_equal(e.at, "/1");
}

static void
patch__content_keeps_outer_white_space_when_unchanged(void **state)
{
	(void)state;
	assert_span(patched_z(" {\"a\":1}\n", "[]"), " {\"a\":1}\n");
	assert_span(patched_z(" {\"a\":1}\n", "[{\"op\":\"test\",\"path\":\"/a\",\"value\":1}]"), " {\"a\":1}\n");
	assert_span(patched_z(" { \"a\":1}\n", " [{\"op\":\"remove\",\"path\":\"/a\"}] "), "{}");
}

/* where duplicates are allowed the last one counts, and none comes back when it is removed */
static void
patch__the_last_duplicate_counts(void **state)
{
	(void)state;
	assert_span(patched_z("{\"a\":1,\"b\":2,\"\\u0061\":3}", "[{\"op\":\"test\",\"path\":\"/a\",\"value\":3},"
	    "{\"op\":\"remove\",\"path\":\"/a\"}]"), "{\"b\":2}");
	assert_span(patched_z("{\"a\":1,\"b\":2,\"a\":3}", "[{\"op\":\"replace\",\"path\":\"/b\",\"value\":4}]"),
	    "{\"b\":4,\"a\":3}");
}

/* ---- budgets ---- */

/* n copies of what fmt makes of their number, between brackets */
static struct span
repeated(const char *fmt, size_t n)
{
	struct buf b;

	buf_init(&b, mem);
	buf_char(&b, '[');
	for (size_t i = 0; i < n; i++) {
		if (i > 0)
			buf_char(&b, ',');
		buf_span(&b, span_of(fmt));
	}
	buf_char(&b, ']');
	return buf_text(&b);
}

/* */
static void
patch__a_thousand_operations_and_not_one_more(void **state)
{
	const char *op = "{\"op\":\"add\",\"path\":\"/a/0\",\"value\":1}";
	struct span out;
	struct err e = { 0 };

	(void)state;
	assert_true(patched(repeated(op, 1000), SPAN("{\"a\":[]}"), &roomy, &out, &e));
	assert_int_equal(out.n, 2000 + strlen("{\"a\":[]}") - 1);
	assert_refused(SPAN("{\"a\":[]}"), repeated(op, 1001), &roomy, ERR_PATCH_BAD);
}

static struct span
remove_at(char first, size_t n_steps, size_t step_length)
{
	struct buf b;

	buf_init(&b, mem);
	buf_addz(&b, "[{\"op\":\"remove\",\"path\":\"");
	for (size_t i = 0; i < n_steps; i++) {
		buf_char(&b, '/');
		for (size_t k = 0; k < step_length; k++)
			buf_char(&b, first);
	}
	buf_addz(&b, "\"}]");
	return buf_text(&b);
}

/* */
static void
patch__pointers_have_64_steps_and_1024_bytes(void **state)
{
	struct span doc = SPAN("{}");

	(void)state;
	assert_refused(doc, remove_at('a', 64, 1), &roomy, ERR_PATCH_CONFLICT);
	assert_refused(doc, remove_at('a', 65, 1), &roomy, ERR_PATCH_BAD);
	assert_refused(doc, remove_at('a', 1, 1023), &roomy, ERR_PATCH_CONFLICT);
	assert_refused(doc, remove_at('a', 1, 1024), &roomy, ERR_PATCH_BAD);
}

static void
patch__depth_is_checked_after_each_operation(void **state)
{
	static const struct patch_limits flat = { 1000, 3 };

	(void)state;
	assert_refused(SPAN("{\"a\":{}}"), SPAN("[{\"op\":\"add\",\"path\":\"/a/b\",\"value\":[[]]}]"), &flat, ERR_BAD_JSON);
	assert_refused(SPAN("{\"a\":{}}"), SPAN("[{\"op\":\"add\",\"path\":\"/a/b\",\"value\":[[]]},"
	    "{\"op\":\"remove\",\"path\":\"/a\"}]"), &flat, ERR_BAD_JSON);
	assert_refused(SPAN("{\"a\":{\"b\":{}},\"c\":{}}"), SPAN("[{\"op\":\"move\",\"from\":\"/a\",\"path\":\"/c/d\"}]"),
	    &flat, ERR_BAD_JSON);
	assert_refused(SPAN("{\"a\":{\"b\":{}}}"), SPAN("[{\"op\":\"copy\",\"from\":\"\",\"path\":\"/a/b\"}]"), &flat,
	    ERR_BAD_JSON);
	assert_refused(SPAN("{\"a\":1}"), SPAN("[{\"op\":\"replace\",\"path\":\"/a\",\"value\":[[[]]]}]"), &flat,
	    ERR_BAD_JSON);
}

static void
patch__depth_that_was_taken_away_does_not_count(void **state)
{
	static const struct patch_limits flat = { 1000, 3 };
	struct span out;
	struct err e = { 0 };

	(void)state;
	assert_true(patched(SPAN("[{\"op\":\"add\",\"path\":\"/a/b/x\",\"value\":1},{\"op\":\"remove\",\"path\":\"/a/b\"},"
	    "{\"op\":\"move\",\"from\":\"/a\",\"path\":\"/c/d\"}]"), SPAN("{\"a\":{\"b\":{}},\"c\":{}}"), &flat, &out, &e));
	assert_span(out, "{\"c\":{\"d\":{}}}");
}

static void
patch__size_is_checked_after_each_operation(void **state)
{
	static const struct patch_limits small = { 20, 1000 };
	struct span out;
	struct err e = { 0 };

	(void)state;
	assert_refused(SPAN("{\"a\":1}"), SPAN("[{\"op\":\"add\",\"path\":\"/b\",\"value\":\"1234567\"}]"), &small,
	    ERR_TOO_LARGE);
	assert_true(patched(SPAN("[{\"op\":\"add\",\"path\":\"/b\",\"value\":\"123456\"}]"), SPAN("{\"a\":1}"), &small, &out, &e));
	assert_int_equal(out.n, 20);
	assert_refused(SPAN("{\"a\":1}"), SPAN("[{\"op\":\"add\",\"path\":\"/b\",\"value\":\"12345678\"},"
	    "{\"op\":\"remove\",\"path\":\"/b\"}]"), &small, ERR_TOO_LARGE);
	/* white space that a change drops is no longer counted */
	assert_true(patched(SPAN("[{\"op\":\"add\",\"path\":\"/b\",\"value\":\"123456\"}]"), SPAN("{       \"a\" : 1     }"),
	    &small, &out, &e));
}

static void
patch__bytes_copied_and_added_are_summed(void **state)
{
	static const struct patch_limits small = { 50, 1000 };
	const char *op = "{\"op\":\"replace\",\"path\":\"/a\",\"value\":\"12345678\"}";
	struct span out;
	struct err e = { 0 };

	(void)state;
	assert_true(patched(repeated(op, 10), SPAN("{\"a\":1}"), &small, &out, &e));
	assert_refused(SPAN("{\"a\":1}"), repeated(op, 11), &small, ERR_TOO_LARGE);
	op = "{\"op\":\"copy\",\"from\":\"/a\",\"path\":\"/b\"}";
	assert_true(patched(repeated(op, 10), SPAN("{\"a\":\"12345678\"}"), &small, &out, &e));
	assert_refused(SPAN("{\"a\":\"12345678\"}"), repeated(op, 11), &small, ERR_TOO_LARGE);
}

/* Each copy doubles the document; it must stop at the limit, not at the end of memory */
static void
patch__doubling_copies_stop(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, mem);
	buf_char(&b, '[');
	for (int i = 0; i < 60; i++)
		buf_printf(&b, "%s{\"op\":\"copy\",\"from\":\"\",\"path\":\"/n%d\"}", i > 0 ? "," : "", i);
	buf_char(&b, ']');
	assert_refused(SPAN("{\"a\":\"0123456789\"}"), buf_text(&b), &(struct patch_limits){ 1 << 20, 1000 }, ERR_TOO_LARGE);
	assert_refused(SPAN("{\"a\":\"0123456789\"}"), buf_text(&b), &(struct patch_limits){ 16 << 20, 10 }, ERR_BAD_JSON);
	assert_true(arena_total(mem) < 16 << 20);
}

static void
merge__obeys_the_limits(void **state)
{
	struct span out;
	struct err e = { 0 };

	(void)state;
	assert_true(merge_apply(SPAN("{\"b\":2}"), SPAN("{\"a\":1}"), &(struct patch_limits){ 13, 1 }, mem, &out, &e));
	assert_false(merge_apply(SPAN("{\"b\":2}"), SPAN("{\"a\":1}"), &(struct patch_limits){ 12, 1 }, mem, &out, &e));
	assert_int_equal(e.kind, ERR_TOO_LARGE);
	assert_false(merge_apply(SPAN("{\"b\":{}}"), SPAN("{\"a\":1}"), &(struct patch_limits){ 99, 1 }, mem, &out, &e));
	assert_int_equal(e.kind, ERR_BAD_JSON);
}

/* 200 000 members against as many: the time must not be their product */
static void
merge__many_members(void **state)
{
	struct buf doc, patch;
	struct span out;
	struct err e = { 0 };

	(void)state;
	buf_init(&doc, mem);
	buf_init(&patch, mem);
	for (int i = 0; i < 200000; i++) {
		buf_printf(&doc, "%c\"k%d\":%d", i == 0 ? '{' : ',', i, i);
		buf_printf(&patch, "%c\"k%d\":null", i == 0 ? '{' : ',', 200000 - i);
	}
	buf_char(&doc, '}');
	buf_char(&patch, '}');
	assert_true(merge_apply(buf_text(&patch), buf_text(&doc), &roomy, mem, &out, &e));
	assert_span(out, "{\"k0\":0}");
}

/* ---- against a slow and obvious implementation ---- */

static unsigned seed;

static unsigned
below(unsigned n)
{
	seed = seed * 1103515245u + 12345u;
	return (seed >> 16) % n;
}

static const char *const names[] = { "a", "b", "~", "/", "", "0", "a/b~" };

static json_t *
random_value(int depth)
{
	json_t *v;
	unsigned n;

	switch (below(depth > 0 ? 6 : 3)) {
	case 0:
		return json_integer((json_int_t)below(3));
	case 1:
		return json_string(names[below(7)]);
	case 2:
		return json_null();
	case 3:
		v = json_array();
		for (n = below(4); n > 0; n--)
			json_array_append_new(v, random_value(depth - 1));
		return v;
	default:
		v = json_object();
		for (n = below(5); n > 0; n--)
			json_object_set_new(v, names[below(7)], random_value(depth - 1));
		return v;
	}
}

static void
append_step(char *out, const char *name)
{
	out += strlen(out);
	*out++ = '/';
	for (; *name != '\0'; name++) {
		*out++ = *name == '/' ? '~' : *name;
		if (*name == '~' || *name == '/')
			*out++ = *name == '~' ? '0' : '1';
	}
	*out = '\0';
}

/* mostly something that is there */
static void
random_pointer(json_t *doc, char *out)
{
	char index[8];

	out[0] = '\0';
	while (below(4) != 0 && doc != NULL) {
		const char *name = names[below(7)];

		if (json_is_array(doc)) {
			snprintf(index, sizeof(index), "%u", below((unsigned)json_array_size(doc) + 1));
			append_step(out, below(8) == 0 ? "-" : index);
			doc = json_array_get(doc, (size_t)atoi(index));
		} else {
			append_step(out, name);
			doc = json_object_get(doc, name);
		}
	}
}

static json_t *
random_operation(json_t *doc)
{
	static const char *const ops[] = { "add", "remove", "replace", "move", "copy", "test", "add", "copy" };
	json_t *op = json_object(), *v = random_value(2);
	char path[128];

	json_object_set_new(op, "op", json_string(ops[below(8)]));
	random_pointer(doc, path);
	json_object_set_new(op, "path", json_string(path));
	random_pointer(doc, path);
	json_object_set_new(op, "from", json_string(path));
	json_object_set_new(op, "value", v);
	return op;
}

/* sometimes with white space, so that containers that are written anew change their size */
static struct span
dumped(json_t *v)
{
	size_t flags = JSON_ENCODE_ANY | (below(2) == 0 ? JSON_INDENT(2) : JSON_COMPACT);
	size_t n = json_dumpb(v, NULL, 0, flags);
	char *p = arena_alloc(mem, n);

	json_dumpb(v, p, n, flags);
	return (struct span){ p, n };
}

static void
assert_same(bool ok, struct span got, bool want_ok, json_t *want, struct span doc, struct span patch)
{
	json_t *v;

	if (ok != want_ok)
		fail_msg("%d, not %d: %.*s on %.*s", ok, want_ok, SPAN_ARG(patch), SPAN_ARG(doc));
	if (!ok)
		return;
	v = json_loadb(got.p, got.n, JSON_REJECT_DUPLICATES, NULL);
	if (v == NULL || !json_equal(v, want))
		fail_msg("%.*s on %.*s gave %.*s", SPAN_ARG(patch), SPAN_ARG(doc), SPAN_ARG(got));
	json_decref(v);
}

static void
patch__equals_a_slow_reference(void **state)
{
	static const struct patch_limits lim = { 1 << 20, 5 };
	size_t n_done = 0;

	(void)state;
	for (unsigned round = 0; round < 20000; round++) {
		json_t *doc, *patch = json_array();
		struct span doc_text, patch_text, out = { 0 };
		struct err e = { 0 };
		bool ok, want_ok;

		seed = round;
		doc = random_value(3);
		if (!json_is_object(doc) && !json_is_array(doc)) {
			json_decref(doc);
			doc = json_object();
		}
		for (unsigned n = below(6); n > 0; n--)
			json_array_append_new(patch, random_operation(doc));
		doc_text = dumped(doc);
		patch_text = dumped(patch);
		ok = patched(patch_text, doc_text, &lim, &out, &e);
		want_ok = slow_patch(&doc, patch, lim.max_depth);
		assert_same(ok, out, want_ok, doc, doc_text, patch_text);
		n_done += ok;
		json_decref(doc);
		json_decref(patch);
		arena_clear(mem);
	}
	/* the test is worth something only while many patches succeed */
	assert_true(n_done > 4000);
}

static void
merge__equals_a_slow_reference(void **state)
{
	(void)state;
	for (unsigned round = 0; round < 20000; round++) {
		json_t *doc, *patch;
		struct span doc_text, patch_text, out = { 0 };
		struct err e = { 0 };
		bool ok;

		seed = round;
		doc = random_value(4);
		patch = random_value(4);
		doc_text = dumped(doc);
		patch_text = dumped(patch);
		ok = merge_apply(patch_text, doc_text, &roomy, mem, &out, &e);
		if (json_is_object(patch))
			slow_merge(&doc, patch);
		assert_same(ok, out, json_is_object(patch), doc, doc_text, patch_text);
		json_decref(doc);
		json_decref(patch);
		arena_clear(mem);
	}
}

#define T(f) cmocka_unit_test_setup_teardown(f, open_arena, close_arena)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(patch__cases),
		T(patch__a_failure_names_operation_and_pointer),
		T(patch__a_malformed_patch_has_number_5046),
		T(patch__content_keeps_outer_white_space_when_unchanged),
		T(patch__the_last_duplicate_counts),
		T(patch__a_thousand_operations_and_not_one_more),
		T(patch__pointers_have_64_steps_and_1024_bytes),
		T(patch__depth_is_checked_after_each_operation),
		T(patch__depth_that_was_taken_away_does_not_count),
		T(patch__size_is_checked_after_each_operation),
		T(patch__bytes_copied_and_added_are_summed),
		T(patch__doubling_copies_stop),
		T(merge__obeys_the_limits),
		T(merge__many_members),
		T(patch__equals_a_slow_reference),
		T(merge__equals_a_slow_reference),
	};

	return cmocka_run_group_tests_name("patch", tests, NULL, NULL);
}
