/* soda/jtree.c - the lazily opened tree */
#include "soda/jtree.h"

#include "base/uid.h"

#include <stdint.h>

struct jnode {
	struct jnode *parent;
	struct span text;		/* as it stood in its source */
	struct inside *inside;		/* NULL: nobody has looked inside */
	size_t height;			/* 0: not known; of a changed container perhaps too high */
};

struct name {
	struct span raw;
	uint32_t hash;
};

/* Children by number.  A member that was taken leaves a gap, so that numbers and the table stay as they are. */
struct inside {
	bool is_changed;
	size_t n, cap;
	size_t n_gaps;
	struct jnode **child;
	struct name *name;		/* of an object */
	uint32_t *table;		/* of an object: number of a child + 1 by hash of its name; 0: free */
	size_t table_mask;
};

enum { ROOM = 4 };			/* for children to come */

/* ---- names ---- */

/* Seeded, so that nobody can send names that fall on one place. */
static uint32_t
hash_of(struct span name)
{
	static uint32_t seed;
	uint32_t h;

	if (seed == 0) {
		uid_random(&seed, sizeof(seed));
		seed |= 1;
	}
	h = seed;
	for (size_t i = 0; i < name.n; i++)
		h = (h ^ (unsigned char)name.p[i]) * UINT32_C(0x01000193);
	return h ^ h >> 15;
}

/* the place in the table of this name, or the free place where it belongs */
static size_t
place_of(const struct inside *in, struct span decoded, uint32_t hash)
{
	size_t i = hash & in->table_mask;

	while (in->table[i] != 0) {
		const struct name *n = &in->name[in->table[i] - 1];

		if (n->hash == hash && jname_eq(n->raw, decoded))
			break;
		i = (i + 1) & in->table_mask;
	}
	return i;
}

static void
make_table(struct inside *in, struct arena *mem)
{
	size_t size = 8;

	while (size < in->cap * 2)
		size *= 2;
	in->table = ARENA_ARRAY(mem, uint32_t, size);
	in->table_mask = size - 1;
}

struct span
jtree_raw_name(struct span decoded, struct arena *mem)
{
	struct buf plain, out;
	struct span s;
	size_t from = 0;

	buf_init(&plain, mem);
	buf_json(&plain, decoded);
	s = (struct span){ plain.p + 1, plain.n - 2 };
	/* half a surrogate pair has no UTF-8: it can only be written as an escape */
	buf_init(&out, mem);
	for (size_t i = 0; i + 2 < s.n; i++) {
		if ((unsigned char)s.p[i] != 0xed || (unsigned char)s.p[i + 1] < 0xa0)
			continue;
		buf_add(&out, s.p + from, i - from);
		buf_printf(&out, "\\ud%03x", (s.p[i + 1] & 0x3fu) << 6 | (s.p[i + 2] & 0x3fu));
		from = i + 3;
		i += 2;
	}
	if (from == 0)
		return s;
	buf_add(&out, s.p + from, s.n - from);
	return buf_text(&out);
}

/* ---- nodes ---- */

void
jtree_init(struct jtree *t, struct span text, struct arena *mem)
{
	*t = (struct jtree){ .mem = mem };
	t->root = jtree_new(t, jcur_root(text));
}

struct jnode *
jtree_new(struct jtree *t, struct span text)
{
	struct jnode *v = ARENA_NEW(t->mem, struct jnode);

	v->text = text;
	t->n_bytes += text.n;
	return v;
}

void
jtree_drop(struct jtree *t, struct jnode *v)
{
	t->n_bytes -= jnode_bytes(v);
}

enum jtype
jnode_type(const struct jnode *v)
{
	return jval_type(v->text);
}

bool
jnode_is_changed(const struct jnode *v)
{
	return v->inside != NULL && v->inside->is_changed;
}

static void
set_cap(struct inside *in, size_t cap, bool is_object, struct arena *mem)
{
	in->child = arena_grow(mem, in->child, in->cap * sizeof(struct jnode *),
	    arena_array_bytes(mem, cap, sizeof(struct jnode *)));
	if (is_object)
		in->name = arena_grow(mem, in->name, in->cap * sizeof(struct name),
		    arena_array_bytes(mem, cap, sizeof(struct name)));
	in->cap = cap;
	if (!is_object)
		return;
	make_table(in, mem);
	for (size_t i = 0; i < in->n; i++) {
		size_t at = in->name[i].hash & in->table_mask;

		/* a name whose member was taken and added again stands twice: the gap is not looked for */
		if (in->child[i] == NULL)
			continue;
		while (in->table[at] != 0)
			at = (at + 1) & in->table_mask;
		in->table[at] = (uint32_t)i + 1;
	}
}

