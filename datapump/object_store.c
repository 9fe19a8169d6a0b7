/* datapump/object_store.c - objects, asked for again until it is certain */
#include "datapump/asking.h"

#include "base/clock.h"
#include "base/digest.h"
#include "base/uid.h"
#include "conf/secret.h"

#include <stdarg.h>
#include <stdio.h>
#include <time.h>

enum { LOOK_MS = 50, QUICK_MS = 5000, PROGRESS_BYTES = 1 << 16 };

static void
store_close(void *arg)
{
	struct object_store *s = arg;

	object_client_close(&s->client);
}

struct object_store *
object_store_open(const struct object_access *a, struct arena *mem)
{
	struct object_store *s = ARENA_NEW(mem, struct object_store);
	const struct settings *set = a->pool->set;

	s->a = *a;
	s->mem = mem;
	s->client = (struct object_client){ .allowed = set->object_hosts, .ca_file = set->object_ca_file, .key = a->key,
		.timeout_ms = a->is_patient || set->object_timeout_ms < QUICK_MS ? set->object_timeout_ms : QUICK_MS,
		.go_on = a->go_on, .arg = a->arg };
	arena_defer(mem, store_close, s);
	return s;
}

void
asking_say(struct operation *o, bool is_warning, const char *fmt, ...)
{
	char line[1024];
	va_list ap;

	if (o->s->a.say == NULL)
		return;
	va_start(ap, fmt);
	(void)vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	o->s->a.say(o->s->a.arg, is_warning, line);
}

/* ---- requests ---- */

bool
asking_begin(struct object_store *s, struct span uri, const char *what, struct operation *o, struct err *e)
{
	*o = (struct operation){ .s = s, .what = what, .mem = arena_open(0) };
	o->shown = object_uri_shown(uri, o->mem);
	return object_uri_parse(uri, s->a.key, o->mem, &o->uri, e) && object_host_allowed(&o->uri, s->client.allowed, e);
}

bool
asking_end(struct operation *o, bool ok)
{
	digest_wipe(o->answer.token, sizeof(o->answer.token));
	arena_close(&o->mem);
	return ok;
}

static const char *
secret_header(struct operation *o, const char *name, const char *value)
{
	const char *line = arena_printf(o->mem, "%s: %s", name, value);

	secret_forget(o->mem, span_of(line));
	return line;
}

/* Swift, version 1: name and key buy a token, which opens the rest. */
static bool
buy_token(struct operation *o, struct err *e)
{
	struct object_uri at = { .host = o->uri.host, .port = o->uri.port, .path = "/auth/v1.0", .proof = PROOF_NONE };
	struct object_request r = { .verb = OBJECT_GET, .uri = &at, .fd = -1, .headers = {
		secret_header(o, "X-Auth-User", o->s->a.key->username), secret_header(o, "X-Auth-Key", o->s->a.key->secret) } };

	if (!object_request(&o->s->client, &r, o->mem, &o->answer, e))
		return false;
	if (o->answer.reply != REPLY_OK)
		return true;
	if (o->answer.token[0] == '\0') {
		o->answer.reply = REPLY_REFUSED;
		snprintf(o->answer.why, sizeof(o->answer.why), "no token came from /auth/v1.0");
		return true;
	}
	o->s->client.token = arena_z(o->s->mem, span_of(o->answer.token));
	secret_forget(o->s->mem, span_of(o->s->client.token));
	return true;
}

/* A token may have become old: then there is a new one. */
bool
asking_request(struct operation *o, struct object_request *r, struct err *e)
{
	struct object_client *c = &o->s->client;
	bool is_swift = o->uri.proof == PROOF_SWIFT, is_new = false;

	for (;;) {
		if (is_swift && c->token == NULL) {
			is_new = true;
			if (!buy_token(o, e))
				return false;
			if (c->token == NULL)
				return true;
		}
		if (!object_request(c, r, o->mem, &o->answer, e))
			return false;
		if (!is_swift || is_new || o->answer.reply != REPLY_STRANGER)
			return true;
		c->token = NULL;
	}
}

bool
asking_refused(const struct operation *o, struct err *e)
{
	const char *whom = o->answer.reply == REPLY_STRANGER ? o->s->a.key != NULL ? " to this credential" : " without another credential" : "";

	return err_set(e, ERR_STORE_REFUSED, "%s %.*s was refused by the object storage%s: %s", o->what, SPAN_ARG(o->shown), whom, o->answer.why);
}

bool
asking_go_on(struct operation *o, struct err *e)
{
	return o->s->a.go_on == NULL || o->s->a.go_on(o->s->a.arg, e);
}

/* As long as it lasts it is asked whether the job shall go on. */
static bool
rest(struct operation *o, int64_t ms, struct err *e)
{
	int64_t until_ns = clock_mono_ns() + ms * 1000000;

	while (clock_mono_ns() < until_ns) {
		if (!asking_go_on(o, e))
			return false;
		(void)nanosleep(&(struct timespec){ .tv_nsec = LOOK_MS * 1000000L }, NULL);
	}
	return true;
}

/* After a failure that may pass: true when it is worth another attempt.  Pauses differ by a quarter, so that not all come at once. */
bool
asking_try_again(struct operation *o, struct err *e)
{
	int64_t ms = o->s->a.pool->set->object_retry_ms << o->n_failed;
	unsigned char dice;

	uid_random(&dice, 1);
	ms += ms * dice / 1024;
	if (!o->s->a.is_patient || o->n_failed == RETRIES)
		return err_set(e, ERR_STORE_AWAY, "%s %.*s: the object storage does not answer as it should: %s", o->what, SPAN_ARG(o->shown),
		    o->answer.why);
	o->n_failed++;
	asking_say(o, true, "%s %.*s: %s; tried again in %.1f s", o->what, SPAN_ARG(o->shown), o->answer.why, (double)ms / 1000);
	return rest(o, ms, e);
}

