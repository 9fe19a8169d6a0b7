/* sql/catalog_cache.c - what a connection remembers of the catalogue
 *
 * It is kept in an arena of its own until the counter of the repository moves.  A change that this connection makes itself
 * ends the generation too, whatever becomes of its transaction: the counter would not move when it is rolled back.
 */
#include "sql/catalog_cache.h"

#include "sql/migrate.h"
#include "sql/named.h"
#include "sql/odbc.h"

#include <stdlib.h>

enum { MOST_BYTES = 16 << 20 };

struct catalog *
catalog_of(struct db *db)
{
	if (db->catalog == NULL)
		db->catalog = calloc(1, sizeof(*db->catalog));
	if (db->catalog != NULL && db->catalog->mem == NULL)
		db->catalog->mem = arena_open(0);
	return db->catalog;
}

void
catalog_close(struct catalog **c)
{
	if (*c != NULL)
		arena_close(&(*c)->mem);
	free(*c);
	*c = NULL;
}

static void
forget(struct catalog *c)
{
	arena_clear(c->mem);
	memset(c->schemas, 0, sizeof(c->schemas));
	memset(c->colls, 0, sizeof(c->colls));
	memset(c->tokens, 0, sizeof(c->tokens));
	c->clients = NULL;
	c->is_known = c->has_changed = c->is_loading = false;
}

void
catalog_abandon(struct catalog *c)
{
	if (c != NULL && c->is_loading)
		forget(c);
}

bool
catalog_changed(struct db *db, struct err *e)
{
	catalog_of(db)->has_changed = true;
	return write_one(db, named(S_CATALOG_CHANGED, NULL, 0), e);
}

static bool
read_counter(struct db *db, int64_t *out, struct err *e)
{
	struct bind which[] = { BIND_T(SPAN("catalog")) };
	bool found;

	if (!db->in_tx || !db->has_counter)
		return read_number(db, NAMED(S_CATALOG_COUNTER, which), out, &found, e);
	*out = db->counter;
	return true;
}

bool
catalog_begin(struct db *db, struct err *e)
{
	struct catalog *c = catalog_of(db);
	int64_t counter = 0;

	if (c == NULL)
		return err_set(e, ERR_NO_MEMORY, NULL);
	if (db->trust != TRUST_NONE) {
		if (!read_counter(db, &counter, e) || !catalog_told(db, counter, e))
			return false;
		db->trust = TRUST_NONE;
		return true;
	}
	if (c->has_changed || c->n_opened != db->n_opened || arena_total(c->mem) > MOST_BYTES)
		forget(c);
	if (!c->is_known && !migrate_fits(db, e))
		return false;
	if (!read_counter(db, &counter, e))
		return false;
	if (c->is_known && c->counter != counter) {
		forget(c);
		if (!migrate_fits(db, e))
			return false;
	}
	c->is_known = true;
	c->counter = counter;
	c->n_opened = db->n_opened;
	return true;
}

bool
catalog_trust(struct db *db)
{
	const struct catalog *c = db->catalog;

	if (c == NULL || !c->is_known || c->has_changed || c->n_opened != db->n_opened || !db->is_open || db->lost)
		return false;
	db->trust = TRUST_OPEN;
	db->has_written = false;
	return true;
}

bool
catalog_is_trusted(const struct db *db)
{
	return db->trust != TRUST_NONE;
}

bool
catalog_doubt(struct db *db, struct err *e)
{
	db->trust = TRUST_BROKEN;
	return err_set(e, ERR_BUSY, NULL);
}

bool
catalog_told(struct db *db, int64_t counter, struct err *e)
{
	if (counter != db->catalog->counter)
		return catalog_doubt(db, e);
	db->trust = TRUST_KEPT;
	return true;
}

const int64_t *
catalog_to_compare(const struct db *db)
{
	return db->tx == TX_ONE_WRITE || db->compares ? &db->catalog->counter : NULL;
}

bool
catalog_compared(struct db *db, bool done, struct err *e)
{
	if (!db->compares)
		return true;
	if (!done)
		return catalog_doubt(db, e);
	db->compares = false;
	db->trust = TRUST_KEPT;
	return true;
}

bool
catalog_kept(struct db *db)
{
	enum trust was = db->trust;
	int64_t counter = 0;
	struct err ignored;

	db->trust = TRUST_NONE;
	if (was == TRUST_NONE || db->has_written)
		return true;
	if (was == TRUST_BROKEN || !db->is_open || db->lost)
		return false;
	return was == TRUST_KEPT || (read_counter(db, &counter, &ignored) && counter == db->catalog->counter);
}

uint32_t
catalog_hash(uint64_t seed, struct span s)
{
	uint64_t h = seed ^ UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < s.n; i++)
		h = (h ^ (unsigned char)s.p[i]) * UINT64_C(0x100000001b3);
	return (uint32_t)(h >> 32 ^ h);
}

bool
catalog_new_id(struct db *db, int64_t *id, struct err *e)
{
	bool found;

	return write_one(db, named(S_OBJECT_ADD, NULL, 0), e)
	    && read_number(db, named(S_OBJECT_GET, NULL, 0), id, &found, e)
	    && (found || err_set(e, ERR_INTERNAL, NULL));
}
