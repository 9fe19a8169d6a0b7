/* fcgi/cmd_newjob.c - cords datapump export, import, check: a job asked for at the command line, and a look at a dump
 *
 * Whoever may read the configuration folder is an administrator.  The job runs in a process of its own, as one of a request does;
 * the command waits for its end and prints its log, and may be left.
 */
#include "fcgi/cmd_datapump.h"

#include "base/clock.h"
#include "base/list.h"
#include "datapump/directory.h"
#include "datapump/dump.h"
#include "datapump/newjob.h"
#include "datapump/objects.h"
#include "datapump/start.h"
#include "sql/catalog.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { BODY_MAX = 1 << 20 };

/* the properties of a request, or the name of a dump: an argument, or standard input for - */
static bool
read_body(const struct datapump_call *k, struct span *out, struct err *e)
{
	struct buf b;
	char piece[4096];
	size_t n;

	*out = span_of(k->argc == 0 ? "" : k->argv[0]);
	if (!span_is(*out, "-"))
		return true;
	buf_init(&b, k->c->mem);
	while ((n = fread(piece, 1, sizeof(piece), stdin)) > 0 && b.n <= BODY_MAX)
		buf_add(&b, piece, n);
	*out = buf_text(&b);
	return (!ferror(stdin) && b.n <= BODY_MAX) || err_set(e, ERR_BAD_JOB, "standard input cannot be read, or is longer than 1 MiB");
}

bool
datapump_schema(const struct datapump_call *k, struct db *db, struct span *out, struct err *e)
{
	const struct schema *list, *found = NULL;
	size_t n, n_enabled = 0;

	if (!schema_list(db, k->c->mem, &list, &n, e))
		return false;
	for (size_t i = 0; i < n; i++) {
		if (!list[i].enabled)
			continue;
		n_enabled++;
		if (k->schema == NULL || span_eq_nocase(list[i].name, span_of(k->schema)))
			found = &list[i];
	}
	if (k->schema == NULL && n_enabled != 1)
		return err_set(e, ERR_BAD_JOB, "--schema says whose job it is; %zu schemas are enabled", n_enabled);
	if (found == NULL)
		return err_set(e, ERR_BAD_JOB, "there is no schema named: %s", k->schema);
	*out = found->name;
	return true;
}

bool
datapump_job_owner(const struct datapump_call *k, struct span *out, struct err *e)
{
	struct span name = span_of(k->schema == NULL ? "" : k->schema);
	struct db *db = NULL;
	bool ok = true;

	if (k->schema == NULL || conf_user_find(k->conf, name) == NULL)
		ok = db_open(k->pool, &db, e) && catalog_begin(db, e) && datapump_schema(k, db, &name, e);
	if (ok)
		*out = arena_upper(k->c->mem, name);
	db_close(&db);
	return ok;
}

static bool
link_is_there(const struct datapump_call *k, const struct job_spec *spec, struct err *e)
{
	const struct pool_conf *from = spec->network_link.p == NULL ? NULL : conf_pool_find(k->conf, spec->network_link);

	if (spec->network_link.p == NULL)
		return true;
	if (from == NULL || from == k->pool)
		return err_set(e, ERR_BAD_JOB, "network_link: there is no other pool named %.*s", SPAN_ARG(spec->network_link));
	return list_holds(k->pool->set->network_links, spec->network_link)
	    || err_set(e, ERR_BAD_JOB, "network_link: datapump.networkLinks of %s does not name %s", k->pool->name, from->name);
}

static bool
accept(struct datapump_call *k, enum job_operation op, struct job_row *row, struct err *e)
{
	struct job_spec spec;
	struct new_job n = { .conf = k->conf, .pool = k->pool, .spec = &spec, .is_admin = true, .created_us = clock_us() };
	struct db *db = NULL;
	struct span body;
	bool ok;

	ok = db_open(k->pool, &db, e) && catalog_begin(db, e) && datapump_schema(k, db, &n.schema, e);
	if (ok) {
		n.schema = arena_span(k->c->mem, n.schema);
		n.owner = arena_upper(k->c->mem, n.schema);
	}
	db_close(&db);
	return ok && read_body(k, &body, e) && spec_parse(body, op, k->c->mem, &spec, e) && newjob_check(k->jobs, &n, k->c->mem, e)
	    && link_is_there(k, &spec, e) && newjob_has_room(k->jobs, k->pool, e)
	    && newjob_insert(k->jobs, &n, true, k->c->mem, row, e);
}

