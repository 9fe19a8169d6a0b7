/* base/jskip.c - skipping is the inner loop of every scan over a collection, so it looks at 64 bytes at a time */
#include "base/jskip.h"

#include <stdint.h>

#ifdef __SSE2__
/* One bit per byte of a block of 64. */
struct block {
	uint64_t quotes, backslashes, opens, closes;
};

static inline void
look(const char *p, struct block *b)
{
	const __m128i quote = _mm_set1_epi8('"');
	const __m128i backslash = _mm_set1_epi8('\\');
	const __m128i lower = _mm_set1_epi8(0x20);
	const __m128i open = _mm_set1_epi8('{');
	const __m128i close = _mm_set1_epi8('}');

	*b = (struct block){ 0 };
	for (int i = 0; i < 64; i += 16) {
		__m128i x = _mm_loadu_si128((const __m128i *)(const void *)(p + i));
		/* with that bit set a bracket is a brace, and nothing else becomes one */
		__m128i y = _mm_or_si128(x, lower);

		b->quotes |= (uint64_t)(unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(x, quote)) << i;
		b->backslashes |= (uint64_t)(unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(x, backslash)) << i;
		b->opens |= (uint64_t)(unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(y, open)) << i;
		b->closes |= (uint64_t)(unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(y, close)) << i;
	}
}

static inline unsigned
count_bits(uint64_t x)
{
	x -= x >> 1 & 0x5555555555555555u;
	x = (x & 0x3333333333333333u) + (x >> 2 & 0x3333333333333333u);
	x = (x + (x >> 4)) & 0x0f0f0f0f0f0f0f0fu;
	return (unsigned)(x * 0x0101010101010101u >> 56);
}

/* p: at the opening bracket; the place after the closing one */
const char *
jskip_container(const char *p, const char *end)
{
	char tail[64];
	struct block b;
	size_t depth = 0;
	uint64_t in_string = 0;		/* all ones: the block begins inside a string */
	uint64_t escaped = 0;		/* 1: the first byte of the block is escaped */

	for (; p < end; p += 64) {
		uint64_t inside;

		if (end - p >= 64) {
			look(p, &b);
		} else {
			memset(tail, ' ', sizeof(tail));
			memcpy(tail, p, (size_t)(end - p));
			look(tail, &b);
		}
		if ((b.backslashes | escaped) != 0) {
			uint64_t left = b.backslashes & ~escaped;
			uint64_t off = escaped;

			escaped = 0;
			while (left != 0) {
				uint64_t bit = left & -left;

				off |= bit << 1;
				escaped |= bit >> 63;
				left &= ~(bit | bit << 1);
			}
			b.quotes &= ~off;
		}
		/* a bit is set when the number of quotes up to there is odd */
		inside = b.quotes;
		for (int shift = 1; shift < 64; shift *= 2)
			inside ^= inside << shift;
		inside ^= in_string;
		in_string = inside >> 63 ? UINT64_MAX : 0;
		b.opens &= ~inside;
		b.closes &= ~inside;
		if (count_bits(b.closes) < depth) {
			depth += count_bits(b.opens);
			depth -= count_bits(b.closes);
			continue;
		}
		for (uint64_t left = b.opens | b.closes; left != 0; left &= left - 1) {
			if (b.opens & left & -left)
				depth++;
			else if (--depth == 0)
				return p + __builtin_ctzll(left) + 1;
		}
	}
	return end;
}
#else
const char *
jskip_container(const char *p, const char *end)
{
	size_t depth = 0;

	while (p < end) {
		char c = *p++;

		if (c == '"')
			p = jskip_string(p, end);
		else if (c == '{' || c == '[')
			depth++;
		else if ((c == '}' || c == ']') && --depth == 0)
			return p;
	}
	return end;
}
#endif
