/* fcgi/cmd_routes.c - cords routes: the table of what is answered */
#include "fcgi/cmd.h"

#include "base/buf.h"
#include "fcgi/columns.h"
#include "handlers/route.h"

#include <stdio.h>

static void
add_json(struct buf *b, const char *const *cells)
{
	static const char *const names[] = { "method", "path", "action", "role", "summary" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		buf_char(b, i == 0 ? '{' : ',');
		buf_json(b, span_of(names[i]));
		buf_char(b, ':');
		buf_json(b, span_of(cells[i]));
	}
	buf_char(b, '}');
}

int
cmd_routes(const struct cmd_context *c, int argc, char **argv)
{
	static const char *const head[] = { "Method", "Path", "Action", "Role", "Does", NULL };
	bool json = false;
	const struct cmd_flag flags[] = { { "--json", NULL, &json }, { 0 } };
	bool is_first = true;
	struct columns t;
	struct buf b;

	if (!cmd_flags(flags, &argc, argv))
		return EXIT_USAGE;
	if (argc != 1)
		return cmd_usage("routes", "takes no words");
	columns_open(&t, c->mem, head, NULL);
	buf_init(&b, c->mem);
	put_lit(&b, "{\"routes\":[");
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
			if (!is_first)
				buf_char(&b, ',');
			is_first = false;
			add_json(&b, cells);
		}
	}
	put_lit(&b, "]}\n");
	if (json)
		fwrite(b.p, 1, b.n, stdout);
	else
		columns_print(&t);
	return EXIT_OK;
}
