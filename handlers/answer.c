/* handlers/answer.c - one request from plain data to plain data
 *
 * The order of checks: shape of the request, origin and transport, credentials, schema and role, path, method, parameters;
 * what follows is the action's.  A failure anywhere leaves through one exit: rollback, problem_reply().
 *
 * Documents are read and written by what this worker remembers of the catalogue: who may, and where documents lie.  One
 * statement then brings the documents and the proof that all of it is true; otherwise nothing was done or told to anybody, and
 * the request begins anew.
 */
#include "handlers/answer.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "handlers/mapping.h"
#include "handlers/origin.h"
#include "handlers/perform.h"
#include "handlers/problem.h"
#include "handlers/server.h"
#include "handlers/soda.h"
#include "handlers/url.h"

#include <setjmp.h>

struct work {				/* one request */
	struct server *server;
	struct arena *mem;
	const struct request *req;
	struct response *out;
	struct err e;
	struct site site;		/* pool NULL: none is meant, or none exists */
	struct db *db;			/* NULL: not needed, or not yet */
	struct span origin;		/* scheme://host of links */
	size_t first;			/* segment below context and pool */
	bool names_schema;
	bool in_api;			/* the path lies below _/db-api/ */
	enum problem_form form;		/* of failures: of ORDS below _/, else of SODA */
	struct match match;
	struct params params;
	struct caller who;
	bool is_known;			/* who is */
	const struct schema *schema;
	int64_t give_up_ns;		/* waiting for locks */
	jmp_buf escape;			/* of the arena */
};

/* ---- what the URL means ---- */

static bool
find_pool(struct work *w, struct err *e)
{
	const struct request *req = w->req;
	const struct conf *conf = w->server->conf;
	const struct pool_conf *pool = NULL;
	struct span host, name;

	for (size_t i = 0; i < req->n_segments && i < 2; i++)
		if (memchr(req->segments[i].p, '/', req->segments[i].n) != NULL)
			return err_set(e, ERR_BAD_URI, "an encoded slash cannot stand in the name of a schema");
	w->site = (struct site){ .server = w->server, .conf = conf };
	if (!url_host(req, conf_global(conf), &host, e))
		return false;
	mapping_find(req, conf_global(conf), host, &name, &w->first);
	if (name.p != NULL) {
		pool = conf_pool_find(conf, name);
	} else if (req->n_segments > 0 && !span_eq(req->segments[0], SPAN("default"))) {
		pool = conf_pool_find(conf, req->segments[0]);
		w->first = pool != NULL;
	}
	if (pool == NULL && name.p == NULL)
		pool = conf_pool_find(conf, SPAN("default"));
	w->site.pool = pool;
	w->site.set = pool == NULL ? conf_global(conf) : pool->set;
	return true;
}

static void
find_route(struct work *w)
{
	const struct span *segments = w->req->segments + w->first;
	size_t n = w->req->n_segments - w->first;

	w->names_schema = n > 0 && !span_eq(segments[0], SPAN("_"));
	if (w->names_schema)
		segments++, n--;
	w->form = n > 0 && span_eq(segments[0], SPAN("_")) ? PROBLEM_ORDS : PROBLEM_SODA;
	w->in_api = n > 1 && span_eq(segments[0], SPAN("_")) && span_eq(segments[1], SPAN("db-api"));
	w->match = route_find(w->req, w->names_schema ? BASE_SCHEMA : BASE_POOL, segments, n, &w->params);
}

/* https://host/ords/[pool/]schema, and what stands below: soda/latest, or _/db-api/stable, as the client wrote it */
static void
put_urls(const struct work *w, struct call *c)
{
	struct span version = w->params.text[P_VERSION];
	size_t root;
	const char *context = conf_global(w->site.conf)->context_path;
	size_t n = strlen(context);
	struct buf b;

	while (n > 0 && context[n - 1] == '/')
		n--;
	buf_init(&b, w->mem);
	buf_span(&b, w->origin);
	buf_add(&b, context, n);
	for (size_t i = 0; i < w->first + (w->names_schema ? 1 : 0); i++) {
		buf_char(&b, '/');
		url_encode_segment(&b, w->req->segments[i]);
	}
	root = b.n;
	if (w->in_api) {
		put_lit(&b, "/_/db-api/");
		buf_span(&b, w->params.text[P_API]);
	} else {
		put_lit(&b, "/soda/");
		buf_span(&b, version.p == NULL ? SPAN("latest") : version);
	}
	c->base_url = buf_text(&b);
	c->root_url = (struct span){ c->base_url.p, root };
}

