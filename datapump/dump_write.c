/* datapump/dump_write.c - making a dump set
 *
 * A member grows in w->text behind room for its first line, which holds the digest of the rest; it is written as one frame when
 * it is full.  Memory stays at a few members.
 */
#include "base/buf.h"
#include "base/digest.h"
#include "base/scan.h"
#include "base/uid.h"
#include "datapump/frame.h"
#include "datapump/writing.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

enum {
	HEAD = 256,			/* room for the first line of a member */
	SMALL_MEMBER = 64 << 10		/* a table begins a member of its own behind so much */
};

const char *
working_name(struct arena *mem, struct span set, int64_t file, int64_t epoch)
{
	return arena_printf(mem, ".%.*s-%" PRId64 "-%" PRId64, SPAN_ARG(set), file, epoch);
}

static struct writing_file *
current(struct dump_writer *w)
{
	return (struct writing_file *)(void *)w->files.p + (w->n_files - 1);
}

static struct span
shown(const struct dump_writer *w, struct span name)
{
	return w->t->place->ops->shown(w->t->place, name);
}

static struct dump_entry *
entries(struct dump_writer *w)
{
	return (struct dump_entry *)(void *)w->entries.p;
}

bool
writing_write(struct dump_writer *w, struct span bytes, struct err *e)
{
	struct writing_file *f = current(w);

	for (size_t done = 0; done < bytes.n;) {
		ssize_t n = write(w->fd, bytes.p + done, bytes.n - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return place_fail(e, "write");
		done += (size_t)n;
	}
	digest_run_add(w->digest, bytes);
	f->n_bytes += (int64_t)bytes.n;
	return true;
}

static bool
pack(struct dump_writer *w, struct span text, bool raw, struct err *e)
{
	w->packed.n = 0;
	if (!w->t->compress)
		buf_span(&w->packed, text);
	else if (raw)
		frame_pack_raw(text, &w->packed);
	else
		return frame_pack(w->packer, text, &w->packed, e);
	return true;
}

/* ---- files ---- */

static void
file_digest(struct dump_writer *w, char out[65])
{
	unsigned char sum[32];

	digest_run_end(w->digest, sum);
	digest_hex(sum, sizeof(sum), out);
}

/* A failed fsync or close abandons the file: what was lost cannot be known. */
static bool
close_file(struct dump_writer *w, struct err *e)
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
		(void)place_remove_local(w->t->place, current(w)->working, &ignored);
	return false;
}

bool
writing_next_file(struct dump_writer *w, struct err *e)
{
	struct writing_file f = { 0 };
	int64_t number = (int64_t)w->n_files + 1;
	bool taken = false;

	if (w->n_files > 0) {
		file_digest(w, current(w)->sha256);
		if (!close_file(w, e))
			return false;
	}
	if (!filename_number(w->t->names, number, w->mem, &f.name, e)
	    || (!w->t->replace && !w->t->place->ops->exists(w->t->place, f.name, &taken, e)))
		return false;
	if (taken)
		return err_set(e, ERR_FILE_EXISTS, "ODP-31641: unable to create dump file %.*s: file exists", SPAN_ARG(shown(w, f.name)));
	f.working = working_name(w->mem, w->set, number, w->t->epoch);
	if (!place_has_room(w->t->place, DUMP_MEMBER_BYTES, e) || !place_create(w->t->place, f.working, &w->fd, e))
		return false;
	buf_add(&w->files, &f, sizeof(f));
	w->n_files++;
	w->member = 0;
	return is_still_ours(w, e);
}

bool
writing_begin_file(struct dump_writer *w, struct err *e)
{
	struct dump_about about = *w->t->about;
	struct buf b;

	if (!writing_next_file(w, e))
		return false;
	about.set = w->set;
	about.file = (int64_t)w->n_files;
	buf_init(&b, w->mem);
	record_put_about(&b, &about);
	return pack(w, buf_text(&b), false, e) && writing_write(w, buf_text(&w->packed), e);
}

/* ---- members ---- */

/* The first line, right before the text; w->packed holds the frame afterwards. */
static bool
pack_member(struct dump_writer *w, bool raw, struct err *e)
{
	struct span body = { w->text.p + HEAD, w->text.n - HEAD };
	unsigned char sum[32];
	char hex[65];

	digest_run_add(w->member_digest, body);
	digest_run_end(w->member_digest, sum);
	digest_hex(sum, sizeof(sum), hex);
	w->line.n = 0;
	record_put_member(&w->line, w->set, (int64_t)w->n_files, w->member + 1, hex);
	if (w->line.n > HEAD)
		return err_set(e, ERR_INTERNAL, "the name of the dump set is too long");
	memcpy(w->text.p + HEAD - w->line.n, w->line.p, w->line.n);
	return pack(w, (struct span){ w->text.p + HEAD - w->line.n, body.n + w->line.n }, raw, e);
}

