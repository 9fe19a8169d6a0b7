/* sql/choose.h - how a plan will be read: which index leads, what the engine decides and what is left over
 *
 * Pure data between the plan and its SQL.  There are no statistics: an index whose values are all given leads before one
 * with a range, and any of them before a walk over all documents.
 */
#ifndef CORDS_SQL_CHOOSE_H
#define CORDS_SQL_CHOOSE_H

#include "sql/coll.h"
#include "sql/fit.h"
#include "sql/jsonpath.h"

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

/* A condition that no index decides, and the path from the root to where it holds. */
struct rest {
	const struct cond *cond;
	struct path at;
};

/* How many documents the lead finds, beside those that are wanted. */
enum crowd {
	CROWD_UNKNOWN,			/* few, if the engine knows no better */
	CROWD_FEW,			/* their keys are sorted */
	CROWD_MANY			/* keys are gone through in their order */
};

struct choice {
	bool is_empty;			/* nothing can match */
	bool has_residue;		/* plan->match decides about each row */

	const struct index *lead;	/* documents are found through it; NULL: through the collection */
	enum crowd crowd;		/* set by whoever counted */
	size_t n_uses;
	struct use *uses;		/* all have to hold; those of the lead and of other indexes */
	size_t n_keys;
	const struct cond **keys;	/* COND_KEYS: all have to hold */
	size_t n_rest;
	struct rest *rest;		/* all have to hold, and plan->match decides about them */
	bool looks_at_text;		/* the engine leaves out documents whose bare text cannot match (gen_needle.c) */

	const struct index *searched;	/* a search index that knows candidates for $contains; NULL: none, or nothing is asked */
	bool in_one_pass;		/* COLUMNS_SCAN: all documents are gone through for one batch, because it may hold all candidates */
	bool by_candidates;		/* they lead also to a page in the order of keys: set by whoever knows that they are few */
	size_t n_words;
	struct span *words;		/* all have to occur somewhere in the document; each as soda/words.c writes it */

	struct jsonpath path;		/* what the parsed form of each match satisfies; without text: it is not asked, or is not there */
	const struct index *parsed;	/* the search index that keeps it; NULL: the collection does */

	bool is_sorted;			/* rows can be had in the order of the plan */
	bool keys_only;			/* ... but only keys: contents would pass through a sorter */
	const struct index *by;		/* the index that holds the order when that is not the lead */
	size_t n_order;
	struct order_column *order;	/* of SORT_ORDER: columns of `by`, or of the lead */
	bool may_tie;			/* long values of these may stand in any order: each row tells whether it has one */
};

/* Does an index of the engine find candidates, by words or by values? */
static inline bool
choice_has_candidates(const struct choice *c)
{
	return c->searched != NULL || c->path.is_indexed;
}

/* the search index whose words, or parsed documents, are asked; NULL: none */
static inline const struct index *
choice_words(const struct choice *c)
{
	return c->searched != NULL ? c->searched : c->parsed;
}

/* sorted: the order counts; false for counting */
void choose(const struct plan *plan, bool sorted, struct arena *mem, struct choice *out);

enum { WORDS = 16 };			/* that one query looks for at most */

struct path path_join(const struct path *a, const struct path *b, struct arena *mem);	/* b from where a leads */

#endif
