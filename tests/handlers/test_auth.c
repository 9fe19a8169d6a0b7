/* tests/handlers/test_auth.c - who asks, may they: through the whole pipeline, on a real database */
#include "tests/lib/unit.h"

#include "base/clock.h"
#include "base/log.h"
#include "conf/password.h"
#include "handlers/auth.h"
#include "sql/catalog.h"
#include "tests/handlers/world.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define S "/ords/demo/soda/latest"

static struct world w;

static int
open_world(void **state)
{
	static const char *const settings[] = { "security.credentials.attempts", "3", NULL };

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

static char *
copy(const char *text)
{
	char *z = strdup(text);

	assert_non_null(z);
	return z;
}

/* change a schema from outside, as the command line does */
static void
enable(const char *name, bool auth_required, const char *hash)
{
	struct err e = { 0 };
	struct db *db = NULL;

	assert_true(db_open(conf_pool_find(w.conf, SPAN("default")), &db, &e));
	assert_true(schema_enable(db, span_of(name), span_of(name), auth_required, hash, &e));
	db_close(&db);
}

static void
new_hash(const char *password, char out[PASSWORD_HASH])
{
	struct err e = { 0 };

	assert_true(password_hash(span_of(password), out, &e));
}

/* AU-01, OR-34 */
static void
auth__no_credentials_are_401(void **state)
{
	(void)state;
	assert_int_equal(world_ask(&w, "GET", S, NULL, NULL), 401);
	assert_string_equal(world_header(&w, "WWW-Authenticate"), "Basic realm=\"cords\", charset=\"UTF-8\"");
	assert_string_equal(world_header(&w, "Content-Type"), "application/problem+json");
	assert_string_equal(server_outcome(w.server)->user, "-");
}

/* OR-10 */
static void
auth__right_password(void **state)
{
	(void)state;
	assert_int_equal(world_ask(&w, "GET", S, AS_DEMO, NULL), 200);
	assert_string_equal(server_outcome(w.server)->user, "demo");
	assert_int_equal(world_ask(&w, "GET", S, "Authorization: basic  REVNTzpzZWNyZXQ=", NULL), 200);
	assert_string_equal(server_outcome(w.server)->user, "demo");
}

/* AU-02, AU-07: whatever is wrong, the answer is the same to the byte */
static void
auth__every_401_is_the_same(void **state)
{
	static const char *const wrong[] = {
		"Authorization: Basic ZGVtbzp3cm9uZw==",	/* demo:wrong */
		"Authorization: Basic c3RyYW5nZXI6d3Jvbmc=",	/* stranger:wrong */
		"Authorization: Basic ###", "Authorization: Basic", "Authorization: Basic ", "Authorization: Basic ZGVtbw==",
		"Authorization: Basic OnNlY3JldA==", "Authorization: Bearers abc", "Authorization: ", "Authorization: Basic AAAA",
		"Authorization: Basic /zphYQ==",		/* a user that is not UTF-8 */
	};
	char *first;

	(void)state;
	assert_int_equal(world_ask(&w, "GET", S, NULL, NULL), 401);
	first = copy(world_body(&w));
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		assert_int_equal(world_ask(&w, "GET", S, wrong[i], NULL), 401);
		assert_string_equal(world_body(&w), first);
		assert_non_null(world_header(&w, "WWW-Authenticate"));
	}
	free(first);
}

static int
ask_with(const char *method, const char *target, const char *token)
{
	char header[128];

	snprintf(header, sizeof(header), "Authorization: Bearer %s", token);
	return world_ask(&w, method, target, header, NULL);
}

/* a client of demo with the id "report", and a token of its own */
static void
make_client(const char *roles, const char *token)
{
	struct err e = { 0 };
	struct db *db = NULL;
	const struct schema *demo;
	struct client client;
	bool found;

	assert_true(db_open(conf_pool_find(w.conf, SPAN("default")), &db, &e) && catalog_begin(db, &e));
	assert_true(schema_by_name(db, SPAN("demo"), &demo, &e));
	assert_true(client_create(db, demo->id, SPAN("report"), span_of(roles), SPAN("report"), SPAN("secret"), &e));
	assert_true(client_by_id(db, SPAN("report"), w.mem, &client, &found, &e) && found);
	assert_true(token_add(db, &client, span_of(token), 60000000, 1000, &e));
	db_close(&db);
}

