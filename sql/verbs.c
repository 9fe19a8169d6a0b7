/* sql/verbs.c - what callers may say, engine by engine */
#include "sql/verbs.h"

#include "sql/dialect.h"

#define TAKEN 0, NULL

/* A transaction is open whenever a statement runs, and the script divides it by COMMIT and ROLLBACK. */
#define TRANSACTIONS \
	{ "BEGIN", STATEMENT_TRANSACTION, TAKEN }, { "START TRANSACTION", STATEMENT_TRANSACTION, TAKEN }, \
	{ "COMMIT", STATEMENT_TRANSACTION, TAKEN }, { "ROLLBACK", STATEMENT_TRANSACTION, TAKEN }
#define SAVEPOINTS \
	{ "SAVEPOINT", STATEMENT_TRANSACTION, TAKEN }, { "RELEASE", STATEMENT_TRANSACTION, TAKEN }

/* ---- SQLite ---- */

const struct lexis lexis_sqlite = { .backticks = true, .brackets = true, .many_markers = true };

#define NO_RETURNING FACT_RETURNING, "RETURNING is not available with SQLite: its driver drops the rows"

/* ATTACH and PRAGMA reach other files and the connection itself; modules of virtual tables reach everything. */
const struct verb verbs_sqlite[] = {
	{ "SELECT", STATEMENT_QUERY, TAKEN }, { "VALUES", STATEMENT_QUERY, TAKEN }, { "EXPLAIN", STATEMENT_QUERY, TAKEN },
	{ "WITH", STATEMENT_QUERY, FACT_WRITES_BELOW, "a statement that writes cannot begin with WITH: the driver of SQLite would not run it" },
	{ "INSERT", STATEMENT_DML, NO_RETURNING }, { "REPLACE", STATEMENT_DML, NO_RETURNING },
	{ "UPDATE", STATEMENT_DML, NO_RETURNING }, { "DELETE", STATEMENT_DML, NO_RETURNING },
	{ "CREATE", STATEMENT_DDL, TAKEN }, { "DROP", STATEMENT_DDL, TAKEN }, { "ALTER TABLE", STATEMENT_DDL, TAKEN },
	{ "CREATE VIRTUAL", STATEMENT_DDL, 0, "virtual tables are not taken" },
	TRANSACTIONS, SAVEPOINTS, { "END", STATEMENT_TRANSACTION, TAKEN },
	{ NULL, STATEMENT_OTHER, TAKEN },
};

/* The tables of cords and of the engine, functions and tables that tell of them, and what loads code */
const char *const reserved_sqlite[] = { "soda_", "ords_", "datapump_", "sqlite_", "pragma_", "dbstat", "load_extension",
	"fts3_tokenizer", NULL };

/* ---- PostgreSQL ---- */

const struct lexis lexis_postgresql = { .nested_comments = true, .dollar_quotes = true, .escape_strings = true };

/* Behind a ROLLBACK TO of somebody else the driver takes its transaction for ended, and does not send the COMMIT. */
#define NO_SAVEPOINTS 0, "savepoints are not taken here: the driver keeps its own, and would lose count"
#define STAYS_BEHIND 0, "what is prepared would stay in the session behind this request"

