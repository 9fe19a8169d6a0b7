/* handlers/restsql_request.c - the body of POST _/sql */
#include "handlers/restsql.h"

#include "base/clock.h"
#include "base/digest.h"
#include "base/jcur.h"
#include "base/scan.h"
#include "conf/conf.h"

#include <errno.h>
#include <stdlib.h>

enum { DEPTH = 16 };

static struct span
media_type(const struct call *c)
{
	struct span type = request_header(c->req, "content-type");
	const char *semicolon = type.n == 0 ? NULL : memchr(type.p, ';', type.n);

	if (semicolon != NULL)
		type.n = (size_t)(semicolon - type.p);
	return span_trim(type);
}

/* ---- values ---- */

enum class { CLASS_BY_JSON, CLASS_NUMBER, CLASS_TEXT, CLASS_TIME, CLASS_BYTES, CLASS_BOOL };

static const struct {
	const char *name;
	enum class class;
} data_types[] = {
	{ "NUMBER", CLASS_NUMBER }, { "NUMERIC", CLASS_NUMBER }, { "DECIMAL", CLASS_NUMBER }, { "INTEGER", CLASS_NUMBER },
	{ "INT", CLASS_NUMBER }, { "SMALLINT", CLASS_NUMBER }, { "BIGINT", CLASS_NUMBER }, { "FLOAT", CLASS_NUMBER },
	{ "REAL", CLASS_NUMBER }, { "DOUBLE", CLASS_NUMBER }, { "BINARY_FLOAT", CLASS_NUMBER }, { "BINARY_DOUBLE", CLASS_NUMBER },
	{ "VARCHAR", CLASS_TEXT }, { "VARCHAR2", CLASS_TEXT }, { "NVARCHAR2", CLASS_TEXT }, { "CHAR", CLASS_TEXT },
	{ "NCHAR", CLASS_TEXT }, { "TEXT", CLASS_TEXT }, { "LONG", CLASS_TEXT }, { "CLOB", CLASS_TEXT }, { "NCLOB", CLASS_TEXT },
	{ "JSON", CLASS_TEXT }, { "UUID", CLASS_TEXT }, { "TIME", CLASS_TEXT },
	{ "DATE", CLASS_TIME }, { "TIMESTAMP", CLASS_TIME }, { "TIMESTAMP WITH TIME ZONE", CLASS_TIME },
	{ "TIMESTAMP WITH LOCAL TIME ZONE", CLASS_TIME },
	{ "BLOB", CLASS_BYTES }, { "RAW", CLASS_BYTES }, { "BINARY", CLASS_BYTES }, { "VARBINARY", CLASS_BYTES },
	{ "BYTEA", CLASS_BYTES },
	{ "BOOLEAN", CLASS_BOOL },
};

static bool
read_class(struct span v, struct arena *mem, enum class *out)
{
	struct span name = jval_type(v) == J_STRING ? jstring_decode(v, mem) : (struct span){ "", 0 };

	for (size_t i = 0; i < sizeof(data_types) / sizeof(data_types[0]); i++) {
		if (span_is_nocase(name, data_types[i].name)) {
			*out = data_types[i].class;
			return true;
		}
	}
	return false;
}

static bool
is_number(struct span text, struct arena *mem)
{
	struct scan_limits limits = { .max_depth = 1 };
	struct scan_info info;
	struct err ignored = { 0 };

	return json_scan(text, &limits, mem, &info, &ignored) && info.root == '0';
}

static struct value
number(struct span text, struct arena *mem)
{
	struct value out = { .kind = VALUE_REAL, .text = text };
	const char *z = arena_z(mem, text);
	char *end;

	errno = 0;
	out.number = strtoll(z, &end, 10);
	if (*end == '\0' && errno == 0)
		out.kind = VALUE_INT;
	else
		out.real = strtod(z, NULL);
	return out;
}

/* 2024-01-31T10:00:00+01:00 -> 2024-01-31 09:00:00, as every engine reads it in a session of UTC */
static bool
moment(struct span text, struct arena *mem, struct value *out)
{
	struct iso_time t;
	char *p = arena_alloc(mem, CLOCK_TEXT);

	if (!iso_parse(text, &t))
		return false;
	clock_format(t.sec * 1000000 + t.nsec / 1000, p);
	p[10] = ' ';
	*out = (struct value){ .kind = VALUE_TEXT, .text = { p, t.date_only ? 10 : strlen(p) - 1 } };
	return true;
}

