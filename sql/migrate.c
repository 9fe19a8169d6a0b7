/* sql/migrate.c - bringing the repository to the level of the program, and looking whether it is there
 *
 * A step is one transaction that writes, so it waits for the write lock and then looks again what is missing: any number of
 * processes may install at once.
 */
#include "config.h"

#include "sql/migrate.h"
#include "sql/migrations.h"
#include "sql/odbc.h"
#include "base/clock.h"

#include <stdio.h>
#include <string.h>

/* steps with the table that they are recorded in, which is part of every step, without effect when it is there */
struct series {
	const struct migration *steps;
	const char *table, *highest, *record, *bootstrap;
};
#define SERIES(steps_, table_, more) { \
	.steps = steps_, .table = table_, .highest = "SELECT coalesce(max(level), 0) FROM " table_, \
	.record = "INSERT INTO " table_ "(level, name, program, applied) VALUES (?, ?, ?, ?)", \
	.bootstrap = \
	    "CREATE TABLE IF NOT EXISTS " table_ "(\n" \
	    "	level @int@ NOT NULL PRIMARY KEY,\n" \
	    "	name @text@ NOT NULL,\n" \
	    "	program @text@ NOT NULL,\n" \
	    "	applied @time@ NOT NULL\n" \
	    ");\n" more \
}

static const struct series repository = SERIES(migrations, "ords_schema_version",
    "@view@ ords_installed_version AS\n"
    "	SELECT program AS version, level AS build, applied AS installed FROM ords_schema_version\n"
    "	WHERE level = (SELECT max(level) FROM ords_schema_version);\n");
static const struct series job_store = SERIES(job_migrations, "ords_jobs_version", "");

static int
last_level(const struct series *series)
{
	int level = 0;

	for (const struct migration *m = series->steps; m->level != 0; m++)
		level = m->level;
	return level;
}

int
migrate_level_program(void)
{
	return last_level(&repository);
}

static bool
read_level(struct db *db, const struct series *series, int *level, struct err *e)
{
	struct bind name = BIND_T(span_of(series->table));
	struct query exists = { .text = span_of(db->dialect->table_exists), .n_binds = 1, .binds = &name };
	struct query highest = { .text = span_of(series->highest) };
	struct stmt *st;
	bool has_row;
	int64_t n = 0;
	bool ok;

	*level = 0;
	if (!stmt_open(db, &exists, &st, e))
		return false;
	ok = stmt_step(st, &has_row, e);
	stmt_done(st);
	if (!ok || !has_row)
		return ok;
	if (!stmt_open(db, &highest, &st, e))
		return false;
	ok = stmt_step(st, &has_row, e) && (!has_row || stmt_int(st, 0, &n, e));
	stmt_done(st);
	*level = (int)n;
	return ok;
}

bool
migrate_level(struct db *db, int *level, struct err *e)
{
	return read_level(db, &repository, level, e);
}

bool
migrate_fits(struct db *db, struct err *e)
{
	int level;

	if (!migrate_level(db, &level, e))
		return false;
	if (level == migrate_level_program())
		return true;
	return err_set(e, ERR_NEED_INSTALL, level > migrate_level_program()
	    ? "the repository has level %d, the program knows %d; it is too old" : "the repository has level %d, the program needs %d; run install",
	    level, migrate_level_program());
}

/* ---- applying ---- */

static bool
put_line(const struct dialect *d, struct span line, struct buf *out, struct err *e)
{
	while (line.n > 0) {
		const char *at = memchr(line.p, '@', line.n);
		size_t before = at == NULL ? line.n : (size_t)(at - line.p);
		const char *end;
		const char *word;

		buf_add(out, line.p, before);
		if (at == NULL)
			break;
		end = memchr(at + 1, '@', line.n - before - 1);
		word = end == NULL ? NULL : dialect_word(d, (struct span){ at + 1, (size_t)(end - at) - 1 });
		if (word == NULL)
			return err_set(e, ERR_INTERNAL, "a migration uses a word that no dialect has");
		buf_addz(out, word);
		line.n -= (size_t)(end + 1 - line.p);
		line.p = end + 1;
	}
	buf_char(out, '\n');
	return true;
}

/* Where definitions commit, a step that ended in its middle is done again: what is there already is passed over. */
static bool
is_repeated(const struct db *db, const struct err *e)
{
	return db->dialect->orphans != NULL && e->kind == ERR_DUPLICATE_KEY;
}

static bool
apply_text(struct db *db, const char *text, struct arena *mem, struct err *e)
{
	struct buf statement;

	buf_init(&statement, mem);
	while (*text != '\0') {
		size_t n = strcspn(text, "\n");

		if (!put_line(db->dialect, (struct span){ text, n }, &statement, e))
			return false;
		if (n > 0 && text[n - 1] == ';') {
			statement.n -= 2;	/* ";\n": one statement per string (D-10), without its end */
			if (statement.n > 0 && !stmt_direct(db, buf_z(&statement), e) && !is_repeated(db, e))
				return false;
			statement.n = 0;
		}
		text += n + (text[n] == '\n');
	}
	if (statement.n > 0)
		return err_set(e, ERR_INTERNAL, "the last statement of a migration has no end");
	return true;
}

