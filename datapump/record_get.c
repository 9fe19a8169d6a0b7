/* datapump/record_get.c - records of a dump from text
 *
 * The text comes from strangers: it is JSON, and that is all that is known about it.
 */
#include "base/decimal.h"
#include "base/digest.h"
#include "base/jcur.h"
#include "datapump/records.h"

static struct span
get(struct span object, const char *name)
{
	struct span v;

	return jmember(object, span_of(name), &v) ? v : (struct span){ NULL, 0 };
}

static bool
to_int(struct span v, int64_t *out)
{
	struct dec d;

	return jval_type(v) == J_NUMBER && dec_parse(v, &d) && dec_is_integer(&d) && dec_to_int64(&d, out);
}

static bool
get_int(struct span object, const char *name, int64_t *out)
{
	return to_int(get(object, name), out);
}

static bool
get_count(struct span object, const char *name, int64_t *out)
{
	return get_int(object, name, out) && *out >= 0;
}

/* 0 when absent */
static bool
get_int_if(struct span object, const char *name, int64_t *out)
{
	struct span v = get(object, name);

	*out = 0;
	return v.p == NULL || to_int(v, out);
}

static bool
to_text(struct span v, struct arena *mem, struct span *out)
{
	if (jval_type(v) != J_STRING)
		return false;
	*out = jstring_decode(v, mem);
	if (out->p == NULL)
		*out = SPAN("");
	return true;
}

static bool
get_text(struct span object, const char *name, struct arena *mem, struct span *out)
{
	return to_text(get(object, name), mem, out);
}

/* p NULL when absent or null */
static bool
get_text_if(struct span object, const char *name, struct arena *mem, struct span *out)
{
	struct span v = get(object, name);

	*out = (struct span){ NULL, 0 };
	return v.p == NULL || jval_type(v) == J_NULL || to_text(v, mem, out);
}

static bool
get_bool(struct span object, const char *name, bool *out)
{
	enum jtype t = jval_type(get(object, name));

	*out = t == J_TRUE;
	return t == J_TRUE || t == J_FALSE || t == J_NONE;
}

/* an array of objects, or nothing; *n elements */
static bool
get_list(struct span object, const char *name, struct span *list, size_t *n)
{
	*list = get(object, name);
	*n = jarray_count(*list);
	return list->p == NULL || jval_type(*list) == J_ARRAY;
}

static bool
get_texts(struct span object, const char *name, struct arena *mem, const struct span **out, size_t *n)
{
	struct span list, v, *texts;
	struct jiter it;

	if (!get_list(object, name, &list, n))
		return false;
	*out = texts = ARENA_ARRAY(mem, struct span, *n);
	jiter_open(&it, list);
	while (jiter_element(&it, &v))
		if (!to_text(v, mem, texts++))
			return false;
	return true;
}

enum record_word
record_word(struct span line)
{
	static const char *const words[] = {
		[WORD_SCHEMA] = "schema", [WORD_TABLE] = "table", [WORD_COLLECTION] = "collection", [WORD_ROWS] = "rows",
		[WORD_END_TABLE] = "end_table", [WORD_VIEW] = "view", [WORD_SEQUENCE] = "sequence", [WORD_CODE] = "code",
		[WORD_TYPE] = "type", [WORD_MEMBER] = "member", [WORD_MASTER] = "master",
	};
	struct span v = get(line, "t");

	if (jval_type(v) == J_STRING)
		for (size_t i = WORD_SCHEMA; i < sizeof(words) / sizeof(*words); i++)
			if (jstring_cmp(v, span_of(words[i])) == 0)
				return (enum record_word)i;
	return WORD_UNKNOWN;
}

bool
record_get_about(struct span line, struct arena *mem, int64_t *format, struct dump_about *out)
{
	struct span encoding;

	*format = 0;
	return get_int(line, "dump", format)
	    && get_text(line, "set", mem, &out->set)
	    && get_int(line, "file", &out->file)
	    && get_text(line, "generator", mem, &out->generator)
	    && get_text(line, "created", mem, &out->created)
	    && get_text(line, "engine", mem, &out->engine)
	    && get_text(line, "engine_version", mem, &out->engine_version)
	    && get_text(line, "mode", mem, &out->mode)
	    && get_text(line, "owner", mem, &out->owner)
	    && get_text(line, "job", mem, &out->job)
	    && get_text_if(line, "position", mem, &out->position)
	    && get_text(line, "encoding", mem, &encoding) && span_is(encoding, "UTF-8");
}

