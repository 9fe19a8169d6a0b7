/* conf/secret.c, through conf_secret_set and conf_load */
#include "tests/conf/scratch.h"

#include "conf/conf.h"
#include "conf/secret.h"

#define PLAIN "<properties><entry key='db.username'>u</entry></properties>"

/* OR-57 */
static void
secret__is_kept_encrypted_and_private(void **state)
{
	const char *dir = *state;
	struct arena *mem = arena_open(0);
	struct conf *c;
	struct span got;
	struct err e = { 0 };

	scratch_write(dir, "databases/sales/pool.xml", PLAIN, 0600);
	assert_true(conf_secret_set(dir, "sales", SPAN("db.password"), SPAN(" tiger; }"), &e));
	assert_true(conf_secret_get(dir, "sales", SPAN("db.password"), mem, &got, &e));
	assert_span(got, " tiger; }");
	assert_null(strstr(scratch_read(dir, "databases/sales/wallet/secrets"), "tiger"));
	assert_int_equal(scratch_mode(dir, "databases/sales/wallet/secrets"), 0600);
	assert_int_equal(scratch_mode(dir, "databases/sales/wallet"), 0700);
	assert_int_equal(scratch_mode(dir, "global/key"), 0600);
	assert_true(conf_load(dir, &c, &e));
	assert_string_equal(conf_pool(c, 0)->set->db_password, " tiger; }");
	conf_close(&c);
	arena_close(&mem);
}

static void
secret__listed_as_stars(void **state)
{
	const char *dir = *state;
	struct arena *mem = arena_open(0);
	const struct conf_entry *entry;
	struct conf *c;
	struct err e = { 0 };

	scratch_write(dir, "databases/default/pool.xml", PLAIN, 0600);
	assert_true(conf_secret_set(dir, "default", SPAN("db.password"), SPAN("tiger"), &e));
	assert_true(conf_load(dir, &c, &e));
	assert_int_equal(conf_entries(c, SPAN("default"), false, mem, &entry), 2);
	assert_string_equal(entry[0].key, "db.password");
	assert_string_equal(entry[0].text, "******");
	assert_int_equal(entry[0].from, FROM_WALLET);
	conf_close(&c);
	arena_close(&mem);
}

static void
secret__of_one_pool_does_not_fit_another(void **state)
{
	const char *dir = *state;
	struct conf *c;
	struct err e = { 0 };
	char copy[1024];

	scratch_write(dir, "databases/a/pool.xml", PLAIN, 0600);
	scratch_write(dir, "databases/b/pool.xml", PLAIN, 0600);
	assert_true(conf_secret_set(dir, "a", SPAN("db.password"), SPAN("tiger"), &e));
	memcpy(copy, scratch_read(dir, "databases/a/wallet/secrets"), sizeof(copy));
	scratch_write(dir, "databases/b/wallet/secrets", copy, 0600);
	assert_false(conf_load(dir, &c, &e));
	assert_non_null(strstr(e.text, "databases/b/wallet/secrets line 1"));
	assert_null(c);
}

static void
secret__damage_is_noticed(void **state)
{
	const char *dir = *state;
	struct conf *c;
	struct err e = { 0 };
	char text[1024];
	size_t n;

	scratch_write(dir, "databases/a/pool.xml", PLAIN, 0600);
	assert_true(conf_secret_set(dir, "a", SPAN("db.password"), SPAN("tiger"), &e));
	memcpy(text, scratch_read(dir, "databases/a/wallet/secrets"), sizeof(text));
	n = strlen(text);
	for (size_t i = strlen("db.password "); i < n - 1; i++) {
		char was = text[i];

		text[i] = was == '0' ? '1' : '0';
		scratch_write(dir, "databases/a/wallet/secrets", text, 0600);
		if (conf_load(dir, &c, &e))
			fail_msg("byte %zu", i);
		text[i] = was;
	}
	for (size_t i = 1; i < n - 1; i++) {
		char was = text[i];

		text[i] = '\0';
		scratch_write(dir, "databases/a/wallet/secrets", text, 0600);
		if (conf_load(dir, &c, &e))
			fail_msg("cut at byte %zu", i);
		text[i] = was;
	}
}

/* R-70, OR-68: what others may read is refused, and said how to mend */
static void
secret__readable_by_others_is_refused(void **state)
{
	const char *dir = *state;
	struct conf *c;
	struct err e = { 0 };
	char path[512];

	scratch_write(dir, "databases/a/pool.xml", PLAIN, 0600);
	assert_true(conf_secret_set(dir, "a", SPAN("db.password"), SPAN("tiger"), &e));
	snprintf(path, sizeof(path), "%s/global/key", dir);
	chmod(path, 0640);
	assert_false(conf_load(dir, &c, &e));
	assert_non_null(strstr(e.text, "global/key: holds secrets and has mode 0640; it must be 0600"));
	chmod(path, 0600);
	scratch_write(dir, "global/credentials", "joe;$y$x;SODA Developer\n", 0604);
	assert_false(conf_load(dir, &c, &e));
	assert_non_null(strstr(e.text, "global/credentials: holds secrets and has mode 0604"));
}

