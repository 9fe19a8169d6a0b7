/* sql/handin.c - slots in memory that all writers of a database share: see handin.h */
#include "config.h"

#include "sql/handin.h"

#include "base/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LAYOUT = 2, AREA_AT = 4096 };		/* in the file; a page of the queue stands before */
#define FORGOTTEN_NS (5 * INT64_C(1000000000))	/* its owner has given up long ago */
#define LOOK_AGAIN_NS INT64_C(1000000000)

struct slot_head {
	atomic_uint state;
	unsigned ticket;
	uint32_t n_bytes, n_steps;
	int64_t given_ns;
	uint64_t device, inode;		/* of the database that it is for */
};

struct handin_area {
	atomic_uint layout;		/* 0: nobody has been here */
	char unused[60];
	struct slot_head heads[HANDIN_SLOTS];
	_Alignas(4096) char slots[HANDIN_SLOTS][HANDIN_SLOT_BYTES];
};

/* how a write stands in a slot: of each step this, its text, its values */
struct step_head {
	uint32_t text_n, n_binds;
	int64_t n_rows;
};
struct bind_head {
	uint32_t kind, n;		/* bytes that follow */
	int64_t number;
};

static struct slot_head *
head_of(const struct handin *h, unsigned slot)
{
	return &h->area->heads[slot];
}

/* ---- the file ---- */

/* written by nobody else than us */
static bool
is_ours(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && st.st_uid == geteuid() && (st.st_mode & 022) == 0;
}

bool
handin_open(struct handin *h, int fd, off_t n_bytes, struct handin_file file, bool makes)
{
	const off_t n_whole = AREA_AT + (off_t)sizeof(struct handin_area);
	unsigned nobody = 0;
	void *area;

	if (h->area != NULL)
		return true;
	if ((n_bytes < n_whole && (!makes || fallocate(fd, 0, 0, n_whole) != 0)) || !is_ours(fd))
		return false;
	area = mmap(NULL, sizeof(struct handin_area), PROT_READ | PROT_WRITE, MAP_SHARED, fd, AREA_AT);
	if (area == MAP_FAILED)
		return false;
	h->area = area;
	h->fd = fd;
	h->file = file;
	if (atomic_compare_exchange_strong(&h->area->layout, &nobody, LAYOUT) || nobody == LAYOUT)
		return true;
	handin_close(h);
	return false;
}

void
handin_close(struct handin *h)
{
	if (h->area != NULL)
		munmap(h->area, sizeof(struct handin_area));
	*h = (struct handin){ .fd = -1 };
}

/* ---- slots and their owners ---- */

static struct flock
byte_of(unsigned slot)
{
	return (struct flock){ .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_len = 1,
		.l_start = AREA_AT + (off_t)offsetof(struct handin_area, slots) + (off_t)slot * HANDIN_SLOT_BYTES };
}

