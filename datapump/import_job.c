/* datapump/import_job.c - an import as a job: its source is opened, its words go to the job */
#include "datapump/import.h"

#include "base/list.h"
#include "datapump/filename.h"
#include "datapump/job.h"

#include <stdio.h>

/* ---- the job as the host of an import ---- */

static void
say(void *arg, const char *line)
{
	job_log(arg, "%s", line);
}

static void
warn(void *arg, const char *line)
{
	job_warn(arg, "%s", line);
}

static void
say_error(void *arg, const char *line)
{
	job_error(arg, "%s", line);
}

static void
tell_progress(void *arg, const struct import_progress *p)
{
	const struct job_progress out = { .tables_total = p->tables_total, .tables_done = p->tables_done, .rows_done = p->rows_done,
		.bytes_done = p->bytes_done, .current = p->current,
		.percent = p->rows_total > 0 ? (p->rows_done < p->rows_total ? p->rows_done * 100 / p->rows_total : 100) : -1 };

	job_progress(arg, &out);
}

static bool
go_on(void *arg, struct err *e)
{
	return job_go_on(arg, e);
}

static bool
connect_beside(void *arg, struct db **out, struct err *e)
{
	struct job *job = arg;

	return db_open_job(job->pool, out, e);
}

static bool
put_file(void *arg, const char *name, struct span text, struct err *e)
{
	struct job *job = arg;
	bool is_sql = job->spec->sqlfile.p != NULL && span_is(job->spec->sqlfile, name);

	return job_put_file(job, is_sql ? JOB_FILE_SQL : JOB_FILE_SKIPPED, span_of(name), text, e);
}

static bool
make_index(void *arg, struct db *db, const struct coll *coll, struct span spec, struct arena *mem, struct err *e)
{
	struct job *job = arg;

	return job->hooks->index(job->hooks->arg, db, coll, spec, mem, e);
}

static bool
make_entries(void *arg, struct db *db, const struct coll *coll, const struct doc *docs, size_t n_docs, struct arena *mem,
    struct index_entry **out, size_t *n_each, struct err *e)
{
	struct job *job = arg;

	return job->hooks->entries(job->hooks->arg, db, coll, docs, n_docs, mem, out, n_each, e);
}

/* ---- sources ---- */

static bool
open_dump(struct job *job, struct source **out, struct err *e)
{
	struct name_pattern *names = ARENA_NEW(job->mem, struct name_pattern);
	struct dump_source *s = ARENA_NEW(job->mem, struct dump_source);
	struct dump_set *set;

	if (!(job->place->is_remote ? filename_parse_object : filename_parse)(job->spec->file_name, job->row->created_us, job->mem, names, e))
		return false;
	*s = (struct dump_source){ .place = job->place, .names = names, .allow_incomplete = job->spec->allow_incomplete };
	if (!dump_open(s, job->mem, &set, e) || !source_of_dump(set, go_on, job, job->mem, out, e))
		return false;
	job_log(job, "Master table \"%.*s\".\"%.*s\" successfully loaded/unloaded", SPAN_ARG(job->row->owner), SPAN_ARG(job->row->name));
	if (!dump_is_complete(set))
		job_warn(job, "the dump has no directory; tables that are whole are taken");
	return true;
}

static bool
wants_schema(const void *arg, struct span schema)
{
	const struct job *job = arg;

	return (job->row->is_admin || span_eq_nocase(schema, job->row->schema))
	    && spec_wants_schema(job->spec, schema, job->pool->set->job_exact_names);
}

static bool
open_link(struct job *job, struct db **db, struct source **out, struct err *e)
{
	struct span name = job->spec->network_link;
	const struct pool_conf *pool = conf_pool_find(job->conf, name);

	if (!list_holds(job->pool->set->network_links, name) || pool == NULL)
		return err_set(e, ERR_FORBIDDEN, "ODP-39001: network_link %.*s is not allowed for this pool", SPAN_ARG(name));
	return db_open_job(pool, db, e) && db_begin(*db, TX_READ, e) && source_of_pool(*db, wants_schema, job, job->mem, out, e);
}

/* ---- the job ---- */

static const char *
skipped_file(struct job *job)
{
	return arena_printf(job->mem, "IMPDAT-%s-SKIPPED.SQL", job->stamp);
}

bool
import_run(struct job *job, struct err *e)
{
	char id[24];
	const struct import_host host = { .arg = job, .who = { id, job->row->epoch }, .log = say, .warn = warn, .error = say_error,
		.progress = tell_progress, .go_on = go_on, .connect = connect_beside, .put_file = put_file, .index = make_index, .entries = make_entries,
		.skipped_file = skipped_file(job) };
	const struct import_spec spec = { .job = job->spec, .exact_names = job->pool->set->job_exact_names,
		.is_admin = job->row->is_admin, .own_schema = job->row->schema };
	struct source *source;
	struct db *from = NULL;
	struct span summary = { NULL, 0 };
	bool ok;

	snprintf(id, sizeof(id), "%lld", (long long)job->row->id);
	ok = job->spec->network_link.p != NULL ? open_link(job, &from, &source, e) : open_dump(job, &source, e);
	job_starting(job);
	ok = ok && import_go(job->db, source, &spec, &host, job->mem, &summary, e)
	    && (summary.n == 0 || job_summary(job, summary, e));
	if (from != NULL)
		db_rollback(from);
	db_close(&from);
	return ok;
}
