/* fcgi/cmd_routes.c - cords routes: the table of what is answered */
#include "fcgi/cmd.h"

#include "fcgi/columns.h"
#include "handlers/route.h"

int
cmd_routes(const struct cmd_context *c, int argc, char **argv)
{
	static const struct column columns[] = {
		{ .head = "Method", .member = "method" }, { .head = "Path", .member = "path" }, { .head = "Action", .member = "action" },
		{ .head = "Role", .member = "role" }, { .head = "Does", .member = "summary" }, { 0 }
	};
	bool json = false;
	const struct cmd_flag flags[] = { { "--json", NULL, &json }, { 0 } };
	struct columns t;

	if (!cmd_flags(flags, &argc, argv))
		return EXIT_USAGE;
	if (argc != 1)
		return cmd_usage("routes", "takes no words");
	columns_open(&t, c->mem, columns);
	for (const struct route *r = routes; r->path != NULL; r++) {
		const char *path = arena_printf(c->mem, "%s%s", r->base == BASE_SCHEMA ? "/{schema}"
		    : r->base == BASE_API ? "[/{schema}]" : "", r->path);

		if (r->summary == NULL)		/* a row that only refuses */
			continue;
		for (unsigned bit = M_GET; bit < M_OTHER; bit <<= 1) {
			const char *cells[] = { method_name((enum http_method)bit), path,
			    r->act_name == NULL ? "" : r->act_name, role_name(r->role), r->summary };

			if ((r->methods & bit) == 0)
				continue;
			columns_add(&t, cells);
		}
	}
	columns_show(&t, "routes", json);
	return EXIT_OK;
}
