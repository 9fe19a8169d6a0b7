/* sql/dialect_mariadb.c - MariaDB through its Connector/ODBC
 *
 * The repository and all collections live in one database.  Reads are snapshots, writes are READ COMMITTED and compare
 * before they set.  Writers share a lock on one row, which whoever changes the catalogue takes alone.
 *
 * A definition commits, so it runs on a connection of its own (define.c).
 */
#include "sql/odbc.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DATABASE "ords_metadata"
#define BYTES " COLLATE utf8mb4_nopad_bin"	/* equal texts are equal bytes */

static const struct fault faults[] = {
	{ 1062, "", NULL, ERR_DUPLICATE_KEY },
	{ 1048, "", NULL, ERR_CONSTRAINT },
	{ 1364, "", NULL, ERR_CONSTRAINT },
	{ 1451, "", NULL, ERR_CONSTRAINT },
	{ 1452, "", NULL, ERR_CONSTRAINT },
	{ 1213, "", NULL, ERR_BUSY },
	{ 1205, "", NULL, ERR_BUSY },
	{ 1020, "", NULL, ERR_BUSY },
	{ 1146, "", NULL, ERR_BUSY },		/* the table was dropped since the catalogue was read */
	{ 1412, "", NULL, ERR_BUSY },		/* ... or made */
	{ 1969, "", NULL, ERR_TIMEOUT },
	{ 1317, "", NULL, ERR_TIMEOUT },
	{ 3024, "", NULL, ERR_TIMEOUT },
	{ 2006, "", NULL, ERR_CONN_LOST },
	{ 2013, "", NULL, ERR_CONN_LOST },
	{ 1047, "", NULL, ERR_CONN_LOST },
	{ 1927, "", NULL, ERR_CONN_LOST },
	{ 1053, "", NULL, ERR_CONN_LOST },
	{ 0, "08", NULL, ERR_CONN_LOST },
	{ 1040, "", NULL, ERR_NO_RESOURCES },
	{ 1203, "", NULL, ERR_NO_RESOURCES },
	{ 1041, "", NULL, ERR_NO_RESOURCES },
	{ 1021, "", NULL, ERR_STORAGE_FULL },
	{ 1114, "", NULL, ERR_STORAGE_FULL },
	{ 28, "", NULL, ERR_STORAGE_FULL },
	{ 1290, "", NULL, ERR_DB_READ_ONLY },
	{ 1836, "", NULL, ERR_DB_READ_ONLY },
	{ 1792, "", NULL, ERR_DB_READ_ONLY },
	{ 1712, "", NULL, ERR_DAMAGED },
	{ 1034, "", NULL, ERR_DAMAGED },
	{ 126, "", NULL, ERR_DAMAGED },
	{ 127, "", NULL, ERR_DAMAGED },
	{ 1153, "", NULL, ERR_TOO_LARGE },
	{ 1406, "", NULL, ERR_TOO_LARGE },
	{ 1366, "", NULL, ERR_BAD_REQUEST },
	{ 1142, "", NULL, ERR_DB_FORBIDDEN },
	{ 1044, "", NULL, ERR_DB_FORBIDDEN },
	{ 1045, "", NULL, ERR_DB_FORBIDDEN },
	{ 0, "", NULL, ERR_NONE },
};

static const char *
database(const struct settings *set)
{
	return set->db_servicename[0] == '\0' ? DATABASE : set->db_servicename;
}

/* name NULL: no database yet */
static void
put_connection(const struct settings *set, const char *name, struct buf *out)
{
	char port[8];

	snprintf(port, sizeof(port), "%d", set->db_port == 0 ? 3306 : (int)set->db_port);
	put_lit(out, "Driver=MariaDB Unicode;");
	if (set->db_hostname[0] == '/') {
		connect_pair(out, "Socket", set->db_hostname, true);
	} else {
		connect_pair(out, "Server", set->db_hostname, true);
		connect_pair(out, "Port", port, true);
	}
	if (name != NULL)
		connect_pair(out, "Database", name, true);
	connect_pair(out, "Uid", set->db_username, true);
	connect_pair(out, "Pwd", set->db_password, true);
	/* 2: rows that are found count, not only those that change */
	put_lit(out, "CharSet=utf8mb4;OPTION=2;INITSTMT={SET SESSION lock_wait_timeout=5};");
}

