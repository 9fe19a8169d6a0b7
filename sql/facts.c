/* sql/facts.c - the shape of documents */
#include "sql/facts.h"

static size_t
hash(uint32_t parent, struct span name)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325) ^ parent ^ (name.p == NULL ? UINT64_C(1) << 40 : 0);

	for (size_t i = 0; i < name.n; i++)
		h = (h ^ (unsigned char)name.p[i]) * UINT64_C(0x100000001b3);
	return (size_t)(h * UINT64_C(0x9e3779b97f4a7c15) >> 32);
}

/* where the place is in the table, or would be */
static size_t
slot_of(const struct facts *f, uint32_t parent, struct span name)
{
	size_t i = hash(parent, name) & (f->n_slots - 1);

	for (; f->table[i] != 0; i = (i + 1) & (f->n_slots - 1)) {
		const struct fact *x = &f->list[f->table[i]];

		if (x->parent == parent && (x->name.p == NULL) == (name.p == NULL) && span_eq(x->name, name))
			break;
	}
	return i;
}

static void
make_room(struct facts *f)
{
	size_t cap = f->cap == 0 ? 32 : f->cap * 2;

	f->list = arena_grow(f->mem, f->list, f->cap * sizeof(*f->list), cap * sizeof(*f->list));
	f->cap = cap;
	f->n_slots = cap * 2;
	f->table = ARENA_ARRAY(f->mem, uint32_t, f->n_slots);
	for (size_t i = 1; i < f->n; i++)
		f->table[slot_of(f, f->list[i].parent, f->list[i].name)] = (uint32_t)i;
}

void
facts_init(struct facts *f, struct arena *mem)
{
	*f = (struct facts){ .mem = mem };
	make_room(f);
	f->list[0] = (struct fact){ 0 };
	f->n = 1;
}

uint32_t
facts_find(const struct facts *f, uint32_t parent, struct span name)
{
	uint32_t found = f->table[slot_of(f, parent, name)];

	return found == 0 ? FACTS_NOWHERE : found;
}

uint32_t
facts_add(struct facts *f, uint32_t parent, struct span name)
{
	uint32_t found = facts_find(f, parent, name);

	if (found != FACTS_NOWHERE || f->n == FACTS_MOST || name.n > FACTS_LONGEST_NAME)
		return found;
	if (f->n == f->cap)
		make_room(f);
	f->list[f->n] = (struct fact){ .parent = parent, .name = name };
	f->table[slot_of(f, parent, name)] = (uint32_t)f->n;
	return (uint32_t)f->n++;
}

static enum fact_shape
shape_of(enum fact_type type)
{
	return type == FACT_OBJECT ? SHAPE_OBJECT : type == FACT_ARRAY ? SHAPE_ARRAY : SHAPE_SCALAR;
}

void
fact_see(struct fact *f, enum fact_type type, size_t n_bytes)
{
	unsigned *length = &f->length[shape_of(type)];

	f->types |= type;
	while ((size_t)1 << *length < n_bytes)
		(*length)++;
}

bool
fact_covers(const struct fact *known, const struct fact *seen)
{
	bool longer = false;

	for (int i = 0; i < SHAPE__N; i++)
		longer |= seen->length[i] > known->length[i];
	return !longer && (seen->types & ~known->types) == 0;
}

void
fact_grow(struct fact *known, const struct fact *seen)
{
	known->types |= seen->types;
	for (int i = 0; i < SHAPE__N; i++)
		if (seen->length[i] > known->length[i])
			known->length[i] = seen->length[i];
}
