/* conf/conf.c, conf/change.c, conf/users.c, conf/folder.c */
#include "tests/conf/scratch.h"

#include "base/clock.h"
#include "base/log.h"
#include "conf/conf.h"

#define P(entries) "<properties>" entries "</properties>"
#define ENTRY(key, text) "<entry key=\"" key "\">" text "</entry>"

static struct conf *
loaded(const char *dir)
{
	struct err e = { 0 };
	struct conf *c;

	if (!conf_load(dir, &c, &e))
		fail_msg("%s", e.text);
	return c;
}

static void
conf__empty_folder_is_all_defaults(void **state)
{
	struct conf *c = loaded(*state);

	assert_int_equal(conf_n_pools(c), 0);
	assert_int_equal(conf_global(c)->body_max_bytes, 16 << 20);
	assert_string_equal(conf_global(c)->context_path, "/ords");
	assert_null(conf_pool_find(c, SPAN("default")));
	conf_close(&c);
	assert_null(c);
	c = loaded("/nonexistent/folder");
	conf_close(&c);
}

static void
conf__pool_over_global_over_default(void **state)
{
	const char *dir = *state;
	struct conf *c;
	char file[512];

	scratch_write(dir, "global/settings.xml",
	    P(ENTRY("soda.defaultLimit", "7") ENTRY("soda.maxLimit", "unlimited") ENTRY("db.username", "all")), 0644);
	scratch_write(dir, "databases/b/pool.xml", P(ENTRY("soda.defaultLimit", "8") ENTRY("db.file", "data/b.db")), 0644);
	scratch_write(dir, "databases/a/pool.xml",
	    P(ENTRY("db.file", "/srv/a.db") ENTRY("request.maxBody", "1m") ENTRY("log.level", "nonsense")), 0644);
	scratch_write(dir, "databases/soda/pool.xml", P(""), 0644);
	scratch_write(dir, "databases/1x/pool.xml", P(""), 0644);
	scratch_write(dir, "databases/empty/readme", "", 0644);
	c = loaded(dir);
	assert_int_equal(conf_n_pools(c), 2);
	assert_string_equal(conf_pool(c, 0)->name, "a");
	assert_string_equal(conf_pool(c, 0)->set->db_file, "/srv/a.db");
	assert_int_equal(conf_pool(c, 0)->set->soda_default_limit, 7);
	assert_int_equal(conf_pool(c, 0)->set->soda_max_limit, -1);
	assert_string_equal(conf_pool(c, 0)->set->db_username, "all");
	/* global settings in a pool have no effect, not even a bad one */
	assert_int_equal(conf_pool(c, 0)->set->body_max_bytes, 16 << 20);
	assert_int_equal(conf_pool_find(c, SPAN("b"))->set->soda_default_limit, 8);
	snprintf(file, sizeof(file), "%s/data/b.db", dir);
	assert_string_equal(conf_pool_find(c, SPAN("b"))->set->db_file, file);
	conf_close(&c);
}

static void
conf__bad_value_names_file_and_line(void **state)
{
	const char *dir = *state;
	struct conf *c;
	struct err e = { 0 };

	scratch_write(dir, "databases/a/pool.xml", "<properties>\n" ENTRY("jdbc.MaxStatementsLimit", "1000000")
	    "\n</properties>", 0644);
	assert_false(conf_load(dir, &c, &e));
	assert_int_equal(e.kind, ERR_CONFIG);
	assert_non_null(strstr(e.text, "databases/a/pool.xml line 2: jdbc.MaxStatementsLimit: 1000000 is above"));
}

