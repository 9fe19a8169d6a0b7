/* tests/sql/test_filter.c - filter objects: what is refused and where, what becomes SQL, what SQLite makes of it
 *
 * golden/filter_<case>.<dialect>.sql holds the statement and its values; with CORDS_GOLDEN_WRITE set they are written.
 */
#include "tests/sql/testdb.h"

#include "base/clock.h"
#include "sql/filter.h"
#include "sql/gen.h"
#include "sql/table.h"

static const struct filter_column column[] = {
	{ .name = { "name", 4 }, .type = FILTER_TEXT },
	{ .name = { "salary", 6 }, .type = FILTER_NUMBER },
	{ .name = { "hired", 5 }, .type = FILTER_TIME },
	{ .name = { "seen", 4 }, .type = FILTER_MICROS, .column = { "seen_us", 7 } },
	{ .name = { "active", 6 }, .type = FILTER_BOOL },
};
static const struct filter_columns columns = { sizeof(column) / sizeof(*column), column };

static struct arena *mem;

static int
open_memory(void **state)
{
	(void)state;
	mem = arena_open(0);
	return 0;
}

static int
close_memory(void **state)
{
	(void)state;
	arena_close(&mem);
	return 0;
}

/* ---- refusals ---- */

/* OR-40, OR-42: the message names the path and the reason */
static void
filter__says_where_it_is_wrong(void **state)
{
	static const struct {
		const char *text, *message;
	} cases[] = {
		{ "", "q: " },
		{ "{\"name\":", "q: " },
		{ "[]", "q: a filter is a JSON object" },
		{ "{\"nosuch\":1}", "q.nosuch: there is no such column here" },
		{ "{\"$and\":[{\"$lt\":5}]}", "q.$and[0].$lt: the operator stands beneath no column" },
		{ "{\"$lt\":5}", "q.$lt: the operator stands beneath no column" },
		{ "{\"salary\":{\"$or\":[{\"$lt\":1},{\"$nosuch\":2}]}}", "q.salary.$or[1].$nosuch: no such operator" },
		{ "{\"salary\":{\"$or\":[{\"$lt\":1},{}]}}", "q.salary.$or[1]: the condition is empty" },
		{ "{\"salary\":{\"$or\":[{\"$lt\":1},7]}}", "q.salary.$or[1]: a condition is an object" },
		{ "{\"salary\":{\"$or\":[]}}", "q.salary.$or: an array of conditions is expected" },
		{ "{\"salary\":{}}", "q.salary: the condition is empty" },
		{ "{\"salary\":{\"name\":1}}", "q.salary.name: an operator is expected" },
		{ "{\"salary\":\"5\"}", "q.salary: a number is expected" },
		{ "{\"salary\":true}", "q.salary: a number is expected" },
		{ "{\"salary\":null}", "q.salary: null is compared with" },
		{ "{\"salary\":{\"$lt\":\"5\"}}", "q.salary.$lt: a number is expected" },
		{ "{\"salary\":{\"$like\":\"5\"}}", "q.salary.$like: the operator needs text" },
		{ "{\"salary\":1e36}", "q.salary: a number has at most 35 digits" },
		{ "{\"salary\":1e-31}", "q.salary: a number has at most 35 digits" },
		{ "{\"name\":{\"$gt\":\"A\"}}", "q.name.$gt: the operator needs numbers or times" },
		{ "{\"name\":{\"$eq\":5}}", "q.name.$eq: a string is expected" },
		{ "{\"name\":{\"$eq\":\"a\\u0000b\"}}", "q.name.$eq: a NUL is in no text" },
		{ "{\"name\":{\"$eq\":\"\\ud800\"}}", "q.name.$eq: half of a surrogate pair" },
		{ "{\"name\":{\"$null\":true}}", "q.name.$null: null is expected" },
		{ "{\"salary\":{\"$between\":[1]}}", "q.salary.$between: an array of two is expected" },
		{ "{\"salary\":{\"$between\":[1,\"x\"]}}", "q.salary.$between[1]: a number is expected" },
		{ "{\"hired\":{\"$date\":\"2024-02-30\"}}", "q.hired: a date is expected" },
		{ "{\"hired\":{\"$gt\":{\"$date\":5}}}", "q.hired.$gt: a date is expected" },
		{ "{\"hired\":{\"$gt\":{\"$date\":\"2024-01-01\",\"x\":1}}}", "q.hired.$gt: $date stands alone" },
		{ "{\"active\":1}", "q.active: true or false is expected" },
		{ "{\"$asof\":1}", "q.$asof: not supported" },
		{ "{\"$orderby\":[]}", "q.$orderby: an object is expected" },
		{ "{\"$orderby\":{\"salary\":2}}", "q.$orderby.salary: ASC, DESC, 1 or -1 is expected" },
		{ "{\"$orderby\":{\"nosuch\":1}}", "q.$orderby.nosuch: there is no such column here" },
		{ "{\"$and\":[{\"$orderby\":{\"salary\":1}}]}", "q.$and[0].$orderby: the order belongs to the filter as a whole" },
	};
	struct filter f;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct err e = { 0 };

		assert_false(filter_parse(span_of(cases[i].text), "q", &columns, mem, &f, &e));
		assert_int_equal(e.kind, ERR_BAD_FILTER);
		assert_int_equal(err_status(e.kind), 400);
		if (strncmp(e.text, cases[i].message, strlen(cases[i].message)) != 0)
			fail_msg("%s: %s", cases[i].text, e.text);
	}
}

