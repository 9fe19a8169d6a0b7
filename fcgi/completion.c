/* fcgi/completion.c - see completion.h
 *
 * The forms of a command ("[--db-pool NAME] set [--global] KEY VALUE") are read as people read them: words in small letters are
 * to be typed, words in capitals stand for something, and what follows an option up to its bracket is its value.
 */
#include "config.h"

#include "fcgi/completion.h"

#include "conf/conf.h"
#include "fcgi/cmd.h"

#include <stdio.h>

struct proposal {			/* behind these words, this one */
	const char *after, *word;
};

struct table {
	struct arena *mem;
	struct proposal *row;
	size_t n;
	struct buf takers, files;	/* options that take a value; those whose value is a file: each as "|--name" */
	struct buf choices;		/* cases of options with few values */
};

static void
propose(struct table *t, const char *after, const char *word)
{
	for (size_t i = 0; i < t->n; i++)
		if (strcmp(t->row[i].after, after) == 0 && strcmp(t->row[i].word, word) == 0)
			return;
	t->row = arena_grow(t->mem, t->row, t->n * sizeof(*t->row), (t->n + 1) * sizeof(*t->row));
	t->row[t->n++] = (struct proposal){ after, word };
}

static bool
has_name(struct buf *list, const char *name)
{
	const char *wanted = arena_printf(list->mem, "|%s|", name);

	return strstr(arena_printf(list->mem, "%s|", buf_z(list)), wanted) != NULL;
}

/* an option that is followed by the name of its value */
static void
add_taker(struct table *t, const char *option, const char *value)
{
	static const char *const of_files[] = { "DIR", "PATH", "FILE", "FOLDER", "OLD_DIR" };

	if (has_name(&t->takers, option))
		return;
	buf_printf(&t->takers, "|%s", option);
	for (size_t i = 0; i < sizeof(of_files) / sizeof(of_files[0]); i++)
		if (strcmp(value, of_files[i]) == 0)
			buf_printf(&t->files, "|%s", option);
	if (strchr(value, '|') == NULL)
		return;
	buf_printf(&t->choices, "\t%s)\n\t\tCOMPREPLY=($(compgen -W \"", option);
	for (const char *p = value; *p != '\0'; p++)
		buf_char(&t->choices, *p == '|' ? ' ' : *p);
	put_lit(&t->choices, "\" -- \"$cur\"))\n\t\treturn ;;\n");
}

static bool
is_to_type(const char *word)
{
	return *word >= 'a' && *word <= 'z';
}

/* one form of a command; cut into words by blanks and brackets */
static void
read_form(struct table *t, const char *command, char *form)
{
	const char *word[64], *after = command;
	bool ends[64];			/* a bracket closes behind it */
	size_t n = 0;
	char *rest;

	for (char *p = form; *p != '\0' && n < 64; p = rest) {
		p += strspn(p, " [");
		rest = p + strcspn(p, " []");
		if (rest == p)
			break;
		ends[n] = *rest == ']';
		word[n++] = p;
		while (*rest == ' ' || *rest == ']' || *rest == '[')
			*rest++ = '\0';
	}
	for (size_t i = 0; i < n; i++) {
		if (strncmp(word[i], "--", 2) != 0 && is_to_type(word[i])) {
			propose(t, after, word[i]);
			after = arena_printf(t->mem, "%s %s", after, word[i]);
		} else if (strcmp(word[i], "KEY") == 0) {
			propose(t, after, "$settings");
		} else if (strncmp(word[i], "--", 2) == 0 && !ends[i] && i + 1 < n && strncmp(word[i + 1], "--", 2) != 0) {
			add_taker(t, word[i], word[i + 1]);
			i++;
		}
	}
	/* options may stand anywhere, so they are proposed at each place of the form */
	for (size_t i = 0; i < n; i++) {
		if (strncmp(word[i], "--", 2) != 0)
			continue;
		for (const char *p = after + strlen(command);; p = strchr(p + 1, ' ')) {
			propose(t, arena_z(t->mem, (struct span){ after, p == NULL ? strlen(after) : (size_t)(p - after) }), word[i]);
			if (p == NULL || *p == '\0')
				break;
		}
	}
}

