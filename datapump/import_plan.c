/* datapump/import_plan.c - what is imported, and where to; nothing is changed yet */
#include "datapump/importing.h"

#include "sql/ident.h"
#include "sql/table_words.h"

void
import_notes(struct importing *im, const struct table_ddl *d)
{
	for (const struct ddl_note *n = d->notes; n != NULL; n = n->next) {
		struct ddl_note *copy = ARENA_NEW(im->mem, struct ddl_note);

		*copy = (struct ddl_note){ .what = n->what, .why = n->why, .original = n->original };
		*im->end_notes = copy;
		im->end_notes = &copy->next;
	}
}

bool
import_wants(const struct importing *im, enum object_type type, struct span schema, struct span name, struct span tablespace)
{
	const struct job_spec *s = im->spec->job;
	bool exact = im->spec->exact_names;

	if (!spec_wants_schema(s, schema, exact))
		return false;
	return type == OBJECT_TABLE ? spec_wants_table(s, schema, name, tablespace, exact) : spec_wants(s, type, name, exact);
}

static bool
wants_table(const struct importing *im, const struct table *t)
{
	return import_wants(im, OBJECT_TABLE, t->schema, t->name, t->tablespace);
}

/* ---- schemas ---- */

static bool
names_schema(const struct importing *im, struct span schema)
{
	for (size_t i = 0; i < im->n_places; i++)
		if (span_eq(im->places[i].source, schema))
			return true;
	return false;
}

static void
add_schema(struct importing *im, struct span schema)
{
	if (names_schema(im, schema))
		return;
	im->places = arena_grow(im->mem, im->places, im->n_places * sizeof(*im->places), (im->n_places + 1) * sizeof(*im->places));
	im->places[im->n_places++] = (struct import_place){ .source = schema };
}

/* of everything that is wanted */
static void
collect_schemas(struct importing *im)
{
	const struct source *s = im->source;

	for (size_t i = 0; i < s->n_tables; i++)
		if (wants_table(im, &s->tables[i].table))
			add_schema(im, s->tables[i].table.schema);
	for (size_t i = 0; i < s->n_sequences; i++)
		if (import_wants(im, OBJECT_SEQUENCE, s->sequences[i].schema, s->sequences[i].name, (struct span){ NULL, 0 }))
			add_schema(im, s->sequences[i].schema);
	for (size_t i = 0; i < s->n_views; i++)
		if (import_wants(im, OBJECT_VIEW, s->views[i].schema, s->views[i].name, (struct span){ NULL, 0 }))
			add_schema(im, s->views[i].schema);
}

/* Whoever is no administrator imports into the own schema; a source of one schema goes there by itself. */
static bool
target_of(const struct importing *im, struct span source, struct span *out, struct err *e)
{
	*out = import_schema(im, source);
	if (im->spec->is_admin || span_eq_nocase(*out, im->spec->own_schema))
		return true;
	if (im->n_places == 1 && span_eq(*out, source)) {
		*out = im->spec->own_schema;
		return true;
	}
	return err_set(e, ERR_FORBIDDEN, "ODP-31631: privileges are required to import into schema %.*s", SPAN_ARG(*out));
}

static bool
find_place(struct importing *im, struct import_place *p, const struct place *places, size_t n, struct err *e)
{
	struct span target;

	if (!target_of(im, p->source, &target, e))
		return false;
	for (size_t i = 0; i < n; i++) {
		if (span_eq_nocase(places[i].name, target) || span_eq_nocase(places[i].rest_name, target)) {
			p->place = places[i];
			break;
		}
	}
	if (p->place.name.n == 0)
		p->place = (struct place){ .name = target };
	if (p->place.engine.n == 0 && im->to.dialect->has_schemas) {
		p->place.engine = target;
		p->is_missing = true;
	}
	if (im->to.dialect->has_schemas && !ident_fits(im->to.dialect, p->place.engine))
		return err_set(e, ERR_BAD_REQUEST, "schema %.*s: the engine cannot have this name", SPAN_ARG(target));
	return true;
}

/* The tables of a file belong to one of its schemas; whatever is no schema of it goes there, too. */
static bool
find_file(const struct importing *im, struct import_place *p, const struct place *places, size_t n, struct err *e)
{
	const struct place *file = NULL;

	for (size_t i = 0; i < n; i++)
		if (places[i].engine.n > 0)
			file = &places[i];
	if (im->to.dialect->has_schemas || p->place.engine.n > 0)
		return true;
	if (p->place.rest_id != 0 && file != NULL && file->rest_id != p->place.rest_id)
		return true;	/* documents only: import_make() says so of tables */
	if (p->place.rest_id == 0 && !im->spec->is_admin)
		return err_set(e, ERR_FORBIDDEN, "ODP-31631: privileges are required to import into schema %.*s", SPAN_ARG(p->place.name));
	p->place.engine = file != NULL ? file->engine : SPAN("main");
	return true;
}

static bool
find_places(struct importing *im, struct err *e)
{
	const struct place *places;
	size_t n;

	if (!tables_places(im->db, im->mem, &places, &n, e))
		return false;
	for (size_t i = 0; i < im->n_places; i++) {
		struct import_place *p = &im->places[i];

		if (!find_place(im, p, places, n, e) || !find_file(im, p, places, n, e))
			return false;
		if (!(p->is_missing && p->place.rest_id == 0)
		    && !tables_list(im->db, &p->place, im->mem, &p->refs, &p->n_refs, e))
			return false;
	}
	return true;
}

/* ---- tables ---- */

static bool
depends(const struct import_table *a, const struct import_table *b)
{
	for (size_t i = 0; i < a->t.n_fks; i++)
		if (a != b && span_eq(a->t.fks[i].table, b->t.name) && span_eq(a->t.fks[i].schema, b->t.schema))
			return true;
	return false;
}

