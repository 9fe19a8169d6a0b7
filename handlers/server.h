/* handlers/server.h - what one worker keeps between requests; known to server.c and answer.c only */
#ifndef CORDS_HANDLERS_SERVER_H
#define CORDS_HANDLERS_SERVER_H

#include "handlers/answer.h"
#include "handlers/auth.h"
#include "sql/jobs.h"

#include <pthread.h>

struct link {				/* of one pool */
	const struct pool_conf *pool;
	struct db *db;			/* NULL until it is needed */
	struct jobs *jobs;		/* its job store; NULL until it is needed */
};

struct server {
	int64_t opened_ns;
	const struct conf *conf;
	struct link *links;
	size_t n_links;
	int64_t statement_ms;		/* the longest of all pools */
	struct auth_cache *auth;
	struct outcome outcome;		/* of the last request */
	pthread_mutex_t lock;		/* of running */
	struct db *running, *running_as;	/* what server_cancel() means; the second one is a caller's own */
	bool runs_script;		/* that a client sent: it has a time of its own */
	bool makes_index;		/* the same */
};

/* The connection of a pool, opened or looked after.  *out is set on failure, too, once there was an attempt. */
bool server_link(struct server *s, const struct pool_conf *pool, struct db **out, struct err *e);
void server_running(struct server *s, struct db *db);	/* NULL: nothing */

#endif