static bool
put_member(struct dump_writer *w, bool raw, struct err *e)
{
	bool fits;

	if (!pack_member(w, raw, e))
		return false;
	fits = w->t->file_bytes == 0 || w->member == 0 || current(w)->n_bytes + (int64_t)w->packed.n <= w->t->file_bytes;
	if (!fits && (!writing_begin_file(w, e) || !pack_member(w, raw, e)))
		return false;
	for (size_t i = w->n_entries - w->n_new; i < w->n_entries; i++) {
		entries(w)[i].file = (int64_t)w->n_files;
		entries(w)[i].offset = current(w)->n_bytes;
	}
	if (!place_has_room(w->t->place, (int64_t)w->packed.n, e) || !writing_write(w, buf_text(&w->packed), e))
		return false;
	w->member++;
	w->n_new = 0;
	w->text.n = HEAD;
	return true;
}

bool
writing_flush(struct dump_writer *w, struct err *e)
{
	return w->text.n == HEAD || put_member(w, false, e);
}

static bool
flush_if_full(struct dump_writer *w, struct err *e)
{
	return w->text.n - HEAD < DUMP_MEMBER_BYTES || put_member(w, false, e);
}

/* A record that does not fit into the member begins the next one. */
static bool
make_room(struct dump_writer *w, struct err *e)
{
	if (w->record.n > DUMP_LINE_BYTES)
		return err_set(e, ERR_DAMAGED, "a description is longer than a line of a dump may be");
	return w->text.n - HEAD + w->record.n <= DUMP_MEMBER_BYTES || writing_flush(w, e);
}

static bool
put_record(struct dump_writer *w, struct err *e)
{
	if (!make_room(w, e))
		return false;
	buf_span(&w->text, buf_text(&w->record));
	return flush_if_full(w, e);
}

static struct buf *
record(struct dump_writer *w)
{
	w->record.n = 0;
	w->n_objects++;
	return &w->record;
}

bool
dump_schema(struct dump_writer *w, struct span name, struct err *e)
{
	record_put_schema(record(w), name);
	return put_record(w, e);
}

bool
dump_view(struct dump_writer *w, const struct view *v, struct err *e)
{
	record_put_view(record(w), v);
	return put_record(w, e);
}

bool
dump_sequence(struct dump_writer *w, const struct sequence *s, struct err *e)
{
	record_put_sequence(record(w), s);
	return put_record(w, e);
}

bool
dump_code(struct dump_writer *w, const struct code *c, struct err *e)
{
	record_put_code(record(w), c);
	return put_record(w, e);
}

bool
dump_type(struct dump_writer *w, const struct enum_type *t, struct err *e)
{
	record_put_type(record(w), t);
	return put_record(w, e);
}

/* ---- tables ---- */

bool
dump_table(struct dump_writer *w, const struct table *t, int64_t *id, struct err *e)
{
	struct dump_entry entry = { .id = w->last_id + 1 };

	if (t->n_columns == 0 || t->n_columns > DUMP_COLUMNS)
		return err_set(e, ERR_DAMAGED, "table %.*s has no column, or more than %d", SPAN_ARG(t->name), DUMP_COLUMNS);
	if (w->text.n - HEAD > SMALL_MEMBER && !writing_flush(w, e))
		return false;
	record_put_table(record(w), t, entry.id);
	if (!make_room(w, e))
		return false;
	arena_clear(w->of_table);
	w->columns = ARENA_ARRAY(w->of_table, struct column, t->n_columns);
	w->max_chars = ARENA_ARRAY(w->of_table, int64_t, t->n_columns);
	for (size_t i = 0; i < t->n_columns; i++) {
		w->columns[i].type = t->columns[i].type;
		w->columns[i].name = arena_span(w->of_table, t->columns[i].name);
	}
	w->n_columns = t->n_columns;
	w->name = arena_span(w->of_table, t->name);
	frame_packer_expects(w->packer, t->is_collection);
	w->last_id = w->id = *id = entry.id;
	w->n_rows = w->n_row_bytes = w->n_left_out = 0;
	buf_add(&w->entries, &entry, sizeof(entry));
	w->n_entries++;
	w->n_new++;
	buf_span(&w->text, buf_text(&w->record));
	return flush_if_full(w, e);
}

/* characters, as far as they may be more than `max` */
static int64_t
n_chars(struct span text, int64_t max)
{
	int64_t n = 0;

	if ((int64_t)text.n <= max)
		return 0;
	for (size_t i = 0; i < text.n; i++)
		n += ((unsigned char)text.p[i] & 0xc0) != 0x80;
	return n;
}

