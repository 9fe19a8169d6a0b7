/* handlers/soda_query.c - pages of objects: GET of a collection and POST query
 *
 * Five ways to walk through a collection meet here (offset, keyed up and down, by time, by filter); each decides order, envelope and
 * links.  The modes and what may be combined are those of SODA for REST, "GET collection".
 */
#include "handlers/soda_query.h"

#include "handlers/links.h"
#include "handlers/reply.h"
#include "handlers/soda.h"
#include "handlers/soda_write.h"
#include "soda/key.h"
#include "soda/match.h"
#include "sql/store.h"

static bool
has_text_index(const struct coll *coll)
{
	const struct index *ix = index_for_search(coll->indexes);

	return ix != NULL && ix->has_text;
}

bool
query_parse(const struct call *c, const struct coll *coll, struct span text, enum qbe_use use, struct qbe *out,
    struct err *e)
{
	/* what an update brings is written into objects, and a strict collection takes no name twice */
	struct scan_limits lim = write_limits(c, use == QBE_UPDATE ? coll : NULL);
	struct scan_info info;

	if (use == QBE_UPDATE)
		lim.max_depth++;	/* the object around $patch and $merge, which PATCH does without */
	if (meta_is_hetero(&coll->meta))
		return err_set(e, ERR_QBE_HETERO, NULL);
	if (text.n == 0)
		return err_inner(e, ERR_BAD_QBE, 5000, "the filter is empty; {} selects everything");
	if (!qbe_scan(text, &lim, c->mem, &info, e))
		return e->kind == ERR_BAD_JSON ? err_as(e, ERR_BAD_QBE, 5000) : false;
	if (!qbe_parse(info.text, use, coll, c->mem, out, e))
		return false;
	if (out->needs_text_index && !has_text_index(coll))
		return err_set(e, ERR_NO_TEXT_INDEX, NULL);
	return true;
}

enum mode { MODE_OFFSET, MODE_KEYED, MODE_TIME, MODE_QUERY };

struct page {
	enum mode mode;
	struct plan plan;
	struct qbe q;
};

/* one of two parameters that mean the same; params_read saw to it that they do not differ */
static bool
bound(const struct call *c, const struct coll *coll, enum param a, enum param b, bool *has, struct span *out, struct err *e)
{
	const struct params *p = c->params;

	*has = param_given(p, a) || param_given(p, b);
	return !*has || key_canonical(&coll->meta, p->text[param_given(p, a) ? a : b], c->mem, out, e);
}

static bool
page_plan(const struct call *c, const struct coll *coll, bool has_filter, struct span filter, struct page *pg, struct err *e)
{
	const struct params *p = c->params;
	struct plan *plan = &pg->plan;

	*pg = (struct page){ .mode = MODE_OFFSET };
	plan->coll = coll;
	plan->limit = page_limit(c);
	plan->offset = p->offset;
	plan->want_content = p->fields != FIELDS_ID;
	plan->max_page_bytes = (size_t)c->site->set->soda_page_bytes;
	if (!bound(c, coll, P_FROM_ID, P_AFTER, &plan->has_after, &plan->after, e)
	    || !bound(c, coll, P_TO_ID, P_BEFORE, &plan->has_before, &plan->before, e))
		return false;
	plan->has_since = param_given(p, P_SINCE);
	plan->has_until = param_given(p, P_UNTIL);
	plan->since_us = p->since_us;
	plan->until_us = p->until_us;
	if ((plan->has_since || plan->has_until) && coll->meta.modified_column[0] == '\0')
		return err_set(e, ERR_NO_TIME_COLUMN, NULL);
	if (has_filter) {
		pg->mode = MODE_QUERY;
		if (!query_parse(c, coll, filter, QBE_QUERY, &pg->q, e))
			return false;
		plan->where = pg->q.where;
		plan->order = pg->q.order;
		plan->match = match_plan;
		plan->keys = order_keys;
		plan->want_content = plan->want_content || pg->q.project.n_paths > 0;
		if (pg->q.order.n_terms > 0) {
			if (plan->has_after || plan->has_before)
				return err_set(e, ERR_BAD_PARAM,
				    "$orderby cannot be combined with fromID, after, toID or before");
			plan->sort = SORT_ORDER;
		}
	} else if (plan->has_after || plan->has_before) {
		pg->mode = MODE_KEYED;
		if (!plan->has_after && !plan->has_since && !plan->has_until)
			plan->sort = SORT_KEY_DESCENDING;
		else if (!plan->has_after)
			plan->sort = SORT_KEY;
	} else if (plan->has_since || plan->has_until) {
		pg->mode = MODE_TIME;
		plan->sort = SORT_TIME;
	}
	return true;
}

static struct span
page_links(const struct call *c, const struct page *pg, const struct docs *docs)
{
	const struct plan *plan = &pg->plan;
	struct span none = { NULL, 0 };

	if (c->params->fields == FIELDS_ID || plan->has_since || plan->has_until)
		return none;
	if (pg->mode == MODE_OFFSET)
		return links_by_offset(c, plan->limit, plan->offset, docs->n, docs->has_more);
	if (pg->mode == MODE_KEYED)
		return links_by_key(c, plan->limit, plan->sort == SORT_KEY_DESCENDING,
		    docs->n > 0 ? docs->doc[0].key : none, docs->n > 0 ? docs->doc[docs->n - 1].key : none,
		    docs->has_more);
	return none;
}

static bool
page_reply(const struct call *c, struct page *pg, bool is_get, struct response *out, struct err *e)
{
	struct plan *plan = &pg->plan;
	struct envelope env = { .has_count = true };
	struct docs docs;

	if (!store_find(c->db, plan, c->mem, &docs, e)
	    || (c->params->total && !store_count(c->db, plan, c->mem, &env.total, e)))
		return false;
	env.has_total = c->params->total;
	env.limit = plan->limit;
	env.offset = plan->offset;
	env.has_limit = plan->limit > 0 && (is_get || param_given(c->params, P_LIMIT));
	env.has_offset = is_get && pg->mode == MODE_OFFSET;
	if (pg->mode == MODE_QUERY)
		env.has_offset = param_given(c->params, P_OFFSET);
	env.descending = plan->sort == SORT_KEY_DESCENDING;
	if (is_get)
		env.links = page_links(c, pg, &docs);
	out->status = 200;
	out->rows = (int64_t)docs.n;
	reply_docs(c, plan->coll, &docs, c->params->fields, pg->q.project.n_paths > 0 ? &pg->q.project : NULL, &env, out);
	return true;
}

/* GET /{collection}: one page in the mode that the parameters choose. */
bool
soda_collection_get(const struct call *c, struct response *out, struct err *e)
{
	const struct coll *coll;
	struct page pg;

	return call_collection(c, &coll, e)
	    && page_plan(c, coll, param_given(c->params, P_Q), c->params->text[P_Q], &pg, e)
	    && page_reply(c, &pg, true, out, e);
}

/* POST ?action=query: one page of the objects that match a filter. */
bool
soda_query(const struct call *c, struct response *out, struct err *e)
{
	const struct coll *coll;
	struct page pg;

	return call_collection(c, &coll, e)
	    && write_json_type(c, e)
	    && page_plan(c, coll, true, c->req->body, &pg, e)
	    && page_reply(c, &pg, false, out, e);
}
