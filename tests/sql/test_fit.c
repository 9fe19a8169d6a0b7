/* tests/sql/test_fit.c - what an index and the bare text can say about a condition */
#include "tests/lib/unit.h"

#include "base/scan.h"
#include "sql/fit.h"
#include "sql/ixtext.h"

static struct arena *mem;

static struct operand
operand(const char *text, bool is_string)
{
	struct operand o = { .type = is_string ? J_STRING : J_NUMBER, .text = span_of(text) };

	if (!is_string && strcmp(text, "true") == 0)
		o.type = J_TRUE;
	else if (!is_string && strcmp(text, "null") == 0)
		o.type = J_NULL;
	else if (!is_string)
		assert_true(dec_parse(o.text, &o.number));
	else
		o.text_is_number = dec_parse_text(o.text, &o.number);
	iso_parse(o.text, &o.time);
	return o;
}
#define STRING(z) operand((z), true)
#define OTHER(z) operand((z), false)

static enum fit
fit(enum datatype type, enum method method, enum cmp_op op, struct operand o, struct reach *r)
{
	struct index_field field = { .type = type };
	struct index ix = { .n_fields = 1, .fields = &field };
	struct cond c = { .kind = COND_TEST, .op = op, .method = method, .n_values = 1, .values = &o };

	return fit_index(&ix, 0, &c, mem, r);
}

static enum fit
only_fit(enum datatype type, enum method method, enum cmp_op op, struct operand o)
{
	struct reach r;

	return fit(type, method, op, o, &r);
}

static void
text_index__what_shares_a_text(void **state)
{
	const enum datatype t = TYPE_VARCHAR2;

	(void)state;
	assert_int_equal(only_fit(t, METHOD_NONE, OP_EQ, STRING("red")), FIT_EXACT);
	assert_int_equal(only_fit(t, METHOD_NONE, OP_EQ, STRING("41")), FIT_EXACT);	/* the number 41 as well */
	assert_int_equal(only_fit(t, METHOD_NONE, OP_EQ, STRING("true")), FIT_WIDER);
	assert_int_equal(only_fit(t, METHOD_NONE, OP_EQ, STRING("false")), FIT_WIDER);
	assert_int_equal(only_fit(t, METHOD_NONE, OP_EQ, OTHER("41")), FIT_NONE);	/* "41.0" and "4.1e1" are elsewhere */
	assert_int_equal(only_fit(t, METHOD_NONE, OP_EQ, OTHER("true")), FIT_WIDER);
	assert_int_equal(only_fit(t, METHOD_NONE, OP_EQ, OTHER("null")), FIT_WIDER);	/* missing values as well */
	assert_int_equal(only_fit(t, METHOD_STRING, OP_EQ, STRING("true")), FIT_EXACT);
	assert_int_equal(only_fit(t, METHOD_STRING_ONLY, OP_EQ, STRING("red")), FIT_EXACT);
	assert_int_equal(only_fit(t, METHOD_STRING_ONLY, OP_EQ, STRING("41")), FIT_WIDER);
	assert_int_equal(only_fit(t, METHOD_STRING_ONLY, OP_EQ, STRING("true")), FIT_WIDER);
	assert_int_equal(only_fit(t, METHOD_BOOLEAN_ONLY, OP_EQ, OTHER("true")), FIT_WIDER);
	assert_int_equal(only_fit(t, METHOD_BOOLEAN, OP_EQ, OTHER("true")), FIT_NONE);
	assert_int_equal(only_fit(t, METHOD_UPPER, OP_EQ, STRING("RED")), FIT_NONE);
	assert_int_equal(only_fit(t, METHOD_NUMBER, OP_EQ, OTHER("41")), FIT_NONE);
}

