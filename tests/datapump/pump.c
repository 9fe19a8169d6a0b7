/* tests/datapump/pump.c - an import from one pool into another, as a program that tests can start and kill
 *
 *   pump install POOL
 *   pump docs POOL SCHEMA N                  schema SCHEMA, in it a collection c of N documents; N 0: none
 *   pump dump FROM FOLDER [SCHEMA]           into X.DMP
 *   pump copy FROM TO NAME EPOCH SPEC [OWN]  from a pool, or from the dump in a folder: dump=FOLDER
 *
 * A pool is engine=...,file=... or engine=...,host=...,port=...,name=...,user=...,password=...; SPEC is the body of a request.
 * OWN: the schema of a caller who is no administrator.  The log goes to standard output, the summary is its last line; files are
 * written into the current folder.  Ends with 1 when the job has failed, 2 when tables have.  PUMP_ALONE: by one connection.
 */
#include "datapump/dump.h"
#include "datapump/import.h"
#include "sql/migrate.h"
#include "sql/store.h"
#include "tests/lib/plain_json.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

static int n_errors;

/* PUMP_STOP_AT: it stops itself behind a line that holds this, as if it had been stopped by somebody */
static void
say(void *arg, const char *line)
{
	const char *at = getenv("PUMP_STOP_AT");

	(void)arg;
	puts(line);
	fflush(stdout);
	if (at != NULL && strstr(line, at) != NULL)
		raise(SIGSTOP);
}

static void
say_error(void *arg, const char *line)
{
	n_errors++;
	printf("ERROR ");
	say(arg, line);
}

static int64_t rows_done;

static void
tell_progress(void *arg, const struct import_progress *p)
{
	(void)arg;
	rows_done = p->rows_done;
}

/* between batches: PUMP_STOP_AFTER of them are worked off before it stops itself */
static bool
stop_or_go_on(void *arg, struct err *e)
{
	static int n_batches;
	const char *most = getenv("PUMP_STOP_AFTER");

	(void)arg;
	(void)e;
	if (most != NULL && ++n_batches == atoi(most))
		raise(SIGSTOP);
	return true;
}

static bool
connect_beside(void *arg, struct db **out, struct err *e)
{
	return db_open(arg, out, e);
}

static bool
put_file(void *arg, const char *name, struct span text, struct err *e)
{
	FILE *f = fopen(name, "w");

	(void)arg;
	if (f == NULL || fwrite(text.p, 1, text.n, f) != text.n)
		return err_set(e, ERR_IO, NULL);
	fclose(f);
	return true;
}

static bool
tell_index(void *arg, struct db *db, const struct coll *coll, struct span spec, struct arena *mem, struct err *e)
{
	(void)db;
	(void)mem;
	(void)e;
	say(arg, "index of a collection");
	printf("%.*s %.*s\n", SPAN_ARG(coll->name), SPAN_ARG(spec));
	return true;
}

/* without soda/ nobody knows what an index holds */
static bool
no_entries(void *arg, struct db *db, const struct coll *coll, const struct doc *docs, size_t n_docs, struct arena *mem,
    struct index_entry **out, size_t *n_each, struct err *e)
{
	(void)arg;
	(void)db;
	(void)docs;
	(void)n_docs;
	(void)mem;
	*out = NULL;
	*n_each = 0;
	return coll->indexes == NULL || err_set(e, ERR_NOT_AVAILABLE, NULL);
}

static bool
any_schema(const void *arg, struct span schema)
{
	return spec_wants_schema(arg, schema, false);
}

/* ---- pools ---- */

struct pool {
	struct settings set;
	struct pool_conf conf;
	struct db *db;
};

static void
read_pool(struct pool *p, const char *name, char *text)
{
	struct settings *set = &p->set;

	/* every text is there, if only empty */
#define TEXT(field) set->field = "";
#define SECRET(field) set->field = "";
#define INT(field)
#define MILLIS(field)
#define BYTES(field)
#define COUNT(field)
#define BOOL(field)
#define O(field, key, kind, scope, dflt, min, max, help) kind(field)
#define W(key, words)
#define X(key, scope)
#include "conf/options.def"
#undef O
#undef W
#undef X
	set->db_durability = "warn";
	set->db_tls = "off";
	set->db_journal_mode = "WAL";
	set->db_retry_ms = 1000;
	set->conn_wait_ms = 5000;
	set->conn_idle_ms = 300000;
	set->conn_trust_ms = 30000;
	set->stmt_cache = 64;
	set->statement_ms = 60000;
	set->body_max_bytes = 1 << 20;
	for (char *at = strtok(text, ","); at != NULL; at = strtok(NULL, ",")) {
		char *value = strchr(at, '=');

		if (value == NULL)
			continue;
		*value++ = '\0';
		if (strcmp(at, "engine") == 0)
			set->db_engine = value;
		else if (strcmp(at, "file") == 0)
			set->db_file = value;
		else if (strcmp(at, "host") == 0)
			set->db_hostname = value;
		else if (strcmp(at, "port") == 0)
			set->db_port = atoi(value);
		else if (strcmp(at, "name") == 0)
			set->db_servicename = value;
		else if (strcmp(at, "user") == 0)
			set->db_username = value;
		else if (strcmp(at, "password") == 0)
			set->db_password = value;
	}
	snprintf(p->conf.name, sizeof(p->conf.name), "%s", name);
	p->conf.set = set;
}

