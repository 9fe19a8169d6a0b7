/* tests/shim/test_install.c - installing the repository with a driver that breaks at its n-th call
 *
 * Whatever happens, the database is empty or complete, nobody is locked out, the driver's values are not told (D-15),
 * and installing once more completes it.
 */
#include "config.h"

#include "tests/sql/testdb.h"

#include "base/clock.h"
#include "base/log.h"
#include "sql/migrate.h"
#include "tests/shim/witness.h"

#define MARK "m4rkerS3cret"

static struct shim *sh;
static struct testdb t;
static struct witness witness;
static __typeof__(((struct shim *)0)->trace) trace;

static int64_t
noon(void)
{
	return INT64_C(1600000000000000);
}

static bool
install(struct err *e)
{
	int n_applied;

	*e = (struct err){ 0 };
	memset(sh->n_calls, 0, sizeof(sh->n_calls));
	sh->n_trace = 0;
	sh->was_hit = sh->is_dead = false;
	return migrate_install(&t.pool, NULL, &n_applied, e);
}

/* Each step is a transaction, so an installation may end between two of them. */
static uint64_t between[16];
static size_t n_between;

static bool
is_between_steps(uint64_t digest)
{
	for (size_t i = 0; i < n_between; i++)
		if (between[i] == digest)
			return true;
	return false;
}

/* what is there when the BEGIN of a step fails */
static void
note_state(enum shim_fn fn, unsigned at)
{
	struct err e;

	sh->fn = fn;
	sh->at = at;
	sh->mode = SHIM_BEFORE;
	sh->native = 1;
	sh->text = "shim";
	memcpy(sh->state, "HY000", 6);
	assert_false(install(&e));
	sh->mode = SHIM_OFF;
	assert_true(n_between < sizeof(between) / sizeof(*between));
	between[n_between++] = witness_digest(&witness, false);
	witness_restore(&witness);
}

static void
try_fault(enum shim_fn fn, unsigned at, bool committed, enum shim_mode mode, uint64_t empty, uint64_t complete)
{
	struct err e;
	uint64_t now;
	bool ok;

	sh->fn = fn;
	sh->at = at;
	sh->mode = mode;
	sh->native = 1;
	sh->text = "shim: '" MARK "' DETAIL: " MARK;
	memcpy(sh->state, "HY000", 6);
	ok = install(&e);
	sh->mode = SHIM_OFF;
	now = witness_digest(&witness, false);
	if (!sh->was_hit)
		fail_msg("fn %d call %u was not made", (int)fn, at);
	if (ok ? now != complete : now != empty && !(committed && (now == complete || is_between_steps(now))))
		fail_msg("fn %d call %u mode %d: %s, but %s is there (%s)", (int)fn, at, (int)mode, ok ? "success" : e.text,
		    now == complete ? "all of it" : now == empty ? "nothing" : "half of it", sh->trace[sh->n_trace - 1].sql);
	if (!ok && (e.kind == ERR_NONE || strstr(e.text, MARK) != NULL || strstr(e.detail, MARK) != NULL))
		fail_msg("fn %d call %u mode %d: %s (%s)", (int)fn, at, (int)mode, e.text, e.detail);
	if (!witness_can_write(&witness))
		fail_msg("fn %d call %u mode %d: a lock was left behind", (int)fn, at, (int)mode);
	if (!install(&e))
		fail_msg("fn %d call %u mode %d: afterwards %s (%s)", (int)fn, at, (int)mode, e.text, e.detail);
	assert_true(witness_digest(&witness, false) == complete);
	witness_restore(&witness);
}

static void
install__empty_or_complete(void **state)
{
	static const enum shim_mode modes[] = { SHIM_BEFORE, SHIM_AFTER, SHIM_DEAD_BEFORE, SHIM_DEAD_AFTER };
	unsigned count[SHIM__N] = { 0 }, n_trace;
	uint64_t empty, complete;
	bool committed = false;
	struct err e;

	(void)state;
	empty = witness_digest(&witness, false);
	for (int i = 0; i < 2; i++) {	/* a process looks at some things once only */
		witness_restore(&witness);
		if (!install(&e))
			fail_msg("%s (%s)", e.text, e.detail);
	}
	n_trace = sh->n_trace;
	memcpy(trace, sh->trace, sizeof(trace));
	complete = witness_digest(&witness, false);
	assert_true(complete != empty);
	witness_restore(&witness);
	for (unsigned i = 0; i < n_trace; i++) {
		count[trace[i].fn]++;
		if (trace[i].kind == SHIM_BEGIN && (trace[i].fn == SHIM_EXECUTE || trace[i].fn == SHIM_DIRECT))
			note_state(trace[i].fn, count[trace[i].fn]);
	}
	assert_true(n_between > 0 && between[0] == empty);
	memset(count, 0, sizeof(count));
	for (unsigned i = 0; i < n_trace; i++) {
		enum shim_fn fn = trace[i].fn;
		bool can_be_done = fn == SHIM_EXECUTE || fn == SHIM_DIRECT || fn == SHIM_FETCH;

		count[fn]++;
		committed |= trace[i].kind == SHIM_COMMIT;	/* what comes later only looks */
		for (size_t m = 0; m < sizeof(modes) / sizeof(*modes); m++)
			if (modes[m] == SHIM_BEFORE || can_be_done)
				try_fault(fn, count[fn], committed, modes[m], empty, complete);
	}
}

static int
open_database(void **state)
{
	int fd;

	(void)state;
	clock_fake(noon);
	log_open("/dev/null", LOG_ERROR);
	testdb_folder(&t);
	fd = open(t.path, O_CREAT | O_EXCL | O_WRONLY, 0600);
	assert_true(fd >= 0);
	close(fd);
	witness_open(&witness, t.path);
	return 0;
}

static int
close_database(void **state)
{
	(void)state;
	witness_close(&witness);
	testdb_close(&t);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(install__empty_or_complete) };

	sh = witness_register(SHIM_PATH);
	if (sh == NULL) {
		printf("# the ODBC driver of SQLite was not found\n");
		return 77;
	}
	return cmocka_run_group_tests(tests, open_database, close_database);
}
