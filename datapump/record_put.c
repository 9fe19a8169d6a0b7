/* datapump/record_put.c - records of a dump as text */
#include "base/decimal.h"
#include "base/digest.h"
#include "base/jcur.h"
#include "datapump/records.h"

static const char *const type_words[ABS__N] = {
	[ABS_BOOL] = "bool", [ABS_INT16] = "int16", [ABS_INT32] = "int32", [ABS_INT64] = "int64", [ABS_UINT64] = "uint64",
	[ABS_DECIMAL] = "decimal", [ABS_FLOAT32] = "float32", [ABS_FLOAT64] = "float64", [ABS_TEXT] = "text", [ABS_CHAR] = "char",
	[ABS_BINARY] = "binary", [ABS_DATE] = "date", [ABS_TIME] = "time", [ABS_TIMESTAMP] = "timestamp",
	[ABS_TIMESTAMPTZ] = "timestamptz", [ABS_JSON] = "json", [ABS_UUID] = "uuid", [ABS_ENUM] = "enum", [ABS_OTHER] = "other",
};

const char *
abstract_type_word(enum abstract_type type)
{
	return type_words[type];
}

/* ,"name":  or {"name": */
static void
put_name(struct buf *b, const char *name)
{
	buf_char(b, b->p[b->n - 1] == '{' ? '"' : ',');
	if (b->p[b->n - 1] == ',')
		buf_char(b, '"');
	buf_addz(b, name);
	put_lit(b, "\":");
}

static void
put_text(struct buf *b, const char *name, struct span text)
{
	put_name(b, name);
	buf_json(b, text);
}

/* absent when there is none: p NULL */
static void
put_text_if(struct buf *b, const char *name, struct span text)
{
	if (text.p != NULL)
		put_text(b, name, text);
}

static void
put_number(struct buf *b, const char *name, int64_t v)
{
	put_name(b, name);
	buf_int(b, v);
}

static void
put_number_if(struct buf *b, const char *name, int64_t v)
{
	if (v != 0)
		put_number(b, name, v);
}

static void
put_true_if(struct buf *b, const char *name, bool v)
{
	if (v) {
		put_name(b, name);
		put_lit(b, "true");
	}
}

static void
begin_list(struct buf *b, const char *name)
{
	put_name(b, name);
	buf_char(b, '[');
}

static void
begin_element(struct buf *b, size_t i)
{
	buf_addz(b, i > 0 ? ",{" : "{");
}

static void
put_texts(struct buf *b, const char *name, const struct span *list, size_t n)
{
	begin_list(b, name);
	for (size_t i = 0; i < n; i++) {
		if (i > 0)
			buf_char(b, ',');
		buf_json(b, list[i]);
	}
	buf_char(b, ']');
}

static void
begin(struct buf *b, const char *word)
{
	buf_char(b, '{');
	put_text(b, "t", span_of(word));
}

static void
finish(struct buf *b)
{
	put_lit(b, "}\n");
}

void
record_put_about(struct buf *b, const struct dump_about *a)
{
	buf_char(b, '{');
	put_number(b, "dump", DUMP_FORMAT);
	put_text(b, "set", a->set);
	put_number(b, "file", a->file);
	put_text(b, "generator", a->generator);
	put_text(b, "created", a->created);
	put_text(b, "engine", a->engine);
	put_text(b, "engine_version", a->engine_version);
	put_text(b, "mode", a->mode);
	put_text(b, "owner", a->owner);
	put_text(b, "job", a->job);
	put_text_if(b, "position", a->position);
	put_text(b, "encoding", SPAN("UTF-8"));
	finish(b);
}

void
record_put_member(struct buf *b, struct span set, int64_t file, int64_t member, const char *digest)
{
	begin(b, "member");
	put_text(b, "set", set);
	put_number(b, "file", file);
	put_number(b, "n", member);
	put_text(b, "sha256", span_of(digest));
	finish(b);
}

void
record_put_schema(struct buf *b, struct span name)
{
	begin(b, "schema");
	put_text(b, "name", name);
	finish(b);
}

