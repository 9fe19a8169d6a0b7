/* base/jcur.c - skipping is the inner loop of every scan over a collection, so it looks at 64 bytes at a time */
#include "base/jcur.h"

#include "base/decimal.h"

#include <stdint.h>
#include <stdlib.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

enum jtype
jval_type(struct span v)
{
	if (v.n == 0)
		return J_NONE;
	switch (v.p[0]) {
	case '{':
		return J_OBJECT;
	case '[':
		return J_ARRAY;
	case '"':
		return J_STRING;
	case 't':
		return J_TRUE;
	case 'f':
		return J_FALSE;
	case 'n':
		return J_NULL;
	default:
		return J_NUMBER;
	}
}

static inline const char *
blanks_end(const char *p, const char *end)
{
	while (p < end && (unsigned char)*p <= ' ')
		p++;
	return p;
}

struct span
jcur_root(struct span text)
{
	return span_trim(text);
}

/* p: after the opening quote; the place after the closing one */
static inline const char *
string_end(const char *p, const char *end)
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
static const char *
container_end(const char *p, const char *end)
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
static const char *
container_end(const char *p, const char *end)
{
	size_t depth = 0;

	while (p < end) {
		char c = *p++;

		if (c == '"')
			p = string_end(p, end);
		else if (c == '{' || c == '[')
			depth++;
		else if ((c == '}' || c == ']') && --depth == 0)
			return p;
	}
	return end;
}
#endif

/* p: at the first byte of a value; the place after its last */
static inline const char *
value_end(const char *p, const char *end)
{
	if (*p == '"')
		return string_end(p + 1, end);
	if (*p == '{' || *p == '[')
		return container_end(p, end);
	/* a number or a word: up to white space, a comma or a closing bracket */
	while (p < end && (unsigned char)*p > ' ' && *p != ',' && *p != ']' && *p != '}')
		p++;
	return p;
}

void
jiter_open(struct jiter *it, struct span container)
{
	if (jval_is_container(container))
		*it = (struct jiter){ container.p + 1, container.p + container.n - 1 };
	else
		*it = (struct jiter){ NULL, NULL };
}

/* the first byte of the next member or element; NULL at the end of the container */
static inline const char *
next_item(const struct jiter *it)
{
	const char *p = blanks_end(it->p, it->end);

	if (p >= it->end)
		return NULL;
	return *p == ',' ? blanks_end(p + 1, it->end) : p;
}

bool
jiter_member(struct jiter *it, struct span *raw_name, struct span *v)
{
	const char *p, *from;

	/* the byte at the end says which kind of container this is */
	if (it->p == NULL || *it->end != '}' || (p = next_item(it)) == NULL)
		return false;
	from = p + 1;
	p = string_end(from, it->end);
	*raw_name = (struct span){ from, (size_t)(p - 1 - from) };
	p = blanks_end(p, it->end);
	from = blanks_end(p + 1, it->end);
	it->p = value_end(from, it->end);
	*v = (struct span){ from, (size_t)(it->p - from) };
	return true;
}

bool
jiter_element(struct jiter *it, struct span *v)
{
	const char *from;

	if (it->p == NULL || *it->end != ']' || (from = next_item(it)) == NULL)
		return false;
	it->p = value_end(from, it->end);
	*v = (struct span){ from, (size_t)(it->p - from) };
	return true;
}

size_t
jarray_count(struct span array)
{
	struct jiter it;
	struct span v;
	size_t n = 0;

	jiter_open(&it, array);
	while (jiter_element(&it, &v))
		n++;
	return n;
}

bool
jmember(struct span object, struct span name, struct span *v)
{
	struct jiter it;
	struct span raw, value;
	bool found = false;

	jiter_open(&it, object);
	while (jiter_member(&it, &raw, &value))
		if (jname_eq(raw, name)) {
			*v = value;
			found = true;
		}
	return found;
}

