/* datapump/export.c - tables, documents and what stands beside them into a dump set */
#include "config.h"

#include "datapump/export.h"

#include "base/clock.h"
#include "base/digest.h"
#include "datapump/exporting.h"
#include "datapump/objects.h"
#include "datapump/readers.h"
#include "sql/dialect.h"
#include "sql/dictionary.h"
#include "sql/rows.h"

#include <stdio.h>
#include <strings.h>

/* ---- what the log says ---- */

static const char *
size_text(int64_t n_bytes, char out[32])
{
	double n = (double)n_bytes / 1024;

	if (n_bytes == 0)
		snprintf(out, 32, "0 KB");
	else if (n < 1000)
		snprintf(out, 32, "%.2f KB", n);
	else if (n < 1000 * 1024)
		snprintf(out, 32, "%.1f MB", n / 1024);
	else
		snprintf(out, 32, "%.1f GB", n / 1024 / 1024);
	return out;
}

static void
tell_table(struct exporting *ex, const char *verb, const struct table_ref *ref, int64_t n_bytes, int64_t n_rows)
{
	const char *name = arena_printf(ex->page, "\"%.*s\".\"%.*s\"", SPAN_ARG(ref->place->name), SPAN_ARG(ref->name));
	char size[32];

	job_log(ex->job, ". . %s %-45s %10s %7lld rows", verb, name, size_text(n_bytes, size), (long long)n_rows);
}

static void
phase(struct exporting *ex, const char *what)
{
	static const char *const modes[] = {
		[MODE_FULL] = "DATABASE_EXPORT/SCHEMA", [MODE_SCHEMA] = "SCHEMA_EXPORT", [MODE_TABLE] = "TABLE_EXPORT",
		[MODE_TABLESPACE] = "TABLESPACE_EXPORT",
	};

	job_log(ex->job, "Processing object type %s/%s", modes[ex->job->spec->mode], what);
}

/* ---- a table ---- */

static const struct dump_kept *
find_kept(const struct exporting *ex, const struct table_ref *ref)
{
	for (size_t i = 0; i < ex->n_kept; i++)
		if (span_eq(ex->kept[i].schema, ref->place->name) && span_eq(ex->kept[i].name, ref->name))
			return &ex->kept[i];
	return NULL;
}

/* TABLE or SCHEMA.TABLE */
static bool
is_called(const struct exporting *ex, const struct table_ref *ref, struct span name)
{
	struct span whole = span_of(arena_printf(ex->page, "%.*s.%.*s", SPAN_ARG(ref->place->name), SPAN_ARG(ref->name)));

	if (ex->job->pool->set->job_exact_names)
		return span_eq(ref->name, name) || span_eq(whole, name);
	return span_eq_nocase(ref->name, name) || span_eq_nocase(whole, name);
}

static void
tell_idle_queries(struct exporting *ex)
{
	const struct job_spec *spec = ex->job->spec;

	for (size_t i = 0; i < spec->n_queries; i++) {
		bool is_used = false;

		for (size_t k = 0; k < ex->n_tables && !is_used; k++)
			is_used = is_called(ex, &ex->tables[k], spec->queries[i].table);
		if (!is_used)
			job_warn(ex->job, "queries[%zu].table: no table of this export is named so", i);
	}
}

/* *out NULL: all rows */
static bool
find_query(struct exporting *ex, const struct table_ref *ref, const struct table *t, struct query *where, const struct query **out,
    struct err *e)
{
	const struct job_spec *spec = ex->job->spec;

	*out = NULL;
	for (size_t i = 0; i < spec->n_queries; i++) {
		const char *root = arena_printf(ex->page, "queries[%zu].filter", i);

		if (!is_called(ex, ref, spec->queries[i].table))
			continue;
		if (ref->coll != NULL)
			return err_set(e, ERR_BAD_JOB, "ODP-39001: queries[%zu].table is a collection of documents", i);
		*out = where;
		return rows_where(ex->job->db, t, spec->queries[i].filter, root, ex->page, where, e);
	}
	return true;
}