bool
record_get_member(struct span line, struct arena *mem, struct span *set, int64_t *file, int64_t *member, struct span *digest)
{
	return record_word(line) == WORD_MEMBER
	    && get_text(line, "set", mem, set)
	    && get_int(line, "file", file)
	    && get_int(line, "n", member)
	    && get_text(line, "sha256", mem, digest);
}

bool
record_get_schema(struct span line, struct arena *mem, struct span *name)
{
	return get_text(line, "name", mem, name);
}

static bool
get_column(struct span o, struct arena *mem, struct column *c)
{
	struct span type = get(o, "type");
	bool known = false;

	if (jval_type(type) != J_STRING)
		return false;
	c->type = ABS_OTHER;
	for (int i = 0; i < ABS__N && !known; i++) {
		known = jstring_cmp(type, span_of(abstract_type_word((enum abstract_type)i))) == 0;
		if (known)
			c->type = (enum abstract_type)i;
	}
	return known
	    && get_text(o, "name", mem, &c->name)
	    && get_text_if(o, "native", mem, &c->native)
	    && get_int_if(o, "length", &c->length)
	    && get_int_if(o, "precision", &c->precision)
	    && get_int_if(o, "scale", &c->scale)
	    && get_bool(o, "nullable", &c->nullable)
	    && get_text_if(o, "default", mem, &c->dflt)
	    && get_bool(o, "identity", &c->is_identity)
	    && get_bool(o, "follows_updates", &c->follows_updates)
	    && get_bool(o, "invisible", &c->is_invisible)
	    && get_int_if(o, "key_length", &c->key_length)
	    && get_text_if(o, "generated", mem, &c->generated)
	    && get_text_if(o, "collation", mem, &c->collation)
	    && get_text_if(o, "comment", mem, &c->comment)
	    && get_texts(o, "words", mem, &c->words, &c->n_words);
}

static bool
get_columns(struct span line, struct arena *mem, struct table *t)
{
	struct column *c;
	struct span list, v;
	struct jiter it;

	if (!get_list(line, "columns", &list, &t->n_columns) || t->n_columns == 0 || t->n_columns > DUMP_COLUMNS)
		return false;
	t->columns = c = ARENA_ARRAY(mem, struct column, t->n_columns);
	jiter_open(&it, list);
	while (jiter_element(&it, &v))
		if (!get_column(v, mem, c++))
			return false;
	return true;
}

static bool
get_time(struct span o, struct key_time *out)
{
	return get_bool(o, "deferrable", &out->deferrable) && get_bool(o, "deferred", &out->deferred);
}

static bool
get_uniques(struct span line, struct arena *mem, struct table *t)
{
	struct table_key *k;
	struct span list, v;
	struct jiter it;

	if (!get_list(line, "unique", &list, &t->n_uniques))
		return false;
	t->uniques = k = ARENA_ARRAY(mem, struct table_key, t->n_uniques);
	jiter_open(&it, list);
	for (; jiter_element(&it, &v); k++)
		if (!get_texts(v, "columns", mem, &k->columns, &k->n_columns) || k->n_columns == 0
		    || !get_text_if(v, "name", mem, &k->name) || !get_time(v, &k->time)
		    || !get_bool(v, "nulls_are_equal", &k->nulls_are_equal))
			return false;
	return true;
}

static bool
get_fks(struct span line, struct arena *mem, struct table *t)
{
	struct foreign_key *k;
	struct span list, v;
	struct jiter it;

	if (!get_list(line, "fk", &list, &t->n_fks))
		return false;
	t->fks = k = ARENA_ARRAY(mem, struct foreign_key, t->n_fks);
	jiter_open(&it, list);
	for (; jiter_element(&it, &v); k++) {
		size_t n_refs;

		if (!get_texts(v, "columns", mem, &k->columns, &k->n_columns) || k->n_columns == 0
		    || !get_text_if(v, "name", mem, &k->name)
		    || !get_text_if(v, "schema", mem, &k->schema)
		    || !get_text(v, "table", mem, &k->table)
		    || !get_texts(v, "references", mem, &k->ref_columns, &n_refs) || (n_refs != 0 && n_refs != k->n_columns)
		    || !get_text_if(v, "on_update", mem, &k->on_update)
		    || !get_text_if(v, "on_delete", mem, &k->on_delete) || !get_time(v, &k->time)
		    || !get_bool(v, "match_full", &k->match_full))
			return false;
		if (n_refs == 0)
			k->ref_columns = NULL;
	}
	return true;
}

