/* sql/filter.c - filter objects from JSON text to conditions
 *
 * The text is walked once; the path to where the walk stands is kept as text, because whoever wrote a wrong filter wants to
 * know where.  Depth is limited before the walk begins.
 */
#include "sql/filter.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/decimal.h"
#include "base/jcur.h"
#include "base/scan.h"

enum { PATH_SHOWN = 160, LIKE_MAX_BYTES = 256, INTEGER_DIGITS = 35, FRACTION_DIGITS = 30 };

struct walk {
	struct arena *mem;
	const struct filter_columns *columns;
	struct buf path;
	size_t n_nodes;
	struct err *e;
};

struct list {				/* of conditions, in order */
	struct filter_cond *first, *last;
};

#define T(type) (1U << FILTER_##type)
#define COMPARED (T(NUMBER) | T(TIME) | T(MICROS))
#define ANY (COMPARED | T(TEXT) | T(BOOL))

static const struct operator {
	struct span word;
	enum filter_op op;
	unsigned types;			/* of columns that it can be asked about */
} operators[] = {
#define OPERATOR(word, op, types) { { word, sizeof(word) - 1 }, op, types }
	OPERATOR("$eq", FILTER_EQ, ANY),
	OPERATOR("$ne", FILTER_NE, ANY),
	OPERATOR("$lt", FILTER_LT, COMPARED),
	OPERATOR("$lte", FILTER_LTE, COMPARED),
	OPERATOR("$gt", FILTER_GT, COMPARED),
	OPERATOR("$gte", FILTER_GTE, COMPARED),
	OPERATOR("$between", FILTER_BETWEEN, COMPARED),
	OPERATOR("$instr", FILTER_INSTR, T(TEXT)),
	OPERATOR("$ninstr", FILTER_NINSTR, T(TEXT)),
	OPERATOR("$like", FILTER_LIKE, T(TEXT)),
	OPERATOR("$null", FILTER_NULL, ANY | T(OPAQUE)),
	OPERATOR("$notnull", FILTER_NOTNULL, ANY | T(OPAQUE)),
#undef OPERATOR
};
enum { N_OPERATORS = sizeof(operators) / sizeof(operators[0]) };

/* ---- where we are ---- */

static bool
wrong(struct walk *w, const char *reason)
{
	struct span path = buf_text(&w->path);
	bool is_cut = path.n > PATH_SHOWN;

	return err_set(w->e, ERR_BAD_FILTER, "%.*s%s: %s", (int)(is_cut ? PATH_SHOWN : path.n), path.p, is_cut ? "..." : "", reason);
}

static bool
wrong_name(struct walk *w, const char *reason, struct span name)
{
	return wrong(w, arena_printf(w->mem, "%s %.*s", reason, (int)(name.n > 64 ? 64 : name.n), name.p));
}

static size_t
step_into(struct walk *w, struct span name)
{
	size_t before = w->path.n;

	buf_char(&w->path, '.');
	buf_span(&w->path, name);
	return before;
}

static size_t
step_to(struct walk *w, size_t i)
{
	size_t before = w->path.n;

	buf_printf(&w->path, "[%zu]", i);
	return before;
}

static void
step_back(struct walk *w, size_t before)
{
	w->path.n = before;
}

static struct filter_cond *
add(struct walk *w, struct list *to, enum filter_op op, const struct filter_column *column)
{
	struct filter_cond *c;

	if (++w->n_nodes > FILTER_MAX_NODES) {
		wrong(w, arena_printf(w->mem, "a filter has at most %d conditions", FILTER_MAX_NODES));
		return NULL;
	}
	c = ARENA_NEW(w->mem, struct filter_cond);
	c->op = op;
	c->column = column;
	if (to->last == NULL)
		to->first = c;
	else
		to->last->next = c;
	to->last = c;
	return c;
}

/* ---- operands ---- */

