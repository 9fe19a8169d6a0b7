/* soda/meta_print.c - metadata as JSON in the documented order, and its words */
#include "base/jcur.h"
#include "soda/meta.h"
#include "soda/meta_words.h"

const struct word key_type_words[] = {
	{ "VARCHAR2", KEY_VARCHAR2 }, { "STRING", KEY_VARCHAR2 }, { "CHAR", KEY_VARCHAR2 }, { "VARCHAR", KEY_VARCHAR2 },
	{ "NVARCHAR2", KEY_NVARCHAR2 }, { "NCHAR", KEY_NVARCHAR2 }, { "NVARCHAR", KEY_NVARCHAR2 },
	{ "NUMBER", KEY_NUMBER }, { "INTEGER", KEY_NUMBER },
	{ "RAW", KEY_RAW }, { "GUID", KEY_RAW }, { "UUID", KEY_RAW }, { "UID", KEY_RAW },
	{ NULL, 0 }
};

const struct word key_method_words[] = {
	{ "UUID", KEYS_UUID }, { "GUID", KEYS_GUID }, { "SEQUENCE", KEYS_SEQUENCE }, { "IDENTITY", KEYS_IDENTITY },
	{ "CLIENT", KEYS_CLIENT }, { "EMBEDDED_OID", KEYS_EMBEDDED_OID }, { "OID", KEYS_EMBEDDED_OID },
	{ "MONGO", KEYS_EMBEDDED_OID }, { "SERVER", KEYS_SERVER },
	{ NULL, 0 }
};

const struct word content_type_words[] = {
	{ "BLOB", CONTENT_BLOB }, { "CLOB", CONTENT_CLOB }, { "VARCHAR2", CONTENT_VARCHAR2 }, { "JSON", CONTENT_JSON },
	{ "NVARCHAR2", WORD_UNSUPPORTED }, { "NCLOB", WORD_UNSUPPORTED }, { "RAW", WORD_UNSUPPORTED },
	{ NULL, 0 }
};

const struct word validation_words[] = {
	{ "STANDARD", VALIDATION_STANDARD }, { "STRICT", VALIDATION_STRICT }, { "LAX", VALIDATION_LAX },
	{ NULL, 0 }
};

const struct word version_method_words[] = {
	{ "SHA256", VERSION_SHA256 }, { "MD5", VERSION_MD5 }, { "UUID", VERSION_UUID }, { "TIMESTAMP", VERSION_TIMESTAMP },
	{ "SEQUENTIAL", VERSION_SEQUENTIAL }, { "NONE", VERSION_NONE },
	{ NULL, 0 }
};

const struct word compress_words[] = { { "NONE", 0 }, { "HIGH", 1 }, { "MEDIUM", 2 }, { "LOW", 3 }, { NULL, 0 } };

const struct word encrypt_words[] = {
	{ "NONE", 0 }, { "3DES168", 1 }, { "AES128", 2 }, { "AES192", 3 }, { "AES256", 4 }, { NULL, 0 }
};

int
meta_word_find(const struct word *words, struct span text)
{
	for (; words->text != NULL; words++)
		if (span_is_nocase(text, words->text))
			return words->value;
	return -1;
}

const char *
word_text(const struct word *words, int value)
{
	for (; words->text != NULL; words++)
		if (words->value == value)
			return words->text;
	return "";
}

/* ---- printing ---- */

/* ,"name": with the comma where something stands before */
static void
put_name(struct buf *b, const char *name)
{
	if (b->p[b->n - 1] != '{')
		buf_char(b, ',');
	buf_json(b, span_of(name));
	buf_char(b, ':');
}

/* a string; nothing when it is empty */
static void
put_text(struct buf *b, const char *name, const char *z)
{
	if (z[0] == '\0')
		return;
	put_name(b, name);
	buf_json(b, span_of(z));
}

static void
put_number(struct buf *b, const char *name, int64_t n)
{
	if (n <= 0)
		return;
	put_name(b, name);
	buf_int(b, n);
}

static void
put_bool(struct buf *b, const char *name, bool v)
{
	put_name(b, name);
	buf_addz(b, v ? "true" : "false");
}

static void
open_component(struct buf *b, const char *name, const char *column)
{
	put_name(b, name);
	buf_char(b, '{');
	put_text(b, "name", column);
}

