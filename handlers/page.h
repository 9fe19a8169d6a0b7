/* handlers/page.h - listings of the Database API: how much, and the links from page to page */
#ifndef CORDS_HANDLERS_PAGE_H
#define CORDS_HANDLERS_PAGE_H

#include "base/buf.h"
#include "handlers/route.h"
#include "sql/filter.h"

struct page {
	uint64_t limit, offset;
	struct filter filter;		/* of ?q=; without conditions when there is none */
};

/*
 * page_read - limit, offset and q of a listing
 *
 * columns  what q may name
 * limit    25 unless given, at most misc.pagination.maxRows
 * fails    BAD_FILTER
 * spec     ords.md 5
 */
bool page_read(const struct call *c, const struct filter_columns *columns, struct page *out, struct err *e);

/* {"items":[, items as text, and the rest of the envelope: hasMore, limit, offset, count, links self, describedby, first, next, prev.
 * path: of the listing below c->base_url, "/database/objects/tables/" */
void page_reply(const struct call *c, const char *path, const struct page *page, struct span items, size_t count, bool has_more,
    struct response *out);

/* {"rel":rel,"href":base_url path}, path escaped already */
void page_link(struct buf *b, const struct call *c, const char *rel, struct span path);

#endif
