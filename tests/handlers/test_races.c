/* tests/handlers/test_races.c - what goes wrong between two statements
 *
 * db_commit(), stmt_exec_comparing(), catalog_find() and precond_read() are replaced at link time.
 */
#include "tests/lib/unit.h"

#include "handlers/precond.h"
#include "base/clock.h"
#include "sql/catalog.h"
#include "sql/db.h"
#include "sql/stmt.h"
#include "tests/handlers/world.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define S "/ords/demo/soda/latest"

bool __real_db_commit(struct db *db, struct err *e);
bool __wrap_db_commit(struct db *db, struct err *e);

static enum { AS_EVER, DONE_BUT_LOST, LOST, BUSY } mode;
static bool alone;			/* it is the write that fails, not a COMMIT behind it */
static int n_left, n_called;		/* failures still to come; commits asked for */

bool
__wrap_db_commit(struct db *db, struct err *e)
{
	n_called++;
	if (alone || mode == AS_EVER || n_left == 0)
		return __real_db_commit(db, e);
	n_left--;
	if (mode == DONE_BUT_LOST) {
		assert_true(__real_db_commit(db, e));
		return err_set(e, ERR_UNCERTAIN, NULL);
	}
	db_rollback(db);
	return err_set(e, mode == LOST ? ERR_UNCERTAIN : ERR_BUSY, NULL);
}

bool __real_stmt_exec_comparing(struct db *db, const struct query *q, int64_t *n_changed, struct err *e);
bool __wrap_stmt_exec_comparing(struct db *db, const struct query *q, int64_t *n_changed, struct err *e);

bool
__wrap_stmt_exec_comparing(struct db *db, const struct query *q, int64_t *n_changed, struct err *e)
{
	if (!alone || mode == AS_EVER || n_left == 0)
		return __real_stmt_exec_comparing(db, q, n_changed, e);
	n_left--;
	if (mode == DONE_BUT_LOST)
		assert_true(__real_stmt_exec_comparing(db, q, n_changed, e));
	return err_set(e, mode == BUSY ? ERR_BUSY : ERR_UNCERTAIN, NULL);
}

static struct world w, other;		/* two workers */
static const char *drop;		/* collection that the other drops as soon as this one has found it */

bool __real_catalog_find(struct db *db, int64_t schema_id, struct span name, const struct coll **out, struct err *e);
bool __wrap_catalog_find(struct db *db, int64_t schema_id, struct span name, const struct coll **out, struct err *e);

bool
__wrap_catalog_find(struct db *db, int64_t schema_id, struct span name, const struct coll **out, struct err *e)
{
	bool ok = __real_catalog_find(db, schema_id, name, out, e);
	const char *target = drop;

	drop = NULL;
	if (target != NULL)
		assert_int_equal(world_demo(&other, "DELETE", target, NULL), 200);
	return ok;
}

static const char *drop_later;		/* as soon as it has looked at the version of an object */

bool __real_precond_read(const struct request *req, const struct meta *m, const struct doc *doc, bool *not_modified, struct err *e);
bool __wrap_precond_read(const struct request *req, const struct meta *m, const struct doc *doc, bool *not_modified, struct err *e);

bool
__wrap_precond_read(const struct request *req, const struct meta *m, const struct doc *doc, bool *not_modified, struct err *e)
{
	const char *target = drop_later;

	drop_later = NULL;
	if (target != NULL)
		assert_int_equal(world_demo(&other, "DELETE", target, NULL), 200);
	return __real_precond_read(req, m, doc, not_modified, e);
}

/* Whoever writes index entries needs a transaction. */
static void
index_of(const char *coll)
{
	char path[64], spec[128];

	snprintf(path, sizeof(path), S "/%s?action=index", coll);
	snprintf(spec, sizeof(spec), "{\"name\":\"ix_%s\",\"fields\":[{\"path\":\"n\"}]}", coll);
	assert_int_equal(world_demo(&w, "POST", path, spec), 200);
}

static int
open_world(void **state)
{
	static const char *const settings[] = { "jdbc.ConnectionWaitTimeout", "1s", NULL };

	(void)state;
	mode = AS_EVER;
	world_open(&w, settings);
	other = w;
	other.server = server_open(w.conf);
	other.mem = arena_open(0);
	alone = false;
	assert_int_equal(world_demo(&w, "PUT", S "/c", NULL), 201);
	index_of("c");
	return 0;
}

static int
close_world(void **state)
{
	(void)state;
	mode = AS_EVER;
	server_close(&other.server);
	arena_close(&other.mem);
	world_close(&w);
	return 0;
}

static int
count(void)
{
	const char *total;

	mode = AS_EVER;
	assert_int_equal(world_demo(&w, "GET", S "/c?totalResults=true&limit=1", NULL), 200);
	total = strstr(world_body(&w), "\"totalResults\":");
	assert_non_null(total);
	return atoi(total + strlen("\"totalResults\":"));
}

static int
post(int fail_as, int n_failures, const char *key)
{
	mode = fail_as;
	n_left = n_failures;
	n_called = 0;
	return world_ask(&w, "POST", S "/c", key == NULL ? AS_DEMO : key, "{}");
}

