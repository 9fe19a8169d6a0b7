/* sql/spelling.c - may what a document holds be written otherwise than one would write it? */
#include "sql/spelling.h"

#include "base/decimal.h"
#include "base/jskip.h"

#include <string.h>

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static size_t
skip_digits(struct span s, size_t at)
{
	while (at < s.n && is_digit(s.p[at]))
		at++;
	return at;
}

/* -?(0|[1-9][0-9]*)(\.[0-9]+)? */
static bool
is_plain_number(struct span s)
{
	size_t first = s.n > 0 && s.p[0] == '-', end = skip_digits(s, first), fraction = end + 1;

	if (end == first || (s.p[first] == '0' && end > first + 1))
		return false;
	if (end < s.n && s.p[end] == '.') {
		end = skip_digits(s, fraction);
		if (end == fraction)
			return false;
	}
	return end == s.n;
}

/* A string whose first character is none of these reads as no number. */
static bool
may_be_number(struct span s)
{
	return s.n > 0 && (is_digit(s.p[0]) || strchr("+-. ", s.p[0]) != NULL);
}

static bool
is_odd_string(struct span s)
{
	struct dec d;

	return may_be_number(s) && dec_parse_text(s, &d) && !is_plain_number(s);
}

enum spelling
spelling_of(struct span json)
{
	size_t at = 0, from;

	if (json.n > 0 && memchr(json.p, '\\', json.n) != NULL)
		return SPELLING_ESCAPED;
	while (at < json.n) {
		from = at + 1;
		if (json.p[at] == '"') {
			const char *close = memchr(json.p + from, '"', json.n - from);

			at = close == NULL ? json.n : (size_t)(close - json.p);
			if (is_odd_string((struct span){ json.p + from, at - from }))
				return SPELLING_UNKNOWN;
			at++;
		} else if (json.p[at] == '-' || is_digit(json.p[at])) {
			at = (size_t)(jskip_number(json.p + at, json.p + json.n) - json.p);
			if (!is_plain_number((struct span){ json.p + from - 1, at - from + 1 }))
				return SPELLING_UNKNOWN;
		} else {
			at++;
		}
	}
	return SPELLING_PLAIN;
}

/* ---- names ---- */

enum { STRINGS = 64, PLACES = 4 * STRINGS };	/* a document of more different strings promises nothing */

/* the strings of a document, names and others, each once */
struct strings {
	size_t n;
	struct span list[STRINGS];
	bool is_name[STRINGS];
	uint8_t at[PLACES];		/* by their hash: number in the list and 1; 0: free */
};

/* by length and both ends */
static size_t
place_of(struct span s)
{
	uint64_t h = s.n, word = 0;
	size_t n = s.n < sizeof(word) ? s.n : sizeof(word);

	memcpy(&word, s.p, n);
	h = (h ^ word) * UINT64_C(0x9e3779b97f4a7c15);
	memcpy(&word, s.p + s.n - n, n);
	h = (h ^ h >> 32 ^ word) * UINT64_C(0x9e3779b97f4a7c15);
	return (size_t)(h >> 56) % PLACES;
}

/* false: it is a name and occurs again, or occurs again as a name, or there are too many */
static bool
add_string(struct strings *all, struct span s, bool is_name)
{
	size_t at = place_of(s);

	for (; all->at[at] != 0; at = (at + 1) % PLACES) {
		size_t i = all->at[at] - 1u;

		if (span_eq(all->list[i], s))
			return !is_name && !all->is_name[i];
	}
	if (all->n == STRINGS)
		return false;
	all->list[all->n] = s;
	all->is_name[all->n] = is_name;
	all->at[at] = (uint8_t)++all->n;
	return true;
}

enum spelling
spelling_with_names(struct span json)
{
	enum spelling spelling = spelling_of(json);
	struct strings all = { 0 };
	const char *p = json.p, *end = json.p + json.n;

	if (spelling != SPELLING_PLAIN)
		return spelling;
	while (p < end && (p = memchr(p, '"', (size_t)(end - p))) != NULL) {
		const char *start = ++p;

		p = memchr(p, '"', (size_t)(end - p));
		if (p == NULL)
			break;
		const char *next = p + 1;

		while (next < end && (unsigned char)*next <= ' ')
			next++;
		if (!add_string(&all, (struct span){ start, (size_t)(p - start) }, next < end && *next == ':'))
			return spelling;
		p++;
	}
	return SPELLING_ONCE;
}
