/* soda/patch.c - JSON Patch and merge patch */
#include "soda/patch.h"

#include "soda/jtree.h"
#include "soda/member.h"

#include <assert.h>

enum op { OP_ADD, OP_REMOVE, OP_REPLACE, OP_MOVE, OP_COPY, OP_TEST, OP__N };

static const struct {
	const char *name;
	bool has_value, has_from;
} op_rows[OP__N] = {
	[OP_ADD] = { "add", true, false },
	[OP_REMOVE] = { "remove", false, false },
	[OP_REPLACE] = { "replace", true, false },
	[OP_MOVE] = { "move", false, true },
	[OP_COPY] = { "copy", false, true },
	[OP_TEST] = { "test", true, false },
};

struct pointer {
	struct span text;
	size_t n_steps;
	const struct span *steps;	/* decoded */
};

struct operation {
	enum op op;
	struct pointer path, from;
	struct span raw_name;		/* the last step of path as a member name */
	struct span value;
};

struct patch {
	size_t n_ops;
	const struct operation *ops;
};

/* ---- reading a patch ---- */

/* ~0 is ~, ~1 is /; anything else after ~ is no pointer */
static bool
unescape(struct span raw, struct arena *mem, struct span *out)
{
	const char *end = raw.p + raw.n;
	char *p;

	*out = raw;
	if (raw.n == 0 || memchr(raw.p, '~', raw.n) == NULL)
		return true;
	out->p = p = arena_alloc(mem, raw.n);
	for (const char *r = raw.p; r < end; r++) {
		*p = *r;
		if (*r == '~') {
			if (++r == end || (*r != '0' && *r != '1'))
				return false;
			*p = *r == '0' ? '~' : '/';
		}
		p++;
	}
	out->n = (size_t)(p - out->p);
	return true;
}

static bool
bad_pointer(struct span text, const char *why, struct err *e)
{
	return err_inner(e, ERR_PATCH_BAD, 5046, "pointer \"%.*s\": %s", SPAN_ARG(excerpt(text)), why);
}

static bool
pointer_parse(struct span text, struct arena *mem, struct pointer *out, struct err *e)
{
	const char *end = text.p + text.n;
	struct span *steps;
	size_t n = 0;

	if (text.n > POINTER_MAX_BYTES)
		return err_inner(e, ERR_PATCH_BAD, 5000, "a pointer is longer than %d bytes", POINTER_MAX_BYTES);
	if (text.n > 0 && text.p[0] != '/')
		return bad_pointer(text, "it does not begin with /", e);
	for (size_t i = 0; i < text.n; i++)
		n += text.p[i] == '/';
	if (n > POINTER_MAX_STEPS)
		return err_inner(e, ERR_PATCH_BAD, 5000, "a pointer has more than %d steps", POINTER_MAX_STEPS);
	*out = (struct pointer){ .text = text };
	out->steps = steps = ARENA_ARRAY(mem, struct span, n);
	for (const char *p = text.p; p < end; ) {
		const char *from = ++p;

		while (p < end && *p != '/')
			p++;
		if (!unescape((struct span){ from, (size_t)(p - from) }, mem, &steps[out->n_steps++]))
			return bad_pointer(text, "~ is followed by neither 0 nor 1", e);
	}
	return true;
}

static bool
pointer_member(struct span element, const char *name, struct arena *mem, struct pointer *out, struct err *e)
{
	struct span v;

	if (!jmember(element, span_of(name), &v))
		return err_inner(e, ERR_PATCH_BAD, 5046, "an operation has no \"%s\"", name);
	if (jval_type(v) != J_STRING)
		return err_inner(e, ERR_PATCH_BAD, 5046, "\"%s\" is not a string", name);
	return pointer_parse(jstring_decode(v, mem), mem, out, e);
}

static bool
op_member(struct span element, struct arena *mem, enum op *out, struct err *e)
{
	struct span v, name;

	if (!jmember(element, SPAN("op"), &v))
		return err_inner(e, ERR_PATCH_BAD, 5046, "an operation has no \"op\"");
	if (jval_type(v) != J_STRING)
		return err_inner(e, ERR_PATCH_BAD, 5046, "\"op\" is not a string");
	name = jstring_decode(v, mem);
	for (*out = 0; *out < OP__N; ++*out)
		if (span_is(name, op_rows[*out].name))
			return true;
	return err_inner(e, ERR_PATCH_BAD, 5046, "unknown operation \"%.*s\"", SPAN_ARG(excerpt(name)));
}

