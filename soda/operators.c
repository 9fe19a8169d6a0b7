/* soda/operators.c - operator objects of a filter into conditions
 *
 * An object with one operator is distributed over the values of its path; one with several, or with $between, is evaluated
 * at each value of the path (COND_AT, whose child's paths are then empty).  In between stands nothing: what an operator
 * makes is COND_TEST, negated or joined.
 */
#include "soda/operators.h"

#include "soda/match.h"
#include "soda/words.h"

static const struct word words[] = {
#define Q(name, kind, code, operand, flags) { name, WORD_##kind, code, TAKES_##operand, flags },
#include "soda/qbe.def"
#undef Q
};

static const struct path here = { 0 };

const struct word *
word_find(struct span name)
{
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (span_is(name, words[i].name))
			return &words[i];
	return NULL;
}

/* ---- operands ---- */

/* What is being read: the path and method that apply, and what stands around. */
struct scope {
	const struct path *path;
	const struct word *method;	/* NULL: none */
	bool in_not;
};

static bool
is_container(const struct member *m)
{
	return jval_is_container(m->value);
}

static bool
refuse_container(struct qbe_reader *r, const struct member *m)
{
	return member_fail(m, r->e, 5016, "%.*s does not take an array or object", SPAN_ARG(m->name));
}

/* Is the operand one that the method's result can be compared with?  Wrong ones would never match, so they are told. */
static bool
fits_method(struct qbe_reader *r, const struct member *m, const struct word *method, struct operand *o)
{
	switch (method->takes) {
	case TAKES_NUMBER:
		if (o->type != J_NUMBER)
			return member_fail(m, r->e, 5047, "%s can only be compared with a number", method->name);
		o->real = dec_to_double(&o->number);
		return true;
	case TAKES_TEXT:
		if (o->type != J_STRING)
			return member_fail(m, r->e, 5014, "%s can only be compared with a string", method->name);
		return true;
	case TAKES_TRUTH:
		if (o->type != J_TRUE && o->type != J_FALSE)
			return member_fail(m, r->e, 5000, "%s can only be compared with true or false", method->name);
		return true;
	case TAKES_TIME:
		if (o->type != J_STRING)
			return member_fail(m, r->e, 5014, "%s can only be compared with a string", method->name);
		if (!iso_parse(o->text, &o->time))
			return member_fail(m, r->e, 5000, "%s can only be compared with an ISO 8601 date", method->name);
		return true;
	default:
		return true;
	}
}

/* one scalar; with s->method, one that fits it */
static bool
read_operand(struct qbe_reader *r, const struct member *m, const struct scope *s, struct operand *o)
{
	*o = (struct operand){ .type = jval_type(m->value), .text = m->value };
	if (o->type == J_NUMBER) {
		dec_parse(o->text, &o->number);
	} else if (o->type == J_STRING) {
		o->text = jstring_decode(o->text, r->mem);
		o->text_is_number = dec_parse_text(o->text, &o->number);
	}
	return s->method == NULL || fits_method(r, m, s->method, o);
}

static struct cond *
new_test(struct qbe_reader *r, const struct scope *s, enum cmp_op op, const struct operand *values, size_t n_values)
{
	struct cond *c = cond_new(r, COND_TEST);

	c->path = *s->path;
	c->op = op;
	c->method = s->method == NULL ? METHOD_NONE : (enum method)s->method->code;
	c->values = values;
	c->n_values = n_values;
	return c;
}

static bool
count_node(struct qbe_reader *r, const struct member *m)
{
	if (++r->n_nodes > QBE_MAX_NODES)
		return member_fail(m, r->e, 5000, "the filter has more than %d conditions", QBE_MAX_NODES);
	return true;
}

/* op: operand, one scalar */
static bool
compare_scalar(struct qbe_reader *r, const struct member *m, const struct scope *s, enum cmp_op op, struct cond **out)
{
	struct operand *o = ARENA_NEW(r->mem, struct operand);

	if (!read_operand(r, m, s, o))
		return false;
	*out = new_test(r, s, op, o, 1);
	return true;
}

static bool
compare_ordered(struct qbe_reader *r, const struct member *m, const struct scope *s, enum cmp_op op, struct cond **out)
{
	enum jtype type = jval_type(m->value);

	if (type != J_NUMBER && type != J_STRING)
		return member_fail(m, r->e, 5015, "%.*s does not take true, false or null", SPAN_ARG(m->name));
	return compare_scalar(r, m, s, op, out);
}

