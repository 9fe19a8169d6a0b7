/* base/scan.c */
#include "tests/lib/unit.h"
#include "tests/lib/arena.h"

#include "base/buf.h"
#include "base/scan.h"

#include <stdio.h>
#include <stdlib.h>

static struct err e;
static struct scan_info info;

static bool
scan_with(struct span text, struct scan_limits limits)
{
	/* a copy of exactly this size: reading past its end is seen by the sanitizer */
	char *copy = malloc(text.n + (text.n == 0));
	bool ok;

	assert_non_null(copy);
	if (text.n > 0)
		memcpy(copy, text.p, text.n);
	err_clear(&e);
	ok = json_scan((struct span){ copy, text.n }, &limits, mem, &info, &e);
	free(copy);
	assert_int_equal(ok, e.kind == ERR_NONE);
	return ok;
}

static bool
scan(struct span text)
{
	return scan_with(text, (struct scan_limits){ 0 });
}

#define assert_good(lit) assert_true(scan(SPAN(lit)))
#define assert_bad(lit, said) do { \
	assert_false(scan(SPAN(lit))); \
	assert_int_equal(e.kind, ERR_BAD_JSON); \
	assert_string_equal(e.text, (said)); \
} while (0)

static void
scan__every_kind_of_value(void **state)
{
	static const char *const good[] = {
		"{}", "[]", "\"\"", "0", "-0", "-0.0e-0", "12.50E+7", "true", "false", "null", " \t\r\n[ ] \n",
		"{\"a\":1,\"b\":{\"a\":[1,2,{\"a\":null}]},\"c\":\"\"}", "[1,[2,[3,[]]],{}]", "1e999",
		"\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\ud83d\\ude00\"", "\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\x7f\"",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		if (!scan(span_of(good[i])))
			fail_msg("%s: %s", good[i], e.text);
}

static void
scan__tells_what_is_in_the_text(void **state)
{
	(void)state;
	assert_good("\xef\xbb\xbf {\"a\":[1,\"\\n\",{}],\"b\":null}");
	assert_int_equal(info.text.n, 27);
	assert_int_equal(info.root, '{');
	assert_int_equal(info.depth, 3);
	assert_int_equal(info.n_values, 6);
	assert_true(info.has_escape);
	assert_false(info.has_duplicate);
	assert_good("-7");
	assert_int_equal(info.root, '0');
	assert_int_equal(info.depth, 0);
	assert_int_equal(info.n_values, 1);
	assert_false(info.has_escape);
	assert_good(" true ");
	assert_int_equal(info.root, 't');
}

static void
scan__says_what_is_wrong_and_where(void **state)
{
	(void)state;
	assert_bad("", "not JSON: the text ends where a value is expected, at byte 0");
	assert_bad(" \t", "not JSON: the text ends where a value is expected, at byte 2");
	assert_bad("{\n  \"\xc3\xa4\": 1,\n  \"b\": x\n}", "not JSON: a value is expected at byte 20 (line 3, column 8)");
	assert_bad("{\"a\":\"0123456789\x01\"}", "not JSON: control character in a string at byte 16");
	assert_bad("[1] 2", "not JSON: something follows the value at byte 4");
	assert_bad("[01]", "not JSON: a number begins with a superfluous zero at byte 1");
	assert_bad("[1.]", "not JSON: a digit is expected at byte 3");
	assert_bad("[-]", "not JSON: a digit is expected at byte 2");
	assert_bad("[1e+]", "not JSON: a digit is expected at byte 4");
	assert_bad("[+1]", "not JSON: a value is expected at byte 1");
	assert_bad("[.5]", "not JSON: a value is expected at byte 1");
	assert_bad("[NaN]", "not JSON: a value is expected at byte 1");
	assert_bad("[nul]", "not JSON: a value is expected at byte 1");
	assert_bad("[1,]", "not JSON: a value is expected at byte 3");
	assert_bad("[1 2]", "not JSON: a comma or ] is expected at byte 3");
	assert_bad("{\"a\":1,}", "not JSON: a member name in quotes is expected at byte 7");
	assert_bad("{a:1}", "not JSON: a member name in quotes is expected at byte 1");
	assert_bad("{\"a\" 1}", "not JSON: a colon is expected at byte 5");
	assert_bad("{\"a\":1 \"b\":2}", "not JSON: a comma or } is expected at byte 7");
	assert_bad("[1}", "not JSON: a comma or ] is expected at byte 2");
	assert_bad("{\"a\":1]", "not JSON: a comma or } is expected at byte 6");
	assert_bad("\"\\x\"", "not JSON: unknown escape at byte 2");
	assert_bad("\"\\u12g4\"", "not JSON: four hexadecimal digits are expected at byte 5");
	assert_bad("\"abc", "not JSON: the text ends where the end of a string is expected, at byte 4");
	assert_bad("\xef\xbb\xbf[x", "not JSON: a value is expected at byte 4");
	assert_bad("[1]\0", "not JSON: something follows the value at byte 3");
	assert_bad("\"\0\"", "not JSON: control character in a string at byte 1");
	assert_bad("\"\\\0\"", "not JSON: unknown escape at byte 2");
	assert_bad("[\xef\xbb\xbf" "1]", "not JSON: a value is expected at byte 1");
	assert_bad("\xff\xfe[\0]\0", "not JSON: UTF-16 instead of UTF-8 at byte 0");
	assert_bad("\xfe\xff\0[\0]", "not JSON: UTF-16 instead of UTF-8 at byte 0");
	assert_bad("\x1f\x8b\x08\0", "not JSON: compressed data at byte 0");
	assert_bad("[\xff\xfe]", "not JSON: a value is expected at byte 1");
	assert_bad("[\0]\0", "not JSON: a value is expected at byte 1");
}

static void
scan__refuses_every_truncation(void **state)
{
	static const char doc[] = "{\"key\":\"value \\u00e9\\n \xc3\xa9 \xf0\x9f\x98\x80\",\"n\":-12.5e+10,\"t\":true,"
	    "\"f\":[false,null,{\"x\":[]}],\"long\":\"0123456789012345678901234567890123456789\",\"o\":{}}";

	(void)state;
	assert_true(scan(span_of(doc)));
	for (size_t n = 0; n < sizeof(doc) - 1; n++)
		assert_false(scan((struct span){ doc, n }));
}

static void
scan__utf8(void **state)
{
	static const char *const bad[] = {
		"\x80", "\xc0\xaf", "\xc1\xbf", "\xc3", "\xc3(", "\xe0\x9f\xbf", "\xe2\x82", "\xed\xa0\x80", "\xed\xbf\xbf",
		"\xf0\x8f\xbf\xbf", "\xf0\x9f\x98", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xfe", "\xff",
	};
	static const char *const good[] = {
		"\xc2\x80", "\xdf\xbf", "\xe0\xa0\x80", "\xed\x9f\xbf", "\xee\x80\x80", "\xef\xbf\xbf", "\xf0\x90\x80\x80",
		"\xf4\x8f\xbf\xbf",
	};
	char text[128];

	(void)state;
	/* at every distance from the beginning: in blocks and in what is left after them */
	for (int pad = 0; pad < 40; pad++) {
		for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
			snprintf(text, sizeof(text), "\"%*s%s\"", pad, "", bad[i]);
			assert_false(scan(span_of(text)));
			assert_false(utf8_valid(span_of(text)));
		}
		for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
			snprintf(text, sizeof(text), "\"%*s%s%s\"", pad, "", good[i], good[i]);
			assert_true(scan(span_of(text)));
			assert_true(utf8_valid(span_of(text)));
		}
	}
	assert_true(utf8_valid((struct span){ NULL, 0 }));
	assert_true(utf8_valid(SPAN("a\0b")));
	assert_false(scan(SPAN("\"\xed\xa0\x80\"")));
	assert_string_equal(e.text, "not JSON: not UTF-8 at byte 1");
}

