/* tests/soda/docdb.h - a collection in a real database, filled and indexed by the rules of soda/ */
#ifndef CORDS_TESTS_SODA_DOCDB_H
#define CORDS_TESTS_SODA_DOCDB_H

#include "tests/sql/storedb.h"

#include "base/scan.h"
#include "soda/index.h"
#include "soda/match.h"
#include "soda/meta.h"
#include "soda/qbe.h"

/* the collection "c" with this metadata */
static inline void
docdb_collection(struct storedb *s, const char *meta_text)
{
	struct meta meta;
	struct buf b;

	MUST(&s->t, meta_parse(span_of(meta_text), SPAN("DEMO"), SPAN("c"), s->t.mem, &meta, &s->t.e));
	buf_init(&b, s->t.mem);
	meta_print(&meta, &b);
	s->coll = NULL;
	storedb_collection(s, &meta, buf_z(&b));
}

static inline void
docdb_drop(struct storedb *s)
{
	storedb_begin(s, TX_WRITE);
	MUST(&s->t, catalog_drop(s->t.db, s->coll, &s->t.e));
	storedb_commit(s);
	s->coll = NULL;
}

/* ends what storedb_begin() began, one way or the other, and looks at the catalogue again */
static inline bool
docdb_end(struct storedb *s, bool ok)
{
	ok = ok && db_commit(s->t.db, &s->t.e);
	if (!ok)
		db_rollback(s->t.db);
	if (!catalog_begin(s->t.db, &(struct err){ 0 })
	    || !catalog_find(s->t.db, s->schema_id, SPAN("c"), &s->coll, &(struct err){ 0 }))
		fail_msg("the collection is gone");
	return ok;
}

/* an index by its specification, with the values of all documents; false with t.e set: there is none */
static inline bool
docdb_index(struct storedb *s, const char *spec)
{
	struct index ix = { 0 };

	err_clear(&s->t.e);
	MUST(&s->t, index_parse(span_of(spec), s->t.mem, &ix, &s->t.e));
	storedb_begin(s, TX_WRITE);
	return docdb_end(s, catalog_index_create(s->t.db, s->coll, &ix, span_of(spec), &s->t.e)
	    && store_index_fill(s->t.db, s->coll, &ix, index_entry_of, s->t.mem, &s->t.e)
	    && catalog_index_finish(s->t.db, s->coll, &ix, &s->t.e));
}

/* one new document, inside a transaction; false with t.e set */
static inline bool
docdb_insert(struct storedb *s, struct span key, struct span content, int64_t modified_us)
{
	struct doc d = { .key = key, .rev = 1, .version = SPAN("v"), .created_us = 1, .modified_us = modified_us, .content = content,
		.n_bytes = content.n };
	struct index_entry *entries;
	size_t n;

	return index_entries(s->coll, content, s->t.mem, &entries, &n, &s->t.e)
	    && store_insert(s->t.db, s->coll, &d, 1, entries, n, s->t.mem, &s->t.e);
}

#endif
