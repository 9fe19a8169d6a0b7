/* tests/sql/test_store.c - documents on a real database */
#include "tests/sql/storedb.h"

#include "sql/gen.h"
#include "sql/keytext.h"

static int
setup(void **state)
{
	struct storedb *s = calloc(1, sizeof(*s));

	storedb_open(s);
	storedb_collection(s, &plain_meta, PLAIN_JSON);
	*state = s;
	return 0;
}

static int
teardown(void **state)
{
	storedb_close(*state);
	free(*state);
	return 0;
}

/* ---- one document ---- */

static bool
get(struct storedb *s, const char *key, struct doc *doc)
{
	bool found;

	MUST(&s->t, store_get(s->t.db, s->coll, span_of(key), true, s->t.mem, doc, &found, &s->t.e));
	return found;
}

static void
get__returns_what_was_put(void **state)
{
	struct storedb *s = *state;
	struct doc d = doc_of("k", "{\"a\" : 1.10, \"a\\u0062\":\"\xf0\x9f\x98\x80\"}"), got;
	bool found;

	d.created_us = 5;
	d.modified_us = 7;
	storedb_begin(s, TX_WRITE);
	MUST(&s->t, store_insert(s->t.db, s->coll, &d, 1, NULL, 0, s->t.mem, &s->t.e));
	storedb_commit(s);
	assert_true(get(s, "k", &got));
	assert_span(got.key, "k");
	assert_span(got.version, "v1");
	assert_span(got.content, "{\"a\" : 1.10, \"a\\u0062\":\"\xf0\x9f\x98\x80\"}");
	assert_int_equal(got.rev, 1);
	assert_int_equal(got.created_us, 5);
	assert_int_equal(got.modified_us, 7);
	assert_int_equal(got.n_bytes, d.content.n);
	MUST(&s->t, store_get(s->t.db, s->coll, SPAN("k"), false, s->t.mem, &got, &found, &s->t.e));
	assert_true(found);
	assert_null(got.content.p);
	assert_int_equal(got.n_bytes, d.content.n);
	assert_false(get(s, "K", &got));
	assert_false(get(s, "", &got));
	assert_false(get(s, "bad \xff", &got));
}

static void
content__byte_for_byte_at_every_size(void **state)		/* */
{
	static const size_t sizes[] = { 1, 2, 71, 72, 73, 8190, 8191, 8192, 8193, 16383, 16384, 16385, 65535, 65536, 65537, 1 << 20 };
	struct storedb *s = *state;

	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		char *text = arena_alloc(s->t.mem, sizes[i] + 1);
		struct plan p = { .coll = s->coll, .want_content = true };
		struct docs docs;
		struct doc got;

		memset(text, 'x', sizes[i]);
		text[sizes[i]] = '\0';
		storedb_begin(s, TX_WRITE);
		assert_true(put(s, "k", text));
		storedb_commit(s);
		p.coll = s->coll;
		assert_true(get(s, "k", &got));
		assert_int_equal(got.content.n, sizes[i]);
		assert_memory_equal(got.content.p, text, sizes[i]);
		MUST(&s->t, store_find(s->t.db, &p, s->t.mem, &docs, &s->t.e));
		assert_int_equal(docs.n, 1);
		assert_int_equal(docs.doc[0].content.n, sizes[i]);
		assert_memory_equal(docs.doc[0].content.p, text, sizes[i]);
		storedb_begin(s, TX_WRITE);
		MUST(&s->t, store_truncate(s->t.db, s->coll, &(uint64_t){ 0 }, &s->t.e));
		storedb_commit(s);
	}
}

static void
keys__equal_are_equal_bytes(void **state)		/* */
{
	static const char *const keys[] = { "a", "A", "a ", " a", "\xc3\xa1", "a\xcc\x81", "\xc3\x9f", "ss", "it's", "%", "a\nb" };
	struct storedb *s = *state;
	struct doc got;

	storedb_begin(s, TX_WRITE);
	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++)
		assert_true(put(s, keys[i], keys[i]));
	storedb_commit(s);
	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++) {
		assert_true(get(s, keys[i], &got));
		assert_span(got.content, keys[i]);
	}
	assert_false(get(s, "SS", &got));
}

static void
insert__same_key_is_refused(void **state)
{
	struct storedb *s = *state;

	storedb_begin(s, TX_WRITE);
	assert_true(put(s, "k", "1"));
	assert_false(put(s, "k", "2"));
	assert_int_equal(s->t.e.kind, ERR_DUPLICATE_KEY);
	assert_string_equal(s->t.e.at, "");
	assert_false(db_commit(s->t.db, &(struct err){ 0 }));	/* only rollback is left */
	db_rollback(s->t.db);
	assert_int_equal(testdb_number(&s->t, "SELECT count(*) FROM soda_c_2"), 0);
}

static void
replace__is_compare_and_set(void **state)		/* */
{
	struct storedb *s = *state;
	struct doc d = doc_of("k", "new"), got;
	bool done;

	storedb_begin(s, TX_WRITE);
	assert_true(put(s, "k", "old"));
	d.rev = 1;
	d.version = SPAN("v2");
	d.created_us = 999;
	d.modified_us = 2000;
	MUST(&s->t, store_replace(s->t.db, s->coll, &d, NULL, 0, s->t.mem, &done, &s->t.e));
	assert_true(done);
	MUST(&s->t, store_replace(s->t.db, s->coll, &d, NULL, 0, s->t.mem, &done, &s->t.e));
	assert_false(done);		/* rev is 2 now */
	d.key = SPAN("other");
	MUST(&s->t, store_replace(s->t.db, s->coll, &d, NULL, 0, s->t.mem, &done, &s->t.e));
	assert_false(done);
	storedb_commit(s);
	assert_true(get(s, "k", &got));
	assert_int_equal(got.rev, 2);
	assert_span(got.version, "v2");
	assert_span(got.content, "new");
	assert_int_equal(got.created_us, 1000);	/* stays */
	assert_int_equal(got.modified_us, 2000);
}

