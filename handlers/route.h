/* handlers/route.h - what cords answers: one row per path, method and action */
#ifndef CORDS_HANDLERS_ROUTE_H
#define CORDS_HANDLERS_ROUTE_H

#include "handlers/params.h"
#include "handlers/request.h"
#include "handlers/response.h"
#include "sql/catalog.h"
#include "sql/db.h"

enum role { ROLE_NONE, ROLE_SODA, ROLE_SYSADMIN };	/* ROLE_NONE: no credentials are asked for */

struct caller {
	struct span name;		/* "demo", or "anonymous" */
	bool is_anonymous;
	bool is_mid_tier;		/* of global/credentials, not of a schema */
	int64_t schema_id;		/* of a schema account; 0 otherwise */
};

struct call;
typedef bool action(const struct call *c, struct response *out, struct err *e);

enum route_base { BASE_SCHEMA,		/* path below /ords[/POOL]/{schema} */
	BASE_POOL			/* path below /ords[/POOL] */
};

struct route {
	unsigned methods;		/* enum http_method bits; HEAD comes with GET */
	enum route_base base;
	const char *path;		/* "/soda/{version}/{collection}/{key}" */
	const char *act_name;		/* ?action= value that selects this row; NULL none */
	action *act;
	enum tx tx;
	enum role role;
	param_set may_carry;		/* bits of params.def */
	param_set refuses;		/* parameters that are an error here although others ignore them (1.8) */
	bool writes_objects;		/* read-only collections refuse it */
	const char *summary;		/* for `cords routes` and the manual */
};

extern const struct route routes[];	/* ends with path NULL */

/* What the server knows and no request changes; borrowed by every call. */
struct site {
	const struct conf *conf;
	const struct pool_conf *pool;	/* of this request */
	const struct settings *set;	/* of that pool */
};

struct call {
	const struct request *req;
	const struct route *route;
	const struct params *params;
	const struct caller *who;
	const struct schema *schema;
	const struct site *site;
	struct db *db;
	struct arena *mem;
	struct span base_url;		/* https://host/ords/[pool/]schema/soda/latest, as the client wrote pool, schema, version */
};

#endif