/* Whatever a text was cut in, it is told where it ends, or where the piece began that is not whole. */
static void
scan__every_prefix_has_its_place(void **state)
{
	static const char whole[] = "{\"name\":\"Gr\xc3\xbc\xc3\x9f" "e\",\"list\":[1,-2.5e-3,true,false,null,{\"deep\":[[],{}]}],\"e\":\"a\\u00e4\\n\\\\ "
	    "\xf0\x9f\x98\x80" "\"}";

	(void)state;
	for (size_t n = 0; n < sizeof(whole) - 1; n++) {
		const char *place;
		size_t at;

		assert_false(scan((struct span){ whole, n }));
		assert_int_equal(e.kind, ERR_BAD_JSON);
		place = strstr(e.text, " at byte ");
		assert_non_null(place);
		at = strtoul(place + strlen(" at byte "), NULL, 10);
		assert_true(at <= n && at + 4 >= n);
		assert_int_equal(info.wrong - info.text.p, at);
	}
	assert_true(scan((struct span){ whole, sizeof(whole) - 1 }));
	assert_null(info.wrong);
}

static void
scan__limits(void **state)
{
	(void)state;
	assert_true(scan_with(SPAN("[[[1]]]"), (struct scan_limits){ .max_depth = 3 }));
	assert_false(scan_with(SPAN("[[[1]]]"), (struct scan_limits){ .max_depth = 2 }));
	assert_int_equal(e.kind, ERR_BAD_JSON);
	assert_string_equal(e.text, "nested deeper than request.maxDepth (2) at byte 2");
	assert_true(scan_with(SPAN("[1,{\"a\":2}]"), (struct scan_limits){ .max_values = 4 }));
	assert_false(scan_with(SPAN("[1,{\"a\":2}]"), (struct scan_limits){ .max_values = 3 }));
	assert_int_equal(e.kind, ERR_TOO_LARGE);
	assert_string_equal(e.text, "more values than request.maxValues (3)");
}

