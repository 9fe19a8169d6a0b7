/* handlers/soda_bulk.c - many objects in one request, all or nothing */
#include "base/clock.h"
#include "base/jcur.h"
#include "base/where.h"
#include "handlers/proof.h"
#include "handlers/reply.h"
#include "handlers/soda.h"
#include "handlers/soda_query.h"
#include "handlers/soda_write.h"
#include "soda/key.h"
#include "soda/match.h"
#include "soda/patch.h"
#include "soda/qbe.h"
#include "sql/store.h"

enum { BULK_MAX_ELEMENTS = 100000 };

/* in the words, too: not every client shows o:errorPath */
static bool
fail_at_element(size_t i, struct err *e)
{
	err_before(e, "element %zu: ", i);
	return err_at(e, "/%zu", i);
}

/* Parse, assign keys and check every element before the first statement runs. */
static bool
prepare_all(const struct call *c, const struct coll *coll, struct span array, size_t n, struct doc *docs,
    struct index_entry **entries, size_t *n_entries, struct err *e)
{
	int64_t now = clock_us();	/* one time for all objects of a call */
	size_t per_doc = 0;
	struct jiter it;
	struct span v;

	for (const struct index *ix = coll->indexes; ix != NULL; ix = ix->next)
		per_doc++;
	*entries = per_doc == 0 ? NULL : ARENA_ARRAY(c->mem, struct index_entry, n * per_doc);
	jiter_open(&it, array);
	for (size_t i = 0; jiter_element(&it, &v); i++) {
		struct doc doc = { 0 };
		struct draft d;

		if (!write_content(coll, v, &doc, e) || !write_new(c, coll, &doc, now, &d, e))
			return fail_at_element(i, e);
		docs[i] = d.doc;
		for (size_t k = 0; k < d.n_entries; k++)
			(*entries)[i * per_doc + k] = d.entries[k];
	}
	*n_entries = per_doc;
	return true;
}

/* POST ?action=insert: an array, one element = one object. */
bool
soda_insert(const struct call *c, struct response *out, struct err *e)
{
	const struct coll *coll;
	struct scan_limits lim;
	struct scan_info info;
	struct span array;
	struct index_entry *entries = NULL;
	struct doc *docs;
	struct buf b;
	size_t n, broken, n_entries = 0;

	if (!call_collection(c, &coll, e) || (!store_inserts_late(c->db) && !db_needs_tx(c->db, e)))
		return false;
	if (key_is_client_assigned(&coll->meta))
		return err_set(e, ERR_NO_KEYGEN, NULL);
	if (meta_is_hetero(&coll->meta))
		return err_set(e, ERR_MEDIA_TYPE, "bulk insert takes JSON documents; this collection is heterogeneous");
	if (!write_json_type(c, e))
		return false;
	lim = write_limits(c, coll);
	lim.max_depth++;		/* the array around the documents */
	if (c->req->body.n == 0)
		return err_set(e, ERR_BAD_JSON, "the body is empty; an array of documents was expected");
	if (!json_scan(c->req->body, &lim, c->mem, &info, e))
		return info.wrong != NULL && where_element(info.text, (size_t)(info.wrong - info.text.p), &broken)
		    ? fail_at_element(broken, e) : false;
	array = jcur_root(info.text);
	if (info.root != '[')
		return err_set(e, ERR_BAD_JSON, "bulk insert takes an array of documents");
	n = jarray_count(array);
	if (n > BULK_MAX_ELEMENTS)
		return err_set(e, ERR_TOO_LARGE, "bulk insert of %zu documents; at most %d are allowed", n,
		    BULK_MAX_ELEMENTS);
	docs = ARENA_ARRAY(c->mem, struct doc, n);
	if (!prepare_all(c, coll, array, n, docs, &entries, &n_entries, e))
		return false;
	if (n > 0)
		proof_note(c, NULL, &docs[0]);	/* of all, which are stored together */
	buf_init(&b, c->mem);
	put_lit(&b, "{\"items\":[");
	for (size_t i = 0; i < n; i++) {
		if (i > 0)
			buf_char(&b, ',');
		reply_item(&b, c, coll, &docs[i], FIELDS_ALL, false, false, NULL);
	}
	buf_printf(&b, "],\"hasMore\":false,\"count\":%zu,\"itemsInserted\":%zu}", n, n);
	out->status = 200;
	out->rows = (int64_t)n;
	response_body(out, "application/json", buf_text(&b));
	return n == 0 || store_insert(c->db, coll, docs, n, entries, n_entries, c->mem, e);
}

static void
reply_counts(const struct call *c, const char *member, uint64_t n, struct response *out)
{
	struct buf b;

	buf_init(&b, c->mem);
	buf_printf(&b, "{\"count\":%llu,\"%s\":%llu}", (unsigned long long)n, member, (unsigned long long)n);
	out->status = 200;
	out->rows = (int64_t)n;
	response_body(out, "application/json", buf_text(&b));
}

