/* soda/meta.c and soda/meta_print.c */
#include "tests/lib/unit.h"
#include "tests/lib/arena.h"

#include "soda/meta.h"

static struct meta
parsed(const char *body)
{
	struct meta m;
	struct err e = { 0 };

	if (!meta_parse(span_of(body), SPAN("demo"), SPAN("c"), mem, &m, &e))
		fail_msg("%s: %s", body, e.text);
	return m;
}

static struct span
printed(const struct meta *m)
{
	struct buf b;

	buf_init(&b, mem);
	meta_print(m, &b);
	return buf_text(&b);
}

static struct span
reported(const char *body)
{
	struct meta m = parsed(body);

	return printed(&m);
}

static void
assert_refused(const char *body, enum err_kind kind)
{
	struct meta m;
	struct err e = { 0 };

	if (meta_parse(span_of(body), SPAN("demo"), SPAN("c"), mem, &m, &e) || e.kind != kind)
		fail_msg("%s: expected %s, got %s %s", body, err_name(kind), err_name(e.kind), e.text);
}

static void
assert_refused_at(const char *body, enum err_kind kind, const char *at)
{
	struct meta m;
	struct err e = { 0 };

	assert_refused(body, kind);
	meta_parse(span_of(body), SPAN("demo"), SPAN("c"), mem, &m, &e);
	assert_string_equal(e.at, at);
}

static const char standard[] = "{\"schemaName\":\"DEMO\",\"tableName\":\"C\","
    "\"keyColumn\":{\"name\":\"ID\",\"sqlType\":\"VARCHAR2\",\"maxLength\":255,\"assignmentMethod\":\"UUID\"},"
    "\"contentColumn\":{\"name\":\"JSON_DOCUMENT\",\"sqlType\":\"BLOB\",\"compress\":\"NONE\",\"cache\":true,"
    "\"encrypt\":\"NONE\",\"validation\":\"STANDARD\"},"
    "\"versionColumn\":{\"name\":\"VERSION\",\"type\":\"String\",\"method\":\"SHA256\"},"
    "\"lastModifiedColumn\":{\"name\":\"LAST_MODIFIED\"},"
    "\"creationTimeColumn\":{\"name\":\"CREATED_ON\"},"
    "\"readOnly\":false}";

static void
meta__no_body_is_the_standard(void **state)
{
	(void)state;
	assert_span(reported(""), standard);
}

/* MD-01 */
static void
meta__empty_body_has_neither_versions_nor_times(void **state)
{
	struct meta m = parsed("{}");

	(void)state;
	assert_span(printed(&m), "{\"schemaName\":\"DEMO\",\"tableName\":\"C\","
	    "\"keyColumn\":{\"name\":\"ID\",\"sqlType\":\"VARCHAR2\",\"maxLength\":255,\"assignmentMethod\":\"UUID\"},"
	    "\"contentColumn\":{\"name\":\"JSON_DOCUMENT\",\"sqlType\":\"BLOB\",\"compress\":\"NONE\",\"cache\":true,"
	    "\"encrypt\":\"NONE\",\"validation\":\"STANDARD\"},\"readOnly\":false}");
	assert_int_equal(m.version_method, VERSION_NONE);
}

static void
meta__everything_in_order(void **state)
{
	const char *all = "{\"schemaName\":\"DEMO\",\"tableName\":\"My \\\"T\\\"\","
	    "\"keyColumn\":{\"name\":\"K\",\"sqlType\":\"NVARCHAR2\",\"maxLength\":40,\"sequenceName\":\"S\","
	    "\"assignmentMethod\":\"SEQUENCE\"},"
	    "\"contentColumn\":{\"name\":\"D\",\"sqlType\":\"BLOB\",\"compress\":\"HIGH\",\"cache\":false,"
	    "\"encrypt\":\"AES256\",\"validation\":\"STRICT\"},"
	    "\"versionColumn\":{\"name\":\"V\",\"type\":\"Integer\",\"method\":\"TIMESTAMP\"},"
	    "\"lastModifiedColumn\":{\"name\":\"M\",\"index\":\"MI\"},"
	    "\"creationTimeColumn\":{\"name\":\"C\"},"
	    "\"mediaTypeColumn\":{\"name\":\"T\"},"
	    "\"readOnly\":true}";

	(void)state;
	assert_span(reported(all), all);
}

