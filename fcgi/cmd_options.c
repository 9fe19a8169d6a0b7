/* fcgi/cmd_options.c - cords options: the table of settings */
#include "fcgi/cmd.h"

#include "base/buf.h"
#include "conf/conf.h"
#include "fcgi/columns.h"

#include <stdio.h>

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

static void
add_json(struct buf *b, const struct option *o)
{
	const char *const member[][2] = {
		{ "name", o->key }, { "default", o->dflt }, { "scope", scope_name(o) }, { "value", value_name(o) },
		{ "help", o->help },
	};

	for (size_t i = 0; i < sizeof(member) / sizeof(member[0]); i++) {
		buf_char(b, i == 0 ? '{' : ',');
		buf_json(b, span_of(member[i][0]));
		buf_char(b, ':');
		buf_json(b, span_of(member[i][1]));
	}
	buf_char(b, '}');
}

int
cmd_options(const struct cmd_context *c, int argc, char **argv)
{
	static const char *const head[] = { "Setting", "Default", "Scope", "Value", "Meaning", NULL };
	bool json = false;
	const struct cmd_flag flags[] = { { "--json", NULL, &json }, { 0 } };
	struct columns t;
	struct buf b;

	if (!cmd_flags(flags, &argc, argv))
		return EXIT_USAGE;
	if (argc != 1)
		return cmd_usage("options", "takes no words");
	columns_open(&t, c->mem, head, NULL);
	buf_init(&b, c->mem);
	put_lit(&b, "{\"options\":[");
	for (size_t i = 0; i < conf_n_options; i++) {
		const struct option *o = &conf_options[i];

		columns_add(&t, (const char *[]){ o->key, o->dflt, scope_name(o), value_name(o), o->help });
		if (i > 0)
			buf_char(&b, ',');
		add_json(&b, o);
	}
	put_lit(&b, "]}\n");
	if (json)
		fwrite(b.p, 1, b.n, stdout);
	else
		columns_print(&t);
	return EXIT_OK;
}