static bool
has_owner(const struct handin *h, unsigned slot)
{
	struct flock lock = byte_of(slot);

	return fcntl(h->fd, F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
}

/* Is nobody at what stands there, and will nobody be? */
static bool
make_free(struct slot_head *head)
{
	unsigned is = atomic_load(&head->state);

	if (is == HANDIN_WAITING && !atomic_compare_exchange_strong(&head->state, &is, HANDIN_FREE))
		return false;
	if (is == HANDIN_TAKEN || is == HANDIN_STORING)
		return false;
	atomic_store(&head->state, HANDIN_FREE);
	return true;
}

static bool
find_slot(struct handin *h)
{
	if (h->has_slot)
		return make_free(head_of(h, h->slot));
	if (clock_mono_ns() < h->look_again_ns)
		return false;
	for (unsigned i = 0; i < HANDIN_SLOTS; i++) {
		struct flock lock = byte_of(i);

		if (fcntl(h->fd, F_OFD_SETLK, &lock) != 0)
			continue;
		if (make_free(head_of(h, i))) {
			h->slot = i;
			return h->has_slot = true;
		}
		lock.l_type = F_UNLCK;
		(void)fcntl(h->fd, F_OFD_SETLK, &lock);
	}
	h->look_again_ns = clock_mono_ns() + LOOK_AGAIN_NS;
	return false;
}

/* ---- a write as bytes ---- */

struct room {
	char *at, *end;
};

static bool
put(struct room *r, const void *p, size_t n)
{
	if ((size_t)(r->end - r->at) < n)
		return false;
	if (n > 0)
		memcpy(r->at, p, n);
	r->at += n;
	return true;
}

static bool
put_step(struct room *r, const struct handin_step *step)
{
	const struct step_head head = { .text_n = (uint32_t)step->q.text.n, .n_binds = (uint32_t)step->q.n_binds, .n_rows = step->n_rows };

	if (step->q.text.n > HANDIN_SLOT_BYTES || !put(r, &head, sizeof(head)) || !put(r, step->q.text.p, step->q.text.n))
		return false;
	for (size_t i = 0; i < step->q.n_binds; i++) {
		const struct bind *b = &step->q.binds[i];
		const size_t n = b->kind == BIND_TEXT || b->kind == BIND_BLOB ? b->text.n : 0;
		const struct bind_head of = { .kind = b->kind, .n = (uint32_t)n, .number = b->number };

		if (b->kind == BIND_ARRAY || n > HANDIN_SLOT_BYTES || !put(r, &of, sizeof(of)) || !put(r, b->text.p, n))
			return false;
	}
	return true;
}

static bool
get(struct room *r, void *out, size_t n)
{
	if ((size_t)(r->end - r->at) < n)
		return false;
	memcpy(out, r->at, n);
	r->at += n;
	return true;
}

static bool
get_span(struct room *r, size_t n, struct span *out)
{
	*out = (struct span){ r->at, n };
	if ((size_t)(r->end - r->at) < n)
		return false;
	r->at += n;
	return true;
}

static bool
get_bind(struct room *r, struct bind *out)
{
	struct bind_head of;

	if (!get(r, &of, sizeof(of)) || of.kind > BIND_BLOB)
		return false;
	*out = (struct bind){ .kind = (enum bind_kind)of.kind, .number = of.number };
	return get_span(r, of.n, &out->text);
}

static bool
get_step(struct room *r, struct arena *mem, struct handin_step *out)
{
	struct step_head head;
	struct bind *binds;

	if (!get(r, &head, sizeof(head)) || !get_span(r, head.text_n, &out->q.text)
	    || head.n_binds > (size_t)(r->end - r->at) / sizeof(struct bind_head))
		return false;
	binds = ARENA_ARRAY(mem, struct bind, head.n_binds);
	for (size_t i = 0; i < head.n_binds; i++)
		if (!get_bind(r, &binds[i]))
			return false;
	out->q.n_binds = head.n_binds;
	out->q.binds = binds;
	out->n_rows = head.n_rows;
	return true;
}

static bool
read_write(const struct handin *h, unsigned slot, struct arena *mem, struct handin_write *out)
{
	const struct slot_head *head = head_of(h, slot);
	const size_t n_steps = head->n_steps, n_bytes = head->n_bytes;
	struct room r = { .at = h->area->slots[slot] };
	struct handin_step *steps;

	if (n_bytes > HANDIN_SLOT_BYTES || n_steps == 0 || n_steps > n_bytes / sizeof(struct step_head))
		return false;
	r.end = r.at + n_bytes;
	steps = ARENA_ARRAY(mem, struct handin_step, n_steps);
	for (size_t i = 0; i < n_steps; i++)
		if (!get_step(&r, mem, &steps[i]))
			return false;
	*out = (struct handin_write){ .steps = steps, .n_steps = n_steps };
	return true;
}

/* ---- for its owner ---- */

bool
handin_give(struct handin *h, unsigned ticket, const struct handin_write *w)
{
	struct slot_head *head;
	struct room r;

	if (h->area == NULL || w->n_steps == 0 || !find_slot(h))
		return false;
	head = head_of(h, h->slot);
	r = (struct room){ h->area->slots[h->slot], h->area->slots[h->slot] + HANDIN_SLOT_BYTES };
	for (size_t i = 0; i < w->n_steps; i++)
		if (!put_step(&r, &w->steps[i]))
			return false;
	head->ticket = ticket;
	head->n_steps = (uint32_t)w->n_steps;
	head->n_bytes = (uint32_t)(r.at - h->area->slots[h->slot]);
	head->given_ns = clock_mono_ns();
	head->device = h->file.device;
	head->inode = h->file.inode;
	atomic_store(&head->state, HANDIN_WAITING);
	return true;
}

enum handin_state
handin_look(const struct handin *h)
{
	return (enum handin_state)atomic_load(&head_of(h, h->slot)->state);
}

bool
handin_withdraw(struct handin *h)
{
	unsigned is = HANDIN_WAITING;

	return atomic_compare_exchange_strong(&head_of(h, h->slot)->state, &is, HANDIN_FREE);
}

void
handin_seen(struct handin *h)
{
	atomic_store(&head_of(h, h->slot)->state, HANDIN_FREE);
}

/* ---- for who has the turn ---- */

void
handin_mend(struct handin *h)
{
	for (unsigned i = 0; h->area != NULL && i < HANDIN_SLOTS; i++) {
		unsigned is = atomic_load(&head_of(h, i)->state);

		if (is == HANDIN_TAKEN || is == HANDIN_STORING)
			handin_answer(h, i, is == HANDIN_TAKEN ? HANDIN_REFUSED : HANDIN_DOUBT);
	}
}

static int
by_ticket(const void *x, const void *y, void *h)
{
	unsigned a = handin_ticket(h, *(const unsigned *)x), b = handin_ticket(h, *(const unsigned *)y);

	return a == b ? 0 : (int)(a - b) < 0 ? -1 : 1;
}

/* What stood there for too long was left by somebody who died, maybe before the machine was started. */
static bool
is_fresh(const struct slot_head *head)
{
	int64_t ns = clock_mono_ns() - head->given_ns;

	return ns >= 0 && ns < FORGOTTEN_NS;
}

static bool
is_for_file(const struct handin *h, const struct slot_head *head)
{
	return head->device == h->file.device && head->inode == h->file.inode;
}

size_t
handin_waiting(struct handin *h, unsigned slots[HANDIN_SLOTS])
{
	size_t n = 0;

	for (unsigned i = 0; h->area != NULL && i < HANDIN_SLOTS; i++)
		if (atomic_load(&head_of(h, i)->state) == HANDIN_WAITING && is_fresh(head_of(h, i)) && is_for_file(h, head_of(h, i)))
			slots[n++] = i;
	qsort_r(slots, n, sizeof(*slots), by_ticket, h);
	return n;
}

bool
handin_take(struct handin *h, unsigned slot, struct arena *mem, struct handin_write *out)
{
	unsigned is = HANDIN_WAITING;

	if (!has_owner(h, slot) || !atomic_compare_exchange_strong(&head_of(h, slot)->state, &is, HANDIN_TAKEN))
		return false;
	if (!is_for_file(h, head_of(h, slot))) {	/* given by another one meanwhile */
		handin_answer(h, slot, HANDIN_WAITING);
		return false;
	}
	if (is_fresh(head_of(h, slot)) && read_write(h, slot, mem, out))
		return true;
	handin_answer(h, slot, HANDIN_REFUSED);
	return false;
}

void
handin_answer(struct handin *h, unsigned slot, enum handin_state state)
{
	atomic_store(&head_of(h, slot)->state, state);
}

unsigned
handin_ticket(const struct handin *h, unsigned slot)
{
	return head_of(h, slot)->ticket;
}
