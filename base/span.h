/* base/span.h - bytes and their number, borrowed from somebody
 *
 * Text that came from outside is a span: it may hold NUL and never needs a copy to be cut.
 * Names that we made ourselves are NUL-terminated strings.
 */
#ifndef CORDS_BASE_SPAN_H
#define CORDS_BASE_SPAN_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

struct span {
	const char *p;
	size_t n;
};

#define SPAN(lit) ((struct span){ "" lit "", sizeof(lit) - 1 })
#define SPAN_ARG(s) (int)(s).n, (s).p	/* for "%.*s" */

static inline struct span
span_of(const char *z)
{
	return (struct span){ z, z == NULL ? 0 : strlen(z) };
}

static inline bool
span_eq(struct span a, struct span b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

static inline bool
span_is(struct span a, const char *z)
{
	return span_eq(a, span_of(z));
}

/* byte order, which is code-point order for UTF-8; <0, 0, >0 */
static inline int
span_cmp(struct span a, struct span b)
{
	size_t n = a.n < b.n ? a.n : b.n;
	int d = n == 0 ? 0 : memcmp(a.p, b.p, n);

	return d != 0 ? d : (a.n > b.n) - (a.n < b.n);
}

/* ASCII letters alike in either case; other bytes exactly */
static inline bool
span_eq_nocase(struct span a, struct span b)
{
	if (a.n != b.n)
		return false;
	for (size_t i = 0; i < a.n; i++) {
		unsigned char x = (unsigned char)a.p[i];
		unsigned char y = (unsigned char)b.p[i];

		if (x >= 'A' && x <= 'Z')
			x |= 0x20;
		if (y >= 'A' && y <= 'Z')
			y |= 0x20;
		if (x != y)
			return false;
	}
	return true;
}

static inline bool
span_is_nocase(struct span a, const char *z)
{
	return span_eq_nocase(a, span_of(z));
}

static inline struct span
span_trim(struct span s)
{
	while (s.n > 0 && (s.p[0] == ' ' || s.p[0] == '\t'
	    || s.p[0] == '\n' || s.p[0] == '\r'))
		s.p++, s.n--;
	while (s.n > 0 && (s.p[s.n - 1] == ' ' || s.p[s.n - 1] == '\t'
	    || s.p[s.n - 1] == '\n' || s.p[s.n - 1] == '\r'))
		s.n--;
	return s;
}

/* what stands before the first end, or all of it; *rest goes on behind that */
static inline struct span
span_cut(struct span *rest, char end)
{
	const char *at = rest->n == 0 ? NULL : memchr(rest->p, end, rest->n);
	struct span before = { rest->p, at == NULL ? rest->n : (size_t)(at - rest->p) };
	size_t used = before.n + (at != NULL);

	rest->p += used;
	rest->n -= used;
	return before;
}

#endif
