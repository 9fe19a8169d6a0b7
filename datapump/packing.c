/* datapump/packing.c - members get their first line and are compressed, by a second thread while the next one is filled */
#include "datapump/packing.h"

#include "datapump/records.h"

#include <pthread.h>

struct packing {
	struct span set;
	struct frame_packer *packer;
	struct digest_run *digest;
	struct buf line, packed;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	bool is_running;

	/* guarded by lock */
	struct member *work;		/* NULL: it is done, or there was none */
	bool is_over;
	bool good;
	struct span result;
	struct err failure;
};

bool
packing_text(struct packing *p, struct span text, enum packing_way way, struct span *out, struct err *e)
{
	*out = text;
	if (way == PACK_NOT)
		return true;
	p->packed.n = 0;
	if (way == PACK_RAW)
		frame_pack_raw(text, &p->packed);
	else if (!frame_pack(p->packer, text, &p->packed, e))
		return false;
	*out = buf_text(&p->packed);
	return true;
}

bool
packing_member(struct packing *p, struct member *m, struct span *out, struct err *e)
{
	struct span body = { m->text.p + MEMBER_HEAD, m->text.n - MEMBER_HEAD };
	unsigned char sum[32];
	char hex[65];

	digest_run_add(p->digest, body);
	digest_run_end(p->digest, sum);
	digest_hex(sum, sizeof(sum), hex);
	p->line.n = 0;
	record_put_member(&p->line, p->set, m->file, m->number, hex);
	if (p->line.n > MEMBER_HEAD)
		return err_set(e, ERR_INTERNAL, "the name of the dump set is too long");
	memcpy(m->text.p + MEMBER_HEAD - p->line.n, p->line.p, p->line.n);
	frame_packer_expects(p->packer, m->kind);
	return packing_text(p, (struct span){ m->text.p + MEMBER_HEAD - p->line.n, body.n + p->line.n }, m->way, out, e);
}

/* ---- the second thread ---- */

/* NULL: nobody gives any more */
static struct member *
wait_for_work(struct packing *p)
{
	struct member *m;

	pthread_mutex_lock(&p->lock);
	while (p->work == NULL && !p->is_over)
		pthread_cond_wait(&p->changed, &p->lock);
	m = p->work;
	pthread_mutex_unlock(&p->lock);
	return m;
}

static void *
pack_members(void *arg)
{
	struct packing *p = arg;
	struct member *m;

	while ((m = wait_for_work(p)) != NULL) {
		struct err e = { 0 };
		struct span result = { NULL, 0 };
		bool good = packing_member(p, m, &result, &e);

		pthread_mutex_lock(&p->lock);
		p->good = good;
		p->result = result;
		p->failure = e;
		p->work = NULL;
		pthread_cond_signal(&p->changed);
		pthread_mutex_unlock(&p->lock);
	}
	return NULL;
}

bool
packing_give(struct packing *p, struct member *m, struct err *e)
{
	if (!p->is_running && pthread_create(&p->thread, NULL, pack_members, p) != 0)
		return err_set(e, ERR_NO_RESOURCES, NULL);
	p->is_running = true;
	pthread_mutex_lock(&p->lock);
	p->work = m;
	pthread_cond_signal(&p->changed);
	pthread_mutex_unlock(&p->lock);
	return true;
}

bool
packing_take(struct packing *p, struct span *out, struct err *e)
{
	bool good;

	pthread_mutex_lock(&p->lock);
	while (p->work != NULL)
		pthread_cond_wait(&p->changed, &p->lock);
	good = p->good;
	*out = p->result;
	if (!good)
		*e = p->failure;
	pthread_mutex_unlock(&p->lock);
	return good;
}

/* ---- opening ---- */

static void
packing_close(void *arg)
{
	struct packing *p = arg;

	pthread_mutex_lock(&p->lock);
	p->is_over = true;
	pthread_cond_signal(&p->changed);
	pthread_mutex_unlock(&p->lock);
	if (p->is_running)
		pthread_join(p->thread, NULL);
	pthread_cond_destroy(&p->changed);
	pthread_mutex_destroy(&p->lock);
	digest_run_close(&p->digest);
	arena_close(&p->line.mem);
	arena_close(&p->packed.mem);
}

struct packing *
packing_open(struct span set, struct arena *mem)
{
	struct packing *p = ARENA_NEW(mem, struct packing);

	p->set = set;
	p->packer = frame_packer_open(mem);
	p->digest = digest_run_open();
	buf_init(&p->line, arena_open(0));
	buf_init(&p->packed, arena_open(0));
	pthread_mutex_init(&p->lock, NULL);
	pthread_cond_init(&p->changed, NULL);
	arena_defer(mem, packing_close, p);
	return p;
}
