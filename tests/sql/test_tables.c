/* tests/sql/test_tables.c - what a catalogue holds, and all rows of a table */
#include "tests/sql/storedb.h"

#include "sql/rows.h"

static void
run(struct storedb *s, const char *text)
{
	MUST(&s->t, stmt_direct(s->t.db, text, &s->t.e));
}

static struct table
describe(struct storedb *s, const char *name, struct table_ref *ref)
{
	const struct place *places;
	const struct table_ref *refs;
	struct table t = { 0 };
	size_t n, n_refs;

	MUST(&s->t, tables_places(s->t.db, s->t.mem, &places, &n, &s->t.e));
	assert_int_equal(n, 1);
	assert_span(places[0].name, "demo");
	MUST(&s->t, tables_list(s->t.db, places, s->t.mem, &refs, &n_refs, &s->t.e));
	for (size_t i = 0; i < n_refs; i++)
		if (span_is(refs[i].name, name)) {
			*ref = refs[i];
			MUST(&s->t, table_describe(s->t.db, ref, s->t.mem, &t, &s->t.e));
			return t;
		}
	fail_msg("no table %s", name);
	return t;
}

static void
put_names(struct buf *b, const char *what, struct span name, const struct span *columns, size_t n)
{
	buf_printf(b, " %s %.*s", what, SPAN_ARG(name));
	for (size_t i = 0; i < n; i++)
		buf_printf(b, "%c%.*s", i == 0 ? '(' : ',', SPAN_ARG(columns[i]));
	buf_char(b, ')');
}

static const char *
constraints(struct storedb *s, const struct table *t)
{
	struct buf b;

	buf_init(&b, s->t.mem);
	put_names(&b, "pk", t->pk.name, t->pk.columns, t->pk.n_columns);
	for (size_t i = 0; i < t->n_uniques; i++)
		put_names(&b, "unique", t->uniques[i].name, t->uniques[i].columns, t->uniques[i].n_columns);
	for (size_t i = 0; i < t->n_fks; i++) {
		const struct foreign_key *f = &t->fks[i];

		put_names(&b, "fk", f->name, f->columns, f->n_columns);
		put_names(&b, "to", f->table, f->ref_columns, f->n_columns);
		buf_printf(&b, " u:%.*s d:%.*s", SPAN_ARG(f->on_update), SPAN_ARG(f->on_delete));
	}
	for (size_t i = 0; i < t->n_checks; i++)
		buf_printf(&b, " check %.*s [%.*s]", SPAN_ARG(t->checks[i].name), SPAN_ARG(t->checks[i].text));
	for (size_t i = 0; i < t->n_indexes; i++) {
		const struct table_index *x = &t->indexes[i];

		buf_printf(&b, " %s %.*s", x->unique ? "uindex" : "index", SPAN_ARG(x->name));
		for (size_t k = 0; k < x->n_parts; k++)
			buf_printf(&b, "/%.*s%.*s%s", SPAN_ARG(x->parts[k].column), SPAN_ARG(x->parts[k].expression),
			    x->parts[k].descending ? "-" : "+");
		if (x->where.p != NULL)
			buf_printf(&b, " where %.*s", SPAN_ARG(x->where));
	}
	return buf_z(&b);
}

static void
put_cell(struct buf *b, const struct cell *c)
{
	static const char kinds[] = "nbi#rtx";

	buf_char(b, kinds[c->kind]);
	if (c->kind == CELL_INT || c->kind == CELL_BOOL)
		buf_int(b, c->number);
	else if (c->kind == CELL_BLOB)
		for (size_t i = 0; i < c->text.n; i++)
			buf_printf(b, "%02x", (unsigned char)c->text.p[i]);
	else
		for (size_t i = 0; i < c->text.n; i++)
			buf_char(b, c->text.p[i] == '\0' ? '~' : c->text.p[i]);
	buf_char(b, '|');
}

static const char *
all_rows(struct storedb *s, const struct table_ref *ref, const struct table *t, const struct query *where)
{
	struct rows_page page;
	struct rows *r;
	struct buf b;

	buf_init(&b, s->t.mem);
	MUST(&s->t, rows_open(s->t.db, ref, t, where, s->t.mem, &r, &s->t.e));
	do {
		MUST(&s->t, rows_next(r, &page, &s->t.e));
		for (size_t i = 0; i < page.n_rows; i++) {
			for (size_t k = 0; k < t->n_columns; k++)
				put_cell(&b, &page.cells[i * t->n_columns + k]);
			buf_char(&b, '\n');
		}
	} while (page.n_rows > 0);
	rows_close(r);
	return buf_z(&b);
}

