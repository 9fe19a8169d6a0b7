/* handlers/health.c - for balancers and supervisors: no credentials, no names of hosts */
#include "handlers/health.h"

#include "base/buf.h"
#include "handlers/answer.h"

bool
health_live(const struct call *c, struct response *out, struct err *e)
{
	(void)c;
	(void)e;
	response_body(out, "application/json", SPAN("{\"status\":\"UP\"}"));
	return true;
}

/* One pool that works is enough: a balancer that looked away would take the others down, too. */
bool
health_ready(const struct call *c, struct response *out, struct err *e)
{
	const struct conf *conf = c->site->conf;
	bool some_up = false;
	struct buf pools, b;

	(void)e;
	buf_init(&pools, c->mem);
	for (size_t i = 0; i < conf_n_pools(conf); i++) {
		const struct pool_conf *pool = conf_pool(conf, i);
		bool up = server_pool_up(c->site->server, pool);

		some_up = some_up || up;
		if (i > 0)
			buf_char(&pools, ',');
		put_lit(&pools, "{\"name\":");
		buf_json(&pools, span_of(pool->name));
		buf_printf(&pools, ",\"status\":\"%s\"}", up ? "UP" : "DOWN");
	}
	buf_init(&b, c->mem);
	buf_printf(&b, "{\"status\":\"%s\",\"pools\":[", some_up ? "UP" : "DOWN");
	buf_span(&b, buf_text(&pools));
	put_lit(&b, "]}");
	if (!some_up) {
		out->status = 503;
		response_header(out, "Retry-After", SPAN("5"));
	}
	response_body(out, "application/json", buf_text(&b));
	return true;
}
