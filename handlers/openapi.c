/* handlers/openapi.c - the OpenAPI document, from the tables of routes and parameters
 *
 * Rows of one path and method that ?action= tells apart are one operation, because OpenAPI knows no more.  Below the Database API of a
 * schema, SODA is shown as well, with a server of its own.
 */
#include "config.h"

#include "handlers/openapi.h"

#include "conf/conf.h"

#include <ctype.h>

#define API "/_/db-api/{api}"
#define SODA "/soda/{version}"

struct document {
	const struct call *c;
	struct buf *b;
	bool below_api;			/* paths of the Database API begin at it */
	bool is_first;
};

static bool
begins(const char *path, const char *with)
{
	return strncmp(path, with, strlen(with)) == 0;
}

/* ---- parameters ---- */

static const struct {
	const char *name, *help;
	const char *schema;		/* NULL: a piece of the path */
} params[P__N] = {
#define SCHEMA_LIMIT "{\"type\":\"integer\",\"minimum\":1}"
#define SCHEMA_OFFSET "{\"type\":\"integer\",\"minimum\":0}"
#define SCHEMA_FIELDS "{\"type\":\"string\",\"enum\":[\"id\",\"value\",\"all\"]}"
#define SCHEMA_FLAG "{\"type\":\"boolean\"}"
#define SCHEMA_TEXT "{\"type\":\"string\"}"
#define SCHEMA_TIME "{\"type\":\"string\"}"
#define V(id, text, help) [P_##id] = { text, help, NULL },
#define Q(id, text, type, help) [P_##id] = { text, help, SCHEMA_##type },
#include "handlers/params.def"
#undef V
#undef Q
};

static void
put_param(struct buf *b, int id, bool *is_first)
{
	if (!*is_first)
		buf_char(b, ',');
	*is_first = false;
	buf_printf(b, "{\"name\":\"%s\"", params[id].name);
	if (params[id].schema == NULL)
		put_lit(b, ",\"in\":\"path\",\"required\":true");
	else
		put_lit(b, ",\"in\":\"query\"");
	put_lit(b, ",\"description\":");
	buf_json(b, span_of(params[id].help));
	put_lit(b, ",\"schema\":");
	buf_addz(b, params[id].schema == NULL ? "{\"type\":\"string\"}" : params[id].schema);
	buf_char(b, '}');
}

/* {name} in a path */
static bool
in_path(const char *path, const char *name)
{
	size_t n = strlen(name);

	for (const char *at = strchr(path, '{'); at != NULL; at = strchr(at + 1, '{'))
		if (strncmp(at + 1, name, n) == 0 && at[1 + n] == '}')
			return true;
	return false;
}

static void
put_params(struct buf *b, const struct route *first, param_set may_carry)
{
	bool is_first = true;

	put_lit(b, "\"parameters\":[");
	for (int id = 0; id < P__N; id++) {
		bool is_piece = params[id].schema == NULL;

		if (id == P_API || id == P_VERSION)
			continue;
		if (is_piece ? in_path(first->path, params[id].name) : (may_carry & ((param_set)1 << id)) != 0)
			put_param(b, id, &is_first);
	}
	put_lit(b, "],");
}

/* ---- one operation ---- */

/* "get_database_objects_tables": letters, digits and _ of method and path, which no other operation has */
static void
put_id(struct buf *b, const char *method, const char *path)
{
	for (; *method != '\0'; method++)
		buf_char(b, (char)tolower((unsigned char)*method));
	for (; *path != '\0'; path++) {
		if (isalnum((unsigned char)*path) || *path == '_')
			buf_char(b, *path);
		else if (*path == '/' && path[1] != '\0')
			buf_char(b, '_');
		else if (*path == '/')
			put_lit(b, "_all");
	}
}

static void
put_media(struct buf *b, const char *media_type, const char *schema)
{
	buf_printf(b, "\"%s\":{\"schema\":", media_type);
	if (schema == NULL)
		put_lit(b, "{}");
	else
		buf_printf(b, "{\"$ref\":\"#/components/schemas/%s\"}", schema);
	buf_char(b, '}');
}

static void
put_content(struct buf *b, const char *media_type, const char *schema)
{
	put_lit(b, "\"content\":{");
	put_media(b, media_type, schema);
	buf_char(b, '}');
}

static void
put_answers(struct buf *b, const struct body *body, const char *summary)
{
	put_lit(b, "\"responses\":{\"");
	if (body == NULL)
		put_lit(b, "2XX");
	else
		buf_int(b, body->status);
	put_lit(b, "\":{\"description\":");
	buf_json(b, span_of(summary));
	if (body == NULL || body->status != 204) {
		buf_char(b, ',');
		put_content(b, body == NULL || body->response_type == NULL ? "application/json" : body->response_type,
		    body == NULL ? NULL : body->response);
	}
	if (body != NULL && body->begun_status != 0)
		buf_printf(b, "},\"%d\":{\"description\":\"begun, and done behind this answer\"", body->begun_status);
	put_lit(b, "},\"default\":{\"description\":\"what went wrong\",");
	put_content(b, "application/problem+json", "Problem");
	put_lit(b, "}}");
}

static bool
same_rows(const struct route *a, const struct route *b)
{
	return b->path != NULL && a->base == b->base && strcmp(a->path, b->path) == 0;
}

