/* fcgi/main.c - the program: a worker, one CGI request, or a command
 *
 * A web server starts us with a listening socket as descriptor 0, or with the variables of CGI.  In the latter case the arguments
 * are not looked at: a web server may make them from the query string, and whoever asks must not be able to run commands.
 */
#include "config.h"

#include "base/log.h"
#include "fcgi/cmd.h"
#include "fcgi/serve.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

const struct cmd cmds[] = {
	{ "install", "make or upgrade the repository of a pool",
	    "[--db-pool NAME] [--db-file PATH]\n"
	    "[--db-pool NAME] [--admin-user NAME] [--db-user NAME] [--password-stdin]",
	    "Sets db.file of the pool to --db-file, or to data/NAME.db when the pool has none yet, makes the\n"
	    "database file when there is none, and applies the migrations that are missing.  A path that\n"
	    "is not absolute starts at the configuration folder.  Run again, it changes nothing.\n"
	    "Where db.engine names a server, its database must be there (PostgreSQL).  --db-user makes NAME the\n"
	    "account of the pool; --admin-user makes that account, if it is missing, and its schema.  Their passwords are asked for, or\n"
	    "read from standard input, one per line, the administrator's first.\n", cmd_install },
	{ "uninstall", "remove the repository of a pool, all documents included",
	    "[--db-pool NAME] [--yes]",
	    "Asks first, unless --yes is given.  The database file stays, without our tables.\n", cmd_uninstall },
	{ "config", "show and change settings, secrets, users and pools",
	    "[--db-pool NAME] list [--include-defaults] [--json]\n"
	    "[--db-pool NAME] get KEY [--json]\n"
	    "[--db-pool NAME] set [--global] KEY VALUE\n"
	    "[--db-pool NAME] delete [--global] KEY\n"
	    "[--db-pool NAME] secret [--password-stdin] KEY\n"
	    "info KEY [--json]\n"
	    "user add [--password-stdin] NAME \"ROLE,ROLE\"\n"
	    "user list [--json]\n"
	    "user delete NAME\n"
	    "pool list [--json]\n"
	    "pool delete NAME",
	    "The pool is \"default\" unless --db-pool names another.  A setting of scope global goes to\n"
	    "global/settings.xml with or without --global; a pool's setting with --global holds for all pools\n"
	    "that do not set it.  Running workers see a change within three seconds.  Passwords are read from\n"
	    "the terminal, or one per line from standard input with --password-stdin, never from arguments.\n",
	    cmd_config },
	{ "schema", "open and close schemas",
	    "[--db-pool NAME] enable NAME [--alias ALIAS] [--auth true|false] [--admin true|false] [--password-stdin]\n"
	    "[--db-pool NAME] disable NAME\n"
	    "[--db-pool NAME] list [--json]",
	    "A schema is reached under its alias (its name in lower case unless given) and has an account of\n"
	    "its own name, whose password is asked for when the schema is new.  With --auth false callers\n"
	    "without credentials are served, too.  With --admin true the account is SQL Administrator of the pool.\n", cmd_schema },
	{ "client", "programs that call with tokens of OAuth 2",
	    "[--db-pool NAME] create SCHEMA NAME \"ROLE,ROLE\" [--json]\n"
	    "[--db-pool NAME] roles SCHEMA NAME \"ROLE,ROLE\"\n"
	    "[--db-pool NAME] secret SCHEMA NAME [--json]\n"
	    "[--db-pool NAME] revoke SCHEMA NAME\n"
	    "[--db-pool NAME] delete SCHEMA NAME\n"
	    "[--db-pool NAME] list [--json]",
	    "A client gets tokens at /ords/ALIAS/oauth/token for the id and the secret that create prints, and acts with them for the\n"
	    "account of its schema, as far as its roles go: SODA Developer, SQL Developer, SQL Administrator, the last one only while\n"
	    "the account is one.  secret makes a new secret; it, revoke and delete end all tokens of the client, at once.\n",
	    cmd_client },
	{ "collection", "keep a collection that is there in parsed form as well",
	    "[--db-pool NAME] parse SCHEMA COLLECTION",
	    "On PostgreSQL, a collection made without (by a version before, or with soda.keepParsed=false) gets parsed forms as a\n"
	    "new one has them: of the documents that are there in batches, between which others write.  From the end on filters are\n"
	    "tested by the server, and a search index made before also looks values up.  Interrupted, it is run again.\n",
	    cmd_collection },
	{ "migrate", "take settings over from an installation of ORDS", "OLD_DIR",
	    "Reads the configuration folder of ORDS 22.1 or later and writes ours, which must be empty.  One line per setting:\n"
	    "OK, or WARN and why it was left out.  Secrets, users and the database of each pool have to be given anew.\n"
	    "The other folder is not changed.  Leaves with 1 when something was left out.\n", cmd_migrate },
	{ "validate", "check the folder, every setting and every pool",
	    "[--web-server FILE] [--workers N]",
	    "One line per check: OK, WARN or FAIL.  Leaves with 0, with 1 after warnings, with 2 after failures.\n"
	    "--web-server names the file of Apache, lighttpd or nginx that leads to cords; without it, those are looked at\n"
	    "that stand where the samples are meant to go.  For nginx it says how many connections may be kept, or that too many\n"
	    "are: by --workers, of each pool, as serve has them.\n",
	    cmd_validate },
	{ "check", "compare the repositories with this program",
	    "[--db-pool NAME]", "Every pool, unless one is named.\n", cmd_check },
	{ "credential", "keep what opens object storage for the jobs of a schema",
	    "create NAME --username NAME [--type basic|swift|s3] [--region NAME] [--schema NAME] [--replace] [--password-stdin] [--db-pool NAME]\n"
	    "list [--schema NAME] [--json] [--db-pool NAME]\n"
	    "enable NAME [--schema NAME] [--db-pool NAME]\ndisable NAME [--schema NAME] [--db-pool NAME]\n"
	    "delete NAME [--schema NAME] [--db-pool NAME]",
	    "A job names it as credential_name; only jobs of the same schema, or mid-tier user, may.  The secret (password, auth token,\n"
	    "secret access key) is read from the terminal or standard input and kept encrypted; nothing shows it again.  The type counts\n"
	    "where the host does not tell: basic sends name and password with each request, swift buys a token at /auth/v1.0 of the\n"
	    "same host, s3 signs requests (Signature V4) for a region, us-east-1 unless --region names another.\n", cmd_credential },
	{ "datapump", "export and import; run jobs, look at them, stop them, start them again",
	    "export [JSON] [--schema NAME] [--db-pool NAME]\nimport JSON [--schema NAME] [--db-pool NAME]\n"
	    "check FILE|URI [--directory NAME] [--credential NAME] [--schema NAME] [--db-pool NAME]\n"
	    "list [--json] [--db-pool NAME]\nstatus OWNER,JOB [--db-pool NAME]\nstop OWNER,JOB [--immediate] [--db-pool NAME]\n"
	    "start OWNER,JOB [--db-pool NAME]\nkill OWNER,JOB [--db-pool NAME]\nrun NUMBER [--db-pool NAME]\n"
	    "run-pending [--db-pool NAME]",
	    "JSON holds the properties of a request, - is standard input.  export and import wait for the end of their job and print\n"
	    "its log; the job goes on when they are left.  check reads a set of dumps and looks at every digest;\n"
	    "a URI in which there is a secret is given on standard input as well, because other accounts see arguments.\n"
	    "On a terminal, status watches a job to its end.  kill removes the record and what is unfinished.  run-pending, for cron,\n"
	    "does the jobs that wait and those whose process died, of every pool unless one is named.\n", cmd_datapump },
	{ "serve", "run workers, behind lighttpd or on a socket for another web server",
	    "[--http [ADDR:PORT]] [--workers N]\n"
	    "--socket PATH [--workers N]",
	    "lighttpd answers HTTP at the address given, or that of $CORDS_HTTP, or at standalone.binds and\n"
	    "standalone.http.port.  With --socket, another web server is expected to speak FastCGI to the socket; started by\n"
	    "a socket unit of systemd, the socket comes from there.  SIGTERM stops everything when the running requests are\n"
	    "answered, SIGHUP replaces the workers one by one, by those of a new version where there is one.\n", cmd_serve },
	{ "routes", "list what is answered", "[--json]", "Paths are below the context path, /ords.\n", cmd_routes },
	{ "options", "list every setting", "[--json]", "Settings that are accepted without meaning come last.\n",
	    cmd_options },
	{ "manual", "print a manual page", "[NAME]",
	    "In the macros of man: cords manual cords.1 | man -l -.  Without NAME, the names.\n", cmd_manual },
	{ "completion", "print completion for a shell", "bash", "To try it: source <(cords completion bash)\n", cmd_completion },
	{ "version", "tell the version", "", "", cmd_version },
	{ 0 }
};

