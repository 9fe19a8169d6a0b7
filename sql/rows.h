/* sql/rows.h - all rows of a table, page by page, inside the caller's snapshot
 *
 * Pages are read by key, so memory does not grow with the table: at most 4000 rows or about a megabyte each, unless one row is
 * longer.  SQLite is read in the order of its rowid, a page as one text unless a row is too long for that; documents in the order of
 * storage, whatever their keys.
 * Tables without a key: PostgreSQL has a cursor, MariaDB holds the whole result in memory.
 */
#ifndef CORDS_SQL_ROWS_H
#define CORDS_SQL_ROWS_H

#include "sql/stmt.h"
#include "sql/tables.h"

struct rows;

/* Cells in the order of the columns, one row after the other; they live until the page after the next is asked for, so that
 * one is read while another is worked off.  Text is valid UTF-8; dates and times are in ISO 8601, with T between them and Z after
 * what is in UTC.  CELL_NUMBER is also an integer beyond 64 bits with sign. */
struct rows_page {
	size_t n_rows;			/* 0: there are no more */
	const struct cell *cells;	/* n_rows * n_columns */
	int64_t n_bytes;		/* of all values, about */
	bool is_part;			/* the piece that was cut has more rows: the next page of it follows, before another cut */
};

/*
 * rows_open - begin to read
 *
 * table   as table_describe() said in this transaction; borrowed, as ref is
 * where   a condition with its values, borrowed; NULL: all rows
 * fails   what statements fail with
 */
bool rows_open(struct db *db, const struct table_ref *ref, const struct table *table, const struct query *where,
    struct arena *mem, struct rows **out, struct err *e);
/* The condition of a filter object for rows_open(), in mem.  root: what the filter is called in messages.  fails BAD_FILTER */
bool rows_where(struct db *db, const struct table *table, struct span filter, const char *root, struct arena *mem, struct query *out,
    struct err *e);
bool rows_next(struct rows *r, struct rows_page *out, struct err *e);

/*
 * rows_cut - the next piece of r begins where that of `before` ends, which has been cut already; NULL: with the first row
 *
 * For several connections that see the same state of one table and read it in turn.  Only the ends of the piece are looked up
 * here; rows_next() reads it, in one page or more, while others cut and read theirs.  Where the key is a whole number the end is
 * guessed by the gaps so far, since counting rows costs a sixth of reading them.
 */
bool rows_cut(struct rows *r, const struct rows *before, struct err *e);
bool rows_can_cut(const struct rows *r);	/* not without a key */
void rows_close(struct rows *r);	/* also when the arena that it was opened with is rewound; NULL is allowed */

/* Will all rows be held in memory? */
bool rows_are_held(const struct table *table, const struct dialect *d);

#endif
