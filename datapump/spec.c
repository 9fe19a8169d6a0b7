/* datapump/spec.c - the request of a job, from JSON text; spec_print.c is the way back
 *
 * Each property is a row of properties[]: its name, for which operation, and how its value is read.
 */
#include "datapump/spec.h"

#include "base/decimal.h"
#include "base/jcur.h"
#include "base/scan.h"
#include "datapump/filename.h"
#include "datapump/spec_words.h"

#include <inttypes.h>

enum { WARNINGS_MAX = 100, LIST_MAX = 1000, DEPTH_MAX = 64, NAME_MAX_BYTES = 128 };
static const int64_t OBJECT_FILE_BYTES = (int64_t)1 << 30;

struct reading {
	struct job_spec *s;
	struct arena *mem;
	struct err *e;
	const char *property;
	struct span *warnings;
	bool has_exists;		/* table_exists_action was given */
};

static bool
wrong(struct reading *r, const char *why)
{
	return err_set(r->e, ERR_BAD_JOB, "ODP-39001: invalid argument value for %s: %s", r->property, why);
}

static void
warn(struct reading *r, const char *text)
{
	if (r->s->n_warnings < WARNINGS_MAX)
		r->warnings[r->s->n_warnings++] = span_of(text);
}

/* ---- values ---- */

static bool
get_text(struct reading *r, struct span v, struct span *out)
{
	if (jval_type(v) != J_STRING)
		return wrong(r, "a string is needed");
	*out = jstring_decode(v, r->mem);
	if (out->n > 0 && memchr(out->p, '\0', out->n) != NULL)
		return wrong(r, "it holds a NUL");
	return true;
}

/* a name that is not empty and not endless */
static bool
get_name(struct reading *r, struct span v, struct span *out)
{
	return get_text(r, v, out) && ((out->n > 0 && out->n <= 4 * NAME_MAX_BYTES) || wrong(r, "1 to 512 bytes are needed"));
}

static bool
get_bool(struct reading *r, struct span v, bool *out)
{
	enum jtype t = jval_type(v);

	*out = t == J_TRUE;
	return t == J_TRUE || t == J_FALSE || wrong(r, "true or false is needed");
}

static bool
get_integer(struct reading *r, struct span v, int64_t min, int64_t max, int64_t *out)
{
	struct dec d;

	if (jval_type(v) == J_NUMBER && dec_parse(v, &d) && dec_is_integer(&d) && dec_to_int64(&d, out) && *out >= min && *out <= max)
		return true;
	return err_set(r->e, ERR_BAD_JOB, "ODP-39001: invalid argument value for %s: an integer from %" PRId64 " is needed", r->property, min);
}

static bool
get_word(struct reading *r, struct span v, const struct spec_word *words, int *out)
{
	struct span text;

	if (!get_text(r, v, &text))
		return false;
	for (const struct spec_word *w = words; w->word != NULL; w++)
		if (span_is_nocase(text, w->word)) {
			*out = w->value;
			return true;
		}
	return wrong(r, "it is none of the words that are allowed");
}

/* the elements of an array */
static bool
get_array(struct reading *r, struct span v, size_t max, size_t *n)
{
	*n = jarray_count(v);
	if (jval_type(v) != J_ARRAY)
		return wrong(r, "an array is needed");
	return *n <= max || err_set(r->e, ERR_BAD_JOB, "ODP-39001: invalid argument value for %s: it has more than %zu elements", r->property, max);
}

static bool
wrong_element(struct reading *r, size_t i, const char *why)
{
	return err_set(r->e, ERR_BAD_JOB, "ODP-39001: invalid argument value for %s[%zu]: %s", r->property, i, why);
}

/* the members of an object, by these names and no others; p NULL where one is absent */
static bool
get_members(struct span object, const char *const *names, struct span *values, size_t n)
{
	struct span raw, v;
	struct jiter it;

	if (jval_type(object) != J_OBJECT)
		return false;
	memset(values, 0, n * sizeof(*values));
	jiter_open(&it, object);
	while (jiter_member(&it, &raw, &v)) {
		size_t i = 0;

		while (i < n && !jname_eq(raw, span_of(names[i])))
			i++;
		if (i == n)
			return false;
		values[i] = v;
	}
	return true;
}

