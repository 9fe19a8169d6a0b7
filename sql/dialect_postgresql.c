/* sql/dialect_postgresql.c - PostgreSQL through psqlodbc
 *
 * The repository and all collections live in one schema of one database.  A read sees one moment; a write sees what others
 * have committed before each of its statements, and compares before it sets.
 *
 * Writers share an advisory lock, which whoever changes the catalogue takes alone: a table or an index never comes or goes
 * under the hands of a writer.
 */
#include "sql/odbc.h"
#include "sql/catalogue.h"
#include "sql/rowform.h"
#include "sql/table_words.h"
#include "sql/verbs.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#define SCHEMA "ords_metadata"
#define ECHO SCHEMA ".ords_counter_echo"
#define LOCK "(427071530099)"		/* "cords", as a number; such locks belong to one database */

static const struct fault faults[] = {
	{ 0, "42P07", NULL, ERR_DEFINED },
	{ 0, "42710", NULL, ERR_DEFINED },
	{ 0, "42P06", NULL, ERR_DEFINED },
	{ 0, "2BP01", NULL, ERR_CONSTRAINT },	/* others depend on it */
	{ 0, "23505", NULL, ERR_DUPLICATE_KEY },
	{ 0, "23", NULL, ERR_CONSTRAINT },
	{ 0, "40001", NULL, ERR_BUSY },
	{ 0, "40P01", NULL, ERR_BUSY },
	{ 0, "55P03", NULL, ERR_BUSY },
	{ 0, "42P01", NULL, ERR_BUSY },		/* the table was dropped since the catalogue was read */
	{ 0, "P0001", NULL, ERR_CONSTRAINT },	/* RAISE, in a trigger */
	{ 0, "57014", NULL, ERR_TIMEOUT },
	{ 0, "08", NULL, ERR_CONN_LOST },
	{ 0, "HY000", "connection has been lost", ERR_CONN_LOST },	/* the driver's words, then those of libpq */
	{ 0, "HY000", "closed the connection", ERR_CONN_LOST },
	{ 0, "HY000", "data to server", ERR_CONN_LOST },
	{ 0, "HY000", "data from server", ERR_CONN_LOST },
	{ 0, "HY000", "no connection to the server", ERR_CONN_LOST },
	{ 0, "HY000", "SSL SYSCALL", ERR_CONN_LOST },
	{ 0, "HY000", "internal SAVEPOINT failed", ERR_CONN_LOST },	/* ... before the statement was sent */
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

/* The driver passes on what the server or libpq says, without a code. */
static const struct refusal refusals[] = {
	{ 0, "could not translate host name", REFUSED_HERE, "the host cannot be reached" },
	{ 0, "Connection refused", REFUSED_HERE, "the host cannot be reached" },
	{ 0, "timeout expired", REFUSED_HERE, "the host cannot be reached" },
	{ 0, "unreachable", REFUSED_HERE, "the host cannot be reached" },
	{ 0, "No route to host", REFUSED_HERE, "the host cannot be reached" },
	{ 0, "No such file or directory\n", REFUSED_HERE, "the host cannot be reached" },
	{ 0, "certificate", REFUSED_HERE, "TLS could not be agreed on" },
	{ 0, "SSL error", REFUSED_HERE, "TLS could not be agreed on" },
	{ 0, "does not support SSL", REFUSED_HERE, "TLS could not be agreed on" },
	{ 0, "too many clients", REFUSED_HERE, "the server has no connections left" },
	{ 0, "too many connections", REFUSED_HERE, "the server has no connections left" },
	{ 0, "remaining connection slots", REFUSED_HERE, "the server has no connections left" },
	{ 0, "the database system is", REFUSED_HERE, "the server is starting or stopping" },
	{ 0, "terminating connection", REFUSED_HERE, "the server is starting or stopping" },
	{ 0, "closed the connection", REFUSED_HERE, "the server is starting or stopping" },
	{ 0, "not accepting connections", REFUSED_DATABASE, "the database accepts no connections" },
	{ 0, "permission denied for database", REFUSED_DATABASE, "the login may not use the database" },
	{ 0, "FATAL:  database \"", REFUSED_DATABASE, "the database does not exist" },
	{ 0, "no password supplied", REFUSED_LOGIN, "the login was refused" },
	{ 0, ":  ", REFUSED_LOGIN, "the login was refused" },	/* another "FATAL:  ...", in any language */
	{ 0, NULL, REFUSED_HERE, NULL },
};

/* libpq's own form of options */
static void
put_ca_file(struct buf *out, const char *path, struct arena *mem)
{
	struct buf b;

	buf_init(&b, mem);
	put_lit(&b, "sslrootcert='");
	for (const char *p = path; *p != '\0'; p++) {
		if (*p == '\'' || *p == '\\')
			buf_char(&b, '\\');
		buf_char(&b, *p);
	}
	buf_char(&b, '\'');
	connect_pair(out, "pqopt", buf_z(&b), true);
}

static bool
put_tls(const struct db *db, struct buf *out, struct err *e)
{
	const struct settings *set = db->pool->set;

	if (strcasecmp(set->db_tls, "verify") != 0) {
		connect_pair(out, "SSLmode", strcasecmp(set->db_tls, "require") == 0 ? "require" : "disable", true);
		return true;
	}
	if (set->db_ca_file[0] == '\0')
		return err_set(e, ERR_UNAVAILABLE, "db.tls is verify and db.caFile is not set");
	connect_pair(out, "SSLmode", "verify-full", true);
	put_ca_file(out, set->db_ca_file, db->work);
	return true;
}

static bool
connection_string(const struct db *db, struct buf *out, struct err *e)
{
	const struct settings *set = db->pool->set;
	struct account who = connect_account(db);
	char port[8];

	snprintf(port, sizeof(port), "%d", db->host.port == 0 ? 5432 : db->host.port);
	put_lit(out, "Driver=PostgreSQL ANSI;");
	connect_pair(out, "Server", db->host.name, true);
	connect_pair(out, "Port", port, true);
	connect_pair(out, "Database", set->db_servicename[0] == '\0' ? SCHEMA : set->db_servicename, true);
	connect_pair(out, "Uid", who.name, true);
	connect_pair(out, "Pwd", who.password, true);
	/* 7.4-2: a savepoint before each statement.  With less the driver reports COMMIT of a transaction that was aborted as
	 * success, or goes on in a new one. */
	put_lit(out, "Protocol=7.4-2;UseServerSidePrepare=1;UseDeclareFetch=0;BoolsAsChar=0;LFConversion=0;"
	    "ByteaAsLongVarBinary=1;Debug=0;CommLog=0;");
	return put_tls(db, out, e);
}

/* ---- the profile ---- */

static const struct {
	const char *name, *ask, *want;
} profile[] = {
	{ "fsync", "SELECT current_setting('fsync')", "on" },
	{ "full_page_writes", "SELECT current_setting('full_page_writes')", "on" },
	{ "synchronous_commit", "SELECT CASE current_setting('synchronous_commit') WHEN 'off' THEN 'off' ELSE 'on' END", "on" },
};

static bool
postgresql_may_take(struct db *db, int64_t ms, struct err *e)
{
	struct arena_mark before = arena_mark(db->work);
	char word[24];
	bool ok = stmt_value(db, arena_printf(db->work, "SELECT set_config('statement_timeout', '%lld', false)", (long long)ms), word,
	    sizeof(word), e);

	arena_rewind(db->work, before);
	return ok;
}

/* All names of ours are found in one schema, and nobody's temporary table comes before it; what a caller names is found as
 * that account is used to.  Parallel workers take ten milliseconds to start, compiled expressions more, and the statements here
 * are bounded pages. */
static bool
set_session(struct db *db, struct err *e)
{
	static const char path[] = "set_config('search_path', '" SCHEMA ", pg_temp', false),";
	static const char caller[] = "set_config('cords.caller', 'yes', false),";	/* listings show what they may see */
	static const char form[] = "SELECT %s"
	    " set_config('client_encoding', 'UTF8', false),"
	    " set_config('standard_conforming_strings', 'on', false),"
	    " set_config('default_transaction_isolation', 'read committed', false),"
	    " set_config('TimeZone', 'UTC', false),"
	    " set_config('statement_timeout', '%lld', false),"
	    " set_config('lock_timeout', '%lld', false),"
	    " set_config('max_parallel_workers_per_gather', '0', false),"
	    " set_config('jit', 'off', false),"
	    " set_config('DateStyle', 'ISO, YMD', false),"
	    " set_config('IntervalStyle', 'postgres', false),"
	    " set_config('bytea_output', 'hex', false),"
	    " set_config('extra_float_digits', '1', false),"
	    " set_config('idle_in_transaction_session_timeout', '%d', false)";
	const struct settings *set = db->pool->set;
	struct arena_mark before = arena_mark(db->work);
	char word[64];
	bool ok = stmt_value(db, arena_printf(db->work, form, db->use == DB_FOR_CALLER ? caller : path,
	    (long long)connect_statement_ms(db), (long long)set->conn_wait_ms, db->use == DB_FOR_JOB ? 0 : 60000), word, sizeof(word), e);

	arena_rewind(db->work, before);
	return ok;
}

/* Not DISCARD ALL: it would also forget what the driver has prepared. */
static bool
reset(struct db *db)
{
	static const char *const words[] = { "ROLLBACK", "RESET SESSION AUTHORIZATION", "RESET ROLE", "RESET ALL", "CLOSE ALL", "UNLISTEN *",
		"DISCARD TEMP", "DISCARD SEQUENCES" };
	struct err ignored;
	char word[8];

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (!stmt_direct(db, words[i], &ignored))
			return false;
	return stmt_value(db, "SELECT pg_advisory_unlock_all()", word, sizeof(word), &ignored) && set_session(db, &ignored);
}

static bool
is_admin(struct db *db, const char *role, bool *out, struct err *e)
{
	struct bind marker = BIND_T(span_of(role));
	struct query q = { .text = SPAN("SELECT 1 FROM pg_catalog.pg_roles WHERE (rolname = current_user AND rolsuper)"
	    " OR (rolname = ? AND pg_has_role(oid, 'MEMBER')) LIMIT 1"), .n_binds = 1, .binds = &marker };

	return stmt_has_row(db, &q, out, e);
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

/* The runtime account, if it is missing; one that is there keeps its password.  The statement holds the password, so the server
 * is asked not to log it: who is no superuser may not ask, and then the administrator's own settings count. */
static bool
create_account(struct db *db, const struct settings *set, struct err *e)
{
	static const char *const quiet[] = { "SET log_statement = 'none'", "SET log_min_duration_statement = -1",
		"SET log_min_error_statement = 'panic'" };
	struct bind marker = BIND_T(span_of(set->db_username));
	struct query q = { .text = SPAN("SELECT 1 FROM pg_catalog.pg_roles WHERE rolname = ?"), .n_binds = 1, .binds = &marker };
	struct err ignored;
	bool is_there;

	if (!stmt_has_row(db, &q, &is_there, e) || is_there)
		return e->kind == ERR_NONE;
	for (size_t i = 0; i < sizeof(quiet) / sizeof(*quiet); i++)
		stmt_direct(db, quiet[i], &ignored);
	return stmt_direct(db, arena_printf(db->work, "CREATE ROLE %s LOGIN PASSWORD %s", quoted(set->db_username, '"', db->work),
	    quoted(set->db_password, '\'', db->work)), e);
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
	    quoted(owner, '"', db->work)), e);
}

