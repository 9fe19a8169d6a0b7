/* datapump/dump_set.c - the files of a dump set: found, opened, checked against each other */
#include "base/scan.h"
#include "datapump/reading.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

enum { FIRST_LINE_MAX = 64 << 10 };

bool
reading_bad(const struct dump_set *set, const struct dump_at *at, struct err *e, const char *why)
{
	struct span name = at->file > 0 && (size_t)at->file <= set->n_files ? set->files[at->file - 1].name : SPAN("?");

	return err_set(e, ERR_BAD_JOB, "ODP-39142: dump file %.*s, member %" PRId64 ", offset %" PRId64 ": %s", SPAN_ARG(name), at->member,
	    at->offset, why);
}

bool
reading_scan(struct span line, struct arena *mem)
{
	struct scan_limits limits = { .max_depth = DUMP_DEPTH, .max_values = 4000000 };
	struct scan_info info;
	struct err ignored = { 0 };

	return line.n <= DUMP_LINE_BYTES && json_scan(line, &limits, mem, &info, &ignored) && info.text.p == line.p;
}

static void
set_close(void *arg)
{
	struct dump_set *set = arg;

	for (size_t i = 0; i < set->n_files; i++)
		close(set->files[i].fd);
	arena_close(&set->of_member);
	arena_close(&set->of_slice);
	arena_close(&set->of_last_slice);
	arena_close(&set->of_table);
	digest_run_close(&set->digest);
}

/* the first member: one line that tells the set and the number of the file */
static bool
first_line(struct dump_set *set, struct reading_file *f, int64_t number, struct err *e)
{
	struct dump_at at = { number, 1, 0 };
	struct dump_about about = { 0 };
	struct err inner = { 0 };
	struct span text;
	int64_t format = 0;
	char why[128];

	if (!frame_next(set->frames, &text, &at.offset, &inner))
		return reading_bad(set, &at, e, inner.text);
	if (text.n == 0)
		return reading_bad(set, &at, e, "the file is empty");
	if (text.n > FIRST_LINE_MAX)
		return reading_bad(set, &at, e, "this is no dump file");
	text = arena_span(set->mem, text);	/* what is read of it is borrowed */
	if (text.p[text.n - 1] != '\n' || !reading_scan((struct span){ text.p, text.n - 1 }, set->mem)
	    || memchr(text.p, '\n', text.n - 1) != NULL)
		return reading_bad(set, &at, e, "this is no dump file");
	text.n--;
	if (!record_get_about(text, set->mem, &format, &about)) {
		if (format <= DUMP_FORMAT)
			return reading_bad(set, &at, e, "this is no dump file");
	}
	if (format != DUMP_FORMAT) {
		snprintf(why, sizeof(why), "its format is %" PRId64 ", this program knows %d", format, DUMP_FORMAT);
		return reading_bad(set, &at, e, why);
	}
	if (about.file != number) {
		snprintf(why, sizeof(why), "it is file %" PRId64 " of its set, not %" PRId64, about.file, number);
		return reading_bad(set, &at, e, why);
	}
	if (number > 1 && !span_eq(about.set, set->about.set))
		return reading_bad(set, &at, e, "it belongs to another set than the first file");
	f->begin = frame_offset(set->frames);
	if (number == 1)
		set->about = about;
	return true;
}

bool
reading_add_file(struct dump_set *set, const struct reading_file *f, struct err *e)
{
	enum { STEP = 16 };

	if (set->n_files % STEP == 0)
		set->files = arena_grow(set->mem, set->files, set->n_files * sizeof(*f), (set->n_files + STEP) * sizeof(*f));
	set->files[set->n_files++] = *f;
	return frame_use(set->frames, f->fd, f->n_bytes, e) && first_line(set, &set->files[set->n_files - 1], (int64_t)set->n_files, e);
}

static bool
open_files(struct dump_set *set, const struct dump_source *s, struct err *e)
{
	for (int64_t number = 1; number == 1 || s->names->counts; number++) {
		struct reading_file f = { .fd = -1 };
		struct err missing = { 0 };

		if (!filename_number(s->names, number, set->mem, &f.name, &missing))
			break;
		if (!s->place->ops->open(s->place, f.name, &f.fd, &f.n_bytes, &missing)) {
			if (missing.kind == ERR_NO_FILE && number > 1)
				break;
			*e = missing;
			return false;
		}
		f.end = f.n_bytes;
		f.name = s->place->ops->shown(s->place, f.name);
		if (!reading_add_file(set, &f, e))
			return false;
	}
	return true;
}