static bool
read_list(struct qbe_reader *r, const struct member *m, struct members *list)
{
	if (jval_type(m->value) != J_ARRAY)
		return member_fail(m, r->e, 5002, "%.*s needs an array", SPAN_ARG(m->name));
	if (!elements_read(m, QBE_MAX_LIST, r->mem, list))
		return member_fail(m, r->e, 5000, "%.*s lists more than %d values", SPAN_ARG(m->name), QBE_MAX_LIST);
	for (size_t i = 0; i < list->n; i++)
		if (is_container(&list->list[i]))
			return member_fail(&list->list[i], r->e, 5001, "%.*s lists scalars only, no arrays or objects",
			    SPAN_ARG(m->name));
	return true;
}

static bool
compare_in(struct qbe_reader *r, const struct member *m, const struct scope *s, struct cond **out)
{
	struct members list;
	struct operand *values;

	if (!read_list(r, m, &list))
		return false;
	values = ARENA_ARRAY(r->mem, struct operand, list.n);
	for (size_t i = 0; i < list.n; i++)
		if (!read_operand(r, &list.list[i], s, &values[i]))
			return false;
	*out = new_test(r, s, OP_IN, values, list.n);
	return true;
}

static bool
compare_every(struct qbe_reader *r, const struct member *m, const struct scope *s, struct cond **out)
{
	struct cond_list tests = { 0 };
	struct members list;

	if (!read_list(r, m, &list))
		return false;
	for (size_t i = 0; i < list.n; i++) {
		struct cond *c;

		if (!compare_scalar(r, &list.list[i], s, OP_EQ, &c))
			return false;
		cond_add(&tests, c);
	}
	*out = cond_join(r, list.n == 0 ? COND_ANY : COND_ALL, &tests);
	return true;
}

static bool
compare_between(struct qbe_reader *r, const struct member *m, const struct scope *s, struct cond **out)
{
	struct cond_list tests = { 0 };
	struct members list;

	if (!read_list(r, m, &list))
		return false;
	if (list.n != 2)
		return member_fail(m, r->e, 5045, "%.*s needs two values", SPAN_ARG(m->name));
	for (size_t i = 0; i < 2; i++) {
		const struct member *bound = &list.list[i];
		enum jtype type = jval_type(bound->value);
		struct cond *c;

		if (type == J_NULL)
			continue;
		if (type != J_NUMBER && type != J_STRING)
			return member_fail(bound, r->e, 5015, "%.*s does not take true or false", SPAN_ARG(m->name));
		if (!compare_scalar(r, bound, s, i == 0 ? OP_GTE : OP_LTE, &c))
			return false;
		cond_add(&tests, c);
	}
	if (tests.first == NULL)
		return member_fail(m, r->e, 5045, "one bound of %.*s must not be null", SPAN_ARG(m->name));
	*out = cond_join(r, COND_ALL, &tests);
	return true;
}

static bool
compare_exists(struct qbe_reader *r, const struct member *m, const struct scope *s, struct cond **out)
{
	static const struct scope any_method = { 0 };
	struct operand o;
	bool wanted;

	if (is_container(m))
		return refuse_container(r, m);
	read_operand(r, m, &any_method, &o);
	wanted = o.type != J_FALSE && o.type != J_NULL && (o.type != J_NUMBER || o.number.sign != 0);
	*out = new_test(r, s, OP_EXISTS, NULL, 0);
	if (!wanted)
		*out = cond_not(r, *out);
	return true;
}

static bool
compare_text(struct qbe_reader *r, const struct member *m, const struct word *w, const struct scope *s,
    struct cond **out)
{
	static const struct scope any_method = { 0 };
	struct operand *o = ARENA_NEW(r->mem, struct operand);

	if (is_container(m))
		return refuse_container(r, m);
	if (jval_type(m->value) != J_STRING)
		return member_fail(m, r->e, 5014, "%s needs a string", w->name);
	read_operand(r, m, &any_method, o);
	if (w->takes == TAKES_PATTERN && o->text.n > QBE_MAX_PATTERN)
		return member_fail(m, r->e, 5068, "%s: a pattern of more than %d bytes", w->name, QBE_MAX_PATTERN);
	*out = new_test(r, s, (enum cmp_op)w->code, o, 1);
	return w->code != OP_REGEX || regex_make(o->text, w->flags, r->mem, &(*out)->regex, r->e) || member_at(m, r->e);
}

