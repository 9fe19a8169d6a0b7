/* datapump/import_finish.c - behind the rows: indexes, keys, counters, views, code, statistics; and were all rows counted? */
#include "config.h"
#include "datapump/importing.h"

#include "sql/store.h"
#include "sql/table_words.h"

enum { VIEWS_IN_ORDER = 2000, BUSY_ATTEMPTS = 3 };
enum { STEPS_INDEX = -10, STEPS_FK = -11, STEPS_COUNTER = -12, STEPS_VIEW = -13, STEPS_COMMENT = -14 };

struct list {
	const struct ddl_step **steps;
	size_t n;
};

static void
add(struct importing *im, struct list *l, const struct ddl_step *s)
{
	l->steps = arena_grow(im->mem, l->steps, l->n * sizeof(*l->steps), (l->n + 1) * sizeof(*l->steps));
	l->steps[l->n++] = s;
}

/* The list is the same for each runner, whatever has failed meanwhile: steps are known by their number. */
static const struct import_table *
table_of(const struct importing *im, const struct ddl_step *s)
{
	for (size_t i = 0; i < im->n_tables; i++)
		for (const struct ddl_step *k = im->tables[i].ddl.steps; k != NULL; k = k->next)
			if (k == s)
				return &im->tables[i];
	return NULL;
}

static bool
of_new_table(struct importing *im, const struct ddl_step *s, bool *yes, struct err *e)
{
	const struct import_table *it = table_of(im, s);

	(void)e;
	*yes = it != NULL && it->is_new && it->state == IMPORT_LOADED;
	return true;
}

static struct list
steps_of(struct importing *im, unsigned kinds)
{
	struct list l = { 0 };

	for (size_t i = 0; i < im->n_tables; i++)
		for (const struct ddl_step *s = im->tables[i].ddl.steps; s != NULL; s = s->next)
			if ((kinds >> s->kind) & 1)
				add(im, &l, s);
	return l;
}

/* ---- foreign keys ---- */

static bool
orphans(struct importing *im, const struct import_table *it, const struct foreign_key *fk, int64_t *n, struct err *e)
{
	struct arena_mark before = arena_mark(im->batch);
	const char *text = gen_orphans(im->to.dialect, &it->t, fk, im->batch);
	bool ok;

	for (int n_busy = 0; ; n_busy++) {
		ok = import_begin(im, e) && import_number(im, text, n, e);
		db_rollback(im->db);
		if (ok || e->kind != ERR_BUSY || n_busy == BUSY_ATTEMPTS)
			break;
		err_clear(e);
	}
	arena_rewind(im->batch, before);
	return ok;
}

/* What a key refers to may not be there, which is told like a table that went a moment ago. */
static bool
may_be_missing(const struct err *e)
{
	return e->kind == ERR_BUSY || !import_is_fatal(e);
}

static void
tell_orphans(struct importing *im, const struct import_table *it, const struct foreign_key *fk, int64_t n, const char *outcome)
{
	import_error(im, NULL, "ODP-39083: foreign key %.*s of %.*s: %lld rows refer to nothing in %.*s; %s", SPAN_ARG(fk->name),
	    SPAN_ARG(it->t.name), (long long)n, SPAN_ARG(fk->table), outcome);
}

static void
leave_out(struct importing *im, const struct ddl_step *s, const char *why)
{
	struct table_ddl note;

	ddl_open(&note);
	ddl_note(&note, im->mem, arena_printf(im->mem, "foreign key %.*s", SPAN_ARG(s->fk->name)), why, span_of(s->text));
	import_notes(im, &note);
}

