/* datapump/dump_read.c - records of a dump set, one after the other
 *
 * A member is looked into only when its digest is right.  Rows are passed on in slices, so that what they need as cells stays
 * small, however short they are as text.
 */
#include "datapump/reading.h"

#include <inttypes.h>
#include <stdio.h>

enum { SLICE_CELLS = 32768 };

bool
reading_member(struct dump_set *set, struct dump_at *at, struct span text, int64_t number, struct err *e)
{
	const char *end = memchr(text.p, '\n', text.n);
	struct span line = { text.p, end == NULL ? text.n : (size_t)(end - text.p) }, id, digest;
	struct arena_mark mark = arena_mark(set->of_member);
	unsigned char sum[32];
	int64_t file, n;
	char hex[65], why[128];
	bool good;

	if (end == NULL || text.p[text.n - 1] != '\n' || !reading_scan(line, set->of_member)
	    || !record_get_member(line, set->of_member, &id, &file, &n, &digest))
		return reading_bad(set, at, e, "it does not begin as a member");
	at->member = number < 0 ? n : number;
	if (!span_eq(id, set->about.set))
		return reading_bad(set, at, e, "it belongs to another set");
	if (file != at->file || (number >= 0 && n != number)) {
		snprintf(why, sizeof(why), "it is member %" PRId64 " of file %" PRId64, n, file);
		return reading_bad(set, at, e, why);
	}
	digest_run_add(set->digest, (struct span){ end + 1, text.n - line.n - 1 });
	digest_run_end(set->digest, sum);
	digest_hex(sum, sizeof(sum), hex);
	good = span_is(digest, hex);
	arena_rewind(set->of_member, mark);
	return good || reading_bad(set, at, e, "the digest of its text differs");
}

static bool
begin_file(struct dump_set *set, int64_t number, int64_t offset, struct err *e)
{
	struct reading_file *f = &set->files[number - 1];
	struct err inner = { 0 };
	struct span first_line;
	bool from_start = offset == f->begin;

	set->at = (struct dump_at){ number, 0, offset };
	set->next_member = from_start ? 1 : -1;
	set->rest.n = 0;
	set->good_end = offset;
	frame_digest(set->frames, set->file_digest, f->end);
	if (frame_use(set->frames, f->fd, f->n_bytes, &inner)
	    && (from_start ? frame_next(set->frames, &first_line, &offset, &inner) : frame_seek(set->frames, offset, &inner)))
		return true;
	return reading_bad(set, &set->at, e, inner.text);
}

bool
reading_next_member(struct dump_set *set, struct err *e)
{
	struct reading_file *f = &set->files[set->at.file - 1];
	struct err inner = { 0 };
	struct span text;
	size_t n_line;

	set->rest = (struct span){ "", 0 };
	while (frame_offset(set->frames) >= f->end) {
		if (set->file_digest != NULL && !reading_check_file(set, set->at.file, e))
			return false;
		if ((size_t)set->at.file == set->n_files)
			return true;
		if (!begin_file(set, set->at.file + 1, f[1].begin, e))
			return false;
		f++;
	}
	set->at.offset = frame_offset(set->frames);
	set->at.member = set->next_member < 0 ? 0 : set->next_member;
	if (!frame_next(set->frames, &text, &set->at.offset, &inner))
		return reading_bad(set, &set->at, e, inner.text);
	arena_clear(set->of_member);
	if (!reading_member(set, &set->at, text, set->next_member, e))
		return false;
	set->next_member = set->at.member + 1;
	set->good_end = frame_offset(set->frames);
	n_line = (size_t)((const char *)memchr(text.p, '\n', text.n) + 1 - text.p);
	set->rest = (struct span){ text.p + n_line, text.n - n_line };
	return set->go_on == NULL || set->go_on(set->go_on_arg, e);
}

