/* soda/index.c and soda/entry.c */
#include "tests/lib/unit.h"
#include "tests/lib/arena.h"

#include "soda/index.h"

static const struct index *
parsed(const char *spec)
{
	struct index *ix = ARENA_NEW(mem, struct index);
	struct err e = { 0 };

	if (!index_parse(span_of(spec), mem, ix, &e))
		fail_msg("%s: %s", spec, e.text);
	return ix;
}

static void
assert_refused(const char *spec, enum err_kind kind, int inner, const char *at)
{
	struct index ix;
	struct err e = { 0 };

	if (index_parse(span_of(spec), mem, &ix, &e) || e.kind != kind || e.inner != inner
	    || (at != NULL && strcmp(e.at, at) != 0))
		fail_msg("%s: expected %s %d, got %s %d at %s: %s", spec, err_name(kind), inner, err_name(e.kind), e.inner, e.at,
		    e.text);
}

/* a specification named I with these other members */
static const char *
spec_with(const char *members)
{
	return arena_printf(mem, "{\"name\":\"I\",%s}", members);
}

/* ... with one field p that has these other members */
static const char *
field_with(const char *members)
{
	return arena_printf(mem, "{\"name\":\"I\",\"fields\":[{\"path\":\"p\"%s}]}", members);
}

static void
index__all_members(void **state)
{
	const struct index *ix = parsed("{\"NAME\":\"ZIP\",\"Unique\":true,\"scalarRequired\":true,\"lax\":false,"
	    "\"indexNulls\":true,\"fields\":[{\"path\":\"address.zip\",\"datatype\":\"Number\",\"order\":\"asc\"},"
	    "{\"PATH\":\"`first.name`\",\"datatype\":\"VARCHAR2\",\"maxLength\":100,\"order\":\"DESC\"}]}");

	(void)state;
	assert_string_equal(ix->name, "ZIP");
	assert_int_equal(ix->kind, INDEX_BTREE);
	assert_true(ix->unique && ix->scalar_required && ix->index_nulls && !ix->lax && !ix->multivalue);
	assert_int_equal(ix->n_fields, 2);
	assert_int_equal(ix->fields[0].path.n_steps, 2);
	assert_span(ix->fields[0].path.steps[1].name, "zip");
	assert_int_equal(ix->fields[0].type, TYPE_NUMBER);
	assert_false(ix->fields[0].descending);
	assert_span(ix->fields[1].path.steps[0].name, "first.name");
	assert_int_equal(ix->fields[1].type, TYPE_VARCHAR2);
	assert_int_equal(ix->fields[1].max_chars, 100);
	assert_true(ix->fields[1].descending);
}

static void
index__defaults(void **state)
{
	const struct index *ix = parsed(field_with(""));

	(void)state;
	assert_false(ix->unique || ix->scalar_required || ix->index_nulls || ix->lax || ix->multivalue);
	assert_int_equal(ix->fields[0].type, TYPE_VARCHAR2);
	assert_int_equal(ix->fields[0].max_chars, 0);
	assert_false(ix->fields[0].descending);
}

/* IX-20 */
static void
index__unknown_members_are_ignored(void **state)
{
	(void)state;
	parsed("{\"name\":\"I\",\"color\":{\"x\":[]},\"singleton\":7,\"force\":true,\"textIndex121WithLang\":false,"
	    "\"fields\":[{\"path\":\"p\",\"sparse\":null}]}");
}

/* IX-02 */
static void
index__what_is_required(void **state)
{
	(void)state;
	assert_refused("{\"fields\":[{\"path\":\"p\"}]}", ERR_INDEX_SPEC, 5007, "/name");
	assert_refused(spec_with("\"fields\":[]"), ERR_INDEX_SPEC, 5041, "/fields");
	assert_refused(spec_with("\"fields\":[{}]"), ERR_INDEX_SPEC, 5007, "/fields/0/path");
	assert_refused(spec_with("\"fields\":[{\"path\":\"a\"},{\"order\":1}]"), ERR_INDEX_SPEC, 5007, "/fields/1/path");
}