static inline unsigned
hex4(const char *p)
{
	unsigned v = 0;

	for (int i = 0; i < 4; i++) {
		unsigned c = (unsigned char)p[i];

		v = v << 4 | (c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
	}
	return v;
}

static size_t
put_utf8(unsigned c, char out[4])
{
	if (c < 0x80) {
		out[0] = (char)c;
		return 1;
	}
	if (c < 0x800) {
		out[0] = (char)(0xc0 | c >> 6);
		out[1] = (char)(0x80 | (c & 0x3f));
		return 2;
	}
	if (c < 0x10000) {
		out[0] = (char)(0xe0 | c >> 12);
		out[1] = (char)(0x80 | (c >> 6 & 0x3f));
		out[2] = (char)(0x80 | (c & 0x3f));
		return 3;
	}
	out[0] = (char)(0xf0 | c >> 18);
	out[1] = (char)(0x80 | (c >> 12 & 0x3f));
	out[2] = (char)(0x80 | (c >> 6 & 0x3f));
	out[3] = (char)(0x80 | (c & 0x3f));
	return 4;
}

/* The bytes that the escape at *p stands for; *p moves behind it.  Two escapes that are a pair of surrogates are one
 * character. */
static size_t
decode_escape(const char **p, const char *end, char out[4])
{
	const char *q = *p + 2;
	unsigned c;

	*p = q;
	switch (q[-1]) {
	case 'b':
		out[0] = '\b';
		return 1;
	case 'f':
		out[0] = '\f';
		return 1;
	case 'n':
		out[0] = '\n';
		return 1;
	case 'r':
		out[0] = '\r';
		return 1;
	case 't':
		out[0] = '\t';
		return 1;
	case 'u':
		break;
	default:
		out[0] = q[-1];
		return 1;
	}
	c = hex4(q);
	q += 4;
	if (c >= 0xd800 && c < 0xdc00 && end - q >= 6 && q[0] == '\\' && q[1] == 'u') {
		unsigned low = hex4(q + 2);

		if (low >= 0xdc00 && low < 0xe000) {
			c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
			q += 6;
		}
	}
	*p = q;
	return put_utf8(c, out);
}

/* The next run of decoded bytes; it lies in the text or in `room`.  Empty at the end. */
static struct span
next_run(const char **p, const char *end, char room[4])
{
	const char *from = *p;
	const char *to;

	if (from < end && *from == '\\')
		return (struct span){ room, decode_escape(p, end, room) };
	to = from < end ? memchr(from, '\\', (size_t)(end - from)) : NULL;
	*p = to != NULL ? to : end;
	return (struct span){ from, (size_t)(*p - from) };
}

static bool
has_backslash(struct span s)
{
	return s.n > 0 && memchr(s.p, '\\', s.n) != NULL;
}

static int
raw_cmp(struct span raw, struct span decoded)
{
	const char *p = raw.p;
	const char *end = raw.p + raw.n;
	char room[4];

	for (;;) {
		struct span run = next_run(&p, end, room);
		size_t n = run.n < decoded.n ? run.n : decoded.n;
		int d = n == 0 ? 0 : memcmp(run.p, decoded.p, n);

		if (d != 0)
			return d;
		if (run.n == 0 || run.n > n)
			return run.n > n ? 1 : -(decoded.n > 0);
		decoded.p += n;
		decoded.n -= n;
	}
}

bool
jname_eq(struct span raw, struct span decoded)
{
	/* decoding never lengthens, so equal lengths mean that nothing is escaped */
	if (raw.n <= decoded.n)
		return span_eq(raw, decoded) && !has_backslash(raw);
	return has_backslash(raw) && raw_cmp(raw, decoded) == 0;
}

struct span
jraw_decode(struct span raw, struct arena *mem)
{
	const char *p = raw.p;
	const char *end = raw.p + raw.n;
	char room[4];
	struct span run;
	char *out;
	size_t n = 0;

	if (!has_backslash(raw))
		return raw;
	out = arena_alloc(mem, raw.n);
	while ((run = next_run(&p, end, room)).n > 0) {
		memcpy(out + n, run.p, run.n);
		n += run.n;
	}
	return (struct span){ out, n };
}

static struct span
unquoted(struct span quoted)
{
	return (struct span){ quoted.p + 1, quoted.n - 2 };
}

struct span
jstring_decode(struct span quoted, struct arena *mem)
{
	return jraw_decode(unquoted(quoted), mem);
}

int
jstring_cmp(struct span quoted, struct span decoded)
{
	return raw_cmp(unquoted(quoted), decoded);
}

static bool
strings_equal(struct span a, struct span b)
{
	const char *p = a.p, *p_end = a.p + a.n;
	const char *q = b.p, *q_end = b.p + b.n;
	char p_room[4], q_room[4];
	struct span x = { NULL, 0 }, y = { NULL, 0 };

	if (!has_backslash(a) && !has_backslash(b))
		return span_eq(a, b);
	for (;;) {
		size_t n;

		if (x.n == 0)
			x = next_run(&p, p_end, p_room);
		if (y.n == 0)
			y = next_run(&q, q_end, q_room);
		n = x.n < y.n ? x.n : y.n;
		if (n == 0)
			return x.n == y.n;
		if (memcmp(x.p, y.p, n) != 0)
			return false;
		x.p += n, x.n -= n;
		y.p += n, y.n -= n;
	}
}

struct member {
	struct span name;		/* decoded */
	struct span value;
	size_t place;
};

static int
member_cmp(const void *a, const void *b)
{
	const struct member *x = a, *y = b;
	int d = span_cmp(x->name, y->name);

	return d != 0 ? d : (x->place > y->place) - (x->place < y->place);
}

/* the members that count, by name */
static struct member *
sorted_members(struct span object, struct arena *mem, size_t *n_out)
{
	struct jiter it;
	struct span raw, value;
	struct member *all;
	size_t n = 0, kept = 0;

	jiter_open(&it, object);
	while (jiter_member(&it, &raw, &value))
		n++;
	all = arena_alloc(mem, arena_array_bytes(mem, n, sizeof(*all)));
	n = 0;
	jiter_open(&it, object);
	while (jiter_member(&it, &raw, &value)) {
		all[n] = (struct member){ jraw_decode(raw, mem), value, n };
		n++;
	}
	if (n > 1)
		qsort(all, n, sizeof(*all), member_cmp);
	for (size_t i = 0; i < n; i++)
		if (i + 1 == n || !span_eq(all[i].name, all[i + 1].name))
			all[kept++] = all[i];
	*n_out = kept;
	return all;
}

static bool values_equal(struct span a, struct span b, struct arena *mem);

static bool
objects_equal(struct span a, struct span b, struct arena *mem)
{
	struct arena_mark before = arena_mark(mem);
	size_t n_a, n_b;
	struct member *x = sorted_members(a, mem, &n_a);
	struct member *y = sorted_members(b, mem, &n_b);
	bool equal = n_a == n_b;

	for (size_t i = 0; equal && i < n_a; i++)
		equal = span_eq(x[i].name, y[i].name);
	for (size_t i = 0; equal && i < n_a; i++)
		equal = values_equal(x[i].value, y[i].value, mem);
	arena_rewind(mem, before);
	return equal;
}

static bool
arrays_equal(struct span a, struct span b, struct arena *mem)
{
	struct jiter i, j;
	struct span x, y;

	jiter_open(&i, a);
	jiter_open(&j, b);
	for (;;) {
		bool more = jiter_element(&i, &x);

		if (more != jiter_element(&j, &y))
			return false;
		if (!more)
			return true;
		if (!values_equal(x, y, mem))
			return false;
	}
}

static bool
values_equal(struct span a, struct span b, struct arena *mem)
{
	enum jtype type = jval_type(a);
	struct dec x, y;

	if (type != jval_type(b))
		return false;
	switch (type) {
	case J_NUMBER:
		return span_eq(a, b) || (dec_parse(a, &x) && dec_parse(b, &y) && dec_cmp(&x, &y) == 0);
	case J_STRING:
		return strings_equal(unquoted(a), unquoted(b));
	case J_ARRAY:
		return arrays_equal(a, b, mem);
	case J_OBJECT:
		return objects_equal(a, b, mem);
	default:
		return true;
	}
}

bool
jval_equal(struct span a, struct span b, struct arena *mem)
{
	return span_eq(a, b) || values_equal(a, b, mem);
}

void
jval_compact(struct span v, struct buf *out)
{
	const char *p = v.p;
	const char *end = v.p + v.n;
	const char *from;

	buf_reserve(out, v.n);
	while ((p = blanks_end(p, end)) < end) {
		from = p;
		while (p < end && (unsigned char)*p > ' ')
			p = *p == '"' ? string_end(p + 1, end) : p + 1;
		buf_add(out, from, (size_t)(p - from));
	}
}