static bool
measure(struct dump_writer *w, const struct cell *cells, struct err *e)
{
	for (size_t i = 0; i < w->n_columns; i++) {
		int64_t n;

		if (cells[i].kind != CELL_TEXT && cells[i].kind != CELL_NUMBER)
			continue;
		if (cells[i].kind == CELL_TEXT && !utf8_valid(cells[i].text))
			return err_set(e, ERR_DAMAGED, "table %.*s, row %" PRId64 ", column %.*s: the text is not UTF-8", SPAN_ARG(w->name),
			    w->n_rows + w->n_left_out + 1, SPAN_ARG(w->columns[i].name));
		n = n_chars(cells[i].text, w->max_chars[i]);
		if (n > w->max_chars[i])
			w->max_chars[i] = n;
	}
	return true;
}

/* n rows, n_bytes of w->rows, become a record */
static void
put_rows(struct dump_writer *w, size_t n, size_t n_bytes)
{
	record_put_rows(&w->text, w->id, n, w->n_rows - (int64_t)n + 1);
	buf_add(&w->text, w->rows.p, n_bytes);
	memmove(w->rows.p, w->rows.p + n_bytes, w->rows.n - n_bytes);
	w->rows.n -= n_bytes;
	w->n_row_bytes += (int64_t)n_bytes;
}

/* one row behind those in w->rows */
static bool
put_row(struct dump_writer *w, const struct cell *cells, struct err *e)
{
	size_t before = w->rows.n;

	if (!measure(w, cells, e))
		return false;
	record_put_row(&w->rows, w->columns, w->n_columns, cells);
	return w->rows.n - before <= DUMP_LINE_BYTES || err_set(e, ERR_DAMAGED, "table %.*s, row %" PRId64 " is longer than 64 MiB as text",
	    SPAN_ARG(w->name), w->n_rows + w->n_left_out + 1);
}

static bool
leave_out(struct dump_writer *w, size_t before, struct err *e)
{
	if (w->t->left_out == NULL)
		return false;
	w->t->left_out(w->t->arg, e->text);
	err_clear(e);
	w->rows.n = before;
	w->n_left_out++;
	return true;
}

bool
dump_rows(struct dump_writer *w, const struct cell *cells, size_t n_rows, struct err *e)
{
	enum { RECORD_LINE = 96 };
	size_t n = 0;			/* rows in w->rows */

	w->rows.n = 0;
	for (size_t i = 0; i < n_rows; i++, cells += w->n_columns) {
		size_t before = w->rows.n;

		if (!put_row(w, cells, e)) {
			if (!leave_out(w, before, e))
				return false;
			continue;
		}
		if (w->text.n - HEAD + RECORD_LINE + w->rows.n > DUMP_MEMBER_BYTES) {
			if (n > 0)
				put_rows(w, n, before);
			n = 0;
			if (!writing_flush(w, e))
				return false;
		}
		w->n_rows++;
		n++;
	}
	if (n > 0)
		put_rows(w, n, w->rows.n);
	return flush_if_full(w, e);
}

bool
dump_end_table(struct dump_writer *w, int64_t *n_rows, int64_t *n_bytes, struct err *e)
{
	w->record.n = 0;
	record_put_end_table(&w->record, w->id, w->n_rows, w->max_chars, w->n_columns);
	entries(w)[w->n_entries - 1].n_rows = *n_rows = w->n_rows;
	*n_bytes = w->n_row_bytes;
	return put_record(w, e);
}

/* ---- the set ---- */

static void
writer_close(void *arg)
{
	struct dump_writer *w = arg;
	struct arena *own[] = { w->text.mem, w->packed.mem, w->record.mem, w->rows.mem, w->files.mem, w->entries.mem, w->line.mem, w->of_table };
	struct err e = { 0 };

	if (w->fd >= 0)
		close(w->fd);
	for (size_t i = 0; !w->is_kept && i < w->n_files; i++) {
		const struct writing_file *f = (const struct writing_file *)(const void *)w->files.p + i;

		if (!f->is_published || w->t->place->is_remote)
			place_remove_local(w->t->place, f->working, &e);
	}
	for (size_t i = 0; i < sizeof(own) / sizeof(*own); i++)
		arena_close(&own[i]);
	digest_run_close(&w->digest);
	digest_run_close(&w->member_digest);
}

void
dump_keep(struct dump_writer *w)
{
	w->is_kept = true;
}

