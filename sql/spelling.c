/* sql/spelling.c - may what a document holds be written otherwise than one would write it? */
#include "sql/spelling.h"

#include "base/decimal.h"
#include "base/scan.h"

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

static size_t
number_end(struct span json, size_t at)
{
	while (at < json.n && (is_digit(json.p[at]) || (json.p[at] != '\0' && strchr("+-.eE", json.p[at]) != NULL)))
		at++;
	return at;
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
			at = number_end(json, at);
			if (!is_plain_number((struct span){ json.p + from - 1, at - from + 1 }))
				return SPELLING_UNKNOWN;
		} else {
			at++;
		}
	}
	return SPELLING_PLAIN;
}

enum spelling
spelling_with_names(struct span json, struct arena *mem)
{
	static const struct scan_limits limits = { .allow_duplicates = true };
	enum spelling plain = spelling_of(json);
	struct arena_mark before = arena_mark(mem);
	struct scan_info info;
	struct err ignored;
	bool is_unique = plain == SPELLING_PLAIN && json_scan(json, &limits, mem, &info, &ignored) && !info.has_duplicate;

	arena_rewind(mem, before);
	return is_unique ? SPELLING_UNIQUE : plain;
}
