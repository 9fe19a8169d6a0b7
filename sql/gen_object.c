/* sql/gen_object.c - what stands beside tables: views, sequences, types, code; and statements about a whole table */
#include "sql/gen_table.h"

#include "sql/clause.h"
#include "sql/ident.h"
#include "sql/literal.h"
#include "sql/table_words.h"

static void
step(struct table_ddl *d, enum ddl_kind kind, struct span name, struct buf *text)
{
	struct ddl_step *s = ARENA_NEW(text->mem, struct ddl_step);

	*s = (struct ddl_step){ .kind = kind, .name = name, .text = buf_z(text) };
	*d->end = s;
	d->end = &s->next;
}

/* Names that a text tells without their schema are of that one. */
static void
define_inside(const struct gen_target *to, struct span schema, struct table_ddl *d, struct arena *mem)
{
	const char *verb = to->dialect->tables->use_schema;
	struct buf b;

	if (verb == NULL || d->steps == NULL)
		return;
	buf_init(&b, mem);
	buf_addz(&b, verb);
	put_ident(to->dialect, schema, &b);
	d->steps->inside = buf_z(&b);
}

/* ---- beside tables ---- */

void
gen_view(const struct gen_target *to, const struct view *v, struct arena *mem, struct table_ddl *out)
{
	const char *what = arena_printf(mem, "%sview %.*s", v->is_stored ? "materialised " : "", SPAN_ARG(v->name));
	const struct table_words *w = to->dialect->tables;
	bool invoked = !to->is_trusted && w->invoked_view[0] != NULL;
	const struct table as_table = { .schema = v->schema, .name = v->name, .n_indexes = v->n_indexes, .indexes = v->indexes };
	struct span text;
	struct buf b;

	ddl_open(out);
	if (!to->same_engine) {
		ddl_note(out, mem, what, "is written in the language of another engine", v->text);
		return;
	}
	if (invoked && v->is_stored) {
		ddl_note(out, mem, what, "would be filled with what cords may read: an import by SQL Administrator makes it", v->text);
		return;
	}
	if (!query_is_single(to->dialect, v->text, &text)) {
		ddl_note(out, mem, what, "is not one query, or names what is kept for cords", v->text);
		return;
	}
	buf_init(&b, mem);
	buf_addz(&b, v->is_stored ? "CREATE MATERIALIZED VIEW " : invoked ? w->invoked_view[0] : "CREATE VIEW ");
	put_qualified(to->dialect, v->schema, v->name, &b);
	if (invoked)
		buf_addz(&b, w->invoked_view[1]);
	put_lit(&b, " AS ");
	buf_span(&b, text);
	if (v->is_stored && !v->is_filled)
		put_lit(&b, " WITH NO DATA");
	step(out, DDL_VIEW, v->name, &b);
	define_inside(to, v->schema, out, mem);
	gen_indexes(to, &as_table, mem, out);
}

static struct span
original_sequence(const struct sequence *s, struct arena *mem)
{
	return span_of(arena_printf(mem, "sequence %.*s start %lld increment %lld next %lld", SPAN_ARG(s->name),
	    (long long)s->start, (long long)s->increment, (long long)s->next));
}

void
gen_sequence(const struct gen_target *to, const struct sequence *s, struct arena *mem, struct table_ddl *out)
{
	struct buf b;

	ddl_open(out);
	if (!to->dialect->tables->has_sequences) {
		ddl_note(out, mem, arena_printf(mem, "sequence %.*s", SPAN_ARG(s->name)), "the engine has no sequences",
		    original_sequence(s, mem));
		return;
	}
	buf_init(&b, mem);
	put_lit(&b, "CREATE SEQUENCE ");
	put_qualified(to->dialect, s->schema, s->name, &b);
	buf_printf(&b, " START WITH %lld INCREMENT BY %lld", (long long)s->start, (long long)(s->increment == 0 ? 1 : s->increment));
	if (s->min != s->max) {
		/* the largest number is kept for itself by an engine of ours */
		int64_t max = s->max == INT64_MAX ? INT64_MAX - 1 : s->max, min = s->min <= INT64_MIN + 1 ? INT64_MIN + 2 : s->min;

		buf_printf(&b, " MINVALUE %lld MAXVALUE %lld", (long long)min, (long long)max);
	}
	buf_addz(&b, s->cycle ? " CYCLE" : to->dialect->tables->no_cycle);
	step(out, DDL_SEQUENCE, s->name, &b);
}

