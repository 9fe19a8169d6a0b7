/* sql/dialect.h - what differs between databases, as one constant struct per engine
 *
 * Words first, forms next, functions only where the shape differs.  Whoever composes SQL looks at words, forms and
 * capabilities, never at a dialect's name.
 */
#ifndef CORDS_SQL_DIALECT_H
#define CORDS_SQL_DIALECT_H

#include "base/buf.h"
#include "base/err.h"
#include "conf/conf.h"
#include "sql/stmt.h"

#include <stddef.h>

/* Words that migrations write as @text@ and that DDL is made of.  Every text compares byte by byte. */
enum word {
	W_TEXT,			/* a short text: names, versions, media types */
	W_KEY,			/* a text that can be a primary key */
	W_JSON,			/* a document as sent */
	W_INT,			/* 64 bits, signed */
	W_BLOB,			/* bytes */
	W_TIME,			/* microseconds since 1970, UTC */
	W_VIEW,			/* makes a view, also when it is there */
	W_COUNTER,		/* makes what enter asks; "": nothing has to be made */
	W_COUNTER_ECHO,		/* ... what counter_is asks */
	W_ADD_COLUMN,		/* of ALTER TABLE, also when it is there where a definition commits */
	W_PARSED,		/* makes room for parsed forms in the tables of collections that are there; "": the engine keeps none */
	W_HAS_PARSED,		/* tells the catalogue which tables have it */
	W__N
};

/* A row of the table of failures: the first that fits decides (D-01). */
struct fault {
	int native;		/* native code; 0: any */
	const char *state;	/* how SQLSTATE begins; "": any */
	const char *holds;	/* what the driver's text holds; NULL: anything */
	enum err_kind kind;
};

/* How the words of documents are kept, so that candidates for $contains are found (gen_ddl.c shows the tables). */
enum words {
	WORDS_NONE,
	WORDS_FTS5,		/* a row for each document: its words as text, in a table of SQLite's own full-text index */
	WORDS_ARRAY,		/* a row for each document: its words as an array with an inverted index */
	WORDS_ROWS		/* a row for each word of a document, the word as a number */
};

/* Why a server lets nobody in; the first row that fits decides. */
struct refusal {
	int native;		/* as in struct fault */
	const char *holds;
	enum { REFUSED_HERE,	/* another host may do better */
		REFUSED_LOGIN, REFUSED_DATABASE } about;
	const char *cause;	/* in plain words; NULL ends the table */
};

struct table_words;
struct row_form;
struct catalogue;
struct lexis;
struct verb;

