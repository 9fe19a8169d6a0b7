/* datapump/object_uri.c */
#include "tests/lib/unit.h"

#include "datapump/object_uri.h"

static const struct key basic = { KEY_BASIC, "us-east-1", "joe", "secret" };
static const struct key s3 = { KEY_S3, "eu-1", "joe", "secret" };
static const struct key swift = { KEY_SWIFT, "us-east-1", "joe", "secret" };

/* section 6 of what must be survived: user information, spellings of addresses, ports, schemes */
static void
object_uri__what_is_none(void **state)
{
	static const char *const bad[] = {
		"", "https://", "https:///o", "http://h.example/o", "ftp://h.example/o", "file:///etc/passwd", "//h.example/o", "h.example/o",
		"https:/h.example/o", "https://h.example", "https://h.example/", "https://h.example/b/", "https://h.example?x/o",
		"https://joe@h.example/o", "https://joe:x@h.example/o", "https://h.example@10.0.0.1/o", "https://h.example/o#f",
		"https://h.example:/o", "https://h.example:0/o", "https://h.example:65536/o", "https://h.example:44a/o", "https://h.example:+443/o",
		"https://h.example:443:443/o", "https://[::1/o", "https://[::1]x/o", "https://::1]/o", "https://[h.example]x:1/o",
		"https://127.1/o", "https://2130706433/o", "https://0x7f000001/o", "https://0177.0.0.1/o", "https://0x7f.0.0.1/o",
		"https://127.0.0.1./o", "https://256.0.0.1/o", "https://1.2.3.4.5/o", "https://h..example/o", "https://.example/o",
		"https://h.example./o", "https://-h.example/o", "https://h-.example/o", "https://h ex/o", "https://h%2eexample/o",
		"https://h.example/a\nb", "https://h.example/a b", "https://h.example/a\\b", "https://h.example/a%", "https://h.example/a%2",
		"https://h.example/a%gg", "https://h.example/a%0ab", "https://h.example/a%00", "https://h.example/a/../b", "https://h.example/./b",
		"https://h.example/%2e%2e/b", "https://h.example/b/%2E", "https://h.example/o?a b", "https://h.example/o?a\rb",
		"https://\xc3\xa4.example/o",
	};
	struct arena *mem = arena_open(0);
	struct object_uri u;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct err e = { 0 };

		if (object_uri_parse(span_of(bad[i]), NULL, mem, &u, &e))
			fail_msg("%s", bad[i]);
		assert_int_equal(e.kind, ERR_BAD_JOB);
		assert_memory_equal(e.text, "ODP-39000", 9);
		assert_null(strstr(e.text, "joe"));
	}
	arena_close(&mem);
}

static void
object_uri__one_spelling(void **state)
{
	static const struct {
		const char *uri, *text;
	} rows[] = {
		{ "HTTPS://H.Example:443/B/o", "https://h.example/B/o" }, { "https://h.example:8443/b/o", "https://h.example:8443/b/o" },
		{ "https://[2001:DB8::1]:99/o", "https://[2001:db8::1]:99/o" }, { "https://192.0.2.1/o", "https://192.0.2.1/o" },
		{ "https://h.example/a%7eb%2fc%2Bd", "https://h.example/a~b%2Fc%2Bd" }, { "https://h.example/a+b=c:d", "https://h.example/a%2Bb%3Dc%3Ad" },
		{ "https://h.example/\xc3\xa4", "https://h.example/%C3%A4" }, { "https://h.example/b//o", "https://h.example/b//o" },
		{ "https://h.example/o?sig=a%2Bb&x=/../", "https://h.example/o?sig=a%2Bb&x=/../" }, { "https://h.example/...", "https://h.example/..." },
	};
	struct arena *mem = arena_open(0);
	struct object_uri u;
	struct err e = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		assert_true(object_uri_parse(span_of(rows[i].uri), NULL, mem, &u, &e));
		assert_string_equal(object_uri_text(&u, mem), rows[i].text);
		assert_int_equal(u.proof, PROOF_NONE);
		assert_true(object_uri_parse(span_of(rows[i].text), NULL, mem, &u, &e));
		assert_string_equal(object_uri_text(&u, mem), rows[i].text);
	}
	arena_close(&mem);
}

