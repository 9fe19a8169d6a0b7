/* base/scan.c - a state machine over bytes with its own stack
 *
 * One word per open container, and the member names of the objects that are open: names of the innermost object lie on
 * top, so closing it takes them off.  Up to FEW names are compared one by one; a larger object has a table of keyed
 * hashes, because whoever sends a document chooses its names.
 */
#include "base/scan.h"

#include "base/jcur.h"
#include "base/siphash.h"
#include "base/where.h"

#include <stdint.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

enum { FEW = 16, LEVELS_AT_HAND = 64, NAMES_AT_HAND = 64, LONGEST_TEXT = 1 << 30 };

/* a word per level: index of the object's first name, and what kind of container it is */
#define IS_OBJECT 1u
#define HAS_TABLE 2u
#define FIRST_NAME(word) ((word) >> 2)

struct name {
	const char *p;			/* decoded */
	uint32_t n, hash;
};

struct slot {
	uint32_t round;			/* filled for another object when this is not the table's round */
	uint32_t name;
};

struct table {
	struct slot *slots;
	uint32_t mask, round;
};

struct scanner {
	const char *start, *end;	/* start: where offsets count from */
	const struct scan_limits *limits;
	struct arena *mem;
	struct scan_info *info;
	struct err *e;

	uint32_t *levels;
	size_t depth, cap_levels;
	struct name *names;
	size_t n_names, cap_names;
	struct table *tables;		/* of the large objects open now, outermost first */
	size_t n_tables, cap_tables;
	uint32_t rounds;
	bool watch_names;
};

static struct where
where(struct scanner *s, const char *at)
{
	s->info->wrong = at;
	return where_say((struct span){ s->start, (size_t)(s->end - s->start) }, (size_t)(at - s->start));
}

static bool
fail(struct scanner *s, const char *at, const char *what)
{
	return err_set(s->e, ERR_BAD_JSON, at == s->end ? "not JSON: the text ends where %s, at %s" : "not JSON: %s at %s", what,
	    where(s, at).text);
}

/* Length of the UTF-8 sequence at p, whose first byte is not ASCII; 0 when it is none. */
static inline size_t
utf8_sequence(const char *text, const char *end)
{
	const unsigned char *p = (const unsigned char *)text;
	size_t left = (size_t)(end - text);

	if (p[0] < 0xc2)
		return 0;
	if (p[0] < 0xe0)
		return left >= 2 && (p[1] & 0xc0) == 0x80 ? 2 : 0;
	if (p[0] < 0xf0) {
		if (left < 3 || (p[1] & 0xc0) != 0x80 || (p[2] & 0xc0) != 0x80)
			return 0;
		if ((p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xed && p[1] > 0x9f))
			return 0;
		return 3;
	}
	if (p[0] > 0xf4 || left < 4 || (p[1] & 0xc0) != 0x80 || (p[2] & 0xc0) != 0x80 || (p[3] & 0xc0) != 0x80)
		return 0;
	if ((p[0] == 0xf0 && p[1] < 0x90) || (p[0] == 0xf4 && p[1] > 0x8f))
		return 0;
	return 4;
}

bool
utf8_valid(struct span text)
{
	const char *p = text.p;
	const char *end = text.p + text.n;

	while (p < end) {
		size_t n = 1;
#ifdef __SSE2__
		while (end - p >= 16 && _mm_movemask_epi8(_mm_loadu_si128((const __m128i *)(const void *)p)) == 0)
			p += 16;
		if (p == end)
			break;
#endif
		if ((unsigned char)*p >= 0x80 && (n = utf8_sequence(p, end)) == 0)
			return false;
		p += n;
	}
	return true;
}

/* The first byte at or after p that is not a plain ASCII character of a string. */
static inline const char *
plain_end(const char *p, const char *end)
{
#ifdef __SSE2__
	const __m128i quote = _mm_set1_epi8('"');
	const __m128i backslash = _mm_set1_epi8('\\');
	const __m128i space = _mm_set1_epi8(' ');

	for (; end - p >= 16; p += 16) {
		__m128i x = _mm_loadu_si128((const __m128i *)(const void *)p);
		/* signed: bytes from 0x80 are less than a space, too */
		__m128i special = _mm_or_si128(_mm_cmplt_epi8(x, space),
		    _mm_or_si128(_mm_cmpeq_epi8(x, quote), _mm_cmpeq_epi8(x, backslash)));
		int found = _mm_movemask_epi8(special);

		if (found != 0)
			return p + __builtin_ctz((unsigned)found);
	}
#endif
	while (p < end && (unsigned char)(*p - 0x20) < 0x60 && *p != '"' && *p != '\\')
		p++;
	return p;
}

static bool
is_hex(char c)
{
	return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'f');
}

