/* handlers/dbapi_catalog.c - what there is: the catalogues of the Database API and of a schema, and their OpenAPI documents */
#include "handlers/dbapi.h"

#include "conf/conf.h"
#include "handlers/openapi.h"
#include "handlers/page.h"

#define API "/_/db-api/{api}"

static const struct filter_columns nothing_to_ask = { 0, NULL };

/* A listing made of what is known beforehand. */
struct list {
	const struct call *c;
	struct page page;
	struct buf items;
	size_t n, n_shown;
};

static bool
list_open(struct list *l, const struct call *c, struct err *e)
{
	*l = (struct list){ .c = c };
	buf_init(&l->items, c->mem);
	return page_read(c, &nothing_to_ask, &l->page, e);
}

/* describes, canonical: below c->root_url */
static void
list_add(struct list *l, const char *name, const char *describes, const char *canonical)
{
	uint64_t i = l->n++;

	if (i < l->page.offset || i - l->page.offset >= l->page.limit)
		return;
	if (l->n_shown++ > 0)
		buf_char(&l->items, ',');
	put_lit(&l->items, "{\"name\":");
	buf_json(&l->items, span_of(name));
	put_lit(&l->items, ",\"links\":[{\"rel\":\"describes\",\"href\":\"");
	buf_span(&l->items, l->c->root_url);
	buf_addz(&l->items, describes);
	put_lit(&l->items, "\"},{\"rel\":\"canonical\",\"href\":\"");
	buf_span(&l->items, l->c->root_url);
	buf_addz(&l->items, canonical);
	put_lit(&l->items, "\",\"mediaType\":\"application/json\"}]}");
}

static void
list_reply(struct list *l, struct span base, struct response *out)
{
	struct call c = *l->c;

	c.base_url = base;
	page_reply(&c, "/metadata-catalog/", &l->page, buf_text(&l->items), l->n_shown, l->page.offset + l->n_shown < l->n, out);
}

/* GET metadata-catalog/ of the Database API: every path that can be asked as it is, or posted to. */
bool
dbapi_catalog(const struct call *c, struct response *out, struct err *e)
{
	const char *api = arena_printf(c->mem, "/_/db-api/%.*s", SPAN_ARG(c->params->text[P_API]));
	const char *document = arena_printf(c->mem, "%s/metadata-catalog/openapi.json", api);
	struct list l;

	if (!list_open(&l, c, e))
		return false;
	for (const struct route *r = routes; r->path != NULL; r++) {
		const char *below;

		if (r->base != BASE_API || r->summary == NULL || (r != routes && strcmp(r->path, r[-1].path) == 0))
			continue;
		below = r->path + strlen(API);
		if (strchr(below, '{') == NULL)
			list_add(&l, below + 1, arena_printf(c->mem, "%s%s", api, below), document);
	}
	list_reply(&l, c->base_url, out);
	return true;
}

/* GET /{schema}/metadata-catalog/ */
bool
schema_catalog(const struct call *c, struct response *out, struct err *e)
{
	struct list l;

	if (!list_open(&l, c, e))
		return false;
	list_add(&l, "soda", "/soda/latest/", "/open-api-catalog/");
	if (conf_global(c->site->conf)->api_enabled)
		list_add(&l, "db-api", "/_/db-api/stable/metadata-catalog/", "/_/db-api/stable/metadata-catalog/openapi.json");
	list_reply(&l, c->root_url, out);
	return true;
}

static bool
document(const struct call *c, struct span server, struct response *out)
{
	struct buf b;

	buf_init(&b, c->mem);
	openapi_print(c, server, &b);
	response_body(out, "application/json", buf_text(&b));
	return true;
}

/* GET metadata-catalog/openapi.json of the Database API */
bool
dbapi_openapi(const struct call *c, struct response *out, struct err *e)
{
	(void)e;
	return document(c, c->base_url, out);
}

/* GET /{schema}/open-api-catalog/ */
bool
schema_openapi(const struct call *c, struct response *out, struct err *e)
{
	(void)e;
	return document(c, c->root_url, out);
}
