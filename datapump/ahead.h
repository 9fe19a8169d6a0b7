/* datapump/ahead.h - pages of rows, the next one read by a second thread while one is worked off
 *
 * Reading waits for a database or decompresses, and so does working a page off: each has a processor of its own.  Between
 * ahead_open() and ahead_close() what the pages come from belongs to the second thread: nobody else uses its connection.
 */
#ifndef CORDS_DATAPUMP_AHEAD_H
#define CORDS_DATAPUMP_AHEAD_H

#include "sql/rows.h"

struct ahead;

/* The next page; n_rows 0: there are no more.  A page lives until the one after the next is asked for. */
typedef bool ahead_source(void *arg, struct rows_page *out, struct err *e);

/* fails  NO_RESOURCES: there is no second thread */
bool ahead_open(ahead_source *next, void *arg, struct arena *mem, struct ahead **out, struct err *e);

/* The next page; it lives until the next one is asked for.  fails as the source does */
bool ahead_next(struct ahead *a, struct rows_page *out, struct err *e);

void ahead_close(struct ahead *a);	/* waits for the page that is being read; NULL is allowed */

#endif
