/* datapump/import.c - the order of an import, and what all of its parts use */
#include "datapump/importing.h"

#include "sql/table_words.h"

#include <stdarg.h>
#include <stdio.h>

/* ---- telling ---- */

static const char *
line(struct importing *im, const char *fmt, va_list ap)
{
	va_list again;
	char *z;
	int n;

	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, again);
	va_end(again);
	z = arena_alloc(im->batch, (size_t)n + 1);
	vsnprintf(z, (size_t)n + 1, fmt, ap);
	return z;
}

void
import_log(struct importing *im, const char *fmt, ...)
{
	struct arena_mark before = arena_mark(im->batch);
	va_list ap;

	va_start(ap, fmt);
	im->host->log(im->host->arg, line(im, fmt, ap));
	va_end(ap);
	arena_rewind(im->batch, before);
}

void
import_warn(struct importing *im, const char *fmt, ...)
{
	struct arena_mark before = arena_mark(im->batch);
	va_list ap;

	va_start(ap, fmt);
	im->host->warn(im->host->arg, line(im, fmt, ap));
	va_end(ap);
	arena_rewind(im->batch, before);
}

/* With what the driver said: SQLSTATE, native code, text. */
void
import_error(struct importing *im, const struct err *e, const char *fmt, ...)
{
	struct arena_mark before = arena_mark(im->batch);
	const char *text;
	va_list ap;

	va_start(ap, fmt);
	text = line(im, fmt, ap);
	va_end(ap);
	if (e != NULL)
		text = arena_printf(im->batch, "%s: %s%s%s%s", text, e->text, e->detail[0] != '\0' ? " (" : "", e->detail,
		    e->detail[0] != '\0' ? ")" : "");
	im->host->error(im->host->arg, text);
	arena_rewind(im->batch, before);
}

/* ---- what parts use ---- */

bool
import_begin_on(struct db *db, struct err *e)
{
	return db_ready(db, e) && load_session(db, e) && db_begin(db, TX_WRITE, e);
}

bool
import_begin(struct importing *im, struct err *e)
{
	return import_begin_on(im->db, e);
}

bool
import_has_lanes(struct importing *im)
{
	struct err why = { 0 };

	if (im->lanes != NULL || im->is_alone)
		return im->lanes != NULL;
	im->is_alone = !im->to.dialect->tables->side_by_side || im->host->connect == NULL;
	if (im->is_alone)
		return false;
	if (im->host->connect(im->host->arg, &im->beside, &why)
	    && lanes_open((struct db *[LANES]){ im->db, im->beside }, im->mem, &im->lanes, &why))
		return true;
	import_warn(im, "rows are stored by one connection: %s", why.text);
	im->is_alone = true;
	return false;
}

bool
import_is_fatal(const struct err *e)
{
	switch (e->kind) {
	case ERR_OVERTAKEN:
	case ERR_STOPPED:
	case ERR_BUSY:
	case ERR_UNAVAILABLE:
	case ERR_CONN_LOST:
	case ERR_UNCERTAIN:
	case ERR_STORAGE_FULL:
	case ERR_NO_RESOURCES:
	case ERR_DB_READ_ONLY:
	case ERR_DAMAGED:
	case ERR_NO_MEMORY:
	case ERR_NO_PLACE:
		return true;
	default:
		return false;
	}
}

void
import_set_state(struct import_table *it, enum import_state state)
{
	static const char *const words[] = {
		[IMPORT_NEW] = "new", [IMPORT_MAKING] = "making", [IMPORT_LOADING] = "loading", [IMPORT_LOADED] = "loaded",
		[IMPORT_FAILED] = "failed", [IMPORT_SKIPPED] = "skipped",
	};

	it->p.table_id = it->source->id;
	it->p.state = it->is_new && state == IMPORT_LOADING ? "filling" : it->is_new && state == IMPORT_LOADED ? "filled" : words[state];
}

bool
import_set(struct importing *im, struct import_table *it, enum import_state state, struct err *e)
{
	import_set_state(it, state);
	return it->has_row ? progress_set(im->db, &im->host->who, &it->p, e) : progress_add(im->db, &im->host->who, &it->p, e);
}

bool
import_advance(struct importing *im, struct import_table *it, enum import_state state, struct err *e)
{
	import_set_state(it, state);
	return progress_advance(im->db, &im->host->who, &it->p, it->stored, false, e);
}

void
import_untell(struct importing *im, struct import_table *it)
{
	im->told.rows_done = it->rows_before;
	im->told.bytes_done = it->bytes_before;
	it->p.done = it->n_bytes = 0;
}

static bool
next_page(void *source, struct rows_page *out, struct err *e)
{
	struct source *s = source;

	return s->ops->next(s, out, e);
}

bool
import_open(struct importing *im, const struct import_table *it, struct ahead **out, struct err *e)
{
	*out = NULL;
	if (!im->source->ops->open(im->source, it->source, e))
		return false;
	if (ahead_open(next_page, im->source, im->mem, out, e))
		return true;
	im->source->ops->close(im->source);
	return false;
}

