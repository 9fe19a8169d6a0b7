/* sql/fetch.c - rows of a short statement into structs */
#include "sql/fetch.h"

bool
fetch_all(struct db *db, const struct query *q, fetch_fn *read, size_t size, struct arena *mem, void **rows, size_t *n, struct err *e)
{
	char *list = NULL;
	size_t cap = 0;
	struct stmt *st;
	bool ok, has_row = false;

	*rows = NULL;
	*n = 0;
	if (!stmt_open(db, q, &st, e))
		return false;
	while ((ok = stmt_step(st, &has_row, e)) && has_row) {
		list = arena_room(mem, list, *n, &cap, size);
		memset(list + *n * size, 0, size);
		if (!(ok = read(st, mem, list + *n * size, e)))
			break;
		(*n)++;
	}
	stmt_done(st);
	*rows = list;
	return ok;
}

bool
fetch_one(struct db *db, const struct query *q, fetch_fn *read, struct arena *mem, void *row, bool *found, struct err *e)
{
	struct stmt *st;
	bool ok;

	*found = false;
	if (!stmt_open(db, q, &st, e))
		return false;
	ok = stmt_step(st, found, e) && (!*found || read(st, mem, row, e));
	stmt_done(st);
	return ok;
}
