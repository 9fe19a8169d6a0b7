/* sql/facts.h - the shape of documents: which places there are, values of which types, how long
 *
 * A place is a member of the objects at another place, or all elements of the arrays there.  Places are numbered in the order
 * of first appearance, the root is 0, so what is above has the lower number.  soda/guide.c finds the facts of a document,
 * sql/search.c keeps those of a collection.
 */
#ifndef CORDS_SQL_FACTS_H
#define CORDS_SQL_FACTS_H

#include "base/arena.h"

#include <stdint.h>

enum fact_type {
	FACT_NULL = 1, FACT_BOOLEAN = 2, FACT_NUMBER = 4, FACT_STRING = 8, FACT_OBJECT = 16, FACT_ARRAY = 32,
	FACT_SCALAR = FACT_NULL | FACT_BOOLEAN | FACT_NUMBER | FACT_STRING
};
enum fact_shape { SHAPE_OBJECT, SHAPE_ARRAY, SHAPE_SCALAR, SHAPE__N };

struct fact {
	uint32_t parent;
	struct span name;		/* of the member as JSON text without quotes; p NULL: elements of an array */
	unsigned types;			/* bits of enum fact_type */
	unsigned length[SHAPE__N];	/* longest text of such a value: the power of two that it does not exceed */
};

/* What is beyond these is left out: a field whose name is data would let the guide grow without end. */
enum { FACTS_MOST = 5000, FACTS_DEEPEST = 64, FACTS_LONGEST_NAME = 1000 };

struct facts {
	struct arena *mem;
	struct fact *list;		/* n of them, the root first */
	size_t n, cap;
	uint32_t *table;		/* numbers by place; 0: empty */
	size_t n_slots;
};

enum { FACTS_ROOT = 0 };
#define FACTS_NOWHERE UINT32_MAX

void facts_init(struct facts *f, struct arena *mem);	/* with the root */

/* The number of a place; FACTS_NOWHERE when it is not there, or there is no room for it. */
uint32_t facts_find(const struct facts *f, uint32_t parent, struct span name);
uint32_t facts_add(struct facts *f, uint32_t parent, struct span name);	/* name is borrowed */

/* One more value of n_bytes; one type. */
void fact_see(struct fact *f, enum fact_type type, size_t n_bytes);
bool fact_covers(const struct fact *known, const struct fact *seen);	/* nothing is new in `seen` */
void fact_grow(struct fact *known, const struct fact *seen);

#endif
