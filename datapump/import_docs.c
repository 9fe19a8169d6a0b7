/* datapump/import_docs.c - a collection: metadata, documents with their keys, versions and times as they were, indexes
 *
 * In a source it is a table of six columns, whose rows are import_piles.c's.
 */
#include "datapump/importing.h"

#include "sql/store.h"

/* ---- the collection ---- */

/* The metadata names the schema that it was in. */
static struct span
metadata(const struct importing *im, const struct import_table *it)
{
	struct jiter iter;
	struct span name, value;
	struct buf b;
	bool first = true;

	buf_init(&b, im->mem);
	buf_char(&b, '{');
	jiter_open(&iter, jcur_root(it->t.metadata));
	while (jiter_member(&iter, &name, &value)) {
		if (!first)
			buf_char(&b, ',');
		first = false;
		buf_char(&b, '"');
		buf_span(&b, name);
		put_lit(&b, "\":");
		if (jname_eq(name, SPAN("schemaName")))
			buf_json(&b, arena_upper(im->mem, it->place->place.rest_name));
		else
			jval_compact(value, &b);
	}
	buf_char(&b, '}');
	return buf_text(&b);
}

bool
import_begin_docs(struct db *db, enum tx tx, struct err *e)
{
	return db_ready(db, e) && load_session(db, e) && db_begin(db, tx, e) && catalog_begin(db, e);
}

static bool
begin(struct importing *im, enum tx tx, struct err *e)
{
	return import_begin_docs(im->db, tx, e);
}

static bool
find(struct importing *im, const struct import_table *it, const struct coll **out, struct err *e)
{
	return catalog_find(im->db, it->place->place.rest_id, it->t.name, out, e);
}

static bool
commit(struct importing *im, struct err *e)
{
	if (db_commit(im->db, e))
		return true;
	db_rollback(im->db);
	return false;
}

static bool
fail_collection(struct importing *im, struct import_table *it, const struct err *why, struct err *e)
{
	db_rollback(im->db);
	import_error(im, why, "ODP-31693: collection %.*s.%.*s failed", SPAN_ARG(it->place->place.name), SPAN_ARG(it->t.name));
	it->note = "failed";
	it->state = IMPORT_FAILED;
	it->p.rejected = it->n_logged = 0;
	if (import_begin(im, e) && import_set(im, it, IMPORT_FAILED, e) && commit(im, e)) {
		it->has_row = true;
		return true;
	}
	db_rollback(im->db);
	return false;
}

static bool
create(struct importing *im, struct import_table *it, struct err *e)
{
	struct span json;
	struct meta meta;

	if (it->t.metadata.n == 0)
		return err_set(e, ERR_BAD_REQUEST, "a collection without metadata");
	json = metadata(im, it);
	it->is_new = true;
	return meta_from_json(json, im->mem, &meta, e)
	    && catalog_create(im->db, it->place->place.rest_id, it->t.name, &meta, json, e);
}

/* what is there already */
static bool
meet(struct importing *im, struct import_table *it, const struct coll *coll, struct err *e)
{
	struct arena_mark before = arena_mark(im->batch);
	struct plan all = { .coll = coll };
	uint64_t n = 0;
	bool ok = true;

	bool follows = it->onto != NULL && (it->onto->state == IMPORT_LOADED || im->spec->job->exists != EXISTS_SKIP);

	switch (follows ? EXISTS_APPEND : im->spec->job->exists) {
	case EXISTS_REPLACE:
		return catalog_drop(im->db, coll, e) && create(im, it, e);
	case EXISTS_TRUNCATE:	/* where a document that does not fit leaves it as it was, import_documents() does so */
		return (it->wants_rows && !im->spec->job->skip_constraint_errors) || store_truncate(im->db, coll, &n, e);
	case EXISTS_APPEND:
		ok = store_count(im->db, &all, im->batch, &n, e);
		it->p.first_rows = (int64_t)n;
		arena_rewind(im->batch, before);
		return ok;
	case EXISTS_SKIP:
		it->state = IMPORT_SKIPPED;
		it->note = "skipped, collection exists";
		import_log(im, "ODP-39151: Collection \"%.*s\".\"%.*s\" exists. All of it will be skipped due to table_exists_action of skip",
		    SPAN_ARG(it->place->place.name), SPAN_ARG(it->t.name));
		return true;
	}
	return ok;
}

static bool
make(struct importing *im, struct import_table *it, struct err *e)
{
	const struct coll *coll;
	bool ok;

	if (it->state == IMPORT_LOADING)
		return true;
	it->state = IMPORT_LOADING;
	ok = begin(im, TX_DEFINE, e) && catalog_get(im->db, it->place->place.rest_id, it->t.name, &coll, e)
	    && (coll != NULL ? meet(im, it, coll, e)
	    : im->spec->job->content == CONTENT_DATA ? err_set(e, ERR_NO_COLLECTION, NULL) : create(im, it, e))
	    && import_set(im, it, it->state, e) && commit(im, e);
	it->has_row = it->has_row || ok;
	return ok;
}

/* ---- afterwards ---- */