/* Rows that refer to nothing stay; the key is left out.  So is one that refers to no table, which not every engine would refuse. */
static bool
may_refer(struct importing *im, const struct ddl_step *s, bool *yes, struct err *e)
{
	const struct import_table *it = table_of(im, s);
	int64_t n;

	if (!of_new_table(im, s, yes, e) || !*yes)
		return true;
	if (!orphans(im, it, s->fk, &n, e)) {
		if (!may_be_missing(e))
			return false;
		*yes = false;
		import_error(im, NULL, "ODP-39083: foreign key %.*s of %.*s is left out: %.*s is not there, or cannot be read (%s)",
		    SPAN_ARG(s->fk->name), SPAN_ARG(it->t.name), SPAN_ARG(s->fk->table), e->detail);
		leave_out(im, s, "what it refers to could not be read");
		err_clear(e);
		return true;
	}
	if (n == 0)
		return true;
	*yes = false;
	tell_orphans(im, it, s->fk, n, "the key is left out");
	leave_out(im, s, "rows refer to nothing");
	return true;
}

/* Keys that are part of the table cannot be left out. */
static bool
look_at_inline_keys(struct importing *im, struct err *e)
{
	for (size_t i = 0; i < im->n_tables && im->to.dialect->tables->keys_inline; i++) {
		const struct import_table *it = &im->tables[i];

		for (size_t k = 0; k < it->t.n_fks && it->state == IMPORT_LOADED && !it->t.is_collection; k++) {
			int64_t n;

			if (!orphans(im, it, &it->t.fks[k], &n, e)) {
				if (!may_be_missing(e))
					return false;
				err_clear(e);
				continue;
			}
			if (n > 0)
				tell_orphans(im, it, &it->t.fks[k], n, "the key is kept");
		}
	}
	return true;
}

/* ---- counters ---- */

/* the next number: as in the source, but above all that are there */
static bool
next_number(struct importing *im, const struct import_table *it, struct span column, int64_t *next, struct err *e)
{
	struct arena_mark before = arena_mark(im->batch);
	int64_t largest = 0;
	bool ok = import_begin(im, e) && import_number(im, gen_largest(im->to.dialect, &it->t, column, im->batch), &largest, e);

	db_rollback(im->db);
	arena_rewind(im->batch, before);
	*next = largest < INT64_MAX ? largest + 1 : INT64_MAX;
	if (it->t.next_identity > *next)
		*next = it->t.next_identity;
	if (*next < 1)
		*next = 1;
	return ok;
}

static bool
counters(struct importing *im, struct err *e)
{
	struct list l = { 0 };

	for (size_t i = 0; i < im->n_tables; i++) {
		const struct import_table *it = &im->tables[i];

		for (size_t c = 0; c < it->t.n_columns && it->state == IMPORT_LOADED && !it->t.is_collection && it->is_new; c++) {
			struct ddl_step *s;
			int64_t next;
			const char *text;

			if (!it->t.columns[c].is_identity)
				continue;
			if (!next_number(im, it, it->t.columns[c].name, &next, e)) {
				if (import_is_fatal(e))
					return false;
				continue;
			}
			text = gen_restart(im->to.dialect, &it->t, it->t.columns[c].name, next, im->mem);
			if (text == NULL)
				continue;
			s = ARENA_NEW(im->mem, struct ddl_step);
			*s = (struct ddl_step){ .kind = DDL_SEQUENCE, .name = it->t.columns[c].name, .text = text };
			add(im, &l, s);
		}
	}
	for (size_t i = 0; i < im->source->n_sequences && im->to.dialect->tables->has_sequences; i++) {
		struct sequence q = im->source->sequences[i];
		const struct import_place *place = import_place_of(im, q.schema);
		struct ddl_step *s;

		if (place == NULL || !import_wants(im, OBJECT_SEQUENCE, q.schema, q.name, (struct span){ NULL, 0 }))
			continue;
		q.schema = place->place.engine;
		q.name = import_folded(im, q.name);
		s = ARENA_NEW(im->mem, struct ddl_step);
		*s = (struct ddl_step){ .kind = DDL_SEQUENCE, .name = q.name, .text = gen_restart_sequence(im->to.dialect, &q, q.next, im->mem) };
		if (q.next != 0)
			add(im, &l, s);
	}
	return import_steps(im, STEPS_COUNTER, l.steps, l.n, NULL, e);
}

/* ---- views and code ---- */

static void
collect(struct importing *im, struct list *l, const struct table_ddl *d)
{
	import_notes(im, d);
	for (const struct ddl_step *s = d->steps; s != NULL; s = s->next)
		add(im, l, s);
}

