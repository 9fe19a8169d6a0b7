/* tests/handlers/test_answer.c - the pipeline: pools, transactions, retries, limits, the exit for failures */
#include "tests/lib/unit.h"

#include "sql/db.h"
#include "sql/migrate.h"
#include "tests/handlers/world.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define S "/ords/demo/soda/latest"

static struct world w;

static int
open_world(void **state)
{
	(void)state;
	world_open(&w, NULL);
	return 0;
}

static int
open_small_world(void **state)
{
	static const char *const settings[] = { "request.maxMemory", "1m", NULL };

	(void)state;
	world_open(&w, settings);
	return 0;
}

static int
close_world(void **state)
{
	(void)state;
	world_close(&w);
	return 0;
}

static void
assert_common_headers(void)
{
	assert_string_equal(world_header(&w, "Cache-Control"), "private,must-revalidate,max-age=0");
	assert_string_equal(world_header(&w, "X-Frame-Options"), "SAMEORIGIN");
	assert_string_equal(world_header(&w, "X-Content-Type-Options"), "nosniff");
	assert_string_equal(world_header(&w, "Referrer-Policy"), "no-referrer");
	assert_string_equal(world_header(&w, "Request-Id"), "world-request");
}

/* OR-33: the request identifier comes back, on failures in `instance`, too */
static void
answer__common_headers_on_every_answer(void **state)
{
	(void)state;
	assert_int_equal(world_demo(&w, "GET", S, NULL), 200);
	assert_common_headers();
	assert_int_equal(world_demo(&w, "GET", S "/nosuch", NULL), 404);
	assert_common_headers();
	assert_non_null(strstr(world_body(&w), "\"instance\":\"tag:oracle.com,2020:ecid/world-request\""));
	assert_int_equal(world_ask(&w, "OPTIONS", S, NULL, NULL), 204);
	assert_common_headers();
	assert_int_equal(world_ask(&w, "GET", "/ords/%zz", NULL, NULL), 400);
	assert_common_headers();
	assert_int_equal(world_ask(&w, "GET", "/ords/_/health/live", NULL, NULL), 200);
	assert_common_headers();
}

/* UC-02 */
static void
answer__empty_schema(void **state)
{
	(void)state;
	assert_int_equal(world_demo(&w, "GET", S "/", NULL), 200);
	assert_string_equal(world_body(&w), "{\"items\":[],\"hasMore\":false}");
	assert_string_equal(world_header(&w, "Content-Type"), "application/json");
}

/* ER-05, GO-10: HEAD has the headers of GET */
static void
answer__head(void **state)
{
	size_t n;

	(void)state;
	assert_int_equal(world_demo(&w, "GET", S, NULL), 200);
	n = w.out.body.n;
	assert_false(w.out.is_head);
	assert_int_equal(world_demo(&w, "HEAD", S, NULL), 200);
	assert_true(w.out.is_head);
	assert_int_equal(w.out.body.n, n);
	assert_int_equal(world_demo(&w, "HEAD", S "/nosuch", NULL), 404);
	assert_true(w.out.is_head);
}

static void
answer__options_by_shape_alone(void **state)
{
	(void)state;
	assert_int_equal(world_ask(&w, "OPTIONS", "/ords/nosuch/soda/latest/c/k", NULL, NULL), 204);
	assert_string_equal(world_header(&w, "Allow"), "GET, HEAD, PUT, PATCH, DELETE");
	assert_false(w.out.has_body);
	assert_int_equal(world_ask(&w, "OPTIONS", "/ords/nosuch/other", NULL, NULL), 404);
}

/* ER-03 */
static void
answer__405_carries_allow(void **state)
{
	(void)state;
	assert_int_equal(world_demo(&w, "PATCH", S "/c", NULL), 405);
	assert_string_equal(world_header(&w, "Allow"), "GET, HEAD, POST, PUT, DELETE");
	assert_int_equal(world_demo(&w, "PUT", S "/ro", "{\"readOnly\":true}"), 201);
	assert_int_equal(world_demo(&w, "DELETE", S "/ro/k", NULL), 405);
	assert_string_equal(world_header(&w, "Allow"), "GET, HEAD");
	assert_non_null(strstr(world_body(&w), "SODA-02000"));
	world_set(&w, "soda.disableDropCollection", "true");
	assert_int_equal(world_demo(&w, "DELETE", S "/ro", NULL), 405);
	assert_string_equal(world_header(&w, "Allow"), "GET, HEAD, POST, PUT");
}