/* false: fatal, or not worth another attempt; *again: ask once more */
bool
asking_may_pass(struct operation *o, bool *again, struct err *e)
{
	enum object_reply reply = o->answer.reply;

	*again = reply == REPLY_NONE || reply == REPLY_BUSY || reply == REPLY_DAMAGED;
	return *again ? asking_try_again(o, e) : asking_refused(o, e);
}

bool
asking_certain(struct operation *o, struct object_request *r, struct err *e)
{
	bool again = true;

	while (again) {
		if (!asking_request(o, r, e))
			return false;
		if (o->answer.reply == REPLY_OK || o->answer.reply == REPLY_MISSING || o->answer.reply == REPLY_EXISTS)
			return true;
		if (!asking_may_pass(o, &again, e))
			return false;
	}
	return false;
}

/* ---- looking ---- */

/* A pre-authenticated URI may be good for one thing only, so that looking is refused. */
bool
asking_look(struct operation *o, enum object_presence *out, struct err *e)
{
	struct object_request r = { .verb = OBJECT_HEAD, .uri = &o->uri, .fd = -1 };
	bool again = true;

	while (again) {
		if (!asking_request(o, &r, e))
			return false;
		if (o->answer.reply == REPLY_OK || o->answer.reply == REPLY_MISSING) {
			*out = o->answer.reply == REPLY_OK ? OBJECT_PRESENT : OBJECT_ABSENT;
			return true;
		}
		if (o->answer.reply == REPLY_STRANGER && o->uri.proof == PROOF_NONE) {
			*out = OBJECT_UNTOLD;
			return true;
		}
		if (!asking_may_pass(o, &again, e))
			return false;
	}
	return false;
}

bool
object_look(struct object_store *s, struct span uri, enum object_presence *out, struct err *e)
{
	struct operation o;

	return asking_end(&o, asking_begin(s, uri, "looking for", &o, e) && asking_look(&o, out, e));
}

/* ---- removing ---- */

bool
asking_delete(struct operation *o, const struct object_uri *uri, struct err *e)
{
	struct object_request r = { .verb = OBJECT_DELETE, .uri = uri, .fd = -1 };

	return asking_certain(o, &r, e) && (o->answer.reply != REPLY_EXISTS || asking_refused(o, e));
}

/* Swift removes segments when it is told to, and says 200 whatever came of it. */
bool
asking_remove(struct operation *o, struct err *e)
{
	struct object_uri with_segments = o->uri;
	enum object_presence presence;

	with_segments.query = "multipart-manifest=delete";
	if (o->uri.proof != PROOF_SWIFT)
		return asking_delete(o, &o->uri, e);
	if (!asking_look(o, &presence, e) || presence == OBJECT_ABSENT)
		return e->kind == ERR_NONE;
	if (!o->answer.has_segments)
		return asking_delete(o, &o->uri, e);
	return asking_delete(o, &with_segments, e) && asking_look(o, &presence, e) && (presence == OBJECT_ABSENT || asking_refused(o, e));
}

bool
object_remove(struct object_store *s, struct span uri, struct err *e)
{
	struct operation o;

	return asking_end(&o, asking_begin(s, uri, "removal of", &o, e) && asking_remove(&o, e));
}

/* ---- fetching ---- */

static bool
has_room(void *arg, int64_t n, struct err *e)
{
	return place_has_room(arg, n, e);
}

/* After a failure: begin behind what came, if it is sure to be the same object. */
static void
go_on_behind(struct operation *o, struct object_request *r, char tag[OBJECT_TAG])
{
	const struct object_answer *a = &o->answer;
	bool is_other = a->reply == REPLY_EXISTS || (tag[0] != '\0' && a->etag[0] != '\0' && strcmp(tag, a->etag) != 0);

	if (a->n_written - r->from >= PROGRESS_BYTES && !is_other)
		o->n_failed = 0;
	if (a->reply == REPLY_NONE && a->etag[0] != '\0')
		snprintf(tag, OBJECT_TAG, "%s", a->etag);
	r->from = is_other || tag[0] == '\0' ? 0 : a->n_written;
	r->headers[0] = r->from > 0 ? arena_printf(o->mem, "If-Match: \"%s\"", tag) : NULL;
}

static bool
fetch(struct operation *o, int fd, struct dump_place *where, int64_t *n_bytes, struct err *e)
{
	struct object_request r = { .verb = OBJECT_GET, .uri = &o->uri, .fd = fd, .room = has_room, .room_arg = where };
	char tag[OBJECT_TAG] = "";
	bool again;

	for (;;) {
		if (!asking_request(o, &r, e))
			return false;
		if (o->answer.reply == REPLY_MISSING)
			return err_set(e, ERR_NO_FILE, "ODP-31640: unable to open dump file %.*s", SPAN_ARG(o->shown));
		if (o->answer.reply == REPLY_OK) {
			*n_bytes = o->answer.n_written;
			return true;
		}
		if (o->answer.reply == REPLY_EXISTS ? !asking_try_again(o, e) : !asking_may_pass(o, &again, e))
			return false;
		go_on_behind(o, &r, tag);
	}
}

bool
object_fetch(struct object_store *s, struct span uri, int fd, struct dump_place *where, int64_t *n_bytes, struct err *e)
{
	struct operation o;

	return asking_end(&o, asking_begin(s, uri, "download of", &o, e) && fetch(&o, fd, where, n_bytes, e));
}