/* What is referred to comes first, as far as that is possible: rows that are added to tables with keys find what they need. */
static void
sort_tables(struct importing *im)
{
	struct import_table *list = ARENA_ARRAY(im->mem, struct import_table, im->n_tables + 1);
	bool *taken = ARENA_ARRAY(im->mem, bool, im->n_tables + 1);
	size_t n = 0;

	while (n < im->n_tables) {
		size_t next = im->n_tables, first = im->n_tables;

		for (size_t i = 0; i < im->n_tables && next == im->n_tables; i++) {
			bool waits = false;

			if (taken[i])
				continue;
			if (first == im->n_tables)
				first = i;
			for (size_t k = 0; k < im->n_tables && !waits && im->tables[i].t.n_fks > 0; k++)
				waits = !taken[k] && depends(&im->tables[i], &im->tables[k]);
			if (!waits)
				next = i;
		}
		if (next == im->n_tables)	/* a circle: it begins anywhere */
			next = first;
		taken[next] = true;
		list[n++] = im->tables[next];
	}
	im->tables = list;
}

static bool
same_target(const struct importing *im, const struct import_table *a, const struct import_table *b)
{
	if (a->t.is_collection || b->t.is_collection)
		return a->t.is_collection && b->t.is_collection && a->place->place.rest_id == b->place->place.rest_id
		    && span_eq(a->t.name, b->t.name);
	return im->to.dialect->has_schemas ? span_eq(a->t.schema, b->t.schema) && span_eq(a->t.name, b->t.name)
	    : span_eq_nocase(a->t.name, b->t.name);
}

/* Two tables under one name: only the first one begins with an empty place, or the second one would take its rows away. */
static void
find_shared(struct importing *im)
{
	for (size_t i = 0; i < im->n_tables; i++)
		for (size_t k = 0; k < i && im->tables[i].onto == NULL; k++)
			if (im->tables[k].state == IMPORT_NEW && same_target(im, &im->tables[k], &im->tables[i]))
				im->tables[i].onto = &im->tables[k];
}

static bool
names_fit(const struct importing *im, const struct table *t)
{
	bool fit = t->is_collection || ident_fits(im->to.dialect, t->name);

	for (size_t i = 0; i < t->n_columns && !t->is_collection; i++)
		fit = fit && ident_fits(im->to.dialect, t->columns[i].name);
	return fit;
}

/* There is no such table on this engine: told, and nothing that went wrong. */
static void
leave_out(struct importing *im, struct import_table *it)
{
	it->state = IMPORT_SKIPPED;
	it->note = "skipped, of a kind that the engine does not have";
	import_notes(im, &it->ddl);
	import_warn(im, "%s %s", it->ddl.notes->what, it->ddl.notes->why);
}

static void
add_table(struct importing *im, const struct source_table *s)
{
	struct import_table *it = &im->tables[im->n_tables++];

	it->source = s;
	it->place = import_place_of(im, s->table.schema);
	it->t = import_renamed(im, &s->table, it->place);
	it->wants_rows = im->spec->job->content != CONTENT_METADATA && !s->table.is_derived;
	it->p.table_id = s->id;
	ddl_open(&it->ddl);
	if (!names_fit(im, &it->t)) {
		it->state = IMPORT_FAILED;
		it->note = "a name that the engine cannot have";
		import_error(im, NULL, "ODP-39083: table %.*s: a name is too long for the engine, or holds what it does not take", SPAN_ARG(it->t.name));
	} else if (!it->t.is_collection) {
		gen_table(&im->to, &it->t, s->max_chars, im->mem, &it->ddl);
		if (it->ddl.steps == NULL)
			leave_out(im, it);
	}
}

static bool
old_uuid(struct importing *im, struct err *e)
{
	int64_t n;

	if (im->to.dialect->tables->uuid_probe == NULL)
		return true;
	if (!import_number(im, im->to.dialect->tables->uuid_probe, &n, e))
		return false;
	im->to.old_uuid = n == 0;
	return true;
}

static bool
plan(struct importing *im, struct err *e)
{
	const struct source *s = im->source;

	im->to.dialect = db_dialect(im->db);
	im->to.same_engine = strcmp(im->to.dialect->name, s->engine) == 0;
	im->to.is_trusted = im->spec->is_admin;
	im->to.key_later = im->to.dialect->tables->key_later && im->spec->job->sqlfile.p == NULL;
	im->to.same_names = im->spec->job->name_case == NAMES_PRESERVE;
	collect_schemas(im);
	if (im->n_places == 0) {
		import_error(im, NULL, "ODP-31655: no data or metadata objects selected for job");
		return true;
	}
	if (!old_uuid(im, e) || !find_places(im, e))
		return false;
	for (size_t i = 0; i < s->n_others; i++)
		import_warn(im, "%.*s is not taken over", SPAN_ARG(s->others[i]));
	for (size_t i = 0; i < s->n_left_out; i++)
		import_error(im, NULL, "ODP-31693: table %.*s is left out: it is gone, or has no columns", SPAN_ARG(s->left_out[i]));
	im->tables = ARENA_ARRAY(im->mem, struct import_table, s->n_tables + 1);
	for (size_t i = 0; i < s->n_tables; i++)
		if (wants_table(im, &s->tables[i].table))
			add_table(im, &s->tables[i]);
	sort_tables(im);
	find_shared(im);
	import_tell_idle(im);
	return true;
}

bool
import_plan(struct importing *im, struct err *e)
{
	bool ok = db_ready(im->db, e) && db_begin(im->db, TX_READ, e) && catalog_begin(im->db, e) && plan(im, e)
	    && db_commit(im->db, e);

	if (!ok)
		db_rollback(im->db);
	return ok;
}
