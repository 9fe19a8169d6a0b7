/* sql/db.c - a connection across requests: ready or resting, transactions */
#include "sql/catalog.h"
#include "sql/line.h"
#include "sql/odbc.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/uid.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define NS_PER_MS INT64_C(1000000)
enum {
	FIRST_PAUSE_MS = 1000,
	PAUSE_FACTOR = 20,		/* trying takes a worker at most this part of its time */
	TELL_AGAIN_MS = 1000		/* the same failure is logged so often */
};

/* ---- opening, closing, resting ---- */

/* A pool that cannot be reached is left alone for a while, each time longer; workers that failed together must not come
 * back together.  Where it is told at once, as by a closed port or a missing file, trying costs nearly nothing, so
 * the next requests soon try again. */
static void
rest(struct db *db, int64_t began_ns, const struct err *e)
{
	int64_t now_ns = clock_mono_ns();
	int64_t longest_ns = db->pool->set->db_retry_ms * NS_PER_MS, pause_ns = (now_ns - began_ns) * PAUSE_FACTOR;
	uint64_t dice;

	uid_random(&dice, sizeof(dice));
	db->pause_ms = db->pause_ms == 0 ? FIRST_PAUSE_MS : db->pause_ms * 2;
	if (db->pause_ms * NS_PER_MS > longest_ns)
		db->pause_ms = longest_ns / NS_PER_MS;
	if (pause_ns > db->pause_ms * NS_PER_MS)
		pause_ns = db->pause_ms * NS_PER_MS;
	db->retry_at_ns = now_ns + pause_ns / 2 + (int64_t)(dice % (uint64_t)(pause_ns / 2 + 1));
	if (now_ns >= db->tell_at_ns || strcmp(db->last_failure.text, e->text) != 0) {
		log_event(LOG_WARNING, "pool.unavailable", "%s (%s)", e->text, e->detail);
		db->tell_at_ns = now_ns + TELL_AGAIN_MS * NS_PER_MS;
	}
	db->last_failure = *e;
}

static bool
reopen(struct db *db, struct err *e)
{
	int64_t began_ns;

	if (db->use != DB_FOR_REQUESTS && db->use != DB_FOR_JOB && db->n_opened > 0)
		return err_set(e, ERR_CONN_LOST, NULL);
	connect_close(db);
	if (db->work == NULL)
		db->work = arena_open(0);
	arena_clear(db->work);
	arena_alloc(db->work, 1);	/* its first chunk stays, so what comes after a COMMIT finds room */
	if (db->retry_at_ns != 0 && clock_mono_ns() < db->retry_at_ns) {
		*e = db->last_failure;
		return false;
	}
	began_ns = clock_mono_ns();
	if (!connect_open(db, e)) {
		if (db->use == DB_FOR_REQUESTS)
			rest(db, began_ns, e);
		return false;
	}
	db->retry_at_ns = db->pause_ms = 0;
	db->n_uses = 0;
	db->n_opened++;
	db->last_used_ns = clock_mono_ns();
	return true;
}

static struct db *
db_new(const struct pool_conf *pool)
{
	struct db *db = calloc(1, sizeof(*db));

	if (db == NULL || (db->scratch = malloc(SCRATCH)) == NULL || (db->line = line_open()) == NULL) {
		if (db != NULL)
			free(db->scratch);
		free(db);
		return NULL;
	}
	db->pool = pool;
	db->dialect = &dialect_sqlite;
	db->turn_fd = db->handin.fd = -1;
	pthread_mutex_init(&db->lock, NULL);
	return db;
}

bool
db_open(const struct pool_conf *pool, struct db **out, struct err *e)
{
	*out = db_new(pool);
	if (*out == NULL)
		return err_set(e, ERR_NO_MEMORY, NULL);
	return reopen(*out, e);
}