/* What is reported can be sent again, and is the same then; the catalogue reads the same from it. */
static void
meta__reports_are_fixed_points(void **state)
{
	static const char *const bodies[] = {
		"", "{}", "{\"keyColumn\":{\"path\":\"my id\"}}", "{\"keyColumn\":{\"sqlType\":\"raw\"}}",
		"{\"keyColumn\":{\"sqlType\":\"integer\",\"assignmentMethod\":\"client\"}}",
		"{\"contentColumn\":{\"sqlType\":\"json\"}}", "{\"contentColumn\":{\"sqlType\":\"varchar2\"}}",
		"{\"contentColumn\":{\"sqlType\":\"CLOB\",\"cache\":false,\"validation\":\"lax\"}}",
		"{\"contentColumn\":{\"jsonFormat\":\"oson\",\"compress\":\"low\",\"cache\":false}}",
		"{\"versionColumn\":{\"name\":\"V\",\"method\":\"none\"}}",
		"{\"versionColumn\":{\"name\":\"V\",\"method\":\"sequential\"},\"readOnly\":true}",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
		struct meta first = parsed(bodies[i]);
		struct meta again = parsed(arena_z(mem, printed(&first)));
		struct meta kept;
		struct meta_difference what;
		struct err e = { 0 };

		assert_true(meta_from_json(printed(&first), mem, &kept, &e));
		if (meta_differs(&first, &again, mem, &what) || meta_differs(&first, &kept, mem, &what))
			fail_msg("%s: %s, then %s", bodies[i], arena_z(mem, printed(&first)), arena_z(mem, printed(&again)));
	}
}

/* ---- keyColumn ---- */

static void
meta__key_length(void **state)
{
	(void)state;
	/* MD-02 */
	assert_refused("{\"keyColumn\":{\"assignmentMethod\":\"UUID\",\"maxLength\":20}}", ERR_META_KEYSHORT);
	assert_refused("{\"keyColumn\":{\"maxLength\":31}}", ERR_META_KEYSHORT);
	assert_refused("{\"keyColumn\":{\"assignmentMethod\":\"GUID\",\"maxLength\":31.9}}", ERR_META_KEYSHORT);
	assert_int_equal(parsed("{\"keyColumn\":{\"maxLength\":32.9}}").key_max_length, 32);
	assert_int_equal(parsed("{\"keyColumn\":{\"assignmentMethod\":\"CLIENT\",\"maxLength\":5}}").key_max_length, 5);
	/* MD-03 */
	assert_refused("{\"keyColumn\":{\"sqlType\":\"NUMBER\",\"maxLength\":10}}", ERR_META_KEYLEN);
	assert_refused("{\"keyColumn\":{\"sqlType\":\"RAW\",\"maxLength\":32}}", ERR_META_KEYLEN);
	assert_int_equal(parsed("{\"keyColumn\":{\"sqlType\":\"RAW\"}}").key_max_length, 0);
	/* MD-04 */
	assert_int_equal(parsed("{\"keyColumn\":{\"maxLength\":4000}}").key_max_length, 255);
	assert_int_equal(parsed("{\"keyColumn\":{\"maxLength\":1e300}}").key_max_length, 255);
	assert_int_equal(parsed("{\"keyColumn\":{\"maxLength\":0}}").key_max_length, 255);
	assert_int_equal(parsed("{\"keyColumn\":{\"maxLength\":-7}}").key_max_length, 255);
}

