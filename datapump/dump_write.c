/* datapump/dump_write.c - making a dump set
 *
 * A member grows behind room for its first line, which holds the digest of the rest.  When it is full it is given away to be packed;
 * it is written, as one frame, when the next one is full.  Memory stays at a few members.
 */
#include "base/buf.h"
#include "base/scan.h"
#include "base/uid.h"
#include "datapump/writing.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

enum {
	SMALL_MEMBER = 64 << 10		/* a table begins a member of its own behind so much */
};

static struct dump_entry *
entries(struct dump_writer *w)
{
	return (struct dump_entry *)(void *)w->entries.p;
}

/* ---- members ---- */

static bool
is_empty(const struct dump_writer *w)
{
	return w->at_work->text.n == MEMBER_HEAD;
}

static void
number_member(const struct dump_writer *w, struct member *m)
{
	m->file = (int64_t)w->n_files;
	m->number = w->number + 1;
}

/* Tables whose description is in the member learn where that is. */
static bool
put_member(struct dump_writer *w, struct member *m, struct span packed, size_t first, size_t n, struct err *e)
{
	if (w->t->file_bytes > 0 && w->number > 0 && writing_current(w)->n_bytes + (int64_t)packed.n > w->t->file_bytes) {
		if (!writing_begin_file(w, e))
			return false;
		number_member(w, m);
		if (!packing_member(w->packing, m, &packed, e))
			return false;
	}
	for (size_t i = first; i < first + n; i++) {
		entries(w)[i].file = (int64_t)w->n_files;
		entries(w)[i].offset = writing_current(w)->n_bytes;
	}
	if (!place_has_room(w->t->place, (int64_t)packed.n, e) || !writing_write(w, packed, e))
		return false;
	w->number++;
	m->text.n = MEMBER_HEAD;
	return true;
}

/* The member that is given away is packed and written. */
static bool
take_back(struct dump_writer *w, struct err *e)
{
	struct member *m = w->given;
	size_t n = w->n_given;
	struct span packed;

	if (m == NULL)
		return true;
	w->given = NULL;
	w->n_given = 0;
	return packing_take(w->packing, &packed, e) && put_member(w, m, packed, w->n_entries - w->n_new - n, n, e);
}

static void
reserve(const struct dump_writer *w, struct member *m)
{
	if (m->text.cap > 0)
		return;
	buf_reserve(&m->text, MEMBER_HEAD + w->member_bytes + MEMBER_HEAD);
	memset(m->text.p, ' ', MEMBER_HEAD);
	m->text.n = MEMBER_HEAD;
}

bool
writing_flush(struct dump_writer *w, struct err *e)
{
	struct member *m = w->at_work;
	struct span packed;
	size_t n = w->n_new;

	if (is_empty(w))
		return true;
	if (!take_back(w, e))
		return false;
	number_member(w, m);
	m->way = w->t->compress ? PACK_FRAME : PACK_NOT;
	m->kind = w->kind;
	w->n_new = 0;
	if (m->text.n > MEMBER_HEAD + 2 * DUMP_MEMBER_BYTES)	/* memory for one that is so long, not for two */
		return packing_member(w->packing, m, &packed, e) && put_member(w, m, packed, w->n_entries - n, n, e);
	if (!packing_give(w->packing, m, e))
		return false;
	w->given = m;
	w->n_given = n;
	w->at_work = m == &w->members[0] ? &w->members[1] : &w->members[0];
	reserve(w, w->at_work);
	return true;
}

static bool
flush_if_full(struct dump_writer *w, struct err *e)
{
	return w->at_work->text.n - MEMBER_HEAD < w->member_bytes || writing_flush(w, e);
}

/* A record that does not fit into the member begins the next one. */
static bool
make_room(struct dump_writer *w, struct err *e)
{
	if (w->record.n > DUMP_LINE_BYTES)
		return err_set(e, ERR_DAMAGED, "a description is longer than a line of a dump may be");
	return w->at_work->text.n - MEMBER_HEAD + w->record.n <= w->member_bytes || writing_flush(w, e);
}