static bool
bytes(struct span text, struct arena *mem, struct value *out)
{
	unsigned char *p = arena_alloc(mem, 3 * text.n / 4 + 3);
	size_t n;

	if (!base64_decode(text, p, &n))
		return false;
	*out = (struct value){ .kind = VALUE_BLOB, .text = { (char *)p, n } };
	return true;
}

/* what is wrong; NULL: nothing */
static const char *
read_value(struct span v, enum class class, struct arena *mem, struct value *out)
{
	enum jtype type = jval_type(v);
	struct span text = type == J_STRING ? jstring_decode(v, mem) : v;

	*out = (struct value){ .kind = VALUE_NULL };
	if (type == J_NULL)
		return NULL;
	if (jval_is_container(v))
		return "must be a number, a string, true, false or null";
	if (type == J_STRING && memchr(text.p, '\0', text.n) != NULL)
		return "must not hold a NUL";
	if (class == CLASS_BY_JSON)
		class = type == J_NUMBER ? CLASS_NUMBER : type == J_STRING ? CLASS_TEXT : CLASS_BOOL;
	switch (class) {
	case CLASS_NUMBER:
		if ((type != J_NUMBER && type != J_STRING) || !is_number(text, mem))
			return "must be a number";
		*out = number(text, mem);
		return NULL;
	case CLASS_TIME:
		return type == J_STRING && moment(text, mem, out) ? NULL : "must be a date or a time like 2024-01-31T23:59:59Z";
	case CLASS_BYTES:
		return type == J_STRING && bytes(text, mem, out) ? NULL : "must be a string in Base64";
	case CLASS_BOOL:
		*out = (struct value){ .kind = VALUE_INT, .number = type == J_TRUE };
		return type == J_TRUE || type == J_FALSE ? NULL : "must be true or false";
	default:
		if (type != J_STRING && type != J_NUMBER)
			return "must be a string";
		*out = (struct value){ .kind = VALUE_TEXT, .text = text };
		return NULL;
	}
}

/* ---- binds ---- */

struct bind_text {			/* members of one, as sent */
	struct span index, name, data_type, mode, batch, value;
};

static bool
bad_bind(size_t i, const char *member, const char *why, struct err *e)
{
	return err_set(e, ERR_BAD_REQUEST, "binds[%zu]%s%s: %s", i, member[0] == '\0' ? "" : ".", member, why);
}

static bool
bind_members(struct span v, size_t i, struct arena *mem, struct bind_text *out, struct err *e)
{
	struct jiter it;
	struct span name, value;

	*out = (struct bind_text){ .index = { NULL, 0 } };
	if (jval_type(v) != J_OBJECT)
		return bad_bind(i, "", "must be an object", e);
	for (jiter_open(&it, v); jiter_member(&it, &name, &value);) {
		struct span *to = jname_eq(name, SPAN("index")) ? &out->index : jname_eq(name, SPAN("name")) ? &out->name
		    : jname_eq(name, SPAN("data_type")) || jname_eq(name, SPAN("dataType")) ? &out->data_type
		    : jname_eq(name, SPAN("mode")) ? &out->mode : jname_eq(name, SPAN("batch")) ? &out->batch
		    : jname_eq(name, SPAN("value")) || jname_eq(name, SPAN("values")) ? &out->value : NULL;

		if (to == NULL)
			return bad_bind(i, arena_z(mem, jraw_decode(name, mem)), "is not known", e);
		*to = value;
	}
	return true;
}

static bool
bind_place(const struct bind_text *t, size_t i, struct arena *mem, struct sql_bind *b, struct err *e)
{
	struct value v;

	if ((t->index.p == NULL) == (t->name.p == NULL))
		return bad_bind(i, "", "needs either index or name", e);
	if (t->name.p != NULL) {
		b->name = jval_type(t->name) == J_STRING ? jstring_decode(t->name, mem) : (struct span){ "", 0 };
		if (b->name.n > 0 && b->name.p[0] == ':')
			b->name.p++, b->name.n--;
		return b->name.n > 0 || bad_bind(i, "name", "must be a string that is not empty", e);
	}
	v = jval_type(t->index) == J_NUMBER ? number(t->index, mem) : (struct value){ .kind = VALUE_NULL };
	if (v.kind != VALUE_INT || v.number < 1 || v.number > BINDS_MOST)
		return bad_bind(i, "index", "must be an integer from 1 on", e);
	b->index = (size_t)v.number;
	return true;
}