/* What follows a backslash; NULL when it is no escape. */
static const char *
escape_end(struct scanner *s, const char *p)
{
	static const char letters[] = "\"\\/bfnrt";

	s->info->has_escape = true;
	if (p == s->end) {
		fail(s, p, "an escape is expected");
		return NULL;
	}
	if (*p == 'u') {
		for (int i = 1; i <= 4; i++)
			if (p + i == s->end || !is_hex(p[i])) {
				fail(s, p + i, "four hexadecimal digits are expected");
				return NULL;
			}
		return p + 5;
	}
	if (*p == '\0' || strchr(letters, *p) == NULL) {
		fail(s, p, "unknown escape");
		return NULL;
	}
	return p + 1;
}

/* The rest of a string from its first byte that is not plain; NULL on failure. */
static __attribute__((noinline)) const char *
string_rest(struct scanner *s, const char *p)
{
	const char *end = s->end;
	size_t n;

	for (;; p = plain_end(p, end)) {
		while (p < end && (unsigned char)*p >= 0x80) {
			n = utf8_sequence(p, end);
			if (n == 0) {
				err_set(s->e, ERR_BAD_JSON, "not JSON: not UTF-8 at %s", where(s, p).text);
				return NULL;
			}
			p += n;
		}
		if (p == end) {
			fail(s, p, "the end of a string is expected");
			return NULL;
		}
		if (*p == '"')
			return p + 1;
		if (*p == '\\') {
			p = escape_end(s, p + 1);
			if (p == NULL)
				return NULL;
		} else if ((unsigned char)*p < 0x20) {
			fail(s, p, "control character in a string");
			return NULL;
		}
	}
}

/* p: after the opening quote; returns the place after the closing one, NULL on failure */
static inline const char *
string_end(struct scanner *s, const char *p)
{
	p = plain_end(p, s->end);
	return p < s->end && *p == '"' ? p + 1 : string_rest(s, p);
}

static inline bool
is_digit(const char *p, const char *end)
{
	return p < end && (unsigned char)(*p - '0') < 10;
}

static inline const char *
digits_end(const char *p, const char *end)
{
	while (is_digit(p, end))
		p++;
	return p;
}

/* the place after a number; NULL on failure */
static inline const char *
number_end(struct scanner *s, const char *p)
{
	const char *end = s->end;

	if (*p == '-')
		p++;
	if (!is_digit(p, end)) {
		fail(s, p, "a digit is expected");
		return NULL;
	}
	if (*p == '0' && is_digit(p + 1, end)) {
		fail(s, p, "a number begins with a superfluous zero");
		return NULL;
	}
	p = digits_end(p + 1, end);
	if (p < end && *p == '.') {
		if (!is_digit(p + 1, end)) {
			fail(s, p + 1, "a digit is expected");
			return NULL;
		}
		p = digits_end(p + 2, end);
	}
	if (p < end && (*p == 'e' || *p == 'E')) {
		p++;
		if (p < end && (*p == '+' || *p == '-'))
			p++;
		if (!is_digit(p, end)) {
			fail(s, p, "a digit is expected");
			return NULL;
		}
		p = digits_end(p + 1, end);
	}
	return p;
}

static const char *
word_end(struct scanner *s, const char *p, const char *word, size_t n)
{
	if ((size_t)(s->end - p) < n || memcmp(p, word, n) != 0) {
		err_set(s->e, ERR_BAD_JSON, "not JSON: a value is expected at %s", where(s, p).text);
		return NULL;
	}
	return p + n;
}

static inline const char *
blanks_end(const char *p, const char *end)
{
	while (p < end && (unsigned char)*p <= ' ' && (*p == ' ' || *p == '\n' || *p == '\r' || *p == '\t'))
		p++;
	return p;
}

/* Tells most names apart that are not equal: their length, beginning and end. */
static inline uint32_t
quick_hash(const char *p, size_t n)
{
	uint32_t head, tail;

	if (n >= 4) {
		memcpy(&head, p, 4);
		memcpy(&tail, p + n - 4, 4);
		return (head * 31 ^ tail) * 31 + (uint32_t)n;
	}
	head = n > 0 ? (unsigned char)p[0] : 0;
	tail = n > 1 ? (uint32_t)(unsigned char)p[1] << 8 | (unsigned char)p[n - 1] : 0;
	return (head << 16 ^ tail) * 31 + (uint32_t)n;
}

/* Looks for a name in the table; where it is absent, notes it as the one with index `add`. */
static bool
table_has(struct scanner *s, struct table *t, const struct name *name, uint32_t add)
{
	for (uint32_t i = name->hash & t->mask;; i = (i + 1) & t->mask) {
		struct slot *slot = &t->slots[i];
		const struct name *other;

		if (slot->round != t->round) {
			*slot = (struct slot){ .round = t->round, .name = add };
			return false;
		}
		other = &s->names[slot->name];
		if (other->hash == name->hash && other->n == name->n && memcmp(other->p, name->p, name->n) == 0)
			return true;
	}
}