static void
remove__is_compare_and_set(void **state)		/* */
{
	struct storedb *s = *state;
	struct doc got;
	bool done;

	storedb_begin(s, TX_WRITE);
	assert_true(put(s, "k", "1"));
	MUST(&s->t, store_remove(s->t.db, s->coll, SPAN("k"), 2, &done, &s->t.e));
	assert_false(done);
	MUST(&s->t, store_remove(s->t.db, s->coll, SPAN("k"), 1, &done, &s->t.e));
	assert_true(done);
	MUST(&s->t, store_remove(s->t.db, s->coll, SPAN("k"), 1, &done, &s->t.e));
	assert_false(done);
	storedb_commit(s);
	assert_false(get(s, "k", &got));
}

/* ---- kinds of collections ---- */

static void
number_keys__sort_by_value_at_any_length(void **state)
{
	static const char *const keys[] = { "-340282366920938463463374607431768211455", "-12", "-9", "-1", "0", "1", "9", "10",
		"9007199254740993", "340282366920938463463374607431768211455" };
	static const struct meta m = { .key_type = KEY_NUMBER };
	enum { N = sizeof(keys) / sizeof(*keys) };
	struct storedb *s = *state;
	struct span held[N], bad;

	for (size_t i = 0; i < N; i++) {
		assert_true(keytext_hold(&m, span_of(keys[i]), s->t.mem, &held[i]));
		assert_span(keytext_show(&m, held[i], s->t.mem), keys[i]);
		if (i > 0)
			assert_true(span_cmp(held[i - 1], held[i]) < 0);
	}
	assert_false(keytext_hold(&m, SPAN("12a"), s->t.mem, &bad));
	assert_false(keytext_hold(&m, SPAN(""), s->t.mem, &bad));
	assert_false(keytext_hold(&m, SPAN("-"), s->t.mem, &bad));
	assert_false(keytext_hold(&m, SPAN("1.5"), s->t.mem, &bad));
}

static void
number_keys__in_a_collection(void **state)
{
	struct storedb *s = *state;
	struct meta m = plain_meta;
	struct plan p = { .has_after = true, .after = SPAN("2") };
	struct doc got;

	m.key_type = KEY_NUMBER;
	storedb_begin(s, TX_WRITE);
	MUST(&s->t, catalog_drop(s->t.db, s->coll, &s->t.e));
	storedb_commit(s);
	s->coll = NULL;
	storedb_collection(s, &m, "{\"keyColumn\":{\"name\":\"ID\",\"sqlType\":\"NUMBER\",\"assignmentMethod\":\"CLIENT\"}}");
	storedb_begin(s, TX_WRITE);
	assert_true(put(s, "10", "ten") && put(s, "9", "nine") && put(s, "-3", "x")
	    && put(s, "340282366920938463463374607431768211455", "much"));
	storedb_commit(s);
	assert_true(get(s, "340282366920938463463374607431768211455", &got));
	assert_span(got.key, "340282366920938463463374607431768211455");
	assert_false(get(s, "340282366920938463463374607431768211454", &got));
	assert_false(get(s, "ten", &got));
	p.coll = s->coll;
	assert_string_equal(find_keys(s, &p), "9,10,340282366920938463463374607431768211455");
	p.after = SPAN("x");
	assert_string_equal(find_keys(s, &p), "");
}

static void
sequence__counts_for_all_collections_that_name_it(void **state)
{
	struct storedb *s = *state;
	struct meta m = plain_meta;
	const struct coll *other;
	struct span key;

	m.key_method = KEYS_SEQUENCE;
	m.sequence_name = "seq";
	storedb_begin(s, TX_WRITE);
	for (size_t i = 0; i < 2; i++)
		MUST(&s->t, catalog_create(s->t.db, s->schema_id, i == 0 ? SPAN("x") : SPAN("y"), &m, SPAN("{\"keyColumn\":"
		    "{\"sqlType\":\"NUMBER\",\"sequenceName\":\"seq\",\"assignmentMethod\":\"SEQUENCE\"}}"), &s->t.e));
	MUST(&s->t, catalog_find(s->t.db, s->schema_id, SPAN("x"), &other, &s->t.e)
	    && store_next_key(s->t.db, other, s->t.mem, &key, &s->t.e));
	assert_span(key, "1");
	MUST(&s->t, catalog_find(s->t.db, s->schema_id, SPAN("y"), &other, &s->t.e)
	    && store_next_key(s->t.db, other, s->t.mem, &key, &s->t.e));
	assert_span(key, "2");
	storedb_commit(s);
}

static void
identity__counts_for_one_collection(void **state)
{
	struct storedb *s = *state;
	struct meta m = plain_meta;
	const struct coll *one, *two;
	struct span key;

	m.key_method = KEYS_IDENTITY;
	storedb_begin(s, TX_WRITE);
	for (size_t i = 0; i < 2; i++)
		MUST(&s->t, catalog_create(s->t.db, s->schema_id, i == 0 ? SPAN("x") : SPAN("y"), &m,
		    SPAN("{\"keyColumn\":{\"assignmentMethod\":\"IDENTITY\"}}"), &s->t.e));
	MUST(&s->t, catalog_find(s->t.db, s->schema_id, SPAN("x"), &one, &s->t.e)
	    && catalog_find(s->t.db, s->schema_id, SPAN("y"), &two, &s->t.e)
	    && store_next_key(s->t.db, one, s->t.mem, &key, &s->t.e)
	    && store_next_key(s->t.db, one, s->t.mem, &key, &s->t.e));
	assert_span(key, "2");
	MUST(&s->t, store_next_key(s->t.db, two, s->t.mem, &key, &s->t.e));
	assert_span(key, "1");
	storedb_commit(s);
}