static void
put_columns(struct buf *b, const struct table *t)
{
	begin_list(b, "columns");
	for (size_t i = 0; i < t->n_columns; i++) {
		const struct column *c = &t->columns[i];

		begin_element(b, i);
		put_text(b, "name", c->name);
		put_text(b, "type", span_of(type_words[c->type]));
		put_text_if(b, "native", c->native);
		put_number_if(b, "length", c->length);
		put_number_if(b, "precision", c->precision);
		put_number_if(b, "scale", c->scale);
		put_name(b, "nullable");
		buf_addz(b, c->nullable ? "true" : "false");
		put_text_if(b, "default", c->dflt);
		put_true_if(b, "identity", c->is_identity);
		put_true_if(b, "follows_updates", c->follows_updates);
		put_true_if(b, "invisible", c->is_invisible);
		put_number_if(b, "key_length", c->key_length);
		put_text_if(b, "generated", c->generated);
		put_text_if(b, "collation", c->collation);
		put_text_if(b, "comment", c->comment);
		if (c->n_words > 0)
			put_texts(b, "words", c->words, c->n_words);
		buf_char(b, '}');
	}
	buf_char(b, ']');
}

static void
put_checks(struct buf *b, const char *name, const struct table_check *list, size_t n)
{
	begin_list(b, name);
	for (size_t i = 0; i < n; i++) {
		begin_element(b, i);
		put_text(b, "text", list[i].text);
		put_text_if(b, "name", list[i].name);
		put_true_if(b, "unproven", list[i].unproven);
		buf_char(b, '}');
	}
	buf_char(b, ']');
}

static void
put_time(struct buf *b, const struct key_time *k)
{
	put_true_if(b, "deferrable", k->deferrable);
	put_true_if(b, "deferred", k->deferred);
}

static void
put_keys(struct buf *b, const struct table *t)
{
	put_texts(b, "pk", t->pk.columns, t->pk.n_columns);
	put_text_if(b, "pk_name", t->pk.name);
	begin_list(b, "unique");
	for (size_t i = 0; i < t->n_uniques; i++) {
		begin_element(b, i);
		put_texts(b, "columns", t->uniques[i].columns, t->uniques[i].n_columns);
		put_text_if(b, "name", t->uniques[i].name);
		put_time(b, &t->uniques[i].time);
		put_true_if(b, "nulls_are_equal", t->uniques[i].nulls_are_equal);
		buf_char(b, '}');
	}
	buf_char(b, ']');
	begin_list(b, "fk");
	for (size_t i = 0; i < t->n_fks; i++) {
		const struct foreign_key *k = &t->fks[i];

		begin_element(b, i);
		put_texts(b, "columns", k->columns, k->n_columns);
		put_text_if(b, "name", k->name);
		put_text_if(b, "schema", k->schema);
		put_text(b, "table", k->table);
		put_texts(b, "references", k->ref_columns, k->ref_columns == NULL ? 0 : k->n_columns);
		put_text_if(b, "on_update", k->on_update);
		put_text_if(b, "on_delete", k->on_delete);
		put_time(b, &k->time);
		put_true_if(b, "match_full", k->match_full);
		buf_char(b, '}');
	}
	buf_char(b, ']');
	put_checks(b, "check", t->checks, t->n_checks);
	if (t->n_excludes > 0)
		put_checks(b, "exclude", t->excludes, t->n_excludes);
}

static void
put_indexes(struct buf *b, const struct table_index *list, size_t n)
{
	begin_list(b, "index");
	for (size_t i = 0; i < n; i++) {
		const struct table_index *x = &list[i];

		begin_element(b, i);
		put_text(b, "name", x->name);
		put_true_if(b, "unique", x->unique);
		begin_list(b, "parts");
		for (size_t j = 0; j < x->n_parts; j++) {
			begin_element(b, j);
			if (x->parts[j].column.p != NULL)
				put_text(b, "column", x->parts[j].column);
			else
				put_text(b, "expression", x->parts[j].expression);
			put_true_if(b, "descending", x->parts[j].descending);
			put_number_if(b, "length", x->parts[j].length);
			buf_char(b, '}');
		}
		buf_char(b, ']');
		put_text_if(b, "where", x->where);
		put_text_if(b, "kind", x->kind);
		put_text_if(b, "clause", x->clause);
		buf_char(b, '}');
	}
	buf_char(b, ']');
}

