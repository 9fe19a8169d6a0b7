/* fcgi/cmd.h - commands of the program: one row, one file each */
#ifndef CORDS_FCGI_CMD_H
#define CORDS_FCGI_CMD_H

#include "base/arena.h"

enum exit_code { EXIT_OK = 0, EXIT_USAGE = 1, EXIT_FAILED = 2, EXIT_NO_DATABASE = 3 };

struct cmd_context {
	const char *config_option;	/* --config, or NULL */
	bool quiet;
	const char *program;		/* argv[0] */
	struct arena *mem;
};

struct cmd {
	const char *name;		/* "config" */
	const char *summary;		/* one line for --help */
	const char *help;		/* usage and options, several lines */
	int (*run)(const struct cmd_context *c, int argc, char **argv);	/* argv[0] is the command */
};

extern const struct cmd cmds[];		/* ends with name NULL */

int cmd_config(const struct cmd_context *c, int argc, char **argv);
int cmd_install(const struct cmd_context *c, int argc, char **argv);
int cmd_uninstall(const struct cmd_context *c, int argc, char **argv);
int cmd_validate(const struct cmd_context *c, int argc, char **argv);
int cmd_schema(const struct cmd_context *c, int argc, char **argv);
int cmd_serve(const struct cmd_context *c, int argc, char **argv);
int cmd_check(const struct cmd_context *c, int argc, char **argv);
int cmd_routes(const struct cmd_context *c, int argc, char **argv);
int cmd_options(const struct cmd_context *c, int argc, char **argv);
int cmd_version(const struct cmd_context *c, int argc, char **argv);

/* shared by commands */
const char *cmd_config_dir(const struct cmd_context *c);		/* by precedence, with its note on stderr unless quiet */
/* one password: from standard input (one per line) or from the terminal without echo.  false at end of input */
bool cmd_read_password(const struct cmd_context *c, bool from_stdin, const char *prompt, struct span *out);

#endif
