/* tests/sql/test_clients.c - clients of OAuth 2, and what becomes of their tokens */
#include "tests/sql/storedb.h"

#include "base/clock.h"
#include "sql/clients.h"

#define S INT64_C(1000000)
static int64_t now_us;

static int64_t
fake_now(void)
{
	return now_us;
}

static struct client client;

/* a client and a token that lives for a minute */
static int
setup(void **state)
{
	struct storedb *s = calloc(1, sizeof(*s));
	struct testdb *t = &s->t;
	bool found;

	storedb_open(s);
	now_us = 1000000 * S;
	clock_fake(fake_now);
	storedb_begin(s, TX_DEFINE);
	MUST(t, client_create(t->db, s->schema_id, SPAN("report"), SPAN("SODA Developer"), SPAN("id-1"), SPAN("secret-1"), &t->e)
	    && db_commit(t->db, &t->e) && catalog_begin(t->db, &t->e)
	    && client_by_id(t->db, SPAN("id-1"), t->mem, &client, &found, &t->e));
	assert_true(found);
	storedb_begin(s, TX_WRITE);
	MUST(t, token_add(t->db, &client, SPAN("token-1"), 60 * S, 1000, &t->e) && db_commit(t->db, &t->e));
	*state = s;
	return 0;
}

static int
teardown(void **state)
{
	clock_fake(NULL);
	storedb_close(*state);
	free(*state);
	return 0;
}

static bool
opens(struct storedb *s, struct db *db, const char *token, struct client *out)
{
	struct testdb *t = &s->t;
	bool found;

	MUST(t, catalog_begin(db, &t->e) && client_of_token(db, span_of(token), t->mem, out, &found, &t->e));
	return found;
}

static void
clients__of_a_schema(void **state)
{
	struct storedb *s = *state;
	struct testdb *t = &s->t;
	const struct client *list;
	struct client c;
	bool found;
	size_t n;

	MUST(t, client_by_name(t->db, s->schema_id, SPAN("report"), t->mem, &c, &found, &t->e));
	assert_true(found && c.id == client.id && c.schema_id == s->schema_id && c.schema_enabled && !c.schema_is_admin);
	assert_true(span_is(c.schema, "demo") && span_is(c.client_id, "id-1"));
	assert_string_equal(c.roles, "SODA Developer");
	MUST(t, client_by_name(t->db, s->schema_id + 1, SPAN("report"), t->mem, &c, &found, &t->e));
	assert_false(found);
	MUST(t, client_by_name(t->db, s->schema_id, SPAN("Report"), t->mem, &c, &found, &t->e));
	assert_false(found);
	storedb_begin(s, TX_DEFINE);
	assert_false(client_create(t->db, s->schema_id, SPAN("report"), SPAN(""), SPAN("id-2"), SPAN("x"), &t->e));
	assert_int_equal(t->e.kind, ERR_CONSTRAINT);
	err_clear(&t->e);
	db_rollback(t->db);
	storedb_begin(s, TX_DEFINE);
	MUST(t, client_create(t->db, s->schema_id, SPAN("alpha"), SPAN(""), SPAN("id-2"), SPAN("x"), &t->e) && db_commit(t->db, &t->e));
	MUST(t, client_list(t->db, t->mem, &list, &n, &t->e));
	assert_int_equal(n, 2);
	assert_true(span_is(list[0].name, "alpha") && span_is(list[1].name, "report"));
}

/* OR-22: neither can be read, and a digest is no secret */
static void
clients__secrets_are_not_kept(void **state)
{
	struct storedb *s = *state;

	assert_true(client_secret_fits(&client, SPAN("secret-1")));
	assert_false(client_secret_fits(&client, SPAN("secret-2")));
	assert_false(client_secret_fits(&client, SPAN("")));
	assert_false(client_secret_fits(&client, span_of(client.secret_digest)));
	assert_int_equal(testdb_number(&s->t, "SELECT count(*) FROM ords_clients WHERE secret_digest LIKE '%secret-1%'"), 0);
	assert_int_equal(testdb_number(&s->t, "SELECT count(*) FROM ords_tokens WHERE digest LIKE '%token-1%'"), 0);
	assert_int_equal(testdb_number(&s->t, "SELECT count(*) FROM ords_tokens"), 1);
}