static void
object_uri__who_is_behind_it(void **state)
{
	static const struct {
		const char *uri;
		const struct key *key;
		const char *text;
		enum object_proof proof;
		const char *region;
	} rows[] = {
		{ "https://h.example/b/o", &basic, "https://h.example/b/o", PROOF_BASIC, "us-east-1" },
		{ "https://h.example/v1/a/b/o", &swift, "https://h.example/v1/a/b/o", PROOF_SWIFT, "us-east-1" },
		{ "https://h.example/b/o", &s3, "https://h.example/b/o", PROOF_S3, "eu-1" },
		{ "https://b.s3.eu-north-1.amazonaws.com/o", &basic, "https://b.s3.eu-north-1.amazonaws.com/o", PROOF_S3, "eu-north-1" },
		{ "https://s3.eu-west-2.amazonaws.com/b/o", &basic, "https://s3.eu-west-2.amazonaws.com/b/o", PROOF_S3, "eu-west-2" },
		{ "https://s3.amazonaws.com/b/o", &s3, "https://s3.amazonaws.com/b/o", PROOF_S3, "us-east-1" },
		{ "https://b.s3.dualstack.ap-south-1.amazonaws.com/o", &s3, "https://b.s3.dualstack.ap-south-1.amazonaws.com/o", PROOF_S3, "ap-south-1" },
		{ "https://b.s3-eu-central-1.amazonaws.com/o", &s3, "https://b.s3-eu-central-1.amazonaws.com/o", PROOF_S3, "eu-central-1" },
		{ "https://ns.compat.objectstorage.eu-frankfurt-1.oraclecloud.com/b/o", &basic,
		    "https://ns.compat.objectstorage.eu-frankfurt-1.oraclecloud.com/b/o", PROOF_S3, "eu-frankfurt-1" },
		{ "https://swiftobjectstorage.eu-frankfurt-1.oraclecloud.com/v1/ns/b/o", &basic,
		    "https://swiftobjectstorage.eu-frankfurt-1.oraclecloud.com/v1/ns/b/o", PROOF_BASIC, "us-east-1" },
		{ "https://objectstorage.eu-frankfurt-1.oraclecloud.com/n/ns/b/bkt/o/dir/x.dmp", &basic,
		    "https://swiftobjectstorage.eu-frankfurt-1.oraclecloud.com/v1/ns/bkt/dir/x.dmp", PROOF_BASIC, "us-east-1" },
		{ "https://ns.objectstorage.eu-frankfurt-1.oci.customer-oci.com/n/ns/b/bkt/o/x", &basic,
		    "https://ns.swiftobjectstorage.eu-frankfurt-1.oci.customer-oci.com/v1/ns/bkt/x", PROOF_BASIC, "us-east-1" },
		{ "https://objectstorage.eu-1.oraclecloud.com/p/TOKEN/n/ns/b/bkt/o/x", NULL,
		    "https://objectstorage.eu-1.oraclecloud.com/p/TOKEN/n/ns/b/bkt/o/x", PROOF_NONE, NULL },
	};
	static const struct {
		const char *uri;
		const struct key *key;
	} bad[] = {
		{ "https://acc.blob.core.windows.net/c/b", &basic }, { "https://acc.blob.core.windows.net/c/b?sig=x", NULL },
		{ "https://h.example/p/TOKEN/n/ns/b/bkt/o/x", &basic }, { "https://h.example/o?sig=x", &s3 },
		{ "https://objectstorage.eu-1.oraclecloud.com/ns/bkt/x", &basic }, { "https://objectstorage.eu-1.oraclecloud.com/n/ns/b/bkt/x", &basic },
	};
	struct arena *mem = arena_open(0);
	struct object_uri u;
	struct err e = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		assert_true(object_uri_parse(span_of(rows[i].uri), rows[i].key, mem, &u, &e));
		assert_string_equal(object_uri_text(&u, mem), rows[i].text);
		assert_int_equal(u.proof, rows[i].proof);
		if (rows[i].region != NULL)
			assert_string_equal(u.region, rows[i].region);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		assert_false(object_uri_parse(span_of(bad[i].uri), bad[i].key, mem, &u, &e));
		assert_null(strstr(e.text, "TOKEN"));
	}
	arena_close(&mem);
}

