/* datapump/object_parts.c - a file is sent in parts, and its parts are noted
 *
 * The note lies beside the file: its first line says of which content and of which upload, each further one which part has
 * arrived, by the ETag that the storage has given it.  Whoever takes over asks the storage which of them it still has.  A note that
 * a crash of the machine has taken costs that all is sent anew.
 */
#include "datapump/sending.h"

#include "base/digest.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { NOTE_MAX = 1 << 20 };

struct parts_at_work {
	struct upload u;
	struct sending *x;
	const struct parts_ops *ops;
	const struct object_note *note;
	int fd;				/* of the note; -1: none */
	char content[SHA256_HEX + 1];
	int n_lost;			/* rounds in which something was */
	bool was_completed;		/* or may have been */
};

static const struct parts_ops *
ops_of(const struct operation *o)
{
	return o->uri.proof == PROOF_S3 ? &multipart_ops : &segments_ops;
}

/* ---- the note ---- */

static void
identify(struct parts_at_work *w)
{
	const struct content *c = w->x->c;
	struct digest_run *run = digest_run_open();
	unsigned char sum[32];

	digest_run_add(run, span_of(object_uri_text(&w->u.o->uri, w->u.o->mem)));
	for (size_t i = 0; i < c->n_parts; i++)
		digest_run_add(run, span_of(c->parts[i].sha256_hex));
	digest_run_end(run, sum);
	digest_hex(sum, sizeof(sum), w->content);
	digest_run_close(&run);
}

/* The part with the number is there, as the note tells. */
static bool
note_line(int fd, size_t number, const char *etag)
{
	char line[OBJECT_TAG + 32];
	int n = snprintf(line, sizeof(line), "%zu %s\n", number, etag);

	return write(fd, line, (size_t)n) == n;
}

static bool
write_note(struct parts_at_work *w, int fd)
{
	const struct content *c = w->x->c;
	const char *head = arena_printf(w->u.o->mem, "%s %s\n", w->content, w->u.id);
	bool ok = write(fd, head, strlen(head)) == (ssize_t)strlen(head);

	for (size_t i = 0; ok && i < c->n_parts; i++)
		ok = c->parts[i].etag[0] == '\0' || note_line(fd, i + 1, c->parts[i].etag);
	return ok;
}

static void
close_note(struct parts_at_work *w)
{
	if (w->fd >= 0)
		(void)close(w->fd);
	w->fd = -1;
}

/* Without a note whoever takes over sends all parts: that is told, and no reason to end. */
static void
without_note(struct parts_at_work *w)
{
	struct err e = { 0 };

	if (w->fd >= 0) {
		place_fail(&e, "write");
		asking_say(w->u.o, true, "which parts were sent cannot be noted: %s", e.text);
	}
	close_note(w);
}

static void
begin_note(struct parts_at_work *w)
{
	const struct object_note *n = w->note;
	const char *fresh = arena_printf(w->u.o->mem, "%s-new", n->name);
	struct err e = { 0 };

	close_note(w);
	if (!place_remove_local(n->where, fresh, &e) || !place_create(n->where, fresh, &w->fd, &e)) {
		w->fd = -1;
		asking_say(w->u.o, true, "which parts were sent cannot be noted: %s", e.text);
	} else if (!write_note(w, w->fd) || !place_rename_local(n->where, fresh, n->name, &e)) {
		without_note(w);
	}
}

static bool
forget_note(const struct object_note *n, struct err *e)
{
	return place_remove_local(n->where, n->name, e);
}

/* its text, or an empty one */
static struct span
read_note(const struct object_note *n, struct arena *mem)
{
	struct err ignored = { 0 };
	struct span text = { "", 0 };
	int64_t n_bytes;
	char *p;
	int fd;

	if (!place_open_local(n->where, n->name, &fd, &n_bytes, &ignored))
		return text;
	p = arena_alloc(mem, NOTE_MAX);
	if (n_bytes <= NOTE_MAX && read(fd, p, (size_t)n_bytes) == (ssize_t)n_bytes)
		text = (struct span){ p, (size_t)n_bytes };
	(void)close(fd);
	return text;
}

/* A line with its end; one that was cut is none. */
static bool
next_line(struct span *rest, struct span *word, struct span *value)
{
	const char *end = rest->n == 0 ? NULL : memchr(rest->p, '\n', rest->n);
	const char *blank = end == NULL ? NULL : memchr(rest->p, ' ', (size_t)(end - rest->p));

	if (blank == NULL)
		return false;
	*word = (struct span){ rest->p, (size_t)(blank - rest->p) };
	*value = (struct span){ blank + 1, (size_t)(end - blank - 1) };
	rest->n -= (size_t)(end + 1 - rest->p);
	rest->p = end + 1;
	return true;
}