/* A list, and room for its elements; NULL: it is none, or too long */
static void *
open_list(struct reading *r, struct span v, size_t max, size_t size, struct jiter *it, size_t *n)
{
	if (!get_array(r, v, max, n))
		return NULL;
	jiter_open(it, v);
	return memset(arena_alloc(r->mem, arena_array_bytes(r->mem, *n + 1, size)), 0, (*n + 1) * size);
}

/* Element i, an object with the first of two members, or both; *values: p NULL where one is absent.  wanted: what is told else */
static bool
get_pair(struct reading *r, struct span element, size_t i, const char *const *names, bool both, const char *wanted, struct span *values)
{
	return (get_members(element, names, values, 2) && values[0].p != NULL && (!both || values[1].p != NULL))
	    || wrong_element(r, i, wanted);
}

static bool
get_expression(struct reading *r, struct span v, size_t i, struct span *text, const struct expr **x)
{
	struct err inner = { 0 };
	size_t at;

	if (jval_type(v) != J_STRING)
		return wrong_element(r, i, "expression must be a string");
	*text = jstring_decode(v, r->mem);
	if (expr_parse(*text, r->mem, x, &at, &inner))
		return true;
	return err_set(r->e, ERR_BAD_JOB, "ODP-39071: value for %s[%zu] is badly formed at position %zu: %s", r->property, i, at, inner.text);
}

static bool
get_expressions(struct reading *r, struct span v, struct spec_expressions *out)
{
	static const char *const names[] = { "expression" };
	const struct expr **all;
	struct span element, value, *texts;
	struct jiter it;

	if (!get_array(r, v, SPEC_MAX_EXPRESSIONS, &out->n))
		return false;
	out->texts = texts = ARENA_ARRAY(r->mem, struct span, out->n);
	out->all = all = ARENA_ARRAY(r->mem, const struct expr *, out->n);
	jiter_open(&it, v);
	for (size_t i = 0; jiter_element(&it, &element); i++) {
		if (!get_members(element, names, &value, 1) || value.p == NULL)
			return wrong_element(r, i, "an object with the one member expression is needed");
		if (!get_expression(r, value, i, &texts[i], &all[i]))
			return false;
	}
	return true;
}

/* SCHEMA.TABLE in remap_tables: source is divided at its first dot */
static bool
get_remaps(struct reading *r, struct span v, bool of_tables, const struct spec_remap **out, size_t *n)
{
	static const char *const names[] = { "source", "target" };
	struct spec_remap *list;
	struct span element, values[2];
	struct jiter it;
	size_t i = 0;

	if ((*out = list = open_list(r, v, LIST_MAX, sizeof(*list), &it, n)) == NULL)
		return false;
	for (; jiter_element(&it, &element); i++) {
		struct spec_remap *m = &list[i];
		const char *dot;

		if (!get_pair(r, element, i, names, true, "an object with the members source and target is needed", values)
		    || !get_name(r, values[0], &m->source) || !get_name(r, values[1], &m->target))
			return false;
		dot = of_tables ? memchr(m->source.p, '.', m->source.n) : NULL;
		if (dot != NULL) {
			m->schema = (struct span){ m->source.p, (size_t)(dot - m->source.p) };
			m->source = (struct span){ dot + 1, m->source.n - m->schema.n - 1 };
			if (m->schema.n == 0 || m->source.n == 0)
				return wrong_element(r, i, "source is TABLE or SCHEMA.TABLE");
		}
		for (size_t k = 0; k < i; k++)
			if (span_eq_nocase(list[k].source, m->source) && span_eq_nocase(list[k].schema, m->schema))
				return wrong_element(r, i, "the same source occurs twice");
	}
	return true;
}

static bool
get_objects(struct reading *r, struct span v, const struct spec_objects **out, size_t *n)
{
	static const char *const names[] = { "object_type", "expression" };
	struct spec_objects *list;
	struct span element, values[2];
	struct jiter it;

	if ((*out = list = open_list(r, v, SPEC_MAX_EXPRESSIONS, sizeof(*list), &it, n)) == NULL)
		return false;
	for (size_t i = 0; jiter_element(&it, &element); i++) {
		int type = 0;

		if (!get_pair(r, element, i, names, false, "an object with object_type, and perhaps expression, is needed", values)
		    || !get_word(r, values[0], spec_object_words, &type))
			return false;
		list[i].type = (enum object_type)type;
		if (values[1].p != NULL && jval_type(values[1]) != J_NULL
		    && !get_expression(r, values[1], i, &list[i].text, &list[i].expr))
			return false;
	}
	return true;
}