static bool
connection_string(const struct settings *set, struct buf *out, struct err *e)
{
	(void)e;
	put_connection(set, database(set), out);
	return true;
}

/* ---- the profile ---- */

static const struct {
	const char *name, *ask, *want;
} profile[] = {
	{ "innodb_flush_log_at_trx_commit", "SELECT @@innodb_flush_log_at_trx_commit", "1" },
	{ "innodb_doublewrite", "SELECT @@innodb_doublewrite", "1" },
};

static bool
set_session(struct db *db, struct err *e)
{
	static const char form[] = "SET SESSION"
	    " sql_mode='STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION,NO_BACKSLASH_ESCAPES',"
	    " max_statement_time=%lld.%03lld, innodb_lock_wait_timeout=%lld, lock_wait_timeout=%lld,"
	    " idle_transaction_timeout=60, time_zone='+00:00', tx_isolation='REPEATABLE-READ', default_storage_engine=InnoDB";
	const struct settings *set = db->pool->set;
	long long wait_s = (long long)(set->conn_wait_ms + 999) / 1000;
	struct arena_mark before = arena_mark(db->work);
	bool ok = stmt_direct(db, arena_printf(db->work, form, (long long)set->statement_ms / 1000,
	    (long long)set->statement_ms % 1000, wait_s, wait_s), e);

	arena_rewind(db->work, before);
	return ok;
}

static bool
opened(struct db *db, struct err *e)
{
	long long packet;
	char is[64];

	if (!set_session(db, e))
		return false;
	for (size_t i = 0; i < sizeof(profile) / sizeof(*profile); i++) {
		if (!stmt_value(db, profile[i].ask, is, sizeof(is), e))
			return false;
		if (strcmp(is, profile[i].want) != 0)
			db_weakened(db, profile[i].name, is);
	}
	if (!stmt_value(db, "SELECT @@max_allowed_packet", is, sizeof(is), e))
		return false;
	packet = strtoll(is, NULL, 10);
	if (packet < db->pool->set->body_max_bytes + (1 << 20))
		db_weakened(db, "max_allowed_packet", is);
	return true;
}

/* ---- the place of the repository ---- */

static const char *
quoted(const char *name, char quote, struct arena *mem)
{
	struct buf b;

	buf_init(&b, mem);
	buf_char(&b, quote);
	for (const char *p = name; *p != '\0'; p++) {
		buf_char(&b, *p);
		if (*p == quote)
			buf_char(&b, quote);
	}
	buf_char(&b, quote);
	return buf_z(&b);
}

static bool
create_database(struct db *db, const char *name, const char *owner, struct err *e)
{
	const char *place = quoted(name, '`', db->work);
	const char *test = arena_printf(db->work, "SELECT count(*) FROM information_schema.schemata WHERE schema_name = %s",
	    quoted(name, '\'', db->work));
	char there[8];

	if (!stmt_value(db, test, there, sizeof(there), e))
		return false;
	if (strcmp(there, "0") != 0)
		return true;
	return stmt_direct(db, arena_printf(db->work,
	    "CREATE DATABASE IF NOT EXISTS %s CHARACTER SET utf8mb4" BYTES, place), e)
	    && (owner == NULL || stmt_direct(db, arena_printf(db->work, "GRANT ALL ON %s.* TO %s", place,
	    quoted(owner, '`', db->work)), e));
}

