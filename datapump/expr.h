/* datapump/expr.h - name expressions: the right-hand side of a comparison, parsed and evaluated here
 *
 * The text never reaches any SQL statement, file or shell.
 */
#ifndef CORDS_DATAPUMP_EXPR_H
#define CORDS_DATAPUMP_EXPR_H

#include "base/arena.h"
#include "base/err.h"
#include "base/span.h"

enum { EXPR_MAX_BYTES = 4000, EXPR_MAX_MEMBERS = 1000 };

struct expr;

/*
 * expr_parse - read one expression: != 'EMP', NOT IN ('A', 'B'), LIKE 'E\_%' ESCAPE '\', BETWEEN 'A' AND 'B', IS NULL
 *
 * text    UTF-8; borrowed for the life of the expression
 * at      position of what is wrong, in characters from 1
 * fails   BAD_JOB with what was expected there
 * spec    Data Pump, expression grammar
 */
bool expr_parse(struct span text, struct arena *mem, const struct expr **out, size_t *at, struct err *e);

/*
 * expr_holds - does a name satisfy it?  ASCII letters of either case are the same, unless exact
 *
 * name    p NULL: the object has no such attribute
 */
bool expr_holds(const struct expr *x, struct span name, bool exact);

/* One of these names: what `filter` is, 'HR','SCOTT' or HR,SCOTT; the same arguments. */
bool expr_parse_list(struct span text, struct arena *mem, const struct expr **out, size_t *at, struct err *e);

#endif
