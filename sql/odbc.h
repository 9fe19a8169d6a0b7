/* sql/odbc.h - inside a connection: the only place that includes <sql.h>; private to this folder */
#ifndef CORDS_SQL_ODBC_H
#define CORDS_SQL_ODBC_H

#include "sql/db.h"
#include "sql/dialect.h"
#include "sql/handin.h"
#include "sql/stmt.h"

#include <pthread.h>
#include <stdatomic.h>

#include <sql.h>
#include <sqlext.h>
#include <sys/types.h>

enum {
	SLOT_SMALL = 72,	/* keys and versions fit; longer values are bound where they stand */
	BUCKETS = 128,
	SCRATCH = 8192		/* first piece of a value; most end here */
};

/* One marker, as the driver was told last.  Binding costs about a microsecond, so what can stay bound does. */
struct slot {
	enum { SLOT_UNBOUND, SLOT_INT, SLOT_TEXT, SLOT_OUTSIDE } bound;
	SQLLEN length;
	SQLBIGINT number;
	char small[SLOT_SMALL];
};

/* where rows tell the counter of the catalogue */
enum told {
	TOLD_NOWHERE,
	TOLD_COLUMN,			/* before the columns that were asked for */
	TOLD_HEAD			/* the first number of the head */
};

struct stmt {
	struct db *db;
	SQLHSTMT handle;		/* NULL: holds no statement */
	uint64_t hash;
	char *text;
	size_t text_n;
	struct stmt *next_in_bucket, *newer, *older;
	struct slot *slots;
	size_t n_slots;
	bool in_use, in_rows;
	bool may_stream, at_end;	/* rows come one by one; the last one was fetched */
	enum told told;
	bool has_told;			/* its first row was looked at */
	bool is_often;			/* the driver takes it for a query: often.c */
};

struct stmt_cache {
	struct stmt *bucket[BUCKETS];
	struct stmt *newest, *oldest;
	struct stmt *spare;		/* structs without a statement; linked by next_in_bucket */
	size_t n, n_in_use;
};

/* the file behind an embedded database */
struct dbfile {
	char *path;			/* NULL: none */
	dev_t device;
	ino_t inode;
	bool on_network;
};

struct host {
	char name[256];
	int port;			/* 0: the usual one */
};

enum db_use {
	DB_FOR_REQUESTS,		/* the repository, as the pool's account */
	DB_FOR_CALLER,			/* what a caller says, as the caller */
	DB_FOR_JOB,			/* tables of users, as the pool's account: long statements, long transactions */
	DB_FOR_INSTALL			/* there may be no repository, and no database */
};

/* how a request stands to the catalogue that is remembered */
enum trust {
	TRUST_NONE,			/* the counter was asked for, or it does not matter */
	TRUST_OPEN,			/* the next row tells */
	TRUST_KEPT, TRUST_BROKEN
};

enum define_when { DEFINE_COMMITTED, DEFINE_ROLLED_BACK };

/* to be run when the transaction ends so */
struct definition {
	enum define_when when;
	char text[64];
	struct definition *next;
};

struct db {
	const struct pool_conf *pool;
	const struct dialect *dialect;
	SQLHENV env;
	SQLHDBC dbc;
	struct host host;		/* that was tried last */
	int64_t wait_s;			/* for it; ODBC counts whole seconds */
	enum db_use use;
	const struct account *account;	/* that logs in; NULL: the pool's.  Borrowed while the connection is made, then NULL */
	bool same_everywhere;		/* what failed last would fail on every host */
	bool is_open;
	bool lost;			/* not to be used again: closed at the next chance */
	bool damaged;

	const char *join;		/* begins the next transaction to read; NULL: as the dialect says */
	bool in_tx, poisoned;
	bool driver_tx;			/* the driver ends it, not a statement of ours */
	enum tx tx;
	bool is_wide;			/* results come in long pieces: wide.c */
	bool has_time;			/* statements may take longer than usual, until the next transaction begins */
	bool has_asked;			/* the one statement of TX_ONE */
	bool has_written;		/* what was written is stored */
	bool is_storing;		/* the statement that is a transaction of its own is being run */
	bool in_block;			/* ... and commits before it ends */
	bool needed_tx, needed_all;
	bool compares;			/* the transaction has begun without asking for the counter: its first statement that writes compares it */
	bool has_counter;		/* the lock of this transaction told the counter of the catalogue */
	int64_t counter;
	uint64_t tx_number, tx_committed;	/* of the transaction; of the last one that was committed.  0: none */
	struct stmt_cache cache;
	int64_t n_touched;		/* rows that writes of stmt_exec_often() touched and nobody has asked for: often.c */
	int64_t total;			/* ... where the engine counts: what it had counted when it was asked last */
	bool knows_total;
	bool wrote_otherwise;		/* in this transaction: a full-text index may write rows of its own until it has ended */
	char *scratch;
	struct arena *work;		/* of functions that are given none: each leaves it as it was; a rollback clears it */

