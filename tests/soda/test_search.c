/* tests/soda/test_search.c - what a search index keeps, through transactions that fail and other connections */
#include "tests/soda/docdb.h"

#include "soda/guide.h"

#define META "{\"keyColumn\":{\"assignmentMethod\":\"CLIENT\"}}"

static void
open_indexed(struct storedb *s)
{
	storedb_open(s);
	docdb_collection(s, META);
	assert_true(docdb_index(s, "{\"name\":\"S\"}"));
}

/* inserts, and ends the transaction one way or the other */
static void
write_one(struct storedb *s, const char *key, const char *content, bool commits)
{
	storedb_begin(s, TX_WRITE);
	MUST(&s->t, docdb_insert(s, span_of(key), span_of(content), 1));
	assert_int_equal(docdb_end(s, commits), commits);
}

/* names of the members at the root, as the table has them */
static const char *
known(struct storedb *s)
{
	const struct index *ix = index_for_search(s->coll->indexes);
	struct facts facts;
	struct buf b;

	MUST(&s->t, store_guide(s->t.db, ix, s->t.mem, &facts, &s->t.e));
	buf_init(&b, s->t.mem);
	for (size_t i = 1; i < facts.n; i++) {
		if (facts.list[i].parent != FACTS_ROOT)
			continue;
		buf_span(&b, facts.list[i].name);
		buf_char(&b, ' ');
	}
	return buf_z(&b);
}

static uint64_t
count(struct storedb *s, const char *filter)
{
	struct plan p = { .coll = s->coll, .match = match_plan };
	uint64_t n;
	struct qbe q;

	MUST(&s->t, qbe_parse(span_of(filter), QBE_QUERY, s->coll, s->t.mem, &q, &s->t.e));
	p.where = q.where;
	MUST(&s->t, store_count(s->t.db, &p, s->t.mem, &n, &s->t.e));
	return n;
}

/* what a connection remembers ends with the transaction that wrote it */
static void
search__rollback_is_forgotten(void **state)
{
	struct storedb s = { 0 };

	(void)state;
	open_indexed(&s);
	write_one(&s, "1", "{\"a\":1}", true);
	write_one(&s, "2", "{\"b\":\"word\"}", false);
	assert_string_equal(known(&s), "a ");
	assert_int_equal(count(&s, "{\"b\":{\"$contains\":\"word\"}}"), 0);
	write_one(&s, "2", "{\"b\":\"word\"}", true);
	assert_string_equal(known(&s), "a b ");
	assert_int_equal(count(&s, "{\"b\":{\"$contains\":\"word\"}}"), 1);
	/* others that are committed after the failure say nothing about it */
	write_one(&s, "3", "{\"c\":1}", false);
	storedb_begin(&s, TX_WRITE);
	storedb_commit(&s);
	write_one(&s, "3", "{\"c\":1,\"b\":\"much longer than before\"}", true);
	assert_string_equal(known(&s), "a b c ");
	write_one(&s, "4", "{\"b\":true}", false);
	write_one(&s, "5", "{\"d\":1}", true);
	write_one(&s, "6", "{\"b\":true}", true);
	assert_string_equal(known(&s), "a b c d ");
	storedb_close(&s);
}

/* another connection has added places meanwhile */
static void
search__connections_share_a_guide(void **state)
{
	struct storedb a = { 0 }, b;

	(void)state;
	open_indexed(&a);
	b = a;
	b.t.db = NULL;
	MUST(&b.t, db_open(&b.t.pool, &b.t.db, &b.t.e) && catalog_begin(b.t.db, &b.t.e)
	    && catalog_find(b.t.db, b.schema_id, SPAN("c"), &b.coll, &b.t.e));
	for (int i = 0; i < 20; i++) {
		struct storedb *w = i % 3 == 0 ? &a : &b;

		write_one(w, arena_printf(a.t.mem, "k%d", i), arena_printf(a.t.mem, "{\"f%d\":{\"in%d\":%d},\"t\":\"w%d\"}", i, i, i, i), true);
		assert_string_equal(known(&a), known(&b));
	}
	assert_int_equal(testdb_number(&a.t, arena_printf(a.t.mem, "SELECT count(*) FROM soda_g_%lld",
	    (long long)a.coll->indexes->id)), 42);
	assert_int_equal(count(&b, "{\"``\":{\"$contains\":\"w3\"}}"), 1);
	db_close(&b.t.db);
	storedb_close(&a);
}

/* A document that tells nothing new costs no statement on the guide. */
static void
search__guide_is_written_when_it_grows(void **state)
{
	struct storedb s = { 0 };

	(void)state;
	open_indexed(&s);
	write_one(&s, "1", "{\"a\":\"abcd\",\"l\":[1,null]}", true);
	/* whoever looked at it now would fail */
	testdb_do(&s.t, arena_printf(s.t.mem, "ALTER TABLE soda_g_%lld RENAME TO hidden", (long long)s.coll->indexes->id));
	write_one(&s, "2", "{\"l\":[2,3],\"a\":\"abc\"}", true);
	storedb_begin(&s, TX_WRITE);
	assert_false(docdb_insert(&s, SPAN("3"), SPAN("{\"a\":\"abcde\"}"), 1));
	db_rollback(s.t.db);
	storedb_close(&s);
}

