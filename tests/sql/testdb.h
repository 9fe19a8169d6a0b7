/* tests/sql/testdb.h - a private SQLite file for one test, in a folder that is removed afterwards */
#ifndef CORDS_TESTS_SQL_TESTDB_H
#define CORDS_TESTS_SQL_TESTDB_H

#include "tests/lib/unit.h"

#include "sql/db.h"
#include "sql/stmt.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct testdb {
	char folder[64], path[96];
	struct settings set;
	struct pool_conf pool;
	struct arena *mem;
	struct db *db;
	struct err e;
};

/* settings as conf_load() would make them for a pool that names a file only */
static inline void
testdb_settings(struct settings *set, const char *path)
{
	memset(set, 0, sizeof(*set));
	set->db_connection_type = set->db_custom_url = set->db_engine = set->db_hostname = set->db_servicename = set->db_username = set->db_password = "";
	set->db_hosts = set->db_ca_file = set->db_admin_role = "";
	set->db_tls = "off";
	set->db_credentials_source = "POOL";
	set->db_file = path;
	set->db_durability = "warn";
	set->db_journal_mode = "WAL";
	set->db_retry_ms = 10000;
	set->conn_wait_ms = 300;
	set->conn_idle_ms = 300000;
	set->conn_max_uses = 100000;
	set->conn_trust_ms = 30000;
	set->stmt_cache = 64;
	set->statement_ms = set->job_statement_ms = set->sql_statement_ms = 60000;
}

/* a new folder, no database yet */
static inline void
testdb_folder(struct testdb *t)
{
	memset(t, 0, sizeof(*t));
	snprintf(t->folder, sizeof(t->folder), "/tmp/cords-test-XXXXXX");
	assert_non_null(mkdtemp(t->folder));
	snprintf(t->path, sizeof(t->path), "%s/test.db", t->folder);
	testdb_settings(&t->set, t->path);
	snprintf(t->pool.name, sizeof(t->pool.name), "test");
	t->pool.set = &t->set;
	t->mem = arena_open(0);
}

/* an empty database, connected */
static inline void
testdb_open(struct testdb *t)
{
	int fd;

	testdb_folder(t);
	fd = open(t->path, O_CREAT | O_EXCL | O_WRONLY, 0600);
	assert_true(fd >= 0);
	close(fd);
	if (!db_open(&t->pool, &t->db, &t->e))
		fail_msg("%s (%s)", t->e.text, t->e.detail);
}

static inline void
testdb_close(struct testdb *t)
{
	char command[128];

	db_close(&t->db);
	arena_close(&t->mem);
	snprintf(command, sizeof(command), "rm -rf '%s'", t->folder);
	assert_int_equal(system(command), 0);
}

/* a statement that must succeed */
static inline void
testdb_do(struct testdb *t, const char *text)
{
	if (!stmt_direct(t->db, text, &t->e))
		fail_msg("%s: %s (%s)", text, t->e.text, t->e.detail);
}

/* the first column of the first row; -1 without a row */
static inline int64_t
testdb_number(struct testdb *t, const char *text)
{
	struct query q = { .text = span_of(text) };
	struct stmt *st;
	bool has_row;
	int64_t n = -1;

	if (!stmt_open(t->db, &q, &st, &t->e) || !stmt_step(st, &has_row, &t->e)
	    || (has_row && !stmt_int(st, 0, &n, &t->e)))
		fail_msg("%s: %s (%s)", text, t->e.text, t->e.detail);
	stmt_done(st);
	return n;
}

#endif
