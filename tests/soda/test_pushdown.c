/* tests/soda/test_pushdown.c - filters as a real database answers them, with and without indexes
 *
 * The worked examples of qw.json under several sets of indexes, and the ways the engine takes to them.  Random ones are
 * test_differential.c.
 */
#include "config.h"
#include "tests/soda/docdb.h"

#include "tests/soda/filter.h"

/* ---- worked examples ---- */

/* Indexes that the documents allow.  A set ends with NULL. */
static const char *const no_indexes[] = { NULL };
static const char *const by_text[] = {
	"{\"name\":\"name\",\"fields\":[{\"path\":\"name\"}]}",
	"{\"name\":\"age\",\"fields\":[{\"path\":\"age\",\"maxLength\":10}]}",
	"{\"name\":\"flag\",\"fields\":[{\"path\":\"flag\",\"order\":\"desc\"}]}",
	"{\"name\":\"n\",\"fields\":[{\"path\":\"n\"}]}",
	"{\"name\":\"ab\",\"fields\":[{\"path\":\"a.b\"}]}",
	"{\"name\":\"quoted\",\"fields\":[{\"path\":\"`a.b`\"}]}",
	"{\"name\":\"geo\",\"fields\":[{\"path\":\"addr.geo\"}]}",
	"{\"name\":\"d\",\"fields\":[{\"path\":\"d\"}]}", NULL
};
static const char *const by_type[] = {
	"{\"name\":\"name\",\"scalarRequired\":true,\"unique\":true,\"fields\":[{\"path\":\"name\",\"order\":\"desc\"}]}",
	"{\"name\":\"age\",\"fields\":[{\"path\":\"age\",\"datatype\":\"number\"}]}",
	"{\"name\":\"n\",\"fields\":[{\"path\":\"n\",\"datatype\":\"number\",\"order\":\"desc\"}]}",
	"{\"name\":\"ab\",\"indexNulls\":true,\"fields\":[{\"path\":\"a.b\",\"datatype\":\"number\"}]}", NULL
};
static const char *const by_several[] = {
	"{\"name\":\"age_name\",\"fields\":[{\"path\":\"age\",\"datatype\":\"number\"},{\"path\":\"name\"}]}",
	"{\"name\":\"name_flag_n\",\"fields\":[{\"path\":\"name\"},{\"path\":\"flag\"},{\"path\":\"n\",\"datatype\":\"number\"}]}", NULL
};
static const char *const that_say_nothing[] = {
	"{\"name\":\"tags\",\"lax\":true,\"fields\":[{\"path\":\"tags\"}]}",
	"{\"name\":\"scores\",\"lax\":true,\"fields\":[{\"path\":\"scores\",\"datatype\":\"number\"}]}",
	"{\"name\":\"zip\",\"multivalue\":true,\"fields\":[{\"path\":\"addr.zip\"}]}",
	"{\"name\":\"date\",\"lax\":true,\"fields\":[{\"path\":\"d\",\"datatype\":\"date\"}]}",
	"{\"name\":\"time\",\"lax\":true,\"fields\":[{\"path\":\"d\",\"datatype\":\"timestamp\"}]}", NULL
};
static const char *const *const sets[] = { no_indexes, by_text, by_type, by_several, that_say_nothing };

static const char *
text_of(const json_t *value)
{
	size_t n = json_dumpb(value, NULL, 0, JSON_COMPACT);
	char *text = arena_zalloc(mem, n + 1);

	json_dumpb(value, text, n, JSON_COMPACT);
	return text;
}

static bool
is_about(const json_t *documents, const char *spec)
{
	return (strstr(spec, "\"d\"") != NULL) == (json_object_get(documents, "P") != NULL);
}

static void
make_collection(struct storedb *s, json_t *documents, const char *const *indexes)
{
	const char *letter;
	json_t *document;

	docdb_collection(s, "{\"keyColumn\":{\"assignmentMethod\":\"CLIENT\"}}");
	storedb_begin(s, TX_WRITE);
	json_object_foreach(documents, letter, document)
		MUST(&s->t, docdb_insert(s, span_of(letter), span_of(text_of(document)), 1));
	MUST(&s->t, docdb_end(s, true));
	for (; *indexes != NULL; indexes++)
		if (is_about(documents, *indexes))
			MUST(&s->t, docdb_index(s, *indexes));
}