const struct verb verbs_postgresql[] = {
	{ "SELECT", STATEMENT_QUERY, TAKEN }, { "WITH", STATEMENT_QUERY, TAKEN }, { "VALUES", STATEMENT_QUERY, TAKEN },
	{ "TABLE", STATEMENT_QUERY, TAKEN }, { "SHOW", STATEMENT_QUERY, TAKEN }, { "EXPLAIN", STATEMENT_QUERY, TAKEN },
	{ "FETCH", STATEMENT_QUERY, TAKEN },
	{ "INSERT", STATEMENT_DML, TAKEN }, { "UPDATE", STATEMENT_DML, TAKEN }, { "DELETE", STATEMENT_DML, TAKEN },
	{ "MERGE", STATEMENT_DML, TAKEN },
	{ "CREATE", STATEMENT_DDL, TAKEN }, { "ALTER", STATEMENT_DDL, TAKEN }, { "DROP", STATEMENT_DDL, TAKEN },
	{ "TRUNCATE", STATEMENT_DDL, TAKEN }, { "COMMENT", STATEMENT_DDL, TAKEN }, { "GRANT", STATEMENT_DDL, TAKEN },
	{ "REVOKE", STATEMENT_DDL, TAKEN }, { "REFRESH", STATEMENT_DDL, TAKEN }, { "REINDEX", STATEMENT_DDL, TAKEN },
	{ "ANALYZE", STATEMENT_DDL, TAKEN }, { "SECURITY", STATEMENT_DDL, TAKEN },
	{ "DO", STATEMENT_BLOCK, TAKEN }, { "CALL", STATEMENT_BLOCK, TAKEN },
	{ "SET", STATEMENT_SESSION, TAKEN }, { "RESET", STATEMENT_SESSION, TAKEN }, { "LOCK", STATEMENT_SESSION, TAKEN },
	{ "DECLARE", STATEMENT_SESSION, TAKEN }, { "MOVE", STATEMENT_SESSION, TAKEN }, { "CLOSE", STATEMENT_SESSION, TAKEN },
	{ "NOTIFY", STATEMENT_SESSION, TAKEN },
	{ "COPY", STATEMENT_OTHER, 0, "COPY is not taken: nobody would send or take its data" },
	{ "PREPARE", STATEMENT_SESSION, STAYS_BEHIND }, { "EXECUTE", STATEMENT_SESSION, STAYS_BEHIND },
	{ "PREPARE TRANSACTION", STATEMENT_TRANSACTION, 0, "a transaction of two phases is not taken" },
	{ "COMMIT PREPARED", STATEMENT_TRANSACTION, 0, "a transaction of two phases is not taken" },
	{ "ROLLBACK PREPARED", STATEMENT_TRANSACTION, 0, "a transaction of two phases is not taken" },
	{ "SAVEPOINT", STATEMENT_TRANSACTION, NO_SAVEPOINTS }, { "RELEASE", STATEMENT_TRANSACTION, NO_SAVEPOINTS },
	{ "ROLLBACK TO", STATEMENT_TRANSACTION, NO_SAVEPOINTS }, { "ROLLBACK WORK TO", STATEMENT_TRANSACTION, NO_SAVEPOINTS },
	{ "ROLLBACK TRANSACTION TO", STATEMENT_TRANSACTION, NO_SAVEPOINTS },
	TRANSACTIONS, { "END", STATEMENT_TRANSACTION, TAKEN }, { "ABORT", STATEMENT_TRANSACTION, TAKEN },
	{ NULL, STATEMENT_OTHER, TAKEN },
};

/* ---- MariaDB ---- */

const struct lexis lexis_mariadb = { .hash_comments = true, .blank_after_dashes = true, .code_comments = true, .backticks = true,
	.delimiter_lines = true };

/* Its driver reads results of statements that begin with words it knows, and loses step at those of others: then the next
 * statement is answered with this one's rows, or the process ends. */
const struct verb verbs_mariadb[] = {
	{ "SELECT", STATEMENT_QUERY, TAKEN }, { "WITH", STATEMENT_QUERY, TAKEN }, { "SHOW", STATEMENT_QUERY, TAKEN },
	{ "EXPLAIN", STATEMENT_QUERY, TAKEN }, { "DESCRIBE", STATEMENT_QUERY, TAKEN }, { "DESC", STATEMENT_QUERY, TAKEN },
	{ "ANALYZE", STATEMENT_QUERY, TAKEN }, { "CHECK", STATEMENT_QUERY, TAKEN }, { "CHECKSUM", STATEMENT_QUERY, TAKEN },
	{ "VALUES", STATEMENT_QUERY, 0, "VALUES is not taken: write SELECT * FROM (VALUES ...) AS v" },
	{ "INSERT", STATEMENT_DML, TAKEN }, { "REPLACE", STATEMENT_DML, TAKEN }, { "UPDATE", STATEMENT_DML, TAKEN },
	{ "DELETE", STATEMENT_DML, TAKEN },
	{ "CREATE", STATEMENT_DDL, TAKEN }, { "DROP", STATEMENT_DDL, TAKEN }, { "RENAME", STATEMENT_DDL, TAKEN },
	{ "ALTER", STATEMENT_DDL, FACT_MAINTENANCE, "the maintenance of a partition is not taken" },
	{ "TRUNCATE", STATEMENT_DDL, TAKEN }, { "GRANT", STATEMENT_DDL, TAKEN }, { "REVOKE", STATEMENT_DDL, TAKEN },
	{ "CALL", STATEMENT_BLOCK, TAKEN }, { "BEGIN NOT ATOMIC", STATEMENT_BLOCK, TAKEN }, { "DO", STATEMENT_BLOCK, TAKEN },
	{ "SET", STATEMENT_SESSION, TAKEN }, { "USE", STATEMENT_SESSION, TAKEN }, { "LOCK", STATEMENT_SESSION, TAKEN },
	{ "UNLOCK", STATEMENT_SESSION, TAKEN }, { "SIGNAL", STATEMENT_OTHER, TAKEN },
	{ "SET STATEMENT", STATEMENT_SESSION, 0, "SET STATEMENT is not taken: set the variable, and reset it" },
	{ "LOAD", STATEMENT_OTHER, 0, "LOAD is not taken: it would read files of another host" },
	TRANSACTIONS, SAVEPOINTS,
	{ NULL, STATEMENT_OTHER, TAKEN },
};