/* ---- dumps ---- */

static int
fail(const struct err *e)
{
	printf("FAILED %s: %s (%s)\n", err_name(e->kind), e->text, e->detail);
	return 1;
}

static bool
collection(struct db *db, struct span name, struct arena *mem, struct err *e)
{
	const struct schema *schema;
	struct meta meta;

	return db_begin(db, TX_DEFINE, e) && catalog_begin(db, e) && schema_by_name(db, name, &schema, e)
	    && meta_from_json(SPAN(PLAIN_JSON), mem, &meta, e) && catalog_create(db, schema->id, SPAN("c"), &meta, SPAN(PLAIN_JSON), e)
	    && db_commit(db, e);
}

/* keys SCHEMA1, SCHEMA2, ... */
static bool
documents(struct db *db, struct span name, size_t n, struct arena *mem, struct err *e)
{
	const struct schema *schema;
	const struct coll *coll;
	struct doc *docs = ARENA_ARRAY(mem, struct doc, n);

	for (size_t i = 0; i < n; i++) {
		docs[i] = (struct doc){ .key = span_of(arena_printf(mem, "%.*s%zu", SPAN_ARG(name), i + 1)), .version = SPAN("v"), .rev = (int64_t)i + 1,
			.content = span_of(arena_printf(mem, "{\"a\":%zu}", i + 1)), .created_us = 1, .modified_us = 1 };
		docs[i].n_bytes = docs[i].content.n;
	}
	return db_begin(db, TX_WRITE, e) && catalog_begin(db, e) && schema_by_name(db, name, &schema, e)
	    && catalog_find(db, schema->id, SPAN("c"), &coll, e) && store_insert(db, coll, docs, n, NULL, 0, mem, e) && db_commit(db, e);
}

static int
make_docs(struct pool *p, const char *schema, size_t n)
{
	struct arena *mem = arena_open(0);
	struct span name = span_of(schema);
	struct err e = { 0 };
	bool ok = db_open(&p->conf, &p->db, &e) && db_begin(p->db, TX_WRITE, &e) && catalog_begin(p->db, &e)
	    && schema_enable(p->db, name, name, true, "", &e) && db_commit(p->db, &e)
	    && (n == 0 || (collection(p->db, name, mem, &e) && documents(p->db, name, n, mem, &e)));

	if (!ok)
		fail(&e);
	db_close(&p->db);
	arena_close(&mem);
	return !ok;
}

static bool
open_folder(const char *folder, struct arena *mem, struct dump_place **place, struct name_pattern *names, struct err *e)
{
	return place_directory(folder, false, mem, place, e) && filename_parse(SPAN("X.DMP"), 0, mem, names, e);
}

static bool
write_table(struct source *s, const struct source_table *t, struct dump_writer *w, struct err *e)
{
	int64_t id, n_rows, n_bytes;
	struct rows_page p;
	bool ok = dump_table(w, &t->table, &id, e) && s->ops->open(s, t, e);

	while (ok && (ok = s->ops->next(s, &p, e)) && p.n_rows > 0)
		ok = dump_rows(w, p.cells, p.n_rows, e);
	if (ok)
		s->ops->close(s);
	return ok && dump_end_table(w, &n_rows, &n_bytes, e);
}

static bool
write_all(struct source *s, struct dump_writer *w, struct err *e)
{
	const struct dump_file *files;
	size_t n;
	bool ok = true;

	for (size_t i = 0; ok && i < s->n_types; i++)
		ok = dump_type(w, &s->types[i], e);
	for (size_t i = 0; ok && i < s->n_sequences; i++)
		ok = dump_sequence(w, &s->sequences[i], e);
	for (size_t i = 0; ok && i < s->n_tables; i++)
		ok = write_table(s, &s->tables[i], w, e);
	for (size_t i = 0; ok && i < s->n_views; i++)
		ok = dump_view(w, &s->views[i], e);
	for (size_t i = 0; ok && i < s->n_codes; i++)
		ok = dump_code(w, &s->codes[i], e);
	return ok && dump_finish(w, true, &files, &n, e);
}

