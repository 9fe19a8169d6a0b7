/* fcgi/deadline.h - the helper thread that ends what takes too long
 *
 * Stages of a request have their own time: parameters 10 s, body 30 s without a byte, a statement, an answer 60 s without progress.
 * When it is over, the thread cancels the statement or shuts the request's descriptor; 5 s after a fruitless attempt the process
 * ends.  A statement whose client has gone is cancelled as well.  At each tick it also writes what base/log.h has gathered.
 */
#ifndef CORDS_FCGI_DEADLINE_H
#define CORDS_FCGI_DEADLINE_H

#include <stdint.h>

enum stage { STAGE_IDLE, STAGE_PARAMS, STAGE_BODY, STAGE_STATEMENT, STAGE_WRITE };

/* What the thread asks for: the time of STAGE_STATEMENT, which is known only when the pool is, and its end. */
struct deadline_hooks {
	int64_t (*statement_ms)(void *arg);
	void (*cancel)(void *arg);
	void *arg;
};

void deadline_start(const struct deadline_hooks *hooks);	/* starts the thread; once */
void deadline_descriptor(int fd);			/* of the request, to shut; -1 none */
/* Also: progress was made, the time begins anew.  ms: not for STAGE_STATEMENT */
void deadline_enter(enum stage stage, int64_t ms);
void deadline_leave(void);				/* nothing is being waited for */

/* The process was told to stop: what still runs after ms milliseconds is cut.  May be called in a signal handler. */
void deadline_stop(int64_t ms);

#endif