bool
db_open_for(const struct pool_conf *pool, enum db_use use, const struct account *who, struct db **out, struct err *e)
{
	struct db *db = db_new(pool);
	bool ok;

	*out = NULL;
	if (db == NULL)
		return err_set(e, ERR_NO_MEMORY, NULL);
	db->use = use;
	db->account = who;
	ok = reopen(db, e);
	db->account = NULL;
	if (ok)
		*out = db;
	else
		db_close(&db);
	return ok;
}

bool
db_open_as(const struct pool_conf *pool, const struct account *who, struct db **out, struct err *e)
{
	return db_open_for(pool, DB_FOR_CALLER, who, out, e);
}

bool
db_open_apart(const struct pool_conf *pool, struct db **out, struct err *e)
{
	return db_open_for(pool, DB_FOR_CALLER, NULL, out, e);
}

bool
db_open_job(const struct pool_conf *pool, struct db **out, struct err *e)
{
	return db_open_for(pool, DB_FOR_JOB, NULL, out, e);
}

void
db_close(struct db **db)
{
	struct db *d = *db;

	if (d == NULL)
		return;
	db_rollback(d);
	connect_close(d);
	stmt_free_cache(d);
	catalog_close(&d->catalog);
	arena_close(&d->work);
	pthread_mutex_destroy(&d->lock);
	free(d->file.path);
	line_close(&d->line);
	free(d->scratch);
	free(d);
	*db = NULL;
}

bool
db_keep(struct db *db, const struct pool_conf *pool)
{
	db->pool = pool;
	return db->is_open && !db->lost;
}

static bool
is_alive(struct db *db)
{
	char word[16];
	struct err ignored;
	int64_t idle_ns = clock_mono_ns() - db->last_used_ns;

	if (db->dialect->still_there != NULL && !db->dialect->still_there(db))
		return false;
	return db->dialect->ping == NULL || idle_ns < db->pool->set->conn_trust_ms * NS_PER_MS
	    || stmt_value(db, db->dialect->ping, word, sizeof(word), &ignored);
}

bool
db_is_usable(struct db *db)
{
	const struct settings *set = db->pool->set;

	atomic_store(&db->cancelled, false);
	if (db->in_tx)
		db_rollback(db);
	if (!db->is_open || db->lost || !is_alive(db) || (set->conn_max_uses > 0 && db->n_uses >= set->conn_max_uses))
		return false;
	db->n_uses++;
	db->last_used_ns = clock_mono_ns();
	return true;
}

bool
db_ready(struct db *db, struct err *e)
{
	db->trust = TRUST_NONE;
	if (db_is_usable(db))
		return true;
	if (!reopen(db, e))
		return false;
	db->n_uses++;
	return true;
}

bool
db_reset(struct db *db)
{
	db_rollback(db);
	return db->is_open && !db->lost && db->dialect->reset != NULL && db->dialect->reset(db);
}

bool
db_is_admin(struct db *db, bool *is_admin, struct err *e)
{
	*is_admin = false;
	return db->dialect->is_admin == NULL || db->dialect->is_admin(db, db->pool->set->db_admin_role, is_admin, e);
}

void
db_idle(struct db *db)
{
	int64_t idle_ns = clock_mono_ns() - db->last_used_ns;

	if (!db->is_open || db->in_tx)
		return;
	if (db->lost || idle_ns > db->pool->set->conn_idle_ms * NS_PER_MS)
		connect_close(db);
	else if (db->dialect->idle != NULL)
		db->dialect->idle(db);
}

/* ---- transactions ---- */

bool
db_run(struct db *db, const char *text, struct err *e)
{
	bool knew = db->knows_total, wrote_otherwise = db->wrote_otherwise;
	bool ok = stmt_exec(db, &(struct query){ .text = span_of(text) }, NULL, e);

	db->knows_total = knew && ok;
	db->wrote_otherwise = wrote_otherwise;
	return ok;
}

