/* sql/jsonpath.c - filters into jsonpath
 *
 * Each test becomes exists(path ? (what one value has to be)), which is never unknown.  In its lax mode jsonpath steps as
 * soda/walk.c does: an array in the place of an object is opened once, something else in the place of an array is its only
 * element, and ? opens an array at the end.  Where it opens more, it is wider.
 *
 * Repeated names (soda.allowDuplicateNames) are one name in the parsed form, the last one.  That is the one which soda/walk.c
 * takes for a name; * and .. would meet all of them, so they are not expressed.
 */
#include "sql/jsonpath.h"

#include "base/buf.h"
#include "sql/fit.h"
#include "sql/parsed.h"

enum {
	MOST_VALUES = 256,		/* of one list */
	MOST_PATTERN = 200,		/* bytes; the server compiles it */
	MOST_BYTES = 65536,		/* of a jsonpath; the server reads it by recursion */
	LAST_POSITION = 1 << 30,	/* of an array; the server knows 32 bits */
	FIRST_DAY = -719160, LAST_DAY = 2932894		/* 0001-01-03 and 9999-12-29: those beside them are days as well */
};

/* where a condition applies: its own path behind those around it */
struct place {
	const struct path *path;
	const struct place *around;
};

static bool put_cond(struct buf *b, const struct cond *c, const struct place *around, bool *is_indexed);

/* ---- paths ---- */

static void
put_position(struct buf *b, bool from_last, int64_t n)
{
	if (from_last)
		put_lit(b, "last - ");
	buf_int(b, n < LAST_POSITION ? n : LAST_POSITION);
}

/* A range goes either way; which way, the length of the array says when only one of its ends counts from the last. */
static void
put_range(struct buf *b, const struct sub *s)
{
	put_position(b, s->from_last, s->from);
	put_lit(b, " to ");
	put_position(b, s->to_last, s->to);
	put_lit(b, ", ");
	put_position(b, s->to_last, s->to);
	put_lit(b, " to ");
	put_position(b, s->from_last, s->from);
}

static void
put_positions(struct buf *b, const struct step *step)
{
	buf_char(b, '[');
	if (step->all)
		buf_char(b, '*');
	for (size_t i = 0; i < step->n_subs; i++) {
		const struct sub *s = &step->subs[i];

		if (i > 0)
			put_lit(b, ", ");
		if (s->from_last == s->to_last && s->from == s->to)
			put_position(b, s->from_last, s->from);
		else
			put_range(b, s);
	}
	buf_char(b, ']');
}

static bool
put_path(struct buf *b, const struct place *at)
{
	if (at == NULL) {
		buf_char(b, '$');
		return true;
	}
	if (!put_path(b, at->around))
		return false;
	for (size_t i = 0; i < at->path->n_steps; i++) {
		const struct step *step = &at->path->steps[i];

		if (step->kind == STEP_ARRAY) {
			put_positions(b, step);
		} else if (step->kind == STEP_FIELD && parsed_has_text(step->name)) {
			buf_char(b, '.');
			buf_json(b, step->name);
		} else {
			return false;
		}
	}
	return true;
}

/* ---- what one value has to be; false: nothing can be said but that it is there ---- */

static bool
put_number(struct buf *b, const char *is, const struct dec *number)
{
	if (!parsed_has_number(number))
		return false;
	buf_addz(b, is);
	dec_canonical(number, b);
	return true;
}

static bool
put_string(struct buf *b, const char *is, struct span text)
{
	if (!parsed_has_text(text))
		return false;
	buf_addz(b, is);
	buf_json(b, text);
	return true;
}

/* Methods that hand strings on as they are, or give numbers and booleans a text, or take strings for numbers. */
static bool
keeps_values(enum method m)
{
	return m == METHOD_NONE || m == METHOD_NUMBER || m == METHOD_STRING || m == METHOD_NUMBER_ONLY || m == METHOD_STRING_ONLY
	    || m == METHOD_BOOLEAN_ONLY;
}

static void
put_or_booleans(struct buf *b, enum method m)
{
	if (m == METHOD_STRING)
		put_lit(b, " || @ == true || @ == false");
}

static void
put_or_numbers(struct buf *b)
{
	put_lit(b, " || @.type() == \"number\"");
}