static void
text_index__ranges(void **state)
{
	struct reach r;

	(void)state;
	assert_int_equal(fit(TYPE_VARCHAR2, METHOD_NONE, OP_LT, STRING("b"), &r), FIT_EXACT);
	assert_span(r.range.lo, "=");		/* all values lie above it */
	assert_span(r.range.hi, "=b");
	assert_true(r.range.hi_open);
	assert_int_equal(fit(TYPE_VARCHAR2, METHOD_NONE, OP_GTE, STRING("u"), &r), FIT_EXACT);	/* beyond true */
	assert_span(r.range.lo, "=u");
	assert_false(r.range.lo_open);
	assert_span(r.range.hi, "~");
	assert_true(r.range.hi_open);
	assert_int_equal(fit(TYPE_VARCHAR2, METHOD_NONE, OP_GT, STRING("true"), &r), FIT_EXACT);
	assert_true(r.range.lo_open);
	assert_int_equal(only_fit(TYPE_VARCHAR2, METHOD_NONE, OP_GTE, STRING("true")), FIT_WIDER);
	assert_int_equal(only_fit(TYPE_VARCHAR2, METHOD_NONE, OP_LTE, STRING("g")), FIT_WIDER);	/* false */
	assert_int_equal(only_fit(TYPE_VARCHAR2, METHOD_STRING, OP_LTE, STRING("g")), FIT_EXACT);
	assert_int_equal(only_fit(TYPE_VARCHAR2, METHOD_STRING_ONLY, OP_LT, STRING("b")), FIT_WIDER);
	assert_int_equal(only_fit(TYPE_VARCHAR2, METHOD_NONE, OP_GT, OTHER("4")), FIT_NONE);
}

static void
text_index__prefixes(void **state)
{
	struct reach r;

	(void)state;
	assert_int_equal(fit(TYPE_VARCHAR2, METHOD_NONE, OP_STARTS_WITH, STRING("ab"), &r), FIT_EXACT);
	assert_span(r.range.lo, "=ab");
	assert_span(r.range.hi, "=ac");
	assert_int_equal(fit(TYPE_VARCHAR2, METHOD_NONE, OP_STARTS_WITH, STRING("a\xc3\xbf"), &r), FIT_EXACT);
	assert_span(r.range.hi, "=a\xc4\x80");		/* U+00FF is followed by U+0100 */
	assert_int_equal(fit(TYPE_VARCHAR2, METHOD_NONE, OP_STARTS_WITH, STRING("a\xef\xbf\xbf"), &r), FIT_EXACT);
	assert_span(r.range.hi, "=a\xf0\x90\x80\x80");
	assert_int_equal(fit(TYPE_VARCHAR2, METHOD_NONE, OP_STARTS_WITH, STRING("a\xf4\x8f\xbf\xbf"), &r), FIT_EXACT);
	assert_span(r.range.hi, "=b");			/* nothing follows U+10FFFF */
	assert_int_equal(fit(TYPE_VARCHAR2, METHOD_NONE, OP_STARTS_WITH, STRING("\xf4\x8f\xbf\xbf"), &r), FIT_EXACT);
	assert_span(r.range.hi, "~");
	assert_int_equal(only_fit(TYPE_VARCHAR2, METHOD_NONE, OP_STARTS_WITH, STRING("4")), FIT_WIDER);
	assert_int_equal(only_fit(TYPE_VARCHAR2, METHOD_NONE, OP_STARTS_WITH, STRING("-x")), FIT_WIDER);
	assert_int_equal(only_fit(TYPE_VARCHAR2, METHOD_NONE, OP_STARTS_WITH, STRING("tr")), FIT_WIDER);
	assert_int_equal(only_fit(TYPE_VARCHAR2, METHOD_NONE, OP_STARTS_WITH, STRING("trx")), FIT_EXACT);
	assert_int_equal(only_fit(TYPE_VARCHAR2, METHOD_STRING, OP_STARTS_WITH, STRING("4")), FIT_EXACT);
	assert_int_equal(only_fit(TYPE_VARCHAR2, METHOD_NONE, OP_STARTS_WITH, STRING("")), FIT_NONE);
	assert_int_equal(fit(TYPE_VARCHAR2, METHOD_NONE, OP_LIKE, STRING("ab%c"), &r), FIT_WIDER);
	assert_span(r.range.lo, "=ab");
	assert_int_equal(only_fit(TYPE_VARCHAR2, METHOD_NONE, OP_LIKE, STRING("%c")), FIT_NONE);
	assert_int_equal(only_fit(TYPE_NUMBER, METHOD_NONE, OP_STARTS_WITH, STRING("4")), FIT_NONE);
}

