/* tests/sql/test_convert.c - values of one engine for columns of another: exactly, or a reason */
#include "tests/lib/unit.h"

#include "sql/convert.h"

#include <stdio.h>

static struct arena *mem;

/* "text", or "!reason", or "~note:text" */
static const char *
into(const struct dialect *d, struct column to, enum abstract_type from, bool same, struct cell in)
{
	const struct conversion c = { .dialect = d, .to = &to, .from = from, .same_engine = same };
	enum convert_note note;
	struct value v;
	enum convert_reason why = convert(&c, &in, mem, &v, &note);
	const char *mark = note == NOTE_NONE ? "" : "~";

	if (why != CONVERT_OK)
		return arena_printf(mem, "!%s", convert_reason_text(why));
	switch (v.kind) {
	case VALUE_NULL:
		return arena_printf(mem, "%sNULL", mark);
	case VALUE_INT:
		return arena_printf(mem, "%s%lld", mark, (long long)v.number);
	case VALUE_REAL:
		return arena_printf(mem, "%sreal %.17g", mark, v.real);
	case VALUE_TEXT:
		return arena_printf(mem, "%s'%.*s'", mark, SPAN_ARG(v.text));
	case VALUE_BLOB:
		return arena_printf(mem, "%sblob %zu", mark, v.text.n);
	}
	return "";
}

#define PG &dialect_postgresql
#define MY &dialect_mariadb
#define SL &dialect_sqlite
#define COL(...) ((struct column){ .nullable = true, __VA_ARGS__ })
#define C_INT(v) ((struct cell){ .kind = CELL_INT, .number = (v) })
#define C_TEXT(z) ((struct cell){ .kind = CELL_TEXT, .text = SPAN(z) })
#define C_NUM(z) ((struct cell){ .kind = CELL_NUMBER, .text = SPAN(z) })
#define C_REAL(z) ((struct cell){ .kind = CELL_REAL, .text = SPAN(z) })
#define C_BLOB(z) ((struct cell){ .kind = CELL_BLOB, .text = SPAN(z) })
#define C_NULL ((struct cell){ .kind = CELL_NULL })

/* DP-89 */
static void
integer__is_kept_exactly_or_refused(void **state)
{
	(void)state;
	assert_string_equal(into(PG, COL(.type = ABS_INT64), ABS_INT64, false, C_INT(INT64_MIN)), "-9223372036854775808");
	assert_string_equal(into(PG, COL(.type = ABS_INT32), ABS_INT64, false, C_INT(2147483648)), "!the integer is out of the range of the column");
	assert_string_equal(into(PG, COL(.type = ABS_INT64), ABS_INT64, false, C_TEXT("abc")), "!the value is no integer");
	assert_string_equal(into(PG, COL(.type = ABS_INT64), ABS_INT64, false, C_REAL("1.5")), "!fractional digits would be lost");
	assert_string_equal(into(PG, COL(.type = ABS_INT64), ABS_INT64, false, C_REAL("2")), "2");
	assert_string_equal(into(PG, COL(.type = ABS_INT64), ABS_INT64, false, C_BLOB("1")), "!the value is no integer");
	assert_string_equal(into(PG, COL(.type = ABS_INT64), ABS_UINT64, false, C_NUM("18446744073709551615")), "!the integer is out of the range of the column");
	assert_string_equal(into(MY, COL(.type = ABS_UINT64), ABS_UINT64, false, C_NUM("18446744073709551615")), "'18446744073709551615'");
	assert_string_equal(into(MY, COL(.type = ABS_UINT64), ABS_INT64, false, C_INT(-1)), "!the integer is out of the range of the column");
	assert_string_equal(into(PG, COL(.type = ABS_BOOL), ABS_BOOL, false, C_INT(2)), "!the value is no boolean");
	assert_string_equal(into(MY, COL(.type = ABS_BOOL), ABS_BOOL, false, C_INT(2)), "2");
}

