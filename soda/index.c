/* soda/index.c - index specifications: reading them; soda/entry.c makes the values of a document */
#include "soda/index.h"

#include "base/json.h"
#include "base/scan.h"
#include "soda/path.h"
#include "sql/box.h"
#include "sql/store.h"

#include <stdio.h>

enum { SPEC_DEPTH = 64, NAME_MAX_CHARS = 128, MAX_TEXT_FIELDS = 16,
	MAX_FIELDS = 31			/* engines take 32 columns, and the key comes last */
};

/* ---- members ---- */

enum slot {
	NAME, FIELDS, SPATIAL, SEARCH_ON, DATAGUIDE, LANGUAGE, UNIQUE, INDEX_NULLS, MULTIVALUE, SCALAR_REQUIRED, LAX, TTL,
	FORCE, TEXT_WITH_LANGUAGE, SLOT__N
};
enum field_slot { FIELD_PATH, FIELD_DATATYPE, FIELD_MAX_LENGTH, FIELD_ORDER, FIELD_SLOT__N };

enum kind { STRING, ARRAY, BOOLEAN, NUMBER, STRING_OR_NUMBER };

struct row {
	const char *name;
	enum kind kind;
};

static const struct row rows[SLOT__N] = {
	[NAME] = { "name", STRING },
	[FIELDS] = { "fields", ARRAY },
	[SPATIAL] = { "spatial", STRING },
	[SEARCH_ON] = { "search_on", STRING },
	[DATAGUIDE] = { "dataguide", STRING },
	[LANGUAGE] = { "language", STRING },
	[UNIQUE] = { "unique", BOOLEAN },
	[INDEX_NULLS] = { "indexNulls", BOOLEAN },
	[MULTIVALUE] = { "multivalue", BOOLEAN },
	[SCALAR_REQUIRED] = { "scalarRequired", BOOLEAN },
	[LAX] = { "lax", BOOLEAN },
	[TTL] = { "ttl", NUMBER },
	/* of damaged indexes and of older releases: accepted, without meaning here */
	[FORCE] = { "force", BOOLEAN },
	[TEXT_WITH_LANGUAGE] = { "textIndex121WithLang", BOOLEAN },
};

static const struct row field_rows[FIELD_SLOT__N] = {
	[FIELD_PATH] = { "path", STRING },
	[FIELD_DATATYPE] = { "datatype", STRING },
	[FIELD_MAX_LENGTH] = { "maxLength", NUMBER },
	[FIELD_ORDER] = { "order", STRING_OR_NUMBER },
};

struct reading {
	struct arena *mem;
	enum err_kind as;		/* INDEX_SPEC or UNINDEX_SPEC */
	struct err *e;
};

static bool
is_kind(const json_t *v, enum kind kind)
{
	switch (kind) {
	case STRING:
		return json_is_string(v);
	case ARRAY:
		return json_is_array(v);
	case BOOLEAN:
		return json_is_boolean(v);
	case NUMBER:
		return json_is_number(v);
	case STRING_OR_NUMBER:
		return json_is_string(v) || json_is_number(v);
	}
	return false;
}

/* Values of the members that have a row, NULL where there is none; others are ignored.  `at`: pointer of the object */
static bool
take_members(const struct reading *r, json_t *object, const char *at, const struct row *row, size_t n_rows,
    const json_t **value)
{
	const char *name;
	json_t *v;

	json_object_foreach(object, name, v) {
		for (size_t i = 0; i < n_rows; i++) {
			if (!span_is_nocase(span_of(name), row[i].name))
				continue;
			if (value[i] != NULL)
				err_inner(r->e, r->as, 5009, "the member %s is given twice", row[i].name);
			else if (!is_kind(v, row[i].kind))
				err_inner(r->e, r->as, 5006, "the member \"%s\" has the wrong type", row[i].name);
			else {
				value[i] = v;
				continue;
			}
			return err_at(r->e, "%s/%s", at, name);
		}
	}
	return true;
}

static json_t *
read_object(const struct reading *r, struct span text)
{
	const struct scan_limits lim = { .max_depth = SPEC_DEPTH };
	struct scan_info info;
	json_t *root;

	if (!json_scan(text, &lim, r->mem, &info, r->e)) {
		err_as(r->e, r->as, 5009);
		return NULL;
	}
	root = json_tree(info.text, r->mem, r->e);
	if (root == NULL && r->e->kind == ERR_BAD_JSON)
		err_as(r->e, r->as, 5009);
	if (root == NULL || json_is_object(root))
		return root;
	err_inner(r->e, r->as, 5009, "an index specification is a JSON object");
	return NULL;
}

