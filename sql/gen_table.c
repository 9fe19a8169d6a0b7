/* sql/gen_table.c - a table into its definitions: columns and keys before the rows, everything else after them */
#include "config.h"

#include "sql/gen_table.h"

#include "sql/clause.h"
#include "sql/ident.h"
#include "sql/literal.h"
#include "sql/table_words.h"

enum { ROW_ROOM = 60000 };	/* bytes of all columns with a length in one row of MariaDB, with some to spare */

void
ddl_open(struct table_ddl *out)
{
	*out = (struct table_ddl){ 0 };
	out->end = &out->steps;
	out->end_notes = &out->notes;
}

static struct ddl_step *
step(struct table_ddl *d, enum ddl_kind kind, struct span name, struct buf *text)
{
	struct ddl_step *s = ARENA_NEW(text->mem, struct ddl_step);

	*s = (struct ddl_step){ .kind = kind, .name = name, .text = buf_z(text) };
	*d->end = s;
	d->end = &s->next;
	return s;
}

/* ---- keys ---- */

static bool
holds(const struct span *list, size_t n, struct span name)
{
	for (size_t i = 0; i < n; i++)
		if (span_eq(list[i], name))
			return true;
	return false;
}

/* The shortest key that holds the column says how long its texts may be; INT64_MAX: it is in none. */
static int64_t
room_in_keys(const struct table_words *w, const struct table *t, struct span name)
{
	int64_t room = INT64_MAX;
	size_t most = 0;

	if (holds(t->pk.columns, t->pk.n_columns, name))
		most = t->pk.n_columns;
	for (size_t i = 0; i < t->n_uniques; i++)
		if (t->uniques[i].n_columns > most && holds(t->uniques[i].columns, t->uniques[i].n_columns, name))
			most = t->uniques[i].n_columns;
	for (size_t i = 0; i < t->n_fks; i++)
		if (t->fks[i].n_columns > most && holds(t->fks[i].columns, t->fks[i].n_columns, name))
			most = t->fks[i].n_columns;
	for (size_t i = 0; i < t->n_indexes; i++) {
		const struct table_index *ix = &t->indexes[i];

		for (size_t k = 0; k < ix->n_parts && ix->unique; k++)
			if (ix->n_parts > most && span_eq(ix->parts[k].column, name))
				most = ix->n_parts;
	}
	if (most > 0)
		room = w->key_chars / (int64_t)most;
	return room;
}

static void
put_names(const struct dialect *d, const struct span *names, size_t n, struct buf *out)
{
	buf_char(out, '(');
	for (size_t i = 0; i < n; i++) {
		if (i > 0)
			put_lit(out, ", ");
		put_ident(d, names[i], out);
	}
	buf_char(out, ')');
}

/* Some engines name indexes and keys by table, others by schema: a name from another engine gets the table's before it. */
static struct span
name_for(const struct gen_target *to, const struct table *t, struct span name, struct arena *mem)
{
	struct span longer;

	if (to->same_engine || name.n == 0 || memmem(name.p, name.n, t->name.p, t->name.n) != NULL)
		return name;
	longer = span_of(arena_printf(mem, "%.*s_%.*s", SPAN_ARG(t->name), SPAN_ARG(name)));
	return ident_fits(to->dialect, longer) ? longer : name;
}

static void
put_constraint(const struct dialect *d, struct span name, struct buf *out)
{
	if (name.n == 0 || !ident_fits(d, name))
		return;
	put_lit(out, "CONSTRAINT ");
	put_ident(d, name, out);
	buf_char(out, ' ');
}

/* what a foreign key does, by the words that all engines have; anything else does nothing */
static void
put_action(const char *when, struct span action, struct buf *out)
{
	static const char *const words[] = { "CASCADE", "SET NULL", "SET DEFAULT", "RESTRICT", "NO ACTION" };

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
		if (!span_is_nocase(action, words[i]))
			continue;
		buf_addz(out, when);
		buf_addz(out, words[i]);
	}
}