/* */
static void
object_uri__hosts(void **state)
{
	static const struct {
		const char *uri, *list;
		bool allowed;
	} rows[] = {
		{ "https://h.example/o", "", false }, { "https://h.example/o", "h.example", true }, { "https://H.EXAMPLE/o", "h.Example", true },
		{ "https://h.example/o", "g.example, h.example:443", true }, { "https://h.example:8443/o", "h.example", false },
		{ "https://h.example:8443/o", "h.example:8443", true }, { "https://h.example/o", "h.example:8443", false },
		{ "https://x.h.example/o", "h.example", false }, { "https://x.h.example/o", "*.h.example", true },
		{ "https://x.y.h.example/o", "*.h.example", true }, { "https://h.example/o", "*.h.example", false },
		{ "https://xh.example/o", "*.h.example", false }, { "https://h.example.evil.net/o", "h.example", false },
		{ "https://h.example/o", "*", false }, { "https://h.example/o", "*.", false }, { "https://h.example/o", "0.0.0.0/0,::/0", false },
		{ "https://10.0.0.1/o", "10.0.0.1", true }, { "https://10.0.0.1/o", "10.0.0.0/8", false }, { "https://10.0.0.2/o", "10.0.0.1", false },
		{ "https://10.0.0.1:9000/o", "10.0.0.1:9000", true }, { "https://[::1]/o", "::1", true }, { "https://[0::1]/o", "::1", true },
		{ "https://[::1]:9000/o", "[::1]:9000", true }, { "https://[::1]:9000/o", "::1", false },
	};
	struct arena *mem = arena_open(0);
	struct object_uri u;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct err e = { 0 };

		assert_true(object_uri_parse(span_of(rows[i].uri), NULL, mem, &u, &e));
		if (object_host_allowed(&u, rows[i].list, &e) != rows[i].allowed)
			fail_msg("%s among %s", rows[i].uri, rows[i].list);
	}
	arena_close(&mem);
}

/* what a name leads to */
static void
object_uri__addresses(void **state)
{
	static const struct {
		const char *address, *list;
		bool allowed;
	} rows[] = {
		{ "8.8.8.8", "", true }, { "2606:4700::1111", "", true }, { "127.0.0.1", "", false }, { "127.0.0.1", "127.0.0.1", true },
		{ "127.0.0.1", "127.0.0.1:8443", true }, { "127.0.0.2", "127.0.0.1", false }, { "10.1.2.3", "h.example", false },
		{ "10.1.2.3", "h.example, 10.0.0.0/8", true }, { "172.31.255.255", "", false }, { "172.32.0.1", "", true }, { "192.168.1.1", "", false },
		{ "169.254.169.254", "10.0.0.0/8", false }, { "100.64.0.1", "", false }, { "0.0.0.0", "", false }, { "224.0.0.1", "", false },
		{ "255.255.255.255", "", false }, { "::1", "", false }, { "::", "", false }, { "fe80::1", "", false }, { "fd00::1", "", false },
		{ "fd00::1", "fd00::/8", true }, { "ff02::1", "", false }, { "::ffff:127.0.0.1", "", false }, { "::ffff:10.0.0.1", "", false },
		{ "::127.0.0.1", "", false }, { "64:ff9b::7f00:1", "", false }, { "2002:7f00:1::", "", false }, { "::1", "[::1]:99", true },
	};
	unsigned char address[ADDRESS_BYTES];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		assert_true(address_read(span_of(rows[i].address), address));
		if (object_address_allowed(address, rows[i].list) != rows[i].allowed)
			fail_msg("%s among %s", rows[i].address, rows[i].list);
	}
}

/* DP-61 */
static void
object_uri__secrets_are_not_shown(void **state)
{
	static const struct {
		const char *uri, *shown;
	} rows[] = {
		{ "https://h.example/b/o%U.dmp", "https://h.example/b/o%U.dmp" },
		{ "https://h.example/p/TOKEN/n/ns/b/bkt/o/x%U", "https://h.example/p/****/n/ns/b/bkt/o/x%U" },
		{ "https://h.example/p/TOKEN", "https://h.example/p/****" }, { "https://h.example/p/A/p/B/c", "https://h.example/p/****/p/****/c" },
		{ "https://h.example/o?sig=SECRET", "https://h.example/o?****" }, { "https://h.example/o?", "https://h.example/o?****" },
	};
	struct arena *mem = arena_open(0);

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		assert_span(object_uri_shown(span_of(rows[i].uri), mem), rows[i].shown);
		assert_int_equal(object_uri_has_secret(span_of(rows[i].uri)), strcmp(rows[i].uri, rows[i].shown) != 0);
	}
	arena_close(&mem);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(object_uri__what_is_none),
		cmocka_unit_test(object_uri__one_spelling),
		cmocka_unit_test(object_uri__who_is_behind_it),
		cmocka_unit_test(object_uri__hosts),
		cmocka_unit_test(object_uri__addresses),
		cmocka_unit_test(object_uri__secrets_are_not_shown),
	};

	return cmocka_run_group_tests_name("datapump/object_uri", tests, NULL, NULL);
}