static bool
compare_mod(struct qbe_reader *r, const struct member *m, const struct scope *s, struct cond **out)
{
	struct operand *values = ARENA_ARRAY(r->mem, struct operand, 2);
	struct members list;

	if (jval_type(m->value) != J_ARRAY || !elements_read(m, 2, r->mem, &list) || list.n != 2)
		return member_fail(m, r->e, 5074, "%.*s needs an array of divisor and remainder", SPAN_ARG(m->name));
	for (size_t i = 0; i < 2; i++) {
		const struct member *x = &list.list[i];
		struct operand *o = &values[i];
		int64_t n;

		*o = (struct operand){ .type = jval_type(x->value), .text = x->value };
		if (o->type != J_NUMBER)
			return member_fail(x, r->e, 5075, "%.*s takes numbers only", SPAN_ARG(m->name));
		dec_parse(o->text, &o->number);
		if (!dec_to_int64(&o->number, &n))
			return member_fail(x, r->e, 5076, "%.*s: more than 64 bits", SPAN_ARG(m->name));
		o->number = dec_floor(&o->number, r->mem);
	}
	if (values[0].number.sign == 0)
		return member_fail(&list.list[0], r->e, 5077, "the divisor of %.*s is zero", SPAN_ARG(m->name));
	*out = new_test(r, s, OP_MOD, values, 2);
	return true;
}

static bool
compare(struct qbe_reader *r, const struct member *m, const struct word *w, const struct scope *s, struct cond **out)
{
	bool ok = false;

	if (!count_node(r, m))
		return false;
	switch (w->takes) {
	case TAKES_SCALAR:
		ok = is_container(m) ? refuse_container(r, m) : compare_scalar(r, m, s, (enum cmp_op)w->code, out);
		break;
	case TAKES_ORDERED:
		ok = is_container(m) ? refuse_container(r, m) : compare_ordered(r, m, s, (enum cmp_op)w->code, out);
		break;
	case TAKES_BOUNDS:
		ok = compare_between(r, m, s, out);
		break;
	case TAKES_LIST:
		ok = compare_in(r, m, s, out);
		break;
	case TAKES_EVERY:
		ok = compare_every(r, m, s, out);
		break;
	case TAKES_TRUTH:
		ok = compare_exists(r, m, s, out);
		break;
	case TAKES_TEXT:
	case TAKES_PATTERN:
		ok = compare_text(r, m, w, s, out);
		break;
	case TAKES_MOD:
		ok = compare_mod(r, m, s, out);
		break;
	case TAKES_NUMBER:
	case TAKES_TIME:
		break;			/* of methods only */
	}
	if (ok && (w->flags & NEGATED) != 0)
		*out = cond_not(r, *out);
	return ok;
}

/* ---- operator objects ---- */

static bool parse_object(struct qbe_reader *r, const struct member *of, const struct members *ops, const struct scope *s,
    struct cond **out);

/* the members of an operand object, at least one */
static bool
read_object(struct qbe_reader *r, const struct member *m, struct members *ops)
{
	if (jval_type(m->value) != J_OBJECT)
		return member_fail(m, r->e, 5017, "%.*s needs an object", SPAN_ARG(m->name));
	if (!members_read(m, QBE_MAX_NODES, r->mem, ops))
		return member_fail(m, r->e, 5000, "the filter has more than %d conditions", QBE_MAX_NODES);
	if (ops->n == 0)
		return member_fail(m, r->e, 5021, "the operand of %.*s is empty", SPAN_ARG(m->name));
	return true;
}

static bool
parse_not(struct qbe_reader *r, const struct member *m, const struct scope *s, struct cond **out)
{
	struct scope inner = { .path = s->path, .method = s->method, .in_not = true };
	struct cond_list tests = { 0 };
	struct members ops;

	if (s->in_not)
		return member_fail(m, r->e, 5037, "$not cannot wrap $not");
	if (!read_object(r, m, &ops))
		return false;
	for (size_t i = 0; i < ops.n; i++) {
		struct members one = { .n = 1, .list = &ops.list[i] };
		struct cond *c;

		if (!parse_object(r, m, &one, &inner, &c))
			return false;
		cond_add(&tests, cond_not(r, c));
	}
	*out = cond_join(r, COND_ANY, &tests);
	return true;
}