static void
table_fill(struct scanner *s, struct table *t, uint32_t first, uint32_t n_slots)
{
	if (n_slots > t->mask + (t->slots != NULL)) {
		t->slots = ARENA_ARRAY(s->mem, struct slot, n_slots);
		t->mask = n_slots - 1;
	}
	t->round = ++s->rounds;
	for (size_t i = first; i < s->n_names; i++)
		table_has(s, t, &s->names[i], (uint32_t)i);
}

/* The object has become large: its names move from the quick hash to a table. */
static void
table_open(struct scanner *s, uint32_t first)
{
	for (size_t i = first; i < s->n_names; i++)
		s->names[i].hash = siphash(s->names[i].p, s->names[i].n);
	if (s->n_tables == s->cap_tables) {
		size_t cap = s->cap_tables == 0 ? 8 : s->cap_tables * 2;

		s->tables = arena_grow(s->mem, s->tables, s->cap_tables * sizeof(*s->tables),
		    arena_array_bytes(s->mem, cap, sizeof(*s->tables)));
		memset(s->tables + s->cap_tables, 0, (cap - s->cap_tables) * sizeof(*s->tables));
		s->cap_tables = cap;
	}
	table_fill(s, &s->tables[s->n_tables++], first, FEW * 4);
}

static void
more_names(struct scanner *s)
{
	size_t size = arena_array_bytes(s->mem, s->cap_names, sizeof(*s->names));
	struct name *names = arena_alloc(s->mem, size * 2);

	memcpy(names, s->names, size);
	s->names = names;
	s->cap_names *= 2;
}

static bool
is_duplicate(struct scanner *s, struct name *name, uint32_t *level)
{
	uint32_t first = FIRST_NAME(*level);
	struct table *t;

	if (!(*level & HAS_TABLE)) {
		name->hash = quick_hash(name->p, name->n);
		for (size_t i = first; i < s->n_names; i++) {
			const struct name *other = &s->names[i];

			if (other->hash == name->hash && other->n == name->n
			    && memcmp(other->p, name->p, name->n) == 0)
				return true;
		}
		if (s->n_names - first < FEW)
			return false;
		table_open(s, first);
		*level |= HAS_TABLE;
	}
	t = &s->tables[s->n_tables - 1];
	if ((s->n_names - first) * 2 > t->mask)
		table_fill(s, t, first, (t->mask + 1) * 4);
	name->hash = siphash(name->p, name->n);
	return table_has(s, t, name, (uint32_t)s->n_names);
}

static bool
fail_duplicate(struct scanner *s, struct span raw)
{
	size_t n = raw.n;

	if (n > 120)
		for (n = 120; ((unsigned char)raw.p[n] & 0xc0) == 0x80; n--)
			;
	return err_set(s->e, ERR_BAD_JSON, "not JSON: duplicate member name \"%.*s\" at %s", (int)n, raw.p, where(s, raw.p - 1).text);
}

/* raw: the name between its quotes */
static bool
note_name(struct scanner *s, struct span raw)
{
	struct name name = { .p = raw.p, .n = (uint32_t)raw.n };

	if (s->info->has_escape) {
		struct span decoded = jraw_decode(raw, s->mem);

		name.p = decoded.p;
		name.n = (uint32_t)decoded.n;
	}
	if (s->n_names == s->cap_names)
		more_names(s);
	if (is_duplicate(s, &name, &s->levels[s->depth - 1])) {
		if (!s->limits->allow_duplicates)
			return fail_duplicate(s, raw);
		s->info->has_duplicate = true;
		s->watch_names = false;
		return true;
	}
	s->names[s->n_names++] = name;
	return true;
}

static bool
open_level(struct scanner *s, const char *p, uint32_t kind)
{
	if (s->limits->max_depth != 0 && s->depth >= s->limits->max_depth)
		return err_set(s->e, ERR_BAD_JSON, "nested deeper than request.maxDepth (%zu) at %s", s->limits->max_depth,
		    where(s, p).text);
	if (s->depth == s->cap_levels) {
		size_t size = arena_array_bytes(s->mem, s->cap_levels, sizeof(*s->levels));
		uint32_t *levels = arena_alloc(s->mem, size * 2);

		memcpy(levels, s->levels, size);
		s->levels = levels;
		s->cap_levels *= 2;
	}
	s->levels[s->depth++] = (uint32_t)s->n_names << 2 | kind;
	if (s->depth > s->info->depth)
		s->info->depth = s->depth;
	return true;
}

