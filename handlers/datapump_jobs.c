/* handlers/datapump_jobs.c - jobs are listed, looked at, stopped, started, removed */
#include "handlers/datapump.h"

#include "base/jcur.h"
#include "base/log.h"
#include "base/scan.h"
#include "conf/conf.h"
#include "datapump/directory.h"
#include "datapump/export.h"
#include "datapump/newjob.h"
#include "datapump/start.h"
#include "handlers/origin.h"
#include "handlers/page.h"

bool
datapump_list(const struct call *c, struct response *out, struct err *e)
{
	struct span owner = c->who->is_sql_admin ? (struct span){ NULL, 0 } : datapump_owner(c);
	struct job_row *rows;
	struct page page;
	struct jobs *j;
	struct buf items;
	size_t n, shown;

	if (!page_read(c, &jobs_columns, &page, e) || !datapump_store(c, &j, e)
	    || !jobs_list(j, owner, &page.filter, page.limit + 1, page.offset, c->mem, &rows, &n, e))
		return false;
	shown = n > page.limit ? (size_t)page.limit : n;
	buf_init(&items, c->mem);
	for (size_t i = 0; i < shown; i++) {
		if (i > 0)
			buf_char(&items, ',');
		datapump_element(&items, c, &rows[i]);
		datapump_revive(c, &rows[i]);
	}
	page_reply(c, "/database/datapump/jobs/", &page, buf_text(&items), shown, n > shown, out);
	return true;
}

bool
datapump_job(const struct call *c, struct response *out, struct err *e)
{
	struct job_row *row;
	struct jobs *j;

	if (!datapump_store(c, &j, e) || !datapump_find(c, j, &row, e))
		return false;
	datapump_revive(c, row);
	return datapump_reply(c, j, row, 200, out, e);
}

/* ---- orders ---- */

struct job_wish {
	struct span action;
	bool immediate;
	int64_t threads;
};

static bool
read_threads(struct span v, int64_t *out)
{
	*out = 0;
	for (size_t i = 0; i < v.n; i++) {
		if (v.p[i] < '0' || v.p[i] > '9' || *out > JOB_THREADS_MAX)
			return false;
		*out = *out * 10 + v.p[i] - '0';
	}
	return v.n > 0 && *out >= 1 && *out <= JOB_THREADS_MAX;
}

static bool
read_order(const struct call *c, struct job_wish *out, struct err *e)
{
	struct scan_limits limits = { .max_depth = 8, .max_values = 100 };
	struct scan_info info;
	struct span root, v;

	*out = (struct job_wish){ .threads = 0 };
	if (!json_scan(c->req->body, &limits, c->mem, &info, e))
		return err_as(e, ERR_BAD_JOB, 0);
	root = jcur_root(info.text);
	if (jval_type(root) != J_OBJECT || !jmember(root, SPAN("action"), &v) || jval_type(v) != J_STRING)
		return err_set(e, ERR_BAD_JOB, "ODP-39001: the body must be an object with a text named action");
	out->action = jstring_decode(v, c->mem);
	if (jmember(root, SPAN("immediate"), &v)) {
		if (jval_type(v) != J_TRUE && jval_type(v) != J_FALSE)
			return err_set(e, ERR_BAD_JOB, "ODP-39001: invalid argument value for immediate: true or false is needed");
		out->immediate = jval_type(v) == J_TRUE;
	}
	if (jmember(root, SPAN("threads"), &v) && !read_threads(v, &out->threads))
		return err_set(e, ERR_BAD_JOB, "ODP-39001: invalid argument value for threads: a number from 1 to %d is needed",
		    JOB_THREADS_MAX);
	return true;
}

/* What was stopped goes on, with whoever comes or with a runner of its own. */
static bool
start_again(const struct call *c, struct jobs *j, const struct job_row *row, struct err *e)
{
	bool forks = span_is_nocase(span_of(c->site->set->job_runner), "fork");

	return newjob_restart(j, c->site->pool, row, forks, e)
	    && (!forks || job_start(c->site->conf, c->site->pool, row->id, e));
}

/* By a runner, which also removes what is unfinished.  What nobody has begun is stopped first, so that nobody takes it up. */
static bool
kill_job(const struct call *c, struct jobs *j, const struct job_row *row, struct err *e)
{
	bool has_runner = row->is_alive && !row->is_waiting;
	bool forks = span_is_nocase(span_of(c->site->set->job_runner), "fork");

	if (!has_runner && row->started_us == 0)
		return (!row->is_alive || jobs_order(j, row, JOB_STOP, e)) && jobs_drop(j, row->id, -1, e);
	return jobs_order(j, row, JOB_KILL, e) && (has_runner || !forks || job_start(c->site->conf, c->site->pool, row->id, e));
}

