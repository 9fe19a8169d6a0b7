/* sql/jsonpath.h - what documents satisfy a filter, as one jsonpath over their parsed form (sql/parsed.h)
 *
 * Wider than the filter: it is true of the parsed form of every document that matches, and of some more.  Of conditions that it
 * cannot express it leaves out as much as keeps that true: one of many that have to hold, all of a choice, every negation.
 */
#ifndef CORDS_SQL_JSONPATH_H
#define CORDS_SQL_JSONPATH_H

#include "sql/plan.h"

struct jsonpath {
	struct span text;		/* n 0: nothing can be said */
	bool is_blind;			/* it asks for what may stand behind that beginning of a text which is kept */
	bool is_indexed;		/* it asks for values that an index over values at their paths can look up */
};

struct jsonpath jsonpath_of(const struct cond *where, struct arena *mem);

#endif
