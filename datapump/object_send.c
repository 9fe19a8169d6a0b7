/* datapump/object_send.c - a file becomes an object, and is confirmed */
#include "datapump/sending.h"

#include "base/digest.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#define PIECE_BYTES (INT64_C(5) << 30)		/* what S3 and Swift take in one request */
#define NATIVE_BYTES (INT64_C(50) << 30)	/* and Oracle's own */
enum { COPY_BYTES = 1 << 18, MIB = 1 << 20 };

int64_t
object_max_bytes(const struct object_uri *u)
{
	switch (u->proof) {
	case PROOF_S3:
	case PROOF_SWIFT:
		return PARTS_MAX * PIECE_BYTES;
	case PROOF_BASIC:
		return object_uri_is_oracle(u) ? NATIVE_BYTES : 0;
	case PROOF_NONE:
		return object_uri_is_oracle(u) ? NATIVE_BYTES : u->query != NULL ? PIECE_BYTES : 0;
	}
	return 0;
}

/* ---- what a file holds, and what an object holds ---- */

static bool
read_part(int fd, struct part *out, struct digest_md5 *of_all, enum object_proof proof, struct err *e)
{
	struct arena *scratch = arena_open(0);
	char *p = arena_alloc(scratch, COPY_BYTES);
	struct digest_run *sha256 = digest_run_open();
	struct digest_md5 *md5 = digest_md5_open();
	unsigned char sum[32];
	int64_t left = out->n_bytes;
	ssize_t got = 1;

	while (left > 0 && got != 0) {
		got = pread(fd, p, left < COPY_BYTES ? (size_t)left : COPY_BYTES, (off_t)(out->at + out->n_bytes - left));
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			break;
		digest_run_add(sha256, (struct span){ p, (size_t)got });
		digest_md5_add(md5, (struct span){ p, (size_t)got });
		left -= got;
	}
	digest_run_end(sha256, sum);
	digest_hex(sum, 32, out->sha256_hex);
	digest_md5_end(md5, sum);
	digest_hex(sum, 16, out->md5_hex);
	(void)base64_encode((struct span){ (const char *)sum, 16 }, out->md5_base64);
	digest_md5_add(of_all, proof == PROOF_S3 ? (struct span){ (const char *)sum, 16 } : span_of(out->md5_hex));
	digest_run_close(&sha256);
	digest_md5_close(&md5);
	arena_close(&scratch);
	if (left > 0 && got == 0)
		errno = EIO;		/* it has become shorter */
	return left == 0 || place_fail(e, "read");
}

/* Whole, as far as it may be; parts grow with it, so that there are not too many. */
static void
divide(struct operation *o, struct content *c)
{
	bool has_parts = o->uri.proof == PROOF_S3 || o->uri.proof == PROOF_SWIFT;
	int64_t bytes = o->s->a.pool->set->object_part_bytes, least = (c->n_bytes + PARTS_MAX - 1) / PARTS_MAX;

	if (bytes < least)
		bytes = (least + MIB - 1) / MIB * MIB;
	c->n_parts = has_parts && c->n_bytes > bytes ? (size_t)((c->n_bytes + bytes - 1) / bytes) : 1;
	c->parts = arena_zalloc(o->mem, c->n_parts * sizeof(*c->parts));
	for (size_t i = 0; i < c->n_parts; i++) {
		struct part *p = &c->parts[i];

		p->at = (int64_t)i * bytes;
		p->n_bytes = i + 1 < c->n_parts ? bytes : c->n_bytes - p->at;
	}
}

/* Several parts have the digest of their digests for an ETag: S3 makes it of their bytes, Swift of their digits. */
static bool
read_content(struct operation *o, int fd, struct content *c, struct err *e)
{
	struct digest_md5 *of_all = digest_md5_open();
	unsigned char sum[16];
	char hex[MD5_HEX + 1];
	off_t end = lseek(fd, 0, SEEK_END);
	bool ok = end >= 0 || place_fail(e, "seek");

	*c = (struct content){ .fd = fd, .n_bytes = ok ? end : 0 };
	divide(o, c);
	for (size_t i = 0; ok && i < c->n_parts; i++)
		ok = asking_go_on(o, e) && read_part(fd, &c->parts[i], of_all, o->uri.proof, e);
	digest_md5_end(of_all, sum);
	digest_hex(sum, sizeof(sum), hex);
	if (o->uri.proof == PROOF_S3)
		snprintf(c->tag, sizeof(c->tag), "%s-%zu", hex, c->n_parts);
	else
		snprintf(c->tag, sizeof(c->tag), "%s", hex);
	digest_md5_close(&of_all);
	return ok;
}

