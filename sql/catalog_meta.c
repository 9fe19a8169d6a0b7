/* sql/catalog_meta.c - metadata of collections and indexes as the catalogue keeps it: JSON
 *
 * Everything read here was written by this program, so whatever does not fit is a damaged catalogue and no bad input.
 */
#include "sql/coll.h"

#include "base/json.h"
#include "sql/box.h"
#include "sql/search.h"

#include <stdio.h>

static bool
damaged(struct err *e, const char *what)
{
	err_set(e, ERR_INTERNAL, NULL);
	return err_detail(e, "catalogue: %s", what);
}

/* The tree ends with the call: what is kept of it is copied. */
static json_t **
tree_of(struct span json, struct arena *mem, struct err *e)
{
	json_t **held = json_hold(json, mem, e);

	if (held != NULL && json_is_object(*held))
		return held;
	if (held != NULL)
		json_drop(held);
	if (held != NULL || e->kind == ERR_BAD_JSON)
		damaged(e, "an entry is no JSON object");
	return NULL;
}

/* ---- members with defaults ---- */

static const char *
text_of(const json_t *object, const char *name, const char *dflt, struct arena *mem)
{
	const json_t *v = json_object_get(object, name);

	if (!json_is_string(v))
		return dflt;
	return arena_z(mem, (struct span){ json_string_value(v), json_string_length(v) });
}

static int64_t
number_of(const json_t *object, const char *name)
{
	const json_t *v = json_object_get(object, name);

	return json_is_integer(v) ? (int64_t)json_integer_value(v) : 0;
}

static bool
flag_of(const json_t *object, const char *name, bool dflt)
{
	const json_t *v = json_object_get(object, name);

	return json_is_boolean(v) ? json_is_true(v) : dflt;
}

/* Position of a word in a list; absent: the first.  -1: not in the list */
static int
word_of(const json_t *object, const char *name, const char *const *words, size_t n_words)
{
	const char *word = json_string_value(json_object_get(object, name));

	if (word == NULL)
		return 0;
	for (size_t i = 0; i < n_words; i++)
		if (strcmp(words[i], word) == 0)
			return (int)i;
	return -1;
}
#define WORD_OF(object, name, words) word_of(object, name, words, sizeof(words) / sizeof(*(words)))

/* ---- collections ---- */

static const char *const key_types[] = {
	[KEY_VARCHAR2] = "VARCHAR2", [KEY_NVARCHAR2] = "NVARCHAR2", [KEY_NUMBER] = "NUMBER", [KEY_RAW] = "RAW",
};
static const char *const key_methods[] = {
	[KEYS_UUID] = "UUID", [KEYS_GUID] = "GUID", [KEYS_SEQUENCE] = "SEQUENCE", [KEYS_IDENTITY] = "IDENTITY",
	[KEYS_CLIENT] = "CLIENT", [KEYS_EMBEDDED_OID] = "EMBEDDED_OID", [KEYS_SERVER] = "SERVER",
};
static const char *const content_types[] = {
	[CONTENT_BLOB] = "BLOB", [CONTENT_CLOB] = "CLOB", [CONTENT_VARCHAR2] = "VARCHAR2", [CONTENT_JSON] = "JSON",
};
static const char *const validations[] = {
	[VALIDATION_STANDARD] = "STANDARD", [VALIDATION_STRICT] = "STRICT", [VALIDATION_LAX] = "LAX",
};
static const char *const version_methods[] = {
	[VERSION_NONE] = "NONE", [VERSION_SHA256] = "SHA256", [VERSION_MD5] = "MD5", [VERSION_UUID] = "UUID",
	[VERSION_TIMESTAMP] = "TIMESTAMP", [VERSION_SEQUENTIAL] = "SEQUENTIAL",
};

static bool
read_columns(const json_t *tree, struct arena *mem, struct meta *m)
{
	const json_t *key = json_object_get(tree, "keyColumn");
	const json_t *content = json_object_get(tree, "contentColumn");
	const json_t *version = json_object_get(tree, "versionColumn");
	const json_t *modified = json_object_get(tree, "lastModifiedColumn");
	int key_type = WORD_OF(key, "sqlType", key_types);
	int key_method = WORD_OF(key, "assignmentMethod", key_methods);
	int content_type = WORD_OF(content, "sqlType", content_types);
	int validation = WORD_OF(content, "validation", validations);
	int version_method = WORD_OF(version, "method", version_methods);

	if (key_type < 0 || key_method < 0 || content_type < 0 || validation < 0 || version_method < 0)
		return false;
	m->key_column = text_of(key, "name", "", mem);
	m->key_type = (enum key_type)key_type;
	m->key_max_length = number_of(key, "maxLength");
	m->key_method = (enum key_method)key_method;
	m->sequence_name = text_of(key, "sequenceName", "", mem);
	m->key_path = text_of(key, "path", "", mem);
	m->content_column = text_of(content, "name", "", mem);
	m->content_type = (enum content_type)content_type;
	m->content_max_length = number_of(content, "maxLength");
	m->has_validation = json_object_get(content, "validation") != NULL;
	m->validation = (enum validation)validation;
	m->compress = text_of(content, "compress", "NONE", mem);
	m->encrypt = text_of(content, "encrypt", "NONE", mem);
	m->cache = flag_of(content, "cache", true);
	m->json_format = text_of(content, "jsonFormat", "", mem);
	m->version_column = text_of(version, "name", "", mem);
	m->version_method = (enum version_method)version_method;
	m->modified_column = text_of(modified, "name", "", mem);
	m->modified_index = text_of(modified, "index", "", mem);
	m->created_column = text_of(json_object_get(tree, "creationTimeColumn"), "name", "", mem);
	m->media_type_column = text_of(json_object_get(tree, "mediaTypeColumn"), "name", "", mem);
	return true;
}