	pthread_mutex_t lock;		/* guards what follows against db_cancel() */
	SQLHSTMT running, idle_handle;
	bool in_call;			/* in the driver, with or without a statement */
	bool cut;			/* by db_cancel(), because the server gave no sign of life */
	struct line *line;		/* the socket: line.h */
	atomic_bool cancelled;

	int64_t driver_ns, n_rows;
	int64_t last_used_ns, n_uses;
	int64_t retry_at_ns, pause_ms;
	int64_t tell_at_ns;		/* the log is told the same failure again */
	struct err last_failure;	/* repeated while a pool rests */

	char durability[256];
	struct dbfile file;
	unsigned n_writes;		/* since the WAL was looked at */
	int turn_fd;			/* -1: not open */
	struct queue *queue;		/* in front of it: turn.c */
	off_t turn_bytes;		/* length of that file */
	unsigned ticket;
	bool has_turn, has_ticket;
	uint32_t bells;			/* to be rung when the turn is given: of tickets that are not called */
	struct handin handin;
	bool may_lead;			/* the transaction runs nothing but one write, and may take others along: lead.c */
	unsigned char led[HANDIN_SLOTS];	/* slots of those that it has run */
	size_t n_led;
	bool in_doubt;			/* what was handed in may be stored, or not */
	bool is_undecided;		/* others may still be at what was handed in: nothing can be known by looking */

	uint64_t n_opened;		/* connections so far: another one may be to another file */
	uint64_t loads;			/* the connection that is set for loading; 0: none */
	int64_t most_bytes;		/* of a statement with its values: a longer one costs the connection.  0: the engine says by itself */
	struct definition *definitions;
	struct catalog *catalog;	/* what catalog.c remembers */
	enum trust trust;
};

/* ---- connect.c ---- */
bool connect_open(struct db *db, struct err *e);	/* fails UNAVAILABLE naming the pool and one cause */
void connect_close(struct db *db);

/* what the engine is told to give up on a statement after */
int64_t connect_statement_ms(const struct db *db);

/* who logs in */
struct account connect_account(const struct db *db);

/* a second connection to the same database, bare, for work of a moment; the caller disconnects and frees it */
bool connect_beside(struct db *db, SQLHDBC *out);

bool connect_by_url(const struct settings *set);	/* described by db.customURL, not by settings of ours */

/* of a pool that is described by settings; NULL: db.engine is unknown */
const struct dialect *connect_dialect(const struct settings *set);

/* key=value; of a connection string (D-13).  braces: the driver understands {} around a value; without them a value that would
 * need them is refused: false */
bool connect_pair(struct buf *out, const char *key, const char *value, bool braces);

/* ---- hosts.c ---- */
bool host_at(const struct settings *set, size_t i, struct host *out);	/* false: there are not so many */
size_t hosts_count(const struct settings *set);

/* ---- login.c ---- */
bool login_failed(struct db *db, struct err *e);	/* says why, for db->dbc; false */

/* ---- db.c ---- */
/* as somebody else than the pool's account: never reopened, for the password is not kept.  out NULL on failure */
bool db_open_for(const struct pool_conf *pool, enum db_use use, const struct account *who, struct db **out, struct err *e);
void db_weakened(struct db *db, const char *name, const char *value);	/* the profile differs */
bool db_widen(struct db *db, struct err *e);	/* before many rows are read: wide.c */
void db_nap(void);				/* some milliseconds, at random, before another try */
bool db_run(struct db *db, const char *text, struct err *e);	/* BEGIN, COMMIT and the like, which touch no row: often.c */
bool db_stored(struct db *db, struct err *e);	/* the one statement of TX_ONE_WRITE has succeeded; fails UNCERTAIN */

/* Before db_grow() by whoever runs nothing but w, where writers queue: waits for the turn, unless *written, by somebody else.  fails
 * UNCERTAIN, BUSY */
bool db_hand_in(struct db *db, const struct handin_write *w, bool *written, struct err *e);

/* ... and around all that follows: what may be stored already is done again, which the keys and revs that are compared allow once
 * while it is there (lead.c).
 * done: it was.  If not, somebody else may have stored it: fails UNCERTAIN, whatever e says */
bool db_settle(struct db *db, bool ok, bool done, struct err *e);

/* ---- cancel.c ---- */
void db_call_begin(struct db *db, SQLHSTMT h);	/* around each call that can take time: db_cancel() may stop it; metered */
void db_call_end(struct db *db);
bool db_is_cancelled(struct db *db, struct err *e);	/* true: fails TIMEOUT */

