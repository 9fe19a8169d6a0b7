/* sql/convert.c - a value of one engine for a column of another */
#include "sql/convert.h"

#include "base/decimal.h"
#include "base/scan.h"
#include "sql/table_words.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

const char *
convert_reason_text(enum convert_reason why)
{
	static const char *const texts[CONVERT__N] = {
		[CONVERT_OK] = "",
		[CONVERT_NOT_INTEGER] = "the value is no integer",
		[CONVERT_INTEGER_RANGE] = "the integer is out of the range of the column",
		[CONVERT_FRACTION] = "fractional digits would be lost",
		[CONVERT_DIGITS] = "digits would be lost",
		[CONVERT_NOT_NUMBER] = "the value is no number",
		[CONVERT_NOT_BOOLEAN] = "the value is no boolean",
		[CONVERT_NOT_FINITE] = "the column takes no infinity and no NaN",
		[CONVERT_TOO_LONG] = "the value is longer than the column",
		[CONVERT_NUL] = "the text holds a NUL",
		[CONVERT_NOT_UTF8] = "the text is not UTF-8",
		[CONVERT_NOT_TEXT] = "the value is bytes, and the column takes none",
		[CONVERT_NOT_BYTES] = "the value is no bytes",
		[CONVERT_NOT_DATE] = "the value is no date",
		[CONVERT_NOT_TIME] = "the value is no time of day",
		[CONVERT_NOT_TIMESTAMP] = "the value is no date and time",
		[CONVERT_ZONE] = "the time zone would be lost",
		[CONVERT_ZERO_DATE] = "the date has a zero in it, and the column takes no NULL",
		[CONVERT_NULL] = "the column takes no NULL",
	};

	return texts[why];
}

struct work {
	const struct conversion *c;
	struct arena *mem;
	struct value *out;
	enum convert_note *note;
};

static enum convert_reason
as_text(struct work *w, struct span text)
{
	w->out->kind = VALUE_TEXT;
	w->out->text = text;
	return CONVERT_OK;
}

static enum convert_reason
as_int(struct work *w, int64_t n)
{
	w->out->kind = VALUE_INT;
	w->out->number = n;
	return CONVERT_OK;
}

/* An engine without types for numbers keeps them as doubles, and texts of numbers in such columns become numbers. */
static bool
keeps_doubles(const struct work *w)
{
	return w->c->dialect->tables->keeps_doubles;
}

/* ---- numbers ---- */

/* shortest decimal that is this double again */
static struct span
shortest(double v, struct arena *mem)
{
	for (int digits = 15; digits < 17; digits++) {
		char *z = arena_printf(mem, "%.*g", digits, v);

		if (strtod(z, NULL) == v)
			return span_of(z);
	}
	return span_of(arena_printf(mem, "%.17g", v));
}

static bool
is_finite_text(struct span text)
{
	return text.n > 0 && (text.p[text.n - 1] == '.' || (text.p[text.n - 1] >= '0' && text.p[text.n - 1] <= '9'));
}

/* The number of a cell, whatever it is written as. */
static enum convert_reason
number_of(const struct work *w, const struct cell *in, struct span *text, struct dec *d)
{
	switch (in->kind) {
	case CELL_BOOL:
	case CELL_INT:
		*text = span_of(arena_printf(w->mem, "%lld", (long long)in->number));
		break;
	case CELL_REAL:
		if (!is_finite_text(in->text))
			return CONVERT_NOT_FINITE;
		*text = shortest(strtod(arena_z(w->mem, in->text), NULL), w->mem);
		break;
	case CELL_NUMBER:
		*text = in->text;
		if (!is_finite_text(in->text))
			return CONVERT_NOT_FINITE;
		break;
	case CELL_TEXT:
		*text = in->text;
		break;
	default:
		return CONVERT_NOT_NUMBER;
	}
	return dec_parse_text(*text, d) ? CONVERT_OK : CONVERT_NOT_NUMBER;
}

static enum convert_reason
integer(struct work *w, const struct cell *in, int64_t least, int64_t most)
{
	struct span text;
	struct dec d;
	int64_t n;
	enum convert_reason why;

	if (in->kind == CELL_INT || in->kind == CELL_BOOL) {
		n = in->number;
	} else {
		why = number_of(w, in, &text, &d);
		if (why != CONVERT_OK)
			return why == CONVERT_NOT_NUMBER ? CONVERT_NOT_INTEGER : why;
		if (!dec_is_integer(&d))
			return CONVERT_FRACTION;
		if (!dec_to_int64(&d, &n))
			return CONVERT_INTEGER_RANGE;
	}
	return n < least || n > most ? CONVERT_INTEGER_RANGE : as_int(w, n);
}

