/* handlers/reply.c - objects and pages as JSON bodies */
#include "handlers/reply.h"

#include "base/clock.h"
#include "base/list.h"
#include "handlers/soda_write.h"
#include "handlers/url.h"

static void
put_href(struct buf *b, const struct call *c, struct span collection, struct span key)
{
	buf_span(b, c->base_url);
	buf_char(b, '/');
	url_encode_segment(b, collection);
	buf_char(b, '/');
	url_encode_segment(b, key);
}

/* next member of an item: a comma but for the first */
static void
name(struct buf *b, size_t start, const char *quoted, size_t n)
{
	if (b->n > start)
		buf_char(b, ',');
	buf_add(b, quoted, n);
}
#define NAME(b, start, lit) name((b), (start), "\"" lit "\":", sizeof(lit) + 2)

static void
put_time(struct buf *b, int64_t us)
{
	char text[CLOCK_TEXT];

	clock_format(us, text);
	buf_char(b, '"');
	buf_addz(b, text);
	buf_char(b, '"');
}

void
reply_item(struct buf *b, const struct call *c, const struct coll *coll, const struct doc *d, enum fields fields,
    bool with_value, bool with_self, const struct project *project)
{
	bool is_json = write_is_json(coll, d->media_type);
	size_t start;

	buf_char(b, '{');
	start = b->n;
	if (fields != FIELDS_VALUE) {
		NAME(b, start, "id");
		buf_json(b, d->key);
	}
	if (d->version.n > 0) {
		NAME(b, start, "etag");
		buf_json(b, d->version);
	}
	if (coll->meta.modified_column[0] != '\0') {
		NAME(b, start, "lastModified");
		put_time(b, d->modified_us);
	}
	if (coll->meta.created_column[0] != '\0') {
		NAME(b, start, "created");
		put_time(b, d->created_us);
	}
	if (!is_json) {
		NAME(b, start, "mediaType");
		buf_json(b, d->media_type);
		if (!d->is_null) {
			NAME(b, start, "bytes");
			buf_int(b, (int64_t)d->n_bytes);
		}
	}
	if (with_self && fields == FIELDS_ALL) {
		NAME(b, start, "links");
		put_lit(b, "[{\"rel\":\"self\",\"href\":\"");
		put_href(b, c, coll->name, d->key);
		put_lit(b, "\"}]");
	}
	if (with_value && fields != FIELDS_ID && is_json && !d->is_null) {
		NAME(b, start, "value");
		if (project != NULL && project->n_paths > 0)
			project_apply(project, d->content, c->mem, b);
		else
			buf_span(b, d->content);
	}
	buf_char(b, '}');
}

static void
number(struct buf *b, const char *quoted, size_t n, uint64_t value)
{
	buf_add(b, quoted, n);
	buf_int(b, (int64_t)value);
}
#define NUMBER(b, lit, value) number((b), ",\"" lit "\":", sizeof(lit) + 3, (value))

void
reply_docs(const struct call *c, const struct coll *coll, const struct docs *docs, enum fields fields,
    const struct project *project, const struct envelope *env, struct response *out)
{
	size_t bytes = 256 + env->links.n;
	struct buf b;

	for (size_t i = 0; i < docs->n; i++)
		bytes += 512 + c->base_url.n + docs->doc[i].content.n;
	buf_init(&b, out->mem);
	buf_reserve(&b, bytes);
	put_lit(&b, "{\"items\":[");
	for (size_t i = 0; i < docs->n; i++) {
		const struct doc *d = &docs->doc[i];

		if (i > 0)
			buf_char(&b, ',');
		reply_item(&b, c, coll, d, fields, d->content.p != NULL, true, project);
	}
	put_lit(&b, "],\"hasMore\":");
	buf_addz(&b, docs->has_more ? "true" : "false");
	if (env->has_limit)
		NUMBER(&b, "limit", env->limit);
	if (env->has_offset)
		NUMBER(&b, "offset", env->offset);
	if (env->has_count)
		NUMBER(&b, "count", docs->n);
	if (env->has_total)
		NUMBER(&b, "totalResults", env->total);
	if (env->links.n > 0) {
		put_lit(&b, ",\"links\":");
		buf_span(&b, env->links);
	}
	if (env->descending)
		put_lit(&b, ",\"descending\":true");
	buf_char(&b, '}');
	out->status = 200;
	out->rows = (int64_t)docs->n;
	response_body(out, "application/json", buf_text(&b));
}

void
reply_object_headers(const struct call *c, const struct coll *coll, const struct doc *d, bool with_location,
    struct response *out)
{
	if (d->version.n > 0) {
		char *tag = arena_alloc(out->mem, d->version.n + 2);

		tag[0] = '"';
		memcpy(tag + 1, d->version.p, d->version.n);
		tag[d->version.n + 1] = '"';
		response_header(out, "ETag", (struct span){ tag, d->version.n + 2 });
	}
	if (coll->meta.modified_column[0] != '\0') {
		char *date = arena_alloc(out->mem, CLOCK_TEXT);

		clock_http_date(d->modified_us, date);
		response_header(out, "Last-Modified", span_of(date));
	}
	if (with_location) {
		struct buf b;

		buf_init(&b, out->mem);
		put_href(&b, c, coll->name, d->key);
		response_header(out, "Location", buf_text(&b));
	}
}

void
reply_content(const struct call *c, const struct coll *coll, const struct doc *d, struct response *out)
{
	reply_object_headers(c, coll, d, false, out);
	if (d->is_null) {
		out->status = 204;
		return;
	}
	out->status = 200;
	if (write_is_json(coll, d->media_type)) {
		response_body(out, d->media_type.n == 0 ? "application/json" : arena_z(out->mem, d->media_type),
		    d->content);
		return;
	}
	response_body(out, arena_z(out->mem, d->media_type), d->content);
	response_header(out, "Content-Security-Policy", SPAN("sandbox; default-src 'none'"));
	response_header(out, "Cross-Origin-Resource-Policy", SPAN("same-origin"));
	if (!list_holds(c->site->set->soda_inline_types, bare_type(d->media_type)))
		response_header(out, "Content-Disposition", SPAN("attachment"));
}