static void
meta__key_method(void **state)
{
	(void)state;
	/* MD-05 */
	assert_refused("{\"keyColumn\":{\"assignmentMethod\":\"SEQUENCE\"}}", ERR_META_SEQUENCE);
	/* MD-06 */
	assert_int_equal(parsed("{\"keyColumn\":{\"sequenceName\":\"S\"}}").key_method, KEYS_SEQUENCE);
	assert_string_equal(parsed("{\"keyColumn\":{\"sequenceName\":\"S\"}}").sequence_name, "S");
	assert_string_equal(parsed("{\"keyColumn\":{\"sequenceName\":\"S\",\"assignmentMethod\":\"CLIENT\"}}").sequence_name, "");
	/* MD-14 */
	assert_int_equal(parsed("{\"keyColumn\":{\"assignmentMethod\":\"uuid\"}}").key_method, KEYS_UUID);
	assert_non_null(strstr(arena_z(mem, reported("{\"keyColumn\":{\"assignmentMethod\":\"uuid\"}}")),
	    "\"assignmentMethod\":\"UUID\""));
	assert_int_equal(parsed("{\"keyColumn\":{\"assignmentMethod\":\"oid\"}}").key_method, KEYS_EMBEDDED_OID);
	assert_int_equal(parsed("{\"keyColumn\":{\"assignmentMethod\":\"MONGO\"}}").key_method, KEYS_EMBEDDED_OID);
	assert_int_equal(parsed("{\"keyColumn\":{\"assignmentMethod\":\"Server\"}}").key_method, KEYS_SERVER);
	assert_refused_at("{\"keyColumn\":{\"assignmentMethod\":\"RANDOM\"}}", ERR_META_VALUE, "/keyColumn/assignmentMethod");
	assert_refused("{\"keyColumn\":{\"assignmentMethod\":\"IDENTITY\",\"sqlType\":\"RAW\"}}", ERR_META_OTHER);
	assert_refused("{\"keyColumn\":{\"assignmentMethod\":\"OID\",\"sqlType\":\"NUMBER\"}}", ERR_META_OTHER);
}

