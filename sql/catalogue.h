/* sql/catalogue.h - how an engine tells what it holds, as one constant struct per engine; private to this folder */
#ifndef CORDS_SQL_CATALOGUE_H
#define CORDS_SQL_CATALOGUE_H

#include "sql/dialect.h"
#include "sql/stmt.h"
#include "sql/tables.h"

/* Everything here is read inside the caller's transaction; `schema` is the engine's name of it. */
struct catalogue {
	const char *schemas;		/* a SELECT of names; NULL: there is one, which belongs to the schema that was enabled first */
	const char *tables;		/* of schema ?: name, tablespace, estimate of rows, is in transactions, may be read */
	const char *documents;		/* a SELECT of tables of documents: name, estimate of rows; NULL: the engine has no estimates */
	const char *bytes;		/* a SELECT of how many all tables have together; NULL: the engine does not tell */
	const char *views;		/* of schema ?: name, text; perhaps also is it stored, is it filled */
	const char *others;		/* of schema ?: kind, name, of what cords does not take; NULL: the engine has no such things */
	const char *position;		/* a SELECT of where the snapshot stands in the engine's log; NULL: it has none */
	const char *lock[2];		/* around the name of a table: others can only read and write rows from then on; NULL: not needed */
	bool redefines;			/* under a snapshot, what it has not read yet: its read fails then, and nothing else */
	struct span (*view_query)(struct span text, struct arena *mem);	/* what is in that text; NULL: it is the query */
	bool (*describe)(struct db *db, struct arena *mem, struct table *t, struct err *e);	/* schema and name are set */
	bool (*sequences)(struct db *db, struct span schema, struct arena *mem, const struct sequence **out, size_t *n, struct err *e);
	bool (*code)(struct db *db, struct span schema, struct arena *mem, const struct code **out, size_t *n, struct err *e);
	bool (*enum_types)(struct db *db, struct span schema, struct arena *mem, const struct enum_type **out, size_t *n,
	    struct err *e);		/* NULL: the engine has none */
};

extern const struct catalogue catalogue_sqlite, catalogue_postgresql, catalogue_mariadb;

/* ---- for engines ---- */

/* all rows of a small SELECT, as texts; p NULL: absent */
struct answer {
	size_t n_rows, n_columns;
	const struct span *values;
};

bool answer_read(struct db *db, const char *text, const struct bind *binds, size_t n_binds, struct arena *mem, struct answer *out,
    struct err *e);

static inline struct span
answer_at(const struct answer *a, size_t row, size_t column)
{
	return a->values[row * a->n_columns + column];
}

void table_put_name(struct db *db, const struct table_ref *ref, struct buf *out);	/* as statements call it */

size_t answer_group(const struct answer *a, size_t row);	/* how many rows from this one on have the same first column */
/* of n rows from `row` on: one column as an array */
const struct span *answer_down(const struct answer *a, size_t row, size_t n, size_t column, struct arena *mem);
int64_t answer_int(const struct answer *a, size_t row, size_t column);	/* 0 for an absent one */
bool answer_true(const struct answer *a, size_t row, size_t column);	/* 't' or '1' */

#endif