static void
index__malformed_text(void **state)
{
	(void)state;
	assert_refused("", ERR_INDEX_SPEC, 5009, NULL);
	assert_refused("{\"name\":", ERR_INDEX_SPEC, 5009, NULL);
	assert_refused("{\"name\":\"I\"} x", ERR_INDEX_SPEC, 5009, NULL);
	assert_refused("[]", ERR_INDEX_SPEC, 5009, NULL);
	assert_refused("null", ERR_INDEX_SPEC, 5009, NULL);
	assert_refused("{\"name\":\"I\",\"name\":\"I\"}", ERR_INDEX_SPEC, 5009, NULL);
	assert_refused("{\"name\":\"I\",\"Name\":\"I\"}", ERR_INDEX_SPEC, 5009, "/Name");
	assert_refused(field_with(",\"Path\":\"q\""), ERR_INDEX_SPEC, 5009, "/fields/0/Path");
}

static void
index__wrong_types(void **state)
{
	(void)state;
	assert_refused("{\"name\":7}", ERR_INDEX_SPEC, 5006, "/name");
	assert_refused("{\"name\":null}", ERR_INDEX_SPEC, 5006, "/name");
	assert_refused(spec_with("\"fields\":{}"), ERR_INDEX_SPEC, 5006, "/fields");
	assert_refused(spec_with("\"fields\":[7]"), ERR_INDEX_SPEC, 5006, "/fields/0");
	assert_refused(spec_with("\"unique\":\"true\""), ERR_INDEX_SPEC, 5006, "/unique");
	assert_refused(spec_with("\"lax\":1"), ERR_INDEX_SPEC, 5006, "/lax");
	assert_refused(spec_with("\"spatial\":true"), ERR_INDEX_SPEC, 5006, "/spatial");
	assert_refused(spec_with("\"ttl\":\"1h\""), ERR_INDEX_SPEC, 5006, "/ttl");
	assert_refused(spec_with("\"language\":7"), ERR_INDEX_SPEC, 5006, "/language");
	assert_refused(spec_with("\"fields\":[{\"path\":7}]"), ERR_INDEX_SPEC, 5006, "/fields/0/path");
	assert_refused(field_with(",\"datatype\":7"), ERR_INDEX_SPEC, 5006, "/fields/0/datatype");
	assert_refused(field_with(",\"maxLength\":\"7\""), ERR_INDEX_SPEC, 5006, "/fields/0/maxLength");
	assert_refused(field_with(",\"maxLength\":7.5"), ERR_INDEX_SPEC, 5006, "/fields/0/maxLength");
	assert_refused(field_with(",\"order\":true"), ERR_INDEX_SPEC, 5006, "/fields/0/order");
}

/* IX-12 */
static void
index__bad_values_of_fields(void **state)
{
	(void)state;
	assert_refused(field_with(",\"maxLength\":10,\"datatype\":\"number\""), ERR_INDEX_SPEC, 5040, "/fields/0/maxLength");
	assert_refused(field_with(",\"maxLength\":-1"), ERR_INDEX_SPEC, 5012, "/fields/0/maxLength");
	assert_refused(field_with(",\"order\":\"up\""), ERR_INDEX_SPEC, 5044, "/fields/0/order");
	assert_refused(field_with(",\"order\":0"), ERR_INDEX_SPEC, 5044, "/fields/0/order");
	assert_refused(field_with(",\"order\":1.5"), ERR_INDEX_SPEC, 5044, "/fields/0/order");
	assert_refused(field_with(",\"datatype\":\"blob\""), ERR_INDEX_SPEC, 5011, "/fields/0/datatype");
}

static void
index__orders_and_datatypes(void **state)
{
	static const struct {
		const char *word;
		enum datatype type;
	} types[] = {
		{ "string", TYPE_VARCHAR2 }, { "Varchar", TYPE_VARCHAR2 }, { "any_scalar", TYPE_VARCHAR2 },
		{ "NUMBER", TYPE_NUMBER }, { "date", TYPE_DATE }, { "timestamp", TYPE_TIMESTAMP },
	};

	(void)state;
	assert_false(parsed(field_with(",\"order\":1"))->fields[0].descending);
	assert_false(parsed(field_with(",\"order\":\"1\""))->fields[0].descending);
	assert_true(parsed(field_with(",\"order\":-1"))->fields[0].descending);
	assert_true(parsed(field_with(",\"order\":\"-1\""))->fields[0].descending);
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		assert_int_equal(parsed(field_with(arena_printf(mem, ",\"datatype\":\"%s\"", types[i].word)))->fields[0].type,
		    types[i].type);
}

