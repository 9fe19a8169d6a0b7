/* soda/match.c - the condition tree against one document
 *
 * Recurses on the filter, whose depth is limited, never on the document.
 */
#include "soda/match.h"

#include "soda/compare.h"
#include "soda/geo.h"
#include "soda/path.h"
#include "soda/words.h"

enum {
	WORK_PER_LOOK = 32 * 1024 * 1024,	/* bytes and values looked at between two looks at the clock */
	MAX_MS = 10000				/* for one document */
};

struct match {
	struct arena *mem;
	struct err *e;
	struct span key;
	bool has_failed;		/* e is set, so no answer counts any more */
	size_t work;
	int64_t until_ns;
};

static bool
fail(struct match *m)
{
	m->has_failed = true;
	return false;
}

/* Small documents never come to look at the clock. */
static bool
spend(struct match *m, size_t n)
{
	int64_t now;

	m->work += n + 1;
	if (m->work < WORK_PER_LOOK)
		return true;
	m->work = 0;
	now = clock_mono_ns();
	if (m->until_ns == 0)
		m->until_ns = now + MAX_MS * INT64_C(1000000);
	if (now <= m->until_ns)
		return true;
	err_set(m->e, ERR_TIMEOUT, "the filter takes too long on some object");
	return fail(m);
}

/* one condition and who evaluates it, for path_each() */
struct visit {
	struct match *m;
	const struct cond *c;
	struct span single;		/* COND_SINGLE, COND_SPATIAL: the value */
	size_t n_values;
};

static bool holds(struct match *m, const struct cond *c, struct span context);

/* The receivers return true to end the walk: the answer is known, or there is none any more. */
static bool
visit_at(void *arg, struct span v)
{
	struct visit *x = arg;

	return holds(x->m, x->c->children, v) || x->m->has_failed;
}

/* what one comparison may cost beyond reading the value once */
static size_t
price(const struct cond *c, struct span v)
{
	switch (c->op) {
	case OP_REGEX:
		return WORK_PER_LOOK;	/* that is at most a million steps from each start */
	case OP_LIKE:
		return v.n * (1 + c->values[0].text.n);
	case OP_IN:
		return v.n * c->n_values;
	default:
		return 0;
	}
}

static bool
satisfies(struct match *m, const struct cond *c, struct span v)
{
	bool yes;

	if (!spend(m, price(c, v)))
		return false;
	yes = compare_value(c, v, m->mem, m->e);
	if (m->e->kind != ERR_NONE)
		return fail(m);
	return yes;
}

static bool
visit_test(void *arg, struct span v)
{
	struct visit *x = arg;
	struct jiter it;
	struct span element;

	if (x->c->op == OP_EXISTS)
		return true;
	if (v.p[0] != '[' || x->c->method == METHOD_SIZE || x->c->method == METHOD_TYPE)
		return satisfies(x->m, x->c, v) || x->m->has_failed;
	jiter_open(&it, v);
	while (jiter_element(&it, &element))
		if (satisfies(x->m, x->c, element) || x->m->has_failed)
			return true;
	return false;
}

static bool
visit_single(void *arg, struct span v)
{
	struct visit *x = arg;

	x->single = v;
	return ++x->n_values > 1;
}

static bool
visit_words(void *arg, struct span v)
{
	struct visit *x = arg;

	return !spend(x->m, v.n) || words_in(x->c, v, x->m->mem);
}

/* on the values of the condition's path */
static bool
holds_below(struct match *m, const struct cond *c, struct span context)
{
	struct visit x = { .m = m, .c = c };
	struct arena_mark mark;
	bool yes;

	if (!spend(m, context.n))
		return false;
	if (c->kind == COND_AT)
		return path_each(&c->path, context, m->mem, visit_at, &x) && !m->has_failed;
	mark = arena_mark(m->mem);
	if (c->kind == COND_CONTAINS) {
		yes = path_each(&c->path, context, m->mem, visit_words, &x);
	} else if (c->kind == COND_TEST) {
		yes = path_each(&c->path, context, m->mem, visit_test, &x);
	} else if (c->kind == COND_SPATIAL) {
		path_each(&c->path, context, m->mem, visit_single, &x);
		yes = geo_holds(c, x.n_values, x.single, m->mem, m->e);
		m->has_failed |= m->e->kind != ERR_NONE;
	} else {
		path_each(&c->path, context, m->mem, visit_single, &x);
		yes = x.n_values == 1 && !jval_is_container(x.single) && satisfies(m, c, x.single);
	}
	arena_rewind(m->mem, mark);
	return yes && !m->has_failed;
}

static bool
holds(struct match *m, const struct cond *c, struct span context)
{
	switch (c->kind) {
	case COND_ALL:
		for (const struct cond *x = c->children; x != NULL; x = x->next)
			if (!holds(m, x, context))
				return false;
		return true;
	case COND_ANY:
		for (const struct cond *x = c->children; x != NULL && !m->has_failed; x = x->next)
			if (holds(m, x, context))
				return true;
		return false;
	case COND_NOT:
		return !holds(m, c->children, context) && !m->has_failed;
	case COND_AT:
	case COND_TEST:
	case COND_SINGLE:
	case COND_CONTAINS:
	case COND_SPATIAL:
		return holds_below(m, c, context);
	case COND_KEYS:
		for (size_t i = 0; i < c->n_values; i++)
			if (span_eq(c->values[i].text, m->key))
				return true;
		return false;
	}
	return false;
}

bool
match_doc(const struct cond *where, struct span key, struct span content, struct arena *mem, struct err *e)
{
	struct match m = { .mem = mem, .e = e, .key = key };
	struct arena_mark mark = arena_mark(mem);
	bool yes = where == NULL || holds(&m, where, jcur_root(content));

	arena_rewind(mem, mark);
	return yes;
}

bool
match_plan(const struct plan *plan, struct span key, struct span content, struct arena *mem, struct err *e)
{
	return match_doc(plan->where, key, content, mem, e);
}
