/* fcgi/cmd_serve.c - cords serve: a supervised pool of workers, with lighttpd in front unless they have a socket
 *
 * Who says nothing wants HTTP, as with ORDS: a socket that nobody has named would be of no use to a web server.
 */
#include "config.h"

#include "base/clock.h"
#include "base/log.h"
#include "datapump/start.h"
#include "fcgi/cmd.h"
#include "fcgi/front.h"
#include "fcgi/pool.h"
#include "fcgi/serve.h"
#include "fcgi/service.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { BACKLOG = 1024, START_MS = 10000 };

struct order {				/* what the command line asks for */
	bool with_front;
	const char *address;		/* of the front; NULL: CORDS_HTTP, or else the settings */
	const char *socket_path;	/* NULL: in a folder of our own, or that of systemd */
	size_t n_workers;
};

struct site_files {			/* what disappears at the end */
	const char *folder, *config, *socket_path;
};

/* --http alone is as if its value were empty. */
static void
complete_http(int argc, char **argv)
{
	static char bare[] = "--http=";

	for (int i = 1; i < argc; i++)
		if (strcmp(argv[i], "--http") == 0 && (i + 1 == argc || argv[i + 1][0] == '-'))
			argv[i] = bare;
}

static bool
read_order(int *argc, char **argv, struct order *o)
{
	const char *workers = NULL;
	const struct cmd_flag flags[] = {
		{ "--http", &o->address, &o->with_front }, { "--socket", &o->socket_path, NULL },
		{ "--workers", &workers, NULL }, { 0 }
	};

	*o = (struct order){ 0 };
	complete_http(*argc, argv);
	if (!cmd_flags(flags, argc, argv))
		return false;
	if (*argc > 1) {
		cmd_usage(argv[0], "%s is too much", argv[1]);
		return false;
	}
	return cmd_workers(argv[0], workers, &o->n_workers);
}

/* a folder that only we can enter; the sockets of others are their business. */
static bool
make_folder(struct site_files *files, struct arena *mem, struct err *e)
{
	const char *base = getenv("XDG_RUNTIME_DIR");
	char *folder;

	if (base == NULL || access(base, W_OK | X_OK) != 0)
		base = getenv("TMPDIR");
	folder = arena_printf(mem, "%s/cords.XXXXXX", base == NULL || *base == '\0' ? "/tmp" : base);
	if (mkdtemp(folder) == NULL)
		return err_set(e, ERR_IO, "cannot make a folder like %s: %s", folder, strerror(errno));
	files->folder = folder;
	return true;
}

/* A socket that nobody listens at was left behind by somebody who was killed. */
static bool
clear_path(const struct sockaddr_un *a, struct err *e)
{
	struct stat st;
	int fd, rc;

	if (lstat(a->sun_path, &st) != 0)
		return true;
	if (!S_ISSOCK(st.st_mode))
		return err_set(e, ERR_IO, "%s exists and is not a socket", a->sun_path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	rc = fd < 0 ? -1 : connect(fd, (const struct sockaddr *)a, sizeof(*a));
	if (fd >= 0)
		(void)close(fd);
	if (rc == 0)
		return err_set(e, ERR_IO, "another program listens at %s", a->sun_path);
	if (unlink(a->sun_path) != 0)
		return err_set(e, ERR_IO, "cannot replace %s: %s", a->sun_path, strerror(errno));
	return true;
}

static bool
open_socket(const char *path, int *fd, struct err *e)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	mode_t old;
	int rc;

	if (strlen(path) >= sizeof(a.sun_path))
		return err_set(e, ERR_USAGE, "%s is too long for a socket", path);
	memcpy(a.sun_path, path, strlen(path) + 1);
	if (!clear_path(&a, e))
		return false;
	*fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	old = umask(077);
	rc = *fd < 0 ? -1 : bind(*fd, (const struct sockaddr *)&a, sizeof(a));
	(void)umask(old);
	if (rc != 0 || chmod(path, 0660) != 0 || listen(*fd, BACKLOG) != 0)
		return err_set(e, ERR_IO, "cannot listen at %s: %s", path, strerror(errno));
	return true;
}

/* Workers are this same program: without arguments, and descriptor 0 is the socket. */
static const char *
own_program(struct arena *mem)
{
	char *path = arena_zalloc(mem, PATH_MAX + 1);

	return readlink("/proc/self/exe", path, PATH_MAX) > 0 ? path : NULL;
}

