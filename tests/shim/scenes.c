/* tests/shim/scenes.c */
#include "tests/shim/scenes.h"

#include "tests/lib/unit.h"

#include <stdio.h>

const struct scene scenes[] = {
	{ "get", "GET", S "/c/a", NULL, NULL, 200, 0 },
	{ "get_cold", "GET", S "/c/a", NULL, NULL, 200, COLD },
	{ "get_long", "GET", S "/c/long", NULL, NULL, 200, 0 },
	{ "get_not_modified", "GET", S "/c/a", "If-None-Match: *", NULL, 304, 0 },
	{ "get_absent", "GET", S "/c/absent", NULL, NULL, 404, 0 },
	{ "page", "GET", S "/c?limit=3", NULL, NULL, 200, 0 },
	{ "page_of_many", "GET", S "/many?fields=value&totalResults=true", NULL, NULL, 200, 0 },
	{ "find_by_index", "GET", S "/c?q=%7B%22n%22%3A2%7D", NULL, NULL, 200, 0 },
	{ "query_residue", "POST", S "/c?action=query", NULL, "{\"t\":{\"$regex\":\"w.*\"}}", 200, 0 },
	{ "query_sorted", "POST", S "/c?action=query", NULL, "{\"$query\":{},\"$orderby\":[{\"path\":\"t\",\"datatype\":\"varchar2\"}]}", 200, 0 },
	{ "collections", "GET", S, NULL, NULL, 200, 0 },
	{ "metadata", "GET", S "/metadata-catalog", NULL, NULL, 200, 0 },
	{ "post_sequence", "POST", S "/seq", NULL, "{\"n\":7}", 201, KNOWN },
	{ "post_uuid", "POST", S "/many", NULL, "{\"n\":7}", 201, RANDOM | KNOWN },
	{ "put_new", "PUT", S "/c/new", NULL, "{\"n\":9,\"t\":\"nine\"}", 201, KNOWN },
	{ "put_old", "PUT", S "/c/a", NULL, "{\"n\":10,\"t\":\"" CONTENT_MARK "\"}", 200, KNOWN },
	{ "put_idempotent", "PUT", S "/c/a", "Idempotency-Key: k1", "{\"n\":10}", 200, KNOWN },
	{ "put_again", "PUT", S "/c/b", "Idempotency-Key: k0", "{\"n\":2,\"t\":\"two\"}", 201, 0 },
	{ "put_binary", "PUT", S "/bin/x", "Content-Type: image/png", "not really a picture", 200, KNOWN },
	{ "get_binary", "GET", S "/bin/x", NULL, NULL, 200, 0 },
	{ "patch", "PATCH", S "/c/a", "Content-Type: application/json-patch+json", "[{\"op\":\"replace\",\"path\":\"/n\",\"value\":77}]", 200, KNOWN },
	{ "merge", "PATCH", S "/c/b", "Content-Type: application/merge-patch+json", "{\"n\":78}", 200, KNOWN },
	{ "delete", "DELETE", S "/c/a", NULL, NULL, 200, KNOWN },
	{ "bulk_insert", "POST", S "/seq?action=insert", NULL, "[{\"n\":21},{\"n\":22},{\"n\":23},{\"n\":24},{\"n\":25},{\"n\":26}]", 200, 0 },
	{ "bulk_duplicate", "POST", S "/seq?action=insert", NULL, "[{\"n\":31},{\"n\":32},{\"n\":1},{\"n\":34}]", 409, 0 },
	{ "bulk_update", "POST", S "/c?action=update", NULL, "{\"$query\":{\"n\":{\"$lt\":4}},\"$merge\":{\"t\":\"changed\"}}", 200, 0 },
	{ "bulk_delete", "POST", S "/c?action=delete", NULL, "{\"n\":{\"$lt\":3}}", 200, 0 },
	{ "truncate", "POST", S "/c?action=truncate", NULL, NULL, 200, 0 },
	{ "create", "PUT", S "/fresh", NULL, "{\"keyColumn\":{\"assignmentMethod\":\"IDENTITY\"}}", 201, 0 },
	{ "drop", "DELETE", S "/c", NULL, NULL, 200, 0 },
	{ "index", "POST", S "/c?action=index", NULL, "{\"name\":\"by_t\",\"fields\":[{\"path\":\"t\",\"datatype\":\"varchar2\"}]}", 200, 0 },
	{ "create_again", "PUT", S "/c", NULL, NULL, 200, 0 },
	{ "put_stale", "PUT", S "/c/a", "If-Match: \"0\"", "{}", 412, 0 },
	{ "unindex", "POST", S "/c?action=unindex", NULL, "{\"name\":\"by_n\"}", 200, 0 },
	{ NULL, NULL, NULL, NULL, NULL, 0, 0 }
};

void
scene_ask(struct world *w, const char *method, const char *target, const char *body, int status)
{
	int got = world_demo(w, method, target, body);

	if (got != status)
		fail_msg("%s %s: %d %s", method, target, got, world_body(w));
}

void
scene_fill(struct world *w)
{
	static char text[40000];
	struct arena *mem = arena_open(0);

	scene_ask(w, "PUT", S "/c", "{\"keyColumn\":{\"assignmentMethod\":\"CLIENT\"}}", 201);
	scene_ask(w, "POST", S "/c?action=index", "{\"name\":\"by_n\",\"fields\":[{\"path\":\"n\",\"datatype\":\"number\"}]}", 200);
	scene_ask(w, "PUT", S "/c/a", "{\"n\":1,\"t\":\"one\"}", 201);
	assert_int_equal(world_ask(w, "PUT", S "/c/b", AS_DEMO "\nIdempotency-Key: k0", "{\"n\":2,\"t\":\"two\"}"), 201);
	scene_ask(w, "PUT", S "/c/d", "{\"n\":3,\"t\":\"" CONTENT_MARK "\"}", 201);
	scene_ask(w, "PUT", S "/c/e", "{\"n\":4,\"t\":\"four\"}", 201);
	snprintf(text, sizeof(text), "{\"n\":5,\"t\":\"%0*d\"}", 30000, 7);
	scene_ask(w, "PUT", S "/c/long", text, 201);
	scene_ask(w, "PUT", S "/seq", "{\"keyColumn\":{\"assignmentMethod\":\"IDENTITY\"}}", 201);
	scene_ask(w, "POST", S "/seq?action=index", "{\"name\":\"one_n\",\"unique\":true,\"fields\":[{\"path\":\"n\",\"datatype\":\"number\"}]}", 200);
	scene_ask(w, "POST", S "/seq?action=insert", "[{\"n\":1},{\"n\":2}]", 200);
	scene_ask(w, "PUT", S "/many", NULL, 201);
	for (int i = 0; i < 12; i++)
		scene_ask(w, "POST", S "/many", arena_printf(mem, "{\"i\":%d}", i), 201);
	scene_ask(w, "PUT", S "/bin", "{\"keyColumn\":{\"assignmentMethod\":\"CLIENT\"},\"mediaTypeColumn\":{\"name\":\"MEDIA\"}}", 201);
	assert_int_equal(world_ask(w, "PUT", S "/bin/x", AS_DEMO "\nContent-Type: image/gif", "GIF89a"), 201);
	arena_close(&mem);
}
