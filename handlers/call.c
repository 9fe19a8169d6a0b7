/* handlers/call.c - what many actions ask first */
#include "handlers/route.h"

/* Counted keys are a statement before the one that writes.  Whoever finds that out later has read the body in vain. */
static bool
may_count(const struct call *c, const struct coll *coll)
{
	return c->route->writes_objects && (coll->meta.key_method == KEYS_SEQUENCE || coll->meta.key_method == KEYS_IDENTITY);
}

bool
call_collection(const struct call *c, const struct coll **out, struct err *e)
{
	if (!catalog_find(c->db, c->schema->id, c->params->text[P_COLLECTION], out, e))
		return false;
	if (c->route->writes_objects && (*out)->meta.read_only)
		return err_set(e, ERR_READ_ONLY, NULL);
	return !may_count(c, *out) || db_needs_tx(c->db, e);
}

bool
call_file_owner(const struct call *c, const struct schema **out, struct err *e)
{
	const struct schema *list;
	size_t n;

	*out = NULL;
	if (!schema_list(c->db, c->mem, &list, &n, e))
		return false;
	for (size_t i = 0; i < n; i++)
		if (*out == NULL || list[i].id < (*out)->id)
			*out = &list[i];
	return true;
}

/* unlimited is -1 in settings */
uint64_t
page_limit(const struct call *c)
{
	int64_t max = c->site->set->soda_max_limit;
	int64_t limit = c->site->set->soda_default_limit;

	if (param_given(c->params, P_LIMIT))
		limit = (int64_t)c->params->limit;
	if (max >= 0 && (limit < 0 || limit > max))
		limit = max;
	return limit < 0 ? 0 : (uint64_t)limit;
}