/* all rows of the path of `first` that answer this method */
static void
put_operation(struct document *d, const struct route *first, enum http_method m, bool *is_first)
{
	struct buf *b = d->b;
	const char *below = begins(first->path, API) ? first->path + strlen(API) : first->path;
	const struct body *body = body_find(m, below);
	const struct route *row = NULL;
	param_set may_carry = 0;
	size_t n = 0;

	for (const struct route *r = first; same_rows(first, r); r++) {
		if ((r->methods & (unsigned)m) == 0 || r->summary == NULL)
			continue;
		if (row == NULL)
			row = r;
		may_carry |= r->may_carry;
		n++;
	}
	if (row == NULL)
		return;
	if (!*is_first)
		buf_char(b, ',');
	*is_first = false;
	buf_char(b, '"');
	for (const char *name = method_name(m); *name != '\0'; name++)
		buf_char(b, (char)tolower((unsigned char)*name));
	put_lit(b, "\":{\"operationId\":\"");
	put_id(b, method_name(m), below);
	put_lit(b, "\",\"summary\":");
	buf_json(b, span_of(row->summary));
	if (n > 1) {
		struct buf text;

		buf_init(&text, d->c->mem);
		for (const struct route *r = first; same_rows(first, r); r++)
			if ((r->methods & (unsigned)m) != 0 && r->summary != NULL)
				buf_printf(&text, "%s%s%s%s", text.n > 0 ? "; " : "", r->act_name == NULL ? "" : r->act_name,
				    r->act_name == NULL ? "" : ": ", r->summary);
		put_lit(b, ",\"description\":");
		buf_json(b, buf_text(&text));
	}
	if (body != NULL && body->is_extension)
		put_lit(b, ",\"x-extension\":true");
	buf_printf(b, ",\"tags\":[\"%s\"],", begins(first->path, SODA) || begins(first->path, "/soda") ? "SODA"
	    : strcmp(first->path, "/_/sql") == 0 ? "REST-Enabled SQL"
	    : strstr(first->path, "/datapump/") != NULL ? "Data Pump" : "Database API");
	put_params(b, first, may_carry);
	if (m == M_POST || m == M_PUT || m == M_PATCH) {
		put_lit(b, "\"requestBody\":{\"content\":{");
		put_media(b, "application/json", body == NULL ? NULL : body->request);
		if (body != NULL && body->request_text != NULL)
			buf_printf(b, ",\"%s\":{\"schema\":{\"type\":\"string\"}}", body->request_text);
		put_lit(b, "}},");
	}
	put_answers(b, body, row->summary);
	buf_char(b, '}');
}

/* ---- one path ---- */

static void
put_path(struct document *d, const char *path)
{
	struct buf *b = d->b;

	buf_char(b, '"');
	if (begins(path, API)) {
		if (!d->below_api)
			put_lit(b, "/_/db-api/stable");
		path += strlen(API);
	} else if (begins(path, SODA)) {
		put_lit(b, "/soda/latest");
		path += strlen(SODA);
	}
	buf_addz(b, path);
	put_lit(b, "\":{");
}

static void
put_server(struct buf *b, struct span url)
{
	put_lit(b, "\"servers\":[{\"url\":");
	buf_json(b, url);
	put_lit(b, "}],");
}

static void
put_rows(struct document *d, const struct route *first)
{
	static const enum http_method methods[] = { M_GET, M_POST, M_PUT, M_PATCH, M_DELETE };
	bool is_first = true;

	if (!d->is_first)
		buf_char(d->b, ',');
	d->is_first = false;
	put_path(d, first->path);
	if (d->below_api && first->base == BASE_SCHEMA)
		put_server(d->b, d->c->root_url);
	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++)
		put_operation(d, first, methods[i], &is_first);
	buf_char(d->b, '}');
}

/* what can be reached from where the document was asked for */
static bool
is_shown(const struct call *c, const struct route *r)
{
	if (r->base == BASE_API)
		return conf_global(c->site->conf)->api_enabled;
	if (r->base != BASE_SCHEMA || c->schema == NULL)
		return false;
	return begins(r->path, "/soda") || (strcmp(r->path, "/_/sql") == 0 && c->site->set->sql_enabled);
}

static bool
has_route(const char *path)
{
	for (const struct route *r = routes; r->path != NULL; r++)
		if (strcmp(r->path, path) == 0)
			return true;
	return false;
}

/* ---- the whole ---- */

void
openapi_print(const struct call *c, struct span server, struct buf *out)
{
	struct document d = { .c = c, .b = out, .below_api = span_eq(server, c->base_url), .is_first = true };
	bool has_oauth = has_route("/oauth/token") && c->schema != NULL;

	put_lit(out, "{\"openapi\":\"3.0.3\",\"info\":{\"title\":\"cords\",\"version\":\"" PACKAGE_VERSION "\"},");
	put_server(out, server);
	put_lit(out, "\"security\":[{\"basicAuth\":[]}");
	if (has_oauth)
		put_lit(out, ",{\"oauth2\":[]}");
	put_lit(out, "],\"paths\":{");
	for (const struct route *r = routes; r->path != NULL; r++)
		if (is_shown(c, r) && (r == routes || !same_rows(r - 1, r)))
			put_rows(&d, r);
	put_lit(out, "},\"components\":{\"securitySchemes\":{\"basicAuth\":{\"type\":\"http\",\"scheme\":\"basic\"}");
	if (has_oauth) {
		put_lit(out, ",\"oauth2\":{\"type\":\"oauth2\",\"flows\":{\"clientCredentials\":{\"scopes\":{},\"tokenUrl\":\"");
		buf_span(out, c->root_url);
		put_lit(out, "/oauth/token\"}}}");
	}
	put_lit(out, "},\"schemas\":{");
	openapi_schemas(out);
	put_lit(out, "}}}");
}
