/* datapump/dump_file.c - the files of a set that is being made */
#include "config.h"

#include "base/buf.h"
#include "base/digest.h"
#include "datapump/writing.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <unistd.h>

const char *
working_name(struct arena *mem, struct span set, int64_t file, int64_t epoch)
{
	return arena_printf(mem, ".%.*s-%" PRId64 "-%" PRId64, SPAN_ARG(set), file, epoch);
}

struct writing_file *
writing_current(struct dump_writer *w)
{
	return (struct writing_file *)(void *)w->files.p + (w->n_files - 1);
}

struct span
writing_shown(const struct dump_writer *w, struct span name)
{
	return w->t->place->ops->shown(w->t->place, name);
}

/* The disk begins with them while the next ones are made: fsync has to wait for the rest alone, and is who tells of a failure. */
static void
send_ahead(int fd, int64_t from, size_t n)
{
#ifdef SYNC_FILE_RANGE_WRITE
	(void)sync_file_range(fd, (off_t)from, (off_t)n, SYNC_FILE_RANGE_WRITE);
#else
	(void)fd;
	(void)from;
	(void)n;
#endif
}

bool
writing_write(struct dump_writer *w, struct span bytes, struct err *e)
{
	struct writing_file *f = writing_current(w);

	for (size_t done = 0; done < bytes.n;) {
		ssize_t n = write(w->fd, bytes.p + done, bytes.n - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return place_fail(e, "write");
		done += (size_t)n;
	}
	send_ahead(w->fd, f->n_bytes, bytes.n);
	digest_run_add(w->digest, bytes);
	f->n_bytes += (int64_t)bytes.n;
	return true;
}

void
writing_digest(struct dump_writer *w, char out[65])
{
	unsigned char sum[32];

	digest_run_end(w->digest, sum);
	digest_hex(sum, sizeof(sum), out);
}

/* A failed fsync or close abandons the file: what was lost cannot be known. */
bool
writing_close(struct dump_writer *w, struct err *e)
{
	int fd = w->fd;

	if (fd < 0)
		return true;
	w->fd = -1;
	if (fsync(fd) != 0) {
		place_fail(e, "fsync");
		close(fd);
		return false;
	}
	return close(fd) == 0 || place_fail(e, "close");
}

/* Whoever took over, or ended the job, has removed what was there at that moment.  What was made later has to go now. */
static bool
is_still_ours(struct dump_writer *w, struct err *e)
{
	struct err ignored = { 0 };

	if (w->t->may_publish == NULL || w->t->may_publish(w->t->arg, e))
		return true;
	if (e->kind == ERR_OVERTAKEN)
		(void)place_remove_local(w->t->place, writing_current(w)->working, &ignored);
	return false;
}

bool
writing_next_file(struct dump_writer *w, struct err *e)
{
	struct writing_file f = { 0 };
	int64_t number = (int64_t)w->n_files + 1;
	bool taken = false;

	if (w->n_files > 0) {
		writing_digest(w, writing_current(w)->sha256);
		if (!writing_close(w, e))
			return false;
	}
	if (!filename_number(w->t->names, number, w->mem, &f.name, e)
	    || (!w->t->replace && !w->t->place->ops->exists(w->t->place, f.name, &taken, e)))
		return false;
	if (taken)
		return err_set(e, ERR_FILE_EXISTS, "ODP-31641: unable to create dump file %.*s: file exists", SPAN_ARG(writing_shown(w, f.name)));
	f.working = working_name(w->mem, w->set, number, w->t->epoch);
	if (!place_has_room(w->t->place, DUMP_MEMBER_BYTES, e) || !place_create(w->t->place, f.working, &w->fd, e))
		return false;
	buf_add(&w->files, &f, sizeof(f));
	w->n_files++;
	w->number = 0;
	return is_still_ours(w, e);
}

bool
writing_begin_file(struct dump_writer *w, struct err *e)
{
	struct dump_about about = *w->t->about;
	struct span packed;
	struct buf b;

	if (!writing_next_file(w, e))
		return false;
	about.set = w->set;
	about.file = (int64_t)w->n_files;
	buf_init(&b, w->mem);
	record_put_about(&b, &about);
	return packing_text(w->packing, buf_text(&b), w->t->compress ? PACK_FRAME : PACK_NOT, &packed, e) && writing_write(w, packed, e);
}
