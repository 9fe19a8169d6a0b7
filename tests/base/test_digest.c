/* base/digest.c */
#include "tests/lib/unit.h"

#include "base/digest.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

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
	static const char spelled[] = "\0\0\0\0\0\0\0\2Hi\0\0\0\0\0\0\0\0";
	const struct span parts[] = { SPAN("Hi"), { NULL, 0 } };
	unsigned char want[EVP_MAX_MD_SIZE], got[32];
	unsigned n;

	(void)state;
	for (int length = 0; length < 200; length += 33) {
		struct digest_key *k;
		char key[200];

		memset(key, 'k', sizeof(key));
		assert_non_null(HMAC(EVP_sha256(), key, length, (const unsigned char *)spelled, sizeof(spelled) - 1, want, &n));
		assert_int_equal(n, 32);
		k = digest_key_open((struct span){ key, (size_t)length });
		for (int again = 0; again < 3; again++) {	/* what was digested before leaves no trace */
			digest_hmac(k, parts, 2, got);
			assert_memory_equal(got, want, 32);
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
