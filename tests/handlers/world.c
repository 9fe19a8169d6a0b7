/* tests/handlers/world.c - a server with a schema on a real database */
#include "tests/handlers/world.h"

#include "tests/lib/unit.h"

#include "base/log.h"
#include "conf/password.h"
#include "handlers/url.h"
#include "sql/catalog.h"
#include "sql/migrate.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define WORLD_PASSWORD "secret"

static void
must(bool ok, const struct err *e)
{
	if (!ok)
		fail_msg("%s: %s (%s)", err_name(e->kind), e->text, e->detail);
}

static void
make_accounts(struct world *w, const char *hash)
{
	static const struct {
		const char *name, *roles;
	} users[] = { { "soda", "SODA Developer" }, { "admin", "SQL Developer, System Administrator" }, { "nobody", "" } };
	struct err e = { 0 };

	for (size_t i = 0; i < sizeof(users) / sizeof(users[0]); i++)
		must(conf_user_set(w->dir, span_of(users[i].name), hash, span_of(users[i].roles), &e), &e);
}

static void
make_schemas(const struct conf *conf, const char *hash)
{
	const struct pool_conf *pool = conf_pool_find(conf, SPAN("default"));
	struct err e = { 0 };
	struct db *db = NULL;
	int n_applied;

	assert_non_null(pool);
	must(migrate_install(pool, NULL, &n_applied, &e), &e);
	must(db_open(pool, &db, &e), &e);
	must(schema_enable(db, SPAN("demo"), SPAN("demo"), true, hash, &e), &e);
	must(schema_enable(db, SPAN("other"), SPAN("Other"), true, hash, &e), &e);
	db_close(&db);
}

void
world_open(struct world *w, const char *const *settings)
{
	static char hash[PASSWORD_HASH];
	struct err e = { 0 };

	memset(w, 0, sizeof(*w));
	snprintf(w->dir, sizeof(w->dir), "/tmp/cords-world-XXXXXX");
	assert_non_null(mkdtemp(w->dir));
	log_open("/dev/null", LOG_ERROR);
	if (hash[0] == '\0')
		must(password_hash(SPAN(WORLD_PASSWORD), hash, &e), &e);
	must(conf_set(w->dir, "default", SPAN("db.file"), SPAN("world.sqlite"), &e), &e);
	must(conf_set(w->dir, "", SPAN("security.verifySSL"), SPAN("false"), &e), &e);
	for (; settings != NULL && *settings != NULL; settings += 2)
		must(conf_set(w->dir, "", span_of(settings[0]), span_of(settings[1]), &e), &e);
	make_accounts(w, hash);
	must(conf_load(w->dir, &w->conf, &e), &e);
	make_schemas(w->conf, hash);
	w->server = server_open(w->conf);
	w->mem = arena_open((size_t)conf_global(w->conf)->memory_max_bytes);
}

void
world_close(struct world *w)
{
	char command[128];

	server_close(&w->server);
	conf_close(&w->conf);
	arena_close(&w->mem);
	snprintf(command, sizeof(command), "rm -rf '%s'", w->dir);
	assert_int_equal(system(command), 0);
}

void
world_set(struct world *w, const char *key, const char *value)
{
	struct conf *old = w->conf;
	struct err e = { 0 };

	must(conf_set(w->dir, "", span_of(key), span_of(value), &e), &e);
	must(conf_load(w->dir, &w->conf, &e), &e);
	server_conf(w->server, w->conf);
	conf_close(&old);
}

static enum http_method
method_of(const char *name)
{
	for (enum http_method m = M_GET; m < M_OTHER; m *= 2)
		if (strcmp(name, method_name(m)) == 0)
			return m;
	return M_OTHER;
}

static void
add_headers(struct world *w, const char *text)
{
	struct header *headers = ARENA_ARRAY(w->mem, struct header, 16);

	while (text != NULL && *text != '\0') {
		size_t n = strcspn(text, "\n");
		size_t name = strcspn(text, ":");
		char *lower = arena_z(w->mem, (struct span){ text, name });
		struct span value = { text + name + 1, n - name - 1 };

		for (size_t i = 0; i < name; i++)
			if (lower[i] >= 'A' && lower[i] <= 'Z')
				lower[i] |= 0x20;
		assert_true(w->req.n_headers < 16);
		headers[w->req.n_headers++] = (struct header){ { lower, name }, span_trim(value) };
		if (strcmp(lower, "content-type") == 0)
			w->req.has_content_type = true;
		text += n + (text[n] == '\n');
	}
	w->req.headers = headers;
}

int
world_ask(struct world *w, const char *method, const char *target, const char *headers, const char *body)
{
	struct err e = { 0 };

	arena_clear(w->mem);
	memset(&w->req, 0, sizeof(w->req));
	w->req.method = method_of(method);
	w->req.method_text = span_of(method);
	w->req.remote_address = "192.0.2.7";
	w->req.server_name = "world";
	w->req.body = span_of(body == NULL ? "" : body);
	snprintf(w->req.id, sizeof(w->req.id), "world-request");
	add_headers(w, headers);
	if (url_split(span_of(target), conf_global(w->conf)->context_path, w->mem, &w->req, &e))
		answer(w->server, w->mem, &w->req, &w->out);
	else
		answer_error(w->server, w->mem, &w->req, &e, &w->out);
	return w->out.status;
}

int
world_demo(struct world *w, const char *method, const char *target, const char *body)
{
	return world_ask(w, method, target, AS_DEMO, body);
}

const char *
world_body(const struct world *w)
{
	return arena_z(w->mem, w->out.body);
}

const char *
world_header(const struct world *w, const char *name)
{
	struct span value = response_find(&w->out, name);

	return value.p == NULL ? NULL : arena_z(w->mem, value);
}
