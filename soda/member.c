/* soda/member.c - members of a specification, and where they stand */
#include "soda/member.h"

#include <stdarg.h>
#include <stdio.h>

bool
members_read(const struct member *of, size_t max, struct arena *mem, struct members *out)
{
	struct member *list = NULL;
	size_t n = 0, cap = 0;
	struct jiter it;
	struct span raw, value;

	*out = (struct members){ 0 };
	jiter_open(&it, of->value);
	while (jiter_member(&it, &raw, &value)) {
		struct member m = { .up = of, .name = jraw_decode(raw, mem), .value = value };

		for (size_t i = 0; i < n; i++)
			if (span_eq(list[i].name, m.name)) {
				memmove(list + i, list + i + 1, (--n - i) * sizeof(*list));
				m.is_repeated = true;
			}
		if (n == max)
			return false;
		list = arena_room(mem, list, n, &cap, sizeof(*list));
		list[n++] = m;
	}
	*out = (struct members){ .n = n, .list = list };
	return true;
}

bool
elements_read(const struct member *of, size_t max, struct arena *mem, struct members *out)
{
	struct member *list = NULL;
	size_t n = 0, cap = 0;
	struct jiter it;
	struct span value;

	*out = (struct members){ 0 };
	jiter_open(&it, of->value);
	while (jiter_element(&it, &value)) {
		if (n == max)
			return false;
		list = arena_room(mem, list, n, &cap, sizeof(*list));
		list[n] = (struct member){ .up = of, .index = n, .is_element = true, .value = value };
		n++;
	}
	*out = (struct members){ .n = n, .list = list };
	return true;
}

/* one step of a JSON Pointer, cut where the room ends */
static void
put_step(const struct member *m, char *out, size_t room)
{
	size_t n = 0;

	if (m->is_element) {
		snprintf(out, room, "/%zu", m->index);
		return;
	}
	out[n++] = '/';
	for (size_t i = 0; i < m->name.n && n + 3 < room; i++) {
		char c = m->name.p[i];

		if (c == '~' || c == '/')
			out[n++] = '~';
		out[n++] = (char)(c == '~' ? '0' : c == '/' ? '1' : c == '\0' ? '?' : c);
	}
	out[n] = '\0';
}

bool
member_at(const struct member *m, struct err *e)
{
	char pointer[2 * sizeof(e->at)];
	size_t start = sizeof(pointer) - 1;

	/* from the innermost outwards; what no longer fits in front of it is left out */
	pointer[start] = '\0';
	for (; m->up != NULL; m = m->up) {
		char step[sizeof(e->at) / 2];
		size_t n;

		put_step(m, step, sizeof(step));
		n = strlen(step);
		if (n > start)
			break;
		start -= n;
		memcpy(pointer + start, step, n);
	}
	return err_at(e, "%s", pointer + start);
}

bool
member_fail(const struct member *m, struct err *e, int inner, const char *fmt, ...)
{
	char text[sizeof(e->text)];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	err_inner(e, ERR_BAD_QBE, inner, "%s", text);
	return member_at(m, e);
}