static void
tables__say_all_that_the_text_of_a_table_says(void **state)
{
	struct table_ref ref;
	struct storedb s;
	struct table t;

	(void)state;
	storedb_open(&s);
	run(&s, "CREATE TABLE dept(id INTEGER PRIMARY KEY AUTOINCREMENT, code VARCHAR(8) NOT NULL UNIQUE)");
	run(&s, "INSERT INTO dept(code) VALUES ('a'), ('b')");
	run(&s, "CREATE TABLE \"an \"\"odd\"\" table\"( -- a comment, with a comma\n"
	    " no BIGINT NOT NULL, [part no] INT /* , */ DEFAULT (1 + 2), amount DECIMAL(10,2) DEFAULT 0.5 CHECK (amount >= 0),\n"
	    " name TEXT COLLATE NOCASE, twice INT GENERATED ALWAYS AS (no * 2) STORED, dept INT CONSTRAINT fk_dept REFERENCES dept,\n"
	    " CONSTRAINT pk_odd PRIMARY KEY (no, \"part no\"), CONSTRAINT u_name UNIQUE (name, no),\n"
	    " CONSTRAINT ck CHECK (name <> ',)' AND no > 0),\n"
	    " CONSTRAINT fk_code FOREIGN KEY (name) REFERENCES dept(code) ON DELETE CASCADE ON UPDATE SET NULL) WITHOUT ROWID");
	run(&s, "CREATE INDEX i1 ON \"an \"\"odd\"\" table\"(name COLLATE BINARY DESC, lower(name) DESC) WHERE no > 5");
	MUST(&s.t, db_begin(s.t.db, TX_READ, &s.t.e));
	t = describe(&s, "an \"odd\" table", &ref);
	assert_string_equal(constraints(&s, &t), " pk pk_odd(no,part no) unique u_name(name,no)"
	    " fk fk_dept(dept) to dept(id) u: d: fk fk_code(name) to dept(code) u:SET NULL d:CASCADE"
	    " check  [amount >= 0] check ck [name <> ',)' AND no > 0] index i1/name-/lower(name)- where no > 5");
	assert_int_equal(t.n_columns, 6);
	assert_span(t.columns[1].dflt, "1 + 2");
	assert_int_equal(t.columns[2].type, ABS_DECIMAL);
	assert_int_equal(t.columns[2].precision * 100 + t.columns[2].scale, 1002);
	assert_span(t.columns[3].collation, "NOCASE");
	assert_span(t.columns[4].generated, "no * 2");
	t = describe(&s, "dept", &ref);
	assert_true(t.columns[0].is_identity);
	assert_int_equal(t.next_identity, 3);
	assert_string_equal(constraints(&s, &t), " pk (id) unique (code)");
	db_rollback(s.t.db);
	storedb_close(&s);
}

/* DP-86: values as they are, with the class of each */
static void
rows__keep_class_and_every_digit(void **state)
{
	struct table_ref ref;
	struct storedb s;
	struct table t;

	(void)state;
	storedb_open(&s);
	run(&s, "CREATE TABLE v(id INTEGER PRIMARY KEY, n INT, r REAL, t TEXT, b BLOB, x, f BOOLEAN, d NUMERIC)");
	run(&s, "INSERT INTO v VALUES (-9223372036854775808, 9223372036854775807, -0.5, '', x'', NULL, TRUE, 12)");
	run(&s, "INSERT INTO v VALUES (1, 'abc', 1e-320, 'a\"\\' || char(10, 1, 128512), x'00ff00', 1.5, 0, 0.1)");
	run(&s, "INSERT INTO v VALUES (2, 1.5, 'text', 'nul' || char(0) || 'inside', 'text', '', 7, 'nan')");
	run(&s, "INSERT INTO v VALUES (3, x'01', x'02', x'03', 4, 5, 'yes', x'06')");
	run(&s, "INSERT INTO v VALUES (4, NULL, 9e999, CAST(x'ff' AS TEXT), NULL, NULL, NULL, NULL)");
	MUST(&s.t, db_begin(s.t.db, TX_READ, &s.t.e));
	t = describe(&s, "v", &ref);
	assert_string_equal(all_rows(&s, &ref, &t, NULL),
	    "i-9223372036854775808|i9223372036854775807|r-0.5|t|x|n|b1|i12|\n"
	    "i1|tabc|r9.9998886718268301e-321|ta\"\\\n\x01\xf0\x9f\x98\x80|x00ff00|r1.5|b0|r0.10000000000000001|\n"
	    "i2|r1.5|ttext|tnul~inside|ttext|t|i7|tnan|\n"
	    "i3|x01|x02|x03|i4|i5|tyes|x06|\n"
	    "i4|n|rInfinity|xff|n|n|n|n|\n");
	db_rollback(s.t.db);
	storedb_close(&s);
}

