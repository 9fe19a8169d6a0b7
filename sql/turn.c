/* sql/turn.c - writers of SQLite queue in front of the database
 *
 * The driver waits for a lock by sleeping ten milliseconds at a time, longer than ten writes take.  So whoever is going to
 * write takes the turn first, a lock on a file of its own; BEGIN IMMEDIATE then finds the database free.  A checkpoint takes
 * the turn, too, which keeps all writers and other checkpoints away (see checkpoint.c).  The kernel gives the turn back for a
 * process that dies.  Where there can be no such file, writers go on without.
 *
 * Who comes first is served first: a page of that file, which all processes share, counts the tickets and tells which one is
 * called, and its holder is woken.  Tickets only make an order; the lock alone decides who writes.  A ticket whose holder died
 * is passed over when nothing has moved for a while.
 *
 * Who waits may hand in what it is going to write (handin.h), and then needs no turn, if somebody who has it writes that as well.
 * Such a ticket is over, as is that of who gave up: the page remembers the last ones, and they are not called.
 */
#include "config.h"

#include "sql/odbc.h"
#include "base/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <stdio.h>
#include <strings.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { OVER = 64 };

struct queue {
	char of_checkpoints[64];	/* see checkpoint.c */
	atomic_uint next;		/* ticket */
	atomic_uint called;		/* ticket; each before it was called, too, or is over */
	atomic_uint over[OVER];		/* tickets that need not be called, each at its number modulo OVER */
};

#define CALLED_NAP_NS INT64_C(500000)			/* called, but a checkpoint at idle has the lock */
#define PATIENCE_NS (10 * INT64_C(1000000))
#define LONGEST_WAIT_NS (5 * INT64_C(1000000000))	/* as long as the driver waits */
#define LONGEST_DOUBT_NS (10 * INT64_C(1000000000))	/* for whoever writes it for us, since we came */

/* Not shorter, should somebody else have made it longer meanwhile. */
static bool
make_longer(int fd)
{
	return fallocate(fd, 0, 0, sizeof(struct queue)) == 0 || ftruncate(fd, sizeof(struct queue)) == 0;
}

