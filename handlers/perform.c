/* handlers/perform.c - an action in its transaction */
#include "handlers/perform.h"

#include "base/clock.h"
#include "handlers/idempotency.h"
#include "handlers/proof.h"

#include <time.h>

#define NS_PER_US INT64_C(1000)
#define NS_PER_MS INT64_C(1000000)
enum { LONGEST_DOUBLING = 6 };

struct deed {
	struct call *call;
	struct span alias;		/* of the schema that the path names; p NULL: none */
	int64_t schema_id;		/* 0: none */
	struct response *out;
	struct idem idem;
	struct proof proof;
};

/* The caller was let in before the transaction began: what was true then must be true in it. */
static bool
still_let_in(struct deed *d, struct err *e)
{
	struct call *c = d->call;

	if (!catalog_begin(c->db, e))
		return false;
	if (d->alias.p == NULL)
		return true;
	if (!schema_by_alias(c->db, d->alias, &c->schema, e))
		return false;
	if (c->schema == NULL || !c->schema->enabled || c->schema->id != d->schema_id
	    || (c->who->is_anonymous && c->schema->auth_required))
		return err_set(e, ERR_NO_SCHEMA, NULL);
	return true;
}

/* The answer kept under an Idempotency-Key is stored with everything else, or not at all. */
static enum fate
fate_by_key(struct deed *d)
{
	struct response kept;
	struct err ignored = { 0 };
	bool found = false;

	response_init(&kept, d->call->mem);
	if (!idem_replay(d->call->db, &d->idem, &kept, &found, &ignored))
		return FATE_UNKNOWN;
	return found ? FATE_DONE : FATE_UNDONE;
}

/* a new connection knows what the lost one did not tell.  A write that was no transaction of ours has nobody who ends it: the
 * turn that it took would be kept from all others. */
static enum fate
look_for_it(struct deed *d)
{
	struct err ignored = { 0 };

	db_rollback(d->call->db);
	if (!db_ready(d->call->db, &ignored))
		return FATE_UNKNOWN;
	return d->idem.given ? fate_by_key(d)
	    : proof_look(d->call->db, d->schema_id, &d->proof, d->call->mem);
}

/* true: it was stored after all */
static bool
was_stored(struct deed *d, struct err *e)
{
	struct err lost;

	if (e->kind != ERR_UNCERTAIN || db_is_undecided(d->call->db))
		return false;
	switch (look_for_it(d)) {
	case FATE_DONE:
		err_clear(e);
		return true;
	case FATE_UNDONE:
		lost = *e;
		err_set(e, ERR_CONN_LOST, NULL);
		return err_detail(e, "%s", lost.detail);
	case FATE_UNKNOWN:
		break;
	}
	return false;
}

/* Where nothing but the rows of a read tell it. */
static bool
needs_counter(const struct db *db, enum tx tx)
{
	return tx >= TX_WRITE || (tx == TX_READ && !catalog_is_trusted(db));
}

static bool
try_once(struct deed *d, enum tx tx, struct err *e)
{
	struct call *c = d->call;
	bool replayed = false;

	if (!db_begin(c->db, tx, e) || (needs_counter(c->db, tx) && !still_let_in(d, e)))
		return false;
	d->proof = (struct proof){ 0 };
	if (d->idem.given && !idem_replay(c->db, &d->idem, d->out, &replayed, e))
		return false;
	if (replayed)
		return db_commit(c->db, e);
	return (c->route->act(c, d->out, e)
	    && (!d->idem.given || idem_keep(c->db, &d->idem, d->out, e))
	    && db_commit(c->db, e))
	    || was_stored(d, e);
}

/* A little longer each time, up to an eighth of a second, and not for all at the same moment */
static void
pause_before(int attempt)
{
	int64_t us = (int64_t)1000 << (attempt < LONGEST_DOUBLING ? attempt : LONGEST_DOUBLING);

	us += clock_mono_ns() % us;
	nanosleep(&(struct timespec){ .tv_nsec = us * NS_PER_US }, NULL);
}

static void
begin_anew(struct deed *d, struct arena_mark mark, struct err *e)
{
	arena_rewind(d->call->mem, mark);
	response_init(d->out, d->call->mem);
	err_clear(e);
}

int64_t
perform_patience_ns(const struct settings *set)
{
	int64_t half_ms = set->statement_ms / 2;

	return (set->conn_wait_ms < half_ms ? set->conn_wait_ms : half_ms) * NS_PER_MS;
}

/* Whoever changes the catalogue waits for others who do, and for writers.  What is there already, or is wrong, is told without,
 * so such an action looks first and says when it needs to be alone (db_needs_all()).  The answer to a key is kept where it is
 * made, which takes a write. */
static enum tx
first_tx(const struct deed *d)
{
	return d->call->route->tx == TX_DEFINE && !d->idem.given ? TX_READ : d->call->route->tx;
}

/* Begun without a transaction by whoever trusts the catalogue.  false: something failed, or it needs one from its beginning
 * (db_needed_tx()) */
static bool
do_alone(struct deed *d, struct err *e)
{
	return try_once(d, d->call->route->tx == TX_WRITE ? TX_ONE_WRITE : TX_ONE, e);
}

static bool
may_be_alone(const struct deed *d)
{
	return catalog_is_trusted(d->call->db) && d->call->route->tx != TX_NONE && !d->idem.given;
}

/*
 * An action depends on the call and the database only, so what met a lock or lost against others is run again as a whole (F-11).  A
 * read outside a transaction may find that its collection was dropped a moment ago: once more, with the catalogue of the same moment.
 */
static bool
run_action(struct deed *d, struct err *e)
{
	struct call *c = d->call;
	struct arena_mark mark = arena_mark(c->mem);
	enum tx tx = first_tx(d);
	int attempt = 1;

	if (may_be_alone(d)) {
		if (do_alone(d, e))
			return true;
		if (db_needed_all(c->db))	/* the caller begins anew without */
			return false;
		if (!db_needed_tx(c->db)) {
			if (e->kind != ERR_BUSY || clock_mono_ns() > c->give_up_ns)
				return false;
			pause_before(attempt++);
		}
		db_rollback(c->db);
		begin_anew(d, mark, e);
	}
	for (; !try_once(d, tx, e); attempt++) {
		db_rollback(c->db);
		if (catalog_is_trusted(c->db))	/* the caller begins anew without */
			return false;
		if (tx < TX_DEFINE && db_needed_all(c->db)) {
			tx = TX_DEFINE;
		} else if (e->kind != ERR_BUSY || tx == TX_OWN) {
			return false;
		} else if (tx == TX_NONE) {
			tx = TX_READ;
			if (!db_ready(c->db, e))
				return false;
		} else if (clock_mono_ns() > c->give_up_ns) {
			return false;
		} else {
			pause_before(attempt);
		}
		begin_anew(d, mark, e);
	}
	return true;
}

bool
perform(struct call *c, struct span alias, struct response *out, struct err *e)
{
	struct deed d = { .call = c, .alias = alias, .schema_id = c->schema == NULL ? 0 : c->schema->id, .out = out };

	c->proof = &d.proof;
	/* what is kept for retries can be read in the repository, and a token may not */
	return (c->route->tx < TX_WRITE || c->route->role == ROLE_CLIENT || idem_of(c->req, c->who, &d.idem, e))
	    && run_action(&d, e);
}
