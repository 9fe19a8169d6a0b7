/* soda/path.c - reading paths; soda/walk.c follows them */
#include "soda/path.h"

#include "soda/member.h"

enum { POSITION_DIGITS = 15 };		/* of a subscript; longer ones lie beyond any array and are cut to that */

/* ---- reading ---- */

struct reader {
	struct span text;
	size_t at;
	struct arena *mem;
	struct err *e;
};

static bool
complain(const struct reader *r, int inner, const char *what)
{
	return err_inner(r->e, ERR_BAD_QBE, inner, "path \"%.*s\": %s", SPAN_ARG(excerpt(r->text)), what);
}

static bool
at_end(const struct reader *r)
{
	return r->at == r->text.n;
}

static char
peek(const struct reader *r)
{
	return at_end(r) ? '\0' : r->text.p[r->at];
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static size_t
skip_blanks(struct reader *r)
{
	size_t from = r->at;

	while (is_blank(peek(r)))
		r->at++;
	return r->at - from;
}

static bool
take_word(struct reader *r, struct span word)
{
	if (r->text.n - r->at < word.n || memcmp(r->text.p + r->at, word.p, word.n) != 0)
		return false;
	r->at += word.n;
	return true;
}

/* n, last, last - n */
static bool
read_position(struct reader *r, bool *from_last, int64_t *n)
{
	size_t digits = 0, before;

	*n = 0;
	*from_last = take_word(r, SPAN("last"));
	if (*from_last) {
		before = r->at;
		skip_blanks(r);
		if (peek(r) != '-') {
			r->at = before;
			return true;
		}
		r->at++;
		skip_blanks(r);
	}
	for (; peek(r) >= '0' && peek(r) <= '9'; r->at++, digits++)
		*n = digits < POSITION_DIGITS ? *n * 10 + (peek(r) - '0') : INT64_MAX / 2;
	return digits > 0;
}

static bool
read_sub(struct reader *r, struct sub *s)
{
	size_t blanks;

	skip_blanks(r);
	if (!read_position(r, &s->from_last, &s->from))
		return false;
	s->to_last = s->from_last;
	s->to = s->from;
	blanks = skip_blanks(r);
	if (!take_word(r, SPAN("to")))
		return true;
	if (blanks == 0 || skip_blanks(r) == 0 || !read_position(r, &s->to_last, &s->to))
		return false;
	skip_blanks(r);
	return true;
}

/* behind the '[' */
static bool
read_array_step(struct reader *r, struct step *step)
{
	const char *close = memchr(r->text.p + r->at, ']', r->text.n - r->at);
	size_t most = 1;
	struct sub *subs;

	if (close == NULL)
		return complain(r, 5028, "a bracket is not closed");
	*step = (struct step){ .kind = STEP_ARRAY };
	skip_blanks(r);
	if (peek(r) == '*') {
		r->at++;
		skip_blanks(r);
		step->all = true;
	} else {
		for (const char *p = r->text.p + r->at; p < close; p++)
			most += *p == ',';
		step->subs = subs = ARENA_ARRAY(r->mem, struct sub, most);
		do {
			if (!read_sub(r, &subs[step->n_subs++]))
				return complain(r, 5026, "bad array subscript");
		} while (peek(r) == ',' && r->at++ < r->text.n);
	}
	if (peek(r) != ']')
		return complain(r, 5026, "bad array subscript");
	r->at++;
	return true;
}

/* behind the opening backquote */
static bool
read_quoted(struct reader *r, struct span *name)
{
	char *out = arena_alloc(r->mem, r->text.n - r->at);
	size_t n = 0;

	for (;; r->at++) {
		if (at_end(r))
			return complain(r, 5028, "a backquote is not closed");
		if (peek(r) == '`') {
			r->at++;
			if (peek(r) != '`')
				break;
		}
		out[n++] = r->text.p[r->at];
	}
	*name = (struct span){ out, n };
	if (!at_end(r) && peek(r) != '.' && peek(r) != '[')
		return complain(r, 5027, "only a dot or a bracket may follow a closing backquote");
	return true;
}

static bool
read_name(struct reader *r, struct step *step)
{
	size_t from = r->at;

	if (peek(r) == '`' && !at_end(r)) {
		r->at++;
		return read_quoted(r, &step->name);
	}
	while (!at_end(r) && memchr(".[]`", peek(r), 4) == NULL)
		r->at++;
	step->name = (struct span){ r->text.p + from, r->at - from };
	if (peek(r) == ']')
		return complain(r, 5031, "a closing bracket without an opening one");
	if (peek(r) == '`')
		return complain(r, 5027, "a backquote in the middle of a name");
	if (step->name.n == 0)
		return complain(r, 5025, "an empty step");
	if (span_is(step->name, "$") || span_is(step->name, "@"))
		return complain(r, 5031, "$ and @ must be backquoted");
	if (span_is(step->name, "*")) {
		if (step->kind == STEP_DESCENDANT)
			step->all = true;
		else
			step->kind = STEP_ANY_FIELD;
		step->name.n = 0;
	}
	return true;
}

/* One step with the dots before it. */
static bool
read_step(struct reader *r, bool is_first, struct step *step)
{
	*step = (struct step){ .kind = STEP_FIELD };
	if (peek(r) == '[') {
		r->at++;
		return read_array_step(r, step);
	}
	if (take_word(r, SPAN(".."))) {
		step->kind = STEP_DESCENDANT;
	} else if (!is_first) {
		if (peek(r) == ']')
			return complain(r, 5031, "a closing bracket without an opening one");
		if (peek(r) != '.')
			return complain(r, 5029, "a dot is missing");
		r->at++;
	}
	return read_name(r, step);
}

bool
path_parse(struct span text, struct arena *mem, struct path *out, struct err *e)
{
	struct reader r = { .text = text, .mem = mem, .e = e };
	struct step steps[PATH_MAX_STEPS];
	struct step *kept;
	size_t n = 0;

	if (text.n == 0)
		return complain(&r, 5025, "an empty path");
	if (text.n > PATH_MAX_BYTES)
		return complain(&r, 5000, "longer than 1024 bytes");
	do {
		if (n == PATH_MAX_STEPS)
			return complain(&r, 5000, "more than 64 steps");
		if (!read_step(&r, n == 0, &steps[n]))
			return false;
		n++;
	} while (!at_end(&r));
	kept = ARENA_ARRAY(mem, struct step, n);
	memcpy(kept, steps, n * sizeof(*steps));
	*out = (struct path){ .n_steps = n, .steps = kept, .text = text };
	return true;
}

bool
path_has_array_step(const struct path *p)
{
	for (size_t i = 0; i < p->n_steps; i++)
		if (p->steps[i].kind != STEP_FIELD)
			return true;
	return false;
}
