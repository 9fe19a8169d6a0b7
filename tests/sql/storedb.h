/* tests/sql/storedb.h - a repository with one schema, for tests of documents
 *
 * Conditions and matching are written here by hand: sql/ does not know soda/.
 */
#ifndef CORDS_TESTS_SQL_STOREDB_H
#define CORDS_TESTS_SQL_STOREDB_H

#include "tests/lib/plain_json.h"
#include "tests/sql/testdb.h"

#include "sql/catalog.h"
#include "sql/migrate.h"
#include "sql/store.h"

#define MUST(t, call) do { \
	if (!(call)) \
		fail_msg("%s: %s (%s)", #call, (t)->e.text, (t)->e.detail); \
} while (0)

static const struct meta plain_meta = {
	.schema_name = "DEMO", .table_name = "C", .key_column = "ID", .key_max_length = 255, .key_method = KEYS_CLIENT,
	.sequence_name = "", .key_path = "", .content_column = "JSON_DOCUMENT", .has_validation = true, .compress = "NONE",
	.encrypt = "NONE", .cache = true, .json_format = "", .version_column = "VERSION", .version_method = VERSION_UUID,
	.modified_column = "LAST_MODIFIED", .modified_index = "", .created_column = "CREATED_ON", .media_type_column = "",
};

struct storedb {
	struct testdb t;
	int64_t schema_id;
	const struct coll *coll;
};

static inline void
storedb_open(struct storedb *s)
{
	const struct schema *schema;
	int n;

	testdb_folder(&s->t);
	MUST(&s->t, migrate_install(&s->t.pool, NULL, &n, &s->t.e));
	MUST(&s->t, db_open(&s->t.pool, &s->t.db, &s->t.e));
	MUST(&s->t, db_begin(s->t.db, TX_WRITE, &s->t.e) && catalog_begin(s->t.db, &s->t.e)
	    && schema_enable(s->t.db, SPAN("demo"), SPAN("Demo"), true, "", &s->t.e)
	    && db_commit(s->t.db, &s->t.e)
	    && catalog_begin(s->t.db, &s->t.e)
	    && schema_by_name(s->t.db, SPAN("demo"), &schema, &s->t.e));
	assert_non_null(schema);
	s->schema_id = schema->id;
}

static inline void
storedb_close(struct storedb *s)
{
	testdb_close(&s->t);
}

/* begins to write, with a fresh look at the catalogue */
static inline void
storedb_begin(struct storedb *s, enum tx tx)
{
	MUST(&s->t, db_begin(s->t.db, tx, &s->t.e) && catalog_begin(s->t.db, &s->t.e));
	if (s->coll != NULL)
		MUST(&s->t, catalog_find(s->t.db, s->schema_id, SPAN("c"), &s->coll, &s->t.e));
}

static inline void
storedb_commit(struct storedb *s)
{
	MUST(&s->t, db_commit(s->t.db, &s->t.e));
}

/* the collection "c"; meta_json has to say what meta says, as far as a test needs it */
static inline void
storedb_collection(struct storedb *s, const struct meta *meta, const char *meta_json)
{
	storedb_begin(s, TX_WRITE);
	MUST(&s->t, catalog_create(s->t.db, s->schema_id, SPAN("c"), meta, span_of(meta_json), &s->t.e));
	storedb_commit(s);
	MUST(&s->t, catalog_begin(s->t.db, &s->t.e)
	    && catalog_find(s->t.db, s->schema_id, SPAN("c"), &s->coll, &s->t.e));
}

/* ---- documents, indexed by their top-level members ---- */

#define FIELD_STEP(z) (const struct step[]){ { .kind = STEP_FIELD, .name = { (z), sizeof(z) - 1 } } }
#define FIELD_PATH(z) { .n_steps = 1, .steps = FIELD_STEP(z), .text = { (z), sizeof(z) - 1 } }

/* the text of a field of an index by the simplest rule: a member as it is written, without quotes */
#include "sql/ixtext.h"
static inline struct span
member_text(struct span content, const struct index_field *f, struct arena *mem)
{
	struct span v, text;

	if (!jmember(jcur_root(content), f->path.steps[0].name, &v) || jval_type(v) == J_NULL
	    || !ixtext_value(v, f->type, 0, mem, &text))
		return (struct span){ NULL, 0 };
	return text;
}

static inline struct index_entry *
entries_of(const struct coll *coll, struct span content, struct arena *mem, size_t *n)
{
	struct index_entry *list;

	*n = 0;
	for (const struct index *ix = coll->indexes; ix != NULL; ix = ix->next)
		(*n)++;
	list = ARENA_ARRAY(mem, struct index_entry, *n + 1);
	*n = 0;
	for (const struct index *ix = coll->indexes; ix != NULL; ix = ix->next) {
		struct span *values = ARENA_ARRAY(mem, struct span, ix->n_fields);

		for (size_t f = 0; f < ix->n_fields; f++)
			values[f] = member_text(content, &ix->fields[f], mem);
		list[(*n)++] = (struct index_entry){ .index = ix, .values = values };
	}
	return list;
}

static inline struct doc
doc_of(const char *key, const char *content)
{
	return (struct doc){ .key = span_of(key), .rev = 1, .version = SPAN("v1"), .created_us = 1000, .modified_us = 1000,
		.content = span_of(content), .n_bytes = strlen(content) };
}

/* one document with its entries, inside a transaction */
static inline bool
put(struct storedb *s, const char *key, const char *content)
{
	struct doc d = doc_of(key, content);
	size_t n;
	struct index_entry *entries = entries_of(s->coll, d.content, s->t.mem, &n);

	return store_insert(s->t.db, s->coll, &d, 1, entries, n, s->t.mem, &s->t.e);
}

static inline bool
entry_by_member(const struct index *ix, struct span content, struct arena *mem, struct index_entry *out, struct err *e)
{
	struct coll only = { .indexes = ix };
	size_t n;

	(void)e;
	*out = *entries_of(&only, content, mem, &n);
	return true;
}

/* creates an index of the collection and fills it, in one transaction */
static inline bool
storedb_index(struct storedb *s, struct index *ix)
{
	bool ok;

	storedb_begin(s, TX_WRITE);
	ok = catalog_index_create(s->t.db, s->coll, ix, SPAN("{}"), &s->t.e)
	    && store_index_fill(s->t.db, s->coll, ix, entry_by_member, s->t.mem, &s->t.e)
	    && catalog_index_finish(s->t.db, s->coll, ix, &s->t.e)
	    && db_commit(s->t.db, &s->t.e);
	if (!ok)
		db_rollback(s->t.db);
	if (!catalog_begin(s->t.db, &(struct err){ 0 })
	    || !catalog_find(s->t.db, s->schema_id, SPAN("c"), &s->coll, &(struct err){ 0 }))
		fail_msg("the collection is gone");
	return ok;
}

/* keys of a page as one text: "a,b,c" and "+" when there is more */
static inline const char *
keys_of(const struct docs *docs, struct arena *mem)
{
	struct buf b;

	buf_init(&b, mem);
	for (size_t i = 0; i < docs->n; i++) {
		if (i > 0)
			buf_char(&b, ',');
		buf_span(&b, docs->doc[i].key);
	}
	if (docs->has_more)
		buf_char(&b, '+');
	return buf_z(&b);
}

static inline const char *
find_keys(struct storedb *s, const struct plan *plan)
{
	struct docs docs;

	MUST(&s->t, store_find(s->t.db, plan, s->t.mem, &docs, &s->t.e));
	return keys_of(&docs, s->t.mem);
}

#endif
