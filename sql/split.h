/* sql/split.h - a script that a caller wrote: where its statements begin and end, and what they are
 *
 * Reads as the engine reads: quotes, comments and dollar quotes as the dialect says.  Nothing is understood beyond
 * words; whether a statement is taken is decided by the dialect's table of verbs, the names that are out of reach, and what the
 * drivers are known to run half or wrongly.
 */
#ifndef CORDS_SQL_SPLIT_H
#define CORDS_SQL_SPLIT_H

#include "base/arena.h"
#include "base/err.h"
#include "base/span.h"

struct dialect;

enum { SCRIPT_STATEMENTS = 10000, STATEMENT_MARKERS = 1000 };

enum statement_type {
	STATEMENT_QUERY, STATEMENT_DML, STATEMENT_DDL, STATEMENT_BLOCK, STATEMENT_TRANSACTION, STATEMENT_SESSION, STATEMENT_SYSTEM,
	STATEMENT_CLIENT, STATEMENT_OTHER
};
const char *statement_type_name(enum statement_type t);	/* "query", "plsql", "sqlplus", as ORDS calls them */

enum statement_fact {				/* what stands somewhere in a statement, as a bare word */
	FACT_WRITES = 1,		/* INSERT, UPDATE, DELETE, MERGE behind the first word */
	FACT_WRITES_BELOW = 2,		/* the same, or REPLACE, outside of all brackets: what a WITH belongs to */
	FACT_RETURNING = 4,
	FACT_LIMIT = 8,			/* outside of all brackets */
	FACT_INTO = 16,			/* the same */
	FACT_MAINTENANCE = 32,		/* of a partition: CHECK PARTITION and the like */
	FACT_LOCKS = 64,		/* FOR, LOCK or PROCEDURE outside of all brackets */
	FACT_CODE_COMMENT = 128,	/* before it, or in it */
	FACT_ODD_MARKER = 256		/* what the engine takes for a marker, and we do not */
};

/* How an engine reads. */
struct lexis {
	bool hash_comments;		/* # to the end of the line */
	bool blank_after_dashes;	/* -- begins a comment only before white space */
	bool nested_comments;
	bool code_comments;		/* what stands behind / * ! is run */
	bool backticks, brackets;	/* they quote names */
	bool dollar_quotes, escape_strings;	/* $tag$..$tag$; E'..\'..' */
	bool many_markers;		/* also ?1, @x and $x would be markers, and absent without a value */
	bool delimiter_lines;		/* DELIMITER // , as in clients of that engine */
};

/* Leading words of a statement; of those that fit the one with most words counts.  Which are not listed is not taken. */
struct verb {
	const char *words;		/* NULL ends the table */
	enum statement_type type;
	unsigned refuses;		/* facts that it must not have; 0 with a refusal: never taken */
	const char *refusal;		/* why; NULL: it is taken */
};

struct marker {
	size_t at, n;			/* in what is run */
	struct span name;		/* n 0: a question mark */
};

struct statement {
	struct span text;		/* as it was written, without its terminator */
	struct span run;		/* what is run: without comments, in which drivers look for markers and quotes; those of a
					 * routine are kept.  As many lines */
	size_t start_line, start_column, end_line;	/* in the script, from 1 */
	enum statement_type type;
	unsigned facts;
	struct span verb;		/* the first word, "" when there is none */
	struct span second;		/* the word behind it */
	const char *refusal;		/* NULL: it is taken */
	size_t n_markers;
	const struct marker *markers;	/* :name may be something else: it is one when a value has that name */
};

/*
 * script_split - divide a script
 *
 * text    UTF-8 without NUL; borrowed
 * d       whose lexis and verbs count
 * fails   TOO_LARGE for more than SCRIPT_STATEMENTS statements, or STATEMENT_MARKERS markers in one
 * spec    ords.md 7: divided by ; outside of quotes, comments and blocks, or by a line that holds / only
 */
bool script_split(const struct dialect *d, struct span text, struct arena *mem, const struct statement **out, size_t *n,
    struct err *e);

/* What a statement of type STATEMENT_TRANSACTION does to the transaction that is open: nothing when it is about savepoints */
enum division { DIVIDES_NOT, DIVIDES_BEGIN, DIVIDES_COMMIT, DIVIDES_FORGET };
enum division statement_divides(const struct statement *st);

#endif