/* UR-15 */
static void
answer__action_on_delete_drops_nothing(void **state)
{
	(void)state;
	assert_int_equal(world_demo(&w, "PUT", S "/c", NULL), 201);
	assert_int_equal(world_demo(&w, "DELETE", S "/c?action=query", NULL), 400);
	assert_int_equal(world_demo(&w, "DELETE", S "/c?limit=1", NULL), 400);
	assert_int_equal(world_demo(&w, "GET", S "/c", NULL), 200);
}

/* UR-18, ER-02 */
static void
answer__codes(void **state)
{
	(void)state;
	assert_int_equal(world_demo(&w, "PUT", S "/metadata-catalog", NULL), 400);
	assert_non_null(strstr(world_body(&w), "OSODA-00001"));
	assert_int_equal(world_demo(&w, "GET", S "/nosuch", NULL), 404);
	assert_non_null(strstr(world_body(&w), "REST-02000"));
	assert_int_equal(world_demo(&w, "GET", S "/c?limit=0", NULL), 400);
	assert_non_null(strstr(world_body(&w), "OSODA-00003"));
	assert_int_equal(world_ask(&w, "GET", "/other", NULL, NULL), 404);
	assert_int_equal(world_demo(&w, "GET", "/ords/a%2Fb/soda/latest", NULL), 400);
	assert_int_equal(world_ask(&w, "GET", S, AS_DEMO "\nHost: a/b", NULL), 400);
}

/* OR-01, OR-02, OR-09: pools by the first segment; links keep pool and alias as typed */
static void
answer__pools(void **state)
{
	struct err e = { 0 };
	int n;

	(void)state;
	assert_true(conf_set(w.dir, "sales", SPAN("db.file"), SPAN("sales.sqlite"), &e));
	world_set(&w, "public.url", "https://api.example");
	assert_true(migrate_install(conf_pool_find(w.conf, SPAN("sales")), NULL, &n, &e));
	assert_int_equal(world_demo(&w, "PUT", "/ords/Demo/soda/v1/c", NULL), 201);
	assert_string_equal(world_header(&w, "Location"), "https://api.example/ords/Demo/soda/v1/c/");
	assert_string_equal(server_outcome(w.server)->pool, "default");
	assert_int_equal(world_ask(&w, "GET", "/ords/sales/demo/soda/latest", AS_SODA, NULL), 404);
	assert_string_equal(server_outcome(w.server)->pool, "sales");
	assert_int_equal(world_demo(&w, "GET", "/ords/default/soda/latest", NULL), 404);
	assert_int_equal(world_ask(&w, "GET", "/ords/unknown/soda/latest", AS_SODA, NULL), 404);
	assert_null(strstr(world_body(&w), "could not be mapped"));
	assert_true(conf_pool_delete(w.dir, "default", &e));
	world_set(&w, "public.url", "");
	assert_int_equal(world_ask(&w, "GET", "/ords/unknown/soda/latest", AS_SODA, NULL), 404);
	assert_non_null(strstr(world_body(&w), "could not be mapped to any database"));
}

/* OR-35: the answer names the pool, and never the file */
static void
answer__unreachable_pool(void **state)
{
	char path[128];

	(void)state;
	snprintf(path, sizeof(path), "%s/world.sqlite", w.dir);
	assert_int_equal(unlink(path), 0);
	world_set(&w, "public.url", "");
	assert_int_equal(world_demo(&w, "GET", S, NULL), 503);
	assert_non_null(world_header(&w, "Retry-After"));
	assert_non_null(strstr(world_body(&w), "default"));
	assert_null(strstr(world_body(&w), "world.sqlite"));
	assert_true(server_outcome(w.server)->failed);
	/* OR-69 */
	assert_int_equal(world_ask(&w, "GET", "/ords/_/health/live", NULL, NULL), 200);
	assert_int_equal(world_ask(&w, "GET", "/ords/_/health/ready", NULL, NULL), 503);
	assert_string_equal(world_body(&w), "{\"status\":\"DOWN\",\"pools\":[{\"name\":\"default\",\"status\":\"DOWN\"}]}");
}

static void
answer__health(void **state)
{
	(void)state;
	assert_int_equal(world_ask(&w, "GET", "/ords/_/health/live", NULL, NULL), 200);
	assert_string_equal(world_body(&w), "{\"status\":\"UP\"}");
	assert_int_equal(world_ask(&w, "GET", "/ords/_/health/ready", NULL, NULL), 200);
	assert_string_equal(world_body(&w), "{\"status\":\"UP\",\"pools\":[{\"name\":\"default\",\"status\":\"UP\"}]}");
	assert_int_equal(world_ask(&w, "POST", "/ords/_/health/live", NULL, NULL), 405);
	assert_string_equal(world_header(&w, "Allow"), "GET, HEAD");
}

