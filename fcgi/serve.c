/* fcgi/serve.c - one worker: accept, read, answer, write, tell the log; again
 *
 * One request at a time, one thread (and the helper of deadline.c).  The connection is accepted here and handed to
 * libfcgi: so its time begins when it arrives, a stop is never missed between looking at the flag and waiting, and
 * one waiting worker wakes up for one connection.  Signals only set flags.
 */
#include "config.h"

#include "fcgi/serve.h"

#include "base/clock.h"
#include "base/log.h"
#include "fcgi/cmd.h"
#include "fcgi/deadline.h"
#include "fcgi/listen.h"
#include "fcgi/wire.h"
#include "handlers/answer.h"

#include <errno.h>
#include <fcgiapp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	WRITE_BYTES = 16384,		/* progress of an answer is noticed in pieces of this size */
	MEMORY_EVERY = 64,		/* requests between two looks at the size of the process */
	LOAD_AGAIN_MS = 2000,		/* a broken configuration folder is tried again this often */
	ROOM_BYTES = 512 << 20		/* of addresses: libraries, stacks, the mapped part of databases */
};

struct worker {
	struct conf *conf;		/* NULL while the folder cannot be loaded */
	int64_t loaded_ns;		/* last attempt */
	struct server *server;
	struct arena *mem;		/* of the request */
	int64_t mem_bytes;		/* its budget */
	int64_t n_requests;
	bool is_worn_out;		/* it has done its share */
};

/* what a signal may touch */
static volatile sig_atomic_t is_stopping, must_reopen_log;
static _Atomic int64_t stop_ms;

static void
on_signal(int signo)
{
	int saved = errno;

	if (signo == SIGHUP) {
		must_reopen_log = 1;
	} else {
		if (is_stopping && signo == SIGTERM)
			_exit(EXIT_FAILED);
		is_stopping = 1;
		deadline_stop(stop_ms);
	}
	listen_wake();
	errno = saved;
}

static void
our_signals(sigset_t *set)
{
	(void)sigemptyset(set);
	(void)sigaddset(set, SIGTERM);
	(void)sigaddset(set, SIGUSR1);
	(void)sigaddset(set, SIGHUP);
}

/* Before FCGX_Init(), which would install its own.  Reads and writes that a signal meets are repeated by the kernel.  What came
 * while renew() had them blocked is delivered now. */
static void
catch_signals(void)
{
	struct sigaction sa = { .sa_handler = on_signal, .sa_flags = SA_RESTART };
	sigset_t ours;

	(void)sigemptyset(&sa.sa_mask);
	(void)sigaction(SIGTERM, &sa, NULL);
	(void)sigaction(SIGUSR1, &sa, NULL);
	(void)sigaction(SIGHUP, &sa, NULL);
	our_signals(&ours);
	(void)sigprocmask(SIG_UNBLOCK, &ours, NULL);
	sa.sa_handler = SIG_IGN;
	(void)sigaction(SIGPIPE, &sa, NULL);
	(void)sigaction(SIGXFSZ, &sa, NULL);	/* a file that may not grow is an error of that write (F-12) */
}

bool
serve_may_run(const struct conf *conf)
{
	if (geteuid() != 0 || (conf != NULL && !conf_global(conf)->step_down))
		return true;
	(void)fprintf(stderr, "cords: will not serve as root; start it as another user, or set security.stepDown to false\n");
	return false;
}

/* the address space, or what is in memory; in bytes, 0 when it cannot be told */
static int64_t
process_bytes(bool is_resident)
{
	long mapped = 0, resident = 0;
	FILE *f = fopen("/proc/self/statm", "re");

	if (f == NULL)
		return 0;
	if (fscanf(f, "%ld %ld", &mapped, &resident) != 2)
		mapped = resident = 0;
	(void)fclose(f);
	return (is_resident ? resident : mapped) * (int64_t)sysconf(_SC_PAGESIZE);
}

/* the last wall, far behind the budgets of requests.  Who stands beyond it already, as with a sanitizer, stays. */
static void
limit_memory(const struct settings *set)
{
	int64_t most = set->worker_max_memory + 2 * set->memory_max_bytes + ROOM_BYTES;
	struct rlimit limit;

	if (set->worker_max_memory == 0 || process_bytes(false) >= most || getrlimit(RLIMIT_AS, &limit) != 0)
		return;
	if (limit.rlim_max == RLIM_INFINITY || (rlim_t)most < limit.rlim_max) {
		limit.rlim_cur = (rlim_t)most;
		(void)setrlimit(RLIMIT_AS, &limit);
	}
}