/* The table on each connection that can read a part of it; closed with ex->page. */
static bool
open_rows(struct exporting *ex, const struct table_ref *ref, const struct table *t, const struct query *where, struct rows ***out,
    size_t *n, struct err *e)
{
	struct rows **rows = *out = ARENA_ARRAY(ex->page, struct rows *, ex->n_others + 1);

	*n = 0;
	do {
		struct db *db = *n == 0 ? ex->job->db : ex->others[*n - 1];

		if (!rows_open(db, ref, t, where, ex->page, &rows[*n], e))
			return false;
		++*n;
	} while (*n <= ex->n_others && rows_can_cut(rows[0]));
	return true;
}

/* Tables count alike, and the one at work as far as is known how long it is. */
static void
tell_percent(struct exporting *ex, int64_t n_rows, int64_t estimate)
{
	int64_t part = estimate <= 0 ? 0 : n_rows >= estimate ? 99 : n_rows * 99 / estimate;

	ex->progress.percent = (ex->progress.tables_done * 99 + part) / ex->progress.tables_total;
}

static bool
put_pages(struct exporting *ex, const struct table_ref *ref, struct readers *readers, struct err *e)
{
	int64_t before = ex->progress.rows_done;
	struct rows_page page;

	do {
		if (!job_go_on(ex->job, e) || !readers_next(readers, &page, e)
		    || (page.n_rows > 0 && !dump_rows(ex->writer, page.cells, page.n_rows, e)))
			return false;
		ex->progress.rows_done += (int64_t)page.n_rows;
		ex->progress.bytes_done += page.n_bytes;
		tell_percent(ex, ex->progress.rows_done - before, ref->n_rows_estimate);
		job_progress(ex->job, &ex->progress);
	} while (page.n_rows > 0);
	return true;
}

static bool
put_rows(struct exporting *ex, const struct table_ref *ref, const struct table *t, struct err *e)
{
	const struct query *where;
	struct query condition;
	struct readers *readers;
	struct rows **rows;
	size_t n;
	bool ok;

	if (rows_are_held(t, db_dialect(ex->job->db)))
		job_warn(ex->job, "table \"%.*s\".\"%.*s\" has no key to page by: its rows are held in memory", SPAN_ARG(t->schema),
		    SPAN_ARG(t->name));
	if (!find_query(ex, ref, t, &condition, &where, e) || !open_rows(ex, ref, t, where, &rows, &n, e)
	    || !readers_open(rows, n, ex->page, &readers, e))
		return false;
	ok = put_pages(ex, ref, readers, e);
	readers_close(readers);
	for (size_t i = 0; i < n; i++)
		rows_close(rows[i]);
	return ok;
}

static bool
leave_out(struct exporting *ex, const struct table_ref *ref, const char *why)
{
	job_error(ex->job, "ODP-31693: table \"%.*s\".\"%.*s\" is left out: %s", SPAN_ARG(ref->place->name), SPAN_ARG(ref->name), why);
	return true;
}

/* by a dump_writer */
static void
row_is_left_out(void *arg, const char *why)
{
	enum { LINES_MOST = 1000 };
	struct exporting *ex = arg;

	if (ex->n_rows_left_out++ < LINES_MOST)
		job_log(ex->job, "ODP-31693: %s; the row is left out", why);
}

static bool
is_ours(void *arg, struct err *e)
{
	const struct exporting *ex = arg;

	return job_is_ours(ex->job, e);
}

static bool
put_table(struct exporting *ex, const struct table_ref *ref, struct err *e)
{
	bool held, with_rows;
	int64_t id, n_rows, n_bytes;
	struct table t;

	if (!ref->is_consistent)
		job_warn(ex->job, "table \"%.*s\".\"%.*s\" is kept by a storage engine without transactions: its rows are of the time at"
		    " which they were read", SPAN_ARG(ref->place->name), SPAN_ARG(ref->name));
	if (!table_hold(ex->job->db, ref, &held, e))
		return false;
	if (!held)
		return leave_out(ex, ref, "it was redefined, removed or locked since the snapshot was taken");
	if (!table_describe(ex->job->db, ref, ex->page, &t, e))
		return e->kind == ERR_NOT_FOUND && leave_out(ex, ref, e->text);
	export_trim(ex, &t);
	if (t.n_columns == 0 || t.n_columns > DUMP_COLUMNS)
		return leave_out(ex, ref, "it has no column, or more than a dump can hold");
	with_rows = ex->job->spec->content != CONTENT_METADATA && !t.is_derived;
	if (!dump_table(ex->writer, &t, &id, e) || (with_rows && !put_rows(ex, ref, &t, e))
	    || !dump_end_table(ex->writer, &n_rows, &n_bytes, e))
		return false;
	if (with_rows)
		tell_table(ex, "exported", ref, n_bytes, n_rows);
	if (ex->n_rows_left_out > 0)
		job_error(ex->job, "ODP-31693: table \"%.*s\".\"%.*s\": %lld rows left out", SPAN_ARG(ref->place->name), SPAN_ARG(ref->name),
		    (long long)ex->n_rows_left_out);
	return true;
}