static bool
is_read(const struct buf *b)
{
	struct err e = { 0 };
	struct filter f;

	return filter_parse(buf_text(b), "q", &columns, mem, &f, &e) || e.kind != ERR_BAD_FILTER;
}

/* at the limit it works, beyond it is refused */
static void
filter__has_a_budget(void **state)
{
	(void)state;
	for (int over = 0; over < 2; over++) {
		int n_elements = (FILTER_MAX_NODES - 1) / 2 + over, n_groups = (FILTER_MAX_DEPTH - 1) / 2 + over;
		struct buf b;

		buf_init(&b, mem);
		put_lit(&b, "{\"salary\":{\"$or\":[");
		for (int i = 0; i < n_elements; i++)
			buf_printf(&b, "%s{\"$eq\":%d}", i > 0 ? "," : "", i);
		put_lit(&b, "]}}");
		assert_int_equal(is_read(&b), !over);
		buf_init(&b, mem);
		for (int i = 0; i < n_groups; i++)
			put_lit(&b, "{\"$and\":[");
		put_lit(&b, "{\"name\":\"x\"}");
		for (int i = 0; i < n_groups; i++)
			put_lit(&b, "]}");
		assert_int_equal(is_read(&b), !over);
	}
}

/* ---- SQL ---- */

static struct query
query_of(const struct dialect *d, const char *text)
{
	struct err e = { 0 };
	struct filter f;
	struct sql s;

	if (!filter_parse(span_of(text), "q", &columns, mem, &f, &e))
		fail_msg("%s: %s", text, e.text);
	sql_init(&s, d, mem);
	put_lit(&s.text, "SELECT id FROM t WHERE ");
	if (!sql_filter(&s, &f))
		put_lit(&s.text, "1 = 1");
	put_lit(&s.text, " ORDER BY ");
	sql_filter_order(&s, &f);
	put_lit(&s.text, "id");
	return sql_query(&s);
}

static const char *
print(const struct query *q)
{
	struct buf b;

	buf_init(&b, mem);
	buf_span(&b, q->text);
	put_lit(&b, "\n");
	for (size_t i = 0; i < q->n_binds; i++) {
		buf_printf(&b, "-- %zu: ", i + 1);
		if (q->binds[i].kind == BIND_INT)
			buf_int(&b, q->binds[i].number);
		else
			buf_json(&b, q->binds[i].text);
		put_lit(&b, "\n");
	}
	return buf_z(&b);
}

