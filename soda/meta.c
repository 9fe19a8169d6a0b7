/* soda/meta.c - what a client says about a collection, checked and completed
 *
 * First every member finds its row below; then each component is made from the values that were given.
 */
#include "soda/meta.h"

#include "base/json.h"
#include "base/scan.h"
#include "soda/meta_words.h"
#include "soda/path.h"

#include <stdio.h>

enum { NAME_MAX_BYTES = 255, KEY_MAX_BYTES = 255, HEX_KEY_BYTES = 32, OID_KEY_BYTES = 24, VARCHAR2_BYTES = 4000 };
enum { META_DEPTH = 16 };

/* ---- names ---- */

bool
name_check(struct span name, struct err *e)
{
	if (name.n == 0 || name.n > NAME_MAX_BYTES)
		return err_set(e, ERR_BAD_NAME, "the name of a collection has 1 to %d bytes", NAME_MAX_BYTES);
	if (span_is(name, "metadata-catalog") || span_is(name, "custom-actions"))
		return err_set(e, ERR_BAD_NAME, "the name %.*s is reserved", SPAN_ARG(name));
	return true;
}

static bool
is_upper(char c)
{
	return c >= 'A' && c <= 'Z';
}

static bool
is_lower(char c)
{
	return c >= 'a' && c <= 'z';
}

static const char *
upper_case(struct span s, struct arena *mem)
{
	char *z = arena_z(mem, s);

	for (size_t i = 0; i < s.n; i++)
		if (is_lower(z[i]))
			z[i] = (char)(z[i] - 'a' + 'A');
	return z;
}

const char *
name_to_table(struct span name, struct arena *mem)
{
	char *z = arena_z(mem, name);
	bool has_upper = false, has_lower = false, is_plain = true;

	for (size_t i = 0; i < name.n; i++) {
		if ((unsigned char)z[i] < 0x20 || z[i] == 0x7f || z[i] == '"')
			z[i] = '_';
		has_upper |= is_upper(z[i]);
		has_lower |= is_lower(z[i]);
		is_plain &= is_upper(z[i]) || is_lower(z[i]) || (z[i] >= '0' && z[i] <= '9') || strchr("_$#", z[i]) != NULL;
	}
	if (!is_plain || (!is_upper(z[0]) && !is_lower(z[0])) || (has_upper && has_lower))
		return z;
	return upper_case((struct span){ z, name.n }, mem);
}

/* ---- members ---- */

enum slot {
	SCHEMA_NAME, TABLE_NAME, VIEW_NAME, PACKAGE_NAME, DUALITY_NAME, READ_ONLY,
	KEY_NAME, KEY_TYPE, KEY_LENGTH, KEY_METHOD, KEY_SEQUENCE, KEY_PATH,
	CONTENT_NAME, CONTENT_TYPE, CONTENT_LENGTH, CONTENT_VALIDATION, CONTENT_FORMAT, CONTENT_COMPRESS, CONTENT_CACHE,
	CONTENT_ENCRYPT,
	VERSION_NAME, VERSION_TYPE, VERSION_METHOD,
	MODIFIED_NAME, MODIFIED_INDEX, CREATED_NAME, MEDIA_NAME,
	SLOT__N
};

enum kind { TEXT, NUMBER, BOOLEAN, ACCESS, ANYTHING };

