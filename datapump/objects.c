/* datapump/objects.c - the object storage of a job */
#include "datapump/objects.h"

#include "base/jcur.h"
#include "datapump/filename.h"
#include "datapump/object_store.h"
#include "datapump/object_uri.h"
#include "datapump/running.h"

#define SEALED "sealed_name"

static bool
has_uri(const struct job_spec *s)
{
	return s->file_name.p != NULL && spec_is_uri(s->file_name);
}

/* The first object, so that what is wrong with all of them is told. */
static bool
first_uri(const struct job_spec *s, int64_t created_us, struct arena *mem, struct span *out, struct err *e)
{
	struct name_pattern names;

	return filename_parse_object(s->file_name, created_us, mem, &names, e) && filename_number(&names, 1, mem, out, e);
}

static bool
find_key(const struct conf *conf, const struct pool_conf *pool, struct jobs *j, struct span owner, const struct job_spec *s,
    struct arena *mem, const struct key **out, struct err *e)
{
	struct key *key = ARENA_NEW(mem, struct key);

	*out = s->credential.p == NULL ? NULL : key;
	return s->credential.p == NULL || keyring_find(conf, pool, j, owner, s->credential, mem, key, e);
}

bool
objects_check(const struct new_job *n, struct jobs *j, struct arena *mem, struct err *e)
{
	const struct job_spec *s = n->spec;
	struct object_access a = { .pool = n->pool };
	enum object_presence presence;
	struct object_store *store;
	struct object_uri parsed;
	struct span uri;

	if (!find_key(n->conf, n->pool, j, n->owner, s, mem, &a.key, e) || !first_uri(s, n->created_us, mem, &uri, e)
	    || !object_uri_parse(uri, a.key, mem, &parsed, e) || !object_host_allowed(&parsed, n->pool->set->object_hosts, e))
		return false;
	if (s->operation == JOB_EXPORT && object_max_bytes(&parsed) > 0 && s->file_bytes > object_max_bytes(&parsed))
		return err_set(e, ERR_BAD_JOB, "ODP-39001: invalid argument value for file_size: an object of this storage holds %lldG at most",
		    (long long)(object_max_bytes(&parsed) >> 30));
	if (s->operation == JOB_EXPORT && (s->estimate_only || s->reuse_files))
		return true;
	store = object_store_open(&a, mem);
	if (!object_look(store, uri, &presence, e)) {
		if (e->kind != ERR_STORE_AWAY)
			return false;
		err_clear(e);
		return true;
	}
	uri = object_uri_shown(uri, mem);
	if (s->operation == JOB_EXPORT && presence == OBJECT_PRESENT)
		return err_set(e, ERR_FILE_EXISTS, "ODP-31641: unable to create dump file %.*s: file exists", SPAN_ARG(uri));
	return s->operation == JOB_EXPORT || presence != OBJECT_ABSENT
	    || err_set(e, ERR_BAD_JOB, "ODP-31640: unable to open dump file %.*s", SPAN_ARG(uri));
}

bool
objects_place(const struct new_job *n, struct jobs *j, struct dump_place *staging, struct arena *mem, struct dump_place **out,
    struct err *e)
{
	struct object_access a = { .pool = n->pool, .is_patient = true };

	if (!find_key(n->conf, n->pool, j, n->owner, n->spec, mem, &a.key, e))
		return false;
	*out = place_object(staging, &a, mem);
	return true;
}

bool
objects_print(const struct new_job *n, struct arena *mem, struct span *out, struct err *e)
{
	struct job_spec shown = *n->spec;
	struct span sealed;
	struct buf b;

	buf_init(&b, mem);
	if (!has_uri(&shown) || !object_uri_has_secret(shown.file_name)) {
		spec_print(&shown, &b);
		*out = buf_text(&b);
		return true;
	}
	if (!keyring_seal_uri(n->conf, n->pool, n->owner, shown.file_name, mem, &sealed, e))
		return false;
	shown.file_name = object_uri_shown(shown.file_name, mem);
	spec_print(&shown, &b);
	b.n--;					/* of its brace */
	put_lit(&b, ",\"" SEALED "\":");
	buf_json(&b, sealed);
	buf_char(&b, '}');
	*out = buf_text(&b);
	return true;
}

static bool
go_on(void *arg, struct err *e)
{
	return job_go_on(arg, e);
}

static void
say(void *arg, bool is_warning, const char *line)
{
	if (is_warning)
		job_warn(arg, "%s", line);
	else
		job_log(arg, "%s", line);
}

bool
objects_of_job(struct job *job, struct job_spec *spec, struct err *e)
{
	struct object_access a = { .pool = job->pool, .is_patient = true, .go_on = go_on, .say = say, .arg = job };
	struct span sealed;

	if (!has_uri(spec))
		return true;
	if (jmember(jcur_root(job->row->spec), SPAN(SEALED), &sealed)
	    && !keyring_open_uri(job->conf, job->pool, job->row->owner, jstring_decode(sealed, job->mem), job->mem, &spec->file_name, e))
		return false;
	if (!find_key(job->conf, job->pool, job->runner->jobs, job->row->owner, spec, job->mem, &a.key, e))
		return false;
	job->staging = job->place;
	job->place = place_object(job->staging, &a, job->mem);
	return true;
}

void
objects_last(struct job *job)
{
	struct object_access a = { .pool = job->pool };
	struct err ignored = { 0 };

	if (job->staging == NULL || !find_key(job->conf, job->pool, job->runner->jobs, job->row->owner, job->spec, job->mem, &a.key, &ignored))
		return;
	job->place = place_object(job->staging, &a, job->mem);
}
