/* handlers/instance.c - the instance API: the program, the worker that answers, and every pool as this worker finds it
 *
 * Workers share nothing but the repository, so what is told of connections is of this one.  A pool that cannot be used is
 * described, and the answer is 200: it is about the instance.
 */
#include "config.h"

#include "handlers/instance.h"

#include "base/buf.h"
#include "handlers/answer.h"
#include "sql/migrate.h"

#include <unistd.h>

static bool
is_enabled(const struct call *c, struct err *e)
{
	return conf_global(c->site->conf)->instance_enabled || err_set(e, ERR_NO_PATH, NULL);
}

static void
put_pool(struct buf *b, const struct pool_conf *pool, const struct pool_state *state)
{
	put_lit(b, "{\"name\":");
	buf_json(b, span_of(pool->name));
	buf_printf(b, ",\"status\":\"%s\",\"connections_max\":%lld", state->is_up ? "UP" : "DOWN", (long long)pool->set->conn_max);
	if (state->engine != NULL) {
		put_lit(b, ",\"engine\":");
		buf_json(b, span_of(state->engine));
	}
	if (state->is_up) {
		put_lit(b, ",\"durability\":");
		buf_json(b, span_of(state->durability));
	}
	if (state->level >= 0)
		buf_printf(b, ",\"repository_level\":%d", state->level);
	if (!state->is_up) {
		put_lit(b, ",\"error\":");
		buf_json(b, span_of(state->e.text));
	}
	buf_char(b, '}');
}

bool
instance_status(const struct call *c, struct response *out, struct err *e)
{
	struct buf b;

	if (!is_enabled(c, e))
		return false;
	buf_init(&b, c->mem);
	buf_printf(&b, "{\"product\":\"cords\",\"version\":\"" PACKAGE_VERSION "\",\"repository_level\":%d,"
	    "\"worker\":{\"pid\":%ld,\"uptime_seconds\":%lld},\"pools\":[", migrate_level_program(), (long)getpid(),
	    (long long)server_uptime_s(c->site->server));
	for (size_t i = 0; i < conf_n_pools(c->site->conf); i++) {
		const struct pool_conf *pool = conf_pool(c->site->conf, i);
		struct pool_state state;

		server_pool_state(c->site->server, pool, &state);
		if (i > 0)
			buf_char(&b, ',');
		put_pool(&b, pool, &state);
	}
	put_lit(&b, "]}");
	response_body(out, "application/json", buf_text(&b));
	return true;
}

/* names of pools are letters, digits, _ and - */
bool
instance_metrics(const struct call *c, struct response *out, struct err *e)
{
	struct buf b;

	if (!is_enabled(c, e))
		return false;
	buf_init(&b, c->mem);
	buf_printf(&b, "# HELP cords_info The program.\n# TYPE cords_info gauge\ncords_info{version=\"" PACKAGE_VERSION "\"} 1\n"
	    "# HELP cords_worker_uptime_seconds Age of the worker that answers.\n# TYPE cords_worker_uptime_seconds gauge\n"
	    "cords_worker_uptime_seconds %lld\n"
	    "# HELP cords_pool_up Can the pool be used?\n# TYPE cords_pool_up gauge\n", (long long)server_uptime_s(c->site->server));
	for (size_t i = 0; i < conf_n_pools(c->site->conf); i++) {
		const struct pool_conf *pool = conf_pool(c->site->conf, i);
		struct pool_state state;

		server_pool_state(c->site->server, pool, &state);
		buf_printf(&b, "cords_pool_up{pool=\"%s\"} %d\n", pool->name, state.is_up);
	}
	response_body(out, "text/plain; version=0.0.4; charset=utf-8", buf_text(&b));
	return true;
}