static const struct row {
	const char *component;		/* "": at the top level */
	const char *member;
	enum kind kind;
} rows[SLOT__N] = {
	[SCHEMA_NAME] = { "", "schemaName", TEXT },
	[TABLE_NAME] = { "", "tableName", TEXT },
	[VIEW_NAME] = { "", "viewName", TEXT },
	[PACKAGE_NAME] = { "", "packageName", TEXT },
	[DUALITY_NAME] = { "", "dualityViewName", TEXT },
	[READ_ONLY] = { "", "readOnly", ACCESS },
	[KEY_NAME] = { "keyColumn", "name", TEXT },
	[KEY_TYPE] = { "keyColumn", "sqlType", TEXT },
	[KEY_LENGTH] = { "keyColumn", "maxLength", NUMBER },
	[KEY_METHOD] = { "keyColumn", "assignmentMethod", TEXT },
	[KEY_SEQUENCE] = { "keyColumn", "sequenceName", TEXT },
	[KEY_PATH] = { "keyColumn", "path", TEXT },
	[CONTENT_NAME] = { "contentColumn", "name", TEXT },
	[CONTENT_TYPE] = { "contentColumn", "sqlType", TEXT },
	[CONTENT_LENGTH] = { "contentColumn", "maxLength", NUMBER },
	[CONTENT_VALIDATION] = { "contentColumn", "validation", TEXT },
	[CONTENT_FORMAT] = { "contentColumn", "jsonFormat", TEXT },
	[CONTENT_COMPRESS] = { "contentColumn", "compress", TEXT },
	[CONTENT_CACHE] = { "contentColumn", "cache", BOOLEAN },
	[CONTENT_ENCRYPT] = { "contentColumn", "encrypt", TEXT },
	[VERSION_NAME] = { "versionColumn", "name", TEXT },
	[VERSION_TYPE] = { "versionColumn", "type", ANYTHING },
	[VERSION_METHOD] = { "versionColumn", "method", TEXT },
	[MODIFIED_NAME] = { "lastModifiedColumn", "name", TEXT },
	[MODIFIED_INDEX] = { "lastModifiedColumn", "index", TEXT },
	[CREATED_NAME] = { "creationTimeColumn", "name", TEXT },
	[MEDIA_NAME] = { "mediaTypeColumn", "name", TEXT },
};

/* what the client gave: the value for each row, NULL where nothing was said */
struct given {
	const json_t *value[SLOT__N];
	struct err *e;
};

static bool
bad_value(const struct given *g, enum slot s, const char *why)
{
	const char *component = rows[s].component;

	err_set(g->e, ERR_META_VALUE, "%s%s%s: %s", component, component[0] == '\0' ? "" : ".", rows[s].member, why);
	return err_at(g->e, "%s%s/%s", component[0] == '\0' ? "" : "/", component, rows[s].member);
}

static bool
is_text(const json_t *v)
{
	return json_is_string(v) && json_string_length(v) > 0 && strlen(json_string_value(v)) == json_string_length(v);
}

static bool
check_kind(const struct given *g, enum slot s, const json_t *v)
{
	switch (rows[s].kind) {
	case TEXT:
		return is_text(v) || bad_value(g, s, "not a string, or an empty one");
	case NUMBER:
		return json_is_number(v) || bad_value(g, s, "not a number");
	case BOOLEAN:
		return json_is_boolean(v) || bad_value(g, s, "neither true nor false");
	case ACCESS:
		return json_is_boolean(v) || (is_text(v) && (span_is_nocase(span_of(json_string_value(v)), "READONLY")
		    || span_is_nocase(span_of(json_string_value(v)), "READWRITE")))
		    || bad_value(g, s, "neither true nor false");
	case ANYTHING:
		break;
	}
	return true;
}

static bool
take_member(struct given *g, const char *component, const char *name, const json_t *v)
{
	for (enum slot s = 0; s < SLOT__N; s++) {
		if (strcmp(rows[s].component, component) != 0 || !span_is_nocase(span_of(name), rows[s].member))
			continue;
		if (g->value[s] != NULL)
			return err_set(g->e, ERR_META_MEMBER, "the member %s is given twice", name);
		g->value[s] = v;
		return check_kind(g, s, v);
	}
	err_set(g->e, ERR_META_MEMBER, "unknown member %s%s%s", component, component[0] == '\0' ? "" : ".", name);
	return err_at(g->e, "%s%s/%s", component[0] == '\0' ? "" : "/", component, name);
}

/* the component as the rows spell it; NULL */
static const char *
component_called(const char *name)
{
	for (enum slot s = 0; s < SLOT__N; s++)
		if (rows[s].component[0] != '\0' && span_is_nocase(span_of(name), rows[s].component))
			return rows[s].component;
	return NULL;
}

static bool
take_component(struct given *g, const char *component, json_t *v)
{
	const char *name;
	json_t *member;

	if (!json_is_object(v)) {
		err_set(g->e, ERR_META_VALUE, "%s: not an object", component);
		return err_at(g->e, "/%s", component);
	}
	json_object_foreach(v, name, member)
		if (!take_member(g, component, name, member))
			return false;
	return true;
}

static bool
take_all(struct given *g, json_t *root)
{
	const char *seen[SLOT__N], *name, *component;
	size_t n_seen = 0;
	json_t *v;

	json_object_foreach(root, name, v) {
		component = component_called(name);
		if (component == NULL) {
			if (!take_member(g, "", name, v))
				return false;
			continue;
		}
		for (size_t i = 0; i < n_seen; i++)
			if (seen[i] == component)
				return err_set(g->e, ERR_META_MEMBER, "the member %s is given twice", name);
		seen[n_seen++] = component;
		if (!take_component(g, component, v))
			return false;
	}
	return true;
}