static void
number_index(void **state)
{
	struct reach r, s;

	(void)state;
	assert_int_equal(fit(TYPE_NUMBER, METHOD_NONE, OP_EQ, OTHER("41"), &r), FIT_EXACT);
	assert_int_equal(fit(TYPE_NUMBER, METHOD_NONE, OP_EQ, OTHER("4.10e1"), &s), FIT_EXACT);
	assert_true(span_eq(r.points[0], s.points[0]));
	assert_int_equal(only_fit(TYPE_NUMBER, METHOD_NUMBER, OP_EQ, OTHER("41")), FIT_EXACT);
	assert_int_equal(only_fit(TYPE_NUMBER, METHOD_NUMBER_ONLY, OP_EQ, OTHER("41")), FIT_WIDER);
	assert_int_equal(only_fit(TYPE_NUMBER, METHOD_DOUBLE, OP_EQ, OTHER("0.1")), FIT_NONE);
	assert_int_equal(only_fit(TYPE_NUMBER, METHOD_CEILING, OP_EQ, OTHER("1")), FIT_NONE);
	assert_int_equal(only_fit(TYPE_NUMBER, METHOD_NONE, OP_EQ, STRING("41")), FIT_WIDER);	/* not "41.0" */
	assert_int_equal(only_fit(TYPE_NUMBER, METHOD_NONE, OP_EQ, STRING("x")), FIT_NONE);
	assert_int_equal(only_fit(TYPE_NUMBER, METHOD_NONE, OP_GT, OTHER("41")), FIT_EXACT);
	assert_int_equal(only_fit(TYPE_NUMBER, METHOD_NUMBER_ONLY, OP_GT, OTHER("41")), FIT_WIDER);
	assert_int_equal(only_fit(TYPE_NUMBER, METHOD_NONE, OP_GT, STRING("41")), FIT_NONE);	/* in the order of texts */
	assert_int_equal(only_fit(TYPE_NUMBER, METHOD_NONE, OP_EQ, OTHER("true")), FIT_NONE);
}

static void
time_index(void **state)
{
	(void)state;
	assert_int_equal(only_fit(TYPE_DATE, METHOD_DATE, OP_LTE, STRING("2020-01-02")), FIT_EXACT);
	assert_int_equal(only_fit(TYPE_DATE, METHOD_TIMESTAMP, OP_LTE, STRING("2020-01-02")), FIT_NONE);
	assert_int_equal(only_fit(TYPE_TIMESTAMP, METHOD_TIMESTAMP, OP_EQ, STRING("2020-01-02T00:00:00Z")), FIT_EXACT);
	assert_int_equal(only_fit(TYPE_TIMESTAMP, METHOD_DATE, OP_EQ, STRING("2020-01-02")), FIT_NONE);
	assert_int_equal(only_fit(TYPE_DATE, METHOD_NONE, OP_EQ, STRING("2020-01-02")), FIT_WIDER);
	assert_int_equal(only_fit(TYPE_DATE, METHOD_NONE, OP_EQ, STRING("soon")), FIT_NONE);
	assert_int_equal(only_fit(TYPE_DATE, METHOD_NONE, OP_GT, STRING("2020-01-02")), FIT_NONE);
	assert_int_equal(only_fit(TYPE_DATE, METHOD_NONE, OP_EQ, OTHER("null")), FIT_WIDER);
}

