/* sql/parsed.c - a document as an engine keeps it in parsed form */
#include "sql/parsed.h"

#include "base/buf.h"
#include "base/jcur.h"
#include "base/jskip.h"
#include "base/scan.h"

enum {
	MOST_BYTES = 16 * 1024 * 1024,	/* jsonb of many short numbers takes six times as much, and has at most 256 MiB */
	MOST_DEPTH = 500,		/* the server recurses; by default its stack has room for some thousands */
	MOST_TEXT = 4 * PARSED_CHARS,	/* bytes of a string that is kept whole: one that is longer has more characters than are kept */
	MOST_ESCAPED = 6 * MOST_TEXT,	/* bytes of what is kept of another one, as JSON */
	MOST_DIGITS = 1000		/* of a number, and zeros before or behind them; numeric has 16383 behind the point */
};

struct maker {
	struct span json;
	size_t kept;			/* what of it stands in b already */
	struct buf b;			/* not used as long as nothing is changed */
	size_t depth;
};

bool
parsed_has_number(const struct dec *d)
{
	return d->digits.n <= MOST_DIGITS && d->point <= MOST_DIGITS && d->point >= -MOST_DIGITS;
}

bool
parsed_has_text(struct span text)
{
	return memchr(text.p, '\0', text.n) == NULL && utf8_valid(text);
}

struct span
parsed_begin(struct span text)
{
	size_t n_chars = 0, n = 0;

	while (n < text.n && (n_chars += ((unsigned char)text.p[n] & 0xc0) != 0x80) <= PARSED_CHARS)
		n++;
	return (struct span){ text.p, n };
}

struct span
parsed_kept(struct span text)
{
	return text.n <= MOST_TEXT ? text : parsed_begin(text);
}

bool
parsed_begins_number(struct span text)
{
	return text.n == 0 || (text.p[0] != '\0' && strchr("0123456789+-. \t\n\r", text.p[0]) != NULL);
}

bool
parsed_occurs_in_number(struct span text)
{
	for (size_t i = 0; i < text.n; i++)
		if (text.p[i] == '\0' || strchr("0123456789+-.eE \t\n\r", text.p[i]) == NULL)
			return false;
	return true;
}

static bool
is_name(struct span json, size_t behind)
{
	while (behind < json.n && (unsigned char)json.p[behind] <= ' ')
		behind++;
	return behind < json.n && json.p[behind] == ':';
}

/* what stands before a value that is replaced */
static void
copy_before(struct maker *m, size_t from, size_t end, struct arena *mem)
{
	if (m->b.mem == NULL) {
		buf_init(&m->b, mem);
		buf_reserve(&m->b, m->json.n - (end - from) + MOST_ESCAPED);
	}
	buf_add(&m->b, m->json.p + m->kept, from - m->kept);
	m->kept = end;
}

static void
put_begin(struct maker *m, size_t from, size_t end, struct span begin, struct arena_mark decoded, struct arena *mem)
{
	char kept[MOST_TEXT];

	memcpy(kept, begin.p, begin.n);
	arena_rewind(mem, decoded);
	copy_before(m, from, end, mem);
	buf_json(&m->b, (struct span){ kept, begin.n });
}

static bool
take_string(struct maker *m, size_t from, size_t end, struct arena *mem)
{
	struct span quoted = { m->json.p + from, end - from };
	struct arena_mark before = arena_mark(mem);
	struct span text = { quoted.p + 1, quoted.n - 2 };
	struct dec number;
	bool ok = true;

	if (memchr(text.p, '\\', text.n) != NULL) {
		text = jstring_decode(quoted, mem);
		ok = parsed_has_text(text);
	}
	if (!ok || text.n == 0 || is_name(m->json, end)) {
		arena_rewind(mem, before);
		return ok;
	}
	if (parsed_begins_number(text) && dec_parse_text(text, &number)) {
		ok = parsed_has_number(&number);
		if (ok) {
			copy_before(m, from, end, mem);		/* behind the decoded text, which stays: few strings get here */
			dec_canonical(&number, &m->b);
		}
		return ok;
	}
	if (text.n > MOST_TEXT)
		put_begin(m, from, end, parsed_begin(text), before, mem);
	else
		arena_rewind(mem, before);
	return true;
}

static bool
take_number(const struct maker *m, size_t from, size_t end)
{
	struct dec number;

	return dec_parse((struct span){ m->json.p + from, end - from }, &number) && parsed_has_number(&number);
}

static bool
make(struct maker *m, struct arena *mem)
{
	const struct span json = m->json;
	size_t at = 0, end;

	while (at < json.n) {
		char c = json.p[at];

		end = at + 1;
		if (c == '"') {
			end = (size_t)(jskip_string(json.p + at + 1, json.p + json.n) - json.p);
			if (!take_string(m, at, end, mem))
				return false;
		} else if (c == '-' || (c >= '0' && c <= '9')) {
			end = (size_t)(jskip_number(json.p + at, json.p + json.n) - json.p);
			if (!take_number(m, at, end))
				return false;
		} else if (c == '{' || c == '[') {
			if (++m->depth > MOST_DEPTH)
				return false;
		} else if (c == '}' || c == ']') {
			m->depth--;
		}
		at = end;
	}
	return true;
}

struct span
parsed_of(struct span json, struct arena *mem)
{
	struct maker m = { .json = json };

	if (json.n > MOST_BYTES || !make(&m, mem))
		return (struct span){ NULL, 0 };
	if (m.b.mem == NULL)
		return json;
	buf_add(&m.b, json.p + m.kept, json.n - m.kept);
	return buf_text(&m.b);
}