static bool
operation_parse(struct span element, struct arena *mem, struct operation *out, struct err *e)
{
	if (jval_type(element) != J_OBJECT)
		return err_set(e, ERR_PATCH_ELEMENT, NULL);
	if (!op_member(element, mem, &out->op, e) || !pointer_member(element, "path", mem, &out->path, e))
		return false;
	if (op_rows[out->op].has_from && !pointer_member(element, "from", mem, &out->from, e))
		return false;
	if (op_rows[out->op].has_value && !jmember(element, SPAN("value"), &out->value))
		return err_inner(e, ERR_PATCH_BAD, 5046, "an operation has no \"value\"");
	if (out->path.n_steps > 0)
		out->raw_name = jtree_raw_name(out->path.steps[out->path.n_steps - 1], mem);
	return true;
}

bool
patch_parse(struct span text, struct arena *mem, struct patch **out, struct err *e)
{
	struct patch *p = ARENA_NEW(mem, struct patch);
	struct span root = jcur_root(text), element;
	struct operation *ops;
	struct jiter it;
	size_t n;

	if (jval_type(root) != J_ARRAY)
		return err_inner(e, ERR_PATCH_BAD, 5046, "a patch is an array of operations");
	n = jarray_count(root);
	if (n > PATCH_MAX_OPS)
		return err_inner(e, ERR_PATCH_BAD, 5000, "a patch has more than %d operations", PATCH_MAX_OPS);
	p->ops = ops = ARENA_ARRAY(mem, struct operation, n);
	jiter_open(&it, root);
	for (; jiter_element(&it, &element); p->n_ops++)
		if (!operation_parse(element, mem, &ops[p->n_ops], e))
			return err_at(e, "/%zu", p->n_ops);
	*out = p;
	return true;
}

/* ---- applying one ---- */

struct work {
	struct jtree tree;
	const struct patch_limits *lim;
	size_t n_fresh;			/* bytes copied and added so far */
	struct err *e;
};

/* "0" or digits that begin with another one */
static bool
position_parse(struct span s, long *out)
{
	if (s.n == 0 || s.n > 9 || (s.p[0] == '0' && s.n > 1))
		return false;
	*out = 0;
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
		*out = *out * 10 + (s.p[i] - '0');
	}
	return true;
}

/* the child that is there under this step; JTREE_NONE */
static long
child_at(struct jtree *t, struct jnode *v, struct span step)
{
	long i;

	switch (jnode_type(v)) {
	case J_OBJECT:
		return jtree_find(t, v, step);
	case J_ARRAY:
		return position_parse(step, &i) && (size_t)i < jtree_length(t, v) ? i : JTREE_NONE;
	default:
		return JTREE_NONE;
	}
}

/* the value after the first n steps; NULL */
static struct jnode *
walk(struct jtree *t, const struct pointer *p, size_t n)
{
	struct jnode *v = t->root;

	for (size_t i = 0; i < n && v != NULL; i++) {
		long at = child_at(t, v, p->steps[i]);

		v = at == JTREE_NONE ? NULL : jtree_child(t, v, at);
	}
	return v;
}

static bool
conflict(struct work *w, const struct pointer *p, const char *why)
{
	return err_set(w->e, ERR_PATCH_CONFLICT, "pointer \"%.*s\": %s", SPAN_ARG(excerpt(p->text)), why);
}

static bool
check_depth(struct work *w, size_t level, struct jnode *v)
{
	size_t max = w->lim->max_depth;

	if (max != 0 && level + jnode_height_at_most(v) > max && level + jnode_height(v) > max)
		return err_set(w->e, ERR_BAD_JSON, "the document becomes deeper than request.maxDepth allows (%zu)", max);
	return true;
}

/* Bytes that an operation brings in: a few short operations must not make much work. */
static bool
spend(struct work *w, size_t n_bytes)
{
	w->n_fresh += n_bytes;
	if (w->lim->max_bytes != 0 && w->n_fresh > 2 * w->lim->max_bytes)
		return err_set(w->e, ERR_TOO_LARGE, "the patch copies and adds more than twice request.maxBody (%zu bytes)",
		    w->lim->max_bytes);
	return true;
}

static void
set_root(struct jtree *t, struct jnode *v)
{
	if (t->root != NULL)
		jtree_drop(t, t->root);
	t->root = v;
}

