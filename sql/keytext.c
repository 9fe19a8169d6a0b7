/* sql/keytext.c - keys as the database holds them */
#include "sql/keytext.h"

#include "base/scan.h"

#include <stdio.h>

enum { MOST_DIGITS = 999, HEAD = 4 };

static bool
is_plain(struct span key)
{
	return key.n > 0 && memchr(key.p, '\0', key.n) == NULL && utf8_valid(key);
}

bool
keytext_hold(const struct meta *m, struct span key, struct arena *mem, struct span *out)
{
	bool negative = key.n > 0 && key.p[0] == '-';
	struct span digits = { key.p + negative, key.n - negative };
	char head[32];
	char *p;

	if (m->key_type != KEY_NUMBER) {
		*out = key;
		return is_plain(key);
	}
	if (digits.n == 0 || digits.n > MOST_DIGITS)
		return false;
	p = arena_alloc(mem, HEAD + digits.n);
	snprintf(head, sizeof(head), "%d%03zu", !negative, negative ? MOST_DIGITS - digits.n : digits.n);
	memcpy(p, head, HEAD);
	for (size_t i = 0; i < digits.n; i++) {
		char c = digits.p[i];

		if (c < '0' || c > '9')
			return false;
		p[HEAD + i] = negative ? (char)('0' + ('9' - c)) : c;
	}
	*out = (struct span){ p, HEAD + digits.n };
	return true;
}

struct span
keytext_show(const struct meta *m, struct span held, struct arena *mem)
{
	char *p;

	if (m->key_type != KEY_NUMBER || held.n <= HEAD)
		return held;
	if (held.p[0] == '1')
		return (struct span){ held.p + HEAD, held.n - HEAD };
	p = arena_alloc(mem, held.n - HEAD + 1);
	p[0] = '-';
	for (size_t i = HEAD; i < held.n; i++)
		p[i - HEAD + 1] = (char)('0' + ('9' - held.p[i]));
	return (struct span){ p, held.n - HEAD + 1 };
}
