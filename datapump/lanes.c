/* datapump/lanes.c - pieces of a table stored side by side by several connections, committed in their order */
#include "datapump/lanes.h"

#include <pthread.h>

struct lane {
	struct lanes *all;
	struct db *db;
	struct arena *mem;
	pthread_t thread;

	/* guarded by the lock of all; what is put and what came of it is the lane's while it is at work */
	bool is_at_work;
	lane_work *work;
	void *piece;
	uint64_t number;		/* of the piece, from 0 on */
	bool stored;
	struct err failure;
};

struct lanes {
	struct lane list[LANES];
	size_t n_threads;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	uint64_t n_put, n_taken;	/* of whoever puts and takes */

	/* guarded by lock */
	uint64_t n_stored;
	bool is_broken;			/* a piece could not be stored, so none behind it is */
	bool is_over;
};

bool
lane_turn(struct lane *lane, struct err *e)
{
	struct lanes *l = lane == NULL ? NULL : lane->all;
	bool ok;

	if (l == NULL)
		return true;
	pthread_mutex_lock(&l->lock);
	while (l->n_stored < lane->number && !l->is_broken)
		pthread_cond_wait(&l->changed, &l->lock);
	ok = l->n_stored == lane->number;
	pthread_mutex_unlock(&l->lock);
	return ok || err_set(e, ERR_BUSY, NULL);
}

/* false: it is over */
static bool
wait_for_piece(struct lane *lane)
{
	struct lanes *l = lane->all;
	bool go_on;

	pthread_mutex_lock(&l->lock);
	while (!lane->is_at_work && !l->is_over)
		pthread_cond_wait(&l->changed, &l->lock);
	go_on = lane->is_at_work;
	pthread_mutex_unlock(&l->lock);
	return go_on;
}

static void
end_piece(struct lane *lane)
{
	struct lanes *l = lane->all;

	pthread_mutex_lock(&l->lock);
	if (lane->stored)
		l->n_stored++;
	else
		l->is_broken = true;
	lane->is_at_work = false;
	pthread_cond_broadcast(&l->changed);
	pthread_mutex_unlock(&l->lock);
}

static void *
work(void *arg)
{
	struct lane *lane = arg;

	while (wait_for_piece(lane)) {
		lane->stored = lane->work(lane->piece, lane, lane->db, lane->mem, &lane->failure);
		arena_clear(lane->mem);
		end_piece(lane);
	}
	return NULL;
}

size_t
lanes_next(const struct lanes *l)
{
	return l->n_put % LANES;
}

bool
lanes_are_full(const struct lanes *l)
{
	return l->n_put - l->n_taken == LANES;
}

void
lanes_put(struct lanes *l, lane_work *todo, void *piece)
{
	struct lane *lane = &l->list[lanes_next(l)];

	pthread_mutex_lock(&l->lock);
	lane->work = todo;
	lane->piece = piece;
	lane->number = l->n_put++;
	lane->failure = (struct err){ 0 };
	lane->is_at_work = true;
	pthread_cond_broadcast(&l->changed);
	pthread_mutex_unlock(&l->lock);
}

void *
lanes_take(struct lanes *l, bool *stored, struct err *e)
{
	struct lane *lane = &l->list[l->n_taken % LANES];

	if (l->n_taken == l->n_put) {
		l->n_put = l->n_taken = l->n_stored = 0;	/* nobody works, so nobody else looks */
		l->is_broken = false;
		return NULL;
	}
	pthread_mutex_lock(&l->lock);
	while (lane->is_at_work)
		pthread_cond_wait(&l->changed, &l->lock);
	pthread_mutex_unlock(&l->lock);
	l->n_taken++;
	*stored = lane->stored;
	if (!lane->stored)
		*e = lane->failure;
	return lane->piece;
}

static bool
again(struct lanes *l, void *first, const struct lanes_user *u, struct err *e)
{
	void *left[LANES] = { first }, *piece;
	struct err ignored;
	size_t n = 1;
	bool stored;

	while ((piece = lanes_take(l, &stored, &ignored)) != NULL)
		left[n++] = piece;
	return u->again(u->arg, left, n, e);
}

bool
lanes_settle(struct lanes *l, const struct lanes_user *u, bool all, struct err *e)
{
	do {
		bool stored = true;
		void *piece = l == NULL ? NULL : lanes_take(l, &stored, e);

		if (piece == NULL)
			return true;
		if (!stored)
			return again(l, piece, u, e);
		if (!u->stored(u->arg, piece, e))
			return false;
	} while (all);
	return true;
}

void
lanes_drain(struct lanes *l)
{
	struct err ignored;
	bool stored;

	while (l != NULL && lanes_take(l, &stored, &ignored) != NULL)
		;
}

void
lanes_close(struct lanes *l)
{
	if (l == NULL)
		return;
	pthread_mutex_lock(&l->lock);
	l->is_over = true;
	pthread_cond_broadcast(&l->changed);
	pthread_mutex_unlock(&l->lock);
	for (size_t i = 0; i < l->n_threads; i++)
		pthread_join(l->list[i].thread, NULL);
	for (size_t i = 0; i < LANES; i++)
		arena_close(&l->list[i].mem);
	pthread_cond_destroy(&l->changed);
	pthread_mutex_destroy(&l->lock);
}

bool
lanes_open(struct db *const dbs[LANES], struct arena *mem, struct lanes **out, struct err *e)
{
	struct lanes *l = *out = ARENA_NEW(mem, struct lanes);

	pthread_mutex_init(&l->lock, NULL);
	pthread_cond_init(&l->changed, NULL);
	for (size_t i = 0; i < LANES; i++)
		l->list[i] = (struct lane){ .all = l, .db = dbs[i], .mem = arena_open(0) };
	while (l->n_threads < LANES && pthread_create(&l->list[l->n_threads].thread, NULL, work, &l->list[l->n_threads]) == 0)
		l->n_threads++;
	if (l->n_threads == LANES)
		return true;
	lanes_close(l);
	*out = NULL;
	return err_set(e, ERR_NO_RESOURCES, NULL);
}