static bool
read_text(struct walk *w, struct span v, struct filter_operand *out)
{
	if (jval_type(v) != J_STRING)
		return wrong(w, "a string is expected, because the column is text");
	out->text = jstring_decode(v, w->mem);
	if (out->text.n > 0 && memchr(out->text.p, '\0', out->text.n) != NULL)
		return wrong(w, "a NUL is in no text");
	return utf8_valid(out->text) || wrong(w, "half of a surrogate pair is in no text");
}

/* What every engine holds exactly; a value beyond would be cut by one of them. */
static bool
read_number(struct walk *w, struct span v, struct filter_operand *out)
{
	struct dec d;
	struct buf b;
	int64_t n_digits;

	if (jval_type(v) != J_NUMBER || !dec_parse(v, &d))
		return wrong(w, "a number is expected, because the column is a number");
	n_digits = (int64_t)d.digits.n - (memchr(d.digits.p, '.', d.digits.n) != NULL);
	if (d.sign != 0 && (d.point > INTEGER_DIGITS || n_digits - d.point > FRACTION_DIGITS))
		return wrong(w, arena_printf(w->mem, "a number has at most %d digits before and %d behind the point", INTEGER_DIGITS,
		    FRACTION_DIGITS));
	buf_init(&b, w->mem);
	dec_canonical(&d, &b);
	out->text = buf_text(&b);
	return true;
}

static bool
is_date(struct span v)
{
	struct span date;

	return jval_type(v) == J_OBJECT && jmember(v, SPAN("$date"), &date);
}

static bool
read_time(struct walk *w, struct span v, struct filter_operand *out)
{
	struct iso_time t;
	struct span text = v;

	if (is_date(v)) {
		struct jiter it;
		struct span name;
		size_t n = 0;

		for (jiter_open(&it, v); jiter_member(&it, &name, &text); n++)
			;
		if (n > 1)
			return wrong(w, "$date stands alone");
	}
	if (jval_type(text) != J_STRING || !iso_parse(jstring_decode(text, w->mem), &t))
		return wrong(w, "a date is expected, because the column is a time: {\"$date\": \"2024-01-31T23:59:59Z\"}");
	out->number = t.sec * 1000000 + t.nsec / 1000;
	return true;
}

static bool
read_operand(struct walk *w, const struct filter_column *column, struct span v, struct filter_operand *out)
{
	switch (column->type) {
	case FILTER_TEXT:
		return read_text(w, v, out);
	case FILTER_NUMBER:
		return read_number(w, v, out);
	case FILTER_BOOL:
		out->number = jval_type(v) == J_TRUE;
		return jval_type(v) == J_TRUE || jval_type(v) == J_FALSE || wrong(w, "true or false is expected");
	case FILTER_TIME:
	case FILTER_MICROS:
		return read_time(w, v, out);
	case FILTER_OPAQUE:
		break;
	}
	return wrong(w, "the column cannot be compared");
}

static bool
read_end(struct walk *w, const struct filter_column *column, struct span v, size_t i, struct filter_operand *out)
{
	size_t before = step_to(w, i);

	out->is_open = jval_type(v) == J_NULL;
	if (!out->is_open && !read_operand(w, column, v, out))
		return false;
	step_back(w, before);
	return true;
}

static bool
read_ends(struct walk *w, struct span v, struct filter_cond *c)
{
	struct jiter it;
	struct span low, high;

	if (jval_type(v) != J_ARRAY || jarray_count(v) != 2)
		return wrong(w, "an array of two is expected; null at one end leaves it open");
	jiter_open(&it, v);
	jiter_element(&it, &low);
	jiter_element(&it, &high);
	return read_end(w, c->column, low, 0, &c->low) && read_end(w, c->column, high, 1, &c->high);
}

/* ---- conditions ---- */

