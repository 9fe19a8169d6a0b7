/* handlers/soda_write.h - from a client's bytes to an object that can be stored
 *
 * The steps that insert, replace, patch and the bulk actions share: media type, syntax and budgets, key, version, times, index
 * entries.  Nothing here writes.
 */
#ifndef CORDS_HANDLERS_SODA_WRITE_H
#define CORDS_HANDLERS_SODA_WRITE_H

#include "base/scan.h"
#include "handlers/route.h"
#include "sql/coll.h"

enum { WRITE_ATTEMPTS = 5 };		/* of a compare-and-set without a version named by the client */

/* an object ready to be stored */
struct draft {
	struct doc doc;
	struct index_entry *entries;
	size_t n_entries;
};

/* limits of a document in this collection; coll NULL: of a specification */
struct scan_limits write_limits(const struct call *c, const struct coll *coll);

/*
 * write_json_type - is the body said to be JSON?
 *
 * Missing Content-Type counts as JSON, and so does what curl -d sends.  fails MEDIA_TYPE, also for a Content-Encoding
 */
bool write_json_type(const struct call *c, struct err *e);
bool write_encoding(const struct call *c, struct err *e);	/* Content-Encoding alone.  fails MEDIA_TYPE */

/* type/subtype of the request, without parameters; n == 0 when the header is missing */
struct span write_media_type(const struct call *c);

/*
 * write_body - the body as the content of one object
 *
 * doc     content, n_bytes, media_type and is_null are set
 * fails   MEDIA_TYPE; BAD_JSON, TOO_LARGE, TOO_LONG
 */
bool write_body(const struct call *c, const struct coll *coll, struct doc *doc, struct err *e);

/* is this content JSON by the rules of its collection? */
bool write_is_json(const struct coll *coll, struct span media_type);

/* one scanned JSON text as the content of an object.  fails BAD_JSON for a scalar, TOO_LONG */
bool write_content(const struct coll *coll, struct span text, struct doc *doc, struct err *e);

/*
 * write_new - a new object
 *
 * doc     content as by write_body or write_content; key of the URL in doc->key, or n == 0: one is assigned
 * fails   BAD_KEY, EMBEDDED_*, and what the indexes refuse
 */
bool write_new(const struct call *c, const struct coll *coll, const struct doc *doc, int64_t now_us, struct draft *out,
    struct err *e);

/*
 * write_next - the next state of an object that exists
 *
 * old     as read in this transaction (content not needed); doc: the new content
 * fails   EMBEDDED_*, TOO_LONG, and what the indexes refuse
 */
bool write_next(const struct call *c, const struct coll *coll, const struct doc *old, const struct doc *doc, int64_t now_us,
    struct draft *out, struct err *e);

#endif
