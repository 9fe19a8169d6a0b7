/* sql/cancel.c - calls of the driver: how long they take, and how another thread ends them */
#include "sql/odbc.h"

#include "base/clock.h"
#include "sql/line.h"

void
db_call_begin(struct db *db, SQLHSTMT h)
{
	pthread_mutex_lock(&db->lock);
	db->running = h;
	db->in_call = true;
	pthread_mutex_unlock(&db->lock);
	db->driver_ns -= clock_mono_ns();
}

void
db_call_end(struct db *db)
{
	db->driver_ns += clock_mono_ns();
	pthread_mutex_lock(&db->lock);
	db->running = SQL_NULL_HSTMT;
	db->in_call = false;
	db->lost = db->lost || db->cut;
	pthread_mutex_unlock(&db->lock);
}

void
db_cancel(struct db *db)
{
	pthread_mutex_lock(&db->lock);
	atomic_store(&db->cancelled, true);
	if (db->in_call && !db->cut && db->dialect->hello.p != NULL && line_is_dead(db->line, db->dialect->hello)) {
		line_cut(db->line);
		db->cut = true;
	} else if (db->running != SQL_NULL_HSTMT && !db->cut)
		SQLCancel(db->dialect->cancel_idle_handle ? db->idle_handle : db->running);
	pthread_mutex_unlock(&db->lock);
}

bool
db_is_cancelled(struct db *db, struct err *e)
{
	if (!atomic_load(&db->cancelled))
		return false;
	db->poisoned = db->in_tx;
	err_set(e, ERR_TIMEOUT, NULL);
	return true;
}

void
db_meter_reset(struct db *db)
{
	db->driver_ns = db->n_rows = 0;
}

int64_t
db_meter_us(const struct db *db)
{
	return db->driver_ns / 1000;
}

int64_t
db_meter_rows(const struct db *db)
{
	return db->n_rows;
}
