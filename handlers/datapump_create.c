/* handlers/datapump_create.c - a job is asked for: everything that can be wrong is told before it exists
 *
 * The row is stored before a runner is started, and the runner before the client hears of success.
 */
#include "handlers/datapump.h"

#include "base/clock.h"
#include "base/list.h"
#include "base/log.h"
#include "datapump/newjob.h"
#include "datapump/start.h"
#include "handlers/answer.h"
#include "handlers/origin.h"

struct creation {
	const struct call *c;
	struct jobs *jobs;
	struct job_spec spec;
	struct job_row row;
	bool starts;			/* at once, in a process of its own */
};

/* ---- the request ---- */

static bool
is_json(struct span type)
{
	type = bare_type(type);
	return span_is_nocase(type, "application/json")
	    || (type.n > 5 && span_eq_nocase((struct span){ type.p + type.n - 5, 5 }, SPAN("+json")));
}

static bool
body_fits(const struct call *c, struct err *e)
{
	int64_t most = c->site->set->job_body_max;
	struct span type = request_header(c->req, "content-type");

	if (type.p != NULL && type.n > 0 && !is_json(type))
		return err_set(e, ERR_MEDIA_TYPE, "the body must be application/json, not %.*s", SPAN_ARG(type));
	if ((int64_t)c->req->body.n > most)
		return err_set(e, ERR_TOO_LARGE, "the body is longer than datapump.maxRequestBody, %lld bytes", (long long)most);
	return true;
}

/* Whose objects are these?  A SQL Developer moves the own schema only; on import that is held against the target (16.11). */
static bool
scope_fits(const struct creation *k, struct err *e)
{
	const struct call *c = k->c;
	const struct job_spec *s = &k->spec;

	if (!c->who->is_sql_admin) {
		if (c->schema == NULL || s->mode == MODE_FULL)
			return err_set(e, ERR_JOB_FORBIDDEN, NULL);
		return s->operation != JOB_EXPORT || spec_wants_schema(s, c->schema->name, c->site->set->job_exact_names)
		    || err_set(e, ERR_JOB_FORBIDDEN, NULL);
	}
	if (c->schema == NULL && s->operation == JOB_EXPORT && s->mode != MODE_FULL && s->schemas.n == 0 && s->filter_expr == NULL)
		return err_set(e, ERR_BAD_JOB, "ODP-39001: schema_expressions are needed, because the caller has no schema of its own");
	return true;
}

/* ---- another pool ---- */

static bool
link_is_allowed(struct creation *k, struct err *e)
{
	const struct call *c = k->c;
	const struct pool_conf *from = conf_pool_find(c->site->conf, k->spec.network_link);
	bool is_there = false;

	if (from == NULL || from == c->site->pool || !list_holds(c->site->set->network_links, k->spec.network_link))
		return err_set(e, ERR_JOB_FORBIDDEN, NULL);
	if (c->who->is_sql_admin)
		return true;
	if (!server_has_schema(c->site->server, from, c->schema->name, &is_there, e))
		return false;
	return is_there || err_set(e, ERR_JOB_FORBIDDEN, NULL);
}

/* ---- the job ---- */

/* A job that nobody will run is not accepted. */
static bool
start(struct creation *k, struct err *e)
{
	struct err ignored = { 0 };

	if (!k->starts || job_start(k->c->site->conf, k->c->site->pool, k->row.id, e))
		return true;
	(void)jobs_drop(k->jobs, k->row.id, -1, &ignored);
	return false;
}

static bool
create(const struct call *c, enum job_operation operation, struct response *out, struct err *e)
{
	struct creation k = { .c = c, .starts = span_is_nocase(span_of(c->site->set->job_runner), "fork") };
	struct new_job n = {
		.conf = c->site->conf, .pool = c->site->pool, .spec = &k.spec, .owner = datapump_owner(c), .created_us = clock_us(),
		.is_admin = c->who->is_sql_admin,
	};
	struct span url;

	if (c->schema != NULL)
		n.schema = c->schema->name;
	if (!body_fits(c, e) || !spec_parse(c->req->body, operation, c->mem, &k.spec, e) || !scope_fits(&k, e)
	    || !datapump_store(c, &k.jobs, e) || !newjob_check(k.jobs, &n, c->mem, e)
	    || (k.spec.network_link.p != NULL && !link_is_allowed(&k, e)) || (k.starts && !newjob_has_room(k.jobs, c->site->pool, e))
	    || !newjob_insert(k.jobs, &n, k.starts, c->mem, &k.row, e) || !start(&k, e))
		return false;
	log_security("job.created", c->who->label, arena_z(c->mem, request_client(c->req, conf_global(c->site->conf))), c->req->id,
	    arena_z(c->mem, k.row.name));
	k.row.is_alive = true;
	url = datapump_job_url(c, &k.row);
	response_header(out, "Location", url);
	response_header(out, "Content-Location", url);
	return datapump_reply(c, k.jobs, &k.row, 201, out, e);
}

bool
datapump_export(const struct call *c, struct response *out, struct err *e)
{
	return create(c, JOB_EXPORT, out, e);
}

bool
datapump_import(const struct call *c, struct response *out, struct err *e)
{
	return create(c, JOB_IMPORT, out, e);
}

bool
datapump_create(const struct call *c, struct response *out, struct err *e)
{
	return create(c, JOB_ANY, out, e);
}
