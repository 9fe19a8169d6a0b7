/* tests/sql/test_gen.c - plans into SQL: golden texts, and what the engine makes of them
 *
 * golden/<case>.<dialect>.sql holds the statement, its values and whether a residue is left.  With CORDS_GOLDEN_WRITE set
 * the files are written instead of compared.
 */
#include "tests/sql/storedb.h"

#include "sql/gen.h"

/* ---- conditions, written by hand ---- */

static const struct step steps_a[] = { { .kind = STEP_FIELD, .name = { "a", 1 } } };
static const struct step steps_b[] = { { .kind = STEP_FIELD, .name = { "b", 1 } } };
static const struct step steps_c[] = { { .kind = STEP_FIELD, .name = { "c", 1 } } };
static const struct step steps_ab[] = {
	{ .kind = STEP_FIELD, .name = { "a", 1 } }, { .kind = STEP_FIELD, .name = { "b", 1 } },
};
#define PATH(list) { .n_steps = sizeof(list) / sizeof(*(list)), .steps = (list) }

#define TEXT(z) { .type = J_STRING, .text = { (z), sizeof(z) - 1 } }
#define NUMBER(z) { .type = J_NUMBER, .text = { (z), sizeof(z) - 1 } }
#define OPERANDS(...) (struct operand[]){ __VA_ARGS__ }

/* numbers are read here, because a literal cannot */
static void
prepare(struct cond *c)
{
	for (; c != NULL; c = c->next) {
		for (size_t i = 0; i < c->n_values; i++) {
			struct operand *o = (struct operand *)(uintptr_t)&c->values[i];

			if (o->type == J_NUMBER)
				assert_true(dec_parse(o->text, &o->number));
			if (o->type == J_STRING)
				o->text_is_number = dec_parse_text(o->text, &o->number);
		}
		prepare(c->children);
	}
}

#define TEST(list, operator, ...) { .kind = COND_TEST, .path = PATH(list), .op = (operator), \
	.n_values = sizeof((struct operand[]){ __VA_ARGS__ }) / sizeof(struct operand), .values = OPERANDS(__VA_ARGS__) }

static bool
match_all(const struct plan *plan, struct span key, struct span content, struct arena *mem, struct err *e)
{
	(void)plan;
	(void)key;
	(void)content;
	(void)mem;
	(void)e;
	return true;
}

/* ---- a collection without a database ---- */

static const struct index ix_num = { .id = 12, .name = "num", .n_fields = 1,
	.fields = (const struct index_field[]){ { .path = PATH(steps_b), .type = TYPE_NUMBER } } };
static const struct index ix_two = { .id = 11, .name = "two", .n_fields = 2, .next = &ix_num,
	.fields = (const struct index_field[]){ { .path = PATH(steps_a) }, { .path = PATH(steps_c) } } };
static struct coll coll = { .id = 7, .schema_id = 1, .indexes = &ix_two };

static const char *
golden_path(const char *name, const char *dialect, char room[256])
{
	const char *src = getenv("srcdir");

	snprintf(room, 256, "%s/tests/sql/golden/%s.%s.sql", src == NULL ? "." : src, name, dialect);
	return room;
}

static const char *
print(const struct query *q, const struct choice *ch, struct arena *mem)
{
	struct buf b;

	buf_init(&b, mem);
	buf_span(&b, q->text);
	put_lit(&b, "\n");
	for (size_t i = 0; i < q->n_binds; i++) {
		buf_printf(&b, "-- %zu: ", i + 1);
		if (q->binds[i].kind == BIND_INT)
			buf_int(&b, q->binds[i].number);
		else if (q->binds[i].kind == BIND_NULL)
			put_lit(&b, "NULL");
		else
			buf_json(&b, q->binds[i].text);
		put_lit(&b, "\n");
	}
	if (ch != NULL)
		buf_addz(&b, ch->has_residue ? "-- and the matcher\n" : "-- exact\n");
	return buf_z(&b);
}

static void
golden(const char *name, const struct dialect *d, const char *text)
{
	char path[256], want[8192];
	FILE *f;
	size_t n;

	golden_path(name, d->name, path);
	if (getenv("CORDS_GOLDEN_WRITE") != NULL) {
		f = fopen(path, "w");
		assert_non_null(f);
		fputs(text, f);
		fclose(f);
		return;
	}
	f = fopen(path, "r");
	if (f == NULL)
		fail_msg("%s is missing", path);
	n = fread(want, 1, sizeof(want) - 1, f);
	want[n] = '\0';
	fclose(f);
	assert_string_equal(text, want);
}

/* the first page of a plan against golden/<name> */
static void
check_page(const char *name, const struct plan *base, struct cond *where)
{
	struct arena *mem = arena_open(0);
	struct plan plan = *base;
	struct choice ch;
	struct query q;
	enum columns columns;

	prepare(where);
	coll.meta = plain_meta;
	plan.coll = &coll;
	plan.where = where;
	plan.match = match_all;
	choose(&plan, true, mem, &ch);
	assert_true(ch.is_sorted);
	for (size_t i = 0; dialects[i] != NULL; i++) {
		columns = ch.keys_only && !dialects[i]->is_remote ? COLUMNS_KEY
		    : ch.has_residue || plan.want_content ? COLUMNS_CONTENT : COLUMNS_ROW;
		assert_true(gen_page(dialects[i], &plan, &ch, columns, plan.limit + 1, plan.offset, mem, &q));
		golden(name, dialects[i], print(&q, &ch, mem));
	}
	arena_close(&mem);
}

