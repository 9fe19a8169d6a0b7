/* sql/spelling.h - may what a document holds be written otherwise than one would write it?
 *
 * Kept with each document (column backslash), so that a text which has to occur in every match can be looked for (fit.h).
 */
#ifndef CORDS_SQL_SPELLING_H
#define CORDS_SQL_SPELLING_H

#include "base/span.h"

enum spelling {
	SPELLING_UNKNOWN = 0,		/* no backslash; some number is written otherwise, or nobody looked */
	SPELLING_ESCAPED = 1,		/* a backslash occurs: strings may be written in any way */
	SPELLING_PLAIN = 3,		/* no backslash, and every number stands there as 12, -12 or 12.50: no exponent, no +, no 012,
					 * also those in strings that read as numbers */
	SPELLING_ONCE = 7		/* SPELLING_PLAIN, and each name stands there once, be it as a name or as a string */
};

enum spelling spelling_of(struct span json);	/* a document, which passed base/scan.h; not SPELLING_ONCE */
enum spelling spelling_with_names(struct span json);

#endif
