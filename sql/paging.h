/* sql/paging.h - pages of a table at work, and their statements; private to rows.c, rows_cut.c and paging.c */
#ifndef CORDS_SQL_PAGING_H
#define CORDS_SQL_PAGING_H

#include "sql/odbc.h"
#include "sql/rowform.h"
#include "sql/rows.h"

enum { PAGE_ROWS = 4000 };	/* a batch of an import, whose every page is a transaction */

enum how { BY_KEY, BY_STREAM, BY_CURSOR };

/* where a page lies */
struct room {
	struct buf text;
	size_t starts[PAGE_ROWS + 1];
	size_t n_rows;
	struct cell *cells;
	size_t n_cells;
	struct arena *times;
};

/* a place between two rows: the key of the one before it */
struct rows_place {
	struct bind *key;
	struct buf text;		/* that the binds point to */
};

struct rows {
	struct db *db;
	const struct row_form *form;
	const struct table *table;	/* as the engine has it */
	const struct table *shape;	/* the same; or `guess`, where columns are NOT NULL that have shown no NULL so far */
	struct table *guess;		/* NULL: the form cares for no such thing */
	const struct coll *coll;
	const struct query *where;
	enum how how;

	struct stmt *open;		/* of a stream */
	const struct table_key *key;
	size_t *key_at;			/* which column of the table; not of a number, which is none */
	bool by_number;			/* the key is a number that each row has beside its columns */
	struct table key_table;		/* of the columns of the key alone */
	struct rows_place after, until;	/* the page lies between; until: where has_until */
	bool is_first, has_until, at_end, has_cursor;
	bool is_cut, is_last;		/* rows come in pieces, by rows_cut(); nothing lies behind this one */
	bool is_part;			/* more of the piece lies behind this page */
	double gap;			/* between two keys that are whole numbers, about; 0: not known */
	size_t limit;
	int n_ungrouped;		/* pages that could not be read as one text; many: it is not tried any more */

	struct arena *own;
	struct room rooms[2], *page;	/* in turn: a page stays while the next one is read */
	size_t longest;
};

/* The rows of a page, one by one, or all of a table. */
struct query paging_rows(const struct rows *r, struct arena *mem);
/* A page as one text, of the rows that have at most so many bytes (struct row_form); by number only what lies before its end. */
struct query paging_group(const struct rows *r, size_t row_bytes, struct arena *mem);
/* The row of key_table behind the next `skipped` rows, if there is one. */
struct query paging_end(const struct rows *r, size_t skipped, struct arena *mem);

/* ---- rows_cut.c ---- */

/* until: the key of that row, without reading what lies before it; has_until false: there are not so many. */
bool rows_find_end(struct rows *r, size_t skipped, struct err *e);

/* The page was read: what follows it, and does anything? */
void rows_pass_page(struct rows *r);

#endif