static bool
put_equal(struct buf *b, enum method m, const struct operand *v)
{
	switch (v->type) {
	case J_NUMBER:
		return put_number(b, "@ == ", &v->number);
	case J_STRING:
		if (v->text_is_number)
			return put_number(b, "@ == ", &v->number);
		if (!put_string(b, "@ == ", v->text))
			return false;
		if (parsed_kept(v->text).n < v->text.n)
			put_string(b, " || @ == ", parsed_kept(v->text));
		if (m == METHOD_STRING && span_is(v->text, "true"))
			put_lit(b, " || @ == true");
		if (m == METHOD_STRING && span_is(v->text, "false"))
			put_lit(b, " || @ == false");
		return true;
	case J_TRUE:
		put_lit(b, "@ == true");
		if (m == METHOD_BOOLEAN)
			put_lit(b, " || @ == \"true\"");
		return true;
	case J_FALSE:
		put_lit(b, "@ == false");
		if (m == METHOD_BOOLEAN)
			put_lit(b, " || @ == \"false\"");
		return true;
	case J_NULL:
		put_lit(b, "@ == null");
		return true;
	default:
		return false;
	}
}

static bool
put_equal_one(struct buf *b, const struct cond *c)
{
	if (c->n_values == 0 || c->n_values > MOST_VALUES || !(keeps_values(c->method) || c->method == METHOD_BOOLEAN))
		return false;
	for (size_t i = 0; i < c->n_values; i++) {
		if (i > 0)
			put_lit(b, " || ");
		if (!put_equal(b, c->method, &c->values[i]))
			return false;
	}
	return true;
}

/* A text that ends where it is cut is not greater than one that goes on there. */
static const char *
sign_of(enum cmp_op op, bool may_be_cut)
{
	switch (op) {
	case OP_GT:
		return may_be_cut ? "@ >= " : "@ > ";
	case OP_GTE:
		return "@ >= ";
	case OP_LT:
		return "@ < ";
	default:
		return "@ <= ";
	}
}

/* Numbers are compared with a string by their text, which the parsed form does not have. */
static bool
put_ordered(struct buf *b, const struct cond *c)
{
	const struct operand *v = &c->values[0];
	bool is_below = c->op == OP_GT || c->op == OP_GTE;

	if (!keeps_values(c->method))
		return false;
	if (v->type == J_NUMBER)
		return put_number(b, sign_of(c->op, false), &v->number);
	if (v->type != J_STRING || !put_string(b, sign_of(c->op, true), is_below ? parsed_begin(v->text) : v->text))
		return false;
	put_or_numbers(b);
	put_or_booleans(b, c->method);
	return true;
}

/* or of which only the beginning is there */
static bool
put_part(struct buf *b, struct span text)
{
	if (text.n == 0 || text.n > MOST_PATTERN || !put_string(b, "@ like_regex ", text))
		return false;
	buf_printf(b, " flag \"q\" || @ like_regex \"^.{%d}$\" flag \"s\"", PARSED_CHARS);
	return true;
}

/* strings, and with $string what has a text */
static bool
put_text_test(struct buf *b, const struct cond *c)
{
	struct span text = c->values[0].text, begin = c->op == OP_LIKE ? like_prefix(text) : text;
	bool also_numbers;

	if (!(c->method == METHOD_NONE || c->method == METHOD_STRING || c->method == METHOD_STRING_ONLY))
		return false;
	if (c->op == OP_HAS_SUBSTRING || begin.n == 0) {
		if (c->op == OP_LIKE)
			text = like_run(text);
		also_numbers = parsed_occurs_in_number(text);
		if (!put_part(b, text))
			return false;
	} else {
		also_numbers = parsed_begins_number(begin);
		if (!put_string(b, "@ starts with ", parsed_begin(begin)))
			return false;
	}
	if (also_numbers)
		put_or_numbers(b);
	put_or_booleans(b, c->method);
	return true;
}

static void
put_day(struct buf *b, int64_t day)
{
	char text[CLOCK_TEXT];

	clock_format(day * INT64_C(86400000000), text);
	buf_json(b, (struct span){ text, 10 });
}

