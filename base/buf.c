/* base/buf.c */
#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

void
buf_init(struct buf *b, struct arena *mem)
{
	*b = (struct buf){ .mem = mem };
}

void
buf_reserve(struct buf *b, size_t more)
{
	size_t cap = b->cap == 0 ? 256 : b->cap;

	if (b->cap - b->n > more)
		return;
	while (cap - b->n <= more)
		cap = cap < SIZE_MAX / 8 ? cap * 2 : SIZE_MAX / 4;
	b->p = arena_grow(b->mem, b->p, b->cap, cap);
	b->cap = cap;
}

void
buf_add(struct buf *b, const void *p, size_t n)
{
	if (n == 0)
		return;
	buf_reserve(b, n);
	memcpy(b->p + b->n, p, n);
	b->n += n;
}

void
buf_addz(struct buf *b, const char *z)
{
	buf_add(b, z, strlen(z));
}

void
buf_span(struct buf *b, struct span s)
{
	buf_add(b, s.p, s.n);
}

void
buf_int(struct buf *b, int64_t v)
{
	uint64_t left = v < 0 ? 0 - (uint64_t)v : (uint64_t)v;
	char digits[20], *p = digits + sizeof(digits);

	do {
		*--p = (char)('0' + left % 10);
		left /= 10;
	} while (left > 0);
	if (v < 0)
		*--p = '-';
	buf_add(b, p, (size_t)(digits + sizeof(digits) - p));
}

void
buf_printf(struct buf *b, const char *fmt, ...)
{
	va_list ap;
	int n;

	buf_reserve(b, 128);
	va_start(ap, fmt);
	n = vsnprintf(b->p + b->n, b->cap - b->n, fmt, ap);
	va_end(ap);
	if (n < 0)
		return;
	if ((size_t)n >= b->cap - b->n) {
		buf_reserve(b, (size_t)n + 1);
		va_start(ap, fmt);
		vsnprintf(b->p + b->n, b->cap - b->n, fmt, ap);
		va_end(ap);
	}
	b->n += (size_t)n;
}

/* ---- strings of JSON ---- */

enum {
	STEP = 16,			/* bytes that are copied before it is known how many of them stand as they are */
	ESCAPE_MOST = 6
};

/* The bytes from p on that stand in a string as they are; how many?  Up to STEP more may be written behind them. */
static size_t
copy_plain(const char *p, size_t n, char *to)
{
	size_t i = 0;

#ifdef __SSE2__
	const __m128i quote = _mm_set1_epi8('"'), backslash = _mm_set1_epi8('\\'), del = _mm_set1_epi8(0x7f);
	const __m128i last_control = _mm_set1_epi8(0x1f);

	for (; n - i >= STEP; i += STEP) {
		__m128i x = _mm_loadu_si128((const __m128i *)(const void *)(p + i));
		__m128i special = _mm_or_si128(_mm_cmpeq_epi8(_mm_min_epu8(x, last_control), x),
		    _mm_or_si128(_mm_cmpeq_epi8(x, del), _mm_or_si128(_mm_cmpeq_epi8(x, quote), _mm_cmpeq_epi8(x, backslash))));
		int found = _mm_movemask_epi8(special);

		_mm_storeu_si128((__m128i *)(void *)(to + i), x);
		if (found != 0)
			return i + (size_t)__builtin_ctz((unsigned)found);
	}
#endif
	for (; i < n && (unsigned char)p[i] >= 0x20 && p[i] != '"' && p[i] != '\\' && p[i] != 0x7f; i++)
		to[i] = p[i];
	return i;
}

/* how many bytes it takes */
static size_t
put_escape(unsigned char c, char *to)
{
	static const char hex[] = "0123456789abcdef";

	*to++ = '\\';
	switch (c) {
	case '"':
	case '\\':
		*to = (char)c;
		return 2;
	case '\n':
		*to = 'n';
		return 2;
	case '\t':
		*to = 't';
		return 2;
	case '\r':
		*to = 'r';
		return 2;
	default:
		memcpy(to, "u00", 3);
		to[3] = hex[c >> 4];
		to[4] = hex[c & 15];
		return ESCAPE_MOST;
	}
}

void
buf_json(struct buf *b, struct span text)
{
	buf_reserve(b, text.n + 2 + STEP + ESCAPE_MOST);
	b->p[b->n++] = '"';
	for (size_t i = 0;;) {
		size_t n = copy_plain(text.p + i, text.n - i, b->p + b->n);

		i += n;
		b->n += n;
		if (i == text.n)
			break;
		b->n += put_escape((unsigned char)text.p[i++], b->p + b->n);
		if (b->cap - b->n <= text.n - i + 1 + STEP + ESCAPE_MOST)
			buf_reserve(b, text.n - i + 1 + STEP + ESCAPE_MOST);
	}
	b->p[b->n++] = '"';
}

const char *
buf_z(struct buf *b)
{
	buf_reserve(b, 1);
	b->p[b->n] = '\0';
	return b->p;
}
