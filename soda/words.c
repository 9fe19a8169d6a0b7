/* soda/words.c - the words of documents, for $contains */
#include "soda/words.h"

#include "soda/casemap.h"
#include "sql/fit.h"

/* ---- characters ---- */

struct letters {
	uint32_t first, last;
};

static const struct letters letters[] = {
#define LETTERS(first, last) { first, last },
#include "soda/letters.def"
#undef LETTERS
};

static bool
is_letter(uint32_t c)
{
	size_t from = 0, to = sizeof(letters) / sizeof(*letters);

	while (from < to) {
		size_t half = from + (to - from) / 2;

		if (c > letters[half].last)
			from = half + 1;
		else if (c < letters[half].first)
			to = half;
		else
			return true;
	}
	return false;
}

/* the character at p, of text as jstring_decode() makes it */
static const char *
next_char(const char *p, uint32_t *c)
{
	const unsigned char *u = (const unsigned char *)p;
	size_t n = u[0] < 0x80 ? 1 : u[0] < 0xe0 ? 2 : u[0] < 0xf0 ? 3 : 4;

	*c = n == 1 ? u[0] : u[0] & (0x7fu >> n);
	for (size_t i = 1; i < n; i++)
		*c = *c << 6 | (u[i] & 0x3fu);
	return p + n;
}

static void
put_char(struct buf *b, uint32_t c)
{
	static const unsigned char first[] = { 0, 0, 0xc0, 0xe0, 0xf0 };
	int n = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;

	if (c < 0x80) {
		buf_char(b, (char)c);
		return;
	}
	buf_char(b, (char)(first[n] | c >> 6 * (n - 1)));
	while (--n > 0)
		buf_char(b, (char)(0x80 | (c >> 6 * (n - 1) & 0x3f)));
}

/* ---- words of a text ---- */

struct reader {
	const char *p, *end;
	struct buf word;		/* the last one */
};

static bool
next_word(struct reader *r)
{
	r->word.n = 0;
	while (r->p < r->end) {
		unsigned char a = (unsigned char)*r->p;
		const char *after = r->p + 1;
		uint32_t c = a;
		bool is_part = (a >= '0' && a <= '9') || ((a | 0x20) >= 'a' && (a | 0x20) <= 'z');

		if (a >= 0x80) {
			after = next_char(r->p, &c);
			is_part = is_letter(c);
		}
		if (is_part)
			put_char(&r->word, case_fold(c));
		else if (r->word.n > 0)
			return true;
		r->p = after;
	}
	return r->word.n > 0;
}

/* ---- texts of a document ---- */

/* Strings and numbers from *p on; *p moves behind the one that is found. */
static bool
next_text(const char **p, const char *end, struct span *text)
{
	while (*p < end) {
		const char *from = *p;

		if (*from == '"') {
			for ((*p)++; **p != '"'; (*p)++)
				*p += **p == '\\';
			(*p)++;
			while (*p < end && (unsigned char)**p <= ' ')
				(*p)++;
			if (*p < end && **p == ':')
				continue;
			while ((unsigned char)(*p)[-1] <= ' ')
				(*p)--;
			*text = (struct span){ from, (size_t)(*p - from) };
			return true;
		}
		if (*from == '-' || (*from >= '0' && *from <= '9')) {
			while (*p < end && **p != ',' && **p != ']' && **p != '}' && (unsigned char)**p > ' ')
				(*p)++;
			*text = (struct span){ from, (size_t)(*p - from) };
			return true;
		}
		(*p)++;
	}
	return false;
}

static void
open_text(struct reader *r, struct span raw, struct arena *mem)
{
	struct span s = raw.p[0] == '"' ? jstring_decode(raw, mem) : raw;

	r->p = s.p;
	r->end = s.p + s.n;
}

/* ---- a phrase ---- */