/* how many were begun at most: they are sent in order, and one may not have been noted */
static size_t
begun(struct span lines)
{
	struct span number, etag;
	size_t most = 0;

	while (next_line(&lines, &number, &etag)) {
		size_t n = strtoul(number.p, NULL, 10);

		most = n > most && n < PARTS_MAX ? n : most;
	}
	return most + 1;
}

static void
take_lines(struct content *c, struct span lines)
{
	struct span number, etag;

	while (next_line(&lines, &number, &etag)) {
		size_t n = strtoul(number.p, NULL, 10);

		if (n >= 1 && n <= c->n_parts && etag.n < OBJECT_TAG)
			snprintf(c->parts[n - 1].etag, OBJECT_TAG, "%.*s", SPAN_ARG(etag));
	}
}

static size_t
n_there(const struct content *c)
{
	size_t n = 0;

	for (size_t i = 0; i < c->n_parts; i++)
		n += c->parts[i].etag[0] != '\0';
	return n;
}

/* ---- parts ---- */

static void
forget_parts(struct upload *u)
{
	u->id = NULL;
	for (size_t i = 0; i < u->c->n_parts; i++)
		u->c->parts[i].etag[0] = '\0';
}

/* An upload of another content under the same name is nobody's any more. */
static bool
resume(struct parts_at_work *w, struct err *e)
{
	struct upload *u = &w->u;
	struct span rest = read_note(w->note, u->o->mem), content, id;

	if (!next_line(&rest, &content, &id))
		return true;
	u->id = arena_z(u->o->mem, id);
	if (!span_is(content, w->content)) {
		size_t n = begun(rest);
		bool ok = w->ops->abort(u, n, e);

		u->id = NULL;
		return ok && forget_note(w->note, e);
	}
	take_lines(u->c, rest);
	if (!w->ops->check(u, e))
		return false;
	if (u->id == NULL)
		return forget_note(w->note, e);
	asking_say(u->o, false, ". . %zu of %zu parts of %.*s are there", n_there(u->c), u->c->n_parts, SPAN_ARG(u->o->shown));
	begin_note(w);
	return true;
}

static bool
is_plain_tag(const char *etag)
{
	for (const char *p = etag; *p != '\0'; p++)
		if (*p <= ' ' || *p >= 0x7f || strchr("\"<>&\\", *p) != NULL)
			return false;
	return etag[0] != '\0';
}

bool
parts_put(struct upload *u, const struct object_uri *at, struct part *p, struct err *e)
{
	struct operation *o = u->o;
	struct object_request r = { .verb = OBJECT_PUT, .uri = at, .fd = u->c->fd, .at = p->at, .n_bytes = p->n_bytes,
		.payload_sha256 = p->sha256_hex, .headers = { arena_printf(o->mem, "Content-MD5: %s", p->md5_base64),
		"Content-Type: application/octet-stream", o->uri.proof == PROOF_SWIFT ? arena_printf(o->mem, "ETag: %s", p->md5_hex) : NULL } };

	if (!asking_certain(o, &r, e))
		return false;
	if (o->answer.reply == REPLY_MISSING && o->uri.proof == PROOF_S3) {
		u->id = NULL;
		return true;
	}
	if (o->answer.reply == REPLY_OK && is_plain_tag(o->answer.etag)) {
		snprintf(p->etag, sizeof(p->etag), "%s", o->answer.etag);
		return true;
	}
	if (o->answer.reply == REPLY_OK)
		snprintf(o->answer.why, sizeof(o->answer.why), "it gave a part no ETag");
	return asking_refused(o, e);
}

/* Something is lost that had arrived: not for ever. */
static bool
once_more(struct parts_at_work *w, const char *why, struct err *e)
{
	struct operation *o = w->u.o;

	snprintf(o->answer.why, sizeof(o->answer.why), "%s", why);
	o->n_failed = w->n_lost++;
	return asking_try_again(o, e);
}

/* u->id is NULL afterwards when the storage knows nothing of the upload. */
static bool
put_parts(struct parts_at_work *w, struct err *e)
{
	struct upload *u = &w->u;
	struct content *c = u->c;

	if (u->id == NULL) {
		forget_parts(u);
		if (!w->ops->begin(u, e))
			return false;
		begin_note(w);
	}
	for (size_t i = 0; i < c->n_parts && u->id != NULL; i++) {
		if (c->parts[i].etag[0] != '\0')
			continue;
		if (!asking_go_on(u->o, e) || !w->ops->put(u, i, e))
			return false;
		u->o->n_failed = 0;
		if (u->id != NULL && w->fd >= 0 && !note_line(w->fd, i + 1, c->parts[i].etag))
			without_note(w);
	}
	return true;
}