const char cmd_folder_help[] =
    "The configuration folder.  Without it: $ORDS_CONFIG, else the one that cords.conf beside the program names,\n"
    "else ../cords-config beside the program, else the current directory.\n";

static void
print_usage(const struct cmd *cmd)
{
	const char *usage = cmd->usage;

	puts(cmd->summary);
	do {
		size_t n = strcspn(usage, "\n");

		printf("  cords [--config DIR] [--quiet] %s%s%.*s\n", cmd->name, n == 0 ? "" : " ", (int)n, usage);
		usage += n + (usage[n] == '\n');
	} while (*usage != '\0');
	if (cmd->help[0] != '\0')
		printf("\n%s", cmd->help);
}

static void
print_help(FILE *out)
{
	fputs("cords [--config DIR] [--quiet] COMMAND ...\n\n", out);
	for (const struct cmd *cmd = cmds; cmd->name != NULL; cmd++)
		fprintf(out, "  %-10s %s\n", cmd->name, cmd->summary);
	fputs("\n"
	    "cords COMMAND --help tells more; cords --version tells the version.\n"
	    "--config DIR\n", out);
	fputs(cmd_folder_help, out);
	fputs("Exit codes: 0 done, 1 wrong usage or warnings, 2 failed, 3 the database cannot be reached.\n"
	    "Started by a web server (FastCGI or CGI), without a command, it answers requests.\n", out);
}

