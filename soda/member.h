/* soda/member.h - members of a specification, and where they stand
 *
 * A filter is read as a tree of members that know their way up, so whoever refuses one can tell its JSON Pointer.
 */
#ifndef CORDS_SODA_MEMBER_H
#define CORDS_SODA_MEMBER_H

#include "base/err.h"
#include "base/jcur.h"

struct member {
	const struct member *up;	/* NULL: the root */
	struct span name;		/* decoded */
	size_t index;			/* of an element */
	bool is_element;
	bool is_repeated;		/* stood more than once in its object; this is the last */
	struct span value;		/* raw text */
};

struct members {
	size_t n;
	const struct member *list;	/* as written; of repeated names the last */
};

/* Members of an object: false when there are more than max.  `of` is borrowed. */
bool members_read(const struct member *of, size_t max, struct arena *mem, struct members *out);

/* Elements of an array, the same way. */
bool elements_read(const struct member *of, size_t max, struct arena *mem, struct members *out);

/* the beginning of a text of the client, short enough to stand in a message */
static inline struct span
excerpt(struct span text)
{
	size_t n = text.n < 80 ? text.n : 80;

	while (n > 0 && n < text.n && ((unsigned char)text.p[n] & 0xc0) == 0x80)
		n--;
	return (struct span){ text.p, n };
}

/* BAD_QBE with its inner number and the place; false, always */
bool member_fail(const struct member *m, struct err *e, int inner, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

/* the place alone, for a failure that was named already; false, always */
bool member_at(const struct member *m, struct err *e);

#endif
