/* sql/lead.c - writes of SQLite that are handed in, and the writer that takes them along (handin.h)
 *
 * The leader's own write is run and counted by then, so nothing but COMMIT is left of it.  Of the others each is run and counted
 * as its owner would do it.  What is not the plain success of a write is undone and refused: then its owner does it when its turn
 * comes, and says what is wrong.  Whoever came first is run first, and only for a moment, because others wait for the turn.
 *
 * The leader's connection is set as theirs are, by the same profile on the same file, and their statements compare the counter of
 * the catalogue that they go by, so it does not matter who runs them.
 *
 * What may have been stored by a leader that died is done again by its owner (db_settle()): keys and revs that are compared let
 * it happen once, as long as what it stored is there.  Only when that fails it is looked up like any COMMIT that was not answered
 * .  One case is left: what an insert of such a leader had stored was read and removed by somebody else before the owner's
 * turn came.  Then it is inserted once more: absence does not tell what was removed from what was never there, and an outcome
 * that is unknown, for each insert of a leader that dies, would cost more.
 */
#include "sql/insert.h"
#include "sql/named.h"
#include "sql/odbc.h"

#include "base/clock.h"

#define LONGEST_NS (20 * INT64_C(1000000))

/* ---- who hands in ---- */

bool
db_hand_in(struct db *db, const struct handin_write *w, bool *written, struct err *e)
{
	*written = false;
	if (db->tx != TX_ONE_WRITE || !db->dialect->writers_queue)
		return true;
	if (!turn_wait_or_hand_in(db, w->n_steps == 0 ? NULL : w, written, e))
		return false;
	if (*written) {
		db->has_written = true;
		db->trust = TRUST_KEPT;
	}
	return true;
}

/* Whoever died may have stored it without waiting for the disk. */
bool
db_settle(struct db *db, bool ok, bool done, struct err *e)
{
	if (!db->in_doubt || (ok && done))
		return ok;
	db_rollback(db);
	db->in_doubt = false;
	db->is_undecided = !checkpoint_sync(db);
	return err_set(e, ERR_UNCERTAIN, NULL);
}

bool
db_is_undecided(const struct db *db)
{
	return db->is_undecided;
}

/* ---- who leads ---- */

enum fate { FATE_RUN, FATE_REFUSED, FATE_HALF, FATE_LOST };

/* Was it refused for what it says?  Then the transaction can go on.  What is wrong otherwise may have ended it, and with it the
 * savepoint, so whether it is whole is known when that was rolled back to. */
static enum fate
fate_of(struct db *db, bool changed, const struct err *e)
{
	if (db->lost || db->damaged || e->kind == ERR_TIMEOUT)
		return FATE_LOST;
	db->poisoned = false;
	return changed || !insert_is_refused(e) ? FATE_HALF : FATE_REFUSED;
}

static enum fate
run(struct db *db, const struct handin_write *w, struct err *e)
{
	bool changed = false;
	int64_t n;

	for (size_t i = 0; i < w->n_steps; i++) {
		if (!stmt_exec_often(db, &w->steps[i].q, e))
			return fate_of(db, changed || i > 0, e);
		if (w->steps[i].n_rows == HANDIN_UNCOUNTED)
			continue;
		if (!stmt_touched(db, &n, e))
			return FATE_LOST;
		if (n != w->steps[i].n_rows)
			return changed || n != 0 ? FATE_HALF : FATE_REFUSED;
		changed = true;
	}
	return FATE_RUN;
}

/* The transaction is lost.  Without the others its own write is told what is wrong, or stored. */
static bool
give_up(const struct err *why, struct err *e)
{
	if (why->kind != ERR_TIMEOUT)
		return err_set(e, ERR_BUSY, NULL);
	*e = *why;
	return false;
}

/* Those that did no harm are for the next one.  What the engine has counted stays counted. */
static bool
undo_all(struct db *db, struct err *e)
{
	for (size_t i = 0; i < db->n_led; i++)
		handin_answer(&db->handin, db->led[i], HANDIN_WAITING);
	db->n_led = 0;
	if (!db_run(db, "ROLLBACK TO others", e))
		return false;
	often_forget(db);
	return true;
}

static bool
lead_one(struct db *db, unsigned slot, bool *goes_on, struct err *e)
{
	struct arena_mark before = arena_mark(db->work);
	struct err why = { 0 };
	struct handin_write w;
	enum fate fate;

	if (!handin_take(&db->handin, slot, db->work, &w))
		return true;
	fate = run(db, &w, &why);
	arena_rewind(db->work, before);
	if (fate == FATE_RUN) {
		db->led[db->n_led++] = (unsigned char)slot;
		return true;
	}
	handin_answer(&db->handin, slot, HANDIN_REFUSED);
	*goes_on = fate == FATE_REFUSED;
	return fate == FATE_REFUSED || (fate == FATE_HALF && undo_all(db, &why)) || give_up(&why, e);
}

bool
lead_others(struct db *db, struct err *e)
{
	int64_t until_ns = clock_mono_ns() + LONGEST_NS;
	unsigned slots[HANDIN_SLOTS];
	struct err why = { 0 };
	bool goes_on = true;
	size_t n;

	if (!db->may_lead || !db->has_turn || db->wrote_otherwise || db->in_doubt)
		return true;
	n = handin_waiting(&db->handin, slots);
	if (n > 0 && !db_run(db, "SAVEPOINT others", &why))
		return give_up(&why, e);
	for (size_t i = 0; i < n && goes_on && clock_mono_ns() < until_ns; i++)
		if (!lead_one(db, slots[i], &goes_on, e))
			return false;
	return true;
}

void
lead_storing(struct db *db)
{
	for (size_t i = 0; i < db->n_led; i++)
		handin_answer(&db->handin, db->led[i], HANDIN_STORING);
}

void
lead_answer(struct db *db, enum handin_state state)
{
	for (size_t i = 0; i < db->n_led; i++) {
		unsigned ticket = handin_ticket(&db->handin, db->led[i]);

		handin_answer(&db->handin, db->led[i], state);
		if (state == HANDIN_DONE)
			turn_needless(db, ticket);
	}
	if (state == HANDIN_DONE)
		db->n_writes += (unsigned)db->n_led;
	db->n_led = 0;
}
