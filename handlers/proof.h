/* handlers/proof.h - what became of a write whose COMMIT was not answered
 *
 * A write of one object leaves a row behind that nothing else leaves: this key with this revision and this time.  Whoever
 * finds it on a new connection knows that all of the transaction was stored.
 */
#ifndef CORDS_HANDLERS_PROOF_H
#define CORDS_HANDLERS_PROOF_H

#include "handlers/route.h"
#include "sql/coll.h"

struct proof {
	bool given;
	struct span collection, key;
	int64_t old_rev, old_us;	/* what was there before; 0: nothing */
	int64_t new_rev, new_us;	/* what is there now; 0: nothing */
	struct span version;		/* of what was written over something that nobody had looked at; else p NULL */
};

/* Noted by actions before the statement that writes.  It proves nothing of a transaction that failed otherwise.  old NULL: there was none; now NULL: it was deleted */
void proof_note(const struct call *c, const struct doc *old, const struct doc *now);

/* What was there is not known: then the time and a version made from the content, or at random, prove what was stored, and nothing
 * proves that it was not. */
void proof_note_over(const struct call *c, const struct doc *now);

enum fate { FATE_UNKNOWN, FATE_DONE, FATE_UNDONE };

/* Looks for what was noted.  The connection that was lost must have been closed: it may not be at work still. */
enum fate proof_look(struct db *db, int64_t schema_id, const struct proof *p, struct arena *mem);

#endif
