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

/* How many bytes from p on stand in a string of JSON as they are? */
static size_t
plain(const char *p, size_t n)
{
	size_t i = 0;

#ifdef __SSE2__
	const __m128i quote = _mm_set1_epi8('"'), backslash = _mm_set1_epi8('\\'), del = _mm_set1_epi8(0x7f);
	const __m128i last_control = _mm_set1_epi8(0x1f);

	for (; n - i >= 16; i += 16) {
		__m128i x = _mm_loadu_si128((const __m128i *)(const void *)(p + i));
		__m128i special = _mm_or_si128(_mm_cmpeq_epi8(_mm_min_epu8(x, last_control), x),
		    _mm_or_si128(_mm_cmpeq_epi8(x, del), _mm_or_si128(_mm_cmpeq_epi8(x, quote), _mm_cmpeq_epi8(x, backslash))));
		int found = _mm_movemask_epi8(special);

		if (found != 0)
			return i + (size_t)__builtin_ctz((unsigned)found);
	}
#endif
	while (i < n && (unsigned char)p[i] >= 0x20 && p[i] != '"' && p[i] != '\\' && p[i] != 0x7f)
		i++;
	return i;
}

void
buf_json(struct buf *b, struct span text)
{
	static const char hex[] = "0123456789abcdef";

	buf_reserve(b, text.n + 2);
	buf_char(b, '"');
	for (size_t i = 0; ; i++) {
		size_t n = plain(text.p + i, text.n - i);
		unsigned char c;

		buf_add(b, text.p + i, n);
		i += n;
		if (i == text.n)
			break;
		c = (unsigned char)text.p[i];
		switch (c) {
		case '"':
			put_lit(b, "\\\"");
			break;
		case '\\':
			put_lit(b, "\\\\");
			break;
		case '\n':
			put_lit(b, "\\n");
			break;
		case '\t':
			put_lit(b, "\\t");
			break;
		case '\r':
			put_lit(b, "\\r");
			break;
		default:
			put_lit(b, "\\u00");
			buf_char(b, hex[c >> 4]);
			buf_char(b, hex[c & 15]);
		}
	}
	buf_char(b, '"');
}

const char *
buf_z(struct buf *b)
{
	buf_reserve(b, 1);
	b->p[b->n] = '\0';
	return b->p;
}
