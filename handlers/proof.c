/* handlers/proof.c - what became of a write whose COMMIT was not answered */
#include "handlers/proof.h"

#include "sql/catalog.h"
#include "sql/store.h"

void
proof_note(const struct call *c, const struct doc *old, const struct doc *now)
{
	struct proof *p = c->proof;

	*p = (struct proof){ .given = true, .collection = c->params->text[P_COLLECTION] };
	p->key = old != NULL ? old->key : now->key;
	if (old != NULL) {
		p->old_rev = old->rev;
		p->old_us = old->modified_us;
	}
	if (now != NULL) {
		p->new_rev = old != NULL ? old->rev + 1 : now->rev;
		p->new_us = now->modified_us;
	}
}

void
proof_note_over(const struct call *c, const struct doc *now)
{
	*c->proof = (struct proof){ .given = true, .collection = c->params->text[P_COLLECTION], .key = now->key,
		.new_us = now->modified_us, .version = now->version };
}

/* An object that is absent may have been deleted by somebody else since, and one that differs may have been written again:
 * only what is exactly as it was, or as it should be, proves anything. */
static enum fate
fate_of(const struct proof *p, bool found, const struct doc *doc)
{
	int64_t rev = found ? doc->rev : 0, us = found ? doc->modified_us : 0;

	if (p->version.p != NULL)
		return found && us == p->new_us && span_eq(doc->version, p->version) ? FATE_DONE : FATE_UNKNOWN;
	if (rev == p->new_rev && us == p->new_us)
		return FATE_DONE;
	if (found && rev == p->old_rev && us == p->old_us)
		return FATE_UNDONE;
	return FATE_UNKNOWN;
}

enum fate
proof_look(struct db *db, int64_t schema_id, const struct proof *p, struct arena *mem)
{
	struct err ignored = { 0 };
	const struct coll *coll;
	struct doc doc;
	bool found;

	if (!p->given
	    || !catalog_begin(db, &ignored)
	    || !catalog_find(db, schema_id, p->collection, &coll, &ignored)
	    || !store_get(db, coll, p->key, false, mem, &doc, &found, &ignored))
		return FATE_UNKNOWN;
	return fate_of(p, found, &doc);
}
