/* base/decimal.c - arithmetic on the digits themselves */
#include "base/decimal.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* The digits of no text within our limits come near this by themselves. */
#define FARTHEST INT64_C(1000000000000000)

/* Beyond these, canonical text has an exponent. */
enum { PLAIN_BELOW = 400, DOUBLE_DIGITS = 800 };

static inline bool
is_digit(const char *p, const char *end)
{
	return p < end && (unsigned char)(*p - '0') < 10;
}

static size_t
n_digits(const struct dec *d)
{
	return d->digits.n - (d->digits.n > 0 && memchr(d->digits.p, '.', d->digits.n) != NULL);
}

/* Digits one by one, the point among them left out, zeros after the last. */
struct walk {
	const char *p, *end;
};

static struct walk
walk_over(const struct dec *d)
{
	return (struct walk){ d->digits.p, d->digits.p + d->digits.n };
}

static inline char
next_digit(struct walk *w)
{
	if (w->p < w->end && *w->p == '.')
		w->p++;
	return w->p < w->end ? *w->p++ : '0';
}

static int64_t
read_exponent(const char **at, const char *end)
{
	const char *p = *at;
	bool negative = *p == '-';
	int64_t v = 0;

	if (*p == '-' || *p == '+')
		p++;
	for (; is_digit(p, end); p++)
		if (v < 2 * FARTHEST)
			v = v * 10 + (*p - '0');
	*at = p;
	return negative ? -v : v;
}

/* p: at the first digit or the point.  Reads what JSON and the looser grammar have in common and says how many digits
 * stood before and after the point. */
static const char *
read_number(const char *p, const char *end, struct dec *out, size_t *n_whole, size_t *n_fraction)
{
	const char *first = NULL, *last = NULL, *point;
	const char *from = p;
	int64_t exponent = 0;

	for (; is_digit(p, end); p++)
		if (*p != '0') {
			first = first == NULL ? p : first;
			last = p;
		}
	point = p;
	*n_whole = (size_t)(p - from);
	*n_fraction = 0;
	if (p < end && *p == '.') {
		for (p++; is_digit(p, end); p++)
			if (*p != '0') {
				first = first == NULL ? p : first;
				last = p;
			}
		*n_fraction = (size_t)(p - point - 1);
	}
	if (p < end && (*p == 'e' || *p == 'E')) {
		const char *e = p + 1;
		const char *digits = e < end && (*e == '-' || *e == '+') ? e + 1 : e;

		if (is_digit(digits, end)) {
			exponent = read_exponent(&e, end);
			p = e;
		}
	}
	if (first == NULL) {
		*out = (struct dec){ .sign = 0, .digits = { from, 0 } };
		return p;
	}
	out->sign = 1;
	out->digits = (struct span){ first, (size_t)(last - first) + 1 };
	out->point = exponent + (first < point ? point - first : point + 1 - first);
	if (out->point > FARTHEST)
		out->point = FARTHEST;
	else if (out->point < -FARTHEST)
		out->point = -FARTHEST;
	return p;
}

bool
dec_parse(struct span number, struct dec *out)
{
	const char *p = number.p;
	const char *end = number.p + number.n;
	bool negative = number.n > 0 && *p == '-';
	size_t n_whole, n_fraction;
	const char *from;

	p += negative;
	from = p;
	p = read_number(p, end, out, &n_whole, &n_fraction);
	if (p != end || n_whole == 0 || (n_whole > 1 && *from == '0')
	    || (n_fraction == 0 && n_whole < number.n - negative && from[n_whole] == '.'))
		return false;
	if (negative)
		out->sign = -out->sign;
	return true;
}

bool
dec_parse_text(struct span text, struct dec *out)
{
	struct span s = span_trim(text);
	const char *p = s.p;
	const char *end = s.p + s.n;
	bool negative = s.n > 0 && *p == '-';
	size_t n_whole, n_fraction;

	if (s.n > 0 && (*p == '-' || *p == '+'))
		p++;
	p = read_number(p, end, out, &n_whole, &n_fraction);
	if (p != end || n_whole + n_fraction == 0)
		return false;
	if (negative)
		out->sign = -out->sign;
	return true;
}

static int
cmp_magnitude(const struct dec *a, const struct dec *b)
{
	struct walk x = walk_over(a), y = walk_over(b);

	if (a->point != b->point)
		return a->point < b->point ? -1 : 1;
	while (x.p < x.end || y.p < y.end) {
		int d = next_digit(&x) - next_digit(&y);

		if (d != 0)
			return d;
	}
	return 0;
}

int
dec_cmp(const struct dec *a, const struct dec *b)
{
	if (a->sign != b->sign)
		return a->sign < b->sign ? -1 : 1;
	if (a->sign == 0)
		return 0;
	return a->sign * cmp_magnitude(a, b);
}

bool
dec_is_integer(const struct dec *d)
{
	return d->sign == 0 || (d->point > 0 && (uint64_t)d->point >= n_digits(d));
}

