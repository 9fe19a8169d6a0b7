/* tests/sql/test_catalog.c - schemas, collections and indexes in the repository */
#include "tests/sql/storedb.h"

static int
setup(void **state)
{
	struct storedb *s = calloc(1, sizeof(*s));

	storedb_open(s);
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

static void
catalog__needs_a_repository(void **state)
{
	struct testdb t;

	(void)state;
	testdb_open(&t);
	assert_false(catalog_begin(t.db, &t.e));
	assert_int_equal(t.e.kind, ERR_NEED_INSTALL);
	testdb_close(&t);
}

static void
schema__alias_ignores_case(void **state)
{
	struct storedb *s = *state;
	const struct schema *found, *again;

	MUST(&s->t, schema_by_alias(s->t.db, SPAN("DEMO"), &found, &s->t.e));
	assert_non_null(found);
	assert_span(found->name, "demo");
	assert_span(found->alias, "Demo");
	assert_true(found->enabled && found->auth_required && !found->is_admin);
	MUST(&s->t, schema_by_alias(s->t.db, SPAN("demo"), &again, &s->t.e));
	assert_ptr_equal(found, again);
	MUST(&s->t, schema_by_alias(s->t.db, SPAN("dem"), &found, &s->t.e));
	assert_null(found);
}

static void
schema__enable_changes_what_is_given(void **state)
{
	struct storedb *s = *state;
	const struct schema *found;
	bool was_there;

	storedb_begin(s, TX_WRITE);
	MUST(&s->t, schema_enable(s->t.db, SPAN("demo"), SPAN(""), false, "hash", &s->t.e));
	storedb_commit(s);
	storedb_begin(s, TX_WRITE);
	MUST(&s->t, schema_enable(s->t.db, SPAN("demo"), SPAN("other"), false, NULL, &s->t.e));
	storedb_commit(s);
	MUST(&s->t, catalog_begin(s->t.db, &s->t.e) && schema_by_alias(s->t.db, SPAN("other"), &found, &s->t.e));
	assert_non_null(found);
	assert_int_equal(found->id, s->schema_id);
	assert_string_equal(found->password_hash, "hash");
	assert_false(found->auth_required);
	MUST(&s->t, schema_by_alias(s->t.db, SPAN("demo"), &found, &s->t.e));
	assert_null(found);
	storedb_begin(s, TX_WRITE);
	MUST(&s->t, schema_disable(s->t.db, SPAN("demo"), &was_there, &s->t.e));
	assert_true(was_there);
	MUST(&s->t, schema_disable(s->t.db, SPAN("nobody"), &was_there, &s->t.e));
	assert_false(was_there);
	storedb_commit(s);
	MUST(&s->t, catalog_begin(s->t.db, &s->t.e) && schema_by_name(s->t.db, SPAN("demo"), &found, &s->t.e));
	assert_false(found->enabled);
}

static void
schema__alias_belongs_to_one(void **state)
{
	struct storedb *s = *state;
	const struct schema *list;
	size_t n;

	storedb_begin(s, TX_WRITE);
	assert_false(schema_enable(s->t.db, SPAN("second"), SPAN("DEMO"), true, NULL, &s->t.e));
	assert_int_equal(s->t.e.kind, ERR_CONSTRAINT);
	db_rollback(s->t.db);
	err_clear(&s->t.e);
	storedb_begin(s, TX_WRITE);
	MUST(&s->t, schema_enable(s->t.db, SPAN("second"), SPAN("x"), true, NULL, &s->t.e));
	MUST(&s->t, schema_list(s->t.db, s->t.mem, &list, &n, &s->t.e));
	assert_int_equal(n, 2);
	assert_span(list[0].name, "demo");
	assert_span(list[1].name, "second");
	storedb_commit(s);
}

static void
coll__metadata_come_back(void **state)
{
	struct storedb *s = *state;

	storedb_collection(s, &plain_meta, PLAIN_JSON);
	assert_span(s->coll->name, "c");
	assert_span(s->coll->meta_json, PLAIN_JSON);
	assert_string_equal(s->coll->meta.schema_name, "DEMO");
	assert_int_equal(s->coll->meta.key_type, KEY_VARCHAR2);
	assert_int_equal(s->coll->meta.key_method, KEYS_CLIENT);
	assert_int_equal(s->coll->meta.key_max_length, 255);
	assert_int_equal(s->coll->meta.version_method, VERSION_UUID);
	assert_string_equal(s->coll->meta.modified_column, "LAST_MODIFIED");
	assert_string_equal(s->coll->meta.media_type_column, "");
	assert_true(s->coll->meta.has_validation && s->coll->meta.cache);
	assert_null(s->coll->indexes);
}

static void
coll__metadata_of_every_kind(void **state)
{
	struct storedb *s = *state;
	struct meta m;

	MUST(&s->t, meta_from_json(SPAN("{\"schemaName\":\"S\",\"tableName\":\"T\",\"keyColumn\":{\"name\":\"K\","
	    "\"sqlType\":\"NUMBER\",\"sequenceName\":\"q\",\"assignmentMethod\":\"SEQUENCE\"},\"contentColumn\":{\"name\":"
	    "\"D\",\"sqlType\":\"VARCHAR2\",\"maxLength\":4000,\"validation\":\"LAX\"},\"lastModifiedColumn\":{\"name\":"
	    "\"L\",\"index\":\"LI\"},\"mediaTypeColumn\":{\"name\":\"M\"},\"readOnly\":true}"), s->t.mem, &m, &s->t.e));
	assert_int_equal(m.key_type, KEY_NUMBER);
	assert_int_equal(m.key_method, KEYS_SEQUENCE);
	assert_string_equal(m.sequence_name, "q");
	assert_int_equal(m.content_type, CONTENT_VARCHAR2);
	assert_int_equal(m.content_max_length, 4000);
	assert_int_equal(m.validation, VALIDATION_LAX);
	assert_int_equal(m.version_method, VERSION_NONE);
	assert_string_equal(m.version_column, "");
	assert_string_equal(m.modified_index, "LI");
	assert_true(meta_is_hetero(&m) && m.read_only);
	assert_false(meta_from_json(SPAN("{\"keyColumn\":{\"sqlType\":\"ODD\"}}"), s->t.mem, &m, &s->t.e));
	assert_int_equal(s->t.e.kind, ERR_INTERNAL);
}

static void
coll__names_are_bytes(void **state)		/* */
{
	static const char *const names[] = { "a", "A", "a ", "\xc3\xa1", "a\xcc\x81", "\xc3\x9f", "ss" };
	struct storedb *s = *state;
	const struct coll *a, *b;

	storedb_begin(s, TX_WRITE);
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		MUST(&s->t, catalog_create(s->t.db, s->schema_id, span_of(names[i]), &plain_meta, SPAN(PLAIN_JSON), &s->t.e));
	storedb_commit(s);
	MUST(&s->t, catalog_begin(s->t.db, &s->t.e));
	for (size_t i = 1; i < sizeof(names) / sizeof(*names); i++) {
		MUST(&s->t, catalog_find(s->t.db, s->schema_id, span_of(names[i - 1]), &a, &s->t.e)
		    && catalog_find(s->t.db, s->schema_id, span_of(names[i]), &b, &s->t.e));
		assert_int_not_equal(a->id, b->id);
	}
	assert_false(catalog_find(s->t.db, s->schema_id, SPAN("SS"), &a, &s->t.e));
	assert_int_equal(s->t.e.kind, ERR_NO_COLLECTION);
}

static void
coll__belongs_to_its_schema(void **state)		/* */
{
	struct storedb *s = *state;
	const struct coll *found;

	storedb_collection(s, &plain_meta, PLAIN_JSON);
	MUST(&s->t, catalog_get(s->t.db, s->schema_id + 1, SPAN("c"), &found, &s->t.e));
	assert_null(found);
}

static void
coll__second_of_a_name_is_refused(void **state)
{
	struct storedb *s = *state;

	storedb_collection(s, &plain_meta, PLAIN_JSON);
	storedb_begin(s, TX_WRITE);
	assert_false(catalog_create(s->t.db, s->schema_id, SPAN("c"), &plain_meta, SPAN(PLAIN_JSON), &s->t.e));
	assert_int_equal(s->t.e.kind, ERR_CONSTRAINT);
	db_rollback(s->t.db);
}

static void
coll__list_is_sorted_and_paged(void **state)
{
	static const char *const names[] = { "b", "a", "C", "d" };
	struct storedb *s = *state;
	struct coll *list;
	size_t n;
	bool has_more;

	storedb_begin(s, TX_WRITE);
	for (size_t i = 0; i < 4; i++)
		MUST(&s->t, catalog_create(s->t.db, s->schema_id, span_of(names[i]), &plain_meta, SPAN(PLAIN_JSON), &s->t.e));
	storedb_commit(s);
	MUST(&s->t, catalog_list(s->t.db, s->schema_id, SPAN(""), 0, s->t.mem, &list, &n, &has_more, &s->t.e));
	assert_int_equal(n, 4);
	assert_false(has_more);
	assert_span(list[0].name, "C");
	assert_span(list[3].name, "d");
	assert_span(list[0].meta_json, PLAIN_JSON);
	MUST(&s->t, catalog_list(s->t.db, s->schema_id, SPAN("b"), 1, s->t.mem, &list, &n, &has_more, &s->t.e));
	assert_int_equal(n, 1);
	assert_true(has_more);
	assert_span(list[0].name, "b");
	MUST(&s->t, catalog_list(s->t.db, s->schema_id, SPAN("b"), 2, s->t.mem, &list, &n, &has_more, &s->t.e));
	assert_int_equal(n, 2);
	assert_false(has_more);
}

static void
coll__drop_takes_everything(void **state)
{
	struct storedb *s = *state;
	const struct coll *found;
	struct meta m = plain_meta;
	struct index ix = { .name = "ix", .n_fields = 1, .fields = (const struct index_field[]){ { .path = FIELD_PATH("a") } } };

	m.key_method = KEYS_IDENTITY;
	storedb_collection(s, &m, "{\"keyColumn\":{\"assignmentMethod\":\"IDENTITY\"}}");
	MUST(&s->t, storedb_index(s, &ix));
	storedb_begin(s, TX_WRITE);
	MUST(&s->t, catalog_drop(s->t.db, s->coll, &s->t.e));
	storedb_commit(s);
	MUST(&s->t, catalog_begin(s->t.db, &s->t.e) && catalog_get(s->t.db, s->schema_id, SPAN("c"), &found, &s->t.e));
	assert_null(found);
	assert_int_equal(testdb_number(&s->t, "SELECT count(*) FROM sqlite_master WHERE name LIKE 'soda\\__\\_%' ESCAPE '\\'"), 0);
	assert_int_equal(testdb_number(&s->t, "SELECT count(*) FROM soda_indexes"), 0);
	assert_int_equal(testdb_number(&s->t, "SELECT count(*) FROM soda_sequences"), 0);
	s->coll = NULL;
	storedb_collection(s, &plain_meta, PLAIN_JSON);		/* the name is free, the number is another one */
	assert_int_not_equal(s->coll->id, 2);
}

static void
coll__rollback_leaves_nothing_behind(void **state)		/* */
{
	struct storedb *s = *state;
	const struct coll *found;

	storedb_begin(s, TX_WRITE);
	MUST(&s->t, catalog_create(s->t.db, s->schema_id, SPAN("c"), &plain_meta, SPAN(PLAIN_JSON), &s->t.e)
	    && catalog_find(s->t.db, s->schema_id, SPAN("c"), &found, &s->t.e));
	db_rollback(s->t.db);
	MUST(&s->t, catalog_begin(s->t.db, &s->t.e) && catalog_get(s->t.db, s->schema_id, SPAN("c"), &found, &s->t.e));
	assert_null(found);
	assert_int_equal(testdb_number(&s->t, "SELECT count(*) FROM sqlite_master WHERE name LIKE 'soda\\_c\\_%' ESCAPE '\\'"), 0);
}

static void
cache__change_of_another_connection_is_seen(void **state)		/* */
{
	struct storedb *s = *state;
	const struct coll *first, *second, *found;
	struct index ix = { .name = "ix", .n_fields = 1, .fields = (const struct index_field[]){ { .path = FIELD_PATH("a") } } };
	struct db *other;

	storedb_collection(s, &plain_meta, PLAIN_JSON);
	MUST(&s->t, db_open(&s->t.pool, &other, &s->t.e));
	MUST(&s->t, catalog_begin(other, &s->t.e) && catalog_find(other, s->schema_id, SPAN("c"), &first, &s->t.e));
	MUST(&s->t, catalog_begin(other, &s->t.e) && catalog_find(other, s->schema_id, SPAN("c"), &second, &s->t.e));
	assert_ptr_equal(first, second);
	MUST(&s->t, storedb_index(s, &ix));
	MUST(&s->t, catalog_begin(other, &s->t.e) && catalog_find(other, s->schema_id, SPAN("c"), &found, &s->t.e));
	assert_non_null(found->indexes);
	assert_string_equal(found->indexes->name, "ix");
	storedb_begin(s, TX_WRITE);
	MUST(&s->t, catalog_drop(s->t.db, s->coll, &s->t.e));
	storedb_commit(s);
	MUST(&s->t, catalog_begin(other, &s->t.e) && catalog_get(other, s->schema_id, SPAN("c"), &found, &s->t.e));
	assert_null(found);
	db_close(&other);
}

static void
index__comes_back_as_it_was(void **state)
{
	struct storedb *s = *state;
	static const struct step deep[] = {
		{ .kind = STEP_FIELD, .name = { "a b", 3 } }, { .kind = STEP_FIELD, .name = { "c.d", 3 } },
	};
	struct index ix = { .name = "IX \"q\"", .unique = true, .scalar_required = true, .index_nulls = true, .n_fields = 2,
		.fields = (const struct index_field[]){
			{ .path = { 2, deep, SPAN("a b.`c.d`") }, .type = TYPE_NUMBER, .descending = true },
			{ .path = FIELD_PATH("e"), .max_chars = 20 },
		} };
	const struct index *got;

	storedb_collection(s, &plain_meta, PLAIN_JSON);
	MUST(&s->t, storedb_index(s, &ix));
	got = s->coll->indexes;
	assert_non_null(got);
	assert_null(got->next);
	assert_int_equal(got->id, ix.id);
	assert_string_equal(got->name, "IX \"q\"");
	assert_true(got->unique && got->scalar_required && got->index_nulls);
	assert_false(got->lax || got->multivalue);
	assert_int_equal(got->n_fields, 2);
	assert_int_equal(got->fields[0].type, TYPE_NUMBER);
	assert_true(got->fields[0].descending);
	assert_int_equal(got->fields[0].path.n_steps, 2);
	assert_span(got->fields[0].path.steps[0].name, "a b");
	assert_span(got->fields[0].path.steps[1].name, "c.d");
	assert_span(got->fields[0].path.text, "a b.`c.d`");
	assert_int_equal(got->fields[1].max_chars, 20);
	assert_int_equal(got->fields[1].type, TYPE_VARCHAR2);
}

static void
index__name_is_taken_in_the_whole_schema(void **state)
{
	struct storedb *s = *state;
	const struct coll *other;
	bool was_there;
	struct index ix = { .name = "ix", .n_fields = 1, .fields = (const struct index_field[]){ { .path = FIELD_PATH("a") } } };

	storedb_collection(s, &plain_meta, PLAIN_JSON);
	MUST(&s->t, storedb_index(s, &ix));
	storedb_begin(s, TX_WRITE);
	MUST(&s->t, catalog_create(s->t.db, s->schema_id, SPAN("d"), &plain_meta, SPAN(PLAIN_JSON), &s->t.e)
	    && catalog_find(s->t.db, s->schema_id, SPAN("d"), &other, &s->t.e));
	assert_false(catalog_index_create(s->t.db, other, &ix, SPAN("{}"), &s->t.e));
	assert_int_equal(s->t.e.kind, ERR_INDEX_EXISTS);
	err_clear(&s->t.e);
	MUST(&s->t, catalog_index_drop(s->t.db, other, SPAN("ix"), &was_there, &s->t.e));
	assert_false(was_there);
	MUST(&s->t, catalog_index_drop(s->t.db, s->coll, SPAN("ix"), &was_there, &s->t.e));
	assert_true(was_there);
	storedb_commit(s);
	storedb_begin(s, TX_READ);
	assert_null(s->coll->indexes);
	storedb_commit(s);
	MUST(&s->t, storedb_index(s, &ix));	/* free again */
}

static void
index__duplicates_refuse_a_unique_one(void **state)		/* IX-05 */
{
	struct storedb *s = *state;
	struct index ix = { .name = "ix", .unique = true, .n_fields = 1,
		.fields = (const struct index_field[]){ { .path = FIELD_PATH("a") } } };

	storedb_collection(s, &plain_meta, PLAIN_JSON);
	storedb_begin(s, TX_WRITE);
	assert_true(put(s, "1", "{\"a\":1}") && put(s, "2", "{\"a\":1}"));
	storedb_commit(s);
	assert_false(storedb_index(s, &ix));
	assert_int_equal(s->t.e.kind, ERR_UNIQUE_BUILD);
	assert_null(s->coll->indexes);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(catalog__needs_a_repository),
		T(schema__alias_ignores_case),
		T(schema__enable_changes_what_is_given),
		T(schema__alias_belongs_to_one),
		T(coll__metadata_come_back),
		T(coll__metadata_of_every_kind),
		T(coll__names_are_bytes),
		T(coll__belongs_to_its_schema),
		T(coll__second_of_a_name_is_refused),
		T(coll__list_is_sorted_and_paged),
		T(coll__drop_takes_everything),
		T(coll__rollback_leaves_nothing_behind),
		T(cache__change_of_another_connection_is_seen),
		T(index__comes_back_as_it_was),
		T(index__name_is_taken_in_the_whole_schema),
		T(index__duplicates_refuse_a_unique_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
