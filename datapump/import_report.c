/* datapump/import_report.c - what the user is told: the table of what arrived, and a file of what was not made */
#include "datapump/importing.h"

#include <stdio.h>

/* ---- the summary ---- */

static void
count_text(const struct import_table *it, int64_t n, char *out, size_t size)
{
	if (n < 0 || (it->state != IMPORT_LOADED && n == 0))
		snprintf(out, size, "%s", n < 0 ? "-" : "0");
	else
		snprintf(out, size, "%lld", (long long)n);
}

static int64_t
n_imported(const struct import_table *it)
{
	return it->state == IMPORT_LOADED ? it->p.done - it->p.rejected : 0;
}

static int64_t
n_rejected(const struct import_table *it)
{
	return it->state == IMPORT_SKIPPED ? -1 : it->p.rejected;
}

static int64_t
n_exported(const struct import_table *it)
{
	return it->source->n_rows >= 0 ? it->source->n_rows : it->state == IMPORT_LOADED ? it->p.done : -1;
}

static const char *
note_of(const struct import_table *it)
{
	return it->note != NULL ? it->note : it->state == IMPORT_FAILED ? "failed"
	    : it->state == IMPORT_SKIPPED ? "skipped, table exists" : "";
}

static size_t
count_notes(const struct importing *im)
{
	size_t n = 0;

	for (const struct ddl_note *k = im->notes; k != NULL; k = k->next)
		n += k->original.p != NULL;
	return n;
}

static void
tell(struct importing *im, const struct import_table *it)
{
	char exported[24], imported[24], rejected[24];
	const char *name = arena_printf(im->batch, "%.*s.%.*s", SPAN_ARG(it->place->source), SPAN_ARG(it->t.name));

	count_text(it, n_exported(it), exported, sizeof(exported));
	count_text(it, n_imported(it), imported, sizeof(imported));
	count_text(it, n_rejected(it), rejected, sizeof(rejected));
	import_log(im, "%-30s %10s %10s %10s  %s", name, exported, imported, rejected, note_of(it));
}

static void
put_table(const struct import_table *it, struct buf *b)
{
	struct span name = it->t.name;

	put_lit(b, "{\"schema\":");
	buf_json(b, it->place->source);
	put_lit(b, ",\"table\":");
	buf_json(b, name);
	buf_printf(b, ",\"exported\":%lld,\"imported\":%lld", (long long)n_exported(it), (long long)n_imported(it));
	if (n_rejected(it) >= 0)
		buf_printf(b, ",\"rejected\":%lld", (long long)n_rejected(it));
	if (note_of(it)[0] != '\0') {
		put_lit(b, ",\"note\":");
		buf_json(b, span_of(note_of(it)));
	}
	buf_char(b, '}');
}

void
import_summary(struct importing *im, struct span *json)
{
	int64_t rows = 0, rejected = 0, skipped = 0;
	size_t n_notes = count_notes(im);
	struct buf b;

	buf_init(&b, im->mem);
	put_lit(&b, "{\"tables\":[");
	import_log(im, "%-30s %10s %10s %10s  %s", "Table", "exported", "imported", "rejected", "note");
	for (size_t i = 0; i < im->n_tables; i++) {
		const struct import_table *it = &im->tables[i];

		rows += n_imported(it);
		rejected += it->p.rejected;
		skipped += it->state == IMPORT_SKIPPED;
		if (i > 0)
			buf_char(&b, ',');
		put_table(it, &b);
		tell(im, it);
	}
	import_log(im, "%zu tables, %lld rows imported, %lld rejected, %lld skipped%s%s%s", im->n_tables, (long long)rows,
	    (long long)rejected, (long long)skipped, n_notes == 0 ? "" : arena_printf(im->batch, ", %zu objects in ", n_notes),
	    n_notes == 0 ? "" : im->host->skipped_file, "");
	buf_printf(&b, "],\"rows\":%lld,\"rejected\":%lld,\"skipped\":%lld,\"objects_not_made\":%zu}", (long long)rows,
	    (long long)rejected, (long long)skipped, n_notes);
	*json = buf_text(&b);
}

/* ---- files ---- */

/* a comment of one line, whatever the text is */
static void
put_comment(struct buf *b, const char *text)
{
	put_lit(b, "-- ");
	for (const char *p = text; *p != '\0'; p++)
		buf_char(b, (unsigned char)*p < ' ' ? ' ' : *p);
	buf_char(b, '\n');
}