static bool
is_listening(int fd)
{
	int yes = 0;
	socklen_t n = sizeof(yes);

	return getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &yes, &n) == 0 && yes != 0;
}

/* NULL: workers look for the folder again when it cannot be loaded now */
static struct conf *
load_conf(const char *config_option)
{
	struct arena *mem = arena_open(0);
	struct conf *conf = NULL;
	struct err e = { 0 };
	const char *how;

	if (config_option != NULL)
		setenv("ORDS_CONFIG", conf_find_dir(config_option, mem, &how), 1);
	if (!conf_load(conf_find_dir(config_option, mem, &how), &conf, &e))
		fprintf(stderr, "cords: %s\n", e.text);
	arena_close(&mem);
	return conf;
}

static int
run(const struct cmd_context *c, int argc, char **argv)
{
	const struct cmd *cmd = cmds;

	while (cmd->name != NULL && strcmp(cmd->name, argv[0]) != 0)
		cmd++;
	if (cmd->name == NULL) {
		fprintf(stderr, "cords: unknown command %s\nTry: cords --help\n", argv[0]);
		return EXIT_USAGE;
	}
	for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
		if (strcmp(argv[i], "--help") == 0) {
			print_usage(cmd);
			return EXIT_OK;
		}
	}
	log_open(NULL, LOG_WARNING);		/* people read this; serve opens the log of the workers */
	return cmd->run(c, argc, argv);
}

int
main(int argc, char **argv)
{
	struct cmd_context c = { .program = argc > 0 ? argv[0] : "cords" };
	bool listening = is_listening(STDIN_FILENO);
	int i, code;

	if (!listening && (getenv("GATEWAY_INTERFACE") != NULL || getenv("REQUEST_METHOD") != NULL))
		return serve_cgi(load_conf(NULL));
	for (i = 1; i < argc && argv[i][0] == '-'; i++) {
		if (strcmp(argv[i], "--config") == 0 && i + 1 < argc) {
			c.config_option = argv[++i];
		} else if (strncmp(argv[i], "--config=", 9) == 0) {
			c.config_option = argv[i] + 9;
		} else if (strcmp(argv[i], "--quiet") == 0) {
			c.quiet = true;
		} else if (strcmp(argv[i], "--version") == 0) {
			return cmd_version(&c, 1, argv);
		} else if (strcmp(argv[i], "--help") == 0) {
			print_help(stdout);
			return EXIT_OK;
		} else {
			fprintf(stderr, "cords: unknown option %s\nTry: cords --help\n", argv[i]);
			return EXIT_USAGE;
		}
	}
	if (i == argc && listening)
		return serve_fcgi(load_conf(c.config_option), argv);
	if (i == argc) {
		print_help(stderr);
		return EXIT_USAGE;
	}
	c.mem = arena_open(0);
	code = run(&c, argc - i, argv + i);
	arena_close(&c.mem);
	if (fflush(stdout) != 0 || ferror(stdout)) {
		fputs("cords: standard output cannot be written\n", stderr);
		return EXIT_FAILED;
	}
	return code;
}
