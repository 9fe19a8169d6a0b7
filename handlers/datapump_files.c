/* handlers/datapump_files.c - logs and dumps are read, listed, sent
 *
 * A log is read from its rows, wherever the job runs; dumps stream from their directory.  Only what belongs to the job is served.
 * Directories are shared, so a SQL Developer sees the dumps that were made for the own schema, or sent by it, and no others.
 */
#include "handlers/datapump.h"

#include "base/clock.h"
#include "base/log.h"
#include "conf/conf.h"
#include "datapump/directory.h"
#include "datapump/dump.h"
#include "datapump/jobname.h"
#include "datapump/sent.h"
#include "handlers/origin.h"

#include <errno.h>
#include <unistd.h>

enum { LISTED_MAX = 1000 };

/* what is no JSON of ours never runs in the origin */
static void
isolate(struct response *out)
{
	response_header(out, "Content-Security-Policy", SPAN("sandbox; default-src 'none'"));
	response_header(out, "Cross-Origin-Resource-Policy", SPAN("same-origin"));
}

/* ---- one file of a job ---- */

static bool
reply_log(const struct call *c, struct jobs *j, const struct job_row *row, struct response *out, struct err *e)
{
	struct span text;

	if (!jobs_read_log(j, row->id, c->mem, &text, e))
		return false;
	isolate(out);
	response_body(out, "text/plain; charset=utf-8", text);
	return true;
}

static bool
read_digits(struct span s, int64_t *out)
{
	*out = 0;
	if (s.n == 0 || s.n > 15)
		return false;
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
		*out = *out * 10 + s.p[i] - '0';
	}
	return true;
}

enum range { RANGE_WHOLE, RANGE_PART, RANGE_OUTSIDE };

/* bytes=a-b, bytes=a-, bytes=-n; what is anything else counts as absent (RFC 9110, 14.2) */
static enum range
range_of(const struct request *req, int64_t n_bytes, int64_t *at, int64_t *n)
{
	struct span text = span_trim(request_header(req, "range"));
	int64_t from, to;
	const char *dash;
	struct span a, b;

	if (text.n < 7 || !span_eq_nocase((struct span){ text.p, 6 }, SPAN("bytes="))
	    || (dash = memchr(text.p + 6, '-', text.n - 6)) == NULL)
		return RANGE_WHOLE;
	a = (struct span){ text.p + 6, (size_t)(dash - text.p) - 6 };
	b = (struct span){ dash + 1, text.n - (size_t)(dash + 1 - text.p) };
	if (a.n == 0) {
		if (!read_digits(b, &to))
			return RANGE_WHOLE;
		from = to < n_bytes ? n_bytes - to : 0;
		to = n_bytes - 1;
	} else if (!read_digits(a, &from) || (b.n > 0 && !read_digits(b, &to))) {
		return RANGE_WHOLE;
	} else if (b.n == 0 || to >= n_bytes) {
		to = n_bytes - 1;
	}
	if (a.n > 0 && b.n > 0 && to < from && from < n_bytes)
		return RANGE_WHOLE;
	if (from > to || from >= n_bytes)
		return RANGE_OUTSIDE;
	*at = from;
	*n = to - from + 1;
	return RANGE_PART;
}

static bool
reply_dump(const struct call *c, struct span name, int fd, int64_t n_bytes, struct response *out, struct err *e)
{
	int64_t at = 0, n = n_bytes;

	switch (range_of(c->req, n_bytes, &at, &n)) {
	case RANGE_OUTSIDE:
		(void)close(fd);
		return err_set(e, ERR_RANGE, "the file has %lld bytes", (long long)n_bytes);
	case RANGE_PART:
		out->status = 206;
		response_header(out, "Content-Range", span_of(arena_printf(c->mem, "bytes %lld-%lld/%lld", (long long)at,
		    (long long)(at + n - 1), (long long)n_bytes)));
		break;
	case RANGE_WHOLE:
		break;
	}
	response_header(out, "Accept-Ranges", SPAN("bytes"));
	/* the grammar of names has no quotes and no backslashes */
	response_header(out, "Content-Disposition", span_of(arena_printf(c->mem, "attachment; filename=\"%.*s\"", SPAN_ARG(name))));
	isolate(out);
	response_file(out, c->site->set->dump_media_type, fd, at, n);
	return true;
}

static bool
reply_file(const struct call *c, const struct job_file *f, struct response *out, struct err *e)
{
	struct dump_place *place;
	struct span known_as;
	int64_t n_bytes;
	int fd;

	if (!directory_open(c->site->conf, c->site->pool, f->directory, c->who->is_sql_admin, c->mem, &place, &known_as, e)
	    || !place->ops->open(place, f->name, &fd, &n_bytes, e))
		return err_set(e, ERR_NO_JOB, NULL);
	if (f->kind == JOB_FILE_DUMP)
		return reply_dump(c, f->name, fd, n_bytes, out, e);
	isolate(out);
	response_file(out, "text/plain; charset=utf-8", fd, 0, n_bytes);
	return true;
}

