/* datapump/import_make.c - schemas, types, sequences, and the tables themselves: made, kept, emptied or replaced */
#include "datapump/importing.h"

#include "sql/table_words.h"

enum { BUSY_ATTEMPTS = 5 };

/* ---- one definition and how far we are, together where the engine can ---- */

static bool
in_one(struct importing *im, const char *text, struct err *e)
{
	bool ok = import_begin(im, e) && load_define(im->db, text, e);

	if (!ok)
		db_rollback(im->db);
	return ok;
}

/* inside NULL: where the session is */
static bool
alone(struct importing *im, const char *inside, const char *text, struct err *e)
{
	bool ok = im->host->go_on(im->host->arg, e) && db_ready(im->db, e) && load_session(im->db, e)
	    && (inside == NULL || load_define(im->db, inside, e)) && load_define(im->db, text, e);

	if (inside != NULL)
		load_session_end(im->db);
	return ok && import_begin(im, e);
}

/* text NULL: nothing to define.  A transaction is open afterwards, for the progress that belongs to it. */
static bool
define(struct importing *im, const char *inside, const char *text, struct err *e)
{
	if (text == NULL)
		return import_begin(im, e);
	return load_defines_in_transaction(im->db) ? in_one(im, text, e) : alone(im, inside, text, e);
}

static bool
commit(struct importing *im, struct err *e)
{
	if (db_commit(im->db, e))
		return true;
	db_rollback(im->db);
	return false;
}

/* ---- steps that stand beside tables ---- */

static const char *
kind_name(enum ddl_kind kind)
{
	static const char *const names[] = {
		[DDL_TABLE] = "table", [DDL_INDEX] = "index", [DDL_UNIQUE] = "unique constraint", [DDL_FK] = "foreign key",
		[DDL_COMMENT] = "comment", [DDL_VIEW] = "view", [DDL_SEQUENCE] = "sequence", [DDL_TYPE] = "type", [DDL_CODE] = "code",
	};

	return names[kind];
}

static void
steps_row(const struct importing *im, int64_t id, struct progress *p, bool *has_row)
{
	*p = (struct progress){ .table_id = id, .state = "steps" };
	*has_row = false;
	for (size_t i = 0; i < im->n_old; i++) {
		if (im->old[i].table_id == id) {
			*p = im->old[i];
			*has_row = true;
		}
	}
}

static bool
note_step(struct importing *im, struct progress *p, bool *has_row, struct err *e)
{
	bool ok = *has_row ? progress_set(im->db, &im->host->who, p, e) : progress_add(im->db, &im->host->who, p, e);

	*has_row = *has_row || ok;
	return ok && commit(im, e);
}

/* It was not made: why, and its text for whoever wants to make it by hand. */
static void
step_failed(struct importing *im, const struct ddl_step *s, const struct err *why)
{
	struct table_ddl note;
	const char *what = arena_printf(im->mem, "%s %.*s", kind_name(s->kind), SPAN_ARG(s->name));

	ddl_open(&note);
	ddl_note(&note, im->mem, what, "could not be made", span_of(arena_printf(im->mem, "%s", s->text)));
	import_notes(im, &note);
	if (why->kind == ERR_DEFINED && s->kind >= DDL_VIEW)
		import_log(im, "ODP-31684: %s already exists", what);
	else
		import_error(im, why, "ODP-39083: %s could not be made", what);
}

/* Locks may pass; what a definition stands on and is not there looks the same, and does not. */
static bool
define_patiently(struct importing *im, const struct ddl_step *s, bool yes, struct err *e)
{
	for (int n = 1; !define(im, s->inside, yes ? s->text : NULL, e); n++) {
		db_rollback(im->db);
		if (e->kind != ERR_BUSY || n == BUSY_ATTEMPTS)
			return false;
	}
	return true;
}