/* No silent loss: fractional digits, precision, floating point */
static void
number__is_kept_exactly_or_refused(void **state)
{
	(void)state;
	assert_string_equal(into(MY, COL(.type = ABS_DECIMAL, .precision = 5, .scale = 2), ABS_DECIMAL, false, C_NUM("123.45")), "'123.45'");
	assert_string_equal(into(MY, COL(.type = ABS_DECIMAL, .precision = 5, .scale = 2), ABS_DECIMAL, false, C_NUM("1.234")), "!fractional digits would be lost");
	assert_string_equal(into(MY, COL(.type = ABS_DECIMAL, .precision = 5, .scale = 2), ABS_DECIMAL, false, C_NUM("1234.5")), "!digits would be lost");
	assert_string_equal(into(SL, COL(.type = ABS_DECIMAL), ABS_DECIMAL, false, C_NUM("0.10")), "real 0.10000000000000001");
	assert_string_equal(into(SL, COL(.type = ABS_DECIMAL), ABS_DECIMAL, false, C_NUM("12345678901234567.89")), "!digits would be lost");
	assert_string_equal(into(SL, COL(.type = ABS_DECIMAL), ABS_DECIMAL, false, C_NUM("9007199254740993")), "9007199254740993");
	assert_string_equal(into(PG, COL(.type = ABS_DECIMAL), ABS_FLOAT64, false, C_REAL("0.10000000000000001")), "'0.1'");
	assert_string_equal(into(PG, COL(.type = ABS_FLOAT64), ABS_FLOAT64, false, C_REAL("NaN")), "real nan");
	assert_string_equal(into(MY, COL(.type = ABS_FLOAT64), ABS_FLOAT64, false, C_REAL("Infinity")), "!the column takes no infinity and no NaN");
	assert_string_equal(into(SL, COL(.type = ABS_FLOAT64), ABS_FLOAT64, false, C_REAL("NaN")), "!the column takes no infinity and no NaN");
	assert_string_equal(into(SL, COL(.type = ABS_FLOAT64), ABS_FLOAT64, false, C_REAL("-Infinity")), "real -inf");
	assert_string_equal(into(PG, COL(.type = ABS_FLOAT64), ABS_FLOAT64, false, C_REAL("-0")), "real -0");
	assert_string_equal(into(PG, COL(.type = ABS_FLOAT32), ABS_FLOAT64, false, C_REAL("0.10000000000000001")), "!digits would be lost");
	assert_string_equal(into(PG, COL(.type = ABS_FLOAT32), ABS_FLOAT32, true, C_REAL("0.1")), "real 0.10000000149011612");
	assert_string_equal(into(SL, COL(.type = ABS_FLOAT64), ABS_FLOAT32, false, C_REAL("0.1")), "real 0.10000000149011612");
	assert_string_equal(into(PG, COL(.type = ABS_FLOAT64), ABS_INT64, false, C_INT(9007199254740993)), "!digits would be lost");
}

static void
text__is_kept_exactly_or_refused(void **state)
{
	(void)state;
	assert_string_equal(into(PG, COL(.type = ABS_TEXT, .length = 3), ABS_TEXT, false, C_TEXT("äöü")), "'äöü'");
	assert_string_equal(into(PG, COL(.type = ABS_TEXT, .length = 3), ABS_TEXT, false, C_TEXT("abcd")), "!the value is longer than the column");
	assert_string_equal(into(PG, COL(.type = ABS_TEXT), ABS_TEXT, false, C_TEXT("a\0b")), "!the text holds a NUL");
	assert_string_equal(into(MY, COL(.type = ABS_TEXT), ABS_TEXT, false, C_TEXT("\xff")), "!the text is not UTF-8");
	assert_string_equal(into(PG, COL(.type = ABS_TEXT), ABS_TEXT, false, C_TEXT("")), "''");
	assert_string_equal(into(PG, COL(.type = ABS_TEXT), ABS_TEXT, false, C_NULL), "NULL");
	assert_string_equal(into(PG, (struct column){ .type = ABS_TEXT }, ABS_TEXT, false, C_NULL), "!the column takes no NULL");
	assert_string_equal(into(PG, COL(.type = ABS_TEXT), ABS_TEXT, false, C_BLOB("ab")), "!the value is bytes, and the column takes none");
	assert_string_equal(into(PG, COL(.type = ABS_BINARY), ABS_BINARY, false, C_TEXT("ab")), "!the value is no bytes");
	assert_string_equal(into(MY, COL(.type = ABS_BINARY, .length = 1), ABS_BINARY, false, C_BLOB("a\0")), "!the value is longer than the column");
	assert_string_equal(into(PG, COL(.type = ABS_TEXT), ABS_TEXT, false, C_INT(7)), "'7'");
}

