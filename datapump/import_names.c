/* datapump/import_names.c - names of the source into names of the target: schemas, tables, case */
#include "datapump/importing.h"

#include "sql/ident.h"
#include "sql/literal.h"
#include "sql/table_words.h"

/* ---- maps ---- */

/* Sources of remapping are names, as in expressions. */
static bool
is_called(const struct importing *im, struct span name, struct span source)
{
	return im->spec->exact_names ? span_eq(name, source) : span_eq_nocase(name, source);
}

struct span
import_schema(const struct importing *im, struct span source)
{
	for (size_t i = 0; i < im->spec->job->n_remap_schemas; i++)
		if (is_called(im, source, im->spec->job->remap_schemas[i].source))
			return im->spec->job->remap_schemas[i].target;
	return source;
}

static bool
is_meant(const struct importing *im, const struct spec_remap *r, struct span schema, struct span name)
{
	return is_called(im, name, r->source) && (r->schema.n == 0 || is_called(im, schema, r->schema));
}

static struct span
mapped_table(const struct importing *im, struct span schema, struct span name)
{
	for (size_t i = 0; i < im->spec->job->n_remap_tables; i++)
		if (is_meant(im, &im->spec->job->remap_tables[i], schema, name))
			return im->spec->job->remap_tables[i].target;
	return import_folded(im, name);
}

static void
warn_if_idle(struct importing *im, const char *property, size_t i, bool is_used)
{
	if (!is_used)
		import_warn(im, "%s[%zu].source: nothing that is imported is named so", property, i);
}

void
import_tell_idle(struct importing *im)
{
	const struct job_spec *job = im->spec->job;
	const struct source *s = im->source;

	for (size_t i = 0; i < job->n_remap_tables; i++) {
		bool is_used = false;

		for (size_t k = 0; k < s->n_tables && !is_used; k++)
			is_used = is_meant(im, &job->remap_tables[i], s->tables[k].table.schema, s->tables[k].table.name);
		warn_if_idle(im, "remap_tables", i, is_used);
	}
	for (size_t i = 0; i < job->n_remap_schemas; i++) {
		bool is_used = false;

		for (size_t k = 0; k < im->n_places && !is_used; k++)
			is_used = is_called(im, im->places[k].source, job->remap_schemas[i].source);
		warn_if_idle(im, "remap_schemas", i, is_used);
	}
}

static struct span
mapped_tablespace(const struct importing *im, struct span name)
{
	for (size_t i = 0; i < im->spec->job->n_remap_tablespaces; i++)
		if (is_called(im, name, im->spec->job->remap_tablespaces[i].source))
			return im->spec->job->remap_tablespaces[i].target;
	return im->to.same_engine && !span_is_nocase(name, "pg_default") ? name : (struct span){ NULL, 0 };
}

struct span
import_folded(const struct importing *im, struct span name)
{
	bool lower = im->spec->job->name_case == NAMES_LOWER;
	char *p;

	if (im->spec->job->name_case == NAMES_PRESERVE || name.n == 0)
		return name;
	p = arena_z(im->mem, name);
	for (size_t i = 0; i < name.n; i++) {
		if (lower && p[i] >= 'A' && p[i] <= 'Z')
			p[i] = (char)(p[i] + ('a' - 'A'));
		if (!lower && p[i] >= 'a' && p[i] <= 'z')
			p[i] = (char)(p[i] - ('a' - 'A'));
	}
	return (struct span){ p, name.n };
}

const struct import_place *
import_place_of(const struct importing *im, struct span source)
{
	for (size_t i = 0; i < im->n_places; i++)
		if (span_eq(im->places[i].source, source))
			return &im->places[i];
	return NULL;
}

/* ---- a table under its new names ---- */

static const struct span *
folded_list(const struct importing *im, const struct span *names, size_t n)
{
	struct span *list = ARENA_ARRAY(im->mem, struct span, n + 1);

	for (size_t i = 0; i < n; i++)
		list[i] = import_folded(im, names[i]);
	return list;
}

static struct table_key
key(const struct importing *im, const struct table_key *k)
{
	struct table_key out = *k;

	out.name = import_folded(im, k->name);
	out.columns = folded_list(im, k->columns, k->n_columns);
	return out;
}

/* A type of the schema goes where the schema goes: hr.mood -> "blake".mood */
static struct span
mapped_native(const struct importing *im, const struct table *t, const struct column *c, const struct import_place *place)
{
	struct span rest = c->native;
	struct buf b;

	if (!im->to.same_engine || !im->to.dialect->tables->has_enum_types || c->native.n <= t->schema.n
	    || !span_eq((struct span){ c->native.p, t->schema.n }, t->schema) || c->native.p[t->schema.n] != '.')
		return c->native;
	rest.p += t->schema.n;
	rest.n -= t->schema.n;
	buf_init(&b, im->mem);
	put_ident(im->to.dialect, place->place.engine, &b);
	buf_span(&b, rest);
	return buf_text(&b);
}