static const struct plan page = { .limit = 100, .want_content = true };

static void
page__everything(void **state)
{
	(void)state;
	check_page("everything", &page, NULL);
	check_page("everything_offset", &(struct plan){ .limit = 25, .offset = 50 }, NULL);
}

static void
page__key_bounds(void **state)
{
	struct plan p = page;

	(void)state;
	p.has_after = p.has_before = true;
	p.after = SPAN("A");
	p.before = SPAN("D");
	check_page("key_bounds", &p, NULL);
	p.has_after = false;
	p.sort = SORT_KEY_DESCENDING;
	check_page("key_descending", &p, NULL);
}

static void
page__time_window(void **state)
{
	struct plan p = page;

	(void)state;
	p.has_since = p.has_until = true;
	p.since_us = 5;
	p.until_us = 6;
	p.sort = SORT_TIME;
	check_page("time_window", &p, NULL);
}

static void
page__keys_are_listed_in_powers_of_two(void **state)
{
	struct cond where = { .kind = COND_KEYS, .n_values = 3, .values = OPERANDS(TEXT("x"), TEXT("y"), TEXT("z")) };

	(void)state;
	check_page("keys", &page, &where);
}

static void
page__equality_and_range_of_one_index(void **state)
{
	struct cond range = TEST(steps_c, OP_GTE, TEXT("m"));
	struct cond where = { .kind = COND_ALL, .children = &(struct cond)TEST(steps_a, OP_EQ, TEXT("red")) };

	(void)state;
	where.children->next = &range;
	check_page("equality_and_range", &page, &where);
}

static void
page__all_fields_equal_come_by_key(void **state)
{
	struct cond where = { .kind = COND_ALL, .children = &(struct cond)TEST(steps_a, OP_EQ, TEXT("red")) };
	struct cond second = TEST(steps_c, OP_EQ, TEXT("round"));

	(void)state;
	where.children->next = &second;
	check_page("equality_of_all", &page, &where);
}

/* $between: both tests at one value */
static void
page__between_becomes_one_range(void **state)
{
	struct cond high = { .kind = COND_TEST, .op = OP_LTE, .n_values = 1, .values = OPERANDS(NUMBER("20")) };
	struct cond low = { .kind = COND_TEST, .op = OP_GTE, .n_values = 1, .values = OPERANDS(NUMBER("1e1")), .next = &high };
	struct cond both = { .kind = COND_ALL, .children = &low };
	struct cond where = { .kind = COND_AT, .path = PATH(steps_b), .children = &both };

	(void)state;
	check_page("between", &page, &where);
}

static void
page__second_index_is_asked_by_key(void **state)
{
	struct cond where = { .kind = COND_ALL, .children = &(struct cond)TEST(steps_b, OP_EQ, NUMBER("4.0")) };
	struct cond second = TEST(steps_a, OP_IN, TEXT("red"), TEXT("green"), TEXT("blue"));

	(void)state;
	where.children->next = &second;
	check_page("two_indexes", &page, &where);
}

static void
page__string_true_is_wider(void **state)
{
	struct cond where = TEST(steps_a, OP_EQ, TEXT("true"));

	(void)state;
	check_page("string_true", &page, &where);
}

static void
page__number_on_text_index_is_left(void **state)
{
	struct cond where = TEST(steps_a, OP_EQ, NUMBER("41"));

	(void)state;
	check_page("number_on_text", &page, &where);
}

static void
page__needles_of_what_is_left(void **state)
{
	struct cond where = { .kind = COND_ALL, .children = &(struct cond)TEST(steps_ab, OP_EQ, TEXT("Rome")) };
	struct cond prefix = TEST(steps_ab, OP_STARTS_WITH, TEXT("via"));
	struct cond number = TEST(steps_ab, OP_EQ, TEXT("94103"));	/* could be a number, too */
	struct cond quoted = TEST(steps_ab, OP_HAS_SUBSTRING, TEXT("a\"b"));
	struct cond like = TEST(steps_ab, OP_LIKE, TEXT("%long_longest%"));
	struct cond any = { .kind = COND_ANY, .children = &(struct cond)TEST(steps_ab, OP_EQ, TEXT("x1")) };
	struct cond arm = TEST(steps_ab, OP_IN, TEXT("x2"), TEXT("x3"));

	(void)state;
	where.children->next = &prefix;
	prefix.next = &number;
	number.next = &quoted;
	quoted.next = &like;
	like.next = &any;
	any.children->next = &arm;
	check_page("needles", &page, &where);
}

