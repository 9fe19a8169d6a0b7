/* base/jcur.h - walking through JSON text that json_scan() has passed, without a tree
 *
 * A value is the span of its own text, without surrounding white space.  All functions rely on valid text: a text that
 * did not pass json_scan() must not come here.  Only jval_equal() recurses on the depth of the input, as scanned.
 */
#ifndef CORDS_BASE_JCUR_H
#define CORDS_BASE_JCUR_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/span.h"

enum jtype { J_NONE, J_NULL, J_FALSE, J_TRUE, J_NUMBER, J_STRING, J_ARRAY, J_OBJECT };

/* the type by the first byte; J_NONE for an empty span */
enum jtype jval_type(struct span v);
static inline bool
jval_is_container(struct span v)
{
	return v.n > 0 && (v.p[0] == '{' || v.p[0] == '[');
}

struct span jcur_root(struct span text);	/* the root value: white space trimmed */

struct jiter {
	const char *p, *end;
};

/* Iterate over a container; nothing to iterate when v is not one of that kind. */
void jiter_open(struct jiter *it, struct span container);
bool jiter_member(struct jiter *it, struct span *raw_name, struct span *v);	/* raw_name: between the quotes, escapes as written */
bool jiter_element(struct jiter *it, struct span *v);
size_t jarray_count(struct span array);

/* The member called `name` (decoded text) of an object; the last one where duplicates are allowed.  False when absent
 * or when v is no object. */
bool jmember(struct span object, struct span name, struct span *v);

bool jname_eq(struct span raw, struct span decoded);	/* escapes in raw are decoded while comparing */

/* Decode a raw name, or a string value with its quotes.  Borrowed from the input where nothing was escaped, else from
 * mem.  A lone surrogate becomes the three bytes that would encode it, so distinct texts stay distinct. */
struct span jraw_decode(struct span raw, struct arena *mem);
struct span jstring_decode(struct span quoted, struct arena *mem);

/* string value (quoted, escapes allowed) against decoded text, by code point, without allocating: <0, 0, >0 */
int jstring_cmp(struct span quoted, struct span decoded);

/* JSON equality: numbers by value, strings decoded, objects whatever the order of members.  Depth as scanned. */
bool jval_equal(struct span a, struct span b, struct arena *mem);

/* Length of the value's text without insignificant white space, and the text itself. */
void jval_compact(struct span v, struct buf *out);

#endif