static bool
get_queries(struct reading *r, struct span v, const struct spec_query **out, size_t *n)
{
	static const char *const names[] = { "table", "filter" };
	static const char wanted[] = "an object with table and filter is needed, filter an object";
	struct spec_query *list;
	struct span element, values[2];
	struct jiter it;

	if ((*out = list = open_list(r, v, SPEC_MAX_EXPRESSIONS, sizeof(*list), &it, n)) == NULL)
		return false;
	for (size_t i = 0; jiter_element(&it, &element); i++) {
		if (!get_pair(r, element, i, names, true, wanted, values))
			return false;
		if (jval_type(values[1]) != J_OBJECT)
			return wrong_element(r, i, wanted);
		if (!get_name(r, values[0], &list[i].table))
			return false;
		list[i].filter = values[1];
	}
	return true;
}

static bool
get_data_options(struct reading *r, struct span v)
{
	struct span element, text;
	struct jiter it;
	size_t n;

	if (!get_array(r, v, SPEC_MAX_EXPRESSIONS, &n))
		return false;
	jiter_open(&it, v);
	while (jiter_element(&it, &element)) {
		if (!get_text(r, element, &text))
			return false;
		if (!span_is_nocase(text, "SKIP_CONSTRAINT_ERRORS"))
			return wrong(r, "SKIP_CONSTRAINT_ERRORS is the only one");
		r->s->skip_constraint_errors = true;
	}
	return true;
}

/* an integer, or text with K, M or G */
static bool
get_file_size(struct reading *r, struct span v)
{
	struct span text;
	struct dec d;
	int64_t unit = 1, n;

	if (jval_type(v) == J_STRING) {
		if (!get_text(r, v, &text))
			return false;
		if (text.n > 1 && strchr("kKmMgG", text.p[text.n - 1]) != NULL) {
			char c = text.p[--text.n];

			unit = c == 'k' || c == 'K' ? 1 << 10 : c == 'm' || c == 'M' ? 1 << 20 : 1 << 30;
		}
	} else {
		text = v;
	}
	if (text.n == 0 || !dec_parse(text, &d) || !dec_is_integer(&d) || !dec_to_int64(&d, &n)
	    || __builtin_mul_overflow(n, unit, &n) || n < SPEC_MIN_FILE_BYTES)
		return wrong(r, "bytes are needed, or a number with K, M or G; at least 1 MiB");
	r->s->file_bytes = n;
	return true;
}

/* first a letter, then letters, digits, _ $ #; stored upper case */
static bool
get_job_name(struct reading *r, struct span v)
{
	struct span text;
	char *upper;

	if (!get_text(r, v, &text))
		return false;
	r->s->job_name = (struct span){ upper = arena_z(r->mem, text), text.n };
	for (size_t i = 0; i < text.n; i++) {
		char c = upper[i];
		bool letter = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');

		if (!letter && (i == 0 || !((c >= '0' && c <= '9') || c == '_' || c == '$' || c == '#')))
			return wrong(r, "a letter is needed, then letters, digits, _, $ and #");
		if (c >= 'a' && c <= 'z')
			upper[i] = (char)(c - 'a' + 'A');
	}
	return (text.n >= 1 && text.n <= NAME_MAX_BYTES) || wrong(r, "1 to 128 characters are needed");
}

static bool
get_filter(struct reading *r, struct span v)
{
	struct err inner = { 0 };
	size_t at;

	if (!get_text(r, v, &r->s->filter))
		return false;
	if (expr_parse_list(r->s->filter, r->mem, &r->s->filter_expr, &at, &inner))
		return true;
	return err_set(r->e, ERR_BAD_JOB, "ODP-39071: value for filter is badly formed at position %zu: %s", at, inner.text);
}

static bool
get_sqlfile(struct reading *r, struct span v)
{
	return get_text(r, v, &r->s->sqlfile) && (filename_is_plain(r->s->sqlfile) || wrong(r, "it is not the name of a file"));
}

/* ---- properties ---- */

enum { EXP = 1, IMP = 2 };