static void
put_time(const struct key_time *time, bool can, struct buf *out)
{
	if (can && time->deferrable)
		buf_addz(out, time->deferred ? " DEFERRABLE INITIALLY DEFERRED" : " DEFERRABLE");
}

static void
note_time(const struct key_time *time, bool can, const char *what, struct span name, const struct table *t, struct arena *mem,
    struct table_ddl *d)
{
	if (!can && time->deferrable)
		ddl_note(d, mem, arena_printf(mem, "%s %.*s of %.*s", what, SPAN_ARG(name), SPAN_ARG(t->name)),
		    "is checked at once; in the source it can wait for the end of the transaction", (struct span){ NULL, 0 });
}

static void
put_fk(const struct gen_target *to, const struct table *t, const struct foreign_key *fk, struct buf *out)
{
	const struct dialect *d = to->dialect;

	put_constraint(d, name_for(to, t, fk->name, out->mem), out);
	put_lit(out, "FOREIGN KEY ");
	put_names(d, fk->columns, fk->n_columns, out);
	put_lit(out, " REFERENCES ");
	put_qualified(d, fk->schema, fk->table, out);
	buf_char(out, ' ');
	put_names(d, fk->ref_columns, fk->n_columns, out);
	if (fk->match_full && to->same_engine)
		put_lit(out, " MATCH FULL");
	put_action(" ON DELETE ", fk->on_delete, out);
	put_action(" ON UPDATE ", fk->on_update, out);
	put_time(&fk->time, d->tables->defers_fks, out);
}

/* ---- checks ---- */

/* The text writes names in its own case; the table knows them. */
static bool
find_columns(struct check *c, const struct table *t)
{
	for (struct check *k = c->children; k != NULL; k = k->next)
		if (!find_columns(k, t))
			return false;
	if (c->kind == CHECK_ALL || c->kind == CHECK_ANY)
		return true;
	for (size_t i = 0; i < t->n_columns; i++) {
		if (span_eq_nocase(t->columns[i].name, c->column)) {
			c->column = t->columns[i].name;
			return true;
		}
	}
	return false;
}

static void
put_check(const struct gen_target *to, const struct table *t, const struct table_check *k, struct buf *out,
    struct table_ddl *notes)
{
	struct check *c = check_parse(k->text, out->mem);
	bool simple = c != NULL && find_columns(c, t);

	if (k->unproven && to->same_engine && expression_is_harmless(k->text, out->mem))
		return;			/* behind the rows */
	if (k->unproven) {
		ddl_note(notes, out->mem, arena_printf(out->mem, "check %.*s of %.*s", SPAN_ARG(k->name), SPAN_ARG(t->name)),
		    "need not hold for the rows that are there", k->text);
		return;
	}
	if (!simple && !(to->same_engine && to->same_names && expression_is_harmless(k->text, out->mem))) {
		ddl_note(notes, out->mem, arena_printf(out->mem, "check %.*s of %.*s", SPAN_ARG(k->name), SPAN_ARG(t->name)),
		    to->same_engine ? "is no expression that is taken over" : "is an expression of another engine", k->text);
		return;
	}
	put_lit(out, ",\n\t");
	put_constraint(to->dialect, k->name, out);
	put_lit(out, "CHECK (");
	if (to->same_engine && to->same_names && expression_is_harmless(k->text, out->mem))
		buf_span(out, k->text);
	else
		check_put(to->dialect, c, out);
	buf_char(out, ')');
}

/* ---- the table ---- */

/* A primary key that is one counting column is part of its definition where nothing else counts. */
static bool
pk_is_counter(const struct table_words *w, const struct table *t)
{
	if (w->identity != NULL || t->pk.n_columns != 1)
		return false;
	for (size_t i = 0; i < t->n_columns; i++)
		if (t->columns[i].is_identity && span_eq(t->columns[i].name, t->pk.columns[0]))
			return true;
	return false;
}