/* Times are strings that begin with the day as it is written, which lies at most one beside the day in UTC. */
static bool
put_time_test(struct buf *b, const struct cond *c)
{
	const struct iso_time *t = &c->values[0].time;
	int64_t beside = c->method == METHOD_DATE ? 0 : 1, day = t->local_day;

	if (c->values[0].type != J_STRING || (c->method != METHOD_DATE && c->method != METHOD_TIMESTAMP))
		return false;
	if (beside != 0)
		day = t->sec >= 0 ? t->sec / 86400 : -((86399 - t->sec) / 86400);
	if (day < FIRST_DAY || day > LAST_DAY)
		return false;
	if (c->op == OP_EQ || c->op == OP_GT || c->op == OP_GTE) {
		put_lit(b, "@ >= ");
		put_day(b, day - beside);
	}
	if (c->op == OP_EQ)
		put_lit(b, " && ");
	if (c->op == OP_EQ || c->op == OP_LT || c->op == OP_LTE) {
		put_lit(b, "@ < ");
		put_day(b, day + beside + 1);
	}
	return true;
}

static bool
put_value(struct buf *b, const struct cond *c, bool *is_indexed)
{
	*is_indexed = false;
	switch (c->op) {
	case OP_EQ:
	case OP_IN:
		*is_indexed = put_equal_one(b, c);
		return *is_indexed || (c->op == OP_EQ && put_time_test(b, c));
	case OP_GT:
	case OP_GTE:
	case OP_LT:
	case OP_LTE:
		return put_ordered(b, c) || put_time_test(b, c);
	case OP_STARTS_WITH:
	case OP_HAS_SUBSTRING:
	case OP_LIKE:
		return put_text_test(b, c);
	default:
		return false;
	}
}

/* ---- conditions; false: nothing can be said, and what was written is taken back ---- */

static bool
put_test(struct buf *b, const struct cond *c, const struct place *at, bool *is_indexed)
{
	size_t before;

	put_lit(b, "exists(");
	if (!put_path(b, at))
		return false;
	before = b->n;
	put_lit(b, " ? (");
	if (put_value(b, c, is_indexed))
		buf_char(b, ')');
	else
		b->n = before;
	buf_char(b, ')');
	return true;
}

/* What holds in one context holds at both paths joined, maybe of another value. */
static bool
put_below(struct buf *b, const struct cond *c, const struct place *at, bool *is_indexed)
{
	size_t before = b->n;

	if (put_cond(b, c->children, at, is_indexed))
		return true;
	b->n = before;
	*is_indexed = false;
	put_lit(b, "exists(");
	if (!put_path(b, at))
		return false;
	buf_char(b, ')');
	return true;
}

static bool
put_group(struct buf *b, const struct cond *c, const struct place *around, bool *is_indexed)
{
	bool all = c->kind == COND_ALL, is_first = true, one;

	*is_indexed = !all;
	buf_char(b, '(');
	for (const struct cond *child = c->children; child != NULL; child = child->next) {
		size_t before = b->n;

		if (!is_first)
			buf_addz(b, all ? " && " : " || ");
		if (put_cond(b, child, around, &one)) {
			is_first = false;
			*is_indexed = all ? *is_indexed || one : *is_indexed && one;
		} else if (all) {
			b->n = before;
		} else {
			return false;
		}
	}
	buf_char(b, ')');
	return !is_first;
}

static bool
put_cond(struct buf *b, const struct cond *c, const struct place *around, bool *is_indexed)
{
	const struct place at = { &c->path, around };

	*is_indexed = false;
	switch (c->kind) {
	case COND_ALL:
	case COND_ANY:
		return put_group(b, c, around, is_indexed);
	case COND_AT:
		return put_below(b, c, &at, is_indexed);
	case COND_TEST:
	case COND_SINGLE:
		return put_test(b, c, &at, is_indexed);
	default:
		return false;
	}
}

static bool
is_blind(const struct cond *c)
{
	if (c->kind == COND_TEST || c->kind == COND_SINGLE)
		return c->op == OP_HAS_SUBSTRING || c->op == OP_LIKE;
	if (c->kind == COND_ALL || c->kind == COND_ANY || c->kind == COND_AT)
		for (const struct cond *child = c->children; child != NULL; child = child->next)
			if (is_blind(child))
				return true;
	return false;
}

struct jsonpath
jsonpath_of(const struct cond *where, struct arena *mem)
{
	struct jsonpath path = { .text = { "", 0 } };
	struct buf b;

	buf_init(&b, mem);
	if (where != NULL && put_cond(&b, where, NULL, &path.is_indexed) && b.n <= MOST_BYTES)
		path.text = buf_text(&b);
	else
		path.is_indexed = false;
	path.is_blind = path.text.n > 0 && is_blind(where);
	return path;
}
