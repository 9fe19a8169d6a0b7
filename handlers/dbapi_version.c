/* handlers/dbapi_version.c - GET database/version: which engine stands behind the pool */
#include "handlers/dbapi.h"

#include "base/buf.h"
#include "sql/dictionary.h"

bool
dbapi_version(const struct call *c, struct response *out, struct err *e)
{
	struct engine_version v;
	struct buf b;

	if (!dictionary_version(call_sql_db(c), c->mem, &v, e))
		return false;
	buf_init(&b, c->mem);
	put_lit(&b, "{\"product\":");
	buf_json(&b, v.product);
	put_lit(&b, ",\"version\":");
	buf_json(&b, v.number);
	put_lit(&b, ",\"version_full\":");
	buf_json(&b, v.full);
	put_lit(&b, ",\"links\":[{\"rel\":\"self\",\"href\":\"");
	buf_span(&b, c->base_url);
	put_lit(&b, "/database/version\"},{\"rel\":\"describedby\",\"href\":\"");
	buf_span(&b, c->base_url);
	put_lit(&b, "/metadata-catalog/\"}]}");
	response_body(out, "application/json", buf_text(&b));
	return true;
}