void
gen_enum_type(const struct gen_target *to, const struct enum_type *t, struct arena *mem, struct table_ddl *out)
{
	struct buf b;

	ddl_open(out);
	if (!to->same_engine || !to->dialect->tables->has_enum_types)	/* columns say themselves which words they take */
		return;
	buf_init(&b, mem);
	put_lit(&b, "CREATE TYPE ");
	put_qualified(to->dialect, t->schema, t->name, &b);
	put_lit(&b, " AS ENUM (");
	for (size_t i = 0; i < t->n_words; i++) {
		if (i > 0)
			put_lit(&b, ", ");
		put_string(to->dialect, t->words[i], &b);
	}
	buf_char(&b, ')');
	step(out, DDL_TYPE, t->name, &b);
}

void
gen_code(const struct gen_target *to, const struct code *c, struct arena *mem, struct table_ddl *out)
{
	const char *what = arena_printf(mem, "%.*s %.*s", SPAN_ARG(c->kind), SPAN_ARG(c->name));
	struct span text;
	struct buf b;

	ddl_open(out);
	if (!to->same_engine) {
		ddl_note(out, mem, what, "is written in the language of another engine", c->text);
		return;
	}
	if (!to->is_trusted && to->dialect->tables->invoked_view[0] != NULL) {
		ddl_note(out, mem, what, "would act with the rights of cords: an import by SQL Administrator makes it", c->text);
		return;
	}
	if (!code_is_single(to->dialect, c->text, &text)) {
		ddl_note(out, mem, what, "is not one definition of a trigger or a routine, or names what is kept for cords", c->text);
		return;
	}
	buf_init(&b, mem);
	buf_span(&b, text);
	step(out, DDL_CODE, c->name, &b);
	define_inside(to, c->schema, out, mem);
}

/* ---- virtual tables ---- */

/* A virtual table is what its module makes of it, or nothing. */
void
gen_virtual(const struct gen_target *to, const struct table *t, struct arena *mem, struct table_ddl *d)
{
	const char *what = arena_printf(mem, "virtual table %.*s", SPAN_ARG(t->name));
	enum module_rows rows;
	bool has_rowid;
	struct buf b;

	if (!to->same_engine || !to->same_names || !module_is_harmless(t->module, mem, &has_rowid, &rows)) {
		ddl_note(d, mem, what, to->same_engine ? "is of a kind that is not taken over" : "is of a kind that only its engine has",
		    span_of(arena_printf(mem, "CREATE VIRTUAL TABLE %.*s USING %.*s", SPAN_ARG(t->name), SPAN_ARG(t->module))));
		return;
	}
	buf_init(&b, mem);
	put_lit(&b, "CREATE VIRTUAL TABLE ");
	put_qualified(to->dialect, t->schema, t->name, &b);
	put_lit(&b, " USING ");
	buf_span(&b, t->module);
	step(d, DDL_TABLE, t->name, &b);
	if (rows == MODULE_NONE)
		ddl_note(d, mem, what, "keeps no rows that could be read, and is made empty", (struct span){ NULL, 0 });
	if (rows != MODULE_FOREIGN)
		return;
	buf_init(&b, mem);
	put_lit(&b, "INSERT INTO ");
	put_qualified(to->dialect, t->schema, t->name, &b);
	buf_char(&b, '(');
	put_ident(to->dialect, t->name, &b);
	put_lit(&b, ") VALUES ('rebuild')");
	step(d, DDL_INDEX, t->name, &b);
}

/* ---- comments ---- */

void
gen_comments(const struct gen_target *to, const struct table *t, struct arena *mem, struct table_ddl *d)
{
	struct buf b;

	if (t->comment.n > 0) {
		buf_init(&b, mem);
		put_lit(&b, "COMMENT ON TABLE ");
		put_qualified(to->dialect, t->schema, t->name, &b);
		put_lit(&b, " IS ");
		put_string(to->dialect, t->comment, &b);
		step(d, DDL_COMMENT, t->name, &b);
	}
	for (size_t i = 0; i < t->n_columns; i++) {
		if (t->columns[i].comment.n == 0)
			continue;
		buf_init(&b, mem);
		put_lit(&b, "COMMENT ON COLUMN ");
		put_qualified(to->dialect, t->schema, t->name, &b);
		buf_char(&b, '.');
		put_ident(to->dialect, t->columns[i].name, &b);
		put_lit(&b, " IS ");
		put_string(to->dialect, t->columns[i].comment, &b);
		step(d, DDL_COMMENT, t->columns[i].name, &b);
	}
}

/* ---- a whole table ---- */

static const char *
about(const struct dialect *d, const char *verb, struct span schema, struct span name, struct arena *mem)
{
	struct buf b;

	buf_init(&b, mem);
	buf_addz(&b, verb);
	put_qualified(d, schema, name, &b);
	return buf_z(&b);
}

const char *
gen_schema(const struct dialect *d, struct span schema, struct arena *mem)
{
	struct buf b;

	if (d->tables->create_schema == NULL)
		return NULL;
	buf_init(&b, mem);
	buf_addz(&b, d->tables->create_schema);
	put_ident(d, schema, &b);
	return buf_z(&b);
}

