/* handlers/index_hooks.c - indexes of collections for imports: made anew, and filled with what comes in
 *
 * A dump comes from anywhere: everything that works on documents relies on texts that json_scan() has passed.
 */
#include "handlers/index_hooks.h"

#include "handlers/soda_write.h"
#include "soda/index.h"
#include "sql/catalog.h"
#include "sql/store.h"

static bool
make_index(void *arg, struct db *db, const struct coll *coll, struct span spec, struct arena *mem, struct err *e)
{
	struct index ix = { 0 };

	(void)arg;
	return index_parse(spec, mem, &ix, e)
	    && catalog_index_create(db, coll, &ix, spec, e)
	    && store_index_fill(db, coll, &ix, index_entry_of, mem, e)
	    && catalog_index_finish(db, coll, &ix, e);
}

static bool
is_document(const struct coll *coll, const struct doc *doc, const struct scan_limits *limits, struct arena *mem, struct err *e)
{
	struct scan_info info;

	return doc->is_null || !write_is_json(coll, doc->media_type) || json_scan(doc->content, limits, mem, &info, e);
}

static bool
make_entries(void *arg, struct db *db, const struct coll *coll, const struct doc *docs, size_t n_docs, struct arena *mem,
    struct index_entry **out, size_t *n_each, struct err *e)
{
	const struct settings *set = db_settings(db);
	const size_t engine = db_max_depth(db), depth = (size_t)set->depth_max;
	const struct scan_limits limits = { .max_depth = engine < depth ? engine : depth, .max_values = (size_t)set->values_max,
		.allow_duplicates = set->soda_allow_duplicates };
	size_t per_doc = 0;

	(void)arg;
	for (const struct index *ix = coll->indexes; ix != NULL; ix = ix->next)
		per_doc++;
	*n_each = per_doc;
	*out = per_doc == 0 ? NULL : ARENA_ARRAY(mem, struct index_entry, n_docs * per_doc);
	for (size_t i = 0; i < n_docs; i++) {
		struct index_entry *of_doc;
		size_t n;

		if (!is_document(coll, &docs[i], &limits, mem, e))
			return false;
		if (docs[i].is_null || per_doc == 0)
			continue;
		if (!index_entries(coll, docs[i].content, mem, &of_doc, &n, e))
			return false;
		memcpy(*out + i * per_doc, of_doc, n * sizeof(*of_doc));
	}
	return true;
}

const struct job_hooks index_hooks = { .index = make_index, .entries = make_entries };
