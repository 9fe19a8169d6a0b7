/* handlers/server.c - connections and caches of one worker */
#include "handlers/server.h"

#include "base/clock.h"
#include "sql/catalog.h"
#include "sql/dialect.h"
#include "sql/migrate.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *
allocate(size_t count, size_t size)
{
	void *p = calloc(count, size);

	if (p == NULL) {
		fputs("cords: out of memory\n", stderr);
		exit(2);
	}
	return p;
}

void
server_running(struct server *s, struct db *db)
{
	pthread_mutex_lock(&s->lock);
	s->running = db;
	s->running_as = NULL;
	s->runs_script = s->makes_index = false;
	pthread_mutex_unlock(&s->lock);
}

static void
close_links(struct link **links, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if ((*links)[i].jobs != NULL)
			jobs_close(&(*links)[i].jobs);
		db_close(&(*links)[i].db);
	}
	free(*links);
	*links = NULL;
}

/* All workers read the folder anew in the same two seconds: a server that is busy would be asked for as many logins, and each of
 * them has to succeed before a request is served. */
static struct db *
keep_connection(const struct pool_conf *pool, struct link *links, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct db *db = links[i].db;

		if (db != NULL && strcmp(links[i].pool->name, pool->name) == 0 && conf_same_connection(links[i].pool->set, pool->set)
		    && db_keep(db, pool)) {
			links[i].db = NULL;
			return db;
		}
	}
	return NULL;
}

void
server_conf(struct server *s, const struct conf *conf)
{
	struct link *former = s->links;
	size_t n_former = s->n_links;

	callers_forget(auth_callers(s->auth));
	s->conf = conf;
	s->n_links = conf_n_pools(conf);
	s->links = allocate(s->n_links + 1, sizeof(*s->links));
	s->statement_ms = conf_global(conf)->statement_ms;
	for (size_t i = 0; i < s->n_links; i++) {
		s->links[i].pool = conf_pool(conf, i);
		s->links[i].db = keep_connection(s->links[i].pool, former, n_former);
	}
	close_links(&former, n_former);
}

struct server *
server_open(const struct conf *conf)
{
	struct server *s = allocate(1, sizeof(*s));

	s->opened_ns = clock_mono_ns();
	pthread_mutex_init(&s->lock, NULL);
	s->auth = auth_cache_open();
	server_conf(s, conf);
	return s;
}

void
server_close(struct server **s)
{
	if (*s == NULL)
		return;
	close_links(&(*s)->links, (*s)->n_links);
	auth_cache_close(&(*s)->auth);
	pthread_mutex_destroy(&(*s)->lock);
	free(*s);
	*s = NULL;
}

void
server_idle(struct server *s)
{
	for (size_t i = 0; i < s->n_links; i++)
		if (s->links[i].db != NULL)
			db_idle(s->links[i].db);
	callers_idle(auth_callers(s->auth));
}

struct db *
call_sql_db(const struct call *c)
{
	struct server *s = c->site->server;
	struct db *db;

	if (c->who->link == NULL)
		return c->db;
	db = callers_take(c->who->link);
	pthread_mutex_lock(&s->lock);
	s->running_as = db;
	pthread_mutex_unlock(&s->lock);
	return db;
}

bool
call_makes_index(const struct call *c, struct err *e)
{
	struct server *s = c->site->server;

	pthread_mutex_lock(&s->lock);
	s->makes_index = true;
	pthread_mutex_unlock(&s->lock);
	return db_may_take(c->db, c->site->set->index_ms, e);
}

static void
running_as(struct server *s, struct db *db)
{
	pthread_mutex_lock(&s->lock);
	s->running_as = db;
	s->runs_script = db != NULL;
	pthread_mutex_unlock(&s->lock);
}

struct apart {				/* a connection that ends with its request */
	struct server *server;
	struct db *db;
};

static void
close_apart(void *arg)
{
	struct apart *a = arg;

	running_as(a->server, NULL);
	db_close(&a->db);
}

