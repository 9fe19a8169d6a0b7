/* handlers/links.h - the page-level links of a listing
 *
 * Each function returns the text of a JSON array for struct envelope, or an empty span when nothing is to be shown.
 * limit is the effective page size, 0 for unlimited; fields and totalResults of the request are carried over.
 */
#ifndef CORDS_HANDLERS_LINKS_H
#define CORDS_HANDLERS_LINKS_H

#include "handlers/route.h"

/* Offset mode: first, prev, next.  count: objects on this page */
struct span links_by_offset(const struct call *c, uint64_t limit, uint64_t offset, size_t count, bool has_more);

/* Keyed mode: first, prev, next in the client's own spelling, fromID/toID or after/before.  first, last: keys of the page;
 * both n == 0 on an empty page */
struct span links_by_key(const struct call *c, uint64_t limit, bool descending, struct span first, struct span last,
    bool has_more);

#endif
