/* sql/rowform.h - how an engine sends a whole row as one value; private to this folder
 *
 * A value costs about a quarter of a microsecond on its way through a driver, whatever its length.  One text for each row is
 * two to four times as fast as its columns, has no length that must be known before, and tells values of SQLite with their class.
 */
#ifndef CORDS_SQL_ROWFORM_H
#define CORDS_SQL_ROWFORM_H

#include "base/buf.h"
#include "sql/table.h"

struct row_form {
	bool is_bytes;			/* the value is fetched as such, not as text */
	void (*put)(const struct table *t, struct buf *out);	/* the expression, of columns without prefix */

	/* One row into cells, in place: cells point into text, which has a spare byte behind it.  false: not of this form */
	bool (*read)(const struct table *t, char *text, size_t n, struct cell *cells);

	/* Without a key: rows come one by one from a statement without markers; else a cursor, where there are some */
	bool streams, has_cursors;

	bool compares_rows;		/* (a, b) > (?, ?) is looked up in an index */
	bool (*can_follow)(const struct column *c);		/* is the order of this column that of its comparison? */
	void (*put_marker)(const struct column *c, struct buf *out);	/* for a value of this column that was read */
	const char *(*load_marker)(const struct column *c);	/* for one that is inserted; NULL: a plain one */
};

extern const struct row_form row_form_sqlite, row_form_postgresql, row_form_mariadb;

/* ---- for forms ---- */
bool cell_int(struct span digits, struct cell *out);	/* INT, or NUMBER beyond 64 bits; false: no integer */
bool cell_hex(char *digits, size_t n, struct cell *out);	/* BLOB, decoded in place */

#endif