static void
begin_table(struct exporting *ex, const struct table_ref *ref)
{
	arena_clear(ex->page);
	ex->n_rows_left_out = 0;
	ex->progress.current = span_of(arena_printf(ex->page, "%.*s.%.*s", SPAN_ARG(ref->place->name), SPAN_ARG(ref->name)));
	job_progress(ex->job, &ex->progress);
}

static void
end_table(struct exporting *ex)
{
	ex->progress.tables_done++;
	ex->progress.percent = ex->progress.tables_done * 99 / ex->progress.tables_total;
}

static bool
put_tables(struct exporting *ex, struct err *e)
{
	phase(ex, "TABLE/TABLE");
	if (ex->job->spec->content != CONTENT_METADATA)
		phase(ex, "TABLE/TABLE_DATA");
	for (size_t i = 0; i < ex->n_tables; i++) {
		const struct table_ref *ref = &ex->tables[i];
		const struct dump_kept *kept = find_kept(ex, ref);

		begin_table(ex, ref);
		if (kept != NULL) {
			job_log(ex->job, ". . kept     \"%.*s\".\"%.*s\" as the earlier run has read it, %lld rows", SPAN_ARG(ref->place->name),
			    SPAN_ARG(ref->name), (long long)kept->n_rows);
			ex->progress.rows_done += kept->n_rows;
		} else if (!job_go_on(ex->job, e) || !put_table(ex, ref, e)) {
			return false;
		}
		end_table(ex);
	}
	return true;
}

/* ---- beside tables ---- */

static bool
put_before(struct exporting *ex, const struct place *p, struct err *e)
{
	const struct enum_type *types;
	const struct sequence *sequences;
	size_t n_types, n_sequences;

	if (!dump_schema(ex->writer, p->name, e))
		return false;
	if (!export_has_objects(ex))
		return true;
	if (!enum_types_list(ex->job->db, p, ex->page, &types, &n_types, e)
	    || !sequences_list(ex->job->db, p, ex->page, &sequences, &n_sequences, e))
		return false;
	for (size_t i = 0; i < n_types; i++)
		if (!dump_type(ex->writer, &types[i], e))
			return false;
	for (size_t i = 0; i < n_sequences; i++)
		if (export_wants(ex, OBJECT_SEQUENCE, sequences[i].name) && !dump_sequence(ex->writer, &sequences[i], e))
			return false;
	return true;
}

static bool
put_behind(struct exporting *ex, const struct place *p, struct err *e)
{
	const struct view *views;
	const struct code *code;
	const struct span *others;
	size_t n_views, n_code, n_others;

	if (!others_list(ex->job->db, p, ex->page, &others, &n_others, e))
		return false;
	for (size_t i = 0; i < n_others; i++)
		job_warn(ex->job, "%.*s of schema %.*s is not exported", SPAN_ARG(others[i]), SPAN_ARG(p->name));
	if (!views_list(ex->job->db, p, ex->page, &views, &n_views, e) || !code_list(ex->job->db, p, ex->page, &code, &n_code, e))
		return false;
	for (size_t i = 0; i < n_views; i++)
		if (export_wants(ex, OBJECT_VIEW, views[i].name) && !dump_view(ex->writer, &views[i], e))
			return false;
	for (size_t i = 0; i < n_code; i++)
		if ((!span_is(code[i].kind, "TRIGGER") || export_wants(ex, OBJECT_TRIGGER, code[i].name))
		    && !dump_code(ex->writer, &code[i], e))
			return false;
	return true;
}