static bool
one_schema(const void *arg, struct span schema)
{
	return arg == NULL || span_is(schema, arg);
}

static int
dump(struct pool *from, const char *folder, const char *schema)
{
	struct arena *mem = arena_open(0);
	struct dump_about about = { .generator = SPAN("pump"), .created = SPAN("2024-01-02T03:04:05Z"), .mode = SPAN("FULL"),
		.owner = SPAN("TEST"), .job = SPAN("J"), .engine_version = SPAN("0") };
	struct name_pattern names;
	struct dump_target t = { .names = &names, .about = &about, .compress = true };
	struct dump_writer *w;
	struct source *s;
	struct err e = { 0 };
	bool ok = open_folder(folder, mem, &t.place, &names, &e) && db_open(&from->conf, &from->db, &e)
	    && db_begin(from->db, TX_READ, &e) && source_of_pool(from->db, one_schema, schema, mem, &s, &e);

	if (ok) {
		about.engine = span_of(s->engine);
		ok = dump_create(&t, mem, &w, &e) && write_all(s, w, &e);
	}
	if (!ok)
		fail(&e);
	db_rollback(from->db);
	db_close(&from->db);
	arena_close(&mem);
	return !ok;
}

/* verified before anything else, as a job does it */
static bool
open_dump(const char *folder, struct arena *mem, struct source **out, struct err *e)
{
	struct name_pattern *names = ARENA_NEW(mem, struct name_pattern);
	struct dump_source *s = ARENA_NEW(mem, struct dump_source);
	struct dump_set *set;

	s->names = names;
	return open_folder(folder, mem, &s->place, names, e) && dump_open(s, mem, &set, e)
	    && source_of_dump(set, NULL, NULL, mem, out, e);
}

static bool
open_source(struct pool *from, const char *folder, const struct job_spec *job, struct arena *mem, struct source **out,
    struct err *e)
{
	if (folder != NULL)
		return open_dump(folder, mem, out, e);
	return db_open(&from->conf, &from->db, e) && db_begin(from->db, TX_READ, e)
	    && source_of_pool(from->db, any_schema, job, mem, out, e);
}

static int
copy(struct pool *from, const char *folder, struct pool *to, const char *name, const char *epoch, const char *body,
    const char *own)
{
	struct arena *mem = arena_open(0);
	struct job_spec job;
	struct import_spec spec = { .job = &job, .is_admin = own == NULL, .own_schema = span_of(own) };
	const struct import_host host = { .arg = &to->conf, .who = { name, atoll(epoch) }, .log = say, .warn = say, .error = say_error,
		.progress = tell_progress, .go_on = stop_or_go_on, .connect = getenv("PUMP_ALONE") == NULL ? connect_beside : NULL, .put_file = put_file, .index = tell_index, .entries = no_entries,
		.skipped_file = "SKIPPED.SQL" };
	struct source *source;
	struct span summary = { "", 0 };
	struct err e = { 0 };
	bool ok = spec_parse(span_of(body), JOB_IMPORT, mem, &job, &e)
	    && db_open(&to->conf, &to->db, &e) && open_source(from, folder, &job, mem, &source, &e)
	    && import_go(to->db, source, &spec, &host, mem, &summary, &e);

	if (ok)
		printf("rows done: %lld\n%.*s\n", (long long)rows_done, SPAN_ARG(summary));
	else
		fail(&e);
	if (from->db != NULL)
		db_rollback(from->db);
	db_close(&from->db);
	db_close(&to->db);
	arena_close(&mem);
	return !ok ? 1 : n_errors > 0 ? 2 : 0;
}

int
main(int argc, char **argv)
{
	struct pool from = { 0 }, to = { 0 };
	const char *folder = NULL;
	struct err e = { 0 };
	int n;

	if (argc == 3 && strcmp(argv[1], "install") == 0) {
		read_pool(&to, "to", argv[2]);
		return migrate_install(&to.conf, NULL, &n, &e) ? 0 : fail(&e);
	}
	if (argc == 5 && strcmp(argv[1], "docs") == 0) {
		read_pool(&to, "to", argv[2]);
		return make_docs(&to, argv[3], (size_t)atoll(argv[4]));
	}
	if (argc >= 4 && strcmp(argv[1], "dump") == 0) {
		read_pool(&from, "from", argv[2]);
		return dump(&from, argv[3], argv[4]);
	}
	if (argc < 7 || strcmp(argv[1], "copy") != 0)
		return 3;
	if (strncmp(argv[2], "dump=", 5) == 0)
		folder = argv[2] + 5;
	else
		read_pool(&from, "from", argv[2]);
	read_pool(&to, "to", argv[3]);
	return copy(&from, folder, &to, argv[4], argv[5], argv[6], argc > 7 ? argv[7] : NULL);
}