/* Add v, which is counted in the tree already, at a pointer. */
static bool
place(struct work *w, const struct operation *o, struct jnode *v)
{
	const struct pointer *p = &o->path;
	struct jtree *t = &w->tree;
	struct jnode *parent;
	struct span last;
	long i;

	if (!check_depth(w, p->n_steps, v))
		return false;
	if (p->n_steps == 0) {
		set_root(t, v);
		return true;
	}
	parent = walk(t, p, p->n_steps - 1);
	if (parent == NULL)
		return conflict(w, p, "its parent does not exist");
	last = p->steps[p->n_steps - 1];
	switch (jnode_type(parent)) {
	case J_OBJECT:
		i = jtree_find(t, parent, last);
		if (i != JTREE_NONE)
			jtree_replace(t, parent, i, v);
		else
			jtree_append(t, parent, o->raw_name, v);
		return true;
	case J_ARRAY:
		if (span_is(last, "-"))
			i = (long)jtree_length(t, parent);
		else if (!position_parse(last, &i) || (size_t)i > jtree_length(t, parent))
			return conflict(w, p, "no such position in the array");
		jtree_insert(t, parent, i, v);
		return true;
	default:
		return conflict(w, p, "its parent is neither object nor array");
	}
}

/* Take what is at a pointer out of the tree; it still counts. */
static struct jnode *
take(struct work *w, const struct pointer *p)
{
	struct jtree *t = &w->tree;
	struct jnode *parent, *v = t->root;
	long i;

	if (p->n_steps == 0) {
		t->root = NULL;
	} else {
		parent = walk(t, p, p->n_steps - 1);
		i = parent == NULL ? JTREE_NONE : child_at(t, parent, p->steps[p->n_steps - 1]);
		v = i == JTREE_NONE ? NULL : jtree_take(t, parent, i);
	}
	if (v == NULL)
		conflict(w, p, "it does not exist");
	return v;
}

static bool
do_add(struct work *w, const struct operation *o)
{
	return spend(w, o->value.n) && place(w, o, jtree_new(&w->tree, o->value));
}

static bool
do_remove(struct work *w, const struct operation *o)
{
	struct jnode *v = take(w, &o->path);

	if (v != NULL)
		jtree_drop(&w->tree, v);
	return v != NULL;
}

static bool
do_replace(struct work *w, const struct operation *o)
{
	const struct pointer *p = &o->path;
	struct jtree *t = &w->tree;
	struct jnode *v, *parent;

	if (walk(t, p, p->n_steps) == NULL)
		return conflict(w, p, "it does not exist");
	v = jtree_new(t, o->value);
	if (!spend(w, o->value.n) || !check_depth(w, p->n_steps, v))
		return false;
	if (p->n_steps == 0) {
		set_root(t, v);
		return true;
	}
	parent = walk(t, p, p->n_steps - 1);
	jtree_replace(t, parent, child_at(t, parent, p->steps[p->n_steps - 1]), v);
	return true;
}

static bool
do_move(struct work *w, const struct operation *o)
{
	const struct pointer *from = &o->from, *to = &o->path;
	size_t n_same = 0;
	struct jnode *v;

	while (n_same < from->n_steps && n_same < to->n_steps && span_eq(from->steps[n_same], to->steps[n_same]))
		n_same++;
	if (n_same == from->n_steps) {
		if (to->n_steps > n_same)
			return conflict(w, to, "a value cannot move into itself");
		return walk(&w->tree, from, from->n_steps) != NULL || conflict(w, from, "it does not exist");
	}
	v = take(w, from);
	return v != NULL && place(w, o, v);
}

static bool
do_copy(struct work *w, const struct operation *o)
{
	struct jnode *v = walk(&w->tree, &o->from, o->from.n_steps);

	if (v == NULL)
		return conflict(w, &o->from, "it does not exist");
	return spend(w, jnode_bytes(v)) && place(w, o, jtree_new(&w->tree, jnode_text(v, w->tree.mem)));
}

static bool
do_test(struct work *w, const struct operation *o)
{
	struct arena *mem = w->tree.mem;
	struct jnode *v = walk(&w->tree, &o->path, o->path.n_steps);
	struct arena_mark mark;
	bool is_equal;

	if (v == NULL)
		return conflict(w, &o->path, "it does not exist");
	mark = arena_mark(mem);
	is_equal = jnode_type(v) == jval_type(o->value) && jval_equal(jnode_text(v, mem), o->value, mem);
	arena_rewind(mem, mark);
	return is_equal || conflict(w, &o->path, "the value is not equal");
}