static int
count_of(const char *collection)
{
	char target[128];
	const char *total;

	snprintf(target, sizeof(target), S "/%s?totalResults=true&limit=1", collection);
	assert_int_equal(world_demo(&w, "GET", target, NULL), 200);
	total = strstr(world_body(&w), "\"totalResults\":");
	assert_non_null(total);
	return atoi(total + strlen("\"totalResults\":"));
}

/* the same key and request have one effect and one answer */
static void
answer__idempotency_key(void **state)
{
	const char *key = AS_DEMO "\nIdempotency-Key: k1";
	char *first, *location;

	(void)state;
	assert_int_equal(world_demo(&w, "PUT", S "/c", NULL), 201);
	assert_int_equal(world_ask(&w, "POST", S "/c", key, "{\"a\":1}"), 201);
	first = strdup(world_body(&w));
	location = strdup(world_header(&w, "Location"));
	assert_int_equal(world_ask(&w, "POST", S "/c", key, "{\"a\":1}"), 201);
	assert_string_equal(world_body(&w), first);
	assert_string_equal(world_header(&w, "Location"), location);
	assert_string_equal(world_header(&w, "Content-Type"), "application/json");
	assert_common_headers();
	assert_int_equal(count_of("c"), 1);
	assert_int_equal(world_ask(&w, "POST", S "/c", key, "{\"a\":2}"), 422);
	assert_int_equal(count_of("c"), 1);
	assert_int_equal(world_ask(&w, "POST", S "/c?action=insert", key, "[{}]"), 200);
	assert_int_equal(count_of("c"), 2);
	assert_int_equal(world_ask(&w, "POST", S "/c", AS_SODA "\nIdempotency-Key: k1", "{\"a\":1}"), 201);
	assert_int_equal(count_of("c"), 3);
	free(first);
	free(location);
}

/* a failure has no effect, so nothing is kept and a retry is a new attempt */
static void
answer__idempotency_of_failures(void **state)
{
	const char *key = AS_DEMO "\nIdempotency-Key: k2";

	(void)state;
	assert_int_equal(world_ask(&w, "DELETE", S "/c", key, NULL), 404);
	assert_int_equal(world_demo(&w, "PUT", S "/c", NULL), 201);
	assert_int_equal(world_ask(&w, "DELETE", S "/c", key, NULL), 200);
	assert_int_equal(world_ask(&w, "DELETE", S "/c", key, NULL), 200);
	assert_int_equal(world_demo(&w, "DELETE", S "/c", NULL), 404);
}

static void
answer__idempotency_key_grammar(void **state)
{
	char longest[400];
	int n = snprintf(longest, sizeof(longest), "%s\nIdempotency-Key: ", AS_DEMO);

	(void)state;
	assert_int_equal(world_demo(&w, "PUT", S "/c", NULL), 201);
	memset(longest + n, 'k', 256);
	longest[n + 255] = '\0';
	assert_int_equal(world_ask(&w, "POST", S "/c", longest, "{}"), 201);
	longest[n + 255] = 'k';
	longest[n + 256] = '\0';
	assert_int_equal(world_ask(&w, "POST", S "/c", longest, "{}"), 400);
	assert_int_equal(world_ask(&w, "POST", S "/c", AS_DEMO "\nIdempotency-Key:", "{}"), 400);
	assert_int_equal(world_ask(&w, "POST", S "/c", AS_DEMO "\nIdempotency-Key: a b", "{}"), 400);
	assert_int_equal(world_ask(&w, "POST", S "/c", AS_DEMO "\nIdempotency-Key: \xc3\xa9", "{}"), 400);
	assert_int_equal(count_of("c"), 1);
}

/* R-41, F-20: a request that outgrows its budget is rolled back and told 413; the next one works */
static void
answer__memory_budget(void **state)
{
	enum { N = 40000 };
	char *body = malloc(3 * N + 2);

	(void)state;
	assert_int_equal(world_demo(&w, "PUT", S "/c", NULL), 201);
	body[0] = '[';
	for (int i = 0; i < N; i++)
		memcpy(body + 1 + 3 * i, "{},", 3);
	memcpy(body + 3 * N, "]", 2);
	assert_int_equal(world_demo(&w, "POST", S "/c?action=insert", body), 413);
	assert_non_null(strstr(world_body(&w), "request.maxMemory"));
	assert_common_headers();
	assert_int_equal(count_of("c"), 0);
	assert_int_equal(world_demo(&w, "POST", S "/c", "{}"), 201);
	free(body);
}