const char *
gen_drop_table(const struct dialect *d, struct span schema, struct span name, struct arena *mem)
{
	return about(d, "DROP TABLE ", schema, name, mem);
}

const char *
gen_drop_table_if(const struct dialect *d, struct span schema, struct span name, struct arena *mem)
{
	return about(d, "DROP TABLE IF EXISTS ", schema, name, mem);
}

void
gen_drop_fk(const struct dialect *d, const struct table *t, const struct foreign_key *fk, struct arena *mem, struct table_ddl *out)
{
	struct buf b;

	buf_init(&b, mem);
	put_lit(&b, "ALTER TABLE ");
	put_qualified(d, t->schema, t->name, &b);
	buf_addz(&b, d->tables->drop_fk);
	put_ident(d, fk->name, &b);
	step(out, DDL_FK, fk->name, &b);
}

const char *
gen_primary_key(const struct dialect *d, const struct table *t, struct arena *mem)
{
	struct buf b;

	buf_init(&b, mem);
	put_lit(&b, "ALTER TABLE ");
	put_qualified(d, t->schema, t->name, &b);
	for (size_t i = 0; i < t->pk.n_columns; i++) {
		buf_addz(&b, i == 0 ? " ADD PRIMARY KEY (" : ", ");
		put_ident(d, t->pk.columns[i], &b);
	}
	buf_char(&b, ')');
	return buf_z(&b);
}

const char *
gen_empty_table(const struct dialect *d, struct span schema, struct span name, bool is_new, struct arena *mem)
{
	return about(d, is_new && d->tables->empty_new != NULL ? d->tables->empty_new : "DELETE FROM ", schema, name, mem);
}

const char *
gen_count_rows(const struct dialect *d, struct span schema, struct span name, struct arena *mem)
{
	return about(d, "SELECT count(*) FROM ", schema, name, mem);
}

const char *
gen_analyze(const struct dialect *d, struct span schema, struct span name, struct arena *mem)
{
	return about(d, d->tables->analyze, schema, name, mem);
}

static void
put_of(const struct dialect *d, const char *alias, struct span column, struct buf *out)
{
	buf_addz(out, alias);
	put_ident(d, column, out);
}

/* rows that refer to nothing; one column that is absent is enough to refer to nothing lawfully */
const char *
gen_orphans(const struct dialect *d, const struct table *t, const struct foreign_key *fk, struct arena *mem)
{
	struct buf b;

	buf_init(&b, mem);
	put_lit(&b, "SELECT count(*) FROM ");
	put_qualified(d, t->schema, t->name, &b);
	put_lit(&b, " c WHERE ");
	for (size_t i = 0; i < fk->n_columns; i++) {
		put_of(d, "c.", fk->columns[i], &b);
		put_lit(&b, " IS NOT NULL AND ");
	}
	put_lit(&b, "NOT EXISTS (SELECT 1 FROM ");
	put_qualified(d, fk->schema, fk->table, &b);
	put_lit(&b, " p WHERE ");
	for (size_t i = 0; i < fk->n_columns; i++) {
		if (i > 0)
			put_lit(&b, " AND ");
		put_of(d, "p.", fk->ref_columns[i], &b);
		put_lit(&b, " = ");
		put_of(d, "c.", fk->columns[i], &b);
	}
	buf_char(&b, ')');
	return buf_z(&b);
}

const char *
gen_largest(const struct dialect *d, const struct table *t, struct span column, struct arena *mem)
{
	struct buf b;

	buf_init(&b, mem);
	put_lit(&b, "SELECT coalesce(max(");
	put_ident(d, column, &b);
	put_lit(&b, "), 0) FROM ");
	put_qualified(d, t->schema, t->name, &b);
	return buf_z(&b);
}

const char *
gen_restart(const struct dialect *d, const struct table *t, struct span column, int64_t next, struct arena *mem)
{
	const struct table_words *w = d->tables;
	struct buf b;

	if (w->restart == NULL)
		return NULL;
	buf_init(&b, mem);
	put_lit(&b, "ALTER TABLE ");
	put_qualified(d, t->schema, t->name, &b);
	if (w->restart_column != NULL) {
		buf_addz(&b, w->restart_column);
		put_ident(d, column, &b);
	}
	buf_addz(&b, w->restart);
	buf_int(&b, next);
	return buf_z(&b);
}

const char *
gen_restart_sequence(const struct dialect *d, const struct sequence *s, int64_t next, struct arena *mem)
{
	struct buf b;

	buf_init(&b, mem);
	put_lit(&b, "ALTER SEQUENCE ");
	put_qualified(d, s->schema, s->name, &b);
	put_lit(&b, " RESTART WITH ");
	buf_int(&b, next);
	return buf_z(&b);
}
