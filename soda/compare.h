/* soda/compare.h - one value of a document against one comparison of a filter; for soda/match.c */
#ifndef CORDS_SODA_COMPARE_H
#define CORDS_SODA_COMPARE_H

#include "sql/plan.h"

/*
 * compare_value - apply the method of a test to a value, then its operator
 *
 * test    COND_TEST or COND_SINGLE, not OP_EXISTS
 * v       raw text of one value; arrays are unwrapped by the caller where that is due
 * fails   BAD_QBE, TIMEOUT of patterns: false with e->kind set
 */
bool compare_value(const struct cond *test, struct span v, struct arena *mem, struct err *e);

#endif
