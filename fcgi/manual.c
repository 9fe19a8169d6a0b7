/* fcgi/manual.c - see manual.h */
#include "config.h"

#include "fcgi/manual.h"

#include "conf/conf.h"
#include "fcgi/cmd.h"

#include <inttypes.h>

/* Text that means nothing to roff: no request at the front of a line, no escape, and a minus that can be copied. */
static void
put_text(struct buf *b, const char *text)
{
	bool at_start = b->n == 0 || b->p[b->n - 1] == '\n';

	for (const char *p = text; *p != '\0'; p++) {
		if (at_start && (*p == '.' || *p == '\''))
			put_lit(b, "\\&");
		if (*p == '\\')
			put_lit(b, "\\e");
		else if (*p == '-')
			put_lit(b, "\\-");
		else
			buf_char(b, *p);
		at_start = *p == '\n';
	}
}

static void
put_head(struct buf *b, const char *title, int section, const char *name, const char *about)
{
	put_lit(b, ".\\\" printed by: cords manual\n");
	buf_printf(b, ".TH %s %d \"\" \"cords %s\" \"cords\"\n.nh\n.SH NAME\n", title, section, PACKAGE_VERSION);
	put_text(b, name);
	put_lit(b, " \\- ");
	put_text(b, about);
	put_lit(b, "\n");
}

/* one entry of a list: what it is called, and what follows about it */
static void
put_entry(struct buf *b, const char *name, const char *argument)
{
	put_lit(b, ".TP\n.B ");
	put_text(b, name);
	if (argument[0] != '\0') {
		put_lit(b, " \\fI");
		put_text(b, argument);
		put_lit(b, "\\fR");
	}
	put_lit(b, "\n");
}

/* ---- cords(1) ---- */

/* Each form of a command on a line of its own. */
static void
put_forms(struct buf *b, const struct cmd *cmd)
{
	const char *usage = cmd->usage;

	put_lit(b, ".nf\n");
	do {
		size_t n = strcspn(usage, "\n");

		put_lit(b, "\\fBcords ");
		put_text(b, cmd->name);
		put_lit(b, "\\fR ");
		put_text(b, arena_z(b->mem, (struct span){ usage, n }));
		put_lit(b, "\n");
		usage += n + (usage[n] == '\n');
	} while (*usage != '\0');
	put_lit(b, ".fi\n");
}

static void
put_command(struct buf *b, const struct cmd *cmd)
{
	put_lit(b, ".SS ");
	put_text(b, cmd->name);
	put_lit(b, "\n");
	put_text(b, cmd->summary);
	put_lit(b, ".\n.PP\n");
	put_forms(b, cmd);
	if (cmd->help[0] == '\0')
		return;
	put_lit(b, ".PP\n");
	put_text(b, cmd->help);
}

static void
put_environment(struct buf *b)
{
	put_lit(b, ".SH ENVIRONMENT\n");
	put_entry(b, "ORDS_CONFIG", "");
	put_text(b, "The configuration folder.\n");
	put_entry(b, "ORDS_SECRET_POOL_DB_PASSWORD_FILE", "");
	put_text(b, "For the pool POOL, in capitals: a file, readable for its owner only, that holds the password of the "
	    "runtime account instead of the wallet.\n");
	put_entry(b, "CORDS_HTTP", "");
	put_text(b, "Where cords serve answers HTTP unless told by --http: ADDR:PORT.\n");
	put_entry(b, "FCGI_WEB_SERVER_ADDRS", "");
	put_text(b, "A comma list of the only addresses that may connect to a worker whose socket is one of TCP.\n");
}

