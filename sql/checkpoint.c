/* sql/checkpoint.c - moving the WAL of SQLite into its database file
 *
 * Automatic checkpoints are off: of all processes one at a time, holding a lock file, runs TRUNCATE, which excludes writers,
 * so that no two of them ever work on the WAL together.  It uses a connection of its own that gives up soon, because a
 * checkpoint that waits for a long reader keeps writers waiting, too.
 */
#include "sql/odbc.h"
#include "base/log.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	WRITES_BETWEEN_LOOKS = 32,
	WAL_DUE_BYTES = 4 << 20,
	WAL_ALARM_BYTES = 256 << 20
};

static off_t
wal_bytes(const struct db *db)
{
	char name[4096];
	struct stat st;

	if (db->file.path == NULL || (size_t)snprintf(name, sizeof(name), "%s-wal", db->file.path) >= sizeof(name)
	    || stat(name, &st) != 0)
		return 0;
	return st.st_size;
}

static bool
run(SQLHSTMT h, const char *text)
{
	SQLFreeStmt(h, SQL_CLOSE);
	return SQL_SUCCEEDED(SQLExecDirect(h, (SQLCHAR *)(uintptr_t)text, SQL_NTS));
}

static bool
truncate_wal(struct db *db)
{
	SQLHDBC dbc;
	SQLHSTMT h;
	char busy[8] = "1";
	SQLLEN n;
	bool done = false;

	if (!connect_beside(db, &dbc))
		return false;
	if (SQL_SUCCEEDED(SQLAllocHandle(SQL_HANDLE_STMT, dbc, &h))) {
		done = run(h, "PRAGMA synchronous=FULL") && run(h, "PRAGMA busy_timeout=50")
		    && run(h, "PRAGMA wal_checkpoint(TRUNCATE)") && SQL_SUCCEEDED(SQLFetch(h))
		    && SQL_SUCCEEDED(SQLGetData(h, 1, SQL_C_CHAR, busy, sizeof(busy), &n)) && busy[0] == '0';
		SQLFreeHandle(SQL_HANDLE_STMT, h);
	}
	SQLDisconnect(dbc);
	SQLFreeHandle(SQL_HANDLE_DBC, dbc);
	return done;
}

static void
checkpoint(struct db *db)
{
	char name[4096];
	int fd;

	if ((size_t)snprintf(name, sizeof(name), "%s-checkpoint", db->file.path) >= sizeof(name))
		return;
	fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return;
	if (flock(fd, LOCK_EX | LOCK_NB) == 0 && !truncate_wal(db) && wal_bytes(db) > WAL_ALARM_BYTES)
		log_event(LOG_WARNING, "sqlite.wal", "pool \"%s\": the WAL holds %lld MiB and a reader keeps it from being emptied",
		    db->pool->name, (long long)wal_bytes(db) >> 20);
	close(fd);
}

void
checkpoint_written(struct db *db)
{
	if (++db->n_writes < WRITES_BETWEEN_LOOKS)
		return;
	db->n_writes = 0;
	if (wal_bytes(db) > WAL_DUE_BYTES)
		checkpoint(db);
}

void
checkpoint_idle(struct db *db)
{
	if (wal_bytes(db) > 0)
		checkpoint(db);
}