/* A sequence of the schema goes where the schema goes, too. */
static struct span
mapped_default(const struct importing *im, struct span dflt)
{
	const struct import_place *place;
	struct span schema, name;
	struct buf b;

	if (dflt.p == NULL || !im->to.same_engine || !next_value_parse(dflt, im->mem, &schema, &name)
	    || (place = import_place_of(im, schema)) == NULL)
		return dflt;
	buf_init(&b, im->mem);
	next_value_put(im->to.dialect, place->place.engine, import_folded(im, name), &b);
	return buf_text(&b);
}

static const struct column *
columns(const struct importing *im, const struct table *t, const struct import_place *place)
{
	struct column *list = ARENA_ARRAY(im->mem, struct column, t->n_columns + 1);

	for (size_t i = 0; i < t->n_columns; i++) {
		list[i] = t->columns[i];
		list[i].name = import_folded(im, t->columns[i].name);
		list[i].native = mapped_native(im, t, &t->columns[i], place);
		list[i].dflt = mapped_default(im, t->columns[i].dflt);
		if (!import_wants(im, OBJECT_COMMENT, t->schema, t->name, t->tablespace))
			list[i].comment = (struct span){ NULL, 0 };
	}
	return list;
}

static size_t
fks(const struct importing *im, const struct table *t, const struct foreign_key **out)
{
	struct foreign_key *list = ARENA_ARRAY(im->mem, struct foreign_key, t->n_fks + 1);
	size_t n = 0;

	for (size_t i = 0; i < t->n_fks; i++) {
		const struct foreign_key *fk = &t->fks[i];
		struct span schema = fk->schema.n > 0 ? fk->schema : t->schema;
		const struct import_place *place = import_place_of(im, schema);

		if (!import_wants(im, OBJECT_REF_CONSTRAINT, t->schema, fk->name, t->tablespace))
			continue;
		list[n] = *fk;
		list[n].name = import_folded(im, fk->name);
		list[n].schema = place != NULL ? place->place.engine : import_schema(im, schema);
		list[n].table = mapped_table(im, schema, fk->table);
		list[n].columns = folded_list(im, fk->columns, fk->n_columns);
		list[n].ref_columns = folded_list(im, fk->ref_columns, fk->n_columns);
		n++;
	}
	*out = list;
	return n;
}

static size_t
indexes(const struct importing *im, const struct table *t, const struct table_index **out)
{
	struct table_index *list = ARENA_ARRAY(im->mem, struct table_index, t->n_indexes + 1);
	size_t n = 0;

	for (size_t i = 0; i < t->n_indexes; i++) {
		const struct table_index *ix = &t->indexes[i];
		struct index_part *parts = ARENA_ARRAY(im->mem, struct index_part, ix->n_parts + 1);

		if (!import_wants(im, OBJECT_INDEX, t->schema, ix->name, t->tablespace))
			continue;
		for (size_t k = 0; k < ix->n_parts; k++) {
			parts[k] = ix->parts[k];
			parts[k].column = import_folded(im, ix->parts[k].column);
		}
		list[n] = *ix;
		list[n].name = import_folded(im, ix->name);
		list[n].parts = parts;
		n++;
	}
	*out = list;
	return n;
}

static size_t
uniques(const struct importing *im, const struct table *t, const struct table_key **out)
{
	struct table_key *list = ARENA_ARRAY(im->mem, struct table_key, t->n_uniques + 1);
	size_t n = 0;

	for (size_t i = 0; i < t->n_uniques; i++)
		if (import_wants(im, OBJECT_CONSTRAINT, t->schema, t->uniques[i].name, t->tablespace))
			list[n++] = key(im, &t->uniques[i]);
	*out = list;
	return n;
}

static size_t
checks(const struct importing *im, const struct table *t, const struct table_check *all, size_t n_all, const struct table_check **out)
{
	struct table_check *list = ARENA_ARRAY(im->mem, struct table_check, n_all + 1);
	size_t n = 0;

	for (size_t i = 0; i < n_all; i++)
		if (import_wants(im, OBJECT_CONSTRAINT, t->schema, all[i].name, t->tablespace))
			list[n++] = all[i];
	*out = list;
	return n;
}

struct table
import_renamed(const struct importing *im, const struct table *t, const struct import_place *place)
{
	struct table out = *t;

	out.schema = place->place.engine;
	out.name = t->is_collection ? t->name : mapped_table(im, t->schema, t->name);
	out.tablespace = mapped_tablespace(im, t->tablespace);
	out.columns = columns(im, t, place);
	out.pk = key(im, &t->pk);
	out.n_uniques = uniques(im, t, &out.uniques);
	out.n_fks = fks(im, t, &out.fks);
	out.n_checks = checks(im, t, t->checks, t->n_checks, &out.checks);
	out.n_excludes = checks(im, t, t->excludes, t->n_excludes, &out.excludes);
	out.n_indexes = indexes(im, t, &out.indexes);
	if (!import_wants(im, OBJECT_COMMENT, t->schema, t->name, t->tablespace))
		out.comment = (struct span){ NULL, 0 };
	return out;
}
