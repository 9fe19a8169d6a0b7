/* base/list.h - comma lists, as headers and settings write them */
#ifndef CORDS_BASE_LIST_H
#define CORDS_BASE_LIST_H

#include "base/span.h"

/* The next item that is not empty, without blanks around it; false at the end.  rest shrinks with each call. */
static inline bool
list_next(struct span *rest, struct span *item)
{
	while (rest->n > 0) {
		*item = span_trim(span_cut(rest, ','));
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