static void
hetero__bytes_types_and_nothing(void **state)
{
	static const char *const hard[] = { "X'00'", "\x00\xff\x27", "x" };
	static const size_t sizes[] = { 5, 3, 1 };
	struct storedb *s = *state;
	struct meta m = plain_meta;
	struct plan p = { .want_content = true };
	struct docs docs;
	struct doc d = doc_of("k0", ""), got;
	char *large = arena_alloc(s->t.mem, 100000);

	m.media_type_column = "MT";
	storedb_begin(s, TX_WRITE);
	MUST(&s->t, catalog_drop(s->t.db, s->coll, &s->t.e));
	storedb_commit(s);
	s->coll = NULL;
	storedb_collection(s, &m, "{\"mediaTypeColumn\":{\"name\":\"MT\"}}");
	storedb_begin(s, TX_WRITE);
	d.is_null = true;
	d.content = (struct span){ NULL, 0 };
	d.media_type = SPAN("image/png");
	MUST(&s->t, store_insert(s->t.db, s->coll, &d, 1, NULL, 0, s->t.mem, &s->t.e));
	for (size_t i = 0; i < 3; i++) {
		d = doc_of(i == 0 ? "k1" : i == 1 ? "k2" : "k3", "");
		d.content = (struct span){ hard[i], sizes[i] };
		d.media_type = SPAN("application/octet-stream");
		MUST(&s->t, store_insert(s->t.db, s->coll, &d, 1, NULL, 0, s->t.mem, &s->t.e));
	}
	for (size_t i = 0; i < 100000; i++)
		large[i] = (char)(i * 7);
	d.key = SPAN("k4");
	d.content = (struct span){ large, 100000 };
	MUST(&s->t, store_insert(s->t.db, s->coll, &d, 1, NULL, 0, s->t.mem, &s->t.e));
	storedb_commit(s);
	assert_true(get(s, "k0", &got));
	assert_true(got.is_null);
	assert_span(got.media_type, "image/png");
	p.coll = s->coll;
	MUST(&s->t, store_find(s->t.db, &p, s->t.mem, &docs, &s->t.e));
	assert_int_equal(docs.n, 5);
	assert_true(docs.doc[0].is_null);
	for (size_t i = 0; i < 3; i++) {
		assert_false(docs.doc[i + 1].is_null);
		assert_int_equal(docs.doc[i + 1].content.n, sizes[i]);
		assert_memory_equal(docs.doc[i + 1].content.p, hard[i], sizes[i]);
		assert_span(docs.doc[i + 1].media_type, "application/octet-stream");
		assert_true(get(s, docs.doc[i + 1].key.p, &got));
		assert_memory_equal(got.content.p, hard[i], sizes[i]);
	}
	assert_int_equal(docs.doc[4].content.n, 100000);
	assert_memory_equal(docs.doc[4].content.p, large, 100000);
}

/* ---- pages ---- */

static void
fill(struct storedb *s, size_t n)
{
	struct doc *docs = ARENA_ARRAY(s->t.mem, struct doc, n);
	struct index_entry *entries;
	size_t n_entries = 0;

	for (const struct index *ix = s->coll->indexes; ix != NULL; ix = ix->next)
		n_entries++;
	entries = ARENA_ARRAY(s->t.mem, struct index_entry, n * n_entries + 1);
	storedb_begin(s, TX_WRITE);
	for (size_t i = 0; i < n; i++) {
		size_t m;

		docs[i] = doc_of(arena_printf(s->t.mem, "k%05zu", i), arena_printf(s->t.mem,
		    "{\"n\":%zu,\"mod\":%zu,\"name\":\"name%zu\"}", n - i, i % 10, i));
		docs[i].modified_us = (int64_t)(1000 + i / 3);
		memcpy(entries + i * n_entries, entries_of(s->coll, docs[i].content, s->t.mem, &m),
		    n_entries * sizeof(*entries));
	}
	MUST(&s->t, store_insert(s->t.db, s->coll, docs, n, entries, n_entries, s->t.mem, &s->t.e));
	storedb_commit(s);
	MUST(&s->t, catalog_begin(s->t.db, &s->t.e)
	    && catalog_find(s->t.db, s->schema_id, SPAN("c"), &s->coll, &s->t.e));
}

static void
page__limit_and_offset(void **state)		/* GC-04, GC-05, GC-06, GC-13 */
{
	struct storedb *s = *state;
	struct plan p = { .limit = 2 };
	struct docs docs;

	fill(s, 7);
	p.coll = s->coll;
	assert_string_equal(find_keys(s, &p), "k00000,k00001+");
	p.offset = 5;
	assert_string_equal(find_keys(s, &p), "k00005,k00006");
	p.offset = 7;
	assert_string_equal(find_keys(s, &p), "");
	p.offset = 1000000;
	assert_string_equal(find_keys(s, &p), "");
	p.offset = 0;
	p.limit = 7;
	assert_string_equal(find_keys(s, &p), "k00000,k00001,k00002,k00003,k00004,k00005,k00006");
	p.limit = 0;
	MUST(&s->t, store_find(s->t.db, &p, s->t.mem, &docs, &s->t.e));
	assert_int_equal(docs.n, 7);
	assert_false(docs.has_more);
	assert_null(docs.doc[0].content.p);
}