static void
tokens__open_until_they_expire(void **state)
{
	struct storedb *s = *state;
	struct testdb *t = &s->t;
	struct db *other = NULL;
	struct client c;

	assert_true(opens(s, t->db, "token-1", &c));
	assert_int_equal(c.id, client.id);
	assert_string_equal(c.roles, "SODA Developer");
	assert_false(opens(s, t->db, "token-2", &c));
	assert_false(opens(s, t->db, "", &c));
	/* what is remembered goes by a clock that nobody sets; whoever looks it up, by the repository's (F-19) */
	now_us += 60 * S;
	assert_true(opens(s, t->db, "token-1", &c));
	MUST(t, db_open(&t->pool, &other, &t->e));
	assert_false(opens(s, other, "token-1", &c));
	now_us -= 1;
	assert_true(opens(s, other, "token-1", &c));
	db_close(&other);
	now_us += 1;
	/* the next one takes it away */
	storedb_begin(s, TX_WRITE);
	MUST(t, token_add(t->db, &client, SPAN("token-2"), 60 * S, 1000, &t->e) && db_commit(t->db, &t->e));
	assert_int_equal(testdb_number(t, "SELECT count(*) FROM ords_tokens"), 1);
	assert_true(opens(s, t->db, "token-2", &c));
}

/* a token that is known costs nothing, however many there are of its client */
static void
tokens__are_remembered(void **state)
{
	struct storedb *s = *state;
	struct testdb *t = &s->t;
	struct client c;
	bool found;

	assert_true(opens(s, t->db, "token-1", &c));
	testdb_do(t, "DELETE FROM ords_tokens");		/* behind our back: the counter did not move */
	for (int i = 0; i < 3; i++) {
		MUST(t, client_of_token(t->db, SPAN("token-1"), t->mem, &c, &found, &t->e));
		assert_true(found && span_is(c.name, "report") && span_is(c.schema, "demo"));
	}
	assert_false(opens(s, t->db, "token-2", &c));
}

/* what one connection changes holds for another that knew the token */
static void
tokens__changes_are_seen_by_others(void **state)
{
	struct storedb *s = *state;
	struct testdb *t = &s->t;
	struct db *other = NULL;
	struct client c;

	MUST(t, db_open(&t->pool, &other, &t->e));
	assert_true(opens(s, other, "token-1", &c) && opens(s, t->db, "token-1", &c));
	storedb_begin(s, TX_DEFINE);
	MUST(t, client_set_roles(t->db, &client, SPAN("SQL Developer"), &t->e) && db_commit(t->db, &t->e));
	assert_true(opens(s, other, "token-1", &c));
	assert_string_equal(c.roles, "SQL Developer");
	storedb_begin(s, TX_DEFINE);
	MUST(t, schema_set_admin(t->db, SPAN("demo"), true, &t->e) && db_commit(t->db, &t->e));
	assert_true(opens(s, other, "token-1", &c) && c.schema_is_admin);
	storedb_begin(s, TX_DEFINE);
	MUST(t, client_revoke(t->db, &client, &t->e) && db_commit(t->db, &t->e));
	assert_false(opens(s, other, "token-1", &c));
	assert_false(opens(s, t->db, "token-1", &c));
	db_close(&other);
}

