/* base/decimal.c */
#include "tests/lib/unit.h"
#include "tests/lib/arena.h"

#include "base/decimal.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static uint64_t seed = 88172645463325252u;

static uint32_t
dice(uint32_t n)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (uint32_t)(seed >> 32) % n;
}

static struct dec
dec(const char *z)
{
	struct dec d;

	if (!dec_parse(span_of(z), &d))
		fail_msg("not a number: %s", z);
	return d;
}

static const char *
canonical(const struct dec *d)
{
	struct buf b;

	buf_init(&b, mem);
	dec_canonical(d, &b);
	return buf_z(&b);
}

static const char *
encoded(const struct dec *d)
{
	struct buf b;

	buf_init(&b, mem);
	dec_encode(d, &b);
	return buf_z(&b);
}

static int
sign_of(int x)
{
	return (x > 0) - (x < 0);
}

static void
decimal__grammar(void **state)
{
	static const char *const bad[] = {
		"", "-", "+1", "01", "-01", "1.", ".5", "1.e5", "1e", "1e+", "1 ", " 1", "1.2.3", "e5", "0x10", "1,5", "--1", "1e5.0",
	};
	static const char *const bad_text[] = {
		"", " ", ".", "-", "+-1", "1e", "1 2", "1x", "abc", "e5", ".e5", "1.2.3", "0x10", "NaN", "Infinity", "\xc2\xa0" "1",
	};
	static const char *const text[] = { "314", " 314\t", "+314", "314.", "0314.0", "3.14e2", "31400E-2", "+.314e+3" };
	struct dec d, want = dec("314");

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (dec_parse(span_of(bad[i]), &d))
			fail_msg("accepted: \"%s\"", bad[i]);
	for (size_t i = 0; i < sizeof(bad_text) / sizeof(bad_text[0]); i++)
		if (dec_parse_text(span_of(bad_text[i]), &d))
			fail_msg("accepted: \"%s\"", bad_text[i]);
	for (size_t i = 0; i < sizeof(text) / sizeof(text[0]); i++)
		if (!dec_parse_text(span_of(text[i]), &d) || dec_cmp(&d, &want) != 0)
			fail_msg("not 314: \"%s\"", text[i]);
}

static void
decimal__canonical(void **state)
{
	static const struct {
		const char *number, *text;
	} cases[] = {
		{ "12.0", "12" }, { "1.2e1", "12" }, { "0.5", "0.5" }, { "5e-1", "0.5" }, { "-0", "0" }, { "0.000e99", "0" },
		{ "-0.0", "0" }, { "100", "100" }, { "1e2", "100" }, { "-12.3400", "-12.34" }, { "0.00012", "0.00012" },
		{ "94103", "94103" }, { "123456789012345678901234567890.10", "123456789012345678901234567890.1" },
		{ "1e400", "1E+400" }, { "1.50e-401", "1.5E-401" }, { "-12.34e500", "-1.234E+501" },
		{ "1e99999999999999999999", "1E+999999999999999" },
	};
	struct dec d = dec("1e399");

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		d = dec(cases[i].number);
		assert_string_equal(canonical(&d), cases[i].text);
	}
	d = dec("1e399");
	assert_int_equal(strlen(canonical(&d)), 400);
	d = dec("1e-400");
	assert_int_equal(strlen(canonical(&d)), 402);
}

/* ascending; every pair is compared, and its texts of dec_encode() */
static void
decimal__order(void **state)
{
	static const char *const up[] = {
		"-1e99999999999999999999", "-1e400", "-123.5", "-123.45", "-123.4", "-123", "-12.3", "-12", "-1.0000000000000000001",
		"-1", "-0.99", "-0.1", "-0.01", "-1e-300", "-1e-99999999999999999999", "0", "1e-99999999999999999999",
		"1e-1000", "1e-300", "0.01", "0.011", "0.1", "0.12", "0.99", "1", "1.0000000000000000001", "9", "10", "12",
		"12.3", "99", "100", "123", "123.4", "123.45", "12345678901234567890", "12345678901234567891", "1e99", "1e100",
		"1.1e100", "1e400", "1e1000000000", "1e99999999999999999999",
	};
	enum { N = sizeof(up) / sizeof(up[0]) };

	(void)state;
	for (int i = 0; i < N; i++)
		for (int j = 0; j < N; j++) {
			struct dec a = dec(up[i]), b = dec(up[j]);

			if (sign_of(dec_cmp(&a, &b)) != sign_of(i - j))
				fail_msg("%s against %s", up[i], up[j]);
			if (sign_of(strcmp(encoded(&a), encoded(&b))) != sign_of(i - j))
				fail_msg("encoded: %s against %s", up[i], up[j]);
		}
}

