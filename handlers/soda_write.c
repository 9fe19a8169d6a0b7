/* handlers/soda_write.c */
#include "handlers/soda_write.h"

#include "base/clock.h"
#include "base/jcur.h"
#include "base/uid.h"
#include "soda/index.h"
#include "soda/key.h"
#include "sql/store.h"

struct scan_limits
write_limits(const struct call *c, const struct coll *coll)
{
	size_t engine = db_max_depth(c->db);
	size_t depth = (size_t)c->site->set->depth_max;

	return (struct scan_limits){
		.max_depth = engine < depth ? engine : depth,
		.max_values = (size_t)c->site->set->values_max,
		.allow_duplicates = c->site->set->soda_allow_duplicates
		    && (coll == NULL || coll->meta.validation != VALIDATION_STRICT),
	};
}

struct span
write_media_type(const struct call *c)
{
	return bare_type(request_header(c->req, "content-type"));
}

bool
write_encoding(const struct call *c, struct err *e)
{
	struct span coding = request_header(c->req, "content-encoding");

	if (coding.n > 0 && !span_is_nocase(span_trim(coding), "identity"))
		return err_set(e, ERR_MEDIA_TYPE, "Content-Encoding %.*s is not supported: send the body as it is",
		    SPAN_ARG(coding));
	return true;
}

static bool
is_json_type(struct span type)
{
	if (type.n == 0 || span_is_nocase(type, "application/json")
	    || span_is_nocase(type, "application/x-www-form-urlencoded"))
		return true;
	return type.n > 17 && span_is_nocase((struct span){ type.p, 12 }, "application/")
	    && span_is_nocase((struct span){ type.p + type.n - 5, 5 }, "+json");
}

bool
write_json_type(const struct call *c, struct err *e)
{
	struct span type = write_media_type(c);

	if (!write_encoding(c, e))
		return false;
	if (!is_json_type(type))
		return err_set(e, ERR_MEDIA_TYPE, "media type %.*s is not allowed here: send application/json",
		    SPAN_ARG(type));
	return true;
}

bool
write_is_json(const struct coll *coll, struct span media_type)
{
	return !meta_is_hetero(&coll->meta) || span_is_nocase(bare_type(media_type), "application/json");
}

static bool
is_token(struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] <= ' ' || s.p[i] == 0x7f || (s.p[i] & 0x80) != 0
		    || strchr("()<>@,;:\\\"/[]?={}", s.p[i]) != NULL)
			return false;
	return s.n > 0;
}

/* what is stored comes back as a header, so it must have the form of one. */
static bool
media_type_check(struct span type, struct err *e)
{
	const char *slash;
	struct span bare = bare_type(type);

	slash = bare.n == 0 ? NULL : memchr(bare.p, '/', bare.n);
	if (slash == NULL || !is_token((struct span){ bare.p, (size_t)(slash - bare.p) })
	    || !is_token((struct span){ slash + 1, (size_t)(bare.p + bare.n - slash - 1) }))
		return err_set(e, ERR_BAD_REQUEST, "Content-Type is not of the form type/subtype");
	if (type.n > 255)
		return err_set(e, ERR_BAD_REQUEST, "Content-Type is longer than 255 bytes");
	for (size_t i = 0; i < type.n; i++)
		if ((unsigned char)type.p[i] < ' ' || (unsigned char)type.p[i] > '~')
			return err_set(e, ERR_BAD_REQUEST, "Content-Type holds a byte that is not printable ASCII");
	return true;
}

bool
write_content(const struct coll *coll, struct span text, struct doc *doc, struct err *e)
{
	struct span root = jcur_root(text);

	if (!jval_is_container(root))
		return err_set(e, ERR_BAD_JSON, "a document is a JSON object or array, not a single value");
	if (coll->meta.content_max_length > 0 && text.n > (size_t)coll->meta.content_max_length)
		return err_set(e, ERR_TOO_LONG, "the document has %zu bytes; the collection allows %lld", text.n,
		    (long long)coll->meta.content_max_length);
	doc->content = text;
	doc->n_bytes = text.n;
	return true;
}

bool
write_body(const struct call *c, const struct coll *coll, struct doc *doc, struct err *e)
{
	struct scan_limits lim = write_limits(c, coll);
	struct scan_info info;

	if (meta_is_hetero(&coll->meta)) {
		struct span type = span_trim(request_header(c->req, "content-type"));

		if (!write_encoding(c, e))
			return false;
		doc->media_type = type.n == 0 ? SPAN("application/octet-stream") : type;
		if (!media_type_check(doc->media_type, e))
			return false;
		doc->content = c->req->body;
		doc->n_bytes = c->req->body.n;
		doc->is_null = c->req->body.n == 0;
		if (doc->is_null || !write_is_json(coll, doc->media_type))
			return true;
	} else if (!write_json_type(c, e)) {
		return false;
	}
	if (c->req->body.n == 0)
		return err_set(e, ERR_BAD_JSON, "the body is empty; a JSON document was expected");
	return json_scan(c->req->body, &lim, c->mem, &info, e)
	    && write_content(coll, info.text, doc, e);
}

/* What depends on the finished content: length after an embedded key was written in, version, index entries. */
static bool
finish(const struct call *c, const struct coll *coll, struct span previous, struct draft *d, struct err *e)
{
	const struct meta *m = &coll->meta;

	if (m->content_max_length > 0 && d->doc.content.n > (size_t)m->content_max_length)
		return err_set(e, ERR_TOO_LONG, "the document has %zu bytes with its key; the collection allows %lld",
		    d->doc.content.n, (long long)m->content_max_length);
	d->doc.n_bytes = d->doc.content.n;
	d->doc.version = version_make(m, d->doc.content, previous, d->doc.modified_us, c->mem);
	d->entries = NULL;
	d->n_entries = 0;
	return coll->indexes == NULL
	    || index_entries(coll, d->doc.content, c->mem, &d->entries, &d->n_entries, e);
}

bool
write_new(const struct call *c, const struct coll *coll, const struct doc *doc, int64_t now_us, struct draft *out,
    struct err *e)
{
	const struct meta *m = &coll->meta;

	out->doc = *doc;
	out->doc.rev = uid_number();
	out->doc.created_us = out->doc.modified_us = now_us;
	if (m->key_method == KEYS_EMBEDDED_OID) {
		if (!key_embedded(m, doc->key, c->mem, &out->doc.content, &out->doc.key, e))
			return false;
	} else if (doc->key.n == 0 && key_from_database(m)) {
		/* keyColumn.maxLength may be too short for the number that is next */
		if (!store_next_key(c->db, coll, c->mem, &out->doc.key, e)
		    || !key_canonical(m, out->doc.key, c->mem, &out->doc.key, e))
			return false;
	} else if (doc->key.n == 0) {
		out->doc.key = key_generate(m, c->mem);
	}
	return finish(c, coll, (struct span){ NULL, 0 }, out, e);
}

bool
write_next(const struct call *c, const struct coll *coll, const struct doc *old, const struct doc *doc, int64_t now_us,
    struct draft *out, struct err *e)
{
	out->doc = *doc;
	out->doc.key = old->key;
	out->doc.rev = old->rev;
	out->doc.created_us = old->created_us;
	/* F-19: a clock that jumps back must not turn an object's time back */
	out->doc.modified_us = now_us > old->modified_us ? now_us : old->modified_us + 1;
	return finish(c, coll, old->version, out, e);
}
