/* tests/soda/test_words.c - the words of documents, and phrases of them */
#include "tests/soda/filter.h"

#include "soda/words.h"
#include "sql/fit.h"

#define T(f) cmocka_unit_test_setup_teardown(f, open_arena, close_arena)

static bool
holds(const char *phrase, const char *doc)
{
	struct cond c = { 0 };

	words_wanted(span_of(phrase), mem, &c);
	return words_in(&c, json(doc), mem);
}

#define assert_words(doc, expected) assert_span(words_of(json(doc), mem), expected)

static void
words__are_runs_of_letters_and_digits(void **state)
{
	(void)state;
	assert_words("{\"a\":\"One two-THREE_four.5\"}", "one two three four 5 ");
	assert_words("[\"\",\" \",\"%\",\"\xe2\x82\xac\",\"\xf0\x9f\x98\x80\"]", "");
	assert_words("[\"a\xe2\x82\xac" "b\"]", "a b ");
	assert_words("[\"caf\xc3\xa9s\",\"e\xcc\x81t\xc3\xa9\"]", "caf\xc3\xa9s e\xcc\x81t\xc3\xa9 ");
	assert_words("[\"\xe6\x9d\xb1\xe4\xba\xac \xf0\x9d\x90\x80\"]", "\xe6\x9d\xb1\xe4\xba\xac \xf0\x9d\x90\x80 ");
}

static void
words__once_each(void **state)
{
	struct buf b;

	(void)state;
	assert_words("[\"a b A\",\"B\",\"ab\"]", "a b ab ");
	buf_init(&b, mem);
	put_lit(&b, "[0");
	for (int i = 0; i < 3000; i++)
		buf_printf(&b, ",%d,\"w%d\"", i % 1000, i % 1000);
	buf_char(&b, ']');
	assert_int_equal(words_of(json(buf_z(&b)), mem).n, 10 * 2 + 90 * 3 + 900 * 4 + 10 * 3 + 90 * 4 + 900 * 5);
}

static void
words__of_strings_and_numbers_but_not_of_names(void **state)
{
	(void)state;
	assert_words("{\"name\" : \"x\" , \"other\":-1.5e+3,\"t\":true,\"f\":false,\"n\":null,\"l\":[10,[20],{\"deep\":\"y\" }]}",
	    "x 1 5e 3 10 20 y ");
	assert_words("\"alone\"", "alone ");
	assert_words("{}", "");
}

static void
words__are_alike_in_either_case(void **state)
{
	(void)state;
	assert_words("[\"\xc3\x84\xc3\xa4\",\"\xce\xa3\xcf\x83\xcf\x82\",\"\xc5\xbf\"]", "\xc3\xa4\xc3\xa4 \xcf\x83\xcf\x83\xcf\x83 s ");
	assert_true(holds("\xc3\x84", "[\"\xc3\xa4\"]"));
	assert_false(holds("a", "[\"\xc3\xa4\"]"));
}

static void
words__escapes_are_read(void **state)
{
	(void)state;
	assert_words("{\"\\u0061\":\"\\u0041b\\nc\\u0000d \\ud835\\udc00 x\\ud800y\"}", "ab c d \xf0\x9d\x90\x80 x y ");
	assert_words("[\"q\\\"\",\"r\\\\\",\"s\\\\\\\"t\"]", "q r s t ");
}

static void
words__long_ones_are_kept_in_part(void **state)
{
	char text[200] = "[\"";
	struct span kept;

	(void)state;
	memset(text + 2, 'a', 63);
	strcpy(text + 65, "\xc3\xa9\xc3\xa9\"]");
	kept = words_of(json(text), mem);
	assert_int_equal(kept.n, 64);		/* the character over the edge is left out whole, and a blank */
	assert_int_equal(kept.p[63], ' ');
	assert_true(holds(arena_z(mem, (struct span){ text + 2, 67 }), text));
	assert_false(holds(arena_z(mem, (struct span){ text + 2, 65 }), text));
	assert_int_equal(word_kept(SPAN("short")).n, 5);
}

/* QF-02 */
static void
words__phrases_lie_within_one_value(void **state)
{
	(void)state;
	assert_true(holds("one two", "[\"x one, TWO y\"]"));
	assert_false(holds("one two", "[\"one\",\"two\"]"));
	assert_false(holds("two one", "[\"one two\"]"));
	assert_true(holds("5 3", "[1.5,5.3]"));
	assert_false(holds("", "[\"a\"]"));
	assert_false(holds("-%_", "[\"-%_\"]"));
	assert_false(holds("a", "{\"a\":1}"));
}

/* The next try begins where the failed one may still succeed. */
static void
words__phrases_may_overlap_themselves(void **state)
{
	struct buf b;

	(void)state;
	assert_true(holds("a a b", "[\"a a a b\"]"));
	assert_true(holds("a b a b c", "[\"a b a b a b c\"]"));
	assert_true(holds("a b a a", "[\"a b a b a a\"]"));
	assert_false(holds("a b a a", "[\"a b a b a\"]"));
	assert_false(holds("a a b", "[\"a a\",\"b\"]"));
	buf_init(&b, mem);
	put_lit(&b, "[\"");
	for (int i = 0; i < 100000; i++)
		put_lit(&b, "a ");
	put_lit(&b, "b\"]");
	assert_true(holds("a a a a a a a a a a a a a a a a a a a a a a a a b", buf_z(&b)));
	assert_false(holds("b a a a a a a a a a a a a a a a a a a a a a a a b", buf_z(&b)));
}

/* every word of a phrase is among the words of a document that holds it: what lets an index choose documents */
static void
words__of_a_phrase_are_kept(void **state)
{
	const char *const texts[] = { "\xc3\x9c" "ber 10 Stra\xc3\x9f" "en", "x_y 1.5E3", "\xe1\xbe\xb3 \xc4\xb0 \xc7\x85", "\xef\xbc\xa1\xef\xbc\x91" };

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		struct span doc = json(arena_printf(mem, "[\"%s\"]", texts[i]));
		const char *kept = arena_printf(mem, " %.*s", SPAN_ARG(words_of(doc, mem)));
		struct cond c = { 0 };

		words_wanted(span_of(texts[i]), mem, &c);
		assert_true(c.n_values > 0 && words_in(&c, doc, mem));
		for (size_t k = 0; k < c.n_values; k++)
			assert_non_null(strstr(kept, arena_printf(mem, " %.*s ", SPAN_ARG(c.values[k].text))));
	}
}

static void
words__leave_no_memory_behind(void **state)
{
	struct cond c = { 0 };
	struct span doc = json("[\"\\u0061 b\",\"c\"]");
	size_t before;

	(void)state;
	words_wanted(SPAN("c d"), mem, &c);
	before = arena_total(mem);
	assert_false(words_in(&c, doc, mem));
	assert_int_equal(arena_total(mem), before);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(words__are_runs_of_letters_and_digits),
		T(words__once_each),
		T(words__of_strings_and_numbers_but_not_of_names),
		T(words__are_alike_in_either_case),
		T(words__escapes_are_read),
		T(words__long_ones_are_kept_in_part),
		T(words__phrases_lie_within_one_value),
		T(words__phrases_may_overlap_themselves),
		T(words__of_a_phrase_are_kept),
		T(words__leave_no_memory_behind),
	};

	return cmocka_run_group_tests_name("words", tests, NULL, NULL);
}
