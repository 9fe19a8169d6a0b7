/* datapump/dump_continue.c - going on with the files of a runner that ended
 *
 * That runner may only be slow and still hold its files open: what is good of them is copied, they are never written to.
 */
#include "datapump/reading.h"
#include "datapump/writing.h"

#include <errno.h>
#include <unistd.h>

enum { COPY_BYTES = 1 << 18 };

/* what is worth keeping */
struct harvest {
	struct dump_set *set;
	struct buf entries, kept;	/* of struct dump_entry and struct dump_kept: tables that are whole */
	size_t n;
	int64_t n_objects;

	struct dump_at cut;		/* file, number of its last member, where that ends */
	size_t n_at_cut;
	int64_t n_objects_at_cut;
};

static void
cut_here(struct harvest *h, int64_t member, int64_t end)
{
	h->cut = (struct dump_at){ h->set->at.file, member, end };
	h->n_at_cut = h->n;
	h->n_objects_at_cut = h->n_objects;
}

/* Before what is in the member is read: a place between members where no table is open can be the end. */
static bool
at_member(void *arg, struct err *e)
{
	struct harvest *h = arg;

	(void)e;
	if (h->set->id == 0)
		cut_here(h, h->set->at.member - 1, h->set->at.offset);
	return true;
}

static void
keep(struct harvest *h, const struct dump_record *r, struct dump_kept *k, struct dump_entry *entry)
{
	switch (r->kind) {
	case DUMP_TABLE:
		*k = (struct dump_kept){ r->id, 0, arena_span(h->set->mem, r->table.schema), arena_span(h->set->mem, r->table.name) };
		*entry = (struct dump_entry){ r->id, r->at.file, r->at.offset, 0 };
		dump_skip_rows(h->set);
		h->n_objects++;
		break;
	case DUMP_END_TABLE:
		k->n_rows = entry->n_rows = r->n_total;
		buf_add(&h->kept, k, sizeof(*k));
		buf_add(&h->entries, entry, sizeof(*entry));
		h->n++;
		break;
	case DUMP_ROWS: case DUMP_END:
		break;
	default:
		h->n_objects++;
	}
}

/* The old files as a set without directory, read as far as all is well. */
static bool
gather(const struct dump_target *t, int64_t epoch, struct harvest *h)
{
	struct dump_record r = { .kind = DUMP_ROWS };
	struct dump_set *set = h->set;
	struct dump_kept k = { 0 };
	struct dump_entry entry = { 0 };
	struct err e = { 0 };

	for (int64_t number = 1;; number++) {
		struct reading_file f = { .name = span_of(working_name(set->mem, t->about->set, number, epoch)) };

		if (!place_open_local(t->place, f.name.p, &f.fd, &f.n_bytes, &e))
			break;
		f.end = f.n_bytes;
		if (!reading_add_file(set, &f, &e)) {
			set->n_files--;		/* it was just begun */
			close(f.fd);
			break;
		}
	}
	if (set->n_files == 0 || !span_eq(set->about.set, t->about->set))
		return false;
	set->go_on = at_member;
	set->go_on_arg = h;
	err_clear(&e);
	if (!dump_rewind(set, &e))
		return false;
	while (r.kind != DUMP_END && dump_next(set, &r, &e))
		keep(h, &r, &k, &entry);
	if (r.kind == DUMP_END && set->id == 0)
		cut_here(h, set->next_member - 1, set->good_end);
	return h->cut.file > 0;
}

/* n bytes from the beginning of an old file; the digest of the new one grows with them */
static bool
copy_file(struct dump_writer *w, int fd, int64_t n, struct err *e)
{
	struct arena *scratch = arena_open(0);
	char *p = arena_alloc(scratch, COPY_BYTES);
	bool good = true;

	for (int64_t done = 0; good && done < n;) {
		ssize_t got = pread(fd, p, n - done < COPY_BYTES ? (size_t)(n - done) : COPY_BYTES, (off_t)done);

		if (got < 0 && errno == EINTR)
			continue;
		good = got > 0 ? writing_write(w, (struct span){ p, (size_t)got }, e) : place_fail(e, "read");
		done += got;
	}
	arena_close(&scratch);
	return good;
}

static bool
copy_all(struct dump_writer *w, const struct harvest *h, struct err *e)
{
	for (int64_t number = 1; number <= h->cut.file; number++) {
		const struct reading_file *f = &h->set->files[number - 1];

		if (!writing_next_file(w, e) || !copy_file(w, f->fd, number == h->cut.file ? h->cut.offset : f->n_bytes, e))
			return false;
	}
	return true;
}

/* What that runner had published before it could say so is in the way.  The set is that of the job: nobody else has made it. */
static bool
take_back(const struct dump_target *t, int64_t epoch, struct err *e)
{
	struct arena *mem = arena_open(0);
	struct dump_set *set = reading_open(mem);
	bool good = true, is_ours = true;

	for (int64_t number = 1; good && is_ours && (number == 1 || t->names->counts); number++) {
		struct reading_file f = { .fd = -1 };
		struct err other = { 0 };

		if (!filename_number(t->names, number, mem, &f.name, &other))
			break;
		good = place_unname_local(t->place, working_name(mem, t->about->set, number, epoch), arena_z(mem, f.name), &is_ours, e);
		if (!good || is_ours)
			continue;
		is_ours = place_open_local(t->place, arena_z(mem, f.name), &f.fd, &f.n_bytes, &other);
		f.end = f.n_bytes;
		is_ours = is_ours && reading_add_file(set, &f, &other) && span_eq(set->about.set, t->about->set);
		good = !is_ours || t->place->ops->remove(t->place, f.name, e);
	}
	arena_close(&mem);
	return good;
}

bool
dump_continue(const struct dump_target *t, int64_t old_epoch, struct arena *mem, struct dump_writer **out,
    const struct dump_kept **kept, size_t *n, struct err *e)
{
	struct dump_writer *w = *out = writing_open(t, mem);
	struct arena *scratch = arena_open(0);
	struct harvest h = { .set = reading_open(scratch) };
	struct dump_kept *list;
	bool good;

	*kept = NULL;
	*n = 0;
	w->was_continued = true;
	buf_init(&h.entries, scratch);
	buf_init(&h.kept, scratch);
	if (!take_back(t, old_epoch, e)) {
		good = false;
	} else if (!gather(t, old_epoch, &h)) {
		good = writing_begin_file(w, e);
	} else {
		good = copy_all(w, &h, e);
		w->number = h.cut.member;
		w->n_objects = h.n_objects_at_cut;
		w->n_entries = *n = h.n_at_cut;
		buf_add(&w->entries, h.entries.p, *n * sizeof(struct dump_entry));
		*kept = list = ARENA_ARRAY(mem, struct dump_kept, *n);
		for (size_t i = 0; i < *n; i++) {
			list[i] = ((const struct dump_kept *)(const void *)h.kept.p)[i];
			list[i].schema = arena_span(mem, list[i].schema);
			list[i].name = arena_span(mem, list[i].name);
			if (list[i].id > w->last_id)
				w->last_id = list[i].id;
		}
	}
	arena_close(&scratch);
	return good && dump_discard(t->place, t->about->set, old_epoch, e);
}