static void
index__paths(void **state)
{
	(void)state;
	assert_refused(spec_with("\"fields\":[{\"path\":\"a[0]\"}]"), ERR_ARRAY_STEPS, 0, "/fields/0/path");
	assert_refused(spec_with("\"fields\":[{\"path\":\"a.*\"}]"), ERR_ARRAY_STEPS, 0, "/fields/0/path");
	assert_refused(spec_with("\"fields\":[{\"path\":\"..a\"}]"), ERR_ARRAY_STEPS, 0, "/fields/0/path");
	assert_refused(spec_with("\"fields\":[{\"path\":\"a..\"}]"), ERR_INDEX_SPEC, 5008, "/fields/0/path");
	assert_refused(spec_with("\"fields\":[{\"path\":\"\"}]"), ERR_INDEX_SPEC, 5008, "/fields/0/path");
	/* */
	assert_refused(spec_with("\"fields\":[{\"path\":\"a'b\"}]"), ERR_INDEX_SPEC, 5008, "/fields/0/path");
	assert_refused(spec_with("\"fields\":[{\"path\":\"a;b\"}]"), ERR_INDEX_SPEC, 5008, "/fields/0/path");
	assert_refused(spec_with("\"fields\":[{\"path\":\"a.\\\"b\"}]"), ERR_INDEX_SPEC, 5008, "/fields/0/path");
	assert_refused(spec_with("\"fields\":[{\"path\":\"a\\u0000\"}]"), ERR_INDEX_SPEC, 5008, "/fields/0/path");
	assert_refused(spec_with("\"fields\":[{\"path\":\"a?\"}]"), ERR_INDEX_SPEC, 5008, "/fields/0/path");
	parsed(spec_with("\"fields\":[{\"path\":\"A-b_c 9.`x.y`\"}]"));
}

/* IX-11 IX-13 IX-14 */
static void
index__members_that_do_not_go_together(void **state)
{
	const char *f = "\"fields\":[{\"path\":\"p\"}]";

	(void)state;
	assert_refused(spec_with(arena_printf(mem, "%s,\"lax\":true,\"scalarRequired\":true", f)), ERR_INDEX_SPEC, 5058, NULL);
	parsed(spec_with(arena_printf(mem, "%s,\"lax\":false,\"scalarRequired\":true", f)));
	assert_refused(spec_with("\"unique\":true"), ERR_INDEX_SPEC, 5042, "/unique");
	assert_refused(spec_with("\"indexNulls\":true"), ERR_INDEX_SPEC, 5042, "/indexNulls");
	assert_refused(spec_with("\"multivalue\":true"), ERR_INDEX_SPEC, 5042, "/multivalue");
	assert_refused(spec_with("\"lax\":true"), ERR_INDEX_SPEC, 5066, "/lax");
	assert_refused(spec_with("\"scalarRequired\":true"), ERR_INDEX_SPEC, 5066, "/scalarRequired");
	assert_refused(spec_with(arena_printf(mem, "%s,\"spatial\":\"p\"", f)), ERR_INDEX_SPEC, 5059, "/spatial");
	assert_refused(spec_with(arena_printf(mem, "%s,\"language\":\"english\"", f)), ERR_INDEX_SPEC, 5043, "/language");
	assert_refused(spec_with(arena_printf(mem, "%s,\"search_on\":\"text\"", f)), ERR_INDEX_SPEC, 5059, "/search_on");
	assert_refused(spec_with(arena_printf(mem, "%s,\"dataguide\":\"on\"", f)), ERR_INDEX_SPEC, 5059, "/dataguide");
	assert_refused(spec_with("\"spatial\":\"p\",\"dataguide\":\"on\""), ERR_INDEX_SPEC, 5059, "/dataguide");
	assert_refused(spec_with("\"spatial\":\"p\",\"ttl\":5"), ERR_INDEX_SPEC, 5059, "/ttl");
	assert_refused(spec_with("\"spatial\":\"p\",\"multivalue\":true"), ERR_INDEX_SPEC, 5059, "/multivalue");
	assert_refused(spec_with(arena_printf(mem, "%s,\"multivalue\":true,\"lax\":true", f)), ERR_INDEX_SPEC, 5059, NULL);
	assert_refused(spec_with("\"multivalue\":true,\"fields\":[{\"path\":\"p\",\"datatype\":\"number\"}]"), ERR_INDEX_SPEC,
	    5059, "/fields/0/datatype");
	assert_refused(spec_with("\"multivalue\":true,\"fields\":[{\"path\":\"p\",\"maxLength\":5}]"), ERR_INDEX_SPEC, 5059,
	    "/fields/0/maxLength");
}

