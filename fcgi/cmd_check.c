/* fcgi/cmd_check.c - cords check: does the repository hold what this program expects? */
#include "fcgi/cmd.h"

#include "sql/jobs.h"
#include "sql/migrate.h"

#include <stdio.h>

static int
check_pool(const struct cmd_context *c, const struct conf *conf, const char *pool)
{
	const char *report = "";
	int level = 0, code = EXIT_FAILED;
	struct err e = { 0 };
	struct db *db = cmd_open(c, conf, pool, &code);

	if (db == NULL)
		return code;
	if (!migrate_level(db, &level, &e))
		return cmd_fail(&e);
	if (level != migrate_level_program()) {
		printf("FAIL  %s: repository level %d, program level %d%s\n", pool, level, migrate_level_program(),
		    level < migrate_level_program() ? ": run cords install" : ": this program is too old");
		return EXIT_FAILED;
	}
	if (!migrate_check(db, c->mem, &report, &e)
	    || (report[0] == '\0' && !jobs_check(conf_pool_find(conf, span_of(pool)), c->mem, &report, &e)))
		return cmd_fail(&e);
	if (report[0] != '\0') {
		printf("FAIL  %s: %s\n", pool, report);
		return EXIT_FAILED;
	}
	printf("OK    %s: repository level %d\n", pool, level);
	return EXIT_OK;
}

int
cmd_check(const struct cmd_context *c, int argc, char **argv)
{
	const char *pool = NULL;
	const struct cmd_flag flags[] = { { "--db-pool", &pool, NULL }, { 0 } };
	const struct conf *conf;
	int worst = EXIT_OK;

	if (!cmd_flags(flags, &argc, argv))
		return EXIT_USAGE;
	if (argc != 1)
		return cmd_usage("check", "takes no words");
	conf = cmd_load(c, cmd_config_dir(c), &worst);
	if (conf == NULL)
		return worst;
	if (pool != NULL)
		return check_pool(c, conf, pool);
	for (size_t i = 0; i < conf_n_pools(conf); i++) {
		int code = check_pool(c, conf, conf_pool(conf, i)->name);

		if (code > worst)
			worst = code;
	}
	return worst;
}
