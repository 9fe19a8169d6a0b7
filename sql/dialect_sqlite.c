/* sql/dialect_sqlite.c - SQLite through its ODBC driver
 *
 * The driver's autocommit stays on and transactions are our own text: with autocommit off it would begin deferred ones,
 * which fail after a full timeout when they turn from reading to writing.
 */
#include "sql/odbc.h"
#include "base/clock.h"
#include "base/library.h"
#include "base/log.h"
#include "sql/catalogue.h"
#include "sql/rowform.h"
#include "sql/table_words.h"
#include "sql/verbs.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

/* The driver has its own list of lengths; longer values of the connection string are cut without a word. */
enum { LONGEST_PATH = 480 };

static const struct fault faults[] = {
	{ 19, "", "UNIQUE constraint failed", ERR_DUPLICATE_KEY },
	{ 19, "", "PRIMARY KEY", ERR_DUPLICATE_KEY },
	{ 19, "", NULL, ERR_CONSTRAINT },
	{ 5, "", NULL, ERR_BUSY },
	{ 15, "", NULL, ERR_BUSY },		/* the locks of the WAL were fought over */
	{ 1, "", "no such table: soda_", ERR_BUSY },	/* it was dropped since the catalogue was read */
	{ 9, "", NULL, ERR_TIMEOUT },
	{ 7, "", NULL, ERR_NO_RESOURCES },
	{ 13, "", NULL, ERR_STORAGE_FULL },
	{ 8, "", NULL, ERR_DB_READ_ONLY },
	{ 14, "", NULL, ERR_DB_READ_ONLY },
	{ 11, "", NULL, ERR_DAMAGED },
	{ 26, "", NULL, ERR_DAMAGED },
	{ 18, "", NULL, ERR_TOO_LARGE },
	{ 25, "", NULL, ERR_BAD_REQUEST },
	{ 20, "", NULL, ERR_BAD_REQUEST },	/* not of this type */
	{ 1, "", " already exists", ERR_DEFINED },
	{ 23, "", NULL, ERR_DB_FORBIDDEN },
	{ 0, "", NULL, ERR_NONE },
};

/* ---- the file ---- */

static bool
check_path(const struct settings *set, struct err *e)
{
	if (set->db_file[0] == '\0')
		return err_set(e, ERR_UNAVAILABLE, "db.file is not set");
	if (set->db_file[0] != '/' || strlen(set->db_file) > LONGEST_PATH)
		return err_set(e, ERR_UNAVAILABLE, "db.file is not an absolute path of at most %d bytes", LONGEST_PATH);
	return true;
}

/* The library adds up all that it allocates, under one lock of the process, for which connections of several threads wait.  Nobody
 * asks for the sum.  It can be told so only before the driver calls it first; a driver that brings its own goes on counting. */
static void
count_no_memory(void)
{
	enum { CONFIG_MEMSTATUS = 9 };		/* of sqlite3.h, whose numbers never change */
	int (*config)(int, ...);
	struct library_function list[] = { { "sqlite3_config", &config } };
	struct err ignored;

	if (library_load("libsqlite3.so.0", list, 1, "SQLite", &ignored))
		config(CONFIG_MEMSTATUS, 0);
}

static bool
connection_string(const struct db *db, struct buf *out, struct err *e)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	const struct settings *set = db->pool->set;
	struct stat st;

	(void)pthread_once(&once, count_no_memory);
	if (!check_path(set, e))
		return false;
	if (stat(set->db_file, &st) != 0) {
		err_set(e, ERR_UNAVAILABLE, errno == ENOENT ? "the database file does not exist; run install"
		    : "the database file cannot be reached");
		return err_detail(e, "%s: %s", set->db_file, strerror(errno));
	}
	put_lit(out, "Driver=SQLite3;");
	if (!connect_pair(out, "Database", set->db_file, false))
		return err_set(e, ERR_UNAVAILABLE, "the driver takes no path with a semicolon");
	connect_pair(out, "JournalMode", set->db_journal_mode, false);
	put_lit(out, "SyncPragma=FULL;FKSupport=1;Timeout=5000;StepAPI=1;NoCreat=1;NoWCHAR=1;LongNames=0;");
	return true;
}

static bool
create(const struct pool_conf *pool, const struct account *admin, struct err *e)
{
	const struct settings *set = pool->set;
	int fd;

	if (admin != NULL)
		return err_set(e, ERR_USAGE, "a database file has no administrator");
	if (!check_path(set, e))
		return false;
	fd = open(set->db_file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0 && errno != EEXIST) {
		err_set(e, ERR_UNAVAILABLE, "the database file cannot be created");
		return err_detail(e, "%s: %s", set->db_file, strerror(errno));
	}
	if (fd >= 0)
		close(fd);
	return true;
}

