/* sql/table_copy.c - descriptions that outlive what they were read from */
#include "sql/table_copy.h"

static struct span
text(struct span s, struct arena *mem)
{
	return s.p == NULL ? s : arena_span(mem, s);
}

static const struct span *
texts(const struct span *list, size_t n, struct arena *mem)
{
	struct span *out = ARENA_ARRAY(mem, struct span, n + 1);

	for (size_t i = 0; i < n; i++)
		out[i] = text(list[i], mem);
	return out;
}

static struct table_key
key(const struct table_key *k, struct arena *mem)
{
	return (struct table_key){ text(k->name, mem), k->time, k->nulls_are_equal, k->n_columns, texts(k->columns, k->n_columns, mem) };
}

static const struct column *
columns(const struct table *t, struct arena *mem)
{
	struct column *out = ARENA_ARRAY(mem, struct column, t->n_columns + 1);

	for (size_t i = 0; i < t->n_columns; i++) {
		out[i] = t->columns[i];
		out[i].name = text(out[i].name, mem);
		out[i].native = text(out[i].native, mem);
		out[i].dflt = text(out[i].dflt, mem);
		out[i].generated = text(out[i].generated, mem);
		out[i].collation = text(out[i].collation, mem);
		out[i].comment = text(out[i].comment, mem);
		out[i].words = texts(out[i].words, out[i].n_words, mem);
	}
	return out;
}

static const struct table_key *
uniques(const struct table *t, struct arena *mem)
{
	struct table_key *out = ARENA_ARRAY(mem, struct table_key, t->n_uniques + 1);

	for (size_t i = 0; i < t->n_uniques; i++)
		out[i] = key(&t->uniques[i], mem);
	return out;
}

static const struct foreign_key *
fks(const struct table *t, struct arena *mem)
{
	struct foreign_key *out = ARENA_ARRAY(mem, struct foreign_key, t->n_fks + 1);

	for (size_t i = 0; i < t->n_fks; i++) {
		out[i] = t->fks[i];
		out[i].name = text(out[i].name, mem);
		out[i].columns = texts(out[i].columns, out[i].n_columns, mem);
		out[i].schema = text(out[i].schema, mem);
		out[i].table = text(out[i].table, mem);
		out[i].ref_columns = texts(out[i].ref_columns, out[i].n_columns, mem);
		out[i].on_update = text(out[i].on_update, mem);
		out[i].on_delete = text(out[i].on_delete, mem);
	}
	return out;
}

static const struct table_check *
checks(const struct table_check *list, size_t n, struct arena *mem)
{
	struct table_check *out = ARENA_ARRAY(mem, struct table_check, n + 1);

	for (size_t i = 0; i < n; i++)
		out[i] = (struct table_check){ text(list[i].name, mem), text(list[i].text, mem), list[i].unproven };
	return out;
}

static const struct index_part *
parts(const struct table_index *ix, struct arena *mem)
{
	struct index_part *out = ARENA_ARRAY(mem, struct index_part, ix->n_parts + 1);

	for (size_t i = 0; i < ix->n_parts; i++)
		out[i] = (struct index_part){ text(ix->parts[i].column, mem), text(ix->parts[i].expression, mem), ix->parts[i].descending,
			ix->parts[i].length };
	return out;
}

static const struct table_index *
indexes(const struct table_index *list, size_t n, struct arena *mem)
{
	struct table_index *out = ARENA_ARRAY(mem, struct table_index, n + 1);

	for (size_t i = 0; i < n; i++) {
		out[i] = list[i];
		out[i].name = text(out[i].name, mem);
		out[i].parts = parts(&list[i], mem);
		out[i].where = text(out[i].where, mem);
		out[i].kind = text(out[i].kind, mem);
		out[i].clause = text(out[i].clause, mem);
	}
	return out;
}

struct table
table_copy(const struct table *t, struct arena *mem)
{
	struct table out = *t;

	out.schema = text(t->schema, mem);
	out.name = text(t->name, mem);
	out.comment = text(t->comment, mem);
	out.tablespace = text(t->tablespace, mem);
	out.columns = columns(t, mem);
	out.pk = key(&t->pk, mem);
	out.uniques = uniques(t, mem);
	out.fks = fks(t, mem);
	out.module = text(t->module, mem);
	out.checks = checks(t->checks, t->n_checks, mem);
	out.excludes = checks(t->excludes, t->n_excludes, mem);
	out.indexes = indexes(t->indexes, t->n_indexes, mem);
	out.metadata = text(t->metadata, mem);
	out.specs = texts(t->specs, t->n_specs, mem);
	return out;
}

struct view
view_copy(const struct view *v, struct arena *mem)
{
	struct view out = *v;

	out.schema = text(v->schema, mem);
	out.name = text(v->name, mem);
	out.text = text(v->text, mem);
	out.indexes = indexes(v->indexes, v->n_indexes, mem);
	return out;
}

struct sequence
sequence_copy(const struct sequence *s, struct arena *mem)
{
	struct sequence out = *s;

	out.schema = text(s->schema, mem);
	out.name = text(s->name, mem);
	return out;
}

struct code
code_copy(const struct code *c, struct arena *mem)
{
	return (struct code){ text(c->schema, mem), text(c->name, mem), text(c->kind, mem), text(c->table, mem), text(c->text, mem) };
}

struct enum_type
enum_type_copy(const struct enum_type *t, struct arena *mem)
{
	return (struct enum_type){ text(t->schema, mem), text(t->name, mem), t->n_words, texts(t->words, t->n_words, mem) };
}
