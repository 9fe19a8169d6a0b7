/* soda/casemap.c - upper and lower case, the same in every locale */
#include "soda/casemap.h"

#include "base/buf.h"

struct row {			/* first, first + step ... last are moved by delta */
	uint32_t first, last, step;
	int32_t delta;
};

#define LOWER(first, last, step, delta)
#define UPPER(first, last, step, delta) { first, last, step, delta },
static const struct row upper[] = {
#include "soda/casemap.def"
};
#undef LOWER
#undef UPPER

#define LOWER(first, last, step, delta) { first, last, step, delta },
#define UPPER(first, last, step, delta)
static const struct row lower[] = {
#include "soda/casemap.def"
};
#undef LOWER
#undef UPPER

static uint32_t
look_up(const struct row *rows, size_t n, uint32_t c)
{
	while (n > 0) {
		size_t half = n / 2;

		if (c > rows[half].last) {
			rows += half + 1;
			n -= half + 1;
		} else if (c < rows[half].first) {
			n = half;
		} else {
			return (c - rows[half].first) % rows[half].step == 0
			    ? (uint32_t)((int32_t)c + rows[half].delta) : c;
		}
	}
	return c;
}

/* the character at p, of valid UTF-8; its length */
static size_t
get(const char *p, uint32_t *c)
{
	const unsigned char *u = (const unsigned char *)p;

	if (u[0] < 0xe0) {
		*c = (u[0] & 0x1fu) << 6 | (u[1] & 0x3fu);
		return 2;
	}
	if (u[0] < 0xf0) {
		*c = (u[0] & 0x0fu) << 12 | (u[1] & 0x3fu) << 6 | (u[2] & 0x3fu);
		return 3;
	}
	*c = (u[0] & 0x07u) << 18 | (u[1] & 0x3fu) << 12 | (u[2] & 0x3fu) << 6 | (u[3] & 0x3fu);
	return 4;
}

static void
put(struct buf *b, uint32_t c)
{
	if (c < 0x80) {
		buf_char(b, (char)c);
		return;
	}
	if (c < 0x800) {
		buf_char(b, (char)(0xc0 | c >> 6));
	} else {
		if (c < 0x10000) {
			buf_char(b, (char)(0xe0 | c >> 12));
		} else {
			buf_char(b, (char)(0xf0 | c >> 18));
			buf_char(b, (char)(0x80 | (c >> 12 & 0x3f)));
		}
		buf_char(b, (char)(0x80 | (c >> 6 & 0x3f)));
	}
	buf_char(b, (char)(0x80 | (c & 0x3f)));
}

static struct span
map(struct span text, const struct row *rows, size_t n_rows, char first, struct arena *mem)
{
	struct buf b;

	buf_init(&b, mem);
	buf_reserve(&b, text.n);
	for (size_t i = 0; i < text.n; ) {
		unsigned char c = (unsigned char)text.p[i];
		uint32_t wide;

		if (c < 0x80) {
			buf_char(&b, (char)(c >= (unsigned char)first && c < (unsigned char)first + 26 ? c ^ 0x20 : c));
			i++;
		} else {
			i += get(text.p + i, &wide);
			put(&b, look_up(rows, n_rows, wide));
		}
	}
	return buf_text(&b);
}

struct span
case_upper(struct span text, struct arena *mem)
{
	return map(text, upper, sizeof(upper) / sizeof(*upper), 'a', mem);
}

struct span
case_lower(struct span text, struct arena *mem)
{
	return map(text, lower, sizeof(lower) / sizeof(*lower), 'A', mem);
}

uint32_t
case_fold(uint32_t c)
{
	if (c < 0x80)
		return c >= 'A' && c <= 'Z' ? c | 0x20 : c;
	c = look_up(upper, sizeof(upper) / sizeof(*upper), c);
	if (c < 0x80)
		return c >= 'A' && c <= 'Z' ? c | 0x20 : c;
	return look_up(lower, sizeof(lower) / sizeof(*lower), c);
}
