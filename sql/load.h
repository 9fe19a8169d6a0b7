/* sql/load.h - many rows into one table of a user
 *
 * One statement writes many rows, every value bound: a marker for each value, or, where the engine unfolds arrays, one for each
 * column.  Statements stay prepared as long as the load is open, with their markers bound to places of their own.
 */
#ifndef CORDS_SQL_LOAD_H
#define CORDS_SQL_LOAD_H

#include "sql/convert.h"
#include "sql/db.h"

struct load;

/* Session settings for whoever loads: no foreign keys checked meanwhile, no automatic values for zeros.  After each db_begin()
 * that may have opened another connection; costs nothing on one that is set already. */
bool load_session(struct db *db, struct err *e);
void load_session_end(struct db *db);	/* as it was, by closing the connection at the next chance */

/* t: the table as it is in the target; columns: those that get values, in the order of the values.  Borrowed until load_close() */
struct load *load_open(struct db *db, const struct table *t, const struct column *const *columns, size_t n_columns,
    struct arena *mem);

/*
 * load_rows - insert rows, inside the caller's transaction
 *
 * values  row by row; borrowed until the transaction ends
 * fails   BAD_REQUEST, CONSTRAINT, DUPLICATE_KEY, TOO_LARGE: a row does not fit, or is left out by a trigger; else as diag.c
 *         classifies
 */
bool load_rows(struct load *l, const struct value *values, size_t n_rows, struct arena *mem, struct err *e);

/* From the first row on, those whose like exists already are not written, and *n_written counts the others.  false: the engine
 * cannot leave them out without leaving out more */
bool load_only_new(struct load *l, size_t *n_written);

/*
 * load_fitting - the same without the rows that do not fit: the transaction goes on
 *
 * refused  called for each of those, in their order, with its place among the rows
 * fails    as load_rows(), but not because of a row; CONSTRAINT when the table ends the whole transaction for a row, keeps some
 *          rows of a statement that it refuses, or has written some of many, and nobody can tell which
 */
typedef void load_refused(void *arg, size_t row, const struct err *why);
bool load_fitting(struct load *l, const struct value *values, size_t n_rows, load_refused *refused, void *arg, struct arena *mem,
    struct err *e);
void load_close(struct load *l);	/* NULL is allowed */

bool load_takes(const struct db *db, size_t n_bytes);	/* in one statement */

bool load_is_row_fault(const struct err *e);	/* is it about a row, not about the database? */

/* a definition made by gen_table.h; outside of a transaction where definitions commit */
bool load_defines_in_transaction(const struct db *db);
bool load_define(struct db *db, const char *text, struct err *e);

#endif