static bool
parse_method(struct qbe_reader *r, const struct member *m, const struct word *w, const struct scope *s,
    struct cond **out)
{
	struct scope inner = { .path = s->path, .method = w };
	struct members ops;

	if (jval_type(m->value) == J_OBJECT)
		return read_object(r, m, &ops) && parse_object(r, m, &ops, &inner, out);
	if (is_container(m))
		return member_fail(m, r->e, 5017, "%s needs a scalar or an object", w->name);
	return count_node(r, m) && compare_scalar(r, m, &inner, OP_EQ, out);
}

static bool
parse_operator(struct qbe_reader *r, const struct member *of, const struct member *m, const struct scope *s,
    struct cond **out)
{
	bool is_inside = s->in_not || s->method != NULL;
	const struct word *w;

	if (!is_word(m->name)) {
		if (s->in_not)
			return member_fail(m, r->e, 5037, "$not cannot wrap the path \"%.*s\"", SPAN_ARG(m->name));
		return member_fail(m, r->e, 5038, "the path \"%.*s\" cannot stand among operators", SPAN_ARG(m->name));
	}
	w = word_find(m->name);
	if (w == NULL)
		return member_fail(m, r->e, 5018, "%.*s is not a recognized operator", SPAN_ARG(m->name));
	if (w->kind == WORD_COMPARE)
		return compare(r, m, w, s, out);
	if (w->kind == WORD_VALUE)
		return member_fail(m, r->e, 5070, "%s is not available for textual JSON", w->name);
	if (w->kind == WORD_NOT)
		return parse_not(r, m, s, out);
	if (is_inside)
		return member_fail(m, r->e, 5053, "the %.*s operator cannot wrap the %s operator",
		    SPAN_ARG(of->name), w->name);
	if (w->kind == WORD_METHOD)
		return parse_method(r, m, w, s, out);
	if (w->kind == WORD_OUTER)
		return member_fail(m, r->e, 5018, "%s is not an operator here", w->name);
	return member_fail(m, r->e, 5038, "%s cannot stand among operators", w->name);
}

/* of: whose operand this is */
static bool
parse_object(struct qbe_reader *r, const struct member *of, const struct members *ops, const struct scope *s,
    struct cond **out)
{
	struct cond_list tests = { 0 };

	for (size_t i = 0; i < ops->n; i++) {
		struct cond *c;

		if (!parse_operator(r, of, &ops->list[i], s, &c))
			return false;
		cond_add(&tests, c);
	}
	*out = cond_join(r, COND_ALL, &tests);
	return true;
}

/* Must all of it hold for one value of the path?  For several operators, however they are wrapped, and for $between. */
static bool
is_scoped(struct qbe_reader *r, const struct members *ops)
{
	struct members inside = *ops;
	const struct word *w = NULL;

	while (inside.n == 1) {
		const struct word *outer = w;

		w = word_find(inside.list[0].name);
		if (w == NULL || (w->kind != WORD_NOT && w->kind != WORD_METHOD))
			return outer == NULL && w != NULL && w->takes == TAKES_BOUNDS && w->kind == WORD_COMPARE;
		/* a longer list is refused when it is parsed */
		if (!members_read(&inside.list[0], QBE_MAX_NODES, r->mem, &inside))
			return true;
	}
	return inside.n > 1;
}

static bool
is_special(const struct word *w)
{
	return w != NULL && (w->kind == WORD_CONTAINS || w->kind == WORD_SPATIAL);
}

/* Where words are looked for positions do not matter, and the empty name alone is the whole document. */
static struct path
path_of_words(const struct path *path, struct arena *mem)
{
	struct step *steps = ARENA_ARRAY(mem, struct step, path->n_steps);
	struct path out = { .steps = steps, .text = path->text };

	for (size_t i = 0; i < path->n_steps; i++)
		if (path->steps[i].kind != STEP_ARRAY)
			steps[out.n_steps++] = path->steps[i];
	if (out.n_steps == 1 && steps[0].kind == STEP_FIELD && steps[0].name.n == 0)
		out.n_steps = 0;
	return out;
}

