/* tests/sql/test_migrate.c - the repository: installing, upgrading, comparing, removing */
#include "tests/sql/testdb.h"

#include "sql/migrate.h"
#include "sql/odbc.h"

#include <sys/stat.h>
#include <sys/wait.h>

static void
install(struct testdb *t)
{
	int n;

	testdb_folder(t);
	if (!migrate_install(&t->pool, NULL, &n, &t->e) || !db_open(&t->pool, &t->db, &t->e))
		fail_msg("%s (%s)", t->e.text, t->e.detail);
	assert_int_equal(n, migrate_level_program());
}

static const char *
report(struct testdb *t)
{
	const char *text;

	if (!migrate_check(t->db, t->mem, &text, &t->e))
		fail_msg("%s (%s)", t->e.text, t->e.detail);
	return text;
}

static void
migrate__installs_into_a_new_file(void **state)
{
	struct testdb t;
	struct stat st;
	int level;

	(void)state;
	install(&t);
	assert_int_equal(stat(t.path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_true(migrate_level(t.db, &level, &t.e));
	assert_int_equal(level, migrate_level_program());
	assert_true(level >= 1);
	assert_true(migrate_fits(t.db, &t.e));
	assert_string_equal(report(&t), "");
	assert_int_equal(testdb_number(&t, "SELECT build FROM ords_installed_version"), level);
	testdb_close(&t);
}

static void
migrate__twice_is_once(void **state)
{
	struct testdb t;
	int n = -1;

	(void)state;
	install(&t);
	assert_true(migrate_install(&t.pool, NULL, &n, &t.e));
	assert_int_equal(n, 0);
	assert_string_equal(report(&t), "");
	testdb_close(&t);
}

static void
migrate__no_repository_is_level_0(void **state)
{
	struct testdb t;
	int level = -1;

	(void)state;
	testdb_open(&t);
	assert_true(migrate_level(t.db, &level, &t.e));
	assert_int_equal(level, 0);
	assert_false(migrate_fits(t.db, &t.e));
	assert_int_equal(t.e.kind, ERR_NEED_INSTALL);
	assert_true(strlen(report(&t)) > 0);
	testdb_close(&t);
}

static void
migrate__a_newer_repository_is_refused(void **state)
{
	struct testdb t;
	int n;

	(void)state;
	install(&t);
	testdb_do(&t, "INSERT INTO ords_schema_version(level, name, program, applied) VALUES (999, 'later', '9.9.9', 0)");
	assert_false(migrate_fits(t.db, &t.e));
	assert_int_equal(t.e.kind, ERR_NEED_INSTALL);
	assert_false(migrate_install(&t.pool, NULL, &n, &t.e));
	assert_int_equal(t.e.kind, ERR_NEED_INSTALL);
	testdb_close(&t);
}

static void
migrate__differences_are_named(void **state)
{
	struct testdb t;

	(void)state;
	install(&t);
	testdb_do(&t, "CREATE TABLE soda_c_1 (id TEXT)");
	assert_string_equal(report(&t), "");
	testdb_do(&t, "CREATE TABLE ords_other (id TEXT)");
	assert_string_equal(report(&t), "table ords_other is none of ours");
	testdb_do(&t, "DROP TABLE ords_other");
	testdb_do(&t, "ALTER TABLE ords_schema_version ADD COLUMN more TEXT");
	assert_string_equal(report(&t), "table ords_schema_version is not as it was made");
	testdb_do(&t, "DROP VIEW ords_installed_version");
	assert_non_null(strstr(report(&t), "ords_"));
	testdb_close(&t);
}

/* it would run with our rights */
static void
migrate__a_trigger_is_none_of_ours(void **state)
{
	struct testdb t;
	SQLHSTMT h;

	(void)state;
	install(&t);
	assert_true(SQL_SUCCEEDED(SQLAllocHandle(SQL_HANDLE_STMT, t.db->dbc, &h)));	/* a text that stmt.c refuses */
	assert_true(SQL_SUCCEEDED(SQLExecDirect(h,
	    (SQLCHAR *)"CREATE TRIGGER spy AFTER INSERT ON ords_schema_version BEGIN SELECT 1; END", SQL_NTS)));
	SQLFreeHandle(SQL_HANDLE_STMT, h);
	assert_string_equal(report(&t), "trigger spy is none of ours");
	testdb_close(&t);
}

static void
migrate__uninstall_leaves_strangers(void **state)
{
	struct testdb t;
	int level;

	(void)state;
	install(&t);
	testdb_do(&t, "CREATE TABLE soda_c_1 (id TEXT)");
	testdb_do(&t, "CREATE TABLE theirs (id TEXT)");
	assert_true(migrate_uninstall(t.db, &t.e));
	assert_true(migrate_level(t.db, &level, &t.e));
	assert_int_equal(level, 0);
	assert_int_equal(testdb_number(&t, "SELECT count(*) FROM sqlite_master"), 1);
	testdb_close(&t);
}

static void
migrate__without_a_folder_there_is_one_plain_cause(void **state)
{
	struct testdb t;
	char path[128];
	int n;

	(void)state;
	testdb_folder(&t);
	snprintf(path, sizeof(path), "%s/none/x.db", t.folder);
	t.set.db_file = path;
	assert_false(migrate_install(&t.pool, NULL, &n, &t.e));
	assert_int_equal(t.e.kind, ERR_UNAVAILABLE);
	assert_null(strstr(t.e.text, path));
	testdb_close(&t);
}

/* installers that run at once all succeed, and each step happens once */
static void
migrate__many_at_once(void **state)
{
	enum { N = 6 };
	struct testdb t;
	pid_t child[N];

	(void)state;
	testdb_folder(&t);
	t.set.conn_wait_ms = 5000;
	for (int i = 0; i < N; i++) {
		child[i] = fork();
		assert_true(child[i] >= 0);
		if (child[i] == 0) {
			int n;

			if (!migrate_install(&t.pool, NULL, &n, &t.e)) {
				fprintf(stderr, "%s (%s)\n", t.e.text, t.e.detail);
				_exit(1);
			}
			_exit(0);
		}
	}
	for (int i = 0; i < N; i++) {
		int status;

		assert_int_equal(waitpid(child[i], &status, 0), child[i]);
		assert_int_equal(status, 0);
	}
	assert_true(db_open(&t.pool, &t.db, &t.e));
	assert_string_equal(report(&t), "");
	assert_int_equal(testdb_number(&t, "SELECT count(*) FROM ords_schema_version"), migrate_level_program());
	testdb_close(&t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(migrate__installs_into_a_new_file),
		cmocka_unit_test(migrate__twice_is_once),
		cmocka_unit_test(migrate__no_repository_is_level_0),
		cmocka_unit_test(migrate__a_newer_repository_is_refused),
		cmocka_unit_test(migrate__differences_are_named),
		cmocka_unit_test(migrate__a_trigger_is_none_of_ours),
		cmocka_unit_test(migrate__uninstall_leaves_strangers),
		cmocka_unit_test(migrate__without_a_folder_there_is_one_plain_cause),
		cmocka_unit_test(migrate__many_at_once),
	};

	return cmocka_run_group_tests_name("migrate", tests, NULL, NULL);
}