bool
dec_to_int64(const struct dec *d, int64_t *out)
{
	const uint64_t most = d->sign < 0 ? (uint64_t)INT64_MAX + 1 : INT64_MAX;
	struct walk w = walk_over(d);
	uint64_t v = 0;

	*out = 0;
	if (d->sign == 0 || d->point <= 0)
		return true;
	if (d->point > 19)
		return false;
	for (int64_t i = 0; i < d->point; i++) {
		uint64_t digit = (uint64_t)(next_digit(&w) - '0');

		if (v > (most - digit) / 10)
			return false;
		v = v * 10 + digit;
	}
	*out = d->sign < 0 ? (int64_t)(0 - v) : (int64_t)v;
	return true;
}

double
dec_to_double(const struct dec *d)
{
	char text[DOUBLE_DIGITS + 32];
	struct walk w = walk_over(d);
	size_t n = 0;
	double v;

	if (d->sign == 0)
		return 0;
	if (d->point > PLAIN_BELOW)
		return d->sign < 0 ? -HUGE_VAL : HUGE_VAL;
	if (d->point < -PLAIN_BELOW)
		return d->sign < 0 ? -0.0 : 0.0;
	while (w.p < w.end && n < DOUBLE_DIGITS)
		text[n++] = next_digit(&w);
	/* 768 digits decide the rounding; of the others only matters that they are not all zero */
	if (w.p < w.end)
		text[n++] = '1';
	/* no decimal point, which would be subject to the locale */
	snprintf(text + n, sizeof(text) - n, "e%lld", (long long)d->point - (long long)n);
	v = strtod(text, NULL);
	return d->sign < 0 ? -v : v;
}

/* The whole part of a number that has a fraction, one farther from zero where `away` says so. */
static struct dec
whole_part(const struct dec *d, bool away, struct arena *mem)
{
	struct walk w = walk_over(d);
	struct dec r = { .sign = d->sign, .point = d->point };
	size_t n;
	char *p;

	if (d->point <= 0) {
		if (!away)
			return (struct dec){ .digits = { "", 0 } };
		r.point = 1;
		r.digits = SPAN("1");
		return r;
	}
	n = (size_t)d->point;
	p = arena_alloc(mem, n);
	for (size_t i = 0; i < n; i++)
		p[i] = next_digit(&w);
	if (away) {
		while (n > 0 && p[n - 1] == '9')
			n--;
		if (n > 0) {
			p[n - 1]++;
		} else {
			p[n++] = '1';
			r.point++;
		}
	}
	while (p[n - 1] == '0')
		n--;
	r.digits = (struct span){ p, n };
	return r;
}

struct dec
dec_ceiling(const struct dec *d, struct arena *mem)
{
	return dec_is_integer(d) ? *d : whole_part(d, d->sign > 0, mem);
}

struct dec
dec_floor(const struct dec *d, struct arena *mem)
{
	return dec_is_integer(d) ? *d : whole_part(d, d->sign < 0, mem);
}

static void
put_digits(struct buf *out, struct walk *w, size_t n)
{
	buf_reserve(out, n);
	while (n-- > 0)
		out->p[out->n++] = next_digit(w);
}

void
dec_canonical(const struct dec *d, struct buf *out)
{
	struct walk w = walk_over(d);
	size_t n = n_digits(d);

	if (d->sign == 0) {
		buf_char(out, '0');
		return;
	}
	if (d->sign < 0)
		buf_char(out, '-');
	if (d->point > PLAIN_BELOW || d->point <= -PLAIN_BELOW) {
		put_digits(out, &w, 1);
		if (n > 1) {
			buf_char(out, '.');
			put_digits(out, &w, n - 1);
		}
		buf_printf(out, "E%+lld", (long long)d->point - 1);
		return;
	}
	if (d->point <= 0) {
		struct walk none = { NULL, NULL };

		put_lit(out, "0.");
		put_digits(out, &none, (size_t)-d->point);
		put_digits(out, &w, n);
		return;
	}
	put_digits(out, &w, (size_t)d->point);
	if (n > (size_t)d->point) {
		buf_char(out, '.');
		put_digits(out, &w, n - (size_t)d->point);
	}
}

/* An integer as text in the order of the integers: a letter tells sign and number of digits. */
static void
put_ordered(struct buf *out, int64_t v)
{
	char digits[24];
	int n = snprintf(digits, sizeof(digits), "%llu", (unsigned long long)(v < 0 ? -v : v));

	buf_char(out, (char)(v < 0 ? 'Z' - n : 'a' + n));
	for (int i = 0; i < n; i++)
		buf_char(out, v < 0 ? (char)('9' - digits[i] + '0') : digits[i]);
}

void
dec_encode(const struct dec *d, struct buf *out)
{
	struct walk w = walk_over(d);
	size_t n = n_digits(d);

	if (d->sign == 0) {
		buf_char(out, 'o');
		return;
	}
	if (d->sign > 0) {
		buf_char(out, 'p');
		put_ordered(out, d->point);
		put_digits(out, &w, n);
		return;
	}
	buf_char(out, 'n');
	put_ordered(out, -d->point);
	buf_reserve(out, n + 1);
	while (n-- > 0)
		out->p[out->n++] = (char)('9' - next_digit(&w) + '0');
	/* after every digit: the shorter of two is the greater here */
	buf_char(out, '~');
}