static void
list__is_as_good_as_its_worst_value(void **state)
{
	struct operand values[] = { STRING("a"), STRING("true"), OTHER("7") };
	struct index_field field = { .type = TYPE_VARCHAR2 };
	struct index ix = { .n_fields = 1, .fields = &field };
	struct cond c = { .kind = COND_TEST, .op = OP_IN, .values = values };
	struct reach r;

	(void)state;
	c.n_values = 1;
	assert_int_equal(fit_index(&ix, 0, &c, mem, &r), FIT_EXACT);
	c.n_values = 2;
	assert_int_equal(fit_index(&ix, 0, &c, mem, &r), FIT_WIDER);
	assert_int_equal(r.n_points, 2);
	c.n_values = 3;
	assert_int_equal(fit_index(&ix, 0, &c, mem, &r), FIT_NONE);
	c.n_values = 0;
	assert_int_equal(fit_index(&ix, 0, &c, mem, &r), FIT_NONE);
}

static void
index__only_what_promises_one_scalar(void **state)
{
	struct operand v = STRING("a"), null = OTHER("null");
	struct index_field field = { .type = TYPE_VARCHAR2 };
	struct index ix = { .n_fields = 1, .fields = &field };
	struct cond c = { .kind = COND_TEST, .op = OP_EQ, .n_values = 1, .values = &v };
	struct reach r;

	(void)state;
	ix.lax = true;
	assert_int_equal(fit_index(&ix, 0, &c, mem, &r), FIT_NONE);
	ix.lax = false;
	ix.multivalue = true;
	assert_int_equal(fit_index(&ix, 0, &c, mem, &r), FIT_NONE);
	ix.multivalue = false;
	ix.kind = INDEX_SEARCH;
	assert_int_equal(fit_index(&ix, 0, &c, mem, &r), FIT_NONE);
	ix.kind = INDEX_BTREE;
	c.op = OP_EXISTS;
	assert_int_equal(fit_index(&ix, 0, &c, mem, &r), FIT_NONE);
	c.op = OP_EQ;
	c.values = &null;
	ix.scalar_required = true;		/* then nothing is missing */
	assert_int_equal(fit_index(&ix, 0, &c, mem, &r), FIT_EXACT);
}

static bool
reaches(const struct reach *r, struct span text)
{
	const struct range *g = &r->range;
	int lo = g->lo.p == NULL ? 1 : span_cmp(text, g->lo), hi = g->hi.p == NULL ? -1 : span_cmp(text, g->hi);

	for (size_t i = 0; i < r->n_points; i++)
		if (span_eq(r->points[i], text))
			return true;
	return r->n_points == 0 && (lo > 0 || (lo == 0 && !g->lo_open)) && (hi < 0 || (hi == 0 && !g->hi_open));
}

/* texts of few letters and any length, so that they begin alike */
static struct span
some_text(unsigned *dice)
{
	static const char *const letters[] = { "a", "b", "\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x98\x80" };
	struct buf b;

	buf_init(&b, mem);
	for (unsigned i = 0, n = *dice >> 16 & 15; i < n; i++) {
		*dice = *dice * 1103515245u + 12345u;
		buf_addz(&b, i < 3 ? "a" : letters[(*dice >> 16) % 5]);
	}
	*dice = *dice * 1103515245u + 12345u;
	return buf_text(&b);
}

/* What is kept of a value is reached when the value satisfies the test; when the answer is exact, only then. */
static void
index__keeps_the_first_characters(void **state)
{
	const enum cmp_op ops[] = { OP_EQ, OP_GT, OP_GTE, OP_LT, OP_LTE, OP_STARTS_WITH };
	struct index_field field = { .type = TYPE_VARCHAR2 };
	struct index ix = { .n_fields = 1, .fields = &field, .kept_chars = 8 };
	size_t n_exact = 0, n_wider = 0;
	unsigned dice = 20261121;

	(void)state;
	for (int i = 0; i < 60000; i++) {
		struct span value = some_text(&dice), wanted = some_text(&dice), kept;
		struct operand o = { .type = J_STRING, .text = wanted };
		struct cond c = { .kind = COND_TEST, .op = ops[i % 6], .method = METHOD_STRING, .n_values = 1, .values = &o };
		int d = span_cmp(value, wanted);
		bool yes = c.op == OP_EQ ? d == 0 : c.op == OP_GT ? d > 0 : c.op == OP_GTE ? d >= 0 : c.op == OP_LT ? d < 0
		    : c.op == OP_LTE ? d <= 0 : value.n >= wanted.n && memcmp(value.p, wanted.p, wanted.n) == 0;
		struct reach r;
		enum fit fit = fit_index(&ix, 0, &c, mem, &r);

		if (fit == FIT_NONE)
			continue;
		kept = value_kept(&ix, ixtext_string(value, mem));
		assert_true(kept.n <= 4 * 8 && utf8_valid(kept));
		if (!reaches(&r, kept) && yes)
			fail_msg("op %d: %.*s is not reached by %.*s", (int)c.op, SPAN_ARG(value), SPAN_ARG(wanted));
		assert_true(fit != FIT_EXACT || reaches(&r, kept) == yes);
		n_exact += fit == FIT_EXACT;
		n_wider += fit == FIT_WIDER;
	}
	assert_true(n_exact > 1000 && n_wider > 1000);
}

