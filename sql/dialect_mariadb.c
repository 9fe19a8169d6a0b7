/* sql/dialect_mariadb.c - MariaDB through its Connector/ODBC
 *
 * The repository and all collections live in one database.  Reads are snapshots, writes are READ COMMITTED and compare
 * before they set.  Writers share a lock on one row, which whoever changes the catalogue takes alone.
 *
 * A definition commits, so it runs on a connection of its own (define.c).
 */
#include "sql/odbc.h"
#include "sql/catalogue.h"
#include "sql/rowform.h"
#include "sql/table_words.h"
#include "sql/verbs.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define DATABASE "ords_metadata"
#define SHARE_COUNTER "SELECT value FROM ords_state WHERE name = 'catalog' LOCK IN SHARE MODE"
#define CONTENT "CONVERT(c.content USING binary)"	/* as characters, looking for a text in it takes eight times as long */
#define BYTES " COLLATE utf8mb4_nopad_bin"	/* equal texts are equal bytes */

static const struct fault faults[] = {
	{ 1050, "", NULL, ERR_DEFINED },
	{ 1067, "", NULL, ERR_BAD_REQUEST },	/* a default that the type does not take */
	{ 1061, "", NULL, ERR_DEFINED },
	{ 1826, "", NULL, ERR_DEFINED },
	{ 1062, "", NULL, ERR_DUPLICATE_KEY },
	{ 1048, "", NULL, ERR_CONSTRAINT },
	{ 1364, "", NULL, ERR_CONSTRAINT },
	{ 1644, "", NULL, ERR_CONSTRAINT },	/* SIGNAL, in a trigger */
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
	{ 1264, "", NULL, ERR_BAD_REQUEST },	/* out of range */
	{ 1265, "", NULL, ERR_BAD_REQUEST },	/* cut */
	{ 1292, "", NULL, ERR_BAD_REQUEST },	/* not of this type */
	{ 4025, "", NULL, ERR_CONSTRAINT },
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

static const struct refusal refusals[] = {
	{ 1045, NULL, REFUSED_LOGIN, "the login was refused" },
	{ 1698, NULL, REFUSED_LOGIN, "the login was refused" },
	{ 1130, NULL, REFUSED_LOGIN, "the login was refused" },		/* not from this host */
	{ 1820, NULL, REFUSED_LOGIN, "the login was refused" },		/* the password has expired */
	{ 1862, NULL, REFUSED_LOGIN, "the login was refused" },
	{ 4151, NULL, REFUSED_LOGIN, "the login was refused" },		/* the account is locked */
	{ 1044, NULL, REFUSED_DATABASE, "the database does not exist, or the login may not use it" },
	{ 1049, NULL, REFUSED_DATABASE, "the database does not exist" },
	{ 1040, NULL, REFUSED_HERE, "the server has no connections left" },
	{ 1203, NULL, REFUSED_HERE, "the server has no connections left" },
	{ 1226, NULL, REFUSED_HERE, "the server has no connections left" },
	{ 1129, NULL, REFUSED_HERE, "the server has blocked this host" },
	{ 1053, NULL, REFUSED_HERE, "the server is shutting down" },
	{ 2026, NULL, REFUSED_HERE, "TLS could not be agreed on" },
	{ 2002, NULL, REFUSED_HERE, "the host cannot be reached" },
	{ 2003, NULL, REFUSED_HERE, "the host cannot be reached" },
	{ 2005, NULL, REFUSED_HERE, "the host cannot be reached" },
	{ 2006, NULL, REFUSED_HERE, "the host cannot be reached" },
	{ 2013, NULL, REFUSED_HERE, "the host cannot be reached" },
	{ 0, NULL, REFUSED_HERE, NULL },
};

static bool
put_tls(const struct settings *set, struct buf *out, struct err *e)
{
	if (strcasecmp(set->db_tls, "off") == 0)
		return true;
	put_lit(out, "FORCETLS=1;");
	if (strcasecmp(set->db_tls, "verify") != 0)
		return true;
	if (set->db_ca_file[0] == '\0')
		return err_set(e, ERR_UNAVAILABLE, "db.tls is verify and db.caFile is not set");
	put_lit(out, "SSLVERIFY=1;");
	connect_pair(out, "SSLCA", set->db_ca_file, true);
	return true;
}

/* The driver cuts white space off, also inside of braces: another password than the one that was said. */
static bool
can_be_said(const char *password)
{
	size_t n = strlen(password);

	return n == 0 || (!isspace((unsigned char)password[0]) && !isspace((unsigned char)password[n - 1]));
}

/* Callers and installation begin without a database: the one they mean may not exist. */
static bool
connection_string(const struct db *db, struct buf *out, struct err *e)
{
	const struct settings *set = db->pool->set;
	struct account who = connect_account(db);
	char port[8];

	if (!can_be_said(who.password))
		return err_set(e, db->use == DB_FOR_CALLER ? ERR_UNAUTHORIZED : ERR_UNAVAILABLE,
		    "the driver takes no password that begins or ends with a space");
	snprintf(port, sizeof(port), "%d", db->host.port == 0 ? 3306 : db->host.port);
	put_lit(out, "Driver=MariaDB Unicode;");
	if (db->host.name[0] == '/') {
		connect_pair(out, "Socket", db->host.name, true);
	} else {
		connect_pair(out, "Server", db->host.name, true);
		connect_pair(out, "Port", port, true);
	}
	if (db->use == DB_FOR_REQUESTS || db->use == DB_FOR_JOB)
		connect_pair(out, "Database", database(set), true);
	connect_pair(out, "Uid", who.name, true);
	connect_pair(out, "Pwd", who.password, true);
	/* a server that accepts and says nothing is not covered by the timeout of ODBC */
	buf_printf(out, "CONN_TIMEOUT=%d;", (int)db->wait_s);
	/* 2: rows that are found count, not only those that change */
	put_lit(out, "CharSet=utf8mb4;OPTION=2;INITSTMT={SET SESSION lock_wait_timeout=5};");
	return put_tls(set, out, e);
}

/* ---- the profile ---- */

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
	    " idle_transaction_timeout=%d, time_zone='+00:00', tx_isolation='%s', default_storage_engine=InnoDB%s";
	const struct settings *set = db->pool->set;
	long long wait_s = (long long)(set->conn_wait_ms + 999) / 1000;
	struct arena_mark before = arena_mark(db->work);
	long long most_ms = (long long)connect_statement_ms(db);
	/* what a page begins or ends with is known before its rows are looked for (gen_page.c) */
	const char *early = db->use == DB_FOR_CALLER ? "" : ", expensive_subquery_limit=4294967295";
	bool ok = stmt_direct(db, arena_printf(db->work, form, most_ms / 1000, most_ms % 1000, wait_s, wait_s,
	    db->use == DB_FOR_JOB ? 0 : 60, db->use == DB_FOR_CALLER ? "REPEATABLE-READ" : "READ-COMMITTED", early), e);

	arena_rewind(db->work, before);
	return ok;
}

