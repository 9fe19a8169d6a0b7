/* datapump/readers.c - the pages of one table in their order, read by several connections in turn */
#include "datapump/readers.h"

#include "datapump/ahead.h"

#include <pthread.h>

struct reader {
	struct readers *all;
	size_t number;
	struct rows *rows;
	struct ahead *ahead;
	bool is_part;			/* its piece has more rows than the last page had */
};

struct readers {
	struct reader *list;
	size_t n, wanted;		/* whose page comes next */
	pthread_mutex_t lock;
	pthread_cond_t changed;
	bool is_open;

	/* guarded by lock */
	size_t turn;
	bool is_over;			/* nobody takes a turn any more */

	const struct rows *last;	/* that was cut; of whose turn it is */
};

static bool
wait_for_turn(struct reader *r)
{
	struct readers *all = r->all;
	bool go_on;

	pthread_mutex_lock(&all->lock);
	while (all->turn != r->number && !all->is_over)
		pthread_cond_wait(&all->changed, &all->lock);
	go_on = !all->is_over;
	pthread_mutex_unlock(&all->lock);
	return go_on;
}

static void
pass_turn(struct readers *all, bool is_over)
{
	pthread_mutex_lock(&all->lock);
	all->turn = (all->turn + 1) % all->n;
	all->is_over = all->is_over || is_over;
	pthread_cond_broadcast(&all->changed);
	pthread_mutex_unlock(&all->lock);
}

static bool
read_page(struct reader *r, struct rows_page *out, struct err *e)
{
	bool ok = rows_next(r->rows, out, e);

	r->is_part = out->is_part;
	return ok;
}

static bool
next_in_turn(void *arg, struct rows_page *out, struct err *e)
{
	struct reader *r = arg;
	bool ok;

	if (r->is_part)
		return read_page(r, out, e);
	if (!wait_for_turn(r))
		return err_set(e, ERR_STOPPED, NULL);	/* behind the failure, or the end, that everybody hears of */
	ok = rows_cut(r->rows, r->all->last, e);
	r->all->last = r->rows;
	pass_turn(r->all, !ok);
	return ok && read_page(r, out, e);
}

static bool
next_alone(void *arg, struct rows_page *out, struct err *e)
{
	return rows_next(((struct reader *)arg)->rows, out, e);
}

bool
readers_next(struct readers *r, struct rows_page *out, struct err *e)
{
	bool ok = ahead_next(r->list[r->wanted].ahead, out, e);

	if (ok && out->n_rows > 0 && !out->is_part)
		r->wanted = (r->wanted + 1) % r->n;
	return ok;
}

void
readers_close(struct readers *r)
{
	if (r == NULL || !r->is_open)
		return;
	pass_turn(r, true);
	for (size_t i = 0; i < r->n; i++)
		ahead_close(r->list[i].ahead);
	pthread_cond_destroy(&r->changed);
	pthread_mutex_destroy(&r->lock);
	r->is_open = false;
}

bool
readers_open(struct rows *const *rows, size_t n, struct arena *mem, struct readers **out, struct err *e)
{
	struct readers *r = *out = ARENA_NEW(mem, struct readers);

	r->list = ARENA_ARRAY(mem, struct reader, n);
	r->n = n;
	r->is_open = true;
	pthread_mutex_init(&r->lock, NULL);
	pthread_cond_init(&r->changed, NULL);
	for (size_t i = 0; i < n; i++)
		r->list[i] = (struct reader){ .all = r, .number = i, .rows = rows[i] };
	for (size_t i = 0; i < n; i++)
		if (!ahead_open(n > 1 ? next_in_turn : next_alone, &r->list[i], mem, &r->list[i].ahead, e)) {
			readers_close(r);
			return false;
		}
	return true;
}