static int
create(struct datapump_call *k, enum job_operation op)
{
	struct job_row row;
	struct span log;
	struct err e = { 0 };
	int code = EXIT_FAILED;

	if (k->argc > 1)
		return cmd_usage("datapump", "export and import take one JSON text, or - for standard input");
	if (!datapump_open(k, &code))
		return code;
	if (!accept(k, op, &row, &e))
		return cmd_fail(&e);
	if (!job_start(k->conf, k->pool, row.id, &e)) {
		struct err ignored = { 0 };

		(void)jobs_drop(k->jobs, row.id, -1, &ignored);
		return cmd_fail(&e);
	}
	if (!k->c->quiet)
		fprintf(stderr, "Job: %.*s,%.*s\n", SPAN_ARG(row.owner), SPAN_ARG(row.name));
	code = datapump_watch(k, row.id, &e);
	if (code == EXIT_FAILED && e.kind != ERR_NONE)
		return cmd_fail(&e);
	if (jobs_read_log(k->jobs, row.id, k->c->mem, &log, &e))
		(void)fwrite(log.p, 1, log.n, stdout);
	return code;
}

int
cmd_dump_export(struct datapump_call *k)
{
	return create(k, JOB_EXPORT);
}

int
cmd_dump_import(struct datapump_call *k)
{
	return create(k, JOB_IMPORT);
}

/* ---- a dump ---- */

/* Objects are fetched into the directory, under no name. */
static bool
find_objects(struct datapump_call *k, struct span uri, struct dump_place **place, struct name_pattern *names, struct err *e)
{
	struct job_spec what = { .file_name = uri, .credential = { NULL, 0 } };
	struct new_job asked = { .conf = k->conf, .pool = k->pool, .spec = &what };

	if (k->credential != NULL) {
		what.credential = span_of(k->credential);
		if (!datapump_job_owner(k, &asked.owner, e))
			return false;
	}
	return objects_place(&asked, k->jobs, *place, k->c->mem, place, e)
	    && filename_parse_object(uri, clock_us(), k->c->mem, names, e);
}

static bool
verify(struct datapump_call *k, struct dump_set **out, struct err *e)
{
	struct span directory = span_of(k->directory == NULL ? DIRECTORY_DEFAULT : k->directory), known_as, name;
	struct dump_source from = { .allow_incomplete = false };
	struct name_pattern names;

	if (!read_body(k, &name, e) || !directory_open(k->conf, k->pool, directory, true, k->c->mem, &from.place, &known_as, e))
		return false;
	name = span_trim(name);
	if (k->credential != NULL && !spec_is_uri(name))
		return err_set(e, ERR_BAD_JOB, "--credential goes with the https URI of an object");
	if (spec_is_uri(name) ? !find_objects(k, name, &from.place, &names, e) : !filename_parse(name, clock_us(), k->c->mem, &names, e))
		return false;
	from.names = &names;
	return dump_open(&from, k->c->mem, out, e) && dump_verify(*out, NULL, NULL, e);
}

int
cmd_dump_check(struct datapump_call *k)
{
	const struct dump_about *a;
	const struct dump_entry *tables;
	const struct dump_file *files;
	struct dump_set *set;
	struct err e = { 0 };
	size_t n_tables, n_files;
	int64_t n_rows = 0;
	int code = EXIT_FAILED;

	if (k->argc != 1)
		return cmd_usage("datapump", "check takes the name or URI of a dump file, or a pattern with %%U; - for standard input");
	if (!datapump_open(k, &code))
		return code;
	if (!verify(k, &set, &e))
		return cmd_fail(&e);
	a = dump_about(set);
	files = dump_files(set, &n_files);
	tables = dump_entries(set, &n_tables);
	for (size_t i = 0; i < n_tables; i++)
		n_rows += tables[i].n_rows;
	printf("OK    %zu file(s), the first one %.*s: every digest is right\n", n_files, SPAN_ARG(files[0].name));
	printf("      made %.*s by %.*s from %.*s %.*s, job %.*s.%.*s\n", SPAN_ARG(a->created), SPAN_ARG(a->generator), SPAN_ARG(a->engine),
	    SPAN_ARG(a->engine_version), SPAN_ARG(a->owner), SPAN_ARG(a->job));
	printf("      %zu table(s), %" PRId64 " row(s), %s\n", n_tables, n_rows,
	    dump_is_consistent(set) ? "of one point in time" : "not of one point in time");
	return EXIT_OK;
}
