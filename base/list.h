/* base/list.h - comma lists, as headers and settings write them */
#ifndef CORDS_BASE_LIST_H
#define CORDS_BASE_LIST_H

#include "base/span.h"

/* The next item that is not empty, without blanks around it; false at the end.  rest shrinks with each call. */
static inline bool
list_next(struct span *rest, struct span *item)
{
	while (rest->n > 0) {
		const char *comma = memchr(rest->p, ',', rest->n);
		size_t n = comma == NULL ? rest->n : (size_t)(comma - rest->p);

		*item = span_trim((struct span){ rest->p, n });
		rest->p += n;
		rest->n -= n;
		if (rest->n > 0)
			rest->p++, rest->n--;
		if (item->n > 0)
			return true;
	}
	return false;
}

/* is `wanted` among the items of a setting?  ASCII case is ignored */
static inline bool
list_holds(const char *list, struct span wanted)
{
	struct span rest = span_of(list);
	struct span item;

	while (list_next(&rest, &item))
		if (span_eq_nocase(item, wanted))
			return true;
	return false;
}

#endif