/* IX-16 */
static void
index__search_and_ttl_are_checked(void **state)
{
	struct index ix;
	struct err e = { 0 };

	(void)state;
	assert_refused(spec_with("\"dataguide\":\"maybe\""), ERR_INDEX_SPEC, 5060, "/dataguide");
	assert_refused(spec_with("\"search_on\":\"x\""), ERR_INDEX_SPEC, 5061, "/search_on");
	assert_refused(spec_with("\"language\":\"klingon\""), ERR_INDEX_SPEC, 5013, "/language");
	assert_refused(spec_with("\"fields\":[{\"path\":\"p\"}],\"ttl\":3600"), ERR_NOT_AVAILABLE, 0, NULL);
	/* the kind is known even then */
	assert_false(index_parse(span_of(spec_with("\"fields\":[{\"path\":\"p\"}],\"ttl\":3600")), mem, &ix, &e));
	assert_int_equal(ix.kind, INDEX_BTREE);
	assert_int_equal(parsed("{\"name\":\"S\"}")->kind, INDEX_SEARCH);
}

static void
assert_search(const char *more, bool has_text, bool has_guide)
{
	const struct index *ix = parsed(spec_with(more));

	assert_int_equal(ix->kind, INDEX_SEARCH);
	assert_int_equal(ix->has_text, has_text);
	assert_int_equal(ix->has_guide, has_guide);
	assert_int_equal(ix->guide != NULL, has_guide);
}

/* IX-18: what a search index is asked for */
static void
index__search_has_text_and_guide(void **state)
{
	(void)state;
	assert_search("\"force\":true", true, true);
	assert_search("\"search_on\":\"TEXT\",\"dataguide\":\"off\",\"language\":\"german\"", true, false);
	assert_search("\"search_on\":\"text_value\",\"dataguide\":\"ON\"", true, true);
	assert_search("\"search_on\":\"none\"", false, true);
	assert_search("\"search_on\":\"none\",\"dataguide\":\"off\"", false, false);
}

static const char *
box_of(const char *flags, const char *doc)
{
	struct index ix;
	struct index_entry entry;
	struct err e = { 0 };

	assert_true(index_parse(span_of(spec_with(arena_printf(mem, "%s\"spatial\":\"a.b\"", flags))), mem, &ix, &e));
	if (!index_entry_of(&ix, span_of(doc), mem, &entry, &e))
		return err_name(e.kind);
	assert_int_equal(e.kind, ERR_NONE);
	for (size_t i = 0; i < BOX_SIDES; i++)
		assert_int_equal(entry.values[i].p == NULL, entry.values[0].p == NULL);
	return entry.values[0].p == NULL ? "(missing)" : arena_printf(mem, "%.*s %.*s %.*s %.*s", SPAN_ARG(entry.values[0]),
	    SPAN_ARG(entry.values[1]), SPAN_ARG(entry.values[2]), SPAN_ARG(entry.values[3]));
}

