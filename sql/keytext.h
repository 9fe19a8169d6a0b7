/* sql/keytext.h - keys as the database holds them
 *
 * Most keys are held as they are.  Keys of type NUMBER are integers of any length (a UUID has 39 digits): they are held
 * as text whose byte order is the order of the numbers, so that no engine rounds them and all sort them alike:
 *
 *   0 and above   '1', number of digits in three digits, the digits
 *   below 0       '0', 999 less the number of digits, each digit taken from 9
 */
#ifndef CORDS_SQL_KEYTEXT_H
#define CORDS_SQL_KEYTEXT_H

#include "sql/coll.h"

/* key: canonical text.  false: no object can have this key (no integer, longer than 999 digits, NUL or invalid UTF-8) */
bool keytext_hold(const struct meta *m, struct span key, struct arena *mem, struct span *out);

/* back from what keytext_hold made */
struct span keytext_show(const struct meta *m, struct span held, struct arena *mem);

#endif