static void
moment__is_kept_exactly_or_refused(void **state)
{
	struct column day = COL(.type = ABS_DATE), at = COL(.type = ABS_TIMESTAMP), tz = COL(.type = ABS_TIMESTAMPTZ), t = COL(.type = ABS_TIME);
	struct column my = COL(.type = ABS_TIMESTAMP, .native = SPAN("datetime")), my6 = COL(.type = ABS_TIMESTAMP, .native = SPAN("datetime(6)"));

	(void)state;
	assert_string_equal(into(PG, day, ABS_DATE, false, C_TEXT("2024-02-29")), "'2024-02-29'");
	assert_string_equal(into(PG, day, ABS_DATE, false, C_TEXT("2023-02-29")), "!the value is no date");
	assert_string_equal(into(PG, day, ABS_DATE, false, C_TEXT("0000-00-00")), "~NULL");
	assert_string_equal(into(PG, (struct column){ .type = ABS_DATE }, ABS_DATE, false, C_TEXT("2024-00-01")), "!the date has a zero in it, and the column takes no NULL");
	assert_string_equal(into(PG, at, ABS_TIMESTAMP, false, C_TEXT("2024-01-02T03:04:05.123456")), "'2024-01-02 03:04:05.123456'");
	assert_string_equal(into(PG, at, ABS_TIMESTAMP, false, C_TEXT("2024-01-02 03:04:05.1234567")), "!fractional digits would be lost");
	assert_string_equal(into(MY, my, ABS_TIMESTAMP, false, C_TEXT("2024-01-02 03:04:05.5")), "!fractional digits would be lost");
	assert_string_equal(into(MY, my6, ABS_TIMESTAMP, false, C_TEXT("2024-01-02 03:04:05.500")), "'2024-01-02 03:04:05.5'");
	assert_string_equal(into(PG, at, ABS_TIMESTAMP, false, C_TEXT("2024-01-02 03:04:05+02:00")), "!the time zone would be lost");
	assert_string_equal(into(PG, at, ABS_TIMESTAMP, false, C_TEXT("2024-01-02 03:04:05Z")), "~'2024-01-02 03:04:05'");
	assert_string_equal(into(MY, my6, ABS_TIMESTAMPTZ, false, C_TEXT("2024-01-01T01:00:00+02:00")), "'2023-12-31 23:00:00'");
	assert_string_equal(into(PG, tz, ABS_TIMESTAMPTZ, false, C_TEXT("2024-02-28T23:30:00-01")), "'2024-02-29 00:30:00+00'");
	assert_string_equal(into(SL, at, ABS_TIMESTAMPTZ, false, C_TEXT("2024-01-02T03:04:05.1Z")), "'2024-01-02 03:04:05.1Z'");
	assert_string_equal(into(SL, at, ABS_TIMESTAMP, false, C_TEXT("infinity")), "'infinity'");
	assert_string_equal(into(PG, at, ABS_TIMESTAMP, true, C_TEXT("infinity")), "'infinity'");
	assert_string_equal(into(MY, my6, ABS_TIMESTAMP, false, C_TEXT("infinity")), "!the value is no date and time");
	assert_string_equal(into(PG, t, ABS_TIME, false, C_TEXT("838:59:59")), "!the value is no time of day");
	assert_string_equal(into(MY, COL(.type = ABS_TIME, .native = SPAN("time(6)")), ABS_TIME, false, C_TEXT("23:59:59.000001")), "'23:59:59.000001'");
	assert_string_equal(into(PG, day, ABS_DATE, false, C_TEXT("2024-01-02T10:00:00")), "!the value is no date");
	assert_string_equal(into(PG, day, ABS_DATE, false, C_INT(1700000000)), "!the value is no date");
}

/* DP-86: an engine whose values have a kind of their own keeps it */
static void
value__of_sqlite_keeps_its_kind(void **state)
{
	(void)state;
	assert_string_equal(into(SL, COL(.type = ABS_INT64), ABS_INT64, true, C_TEXT("abc")), "'abc'");
	assert_string_equal(into(SL, COL(.type = ABS_TEXT), ABS_TEXT, true, C_BLOB("a\0b")), "blob 3");
	assert_string_equal(into(SL, COL(.type = ABS_TEXT), ABS_TEXT, true, C_REAL("0.10000000000000001")), "real 0.10000000000000001");
	assert_string_equal(into(SL, COL(.type = ABS_DATE), ABS_DATE, true, C_INT(5)), "5");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(integer__is_kept_exactly_or_refused),
		cmocka_unit_test(number__is_kept_exactly_or_refused),
		cmocka_unit_test(text__is_kept_exactly_or_refused),
		cmocka_unit_test(moment__is_kept_exactly_or_refused),
		cmocka_unit_test(value__of_sqlite_keeps_its_kind),
	};
	int failed;

	mem = arena_open(0);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	arena_close(&mem);
	return failed;
}