/* A number below 2^63 in any of its spellings; what it is worth times 10^9. */
static long double
random_number(char *out)
{
	int64_t whole = dice(3) == 0 ? 0 : (int64_t)dice(1u << (1 + dice(29)));
	uint32_t fraction = dice(2) == 0 ? 0 : dice(1000) * (dice(2) == 0 ? 1000000 : 1);
	const char *sign = dice(2) ? "-" : "";
	long double v = (long double)whole * 1e9L + fraction;
	int form = (int)dice(4);

	if (form == 0)
		sprintf(out, "%s%lld.%09u", sign, (long long)whole, (unsigned)fraction);
	else if (form == 1)
		sprintf(out, "%s%lld.%09ue0", sign, (long long)whole, (unsigned)fraction);
	else if (form == 2 && whole > 0)
		sprintf(out, "%s%lld%09ue-9", sign, (long long)whole, (unsigned)fraction);
	else
		sprintf(out, "%s0.%018lld%09uE+18", sign, (long long)whole, (unsigned)fraction);
	return *sign == '-' ? -v : v;
}

static void
decimal__random_pairs_against_long_double(void **state)
{
	(void)state;
	for (int i = 0; i < 20000; i++) {
		char a_text[64], b_text[64];
		long double x = random_number(a_text), y = random_number(b_text);
		struct dec a = dec(a_text), b = dec(b_text), low, high;
		int want = (x > y) - (x < y);
		int64_t n;

		if (sign_of(dec_cmp(&a, &b)) != want || sign_of(strcmp(encoded(&a), encoded(&b))) != want)
			fail_msg("%s against %s", a_text, b_text);
		assert_true(dec_to_double(&a) == strtod(a_text, NULL));
		assert_true(dec_to_int64(&a, &n) && n == (int64_t)truncl(x / 1e9L));
		low = dec_floor(&a, mem);
		high = dec_ceiling(&a, mem);
		assert_true(dec_to_int64(&low, &n) && n == (int64_t)floorl(x / 1e9L) && dec_is_integer(&low));
		assert_true(dec_to_int64(&high, &n) && n == (int64_t)ceill(x / 1e9L) && dec_is_integer(&high));
		assert_int_equal(dec_is_integer(&a), dec_cmp(&low, &high) == 0);
		b = dec(canonical(&a));
		assert_int_equal(dec_cmp(&a, &b), 0);
		assert_string_equal(encoded(&a), encoded(&b));
		arena_clear(mem);
	}
}

/* Other spellings of the same value are equal, and encode alike. */
static void
decimal__huge_exponents_and_long_digits(void **state)
{
	enum { LONG = 10000 };
	static char digits[2 * LONG + 64], other[2 * LONG + 64];

	(void)state;
	for (int i = 0; i < 2000; i++) {
		char a_text[128], b_text[128];
		int shift = (int)dice(10);
		long long ea = (long long)dice(2000000) - 1000000, eb = dice(2) ? ea : (long long)dice(2000000) - 1000000;
		unsigned da = 1 + dice(999), db = dice(2) ? da : 1 + dice(999);
		struct dec a, b;
		int cmp;

		sprintf(a_text, "%ue%lld", da, ea);
		sprintf(b_text, "0.%0*d%ue%lld", 5 + shift, 0, db, eb + 5 + shift + (db > 99 ? 3 : db > 9 ? 2 : 1));
		a = dec(a_text);
		b = dec(b_text);
		cmp = dec_cmp(&a, &b);
		if (ea == eb)
			assert_int_equal(sign_of(cmp), (da > db) - (da < db));
		assert_int_equal(sign_of(strcmp(encoded(&a), encoded(&b))), sign_of(cmp));
		assert_int_equal(sign_of(dec_cmp(&b, &a)), -sign_of(cmp));
		arena_clear(mem);
	}
	for (int i = 0; i < LONG; i++)
		digits[i] = other[i] = (char)('1' + i % 9);
	other[LONG - 1]++;
	for (int at = 0; at <= LONG; at += 2500) {
		struct dec a = dec(digits), b = dec(other), c;
		char *z = arena_printf(mem, "%.*s.%se%d", at == 0 ? 1 : at, digits, at == LONG ? "0" : digits + (at == 0 ? 1 : at),
		    LONG - (at == 0 ? 1 : at));

		c = dec(z);
		assert_true(dec_cmp(&a, &b) < 0 && dec_cmp(&c, &b) < 0);
		assert_int_equal(dec_cmp(&a, &c), 0);
		assert_true(strcmp(encoded(&a), encoded(&b)) < 0);
		assert_string_equal(encoded(&a), encoded(&c));
		arena_clear(mem);
	}
}