static bool
path_of_connection(struct db *db, struct arena *mem, struct span *out, struct err *e)
{
	struct query q = { .text = SPAN("SELECT file FROM pragma_database_list WHERE name = 'main'") };
	struct stmt *st;
	bool has_row;
	bool ok;

	*out = (struct span){ NULL, 0 };
	if (!stmt_open(db, &q, &st, e))
		return false;
	ok = stmt_step(st, &has_row, e) && (!has_row || stmt_text(st, 0, mem, out, e));
	stmt_done(st);
	return ok;
}

static bool
look_at_file(struct db *db, struct err *e)
{
	const char *wanted = connect_by_url(db->pool->set) ? NULL : db->pool->set->db_file;
	struct arena_mark before = arena_mark(db->work);
	struct arena *mem = db->work;
	struct span path;
	struct stat st, named;
	bool ok = path_of_connection(db, mem, &path, e);

	if (ok && path.n == 0) {	/* in memory */
		free(db->file.path);
		db->file.path = NULL;
	} else if (ok && (stat(path.p, &st) != 0 || !dbfile_look(&db->file, path.p)
	    || (wanted != NULL && (stat(wanted, &named) != 0 || named.st_ino != st.st_ino || named.st_dev != st.st_dev)))) {
		ok = err_set(e, ERR_UNAVAILABLE, "the database file was replaced while it was opened");
	} else if (ok) {
		char links[24];

		snprintf(links, sizeof(links), "%lu", (unsigned long)st.st_nlink);
		if (st.st_nlink != 1)	/* each name would have a WAL of its own */
			db_weakened(db, "hard links", links);
		if (db->file.on_network)
			db_weakened(db, "file system", "network");
		if ((st.st_mode & 077) != 0)
			log_event(LOG_INFO, "sqlite.mode", "pool \"%s\": the database file can be read by others (mode %o)",
			    db->pool->name, (unsigned)(st.st_mode & 07777));
	}
	arena_rewind(mem, before);
	return ok;
}

/* ---- the durability profile ---- */

static const struct {
	const char *name, *set, *ask, *want;
} profile[] = {
	{ "synchronous", "PRAGMA synchronous=FULL", "PRAGMA synchronous", "2" },
	{ "foreign_keys", "PRAGMA foreign_keys=ON", "PRAGMA foreign_keys", "1" },
	{ "wal_autocheckpoint", "PRAGMA wal_autocheckpoint=0", "PRAGMA wal_autocheckpoint", "0" },
	{ "mmap_size", "PRAGMA mmap_size=0", "PRAGMA mmap_size", "0" },
	{ "trusted_schema", "PRAGMA trusted_schema=OFF", "PRAGMA trusted_schema", "0" },
	{ "cell_size_check", "PRAGMA cell_size_check=ON", "PRAGMA cell_size_check", "1" },
};

/* The first connection to a new file changes its mode, and others that come at the same moment are told it is locked. */
static bool
set_journal_mode(struct db *db, struct err *e)
{
	bool wal = strcasecmp(db->pool->set->db_journal_mode, "WAL") == 0;
	int64_t give_up_ns = clock_mono_ns() + db->pool->set->conn_wait_ms * 1000000;
	char is[32];

	while (!stmt_value(db, wal ? "PRAGMA journal_mode=WAL" : "PRAGMA journal_mode=DELETE", is, sizeof(is), e)) {
		if (e->kind != ERR_BUSY || clock_mono_ns() >= give_up_ns)
			return false;
		db_nap();
	}
	if (strcasecmp(is, wal ? "wal" : "delete") != 0)
		db_weakened(db, "journal_mode", is);
	return true;
}

static bool
set_profile(struct db *db, struct err *e)
{
	char is[32];

	if (strcasecmp(db->pool->set->db_journal_mode, "MEMORY") == 0)	/* of a scratch database: nothing is to last */
		return true;
	if (!set_journal_mode(db, e))
		return false;
	for (size_t i = 0; i < sizeof(profile) / sizeof(*profile); i++) {
		if (!stmt_direct(db, profile[i].set, e) || !stmt_value(db, profile[i].ask, is, sizeof(is), e))
			return false;
		if (strcmp(is, profile[i].want) != 0 && is[0] != '\0')
			db_weakened(db, profile[i].name, is);
	}
	return true;
}

/* Some releases could lose a WAL frame when two processes checkpoint at once.  Ours take turns, so this is advice. */
static bool
tell_version(struct db *db, struct err *e)
{
	static bool told;
	char version[32];
	int major = 0, minor = 0, patch = 0;

	if (told)
		return true;
	if (!stmt_value(db, "SELECT sqlite_version()", version, sizeof(version), e))
		return false;
	told = true;
	if (sscanf(version, "%d.%d.%d", &major, &minor, &patch) == 3
	    && major * 1000000 + minor * 1000 + patch < 3051003)
		log_event(LOG_INFO, "sqlite.version", "SQLite %s; 3.51.3 or newer is advised where several processes share a WAL", version);
	return true;
}

