/* base/arena.c - chunks in a list, a bump pointer in the newest */
#include "base/arena.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

enum { ALIGN = 16, FIRST_CHUNK = 16 * 1024, LARGEST_CHUNK = 1024 * 1024 };

struct chunk {
	struct chunk *older;
	size_t size, used;
	_Alignas(ALIGN) char bytes[];
};

struct deferred {
	struct deferred *older;
	void (*fn)(void *);
	void *arg;
};

struct arena {
	struct chunk *newest;
	struct deferred *defers;
	jmp_buf *escape;
	size_t budget, total, charged;
};

/* of the request that runs: for arenas that name no place of their own, and for one that cannot even be opened */
static jmp_buf *usual_escape;

static size_t
rounded(size_t n)
{
	return (n + ALIGN - 1) & ~(size_t)(ALIGN - 1);
}

static _Noreturn void
give_up(const struct arena *mem, enum arena_trouble why)
{
	jmp_buf *to = mem != NULL && mem->escape != NULL ? mem->escape : usual_escape;

	if (to != NULL)
		longjmp(*to, (int)why);
	fprintf(stderr, "cords: %s\n", why == ARENA_NO_MEMORY
	    ? "out of memory" : "memory budget exceeded");
	exit(2);
}

struct arena *
arena_open(size_t budget_bytes)
{
	struct arena *mem = calloc(1, sizeof(*mem));

	if (mem == NULL)
		give_up(NULL, ARENA_NO_MEMORY);
	mem->budget = budget_bytes;
	return mem;
}

static void
run_defers(struct arena *mem, const struct deferred *until)
{
	while (mem->defers != until) {
		struct deferred *d = mem->defers;

		mem->defers = d->older;
		d->fn(d->arg);
	}
}

static void
free_chunks(struct arena *mem, const struct chunk *until)
{
	while (mem->newest != until) {
		struct chunk *c = mem->newest;

		mem->newest = c->older;
		free(c);
	}
}

void
arena_close(struct arena **mem)
{
	if (*mem == NULL)
		return;
	run_defers(*mem, NULL);
	free_chunks(*mem, NULL);
	free(*mem);
	*mem = NULL;
}

void
arena_escape(struct arena *mem, jmp_buf *to)
{
	mem->escape = usual_escape = to;
}

static void
add_chunk(struct arena *mem, size_t at_least)
{
	size_t size = mem->newest == NULL ? FIRST_CHUNK : mem->newest->size * 2;
	struct chunk *c;

	if (size > LARGEST_CHUNK)
		size = LARGEST_CHUNK;
	if (size < at_least)
		size = at_least;
	c = malloc(sizeof(*c) + size);
	if (c == NULL)
		give_up(mem, ARENA_NO_MEMORY);
	c->older = mem->newest;
	c->size = size;
	c->used = 0;
	mem->newest = c;
}

void *
arena_alloc(struct arena *mem, size_t n)
{
	size_t want;
	void *p;

	if (n > SIZE_MAX / 4)
		give_up(mem, ARENA_OVER_BUDGET);
	want = rounded(n == 0 ? 1 : n);
	if (mem->budget != 0 && want > mem->budget - mem->total - mem->charged)
		give_up(mem, ARENA_OVER_BUDGET);
	if (mem->newest == NULL || mem->newest->size - mem->newest->used < want)
		add_chunk(mem, want);
	p = mem->newest->bytes + mem->newest->used;
	mem->newest->used += want;
	mem->total += want;
	return p;
}

void *
arena_zalloc(struct arena *mem, size_t n)
{
	return memset(arena_alloc(mem, n), 0, n);
}

size_t
arena_array_bytes(struct arena *mem, size_t count, size_t size)
{
	if (size != 0 && count > SIZE_MAX / 4 / size)
		give_up(mem, ARENA_OVER_BUDGET);
	return count * size;
}