/* F-20: there is an answer even where no memory is left to write one */
static void
answer__no_memory_at_all(void **state)
{
	struct arena *tiny = arena_open(16);

	(void)state;
	assert_int_equal(world_demo(&w, "PUT", S "/c", NULL), 201);
	answer(w.server, tiny, &w.req, &w.out);
	assert_int_equal(w.out.status, 503);
	assert_true(w.out.body.n > 0);
	assert_non_null(world_header(&w, "Retry-After"));
	assert_common_headers();
	arena_close(&tiny);
	assert_int_equal(world_demo(&w, "GET", S "/c", NULL), 200);
}

/* what another process did is seen by the next request */
static void
answer__two_workers_see_each_other(void **state)
{
	struct world other = w;

	(void)state;
	other.server = server_open(w.conf);
	other.mem = arena_open(0);
	for (int i = 0; i < 20; i++) {
		assert_int_equal(world_demo(&w, "PUT", S "/c", NULL), 201);
		assert_int_equal(world_demo(&other, "POST", S "/c", "{}"), 201);
		assert_int_equal(count_of("c"), 1);
		assert_int_equal(world_demo(&other, "DELETE", S "/c", NULL), 200);
		assert_int_equal(world_demo(&w, "GET", S "/c", NULL), 404);
		assert_int_equal(world_demo(&w, "GET", S "/c/k", NULL), 404);
	}
	server_close(&other.server);
	arena_close(&other.mem);
}

/* somebody else writes all the time */
static void
answer__locked_database(void **state)
{
	const struct pool_conf *pool;
	struct err e = { 0 };
	struct db *db = NULL;

	(void)state;
	assert_int_equal(world_demo(&w, "PUT", S "/c", NULL), 201);
	world_set(&w, "jdbc.ConnectionWaitTimeout", "100ms");
	pool = conf_pool_find(w.conf, SPAN("default"));
	assert_true(db_open(pool, &db, &e) && db_begin(db, TX_WRITE, &e));
	assert_int_equal(world_demo(&w, "POST", S "/c", "{}"), 503);
	assert_non_null(strstr(world_body(&w), "\"retry\":\"safe\""));
	assert_non_null(world_header(&w, "Retry-After"));
	assert_int_equal(world_demo(&w, "GET", S "/c", NULL), 200);
	db_rollback(db);
	db_close(&db);
	assert_int_equal(world_demo(&w, "POST", S "/c", "{}"), 201);
	assert_int_equal(count_of("c"), 1);
}

static void
answer__outcome_for_the_log(void **state)
{
	const struct outcome *o = server_outcome(w.server);

	(void)state;
	assert_int_equal(world_demo(&w, "PUT", S "/c", NULL), 201);
	assert_string_equal(o->route, "/soda/{version}/{collection}");
	assert_string_equal(o->pool, "default");
	assert_false(o->failed);
	assert_true(o->db_us > 0);
	assert_int_equal(world_demo(&w, "GET", S "/c/nosuch", NULL), 404);
	assert_true(o->failed);
	assert_int_equal(o->e.kind, ERR_NOT_FOUND);
	assert_int_equal(world_ask(&w, "GET", "/other", NULL, NULL), 404);
	assert_string_equal(o->route, "-");
	assert_string_equal(o->pool, "-");
	assert_string_equal(o->user, "-");
}

int
main(void)
{
#define IN_WORLD(test) cmocka_unit_test_setup_teardown(test, open_world, close_world)
	const struct CMUnitTest tests[] = {
		IN_WORLD(answer__common_headers_on_every_answer),
		IN_WORLD(answer__empty_schema),
		IN_WORLD(answer__head),
		IN_WORLD(answer__options_by_shape_alone),
		IN_WORLD(answer__405_carries_allow),
		IN_WORLD(answer__action_on_delete_drops_nothing),
		IN_WORLD(answer__codes),
		IN_WORLD(answer__pools),
		IN_WORLD(answer__unreachable_pool),
		IN_WORLD(answer__health),
		IN_WORLD(answer__idempotency_key),
		IN_WORLD(answer__idempotency_of_failures),
		IN_WORLD(answer__idempotency_key_grammar),
		cmocka_unit_test_setup_teardown(answer__memory_budget, open_small_world, close_world),
		IN_WORLD(answer__no_memory_at_all),
		IN_WORLD(answer__two_workers_see_each_other),
		IN_WORLD(answer__locked_database),
		IN_WORLD(answer__outcome_for_the_log),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
