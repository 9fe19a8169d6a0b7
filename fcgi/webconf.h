/* fcgi/webconf.h - configurations of web servers, looked at for what beginners stumble over
 *
 * Nothing is fetched and nothing is understood but a few directives: enough to tell that the Authorization header does not
 * arrive, that large bodies are refused before cords sees them, or that settings lie where they are published.
 */
#ifndef CORDS_FCGI_WEBCONF_H
#define CORDS_FCGI_WEBCONF_H

#include "base/arena.h"
#include "base/err.h"

#include <stdint.h>

enum web_weight { WEB_WRONG, WEB_SURPRISING, WEB_POSSIBLE };	/* it does not work so; it may surprise; it could be faster */

struct web_advice {
	enum web_weight weight;
	const char *text;		/* one sentence: what, and how to mend it */
};

/* what a web server stands in front of */
struct web_behind {
	const char *dir;		/* the configuration folder; absolute */
	int64_t body_bytes;		/* request.maxBody */
	size_t n_workers;		/* of each pool */
};

/* names of files where the samples are meant to go; ends with NULL */
extern const char *const webconf_usual[];

/*
 * webconf_check - one file of Apache, lighttpd or nginx
 *
 * fails   IO: cannot be read; USAGE: nothing in it leads to cords
 */
bool webconf_check(const char *path, const struct web_behind *behind, struct arena *mem, const struct web_advice **out, size_t *n,
    struct err *e);

#endif
