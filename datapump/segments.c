/* datapump/segments.c - uploads in parts, as Swift has them: objects of their own, and one that lists them (static large object)
 *
 * They lie beside the object, as OBJECT_segments/UPLOAD/NUMBER.
 */
#include "datapump/sending.h"

#include "base/uid.h"

#include <stdio.h>

static const char *
segment_name(const struct upload *u, size_t i)
{
	return arena_printf(u->o->mem, "%s_segments/%s/%08zu", u->o->uri.path, u->id, i + 1);
}

static struct object_uri
segment(const struct upload *u, size_t i)
{
	struct object_uri at = u->o->uri;

	at.path = segment_name(u, i);
	return at;
}

/* /v1/ACCOUNT/CONTAINER/OBJECT: /CONTAINER/OBJECT, or NULL */
static const char *
in_account(const char *path)
{
	for (int i = 0; i < 2 && path != NULL; i++)
		path = strchr(path + 1, '/');
	return path;
}

static bool
segments_begin(struct upload *u, struct err *e)
{
	char name[33];

	if (in_account(u->o->uri.path) == NULL)
		return err_set(e, ERR_BAD_JOB, "ODP-39000: file_name must be an https URI: its path must be /v1/ACCOUNT/CONTAINER/OBJECT");
	uid_hex(name);
	u->id = arena_z(u->o->mem, span_of(name));
	return true;
}

static bool
segments_put(struct upload *u, size_t i, struct err *e)
{
	struct object_uri at = segment(u, i);

	return parts_put(u, &at, &u->c->parts[i], e);
}

static bool
check_one(struct upload *u, size_t i, struct err *e)
{
	struct object_uri at = segment(u, i);
	struct object_request r = { .verb = OBJECT_HEAD, .uri = &at, .fd = -1 };
	struct part *p = &u->c->parts[i];

	if (!asking_certain(u->o, &r, e))
		return false;
	if (u->o->answer.reply != REPLY_OK || strcmp(u->o->answer.etag, p->etag) != 0 || u->o->answer.n_bytes != p->n_bytes)
		p->etag[0] = '\0';
	return true;
}

static bool
segments_check(struct upload *u, struct err *e)
{
	for (size_t i = 0; i < u->c->n_parts; i++)
		if (u->c->parts[i].etag[0] != '\0' && !check_one(u, i, e))
			return false;
	return true;
}

static bool
segments_complete(struct upload *u, struct err *e)
{
	struct operation *o = u->o;
	struct object_uri at = o->uri;
	struct object_request r = { .verb = OBJECT_PUT, .uri = &at, .fd = -1, .headers = { "Content-Type: application/octet-stream" } };
	struct buf b;

	at.query = "multipart-manifest=put";
	buf_init(&b, o->mem);
	for (size_t i = 0; i < u->c->n_parts; i++) {
		buf_char(&b, i == 0 ? '[' : ',');
		put_lit(&b, "{\"path\":");
		buf_json(&b, object_uri_decoded(in_account(segment_name(u, i)), o->mem));
		buf_printf(&b, ",\"etag\":\"%s\",\"size_bytes\":%lld}", u->c->parts[i].etag, (long long)u->c->parts[i].n_bytes);
	}
	buf_char(&b, ']');
	r.text = buf_text(&b);
	if (u->has_condition)
		r.headers[1] = "If-None-Match: *";
	return asking_request(o, &r, e);
}

static bool
segments_abort(struct upload *u, size_t n_parts, struct err *e)
{
	for (size_t i = 0; i < n_parts; i++) {
		struct object_uri at = segment(u, i);

		if (!asking_delete(u->o, &at, e))
			return false;
	}
	return true;
}

const struct parts_ops segments_ops = { segments_begin, segments_put, segments_check, segments_complete, segments_abort };
