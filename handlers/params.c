/* handlers/params.c - reading the parameters of a query by the table */
#include "handlers/params.h"

#include "base/clock.h"
#include "handlers/route.h"

enum type { TYPE_LIMIT, TYPE_OFFSET, TYPE_FIELDS, TYPE_FLAG, TYPE_TEXT, TYPE_TIME };

static const struct {
	struct span name;		/* p NULL: a piece of the path */
	enum type type;
} table[P__N] = {
#define V(id, text, help)
#define Q(id, text, type, help) [P_##id] = { { text, sizeof(text) - 1 }, TYPE_##type },
#include "handlers/params.def"
#undef V
#undef Q
};

static enum param
param_called(struct span name)
{
	for (int id = 0; id < P__N; id++)
		if (table[id].name.p != NULL && span_eq(table[id].name, name))
			return (enum param)id;
	return P__N;
}

/* Digits only; what is beyond every page and every collection is cut to the largest number of the database. */
static bool
read_number(struct span text, uint64_t min, uint64_t *out)
{
	uint64_t value = 0;

	if (text.n == 0)
		return false;
	for (size_t i = 0; i < text.n; i++) {
		unsigned digit = (unsigned)(unsigned char)text.p[i] - '0';

		if (digit > 9)
			return false;
		value = value > ((uint64_t)INT64_MAX - digit) / 10 ? (uint64_t)INT64_MAX : value * 10 + digit;
	}
	*out = value;
	return value >= min;
}

static bool
read_time(struct span text, int64_t *us)
{
	struct iso_time t;

	if (!iso_parse(text, &t))
		return false;
	*us = t.sec * 1000000 + t.nsec / 1000;
	return true;
}

static bool
read_one(enum param id, struct span text, struct params *p, struct err *e)
{
	switch (table[id].type) {
	case TYPE_LIMIT:
		return read_number(text, 1, &p->limit)
		    || err_set(e, ERR_BAD_PARAM, "limit must be an integer of at least 1");
	case TYPE_OFFSET:
		return read_number(text, 0, &p->offset)
		    || err_set(e, ERR_BAD_PARAM, "offset must be an integer of at least 0");
	case TYPE_FIELDS:
		if (span_is_nocase(text, "id"))
			p->fields = FIELDS_ID;
		else if (span_is_nocase(text, "value"))
			p->fields = FIELDS_VALUE;
		else if (span_is_nocase(text, "all"))
			p->fields = FIELDS_ALL;
		else
			return err_set(e, ERR_BAD_PARAM, "fields must be id, value or all");
		return true;
	case TYPE_FLAG:
		p->total = span_is_nocase(text, "true");
		return p->total || span_is_nocase(text, "false")
		    || err_set(e, ERR_BAD_PARAM, "%.*s must be true or false", SPAN_ARG(table[id].name));
	case TYPE_TIME:
		return read_time(text, id == P_SINCE ? &p->since_us : &p->until_us)
		    || err_set(e, ERR_BAD_PARAM, "%.*s must be a date or timestamp like 2021-04-25T23:40:51Z",
			SPAN_ARG(table[id].name));
	case TYPE_TEXT:
		break;
	}
	return true;
}

/* two names of one bound: both are fine when they agree */
static bool
agree(const struct params *p, enum param a, enum param b, struct err *e)
{
	if (!param_given(p, a) || !param_given(p, b) || span_eq(p->text[a], p->text[b]))
		return true;
	return err_set(e, ERR_BAD_PARAM, "%.*s and %.*s mean the same and differ", SPAN_ARG(table[a].name),
	    SPAN_ARG(table[b].name));
}

bool
params_read(const struct request *req, const struct route *route, struct params *p, struct err *e)
{
	const param_set key_bounds = P(FROM_ID) | P(AFTER) | P(TO_ID) | P(BEFORE);

	for (size_t i = 0; i < req->n_pairs; i++) {
		enum param id = param_called(req->pairs[i].name);
		struct span value = req->pairs[i].value;

		if (id == P__N)
			continue;
		if ((route->refuses & ((param_set)1 << id)) != 0)
			return err_set(e, ERR_BAD_PARAM, "the parameter %.*s is not allowed here",
			    SPAN_ARG(table[id].name));
		if ((route->may_carry & ((param_set)1 << id)) == 0)
			continue;
		if (param_given(p, id)) {
			if (!span_eq(p->text[id], value))
				return err_set(e, ERR_BAD_PARAM, "the parameter %.*s is given twice and differs",
				    SPAN_ARG(table[id].name));
			continue;
		}
		if (!read_one(id, value, p, e))
			return false;
		p->text[id] = value;
		p->given |= (param_set)1 << id;
	}
	if (param_given(p, P_OFFSET) && (p->given & key_bounds) != 0)
		return err_set(e, ERR_BAD_PARAM, "offset cannot be combined with fromID, after, toID or before");
	return agree(p, P_FROM_ID, P_AFTER, e) && agree(p, P_TO_ID, P_BEFORE, e);
}