/* 405 after everybody has heard who may ask; the same for 404 */
static bool
route_told(const struct work *w, struct err *e)
{
	switch (w->match.kind) {
	case MATCH_ROW:
		break;
	case MATCH_NO_PATH:
		return err_set(e, ERR_NO_PATH, NULL);
	case MATCH_NO_METHOD:
		return err_set(e, ERR_METHOD, "the method %.*s is not allowed here", SPAN_ARG(w->req->method_text));
	case MATCH_BAD_ACTION:
		return err_set(e, ERR_BAD_PARAM, "the parameter action does not name an action of this path");
	}
	return true;
}

/* ---- before a database is touched ---- */

/* 301 to a place, with the query as it came */
static void
moved(struct work *w, struct buf *place)
{
	if (w->req->raw_query.n > 0) {
		buf_char(place, '?');
		buf_span(place, w->req->raw_query);
	}
	w->out->status = 301;
	response_header(w->out, "Location", buf_text(place));
}

/* security.forceHTTPS: plain reads are sent to the other scheme, everything else is refused */
static bool
forced_to_https(struct work *w, struct err *e)
{
	const char *colon;
	struct buf b;

	if ((w->req->method & (M_GET | M_HEAD)) == 0)
		return transport_refused(e);
	buf_init(&b, w->mem);
	if (w->origin.n > 8 && memcmp(w->origin.p, "https://", 8) == 0) {
		buf_span(&b, w->origin);
	} else {
		struct span host = { w->origin.p + 7, w->origin.n - 7 };

		/* the port of plain HTTP is not the one of HTTPS */
		colon = host.p[0] == '[' ? memchr(host.p, ']', host.n) : host.p;
		colon = colon == NULL ? NULL : memchr(colon, ':', host.n - (size_t)(colon - host.p));
		if (colon != NULL)
			host.n = (size_t)(colon - host.p);
		put_lit(&b, "https://");
		buf_span(&b, host);
	}
	buf_span(&b, w->req->raw_path);
	moved(w, &b);
	return true;
}

static bool
lacks_slash(const struct work *w)
{
	const char *path = w->match.row->path;
	struct span sent = w->req->raw_path;

	return path[strlen(path) - 1] == '/' && (w->req->method & (M_GET | M_HEAD)) != 0 && sent.p[sent.n - 1] != '/';
}

/* Relative links of a listing begin at its final slash (1.1, 7). */
static bool
sent_to_slash(struct work *w)
{
	struct buf b;

	buf_init(&b, w->mem);
	buf_span(&b, w->origin);
	buf_span(&b, w->req->raw_path);
	buf_char(&b, '/');
	moved(w, &b);
	return true;
}

/* OPTIONS: the shape of the path alone, so nobody has to say who they are. */
static bool
options(struct work *w, struct err *e)
{
	char *allow;

	if (w->match.row == NULL)
		return err_set(e, ERR_NO_PATH, NULL);
	allow = arena_alloc(w->mem, ALLOW_TEXT);
	route_allow(w->match.row, false, 0, allow);
	w->out->status = 204;
	response_header(w->out, "Allow", span_of(allow));
	return true;
}

/* ---- who may ---- */

static bool
connect_pool(struct work *w, struct err *e)
{
	if (w->site.pool == NULL)
		return err_set(e, ERR_UNMAPPED, NULL);
	if (!server_link(w->server, w->site.pool, &w->db, e))
		return false;
	db_meter_reset(w->db);
	server_running(w->server, w->db);
	return true;
}

static bool
find_schema(struct work *w, struct err *e)
{
	w->schema = NULL;
	return !w->names_schema || schema_by_alias(w->db, w->req->segments[w->first], &w->schema, e);
}

/* A server that was restarted is noticed by the first statement, which may be repeated: nothing was done yet. */
static bool
first_contact(struct work *w, struct err *e)
{
	if (catalog_begin(w->db, e))
		return true;
	if (e->kind != ERR_CONN_LOST)
		return false;
	err_clear(e);
	return db_ready(w->db, e) && catalog_begin(w->db, e);
}

static bool
let_in(struct work *w, struct err *e)
{
	enum role role = w->match.row != NULL ? w->match.row->role : w->in_api ? ROLE_SQL_DEV : ROLE_SODA;
	bool ok;

	if ((!catalog_is_trusted(w->db) && !first_contact(w, e)) || !find_schema(w, e))
		return false;
	ok = auth_check(w->server->auth, w->req, &w->site, w->db, role, w->names_schema, w->schema, w->mem, &w->who, e);
	/* who is refused for a role or a schema has said the right password, and the log names them */
	w->is_known = ok || !w->who.is_anonymous;
	return ok;
}

/* ---- the action ---- */