/* OR-80: the texts of a folder as another installation left it */
static void
conf__folder_of_another_installation_loads(void **state)
{
	const char *dir = *state;
	const struct conf_entry *entry;
	struct arena *mem = arena_open(0);
	struct conf *c;
	size_t n, n_ignored = 0;

	scratch_write(dir, "global/settings.xml",
	    "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"no\"?>\n"
	    "<!DOCTYPE properties SYSTEM \"http://java.sun.com/dtd/properties.dtd\">\n<properties>\n"
	    "<comment>Saved on Tue Mar 18 14:12:24 UTC 2025</comment>\n"
	    ENTRY("database.api.enabled", "true") ENTRY("db.invalidPoolTimeout", "15m")
	    ENTRY("debug.printDebugToScreen", "false") ENTRY("error.responseFormat", "AUTO")
	    ENTRY("security.httpsHeaderCheck", "X-Forwarded-Proto: https") ENTRY("standalone.binds", "0.0.0.0")
	    ENTRY("standalone.context.path", "/ords") ENTRY("standalone.http.port", "8080")
	    ENTRY("standalone.https.port", "8443") ENTRY("standalone.static.context.path", "/i") "</properties>\n", 0644);
	scratch_write(dir, "databases/default/pool.xml",
	    P(ENTRY("db.connectionType", "basic") ENTRY("db.hostname", "localhost") ENTRY("db.port", "1521")
	      ENTRY("db.servicename", "FREEPDB1") ENTRY("db.username", "ORDS_PUBLIC_USER") ENTRY("feature.sdw", "true")
	      ENTRY("plsql.gateway.mode", "proxied") ENTRY("restEnabledSql.active", "true")
	      ENTRY("jdbc.MaxLimit", "100") ENTRY("jdbc.InactivityTimeout", "1800") ENTRY("jdbc.statementTimeout", "900")
	      ENTRY("security.requestValidationFunction", "ords_util.authorize_plsql_gateway")), 0644);
	scratch_write(dir, "databases/default/wallet/cwallet.sso", "binary", 0644);
	c = loaded(dir);
	assert_int_equal(conf_pool(c, 0)->set->statement_ms, 900000);
	n = conf_entries(c, SPAN("default"), false, mem, &entry);
	for (size_t i = 0; i < n; i++) {
		assert_non_null(entry[i].option);
		n_ignored += entry[i].option->kind == OPT_IGNORED;
	}
	assert_int_equal(n, 22);
	assert_int_equal(n_ignored, 5);
	conf_close(&c);
	arena_close(&mem);
}

static const char *
entry_of(const struct conf *c, const char *pool, bool defaults, const char *key, int *from)
{
	static char text[256];
	struct arena *mem = arena_open(0);
	const struct conf_entry *entry;
	size_t n = conf_entries(c, span_of(pool), defaults, mem, &entry);

	text[0] = '\0';
	*from = -1;
	for (size_t i = 0; i < n; i++) {
		assert_true(i == 0 || strcmp(entry[i - 1].key, entry[i].key) <= 0);
		if (strcmp(entry[i].key, key) == 0) {
			snprintf(text, sizeof(text), "%s", entry[i].text);
			*from = (int)entry[i].from;
		}
	}
	arena_close(&mem);
	return text;
}

/* OR-56 */
static void
conf__set_get_delete(void **state)
{
	const char *dir = *state;
	struct conf *c;
	struct err e = { 0 };
	bool was_there;
	int from;

	assert_true(conf_set(dir, "default", SPAN("soda.maxLimit"), SPAN("50"), &e));
	assert_true(conf_set(dir, "default", SPAN("public.hosts"), SPAN("a<b>&\"c"), &e));
	assert_true(conf_set(dir, "default", SPAN("feature.sdw"), SPAN("true"), &e));
	assert_int_equal(scratch_mode(dir, "databases/default/pool.xml"), 0600);
	assert_int_equal(scratch_mode(dir, "databases/default"), 0700);
	c = loaded(dir);
	assert_string_equal(entry_of(c, "default", false, "soda.maxLimit", &from), "50");
	assert_int_equal(from, FROM_POOL);
	assert_string_equal(entry_of(c, "default", false, "public.hosts", &from), "a<b>&\"c");
	assert_int_equal(from, FROM_GLOBAL);	/* a global setting goes there whatever pool was named */
	assert_string_equal(entry_of(c, "default", true, "soda.defaultLimit", &from), "100");
	assert_int_equal(from, FROM_DEFAULT);
	assert_string_equal(entry_of(c, "", false, "soda.maxLimit", &from), "");
	conf_close(&c);
	assert_true(conf_delete(dir, "default", SPAN("soda.maxLimit"), &was_there, &e));
	assert_true(was_there);
	assert_true(conf_delete(dir, "default", SPAN("soda.maxLimit"), &was_there, &e));
	assert_false(was_there);
	c = loaded(dir);
	assert_int_equal(conf_pool(c, 0)->set->soda_max_limit, 1000);
	conf_close(&c);
}

/* OR-58 */
static void
conf__unknown_setting_is_refused_with_a_suggestion(void **state)
{
	const char *dir = *state;
	struct err e = { 0 };
	char path[512];

	assert_false(conf_set(dir, "", SPAN("request.maxbody"), SPAN("1m"), &e));
	assert_string_equal(e.text, "The setting named: request.maxbody is unknown. Did you mean: request.maxBody?");
	assert_false(conf_set(dir, "", SPAN("request.maxBody"), SPAN("lots"), &e));
	assert_false(conf_set(dir, "../../etc", SPAN("soda.maxLimit"), SPAN("1"), &e));
	snprintf(path, sizeof(path), "%s/global", dir);
	assert_int_not_equal(access(path, F_OK), 0);	/* nothing was written */
}