bool
meta_from_json(struct span json, struct arena *mem, struct meta *out, struct err *e)
{
	json_t **held = tree_of(json, mem, e);
	const json_t *tree;
	bool ok;

	if (held == NULL)
		return false;
	tree = *held;
	*out = (struct meta){ 0 };
	out->schema_name = text_of(tree, "schemaName", "", mem);
	out->table_name = text_of(tree, "tableName", "", mem);
	out->read_only = flag_of(tree, "readOnly", false);
	ok = read_columns(tree, mem, out);
	json_drop(held);
	return ok || damaged(e, "metadata of a collection hold an unknown word");
}

/* ---- indexes ---- */

static const char *const index_kinds[] = { [INDEX_BTREE] = "btree", [INDEX_SEARCH] = "search", [INDEX_SPATIAL] = "spatial" };
static const char *const datatypes[] = {
	[TYPE_VARCHAR2] = "varchar2", [TYPE_NUMBER] = "number", [TYPE_DATE] = "date", [TYPE_TIMESTAMP] = "timestamp",
};

static void
put_flag(struct buf *b, const char *name, bool on)
{
	if (on)
		buf_printf(b, "\"%s\":true,", name);
}

static void
put_field(struct buf *b, const struct index_field *f)
{
	put_lit(b, "{\"path\":[");
	for (size_t i = 0; i < f->path.n_steps; i++) {
		if (i > 0)
			buf_char(b, ',');
		buf_json(b, f->path.steps[i].name);
	}
	put_lit(b, "],\"text\":");
	buf_json(b, f->path.text);
	buf_printf(b, ",\"type\":\"%s\",\"maxLength\":%zu,\"descending\":%s}", datatypes[f->type], f->max_chars,
	    f->descending ? "true" : "false");
}

void
index_to_json(const struct index *ix, struct buf *out)
{
	buf_char(out, '{');
	if (ix->kind != INDEX_BTREE)
		buf_printf(out, "\"kind\":\"%s\",", index_kinds[ix->kind]);
	put_flag(out, "text", ix->has_text);
	put_flag(out, "words", ix->has_words);
	put_flag(out, "parsed", ix->has_parsed);
	put_flag(out, "indexesParsed", ix->indexes_parsed);
	put_flag(out, "guide", ix->has_guide);
	put_flag(out, "unique", ix->unique);
	put_flag(out, "scalarRequired", ix->scalar_required);
	put_flag(out, "lax", ix->lax);
	put_flag(out, "indexNulls", ix->index_nulls);
	put_flag(out, "multivalue", ix->multivalue);
	put_lit(out, "\"fields\":[");
	for (size_t i = 0; i < (ix->kind == INDEX_SPATIAL ? 1 : ix->n_fields); i++) {
		if (i > 0)
			buf_char(out, ',');
		put_field(out, &ix->fields[i]);
	}
	put_lit(out, "]}");
}

static bool
read_field(const json_t *field, struct arena *mem, struct index_field *out)
{
	const json_t *path = json_object_get(field, "path");
	int type = WORD_OF(field, "type", datatypes);
	size_t n = json_array_size(path);
	struct step *steps = ARENA_ARRAY(mem, struct step, n);

	if (type < 0 || n == 0)
		return false;
	for (size_t i = 0; i < n; i++) {
		const json_t *name = json_array_get(path, i);

		if (!json_is_string(name))
			return false;
		steps[i].kind = STEP_FIELD;
		steps[i].name = arena_span(mem, (struct span){ json_string_value(name), json_string_length(name) });
	}
	*out = (struct index_field){
		.path = { .n_steps = n, .steps = steps, .text = span_of(text_of(field, "text", "", mem)) },
		.type = (enum datatype)type,
		.max_chars = (size_t)number_of(field, "maxLength"),
		.descending = flag_of(field, "descending", false),
	};
	return true;
}

static bool
read_fields(const json_t *list, struct arena *mem, struct index *out)
{
	size_t n = json_array_size(list);
	struct index_field *fields = ARENA_ARRAY(mem, struct index_field, n);

	for (size_t i = 0; i < n; i++)
		if (!read_field(json_array_get(list, i), mem, &fields[i]))
			return false;
	out->fields = fields;
	out->n_fields = n;
	return (n > 0) == index_has_rows(out);
}

bool
index_from_json(struct span json, struct arena *mem, struct index *out, struct err *e)
{
	json_t **held = tree_of(json, mem, e);
	const json_t *tree;
	bool ok;
	int kind;

	if (held == NULL)
		return false;
	tree = *held;
	kind = WORD_OF(tree, "kind", index_kinds);
	out->kind = (enum index_kind)kind;
	out->has_text = flag_of(tree, "text", false);
	out->has_words = flag_of(tree, "words", false);
	out->has_parsed = flag_of(tree, "parsed", false);
	out->indexes_parsed = flag_of(tree, "indexesParsed", false);
	out->has_guide = flag_of(tree, "guide", false);
	out->guide = out->has_guide ? guide_open(mem) : NULL;
	out->unique = flag_of(tree, "unique", false);
	out->scalar_required = flag_of(tree, "scalarRequired", false);
	out->lax = flag_of(tree, "lax", false);
	out->index_nulls = flag_of(tree, "indexNulls", false);
	out->multivalue = flag_of(tree, "multivalue", false);
	ok = kind >= 0 && read_fields(json_object_get(tree, "fields"), mem, out);
	if (ok && out->kind == INDEX_SPATIAL)
		box_fields(&out->fields[0], mem, out);
	json_drop(held);
	return ok || damaged(e, "an index is not as this program writes it");
}
