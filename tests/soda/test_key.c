/* soda/key.c */
#include "tests/lib/unit.h"

#include "base/uid.h"
#include "soda/key.h"

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
	uid_fake(NULL);
	arena_close(&mem);
	return 0;
}

static const struct meta text_keys = { .key_type = KEY_VARCHAR2, .key_max_length = 5, .key_method = KEYS_CLIENT };
static const struct meta raw_keys = { .key_type = KEY_RAW, .key_method = KEYS_UUID };
static const struct meta number_keys = { .key_type = KEY_NUMBER, .key_method = KEYS_UUID };
static const struct meta embedded = { .key_type = KEY_VARCHAR2, .key_max_length = 255, .key_method = KEYS_EMBEDDED_OID,
	.key_path = "_id" };

static struct span
canonical(const struct meta *m, const char *key)
{
	struct span out;
	struct err e = { 0 };

	if (key_canonical(m, span_of(key), mem, &out, &e))
		return out;
	assert_int_equal(e.kind, ERR_BAD_KEY);
	return SPAN("(refused)");
}

/* PU-10 */
static void
key__text_is_taken_as_it_is(void **state)
{
	struct span out;
	struct err e;

	(void)state;
	assert_span(canonical(&text_keys, "aBc"), "aBc");
	assert_span(canonical(&text_keys, " a "), " a ");
	assert_span(canonical(&text_keys, "007"), "007");
	assert_span(canonical(&text_keys, "12345"), "12345");
	assert_span(canonical(&text_keys, "123456"), "(refused)");
	assert_span(canonical(&text_keys, "\xc3\xa4\xc3\xa4\xc3\xa4"), "(refused)");
	assert_span(canonical(&text_keys, ""), "(refused)");
	assert_span(canonical(&text_keys, "\xed\xa0\x80"), "(refused)");
	assert_false(key_canonical(&text_keys, SPAN("a\0b"), mem, &out, &e));
}

static void
key__raw_is_padded_and_upper_case(void **state)
{
	(void)state;
	assert_span(canonical(&raw_keys, "aF9"), "00000000000000000000000000000AF9");
	assert_span(canonical(&raw_keys, "0123456789abcdef0123456789ABCDEF"), "0123456789ABCDEF0123456789ABCDEF");
	assert_span(canonical(&raw_keys, "0123456789abcdef0123456789ABCDEF0"), "(refused)");
	assert_span(canonical(&raw_keys, "12g"), "(refused)");
	assert_span(canonical(&raw_keys, ""), "(refused)");
}

static void
key__numbers_are_integers_without_leading_zeros(void **state)
{
	(void)state;
	assert_span(canonical(&number_keys, "0"), "0");
	assert_span(canonical(&number_keys, "-000"), "0");
	assert_span(canonical(&number_keys, "0012"), "12");
	assert_span(canonical(&number_keys, "-0012"), "-12");
	assert_span(canonical(&number_keys, "340282366920938463463374607431768211455"),
	    "340282366920938463463374607431768211455");
	assert_span(canonical(&number_keys, "1.0"), "(refused)");
	assert_span(canonical(&number_keys, "1e2"), "(refused)");
	assert_span(canonical(&number_keys, "+1"), "(refused)");
	assert_span(canonical(&number_keys, "-"), "(refused)");
	assert_span(canonical(&number_keys, ""), "(refused)");
	assert_span(canonical(&number_keys, " 1"), "(refused)");
}

static void
fill_ff(void *out, size_t n)
{
	memset(out, 0xff, n);
}

static void
fill_zero(void *out, size_t n)
{
	memset(out, 0, n);
}

static void
key__number_columns_get_128_bits_in_decimal(void **state)
{
	(void)state;
	uid_fake(fill_ff);
	assert_span(key_generate(&number_keys, mem), "340282366920938463463374607431768211455");
	uid_fake(fill_zero);
	assert_span(key_generate(&number_keys, mem), "0");
}

