/* conf/options.c */
#include "tests/lib/unit.h"
#include "tests/lib/arena.h"

#include "conf/conf.h"

/* number of a setting, or a value that none has */
static int64_t
number(const char *key, const char *text)
{
	const struct option *o = option_find(span_of(key));
	struct err e = { 0 };
	int64_t v = 0;

	assert_non_null(o);
	return option_parse(o, span_of(text), mem, &v, &e) ? v : -999;
}

static const char *
text_of(const char *key, const char *text)
{
	struct err e = { 0 };
	const char *v = NULL;

	return option_parse(option_find(span_of(key)), span_of(text), mem, &v, &e) ? v : NULL;
}

static void
options__every_default_is_valid(void **state)
{
	(void)state;
	for (size_t i = 0; i < conf_n_options; i++) {
		const struct option *o = &conf_options[i];
		struct err e = { 0 };
		struct settings set;

		if (o->kind == OPT_IGNORED)
			continue;
		if (!option_parse(o, span_of(o->dflt), mem, (char *)&set + o->offset, &e))
			fail_msg("%s", e.text);
		assert_true(strlen(o->help) > 0);
	}
}

static void
options__no_key_twice(void **state)
{
	(void)state;
	for (size_t i = 0; i < conf_n_options; i++)
		for (size_t j = i + 1; j < conf_n_options; j++)
			assert_string_not_equal(conf_options[i].key, conf_options[j].key);
}

static void
options__durations(void **state)
{
	const char *key = "jdbc.statementTimeout";

	(void)state;
	assert_int_equal(number(key, "3"), 3000);
	assert_int_equal(number(key, "250ms"), 250);
	assert_int_equal(number(key, " 15 m "), 900000);
	assert_int_equal(number(key, "1H"), 3600000);
	assert_int_equal(number(key, "PT15M"), 900000);
	assert_int_equal(number(key, "pt1m30s"), 90000);
	assert_int_equal(number("jdbc.InactivityTimeout", "P1D"), 86400000);
	assert_int_equal(number("jdbc.InactivityTimeout", "1d"), 86400000);
	assert_int_equal(number(key, "PT"), -999);
	assert_int_equal(number(key, "P"), -999);
	assert_int_equal(number(key, "PT30S1M"), -999);
	assert_int_equal(number(key, "P15M"), -999);
	assert_int_equal(number(key, "15 weeks"), -999);
	assert_int_equal(number(key, ""), -999);
	assert_int_equal(number(key, "-1"), -999);
	assert_int_equal(number(key, "99999999999999999999s"), -999);
	assert_int_equal(number(key, "9223372036854775807d"), -999);
}

static void
options__sizes_and_counts(void **state)
{
	(void)state;
	assert_int_equal(number("request.maxBody", "16m"), 16 << 20);
	assert_int_equal(number("request.maxBody", "1024"), 1024);
	assert_int_equal(number("request.maxBody", "1K"), 1024);
	assert_int_equal(number("request.maxBody", "1023"), -999);
	assert_int_equal(number("request.maxBody", "16mb"), -999);
	assert_int_equal(number("request.maxMemory", "9g"), -999);
	assert_int_equal(number("soda.maxLimit", "unlimited"), -1);
	assert_int_equal(number("soda.maxLimit", "0"), -999);
	assert_int_equal(number("security.credentials.attempts", "-1"), -1);
	assert_int_equal(number("security.credentials.attempts", "-2"), -999);
	assert_int_equal(number("standalone.http.port", "0x50"), -999);
}

static void
options__words_in_either_case_become_the_table_s(void **state)
{
	(void)state;
	assert_string_equal(text_of("error.responseFormat", "json"), "JSON");
	assert_string_equal(text_of("security.verifySSL", "LOOPBACK"), "loopback");
	assert_null(text_of("security.verifySSL", "flase"));
	assert_null(text_of("log.level", ""));
}

