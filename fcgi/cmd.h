/* fcgi/cmd.h - commands of the program: one row, one file each */
#ifndef CORDS_FCGI_CMD_H
#define CORDS_FCGI_CMD_H

#include "base/arena.h"
#include "base/err.h"
#include "base/span.h"
#include "conf/conf.h"
#include "sql/db.h"

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
	const char *usage;		/* what follows the name, one line per form */
	const char *help;		/* several lines */
	int (*run)(const struct cmd_context *c, int argc, char **argv);	/* argv[0] is the command */
};

extern const struct cmd cmds[];		/* ends with name NULL */
extern const char cmd_folder_help[];	/* what --config means, and what holds without it */

int cmd_config(const struct cmd_context *c, int argc, char **argv);
int cmd_install(const struct cmd_context *c, int argc, char **argv);
int cmd_uninstall(const struct cmd_context *c, int argc, char **argv);
int cmd_validate(const struct cmd_context *c, int argc, char **argv);
int cmd_schema(const struct cmd_context *c, int argc, char **argv);
int cmd_collection(const struct cmd_context *c, int argc, char **argv);
int cmd_credential(const struct cmd_context *c, int argc, char **argv);
int cmd_client(const struct cmd_context *c, int argc, char **argv);
int cmd_serve(const struct cmd_context *c, int argc, char **argv);
int cmd_datapump(const struct cmd_context *c, int argc, char **argv);
int cmd_check(const struct cmd_context *c, int argc, char **argv);
int cmd_routes(const struct cmd_context *c, int argc, char **argv);
int cmd_options(const struct cmd_context *c, int argc, char **argv);
int cmd_migrate(const struct cmd_context *c, int argc, char **argv);
int cmd_manual(const struct cmd_context *c, int argc, char **argv);
int cmd_completion(const struct cmd_context *c, int argc, char **argv);
int cmd_version(const struct cmd_context *c, int argc, char **argv);

/* ---- shared by commands ---- */

/* By precedence, absolute.  On a terminal the banner goes before everything else; the current directory, taken because nothing
 * names a folder, is said on standard error.  Run by root, the command goes on as the owner of the folder, so that nothing
 * comes to be there that the workers cannot read. */
const char *cmd_config_dir(const struct cmd_context *c);

/* The folder, loaded; a connection to one of its pools.  Both are closed when the command ends.  NULL: told, and *code is what to
 * leave with. */
const struct conf *cmd_load(const struct cmd_context *c, const char *dir, int *code);
struct db *cmd_open(const struct cmd_context *c, const struct conf *conf, const char *pool, int *code);
struct db *cmd_open_pool(const struct cmd_context *c, const char *dir, const char *pool, int *code);	/* both */

/* One password: from standard input (one per line) or from the terminal without echo.  false at the end of input, or where
 * there is no terminal; said on standard error.  Wiped when the command ends. */
bool cmd_read_password(const struct cmd_context *c, bool from_stdin, const char *prompt, struct span *out);
bool cmd_new_password(const struct cmd_context *c, bool from_stdin, const char *of_whom, struct span *out);	/* asks twice */
bool cmd_confirm(const struct cmd_context *c, const char *question);	/* false where there is no terminal */

/* Flags may stand anywhere behind the command, as --name VALUE or --name=VALUE; behind "--" everything is a word. */
struct cmd_flag {
	const char *name;
	const char **value;		/* where its value goes; NULL: it takes none */
	bool *given;			/* may be NULL */
};
/* Takes the flags out of argv, so that argv[1] to argv[*argc - 1] are words.  flags ends with name NULL.  false: told */
bool cmd_flags(const struct cmd_flag *flags, int *argc, char **argv);

/* How many workers a pool has: what --workers said; NULL: the usual number, by cores.  false: told */
bool cmd_workers(const char *command, const char *text, size_t *out);

/* Told on standard error; the code to leave with. */
int cmd_usage(const char *command, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
int cmd_fail(const struct err *e);

/* a change of settings, credentials or schemas.  The log is the one that settings name. */
void cmd_log_security(const char *dir, const char *event, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

#endif