/* P(name, operations, how its value goes into the specification) */
#define PROPERTIES \
	P(operation, EXP | IMP, true) \
	P(job_mode, EXP | IMP, get_word(r, v, spec_mode_words, &word) && ((s->mode = (enum job_mode)word), true)) \
	P(datapump_dir, EXP | IMP, get_name(r, v, &s->directory)) \
	P(file_name, EXP | IMP, get_text(r, v, &s->file_name)) \
	P(credential_name, EXP | IMP, get_name(r, v, &s->credential)) \
	P(filter, EXP, get_filter(r, v)) \
	P(name_expressions, EXP | IMP, get_expressions(r, v, &s->names)) \
	P(schema_expressions, EXP | IMP, get_expressions(r, v, &s->schemas)) \
	P(tablespace_expressions, EXP | IMP, get_expressions(r, v, &s->tablespaces)) \
	P(remap_schemas, IMP, get_remaps(r, v, false, &s->remap_schemas, &s->n_remap_schemas)) \
	P(threads, EXP | IMP, get_integer(r, v, 1, JOB_THREADS_MAX, &s->threads)) \
	P(keep_master, EXP | IMP, get_integer(r, v, 0, 1, &number) && ((s->keep_master = number == 1), true)) \
	P(table_exists_action, IMP, get_word(r, v, spec_exists_words, &word) \
	    && ((s->exists = (enum exists_action)word), (r->has_exists = true))) \
	P(content, EXP | IMP, get_word(r, v, spec_content_words, &word) && ((s->content = (enum job_content)word), true)) \
	P(job_name, EXP | IMP, get_job_name(r, v)) \
	P(file_size, EXP, get_file_size(r, v)) \
	P(reuse_dumpfiles, EXP, get_bool(r, v, &s->reuse_files)) \
	P(compression, EXP, get_word(r, v, spec_compression_words, &word) && ((s->compress = word != 0), true)) \
	P(remap_tables, IMP, get_remaps(r, v, true, &s->remap_tables, &s->n_remap_tables)) \
	P(remap_tablespaces, IMP, get_remaps(r, v, false, &s->remap_tablespaces, &s->n_remap_tablespaces)) \
	P(include, EXP | IMP, get_objects(r, v, &s->include, &s->n_include)) \
	P(exclude, EXP | IMP, get_objects(r, v, &s->exclude, &s->n_exclude)) \
	P(queries, EXP, get_queries(r, v, &s->queries, &s->n_queries)) \
	P(data_options, IMP, get_data_options(r, v)) \
	P(allow_incomplete, IMP, get_bool(r, v, &s->allow_incomplete)) \
	P(name_case, IMP, get_word(r, v, spec_case_words, &word) && ((s->name_case = (enum name_case)word), true)) \
	P(network_link, IMP, get_name(r, v, &s->network_link)) \
	P(sqlfile, IMP, get_sqlfile(r, v)) \
	P(estimate_only, EXP, get_bool(r, v, &s->estimate_only)) \
	P(logtime, EXP | IMP, get_word(r, v, spec_logtime_words, &word) && ((s->logtime = word != 0), true)) \
	P(include_code, IMP, get_bool(r, v, &s->include_code)) \
	P(verify, IMP, get_bool(r, v, &s->verify))

#define P(name, operations, read) \
static bool \
property_##name(struct reading *r, struct span v) \
{ \
	struct job_spec *s = r->s; \
	int word = 0; \
	int64_t number = 0; \
	bool good = (read); \
\
	(void)s; \
	(void)v; \
	(void)word; \
	(void)number; \
	return good; \
}
PROPERTIES
#undef P

static const struct {
	const char *name;
	unsigned operations;
	bool (*read)(struct reading *r, struct span v);
} properties[] = {
#define P(name, operations, read) { #name, operations, property_##name },
	PROPERTIES
#undef P
};

static bool
read_property(struct reading *r, struct span raw, struct span v)
{
	struct span name = jraw_decode(raw, r->mem);

	for (size_t i = 0; i < sizeof(properties) / sizeof(*properties); i++) {
		r->property = properties[i].name;
		if (!span_is(name, r->property))
			continue;
		if (jval_type(v) == J_NULL)
			return true;
		if (properties[i].operations & (r->s->operation == JOB_EXPORT ? EXP : IMP))
			return properties[i].read(r, v);
		warn(r, arena_printf(r->mem, "property %s is ignored: it does not apply to %s", r->property, job_operation_name(r->s->operation)));
		return true;
	}
	warn(r, arena_printf(r->mem, "property %.*s is ignored: it is not known", (int)(name.n > NAME_MAX_BYTES ? NAME_MAX_BYTES : name.n), name.p));
	return true;
}