static char *const *
words(struct arena *mem, const char *a, const char *b, const char *c, const char *d)
{
	char **v = ARENA_ARRAY(mem, char *, 5);
	const char *given[] = { a, b, c, d };

	for (int i = 0; i < 4 && given[i] != NULL; i++)
		v[i] = arena_z(mem, span_of(given[i]));
	return v;
}

/* Until the first answer came through the web server.  false: told to stop, or hopeless */
static bool
wait_for_front(struct pool *p, size_t i_front, const struct front *f, const char *context, struct err *e)
{
	int64_t until = clock_mono_ns() + START_MS * INT64_C(1000000);

	while (pool_step(p, 5)) {
		if (pool_has_failed(p, i_front))
			return err_set(e, ERR_IO, "lighttpd does not run; what it said stands above");
		if (front_answers(f, context))
			return true;
		if (clock_mono_ns() > until)
			return err_set(e, ERR_IO, "no answer within %d s", START_MS / 1000);
	}
	return false;
}

static void
announce(const struct cmd_context *c, const struct order *o, const char *where)
{
	if (c->quiet)
		return;
	(void)printf("cords answers at %s (%zu workers)\n", where, o->n_workers);
	(void)fflush(stdout);
}

/* *fd: the socket of systemd, which keeps it; -1 when there is none */
static bool
take_socket(struct order *o, int *fd, struct err *e)
{
	if (!service_socket(fd, e))
		return false;
	if (*fd >= 0 && (o->socket_path != NULL || o->with_front))
		return err_set(e, ERR_USAGE, "systemd has opened the socket: --socket and --http have no place here");
	if (*fd < 0 && o->socket_path == NULL)
		o->with_front = true;
	return true;
}

static bool
prepare_front(const struct order *o, const struct settings *global, struct arena *mem, struct front *front, const char **program,
    struct err *e)
{
	const char *address = o->address != NULL && *o->address != '\0' ? o->address : getenv("CORDS_HTTP");

	*program = front_program(mem);
	if (*program == NULL)
		return err_set(e, ERR_IO, "HTTP needs lighttpd, which is not installed; behind another web server: --socket PATH");
	return front_address(address, global, mem, front, e) && front_is_free(front, e);
}

/* At the path that was asked for, or in a folder of our own. */
static bool
make_socket(const struct cmd_context *c, const struct order *o, struct site_files *files, int *fd, struct err *e)
{
	const char *path = o->socket_path;

	if (o->with_front && !make_folder(files, c->mem, e))
		return false;
	if (path == NULL)
		path = arena_printf(c->mem, "%s/fcgi.sock", files->folder);
	if (!open_socket(path, fd, e))
		return false;
	files->socket_path = path;
	return true;
}

/* F-22: those that run have settings; those that begin now would have none. */
static bool
can_be_loaded(void *arg)
{
	const char *dir = arg;
	struct conf *conf;
	struct err e = { 0 };

	if (!conf_load(dir, &conf, &e)) {
		log_event(LOG_ERROR, "pool.kept", "the workers are not replaced: %s", e.text);
		return false;
	}
	conf_close(&conf);
	return true;
}

/* Nobody finds the socket any more, and who had connected already is still answered: closed with the last worker, a connection
 * that waits would be cut, and a web server cannot know whether its request was executed. */
static void
drain(struct pool *pool, const struct site_files *files, int fd, int64_t stop_ms)
{
	struct pollfd waiting = { .fd = fd, .events = POLLIN };
	int64_t until = clock_mono_ns() + stop_ms * INT64_C(1000000);

	(void)unlink(files->socket_path);
	while (poll(&waiting, 1, 0) > 0 && clock_mono_ns() < until && pool_step(pool, 5))
		;
}

/* How often to look for jobs whose runner died: the shortest lease of all pools; 0: never.  Where runners are started by cron,
 * this is cron's work, too. */
static int64_t
look_every_ms(const struct conf *conf)
{
	int64_t shortest = 0;

	for (size_t i = 0; i < conf_n_pools(conf) && conf_global(conf)->api_enabled; i++) {
		const struct settings *set = conf_pool(conf, i)->set;

		if (!span_is_nocase(span_of(set->job_runner), "fork"))
			return 0;
		if (shortest == 0 || set->job_lease_ms < shortest)
			shortest = set->job_lease_ms;
	}
	return shortest;
}