static void
conf__unknown_setting_of_a_file_can_be_deleted(void **state)
{
	const char *dir = *state;
	struct err e = { 0 };
	bool was_there;

	scratch_write(dir, "global/settings.xml", P(ENTRY("requst.maxBody", "1m") ENTRY("log.level", "FINE")), 0640);
	assert_true(conf_delete(dir, "", SPAN("requst.maxBody"), &was_there, &e));
	assert_true(was_there);
	assert_null(strstr(scratch_read(dir, "global/settings.xml"), "requst"));
	assert_non_null(strstr(scratch_read(dir, "global/settings.xml"), "FINE"));
	assert_int_equal(scratch_mode(dir, "global/settings.xml"), 0640);	/* a plain file keeps its mode */
}

static void
conf__users(void **state)
{
	const char *dir = *state;
	struct err e = { 0 };
	struct conf *c;
	bool was_there;

	assert_true(conf_user_set(dir, SPAN("joe"), "$y$1", SPAN("System Administrator"), &e));
	assert_true(conf_user_set(dir, SPAN("ann"), "$y$2", SPAN("SODA Developer,SQL Developer"), &e));
	assert_true(conf_user_set(dir, SPAN("joe"), "$y$3", SPAN("SODA Developer"), &e));
	assert_false(conf_user_set(dir, SPAN("a;b"), "$y$3", SPAN(""), &e));
	assert_false(conf_user_set(dir, SPAN("a:b"), "$y$3", SPAN(""), &e));
	assert_false(conf_user_set(dir, SPAN("a\nb"), "$y$3", SPAN(""), &e));
	assert_false(conf_user_set(dir, SPAN("#a"), "$y$3", SPAN(""), &e));
	assert_false(conf_user_set(dir, SPAN("a"), "$y$3", SPAN("x\ny;z;"), &e));
	assert_int_equal(scratch_mode(dir, "global/credentials"), 0600);
	c = loaded(dir);
	assert_int_equal(conf_n_users(c), 2);
	assert_string_equal(conf_user_find(c, SPAN("joe"))->hash, "$y$3");
	assert_string_equal(conf_user_find(c, SPAN("ann"))->roles, "SODA Developer,SQL Developer");
	assert_null(conf_user_find(c, SPAN("JOE")));
	conf_close(&c);
	assert_true(conf_user_delete(dir, SPAN("joe"), &was_there, &e));
	assert_true(was_there);
	assert_true(conf_user_delete(dir, SPAN("joe"), &was_there, &e));
	assert_false(was_there);
	c = loaded(dir);
	assert_null(conf_user_find(c, SPAN("joe")));
	conf_close(&c);
}

static void
conf__users_elsewhere(void **state)
{
	const char *dir = *state;
	struct err e = { 0 };
	struct conf *c;

	assert_true(conf_set(dir, "", SPAN("security.credentials.file"), SPAN("people"), &e));
	scratch_write(dir, "people", "# kept\nann;$y$2;\n", 0600);
	assert_true(conf_user_set(dir, SPAN("joe"), "$y$1", SPAN(""), &e));
	assert_string_equal(scratch_read(dir, "people"), "# kept\nann;$y$2;\njoe;$y$1;\n");
	c = loaded(dir);
	assert_int_equal(conf_n_users(c), 2);
	conf_close(&c);
}

static void
conf__pool_is_deleted(void **state)
{
	const char *dir = *state;
	struct err e = { 0 };
	struct conf *c;

	assert_true(conf_set(dir, "sales", SPAN("soda.maxLimit"), SPAN("50"), &e));
	assert_true(conf_secret_set(dir, "sales", SPAN("db.password"), SPAN("x"), &e));
	assert_true(conf_pool_delete(dir, "sales", &e));
	assert_false(conf_pool_delete(dir, "..", &e));
	c = loaded(dir);
	assert_int_equal(conf_n_pools(c), 0);
	conf_close(&c);
}

/* looks until something was reloaded, three seconds at most */
static bool
reloads(struct conf **c)
{
	int64_t until = clock_mono_ns() + INT64_C(3500000000);

	while (clock_mono_ns() < until) {
		if (conf_refresh(c))
			return true;
		usleep(20000);
	}
	return false;
}