bool
import_steps(struct importing *im, int64_t id, const struct ddl_step *const *steps, size_t n,
    bool (*may)(struct importing *im, const struct ddl_step *s, bool *yes, struct err *e), struct err *e)
{
	struct progress p;
	bool has_row, resumed = im->n_old > 0;	/* with or without a row: the first step may have been done, and not noted */

	steps_row(im, id, &p, &has_row);
	for (size_t i = (size_t)p.done; i < n; i++) {
		bool yes = true, again = resumed && i == (size_t)p.done;

		if (may != NULL && !may(im, steps[i], &yes, e))
			return false;
		if (!define_patiently(im, steps[i], yes, e)) {
			if (e->kind != ERR_BUSY && import_is_fatal(e))
				return false;
			/* what the last runner had defined when it died, before it could say so */
			if (!(again && e->kind == ERR_DEFINED && !load_defines_in_transaction(im->db)))
				step_failed(im, steps[i], e);
			if (!import_begin(im, e))
				return false;
		}
		p.done = (int64_t)i + 1;
		if (!note_step(im, &p, &has_row, e))
			return false;
	}
	return true;
}

/* ---- before the tables ---- */

static bool
schemas(struct importing *im, struct err *e)
{
	for (size_t i = 0; i < im->n_places; i++) {
		const struct import_place *p = &im->places[i];
		const char *text = p->is_missing ? gen_schema(im->to.dialect, p->place.engine, im->mem) : NULL;

		if (text == NULL)
			continue;
		if (!db_ready(im->db, e) || !load_define(im->db, text, e))
			return false;
		import_log(im, "Schema %.*s created", SPAN_ARG(p->place.engine));
	}
	return true;
}

static void
append_steps(const struct ddl_step ***list, size_t *n, const struct table_ddl *d, struct arena *mem)
{
	for (const struct ddl_step *s = d->steps; s != NULL; s = s->next) {
		*list = arena_grow(mem, *list, *n * sizeof(**list), (*n + 1) * sizeof(**list));
		(*list)[(*n)++] = s;
	}
}

static bool
beside(struct importing *im, struct err *e)
{
	const struct ddl_step **list = NULL;
	struct table_ddl d;
	size_t n = 0;

	for (size_t i = 0; i < im->source->n_types; i++) {
		struct enum_type t = im->source->types[i];
		const struct import_place *place = import_place_of(im, t.schema);

		if (place == NULL)
			continue;
		t.schema = place->place.engine;
		gen_enum_type(&im->to, &t, im->mem, &d);
		append_steps(&list, &n, &d, im->mem);
	}
	for (size_t i = 0; i < im->source->n_sequences; i++) {
		struct sequence s = im->source->sequences[i];
		const struct import_place *place = import_place_of(im, s.schema);

		if (place == NULL || !import_wants(im, OBJECT_SEQUENCE, s.schema, s.name, (struct span){ NULL, 0 }))
			continue;
		s.schema = place->place.engine;
		s.name = import_folded(im, s.name);
		gen_sequence(&im->to, &s, im->mem, &d);
		import_notes(im, &d);
		append_steps(&list, &n, &d, im->mem);
	}
	if (n > 0)
		import_log(im, "Processing object type SCHEMA_EXPORT/SEQUENCE/SEQUENCE");
	return import_steps(im, -2, list, n, NULL, e);
}

/* ---- tables that are there ---- */

const struct table_ref *
import_existing(const struct importing *im, const struct import_table *it)
{
	for (size_t i = 0; i < it->place->n_refs; i++) {
		const struct table_ref *ref = &it->place->refs[i];

		if ((ref->coll != NULL) == it->t.is_collection
		    && (im->to.dialect->has_schemas || it->t.is_collection ? span_eq(ref->name, it->t.name)
		    : span_eq_nocase(ref->name, it->t.name)))
			return ref;
	}
	return NULL;
}

static bool
is_replaced(const struct importing *im, const struct import_table *it)
{
	return im->spec->job->exists == EXISTS_REPLACE && !it->t.is_collection && it->state == IMPORT_NEW && it->onto == NULL
	    && import_existing(im, it) != NULL;
}

