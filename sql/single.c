/* sql/single.c - is a text one statement?
 *
 * Two of the drivers run a second statement that stands behind a first one.  Strings, names, dollar quotes and comments are
 * walked over by the rules of the engine; what cannot be told for certain is refused.
 */
#include "config.h"

#include "sql/literal.h"

#include "sql/dialect.h"
#include "sql/table_words.h"

struct walk {
	const char *p, *end;
	bool dollars;		/* $tag$ ... $tag$ is a string */
	const char *const *reserved;	/* how names begin that may not be said; NULL: rights keep from them */
	bool ok;
};

static bool
is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (unsigned char)c >= 0x80;
}

/* past a quote that is doubled inside */
static void
past_quote(struct walk *w)
{
	char quote = *w->p++;

	while (w->p < w->end) {
		if (*w->p == '\\' && quote == '\'') {	/* means itself, or keeps the next one: by settings nobody knows here */
			w->ok = w->p + 1 < w->end && w->p[1] != '\'';
			if (!w->ok)
				return;
		}
		if (*w->p++ != quote)
			continue;
		if (w->p == w->end || *w->p != quote)
			return;
		w->p++;
	}
	w->ok = false;
}

static void
past_comment(struct walk *w)
{
	const char *close;

	if (w->p[0] == '-') {
		close = memchr(w->p, '\n', (size_t)(w->end - w->p));
		w->p = close == NULL ? w->end : close + 1;
		return;
	}
	close = memmem(w->p + 2, (size_t)(w->end - w->p - 2), "*/", 2);
	/* comments that an engine executes, and those inside each other */
	w->ok = close != NULL && w->p + 2 < w->end && w->p[2] != '!' && w->p[2] != 'M'
	    && memmem(w->p + 2, (size_t)(close - w->p - 2), "/*", 2) == NULL;
	w->p = w->ok ? close + 2 : w->end;
}

static void
past_dollar(struct walk *w)
{
	const char *tag = w->p, *close;
	size_t n = 1;

	while (tag + n < w->end && (is_letter(tag[n]) || (n > 1 && tag[n] >= '0' && tag[n] <= '9')))
		n++;
	if (tag + n >= w->end || tag[n] != '$') {
		w->p++;
		return;
	}
	n++;
	close = memmem(tag + n, (size_t)(w->end - tag) - n, tag, n);
	w->ok = close != NULL;
	w->p = w->ok ? close + n : w->end;
}

/* Strings count as well: there are engines that take them for names. */
static bool
is_reserved(const struct walk *w, struct span token)
{
	size_t quote = token.p[0] == '\'' || token.p[0] == '"' || token.p[0] == '`';
	struct span name = { token.p + quote, token.n - quote };

	for (size_t i = 0; w->reserved != NULL && w->reserved[i] != NULL; i++) {
		size_t n = strlen(w->reserved[i]);

		if (name.n >= n && span_is_nocase((struct span){ name.p, n }, w->reserved[i]))
			return true;
	}
	return false;
}

/* The next token that is no blank and no comment; an empty span at the end.  Quoted things are one token. */
static struct span
next(struct walk *w)
{
	struct span token;

	const char *from;

	while (w->ok && w->p < w->end) {
		char c = *w->p, d = w->p + 1 < w->end ? w->p[1] : '\0';

		if (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
			w->p++;
			continue;
		}
		if ((c == '-' && d == '-') || (c == '/' && d == '*')) {
			past_comment(w);
			continue;
		}
		from = w->p;
		if (c == '\'' || c == '"' || c == '`')
			past_quote(w);
		else if (c == '$' && w->dollars)
			past_dollar(w);
		else if (is_letter(c))
			while (w->p < w->end && (is_letter(*w->p) || (*w->p >= '0' && *w->p <= '9') || *w->p == '$'))
				w->p++;
		else {
			w->ok = c != '\0' && c != '?' && c != '#' && c != '{' && c != '}';
			w->p++;
		}
		token = (struct span){ from, (size_t)(w->p - from) };
		w->ok = w->ok && !is_reserved(w, token);
		return token;
	}
	return (struct span){ "", 0 };
}

static struct walk
walk(const struct dialect *d, struct span text)
{
	return (struct walk){ .p = text.p, .end = text.p + text.n, .dollars = d->tables->dollar_quotes, .reserved = d->reserved,
		.ok = true };
}

bool
query_is_single(const struct dialect *d, struct span text, struct span *out)
{
	struct walk w = walk(d, text);
	struct span token = next(&w);

	if (!span_is_nocase(token, "SELECT") && !span_is_nocase(token, "WITH") && !span_is_nocase(token, "VALUES"))
		return false;
	while (token.n > 0 && !span_is(token, ";"))
		token = next(&w);
	if (!w.ok)
		return false;
	*out = (struct span){ text.p, (size_t)((token.n > 0 ? token.p : text.p + text.n) - text.p) };
	return next(&w).n == 0 && w.ok;
}

/* A definition whose body is a block ends with the END behind its last semicolon. */
bool
code_is_single(const struct dialect *d, struct span text, struct span *out)
{
	struct walk w = walk(d, text);
	struct span token = next(&w), before = { "", 0 };
	bool in_block = false, makes = false, ended = false;

	if (!span_is_nocase(token, "CREATE"))
		return false;
	for (; token.n > 0 && !ended; before = token, token = next(&w)) {
		makes = makes || span_is_nocase(token, "TRIGGER") || span_is_nocase(token, "FUNCTION")
		    || span_is_nocase(token, "PROCEDURE");
		if (span_is_nocase(token, "BEGIN") && makes)
			in_block = true;
		if (span_is(token, ";") && !in_block)
			break;
		ended = in_block && span_is(before, ";") && span_is_nocase(token, "END");
	}
	*out = (struct span){ text.p, (size_t)((token.n > 0 ? token.p : text.p + text.n) - text.p) };
	if (span_is(token, ";"))
		token = next(&w);
	return makes && w.ok && token.n == 0 && next(&w).n == 0 && in_block == ended;
}
