/* handlers/params.h - parameters of path and query: named, typed, bounded */
#ifndef CORDS_HANDLERS_PARAMS_H
#define CORDS_HANDLERS_PARAMS_H

#include "base/err.h"
#include "handlers/request.h"

#include <stdint.h>

enum param {
#define V(id, name, help) P_##id,
#define Q(id, name, type, help) P_##id,
#include "handlers/params.def"
#undef V
#undef Q
	P__N
};

typedef uint32_t param_set;
#define P(id) ((param_set)1 << P_##id)

enum fields { FIELDS_ALL, FIELDS_ID, FIELDS_VALUE };

struct params {
	param_set given;		/* present in the request */
	struct span text[P__N];		/* decoded */
	uint64_t limit, offset;		/* 0 when not given */
	enum fields fields;
	bool total;
	int64_t since_us, until_us;
};

struct route;

/*
 * params_read - parameters of one request for its route
 *
 * req     query pairs; the pieces of the path are filled in by route_find
 * fails   BAD_PARAM naming the parameter: bad value, given twice with different values, or refused by the row
 */
bool params_read(const struct request *req, const struct route *route, struct params *p, struct err *e);

static inline bool
param_given(const struct params *p, enum param id)
{
	return (p->given & ((param_set)1 << id)) != 0;
}

#endif
