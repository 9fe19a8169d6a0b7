/* sql/catalog_cache.h - what a connection remembers of the catalogue; private to this folder */
#ifndef CORDS_SQL_CATALOG_CACHE_H
#define CORDS_SQL_CATALOG_CACHE_H

#include "sql/catalog.h"
#include "sql/clients.h"

enum { BUCKETS_KEPT = 256, TOKENS_KEPT = 256, TOKEN_DIGEST = 32 };

struct kept_schema {
	struct schema schema;
	struct span alias_folded;
	struct kept_schema *next;
};

struct kept_coll {
	struct coll coll;
	struct kept_coll *next;
};

struct kept_client {
	struct client client;
	struct kept_client *next;
};

struct kept_token {
	unsigned char digest[TOKEN_DIGEST];
	int64_t until_ns;		/* of the clock that nobody sets */
	const struct client *client;	/* NULL: the place is empty */
};

struct catalog {
	struct arena *mem;
	bool is_known;			/* counter and n_opened are set */
	bool has_changed;		/* by ourselves */
	bool is_loading;		/* a collection */
	int64_t counter;
	uint64_t n_opened;
	struct kept_schema *schemas[BUCKETS_KEPT];	/* by alias */
	struct kept_coll *colls[BUCKETS_KEPT];
	struct kept_client *clients;
	struct kept_token tokens[TOKENS_KEPT];		/* at the first byte of the digest */
};

struct catalog *catalog_of(struct db *db);	/* never NULL after catalog_begin() */
uint32_t catalog_hash(uint64_t seed, struct span s);

/* after each change of ours: everybody reads anew */
bool catalog_changed(struct db *db, struct err *e);

/* the counter that a statement has to compare; NULL where nobody trusts, or it was compared in this transaction */
const int64_t *catalog_to_compare(const struct db *db);
/* Behind such a statement in a transaction.  done false: it wrote nothing, be it because the counter has moved.  fails as
 * catalog_doubt() */
bool catalog_compared(struct db *db, bool done, struct err *e);

/* a number for a new object: never given twice */
bool catalog_new_id(struct db *db, int64_t *id, struct err *e);

#endif
