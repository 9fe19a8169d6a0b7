/* fcgi/cmd_install.c - cords install, cords uninstall: the repository of a pool */
#include "fcgi/cmd.h"

#include "sql/jobs.h"
#include "sql/migrate.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>

/* A folder of another installation may describe a database that is none of ours; it must not be replaced silently. */
static bool
names_other_database(const struct conf *conf, const char *pool, struct arena *mem)
{
	static const char *const others[] = { "db.connectionType", "db.hostname", "db.servicename", "db.sid" };
	const struct conf_entry *entry;
	size_t n = conf_entries(conf, span_of(pool), false, mem, &entry);

	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < sizeof(others) / sizeof(others[0]); j++)
			if (strcmp(entry[i].key, others[j]) == 0)
				return true;
	return false;
}

static bool
names_server(const struct settings *set)
{
	const struct dialect *d = dialect_by_name(set->db_engine);

	return d != NULL && d != &dialect_sqlite;
}

/* Says which database the pool uses, where nobody has said so yet. */
static bool
name_database(const struct cmd_context *c, const char *dir, const char *pool, const char *file, int *code)
{
	const struct conf *conf = cmd_load(c, dir, code);
	const struct pool_conf *p;
	struct err e = { 0 };

	if (conf == NULL)
		return false;
	p = conf_pool_find(conf, span_of(pool));
	if (p != NULL && names_server(p->set)) {
		if (file == NULL)
			return true;
		*code = cmd_usage("install", "the pool named: %s is on a server: it has no --db-file", pool);
		return false;
	}
	if (file == NULL && p != NULL && (p->set->db_file[0] != '\0' || p->set->db_custom_url[0] != '\0'))
		return true;
	if (file == NULL && names_other_database(conf, pool, c->mem)) {
		*code = cmd_usage("install", "the pool named: %s describes another kind of database: give --db-file", pool);
		return false;
	}
	if (file == NULL)
		file = arena_printf(c->mem, "data/%s.db", pool);
	if (!conf_set(dir, pool, SPAN("db.file"), span_of(file), &e)) {
		*code = cmd_fail(&e);
		return false;
	}
	printf("The setting named: db.file was set to: %s in configuration: %s\n", file, pool);
	cmd_log_security(dir, "config.set", "db.file of %s", pool);
	return true;
}

/* --db-user: the runtime account of a pool, and its password */
static bool
set_account(const struct cmd_context *c, const char *dir, const char *pool, const char *user, bool from_stdin, int *code)
{
	struct span password;
	struct err e = { 0 };

	if (!cmd_new_password(c, from_stdin, user, &password)) {
		*code = EXIT_USAGE;
		return false;
	}
	if (!conf_set(dir, pool, SPAN("db.username"), span_of(user), &e)
	    || !conf_secret_set(dir, pool, SPAN("db.password"), password, &e)) {
		*code = cmd_fail(&e);
		return false;
	}
	cmd_log_security(dir, "config.set", "db.username and db.password of %s", pool);
	return true;
}

/* the folder of a new database file, private like everything else */
static bool
make_folder(const char *file, struct arena *mem, int *code)
{
	const char *slash = strrchr(file, '/');
	const char *folder = slash == NULL || slash == file ? "/"
	    : arena_z(mem, (struct span){ file, (size_t)(slash - file) });

	if (mkdir(folder, 0700) == 0 || errno == EEXIST)
		return true;
	fprintf(stderr, "cords: cannot create %s: %s\n", folder, strerror(errno));
	*code = EXIT_FAILED;
	return false;
}

int
cmd_install(const struct cmd_context *c, int argc, char **argv)
{
	const char *pool = "default", *file = NULL, *user = NULL, *admin_user = NULL, *dir;
	bool from_stdin = false;
	const struct cmd_flag flags[] = {
		{ "--db-pool", &pool, NULL }, { "--db-file", &file, NULL }, { "--db-user", &user, NULL },
		{ "--admin-user", &admin_user, NULL }, { "--password-stdin", NULL, &from_stdin }, { 0 },
	};
	struct account admin;
	struct span password;
	const struct pool_conf *p;
	const struct conf *conf;
	struct err e = { 0 };
	int n_applied = 0, code = EXIT_FAILED;

	if (!cmd_flags(flags, &argc, argv))
		return EXIT_USAGE;
	if (argc != 1)
		return cmd_usage("install", "takes no words");
	if (!pool_name_is_valid(span_of(pool)))
		return cmd_usage("install", "not a name for a pool: %s", pool);
	dir = cmd_config_dir(c);
	if (!name_database(c, dir, pool, file, &code))
		return code;
	if (admin_user != NULL && !cmd_read_password(c, from_stdin, arena_printf(c->mem, "Password of %s: ", admin_user),
	    &password))
		return EXIT_USAGE;
	admin = (struct account){ admin_user, admin_user == NULL ? NULL : arena_z(c->mem, password) };
	if (user != NULL && !set_account(c, dir, pool, user, from_stdin, &code))
		return code;
	conf = cmd_load(c, dir, &code);
	if (conf == NULL)
		return code;
	p = conf_pool_find(conf, span_of(pool));
	if (p == NULL)
		return cmd_usage("install", "the pool named: %s has disappeared", pool);
	if (!names_server(p->set) && p->set->db_file[0] != '\0' && !make_folder(p->set->db_file, c->mem, &code))
		return code;
	if (!migrate_install(p, admin_user == NULL ? NULL : &admin, &n_applied, &e))
		return cmd_fail(&e);
	if (n_applied == 0) {
		printf("The repository of pool: %s is at level %d; there was nothing to do\n", pool, migrate_level_program());
	} else {
		printf("The repository of pool: %s was brought to level %d\n", pool, migrate_level_program());
		cmd_log_security(dir, "repository.install", "pool %s, level %d", pool, migrate_level_program());
	}
	return EXIT_OK;
}

int
cmd_uninstall(const struct cmd_context *c, int argc, char **argv)
{
	const char *pool = "default", *dir;
	bool yes = false;
	const struct cmd_flag flags[] = { { "--db-pool", &pool, NULL }, { "--yes", NULL, &yes }, { 0 } };
	const struct conf *conf;
	struct db *db;
	struct err e = { 0 };
	int code = EXIT_FAILED;

	if (!cmd_flags(flags, &argc, argv))
		return EXIT_USAGE;
	if (argc != 1)
		return cmd_usage("uninstall", "takes no words");
	dir = cmd_config_dir(c);
	conf = cmd_load(c, dir, &code);
	db = conf == NULL ? NULL : cmd_open(c, conf, pool, &code);
	if (db == NULL)
		return code;
	if (!yes && !cmd_confirm(c, arena_printf(c->mem, "Remove the repository of pool %s with all its documents?", pool)))
		return cmd_usage("uninstall", "not confirmed: nothing was removed");
	if (!jobs_uninstall(conf_pool_find(conf, span_of(pool)), &e) || !migrate_uninstall(db, &e))
		return cmd_fail(&e);
	printf("The repository of pool: %s was removed\n", pool);
	cmd_log_security(dir, "repository.uninstall", "pool %s", pool);
	return EXIT_OK;
}
