/* sql/catalog.h - schemas, collections, their metadata and indexes
 *
 * What is read here is kept per connection until the repository's counter moves; the counter is read with each request, so
 * a change by any process is seen by the next request of every other.  Cached things are const and live as long as
 * the cache generation, which ends only in catalog_begin(): they outlive the request that asked for them.
 *
 * A request can also trust: it goes by what is remembered, and the counter comes as a column of the first row that is read
 * anyway.  When it has moved, all that was found goes, and the request begins anew with catalog_begin().
 */
#ifndef CORDS_SQL_CATALOG_H
#define CORDS_SQL_CATALOG_H

#include "sql/coll.h"
#include "sql/db.h"

struct schema {
	int64_t id;
	struct span name;		/* "demo" */
	struct span alias;		/* in URLs; compared ignoring ASCII case */
	bool enabled;
	bool auth_required;		/* false: anonymous callers are served as "anonymous" */
	const char *password_hash;	/* of the schema's own account; "" none */
	bool is_admin;			/* the account is SQL Administrator */
};

/* First thing in each request, after db_begin or alone: compares the counter, drops the cache when it moved.
 * By whoever trusts it is compared only, and from then on believed as if it had been asked for.
 * fails NEED_INSTALL when there is no repository or its level does not fit, and what db_* fails with */
bool catalog_begin(struct db *db, struct err *e);

/*
 * catalog_trust - begin a request without asking for the counter
 *
 * Outside of transactions it comes with the rows of a SELECT.  Nothing is told to anybody before catalog_kept().
 * returns  false: nothing is remembered
 */
bool catalog_trust(struct db *db);
bool catalog_is_trusted(const struct db *db);
/* What is wanted cannot be done in this way, or what is remembered is no longer true.  fails BUSY */
bool catalog_doubt(struct db *db, struct err *e);
/* The end of it: was all of it true?  Asks when no row has told.  false, also when the connection was lost: everything since
 * catalog_trust() has to be done anew, after catalog_begin() */
bool catalog_kept(struct db *db);

/* alias ignoring ASCII case; *out NULL when there is none (enabled or not is for the caller to look at) */
bool schema_by_alias(struct db *db, struct span alias, const struct schema **out, struct err *e);
bool schema_by_name(struct db *db, struct span name, const struct schema **out, struct err *e);
bool schema_list(struct db *db, struct arena *mem, const struct schema **out, size_t *n, struct err *e);

/* Create, or change what is given.  password_hash NULL: unchanged.  fails CONSTRAINT when the alias is another schema's */
bool schema_enable(struct db *db, struct span name, struct span alias, bool auth_required, const char *password_hash,
    struct err *e);
/* SQL Administrator or not, after schema_enable() in its transaction */
bool schema_set_admin(struct db *db, struct span name, bool is_admin, struct err *e);
bool schema_disable(struct db *db, struct span name, bool *was_there, struct err *e);

/* *out NULL when there is none: no error, because PUT wants to know */
bool catalog_get(struct db *db, int64_t schema_id, struct span name, const struct coll **out, struct err *e);
/* fails NO_COLLECTION */
bool catalog_find(struct db *db, int64_t schema_id, struct span name, const struct coll **out, struct err *e);

/* sorted by name in byte order, from `from` inclusive; limit 0: all.  name and meta_json are set, indexes are not */
bool catalog_list(struct db *db, int64_t schema_id, struct span from, uint64_t limit, struct arena *mem,
    struct coll **out, size_t *n, bool *has_more, struct err *e);

/* To be alone: both fail as db_needs_all(), before anything is looked at.  meta->... as parsed; sequences named by it are created.
 * fails CONSTRAINT when the name exists */
bool catalog_create(struct db *db, int64_t schema_id, struct span name, const struct meta *meta, struct span meta_json,
    struct err *e);
bool catalog_drop(struct db *db, const struct coll *coll, struct err *e);

/*
 * Each of the two that follow looks before it changes anything: what it refuses, and what is so already, is told in any transaction.
 * To change it, it is to be alone: fails as db_needs_all().
 */
/* the index row and its table; it is empty until store_index_fill().  The new index gets
 * an id.  spec_json: as the client sent it, compact.  fails INDEX_EXISTS, INDEX_SECOND for a second search index */
bool catalog_index_create(struct db *db, const struct coll *coll, struct index *index, struct span spec_json, struct err *e);
bool catalog_index_drop(struct db *db, const struct coll *coll, struct span name, bool *was_there, struct err *e);

/* the unique constraint is added after filling.  fails UNIQUE_BUILD */
bool catalog_index_finish(struct db *db, const struct coll *coll, const struct index *index, struct err *e);

/* keys that the collection assigns by counting are at least this one from now on; inside TX_WRITE */
bool catalog_count_on(struct db *db, const struct coll *coll, int64_t next, struct err *e);

/*
 * A collection that was made without is to keep its documents in parsed form: both inside TX_DEFINE.  Between them every write makes
 * one already, and store_parsed_fill() gives one to the documents that are there; then filters ask it, and a search index
 * looks values up.  What was interrupted may be begun again.
 * fails NOT_AVAILABLE: not on this database, not for such a collection, or its search index keeps them
 */
bool catalog_parsed_begin(struct db *db, const struct coll *coll, struct err *e);
bool catalog_parsed_finish(struct db *db, const struct coll *coll, struct err *e);

#endif
