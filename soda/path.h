/* soda/path.h - paths of the document language */
#ifndef CORDS_SODA_PATH_H
#define CORDS_SODA_PATH_H

#include "sql/plan.h"

enum { PATH_MAX_BYTES = 1024, PATH_MAX_STEPS = 64 };

/*
 * path_parse - read one path: a.b[0 to 2].`x.y`..z
 *
 * text    decoded, borrowed for the life of the path
 * fails   BAD_QBE with inner 5024..5031 naming the path; budgets: inner 5000
 * spec    SODA for REST, filter specifications, "paths"
 */
bool path_parse(struct span text, struct arena *mem, struct path *out, struct err *e);

bool path_has_array_step(const struct path *p);		/* also *, .. : everything but plain fields */

/* The value sequence of a path, lax stepping: fn is called for each value until it returns true; returns whether it did.
 * The steps are plain data, so this recurses on the steps of the path only, never on the depth of the document
 * (STEP_DESCENDANT keeps its own stack in mem). */
typedef bool path_value_fn(void *arg, struct span value);
bool path_each(const struct path *p, struct span context, struct arena *mem, path_value_fn *fn, void *arg);

#endif