/* the value at a, one beneath it; what is known about one of two ways only is not looked for */
static void
page__values_are_looked_at(void **state)
{
	struct cond where = { .kind = COND_ALL, .children = &(struct cond){ .kind = COND_AT, .path = PATH(steps_a) } };
	struct cond lower = TEST(steps_a, OP_GTE, NUMBER("25"));
	struct cond upper = TEST(steps_c, OP_LT, NUMBER("-7.5"));
	struct cond any = { .kind = COND_ANY, .children = &(struct cond)TEST(steps_c, OP_EQ, NUMBER("7")) };
	struct cond unknown = TEST(steps_c, OP_EXISTS, NUMBER("1"));

	(void)state;
	lower.path = (struct path){ 0 };
	where.children->children = &lower;
	where.children->next = &upper;
	upper.next = &any;
	any.children->next = &unknown;
	check_page("values", &page, &where);
}

static void
page__negation_is_left(void **state)
{
	struct cond where = { .kind = COND_NOT, .children = &(struct cond)TEST(steps_b, OP_EQ, NUMBER("4")) };

	(void)state;
	check_page("negation", &page, &where);
}

/* Both tests have to hold for the same value, and that cannot be told from two paths. */
static void
page__scope_of_two_paths_is_wider(void **state)
{
	static const struct index_field fields[] = { { .path = PATH(steps_ab) } };
	static const struct index ix = { .id = 13, .name = "deep", .n_fields = 1, .fields = fields };
	struct cond second = TEST(steps_c, OP_EQ, TEXT("y"));
	struct cond first = TEST(steps_b, OP_EQ, TEXT("x"));
	struct cond both = { .kind = COND_ALL, .children = &first };
	struct cond where = { .kind = COND_AT, .path = PATH(steps_a), .children = &both };

	(void)state;
	first.next = &second;
	coll.indexes = &ix;
	check_page("scope", &page, &where);
	coll.indexes = &ix_two;
}

static void
page__order_by_index(void **state)
{
	struct order_term terms[] = { { .path = PATH(steps_a) }, { .path = PATH(steps_c) } };
	struct plan p = page;

	(void)state;
	p.sort = SORT_ORDER;
	p.order = (struct order){ .n_terms = 2, .terms = terms };
	check_page("order", &p, NULL);
	terms[0].descending = terms[1].descending = true;
	check_page("order_backwards", &p, NULL);
}

/* Where values may be long, rows tell it; the rest of a page that an index does not end is not sorted. */
static void
page__range_backwards(void **state)
{
	struct cond where = TEST(steps_a, OP_GTE, TEXT("m"));
	struct order_term term = { .path = PATH(steps_a), .descending = true };
	struct index kept = ix_two;
	struct plan p = { .limit = 25, .offset = 10, .want_content = true, .sort = SORT_ORDER,
		.order = { .n_terms = 1, .terms = &term } };

	(void)state;
	kept.kept_chars = 255;
	coll.indexes = &kept;
	check_page("range_backwards", &p, &where);
	p.offset = 100;
	check_page("range_far_back", &p, &where);
	coll.indexes = &ix_two;
}

/* The first index would do, and may hold long values; the second, which comes in that order, does not. */
static void
page__order_by_the_better_index(void **state)
{
	struct order_term term = { .path = PATH(steps_a) };
	struct index short_one = { .id = 13, .name = "short", .n_fields = 1, .kept_chars = 255,
		.fields = (const struct index_field[]){ { .path = PATH(steps_a), .max_chars = 30 } } };
	struct index two = ix_two;
	struct plan p = { .limit = 25, .want_content = true, .sort = SORT_ORDER, .order = { .n_terms = 1, .terms = &term } };

	(void)state;
	two.kept_chars = 127;
	two.next = &short_one;
	coll.indexes = &two;
	check_page("order_by_the_better_index", &p, NULL);
	coll.indexes = &ix_two;
}

static void
page__order_after_equality(void **state)
{
	struct cond where = TEST(steps_a, OP_EQ, TEXT("red"));
	struct order_term term = { .path = PATH(steps_c) };
	struct plan p = page;

	(void)state;
	p.sort = SORT_ORDER;
	p.order = (struct order){ .n_terms = 1, .terms = &term };
	check_page("order_after_equality", &p, &where);
}

static void
page__order_by_another_index(void **state)
{
	struct cond where = TEST(steps_a, OP_EQ, TEXT("red"));
	struct order_term term = { .path = PATH(steps_b), .type = TYPE_NUMBER, .descending = true };
	struct plan p = page;

	(void)state;
	p.sort = SORT_ORDER;
	p.order = (struct order){ .n_terms = 1, .terms = &term };
	check_page("order_by_other", &p, &where);
}

static bool
can_sort(const struct order *order, const struct index *ix)
{
	struct arena *mem = arena_open(0);
	struct plan p = { .coll = &coll, .sort = SORT_ORDER, .order = *order };
	struct choice ch;

	coll.indexes = ix;
	choose(&p, true, mem, &ch);
	coll.indexes = &ix_two;
	arena_close(&mem);
	return ch.is_sorted;
}

