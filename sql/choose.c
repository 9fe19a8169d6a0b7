/* sql/choose.c - how a plan will be read */
#include "sql/choose.h"

#include "sql/box.h"

/* A COND_TEST or COND_SPATIAL that every match satisfies, with its path from the root, and that of its context. */
struct clause {
	const struct cond *test;
	struct path path, at;
	bool decided;			/* exactly, by an index */
};

struct chooser {
	const struct plan *plan;
	enum plan_sort sort;
	struct arena *mem;
	struct choice *out;
	struct clause *clauses;
	size_t n_clauses, cap_clauses;
	size_t n_others;		/* conditions that are no clauses */
	size_t cap_uses, cap_keys, cap_rest;
};

struct path
path_join(const struct path *a, const struct path *b, struct arena *mem)
{
	struct step *steps;

	if (a->n_steps == 0)
		return *b;
	if (b->n_steps == 0)
		return *a;
	steps = ARENA_ARRAY(mem, struct step, a->n_steps + b->n_steps);
	memcpy(steps, a->steps, a->n_steps * sizeof(*steps));
	memcpy(steps + a->n_steps, b->steps, b->n_steps * sizeof(*steps));
	return (struct path){ .n_steps = a->n_steps + b->n_steps, .steps = steps };
}

/* ---- the filter as clauses ---- */

static void
add_clause(struct chooser *w, const struct cond *c, const struct path *at)
{
	w->clauses = arena_room(w->mem, w->clauses, w->n_clauses, &w->cap_clauses, sizeof(*w->clauses));
	w->clauses[w->n_clauses++] = (struct clause){ .test = c, .path = path_join(at, &c->path, w->mem), .at = *at };
	if (c->op == OP_IN && c->n_values == 0)
		w->out->is_empty = true;
}

static void
add_keys(struct chooser *w, const struct cond *c)
{
	w->out->keys = arena_room(w->mem, w->out->keys, w->out->n_keys, &w->cap_keys, sizeof(*w->out->keys));
	w->out->keys[w->out->n_keys++] = c;
}

static void
add_rest(struct chooser *w, const struct cond *c, const struct path *at)
{
	w->out->rest = arena_room(w->mem, w->out->rest, w->out->n_rest, &w->cap_rest, sizeof(*w->out->rest));
	w->out->rest[w->out->n_rest++] = (struct rest){ c, *at };
}

/* A word is somewhere in the document wherever the filter looks for it.  Without words nothing matches. */
static void
add_words(struct chooser *w, const struct cond *c)
{
	struct choice *out = w->out;

	out->is_empty |= c->n_values == 0;
	if (out->words == NULL)
		out->words = ARENA_ARRAY(w->mem, struct span, WORDS);
	for (size_t i = 0; i < c->n_values && out->n_words < WORDS; i++)
		out->words[out->n_words++] = word_kept(c->values[i].text);
}

static bool
same_path(const struct path *a, const struct path *b)
{
	for (size_t i = 0; i < a->n_steps; i++)
		if (a->steps[i].kind != STEP_FIELD)
			return false;
	return path_is(b, a);
}

/*
 * The tests under COND_AT are necessary conditions on the whole document as well: what a context yields at a path, the
 * document yields at both paths joined.  They are also sufficient when all of them ask for the same path and an index
 * promises at most one value there, because then only one context can have it.
 */
static bool
is_one_path(const struct chooser *w, size_t from, size_t others_before)
{
	bool one = w->n_others == others_before && w->n_clauses > from;

	for (size_t i = from + 1; one && i < w->n_clauses; i++)
		one = same_path(&w->clauses[from].path, &w->clauses[i].path);
	return one;
}

