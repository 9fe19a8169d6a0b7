/* sql/literal.h - which texts of defaults, checks and predicates may be used again
 *
 * The texts come from a dump, which is data: none of them reaches a statement unless it is read here.  What is no
 * literal and no simple comparison is used on the same engine only, verbatim, in parentheses, and only when it is made of
 * names, literals, operators and functions of a list: it can call nothing else and cannot leave its parentheses.
 */
#ifndef CORDS_SQL_LITERAL_H
#define CORDS_SQL_LITERAL_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/span.h"
#include "sql/dialect.h"

enum literal_kind {
	LITERAL_NULL, LITERAL_TRUE, LITERAL_FALSE, LITERAL_NUMBER, LITERAL_STRING, LITERAL_BYTES,
	LITERAL_CURRENT_DATE, LITERAL_CURRENT_TIME, LITERAL_CURRENT_TIMESTAMP
};

struct literal {
	enum literal_kind kind;
	bool negative;		/* of a number */
	struct span text;	/* number as written without its sign; string decoded; bytes in hexadecimal */
};

/* One literal, as PostgreSQL ('a'::text), MariaDB (current_timestamp()) or SQLite print it; parentheses and casts around it
 * are looked through.  false: it is something else */
bool literal_parse(struct span text, struct arena *mem, struct literal *out);
void literal_put(const struct dialect *d, const struct literal *l, struct buf *out);

/* text as a string literal of the engine: the only way in which text of a dump gets into a statement */
void put_string(const struct dialect *d, struct span text, struct buf *out);

enum check_kind { CHECK_ALL, CHECK_ANY, CHECK_COMPARE, CHECK_IN, CHECK_NULL };

struct check {
	enum check_kind kind;
	struct check *children, *next;	/* ALL, ANY */
	struct span column;
	bool negated;			/* NOT IN, IS NOT NULL */
	const char *op;			/* COMPARE: = <> < <= > >= */
	size_t n_values;
	struct literal *values;
};

/* comparisons of a column with literals, IN, BETWEEN, IS NULL, joined by AND and OR; NULL: it is something else */
struct check *check_parse(struct span text, struct arena *mem);
void check_put(const struct dialect *d, const struct check *c, struct buf *out);

/* is this text, in parentheses, an expression of the engine that can do no harm? */
bool expression_is_harmless(struct span text, struct arena *mem);

/* Is it one statement that only reads, or one that makes a trigger or a routine?  Nothing follows its end.  *out: without a
 * semicolon behind it.  Such texts run on explicit request only. */
bool query_is_single(const struct dialect *d, struct span text, struct span *out);
bool code_is_single(const struct dialect *d, struct span text, struct span *out);

/*
 * next_value_parse - nextval('schema.name'::regclass) or nextval(`schema`.`name`), as PostgreSQL and MariaDB print the default of a
 * column that a sequence counts for
 *
 * schema, name   in mem
 */
bool next_value_parse(struct span text, struct arena *mem, struct span *schema, struct span *name);
void next_value_put(const struct dialect *d, struct span schema, struct span name, struct buf *out);

#endif