static void
order__discipline_of_the_index_counts(void **state)
{
	static const struct index_field fields[] = { { .path = PATH(steps_a), .max_chars = 10 } };
	struct order_term term = { .path = PATH(steps_a) };
	struct index ix = { .id = 1, .n_fields = 1, .fields = fields };
	struct order o = { .n_terms = 1, .terms = &term };

	(void)state;
	coll.meta = plain_meta;
	assert_true(can_sort(&o, &ix));
	o.lax = true;
	assert_true(can_sort(&o, &ix));
	ix.lax = true;
	assert_true(can_sort(&o, &ix));
	o.lax = false;
	assert_false(can_sort(&o, &ix));	/* would have to fail on arrays */
	ix.lax = false;
	o.scalar_required = true;
	assert_false(can_sort(&o, &ix));	/* would have to fail on missing values */
	ix.scalar_required = true;
	assert_true(can_sort(&o, &ix));
	term.max_chars = 10;
	assert_true(can_sort(&o, &ix));
	term.max_chars = 9;
	assert_false(can_sort(&o, &ix));
	term.max_chars = 0;
	term.type = TYPE_NUMBER;
	assert_false(can_sort(&o, &ix));
}

static void
page__nothing_can_match(void **state)
{
	struct cond none = { .kind = COND_TEST, .path = PATH(steps_a), .op = OP_IN };
	struct cond odd = { .kind = COND_KEYS, .n_values = 1, .values = OPERANDS({ .type = J_STRING, .text = { "\0", 1 } }) };
	struct plan p = { .coll = &coll, .where = &none, .match = match_all };
	struct arena *mem = arena_open(0);
	struct choice ch;
	struct query q;

	(void)state;
	coll.meta = plain_meta;
	choose(&p, true, mem, &ch);
	assert_false(gen_page(&dialect_sqlite, &p, &ch, COLUMNS_ROW, 10, 0, mem, &q));
	p.where = &odd;
	choose(&p, true, mem, &ch);
	assert_false(gen_page(&dialect_sqlite, &p, &ch, COLUMNS_ROW, 10, 0, mem, &q));
	arena_close(&mem);
}

static void
count__text(void **state)
{
	struct cond where = TEST(steps_a, OP_EQ, TEXT("red"));
	struct plan p = { .coll = &coll, .where = &where, .match = match_all, .has_since = true };
	struct arena *mem = arena_open(0);
	struct choice ch;
	struct query q;

	(void)state;
	coll.meta = plain_meta;
	choose(&p, false, mem, &ch);
	for (size_t i = 0; dialects[i] != NULL; i++) {
		assert_true(gen_count(dialects[i], &p, &ch, mem, &q));
		golden("count", dialects[i], print(&q, &ch, mem));
	}
	arena_close(&mem);
}

/* few: keys are sorted, whatever the engine thinks of it; many: they are gone through in their order */
static void
page__whoever_counted_decides(void **state)
{
	struct cond where = TEST(steps_a, OP_GTE, TEXT("m"));
	struct plan p = { .coll = &coll, .where = &where, .match = match_all };
	struct arena *mem = arena_open(0);
	struct choice ch;
	struct query q;

	(void)state;
	coll.meta = plain_meta;
	choose(&p, true, mem, &ch);
	assert_non_null(ch.lead);
	for (size_t i = 0; dialects[i] != NULL; i++) {
		q = gen_lead_sample(dialects[i], &p, &ch, 500, mem);
		golden("crowd_sample", dialects[i], print(&q, NULL, mem));
		for (ch.crowd = CROWD_FEW; ch.crowd <= CROWD_MANY; ch.crowd++) {
			assert_true(gen_page(dialects[i], &p, &ch, COLUMNS_CONTENT, 10, 0, mem, &q));
			golden(ch.crowd == CROWD_FEW ? "crowd_few" : "crowd_many", dialects[i], print(&q, &ch, mem));
		}
	}
	arena_close(&mem);
}

static void
write__text(void **state)
{
	struct arena *mem = arena_open(0);
	struct doc docs[] = { doc_of("k1", "{\"a\":1}"), doc_of("k2", "\"\\n\"") };
	struct row rows[] = { { .held = SPAN("k1"), .doc = &docs[0] }, { .held = SPAN("k2"), .doc = &docs[1] } };
	struct span values[2][2] = { { SPAN("=red"), { NULL, 0 } }, { { NULL, 0 }, { NULL, 0 } } };
	struct index_entry entries[] = { { .index = &ix_two, .values = values[0] }, { .index = &ix_two, .values = values[1] } };
	struct query q;

	(void)state;
	coll.meta = plain_meta;
	for (size_t i = 0; dialects[i] != NULL; i++) {
		const struct dialect *d = dialects[i];

		q = gen_insert(d, &coll, rows, 2, NULL, mem);
		golden("insert", d, print(&q, NULL, mem));
		if (gen_unfold_rows(d, rows, 2) == 2) {
			q = gen_insert_unfolded(d, &coll, rows, 2, mem);
			golden("insert_unfolded", d, arena_z(mem, q.text));
		}
		docs[0].rev = 3;
		q = gen_replace(d, &coll, rows, NULL, mem);
		golden("replace", d, print(&q, NULL, mem));
		q = gen_entry_insert(d, rows, entries, 1, 2, mem);
		golden("entry_insert", d, print(&q, NULL, mem));
		q = gen_entry_replace(d, SPAN("k1"), &entries[0], mem);
		golden("entry_replace", d, print(&q, NULL, mem));
	}
	arena_close(&mem);
}

