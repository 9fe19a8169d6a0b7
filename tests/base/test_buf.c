/* base/buf.c */
#include "tests/lib/unit.h"
#include "tests/lib/arena.h"

#include "base/buf.h"

static void
buf__grows(void **state)
{
	struct buf b, other;

	(void)state;
	buf_init(&b, mem);
	buf_init(&other, mem);
	assert_span(buf_text(&b), "");
	assert_string_equal(buf_z(&b), "");
	for (int i = 0; i < 5000; i++) {
		buf_int(&b, i);
		buf_char(&b, ',');
		buf_char(&other, 'x');	/* so that neither is always the last in the arena */
	}
	assert_int_equal(b.n, 10 + 90 * 2 + 900 * 3 + 4000 * 4 + 5000);
	assert_int_equal(other.n, 5000);
	assert_memory_equal(b.p + b.n - 10, "4998,4999,", 10);
	assert_string_equal(buf_z(&b) + b.n - 5, "4999,");
}

static void
buf__pieces(void **state)
{
	char big[1000];
	struct buf b;

	(void)state;
	buf_init(&b, mem);
	put_lit(&b, "a");
	buf_addz(&b, "b");
	buf_span(&b, SPAN("c"));
	buf_span(&b, (struct span){ NULL, 0 });
	buf_printf(&b, "%d%s", -1, "x");
	buf_int(&b, INT64_MIN);
	assert_string_equal(buf_z(&b), "abc-1x-9223372036854775808");
	memset(big, 'y', sizeof(big));
	big[sizeof(big) - 1] = '\0';
	buf_printf(&b, "%s", big);
	assert_int_equal(b.n, 26 + sizeof(big) - 1);
	assert_string_equal(buf_z(&b) + 26, big);
}

static void
buf__json_strings(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, mem);
	buf_json(&b, (struct span){ NULL, 0 });
	buf_json(&b, SPAN("a\"\\\n\t\r\b\x01\x7f\0/\xc3\xa9"));
	assert_string_equal(buf_z(&b), "\"\"\"a\\\"\\\\\\n\\t\\r\\u0008\\u0001\\u007f\\u0000/\xc3\xa9\"");
}

/* each byte at each place of a text that is longer than what is looked at together */
static void
buf__json_strings_everywhere(void **state)
{
	(void)state;
	for (int c = 0; c < 256; c++) {
		bool escaped = c < 0x20 || c == '"' || c == '\\' || c == 0x7f;

		for (size_t at = 0; at < 40; at++) {
			struct arena_mark before = arena_mark(mem);
			char text[40];
			struct buf b;

			memset(text, 'x', sizeof(text));
			text[at] = (char)c;
			buf_init(&b, mem);
			buf_json(&b, (struct span){ text, sizeof(text) });
			assert_memory_equal(b.p + 1, text, at);
			assert_int_equal(b.p[1 + at], escaped ? '\\' : (char)c);
			assert_memory_equal(b.p + b.n - 1 - (39 - at), text + at + 1, 39 - at);
			assert_true(escaped ? b.n > 42 : b.n == 42);
			arena_rewind(mem, before);
		}
	}
}

/* text that grows as much as it can, behind as much as is there already */
static void
buf__json_strings_of_controls(void **state)
{
	char text[1000];

	(void)state;
	memset(text, '\x01', sizeof(text));
	for (size_t n = 0; n <= sizeof(text); n += 37) {
		struct arena_mark before = arena_mark(mem);
		struct buf b;

		buf_init(&b, mem);
		buf_add(&b, text, n);
		buf_json(&b, (struct span){ text, n });
		assert_int_equal(b.n, n + 2 + 6 * n);
		for (size_t i = 0; i < n; i++)
			assert_memory_equal(b.p + n + 1 + 6 * i, "\\u0001", 6);
		assert_int_equal(b.p[b.n - 1], '"');
		assert_true(b.n <= b.cap);
		arena_rewind(mem, before);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(buf__grows),
		cmocka_unit_test(buf__pieces),
		cmocka_unit_test(buf__json_strings),
		cmocka_unit_test(buf__json_strings_everywhere),
		cmocka_unit_test(buf__json_strings_of_controls),
	};

	return cmocka_run_group_tests_name("base/buf", tests, open_arena, close_arena);
}
