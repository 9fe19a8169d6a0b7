/* datapump/expr.c - name expressions */
#include "datapump/expr.h"

#include "base/scan.h"

enum op { OP_EQ, OP_NE, OP_LT, OP_LE, OP_GT, OP_GE, OP_IN, OP_LIKE, OP_BETWEEN, OP_NULL };

struct expr {
	enum op op;
	bool negated;			/* NOT IN, NOT LIKE, NOT BETWEEN, IS NOT NULL */
	size_t n;
	const struct span *list;	/* operands, quotes taken off; BETWEEN has two */
	struct span escape;		/* one character; n 0: none */
};

struct parser {
	struct span text;
	size_t at;			/* in bytes */
	struct arena *mem;
	struct err *e;
};

static bool
expected(struct parser *p, const char *what)
{
	return err_set(p->e, ERR_BAD_JOB, "%s expected", what);
}

static void
skip_blanks(struct parser *p)
{
	while (p->at < p->text.n && strchr(" \t\r\n", p->text.p[p->at]) != NULL && p->text.p[p->at] != '\0')
		p->at++;
}

static bool
is_word_char(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '$' || c == '#';
}

/* a keyword that is not the beginning of a longer word */
static bool
take_word(struct parser *p, const char *word)
{
	size_t n = strlen(word);

	skip_blanks(p);
	if (p->text.n - p->at < n || !span_is_nocase((struct span){ p->text.p + p->at, n }, word)
	    || (p->at + n < p->text.n && is_word_char(p->text.p[p->at + n])))
		return false;
	p->at += n;
	return true;
}

static bool
take(struct parser *p, const char *sign)
{
	size_t n = strlen(sign);

	skip_blanks(p);
	if (p->text.n - p->at < n || memcmp(p->text.p + p->at, sign, n) != 0)
		return false;
	p->at += n;
	return true;
}

/* 'O''BRIEN' */
static bool
take_string(struct parser *p, struct span *out)
{
	size_t n = 0;
	char *copy;

	if (!take(p, "'"))
		return expected(p, "string in single quotes");
	copy = arena_alloc(p->mem, p->text.n - p->at + 1);
	for (; p->at < p->text.n; p->at++) {
		if (p->text.p[p->at] == '\'') {
			if (p->at + 1 == p->text.n || p->text.p[p->at + 1] != '\'') {
				p->at++;
				*out = (struct span){ copy, n };
				return true;
			}
			p->at++;
		}
		copy[n++] = p->text.p[p->at];
	}
	return expected(p, "closing quote");
}

/* bytes of the character that begins at p */
static size_t
n_char(struct span s)
{
	size_t n = 1;

	while (n < s.n && ((unsigned char)s.p[n] & 0xc0) == 0x80)
		n++;
	return n;
}

static bool
add_operand(struct parser *p, struct expr *x, size_t *cap)
{
	struct span *list = (struct span *)x->list;

	if (x->n == EXPR_MAX_MEMBERS)
		return err_set(p->e, ERR_BAD_JOB, "a list has more than %d members", EXPR_MAX_MEMBERS);
	if (x->n == *cap) {
		x->list = list = arena_grow(p->mem, list, *cap * sizeof(*list), (*cap + 16) * sizeof(*list));
		*cap += 16;
	}
	if (!take_string(p, &list[x->n]))
		return false;
	x->n++;
	return true;
}

static bool
parse_like(struct parser *p, struct expr *x, size_t *cap)
{
	struct span s;

	x->op = OP_LIKE;
	if (!add_operand(p, x, cap))
		return false;
	if (!take_word(p, "ESCAPE"))
		return true;
	if (!take_string(p, &x->escape))
		return false;
	if (x->escape.n == 0 || n_char(x->escape) != x->escape.n)
		return expected(p, "string of one character");
	s = x->list[0];
	while (s.n > 0) {
		size_t n = n_char(s);
		bool escapes = span_eq((struct span){ s.p, n }, x->escape);

		s.p += n;
		s.n -= n;
		if (!escapes)
			continue;
		n = s.n == 0 ? 0 : n_char(s);
		if (n == 0 || (s.p[0] != '%' && s.p[0] != '_' && !span_eq((struct span){ s.p, n }, x->escape)))
			return err_set(p->e, ERR_BAD_JOB, "the escape character stands before something else than %%, _ or itself");
		s.p += n;
		s.n -= n;
	}
	return true;
}