/* A file has one schema, whatever it is called, and names in either case. */
static struct import_table *
table_called(const struct importing *im, struct span schema, struct span name)
{
	bool has_schemas = im->to.dialect->has_schemas;

	for (size_t i = 0; i < im->n_tables; i++) {
		const struct table *t = &im->tables[i].t;

		if (!t->is_collection && (has_schemas ? span_eq(t->schema, schema) && span_eq(t->name, name) : span_eq_nocase(t->name, name)))
			return &im->tables[i];
	}
	return NULL;
}

static void
blocked(struct importing *im, struct import_table *it, const struct table *by)
{
	if (it->state == IMPORT_FAILED)
		return;
	it->state = IMPORT_FAILED;
	it->note = "referred to by another table";
	import_error(im, NULL, "ODP-39083: table %.*s.%.*s is referred to by %.*s.%.*s, which is not part of the job; nothing was dropped",
	    SPAN_ARG(it->t.schema), SPAN_ARG(it->t.name), SPAN_ARG(by->schema), SPAN_ARG(by->name));
}

/* Rows of tables outside of the job would refer to nothing.  What refers inside of it lets go first. */
static bool
look_at_keys(struct importing *im, const struct table_ref *ref, const struct ddl_step ***drops, size_t *n, struct err *e)
{
	struct table t;
	struct import_table *own;

	if (!table_describe(im->db, ref, im->mem, &t, e))
		return false;
	own = table_called(im, t.schema, t.name);
	for (size_t i = 0; i < t.n_fks; i++) {
		struct import_table *it = table_called(im, t.fks[i].schema, t.fks[i].table);

		if (it == NULL || it == own || it->state != IMPORT_NEW || import_existing(im, it) == NULL)
			continue;
		if (own == NULL || (im->spec->job->exists == EXISTS_REPLACE && !is_replaced(im, own)))
			blocked(im, it, &t);
		else if (im->spec->job->exists == EXISTS_REPLACE && !im->to.dialect->tables->keys_inline) {
			struct table_ddl d;

			ddl_open(&d);
			gen_drop_fk(im->to.dialect, &t, &t.fks[i], im->mem, &d);
			append_steps(drops, n, &d, im->mem);
		}
	}
	return true;
}

static bool
look_at_all(struct importing *im, const struct ddl_step ***drops, size_t *n, struct err *e)
{
	const struct place *places;
	size_t n_places;

	if (!tables_places(im->db, im->mem, &places, &n_places, e))
		return false;
	for (size_t i = 0; i < n_places; i++) {
		const struct table_ref *refs;
		size_t n_refs;

		if (places[i].engine.n == 0)
			continue;
		if (!tables_list(im->db, &places[i], im->mem, &refs, &n_refs, e))
			return false;
		for (size_t k = 0; k < n_refs; k++)
			if (refs[k].coll == NULL && !look_at_keys(im, &refs[k], drops, n, e))
				return false;
	}
	return true;
}

static bool
fail_table(struct importing *im, struct import_table *it, const struct err *why, const char *note, struct err *e)
{
	if (why != NULL)
		import_error(im, why, "ODP-31693: table %.*s.%.*s failed", SPAN_ARG(it->t.schema), SPAN_ARG(it->t.name));
	it->note = note;
	it->state = IMPORT_FAILED;
	if (!import_begin(im, e) || !import_set(im, it, IMPORT_FAILED, e) || !commit(im, e)) {
		db_rollback(im->db);
		return false;
	}
	it->has_row = true;
	return true;
}

/* From here on the place of the table is ours: whoever takes over makes it. */
static bool
drop_table(struct importing *im, struct import_table *it, struct err *e)
{
	const char *text = gen_drop_table(im->to.dialect, it->t.schema, import_existing(im, it)->name, im->mem);
	struct err why;
	bool ok;

	if (!load_defines_in_transaction(im->db)) {
		if (!import_begin(im, e) || !import_set(im, it, IMPORT_MAKING, e) || !commit(im, e))
			return false;
		it->has_row = true;
	}
	ok = define(im, NULL, text, &why) && import_set(im, it, IMPORT_MAKING, &why) && commit(im, &why);
	if (ok) {
		it->state = IMPORT_MAKING;
		it->has_row = it->is_dropped = true;
		return true;
	}
	db_rollback(im->db);
	*e = why;
	return !import_is_fatal(&why) && fail_table(im, it, &why, "could not be replaced", e);
}

