/* base/json.c */
#include "base/json.h"

#include <stdlib.h>

static _Thread_local struct arena *account;	/* each thread works for one request, or for none */
static _Thread_local bool refused;

/* What Jansson is given begins behind this; it tells whom to credit when it is freed. */
struct header {
	_Alignas(max_align_t) size_t n;
	struct arena *charged;
};

/* What it really takes: an allocator adds a word of its own and rounds up; trees consist of very small pieces. */
static size_t
cost(size_t n)
{
	return (n + sizeof(struct header) + sizeof(size_t) + 15) & ~(size_t)15;
}

static void *
counted_malloc(size_t n)
{
	struct header *h;

	if (n > SIZE_MAX / 4 || (account != NULL && !arena_charge(account, cost(n)))) {
		refused = true;
		return NULL;
	}
	h = malloc(sizeof(*h) + n);
	if (h == NULL) {
		if (account != NULL)
			arena_discharge(account, cost(n));
		refused = true;
		return NULL;
	}
	h->n = cost(n);
	h->charged = account;
	return h + 1;
}

static void
counted_free(void *p)
{
	struct header *h = p;

	if (h == NULL)
		return;
	h--;
	if (h->charged != NULL)
		arena_discharge(h->charged, h->n);
	free(h);
}

/* Before main(): a value that Jansson made with malloc() must never reach counted_free(). */
static __attribute__((constructor)) void
count_jansson(void)
{
	json_set_alloc_funcs(counted_malloc, counted_free);
}

void
json_account(struct arena *mem)
{
	account = mem;
}

static void
release(void *tree)
{
	json_decref(tree);
}

json_t *
json_take(struct arena *mem, json_t *tree)
{
	arena_defer(mem, release, tree);
	return tree;
}

static void
release_held(void *held)
{
	json_decref(*(json_t **)held);
}

void
json_drop(json_t **held)
{
	json_decref(*held);
	*held = NULL;
}

json_t **
json_hold(struct span text, struct arena *mem, struct err *e)
{
	json_t **held = ARENA_NEW(mem, json_t *);
	json_error_t why;

	/* tied before it exists: tying may run out of budget, too */
	arena_defer(mem, release_held, held);
	refused = false;
	*held = json_loadb(text.p, text.n, JSON_DECODE_ANY | JSON_ALLOW_NUL, &why);
	if (*held != NULL && !refused)
		return held;
	json_drop(held);	/* refused memory, Jansson may leave out a character and go on */
	if (refused)
		err_set(e, ERR_TOO_LARGE, "more memory is needed than request.maxMemory");
	else
		err_set(e, ERR_BAD_JSON, "not usable here: %s at byte %d", why.text, why.position);
	return NULL;
}

json_t *
json_tree(struct span text, struct arena *mem, struct err *e)
{
	json_t **held = json_hold(text, mem, e);

	return held == NULL ? NULL : *held;
}

json_t *
json_member_nocase(const json_t *object, const char *name)
{
	struct span wanted = span_of(name);
	json_t *exact = json_object_get(object, name);

	if (exact != NULL || !json_is_object(object))
		return exact;
	/* Jansson's iterator wants an object that may be changed, and changes nothing */
	for (void *it = json_object_iter((json_t *)(uintptr_t)object); it != NULL;
	    it = json_object_iter_next((json_t *)(uintptr_t)object, it))
		if (span_eq_nocase(span_of(json_object_iter_key(it)), wanted))
			return json_object_iter_value(it);
	return NULL;
}