/* The directory of the set: the last member of the last file. */
static bool
find_master(struct dump_set *set, struct err *e)
{
	struct reading_file *f = &set->files[set->n_files - 1];
	struct dump_at at = { (int64_t)set->n_files, 0, 0 };
	struct dump_master m = { 0 };
	struct span text, line;
	struct err inner = { 0 };
	const char *end;

	if (!frame_last(set->frames, set->mem, &text, &at.offset, &inner))
		return reading_bad(set, &at, e, inner.text);
	if (text.n == 0 || (end = memchr(text.p, '\n', text.n)) == NULL || at.offset < f->begin)
		return true;
	line = (struct span){ end + 1, text.n - (size_t)(end + 2 - text.p) };
	if (!reading_member(set, &at, text, -1, &inner) || memchr(line.p, '\n', line.n) != NULL
	    || !reading_scan(line, set->mem) || !record_get_master(line, set->mem, &m))
		return true;
	f->end = at.offset;
	set->master = m;
	set->master_at = at;
	set->is_complete = true;
	return true;
}

static bool
compare_files(struct dump_set *set, struct err *e)
{
	const struct dump_master *m = &set->master;
	char why[128];

	for (size_t i = 0; i < set->n_files && i < m->n_files; i++) {
		const struct reading_file *f = &set->files[i];
		struct dump_at at = { (int64_t)i + 1, 0, f->n_bytes };

		if (f->end == m->files[i].n_bytes)
			continue;
		snprintf(why, sizeof(why), "the directory of the set says %" PRId64 " bytes", m->files[i].n_bytes);
		return reading_bad(set, &at, e, why);
	}
	if (m->n_files == set->n_files)
		return true;
	return err_set(e, ERR_BAD_JOB, "ODP-39142: the set has %zu files, %zu were found, the last one %.*s", m->n_files, set->n_files,
	    SPAN_ARG(set->files[set->n_files - 1].name));
}

bool
reading_is_complete(struct dump_set *set, struct err *e)
{
	return find_master(set, e) && set->is_complete && compare_files(set, e);
}

struct dump_set *
reading_open(struct arena *mem)
{
	struct dump_set *set = ARENA_NEW(mem, struct dump_set);

	set->mem = mem;
	set->of_member = arena_open(0);
	set->of_slice = arena_open(0);
	set->of_last_slice = arena_open(0);
	set->of_table = arena_open(0);
	set->digest = digest_run_open();
	set->frames = frame_reader_open(mem);
	arena_defer(mem, set_close, set);
	return set;
}

bool
dump_open(const struct dump_source *s, struct arena *mem, struct dump_set **out, struct err *e)
{
	struct dump_set *set = *out = reading_open(mem);
	struct dump_file *list;

	if (!open_files(set, s, e) || !find_master(set, e))
		return false;
	if (set->is_complete ? !compare_files(set, e) : !s->allow_incomplete) {
		struct dump_at at = { (int64_t)set->n_files, 0, set->files[set->n_files - 1].n_bytes };

		return e->kind != ERR_NONE ? false
		    : reading_bad(set, &at, e, "the directory of the set is missing or damaged: the set is not complete");
	}
	set->listed = list = ARENA_ARRAY(mem, struct dump_file, set->n_files);
	for (size_t i = 0; i < set->n_files; i++)
		list[i] = (struct dump_file){ set->files[i].name, set->files[i].n_bytes };
	return (set->is_complete || reading_list_tables(set, e)) && dump_rewind(set, e);
}

const struct dump_about *
dump_about(const struct dump_set *set)
{
	return &set->about;
}

bool
dump_is_complete(const struct dump_set *set)
{
	return set->is_complete;
}

bool
dump_is_consistent(const struct dump_set *set)
{
	return set->is_complete && set->master.consistent;
}

const struct dump_file *
dump_files(const struct dump_set *set, size_t *n)
{
	*n = set->n_files;
	return set->listed;
}

const struct dump_entry *
dump_entries(const struct dump_set *set, size_t *n)
{
	*n = set->master.n_tables;
	return set->master.tables;
}
