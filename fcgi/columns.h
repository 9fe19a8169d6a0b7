/* fcgi/columns.h - a listing of the command line: in columns for people, as JSON for programs */
#ifndef CORDS_FCGI_COLUMNS_H
#define CORDS_FCGI_COLUMNS_H

#include "base/buf.h"

struct column {
	const char *head;	/* above the column; NULL ends the list */
	const char *member;	/* its name in JSON */
	size_t min_width;	/* characters */
	enum { COLUMN_TEXT, COLUMN_NUMBER, COLUMN_FLAG } kind;
	const char *truth;	/* of a flag: the word that stands for true; every other is false */
};

struct columns {
	struct arena *mem;
	const struct column *columns;
	size_t n_columns, n_cells;
	const char **cells;
};

/* columns are borrowed; rows are copied into the arena */
void columns_open(struct columns *t, struct arena *mem, const struct column *columns);
void columns_add(struct columns *t, const char *const *row);

/* head, dashes as wide as the columns, rows; three blanks between */
void columns_print(const struct columns *t);

/* an array of one object for each row */
void columns_json(const struct columns *t, struct buf *out);

/* is_json: {"list":[...]} and a line end; else as columns_print() */
void columns_show(const struct columns *t, const char *list, bool is_json);

#endif
