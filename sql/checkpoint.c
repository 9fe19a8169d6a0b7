/* sql/checkpoint.c - moving the WAL of SQLite into its database file
 *
 * Automatic checkpoints are off: of all processes one at a time, that has the turn of the writers, runs one.  So no two of
 * them, and no writer of ours beside them, ever work on the WAL together.  It uses a connection of its own that gives up
 * soon, because a checkpoint that waits for a long reader keeps writers waiting, too.
 *
 * While there is work, RESTART keeps the file, and the next writer begins at its start again: a commit that makes a file
 * longer costs more than one that overwrites.  So the length of the file says nothing; how far the present round has come
 * is read from the file itself, where each frame repeats the salts of the header.  The file of the turn remembers the round
 * that was moved last, or each look would move it again until somebody writes.  At idle, and when the file has become very
 * long, TRUNCATE gives the space back.
 */
#include "sql/odbc.h"
#include "base/log.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	WRITES_BETWEEN_LOOKS = 32,
	WAL_DUE_BYTES = 4 << 20,
	WAL_KEPT_BYTES = 16 << 20,
	WAL_ALARM_BYTES = 256 << 20,
	WAL_HEADER = 32, FRAME_HEADER = 24, SALTS = 8,	/* the file format of SQLite: a header, then frames of one page each */
	SALTS_OF_HEADER = 16, SALTS_OF_FRAME = 8, PAGE_SIZE_OF_HEADER = 8
};

static bool
beside(const struct db *db, const char *suffix, char *out, size_t size)
{
	return db->file.path != NULL && (size_t)snprintf(out, size, "%s%s", db->file.path, suffix) < size;
}

static off_t
wal_bytes(const struct db *db)
{
	char name[4096];
	struct stat st;

	return beside(db, "-wal", name, sizeof(name)) && stat(name, &st) == 0 ? st.st_size : 0;
}

/* Has the present round come as far as WAL_DUE_BYTES?  Then a frame behind that has the salts of the header. */
static bool
round_is_long(int wal, unsigned char salts[SALTS])
{
	unsigned char header[WAL_HEADER], frame[FRAME_HEADER];
	off_t page, behind;

	if (pread(wal, header, sizeof(header), 0) != (ssize_t)sizeof(header))
		return false;
	page = (off_t)header[PAGE_SIZE_OF_HEADER] << 24 | header[PAGE_SIZE_OF_HEADER + 1] << 16
	    | header[PAGE_SIZE_OF_HEADER + 2] << 8 | header[PAGE_SIZE_OF_HEADER + 3];
	memcpy(salts, header + SALTS_OF_HEADER, SALTS);
	behind = WAL_HEADER + WAL_DUE_BYTES / (FRAME_HEADER + page) * (FRAME_HEADER + page);
	return pread(wal, frame, sizeof(frame), behind) == (ssize_t)sizeof(frame)
	    && memcmp(frame + SALTS_OF_FRAME, salts, SALTS) == 0;
}

static bool
is_due(const struct db *db, unsigned char salts[SALTS])
{
	char name[4096];
	bool yes;
	int wal;

	if (wal_bytes(db) <= WAL_DUE_BYTES || !beside(db, "-wal", name, sizeof(name)))
		return false;
	/* no locks of ours are on this file, so closing it loses none */
	wal = open(name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (wal < 0)
		return false;
	yes = round_is_long(wal, salts);
	close(wal);
	return yes;
}

static bool
run(SQLHSTMT h, const char *text)
{
	SQLFreeStmt(h, SQL_CLOSE);
	return SQL_SUCCEEDED(SQLExecDirect(h, (SQLCHAR *)(uintptr_t)text, SQL_NTS));
}

/* PRAGMA wal_checkpoint(...): did it come to its end? */
static bool
move_wal(struct db *db, const char *how)
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
		    && run(h, how) && SQL_SUCCEEDED(SQLFetch(h))
		    && SQL_SUCCEEDED(SQLGetData(h, 1, SQL_C_CHAR, busy, sizeof(busy), &n)) && busy[0] == '0';
		SQLFreeHandle(SQL_HANDLE_STMT, h);
	}
	SQLDisconnect(dbc);
	SQLFreeHandle(SQL_HANDLE_DBC, dbc);
	return done;
}

static void
truncate_wal(struct db *db)
{
	if (!move_wal(db, "PRAGMA wal_checkpoint(TRUNCATE)") && wal_bytes(db) > WAL_ALARM_BYTES)
		log_event(LOG_WARNING, "sqlite.wal", "pool \"%s\": the WAL holds %lld MiB and a reader keeps it from being emptied",
		    db->pool->name, (long long)wal_bytes(db) >> 20);
}

static void
restart_wal(struct db *db, const unsigned char salts[SALTS])
{
	unsigned char moved[SALTS];

	if (pread(db->turn_fd, moved, SALTS, 0) == SALTS && memcmp(moved, salts, SALTS) == 0)
		return;
	if (move_wal(db, "PRAGMA wal_checkpoint(RESTART)"))
		(void)!pwrite(db->turn_fd, salts, SALTS, 0);
}

void
checkpoint_written(struct db *db)
{
	unsigned char salts[SALTS];

	if (++db->n_writes < WRITES_BETWEEN_LOOKS)
		return;
	db->n_writes = 0;
	if (!is_due(db, salts) || !turn_try(db))
		return;
	turn_ring(db);
	if (wal_bytes(db) > WAL_KEPT_BYTES)
		truncate_wal(db);
	else
		restart_wal(db, salts);
}

void
checkpoint_idle(struct db *db)
{
	if (wal_bytes(db) == 0 || !turn_try(db))
		return;
	truncate_wal(db);
	turn_give(db);
}

bool
checkpoint_sync(const struct db *db)
{
	char name[4096];
	bool ok;
	int wal;

	if (!beside(db, "-wal", name, sizeof(name)) || (wal = open(name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)) < 0)
		return false;
	ok = fdatasync(wal) == 0;
	close(wal);
	return ok;
}