/* a page begins behind the key of the last row, whatever the key is made of */
static void
rows__are_read_in_pages_by_key(void **state)
{
	struct bind limit[] = { BIND_I(4990) };
	struct query where = { .text = SPAN("b % 10 <> 0 AND b > ?"), .n_binds = 1, .binds = limit };
	struct table_ref ref;
	struct storedb s;
	struct table t;
	const char *text;
	size_t n = 0;

	(void)state;
	storedb_open(&s);
	run(&s, "CREATE TABLE k(a TEXT NOT NULL, b INT NOT NULL, c TEXT, PRIMARY KEY (a, b))");
	run(&s, "INSERT INTO k SELECT 'k' || (value % 7), value, NULL FROM (WITH RECURSIVE g(value) AS (VALUES (1) UNION ALL"
	    " SELECT value + 1 FROM g WHERE value < 5000) SELECT value FROM g)");
	MUST(&s.t, db_begin(s.t.db, TX_READ, &s.t.e));
	t = describe(&s, "k", &ref);
	assert_string_equal(all_rows(&s, &ref, &t, &where), "tk0|i4991|n|\ntk0|i4998|n|\ntk1|i4992|n|\ntk1|i4999|n|\ntk2|i4993|n|\n"
	    "tk3|i4994|n|\ntk4|i4995|n|\ntk5|i4996|n|\ntk6|i4997|n|\n");
	limit[0] = BIND_I(0);
	for (text = all_rows(&s, &ref, &t, &where); *text != '\0'; text++)
		n += *text == '\n';
	assert_int_equal(n, 4500);
	db_rollback(s.t.db);
	storedb_close(&s);
}

static size_t
n_lines(const char *text)
{
	size_t n = 0;

	for (; *text != '\0'; text++)
		n += *text == '\n';
	return n;
}

#define NUMBERS(n) "(WITH RECURSIVE g(value) AS (VALUES (1) UNION ALL SELECT value + 1 FROM g WHERE value < " n ") SELECT value FROM g)"

/* a page is one text, unless a row is too long for that: then the same rows come one by one */
static void
rows__are_all_there_whatever_their_length(void **state)
{
	struct table_ref ref;
	struct storedb s;
	struct table t;
	const char *text, *at;

	(void)state;
	storedb_open(&s);
	run(&s, "CREATE TABLE l(\"rowid\" TEXT, v TEXT)");
	run(&s, "INSERT INTO l SELECT 'r' || value, CASE WHEN value IN (3, 125, 126, 2600, 9000) THEN printf('%.*c', 300000, 'x')"
	    " ELSE 'short' END FROM " NUMBERS("9000"));
	run(&s, "DELETE FROM l WHERE _rowid_ % 1000 = 0");
	run(&s, "INSERT INTO l(_rowid_, v) VALUES (-5, 'first'), (9223372036854775807, 'last')");
	MUST(&s.t, db_begin(s.t.db, TX_READ, &s.t.e));
	t = describe(&s, "l", &ref);
	at = text = all_rows(&s, &ref, &t, NULL);
	assert_int_equal(n_lines(text), 9000 - 9 + 2);
	assert_memory_equal(text, "n|tfirst|\n", 10);
	for (int i = 1; i < 9000; i++) {
		char begin[16];

		if (i % 1000 == 0)
			continue;
		snprintf(begin, sizeof(begin), "tr%d|t", i);
		at = strchr(at, '\n') + 1;
		assert_memory_equal(at, begin, strlen(begin));
		assert_int_equal(strchr(at, '\n') - at, strlen(begin) + (i == 3 || i == 125 || i == 126 || i == 2600 ? 300000 : 5) + 1);
	}
	assert_string_equal(strchr(at, '\n') + 1, "n|tlast|\n");
	db_rollback(s.t.db);
	storedb_close(&s);
}