static int
many(int fail_as, const char *action, const char *body)
{
	char path[64];

	snprintf(path, sizeof(path), S "/c?action=%s", action);
	mode = fail_as;
	n_left = 1;
	n_called = 0;
	return world_demo(&w, "POST", path, body);
}

/* nobody can know, so neither success nor failure is told */
static void
commit__unknown_outcome(void **state)
{
	(void)state;
	assert_int_equal(many(DONE_BUT_LOST, "insert", "[{},{}]"), 200);	/* the first of them tells */
	assert_int_equal(n_called, 1);
	assert_int_equal(count(), 2);
	assert_int_equal(many(DONE_BUT_LOST, "update", "{\"$merge\":{\"z\":1}}"), 503);
	assert_non_null(strstr(world_body(&w), "\"outcome\":\"unknown\""));
	assert_null(strstr(world_body(&w), "\"retry\""));
	assert_int_equal(n_called, 1);
	assert_int_equal(many(LOST, "insert", "[{},{}]"), 503);
	assert_non_null(strstr(world_body(&w), "\"outcome\":\"unknown\""));
	assert_int_equal(n_called, 1);
	assert_int_equal(count(), 2);
	assert_int_equal(post(LOST, 1, NULL), 503);	/* absent now; it may have been deleted by another client */
	assert_non_null(strstr(world_body(&w), "\"outcome\":\"unknown\""));
	assert_int_equal(count(), 2);
}

static int
change(int fail_as, const char *method, const char *body)
{
	mode = fail_as;
	n_left = 1;
	n_called = 0;
	return world_demo(&w, method, S "/keyed/k", body);
}

/* the object itself tells what happened */
static void
commit__object_tells_the_outcome(void **state)
{
	(void)state;
	assert_int_equal(post(DONE_BUT_LOST, 1, NULL), 201);
	assert_int_equal(count(), 1);
	assert_int_equal(change(AS_EVER, "PUT", "{}"), 404);
	assert_int_equal(world_demo(&w, "PUT", S "/keyed", "{\"keyColumn\":{\"assignmentMethod\":\"CLIENT\"}}"), 201);
	if (!alone)
		index_of("keyed");
	assert_int_equal(change(AS_EVER, "GET", NULL), 404);	/* the catalogue is remembered */
	assert_int_equal(change(DONE_BUT_LOST, "PUT", "{\"n\":1}"), 201);
	assert_int_equal(change(DONE_BUT_LOST, "PUT", "{\"n\":2}"), 200);
	assert_int_equal(change(LOST, "PUT", "{\"n\":3}"), 503);
	assert_non_null(strstr(world_body(&w), "\"retry\":\"safe\""));
	assert_int_equal(change(LOST, "PATCH", "{\"n\":4}"), 503);
	assert_non_null(strstr(world_body(&w), "\"retry\":\"safe\""));
	assert_int_equal(change(LOST, "DELETE", NULL), 503);
	assert_non_null(strstr(world_body(&w), "\"retry\":\"safe\""));
	assert_int_equal(change(AS_EVER, "GET", NULL), 200);
	assert_string_equal(world_body(&w), "{\"n\":2}");
	assert_int_equal(change(DONE_BUT_LOST, "DELETE", NULL), 200);
	assert_int_equal(change(AS_EVER, "GET", NULL), 404);
}

static int
open_world_without_indexes(void **state)
{
	open_world(state);
	assert_int_equal(world_demo(&w, "POST", S "/c?action=unindex", "{\"name\":\"ix_c\"}"), 200);
	assert_int_equal(world_demo(&w, "GET", S "/c", NULL), 200);	/* the catalogue is remembered */
	alone = true;
	return 0;
}

/* of a write that is a transaction of its own nobody may know either */
static void
alone__object_tells_the_outcome(void **state)
{
	commit__object_tells_the_outcome(state);
	assert_int_equal(post(LOST, 1, NULL), 503);
	assert_non_null(strstr(world_body(&w), "\"outcome\":\"unknown\""));
	assert_int_equal(count(), 1);
}

static int
replace(int fail_as, const char *path)
{
	mode = fail_as;
	n_left = 1;
	return world_demo(&w, "PUT", path, "{\"n\":1}");
}

static int64_t
an_hour_ago(void)
{
	return ((int64_t)time(NULL) - 3600) * 1000000;
}

/* what is replaced without a look at it is known by its time and its version; F-19: and times do not go back */
static void
alone__what_nobody_looked_at(void **state)
{
	char path[256], modified[64];

	(void)state;
	assert_int_equal(post(AS_EVER, 0, NULL), 201);
	snprintf(path, sizeof(path), "%s", strstr(world_header(&w, "Location"), "/ords/"));
	assert_int_equal(replace(DONE_BUT_LOST, path), 200);
	assert_int_equal(world_demo(&w, "GET", path, NULL), 200);
	assert_string_equal(world_body(&w), "{\"n\":1}");
	snprintf(modified, sizeof(modified), "%s", world_header(&w, "Last-Modified"));
	assert_int_equal(replace(LOST, path), 503);
	assert_non_null(strstr(world_body(&w), "\"outcome\":\"unknown\""));
	clock_fake(an_hour_ago);
	assert_int_equal(replace(AS_EVER, path), 200);
	clock_fake(NULL);
	assert_string_equal(world_header(&w, "Last-Modified"), modified);
}