/* A statement that the driver of SQLite is made to keep has no more markers than are kept; elsewhere a journey counts more. */
static void
write__rows_of_one_statement(void **state)
{
	struct index wide = ix_two;

	(void)state;
	assert_int_equal(gen_insert_rows(&dialect_mariadb, NULL, 1000), INSERT_MOST_ROWS);
	assert_int_equal(gen_insert_rows(&dialect_sqlite, &ix_two, 1000), INSERT_MOST_ROWS);
	for (size_t n_left = 1; n_left < 50; n_left++) {
		size_t n = gen_insert_rows(&dialect_sqlite, NULL, n_left);

		assert_true(n >= 1 && n <= n_left && n * DOCUMENT_N_COLUMNS <= MARKERS_KEPT);
	}
	wide.n_fields = 300;
	assert_int_equal(gen_insert_rows(&dialect_sqlite, &wide, 1000), 1);
}

static void
write__alone_compares_the_counter(void **state)
{
	static const struct span values[2][2] = { { { "=red", 4 }, { NULL, 0 } }, { { NULL, 0 }, { NULL, 0 } } };
	struct arena *mem = arena_open(0);
	struct doc doc = doc_of("k1", "{\"a\":1}");
	struct row row = { .held = SPAN("k1"), .doc = &doc };
	struct index second = ix_two, first = ix_two;
	struct index_entry entries[] = { { .index = &first, .values = values[0] }, { .index = &second, .values = values[1] } };
	struct coll both = coll;
	int64_t counter = 7;
	struct query q;

	(void)state;
	coll.meta = both.meta = plain_meta;
	second.id = 12;
	second.next = NULL;
	second.unique = true;
	first.next = &second;
	both.indexes = &first;
	for (size_t i = 0; dialects[i] != NULL; i++) {
		const struct dialect *d = dialects[i];

		doc.rev = 3;
		q = gen_insert(d, &coll, &row, 1, &counter, mem);
		golden("insert_alone", d, print(&q, NULL, mem));
		q = gen_replace(d, &coll, &row, &counter, mem);
		golden("replace_alone", d, print(&q, NULL, mem));
		row.overwrites = true;
		q = gen_replace(d, &coll, &row, &counter, mem);
		golden("overwrite", d, print(&q, NULL, mem));
		row.overwrites = false;
		q = gen_remove(d, &coll, SPAN("k1"), 3, &counter, mem);
		golden("remove_alone", d, print(&q, NULL, mem));
		if (d->whole == WHOLE_NONE)
			continue;
		q = gen_insert_whole(d, &both, &row, entries, 2, &counter, mem);
		golden("insert_whole", d, print(&q, NULL, mem));
		q = gen_replace_whole(d, &both, &row, entries, 2, &counter, mem);
		golden("replace_whole", d, print(&q, NULL, mem));
		row.overwrites = true;
		q = gen_replace_whole(d, &both, &row, entries, 2, &counter, mem);
		golden("overwrite_whole", d, print(&q, NULL, mem));
		row.overwrites = false;
		q = gen_remove_whole(d, &both, SPAN("k1"), 3, &counter, mem);
		golden("remove_whole", d, print(&q, NULL, mem));
	}
	arena_close(&mem);
}

static void
golden_ddl(const char *name, const struct dialect *d, const struct ddl *list, size_t n, struct arena *mem)
{
	struct buf b;

	buf_init(&b, mem);
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < list[i].n; k++)
			buf_printf(&b, "%s\n", list[i].text[k]);
	golden(name, d, buf_z(&b));
}

static void
ddl__text(void **state)
{
	struct arena *mem = arena_open(0);
	struct index ix = ix_two;
	struct meta m = plain_meta;
	struct ddl list[3];

	(void)state;
	m.modified_index = "ANY";
	ix.unique = true;
	for (size_t n = 0; dialects[n] != NULL; n++) {
		list[0] = gen_coll_create(dialects[n], &(struct coll){ .id = 7, .meta = m }, mem);
		list[1] = gen_index_create(dialects[n], &ix, mem);
		list[2] = gen_index_finish(dialects[n], 7, &ix, mem);
		golden_ddl("ddl", dialects[n], list, 3, mem);
	}
	arena_close(&mem);
}

