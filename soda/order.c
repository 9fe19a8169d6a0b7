/* soda/order.c - $orderby: reading it, and the sort keys of a document */
#include "soda/order.h"

#include "soda/match.h"
#include "soda/path.h"
#include "sql/ixtext.h"

#include <stdlib.h>

/* ---- reading ---- */

static bool
want_type(const struct member *m, enum jtype type, const char *what, struct err *e)
{
	if (jval_type(m->value) != type)
		return member_fail(m, e, 5057, "%.*s must be %s", SPAN_ARG(m->name), what);
	return true;
}

static bool
read_flag(const struct member *m, bool *out, struct err *e)
{
	enum jtype type = jval_type(m->value);

	if (type != J_TRUE && type != J_FALSE)
		return member_fail(m, e, 5057, "%.*s must be true or false", SPAN_ARG(m->name));
	*out = type == J_TRUE;
	return true;
}

static bool
read_path(const struct member *m, struct span text, struct arena *mem, struct path *out, struct err *e)
{
	if (!path_parse(text, mem, out, e))
		return member_at(m, e);
	if (path_has_array_step(out)) {
		err_set(e, ERR_ARRAY_STEPS, "$orderby: the path \"%.*s\" must consist of field names",
		    SPAN_ARG(excerpt(text)));
		return member_at(m, e);
	}
	return true;
}

static bool
read_datatype(const struct member *m, struct arena *mem, struct order_term *t, struct err *e)
{
	static const struct {
		const char *name;
		enum datatype type;
	} names[] = {
		{ "varchar2", TYPE_VARCHAR2 }, { "varchar", TYPE_VARCHAR2 }, { "string", TYPE_VARCHAR2 },
		{ "number", TYPE_NUMBER }, { "date", TYPE_DATE }, { "timestamp", TYPE_TIMESTAMP },
		{ "datetime", TYPE_TIMESTAMP }, { "json", TYPE_VARCHAR2 }, { "any", TYPE_VARCHAR2 },
	};
	struct span name;

	if (!want_type(m, J_STRING, "a string", e))
		return false;
	name = jstring_decode(m->value, mem);
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (span_is_nocase(name, names[i].name)) {
			t->type = names[i].type;
			return true;
		}
	return member_fail(m, e, 5056, "\"%.*s\" is not a datatype to sort by", SPAN_ARG(excerpt(name)));
}

static bool
read_direction(const struct member *m, struct arena *mem, struct order_term *t, struct err *e)
{
	struct span name;

	if (!want_type(m, J_STRING, "\"asc\" or \"desc\"", e))
		return false;
	name = jstring_decode(m->value, mem);
	t->descending = span_is_nocase(name, "desc");
	if (!t->descending && !span_is_nocase(name, "asc"))
		return member_fail(m, e, 5056, "order must be \"asc\" or \"desc\"");
	return true;
}

static bool
read_max_length(const struct member *m, struct order_term *t, struct err *e)
{
	struct dec number;
	int64_t n = 0;

	if (!want_type(m, J_NUMBER, "a number", e))
		return false;
	if (!dec_parse(m->value, &number) || !dec_is_integer(&number) || number.sign <= 0
	    || !dec_to_int64(&number, &n))
		return member_fail(m, e, 5056, "maxLength must be a positive integer");
	t->max_chars = (size_t)n;
	return true;
}

/* {"path": ..., "datatype": ..., "order": ..., "maxLength": ...} */
static bool
read_term(const struct member *m, struct arena *mem, struct order_term *t, struct err *e)
{
	struct members list;
	bool has_path = false, unused, ok;

	if (jval_type(m->value) != J_OBJECT)
		return member_fail(m, e, 5017, "$orderby lists objects only");
	if (!members_read(m, ORDER_MAX_TERMS, mem, &list))
		return member_fail(m, e, 5055, "$orderby: too many members");
	for (size_t i = 0; i < list.n; i++) {
		const struct member *x = &list.list[i];

		if (span_is(x->name, "path")) {
			has_path = true;
			ok = want_type(x, J_STRING, "a string", e)
			    && read_path(x, jstring_decode(x->value, mem), mem, &t->path, e);
		} else if (span_is(x->name, "datatype")) {
			ok = read_datatype(x, mem, t, e);
		} else if (span_is(x->name, "order")) {
			ok = read_direction(x, mem, t, e);
		} else if (span_is(x->name, "maxLength")) {
			ok = read_max_length(x, t, e);
		} else if (span_is(x->name, "sortByMinMax")) {
			ok = read_flag(x, &unused, e);	/* of arrays in binary JSON; there is none */
		} else {
			ok = member_fail(x, e, 5055, "$orderby does not know the member \"%.*s\"", SPAN_ARG(x->name));
		}
		if (!ok)
			return false;
	}
	return has_path || member_fail(m, e, 5054, "$orderby: path is missing");
}

static bool
too_many(const struct member *m, struct err *e)
{
	return member_fail(m, e, 5000, "$orderby has more than %d fields", ORDER_MAX_TERMS);
}

/* [{"path": ...}, ...] */
static bool
read_terms(const struct member *m, struct arena *mem, struct order *out, struct err *e)
{
	struct members list;
	struct order_term *terms;

	if (!elements_read(m, ORDER_MAX_TERMS, mem, &list))
		return too_many(m, e);
	terms = ARENA_ARRAY(mem, struct order_term, list.n);
	for (size_t i = 0; i < list.n; i++)
		if (!read_term(&list.list[i], mem, &terms[i], e))
			return false;
	out->terms = terms;
	out->n_terms = list.n;
	return true;
}

