/* handlers/route.h - what cords answers: one row per path, method and action */
#ifndef CORDS_HANDLERS_ROUTE_H
#define CORDS_HANDLERS_ROUTE_H

#include "handlers/params.h"
#include "handlers/request.h"
#include "handlers/response.h"
#include "sql/catalog.h"
#include "sql/clients.h"
#include "sql/db.h"

enum role {				/* what a route asks of its caller (ords.md 3.2) */
	ROLE_NONE,			/* nothing: no credentials are looked at */
	ROLE_ANY,			/* to be somebody, and of this schema if the URL names one */
	ROLE_SODA,
	ROLE_SQL_DEV,			/* any account of a schema, for that schema; whoever is SQL Administrator */
	ROLE_SQL_ADMIN,
	ROLE_SYSADMIN,			/* mid-tier users only */
	ROLE_MONITOR,			/* the same; or, without credentials, an address of instance.api.metricsAddresses */
	ROLE_CLIENT			/* to be a client of OAuth 2 of this schema, by its own secret: where tokens are had */
};
const char *role_name(enum role r);	/* "SODA Developer"; "none" */

struct caller {
	struct span name;		/* "demo", or "anonymous" */
	struct span label;		/* what logs call them: the name, or "demo:report" for a client of demo */
	const struct client *client;	/* of OAuth 2, which acts for the account of its schema; NULL: it is the account itself */
	bool is_anonymous;
	bool is_mid_tier;		/* of global/credentials, not of a schema */
	bool is_sql_admin;		/* SQL Administrator: may enter every schema of the pool where the route asks for a SQL role */
	struct caller_link *link;	/* their own connection to the database (handlers/callers.h); NULL: the pool's account acts for them */
	int64_t schema_id;		/* of a schema account; 0 otherwise */
	int64_t retry_after_s;		/* of a caller who must wait */
};

struct call;
typedef bool action(const struct call *c, struct response *out, struct err *e);

enum route_base { BASE_SCHEMA,		/* path below /ords[/POOL]/{schema} */
	BASE_POOL,			/* path below /ords[/POOL] */
	BASE_API			/* below either of them: the Database API, of a schema or of the pool */
};

struct route {
	unsigned methods;		/* enum http_method bits; HEAD comes with GET */
	enum route_base base;
	const char *path;		/* "/soda/{version}/{collection}/{key}"; with a final / GET without it is sent there */
	const char *act_name;		/* ?action= value that selects this row; NULL none */
	action *act;
	enum tx tx;			/* TX_DEFINE: run as TX_READ first, until the action is about to define (db_needs_all()) */
	enum role role;
	param_set may_carry;		/* bits of params.def */
	param_set refuses;		/* parameters that are an error here although others ignore them (1.8) */
	bool writes_objects;		/* read-only collections refuse it */
	const char *summary;		/* for `cords routes` and the manual; NULL: a row that only refuses, listed nowhere */
};

extern const struct route routes[];	/* ends with path NULL */

struct server;

/* What the server knows and no request changes; borrowed by every call. */
struct site {
	struct server *server;		/* answer.h */
	const struct conf *conf;
	const struct pool_conf *pool;	/* of this request */
	const struct settings *set;	/* of that pool */
};

struct proof;

struct call {
	const struct request *req;
	const struct route *route;
	const struct params *params;
	const struct caller *who;
	const struct schema *schema;
	const struct site *site;
	struct db *db;
	struct arena *mem;
	int64_t give_up_ns;		/* by clock_mono_ns(): locks are not waited for any longer; perform.h */
	struct proof *proof;		/* noted by whoever writes one object: handlers/proof.h */
	struct span root_url;		/* https://host/ords/[pool/]schema, as the client wrote it */
	struct span base_url;		/* https://host/ords/[pool/]schema/soda/latest, or .../_/db-api/stable, as the client wrote it */
};

/* From here on the request may take soda.indexTimeout instead of jdbc.statementTimeout. */
bool call_makes_index(const struct call *c, struct err *e);

/*
 * call_sql_db - where SQL of the caller runs (3.1)
 *
 * returns  with db.credentialsSource=REQUEST, for accounts of schemas on routes that ask for a SQL role: a connection with
 *          the caller's own rights, on which the action itself begins and ends a transaction, and where nothing of the
 *          repository can be seen; else call->db.  What the session is told is forgotten after the request
 */
struct db *call_sql_db(const struct call *c);

/*
 * call_open_sql - a connection for text that the caller wrote, which no other request shares
 *
 * fails   FORBIDDEN where the caller has no account in the database, or the tables of the file are not the schema's; as the
 *         connection does
 */
bool call_open_sql(const struct call *c, struct db **out, struct err *e);

/* The schema that the tables of an SQLite file belong to: the one that was enabled first.  *out NULL: there is none */
bool call_file_owner(const struct call *c, const struct schema **out, struct err *e);

/*
 * call_collection - steps (7) and (8) of the order of checks: the collection of the path, and may it be written
 *
 * fails   NO_COLLECTION; READ_ONLY when the row writes objects and the collection refuses that; as db_needs_tx()
 */
bool call_collection(const struct call *c, const struct coll **out, struct err *e);

/* Effective page size of GET collection and POST query: the smaller of what was asked for (or the default) and the maximum;
 * 0 when all of these are unlimited. */
uint64_t page_limit(const struct call *c);

/* ---- matching ---- */

enum match_kind { MATCH_ROW, MATCH_NO_PATH, MATCH_NO_METHOD, MATCH_BAD_ACTION };

struct match {
	enum match_kind kind;
	const struct route *row;	/* MATCH_ROW; with the others the first row of that path, or NULL */
};

/*
 * route_find - the row for a method, the segments of a path and the `action` parameters
 *
 * req      method and query pairs
 * base     below what the segments stand: a schema or a pool; rows of BASE_API are found below both
 * params   pieces of the path are filled in
 * returns  what is wrong is told later, after authentication: a failure here is data
 * spec     SODA for REST 1.1 to 1.6
 */
struct match route_find(const struct request *req, enum route_base base, const struct span *segments, size_t n_segments,
    struct params *params);

/* value of Allow, OPTIONS when nothing else is left: the methods of all rows with the path of `row`, and with its action where that is part of the path;
 * except_writers leaves out rows that write objects, `without` is a set of methods to leave out.  ALLOW_TEXT bytes */
enum { ALLOW_TEXT = 64 };
void route_allow(const struct route *row, bool except_writers, unsigned without, char out[ALLOW_TEXT]);

#endif
