/* base/jskip.h - where a token of valid JSON ends
 *
 * p is at the first byte of the token unless said otherwise, end after the last byte of the text.
 */
#ifndef CORDS_BASE_JSKIP_H
#define CORDS_BASE_JSKIP_H

#include "base/span.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

static inline const char *
jskip_blanks(const char *p, const char *end)
{
	while (p < end && (unsigned char)*p <= ' ')
		p++;
	return p;
}

/* p: after the opening quote; the place after the closing one */
static inline const char *
jskip_string(const char *p, const char *end)
{
	for (;;) {
#ifdef __SSE2__
		const __m128i quote = _mm_set1_epi8('"');
		const __m128i backslash = _mm_set1_epi8('\\');

		while (end - p >= 16) {
			__m128i x = _mm_loadu_si128((const __m128i *)(const void *)p);
			int found = _mm_movemask_epi8(_mm_or_si128(_mm_cmpeq_epi8(x, quote),
			    _mm_cmpeq_epi8(x, backslash)));

			if (found != 0) {
				p += __builtin_ctz((unsigned)found);
				break;
			}
			p += 16;
		}
#endif
		while (p < end && *p != '"' && *p != '\\')
			p++;
		if (p >= end)
			return end;
		if (*p == '"')
			return p + 1;
		p += 2;
	}
}

static inline const char *
jskip_number(const char *p, const char *end)
{
	while (p < end && ((*p >= '0' && *p <= '9') || *p == '.' || *p == '-' || *p == '+' || *p == 'e' || *p == 'E'))
		p++;
	return p;
}

const char *jskip_container(const char *p, const char *end);

/* p: at the first byte of a value; the place after its last */
static inline const char *
jskip_value(const char *p, const char *end)
{
	if (*p == '"')
		return jskip_string(p + 1, end);
	if (*p == '{' || *p == '[')
		return jskip_container(p, end);
	/* a number or a word: up to white space, a comma or a closing bracket */
	while (p < end && (unsigned char)*p > ' ' && *p != ',' && *p != ']' && *p != '}')
		p++;
	return p;
}

/* The next run of decoded bytes of a raw name or string; *p moves behind what it was made of.  It lies in the text or
 * in `room`.  Empty at the end. */
struct span jraw_run(const char **p, const char *end, char room[4]);

#endif
