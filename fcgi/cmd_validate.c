/* fcgi/cmd_validate.c - cords validate: is everything as it should be?  One line per check */
#include "config.h"

#include "fcgi/cmd.h"
#include "fcgi/webconf.h"

#include "handlers/mapping.h"
#include "sql/catalog.h"
#include "sql/migrate.h"

#include <dirent.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

enum finding { FINE, DUBIOUS, WRONG };

struct report {
	const struct cmd_context *c;
	const char *dir;
	const struct conf *conf;
	enum finding worst;
};

static void say(struct report *r, enum finding f, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

static void
say(struct report *r, enum finding f, const char *fmt, ...)
{
	static const char *const words[] = { [FINE] = "OK  ", [DUBIOUS] = "WARN", [WRONG] = "FAIL" };
	char line[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	for (char *p = line; *p != '\0'; p++)
		if ((unsigned char)*p < 0x20 || *p == 0x7f)
			*p = '?';
	printf("%s  %s\n", words[f], line);
	if (f > r->worst)
		r->worst = f;
}

/* ---- the folder ---- */

static const char *
folder_of(const char *path, struct arena *mem)
{
	const char *slash = strrchr(path, '/');

	return slash == NULL || slash == path ? "/" : arena_z(mem, (struct span){ path, (size_t)(slash - path) });
}

static bool
has_part(const char *path, const char *part)
{
	size_t n = strlen(part);

	for (const char *p = path; (p = strstr(p, part)) != NULL; p += n)
		if (p > path && p[-1] == '/' && (p[n] == '/' || p[n] == '\0'))
			return true;
	return false;
}

/* By the name of a folder above it, or by what lies in one: nobody asks the web server. */
static bool
looks_published(const char *dir, struct arena *mem)
{
	static const char *const names[] = { "public_html", "htdocs", "www", "html", "httpdocs" };
	static const char *const pages[] = { ".htaccess", "cords.fcgi", "index.html", "index.php" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (has_part(dir, names[i]))
			return true;
	for (const char *above = folder_of(dir, mem); strcmp(above, "/") != 0; above = folder_of(above, mem))
		for (size_t i = 0; i < sizeof(pages) / sizeof(pages[0]); i++)
			if (access(arena_printf(mem, "%s/%s", above, pages[i]), F_OK) == 0)
				return true;
	return false;
}

static void
check_folder(struct report *r)
{
	struct stat st;
	unsigned mode;

	if (stat(r->dir, &st) != 0 || !S_ISDIR(st.st_mode)) {
		say(r, WRONG, "folder %s: does not exist", r->dir);
		return;
	}
	mode = (unsigned)st.st_mode & 0777;
	if ((mode & 022) != 0)
		say(r, WRONG, "folder %s: mode %04o, others may change it; chmod 0700", r->dir, mode);
	else if ((mode & 077) != 0)
		say(r, DUBIOUS, "folder %s: mode %04o, others may read it; chmod 0700", r->dir, mode);
	else
		say(r, FINE, "folder %s: mode %04o", r->dir, mode);
	if (st.st_uid != geteuid())
		say(r, DUBIOUS, "folder %s: belongs to uid %lu, this is uid %lu", r->dir, (unsigned long)st.st_uid,
		    (unsigned long)geteuid());
	if (access(r->dir, W_OK) != 0)
		say(r, DUBIOUS, "folder %s: uid %lu cannot write there, so no setting can be changed", r->dir,
		    (unsigned long)geteuid());
	if (looks_published(r->dir, r->c->mem))
		say(r, DUBIOUS, "folder %s: looks as if a web server published it; move it, or deny it: "
		    "\"Require all denied\" in %s/.htaccess", r->dir, r->dir);
}

/* Where it goes by the name that web servers take for a program of theirs: suEXEC is strict about who may write it. */
static void
check_program(struct report *r)
{
	char path[4096];
	ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 1);
	const char *looked_at[2];
	struct stat st;

	path[n < 0 ? 0 : n] = '\0';
	if (n < 5 || strcmp(path + n - 5, ".fcgi") != 0)
		return;
	looked_at[0] = path;
	looked_at[1] = folder_of(path, r->c->mem);
	for (size_t i = 0; i < 2; i++)
		if (stat(looked_at[i], &st) == 0 && (st.st_mode & 022) != 0)
			say(r, DUBIOUS, "%s: mode %04o, others may write it: with suEXEC every request is answered 500; chmod 755", looked_at[i],
			    (unsigned)st.st_mode & 0777);
}

/* Folders below databases/ that look like pools and are none. */
static void
check_pool_folders(struct report *r)
{
	const char *path = arena_printf(r->c->mem, "%s/databases", r->dir);
	DIR *dir = opendir(path);
	const struct dirent *d;
	struct stat st;

	while (dir != NULL && (d = readdir(dir)) != NULL) {
		if (d->d_name[0] == '.')
			continue;
		if (!pool_name_is_valid(span_of(d->d_name)))
			say(r, DUBIOUS, "databases/%s: not a name for a pool; ignored", d->d_name);
		else if (conf_pool_find(r->conf, span_of(d->d_name)) == NULL)
			say(r, DUBIOUS, "databases/%s: there is no pool.xml; ignored", d->d_name);
		else if (stat(arena_printf(r->c->mem, "%s/%s/wallet/cwallet.sso", path, d->d_name), &st) == 0)
			say(r, DUBIOUS, "databases/%s/wallet/cwallet.sso: cannot be read here; store its secrets with config secret",
			    d->d_name);
	}
	if (dir != NULL)
		closedir(dir);
}

/* ---- settings ---- */

static enum finding
check_entry(struct report *r, const char *where, const struct conf_entry *entry)
{
	const struct option *o = entry->option;
	const struct option *near;

	if (o == NULL) {
		near = option_nearest(span_of(entry->key));
		say(r, DUBIOUS, "%s: %s is unknown and ignored%s%s", where, entry->key, near == NULL ? "" : "; perhaps ",
		    near == NULL ? "" : near->key);
		return DUBIOUS;
	}
	if (o->kind == OPT_IGNORED) {
		say(r, DUBIOUS, "%s: %s is accepted, but has no meaning here", where, entry->key);
		return DUBIOUS;
	}
	if (o->kind == OPT_SECRET && entry->from != FROM_WALLET) {
		say(r, WRONG, "%s: %s stands there in plain text and is ignored; use config delete, then config secret", where,
		    entry->key);
		return WRONG;
	}
	if (o->scope == SCOPE_GLOBAL && entry->from == FROM_POOL) {
		say(r, DUBIOUS, "%s: %s is a global setting and has no effect in a pool", where, entry->key);
		return DUBIOUS;
	}
	return FINE;
}

/* pool "": what stands in global/settings.xml; else only what the pool itself says */
static void
check_entries(struct report *r, const char *pool)
{
	const char *where = pool[0] == '\0' ? "global" : arena_printf(r->c->mem, "pool %s", pool);
	const struct conf_entry *entry;
	size_t n = conf_entries(r->conf, span_of(pool), false, r->c->mem, &entry), n_own = 0;
	enum finding worst = FINE;

	for (size_t i = 0; i < n; i++) {
		enum finding f;

		if (pool[0] != '\0' && entry[i].from == FROM_GLOBAL)
			continue;
		n_own++;
		f = check_entry(r, where, &entry[i]);
		if (f > worst)
			worst = f;
	}
	if (worst == FINE)
		say(r, FINE, "%s: settings, %zu", where, n_own);
}

/* What is allowed and weakens all the same. */
static void
check_weak(struct report *r)
{
	const struct settings *set = conf_global(r->conf);

	if (strcmp(set->verify_ssl, "false") == 0)
		say(r, DUBIOUS, "security.verifySSL is false: credentials may cross the network readable");
	if (!set->step_down)
		say(r, DUBIOUS, "security.stepDown is false: workers may run as root");
	if (set->login_attempts < 0)
		say(r, DUBIOUS, "security.credentials.attempts is -1: passwords may be guessed without end");
	if (set->debug_screen)
		say(r, DUBIOUS, "debug.printDebugToScreen is true: driver texts reach clients");
	if (set->debug_trace)
		say(r, DUBIOUS, "debug.allowTrace is true: driver traces hold documents and passwords");
	if (set->worker_core)
		say(r, DUBIOUS, "worker.core is true: core files hold documents and passwords");
}

static void
check_mapping(struct report *r)
{
	const struct settings *set = conf_global(r->conf);
	const char *const rules[] = { set->map_prefix, set->map_host, set->map_header };
	struct span rest, what, pool;

	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
		for (rest = span_of(rules[i]); mapping_next(&rest, &what, &pool);)
			if (conf_pool_find(r->conf, pool) == NULL)
				say(r, DUBIOUS, "request.mapping: %.*s leads to the pool %.*s, which does not exist", SPAN_ARG(what),
				    SPAN_ARG(pool));
}

static void
check_users(struct report *r)
{
	size_t n = conf_n_users(r->conf);

	for (size_t i = 0; i < n; i++)
		if (conf_user(r->conf, i)->hash[0] != '$')
			say(r, DUBIOUS, "user %s: this kind of password hash cannot be checked; store the user again with config user add",
			    conf_user(r->conf, i)->name);
	say(r, FINE, "mid-tier users: %zu", n);
}

static void
check_log(struct report *r)
{
	const char *file = conf_global(r->conf)->log_file;

	if (file[0] == '\0')
		return;
	if (access(folder_of(file, r->c->mem), W_OK | X_OK) == 0 && (access(file, F_OK) != 0 || access(file, W_OK) == 0))
		say(r, FINE, "log.file %s: can be written", file);
	else
		say(r, WRONG, "log.file %s: cannot be written by uid %lu", file, (unsigned long)geteuid());
}

/* ---- pools ---- */

static void
check_database_file(struct report *r, const struct pool_conf *pool)
{
	const char *file = pool->set->db_file;
	struct stat st;

	if (file[0] == '\0')
		return;
	if (stat(file, &st) != 0) {
		say(r, WRONG, "pool %s: %s does not exist; run cords install", pool->name, file);
		return;
	}
	if ((st.st_mode & 077) != 0)
		say(r, DUBIOUS, "pool %s: %s has mode %04o, others may read it; chmod 0600", pool->name, file,
		    (unsigned)st.st_mode & 0777);
	if (access(file, R_OK | W_OK) != 0 || access(folder_of(file, r->c->mem), W_OK | X_OK) != 0)
		say(r, WRONG, "pool %s: %s and its folder must be readable and writable for uid %lu", pool->name, file,
		    (unsigned long)geteuid());
}

/* A name that is a pool and an alias of the default pool: the pool wins, and the schema cannot be reached (1.1). */
static void
check_aliases(struct report *r, struct db *db, const struct pool_conf *pool)
{
	const struct schema *schema;
	struct err e = { 0 };
	size_t n = 0, n_enabled = 0;
	bool ok = db_begin(db, TX_READ, &e) && catalog_begin(db, &e) && schema_list(db, r->c->mem, &schema, &n, &e);

	db_rollback(db);
	if (!ok) {
		say(r, WRONG, "pool %s: schemas: %s", pool->name, e.text);
		return;
	}
	for (size_t i = 0; i < n; i++) {
		n_enabled += schema[i].enabled;
		for (size_t j = 0; strcmp(pool->name, "default") == 0 && j < conf_n_pools(r->conf); j++)
			if (schema[i].enabled && span_is_nocase(schema[i].alias, conf_pool(r->conf, j)->name))
				say(r, DUBIOUS, "pool default: alias %.*s is also a pool, which wins: the schema cannot be reached",
				    SPAN_ARG(schema[i].alias));
	}
	say(r, n_enabled == 0 ? DUBIOUS : FINE, "pool %s: enabled schemas, %zu%s", pool->name, n_enabled,
	    n_enabled == 0 ? "; open one with cords schema enable" : "");
}

static void
check_repository(struct report *r, struct db *db, const struct pool_conf *pool)
{
	const char *difference = "", *durability = db_durability(db);
	struct err e = { 0 };
	int level = 0;

	say(r, strcmp(durability, "full") == 0 ? FINE : DUBIOUS, "pool %s: durability %s", pool->name, durability);
	if (!migrate_level(db, &level, &e))
		say(r, WRONG, "pool %s: repository: %s", pool->name, e.text);
	else if (level < migrate_level_program())
		say(r, WRONG, "pool %s: repository level %d, program level %d; run cords install", pool->name, level,
		    migrate_level_program());
	else if (level > migrate_level_program())
		say(r, WRONG, "pool %s: repository level %d, program level %d; this program is too old", pool->name, level,
		    migrate_level_program());
	else if (!migrate_check(db, r->c->mem, &difference, &e))
		say(r, WRONG, "pool %s: repository: %s", pool->name, e.text);
	else if (difference[0] != '\0')
		say(r, WRONG, "pool %s: repository: %s", pool->name, difference);
	else {
		say(r, FINE, "pool %s: repository level %d", pool->name, level);
		check_aliases(r, db, pool);
	}
}

/* F-16: also takes away the mark by which workers refuse to write, once everything is sound. */
static void
check_integrity(struct report *r, struct db *db, const struct pool_conf *pool)
{
	struct err e = { 0 };

	if (db_verify(db, &e))
		say(r, FINE, "pool %s: the database is sound", pool->name);
	else
		say(r, WRONG, "pool %s: %s%s%s", pool->name, e.text, e.detail[0] == '\0' ? "" : ": ", e.detail);
}

/* db.credentialsSource=REQUEST: can anybody log in? */
static void
check_accounts(struct report *r, const struct pool_conf *pool)
{
	struct account liar = { pool->set->db_username, "not the password" };
	struct err e = { 0 };
	struct db *db = NULL;

	if (!callers_log_in(pool->set)) {
		if (pool->set->sql_enabled && db_has_accounts(pool->set))
			say(r, DUBIOUS, "pool %s: restEnabledSql.active is true, and no SQL is taken while db.credentialsSource is POOL",
			    pool->name);
		return;
	}
	if (!db_has_accounts(pool->set))
		say(r, WRONG, "pool %s: db.credentialsSource is REQUEST, and SQLite has no accounts", pool->name);
	else if (db_open_as(pool, &liar, &db, &e))
		say(r, WRONG, "pool %s: db.credentialsSource is REQUEST, and the server accepts any password", pool->name);
	else if (!pool->set->sql_enabled)
		say(r, DUBIOUS, "pool %s: db.credentialsSource is REQUEST, and nobody may log in while restEnabledSql.active is false",
		    pool->name);
	else
		say(r, FINE, "pool %s: accounts are those of the database", pool->name);
	db_close(&db);
}

/* Where Debian has the driver that is missing. */
static void
name_package(struct report *r, const struct pool_conf *pool, const struct err *why)
{
	static const struct {
		const char *engine, *package;
	} drivers[] = { { "sqlite", "libsqliteodbc" }, { "postgresql", "odbc-postgresql" }, { "mariadb", "odbc-mariadb" } };
	const char *engine = pool->set->db_engine[0] == '\0' ? "sqlite" : pool->set->db_engine;

	if (strstr(why->text, "driver or data source is not installed") == NULL || pool->set->db_custom_url[0] != '\0')
		return;
	for (size_t i = 0; i < sizeof(drivers) / sizeof(drivers[0]); i++)
		if (strcmp(drivers[i].engine, engine) == 0)
			say(r, WRONG, "pool %s: install the driver of %s; Debian has it in %s", pool->name, engine,
			    drivers[i].package);
}

static void
check_pool(struct report *r, const struct pool_conf *pool)
{
	struct err e = { 0 };
	struct db *db = NULL;

	check_entries(r, pool->name);
	check_database_file(r, pool);
	if (db_open(pool, &db, &e)) {
		say(r, FINE, "pool %s: connected", pool->name);
		check_integrity(r, db, pool);
		check_accounts(r, pool);
		check_repository(r, db, pool);
	} else {
		say(r, WRONG, "pool %s: %s%s%s", pool->name, e.text, e.detail[0] == '\0' ? "" : ": ", e.detail);
		name_package(r, pool, &e);
	}
	db_close(&db);
}

/* ---- the web server ---- */

static void
check_web_server(struct report *r, const char *file, size_t n_workers)
{
	static const enum finding weighs[] = { [WEB_WRONG] = WRONG, [WEB_SURPRISING] = DUBIOUS, [WEB_POSSIBLE] = FINE };
	const struct web_behind behind = { r->dir, conf_global(r->conf)->body_max_bytes, n_workers };
	const struct web_advice *advice;
	struct err e = { 0 };
	size_t n = 0;

	if (!webconf_check(file, &behind, r->c->mem, &advice, &n, &e)) {
		say(r, WRONG, "web server: %s", e.text);
		return;
	}
	for (size_t i = 0; i < n; i++)
		say(r, weighs[advice[i].weight], "%s: %s", file, advice[i].text);
	if (n == 0)
		say(r, FINE, "%s: nothing against it", file);
}

int
cmd_validate(const struct cmd_context *c, int argc, char **argv)
{
	struct report r = { .c = c };
	const char *web_server = NULL, *workers = NULL;
	const struct cmd_flag flags[] = { { "--web-server", &web_server, NULL }, { "--workers", &workers, NULL }, { 0 } };
	size_t n_workers;
	struct conf *conf;
	struct err e = { 0 };

	if (!cmd_flags(flags, &argc, argv) || !cmd_workers("validate", workers, &n_workers))
		return EXIT_USAGE;
	if (argc != 1)
		return cmd_usage("validate", "takes no words");
	r.dir = cmd_config_dir(c);
	check_folder(&r);
	check_program(&r);
	if (!conf_load(r.dir, &conf, &e)) {
		say(&r, WRONG, "settings: %s", e.text);
		return (int)r.worst;
	}
	r.conf = conf;
	check_entries(&r, "");
	check_weak(&r);
	check_mapping(&r);
	check_users(&r);
	check_log(&r);
	check_pool_folders(&r);
	for (size_t i = 0; i < conf_n_pools(conf); i++)
		check_pool(&r, conf_pool(conf, i));
	if (conf_n_pools(conf) == 0)
		say(&r, DUBIOUS, "pools: there is none; run cords install");
	if (web_server != NULL)
		check_web_server(&r, web_server, n_workers);
	for (size_t i = 0; web_server == NULL && webconf_usual[i] != NULL; i++)
		if (access(webconf_usual[i], R_OK) == 0)
			check_web_server(&r, webconf_usual[i], n_workers);
	conf_close(&conf);
	return (int)r.worst;
}