static bool
operation_apply(struct work *w, const struct operation *o)
{
	static bool (*const does[OP__N])(struct work *, const struct operation *) = {
		[OP_ADD] = do_add, [OP_REMOVE] = do_remove, [OP_REPLACE] = do_replace,
		[OP_MOVE] = do_move, [OP_COPY] = do_copy, [OP_TEST] = do_test,
	};

	return does[o->op](w, o);
}

static bool
check_bytes(const struct jtree *t, const struct patch_limits *lim, struct err *e)
{
	if (lim->max_bytes != 0 && t->n_bytes > lim->max_bytes)
		return err_set(e, ERR_TOO_LARGE, "the document becomes larger than request.maxBody allows (%zu bytes)",
		    lim->max_bytes);
	return true;
}

/* which operation met the failure */
static bool
blame(struct err *e, size_t i, enum op op)
{
	err_before(e, "operation %zu (%s): ", i, op_rows[op].name);
	return err_at(e, "/%zu", i);
}

static bool
finish(struct jtree *t, struct span content, struct span *out, struct err *e)
{
	if (t->root == NULL || (jnode_type(t->root) != J_OBJECT && jnode_type(t->root) != J_ARRAY))
		return err_set(e, ERR_BAD_JSON, "the patched document would be neither object nor array");
	*out = jnode_text(t->root, t->mem);
	assert(out->n == t->n_bytes);
	if (out->p == jcur_root(content).p)
		*out = content;		/* nothing was changed: with the white space around it */
	return true;
}

bool
patch_apply(const struct patch *p, struct span content, const struct patch_limits *lim, struct arena *mem,
    struct span *out, struct err *e)
{
	struct work w = { .lim = lim, .e = e };

	jtree_init(&w.tree, content, mem);
	w.tree.keeps_heights = true;
	for (size_t i = 0; i < p->n_ops; i++)
		if (!operation_apply(&w, &p->ops[i]) || !check_bytes(&w.tree, lim, e))
			return blame(e, i, p->ops[i].op);
	return finish(&w.tree, content, out, e);
}

/* ---- merge patch ---- */

bool
merge_check(struct span patch, struct err *e)
{
	return jval_type(jcur_root(patch)) == J_OBJECT || err_set(e, ERR_MERGE_BAD, NULL);
}

static void
put_member(struct jtree *t, struct jnode *object, long i, struct span raw_name, struct jnode *v)
{
	if (i == JTREE_NONE)
		jtree_append(t, object, raw_name, v);
	else
		jtree_replace(t, object, i, v);
}

/* One stack entry per object of the patch that is being merged: the input decides the depth, not our stack. */
struct merging {
	struct jnode *into;
	struct jiter it;
};

static void
merge(struct jtree *t, struct span patch)
{
	struct merging *stack = ARENA_ARRAY(t->mem, struct merging, jtext_height(patch));
	struct span raw, value;
	size_t n = 1;

	stack[0].into = t->root;
	jiter_open(&stack[0].it, patch);
	while (n > 0) {
		struct jnode *into = stack[n - 1].into, *child;
		long i;

		if (!jiter_member(&stack[n - 1].it, &raw, &value)) {
			n--;
			continue;
		}
		i = jtree_find(t, into, jraw_decode(raw, t->mem));
		switch (jval_type(value)) {
		case J_NULL:
			if (i != JTREE_NONE)
				jtree_drop(t, jtree_take(t, into, i));
			break;
		case J_OBJECT:
			child = i == JTREE_NONE ? NULL : jtree_child(t, into, i);
			if (child == NULL || jnode_type(child) != J_OBJECT) {
				child = jtree_new(t, SPAN("{}"));
				put_member(t, into, i, raw, child);
			}
			stack[n].into = child;
			jiter_open(&stack[n].it, value);
			n++;
			break;
		default:
			put_member(t, into, i, raw, jtree_new(t, value));
		}
	}
}

bool
merge_apply(struct span patch, struct span content, const struct patch_limits *lim, struct arena *mem,
    struct span *out, struct err *e)
{
	struct span root = jcur_root(patch);
	struct jtree t;

	if (!merge_check(root, e))
		return false;
	/* a merge moves nothing to another level, so nothing gets deeper than the deeper of the two */
	if (lim->max_depth != 0 && jtext_height(root) > lim->max_depth)
		return err_set(e, ERR_BAD_JSON, "the document becomes deeper than request.maxDepth allows (%zu)",
		    lim->max_depth);
	jtree_init(&t, content, mem);
	if (jnode_type(t.root) != J_OBJECT)
		set_root(&t, jtree_new(&t, SPAN("{}")));
	merge(&t, root);
	return check_bytes(&t, lim, e) && finish(&t, content, out, e);
}
