/* datapump/import_docs.c - a collection: metadata, documents with their keys, versions and times as they were, indexes
 *
 * In a source it is a table of six columns, which are known by their names.
 */
#include "datapump/importing.h"

#include "base/clock.h"
#include "base/uid.h"
#include "sql/store.h"

enum { DOCS_MOST = 4000, DOCS_BYTES = 4 << 20 };	/* of one transaction */
enum { COL_KEY, COL_CONTENT, COL_VERSION, COL_CREATED, COL_MODIFIED, COL_MEDIA, COL__N };

struct pile {
	struct doc docs[DOCS_MOST];
	int64_t row[DOCS_MOST];
	size_t n, n_bytes;
	int64_t last;
};

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

static bool
begin(struct importing *im, enum tx tx, struct err *e)
{
	return db_ready(im->db, e) && load_session(im->db, e) && db_begin(im->db, tx, e) && catalog_begin(im->db, e);
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

	switch (im->spec->job->exists) {
	case EXISTS_REPLACE:
		return catalog_drop(im->db, coll, e) && create(im, it, e);
	case EXISTS_TRUNCATE:
		return store_truncate(im->db, coll, &n, e);
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

/* ---- documents ---- */

static bool
time_of(const struct cell *c, int64_t *us)
{
	struct iso_time t;

	if (c->kind == CELL_NULL) {
		*us = 0;
		return true;
	}
	if (c->kind == CELL_INT) {
		*us = c->number;
		return true;
	}
	if (c->kind != CELL_TEXT || !iso_parse(c->text, &t))
		return false;
	*us = t.sec * 1000000 + t.nsec / 1000;
	return true;
}

static bool
find_columns(const struct table *t, size_t at[COL__N], struct err *e)
{
	static const char *const names[COL__N] = { "key", "content", "version", "created", "modified", "media_type" };

	for (size_t i = 0; i < COL__N; i++) {
		at[i] = t->n_columns;
		for (size_t k = 0; k < t->n_columns; k++)
			if (span_is(t->columns[k].name, names[i]))
				at[i] = k;
		if (at[i] == t->n_columns)
			return err_set(e, ERR_BAD_JOB, "ODP-39142: a collection has no column %s", names[i]);
	}
	return true;
}

static bool
doc_of(const struct cell *row, const size_t at[COL__N], const struct coll *coll, struct doc *d, const char **why)
{
	const struct cell *content = &row[at[COL_CONTENT]];
	const struct cell key = row[at[COL_KEY]], version = row[at[COL_VERSION]], media = row[at[COL_MEDIA]];
	bool hetero = meta_is_hetero(&coll->meta);

	*d = (struct doc){ .key = key.text, .rev = uid_number(), .content = content->text, .n_bytes = content->text.n };
	*why = "the key is no text";
	if (key.kind != CELL_TEXT || d->key.n == 0)
		return false;
	*why = "a time is none";
	if (!time_of(&row[at[COL_CREATED]], &d->created_us) || !time_of(&row[at[COL_MODIFIED]], &d->modified_us))
		return false;
	if (version.kind == CELL_TEXT)
		d->version = version.text;
	if (media.kind == CELL_TEXT)
		d->media_type = media.text;
	d->is_null = content->kind == CELL_NULL;
	*why = "the collection takes no such content";
	return content->kind == CELL_TEXT || (hetero && (content->kind == CELL_BLOB || d->is_null));
}

static bool
store(struct importing *im, struct import_table *it, const struct pile *pile, size_t from, size_t to, int64_t last, struct err *e)
{
	const struct coll *coll;
	struct index_entry *entries = NULL;
	size_t n_entries = 0;
	int64_t done = it->p.done;

	it->p.done = last;
	if (begin(im, TX_WRITE, e) && load_lazily(im->db, e) && find(im, it, &coll, e)
	    && im->host->entries(im->host->arg, im->db, coll, pile->docs + from, to - from, im->batch, &entries, &n_entries, e)
	    && store_insert(im->db, coll, pile->docs + from, to - from, entries, n_entries, im->batch, e)
	    && import_advance(im, it, IMPORT_LOADING, e) && db_commit(im->db, e)) {
		it->stored = last;
		return true;
	}
	db_rollback(im->db);
	it->p.done = done;
	return false;
}

static bool
is_about_document(const struct err *e)
{
	return load_is_row_fault(e) || e->kind == ERR_UNIQUE || e->kind == ERR_NOT_SCALAR || e->kind == ERR_VALUE_MISSING
	    || e->kind == ERR_NOT_NUMBER || e->kind == ERR_NOT_DATE || e->kind == ERR_NOT_GEOMETRY || e->kind == ERR_TOO_LONG;
}

static bool
store_range(struct importing *im, struct import_table *it, const struct pile *pile, size_t from, size_t to, struct err *e)
{
	int64_t last = to == pile->n ? pile->last : pile->row[to - 1];
	size_t middle = from + (to - from) / 2;

	for (int busy = 0; !store(im, it, pile, from, to, last, e); busy++) {
		if (e->kind == ERR_BUSY && busy < 5)
			continue;
		if (!is_about_document(e))
			return false;
		if (to - from > 1)
			return store_range(im, it, pile, from, middle, e) && store_range(im, it, pile, middle, to, e);
		import_reject(im, it, pile->row[from], e->text);
		return im->spec->job->skip_constraint_errors || err_set(e, ERR_CONSTRAINT, "a document does not fit");
	}
	return true;
}

static bool
flush(struct importing *im, struct import_table *it, struct pile *pile, struct err *e)
{
	bool ok = pile->n == 0 || store_range(im, it, pile, 0, pile->n, e);

	im->told.rows_done += (int64_t)pile->n;
	im->told.bytes_done += (int64_t)pile->n_bytes;
	it->n_bytes += (int64_t)pile->n_bytes;
	pile->n = pile->n_bytes = 0;
	arena_clear(im->batch);
	im->host->progress(im->host->arg, &im->told);
	return ok && im->host->go_on(im->host->arg, e);
}

static bool
documents(struct importing *im, struct import_table *it, struct ahead *pages, const struct coll *coll, struct err *e)
{
	struct pile *pile = ARENA_NEW(im->mem, struct pile);
	size_t at[COL__N], width = it->source->table.n_columns;
	struct rows_page p;
	int64_t row = 0;

	if (!find_columns(&it->source->table, at, e))
		return false;
	pile->last = it->p.done;
	do {
		if (!ahead_next(pages, &p, e))
			return false;
		for (size_t i = 0; i < p.n_rows; i++) {
			const char *why;

			if (++row <= it->p.done)
				continue;
			pile->last = row;
			if (!doc_of(p.cells + i * width, at, coll, &pile->docs[pile->n], &why)) {
				import_reject(im, it, row, why);
				if (!im->spec->job->skip_constraint_errors)
					return err_set(e, ERR_CONSTRAINT, "a document does not fit");
				continue;
			}
			pile->n_bytes += pile->docs[pile->n].n_bytes;
			pile->row[pile->n++] = row;
			if ((pile->n == DOCS_MOST || pile->n_bytes >= DOCS_BYTES) && !flush(im, it, pile, e))
				return false;
		}
		if (!flush(im, it, pile, e))	/* what is left points into the page */
			return false;
	} while (p.n_rows > 0);
	it->p.done = row;
	return true;
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

	if (!begin(im, TX_WRITE, e) || !find(im, it, &coll, e))
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

	if (!ok || (it->wants_rows && !import_open(im, it, &pages, e)))
		return false;
	if (it->wants_rows) {
		ok = documents(im, it, pages, coll, e);
		import_close(im, pages);
	}
	return ok && (!it->is_new || indexes(im, it, e)) && counter(im, it, e);
}

/* documents that were stored before one did not fit */
static bool
empty(struct importing *im, struct import_table *it, struct err *e)
{
	const struct coll *coll;
	uint64_t n;
	bool ok = begin(im, TX_DEFINE, e) && find(im, it, &coll, e) && store_truncate(im->db, coll, &n, e) && commit(im, e);

	if (!ok)
		db_rollback(im->db);
	return ok;
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
		it->p.done = it->p.rejected = 0;
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
	return (!it->is_new || !it->has_row || empty(im, it, e)) && fail_collection(im, it, &why, e);
}
