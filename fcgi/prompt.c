/* fcgi/prompt.c - asking whoever sits at the terminal, or reading what a script pipes in */
#include "config.h"

#include "fcgi/cmd.h"

#include "base/digest.h"
#include "conf/secret.h"

#include <stdio.h>
#include <sys/prctl.h>
#include <termios.h>
#include <unistd.h>

enum { LINE_MAX_BYTES = 1024 };

/* one line without its end; false at the end of input or when it is too long */
static bool
read_line(FILE *in, struct arena *mem, struct span *out)
{
	char *line = arena_zalloc(mem, LINE_MAX_BYTES);
	size_t n;

	secret_forget(mem, (struct span){ line, LINE_MAX_BYTES });
	if (fgets(line, LINE_MAX_BYTES, in) == NULL)
		return false;
	n = strlen(line);
	if (n == LINE_MAX_BYTES - 1 && line[n - 1] != '\n')
		return false;
	while (n > 0 && (line[n - 1] == '\n' || line[n - 1] == '\r'))
		line[--n] = '\0';
	*out = (struct span){ line, n };
	return true;
}

/* The terminal, not standard input: that may be a file although a person is there. */
static bool
read_terminal(const struct cmd_context *c, const char *prompt, bool echo, struct span *out)
{
	FILE *tty = fopen("/dev/tty", "r+e");
	struct termios was, quiet;
	bool ok;

	if (tty == NULL)
		return false;
	/* what is read must not stay in a buffer of stdio */
	setvbuf(tty, NULL, _IONBF, 0);
	if (tcgetattr(fileno(tty), &was) != 0) {
		fclose(tty);
		return false;
	}
	quiet = was;
	if (!echo)
		quiet.c_lflag &= ~(tcflag_t)ECHO;
	/* before the prompt: what is typed after it counts */
	ok = tcsetattr(fileno(tty), TCSAFLUSH, &quiet) == 0 && fputs(prompt, tty) >= 0 && read_line(tty, c->mem, out);
	tcsetattr(fileno(tty), TCSAFLUSH, &was);
	if (!echo)
		fputs("\n", tty);
	fclose(tty);
	return ok;
}

bool
cmd_read_password(const struct cmd_context *c, bool from_stdin, const char *prompt, struct span *out)
{
	bool ok;

	(void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);	/* no core file with a password */
	if (from_stdin) {
		setvbuf(stdin, NULL, _IONBF, 0);
		ok = read_line(stdin, c->mem, out);
		if (!ok)
			fputs("cords: no password on standard input\n", stderr);
		return ok;
	}
	ok = read_terminal(c, prompt, false, out);
	if (!ok)
		fputs("cords: there is no terminal to ask for a password: use --password-stdin\n", stderr);
	return ok;
}

bool
cmd_new_password(const struct cmd_context *c, bool from_stdin, const char *of_whom, struct span *out)
{
	struct span again;

	if (!cmd_read_password(c, from_stdin, arena_printf(c->mem, "Password of %s: ", of_whom), out))
		return false;
	if (!from_stdin) {
		if (!cmd_read_password(c, false, "Once more: ", &again))
			return false;
		if (!span_eq(*out, again)) {
			fputs("cords: the two passwords differ\n", stderr);
			return false;
		}
	}
	return true;
}

bool
cmd_confirm(const struct cmd_context *c, const char *question)
{
	struct span answer;

	return read_terminal(c, arena_printf(c->mem, "%s [y/N] ", question), true, &answer)
	    && (span_is_nocase(span_trim(answer), "y") || span_is_nocase(span_trim(answer), "yes"));
}
