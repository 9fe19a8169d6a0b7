/* fcgi/cmd_migrate.c - cords migrate: settings of an installation of ORDS */
#include "fcgi/cmd.h"

#include "conf/adopt.h"

#include <stdio.h>
#include <stdlib.h>

/* What stands in files of others may hold anything. */
static void
print_row(const struct adopted *row)
{
	char line[2048];

	(void)snprintf(line, sizeof(line), "%s%s: %s%s%s", row->pool[0] == '\0' ? "global" : "pool ", row->pool, row->what,
	    row->why == NULL ? " = " : ": ", row->why == NULL ? row->text : row->why);
	for (char *p = line; *p != '\0'; p++)
		if ((unsigned char)*p < 0x20 || *p == 0x7f)
			*p = '?';
	printf("%s  %s\n", row->why == NULL ? "OK  " : "WARN", line);
}

int
cmd_migrate(const struct cmd_context *c, int argc, char **argv)
{
	const struct cmd_flag flags[] = { { 0 } };
	const struct adopted *row;
	const char *dir, *from;
	struct err e = { 0 };
	size_t n = 0, n_left = 0;

	if (!cmd_flags(flags, &argc, argv))
		return EXIT_USAGE;
	if (argc != 2)
		return cmd_usage("migrate", "takes the configuration folder of ORDS");
	from = realpath(argv[1], NULL);
	if (from == NULL)
		return cmd_usage("migrate", "there is no folder %s", argv[1]);
	arena_defer(c->mem, free, (void *)(uintptr_t)from);
	dir = cmd_config_dir(c);
	if (!conf_adopt(from, dir, c->mem, &row, &n, &e))
		return cmd_fail(&e);
	for (size_t i = 0; i < n; i++) {
		print_row(&row[i]);
		n_left += row[i].why != NULL;
	}
	printf("%zu settings were taken from %s, %zu things were left out\n", n - n_left, from, n_left);
	cmd_log_security(dir, "config.migrate", "from %s", from);
	return n_left == 0 ? EXIT_OK : EXIT_USAGE;
}