static void
index__spatial(void **state)
{
	struct index ix;
	struct err e = { 0 };

	(void)state;
	assert_refused(spec_with("\"spatial\":\"a..\""), ERR_INDEX_SPEC, 5008, "/spatial");
	assert_refused(spec_with("\"spatial\":\"a[0]\""), ERR_ARRAY_STEPS, 0, "/spatial");
	assert_refused(spec_with("\"spatial\":\"a'b\""), ERR_INDEX_SPEC, 5008, "/spatial");
	assert_refused(spec_with("\"spatial\":\"a\",\"lax\":true,\"scalarRequired\":true"), ERR_INDEX_SPEC, 5058, "/lax");
	assert_true(index_parse(span_of(spec_with("\"spatial\":\"a.b\",\"lax\":true")), mem, &ix, &e));
	assert_true(ix.kind == INDEX_SPATIAL && ix.lax && !ix.scalar_required && !ix.unique);
	assert_int_equal(ix.n_fields, BOX_SIDES);
	assert_span(ix.fields[BOX_SIDES - 1].path.text, "a.b");

	/* boxes, rounded outward: the class of the width before the western side */
	assert_string_equal(box_of("", "{\"a\":{\"b\":{\"type\":\"Point\",\"coordinates\":[-180,-90]}}}"),
	    "=00000000000 =0900000000 =0000000000 =0900000000");
	assert_string_equal(box_of("", "{\"a\":{\"b\":{\"type\":\"Point\",\"coordinates\":[0.00000015,0]}}}"),
	    "=01800000001 =1800000000 =1800000002 =1800000000");
	assert_string_equal(box_of("", "{\"a\":{\"b\":{\"type\":\"LineString\",\"coordinates\":[[-180,-90],[180,90]]}}}"),
	    "=60000000000 =0900000000 =3600000000 =2700000000");
	assert_string_equal(box_of("", "{\"a\":{\"b\":{\"type\":\"GeometryCollection\",\"geometries\":[]}}}"), "(missing)");

	/* what is not one geometry */
	for (int i = 0; i < 3; i++) {
		static const char *const flags[] = { "", "\"scalarRequired\":true,", "\"lax\":true," };

		assert_string_equal(box_of(flags[i], "{\"a\":1}"), i == 1 ? "VALUE_MISSING" : "(missing)");
		assert_string_equal(box_of(flags[i], "{\"a\":{\"b\":null}}"), "(missing)");
		assert_string_equal(box_of(flags[i], "{\"a\":{\"b\":[1,2]}}"), i == 2 ? "(missing)" : "NOT_GEOMETRY");
		assert_string_equal(box_of(flags[i], "{\"a\":[{\"b\":1},{\"b\":2}]}"), i == 2 ? "(missing)" : "NOT_GEOMETRY");
	}
}

static const char *
spec_of_fields(int n, const char *type)
{
	struct buf b;

	buf_init(&b, mem);
	buf_addz(&b, "{\"name\":\"I\",\"fields\":[");
	for (int i = 0; i < n; i++)
		buf_printf(&b, "%s{\"path\":\"p%d\",\"datatype\":\"%s\"}", i > 0 ? "," : "", i, type);
	buf_addz(&b, "]}");
	return buf_z(&b);
}

static void
index__number_of_fields(void **state)
{
	(void)state;
	assert_int_equal(parsed(spec_of_fields(16, "string"))->n_fields, 16);
	assert_refused(spec_of_fields(17, "string"), ERR_INDEX_COLUMNS, 0, NULL);
	assert_int_equal(parsed(spec_of_fields(31, "number"))->n_fields, 31);
	assert_refused(spec_of_fields(32, "number"), ERR_INDEX_COLUMNS, 0, NULL);
}

static void
index__length_of_its_name(void **state)
{
	char name[130];

	(void)state;
	memset(name, 'x', sizeof(name));
	parsed(arena_printf(mem, "{\"name\":\"%.127s\xc3\xa4\",\"fields\":[{\"path\":\"p\"}]}", name));
	assert_refused(arena_printf(mem, "{\"name\":\"%.129s\"}", name), ERR_INDEX_SPEC, 5009, "/name");
	assert_refused("{\"name\":\"\"}", ERR_INDEX_SPEC, 5009, "/name");
	assert_refused("{\"name\":\"a\\u0000\"}", ERR_INDEX_SPEC, 5009, "/name");
}

/* UX-03 UX-04 */
static void
unindex__only_the_name_counts(void **state)
{
	struct span name;
	struct err e = { 0 };

	(void)state;
	assert_true(unindex_parse(SPAN("{\"name\":\"I\",\"force\":true,\"fields\":7,\"x\":null}"), mem, &name, &e));
	assert_span(name, "I");
	assert_false(unindex_parse(SPAN("{\"force\":true}"), mem, &name, &e));
	assert_true(e.kind == ERR_UNINDEX_SPEC && e.inner == 5007);
	assert_false(unindex_parse(SPAN("{\"name\":1}"), mem, &name, &e));
	assert_true(e.kind == ERR_UNINDEX_SPEC && e.inner == 5006);
	assert_false(unindex_parse(SPAN("\"I\""), mem, &name, &e));
	assert_true(e.kind == ERR_UNINDEX_SPEC && e.inner == 5009);
}

