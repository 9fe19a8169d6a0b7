/* sql/table.h - a table as data: what it is called, its columns, keys, checks and indexes
 *
 * Read from the catalogue of an engine by sql/tables.h, carried by the dump file, made again by sql/gen_table.h.  Plain data:
 * nothing here touches a database.  Texts that are absent have p NULL.
 */
#ifndef CORDS_SQL_TABLE_H
#define CORDS_SQL_TABLE_H

#include "base/span.h"

#include <stdint.h>

enum abstract_type {
	ABS_BOOL, ABS_INT16, ABS_INT32, ABS_INT64, ABS_UINT64, ABS_DECIMAL, ABS_FLOAT32, ABS_FLOAT64, ABS_TEXT, ABS_CHAR,
	ABS_BINARY, ABS_DATE, ABS_TIME, ABS_TIMESTAMP, ABS_TIMESTAMPTZ, ABS_JSON, ABS_UUID, ABS_ENUM, ABS_OTHER, ABS__N
};

struct column {
	struct span name;
	enum abstract_type type;
	struct span native;		/* as the engine prints it */
	int64_t length;			/* characters; 0: none */
	int64_t precision, scale;	/* 0: none */
	bool nullable;
	struct span dflt;
	bool is_identity;		/* counts by itself */
	bool follows_updates;		/* MariaDB: becomes the time of each update of its row */
	bool is_invisible;		/* MariaDB: not in SELECT *, nor in an INSERT without names */
	int64_t key_length;		/* MariaDB: so many characters of it are in the primary key; 0: all */
	struct span generated;		/* the expression */
	struct span collation, comment;
	size_t n_words;			/* of an enumeration */
	const struct span *words;
};

/* when a key is looked at; what not every engine can is noted */
struct key_time {
	bool deferrable, deferred;
};

struct table_key {
	struct span name;		/* p NULL: it has none */
	struct key_time time;
	bool nulls_are_equal;		/* PostgreSQL: NULLS NOT DISTINCT */
	size_t n_columns;		/* 0: there is no such key */
	const struct span *columns;
};

struct foreign_key {
	struct span name;
	size_t n_columns;
	const struct span *columns;
	struct span schema, table;	/* what is referred to */
	const struct span *ref_columns;
	struct span on_update, on_delete;	/* "CASCADE"; p NULL: no action */
	struct key_time time;
	bool match_full;
};

struct table_check {
	struct span name, text;
	bool unproven;			/* PostgreSQL, NOT VALID: rows that are there need not keep it */
};

struct index_part {
	struct span column;		/* p NULL: expression */
	struct span expression;
	bool descending;
	int64_t length;			/* so many characters of its beginning; 0: all of it */
};

struct table_index {
	struct span name;
	bool unique;
	size_t n_parts;
	const struct index_part *parts;
	struct span where;		/* of a partial index */
	struct span kind;		/* "gin", "FULLTEXT"; p NULL: the ordinary kind, values in their order */
	struct span clause;		/* PostgreSQL, from USING on, when parts and where do not say everything; p NULL: they do */
};

struct table {
	struct span schema, name;
	struct span module;		/* SQLite: "fts5(a, b)" of a virtual table; p NULL: an ordinary one */
	bool is_derived;		/* ... which keeps no rows of its own that could be read */
	bool has_no_rowid, is_strict, never_reuses;	/* SQLite: WITHOUT ROWID, STRICT, AUTOINCREMENT */
	struct span comment, tablespace;
	size_t n_columns;
	const struct column *columns;
	struct table_key pk;
	size_t n_uniques;
	const struct table_key *uniques;
	size_t n_fks;
	const struct foreign_key *fks;
	size_t n_checks;
	const struct table_check *checks;
	size_t n_excludes;
	const struct table_check *excludes;	/* exclusion constraints of PostgreSQL, from USING on */
	size_t n_indexes;
	const struct table_index *indexes;

	bool is_collection;
	struct span metadata;		/* of a collection, JSON */
	size_t n_specs;
	const struct span *specs;	/* of its indexes, JSON as sent */

	int64_t n_rows_estimate;	/* -1: the engine does not tell */
	int64_t next_identity;		/* what its identity column counts next; 0: not known */
};

struct view {
	struct span schema, name, text;
	bool is_stored, is_filled;	/* PostgreSQL: materialised; with rows */
	size_t n_indexes;
	const struct table_index *indexes;	/* of one that is stored */
};

struct sequence {
	struct span schema, name;
	int64_t start, increment, min, max, next;
	bool cycle;
};

struct code {
	struct span schema, name, kind;	/* "TRIGGER", "FUNCTION", "PROCEDURE" */
	struct span table;		/* of a trigger */
	struct span text;
};

struct enum_type {
	struct span schema, name;
	size_t n_words;
	const struct span *words;
};

enum cell_kind { CELL_NULL, CELL_BOOL, CELL_INT, CELL_NUMBER, CELL_REAL, CELL_TEXT, CELL_BLOB };

struct cell {
	enum cell_kind kind;
	int64_t number;			/* BOOL, INT */
	struct span text;		/* NUMBER: decimal; REAL: 17 digits, "NaN", "Infinity", "-Infinity"; TEXT; BLOB */
};

#endif
