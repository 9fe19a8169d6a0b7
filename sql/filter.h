/* sql/filter.h - filter objects: conditions on columns, from JSON text to data, and from data to SQL
 *
 * The language of ?q= on listings and of `queries` in exports.  Columns come from a table of the caller; what the text brings
 * becomes bound values and nothing else.  The same filter finds the same rows on every engine: texts are compared by bytes, also
 * by $like; absent values match $null only, and come last in ascending order.
 */
#ifndef CORDS_SQL_FILTER_H
#define CORDS_SQL_FILTER_H

#include "base/arena.h"
#include "base/err.h"
#include "base/span.h"

#include <stdint.h>

struct sql;
struct table;

enum filter_type {
	FILTER_TEXT,
	FILTER_NUMBER,
	FILTER_BOOL,			/* true and false, with $eq and $ne: an extension, for `queries` */
	FILTER_TIME,			/* date or time of the engine; SQLite: a text of ISO 8601 */
	FILTER_MICROS,			/* a time, kept as microseconds since 1970 */
	FILTER_OPAQUE			/* what cannot be compared: absent or not is all that can be asked */
};

struct filter_column {
	struct span name;		/* in the filter, where ASCII case does not count */
	enum filter_type type;
	struct span column;		/* in SQL, where it is quoted; n == 0: the same */
};

struct filter_columns {
	size_t n;
	const struct filter_column *column;
};

enum filter_op {
	FILTER_AND, FILTER_OR,		/* of children */
	FILTER_EQ, FILTER_NE, FILTER_LT, FILTER_LTE, FILTER_GT, FILTER_GTE, FILTER_BETWEEN,
	FILTER_INSTR, FILTER_NINSTR, FILTER_LIKE, FILTER_NULL, FILTER_NOTNULL
};

struct filter_operand {
	bool is_open;			/* an end of $between that is null */
	struct span text;		/* TEXT; NUMBER: plain decimal */
	int64_t number;			/* BOOL; TIME and MICROS: microseconds since 1970 */
};

struct filter_cond {
	enum filter_op op;
	const struct filter_column *column;	/* NULL with AND and OR */
	struct filter_operand low, high;	/* high: of BETWEEN only */
	const struct filter_cond *children, *next;
};

enum { FILTER_MAX_NODES = 1000, FILTER_MAX_DEPTH = 32, FILTER_MAX_ORDER = 100 };

struct filter {
	const struct filter_cond *where;	/* NULL: everything */
	size_t n_order;
	struct filter_order {
		const struct filter_column *column;
		bool descending;
	} *order;
};

/* filter_table.c: the columns of a table of users, by their abstract types; names borrowed.  `queries` of exports */
struct filter_columns filter_columns_of(const struct table *t, struct arena *mem);

/*
 * filter_parse - one filter object
 *
 * text    JSON, limited in size already; borrowed by the result
 * root    what the object is called in messages: "q", "queries[0].filter"
 * columns borrowed by the result
 * fails   BAD_FILTER, whose text begins with the path of what is wrong: "q.salary.$or[1]: ..."
 * spec    ords.md 5
 */
bool filter_parse(struct span text, const char *root, const struct filter_columns *columns, struct arena *mem, struct filter *out,
    struct err *e);

/* gen_filter.c: the conditions, in parentheses if they are several; false and nothing without conditions */
bool sql_filter(struct sql *s, const struct filter *f);
/* the terms behind ORDER BY, each with a comma behind it: what makes the order total follows */
void sql_filter_order(struct sql *s, const struct filter *f);

#endif