static bool
replaced(struct importing *im, struct err *e)
{
	const struct ddl_step **drops = NULL;
	size_t n = 0;
	bool ok;

	if (im->spec->job->exists != EXISTS_REPLACE && im->spec->job->exists != EXISTS_TRUNCATE)
		return true;
	ok = import_begin(im, e) && look_at_all(im, &drops, &n, e);
	db_rollback(im->db);
	if (!ok)
		return false;
	for (size_t i = 0; i < im->n_tables; i++)
		if (im->tables[i].state == IMPORT_FAILED && !im->tables[i].has_row
		    && !fail_table(im, &im->tables[i], NULL, im->tables[i].note, e))
			return false;
	if (im->spec->job->exists == EXISTS_TRUNCATE)
		return true;
	if (!import_steps(im, -3, drops, n, NULL, e))
		return false;
	for (size_t i = 0; i < im->n_tables; i++)
		if (is_replaced(im, &im->tables[i]) && !drop_table(im, &im->tables[i], e))
			return false;
	return true;
}

bool
import_prepare(struct importing *im, struct err *e)
{
	return schemas(im, e) && beside(im, e) && replaced(im, e);
}

/* ---- one table ---- */

static bool
skip(struct importing *im, struct import_table *it, struct err *e)
{
	it->state = IMPORT_SKIPPED;
	it->note = "skipped, table exists";
	import_log(im, "ODP-39151: Table \"%.*s\".\"%.*s\" exists. All dependent metadata and data will be skipped due to "
	    "table_exists_action of skip", SPAN_ARG(it->t.schema), SPAN_ARG(it->t.name));
	return import_begin(im, e) && import_set(im, it, IMPORT_SKIPPED, e) && commit(im, e);
}

/* An engine may refuse a table for a default or a check that meant something to another one.  Rows matter more. */
static bool
without_extras(struct importing *im, struct import_table *it)
{
	struct column *columns = ARENA_ARRAY(im->mem, struct column, it->t.n_columns + 1);
	static const char why[] = "the engine refuses the table with this, or with another one like it";
	struct table plain = it->t;
	struct table_ddl left;
	struct arena *mem = im->mem;

	ddl_open(&left);
	for (size_t i = 0; i < plain.n_columns; i++) {
		columns[i] = plain.columns[i];
		if (columns[i].dflt.p == NULL || columns[i].is_identity)
			continue;
		ddl_note(&left, mem, arena_printf(mem, "default of column %.*s.%.*s", SPAN_ARG(plain.name), SPAN_ARG(columns[i].name)), why,
		    columns[i].dflt);
		columns[i].dflt = (struct span){ NULL, 0 };
	}
	for (size_t i = 0; i < plain.n_checks; i++)
		ddl_note(&left, mem, arena_printf(mem, "check %.*s of %.*s", SPAN_ARG(plain.checks[i].name), SPAN_ARG(plain.name)), why,
		    plain.checks[i].text);
	if (left.notes == NULL)
		return false;
	plain.columns = columns;
	plain.n_checks = 0;
	import_notes(im, &left);
	gen_table(&im->to, &plain, it->source->max_chars, mem, &it->ddl);
	return true;
}

static bool
make(struct importing *im, struct import_table *it, struct err *e)
{
	if (define(im, NULL, it->ddl.steps->text, e) && import_set(im, it, IMPORT_LOADING, e) && commit(im, e))
		return true;
	db_rollback(im->db);
	return false;
}

static bool
make_somehow(struct importing *im, struct import_table *it, struct err *e)
{
	if (make(im, it, e))
		return true;
	if (import_is_fatal(e) || e->kind == ERR_DEFINED || !without_extras(im, it))
		return false;
	import_warn(im, "table %.*s.%.*s is made without its defaults and checks: %s (%s)", SPAN_ARG(it->t.schema), SPAN_ARG(it->t.name), e->text,
	    e->detail);
	err_clear(e);
	return make(im, it, e);
}

