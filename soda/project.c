/* soda/project.c - $project: parts of a document
 *
 * Paths are kept sorted, so those that share their first steps are neighbours: one walk through the document carries along
 * the range that applies.
 */
#include "soda/project.h"

#include "soda/member.h"
#include "soda/path.h"

#include <stdlib.h>

enum { MAX_PATHS = 1000 };

/* ---- reading ---- */

static bool
project_fail(const struct member *m, enum err_kind kind, struct err *e, const char *what)
{
	int inner = kind == ERR_PROJECT ? 5010 : 0;

	err_inner(e, kind, inner, "$project: \"%.*s\" %s", SPAN_ARG(excerpt(m->name)), what);
	return member_at(m, e);
}

/* 1, true, "include": in; 0, false, "exclude": out */
static bool
read_choice(const struct member *m, struct arena *mem, bool *exclude, struct err *e)
{
	struct dec number;
	struct span word;
	int64_t n;

	switch (jval_type(m->value)) {
	case J_TRUE:
	case J_FALSE:
		*exclude = m->value.p[0] == 'f';
		return true;
	case J_NUMBER:
		dec_parse(m->value, &number);
		*exclude = number.sign == 0;
		if (*exclude || (dec_is_integer(&number) && dec_to_int64(&number, &n) && n == 1))
			return true;
		break;
	case J_STRING:
		word = jstring_decode(m->value, mem);
		*exclude = span_is(word, "exclude");
		if (*exclude || span_is(word, "include"))
			return true;
		break;
	default:
		break;
	}
	return project_fail(m, ERR_PROJECT, e, "takes 1, true or \"include\", 0, false or \"exclude\"");
}

static int
by_steps(const void *a, const void *b)
{
	const struct path *x = a, *y = b;

	for (size_t i = 0; i < x->n_steps && i < y->n_steps; i++) {
		int d = span_cmp(x->steps[i].name, y->steps[i].name);

		if (d != 0)
			return d;
	}
	return (x->n_steps > y->n_steps) - (x->n_steps < y->n_steps);
}

static bool
is_beginning(const struct path *x, const struct path *of)
{
	if (x->n_steps > of->n_steps)
		return false;
	for (size_t i = 0; i < x->n_steps; i++)
		if (!span_eq(x->steps[i].name, of->steps[i].name))
			return false;
	return true;
}

bool
project_parse(struct span value, struct arena *mem, struct project *out, struct err *e)
{
	struct member root = { .value = value };
	struct member m = { .up = &root, .name = SPAN("$project"), .value = value };
	struct members list;
	struct path *paths;

	*out = (struct project){ 0 };
	if (jval_type(value) != J_OBJECT)
		return project_fail(&m, ERR_PROJECT, e, "must be an object");
	if (!members_read(&m, MAX_PATHS, mem, &list))
		return project_fail(&m, ERR_PROJECT, e, "has more than 1000 paths");
	paths = ARENA_ARRAY(mem, struct path, list.n);
	for (size_t i = 0; i < list.n; i++) {
		const struct member *x = &list.list[i];
		bool exclude;

		if (!path_parse(x->name, mem, &paths[i], e))
			return member_at(x, e);
		if (path_has_array_step(&paths[i]))
			return project_fail(x, ERR_PROJECT_ARRAY, e, "must consist of field names");
		if (!read_choice(x, mem, &exclude, e))
			return false;
		if (i > 0 && exclude != out->exclude)
			return project_fail(x, ERR_PROJECT_MIXED, e, "differs: a projection either includes or excludes");
		out->exclude = exclude;
	}
	if (list.n > 0)
		qsort(paths, list.n, sizeof(*paths), by_steps);
	for (size_t i = 1; i < list.n; i++)
		if (is_beginning(&paths[i - 1], &paths[i])) {
			m.name = paths[i - 1].text;
			return project_fail(&m, ERR_PROJECT_OVERLAP, e, "is the beginning of another path");
		}
	out->paths = paths;
	out->n_paths = list.n;
	return true;
}

/* ---- applying ---- */

/* paths[from..to) agree in their first `depth` steps, and these were taken */
struct range {
	size_t from, to, depth;
};

struct projection {
	const struct project *p;
	struct arena *mem;
	struct buf *out;
};

/* the first path of the range whose next step is not below the name; with above: not above it */
static size_t
bound(const struct project *p, struct range r, struct span name, bool above)
{
	while (r.from < r.to) {
		size_t half = r.from + (r.to - r.from) / 2;
		int d = span_cmp(p->paths[half].steps[r.depth].name, name);

		if (d < 0 || (above && d == 0))
			r.from = half + 1;
		else
			r.to = half;
	}
	return r.from;
}

static struct range
narrow(const struct project *p, struct range r, struct span name)
{
	return (struct range){ bound(p, r, name, false), bound(p, r, name, true), r.depth + 1 };
}

static void project_object(const struct projection *x, struct span object, struct range r);

/* Elements that are objects, one level deep as paths go; others have no fields to keep, and none to leave out. */
static void
project_array(const struct projection *x, struct span array, struct range r)
{
	struct jiter it;
	struct span v;
	bool has_some = false;

	buf_char(x->out, '[');
	jiter_open(&it, array);
	while (jiter_element(&it, &v)) {
		if (v.p[0] != '{' && !x->p->exclude)
			continue;
		if (has_some)
			buf_char(x->out, ',');
		has_some = true;
		if (v.p[0] == '{')
			project_object(x, v, r);
		else
			buf_span(x->out, v);
	}
	buf_char(x->out, ']');
}

static void
put_name(struct buf *out, struct span raw, bool *has_some)
{
	if (*has_some)
		buf_char(out, ',');
	*has_some = true;
	buf_char(out, '"');
	buf_span(out, raw);
	put_lit(out, "\":");
}

/* Recurses on the steps of the paths, of which there are at most 64. */
static void
project_object(const struct projection *x, struct span object, struct range r)
{
	struct jiter it;
	struct span raw, v;
	bool has_some = false;

	buf_char(x->out, '{');
	jiter_open(&it, object);
	while (jiter_member(&it, &raw, &v)) {
		struct range below = narrow(x->p, r, jraw_decode(raw, x->mem));
		bool is_named = below.from < below.to;
		bool is_last = is_named && x->p->paths[below.from].n_steps == below.depth;

		if (is_named && !is_last && jval_is_container(v)) {
			put_name(x->out, raw, &has_some);
			if (v.p[0] == '{')
				project_object(x, v, below);
			else
				project_array(x, v, below);
		} else if (x->p->exclude ? !is_last : is_last) {
			put_name(x->out, raw, &has_some);
			buf_span(x->out, v);
		}
	}
	buf_char(x->out, '}');
}

void
project_apply(const struct project *p, struct span content, struct arena *mem, struct buf *out)
{
	struct projection x = { .p = p, .mem = mem, .out = out };
	struct range all = { 0, p->n_paths, 0 };
	struct span root = jcur_root(content);

	if (p->n_paths == 0)
		buf_span(out, root);
	else if (root.p[0] == '{')
		project_object(&x, root, all);
	else if (root.p[0] == '[')
		project_array(&x, root, all);
	else if (p->exclude)
		buf_span(out, root);
	else
		put_lit(out, "null");
}