/* whoever had read the client before its tokens were revoked adds one that opens nothing */
static void
tokens__made_during_a_revocation(void **state)
{
	struct storedb *s = *state;
	struct testdb *t = &s->t;
	struct client c;
	bool found;

	for (int i = 0; i < 3; i++) {
		storedb_begin(s, TX_DEFINE);
		switch (i) {
		case 0:
			MUST(t, client_revoke(t->db, &client, &t->e));
			break;
		case 1:
			MUST(t, client_set_secret(t->db, &client, SPAN("secret-2"), &t->e));
			break;
		default:
			MUST(t, client_delete(t->db, &client, &t->e));
		}
		MUST(t, db_commit(t->db, &t->e));
		storedb_begin(s, TX_WRITE);
		MUST(t, token_add(t->db, &client, SPAN("late"), 60 * S, 1000, &t->e) && db_commit(t->db, &t->e));
		assert_false(opens(s, t->db, "late", &c));
		testdb_do(t, "DELETE FROM ords_tokens");
		MUST(t, client_by_id(t->db, SPAN("id-1"), t->mem, &client, &found, &t->e));
		assert_int_equal(found, i < 2);
		if (i == 1)
			assert_true(client_secret_fits(&client, SPAN("secret-2")) && !client_secret_fits(&client, SPAN("secret-1")));
	}
}

/* as many as are allowed, the newest ones; those of other clients are theirs */
static void
tokens__of_one_client_are_limited(void **state)
{
	struct storedb *s = *state;
	struct testdb *t = &s->t;
	struct client other, c;
	char token[16];
	bool found;

	storedb_begin(s, TX_DEFINE);
	MUST(t, client_create(t->db, s->schema_id, SPAN("other"), SPAN(""), SPAN("id-2"), SPAN("x"), &t->e)
	    && client_by_id(t->db, SPAN("id-2"), t->mem, &other, &found, &t->e) && db_commit(t->db, &t->e));
	for (int i = 0; i < 50; i++) {
		now_us++;
		snprintf(token, sizeof(token), "many-%d", i);
		storedb_begin(s, TX_WRITE);
		MUST(t, token_add(t->db, &other, span_of(token), 60 * S, 20, &t->e) && db_commit(t->db, &t->e));
		assert_true(opens(s, t->db, token, &c));
		assert_in_range(testdb_number(t, "SELECT count(*) FROM ords_tokens"), 1, 20 + 1);
	}
	assert_in_range(testdb_number(t, "SELECT count(*) FROM ords_tokens"), 18 + 1, 20 + 1);
	db_close(&t->db);			/* with what it remembers */
	MUST(t, db_open(&t->pool, &t->db, &t->e));
	assert_true(opens(s, t->db, "token-1", &c) && opens(s, t->db, "many-49", &c) && opens(s, t->db, "many-33", &c));
	assert_false(opens(s, t->db, "many-0", &c) || opens(s, t->db, "many-29", &c));
}

/* of one moment, and one alone */
static void
tokens__limits_of_the_limit(void **state)
{
	struct storedb *s = *state;
	struct testdb *t = &s->t;
	struct client c;
	char token[16];

	for (int most = 1; most <= 3; most++)
		for (int i = 0; i < 4; i++) {
			snprintf(token, sizeof(token), "of-%d-%d", most, i);
			storedb_begin(s, TX_WRITE);
			MUST(t, token_add(t->db, &client, span_of(token), 60 * S, most, &t->e) && db_commit(t->db, &t->e));
			assert_true(opens(s, t->db, token, &c));
			assert_in_range(testdb_number(t, "SELECT count(*) FROM ords_tokens"), 1, most);
		}
}

int
main(void)
{
#define WITH_CLIENT(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
	const struct CMUnitTest tests[] = {
		WITH_CLIENT(clients__of_a_schema),
		WITH_CLIENT(clients__secrets_are_not_kept),
		WITH_CLIENT(tokens__open_until_they_expire),
		WITH_CLIENT(tokens__are_remembered),
		WITH_CLIENT(tokens__changes_are_seen_by_others),
		WITH_CLIENT(tokens__made_during_a_revocation),
		WITH_CLIENT(tokens__of_one_client_are_limited),
		WITH_CLIENT(tokens__limits_of_the_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
