/* sql/read.h - the documents of a plan, read in bounded batches; private to this folder
 *
 * Drivers hold the whole result of a statement, so every statement is a page: by key where rows come in the order of keys,
 * by offset in other orders.
 */
#ifndef CORDS_SQL_READ_H
#define CORDS_SQL_READ_H

#include "sql/choose.h"
#include "sql/gen.h"
#include "sql/store.h"

enum read_next {
	READ_KEEP,		/* doc stays where it is in mem */
	READ_LAST,		/* ... and it is enough */
	READ_DROP,		/* its memory is used again */
	READ_STOP		/* enough; doc is dropped */
};
typedef bool read_fn(void *arg, const struct doc *doc, enum read_next *next, struct err *e);

struct reading {
	const struct plan *plan;
	/* of choose(plan, true, ...), sorted; or of choose(plan, false, ...), without lead or keys: in the order of storage, and
	 * of doc only key and content are there */
	const struct choice *choice;
	uint64_t skip;		/* matches that are left out first */
	uint64_t take;		/* how many are handed over at most; 0: all */
	int64_t after_seq;	/* in the order of storage: where it begins, and afterwards where it ended */
	uint64_t most_rows;	/* with a residue: how many are looked at, at most; 0: all */
	/* the content is there when the plan wants it, for the first plan->limit of them */
	read_fn *fn;
	void *arg;

	/* afterwards */
	uint64_t n_matches;	/* skipped ones, too */
	uint64_t n_looked;	/* rows that were looked at for them */
	bool was_cut;		/* by most_rows */
	bool may_tie;		/* it ended at a row whose order the index does not know */
};

/* What read_matches() selects for a page of so many, 0: of all. */
enum columns read_columns(struct db *db, const struct plan *plan, const struct choice *choice, uint64_t take);

/* Hand the matches of a plan to fn, one by one, in the order of the plan. */
bool read_matches(struct db *db, struct reading *r, struct arena *mem, struct err *e);

/* Every match in whatever order costs least; of doc only key and content need be there.  Key bounds count. */
bool read_all(struct db *db, const struct plan *plan, struct arena *mem, read_fn *fn, void *arg, struct err *e);

/* One document by key as held. */
bool read_one(struct db *db, const struct coll *coll, struct span held, bool want_content, struct arena *mem,
    struct doc *out, bool *found, struct err *e);

/* ---- a page as it grows ---- */

struct page {
	const struct plan *plan;
	struct docs *docs;
	size_t cap, n_bytes;
};
void page_begin(struct page *p, const struct plan *plan, struct arena *mem, struct docs *docs);
/* false: it is full; docs->has_more is set then */
bool page_add(struct page *p, const struct doc *doc, struct arena *mem);

/* ---- sql/sort.c ---- */

/* A page of an order that no index holds, or of keys: all matches pass by, the best are kept. */
bool sort_find(struct db *db, const struct plan *plan, struct arena *mem, struct docs *out, struct err *e);

#endif