static void
page__longer_than_a_batch(void **state)
{
	struct storedb *s = *state;
	struct plan p = { .want_content = true };
	struct docs docs;

	fill(s, 2500);
	p.coll = s->coll;
	for (size_t round = 0; round < 4; round++) {
		p.sort = round % 2 == 0 ? SORT_KEY : SORT_KEY_DESCENDING;
		p.offset = round < 2 ? 0 : 100;
		MUST(&s->t, store_find(s->t.db, &p, s->t.mem, &docs, &s->t.e));
		assert_int_equal(docs.n, 2500 - p.offset);
		assert_false(docs.has_more);
		for (size_t i = 1; i < docs.n; i++)
			assert_true(p.sort == SORT_KEY ? span_cmp(docs.doc[i - 1].key, docs.doc[i].key) < 0
			    : span_cmp(docs.doc[i - 1].key, docs.doc[i].key) > 0);
		assert_non_null(docs.doc[docs.n - 1].content.p);
	}
	p.sort = SORT_TIME;
	p.offset = 0;
	MUST(&s->t, store_find(s->t.db, &p, s->t.mem, &docs, &s->t.e));
	assert_int_equal(docs.n, 2500);
}

static void
page__key_bounds(void **state)		/* GC-14, GC-16, GC-19, GC-20 */
{
	struct storedb *s = *state;
	struct plan p = { .limit = 3, .has_after = true, .after = SPAN("k00003") };

	fill(s, 9);
	p.coll = s->coll;
	assert_string_equal(find_keys(s, &p), "k00004,k00005,k00006+");
	p.after = SPAN("k00003x");
	assert_string_equal(find_keys(s, &p), "k00004,k00005,k00006+");
	p.has_before = true;
	p.before = SPAN("k00006");
	assert_string_equal(find_keys(s, &p), "k00004,k00005");
	p.has_after = false;
	p.sort = SORT_KEY_DESCENDING;
	assert_string_equal(find_keys(s, &p), "k00005,k00004,k00003+");
}

static void
page__time_window_is_half_open(void **state)		/* GC-22, GC-23, GC-24, GC-25 */
{
	struct storedb *s = *state;
	struct plan p = { .sort = SORT_TIME, .has_since = true, .since_us = 1000, .want_content = true };
	uint64_t n;

	fill(s, 9);
	p.coll = s->coll;
	assert_string_equal(find_keys(s, &p), "k00003,k00004,k00005,k00006,k00007,k00008");
	p.has_until = true;
	p.until_us = 1001;
	assert_string_equal(find_keys(s, &p), "k00003,k00004,k00005");
	MUST(&s->t, store_count(s->t.db, &p, s->t.mem, &n, &s->t.e));
	assert_int_equal(n, 3);
	p.since_us = 1001;
	assert_string_equal(find_keys(s, &p), "");
}

static void
page__ends_before_it_outgrows(void **state)
{
	struct storedb *s = *state;
	struct plan p = { .want_content = true, .max_page_bytes = 250, .limit = 100 };
	char text[101];

	memset(text, 'x', 100);
	text[100] = '\0';
	storedb_begin(s, TX_WRITE);
	assert_true(put(s, "a", text) && put(s, "b", text) && put(s, "c", text));
	storedb_commit(s);
	p.coll = s->coll;
	assert_string_equal(find_keys(s, &p), "a,b+");
	p.max_page_bytes = 300;
	assert_string_equal(find_keys(s, &p), "a,b,c");
	p.max_page_bytes = 10;		/* never less than one */
	assert_string_equal(find_keys(s, &p), "a+");
	p.want_content = false;
	assert_string_equal(find_keys(s, &p), "a,b,c");
}

/* ---- conditions that are left over ---- */

static const struct step step_mod[] = { { .kind = STEP_FIELD, .name = { "mod", 3 } } };
static const struct step step_n[] = { { .kind = STEP_FIELD, .name = { "n", 1 } } };
static const struct step step_name[] = { { .kind = STEP_FIELD, .name = { "name", 4 } } };

/* the member "mod" is 3 */
static bool
match_three(const struct plan *plan, struct span key, struct span content, struct arena *mem, struct err *e)
{
	struct span v;

	(void)plan;
	(void)key;
	(void)e;
	arena_alloc(mem, 1000);		/* whatever a matcher leaves behind */
	return jmember(jcur_root(content), SPAN("mod"), &v) && span_is(v, "3");
}

static struct cond
mod_is_three(void)
{
	static struct operand three = { .type = J_NUMBER, .text = { "3", 1 } };
	struct cond c = { .kind = COND_TEST, .path = { .n_steps = 1, .steps = step_mod }, .op = OP_EQ, .n_values = 1,
		.values = &three };

	assert_true(dec_parse(three.text, &three.number));
	return c;
}

static void
residue__pages_are_exact(void **state)
{
	struct storedb *s = *state;
	struct cond where = mod_is_three();
	struct plan p = { .where = &where, .match = match_three, .limit = 3, .want_content = true };
	struct docs docs;
	uint64_t n;

	fill(s, 2003);		/* more than one batch */
	p.coll = s->coll;
	assert_string_equal(find_keys(s, &p), "k00003,k00013,k00023+");
	p.offset = 199;
	assert_string_equal(find_keys(s, &p), "k01993");
	p.offset = 197;
	assert_string_equal(find_keys(s, &p), "k01973,k01983,k01993");
	p.offset = 198;
	p.sort = SORT_KEY_DESCENDING;
	assert_string_equal(find_keys(s, &p), "k00013,k00003");
	p.sort = SORT_TIME;
	p.offset = 0;
	assert_string_equal(find_keys(s, &p), "k00003,k00013,k00023+");
	p.sort = SORT_KEY;
	p.limit = 0;
	MUST(&s->t, store_find(s->t.db, &p, s->t.mem, &docs, &s->t.e));
	assert_int_equal(docs.n, 200);
	assert_span(docs.doc[199].content, "{\"n\":10,\"mod\":3,\"name\":\"name1993\"}");
	MUST(&s->t, store_count(s->t.db, &p, s->t.mem, &n, &s->t.e));
	assert_int_equal(n, 200);
}