static void
name_child(struct inside *in, size_t i, struct span raw, struct arena *mem)
{
	struct span decoded = jraw_decode(raw, mem);
	uint32_t hash = hash_of(decoded);
	size_t at = place_of(in, decoded, hash);
	size_t older = in->table[at];

	if (older != 0 && in->child[older - 1] != NULL) {
		in->child[older - 1] = NULL;
		in->n_gaps++;
	}
	in->name[i] = (struct name){ raw, hash };
	in->table[at] = (uint32_t)i + 1;
}

static struct inside *
open_node(struct jtree *t, struct jnode *v)
{
	bool is_object = jnode_type(v) == J_OBJECT;
	struct inside *in = v->inside;
	struct jnode *children;
	struct span name, value;
	struct jiter it;
	size_t n = 0;

	if (in != NULL)
		return in;
	in = ARENA_NEW(t->mem, struct inside);
	jiter_open(&it, v->text);
	while (is_object ? jiter_member(&it, &name, &value) : jiter_element(&it, &value))
		n++;
	set_cap(in, n + ROOM, is_object, t->mem);
	children = ARENA_ARRAY(t->mem, struct jnode, n);
	jiter_open(&it, v->text);
	while (is_object ? jiter_member(&it, &name, &value) : jiter_element(&it, &value)) {
		children[in->n].parent = v;
		children[in->n].text = value;
		in->child[in->n] = &children[in->n];
		if (is_object)
			name_child(in, in->n, name, t->mem);
		in->n++;
	}
	v->inside = in;
	return in;
}

long
jtree_find(struct jtree *t, struct jnode *object, struct span name)
{
	struct inside *in = open_node(t, object);
	uint32_t i = in->table[place_of(in, name, hash_of(name))];

	return i == 0 || in->child[i - 1] == NULL ? JTREE_NONE : (long)i - 1;
}

size_t
jtree_length(struct jtree *t, struct jnode *array)
{
	return open_node(t, array)->n;
}

struct jnode *
jtree_child(struct jtree *t, struct jnode *container, long i)
{
	return open_node(t, container)->child[i];
}

/* ---- changes ---- */

/* what a container takes beside its children */
static size_t
frame_bytes(const struct jnode *v)
{
	const struct inside *in = v->inside;
	size_t n_there = in->n - in->n_gaps;
	size_t sum = 2 + (n_there > 0 ? n_there - 1 : 0);

	if (jnode_type(v) == J_OBJECT)
		for (size_t i = 0; i < in->n; i++)
			if (in->child[i] != NULL)
				sum += in->name[i].raw.n + 3;
	return sum;
}

/* From now on the containers from here to the root are written anew: what they lose is their white space (and members
 * that were hidden by a later one of the same name). */
static void
mark_changed(struct jtree *t, struct jnode *v)
{
	for (; v != NULL && !v->inside->is_changed; v = v->parent) {
		size_t compact = frame_bytes(v);

		for (size_t i = 0; i < v->inside->n; i++)
			if (v->inside->child[i] != NULL)
				compact += v->inside->child[i]->text.n;
		t->n_bytes -= v->text.n - compact;
		v->inside->is_changed = true;
	}
}

static void
set_child(const struct jtree *t, struct jnode *container, size_t i, struct jnode *child)
{
	size_t h;

	container->inside->child[i] = child;
	child->parent = container;
	if (!t->keeps_heights)
		return;
	h = jnode_height_at_most(child) + 1;
	/* what is known above is at least what is known below, so the first that is high enough ends it */
	for (; container != NULL && container->height < h; container = container->parent, h++)
		if (container->height != 0)
			container->height = h;
}

/* bytes of a child's name and comma */
static size_t
seam_bytes(const struct jnode *container, size_t i)
{
	const struct inside *in = container->inside;
	bool has_siblings = in->n - in->n_gaps > 1;

	return (jnode_type(container) == J_OBJECT ? in->name[i].raw.n + 3 : 0) + (has_siblings ? 1 : 0);
}