/* a double that is the number, to all of its digits */
static enum convert_reason
exact_double(struct work *w, const struct dec *d)
{
	double v = dec_to_double(d);
	char text[40];
	struct dec again;

	if (!isfinite(v))
		return CONVERT_DIGITS;
	for (int digits = 15; digits <= 17; digits += 2) {
		snprintf(text, sizeof(text), "%.*g", digits, v);
		if (dec_parse_text(span_of(text), &again) && dec_cmp(&again, d) == 0) {
			w->out->kind = VALUE_REAL;
			w->out->real = v;
			return CONVERT_OK;
		}
	}
	return CONVERT_DIGITS;
}

static bool
is_bits(const struct column *to)
{
	return to->native.n >= 3 && span_is_nocase((struct span){ to->native.p, 3 }, "bit");
}

/* A text would be taken for the bits of its digits. */
static enum convert_reason
as_bits(struct work *w, struct span digits)
{
	unsigned long long v = strtoull(arena_z(w->mem, digits), NULL, 10);
	char *p = arena_alloc(w->mem, sizeof(v));

	for (size_t i = 0; i < sizeof(v); i++)
		p[i] = (char)(v >> (8 * (sizeof(v) - 1 - i)));
	w->out->kind = VALUE_BLOB;
	w->out->text = (struct span){ p, sizeof(v) };
	return CONVERT_OK;
}

static enum convert_reason
unsigned_integer(struct work *w, const struct cell *in)
{
	struct span text;
	struct dec d, most;
	enum convert_reason why;
	int64_t n;

	if (in->kind == CELL_INT)
		return in->number < 0 ? CONVERT_INTEGER_RANGE : as_int(w, in->number);
	why = number_of(w, in, &text, &d);
	if (why != CONVERT_OK)
		return why == CONVERT_NOT_NUMBER ? CONVERT_NOT_INTEGER : why;
	if (!dec_is_integer(&d))
		return CONVERT_FRACTION;
	dec_parse(SPAN("18446744073709551615"), &most);
	if (d.sign < 0 || dec_cmp(&d, &most) > 0)
		return CONVERT_INTEGER_RANGE;
	if (dec_to_int64(&d, &n))
		return as_int(w, n);
	return is_bits(w->c->to) ? as_bits(w, text) : as_text(w, text);
}

/* How many digits stand before and behind the point? */
static void
count_digits(const struct dec *d, int64_t *before, int64_t *behind)
{
	int64_t n = (int64_t)d->digits.n - (d->digits.n > 0 && memchr(d->digits.p, '.', d->digits.n) != NULL);

	*before = d->sign == 0 || d->point < 0 ? 0 : d->point;
	*behind = d->sign == 0 || n <= d->point ? 0 : n - d->point;
}

static enum convert_reason
decimal(struct work *w, const struct cell *in)
{
	const struct column *to = w->c->to;
	struct span text;
	struct dec d;
	int64_t before, behind, n;
	enum convert_reason why = number_of(w, in, &text, &d);

	if (why == CONVERT_NOT_FINITE && w->c->same_engine && !keeps_doubles(w))
		return as_text(w, in->text);
	if (why != CONVERT_OK)
		return why;
	if (keeps_doubles(w)) {
		if (dec_is_integer(&d) && dec_to_int64(&d, &n))
			return as_int(w, n);
		return exact_double(w, &d);
	}
	count_digits(&d, &before, &behind);
	if (to->precision > 0) {	/* a scale may be negative, or above the precision */
		if (behind > (to->scale < 0 ? 0 : to->scale))
			return CONVERT_FRACTION;
		if (before > (to->scale > to->precision ? 0 : to->precision - to->scale))
			return CONVERT_DIGITS;
	}
	return as_text(w, text);
}

static enum convert_reason
real(struct work *w, const struct cell *in)
{
	bool is_short = w->c->to->type == ABS_FLOAT32, was_short;
	struct span text;
	struct dec d;
	enum convert_reason why;
	double v;

	if (in->kind == CELL_REAL) {
		/* a short one is told with the digits that tell it from other short ones */
		was_short = w->c->from == ABS_FLOAT32;
		v = was_short ? (double)strtof(arena_z(w->mem, in->text), NULL) : strtod(arena_z(w->mem, in->text), NULL);
		/* what no engine but one keeps, and another one as NULL */
		if (!isfinite(v) && (!w->c->dialect->tables->has_infinity || (isnan(v) && !w->c->dialect->tables->has_nan)))
			return CONVERT_NOT_FINITE;
		if (is_short && isfinite(v) && (double)(float)v != v && !keeps_doubles(w))
			return CONVERT_DIGITS;
		w->out->kind = VALUE_REAL;
		w->out->real = v;
		w->out->text = was_short && !is_short ? (struct span){ NULL, 0 } : in->text;
		return CONVERT_OK;
	}
	why = number_of(w, in, &text, &d);
	if (why != CONVERT_OK)
		return why;
	why = exact_double(w, &d);
	if (why == CONVERT_OK && is_short && !keeps_doubles(w) && (double)(float)w->out->real != w->out->real)
		return CONVERT_DIGITS;
	w->out->text = text;
	return why;
}