void
import_close(struct importing *im, struct ahead *pages)
{
	ahead_close(pages);
	im->source->ops->close(im->source);
}

bool
import_number(struct importing *im, const char *text, int64_t *out, struct err *e)
{
	struct query q = { .text = span_of(text) };
	struct stmt *st;
	bool ok, has_row;

	*out = 0;
	if (!stmt_open(im->db, &q, &st, e))
		return false;
	ok = stmt_step(st, &has_row, e) && (!has_row || stmt_int(st, 0, out, e));
	stmt_done(st);
	return ok;
}

/* ---- the order ---- */

static bool
take_over(struct importing *im, struct err *e)
{
	bool ok = import_begin(im, e)
	    && progress_take(im->db, &im->host->who, im->mem, &im->old, &im->n_old, e)
	    && db_commit(im->db, e);

	if (!ok)
		db_rollback(im->db);
	else if (im->n_old > 0)
		import_log(im, "The import goes on where it was interrupted");
	return ok;
}

/* where the last runner left a table */
static void
remember(struct importing *im, struct import_table *it)
{
	for (size_t i = 0; i < im->n_old; i++) {
		const struct progress *p = &im->old[i];

		if (p->table_id != it->source->id)
			continue;
		it->p = *p;
		it->stored = p->done;
		it->has_row = true;
		it->is_new = p->state[0] == 'f' && p->state[1] == 'i';	/* filling, filled */
		it->state = span_is(span_of(p->state), "making") ? IMPORT_MAKING
		    : span_is(span_of(p->state), "loading") || span_is(span_of(p->state), "filling") ? IMPORT_LOADING
		    : span_is(span_of(p->state), "failed") ? IMPORT_FAILED
		    : span_is(span_of(p->state), "skipped") ? IMPORT_SKIPPED : IMPORT_LOADED;
	}
}

static bool
one_table(struct importing *im, struct import_table *it, struct err *e)
{
	if (it->state >= IMPORT_LOADED)
		return true;
	it->rows_before = im->told.rows_done - it->p.done;
	it->bytes_before = im->told.bytes_done;
	im->told.current = span_of(arena_printf(im->mem, "%.*s.%.*s", SPAN_ARG(it->t.schema), SPAN_ARG(it->t.name)));
	im->host->progress(im->host->arg, &im->told);
	if (!im->host->go_on(im->host->arg, e))
		return false;
	if (it->source->table.is_collection)
		return import_docs(im, it, e);
	return import_make(im, it, e) && (it->state >= IMPORT_LOADED || import_load(im, it, e));
}

static bool
tables(struct importing *im, struct err *e)
{
	if (im->n_tables > 0)
		import_log(im, "Processing object type SCHEMA_EXPORT/TABLE/TABLE");
	if (im->n_tables > 0 && im->spec->job->content != CONTENT_METADATA)
		import_log(im, "Processing object type SCHEMA_EXPORT/TABLE/TABLE_DATA");
	for (size_t i = 0; i < im->n_tables; i++) {
		if (!one_table(im, &im->tables[i], e))
			return false;
		im->told.tables_done++;
		im->told.current = (struct span){ NULL, 0 };
		im->host->progress(im->host->arg, &im->told);
	}
	return true;
}

static bool
forget(struct importing *im, struct err *e)
{
	bool ok = import_begin(im, e) && progress_drop(im->db, &im->host->who, e) && db_commit(im->db, e);

	if (!ok)
		db_rollback(im->db);
	return ok;
}

static bool
work(struct importing *im, struct span *summary, struct err *e)
{
	if (!take_over(im, e) || !import_plan(im, e))
		return false;
	im->told.tables_total = (int64_t)im->n_tables;
	for (size_t i = 0; i < im->n_tables && im->spec->job->content != CONTENT_METADATA; i++)
		if (im->tables[i].source->n_rows > 0)
			im->told.rows_total += im->tables[i].source->n_rows;
	if (im->spec->job->sqlfile.p != NULL)
		return import_sql_file(im, e);
	for (size_t i = 0; i < im->n_tables; i++) {
		remember(im, &im->tables[i]);
		im->told.rows_done += im->tables[i].p.done;
	}
	if (!import_prepare(im, e) || !tables(im, e) || !import_finish(im, e)
	    || (im->spec->job->verify && !import_verify(im, e)) || !import_skipped(im, e))
		return false;
	import_summary(im, summary);
	return forget(im, e);
}

bool
import_go(struct db *db, struct source *source, const struct import_spec *spec, const struct import_host *host, struct arena *mem,
    struct span *summary, struct err *e)
{
	struct importing im = { .db = db, .source = source, .spec = spec, .host = host, .mem = mem };
	bool ok;

	im.end_notes = &im.notes;
	im.batch = arena_open(0);
	ok = work(&im, summary, e);
	lanes_close(im.lanes);
	db_close(&im.beside);
	if (!ok)
		db_rollback(db);
	load_session_end(db);
	arena_close(&im.batch);
	return ok;
}
