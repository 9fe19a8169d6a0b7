/* base/clock.c */
#include "tests/lib/unit.h"

#include "base/clock.h"

static int64_t
year_2026(void)
{
	return INT64_C(1767225600000000);
}

static void
clock__formats(void **state)
{
	char out[CLOCK_TEXT];

	(void)state;
	clock_format(INT64_C(1619394051197350), out);
	assert_string_equal(out, "2021-04-25T23:40:51.197350Z");
	clock_http_date(INT64_C(1619394051197350), out);
	assert_string_equal(out, "Sun, 25 Apr 2021 23:40:51 GMT");
	clock_format(0, out);
	assert_string_equal(out, "1970-01-01T00:00:00.000000Z");
	clock_format(-1, out);
	assert_string_equal(out, "1969-12-31T23:59:59.999999Z");
	clock_format(INT64_C(1709164800000000), out);
	assert_string_equal(out, "2024-02-29T00:00:00.000000Z");
}

static void
clock__every_day_goes_there_and_back(void **state)
{
	char out[CLOCK_TEXT], before[CLOCK_TEXT] = "";
	struct iso_time t;

	(void)state;
	for (int64_t day = -719162; day <= 2932896; day += 61) {	/* 0001-01-01 to 9999-12-31 */
		clock_format(day * 86400000000 + 123456, out);
		assert_true(strcmp(before, out) < 0);
		strcpy(before, out);
		assert_true(iso_parse(span_of(out), &t));
		assert_true(t.sec == day * 86400 && t.nsec == 123456000 && t.local_day == day && !t.date_only);
	}
}

static void
clock__http_dates(void **state)
{
	int64_t us;

	(void)state;
	clock_fake(year_2026);
	assert_true(clock_parse_http_date(SPAN("Sun, 06 Nov 1994 08:49:37 GMT"), &us));
	assert_true(us == INT64_C(784111777000000));
	assert_true(clock_parse_http_date(SPAN("Sunday, 06-Nov-94 08:49:37 GMT"), &us));
	assert_true(us == INT64_C(784111777000000));
	assert_true(clock_parse_http_date(SPAN("Sun Nov  6 08:49:37 1994"), &us));
	assert_true(us == INT64_C(784111777000000));
	assert_true(clock_parse_http_date(SPAN("Friday, 01-Jan-76 00:00:00 GMT"), &us));	/* 2076 */
	assert_true(us == INT64_C(3345062400000000));
	assert_true(clock_parse_http_date(SPAN("Friday, 01-Jan-77 00:00:00 GMT"), &us));	/* 1977 */
	assert_true(us == INT64_C(220924800000000));
	assert_false(clock_parse_http_date(SPAN(""), &us));
	assert_false(clock_parse_http_date(SPAN("Sun, 31 Feb 1994 08:49:37 GMT"), &us));
	assert_false(clock_parse_http_date(SPAN("Sun, 06 Nov 1994 24:49:37 GMT"), &us));
	assert_false(clock_parse_http_date(SPAN("Sun, 06 Nov 1994 08:49:37 CET"), &us));
	assert_false(clock_parse_http_date(SPAN("Sun, 06 Nov 1994 08:49:37 GMT "), &us));
	assert_false(clock_parse_http_date(SPAN("Sun, 06 Nov"), &us));
	clock_fake(NULL);
}

static void
clock__iso_forms(void **state)
{
	static const struct {
		const char *text;
		int64_t sec;
		int32_t nsec;
	} good[] = {
		{ "2016-07-25", 1469404800, 0 },
		{ "2016-07-25T09:00", 1469437200, 0 },
		{ "2016-07-25T09:00Z", 1469437200, 0 },
		{ "2016-07-25T09:00:00", 1469437200, 0 },
		{ "2016-07-25T10:00:00+01:00", 1469437200, 0 },
		{ "2016-07-24T23:00:00-10:00", 1469437200, 0 },
		{ "2016-07-25T09:00:00.5Z", 1469437200, 500000000 },
		{ "2016-07-25T09:00:00.123456789", 1469437200, 123456789 },
		{ "0001-01-01", INT64_C(-62135596800), 0 },
		{ "9999-12-31T23:59:59.999999999Z", INT64_C(253402300799), 999999999 },
		{ "2000-02-29", 951782400, 0 },
	};
	static const char *const bad[] = {
		"", "2016", "2016-07", "2016-7-25", "2016-02-30", "1900-02-29", "2015-02-29", "0000-01-01", "2016-13-01",
		"2016-00-01", "2016-01-00", "2016-07-25 09:00", "2016-07-25t09:00", "2016-07-25T", "2016-07-25T09",
		"2016-07-25T24:00", "2016-07-25T09:60", "2016-07-25T09:00:60", "2016-07-25T09:00:00.",
		"2016-07-25T09:00:00.1234567890", "2016-07-25T09:00:00z", "2016-07-25T09:00:00+0100",
		"2016-07-25T09:00:00+01", "2016-07-25T09:00:00+24:00", "2016-07-25T09:00:00ZZ", "2016-07-25Z",
		" 2016-07-25", "2016-07-25 ", "+2016-07-25", "2016-07-25T09:00.5", "abc",
	};
	struct iso_time t;

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		if (!iso_parse(span_of(good[i].text), &t))
			fail_msg("refused: %s", good[i].text);
		if (t.sec != good[i].sec || t.nsec != good[i].nsec)
			fail_msg("wrong instant: %s", good[i].text);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (iso_parse(span_of(bad[i]), &t))
			fail_msg("accepted: %s", bad[i]);
}

/* instants are compared, whatever the offset */
static void
clock__iso_order(void **state)
{
	struct iso_time a, b;

	(void)state;
	assert_true(iso_parse(SPAN("2016-07-25T10:00:00+02:00"), &a) && iso_parse(SPAN("2016-07-25T08:00:00Z"), &b));
	assert_int_equal(iso_cmp(&a, &b), 0);
	assert_true(iso_parse(SPAN("2016-07-25T00:30:00+02:00"), &a));
	assert_true(iso_cmp(&a, &b) < 0);
	assert_int_equal(a.local_day, b.local_day);
	assert_false(a.date_only);
	assert_true(iso_parse(SPAN("2016-07-25T08:00:00.000000001Z"), &a));
	assert_true(iso_cmp(&a, &b) > 0 && iso_cmp(&b, &a) < 0);
	assert_true(iso_parse(SPAN("2016-07-25"), &a));
	assert_true(a.date_only);
}

static void
clock__now(void **state)
{
	int64_t mono = clock_mono_ns();

	(void)state;
	assert_true(clock_us() > year_2026() - INT64_C(366) * 86400000000);
	clock_fake(year_2026);
	assert_true(clock_us() == year_2026());
	clock_fake(NULL);
	assert_true(clock_mono_ns() >= mono);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(clock__formats),
		cmocka_unit_test(clock__every_day_goes_there_and_back),
		cmocka_unit_test(clock__http_dates),
		cmocka_unit_test(clock__iso_forms),
		cmocka_unit_test(clock__iso_order),
		cmocka_unit_test(clock__now),
	};

	return cmocka_run_group_tests_name("base/clock", tests, NULL, NULL);
}