static bool
mariadb_may_take(struct db *db, int64_t ms, struct err *e)
{
	struct arena_mark before = arena_mark(db->work);
	bool ok = stmt_direct(db, arena_printf(db->work, "SET SESSION max_statement_time=%lld.%03lld", (long long)ms / 1000,
	    (long long)ms % 1000), e);

	arena_rewind(db->work, before);
	return ok;
}

/*
 * A node of a cluster: reads wait for what other nodes have committed, and what failed in certification is told instead
 * of being repeated without its conditions.  Without a quorum it answers nothing but the tables asked here (F-10).
 */
static bool
join_cluster(struct db *db, struct err *e)
{
	char is[64];

	if (!stmt_value(db, "SELECT variable_value FROM information_schema.session_variables WHERE variable_name = 'WSREP_ON'", is,
	    sizeof(is), e))
		return false;
	if (strcmp(is, "ON") != 0)
		return true;
	if (!stmt_value(db, "SELECT variable_value FROM information_schema.global_status WHERE variable_name = 'WSREP_CLUSTER_STATUS'",
	    is, sizeof(is), e))
		return false;
	if (strcmp(is, "Primary") != 0)
		return err_set(e, ERR_UNAVAILABLE, "this node of the cluster has no quorum");
	return stmt_direct(db, "SET SESSION wsrep_sync_wait=7, wsrep_retry_autocommit=0", e);
}

