/* sql/array.c - many values of one column as one parameter */
#include "sql/array.h"

#include "base/clock.h"
#include "sql/odbc.h"

#include <stdio.h>

enum {
	DIGITS_MOST = 1000,		/* of a number that is put; longer ones go as texts */
	SECONDS_A_DAY = 86400, EPOCH_DAY = 10957	/* 2000-01-01, from which PostgreSQL counts */
};

/* ---- numbers of the network ---- */

static void
put_be(struct buf *b, uint64_t v, size_t n_bytes)
{
	buf_reserve(b, n_bytes);
	for (size_t i = n_bytes; i-- > 0;)
		b->p[b->n++] = (char)(v >> (8 * i));
}

static void
put_length(struct buf *b, size_t n)
{
	put_be(b, n, 4);
}

/* ---- elements ---- */

static bool
put_bool(const struct value *v, struct buf *out)
{
	if (v->kind != VALUE_INT)
		return false;
	put_length(out, 1);
	buf_char(out, v->number != 0);
	return true;
}

static bool
put_int8(const struct value *v, struct buf *out)
{
	if (v->kind != VALUE_INT)
		return false;
	put_length(out, 8);
	put_be(out, (uint64_t)v->number, 8);
	return true;
}

static bool
put_float8(const struct value *v, struct buf *out)
{
	uint64_t bits;

	if (v->kind != VALUE_REAL)
		return false;
	memcpy(&bits, &v->real, sizeof(bits));
	put_length(out, 8);
	put_be(out, bits, 8);
	return true;
}

static void
put_bytes(struct span s, struct buf *out)
{
	put_length(out, s.n);
	buf_span(out, s);
}

static bool
put_bytea(const struct value *v, struct buf *out)
{
	if (v->kind != VALUE_BLOB)
		return false;
	put_bytes(v->text, out);
	return true;
}

static void
put_hex(struct span s, struct buf *out)
{
	static const char hex[] = "0123456789abcdef";

	put_length(out, s.n * 2 + 2);
	put_lit(out, "\\x");
	buf_reserve(out, s.n * 2);
	for (size_t i = 0; i < s.n; i++) {
		out->p[out->n++] = hex[(unsigned char)s.p[i] >> 4];
		out->p[out->n++] = hex[(unsigned char)s.p[i] & 15];
	}
}

static bool
put_text(const struct value *v, struct buf *out)
{
	char number[40];

	switch (v->kind) {
	case VALUE_INT:
		snprintf(number, sizeof(number), "%lld", (long long)v->number);
		put_bytes(span_of(number), out);
		return true;
	case VALUE_REAL:
		snprintf(number, sizeof(number), "%.17g", v->real);
		put_bytes(v->text.n > 0 ? v->text : span_of(number), out);
		return true;
	case VALUE_BLOB:
		put_hex(v->text, out);
		return true;
	default:
		put_bytes(v->text, out);
		return true;
	}
}

/* ---- decimal numbers: four digits of ten in one of the server's ---- */

struct decimal {
	bool negative;
	struct span whole, fraction;
};

static struct span
take_digits(struct span *s)
{
	struct span digits = { s->p, 0 };

	while (digits.n < s->n && s->p[digits.n] >= '0' && s->p[digits.n] <= '9')
		digits.n++;
	s->p += digits.n;
	s->n -= digits.n;
	return digits;
}

static bool
read_decimal(struct span s, struct decimal *d)
{
	*d = (struct decimal){ 0 };
	if (s.n > 0 && s.p[0] == '-') {
		d->negative = true;
		s.p++;
		s.n--;
	}
	d->whole = take_digits(&s);
	if (s.n > 1 && s.p[0] == '.') {
		s.p++;
		s.n--;
		d->fraction = take_digits(&s);
	}
	if (s.n > 0 || d->whole.n == 0 || d->whole.n + d->fraction.n > DIGITS_MOST)
		return false;
	while (d->whole.n > 0 && d->whole.p[0] == '0') {
		d->whole.p++;
		d->whole.n--;
	}
	return true;
}

/* Digits of the number from place `at` on, counted from the first of the whole ones; what is not there is zero. */
static unsigned
four_digits(const struct decimal *d, long at)
{
	unsigned four = 0;

	for (long i = at; i < at + 4; i++) {
		long behind = i - (long)d->whole.n;
		char c = i < 0 || behind >= (long)d->fraction.n ? '0' : behind < 0 ? d->whole.p[i] : d->fraction.p[behind];

		four = four * 10 + (unsigned)(c - '0');
	}
	return four;
}