static bool
bind_values(const struct bind_text *t, size_t i, enum class class, struct arena *mem, struct sql_bind *b, struct err *e)
{
	struct jiter it;
	struct span v;
	const char *why = NULL;

	if (t->value.p == NULL)
		return bad_bind(i, "value", "is missing", e);
	if (!b->is_batch) {
		b->n_values = 1;
		b->values = ARENA_NEW(mem, struct value);
		why = read_value(t->value, class, mem, b->values);
		return why == NULL || bad_bind(i, "value", why, e);
	}
	if (jval_type(t->value) != J_ARRAY || jarray_count(t->value) == 0)
		return bad_bind(i, "value", "must be an array that is not empty, because batch is true", e);
	if (jarray_count(t->value) > BATCH_MOST)
		return err_set(e, ERR_TOO_LARGE, "binds[%zu].value: a batch has at most %d elements", i, BATCH_MOST);
	b->values = ARENA_ARRAY(mem, struct value, jarray_count(t->value));
	for (jiter_open(&it, t->value); why == NULL && jiter_element(&it, &v);)
		why = read_value(v, class, mem, &b->values[b->n_values++]);
	return why == NULL || bad_bind(i, "value", why, e);
}

static bool
read_bind(struct span v, size_t i, struct arena *mem, struct sql_bind *b, struct err *e)
{
	enum class class = CLASS_BY_JSON;
	struct bind_text t;

	*b = (struct sql_bind){ .as_sent = v };
	if (!bind_members(v, i, mem, &t, e) || !bind_place(&t, i, mem, b, e))
		return false;
	if (t.data_type.p != NULL && !read_class(t.data_type, mem, &class))
		return bad_bind(i, "data_type", "is not the name of a type", e);
	if (t.mode.p != NULL && (jval_type(t.mode) != J_STRING || !span_is_nocase(jstring_decode(t.mode, mem), "in")))
		return bad_bind(i, "mode", "must be in: values go to the database only", e);
	if (t.batch.p != NULL && jval_type(t.batch) != J_TRUE && jval_type(t.batch) != J_FALSE)
		return bad_bind(i, "batch", "must be true or false", e);
	b->is_batch = t.batch.p != NULL && jval_type(t.batch) == J_TRUE;
	return bind_values(&t, i, class, mem, b, e);
}

static bool
same_place(const struct sql_bind *a, const struct sql_bind *b)
{
	return a->index == b->index && span_eq_nocase(a->name, b->name);
}

static bool
read_binds(struct span v, struct arena *mem, struct sql_request *out, struct err *e)
{
	struct jiter it;
	struct span one;

	if (jval_type(v) != J_ARRAY)
		return err_set(e, ERR_BAD_REQUEST, "binds: must be an array");
	if (jarray_count(v) > BINDS_MOST)
		return err_set(e, ERR_TOO_LARGE, "binds: at most %d", BINDS_MOST);
	out->binds = ARENA_ARRAY(mem, struct sql_bind, jarray_count(v) + 1);
	for (jiter_open(&it, v); jiter_element(&it, &one); out->n_binds++) {
		struct sql_bind *b = &out->binds[out->n_binds];

		if (!read_bind(one, out->n_binds, mem, b, e))
			return false;
		for (size_t i = 0; i < out->n_binds; i++)
			if (same_place(&out->binds[i], b))
				return bad_bind(out->n_binds, "", "another bind has this place", e);
		if (!b->is_batch)
			continue;
		if (out->n_batch != 0 && out->n_batch != b->n_values)
			return bad_bind(out->n_binds, "value", "has another number of elements than the batch before", e);
		out->n_batch = b->n_values;
	}
	return true;
}

/* ---- the other members ---- */

static bool
read_flag(struct span v, const char *name, bool *out, struct err *e)
{
	*out = jval_type(v) == J_TRUE;
	return *out || jval_type(v) == J_FALSE || err_set(e, ERR_BAD_REQUEST, "%s: must be true or false", name);
}

static bool
read_count(struct span v, const char *name, uint64_t least, struct arena *mem, uint64_t *out, struct err *e)
{
	struct value n = jval_type(v) == J_NUMBER ? number(v, mem) : (struct value){ .kind = VALUE_NULL };

	if (n.kind != VALUE_INT || n.number < (int64_t)least)
		return err_set(e, ERR_BAD_REQUEST, "%s: must be an integer of at least %llu", name, (unsigned long long)least);
	*out = (uint64_t)n.number;
	return true;
}

