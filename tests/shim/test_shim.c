/* tests/shim/test_shim.c - every operation, with a driver that breaks at its n-th call
 *
 * Each scenario is asked once with a sound driver: answer and database afterwards are noted, and all calls of the driver.
 * Then it is asked again for each call and each way in which that call can go wrong.  Whatever happens, one of three things
 * must be true: the answer is the noted one and the database is as noted; or the answer is a proper error and the database is
 * as before; or, only where COMMIT was hit or a write that is a transaction of its own, the answer says that the outcome is
 * unknown.  Then the same server must answer another request, hold no lock, and what the driver said must be neither in the answer nor in the log.
 *
 * What no program can notice is left out: a COMMIT or a definition that is reported done and was not, rows that end early
 * with "no more rows", NULL in the few columns that may hold it, another length of the binary answer kept for a retry.
 *
 * The same is done with memory that ends.
 *
 * R-01 R-02 R-04 R-08 R-09 R-40 R-61, F-11 F-12 F-15 F-16 F-20; D-01 (classes below) D-02 D-03 D-05 D-15.
 *
 * CORDS_TEST_SEED chooses which cases run when there are more than CORDS_SHIM_CASES (default 120) in a scenario; 0: all.
 */
#include "config.h"

#include "tests/lib/unit.h"

#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "tests/shim/memory.h"
#include "tests/shim/scenes.h"
#include "tests/shim/shim.h"
#include "tests/shim/witness.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define MARK "m4rkerS3cret"
#define SAID "shim: near '" MARK "' \"" MARK "\" `" MARK "` DETAIL: (" MARK ")\n" MARK

static struct world w;
static struct shim *sh;
static struct witness witness;
static char log_path[96];
static uint64_t seed;
static size_t most_cases = 120;
static size_t n_cases, n_bad;

/* section 9 of the failures: what the engine says, what clients hear */
static const struct weather {
	int native;
	const char *state;
	int status;
	bool may_succeed;	/* it is tried again */
	bool undone;		/* said of a COMMIT, the engine has undone everything: it could not write */
} weathers[] = {
	{ 1, "HY000", 500, false, false }, { 19, "HY000", 409, true, false }, { 5, "HY000", 503, true, false }, { 15, "HY000", 503, true, false },
	{ 9, "HY000", 504, false, false }, { 7, "HY000", 503, false, false }, { 13, "HY000", 503, false, true }, { 8, "HY000", 503, false, true },
	{ 14, "HY000", 503, false, true }, { 11, "HY000", 500, false, false }, { 26, "HY000", 500, false, false }, { 18, "HY000", 413, false, false },
	{ 25, "HY000", 400, false, false }, { 23, "HY000", 403, false, false }, { 0, "08S01", 500, false, false },
};
enum { N_WEATHERS = sizeof(weathers) / sizeof(*weathers) };

#define MEMORY SHIM__N	/* instead of a function: an allocation of ours is refused */

static const char *const fn_names[] = {
	"connect", "prepare", "bind", "execute", "direct", "columns", "fetch", "get", "rows", "memory"
};
static const char *const mode_names[] = {
	"off", "error before", "error after", "no effect", "dead before", "dead after", "says dead", "no columns", "cut",
	"no total", "short", "long", "null", "-1 rows", "0 rows", "2 rows"
};

/* ---- one world for all ---- */

