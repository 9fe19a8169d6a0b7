/* sql/fetch.h - rows of a short statement into structs; private to this folder */
#ifndef CORDS_SQL_FETCH_H
#define CORDS_SQL_FETCH_H

#include "sql/stmt.h"

/* the current row into a struct; what that keeps is in mem */
typedef bool fetch_fn(struct stmt *st, struct arena *mem, void *row, struct err *e);

/*
 * fetch_all - every row into an array
 *
 * size    of an element, bytes; read() gets one that is zeroed
 * returns the array in *rows, NULL when there is no row, and their number
 * fails   as diag.c classifies, and as read() does
 */
bool fetch_all(struct db *db, const struct query *q, fetch_fn *read, size_t size, struct arena *mem, void **rows, size_t *n,
    struct err *e);

/* the first row into a struct of the caller; *found false without a row */
bool fetch_one(struct db *db, const struct query *q, fetch_fn *read, struct arena *mem, void *row, bool *found, struct err *e);

#endif
