/* base/arena.h - the memory of one request
 *
 * Everything a request makes is allocated here and freed at once when it ends.  Allocation does not return NULL: an
 * arena that outgrows its budget, or a refused malloc, jumps to the place that arena_escape() named.  Input is limited
 * first, so this is rare.  Foreign resources are tied to the arena with arena_defer().
 */
#ifndef CORDS_BASE_ARENA_H
#define CORDS_BASE_ARENA_H

#include "base/span.h"

#include <setjmp.h>
#include <stdbool.h>
#include <stddef.h>

struct arena;

enum arena_trouble { ARENA_OVER_BUDGET = 1, ARENA_NO_MEMORY = 2 };

struct arena_mark {
	void *chunk;
	size_t used;
	void *defers;
	size_t total;
};

/* budget_bytes  0 for none.  Gives up when there is no memory for the arena itself. */
struct arena *arena_open(size_t budget_bytes);
void arena_close(struct arena **mem);

/* Where to jump when the budget is spent: longjmp(*to, enum arena_trouble).  Arenas that name no place use the one that was
 * named last, so that what outlives requests fails with the request that works on it.  NULL: the process ends with a message. */
void arena_escape(struct arena *mem, jmp_buf *to);

/* n bytes aligned for anything; the bytes of arena_alloc() are not cleared */
void *arena_alloc(struct arena *mem, size_t n)
    __attribute__((malloc, returns_nonnull, alloc_size(2)));
void *arena_zalloc(struct arena *mem, size_t n)
    __attribute__((malloc, returns_nonnull, alloc_size(2)));
#define ARENA_NEW(mem, type) ((type *)arena_zalloc((mem), sizeof(type)))
#define ARENA_ARRAY(mem, type, count) \
	((type *)arena_zalloc((mem), arena_array_bytes((mem), (count), sizeof(type))))

/* count * size, over the budget when that overflows */
size_t arena_array_bytes(struct arena *mem, size_t count, size_t size);

/* A larger block with the same beginning; in place when `old` was the last allocation.  old may be NULL with old_n 0. */
void *arena_grow(struct arena *mem, void *old, size_t old_n, size_t new_n);

/*
 * arena_room - an array that holds one element more
 *
 * list    of *cap elements, of which n are used; NULL with *cap 0
 * size    of an element, bytes
 * returns the array, at another place when it had to grow: then *cap has doubled
 */
void *arena_room(struct arena *mem, void *list, size_t n, size_t *cap, size_t size);

char *arena_z(struct arena *mem, struct span s);		/* NUL-terminated copy */
struct span arena_span(struct arena *mem, struct span s);	/* copy, also terminated */
struct span arena_upper(struct arena *mem, struct span s);	/* the same, ASCII letters in upper case */
char *arena_printf(struct arena *mem, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* Calls fn(arg) when the arena is rewound past this point, cleared or closed; last deferred, first called. */
void arena_defer(struct arena *mem, void (*fn)(void *), void *arg);

/* Long loops mark before a document and rewind after it. */
struct arena_mark arena_mark(struct arena *mem);
void arena_rewind(struct arena *mem, struct arena_mark to);
void arena_clear(struct arena *mem);

/* Memory of other libraries that works for the same request is charged to the same budget; false when it is spent. */
bool arena_charge(struct arena *mem, size_t n);
void arena_discharge(struct arena *mem, size_t n);

size_t arena_total(const struct arena *mem);	/* bytes handed out and charged now */

#endif
