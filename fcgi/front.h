/* fcgi/front.h - lighttpd in front of a pool, for `cords serve`; cords itself speaks no HTTP */
#ifndef CORDS_FCGI_FRONT_H
#define CORDS_FCGI_FRONT_H

#include "base/arena.h"
#include "base/err.h"
#include "conf/conf.h"

struct front {
	const char *host;		/* numeric; IPv6 without brackets */
	int port;
	bool is_ipv6;
};

/*
 * front_address - where to listen
 *
 * text    ADDR:PORT, ADDR or PORT, [ADDR]:PORT for IPv6; what is missing comes from standalone.binds and
 *         standalone.http.port; NULL: both
 * fails   USAGE
 */
bool front_address(const char *text, const struct settings *global, struct arena *mem, struct front *out, struct err *e);

bool front_is_free(const struct front *f, struct err *e);	/* fails IO: the port is taken, or not ours to take */

const char *front_program(struct arena *mem);			/* path of lighttpd; NULL when there is none */

/* Its configuration, written to folder/lighttpd.conf; socket: of the workers.  fails IO, USAGE */
bool front_write(const struct front *f, const char *folder, const char *socket, const struct settings *global,
    struct arena *mem, const char **path, struct err *e);

bool front_answers(const struct front *f, const char *context);	/* one question to /_/health/live */

const char *front_url(const struct front *f, const char *context, struct arena *mem);

#endif