static bool
record(struct db *db, const struct series *series, const struct migration *m, struct err *e)
{
	struct bind values[] = { BIND_I(m->level), BIND_T(span_of(m->name)), BIND_T(SPAN(PACKAGE_VERSION)), BIND_I(clock_us()) };
	struct query q = { .text = span_of(series->record), .n_binds = 4, .binds = values };

	return stmt_exec_n(db, &q, 1, e);
}

/* Workers of another version, who would go on with what they know, look again at their next request. */
static bool
tell_workers(struct db *db, const struct series *series, struct err *e)
{
	struct query q = { .text = stmt_named(S_CATALOG_CHANGED) };

	return series != &repository || stmt_exec(db, &q, NULL, e);
}

/* Inside the transaction of the step, which may find that another process was faster. */
static bool
step(struct db *db, const struct series *series, const struct migration *m, bool *done, struct err *e)
{
	struct arena_mark before = arena_mark(db->work);
	int level;
	bool ok;

	*done = false;
	if (!read_level(db, series, &level, e))
		return false;
	if (level >= m->level)
		return true;
	ok = apply_text(db, series->bootstrap, db->work, e) && apply_text(db, m->text, db->work, e) && record(db, series, m, e)
	    && tell_workers(db, series, e);
	arena_rewind(db->work, before);
	*done = ok;
	return ok;
}

static bool
begin_step(struct db *db, struct err *e)
{
	char word[8];

	return db->dialect->define_lock == NULL ? db_begin(db, TX_DEFINE, e)
	    : db_begin(db, TX_NONE, e) && stmt_value(db, db->dialect->define_lock, word, sizeof(word), e)
	    && (strcmp(word, "1") == 0 || err_set(e, ERR_BUSY, NULL));
}

static bool
end_step(struct db *db, struct err *e)
{
	char word[8];

	return db->dialect->define_unlock == NULL ? db_commit(db, e)
	    : stmt_value(db, db->dialect->define_unlock, word, sizeof(word), e);
}

static bool
apply_all(struct db *db, const struct series *series, int *n_applied, struct err *e)
{
	for (const struct migration *m = series->steps; m->level != 0; m++) {
		bool done;

		if (!begin_step(db, e))
			return false;
		if (!step(db, series, m, &done, e)) {
			db_rollback(db);
			return false;
		}
		if (!end_step(db, e))
			return false;
		*n_applied += done;
	}
	return true;
}

/* what a newer program made is left alone */
static bool
is_not_newer(struct db *db, struct err *e)
{
	int level;

	return migrate_level(db, &level, e) && (level <= migrate_level_program() || migrate_fits(db, e));
}

bool
migrate_jobs(struct db *db, struct err *e)
{
	int level, n_applied;

	if (!read_level(db, &job_store, &level, e))
		return false;
	if (level > last_level(&job_store))
		return err_set(e, ERR_NEED_INSTALL, "the job store has level %d, the program needs %d", level,
		    last_level(&job_store));
	return level == last_level(&job_store) || apply_all(db, &job_store, &n_applied, e);
}

bool
migrate_install(const struct pool_conf *pool, const struct account *admin, int *n_applied, struct err *e)
{
	const struct dialect *d = connect_dialect(pool->set);
	struct db *db = NULL;
	bool ok;

	*n_applied = 0;
	if (!connect_by_url(pool->set) && d == NULL)
		return err_set(e, ERR_UNAVAILABLE, "pool \"%s\": db.engine names a database that is not supported", pool->name);
	if (!connect_by_url(pool->set) && !d->create(pool, admin, e))
		return false;
	ok = db_open(pool, &db, e) && apply_all(db, &repository, n_applied, e) && is_not_newer(db, e);
	db_close(&db);
	return ok;
}

/* ---- everything that is in a database ---- */

struct object {
	struct span type, name, definition;
	const struct object *next;
};

static bool
list_objects(struct db *db, struct arena *mem, const struct object **out, struct err *e)
{
	struct query q = { .text = span_of(db->dialect->objects) };
	const struct object **at = out;
	struct stmt *st;
	bool has_row = false;
	bool ok;

	*out = NULL;
	if (!stmt_open(db, &q, &st, e))
		return false;
	while ((ok = stmt_step(st, &has_row, e)) && has_row) {
		struct object *o = ARENA_NEW(mem, struct object);

		if (!stmt_text(st, 0, mem, &o->type, e) || !stmt_text(st, 1, mem, &o->name, e)
		    || !stmt_text(st, 2, mem, &o->definition, e)) {
			ok = false;
			break;
		}
		*at = o;
		at = &o->next;
	}
	stmt_done(st);
	return ok;
}