static void
decimal__to_double_is_correctly_rounded(void **state)
{
	static const char *const hard[] = {
		"0.1", "9007199254740993", "9007199254740992.99999999999999999999", "2.2250738585072011e-308", "4.9e-324",
		"2.47e-324", "1.7976931348623157e308", "1.7976931348623159e308", "1e400", "123456789.123456789e-20", "1e-400",
		"-5e-1", "1e23",
	};
	static char tie[1200];
	struct dec d;

	(void)state;
	for (size_t i = 0; i < sizeof(hard) / sizeof(hard[0]); i++) {
		d = dec(hard[i]);
		assert_true(dec_to_double(&d) == strtod(hard[i], NULL));
	}
	/* half-way between two doubles, and the digit that decides stands behind 1000 zeros */
	sprintf(tie, "9007199254740993.%01000d1", 0);
	d = dec(tie);
	assert_true(dec_to_double(&d) == 9007199254740994.0);
}

static void
decimal__to_int64(void **state)
{
	static const struct {
		const char *text;
		bool fits;
		int64_t v;
	} cases[] = {
		{ "9223372036854775807", true, INT64_MAX }, { "9223372036854775807.9", true, INT64_MAX },
		{ "9223372036854775808", false, 0 }, { "-9223372036854775808", true, INT64_MIN },
		{ "-9223372036854775809", false, 0 }, { "1e18", true, INT64_C(1000000000000000000) }, { "1e19", false, 0 },
		{ "1e99999999999999999999", false, 0 }, { "0.9", true, 0 }, { "-0.9", true, 0 }, { "-12.9", true, -12 },
		{ "1e-99999999999999999999", true, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct dec d = dec(cases[i].text);
		int64_t v;

		if (dec_to_int64(&d, &v) != cases[i].fits || (cases[i].fits && v != cases[i].v))
			fail_msg("%s", cases[i].text);
	}
}

static void
decimal__ceiling_and_floor(void **state)
{
	static const struct {
		const char *text, *up, *down;
	} cases[] = {
		{ "1.5", "2", "1" }, { "-1.5", "-1", "-2" }, { "0.2", "1", "0" }, { "-0.2", "0", "-1" }, { "9.99", "10", "9" },
		{ "-99.5", "-99", "-100" }, { "1e-400", "1", "0" }, { "100.5", "101", "100" }, { "129.5", "130", "129" },
		{ "7", "7", "7" }, { "1.5e1", "15", "15" }, { "99999999999999999999.5", "100000000000000000000",
		"99999999999999999999" }, { "0", "0", "0" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct dec d = dec(cases[i].text);
		struct dec up = dec_ceiling(&d, mem), down = dec_floor(&d, mem), same = dec(cases[i].up);

		assert_string_equal(canonical(&up), cases[i].up);
		assert_string_equal(canonical(&down), cases[i].down);
		assert_int_equal(dec_cmp(&up, &same), 0);
		assert_string_equal(encoded(&up), encoded(&same));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(decimal__grammar),
		cmocka_unit_test(decimal__canonical),
		cmocka_unit_test(decimal__order),
		cmocka_unit_test(decimal__random_pairs_against_long_double),
		cmocka_unit_test(decimal__huge_exponents_and_long_digits),
		cmocka_unit_test(decimal__to_double_is_correctly_rounded),
		cmocka_unit_test(decimal__to_int64),
		cmocka_unit_test(decimal__ceiling_and_floor),
	};

	return cmocka_run_group_tests_name("base/decimal", tests, open_arena, close_arena);
}
