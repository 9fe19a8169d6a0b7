/* sql/db.h - one connection to one pool, kept by a worker
 *
 * Opens it, sets the durability profile and reads it back, begins, commits, rolls back, notices that it died.
 * Statements are sql/stmt.h.  The only place where a transaction begins or ends.
 */
#ifndef CORDS_SQL_DB_H
#define CORDS_SQL_DB_H

#include "base/arena.h"
#include "base/err.h"
#include "conf/conf.h"

#include <stdint.h>

struct db;
struct dialect;

struct account {
	const char *name, *password;
};

/*
 * TX_OWN, of a route: the action begins and ends transactions of its own, on another connection; what it did may be stored when
 * it fails, so it is not tried again.
 *
 * TX_ONE: a read whose one statement is its snapshot.  TX_ONE_WRITE: what is read stands for itself, and the one statement that
 * writes is a transaction of its own, which compares the counter of the catalogue.  Both are for whoever trusts the catalogue
 * (catalog.h); when more statements are asked for, db_needs_tx() says so, or a write becomes a transaction (db_grow()).
 *
 * TX_DEFINE: a write that also changes the catalogue, or empties tables that belong together.  Where writers do not wait for each
 * other, it waits for all of them and they wait for it, so that nobody writes by a catalogue that is no longer true.
 */
enum tx { TX_NONE, TX_OWN, TX_ONE, TX_READ, TX_ONE_WRITE, TX_WRITE, TX_DEFINE, TX__N };

/*
 * db_open - connect
 *
 * pool    name and settings; borrowed as long as the connection lives
 * out     set also on failure (NULL only without memory): db_ready() tries again after a pause, db_close() frees it
 * fails   UNAVAILABLE naming the pool and one plain cause; with db.durability=strict also when the profile reads back differently
 */
bool db_open(const struct pool_conf *pool, struct db **out, struct err *e);
void db_close(struct db **db);

/*
 * db_open_as - connect with somebody's own credentials
 *
 * who     not kept: the connection is never reopened, so whoever holds it closes it when db_is_usable() says no
 * out     NULL on failure
 * fails   UNAUTHORIZED when the server refuses the login; UNAVAILABLE as db_open()
 */
bool db_open_as(const struct pool_conf *pool, const struct account *who, struct db **out, struct err *e);

/* db_open_apart - another connection of the pool's account, for what a caller says where the engine has no accounts: what it is
 * told ends with it.  It is never reopened.  *out NULL on failure */
bool db_open_apart(const struct pool_conf *pool, struct db **out, struct err *e);

/* db_open_job - the same connection for a job: a statement may take datapump.statementTimeout, and an open snapshot may rest as
 * long as its files are written.  *out NULL on failure; a lost connection is opened again by db_ready() */
bool db_open_job(const struct pool_conf *pool, struct db **out, struct err *e);

/* The settings of the pool were read anew, and are the same for the connection (conf_same_connection()).  false: there is none */
bool db_keep(struct db *db, const struct pool_conf *pool);

/* Before another request of the same caller. */
bool db_is_usable(struct db *db);
/* After a request that ran SQL of the caller: nothing that it told the session stays.  false: close it */
bool db_reset(struct db *db);
/* Does the account of the connection hold all rights, or the role that jdbc.auth.admin.role names? */
bool db_is_admin(struct db *db, bool *is_admin, struct err *e);
/* Do accounts of the database exist, whose passwords it knows?  Not with SQLite. */
bool db_has_accounts(const struct settings *set);

/* Before each request: closes and reopens a connection that was lost, whose file was replaced (device and inode), or that is
 * over jdbc.MaxConnectionReuseCount.  fails UNAVAILABLE.  A growing pause with jitter lies between attempts. */
bool db_ready(struct db *db, struct err *e);

bool db_begin(struct db *db, enum tx tx, struct err *e);	/* fails BUSY */

/* Said by whoever is about to run several statements that belong together: in TX_ONE and TX_ONE_WRITE this fails BUSY, and nothing
 * was done.  db_needed_tx(): was that so? */
bool db_needs_tx(struct db *db, struct err *e);
bool db_needed_tx(const struct db *db);

/* Said by whoever is about to write with several statements, the first of which compares the counter of the catalogue where
 * catalog_to_compare() says so (catalog_compared()), and relies on nothing it has read but what they compare: TX_ONE_WRITE
 * becomes TX_WRITE.  Elsewhere as db_needs_tx() */
bool db_grow(struct db *db, struct err *e);

/* Others may still be at a write that failed UNCERTAIN: what can be seen of it says nothing. */
bool db_is_undecided(const struct db *db);

/* As db_needs_tx(), by whoever must be the only writer: in TX_DEFINE, and where writers wait for each other anyway, it is so. */
bool db_needs_all(struct db *db, struct err *e);
bool db_needed_all(const struct db *db);

/* COMMIT.  Only when it returns true may the client hear of success.  A transaction in which a statement failed is refused
 * (rolled back, INTERNAL).  fails UNCERTAIN when nobody can know, otherwise it was rolled back.  The statement that writes in
 * TX_ONE_WRITE fails UNCERTAIN as well */
bool db_commit(struct db *db, struct err *e);
void db_rollback(struct db *db);	/* always safe to call; also closes open results */

const char *db_pool_name(const struct db *db);
const struct settings *db_settings(const struct db *db);
const struct dialect *db_dialect(const struct db *db);

/* the durability profile: "full", or "weakened (name=value)" */
const char *db_durability(const struct db *db);

/* Depth of nesting that the engine evaluates (D-12); documents are refused above min(this, request.maxDepth). */
size_t db_max_depth(const struct db *db);

/* Statements may take so long from here on, as far as the engine limits them, until another transaction begins. */
bool db_may_take(struct db *db, int64_t ms, struct err *e);

/* For the deadline thread: cancels the running statement, if any.  Safe from another thread. */
void db_cancel(struct db *db);

/* Counted since the last call of db_meter_reset(): time inside the driver, rows fetched */
void db_meter_reset(struct db *db);
int64_t db_meter_us(const struct db *db);
int64_t db_meter_rows(const struct db *db);

/* Have the engine check the whole database.  Damage that any process met refuses writes (503) until this succeeds.
 * fails DAMAGED, UNAVAILABLE */
bool db_verify(struct db *db, struct err *e);

/* Idle moment of a worker: one of them checkpoints the WAL under a lock file when it is due. */
void db_idle(struct db *db);

#endif