static bool
read_operation(struct reading *r, struct span body, enum job_operation fixed)
{
	struct span v;
	int word = 0;

	r->property = "operation";
	r->s->operation = fixed;
	if (fixed != JOB_ANY)
		return true;
	if (!jmember(body, SPAN("operation"), &v) || jval_type(v) == J_NULL)
		return err_set(r->e, ERR_BAD_JOB, "ODP-39001: operation is required");
	if (!get_word(r, v, spec_operation_words, &word))
		return false;
	r->s->operation = (enum job_operation)word;
	return true;
}

/* ---- what belongs together ---- */

bool
spec_is_uri(struct span file_name)
{
	return file_name.n > 8 && span_is_nocase((struct span){ file_name.p, 8 }, "https://");
}

static bool
check_file_name(struct reading *r)
{
	struct job_spec *s = r->s;
	struct name_pattern pattern;
	bool is_uri = spec_is_uri(s->file_name);

	if (s->network_link.p != NULL) {
		r->property = "file_name";
		return (s->file_name.p == NULL && s->credential.p == NULL) || wrong(r, "it must be absent with network_link");
	}
	if (s->credential.p != NULL && !is_uri)
		return err_set(r->e, ERR_BAD_JOB, "ODP-39000: file_name must be an https URI");
	if (s->file_name.p == NULL)
		return s->operation == JOB_EXPORT || err_set(r->e, ERR_BAD_JOB, "ODP-39000: file_name is required for IMPORT");
	for (size_t i = 0; !is_uri && i + 2 < s->file_name.n; i++)
		if (memcmp(s->file_name.p + i, "://", 3) == 0)
			return err_set(r->e, ERR_BAD_JOB, "ODP-39000: file_name must be an https URI, or the name of a file");
	if (is_uri && s->file_bytes == 0 && s->operation == JOB_EXPORT)
		s->file_bytes = OBJECT_FILE_BYTES;
	return is_uri ? filename_parse_object(s->file_name, 0, r->mem, &pattern, r->e) : filename_parse(s->file_name, 0, r->mem, &pattern, r->e);
}

static bool
check_whole(struct reading *r)
{
	struct job_spec *s = r->s;

	if (s->mode == MODE_TABLESPACE && s->tablespaces.n == 0 && s->filter_expr == NULL)
		return err_set(r->e, ERR_BAD_JOB, "ODP-39039: job_mode TABLESPACE needs a tablespace expression");
	if (s->mode == MODE_FULL && s->filter_expr != NULL) {
		warn(r, "property filter is ignored: it does not apply to job_mode FULL");
		s->filter_expr = NULL;
		s->filter = (struct span){ NULL, 0 };
	}
	if (s->content == CONTENT_DATA && !r->has_exists)
		s->exists = EXISTS_APPEND;
	r->property = "table_exists_action";
	if (s->operation == JOB_IMPORT && s->content == CONTENT_DATA && (s->exists == EXISTS_SKIP || s->exists == EXISTS_REPLACE))
		return wrong(r, "SKIP and REPLACE do not go with content DATA_ONLY");
	return check_file_name(r);
}

bool
spec_parse(struct span text, enum job_operation operation, struct arena *mem, struct job_spec *out, struct err *e)
{
	struct scan_limits limits = { .max_depth = DEPTH_MAX, .max_values = 1000000 };
	struct reading r = { .s = out, .mem = mem, .e = e };
	struct scan_info info;
	struct span raw, v, body = SPAN("{}");
	struct jiter it;
	struct err inner = { 0 };

	*out = (struct job_spec){ .mode = MODE_SCHEMA, .directory = SPAN("DATA_PUMP_DIR"), .keep_master = true, .compress = true,
		.verify = true };
	out->warnings = r.warnings = ARENA_ARRAY(mem, struct span, WARNINGS_MAX);
	if (span_trim(text).n > 0) {
		if (!json_scan(text, &limits, mem, &info, &inner))
			return err_set(e, ERR_BAD_JOB, "ODP-39001: invalid request body: %s", inner.text);
		body = jcur_root(info.text);
	}
	if (jval_type(body) != J_OBJECT)
		return err_set(e, ERR_BAD_JOB, "ODP-39001: invalid request body: an object is needed");
	if (!read_operation(&r, body, operation))
		return false;
	jiter_open(&it, body);
	while (jiter_member(&it, &raw, &v))
		if (!read_property(&r, raw, v))
			return false;
	return check_whole(&r);
}