static bool
act(struct work *w, struct err *e)
{
	struct call c = {
		.req = w->req, .route = w->match.row, .params = &w->params, .who = &w->who,
		.schema = w->schema, .site = &w->site, .db = w->db, .mem = w->mem, .give_up_ns = w->give_up_ns,
	};

	if (w->db == NULL)
		return c.route->act(&c, w->out, e);
	put_urls(w, &c);
	return perform(&c, w->names_schema ? w->req->segments[w->first] : (struct span){ NULL, 0 }, w->out, e);
}

static bool
serve(struct work *w, struct err *e)
{
	if (!let_in(w, e) || !route_told(w, e))
		return false;
	if (lacks_slash(w))
		return sent_to_slash(w);
	return params_read(w->req, w->match.row, &w->params, e)
	    && act(w, e);
}

static bool
may_trust(const struct work *w)
{
	const struct route *row = w->match.row;

	return row != NULL && row->role == ROLE_SODA && (row->tx <= TX_READ || row->act_name == NULL || row->act == soda_insert);
}

/* It has met locks, or others who were faster, for as long as it may. */
static bool
has_waited(const struct work *w, const struct err *e)
{
	return e->kind == ERR_BUSY && !db_needed_all(w->db) && clock_mono_ns() > w->give_up_ns;
}

/* false: nobody has heard of it, and the request begins anew.  What may be stored never does */
static bool
serve_by_memory(struct work *w, bool *ok, struct err *e)
{
	struct arena_mark mark = arena_mark(w->mem);
	struct params params = w->params;

	if (!may_trust(w) || !catalog_trust(w->db))
		return false;
	*ok = serve(w, e);
	if (!catalog_is_trusted(w->db) || e->kind == ERR_UNCERTAIN || e->kind == ERR_TIMEOUT
	    || (catalog_kept(w->db) && (*ok || e->kind != ERR_BUSY || has_waited(w, e))))
		return true;
	db_rollback(w->db);
	arena_rewind(w->mem, mark);
	response_init(w->out, w->mem);
	err_clear(e);
	w->params = params;
	w->who = (struct caller){ 0 };
	w->is_known = false;
	return false;
}

/* whoever asks for a token sends a secret, though not always in a header; and below _/ nobody is asked for a password
 * that would come in the clear */
static bool
needs_transport(const struct work *w)
{
	return request_header(w->req, "authorization").p != NULL || w->form == PROBLEM_ORDS
	    || (w->match.row != NULL && w->match.row->role == ROLE_CLIENT);
}

/* Nobody is asked who they are: also while no pool can be reached. */
static bool
is_open(const struct work *w, const struct settings *global)
{
	enum role role = w->match.row == NULL ? ROLE_ANY : w->match.row->role;

	return role == ROLE_NONE || (role == ROLE_MONITOR && request_header(w->req, "authorization").p == NULL
	    && address_is_listed(request_client(w->req, global), global->metrics_addresses));
}

/* May anybody know what is wrong with path or method?  Where every schema, and none, has the same row, it tells nothing. */
static bool
is_told_to_all(const struct work *w)
{
	return w->match.row != NULL && w->match.row->role == ROLE_CLIENT;
}

static bool
do_it(struct work *w, struct err *e)
{
	const struct settings *global = conf_global(w->server->conf);
	bool ok, is_for_all;

	if (w->req->outside_context)
		return err_set(e, ERR_NO_PATH, NULL);
	if (!url_origin(w->req, global, w->mem, &w->origin, e) || !find_pool(w, e))
		return false;
	find_route(w);
	if (global->force_https && !request_is_secure(w->req, global))
		return forced_to_https(w, e);
	if (w->in_api && !global->api_enabled)
		return err_set(e, ERR_NO_PATH, NULL);
	if (w->req->method == M_OPTIONS)
		return options(w, e);
	is_for_all = is_open(w, global);
	if ((is_for_all || is_told_to_all(w)) && !route_told(w, e))
		return false;
	if (is_for_all)
		return act(w, e);
	if (!(origin_check(w->req, global, w->origin, e)
	    && (!needs_transport(w) || transport_check(w->req, global, e))
	    && connect_pool(w, e)))
		return false;
	w->give_up_ns = clock_mono_ns() + perform_patience_ns(w->site.set);
	return serve_by_memory(w, &ok, e) ? ok : serve(w, e);
}

/* ---- the exit ---- */

static void
note_outcome(struct server *s, const struct work *w)
{
	struct outcome *o = &s->outcome;
	size_t n = w->who.label.n < sizeof(o->user) - 1 ? w->who.label.n : sizeof(o->user) - 1;

	o->route = w->match.row == NULL ? "-" : w->match.row->path;
	o->pool = w->site.pool == NULL ? "-" : w->site.pool->name;
	if (w->is_known) {
		memcpy(o->user, w->who.label.p, n);
		o->user[n] = '\0';
	} else {
		memcpy(o->user, "-", 2);
	}
	o->rows = w->out->rows;
	o->db_us = w->db == NULL ? 0 : db_meter_us(w->db);
	if (w->who.link != NULL)
		o->db_us += callers_meter_us(w->who.link);
	o->failed = w->e.kind != ERR_NONE;
	if (o->failed)
		o->e = w->e;
}

