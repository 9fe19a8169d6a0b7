/* datapump/readers.h - the pages of one table in their order, read by several connections in turn
 *
 * Each connection has a thread of its own (ahead.h).  Whose turn it is looks up where the next piece ends and passes the turn on; then
 * it reads that piece, mostly one page, while others do the same with theirs.
 */
#ifndef CORDS_DATAPUMP_READERS_H
#define CORDS_DATAPUMP_READERS_H

#include "sql/rows.h"

struct readers;

/* rows   of one table, each on a connection of its own; borrowed.  Of several rows_can_cut() is true.  fails NO_RESOURCES */
bool readers_open(struct rows *const *rows, size_t n, struct arena *mem, struct readers **out, struct err *e);

/* The next page; it lives until the next one is asked for.  n_rows 0: there are no more.  fails as rows_next() */
bool readers_next(struct readers *r, struct rows_page *out, struct err *e);

void readers_close(struct readers *r);	/* waits for pages that are being read; NULL is allowed */

#endif