static bool
create(const struct pool_conf *pool, const struct account *admin, struct err *e)
{
	struct db *db = NULL;
	bool ok = db_open_for(pool, DB_FOR_INSTALL, admin, &db, e)
	    && (admin == NULL || create_account(db, pool->set, e))
	    && create_schema(db, admin == NULL ? NULL : pool->set->db_username, e);

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
		/* Volatile: after the lock it sees what was committed meanwhile, which the statement that calls it does not.  Where a
		 * definition was rolled back, it sets the echo right, which nobody moves meanwhile.  Programs of before the echo ask
		 * in statements that write, which do not wait, and hear -1, which is no counter. */
		[W_COUNTER] = "CREATE OR REPLACE FUNCTION ords_counter(waits boolean) RETURNS bigint LANGUAGE plpgsql VOLATILE AS"
		    " 'DECLARE counter bigint; BEGIN IF waits THEN PERFORM pg_advisory_xact_lock_shared" LOCK ";"
		    " ELSIF NOT pg_try_advisory_xact_lock_shared" LOCK " THEN RETURN -1; END IF;"
		    " counter := (SELECT value FROM ords_state WHERE name = ''catalog'');"
		    " IF pg_sequence_last_value(''" ECHO "'') IS DISTINCT FROM counter THEN PERFORM setval(''" ECHO "'', counter); END IF;"
		    " RETURN counter; END'",
		/* A sequence is read as it is now, not as it was when the statement began.  It moves when a definition moves the
		 * counter, which has the lock alone until it is committed, and does not go back with it: then statements that
		 * write find another number than they know, and are done again with the function above. */
		[W_COUNTER_ECHO] = "DO 'BEGIN"
		    " CREATE SEQUENCE IF NOT EXISTS ords_counter_echo OWNED BY ords_state.value;"
		    " PERFORM setval(''" ECHO "'', (SELECT value FROM ords_state WHERE name = ''catalog''));"
		    " CREATE OR REPLACE FUNCTION ords_counter_moves() RETURNS trigger LANGUAGE plpgsql AS"
		    " ''BEGIN PERFORM setval(''''" ECHO "'''', NEW.value); RETURN NULL; END'';"
		    " CREATE OR REPLACE TRIGGER ords_counter_moves AFTER UPDATE OF value ON ords_state FOR EACH ROW"
		    " WHEN (NEW.name = ''catalog'') EXECUTE FUNCTION ords_counter_moves(); END'",
		[W_ADD_COLUMN] = "ADD COLUMN IF NOT EXISTS",
		[W_HAS_PARSED] = "UPDATE soda_collections c SET parsed = 1 WHERE EXISTS (SELECT 1 FROM pg_catalog.pg_attribute a"
		    " WHERE a.attrelid = to_regclass('" SCHEMA ".soda_c_' || c.id) AND a.attname = 'parsed' AND NOT a.attisdropped)",
		/* What is there already has no parsed form until it is written again. */
		[W_PARSED] = "DO 'DECLARE c record; BEGIN FOR c IN SELECT id FROM soda_collections"
		    " WHERE CAST(meta AS json) -> ''contentColumn'' ->> ''sqlType'' = ''JSON''"
		    " AND CAST(meta AS json) -> ''mediaTypeColumn'' IS NULL LOOP"
		    " EXECUTE format(''ALTER TABLE soda_c_%s ADD COLUMN parsed jsonb, ALTER COLUMN parsed SET STATISTICS 0,"
		    " SET (toast_tuple_target = 4080)'', c.id); END LOOP; END'",
	},
	.tables = &table_words_postgresql, .rows = &row_form_postgresql, .catalogue = &catalogue_postgresql,
	.narrow_table = "", .serial = "bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY",
	.words = WORDS_ARRAY, .keeps_parsed = true, .words_table = "(seq bigint NOT NULL PRIMARY KEY, t text[] COLLATE \"C\" NOT NULL)",
	.parsed_table = "(seq bigint NOT NULL PRIMARY KEY, parsed jsonb, t text[] COLLATE \"C\" NOT NULL)",
	.index_chars = 400,		/* an index row has at most 2700 bytes, and a key may take 1020 of them */
	.explain = "EXPLAIN ", .explain_column = 0,
	.begin = {
		[TX_READ] = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",	/* others: the driver's, with its savepoints */
	},
	/* in one text: the driver would put a savepoint between them (D-10) */
	.snapshot = "SELECT pg_export_snapshot()",
	.join = { "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET TRANSACTION SNAPSHOT '", "'" },
	.lock = {
		[TX_WRITE] = "SELECT pg_advisory_xact_lock_shared" LOCK,
		[TX_DEFINE] = "SELECT pg_advisory_xact_lock" LOCK,
	},
	.enter = "SELECT ords_counter(true)", .whole_number = { "CAST(", " AS bigint)" },
	/* A statement that writes holds its table already, for which those may wait who hold the lock: it must not wait for them.  The
	 * lock comes first: tests side by side would be made in any order. */
	.counter_is = { "(CASE WHEN pg_try_advisory_xact_lock_shared" LOCK " THEN pg_sequence_last_value('" ECHO "') = ", " ELSE false END)" },
	.whole = WHOLE_WITH,
	.commit = "COMMIT", .rollback = "ROLLBACK",
	.tool_compresses = true, .is_remote = true, .by_sorting = " || ''", .joins_ranges = true, .is_heap = true,
	.joins = " CROSS JOIN ", .unseen = { "(SELECT ", ")" },
	.contains = { "strpos(c.content, ", ") > 0" },
	.lexis = &lexis_postgresql, .verbs = verbs_postgresql, .cursor_attribute = 65539,	/* SQL_ATTR_PGOPT_USE_DECLAREFETCH of psqlodbc */
	.ping = "SELECT 1",
	.text_column = { "CAST(", " AS text) COLLATE \"C\"" }, .time_column = { "", "" },
	.time_value = { "CAST(", " AS timestamptz)" }, .number_value = " AS numeric)", .truth = { "false", "true" },
	.like_escape = " ESCAPE ''", .position = "strpos",
	.head = { "concat_ws(' ', ", ", ", ")" },
	.version = "SELECT current_setting('server_version')", .dictionary = dictionary_postgresql,
	.clock = "SELECT CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS bigint)",
	.table_exists = "SELECT 1 FROM pg_catalog.pg_tables WHERE schemaname = '" SCHEMA "' AND tablename = ?",
	.objects = "SELECT CASE table_type WHEN 'VIEW' THEN 'view' ELSE 'table' END, table_name, ''"
	    " FROM information_schema.tables WHERE table_schema = '" SCHEMA "' ORDER BY 1, 2",
	.max_depth = SIZE_MAX,
	.faults = faults, .refusals = refusals,
	.hello = { "\0\0\0\10\4\322\26\57", 8 },	/* SSLRequest: the answer is one byte */
	.reads_only = "SELECT CASE WHEN pg_is_in_recovery() THEN 1 ELSE 0 END",
	.tls = "SELECT coalesce((SELECT version FROM pg_catalog.pg_stat_ssl WHERE pid = pg_backend_pid() AND ssl), '')",
	.connection_string = connection_string,
	.opened = opened,
	.may_take = postgresql_may_take,
	.is_admin = is_admin,
	.reset = reset,
	.create = create,
};