static bool
read_name(const struct reading *r, const json_t *v, const char **out)
{
	size_t n_chars = 0;

	if (v == NULL) {
		err_inner(r->e, r->as, 5007, "the member \"name\" is missing");
		return err_at(r->e, "/name");
	}
	*out = json_string_value(v);
	for (const char *p = *out; *p != '\0'; p++)
		n_chars += (*p & 0xc0) != 0x80;
	if (n_chars > 0 && n_chars <= NAME_MAX_CHARS && strlen(*out) == json_string_length(v))
		return true;
	err_inner(r->e, r->as, 5009, "the name of an index has 1 to %d characters and no NUL", NAME_MAX_CHARS);
	return err_at(r->e, "/name");
}

/* ---- fields of a B-tree ---- */

static bool
bad_field(const struct reading *r, size_t n, enum field_slot s, int inner, const char *why)
{
	err_inner(r->e, r->as, inner, "fields[%zu].%s: %s", n, field_rows[s].name, why);
	return err_at(r->e, "/fields/%zu/%s", n, field_rows[s].name);
}

/* of field names only what no engine could ever take for anything else */
static bool
is_indexable(struct span name)
{
	for (size_t i = 0; i < name.n; i++) {
		char c = name.p[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == ' '
		    || c == '-' || c == '.'))
			return false;
	}
	return true;
}

/* what: the member, in words; at: its pointer */
static bool
read_path(const struct reading *r, const char *what, const char *at, const json_t *v, struct path *out)
{
	struct span text = { json_string_value(v), json_string_length(v) };

	if (!path_parse(text, r->mem, out, r->e)) {
		err_as(r->e, r->as, 5008);
		return err_at(r->e, "%s", at);
	}
	if (path_has_array_step(out)) {
		err_set(r->e, ERR_ARRAY_STEPS, "%s: only plain field names can be indexed", what);
		return err_at(r->e, "%s", at);
	}
	for (size_t i = 0; i < out->n_steps; i++)
		if (!is_indexable(out->steps[i].name)) {
			err_inner(r->e, r->as, 5008, "%s: "
			    "names with characters other than letters, digits, _, space, - and . cannot be indexed", what);
			return err_at(r->e, "%s", at);
		}
	return true;
}

static bool
read_field_path(const struct reading *r, size_t n, const json_t *v, struct path *out)
{
	char what[40], at[40];

	if (v == NULL)
		return bad_field(r, n, FIELD_PATH, 5007, "missing");
	snprintf(what, sizeof(what), "fields[%zu].path", n);
	snprintf(at, sizeof(at), "/fields/%zu/path", n);
	return read_path(r, what, at, v, out);
}

static bool
read_datatype(const struct reading *r, size_t n, const json_t *v, enum datatype *out)
{
	static const struct {
		const char *name;
		enum datatype type;
	} types[] = {
		{ "varchar2", TYPE_VARCHAR2 }, { "string", TYPE_VARCHAR2 }, { "varchar", TYPE_VARCHAR2 },
		{ "any_scalar", TYPE_VARCHAR2 }, { "number", TYPE_NUMBER }, { "date", TYPE_DATE },
		{ "timestamp", TYPE_TIMESTAMP },
	};

	*out = TYPE_VARCHAR2;
	if (v == NULL)
		return true;
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (span_is_nocase((struct span){ json_string_value(v), json_string_length(v) }, types[i].name)) {
			*out = types[i].type;
			return true;
		}
	return bad_field(r, n, FIELD_DATATYPE, 5011, "unknown datatype");
}

static bool
read_max_length(const struct reading *r, size_t n, const json_t *v, enum datatype type, size_t *out)
{
	if (v == NULL)
		return true;
	if (!json_is_integer(v))
		return bad_field(r, n, FIELD_MAX_LENGTH, 5006, "not an integer");
	if (json_integer_value(v) < 0)
		return bad_field(r, n, FIELD_MAX_LENGTH, 5012, "negative");
	if (type != TYPE_VARCHAR2)
		return bad_field(r, n, FIELD_MAX_LENGTH, 5040, "only strings have a length");
	*out = (size_t)json_integer_value(v);
	return true;
}

static bool
read_order(const struct reading *r, size_t n, const json_t *v, bool *descending)
{
	struct span word = { json_string_value(v), json_string_length(v) };
	double number = json_number_value(v);

	*descending = false;
	if (v == NULL)
		return true;
	*descending = json_is_string(v) ? span_is_nocase(word, "desc") || span_is(word, "-1") : number <= -1 && number >= -1;
	if (*descending || (json_is_string(v) ? span_is_nocase(word, "asc") || span_is(word, "1") : number >= 1 && number <= 1))
		return true;
	return bad_field(r, n, FIELD_ORDER, 5044, "neither asc nor desc, 1 nor -1");
}