/* MD-16 */
static void
key__generated_keys_are_canonical(void **state)
{
	struct meta m = { .key_type = KEY_VARCHAR2, .key_max_length = 255, .key_method = KEYS_UUID };
	struct span key = key_generate(&m, mem);

	(void)state;
	assert_int_equal(key.n, 32);
	assert_int_equal(strspn(key.p, "0123456789ABCDEF"), 32);
	assert_true(span_eq(canonical(&raw_keys, key.p), key));
	assert_false(span_eq(key, key_generate(&m, mem)));
	key = key_generate(&embedded, mem);
	assert_int_equal(key.n, 24);
	assert_int_equal(strspn(key.p, "0123456789abcdef"), 24);
}

static void
key__who_assigns(void **state)
{
	static const enum key_method db[] = { KEYS_SEQUENCE, KEYS_IDENTITY };
	static const enum key_method ours[] = { KEYS_UUID, KEYS_GUID, KEYS_EMBEDDED_OID, KEYS_SERVER };
	struct meta m = { 0 };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		m.key_method = db[i];
		assert_true(key_from_database(&m) && !key_is_client_assigned(&m));
	}
	for (size_t i = 0; i < 4; i++) {
		m.key_method = ours[i];
		assert_true(!key_from_database(&m) && !key_is_client_assigned(&m));
	}
	assert_true(key_is_client_assigned(&text_keys) && !key_from_database(&text_keys));
}

/* ---- embedded ---- */

static struct span
embed(const char *doc, const char *expected, struct span *content)
{
	struct span key;
	struct err e = { 0 };

	*content = span_of(doc);
	if (key_embedded(&embedded, span_of(expected), mem, content, &key, &e))
		return key;
	return span_of(err_name(e.kind));
}

static void
key__embedded_text_and_number(void **state)
{
	struct span content;

	(void)state;
	assert_span(embed("{\"a\":1,\"_id\":\"x\\u0079\"}", "", &content), "xy");
	assert_span(content, "{\"a\":1,\"_id\":\"x\\u0079\"}");
	assert_span(embed("{\"_id\":12.0}", "", &content), "12");
	assert_span(embed("{\"_id\":\"x\"}", "x", &content), "x");
	assert_span(embed("{\"_id\":12}", "12", &content), "12");
	assert_span(embed("{\"_id\":1,\"\\u005fid\":2}", "", &content), "2");
}

static void
key__embedded_is_generated_and_written_first(void **state)
{
	struct span content, key, again, other;
	struct err e = { 0 };

	(void)state;
	key = embed(" { \"a\" : 1 }\n", "", &content);
	assert_int_equal(key.n, 24);
	assert_span(content, arena_printf(mem, " {\"_id\":\"%.24s\", \"a\" : 1 }\n", key.p));
	other = content;
	assert_true(key_embedded(&embedded, key, mem, &other, &again, &e));
	assert_true(span_eq(key, again));
	assert_ptr_equal(other.p, content.p);
	assert_span(embed("{}", "k\"1", &content), "k\"1");
	assert_span(content, "{\"_id\":\"k\\\"1\"}");
	assert_span(embed("{ }", "k", &content), "k");
	assert_span(content, "{\"_id\":\"k\" }");
	/* the member is looked for at the top only */
	assert_span(embed("{\"x\":{\"_id\":1}}", "k", &content), "k");
	assert_span(content, "{\"_id\":\"k\",\"x\":{\"_id\":1}}");
}

static void
key__embedded_that_is_no_key(void **state)
{
	struct span content;

	(void)state;
	assert_span(embed("{\"_id\":null}", "", &content), "EMBEDDED_BAD");
	assert_span(embed("{\"_id\":true}", "", &content), "EMBEDDED_BAD");
	assert_span(embed("{\"_id\":{}}", "", &content), "EMBEDDED_BAD");
	assert_span(embed("{\"_id\":[1]}", "", &content), "EMBEDDED_BAD");
	assert_span(embed("[{\"_id\":1}]", "", &content), "EMBEDDED_BAD");
	assert_span(embed("{\"_id\":\"\"}", "", &content), "BAD_KEY");
	assert_span(embed("{\"_id\":\"a\\u0000\"}", "", &content), "BAD_KEY");
	assert_span(embed("{\"_id\":\"\\ud800\"}", "", &content), "BAD_KEY");
	assert_span(embed("{\"_id\":\"y\"}", "x", &content), "EMBEDDED_KEY");
}

