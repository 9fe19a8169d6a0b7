/* handlers/datapump_create.c - a job is asked for: everything that can be wrong is told before it exists
 *
 * The row is stored before a runner is started, and the runner before the client hears of success.
 */
#include "handlers/datapump.h"

#include "base/clock.h"
#include "base/log.h"
#include "datapump/directory.h"
#include "datapump/dump.h"
#include "datapump/jobname.h"
#include "datapump/spec.h"
#include "datapump/start.h"
#include "handlers/answer.h"
#include "handlers/list.h"
#include "handlers/origin.h"
#include "sql/dialect.h"

enum { NAME_ATTEMPTS = 100, SAME_SECOND = 50 };

struct creation {
	const struct call *c;
	struct jobs *jobs;
	struct job_spec spec;
	struct job_row row;
	struct dump_place *place;
	struct span directory;
};

/* ---- the request ---- */

static bool
is_json(struct span type)
{
	const char *semicolon = memchr(type.p, ';', type.n);

	if (semicolon != NULL)
		type.n = (size_t)(semicolon - type.p);
	type = span_trim(type);
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

/* ---- where from, where to ---- */

static bool
target_is_free(struct creation *k, struct err *e)
{
	struct name_pattern names;
	struct span first;
	bool exists;

	if (k->spec.estimate_only || k->spec.file_name.p == NULL)
		return true;
	if (!filename_parse(k->spec.file_name, k->row.created_us, k->c->mem, &names, e)
	    || !filename_number(&names, 1, k->c->mem, &first, e))
		return false;
	if (k->spec.reuse_files)
		return true;
	if (!k->place->ops->exists(k->place, first, &exists, e))
		return false;
	return !exists || err_set(e, ERR_FILE_EXISTS, "ODP-31641: unable to create dump file %.*s: file exists", SPAN_ARG(first));
}

/* The dumps of others are told like files that are not there. */
static bool
source_is_there(struct creation *k, struct err *e)
{
	struct dump_source from = { .place = k->place, .allow_incomplete = k->spec.allow_incomplete };
	struct name_pattern names;
	struct dump_set *set;

	if (!filename_parse(k->spec.file_name, k->row.created_us, k->c->mem, &names, e))
		return false;
	from.names = &names;
	if (!dump_open(&from, k->c->mem, &set, e))
		return false;
	return k->c->who->is_sql_admin || span_eq_nocase(dump_about(set)->owner, k->row.owner)
	    || err_set(e, ERR_BAD_JOB, "ODP-31640: unable to open dump file %.*s", SPAN_ARG(k->spec.file_name));
}

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

static bool
places_fit(struct creation *k, struct err *e)
{
	const struct call *c = k->c;
	const struct job_spec *s = &k->spec;

	if (!directory_open(c->site->conf, c->site->pool, s->directory, c->who->is_sql_admin, c->mem, &k->place, &k->directory, e))
		return false;
	if (s->network_link.p != NULL)
		return link_is_allowed(k, e);
	if (s->credential.p != NULL)
		return err_set(e, ERR_BAD_JOB, "ODP-39205: credential %.*s is not available", SPAN_ARG(s->credential));
	if (s->file_name.p != NULL && spec_is_uri(s->file_name))
		return err_set(e, ERR_BAD_JOB, "ODP-39000: this server does not reach object storage");
	return s->operation == JOB_EXPORT ? target_is_free(k, e) : source_is_there(k, e);
}

/* ---- the row ---- */

static struct span
warnings(const struct creation *k)
{
	const struct job_spec *s = &k->spec;
	struct buf b;

	buf_init(&b, k->c->mem);
	buf_char(&b, '[');
	for (size_t i = 0; i < s->n_warnings; i++) {
		if (i > 0)
			buf_char(&b, ',');
		buf_json(&b, s->warnings[i]);
	}
	/* where writers queue there is one file, which one process reads and one writes */
	if (s->threads > 1 && db_dialect(k->c->db)->writers_queue) {
		if (s->n_warnings > 0)
			buf_char(&b, ',');
		buf_json(&b, SPAN("threads: one process works on a database in a file"));
	}
	buf_char(&b, ']');
	return buf_text(&b);
}

static void
fill_row(struct creation *k)
{
	const struct call *c = k->c;
	struct job_row *row = &k->row;
	bool forks = span_is_nocase(span_of(c->site->set->job_runner), "fork");
	struct buf spec;

	buf_init(&spec, c->mem);
	spec_print(&k->spec, &spec);
	row->operation = span_of(job_operation_name(k->spec.operation));
	row->mode = span_of(job_mode_name(k->spec.mode));
	if (c->schema != NULL)
		row->schema = c->schema->name;
	row->is_admin = c->who->is_sql_admin;
	row->spec = buf_text(&spec);
	row->warnings = warnings(k);
	row->state = forks ? JOB_EXECUTING : JOB_DEFINING;
	row->keep = k->spec.keep_master;
	row->is_consistent = true;
	row->threads = k->spec.threads;
	row->degree = 1;
	row->progress.percent = -1;
}

/* Jobs of one second differ in a number, also those of different owners: their files may lie side by side. */
static bool
first_number(struct creation *k, int64_t *out, struct err *e)
{
	struct job_row *rows;
	size_t n;

	*out = 1;
	if (!jobs_list(k->jobs, (struct span){ NULL, 0 }, NULL, SAME_SECOND, 0, k->c->mem, &rows, &n, e))
		return false;
	for (size_t i = 0; i < n; i++)
		*out += rows[i].created_us / 1000000 == k->row.created_us / 1000000;
	return true;
}

static bool
insert(struct creation *k, struct err *e)
{
	int64_t wait_ms = k->row.state == JOB_DEFINING ? 0 : k->c->site->set->job_lease_ms;
	int64_t number;

	if (k->spec.job_name.p != NULL) {
		k->row.name = k->spec.job_name;
		return jobs_insert(k->jobs, &k->row, wait_ms, e);
	}
	if (!first_number(k, &number, e))
		return false;
	for (int i = 0; i < NAME_ATTEMPTS; i++, number++) {
		k->row.name = job_default_name(k->spec.operation, k->row.created_us, number, k->c->mem);
		if (jobs_insert(k->jobs, &k->row, wait_ms, e))
			return true;
		if (e->kind != ERR_JOB_EXISTS)
			return false;
		err_clear(e);
	}
	return err_set(e, ERR_JOB_EXISTS, NULL);
}

static bool
has_room(const struct creation *k, struct err *e)
{
	int64_t n;

	if (k->row.state == JOB_DEFINING)
		return true;
	if (!jobs_count_alive(k->jobs, &n, e))
		return false;
	return n < k->c->site->set->job_max
	    || err_set(e, ERR_TOO_MANY_JOBS, "ODP-31633: %lld jobs are running, which is as many as may", (long long)n);
}

/* A job that nobody will run is not accepted. */
static bool
start(struct creation *k, struct err *e)
{
	struct err ignored = { 0 };

	if (k->row.state == JOB_DEFINING || job_start(k->c->site->conf, k->c->site->pool, k->row.id, e))
		return true;
	(void)jobs_drop(k->jobs, k->row.id, -1, &ignored);
	return false;
}

static bool
create(const struct call *c, enum job_operation operation, struct response *out, struct err *e)
{
	struct creation k = { .c = c, .row = { .owner = datapump_owner(c), .created_us = clock_us() } };
	struct span url;

	if (!body_fits(c, e) || !spec_parse(c->req->body, operation, c->mem, &k.spec, e) || !scope_fits(&k, e) || !places_fit(&k, e)
	    || !datapump_store(c, &k.jobs, e))
		return false;
	fill_row(&k);
	if (!has_room(&k, e) || !insert(&k, e) || !start(&k, e))
		return false;
	log_security("job.created", c->who->name, arena_z(c->mem, request_client(c->req, conf_global(c->site->conf))), c->req->id,
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