static enum convert_reason
boolean(struct work *w, const struct cell *in)
{
	static const char *const yes[] = { "1", "t", "true" }, *const no[] = { "0", "f", "false" };

	if (in->kind == CELL_BOOL || in->kind == CELL_INT) {
		/* an engine whose booleans are small integers keeps any of them */
		if (in->number != 0 && in->number != 1 && w->c->dialect->tables->strict_booleans)
			return CONVERT_NOT_BOOLEAN;
		return as_int(w, in->number);
	}
	for (size_t i = 0; i < 3 && in->kind == CELL_TEXT; i++) {
		if (span_is_nocase(in->text, yes[i]))
			return as_int(w, 1);
		if (span_is_nocase(in->text, no[i]))
			return as_int(w, 0);
	}
	return CONVERT_NOT_BOOLEAN;
}

/* ---- texts and bytes ---- */

static int64_t
count_chars(struct span s)
{
	int64_t n = 0;

	for (size_t i = 0; i < s.n; i++)
		n += ((unsigned char)s.p[i] & 0xc0) != 0x80;
	return n;
}

static enum convert_reason
text(struct work *w, const struct cell *in)
{
	int64_t most = w->c->to->length;
	struct span s = in->text;

	switch (in->kind) {
	case CELL_BLOB:
		return CONVERT_NOT_TEXT;
	case CELL_BOOL:
		s = in->number != 0 ? SPAN("true") : SPAN("false");
		break;
	case CELL_INT:
		s = span_of(arena_printf(w->mem, "%lld", (long long)in->number));
		break;
	case CELL_REAL:
		if (is_finite_text(s))
			s = shortest(strtod(arena_z(w->mem, s), NULL), w->mem);
		break;
	case CELL_TEXT:
		if (s.n > 0 && memchr(s.p, '\0', s.n) != NULL && !w->c->dialect->tables->takes_nul)
			return CONVERT_NUL;
		if (!utf8_valid(s))
			return CONVERT_NOT_UTF8;
		break;
	default:
		break;
	}
	if (most > 0 && (int64_t)s.n > most && count_chars(s) > most && !keeps_doubles(w))
		return CONVERT_TOO_LONG;
	return as_text(w, s);
}

static enum convert_reason
bytes(struct work *w, const struct cell *in)
{
	if (in->kind != CELL_BLOB)
		return CONVERT_NOT_BYTES;
	if (w->c->to->length > 0 && (int64_t)in->text.n > w->c->to->length)
		return CONVERT_TOO_LONG;
	w->out->kind = VALUE_BLOB;
	w->out->text = in->text;
	return CONVERT_OK;
}

/* An engine that keeps what it is given keeps the kind of a value, too. */
static enum convert_reason
as_it_is(struct work *w, const struct cell *in)
{
	switch (in->kind) {
	case CELL_BOOL:
	case CELL_INT:
		return as_int(w, in->number);
	case CELL_REAL:
		w->out->kind = VALUE_REAL;
		w->out->real = strtod(arena_z(w->mem, in->text), NULL);
		return CONVERT_OK;
	case CELL_BLOB:
		w->out->kind = VALUE_BLOB;
		w->out->text = in->text;
		return CONVERT_OK;
	case CELL_NUMBER:
		return decimal(w, in);
	default:
		return text(w, in);
	}
}

enum convert_reason
convert(const struct conversion *c, const struct cell *in, struct arena *mem, struct value *out, enum convert_note *note)
{
	struct work w = { c, mem, out, note };

	*note = NOTE_NONE;
	*out = (struct value){ .kind = VALUE_NULL };
	if (in->kind == CELL_NULL)
		return c->to->nullable ? CONVERT_OK : CONVERT_NULL;
	if (c->same_engine && keeps_doubles(&w))
		return as_it_is(&w, in);
	switch (c->to->type) {
	case ABS_BOOL:
		return boolean(&w, in);
	case ABS_INT16:
		return integer(&w, in, INT16_MIN, c->same_engine ? UINT16_MAX : INT16_MAX);
	case ABS_INT32:
		return integer(&w, in, INT32_MIN, c->same_engine ? UINT32_MAX : INT32_MAX);
	case ABS_INT64:
		return integer(&w, in, INT64_MIN, INT64_MAX);
	case ABS_UINT64:
		return unsigned_integer(&w, in);
	case ABS_DECIMAL:
		return decimal(&w, in);
	case ABS_FLOAT32:
	case ABS_FLOAT64:
		return real(&w, in);
	case ABS_BINARY:
		return bytes(&w, in);
	case ABS_DATE:
	case ABS_TIME:
	case ABS_TIMESTAMP:
	case ABS_TIMESTAMPTZ:
		return convert_moment(c, in, mem, out, note);
	case ABS_OTHER:
		if (in->kind == CELL_BLOB) {
			out->kind = VALUE_BLOB;
			out->text = in->text;
			return CONVERT_OK;
		}
		return text(&w, in);
	default:
		return text(&w, in);
	}
}