static bool
put_all(struct exporting *ex, struct err *e)
{
	for (size_t i = 0; i < ex->n_places; i++) {
		arena_clear(ex->page);
		if (!put_before(ex, &ex->places[i], e))
			return false;
	}
	if (!put_tables(ex, e))
		return false;
	if (!export_has_objects(ex))
		return true;
	phase(ex, "VIEW/VIEW");
	for (size_t i = 0; i < ex->n_places; i++) {
		arena_clear(ex->page);
		if (!put_behind(ex, &ex->places[i], e))
			return false;
	}
	return true;
}

static bool
estimate(struct exporting *ex, struct err *e)
{
	for (size_t i = 0; i < ex->n_tables; i++) {
		int64_t n_rows;

		begin_table(ex, &ex->tables[i]);
		if (!job_go_on(ex->job, e) || !table_count_rows(ex->job->db, &ex->tables[i], &n_rows, e))
			return false;
		tell_table(ex, "estimated", &ex->tables[i], 0, n_rows);
		ex->progress.rows_done += n_rows;
		end_table(ex);
	}
	return true;
}

/* ---- the set ---- */

/* The same for each runner of a job, so that one finds what another has written. */
static struct span
set_of_job(const struct job_row *row, struct arena *mem)
{
	const struct span parts[] = { row->owner, row->name, { (const char *)&row->id, sizeof(row->id) } };
	unsigned char d[32];
	char hex[33], *text = arena_alloc(mem, DUMP_SET_TEXT);

	digest_parts(parts, 3, d);
	digest_hex(d, 16, hex);
	snprintf(text, DUMP_SET_TEXT, "%.8s-%.4s-8%.3s-8%.3s-%.12s", hex, hex + 8, hex + 13, hex + 17, hex + 20);
	return span_of(text);
}

static bool
names_of_job(const struct job *job, struct name_pattern *out, struct err *e)
{
	struct span text = job->spec->file_name;

	if (text.p == NULL)
		text = span_of(arena_printf(job->mem, "EXPDAT%%U-%s.DMP", job->stamp));
	return spec_is_uri(text) ? filename_parse_object(text, job->row->created_us, job->mem, out, e)
	    : filename_parse(text, job->row->created_us, job->mem, out, e);
}

static bool
describe_set(const struct job *job, struct dump_about *about, struct err *e)
{
	char now[CLOCK_TEXT];
	struct engine_version version;

	if (!dictionary_version(job->db, job->mem, &version, e))
		return false;
	clock_format(clock_us(), now);
	*about = (struct dump_about){
		.set = set_of_job(job->row, job->mem), .generator = SPAN("cords " PACKAGE_VERSION),
		.created = arena_span(job->mem, span_of(now)), .engine = span_of(db_dialect(job->db)->name),
		.engine_version = version.number, .mode = span_of(job_mode_name(job->spec->mode)), .owner = job->row->owner,
		.job = job->row->name,
	};
	return tables_position(job->db, job->mem, &about->position, e);
}

static bool
open_set(struct exporting *ex, const struct dump_target *target, struct err *e)
{
	struct job *job = ex->job;

	ex->consistent = true;
	if (!job->is_restart)
		return dump_create(target, job->mem, &ex->writer, e);
	if (!dump_take_whole(target, job->row->previous_epoch, job->mem, &ex->writer, e))
		return false;
	ex->is_whole = ex->writer != NULL;
	if (ex->is_whole) {
		job_log(job, "The earlier run has written the whole set: what is left is to publish it");
		ex->progress = job->row->progress;
		return true;
	}
	if (!dump_continue(target, job->row->previous_epoch, job->mem, &ex->writer, &ex->kept, &ex->n_kept, e))
		return false;
	if (ex->n_kept == 0)
		return true;
	ex->consistent = false;
	job_warn(job, "%zu tables are kept as an earlier run has read them; the others are read now: the set is not one point in time",
	    ex->n_kept);
	return job_inconsistent(job, e);
}

