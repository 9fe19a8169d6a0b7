/* datapump/multipart.c - uploads in parts, as S3 has them */
#include "config.h"
#include "datapump/sending.h"

#include "base/digest.h"

#include <stdio.h>
#include <stdlib.h>

enum { ID_MAX = 1024 };

static struct object_uri
with_query(const struct operation *o, const char *query)
{
	struct object_uri u = o->uri;

	u.query = query;
	return u;
}

static struct object_uri
of_upload(const struct upload *u, const char *parameters)
{
	/* parameters come in the order of their names, in which they are signed */
	return with_query(u->o, arena_printf(u->o->mem, "%suploadId=%s", parameters, u->id));
}

/* The text of the first such element, without markup in it; n 0: there is none. */
static struct span
element(struct span xml, const char *open)
{
	const char *at = xml.n == 0 ? NULL : memmem(xml.p, xml.n, open, strlen(open)), *from, *end;

	if (at == NULL)
		return (struct span){ "", 0 };
	from = at + strlen(open);
	end = memchr(from, '<', (size_t)(xml.p + xml.n - from));
	return (struct span){ from, end == NULL ? 0 : (size_t)(end - from) };
}

/* Behind the element that ends so; n 0: there is none. */
static struct span
behind(struct span xml, const char *close)
{
	const char *at = xml.n == 0 ? NULL : memmem(xml.p, xml.n, close, strlen(close));

	return at == NULL ? (struct span){ "", 0 } : (struct span){ at + strlen(close), (size_t)(xml.p + xml.n - at) - strlen(close) };
}

static const char *
encoded(struct span id, struct arena *mem)
{
	struct buf b;

	buf_init(&b, mem);
	for (size_t i = 0; i < id.n; i++)
		if (object_uri_is_unreserved((unsigned char)id.p[i]))
			buf_char(&b, id.p[i]);
		else
			buf_printf(&b, "%%%02X", (unsigned char)id.p[i]);
	return buf_z(&b);
}

static bool
multipart_begin(struct upload *u, struct err *e)
{
	struct operation *o = u->o;
	struct object_uri at = with_query(o, "uploads=");
	struct buf reply;
	struct object_request r = { .verb = OBJECT_POST, .uri = &at, .fd = -1, .text = SPAN(""), .reply = &reply,
		.headers = { "Content-Type: application/octet-stream" } };
	struct span id;

	buf_init(&reply, o->mem);
	if (!asking_certain(o, &r, e))
		return false;
	id = element(buf_text(&reply), "<UploadId>");
	if (o->answer.reply == REPLY_OK && id.n > 0 && id.n <= ID_MAX) {
		u->id = encoded(id, o->mem);
		return true;
	}
	if (o->answer.reply == REPLY_OK)
		snprintf(o->answer.why, sizeof(o->answer.why), "it gave the upload no name");
	return asking_refused(o, e);
}

static bool
multipart_put(struct upload *u, size_t i, struct err *e)
{
	struct object_uri at = of_upload(u, arena_printf(u->o->mem, "partNumber=%zu&", i + 1));

	return parts_put(u, &at, &u->c->parts[i], e);
}

/* "tag", &quot;tag&quot;, tag */
static struct span
unquoted(struct span etag)
{
	static const char *const marks[] = { "\"", "&quot;", "&#34;" };

	for (size_t i = 0; i < sizeof(marks) / sizeof(*marks); i++) {
		size_t n = strlen(marks[i]);

		if (etag.n >= 2 * n && memcmp(etag.p, marks[i], n) == 0 && memcmp(etag.p + etag.n - n, marks[i], n) == 0)
			return (struct span){ etag.p + n, etag.n - 2 * n };
	}
	return etag;
}

static void
keep_listed(struct content *c, struct span list)
{
	bool is_there[PARTS_MAX] = { false };

	for (struct span rest = behind(list, "<Part>"); rest.n > 0; rest = behind(rest, "<Part>")) {
		struct span number = element(rest, "<PartNumber>");
		size_t n = number.n == 0 ? 0 : strtoul(number.p, NULL, 10);	/* markup ends it */

		if (n >= 1 && n <= c->n_parts && span_is(unquoted(element(rest, "<ETag>")), c->parts[n - 1].etag))
			is_there[n - 1] = true;
	}
	for (size_t i = 0; i < c->n_parts; i++)
		if (!is_there[i])
			c->parts[i].etag[0] = '\0';
}

static bool
multipart_check(struct upload *u, struct err *e)
{
	struct object_uri at = of_upload(u, "max-parts=1000&");
	struct buf reply;
	struct object_request r = { .verb = OBJECT_GET, .uri = &at, .fd = -1, .reply = &reply };

	buf_init(&reply, u->o->mem);
	if (!asking_certain(u->o, &r, e))
		return false;
	if (u->o->answer.reply == REPLY_EXISTS)
		return asking_refused(u->o, e);
	if (u->o->answer.reply == REPLY_MISSING)
		u->id = NULL;
	else
		keep_listed(u->c, buf_text(&reply));
	return true;
}

static bool
multipart_complete(struct upload *u, struct err *e)
{
	struct operation *o = u->o;
	struct object_uri at = of_upload(u, "");
	struct object_request r = { .verb = OBJECT_POST, .uri = &at, .fd = -1, .headers = { "Content-Type: application/xml" } };
	struct digest_run *run = digest_run_open();
	unsigned char sum[32];
	char hex[SHA256_HEX + 1];
	struct buf b;

	buf_init(&b, o->mem);
	put_lit(&b, "<CompleteMultipartUpload xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">");
	for (size_t i = 0; i < u->c->n_parts; i++)
		buf_printf(&b, "<Part><PartNumber>%zu</PartNumber><ETag>\"%s\"</ETag></Part>", i + 1, u->c->parts[i].etag);
	put_lit(&b, "</CompleteMultipartUpload>");
	r.text = buf_text(&b);
	digest_run_add(run, r.text);
	digest_run_end(run, sum);
	digest_hex(sum, sizeof(sum), hex);
	digest_run_close(&run);
	r.payload_sha256 = hex;
	if (u->has_condition)
		r.headers[1] = "If-None-Match: *";
	return asking_request(o, &r, e);
}

static bool
multipart_abort(struct upload *u, size_t n_parts, struct err *e)
{
	struct object_uri at = of_upload(u, "");

	(void)n_parts;
	return asking_delete(u->o, &at, e);
}

const struct parts_ops multipart_ops = { multipart_begin, multipart_put, multipart_check, multipart_complete, multipart_abort };