/* A collection: its metadata and the specifications of its indexes as they are, without the blanks. */
static void
put_collection(struct buf *b, const struct table *t)
{
	put_name(b, "metadata");
	jval_compact(t->metadata, b);
	begin_list(b, "indexes");
	for (size_t i = 0; i < t->n_specs; i++) {
		if (i > 0)
			buf_char(b, ',');
		jval_compact(t->specs[i], b);
	}
	buf_char(b, ']');
}

void
record_put_table(struct buf *b, const struct table *t, int64_t id)
{
	begin(b, t->is_collection ? "collection" : "table");
	put_number(b, "id", id);
	put_text(b, "schema", t->schema);
	put_text(b, "name", t->name);
	put_text_if(b, "module", t->module);
	put_true_if(b, "derived", t->is_derived);
	put_true_if(b, "has_no_rowid", t->has_no_rowid);
	put_true_if(b, "strict", t->is_strict);
	put_true_if(b, "never_reuses", t->never_reuses);
	put_columns(b, t);
	if (t->is_collection) {
		put_collection(b, t);
	} else {
		put_keys(b, t);
		put_indexes(b, t->indexes, t->n_indexes);
		put_text_if(b, "tablespace", t->tablespace);
		put_number_if(b, "next_identity", t->next_identity);
		put_name(b, "comment");
		if (t->comment.p != NULL)
			buf_json(b, t->comment);
		else
			put_lit(b, "null");
	}
	put_number(b, "estimate", t->n_rows_estimate);
	finish(b);
}

void
record_put_rows(struct buf *b, int64_t id, size_t n, int64_t first)
{
	begin(b, "rows");
	put_number(b, "id", id);
	put_number(b, "n", (int64_t)n);
	put_number(b, "first", first);
	finish(b);
}

void
record_put_end_table(struct buf *b, int64_t id, int64_t n_rows, const int64_t *max_chars, size_t n_columns)
{
	begin(b, "end_table");
	put_number(b, "id", id);
	put_number(b, "rows", n_rows);
	begin_list(b, "max_chars");
	for (size_t i = 0; i < n_columns; i++) {
		if (i > 0)
			buf_char(b, ',');
		buf_int(b, max_chars[i]);
	}
	buf_char(b, ']');
	finish(b);
}

void
record_put_view(struct buf *b, const struct view *v)
{
	begin(b, "view");
	put_text(b, "schema", v->schema);
	put_text(b, "name", v->name);
	put_text(b, "text", v->text);
	put_true_if(b, "stored", v->is_stored);
	put_true_if(b, "filled", v->is_filled);
	if (v->n_indexes > 0)
		put_indexes(b, v->indexes, v->n_indexes);
	finish(b);
}

void
record_put_sequence(struct buf *b, const struct sequence *s)
{
	begin(b, "sequence");
	put_text(b, "schema", s->schema);
	put_text(b, "name", s->name);
	put_number(b, "start", s->start);
	put_number(b, "increment", s->increment);
	put_number(b, "min", s->min);
	put_number(b, "max", s->max);
	put_number(b, "next", s->next);
	put_true_if(b, "cycle", s->cycle);
	finish(b);
}

void
record_put_code(struct buf *b, const struct code *c)
{
	begin(b, "code");
	put_text(b, "schema", c->schema);
	put_text(b, "name", c->name);
	put_text(b, "kind", c->kind);
	put_text_if(b, "table", c->table);
	put_text(b, "text", c->text);
	finish(b);
}

void
record_put_type(struct buf *b, const struct enum_type *t)
{
	begin(b, "type");
	put_text(b, "schema", t->schema);
	put_text(b, "name", t->name);
	put_texts(b, "words", t->words, t->n_words);
	finish(b);
}