static bool
put_numeric(const struct value *v, struct buf *out)
{
	struct decimal d;
	char number[24];
	size_t n_whole, n_all;
	long at;

	if (v->kind != VALUE_INT && v->kind != VALUE_TEXT)
		return false;
	snprintf(number, sizeof(number), "%lld", (long long)v->number);
	if (!read_decimal(v->kind == VALUE_INT ? span_of(number) : v->text, &d))
		return false;
	n_whole = (d.whole.n + 3) / 4;
	n_all = n_whole + (d.fraction.n + 3) / 4;
	put_length(out, 8 + 2 * n_all);
	put_be(out, n_all, 2);
	put_be(out, n_whole - 1, 2);	/* what power of 10 000 the first one counts */
	put_be(out, d.negative ? 0x4000 : 0, 2);
	put_be(out, d.fraction.n, 2);
	at = (long)d.whole.n - 4 * (long)n_whole;
	for (size_t i = 0; i < n_all; i++, at += 4)
		put_be(out, four_digits(&d, at), 2);
	return true;
}

/* ---- dates and times ---- */

static bool
put_date(const struct value *v, struct buf *out)
{
	struct iso_time t;

	if (v->kind != VALUE_TEXT || !iso_parse(v->text, &t) || !t.date_only)
		return false;
	put_length(out, 4);
	put_be(out, (uint64_t)(int64_t)(t.local_day - EPOCH_DAY), 4);
	return true;
}

/* 2024-01-02 03:04:05.678 */
static bool
put_moment(struct span text, struct buf *out)
{
	enum { SHORTEST = sizeof("2024-01-02 03:04:05") - 1, DATE = sizeof("2024-01-02") - 1 };
	char iso[SHORTEST + 8];
	struct iso_time t;

	if (text.n < SHORTEST || text.n > sizeof(iso) || text.p[DATE] != ' ' || text.p[SHORTEST - 3] != ':')
		return false;
	for (size_t i = SHORTEST; i < text.n; i++)
		if (text.p[i] != '.' && (text.p[i] < '0' || text.p[i] > '9'))
			return false;
	memcpy(iso, text.p, text.n);
	iso[DATE] = 'T';
	if (!iso_parse((struct span){ iso, text.n }, &t) || t.nsec % 1000 != 0)
		return false;
	put_length(out, 8);
	put_be(out, (uint64_t)((t.sec - (int64_t)EPOCH_DAY * SECONDS_A_DAY) * 1000000 + t.nsec / 1000), 8);
	return true;
}

static bool
put_timestamp(const struct value *v, struct buf *out)
{
	return v->kind == VALUE_TEXT && put_moment(v->text, out);
}

static bool
put_timestamptz(const struct value *v, struct buf *out)
{
	struct span text = v->text;

	if (v->kind != VALUE_TEXT || text.n < 3 || memcmp(text.p + text.n - 3, "+00", 3) != 0)
		return false;
	text.n -= 3;
	return put_moment(text, out);
}

/* ---- arrays ---- */

const struct element element_text = { "text", 25, put_text };

const struct element *
element_of(enum abstract_type type)
{
	static const struct element is_bool = { "boolean", 16, put_bool }, int8 = { "bigint", 20, put_int8 };
	static const struct element float8 = { "double precision", 701, put_float8 }, numeric = { "numeric", 1700, put_numeric };
	static const struct element bytea = { "bytea", 17, put_bytea }, date = { "date", 1082, put_date };
	static const struct element timestamp = { "timestamp", 1114, put_timestamp };
	static const struct element timestamptz = { "timestamptz", 1184, put_timestamptz };
	/* shorter numbers become what they are when they are stored, where the server looks at their range */
	static const struct element *const of[ABS__N] = {
		[ABS_BOOL] = &is_bool, [ABS_INT16] = &int8, [ABS_INT32] = &int8, [ABS_INT64] = &int8, [ABS_UINT64] = &numeric,
		[ABS_DECIMAL] = &numeric, [ABS_FLOAT32] = &float8, [ABS_FLOAT64] = &float8, [ABS_BINARY] = &bytea, [ABS_DATE] = &date,
		[ABS_TIMESTAMP] = &timestamp, [ABS_TIMESTAMPTZ] = &timestamptz,
	};

	return of[type] == NULL ? &element_text : of[type];
}

static bool
any_null(const struct value *values, size_t stride, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (values[i * stride].kind == VALUE_NULL)
			return true;
	return false;
}

bool
array_put(const struct element *element, const struct value *values, size_t stride, size_t n, struct buf *out)
{
	put_be(out, 1, 4);		/* dimensions */
	put_be(out, any_null(values, stride, n), 4);
	put_be(out, element->oid, 4);
	put_be(out, n, 4);
	put_be(out, 1, 4);		/* the first one's number */
	for (size_t i = 0; i < n; i++) {
		const struct value *v = &values[i * stride];

		if (v->kind == VALUE_NULL)
			put_be(out, UINT32_MAX, 4);
		else if (!element->put(v, out))
			return false;
	}
	return true;
}

/* ---- markers ---- */

SQLRETURN
array_prepared(SQLHSTMT h)
{
	SQLSMALLINT type, digits, nullable;
	SQLULEN size;

	return SQLDescribeParam(h, 1, &type, &size, &digits, &nullable);
}

SQLRETURN
array_unbind(SQLHSTMT h)
{
	return SQLFreeStmt(h, SQL_RESET_PARAMS);
}