static bool
obey(const struct call *c, struct jobs *j, const struct job_row *row, const struct job_wish *o, int *status, struct err *e)
{
	*status = 202;
	if (span_is_nocase(o->action, "STOP_JOB"))
		return jobs_order(j, row, o->immediate ? JOB_STOP_NOW : JOB_STOP, e);
	if (span_is_nocase(o->action, "KILL_JOB"))
		return kill_job(c, j, row, e);
	if (span_is_nocase(o->action, "START_JOB"))
		return start_again(c, j, row, e);
	if (!span_is_nocase(o->action, "PARALLEL"))
		return err_set(e, ERR_BAD_JOB, "ODP-39001: invalid argument value for action: STOP_JOB, START_JOB, KILL_JOB or PARALLEL is "
		    "needed");
	if (o->threads == 0)
		return err_set(e, ERR_BAD_JOB, "ODP-39001: threads is required for PARALLEL");
	*status = 200;
	return jobs_threads(j, row, o->threads, e);
}

static void
tell_security(const struct call *c, const char *event, const struct job_row *row)
{
	log_security(event, c->who->label, arena_z(c->mem, request_client(c->req, conf_global(c->site->conf))), c->req->id,
	    arena_z(c->mem, row->name));
}

bool
datapump_order(const struct call *c, struct response *out, struct err *e)
{
	struct job_row *row, *now;
	struct job_wish order;
	struct jobs *j;
	int status;

	if (!datapump_store(c, &j, e) || !datapump_find(c, j, &row, e) || !read_order(c, &order, e)
	    || !obey(c, j, row, &order, &status, e) || !jobs_get(j, row->id, c->mem, &now, e))
		return false;
	tell_security(c, "job.ordered", row);
	return datapump_reply(c, j, now == NULL ? row : now, status, out, e);	/* one that was killed at once is gone */
}

/* ---- removing ---- */

static bool
remove_files(const struct call *c, struct jobs *j, const struct job_row *row, struct err *e)
{
	struct job_file *files;
	struct span known_as;
	size_t n;

	if (!jobs_files(j, row->id, c->mem, &files, &n, e))
		return false;
	for (size_t i = 0; i < n; i++) {
		struct dump_place *place;

		if (files[i].is_object)
			continue;
		if (!directory_open(c->site->conf, c->site->pool, files[i].directory, c->who->is_sql_admin, c->mem, &place, &known_as, e)
		    || !place->ops->remove(place, files[i].name, e))
			return false;
	}
	return true;
}

/* The record goes, with what only a continued export would need.  What was sent to object storage is for a runner to remove; a folder
 * that is not known any more keeps what is in it. */
static bool
drop_record(const struct call *c, struct jobs *j, const struct job_row *row, int *status, struct err *e)
{
	struct err ignored = { 0 };
	struct dump_place *place;
	struct job_spec spec;
	struct span known_as;

	*status = 204;
	if (row->state == JOB_COMPLETED || !span_is(row->operation, job_operation_name(JOB_EXPORT)))
		return jobs_drop(j, row->id, -1, e);
	if (!spec_parse(row->spec, JOB_ANY, c->mem, &spec, e))
		return false;
	if (row->started_us != 0 && spec.file_name.p != NULL && spec_is_uri(spec.file_name)) {
		*status = 202;
		return kill_job(c, j, row, e);
	}
	return (!directory_open(c->site->conf, c->site->pool, spec.directory, row->is_admin, c->mem, &place, &known_as, &ignored)
	    || export_discard(place, row, e)) && jobs_drop(j, row->id, -1, e);
}

static bool
is_at_rest(const struct job_row *row, struct err *e)
{
	return !row->is_alive || err_set(e, ERR_JOB_STATE, "the job is %s; stop it first", job_state_name(row->state));
}

bool
datapump_drop(const struct call *c, struct response *out, struct err *e)
{
	bool with_files = param_given(c->params, P_FILES) && span_is_nocase(c->params->text[P_FILES], "true");
	struct job_row *row;
	struct jobs *j;

	if (!datapump_store(c, &j, e) || !datapump_find(c, j, &row, e) || !is_at_rest(row, e)
	    || (with_files && !remove_files(c, j, row, e)) || !drop_record(c, j, row, &out->status, e))
		return false;
	tell_security(c, "job.removed", row);
	return true;
}

bool
datapump_drop_file(const struct call *c, struct response *out, struct err *e)
{
	struct span name = c->params->text[P_FILE], known_as;
	struct dump_place *place;
	struct job_file *files;
	struct job_row *row;
	struct jobs *j;
	size_t n;

	if (!datapump_store(c, &j, e) || !datapump_find(c, j, &row, e) || !is_at_rest(row, e)
	    || !jobs_files(j, row->id, c->mem, &files, &n, e))
		return false;
	for (size_t i = 0; i < n; i++) {
		if (files[i].is_object || !span_eq(files[i].name, name))
			continue;
		out->status = 204;
		return directory_open(c->site->conf, c->site->pool, files[i].directory, c->who->is_sql_admin, c->mem, &place, &known_as, e)
		    && place->ops->remove(place, name, e) && jobs_remove_file(j, row->id, name, e);
	}
	return err_set(e, ERR_NO_JOB, NULL);
}
