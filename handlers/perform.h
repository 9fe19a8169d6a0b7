/* handlers/perform.h - an action in its transaction: begun, run again when it met a lock, committed, looked for when nobody answered */
#ifndef CORDS_HANDLERS_PERFORM_H
#define CORDS_HANDLERS_PERFORM_H

#include "handlers/route.h"

/* A request waits for locks, and repeats what lost against others, for so long in all: as long as one may wait for a lock, and well
 * before it is stopped as a whole, because 503 says that nothing was done. */
int64_t perform_patience_ns(const struct settings *set);

/*
 * perform - what the route of a call does, as a whole or not at all
 *
 * call    schema and proof are set here; the caller was let in
 * alias   of the schema that the path names; p NULL: none
 * fails   as the action; UNCERTAIN when nobody knows what became of a write
 */
bool perform(struct call *c, struct span alias, struct response *out, struct err *e);

#endif