void
db_nap(void)
{
	uint32_t dice;

	uid_random(&dice, sizeof(dice));
	nanosleep(&(struct timespec){ .tv_nsec = (1 + dice % 10) * NS_PER_MS }, NULL);
}

static bool
set_autocommit(struct db *db, bool on, struct err *e)
{
	SQLRETURN r = SQLSetConnectAttr(db->dbc, SQL_ATTR_AUTOCOMMIT,
	    (SQLPOINTER)(uintptr_t)(on ? SQL_AUTOCOMMIT_ON : SQL_AUTOCOMMIT_OFF), 0);

	db->driver_tx = !on;
	return SQL_SUCCEEDED(r) || diag_set(db, SQL_HANDLE_DBC, db->dbc, "autocommit", e);
}

/* COMMIT or ROLLBACK, by whoever began */
static bool
end(struct db *db, bool commit, struct err *e)
{
	struct err ignored;
	SQLRETURN r;

	if (!db->driver_tx)
		return db_run(db, commit ? db->dialect->commit : db->dialect->rollback, e);
	db_call_begin(db, SQL_NULL_HSTMT);
	r = SQLEndTran(SQL_HANDLE_DBC, db->dbc, commit ? SQL_COMMIT : SQL_ROLLBACK);
	db_call_end(db);
	if (!SQL_SUCCEEDED(r))
		return diag_set(db, SQL_HANDLE_DBC, db->dbc, commit ? "commit" : "rollback", e);
	if (!set_autocommit(db, true, &ignored))	/* what is stored is stored; the next request gets another connection */
		db->lost = true;
	return true;
}

/* The driver waits for a lock on its own; some conflicts are told at once and are worth another try. */
static bool
begin(struct db *db, const char *text, struct err *e)
{
	int64_t give_up_ns = clock_mono_ns() + db->pool->set->conn_wait_ms * NS_PER_MS;

	while (!db_run(db, text, e)) {
		if (e->kind != ERR_BUSY) {	/* it may have begun, and would lock everybody out */
			db->lost = true;
			connect_close(db);
			return false;
		}
		if (clock_mono_ns() >= give_up_ns)
			return false;
		db_nap();
	}
	return true;
}

/* The turn is taken as late as possible: whoever has it keeps all other writers waiting. */
static bool
open_tx(struct db *db, enum tx tx, struct err *e)
{
	if (tx >= TX_WRITE && db->dialect->writers_queue && !turn_wait(db, e))
		return false;
	if (db->dialect->before_begin[tx] != NULL && !db_run(db, db->dialect->before_begin[tx], e))
		return false;
	if (tx == TX_READ && db->join != NULL ? !stmt_define(db, db->join, e)
	    : db->dialect->begin[tx] == NULL ? !set_autocommit(db, false, e) : !begin(db, db->dialect->begin[tx], e)) {
		turn_give(db);
		return false;
	}
	db->in_tx = true;
	db->poisoned = false;
	db->n_touched = 0;
	db->may_lead = false;
	db->tx_number++;
	return true;
}