static bool
finish(struct exporting *ex, struct err *e)
{
	struct job *job = ex->job;
	const struct dump_file *files;
	size_t n;

	if (!job_go_on(job, e) || !dump_finish(ex->writer, ex->consistent, &files, &n, e))
		return false;
	job_log(job, "Master table \"%.*s\".\"%.*s\" successfully loaded/unloaded", SPAN_ARG(job->row->owner), SPAN_ARG(job->row->name));
	job_log(job, "******************************************************************************");
	job_log(job, "Dump file set for %.*s.%.*s is:", SPAN_ARG(job->row->owner), SPAN_ARG(job->row->name));
	for (size_t i = 0; i < n; i++) {
		if (job->place->is_remote)
			job_log(job, "  %.*s", SPAN_ARG(files[i].name));
		else
			job_log(job, "  %.*s:%.*s", SPAN_ARG(job->directory), SPAN_ARG(files[i].name));
		if (!job_file(job, JOB_FILE_DUMP, (int64_t)i + 1, files[i].name, files[i].n_bytes, e))
			return false;
	}
	return true;
}

static bool
write_set(struct exporting *ex, struct err *e)
{
	struct job *job = ex->job;
	/* they live as long as the writer, which is closed with the arena of the job */
	struct name_pattern *names = ARENA_NEW(job->mem, struct name_pattern);
	struct dump_about *about = ARENA_NEW(job->mem, struct dump_about);
	struct dump_target *target = ARENA_NEW(job->mem, struct dump_target);

	*target = (struct dump_target){
		.place = job->place, .names = names, .about = about, .epoch = job->row->epoch, .file_bytes = job->spec->file_bytes,
		.compress = job->spec->compress, .quick = !db_dialect(job->db)->tool_compresses, .replace = job->spec->reuse_files,
		.may_publish = is_ours, .left_out = row_is_left_out,
		.arg = ex,
	};
	if (!names_of_job(job, names, e) || !describe_set(job, about, e) || !open_set(ex, target, e))
		return false;
	if ((ex->is_whole || put_all(ex, e)) && finish(ex, e))
		return true;
	if (e->kind != ERR_STORAGE_FULL && e->kind != ERR_FILE_EXISTS && e->kind != ERR_BAD_JOB && e->kind != ERR_NO_PLACE)
		dump_keep(ex->writer);	/* whoever goes on keeps what is whole */
	return false;
}

static void
tell_journal(const struct exporting *ex)
{
	struct db *db = ex->job->db;

	if (!db_dialect(db)->has_schemas && strcasecmp(db_settings(db)->db_journal_mode, "WAL") != 0)
		job_log(ex->job, "The database has a rollback journal: writers wait until the export is done");
}

static bool
export_snapshot(struct exporting *ex, struct err *e)
{
	struct job *job = ex->job;
	const struct job_spec *spec = job->spec;

	if (!export_scope(ex, e) || !export_share(ex, e) || !tables_hold(job->db, ex->tables, ex->n_tables, e))
		return false;
	if (ex->n_tables == 0) {
		job_error(job, "ODP-31655: no data or metadata objects selected for job");
		return true;
	}
	tell_journal(ex);
	tell_idle_queries(ex);
	ex->progress.tables_total = (int64_t)ex->n_tables;
	return spec->estimate_only ? estimate(ex, e) : write_set(ex, e);
}

bool
export_run(struct job *job, struct err *e)
{
	struct exporting ex = { .job = job, .page = arena_open(0) };
	bool ok;

	job_starting(job);
	ok = db_begin(job->db, TX_READ, e) && export_snapshot(&ex, e);
	db_rollback(job->db);		/* it has only read */
	if (ok) {
		ex.progress.percent = 100;
		ex.progress.current = (struct span){ NULL, 0 };
		job_progress(job, &ex.progress);
	}
	arena_close(&ex.page);
	export_unshare(&ex);
	return ok;
}

bool
export_discard(struct dump_place *place, const struct job_row *row, struct err *e)
{
	struct arena *mem = arena_open(0);
	bool ok = dump_discard_all(place, set_of_job(row, mem), e);

	arena_close(&mem);
	return ok;
}

void
export_unpublish(struct job *job)
{
	struct span set = set_of_job(job->row, job->mem);
	struct name_pattern names;
	struct err e = { 0 };

	if (!names_of_job(job, &names, &e))
		return;
	objects_last(job);
	dump_unpublish(job->place, &names, set, job->row->epoch);
	dump_unpublish(job->place, &names, set, job->row->previous_epoch);
}
