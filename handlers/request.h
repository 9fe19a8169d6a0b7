/* handlers/request.h - an HTTP request as plain data
 *
 * Made by fcgi/wire.c, or written as a literal by a test.  Nothing of FastCGI is in here.
 */
#ifndef CORDS_HANDLERS_REQUEST_H
#define CORDS_HANDLERS_REQUEST_H

#include "base/arena.h"
#include "base/err.h"
#include "base/span.h"

#include <stdint.h>

enum http_method {			/* bits, so that routes can name several */
	M_GET = 1, M_HEAD = 2, M_POST = 4, M_PUT = 8, M_PATCH = 16, M_DELETE = 32, M_OPTIONS = 64, M_OTHER = 128
};

enum { MAX_SEGMENTS = 64, MAX_QUERY_PAIRS = 64, URI_MAX_BYTES = 8192 };

struct pair {				/* decoded */
	struct span name, value;
};

struct header {				/* name in lower case with '-': "if-none-match" */
	struct span name, value;
};

struct request {
	enum http_method method;
	struct span method_text;
	struct span raw_path;		/* as sent, up to '?' */
	struct span raw_query;
	size_t n_segments;		/* below the context path, decoded; one trailing empty segment is dropped */
	struct span segments[MAX_SEGMENTS];
	bool has_empty_segment;		/* an interior "//" */
	size_t n_pairs;
	struct pair pairs[MAX_QUERY_PAIRS];
	size_t n_headers;
	const struct header *headers;
	struct span body;		/* whole */
	bool has_content_type;
	bool is_https;			/* said by the web server's variables, not by headers */
	const char *remote_address;	/* of the web server's client; "unix:" or "" for a unix socket */
	const char *server_name;	/* fallback for links: SERVER_NAME:SERVER_PORT */
	char id[65];			/* request identifier */
	bool outside_context;		/* the path is not below standalone.context.path */
};

/* value of a header; p NULL when absent */
struct span request_header(const struct request *r, const char *lower_name);
/* first pair of that name; NULL when absent */
const struct pair *request_pair(const struct request *r, const char *name);

/* of a media type, without its parameters */
static inline struct span
bare_type(struct span type)
{
	return span_trim(span_cut(&type, ';'));
}

const char *method_name(enum http_method m);

#endif