/* A row tells whether it may tie only where it may. */
static void
index__knows_where_values_are_long(void **state)
{
	struct index_field fields[] = { { .type = TYPE_VARCHAR2 }, { .type = TYPE_VARCHAR2, .max_chars = 100 },
		{ .type = TYPE_VARCHAR2, .max_chars = 99 }, { .type = TYPE_NUMBER }, { .type = TYPE_DATE }, { .type = TYPE_TIMESTAMP } };
	const bool may[] = { true, true, false, true, false, false };
	struct index ix = { .n_fields = 6, .fields = fields, .kept_chars = 500 };
	char widest[99 * 3];

	(void)state;
	for (size_t i = 0; i < 6; i++)
		assert_int_equal(value_may_be_long(&ix, i), may[i]);
	for (size_t i = 0; i < sizeof(widest); i += 3)		/* half a surrogate pair, which takes most room */
		memcpy(widest + i, "\xed\xa0\x80", 3);
	assert_false(value_is_long(&ix, ixtext_string((struct span){ widest, sizeof(widest) }, mem)));
	ix.kept_chars = IXTEXT_INSTANT_CHARS;			/* an index of many fields */
	assert_true(value_may_be_long(&ix, 5) && value_is_long(&ix, ixtext_instant(&(struct iso_time){ .sec = 1 }, mem)));
	ix.kept_chars++;
	assert_false(value_may_be_long(&ix, 5) || value_is_long(&ix, ixtext_instant(&(struct iso_time){ .sec = 1 }, mem)));
	ix.kept_chars = 0;
	assert_false(value_may_be_long(&ix, 0));
}

static void
reach__two_ranges_meet(void **state)
{
	struct reach a, b;

	(void)state;
	fit(TYPE_VARCHAR2, METHOD_STRING, OP_GT, STRING("b"), &a);
	fit(TYPE_VARCHAR2, METHOD_STRING, OP_LTE, STRING("d"), &b);
	assert_true(reach_meet(&a, &b));
	assert_span(a.range.lo, "=b");
	assert_true(a.range.lo_open);
	assert_span(a.range.hi, "=d");
	assert_false(a.range.hi_open);
	fit(TYPE_VARCHAR2, METHOD_STRING, OP_GTE, STRING("b"), &b);
	assert_true(reach_meet(&a, &b) && a.range.lo_open);
	fit(TYPE_VARCHAR2, METHOD_STRING, OP_GTE, STRING("c"), &b);
	assert_true(reach_meet(&a, &b));
	assert_span(a.range.lo, "=c");
	assert_false(a.range.lo_open);
	fit(TYPE_VARCHAR2, METHOD_STRING, OP_EQ, STRING("c"), &b);
	assert_false(reach_meet(&a, &b));
}

/* ---- needles ---- */

static const char *
needle(enum method method, enum cmp_op op, struct operand o)
{
	struct cond c = { .kind = COND_TEST, .op = op, .method = method, .n_values = 1, .values = &o };
	struct span s;

	switch (fit_needle(&c, 0, mem, &s)) {
	case NEEDLE_TEXT:
		return arena_z(mem, s);
	case NEEDLE_NUMBER:
		return arena_printf(mem, "number %.*s", SPAN_ARG(s));
	default:
		return "none";
	}
}