static void
page_cords(struct buf *b)
{
	put_head(b, "CORDS", 1, "cords", "JSON documents over HTTP: SODA for REST on SQLite, PostgreSQL or MariaDB");
	put_lit(b, ".SH SYNOPSIS\n\\fBcords\\fR [\\fB\\-\\-config\\fR \\fIDIR\\fR] [\\fB\\-\\-quiet\\fR] \\fICOMMAND\\fR ...\n"
	    ".SH DESCRIPTION\n");
	put_text(b, "With a command, cords looks at and changes a configuration folder and the databases that it names, or serves "
	    "them.  Started by a web server, without a command, it answers requests: see ");
	put_lit(b, "\\fBcords.fcgi\\fR(8).\n.SH OPTIONS\n");
	put_entry(b, "--config", "DIR");
	put_text(b, cmd_folder_help);
	put_entry(b, "--quiet", "");
	put_text(b, "No banner and no remarks.\n");
	put_entry(b, "--help", "");
	put_text(b, "Behind a command: what it does.  Alone: the list of commands.\n");
	put_entry(b, "--version", "");
	put_text(b, "One line; needs no configuration.\n");
	put_lit(b, ".SH COMMANDS\n");
	for (const struct cmd *cmd = cmds; cmd->name != NULL; cmd++)
		put_command(b, cmd);
	put_lit(b, ".SH EXIT STATUS\n");
	put_entry(b, "0", "");
	put_text(b, "Done.\n");
	put_entry(b, "1", "");
	put_text(b, "Wrong usage, or warnings of validate.\n");
	put_entry(b, "2", "");
	put_text(b, "Failed, or failures of validate.\n");
	put_entry(b, "3", "");
	put_text(b, "The database cannot be reached.\n");
	put_environment(b);
	put_lit(b, ".SH SEE ALSO\n\\fBcords.fcgi\\fR(8), \\fBcords\\-settings\\fR(5)\n");
}

/* ---- cords.fcgi(8) ---- */

static void
put_signals(struct buf *b)
{
	put_lit(b, ".SH SIGNALS\n");
	put_entry(b, "SIGTERM, SIGUSR1", "");
	put_text(b, "The running request is finished, for standalone.stop.timeout at most, and the worker leaves with 0.  A second "
	    "SIGTERM ends it at once.\n");
	put_entry(b, "SIGHUP", "");
	put_text(b, "The log is opened again.  Sent to cords serve, all workers are also replaced, one by one.\n");
}

static void
page_worker(struct buf *b)
{
	put_head(b, "CORDS.FCGI", 8, "cords.fcgi", "worker of cords behind a web server");
	put_lit(b, ".SH SYNOPSIS\n\\fBcords.fcgi\\fR\n.SH DESCRIPTION\n");
	put_text(b, "cords.fcgi is the program cords under a name that web servers take for a FastCGI program.  What it does is told "
	    "by how it is started:\n");
	put_entry(b, "FastCGI", "");
	put_text(b, "Descriptor 0 is a listening socket, as spawn-fcgi, lighttpd, mod_fcgid and cords serve leave it: a worker, which "
	    "answers one request at a time until it is told to leave.\n");
	put_entry(b, "CGI", "");
	put_text(b, "Variables of CGI are in the environment: one request is answered.  Arguments are not looked at.\n");
	put_entry(b, "otherwise", "");
	put_text(b, "The command line of ");
	put_lit(b, "\\fBcords\\fR(1).\n.PP\n");
	put_text(b, "A worker refuses to run as root unless security.stepDown is false.  It begins anew, as the same process with the "
	    "same socket, after worker.maxRequests requests or above worker.maxMemory.  It looks at the configuration folder every "
	    "two seconds; while a file is broken, the former settings hold.\n.PP\n");
	put_text(b, "Working samples for Apache, lighttpd, nginx, systemd and shared hosting come with the program.\n");
	put_lit(b, ".SH FILES\n");
	put_entry(b, "cords.conf", "");
	put_text(b, "Beside the program, where the environment cannot be set: one line, the configuration folder.\n");
	put_entry(b, "../cords-config", "");
	put_text(b, "Seen from the folder of the program: the configuration folder, when nothing else names one.\n");
	put_signals(b);
	put_environment(b);
	put_lit(b, ".SH SEE ALSO\n\\fBcords\\fR(1), \\fBcords\\-settings\\fR(5)\n");
}

