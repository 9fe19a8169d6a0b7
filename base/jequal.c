/* base/jequal.c - are two values the same?
 *
 * Members are compared by name, so an object is gone through before its members are.  Skipping over the members of each
 * level again on the next would take depth times size: where the large containers end is noted once, beforehand.
 */
#include "base/decimal.h"
#include "base/jcur.h"
#include "base/jskip.h"

#include <stdlib.h>

/* Shorter containers are skipped faster than found; texts below WORTH_NOTING bytes hold nothing worth it. */
enum { LARGE = 256, WORTH_NOTING = 8192 };

struct ends {
	struct span *large;		/* in the order of their beginnings */
	size_t n, cap;
};

/* All large containers of a text.  One that is open has as length one more than the index of the open one around it. */
static void
note_ends(struct ends *x, struct span text, struct arena *mem)
{
	const char *p = text.p;
	const char *end = text.p + text.n;
	size_t innermost = 0;

	*x = (struct ends){ 0 };
	while (text.n >= WORTH_NOTING && p < end) {
		char c = *p++;

		if (c == '"') {
			p = jskip_string(p, end);
		} else if (c == '{' || c == '[') {
			x->large = arena_room(mem, x->large, x->n, &x->cap, sizeof(*x->large));
			x->large[x->n] = (struct span){ p - 1, innermost };
			innermost = ++x->n;
		} else if (c == '}' || c == ']') {
			struct span *closed = &x->large[innermost - 1];

			innermost = closed->n;
			closed->n = (size_t)(p - closed->p);
			if (closed->n < LARGE)		/* and so is all within it: it is the last */
				x->n--;
		}
	}
}

/* the place after the value at p */
static const char *
value_end(const struct ends *x, const char *p, const char *end)
{
	size_t low = 0, high = x->n;

	if (*p != '{' && *p != '[')
		return jskip_value(p, end);
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (x->large[middle].p < p)
			low = middle + 1;
		else
			high = middle;
	}
	if (low < x->n && x->large[low].p == p)
		return p + x->large[low].n;
	return jskip_container(p, end);
}

/* A container that is being gone through, and what is at hand now. */
struct walk {
	const struct ends *ends;
	const char *p, *end;
	struct span name, value;
};

static struct walk
walk_into(const struct ends *ends, struct span container)
{
	return (struct walk){ .ends = ends, .p = container.p + 1, .end = container.p + container.n - 1 };
}

static bool
walk_on(struct walk *w, bool named)
{
	const char *p = jskip_blanks(w->p, w->end);

	if (p >= w->end)
		return false;
	if (*p == ',')
		p = jskip_blanks(p + 1, w->end);
	if (named) {
		const char *from = p + 1;

		p = jskip_string(from, w->end);
		w->name = (struct span){ from, (size_t)(p - 1 - from) };
		p = jskip_blanks(p, w->end);
		p = jskip_blanks(p + 1, w->end);
	}
	w->p = value_end(w->ends, p, w->end);
	w->value = (struct span){ p, (size_t)(w->p - p) };
	return true;
}

static struct span
unquoted(struct span quoted)
{
	return (struct span){ quoted.p + 1, quoted.n - 2 };
}

static bool
has_backslash(struct span s)
{
	return s.n > 0 && memchr(s.p, '\\', s.n) != NULL;
}

static bool
strings_equal(struct span a, struct span b)
{
	const char *p = a.p, *p_end = a.p + a.n;
	const char *q = b.p, *q_end = b.p + b.n;
	char p_room[4], q_room[4];
	struct span x = { NULL, 0 }, y = { NULL, 0 };

	if (!has_backslash(a) && !has_backslash(b))
		return span_eq(a, b);
	for (;;) {
		size_t n;

		if (x.n == 0)
			x = jraw_run(&p, p_end, p_room);
		if (y.n == 0)
			y = jraw_run(&q, q_end, q_room);
		n = x.n < y.n ? x.n : y.n;
		if (n == 0)
			return x.n == y.n;
		if (memcmp(x.p, y.p, n) != 0)
			return false;
		x.p += n, x.n -= n;
		y.p += n, y.n -= n;
	}
}

struct member {
	struct span name;		/* decoded */
	struct span value;
};

static int
member_cmp(const void *a, const void *b)
{
	const struct member *x = a, *y = b;
	int d = span_cmp(x->name, y->name);

	/* of one name in the order of the text */
	return d != 0 ? d : (x->value.p > y->value.p) - (x->value.p < y->value.p);
}

struct members {
	struct member *p;
	size_t n;
};

/* The members that count, by name: the last of each name. */
static struct members
sorted_members(const struct ends *ends, struct span object, struct arena *mem)
{
	struct walk w = walk_into(ends, object);
	struct members all = { NULL, 0 };
	size_t cap = 0, kept = 0;

	while (walk_on(&w, true)) {
		all.p = arena_room(mem, all.p, all.n, &cap, sizeof(*all.p));
		all.p[all.n++] = (struct member){ jraw_decode(w.name, mem), w.value };
	}
	if (all.n > 1)
		qsort(all.p, all.n, sizeof(*all.p), member_cmp);
	for (size_t i = 0; i < all.n; i++)
		if (i + 1 == all.n || !span_eq(all.p[i].name, all.p[i + 1].name))
			all.p[kept++] = all.p[i];
	all.n = kept;
	return all;
}

struct pair {
	struct ends a, b;
	struct arena *mem;
};

static bool values_equal(const struct pair *both, struct span a, struct span b);

static bool
objects_equal(const struct pair *both, struct span a, struct span b)
{
	struct arena_mark before = arena_mark(both->mem);
	struct members x = sorted_members(&both->a, a, both->mem);
	struct members y = sorted_members(&both->b, b, both->mem);
	bool equal = x.n == y.n;

	for (size_t i = 0; equal && i < x.n; i++)
		equal = span_eq(x.p[i].name, y.p[i].name);
	for (size_t i = 0; equal && i < x.n; i++)
		equal = values_equal(both, x.p[i].value, y.p[i].value);
	arena_rewind(both->mem, before);
	return equal;
}

static bool
arrays_equal(const struct pair *both, struct span a, struct span b)
{
	struct walk x = walk_into(&both->a, a), y = walk_into(&both->b, b);

	for (;;) {
		bool more = walk_on(&x, false);

		if (more != walk_on(&y, false))
			return false;
		if (!more)
			return true;
		if (!values_equal(both, x.value, y.value))
			return false;
	}
}

static bool
numbers_equal(struct span a, struct span b)
{
	struct dec x, y;

	return span_eq(a, b) || (dec_parse(a, &x) && dec_parse(b, &y) && dec_cmp(&x, &y) == 0);
}

static bool
values_equal(const struct pair *both, struct span a, struct span b)
{
	enum jtype type = jval_type(a);

	if (type != jval_type(b))
		return false;
	switch (type) {
	case J_NUMBER:
		return numbers_equal(a, b);
	case J_STRING:
		return strings_equal(unquoted(a), unquoted(b));
	case J_ARRAY:
		return arrays_equal(both, a, b);
	case J_OBJECT:
		return objects_equal(both, a, b);
	default:
		return true;
	}
}

bool
jval_equal(struct span a, struct span b, struct arena *mem)
{
	struct arena_mark before = arena_mark(mem);
	struct pair both = { .mem = mem };
	bool equal;

	if (span_eq(a, b))
		return true;
	note_ends(&both.a, a, mem);
	note_ends(&both.b, b, mem);
	equal = values_equal(&both, a, b);
	arena_rewind(mem, before);
	return equal;
}
