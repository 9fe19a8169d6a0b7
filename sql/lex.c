/* sql/lex.c - tokens of expression texts as catalogues print them */
#include "sql/lex.h"

#include "base/buf.h"

static bool
is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (unsigned char)c >= 0x80;
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static char
at(const struct lex *x, size_t n)
{
	return (size_t)(x->end - x->p) > n ? x->p[n] : '\0';
}

static void
bad(struct lex *x)
{
	x->kind = LEX_BAD;
	x->text = (struct span){ "", 0 };
	x->p = x->end;
}

/* From behind the opening quote; a doubled quote stands for itself, with escapes a backslash keeps what follows. */
static void
quoted(struct lex *x, char quote, bool escapes, enum lex_kind kind)
{
	struct buf b;

	buf_init(&b, x->mem);
	for (;;) {
		if (x->p == x->end || *x->p == '\0') {
			bad(x);
			return;
		}
		if (*x->p == quote) {
			if (at(x, 1) != quote)
				break;
			x->p++;
		} else if (escapes && *x->p == '\\') {
			char c = at(x, 1);

			if (c != '\\' && c != '\'') {	/* others are rare, and mean more than one character */
				bad(x);
				return;
			}
			x->p++;
		}
		buf_char(&b, *x->p++);
	}
	x->p++;
	x->kind = kind;
	x->text = buf_text(&b);
}

static void
number(struct lex *x)
{
	const char *from = x->p;

	while (is_digit(at(x, 0)) || at(x, 0) == '.')
		x->p++;
	if ((at(x, 0) == 'e' || at(x, 0) == 'E')
	    && (is_digit(at(x, 1)) || ((at(x, 1) == '+' || at(x, 1) == '-') && is_digit(at(x, 2))))) {
		x->p += 2;
		while (is_digit(at(x, 0)))
			x->p++;
	}
	if (is_letter(at(x, 0))) {
		bad(x);
		return;
	}
	x->kind = LEX_NUMBER;
	x->text = (struct span){ from, (size_t)(x->p - from) };
}

static void
word(struct lex *x)
{
	const char *from = x->p;

	while (is_letter(at(x, 0)) || is_digit(at(x, 0)))
		x->p++;
	x->kind = LEX_WORD;
	x->text = (struct span){ from, (size_t)(x->p - from) };
}

static void
sign(struct lex *x)
{
	static const char *const signs[] = {
		"::", "<=", ">=", "<>", "!=", "||", "~~", "!~~", "(", ")", ",", "=", "<", ">", "+", "-", "*", "/", "%", "[", "]", ".",
		"&&", "&", "|", "^", "<<", ">>", "~", "!~", "~*", "!~*", "~~*", "!~~*", "->", "->>", "@>", "<@", "&<", "&>", "-|-", "<->",
	};		/* no # and no ?, which are a comment and a marker elsewhere */
	const char *longest = NULL;
	size_t left = (size_t)(x->end - x->p);

	for (size_t i = 0; i < sizeof(signs) / sizeof(*signs); i++) {
		size_t n = strlen(signs[i]);

		if (n <= left && memcmp(x->p, signs[i], n) == 0 && (longest == NULL || n > strlen(longest)))
			longest = signs[i];
	}
	if (longest == NULL || (*x->p == '-' && at(x, 1) == '-') || (*x->p == '/' && at(x, 1) == '*')) {
		bad(x);
		return;
	}
	x->kind = LEX_SIGN;
	x->text = span_of(longest);
	x->p += x->text.n;
}

void
lex_next(struct lex *x)
{
	char c;

	if (x->kind == LEX_BAD)
		return;
	while (x->p < x->end && is_blank(*x->p))
		x->p++;
	c = at(x, 0);
	if (x->p == x->end) {
		x->kind = LEX_END;
		x->text = (struct span){ "", 0 };
	} else if (c == '\'' || c == '"' || c == '`') {
		x->p++;
		quoted(x, c, false, c == '\'' ? LEX_STRING : LEX_NAME);
	} else if ((c == 'e' || c == 'E') && at(x, 1) == '\'') {
		x->p += 2;
		quoted(x, '\'', true, LEX_STRING);
	} else if ((c == 'x' || c == 'X') && at(x, 1) == '\'') {
		x->p += 2;
		quoted(x, '\'', false, LEX_BYTES);
	} else if (is_digit(c) || (c == '.' && is_digit(at(x, 1)))) {
		number(x);
	} else if (is_letter(c)) {
		word(x);
	} else {
		sign(x);
	}
}

void
lex_open(struct lex *x, struct span text, struct arena *mem)
{
	*x = (struct lex){ .p = text.p, .end = text.p + text.n, .mem = mem, .kind = LEX_END };
	lex_next(x);
}

bool
lex_word(const struct lex *x, const char *w)
{
	return x->kind == LEX_WORD && span_is_nocase(x->text, w);
}

bool
lex_sign(const struct lex *x, const char *s)
{
	return x->kind == LEX_SIGN && span_is(x->text, s);
}

bool
lex_take(struct lex *x, const char *what)
{
	if (!lex_word(x, what) && !lex_sign(x, what))
		return false;
	lex_next(x);
	return true;
}
