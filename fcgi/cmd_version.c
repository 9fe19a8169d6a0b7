/* fcgi/cmd_version.c - cords version, --version: one line, without any configuration */
#include "config.h"

#include "fcgi/cmd.h"
#include "sql/migrate.h"

#include <stdio.h>

int
cmd_version(const struct cmd_context *c, int argc, char **argv)
{
	(void)c;
	(void)argv;
	if (argc != 1)
		return cmd_usage("version", "takes no words");
	printf("cords " PACKAGE_VERSION " (repository level %d)\n", migrate_level_program());
	return EXIT_OK;
}