enum sameness { SAME, DIFFERENT, NOT_TOLD };

/* An ETag is MD5 where it looks like that, but not of every object of S3, nor of one that consists of segments. */
static enum sameness
compare(const struct operation *o, const struct content *c)
{
	const struct object_answer *a = &o->answer;
	const struct part *all = &c->parts[0];
	bool is_md5 = strlen(a->etag) == MD5_HEX && strspn(a->etag, "0123456789abcdefABCDEF") == MD5_HEX;

	if (c->n_parts > 1)
		return span_is_nocase(span_of(a->etag), c->tag) ? SAME : NOT_TOLD;
	if ((is_md5 && span_is_nocase(span_of(a->etag), all->md5_hex)) || strcmp(a->md5_base64, all->md5_base64) == 0)
		return SAME;
	return (is_md5 && o->uri.proof != PROOF_S3 && !a->has_segments) || a->md5_base64[0] != '\0' ? DIFFERENT : NOT_TOLD;
}

/* Every byte comes back, as far as the parts of the file go alike. */
static bool
digest_back(struct operation *o, char hex[SHA256_HEX + 1], struct err *e)
{
	struct digest_run *run = digest_run_open();
	struct object_request r = { .verb = OBJECT_GET, .uri = &o->uri, .fd = -1, .into = run };
	unsigned char sum[32];
	bool ok = asking_request(o, &r, e);

	digest_run_end(run, sum);
	digest_hex(sum, sizeof(sum), hex);
	digest_run_close(&run);
	return ok;
}

static bool
digest_whole(struct operation *o, const struct content *c, char hex[SHA256_HEX + 1], struct err *e)
{
	struct part all = { .n_bytes = c->n_bytes };
	struct digest_md5 *unused = digest_md5_open();
	bool ok = read_part(c->fd, &all, unused, o->uri.proof, e);

	memcpy(hex, all.sha256_hex, sizeof(all.sha256_hex));
	digest_md5_close(&unused);
	return ok;
}