bool
reading_line(struct dump_set *set, struct span *line)
{
	const char *end;

	if (set->rest.n == 0)
		return false;
	end = memchr(set->rest.p, '\n', set->rest.n);	/* a member ends with one */
	*line = (struct span){ set->rest.p, (size_t)(end - set->rest.p) };
	set->rest.p = end + 1;
	set->rest.n -= line->n + 1;
	return true;
}

bool
dump_rewind(struct dump_set *set, struct err *e)
{
	set->id = set->sought = set->n_left = 0;
	set->skip_rows = false;
	return begin_file(set, 1, set->files[0].begin, e);
}

bool
dump_seek(struct dump_set *set, const struct dump_entry *to, struct err *e)
{
	if (to->file < 1 || (size_t)to->file > set->n_files || to->offset < set->files[to->file - 1].begin)
		return reading_bad(set, &set->at, e, "the directory of the set points outside of it");
	set->id = set->n_left = 0;
	set->skip_rows = false;
	set->sought = to->id;
	return begin_file(set, to->file, to->offset, e);
}

void
dump_skip_rows(struct dump_set *set)
{
	set->skip_rows = true;
}

static bool
broken(struct dump_set *set, const char *what, struct err *e)
{
	return reading_bad(set, &set->at, e, what);
}

static bool
begin_rows(struct dump_set *set, struct span line, struct err *e)
{
	int64_t id, n, first;
	struct span row;

	if (!record_get_rows(line, &id, &n, &first) || id != set->id || first != set->n_rows + 1)
		return broken(set, "rows stand at the wrong place", e);
	if (!set->skip_rows) {
		set->n_left = n;
		return true;
	}
	for (int64_t i = 0; i < n; i++)
		if (!reading_line(set, &row) || row.n == 0 || row.p[0] != '[')
			return broken(set, "it ends within rows", e);
	set->n_rows += n;
	return true;
}

/* Do more rows of the table stand right behind these, in the same member? */
static bool
goes_on(struct dump_set *set, bool *yes, struct err *e)
{
	static const char begin[] = "{\"t\":\"rows\",";
	struct span line;

	*yes = set->rest.n >= sizeof(begin) - 1 && memcmp(set->rest.p, begin, sizeof(begin) - 1) == 0;
	if (!*yes)
		return true;
	if (!reading_line(set, &line) || !reading_scan(line, set->of_slice))
		return broken(set, "a record is not JSON, or nested too deeply", e);
	return begin_rows(set, line, e);
}

/* Some rows of the record at work, and of those that follow it: an import is done in as few steps as possible. */
static bool
next_rows(struct dump_set *set, struct dump_record *out, struct err *e)
{
	size_t n_columns = set->table.n_columns;
	size_t most = SLICE_CELLS / n_columns + 1, fit = set->rest.n / (2 * n_columns + 2) + 1;	/* a row is [,] and LF at least */
	struct cell *cells;
	struct span line;
	char why[96];
	bool more = true;

	if (most > fit)
		most = fit;
	*out = (struct dump_record){ .kind = DUMP_ROWS, .at = set->at, .id = set->id, .first = set->n_rows + 1 };
	out->cells = cells = ARENA_ARRAY(set->of_slice, struct cell, most * n_columns);
	while (out->n_rows < most && more) {
		if (set->n_left == 0) {
			if (!goes_on(set, &more, e))
				return false;
			continue;
		}
		if (!reading_line(set, &line))
			return broken(set, "it ends within rows", e);
		if (!reading_scan(line, set->of_slice) || !record_get_row(line, set->table.columns, n_columns, set->of_slice, cells)) {
			snprintf(why, sizeof(why), "row %" PRId64 " of table %" PRId64 " is not %zu values", set->n_rows + 1, set->id, n_columns);
			return broken(set, why, e);
		}
		cells += n_columns;
		out->n_rows++;
		set->n_rows++;
		set->n_left--;
	}
	return true;
}