/* What is foreign stays a comment in a file that somebody may run as it is. */
static void
put_text(struct buf *b, struct span text, bool as_comment)
{
	if (as_comment)
		put_lit(b, "-- ");
	for (size_t i = 0; i < text.n; i++) {
		buf_char(b, text.p[i]);
		if (as_comment && text.p[i] == '\n')
			put_lit(b, "-- ");
	}
	buf_addz(b, as_comment ? "\n" : ";\n");
}

static void
put_notes(struct importing *im, struct buf *b, bool as_comment)
{
	for (const struct ddl_note *n = im->notes; n != NULL; n = n->next) {
		put_comment(b, arena_printf(im->batch, "%s: %s", n->what, n->why));
		if (n->original.p != NULL)
			put_text(b, n->original, as_comment);
	}
}

bool
import_skipped(struct importing *im, struct err *e)
{
	struct buf b;

	for (const struct ddl_note *n = im->notes; n != NULL; n = n->next)
		if (n->original.p == NULL)
			import_warn(im, "%s %s", n->what, n->why);
	if (count_notes(im) == 0)
		return true;
	buf_init(&b, im->mem);
	put_comment(&b, "What was not made, and why; the texts are those of the source");
	put_notes(im, &b, false);
	return im->host->put_file(im->host->arg, im->host->skipped_file, buf_text(&b), e);
}

static void
put_steps(struct buf *b, const struct ddl_step *s)
{
	for (; s != NULL; s = s->next) {
		buf_addz(b, s->text);
		put_lit(b, ";\n");
	}
}

/* All definitions in the order in which they would run; nothing is changed. */
bool
import_sql_file(struct importing *im, struct err *e)
{
	const struct source *s = im->source;
	struct table_ddl d;
	struct buf b;

	buf_init(&b, im->mem);
	for (size_t i = 0; i < im->n_places; i++) {
		const char *text = im->places[i].is_missing ? gen_schema(im->to.dialect, im->places[i].place.engine, im->mem) : NULL;

		if (text != NULL)
			buf_printf(&b, "%s;\n", text);
	}
	for (size_t i = 0; i < s->n_types; i++) {
		struct enum_type t = s->types[i];

		if (import_place_of(im, t.schema) == NULL)
			continue;
		t.schema = import_place_of(im, t.schema)->place.engine;
		gen_enum_type(&im->to, &t, im->mem, &d);
		put_steps(&b, d.steps);
	}
	for (size_t i = 0; i < s->n_sequences; i++) {
		struct sequence q = s->sequences[i];

		if (import_place_of(im, q.schema) == NULL || !import_wants(im, OBJECT_SEQUENCE, q.schema, q.name, (struct span){ NULL, 0 }))
			continue;
		q.schema = import_place_of(im, q.schema)->place.engine;
		q.name = import_folded(im, q.name);
		gen_sequence(&im->to, &q, im->mem, &d);
		import_notes(im, &d);
		put_steps(&b, d.steps);
	}
	for (size_t i = 0; i < im->n_tables; i++) {
		if (im->tables[i].ddl.steps == NULL)
			continue;
		import_notes(im, &im->tables[i].ddl);
		buf_printf(&b, "%s;\n", im->tables[i].ddl.steps->text);
	}
	for (int fk = 0; fk < 2; fk++)
		for (size_t i = 0; i < im->n_tables; i++)
			for (const struct ddl_step *k = im->tables[i].ddl.steps; k != NULL; k = k->next)
				if (k->kind != DDL_TABLE && (k->kind == DDL_FK) == (fk == 1))
					buf_printf(&b, "%s;\n", k->text);
	for (size_t i = 0; i < s->n_views; i++) {
		struct view v = s->views[i];

		if (import_place_of(im, v.schema) == NULL || !import_wants(im, OBJECT_VIEW, v.schema, v.name, (struct span){ NULL, 0 }))
			continue;
		v.schema = import_place_of(im, v.schema)->place.engine;
		v.name = import_folded(im, v.name);
		gen_view(&im->to, &v, im->mem, &d);
		import_notes(im, &d);
		put_steps(&b, d.steps);
	}
	put_notes(im, &b, true);
	return im->host->put_file(im->host->arg, arena_z(im->mem, im->spec->job->sqlfile), buf_text(&b), e);
}