static void
meta__key_type_and_its_other_names(void **state)
{
	static const struct {
		const char *name;
		enum key_type type;
	} names[] = {
		{ "string", KEY_VARCHAR2 }, { "Char", KEY_VARCHAR2 }, { "VARCHAR", KEY_VARCHAR2 }, { "varchar2", KEY_VARCHAR2 },
		{ "nchar", KEY_NVARCHAR2 }, { "nvarchar", KEY_NVARCHAR2 }, { "NVARCHAR2", KEY_NVARCHAR2 },
		{ "number", KEY_NUMBER }, { "integer", KEY_NUMBER }, { "raw", KEY_RAW }, { "guid", KEY_RAW },
		{ "uuid", KEY_RAW }, { "uid", KEY_RAW },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		assert_int_equal(parsed(arena_printf(mem, "{\"keyColumn\":{\"sqlType\":\"%s\"}}", names[i].name)).key_type,
		    names[i].type);
	assert_refused("{\"keyColumn\":{\"sqlType\":\"BLOB\"}}", ERR_META_VALUE);
}

static void
meta__key_path_is_one_plain_member(void **state)
{
	(void)state;
	assert_string_equal(parsed("{\"keyColumn\":{\"assignmentMethod\":\"EMBEDDED_OID\"}}").key_path, "_id");
	assert_string_equal(parsed("{\"keyColumn\":{\"path\":\"nr\"}}").key_path, "nr");
	assert_int_equal(parsed("{\"keyColumn\":{\"path\":\"nr\"}}").key_method, KEYS_EMBEDDED_OID);
	assert_string_equal(parsed("{\"keyColumn\":{\"path\":\"`nr`\"}}").key_path, "nr");
	assert_string_equal(parsed("{\"keyColumn\":{\"path\":\"nr\",\"assignmentMethod\":\"UUID\"}}").key_path, "");
	assert_refused("{\"keyColumn\":{\"path\":\"a.b\"}}", ERR_META_VALUE);
	assert_refused("{\"keyColumn\":{\"path\":\"a[0]\"}}", ERR_META_VALUE);
	assert_refused("{\"keyColumn\":{\"path\":\"*\"}}", ERR_META_VALUE);
	assert_refused("{\"keyColumn\":{\"path\":\"..a\"}}", ERR_META_VALUE);
	assert_refused("{\"keyColumn\":{\"path\":\"`a.b`\"}}", ERR_META_VALUE);
	assert_refused("{\"keyColumn\":{\"path\":\"`$`\"}}", ERR_META_VALUE);
	assert_refused("{\"keyColumn\":{\"path\":\"``\"}}", ERR_META_VALUE);
	assert_refused("{\"keyColumn\":{\"path\":\"a[\"}}", ERR_META_VALUE);
}

/* ---- contentColumn ---- */

static void
meta__content(void **state)
{
	(void)state;
	/* MD-07 */
	assert_refused("{\"contentColumn\":{\"sqlType\":\"BLOB\",\"maxLength\":100}}", ERR_META_LENGTH);
	assert_refused("{\"contentColumn\":{\"sqlType\":\"CLOB\",\"maxLength\":100}}", ERR_META_LENGTH);
	assert_refused("{\"contentColumn\":{\"sqlType\":\"JSON\",\"maxLength\":100}}", ERR_META_LENGTH);
	/* MD-08 */
	assert_refused("{\"contentColumn\":{\"sqlType\":\"VARCHAR2\",\"compress\":\"HIGH\"}}", ERR_META_LOB);
	assert_refused("{\"contentColumn\":{\"sqlType\":\"JSON\",\"encrypt\":\"AES128\"}}", ERR_META_LOB);
	assert_refused("{\"contentColumn\":{\"sqlType\":\"VARCHAR2\",\"cache\":true}}", ERR_META_LOB);
	/* MD-09 */
	assert_int_equal(parsed("{\"contentColumn\":{\"sqlType\":\"VARCHAR2\"}}").content_max_length, 4000);
	assert_int_equal(parsed("{\"contentColumn\":{\"sqlType\":\"VARCHAR2\",\"maxLength\":32767}}").content_max_length, 32767);
	/* MD-10 */
	assert_refused("{\"contentColumn\":{\"sqlType\":\"JSON\",\"validation\":\"STANDARD\"}}", ERR_META_VALIDATION);
	assert_false(parsed("{\"contentColumn\":{\"sqlType\":\"JSON\"}}").has_validation);
	assert_refused("{\"contentColumn\":{\"sqlType\":\"NCLOB\"}}", ERR_META_OTHER);
	assert_refused("{\"contentColumn\":{\"sqlType\":\"XML\"}}", ERR_META_VALUE);
	assert_refused("{\"contentColumn\":{\"compress\":\"ZIP\"}}", ERR_META_VALUE);
	assert_refused("{\"contentColumn\":{\"encrypt\":\"ROT13\"}}", ERR_META_VALUE);
	assert_refused("{\"contentColumn\":{\"validation\":\"NONE\"}}", ERR_META_VALUE);
	assert_refused("{\"contentColumn\":{\"jsonFormat\":\"BSON\"}}", ERR_META_VALUE);
	assert_refused("{\"contentColumn\":{\"cache\":\"yes\"}}", ERR_META_VALUE);
	assert_string_equal(parsed("{\"contentColumn\":{\"jsonFormat\":\"oson\"}}").json_format, "OSON");
	assert_string_equal(parsed("{\"contentColumn\":{\"encrypt\":\"3des168\"}}").encrypt, "3DES168");
	assert_int_equal(parsed("{\"contentColumn\":{\"validation\":\"strict\"}}").validation, VALIDATION_STRICT);
}

/* ---- the other columns ---- */

static void
meta__other_columns(void **state)
{
	(void)state;
	/* MD-11 */
	assert_refused("{\"versionColumn\":{\"method\":\"UUID\"}}", ERR_META_VERSION);
	assert_int_equal(parsed("{\"versionColumn\":{\"method\":\"NONE\"}}").version_method, VERSION_NONE);
	assert_int_equal(parsed("{\"versionColumn\":{\"name\":\"V\"}}").version_method, VERSION_SHA256);
	assert_int_equal(parsed("{\"versionColumn\":{\"name\":\"V\",\"type\":7,\"method\":\"md5\"}}").version_method, VERSION_MD5);
	assert_refused("{\"versionColumn\":{\"name\":\"V\",\"method\":\"CRC\"}}", ERR_META_VALUE);
	/* MD-12 */
	assert_refused("{\"lastModifiedColumn\":{\"index\":\"I\"}}", ERR_META_INDEX);
	assert_string_equal(parsed("{\"lastModifiedColumn\":{\"name\":\"L\",\"index\":\"I\"}}").modified_index, "I");
	/* MD-13 */
	assert_refused("{\"mediaTypeColumn\":{\"name\":\"M\"},\"contentColumn\":{\"sqlType\":\"CLOB\"}}", ERR_META_MEDIA);
	assert_refused("{\"mediaTypeColumn\":{\"name\":\"M\"},\"keyColumn\":{\"assignmentMethod\":\"OID\"}}", ERR_META_OTHER);
	assert_string_equal(parsed("{\"mediaTypeColumn\":{\"name\":\"M\"}}").media_type_column, "M");
	assert_string_equal(parsed("{\"creationTimeColumn\":{}}").created_column, "");
}

static void
meta__columns_have_different_names(void **state)
{
	(void)state;
	assert_refused("{\"keyColumn\":{\"name\":\"X\"},\"contentColumn\":{\"name\":\"x\"}}", ERR_META_VALUE);
	assert_refused("{\"versionColumn\":{\"name\":\"id\"}}", ERR_META_VALUE);
	assert_refused("{\"lastModifiedColumn\":{\"name\":\"T\"},\"creationTimeColumn\":{\"name\":\"T\"}}", ERR_META_VALUE);
}

static void
meta__top_level(void **state)
{
	(void)state;
	/* MD-15 */
	assert_true(parsed("{\"readOnly\":\"READONLY\"}").read_only);
	assert_false(parsed("{\"readOnly\":\"readWrite\"}").read_only);
	assert_true(parsed("{\"readOnly\":true}").read_only);
	assert_refused("{\"readOnly\":\"never\"}", ERR_META_VALUE);
	/* MD-29 */
	assert_refused("{\"schemaName\":\"OTHER\"}", ERR_META_VALUE);
	assert_string_equal(parsed("{\"schemaName\":\"Demo\"}").schema_name, "DEMO");
	assert_string_equal(parsed("{\"tableName\":\"any Thing\"}").table_name, "any Thing");
	assert_refused("{\"viewName\":\"V\"}", ERR_META_OTHER);
	assert_refused("{\"tableName\":\"T\",\"viewName\":\"V\"}", ERR_META_OTHER);
	assert_refused("{\"packageName\":\"P\"}", ERR_META_OTHER);
	assert_refused("{\"dualityViewName\":\"D\"}", ERR_META_OTHER);
}

/* ---- texts that are no metadata ---- */

static void
meta__malformed_text(void **state)
{
	(void)state;
	assert_refused("{", ERR_META_JSON);
	assert_refused("{} {}", ERR_META_JSON);
	assert_refused(" ", ERR_META_JSON);
	assert_refused("{\"readOnly\":true,\"readOnly\":true}", ERR_META_JSON);
	assert_refused("{\"tableName\":\"\xff\"}", ERR_META_JSON);
	assert_refused("[]", ERR_META_OBJECT);
	assert_refused("\"x\"", ERR_META_OBJECT);
	assert_refused("null", ERR_META_OBJECT);
}

static void
meta__unknown_and_repeated_members(void **state)
{
	(void)state;
	assert_refused_at("{\"color\":1}", ERR_META_MEMBER, "/color");
	assert_refused_at("{\"keyColumn\":{\"color\":1}}", ERR_META_MEMBER, "/keyColumn/color");
	assert_refused("{\"keyColumn\":{\"compress\":\"NONE\"}}", ERR_META_MEMBER);
	assert_refused("{\"name\":\"x\"}", ERR_META_MEMBER);
	assert_refused("{\"readOnly\":true,\"READONLY\":true}", ERR_META_MEMBER);
	assert_refused("{\"keyColumn\":{},\"KeyColumn\":{}}", ERR_META_MEMBER);
	assert_refused("{\"keyColumn\":{\"name\":\"a\",\"NAME\":\"b\"}}", ERR_META_MEMBER);
}

static void
meta__member_names_in_any_case(void **state)
{
	(void)state;
	assert_string_equal(parsed("{\"KEYCOLUMN\":{\"Name\":\"k\"}}").key_column, "k");
	assert_true(parsed("{\"readonly\":true}").read_only);
}

static void
meta__wrong_types(void **state)
{
	(void)state;
	assert_refused_at("{\"keyColumn\":null}", ERR_META_VALUE, "/keyColumn");
	assert_refused("{\"keyColumn\":[]}", ERR_META_VALUE);
	assert_refused_at("{\"keyColumn\":{\"name\":null}}", ERR_META_VALUE, "/keyColumn/name");
	assert_refused("{\"keyColumn\":{\"name\":\"\"}}", ERR_META_VALUE);
	assert_refused("{\"keyColumn\":{\"name\":\"a\\u0000b\"}}", ERR_META_VALUE);
	assert_refused("{\"keyColumn\":{\"maxLength\":\"40\"}}", ERR_META_VALUE);
	assert_refused("{\"contentColumn\":{\"cache\":1}}", ERR_META_VALUE);
	assert_refused("{\"readOnly\":null}", ERR_META_VALUE);
	assert_refused("{\"tableName\":{}}", ERR_META_VALUE);
}

/* ---- comparison and names ---- */

/* "/path one other", or "" */
static const char *
difference(const char *one, const char *other)
{
	struct meta a = parsed(one), b = parsed(other);
	struct meta_difference d;

	return !meta_differs(&a, &b, mem, &d) ? ""
	    : arena_printf(mem, "%.*s %.*s %.*s", SPAN_ARG(d.path), SPAN_ARG(d.one), SPAN_ARG(d.other));
}

static void
meta__differs_in_effective_values(void **state)
{
	(void)state;
	assert_string_equal(difference("", standard), "");
	assert_string_equal(difference("{}", "{\"keyColumn\":{\"maxLength\":999}}"), "");
	assert_string_equal(difference("{}", "{\"keyColumn\":{\"assignmentMethod\":\"CLIENT\"}}"),
	    "/keyColumn/assignmentMethod \"UUID\" \"CLIENT\"");
	assert_string_equal(difference("{\"readOnly\":true}", "{}"), "/readOnly true false");
	assert_string_equal(difference("{\"mediaTypeColumn\":{\"name\":\"M\"}}", "{}"), "/mediaTypeColumn {\"name\":\"M\"} ");
	assert_string_equal(difference("{}", "{\"mediaTypeColumn\":{\"name\":\"M\"}}"), "/mediaTypeColumn  {\"name\":\"M\"}");
	assert_string_equal(difference("{\"contentColumn\":{\"sqlType\":\"CLOB\"}}", "{\"contentColumn\":{\"sqlType\":\"VARCHAR2\"}}"),
	    "/contentColumn/sqlType \"CLOB\" \"VARCHAR2\"");
}

/* MD-28 */
static void
name__becomes_a_table(void **state)
{
	(void)state;
	assert_string_equal(name_to_table(SPAN("abc"), mem), "ABC");
	assert_string_equal(name_to_table(SPAN("aBc"), mem), "aBc");
	assert_string_equal(name_to_table(SPAN("ABC"), mem), "ABC");
	assert_string_equal(name_to_table(SPAN("a_1$#"), mem), "A_1$#");
	assert_string_equal(name_to_table(SPAN("regionsnumbers"), mem), "REGIONSNUMBERS");
	assert_string_equal(name_to_table(SPAN("my-coll"), mem), "my-coll");
	assert_string_equal(name_to_table(SPAN("1abc"), mem), "1abc");
	assert_string_equal(name_to_table(SPAN("_abc"), mem), "_abc");
	assert_string_equal(name_to_table(SPAN("a\"b\nc"), mem), "A_B_C");
	assert_string_equal(name_to_table(SPAN("\xc3\xa4"), mem), "\xc3\xa4");
}

static void
name__lengths_and_reserved_words(void **state)
{
	struct err e = { 0 };
	char long_name[257];

	(void)state;
	memset(long_name, 'x', sizeof(long_name));
	assert_true(name_check(SPAN("c"), &e));
	assert_true(name_check((struct span){ long_name, 255 }, &e));
	assert_false(name_check((struct span){ long_name, 256 }, &e));
	assert_int_equal(e.kind, ERR_BAD_NAME);
	assert_false(name_check(SPAN(""), &e));
	assert_false(name_check(SPAN("metadata-catalog"), &e));
	assert_false(name_check(SPAN("custom-actions"), &e));
	assert_true(name_check(SPAN("Metadata-Catalog"), &e));
}

#define T(f) cmocka_unit_test_setup_teardown(f, open_arena, close_arena)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(meta__no_body_is_the_standard),
		T(meta__empty_body_has_neither_versions_nor_times),
		T(meta__everything_in_order),
		T(meta__reports_are_fixed_points),
		T(meta__key_length),
		T(meta__key_method),
		T(meta__key_type_and_its_other_names),
		T(meta__key_path_is_one_plain_member),
		T(meta__content),
		T(meta__other_columns),
		T(meta__columns_have_different_names),
		T(meta__top_level),
		T(meta__malformed_text),
		T(meta__unknown_and_repeated_members),
		T(meta__member_names_in_any_case),
		T(meta__wrong_types),
		T(meta__differs_in_effective_values),
		T(name__becomes_a_table),
		T(name__lengths_and_reserved_words),
	};

	return cmocka_run_group_tests_name("meta", tests, NULL, NULL);
}
