/* sql/dialect_postgresql.c - PostgreSQL through psqlodbc
 *
 * The repository and all collections live in one schema of one database.  A read sees one moment; a write sees what others
 * have committed before each of its statements, and compares before it sets.
 *
 * Writers share an advisory lock, which whoever changes the catalogue takes alone: a table or an index never comes or goes
 * under the hands of a writer.
 */
#include "sql/odbc.h"

#include <stdio.h>
#include <string.h>

#define SCHEMA "ords_metadata"
#define LOCK "(427071530099)"		/* "cords", as a number; such locks belong to one database */

static const struct fault faults[] = {
	{ 0, "23505", NULL, ERR_DUPLICATE_KEY },
	{ 0, "23", NULL, ERR_CONSTRAINT },
	{ 0, "40001", NULL, ERR_BUSY },
	{ 0, "40P01", NULL, ERR_BUSY },
	{ 0, "55P03", NULL, ERR_BUSY },
	{ 0, "42P01", NULL, ERR_BUSY },		/* the table was dropped since the catalogue was read */
	{ 0, "57014", NULL, ERR_TIMEOUT },
	{ 0, "08", NULL, ERR_CONN_LOST },
	{ 0, "57P", NULL, ERR_CONN_LOST },
	{ 0, "25P03", NULL, ERR_CONN_LOST },
	{ 0, "53100", NULL, ERR_STORAGE_FULL },
	{ 0, "53", NULL, ERR_NO_RESOURCES },
	{ 0, "25006", NULL, ERR_DB_READ_ONLY },
	{ 0, "XX001", NULL, ERR_DAMAGED },
	{ 0, "XX002", NULL, ERR_DAMAGED },
	{ 0, "54", NULL, ERR_TOO_LARGE },
	{ 0, "22", NULL, ERR_BAD_REQUEST },
	{ 0, "42501", NULL, ERR_DB_FORBIDDEN },
	{ 0, "", NULL, ERR_NONE },
};

static bool
connection_string(const struct settings *set, struct buf *out, struct err *e)
{
	char port[8];

	(void)e;
	snprintf(port, sizeof(port), "%d", set->db_port == 0 ? 5432 : (int)set->db_port);
	put_lit(out, "Driver=PostgreSQL ANSI;");
	connect_pair(out, "Server", set->db_hostname, true);
	connect_pair(out, "Port", port, true);
	connect_pair(out, "Database", set->db_servicename[0] == '\0' ? SCHEMA : set->db_servicename, true);
	connect_pair(out, "Uid", set->db_username, true);
	connect_pair(out, "Pwd", set->db_password, true);
	/* 7.4-2: a savepoint before each statement.  With less the driver reports COMMIT of a transaction that was aborted as
	 * success, or goes on in a new one. */
	put_lit(out, "Protocol=7.4-2;UseServerSidePrepare=1;UseDeclareFetch=0;BoolsAsChar=0;LFConversion=0;"
	    "ByteaAsLongVarBinary=1;Debug=0;CommLog=0;");
	return true;
}

/* ---- the profile ---- */

static const struct {
	const char *name, *ask, *want;
} profile[] = {
	{ "fsync", "SELECT current_setting('fsync')", "on" },
	{ "full_page_writes", "SELECT current_setting('full_page_writes')", "on" },
	{ "synchronous_commit", "SELECT CASE current_setting('synchronous_commit') WHEN 'off' THEN 'off' ELSE 'on' END", "on" },
};

/* All names are found in one schema, and nobody's temporary table comes before it.  Parallel workers take ten milliseconds to
 * start, compiled expressions more, and the statements here are bounded pages. */
static bool
set_session(struct db *db, struct err *e)
{
	static const char form[] =
	    "SELECT set_config('search_path', '" SCHEMA ", pg_temp', false),"
	    " set_config('client_encoding', 'UTF8', false),"
	    " set_config('standard_conforming_strings', 'on', false),"
	    " set_config('default_transaction_isolation', 'read committed', false),"
	    " set_config('TimeZone', 'UTC', false),"
	    " set_config('statement_timeout', '%lld', false),"
	    " set_config('lock_timeout', '%lld', false),"
	    " set_config('max_parallel_workers_per_gather', '0', false),"
	    " set_config('jit', 'off', false),"
	    " set_config('idle_in_transaction_session_timeout', '60000', false)";
	const struct settings *set = db->pool->set;
	struct arena_mark before = arena_mark(db->work);
	char word[64];
	bool ok = stmt_value(db, arena_printf(db->work, form, (long long)set->statement_ms, (long long)set->conn_wait_ms),
	    word, sizeof(word), e);

	arena_rewind(db->work, before);
	return ok;
}

