/* tests/sql/test_gen_table.c - tables into definitions: golden texts, and what the engine makes of them
 *
 * golden/table_<case>.<dialect>.sql holds every statement and every note.  With CORDS_GOLDEN_WRITE set the files are written
 * instead of compared.
 */
#include "tests/sql/testdb.h"

#include "sql/gen_table.h"

#define Z(text) { "" text "", sizeof(text) - 1 }
#define NAMES(...) (const struct span[]){ __VA_ARGS__ }

/* one column of each type */
static const struct column all_columns[] = {
	{ .name = Z("id"), .type = ABS_INT64, .is_identity = true, .comment = Z("counts; by 'itself'") },
	{ .name = Z("flag"), .type = ABS_BOOL, .dflt = Z("1"), .nullable = true },
	{ .name = Z("small"), .type = ABS_INT16, .nullable = true }, { .name = Z("mid"), .type = ABS_INT32, .dflt = Z("(-1)") },
	{ .name = Z("huge"), .type = ABS_UINT64, .nullable = true },
	{ .name = Z("price"), .type = ABS_DECIMAL, .precision = 10, .scale = 2, .dflt = Z("0.00") },
	{ .name = Z("wide"), .type = ABS_DECIMAL, .precision = 70, .scale = 2, .nullable = true },
	{ .name = Z("any"), .type = ABS_DECIMAL, .nullable = true },
	{ .name = Z("f4"), .type = ABS_FLOAT32, .nullable = true }, { .name = Z("f8"), .type = ABS_FLOAT64, .nullable = true },
	{ .name = Z("code"), .type = ABS_TEXT, .dflt = Z("'it''s'::text") },
	{ .name = Z("name"), .type = ABS_TEXT, .length = 40, .dflt = Z("upper('x')"), .nullable = true },
	{ .name = Z("long"), .type = ABS_TEXT, .length = 20000, .nullable = true },
	{ .name = Z("iso"), .type = ABS_CHAR, .length = 2, .nullable = true },
	{ .name = Z("raw"), .type = ABS_BINARY, .dflt = Z("x'00ff'"), .nullable = true },
	{ .name = Z("d"), .type = ABS_DATE, .dflt = Z("CURRENT_DATE"), .nullable = true }, { .name = Z("t"), .type = ABS_TIME, .nullable = true },
	{ .name = Z("ts"), .type = ABS_TIMESTAMP, .dflt = Z("now()"), .nullable = true },
	{ .name = Z("tz"), .type = ABS_TIMESTAMPTZ, .nullable = true }, { .name = Z("doc"), .type = ABS_JSON, .dflt = Z("'{}'::jsonb"), .nullable = true },
	{ .name = Z("uid"), .type = ABS_UUID, .nullable = true },
	{ .name = Z("mood"), .type = ABS_ENUM, .nullable = true, .n_words = 2, .words = NAMES(Z("so'so"), Z("well")) },
	{ .name = Z("other"), .type = ABS_OTHER, .native = Z("int4range"), .nullable = true },
	{ .name = Z("twice"), .type = ABS_INT32, .generated = Z("mid * 2"), .nullable = true },
};

static const struct table all_types = {
	.schema = Z("hr"), .name = Z("all"), .comment = Z("everything"), .n_columns = sizeof(all_columns) / sizeof(*all_columns), .columns = all_columns,
	.pk = { .n_columns = 1, .columns = NAMES(Z("id")) },
	.n_uniques = 1, .uniques = &(const struct table_key){ .name = Z("u"), .n_columns = 2, .columns = NAMES(Z("code"), Z("iso")) },
	.n_fks = 1, .fks = &(const struct foreign_key){ .name = Z("up"), .n_columns = 1, .columns = NAMES(Z("mid")), .schema = Z("hr"), .table = Z("parent"),
	    .ref_columns = NAMES(Z("id")), .on_delete = Z("CASCADE"), .on_update = Z("; DROP TABLE x") },
	.n_checks = 3, .checks = (const struct table_check[]){ { Z("simple"), Z("((mid > 0))"), false }, { Z("words"), Z("(CODE = ANY (ARRAY['a'::text]))"), false },
	    { Z("odd"), Z("length(name) > mid"), false } },
	.n_excludes = 1, .excludes = &(const struct table_check){ Z("apart"), Z("USING gist (other WITH &&) WHERE ((id > 0))"), false },
	.n_indexes = 8, .indexes = (const struct table_index[]){
	    { .name = Z("plain"), .n_parts = 2, .parts = (const struct index_part[]){ { .column = Z("long") }, { .column = Z("d"), .descending = true } } },
	    { .name = Z("part"), .n_parts = 1, .parts = &(const struct index_part){ .column = Z("mid") }, .where = Z("(mid > 3)") },
	    { .name = Z("expr"), .n_parts = 1, .parts = &(const struct index_part){ .expression = Z("lower(name)") } },
	    { .name = Z("all_uniq"), .unique = true, .n_parts = 1, .parts = &(const struct index_part){ .column = Z("uid") } },
	    { .name = Z("words"), .n_parts = 1, .parts = &(const struct index_part){ .column = Z("doc") }, .kind = Z("gin"),
		.clause = Z("USING gin (doc jsonb_path_ops) WITH (fastupdate=off)") },
	    { .name = Z("full"), .n_parts = 1, .parts = &(const struct index_part){ .column = Z("long") }, .kind = Z("FULLTEXT") },
	    { .name = Z("begin"), .n_parts = 1, .parts = &(const struct index_part){ .column = Z("long"), .length = 10 } },
	    { .name = Z("more"), .unique = true, .n_parts = 1, .parts = &(const struct index_part){ .column = Z("code") },
		.clause = Z("USING btree (code text_pattern_ops) INCLUDE (name)") } },
};