static inline void
close_level(struct scanner *s)
{
	uint32_t level = s->levels[--s->depth];

	s->n_names = FIRST_NAME(level);
	if (level & HAS_TABLE)
		s->n_tables--;
}

static bool
too_many_values(struct scanner *s)
{
	return err_set(s->e, ERR_TOO_LARGE, "more values than request.maxValues (%zu)", s->limits->max_values);
}

/* Whoever sends what is no text of UTF-8 at all hears so. */
static const char *
no_value(const struct scanner *s, const char *p)
{
	if (p != s->start || s->end - p < 2)
		return "a value is expected";
	if (memcmp(p, "\xff\xfe", 2) == 0 || memcmp(p, "\xfe\xff", 2) == 0)
		return "UTF-16 instead of UTF-8";
	return memcmp(p, "\x1f\x8b", 2) == 0 ? "compressed data" : "a value is expected";
}

static bool
scan_text(struct scanner *s, const char *p)
{
	const char *end = s->end;
	const char *from;
	const size_t max_values = s->limits->max_values == 0 ? SIZE_MAX : s->limits->max_values;
	size_t n_values = 0;

value:
	p = blanks_end(p, end);
	if (p == end)
		return fail(s, p, "a value is expected");
	if (++n_values > max_values)
		return too_many_values(s);
	switch (*p) {
	case '"':
		p = string_end(s, p + 1);
		break;
	case '{':
		if (!open_level(s, p, IS_OBJECT))
			return false;
		p = blanks_end(p + 1, end);
		if (p == end || *p != '}')
			goto name;
		close_level(s);
		p++;
		break;
	case '[':
		if (!open_level(s, p, 0))
			return false;
		p = blanks_end(p + 1, end);
		if (p == end || *p != ']')
			goto value;
		close_level(s);
		p++;
		break;
	case '-': case '0': case '1': case '2': case '3': case '4': case '5': case '6': case '7': case '8': case '9':
		p = number_end(s, p);
		break;
	case 't':
		p = word_end(s, p, "true", 4);
		break;
	case 'f':
		p = word_end(s, p, "false", 5);
		break;
	case 'n':
		p = word_end(s, p, "null", 4);
		break;
	default:
		return fail(s, p, no_value(s, p));
	}
	if (p == NULL)
		return false;
after_value:
	if (s->depth == 0) {
		p = blanks_end(p, end);
		s->info->n_values = n_values;
		return p == end || fail(s, p, "something follows the value");
	}
	p = blanks_end(p, end);
	if (p == end)
		return fail(s, p, "a comma or the end of a container is expected");
	if (s->levels[s->depth - 1] & IS_OBJECT) {
		if (*p == ',') {
			p = blanks_end(p + 1, end);
			goto name;
		}
		if (*p != '}')
			return fail(s, p, "a comma or } is expected");
	} else {
		if (*p == ',') {
			p++;
			goto value;
		}
		if (*p != ']')
			return fail(s, p, "a comma or ] is expected");
	}
	close_level(s);
	p++;
	goto after_value;
name:
	if (p == end || *p != '"')
		return fail(s, p, "a member name in quotes is expected");
	from = p + 1;
	p = string_end(s, from);
	if (p == NULL)
		return false;
	if (s->watch_names && !note_name(s, (struct span){ from, (size_t)(p - 1 - from) }))
		return false;
	p = blanks_end(p, end);
	if (p == end || *p != ':')
		return fail(s, p, "a colon is expected");
	p++;
	goto value;
}

bool
json_scan(struct span text, const struct scan_limits *limits, struct arena *mem, struct scan_info *out, struct err *e)
{
	uint32_t levels[LEVELS_AT_HAND];
	struct name names[NAMES_AT_HAND];
	struct arena_mark before = arena_mark(mem);
	struct scanner s = {
		.start = text.p,
		.end = text.p + text.n,
		.limits = limits,
		.mem = mem,
		.info = out,
		.e = e,
		.levels = levels,
		.cap_levels = LEVELS_AT_HAND,
		.names = names,
		.cap_names = NAMES_AT_HAND,
		.watch_names = true,
	};
	bool ok;

	*out = (struct scan_info){ .text = text };
	/* lengths and indexes of names are kept in 32 bits */
	if (text.n > LONGEST_TEXT)
		return err_set(e, ERR_TOO_LARGE, "a text of JSON is limited to 1 GiB");
	if (text.n >= 3 && memcmp(text.p, "\xef\xbb\xbf", 3) == 0)
		out->text = (struct span){ text.p + 3, text.n - 3 };
	ok = scan_text(&s, out->text.p);
	arena_rewind(mem, before);
	if (ok) {
		char c = *blanks_end(out->text.p, s.end);

		out->root = c == '-' || (c >= '1' && c <= '9') ? '0' : c;
	}
	return ok;
}