static bool
read_field(const struct reading *r, size_t n, json_t *element, bool is_multivalue, struct index_field *out)
{
	const json_t *value[FIELD_SLOT__N] = { NULL };
	char at[32];

	snprintf(at, sizeof(at), "/fields/%zu", n);
	if (!json_is_object(element)) {
		err_inner(r->e, r->as, 5006, "fields[%zu] is not an object", n);
		return err_at(r->e, "%s", at);
	}
	if (!take_members(r, element, at, field_rows, FIELD_SLOT__N, value))
		return false;
	if (is_multivalue && value[FIELD_DATATYPE] != NULL)
		return bad_field(r, n, FIELD_DATATYPE, 5059, "not with multivalue");
	if (is_multivalue && value[FIELD_MAX_LENGTH] != NULL)
		return bad_field(r, n, FIELD_MAX_LENGTH, 5059, "not with multivalue");
	return read_field_path(r, n, value[FIELD_PATH], &out->path)
	    && read_datatype(r, n, value[FIELD_DATATYPE], &out->type)
	    && read_max_length(r, n, value[FIELD_MAX_LENGTH], out->type, &out->max_chars)
	    && read_order(r, n, value[FIELD_ORDER], &out->descending);
}

static bool
read_fields(const struct reading *r, const json_t *list, struct index *out)
{
	size_t n = json_array_size(list), n_texts = 0, i;
	struct index_field *fields;
	json_t *element;

	if (n == 0) {
		err_inner(r->e, r->as, 5041, "fields is empty");
		return err_at(r->e, "/fields");
	}
	if (n > MAX_FIELDS)
		return err_set(r->e, ERR_INDEX_COLUMNS, "an index has at most %d fields", MAX_FIELDS);
	fields = ARENA_ARRAY(r->mem, struct index_field, n);
	json_array_foreach(list, i, element) {
		if (!read_field(r, i, element, out->multivalue, &fields[i]))
			return false;
		n_texts += fields[i].type == TYPE_VARCHAR2;
	}
	if (n_texts > MAX_TEXT_FIELDS)
		return err_set(r->e, ERR_INDEX_COLUMNS, "an index has at most %d fields of strings", MAX_TEXT_FIELDS);
	out->fields = fields;
	out->n_fields = n;
	return true;
}

/* ---- all of it ---- */

static bool
refuse(const struct reading *r, enum slot s, int inner, const char *why)
{
	err_inner(r->e, r->as, inner, "%s: %s", rows[s].name, why);
	return err_at(r->e, "/%s", rows[s].name);
}

/* which members go together */
static bool
check_members(const struct reading *r, const json_t *const *v)
{
	static const struct {
		enum slot with, without;	/* SLOT__N: nothing is asked */
		enum slot member;
		int inner;
		const char *why;
	} rules[] = {
		{ FIELDS, SLOT__N, SPATIAL, 5059, "not with fields" },
		{ FIELDS, SLOT__N, LANGUAGE, 5043, "not with fields" },
		{ FIELDS, SLOT__N, SEARCH_ON, 5059, "not with fields" },
		{ FIELDS, SLOT__N, DATAGUIDE, 5059, "not with fields" },
		{ SPATIAL, SLOT__N, LANGUAGE, 5059, "not with spatial" },
		{ SPATIAL, SLOT__N, SEARCH_ON, 5059, "not with spatial" },
		{ SPATIAL, SLOT__N, DATAGUIDE, 5059, "not with spatial" },
		{ SPATIAL, SLOT__N, TTL, 5059, "not with spatial" },
		{ SPATIAL, SLOT__N, MULTIVALUE, 5059, "not with spatial" },
		{ SLOT__N, FIELDS, UNIQUE, 5042, "only with fields" },
		{ SLOT__N, FIELDS, INDEX_NULLS, 5042, "only with fields" },
		{ SLOT__N, FIELDS, MULTIVALUE, 5042, "only with fields" },
	};

	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
		if (v[rules[i].member] != NULL && (rules[i].with == SLOT__N || v[rules[i].with] != NULL)
		    && (rules[i].without == SLOT__N || v[rules[i].without] == NULL))
			return refuse(r, rules[i].member, rules[i].inner, rules[i].why);
	if (v[FIELDS] == NULL && v[SPATIAL] == NULL && (v[SCALAR_REQUIRED] != NULL || v[LAX] != NULL))
		return refuse(r, v[LAX] != NULL ? LAX : SCALAR_REQUIRED, 5066, "only with fields or spatial");
	if (json_is_true(v[SCALAR_REQUIRED]) && json_is_true(v[LAX]))
		return refuse(r, LAX, 5058, "not together with scalarRequired");
	if (json_is_true(v[MULTIVALUE])
	    && (json_is_true(v[SCALAR_REQUIRED]) || json_is_true(v[LAX]) || json_is_true(v[INDEX_NULLS])))
		return refuse(r, MULTIVALUE, 5059, "not together with lax, scalarRequired or indexNulls");
	return true;
}