static bool
read_test(struct walk *w, const struct filter_column *column, const struct operator *o, struct span v, struct list *to)
{
	struct filter_cond *c;

	if (column->type == FILTER_OPAQUE && (o->types & T(OPAQUE)) == 0)
		return wrong(w, "the column holds what cannot be compared");
	if ((o->types & (1U << column->type)) == 0)
		return wrong_name(w, o->types == T(TEXT) ? "the operator needs text, which is not in the column"
		    : "the operator needs numbers or times, which are not in the column", column->name);
	if ((c = add(w, to, o->op, column)) == NULL)
		return false;
	switch (o->op) {
	case FILTER_NULL:
	case FILTER_NOTNULL:
		return jval_type(v) == J_NULL || wrong(w, "null is expected");
	case FILTER_BETWEEN:
		return read_ends(w, v, c);
	case FILTER_LIKE:
		return read_operand(w, column, v, &c->low)
		    && (c->low.text.n <= LIKE_MAX_BYTES || wrong(w, "a pattern has at most 256 bytes"));
	default:
		return read_operand(w, column, v, &c->low);
	}
}

static const struct operator *
operator_called(struct span word)
{
	for (size_t i = 0; i < N_OPERATORS; i++)
		if (span_eq(operators[i].word, word))
			return &operators[i];
	return NULL;
}

/* as it is written, or else in other letters: a table may have columns a and A */
static const struct filter_column *
column_called(const struct walk *w, struct span name)
{
	const struct filter_column *nearly = NULL;

	for (size_t i = 0; i < w->columns->n; i++) {
		const struct filter_column *c = &w->columns->column[i];

		if (span_eq(c->name, name))
			return c;
		if (nearly == NULL && span_eq_nocase(c->name, name))
			nearly = c;
	}
	return nearly;
}

static bool read_members(struct walk *w, const struct filter_column *scope, bool may_name, struct span object, struct list *to);

/* $and, $or, or the array beneath a column; the conditions of one element belong together */
static bool
read_group(struct walk *w, const struct filter_column *scope, enum filter_op op, struct span v, struct list *to)
{
	struct filter_cond *group;
	struct list elements = { NULL, NULL };
	struct jiter it;
	struct span element;
	size_t i = 0;

	if (jval_type(v) != J_ARRAY || jarray_count(v) == 0)
		return wrong(w, "an array of conditions is expected");
	if ((group = add(w, to, op, NULL)) == NULL)
		return false;
	for (jiter_open(&it, v); jiter_element(&it, &element); i++) {
		size_t before = step_to(w, i);
		struct filter_cond *one;
		struct list members = { NULL, NULL };

		if (jval_type(element) != J_OBJECT)
			return wrong(w, "a condition is an object: {\"$eq\": 1} or {\"name\": ...}");
		if ((one = add(w, &elements, FILTER_AND, NULL)) == NULL || !read_members(w, scope, true, element, &members))
			return false;
		if (members.first == NULL)
			return wrong(w, "the condition is empty");
		one->children = members.first;
		step_back(w, before);
	}
	group->children = elements.first;
	return true;
}

/* what stands beneath the name of a column */
static bool
read_column(struct walk *w, const struct filter_column *column, struct span v, struct list *to)
{
	struct list before = *to;

	switch (jval_type(v)) {
	case J_ARRAY:
		return read_group(w, column, FILTER_AND, v, to);
	case J_OBJECT:
		if (is_date(v))
			return read_test(w, column, &operators[0], v, to);
		if (!read_members(w, column, false, v, to))
			return false;
		return to->last != before.last || wrong(w, "the condition is empty");
	case J_NULL:
		return wrong(w, "null is compared with {\"$null\": null}");
	default:
		return read_test(w, column, &operators[0], v, to);
	}
}

static bool
read_member(struct walk *w, const struct filter_column *scope, bool may_name, struct span name, struct span v, struct list *to)
{
	const struct operator *o;
	const struct filter_column *column;

	if (span_is(name, "$and"))
		return read_group(w, scope, FILTER_AND, v, to);
	if (span_is(name, "$or"))
		return read_group(w, scope, FILTER_OR, v, to);
	if ((o = operator_called(name)) != NULL)
		return scope == NULL ? wrong(w, "the operator stands beneath no column") : read_test(w, scope, o, v, to);
	if (span_is(name, "$asof"))
		return wrong(w, "not supported");
	if (span_is(name, "$orderby"))
		return wrong(w, "the order belongs to the filter as a whole");
	if (name.n > 0 && name.p[0] == '$')
		return wrong(w, "no such operator");
	if (!may_name)
		return wrong(w, "an operator is expected");
	column = column_called(w, name);
	return column == NULL ? wrong(w, "there is no such column here") : read_column(w, column, v, to);
}