static void
search_text(const struct dialect *d, struct plan *p, const struct index *ix, struct arena *mem)
{
	struct row rows[] = { { .held = SPAN("k1") }, { .held = SPAN("k\"2") } };
	struct index_entry entries[] = { { .index = ix, .words = SPAN("red wine ") }, { .index = ix, .words = SPAN("") } };
	struct fact fact = { .parent = 3, .name = SPAN("color"), .types = FACT_STRING, .length = { 0, 0, 4 } };
	const struct coll *with = p->coll;
	struct words_at at = { 0 };
	struct ddl ddl[3];
	struct choice ch;
	struct query q;

	choose(p, false, mem, &ch);
	assert_true(ch.has_residue && ch.searched == ix);
	assert_true(gen_scan(d, p, &ch, 17, 64, mem, &q));
	golden("words_scan", d, print(&q, &ch, mem));
	ch.by_candidates = ch.keys_only = ch.is_sorted = true;
	assert_true(gen_page(d, p, &ch, d->is_remote ? COLUMNS_CONTENT : COLUMNS_KEY, 64, 0, mem, &q));
	golden("words_page", d, print(&q, &ch, mem));
	q = gen_candidates_count(d, with, &ch, 2000, mem);
	golden("words_count", d, print(&q, NULL, mem));
	q = gen_words_insert(d, with, rows, entries, 1, 2, &at, mem);
	golden("words_insert", d, print(&q, NULL, mem));
	assert_int_equal(at.row, 2);
	assert_int_equal(at.n_changed, 2);
	q = d->words == WORDS_ROWS ? gen_words_clear(d, with, ix, SPAN("k1"), mem)
	    : gen_words_replace(d, with, SPAN("k1"), entries, mem);
	golden("words_replace", d, print(&q, NULL, mem));
	q = gen_words_remove(d, ix, 17, mem);
	golden("words_remove", d, print(&q, NULL, mem));
	q = gen_guide_read(d, ix, 5, 1000, mem);
	golden("guide_read", d, print(&q, NULL, mem));
	q = gen_guide_insert(d, ix, 7, &fact, mem);
	golden("guide_insert", d, print(&q, NULL, mem));
	q = gen_guide_grow(d, ix, 7, &fact, mem);
	golden("guide_grow", d, print(&q, NULL, mem));
	ddl[0] = gen_index_create(d, ix, mem);
	ddl[1] = gen_words_renew(d, ix, mem);
	ddl[2] = gen_index_drop(d, ix, mem);
	golden_ddl("search_ddl", d, ddl, 3, mem);
}

static void
search__text(void **state)
{
	static const struct index ix = { .id = 14, .name = "s", .kind = INDEX_SEARCH, .has_text = true, .has_words = true, .has_guide = true };
	struct cond one = { .kind = COND_CONTAINS, .n_values = 2, .values = OPERANDS(TEXT("red"), TEXT("\xc3\xa9")) };
	struct cond two = { .kind = COND_CONTAINS, .n_values = 1, .values = OPERANDS(TEXT("wine")) };
	struct cond both = { .kind = COND_ALL, .children = &one };
	struct coll with = coll;
	struct plan p = { .coll = &with, .where = &both, .match = match_all };
	struct arena *mem = arena_open(0);
	struct choice ch;

	(void)state;
	one.next = &two;
	with.meta = plain_meta;
	with.indexes = &ix;
	for (size_t n = 0; dialects[n] != NULL; n++)
		search_text(dialects[n], &p, &ix, mem);
	/* without words of the engine the matcher looks at all */
	with.indexes = &(struct index){ .id = 15, .name = "t", .kind = INDEX_SEARCH, .has_text = true };
	choose(&p, false, mem, &ch);
	assert_true(ch.has_residue && ch.searched == NULL);
	arena_close(&mem);
}

/* a filter asked of parsed documents, and what keeps them */
static void
parsed_text(const char *name, struct coll *with, struct cond *equal, struct cond *range, struct arena *mem)
{
	const struct dialect *d = &dialect_postgresql;
	struct doc doc = doc_of("k1", "{\"a\":\"7\"}");
	struct row row = { .held = SPAN("k1"), .doc = &doc };
	struct index_entry entry = { .index = with->indexes, .words = SPAN("7 "), .parsed = SPAN("{\"a\":7}") };
	struct plan p = { .coll = with, .where = equal, .match = match_all, .sort = SORT_KEY };
	struct query q[9];
	struct words_at at = { 0 };
	struct choice ch;
	struct buf b;
	size_t n = 0;

	choose(&p, true, mem, &ch);
	assert_true(ch.has_residue && ch.path.text.n > 0 && ch.path.is_indexed == (with->indexes != NULL) && !ch.looks_at_text);
	assert_true(gen_scan(d, &p, &ch, 17, 64, mem, &q[n++]));
	if (ch.path.is_indexed) {
		q[n++] = gen_candidates_count(d, with, &ch, 2000, mem);
		ch.by_candidates = ch.keys_only = true;
	}
	assert_true(gen_page(d, &p, &ch, COLUMNS_CONTENT, 64, 0, mem, &q[n++]));
	p.where = range;
	choose(&p, true, mem, &ch);
	assert_true(ch.path.text.n > 0 && !ch.path.is_indexed);
	ch.in_one_pass = true;
	assert_true(gen_scan(d, &p, &ch, 0, 64, mem, &q[n++]));
	ch.in_one_pass = false;
	assert_true(gen_scan(d, &p, &ch, 17, 64, mem, &q[n++]));
	assert_true(gen_page(d, &p, &ch, COLUMNS_CONTENT, 64, 0, mem, &q[n++]));
	if (with->has_parsed) {
		q[n++] = gen_insert(d, with, &row, 1, NULL, mem);
		q[n++] = gen_replace(d, with, &row, NULL, mem);
	} else {
		q[n++] = gen_words_insert(d, with, &row, &entry, 1, 1, &at, mem);
		entry.parsed = (struct span){ NULL, 0 };
		q[n++] = gen_words_replace(d, with, SPAN("k1"), &entry, mem);
	}
	buf_init(&b, mem);
	for (size_t i = 0; i < n; i++)
		buf_addz(&b, print(&q[i], NULL, mem));
	golden(name, d, buf_z(&b));
}