/* {"$fields": [...], "$lax": ..., "$scalarRequired": ...} */
static bool
read_fields(const struct member *m, const struct members *list, struct arena *mem, struct order *out, struct err *e)
{
	for (size_t i = 0; i < list->n; i++) {
		const struct member *x = &list->list[i];
		bool ok;

		if (span_is(x->name, "$fields"))
			ok = want_type(x, J_ARRAY, "an array", e) && read_terms(x, mem, out, e);
		else if (span_is(x->name, "$lax"))
			ok = read_flag(x, &out->lax, e);
		else if (span_is(x->name, "$scalarRequired"))
			ok = read_flag(x, &out->scalar_required, e);
		else
			ok = member_fail(x, e, 5055, "$orderby does not know the member \"%.*s\"", SPAN_ARG(x->name));
		if (!ok)
			return false;
	}
	if (out->lax && out->scalar_required)
		return member_fail(m, e, 5058, "$lax and $scalarRequired cannot both be true");
	return true;
}

struct ranked {
	struct order_term term;
	int64_t rank;
	size_t place;
};

static int
by_rank(const void *a, const void *b)
{
	const struct ranked *x = a, *y = b;

	if (x->rank != y->rank)
		return x->rank < y->rank ? -1 : 1;
	return (x->place > y->place) - (x->place < y->place);
}

/* a non-zero integer, or a string of one: its sign is the direction */
static bool
read_rank(const struct member *m, struct arena *mem, struct ranked *out, struct err *e)
{
	enum jtype type = jval_type(m->value);
	struct span text = m->value;
	struct dec number;

	if (span_is(m->name, "$lax") || span_is(m->name, "$scalarRequired") || (type != J_NUMBER && type != J_STRING))
		return member_fail(m, e, 5036, "$orderby: \"%.*s\" needs a non-zero integer", SPAN_ARG(m->name));
	if (m->name.n > 0 && m->name.p[0] == '$')
		return member_fail(m, e, 5018, "%.*s is not a recognized operator", SPAN_ARG(m->name));
	if (type == J_STRING)
		text = jstring_decode(m->value, mem);
	if (!dec_parse(text, &number) || !dec_is_integer(&number) || number.sign == 0)
		return member_fail(m, e, 5035, "$orderby: \"%.*s\" needs a non-zero integer", SPAN_ARG(m->name));
	out->term.descending = number.sign < 0;
	number.sign = 1;
	if (!dec_to_int64(&number, &out->rank))
		out->rank = INT64_MAX;
	return read_path(m, m->name, mem, &out->term.path, e);
}

/* {"age": -2, "name": 1} */
static bool
read_ranked(const struct members *list, struct arena *mem, struct order *out, struct err *e)
{
	struct ranked *ranked = ARENA_ARRAY(mem, struct ranked, list->n);
	struct order_term *terms = ARENA_ARRAY(mem, struct order_term, list->n);

	for (size_t i = 0; i < list->n; i++) {
		ranked[i].place = i;
		if (!read_rank(&list->list[i], mem, &ranked[i], e))
			return false;
	}
	if (list->n > 0)
		qsort(ranked, list->n, sizeof(*ranked), by_rank);
	for (size_t i = 0; i < list->n; i++)
		terms[i] = ranked[i].term;
	out->terms = terms;
	out->n_terms = list->n;
	return true;
}

bool
order_parse(const struct member *m, struct arena *mem, struct order *out, struct err *e)
{
	struct members list;

	*out = (struct order){ 0 };
	if (jval_type(m->value) == J_ARRAY)
		return read_terms(m, mem, out, e);
	if (jval_type(m->value) != J_OBJECT)
		return member_fail(m, e, 5033, "$orderby must be an object or an array");
	if (!members_read(m, ORDER_MAX_TERMS, mem, &list))
		return too_many(m, e);
	for (size_t i = 0; i < list.n; i++)
		if (span_is(list.list[i].name, "$fields"))
			return read_fields(m, &list, mem, out, e);
	return read_ranked(&list, mem, out, e);
}

/* ---- sort keys ---- */

struct found {
	struct span value;
	size_t n;
};

static bool
take_value(void *arg, struct span v)
{
	struct found *f = arg;

	f->value = v;
	return ++f->n > 1;
}

static bool
sort_key(const struct order *o, const struct order_term *t, struct span root, struct arena *mem, struct span *key,
    struct err *e)
{
	struct found f = { .n = 0 };
	struct span name = excerpt(t->path.text);

	*key = IXTEXT_MISSING;
	path_each(&t->path, root, mem, take_value, &f);
	if (f.n == 0 && o->scalar_required)
		return err_set(e, ERR_VALUE_MISSING, "$orderby: an object has no \"%.*s\"", SPAN_ARG(name));
	if (f.n == 0)
		return true;
	if (f.n > 1 || jval_is_container(f.value))
		return o->lax || err_set(e, ERR_NOT_SCALAR, "$orderby: \"%.*s\" is not one scalar in some object",
		    SPAN_ARG(name));
	if (jval_type(f.value) == J_NULL || ixtext_value(f.value, t->type, t->max_chars, mem, key))
		return true;
	*key = IXTEXT_MISSING;
	return o->lax || err_set(e, t->type == TYPE_NUMBER ? ERR_NOT_NUMBER : ERR_NOT_DATE,
	    "$orderby: \"%.*s\" is not a %s in some object", SPAN_ARG(name), t->type == TYPE_NUMBER ? "number" : "date");
}

bool
order_keys(const struct plan *plan, struct span content, struct arena *mem, struct span *keys, struct err *e)
{
	struct span root = jcur_root(content);

	for (size_t i = 0; i < plan->order.n_terms; i++)
		if (!sort_key(&plan->order, &plan->order.terms[i], root, mem, &keys[i], e))
			return false;
	return true;
}