/* DP-86: doubles in a column of decimals have the digits of its scale where these are the same double, else all that a double has */
static void
rows__of_decimals_are_the_same_doubles(void **state)
{
	struct table_ref ref;
	struct storedb s;
	struct table t;

	(void)state;
	storedb_open(&s);
	run(&s, "CREATE TABLE m(d DECIMAL(12,2), i INT)");
	run(&s, "INSERT INTO m VALUES (2345.67, 1), (8.29, 2), (-17.05, 3), (1.5, 4), (-0.29, 5), (100, 6), (1234.5678, 7), (1e300, 8), (9e999, 9),"
	    " (-9e999, 10), ('text', 11), (x'00', 12), (NULL, 13), (999999999.25, 14), (4000000000.25, 15), (1.005, 16), (-9223372036854775808, 17)");
	MUST(&s.t, db_begin(s.t.db, TX_READ, &s.t.e));
	t = describe(&s, "m", &ref);
	assert_string_equal(all_rows(&s, &ref, &t, NULL), "r2345.67|i1|\nr8.29|i2|\nr-17.05|i3|\nr1.50|i4|\nr-0.28999999999999998|i5|\n"
	    "i100|i6|\nr1234.5678|i7|\nr1.0e+300|i8|\nrInfinity|i9|\nr-Infinity|i10|\nttext|i11|\nx00|i12|\nn|i13|\n"
	    "r999999999.25|i14|\nr4000000000.25|i15|\nr1.0049999999999999|i16|\ni-9223372036854775808|i17|\n");
	db_rollback(s.t.db);
	storedb_close(&s);
}

/* each is read back as the double that the engine has */
static void
rows__of_decimals_lose_no_bit(void **state)
{
	struct rows_page page;
	struct table_ref ref;
	struct storedb s;
	struct table t;
	struct rows *r;
	struct span printed;
	char *end;
	size_t n = 0;

	(void)state;
	storedb_open(&s);
	run(&s, "CREATE TABLE m(a DECIMAL(12,2), b DECIMAL(20,9), c DECIMAL(5,1), a17 TEXT, b17 TEXT, c17 TEXT)");
	run(&s, "INSERT INTO m(a, b, c) SELECT value * 7919 % 100000007 / 100.0 - 250000.5, value * 104729 % 1000000007 / 1e9 * value,"
	    " value * value / 30.0 FROM " NUMBERS("5000"));
	run(&s, "UPDATE m SET a17 = printf('%!.17g', a), b17 = printf('%!.17g', b), c17 = printf('%!.17g', c)");
	MUST(&s.t, db_begin(s.t.db, TX_READ, &s.t.e));
	t = describe(&s, "m", &ref);
	MUST(&s.t, rows_open(s.t.db, &ref, &t, NULL, s.t.mem, &r, &s.t.e));
	do {
		MUST(&s.t, rows_next(r, &page, &s.t.e));
		for (size_t i = 0; i < page.n_rows; i++)
			for (size_t k = 0; k < 3; k++) {
				const struct cell *c = &page.cells[i * t.n_columns + k];

				if (c->kind == CELL_INT)
					continue;
				assert_int_equal(c->kind, CELL_REAL);
				printed = c[3].text;
				assert_true(strtod(arena_z(s.t.mem, c->text), &end) == strtod(arena_z(s.t.mem, printed), NULL) && *end == '\0');
				n += c->text.n < printed.n;
			}
	} while (page.n_rows > 0);
	assert_true(n > 1000);		/* or none had the digits of its scale */
	rows_close(r);
	db_rollback(s.t.db);
	storedb_close(&s);
}

/* nor do doubles in a column of integers, whose pages are read otherwise then */
static void
rows__of_integers_keep_doubles(void **state)
{
	struct table_ref ref;
	struct storedb s;
	struct table t;
	const char *text;

	(void)state;
	storedb_open(&s);
	run(&s, "CREATE TABLE n(i INT)");
	run(&s, "INSERT INTO n SELECT CASE value WHEN 150 THEN 0.1 WHEN 151 THEN 'x' WHEN 152 THEN NULL WHEN 153 THEN '' WHEN 154 THEN x'07'"
	    " WHEN 155 THEN 1e300 WHEN 156 THEN -9e999 ELSE -value END FROM " NUMBERS("1000"));
	MUST(&s.t, db_begin(s.t.db, TX_READ, &s.t.e));
	t = describe(&s, "n", &ref);
	text = all_rows(&s, &ref, &t, NULL);
	assert_int_equal(n_lines(text), 1000);
	assert_non_null(strstr(text, "\ni-149|\nr0.10000000000000001|\ntx|\nn|\nt|\nx07|\nr1.0e+300|\nr-Infinity|\ni-157|\n"));
	db_rollback(s.t.db);
	storedb_close(&s);
}