/* another writer was faster, so nothing of the document changes, its words included */
static void
search__lost_races_keep_the_words(void **state)
{
	struct storedb s = { 0 };
	bool done;

	(void)state;
	open_indexed(&s);
	write_one(&s, "1", "{\"a\":\"word\"}", true);
	storedb_begin(&s, TX_WRITE);
	MUST(&s.t, store_remove(s.t.db, s.coll, SPAN("1"), 7, &done, &s.t.e));
	assert_false(done);
	MUST(&s.t, docdb_end(&s, true));
	assert_int_equal(count(&s, "{\"a\":{\"$contains\":\"word\"}}"), 1);
	storedb_close(&s);
}

/* QF-02: without words of the engine, and with them, the answer is the same */
static void
search__without_words_of_the_engine(void **state)
{
	struct storedb s = { 0 };
	struct index *ix;

	(void)state;
	open_indexed(&s);
	write_one(&s, "1", "{\"a\":\"one two\"}", true);
	write_one(&s, "2", "{\"a\":\"two\"}", true);
	assert_true(s.coll->indexes->has_words);
	assert_int_equal(count(&s, "{\"a\":{\"$contains\":\"two\"}}"), 2);
	testdb_do(&s.t, arena_printf(s.t.mem, "DELETE FROM soda_t_%lld", (long long)s.coll->indexes->id));
	assert_int_equal(count(&s, "{\"a\":{\"$contains\":\"two\"}}"), 0);
	ix = ARENA_NEW(s.t.mem, struct index);
	*ix = *s.coll->indexes;
	ix->has_words = false;
	s.coll = memcpy(ARENA_NEW(s.t.mem, struct coll), s.coll, sizeof(struct coll));
	((struct coll *)s.coll)->indexes = ix;
	assert_int_equal(count(&s, "{\"a\":{\"$contains\":\"two\"}}"), 2);
	assert_int_equal(count(&s, "{\"a\":{\"$contains\":\"one two\"}}"), 1);
	storedb_close(&s);
}

static const char *
how(struct storedb *s, const char *filter)
{
	struct plan p = { .coll = s->coll, .match = match_plan, .limit = 10 };
	struct span sql, plan;
	bool has_residue;
	struct qbe q;

	MUST(&s->t, qbe_parse(span_of(filter), QBE_QUERY, s->coll, s->t.mem, &q, &s->t.e));
	p.where = q.where;
	MUST(&s->t, store_explain(s->t.db, &p, s->t.mem, &sql, &plan, &has_residue, &s->t.e));
	return arena_z(s->t.mem, plan);
}

/* Words find the documents, unless a unique index knows the only one. */
static void
search__words_lead(void **state)
{
	struct storedb s = { 0 };

	(void)state;
	open_indexed(&s);
	assert_true(docdb_index(&s, "{\"name\":\"U\",\"unique\":true,\"fields\":[{\"path\":\"u\"}]}"));
	assert_true(docdb_index(&s, "{\"name\":\"V\",\"fields\":[{\"path\":\"v\"}]}"));
	assert_non_null(strstr(how(&s, "{\"a\":{\"$contains\":\"x\"}}"), "SCAN w VIRTUAL TABLE INDEX"));
	assert_non_null(strstr(how(&s, "{\"a\":{\"$contains\":\"x\"}}"), "SEARCH c USING INTEGER PRIMARY KEY"));
	assert_null(strstr(how(&s, "{\"a\":{\"$contains\":\"x\"}}"), "TEMP B-TREE"));
	assert_non_null(strstr(how(&s, "{\"a\":{\"$contains\":\"x\"},\"v\":\"y\"}"), "SCAN w VIRTUAL TABLE INDEX"));
	assert_null(strstr(how(&s, "{\"a\":{\"$contains\":\"x\"},\"u\":\"y\"}"), "VIRTUAL TABLE"));
	assert_null(strstr(how(&s, "{\"a\":{\"$contains\":\"x\"},\"$id\":[\"y\"]}"), "VIRTUAL TABLE"));
	storedb_close(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(search__rollback_is_forgotten),
		cmocka_unit_test(search__connections_share_a_guide),
		cmocka_unit_test(search__guide_is_written_when_it_grows),
		cmocka_unit_test(search__lost_races_keep_the_words),
		cmocka_unit_test(search__words_lead),
		cmocka_unit_test(search__without_words_of_the_engine),
	};

	return cmocka_run_group_tests_name("search", tests, NULL, NULL);
}
