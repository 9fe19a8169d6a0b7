/* base/where.c - only read when something went wrong, so it counts again what the scanner need not know */
#include "base/where.h"

#include <stdio.h>
#include <string.h>

struct where
where_say(struct span text, size_t at)
{
	struct where out;
	size_t line = 1, column = 1;

	for (size_t i = 0; i < at; i++) {
		if (text.p[i] == '\n') {
			line++;
			column = 1;
		} else if (((unsigned char)text.p[i] & 0xc0) != 0x80) {
			column++;
		}
	}
	if (line == 1 && (text.n == 0 || memchr(text.p, '\n', text.n) == NULL))
		snprintf(out.text, sizeof(out.text), "byte %zu", at);
	else
		snprintf(out.text, sizeof(out.text), "byte %zu (line %zu, column %zu)", at, line, column);
	return out;
}

bool
where_element(struct span text, size_t at, size_t *index)
{
	struct span before = span_trim((struct span){ text.p, at });
	size_t depth = 0;
	bool in_string = false;

	*index = 0;
	if (before.n == 0 || before.p[0] != '[')
		return false;
	for (size_t i = 0; i < before.n; i++) {
		char c = before.p[i];

		if (in_string) {
			if (c == '\\')
				i++;
			else if (c == '"')
				in_string = false;
		} else if (c == '"') {
			in_string = true;
		} else if (c == '[' || c == '{') {
			depth++;
		} else if (c == ']' || c == '}') {
			if (--depth == 0)
				return false;
		} else if (c == ',' && depth == 1) {
			++*index;
		}
	}
	return true;
}