static bool
get_checks(struct span line, const char *name, struct arena *mem, const struct table_check **out, size_t *n)
{
	struct table_check *k;
	struct span list, v;
	struct jiter it;

	if (!get_list(line, name, &list, n))
		return false;
	*out = k = ARENA_ARRAY(mem, struct table_check, *n);
	jiter_open(&it, list);
	for (; jiter_element(&it, &v); k++)
		if (!get_text(v, "text", mem, &k->text) || !get_text_if(v, "name", mem, &k->name) || !get_bool(v, "unproven", &k->unproven))
			return false;
	return true;
}

static bool
get_parts(struct span o, struct arena *mem, struct table_index *x)
{
	struct index_part *p;
	struct span list, v;
	struct jiter it;

	if (!get_list(o, "parts", &list, &x->n_parts) || x->n_parts == 0)
		return false;
	x->parts = p = ARENA_ARRAY(mem, struct index_part, x->n_parts);
	jiter_open(&it, list);
	for (; jiter_element(&it, &v); p++)
		if (!get_text_if(v, "column", mem, &p->column)
		    || !get_text_if(v, "expression", mem, &p->expression)
		    || (p->column.p == NULL) == (p->expression.p == NULL)
		    || !get_bool(v, "descending", &p->descending)
		    || !get_int_if(v, "length", &p->length) || p->length < 0)
			return false;
	return true;
}

static bool
get_indexes(struct span line, struct arena *mem, const struct table_index **out, size_t *n)
{
	struct table_index *x;
	struct span list, v;
	struct jiter it;

	if (!get_list(line, "index", &list, n))
		return false;
	*out = x = ARENA_ARRAY(mem, struct table_index, *n);
	jiter_open(&it, list);
	for (; jiter_element(&it, &v); x++)
		if (!get_text(v, "name", mem, &x->name)
		    || !get_bool(v, "unique", &x->unique)
		    || !get_text_if(v, "where", mem, &x->where)
		    || !get_text_if(v, "kind", mem, &x->kind)
		    || !get_text_if(v, "clause", mem, &x->clause)
		    || !get_parts(v, mem, x))
			return false;
	return true;
}

static bool
get_collection(struct span line, struct arena *mem, struct table *t)
{
	struct span list, v, *specs;
	struct jiter it;

	t->metadata = get(line, "metadata");
	if (jval_type(t->metadata) != J_OBJECT || !get_list(line, "indexes", &list, &t->n_specs))
		return false;
	t->specs = specs = ARENA_ARRAY(mem, struct span, t->n_specs);
	jiter_open(&it, list);
	while (jiter_element(&it, &v)) {
		if (jval_type(v) != J_OBJECT)
			return false;
		*specs++ = v;
	}
	return true;
}

bool
record_get_table(struct span line, struct arena *mem, int64_t *id, struct table *out)
{
	enum record_word word = record_word(line);

	*out = (struct table){ .is_collection = word == WORD_COLLECTION };
	return get_int(line, "id", id) && *id > 0
	    && get_text(line, "schema", mem, &out->schema)
	    && get_text(line, "name", mem, &out->name)
	    && get_columns(line, mem, out)
	    && get_int_if(line, "estimate", &out->n_rows_estimate)
	    && (out->is_collection ? get_collection(line, mem, out)
	    : get_texts(line, "pk", mem, &out->pk.columns, &out->pk.n_columns)
	    && get_text_if(line, "pk_name", mem, &out->pk.name)
	    && get_uniques(line, mem, out)
	    && get_fks(line, mem, out)
	    && get_text_if(line, "module", mem, &out->module)
	    && get_bool(line, "derived", &out->is_derived)
	    && get_bool(line, "has_no_rowid", &out->has_no_rowid) && get_bool(line, "strict", &out->is_strict)
	    && get_bool(line, "never_reuses", &out->never_reuses)
	    && get_checks(line, "check", mem, &out->checks, &out->n_checks)
	    && get_checks(line, "exclude", mem, &out->excludes, &out->n_excludes)
	    && get_indexes(line, mem, &out->indexes, &out->n_indexes)
	    && get_text_if(line, "tablespace", mem, &out->tablespace)
	    && get_text_if(line, "comment", mem, &out->comment)
	    && get_int_if(line, "next_identity", &out->next_identity));
}