static void
collect(struct chooser *w, const struct cond *c, const struct path *at)
{
	size_t from = w->n_clauses, others = w->n_others;
	struct path inner;

	switch (c->kind) {
	case COND_ALL:
		for (const struct cond *child = c->children; child != NULL; child = child->next)
			collect(w, child, at);
		break;
	case COND_TEST:
	case COND_SPATIAL:
		add_clause(w, c, at);
		break;
	case COND_AT:
		inner = path_join(at, &c->path, w->mem);
		collect(w, c->children, &inner);
		w->out->has_residue |= !is_one_path(w, from, others);
		break;
	case COND_KEYS:
		add_keys(w, c);
		break;
	case COND_CONTAINS:
		w->n_others++;
		w->out->has_residue = true;
		add_words(w, c);
		break;
	default:
		w->n_others++;
		w->out->has_residue = true;
		add_rest(w, c, at);
		break;
	}
}

/* ---- parsed documents ---- */

/*
 * An index that the engine may use is the first to be asked, as it is for words; where another index leads, or the order of keys,
 * they are rows that are looked at.
 */
static void
choose_parsed(struct chooser *w)
{
	const struct coll *coll = w->plan->coll;
	const struct index *search = index_for_search(coll->indexes);
	struct choice *out = w->out;
	bool is_bare = out->lead == NULL && out->n_keys == 0;

	if (!coll->asks_parsed && (search == NULL || !search->has_parsed || out->n_uses > 0 || out->n_keys > 0))
		return;
	out->path = jsonpath_of(w->plan->where, w->mem);
	if (out->path.text.n == 0)
		return;
	out->parsed = coll->asks_parsed ? NULL : search;
	out->path.is_indexed &= is_bare && search != NULL && (search->has_parsed || search->indexes_parsed);
}

/* ---- indexes ---- */

static enum fit
fit_clause(const struct index *ix, size_t field, const struct cond *test, struct arena *mem, struct reach *out)
{
	return ix->kind == INDEX_SPATIAL ? fit_box(ix, field, test, mem, out) : fit_index(ix, field, test, mem, out);
}

enum bound { BOUND_NONE, BOUND_RANGE, BOUND_LIST, BOUND_ONE };

/* how the filter binds a field of an index */
static enum bound
bound_of(struct chooser *w, const struct index *ix, size_t field)
{
	enum bound best = BOUND_NONE, b;
	struct reach r;

	for (size_t i = 0; i < w->n_clauses; i++) {
		if (!path_is(&w->clauses[i].path, &ix->fields[field].path)
		    || fit_clause(ix, field, w->clauses[i].test, w->mem, &r) == FIT_NONE)
			continue;
		b = r.n_points == 1 ? BOUND_ONE : r.n_points > 1 ? BOUND_LIST : BOUND_RANGE;
		if (b > best)
			best = b;
	}
	return best;
}

static bool
field_orders(const struct index_field *f, const struct order_term *t)
{
	return f->type == t->type && path_is(&f->path, &t->path)
	    && (t->max_chars == 0 || f->type != TYPE_VARCHAR2 || (f->max_chars != 0 && f->max_chars <= t->max_chars));
}

struct ordering {
	bool usable;		/* the index holds what the order needs */
	bool direct;		/* its rows come in that order */
	size_t n;
	struct order_column *columns;
};

/*
 * An index refuses what $orderby without flags refuses, so it can stand for it; a lax one turns into missing what only a lax
 * order takes for missing.  One that allows missing values cannot stand for an order that fails on them.
 */
static bool
discipline_fits(const struct index *ix, const struct order *order)
{
	return ix->kind == INDEX_BTREE && !ix->multivalue && (!ix->lax || order->lax)
	    && (ix->scalar_required || !order->scalar_required);
}

