/* datapump/ahead.c - pages of rows, the next one read by a second thread while one is worked off */
#include "datapump/ahead.h"

#include <pthread.h>

struct ahead {
	ahead_source *next;
	void *arg;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	bool is_running;

	/* guarded by lock */
	bool is_full;			/* page and failure are there to be taken */
	bool is_over;
	bool good;
	struct rows_page page;
	struct err failure;
};

/* false: nobody wants more pages */
static bool
wait_until_taken(struct ahead *a)
{
	bool go_on;

	pthread_mutex_lock(&a->lock);
	while (a->is_full && !a->is_over)
		pthread_cond_wait(&a->changed, &a->lock);
	go_on = !a->is_over;
	pthread_mutex_unlock(&a->lock);
	return go_on;
}

static void
give(struct ahead *a, bool good, const struct rows_page *page, const struct err *e)
{
	pthread_mutex_lock(&a->lock);
	a->good = good;
	a->page = *page;
	a->failure = *e;
	a->is_full = true;
	pthread_cond_signal(&a->changed);
	pthread_mutex_unlock(&a->lock);
}

static void *
read_pages(void *arg)
{
	struct ahead *a = arg;
	bool more = true;

	while (more && wait_until_taken(a)) {
		struct rows_page page = { 0 };
		struct err e = { 0 };
		bool good = a->next(a->arg, &page, &e);

		more = good && page.n_rows > 0;
		give(a, good, &page, &e);
	}
	return NULL;
}

bool
ahead_next(struct ahead *a, struct rows_page *out, struct err *e)
{
	bool good;

	pthread_mutex_lock(&a->lock);
	while (!a->is_full)
		pthread_cond_wait(&a->changed, &a->lock);
	good = a->good;
	*out = a->page;
	if (!good)
		*e = a->failure;
	/* the end, and a failure, stay: the thread has left */
	if (good && a->page.n_rows > 0) {
		a->is_full = false;
		pthread_cond_signal(&a->changed);
	}
	pthread_mutex_unlock(&a->lock);
	return good;
}

void
ahead_close(struct ahead *a)
{
	if (a == NULL || !a->is_running)
		return;
	pthread_mutex_lock(&a->lock);
	a->is_over = true;
	pthread_cond_signal(&a->changed);
	pthread_mutex_unlock(&a->lock);
	pthread_join(a->thread, NULL);
	pthread_cond_destroy(&a->changed);
	pthread_mutex_destroy(&a->lock);
	a->is_running = false;
}

bool
ahead_open(ahead_source *next, void *arg, struct arena *mem, struct ahead **out, struct err *e)
{
	struct ahead *a = *out = ARENA_NEW(mem, struct ahead);

	a->next = next;
	a->arg = arg;
	pthread_mutex_init(&a->lock, NULL);
	pthread_cond_init(&a->changed, NULL);
	a->is_running = pthread_create(&a->thread, NULL, read_pages, a) == 0;
	return a->is_running || err_set(e, ERR_NO_RESOURCES, NULL);
}
