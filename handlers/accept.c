/* handlers/accept.c - what an Accept header prefers */
#include "handlers/accept.h"

#include "base/list.h"

static int
weight_of(struct span parameters)
{
	while (parameters.n > 0) {
		struct span one = span_trim(span_cut(&parameters, ';'));
		int q = 0, scale = 1000;

		if (one.n < 3 || (one.p[0] | 0x20) != 'q' || one.p[1] != '=')
			continue;
		for (size_t i = 2; i < one.n && scale > 0; i++) {
			if (one.p[i] == '.')
				continue;
			if (one.p[i] < '0' || one.p[i] > '9')
				break;
			q += (one.p[i] - '0') * scale;
			scale /= 10;
		}
		return q > 1000 ? 1000 : q;
	}
	return 1000;
}

bool
accept_next(struct span *rest, struct span *type, int *weight)
{
	struct span item;

	if (!list_next(rest, &item))
		return false;
	*type = span_trim(span_cut(&item, ';'));
	*weight = weight_of(item);
	return true;
}