static struct ordering
ordering_of(struct chooser *w, const struct index *ix, const enum bound *bounds)
{
	const struct order *order = &w->plan->order;
	struct ordering o = { .usable = discipline_fits(ix, order), .direct = true };
	size_t f = 0;

	o.columns = ARENA_ARRAY(w->mem, struct order_column, order->n_terms);
	for (size_t t = 0; o.usable && t < order->n_terms; t++) {
		const struct order_term *term = &order->terms[t];

		while (f < ix->n_fields && bounds[f] == BOUND_ONE && !field_orders(&ix->fields[f], term))
			f++;
		o.usable = f < ix->n_fields && field_orders(&ix->fields[f], term);
		if (!o.usable)
			break;
		if (bounds[f] != BOUND_ONE) {
			o.columns[o.n++] = (struct order_column){ f, term->descending };
			o.direct &= term->descending == ix->fields[f].descending;
		}
		f++;
	}
	while (f < ix->n_fields && bounds[f] == BOUND_ONE)
		f++;
	o.direct &= f == ix->n_fields;	/* the key comes next */
	return o;
}

enum { UNIQUE = 10000 };	/* of a score: one document at most; no index has so many fields that it gets there without */

static int
score(const struct index *ix, const enum bound *bounds)
{
	size_t f = 0;
	int sum = 0;

	while (f < ix->n_fields && bounds[f] == BOUND_ONE)
		f++;
	sum = 100 * (int)f;
	if (f == ix->n_fields && ix->unique)
		sum += UNIQUE;
	if (f < ix->n_fields && bounds[f] != BOUND_NONE)
		sum += bounds[f] == BOUND_LIST ? 60 : 30;
	return sum;
}

/* Ranges of one field become one. */
static void
add_use(struct chooser *w, const struct index *ix, size_t field, const struct reach *r)
{
	for (size_t i = 0; i < w->out->n_uses; i++) {
		struct use *u = &w->out->uses[i];

		if (u->index == ix && u->field == field && reach_meet(&u->reach, r))
			return;
	}
	w->out->uses = arena_room(w->mem, w->out->uses, w->out->n_uses, &w->cap_uses, sizeof(*w->out->uses));
	w->out->uses[w->out->n_uses++] = (struct use){ ix, field, *r };
}

static void
use_index(struct chooser *w, const struct index *ix, struct clause *c, bool only_exact)
{
	for (size_t f = 0; f < ix->n_fields && !c->decided; f++) {
		struct reach r;
		enum fit fit;

		if (!path_is(&c->path, &ix->fields[f].path))
			continue;
		fit = fit_clause(ix, f, c->test, w->mem, &r);
		if (fit == FIT_NONE || (only_exact && fit != FIT_EXACT))
			continue;
		add_use(w, ix, f, &r);
		c->decided = fit == FIT_EXACT;
	}
}

static enum bound *
bounds_of(struct chooser *w, const struct index *ix)
{
	enum bound *b = ARENA_ARRAY(w->mem, enum bound, ix->n_fields);

	for (size_t f = 0; f < ix->n_fields; f++)
		b[f] = bound_of(w, ix, f);
	return b;
}

static void
take_order(struct chooser *w, const struct index *ix, const struct ordering *o)
{
	w->out->is_sorted = true;
	w->out->order = o->columns;
	w->out->n_order = o->n;
	w->out->may_tie = false;	/* of an index that was taken before */
	for (size_t i = 0; i < o->n; i++)
		w->out->may_tie |= value_may_be_long(ix, o->columns[i].field);
}

/* Which index finds the documents: the one that the filter binds best, then the one that also brings them in order. */
static const enum bound *
choose_lead(struct chooser *w, bool ordered)
{
	const enum bound *best_bounds = NULL;
	int best = 0;

	if (w->out->n_keys > 0) {	/* at most as many documents as there are keys */
		w->out->searched = NULL;
		return NULL;
	}
	for (const struct index *ix = w->plan->coll->indexes; ix != NULL; ix = ix->next) {
		const enum bound *b = bounds_of(w, ix);
		int s = score(ix, b);

		if (s > 0 && ordered) {
			struct ordering o = ordering_of(w, ix, b);

			s += o.usable ? o.direct ? 20 : 10 : 0;
		}
		if (s > best) {
			best = s;
			best_bounds = b;
			w->out->lead = ix;
		}
	}
	if (w->out->searched != NULL && best < UNIQUE) {	/* words are rarer than most values */
		w->out->lead = NULL;
		return NULL;
	}
	w->out->searched = NULL;
	return best_bounds;
}