static void
read_commands(struct table *t)
{
	for (const struct cmd *cmd = cmds; cmd->name != NULL; cmd++) {
		const char *usage = cmd->usage;

		propose(t, "", cmd->name);
		do {
			size_t n = strcspn(usage, "\n");

			read_form(t, cmd->name, arena_z(t->mem, (struct span){ usage, n }));
			usage += n + (usage[n] == '\n');
		} while (*usage != '\0');
		propose(t, cmd->name, "--help");
	}
}

static void
put_cases(struct buf *b, const struct table *t)
{
	for (size_t i = 0; i < t->n; i++) {
		bool is_first = true;

		for (size_t j = 0; j < i; j++)
			is_first = is_first && strcmp(t->row[j].after, t->row[i].after) != 0;
		if (!is_first)
			continue;
		buf_printf(b, "\t\"%s\") words=\"", t->row[i].after);
		for (size_t j = i; j < t->n; j++)
			if (strcmp(t->row[j].after, t->row[i].after) == 0)
				buf_printf(b, "%s%s", j == i ? "" : " ", t->row[j].word);
		put_lit(b, "\" ;;\n");
	}
}

static void
put_settings(struct buf *b)
{
	put_lit(b, "\tlocal settings=\"");
	for (size_t i = 0, n = 0; i < conf_n_options; i++)
		if (conf_options[i].kind != OPT_IGNORED)
			buf_printf(b, "%s%s", n++ == 0 ? "" : " ", conf_options[i].key);
	put_lit(b, "\"\n");
}

void
completion_bash(struct buf *out)
{
	struct table t = { .mem = out->mem };

	buf_init(&t.takers, out->mem);
	buf_init(&t.files, out->mem);
	buf_init(&t.choices, out->mem);
	add_taker(&t, "--config", "DIR");
	read_commands(&t);
	propose(&t, "", "--config");
	propose(&t, "", "--quiet");
	propose(&t, "", "--help");
	propose(&t, "", "--version");

	put_lit(out, "# completion of bash for cords; printed by: cords completion bash\n"
	    "_cords()\n{\n"
	    "\tlocal cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} said= words= i\n");
	put_settings(out);
	put_lit(out, "\n\tcase $prev in\n");
	buf_printf(out, "\t%s)\n\t\tCOMPREPLY=($(compgen -f -- \"$cur\"))\n\t\treturn ;;\n", buf_z(&t.files) + 1);
	buf_span(out, buf_text(&t.choices));
	buf_printf(out, "\t%s)\n\t\treturn ;;\n\tesac\n", buf_z(&t.takers) + 1);
	put_lit(out, "\t# the words so far, without options and their values\n"
	    "\tfor ((i = 1; i < COMP_CWORD; i++)); do\n"
	    "\t\tcase ${COMP_WORDS[i]} in\n");
	buf_printf(out, "\t\t%s) ((i++)) ;;\n", buf_z(&t.takers) + 1);
	put_lit(out, "\t\t-*) ;;\n"
	    "\t\t*) said+=\"${said:+ }${COMP_WORDS[i]}\" ;;\n"
	    "\t\tesac\n"
	    "\tdone\n"
	    "\twhile :; do\n"
	    "\tcase $said in\n");
	put_cases(out, &t);
	put_lit(out, "\tesac\n"
	    "\t[[ -z $words && $said == *\" \"* ]] || break\n"
	    "\t# behind a name or a value: options only\n"
	    "\t[[ $cur == -* ]] || return\n"
	    "\tsaid=${said% *}\n"
	    "\tdone\n"
	    "\tCOMPREPLY=($(compgen -W \"$words\" -- \"$cur\"))\n"
	    "}\n"
	    "complete -F _cords cords\n");
}