void
record_put_master(struct buf *b, const struct dump_master *m)
{
	begin(b, "master");
	begin_list(b, "files");
	for (size_t i = 0; i < m->n_files; i++) {
		begin_element(b, i);
		put_text(b, "name", m->files[i].name);
		put_number(b, "bytes", m->files[i].n_bytes);
		put_text(b, "sha256", span_of(m->files[i].sha256));
		buf_char(b, '}');
	}
	put_lit(b, "],\"tables\":[");
	for (size_t i = 0; i < m->n_tables; i++) {
		begin_element(b, i);
		put_number(b, "id", m->tables[i].id);
		put_number(b, "file", m->tables[i].file);
		put_number(b, "offset", m->tables[i].offset);
		put_number(b, "rows", m->tables[i].n_rows);
		buf_char(b, '}');
	}
	buf_char(b, ']');
	put_number(b, "objects", m->n_objects);
	put_name(b, "consistent");
	buf_addz(b, m->consistent ? "true" : "false");
	put_name(b, "complete");
	put_lit(b, "true");
	finish(b);
}

/* ---- rows ---- */

static bool
is_integer(enum abstract_type t)
{
	return t >= ABS_INT16 && t <= ABS_UINT64;
}

/* an integer of JSON, of any length */
static bool
is_digits(struct span s)
{
	size_t i = s.n > 0 && s.p[0] == '-';

	if (i == s.n || (s.p[i] == '0' && s.n > i + 1))
		return false;
	for (; i < s.n; i++)
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
	return true;
}

static void
put_real(struct buf *b, struct span text)
{
	struct dec d;

	if (dec_parse(text, &d))
		buf_span(b, text);
	else
		buf_json(b, text);	/* NaN, infinities, and what JSON would not call a number */
}

static void
put_blob(struct buf *b, struct span bytes)
{
	put_lit(b, "{\"b\":\"");
	buf_reserve(b, base64_size(bytes.n));
	b->n += base64_encode(bytes, b->p + b->n);
	put_lit(b, "\"}");
}

/* What the column is for stands as it is; a value of another class brings its own: {"i":7} */
static void
put_cell(struct buf *b, enum abstract_type t, const struct cell *c)
{
	switch (c->kind) {
	case CELL_NULL:
		put_lit(b, "null");
		break;
	case CELL_BOOL:
		buf_addz(b, c->number != 0 ? "true" : "false");
		break;
	case CELL_INT:
		if (is_integer(t)) {
			buf_int(b, c->number);
			break;
		}
		put_lit(b, "{\"i\":");
		buf_int(b, c->number);
		buf_char(b, '}');
		break;
	case CELL_NUMBER:
		if (t == ABS_DECIMAL) {
			buf_json(b, c->text);
			break;
		}
		if (is_integer(t) && is_digits(c->text)) {
			buf_span(b, c->text);
			break;
		}
		put_lit(b, "{\"d\":");
		buf_json(b, c->text);
		buf_char(b, '}');
		break;
	case CELL_REAL:
		if (t == ABS_FLOAT32 || t == ABS_FLOAT64) {
			put_real(b, c->text);
			break;
		}
		put_lit(b, "{\"r\":");
		put_real(b, c->text);
		buf_char(b, '}');
		break;
	case CELL_TEXT:
		if (t >= ABS_TEXT && t != ABS_BINARY) {
			buf_json(b, c->text);
			break;
		}
		put_lit(b, "{\"s\":");
		buf_json(b, c->text);
		buf_char(b, '}');
		break;
	case CELL_BLOB:
		put_blob(b, c->text);
		break;
	}
}

void
record_put_row(struct buf *b, const struct column *columns, size_t n, const struct cell *cells)
{
	buf_char(b, '[');
	for (size_t i = 0; i < n; i++) {
		if (i > 0)
			buf_char(b, ',');
		put_cell(b, columns[i].type, &cells[i]);
	}
	put_lit(b, "]\n");
}