static void
check_example(struct storedb *s, const json_t *row, size_t set, bool is_negated, const char *match)
{
	const char *qbe = text_of(json_object_get(row, "qbe"));
	struct qbe q = filter(is_negated ? arena_printf(mem, "{\"$nor\":[%s]}", qbe) : qbe);
	struct plan p = { .coll = s->coll, .where = q.where, .match = match_plan, .want_content = true };
	char got[32] = "";
	uint64_t count;
	struct docs docs;

	MUST(&s->t, store_find(s->t.db, &p, mem, &docs, &s->t.e) && store_count(s->t.db, &p, mem, &count, &s->t.e));
	for (size_t i = 0; i < docs.n; i++)
		strncat(got, docs.doc[i].key.p, docs.doc[i].key.n);
	if (strcmp(got, match) != 0 || count != strlen(match))
		fail_msg("%s with set %zu: \"%s\", counted %d, not \"%s\"", json_string_value(json_object_get(row, "id")), set, got,
		    (int)count, match);
}

/* all documents but those of the example */
static const char *
complement(const json_t *documents, const char *match)
{
	struct buf b;

	buf_init(&b, mem);
	for (const char *c = json_object_get(documents, "P") != NULL ? "PQRS" : "ABCDEF"; *c != '\0'; c++)
		if (strchr(match, *c) == NULL)
			buf_char(&b, *c);
	return buf_z(&b);
}

/* QW-01 to QW-100, QN-05 */
static void
pushdown__worked_examples(void **state)
{
	json_t *data = test_data("qw.json"), *documents;
	struct storedb s = { 0 };
	size_t n = 0, i;
	const char *name;
	const json_t *row;

	(void)state;
	storedb_open(&s);
	for (size_t set = 0; set < sizeof(sets) / sizeof(*sets); set++)
		json_object_foreach(json_object_get(data, "documents"), name, documents) {
			make_collection(&s, documents, sets[set]);
			json_array_foreach(json_object_get(data, "cases"), i, row) {
				const char *match = json_string_value(json_object_get(row, "match"));

				if (strcmp(json_string_value(json_object_get(row, "docs")), name) != 0)
					continue;
				check_example(&s, row, set, false, match);
				if (json_object_size(json_object_get(row, "qbe")) > 0)
					check_example(&s, row, set, true, complement(documents, match));
				n++;
			}
			docdb_drop(&s);
		}
	assert_int_equal(n, 100 * sizeof(sets) / sizeof(*sets));
	storedb_close(&s);
	json_decref(data);
}

/* ---- the ways of the engine ---- */

static void
make_many(struct storedb *s)
{
	storedb_begin(s, TX_WRITE);
	for (int i = 0; i < 500; i++)
		MUST(&s->t, docdb_insert(s, span_of(arena_printf(s->t.mem, "k%03d", i)), span_of(arena_printf(s->t.mem,
		    "{\"age\":%d,\"name\":\"n%d\",\"day\":\"2020-01-%02d\",\"o\":{\"x\":%d}}", i % 50, i % 70, i % 28 + 1, i % 9)), 1));
	MUST(&s->t, docdb_end(s, true));
}

/* What store_explain() says.  has_sorter: rows pass a sorter of the engine */
static bool
uses_index(struct storedb *s, const char *qbe, bool *has_sorter, bool *has_residue, const char **how)
{
	struct qbe q = filter(qbe);
	struct plan p = { .coll = s->coll, .where = q.where, .order = q.order, .sort = q.order.n_terms > 0 ? SORT_ORDER : SORT_KEY,
		.match = match_plan, .keys = order_keys, .limit = 25, .want_content = true };
	struct span sql, text;

	MUST(&s->t, store_explain(s->t.db, &p, mem, &sql, &text, has_residue, &s->t.e));
	*how = arena_printf(mem, "%s\n%.*s\n%.*s", qbe, SPAN_ARG(sql), SPAN_ARG(text));
	*has_sorter = memmem(text.p, text.n, "TEMP B-TREE", 11) != NULL;
	return memmem(text.p, text.n, "SEARCH i USING COVERING INDEX soda_v_", 37) != NULL
	    || memmem(text.p, text.n, "SCAN i USING COVERING INDEX soda_v_", 35) != NULL;
}

