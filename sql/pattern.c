/* sql/pattern.c - how a scalar begins if it satisfies a test, as a regular expression */
#include "sql/pattern.h"

enum {
	VALUES = 16,			/* more operands of one test are not put into a pattern */
	LONGEST = 24			/* characters of a number; one of more is not, either */
};

#define ENDS_WHOLE "([^0-9]|$)"		/* behind the whole part of a number */
#define ENDS_NUMBER "([^0-9.]|$)"

bool
pattern_is_short_number(struct span text)
{
	for (size_t i = 0; i < text.n; i++)
		if (!(text.p[i] >= '0' && text.p[i] <= '9') && text.p[i] != '-' && text.p[i] != '.')
			return false;
	return text.n > 0 && text.n <= LONGEST;
}

/* ---- equality ---- */

/* Digits of a fraction may be followed by zeros, and a whole number by a fraction of zeros. */
static void
put_equal(struct span number, struct buf *out)
{
	bool has_fraction = false;

	for (size_t i = 0; i < number.n; i++) {
		if (number.p[i] == '.') {
			has_fraction = true;
			put_lit(out, "[.]");
		} else {
			buf_char(out, number.p[i]);
		}
	}
	if (has_fraction)
		put_lit(out, "0*" ENDS_NUMBER);
	else
		put_lit(out, "([.]0*)?" ENDS_NUMBER);
}

static bool
put_number(const struct cond *test, const struct operand *v, struct buf *out)
{
	struct buf text;

	if (test->method != METHOD_NONE && test->method != METHOD_NUMBER && test->method != METHOD_NUMBER_ONLY)
		return false;
	buf_init(&text, out->mem);
	dec_canonical(&v->number, &text);
	if (!pattern_is_short_number(buf_text(&text)))
		return false;
	if (v->number.sign == 0)
		put_lit(out, "-?");
	put_equal(buf_text(&text), out);
	return true;
}

static bool
put_operand(const struct cond *test, const struct operand *v, struct buf *out)
{
	switch (v->type) {
	case J_NUMBER:
		return put_number(test, v, out);
	case J_STRING:		/* itself, or the number whose canonical text it is; -0 has that of 0 */
		if (test->method != METHOD_NONE || !pattern_is_short_number(v->text))
			return false;
		if (v->text_is_number && v->number.sign == 0)
			put_lit(out, "-?");
		put_equal(v->text, out);
		return true;
	case J_TRUE:
		put_lit(out, "true");
		break;
	case J_FALSE:
		put_lit(out, "false");
		break;
	default:
		put_lit(out, "null");
		break;
	}
	return test->method == METHOD_NONE || test->method == METHOD_BOOLEAN_ONLY;
}

static bool
put_operands(const struct cond *test, struct buf *out)
{
	if (test->n_values == 0 || test->n_values > VALUES)
		return false;
	for (size_t i = 0; i < test->n_values; i++) {
		if (i > 0)
			buf_char(out, '|');
		if (!put_operand(test, &test->values[i], out))
			return false;
	}
	return true;
}

/* ---- order ---- */

/* Whole numbers of as many digits that differ first at one of them, where theirs is greater or smaller. */
static void
put_same_length(struct span digits, bool greater, struct buf *out)
{
	for (size_t i = 0; i < digits.n; i++) {
		char d = digits.p[i];

		if (d == (greater ? '9' : '0'))
			continue;
		buf_add(out, digits.p, i);
		if (greater)
			buf_printf(out, "[%c-9][0-9]{%zu}|", d + 1, digits.n - i - 1);
		else
			buf_printf(out, "[0-%c][0-9]{%zu}|", d - 1, digits.n - i - 1);
	}
	buf_span(out, digits);
}

static void
put_at_least(struct span digits, struct buf *out)
{
	buf_printf(out, "([0-9]{%zu}|", digits.n + 1);
	put_same_length(digits, true, out);
	buf_char(out, ')');
}

static void
put_at_most(struct span digits, struct buf *out)
{
	buf_char(out, '(');
	if (digits.n > 1)
		buf_printf(out, "[0-9]{1,%zu}|", digits.n - 1);
	put_same_length(digits, false, out);
	put_lit(out, ")" ENDS_WHOLE);
}

/* Also what is equal to the operand, or differs from it behind the point only. */
static bool
put_order(const struct cond *test, struct buf *out)
{
	const struct operand *v = &test->values[0];
	bool upwards = test->op == OP_GT || test->op == OP_GTE;
	struct span whole;
	struct buf text;

	if (v->type != J_NUMBER || (test->method != METHOD_NONE && test->method != METHOD_NUMBER && test->method != METHOD_NUMBER_ONLY))
		return false;
	buf_init(&text, out->mem);
	dec_canonical(&v->number, &text);
	whole = buf_text(&text);
	if (!pattern_is_short_number(whole))
		return false;
	if (v->number.sign < 0)
		whole = (struct span){ whole.p + 1, whole.n - 1 };
	for (size_t i = 0; i < whole.n; i++)
		if (whole.p[i] == '.')
			whole.n = i;
	if (v->number.sign == 0) {
		buf_addz(out, upwards ? "([0-9]|-0" ENDS_WHOLE ")" : "(-|0" ENDS_WHOLE ")");
	} else if (upwards == (v->number.sign > 0)) {	/* as far from zero, or farther */
		if (!upwards)
			buf_char(out, '-');
		put_at_least(whole, out);
	} else {
		buf_addz(out, upwards ? "([0-9]|-" : "(-|");
		put_at_most(whole, out);
		buf_char(out, ')');
	}
	return true;
}

bool
pattern_of_test(const struct cond *test, struct buf *out)
{
	size_t before = out->n;
	bool is_known = false;

	switch (test->op) {
	case OP_EQ:
	case OP_IN:
		is_known = put_operands(test, out);
		break;
	case OP_GT:
	case OP_GTE:
	case OP_LT:
	case OP_LTE:
		is_known = put_order(test, out);
		break;
	default:
		break;
	}
	if (!is_known)
		out->n = before;
	return is_known;
}
