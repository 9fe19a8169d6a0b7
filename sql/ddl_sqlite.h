/* sql/ddl_sqlite.h - what SQLite keeps of a table as the text that made it only; private to this folder */
#ifndef CORDS_SQL_DDL_SQLITE_H
#define CORDS_SQL_DDL_SQLITE_H

#include "base/arena.h"
#include "sql/table.h"

struct ddl_column {
	struct span name, collation, generated;
	struct ddl_column *next;
};

struct ddl_name {		/* of a constraint, in the order of the text; p NULL: it has none */
	struct span name;
	bool deferred;			/* of one that refers: until the end of the transaction */
	struct ddl_name *next;
};

struct ddl_table {
	struct ddl_column *columns;
	struct ddl_name *keys;		/* PRIMARY KEY, except of a column INTEGER PRIMARY KEY, and UNIQUE */
	struct ddl_name *fks;
	struct span pk_name;
	bool autoincrement, is_strict;
	size_t n_checks;
	const struct table_check *checks;
};

/* A text of sqlite_master, which the engine has accepted; what is not understood is left out. */
void ddl_table_read(struct span sql, struct arena *mem, struct ddl_table *out);

struct ddl_index {
	size_t n_parts;
	const struct span *parts;	/* the expressions, without COLLATE, ASC, DESC at their ends */
	struct span where;		/* p NULL */
};
void ddl_index_read(struct span sql, struct arena *mem, struct ddl_index *out);

/* what stands behind USING of CREATE VIRTUAL TABLE; p NULL: it is another kind of table */
struct span ddl_module(struct span sql, struct arena *mem);

/* the query of CREATE VIEW; p NULL */
struct span ddl_view_query(struct span sql, struct arena *mem);

#endif