bool
datapump_file(const struct call *c, struct response *out, struct err *e)
{
	struct span name = c->params->text[P_FILE];
	struct job_file *files;
	struct job_row *row;
	struct jobs *j;
	size_t n;

	if (!datapump_store(c, &j, e) || !datapump_find(c, j, &row, e))
		return false;
	if (span_eq(name, job_log_name(row, c->mem)))
		return reply_log(c, j, row, out, e);
	if (!jobs_files(j, row->id, c->mem, &files, &n, e))
		return false;
	for (size_t i = 0; i < n; i++)
		if (!files[i].is_object && files[i].kind != JOB_FILE_LOG && span_eq(files[i].name, name))
			return reply_file(c, &files[i], out, e);
	return err_set(e, ERR_NO_JOB, NULL);
}

/* ---- a directory ---- */

/* % stands for itself */
static struct span
escaped(struct span name, struct arena *mem)
{
	struct buf b;

	buf_init(&b, mem);
	for (size_t i = 0; i < name.n; i++) {
		buf_char(&b, name.p[i]);
		if (name.p[i] == '%')
			buf_char(&b, '%');
	}
	return buf_text(&b);
}

/* the first line of a dump; NULL: it is none, or a later file of a set */
static const struct dump_about *
about(struct dump_place *place, struct span name, struct arena *mem)
{
	struct dump_source from = { .place = place, .allow_incomplete = true };
	struct name_pattern pattern;
	struct dump_set *set;
	struct err ignored = { 0 };

	if (!filename_parse(escaped(name, mem), 0, mem, &pattern, &ignored))
		return NULL;
	from.names = &pattern;
	return dump_open(&from, mem, &set, &ignored) ? dump_about(set) : NULL;
}

static void
put_text(struct buf *b, const char *name, struct span value)
{
	buf_printf(b, ",\"%s\":", name);
	buf_json(b, value);
}

static void
put_file(struct buf *b, struct span directory, const struct place_entry *f, const struct dump_about *a)
{
	char changed[CLOCK_TEXT];

	clock_format(f->changed_us, changed);
	if (b->n > 0)
		buf_char(b, ',');
	put_lit(b, "{\"file_name\":");
	buf_json(b, f->name);
	put_text(b, "directory", directory);
	buf_printf(b, ",\"bytes\":%lld", (long long)f->n_bytes);
	put_text(b, "changed", span_of(changed));
	if (a != NULL) {
		put_text(b, "set", a->set);
		put_text(b, "created", a->created);
		put_text(b, "generator", a->generator);
		put_text(b, "engine", a->engine);
		put_text(b, "job_mode", a->mode);
		put_text(b, "owner_name", a->owner);
		put_text(b, "job_name", a->job);
	}
	buf_char(b, '}');
}

static struct span
directory_of(const struct call *c)
{
	return param_given(c->params, P_DIRECTORY) ? c->params->text[P_DIRECTORY] : SPAN(DIRECTORY_DEFAULT);
}

bool
datapump_files(const struct call *c, struct response *out, struct err *e)
{
	const struct place_entry *entries;
	struct dump_place *place;
	struct span known_as;
	struct buf items, b;
	size_t n, count = 0;

	if (!directory_open(c->site->conf, c->site->pool, directory_of(c), c->who->is_sql_admin, c->mem, &place, &known_as, e)
	    || !place_list(place, c->mem, &entries, &n, e))
		return false;
	buf_init(&items, c->mem);
	for (size_t i = 0; i < n && count < LISTED_MAX; i++) {
		struct arena *scratch = arena_open(0);
		const struct dump_about *a = about(place, entries[i].name, scratch);

		if (a != NULL && (c->who->is_sql_admin || span_eq_nocase(a->owner, datapump_owner(c))
		    || sent_by(place, datapump_owner(c), entries[i].name, a->set))) {
			put_file(&items, known_as, &entries[i], a);
			count++;
		}
		arena_close(&scratch);
	}
	buf_init(&b, c->mem);
	put_lit(&b, "{\"items\":[");
	buf_span(&b, buf_text(&items));
	buf_printf(&b, "],\"hasMore\":false,\"count\":%zu}", count);
	out->rows = (int64_t)count;
	response_body(out, "application/json", buf_text(&b));
	return true;
}

/* ---- sending a dump ---- */

struct piece {
	int64_t from, to, total;	/* bytes from..to of total */
};