static void
put_counter(const struct gen_target *to, const struct table *t, const struct column *c, struct buf *out)
{
	put_ident(to->dialect, c->name, out);
	put_lit(out, " INTEGER PRIMARY KEY");
	if (to->same_engine && t->never_reuses)
		put_lit(out, " AUTOINCREMENT");
}

static void
put_columns(const struct gen_target *to, const struct table *t, const int64_t *max_chars, struct buf *out, struct table_ddl *d)
{
	const struct table_words *w = to->dialect->tables;
	int64_t room = ROW_ROOM;

	for (size_t i = 0; i < t->n_columns; i++) {
		const struct column *c = &t->columns[i];
		int64_t key_chars = room_in_keys(w, t, c->name);

		buf_addz(out, i == 0 ? "\n\t" : ",\n\t");
		if (c->is_identity && pk_is_counter(w, t)) {
			put_counter(to, t, c, out);
			continue;
		}
		if (c->is_identity && w->identity == NULL)
			ddl_note(d, out->mem, arena_printf(out->mem, "column %.*s.%.*s", SPAN_ARG(t->name), SPAN_ARG(c->name)),
			    "counted by itself; only a primary key of one column does here", (struct span){ NULL, 0 });
		gen_column(to, t, i, key_chars != INT64_MAX, key_chars, max_chars == NULL ? 0 : max_chars[i], &room, out, d);
	}
}

/* MariaDB counts only in a column that begins a key */
static void
put_counter_key(const struct gen_target *to, const struct table *t, struct buf *out)
{
	if (!to->dialect->tables->identity_needs_key)
		return;
	for (size_t i = 0; i < t->n_columns; i++) {
		const struct column *c = &t->columns[i];

		if (!c->is_identity || (t->pk.n_columns > 0 && span_eq(t->pk.columns[0], c->name)))
			continue;
		put_lit(out, ",\n\tKEY ");
		put_names(to->dialect, &c->name, 1, out);
	}
}

static void
create(const struct gen_target *to, const struct table *t, const int64_t *max_chars, struct arena *mem, struct table_ddl *d)
{
	const struct table_words *w = to->dialect->tables;
	struct buf b;

	buf_init(&b, mem);
	put_lit(&b, "CREATE TABLE ");
	put_qualified(to->dialect, t->schema, t->name, &b);
	put_lit(&b, " (");
	put_columns(to, t, max_chars, &b, d);
	if (t->pk.n_columns > 0 && !pk_is_counter(w, t) && !to->key_later) {
		put_lit(&b, ",\n\tPRIMARY KEY ");
		gen_key_columns(to, t, &b, d);
	}
	for (size_t i = 0; i < t->n_uniques && w->keys_inline; i++) {
		put_lit(&b, ",\n\t");
		put_constraint(to->dialect, name_for(to, t, t->uniques[i].name, mem), &b);
		put_lit(&b, "UNIQUE ");
		put_names(to->dialect, t->uniques[i].columns, t->uniques[i].n_columns, &b);
	}
	put_counter_key(to, t, &b);
	for (size_t i = 0; i < t->n_checks; i++)
		put_check(to, t, &t->checks[i], &b, d);
	gen_enum_checks(to, t, &b);
	for (size_t i = 0; i < t->n_fks && w->keys_inline; i++) {
		put_lit(&b, ",\n\t");
		put_fk(to, t, &t->fks[i], &b);
	}
	put_lit(&b, "\n)");
	if (to->same_engine && t->has_no_rowid)
		put_lit(&b, " WITHOUT ROWID");
	if (to->same_engine && t->is_strict)
		buf_addz(&b, t->has_no_rowid ? ", STRICT" : " STRICT");
	if (!to->same_engine)
		buf_addz(&b, w->table_end);
	if (w->comment == COMMENT_INLINE && t->comment.n > 0) {
		put_lit(&b, " COMMENT ");
		put_string(to->dialect, t->comment, &b);
	}
	if (to->dialect->tables->has_tablespaces && t->tablespace.n > 0) {
		put_lit(&b, " TABLESPACE ");
		put_ident(to->dialect, t->tablespace, &b);
	}
	step(d, DDL_TABLE, t->name, &b);
}