/* ---- values of documents ---- */

/* the text of the first field, or the kind of the failure */
static struct span
entry_of(const char *spec, const char *doc)
{
	struct index_entry entry;
	struct err e = { 0 };

	if (!index_entry_of(parsed(spec), span_of(doc), mem, &entry, &e))
		return span_of(err_name(e.kind));
	assert_int_equal(e.kind, ERR_NONE);
	return entry.values[0].p == NULL ? SPAN("(missing)") : entry.values[0];
}

struct discipline {
	const char *doc, *plain, *required, *lax;
};

static void
assert_discipline(const char *field, const struct discipline *rows, size_t n)
{
	const char *plain = spec_with(arena_printf(mem, "\"fields\":[%s]", field));
	const char *required = spec_with(arena_printf(mem, "\"scalarRequired\":true,\"fields\":[%s]", field));
	const char *lax = spec_with(arena_printf(mem, "\"lax\":true,\"fields\":[%s]", field));

	for (size_t i = 0; i < n; i++) {
		assert_span(entry_of(plain, rows[i].doc), rows[i].plain);
		assert_span(entry_of(required, rows[i].doc), rows[i].required);
		assert_span(entry_of(lax, rows[i].doc), rows[i].lax);
	}
}

/* every row of the table of values, in its three modes */
static void
entry__discipline_of_strings(void **state)
{
	static const struct discipline rows[] = {
		{ "{\"a\":{\"b\":\"x\"}}", "=x", "=x", "=x" },
		{ "{\"a\":{\"b\":12.0}}", "=12", "=12", "=12" },
		{ "{\"a\":{\"b\":true}}", "=true", "=true", "=true" },
		{ "{\"a\":{\"b\":\"\"}}", "=", "=", "=" },
		{ "{}", "(missing)", "VALUE_MISSING", "(missing)" },
		{ "{\"a\":7}", "(missing)", "VALUE_MISSING", "(missing)" },
		{ "{\"a\":[]}", "(missing)", "VALUE_MISSING", "(missing)" },
		{ "{\"a\":{\"b\":null}}", "(missing)", "(missing)", "(missing)" },
		{ "{\"a\":{\"b\":[]}}", "NOT_SCALAR", "NOT_SCALAR", "(missing)" },
		{ "{\"a\":{\"b\":[1]}}", "NOT_SCALAR", "NOT_SCALAR", "(missing)" },
		{ "{\"a\":{\"b\":{}}}", "NOT_SCALAR", "NOT_SCALAR", "(missing)" },
		{ "{\"a\":[{\"b\":1},{\"b\":2}]}", "NOT_SCALAR", "NOT_SCALAR", "(missing)" },
		{ "{\"a\":[{\"b\":null},{\"b\":null}]}", "NOT_SCALAR", "NOT_SCALAR", "(missing)" },
		{ "{\"a\":[{\"b\":1},{\"c\":2}]}", "=1", "=1", "=1" },
		{ " [ {\"a\":{\"b\":1}} ] ", "=1", "=1", "=1" },
	};

	(void)state;
	assert_discipline("{\"path\":\"a.b\"}", rows, sizeof(rows) / sizeof(rows[0]));
}

static void
entry__discipline_of_numbers_and_dates(void **state)
{
	static const struct discipline numbers[] = {
		{ "{\"p\":\"abc\"}", "NOT_NUMBER", "NOT_NUMBER", "(missing)" },
		{ "{\"p\":true}", "NOT_NUMBER", "NOT_NUMBER", "(missing)" },
	};
	static const struct discipline dates[] = {
		{ "{\"p\":\"abc\"}", "NOT_DATE", "NOT_DATE", "(missing)" },
		{ "{\"p\":20160101}", "NOT_DATE", "NOT_DATE", "(missing)" },
		{ "{\"p\":null}", "(missing)", "(missing)", "(missing)" },
	};
	const char *number = field_with(",\"datatype\":\"number\"");

	(void)state;
	assert_discipline("{\"path\":\"p\",\"datatype\":\"number\"}", numbers, 2);
	assert_discipline("{\"path\":\"p\",\"datatype\":\"date\"}", dates, 3);
	assert_discipline("{\"path\":\"p\",\"datatype\":\"timestamp\"}", dates, 3);
	assert_true(span_eq(entry_of(number, "{\"p\":\"12\"}"), entry_of(number, "{\"p\":12.0}")));
	assert_true(span_cmp(entry_of(number, "{\"p\":9}"), entry_of(number, "{\"p\":10}")) < 0);
}