struct dialect {
	const char *name;		/* "sqlite", as in db.engine */
	const char *dbms;		/* how SQLGetInfo(SQL_DBMS_NAME) begins */
	char quote_open, quote_close;
	size_t ident_bytes, ident_chars;	/* a name has at most so many; 0: no limit */
	bool ident_is_narrow;		/* ... and no character behind U+FFFF */
	bool has_schemas;		/* a table is named with its schema; else with its file */
	const char *word[W__N];
	const struct table_words *tables;	/* what tables of users are made of */
	const struct row_form *rows;	/* how their rows are read */
	const struct catalogue *catalogue;	/* how it is read which there are */
	const char *narrow_table;	/* ends the definition of a table of short rows that are found by their primary key */
	const char *serial;		/* type of a primary key that counts the rows as they come */
	enum words words;
	bool keeps_parsed;	/* a column can hold documents in parsed form, and one jsonpath asks it for a filter (gen_parsed.c) */
	const char *words_table;	/* what follows CREATE TABLE name, or CREATE VIRTUAL TABLE name, for words */
	const char *parsed_table;	/* the same for words and parsed documents */
	const char *words_probe;	/* a SELECT of 1 when this server or library can use such a table; NULL: all can */
	const char *explain;		/* before a SELECT: how it would be run */
	int explain_column;		/* that tells so, from 0 */
	const char *begin[TX__N], *commit, *rollback;	/* of a transaction, as text; begin NULL: the driver begins and ends it (D-03) */
	const char *before_begin[TX__N];	/* or NULL */
	/* one snapshot for several connections (sql/snapshot.h): by its name, or begun while nobody writes to its tables */
	const char *snapshot, *join[2];	/* a SELECT that names the snapshot of a transaction; around that name: begins one in it */
	const char *hold[5];		/* before the names of tables, and behind each: keeps writers away; ends that; before all, a
					 * SELECT of why that would not do here; behind all names: gives up after a second.  The first is
					 * NULL for a file: BEGIN of a writer keeps all others away */
	const char *first_look;		/* a SELECT with which a transaction begins to see; NULL: BEGIN does it */
	const char *lock[TX__N];	/* a SELECT after BEGIN; NULL: BEGIN itself takes the lock, or none is needed */
	const char *enter;		/* for the repository, instead of the lock of TX_WRITE: tells the counter of the catalogue as well */
	const char *whole_number[2];	/* around a marker where nothing else tells its type */
	const char *counter_is[2];	/* around a marker: true when the counter of the catalogue is this, and stays so until the
					 * transaction ends; else false or absent */
	enum whole whole;		/* how a document and its index entries are written by one statement */
	bool counts_when_stored;	/* the number of changed rows comes after the commit of a statement that is a transaction */
	const char *keeps_writes;	/* in front of a write with markers: the driver keeps it compiled then, and does not count its rows */
	const char *rows_touched;	/* a SELECT of how many rows were touched on this connection, less the marker; both NULL: kept anyway */
	const char *orphans;		/* a SELECT of tables that the catalogue does not name; NULL: definitions are part of a transaction */
	const char *define_lock, *define_unlock;	/* SELECTs around migrations, where definitions commit */
	size_t index_chars;		/* characters that are kept of the values of an index entry, in all; 0: all, in columns of */
	const char *index_text[2];	/* ... a type around their number; NULL: W_TEXT */
	/* statements of callers (sql/caller.h) */
	const struct lexis *lexis;	/* how they are read */
	const struct verb *verbs;	/* which are taken */
	const char *const *reserved;	/* how names begin that no caller may say; NULL: rights keep callers away */
	bool untyped;			/* the driver does not tell of which class a value is: rows are asked for in the row form */
	int cursor_attribute;		/* of a connection: the driver reads queries by a cursor; 0: there is no such attribute */
	const char *select_limit;	/* before a number: queries give at most so many rows; NULL: their rows come one by one */
	const char *in_transaction;	/* a SELECT of 1 in a transaction, where definitions end one; NULL: they do not */
	size_t readers;			/* of an export, unasked, where the process has two processors; 0: one */
	const char *widen;		/* a SELECT with a marker, whose value a server that sends results in pieces keeps room for, and
					 * from then on sends longer ones; NULL: none does (wide.c) */
	bool tool_compresses;		/* the engine's own dumps are small, so ours have to be */
	bool is_remote;			/* each statement travels: fewer of them are better */
	const char *by_sorting;		/* behind an expression of ORDER BY: its order is to be made, not found by reading another index */
	bool counts_ahead;		/* it looks into an index before it decides by which one rows are found */
	bool is_heap;			/* all rows of a table come sooner as they stand there than in the order of a key */
	const char *joins;		/* between two tables of which the left one is read first */
	bool sorts_before_joining;	/* what is ordered by the first table is sorted there, and others are joined to what the page takes */
	bool sorts_all;			/* rows that come in the order of the first term of several are all read and sorted */
	bool reads_what_it_skips;	/* OFFSET reads whole rows only to leave them out */
	/* around a marker: the plan of a statement does not depend on its value, so that it is kept.  NULL: it is not made for values */
	const char *unseen[2];
	bool joins_ranges;		/* several ranges of one column, joined by OR, are each looked up in the index */
	const char *head[3];		/* around and between the columns that a head puts together, with a blank between them (sql_head_begin()) */
	const char *contains[2];	/* around a marker: is this text in c.content?  NULL: LIKE */
	/* does c.content, from the first place of a text on, begin as a regular expression says (pattern.h)?  Around markers for both;
	 * false when there is no such place.  NULL: the engine is not asked.  Then: does the text occur once more?  Around two markers
	 * for it */
	const char *from_text[3], *once_more[3];
	const char *glob;		/* instead: between c.content and a pattern of sql/glob.h */
	/* filters, which mean the same on every engine: what stands around a column of text, so that bytes are compared, around a
	 * column of times, around a marker for a time, and behind a marker for a number that CAST( begins */
	const char *text_column[2], *time_column[2], *time_value[2], *number_value;
	const char *truth[2];		/* false and true */
	const char *is_number;		/* behind typeof(column, where a column of numbers may hold texts; NULL: none does */
	const char *like_escape;	/* behind the pattern of LIKE: no character is special but % and _; NULL: GLOB minds case */
	const char *position;		/* the function that finds a text in another: position(where, what) */
	const char *clock;		/* a SELECT of microseconds on the engine's own clock; NULL: it has none */
	const char *ping;		/* a SELECT that proves the connection alive; NULL: nothing to prove */
	const char *version;		/* a SELECT of the engine's version, which begins with its number */
	const char *const *dictionary;	/* a SELECT per listing (sql/dictionary.h); a marker is the owner, where there are no schemas */
	const char *table_exists;	/* a SELECT with one marker, the name: a row when there is such a table */
	const char *objects;		/* a SELECT of type, name and definition of everything in the database, sorted */
	const char *scratch;		/* connection string of an empty database that lives while it is open; NULL: none */
	size_t max_depth;		/* of JSON that the engine evaluates; SIZE_MAX: it is never asked to (D-12) */
	bool cancel_idle_handle;	/* SQLCancel is sent on a statement that does not run: it stops the connection */
	bool drop_unfinished;		/* the driver does not end a streamed statement that is closed before its last row */
	bool writers_queue;		/* waiting for the lock of a writer is slow: they queue in front (turn.c) */
	const struct fault *faults;	/* ends with kind ERR_NONE */
	const struct refusal *refusals;	/* NULL: there is no login */
	struct span hello;		/* what a server answers to before a login; n 0: it speaks first; p NULL: there is no server */
	const char *reads_only;		/* a SELECT of 1 when this server takes no writes: another host may */
	const char *tls;		/* a SELECT of what protects this connection; "" is nothing.  NULL: none can be had */

