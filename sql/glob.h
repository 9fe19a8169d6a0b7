/* sql/glob.h - how a member whose value satisfies a test is written in a document, as patterns of GLOB
 *
 * For engines that have no regular expressions: one pattern that most documents fail, and several of which a match satisfies one.
 * They expect numbers as in sql/pattern.h (SPELLING_PLAIN), and find the name wherever it stands.
 */
#ifndef CORDS_SQL_GLOB_H
#define CORDS_SQL_GLOB_H

#include "sql/plan.h"

enum { GLOB_VALUES = 4, GLOB_PATTERNS = 4 * GLOB_VALUES + 1 };

struct globs {
	struct span first;		/* by what stands directly behind the name */
	size_t n;
	struct span any[GLOB_PATTERNS];
};

/*
 * globs_of_test - the patterns for a test of the value, or of its elements, of a member
 *
 * test    a COND_TEST; its path does not count
 * name    of the member, which has one spelling
 * returns false: none are known
 */
bool globs_of_test(const struct cond *test, struct span name, struct arena *mem, struct globs *out);

#endif