/* every text that a dump can bring tries to end what it stands in */
#define EVIL "x\"`'); DROP TABLE victim; -- {?}"
static const struct table hostile = {
	.schema = Z("s\"`'"), .name = Z(EVIL), .comment = Z(EVIL), .n_columns = 3, .columns = (const struct column[]){
	    { .name = Z("a" EVIL), .type = ABS_TEXT, .native = Z("text); DROP TABLE victim; --"), .dflt = Z("0); DROP TABLE victim; --"), .comment = Z(EVIL), .nullable = true },
	    { .name = Z("b"), .type = ABS_TEXT, .native = Z("text"), .dflt = Z("'x''); DROP TABLE victim; --'"), .collation = Z("C\"; DROP TABLE victim"), .nullable = true },
	    { .name = Z("c"), .type = ABS_INT32, .native = Z("integer"), .generated = Z("1) STORED); DROP TABLE victim; --"), .nullable = true } },
	.n_checks = 2, .checks = (const struct table_check[]){ { Z(EVIL), Z("b <> '" "'') ; DROP TABLE victim; --'"), false }, { Z("k"), Z("1=1); DROP TABLE victim; --"), false } },
	.n_excludes = 1, .excludes = &(const struct table_check){ Z(EVIL), Z("USING gist (b WITH =); DROP TABLE victim; --"), false },
	.n_indexes = 4, .indexes = (const struct table_index[]){
	    { .name = Z(EVIL), .n_parts = 1, .parts = &(const struct index_part){ .column = Z("b") }, .where = Z("b = '1' ; DROP TABLE victim") },
	    { .name = Z("e"), .n_parts = 1, .parts = &(const struct index_part){ .expression = Z("b); DROP TABLE victim; --") } },
	    { .name = Z("k"), .n_parts = 1, .parts = &(const struct index_part){ .column = Z("b") }, .kind = Z("FULLTEXT INDEX x ON victim (a); --") },
	    { .name = Z("c"), .n_parts = 1, .parts = &(const struct index_part){ .column = Z("b") }, .clause = Z("USING btree (b); DROP TABLE victim") } },
};

static const char *
print(const struct table_ddl *ddl, struct arena *mem)
{
	struct buf b;

	buf_init(&b, mem);
	for (const struct ddl_step *s = ddl->steps; s != NULL; s = s->next) {
		buf_addz(&b, s->text);
		put_lit(&b, ";\n");
	}
	for (const struct ddl_note *n = ddl->notes; n != NULL; n = n->next)
		buf_printf(&b, "-- %s: %s: %.*s\n", n->what, n->why, SPAN_ARG(n->original));
	return buf_z(&b);
}

static void
compare(const char *name, const struct dialect *d, const char *text)
{
	const char *src = getenv("srcdir");
	char path[256], held[16384];
	size_t n;
	FILE *f;

	snprintf(path, sizeof(path), "%s/tests/sql/golden/%s.%s.sql", src == NULL ? "." : src, name, d->name);
	f = fopen(path, getenv("CORDS_GOLDEN_WRITE") != NULL ? "w" : "r");
	assert_non_null(f);
	if (getenv("CORDS_GOLDEN_WRITE") != NULL) {
		fputs(text, f);
	} else {
		n = fread(held, 1, sizeof(held) - 1, f);
		held[n] = '\0';
		assert_string_equal(text, held);
	}
	fclose(f);
}

