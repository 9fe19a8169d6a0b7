/* sql/array.h - many values of one column as one parameter, for an engine that unfolds arrays
 *
 * In the binary form of PostgreSQL, which its array_recv() reads: numbers, times and texts arrive as the server keeps them, and
 * nobody writes quotes here to take them off there.
 */
#ifndef CORDS_SQL_ARRAY_H
#define CORDS_SQL_ARRAY_H

#include "base/buf.h"
#include "sql/convert.h"

/* what an array holds */
struct element {
	const char *type;		/* "bigint" */
	uint32_t oid;			/* of the type, the same on every server */
	bool (*put)(const struct value *v, struct buf *out);	/* length and bytes of one that is not NULL */
};

extern const struct element element_text;	/* takes every value, as the text that the engine reads */

/* for a column of this type; &element_text where nothing is gained by another one */
const struct element *element_of(enum abstract_type type);

/*
 * array_put - the values of one column
 *
 * values  the column's first one; each other stands `stride` behind the one before
 * returns false: one of them is not of the ordinary form of its type (infinity, a year before Christ, an exponent), which
 *         only the engine can read: all of them have to go as texts
 */
bool array_put(const struct element *element, const struct value *values, size_t stride, size_t n, struct buf *out);

#endif