/* what this process holds must not end in a file, and it needs no more rights than it has. */
static void
harden(const struct conf *conf)
{
	const struct rlimit none = { 0, 0 };

	(void)umask(077);
	(void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	if (conf == NULL || !conf_global(conf)->worker_core) {
		(void)setrlimit(RLIMIT_CORE, &none);
		(void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	}
}

void
serve_open_log(const struct conf *conf)
{
	static const struct {
		const char *word;
		enum log_level level;
	} levels[] = { { "ERROR", LOG_ERROR }, { "WARNING", LOG_WARNING }, { "INFO", LOG_INFO }, { "FINE", LOG_FINE } };
	const struct settings *set = conf_global(conf);
	enum log_level level = LOG_INFO;

	for (size_t i = 0; i < sizeof(levels) / sizeof(levels[0]); i++)
		if (span_is_nocase(span_of(set->log_level), levels[i].word))
			level = levels[i].level;
	log_open(set->log_file, level);
}

static int64_t
statement_ms(void *arg)
{
	const struct worker *w = arg;

	return server_statement_ms(w->server);
}

static void
cancel(void *arg)
{
	const struct worker *w = arg;

	server_cancel(w->server);
}

/* What follows from a configuration that has just been loaded. */
static void
use_conf(struct worker *w)
{
	const struct settings *set = conf_global(w->conf);

	serve_open_log(w->conf);
	stop_ms = set->serve_stop_ms;
	if (w->server == NULL)
		w->server = server_open(w->conf);
	else
		server_conf(w->server, w->conf);
	if (w->mem != NULL && w->mem_bytes != set->memory_max_bytes)
		arena_close(&w->mem);
	if (w->mem == NULL)
		w->mem = arena_open((size_t)set->memory_max_bytes);
	w->mem_bytes = set->memory_max_bytes;
	limit_memory(set);
}

static void
load_conf(struct worker *w)
{
	struct arena *scratch;
	struct err e = { 0 };
	const char *how;

	if (clock_mono_ns() - w->loaded_ns < LOAD_AGAIN_MS * INT64_C(1000000))
		return;
	w->loaded_ns = clock_mono_ns();
	scratch = arena_open(0);
	if (conf_load(conf_find_dir(NULL, scratch, &how), &w->conf, &e))
		use_conf(w);
	else
		log_event(LOG_ERROR, "conf.broken", "%s", e.text);
	arena_close(&scratch);
}

/* F-22: who begins anew while the folder is broken would have no settings.  Looked at again after a moment. */
static bool
can_begin_anew(struct worker *w)
{
	struct conf *conf;
	struct err e = { 0 };

	if (clock_mono_ns() - w->loaded_ns < LOAD_AGAIN_MS * INT64_C(1000000))
		return false;
	w->loaded_ns = clock_mono_ns();
	if (!conf_load(conf_dir(w->conf), &conf, &e))
		return false;
	conf_close(&conf);
	return true;
}

/* Between two requests, never within one. */
static void
refresh(struct worker *w)
{
	if (must_reopen_log) {
		must_reopen_log = 0;
		log_reopen();
	}
	if (w->conf == NULL)
		load_conf(w);
	else if (conf_refresh(&w->conf))
		use_conf(w);
}

static void
open_worker(struct worker *w, struct conf *conf)
{
	const struct deadline_hooks hooks = { .statement_ms = statement_ms, .cancel = cancel, .arg = w };

	harden(conf);
	w->conf = conf;
	if (conf != NULL)
		use_conf(w);
	else
		w->loaded_ns = clock_mono_ns();
	deadline_start(&hooks);
}

static void
close_worker(struct worker *w)
{
	server_close(&w->server);
	arena_close(&w->mem);
	conf_close(&w->conf);
}

/* drivers leak.  The size is looked at now and then, because it costs some microseconds. */
static bool
has_done_its_share(const struct worker *w)
{
	const struct settings *set;

	if (w->conf == NULL)
		return false;
	set = conf_global(w->conf);
	if (set->worker_max_requests > 0 && w->n_requests >= set->worker_max_requests)
		return true;
	return set->worker_max_memory > 0 && w->n_requests % MEMORY_EVERY == 0
	    && process_bytes(true) > set->worker_max_memory;
}

/*
 * The same process begins anew, as the same program, with nothing but the socket.  If it ended instead, whoever had connected
 * by then would lose a request where a web server gives each worker a socket of its own, and a pool that nobody supervises
 * would grow smaller.  Signals wait until the new one can take them.  Comes back when it cannot be done.
 */
static void
renew(char **argv)
{
	sigset_t ours;

	our_signals(&ours);
	(void)sigprocmask(SIG_BLOCK, &ours, NULL);
	/* ours close by themselves; this is for what drivers and libraries have left open, where the kernel knows how */
	(void)close_range(STDERR_FILENO + 1, ~0U, CLOSE_RANGE_CLOEXEC);
	if (!is_stopping)
		(void)execv("/proc/self/exe", argv);
	(void)sigprocmask(SIG_UNBLOCK, &ours, NULL);
}

static void
tell_log(const struct worker *w, const struct request *req, const struct response *res, int64_t total_us)
{
	const struct outcome *o = server_outcome(w->server);
	const struct log_request r = {
		.id = req->id, .method = method_name(req->method), .route = o->route, .pool = o->pool, .user = o->user,
		.address = req->remote_address, .status = res->status, .total_us = total_us, .db_us = o->db_us,
		.bytes_out = res->is_head ? 0 : response_bytes(res), .rows = o->rows,
		.e = o->failed ? &o->e : NULL,
	};

	log_access(&r);
}

/* There are no settings, so there is nothing to read a request by: the answer is always the same. */
static void
answer_unconfigured(struct peer *peer)
{
	static const char text[] = "Status: 503 Service Unavailable\r\nContent-Type: application/problem+json\r\n"
	    "Cache-Control: no-store\r\nRetry-After: 5\r\n\r\n"
	    "{\"code\":\"ServiceUnavailable\",\"title\":\"Service Unavailable\","
	    "\"message\":\"The configuration cannot be loaded.\",\"status\":503}\n";
	char scratch[4096];

	while (peer->has_end && peer->read(peer->state, scratch, sizeof(scratch)) > 0)
		;
	(void)peer->write(peer->state, text, sizeof(text) - 1);
}

/* One request; finish() lets the peer go before the log is written. */
static void
serve_one(struct worker *w, struct peer *peer, void (*finish)(void *state))
{
	int64_t begin_ns = clock_mono_ns(), total_us;
	struct request req;
	struct response res;
	struct err e = { 0 };

	w->n_requests++;
	if (w->conf == NULL) {
		answer_unconfigured(peer);
		finish(peer->state);
		return;
	}
	arena_clear(w->mem);
	response_init(&res, w->mem);
	if (wire_read(peer, conf_global(w->conf), w->mem, &req, &e)) {
		deadline_enter(STAGE_STATEMENT, 0);
		answer(w->server, w->mem, &req, &res);
	} else {
		answer_error(w->server, w->mem, &req, &e, &res);
	}
	deadline_enter(STAGE_WRITE, conf_global(w->conf)->write_ms);
	(void)wire_write(peer, &res);
	total_us = (clock_mono_ns() - begin_ns) / 1000;
	w->is_worn_out = has_done_its_share(w) && can_begin_anew(w);
	finish(peer->state);
	tell_log(w, &req, &res, total_us);
}

/* FastCGI */

struct fcgi_peer {
	FCGX_Request r;
	const struct worker *worker;
	int64_t body_ms, write_ms;
	bool has_ended;			/* the end of the body was seen */
};

/* What has arrived, at least one byte: so that each piece counts as progress. */
static long
fcgi_read(void *state, char *p, size_t n)
{
	struct fcgi_peer *f = state;
	FCGX_Stream *in = f->r.in;
	size_t more;
	int c;

	if (n == 0)
		return 0;
	deadline_enter(STAGE_BODY, f->body_ms);
	c = FCGX_GetChar(in);
	if (c < 0) {
		f->has_ended = true;
		return FCGX_GetError(in) == 0 ? 0 : -1;
	}
	p[0] = (char)c;
	more = (size_t)(in->stop - in->rdNext);
	if (more > n - 1)
		more = n - 1;
	return more == 0 ? 1 : 1 + FCGX_GetStr(p + 1, (int)more, in);
}

static bool
fcgi_write(void *state, const char *p, size_t n)
{
	struct fcgi_peer *f = state;

	while (n > 0) {
		int piece = n < WRITE_BYTES ? (int)n : WRITE_BYTES;

		if (FCGX_PutStr(p, piece, f->r.out) != piece)
			return false;
		p += piece;
		n -= (size_t)piece;
		if (n > 0)
			deadline_enter(STAGE_WRITE, f->write_ms);
	}
	return true;
}

static bool
fcgi_stream_ok(void *state)
{
	struct fcgi_peer *f = state;

	return FCGX_GetError(f->r.in) == 0;
}

static void
fcgi_finish(void *state)
{
	struct fcgi_peer *f = state;

	/* the rest of a body would be taken for the next request; and there is none when we leave or begin anew */
	if (!f->has_ended || is_stopping || f->worker->is_worn_out)
		f->r.keepConnection = 0;
	FCGX_Finish_r(&f->r);
}

/* One request of a connection.  libfcgi reads the parameters; what it does not understand it closes. */
static void
serve_connection(struct worker *w, struct fcgi_peer *f)
{
	struct peer peer = {
		.state = f, .has_end = true, .read = fcgi_read, .write = fcgi_write, .stream_ok = fcgi_stream_ok
	};
	int64_t params_ms = 10000;

	f->has_ended = false;
	f->body_ms = 30000;
	f->write_ms = 60000;
	if (w->conf != NULL) {
		params_ms = conf_global(w->conf)->params_ms;
		f->body_ms = conf_global(w->conf)->body_ms;
		f->write_ms = conf_global(w->conf)->write_ms;
	}
	deadline_descriptor(f->r.ipcFd);
	deadline_enter(STAGE_PARAMS, params_ms);
	f->r.keepConnection = 1;	/* or the descriptor would be closed before it is read */
	if (FCGX_Accept_r(&f->r) == 0) {
		if (f->r.role == 1) {	/* a responder; authorizers and filters are refused */
			peer.env = f->r.envp;
			serve_one(w, &peer, fcgi_finish);
		} else {
			fcgi_finish(f);
		}
	}
	deadline_leave();
	deadline_descriptor(-1);
}

int
serve_fcgi(struct conf *conf, char **argv)
{
	struct worker w = { 0 };
	struct fcgi_peer f = { .worker = &w };

	if (!serve_may_run(conf)) {
		conf_close(&conf);
		return EXIT_FAILED;
	}
	open_worker(&w, conf);
	if (!listen_open(STDIN_FILENO)) {
		close_worker(&w);
		return EXIT_FAILED;
	}
	catch_signals();
	log_gather(true);
	/* -1: libfcgi never accepts by itself; when it has closed our connection it comes back */
	if (FCGX_Init() != 0 || FCGX_InitRequest(&f.r, -1, FCGI_FAIL_ACCEPT_ON_INTR) != 0) {
		close_worker(&w);
		return EXIT_FAILED;
	}
	while (!is_stopping && !w.is_worn_out) {
		enum listen_event event = listen_next(&f.r.ipcFd);

		refresh(&w);
		if (event == LISTEN_REQUEST)
			serve_connection(&w, &f);
		else if (event == LISTEN_IDLE && w.server != NULL)
			server_idle(w.server);
		else if (event == LISTEN_BROKEN)
			break;
	}
	if (is_stopping || !w.is_worn_out)
		listen_close();
	FCGX_Free(&f.r, 1);
	close_worker(&w);
	log_flush();
	if (w.is_worn_out) {
		log_event(LOG_INFO, "worker.renew", "after %lld requests", (long long)w.n_requests);
		renew(argv);
	}
	return EXIT_OK;
}

/* CGI */

struct cgi_peer {
	bool has_failed;
	int64_t body_ms, write_ms;
};

static long
cgi_read(void *state, char *p, size_t n)
{
	struct cgi_peer *c = state;
	ssize_t got;

	deadline_enter(STAGE_BODY, c->body_ms);
	got = read(STDIN_FILENO, p, n);
	if (got < 0)
		c->has_failed = true;
	return got;
}

static bool
cgi_write(void *state, const char *p, size_t n)
{
	struct cgi_peer *c = state;

	while (n > 0) {
		ssize_t put = write(STDOUT_FILENO, p, n);

		if (put < 0)
			return false;
		p += put;
		n -= (size_t)put;
		deadline_enter(STAGE_WRITE, c->write_ms);
	}
	return true;
}

static bool
cgi_stream_ok(void *state)
{
	const struct cgi_peer *c = state;

	return !c->has_failed;
}

static void
cgi_finish(void *state)
{
	(void)state;
	(void)close(STDOUT_FILENO);
}

int
serve_cgi(struct conf *conf)
{
	extern char **environ;
	struct cgi_peer c = { .body_ms = 30000, .write_ms = 60000 };
	struct peer peer = {
		.state = &c, .env = environ, .read = cgi_read, .write = cgi_write, .stream_ok = cgi_stream_ok
	};
	struct worker w = { 0 };

	if (!serve_may_run(conf)) {
		conf_close(&conf);
		return EXIT_FAILED;
	}
	open_worker(&w, conf);
	catch_signals();
	if (w.conf != NULL) {
		c.body_ms = conf_global(w.conf)->body_ms;
		c.write_ms = conf_global(w.conf)->write_ms;
	}
	serve_one(&w, &peer, cgi_finish);
	deadline_leave();
	close_worker(&w);
	return EXIT_OK;
}
