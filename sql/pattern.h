/* sql/pattern.h - how a scalar begins if it satisfies a test, as a regular expression
 *
 * For engines that can take a value out of a document, but do not compare it as soda/match.c does.  Numbers are expected as 12,
 * -12 or 12.50 (SPELLING_PLAIN).  Of the order of numbers only sign and whole part are looked at.  The expressions hold nothing
 * but digits and words, [], {}, (), |, ? and *, and $ for the end, which mean the same everywhere.
 */
#ifndef CORDS_SQL_PATTERN_H
#define CORDS_SQL_PATTERN_H

#include "base/buf.h"
#include "sql/plan.h"

/*
 * pattern_of_test - the expression, without anchor at its start
 *
 * test    a COND_TEST; its path does not count
 * out     appended to.  true and false are 1 and 0 as well, because MariaDB takes them out as such
 * returns false: none is known, nothing was appended
 */
bool pattern_of_test(const struct cond *test, struct buf *out);

#endif