static void
entry__longer_than_max_length(void **state)
{
	static const struct discipline rows[] = {
		{ "{\"p\":\"abc\"}", "=abc", "=abc", "=abc" },
		{ "{\"p\":\"\\u00e4\\u00e4\\u00e4\"}", "=\xc3\xa4\xc3\xa4\xc3\xa4", "=\xc3\xa4\xc3\xa4\xc3\xa4",
		    "=\xc3\xa4\xc3\xa4\xc3\xa4" },
		{ "{\"p\":\"abcd\"}", "INVALID_DOC", "INVALID_DOC", "(missing)" },
		{ "{\"p\":1e3}", "INVALID_DOC", "INVALID_DOC", "(missing)" },
		{ "{\"p\":true}", "INVALID_DOC", "INVALID_DOC", "(missing)" },
	};

	(void)state;
	assert_discipline("{\"path\":\"p\",\"maxLength\":3}", rows, sizeof(rows) / sizeof(rows[0]));
}

/* A document has one entry, so an index of several values restricts nothing and is not unique. */
static void
entry__multivalue_takes_anything(void **state)
{
	const char *spec = spec_with("\"multivalue\":true,\"unique\":true,\"fields\":[{\"path\":\"p\"}]");

	(void)state;
	assert_false(parsed(spec)->unique);
	assert_span(entry_of(spec, "{\"p\":[1,2]}"), "(missing)");
	assert_span(entry_of(spec, "{\"p\":\"x\"}"), "=x");
}

static void
entry__failures_name_index_and_path(void **state)
{
	struct index_entry entry;
	struct err e = { 0 };

	(void)state;
	assert_false(index_entry_of(parsed(field_with("")), SPAN("{\"p\":[]}"), mem, &entry, &e));
	assert_string_equal(e.text, "index I: p is not one scalar");
}

static void
entry__of_all_indexes_of_a_collection(void **state)
{
	struct index second = *parsed("{\"name\":\"J\",\"fields\":[{\"path\":\"b\"},{\"path\":\"c\"}]}");
	struct index first = *parsed(field_with(""));
	struct coll coll = { .indexes = &first };
	struct index_entry *entries;
	struct err e = { 0 };
	size_t n;

	(void)state;
	first.next = &second;
	assert_true(index_entries(&coll, SPAN("{\"p\":1,\"c\":2}"), mem, &entries, &n, &e));
	assert_int_equal(n, 2);
	assert_ptr_equal(entries[0].index, &first);
	assert_span(entries[0].values[0], "=1");
	assert_ptr_equal(entries[1].index, &second);
	assert_null(entries[1].values[0].p);
	assert_span(entries[1].values[1], "=2");
	assert_false(index_entries(&coll, SPAN("{\"c\":[2]}"), mem, &entries, &n, &e));
	assert_non_null(strstr(e.text, "index J: c "));
	coll.indexes = NULL;
	assert_true(index_entries(&coll, SPAN("{}"), mem, &entries, &n, &e));
	assert_int_equal(n, 0);
}

#define T(f) cmocka_unit_test_setup_teardown(f, open_arena, close_arena)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(index__all_members),
		T(index__defaults),
		T(index__unknown_members_are_ignored),
		T(index__what_is_required),
		T(index__malformed_text),
		T(index__wrong_types),
		T(index__bad_values_of_fields),
		T(index__orders_and_datatypes),
		T(index__paths),
		T(index__members_that_do_not_go_together),
		T(index__search_and_ttl_are_checked),
		T(index__search_has_text_and_guide),
		T(index__spatial),
		T(index__number_of_fields),
		T(index__length_of_its_name),
		T(unindex__only_the_name_counts),
		T(entry__discipline_of_strings),
		T(entry__discipline_of_numbers_and_dates),
		T(entry__longer_than_max_length),
		T(entry__multivalue_takes_anything),
		T(entry__failures_name_index_and_path),
		T(entry__of_all_indexes_of_a_collection),
	};

	return cmocka_run_group_tests_name("index", tests, NULL, NULL);
}
