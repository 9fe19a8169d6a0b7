/* handlers/openapi.h - the OpenAPI document: routes.c and params.def in the form that clients import
 *
 * Nothing is described here that no row answers; what the rows do not know (bodies) stands in openapi_schemas.c.
 */
#ifndef CORDS_HANDLERS_OPENAPI_H
#define CORDS_HANDLERS_OPENAPI_H

#include "base/buf.h"
#include "handlers/route.h"

/* server   what paths begin below: c->base_url of the Database API, or c->root_url
 * spec     OpenAPI 3.0.3; ords.md 6: extensions are marked with x-extension */
void openapi_print(const struct call *c, struct span server, struct buf *out);

/* ---- openapi_schemas.c ---- */

struct body {				/* of one operation */
	unsigned method;		/* enum http_method */
	const char *path;		/* behind {api}; a piece in braces stands for any name */
	const char *request, *response;	/* names of schemas; NULL: anything */
	const char *request_text;	/* media type of a request that is text instead; NULL: there is none */
	const char *response_type;	/* media type when it is not JSON */
	int status;			/* of success */
	int begun_status;		/* when the rest is done later: without a body; 0: that is never so */
	bool is_extension;
};

const struct body *body_find(enum http_method m, const char *path);	/* NULL: nothing is known */
void openapi_schemas(struct buf *b);	/* the members of components.schemas */

#endif