/* IX-01: equality, range and ordering on an indexed path go through the index, and nothing is left to the matcher */
static void
pushdown__an_indexed_path_uses_its_index(void **state)
{
	static const char *const indexes[] = {
		"{\"name\":\"age\",\"fields\":[{\"path\":\"age\",\"datatype\":\"number\"}]}",
		"{\"name\":\"age_back\",\"fields\":[{\"path\":\"age\",\"datatype\":\"number\",\"order\":\"desc\"}]}",
		"{\"name\":\"name_age\",\"fields\":[{\"path\":\"name\"},{\"path\":\"age\",\"datatype\":\"number\"}]}",
		"{\"name\":\"day\",\"fields\":[{\"path\":\"day\",\"datatype\":\"date\"}]}",
		"{\"name\":\"ox\",\"scalarRequired\":true,\"fields\":[{\"path\":\"o.x\",\"datatype\":\"number\"}]}",
	};
	static const struct {
		const char *qbe;
		bool is_ordered;	/* must come without a sorter */
	} cases[] = {
		{ "{\"age\":7}", true }, { "{\"age\":{\"$eq\":7.0}}", true }, { "{\"age\":{\"$in\":[7,8]}}", false },
		{ "{\"age\":{\"$gt\":7}}", false }, { "{\"age\":{\"$lte\":7}}", false }, { "{\"age\":{\"$between\":[7,9]}}", false },
		{ "{\"age\":{\"$gt\":7,\"$lt\":9}}", false }, { "{\"age\":{\"$number\":{\"$gte\":7}}}", false },
		{ "{\"name\":\"n7\"}", false }, { "{\"name\":\"n7\",\"age\":7}", true }, { "{\"name\":{\"$startsWith\":\"n7\"}}", false },
		{ "{\"name\":\"n7\",\"age\":{\"$gt\":7}}", false }, { "{\"age\":{\"$lt\":7},\"name\":\"n7\"}", false },
		{ "{\"day\":{\"$date\":\"2020-01-05\"}}", true }, { "{\"day\":{\"$date\":{\"$gt\":\"2020-01-05\"}}}", false },
		{ "{\"o.x\":3}", true }, { "{\"o\":{\"x\":3}}", true }, { "{\"o\":{\"x\":{\"$gte\":3}}}", false },
		{ "{\"$and\":[{\"age\":7},{\"o.x\":3}]}", true }, { "{\"o.x\":null}", true },
		{ "{\"$query\":{},\"$orderby\":[{\"path\":\"age\",\"datatype\":\"number\"}]}", true },
		{ "{\"$query\":{},\"$orderby\":[{\"path\":\"name\"},{\"path\":\"age\",\"datatype\":\"number\"}]}", true },
		{ "{\"$query\":{},\"$orderby\":[{\"path\":\"day\",\"datatype\":\"date\"}]}", true },
		{ "{\"$query\":{\"age\":{\"$gt\":7}},\"$orderby\":[{\"path\":\"age\",\"datatype\":\"number\"}]}", true },
		{ "{\"$query\":{\"name\":\"n7\"},\"$orderby\":[{\"path\":\"age\",\"datatype\":\"number\"}]}", true },
		{ "{\"$query\":{\"age\":{\"$gt\":7}},\"$orderby\":[{\"path\":\"age\",\"datatype\":\"number\",\"order\":\"desc\"}]}", true },
		{ "{\"$query\":{},\"$orderby\":{\"$scalarRequired\":true,\"$fields\":[{\"path\":\"o.x\",\"datatype\":\"number\"}]}}", true },
	};
	struct storedb s = { 0 };
	bool has_sorter, has_residue;
	const char *how;

	(void)state;
	storedb_open(&s);
	docdb_collection(&s, "{\"keyColumn\":{\"assignmentMethod\":\"CLIENT\"}}");
	make_many(&s);
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		assert_false(uses_index(&s, cases[i].qbe, &has_sorter, &has_residue, &how));
	for (size_t i = 0; i < sizeof(indexes) / sizeof(*indexes); i++)
		MUST(&s.t, docdb_index(&s, indexes[i]));
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		if (!uses_index(&s, cases[i].qbe, &has_sorter, &has_residue, &how))
			fail_msg("no index: %s", how);
		if (has_residue)
			fail_msg("not exact: %s", how);
		if (cases[i].is_ordered && has_sorter)
			fail_msg("sorted: %s", how);
	}
	/* the words of booleans lie among the strings, so ranges of strings are looked at again; their documents are still searched */
	assert_true(uses_index(&s, "{\"name\":{\"$gte\":\"n7\"}}", &has_sorter, &has_residue, &how) && has_residue);
	assert_true(uses_index(&s, "{\"name\":{\"$between\":[\"n6\",\"n7\"]}}", &has_sorter, &has_residue, &how) && has_residue);
	assert_false(uses_index(&s, "{\"age\":{\"$ne\":7}}", &has_sorter, &has_residue, &how));
	assert_false(uses_index(&s, "{\"$or\":[{\"age\":7},{\"nobody\":1}]}", &has_sorter, &has_residue, &how));
	storedb_close(&s);
}