/* ---- after the rows ---- */

static const struct column *
column_of(const struct table *t, struct span name)
{
	for (size_t i = 0; i < t->n_columns; i++)
		if (span_eq(t->columns[i].name, name))
			return &t->columns[i];
	return NULL;
}

/* A long text is in an index with its beginning only, where the engine wants to know how long that is. */
static void
put_prefix(const struct gen_target *to, const struct table *t, const struct table_index *ix, const struct index_part *p,
    struct buf *out)
{
	const struct table_words *w = to->dialect->tables;
	const struct column *c = column_of(t, p->column);
	int64_t most = w->key_chars / (int64_t)ix->n_parts;
	bool is_long;

	if (w->key_text == NULL || ix->kind.p != NULL)
		return;
	if (to->same_engine && p->length > 0) {
		buf_printf(out, "(%lld)", (long long)p->length);
		return;
	}
	if (ix->unique || c == NULL || room_in_keys(w, t, p->column) != INT64_MAX)
		return;
	is_long = (c->type == ABS_TEXT || c->type == ABS_CHAR || c->type == ABS_BINARY || c->type == ABS_OTHER || c->type == ABS_JSON)
	    && (c->length == 0 || c->length > most);
	if (is_long)
		buf_printf(out, "(%lld)", (long long)(most < 255 ? most : 255));
}

static bool
put_part(const struct gen_target *to, const struct table *t, const struct table_index *ix, const struct index_part *p,
    struct buf *out)
{
	if (p->column.p != NULL) {
		put_ident(to->dialect, p->column, out);
		put_prefix(to, t, ix, p, out);
	} else {
		if (!to->same_engine || !to->same_names || !to->dialect->tables->has_expression_index
		    || !expression_is_harmless(p->expression, out->mem))
			return false;
		buf_char(out, '(');
		buf_span(out, p->expression);
		buf_char(out, ')');
	}
	if (p->descending)
		put_lit(out, " DESC");
	return true;
}

/* the word of the engine for this kind; NULL: it has none */
static const char *
kind_word(const struct gen_target *to, struct span kind)
{
	const char *const *word = to->same_engine ? to->dialect->tables->index_kinds : NULL;

	while (word != NULL && *word != NULL && !span_is(kind, *word))
		word++;
	return word == NULL ? NULL : *word;
}

static bool
takes_clause(const struct gen_target *to, struct span clause, bool is_constraint, struct arena *mem)
{
	return clause.p != NULL && to->same_engine && to->same_names && to->dialect->tables->index_clauses
	    && index_clause_is_harmless(clause, is_constraint, mem);
}

static bool
is_of_beginnings(const struct gen_target *to, const struct table_index *ix)
{
	bool any = false;

	for (size_t i = 0; i < ix->n_parts; i++)
		any = any || ix->parts[i].length > 0;
	return any && !to->same_engine;
}

