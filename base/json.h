/* base/json.h - Jansson at the border: what must be a tree and holds no document content
 *
 * Collection metadata and index specifications.  Documents, filters and patches stay text (base/jcur.h), because Jansson
 * refuses 20-digit integers and rounds fractions.
 */
#ifndef CORDS_BASE_JSON_H
#define CORDS_BASE_JSON_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/span.h"

#include <jansson.h>

/*
 * Charge Jansson's memory to `mem` until the next call; NULL: to nobody.  Its allocations fail over the budget.  A tree
 * must not outlive the arena it was charged to.  Text of json_dumps() is not for free(): write with json_dump_callback().
 */
void json_account(struct arena *mem);

/*
 * json_tree - parse text that json_scan() passed
 *
 * fails   BAD_JSON; TOO_LARGE over the budget
 * returns the tree, released with mem; NULL on failure
 */
json_t *json_tree(struct span text, struct arena *mem, struct err *e);

/* the same for a tree that may end before mem does: json_drop() */
json_t **json_hold(struct span text, struct arena *mem, struct err *e);
void json_drop(json_t **held);

json_t *json_take(struct arena *mem, json_t *tree);	/* tie a tree to the arena; returns it */

/* member by name, ignoring ASCII case; NULL when absent */
json_t *json_member_nocase(const json_t *object, const char *name);

#endif
