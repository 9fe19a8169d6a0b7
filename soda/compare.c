/* soda/compare.c - one value of a document against one comparison of a filter
 *
 * The type of the operand decides how the value is read: a number reads strings that are numbers, a string reads numbers by
 * their canonical text, true, false and null read nothing but themselves.
 */
#include "config.h"
#include "soda/compare.h"

#include "soda/casemap.h"
#include "soda/match.h"

#include <stdio.h>

enum view_kind { VIEW_NULL, VIEW_BOOLEAN, VIEW_NUMBER, VIEW_REAL, VIEW_RAW, VIEW_TEXT, VIEW_DAY, VIEW_INSTANT };

/* A value as operators see it, after the method. */
struct view {
	enum view_kind kind;
	bool strict;			/* compared with its own type only */
	bool truth;
	struct span text;		/* VIEW_RAW: with quotes and escapes; VIEW_TEXT: decoded */
	struct dec number;		/* VIEW_NUMBER, VIEW_REAL; of a string after NUMBER_READ */
	enum { NUMBER_UNREAD, NUMBER_NONE, NUMBER_READ } reading;	/* of a string as a number */
	struct span canonical;		/* of a number, once it was asked for */
	double real;
	struct iso_time time;
};

/* ---- methods ---- */

static struct span
canonical(const struct dec *d, struct arena *mem)
{
	struct buf b;

	buf_init(&b, mem);
	dec_canonical(d, &b);
	return buf_text(&b);
}

static bool
view_count(struct view *o, size_t n, struct arena *mem)
{
	o->kind = VIEW_NUMBER;
	return dec_parse(span_of(arena_printf(mem, "%zu", n)), &o->number);
}

/* the value as it is */
static bool
view_plain(struct view *o, struct span v)
{
	switch (jval_type(v)) {
	case J_STRING:
		o->kind = VIEW_RAW;
		o->text = v;
		return true;
	case J_NUMBER:
		o->kind = VIEW_NUMBER;
		return dec_parse(v, &o->number);
	case J_TRUE:
	case J_FALSE:
		o->kind = VIEW_BOOLEAN;
		o->truth = v.p[0] == 't';
		return true;
	case J_NULL:
		o->kind = VIEW_NULL;
		return true;
	default:
		return false;
	}
}

static bool
view_number(struct view *o, struct span v, struct arena *mem)
{
	enum jtype type = jval_type(v);

	o->kind = VIEW_NUMBER;
	if (type == J_NUMBER)
		return dec_parse(v, &o->number);
	return type == J_STRING && dec_parse_text(jstring_decode(v, mem), &o->number);
}

/* strings, and what has a text */
static bool
view_text(struct view *o, struct span v, struct arena *mem)
{
	enum jtype type = jval_type(v);

	o->kind = VIEW_TEXT;
	o->text = v;
	if (type == J_STRING)
		o->text = jstring_decode(v, mem);
	else if (type == J_NUMBER && dec_parse(v, &o->number))
		o->text = canonical(&o->number, mem);
	else if (type != J_TRUE && type != J_FALSE)
		return false;
	return true;
}

static bool
view_case(struct view *o, struct span v, enum method method, struct arena *mem)
{
	if (!view_text(o, v, mem) || o->text.n == 0)
		return false;		/* the empty string does not convert */
	o->text = method == METHOD_UPPER ? case_upper(o->text, mem) : case_lower(o->text, mem);
	return true;
}

static bool
view_boolean(struct view *o, struct span v)
{
	if (jval_type(v) == J_STRING) {
		o->kind = VIEW_BOOLEAN;
		o->truth = jstring_cmp(v, SPAN("true")) == 0;
		return o->truth || jstring_cmp(v, SPAN("false")) == 0;
	}
	return view_plain(o, v) && o->kind == VIEW_BOOLEAN;
}

static bool
view_length(struct view *o, struct span v, struct arena *mem)
{
	struct span s;
	size_t n = 0;

	if (jval_type(v) != J_STRING)
		return false;
	s = jstring_decode(v, mem);
	for (size_t i = 0; i < s.n; i++)
		n += ((unsigned char)s.p[i] & 0xc0) != 0x80;
	return view_count(o, n, mem);
}

static bool
view_rounded(struct view *o, struct span v, enum method method, struct arena *mem)
{
	if (jval_type(v) != J_NUMBER || !view_plain(o, v))
		return false;
	if (method == METHOD_CEILING)
		o->number = dec_ceiling(&o->number, mem);
	else if (method == METHOD_FLOOR)
		o->number = dec_floor(&o->number, mem);
	else if (o->number.sign < 0)
		o->number.sign = 1;
	return true;
}