/* a text may be long in any column */
static void
rows__are_all_there_where_numbers_are_long_texts(void **state)
{
	struct table_ref ref;
	struct storedb s;
	struct table t;
	const char *text;

	(void)state;
	storedb_open(&s);
	run(&s, "CREATE TABLE n(i INT, d DECIMAL(12,2), r REAL)");
	run(&s, "INSERT INTO n SELECT CASE WHEN value = 300 THEN printf('%.*c', 200000, 'i') ELSE value END,"
	    " CASE WHEN value = 301 THEN printf('%.*c', 200000, 'd') ELSE 10.25 END,"
	    " CASE WHEN value = 302 THEN CAST(printf('%.*c', 200000, 'r') AS BLOB) ELSE 0.5 END FROM " NUMBERS("1000"));
	MUST(&s.t, db_begin(s.t.db, TX_READ, &s.t.e));
	t = describe(&s, "n", &ref);
	text = all_rows(&s, &ref, &t, NULL);
	assert_int_equal(n_lines(text), 1000);
	assert_non_null(strstr(text, "\ni299|r10.25|r0.5|\ntiii"));
	assert_non_null(strstr(text, "\ni301|tddd"));
	assert_non_null(strstr(text, "\ni302|r10.25|x7272"));
	assert_non_null(strstr(text, "\ni303|r10.25|r0.5|\n"));
	db_rollback(s.t.db);
	storedb_close(&s);
}

/* every name of the number of a row is a column */
static void
rows__of_odd_names_are_read(void **state)
{
	struct table_ref ref;
	struct storedb s;
	struct table t;

	(void)state;
	storedb_open(&s);
	run(&s, "CREATE TABLE o(rowid TEXT, _rowid_ TEXT, OID TEXT)");
	run(&s, "INSERT INTO o VALUES ('b', 'a', 'c'), ('a', 'c', 'b')");
	MUST(&s.t, db_begin(s.t.db, TX_READ, &s.t.e));
	t = describe(&s, "o", &ref);
	assert_string_equal(all_rows(&s, &ref, &t, NULL), "tb|ta|tc|\nta|tc|tb|\n");
	db_rollback(s.t.db);
	storedb_close(&s);
}

/* pieces that several would read in turn are what one reads */
static void
rows__can_be_cut_into_pieces(void **state)
{
	struct bind limit[] = { BIND_I(3) };
	struct query where = { .text = SPAN("b % ? <> 0"), .n_binds = 1, .binds = limit };
	struct rows *two[2], *before = NULL;
	struct rows_page page;
	struct table_ref ref;
	struct storedb s;
	struct table t;
	int64_t n = 0;

	(void)state;
	storedb_open(&s);
	run(&s, "CREATE TABLE k(b INT NOT NULL, a TEXT, PRIMARY KEY (b))");
	run(&s, "INSERT INTO k SELECT value, 'a' FROM " NUMBERS("3000"));
	MUST(&s.t, db_begin(s.t.db, TX_READ, &s.t.e));
	t = describe(&s, "k", &ref);
	for (int i = 0; i < 2; i++)
		MUST(&s.t, rows_open(s.t.db, &ref, &t, &where, s.t.mem, &two[i], &s.t.e));
	assert_true(rows_can_cut(two[0]));
	for (int i = 0; ; i = 1 - i) {
		MUST(&s.t, rows_cut(two[i], before, &s.t.e) && rows_next(two[i], &page, &s.t.e));
		before = two[i];
		if (page.n_rows == 0)
			break;
		for (size_t k = 0; k < page.n_rows; k++, n++)
			assert_int_equal(page.cells[k * 2].number, n / 2 * 3 + n % 2 + 1);
		assert_false(page.is_part);
		MUST(&s.t, rows_next(two[i], &page, &s.t.e));	/* not before the next cut */
		assert_int_equal(page.n_rows, 0);
	}
	assert_int_equal(n, 2000);
	db_rollback(s.t.db);
	storedb_close(&s);
}