/* names of fields, operands and keys are bound; what stands in the statements is made from numbers and constants */
static void
pushdown__no_text_of_the_client_in_statements(void **state)
{
	static const char *const hostile[] = { "x'; DROP TABLE soda_c_1; --", "\" OR 1=1 --", "`; DELETE FROM schemas", "\\'", "/**/",
		"%s%n", "a\tb", "?", "{fn user()}", "\x01", "[x]", "soda_i_1" };
	struct storedb s = { 0 };

	(void)state;
	storedb_open(&s);
	docdb_collection(&s, "{\"keyColumn\":{\"assignmentMethod\":\"CLIENT\"}}");
	make_many(&s);
	MUST(&s.t, docdb_index(&s, "{\"name\":\"x'; DROP TABLE soda_c_1; --\",\"fields\":[{\"path\":\"name\"}]}"));
	for (size_t i = 0; i < sizeof(hostile) / sizeof(*hostile); i++) {
		struct buf b;
		struct qbe q;
		struct plan p = { .coll = s.coll, .match = match_plan, .keys = order_keys, .limit = 10, .want_content = true };
		struct span sql, text;
		bool has_residue;
		struct docs docs;

		buf_init(&b, mem);
		put_lit(&b, "{\"$or\":[{\"name\":");
		buf_json(&b, span_of(hostile[i]));
		put_lit(&b, "},{\"other\":{\"$hasSubstring\":");
		buf_json(&b, span_of(hostile[i]));
		put_lit(&b, "}}],\"name\":{\"$ne\":");
		buf_json(&b, span_of(hostile[i]));
		put_lit(&b, "}}");
		q = filter(buf_z(&b));
		p.where = q.where;
		p.has_after = true;
		p.after = span_of(hostile[i]);
		MUST(&s.t, store_explain(s.t.db, &p, mem, &sql, &text, &has_residue, &s.t.e));
		for (size_t k = 0; k < sizeof(hostile) / sizeof(*hostile) - 1; k++)
			assert_true(strcmp(hostile[k], "?") == 0 || memmem(sql.p, sql.n, hostile[k], strlen(hostile[k])) == NULL);
		for (size_t k = 0; k < sql.n; k++) {
			if (k + 3 <= sql.n && memcmp(sql.p + k, "' '", 3) == 0)	/* of a head */
				k += 3;
			assert_null(memchr("'\"`;\\\t%{[\x01", sql.p[k], 10));
		}
		MUST(&s.t, store_find(s.t.db, &p, mem, &docs, &s.t.e));
		assert_int_equal(docs.n, 0);
	}
	storedb_close(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define T(f) cmocka_unit_test_setup_teardown(f, open_arena, close_arena)
		T(pushdown__worked_examples), T(pushdown__an_indexed_path_uses_its_index),
		T(pushdown__no_text_of_the_client_in_statements),
#undef T
	};

	return cmocka_run_group_tests_name("pushdown", tests, NULL, NULL);
}