static bool
create(struct importing *im, struct import_table *it, struct err *e)
{
	struct err why = { 0 };

	it->is_new = true;
	if (!load_defines_in_transaction(im->db)) {
		if (!it->has_row) {
			if (!import_begin(im, e) || !import_set(im, it, IMPORT_MAKING, e) || !commit(im, e))
				return false;
			it->has_row = true;
		} else if (!it->is_dropped && !(db_ready(im->db, e) && load_session(im->db, e)
		    && load_define(im->db, gen_drop_table_if(im->to.dialect, it->t.schema, it->t.name, im->mem), e))) {
			return false;
		}
	}
	import_notes(im, &it->ddl);
	if (make_somehow(im, it, &why)) {
		it->has_row = true;
		it->state = IMPORT_LOADING;
		return true;
	}
	*e = why;
	return !import_is_fatal(&why) && fail_table(im, it, &why, "could not be made", e);
}

static bool
count_first(struct importing *im, struct import_table *it, const struct table_ref *ref, struct err *e)
{
	const char *count = gen_count_rows(im->to.dialect, it->t.schema, ref->name, im->mem);
	bool ok;

	it->t.name = ref->name;
	if (!import_begin(im, e))
		return false;
	ok = import_number(im, count, &it->p.first_rows, e);
	if (im->spec->job->exists == EXISTS_TRUNCATE && it->onto == NULL)
		it->p.first_rows = 0;
	it->state = IMPORT_LOADING;
	ok = ok && import_set(im, it, IMPORT_LOADING, e) && commit(im, e);
	it->has_row = ok;
	return ok;
}

/* Of two that go into one table the second one finds what the first one has made of it: nothing is made or dropped for it. */
static bool
follow(struct importing *im, struct import_table *it, const struct table_ref *was_there, struct err *e)
{
	const struct table_ref made = { .place = &it->place->place, .name = it->onto->t.name };

	if (it->onto->state == IMPORT_SKIPPED)
		return skip(im, it, e);
	if (it->onto->state == IMPORT_LOADED)
		return count_first(im, it, &made, e);
	if (was_there != NULL && im->spec->job->exists == EXISTS_APPEND)
		return count_first(im, it, was_there, e);
	import_error(im, NULL, "ODP-39083: table %.*s.%.*s: another one that goes to the same place has failed before",
	    SPAN_ARG(it->t.schema), SPAN_ARG(it->t.name));
	return fail_table(im, it, NULL, "failed with another table", e);
}

bool
import_make(struct importing *im, struct import_table *it, struct err *e)
{
	const struct table_ref *ref = import_existing(im, it);

	if (it->place->place.engine.n == 0) {
		import_error(im, NULL, "ODP-39083: table %.*s: the tables of this file belong to another schema", SPAN_ARG(it->t.name));
		return fail_table(im, it, NULL, "no place for tables", e);
	}
	if (it->state == IMPORT_LOADING) {	/* of an earlier runner */
		if (it->is_new)
			import_notes(im, &it->ddl);
		return true;
	}
	if (it->onto != NULL)
		return follow(im, it, ref, e);
	if (it->state == IMPORT_MAKING)
		return create(im, it, e);
	if (ref == NULL && im->spec->job->content == CONTENT_DATA) {
		import_error(im, NULL, "ODP-39083: table %.*s.%.*s does not exist", SPAN_ARG(it->t.schema), SPAN_ARG(it->t.name));
		return fail_table(im, it, NULL, "does not exist", e);
	}
	if (ref == NULL)
		return create(im, it, e);
	if (im->spec->job->exists == EXISTS_SKIP)
		return skip(im, it, e);
	if (!ref->is_consistent) {
		import_error(im, NULL, "ODP-39083: table %.*s.%.*s: its storage engine takes no part in transactions, so what was stored of "
		    "rows that do not fit could not be taken back", SPAN_ARG(it->t.schema), SPAN_ARG(it->t.name));
		return fail_table(im, it, NULL, "keeps no transactions", e);
	}
	return count_first(im, it, ref, e);
}
