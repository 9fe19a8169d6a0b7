/* sql/turn.c - writers of SQLite queue in front of the database
 *
 * The driver waits for a lock by sleeping ten milliseconds at a time, longer than ten writes take.  So whoever is going to
 * write takes the turn first, a lock on a file of its own; BEGIN IMMEDIATE then finds the database free.  A checkpoint takes
 * the turn, too, which keeps all writers and other checkpoints away (see checkpoint.c).  The kernel gives the turn back for a
 * process that dies.  Where there can be no such file, writers go on without.
 *
 * Who comes first is served first: a page of that file, which all processes share, counts the tickets and tells which one is
 * called, and its holder is woken.  Tickets only make an order; the lock alone decides who writes.  A ticket whose holder died
 * or gave up is passed over when nothing has moved for a while.
 */
#include "sql/odbc.h"
#include "base/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

struct queue {
	char of_checkpoints[64];	/* see checkpoint.c */
	atomic_uint next;		/* ticket */
	atomic_uint called;		/* ticket; each before it was called, too */
};

#define CALLED_NAP_NS INT64_C(500000)			/* called, but a checkpoint at idle has the lock */
#define PATIENCE_NS (10 * INT64_C(1000000))
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
	if (db->file.path == NULL || (size_t)snprintf(name, sizeof(name), "%s-turn", db->file.path) >= sizeof(name))
		return false;
	db->turn_fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (db->turn_fd < 0)
		return false;
	if (fstat(db->turn_fd, &st) == 0
	    && (st.st_size >= (off_t)sizeof(struct queue) || ftruncate(db->turn_fd, sizeof(struct queue)) == 0)) {
		void *page = mmap(NULL, sizeof(struct queue), PROT_READ | PROT_WRITE, MAP_SHARED, db->turn_fd, 0);

		if (page != MAP_FAILED)
			db->queue = page;
	}
	if (db->queue == NULL)
		turn_close(db);
	return db->queue != NULL;
}

/* a ticket hears its own call, and that of each 32nd besides */
static uint32_t
bell_of(unsigned ticket)
{
	return UINT32_C(1) << ticket % 32;
}

static void
wait_for_call(struct queue *q, unsigned called, unsigned ticket, int64_t ns)
{
	int64_t until_ns = clock_mono_ns() + ns;
	struct timespec until = { .tv_sec = until_ns / 1000000000, .tv_nsec = until_ns % 1000000000 };

	syscall(SYS_futex, &q->called, FUTEX_WAIT_BITSET, called, &until, NULL, bell_of(ticket));
}

static bool
take(struct db *db)
{
	return flock(db->turn_fd, LOCK_EX | LOCK_NB) == 0 && (db->has_turn = true);
}

/* Whoever is called is so before the lock is free, so that the impatient can tell that they must not take it. */
static void
give(struct db *db)
{
	unsigned next = db->ticket + 1;

	if (db->has_ticket)
		atomic_store(&db->queue->called, next);
	flock(db->turn_fd, LOCK_UN);
	if (db->has_ticket && atomic_load(&db->queue->next) != next)
		syscall(SYS_futex, &db->queue->called, FUTEX_WAKE_BITSET, INT32_MAX, NULL, NULL, bell_of(next));
	db->has_turn = db->has_ticket = false;
}

bool
turn_wait(struct db *db, struct err *e)
{
	int64_t give_up_ns = clock_mono_ns() + LONGEST_WAIT_NS;
	bool nothing_moves = false;

	if (db->has_turn || !open_file(db))
		return true;
	db->ticket = atomic_fetch_add(&db->queue->next, 1);
	for (;;) {
		unsigned called = atomic_load(&db->queue->called);
		bool is_called = (int)(called - db->ticket) >= 0;

		if ((is_called || nothing_moves) && take(db)) {
			if (is_called || atomic_load(&db->queue->called) == called)
				return db->has_ticket = true;
			give(db);
			continue;
		}
		if (((is_called || nothing_moves) && errno != EWOULDBLOCK) || atomic_load(&db->cancelled))
			return true;
		if (clock_mono_ns() >= give_up_ns)
			return err_set(e, ERR_BUSY, NULL);
		wait_for_call(db->queue, called, db->ticket, is_called ? CALLED_NAP_NS : PATIENCE_NS);
		nothing_moves = atomic_load(&db->queue->called) == called;
	}
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
		give(db);
}

void
turn_close(struct db *db)
{
	if (db->queue != NULL)
		munmap(db->queue, sizeof(struct queue));
	if (db->turn_fd >= 0)
		close(db->turn_fd);
	db->queue = NULL;
	db->turn_fd = -1;
	db->has_turn = db->has_ticket = false;
}