static void
scan__a_million_levels(void **state)
{
	enum { LEVELS = 1000000 };
	char *text = malloc(2 * LEVELS);

	(void)state;
	assert_non_null(text);
	memset(text, '[', LEVELS);
	memset(text + LEVELS, ']', LEVELS);
	assert_true(scan((struct span){ text, 2 * LEVELS }));
	assert_int_equal(info.depth, LEVELS);
	assert_false(scan((struct span){ text, 2 * LEVELS - 1 }));
	assert_false(scan_with((struct span){ text, 2 * LEVELS }, (struct scan_limits){ .max_depth = 1000 }));
	assert_int_equal(arena_total(mem), 0);
	free(text);
}

static void
scan__duplicate_names(void **state)
{
	(void)state;
	assert_bad("{\"a\":1,\"b\":2,\"a\":3}", "not JSON: duplicate member name \"a\" at byte 13");
	assert_bad("{\"a\":1,\"\\u0061\":3}", "not JSON: duplicate member name \"\\u0061\" at byte 7");
	assert_bad("{\"\":1,\"\":3}", "not JSON: duplicate member name \"\" at byte 6");
	assert_bad("[{\"a\":{\"x\":1},\"b\":{\"x\":1,\"y\":2},\"a\":1}]",
	    "not JSON: duplicate member name \"a\" at byte 32");
	assert_bad("{\"\xf0\x9f\x98\x80\":1,\"\\ud83d\\ude00\":2}",
	    "not JSON: duplicate member name \"\\ud83d\\ude00\" at byte 10");
	assert_good("{\"a\":{\"a\":{\"a\":1}},\"b\":[{\"a\":1},{\"a\":1}],\"A\":1}");
	/* halves of pairs are characters of their own */
	assert_good("{\"\\ud83d\":1,\"\\ud83e\":2,\"\\ude00\":3,\"\\ud83d\\ud83d\":4}");
	assert_true(scan_with(SPAN("{\"a\":1,\"a\":3}"), (struct scan_limits){ .allow_duplicates = true }));
	assert_true(info.has_duplicate);
	assert_true(scan_with(SPAN("{\"a\":1,\"b\":3}"), (struct scan_limits){ .allow_duplicates = true }));
	assert_false(info.has_duplicate);
}