/* An account finds the database of its own name, if there is one that it may see. */
static bool
use_own(struct db *db, struct err *e)
{
	struct account who = connect_account(db);
	struct bind marker = BIND_T(span_of(who.name));
	struct query q = { .text = SPAN("SELECT 1 FROM information_schema.schemata WHERE schema_name = ?"), .n_binds = 1, .binds = &marker };
	bool is_there;

	return stmt_has_row(db, &q, &is_there, e)
	    && (!is_there || stmt_direct(db, arena_printf(db->work, "USE %s", quoted(who.name, '`', db->work)), e));
}

/* everything, or the role */
static bool
is_admin(struct db *db, const char *role, bool *out, struct err *e)
{
	struct bind marker = BIND_T(span_of(role));
	struct query by_role = { .text = SPAN("SELECT 1 FROM information_schema.applicable_roles WHERE role_name = ?"), .n_binds = 1, .binds = &marker };
	struct query grants = { .text = SPAN("SHOW GRANTS") };
	struct arena_mark before = arena_mark(db->work);
	struct span line, all = SPAN("GRANT ALL PRIVILEGES ON *.* ");
	struct stmt *st;
	bool ok, has_row;

	if (!stmt_has_row(db, &by_role, out, e) || *out)
		return e->kind == ERR_NONE;
	if (!stmt_open(db, &grants, &st, e))
		return false;
	while ((ok = stmt_step(st, &has_row, e)) && has_row && (ok = stmt_text(st, 0, db->work, &line, e)))
		if (line.n > all.n && memcmp(line.p, all.p, all.n) == 0)
			*out = true;
	stmt_done(st);
	arena_rewind(db->work, before);
	return ok;
}

static bool
opened(struct db *db, struct err *e)
{
	long long packet;
	char is[64];

	if (!set_session(db, e) || !join_cluster(db, e) || (db->use == DB_FOR_CALLER && !use_own(db, e)))
		return false;
	for (size_t i = 0; i < sizeof(profile) / sizeof(*profile); i++) {
		if (!stmt_value(db, profile[i].ask, is, sizeof(is), e))
			return false;
		if (strcmp(is, profile[i].want) != 0)
			db_weakened(db, profile[i].name, is);
	}
	if (!stmt_value(db, "SELECT @@max_allowed_packet", is, sizeof(is), e))
		return false;
	packet = db->most_bytes = strtoll(is, NULL, 10);
	db->is_wide = false;
	if (packet < db->pool->set->body_max_bytes + (1 << 20))
		db_weakened(db, "max_allowed_packet", is);
	return true;
}

/* ---- the place of the repository ---- */

/* The runtime account, if it is missing; one that is there keeps its password.  The server writes no password into its logs. */
static bool
create_account(struct db *db, const struct settings *set, struct err *e)
{
	struct bind marker = BIND_T(span_of(set->db_username));
	struct query q = { .text = SPAN("SELECT 1 FROM mysql.user WHERE user = ?"), .n_binds = 1, .binds = &marker };
	bool is_there;

	if (!stmt_has_row(db, &q, &is_there, e) || is_there)
		return e->kind == ERR_NONE;
	return stmt_direct(db, arena_printf(db->work, "CREATE USER IF NOT EXISTS %s IDENTIFIED BY %s",
	    quoted(set->db_username, '`', db->work), quoted(set->db_password, '\'', db->work)), e);
}

