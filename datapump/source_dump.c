/* datapump/source_dump.c - a dump set as the source of an import
 *
 * The set is read twice: once to verify all of it, which tells the descriptions, then the rows of one table after the other.
 */
#include "datapump/source.h"

#include "sql/table_copy.h"

struct dump_reader {
	struct source s;
	struct dump_set *set;
	struct arena *mem;
	struct source_table *tables;
	struct view *views;
	struct sequence *sequences;
	struct code *codes;
	struct enum_type *types;
	size_t cap[5];
};

/* ---- rows ---- */

static bool
open_table(struct source *s, const struct source_table *t, struct err *e)
{
	struct dump_reader *d = (struct dump_reader *)s;
	const struct dump_entry *entries;
	struct dump_record r = { 0 };
	size_t n;

	entries = dump_entries(d->set, &n);
	for (size_t i = 0; i < n; i++) {
		if (entries[i].id != t->id)
			continue;
		if (!dump_seek(d->set, &entries[i], e) || !dump_next(d->set, &r, e))
			return false;
		return (r.kind == DUMP_TABLE && r.id == t->id) || err_set(e, ERR_BAD_JOB,
		    "ODP-39142: table %.*s does not stand where the directory of the dump says", SPAN_ARG(t->table.name));
	}
	return err_set(e, ERR_BAD_JOB, "ODP-39142: table %.*s is not in the directory of the dump", SPAN_ARG(t->table.name));
}

static bool
next_page(struct source *s, struct rows_page *out, struct err *e)
{
	struct dump_reader *d = (struct dump_reader *)s;
	struct dump_record r;

	*out = (struct rows_page){ 0 };
	if (!dump_next(d->set, &r, e))
		return false;
	out->n_rows = r.kind == DUMP_ROWS ? r.n_rows : 0;
	out->cells = r.cells;
	return r.kind == DUMP_ROWS || r.kind == DUMP_END_TABLE || err_set(e, ERR_BAD_JOB, "ODP-39142: a table of the dump has no end");
}

static void
close_table(struct source *s)
{
	(void)s;
}

/* ---- descriptions ---- */

static void
add_table(struct dump_reader *d, const struct dump_record *r)
{
	d->tables = arena_room(d->mem, d->tables, d->s.n_tables, &d->cap[0], sizeof(*d->tables));
	d->tables[d->s.n_tables++] = (struct source_table){ .id = r->id, .table = table_copy(&r->table, d->mem), .n_rows = -1 };
}

/* the end of the table that came last */
static void
end_table(struct dump_reader *d, const struct dump_record *r)
{
	struct source_table *t = d->s.n_tables == 0 ? NULL : &d->tables[d->s.n_tables - 1];
	int64_t *chars;

	if (t == NULL || t->id != r->id)
		return;
	t->n_rows = r->n_total;
	if (r->max_chars == NULL)
		return;
	chars = ARENA_ARRAY(d->mem, int64_t, t->table.n_columns + 1);
	memcpy(chars, r->max_chars, t->table.n_columns * sizeof(*chars));
	t->max_chars = chars;
}

static void
describe(void *arg, const struct dump_record *r)
{
	struct dump_reader *d = arg;

	switch (r->kind) {
	case DUMP_TABLE:
		add_table(d, r);
		break;
	case DUMP_END_TABLE:
		end_table(d, r);
		break;
	case DUMP_VIEW:
		d->views = arena_room(d->mem, d->views, d->s.n_views, &d->cap[1], sizeof(*d->views));
		d->views[d->s.n_views++] = view_copy(&r->view, d->mem);
		break;
	case DUMP_SEQUENCE:
		d->sequences = arena_room(d->mem, d->sequences, d->s.n_sequences, &d->cap[2], sizeof(*d->sequences));
		d->sequences[d->s.n_sequences++] = sequence_copy(&r->sequence, d->mem);
		break;
	case DUMP_CODE:
		d->codes = arena_room(d->mem, d->codes, d->s.n_codes, &d->cap[3], sizeof(*d->codes));
		d->codes[d->s.n_codes++] = code_copy(&r->code, d->mem);
		break;
	case DUMP_TYPE:
		d->types = arena_room(d->mem, d->types, d->s.n_types, &d->cap[4], sizeof(*d->types));
		d->types[d->s.n_types++] = enum_type_copy(&r->type, d->mem);
		break;
	case DUMP_ROWS: case DUMP_SCHEMA: case DUMP_END:
		break;
	}
}

bool
source_of_dump(struct dump_set *set, bool (*go_on)(void *arg, struct err *e), void *arg, struct arena *mem, struct source **out,
    struct err *e)
{
	static const struct source_ops ops = { open_table, next_page, close_table };
	struct dump_reader *d = ARENA_NEW(mem, struct dump_reader);

	*d = (struct dump_reader){ .s = { .ops = &ops, .is_stable = true }, .set = set, .mem = mem };
	d->s.engine = arena_z(mem, dump_about(set)->engine);
	if (!dump_verify_seeing(set, describe, d, go_on, arg, e))
		return false;
	d->s.tables = d->tables;
	d->s.views = d->views;
	d->s.sequences = d->sequences;
	d->s.codes = d->codes;
	d->s.types = d->types;
	*out = &d->s;
	return true;
}