static void
golden(const char *name, const struct dialect *d, const char *text)
{
	const char *src = getenv("srcdir");
	char path[256], want[8192];
	FILE *f;
	size_t n;

	snprintf(path, sizeof(path), "%s/tests/sql/golden/filter_%s.%s.sql", src == NULL ? "." : src, name, d->name);
	f = fopen(path, getenv("CORDS_GOLDEN_WRITE") != NULL ? "w" : "r");
	if (f == NULL)
		fail_msg("%s is missing", path);
	if (getenv("CORDS_GOLDEN_WRITE") != NULL) {
		fputs(text, f);
		fclose(f);
		return;
	}
	n = fread(want, 1, sizeof(want) - 1, f);
	want[n] = '\0';
	fclose(f);
	assert_string_equal(text, want);
}

static void
filter__becomes_sql(void **state)
{
	static const struct {
		const char *name, *text;
	} cases[] = {
		{ "none", "{}" },
		{ "text", "{\"name\":\"O'Brien\",\"$or\":[{\"NAME\":{\"$ne\":\"%\"}},{\"name\":{\"$like\":\"_[*?]%\"}},"
		    "{\"name\":{\"$instr\":\"\\u00e9\"}},{\"name\":{\"$ninstr\":\"\\ud83d\\ude00\"}}]}" },
		{ "number", "{\"salary\":{\"$gt\":-1.50,\"$lte\":1e3},\"$and\":[{\"salary\":{\"$between\":[null,5]}},"
		    "{\"salary\":{\"$between\":[1,2]}},{\"salary\":{\"$between\":[null,null]}}]}" },
		{ "time", "{\"hired\":{\"$gte\":{\"$date\":\"2024-01-31T23:59:59.5+01:00\"}},\"seen\":{\"$lt\":\"2024-01-31\"}}" },
		{ "null", "{\"name\":{\"$null\":null},\"salary\":{\"$notnull\":null},\"active\":true}" },
		{ "override", "{\"salary\":{\"$or\":[{\"$lt\":5},{\"name\":\"x\"},{\"$and\":[{\"$gt\":7},{\"$ne\":9}]}]}}" },
		{ "implied", "{\"salary\":[{\"$gt\":5},{\"$lt\":7}]}" },
		{ "order", "{\"$orderby\":{\"salary\":\"desc\",\"name\":1,\"seen\":\"-1\"}}" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		for (size_t k = 0; dialects[k] != NULL; k++) {
			struct query q = query_of(dialects[k], cases[i].text);

			golden(cases[i].name, dialects[k], print(&q));
		}
	}
}

/* ---- what the engine makes of it ---- */

static const char *
found(struct testdb *t, const char *text)
{
	struct query q = query_of(db_dialect(t->db), text);
	struct stmt *st;
	struct buf b;
	bool has_row;
	int64_t id;

	buf_init(&b, mem);
	if (!stmt_open(t->db, &q, &st, &t->e))
		fail_msg("%s: %s", t->e.text, t->e.detail);
	while (stmt_step(st, &has_row, &t->e) && has_row) {
		assert_true(stmt_int(st, 0, &id, &t->e));
		buf_int(&b, id);
	}
	assert_int_equal(t->e.kind, ERR_NONE);
	stmt_done(st);
	return buf_z(&b);
}

/* OR-39, OR-41 to OR-44 where SQLite answers; tests/http/test_filter.py asks all engines */
static void
filter__finds(void **state)
{
	static const struct {
		const char *text, *ids;
	} cases[] = {
		{ "{}", "12345" },
		{ "{\"name\":\"Ann\"}", "1" },
		{ "{\"name\":{\"$ne\":\"Ann\"}}", "234" },
		{ "{\"name\":{\"$like\":\"a%\"}}", "2" },
		{ "{\"name\":{\"$like\":\"_nn\"}}", "12" },
		{ "{\"name\":{\"$like\":\"%*%\"}}", "3" },
		{ "{\"name\":{\"$instr\":\"'\"}}", "3" },
		{ "{\"name\":{\"$ninstr\":\"nn\"}}", "34" },
		{ "{\"name\":{\"$instr\":\"\\ud83d\\ude00\"}}", "4" },
		{ "{\"salary\":{\"$gt\":10}}", "23" },
		{ "{\"salary\":{\"$gte\":10}}", "123" },
		{ "{\"salary\":{\"$lt\":10.5}}", "1" },
		{ "{\"salary\":10.50}", "2" },
		{ "{\"salary\":{\"$between\":[10.5,null]}}", "23" },
		{ "{\"salary\":{\"$null\":null}}", "4" },
		{ "{\"hired\":{\"$lt\":{\"$date\":\"2024-01-02\"}}}", "1" },
		{ "{\"hired\":{\"$eq\":{\"$date\":\"2024-01-02T02:00:00+02:00\"}}}", "23" },
		{ "{\"seen\":{\"$gte\":\"1970-01-01T00:00:01Z\"}}", "2" },
		{ "{\"active\":true}", "13" },
		{ "{\"active\":{\"$ne\":true}}", "2" },
		{ "{\"salary\":{\"$or\":[{\"$gt\":100},{\"name\":\"ann\"}]}}", "23" },
		{ "{\"$orderby\":{\"salary\":-1}}", "45321" },
		{ "{\"$orderby\":{\"active\":\"DESC\",\"name\":\"ASC\"}}", "45132" },
	};
	struct testdb t;

	(void)state;
	testdb_open(&t);
	assert_true(stmt_direct(t.db, "CREATE TABLE t(id INTEGER PRIMARY KEY, name TEXT COLLATE NOCASE, salary NUMERIC, hired TEXT, "
	    "seen_us INTEGER, active INTEGER)", &t.e));
	assert_true(stmt_direct(t.db, "INSERT INTO t VALUES(1, 'Ann', 10, '2024-01-01', 999999, 1), "
	    "(2, 'ann', 10.5, '2024-01-02 00:00:00', 1000000, 0), (3, 'O''*', 1000, '2024-01-02T00:00:00Z', NULL, 1), "
	    "(4, char(128512), NULL, NULL, NULL, NULL), (5, NULL, 'much', 'never', NULL, NULL)", &t.e));
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		const char *ids = found(&t, cases[i].text);

		if (strcmp(ids, cases[i].ids) != 0)
			fail_msg("%s: %s, not %s", cases[i].text, ids, cases[i].ids);
	}
	testdb_close(&t);
}