bool
record_get_rows(struct span line, int64_t *id, int64_t *n, int64_t *first)
{
	return get_int(line, "id", id) && get_count(line, "n", n) && get_int(line, "first", first) && *first > 0;
}

bool
record_get_end_table(struct span line, struct arena *mem, int64_t *id, int64_t *n_rows, size_t n_columns, const int64_t **max_chars)
{
	struct span list, v;
	struct jiter it;
	int64_t *max;
	size_t n;

	*max_chars = NULL;
	if (!get_int(line, "id", id) || !get_count(line, "rows", n_rows) || !get_list(line, "max_chars", &list, &n))
		return false;
	if (n == 0)
		return true;
	if (n != n_columns)
		return false;
	*max_chars = max = ARENA_ARRAY(mem, int64_t, n);
	jiter_open(&it, list);
	while (jiter_element(&it, &v))
		if (!to_int(v, max++))
			return false;
	return true;
}

bool
record_get_view(struct span line, struct arena *mem, struct view *out)
{
	*out = (struct view){ 0 };
	return get_text(line, "schema", mem, &out->schema) && get_text(line, "name", mem, &out->name)
	    && get_text(line, "text", mem, &out->text) && get_bool(line, "stored", &out->is_stored)
	    && get_bool(line, "filled", &out->is_filled) && get_indexes(line, mem, &out->indexes, &out->n_indexes);
}

bool
record_get_sequence(struct span line, struct arena *mem, struct sequence *out)
{
	return get_text(line, "schema", mem, &out->schema)
	    && get_text(line, "name", mem, &out->name)
	    && get_int(line, "start", &out->start)
	    && get_int(line, "increment", &out->increment)
	    && get_int(line, "min", &out->min)
	    && get_int(line, "max", &out->max)
	    && get_int(line, "next", &out->next)
	    && get_bool(line, "cycle", &out->cycle);
}

bool
record_get_code(struct span line, struct arena *mem, struct code *out)
{
	return get_text(line, "schema", mem, &out->schema)
	    && get_text(line, "name", mem, &out->name)
	    && get_text(line, "kind", mem, &out->kind)
	    && get_text_if(line, "table", mem, &out->table)
	    && get_text(line, "text", mem, &out->text);
}

bool
record_get_type(struct span line, struct arena *mem, struct enum_type *out)
{
	return get_text(line, "schema", mem, &out->schema) && get_text(line, "name", mem, &out->name)
	    && get_texts(line, "words", mem, &out->words, &out->n_words);
}

static bool
get_master_files(struct span line, struct arena *mem, struct dump_master *m)
{
	struct dump_master_file *f;
	struct span list, v, digest;
	struct jiter it;

	if (!get_list(line, "files", &list, &m->n_files) || m->n_files == 0)
		return false;
	m->files = f = ARENA_ARRAY(mem, struct dump_master_file, m->n_files);
	jiter_open(&it, list);
	for (; jiter_element(&it, &v); f++) {
		if (!get_text(v, "name", mem, &f->name) || !get_count(v, "bytes", &f->n_bytes)
		    || !get_text(v, "sha256", mem, &digest) || digest.n != sizeof(f->sha256) - 1)
			return false;
		memcpy(f->sha256, digest.p, digest.n);
	}
	return true;
}

