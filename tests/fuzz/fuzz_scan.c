/* tests/fuzz/fuzz_scan.c - json_scan() against a slow and obvious parser, then base/jcur.h and base/decimal.h on what passed
 *
 * The other parser reads RFC 8259 rule by rule, recursively, into code points, and keeps the names of each object in a
 * list.  Both must agree on every text: accepted or not, number of values, depth, escapes, duplicates.
 */
#include "base/decimal.h"
#include "base/jcur.h"
#include "base/scan.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MAX_DEPTH = 200, MAX_VALUES = 20000 };

#define MUST(x) do { \
	if (!(x)) { \
		fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #x); \
		abort(); \
	} \
} while (0)

struct name {
	uint32_t *points;
	size_t n;
};

struct slow {
	const uint8_t *p, *end;
	struct arena *mem;
	size_t depth, deepest, n_values;
	bool has_escape, has_duplicate;
};

static int
peek(const struct slow *s)
{
	return s->p < s->end ? *s->p : -1;
}

static bool
eat(struct slow *s, int c)
{
	if (peek(s) != c)
		return false;
	s->p++;
	return true;
}

static void
eat_blanks(struct slow *s)
{
	while (eat(s, ' ') || eat(s, '\t') || eat(s, '\n') || eat(s, '\r'))
		;
}

static bool
eat_word(struct slow *s, const char *word)
{
	while (*word != '\0')
		if (!eat(s, *word++))
			return false;
	return true;
}

static bool
eat_digits(struct slow *s)
{
	const uint8_t *from = s->p;

	while (peek(s) >= '0' && peek(s) <= '9')
		s->p++;
	return s->p > from;
}

static bool
slow_number(struct slow *s)
{
	eat(s, '-');
	if (!eat(s, '0') && !eat_digits(s))
		return false;
	if (eat(s, '.') && !eat_digits(s))
		return false;
	if (eat(s, 'e') || eat(s, 'E')) {
		if (!eat(s, '+'))
			eat(s, '-');
		return eat_digits(s);
	}
	return true;
}

/* one code point of UTF-8: read it, then see whether it had to be written like that */
static bool
slow_utf8(struct slow *s, uint32_t *point)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	int c = *s->p++;
	int n = c < 0x80 ? 1 : c >> 5 == 6 ? 2 : c >> 4 == 14 ? 3 : c >> 3 == 30 ? 4 : 0;

	if (n == 0)
		return false;
	*point = n == 1 ? (uint32_t)c : (uint32_t)c & (0x7fu >> n);
	for (int i = 1; i < n; i++) {
		if (peek(s) < 0x80 || peek(s) > 0xbf)
			return false;
		*point = *point << 6 | (*s->p++ & 0x3f);
	}
	return *point >= least[n] && *point <= 0x10ffff && (*point < 0xd800 || *point > 0xdfff);
}

static bool
slow_escape(struct slow *s, uint32_t *point)
{
	static const char letters[] = "\"\\/bfnrt", meant[] = "\"\\/\b\f\n\r\t";
	int c = peek(s);

	s->has_escape = true;
	if (c > 0 && strchr(letters, c) != NULL) {
		*point = (uint32_t)meant[strchr(letters, c) - letters];
		s->p++;
		return true;
	}
	if (!eat(s, 'u'))
		return false;
	*point = 0;
	for (int i = 0; i < 4; i++) {
		static const char hex[] = "0123456789abcdefABCDEF";

		c = peek(s);
		if (c <= 0 || strchr(hex, c) == NULL)
			return false;
		*point = *point * 16 + (uint32_t)(strchr(hex, c) - hex);
		if (c >= 'A' && c <= 'F')
			*point -= 6;
		s->p++;
	}
	return true;
}

static bool
slow_string(struct slow *s, struct name *out)
{
	if (!eat(s, '"'))
		return false;
	out->points = arena_alloc(s->mem, (size_t)(s->end - s->p) * sizeof(uint32_t));
	out->n = 0;
	while (!eat(s, '"')) {
		uint32_t point;
		bool escaped = eat(s, '\\');

		if (peek(s) < 0x20)		/* -1 at the end */
			return false;
		if (escaped ? !slow_escape(s, &point) : !slow_utf8(s, &point))
			return false;
		/* only escapes make surrogates: two that fit are one character */
		if (point >= 0xdc00 && point <= 0xdfff && out->n > 0 && out->points[out->n - 1] >= 0xd800
		    && out->points[out->n - 1] <= 0xdbff)
			out->points[out->n - 1] = 0x10000 + ((out->points[out->n - 1] - 0xd800) << 10) + (point - 0xdc00);
		else
			out->points[out->n++] = point;
	}
	return true;
}

static bool slow_value(struct slow *s);

static bool
slow_array(struct slow *s)
{
	eat_blanks(s);
	if (eat(s, ']'))
		return true;
	do {
		eat_blanks(s);
		if (!slow_value(s))
			return false;
		eat_blanks(s);
	} while (eat(s, ','));
	return eat(s, ']');
}