static bool
is_one_of(const json_t *v, const char *const *words)
{
	for (; *words != NULL; words++)
		if (span_is_nocase((struct span){ json_string_value(v), json_string_length(v) }, *words))
			return true;
	return false;
}

static bool
check_search(const struct reading *r, const json_t *const *v)
{
	static const char *const what[] = { "none", "text", "text_value", NULL };
	static const char *const guides[] = { "on", "off", NULL };
	static const char *const languages[] = {
		"english", "danish", "finnish", "dutch", "portuguese", "romanian", "german", "german_din",
		"simplified_chinese", "traditional_chinese", "korean", "swedish", "japanese", "norwegian", "catalan", "french",
		"french_canadian", "spanish", "latin_american_spanish", "mexican_spanish", "italian", "brazilian_portuguese", NULL
	};

	if (v[SEARCH_ON] != NULL && !is_one_of(v[SEARCH_ON], what))
		return refuse(r, SEARCH_ON, 5061, "none of none, text and text_value");
	if (v[DATAGUIDE] != NULL && !is_one_of(v[DATAGUIDE], guides))
		return refuse(r, DATAGUIDE, 5060, "neither on nor off");
	if (v[LANGUAGE] != NULL && !is_one_of(v[LANGUAGE], languages))
		return refuse(r, LANGUAGE, 5013, "unknown language");
	return true;
}

/* Numbers are searched as words whatever search_on says; the words are those of every language. */
static void
take_search(const json_t *const *v, struct arena *mem, struct index *out)
{
	static const char *const none[] = { "none", NULL }, *const off[] = { "off", NULL };

	out->has_text = v[SEARCH_ON] == NULL || !is_one_of(v[SEARCH_ON], none);
	out->has_guide = v[DATAGUIDE] == NULL || !is_one_of(v[DATAGUIDE], off);
	out->guide = out->has_guide ? guide_open(mem) : NULL;
}

static bool
read_spatial(const struct reading *r, const json_t *v, struct index *out)
{
	struct index_field f = { 0 };

	if (!read_path(r, "spatial", "/spatial", v, &f.path))
		return false;
	box_fields(&f, r->mem, out);
	return true;
}

bool
index_parse(struct span text, struct arena *mem, struct index *out, struct err *e)
{
	const struct reading r = { mem, ERR_INDEX_SPEC, e };
	const json_t *v[SLOT__N] = { NULL };
	json_t *root = read_object(&r, text);

	*out = (struct index){ 0 };
	if (root == NULL || !take_members(&r, root, "", rows, SLOT__N, v) || !read_name(&r, v[NAME], &out->name)
	    || !check_members(&r, v) || !check_search(&r, v))
		return false;
	out->kind = v[FIELDS] != NULL ? INDEX_BTREE : v[SPATIAL] != NULL ? INDEX_SPATIAL : INDEX_SEARCH;
	out->scalar_required = json_is_true(v[SCALAR_REQUIRED]);
	out->lax = json_is_true(v[LAX]);
	out->index_nulls = json_is_true(v[INDEX_NULLS]);
	out->multivalue = json_is_true(v[MULTIVALUE]);
	/* a document has one entry here, which says nothing about several values */
	out->unique = json_is_true(v[UNIQUE]) && !out->multivalue;
	if (out->kind == INDEX_BTREE && !read_fields(&r, v[FIELDS], out))
		return false;
	if (out->kind == INDEX_SPATIAL && !read_spatial(&r, v[SPATIAL], out))
		return false;
	if (out->kind == INDEX_SEARCH)
		take_search(v, mem, out);
	if (v[TTL] != NULL)
		return err_set(e, ERR_NOT_AVAILABLE, "objects that expire (ttl) are not available");
	return true;
}

bool
unindex_parse(struct span text, struct arena *mem, struct span *name, struct err *e)
{
	const struct reading r = { mem, ERR_UNINDEX_SPEC, e };
	const json_t *v[NAME + 1] = { NULL };
	json_t *root = read_object(&r, text);
	const char *z;

	if (root == NULL || !take_members(&r, root, "", rows, NAME + 1, v) || !read_name(&r, v[NAME], &z))
		return false;
	*name = span_of(z);
	return true;
}