void
words_wanted(struct span text, struct arena *mem, struct cond *c)
{
	struct reader r = { text.p, text.p + text.n, { 0 } };
	struct operand *list = NULL;
	size_t n = 0, cap = 0, *again;

	buf_init(&r.word, mem);
	while (next_word(&r)) {
		list = arena_room(mem, list, n, &cap, sizeof(*list));
		list[n++] = (struct operand){ .type = J_STRING, .text = arena_span(mem, buf_text(&r.word)) };
	}
	/* again[k]: how many of the first k words are there still when the next one differs (Knuth, Morris and Pratt) */
	again = ARENA_ARRAY(mem, size_t, n + 1);
	for (size_t k = 1, same = 0; k < n; k++) {
		while (same > 0 && !span_eq(list[k].text, list[same].text))
			same = again[same];
		same += span_eq(list[k].text, list[same].text);
		again[k + 1] = same;
	}
	c->n_values = n;
	c->values = list;
	c->again = again;
}

static bool
is_in(const struct cond *c, struct reader *r)
{
	size_t k = 0;

	while (next_word(r)) {
		struct span word = buf_text(&r->word);

		while (k > 0 && !span_eq(word, c->values[k].text))
			k = c->again[k];
		k += span_eq(word, c->values[k].text);
		if (k == c->n_values)
			return true;
	}
	return false;
}

bool
words_in(const struct cond *c, struct span v, struct arena *mem)
{
	struct arena_mark before = arena_mark(mem);
	const char *p = v.p, *end = v.p + v.n;
	struct reader r = { 0 };
	struct span text;
	bool yes = false;

	buf_init(&r.word, mem);
	buf_reserve(&r.word, 256);
	while (c->n_values > 0 && !yes && next_text(&p, end, &text)) {
		open_text(&r, text, mem);
		yes = is_in(c, &r);
	}
	arena_rewind(mem, before);
	return yes;
}

/* ---- all words ---- */

struct vocabulary {
	struct arena *mem;
	struct buf text;
	uint32_t *table;		/* where a word begins in text, and 1; 0: empty */
	size_t n, n_slots;
};

static size_t
slot_of(const struct vocabulary *v, struct span word)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);
	size_t i;

	for (i = 0; i < word.n; i++)
		h = (h ^ (unsigned char)word.p[i]) * UINT64_C(0x100000001b3);
	for (i = (size_t)(h >> 32 ^ h) & (v->n_slots - 1); v->table[i] != 0; i = (i + 1) & (v->n_slots - 1)) {
		const char *there = v->text.p + v->table[i] - 1;
		size_t room = (size_t)(v->text.p + v->text.n - there);

		if (room > word.n && there[word.n] == ' ' && memcmp(there, word.p, word.n) == 0)
			break;
	}
	return i;
}

static void
make_room(struct vocabulary *v)
{
	const char *p = v->text.p, *end = p + v->text.n;

	v->n_slots = v->n_slots == 0 ? 256 : v->n_slots * 2;
	v->table = ARENA_ARRAY(v->mem, uint32_t, v->n_slots);
	while (p != end) {
		const char *blank = memchr(p, ' ', (size_t)(end - p));

		v->table[slot_of(v, (struct span){ p, (size_t)(blank - p) })] = (uint32_t)(p - v->text.p) + 1;
		p = blank + 1;
	}
}

struct span
words_of(struct span content, struct arena *mem)
{
	const char *p = content.p, *end = content.p + content.n;
	struct vocabulary v = { .mem = mem };
	struct reader r = { 0 };
	struct span text;

	buf_init(&v.text, mem);
	buf_init(&r.word, mem);
	buf_reserve(&v.text, content.n / 2);
	make_room(&v);
	while (next_text(&p, end, &text)) {
		open_text(&r, text, mem);
		while (next_word(&r)) {
			struct span word = word_kept(buf_text(&r.word));
			size_t slot = slot_of(&v, word);

			if (v.table[slot] != 0)
				continue;
			v.table[slot] = (uint32_t)v.text.n + 1;
			buf_span(&v.text, word);
			buf_char(&v.text, ' ');
			if (++v.n * 2 > v.n_slots)
				make_room(&v);
		}
	}
	return buf_text(&v.text);
}
