/* sql/sort.c - a page of an order that no index holds, or of keys where walking in their order would take longer
 *
 * All matches pass by once; only the sort keys of the best offset + limit + 1 are kept, in a heap with the worst on top.
 * Their memory belongs to no arena, because the documents between them come and go, but it is charged to the request.
 */
#include "sql/read.h"

#include "sql/keytext.h"

#include <stdint.h>
#include <stdlib.h>

/* the texts of the terms, each after its length, then the key as held */
struct slot {
	char *p;
	size_t n, cap;
};

struct heap {
	const struct plan *plan;
	size_t n_terms;			/* of $orderby; none: by key */
	struct arena *mem;
	struct slot *slots;		/* [0] is the worst */
	size_t n, cap, charged;
	uint64_t most;			/* 0: all */
};

static void
heap_free(void *arg)
{
	struct heap *h = arg;

	for (size_t i = 0; i < h->n; i++)
		free(h->slots[i].p);
	free(h->slots);
	h->slots = NULL;
	h->n = 0;
	arena_discharge(h->mem, h->charged);
	h->charged = 0;
}

static bool
charge(struct heap *h, size_t n, struct err *e)
{
	if (!arena_charge(h->mem, n))
		return err_set(e, ERR_TOO_LARGE, "sorting this needs more memory than request.maxMemory; an index on the order helps");
	h->charged += n;
	return true;
}

static struct span
next_part(struct span *s)
{
	uint32_t n;
	struct span part;

	memcpy(&n, s->p, sizeof(n));
	part = (struct span){ s->p + sizeof(n), n };
	s->n -= sizeof(n) + n;
	s->p += sizeof(n) + n;
	return part;
}

static int
compare(const struct heap *h, struct span a, struct span b)
{
	int by_key;

	for (size_t i = 0; i < h->n_terms; i++) {
		int d = span_cmp(next_part(&a), next_part(&b));

		if (d != 0)
			return h->plan->order.terms[i].descending ? -d : d;
	}
	by_key = span_cmp(a, b);
	return h->plan->sort == SORT_KEY_DESCENDING ? -by_key : by_key;
}

static int
compare_slots(const struct heap *h, size_t i, size_t k)
{
	return compare(h, (struct span){ h->slots[i].p, h->slots[i].n }, (struct span){ h->slots[k].p, h->slots[k].n });
}

static void
swap(struct heap *h, size_t i, size_t k)
{
	struct slot s = h->slots[i];

	h->slots[i] = h->slots[k];
	h->slots[k] = s;
}

static void
sink(struct heap *h, size_t i, size_t n)
{
	for (;;) {
		size_t worst = i;

		for (size_t child = 2 * i + 1; child <= 2 * i + 2 && child < n; child++)
			if (compare_slots(h, child, worst) > 0)
				worst = child;
		if (worst == i)
			return;
		swap(h, i, worst);
		i = worst;
	}
}

static void
rise(struct heap *h, size_t i)
{
	while (i > 0 && compare_slots(h, i, (i - 1) / 2) > 0) {
		swap(h, i, (i - 1) / 2);
		i = (i - 1) / 2;
	}
}

/* best first */
static void
put_in_order(struct heap *h)
{
	for (size_t n = h->n; n > 1; n--) {
		swap(h, 0, n - 1);
		sink(h, 0, n - 1);
	}
}

static bool
fill(struct heap *h, struct slot *s, struct span record, struct err *e)
{
	if (record.n > s->cap) {
		size_t cap = record.n + record.n / 4;
		char *p;

		if (!charge(h, cap - s->cap, e))
			return false;
		p = realloc(s->p, cap);
		if (p == NULL)
			return err_set(e, ERR_NO_MEMORY, NULL);
		s->p = p;
		s->cap = cap;
	}
	memcpy(s->p, record.p, record.n);
	s->n = record.n;
	return true;
}

static bool
add_slot(struct heap *h, struct span record, struct err *e)
{
	if (h->n == h->cap) {
		size_t cap = h->cap == 0 ? 256 : h->cap * 2;
		struct slot *slots;

		if (!charge(h, (cap - h->cap) * sizeof(*slots), e))
			return false;
		slots = realloc(h->slots, cap * sizeof(*slots));
		if (slots == NULL)
			return err_set(e, ERR_NO_MEMORY, NULL);
		h->slots = slots;
		h->cap = cap;
	}
	h->slots[h->n] = (struct slot){ 0 };
	if (!fill(h, &h->slots[h->n], record, e))
		return false;
	rise(h, h->n++);
	return true;
}

static bool
make_record(const struct heap *h, const struct doc *doc, struct span *out, struct err *e)
{
	struct span *keys = ARENA_ARRAY(h->mem, struct span, h->n_terms);
	struct span held;
	struct buf b;

	if (h->n_terms > 0 && !h->plan->keys(h->plan, doc->content, h->mem, keys, e))
		return false;
	if (!keytext_hold(&h->plan->coll->meta, doc->key, h->mem, &held))
		return err_set(e, ERR_INTERNAL, NULL);
	buf_init(&b, h->mem);
	for (size_t i = 0; i < h->n_terms; i++) {
		uint32_t n = (uint32_t)keys[i].n;

		buf_add(&b, &n, sizeof(n));
		buf_span(&b, keys[i]);
	}
	buf_span(&b, held);
	*out = buf_text(&b);
	return true;
}

static bool
take(void *arg, const struct doc *doc, enum read_next *next, struct err *e)
{
	struct heap *h = arg;
	struct span record;

	*next = READ_DROP;
	if (!make_record(h, doc, &record, e))
		return false;
	if (h->most == 0 || h->n < h->most)
		return add_slot(h, record, e);
	if (compare(h, record, (struct span){ h->slots[0].p, h->slots[0].n }) >= 0)
		return true;
	if (!fill(h, &h->slots[0], record, e))
		return false;
	sink(h, 0, h->n);
	return true;
}

static struct span
held_key(const struct heap *h, size_t i)
{
	struct span s = { h->slots[i].p, h->slots[i].n };

	for (size_t t = 0; t < h->n_terms; t++)
		next_part(&s);
	return s;
}

bool
sort_find(struct db *db, const struct plan *plan, struct arena *mem, struct docs *out, struct err *e)
{
	struct heap *h = ARENA_NEW(mem, struct heap);
	struct plan all = *plan;
	struct page page;

	*h = (struct heap){ .plan = plan, .mem = mem, .n_terms = plan->sort == SORT_ORDER ? plan->order.n_terms : 0 };
	if (plan->limit != 0 && plan->limit < UINT64_MAX - plan->offset)
		h->most = plan->offset + plan->limit + 1;
	arena_defer(mem, heap_free, h);
	all.want_content = true;
	all.limit = 0;
	if (!read_all(db, &all, mem, take, h, e))
		return false;
	put_in_order(h);
	page_begin(&page, plan, mem, out);
	for (size_t i = plan->offset < h->n ? (size_t)plan->offset : h->n; i < h->n; i++) {
		bool want = plan->want_content && (plan->limit == 0 || out->n < plan->limit);
		bool found;
		struct doc doc;

		if (!read_one(db, plan->coll, held_key(h, i), want, mem, &doc, &found, e))
			return false;
		if (found && !page_add(&page, &doc, mem))
			break;
	}
	return true;
}