struct jnode *
jtree_take(struct jtree *t, struct jnode *container, long at)
{
	struct inside *in = open_node(t, container);
	size_t i = (size_t)at;
	struct jnode *v = in->child[i];

	mark_changed(t, container);
	t->n_bytes -= seam_bytes(container, i);
	if (jnode_type(container) == J_OBJECT) {
		in->child[i] = NULL;
		in->n_gaps++;
	} else {
		memmove(in->child + i, in->child + i + 1, (in->n - i - 1) * sizeof(in->child[0]));
		in->n--;
	}
	v->parent = NULL;
	return v;
}

void
jtree_replace(struct jtree *t, struct jnode *container, long i, struct jnode *child)
{
	struct inside *in = open_node(t, container);

	mark_changed(t, container);
	jtree_drop(t, in->child[i]);
	in->child[i]->parent = NULL;
	set_child(t, container, (size_t)i, child);
}

void
jtree_insert(struct jtree *t, struct jnode *array, long at, struct jnode *child)
{
	struct inside *in = open_node(t, array);
	size_t i = (size_t)at;

	mark_changed(t, array);
	if (in->n == in->cap)
		set_cap(in, in->cap * 2, false, t->mem);
	memmove(in->child + i + 1, in->child + i, (in->n - i) * sizeof(in->child[0]));
	in->n++;
	set_child(t, array, i, child);
	t->n_bytes += seam_bytes(array, i);
}

void
jtree_append(struct jtree *t, struct jnode *object, struct span raw_name, struct jnode *child)
{
	struct inside *in = open_node(t, object);
	size_t i = in->n;

	mark_changed(t, object);
	if (in->n == in->cap)
		set_cap(in, in->cap * 2, true, t->mem);
	name_child(in, i, raw_name, t->mem);
	in->n++;
	set_child(t, object, i, child);
	t->n_bytes += seam_bytes(object, i);
}

/* ---- heights ---- */

size_t
jtext_height(struct span text)
{
	const char *p = text.p, *end = text.p + text.n;
	size_t h = 0, max = 0;

	for (; p < end; p++) {
		switch (*p) {
		case '{':
		case '[':
			if (++h > max)
				max = h;
			break;
		case '}':
		case ']':
			h--;
			break;
		case '"':
			while (*++p != '"')
				p += *p == '\\';
			break;
		default:
			break;
		}
	}
	return max;
}

size_t
jnode_height_at_most(struct jnode *v)
{
	return v->height != 0 ? v->height : jnode_height(v);
}

/* Recurses through changed containers only: as many as a result may have inside each other. */
size_t
jnode_height(struct jnode *v)
{
	size_t max = 0;

	if (!jval_is_container(v->text))
		return 0;
	if (!jnode_is_changed(v)) {
		if (v->height == 0)
			v->height = jtext_height(v->text);
		return v->height;
	}
	for (size_t i = 0; i < v->inside->n; i++) {
		size_t h = v->inside->child[i] == NULL ? 0 : jnode_height(v->inside->child[i]);

		if (h > max)
			max = h;
	}
	return v->height = max + 1;
}

/* ---- writing ---- */

size_t
jnode_bytes(const struct jnode *v)
{
	size_t sum;

	if (!jnode_is_changed(v))
		return v->text.n;
	sum = frame_bytes(v);
	for (size_t i = 0; i < v->inside->n; i++)
		if (v->inside->child[i] != NULL)
			sum += jnode_bytes(v->inside->child[i]);
	return sum;
}

void
jnode_write(const struct jnode *v, struct buf *out)
{
	const struct inside *in = v->inside;
	bool is_object = jnode_type(v) == J_OBJECT, is_first = true;

	if (!jnode_is_changed(v)) {
		buf_span(out, v->text);
		return;
	}
	buf_char(out, is_object ? '{' : '[');
	for (size_t i = 0; i < in->n; i++) {
		if (in->child[i] == NULL)
			continue;
		if (!is_first)
			buf_char(out, ',');
		is_first = false;
		if (is_object) {
			buf_char(out, '"');
			buf_span(out, in->name[i].raw);
			put_lit(out, "\":");
		}
		jnode_write(in->child[i], out);
	}
	buf_char(out, is_object ? '}' : ']');
}

struct span
jnode_text(const struct jnode *v, struct arena *mem)
{
	struct buf b;

	if (!jnode_is_changed(v))
		return v->text;
	buf_init(&b, mem);
	buf_reserve(&b, jnode_bytes(v));
	jnode_write(v, &b);
	return buf_text(&b);
}