/* {"$contains": ...} and the spatial ones, alone or inside $not; *is_one: it was such a thing */
static bool
parse_special(struct qbe_reader *r, const struct members *ops, const struct path *path, bool is_top, bool *is_one,
    struct cond **out)
{
	struct members inside = *ops;
	bool negated = false;

	*is_one = false;
	for (;;) {
		const struct member *m = &inside.list[0];
		const struct word *w = NULL;

		for (size_t i = 0; i < inside.n && !is_special(w); i++)
			w = word_find((m = &inside.list[i])->name);
		if (w != NULL && w->kind == WORD_NOT && inside.n == 1 && !negated && jval_type(m->value) == J_OBJECT
		    && members_read(m, QBE_MAX_NODES, r->mem, &inside) && inside.n > 0) {
			negated = true;
			continue;
		}
		if (!is_special(w))
			return true;
		*is_one = true;
		if (inside.n > 1)
			return member_fail(m, r->e, 5038, "%s must stand alone", w->name);
		if (!is_top)
			return member_fail(m, r->e, w->kind == WORD_CONTAINS ? 5052 : 5051,
			    "%s is allowed at the root of a filter only", w->name);
		if (w->kind == WORD_CONTAINS) {
			static const struct scope any_method = { .path = &here };

			if (!count_node(r, m) || !compare_text(r, m, w, &any_method, out))
				return false;
			(*out)->kind = COND_CONTAINS;
			words_wanted((*out)->values[0].text, r->mem, *out);
			r->out->needs_text_index = true;
		} else {
			*out = cond_new(r, COND_SPATIAL);
			if (!count_node(r, m) || !geo_parse(m, (enum spatial)w->code, r->mem, *out, r->e))
				return false;
		}
		(*out)->path = w->kind == WORD_CONTAINS ? path_of_words(path, r->mem) : *path;
		if (negated)
			*out = cond_not(r, *out);
		return true;
	}
}

bool
operators_parse(struct qbe_reader *r, const struct member *m, const struct path *path, bool is_top, struct cond **out)
{
	struct members ops;
	struct scope s = { .path = path };
	struct cond *child;
	bool was_special;

	if (!read_object(r, m, &ops) || !parse_special(r, &ops, path, is_top, &was_special, out))
		return false;
	if (was_special)
		return true;
	if (!is_scoped(r, &ops))
		return parse_object(r, m, &ops, &s, out);
	s.path = &here;
	if (!parse_object(r, m, &ops, &s, &child))
		return false;
	*out = cond_new(r, COND_AT);
	(*out)->path = *path;
	(*out)->children = child;
	return true;
}

bool
operators_equal(struct qbe_reader *r, const struct member *m, const struct path *path, struct cond **out)
{
	struct scope s = { .path = path };

	return count_node(r, m) && compare_scalar(r, m, &s, OP_EQ, out);
}

bool
operators_every(struct qbe_reader *r, const struct member *m, const struct path *path, struct cond **out)
{
	struct scope s = { .path = path };

	return count_node(r, m) && compare_every(r, m, &s, out);
}

bool
operators_single(struct qbe_reader *r, const struct member *m, const struct path *path, struct cond_list *out)
{
	struct scope s = { .path = path };
	struct members ops;
	struct cond *c;

	if (jval_type(m->value) == J_ARRAY)
		return refuse_container(r, m);
	if (jval_type(m->value) != J_OBJECT) {
		if (!operators_equal(r, m, path, &c))
			return false;
		c->kind = COND_SINGLE;
		cond_add(out, c);
		return true;
	}
	if (!read_object(r, m, &ops))
		return false;
	for (size_t i = 0; i < ops.n; i++) {
		const struct member *op = &ops.list[i];
		const struct word *w = word_find(op->name);

		if (w == NULL && is_word(op->name))
			return member_fail(op, r->e, 5018, "%.*s is not a recognized operator", SPAN_ARG(op->name));
		if (w == NULL || (w->flags & SINGLE) == 0)
			return member_fail(op, r->e, 5067, "%.*s is not available in $sqlJson", SPAN_ARG(op->name));
		if (!compare(r, op, w, &s, &c))
			return false;
		c->kind = COND_SINGLE;
		cond_add(out, c);
	}
	return true;
}
