/* handlers/url.h - percent-encoding, splitting, the base of links */
#ifndef CORDS_HANDLERS_URL_H
#define CORDS_HANDLERS_URL_H

#include "base/buf.h"
#include "conf/conf.h"
#include "handlers/request.h"

/*
 * url_split - path and query of a raw request target into req
 *
 * target  as the client sent it ("/ords/demo/soda/latest/c?x=1", absolute form too); borrowed
 * context standalone.context.path, "/ords"
 * fails   BAD_URI: escapes, NUL, invalid UTF-8, "." and ".." segments, more than 8 KiB, 64 segments or 64 pairs
 * spec    SODA for REST 1.5, 1.6; each segment is decoded once, '+' is literal in paths and a blank in queries
 */
bool url_split(struct span target, const char *context, struct arena *mem, struct request *req, struct err *e);

/*
 * form_split - name=value pairs with '&' between them, decoded: application/x-www-form-urlencoded
 *
 * out     at least max pairs
 * fails   BAD_FORM: escapes, NUL, invalid UTF-8, more than max pairs
 */
bool form_split(struct span text, struct arena *mem, struct pair *out, size_t max, size_t *n, struct err *e);

void url_encode_segment(struct buf *b, struct span s);	/* A-Z a-z 0-9 . - _ ~ + stay */
void url_encode_value(struct buf *b, struct span s);	/* A-Z a-z 0-9 . - _ ~ * stay */

/* name and port that the client asked for: Host (X-Forwarded-Host only from trusted peers) by grammar.  fails BAD_REQUEST */
bool url_host(const struct request *req, const struct settings *global, struct span *out, struct err *e);

/* scheme://host of links: public.url, else url_host().  fails BAD_REQUEST on a bad Host */
bool url_origin(const struct request *req, const struct settings *global, struct arena *mem, struct span *out, struct err *e);
bool host_is_valid(struct span host);

#endif