/* Of a record, without rows; *done false: it is nothing that the caller wants. */
static bool
read_record(struct dump_set *set, struct span line, struct dump_record *out, bool *done, struct err *e)
{
	enum record_word word;
	bool good = true;

	if (!reading_scan(line, set->of_slice))
		return broken(set, "a record is not JSON, or nested too deeply", e);
	word = record_word(line);
	*out = (struct dump_record){ .at = set->at };
	*done = set->sought == 0;
	if (set->sought != 0 && word != WORD_TABLE && word != WORD_COLLECTION) {
		int64_t id, n, first;

		/* rows of another table in the same member */
		if (word == WORD_ROWS && record_get_rows(line, &id, &n, &first))
			for (int64_t i = 0; i < n; i++)
				if (!reading_line(set, &line))
					return broken(set, "it ends within rows", e);
		return true;
	}
	switch (word) {
	case WORD_TABLE: case WORD_COLLECTION:
		out->kind = DUMP_TABLE;
		if (set->id != 0)
			return broken(set, "a table begins within another one", e);
		good = record_get_table(line, set->of_slice, &out->id, &out->table);
		if (!good || (set->sought != 0 && out->id != set->sought))
			break;
		set->sought = 0;
		*done = true;
		set->id = out->id;
		set->n_rows = 0;
		set->skip_rows = false;
		arena_clear(set->of_table);
		good = record_get_table(arena_span(set->of_table, line), set->of_table, &out->id, &set->table);
		break;
	case WORD_ROWS:
		*done = false;
		return begin_rows(set, line, e);
	case WORD_END_TABLE:
		out->kind = DUMP_END_TABLE;
		good = set->id != 0 && record_get_end_table(line, set->of_slice, &out->id, &out->n_total, set->table.n_columns, &out->max_chars)
		    && out->id == set->id && out->n_total == set->n_rows;
		set->id = 0;
		break;
	case WORD_SCHEMA:
		out->kind = DUMP_SCHEMA;
		good = record_get_schema(line, set->of_slice, &out->schema);
		break;
	case WORD_VIEW:
		out->kind = DUMP_VIEW;
		good = record_get_view(line, set->of_slice, &out->view);
		break;
	case WORD_SEQUENCE:
		out->kind = DUMP_SEQUENCE;
		good = record_get_sequence(line, set->of_slice, &out->sequence);
		break;
	case WORD_CODE:
		out->kind = DUMP_CODE;
		good = record_get_code(line, set->of_slice, &out->code);
		break;
	case WORD_TYPE:
		out->kind = DUMP_TYPE;
		good = record_get_type(line, set->of_slice, &out->type);
		break;
	default:
		*done = false;		/* of a later program: passed over */
	}
	return good || broken(set, "a record does not say what it should", e);
}

bool
dump_next(struct dump_set *set, struct dump_record *out, struct err *e)
{
	struct arena *slice = set->of_last_slice;
	struct span line;
	bool done = false;

	set->of_last_slice = set->of_slice;
	set->of_slice = slice;
	arena_clear(slice);
	if (set->n_left > 0 && !set->skip_rows)
		return next_rows(set, out, e);
	for (; set->n_left > 0; set->n_left--, set->n_rows++)
		if (!reading_line(set, &line))
			return broken(set, "it ends within rows", e);
	while (!done) {
		if (set->rest.n == 0) {
			struct err inner = { 0 };
			bool good = reading_next_member(set, &inner);

			/* of a set that was cut, what stands before the cut */
			if (!good && (set->is_complete || inner.kind != ERR_BAD_JOB)) {
				*e = inner;
				return false;
			}
			if (!good)
				set->rest.n = 0;
			if (set->rest.n == 0) {
				*out = (struct dump_record){ .kind = DUMP_END, .at = set->at };
				return set->sought != 0 ? broken(set, "the table is not where the directory of the set points", e)
				    : set->id == 0 || !set->is_complete || broken(set, "the set ends within a table", e);
			}
		}
		if (!reading_line(set, &line))
			continue;
		if (!read_record(set, line, out, &done, e))
			return false;
		if (set->n_left > 0)
			return next_rows(set, out, e);
	}
	return true;
}
