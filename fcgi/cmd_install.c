/* fcgi/cmd_install.c - cords install, cords uninstall: the repository of a pool */
#include "fcgi/cmd.h"

#include "sql/migrate.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>

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
	if (file == NULL && p == NULL)
		file = arena_printf(c->mem, "data/%s.db", pool);
	if (file == NULL && p->set->db_file[0] == '\0' && p->set->db_custom_url[0] == '\0') {
		*code = cmd_usage("install", "the pool named: %s names no database: give --db-file", pool);
		return false;
	}
	if (file == NULL)
		return true;
	if (!conf_set(dir, pool, SPAN("db.file"), span_of(file), &e)) {
		*code = cmd_fail(&e);
		return false;
	}
	printf("The setting named: db.file was set to: %s in configuration: %s\n", file, pool);
	cmd_log_security(dir, "config.set", "db.file of %s", pool);
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
	const char *pool = "default", *file = NULL, *dir;
	const struct cmd_flag flags[] = { { "--db-pool", &pool, NULL }, { "--db-file", &file, NULL }, { 0 } };
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
	conf = cmd_load(c, dir, &code);
	if (conf == NULL)
		return code;
	p = conf_pool_find(conf, span_of(pool));
	if (p == NULL)
		return cmd_usage("install", "the pool named: %s has disappeared", pool);
	if (p->set->db_file[0] != '\0' && !make_folder(p->set->db_file, c->mem, &code))
		return code;
	if (!migrate_install(p, true, &n_applied, &e))
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
	if (!migrate_uninstall(db, &e))
		return cmd_fail(&e);
	printf("The repository of pool: %s was removed\n", pool);
	cmd_log_security(dir, "repository.uninstall", "pool %s", pool);
	return EXIT_OK;
}
