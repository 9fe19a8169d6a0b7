/* datapump/spec_print.c - the request of a job as JSON, and what it lets through */
#include "base/jcur.h"
#include "datapump/spec_words.h"

const struct spec_word spec_operation_words[] = { { "EXPORT", JOB_EXPORT }, { "IMPORT", JOB_IMPORT }, { NULL, 0 } };
const struct spec_word spec_mode_words[] = { { "FULL", MODE_FULL }, { "SCHEMA", MODE_SCHEMA }, { "TABLE", MODE_TABLE },
	{ "TABLESPACE", MODE_TABLESPACE }, { NULL, 0 } };
const struct spec_word spec_exists_words[] = { { "SKIP", EXISTS_SKIP }, { "APPEND", EXISTS_APPEND }, { "TRUNCATE", EXISTS_TRUNCATE },
	{ "REPLACE", EXISTS_REPLACE }, { NULL, 0 } };
const struct spec_word spec_content_words[] = { { "ALL", CONTENT_ALL }, { "DATA_ONLY", CONTENT_DATA },
	{ "METADATA_ONLY", CONTENT_METADATA }, { NULL, 0 } };
const struct spec_word spec_compression_words[] = { { "NONE", 0 }, { "ALL", 1 }, { NULL, 0 } };
const struct spec_word spec_logtime_words[] = { { "NONE", 0 }, { "ALL", 1 }, { NULL, 0 } };
const struct spec_word spec_case_words[] = { { "PRESERVE", NAMES_PRESERVE }, { "LOWER", NAMES_LOWER }, { "UPPER", NAMES_UPPER }, { NULL, 0 } };
const struct spec_word spec_object_words[] = { { "TABLE", OBJECT_TABLE }, { "INDEX", OBJECT_INDEX }, { "CONSTRAINT", OBJECT_CONSTRAINT },
	{ "REF_CONSTRAINT", OBJECT_REF_CONSTRAINT }, { "VIEW", OBJECT_VIEW }, { "SEQUENCE", OBJECT_SEQUENCE }, { "TRIGGER", OBJECT_TRIGGER },
	{ "COMMENT", OBJECT_COMMENT }, { NULL, 0 } };

static const char *
word_of(const struct spec_word *words, int value)
{
	while (words->word != NULL && words->value != value)
		words++;
	return words->word;
}

const char *
job_operation_name(enum job_operation op)
{
	return word_of(spec_operation_words, (int)op);
}

const char *
job_mode_name(enum job_mode mode)
{
	return word_of(spec_mode_words, (int)mode);
}

/* ---- printing ---- */

static void
put_name(struct buf *b, const char *name)
{
	if (b->p[b->n - 1] != '{')
		buf_char(b, ',');
	buf_printf(b, "\"%s\":", name);
}

static void
put_text(struct buf *b, const char *name, struct span text)
{
	if (text.p != NULL) {
		put_name(b, name);
		buf_json(b, text);
	}
}

static void
put_word(struct buf *b, const char *name, const struct spec_word *words, int value)
{
	put_name(b, name);
	buf_printf(b, "\"%s\"", word_of(words, value));
}

static void
put_true(struct buf *b, const char *name, bool v)
{
	if (v) {
		put_name(b, name);
		put_lit(b, "true");
	}
}

static void
put_expressions(struct buf *b, const char *name, const struct spec_expressions *x)
{
	if (x->n == 0)
		return;
	put_name(b, name);
	for (size_t i = 0; i < x->n; i++) {
		buf_addz(b, i == 0 ? "[{" : ",{");
		put_text(b, "expression", x->texts[i]);
		buf_char(b, '}');
	}
	buf_char(b, ']');
}

static void
put_remaps(struct buf *b, const char *name, const struct spec_remap *list, size_t n)
{
	if (n == 0)
		return;
	put_name(b, name);
	for (size_t i = 0; i < n; i++) {
		struct buf source;

		buf_init(&source, b->mem);
		if (list[i].schema.p != NULL) {
			buf_span(&source, list[i].schema);
			buf_char(&source, '.');
		}
		buf_span(&source, list[i].source);
		buf_addz(b, i == 0 ? "[{" : ",{");
		put_text(b, "source", buf_text(&source));
		put_text(b, "target", list[i].target);
		buf_char(b, '}');
	}
	buf_char(b, ']');
}

static void
put_objects(struct buf *b, const char *name, const struct spec_objects *list, size_t n)
{
	if (n == 0)
		return;
	put_name(b, name);
	for (size_t i = 0; i < n; i++) {
		buf_addz(b, i == 0 ? "[{" : ",{");
		put_word(b, "object_type", spec_object_words, (int)list[i].type);
		put_text(b, "expression", list[i].text);
		buf_char(b, '}');
	}
	buf_char(b, ']');
}

static void
put_queries(struct buf *b, const struct spec_query *list, size_t n)
{
	if (n == 0)
		return;
	put_name(b, "queries");
	for (size_t i = 0; i < n; i++) {
		buf_addz(b, i == 0 ? "[{" : ",{");
		put_text(b, "table", list[i].table);
		put_name(b, "filter");
		jval_compact(list[i].filter, b);
		buf_char(b, '}');
	}
	buf_char(b, ']');
}