/* ---- tables of users ---- */

static void
filter__columns_of_a_table(void **state)
{
	static const struct column own[] = {
		{ .name = { "a", 1 }, .type = ABS_INT32 }, { .name = { "A", 1 }, .type = ABS_ENUM },
		{ .name = { "when", 4 }, .type = ABS_TIMESTAMPTZ }, { .name = { "photo", 5 }, .type = ABS_BINARY },
		{ .name = { "is", 2 }, .type = ABS_BOOL },
	};
	const struct table t = { .n_columns = sizeof(own) / sizeof(*own), .columns = own };
	const struct filter_columns c = filter_columns_of(&t, mem);
	const char *good = "{\"a\":1,\"A\":\"x\",\"WHEN\":{\"$lt\":\"2024-01-01\"},\"photo\":{\"$notnull\":null},\"is\":false}";
	struct err e = { 0 };
	struct filter f;
	struct sql s;

	(void)state;
	assert_true(filter_parse(span_of(good), "queries[0].filter", &c, mem, &f, &e));
	sql_init(&s, dialect_by_name("postgresql"), mem);
	assert_true(sql_filter(&s, &f));
	assert_span(buf_text(&s.text), "(\"a\" = CAST(? AS numeric) AND CAST(\"A\" AS text) COLLATE \"C\" = ? AND "
	    "\"when\" < CAST(? AS timestamptz) AND \"photo\" IS NOT NULL AND \"is\" = false)");
	assert_false(filter_parse(SPAN("{\"photo\":{\"$instr\":\"x\"}}"), "queries[0].filter", &c, mem, &f, &e));
	assert_string_equal(e.text, "queries[0].filter.photo.$instr: the column holds what cannot be compared");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(filter__says_where_it_is_wrong),
		cmocka_unit_test(filter__has_a_budget),
		cmocka_unit_test(filter__becomes_sql),
		cmocka_unit_test(filter__finds),
		cmocka_unit_test(filter__columns_of_a_table),
	};

	return cmocka_run_group_tests(tests, open_memory, close_memory);
}