/* ---- components ---- */

static const char *
text_or(const struct given *g, enum slot s, const char *otherwise)
{
	return g->value[s] == NULL ? otherwise : json_string_value(g->value[s]);
}

/* the number, its fraction cut off; 0 when it is not given */
static int64_t
number_of(const struct given *g, enum slot s)
{
	const json_t *v = g->value[s];
	double d = json_number_value(v);

	if (json_is_integer(v))
		return json_integer_value(v);
	return d > 1e15 ? INT64_C(1000000000000000) : d < 0 ? -1 : (int64_t)d;
}

static bool
bool_or(const struct given *g, enum slot s, bool otherwise)
{
	const json_t *v = g->value[s];

	if (json_is_string(v))
		return span_is_nocase(span_of(json_string_value(v)), "READONLY");
	return v == NULL ? otherwise : json_is_true(v);
}

static bool
bad_word(const struct given *g, enum slot s)
{
	char why[64];

	snprintf(why, sizeof(why), "unknown value %.40s", json_string_value(g->value[s]));
	return bad_value(g, s, why);
}

/* a word of a list as its number; otherwise when it is not given */
static bool
word_of(const struct given *g, enum slot s, const struct word *words, int otherwise, int *out)
{
	*out = otherwise;
	if (g->value[s] == NULL)
		return true;
	*out = meta_word_find(words, span_of(json_string_value(g->value[s])));
	return *out >= 0 || bad_word(g, s);
}

static bool
set_names(struct given *g, struct span schema, struct span name, struct arena *mem, struct meta *m)
{
	static const enum slot unsupported[] = { VIEW_NAME, PACKAGE_NAME, DUALITY_NAME };

	if (g->value[SCHEMA_NAME] != NULL && !span_eq_nocase(span_of(text_or(g, SCHEMA_NAME, "")), schema))
		return bad_value(g, SCHEMA_NAME, "not the schema of this request");
	for (size_t i = 0; i < sizeof(unsupported) / sizeof(unsupported[0]); i++)
		if (g->value[unsupported[i]] != NULL)
			return err_set(g->e, ERR_META_OTHER, "%s: only collections in tables are supported",
			    rows[unsupported[i]].member);
	m->schema_name = upper_case(schema, mem);
	m->table_name = g->value[TABLE_NAME] != NULL ? text_or(g, TABLE_NAME, "") : name_to_table(name, mem);
	m->read_only = bool_or(g, READ_ONLY, false);
	return true;
}

/* a name that means itself in a path, without backquotes */
static bool
is_plain_step(struct span name)
{
	for (size_t i = 0; i < name.n; i++)
		if (strchr(".[]`*", name.p[i]) != NULL)
			return false;
	return name.n > 0 && !span_is(name, "$") && !span_is(name, "@");
}

/* Only the name of a member at the top level: what a client reads back is what it may send. */
static bool
set_key_path(struct given *g, struct arena *mem, struct meta *m)
{
	struct path p;

	m->key_path = "_id";
	if (g->value[KEY_PATH] == NULL)
		return true;
	if (!path_parse(span_of(text_or(g, KEY_PATH, "")), mem, &p, g->e))
		return bad_value(g, KEY_PATH, "not a path");
	if (p.n_steps != 1 || p.steps[0].kind != STEP_FIELD || !is_plain_step(p.steps[0].name))
		return bad_value(g, KEY_PATH, "only a member at the top level can hold the key");
	m->key_path = arena_z(mem, p.steps[0].name);
	return true;
}

static bool
set_key_method(struct given *g, struct arena *mem, struct meta *m)
{
	int method;

	/* what only one method can use implies it, unless another one is named */
	if (!word_of(g, KEY_METHOD, key_method_words, g->value[KEY_SEQUENCE] != NULL ? KEYS_SEQUENCE
	    : g->value[KEY_PATH] != NULL ? KEYS_EMBEDDED_OID : KEYS_UUID, &method))
		return false;
	m->key_method = (enum key_method)method;
	m->sequence_name = m->key_path = "";
	if (m->key_method == KEYS_SEQUENCE) {
		if (g->value[KEY_SEQUENCE] == NULL)
			return err_set(g->e, ERR_META_SEQUENCE, NULL);
		m->sequence_name = text_or(g, KEY_SEQUENCE, "");
		if (strlen(m->sequence_name) > NAME_MAX_BYTES)
			return bad_value(g, KEY_SEQUENCE, "longer than 255 bytes");
	}
	return m->key_method != KEYS_EMBEDDED_OID || set_key_path(g, mem, m);
}

