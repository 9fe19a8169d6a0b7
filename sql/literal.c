/* sql/literal.c - literals, and which expressions can do no harm */
#include "sql/literal.h"

#include "sql/ident.h"
#include "sql/lex.h"
#include "sql/table_words.h"

/* ---- reading ---- */

/* ::type, as PostgreSQL prints behind most things: words, modifiers, array brackets */
static void
skip_casts(struct lex *x)
{
	while (lex_take(x, "::")) {
		do
			lex_next(x);
		while (x->kind == LEX_WORD || x->kind == LEX_NAME || lex_sign(x, "."));
		if (lex_sign(x, "(")) {
			while (x->kind != LEX_END && x->kind != LEX_BAD && !lex_sign(x, ")"))
				lex_next(x);
			lex_next(x);
		}
		while (lex_take(x, "["))
			lex_take(x, "]");
	}
}

/* the moment, under any of its names; behind the name may come () or (6), or what SQLite's functions are given */
static bool
moment(struct lex *x, struct literal *out)
{
	static const struct {
		const char *word;
		enum literal_kind kind;
		bool of_now;		/* a function that has to be given 'now' */
	} names[] = {
		{ "CURRENT_DATE", LITERAL_CURRENT_DATE, false }, { "CURDATE", LITERAL_CURRENT_DATE, false },
		{ "DATE", LITERAL_CURRENT_DATE, true },
		{ "CURRENT_TIME", LITERAL_CURRENT_TIME, false }, { "CURTIME", LITERAL_CURRENT_TIME, false },
		{ "LOCALTIME", LITERAL_CURRENT_TIME, false }, { "TIME", LITERAL_CURRENT_TIME, true },
		{ "CURRENT_TIMESTAMP", LITERAL_CURRENT_TIMESTAMP, false }, { "NOW", LITERAL_CURRENT_TIMESTAMP, false },
		{ "LOCALTIMESTAMP", LITERAL_CURRENT_TIMESTAMP, false }, { "DATETIME", LITERAL_CURRENT_TIMESTAMP, true },
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		bool has_now = false;

		if (!lex_take(x, names[i].word))
			continue;
		if (lex_take(x, "(")) {
			if (x->kind == LEX_STRING) {
				has_now = span_is_nocase(x->text, "now");
				if (!has_now)
					return false;
				lex_next(x);
			} else if (x->kind == LEX_NUMBER) {
				lex_next(x);
			}
			if (!lex_take(x, ")"))
				return false;
		}
		*out = (struct literal){ .kind = names[i].kind };
		return has_now == names[i].of_now;
	}
	return false;
}

static bool
plain(struct lex *x, struct literal *out)
{
	static const struct {
		const char *word;
		enum literal_kind kind;
	} words[] = { { "NULL", LITERAL_NULL }, { "TRUE", LITERAL_TRUE }, { "FALSE", LITERAL_FALSE } };

	*out = (struct literal){ .text = x->text };
	switch (x->kind) {
	case LEX_STRING:
		out->kind = LITERAL_STRING;
		break;
	case LEX_BYTES:
		out->kind = LITERAL_BYTES;
		if (x->text.n % 2 != 0)
			return false;
		for (size_t i = 0; i < x->text.n; i++)
			if (memchr("0123456789abcdefABCDEF", x->text.p[i], 22) == NULL)
				return false;
		break;
	case LEX_NUMBER:
		out->kind = LITERAL_NUMBER;
		break;
	default:
		for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
			if (lex_take(x, words[i].word)) {
				*out = (struct literal){ .kind = words[i].kind };
				return true;
			}
		}
		return moment(x, out);
	}
	lex_next(x);
	return true;
}

/* a literal with its casts and parentheses; the tokens behind it are the caller's */
static bool
literal(struct lex *x, size_t depth, struct literal *out)
{
	bool negative;

	if (depth > 8)
		return false;
	if (lex_take(x, "(")) {
		if (!literal(x, depth + 1, out) || !lex_take(x, ")"))
			return false;
	} else {
		negative = lex_take(x, "-");
		if (!negative)
			lex_take(x, "+");
		if (!plain(x, out) || (negative && out->kind != LITERAL_NUMBER))
			return false;
		out->negative = negative;
	}
	skip_casts(x);
	return true;
}

bool
literal_parse(struct span text, struct arena *mem, struct literal *out)
{
	struct lex x;

	lex_open(&x, text, mem);
	return literal(&x, 0, out) && x.kind == LEX_END;
}