static void
options__texts_with_a_form(void **state)
{
	static const char *const reach[] = { "", "h.example", "h.example:8443, *.example.com:99", "10.0.0.0/8,[::1]:9000,fd00::/8" };
	static const char *const no_reach[] = { "https://h.example", "h.example/bucket", "*", "h.*.example", "10.0.0.0/", "10.0.0.0/1000", "h ex" };

	(void)state;
	assert_string_equal(text_of("standalone.context.path", "/api/v1"), "/api/v1");
	assert_null(text_of("standalone.context.path", "/ords/"));
	assert_null(text_of("standalone.context.path", "ords"));
	assert_string_equal(text_of("public.url", "https://[::1]:8443"), "https://[::1]:8443");
	assert_null(text_of("public.url", "https://api.example.com/ords"));
	assert_null(text_of("public.url", "ftp://api.example.com"));
	assert_non_null(text_of("security.externalSessionTrustedOrigins", ""));
	assert_non_null(text_of("security.externalSessionTrustedOrigins", "https://a.example, http://[::1]:8080,capacitor://localhost"));
	assert_null(text_of("security.externalSessionTrustedOrigins", "https://a.example/"));
	assert_null(text_of("security.externalSessionTrustedOrigins", "*"));
	assert_null(text_of("security.externalSessionTrustedOrigins", "https://a.example, b.example"));
	assert_null(text_of("security.externalSessionTrustedOrigins", "https://"));
	assert_null(text_of("security.externalSessionTrustedOrigins", "://a"));
	assert_non_null(text_of("security.trustedProxies", "127.0.0.0/8,::1, unix:, 10.1.2.3, fd00::/8"));
	assert_non_null(text_of("security.trustedProxies", ""));
	assert_null(text_of("security.trustedProxies", "localhost"));
	assert_null(text_of("security.trustedProxies", "10.0.0.0/33"));
	assert_null(text_of("security.trustedProxies", "10.0.0.0/8 10.1.0.0/8"));
	assert_null(text_of("instance.api.metricsAddresses", "*"));
	assert_string_equal(text_of("security.httpsHeaderCheck", "X-Forwarded-Proto: https"), "X-Forwarded-Proto: https");
	assert_null(text_of("security.httpsHeaderCheck", "X-Forwarded-Proto"));
	for (size_t i = 0; i < sizeof(reach) / sizeof(reach[0]); i++)
		assert_non_null(text_of("datapump.objectStorage.allowedHosts", reach[i]));
	for (size_t i = 0; i < sizeof(no_reach) / sizeof(no_reach[0]); i++)
		assert_null(text_of("datapump.objectStorage.allowedHosts", no_reach[i]));
	assert_null(text_of("request.traceHeaderName", "Request Id"));
	assert_null(text_of("db.file", "a\nb"));
	assert_null(text_of("db.file", "\xff"));
	/* no password outside of the wallet */
	assert_null(text_of("db.customURL", "Driver=x;UID=u;PWD=secret"));
	assert_null(text_of("db.customURL", "Driver=x;Password={secret}"));
	assert_string_equal(text_of("db.customURL", "Driver=x;Database=pwd"), "Driver=x;Database=pwd");
}

static void
options__found_by_name_or_family(void **state)
{
	(void)state;
	assert_string_equal(option_find(SPAN("log.file"))->key, "log.file");
	assert_string_equal(option_find(SPAN("log.procedure"))->key, "log.*");
	assert_int_equal(option_find(SPAN("feature.sdw"))->kind, OPT_IGNORED);
	assert_null(option_find(SPAN("LOG.FILE")));
	assert_null(option_find(SPAN("log")));
	assert_null(option_find(SPAN("")));
}

static void
options__nearest_is_suggested(void **state)
{
	(void)state;
	assert_string_equal(option_nearest(SPAN("request.maxbdy"))->key, "request.maxBody");
	assert_string_equal(option_nearest(SPAN("soda.maxlimit"))->key, "soda.maxLimit");
	assert_string_equal(option_nearest(SPAN("maxBody"))->key, "request.maxBody");
	assert_null(option_nearest(SPAN("zzz")));
	assert_null(option_nearest(SPAN("")));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(options__every_default_is_valid),
		cmocka_unit_test(options__no_key_twice),
		cmocka_unit_test(options__durations),
		cmocka_unit_test(options__sizes_and_counts),
		cmocka_unit_test(options__words_in_either_case_become_the_table_s),
		cmocka_unit_test(options__texts_with_a_form),
		cmocka_unit_test(options__found_by_name_or_family),
		cmocka_unit_test(options__nearest_is_suggested),
	};

	return cmocka_run_group_tests_name("conf/options", tests, open_arena, close_arena);
}