/* OR-60: within three seconds; new and removed pools, too */
static void
conf__refresh_sees_changes(void **state)
{
	const char *dir = *state;
	struct err e = { 0 };
	struct conf *c = loaded(dir);
	const struct settings *old = conf_global(c);

	assert_false(conf_refresh(&c));
	assert_true(conf_set(dir, "", SPAN("log.level"), SPAN("fine"), &e));
	assert_true(conf_set(dir, "sales", SPAN("soda.maxLimit"), SPAN("50"), &e));
	assert_true(reloads(&c));
	assert_string_equal(conf_global(c)->log_level, "FINE");
	assert_int_equal(conf_pool_find(c, SPAN("sales"))->set->soda_max_limit, 50);
	assert_string_equal(old->log_level, "INFO");	/* borrowers still read the old state */
	assert_true(conf_pool_delete(dir, "sales", &e));
	assert_true(reloads(&c));
	assert_int_equal(conf_n_pools(c), 0);
	conf_close(&c);
}

/* OR-61: the former settings stay, one line is logged; mending it is seen */
static void
conf__broken_file_keeps_old_settings(void **state)
{
	const char *dir = *state;
	struct conf *c;
	const char *text, *first;
	char path[512];

	snprintf(path, sizeof(path), "%s/log", dir);
	log_open(path, LOG_INFO);
	scratch_write(dir, "global/settings.xml", P(ENTRY("log.level", "FINE")), 0600);
	c = loaded(dir);
	scratch_write(dir, "global/settings.xml", "<properties><entry", 0600);
	assert_false(reloads(&c));
	assert_false(reloads(&c));
	assert_string_equal(conf_global(c)->log_level, "FINE");
	text = scratch_read(dir, "log");
	first = strstr(text, "config.broken");
	assert_non_null(first);
	assert_null(strstr(first + 1, "config.broken"));
	scratch_write(dir, "global/settings.xml", P(ENTRY("log.level", "ERROR")), 0600);
	assert_true(reloads(&c));
	assert_string_equal(conf_global(c)->log_level, "ERROR");
	conf_close(&c);
	log_open(NULL, LOG_INFO);
}

static void
conf__pool_names(void **state)
{
	(void)state;
	assert_true(pool_name_is_valid(SPAN("default")));
	assert_true(pool_name_is_valid(SPAN("a-1_B")));
	assert_false(pool_name_is_valid(SPAN("")));
	assert_false(pool_name_is_valid(SPAN("_")));
	assert_false(pool_name_is_valid(SPAN("-a")));
	assert_false(pool_name_is_valid(SPAN("a/b")));
	assert_false(pool_name_is_valid(SPAN("..")));
	assert_false(pool_name_is_valid(SPAN("SODA")));
	assert_false(pool_name_is_valid(SPAN("a2345678901234567890123456789012345678901234567890123456789012345")));
}

/* OR-62 */
static void
conf__folder_by_precedence(void **state)
{
	const char *dir = *state;
	struct arena *mem = arena_open(0);
	char here[4096], expected[4200];
	const char *how;

	assert_non_null(getcwd(here, sizeof(here)));
	setenv("ORDS_CONFIG", dir, 1);
	assert_string_equal(conf_find_dir(NULL, mem, &how), dir);
	assert_string_equal(how, "ORDS_CONFIG");
	snprintf(expected, sizeof(expected), "%s/not-there", here);
	assert_string_equal(conf_find_dir("not-there/", mem, &how), expected);
	assert_string_equal(how, "--config");
	unsetenv("ORDS_CONFIG");
	assert_string_equal(conf_find_dir(NULL, mem, &how), here);
	assert_string_equal(how, "current directory");
	arena_close(&mem);
}

#define WITH_SCRATCH(f) cmocka_unit_test_setup_teardown(f, scratch_open, scratch_close)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_SCRATCH(conf__empty_folder_is_all_defaults),
		WITH_SCRATCH(conf__pool_over_global_over_default),
		WITH_SCRATCH(conf__bad_value_names_file_and_line),
		WITH_SCRATCH(conf__folder_of_another_installation_loads),
		WITH_SCRATCH(conf__set_get_delete),
		WITH_SCRATCH(conf__unknown_setting_is_refused_with_a_suggestion),
		WITH_SCRATCH(conf__unknown_setting_of_a_file_can_be_deleted),
		WITH_SCRATCH(conf__users),
		WITH_SCRATCH(conf__users_elsewhere),
		WITH_SCRATCH(conf__pool_is_deleted),
		WITH_SCRATCH(conf__refresh_sees_changes),
		WITH_SCRATCH(conf__broken_file_keeps_old_settings),
		cmocka_unit_test(conf__pool_names),
		WITH_SCRATCH(conf__folder_by_precedence),
	};

	return cmocka_run_group_tests_name("conf/conf", tests, NULL, NULL);
}