/* ---- writing ---- */

void
put_string(const struct dialect *d, struct span text, struct buf *out)
{
	(void)d;	/* backslashes are ordinary: every session is set so */
	buf_char(out, '\'');
	for (size_t i = 0; i < text.n; i++) {
		buf_char(out, text.p[i]);
		if (text.p[i] == '\'')
			buf_char(out, '\'');
	}
	buf_char(out, '\'');
}

void
literal_put(const struct dialect *d, const struct literal *l, struct buf *out)
{
	switch (l->kind) {
	case LITERAL_NULL:
		put_lit(out, "NULL");
		break;
	case LITERAL_TRUE:
		put_lit(out, "TRUE");
		break;
	case LITERAL_FALSE:
		put_lit(out, "FALSE");
		break;
	case LITERAL_NUMBER:
		if (l->negative)
			buf_char(out, '-');
		buf_span(out, l->text);
		break;
	case LITERAL_STRING:
		put_string(d, l->text, out);
		break;
	case LITERAL_BYTES:
		buf_addz(out, d->tables->bytes[0]);
		buf_span(out, l->text);
		buf_addz(out, d->tables->bytes[1]);
		break;
	case LITERAL_CURRENT_DATE:
		buf_addz(out, d->tables->moment[0]);
		break;
	case LITERAL_CURRENT_TIME:
		buf_addz(out, d->tables->moment[1]);
		break;
	case LITERAL_CURRENT_TIMESTAMP:
		buf_addz(out, d->tables->moment[2]);
		break;
	}
}

/* ---- checks ---- */

static struct check *any_of(struct lex *x, size_t depth);

static struct check *
new_check(struct lex *x, enum check_kind kind)
{
	struct check *c = ARENA_NEW(x->mem, struct check);

	c->kind = kind;
	return c;
}

static bool
column(struct lex *x, size_t depth, struct span *out)
{
	bool ok;

	if (depth > 8)
		return false;
	if (lex_take(x, "(")) {
		ok = column(x, depth + 1, out) && lex_take(x, ")");
	} else {
		ok = x->kind == LEX_WORD || x->kind == LEX_NAME;
		*out = x->text;
		lex_next(x);
		ok = ok && !lex_sign(x, ".") && !lex_sign(x, "(");
	}
	if (ok)
		skip_casts(x);
	return ok;
}

static void
add_value(struct lex *x, struct check *c, const struct literal *value)
{
	c->values = arena_grow(x->mem, c->values, c->n_values * sizeof(*value), (c->n_values + 1) * sizeof(*value));
	c->values[c->n_values++] = *value;
}

/* literals up to the closing bracket, which is taken */
static bool
list(struct lex *x, struct check *c, const char *close)
{
	struct literal value;

	do {
		if (!literal(x, 0, &value))
			return false;
		add_value(x, c, &value);
	} while (lex_take(x, ","));
	return lex_take(x, close);
}

/* = ANY (ARRAY[..]::type[]), which is how PostgreSQL prints IN */
static bool
any_array(struct lex *x, struct check *c)
{
	bool inner;

	if (!lex_take(x, "("))
		return false;
	inner = lex_take(x, "(");
	if (!lex_take(x, "ARRAY") || !lex_take(x, "[") || !list(x, c, "]"))
		return false;
	skip_casts(x);
	if (inner) {
		if (!lex_take(x, ")"))
			return false;
		skip_casts(x);
	}
	return lex_take(x, ")");
}

static struct check *
compare(struct lex *x, struct span name, const char *op, const struct literal *value)
{
	struct check *c = new_check(x, CHECK_COMPARE);

	c->column = name;
	c->op = op;
	add_value(x, c, value);
	return c;
}

static struct check *
between(struct lex *x, struct span name)
{
	struct check *both = new_check(x, CHECK_ALL);
	struct literal low, high;

	if (!literal(x, 0, &low) || !lex_take(x, "AND") || !literal(x, 0, &high))
		return NULL;
	both->children = compare(x, name, ">=", &low);
	both->children->next = compare(x, name, "<=", &high);
	return both;
}