/* scope: the column that operators mean, or NULL; may_name: another column can be named */
static bool
read_members(struct walk *w, const struct filter_column *scope, bool may_name, struct span object, struct list *to)
{
	struct jiter it;
	struct span raw, v;

	for (jiter_open(&it, object); jiter_member(&it, &raw, &v);) {
		struct span name = jraw_decode(raw, w->mem);
		size_t before = step_into(w, name);

		if (!read_member(w, scope, may_name, name, v, to))
			return false;
		step_back(w, before);
	}
	return true;
}

/* ---- order ---- */

static bool
read_direction(struct walk *w, struct span v, bool *descending)
{
	struct span text = jval_type(v) == J_STRING ? jstring_decode(v, w->mem) : jval_type(v) == J_NUMBER ? v : SPAN("");

	*descending = span_is_nocase(text, "DESC") || span_is(text, "-1");
	return *descending || span_is_nocase(text, "ASC") || span_is(text, "1") || wrong(w, "ASC, DESC, 1 or -1 is expected");
}

static bool
read_order(struct walk *w, struct span v, struct filter *out)
{
	struct jiter it;
	struct span raw, direction;

	if (jval_type(v) != J_OBJECT)
		return wrong(w, "an object is expected: {\"name\": \"DESC\"}");
	out->order = ARENA_ARRAY(w->mem, struct filter_order, FILTER_MAX_ORDER);
	for (jiter_open(&it, v); jiter_member(&it, &raw, &direction);) {
		struct span name = jraw_decode(raw, w->mem);
		size_t before = step_into(w, name);
		const struct filter_column *column = column_called(w, name);

		if (column == NULL)
			return wrong(w, "there is no such column here");
		if (out->n_order == FILTER_MAX_ORDER)
			return wrong(w, "too many columns");
		if (!read_direction(w, direction, &out->order[out->n_order].descending))
			return false;
		out->order[out->n_order++].column = column;
		step_back(w, before);
	}
	return true;
}

/* ---- the whole ---- */

static bool
read_root(struct walk *w, struct span object, struct filter *out)
{
	struct list conditions = { NULL, NULL };
	struct jiter it;
	struct span raw, v;

	for (jiter_open(&it, object); jiter_member(&it, &raw, &v);) {
		struct span name = jraw_decode(raw, w->mem);
		size_t before = step_into(w, name);

		if (!(span_is(name, "$orderby") ? read_order(w, v, out) : read_member(w, NULL, true, name, v, &conditions)))
			return false;
		step_back(w, before);
	}
	if (conditions.first != NULL) {
		struct filter_cond *all = ARENA_NEW(w->mem, struct filter_cond);

		all->op = FILTER_AND;
		all->children = conditions.first;
		out->where = all;
	}
	return true;
}

bool
filter_parse(struct span text, const char *root, const struct filter_columns *columns, struct arena *mem, struct filter *out,
    struct err *e)
{
	const struct scan_limits limits = { .max_depth = FILTER_MAX_DEPTH };
	struct walk w = { .mem = mem, .columns = columns, .e = e };
	struct scan_info info;
	struct err scan = { 0 };

	*out = (struct filter){ .where = NULL };
	buf_init(&w.path, mem);
	buf_addz(&w.path, root);
	if (!json_scan(text, &limits, mem, &info, &scan))
		return wrong(&w, arena_z(mem, span_of(scan.text)));
	if (info.root != '{')
		return wrong(&w, "a filter is a JSON object");
	return read_root(&w, jcur_root(info.text), out);
}
