/* handlers/answer.h - one request from plain data to plain data
 *
 * The whole order of checks stands here; fcgi/serve.c calls it, tests call it with literals.
 */
#ifndef CORDS_HANDLERS_ANSWER_H
#define CORDS_HANDLERS_ANSWER_H

#include "conf/conf.h"
#include "handlers/request.h"
#include "handlers/response.h"
#include "sql/db.h"
#include "sql/jobs.h"

struct server;				/* connections and caches of one worker; outlives requests */

/* one per process; conf is borrowed until the next server_conf() */
struct server *server_open(const struct conf *conf);
void server_close(struct server **s);
void server_conf(struct server *s, const struct conf *conf);	/* the folder was reloaded */
void server_idle(struct server *s);			/* nothing to do for a moment */
/* from the deadline thread: cancel whatever statement runs */
void server_cancel(struct server *s);
/* milliseconds that the running request may take, by its pool; from the deadline thread */
int64_t server_statement_ms(struct server *s);

/*
 * answer - do what a request asks
 *
 * mem     of this request: everything made lives there; its escape is set here (the only setjmp)
 * out     always complete: a failure is an answer, too
 */
void answer(struct server *s, struct arena *mem, const struct request *req, struct response *out);

/* What the log wants to know of the answer made last; lives in the server, so it outlives the arena of the request. */
struct outcome {
	const char *route;		/* pattern of the row, "/soda/{version}/{collection}"; "-" when there was none */
	const char *pool;		/* "-" when none was touched */
	char user[128];			/* "-" when nobody was asked for; "anonymous"; a name as the account is called */
	int64_t rows, db_us;
	bool failed;
	struct err e;			/* when failed: with the detail that clients never see */
};
const struct outcome *server_outcome(const struct server *s);

/* a request that could not be read (fcgi/wire.c): the same shape of answer */
void answer_error(struct server *s, struct arena *mem, const struct request *req, const struct err *e, struct response *out);

/* for health: can the pool be used at this moment? */
bool server_pool_up(struct server *s, const struct pool_conf *pool);

struct pool_state {			/* of one pool, as this worker finds it */
	bool is_up;
	const char *engine;		/* "sqlite"; NULL: it was never reached */
	const char *durability;		/* "full"; NULL unless it is up */
	int level;			/* of the repository; -1: not known */
	struct err e;			/* why it is not up */
};
void server_pool_state(struct server *s, const struct pool_conf *pool, struct pool_state *out);
int64_t server_uptime_s(const struct server *s);

/* The job store of a pool, opened or looked after; on servers db is its connection. */
bool server_jobs(struct server *s, const struct pool_conf *pool, struct db *db, struct jobs **out, struct err *e);

/* Is a schema of this name REST-enabled in another pool?  fails as the connection does */
bool server_has_schema(struct server *s, const struct pool_conf *pool, struct span schema, bool *out, struct err *e);

#endif