static struct check *
comparison(struct lex *x)
{
	static const struct {
		const char *sign, *op;
	} ops[] = { { "=", "=" }, { "<>", "<>" }, { "!=", "<>" }, { "<", "<" }, { "<=", "<=" }, { ">", ">" }, { ">=", ">=" } };
	struct check *c = new_check(x, CHECK_IN);
	struct literal value;

	if (!column(x, 0, &c->column))
		return NULL;
	if (lex_take(x, "IS")) {
		c->kind = CHECK_NULL;
		c->negated = lex_take(x, "NOT");
		return lex_take(x, "NULL") ? c : NULL;
	}
	c->negated = lex_take(x, "NOT");
	if (lex_take(x, "IN"))
		return lex_take(x, "(") && list(x, c, ")") ? c : NULL;
	if (c->negated)
		return NULL;
	if (lex_take(x, "BETWEEN"))
		return between(x, c->column);
	for (size_t i = 0; i < sizeof(ops) / sizeof(*ops); i++) {
		if (!lex_take(x, ops[i].sign))
			continue;
		if (i == 0 && lex_take(x, "ANY"))
			return any_array(x, c) ? c : NULL;
		return literal(x, 0, &value) ? compare(x, c->column, ops[i].op, &value) : NULL;
	}
	return NULL;
}

/* A parenthesis opens either a condition or the name of a column. */
static struct check *
condition(struct lex *x, size_t depth)
{
	struct lex before = *x;
	struct check *c;

	if (depth > 32)
		return NULL;
	if (lex_take(x, "(")) {
		c = any_of(x, depth + 1);
		if (c != NULL && lex_take(x, ")"))
			return c;
		*x = before;
	}
	return comparison(x);
}

static struct check *
joined(struct lex *x, size_t depth, const char *word, enum check_kind kind, struct check *(*part)(struct lex *, size_t))
{
	struct check *first = part(x, depth), *group = NULL, *last = first;

	while (last != NULL && lex_take(x, word)) {
		if (group == NULL) {
			group = new_check(x, kind);
			group->children = first;
		}
		last->next = part(x, depth);
		last = last->next;
	}
	return last == NULL ? NULL : group != NULL ? group : first;
}

static struct check *
all_of(struct lex *x, size_t depth)
{
	return joined(x, depth, "AND", CHECK_ALL, condition);
}

static struct check *
any_of(struct lex *x, size_t depth)
{
	return joined(x, depth, "OR", CHECK_ANY, all_of);
}

struct check *
check_parse(struct span text, struct arena *mem)
{
	struct lex x;
	struct check *c;

	lex_open(&x, text, mem);
	c = any_of(&x, 0);
	return c != NULL && x.kind == LEX_END ? c : NULL;
}

void
check_put(const struct dialect *d, const struct check *c, struct buf *out)
{
	switch (c->kind) {
	case CHECK_ALL:
	case CHECK_ANY:
		buf_char(out, '(');
		for (const struct check *k = c->children; k != NULL; k = k->next) {
			if (k != c->children)
				buf_addz(out, c->kind == CHECK_ALL ? " AND " : " OR ");
			check_put(d, k, out);
		}
		buf_char(out, ')');
		return;
	case CHECK_NULL:
		put_ident(d, c->column, out);
		buf_addz(out, c->negated ? " IS NOT NULL" : " IS NULL");
		return;
	case CHECK_COMPARE:
		put_ident(d, c->column, out);
		buf_char(out, ' ');
		buf_addz(out, c->op);
		buf_char(out, ' ');
		literal_put(d, &c->values[0], out);
		return;
	case CHECK_IN:
		put_ident(d, c->column, out);
		buf_addz(out, c->negated ? " NOT IN (" : " IN (");
		for (size_t i = 0; i < c->n_values; i++) {
			if (i > 0)
				put_lit(out, ", ");
			literal_put(d, &c->values[i], out);
		}
		buf_char(out, ')');
		return;
	}
}

/* ---- other expressions ---- */