static bool
begins(struct span s, const char *z)
{
	size_t n = strlen(z);

	return s.n >= n && memcmp(s.p, z, n) == 0;
}

static bool
is_ours(struct span name)
{
	return begins(name, "ords_") || begins(name, "soda_");
}

/* ---- removing ---- */

static bool
drop_all(struct db *db, const char *type, const char *words, const struct object *all, struct arena *mem, struct err *e)
{
	for (const struct object *o = all; o != NULL; o = o->next) {
		if (!span_is(o->type, type) || !is_ours(o->name)
		    || memchr(o->name.p, db->dialect->quote_close, o->name.n) != NULL)
			continue;
		if (!stmt_direct(db, arena_printf(mem, "%s %c%.*s%c", words, db->dialect->quote_open, SPAN_ARG(o->name),
		    db->dialect->quote_close), e))
			return false;
	}
	return true;
}

bool
migrate_uninstall(struct db *db, struct err *e)
{
	struct arena_mark before = arena_mark(db->work);
	struct arena *mem = db->work;
	const struct object *all;
	bool ok = db_begin(db, TX_DEFINE, e)
	    && list_objects(db, mem, &all, e)
	    && drop_all(db, "view", "DROP VIEW", all, mem, e)
	    && drop_all(db, "table", "DROP TABLE", all, mem, e)
	    && db_commit(db, e);

	if (!ok)
		db_rollback(db);
	arena_rewind(mem, before);
	return ok;
}

/* ---- comparing ---- */

static const struct object *
find_object(const struct object *all, struct span type, struct span name)
{
	while (all != NULL && !(span_eq(all->type, type) && span_eq(all->name, name)))
		all = all->next;
	return all;
}

static const char *
first_difference(const struct object *is, const struct object *should, struct arena *mem)
{
	for (const struct object *o = should; o != NULL; o = o->next) {
		const struct object *found = find_object(is, o->type, o->name);

		if (found == NULL)
			return arena_printf(mem, "%.*s %.*s is missing", SPAN_ARG(o->type), SPAN_ARG(o->name));
		if (!span_eq(found->definition, o->definition))
			return arena_printf(mem, "%.*s %.*s is not as it was made", SPAN_ARG(o->type), SPAN_ARG(o->name));
	}
	for (const struct object *o = is; o != NULL; o = o->next) {
		bool of_collection = begins(o->name, "soda_c_") || begins(o->name, "soda_i_") || begins(o->name, "soda_t_")
		    || begins(o->name, "soda_g_");

		if (span_is(o->type, "trigger")
		    || (is_ours(o->name) && !of_collection && find_object(should, o->type, o->name) == NULL))
			return arena_printf(mem, "%.*s %.*s is none of ours", SPAN_ARG(o->type), SPAN_ARG(o->name));
	}
	return "";
}

/* What the migrations make in an empty database of the same engine. */
static bool
list_wanted(const struct db *like, const struct series *series, struct arena *mem, const struct object **out, struct err *e)
{
	struct settings set = *like->pool->set;
	struct pool_conf pool = { .name = "scratch", .set = &set };
	struct db *db = NULL;
	int n;
	bool ok;

	set.db_connection_type = "odbc";
	set.db_custom_url = like->dialect->scratch;
	set.db_engine = set.db_hosts = set.db_hostname = set.db_servicename = set.db_file = set.db_username = set.db_password = "";
	set.db_tls = "off";
	set.db_durability = "warn";
	set.db_journal_mode = "MEMORY";
	set.debug_trace = true;
	set.stmt_cache = 8;
	ok = db_open(&pool, &db, e) && apply_all(db, series, &n, e) && list_objects(db, mem, out, e);
	db_close(&db);
	return ok;
}

bool
migrate_check(struct db *db, struct arena *mem, const char **report, struct err *e)
{
	const struct object *is, *should;
	int level;

	*report = "";
	if (!migrate_level(db, &level, e))
		return false;
	if (level != migrate_level_program()) {
		*report = arena_printf(mem, "the repository has level %d, the program needs %d", level, migrate_level_program());
		return true;
	}
	if (db->dialect->scratch == NULL)
		return true;
	if (!list_objects(db, mem, &is, e) || !list_wanted(db, &repository, mem, &should, e))
		return false;
	*report = first_difference(is, should, mem);
	return true;
}

bool
migrate_check_jobs(struct db *db, struct arena *mem, const char **report, struct err *e)
{
	const struct object *is, *should;

	*report = "";
	if (db->dialect->scratch == NULL)
		return true;
	if (!list_objects(db, mem, &is, e) || !list_wanted(db, &job_store, mem, &should, e))
		return false;
	*report = first_difference(is, should, mem);
	return true;
}
