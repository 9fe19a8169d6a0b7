/* tests/sql/test_array.c - the binary form of arrays, as PostgreSQL documents it; that it reads them: tests/datapump/test_import.py */
#include "tests/lib/unit.h"

#include "sql/array.h"

#define TEXT(s) { .kind = VALUE_TEXT, .text = SPAN(s) }
#define BYTES(s) (struct span){ s, sizeof(s) - 1 }

static struct arena *
begin(void **state)
{
	(void)state;
	return arena_open(0);
}

/* an array of one value */
static bool
put(enum abstract_type type, struct value v, struct arena *mem, struct span *out)
{
	struct buf b;
	bool ok;

	buf_init(&b, mem);
	ok = array_put(element_of(type), &v, 1, 1, &b);
	*out = buf_text(&b);
	return ok;
}

static void
check(enum abstract_type type, struct value v, struct span element)
{
	struct arena *mem = arena_open(0);
	struct span got;

	assert_true(put(type, v, mem, &got));
	assert_true(got.n >= 20);
	got.p += 20;
	got.n -= 20;
	assert_int_equal(got.n, element.n);
	assert_memory_equal(got.p, element.p, element.n);
	arena_close(&mem);
}

static void
array__tells_type_length_and_absent_values(void **state)
{
	struct arena *mem = begin(state);
	const struct value values[] = {
		{ .kind = VALUE_INT, .number = 1 }, TEXT("not of this column"), { .kind = VALUE_NULL }, TEXT("nor this"),
		{ .kind = VALUE_INT, .number = -2 },
	};
	static const char form[] = "\0\0\0\1" "\0\0\0\1" "\0\0\0\24" "\0\0\0\3" "\0\0\0\1" "\0\0\0\10\0\0\0\0\0\0\0\1" "\xff\xff\xff\xff"
	    "\0\0\0\10\xff\xff\xff\xff\xff\xff\xff\xfe";
	struct buf b;

	buf_init(&b, mem);
	assert_true(array_put(element_of(ABS_INT16), values, 2, 3, &b));
	assert_int_equal(b.n, sizeof(form) - 1);
	assert_memory_equal(b.p, form, sizeof(form) - 1);
	arena_close(&mem);
}

static void
array__writes_values_as_the_server_keeps_them(void **state)
{
	(void)state;
	check(ABS_BOOL, (struct value){ .kind = VALUE_INT, .number = 1 }, BYTES("\0\0\0\1\1"));
	check(ABS_FLOAT64, (struct value){ .kind = VALUE_REAL, .real = -1.5 }, BYTES("\0\0\0\10\xbf\xf8\0\0\0\0\0\0"));
	check(ABS_BINARY, (struct value){ .kind = VALUE_BLOB, .text = { "a\0b", 3 } }, BYTES("\0\0\0\3a\0b"));
	check(ABS_TEXT, (struct value)TEXT("it's \"\\"), BYTES("\0\0\0\7it's \"\\"));
	check(ABS_OTHER, (struct value){ .kind = VALUE_BLOB, .text = { "a\xff", 2 } }, BYTES("\0\0\0\6\\x61ff"));
	check(ABS_DATE, (struct value)TEXT("2000-01-02"), BYTES("\0\0\0\4\0\0\0\1"));
	check(ABS_DATE, (struct value)TEXT("1999-12-31"), BYTES("\0\0\0\4\xff\xff\xff\xff"));
	check(ABS_TIMESTAMP, (struct value)TEXT("2000-01-01 00:00:01.000002"), BYTES("\0\0\0\10\0\0\0\0\0\x0f\x42\x42"));
	check(ABS_TIMESTAMPTZ, (struct value)TEXT("1999-12-31 23:59:59.5+00"), BYTES("\0\0\0\10\xff\xff\xff\xff\xff\xf8\x5e\xe0"));
}