/* An account is a name at a host, and may be there for several. */
static bool
grant_database(struct db *db, const char *place, const char *owner, struct err *e)
{
	struct bind marker = BIND_T(span_of(owner));
	struct query q = { .text = SPAN("SELECT host FROM mysql.user WHERE user = ?"), .n_binds = 1, .binds = &marker };
	struct buf grants;
	struct span host;
	struct stmt *st;
	bool ok, has_row;
	char separator = ' ';

	if (!stmt_open(db, &q, &st, e))
		return false;
	buf_init(&grants, db->work);
	buf_printf(&grants, "GRANT ALL ON %s.* TO", place);
	while ((ok = stmt_step(st, &has_row, e)) && has_row && (ok = stmt_text(st, 0, db->work, &host, e))) {
		buf_printf(&grants, "%c%s@%s", separator, quoted(owner, '`', db->work),
		    quoted(arena_z(db->work, host), '`', db->work));
		separator = ',';
	}
	stmt_done(st);
	return ok && stmt_direct(db, buf_z(&grants), e);
}

/* owner NULL: whoever makes it.  The grant is repeated, because an earlier attempt may have ended before it. */
static bool
create_database(struct db *db, const char *name, const char *owner, struct err *e)
{
	struct bind marker = BIND_T(span_of(name));
	struct query q = { .text = SPAN("SELECT 1 FROM information_schema.schemata WHERE schema_name = ?"), .n_binds = 1, .binds = &marker };
	const char *place = quoted(name, '`', db->work);
	bool is_there;

	return stmt_has_row(db, &q, &is_there, e)
	    && (is_there || stmt_direct(db, arena_printf(db->work,
	    "CREATE DATABASE IF NOT EXISTS %s CHARACTER SET utf8mb4" BYTES, place), e))
	    && (owner == NULL || grant_database(db, place, owner, e));
}

static bool
create(const struct pool_conf *pool, const struct account *admin, struct err *e)
{
	struct db *db = NULL;
	bool ok = db_open_for(pool, DB_FOR_INSTALL, admin, &db, e)
	    && (admin == NULL || create_account(db, pool->set, e))
	    && create_database(db, database(pool->set), admin == NULL ? NULL : pool->set->db_username, e);

	db_close(&db);
	return ok;
}

