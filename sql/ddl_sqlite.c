/* sql/ddl_sqlite.c - the texts of sqlite_master, taken apart at commas and parentheses */
#include "config.h"

#include "sql/ddl_sqlite.h"

#include "base/buf.h"

enum kind { END, WORD, NAME, STRING, SIGN };

struct tokens {
	const char *p, *end;
	struct arena *mem;
	enum kind kind;
	const char *from;	/* where the token begins */
	struct span text;	/* WORD and SIGN as written, NAME decoded */
};

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
}

static bool
is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '$'
	    || (unsigned char)c >= 0x80;
}

static void
skip_blanks(struct tokens *t)
{
	const char *to;

	for (;;) {
		while (t->p < t->end && is_blank(*t->p))
			t->p++;
		if (t->end - t->p >= 2 && t->p[0] == '-' && t->p[1] == '-') {
			to = memchr(t->p, '\n', (size_t)(t->end - t->p));
			t->p = to == NULL ? t->end : to + 1;
		} else if (t->end - t->p >= 2 && t->p[0] == '/' && t->p[1] == '*') {
			to = memmem(t->p + 2, (size_t)(t->end - t->p) - 2, "*/", 2);
			t->p = to == NULL ? t->end : to + 2;
		} else {
			return;
		}
	}
}

static void
quoted(struct tokens *t, char close)
{
	struct buf b;

	buf_init(&b, t->mem);
	for (t->p++; t->p < t->end; t->p++) {
		if (*t->p == close) {
			if (close == ']' || t->end - t->p < 2 || t->p[1] != close)
				break;
			t->p++;
		}
		buf_char(&b, *t->p);
	}
	if (t->p < t->end)
		t->p++;
	t->text = buf_text(&b);
}

static void
next(struct tokens *t)
{
	skip_blanks(t);
	t->from = t->p;
	if (t->p == t->end) {
		t->kind = END;
		t->text = (struct span){ "", 0 };
	} else if (*t->p == '"' || *t->p == '`' || *t->p == '[') {
		t->kind = NAME;
		quoted(t, *t->p == '[' ? ']' : *t->p);
	} else if (*t->p == '\'') {
		t->kind = STRING;
		quoted(t, '\'');
	} else if (is_letter(*t->p)) {
		while (t->p < t->end && is_letter(*t->p))
			t->p++;
		t->kind = WORD;
		t->text = (struct span){ t->from, (size_t)(t->p - t->from) };
	} else {
		t->kind = SIGN;
		t->text = (struct span){ t->p++, 1 };
	}
}

static void
open_tokens(struct tokens *t, struct span text, struct arena *mem)
{
	*t = (struct tokens){ .p = text.p, .end = text.p + text.n, .mem = mem };
	next(t);
}

static bool
is_sign(const struct tokens *t, char c)
{
	return t->kind == SIGN && t->text.p[0] == c;
}

static bool
is_word(const struct tokens *t, const char *word)
{
	return t->kind == WORD && span_is_nocase(t->text, word);
}

static bool
take_word(struct tokens *t, const char *word)
{
	if (!is_word(t, word))
		return false;
	next(t);
	return true;
}

/* at '(': past its ')'; what stood between them */
static struct span
take_parentheses(struct tokens *t)
{
	const char *from = t->p, *to = t->p;
	size_t depth = 0;

	while (t->kind != END) {
		depth += is_sign(t, '(');
		if (is_sign(t, ')') && --depth == 0) {
			to = t->from;
			next(t);
			break;
		}
		next(t);
	}
	return span_trim((struct span){ from, to > from ? (size_t)(to - from) : 0 });
}

static void
skip_to(struct tokens *t, char sign)
{
	while (t->kind != END && !is_sign(t, sign))
		next(t);
}

/* ---- tables ---- */

struct builder {
	struct tokens t;
	struct ddl_table *out;
	struct ddl_column **end_columns;
	struct ddl_name **end_keys, **end_fks, *last_fk;	/* NULL: none yet */
	bool waits;			/* DEFERRABLE was said last */
	struct buf checks;
};

static struct ddl_name *
add_name(struct builder *b, struct ddl_name ***end, struct span name)
{
	struct ddl_name *n = ARENA_NEW(b->t.mem, struct ddl_name);

	n->name = name;
	**end = n;
	*end = &n->next;
	return n;
}

static void
add_check(struct builder *b, struct span name)
{
	struct table_check check = { .name = name };

	next(&b->t);
	if (!is_sign(&b->t, '('))
		return;
	check.text = take_parentheses(&b->t);
	buf_add(&b->checks, &check, sizeof(check));
	b->out->n_checks++;
}

