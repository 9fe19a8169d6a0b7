/* sql/clause.c - texts about indexes, read word by word */
#include "sql/clause.h"

#include "sql/lex.h"
#include "sql/literal.h"

/* The current token opens a group: what is in it, and past it. */
static bool
group(struct lex *x, struct span *inside)
{
	const char *from = x->p;
	size_t depth = 1;

	if (!lex_sign(x, "("))
		return false;
	while (depth > 0) {
		lex_next(x);
		if (x->kind == LEX_END || x->kind == LEX_BAD)
			return false;
		depth += lex_sign(x, "(");
		depth -= lex_sign(x, ")");
	}
	*inside = (struct span){ from, (size_t)(x->p - 1 - from) };
	lex_next(x);
	return true;
}

/* The next part of a list, up to a comma that is in no group; false at the end. */
static bool
part(struct span *rest, struct arena *mem, struct span *out)
{
	size_t depth = 0;
	struct lex x;

	if (rest->n == 0)
		return false;
	lex_open(&x, *rest, mem);
	while (x.kind != LEX_END && x.kind != LEX_BAD && !(depth == 0 && lex_sign(&x, ","))) {
		depth += lex_sign(&x, "(") || lex_sign(&x, "[");
		depth -= depth > 0 && (lex_sign(&x, ")") || lex_sign(&x, "]"));
		lex_next(&x);
	}
	if (x.kind == LEX_END || x.kind == LEX_BAD) {
		*out = *rest;
		rest->n = 0;
	} else {
		*out = (struct span){ rest->p, (size_t)(x.p - 1 - rest->p) };
		*rest = (struct span){ x.p, rest->n - (size_t)(x.p - rest->p) };
	}
	return true;
}

/* expression WITH operator */
static bool
is_exclusion(struct span text, struct arena *mem)
{
	size_t depth = 0;
	struct lex x;

	lex_open(&x, text, mem);
	while (x.kind != LEX_END && x.kind != LEX_BAD && !(depth == 0 && lex_word(&x, "WITH"))) {
		depth += lex_sign(&x, "(");
		depth -= depth > 0 && lex_sign(&x, ")");
		lex_next(&x);
	}
	if (x.kind != LEX_WORD || !expression_is_harmless((struct span){ text.p, (size_t)(x.text.p - text.p) }, mem))
		return false;
	lex_next(&x);
	if (x.kind != LEX_SIGN)
		return false;
	while (x.kind == LEX_SIGN && !lex_sign(&x, "(") && !lex_sign(&x, ")"))	/* an operator may be several of them */
		lex_next(&x);
	return x.kind == LEX_END;
}

static bool
parts_are_harmless(struct span list, bool is_constraint, struct arena *mem)
{
	struct span one;
	size_t n = 0;

	for (; part(&list, mem, &one); n++)
		if (!(is_constraint ? is_exclusion(one, mem) : expression_is_harmless(one, mem)))
			return false;
	return n > 0;
}

/* name, or "name": the columns that are only carried */
static bool
are_names(struct span list, struct arena *mem)
{
	struct span one;

	while (part(&list, mem, &one)) {
		struct lex x;

		lex_open(&x, one, mem);
		if (x.kind != LEX_WORD && x.kind != LEX_NAME)
			return false;
		lex_next(&x);
		if (x.kind != LEX_END)
			return false;
	}
	return true;
}

/* fillfactor='70' */
static bool
are_options(struct span list, struct arena *mem)
{
	struct span one;

	while (part(&list, mem, &one)) {
		struct lex x;

		lex_open(&x, one, mem);
		if (x.kind != LEX_WORD)
			return false;
		lex_next(&x);
		if (!lex_take(&x, "=") || (x.kind != LEX_WORD && x.kind != LEX_NUMBER && x.kind != LEX_STRING))
			return false;
		lex_next(&x);
		if (x.kind != LEX_END)
			return false;
	}
	return true;
}

static bool
takes_method(struct lex *x)
{
	static const char *const methods[] = { "btree", "hash", "gin", "gist", "spgist", "brin" };

	for (size_t i = 0; i < sizeof(methods) / sizeof(*methods); i++)
		if (lex_take(x, methods[i]))
			return true;
	return false;
}

bool
index_clause_is_harmless(struct span text, bool is_constraint, struct arena *mem)
{
	struct span inside;
	struct lex x;

	lex_open(&x, text, mem);
	if (!lex_take(&x, "USING") || !takes_method(&x) || !group(&x, &inside) || !parts_are_harmless(inside, is_constraint, mem))
		return false;
	if (lex_take(&x, "INCLUDE") && (!group(&x, &inside) || !are_names(inside, mem)))
		return false;
	if (lex_take(&x, "NULLS")) {
		(void)lex_take(&x, "NOT");
		if (!lex_take(&x, "DISTINCT"))
			return false;
	}
	if (lex_take(&x, "WITH") && (!group(&x, &inside) || !are_options(inside, mem)))
		return false;
	if (lex_take(&x, "WHERE") && (!group(&x, &inside) || !expression_is_harmless(inside, mem)))
		return false;
	if (is_constraint && lex_take(&x, "DEFERRABLE") && lex_take(&x, "INITIALLY") && !lex_take(&x, "DEFERRED"))
		return false;
	return x.kind == LEX_END;
}

/* ---- virtual tables ---- */

/* content='t': is it a table that a user may read? */
static bool
is_of_users(struct span table)
{
	static const char *const reserved[] = { "soda_", "ords_", "sqlite_", "datapump_" };

	for (size_t i = 0; i < sizeof(reserved) / sizeof(*reserved); i++)
		if (table.n >= strlen(reserved[i]) && span_is_nocase((struct span){ table.p, strlen(reserved[i]) }, reserved[i]))
			return false;
	return true;
}

static bool
is_option(const struct lex *x)
{
	static const char *const words[] = {
		"content", "content_rowid", "contentless_delete", "tokenize", "prefix", "columnsize", "detail", "matchinfo", "order", "notindexed",
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (lex_word(x, words[i]))
			return true;
	return false;
}

/* A column, with words behind its name, or an option. */
static bool
module_part(struct span text, struct arena *mem, enum module_rows *rows)
{
	bool known, is_content;
	struct lex x;

	lex_open(&x, text, mem);
	known = is_option(&x);
	is_content = lex_word(&x, "content");
	for (lex_next(&x); x.kind != LEX_END; lex_next(&x)) {
		if (x.kind == LEX_BAD || lex_sign(&x, "(") || (lex_sign(&x, "=") && !known))
			return false;
		if (!is_content || lex_sign(&x, "="))
			continue;
		*rows = x.text.n == 0 ? MODULE_NONE : MODULE_FOREIGN;
		if (x.kind == LEX_SIGN || !is_of_users(x.text))
			return false;
	}
	return true;
}

bool
module_is_harmless(struct span text, struct arena *mem, bool *has_rowid, enum module_rows *rows)
{
	static const char *const modules[] = { "fts3", "fts4", "fts5", "rtree", "rtree_i32" };
	struct span inside, one;
	struct lex x;
	size_t m = 0;

	*rows = MODULE_OWN;
	lex_open(&x, text, mem);
	while (m < sizeof(modules) / sizeof(*modules) && !lex_take(&x, modules[m]))
		m++;
	*has_rowid = m < 3;		/* those of rtree have a number of their own */
	if (m == sizeof(modules) / sizeof(*modules) || !group(&x, &inside) || x.kind != LEX_END)
		return false;
	while (part(&inside, mem, &one))
		if (!module_part(one, mem, rows))
			return false;
	return true;
}
