/* handlers/soda_catalog.c - what there is: versions, collections, actions */
#include "handlers/accept.h"
#include "handlers/reply.h"
#include "handlers/soda.h"
#include "handlers/url.h"
#include "soda/guide.h"
#include "sql/store.h"

/* GET /soda: the protocol versions, which are one. */
bool
soda_versions(const struct call *c, struct response *out, struct err *e)
{
	(void)c;
	(void)e;
	out->status = 200;
	response_body(out, "application/json",
	    SPAN("{\"items\":[{\"version\":\"latest\"},{\"version\":\"v1\"}],\"hasMore\":false}"));
	return true;
}

static void
href(struct buf *b, const struct call *c, const char *below, struct span name)
{
	put_lit(b, "\"href\":\"");
	buf_span(b, c->base_url);
	buf_addz(b, below);
	url_encode_segment(b, name);
	buf_char(b, '"');
}

static void
catalog_links(struct buf *b, const struct call *c, struct span name)
{
	put_lit(b, "\"links\":[{\"rel\":\"describes\",");
	href(b, c, "/", name);
	put_lit(b, "},{\"rel\":\"canonical\",");
	href(b, c, "/metadata-catalog/", name);
	put_lit(b, ",\"mediaType\":\"application/json\"},{\"rel\":\"alternate\",");
	href(b, c, "/metadata-catalog/", name);
	put_lit(b, ",\"mediaType\":\"application/schema+json\"}]");
}

static void
name_and_properties(struct buf *b, struct span name, struct span meta_json)
{
	put_lit(b, "{\"name\":");
	buf_json(b, name);
	put_lit(b, ",\"properties\":");
	buf_span(b, meta_json);
	buf_char(b, ',');
}

static bool
listing(const struct call *c, bool with_catalog_links, struct response *out, struct err *e)
{
	struct coll *colls;
	struct buf b;
	size_t n;
	bool has_more;

	if (!catalog_list(c->db, c->schema->id, c->params->text[P_FROM_ID], c->params->limit, c->mem, &colls, &n,
	    &has_more, e))
		return false;
	buf_init(&b, c->mem);
	put_lit(&b, "{\"items\":[");
	for (size_t i = 0; i < n; i++) {
		if (i > 0)
			buf_char(&b, ',');
		name_and_properties(&b, colls[i].name, colls[i].meta_json);
		if (with_catalog_links) {
			catalog_links(&b, c, colls[i].name);
		} else {
			put_lit(&b, "\"links\":[{\"rel\":\"canonical\",");
			href(&b, c, "/", colls[i].name);
			put_lit(&b, "}]");
		}
		buf_char(&b, '}');
	}
	buf_printf(&b, "],\"hasMore\":%s}", has_more ? "true" : "false");
	out->status = 200;
	out->rows = (int64_t)n;
	response_body(out, "application/json", buf_text(&b));
	return true;
}

/* GET /soda/{version}: the collections of the schema. */
bool
soda_list(const struct call *c, struct response *out, struct err *e)
{
	return listing(c, false, out, e);
}

/* GET /soda/{version}/metadata-catalog: the same with links to what describes them. */
bool
soda_catalog(const struct call *c, struct response *out, struct err *e)
{
	return listing(c, true, out, e);
}

/* How much the client wants the bare schema, and how much all that is known of the collection */
static void
read_wishes(const struct request *req, int *schema, int *all)
{
	struct span accept = request_header(req, "accept"), type;
	int weight;

	*schema = *all = 0;
	while (accept_next(&accept, &type, &weight)) {
		if (span_is_nocase(type, "application/schema+json"))
			*schema = weight;
		else if ((span_is_nocase(type, "application/json") || span_is_nocase(type, "application/*") || span_is_nocase(type, "*/*"))
		    && weight > *all)
			*all = weight;
	}
}

/* The JSON schema, if there is a data guide; else empty. */
static bool
make_schema(const struct call *c, const struct coll *coll, struct buf *out, struct err *e)
{
	const struct index *ix = index_for_search(coll->indexes);
	struct facts facts;

	if (ix == NULL || !ix->has_guide)
		return true;
	if (!store_guide(c->db, ix, c->mem, &facts, e))
		return false;
	guide_print(&facts, out);
	return true;
}

/* GET /soda/{version}/metadata-catalog/{collection} */
bool
soda_schema(const struct call *c, struct response *out, struct err *e)
{
	const struct coll *coll;
	struct buf b, schema;
	int wants_schema, wants_all;

	buf_init(&schema, c->mem);
	if (!call_collection(c, &coll, e)
	    || !make_schema(c, coll, &schema, e))
		return false;
	out->status = 200;
	read_wishes(c->req, &wants_schema, &wants_all);
	if (wants_schema > wants_all && (schema.n > 0 || wants_all == 0)) {
		if (schema.n == 0)
			return err_set(e, ERR_NOT_ACCEPTABLE,
			    "the collection has no JSON schema: that needs a search index with a data guide");
		response_body(out, "application/schema+json", buf_text(&schema));
		return true;
	}
	buf_init(&b, c->mem);
	name_and_properties(&b, coll->name, coll->meta_json);
	if (schema.n > 0) {
		put_lit(&b, "\"schema\":");
		buf_span(&b, buf_text(&schema));
		buf_char(&b, ',');
	}
	catalog_links(&b, c, coll->name);
	buf_char(&b, '}');
	response_body(out, "application/json", buf_text(&b));
	return true;
}

/* GET /soda/{version}/custom-actions */
bool
soda_actions_list(const struct call *c, struct response *out, struct err *e)
{
	static const char *const names[] = { "delete", "index", "insert", "query", "truncate", "unindex", "update" };
	struct buf b;

	(void)e;
	buf_init(&b, c->mem);
	put_lit(&b, "{\"items\":[");
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		buf_printf(&b, "%s{\"name\":\"%s\",\"links\":[{\"rel\":\"canonical\",\"href\":\"", i > 0 ? "," : "", names[i]);
		buf_span(&b, c->base_url);
		buf_printf(&b, "/custom-actions/%s/\"}]}", names[i]);
	}
	put_lit(&b, "],\"hasMore\":false}");
	out->status = 200;
	response_body(out, "application/json", buf_text(&b));
	return true;
}