/* F-11: the engine has refused it, so nothing is done twice */
static void
alone__conflict_is_tried_again(void **state)
{
	(void)state;
	assert_int_equal(post(BUSY, 1, NULL), 201);
	assert_int_equal(n_left, 0);
	assert_int_equal(count(), 1);
}

/* the row of the key tells what happened */
static void
commit__idempotency_key_tells_the_outcome(void **state)
{
	(void)state;
	assert_int_equal(post(DONE_BUT_LOST, 1, AS_DEMO "\nIdempotency-Key: a"), 201);
	assert_non_null(world_header(&w, "Location"));
	assert_int_equal(count(), 1);
	assert_int_equal(post(LOST, 1, AS_DEMO "\nIdempotency-Key: b"), 503);
	assert_int_equal(count(), 1);
	assert_int_equal(post(AS_EVER, 0, AS_DEMO "\nIdempotency-Key: b"), 201);
	assert_int_equal(count(), 2);
	assert_int_equal(post(AS_EVER, 0, AS_DEMO "\nIdempotency-Key: a"), 201);
	assert_int_equal(count(), 2);
}

/* F-11: the whole transaction is repeated, also when COMMIT is what met the conflict */
static void
commit__conflicts_are_tried_again(void **state)
{
	(void)state;
	assert_int_equal(post(BUSY, 9, NULL), 201);
	assert_int_equal(n_called, 10);
	assert_int_equal(count(), 1);
	assert_int_equal(post(BUSY, 9999, NULL), 503);
	assert_true(n_called > 2);
	assert_non_null(strstr(world_body(&w), "\"retry\":\"safe\""));
	assert_int_equal(count(), 1);
}

/* a collection that goes away while it is read is absent, not an internal error */
static void
race__collection_dropped_while_reading(void **state)
{
	(void)state;
	assert_int_equal(post(AS_EVER, 0, NULL), 201);
	drop = S "/c";
	assert_int_equal(world_demo(&w, "GET", S "/c/6C5C28DB03FF4C838DD0E8379B5F42D9", NULL), 404);
	assert_non_null(strstr(world_body(&w), "REST-02000"));
	assert_null(drop);
}

/* a conditional read has two statements, and the second one may find no table */
static void
race__collection_dropped_between_version_and_content(void **state)
{
	char path[256];

	(void)state;
	assert_int_equal(post(AS_EVER, 0, NULL), 201);
	snprintf(path, sizeof(path), "%s", strstr(world_header(&w, "Location"), "/ords/"));
	for (int round = 0; round < 2; round++)	/* the second one by what is remembered of the catalogue */
		assert_int_equal(world_ask(&w, "GET", path, AS_DEMO "\nIf-None-Match: x", NULL), 200);
	drop_later = S "/c";
	assert_int_equal(world_ask(&w, "GET", path, AS_DEMO "\nIf-None-Match: x", NULL), 404);
	assert_non_null(strstr(world_body(&w), "REST-02000"));
	assert_null(drop_later);
}

/* and one that goes away before the statement that writes leaves no doubt: nothing was stored */
static void
race__collection_dropped_while_writing(void **state)
{
	(void)state;
	for (int round = 0; round < 2; round++)	/* the second one by what is remembered of the catalogue */
		assert_int_equal(post(AS_EVER, 0, NULL), 201);
	drop = S "/c";
	assert_int_equal(post(AS_EVER, 0, NULL), 404);
	assert_non_null(strstr(world_body(&w), "REST-02000"));
	assert_null(drop);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(commit__unknown_outcome, open_world, close_world),
		cmocka_unit_test_setup_teardown(commit__object_tells_the_outcome, open_world, close_world),
		cmocka_unit_test_setup_teardown(commit__idempotency_key_tells_the_outcome, open_world, close_world),
		cmocka_unit_test_setup_teardown(commit__conflicts_are_tried_again, open_world, close_world),
		cmocka_unit_test_setup_teardown(alone__object_tells_the_outcome, open_world_without_indexes, close_world),
		cmocka_unit_test_setup_teardown(alone__what_nobody_looked_at, open_world_without_indexes, close_world),
		cmocka_unit_test_setup_teardown(alone__conflict_is_tried_again, open_world_without_indexes, close_world),
		cmocka_unit_test_setup_teardown(race__collection_dropped_while_reading, open_world, close_world),
		cmocka_unit_test_setup_teardown(race__collection_dropped_between_version_and_content, open_world, close_world),
		cmocka_unit_test_setup_teardown(race__collection_dropped_while_writing, open_world, close_world),
		cmocka_unit_test_setup_teardown(race__collection_dropped_while_writing, open_world_without_indexes, close_world),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