/* bytes A-B/N; without the header the body is the whole file */
static bool
read_piece(const struct call *c, struct piece *out, struct err *e)
{
	struct span text = span_trim(request_header(c->req, "content-range"));
	int64_t n = (int64_t)c->req->body.n;
	const char *dash, *slash;

	if (text.p == NULL || text.n == 0) {
		*out = (struct piece){ 0, n - 1, n };
		return n > 0 || err_set(e, ERR_BAD_JOB, "ODP-39000: the body is empty");
	}
	dash = text.n > 6 ? memchr(text.p, '-', text.n) : NULL;
	slash = text.n > 6 ? memchr(text.p, '/', text.n) : NULL;
	if (dash == NULL || slash == NULL || slash < dash || !span_eq_nocase((struct span){ text.p, 6 }, SPAN("bytes "))
	    || !read_digits((struct span){ text.p + 6, (size_t)(dash - text.p) - 6 }, &out->from)
	    || !read_digits((struct span){ dash + 1, (size_t)(slash - dash) - 1 }, &out->to)
	    || !read_digits((struct span){ slash + 1, text.n - (size_t)(slash + 1 - text.p) }, &out->total)
	    || out->to < out->from || out->to >= out->total || out->to - out->from + 1 != n)
		return err_set(e, ERR_BAD_JOB, "ODP-39000: Content-Range must be bytes A-B/N and fit the body of %lld bytes",
		    (long long)n);
	return true;
}

static bool
write_all(int fd, struct span body, int64_t at, struct err *e)
{
	while (body.n > 0) {
		ssize_t n = pwrite(fd, body.p, body.n, (off_t)at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return place_fail(e, "write");
		body.p += n;
		body.n -= (size_t)n;
		at += n;
	}
	return fsync(fd) == 0 || place_fail(e, "fsync");
}

/* A dump that was made elsewhere may be used by whoever has sent it; what is no dump, or not the first file of one, needs no note. */
static bool
note_sender(const struct call *c, struct dump_place *place, struct span name, struct err *e)
{
	struct arena *scratch = arena_open(0);
	const struct dump_about *a = about(place, name, scratch);
	bool ok = a == NULL || sent_note(place, datapump_owner(c), name, a->set, e);
	struct err ignored = { 0 };

	arena_close(&scratch);
	return ok || (place->ops->remove(place, name, &ignored), false);
}

/* The pieces come in order, into a file under a working name; the last one gives it its own. */
static bool
take_piece(const struct call *c, struct dump_place *place, struct span name, const struct piece *p, int *status, struct err *e)
{
	const char *working = arena_printf(c->mem, ".upload-%.*s-%.*s", SPAN_ARG(datapump_owner(c)), SPAN_ARG(name));
	int64_t n_bytes = 0;
	bool exists, ok;
	int fd;

	if (!place->ops->exists(place, name, &exists, e))
		return false;
	if (exists)
		return err_set(e, ERR_FILE_EXISTS, "ODP-31641: unable to create dump file %.*s: file exists", SPAN_ARG(name));
	if (p->from == 0 && !place_remove_local(place, working, e))
		return false;
	if (!place_has_room(place, p->total - p->from, e)
	    || !(p->from == 0 ? place_create(place, working, &fd, e) : place_go_on(place, working, &fd, &n_bytes, e)))
		return false;
	ok = n_bytes == p->from || err_set(e, ERR_JOB_STATE, "the next piece begins at byte %lld", (long long)n_bytes);
	ok = ok && write_all(fd, c->req->body, p->from, e);
	ok = (close(fd) == 0 || !ok || place_fail(e, "close")) && ok;
	*status = ok && p->to + 1 == p->total ? 201 : 202;
	return ok && (*status == 202 || (place->ops->publish(place, working, name, false, e) && note_sender(c, place, name, e)));
}

bool
datapump_upload(const struct call *c, struct response *out, struct err *e)
{
	struct span name = c->params->text[P_FILE], known_as;
	struct place_entry f = { .name = name, .changed_us = clock_us() };
	struct dump_place *place;
	struct piece piece = { 0 };
	struct buf b;

	if (!filename_is_plain(name))
		return err_set(e, ERR_BAD_JOB, "ODP-39124: this is no name for a dump file");
	if (!read_piece(c, &piece, e)
	    || !directory_open(c->site->conf, c->site->pool, directory_of(c), c->who->is_sql_admin, c->mem, &place, &known_as, e)
	    || !take_piece(c, place, name, &piece, &out->status, e))
		return false;
	f.n_bytes = piece.to + 1;
	buf_init(&b, c->mem);
	put_file(&b, known_as, &f, NULL);
	log_security("dump.sent", c->who->label, arena_z(c->mem, request_client(c->req, conf_global(c->site->conf))), c->req->id,
	    arena_z(c->mem, name));
	response_body(out, "application/json", buf_text(&b));
	return true;
}
