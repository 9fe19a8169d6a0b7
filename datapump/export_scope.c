/* datapump/export_scope.c - which schemas, tables and parts of tables an export is about */
#include "datapump/exporting.h"

#include "sql/dialect.h"

/* Does the case of names count in expressions? */
static bool
is_exact(const struct exporting *ex)
{
	return ex->job->pool->set->job_exact_names;
}

/* whether the caller may have it at all: the one schema of its own, unless it is SQL Administrator */
static bool
is_own(const struct exporting *ex, const struct place *p)
{
	return p->rest_id != 0 && span_eq(p->rest_name, ex->job->row->schema);
}

static bool
wants_place(const struct exporting *ex, const struct place *p)
{
	const struct job_spec *spec = ex->job->spec;
	bool is_named = spec->schemas.n > 0 || (spec->mode == MODE_SCHEMA && spec->filter_expr != NULL);

	if (!ex->job->row->is_admin && !is_own(ex, p))
		return false;
	if (!is_named && (spec->mode == MODE_SCHEMA || spec->mode == MODE_TABLE))
		return is_own(ex, p);
	return spec_wants_schema(spec, p->name, is_exact(ex))
	    || (p->engine.n > 0 && !db_dialect(ex->job->db)->has_schemas && spec_wants_schema(spec, p->engine, is_exact(ex)));
}

static bool
wants_table(const struct exporting *ex, const struct table_ref *ref)
{
	const struct job_spec *spec = ex->job->spec;

	/* on an engine without schemas its own name for them is as good as ours: wants_place() has decided */
	return (spec_wants_table(spec, ref->place->name, ref->name, ref->tablespace, is_exact(ex))
	    || (ref->place->engine.n > 0 && !db_dialect(ex->job->db)->has_schemas
	    && spec_wants_table(spec, ref->place->engine, ref->name, ref->tablespace, is_exact(ex))))
	    && export_wants(ex, OBJECT_TABLE, ref->name);
}

static bool
add_tables(struct exporting *ex, const struct place *p, struct buf *list, struct err *e)
{
	const struct table_ref *refs;
	size_t n;

	if (!tables_list(ex->job->db, p, ex->job->mem, &refs, &n, e))
		return false;
	for (size_t i = 0; i < n; i++) {
		if (!wants_table(ex, &refs[i]))
			continue;
		if (!refs[i].is_readable) {
			if (!ex->was_told)
				job_error(ex->job, "ODP-31693: table \"%.*s\".\"%.*s\" is left out: no right to read it", SPAN_ARG(p->name),
				    SPAN_ARG(refs[i].name));
			continue;
		}
		buf_add(list, &refs[i], sizeof(refs[i]));
		ex->n_tables++;
	}
	return true;
}

bool
export_scope(struct exporting *ex, struct err *e)
{
	const struct place *all;
	struct place *places;
	struct buf list;
	size_t n;

	ex->n_places = ex->n_tables = 0;
	if (!tables_places(ex->job->db, ex->job->mem, &all, &n, e))
		return false;
	places = ARENA_ARRAY(ex->job->mem, struct place, n + 1);
	buf_init(&list, ex->job->mem);
	for (size_t i = 0; i < n; i++) {
		struct place *p = &places[ex->n_places];

		*p = all[i];
		if (!wants_place(ex, p))
			continue;
		ex->n_places++;
		if (!add_tables(ex, p, &list, e))
			return false;
	}
	ex->places = places;
	ex->tables = (const struct table_ref *)(const void *)list.p;
	ex->was_told = true;
	return true;
}

bool
export_wants(const struct exporting *ex, enum object_type type, struct span name)
{
	return spec_wants(ex->job->spec, type, name, is_exact(ex));
}

bool
export_has_objects(const struct exporting *ex)
{
	enum job_mode mode = ex->job->spec->mode;

	return (mode == MODE_FULL || mode == MODE_SCHEMA) && ex->job->spec->content != CONTENT_DATA;
}

/* Keep those elements of an array whose name is wanted; the array is of the page and ours. */
#define KEEP(ex, type, list, n) do { \
	size_t kept_ = 0; \
	for (size_t i_ = 0; i_ < (n); i_++) { \
		if (!export_wants((ex), (type), (list)[i_].name)) \
			continue; \
		memmove((void *)(uintptr_t)&(list)[kept_], &(list)[i_], sizeof(*(list))); \
		kept_++; \
	} \
	(n) = kept_; \
} while (0)

void
export_trim(const struct exporting *ex, struct table *t)
{
	KEEP(ex, OBJECT_INDEX, t->indexes, t->n_indexes);
	KEEP(ex, OBJECT_CONSTRAINT, t->uniques, t->n_uniques);
	KEEP(ex, OBJECT_CONSTRAINT, t->checks, t->n_checks);
	KEEP(ex, OBJECT_CONSTRAINT, t->excludes, t->n_excludes);
	KEEP(ex, OBJECT_REF_CONSTRAINT, t->fks, t->n_fks);
	if (export_wants(ex, OBJECT_COMMENT, t->name))
		return;
	t->comment = (struct span){ NULL, 0 };
	for (size_t i = 0; i < t->n_columns; i++)
		((struct column *)(uintptr_t)t->columns)[i].comment = (struct span){ NULL, 0 };
}