/* $orderby without a lead: an index may lead for the sake of its order. */
static void
lead_by_order(struct chooser *w)
{
	for (const struct index *ix = w->plan->coll->indexes; ix != NULL; ix = ix->next) {
		struct ordering o = ordering_of(w, ix, bounds_of(w, ix));

		if (!o.usable || (w->out->lead != NULL && !o.direct))
			continue;
		w->out->lead = ix;
		w->out->keys_only = !o.direct;
		take_order(w, ix, &o);
		if (o.direct)
			return;
	}
}

/* The lead finds, another index holds the order: worth it only when nothing but keys has to be read. */
static void
order_by_other(struct chooser *w)
{
	for (const struct index *ix = w->plan->coll->indexes; ix != NULL; ix = ix->next) {
		struct ordering o = ordering_of(w, ix, ARENA_ARRAY(w->mem, enum bound, ix->n_fields));

		if (!o.usable)
			continue;
		w->out->by = ix;
		w->out->keys_only = true;
		take_order(w, ix, &o);
		return;
	}
}

static bool
all_bound(const struct index *ix, const enum bound *bounds)
{
	for (size_t f = 0; f < ix->n_fields; f++)
		if (bounds[f] != BOUND_ONE)
			return false;
	return true;
}

static void
choose_order(struct chooser *w, const enum bound *bounds)
{
	struct choice *out = w->out;
	struct ordering o;

	switch (w->sort) {
	case SORT_KEY:
	case SORT_KEY_DESCENDING:
		out->is_sorted = true;
		out->keys_only = out->lead != NULL && !all_bound(out->lead, bounds);
		break;
	case SORT_TIME:
		out->is_sorted = true;
		out->keys_only = out->lead != NULL || out->n_keys > 0 || w->plan->coll->meta.modified_index[0] == '\0';
		break;
	case SORT_ORDER:
		if (out->lead != NULL) {
			o = ordering_of(w, out->lead, bounds);
			if (o.usable) {
				out->keys_only = !o.direct;
				take_order(w, out->lead, &o);
			}
		} else if (out->n_keys == 0 && out->searched == NULL) {
			lead_by_order(w);
		}
		break;
	}
}

void
choose(const struct plan *plan, bool sorted, struct arena *mem, struct choice *out)
{
	struct chooser w = { .plan = plan, .mem = mem, .out = out };
	const struct path root = { 0 };
	const enum bound *bounds;

	*out = (struct choice){ 0 };
	w.sort = plan->sort == SORT_ORDER && plan->order.n_terms == 0 ? SORT_KEY : plan->sort;
	if (plan->where != NULL)
		collect(&w, plan->where, &root);
	if (out->n_words > 0)
		out->searched = index_for_search(plan->coll->indexes);
	if (out->searched != NULL && !out->searched->has_words)
		out->searched = NULL;
	bounds = choose_lead(&w, sorted && w.sort == SORT_ORDER);
	if (sorted)
		choose_order(&w, bounds);
	for (size_t i = 0; i < w.n_clauses; i++) {
		struct clause *c = &w.clauses[i];

		if (out->lead != NULL)
			use_index(&w, out->lead, c, false);
		for (const struct index *ix = plan->coll->indexes; ix != NULL && !c->decided; ix = ix->next)
			if (ix != out->lead)
				use_index(&w, ix, c, true);
		out->has_residue |= !c->decided;
	}
	if (out->has_residue)
		choose_parsed(&w);
	for (size_t i = 0; i < w.n_clauses; i++)
		if (!w.clauses[i].decided)
			add_rest(&w, w.clauses[i].test, &w.clauses[i].at);
	out->looks_at_text = out->has_residue && (out->path.text.n == 0 || out->path.is_blind) && !meta_is_hetero(&plan->coll->meta);
	if (sorted && w.sort == SORT_ORDER && !out->is_sorted && !out->has_residue)
		order_by_other(&w);
}