static bool
parse_list(struct parser *p, struct expr *x, size_t *cap)
{
	x->op = OP_IN;
	if (!take(p, "("))
		return expected(p, "(");
	do {
		if (!add_operand(p, x, cap))
			return false;
	} while (take(p, ","));
	return take(p, ")") || expected(p, ") or ,");
}

static bool
parse_expression(struct parser *p, struct expr *x)
{
	static const struct {
		const char *sign;
		enum op op;
	} signs[] = { { "!=", OP_NE }, { "<>", OP_NE }, { "^=", OP_NE }, { "<=", OP_LE }, { ">=", OP_GE }, { "=", OP_EQ }, { "<", OP_LT },
		{ ">", OP_GT } };
	size_t cap = 0;

	for (size_t i = 0; i < sizeof(signs) / sizeof(*signs); i++)
		if (take(p, signs[i].sign)) {
			x->op = signs[i].op;
			return add_operand(p, x, &cap);
		}
	if (take_word(p, "IS")) {
		x->op = OP_NULL;
		x->negated = take_word(p, "NOT");
		return take_word(p, "NULL") || expected(p, "NULL");
	}
	x->negated = take_word(p, "NOT");
	if (take_word(p, "IN"))
		return parse_list(p, x, &cap);
	if (take_word(p, "LIKE"))
		return parse_like(p, x, &cap);
	if (take_word(p, "BETWEEN")) {
		x->op = OP_BETWEEN;
		return add_operand(p, x, &cap)
		    && (take_word(p, "AND") || expected(p, "AND"))
		    && add_operand(p, x, &cap);
	}
	return expected(p, x->negated ? "IN, LIKE or BETWEEN" : "comparison, IN, LIKE, BETWEEN, IS or NOT");
}

/* What stands before `at` was read; positions are told in characters. */
static size_t
position(const struct parser *p)
{
	size_t n = 1;

	for (size_t i = 0; i < p->at && i < p->text.n; i++)
		n += ((unsigned char)p->text.p[i] & 0xc0) != 0x80;
	return n;
}

static bool
check_text(struct parser *p)
{
	if (p->text.n > EXPR_MAX_BYTES)
		return err_set(p->e, ERR_BAD_JOB, "an expression has more than %d bytes", EXPR_MAX_BYTES);
	return utf8_valid(p->text) || err_set(p->e, ERR_BAD_JOB, "an expression is not UTF-8");
}

static bool
at_end(struct parser *p)
{
	skip_blanks(p);
	return p->at == p->text.n || expected(p, "end of the expression");
}

bool
expr_parse(struct span text, struct arena *mem, const struct expr **out, size_t *at, struct err *e)
{
	struct parser p = { text, 0, mem, e };
	struct expr *x = ARENA_NEW(mem, struct expr);
	bool good = check_text(&p) && parse_expression(&p, x) && at_end(&p);

	*out = x;
	*at = position(&p);
	return good;
}

static bool
parse_item(struct parser *p, struct expr *x, size_t *cap)
{
	struct span *list;
	size_t from;

	skip_blanks(p);
	if (p->at < p->text.n && p->text.p[p->at] == '\'')
		return add_operand(p, x, cap);
	from = p->at;
	while (p->at < p->text.n && is_word_char(p->text.p[p->at]))
		p->at++;
	if (p->at == from)
		return expected(p, "name");
	if (x->n == EXPR_MAX_MEMBERS)
		return err_set(p->e, ERR_BAD_JOB, "a list has more than %d members", EXPR_MAX_MEMBERS);
	list = (struct span *)x->list;
	if (x->n == *cap) {
		x->list = list = arena_grow(p->mem, list, *cap * sizeof(*list), (*cap + 16) * sizeof(*list));
		*cap += 16;
	}
	list[x->n++] = (struct span){ p->text.p + from, p->at - from };
	return true;
}