static bool
read_format(struct span v, struct arena *mem, struct sql_request *out, struct err *e)
{
	static const struct {
		struct span name;
		enum sql_shown bit;
	} parts[] = {
		{ { "resultSetMetaData", 17 }, SHOW_METADATA }, { { "statementInformation", 20 }, SHOW_INFORMATION },
		{ { "statementText", 13 }, SHOW_TEXT }, { { "binds", 5 }, SHOW_BINDS }, { { "result", 6 }, SHOW_RESULT },
		{ { "response", 8 }, SHOW_RESPONSE },
	};
	struct jiter it;
	struct span name, value;

	if (jval_type(v) != J_OBJECT)
		return err_set(e, ERR_BAD_REQUEST, "responseFormat: must be an object");
	for (jiter_open(&it, v); jiter_member(&it, &name, &value);) {
		size_t i = 0;
		bool on;

		while (i < sizeof(parts) / sizeof(parts[0]) && !jname_eq(name, parts[i].name))
			i++;
		if (i == sizeof(parts) / sizeof(parts[0]))
			return err_set(e, ERR_BAD_REQUEST, "responseFormat.%.*s: is not known", SPAN_ARG(jraw_decode(name, mem)));
		if (!read_flag(value, arena_printf(mem, "responseFormat.%s", parts[i].name.p), &on, e))
			return false;
		if (!on)
			out->shows &= ~(unsigned)parts[i].bit;
	}
	return true;
}

static bool
read_member(struct span name, struct span v, struct arena *mem, struct sql_request *out, struct err *e)
{
	if (jname_eq(name, SPAN("statementText"))) {
		if (jval_type(v) != J_STRING)
			return err_set(e, ERR_BAD_REQUEST, "statementText: must be a string");
		out->script = jstring_decode(v, mem);
		return true;
	}
	if (jname_eq(name, SPAN("binds")))
		return read_binds(v, mem, out, e);
	if (jname_eq(name, SPAN("offset")))
		return read_count(v, "offset", 0, mem, &out->page.offset, e);
	if (jname_eq(name, SPAN("limit")))
		return read_count(v, "limit", 1, mem, &out->page.limit, e);
	if (jname_eq(name, SPAN("continueOnError")))
		return read_flag(v, "continueOnError", &out->goes_on, e);
	if (jname_eq(name, SPAN("responseFormat")))
		return read_format(v, mem, out, e);
	return err_set(e, ERR_BAD_REQUEST, "%.*s: is not known", SPAN_ARG(jraw_decode(name, mem)));
}

static bool
read_json(const struct call *c, struct sql_request *out, struct err *e)
{
	struct scan_limits limits = { .max_depth = DEPTH, .max_values = (size_t)conf_global(c->site->conf)->values_max };
	struct scan_info info;
	struct jiter it;
	struct span root, name, value;

	if (!json_scan(c->req->body, &limits, c->mem, &info, e))
		return false;
	root = jcur_root(info.text);
	if (jval_type(root) != J_OBJECT)
		return err_set(e, ERR_BAD_REQUEST, "the body must be an object");
	for (jiter_open(&it, root); jiter_member(&it, &name, &value);)
		if (!read_member(name, value, c->mem, out, e))
			return false;
	return out->script.p != NULL || err_set(e, ERR_BAD_REQUEST, "statementText: is missing");
}

bool
sql_request_read(const struct call *c, struct sql_request *out, struct err *e)
{
	uint64_t most = (uint64_t)c->site->set->page_max_rows;
	struct span type = media_type(c);

	*out = (struct sql_request){ .page = { .limit = most }, .shows = SHOW_ALL };
	if (span_is_nocase(type, "application/sql"))
		out->script = c->req->body;
	else if (!span_is_nocase(type, "application/json"))
		return err_set(e, ERR_MEDIA_TYPE, "the body must be application/sql or application/json");
	else if (!read_json(c, out, e))
		return false;
	if (out->page.limit > most)
		out->page.limit = most;
	if (!utf8_valid(out->script) || (out->script.n > 0 && memchr(out->script.p, '\0', out->script.n) != NULL))
		return err_set(e, ERR_BAD_REQUEST, "the script must be UTF-8 without NUL");
	return true;
}