	/* the ODBC connection string of a pool that is described by settings of ours, to db->host as db_account(); fails
	 * UNAVAILABLE with a plain cause */
	bool (*connection_string)(const struct db *db, struct buf *out, struct err *e);

	/* on a new connection: look at what was opened, set the durability profile and read it back, call db_weakened() for
	 * every difference.  A caller's own connection (db_open_as) finds the caller's names, not those of the repository.
	 * fails UNAVAILABLE, or what the statements fail with */
	bool (*opened)(struct db *db, struct err *e);

	/* from here on statements may take so long.  NULL: the engine has no limit of its own */
	bool (*may_take)(struct db *db, int64_t ms, struct err *e);

	/* does the account of this connection hold everything, or the role?  NULL: there are no accounts */
	bool (*is_admin)(struct db *db, const char *role, bool *out, struct err *e);

	/* forget what a caller told the session, so that another request of theirs begins anew; false: close it.  NULL: close it */
	bool (*reset)(struct db *db);

	/* before a request: is this connection still the database that the pool names? */
	bool (*still_there)(const struct db *db);

	/* An empty place for the repository, when there is none.  admin: whoever may make it, or NULL: the runtime account */
	bool (*create)(const struct pool_conf *pool, const struct account *admin, struct err *e);
	bool (*integrity)(struct db *db, struct err *e);	/* check all of it; fails DAMAGED.  NULL: the server does that */
	void (*written)(struct db *db);			/* a transaction that wrote was committed */
	void (*idle)(struct db *db);			/* there is time for housekeeping */
	void (*damaged)(struct db *db);			/* remember beyond this process that damage was seen */
	bool (*is_damaged)(const struct db *db);
};

#define D(name) extern const struct dialect dialect_##name; extern const char *const dictionary_##name[];
#include "sql/dialects.def"
#undef D

extern const struct dialect *const dialects[];	/* ends with NULL */

size_t dialect_kept_chars(const struct dialect *d, size_t n_fields);	/* of each value of an index; 0: all */

const struct dialect *dialect_by_name(const char *name);	/* of db.engine; NULL */
const struct dialect *dialect_by_dbms(const char *dbms);	/* NULL */
const char *dialect_word(const struct dialect *d, struct span name);	/* "text" -> "TEXT"; NULL for an unknown one */

#endif
