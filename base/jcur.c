/* base/jcur.c - iterating, finding and decoding */
#include "base/jcur.h"

#include "base/jskip.h"

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

struct span
jcur_root(struct span text)
{
	return span_trim(text);
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
	const char *p = jskip_blanks(it->p, it->end);

	if (p >= it->end)
		return NULL;
	return *p == ',' ? jskip_blanks(p + 1, it->end) : p;
}

bool
jiter_member(struct jiter *it, struct span *raw_name, struct span *v)
{
	const char *p, *from;

	/* the byte at the end says which kind of container this is */
	if (it->p == NULL || *it->end != '}' || (p = next_item(it)) == NULL)
		return false;
	from = p + 1;
	p = jskip_string(from, it->end);
	*raw_name = (struct span){ from, (size_t)(p - 1 - from) };
	p = jskip_blanks(p, it->end);
	from = jskip_blanks(p + 1, it->end);
	it->p = jskip_value(from, it->end);
	*v = (struct span){ from, (size_t)(it->p - from) };
	return true;
}

bool
jiter_element(struct jiter *it, struct span *v)
{
	const char *from;

	if (it->p == NULL || *it->end != ']' || (from = next_item(it)) == NULL)
		return false;
	it->p = jskip_value(from, it->end);
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

struct span
jraw_run(const char **p, const char *end, char room[4])
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
		struct span run = jraw_run(&p, end, room);
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
	while ((run = jraw_run(&p, end, room)).n > 0) {
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

void
jval_compact(struct span v, struct buf *out)
{
	const char *p = v.p;
	const char *end = v.p + v.n;
	const char *from;

	buf_reserve(out, v.n);
	while ((p = jskip_blanks(p, end)) < end) {
		from = p;
		while (p < end && (unsigned char)*p > ' ')
			p = *p == '"' ? jskip_string(p + 1, end) : p + 1;
		buf_add(out, from, (size_t)(p - from));
	}
}