void *
arena_grow(struct arena *mem, void *old, size_t old_n, size_t new_n)
{
	struct chunk *c = mem->newest;
	void *p;

	if (old != NULL && new_n <= old_n)
		return old;
	if (old != NULL && c != NULL && new_n < SIZE_MAX / 4
	    && (char *)old + rounded(old_n == 0 ? 1 : old_n) == c->bytes + c->used) {
		size_t more = rounded(new_n) - rounded(old_n == 0 ? 1 : old_n);

		if (c->size - c->used >= more && (mem->budget == 0
		    || more <= mem->budget - mem->total - mem->charged)) {
			c->used += more;
			mem->total += more;
			return old;
		}
	}
	p = arena_alloc(mem, new_n);
	if (old_n > 0)
		memcpy(p, old, old_n);
	return p;
}

void *
arena_room(struct arena *mem, void *list, size_t n, size_t *cap, size_t size)
{
	enum { FIRST = 8 };
	size_t more = *cap == 0 ? FIRST : *cap * 2;

	if (n < *cap)
		return list;
	list = arena_grow(mem, list, *cap * size, arena_array_bytes(mem, more, size));
	*cap = more;
	return list;
}

char *
arena_z(struct arena *mem, struct span s)
{
	char *z = arena_alloc(mem, s.n + 1);

	if (s.n > 0)
		memcpy(z, s.p, s.n);
	z[s.n] = '\0';
	return z;
}

struct span
arena_span(struct arena *mem, struct span s)
{
	return (struct span){ arena_z(mem, s), s.n };
}

struct span
arena_upper(struct arena *mem, struct span s)
{
	struct span out = arena_span(mem, s);
	char *p = (char *)(uintptr_t)out.p;

	for (size_t i = 0; i < out.n; i++)
		if (p[i] >= 'a' && p[i] <= 'z')
			p[i] = (char)(p[i] - 'a' + 'A');
	return out;
}

char *
arena_printf(struct arena *mem, const char *fmt, ...)
{
	va_list ap;
	char small[256];
	char *z;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(small, sizeof(small), fmt, ap);
	va_end(ap);
	if (n < 0)
		n = 0;
	z = arena_alloc(mem, (size_t)n + 1);
	if ((size_t)n < sizeof(small)) {
		memcpy(z, small, (size_t)n);
	} else {
		va_start(ap, fmt);
		vsnprintf(z, (size_t)n + 1, fmt, ap);
		va_end(ap);
	}
	z[n] = '\0';
	return z;
}

void
arena_defer(struct arena *mem, void (*fn)(void *), void *arg)
{
	struct deferred *d = arena_alloc(mem, sizeof(*d));

	d->older = mem->defers;
	d->fn = fn;
	d->arg = arg;
	mem->defers = d;
}

struct arena_mark
arena_mark(struct arena *mem)
{
	return (struct arena_mark){
		.chunk = mem->newest,
		.used = mem->newest == NULL ? 0 : mem->newest->used,
		.defers = mem->defers,
		.total = mem->total,
	};
}

void
arena_rewind(struct arena *mem, struct arena_mark to)
{
	run_defers(mem, to.defers);
	free_chunks(mem, to.chunk);
	if (mem->newest != NULL)
		mem->newest->used = to.used;
	mem->total = to.total;
}

void
arena_clear(struct arena *mem)
{
	run_defers(mem, NULL);
	/* the first chunk stays: nearly every request fits into it */
	while (mem->newest != NULL && mem->newest->older != NULL) {
		struct chunk *c = mem->newest;

		mem->newest = c->older;
		free(c);
	}
	if (mem->newest != NULL && mem->newest->size > LARGEST_CHUNK)
		free_chunks(mem, NULL);
	if (mem->newest != NULL)
		mem->newest->used = 0;
	mem->total = 0;
}

bool
arena_charge(struct arena *mem, size_t n)
{
	if (mem->budget != 0 && n > mem->budget - mem->total - mem->charged)
		return false;
	mem->charged += n;
	return true;
}

void
arena_discharge(struct arena *mem, size_t n)
{
	mem->charged -= n < mem->charged ? n : mem->charged;
}

size_t
arena_total(const struct arena *mem)
{
	return mem->total + mem->charged;
}