/* objects of n members with one of them, the k-th, like the first; others inside them, small and large */
static void
scan__duplicates_in_large_objects(void **state)
{
	struct buf b;

	(void)state;
	for (int n = 2; n < 200; n += n < 40 ? 1 : 13)
		for (int k = 1; k <= n; k += n < 40 ? 1 : 17) {
			arena_clear(mem);
			buf_init(&b, mem);
			put_lit(&b, "{\"name0\":0");
			for (int i = 1; i < n; i++) {
				if (i == k)
					put_lit(&b, ",\"n\\u0061me0\":0");
				else
					buf_printf(&b, ",\"name%d\":", i);
				if (i == k)
					continue;
				if (i % 7 == 0) {
					put_lit(&b, "{\"name0\":[");
					for (int j = 0; j < i; j++)
						buf_printf(&b, "%s{\"name%d\":1,\"name0\":2%s}", j > 0 ? "," : "", i,
						    j % 3 == 0 ? ",\"x\":3" : "");
					put_lit(&b, "]");
					for (int j = 1; j < i; j++)
						buf_printf(&b, ",\"name%d\":%d", j, i);
					put_lit(&b, "}");
				} else {
					put_lit(&b, "1");
				}
			}
			put_lit(&b, "}");
			assert_int_equal(scan(buf_text(&b)), k == n);
			if (k < n)
				assert_non_null(strstr(e.text, "duplicate member name"));
		}
}

static void
scan__many_names(void **state)
{
	enum { NAMES = 400000 };
	struct buf b;

	(void)state;
	arena_clear(mem);
	buf_init(&b, mem);
	for (int i = 0; i < NAMES; i++)	/* alike in length, beginning and end */
		buf_printf(&b, "%c\"head%08dtail\":0", i == 0 ? '{' : ',', i);
	buf_char(&b, '}');
	assert_true(scan(buf_text(&b)));
	assert_int_equal(info.n_values, NAMES + 1);
	b.n--;
	put_lit(&b, ",\"head00000007tail\":0}");
	assert_false(scan(buf_text(&b)));
	assert_non_null(strstr(e.text, "duplicate member name \"head00000007tail\""));
}

/* all 256 bytes, inside a string and outside */
static void
scan__each_byte(void **state)
{
	(void)state;
	for (int c = 0; c < 256; c++) {
		char in[] = "\"x\"";
		char out[] = "[1 ]";

		in[1] = (char)c;
		assert_int_equal(scan((struct span){ in, 3 }), c >= 0x20 && c < 0x80 && c != '"' && c != '\\');
		out[2] = (char)c;
		assert_int_equal(scan((struct span){ out, 4 }), c == ' ' || c == '\t' || c == '\r' || c == '\n'
		    || (c >= '0' && c <= '9'));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(scan__every_kind_of_value),
		cmocka_unit_test(scan__tells_what_is_in_the_text),
		cmocka_unit_test(scan__says_what_is_wrong_and_where),
		cmocka_unit_test(scan__refuses_every_truncation),
		cmocka_unit_test(scan__utf8),
		cmocka_unit_test(scan__every_prefix_has_its_place),
		cmocka_unit_test(scan__limits),
		cmocka_unit_test(scan__a_million_levels),
		cmocka_unit_test(scan__duplicate_names),
		cmocka_unit_test(scan__duplicates_in_large_objects),
		cmocka_unit_test(scan__many_names),
		cmocka_unit_test(scan__each_byte),
	};

	return cmocka_run_group_tests_name("base/scan", tests, open_arena, close_arena);
}