/* functions that only compute, and words that may stand before a parenthesis */
static bool
may_be_called(struct span name)
{
	static const char *const words[] = {
		"ABS", "AND", "ANY", "ALL", "ARRAY", "BIT", "BTRIM", "CAST", "CEIL", "CEILING", "CHAR", "CHAR_LENGTH", "CHARACTER",
		"CHARACTER_LENGTH", "COALESCE", "CONCAT", "CONCAT_WS", "CURDATE", "CURRENT_DATE", "CURRENT_TIME",
		"CURRENT_TIMESTAMP", "CURTIME", "DATE", "DATE_PART", "DATE_TRUNC", "DATETIME", "DAY", "DECIMAL", "ELSE", "FLOOR",
		"GEN_RANDOM_UUID", "GREATEST", "HEX", "IFNULL", "IIF", "IN", "INSTR", "JSON_EXTRACT", "JSON_TYPE", "JSON_VALID",
		"JSON_VALUE", "JSONB_BUILD_OBJECT", "JSONB_TYPEOF", "JULIANDAY", "LEAST", "LEFT", "LENGTH", "LIKE", "LOCALTIME", "LOCALTIMESTAMP",
		"LOWER", "LPAD", "LTRIM", "MAX", "MD5", "MIN", "MOD", "MONTH", "NOT", "NOW", "NULLIF", "NUMERIC", "OCTET_LENGTH",
		"OR", "POSITION", "POWER", "REPLACE", "RIGHT", "ROUND", "RPAD", "RTRIM", "SIGN", "SQRT", "STRFTIME", "STRPOS",
		"SUBSTR", "SUBSTRING", "THEN", "TIME", "TIMESTAMP", "TO_CHAR", "TO_TSVECTOR", "TRIM", "TRUNC", "TYPEOF", "UNIXEPOCH",
		"UPPER", "UUID",
		"VARCHAR", "VARYING", "WHEN", "YEAR",
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (span_is_nocase(name, words[i]))
			return true;
	return false;
}

/* words that could begin a statement in the middle of an expression */
static bool
is_statement(struct span name)
{
	static const char *const words[] = {
		"SELECT", "INSERT", "UPDATE", "DELETE", "WITH", "VALUES", "TABLE", "INTO", "FROM", "UNION", "INTERSECT", "EXCEPT",
		"EXISTS", "RAISE", "CREATE", "DROP", "ALTER", "EXECUTE", "CALL", "DO", "SET", "COPY", "MATCH", "REGEXP",
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (span_is_nocase(name, words[i]))
			return true;
	return false;
}

bool
expression_is_harmless(struct span text, struct arena *mem)
{
	struct lex x;
	char open[64];
	size_t depth = 0;

	lex_open(&x, text, mem);
	if (x.kind == LEX_END)
		return false;
	while (x.kind != LEX_END) {
		struct lex now = x;

		lex_next(&x);
		switch (now.kind) {
		case LEX_BAD:
			return false;
		case LEX_WORD:
			if (is_statement(now.text) || (lex_sign(&x, "(") && !may_be_called(now.text)))
				return false;
			break;
		case LEX_NAME:
			if (lex_sign(&x, "("))		/* a function of somebody's */
				return false;
			break;
		case LEX_SIGN:
			if (lex_sign(&now, "(") || lex_sign(&now, "[")) {
				if (depth == sizeof(open))
					return false;
				open[depth++] = now.text.p[0];
			} else if (lex_sign(&now, ")") || lex_sign(&now, "]")) {
				if (depth == 0 || open[--depth] != (now.text.p[0] == ')' ? '(' : '['))
					return false;
			} else if (lex_sign(&now, ",") && depth == 0) {
				return false;
			}
			break;
		default:
			break;
		}
	}
	return depth == 0;
}

/* ---- sequences ---- */

static bool
take_name(struct lex *x, struct span *out)
{
	*out = x->text;
	if (x->kind != LEX_WORD && x->kind != LEX_NAME)
		return false;
	lex_next(x);
	return true;
}

static bool
take_sequence(struct lex *x, struct span *schema, struct span *name)
{
	return take_name(x, schema) && lex_take(x, ".") && take_name(x, name);
}

bool
next_value_parse(struct span text, struct arena *mem, struct span *schema, struct span *name)
{
	struct lex x, inner;

	lex_open(&x, text, mem);
	if (!lex_take(&x, "nextval") || !lex_take(&x, "("))
		return false;
	if (x.kind != LEX_STRING)
		return take_sequence(&x, schema, name) && lex_take(&x, ")") && x.kind == LEX_END;
	lex_open(&inner, x.text, mem);
	if (!take_sequence(&inner, schema, name) || inner.kind != LEX_END)
		return false;
	lex_next(&x);
	return lex_take(&x, "::") && lex_take(&x, "regclass") && lex_take(&x, ")") && x.kind == LEX_END;
}

void
next_value_put(const struct dialect *d, struct span schema, struct span name, struct buf *out)
{
	struct buf inner;

	put_lit(out, "nextval(");
	if (d->tables->sequence_as_text) {
		buf_init(&inner, out->mem);
		put_qualified(d, schema, name, &inner);
		put_string(d, buf_text(&inner), out);
		put_lit(out, "::regclass");
	} else {
		put_qualified(d, schema, name, out);
	}
	buf_char(out, ')');
}