struct dump_writer *
writing_open(const struct dump_target *t, struct arena *mem)
{
	struct dump_writer *w = ARENA_NEW(mem, struct dump_writer);
	struct buf *bufs[] = { &w->text, &w->packed, &w->record, &w->rows, &w->files, &w->entries, &w->line };

	w->t = t;
	w->mem = mem;
	w->fd = -1;
	for (size_t i = 0; i < sizeof(bufs) / sizeof(*bufs); i++)
		buf_init(bufs[i], arena_open(0));
	w->of_table = arena_open(0);
	w->digest = digest_run_open();
	w->member_digest = digest_run_open();
	w->packer = frame_packer_open(mem);
	buf_reserve(&w->text, HEAD + DUMP_MEMBER_BYTES + HEAD);
	memset(w->text.p, ' ', HEAD);
	w->text.n = HEAD;
	w->set = arena_span(mem, t->about->set);
	arena_defer(mem, writer_close, w);
	return w;
}

/* random UUID, RFC 9562 version 4 */
static struct span
new_set(struct arena *mem)
{
	unsigned char r[16];
	char hex[33];

	uid_random(r, sizeof(r));
	r[6] = (r[6] & 0x0f) | 0x40;
	r[8] = (r[8] & 0x3f) | 0x80;
	digest_hex(r, sizeof(r), hex);
	return span_of(arena_printf(mem, "%.8s-%.4s-%.4s-%.4s-%s", hex, hex + 8, hex + 12, hex + 16, hex + 20));
}

bool
dump_create(const struct dump_target *t, struct arena *mem, struct dump_writer **out, struct err *e)
{
	struct dump_writer *w = *out = writing_open(t, mem);

	if (w->set.n == 0)
		w->set = new_set(mem);
	return writing_begin_file(w, e);
}

/* The directory of the set tells the digest of its own file as far as it stands before it. */
static bool
put_master(struct dump_writer *w, bool consistent, struct err *e)
{
	struct dump_master m = { .n_tables = w->n_entries, .tables = entries(w),
		.n_objects = w->n_objects, .consistent = consistent };
	struct dump_master_file *list;
	struct arena *scratch = arena_open(0);
	bool good = false;

	/* a digest has always the same length, so it is known at first whether the member fits into the file */
	for (int round = 0; round < 2; round++) {
		struct writing_file *f = (struct writing_file *)(void *)w->files.p;

		if (round == 1)
			file_digest(w, f[w->n_files - 1].sha256);
		m.n_files = w->n_files;
		m.files = list = ARENA_ARRAY(scratch, struct dump_master_file, w->n_files);
		for (size_t i = 0; i < w->n_files; i++) {
			list[i].name = shown(w, f[i].name);
			list[i].n_bytes = f[i].n_bytes;
			memcpy(list[i].sha256, f[i].sha256, sizeof(list[i].sha256));
		}
		w->text.n = HEAD;
		record_put_master(&w->text, &m);
		if (w->text.n > DUMP_LINE_BYTES) {
			err_set(e, ERR_DAMAGED, "the directory of the set is longer than a line of a dump may be");
			break;
		}
		if (round == 0 && w->t->file_bytes > 0 && w->member > 0
		    && current(w)->n_bytes + (int64_t)w->text.n + 1024 > w->t->file_bytes && w->t->names->counts
		    && !writing_begin_file(w, e))
			break;
		if (round == 1)
			good = pack_member(w, true, e) && place_has_room(w->t->place, (int64_t)w->packed.n, e)
			    && writing_write(w, buf_text(&w->packed), e);
	}
	arena_close(&scratch);
	return good;
}

bool
dump_finish(struct dump_writer *w, bool consistent, const struct dump_file **files, size_t *n, struct err *e)
{
	const struct writing_file *f;
	struct dump_file *list;

	if (!w->is_whole && (!writing_flush(w, e) || !put_master(w, consistent && !w->was_continued, e) || !close_file(w, e)))
		return false;
	if (!writing_publish(w, e))
		return false;
	f = (const struct writing_file *)(const void *)w->files.p;
	*n = w->n_files;
	*files = list = ARENA_ARRAY(w->mem, struct dump_file, *n);
	for (size_t i = 0; i < *n; i++)
		list[i] = (struct dump_file){ shown(w, f[i].name), f[i].n_bytes };
	return true;
}

static bool
sweep(struct dump_place *place, struct span set, const char *end, struct err *e)
{
	struct arena *mem = arena_open(0);
	bool ok = place_sweep_local(place, span_of(arena_printf(mem, ".%.*s-", SPAN_ARG(set))), span_of(end), e);

	arena_close(&mem);
	return ok;
}

bool
dump_discard(struct dump_place *place, struct span set, int64_t epoch, struct err *e)
{
	char end[24];

	snprintf(end, sizeof(end), "-%" PRId64, epoch);
	return sweep(place, set, end, e);
}

bool
dump_discard_all(struct dump_place *place, struct span set, struct err *e)
{
	return sweep(place, set, "", e);
}
