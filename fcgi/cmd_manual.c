/* fcgi/cmd_manual.c - cords manual, cords completion: what make prints into files */
#include "fcgi/cmd.h"

#include "fcgi/completion.h"
#include "fcgi/manual.h"

#include <stdio.h>

int
cmd_manual(const struct cmd_context *c, int argc, char **argv)
{
	const struct cmd_flag flags[] = { { 0 } };
	struct buf b;

	if (!cmd_flags(flags, &argc, argv))
		return EXIT_USAGE;
	if (argc > 2)
		return cmd_usage("manual", "takes the name of one page");
	buf_init(&b, c->mem);
	if (argc == 1) {
		for (size_t i = 0; manual_names[i] != NULL; i++)
			puts(manual_names[i]);
		return EXIT_OK;
	}
	if (!manual_page(argv[1], &b))
		return cmd_usage("manual", "there is no page %s", argv[1]);
	fwrite(b.p, 1, b.n, stdout);
	return EXIT_OK;
}

int
cmd_completion(const struct cmd_context *c, int argc, char **argv)
{
	const struct cmd_flag flags[] = { { 0 } };
	struct buf b;

	if (!cmd_flags(flags, &argc, argv))
		return EXIT_USAGE;
	if (argc != 2 || strcmp(argv[1], "bash") != 0)
		return cmd_usage("completion", "takes the name of a shell: bash");
	buf_init(&b, c->mem);
	completion_bash(&b);
	fwrite(b.p, 1, b.n, stdout);
	return EXIT_OK;
}
