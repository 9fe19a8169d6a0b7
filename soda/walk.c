/* soda/walk.c - the values that a path names in a document
 *
 * A path of fields and positions reaches every value in one way only, so walk() goes straight down.  A path with ".." can
 * reach a value in very many ways (..a..a..a in a deep document); descend() reads the text once and keeps, for each open
 * container, the set of steps that are still to be applied to it: one bit per step.  So time is bounded by the text times
 * the steps, and each value comes once.
 *
 * Where repeated names are allowed (soda.allowDuplicateNames), the last one counts for a name; "*" and ".." meet them all.
 */
#include "soda/path.h"

/* ---- positions ---- */

static bool
needs_length(const struct step *step)
{
	for (size_t i = 0; i < step->n_subs; i++)
		if (step->subs[i].from_last || step->subs[i].to_last)
			return true;
	return false;
}

static bool
selects(const struct step *step, int64_t k, int64_t length)
{
	if (step->all)
		return true;
	for (size_t i = 0; i < step->n_subs; i++) {
		const struct sub *s = &step->subs[i];
		int64_t a = s->from_last ? length - 1 - s->from : s->from;
		int64_t b = s->to_last ? length - 1 - s->to : s->to;

		if ((a <= k && k <= b) || (b <= k && k <= a))
			return true;
	}
	return false;
}

/* the last position that a step without "last" can select */
static int64_t
highest(const struct step *step)
{
	int64_t top = step->all ? INT64_MAX : 0;

	for (size_t i = 0; i < step->n_subs; i++) {
		top = step->subs[i].from > top ? step->subs[i].from : top;
		top = step->subs[i].to > top ? step->subs[i].to : top;
	}
	return top;
}

/* ---- down to the first ".." ---- */

struct walk {
	const struct path *p;
	struct arena *mem;
	path_value_fn *fn;
	void *arg;
};

static bool walk(const struct walk *w, size_t i, struct span v);
static bool descend(const struct walk *w, size_t i, struct span v);

static bool
walk_elements(const struct walk *w, size_t i, struct span array)
{
	const struct step *step = &w->p->steps[i];
	bool by_length = needs_length(step);
	int64_t length = by_length ? (int64_t)jarray_count(array) : 0;
	int64_t last = by_length ? length - 1 : highest(step);
	struct jiter it;
	struct span v;

	jiter_open(&it, array);
	for (int64_t k = 0; k <= last && jiter_element(&it, &v); k++)
		if (selects(step, k, length) && walk(w, i + 1, v))
			return true;
	return false;
}

/* a field step or *, on one object */
static bool
walk_members(const struct walk *w, size_t i, struct span object)
{
	struct jiter it;
	struct span name, v;

	if (w->p->steps[i].kind == STEP_FIELD)
		return jmember(object, w->p->steps[i].name, &v) && walk(w, i + 1, v);
	jiter_open(&it, object);
	while (jiter_member(&it, &name, &v))
		if (walk(w, i + 1, v))
			return true;
	return false;
}

static bool
walk_unwrapped(const struct walk *w, size_t i, struct span array)
{
	struct jiter it;
	struct span v;

	jiter_open(&it, array);
	while (jiter_element(&it, &v))
		if (v.p[0] == '{' && walk_members(w, i, v))
			return true;
	return false;
}

static bool
walk(const struct walk *w, size_t i, struct span v)
{
	for (; i < w->p->n_steps; i++) {
		const struct step *step = &w->p->steps[i];

		if (step->kind == STEP_DESCENDANT)
			return descend(w, i, v);
		if (step->kind == STEP_ARRAY) {
			if (v.p[0] == '[')
				return walk_elements(w, i, v);
			if (!selects(step, 0, 1))
				return false;
			continue;
		}
		if (v.p[0] == '[')
			return walk_unwrapped(w, i, v);
		if (v.p[0] != '{')
			return false;
		if (step->kind == STEP_ANY_FIELD)
			return walk_members(w, i, v);
		if (!jmember(v, step->name, &v))
			return false;
	}
	return w->fn(w->arg, v);
}

/* ---- from there on ---- */

struct states {
	uint64_t live;			/* steps to be applied to the value */
	uint64_t if_object;		/* and these, too, if it is an object: of an array that a field step unwraps */
	bool is_result;			/* the value belongs to the sequence */
};

struct level {
	const char *start;		/* of an open container */
	struct states s;
	int64_t at, length;		/* array: position of the next element; how many there are, if that is wanted */
};

struct descent {
	const struct walk *w;
	const char *p;
	struct level *levels;
	size_t n, cap;
	const uint32_t *lengths;	/* of arrays, as they open; NULL: no step counts from the last */
};

#define EACH_BIT(bits, i) \
	for (uint64_t left_ = (bits); left_ != 0 && ((i) = (size_t)__builtin_ctzll(left_), true); left_ &= left_ - 1)

static void
add_state(const struct descent *d, struct states *s, size_t i)
{
	if (i == d->w->p->n_steps)
		s->is_result = true;
	else
		s->live |= UINT64_C(1) << i;
}

static const char *
string_end(const char *p)
{
	for (p++; *p != '"'; p++)
		p += *p == '\\';
	return p + 1;
}

static const char *
scalar_end(const char *p, const char *end)
{
	if (*p == '"')
		return string_end(p);
	while (p < end && *p != ',' && *p != ']' && *p != '}' && (unsigned char)*p > ' ')
		p++;
	return p;
}

static const char *
skip_blanks(const char *p)
{
	while (*p == ' ' || *p == '\t' || *p == '\n' || *p == '\r')
		p++;
	return p;
}