static struct span
type_name(struct span v)
{
	switch (jval_type(v)) {
	case J_OBJECT:
		return SPAN("object");
	case J_ARRAY:
		return SPAN("array");
	case J_STRING:
		return SPAN("string");
	case J_NUMBER:
		return SPAN("number");
	case J_NULL:
		return SPAN("null");
	default:
		return SPAN("boolean");
	}
}

/* false: the method cannot handle the value, so there is none */
static bool
view_make(struct view *o, enum method method, struct span v, struct arena *mem)
{
	switch (method) {
	case METHOD_NONE:
		return view_plain(o, v);
	case METHOD_NUMBER:
		return view_number(o, v, mem);
	case METHOD_DOUBLE:
		if (!view_number(o, v, mem))
			return false;
		o->kind = VIEW_REAL;
		o->real = dec_to_double(&o->number);
		return true;
	case METHOD_STRING:
		return view_text(o, v, mem);
	case METHOD_BOOLEAN:
		return view_boolean(o, v);
	case METHOD_DATE:
	case METHOD_TIMESTAMP:
		o->kind = method == METHOD_DATE ? VIEW_DAY : VIEW_INSTANT;
		return jval_type(v) == J_STRING && iso_parse(jstring_decode(v, mem), &o->time);
	case METHOD_CEILING:
	case METHOD_FLOOR:
	case METHOD_ABS:
		return view_rounded(o, v, method, mem);
	case METHOD_UPPER:
	case METHOD_LOWER:
		return view_case(o, v, method, mem);
	case METHOD_LENGTH:
		return view_length(o, v, mem);
	case METHOD_SIZE:
		return view_count(o, jval_type(v) == J_ARRAY ? jarray_count(v) : 1, mem);
	case METHOD_TYPE:
		o->kind = VIEW_TEXT;
		o->text = type_name(v);
		return true;
	case METHOD_NUMBER_ONLY:
		o->strict = true;
		return view_plain(o, v) && o->kind == VIEW_NUMBER;
	case METHOD_STRING_ONLY:
		o->strict = true;
		return view_plain(o, v) && o->kind == VIEW_RAW;
	case METHOD_BOOLEAN_ONLY:
		o->strict = true;
		return view_plain(o, v) && o->kind == VIEW_BOOLEAN;
	case METHOD_NEVER:
		return false;
	}
	return false;
}

/* ---- operators ---- */

static bool
is_string(const struct view *o)
{
	return o->kind == VIEW_RAW || o->kind == VIEW_TEXT;
}

static struct span
decoded(const struct view *o, struct arena *mem)
{
	return o->kind == VIEW_RAW ? jstring_decode(o->text, mem) : o->text;
}

/* the value as a number, also when it is a string that reads as one; NULL when it is none */
static const struct dec *
as_number(struct view *o, struct arena *mem)
{
	if (o->kind == VIEW_NUMBER || o->kind == VIEW_REAL)
		return &o->number;
	if (o->strict || !is_string(o))
		return NULL;
	if (o->reading == NUMBER_UNREAD) {
		o->reading = NUMBER_NONE;
		/* most strings can be told by their first character */
		if ((o->kind == VIEW_TEXT || strchr("0123456789+-. \t\n\r\\", o->text.p[1]) != NULL)
		    && dec_parse_text(decoded(o, mem), &o->number))
			o->reading = NUMBER_READ;
	}
	return o->reading == NUMBER_READ ? &o->number : NULL;
}

static struct span
as_text(struct view *o, struct arena *mem)
{
	if (o->canonical.p == NULL)
		o->canonical = canonical(&o->number, mem);
	return o->canonical;
}

