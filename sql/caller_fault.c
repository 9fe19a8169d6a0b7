/* sql/caller_fault.c - what a driver says about the statement of a caller */
#include "config.h"

#include "sql/caller_fault.h"

#include <stdio.h>
#include <string.h>

char *
caller_fault_words(char *text)
{
	char *end;

	while (*text == '[' && (end = strchr(text, ']')) != NULL)
		text = end + 1;
	if ((end = strstr(text, ";\nError while")) != NULL)
		*end = '\0';
	return text;
}

/* "no such column: a (1)": the number is told already */
static struct span
without_code(struct span text, SQLINTEGER native)
{
	char code[16];
	size_t n = (size_t)snprintf(code, sizeof(code), " (%d)", (int)native);

	if (text.n > n && memcmp(text.p + text.n - n, code, n) == 0)
		text.n -= n;
	return text;
}

/* Weather, not the statement: what these mean is for diag_set() to say. */
static bool
is_weather(enum err_kind kind)
{
	switch (kind) {
	case ERR_CONN_LOST:
	case ERR_TIMEOUT:
	case ERR_NO_RESOURCES:
	case ERR_STORAGE_FULL:
	case ERR_DB_READ_ONLY:
	case ERR_DAMAGED:
		return true;
	default:
		return false;
	}
}

/* ---- where? ---- */

static void
place_at(const struct statement *st, size_t offset, struct caller_fault *f)
{
	f->line = st->start_line;
	f->column = st->start_column;
	for (size_t i = 0; i < offset; i++) {
		f->column++;
		if (st->text.p[i] == '\n') {
			f->line++;
			f->column = 1;
		}
	}
}

/* near "selec": when the text holds it once, that is the place */
static void
find_place(const struct statement *st, struct caller_fault *f)
{
	const char *near = strstr(f->text.p, "near "), *from, *end, *first, *rest;
	size_t n;

	place_at(st, 0, f);
	if (near == NULL || (near[5] != '"' && near[5] != '\''))
		return;
	from = near + 6;
	end = near[5] == '"' ? strchr(from, '"') : strstr(from, "' at line");
	if (end == NULL || end == from)
		return;
	n = (size_t)(end - from);
	first = memmem(st->text.p, st->text.n, from, n);
	if (first == NULL)
		return;
	rest = first + 1;
	if (memmem(rest, st->text.n - (size_t)(rest - st->text.p), from, n) == NULL)
		place_at(st, (size_t)(first - st->text.p), f);
}

bool
caller_fault_set(struct db *db, SQLHSTMT h, const struct statement *st, struct arena *mem, struct caller_fault *f, struct err *e)
{
	SQLCHAR state[6] = "", text[4096] = "";
	SQLINTEGER native = 0;
	SQLSMALLINT n = 0;
	enum err_kind kind;

	SQLGetDiagRec(SQL_HANDLE_STMT, h, 1, state, &native, text, sizeof(text), &n);
	kind = diag_classify(db->dialect, native, (char *)state, (char *)text);
	if (is_weather(kind) || atomic_load(&db->cancelled))
		return diag_set(db, SQL_HANDLE_STMT, h, "statement of a caller", e);
	db->poisoned = db->in_tx;
	*f = (struct caller_fault){ .code = native };
	memcpy(f->state, state, sizeof(f->state));
	f->text = arena_span(mem, without_code(span_of(caller_fault_words((char *)text)), native));
	find_place(st, f);
	return err_set(e, ERR_STATEMENT, NULL);
}