static bool
set_key(struct given *g, struct arena *mem, struct meta *m)
{
	int64_t length = number_of(g, KEY_LENGTH);
	bool is_text_key, is_hex;
	int type;

	m->key_column = text_or(g, KEY_NAME, "ID");
	if (!word_of(g, KEY_TYPE, key_type_words, KEY_VARCHAR2, &type) || !set_key_method(g, mem, m))
		return false;
	m->key_type = (enum key_type)type;
	is_text_key = m->key_type == KEY_VARCHAR2 || m->key_type == KEY_NVARCHAR2;
	is_hex = m->key_method == KEYS_UUID || m->key_method == KEYS_GUID || m->key_method == KEYS_SERVER;
	if (!is_text_key && length > 0)
		return err_set(g->e, ERR_META_KEYLEN, NULL);
	if (is_text_key && is_hex && length > 0 && length < HEX_KEY_BYTES)
		return err_set(g->e, ERR_META_KEYSHORT, "maxLength is less than the %d characters of the keys", HEX_KEY_BYTES);
	if (m->key_method == KEYS_EMBEDDED_OID && length > 0 && length < OID_KEY_BYTES)
		return err_set(g->e, ERR_META_KEYSHORT, "maxLength is less than the %d characters of the keys", OID_KEY_BYTES);
	m->key_max_length = !is_text_key ? 0 : length <= 0 || length > KEY_MAX_BYTES ? KEY_MAX_BYTES : length;
	if (!is_text_key && m->key_method == KEYS_EMBEDDED_OID)
		return err_set(g->e, ERR_META_OTHER, "embedded keys need a key column of characters");
	if (m->key_type == KEY_RAW && key_is_decimal(m->key_method))
		return err_set(g->e, ERR_META_OTHER, "a key column of type RAW cannot hold numbers of a sequence");
	return true;
}

/* compress, cache and encrypt: of large objects only, and of no effect but to be reported */
static bool
set_storage(struct given *g, struct meta *m)
{
	bool is_lob = m->content_type == CONTENT_BLOB || m->content_type == CONTENT_CLOB;
	int compress, encrypt;

	if (!is_lob && (g->value[CONTENT_COMPRESS] != NULL || g->value[CONTENT_CACHE] != NULL
	    || g->value[CONTENT_ENCRYPT] != NULL))
		return err_set(g->e, ERR_META_LOB, NULL);
	if (!word_of(g, CONTENT_COMPRESS, compress_words, 0, &compress)
	    || !word_of(g, CONTENT_ENCRYPT, encrypt_words, 0, &encrypt))
		return false;
	/* with a format of its own they are not reported, so they must not differ either */
	if (m->json_format[0] != '\0')
		compress = encrypt = 0;
	m->compress = word_text(compress_words, compress);
	m->encrypt = word_text(encrypt_words, encrypt);
	m->cache = m->json_format[0] != '\0' || bool_or(g, CONTENT_CACHE, true);
	return true;
}

static bool
set_content(struct given *g, struct meta *m)
{
	int64_t length = number_of(g, CONTENT_LENGTH);
	int type, validation;

	m->content_column = text_or(g, CONTENT_NAME, "JSON_DOCUMENT");
	if (!word_of(g, CONTENT_TYPE, content_type_words, CONTENT_BLOB, &type)
	    || !word_of(g, CONTENT_VALIDATION, validation_words, VALIDATION_STANDARD, &validation))
		return false;
	if (type == WORD_UNSUPPORTED)
		return err_set(g->e, ERR_META_OTHER, "contentColumn.sqlType: %s is not supported",
		    text_or(g, CONTENT_TYPE, ""));
	m->content_type = (enum content_type)type;
	if (m->content_type != CONTENT_VARCHAR2 && length > 0)
		return err_set(g->e, ERR_META_LENGTH, NULL);
	m->content_max_length = m->content_type != CONTENT_VARCHAR2 ? 0 : length > 0 ? length : VARCHAR2_BYTES;
	m->json_format = "";
	if (g->value[CONTENT_FORMAT] != NULL) {
		if (!span_is_nocase(span_of(text_or(g, CONTENT_FORMAT, "")), "OSON"))
			return bad_word(g, CONTENT_FORMAT);
		m->json_format = "OSON";
	}
	if (m->content_type == CONTENT_JSON && g->value[CONTENT_VALIDATION] != NULL)
		return err_set(g->e, ERR_META_VALIDATION, NULL);
	m->has_validation = m->content_type != CONTENT_JSON && m->json_format[0] == '\0';
	m->validation = m->has_validation ? (enum validation)validation : VALIDATION_STANDARD;
	return set_storage(g, m);
}

