/* datapump/dump_publish.c - the files of a set get their names; also those that an earlier runner has left */
#include "base/log.h"
#include "datapump/reading.h"
#include "datapump/writing.h"

#include <unistd.h>

static struct writing_file *
files_of(struct dump_writer *w)
{
	return (struct writing_file *)(void *)w->files.p;
}

/* What somebody else has in the place of one of them is not ours to replace: then none of the set shall be there. */
static void
take_back(struct dump_writer *w, size_t n)
{
	struct dump_place *p = w->t->place;

	for (size_t i = 0; i < n; i++) {
		struct err ignored = { 0 };

		p->ops->remove(p, files_of(w)[i].name, &ignored);
	}
}

bool
writing_publish(struct dump_writer *w, struct err *e)
{
	struct writing_file *f = files_of(w);
	struct dump_place *p = w->t->place;

	for (size_t i = 0; i < w->n_files; i++) {
		if (f[i].is_published)
			continue;
		if ((w->t->may_publish == NULL || w->t->may_publish(w->t->arg, e))
		    && p->ops->publish(p, f[i].working, f[i].name, w->t->replace, e)) {
			f[i].is_published = true;
			continue;
		}
		/* objects that are there already need not be sent again by whoever goes on */
		if (!p->is_remote || e->kind == ERR_FILE_EXISTS)
			take_back(w, i);
		return false;
	}
	return true;
}

/* ---- what is left of an earlier runner ---- */

/* File `number` under its working name, or, where it has that no more, under its own. */
static bool
open_left(const struct dump_target *t, int64_t old_epoch, int64_t number, struct arena *mem, struct writing_file *f, int *fd,
    int64_t *n_bytes)
{
	struct err missing = { 0 };

	if (!filename_number(t->names, number, mem, &f->name, &missing))
		return false;
	f->working = working_name(mem, t->about->set, number, old_epoch);
	if (place_open_local(t->place, f->working, fd, n_bytes, &missing))
		return true;
	f->is_published = true;
	return !t->place->is_remote && t->place->ops->open(t->place, f->name, fd, n_bytes, &missing);
}

/* Every file, and every byte of it as the directory of the set tells. */
static bool
is_whole(const struct dump_target *t, int64_t old_epoch, struct dump_set *set, struct buf *files, struct arena *mem)
{
	struct err e = { 0 };

	for (int64_t number = 1; number == 1 || t->names->counts; number++) {
		struct writing_file f = { 0 };
		struct reading_file r = { .fd = -1 };

		if (!open_left(t, old_epoch, number, mem, &f, &r.fd, &r.n_bytes))
			break;
		r.name = f.name;
		r.end = f.n_bytes = r.n_bytes;
		if (!reading_add_file(set, &r, &e))
			return false;
		buf_add(files, &f, sizeof(f));
	}
	return set->n_files > 0 && span_eq(set->about.set, t->about->set) && reading_is_complete(set, &e)
	    && dump_verify(set, NULL, NULL, &e);
}

bool
dump_take_whole(const struct dump_target *t, int64_t old_epoch, struct arena *mem, struct dump_writer **out, struct err *e)
{
	struct arena *scratch = arena_open(0);
	struct dump_set *set = reading_open(scratch);
	struct buf files;
	bool good = true;

	*out = NULL;
	buf_init(&files, scratch);
	if (is_whole(t, old_epoch, set, &files, mem)) {
		struct dump_writer *w = *out = writing_open(t, mem);

		w->is_whole = true;
		w->n_files = set->n_files;
		buf_span(&w->files, buf_text(&files));
		for (size_t i = 0; good && i < w->n_files; i++) {
			struct writing_file *f = &files_of(w)[i];
			const char *left = f->working;

			f->working = working_name(mem, t->about->set, (int64_t)i + 1, t->epoch);
			good = f->is_published || place_rename_local(t->place, left, f->working, e);
		}
	}
	arena_close(&scratch);
	return good;
}

void
dump_unpublish(struct dump_place *place, const struct name_pattern *names, struct span set, int64_t epoch)
{
	struct arena *mem = arena_open(0);
	struct err e = { 0 };

	for (int64_t number = 1; number == 1 || names->counts; number++) {
		const char *working = working_name(mem, set, number, epoch);
		struct err ignored = { 0 };
		struct span name;
		int64_t n_bytes;
		int fd;

		if (!filename_number(names, number, mem, &name, &ignored) || !place_open_local(place, working, &fd, &n_bytes, &ignored))
			break;
		(void)close(fd);
		if (!place->ops->take_back(place, working, name, &e))
			log_event(LOG_WARNING, "job.object", "an object of a killed job may be left: %s", e.text);
		err_clear(&e);
	}
	arena_close(&mem);
}