const struct dialect dialect_mariadb = {
	.name = "mariadb", .dbms = "MariaDB",
	.quote_open = '`', .quote_close = '`',
	.ident_chars = 64, .ident_is_narrow = true, .has_schemas = true,
	.word = {
		[W_TEXT] = "VARCHAR(512)" BYTES, [W_KEY] = "VARCHAR(255)" BYTES, [W_JSON] = "LONGTEXT COLLATE utf8mb4_bin",
		[W_INT] = "BIGINT", [W_BLOB] = "LONGBLOB", [W_TIME] = "BIGINT", [W_VIEW] = "CREATE OR REPLACE VIEW", [W_COUNTER] = "",
		[W_COUNTER_ECHO] = "", [W_PARSED] = "", [W_HAS_PARSED] = "", [W_ADD_COLUMN] = "ADD COLUMN IF NOT EXISTS",
	},
	.tables = &table_words_mariadb, .rows = &row_form_mariadb, .catalogue = &catalogue_mariadb,
	.narrow_table = "", .serial = "BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY",
	/* Its own full-text index sees rows when they are committed, and forgets those that a snapshot still holds. */
	.words = WORDS_ROWS, .words_table = "(word BIGINT NOT NULL, seq BIGINT NOT NULL, PRIMARY KEY (word, seq), KEY (seq))",
	/* JSON_TABLE: from 10.6 on */
	.words_probe = "SELECT substring_index(version(), '.', 1) * 1000 + substring_index(substring_index(version(), '.', 2), '.', -1)"
	    " >= 10006",
	.index_chars = 510, .index_text = { "VARCHAR(", ")" BYTES },	/* a key of InnoDB has at most 3072 bytes, 4 for each character */
	.explain = "EXPLAIN ", .explain_column = 3,
	/* the session is READ COMMITTED: most reads are one statement, and begin nothing */
	.before_begin = { [TX_READ] = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ" },
	.begin = {
		[TX_READ] = "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY",
		[TX_WRITE] = "START TRANSACTION",
		[TX_DEFINE] = "START TRANSACTION",
	},
	.readers = 2,
	.widen = "SELECT LENGTH(?)",
	.hold = {
		"LOCK TABLES ", " READ", "UNLOCK TABLES",
		/* what other nodes have written does not wait for such a lock */
		"SELECT 'this is a node of a cluster' FROM information_schema.session_variables WHERE variable_name = 'WSREP_ON'"
		    " AND variable_value = 'ON'",
		" WAIT 1",
	},
	.lock = {
		[TX_WRITE] = SHARE_COUNTER,
		[TX_DEFINE] = "SELECT value FROM ords_state WHERE name = 'catalog' FOR UPDATE",
	},
	.enter = SHARE_COUNTER, .whole_number = { "CAST(", " AS SIGNED)" },
	.counter_is = { "((" SHARE_COUNTER ") = ", ")" }, .counts_when_stored = true, .whole = WHOLE_BLOCK,
	.commit = "COMMIT", .rollback = "ROLLBACK",
	.define_lock = "SELECT GET_LOCK(concat('cords.', database()), 30)",
	.define_unlock = "SELECT RELEASE_LOCK(concat('cords.', database()))",
	.orphans = "SELECT table_name FROM information_schema.tables t WHERE table_schema = database()"
	    " AND (table_name REGEXP '^soda_c_[0-9]+$' AND NOT EXISTS (SELECT 1 FROM soda_collections c WHERE"
	    " concat('soda_c_', c.id) = CONVERT(t.table_name USING utf8mb4))"
	    " OR table_name REGEXP '^soda_[igt]_[0-9]+$' AND NOT EXISTS (SELECT 1 FROM soda_indexes i WHERE"
	    " concat(LEFT(CONVERT(t.table_name USING utf8mb4), 7), i.id) = CONVERT(t.table_name USING utf8mb4)))",
	.is_remote = true, .by_sorting = BYTES, .counts_ahead = true, .joins_ranges = true,
	.joins = " STRAIGHT_JOIN ", .sorts_before_joining = true, .sorts_all = true, .reads_what_it_skips = true,
	.contains = { "INSTR(" CONTENT ", CAST(", " AS binary)) > 0" },
	.from_text = { "SUBSTR(" CONTENT ", LOCATE(CAST(", " AS binary), " CONTENT "), 1024) REGEXP ", "" },
	.once_more = { "LOCATE(CAST(", " AS binary), " CONTENT ", LOCATE(CAST(", " AS binary), " CONTENT ") + 1) > 0" },
	.ping = "SELECT 1",
	.text_column = { "CONVERT(", " USING utf8mb4) COLLATE utf8mb4_nopad_bin" }, .time_column = { "", "" },
	.time_value = { "CAST(", " AS DATETIME(6))" }, .number_value = " AS DECIMAL(65,30))", .truth = { "0", "1" },
	.like_escape = "", .position = "instr",	/* NO_BACKSLASH_ESCAPES: no character escapes, and ESCAPE '' is refused */
	.head = { "concat_ws(' ', ", ", ", ")" },
	.version = "SELECT version()", .dictionary = dictionary_mariadb,
	.lexis = &lexis_mariadb, .verbs = verbs_mariadb, .select_limit = "SET SESSION sql_select_limit=",
	.in_transaction = "SELECT @@in_transaction",
	.clock = "SELECT TIMESTAMPDIFF(MICROSECOND, '1970-01-01', UTC_TIMESTAMP(6))",
	.table_exists = "SELECT 1 FROM information_schema.tables WHERE table_schema = database() AND table_name = ?",
	.objects = "SELECT CASE table_type WHEN 'VIEW' THEN 'view' ELSE 'table' END, table_name, ''"
	    " FROM information_schema.tables WHERE table_schema = database() ORDER BY 1, 2",
	.max_depth = SIZE_MAX,
	.faults = faults, .refusals = refusals,
	.hello = { "", 0 },
	.reads_only = "SELECT @@read_only",
	.tls = "SELECT variable_value FROM information_schema.session_status WHERE variable_name = 'Ssl_cipher'",
	.connection_string = connection_string,
	.opened = opened,
	.may_take = mariadb_may_take,
	.is_admin = is_admin,
	.create = create,
};
