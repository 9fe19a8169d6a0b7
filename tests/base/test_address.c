/* base/address.c */
#include "tests/lib/unit.h"

#include "base/address.h"

static void
address__texts(void **state)
{
	static const char *const bad[] = { "", "1.2.3", "1.2.3.4.5", "0177.0.0.1", "0x7f.0.0.1", "2130706433", "256.0.0.1", "::g", "1::2::3", "host",
		"10.0.0.1/8", "0000:0000:0000:0000:0000:0000:0000:0000:0000" };
	unsigned char four[ADDRESS_BYTES], six[ADDRESS_BYTES];

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_false(address_read(span_of(bad[i]), four));
	assert_true(address_read(SPAN("192.0.2.1"), four));
	assert_true(address_read(SPAN("::ffff:192.0.2.1"), six));
	assert_memory_equal(four, six, ADDRESS_BYTES);
}

static void
address__networks(void **state)
{
	static const struct {
		const char *address, *network;
		bool is_in;
	} rows[] = {
		{ "10.1.2.3", "10.0.0.0/8", true }, { "11.1.2.3", "10.0.0.0/8", false }, { "10.1.2.3", "10.1.2.3", true },
		{ "10.1.2.3", "10.1.2.2/31", true }, { "10.1.2.4", "10.1.2.2/31", false }, { "::ffff:10.1.2.3", "10.0.0.0/8", true },
		{ "fe80::1", "fe80::/10", true }, { "fec0::1", "fe80::/10", false }, { "::1", "0.0.0.0/0", false }, { "::1", "::/0", true },
		{ "10.1.2.3", "10.0.0.0/33", false }, { "10.1.2.3", "10.0.0.0/", false }, { "10.1.2.3", "10.0.0.0/-1", false },
		{ "10.1.2.3", "example.com", false }, { "10.1.2.3", "", false },
	};
	unsigned char address[ADDRESS_BYTES];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		assert_true(address_read(span_of(rows[i].address), address));
		assert_int_equal(address_is_in(address, span_of(rows[i].network)), rows[i].is_in);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(address__texts),
		cmocka_unit_test(address__networks),
	};

	return cmocka_run_group_tests_name("base/address", tests, NULL, NULL);
}