static void
failed(struct work *w)
{
	char allow[ALLOW_TEXT];
	const char *methods = NULL;

	if (w->db != NULL)
		db_rollback(w->db);
	if (w->e.kind == ERR_FORBIDDEN)
		log_security("forbidden", w->is_known ? w->who.label : SPAN("-"),
		    arena_z(w->mem, request_client(w->req, conf_global(w->server->conf))), w->req->id, w->e.text);
	if (err_status(w->e.kind) == 405 && w->match.row != NULL) {
		route_allow(w->match.row, w->e.kind == ERR_READ_ONLY,
		    w->e.kind == ERR_NO_DROP ? (unsigned)M_DELETE : 0, allow);
		methods = arena_z(w->mem, span_of(allow));
	}
	problem_reply(w->req, conf_global(w->server->conf), w->form, &w->e, methods,
	    w->who.retry_after_s, w->out);
	if (w->e.kind == ERR_FORBIDDEN && w->who.client != NULL)
		response_header(w->out, "WWW-Authenticate", SPAN("Bearer realm=\"cords\", error=\"insufficient_scope\""));
}

/* The arena is spent, or there is no memory: what the request made goes, what wire_read() made stays. */
static void
spent(struct work *w, struct arena_mark mark, enum arena_trouble why)
{
	if (w->db != NULL)
		db_rollback(w->db);
	arena_rewind(w->mem, mark);
	w->is_known = false;
	if (why == ARENA_OVER_BUDGET)
		err_set(&w->e, ERR_TOO_LARGE, "the request needs more memory than request.maxMemory allows");
	else
		err_set(&w->e, ERR_NO_MEMORY, NULL);
	if (setjmp(w->escape) == 0) {
		failed(w);
		return;
	}
	/* not even room for that: constants only */
	err_set(&w->e, ERR_NO_MEMORY, NULL);
	response_init(w->out, w->mem);
	w->out->status = 503;
	response_header(w->out, "Retry-After", SPAN("5"));
	response_body(w->out, "application/problem+json",
	    SPAN("{\"type\":\"about:blank\",\"status\":503,\"title\":\"out of memory\"}"));
}

static void
common_headers(struct work *w)
{
	const struct settings *global = conf_global(w->server->conf);
	struct response *out = w->out;

	if (response_find(out, "Cache-Control").p == NULL)
		response_header(out, "Cache-Control", SPAN("private,must-revalidate,max-age=0"));
	response_header(out, "X-Frame-Options", SPAN("SAMEORIGIN"));
	response_header(out, "X-Content-Type-Options", SPAN("nosniff"));
	response_header(out, "Referrer-Policy", SPAN("no-referrer"));
	response_header(out, global->trace_header, span_of(w->req->id));
	origin_headers(w->req, global, out);
	out->is_head = w->req->method == M_HEAD;
}

/* The locals of whoever calls setjmp() are not to be trusted afterwards, so the work is the caller's.  e: what went wrong
 * before, or NULL */
static void
guarded(struct work *w, const struct err *e)
{
	struct arena_mark mark = arena_mark(w->mem);

	arena_escape(w->mem, &w->escape);
	switch (setjmp(w->escape)) {
	case 0:
		if (e != NULL)
			w->e = *e;
		if (e != NULL || !do_it(w, &w->e))
			failed(w);
		break;
	case ARENA_OVER_BUDGET:
		spent(w, mark, ARENA_OVER_BUDGET);
		break;
	default:
		spent(w, mark, ARENA_NO_MEMORY);
	}
	arena_escape(w->mem, NULL);
}

static void
answer_to(struct server *s, struct arena *mem, const struct request *req, const struct err *e, struct response *out)
{
	struct work w = {
		.server = s, .mem = mem, .req = req, .out = out,
		.site = { .server = s, .conf = s->conf, .set = conf_global(s->conf) },
	};

	response_init(out, mem);
	json_account(mem);
	guarded(&w, e);
	json_account(NULL);
	server_running(s, NULL);
	common_headers(&w);
	note_outcome(s, &w);
	if (w.who.link != NULL)
		callers_done(w.who.link);
}

void
answer(struct server *s, struct arena *mem, const struct request *req, struct response *out)
{
	answer_to(s, mem, req, NULL, out);
}

void
answer_error(struct server *s, struct arena *mem, const struct request *req, const struct err *e, struct response *out)
{
	answer_to(s, mem, req, e, out);
}
