/* soda/cond.c - conditions put together while a filter is read */
#include "soda/operators.h"

struct cond *
cond_new(struct qbe_reader *r, enum cond_kind kind)
{
	struct cond *c = ARENA_NEW(r->mem, struct cond);

	c->kind = kind;
	return c;
}

void
cond_add(struct cond_list *list, struct cond *c)
{
	if (list->last == NULL)
		list->first = c;
	else
		list->last->next = c;
	list->last = c;
}

struct cond *
cond_join(struct qbe_reader *r, enum cond_kind kind, struct cond_list *list)
{
	struct cond *c;

	if (list->first != NULL && list->first == list->last)
		return list->first;
	c = cond_new(r, kind);
	c->children = list->first;
	return c;
}

struct cond *
cond_not(struct qbe_reader *r, struct cond *child)
{
	struct cond *c = cond_new(r, COND_NOT);

	c->children = child;
	return c;
}
