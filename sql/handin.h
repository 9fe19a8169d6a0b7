/* sql/handin.h - writes that wait for the turn, handed in for another writer to take along
 *
 * Who waits for the turn of the writers (turn.c) hands in what it is going to write: statements that are made already, with their
 * values, and how many rows they touch.  Whoever has the turn runs what was handed in with its own write, in one transaction
 * (lead.c): one BEGIN, one COMMIT, one wait for the disk, for all.  This room keeps the slots; it knows no database.
 *
 *   FREE -> WAITING             its owner has written all of it before.  Back, if nobody has taken it: its turn has come, or it gives up
 *   WAITING -> TAKEN            by the leader, who has the turn; back, if the leader gave it up without harm to it
 *   TAKEN -> REFUSED            it is not the plain success of a write, or was rolled back: the owner does it itself, and says why
 *   TAKEN -> STORING            from before COMMIT on nobody but the leader knows
 *   STORING -> DONE, REFUSED    COMMIT has succeeded; or it failed, and nothing is stored
 *   STORING -> DOUBT            nobody knows
 *   DONE, REFUSED, DOUBT -> FREE    its owner has seen it
 *
 * The kernel gives the turn back for a leader that dies.  So who gets the turn and finds slots that are taken knows that their
 * leader is gone, and puts them right: TAKEN becomes REFUSED, STORING becomes DOUBT (handin_mend()).
 *
 * A database whose file was replaced keeps the file of the turn, so each slot names the file that it is for, and is passed over by
 * who writes to another one.
 *
 * A slot belongs to a connection as long as it holds the lock on a byte of it; what was left in the slot of one that died is
 * not taken, and not overwritten while somebody may be at it.  The slots stand in the file of the turn, behind the queue, with a
 * version in front: whoever knows another one waits as if there were none.  The file belongs to the user of the workers, like the
 * database beside it: SQL text from here is to be trusted as much as what stands there.  Lengths are looked at nevertheless.
 */
#ifndef CORDS_SQL_HANDIN_H
#define CORDS_SQL_HANDIN_H

#include "base/arena.h"
#include "sql/stmt.h"

#include <stdatomic.h>
#include <sys/types.h>

enum { HANDIN_SLOTS = 32, HANDIN_SLOT_BYTES = 16 << 10, HANDIN_UNCOUNTED = -1 };

/* n_rows: that this one and those before it touch, since they were counted last; HANDIN_UNCOUNTED: they are counted later.  While
 * nothing was counted, nothing is changed by a write that fails. */
struct handin_step {
	struct query q;
	int64_t n_rows;
};

struct handin_write {
	const struct handin_step *steps;
	size_t n_steps;			/* 0: it is not to be handed in */
};

enum handin_state { HANDIN_FREE, HANDIN_WAITING, HANDIN_TAKEN, HANDIN_STORING, HANDIN_DONE, HANDIN_REFUSED, HANDIN_DOUBT };

struct handin_area;

/* of the database that is written to */
struct handin_file {
	dev_t device;
	ino_t inode;
};

/* of one connection */
struct handin {
	int fd;				/* borrowed: of the file of the turn */
	struct handin_area *area;	/* NULL: none */
	struct handin_file file;
	bool has_slot;
	unsigned slot;
	int64_t look_again_ns;		/* all slots were taken */
};

/*
 * handin_open - map the slots
 *
 * fd      the file of the turn, and how long it is now
 * file    that the connection writes to
 * makes   if there are none, make them: room on the disk is taken at once, since a page that finds none ends the process
 * returns false where there are none, or those of another version
 */
bool handin_open(struct handin *h, int fd, off_t n_bytes, struct handin_file file, bool makes);
void handin_close(struct handin *h);

/* ---- for its owner ---- */

/* false: there is no slot, or it is too long for one */
bool handin_give(struct handin *h, unsigned ticket, const struct handin_write *w);
enum handin_state handin_look(const struct handin *h);		/* what has become of it */
bool handin_withdraw(struct handin *h);				/* false: it is taken, or was answered */
void handin_seen(struct handin *h);				/* the answer; the slot is free again */

/* ---- for who has the turn ---- */

void handin_mend(struct handin *h);				/* what a leader left behind that has died */
/* slots that wait for who writes to the same file, those of earlier tickets first */
size_t handin_waiting(struct handin *h, unsigned slots[HANDIN_SLOTS]);
/* false: it was withdrawn, is for another file, or cannot be read.  out points into the slot, and to mem */
bool handin_take(struct handin *h, unsigned slot, struct arena *mem, struct handin_write *out);
void handin_answer(struct handin *h, unsigned slot, enum handin_state state);
unsigned handin_ticket(const struct handin *h, unsigned slot);

#endif