static void
put_export(const struct job_spec *s, struct buf *b)
{
	put_text(b, "filter", s->filter);
	if (s->file_bytes > 0) {
		put_name(b, "file_size");
		buf_int(b, s->file_bytes);
	}
	put_true(b, "reuse_dumpfiles", s->reuse_files);
	put_word(b, "compression", spec_compression_words, s->compress);
	put_queries(b, s->queries, s->n_queries);
	put_true(b, "estimate_only", s->estimate_only);
}

static void
put_import(const struct job_spec *s, struct buf *b)
{
	put_remaps(b, "remap_schemas", s->remap_schemas, s->n_remap_schemas);
	put_remaps(b, "remap_tables", s->remap_tables, s->n_remap_tables);
	put_remaps(b, "remap_tablespaces", s->remap_tablespaces, s->n_remap_tablespaces);
	put_word(b, "table_exists_action", spec_exists_words, (int)s->exists);
	if (s->skip_constraint_errors) {
		put_name(b, "data_options");
		put_lit(b, "[\"SKIP_CONSTRAINT_ERRORS\"]");
	}
	put_true(b, "allow_incomplete", s->allow_incomplete);
	put_word(b, "name_case", spec_case_words, (int)s->name_case);
	put_text(b, "network_link", s->network_link);
	put_text(b, "sqlfile", s->sqlfile);
	put_true(b, "include_code", s->include_code);
	put_name(b, "verify");
	buf_addz(b, s->verify ? "true" : "false");
}

void
spec_print(const struct job_spec *s, struct buf *out)
{
	buf_char(out, '{');
	put_word(out, "operation", spec_operation_words, (int)s->operation);
	put_word(out, "job_mode", spec_mode_words, (int)s->mode);
	put_text(out, "datapump_dir", s->directory);
	put_text(out, "file_name", s->file_name);
	put_text(out, "credential_name", s->credential);
	put_expressions(out, "name_expressions", &s->names);
	put_expressions(out, "schema_expressions", &s->schemas);
	put_expressions(out, "tablespace_expressions", &s->tablespaces);
	if (s->threads > 0) {
		put_name(out, "threads");
		buf_int(out, s->threads);
	}
	put_name(out, "keep_master");
	buf_char(out, s->keep_master ? '1' : '0');
	put_word(out, "content", spec_content_words, (int)s->content);
	put_text(out, "job_name", s->job_name);
	put_objects(out, "include", s->include, s->n_include);
	put_objects(out, "exclude", s->exclude, s->n_exclude);
	put_word(out, "logtime", spec_logtime_words, s->logtime);
	if (s->operation == JOB_EXPORT)
		put_export(s, out);
	else
		put_import(s, out);
	buf_char(out, '}');
}

/* ---- what is let through ---- */

static bool
all_hold(const struct spec_expressions *x, struct span name, bool exact)
{
	for (size_t i = 0; i < x->n; i++)
		if (!expr_holds(x->all[i], name, exact))
			return false;
	return true;
}

static bool
filter_holds(const struct job_spec *s, enum job_mode mode, struct span name, bool exact)
{
	return s->filter_expr == NULL || s->mode != mode || expr_holds(s->filter_expr, name, exact);
}

bool
spec_wants_schema(const struct job_spec *s, struct span schema, bool exact)
{
	return all_hold(&s->schemas, schema, exact) && filter_holds(s, MODE_SCHEMA, schema, exact);
}

static bool
is_listed(const struct spec_objects *list, size_t n, enum object_type type, struct span name, bool exact)
{
	for (size_t i = 0; i < n; i++)
		if (list[i].type == type && (list[i].expr == NULL || expr_holds(list[i].expr, name, exact)))
			return true;
	return false;
}

/* What belongs to tables comes with them, unless the list names its type. */
static bool
comes_with_tables(const struct job_spec *s, enum object_type type)
{
	bool tables = false;

	for (size_t i = 0; i < s->n_include; i++) {
		if (s->include[i].type == type)
			return false;
		tables |= s->include[i].type == OBJECT_TABLE;
	}
	return tables && type != OBJECT_VIEW && type != OBJECT_SEQUENCE;
}

bool
spec_wants(const struct job_spec *s, enum object_type type, struct span name, bool exact)
{
	return (s->n_include == 0 || is_listed(s->include, s->n_include, type, name, exact) || comes_with_tables(s, type))
	    && !is_listed(s->exclude, s->n_exclude, type, name, exact);
}

bool
spec_wants_table(const struct job_spec *s, struct span schema, struct span table, struct span tablespace, bool exact)
{
	return spec_wants_schema(s, schema, exact)
	    && all_hold(&s->names, table, exact) && filter_holds(s, MODE_TABLE, table, exact)
	    && all_hold(&s->tablespaces, tablespace, exact) && filter_holds(s, MODE_TABLESPACE, tablespace, exact)
	    && spec_wants(s, OBJECT_TABLE, table, exact);
}
