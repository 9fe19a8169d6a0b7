/* sql/tables.h - what the catalogue of an engine holds: schemas, tables, views, sequences, code, enumerated types
 *
 * Everything is read inside the caller's transaction, so that descriptions and rows are of one moment (sql/rows.h).  System
 * schemas and the tables of the repository are never shown.  Collections of documents are shown as tables of six columns that
 * cords defines: key, version, created, modified, media_type, content.
 */
#ifndef CORDS_SQL_TABLES_H
#define CORDS_SQL_TABLES_H

#include "sql/coll.h"
#include "sql/db.h"
#include "sql/table.h"

/* A schema of an engine and of the repository: they are one when their names are the same ignoring ASCII case. */
struct place {
	struct span name;		/* as the dump and the log call it: the engine's name; of collections alone the repository's */
	struct span engine;		/* PostgreSQL: namespace, MariaDB: database, SQLite: "main".  n 0: there is none, only collections */
	int64_t rest_id;		/* of the schema in the repository; 0: it is not REST-enabled */
	struct span rest_name;		/* ... its name */
};

struct table_ref {
	const struct place *place;
	struct span name;
	struct span tablespace;		/* "DEFAULT" where the engine has none */
	const struct coll *coll;	/* NULL: a table of the engine */
	int64_t n_rows_estimate;	/* -1: the engine does not tell */
	bool is_consistent;		/* false: its storage takes no part in transactions */
	bool is_readable;		/* false: the pool's account has no right to its rows */
};

/* All schemas that the pool can see, by name.  On SQLite the tables of the file belong to the schema that was enabled first. */
bool tables_places(struct db *db, struct arena *mem, const struct place **out, size_t *n, struct err *e);

/* tables by name, then collections by name */
bool tables_list(struct db *db, const struct place *place, struct arena *mem, const struct table_ref **out, size_t *n,
    struct err *e);

/* everything of datapump "metadata": columns in order, keys, checks, indexes, comments.  fails NOT_FOUND when it went away */
bool table_describe(struct db *db, const struct table_ref *ref, struct arena *mem, struct table *out, struct err *e);

/*
 * tables_hold - right after the snapshot was taken: nobody removes, redefines or empties these tables until the transaction ends
 *
 * Where the engine keeps such things apart from a snapshot by itself, or where table_hold() does, nothing happens.
 * fails   BUSY: one is gone already, or was locked for long; the transaction is over
 */
bool tables_hold(struct db *db, const struct table_ref *refs, size_t n, struct err *e);

/*
 * table_hold - keep others from redefining a table until the transaction ends, where the snapshot alone does not
 *
 * held    false: it is not any more what the snapshot knows, or was locked for long; the transaction can go on without it
 */
bool table_hold(struct db *db, const struct table_ref *ref, bool *held, struct err *e);

bool table_count_rows(struct db *db, const struct table_ref *ref, int64_t *out, struct err *e);

bool tables_bytes(struct db *db, int64_t *out, struct err *e);	/* of all tables of a file; -1: the engine does not tell */

/* Where the snapshot stands in the engine's log: LSN, GTID; p NULL: it has no such thing */
bool tables_position(struct db *db, struct arena *mem, struct span *out, struct err *e);

bool views_list(struct db *db, const struct place *place, struct arena *mem, const struct view **out, size_t *n, struct err *e);
bool sequences_list(struct db *db, const struct place *place, struct arena *mem, const struct sequence **out, size_t *n,
    struct err *e);		/* without those that an identity column owns */
bool code_list(struct db *db, const struct place *place, struct arena *mem, const struct code **out, size_t *n, struct err *e);
/* what the engine has besides and nobody takes along: "foreign table x", as texts */
bool others_list(struct db *db, const struct place *place, struct arena *mem, const struct span **out, size_t *n, struct err *e);
bool enum_types_list(struct db *db, const struct place *place, struct arena *mem, const struct enum_type **out, size_t *n,
    struct err *e);

#endif