/* a generator of its own, so that a seed means the same everywhere */
static uint64_t
dice(void)
{
	seed += UINT64_C(0x9e3779b97f4a7c15);
	uint64_t z = (seed ^ seed >> 30) * UINT64_C(0xbf58476d1ce4e5b9);

	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

static int64_t
noon(void)
{
	return INT64_C(1600000000000000);
}

static struct conf *other;		/* the same but for how a pool is connected, so that no connection is kept */

static void
reconnect(void)
{
	struct conf *former = w.conf;

	w.conf = other;
	other = former;
	server_conf(w.server, w.conf);
}

static void
open_other(void)
{
	struct err e;

	assert_true(conf_set(w.dir, "default", SPAN("jdbc.InactivityTimeout"), SPAN("301s"), &e) && conf_load(w.dir, &other, &e));
}

static int
open_world(void **state)
{
	static const char *const settings[] = {
		"db.invalidPoolTimeout", "100ms", "jdbc.ConnectionWaitTimeout", "200ms", "soda.disableDropCollection", "false", NULL
	};
	char path[128];

	(void)state;
	clock_fake(noon);
	world_open(&w, settings);
	snprintf(log_path, sizeof(log_path), "%s/log", w.dir);
	log_open(log_path, LOG_FINE);
	scene_fill(&w);
	open_other();
	reconnect();
	snprintf(path, sizeof(path), "%s/world.sqlite", w.dir);
	witness_open(&witness, path);
	return 0;
}

static int
close_world(void **state)
{
	(void)state;
	reconnect();
	conf_close(&other);
	witness_close(&witness);
	log_open("/dev/null", LOG_ERROR);
	world_close(&w);
	return 0;
}

/* ---- a scenario with a sound driver ---- */

struct noted {
	int status;
	char *body, *etag;
	size_t n_body;
	uint64_t before, after;		/* digests of the database */
	unsigned n_trace, n_memory;
};
static __typeof__(((struct shim *)0)->trace) trace;

static const char *
headers_of(const struct scene *s)
{
	static char text[256];

	snprintf(text, sizeof(text), "%s%s%s", AS_DEMO, s->headers == NULL ? "" : "\n", s->headers == NULL ? "" : s->headers);
	return text;
}

static void
start(const struct scene *s)
{
	reconnect();
	if ((s->how & COLD) == 0)
		scene_ask(&w, "GET", S "/seq", NULL, 200);
	memset(sh->n_calls, 0, sizeof(sh->n_calls));
	sh->n_trace = 0;
	sh->was_hit = sh->is_dead = false;
}

static int
run(const struct scene *s)
{
	return world_ask(&w, s->method, s->target, headers_of(s), s->body);
}

static char *
copy(struct span s)
{
	char *p = calloc(1, s.n + 1);

	assert_non_null(p);
	if (s.n > 0)
		memcpy(p, s.p, s.n);
	return p;
}

static void
note(const struct scene *s, struct noted *n)
{
	sh->mode = SHIM_OFF;
	start(s);
	n->before = witness_digest(&witness, (s->how & RANDOM) != 0);
	memory_refuse(0);
	n->status = run(s);
	n->n_memory = memory_asked();
	if (n->status != s->status)
		fail_msg("%s: %d %s (%s)", s->name, n->status, world_body(&w), server_outcome(w.server)->e.detail);
	n->body = copy(w.out.body);
	n->n_body = w.out.body.n;
	n->etag = copy(response_find(&w.out, "etag"));
	n->n_trace = sh->n_trace;
	memcpy(trace, sh->trace, sizeof(trace));
	assert_true(n->n_trace > 0 && n->n_trace < SHIM_TRACE);
	reconnect();
	n->after = witness_digest(&witness, (s->how & RANDOM) != 0);
	if (n->after != n->before)
		witness_restore(&witness);
	assert_int_equal(witness_digest(&witness, (s->how & RANDOM) != 0), n->before);
}

/* ---- what is true afterwards ---- */

static bool
is_problem(void)
{
	json_error_t why;
	struct span type = response_find(&w.out, "content-type");
	json_t *tree = json_loadb(w.out.body.p, w.out.body.n, 0, &why);
	bool ok = tree != NULL && span_is(type, "application/problem+json")
	    && json_integer_value(json_object_get(tree, "status")) == w.out.status
	    && (w.out.status != 503 || response_find(&w.out, "retry-after").p != NULL);

	json_decref(tree);
	return ok;
}

static bool
holds(struct span s, const char *mark)
{
	return s.n > 0 && memmem(s.p, s.n, mark, strlen(mark)) != NULL;
}

static bool
log_holds(const char *mark)
{
	static char text[1 << 20];
	FILE *f = fopen(log_path, "r");
	size_t n = f == NULL ? 0 : fread(text, 1, sizeof(text), f);

	if (f != NULL)
		fclose(f);
	if (truncate(log_path, 0) != 0)
		return true;
	return holds((struct span){ text, n }, mark);
}

static bool
is_as_noted(const struct scene *s, const struct noted *n)
{
	if (w.out.status != n->status)
		return false;
	if (n->status >= 400)	/* of a refusal, the details may be missing */
		return is_problem();
	if ((s->how & RANDOM) != 0)
		return true;
	return w.out.body.n == n->n_body && memcmp(w.out.body.p, n->body, n->n_body) == 0
	    && (n->etag[0] == '\0' || span_is(response_find(&w.out, "etag"), n->etag));
}

struct fault {
	enum shim_fn fn;
	unsigned at;
	enum shim_mode mode;
	const struct weather *said;	/* NULL: an error that nobody knows */
	enum shim_kind kind;
	const char *sql;
	bool is_alone;			/* outside of a transaction, before the counter was told in it, or in one that only looked: a
					 * write is one of its own, and what was read may be read again */
};

static bool
stores(const struct fault *f)
{
	return f->kind == SHIM_COMMIT || (f->kind == SHIM_WRITE && f->is_alone);
}

/* A pool that cannot be opened, and a COMMIT whose outcome was looked for, are 503 whatever the engine said. */
static bool
is_about_connection(const struct fault *f)
{
	return w.out.status == 503 && (holds(w.out.body, "pool \\\"default") || holds(w.out.body, "\"outcome\":\"unknown\"")
	    || (stores(f) && holds(w.out.body, "\"retry\":\"safe\"")));
}

static unsigned
n_begins(const __typeof__(trace) t, unsigned n)
{
	unsigned n_found = 0;

	for (unsigned i = 0; i < n; i++)
		n_found += t[i].kind == SHIM_BEGIN && (t[i].fn == SHIM_EXECUTE || t[i].fn == SHIM_DIRECT);
	return n_found;
}

/* Before the COMMIT nothing is stored, so that the request may begin anew, with a transaction of its own. */
static bool
began_anew(const struct noted *n)
{
	return n_begins(sh->trace, sh->n_trace) > n_begins(trace, n->n_trace);
}

/* NULL when all is well, else what is wrong */
static const char *
judge(const struct scene *s, const struct noted *n, const struct fault *f)
{
	const struct weather *said = f->said;
	const struct outcome *o = server_outcome(w.server);
	bool success = is_as_noted(s, n), unknown;
	uint64_t now;

	if (holds(w.out.body, MARK))
		return "the driver's words are in the answer";
	if (o->failed && (strstr(o->e.text, MARK) != NULL || strstr(o->e.detail, MARK) != NULL))
		return "the driver's values are in the line of the log";
	if (o->failed && (strstr(o->e.text, CONTENT_MARK) != NULL || strstr(o->e.detail, CONTENT_MARK) != NULL))
		return "content is in the line of the log";
	if (!success && w.out.status < 400)
		return "success, but not the right one";
	if (!success && !is_problem())
		return "not a proper error";
	/* "no row was touched" means that another writer was faster */
	if (!success && sh->fn == MEMORY && w.out.status != 413 && w.out.status != 503)
		return "not the status of spent memory";
	if (!success && sh->fn != MEMORY && said == NULL && w.out.status != 500 && w.out.status != 503
	    && !((sh->mode == SHIM_ROWS_0 || sh->mode == SHIM_NO_EFFECT) && w.out.status >= 404 && w.out.status <= 412))
		return "the driver's fault is told as somebody else's";
	if (!success && said != NULL && w.out.status != said->status && !is_about_connection(f))
		return "the wrong status for this class";
	if (success && said != NULL && !said->may_succeed && sh->fn == SHIM_EXECUTE && n->after != n->before && !stores(f)
	    && f->kind != SHIM_ROLLBACK && !(f->is_alone && f->kind != SHIM_WRITE) && !began_anew(n))
		return "success, although a statement failed";
	now = witness_digest(&witness, (s->how & RANDOM) != 0);
	unknown = !success && holds(w.out.body, "\"outcome\":\"unknown\"");
	if (success && now != n->after && sh->mode != SHIM_ROWS_0)	/* done twice: the times differ */
		return n->after == n->before ? "a read changed the database" : "acknowledged, but not stored";
	if (unknown && !stores(f))
		return "unknown outcome where nothing was stored";
	if (unknown && (s->how & KNOWN) != 0 && now == n->after)
		return "the outcome could have been found out";
	if (unknown && now != n->before && now != n->after)
		return "half of it was stored";
	if (!success && !unknown && now != n->before)
		return now == n->after ? "refused, but stored" : "refused, but half of it was stored";
	return NULL;
}

/* The same server serves on, and nobody is locked out meanwhile. */
static const char *
judge_next(void)
{
	struct timespec nap = { .tv_nsec = 5000000 };
	int status = 0;

	if (!witness_can_write(&witness))
		return "a lock was left behind";
	sh->mode = SHIM_OFF;
	for (int i = 0; i < 1000 && status != 200; i++) {	/* a pool that could not be opened rests a moment */
		if (i > 0)
			nanosleep(&nap, NULL);
		status = world_demo(&w, "GET", S "/seq?q=%7B%22n%22%3A1%7D", NULL);
	}
	if (status != 200 || !holds(w.out.body, "\"value\":{\"n\":1}"))
		return "the next request fails";
	return log_holds(MARK) ? "the driver's values are in the log" : NULL;
}

/* ---- one case ---- */

static void
try_fault(const struct scene *s, const struct noted *n, const struct fault *f)
{
	const char *wrong;
	int status;

	n_cases++;
	sh->mode = SHIM_OFF;
	start(s);
	sh->fn = f->fn;
	sh->at = f->at;
	snprintf(sh->state, sizeof(sh->state), "%s", f->said == NULL ? "HY000" : f->said->state);
	sh->native = f->said == NULL ? 1 : f->said->native;
	sh->text = SAID;
	sh->mode = f->mode;
	memory_refuse(f->fn == MEMORY ? f->at : 0);
	status = run(s);
	memory_refuse(0);
	wrong = judge(s, n, f);
	if (wrong == NULL && f->fn != MEMORY && !sh->was_hit)
		wrong = "the call was not made";
	if (wrong != NULL) {
		n_bad++;
		print_error("%s: %s %u (%s) %s, %s/%d: %s\n    %d %.200s\n", s->name, fn_names[f->fn], f->at, f->sql,
		    mode_names[f->mode], sh->state, sh->native, wrong, status, world_body(&w));
	}
	wrong = judge_next();
	if (wrong != NULL) {
		n_bad++;
		print_error("%s: %s %u (%s) %s, %s/%d: afterwards: %s\n    %d %.200s\n", s->name, fn_names[f->fn], f->at, f->sql,
		    mode_names[f->mode], sh->state, sh->native, wrong, w.out.status, world_body(&w));
	}
	if (witness_digest(&witness, (s->how & RANDOM) != 0) != n->before || witness_is_marked(&witness)) {
		reconnect();
		witness_restore(&witness);
	}
}

/* ---- all cases of a scenario ---- */

enum { MOST_FAULTS = 20000 };
static struct fault faults[MOST_FAULTS];
static size_t n_faults;

static void
add(struct fault f, enum shim_mode mode, const struct weather *said)
{
	f.mode = mode;
	f.said = said;
	assert_true(n_faults < MOST_FAULTS);
	faults[n_faults++] = f;
}

static void
add_errors(struct fault f)
{
	add(f, SHIM_BEFORE, NULL);
	add(f, SHIM_AFTER, NULL);
	add(f, SHIM_DEAD_BEFORE, NULL);
	add(f, SHIM_DEAD_AFTER, NULL);
	for (size_t i = 0; i < N_WEATHERS; i++)
		add(f, SHIM_BEFORE, &weathers[i]);
	if (f.kind == SHIM_COMMIT) {
		add(f, SHIM_SAYS_DEAD, NULL);
		for (size_t i = 0; i < N_WEATHERS; i++)
			if (!weathers[i].undone)
				add(f, SHIM_AFTER, &weathers[i]);
	}
	if (f.kind == SHIM_WRITE)
		add(f, SHIM_NO_EFFECT, NULL);
}

/* The kept answer of a retry is the only binary value without a length of its own. */
static bool
has_known_length(const struct fault *f)
{
	return strncmp(f->sql, "SELECT body_digest", 18) != 0;
}

static void
add_lies_about_a_value(struct fault f, bool is_number, bool is_null)
{
	add(f, SHIM_BEFORE, NULL);
	add(f, SHIM_DEAD_BEFORE, NULL);
	if (is_null)
		return;
	add(f, SHIM_NULL, NULL);
	if (is_number)
		return;
	add(f, SHIM_CUT, NULL);
	add(f, SHIM_NO_TOTAL, NULL);
	if (has_known_length(&f)) {
		add(f, SHIM_SHORT, NULL);
		add(f, SHIM_LONG, NULL);
	}
}

/* Does the transaction of this call come to nothing?  Then somebody looked, and began anew to be alone. */
static bool
is_look(const struct noted *n, unsigned i)
{
	while (i < n->n_trace && trace[i].kind != SHIM_COMMIT && trace[i].kind != SHIM_ROLLBACK)
		i++;
	return i < n->n_trace && trace[i].kind == SHIM_ROLLBACK;
}

#define COUNTER "SELECT value FROM ords_state"

static void
list_faults(const struct noted *n)
{
	unsigned count[SHIM__N] = { 0 };
	bool has_begun = false, in_tx = false;

	n_faults = 0;
	for (unsigned i = 0; i < n->n_trace; i++) {
		struct fault f = { .fn = trace[i].fn, .at = ++count[trace[i].fn], .kind = trace[i].kind, .sql = trace[i].sql,
			.is_alone = !in_tx || is_look(n, i) };

		has_begun = (has_begun || f.kind == SHIM_BEGIN) && f.kind != SHIM_COMMIT && f.kind != SHIM_ROLLBACK;
		in_tx = has_begun && (in_tx || (f.kind != SHIM_BEGIN && strncmp(f.sql, COUNTER, sizeof(COUNTER) - 1) != 0));
		switch (f.fn) {
		case SHIM_CONNECT:
			add(f, SHIM_BEFORE, NULL);
			break;
		case SHIM_PREPARE:
		case SHIM_BIND:
			add(f, SHIM_BEFORE, NULL);
			add(f, SHIM_DEAD_BEFORE, NULL);
			break;
		case SHIM_EXECUTE:
		case SHIM_DIRECT:
			add_errors(f);
			break;
		case SHIM_COLUMNS:
			add(f, SHIM_BEFORE, NULL);
			if (f.kind == SHIM_SELECT)
				add(f, SHIM_NO_COLUMNS, NULL);
			break;
		case SHIM_FETCH:
			add(f, SHIM_BEFORE, NULL);
			add(f, SHIM_AFTER, NULL);
			add(f, SHIM_DEAD_BEFORE, NULL);
			add(f, SHIM_BEFORE, &weathers[dice() % N_WEATHERS]);
			add(f, SHIM_BEFORE, &weathers[9]);	/* damaged, in the middle (F-16) */
			add(f, SHIM_BEFORE, &weathers[4]);	/* interrupted, in the middle */
			break;
		case SHIM_GET:
			add_lies_about_a_value(f, trace[i].is_number, trace[i].is_null);
			break;
		case SHIM_ROWS:
			add(f, SHIM_BEFORE, NULL);
			add(f, SHIM_ROWS_UNKNOWN, NULL);
			add(f, SHIM_ROWS_0, NULL);
			add(f, SHIM_ROWS_2, NULL);
			break;
		case SHIM__N:
			break;
		}
	}
}

static void
try_some(const struct scene *s, const struct noted *n, size_t most)
{
	size_t bad_before = n_bad, n_run = most == 0 || n_faults < most ? n_faults : most;
	uint64_t seed_before = seed;

	for (size_t i = 0; i < n_run; i++) {
		size_t k = i + dice() % (n_faults - i);
		struct fault f = faults[k];

		faults[k] = faults[i];
		try_fault(s, n, &f);
	}
	if (n_bad > bad_before)
		fail_msg("%zu of %zu cases (of %zu), CORDS_TEST_SEED=%llu", n_bad - bad_before, n_run, n_faults,
		    (unsigned long long)seed_before);
}

/* T-shim */
static void
driver_breaks(void **state)
{
	const struct scene *s = *state;
	struct noted n;

	note(s, &n);
	list_faults(&n);
	try_some(s, &n, most_cases);
	free(n.body);
	free(n.etag);
}

/* T-oom, F-20: the n-th allocation of our own code, that for Jansson included, is refused */
static void
memory_ends(void **state)
{
	const struct scene *s = *state;
	struct noted n;

	note(s, &n);
	n_faults = 0;
	for (unsigned i = 1; i <= n.n_memory; i++)
		add((struct fault){ .fn = MEMORY, .at = i, .sql = "" }, SHIM_OFF, NULL);
	try_some(s, &n, most_cases / 3);
	free(n.body);
	free(n.etag);
}

int
main(int argc, char **argv)
{
	static struct CMUnitTest tests[2 * MOST_SCENES];
	static char names[MOST_SCENES][64];
	const char *text = getenv("CORDS_TEST_SEED");
	struct timespec now;
	size_t n = 0;
	int failed;

	clock_gettime(CLOCK_REALTIME, &now);
	seed = text != NULL ? strtoull(text, NULL, 10) : (uint64_t)now.tv_sec;
	if (getenv("CORDS_SHIM_CASES") != NULL)
		most_cases = (size_t)strtoull(getenv("CORDS_SHIM_CASES"), NULL, 10);
	printf("# CORDS_TEST_SEED=%llu\n", (unsigned long long)seed);
	sh = witness_register(SHIM_PATH);
	if (sh == NULL) {
		printf("# the ODBC driver of SQLite was not found\n");
		return 77;
	}
	for (size_t i = 0; scenes[i].name != NULL; i++) {
		void *scene = (void *)(uintptr_t)&scenes[i];

		if (argc > 1 && strcmp(argv[1], scenes[i].name) != 0)
			continue;
		snprintf(names[i], sizeof(names[i]), "%s__memory_ends", scenes[i].name);
		tests[n++] = (struct CMUnitTest){ .name = scenes[i].name, .test_func = driver_breaks, .initial_state = scene };
		tests[n++] = (struct CMUnitTest){ .name = names[i], .test_func = memory_ends, .initial_state = scene };
	}
	failed = _cmocka_run_group_tests("test_shim", tests, n, open_world, close_world);
	printf("# %zu cases\n", n_cases);
	return failed;
}