static bool
put_index(const struct gen_target *to, const struct table *t, const struct table_index *ix, struct buf *out)
{
	struct check *where = ix->where.p == NULL ? NULL : check_parse(ix->where, out->mem);
	bool by_clause = takes_clause(to, ix->clause, false, out->mem);

	if ((ix->kind.p != NULL && !by_clause && kind_word(to, ix->kind) == NULL) || (ix->unique && is_of_beginnings(to, ix)))
		return false;
	put_lit(out, "CREATE ");
	if (ix->unique)
		put_lit(out, "UNIQUE ");
	if (ix->kind.p != NULL && !by_clause) {
		buf_addz(out, kind_word(to, ix->kind));
		buf_char(out, ' ');
	}
	put_lit(out, "INDEX ");
	put_ident(to->dialect, name_for(to, t, ix->name, out->mem), out);
	put_lit(out, " ON ");
	put_qualified(to->dialect, t->schema, t->name, out);
	if (by_clause) {
		buf_char(out, ' ');
		buf_span(out, ix->clause);
		return true;
	}
	put_lit(out, " (");
	for (size_t i = 0; i < ix->n_parts; i++) {
		if (i > 0)
			put_lit(out, ", ");
		if (!put_part(to, t, ix, &ix->parts[i], out))
			return false;
	}
	buf_char(out, ')');
	if (ix->where.p == NULL)
		return true;
	if (!to->same_engine || !to->dialect->tables->has_partial)
		return false;
	put_lit(out, " WHERE ");
	if (where != NULL && find_columns(where, t)) {
		check_put(to->dialect, where, out);
		return true;
	}
	if (!to->same_names || !expression_is_harmless(ix->where, out->mem))
		return false;
	buf_char(out, '(');
	buf_span(out, ix->where);
	buf_char(out, ')');
	return true;
}

static struct span
original_index(const struct table_index *ix, struct arena *mem)
{
	struct buf b;

	buf_init(&b, mem);
	if (ix->kind.p != NULL && ix->clause.p == NULL) {
		buf_span(&b, ix->kind);
		buf_char(&b, ' ');
	}
	put_lit(&b, "index ");
	buf_span(&b, ix->name);
	buf_char(&b, ' ');
	if (ix->clause.p != NULL) {
		buf_span(&b, ix->clause);
		return buf_text(&b);
	}
	buf_char(&b, '(');
	for (size_t i = 0; i < ix->n_parts; i++) {
		if (i > 0)
			put_lit(&b, ", ");
		buf_span(&b, ix->parts[i].column.p != NULL ? ix->parts[i].column : ix->parts[i].expression);
		if (ix->parts[i].length > 0)
			buf_printf(&b, "(%lld)", (long long)ix->parts[i].length);
	}
	buf_char(&b, ')');
	if (ix->where.p != NULL) {
		put_lit(&b, " where ");
		buf_span(&b, ix->where);
	}
	return buf_text(&b);
}

static const char *
why_not(const struct gen_target *to, const struct table_index *ix, struct arena *mem)
{
	if (ix->kind.p != NULL)
		return arena_printf(mem, to->same_engine ? "is a %.*s index, of which not all is taken over"
		    : "is a %.*s index, which only its engine has", SPAN_ARG(ix->kind));
	if (is_of_beginnings(to, ix))
		return "is unique over the beginnings of values, which only its engine has";
	return to->same_engine ? "holds an expression that is not taken over" : "is partial, or an expression of another engine";
}

/* One that is made, but not quite as it was. */
static const char *
what_differs(const struct gen_target *to, const struct table_index *ix, struct arena *mem)
{
	if (ix->clause.p != NULL && !takes_clause(to, ix->clause, false, mem))
		return arena_printf(mem, "is made plainly; it was %.*s", SPAN_ARG(ix->clause));
	return is_of_beginnings(to, ix) ? "is made over whole values, not over their beginnings" : NULL;
}

void
gen_indexes(const struct gen_target *to, const struct table *t, struct arena *mem, struct table_ddl *d)
{
	for (size_t i = 0; i < t->n_indexes; i++) {
		const struct table_index *ix = &t->indexes[i];
		const char *what = arena_printf(mem, "index %.*s of %.*s", SPAN_ARG(ix->name), SPAN_ARG(t->name)), *differs;
		struct buf b;

		buf_init(&b, mem);
		if (!put_index(to, t, ix, &b)) {
			ddl_note(d, mem, what, why_not(to, ix, mem), original_index(ix, mem));
			continue;
		}
		step(d, DDL_INDEX, ix->name, &b);
		if ((differs = what_differs(to, ix, mem)) != NULL)
			ddl_note(d, mem, what, differs, (struct span){ NULL, 0 });
	}
}

