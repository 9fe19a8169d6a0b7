/* sql/stmt.h - prepared statements: bind, run, step through rows
 *
 * Statements are kept prepared per connection, by text, least recently used first out.  Values are always bound.  A failure
 * inside a transaction poisons it: only rollback is possible afterwards (D-03).
 *
 * Every SELECT is a bounded page (D-08).  The SQLite driver streams statements without markers only; one with a marker
 * reads its whole result, all columns, into memory when it is executed.  What may be long is read in pages by key.  And it
 * keeps only selects with a marker prepared, so even a constant of a frequent one is better bound.
 */
#ifndef CORDS_SQL_STMT_H
#define CORDS_SQL_STMT_H

#include "base/buf.h"
#include "sql/db.h"

struct stmt;

/* a value for a marker */
enum bind_kind { BIND_NULL, BIND_TEXT, BIND_INT, BIND_BLOB, BIND_ARRAY };
struct bind {
	enum bind_kind kind;
	struct span text;		/* TEXT (valid UTF-8 without NUL), BLOB and ARRAY (array.h; all values of a query, or none); borrowed
					 * until stmt_done */
	int64_t number;
};
enum { MARKERS_KEPT = 256 };	/* statements with more markers, of bulk inserts, are not kept: many shapes, much memory */

#define BIND_T(s) ((struct bind){ .kind = BIND_TEXT, .text = (s) })
#define BIND_I(v) ((struct bind){ .kind = BIND_INT, .number = (v) })
#define BIND_N ((struct bind){ .kind = BIND_NULL })
#define BIND_B(s) ((struct bind){ .kind = BIND_BLOB, .text = (s) })
#define BIND_A(s) ((struct bind){ .kind = BIND_ARRAY, .text = (s) })

/* how a statement writes rows of several tables: gen_whole.c */
enum whole {
	WHOLE_NONE,		/* it does not */
	WHOLE_WITH,		/* parts of a WITH write; to drivers it is a query, whose one row tells how many documents were written */
	WHOLE_BLOCK		/* a block of statements is one, and may begin and commit */
};

/* text with '?' and the values to bind; made by gen.c, or a literal */
struct query {
	struct span text;
	size_t n_binds;
	const struct bind *binds;
	enum whole whole;
	bool is_often;			/* see stmt_exec_often() */
	bool has_head;			/* its first column is a head: sql_head_begin(), stmt_head() */
};

/*
 * stmt_open - prepare (or take from the cache), bind and execute
 *
 * returns a statement positioned before its first row; stmt_done() gives it back.  Rollback gives all of them back.
 * fails   as diag.c classifies
 */
bool stmt_open(struct db *db, const struct query *q, struct stmt **out, struct err *e);

/* the next row; *has_row false at the end */
bool stmt_step(struct stmt *st, bool *has_row, struct err *e);

/* Around many calls of stmt_step() and stmt_append() on one statement: the driver counts as called all the time, which costs each
 * row less.  Nothing else is run on the connection meanwhile. */
void stmt_rows_begin(struct stmt *st);
void stmt_rows_end(struct stmt *st);

/* columns of the current row, from 0, in ascending order, each once.  Text and blob are copied to mem.  An absent value is a
 * broken driver, except where it is asked for: p NULL */
bool stmt_text(struct stmt *st, int column, struct arena *mem, struct span *out, struct err *e);
bool stmt_text_or_null(struct stmt *st, int column, struct arena *mem, struct span *out, struct err *e);
bool stmt_blob(struct stmt *st, int column, struct arena *mem, struct span *out, struct err *e);
bool stmt_blob_or_null(struct stmt *st, int column, struct arena *mem, struct span *out, struct err *e);
bool stmt_int(struct stmt *st, int column, int64_t *out, struct err *e);
/* the head of a row (struct query): n numbers, and the text behind them.  A column costs drivers as much as all numbers of a head */
bool stmt_head(struct stmt *st, int64_t *numbers, size_t n, struct arena *mem, struct span *text, struct err *e);
/* text or blob behind what the buffer holds, without another copy */
bool stmt_append(struct stmt *st, int column, bool as_blob, struct buf *out, bool *is_null, struct err *e);

void stmt_done(struct stmt *st);	/* NULL is allowed */

/* a statement without rows; *n_changed: rows it touched (may be NULL) */
bool stmt_exec(struct db *db, const struct query *q, int64_t *n_changed, struct err *e);
/* ... made with catalog_to_compare(): in TX_ONE_WRITE it is a transaction of its own.  *n_changed is 0 or 1 then.  WITH at
 * its beginning makes a query of it to drivers (D-07), whose only row tells the number; BEGIN a block, which writes 1 or fails.
 * fails UNCERTAIN when nobody knows whether it is stored */
bool stmt_exec_comparing(struct db *db, const struct query *q, int64_t *n_changed, struct err *e);
/* ... that touches so many rows unless it fails: another number is a broken driver, which may have done nothing at all */
bool stmt_exec_n(struct db *db, const struct query *q, int64_t n, struct err *e);

/*
 * stmt_exec_often - a write of a shape that comes again and again, inside a transaction
 *
 * The driver of SQLite compiles a write each time and keeps only queries; here it is made to keep this one (often.c), but then
 * does not count its rows.  So whoever calls this asks stmt_touched() before anything else is written, and before COMMIT.
 * fails   as stmt_exec()
 */
bool stmt_exec_often(struct db *db, const struct query *q, struct err *e);
/* rows that these touched since the last call, all together; stmt_touched_n(): another number is a broken driver */
bool stmt_touched(struct db *db, int64_t *n, struct err *e);
bool stmt_touched_n(struct db *db, int64_t n, struct err *e);

/* literal SQL without markers, not cached: BEGIN, PRAGMA, DDL */
bool stmt_direct(struct db *db, const char *text, struct err *e);
/* a definition made by gen_table.h: names and texts in it are quoted, and may hold anything */
bool stmt_define(struct db *db, const char *text, struct err *e);

/* fixed statements on the repository, by name: stmts.def */
enum stmt_name {
#define S(name, text) S_##name,
#include "sql/stmts.def"
#undef S
	S__N
};
struct span stmt_named(enum stmt_name name);	/* its text */

#endif