bool
record_get_master(struct span line, struct arena *mem, struct dump_master *out)
{
	struct dump_entry *t;
	struct span list, v;
	struct jiter it;
	bool complete;

	if (record_word(line) != WORD_MASTER || !get_bool(line, "complete", &complete) || !complete
	    || !get_bool(line, "consistent", &out->consistent) || !get_count(line, "objects", &out->n_objects)
	    || !get_master_files(line, mem, out) || !get_list(line, "tables", &list, &out->n_tables))
		return false;
	out->tables = t = ARENA_ARRAY(mem, struct dump_entry, out->n_tables);
	jiter_open(&it, list);
	for (; jiter_element(&it, &v); t++)
		if (!get_int(v, "id", &t->id) || !get_int(v, "file", &t->file) || t->file < 1 || t->file > (int64_t)out->n_files
		    || !get_count(v, "offset", &t->offset) || !get_count(v, "rows", &t->n_rows))
			return false;
	return true;
}

/* ---- rows ---- */

static bool
get_number(struct span v, struct cell *out)
{
	struct dec d;

	out->kind = CELL_INT;
	if (!dec_parse(v, &d))
		return false;
	if (dec_is_integer(&d) && memchr(v.p, 'e', v.n) == NULL && memchr(v.p, 'E', v.n) == NULL && memchr(v.p, '.', v.n) == NULL) {
		if (dec_to_int64(&d, &out->number))
			return true;
		out->kind = CELL_NUMBER;
	} else {
		out->kind = CELL_REAL;
	}
	out->text = v;
	return true;
}

static bool
is_special_real(struct span s)
{
	return span_is(s, "NaN") || span_is(s, "Infinity") || span_is(s, "-Infinity");
}

static bool
get_string(enum cell_kind kind, struct span v, struct arena *mem, struct cell *out)
{
	struct dec d;

	out->kind = kind;
	if (!to_text(v, mem, &out->text))
		return false;
	if (kind == CELL_TEXT)
		return true;
	return is_special_real(out->text) || dec_parse_text(out->text, &d);
}

/* {"b":"..."} and its like */
static bool
get_tagged(struct span v, struct arena *mem, struct cell *out)
{
	struct span name, value, more, text;
	struct jiter it;
	char *bytes;

	jiter_open(&it, v);
	if (!jiter_member(&it, &name, &value) || jiter_member(&it, &more, &more) || name.n != 1)
		return false;
	switch (name.p[0]) {
	case 'i':
		return jval_type(value) == J_NUMBER && get_number(value, out) && out->kind != CELL_REAL;
	case 'd':
		return get_string(CELL_NUMBER, value, mem, out);
	case 'r':
		if (jval_type(value) != J_NUMBER)
			return get_string(CELL_REAL, value, mem, out);
		*out = (struct cell){ CELL_REAL, 0, value };
		return true;
	case 's':
		return get_string(CELL_TEXT, value, mem, out);
	case 'b':
		out->kind = CELL_BLOB;
		if (!to_text(value, mem, &text))
			return false;
		bytes = arena_alloc(mem, text.n * 3 / 4 + 3);
		out->text.p = bytes;
		return base64_decode(text, (unsigned char *)bytes, &out->text.n);
	}
	return false;
}

static bool
get_cell(struct span v, enum abstract_type t, struct arena *mem, struct cell *out)
{
	bool is_float = t == ABS_FLOAT32 || t == ABS_FLOAT64;

	*out = (struct cell){ .kind = CELL_NULL };
	switch (jval_type(v)) {
	case J_NULL:
		return true;
	case J_TRUE: case J_FALSE:
		out->kind = CELL_BOOL;
		out->number = jval_type(v) == J_TRUE;
		return true;
	case J_NUMBER:
		if (is_float) {
			*out = (struct cell){ CELL_REAL, 0, v };
			return true;
		}
		return get_number(v, out);
	case J_STRING:
		return get_string(is_float ? CELL_REAL : t == ABS_DECIMAL ? CELL_NUMBER : CELL_TEXT, v, mem, out);
	case J_OBJECT:
		return get_tagged(v, mem, out);
	default:
		return false;
	}
}

bool
record_get_row(struct span line, const struct column *columns, size_t n, struct arena *mem, struct cell *out)
{
	struct span v;
	struct jiter it;
	size_t i = 0;

	if (jval_type(line) != J_ARRAY)
		return false;
	jiter_open(&it, line);
	for (; jiter_element(&it, &v); i++)
		if (i == n || !get_cell(v, columns[i].type, mem, &out[i]))
			return false;
	return i == n;
}
