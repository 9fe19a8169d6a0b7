/* fcgi/wire.h - FastCGI or CGI on one side, struct request and struct response on the other */
#ifndef CORDS_FCGI_WIRE_H
#define CORDS_FCGI_WIRE_H

#include "conf/conf.h"
#include "handlers/request.h"
#include "handlers/response.h"

enum { HEADERS_MAX = 256, HEADERS_MAX_BYTES = 65536, HEADER_MAX_BYTES = 8192 };

/* where a request comes from; FastCGI and CGI fill it differently */
struct peer {
	void *state;
	char **env;			/* NAME=value, NULL-terminated */
	bool has_end;			/* the body ends by itself; false with CGI, where CONTENT_LENGTH alone tells */
	/* up to n bytes of the body; 0 at its end, -1 on a stream error */
	long (*read)(void *state, char *p, size_t n);
	bool (*write)(void *state, const char *p, size_t n);
	bool (*stream_ok)(void *state);	/* no error so far, abort included */
};

/*
 * wire_read - variables and body of one request
 *
 * global  limits, context path, name of the request identifier's header
 * mem     owns the body, the address and what is decoded; header values are borrowed from peer->env
 * fails   BAD_URI, BAD_REQUEST (body shorter or longer than CONTENT_LENGTH, stream error), TOO_LARGE (headers, body).
 *         req is filled as far as it was understood, so that an answer can be given; what the peer still
 *         sends was read and dropped
 * spec    a request is executed only if it arrived whole
 */
bool wire_read(struct peer *peer, const struct settings *global, struct arena *mem, struct request *req, struct err *e);

/* Status line, headers, body, in the form of CGI.  false when the client is gone */
bool wire_write(struct peer *peer, const struct response *r);

#endif
