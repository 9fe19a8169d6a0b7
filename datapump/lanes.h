/* datapump/lanes.h - pieces of a table stored side by side by several connections, committed in their order
 *
 * While the server stores one piece, the next one is on its way to it by another connection.  Since pieces are committed in the
 * order in which they were put, one number still tells how far an import has come.  Each connection has a thread of its own;
 * while pieces are at work, nobody else uses it.
 */
#ifndef CORDS_DATAPUMP_LANES_H
#define CORDS_DATAPUMP_LANES_H

#include "sql/db.h"

enum { LANES = 2 };

struct lanes;
struct lane;

/*
 * lane_work - store one piece, up to its commit
 *
 * piece    as it was put
 * lane     for lane_turn(), which it calls when all is ready but what waits for the pieces before
 * mem      of the lane; cleared behind the piece
 * returns  false: nothing is stored, and no transaction is open
 */
typedef bool lane_work(void *piece, struct lane *lane, struct db *db, struct arena *mem, struct err *e);

/* Waits until all pieces before this one are stored.  lane NULL: there are none.  fails BUSY: one of them could not be */
bool lane_turn(struct lane *lane, struct err *e);

/* dbs: one for each lane, which nobody else closes meanwhile.  fails NO_RESOURCES: there is no other thread */
bool lanes_open(struct db *const dbs[LANES], struct arena *mem, struct lanes **out, struct err *e);

/* On lane lanes_next(), which has to be free.  The piece is borrowed until it is taken. */
void lanes_put(struct lanes *l, lane_work *work, void *piece);
size_t lanes_next(const struct lanes *l);
bool lanes_are_full(const struct lanes *l);

/*
 * lanes_take - wait for the piece that was put first of those at work
 *
 * returns  it, or NULL when none is at work: then all may begin anew behind a failure
 * stored   false: e tells why
 */
void *lanes_take(struct lanes *l, bool *stored, struct err *e);

/*
 * What becomes of pieces that were put, told in their order.
 *
 * stored   this one is
 * again    the first of these n was not, for the reason in e, and so none behind it; none is at work any more
 */
struct lanes_user {
	void *arg;
	bool (*stored)(void *arg, void *piece, struct err *e);
	bool (*again)(void *arg, void *const *pieces, size_t n, struct err *e);
};

/* Waits for the piece that was put first of those at work, or for all of them, if there are any.  l NULL: there are none
 * fails    as the functions of u do */
bool lanes_settle(struct lanes *l, const struct lanes_user *u, bool all, struct err *e);

/* Takes all that are at work, when nobody wants to know any more what comes of them.  l NULL: there are none */
void lanes_drain(struct lanes *l);

void lanes_close(struct lanes *l);	/* waits for what is at work; NULL is allowed */

#endif