static bool
opened(struct db *db, struct err *e)
{
	char is[64];

	if (!set_session(db, e) || !stmt_value(db, "SELECT current_setting('server_encoding')", is, sizeof(is), e))
		return false;
	if (strcmp(is, "UTF8") != 0)
		return err_set(e, ERR_UNAVAILABLE, "the encoding of the database is not UTF8");
	for (size_t i = 0; i < sizeof(profile) / sizeof(*profile); i++) {
		if (!stmt_value(db, profile[i].ask, is, sizeof(is), e))
			return false;
		if (strcmp(is, profile[i].want) != 0)
			db_weakened(db, profile[i].name, is);
	}
	return true;
}

/* ---- the place of the repository ---- */

static const char *
quoted(const char *name, struct arena *mem)
{
	struct buf b;

	buf_init(&b, mem);
	buf_char(&b, '"');
	for (const char *p = name; *p != '\0'; p++) {
		buf_char(&b, *p);
		if (*p == '"')
			buf_char(&b, '"');
	}
	buf_char(&b, '"');
	return buf_z(&b);
}

static bool
create_schema(struct db *db, const char *owner, struct err *e)
{
	char there[8];

	if (!stmt_value(db, "SELECT count(*) FROM pg_catalog.pg_namespace WHERE nspname = '" SCHEMA "'", there,
	    sizeof(there), e))
		return false;
	if (strcmp(there, "0") != 0)
		return true;
	if (owner == NULL)
		return stmt_direct(db, "CREATE SCHEMA IF NOT EXISTS " SCHEMA, e);
	return stmt_direct(db, arena_printf(db->work, "CREATE SCHEMA IF NOT EXISTS " SCHEMA " AUTHORIZATION %s",
	    quoted(owner, db->work)), e);
}

static bool
create(const struct pool_conf *pool, const struct account *admin, struct err *e)
{
	struct settings set = *pool->set;
	struct pool_conf as_admin = *pool;
	struct db *db = NULL;
	bool ok;

	as_admin.set = &set;
	if (admin != NULL) {
		set.db_username = admin->name;
		set.db_password = admin->password;
	}
	ok = db_open(&as_admin, &db, e) && create_schema(db, admin == NULL ? NULL : pool->set->db_username, e);
	db_close(&db);
	return ok;
}

const struct dialect dialect_postgresql = {
	.name = "postgresql", .dbms = "PostgreSQL",
	.quote_open = '"', .quote_close = '"',
	.ident_bytes = 63, .has_schemas = true,
	.word = {
		[W_TEXT] = "text COLLATE \"C\"", [W_KEY] = "text COLLATE \"C\"", [W_JSON] = "text COLLATE \"C\"",
		[W_INT] = "bigint", [W_BLOB] = "bytea", [W_TIME] = "bigint", [W_VIEW] = "CREATE OR REPLACE VIEW",
	},
	.narrow_table = "", .serial = "bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY",
	.words = WORDS_ARRAY, .words_table = "(seq bigint NOT NULL PRIMARY KEY, t text[] COLLATE \"C\" NOT NULL)",
	.explain = "EXPLAIN ", .explain_column = 0,
	.begin = {
		[TX_READ] = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",	/* others: the driver's, with its savepoints */
	},
	.lock = {
		[TX_WRITE] = "SELECT pg_advisory_xact_lock_shared" LOCK,
		[TX_DEFINE] = "SELECT pg_advisory_xact_lock" LOCK,
	},
	.commit = "COMMIT", .rollback = "ROLLBACK",
	.joins_ranges = true,
	.contains = { "strpos(c.content, ", ") > 0" },
	.ping = "SELECT 1",
	.version = "SELECT current_setting('server_version')",
	.table_exists = "SELECT 1 FROM pg_catalog.pg_tables WHERE schemaname = '" SCHEMA "' AND tablename = ?",
	.objects = "SELECT CASE table_type WHEN 'VIEW' THEN 'view' ELSE 'table' END, table_name, ''"
	    " FROM information_schema.tables WHERE table_schema = '" SCHEMA "' ORDER BY 1, 2",
	.max_depth = SIZE_MAX,
	.faults = faults,
	.connection_string = connection_string,
	.opened = opened,
	.create = create,
};
