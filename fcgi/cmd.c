/* fcgi/cmd.c - what commands share: flags, messages, the folder */
#include "config.h"

#include "fcgi/cmd.h"

#include "base/log.h"

#include <grp.h>
#include <pwd.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

bool
cmd_flags(const struct cmd_flag *flags, int *argc, char **argv)
{
	int n_words = 1;
	bool only_words = false;

	for (int i = 1; i < *argc; i++) {
		const char *equals = strchr(argv[i], '=');
		size_t n_name = equals == NULL ? strlen(argv[i]) : (size_t)(equals - argv[i]);
		const struct cmd_flag *f = flags;

		if (only_words || strncmp(argv[i], "--", 2) != 0) {
			argv[n_words++] = argv[i];
			continue;
		}
		if (argv[i][2] == '\0') {
			only_words = true;
			continue;
		}
		while (f->name != NULL && (strlen(f->name) != n_name || strncmp(f->name, argv[i], n_name) != 0))
			f++;
		if (f->name == NULL) {
			cmd_usage(argv[0], "unknown option %.*s", (int)n_name, argv[i]);
			return false;
		}
		if (f->given != NULL)
			*f->given = true;
		if (f->value != NULL && equals != NULL) {
			*f->value = equals + 1;
		} else if (f->value != NULL && i + 1 < *argc) {
			*f->value = argv[++i];
		} else if (f->value != NULL || equals != NULL) {
			cmd_usage(argv[0], f->value != NULL ? "%s needs a value" : "%s takes no value", f->name);
			return false;
		}
	}
	*argc = n_words;
	argv[n_words] = NULL;
	return true;
}

bool
cmd_workers(const char *command, const char *text, size_t *out)
{
	enum { PER_CORE = 4, MOST = 1000 };
	long cores = sysconf(_SC_NPROCESSORS_ONLN), n;
	char *end;

	*out = PER_CORE * (size_t)(cores < 1 ? 1 : cores);
	if (text == NULL)
		return true;
	n = strtol(text, &end, 10);
	if (*text == '\0' || *end != '\0' || n < 1 || n > MOST) {
		cmd_usage(command, "--workers takes a number from 1 to %d", MOST);
		return false;
	}
	*out = (size_t)n;
	return true;
}

int
cmd_usage(const char *command, const char *fmt, ...)
{
	va_list ap;

	fprintf(stderr, "cords %s: ", command);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fprintf(stderr, "\nTry: cords %s --help\n", command);
	return EXIT_USAGE;
}

int
cmd_fail(const struct err *e)
{
	fprintf(stderr, "cords: %s\n", e->text);
	if (e->detail[0] != '\0')
		fprintf(stderr, "  %s\n", e->detail);
	switch (e->kind) {
	case ERR_USAGE:
		return EXIT_USAGE;
	case ERR_UNAVAILABLE:
	case ERR_CONN_LOST:
	case ERR_UNCERTAIN:
	case ERR_BUSY:
		return EXIT_NO_DATABASE;
	default:
		return EXIT_FAILED;
	}
}

static void
print_banner(const char *dir)
{
	char date[64];
	time_t now = time(NULL);
	struct tm tm;

	if (localtime_r(&now, &tm) == NULL || strftime(date, sizeof(date), "%a %b %d %H:%M:%S %Y", &tm) == 0)
		date[0] = '\0';
	printf("cords " PACKAGE_VERSION " on %s\n\nConfiguration:\n  %s\n\n", date, dir);
	fflush(stdout);
}

static void
step_down(const char *dir)
{
	struct stat st;
	const struct passwd *owner;

	if (geteuid() != 0 || stat(dir, &st) != 0 || st.st_uid == 0)
		return;
	owner = getpwuid(st.st_uid);
	if ((owner != NULL ? initgroups(owner->pw_name, st.st_gid) : setgroups(0, NULL)) != 0 || setgid(st.st_gid) != 0
	    || setuid(st.st_uid) != 0) {
		fprintf(stderr, "cords: cannot go on as the owner of %s\n", dir);
		_exit(EXIT_FAILED);
	}
}

const char *
cmd_config_dir(const struct cmd_context *c)
{
	const char *how;
	const char *dir = conf_find_dir(c->config_option, c->mem, &how);

	if (!c->quiet && isatty(STDOUT_FILENO))
		print_banner(dir);
	if (!c->quiet && strcmp(how, "current directory") == 0)
		fprintf(stderr, "INFO: no configuration folder is named: the current directory is used: %s\n", dir);
	step_down(dir);
	return dir;
}

static void
close_conf(void *arg)
{
	struct conf *conf = arg;

	conf_close(&conf);
}

static void
close_db(void *arg)
{
	struct db *db = arg;

	db_close(&db);
}

const struct conf *
cmd_load(const struct cmd_context *c, const char *dir, int *code)
{
	struct conf *conf;
	struct err e = { 0 };

	if (!conf_load(dir, &conf, &e)) {
		*code = cmd_fail(&e);
		return NULL;
	}
	arena_defer(c->mem, close_conf, conf);
	return conf;
}

struct db *
cmd_open(const struct cmd_context *c, const struct conf *conf, const char *pool, int *code)
{
	const struct pool_conf *p = conf_pool_find(conf, span_of(pool));
	struct db *db = NULL;
	struct err e = { 0 };
	bool is_open;

	if (p == NULL) {
		fprintf(stderr, "cords: there is no pool named: %s\nTry: cords install --db-pool %s\n", pool, pool);
		*code = EXIT_FAILED;
		return NULL;
	}
	is_open = db_open(p, &db, &e);
	if (db != NULL)			/* also when it could not be reached: it could be tried again */
		arena_defer(c->mem, close_db, db);
	if (is_open)
		return db;
	*code = cmd_fail(&e);
	return NULL;
}

struct db *
cmd_open_pool(const struct cmd_context *c, const char *dir, const char *pool, int *code)
{
	const struct conf *conf = cmd_load(c, dir, code);

	return conf == NULL ? NULL : cmd_open(c, conf, pool, code);
}

void
cmd_log_security(const char *dir, const char *event, const char *fmt, ...)
{
	const struct passwd *me = getpwuid(geteuid());
	struct conf *conf = NULL;
	struct err e = { 0 };
	char what[512], uid[32];
	bool has_file;
	va_list ap;

	/* a folder that cannot be loaded can be changed all the same, perhaps just to mend it */
	has_file = conf_load(dir, &conf, &e) && conf_global(conf)->log_file[0] != '\0';
	if (has_file || !isatty(STDERR_FILENO)) {
		va_start(ap, fmt);
		vsnprintf(what, sizeof(what), fmt, ap);
		va_end(ap);
		snprintf(uid, sizeof(uid), "uid %lu", (unsigned long)geteuid());
		log_open(has_file ? conf_global(conf)->log_file : NULL, LOG_WARNING);
		log_security(event, span_of(me == NULL ? uid : me->pw_name), "local", "", what);
	}
	conf_close(&conf);
}