/* Somebody may have removed the file: then others take turns on another one. */
static bool
open_file(struct db *db)
{
	char name[4096];
	struct stat st;

	if (db->turn_fd >= 0 && fstat(db->turn_fd, &st) == 0 && st.st_nlink > 0) {
		db->turn_bytes = st.st_size;
		return true;
	}
	turn_close(db);
	if (db->file.path == NULL || (size_t)snprintf(name, sizeof(name), "%s-turn", db->file.path) >= sizeof(name))
		return false;
	db->turn_fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (db->turn_fd < 0)
		return false;
	if (fstat(db->turn_fd, &st) == 0 && (st.st_size >= (off_t)sizeof(struct queue) || make_longer(db->turn_fd))) {
		void *page = mmap(NULL, sizeof(struct queue), PROT_READ | PROT_WRITE, MAP_SHARED, db->turn_fd, 0);

		if (page != MAP_FAILED)
			db->queue = page;
		db->turn_bytes = st.st_size;
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

static unsigned
first_after(const struct queue *q, unsigned ticket)
{
	do
		ticket++;
	while (atomic_load(&q->over[ticket % OVER]) == ticket);
	return ticket;
}

/* The impatient may have come further, and whoever is called may just have left: see leave().  Returns who is called. */
static unsigned
call_after(struct queue *q, unsigned ticket)
{
	unsigned called = atomic_load(&q->called), next;

	do {
		next = first_after(q, ticket);
		while ((int)(next - called) > 0 && !atomic_compare_exchange_weak(&q->called, &called, next))
			;
	} while (atomic_load(&q->over[next % OVER]) == next);
	return (int)(next - called) > 0 ? next : called;
}

static void
ring(struct queue *q, uint32_t bells)
{
	if (bells != 0)
		syscall(SYS_futex, &q->called, FUTEX_WAKE_BITSET, INT32_MAX, NULL, NULL, bells);
}

/* Whoever is called is so before the lock is free, so that the impatient can tell that they must not take it. */
static void
give(struct db *db)
{
	struct queue *q = db->queue;
	unsigned called = db->has_ticket ? call_after(q, db->ticket) : 0;
	uint32_t bells = db->bells;

	flock(db->turn_fd, LOCK_UN);
	if (db->has_ticket && atomic_load(&q->next) != called)
		bells |= bell_of(called);
	ring(q, bells);
	db->has_turn = db->has_ticket = false;
	db->bells = 0;
}

static void
end_ticket(struct queue *q, unsigned ticket)
{
	atomic_store(&q->over[ticket % OVER], ticket);
}

/* It was given up.  It may have been called a moment before. */
static void
leave(struct db *db)
{
	struct queue *q = db->queue;
	unsigned called = db->ticket, next;

	end_ticket(q, db->ticket);
	next = first_after(q, db->ticket);
	if (atomic_compare_exchange_strong(&q->called, &called, next) && atomic_load(&q->next) != next)
		ring(q, bell_of(next));
}

void
turn_needless(struct db *db, unsigned ticket)
{
	end_ticket(db->queue, ticket);
	db->bells |= bell_of(ticket);
}

/* Whoever is not asleep yet hears it when the turn is given. */
void
turn_ring(struct db *db)
{
	if (db->queue != NULL)
		ring(db->queue, db->bells);
}

/* ---- who waits, and may have handed in what it writes ---- */

struct waiting {
	const struct handin_write *write;	/* NULL: nothing to hand in */
	bool may_give, has_given;
	int64_t since_ns;
	bool nothing_moves;
};

/* The locks on slots are of another kind than that on the file, which network file systems mix up.  Other journals than the WAL are
 * not looked after. */
static bool
may_hand_in(const struct db *db)
{
	return db->use == DB_FOR_REQUESTS && !db->file.on_network && strcasecmp(db->pool->set->db_journal_mode, "WAL") == 0;
}

/* Somebody has written it for us.  If not, or nobody knows, it is ours to do. */
static bool
is_written(struct db *db, struct waiting *w)
{
	enum handin_state state = w->has_given ? handin_look(&db->handin) : HANDIN_FREE;

	if (state != HANDIN_DONE && state != HANDIN_REFUSED && state != HANDIN_DOUBT)
		return false;
	handin_seen(&db->handin);
	w->has_given = w->may_give = false;
	db->in_doubt = state == HANDIN_DOUBT;
	return state == HANDIN_DONE;
}

static bool
open_slots(struct db *db, bool makes)
{
	return handin_open(&db->handin, db->turn_fd, db->turn_bytes, (struct handin_file){ db->file.device, db->file.inode }, makes);
}

static void
hand_in(struct db *db, struct waiting *w)
{
	if (w->may_give && !w->has_given)
		w->has_given = open_slots(db, true) && handin_give(&db->handin, db->ticket, w->write);
	w->may_give = false;
}

/* Does nobody write it for us any more?  What is taken is waited for. */
static bool
may_leave(struct db *db, struct waiting *w)
{
	if (w->has_given && !handin_withdraw(&db->handin))
		return false;
	w->has_given = w->may_give = false;
	return true;
}

/* Is the turn ours? */
static bool
try(struct db *db, unsigned called, const struct waiting *w)
{
	bool is_called = (int)(called - db->ticket) >= 0;

	errno = EWOULDBLOCK;
	if ((!is_called && !w->nothing_moves) || !take(db))
		return false;
	if (is_called || atomic_load(&db->queue->called) == called)
		return db->has_ticket = true;
	give(db);
	errno = EWOULDBLOCK;
	return false;
}

/* The turn is ours, and nobody else can be at what we handed in. */
static bool
begin_turn(struct db *db, struct waiting *w, bool *written)
{
	if (may_hand_in(db))
		open_slots(db, false);
	handin_mend(&db->handin);
	if (may_leave(db, w))
		return true;
	*written = is_written(db, w);
	if (*written)
		turn_give(db);
	return true;
}

bool
turn_wait_or_hand_in(struct db *db, const struct handin_write *write, bool *written, struct err *e)
{
	struct waiting w = { .write = write, .may_give = write != NULL && may_hand_in(db), .since_ns = clock_mono_ns() };

	*written = false;
	if (db->has_turn || !open_file(db))
		return true;
	db->ticket = atomic_fetch_add(&db->queue->next, 1);
	for (;;) {
		unsigned called = atomic_load(&db->queue->called);
		bool cannot;
		int64_t waited_ns;

		if ((*written = is_written(db, &w)))
			return true;
		if (try(db, called, &w))
			return begin_turn(db, &w, written);
		cannot = errno != EWOULDBLOCK || atomic_load(&db->cancelled);
		waited_ns = clock_mono_ns() - w.since_ns;
		if ((cannot || waited_ns >= LONGEST_WAIT_NS) && may_leave(db, &w)) {
			leave(db);
			return cannot || err_set(e, ERR_BUSY, NULL);
		}
		if (waited_ns >= LONGEST_DOUBT_NS) {
			leave(db);
			db->is_undecided = true;
			return err_set(e, ERR_UNCERTAIN, NULL);
		}
		hand_in(db, &w);
		wait_for_call(db->queue, called, db->ticket, (int)(called - db->ticket) >= 0 ? CALLED_NAP_NS : PATIENCE_NS);
		w.nothing_moves = atomic_load(&db->queue->called) == called;
	}
}

bool
turn_wait(struct db *db, struct err *e)
{
	bool written;

	return turn_wait_or_hand_in(db, NULL, &written, e);
}

bool
turn_is_wanted(const struct db *db)
{
	return db->queue != NULL && (int)(atomic_load(&db->queue->next) - atomic_load(&db->queue->called)) > 0;
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
	if (db->has_turn)	/* the connection is closed, so its transaction is over, and nobody is at what it has taken */
		handin_mend(&db->handin);
	db->n_led = 0;
	handin_close(&db->handin);
	if (db->queue != NULL)
		munmap(db->queue, sizeof(struct queue));
	if (db->turn_fd >= 0)
		close(db->turn_fd);
	db->queue = NULL;
	db->turn_fd = -1;
	db->has_turn = db->has_ticket = false;
}
