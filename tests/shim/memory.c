/* tests/shim/memory.c - the linker hands our calls here (--wrap) */
#include "tests/shim/memory.h"

#include "handlers/answer.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

void *__real_malloc(size_t n);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t n);
char *__real_strdup(const char *text);
void __real_answer(struct server *s, struct arena *mem, const struct request *req, struct response *out);

void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *old, size_t n);
char *__wrap_strdup(const char *text);
void __wrap_answer(struct server *s, struct arena *mem, const struct request *req, struct response *out);

static bool counts;
static unsigned n_asked, refused_at;

void
memory_refuse(unsigned at)
{
	n_asked = 0;
	refused_at = at;
}

unsigned
memory_asked(void)
{
	return n_asked;
}

static bool
is_refused(void)
{
	if (!counts || ++n_asked != refused_at)
		return false;
	errno = ENOMEM;
	return true;
}

void *
__wrap_malloc(size_t n)
{
	return is_refused() ? NULL : __real_malloc(n);
}

void *
__wrap_calloc(size_t count, size_t size)
{
	return is_refused() ? NULL : __real_calloc(count, size);
}

void *
__wrap_realloc(void *old, size_t n)
{
	return is_refused() ? NULL : __real_realloc(old, n);
}

char *
__wrap_strdup(const char *text)
{
	return is_refused() ? NULL : __real_strdup(text);
}

void
__wrap_answer(struct server *s, struct arena *mem, const struct request *req, struct response *out)
{
	counts = true;
	__real_answer(s, mem, req, out);
	counts = false;
}