bool
db_begin(struct db *db, enum tx tx, struct err *e)
{
	bool enters = tx == TX_WRITE && db->use == DB_FOR_REQUESTS && db->dialect->enter != NULL;
	const char *lock = enters ? db->dialect->enter : db->dialect->lock[tx];
	char word[24];

	if (db->in_tx)
		return err_set(e, ERR_INTERNAL, "a transaction is open already");
	if ((!db->is_open || db->lost) && !reopen(db, e))
		return false;
	if (db->has_time && !db->dialect->may_take(db, connect_statement_ms(db), e))
		return false;
	db->has_time = false;
	db->tx = tx;
	db->has_asked = db->has_written = db->needed_tx = db->needed_all = db->has_counter = db->compares = false;
	db->in_doubt = db->is_undecided = false;
	if (tx <= TX_READ && db->trust == TRUST_KEPT)	/* of a moment before that of the statement to come */
		db->trust = TRUST_OPEN;
	if (tx == TX_NONE || tx == TX_OWN || tx == TX_ONE)
		return true;
	if (tx >= TX_ONE_WRITE && (db->damaged
	    || (db->dialect->is_damaged != NULL && db->dialect->is_damaged(db))))
		return err_set(e, ERR_UNAVAILABLE, "pool \"%s\": the database is damaged; nothing is written until it was validated",
		    db->pool->name);
	/* a server that has gone is told from one that was asked and went: only the second leaves a doubt */
	if (tx == TX_ONE_WRITE)
		return !db->dialect->is_remote || line_is_quiet(db->line) || db_needs_tx(db, e);
	if (!open_tx(db, tx, e))
		return false;
	if (db->use == DB_FOR_CALLER)	/* locks and leftovers are of the repository, which is not the caller's */
		return true;
	if ((lock == NULL || stmt_value(db, lock, word, sizeof(word), e))
	    && (tx != TX_DEFINE || define_sweep(db, e))) {
		db->has_counter = enters;
		db->counter = enters ? strtoll(word, NULL, 10) : 0;
		return true;
	}
	db_rollback(db);
	return false;
}

bool
db_may_take(struct db *db, int64_t ms, struct err *e)
{
	if (db->dialect->may_take == NULL)
		return true;
	db->has_time = true;
	return db->dialect->may_take(db, ms, e);
}

bool
db_needs_tx(struct db *db, struct err *e)
{
	if (db->tx != TX_ONE && db->tx != TX_ONE_WRITE)
		return true;
	db->needed_tx = true;
	return err_set(e, ERR_BUSY, NULL);
}

bool
db_grow(struct db *db, struct err *e)
{
	if (db->tx != TX_ONE_WRITE)
		return db_needs_tx(db, e);
	db->tx = TX_WRITE;
	db->compares = true;
	if (!open_tx(db, TX_WRITE, e))
		return false;
	db->may_lead = db->dialect->writers_queue;
	return true;
}

bool
db_needed_tx(const struct db *db)
{
	return db->needed_tx;
}

bool
db_needs_all(struct db *db, struct err *e)
{
	if (db->tx == TX_DEFINE || (db->tx >= TX_WRITE && db->dialect->writers_queue))
		return true;
	db->needed_all = true;
	return err_set(e, ERR_BUSY, NULL);
}

bool
db_needed_all(const struct db *db)
{
	return db->needed_all;
}

/* COMMIT failed.  If the transaction can be rolled back, it was open still and nothing is stored.  If not, the engine ended
 * it: without effect when there was nothing to write, no room or no right to; otherwise nobody knows. */
static bool
commit_failed(struct db *db, struct err *e)
{
	struct err ignored;
	char detail[sizeof(e->detail)];
	bool is_open, is_known;

	db->in_tx = db->poisoned = false;
	is_open = !db->lost && end(db, false, &ignored);
	is_known = is_open || db->tx < TX_WRITE || e->kind == ERR_STORAGE_FULL || e->kind == ERR_DB_READ_ONLY;
	if (is_known)
		lead_answer(db, HANDIN_REFUSED);
	if (!is_open) {
		db->lost = true;
		connect_close(db);	/* turn_close() leaves others in doubt that were not answered */
	}
	if (is_known)
		return false;
	snprintf(detail, sizeof(detail), "%s", e->detail);
	err_set(e, ERR_UNCERTAIN, NULL);
	return err_detail(e, "%s", detail);
}

static bool
is_dead(const struct db *db)
{
	SQLUINTEGER dead = SQL_CD_FALSE;

	return SQL_SUCCEEDED(SQLGetConnectAttr(db->dbc, SQL_ATTR_CONNECTION_DEAD, &dead, 0, NULL)) && dead == SQL_CD_TRUE;
}

