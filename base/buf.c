/* base/buf.c */
#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>

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
buf_char(struct buf *b, char c)
{
	buf_reserve(b, 1);
	b->p[b->n++] = c;
}

void
buf_int(struct buf *b, int64_t v)
{
	char digits[24];
	int n = snprintf(digits, sizeof(digits), "%lld", (long long)v);

	buf_add(b, digits, (size_t)n);
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

void
buf_json(struct buf *b, struct span text)
{
	static const char hex[] = "0123456789abcdef";
	size_t from = 0;

	buf_char(b, '"');
	for (size_t i = 0; i < text.n; i++) {
		unsigned char c = (unsigned char)text.p[i];

		if (c >= 0x20 && c != '"' && c != '\\' && c != 0x7f)
			continue;
		buf_add(b, text.p + from, i - from);
		from = i + 1;
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
	buf_add(b, text.p + from, text.n - from);
	buf_char(b, '"');
}

const char *
buf_z(struct buf *b)
{
	buf_reserve(b, 1);
	b->p[b->n] = '\0';
	return b->p;
}