static void
put_key(const struct meta *m, struct buf *b)
{
	open_component(b, "keyColumn", m->key_column);
	put_text(b, "sqlType", word_text(key_type_words, m->key_type));
	put_number(b, "maxLength", m->key_max_length);
	put_text(b, "path", m->key_path);
	put_text(b, "sequenceName", m->sequence_name);
	put_text(b, "assignmentMethod", word_text(key_method_words, m->key_method));
	buf_char(b, '}');
}

static void
put_content(const struct meta *m, struct buf *b)
{
	bool is_lob = m->content_type == CONTENT_BLOB || m->content_type == CONTENT_CLOB;

	open_component(b, "contentColumn", m->content_column);
	put_text(b, "sqlType", word_text(content_type_words, m->content_type));
	put_number(b, "maxLength", m->content_max_length);
	if (is_lob && m->json_format[0] == '\0') {
		put_text(b, "compress", m->compress);
		put_bool(b, "cache", m->cache);
		put_text(b, "encrypt", m->encrypt);
	}
	if (m->has_validation)
		put_text(b, "validation", word_text(validation_words, m->validation));
	put_text(b, "jsonFormat", m->json_format);
	buf_char(b, '}');
}

static void
put_version(const struct meta *m, struct buf *b)
{
	bool is_integer = m->version_method == VERSION_SEQUENTIAL || m->version_method == VERSION_TIMESTAMP;

	open_component(b, "versionColumn", m->version_column);
	put_text(b, "type", is_integer ? "Integer" : "String");
	put_text(b, "method", word_text(version_method_words, m->version_method));
	buf_char(b, '}');
}

void
meta_print(const struct meta *m, struct buf *out)
{
	buf_char(out, '{');
	put_text(out, "schemaName", m->schema_name);
	put_text(out, "tableName", m->table_name);
	put_key(m, out);
	put_content(m, out);
	if (m->version_column[0] != '\0')
		put_version(m, out);
	if (m->modified_column[0] != '\0') {
		open_component(out, "lastModifiedColumn", m->modified_column);
		put_text(out, "index", m->modified_index);
		buf_char(out, '}');
	}
	if (m->created_column[0] != '\0') {
		open_component(out, "creationTimeColumn", m->created_column);
		buf_char(out, '}');
	}
	if (meta_is_hetero(m)) {
		open_component(out, "mediaTypeColumn", m->media_type_column);
		buf_char(out, '}');
	}
	put_bool(out, "readOnly", m->read_only);
	buf_char(out, '}');
}

/* ---- comparing ---- */

static const struct span nothing = { "", 0 };

/* a member of one object that is absent in the other, or has another value there */
static bool
first_difference(struct span one, struct span other, struct span *name, struct meta_difference *what)
{
	struct jiter it;

	jiter_open(&it, one);
	while (jiter_member(&it, name, &what->one)) {
		if (!jmember(other, *name, &what->other))
			what->other = nothing;
		if (!span_eq(what->one, what->other))
			return true;
	}
	return false;
}

/* the same from either side: what only the other object has is found as well */
static bool
differ(struct span one, struct span other, struct span *name, struct meta_difference *what)
{
	struct span swapped;

	if (first_difference(one, other, name, what))
		return true;
	if (!first_difference(other, one, name, what))
		return false;
	swapped = what->one;
	what->one = what->other;
	what->other = swapped;
	return true;
}

static struct span
printed(const struct meta *m, struct arena *mem)
{
	struct buf b;

	buf_init(&b, mem);
	meta_print(m, &b);
	return buf_text(&b);
}

/* What is reported is what is effective, so equal reports are equal metadata; names of members have no escapes there. */
bool
meta_differs(const struct meta *one, const struct meta *other, struct arena *mem, struct meta_difference *what)
{
	struct span name, inner;

	*what = (struct meta_difference){ nothing, nothing, nothing };
	if (!differ(printed(one, mem), printed(other, mem), &name, what))
		return false;
	if (jval_type(what->one) == J_OBJECT && jval_type(what->other) == J_OBJECT && differ(what->one, what->other, &inner, what))
		what->path = span_of(arena_printf(mem, "/%.*s/%.*s", SPAN_ARG(name), SPAN_ARG(inner)));
	else
		what->path = span_of(arena_printf(mem, "/%.*s", SPAN_ARG(name)));
	return true;
}