/* connects without a database, because there may be none */
static bool
create(const struct pool_conf *pool, const struct account *admin, struct err *e)
{
	struct settings set = *pool->set;
	struct pool_conf bare = *pool;
	struct arena *mem = arena_open(0);
	struct db *db = NULL;
	struct buf url;
	bool ok;

	if (admin != NULL) {
		set.db_username = admin->name;
		set.db_password = admin->password;
	}
	buf_init(&url, mem);
	put_connection(&set, NULL, &url);
	set.db_custom_url = buf_z(&url);
	bare.set = &set;
	ok = db_open(&bare, &db, e)
	    && create_database(db, database(pool->set), admin == NULL ? NULL : pool->set->db_username, e);
	db_close(&db);
	arena_close(&mem);
	return ok;
}

const struct dialect dialect_mariadb = {
	.name = "mariadb", .dbms = "MariaDB",
	.quote_open = '`', .quote_close = '`',
	.ident_chars = 64, .has_schemas = true,
	.word = {
		[W_TEXT] = "VARCHAR(512)" BYTES, [W_KEY] = "VARCHAR(255)" BYTES, [W_JSON] = "LONGTEXT COLLATE utf8mb4_bin",
		[W_INT] = "BIGINT", [W_BLOB] = "LONGBLOB", [W_TIME] = "BIGINT", [W_VIEW] = "CREATE OR REPLACE VIEW",
	},
	.narrow_table = "", .serial = "BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY",
	/* Its own full-text index sees rows when they are committed, and forgets those that a snapshot still holds. */
	.words = WORDS_ROWS, .words_table = "(word BIGINT NOT NULL, seq BIGINT NOT NULL, PRIMARY KEY (word, seq), KEY (seq))",
	/* JSON_TABLE: from 10.6 on */
	.words_probe = "SELECT substring_index(version(), '.', 1) * 1000 + substring_index(substring_index(version(), '.', 2), '.', -1)"
	    " >= 10006",
	.index_chars = 510, .index_text = { "VARCHAR(", ")" BYTES },	/* a key of InnoDB has at most 3072 bytes, 4 for each character */
	.explain = "EXPLAIN ", .explain_column = 3,
	.before_begin = { [TX_WRITE] = "SET TRANSACTION ISOLATION LEVEL READ COMMITTED",
		[TX_DEFINE] = "SET TRANSACTION ISOLATION LEVEL READ COMMITTED" },
	.begin = {
		[TX_READ] = "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY",
		[TX_WRITE] = "START TRANSACTION",
		[TX_DEFINE] = "START TRANSACTION",
	},
	.lock = {
		[TX_WRITE] = "SELECT value FROM ords_state WHERE name = 'catalog' LOCK IN SHARE MODE",
		[TX_DEFINE] = "SELECT value FROM ords_state WHERE name = 'catalog' FOR UPDATE",
	},
	.commit = "COMMIT", .rollback = "ROLLBACK",
	.define_lock = "SELECT GET_LOCK(concat('cords.', database()), 30)",
	.define_unlock = "SELECT RELEASE_LOCK(concat('cords.', database()))",
	.orphans = "SELECT table_name FROM information_schema.tables t WHERE table_schema = database()"
	    " AND (table_name REGEXP '^soda_c_[0-9]+$' AND NOT EXISTS (SELECT 1 FROM soda_collections c WHERE"
	    " concat('soda_c_', c.id) = CONVERT(t.table_name USING utf8mb4))"
	    " OR table_name REGEXP '^soda_[igt]_[0-9]+$' AND NOT EXISTS (SELECT 1 FROM soda_indexes i WHERE"
	    " concat(LEFT(CONVERT(t.table_name USING utf8mb4), 7), i.id) = CONVERT(t.table_name USING utf8mb4)))",
	.joins_ranges = true,
	.contains = { "INSTR(c.content, ", ") > 0" },
	.ping = "SELECT 1",
	.version = "SELECT version()",
	.table_exists = "SELECT 1 FROM information_schema.tables WHERE table_schema = database() AND table_name = ?",
	.objects = "SELECT CASE table_type WHEN 'VIEW' THEN 'view' ELSE 'table' END, table_name, ''"
	    " FROM information_schema.tables WHERE table_schema = database() ORDER BY 1, 2",
	.max_depth = SIZE_MAX,
	.faults = faults,
	.connection_string = connection_string,
	.opened = opened,
	.create = create,
};