/* Is the one named in the text of the other?  More than that does not matter: order alone depends on it. */
static bool
mentions(const struct view *v, const struct view *other)
{
	return v != other && other->name.n > 0 && memmem(v->text.p, v->text.n, other->name.p, other->name.n) != NULL;
}

/* A view may stand on another one, which then comes first; in a circle whoever waits for fewest. */
static const size_t *
view_order(struct importing *im)
{
	const struct view *v = im->source->views;
	size_t n = im->source->n_views, n_done = 0;
	size_t *order = ARENA_ARRAY(im->mem, size_t, n + 1), *waits = ARENA_ARRAY(im->mem, size_t, n + 1);
	bool *done = ARENA_ARRAY(im->mem, bool, n + 1), looks = n <= VIEWS_IN_ORDER;

	for (size_t i = 0; i < n && looks; i++)
		for (size_t k = 0; k < n; k++)
			waits[i] += mentions(&v[i], &v[k]);
	while (n_done < n) {
		size_t next = n;

		for (size_t i = 0; i < n; i++)
			if (!done[i] && (next == n || waits[i] < waits[next]))
				next = i;
		done[next] = true;
		order[n_done++] = next;
		for (size_t i = 0; i < n && looks; i++)
			waits[i] -= !done[i] && mentions(&v[i], &v[next]);
	}
	return order;
}

/* Texts name the schema of the source where the engine writes it into them. */
static void
warn_of_schema(struct importing *im, const struct import_place *place, struct span schema, const char *what, struct span name)
{
	if (im->to.same_engine && im->to.dialect->has_schemas && !span_eq(place->place.engine, schema))
		import_warn(im, "%s %.*s: its text is not rewritten for the other schema", what, SPAN_ARG(name));
}

static void
add_views(struct importing *im, struct list *l)
{
	const size_t *order = view_order(im);

	for (size_t i = 0; i < im->source->n_views; i++) {
		struct view v = im->source->views[order[i]];
		const struct import_place *place = import_place_of(im, v.schema);
		struct table_ddl d;

		if (place == NULL || !import_wants(im, OBJECT_VIEW, v.schema, v.name, (struct span){ NULL, 0 }))
			continue;
		warn_of_schema(im, place, v.schema, "view", v.name);
		v.schema = place->place.engine;
		v.name = import_folded(im, v.name);
		gen_view(&im->to, &v, im->mem, &d);
		collect(im, l, &d);
	}
}

static void
add_code(struct importing *im, bool triggers, struct list *l)
{
	for (size_t i = 0; i < im->source->n_codes; i++) {
		struct code c = im->source->codes[i];
		const struct import_place *place = import_place_of(im, c.schema);
		struct table_ddl d;

		if (span_is(c.kind, "TRIGGER") != triggers || place == NULL
		    || !import_wants(im, OBJECT_TRIGGER, c.schema, c.name, (struct span){ NULL, 0 }))
			continue;
		if (im->spec->job->include_code) {
			if (im->to.dialect->tables->use_schema == NULL)
				warn_of_schema(im, place, c.schema, "code", c.name);
			c.schema = place->place.engine;
			gen_code(&im->to, &c, im->mem, &d);
		} else {
			ddl_open(&d);
			ddl_note(&d, im->mem, arena_printf(im->mem, "%.*s %.*s", SPAN_ARG(c.kind), SPAN_ARG(c.name)),
			    "is made only when include_code is true", c.text);
		}
		collect(im, l, &d);
	}
}

/* Views may call routines, and triggers may stand on views. */
static bool
views(struct importing *im, struct err *e)
{
	struct list l = { 0 };

	if (im->spec->job->content != CONTENT_DATA) {
		add_code(im, false, &l);
		add_views(im, &l);
		add_code(im, true, &l);
	}
	if (l.n > 0)
		import_log(im, "Processing object type SCHEMA_EXPORT/VIEW/VIEW");
	return import_steps(im, STEPS_VIEW, l.steps, l.n, NULL, e);
}