/* ---- stmt.c ---- */
void stmt_close_all(struct db *db);		/* results in progress end; statements stay prepared */
bool stmt_unsure(struct db *db, struct err *e);	/* an impossible number of rows, of what is stored already.  fails UNCERTAIN */
bool stmt_has_row(struct db *db, const struct query *q, bool *out, struct err *e);
bool stmt_value(struct db *db, const char *text, char *out, size_t size, struct err *e);	/* first column of the first row */

/* ---- stmt_cache.c ---- */
struct stmt *stmt_find(struct db *db, const struct query *q, enum told told);	/* whose result is not open; NULL */
struct stmt *stmt_add(struct db *db, const struct query *q, enum told told, struct err *e);	/* not prepared yet; NULL: no memory */
void stmt_forget(struct stmt *st);		/* it is given up; its struct can hold another one */
void stmt_forget_all(struct db *db);		/* before the connection is closed */
void stmt_free_cache(struct db *db);

/* ---- often.c ---- */
/* kept: q, so that it stays compiled if the driver has to be made to; then the engine's count before it is known */
bool often_begin(struct db *db, const struct query *q, struct query *kept, struct err *e);
SQLLEN often_count(struct db *db);		/* behind a statement that is a transaction of its own: its rows; -1: nobody knows */
void often_other(struct db *db);		/* another write is run */
void often_end(struct db *db);			/* the transaction has ended */
void often_forget(struct db *db);		/* it was rolled back, or the connection is closed */

/* ---- diag.c ---- */
/* What the driver says about the call that just failed (D-02): names it, and draws the consequences for transaction and
 * connection.  what: the call, for the log.  Returns false */
bool diag_set(struct db *db, SQLSMALLINT handle_type, SQLHANDLE handle, const char *what, struct err *e);
/* a driver that breaks the rules (D-05): the connection is not used again.  Returns false */
bool diag_broken(struct db *db, const char *what, struct err *e);
enum err_kind diag_classify(const struct dialect *d, int native, const char *state, const char *text);
void diag_scrub(char *text);		/* removes quoted values and DETAIL from a driver's text (D-15) */

/* ---- array.c: markers for arrays, which go as bytes ---- */
/* Whoever asks for a marker has the driver prepare the statement at once; else that happens after values were bound. */
SQLRETURN array_prepared(SQLHSTMT h);
/* What the driver has learnt of a marker when it prepared the statement goes with its binding: it would not send bytes to one of
 * which it knows that it is no bytea, but make a large object of them. */
SQLRETURN array_unbind(SQLHSTMT h);

/* ---- catalog_cache.c ---- */
bool catalog_told(struct db *db, int64_t counter, struct err *e);	/* by a row; fails as catalog_doubt() */
void catalog_close(struct catalog **c);
void catalog_abandon(struct catalog *c);	/* what was being read when the request gave up */

/* ---- dbfile.c ---- */
bool dbfile_look(struct dbfile *f, const char *path);	/* remember which file stands at path; false with errno */
bool dbfile_is_same(const struct dbfile *f);		/* does the same file stand there still? */
void dbfile_mark_damaged(const struct dbfile *f);
bool dbfile_is_marked(const struct dbfile *f);
void dbfile_unmark(const struct dbfile *f);

/* ---- define.c ---- */
/* a table comes; undo: what drops it again, NULL where the statement before it has said so.  A table goes */
bool define_make(struct db *db, const char *text, const char *undo, struct err *e);
bool define_drop(struct db *db, const char *text, struct err *e);
void define_end(struct db *db, enum define_when now);	/* the transaction is over */
bool define_sweep(struct db *db, struct err *e);	/* what a crash left behind */

/* ---- turn.c ---- */
bool turn_wait(struct db *db, struct err *e);	/* fails BUSY; true also where there is nothing to wait for */
/* ... and meanwhile somebody else may do it.  *written: it is stored, and the turn is not ours.  fails UNCERTAIN, too */
bool turn_wait_or_hand_in(struct db *db, const struct handin_write *write, bool *written, struct err *e);
bool turn_is_wanted(const struct db *db);		/* somebody has it, or waits for it */
void turn_needless(struct db *db, unsigned ticket);	/* by who has the turn: its holder has nothing left to write */
void turn_ring(struct db *db);				/* before the turn is kept for longer: they need not wait for its end */
bool turn_try(struct db *db);			/* true: it is ours */
void turn_give(struct db *db);
void turn_close(struct db *db);

/* ---- lead.c ---- */
/* Before COMMIT: runs what others have handed in.  false: the transaction is lost, BUSY or TIMEOUT */
bool lead_others(struct db *db, struct err *e);
void lead_storing(struct db *db);			/* COMMIT is next */
void lead_answer(struct db *db, enum handin_state state);	/* what became of them */

/* ---- checkpoint.c ---- */
void checkpoint_written(struct db *db);		/* while the turn is ours */
void checkpoint_idle(struct db *db);
bool checkpoint_sync(const struct db *db);	/* what the WAL holds is on the disk, whoever wrote it */

#endif
