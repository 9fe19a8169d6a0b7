/* sql/rowform.h - how an engine sends whole rows as one value; private to this folder
 *
 * A value costs about a quarter of a microsecond on its way through a driver, whatever its length, and a row a little more.  One
 * text for each row is two to four times as fast as its columns, has no length that must be known before, and tells values of
 * SQLite with their class.
 */
#ifndef CORDS_SQL_ROWFORM_H
#define CORDS_SQL_ROWFORM_H

#include "base/buf.h"
#include "sql/table.h"

struct row_form {
	bool is_bytes;			/* the value is fetched as such, not as text */
	void (*put)(const struct table *t, struct buf *out);	/* the expression, of columns without prefix */

	/* One row into cells, in place: cells point into the text, which has a spare byte behind its end.  Returns where the row
	 * ends; NULL: not of this form */
	char *(*read)(const struct table *t, char *text, char *end, struct cell *cells);

	/* Where a column is told as NOT NULL, a NULL makes read() fail, whatever else is in the row: so columns are told so until one
	 * is seen, which costs less than to look for it in each row */
	bool minds_nulls;

	/* A page as one value, where that costs less: how many rows there are, and those whose values have not more than about so
	 * many bytes, group_gap bytes between two of them.  Servers take longer for it than the drivers save */
	void (*put_group)(const struct table *t, size_t row_bytes, struct buf *out);	/* NULL: rows come one by one */
	size_t group_gap;

	/* Without a key: rows come one by one from a statement without markers; else a cursor, where there are some */
	bool streams, has_cursors;
	const char *const *numbers;	/* names for the number that each row has, the first that is no column; NULL: they have none */

	bool compares_rows;		/* (a, b) > (?, ?) is looked up in an index */
	bool (*can_follow)(const struct column *c);		/* is the order of this column that of its comparison? */
	void (*put_marker)(const struct column *c, struct buf *out);	/* for a value of this column that was read */
	const char *(*load_marker)(const struct column *c);	/* for one that is inserted; NULL: a plain one */
};

extern const struct row_form row_form_sqlite, row_form_postgresql, row_form_mariadb;

/* ---- for forms ---- */
bool cell_int(struct span digits, struct cell *out);	/* INT, or NUMBER beyond 64 bits; false: no integer */
bool cell_hex(char *digits, size_t n, struct cell *out);	/* BLOB, decoded in place */
bool cell_is_short(const struct column *c);		/* and there is never a comma in it */

/* Heads first, between commas: a short value as it is, or nothing for NULL, of a long one its length in bytes, or nothing or -1; then,
 * if there are long values, the mark, and those that are not NULL, each behind a comma. */
struct length_form {
	char mark;		/* behind a comma, and no head begins so; '\0': none */
	bool (*read_short)(const struct column *c, char *p, size_t n, struct cell *out);	/* p[n] may be overwritten */
	bool (*read_long)(const struct column *c, char *p, size_t n, struct cell *out);
};
char *row_by_lengths(const struct length_form *f, const struct table *t, char *p, char *end, struct cell *cells);

#endif