/* OR-20, OR-21: what a token opens, and what is said of one that opens nothing */
static void
auth__tokens(void **state)
{
	const char *const good = "0123456789abcdefghijkl";
	static const char *const bad[] = {
		"", "x", "0123456789abcdefghijkm", "0123456789abcdefghijk", "0123456789abcdefghijkl0", "0123456789abcdefghijkl x",
		"\"0123456789abcdefghijkl\"", "ZGVtbzpzZWNyZXQ=",
	};

	(void)state;
	make_client("SODA Developer", good);
	assert_int_equal(ask_with("GET", S, good), 200);
	assert_string_equal(server_outcome(w.server)->user, "demo:report");
	assert_int_equal(ask_with("PUT", S "/c", good), 201);
	assert_int_equal(ask_with("GET", "/ords/other/soda/latest", good), 404);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(ask_with("GET", S, bad[i]), 401);
		assert_string_equal(world_header(&w, "WWW-Authenticate"), "Bearer realm=\"cords\", error=\"invalid_token\"");
		assert_string_equal(server_outcome(w.server)->user, "-");
	}
	assert_int_equal(world_ask(&w, "GET", S, "Authorization: bEARER   0123456789abcdefghijkl  ", NULL), 200);
}

/* AU-04, AU-05, AU-06, R-60: strangers learn nothing of schemas, paths, methods and collections */
static void
auth__strangers_hear_401_before_anything_else(void **state)
{
	static const struct {
		const char *method, *target;
	} rows[] = {
		{ "GET", S "/nosuch" }, { "GET", "/ords/nosuch/soda/latest/c" }, { "GET", "/ords/demo/nosuch" }, { "PUT", S "/c" },
		{ "DELETE", S }, { "BREW", S }, { "POST", S "/c?action=nosuch" }, { "GET", S "/c?limit=0" }, { "GET", "/ords" },
		{ "PATCH", S "/c/k" }, { "POST", S "/custom-actions/truncate/c" }, { "GET", "/ords/_/nosuch" },
		{ "GET", S "//c" }, { "HEAD", S "/c/k" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(world_ask(&w, rows[i].method, rows[i].target, NULL, NULL), 401);
	assert_int_equal(world_demo(&w, "GET", "/ords/nosuch/soda/latest/c", NULL), 404);
	assert_int_equal(world_demo(&w, "GET", "/ords/demo/nosuch", NULL), 404);
	assert_int_equal(world_demo(&w, "DELETE", S, NULL), 405);
	assert_int_equal(world_demo(&w, "BREW", S, NULL), 405);
}

/* OR-12, R-60: a schema of others is told like one that does not exist */
static void
auth__schema_of_others(void **state)
{
	char *missing;

	(void)state;
	assert_int_equal(world_ask(&w, "GET", "/ords/nosuch/soda/latest/c", AS_OTHER, NULL), 404);
	missing = copy(world_body(&w));
	assert_int_equal(world_ask(&w, "GET", S "/c", AS_OTHER, NULL), 404);
	assert_string_equal(world_body(&w), missing);
	assert_int_equal(world_ask(&w, "GET", "/ords/other/soda/latest", AS_OTHER, NULL), 200);
	assert_int_equal(world_ask(&w, "GET", "/ords/OTHER/soda/latest", AS_OTHER, NULL), 200);
	free(missing);
}

/* AU-03 */
static void
auth__mid_tier_users_by_role(void **state)
{
	(void)state;
	assert_int_equal(world_ask(&w, "GET", S, AS_SODA, NULL), 200);
	assert_string_equal(server_outcome(w.server)->user, "soda");
	assert_int_equal(world_ask(&w, "GET", "/ords/other/soda/latest", AS_SODA, NULL), 200);
	assert_int_equal(world_ask(&w, "GET", S, AS_NOBODY, NULL), 403);
	assert_int_equal(world_ask(&w, "GET", S, AS_ADMIN, NULL), 403);
	assert_int_equal(world_ask(&w, "GET", "/ords/nosuch/soda/latest", AS_SODA, NULL), 404);
}

/* AU-08, OR-11 */
static void
auth__colon_and_utf8_in_a_password(void **state)
{
	char hash[PASSWORD_HASH];

	(void)state;
	new_hash("a:b\xc3\xbc:", hash);
	enable("demo", true, hash);
	assert_int_equal(world_ask(&w, "GET", S, "Authorization: Basic ZGVtbzphOmLDvDo=", NULL), 200);
}

/* AU-09 */
static void
auth__anonymous_where_the_schema_allows_it(void **state)
{
	(void)state;
	enable("demo", false, NULL);
	assert_int_equal(world_ask(&w, "GET", S, NULL, NULL), 200);
	assert_string_equal(server_outcome(w.server)->user, "anonymous");
	assert_int_equal(world_ask(&w, "PUT", S "/c", NULL, NULL), 201);
	assert_int_equal(world_ask(&w, "GET", S, "Authorization: Basic ZGVtbzp3cm9uZw==", NULL), 401);
	assert_int_equal(world_ask(&w, "GET", "/ords/other/soda/latest", NULL, NULL), 401);
	enable("demo", true, NULL);
	assert_int_equal(world_ask(&w, "GET", S, NULL, NULL), 401);
}

/* R-67: a changed password works, and the old one does not, at the next request */
static void
auth__changed_password_counts_at_once(void **state)
{
	char hash[PASSWORD_HASH];

	(void)state;
	assert_int_equal(world_ask(&w, "GET", S, AS_DEMO, NULL), 200);
	new_hash("other", hash);
	enable("demo", true, hash);
	assert_int_equal(world_ask(&w, "GET", S, AS_DEMO, NULL), 401);
	assert_int_equal(world_ask(&w, "GET", S, "Authorization: Basic ZGVtbzpvdGhlcg==", NULL), 200);
}

static void
auth__disabled_schema(void **state)
{
	struct err e = { 0 };
	struct db *db = NULL;
	bool was_there;

	(void)state;
	assert_int_equal(world_ask(&w, "GET", S, AS_DEMO, NULL), 200);
	assert_true(db_open(conf_pool_find(w.conf, SPAN("default")), &db, &e));
	assert_true(schema_disable(db, SPAN("demo"), &was_there, &e));
	db_close(&db);
	assert_int_equal(world_ask(&w, "GET", S, AS_DEMO, NULL), 401);
	assert_int_equal(world_ask(&w, "GET", S, AS_SODA, NULL), 404);
}

/* OR-30: after three wrong passwords even the right one must wait, and nothing is hashed */
static void
auth__lock_out(void **state)
{
	const char *wrong = "Authorization: Basic ZGVtbzp3cm9uZw==";

	(void)state;
	for (int i = 0; i < 3; i++)
		assert_int_equal(world_ask(&w, "GET", S, wrong, NULL), 401);
	assert_int_equal(world_ask(&w, "GET", S, wrong, NULL), 429);
	assert_int_equal(world_ask(&w, "GET", S, AS_DEMO, NULL), 429);
	assert_true(atoi(world_header(&w, "Retry-After")) > 0);
	assert_true(atoi(world_header(&w, "Retry-After")) <= 600);
	assert_int_equal(world_ask(&w, "GET", "/ords/other/soda/latest", AS_OTHER, NULL), 200);
	world_set(&w, "security.credentials.attempts", "-1");
	assert_int_equal(world_ask(&w, "GET", S, AS_DEMO, NULL), 200);
}

static int64_t later_s;

static int64_t
later(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (now.tv_sec + later_s) * INT64_C(1000000);
}

static void
auth__lock_out_ends(void **state)
{
	const char *wrong = "Authorization: Basic ZGVtbzp3cm9uZw==";

	(void)state;
	for (int i = 0; i < 4; i++)
		world_ask(&w, "GET", S, wrong, NULL);
	assert_int_equal(w.out.status, 429);
	later_s = 599;
	clock_fake(later);
	assert_int_equal(world_ask(&w, "GET", S, AS_DEMO, NULL), 429);
	later_s = 601;
	assert_int_equal(world_ask(&w, "GET", S, AS_DEMO, NULL), 200);
	clock_fake(NULL);
}

/* a success forgets the failures of the account; one that is remembered is not counted at all */
static void
auth__success_forgets_failures(void **state)
{
	const char *wrong = "Authorization: Basic ZGVtbzp3cm9uZw==";

	(void)state;
	for (int i = 0; i < 3; i++) {
		assert_int_equal(world_ask(&w, "GET", S, wrong, NULL), 401);
		assert_int_equal(world_ask(&w, "GET", S, wrong, NULL), 401);
		world_set(&w, "security.credentials.cache", "0");
		assert_int_equal(world_ask(&w, "GET", S, AS_DEMO, NULL), 200);
	}
}

static void
auth__remembered_success_outlives_a_lock_out(void **state)
{
	(void)state;
	assert_int_equal(world_ask(&w, "GET", S, AS_DEMO, NULL), 200);
	for (int i = 0; i < 4; i++)
		world_ask(&w, "GET", S, "Authorization: Basic ZGVtbzp3cm9uZw==", NULL);
	assert_int_equal(w.out.status, 429);
	assert_int_equal(world_ask(&w, "GET", S, AS_DEMO, NULL), 200);
}

/* R-67: five times as many from one address, whatever the names */
static void
auth__lock_out_of_an_address(void **state)
{
	static const char *const strangers[] = { "YTE6eA==", "YTI6eA==", "YTM6eA==", "YTQ6eA==", "YTU6eA==", "YTY6eA==" };
	char header[64];
	int status = 0;

	(void)state;
	world_set(&w, "security.credentials.attempts", "1");
	for (size_t i = 0; i < 6; i++) {
		snprintf(header, sizeof(header), "Authorization: Basic %s", strangers[i]);
		status = world_ask(&w, "GET", S, header, NULL);
		assert_int_equal(status, i < 5 ? 401 : 429);
	}
	assert_int_equal(world_ask(&w, "GET", S, AS_DEMO, NULL), 429);
	assert_int_equal(world_ask(&w, "GET", S, NULL, NULL), 401);
}

static void
set_admin(const char *name, bool is_admin)
{
	struct err e = { 0 };
	struct db *db = NULL;

	assert_true(db_open(conf_pool_find(w.conf, SPAN("default")), &db, &e));
	assert_true(schema_set_admin(db, span_of(name), is_admin, &e));
	db_close(&db);
}

static void
set_roles(const char *name, const char *roles)
{
	const struct mid_user *u = conf_user_find(w.conf, span_of(name));
	struct err e = { 0 };

	assert_true(conf_user_set(w.dir, span_of(name), u->hash, span_of(roles), &e));
	world_set(&w, "log.level", "ERROR");
}

/* what a caller hears on a route that asks for a role, at the URL of a schema, or of none (NULL) */
static enum err_kind
ask(const char *login, enum role role, const char *alias)
{
	const struct header header = { SPAN("authorization"), span_of(login + strlen("Authorization: ")) };
	const struct pool_conf *pool = conf_pool_find(w.conf, SPAN("default"));
	const struct site site = { .conf = w.conf, .pool = pool, .set = pool->set };
	const struct request req = { .n_headers = 1, .headers = &header, .remote_address = "" };
	const struct schema *schema = NULL;
	struct auth_cache *cache = auth_cache_open();
	struct caller who;
	struct db *db = NULL;
	struct err e = { 0 };
	bool ok;

	assert_true(db_open(pool, &db, &e) && catalog_begin(db, &e));
	assert_true(alias == NULL || schema_by_alias(db, span_of(alias), &schema, &e));
	ok = auth_check(cache, &req, &site, db, role, alias != NULL, schema, w.mem, &who, &e);
	assert_true(ok == (e.kind == ERR_NONE));
	db_close(&db);
	auth_cache_close(&cache);
	return e.kind;
}

static void
auth__system_administrator_is_a_mid_tier_role(void **state)
{
	(void)state;
	set_admin("demo", true);
	assert_int_equal(ask(AS_DEMO, ROLE_SYSADMIN, NULL), ERR_FORBIDDEN);
	assert_int_equal(ask(AS_SODA, ROLE_SYSADMIN, NULL), ERR_FORBIDDEN);
	assert_int_equal(ask(AS_ADMIN, ROLE_SYSADMIN, NULL), ERR_NONE);
}

/* every account of a schema is SQL Developer, for that schema */
static void
auth__sql_developer(void **state)
{
	(void)state;
	assert_int_equal(ask(AS_DEMO, ROLE_SQL_DEV, "demo"), ERR_NONE);
	assert_int_equal(ask(AS_DEMO, ROLE_SQL_DEV, NULL), ERR_NONE);
	assert_int_equal(ask(AS_DEMO, ROLE_SQL_DEV, "other"), ERR_NO_SCHEMA);
	assert_int_equal(ask(AS_DEMO, ROLE_SQL_DEV, "nosuch"), ERR_NO_SCHEMA);
	assert_int_equal(ask(AS_ADMIN, ROLE_SQL_DEV, "demo"), ERR_NONE);
	assert_int_equal(ask(AS_ADMIN, ROLE_SQL_DEV, "other"), ERR_NONE);
	assert_int_equal(ask(AS_SODA, ROLE_SQL_DEV, "demo"), ERR_FORBIDDEN);
	assert_int_equal(ask(AS_NOBODY, ROLE_SQL_DEV, "demo"), ERR_FORBIDDEN);
}

/* the flag of a schema, or the role of a mid-tier user; SQL of all schemas, documents of none but one's own */
static void
auth__sql_administrator(void **state)
{
	(void)state;
	assert_int_equal(ask(AS_DEMO, ROLE_SQL_ADMIN, "demo"), ERR_FORBIDDEN);
	assert_int_equal(ask(AS_ADMIN, ROLE_SQL_ADMIN, "demo"), ERR_FORBIDDEN);
	set_admin("demo", true);
	assert_int_equal(ask(AS_DEMO, ROLE_SQL_ADMIN, "demo"), ERR_NONE);
	assert_int_equal(ask(AS_DEMO, ROLE_SQL_ADMIN, NULL), ERR_NONE);
	assert_int_equal(ask(AS_DEMO, ROLE_SQL_DEV, "other"), ERR_NONE);
	assert_int_equal(ask(AS_DEMO, ROLE_SQL_ADMIN, "other"), ERR_NONE);
	assert_int_equal(ask(AS_DEMO, ROLE_SQL_ADMIN, "nosuch"), ERR_NO_SCHEMA);
	assert_int_equal(ask(AS_DEMO, ROLE_SODA, "other"), ERR_NO_SCHEMA);
	assert_int_equal(ask(AS_OTHER, ROLE_SQL_ADMIN, "other"), ERR_FORBIDDEN);
	set_roles("nobody", "sql administrator");
	assert_int_equal(ask(AS_NOBODY, ROLE_SQL_ADMIN, "demo"), ERR_NONE);
	assert_int_equal(ask(AS_NOBODY, ROLE_SQL_DEV, "other"), ERR_NONE);
	assert_int_equal(ask(AS_NOBODY, ROLE_SODA, "demo"), ERR_FORBIDDEN);
	set_admin("demo", false);
	assert_int_equal(ask(AS_DEMO, ROLE_SQL_ADMIN, "demo"), ERR_FORBIDDEN);
}

/* R-72, R-61: who and from where, and no password */
static void
auth__security_events_are_logged(void **state)
{
	char path[128], text[4096];
	FILE *f;
	size_t n;

	(void)state;
	snprintf(path, sizeof(path), "%s/log", w.dir);
	log_open(path, LOG_ERROR);
	for (int i = 0; i < 4; i++)
		world_ask(&w, "GET", S, "Authorization: Basic ZGVtbzpndWVzc2Vk", NULL);	/* demo:guessed */
	world_ask(&w, "GET", S, AS_NOBODY, NULL);
	log_open("/dev/null", LOG_ERROR);
	f = fopen(path, "r");
	assert_non_null(f);
	n = fread(text, 1, sizeof(text) - 1, f);
	text[n] = '\0';
	fclose(f);
	assert_non_null(strstr(text, "login.failed"));
	assert_non_null(strstr(text, "login.locked"));
	assert_non_null(strstr(text, "login.throttled"));
	assert_non_null(strstr(text, "forbidden"));
	assert_non_null(strstr(text, "\"demo\""));
	assert_non_null(strstr(text, "192.0.2.7"));
	assert_non_null(strstr(text, "world-request"));
	assert_null(strstr(text, "guessed"));
	assert_null(strstr(text, "ZGVtb"));
}

/* OR-23, OR-25 */
static void
auth__credentials_need_https(void **state)
{
	(void)state;
	world_set(&w, "security.verifySSL", "true");
	assert_int_equal(world_ask(&w, "GET", S, AS_DEMO, NULL), 403);
	assert_non_null(strstr(world_body(&w), "HTTPS is required for this resource"));
	assert_int_equal(world_ask(&w, "GET", S, "Authorization: Basic ZGVtbzp3cm9uZw==", NULL), 403);
	assert_int_equal(world_ask(&w, "GET", S, NULL, NULL), 401);
	world_set(&w, "security.httpsHeaderCheck", "X-Forwarded-Proto: https");
	assert_int_equal(world_ask(&w, "GET", S, AS_DEMO "\nX-Forwarded-Proto: https", NULL), 403);
	world_set(&w, "security.trustedProxies", "192.0.2.0/24");
	assert_int_equal(world_ask(&w, "GET", S, AS_DEMO "\nX-Forwarded-Proto: https", NULL), 200);
}

/* OR-27 */
static void
auth__force_https(void **state)
{
	(void)state;
	world_set(&w, "security.forceHTTPS", "true");
	assert_int_equal(world_ask(&w, "GET", S "/c?x=1", "Host: h:8080", NULL), 301);
	assert_string_equal(world_header(&w, "Location"), "https://h" S "/c?x=1");
	assert_int_equal(world_ask(&w, "GET", S, "Host: [::1]:8080", NULL), 301);
	assert_string_equal(world_header(&w, "Location"), "https://[::1]" S);
	assert_int_equal(world_ask(&w, "POST", S "/c", AS_DEMO, "{}"), 403);
}

/* OR-29, R-66: before credentials are looked at */
static void
auth__foreign_origin(void **state)
{
	(void)state;
	assert_int_equal(world_ask(&w, "POST", S "/c", "Origin: https://evil.example", "{}"), 403);
	assert_int_equal(world_ask(&w, "POST", S "/c", AS_DEMO "\nOrigin: null", "{}"), 403);
	assert_int_equal(world_ask(&w, "POST", S "/c", AS_DEMO "\nSec-Fetch-Site: cross-site", "{}"), 403);
	assert_int_equal(world_ask(&w, "POST", S "/c", AS_DEMO "\nHost: h:81\nOrigin: http://h:81", "{}"), 404);
	world_set(&w, "security.externalSessionTrustedOrigins", "https://app.example");
	assert_int_equal(world_ask(&w, "POST", S "/c", AS_DEMO "\nOrigin: https://app.example", "{}"), 404);
	assert_string_equal(world_header(&w, "Access-Control-Allow-Origin"), "https://app.example");
	assert_int_equal(world_ask(&w, "OPTIONS", S "/c", "Origin: https://app.example", NULL), 204);
	assert_string_equal(world_header(&w, "Access-Control-Allow-Origin"), "https://app.example");
	assert_int_equal(world_ask(&w, "OPTIONS", S "/c", "Origin: https://evil.example", NULL), 204);
	assert_null(world_header(&w, "Access-Control-Allow-Origin"));
}

int
main(void)
{
#define IN_WORLD(test) cmocka_unit_test_setup_teardown(test, open_world, close_world)
	const struct CMUnitTest tests[] = {
		IN_WORLD(auth__no_credentials_are_401),
		IN_WORLD(auth__right_password),
		IN_WORLD(auth__every_401_is_the_same),
		IN_WORLD(auth__tokens),
		IN_WORLD(auth__strangers_hear_401_before_anything_else),
		IN_WORLD(auth__schema_of_others),
		IN_WORLD(auth__mid_tier_users_by_role),
		IN_WORLD(auth__colon_and_utf8_in_a_password),
		IN_WORLD(auth__anonymous_where_the_schema_allows_it),
		IN_WORLD(auth__changed_password_counts_at_once),
		IN_WORLD(auth__disabled_schema),
		IN_WORLD(auth__lock_out),
		IN_WORLD(auth__lock_out_ends),
		IN_WORLD(auth__success_forgets_failures),
		IN_WORLD(auth__remembered_success_outlives_a_lock_out),
		IN_WORLD(auth__lock_out_of_an_address),
		IN_WORLD(auth__system_administrator_is_a_mid_tier_role),
		IN_WORLD(auth__sql_developer),
		IN_WORLD(auth__sql_administrator),
		IN_WORLD(auth__security_events_are_logged),
		IN_WORLD(auth__credentials_need_https),
		IN_WORLD(auth__force_https),
		IN_WORLD(auth__foreign_origin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