static bool
slow_object(struct slow *s)
{
	struct name *names = NULL;
	size_t n = 0, cap = 0;

	eat_blanks(s);
	if (eat(s, '}'))
		return true;
	do {
		if (n == cap) {
			names = arena_grow(s->mem, names, cap * sizeof(*names), (cap * 2 + 8) * sizeof(*names));
			cap = cap * 2 + 8;
		}
		eat_blanks(s);
		if (!slow_string(s, &names[n]))
			return false;
		for (size_t i = 0; i < n; i++)
			if (names[i].n == names[n].n
			    && memcmp(names[i].points, names[n].points, names[n].n * sizeof(uint32_t)) == 0)
				s->has_duplicate = true;
		n++;
		eat_blanks(s);
		if (!eat(s, ':'))
			return false;
		eat_blanks(s);
		if (!slow_value(s))
			return false;
		eat_blanks(s);
	} while (eat(s, ','));
	return eat(s, '}');
}

static bool
slow_container(struct slow *s, bool (*inside)(struct slow *s))
{
	bool ok;

	if (++s->depth > MAX_DEPTH)
		return false;
	if (s->depth > s->deepest)
		s->deepest = s->depth;
	ok = inside(s);
	s->depth--;
	return ok;
}

static bool
slow_value(struct slow *s)
{
	struct name ignored;

	if (++s->n_values > MAX_VALUES)
		return false;
	switch (peek(s)) {
	case '{':
		s->p++;
		return slow_container(s, slow_object);
	case '[':
		s->p++;
		return slow_container(s, slow_array);
	case '"':
		return slow_string(s, &ignored);
	case 't':
		return eat_word(s, "true");
	case 'f':
		return eat_word(s, "false");
	case 'n':
		return eat_word(s, "null");
	default:
		return slow_number(s);
	}
}

static bool
slow_scan(struct slow *s)
{
	if (s->end - s->p >= 3 && memcmp(s->p, "\xef\xbb\xbf", 3) == 0)
		s->p += 3;
	eat_blanks(s);
	if (!slow_value(s))
		return false;
	eat_blanks(s);
	return s->p == s->end;
}

static void
check_number(struct span v, struct arena *mem)
{
	struct dec d, again;
	struct buf text, code, code_again;

	buf_init(&text, mem);
	buf_init(&code, mem);
	buf_init(&code_again, mem);
	MUST(dec_parse(v, &d));
	dec_canonical(&d, &text);
	MUST(dec_parse_text(buf_text(&text), &again) && dec_cmp(&d, &again) == 0);
	dec_encode(&d, &code);
	dec_encode(&again, &code_again);
	MUST(span_eq(buf_text(&code), buf_text(&code_again)) && code.n > 0);
}

/* every value that can be reached */
static size_t
walk(struct span v, struct arena *mem)
{
	struct jiter it;
	struct span name, inner;
	size_t n = 1;

	jiter_open(&it, v);
	switch (jval_type(v)) {
	case J_ARRAY:
		while (jiter_element(&it, &inner))
			n += walk(inner, mem);
		MUST(jarray_count(v) <= n);
		return n;
	case J_OBJECT:
		while (jiter_member(&it, &name, &inner)) {
			struct span decoded = jraw_decode(name, mem);
			struct span last;

			MUST(jname_eq(name, decoded));
			MUST(jmember(v, decoded, &last) && last.p >= inner.p);
			n += walk(inner, mem);
		}
		return n;
	case J_STRING:
		MUST(jstring_cmp(v, jstring_decode(v, mem)) == 0);
		return n;
	case J_NUMBER:
		check_number(v, mem);
		return n;
	case J_NONE:
		abort();
	default:
		return n;
	}
}

static void
check_passed(const struct scan_info *info, const struct scan_limits *limits, struct arena *mem)
{
	struct span root = jcur_root(info->text);
	struct scan_info again;
	struct buf compact;
	struct err e = { .kind = ERR_NONE };

	MUST(walk(root, mem) == info->n_values);
	buf_init(&compact, mem);
	jval_compact(root, &compact);
	MUST(json_scan(buf_text(&compact), limits, mem, &again, &e));
	MUST(again.n_values == info->n_values && again.depth == info->depth && again.root == info->root);
	MUST(jval_equal(root, buf_text(&compact), mem));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *mem = arena_open(0);
	struct slow slow = { .p = data, .end = data + size, .mem = mem };
	struct span text = { (const char *)data, size };
	bool good = slow_scan(&slow);

	for (int allow = 0; allow <= 1; allow++) {
		struct scan_limits limits = { .max_depth = MAX_DEPTH, .max_values = MAX_VALUES, .allow_duplicates = allow };
		struct scan_info info;
		struct err e = { .kind = ERR_NONE };
		bool passed = json_scan(text, &limits, mem, &info, &e);

		MUST(passed == (good && (allow || !slow.has_duplicate)));
		MUST(passed == (e.kind == ERR_NONE));
		if (!passed)
			continue;
		MUST(info.n_values == slow.n_values && info.depth == slow.deepest && info.has_escape == slow.has_escape);
		MUST(info.has_duplicate == (allow && slow.has_duplicate));
		MUST(utf8_valid(text));
		check_passed(&info, &limits, mem);
	}
	arena_close(&mem);
	return 0;
}
