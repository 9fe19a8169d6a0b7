/* sql/plan.h - what to do, as data: conditions, order, page; no SQL, no HTTP, no JSON tree
 *
 * soda/qbe.c makes conditions, soda/match.c gives them their meaning, sql/gen.c makes them fast.  sql/ does not know
 * soda/, so the plan carries the meaning along as two functions.
 */
#ifndef CORDS_SQL_PLAN_H
#define CORDS_SQL_PLAN_H

#include "base/arena.h"
#include "base/clock.h"
#include "base/decimal.h"
#include "base/err.h"
#include "base/jcur.h"
#include "base/span.h"

#include <stdint.h>

/* ---- paths ---- */

enum step_kind {
	STEP_FIELD,			/* name */
	STEP_ANY_FIELD,			/* * */
	STEP_DESCENDANT,		/* ..name: at any depth below, the context itself included */
	STEP_ARRAY			/* [..] */
};

struct sub {				/* positions from..to, either counted from 0 or back from the last */
	bool from_last, to_last;
	int64_t from, to;
};

struct step {
	enum step_kind kind;
	struct span name;		/* decoded */
	bool all;			/* [*] */
	size_t n_subs;
	const struct sub *subs;
};

struct path {
	size_t n_steps;			/* 0: the context itself */
	const struct step *steps;
	struct span text;		/* as written, for messages */
};

/* ---- conditions ---- */

enum cond_kind {
	COND_ALL,			/* every child; no child: true */
	COND_ANY,			/* some child; no child: false */
	COND_NOT,			/* not the one child */
	COND_AT,			/* some value v at `path` exists (not unwrapped) such that the one child holds with v as context */
	COND_TEST,			/* some value at `path`, unwrapped one level unless method is TYPE or SIZE, satisfies op */
	COND_KEYS,			/* $id: the document's key is one of `values` */
	COND_SINGLE,			/* $sqlJson: path yields exactly one scalar, and it satisfies op */
	COND_CONTAINS,			/* some text at the path or below holds `values`, words as soda/words.h makes them, one after the other; none: false */
	COND_SPATIAL			/* the one value at `path` is a geometry that stands to `geo` as it says */
};

enum cmp_op {
	OP_EQ, OP_GT, OP_GTE, OP_LT, OP_LTE,	/* values[0] */
	OP_IN,					/* equals one of values[0..n-1] */
	OP_EXISTS,				/* path yields a value; no operand (false is wrapped in COND_NOT) */
	OP_STARTS_WITH, OP_HAS_SUBSTRING, OP_LIKE,	/* values[0], a string */
	OP_REGEX,				/* regex */
	OP_MOD					/* values[0] divisor, values[1] remainder */
};

enum method {
	METHOD_NONE, METHOD_NUMBER, METHOD_DOUBLE, METHOD_STRING, METHOD_BOOLEAN, METHOD_DATE, METHOD_TIMESTAMP,
	METHOD_CEILING, METHOD_FLOOR, METHOD_ABS, METHOD_UPPER, METHOD_LOWER, METHOD_LENGTH, METHOD_SIZE, METHOD_TYPE,
	METHOD_NUMBER_ONLY, METHOD_STRING_ONLY, METHOD_BOOLEAN_ONLY, METHOD_NEVER	/* $binary, $idOnly ...: never matches */
};

struct geo;

struct operand {
	enum jtype type;		/* J_NULL J_FALSE J_TRUE J_NUMBER J_STRING */
	struct span text;		/* string: decoded; number: as written */
	struct dec number;		/* of a number, or of a string that reads as one when text_is_number */
	bool text_is_number;
	struct iso_time time;		/* with METHOD_DATE and METHOD_TIMESTAMP */
	double real;			/* with METHOD_DOUBLE */
};

/* degrees: longitudes from -180 to 180, latitudes from -90 to 90 */
struct box {
	double west, south, east, north;
};

struct cond {
	enum cond_kind kind;
	struct cond *children, *next;	/* list of children; the next sibling */
	struct path path;
	enum cmp_op op;
	enum method method;
	size_t n_values;
	const struct operand *values;
	void *regex;			/* made by soda/, released with the arena */
	const size_t *again;		/* COND_CONTAINS: made by soda/words.c */

	/* COND_SPATIAL */
	const struct geo *geo;		/* the operand; made by soda/, released with the arena */
	const struct box *box;		/* every geometry that satisfies it overlaps this box; NULL: nothing is known */
	bool lax, scalar_required;	/* what to do about values that are no geometry */
};

/* ---- order and page ---- */

enum datatype { TYPE_VARCHAR2, TYPE_NUMBER, TYPE_DATE, TYPE_TIMESTAMP };

struct order_term {
	struct path path;		/* STEP_FIELD steps only */
	enum datatype type;
	bool descending;
	size_t max_chars;		/* text is compared on its first n characters; 0: all */
};

struct order {
	size_t n_terms;
	const struct order_term *terms;
	bool lax, scalar_required;
};

struct coll;
struct plan;

/* Does the document match plan->where?  false with e->kind set: an error (a pattern over its step limit). */
typedef bool plan_match_fn(const struct plan *plan, struct span key, struct span content, struct arena *mem, struct err *e);

/* Sort keys of one document, one span per order term: byte order of the spans is the wanted ascending order with nulls last
 * (descending terms are turned round by whoever sorts).  Spans live in mem.  fails NOT_SCALAR, VALUE_MISSING, NOT_NUMBER, NOT_DATE */
typedef bool plan_keys_fn(const struct plan *plan, struct span content, struct arena *mem, struct span *keys, struct err *e);

enum plan_sort { SORT_KEY, SORT_KEY_DESCENDING, SORT_TIME, SORT_ORDER };	/* SORT_ORDER: plan->order, then key ascending */

struct plan {
	const struct coll *coll;
	const struct cond *where;	/* NULL: every document */
	struct order order;
	enum plan_sort sort;
	bool has_after, has_before;	/* key bounds, exclusive */
	struct span after, before;
	bool has_since, has_until;	/* lastModified > since_us, <= until_us */
	int64_t since_us, until_us;
	uint64_t offset;
	uint64_t limit;			/* 0: no limit */
	bool want_content;		/* false: content is left out of the rows handed on */
	size_t max_page_bytes;		/* a page ends before it outgrows this; 0: no such bound */
	plan_match_fn *match;		/* needed when where is not NULL */
	plan_keys_fn *keys;		/* needed when sort is SORT_ORDER */
};

#endif