static void
parsed_ddl(const struct coll *with, struct arena *mem)
{
	struct ddl ddl[4];

	ddl[0] = with->has_parsed ? gen_coll_create(&dialect_postgresql, with, mem)
	    : gen_index_create(&dialect_postgresql, with->indexes, mem);
	ddl[1] = gen_index_finish(&dialect_postgresql, 7, with->indexes, mem);
	ddl[2] = gen_index_drop(&dialect_postgresql, with->indexes, mem);
	if (with->has_parsed)
		ddl[3] = gen_parsed_column(&dialect_postgresql, 7, mem);
	golden_ddl(with->has_parsed ? "parsed_ddl_json" : "parsed_ddl", &dialect_postgresql, ddl, with->has_parsed ? 4 : 3, mem);
}

static void
parsed__text(void **state)
{
	static const struct index own = { .id = 14, .name = "s", .kind = INDEX_SEARCH, .has_text = true, .has_words = true, .has_parsed = true };
	static const struct index of_coll = { .id = 14, .name = "s", .kind = INDEX_SEARCH, .has_text = true, .has_words = true,
		.indexes_parsed = true };
	struct cond equal = TEST(steps_ab, OP_EQ, TEXT("red")), range = TEST(steps_b, OP_GT, NUMBER("3"));
	struct coll with = { .id = 7, .schema_id = 1, .meta = plain_meta, .indexes = &own };
	struct arena *mem = arena_open(0);

	(void)state;
	prepare(&range);
	parsed_text("parsed_of_index", &with, &equal, &range, mem);
	parsed_ddl(&with, mem);
	with.indexes = &of_coll;
	with.has_parsed = with.asks_parsed = true;
	parsed_text("parsed_indexed", &with, &equal, &range, mem);
	parsed_ddl(&with, mem);
	with.indexes = NULL;
	parsed_text("parsed", &with, &equal, &range, mem);
	arena_close(&mem);
}

/* The words of one document may be more than one statement takes; each goes once. */
static void
search__words_in_several_statements(void **state)
{
	enum { MANY = 30000 };
	static const struct index ix = { .id = 14, .name = "s", .kind = INDEX_SEARCH, .has_words = true };
	struct row rows[] = { { .held = SPAN("k1") }, { .held = SPAN("k2") } };
	struct index_entry entries[2] = { { .index = &ix }, { .index = &ix, .words = SPAN("last ") } };
	struct arena *mem = arena_open(0);
	struct words_at at = { 0 };
	size_t n_statements = 0, n_words = 0;
	struct buf b;

	(void)state;
	coll.meta = plain_meta;
	buf_init(&b, mem);
	for (int i = 0; i < MANY; i++)
		buf_printf(&b, "w%d ", i);
	entries[0].words = buf_text(&b);
	while (at.row < 2) {
		struct query q = gen_words_insert(&dialect_mariadb, &coll, rows, entries, 1, 2, &at, mem);

		assert_int_equal(q.n_binds, 1);
		assert_true(q.binds[0].text.n < 300 * 1024);
		n_words += (size_t)at.n_changed;
		n_statements++;
	}
	assert_int_equal(n_words, MANY + 1);
	assert_true(n_statements > 2);
	arena_close(&mem);
}

/* nothing of a value, a path or a name of the client stands in the text of a statement */
static void
page__values_are_never_in_the_text(void **state)
{
	struct cond where = { .kind = COND_ALL, .children = &(struct cond)TEST(steps_a, OP_EQ, TEXT("x'; DROP TABLE y--")) };
	struct cond needle = TEST(steps_ab, OP_HAS_SUBSTRING, TEXT("x') OR 1=1 --"));
	struct plan p = { .coll = &coll, .where = &where, .match = match_all, .has_after = true, .after = SPAN("k' OR ''='") };
	struct arena *mem = arena_open(0);
	struct choice ch;
	struct query q;

	(void)state;
	where.children->next = &needle;
	coll.meta = plain_meta;
	choose(&p, true, mem, &ch);
	assert_true(gen_page(&dialect_sqlite, &p, &ch, COLUMNS_CONTENT, 10, 0, mem, &q));
	assert_null(strstr(arena_z(mem, q.text), "x'"));
	assert_null(strstr(arena_z(mem, q.text), "k'"));
	assert_null(strstr(arena_z(mem, q.text), "--"));
	assert_int_equal(q.n_binds, 4);
	arena_close(&mem);
}

/* ---- what the engine makes of it ---- */

