/* sql/choose.h - how a plan will be read: which index leads, what the engine decides and what is left over
 *
 * Pure data between the plan and its SQL.  There are no statistics: an index whose values are all given leads before one
 * with a range, and any of them before a walk over all documents.
 */
#ifndef CORDS_SQL_CHOOSE_H
#define CORDS_SQL_CHOOSE_H

#include "sql/coll.h"
#include "sql/fit.h"

/* What an index says about one test of the filter. */
struct use {
	const struct index *index;
	size_t field;
	struct reach reach;
};

/* The value of an index by which documents are ordered. */
struct order_column {
	size_t field;
	bool descending;
};

struct choice {
	bool is_empty;			/* nothing can match */
	bool has_residue;		/* plan->match decides about each row */

	const struct index *lead;	/* documents are found through it; NULL: through the collection */
	size_t n_uses;
	struct use *uses;		/* all have to hold; those of the lead and of other indexes */
	size_t n_keys;
	const struct cond **keys;	/* COND_KEYS: all have to hold */
	size_t n_needles;
	const struct cond **needles;	/* conditions left over that fit_needle() knows something about; all have to hold */

	const struct index *searched;	/* a search index that knows candidates for $contains; NULL: none, or nothing is asked */
	bool by_words;			/* they lead also to a page in the order of keys: set by whoever knows that they are few */
	size_t n_words;
	struct span *words;		/* all have to occur somewhere in the document; each as soda/words.c writes it */

	bool is_sorted;			/* rows can be had in the order of the plan */
	bool keys_only;			/* ... but only keys: contents would pass through a sorter */
	const struct index *by;		/* the index that holds the order when that is not the lead */
	size_t n_order;
	struct order_column *order;	/* of SORT_ORDER: columns of `by`, or of the lead */
	bool may_tie;			/* long values of these may stand in any order: each row tells whether it has one */
};

/* sorted: the order counts; false for counting */
void choose(const struct plan *plan, bool sorted, struct arena *mem, struct choice *out);

enum { WORDS = 16 };			/* that one query looks for at most */
enum { NEEDLES = 16 };			/* that one query looks for at most */
/* How many texts the needle of this condition consists of; 0: it has none. */
size_t needle_count(const struct cond *c, struct arena *mem);

#endif