/* so rare that looking at all documents as they are stored, which is in another order, takes less time */
static void
residue__rare_matches_come_in_order(void **state)
{
	enum { N = 3000 };
	struct storedb *s = *state;
	struct cond where = mod_is_three();
	struct plan p = { .where = &where, .match = match_three, .limit = 2, .want_content = true };
	struct doc *docs = ARENA_ARRAY(s->t.mem, struct doc, N);
	struct docs page;

	for (size_t i = 0; i < N; i++)
		docs[i] = doc_of(arena_printf(s->t.mem, "k%05zu", N - i), i % 1000 == 7 ? "{\"mod\":3}" : "{\"mod\":4}");
	storedb_begin(s, TX_WRITE);
	MUST(&s->t, store_insert(s->t.db, s->coll, docs, N, NULL, 0, s->t.mem, &s->t.e));
	storedb_commit(s);
	p.coll = s->coll;
	assert_string_equal(find_keys(s, &p), "k00993,k01993+");
	p.sort = SORT_KEY_DESCENDING;
	assert_string_equal(find_keys(s, &p), "k02993,k01993+");
	p.offset = 2;
	assert_string_equal(find_keys(s, &p), "k00993");
	p.offset = 0;
	p.has_before = true;
	p.before = SPAN("k02000");
	assert_string_equal(find_keys(s, &p), "k01993,k00993");
	MUST(&s->t, store_find(s->t.db, &p, s->t.mem, &page, &s->t.e));
	assert_span(page.doc[0].content, "{\"mod\":3}");
	assert_span(page.doc[0].version, "v1");
}

static bool
match_fails(const struct plan *plan, struct span key, struct span content, struct arena *mem, struct err *e)
{
	(void)plan;
	(void)content;
	(void)mem;
	return span_is(key, "k00003") ? err_set(e, ERR_BAD_QBE, "too hard") : false;
}

static void
residue__failure_of_the_matcher_is_told(void **state)		/* */
{
	struct storedb *s = *state;
	struct cond where = mod_is_three();
	struct plan p = { .where = &where, .match = match_fails, .limit = 3 };
	struct docs docs;
	uint64_t n;

	fill(s, 5);
	p.coll = s->coll;
	assert_false(store_find(s->t.db, &p, s->t.mem, &docs, &s->t.e));
	assert_int_equal(s->t.e.kind, ERR_BAD_QBE);
	err_clear(&s->t.e);
	assert_false(store_count(s->t.db, &p, s->t.mem, &n, &s->t.e));
	assert_int_equal(s->t.e.kind, ERR_BAD_QBE);
}

static bool
match_name(const struct plan *plan, struct span key, struct span content, struct arena *mem, struct err *e)
{
	struct span v;

	(void)key;
	(void)e;
	return jmember(jcur_root(content), SPAN("name"), &v) && jval_type(v) == J_STRING
	    && span_eq(jstring_decode(v, mem), plan->where->values[0].text);
}

/* A text that is looked for in the bytes must be found however the document spells it. */
static void
residue__needle_loses_no_spelling(void **state)		/* */
{
	struct storedb *s = *state;
	struct operand rome = { .type = J_STRING, .text = SPAN("Rom\xc3\xa9/x") };
	struct cond where = { .kind = COND_TEST, .path = { .n_steps = 1, .steps = step_name }, .op = OP_EQ, .n_values = 1,
		.values = &rome };
	struct plan p = { .where = &where, .match = match_name };
	struct span sql, how;
	bool has_residue;

	storedb_begin(s, TX_WRITE);
	assert_true(put(s, "1", "{\"name\":\"Rom\xc3\xa9/x\"}") && put(s, "2", "{\"name\":\"Rom\\u00e9\\/x\"}")
	    && put(s, "3", "{\"n\\u0061me\":\"\\u0052om\xc3\xa9/x\"}") && put(s, "4", "{\"name\":\"Rom\\\\\xc3\xa9/x\"}")
	    && put(s, "5", "{\"other\":\"Rom\xc3\xa9/x\"}") && put(s, "6", "{}"));
	storedb_commit(s);
	p.coll = s->coll;
	MUST(&s->t, store_explain(s->t.db, &p, s->t.mem, &sql, &how, &has_residue, &s->t.e));
	assert_true(has_residue);
	assert_non_null(strstr(arena_z(s->t.mem, sql), "c.content LIKE ?"));
	assert_string_equal(find_keys(s, &p), "1,2,3");
}

/* ---- indexes ---- */

static struct index ix_mod = { .name = "mod", .n_fields = 1,
	.fields = (const struct index_field[]){ { .path = { .n_steps = 1, .steps = step_mod }, .type = TYPE_NUMBER } } };
static struct index ix_name = { .name = "name", .unique = true, .n_fields = 1,
	.fields = (const struct index_field[]){ { .path = { .n_steps = 1, .steps = step_name } } } };

static bool
match_never_asked(const struct plan *plan, struct span key, struct span content, struct arena *mem, struct err *e)
{
	(void)plan;
	(void)key;
	(void)content;
	(void)mem;
	return err_set(e, ERR_INTERNAL, "the matcher was asked");
}