bool
expr_parse_list(struct span text, struct arena *mem, const struct expr **out, size_t *at, struct err *e)
{
	struct parser p = { text, 0, mem, e };
	struct expr *x = ARENA_NEW(mem, struct expr);
	size_t cap = 0;
	bool good = check_text(&p);

	x->op = OP_IN;
	if (good) {
		do
			good = parse_item(&p, x, &cap);
		while (good && take(&p, ","));
	}
	good = good && at_end(&p);
	*out = x;
	*at = position(&p);
	return good;
}

/* ---- evaluation ---- */

static unsigned char
fold(char c, bool exact)
{
	return (unsigned char)(!exact && c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
}

static int
compare(struct span a, struct span b, bool exact)
{
	for (size_t i = 0; i < a.n && i < b.n; i++) {
		int d = fold(a.p[i], exact) - fold(b.p[i], exact);

		if (d != 0)
			return d;
	}
	return (a.n > b.n) - (a.n < b.n);
}

/* Goes back to the last % only, so it takes at most pattern times name steps. */
static bool
like(const struct expr *x, struct span name, bool exact)
{
	struct span pattern = x->list[0], after_any = { NULL, 0 }, from = { NULL, 0 };

	while (name.n > 0 || pattern.n > 0) {
		size_t n = pattern.n == 0 ? 0 : n_char(pattern), n_name = name.n == 0 ? 0 : n_char(name), n_escape = 0;
		bool fits;

		if (n > 0 && x->escape.n > 0 && span_eq((struct span){ pattern.p, n }, x->escape)) {
			n_escape = n;
			n = n_char((struct span){ pattern.p + n_escape, pattern.n - n_escape });
		}
		if (n > 0 && n_escape == 0 && pattern.p[0] == '%') {
			pattern.p++;
			pattern.n--;
			after_any = pattern;
			from = name;
			continue;
		}
		fits = n > 0 && n_name > 0 && ((n_escape == 0 && pattern.p[0] == '_')
		    || (n == n_name && compare((struct span){ pattern.p + n_escape, n }, (struct span){ name.p, n }, exact) == 0));
		if (fits) {
			pattern.p += n_escape + n;
			pattern.n -= n_escape + n;
			name.p += n_name;
			name.n -= n_name;
			continue;
		}
		if (after_any.p == NULL || from.n == 0)
			return false;
		n_name = n_char(from);
		from.p += n_name;
		from.n -= n_name;
		name = from;
		pattern = after_any;
	}
	return true;
}

static bool
is_in(const struct expr *x, struct span name, bool exact)
{
	for (size_t i = 0; i < x->n; i++)
		if (compare(name, x->list[i], exact) == 0)
			return true;
	return false;
}

bool
expr_holds(const struct expr *x, struct span name, bool exact)
{
	int d;

	if (x->op == OP_NULL)
		return (name.p == NULL) != x->negated;
	if (name.p == NULL)
		return false;
	if (x->op == OP_IN)
		return is_in(x, name, exact) != x->negated;
	if (x->op == OP_LIKE)
		return like(x, name, exact) != x->negated;
	d = compare(name, x->list[0], exact);
	switch (x->op) {
	case OP_EQ:
		return d == 0;
	case OP_NE:
		return d != 0;
	case OP_LT:
		return d < 0;
	case OP_LE:
		return d <= 0;
	case OP_GT:
		return d > 0;
	case OP_GE:
		return d >= 0;
	default:
		return (d >= 0 && compare(name, x->list[1], exact) <= 0) != x->negated;
	}
}