static bool
indexes(struct importing *im, struct import_table *it, struct err *e)
{
	for (size_t i = 0; i < it->t.n_specs; i++) {
		const struct coll *coll;
		bool ok;

		if (!import_wants(im, OBJECT_INDEX, it->source->table.schema, it->t.name, (struct span){ NULL, 0 }))
			continue;
		ok = begin(im, TX_DEFINE, e) && find(im, it, &coll, e)
		    && im->host->index(im->host->arg, im->db, coll, it->t.specs[i], im->batch, e) && commit(im, e);
		arena_clear(im->batch);
		if (ok)
			continue;
		db_rollback(im->db);
		if (import_is_fatal(e))
			return false;
		if (e->kind != ERR_INDEX_EXISTS)	/* which an earlier runner has made */
			import_error(im, e, "ODP-39083: an index of collection %.*s could not be made", SPAN_ARG(it->t.name));
	}
	return true;
}

static bool
largest_key(void *arg, const struct doc *doc, struct arena *mem, struct err *e)
{
	int64_t *most = arg;
	struct dec d;
	int64_t n;

	(void)mem;
	(void)e;
	if (dec_parse_text(doc->key, &d) && dec_to_int64(&d, &n) && n > *most)
		*most = n;
	return true;
}

/* Keys that the collection counts go on behind the largest one. */
static bool
counter(struct importing *im, struct import_table *it, struct err *e)
{
	const struct coll *coll;
	struct plan all = { 0 };
	int64_t most = 0;

	if (!(it->is_whole && it->wants_rows) && !begin(im, TX_WRITE, e))
		return false;
	if (!find(im, it, &coll, e))
		return false;
	if (coll->meta.key_method == KEYS_IDENTITY || coll->meta.key_method == KEYS_SEQUENCE) {
		all.coll = coll;
		if (!store_each(im->db, &all, im->batch, largest_key, &most, e) || !catalog_count_on(im->db, coll, most + 1, e))
			return false;
	}
	return import_advance(im, it, IMPORT_LOADED, e) && commit(im, e);
}

static bool
fill(struct importing *im, struct import_table *it, struct err *e)
{
	const struct coll *coll;
	struct ahead *pages;
	bool ok = begin(im, TX_READ, e) && find(im, it, &coll, e) && commit(im, e);

	it->is_whole = !it->is_new && !im->spec->job->skip_constraint_errors && it->p.done == 0;
	if (ok && !it->is_new && !im->source->is_stable && it->p.done > 0)
		return err_set(e, ERR_BAD_JOB, "%lld of its documents were stored before the job was interrupted; the source may have "
		    "changed since, so no others are taken from it: import it anew", (long long)it->p.done);
	if (!ok || (it->wants_rows && !import_open(im, it, &pages, e)))
		return false;
	if (it->wants_rows) {
		ok = import_documents(im, it, pages, coll, e);
		import_close(im, pages);
	}
	return ok && (!it->is_new || indexes(im, it, e)) && counter(im, it, e);
}

/* The documents that were stored so far go, and with them how far they had come: whoever takes over must not look for them. */
static bool
empty(struct importing *im, struct import_table *it, struct err *e)
{
	const struct coll *coll;
	uint64_t n;

	import_untell(im, it);
	if (begin(im, TX_DEFINE, e) && find(im, it, &coll, e) && store_truncate(im->db, coll, &n, e)
	    && import_set(im, it, IMPORT_LOADING, e) && commit(im, e)) {
		it->stored = 0;
		return true;
	}
	db_rollback(im->db);
	return false;
}

bool
import_docs(struct importing *im, struct import_table *it, struct err *e)
{
	struct err why;

	if (it->place->place.rest_id == 0) {
		err_set(&why, ERR_NO_SCHEMA, "schema %.*s is not REST-enabled, and keeps no collections", SPAN_ARG(it->place->place.name));
		return fail_collection(im, it, &why, e);
	}
	if (!im->source->is_stable && it->state == IMPORT_LOADING && it->is_new) {
		it->p.rejected = 0;
		if (!empty(im, it, e))
			return false;
	}
	if (make(im, it, e) && it->state == IMPORT_SKIPPED)
		return true;
	if (it->state == IMPORT_LOADING && it->has_row && fill(im, it, e)) {
		it->state = IMPORT_LOADED;
		if (it->p.rejected > 0)
			import_error(im, NULL, "ODP-31693: collection %.*s: %lld documents rejected", SPAN_ARG(it->t.name), (long long)it->p.rejected);
		import_log(im, ". . imported \"%.*s\".\"%.*s\" %lld documents", SPAN_ARG(it->place->source), SPAN_ARG(it->t.name),
		    (long long)(it->p.done - it->p.rejected));
		return true;
	}
	db_rollback(im->db);
	if (import_is_fatal(e) || e->kind == ERR_TIMEOUT)
		return false;
	why = *e;
	if (it->is_whole)
		import_untell(im, it);
	return (!it->is_new || !it->has_row || empty(im, it, e)) && fail_collection(im, it, &why, e);
}