static void
index__equality_and_range(void **state)		/* IX-01 */
{
	struct storedb *s = *state;
	struct cond where = mod_is_three();
	struct plan p = { .where = &where, .match = match_never_asked, .limit = 3, .offset = 1 };
	uint64_t n;

	fill(s, 1234);
	MUST(&s->t, storedb_index(s, &ix_mod));
	p.coll = s->coll;
	assert_string_equal(find_keys(s, &p), "k00013,k00023,k00033+");
	p.sort = SORT_KEY_DESCENDING;
	assert_string_equal(find_keys(s, &p), "k01223,k01213,k01203+");
	p.sort = SORT_KEY;
	p.has_after = true;
	p.after = SPAN("k01213");
	p.offset = 0;
	assert_string_equal(find_keys(s, &p), "k01223,k01233");
	p.has_after = false;
	MUST(&s->t, store_count(s->t.db, &p, s->t.mem, &n, &s->t.e));
	assert_int_equal(n, 124);
	where.op = OP_LTE;
	assert_string_equal(find_keys(s, &p), "k00000,k00001,k00002+");
	MUST(&s->t, store_count(s->t.db, &p, s->t.mem, &n, &s->t.e));
	assert_int_equal(n, 496);
	p.limit = 0;
	assert_int_equal(strlen(find_keys(s, &p)), 496 * 7 - 1);
}

static void
index__follows_the_document(void **state)		/* IX-21 */
{
	struct storedb *s = *state;
	struct cond where = mod_is_three();
	struct plan p = { .where = &where, .match = match_never_asked };
	struct doc d = doc_of("a", "{\"mod\":4}");
	struct index_entry *entries;
	size_t n;
	bool done;

	MUST(&s->t, storedb_index(s, &ix_mod));
	storedb_begin(s, TX_WRITE);
	assert_true(put(s, "a", "{\"mod\":3}") && put(s, "b", "{\"mod\":3.0}") && put(s, "c", "{}"));
	p.coll = s->coll;
	assert_string_equal(find_keys(s, &p), "a,b");
	d.rev = 1;
	entries = entries_of(s->coll, d.content, s->t.mem, &n);
	MUST(&s->t, store_replace(s->t.db, s->coll, &d, entries, n, s->t.mem, &done, &s->t.e));
	assert_string_equal(find_keys(s, &p), "b");
	MUST(&s->t, store_remove(s->t.db, s->coll, SPAN("b"), 1, &done, &s->t.e));
	assert_string_equal(find_keys(s, &p), "");
	storedb_commit(s);
	storedb_begin(s, TX_DEFINE);
	MUST(&s->t, store_truncate(s->t.db, s->coll, &(uint64_t){ 0 }, &s->t.e));
	storedb_commit(s);
	assert_int_equal(testdb_number(&s->t, "SELECT count(*) FROM soda_i_3"), 0);
}

static void
unique__second_value_is_refused(void **state)		/* IX-04 */
{
	struct storedb *s = *state;
	struct doc d = doc_of("c", "{\"name\":\"x\"}");
	struct index_entry *entries;
	bool done;
	size_t n;

	MUST(&s->t, storedb_index(s, &ix_name));
	storedb_begin(s, TX_WRITE);
	assert_true(put(s, "a", "{\"name\":\"x\"}") && put(s, "b", "{}") && put(s, "c", "{\"name\":null}"));
	storedb_commit(s);
	storedb_begin(s, TX_WRITE);
	assert_false(put(s, "d", "{\"name\":\"x\"}"));
	assert_int_equal(s->t.e.kind, ERR_UNIQUE);
	assert_non_null(strstr(s->t.e.text, "name"));
	db_rollback(s->t.db);
	err_clear(&s->t.e);
	storedb_begin(s, TX_WRITE);		/* by replacing */
	d.rev = 1;
	entries = entries_of(s->coll, d.content, s->t.mem, &n);
	assert_false(store_replace(s->t.db, s->coll, &d, entries, n, s->t.mem, &done, &s->t.e));
	assert_int_equal(s->t.e.kind, ERR_UNIQUE);
	db_rollback(s->t.db);
	err_clear(&s->t.e);
	storedb_begin(s, TX_WRITE);
	MUST(&s->t, store_remove(s->t.db, s->coll, SPAN("a"), 1, &done, &s->t.e));
	assert_true(put(s, "d", "{\"name\":\"x\"}"));
	storedb_commit(s);
}

/* ---- bulk insert ---- */

static void
bulk__tells_which_document(void **state)		/* */
{
	struct storedb *s = *state;
	struct doc docs[100];
	struct index_entry entries[100];
	size_t n;

	MUST(&s->t, storedb_index(s, &ix_name));
	storedb_begin(s, TX_WRITE);
	assert_true(put(s, "old", "{\"name\":\"taken\"}"));
	storedb_commit(s);
	for (int round = 0; round < 4; round++) {
		static const char *const where[] = { "/77", "/99", "/40", "/3" };

		storedb_begin(s, TX_WRITE);
		for (size_t i = 0; i < 100; i++)
			docs[i] = doc_of(arena_printf(s->t.mem, "n%zu", i), arena_printf(s->t.mem, "{\"name\":\"m%zu\"}", i));
		switch (round) {
		case 0:
			docs[77].key = SPAN("old");
			break;
		case 1:
			docs[99].key = docs[5].key;
			break;
		case 2:
			docs[40].content = SPAN("{\"name\":\"taken\"}");
			break;
		default:
			docs[3].content = docs[1].content;
			break;
		}
		for (size_t i = 0; i < 100; i++)
			entries[i] = *entries_of(s->coll, docs[i].content, s->t.mem, &n);
		assert_false(store_insert(s->t.db, s->coll, docs, 100, entries, 1, s->t.mem, &s->t.e));
		assert_int_equal(s->t.e.kind, round < 2 ? ERR_DUPLICATE_KEY : ERR_UNIQUE);
		assert_string_equal(s->t.e.at, where[round]);
		db_rollback(s->t.db);
		err_clear(&s->t.e);
		assert_int_equal(testdb_number(&s->t, "SELECT count(*) FROM soda_c_2"), 1);
		assert_int_equal(testdb_number(&s->t, "SELECT count(*) FROM soda_i_3"), 1);
	}
}