/* false: they cannot be compared */
static bool
three_way(struct view *o, const struct operand *x, struct arena *mem, int *cmp)
{
	const struct dec *number;

	switch (x->type) {
	case J_NUMBER:
		if (o->kind == VIEW_REAL) {
			*cmp = (o->real > x->real) - (o->real < x->real);
			return true;
		}
		number = as_number(o, mem);
		if (number == NULL)
			return false;
		*cmp = dec_cmp(number, &x->number);
		return true;
	case J_STRING:
		if (o->kind == VIEW_RAW)
			*cmp = jstring_cmp(o->text, x->text);
		else if (o->kind == VIEW_TEXT)
			*cmp = span_cmp(o->text, x->text);
		else if (o->kind == VIEW_DAY)
			*cmp = (o->time.local_day > x->time.local_day) - (o->time.local_day < x->time.local_day);
		else if (o->kind == VIEW_INSTANT)
			*cmp = iso_cmp(&o->time, &x->time);
		else if (o->kind == VIEW_NUMBER && !o->strict)
			*cmp = span_cmp(as_text(o, mem), x->text);
		else
			return false;
		return true;
	case J_TRUE:
	case J_FALSE:
		*cmp = o->truth != (x->type == J_TRUE);
		return o->kind == VIEW_BOOLEAN;
	case J_NULL:
		*cmp = 0;
		return o->kind == VIEW_NULL;
	default:
		return false;
	}
}

static bool
equals(struct view *o, const struct operand *x, struct arena *mem)
{
	int cmp;

	if (x->type == J_STRING && o->kind == VIEW_RAW)
		return jname_eq((struct span){ o->text.p + 1, o->text.n - 2 }, x->text);
	if (x->type == J_STRING && o->kind == VIEW_NUMBER && !x->text_is_number)
		return false;
	return three_way(o, x, mem, &cmp) && cmp == 0;
}

/* % any run, _ one character; the whole text.  After a run only the latest one can matter, so this never tries twice. */
static bool
is_like(struct span text, struct span pattern)
{
	size_t i = 0, k = 0, run_i = 0, run_k = SIZE_MAX;

	while (i < text.n) {
		bool fits = k < pattern.n && (pattern.p[k] == '_' || pattern.p[k] == text.p[i]);

		if (k < pattern.n && pattern.p[k] == '%') {
			run_k = ++k;
			run_i = i;
		} else if (fits) {
			bool any = pattern.p[k++] == '_';

			i++;
			while (any && i < text.n && ((unsigned char)text.p[i] & 0xc0) == 0x80)
				i++;
		} else if (run_k != SIZE_MAX) {
			k = run_k;
			for (run_i++; run_i < text.n && ((unsigned char)text.p[run_i] & 0xc0) == 0x80; )
				run_i++;
			i = run_i;
		} else {
			return false;
		}
	}
	while (k < pattern.n && pattern.p[k] == '%')
		k++;
	return k == pattern.n;
}

static bool
is_remainder(struct view *o, const struct operand *values, struct arena *mem)
{
	const struct dec *number = as_number(o, mem);
	int64_t n, divisor, remainder;

	if (number == NULL || !dec_to_int64(number, &n)
	    || !dec_to_int64(&values[0].number, &divisor) || !dec_to_int64(&values[1].number, &remainder))
		return false;
	return (divisor == -1 ? 0 : n % divisor) == remainder;
}

static bool
compare_text(const struct cond *test, const struct view *o, struct arena *mem, struct err *e)
{
	struct span text = decoded(o, mem);
	struct span x = test->values[0].text;

	switch (test->op) {
	case OP_STARTS_WITH:
		return text.n >= x.n && (x.n == 0 || memcmp(text.p, x.p, x.n) == 0);
	case OP_HAS_SUBSTRING:
		return x.n == 0 || memmem(text.p, text.n, x.p, x.n) != NULL;
	case OP_LIKE:
		return is_like(text, x);
	default:
		return regex_test(test->regex, text, e);
	}
}

bool
compare_value(const struct cond *test, struct span v, struct arena *mem, struct err *e)
{
	const struct operand *x = test->values;
	struct view o = { .kind = VIEW_NULL };
	int cmp;

	if (!view_make(&o, test->method, v, mem))
		return false;
	switch (test->op) {
	case OP_EQ:
		return equals(&o, x, mem);
	case OP_GT:
		return three_way(&o, x, mem, &cmp) && cmp > 0;
	case OP_GTE:
		return three_way(&o, x, mem, &cmp) && cmp >= 0;
	case OP_LT:
		return three_way(&o, x, mem, &cmp) && cmp < 0;
	case OP_LTE:
		return three_way(&o, x, mem, &cmp) && cmp <= 0;
	case OP_IN:
		for (size_t i = 0; i < test->n_values; i++)
			if (equals(&o, &x[i], mem))
				return true;
		return false;
	case OP_STARTS_WITH:
	case OP_HAS_SUBSTRING:
	case OP_LIKE:
	case OP_REGEX:
		return is_string(&o) && compare_text(test, &o, mem, e);
	case OP_MOD:
		return is_remainder(&o, x, mem);
	case OP_EXISTS:
		return true;
	}
	return false;
}