static bool
set_version(struct given *g, struct meta *m)
{
	bool has_name = g->value[VERSION_NAME] != NULL;
	int method;

	if (!word_of(g, VERSION_METHOD, version_method_words, has_name ? VERSION_SHA256 : VERSION_NONE, &method))
		return false;
	if (!has_name && method != VERSION_NONE)
		return err_set(g->e, ERR_META_VERSION, NULL);
	m->version_column = text_or(g, VERSION_NAME, "");
	m->version_method = (enum version_method)method;
	return true;
}

static bool
set_times_and_media(struct given *g, struct meta *m)
{
	if (g->value[MODIFIED_INDEX] != NULL && g->value[MODIFIED_NAME] == NULL)
		return err_set(g->e, ERR_META_INDEX, NULL);
	m->modified_column = text_or(g, MODIFIED_NAME, "");
	m->modified_index = text_or(g, MODIFIED_INDEX, "");
	m->created_column = text_or(g, CREATED_NAME, "");
	m->media_type_column = text_or(g, MEDIA_NAME, "");
	if (meta_is_hetero(m) && m->content_type != CONTENT_BLOB)
		return err_set(g->e, ERR_META_MEDIA, NULL);
	if (meta_is_hetero(m) && m->key_method == KEYS_EMBEDDED_OID)
		return err_set(g->e, ERR_META_OTHER, "embedded keys need a collection of JSON documents only");
	return true;
}

static bool
check_columns(const struct given *g, const struct meta *m)
{
	const char *const names[] = { m->key_column, m->content_column, m->version_column, m->modified_column,
	    m->created_column, m->media_type_column };
	const size_t n = sizeof(names) / sizeof(names[0]);

	for (size_t i = 0; i < n; i++)
		for (size_t k = i + 1; k < n; k++)
			if (names[i][0] != '\0' && span_is_nocase(span_of(names[i]), names[k]))
				return err_set(g->e, ERR_META_VALUE, "two columns have the name %s", names[k]);
	return true;
}

/* ---- all of it ---- */

static void
set_standard(struct meta *m)
{
	m->version_column = "VERSION";
	m->version_method = VERSION_SHA256;
	m->modified_column = "LAST_MODIFIED";
	m->created_column = "CREATED_ON";
}

/* the root of the client's text; NULL on failure */
static json_t *
read_body(struct span body, struct arena *mem, struct err *e)
{
	const struct scan_limits lim = { .max_depth = META_DEPTH };
	struct scan_info info;
	json_t *root;

	if (!json_scan(body, &lim, mem, &info, e)) {
		err_as(e, ERR_META_JSON, 0);
		return NULL;
	}
	root = json_tree(info.text, mem, e);
	if (root == NULL && e->kind == ERR_BAD_JSON)
		err_as(e, ERR_META_JSON, 0);
	if (root == NULL || json_is_object(root))
		return root;
	err_set(e, ERR_META_OBJECT, NULL);
	return NULL;
}

bool
meta_parse(struct span body, struct span schema, struct span name, struct arena *mem, struct meta *out, struct err *e)
{
	struct given g = { .e = e };
	json_t *root;

	*out = (struct meta){ 0 };
	if (!name_check(name, e))
		return false;
	if (body.n > 0) {
		root = read_body(body, mem, e);
		if (root == NULL || !take_all(&g, root))
			return false;
	}
	if (!set_names(&g, schema, name, mem, out) || !set_key(&g, mem, out) || !set_content(&g, out)
	    || !set_version(&g, out) || !set_times_and_media(&g, out))
		return false;
	if (body.n == 0)
		set_standard(out);
	return check_columns(&g, out);
}