static void
engine__uses_the_indexes(void **state)		/* IX-01 */
{
	static const struct order_term by_c = { .path = PATH(steps_c) }, by_b_back = { .path = PATH(steps_b),
		.type = TYPE_NUMBER, .descending = true };
	struct cond eq_a = TEST(steps_a, OP_EQ, TEXT("red")), eq_b = TEST(steps_b, OP_EQ, NUMBER("3"));
	struct cond range_b = TEST(steps_b, OP_GT, NUMBER("3")), prefix_a = TEST(steps_a, OP_STARTS_WITH, TEXT("re"));
	struct cond list_b = TEST(steps_b, OP_IN, NUMBER("3"), NUMBER("5"), NUMBER("7"));
	struct cond keys = { .kind = COND_KEYS, .n_values = 3, .values = OPERANDS(TEXT("k1"), TEXT("k2"), TEXT("k3")) };
	struct {
		const char *name;
		struct plan plan;
		bool sorts_keys;	/* keys of all; contents of the page at most */
	} cases[] = {
		{ "all", { .sort = SORT_KEY }, false },
		{ "descending", { .sort = SORT_KEY_DESCENDING }, false },
		{ "after", { .has_after = true, .after = SPAN("k") }, false },
		{ "keys", { .where = &keys }, false },
		{ "equality", { .where = &eq_b }, false },
		{ "equality, descending", { .where = &eq_b, .sort = SORT_KEY_DESCENDING }, false },
		{ "equality, after", { .where = &eq_b, .has_after = true, .after = SPAN("k") }, false },
		{ "equality of the first field", { .where = &eq_a }, true },
		{ "range", { .where = &range_b }, true },
		{ "prefix", { .where = &prefix_a }, true },
		{ "list", { .where = &list_b }, true },
		{ "order", { .sort = SORT_ORDER, .order = { 1, &(struct order_term){ .path = PATH(steps_b), .type = TYPE_NUMBER },
		    false, false } }, false },
		{ "order backwards", { .sort = SORT_ORDER, .order = { 1, &by_b_back, false, false } }, true },
		{ "equality and order", { .where = &eq_a, .sort = SORT_ORDER, .order = { 1, &by_c, false, false } }, false },
		{ "range and order", { .where = &range_b, .sort = SORT_ORDER, .order = { 1,
		    &(struct order_term){ .path = PATH(steps_b), .type = TYPE_NUMBER }, false, false } }, false },
	};
	struct index two = { .name = "two", .n_fields = 2, .fields = ix_two.fields };
	struct index num = { .name = "num", .n_fields = 1, .fields = ix_num.fields };
	struct storedb s = { 0 };

	(void)state;
	prepare(&eq_b);
	prepare(&range_b);
	prepare(&list_b);
	storedb_open(&s);
	storedb_collection(&s, &plain_meta, PLAIN_JSON);
	MUST(&s.t, storedb_index(&s, &two) && storedb_index(&s, &num));
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct plan *p = &cases[i].plan;
		struct span sql, text;
		const char *how, *inner;
		bool has_residue;

		p->coll = s.coll;
		p->match = match_all;
		p->limit = 100;
		p->want_content = true;
		MUST(&s.t, store_explain(s.t.db, p, s.t.mem, &sql, &text, &has_residue, &s.t.e));
		how = arena_z(s.t.mem, text);
		assert_false(has_residue);
		if (strstr(how, "SCAN") != NULL && strstr(how, "INDEX") == NULL)
			fail_msg("%s: %.*s\n%s", cases[i].name, SPAN_ARG(sql), how);
		if (p->where != NULL && strstr(how, "SEARCH") == NULL)
			fail_msg("%s: %.*s\n%s", cases[i].name, SPAN_ARG(sql), how);
		if ((strstr(how, "TEMP B-TREE") != NULL) != cases[i].sorts_keys)
			fail_msg("%s: %.*s\n%s", cases[i].name, SPAN_ARG(sql), how);
		inner = strstr(arena_z(s.t.mem, sql), " FROM (SELECT ");
		if (cases[i].sorts_keys && (inner == NULL || strstr(inner, "content") != NULL))
			fail_msg("%s: contents are sorted: %.*s", cases[i].name, SPAN_ARG(sql));
	}
	storedb_close(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(page__everything),
		cmocka_unit_test(page__key_bounds),
		cmocka_unit_test(page__time_window),
		cmocka_unit_test(page__keys_are_listed_in_powers_of_two),
		cmocka_unit_test(page__equality_and_range_of_one_index),
		cmocka_unit_test(page__all_fields_equal_come_by_key),
		cmocka_unit_test(page__between_becomes_one_range),
		cmocka_unit_test(page__second_index_is_asked_by_key),
		cmocka_unit_test(page__string_true_is_wider),
		cmocka_unit_test(page__number_on_text_index_is_left),
		cmocka_unit_test(page__needles_of_what_is_left),
		cmocka_unit_test(page__values_are_looked_at),
		cmocka_unit_test(page__negation_is_left),
		cmocka_unit_test(page__scope_of_two_paths_is_wider),
		cmocka_unit_test(page__order_by_index),
		cmocka_unit_test(page__range_backwards),
		cmocka_unit_test(page__order_by_the_better_index),
		cmocka_unit_test(page__order_after_equality),
		cmocka_unit_test(page__order_by_another_index),
		cmocka_unit_test(order__discipline_of_the_index_counts),
		cmocka_unit_test(page__nothing_can_match),
		cmocka_unit_test(count__text),
		cmocka_unit_test(page__whoever_counted_decides),
		cmocka_unit_test(write__text),
		cmocka_unit_test(write__rows_of_one_statement),
		cmocka_unit_test(write__alone_compares_the_counter),
		cmocka_unit_test(ddl__text),
		cmocka_unit_test(search__text),
		cmocka_unit_test(parsed__text),
		cmocka_unit_test(search__words_in_several_statements),
		cmocka_unit_test(page__values_are_never_in_the_text),
		cmocka_unit_test(engine__uses_the_indexes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