static bool
put_record(struct dump_writer *w, struct err *e)
{
	if (!make_room(w, e))
		return false;
	buf_span(&w->at_work->text, buf_text(&w->record));
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
	if (w->at_work->text.n - MEMBER_HEAD > SMALL_MEMBER && !writing_flush(w, e))
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
	w->kind = t->is_collection ? FRAME_DOCUMENTS : w->t->quick ? FRAME_ROWS_QUICK : FRAME_ROWS;
	w->last_id = w->id = *id = entry.id;
	w->n_rows = w->n_row_bytes = w->n_left_out = 0;
	buf_add(&w->entries, &entry, sizeof(entry));
	w->n_entries++;
	w->n_new++;
	buf_span(&w->at_work->text, buf_text(&w->record));
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
	record_put_rows(&w->at_work->text, w->id, n, w->n_rows - (int64_t)n + 1);
	buf_add(&w->at_work->text, w->rows.p, n_bytes);
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
		if (w->at_work->text.n - MEMBER_HEAD + RECORD_LINE + w->rows.n > w->member_bytes) {
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
	struct arena *own[] = { w->members[0].text.mem, w->members[1].text.mem, w->record.mem, w->rows.mem, w->files.mem, w->entries.mem,
		w->of_table };
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
}

void
dump_keep(struct dump_writer *w)
{
	struct err ignored = { 0 };

	(void)take_back(w, &ignored);		/* what cannot be written is read once more */
	w->is_kept = true;
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

struct dump_writer *
writing_open(const struct dump_target *t, struct arena *mem)
{
	struct dump_writer *w = ARENA_NEW(mem, struct dump_writer);
	struct buf *bufs[] = { &w->members[0].text, &w->members[1].text, &w->record, &w->rows, &w->files, &w->entries };

	w->t = t;
	w->mem = mem;
	w->fd = -1;
	for (size_t i = 0; i < sizeof(bufs) / sizeof(*bufs); i++)
		buf_init(bufs[i], arena_open(0));
	w->of_table = arena_open(0);
	w->digest = digest_run_open();
	w->at_work = &w->members[0];
	w->member_bytes = t->quick ? DUMP_QUICK_BYTES : DUMP_MEMBER_BYTES;
	reserve(w, w->at_work);
	w->set = t->about->set.n == 0 ? new_set(mem) : arena_span(mem, t->about->set);
	arena_defer(mem, writer_close, w);
	w->packing = packing_open(w->set, mem);		/* and so closed before its members are */
	return w;
}

bool
dump_create(const struct dump_target *t, struct arena *mem, struct dump_writer **out, struct err *e)
{
	*out = writing_open(t, mem);
	return writing_begin_file(*out, e);
}

/* The directory of the set tells the digest of its own file as far as it stands before it. */
static bool
put_master(struct dump_writer *w, bool consistent, struct err *e)
{
	struct dump_master m = { .n_tables = w->n_entries, .tables = entries(w),
		.n_objects = w->n_objects, .consistent = consistent };
	struct member *member = w->at_work;
	struct dump_master_file *list;
	struct arena *scratch = arena_open(0);
	struct span packed;
	bool good = false;

	/* a digest has always the same length, so it is known at first whether the member fits into the file */
	for (int round = 0; round < 2; round++) {
		struct writing_file *f = (struct writing_file *)(void *)w->files.p;

		if (round == 1)
			writing_digest(w, f[w->n_files - 1].sha256);
		m.n_files = w->n_files;
		m.files = list = ARENA_ARRAY(scratch, struct dump_master_file, w->n_files);
		for (size_t i = 0; i < w->n_files; i++) {
			list[i].name = writing_shown(w, f[i].name);
			list[i].n_bytes = f[i].n_bytes;
			memcpy(list[i].sha256, f[i].sha256, sizeof(list[i].sha256));
		}
		member->text.n = MEMBER_HEAD;
		record_put_master(&member->text, &m);
		if (member->text.n > DUMP_LINE_BYTES) {
			err_set(e, ERR_DAMAGED, "the directory of the set is longer than a line of a dump may be");
			break;
		}
		if (round == 0 && w->t->file_bytes > 0 && w->number > 0
		    && writing_current(w)->n_bytes + (int64_t)member->text.n + 1024 > w->t->file_bytes && w->t->names->counts
		    && !writing_begin_file(w, e))
			break;
		good = round == 1;
	}
	arena_close(&scratch);
	if (!good)
		return false;
	number_member(w, member);
	member->way = w->t->compress ? PACK_RAW : PACK_NOT;
	return packing_member(w->packing, member, &packed, e) && place_has_room(w->t->place, (int64_t)packed.n, e)
	    && writing_write(w, packed, e);
}

bool
dump_finish(struct dump_writer *w, bool consistent, const struct dump_file **files, size_t *n, struct err *e)
{
	const struct writing_file *f;
	struct dump_file *list;

	if (!w->is_whole && (!writing_flush(w, e) || !take_back(w, e) || !put_master(w, consistent && !w->was_continued, e)
	    || !writing_close(w, e)))
		return false;
	if (!writing_publish(w, e))
		return false;
	f = (const struct writing_file *)(const void *)w->files.p;
	*n = w->n_files;
	*files = list = ARENA_ARRAY(w->mem, struct dump_file, *n);
	for (size_t i = 0; i < *n; i++)
		list[i] = (struct dump_file){ writing_shown(w, f[i].name), f[i].n_bytes };
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
