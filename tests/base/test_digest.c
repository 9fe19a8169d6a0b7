/* base/digest.c */
#include "tests/lib/unit.h"

#include "base/digest.h"

static void
digest__known_answers(void **state)
{
	char sha[65], md5[33];

	(void)state;
	digest_sha256_hex(SPAN("abc"), sha);
	assert_string_equal(sha, "BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD");
	digest_sha256_hex((struct span){ NULL, 0 }, sha);
	assert_string_equal(sha, "E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855");
	digest_md5_hex(SPAN("abc"), md5);
	assert_string_equal(md5, "900150983CD24FB0D6963F7D28E17F72");
	digest_md5_hex(SPAN(""), md5);
	assert_string_equal(md5, "D41D8CD98F00B204E9800998ECF8427E");
}

static void
digest__parts_are_kept_apart(void **state)
{
	const struct span one[] = { SPAN("ab"), SPAN("c") };
	const struct span other[] = { SPAN("a"), SPAN("bc") };
	const struct span whole[] = { SPAN("abc") };
	static const char spelled[] = "\0\0\0\0\0\0\0\2ab\0\0\0\0\0\0\0\1c";
	unsigned char a[32], b[32], c[32];
	char hex[65], want[65];

	(void)state;
	digest_parts(one, 2, a);
	digest_parts(other, 2, b);
	digest_parts(whole, 1, c);
	assert_false(digest_equal(a, b, 32));
	assert_false(digest_equal(a, c, 32));
	digest_parts(one, 2, b);
	assert_true(digest_equal(a, b, 32));
	digest_hex(a, 32, hex);
	digest_sha256_hex((struct span){ spelled, sizeof(spelled) - 1 }, want);
	for (int i = 0; want[i] != '\0'; i++)
		if (want[i] >= 'A')
			want[i] = (char)(want[i] + 32);
	assert_string_equal(hex, want);
}

static void
digest__hmac_over_parts(void **state)
{
	/* by Python's hmac: keys of letters k, around the block of 64 bytes; the message is 0000000000000002 "Hi" 0000000000000000 */
	static const struct {
		size_t length;
		const char *want;
	} known[] = {
		{ 0, "f0d9a7055807cc618dac4887d486330eac4d9ce5cad5916774230ddcc6d9747e" },
		{ 1, "f25c537e7a1206122d93f2de5e45a8e614a075694a31e70263c68cd0891392a1" },
		{ 33, "49340f186949ebb7865f49931f224f2febd5f3351690f40f54eb02b0318903e3" },
		{ 63, "9e08f9da709474e58aa1d51e9edfaf757ee73ba13d48505f34756eb3df47eefe" },
		{ 64, "f32bb7515d43df7919c2ef4f48c555cf36f01d15ce8c86b03a59d3085e4818fe" },
		{ 65, "4ea11b051d58d06d8930001fcb13b3d929f2f9e1871c5146679281a72d51fde8" },
		{ 128, "e0c3ddb3d46c61bb8031b80fdf03a23935c59931b37893f8e67f44e5062fc55a" },
		{ 199, "ad5a6f0cdf54f3fb40de8074de682965653bf481547ed62d34894e4b002adca2" },
	};
	const struct span parts[] = { SPAN("Hi"), { NULL, 0 } };
	char key[200], hex[65];
	unsigned char got[32];

	(void)state;
	memset(key, 'k', sizeof(key));
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		struct digest_key *k = digest_key_open((struct span){ key, known[i].length });

		for (int again = 0; again < 3; again++) {	/* what was digested before leaves no trace */
			digest_hmac(k, parts, 2, got);
			digest_hex(got, 32, hex);
			assert_string_equal(hex, known[i].want);
		}
		digest_key_close(&k);
		assert_null(k);
	}
}

static void
digest__wipe(void **state)
{
	char secret[16] = "secret";

	(void)state;
	digest_wipe(secret, sizeof(secret));
	for (size_t i = 0; i < sizeof(secret); i++)
		assert_int_equal(secret[i], 0);
}

static void
digest__base64(void **state)
{
	static const struct {
		const char *text, *bytes;
	} good[] = {
		{ "", "" }, { "Zg==", "f" }, { "Zg", "f" }, { "Zm8=", "fo" }, { "Zm8", "fo" }, { "Zm9v", "foo" },
		{ "Zm9vYg==", "foob" }, { "Zm9vYmE=", "fooba" }, { "Zm9vYmFy", "foobar" },
		{ "QWxhZGRpbjpvcGVuIHNlc2FtZQ==", "Aladdin:open sesame" }, { "+/+/", "\xfb\xff\xbf" },
	};
	static const char *const bad[] = {
		"Z", "=", "==", "Zg=", "Zm9v=", "Zm9v==", "Zm9v====", "Zg===", "Z===", "Zm 9v", "Zm9v\n", "-_-_", "Zm=v", "Zh==",
		"Zm9=", "\xc3\xa9==",
	};
	unsigned char out[64];
	size_t n;

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_true(base64_decode(span_of(good[i].text), out, &n));
		assert_int_equal(n, strlen(good[i].bytes));
		assert_memory_equal(out, good[i].bytes, n);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (base64_decode(span_of(bad[i]), out, &n))
			fail_msg("accepted: %s", bad[i]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(digest__known_answers),
		cmocka_unit_test(digest__parts_are_kept_apart),
		cmocka_unit_test(digest__hmac_over_parts),
		cmocka_unit_test(digest__wipe),
		cmocka_unit_test(digest__base64),
	};

	return cmocka_run_group_tests_name("base/digest", tests, NULL, NULL);
}
