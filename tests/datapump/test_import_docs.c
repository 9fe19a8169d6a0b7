/* tests/datapump/test_import_docs.c - collections from pool to pool: keys, versions, times and contents as they were */
#include "tests/sql/storedb.h"

#include "datapump/import.h"

static char logged[8192];
static int n_errors, n_indexes, n_batches, stop_at;

static void
say(void *arg, const char *line)
{
	size_t n = strlen(logged);

	(void)arg;
	snprintf(logged + n, sizeof(logged) - n, "%s\n", line);
}

static void
say_error(void *arg, const char *line)
{
	n_errors++;
	say(arg, line);
}

static void
progress(void *arg, const struct import_progress *p)
{
	(void)arg;
	(void)p;
}

static bool
go_on(void *arg, struct err *e)
{
	(void)arg;
	return ++n_batches != stop_at || err_set(e, ERR_STOPPED, NULL);
}

static bool
put_file(void *arg, const char *name, struct span text, struct err *e)
{
	(void)arg;
	(void)name;
	(void)text;
	(void)e;
	return true;
}

static bool
index_of(void *arg, struct db *db, const struct coll *coll, struct span spec, struct arena *mem, struct err *e)
{
	(void)arg;
	(void)db;
	(void)mem;
	(void)e;
	n_indexes += span_is(coll->name, "c") && span_is(spec, "{}");
	return true;
}

/* without soda/ nobody knows what an index holds; while documents come there is none */
static bool
entries_of_docs(void *arg, struct db *db, const struct coll *coll, const struct doc *docs, size_t n_docs, struct arena *mem,
    struct index_entry **out, size_t *n_each, struct err *e)
{
	(void)arg;
	(void)db;
	(void)docs;
	(void)n_docs;
	(void)mem;
	(void)e;
	assert_null(coll->indexes);
	*out = NULL;
	*n_each = 0;
	return true;
}

static bool
any_schema(const void *arg, struct span schema)
{
	(void)arg;
	(void)schema;
	return true;
}

static const struct import_host host_1 = { .who = { "j", 1 }, .log = say, .warn = say, .error = say_error, .progress = progress, .go_on = go_on,
	.put_file = put_file, .index = index_of, .entries = entries_of_docs,
	.skipped_file = "SKIPPED.SQL" };

static bool
import(struct storedb *from, struct storedb *to, struct job_spec *job, int64_t epoch, struct span *summary)
{
	struct import_host host = host_1;
	const struct import_spec spec = { .job = job, .is_admin = true };
	struct source *s;
	bool ok;

	host.who.epoch = epoch;
	n_batches = n_errors = 0;
	MUST(&from->t, db_begin(from->t.db, TX_READ, &from->t.e) && source_of_pool(from->t.db, any_schema, NULL, from->t.mem, &s, &from->t.e));
	ok = import_go(to->t.db, s, &spec, &host, to->t.mem, summary, &to->t.e);
	db_rollback(from->t.db);
	return ok;
}

static void
fill(struct storedb *s, size_t n)
{
	struct index by_a = { .name = "ia", .n_fields = 1, .fields = (const struct index_field[]){ { .path = FIELD_PATH("a") } } };

	storedb_open(s);
	storedb_collection(s, &plain_meta, PLAIN_JSON);
	storedb_begin(s, TX_WRITE);
	for (size_t i = 0; i < n; i++) {
		struct doc d = doc_of(arena_printf(s->t.mem, "k%zu", i), arena_printf(s->t.mem, "{ \"a\" : 1.%zu0 }", i));

		d.version = span_of(arena_printf(s->t.mem, "v%zu", i));
		d.created_us = 1700000000000001 + (int64_t)i;
		d.modified_us = 1700000000000002 + (int64_t)i;
		MUST(&s->t, store_insert(s->t.db, s->coll, &d, 1, NULL, 0, s->t.mem, &s->t.e));
	}
	storedb_commit(s);
	assert_true(storedb_index(s, &by_a));
}

static void
check_docs(struct storedb *from, struct storedb *to, size_t n)
{
	MUST(&to->t, db_ready(to->t.db, &to->t.e) && catalog_begin(to->t.db, &to->t.e)
	    && catalog_find(to->t.db, to->schema_id, SPAN("c"), &to->coll, &to->t.e));
	for (size_t i = 0; i < n; i += 7) {
		struct span key = span_of(arena_printf(to->t.mem, "k%zu", i));
		struct doc a, b;
		bool found_a, found_b;

		MUST(&from->t, catalog_begin(from->t.db, &from->t.e)
		    && catalog_find(from->t.db, from->schema_id, SPAN("c"), &from->coll, &from->t.e)
		    && store_get(from->t.db, from->coll, key, true, from->t.mem, &a, &found_a, &from->t.e));
		MUST(&to->t, store_get(to->t.db, to->coll, key, true, to->t.mem, &b, &found_b, &to->t.e));
		assert_true(found_a && found_b && span_eq(a.content, b.content) && span_eq(a.version, b.version));
		assert_true(a.created_us == b.created_us && a.modified_us == b.modified_us);
	}
	assert_int_equal(testdb_number(&to->t, arena_printf(to->t.mem, "SELECT count(*) FROM soda_c_%lld", (long long)to->coll->id)), n);
}

static void
collection__comes_back_as_it_was(void **state)
{
	struct storedb from = { 0 }, to = { 0 };
	struct job_spec job = { .verify = true };
	struct span summary;

	(void)state;
	fill(&from, 1200);
	storedb_open(&to);
	n_indexes = 0;
	if (!import(&from, &to, &job, 1, &summary) || n_errors > 0)
		fail_msg("%s (%s)\n%s", to.t.e.text, to.t.e.detail, logged);
	check_docs(&from, &to, 1200);
	assert_int_equal(n_indexes, 1);
	assert_non_null(strstr(arena_z(to.t.mem, summary), "\"imported\":1200"));

	/* once more: it is there, and stays as it is */
	if (!import(&from, &to, &job, 2, &summary) || n_errors > 0)
		fail_msg("%s (%s)\n%s", to.t.e.text, to.t.e.detail, logged);
	assert_non_null(strstr(logged, "ODP-39151"));
	job.exists = EXISTS_REPLACE;
	if (!import(&from, &to, &job, 3, &summary) || n_errors > 0)
		fail_msg("%s (%s)\n%s", to.t.e.text, to.t.e.detail, logged);
	check_docs(&from, &to, 1200);
	storedb_close(&from);
	storedb_close(&to);
}

/* whoever goes on leaves no document out and stores none twice */
static void
collection__goes_on_after_a_stop(void **state)
{
	struct storedb from = { 0 }, to = { 0 };
	struct job_spec job = { .verify = true };
	struct span summary;

	(void)state;
	fill(&from, 1200);
	storedb_open(&to);
	stop_at = 3;
	assert_false(import(&from, &to, &job, 1, &summary));
	assert_int_equal(to.t.e.kind, ERR_STOPPED);
	stop_at = 0;
	if (!import(&from, &to, &job, 2, &summary) || n_errors > 0)
		fail_msg("%s (%s)\n%s", to.t.e.text, to.t.e.detail, logged);
	check_docs(&from, &to, 1200);
	assert_int_equal(testdb_number(&to.t, "SELECT count(*) FROM ords_import_progress"), 0);
	storedb_close(&from);
	storedb_close(&to);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(collection__comes_back_as_it_was),
		cmocka_unit_test(collection__goes_on_after_a_stop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
