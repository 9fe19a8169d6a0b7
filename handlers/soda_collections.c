/* handlers/soda_collections.c - a collection as a whole: create, drop, index */
#include "base/scan.h"
#include "handlers/reply.h"
#include "handlers/soda.h"
#include "handlers/soda_write.h"
#include "handlers/url.h"
#include "soda/index.h"
#include "soda/meta.h"
#include "sql/store.h"

static bool
has_metadata(const struct coll *coll, const struct meta *wanted, struct arena *mem, struct err *e)
{
	struct meta_difference d;

	if (!meta_differs(&coll->meta, wanted, mem, &d))
		return true;
	err_set(e, ERR_META_MISMATCH, "the collection exists with different metadata: %.*s is %.*s, and would be %.*s", SPAN_ARG(d.path),
	    SPAN_ARG(d.one.n > 0 ? d.one : SPAN("absent")), SPAN_ARG(d.other.n > 0 ? d.other : SPAN("absent")));
	return err_at(e, "%.*s", SPAN_ARG(d.path));
}

/* PUT /{collection}: create it, or say that it is there with the same metadata. */
bool
soda_collection_put(const struct call *c, struct response *out, struct err *e)
{
	struct span name = c->params->text[P_COLLECTION];
	bool has_body = span_trim(c->req->body).n > 0;
	const struct coll *coll;
	struct meta wanted;
	struct buf b;

	if (!name_check(name, e)
	    || !catalog_get(c->db, c->schema->id, name, &coll, e)
	    || (has_body && !write_json_type(c, e))
	    || !meta_parse(has_body ? c->req->body : (struct span){ "", 0 }, c->schema->name, name, c->mem, &wanted, e))
		return false;
	if (coll != NULL) {
		out->status = 200;
		/* without a body nothing is compared */
		return !has_body || has_metadata(coll, &wanted, c->mem, e);
	}
	buf_init(&b, c->mem);
	meta_print(&wanted, &b);
	if (!catalog_create(c->db, c->schema->id, name, &wanted, buf_text(&b), e)) {
		/* somebody created it since we looked: the whole request is done again, and finds it */
		return e->kind == ERR_CONSTRAINT || e->kind == ERR_DUPLICATE_KEY ? err_as(e, ERR_BUSY, 0) : false;
	}
	buf_init(&b, c->mem);
	buf_span(&b, c->base_url);
	buf_char(&b, '/');
	url_encode_segment(&b, name);
	buf_char(&b, '/');
	response_header(out, "Location", buf_text(&b));
	out->status = 201;
	return true;
}

/* DELETE /{collection}: with all its objects and indexes. */
bool
soda_collection_delete(const struct call *c, struct response *out, struct err *e)
{
	const struct coll *coll;

	if (!call_collection(c, &coll, e))
		return false;
	if (c->site->set->soda_no_drop)
		return err_set(e, ERR_NO_DROP, NULL);
	out->status = 200;
	return catalog_drop(c->db, coll, e);
}

static enum err_kind
hetero_refusal(enum index_kind kind)
{
	return kind == INDEX_SPATIAL ? ERR_HETERO_SPATIAL : kind == INDEX_SEARCH ? ERR_HETERO_SEARCH : ERR_HETERO_BTREE;
}

/* POST ?action=index: the index with the values of all objects that exist, or nothing. */
bool
soda_index(const struct call *c, struct response *out, struct err *e)
{
	const struct coll *coll;
	struct index ix = { 0 };

	if (!call_collection(c, &coll, e)
	    || !write_json_type(c, e))
		return false;
	if (!index_parse(c->req->body, c->mem, &ix, e) && e->kind != ERR_NOT_AVAILABLE)
		return false;
	if (meta_is_hetero(&coll->meta))
		return err_set(e, hetero_refusal(ix.kind), NULL);
	if (strcmp(coll->meta.encrypt, "NONE") != 0)
		return err_set(e, ERR_INDEX_ENCRYPTED, NULL);
	if (e->kind != ERR_NONE)
		return false;		/* well formed, of a kind that is not available */
	out->status = 200;
	return call_makes_index(c, e)
	    && catalog_index_create(c->db, coll, &ix, c->req->body, e)
	    && store_index_fill(c->db, coll, &ix, index_entry_of, c->mem, e)
	    && catalog_index_finish(c->db, coll, &ix, e);
}

/* POST ?action=unindex: also fine when there is none of that name. */
bool
soda_unindex(const struct call *c, struct response *out, struct err *e)
{
	const struct coll *coll;
	struct span name;
	bool was_there;

	out->status = 200;
	return call_collection(c, &coll, e)
	    && write_json_type(c, e)
	    && unindex_parse(c->req->body, c->mem, &name, e)
	    && catalog_index_drop(c->db, coll, name, &was_there, e);
}
