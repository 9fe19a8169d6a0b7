/* sql/line.h - the socket behind a connection, and whether anybody is at its other end */
#ifndef CORDS_SQL_LINE_H
#define CORDS_SQL_LINE_H

#include "base/span.h"

struct line;

struct line *line_open(void);		/* NULL without memory */
void line_close(struct line **l);

/* around the call that connects: drivers do not tell their socket, it is the one that was not there before */
void line_before(struct line *l);
void line_after(struct line *l);
void line_forget(struct line *l);	/* the connection is closed */

/* no sign of life from the server within a second; false where the socket is not known.  hello: what it answers to; n 0: it
 * speaks first */
bool line_is_dead(const struct line *l, struct span hello);
bool line_is_quiet(const struct line *l);	/* nothing has come that nobody asked for, as a farewell; false where the socket is not known */
void line_cut(struct line *l);		/* whoever reads from it is woken with an error */

#endif
