/* sql/ixtext.h - a value as text whose byte order is the order of values
 *
 * One spelling for index tables, sort keys and the bounds of queries.  Every text begins with '=' for a value; a missing value is
 * the text "~", which sorts after all values.
 *
 *   varchar2    the string; numbers by canonical text; true and false by their words
 *   number      dec_encode()
 *   date        the day, timestamp the instant with nanoseconds: fixed width, ordered
 */
#ifndef CORDS_SQL_IXTEXT_H
#define CORDS_SQL_IXTEXT_H

#include "sql/plan.h"

#define IXTEXT_MISSING SPAN("~")
enum { IXTEXT_INSTANT_CHARS = 23 };	/* of each timestamp */

/* v: raw JSON text of one scalar other than null, max_chars as in struct order_term (0: all).  false: not convertible to type */
bool ixtext_value(struct span v, enum datatype type, size_t max_chars, struct arena *mem, struct span *out);

/* the same of decoded text, or a number, of an operand */
struct span ixtext_string(struct span decoded, struct arena *mem);
struct span ixtext_number(const struct dec *d, struct arena *mem);
struct span ixtext_day(int32_t day, struct arena *mem);
struct span ixtext_instant(const struct iso_time *t, struct arena *mem);

#endif