static void
begin_alter(const struct dialect *d, const struct table *t, struct buf *b, struct arena *mem)
{
	buf_init(b, mem);
	put_lit(b, "ALTER TABLE ");
	put_qualified(d, t->schema, t->name, b);
	put_lit(b, " ADD ");
}

static void
excludes(const struct gen_target *to, const struct table *t, struct arena *mem, struct table_ddl *d)
{
	for (size_t i = 0; i < t->n_excludes; i++) {
		const struct table_check *x = &t->excludes[i];
		struct buf b;

		if (!takes_clause(to, x->text, true, mem)) {
			ddl_note(d, mem, arena_printf(mem, "constraint %.*s of %.*s", SPAN_ARG(x->name), SPAN_ARG(t->name)),
			    to->same_engine ? "excludes by what is not taken over" : "excludes rows as only its engine can",
			    span_of(arena_printf(mem, "EXCLUDE %.*s", SPAN_ARG(x->text))));
			continue;
		}
		begin_alter(to->dialect, t, &b, mem);
		put_constraint(to->dialect, x->name, &b);
		put_lit(&b, "EXCLUDE ");
		buf_span(&b, x->text);
		step(d, DDL_UNIQUE, x->name, &b);
	}
}

static void
keys(const struct gen_target *to, const struct table *t, struct arena *mem, struct table_ddl *d)
{
	const struct table_words *w = to->dialect->tables;
	struct buf b;

	for (size_t i = 0; i < t->n_uniques; i++) {
		begin_alter(to->dialect, t, &b, mem);
		put_constraint(to->dialect, name_for(to, t, t->uniques[i].name, mem), &b);
		put_lit(&b, "UNIQUE ");
		if (t->uniques[i].nulls_are_equal && to->same_engine)
			put_lit(&b, "NULLS NOT DISTINCT ");
		put_names(to->dialect, t->uniques[i].columns, t->uniques[i].n_columns, &b);
		put_time(&t->uniques[i].time, w->defers_uniques, &b);
		step(d, DDL_UNIQUE, t->uniques[i].name, &b);
		note_time(&t->uniques[i].time, w->defers_uniques, "unique constraint", t->uniques[i].name, t, mem, d);
	}
	for (size_t i = 0; i < t->n_checks && to->same_engine; i++) {
		const struct table_check *k = &t->checks[i];

		if (!k->unproven || !expression_is_harmless(k->text, mem))
			continue;
		begin_alter(to->dialect, t, &b, mem);
		put_constraint(to->dialect, k->name, &b);
		put_lit(&b, "CHECK (");
		buf_span(&b, k->text);
		put_lit(&b, ") NOT VALID");
		step(d, DDL_UNIQUE, k->name, &b);
	}
	for (size_t i = 0; i < t->n_fks; i++) {
		begin_alter(to->dialect, t, &b, mem);
		put_fk(to, t, &t->fks[i], &b);
		step(d, DDL_FK, t->fks[i].name, &b)->fk = &t->fks[i];
		note_time(&t->fks[i].time, w->defers_fks, "foreign key", t->fks[i].name, t, mem, d);
	}
}

void
gen_table(const struct gen_target *to, const struct table *t, const int64_t *max_chars, struct arena *mem, struct table_ddl *out)
{
	const struct table_words *w = to->dialect->tables;

	ddl_open(out);
	if (t->module.p != NULL) {
		gen_virtual(to, t, mem, out);
		return;
	}
	create(to, t, max_chars, mem, out);
	gen_indexes(to, t, mem, out);
	excludes(to, t, mem, out);
	if (!w->keys_inline)
		keys(to, t, mem, out);
	if (w->comment == COMMENT_ON)
		gen_comments(to, t, mem, out);
}
