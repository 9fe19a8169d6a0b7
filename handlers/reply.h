/* handlers/reply.h - objects, pages and links as JSON bodies */
#ifndef CORDS_HANDLERS_REPLY_H
#define CORDS_HANDLERS_REPLY_H

#include "base/buf.h"
#include "handlers/route.h"
#include "soda/project.h"
#include "sql/coll.h"

/* what stands beside the items */
struct envelope {
	bool has_limit, has_offset, has_count, has_total, descending;
	uint64_t limit, offset, total;
	struct span links;		/* JSON array text of page-level links; n == 0 none */
};

/* members of one item in the documented order; with_value: content through project (NULL: all) */
void reply_item(struct buf *b, const struct call *c, const struct coll *coll, const struct doc *d, enum fields fields,
    bool with_value, bool with_self, const struct project *project);

/* a page; values are shown by `fields` where a document carries content */
void reply_docs(const struct call *c, const struct coll *coll, const struct docs *docs, enum fields fields,
    const struct project *project, const struct envelope *env, struct response *out);

/* the content of one object as the whole body: 200, or 204 for null content; ETag, Last-Modified, and what R-65 asks of content
 * that is not JSON */
void reply_content(const struct call *c, const struct coll *coll, const struct doc *d, struct response *out);

/* headers of one object: ETag, Last-Modified; Location when with_location */
void reply_object_headers(const struct call *c, const struct coll *coll, const struct doc *d, bool with_location,
    struct response *out);

#endif