/* Jobs whose runner died go on although nobody asks for them. */
static void
serve_until_told(struct pool *pool, const struct conf *conf)
{
	int64_t every_ms = look_every_ms(conf), next_ns;
	bool looks = every_ms > 0;

	if (!looks)
		every_ms = 60000;
	next_ns = clock_mono_ns() + every_ms * INT64_C(1000000);
	while (pool_step(pool, every_ms)) {
		struct err e = { 0 };

		if (!looks || clock_mono_ns() < next_ns)
			continue;
		next_ns = clock_mono_ns() + every_ms * INT64_C(1000000);
		if (!job_start_pending(conf, &e))
			log_event(LOG_ERROR, "job.start", "%s (%s)", e.text, e.detail);
	}
}

static bool
run(const struct cmd_context *c, struct order *o, const struct conf *conf, struct site_files *files, struct err *e)
{
	const struct settings *global = conf_global(conf);
	struct pool_child *children = ARENA_ARRAY(c->mem, struct pool_child, o->n_workers + 1);
	const char *program = own_program(c->mem), *lighttpd = NULL;
	size_t n = o->n_workers;
	struct front front = { 0 };
	struct pool *pool;
	bool is_up = true;
	int fd = -1;

	if (program == NULL)
		return err_set(e, ERR_IO, "/proc is not there");
	if (!take_socket(o, &fd, e) || (o->with_front && !prepare_front(o, global, c->mem, &front, &lighttpd, e)))
		return false;
	if (fd < 0 && !make_socket(c, o, files, &fd, e))
		return false;
	for (size_t i = 0; i < n; i++)
		children[i] = (struct pool_child){ .name = "worker", .argv = words(c->mem, program, NULL, NULL, NULL),
			.stdin_fd = fd, .stop_signal = SIGTERM };
	if (o->with_front) {
		if (!front_write(&front, files->folder, files->socket_path, global, c->mem, &files->config, e))
			return false;
		children[n++] = (struct pool_child){ .name = "lighttpd", .is_front = true, .stdin_fd = -1,
			.argv = words(c->mem, lighttpd, "-D", "-f", files->config), .stop_signal = SIGINT };
	}
	pool = pool_open(children, n, global->serve_stop_ms, can_be_loaded, arena_z(c->mem, span_of(conf_dir(conf))), c->mem);
	if (o->with_front)
		is_up = wait_for_front(pool, n - 1, &front, global->context_path, e);
	if (is_up) {
		announce(c, o, o->with_front ? front_url(&front, global->context_path, c->mem)
		    : files->socket_path != NULL ? arena_printf(c->mem, "unix:%s", files->socket_path) : "the socket of systemd");
		service_tell("READY=1");
		serve_until_told(pool, conf);
		service_tell("STOPPING=1");
		if (files->socket_path != NULL && !o->with_front)
			drain(pool, files, fd, global->serve_stop_ms);
	}
	pool_stop(pool);
	return e->kind == ERR_NONE;
}

static void
clean_up(const struct site_files *files)
{
	if (files->socket_path != NULL)
		(void)unlink(files->socket_path);
	if (files->config != NULL)
		(void)unlink(files->config);
	if (files->folder != NULL)
		(void)rmdir(files->folder);
}

int
cmd_serve(const struct cmd_context *c, int argc, char **argv)
{
	const struct rlimit no_core = { 0, 0 };
	struct site_files files = { 0 };
	struct conf *conf = NULL;
	struct order o;
	struct err e = { 0 };
	const char *dir;
	bool is_fine;

	if (!read_order(&argc, argv, &o))
		return EXIT_USAGE;
	dir = cmd_config_dir(c);
	if (!conf_load(dir, &conf, &e))
		return cmd_fail(&e);
	if (!serve_may_run(conf)) {
		conf_close(&conf);
		return EXIT_FAILED;
	}
	if (!conf_global(conf)->worker_core)
		(void)setrlimit(RLIMIT_CORE, &no_core);
	/* workers find the folder by their environment */
	(void)setenv("ORDS_CONFIG", dir, 1);
	serve_open_log(conf);
	is_fine = run(c, &o, conf, &files, &e);
	clean_up(&files);
	conf_close(&conf);
	return is_fine ? EXIT_OK : cmd_fail(&e);
}