/* NOT_TOLD: it may not be read. */
static bool
read_back(struct operation *o, const struct content *c, enum sameness *out, struct err *e)
{
	char ours[SHA256_HEX + 1], theirs[SHA256_HEX + 1];
	bool again = true;

	*out = NOT_TOLD;
	while (again) {
		if (!digest_back(o, theirs, e))
			return false;
		if (o->answer.reply == REPLY_MISSING || (o->answer.reply == REPLY_STRANGER && o->uri.proof == PROOF_NONE)) {
			*out = o->answer.reply == REPLY_MISSING ? DIFFERENT : NOT_TOLD;
			return true;
		}
		if (o->answer.reply == REPLY_OK)
			break;
		if (!asking_may_pass(o, &again, e))
			return false;
	}
	if (!digest_whole(o, c, ours, e))
		return false;
	*out = strcmp(ours, theirs) == 0 ? SAME : DIFFERENT;
	return true;
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

static bool
take_back(struct operation *o, int fd, const struct object_note *note, struct err *e)
{
	enum object_presence presence;
	enum sameness same = DIFFERENT;
	struct content c;

	return read_content(o, fd, &c, e) && asking_look(o, &presence, e) && (presence != OBJECT_PRESENT || compare_whole(o, &c, &same, e))
	    && (same != SAME || asking_remove(o, e)) && parts_take_back(o, note, e);
}

bool
object_take_back(struct object_store *s, struct span uri, int fd, const struct object_note *note, struct err *e)
{
	struct operation o;

	return asking_end(&o, asking_begin(s, uri, "removal of", &o, e) && take_back(&o, fd, note, e));
}

/* ---- sending ---- */

static void
describe(const struct sending *x, struct object_request *r)
{
	struct operation *o = x->o;
	const struct part *all = &x->c->parts[0];
	size_t n = 0;

	*r = (struct object_request){ .verb = OBJECT_PUT, .uri = &o->uri, .fd = x->c->fd, .n_bytes = all->n_bytes,
		.payload_sha256 = all->sha256_hex };
	r->headers[n++] = "Content-Type: application/octet-stream";
	r->headers[n++] = arena_printf(o->mem, "Content-MD5: %s", all->md5_base64);
	if (o->uri.proof != PROOF_S3)	/* Swift refuses a body of another digest */
		r->headers[n++] = arena_printf(o->mem, "ETag: %s", all->md5_hex);
	if (!x->replace && !o->s->is_simple)
		r->headers[n++] = "If-None-Match: *";
}

/* S3 has checked the digests that were signed; those of parts it has put together, which counts by its ETag alone. */
static bool
arrived(struct sending *x, enum sameness *out, struct err *e)
{
	struct operation *o = x->o;
	enum object_presence presence;

	*out = x->c->n_parts == 1 ? compare(o, x->c) : NOT_TOLD;
	if (*out != NOT_TOLD)
		return true;
	if (!asking_look(o, &presence, e))
		return false;
	if (presence == OBJECT_ABSENT || (presence == OBJECT_PRESENT && o->answer.n_bytes >= 0 && o->answer.n_bytes != x->c->n_bytes)) {
		*out = DIFFERENT;
		return true;
	}
	if (presence == OBJECT_PRESENT)
		*out = o->uri.proof == PROOF_S3 && x->c->n_parts == 1 ? SAME : compare(o, x->c);
	if (*out == NOT_TOLD && !read_back(o, x->c, out, e))
		return false;
	if (*out == NOT_TOLD)
		asking_say(o, true, "%.*s may not be read back: that it arrived whole is the word of the storage", SPAN_ARG(o->shown));
	return true;
}

bool
sending_confirm(struct sending *x, bool *done, struct err *e)
{
	struct object_answer *a = &x->o->answer;
	enum sameness same;

	if (!arrived(x, &same, e))
		return false;
	*done = same != DIFFERENT;
	if (*done)
		return true;
	if (!asking_remove(x->o, e))
		return false;
	a->reply = REPLY_DAMAGED;
	snprintf(a->why, sizeof(a->why), "what arrived is not what was sent");
	return true;
}

bool
sending_is_there(struct sending *x, bool *done, struct err *e)
{
	struct operation *o = x->o;
	enum object_presence presence;
	enum sameness same = DIFFERENT;

	*done = false;
	if (!asking_look(o, &presence, e))
		return false;
	if (presence != OBJECT_PRESENT)
		return true;
	x->over_segments = o->answer.has_segments;
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
	struct object_request r;

	if (!sending_is_there(x, done, e) || *done || (x->over_segments && !asking_remove(o, e)))
		return e->kind == ERR_NONE;
	describe(x, &r);
	if (!asking_request(o, &r, e))
		return false;
	if (o->answer.reply == REPLY_CONDITION && !o->s->is_simple && !x->replace) {
		o->s->is_simple = true;
		describe(x, &r);
		if (!asking_request(o, &r, e))
			return false;
	}
	return o->answer.reply != REPLY_OK || sending_confirm(x, done, e);
}

/* Somebody else made it meanwhile, or it was our own attempt: looking again tells.  Who looks and finds nothing was refused. */
static bool
settle(struct sending *x, bool *done, struct err *e)
{
	struct object_answer was = x->o->answer;

	if (!sending_is_there(x, done, e))
		return false;
	if (*done)
		return true;
	x->o->answer = was;
	return asking_refused(x->o, e);
}

static bool
send_whole(struct sending *x, struct err *e)
{
	bool done = false, again;

	while (!done) {
		if (!send_once(x, &done, e))
			return false;
		if (!done && (x->o->answer.reply == REPLY_EXISTS ? !settle(x, &done, e) : !asking_may_pass(x->o, &again, e)))
			return false;
	}
	return true;
}

static bool
send(struct sending *x, const struct object_note *note, struct err *e)
{
	struct operation *o = x->o;
	const struct content *c = x->c;

	if (c->n_parts == 1 ? !send_whole(x, e) : !parts_send(x, note, e))
		return false;
	if (c->n_parts == 1)
		asking_say(o, false, ". . uploaded %.*s, %lld bytes, MD5 %s", SPAN_ARG(o->shown), (long long)c->n_bytes, c->parts[0].md5_hex);
	else
		asking_say(o, false, ". . uploaded %.*s, %lld bytes in %zu parts, ETag %s", SPAN_ARG(o->shown), (long long)c->n_bytes,
		    c->n_parts, c->tag);
	return true;
}

bool
object_send(struct object_store *s, struct span uri, int fd, const struct object_note *note, bool replace, struct err *e)
{
	struct content c;
	struct operation o;
	struct sending x = { .o = &o, .c = &c, .replace = replace };

	return asking_end(&o, asking_begin(s, uri, "upload of", &o, e) && read_content(&o, fd, &c, e) && send(&x, note, e));
}