/* ---- the whole ---- */

/* o->answer says that it was refused: for a part that is lost, or for good? */
static bool
find_lost(struct parts_at_work *w, struct err *e)
{
	struct operation *o = w->u.o;
	struct object_answer was = o->answer;

	if (!w->ops->check(&w->u, e))
		return false;
	if (w->u.id != NULL && n_there(w->u.c) == w->u.c->n_parts) {
		o->answer = was;
		return asking_refused(o, e);
	}
	return once_more(w, "a part that had arrived is lost", e);
}

/* Nobody knows the upload: because it is completed, and nobody has heard of it? */
static bool
find_whole(struct parts_at_work *w, bool *done, struct err *e)
{
	if (!sending_is_there(w->x, done, e))
		return false;
	forget_parts(&w->u);
	return *done || once_more(w, "it knows nothing of the parts that had arrived", e);
}

static bool
ask_to_complete(struct parts_at_work *w, struct err *e)
{
	struct operation *o = w->u.o;

	w->was_completed = true;
	w->u.has_condition = !w->x->replace && !o->s->is_simple;
	if (!w->ops->complete(&w->u, e))
		return false;
	if (o->answer.reply != REPLY_CONDITION || !w->u.has_condition)
		return true;
	o->s->is_simple = true;
	w->u.has_condition = false;
	return w->ops->complete(&w->u, e);
}

/* *done: confirmed; else it is worth another round */
static bool
complete(struct parts_at_work *w, bool *done, struct err *e)
{
	struct operation *o = w->u.o;
	struct object_answer was;
	bool again;

	if ((w->x->over_segments && !asking_remove(o, e)) || !ask_to_complete(w, e))
		return false;
	w->x->over_segments = false;
	was = o->answer;
	switch (was.reply) {
	case REPLY_OK:
		if (!sending_confirm(w->x, done, e) || *done)
			return e->kind == ERR_NONE;
		forget_parts(&w->u);
		return once_more(w, "what arrived is not what was sent", e);
	case REPLY_EXISTS:
		if (!sending_is_there(w->x, done, e) || *done)
			return e->kind == ERR_NONE;
		o->answer = was;
		return asking_refused(o, e);
	case REPLY_MISSING:
		return find_whole(w, done, e);
	case REPLY_REFUSED:
		return find_lost(w, e);
	default:
		return asking_may_pass(o, &again, e);
	}
}

bool
parts_take_back(struct operation *o, const struct object_note *note, struct err *e)
{
	struct upload u = { .o = o };
	struct span rest = read_note(note, o->mem), content, id;

	if (!next_line(&rest, &content, &id))
		return true;
	u.id = arena_z(o->mem, id);
	return ops_of(o)->abort(&u, begun(rest), e) && forget_note(note, e);
}

/* Whoever goes on needs the parts: not where nobody will, because the file or the name is of no use. */
static void
give_up(struct parts_at_work *w, const struct err *why)
{
	bool is_useless = why->kind == ERR_FILE_EXISTS || why->kind == ERR_NO_PLACE || why->kind == ERR_STORAGE_FULL || why->kind == ERR_BAD_JOB;
	struct upload *u = &w->u;
	struct err e = { 0 };

	if (!is_useless || (w->was_completed && why->kind != ERR_FILE_EXISTS))
		return;
	if (u->id == NULL ? !parts_take_back(u->o, w->note, &e) : !w->ops->abort(u, u->c->n_parts, &e) || !forget_note(w->note, &e))
		asking_say(u->o, true, "parts of %.*s may be left: %s", SPAN_ARG(u->o->shown), e.text);
}

bool
parts_send(struct sending *x, const struct object_note *note, struct err *e)
{
	struct parts_at_work w = { .u = { .o = x->o, .c = x->c }, .x = x, .ops = ops_of(x->o), .note = note, .fd = -1 };
	bool done = false, ok;

	identify(&w);
	ok = sending_is_there(x, &done, e) && (done || resume(&w, e));
	while (ok && !done) {
		ok = put_parts(&w, e);
		if (!ok)
			break;
		ok = w.u.id == NULL ? find_whole(&w, &done, e) : complete(&w, &done, e);
	}
	if (!ok)
		give_up(&w, e);
	close_note(&w);
	return ok && forget_note(note, e);
}
