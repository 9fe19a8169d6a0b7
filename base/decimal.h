/* base/decimal.h - numbers of JSON as they are written: exact, of any length
 *
 * value = sign 0.d1d2...dn x 10^point, no superfluous zeros.  Nothing is rounded and nothing overflows: an exponent
 * beyond +-10^15 is clamped there, which keeps order among all numbers a text of our size limits can otherwise spell.
 */
#ifndef CORDS_BASE_DECIMAL_H
#define CORDS_BASE_DECIMAL_H

#include "base/buf.h"
#include "base/span.h"

#include <stdint.h>

struct dec {
	int sign;			/* -1, 0, 1 */
	int64_t point;
	struct span digits;		/* first to last significant digit; a '.' may stand among them; borrowed */
};

bool dec_parse(struct span number, struct dec *out);	/* by the grammar of JSON; false when it is not one */

/* Text read as a number: blanks around, optional sign (+ too), digits with optional fraction (".5" and "5." too), optional
 * exponent; false when it is none. */
bool dec_parse_text(struct span text, struct dec *out);

int dec_cmp(const struct dec *a, const struct dec *b);	/* <0, 0, >0 */
bool dec_is_integer(const struct dec *d);
bool dec_to_int64(const struct dec *d, int64_t *out);	/* truncated toward zero; false when out of range */
double dec_to_double(const struct dec *d);		/* correctly rounded */

/* ceiling and floor, exact; digits of the result in mem */
struct dec dec_ceiling(const struct dec *d, struct arena *mem);
struct dec dec_floor(const struct dec *d, struct arena *mem);

/* Plain decimal, no superfluous zeros, "0.5" not ".5", "0" for every zero; from 10^400 and below 10^-400 as d.ddE+n so
 * that a short text cannot grow without bound. */
void dec_canonical(const struct dec *d, struct buf *out);

/* Printable ASCII whose byte order is the order of the numbers, equal numbers equal; never empty. */
void dec_encode(const struct dec *d, struct buf *out);

#endif
