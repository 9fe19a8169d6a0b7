/* fcgi/cmd_options.c - cords options: the table of settings */
#include "fcgi/cmd.h"

#include "conf/conf.h"
#include "fcgi/columns.h"

static const char *
scope_name(const struct option *o)
{
	return o->scope == SCOPE_GLOBAL ? "global" : "pool";
}

static const char *
value_name(const struct option *o)
{
	const char *words = option_words(o);

	return words != NULL ? words : option_kind_name(o->kind);
}

int
cmd_options(const struct cmd_context *c, int argc, char **argv)
{
	static const struct column columns[] = {
		{ .head = "Setting", .member = "name" }, { .head = "Default", .member = "default" }, { .head = "Scope", .member = "scope" },
		{ .head = "Value", .member = "value" }, { .head = "Meaning", .member = "help" }, { 0 }
	};
	bool json = false;
	const struct cmd_flag flags[] = { { "--json", NULL, &json }, { 0 } };
	struct columns t;

	if (!cmd_flags(flags, &argc, argv))
		return EXIT_USAGE;
	if (argc != 1)
		return cmd_usage("options", "takes no words");
	columns_open(&t, c->mem, columns);
	for (size_t i = 0; i < conf_n_options; i++) {
		const struct option *o = &conf_options[i];

		columns_add(&t, (const char *[]){ o->key, o->dflt, scope_name(o), value_name(o), o->help });
	}
	columns_show(&t, "options", json);
	return EXIT_OK;
}