/* Entries are written in the order of their values, so two that are equal may come in two statements, and the later one first. */
static void
bulk__tells_the_later_one_of_two(void **state)
{
	struct storedb *s = *state;
	struct doc docs[100];
	struct index_entry entries[100];
	size_t n;

	MUST(&s->t, storedb_index(s, &ix_name));
	for (size_t i = 0; i < 100; i++)
		docs[i] = doc_of(arena_printf(s->t.mem, "n%zu", i), arena_printf(s->t.mem, "{\"name\":\"m%02zu\"}", 99 - i));
	for (size_t later = 1; later < 100; later++) {
		for (size_t i = 0; i < 100; i++)
			entries[i] = *entries_of(s->coll, docs[i == later ? later - 1 : i].content, s->t.mem, &n);
		storedb_begin(s, TX_WRITE);
		assert_false(store_insert(s->t.db, s->coll, docs, 100, entries, 1, s->t.mem, &s->t.e));
		assert_int_equal(s->t.e.kind, ERR_UNIQUE);
		assert_string_equal(s->t.e.at, arena_printf(s->t.mem, "/%zu", later));
		db_rollback(s->t.db);
		err_clear(&s->t.e);
	}
}

/* ---- order ---- */

/* text of the member "name", or of "n" as a number */
static bool
keys_by_member(const struct plan *plan, struct span content, struct arena *mem, struct span *keys, struct err *e)
{
	for (size_t i = 0; i < plan->order.n_terms; i++) {
		const struct order_term *t = &plan->order.terms[i];
		struct span v;

		keys[i] = IXTEXT_MISSING;
		if (!jmember(jcur_root(content), t->path.steps[0].name, &v) || jval_type(v) == J_NULL)
			continue;
		if (jval_is_container(v))
			return err_set(e, ERR_NOT_SCALAR, NULL);
		if (!ixtext_value(v, t->type, t->max_chars, mem, &keys[i]))
			return err_set(e, ERR_NOT_NUMBER, NULL);
	}
	return true;
}

static void
order__with_and_without_index_agree(void **state)		/* OB-13, OB-15 */
{
	struct storedb *s = *state;
	struct order_term terms[2] = {
		{ .path = { .n_steps = 1, .steps = step_mod }, .type = TYPE_NUMBER },
		{ .path = { .n_steps = 1, .steps = step_n }, .type = TYPE_NUMBER },
	};
	struct index two = { .name = "two", .n_fields = 2, .fields = (const struct index_field[]){
		{ .path = { .n_steps = 1, .steps = step_mod }, .type = TYPE_NUMBER },
		{ .path = { .n_steps = 1, .steps = step_n }, .type = TYPE_NUMBER },
	} };
	const char *plain[4 * 2 * 3];
	size_t n = 0;

	fill(s, 300);
	storedb_begin(s, TX_WRITE);
	assert_true(put(s, "z1", "{\"n\":1}") && put(s, "z2", "{\"mod\":null}") && put(s, "a0", "{\"mod\":3}"));
	storedb_commit(s);
	for (int with_index = 0; with_index < 2; with_index++) {
		n = 0;
		if (with_index)
			MUST(&s->t, storedb_index(s, &two));
		for (int direction = 0; direction < 4; direction++)
			for (size_t n_terms = 1; n_terms <= 2; n_terms++)
				for (size_t offset = 0; offset < 300; offset += 149, n++) {
					struct plan p = { .coll = s->coll, .sort = SORT_ORDER, .keys = keys_by_member,
						.order = { .n_terms = n_terms, .terms = terms }, .limit = 40, .offset = offset,
						.want_content = true };
					const char *keys;

					terms[0].descending = (direction & 1) != 0;
					terms[1].descending = (direction & 2) != 0;
					keys = find_keys(s, &p);
					if (with_index)
						assert_string_equal(keys, plain[n]);
					plain[n] = keys;
				}
	}
	assert_int_equal(n, 24);
}

static void
order__missing_values_are_last(void **state)		/* OB-06 */
{
	struct storedb *s = *state;
	struct order_term term = { .path = { .n_steps = 1, .steps = step_n }, .type = TYPE_NUMBER };
	struct plan p = { .sort = SORT_ORDER, .keys = keys_by_member, .order = { .n_terms = 1, .terms = &term } };

	storedb_begin(s, TX_WRITE);
	assert_true(put(s, "a", "{\"n\":10}") && put(s, "b", "{}") && put(s, "c", "{\"n\":2}"));
	storedb_commit(s);
	p.coll = s->coll;
	assert_string_equal(find_keys(s, &p), "c,a,b");
	term.descending = true;
	assert_string_equal(find_keys(s, &p), "b,a,c");
	p.limit = 2;
	assert_string_equal(find_keys(s, &p), "b,a+");
	p.offset = 1;
	assert_string_equal(find_keys(s, &p), "a,c");
	p.offset = 5;
	assert_string_equal(find_keys(s, &p), "");
}

static void
order__failure_of_a_key_is_told(void **state)
{
	struct storedb *s = *state;
	struct order_term term = { .path = { .n_steps = 1, .steps = step_n }, .type = TYPE_NUMBER };
	struct plan p = { .sort = SORT_ORDER, .keys = keys_by_member, .order = { .n_terms = 1, .terms = &term } };
	struct docs docs;

	storedb_begin(s, TX_WRITE);
	assert_true(put(s, "a", "{\"n\":10}") && put(s, "b", "{\"n\":[1]}"));
	storedb_commit(s);
	p.coll = s->coll;
	assert_false(store_find(s->t.db, &p, s->t.mem, &docs, &s->t.e));
	assert_int_equal(s->t.e.kind, ERR_NOT_SCALAR);
}

