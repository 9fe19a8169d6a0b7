/* fcgi/pool.h - child processes that are kept alive: workers, and a web server in front
 *
 * What ends badly is started again, after a pause that grows while it goes on failing.  SIGHUP replaces the workers one
 * by one and opens the log again, SIGTERM and SIGINT stop everything: the front first, so that no request meets a closed door.
 */
#ifndef CORDS_FCGI_POOL_H
#define CORDS_FCGI_POOL_H

#include "base/arena.h"

#include <stdint.h>

struct pool_child {			/* what to run */
	const char *name;		/* for messages */
	char *const *argv;
	int stdin_fd;			/* becomes descriptor 0; -1: nothing to read */
	int stop_signal;		/* asks it to finish what it does and leave */
	bool is_front;
};

struct pool;

/* Takes the signals of this process over and starts nothing yet.  children: borrowed as long as the pool lives.  may_replace(arg):
 * asked at SIGHUP, would new workers be any better than those that run?  It says itself why not. */
struct pool *pool_open(const struct pool_child *children, size_t n, int64_t stop_ms, bool (*may_replace)(void *arg), void *arg,
    struct arena *mem);

/* Start what is due, then wait up to ms for something to happen.  false: told to stop */
bool pool_step(struct pool *p, int64_t ms);

bool pool_has_failed(const struct pool *p, size_t i);	/* did this child ever end by itself? */

/* Ask all to leave; after stop_ms, or at a second signal, kill the rest. */
void pool_stop(struct pool *p);

#endif
