/* datapump/object_store.c - objects, asked for again until it is certain */
#include "datapump/object_store.h"

#include "base/clock.h"
#include "base/digest.h"
#include "base/uid.h"
#include "conf/secret.h"
#include "datapump/object_request.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { RETRIES = 5, LOOK_MS = 50, QUICK_MS = 5000, PROGRESS_BYTES = 1 << 16, COPY_BYTES = 1 << 18, MD5_HEX = 32 };

struct object_store {
	struct object_access a;
	struct object_client client;
	struct arena *mem;
	bool is_simple;			/* it knows no conditions, as we have seen */
};

/* one operation on one object, with all its requests */
struct operation {
	struct object_store *s;
	struct arena *mem;
	struct object_uri uri;
	struct span shown;
	const char *what;		/* "upload of" */
	int n_failed;			/* requests in a row */
	struct object_answer answer;	/* the last one */
};

/* what a file holds */
struct content {
	int fd;
	int64_t n_bytes;
	char md5_hex[MD5_HEX + 1], md5_base64[32], sha256_hex[65];
};

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

static void say(struct operation *o, bool is_warning, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

static void
say(struct operation *o, bool is_warning, const char *fmt, ...)
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

static bool
begin(struct object_store *s, struct span uri, const char *what, struct operation *o, struct err *e)
{
	*o = (struct operation){ .s = s, .what = what, .mem = arena_open(0) };
	o->shown = object_uri_shown(uri, o->mem);
	return object_uri_parse(uri, s->a.key, o->mem, &o->uri, e) && object_host_allowed(&o->uri, s->client.allowed, e);
}

static bool
end(struct operation *o, bool ok)
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
static bool
ask(struct operation *o, struct object_request *r, struct err *e)
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

static bool
refused(const struct operation *o, struct err *e)
{
	const char *whom = o->answer.reply == REPLY_STRANGER ? o->s->a.key != NULL ? " to this credential" : " without another credential" : "";

	return err_set(e, ERR_STORE_REFUSED, "%s %.*s was refused by the object storage%s: %s", o->what, SPAN_ARG(o->shown), whom, o->answer.why);
}

/* As long as it lasts it is asked whether the job shall go on. */
static bool
rest(struct object_store *s, int64_t ms, struct err *e)
{
	int64_t until_ns = clock_mono_ns() + ms * 1000000;

	while (clock_mono_ns() < until_ns) {
		if (s->a.go_on != NULL && !s->a.go_on(s->a.arg, e))
			return false;
		(void)nanosleep(&(struct timespec){ .tv_nsec = LOOK_MS * 1000000L }, NULL);
	}
	return true;
}

/* After a failure that may pass: true when it is worth another attempt.  Pauses differ by a quarter, so that not all come at once. */
static bool
try_again(struct operation *o, struct err *e)
{
	int64_t ms = o->s->a.pool->set->object_retry_ms << o->n_failed;
	unsigned char dice;

	uid_random(&dice, 1);
	ms += ms * dice / 1024;
	if (!o->s->a.is_patient || o->n_failed == RETRIES)
		return err_set(e, ERR_STORE_AWAY, "%s %.*s: the object storage does not answer as it should: %s", o->what, SPAN_ARG(o->shown),
		    o->answer.why);
	o->n_failed++;
	say(o, true, "%s %.*s: %s; tried again in %.1f s", o->what, SPAN_ARG(o->shown), o->answer.why, (double)ms / 1000);
	return rest(o->s, ms, e);
}

/* false: fatal, or not worth another attempt; *again: ask once more */
static bool
may_pass(struct operation *o, bool *again, struct err *e)
{
	enum object_reply reply = o->answer.reply;

	*again = reply == REPLY_NONE || reply == REPLY_BUSY || reply == REPLY_DAMAGED;
	return *again ? try_again(o, e) : refused(o, e);
}

/* ---- looking ---- */

/* A pre-authenticated URI may be good for one thing only, so that looking is refused. */
static bool
look(struct operation *o, enum object_presence *out, struct err *e)
{
	struct object_request r = { .verb = OBJECT_HEAD, .uri = &o->uri, .fd = -1 };
	bool again = true;

	while (again) {
		if (!ask(o, &r, e))
			return false;
		if (o->answer.reply == REPLY_OK || o->answer.reply == REPLY_MISSING) {
			*out = o->answer.reply == REPLY_OK ? OBJECT_PRESENT : OBJECT_ABSENT;
			return true;
		}
		if (o->answer.reply == REPLY_STRANGER && o->uri.proof == PROOF_NONE) {
			*out = OBJECT_UNTOLD;
			return true;
		}
		if (!may_pass(o, &again, e))
			return false;
	}
	return false;
}

bool
object_look(struct object_store *s, struct span uri, enum object_presence *out, struct err *e)
{
	struct operation o;

	return end(&o, begin(s, uri, "looking for", &o, e) && look(&o, out, e));
}

/* ---- what a file holds, and what an object holds ---- */

static bool
read_content(int fd, struct content *out, struct err *e)
{
	struct arena *scratch = arena_open(0);
	char *p = arena_alloc(scratch, COPY_BYTES);
	struct digest_run *sha256 = digest_run_open();
	struct digest_md5 *md5 = digest_md5_open();
	unsigned char sum[32];
	ssize_t got = 1;

	*out = (struct content){ .fd = fd };
	while (got != 0) {
		got = pread(fd, p, COPY_BYTES, (off_t)out->n_bytes);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			break;
		digest_run_add(sha256, (struct span){ p, (size_t)got });
		digest_md5_add(md5, (struct span){ p, (size_t)got });
		out->n_bytes += got;
	}
	digest_run_end(sha256, sum);
	digest_hex(sum, 32, out->sha256_hex);
	digest_md5_end(md5, sum);
	digest_hex(sum, 16, out->md5_hex);
	(void)base64_encode((struct span){ (const char *)sum, 16 }, out->md5_base64);
	digest_run_close(&sha256);
	digest_md5_close(&md5);
	arena_close(&scratch);
	return got == 0 || place_fail(e, "read");
}

enum sameness { SAME, DIFFERENT, NOT_TOLD };

/* An ETag is MD5 where it looks like that, but not of every object of S3. */
static enum sameness
compare(const struct operation *o, const struct content *c)
{
	const struct object_answer *a = &o->answer;
	bool is_md5 = strlen(a->etag) == MD5_HEX && strspn(a->etag, "0123456789abcdefABCDEF") == MD5_HEX;

	if ((is_md5 && span_is_nocase(span_of(a->etag), c->md5_hex)) || strcmp(a->md5_base64, c->md5_base64) == 0)
		return SAME;
	return (is_md5 && o->uri.proof != PROOF_S3) || a->md5_base64[0] != '\0' ? DIFFERENT : NOT_TOLD;
}

/* Every byte comes back.  NOT_TOLD: it may not be read. */
static bool
read_back(struct operation *o, const struct content *c, enum sameness *out, struct err *e)
{
	struct digest_run *run = digest_run_open();
	struct object_request r = { .verb = OBJECT_GET, .uri = &o->uri, .fd = -1, .into = run };
	unsigned char sum[32];
	char hex[65];
	bool again = true, ok = true;

	*out = NOT_TOLD;
	while (ok && again) {
		ok = ask(o, &r, e);
		if (!ok)
			break;
		digest_run_end(run, sum);
		digest_hex(sum, sizeof(sum), hex);
		again = false;
		if (o->answer.reply == REPLY_OK)
			*out = strcmp(hex, c->sha256_hex) == 0 ? SAME : DIFFERENT;
		else if (o->answer.reply == REPLY_MISSING)
			*out = DIFFERENT;
		else if (o->answer.reply != REPLY_STRANGER || o->uri.proof != PROOF_NONE)
			ok = may_pass(o, &again, e);
	}
	digest_run_close(&run);
	return ok;
}

/* Of an object that is there: o->answer is that of looking. */
static bool
compare_whole(struct operation *o, const struct content *c, enum sameness *out, struct err *e)
{
	if (o->answer.n_bytes >= 0 && o->answer.n_bytes != c->n_bytes)
		*out = DIFFERENT;
	else
		*out = compare(o, c);
	return *out != NOT_TOLD || read_back(o, c, out, e);
}

bool
object_is_same(struct object_store *s, struct span uri, int fd, bool *out, struct err *e)
{
	enum object_presence presence = OBJECT_ABSENT;
	enum sameness same = DIFFERENT;
	struct content c;
	struct operation o;
	bool ok;

	ok = begin(s, uri, "looking for", &o, e) && read_content(fd, &c, e) && look(&o, &presence, e)
	    && (presence != OBJECT_PRESENT || compare_whole(&o, &c, &same, e));
	*out = ok && same == SAME;
	return end(&o, ok);
}

/* ---- removing ---- */

static bool
remove_object(struct operation *o, struct err *e)
{
	struct object_request r = { .verb = OBJECT_DELETE, .uri = &o->uri, .fd = -1 };
	bool again = true;

	while (again) {
		if (!ask(o, &r, e))
			return false;
		if (o->answer.reply == REPLY_OK || o->answer.reply == REPLY_MISSING)
			return true;
		if (!may_pass(o, &again, e))
			return false;
	}
	return false;
}

bool
object_remove(struct object_store *s, struct span uri, struct err *e)
{
	struct operation o;

	return end(&o, begin(s, uri, "removal of", &o, e) && remove_object(&o, e));
}

/* ---- sending ---- */

struct sending {
	struct operation *o;
	const struct content *c;
	bool replace;
};

static void
describe(const struct sending *x, struct object_request *r)
{
	struct operation *o = x->o;
	size_t n = 0;

	*r = (struct object_request){ .verb = OBJECT_PUT, .uri = &o->uri, .fd = x->c->fd, .n_bytes = x->c->n_bytes,
		.payload_sha256 = x->c->sha256_hex };
	r->headers[n++] = "Content-Type: application/octet-stream";
	r->headers[n++] = arena_printf(o->mem, "Content-MD5: %s", x->c->md5_base64);
	if (o->uri.proof != PROOF_S3)	/* Swift refuses a body of another digest */
		r->headers[n++] = arena_printf(o->mem, "ETag: %s", x->c->md5_hex);
	if (!x->replace && !o->s->is_simple)
		r->headers[n++] = "If-None-Match: *";
}

/* What was sent has arrived, and is what we have. */
static bool
confirm(struct sending *x, enum sameness *out, struct err *e)
{
	struct operation *o = x->o;
	enum object_presence presence;

	*out = compare(o, x->c);
	if (*out != NOT_TOLD)
		return true;
	if (!look(o, &presence, e))
		return false;
	if (presence == OBJECT_ABSENT || (presence == OBJECT_PRESENT && o->answer.n_bytes >= 0 && o->answer.n_bytes != x->c->n_bytes)) {
		*out = DIFFERENT;
		return true;
	}
	if (presence == OBJECT_PRESENT)
		*out = o->uri.proof == PROOF_S3 ? SAME : compare(o, x->c);	/* S3 has checked the digest that was signed */
	if (*out == NOT_TOLD && !read_back(o, x->c, out, e))
		return false;
	if (*out == NOT_TOLD)
		say(o, true, "%.*s may not be read back: that it arrived whole is the word of the storage", SPAN_ARG(o->shown));
	return true;
}

/* *done: it is there.  Also what is there of an earlier attempt whose end nobody heard of. */
static bool
is_there(struct sending *x, bool *done, struct err *e)
{
	struct operation *o = x->o;
	enum object_presence presence;
	enum sameness same = DIFFERENT;

	*done = false;
	if (!look(o, &presence, e))
		return false;
	if (presence != OBJECT_PRESENT)
		return true;
	if (!compare_whole(o, x->c, &same, e))
		return false;
	*done = same == SAME;
	return *done || x->replace
	    || err_set(e, ERR_FILE_EXISTS, "ODP-31641: unable to create dump file %.*s: file exists", SPAN_ARG(o->shown));
}

/* One attempt.  *done: confirmed; else o->answer says why it was not */
static bool
send_once(struct sending *x, bool *done, struct err *e)
{
	struct operation *o = x->o;
	enum sameness same = SAME;
	struct object_request r;

	if (!is_there(x, done, e) || *done)
		return e->kind == ERR_NONE;
	describe(x, &r);
	if (!ask(o, &r, e))
		return false;
	if (o->answer.reply == REPLY_CONDITION && !o->s->is_simple && !x->replace) {
		o->s->is_simple = true;
		describe(x, &r);
		if (!ask(o, &r, e))
			return false;
	}
	if (o->answer.reply != REPLY_OK)
		return true;
	if (!confirm(x, &same, e))
		return false;
	*done = same != DIFFERENT;
	if (*done)
		return true;
	if (!remove_object(o, e))
		return false;
	o->answer.reply = REPLY_DAMAGED;
	snprintf(o->answer.why, sizeof(o->answer.why), "what arrived is not what was sent");
	return true;
}

/* Somebody else made it meanwhile, or it was our own attempt: looking again tells.  Who looks and finds nothing was refused. */
static bool
settle(struct sending *x, bool *done, struct err *e)
{
	struct object_answer was = x->o->answer;

	if (!is_there(x, done, e))
		return false;
	if (*done)
		return true;
	x->o->answer = was;
	return refused(x->o, e);
}

bool
object_send(struct object_store *s, struct span uri, int fd, bool replace, struct err *e)
{
	struct content c;
	struct operation o;
	struct sending x = { .o = &o, .c = &c, .replace = replace };
	bool done = false, again = true, ok;

	ok = begin(s, uri, "upload of", &o, e) && read_content(fd, &c, e);
	while (ok && !done) {
		ok = send_once(&x, &done, e);
		if (!ok || done)
			break;
		ok = o.answer.reply == REPLY_EXISTS ? settle(&x, &done, e) : may_pass(&o, &again, e);
	}
	if (ok)
		say(&o, false, ". . uploaded %.*s, %lld bytes, MD5 %s", SPAN_ARG(o.shown), (long long)c.n_bytes, c.md5_hex);
	return end(&o, ok);
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
		if (!ask(o, &r, e))
			return false;
		if (o->answer.reply == REPLY_MISSING)
			return err_set(e, ERR_NO_FILE, "ODP-31640: unable to open dump file %.*s", SPAN_ARG(o->shown));
		if (o->answer.reply == REPLY_OK) {
			*n_bytes = o->answer.n_written;
			return true;
		}
		if (o->answer.reply == REPLY_EXISTS ? !try_again(o, e) : !may_pass(o, &again, e))
			return false;
		go_on_behind(o, &r, tag);
	}
}

bool
object_fetch(struct object_store *s, struct span uri, int fd, struct dump_place *where, int64_t *n_bytes, struct err *e)
{
	struct operation o;

	return end(&o, begin(s, uri, "download of", &o, e) && fetch(&o, fd, where, n_bytes, e));
}
