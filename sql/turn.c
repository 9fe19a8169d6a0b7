/* sql/turn.c - writers of SQLite queue in front of the database
 *
 * The driver waits for a lock by sleeping ten milliseconds at a time, longer than ten writes take.  So whoever is going to
 * write takes the turn first, a lock on a file of its own, and looks for it much more often; BEGIN IMMEDIATE then finds the
 * database free.  A checkpoint takes the turn, too, which keeps all writers and other checkpoints away (see checkpoint.c).
 * The kernel gives the turn back for a process that dies.  Where there can be no such file, writers go on without.
 */
#include "sql/odbc.h"
#include "base/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define FIRST_NAP_NS (100 * INT64_C(1000))
#define LONGEST_NAP_NS INT64_C(1000000)
#define LONGEST_WAIT_NS (5 * INT64_C(1000000000))	/* as long as the driver waits */

/* Somebody may have removed the file: then others take turns on another one. */
static bool
open_file(struct db *db)
{
	char name[4096];
	struct stat st;

	if (db->turn_fd >= 0 && fstat(db->turn_fd, &st) == 0 && st.st_nlink > 0)
		return true;
	turn_close(db);
	if (db->file.path != NULL && (size_t)snprintf(name, sizeof(name), "%s-turn", db->file.path) < sizeof(name))
		db->turn_fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	return db->turn_fd >= 0;
}

static void
nap(int64_t *ns)
{
	nanosleep(&(struct timespec){ .tv_nsec = *ns }, NULL);
	if (*ns < LONGEST_NAP_NS)
		*ns += *ns / 2;
}

static bool
take(struct db *db)
{
	return flock(db->turn_fd, LOCK_EX | LOCK_NB) == 0 && (db->has_turn = true);
}

bool
turn_wait(struct db *db, struct err *e)
{
	int64_t give_up_ns = clock_mono_ns() + LONGEST_WAIT_NS, nap_ns = FIRST_NAP_NS;

	if (db->has_turn || !open_file(db))
		return true;
	while (!take(db)) {
		if (errno != EWOULDBLOCK || atomic_load(&db->cancelled))
			return true;
		if (clock_mono_ns() >= give_up_ns)
			return err_set(e, ERR_BUSY, NULL);
		nap(&nap_ns);
	}
	return true;
}

bool
turn_try(struct db *db)
{
	return db->has_turn || (open_file(db) && take(db));
}

void
turn_give(struct db *db)
{
	if (db->has_turn)
		flock(db->turn_fd, LOCK_UN);
	db->has_turn = false;
}

void
turn_close(struct db *db)
{
	if (db->turn_fd >= 0)
		close(db->turn_fd);
	db->turn_fd = -1;
	db->has_turn = false;
}