static bool
analyze(struct importing *im, struct err *e)
{
	for (size_t i = 0; i < im->n_tables; i++) {
		const struct import_table *it = &im->tables[i];

		if (it->state != IMPORT_LOADED || it->t.is_collection || it->p.done == 0)
			continue;
		if (!db_ready(im->db, e) || !load_session(im->db, e)
		    || !load_define(im->db, gen_analyze(im->to.dialect, it->t.schema, it->t.name, im->mem), e)) {
			if (import_is_fatal(e))
				return false;
			import_warn(im, "statistics of %.*s: %s", SPAN_ARG(it->t.name), e->text);
		}
	}
	return true;
}

bool
import_finish(struct importing *im, struct err *e)
{
	struct list index = steps_of(im, 1U << DDL_INDEX | 1U << DDL_UNIQUE), fk = steps_of(im, 1U << DDL_FK);
	struct list comment = steps_of(im, 1U << DDL_COMMENT);

	im->told.current = (struct span){ NULL, 0 };
	if (index.n > 0)
		import_log(im, "Processing object type SCHEMA_EXPORT/TABLE/INDEX/INDEX");
	if (!import_steps(im, STEPS_INDEX, index.steps, index.n, of_new_table, e))
		return false;
	if (fk.n > 0)
		import_log(im, "Processing object type SCHEMA_EXPORT/TABLE/CONSTRAINT/REF_CONSTRAINT");
	return import_steps(im, STEPS_FK, fk.steps, fk.n, may_refer, e) && look_at_inline_keys(im, e)
	    && counters(im, e)
	    && import_steps(im, STEPS_COMMENT, comment.steps, comment.n, of_new_table, e)
	    && views(im, e) && analyze(im, e);
}

/* ---- counting ---- */

static bool
count(struct importing *im, struct import_table *it, int64_t *n, struct err *e)
{
	const struct coll *coll;
	struct plan all = { 0 };
	uint64_t docs = 0;
	bool ok;

	if (!db_ready(im->db, e) || !db_begin(im->db, TX_READ, e))
		return false;
	if (it->t.is_collection) {
		ok = catalog_begin(im->db, e) && catalog_find(im->db, it->place->place.rest_id, it->t.name, &coll, e);
		all.coll = ok ? coll : NULL;
		ok = ok && store_count(im->db, &all, im->batch, &docs, e);
		*n = (int64_t)docs;
	} else {
		ok = import_number(im, gen_count_rows(im->to.dialect, it->t.schema, it->t.name, im->batch), n, e);
	}
	db_rollback(im->db);
	return ok;
}

/* rows that were there, and those of this table and of others that came behind it */
static int64_t
expected(const struct importing *im, const struct import_table *it)
{
	int64_t n = it->p.first_rows + it->p.done - it->p.rejected;

	for (const struct import_table *more = it + 1; more < im->tables + im->n_tables; more++)
		if (more->onto == (it->onto == NULL ? it : it->onto) && more->state == IMPORT_LOADED)
			n += more->p.done - more->p.rejected;
	return n;
}

bool
import_verify(struct importing *im, struct err *e)
{
	for (size_t i = 0; i < im->n_tables; i++) {
		struct import_table *it = &im->tables[i];
		int64_t n, want = expected(im, it);

		if (it->state != IMPORT_LOADED || !it->wants_rows)
			continue;
		if (!count(im, it, &n, e)) {
			if (import_is_fatal(e))
				return false;
			import_error(im, e, "ODP-39083: table %.*s could not be counted", SPAN_ARG(it->t.name));
		} else if (n != want) {
			it->note = "the number of rows differs";
			import_error(im, NULL, "ODP-39083: table %.*s has %lld rows; %lld were expected", SPAN_ARG(it->t.name), (long long)n,
			    (long long)want);
		} else if (it->source->n_rows >= 0 && it->p.done != it->source->n_rows) {
			it->note = "the number of rows differs";
			import_error(im, NULL, "ODP-39083: table %.*s: %lld rows were exported, %lld were read", SPAN_ARG(it->t.name),
			    (long long)it->source->n_rows, (long long)it->p.done);
		}
		arena_clear(im->batch);
	}
	return true;
}