struct bulk {
	const struct call *c;
	const struct coll *coll;
	const struct patch *patch;	/* NULL: merge */
	struct span merge;
	struct patch_limits lim;
	uint64_t n_done;
};

static bool
remove_one(void *arg, const struct doc *doc, struct arena *mem, struct err *e)
{
	struct bulk *k = arg;
	bool done;

	(void)mem;
	if (!store_remove(k->c->db, k->coll, doc->key, doc->rev, &done, e))
		return false;
	k->n_done += done;
	/* changed since it was read in this transaction: read everything anew */
	return done || err_set(e, ERR_BUSY, NULL);
}

/* POST ?action=delete: everything that matches; only {} means everything. */
bool
soda_delete_by_query(const struct call *c, struct response *out, struct err *e)
{
	struct bulk k = { .c = c };
	struct plan plan;
	struct qbe q;

	if (!call_collection(c, &k.coll, e)
	    || !write_json_type(c, e)
	    || !query_parse(c, k.coll, c->req->body, QBE_DELETE, &q, e))
		return false;
	if (q.where == NULL && !q.is_exactly_empty)
		return err_inner(e, ERR_BAD_QBE, 5021, "this filter selects everything; write {} to delete everything");
	plan = (struct plan){ .coll = k.coll, .where = q.where, .match = match_plan };
	if (q.where == NULL ? !store_truncate(c->db, k.coll, &k.n_done, e)
	    : !store_each(c->db, &plan, c->mem, remove_one, &k, e))
		return false;
	reply_counts(c, "itemsDeleted", k.n_done, out);
	return true;
}

/* POST ?action=truncate: everything goes, the collection stays; a body is not looked at. */
bool
soda_truncate(const struct call *c, struct response *out, struct err *e)
{
	const struct coll *coll;
	uint64_t n;

	if (!call_collection(c, &coll, e)
	    || !store_truncate(c->db, coll, &n, e))
		return false;
	reply_counts(c, "itemsDeleted", n, out);
	return true;
}

/* Work of one document lies in c->mem of a copy whose arena store_each rewinds. */
static bool
patch_one(void *arg, const struct doc *old, struct arena *mem, struct err *e)
{
	struct bulk *k = arg;
	struct call c = *k->c;
	struct doc doc = { 0 };
	struct draft d;
	struct span after;
	bool done;

	c.mem = mem;
	if (!(k->patch != NULL ? patch_apply(k->patch, old->content, &k->lim, mem, &after, e)
	    : merge_apply(k->merge, old->content, &k->lim, mem, &after, e))) {
		if (e->kind != ERR_PATCH_CONFLICT)
			return false;
		/* not applicable to this document: it stays as it is and is not counted */
		err_clear(e);
		return true;
	}
	if (!write_content(k->coll, after, &doc, e)
	    || (k->coll->meta.key_method == KEYS_EMBEDDED_OID
	    && !key_embedded_kept(&k->coll->meta, old->key, after, mem, e))
	    || !write_next(&c, k->coll, old, &doc, clock_us(), &d, e)
	    || !store_replace(c.db, k->coll, &d.doc, d.entries, d.n_entries, mem, &done, e))
		return false;
	if (!done)
		return err_set(e, ERR_BUSY, NULL);
	k->n_done++;
	return true;
}

/* POST ?action=update: $patch or $merge on everything that matches $query. */
bool
soda_update(const struct call *c, struct response *out, struct err *e)
{
	struct bulk k = { .c = c };
	struct patch *patch = NULL;
	struct plan plan;
	struct qbe q;

	if (!call_collection(c, &k.coll, e)
	    || !write_json_type(c, e)
	    || !query_parse(c, k.coll, c->req->body, QBE_UPDATE, &q, e))
		return false;
	if ((q.patch.n > 0) == (q.merge.n > 0))
		return err_inner(e, ERR_BAD_QBE, 5046, q.patch.n > 0 ? "$patch and $merge exclude each other"
		    : "an update needs $patch or $merge");
	if (q.patch.n > 0 ? !patch_parse(q.patch, c->mem, &patch, e) : !merge_check(q.merge, e))
		return false;
	k.patch = patch;
	k.merge = q.merge;
	k.lim = (struct patch_limits){ .max_bytes = (size_t)c->site->set->body_max_bytes,
		.max_depth = write_limits(c, k.coll).max_depth };
	plan = (struct plan){ .coll = k.coll, .where = q.where, .match = match_plan, .want_content = true };
	if (!store_each(c->db, &plan, c->mem, patch_one, &k, e))
		return false;
	reply_counts(c, "itemsUpdated", k.n_done, out);
	return true;
}