/* OR-57: a file named by the environment, never the secret itself */
static void
secret__from_a_file_of_the_environment(void **state)
{
	const char *dir = *state;
	struct conf *c;
	struct err e = { 0 };
	char path[512];

	scratch_write(dir, "databases/my-pool/pool.xml", PLAIN, 0600);
	assert_true(conf_secret_set(dir, "my-pool", SPAN("db.password"), SPAN("wallet"), &e));
	scratch_write(dir, "handed-in", "from file\n", 0600);
	snprintf(path, sizeof(path), "%s/handed-in", dir);
	setenv("ORDS_SECRET_MY_POOL_DB_PASSWORD_FILE", path, 1);
	assert_true(conf_load(dir, &c, &e));
	assert_string_equal(conf_pool(c, 0)->set->db_password, "from file");
	conf_close(&c);
	chmod(path, 0644);
	assert_false(conf_load(dir, &c, &e));
	unlink(path);
	assert_false(conf_load(dir, &c, &e));
	unsetenv("ORDS_SECRET_MY_POOL_DB_PASSWORD_FILE");
}

static void
secret__only_secrets_and_deleting(void **state)
{
	const char *dir = *state;
	struct arena *mem = arena_open(0);
	struct span got;
	struct err e = { 0 };
	bool was_there;

	assert_false(conf_secret_set(dir, "a", SPAN("db.username"), SPAN("x"), &e));
	assert_false(conf_secret_set(dir, "a", SPAN("db.password"), SPAN(""), &e));
	assert_false(conf_secret_set(dir, "../a", SPAN("db.password"), SPAN("x"), &e));
	assert_false(conf_set(dir, "a", SPAN("db.password"), SPAN("x"), &e));
	assert_true(conf_secret_set(dir, "a", SPAN("db.password"), SPAN("x"), &e));
	assert_true(conf_delete(dir, "a", SPAN("db.password"), &was_there, &e));
	assert_true(was_there);
	assert_false(conf_secret_get(dir, "a", SPAN("db.password"), mem, &got, &e));
	assert_true(conf_delete(dir, "a", SPAN("db.password"), &was_there, &e));
	assert_false(was_there);
	arena_close(&mem);
}

/* rows of a database: sealed anew each time, opened under their own words only */
static void
secret__sealed_for_a_row(void **state)
{
	const char *dir = *state;
	struct arena *mem = arena_open(0);
	struct span sealed, again, got;
	struct err e = { 0 };

	assert_true(secret_seal(dir, SPAN("row/HR/A"), SPAN("tiger"), mem, &sealed, &e));
	assert_true(secret_seal(dir, SPAN("row/HR/A"), SPAN("tiger"), mem, &again, &e));
	assert_false(span_eq(sealed, again));
	assert_true(secret_unseal(dir, SPAN("row/HR/A"), sealed, mem, &got, &e));
	assert_span(got, "tiger");
	assert_true(secret_seal(dir, SPAN("row/HR/A"), SPAN(""), mem, &again, &e));
	assert_true(secret_unseal(dir, SPAN("row/HR/A"), again, mem, &got, &e));
	assert_int_equal(got.n, 0);
	assert_false(secret_unseal(dir, SPAN("row/HR/B"), sealed, mem, &got, &e));
	assert_int_equal(e.kind, ERR_CONFIG);
	assert_null(strstr(e.text, dir));
	for (size_t n = 0; n < sealed.n; n++) {
		err_clear(&e);
		assert_false(secret_unseal(dir, SPAN("row/HR/A"), (struct span){ sealed.p, n }, mem, &got, &e));
	}
	arena_close(&mem);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(secret__is_kept_encrypted_and_private, scratch_open, scratch_close),
		cmocka_unit_test_setup_teardown(secret__listed_as_stars, scratch_open, scratch_close),
		cmocka_unit_test_setup_teardown(secret__of_one_pool_does_not_fit_another, scratch_open, scratch_close),
		cmocka_unit_test_setup_teardown(secret__damage_is_noticed, scratch_open, scratch_close),
		cmocka_unit_test_setup_teardown(secret__readable_by_others_is_refused, scratch_open, scratch_close),
		cmocka_unit_test_setup_teardown(secret__from_a_file_of_the_environment, scratch_open, scratch_close),
		cmocka_unit_test_setup_teardown(secret__sealed_for_a_row, scratch_open, scratch_close),
		cmocka_unit_test_setup_teardown(secret__only_secrets_and_deleting, scratch_open, scratch_close),
	};

	return cmocka_run_group_tests_name("conf/secret", tests, NULL, NULL);
}
