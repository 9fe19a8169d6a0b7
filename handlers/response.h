/* handlers/response.h - an HTTP response as a value, sent only after the commit */
#ifndef CORDS_HANDLERS_RESPONSE_H
#define CORDS_HANDLERS_RESPONSE_H

#include "base/arena.h"
#include "base/span.h"

#include <stdint.h>

enum { MAX_RESPONSE_HEADERS = 24 };

struct response {
	struct arena *mem;
	int status;
	size_t n_headers;
	struct {
		const char *name;
		struct span value;
	} headers[MAX_RESPONSE_HEADERS];
	struct span body;
	int file;			/* a descriptor the body is read from when it is sent, instead; -1: none.  Closed with mem */
	int64_t file_at, file_bytes;	/* where it begins there, and how long it is */
	bool has_body;			/* Content-Type and Content-Length are sent */
	bool is_head;			/* same headers, body is not sent */
	int64_t rows;			/* for the log */
};

void response_init(struct response *r, struct arena *mem);

/* a value with CR, LF, NUL or other controls is dropped and logged.  name: constant; value: borrowed */
void response_header(struct response *r, const char *name, struct span value);

/* body and its media type, which becomes the header Content-Type; fcgi/wire.c adds its length */
void response_body(struct response *r, const char *media_type, struct span body);

/* the same from a file, of which nothing is held in memory; fd: closed when mem goes */
void response_file(struct response *r, const char *media_type, int fd, int64_t at, int64_t n_bytes);
int64_t response_bytes(const struct response *r);	/* of the body */

struct span response_find(const struct response *r, const char *name);	/* p NULL when absent */

#endif
