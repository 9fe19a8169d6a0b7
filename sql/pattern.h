/* sql/pattern.h - how a scalar begins in a document if it satisfies a test, as a regular expression
 *
 * Numbers are expected as 12, -12 or 12.50, also in strings (SPELLING_PLAIN).  Of the order of numbers only sign and whole part are
 * looked at.  The expressions hold nothing but digits and words, [], {}, (), |, ? and *, and $ for the end, which mean the same
 * everywhere.
 */
#ifndef CORDS_SQL_PATTERN_H
#define CORDS_SQL_PATTERN_H

#include "base/buf.h"
#include "sql/plan.h"

/*
 * pattern_of_test - the expression, without anchor at its start, for what follows the quote if it is a string
 *
 * test    a COND_TEST; its path does not count
 * out     appended to
 * returns false: none is known, nothing was appended
 */
bool pattern_of_test(const struct cond *test, struct buf *out);

bool pattern_is_short_number(struct span text);		/* as 12, -12 or 12.50, and not too long to be looked for */

#endif