static const char *
kept(const char *doc)
{
	struct err e = { 0 };

	return key_embedded_kept(&embedded, SPAN("12"), span_of(doc), mem, &e) ? "kept" : err_name(e.kind);
}

static void
key__embedded_must_survive_a_patch(void **state)
{
	(void)state;
	assert_string_equal(kept("{\"a\":1,\"_id\":\"12\"}"), "kept");
	assert_string_equal(kept(" {\"_id\":1.2e1} "), "kept");
	assert_string_equal(kept("{\"a\":1}"), "EMBEDDED_GONE");
	assert_string_equal(kept("[]"), "EMBEDDED_GONE");
	assert_string_equal(kept("{\"_id\":13}"), "EMBEDDED_KEY");
	assert_string_equal(kept("{\"_id\":[12]}"), "EMBEDDED_BAD");
}

/* ---- versions ---- */

static struct span
version(enum version_method method, const char *previous, int64_t now)
{
	struct meta m = { .version_method = method };

	return version_make(&m, SPAN("{\"a\":1}"), span_of(previous), now, mem);
}

/* MD-17 MD-21: digests of the bytes */
static void
version__digests(void **state)
{
	(void)state;
	assert_span(version(VERSION_SHA256, "", 0), "015ABD7F5CC57A2DD94B7590F04AD8084273905EE33EC5CEBEAE62276A97F862");
	assert_span(version(VERSION_SHA256, "x", 9), "015ABD7F5CC57A2DD94B7590F04AD8084273905EE33EC5CEBEAE62276A97F862");
	assert_span(version(VERSION_MD5, "", 0), "BB6CB5C68DF4652941CAF652A366F2D8");
}

static void
version__uuid_differs_each_time(void **state)
{
	(void)state;
	assert_int_equal(version(VERSION_UUID, "", 0).n, 32);
	assert_false(span_eq(version(VERSION_UUID, "", 0), version(VERSION_UUID, "", 0)));
}

static void
version__counts_and_times_only_grow(void **state)
{
	(void)state;
	assert_span(version(VERSION_SEQUENTIAL, "", 5), "1");
	assert_span(version(VERSION_SEQUENTIAL, "1", 5), "2");
	assert_span(version(VERSION_SEQUENTIAL, "99", 5), "100");
	assert_span(version(VERSION_TIMESTAMP, "", 1700000000000000), "1700000000000000");
	assert_span(version(VERSION_TIMESTAMP, "1700000000000000", 1700000000000000), "1700000000000001");
	assert_span(version(VERSION_TIMESTAMP, "1700000000000009", 1600000000000000), "1700000000000010");
	assert_int_equal(version(VERSION_NONE, "", 5).n, 0);
}

#define T(f) cmocka_unit_test_setup_teardown(f, open_arena, close_arena)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(key__text_is_taken_as_it_is),
		T(key__raw_is_padded_and_upper_case),
		T(key__numbers_are_integers_without_leading_zeros),
		T(key__number_columns_get_128_bits_in_decimal),
		T(key__generated_keys_are_canonical),
		T(key__who_assigns),
		T(key__embedded_text_and_number),
		T(key__embedded_is_generated_and_written_first),
		T(key__embedded_that_is_no_key),
		T(key__embedded_must_survive_a_patch),
		T(version__digests),
		T(version__uuid_differs_each_time),
		T(version__counts_and_times_only_grow),
	};

	return cmocka_run_group_tests_name("key", tests, NULL, NULL);
}
