/* conf/xml.c */
#include "tests/lib/unit.h"

#include "conf/xml.h"

#define HEAD "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
#define JAVA "<!DOCTYPE properties SYSTEM \"http://java.sun.com/dtd/properties.dtd\">\n"

static struct arena *mem;
static struct err e;

static int
setup(void **state)
{
	(void)state;
	mem = arena_open(0);
	memset(&e, 0, sizeof(e));
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	arena_close(&mem);
	return 0;
}

static bool
reads(const char *text, struct properties *p)
{
	return xml_read(span_of(text), "settings.xml", mem, p, &e);
}

static const char *
value(const struct properties *p, const char *key)
{
	const struct property *row = properties_find(p, span_of(key));

	return row == NULL ? NULL : row->text;
}

static void
xml__reads_what_java_writes(void **state)
{
	struct properties p;

	(void)state;
	assert_true(reads(HEAD JAVA "<properties>\n<comment>Saved on Tue Mar 18 14:12:24 UTC 2025</comment>\n"
	    "<entry key=\"db.username\">A&amp;B &#x20AC; <![CDATA[<x>]]></entry>\n<entry key=\"empty\"/>\n</properties>\n", &p));
	assert_int_equal(p.n, 2);
	assert_string_equal(value(&p, "db.username"), "A&B \xe2\x82\xac <x>");
	assert_int_equal(properties_find(&p, SPAN("db.username"))->line, 5);
	assert_string_equal(value(&p, "empty"), "");
	assert_null(value(&p, "comment"));
}

static void
xml__last_of_equal_keys_counts(void **state)
{
	struct properties p;

	(void)state;
	assert_true(reads("<properties><entry key='a'>1</entry><entry key='a'>2</entry></properties>", &p));
	assert_int_equal(p.n, 1);
	assert_string_equal(value(&p, "a"), "2");
}

/* OR-59: an external entity is refused, and what it names is never opened */
static void
xml__entities_are_refused(void **state)
{
	static const char *const bad[] = {
		HEAD "<!DOCTYPE properties [<!ENTITY x SYSTEM \"file:///etc/passwd\">]>\n"
		    "<properties><entry key=\"db.file\">&x;</entry></properties>",
		HEAD "<!DOCTYPE properties [<!ENTITY x \"y\">]>\n<properties><entry key=\"a\">&x;</entry></properties>",
		HEAD "<!DOCTYPE properties SYSTEM \"file:///etc/passwd\">\n<properties/>",
		HEAD "<!DOCTYPE properties PUBLIC \"a\" \"http://java.sun.com/dtd/properties.dtd\">\n<properties/>",
		HEAD JAVA "<properties><entry key=\"a\">&x;</entry></properties>",
		HEAD "<!DOCTYPE properties SYSTEM \"http://java.sun.com/dtd/properties.dtd\" "
		    "[<!ENTITY % p SYSTEM \"file:///etc/passwd\"> %p;]>\n<properties/>",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct properties p;

		if (reads(bad[i], &p))
			fail_msg("accepted: %s", bad[i]);
		assert_int_equal(e.kind, ERR_CONFIG);
		assert_int_equal(strncmp(e.text, "settings.xml line ", 18), 0);
	}
}

static void
xml__other_documents_are_refused(void **state)
{
	static const char *const bad[] = {
		"", "{}", "<properties>", "<properties></entry>", "<html/>", "<properties><entry>1</entry></properties>",
		"<properties><entry key=\"\">1</entry></properties>", "<properties><entry/></properties>",
		"<properties><entry key=\"a\"><b/></entry></properties>", "<properties>text</properties>",
		"<properties><properties/></properties>", "<properties/><properties/>",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct properties p;

		if (reads(bad[i], &p))
			fail_msg("accepted: %s", bad[i]);
		assert_int_equal(e.kind, ERR_CONFIG);
	}
}

static void
xml__written_is_read(void **state)
{
	struct properties p = { 0 }, again;
	struct buf out;

	(void)state;
	properties_put(&p, mem, "a", "<&>\"' \xf0\x9f\x98\x80 ]]>", 0);
	properties_put(&p, mem, "b", "", 0);
	properties_put(&p, mem, "c", "gone", 0);
	assert_true(properties_remove(&p, SPAN("c")));
	assert_false(properties_remove(&p, SPAN("c")));
	buf_init(&out, mem);
	xml_write(&p, &out);
	assert_true(xml_read(buf_text(&out), "x", mem, &again, &e));
	assert_int_equal(again.n, 2);
	assert_string_equal(value(&again, "a"), "<&>\"' \xf0\x9f\x98\x80 ]]>");
	assert_string_equal(value(&again, "b"), "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(xml__reads_what_java_writes),
		cmocka_unit_test(xml__last_of_equal_keys_counts),
		cmocka_unit_test(xml__entities_are_refused),
		cmocka_unit_test(xml__other_documents_are_refused),
		cmocka_unit_test(xml__written_is_read),
	};

	return cmocka_run_group_tests_name("conf/xml", tests, setup, teardown);
}
