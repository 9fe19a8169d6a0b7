/* sql/fit.h - what an index, or the bare text of documents, can say about a condition
 *
 * soda/match.c is the meaning of a condition; an answer from here is only about which documents need not be looked at.
 *
 *   exact   true for precisely the documents that match
 *   wider   true for all that match and maybe for more: match.c decides about those
 *   none    nothing is known
 */
#ifndef CORDS_SQL_FIT_H
#define CORDS_SQL_FIT_H

#include "sql/coll.h"

enum fit { FIT_NONE, FIT_WIDER, FIT_EXACT };

/* Texts of one value column.  p NULL: open at that end. */
struct range {
	struct span lo, hi;
	bool lo_open, hi_open;	/* the bound itself is left out */
};

/* points: the column equals one of them; ranges: it lies in one of them, bounds included, and they do not overlap; otherwise
 * one range */
struct reach {
	size_t n_points;
	struct span *points;
	size_t n_ranges;
	struct range *ranges;
	struct range range;
};

/*
 * What an index keeps of a text: its first characters.  What is kept of two texts never stands in the opposite order.  A long
 * text may share its place with another one, a short one cannot.
 */
struct span value_kept(const struct index *ix, struct span text);
bool value_is_long(const struct index *ix, struct span text);
bool value_may_be_long(const struct index *ix, size_t field);

/*
 * fit_index - a COND_TEST against one field of an index
 *
 * ix      a B-tree index that is neither lax nor multivalue: each document has at most one scalar at the path of each field
 * test    the path is known to be that of the field
 * mem     owns what reach points to
 * out     set unless the answer is none
 */
enum fit fit_index(const struct index *ix, size_t field, const struct cond *test, struct arena *mem, struct reach *out);

/* Both at once; false when they are not both one range. */
bool reach_meet(struct reach *a, const struct reach *b);

/*
 * fit_needle - a text that occurs in the JSON text of each document that satisfies one operand of a test, as long as the document
 * is spelled as it promises (spelling.h)
 *
 * value   number of the operand
 */
enum needle {
	NEEDLE_NONE,			/* no such text */
	NEEDLE_TEXT,			/* unless the document is SPELLING_ESCAPED */
	NEEDLE_NUMBER			/* if the document is SPELLING_PLAIN */
};
enum needle fit_needle(const struct cond *test, size_t value, struct arena *mem, struct span *out);

bool is_literal(struct span text);	/* has one spelling in JSON without a backslash, and can be bound */
/* Of a LIKE pattern: what comes before the first character that stands for others; the longest run that stands for itself. */
struct span like_prefix(struct span pattern);
struct span like_run(struct span pattern);

bool path_is(const struct path *path, const struct path *fields);	/* the same STEP_FIELD steps */

/* What an index keeps of a word, which is text without blanks: engines cut long ones, each at another place. */
enum { WORD_KEPT_BYTES = 64 };
struct span word_kept(struct span word);

#endif