static void
needle__only_texts_with_one_spelling(void **state)
{
	(void)state;
	assert_string_equal(needle(METHOD_NONE, OP_EQ, STRING("Rome")), "\"Rome\"");
	assert_string_equal(needle(METHOD_NONE, OP_EQ, STRING("\xc3\xa9/")), "\"\xc3\xa9/\"");
	assert_string_equal(needle(METHOD_NONE, OP_STARTS_WITH, STRING("Ro")), "\"Ro");
	assert_string_equal(needle(METHOD_NONE, OP_HAS_SUBSTRING, STRING("om")), "om");
	assert_string_equal(needle(METHOD_NONE, OP_LIKE, STRING("a%longest_bc")), "longest");
	assert_string_equal(needle(METHOD_NONE, OP_LIKE, STRING("%_%")), "none");
	assert_string_equal(needle(METHOD_NONE, OP_EQ, STRING("4100")), "number 4100");	/* or the number */
	assert_string_equal(needle(METHOD_NONE, OP_EQ, STRING("41")), "none");	/* in nearly every document */
	assert_string_equal(needle(METHOD_STRING_ONLY, OP_EQ, STRING("41")), "\"41\"");
	assert_string_equal(needle(METHOD_NONE, OP_STARTS_WITH, STRING("41")), "\"41");	/* strings only */
	assert_string_equal(needle(METHOD_STRING, OP_EQ, STRING("Rome")), "none");
	assert_string_equal(needle(METHOD_UPPER, OP_EQ, STRING("ROME")), "none");
	assert_string_equal(needle(METHOD_NONE, OP_EQ, STRING("a\"b")), "none");
	assert_string_equal(needle(METHOD_NONE, OP_EQ, STRING("a\\b")), "none");
	assert_string_equal(needle(METHOD_NONE, OP_EQ, STRING("a\nb")), "none");
	assert_string_equal(needle(METHOD_NONE, OP_EQ, STRING("\xed\xa0\x80")), "none");	/* half a surrogate pair */
	assert_string_equal(needle(METHOD_NONE, OP_EQ, STRING("")), "none");
	assert_string_equal(needle(METHOD_NONE, OP_EQ, OTHER("4100.0")), "number 4100");
	assert_string_equal(needle(METHOD_NONE, OP_EQ, OTHER("-12.50")), "number -12.5");
	assert_string_equal(needle(METHOD_NUMBER, OP_EQ, OTHER("1.2e3")), "number 1200");
	assert_string_equal(needle(METHOD_NUMBER_ONLY, OP_EQ, OTHER("0.05")), "number 0.05");
	assert_string_equal(needle(METHOD_NONE, OP_EQ, OTHER("0")), "none");
	assert_string_equal(needle(METHOD_NONE, OP_EQ, OTHER("7")), "none");
	assert_string_equal(needle(METHOD_NONE, OP_EQ, OTHER("1e500")), "none");		/* a document may write it out */
	assert_string_equal(needle(METHOD_NONE, OP_EQ, STRING("1E+500")), "none");
	assert_string_equal(needle(METHOD_DOUBLE, OP_EQ, OTHER("41")), "none");
	assert_string_equal(needle(METHOD_NONE, OP_GT, OTHER("41")), "none");
	assert_string_equal(needle(METHOD_NONE, OP_GT, STRING("a")), "none");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_index__what_shares_a_text),
		cmocka_unit_test(text_index__ranges),
		cmocka_unit_test(text_index__prefixes),
		cmocka_unit_test(number_index),
		cmocka_unit_test(time_index),
		cmocka_unit_test(list__is_as_good_as_its_worst_value),
		cmocka_unit_test(index__only_what_promises_one_scalar),
		cmocka_unit_test(index__keeps_the_first_characters),
		cmocka_unit_test(index__knows_where_values_are_long),
		cmocka_unit_test(reach__two_ranges_meet),
		cmocka_unit_test(needle__only_texts_with_one_spelling),
	};
	int failed;

	mem = arena_open(0);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	arena_close(&mem);
	return failed;
}