static bool
open_apart(const struct call *c, struct db **out, struct err *e)
{
	struct apart *a = ARENA_NEW(c->mem, struct apart);

	a->server = c->site->server;
	if (!db_open_apart(c->site->pool, &a->db, e))
		return false;
	arena_defer(c->mem, close_apart, a);
	running_as(a->server, a->db);
	*out = a->db;
	return true;
}

bool
call_open_sql(const struct call *c, struct db **out, struct err *e)
{
	const struct schema *owner;

	if (c->who->link != NULL) {
		*out = callers_take(c->who->link);
		db_meter_reset(*out);
		running_as(c->site->server, *out);
		return true;
	}
	if (db_has_accounts(c->site->set))
		return err_set(e, ERR_FORBIDDEN, "SQL runs with the rights of an account of the database: db.credentialsSource must be "
		    "REQUEST, and the caller such an account");
	if (!call_file_owner(c, &owner, e))
		return false;
	if (!c->who->is_sql_admin && (owner == NULL || c->schema->id != owner->id))
		return err_set(e, ERR_FORBIDDEN, "the tables of the database file do not belong to this schema");
	return open_apart(c, out, e);
}

void
server_cancel(struct server *s)
{
	pthread_mutex_lock(&s->lock);
	if (s->running != NULL)
		db_cancel(s->running);
	if (s->running_as != NULL)
		db_cancel(s->running_as);
	pthread_mutex_unlock(&s->lock);
}

int64_t
server_statement_ms(struct server *s)
{
	int64_t ms;

	pthread_mutex_lock(&s->lock);
	ms = s->runs_script ? db_settings(s->running_as)->sql_statement_ms
	    : s->makes_index ? db_settings(s->running)->index_ms
	    : s->running != NULL ? db_settings(s->running)->statement_ms : s->statement_ms;
	pthread_mutex_unlock(&s->lock);
	return ms;
}

const struct outcome *
server_outcome(const struct server *s)
{
	return &s->outcome;
}

static struct link *
link_of(struct server *s, const struct pool_conf *pool)
{
	struct link *l = NULL;

	for (size_t i = 0; i < s->n_links && l == NULL; i++)
		if (s->links[i].pool == pool)
			l = &s->links[i];
	assert(l != NULL);		/* pools come from the configuration that made the links */
	return l;
}

bool
server_link(struct server *s, const struct pool_conf *pool, struct db **out, struct err *e)
{
	struct link *l = link_of(s, pool);
	bool ok;

	ok = l->db == NULL ? db_open(pool, &l->db, e) : db_ready(l->db, e);
	*out = l->db;
	return ok;
}

bool
server_pool_up(struct server *s, const struct pool_conf *pool)
{
	struct err e = { 0 };
	struct db *db = NULL;

	return server_link(s, pool, &db, &e) && catalog_begin(db, &e);
}

void
server_pool_state(struct server *s, const struct pool_conf *pool, struct pool_state *out)
{
	struct db *db = NULL;

	*out = (struct pool_state){ .level = -1 };
	if (!server_link(s, pool, &db, &out->e))
		return;
	out->engine = db_dialect(db)->name;
	if (!migrate_level(db, &out->level, &out->e) || !catalog_begin(db, &out->e))
		return;
	out->durability = db_durability(db);
	out->is_up = true;
}

int64_t
server_uptime_s(const struct server *s)
{
	return (clock_mono_ns() - s->opened_ns) / 1000000000;
}

bool
server_jobs(struct server *s, const struct pool_conf *pool, struct db *db, struct jobs **out, struct err *e)
{
	struct link *l = link_of(s, pool);
	bool ok = l->jobs == NULL ? jobs_open(pool, db, &l->jobs, e) : jobs_ready(l->jobs, e);

	*out = l->jobs;
	return ok;
}

bool
server_has_schema(struct server *s, const struct pool_conf *pool, struct span schema, bool *out, struct err *e)
{
	const struct schema *found = NULL;
	struct db *db = NULL;

	if (!server_link(s, pool, &db, e) || !catalog_begin(db, e) || !schema_by_name(db, schema, &found, e))
		return false;
	*out = found != NULL && found->enabled;
	return true;
}