/* success reported by a dead connection proves nothing */
static bool
is_certain(struct db *db, struct err *e)
{
	if (!is_dead(db))
		return true;
	db->lost = true;
	connect_close(db);
	return err_set(e, ERR_UNCERTAIN, NULL);
}

bool
db_stored(struct db *db, struct err *e)
{
	db->has_written = true;
	db->trust = TRUST_KEPT;
	if (!db->dialect->counts_when_stored && !is_certain(db, e))
		return false;
	if (db->dialect->written != NULL)
		db->dialect->written(db);
	return true;
}

static bool
commit(struct db *db, struct err *e)
{
	bool wrote = db->tx >= TX_WRITE;

	stmt_close_all(db);
	if (!db->in_tx)
		return db->has_written || !db_is_cancelled(db, e);
	if (db->poisoned || db->lost) {
		db_rollback(db);
		return err_set(e, ERR_INTERNAL, "a statement of the transaction had failed; nothing was stored");
	}
	if (db_is_cancelled(db, e) || !lead_others(db, e)) {
		db_rollback(db);
		return false;
	}
	lead_storing(db);
	if (!end(db, true, e))
		return commit_failed(db, e);
	db->in_tx = false;
	if (wrote && !is_certain(db, e))
		return false;
	lead_answer(db, HANDIN_DONE);
	if (wrote) {
		db->tx_committed = db->tx_number;
		db->has_written = true;
	}
	if (wrote && db->dialect->written != NULL)
		db->dialect->written(db);
	return true;
}

bool
db_commit(struct db *db, struct err *e)
{
	bool ok = commit(db, e);

	often_end(db);
	db->tx = TX_NONE;
	define_end(db, ok ? DEFINE_COMMITTED : DEFINE_ROLLED_BACK);
	turn_give(db);
	return db_settle(db, ok, true, e);
}

void
db_rollback(struct db *db)
{
	struct err ignored;
	bool was_cancelled = atomic_exchange(&db->cancelled, false);	/* a rollback is never cancelled */

	often_forget(db);
	stmt_close_all(db);
	if (db->work != NULL)
		arena_clear(db->work);
	catalog_abandon(db->catalog);
	db->tx = TX_NONE;
	if (db->in_tx) {
		db->in_tx = db->poisoned = false;
		/* an engine that ended the transaction on its own refuses; a new connection is cheap and certain */
		if (!db->lost && !end(db, false, &ignored))
			db->lost = true;
		if (db->lost)	/* or its transaction would go on, and lock everybody out */
			connect_close(db);
	}
	define_end(db, DEFINE_ROLLED_BACK);
	lead_answer(db, HANDIN_REFUSED);
	turn_give(db);
	if (was_cancelled)
		atomic_store(&db->cancelled, true);
}

/* ---- what it is ---- */

void
db_weakened(struct db *db, const char *name, const char *value)
{
	size_t n = strlen(db->durability);

	if (strcmp(db->durability, "full") == 0)
		snprintf(db->durability, sizeof(db->durability), "weakened (%s=%s)", name, value);
	else if (n > 0 && db->durability[n - 1] == ')')	/* a text that was cut stays as it is */
		snprintf(db->durability + n - 1, sizeof(db->durability) - n + 1, ", %s=%s)", name, value);
}

const char *
db_pool_name(const struct db *db)
{
	return db->pool->name;
}

const struct settings *
db_settings(const struct db *db)
{
	return db->pool->set;
}

const struct dialect *
db_dialect(const struct db *db)
{
	return db->dialect;
}

const char *
db_durability(const struct db *db)
{
	return db->durability;
}

size_t
db_max_depth(const struct db *db)
{
	return db->dialect->max_depth;
}

bool
db_verify(struct db *db, struct err *e)
{
	if (!db_ready(db, e) || (db->dialect->integrity != NULL && !db->dialect->integrity(db, e)))
		return false;
	db->damaged = false;
	return true;
}