static bool
opened(struct db *db, struct err *e)
{
	return look_at_file(db, e) && set_profile(db, e) && tell_version(db, e);
}

static bool
still_there(const struct db *db)
{
	return dbfile_is_same(&db->file);
}

/* ---- damage ---- */

static bool
integrity(struct db *db, struct err *e)
{
	char word[256];

	if (!stmt_value(db, "PRAGMA integrity_check(1)", word, sizeof(word), e))
		return false;
	if (strcmp(word, "ok") != 0) {
		dbfile_mark_damaged(&db->file);
		err_set(e, ERR_DAMAGED, NULL);
		return err_detail(e, "integrity_check: %s", word);
	}
	dbfile_unmark(&db->file);
	return true;
}

static void
damaged(struct db *db)
{
	log_event(LOG_ERROR, "database.damaged", "pool \"%s\": writes are refused until validate finds the database sound",
	    db->pool->name);
	dbfile_mark_damaged(&db->file);
}

static bool
is_damaged(const struct db *db)
{
	return dbfile_is_marked(&db->file);
}

const struct dialect dialect_sqlite = {
	.name = "sqlite", .dbms = "SQLite",
	.quote_open = '"', .quote_close = '"',
	.word = {
		[W_TEXT] = "TEXT", [W_KEY] = "TEXT", [W_JSON] = "TEXT", [W_INT] = "INTEGER", [W_BLOB] = "BLOB", [W_TIME] = "INTEGER",
		[W_VIEW] = "CREATE VIEW IF NOT EXISTS", [W_COUNTER] = "", [W_COUNTER_ECHO] = "", [W_PARSED] = "",
		[W_HAS_PARSED] = "", [W_ADD_COLUMN] = "ADD COLUMN",
	},
	.tables = &table_words_sqlite, .rows = &row_form_sqlite, .catalogue = &catalogue_sqlite,
	.by_sorting = "", .narrow_table = " WITHOUT ROWID", .serial = "INTEGER PRIMARY KEY",
	.words = WORDS_FTS5,
	/* the words are ours already: this tokenizer divides at blanks and leaves bytes above 127 alone */
	.words_table = " USING fts5(t, tokenize = 'ascii', detail = none, columnsize = 0)",
	.words_probe = "SELECT sqlite_compileoption_used('ENABLE_FTS5')",
	.explain = "EXPLAIN QUERY PLAN ", .explain_column = 3,
	.begin = { [TX_READ] = "BEGIN", [TX_WRITE] = "BEGIN IMMEDIATE", [TX_DEFINE] = "BEGIN IMMEDIATE" },
	.readers = 2,
	.hold = { [3] = "SELECT CASE journal_mode WHEN 'wal' THEN '' ELSE 'it has a rollback journal' END FROM pragma_journal_mode" },
	.first_look = "SELECT 1 FROM sqlite_master LIMIT 1",
	.whole_number = { "CAST(", " AS INTEGER)" },
	.counter_is = { "((SELECT value FROM ords_state WHERE name = 'catalog') = ", ")" }, .counts_when_stored = true,
	.keeps_writes = "WITH kept(n) AS (SELECT 1) ", .rows_touched = "SELECT total_changes() - ?",
	.commit = "COMMIT", .rollback = "ROLLBACK",
	.text_column = { "CAST(", " AS TEXT) COLLATE BINARY" },
	.time_column = { "strftime('%Y-%m-%d %H:%M:%f', ", ")" }, .time_value = { "strftime('%Y-%m-%d %H:%M:%f', ", ")" },
	.number_value = " AS NUMERIC)", .truth = { "0", "1" }, .is_number = ") IN ('integer', 'real') AND ",
	.position = "instr", .glob = " GLOB ", .joins = " CROSS JOIN ",
	.head = { "", " || ' ' || ", "" },
	.version = "SELECT sqlite_version()", .dictionary = dictionary_sqlite,
	.table_exists = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?",
	.objects = "SELECT type, name, coalesce(sql, '') FROM sqlite_master ORDER BY type, name",
	.lexis = &lexis_sqlite, .verbs = verbs_sqlite, .reserved = reserved_sqlite, .untyped = true,
	.scratch = "Driver=SQLite3;Database=:memory:;NoWCHAR=1;StepAPI=1",
	.max_depth = SIZE_MAX,
	.cancel_idle_handle = true,	/* SQLCancel also closes the handle it is given, from another thread */
	.drop_unfinished = true,	/* it would keep its read transaction, and block COMMIT and checkpoints */
	.writers_queue = true,
	.faults = faults,
	.connection_string = connection_string,
	.opened = opened,
	.still_there = still_there,
	.create = create,
	.integrity = integrity,
	.written = checkpoint_written,
	.idle = checkpoint_idle,
	.damaged = damaged,
	.is_damaged = is_damaged,
};
