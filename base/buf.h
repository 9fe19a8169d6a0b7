/* base/buf.h - bytes that grow in an arena */
#ifndef CORDS_BASE_BUF_H
#define CORDS_BASE_BUF_H

#include "base/arena.h"
#include "base/span.h"

#include <stdint.h>

struct buf {
	struct arena *mem;
	char *p;
	size_t n, cap;
};

void buf_init(struct buf *b, struct arena *mem);
void buf_reserve(struct buf *b, size_t more);	/* room for `more` bytes and a NUL */
void buf_add(struct buf *b, const void *p, size_t n);
void buf_addz(struct buf *b, const char *z);
void buf_span(struct buf *b, struct span s);
void buf_int(struct buf *b, int64_t v);
void buf_printf(struct buf *b, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* Constant text only: does not compile for a variable, so that SQL and markup are never put together from input. */
#define put_lit(b, s) buf_add((b), "" s "", sizeof(s) - 1)

/* buf_json - one JSON string with its quotes, of UTF-8 text; control bytes, quote and backslash escaped */
void buf_json(struct buf *b, struct span text);

static inline void
buf_char(struct buf *b, char c)
{
	if (b->cap - b->n <= 1)
		buf_reserve(b, 1);
	b->p[b->n++] = c;
}

const char *buf_z(struct buf *b);		/* NUL-terminated, borrowed until the next change */
static inline struct span
buf_text(const struct buf *b)
{
	return (struct span){ b->p == NULL ? "" : b->p, b->n };
}

#endif