/* Number of elements of every array in the container, as they open. */
static const uint32_t *
array_lengths(struct arena *mem, struct span container)
{
	const char *p = container.p, *end = p + container.n;
	size_t n = 0, cap = 64, depth = 0, deep = 64;
	uint32_t *lengths = arena_alloc(mem, cap * sizeof(*lengths));
	uint32_t *open = arena_alloc(mem, deep * sizeof(*open));	/* index of the length to count in */

	lengths[n++] = 0;		/* of objects, where commas mean nothing */
	while (p < end) {
		if (*p == '"') {
			p = string_end(p);
			continue;
		}
		if (*p == '{' || *p == '[') {
			if (depth == deep) {
				open = arena_grow(mem, open, deep * sizeof(*open), 2 * deep * sizeof(*open));
				deep *= 2;
			}
			if (n == cap) {
				lengths = arena_grow(mem, lengths, cap * sizeof(*lengths), 2 * cap * sizeof(*lengths));
				cap *= 2;
			}
			if (*p == '[')
				lengths[n] = *skip_blanks(p + 1) != ']';
			open[depth++] = *p == '[' ? (uint32_t)n++ : 0;
		} else if (*p == '}' || *p == ']') {
			depth--;
		} else if (*p == ',') {
			lengths[open[depth - 1]]++;
		}
		p++;
	}
	return lengths + 1;
}

/* On a value that is no array, a position is 0 of 1. */
static void
pass_positions(const struct descent *d, struct states *s)
{
	const struct path *path = d->w->p;

	for (size_t i = 0; i < path->n_steps; i++) {
		uint64_t bit = UINT64_C(1) << i;

		if ((s->live & bit) == 0 || path->steps[i].kind != STEP_ARRAY)
			continue;
		s->live &= ~bit;
		if (selects(&path->steps[i], 0, 1))
			add_state(d, s, i + 1);
	}
}

static void
open_level(struct descent *d, struct states s)
{
	d->levels = arena_room(d->w->mem, d->levels, d->n, &d->cap, sizeof(*d->levels));
	d->levels[d->n] = (struct level){ .start = d->p, .s = s };
	if (*d->p == '[' && d->lengths != NULL)
		d->levels[d->n].length = *d->lengths++;
	d->n++;
}

/* at a member's name; to its value */
static struct states
next_member(struct descent *d, const struct level *l)
{
	const char *start = d->p + 1;
	struct span name;
	struct states s = { 0 };
	size_t i;

	d->p = string_end(d->p);
	name = (struct span){ start, (size_t)(d->p - 1 - start) };
	d->p = skip_blanks(skip_blanks(d->p) + 1);
	EACH_BIT(l->s.live, i) {
		const struct step *step = &d->w->p->steps[i];

		if (step->kind == STEP_ANY_FIELD || step->all || jname_eq(name, step->name))
			add_state(d, &s, i + 1);
		if (step->kind == STEP_DESCENDANT)
			add_state(d, &s, i);
	}
	return s;
}

static struct states
next_element(const struct descent *d, struct level *l)
{
	struct states s = { 0 };
	int64_t k = l->at++;
	size_t i;

	EACH_BIT(l->s.live, i) {
		const struct step *step = &d->w->p->steps[i];

		if (step->kind == STEP_DESCENDANT)
			s.live |= UINT64_C(1) << i;
		else if (step->kind != STEP_ARRAY)
			s.if_object |= UINT64_C(1) << i;
		else if (selects(step, k, l->length))
			add_state(d, &s, i + 1);
	}
	return s;
}

/* close what ends here; true: the receiver has enough */
static bool
close_levels(struct descent *d)
{
	while (d->n > 0) {
		struct level *l = &d->levels[d->n - 1];

		while (*d->p == ',' || (unsigned char)*d->p <= ' ')
			d->p++;
		if (*d->p != '}' && *d->p != ']')
			return false;
		d->p++;
		d->n--;
		if (l->s.is_result && d->w->fn(d->w->arg, (struct span){ l->start, (size_t)(d->p - l->start) }))
			return true;
	}
	return false;
}

/* The steps from i on, the first of which is a "..", applied to v.  Containers come when they end. */
static bool
descend(const struct walk *w, size_t i, struct span v)
{
	struct descent d = { .w = w, .p = v.p };
	struct states s = { .live = UINT64_C(1) << i };

	if (!jval_is_container(v))
		return false;
	for (size_t k = i; k < w->p->n_steps && d.lengths == NULL; k++)
		if (needs_length(&w->p->steps[k]))
			d.lengths = array_lengths(w->mem, v);
	do {
		const char *start = d.p;
		struct level *l;

		if (*d.p == '{')
			s.live |= s.if_object;
		if (*d.p != '[')
			pass_positions(&d, &s);
		if (*d.p == '{' || *d.p == '[') {
			open_level(&d, s);
			d.p++;
		} else {
			d.p = scalar_end(d.p, v.p + v.n);
			if (s.is_result && w->fn(w->arg, (struct span){ start, (size_t)(d.p - start) }))
				return true;
		}
		if (close_levels(&d))
			return true;
		if (d.n == 0)
			return false;
		l = &d.levels[d.n - 1];
		s = *l->start == '{' ? next_member(&d, l) : next_element(&d, l);
	} while (true);
}

bool
path_each(const struct path *p, struct span context, struct arena *mem, path_value_fn *fn, void *arg)
{
	struct walk w = { .p = p, .mem = mem, .fn = fn, .arg = arg };

	return walk(&w, 0, context);
}