/* Where a guess from the gaps so far is far off, a piece has one row or many pages, and no row is missing or comes twice. */
static void
rows__in_pieces_have_any_gaps(void **state)
{
	static const struct query where = { .text = SPAN("b IS NOT NULL") };
	struct rows *two[2], *before = NULL;
	struct rows_page page = { .is_part = false };
	int64_t n = 0, last = INT64_MIN, n_pages = 0, n_parts = 0;
	struct table_ref ref;
	struct storedb s;
	struct table t;

	(void)state;
	storedb_open(&s);
	run(&s, "CREATE TABLE k(b INT NOT NULL, a TEXT, PRIMARY KEY (b))");
	run(&s, "INSERT INTO k VALUES (-9223372036854775808, 'a'), (9223372036854775806, 'a'), (9223372036854775807, 'a')");
	run(&s, "INSERT INTO k SELECT value * 1000000 - 2000000000, 'a' FROM " NUMBERS("1000"));
	run(&s, "INSERT INTO k SELECT value, 'a' FROM " NUMBERS("20000"));
	run(&s, "INSERT INTO k SELECT value * value * value * 1000, 'a' FROM " NUMBERS("3000") " WHERE value > 50");
	MUST(&s.t, db_begin(s.t.db, TX_READ, &s.t.e));
	t = describe(&s, "k", &ref);
	for (int i = 0; i < 2; i++)
		MUST(&s.t, rows_open(s.t.db, &ref, &t, &where, s.t.mem, &two[i], &s.t.e));
	for (int i = 0; ; n_pages++, n_parts += page.is_part) {
		MUST(&s.t, (page.is_part || rows_cut(two[i], before, &s.t.e)) && rows_next(two[i], &page, &s.t.e));
		before = two[i];
		if (page.n_rows == 0)
			break;
		for (size_t k = 0; k < page.n_rows; k++, n++) {
			assert_true(page.cells[k * 2].number > last || n == 0);
			last = page.cells[k * 2].number;
		}
		if (!page.is_part)
			i = 1 - i;
	}
	assert_int_equal(n, 3 + 1000 + 20000 + 2950);
	assert_true(last == INT64_MAX && n_parts > 0);
	assert_in_range(n_pages, 10, 150);
	db_rollback(s.t.db);
	storedb_close(&s);
}

static void
rows__of_a_collection_are_its_documents(void **state)
{
	struct table_ref ref;
	struct storedb s;
	struct table t;
	struct doc doc = { .key = SPAN("k1"), .version = SPAN("v1"), .created_us = 0, .modified_us = 1500000, .content = SPAN("{ \"a\": 1 }") };

	(void)state;
	storedb_open(&s);
	MUST(&s.t, db_begin(s.t.db, TX_DEFINE, &s.t.e) && catalog_begin(s.t.db, &s.t.e));
	MUST(&s.t, catalog_create(s.t.db, s.schema_id, SPAN("c"), &plain_meta, SPAN("{\"keyColumn\":{}}"), &s.t.e));
	MUST(&s.t, db_commit(s.t.db, &s.t.e));
	MUST(&s.t, db_begin(s.t.db, TX_WRITE, &s.t.e) && catalog_begin(s.t.db, &s.t.e));
	MUST(&s.t, catalog_find(s.t.db, s.schema_id, SPAN("c"), &s.coll, &s.t.e));
	MUST(&s.t, store_insert(s.t.db, s.coll, &doc, 1, NULL, 0, s.t.mem, &s.t.e) && db_commit(s.t.db, &s.t.e));
	MUST(&s.t, db_begin(s.t.db, TX_READ, &s.t.e));
	t = describe(&s, "c", &ref);
	assert_true(t.is_collection);
	assert_string_equal(all_rows(&s, &ref, &t, NULL),
	    "tk1|t{ \"a\": 1 }|tv1|t1970-01-01T00:00:00.000000Z|t1970-01-01T00:00:01.500000Z|n|\n");
	db_rollback(s.t.db);
	storedb_close(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tables__say_all_that_the_text_of_a_table_says),
		cmocka_unit_test(rows__keep_class_and_every_digit),
		cmocka_unit_test(rows__are_read_in_pages_by_key),
		cmocka_unit_test(rows__are_all_there_whatever_their_length),
		cmocka_unit_test(rows__of_decimals_are_the_same_doubles),
		cmocka_unit_test(rows__of_decimals_lose_no_bit),
		cmocka_unit_test(rows__of_integers_keep_doubles),
		cmocka_unit_test(rows__are_all_there_where_numbers_are_long_texts),
		cmocka_unit_test(rows__of_odd_names_are_read),
		cmocka_unit_test(rows__can_be_cut_into_pieces),
		cmocka_unit_test(rows__in_pieces_have_any_gaps),
		cmocka_unit_test(rows__of_a_collection_are_its_documents),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
