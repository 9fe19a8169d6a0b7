/* datapump/newjob.c - checks of a job before it exists, and its row */
#include "datapump/newjob.h"

#include "datapump/directory.h"
#include "datapump/dump.h"
#include "datapump/jobname.h"
#include "datapump/objects.h"
#include "datapump/sent.h"

enum { NAME_ATTEMPTS = 100, SAME_SECOND = 50 };

/* ---- where from, where to ---- */

static bool
target_is_free(const struct new_job *n, struct dump_place *place, struct arena *mem, struct err *e)
{
	struct name_pattern names;
	struct span first;
	bool exists;

	if (n->spec->estimate_only || n->spec->file_name.p == NULL)
		return true;
	if (!filename_parse(n->spec->file_name, n->created_us, mem, &names, e) || !filename_number(&names, 1, mem, &first, e))
		return false;
	if (n->spec->reuse_files)
		return true;
	if (!place->ops->exists(place, first, &exists, e))
		return false;
	return !exists || err_set(e, ERR_FILE_EXISTS, "ODP-31641: unable to create dump file %.*s: file exists", SPAN_ARG(first));
}

/* The dumps of others are told like files that are not there. */
static bool
source_is_there(const struct new_job *n, struct dump_place *place, struct arena *mem, struct err *e)
{
	struct dump_source from = { .place = place, .allow_incomplete = n->spec->allow_incomplete };
	struct name_pattern names;
	struct dump_set *set;
	struct span first;

	if (!filename_parse(n->spec->file_name, n->created_us, mem, &names, e))
		return false;
	from.names = &names;
	if (!dump_open(&from, mem, &set, e))
		return false;
	return n->is_admin || span_eq_nocase(dump_about(set)->owner, n->owner)
	    || (filename_number(&names, 1, mem, &first, e) && sent_by(place, n->owner, first, dump_about(set)->set))
	    || err_set(e, ERR_BAD_JOB, "ODP-31640: unable to open dump file %.*s", SPAN_ARG(n->spec->file_name));
}

bool
newjob_check(struct jobs *j, const struct new_job *n, struct arena *mem, struct err *e)
{
	const struct job_spec *s = n->spec;
	struct dump_place *place;
	struct span known_as;

	if (!directory_open(n->conf, n->pool, s->directory, n->is_admin, mem, &place, &known_as, e))
		return false;
	if (s->network_link.p != NULL)
		return true;
	if (s->file_name.p != NULL && spec_is_uri(s->file_name))
		return objects_check(n, j, mem, e);
	return s->operation == JOB_EXPORT ? target_is_free(n, place, mem, e) : source_is_there(n, place, mem, e);
}

/* ---- the row ---- */

static struct span
warnings(const struct new_job *n, struct arena *mem)
{
	const struct job_spec *s = n->spec;
	struct buf b;

	buf_init(&b, mem);
	buf_char(&b, '[');
	for (size_t i = 0; i < s->n_warnings; i++) {
		if (i > 0)
			buf_char(&b, ',');
		buf_json(&b, s->warnings[i]);
	}
	buf_char(&b, ']');
	return buf_text(&b);
}

static bool
row_of(const struct new_job *n, bool starts, struct arena *mem, struct job_row *out, struct err *e)
{
	struct span spec;

	if (!objects_print(n, mem, &spec, e))
		return false;
	*out = (struct job_row){
		.owner = n->owner, .created_us = n->created_us, .schema = n->schema, .is_admin = n->is_admin,
		.operation = span_of(job_operation_name(n->spec->operation)), .mode = span_of(job_mode_name(n->spec->mode)),
		.spec = spec, .warnings = warnings(n, mem), .state = starts ? JOB_EXECUTING : JOB_DEFINING,
		.keep = n->spec->keep_master, .is_consistent = true, .threads = n->spec->threads, .degree = 1,
		.progress = { .percent = -1 },
	};
	return true;
}

/* Jobs of one second differ in a number, also those of different owners: their files may lie side by side. */
static bool
first_number(struct jobs *j, int64_t created_us, struct arena *mem, int64_t *out, struct err *e)
{
	struct job_row *rows;
	size_t n;

	*out = 1;
	if (!jobs_list(j, (struct span){ NULL, 0 }, NULL, SAME_SECOND, 0, mem, &rows, &n, e))
		return false;
	for (size_t i = 0; i < n; i++)
		*out += rows[i].created_us / 1000000 == created_us / 1000000;
	return true;
}

bool
newjob_insert(struct jobs *j, const struct new_job *n, bool starts, struct arena *mem, struct job_row *out, struct err *e)
{
	int64_t wait_ms = starts ? n->pool->set->job_lease_ms : 0, number;

	if (!row_of(n, starts, mem, out, e))
		return false;
	if (n->spec->job_name.p != NULL) {
		out->name = n->spec->job_name;
		return jobs_insert(j, out, wait_ms, e);
	}
	if (!first_number(j, n->created_us, mem, &number, e))
		return false;
	for (int i = 0; i < NAME_ATTEMPTS; i++, number++) {
		out->name = job_default_name(n->spec->operation, n->created_us, number, mem);
		if (jobs_insert(j, out, wait_ms, e))
			return true;
		if (e->kind != ERR_JOB_EXISTS)
			return false;
		err_clear(e);
	}
	return err_set(e, ERR_JOB_EXISTS, NULL);
}

bool
newjob_has_room(struct jobs *j, const struct pool_conf *pool, struct err *e)
{
	int64_t n;

	if (!jobs_count_alive(j, &n, e))
		return false;
	return n < pool->set->job_max
	    || err_set(e, ERR_TOO_MANY_JOBS, "ODP-31633: %lld jobs are running, which is as many as may", (long long)n);
}

bool
newjob_restart(struct jobs *j, const struct pool_conf *pool, const struct job_row *row, bool starts, struct err *e)
{
	/* one that cannot start at all is told so, however many run */
	if (starts && !row->is_alive && row->state != JOB_COMPLETED && !newjob_has_room(j, pool, e))
		return false;
	return jobs_restart(j, row, starts ? JOB_EXECUTING : JOB_DEFINING, starts ? pool->set->job_lease_ms : 0, e);
}