static void
golden(const char *name, const struct table *t, bool same)
{
	struct arena *mem = arena_open(0);

	for (size_t i = 0; dialects[i] != NULL; i++) {
		const struct gen_target to = { .dialect = dialects[i], .same_engine = same, .same_names = true };
		struct table_ddl ddl;

		gen_table(&to, t, NULL, mem, &ddl);
		compare(name, dialects[i], print(&ddl, mem));
	}
	arena_close(&mem);
}

static void
table__of_another_engine(void **state)
{
	(void)state;
	golden("table_other", &all_types, false);
}

static void
table__of_the_same_engine(void **state)
{
	(void)state;
	golden("table_same", &all_types, true);
}

/* DP-111 */
static void
table__that_is_hostile(void **state)
{
	(void)state;
	golden("table_hostile", &hostile, true);
	golden("table_hostile_other", &hostile, false);
}

/* R-26, DP-111: the engine itself finds one table with these very names, and the victim still there */
static void
table__that_is_hostile_harms_nobody(void **state)
{
	struct testdb t;
	const struct gen_target to = { .dialect = &dialect_sqlite, .same_engine = true, .same_names = true };
	struct table_ddl ddl;
	struct table without = hostile;
	struct column columns[3];

	(void)state;
	memcpy(columns, hostile.columns, sizeof(columns));
	columns[1].collation = (struct span){ NULL, 0 };	/* no engine knows that one */
	without.columns = columns;
	testdb_open(&t);
	testdb_do(&t, "CREATE TABLE victim (a)");
	gen_table(&to, &without, NULL, t.mem, &ddl);
	for (const struct ddl_step *s = ddl.steps; s != NULL; s = s->next)
		if (!stmt_define(t.db, s->text, &t.e))
			fail_msg("%s: %s (%s)", s->text, t.e.text, t.e.detail);
	assert_int_equal(testdb_number(&t, "SELECT count(*) FROM sqlite_master WHERE name = 'victim'"), 1);
	assert_int_equal(testdb_number(&t, "SELECT count(*) FROM sqlite_master WHERE type = 'table'"), 2);
	assert_int_equal(testdb_number(&t, "SELECT count(*) FROM sqlite_master WHERE name LIKE 'x\"`%DROP TABLE victim%'"), 1);
	testdb_close(&t);
}

/* DP-92 */
static void
object__of_another_engine_is_noted(void **state)
{
	struct arena *mem = arena_open(0);
	const struct view v = { .schema = SPAN("hr"), .name = SPAN("v"), .text = SPAN("SELECT 1") };
	const struct code c = { .schema = SPAN("hr"), .name = SPAN("f"), .kind = SPAN("FUNCTION"), .text = SPAN("CREATE FUNCTION f") };
	const struct sequence s = { .schema = SPAN("hr"), .name = SPAN("s"), .start = 1, .increment = 2, .next = 7 };
	const struct gen_target other = { .dialect = &dialect_sqlite };
	struct gen_target same = { .dialect = &dialect_postgresql, .same_engine = true, .same_names = true };
	struct table_ddl ddl;

	(void)state;
	gen_view(&other, &v, mem, &ddl);
	assert_null(ddl.steps);
	assert_string_equal(arena_z(mem, ddl.notes->original), "SELECT 1");
	gen_code(&other, &c, mem, &ddl);
	assert_null(ddl.steps);
	assert_non_null(ddl.notes);
	gen_sequence(&other, &s, mem, &ddl);
	assert_null(ddl.steps);
	assert_non_null(ddl.notes);
	gen_sequence(&same, &s, mem, &ddl);
	assert_string_equal(ddl.steps->text, "CREATE SEQUENCE \"hr\".\"s\" START WITH 1 INCREMENT BY 2 NO CYCLE");
	gen_view(&same, &v, mem, &ddl);
	assert_string_equal(ddl.steps->text, "CREATE VIEW \"hr\".\"v\" WITH (security_invoker=true) AS SELECT 1");
	same.is_trusted = true;
	gen_view(&same, &v, mem, &ddl);
	assert_string_equal(ddl.steps->text, "CREATE VIEW \"hr\".\"v\" AS SELECT 1");
	arena_close(&mem);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(table__of_another_engine),
		cmocka_unit_test(table__of_the_same_engine),
		cmocka_unit_test(table__that_is_hostile),
		cmocka_unit_test(table__that_is_hostile_harms_nobody),
		cmocka_unit_test(object__of_another_engine_is_noted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