/* ---- is it taken? ---- */

static bool
fits(const struct span leading[LEADING], const char *words, size_t *n)
{
	struct span rest = span_of(words);

	for (*n = 0; rest.n > 0; ++*n) {
		const char *blank = memchr(rest.p, ' ', rest.n);
		struct span one = { rest.p, blank == NULL ? rest.n : (size_t)(blank - rest.p) };

		if (*n == LEADING || !span_eq_nocase(one, leading[*n]))
			return false;
		rest.p += one.n + (blank != NULL);
		rest.n -= one.n + (blank != NULL);
	}
	return true;
}

static const struct verb *
find_verb(const struct dialect *d, const struct span leading[LEADING])
{
	const struct verb *best = NULL;
	size_t n, most = 0;

	for (const struct verb *v = d->verbs; v->words != NULL; v++) {
		if (fits(leading, v->words, &n) && n > most) {
			best = v;
			most = n;
		}
	}
	return best;
}

static bool
is_in_name(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '$'
	    || (unsigned char)c >= 0x80;
}

/* A name can be written in no other way than by its bytes, wherever the engine takes a name; so the text is searched as it is. */
static const char *
reserved_name(const struct dialect *d, struct span text)
{
	for (const char *const *r = d->reserved; r != NULL && *r != NULL; r++) {
		struct span name = span_of(*r);

		for (size_t i = 0; i + name.n <= text.n; i++)
			if (span_eq_nocase((struct span){ text.p + i, name.n }, name) && (i == 0 || !is_in_name(text.p[i - 1])))
				return *r;
	}
	return NULL;
}

void
verbs_judge(const struct dialect *d, const struct span leading[LEADING], struct arena *mem, struct statement *st)
{
	const struct verb *v = find_verb(d, leading);
	const char *name = reserved_name(d, st->run);

	st->type = v == NULL ? STATEMENT_OTHER : v->type;
	if (st->verb.n == 0 || st->text.p[0] == '{')	/* some drivers read more than a statement in braces */
		st->refusal = "this is not a statement";
	else if (v == NULL)
		st->refusal = arena_printf(mem, "statements that begin with %.*s are not taken", SPAN_ARG(st->verb));
	else if (v->refusal != NULL && (v->refuses == 0 || (st->facts & v->refuses) != 0))
		st->refusal = v->refusal;
	else if ((st->facts & FACT_CODE_COMMENT) != 0)
		st->refusal = "comments that are run are not taken";
	else if ((st->facts & FACT_ODD_MARKER) != 0)
		st->refusal = "a marker is a question mark or a colon with a name";
	else if (name != NULL)
		st->refusal = arena_printf(mem, "names that begin with %s are out of reach; send such a text as a bind", name);
}

const char *
statement_type_name(enum statement_type t)
{
	static const char *const names[] = {
		[STATEMENT_QUERY] = "query", [STATEMENT_DML] = "dml", [STATEMENT_DDL] = "ddl", [STATEMENT_BLOCK] = "plsql",
		[STATEMENT_TRANSACTION] = "transaction-control", [STATEMENT_SESSION] = "session-control",
		[STATEMENT_SYSTEM] = "system-control", [STATEMENT_CLIENT] = "sqlplus", [STATEMENT_OTHER] = "other",
	};

	return names[t];
}

/* COMMIT [WORK | TRANSACTION] [AND CHAIN], ROLLBACK the same, but not ROLLBACK [WORK | TRANSACTION] TO */
enum division
statement_divides(const struct statement *st)
{
	bool commits = span_is_nocase(st->verb, "COMMIT") || span_is_nocase(st->verb, "END");
	bool forgets = span_is_nocase(st->verb, "ROLLBACK") || span_is_nocase(st->verb, "ABORT");
	struct span rest;

	if (span_is_nocase(st->verb, "BEGIN") || span_is_nocase(st->verb, "START"))
		return DIVIDES_BEGIN;
	if (commits)
		return DIVIDES_COMMIT;
	if (!forgets || span_is_nocase(st->second, "TO"))
		return DIVIDES_NOT;
	if (st->second.n == 0)
		return DIVIDES_FORGET;
	rest.p = st->second.p + st->second.n;
	rest.n = (size_t)(st->text.p + st->text.n - rest.p);
	rest = span_trim(rest);
	return rest.n >= 2 && span_eq_nocase((struct span){ rest.p, 2 }, SPAN("TO")) ? DIVIDES_NOT : DIVIDES_FORGET;
}