static void
order__memory_is_bounded_by_the_page(void **state)		/* */
{
	struct storedb *s = *state;
	struct order_term term = { .path = { .n_steps = 1, .steps = step_n }, .type = TYPE_NUMBER };
	struct plan p = { .sort = SORT_ORDER, .keys = keys_by_member, .order = { .n_terms = 1, .terms = &term }, .limit = 5 };
	struct arena *mem;
	jmp_buf out_of_budget;
	struct docs docs;

	fill(s, 5000);
	p.coll = s->coll;
	mem = arena_open(256 * 1024);
	MUST(&s->t, store_find(s->t.db, &p, mem, &docs, &s->t.e));
	assert_string_equal(keys_of(&docs, mem), "k04999,k04998,k04997,k04996,k04995+");
	arena_close(&mem);
	mem = arena_open(256 * 1024);
	p.limit = 4000;		/* whoever asks for room first, the sorter or a reader, is the one that is refused */
	arena_escape(mem, &out_of_budget);
	if (setjmp(out_of_budget) == 0) {
		assert_false(store_find(s->t.db, &p, mem, &docs, &s->t.e));
		assert_int_equal(s->t.e.kind, ERR_TOO_LARGE);
	}
	db_rollback(s->t.db);
	arena_close(&mem);
}

/* ---- each ---- */

struct each {
	struct storedb *s;
	size_t n, stop_at;
	struct span last;
	char room[64];
	bool replace, remove;
};

static bool
see(void *arg, const struct doc *doc, struct arena *mem, struct err *e)
{
	struct each *x = arg;
	struct doc d = *doc;
	bool done = true;

	assert_true(x->n == 0 || span_cmp(x->last, doc->key) < 0);
	memcpy(x->room, doc->key.p, doc->key.n);
	x->last = (struct span){ x->room, doc->key.n };
	x->n++;
	arena_alloc(mem, 4096);
	if (x->n == x->stop_at)
		return err_set(e, ERR_LOST_RACE, NULL);
	d.content = SPAN("{\"mod\":4}");
	if (x->replace && !store_replace(x->s->t.db, x->s->coll, &d, NULL, 0, mem, &done, e))
		return false;
	if (x->remove && !store_remove(x->s->t.db, x->s->coll, doc->key, doc->rev, &done, e))
		return false;
	assert_true(done);
	return true;
}

static void
each__visits_once_while_rows_change(void **state)
{
	struct storedb *s = *state;
	struct cond where = mod_is_three();
	struct plan p = { .where = &where, .match = match_three, .want_content = true };
	struct each x = { .s = s, .replace = true };
	struct each y = { .s = s, .remove = true };
	struct each z = { .s = s, .stop_at = 3 };
	struct plan all = { .want_content = true };
	struct arena *mem;

	fill(s, 3500);
	storedb_begin(s, TX_WRITE);
	p.coll = all.coll = s->coll;
	MUST(&s->t, store_each(s->t.db, &p, s->t.mem, see, &x, &s->t.e));
	assert_int_equal(x.n, 350);
	x.n = 0;
	MUST(&s->t, store_each(s->t.db, &p, s->t.mem, see, &x, &s->t.e));
	assert_int_equal(x.n, 0);
	assert_false(store_each(s->t.db, &all, s->t.mem, see, &z, &s->t.e));
	assert_int_equal(z.n, 3);
	assert_int_equal(s->t.e.kind, ERR_LOST_RACE);
	err_clear(&s->t.e);
	mem = arena_open(2 * 1024 * 1024);	/* far less than all documents together with what see() leaves behind */
	MUST(&s->t, store_each(s->t.db, &all, mem, see, &y, &s->t.e));
	arena_close(&mem);
	assert_int_equal(y.n, 3500);
	storedb_commit(s);
	assert_int_equal(testdb_number(&s->t, "SELECT count(*) FROM soda_c_2"), 0);
}

static void
truncate__says_how_many(void **state)
{
	struct storedb *s = *state;
	uint64_t n;

	fill(s, 12);
	storedb_begin(s, TX_WRITE);
	MUST(&s->t, store_truncate(s->t.db, s->coll, &n, &s->t.e));
	assert_int_equal(n, 12);
	MUST(&s->t, store_truncate(s->t.db, s->coll, &n, &s->t.e));
	assert_int_equal(n, 0);
	storedb_commit(s);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(get__returns_what_was_put),
		T(content__byte_for_byte_at_every_size),
		T(keys__equal_are_equal_bytes),
		T(insert__same_key_is_refused),
		T(replace__is_compare_and_set),
		T(remove__is_compare_and_set),
		T(number_keys__sort_by_value_at_any_length),
		T(number_keys__in_a_collection),
		T(sequence__counts_for_all_collections_that_name_it),
		T(identity__counts_for_one_collection),
		T(hetero__bytes_types_and_nothing),
		T(page__limit_and_offset),
		T(page__longer_than_a_batch),
		T(page__key_bounds),
		T(page__time_window_is_half_open),
		T(page__ends_before_it_outgrows),
		T(residue__pages_are_exact),
		T(residue__rare_matches_come_in_order),
		T(residue__failure_of_the_matcher_is_told),
		T(residue__needle_loses_no_spelling),
		T(index__equality_and_range),
		T(index__follows_the_document),
		T(unique__second_value_is_refused),
		T(bulk__tells_which_document),
		T(bulk__tells_the_later_one_of_two),
		T(order__with_and_without_index_agree),
		T(order__missing_values_are_last),
		T(order__failure_of_a_key_is_told),
		T(order__memory_is_bounded_by_the_page),
		T(each__visits_once_while_rows_change),
		T(truncate__says_how_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