/* digits, power of the first one, sign, digits behind the point; then groups of four */
static void
array__writes_decimals(void **state)
{
	(void)state;
	check(ABS_DECIMAL, (struct value)TEXT("0"), BYTES("\0\0\0\10" "\0\0\xff\xff\0\0\0\0"));
	check(ABS_DECIMAL, (struct value)TEXT("12345.678"), BYTES("\0\0\0\16" "\0\3\0\1\0\0\0\3" "\0\1\x09\x29\x1a\x7c"));
	check(ABS_DECIMAL, (struct value)TEXT("-0.00010"), BYTES("\0\0\0\14" "\0\2\xff\xff\x40\0\0\5" "\0\1\0\0"));
	check(ABS_DECIMAL, (struct value)TEXT("0012.50"), BYTES("\0\0\0\14" "\0\2\0\0\0\0\0\2" "\0\14\x13\x88"));
	check(ABS_UINT64, (struct value)TEXT("18446744073709551615"), BYTES("\0\0\0\22" "\0\5\0\4\0\0\0\0" "\x07\x34\x1a\x58\x02\xe1\x03\xbb\x06\x4f"));
	check(ABS_UINT64, (struct value){ .kind = VALUE_INT, .number = 70000 }, BYTES("\0\0\0\14" "\0\2\0\1\0\0\0\0" "\0\7\0\0"));
}

/* what only the server can read goes as text, and then all of the column does */
static void
array__leaves_odd_forms_to_the_server(void **state)
{
	static const struct {
		enum abstract_type type;
		struct value v;
	} odd[] = {
		{ ABS_INT64, TEXT("1") }, { ABS_DECIMAL, TEXT("NaN") }, { ABS_DECIMAL, TEXT("1e5") }, { ABS_DECIMAL, TEXT(".5") },
		{ ABS_DECIMAL, TEXT("") }, { ABS_DECIMAL, TEXT("-") }, { ABS_DECIMAL, TEXT("+1") }, { ABS_DECIMAL, TEXT("1,5") },
		{ ABS_DATE, TEXT("infinity") }, { ABS_DATE, TEXT("0044-03-15 BC") }, { ABS_DATE, TEXT("2023-02-29") },
		{ ABS_TIMESTAMP, TEXT("-infinity") }, { ABS_TIMESTAMP, TEXT("10000-01-01 00:00:00") }, { ABS_TIMESTAMP, TEXT("2024-01-02 24:00:00") },
		{ ABS_TIMESTAMP, TEXT("2024-01-02 03:04:05+02") }, { ABS_TIMESTAMP, TEXT("2024-01-02 03:04:05 BC") },
		{ ABS_TIMESTAMP, TEXT("2024-01-02 03:04:05.1234567") }, { ABS_TIMESTAMP, TEXT("2024-01-02 03:04:05.") }, { ABS_TIMESTAMP, TEXT("2024-01-02") },
		{ ABS_TIMESTAMPTZ, TEXT("2024-01-02 03:04:05") }, { ABS_TIMESTAMPTZ, TEXT("2024-01-02 03:04:05+01") },
		{ ABS_BINARY, TEXT("text") }, { ABS_FLOAT64, TEXT("1") }, { ABS_BOOL, TEXT("t") },
	};
	struct arena *mem = begin(state);

	for (size_t i = 0; i < sizeof(odd) / sizeof(*odd); i++) {
		struct span got;
		struct buf b;

		if (put(odd[i].type, odd[i].v, mem, &got))
			fail_msg("%.*s", SPAN_ARG(odd[i].v.text));
		buf_init(&b, mem);
		assert_true(array_put(&element_text, &odd[i].v, 1, 1, &b));
		assert_memory_equal(b.p + 24, odd[i].v.text.p, odd[i].v.text.n);
	}
	arena_close(&mem);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(array__tells_type_length_and_absent_values),
		cmocka_unit_test(array__writes_values_as_the_server_keeps_them),
		cmocka_unit_test(array__writes_decimals),
		cmocka_unit_test(array__leaves_odd_forms_to_the_server),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