/* ---- cords-settings(5) ---- */

static void
put_setting(struct buf *b, const struct option *o)
{
	const char *words = option_words(o);

	put_entry(b, o->key, "");
	put_text(b, o->help);
	put_lit(b, ".\n.br\n");
	put_text(b, o->scope == SCOPE_GLOBAL ? "Global; " : "Pool; ");
	put_text(b, words != NULL ? words : option_kind_name(o->kind));
	if (o->kind == OPT_INT || o->kind == OPT_COUNT)
		buf_printf(b, ", %s%" PRId64 " to %" PRId64, o->min < 0 ? "\\" : "", o->min, o->max);
	if (o->dflt[0] != '\0') {
		put_lit(b, "; default \\fB");
		put_text(b, o->dflt);
		put_lit(b, "\\fR");
	}
	put_lit(b, ".\n");
}

static void
put_files(struct buf *b)
{
	static const char *const files[][2] = {
		{ "global/settings.xml", "Global settings, and settings of pools that hold wherever the pool says nothing else." },
		{ "databases/POOL/pool.xml", "The settings of a pool.  \"default\" is the one without a name in the URI." },
		{ "databases/POOL/wallet/secrets, global/wallet/secrets", "Secrets, encrypted." },
		{ "global/key", "What secrets are encrypted with; of no use to anybody but the owner of the folder." },
		{ "global/credentials", "Mid-tier users: name, hash of the password, roles." },
	};

	put_lit(b, ".SH FILES\n");
	put_text(b, "All of them below the configuration folder, which has mode 0700 and belongs to the account that the workers "
	    "run as:\n");
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		put_entry(b, files[i][0], "");
		put_text(b, files[i][1]);
		put_lit(b, "\n");
	}
}

static void
page_settings(struct buf *b)
{
	put_head(b, "CORDS-SETTINGS", 5, "cords-settings", "the configuration folder of cords");
	put_lit(b, ".SH DESCRIPTION\n");
	put_text(b, "The folder and its files are those of Oracle REST Data Services.  A setting of the pool goes before a global one, "
	    "and that before the default.  Running workers see a change within three seconds.  ");
	put_lit(b, "\\fBcords config set\\fR ");
	put_text(b, "checks a value and writes it; files may be edited as well:\n");
	put_lit(b, ".PP\n.RS 4\n.nf\n");
	put_text(b, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
	    "<!DOCTYPE properties SYSTEM \"http://java.sun.com/dtd/properties.dtd\">\n"
	    "<properties>\n"
	    "<entry key=\"soda.maxLimit\">500</entry>\n"
	    "</properties>\n");
	put_lit(b, ".fi\n.RE\n");
	put_files(b);
	put_lit(b, ".SH SETTINGS\n");
	for (size_t i = 0; i < conf_n_options; i++)
		if (conf_options[i].kind != OPT_IGNORED)
			put_setting(b, &conf_options[i]);
	put_lit(b, ".SH SETTINGS WITHOUT MEANING HERE\n");
	put_text(b, "They are accepted, so that an existing folder keeps working, and ");
	put_lit(b, "\\fBcords validate\\fR names them:\n.PP\n.nf\n");
	for (size_t i = 0; i < conf_n_options; i++) {
		if (conf_options[i].kind != OPT_IGNORED)
			continue;
		put_text(b, conf_options[i].key);
		put_lit(b, "\n");
	}
	put_lit(b, ".fi\n.SH SEE ALSO\n\\fBcords\\fR(1), \\fBcords.fcgi\\fR(8)\n");
}

static void (*const pages[])(struct buf *b) = { page_cords, page_worker, page_settings };
const char *const manual_names[] = { "cords.1", "cords.fcgi.8", "cords-settings.5", NULL };

bool
manual_page(const char *name, struct buf *out)
{
	for (size_t i = 0; manual_names[i] != NULL; i++) {
		if (strcmp(manual_names[i], name) == 0) {
			pages[i](out);
			return true;
		}
	}
	return false;
}
