/* sql/ixtext.c - values as texts that sort by their bytes
 *
 * Engines get valid UTF-8 without NUL, whatever a JSON string holds: U+0000 and halves of surrogate pairs are written in
 * other words that keep their place in the order of code points.
 *
 *   U+0000           01 01
 *   U+0001           01 02
 *   U+D7FF           itself, 02
 *   half surrogate   U+D7FF, 03, its last 11 bits in three hexadecimal digits
 *
 * Each character is written on its own, so the text of a prefix is a prefix of the text.
 */
#include "sql/ixtext.h"

#include "base/buf.h"

#include <inttypes.h>

/* moves the earliest day and second of the year 0001, in any time zone, above zero */
enum { DAY_BIAS = 1000000 };
#define SECOND_BIAS INT64_C(100000000000)

/* the byte begins something that cannot stand for itself: 00, 01, or ED 9F BF to ED BF BF */
static bool
is_odd(const char *p, const char *end)
{
	unsigned char c = (unsigned char)p[0];

	if (c <= 1)
		return true;
	return c == 0xed && end - p >= 3 && ((unsigned char)p[1] >= 0xa0
	    || ((unsigned char)p[1] == 0x9f && (unsigned char)p[2] == 0xbf));
}

static const char *
put_odd(struct buf *b, const char *p)
{
	unsigned code;

	if ((unsigned char)p[0] <= 1) {
		buf_char(b, 1);
		buf_char(b, (char)(p[0] + 1));
		return p + 1;
	}
	put_lit(b, "\xed\x9f\xbf");
	if ((unsigned char)p[1] == 0x9f) {
		buf_char(b, 2);
		return p + 3;
	}
	code = ((unsigned)p[1] & 0x1f) << 6 | ((unsigned)p[2] & 0x3f);
	buf_printf(b, "\x03%03x", code);
	return p + 3;
}

static void
put_text(struct buf *b, struct span s)
{
	const char *p = s.p, *end = s.p + s.n, *from = s.p;

	while (p < end) {
		if (!is_odd(p, end)) {
			p++;
			continue;
		}
		buf_add(b, from, (size_t)(p - from));
		from = p = put_odd(b, p);
	}
	buf_add(b, from, (size_t)(p - from));
}

/* the first n characters; all of them when n is 0 */
static struct span
first_chars(struct span s, size_t n)
{
	size_t at = 0;

	if (n == 0 || s.n <= n)
		return s;
	while (at < s.n) {
		if (n-- == 0)
			break;
		at++;
		while (at < s.n && ((unsigned char)s.p[at] & 0xc0) == 0x80)
			at++;
	}
	s.n = at;
	return s;
}

static void
begin(struct buf *b, struct arena *mem, size_t room)
{
	buf_init(b, mem);
	buf_reserve(b, room + 1);
	buf_char(b, '=');
}

struct span
ixtext_string(struct span decoded, struct arena *mem)
{
	struct buf b;

	begin(&b, mem, decoded.n);
	put_text(&b, decoded);
	return buf_text(&b);
}

struct span
ixtext_number(const struct dec *d, struct arena *mem)
{
	struct buf b;

	begin(&b, mem, d->digits.n + 32);
	dec_encode(d, &b);
	return buf_text(&b);
}

struct span
ixtext_day(int32_t day, struct arena *mem)
{
	struct buf b;

	begin(&b, mem, 16);
	buf_printf(&b, "%07" PRId32, day + DAY_BIAS);
	return buf_text(&b);
}

struct span
ixtext_instant(const struct iso_time *t, struct arena *mem)
{
	struct buf b;

	begin(&b, mem, 32);
	buf_printf(&b, "%012" PRId64 ".%09" PRId32, t->sec + SECOND_BIAS, t->nsec);
	return buf_text(&b);
}

/* the text that a scalar reads as with type varchar2 */
static struct span
as_string(struct span v, struct arena *mem)
{
	struct dec d;
	struct buf b;

	switch (jval_type(v)) {
	case J_STRING:
		return jstring_decode(v, mem);
	case J_NUMBER:
		if (!dec_parse(v, &d))
			return v;
		buf_init(&b, mem);
		dec_canonical(&d, &b);
		return buf_text(&b);
	default:
		return v;	/* true and false are their own words */
	}
}

static bool
as_number(struct span v, struct arena *mem, struct dec *out)
{
	switch (jval_type(v)) {
	case J_NUMBER:
		return dec_parse(v, out);
	case J_STRING:
		return dec_parse_text(jstring_decode(v, mem), out);
	default:
		return false;
	}
}

bool
ixtext_value(struct span v, enum datatype type, size_t max_chars, struct arena *mem, struct span *out)
{
	struct iso_time t;
	struct dec d;

	switch (type) {
	case TYPE_VARCHAR2:
		*out = ixtext_string(first_chars(as_string(v, mem), max_chars), mem);
		return true;
	case TYPE_NUMBER:
		if (!as_number(v, mem, &d))
			return false;
		*out = ixtext_number(&d, mem);
		return true;
	case TYPE_DATE:
	case TYPE_TIMESTAMP:
		if (jval_type(v) != J_STRING || !iso_parse(jstring_decode(v, mem), &t))
			return false;
		*out = type == TYPE_DATE ? ixtext_day(t.local_day, mem) : ixtext_instant(&t, mem);
		return true;
	}
	return false;
}