/* One clause of a column or of the table; c NULL: of the table. */
static void
read_clause(struct builder *b, struct ddl_column *c, bool is_integer, struct span *name)
{
	struct tokens *t = &b->t;

	if (take_word(t, "CONSTRAINT")) {
		*name = arena_span(t->mem, t->text);
		next(t);
		return;
	}
	if (take_word(t, "PRIMARY")) {
		b->out->pk_name = *name;
		next(t);
		if (!is_integer || is_word(t, "DESC"))
			add_name(b, &b->end_keys, *name);
	} else if (take_word(t, "UNIQUE")) {
		add_name(b, &b->end_keys, *name);
	} else if (is_word(t, "REFERENCES")) {
		b->last_fk = add_name(b, &b->end_fks, *name);
		next(t);
	} else if (take_word(t, "NOT")) {
		(void)take_word(t, "DEFERRABLE");
		b->waits = false;
		return;
	} else if (take_word(t, "DEFERRABLE")) {
		b->waits = b->last_fk != NULL;
		return;
	} else if (take_word(t, "INITIALLY")) {
		if (take_word(t, "DEFERRED") && b->waits)
			b->last_fk->deferred = true;
		return;
	} else if (is_word(t, "CHECK")) {
		add_check(b, *name);
	} else if (take_word(t, "AUTOINCREMENT")) {
		b->out->autoincrement = true;
		return;
	} else if (c != NULL && take_word(t, "COLLATE")) {
		c->collation = t->text;
		next(t);
	} else if (c != NULL && take_word(t, "AS")) {
		if (is_sign(t, '('))
			c->generated = take_parentheses(t);
	} else if (is_sign(t, '(')) {
		take_parentheses(t);
		return;
	} else {
		next(t);
		return;
	}
	*name = (struct span){ NULL, 0 };
}

static void
read_column(struct builder *b)
{
	struct tokens *t = &b->t;
	struct ddl_column *c = *b->end_columns = ARENA_NEW(t->mem, struct ddl_column);
	struct span name = { NULL, 0 };
	bool is_integer;

	b->end_columns = &c->next;
	c->name = t->text;
	next(t);
	is_integer = is_word(t, "INTEGER");
	while (t->kind != END && !is_sign(t, ',') && !is_sign(t, ')'))
		read_clause(b, c, is_integer, &name);
}

static void
read_constraint(struct builder *b)
{
	struct tokens *t = &b->t;
	struct span name = { NULL, 0 };

	while (t->kind != END && !is_sign(t, ',') && !is_sign(t, ')'))
		read_clause(b, NULL, false, &name);
}

void
ddl_table_read(struct span sql, struct arena *mem, struct ddl_table *out)
{
	static const char *const words[] = { "CONSTRAINT", "PRIMARY", "UNIQUE", "CHECK", "FOREIGN" };
	struct builder b = { .out = out, .end_columns = &out->columns, .end_keys = &out->keys, .end_fks = &out->fks };

	*out = (struct ddl_table){ 0 };
	buf_init(&b.checks, mem);
	open_tokens(&b.t, sql, mem);
	skip_to(&b.t, '(');
	while (b.t.kind != END && !is_sign(&b.t, ')')) {
		bool of_table = false;

		next(&b.t);
		for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
			of_table = of_table || is_word(&b.t, words[i]);
		if (of_table)
			read_constraint(&b);
		else
			read_column(&b);
	}
	out->checks = (const struct table_check *)(const void *)b.checks.p;
	while (b.t.kind != END) {
		next(&b.t);
		out->is_strict = out->is_strict || is_word(&b.t, "STRICT");
	}
}

/* ---- indexes and views ---- */

/* without the words behind the expression that say how it is sorted */
static struct span
part_text(struct span part, struct arena *mem)
{
	struct tokens t;
	const char *to = part.p + part.n;

	open_tokens(&t, part, mem);
	while (t.kind != END) {
		if (is_sign(&t, '(')) {
			take_parentheses(&t);
			continue;
		}
		if (t.from > part.p && (is_word(&t, "ASC") || is_word(&t, "DESC") || is_word(&t, "COLLATE"))) {
			to = t.from;
			break;
		}
		next(&t);
	}
	return span_trim((struct span){ part.p, (size_t)(to - part.p) });
}

void
ddl_index_read(struct span sql, struct arena *mem, struct ddl_index *out)
{
	struct tokens t;
	struct buf parts;
	const char *from;

	*out = (struct ddl_index){ 0 };
	buf_init(&parts, mem);
	open_tokens(&t, sql, mem);
	skip_to(&t, '(');
	while (t.kind != END && !is_sign(&t, ')')) {
		struct span part;

		from = t.p;
		next(&t);
		while (t.kind != END && !is_sign(&t, ',') && !is_sign(&t, ')')) {
			if (is_sign(&t, '('))
				take_parentheses(&t);
			else
				next(&t);
		}
		part = part_text(span_trim((struct span){ from, (size_t)(t.from - from) }), mem);
		buf_add(&parts, &part, sizeof(part));
		out->n_parts++;
	}
	out->parts = (const struct span *)(const void *)parts.p;
	next(&t);
	if (take_word(&t, "WHERE"))
		out->where = span_trim((struct span){ t.from, (size_t)(t.end - t.from) });
}

struct span
ddl_module(struct span sql, struct arena *mem)
{
	struct tokens t;

	open_tokens(&t, sql, mem);
	if (!take_word(&t, "CREATE") || !take_word(&t, "VIRTUAL"))
		return (struct span){ NULL, 0 };
	while (t.kind != END && !is_word(&t, "USING"))
		next(&t);
	next(&t);
	return span_trim((struct span){ t.from, (size_t)(t.end - t.from) });
}

struct span
ddl_view_query(struct span sql, struct arena *mem)
{
	struct tokens t;

	open_tokens(&t, sql, mem);
	while (t.kind != END) {
		if (is_sign(&t, '(')) {
			take_parentheses(&t);
			continue;
		}
		if (is_word(&t, "AS")) {
			next(&t);
			return span_trim((struct span){ t.from, (size_t)(t.end - t.from) });
		}
		next(&t);
	}
	return (struct span){ NULL, 0 };
}
