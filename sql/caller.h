/* sql/caller.h - one statement of a caller on a connection of the caller's own
 *
 * The only place where text that a client wrote meets a driver: one statement of sql/split.h that is taken, whole, and its values
 * bound.  It runs inside a transaction that somebody else begins and ends, on a connection where nothing is out of reach that the
 * caller must not reach: with the caller's own rights, or where the dialect reserves names.
 */
#ifndef CORDS_SQL_CALLER_H
#define CORDS_SQL_CALLER_H

#include "sql/convert.h"
#include "sql/split.h"
#include "sql/stmt.h"
#include "sql/table.h"

struct caller_page {
	uint64_t offset, limit;
};

struct caller_column {
	struct span name;
	const char *type_name;		/* of the driver, "unknown" where it has no word */
	int64_t precision, scale;
	bool nullable;
};

/* What the engine says about a statement that it does not run */
struct caller_fault {
	int64_t code;			/* native */
	char state[6];
	struct span text;		/* in the engine's words */
	size_t line, column;		/* in the script: of what the engine names, or of the statement */
};

struct caller_stmt {
	size_t n_columns;		/* 0: it gives no rows */
	const struct caller_column *columns;
	int64_t n_changed;		/* rows; -1: the driver does not tell */
	struct span said;		/* notices of the engine, a line each */
};

/*
 * caller_prepare - make ready
 *
 * st      taken: refusal is NULL.  Its markers are those that values[] belong to, in their order
 * page    of the rows; of a statement that gives some
 * mem     holds the result; *out is closed when it goes, at the latest
 * fails   STATEMENT with f filled in: the engine does not take it, and the connection can be used still; else as stmt_open()
 */
bool caller_prepare(struct db *db, const struct statement *st, size_t n_values, const struct caller_page *page, struct arena *mem,
    struct caller_stmt **out, struct caller_fault *f, struct err *e);

/* run it; again also, with other values.  values: REAL holds text as well, the decimal spelling */
bool caller_run(struct caller_stmt *c, const struct value *values, struct caller_fault *f, struct err *e);

/* the next row behind the offset, in mem; NULL at the end */
bool caller_row(struct caller_stmt *c, struct arena *mem, const struct cell **row, struct caller_fault *f, struct err *e);
void caller_close(struct caller_stmt *c);	/* NULL is allowed */

/* After a failed statement: may the transaction go on?  fails as the connection does.  A poisoned transaction stays so when not */
bool caller_may_go_on(struct db *db, bool *may, struct err *e);

/* After each statement: has the engine ended the transaction on its own?  Then another one has begun */
bool caller_keep_transaction(struct db *db, bool *was_ended, struct err *e);

#endif
