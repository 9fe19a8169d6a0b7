/* sql/row.c - rows of an open statement: the next one, and its columns */
#include "sql/odbc.h"

#include <stdio.h>
#include <string.h>

enum { FIRST_PIECE = 2048 };	/* of a value that is appended; the SQLite driver clears all of the room that it is given */

static SQLUSMALLINT
column_number(const struct stmt *st, int column)
{
	return (SQLUSMALLINT)(column + 1 + (st->told == TOLD_COLUMN));
}

/* The first row tells the counter of the catalogue. */
static bool
hear(struct stmt *st, int64_t counter, struct err *e)
{
	bool first = !st->has_told;

	st->has_told = true;
	return !first || catalog_told(st->db, counter, e);
}

static bool
hear_column(struct stmt *st, struct err *e)
{
	int64_t counter;

	return stmt_int(st, -1, &counter, e) && hear(st, counter, e);
}

/* Between stmt_rows_begin() and stmt_rows_end() the driver counts as called already. */
static void
call_begin(struct stmt *st)
{
	if (!st->in_rows)
		db_call_begin(st->db, st->handle);
}

static void
call_end(struct stmt *st)
{
	if (!st->in_rows)
		db_call_end(st->db);
}

void
stmt_rows_begin(struct stmt *st)
{
	call_begin(st);
	st->in_rows = true;
}

void
stmt_rows_end(struct stmt *st)
{
	st->in_rows = false;
	call_end(st);
}

bool
stmt_step(struct stmt *st, bool *has_row, struct err *e)
{
	struct db *db = st->db;
	SQLRETURN r;

	*has_row = false;
	if (!st->in_use) {
		db->poisoned = db->in_tx;
		return err_set(e, ERR_INTERNAL, "the statement is closed");
	}
	call_begin(st);
	r = SQLFetch(st->handle);
	call_end(st);
	if (!SQL_SUCCEEDED(r) && r != SQL_NO_DATA)
		return diag_set(db, SQL_HANDLE_STMT, st->handle, "fetch", e);
	if (db_is_cancelled(db, e))
		return false;
	*has_row = r != SQL_NO_DATA;
	st->at_end = !*has_row;
	db->n_rows += *has_row;
	return !*has_row || st->told != TOLD_COLUMN || st->has_told || hear_column(st, e);
}

/* Does the text end where its length says (D-05)? */
static bool
ends_at(const char *text, size_t n)
{
	return text[n] == '\0' && memchr(text, '\0', n) == NULL;
}

/* The rest of a value whose first piece filled the scratch buffer; its whole length is known. */
static bool
read_rest(struct stmt *st, int column, SQLSMALLINT type, size_t first, size_t total, struct arena *mem, struct span *out,
    struct err *e)
{
	char *p = arena_alloc(mem, total + 1);
	SQLLEN left = 0;
	SQLRETURN r;

	memcpy(p, st->db->scratch, first);
	p[total] = 'x';			/* overwritten by the end of a text */
	call_begin(st);
	r = SQLGetData(st->handle, column_number(st, column), type, p + first,
	    (SQLLEN)(total - first + (type == SQL_C_CHAR)), &left);
	call_end(st);
	if (!SQL_SUCCEEDED(r) && r != SQL_NO_DATA)
		return diag_set(st->db, SQL_HANDLE_STMT, st->handle, "read", e);
	if (r != SQL_SUCCESS || left < 0 || (size_t)left != total - first
	    || (type == SQL_C_CHAR && !ends_at(p + first, total - first)))
		return diag_broken(st->db, "a length that is not true", e);
	p[total] = '\0';
	*out = (struct span){ p, total };
	return true;
}

static bool
read_column(struct stmt *st, int column, SQLSMALLINT type, struct arena *mem, struct span *out, struct err *e)
{
	struct db *db = st->db;
	size_t room = type == SQL_C_CHAR ? SCRATCH - 1 : SCRATCH;
	SQLLEN total = 0;
	SQLRETURN r;

	*out = (struct span){ NULL, 0 };
	r = SQLGetData(st->handle, column_number(st, column), type, db->scratch, SCRATCH, &total);
	if (!SQL_SUCCEEDED(r))
		return diag_set(db, SQL_HANDLE_STMT, st->handle, "read", e);
	if (total == SQL_NULL_DATA)
		return true;
	if (total < 0)
		return diag_broken(db, "a value without length", e);
	if ((size_t)total > room) {
		if (r != SQL_SUCCESS_WITH_INFO)
			return diag_broken(db, "a value cut without a warning", e);
		return read_rest(st, column, type, room, (size_t)total, mem, out, e);
	}
	if (r != SQL_SUCCESS || (type == SQL_C_CHAR && !ends_at(db->scratch, (size_t)total)))
		return diag_broken(db, "a length that is not true", e);
	*out = arena_span(mem, (struct span){ db->scratch, (size_t)total });
	return true;
}

bool
stmt_append(struct stmt *st, int column, bool as_blob, struct buf *out, bool *is_null, struct err *e)
{
	SQLSMALLINT type = as_blob ? SQL_C_BINARY : SQL_C_CHAR;
	size_t room, first;
	SQLLEN total = 0;
	SQLRETURN r;

	buf_reserve(out, FIRST_PIECE);
	room = FIRST_PIECE;
	first = as_blob ? room : room - 1;	/* a piece of text ends with a NUL */
	r = SQLGetData(st->handle, column_number(st, column), type, out->p + out->n, (SQLLEN)room, &total);
	if (!SQL_SUCCEEDED(r))
		return diag_set(st->db, SQL_HANDLE_STMT, st->handle, "read", e);
	*is_null = total == SQL_NULL_DATA;
	if (*is_null)
		return true;
	if (total < 0)
		return diag_broken(st->db, "a value without length", e);
	if ((size_t)total > first) {
		SQLLEN left = 0;

		if (r != SQL_SUCCESS_WITH_INFO)
			return diag_broken(st->db, "a value cut without a warning", e);
		buf_reserve(out, (size_t)total + 1);
		call_begin(st);
		r = SQLGetData(st->handle, column_number(st, column), type, out->p + out->n + first,
		    (SQLLEN)((size_t)total - first + 1), &left);
		call_end(st);
		if (!SQL_SUCCEEDED(r) && r != SQL_NO_DATA)
			return diag_set(st->db, SQL_HANDLE_STMT, st->handle, "read", e);
		if (r != SQL_SUCCESS || left < 0 || (size_t)left != (size_t)total - first)
			return diag_broken(st->db, "a length that is not true", e);
	} else if (r != SQL_SUCCESS) {
		return diag_broken(st->db, "a length that is not true", e);
	}
	if (!as_blob && !ends_at(out->p + out->n, (size_t)total))
		return diag_broken(st->db, "a length that is not true", e);
	out->n += (size_t)total;
	return true;
}

static bool
is_there(const struct stmt *st, const struct span *value, struct err *e)
{
	return value->p != NULL || diag_broken(st->db, "no value where there is one", e);
}

bool
stmt_text_or_null(struct stmt *st, int column, struct arena *mem, struct span *out, struct err *e)
{
	return read_column(st, column, SQL_C_CHAR, mem, out, e);
}

bool
stmt_text(struct stmt *st, int column, struct arena *mem, struct span *out, struct err *e)
{
	return stmt_text_or_null(st, column, mem, out, e) && is_there(st, out, e);
}

bool
stmt_blob_or_null(struct stmt *st, int column, struct arena *mem, struct span *out, struct err *e)
{
	return read_column(st, column, SQL_C_BINARY, mem, out, e);
}

bool
stmt_blob(struct stmt *st, int column, struct arena *mem, struct span *out, struct err *e)
{
	return stmt_blob_or_null(st, column, mem, out, e) && is_there(st, out, e);
}

bool
stmt_int(struct stmt *st, int column, int64_t *out, struct err *e)
{
	SQLBIGINT n = 0;
	SQLLEN length = 0;
	SQLRETURN r = SQLGetData(st->handle, column_number(st, column), SQL_C_SBIGINT, &n, sizeof(n), &length);

	if (!SQL_SUCCEEDED(r))
		return diag_set(st->db, SQL_HANDLE_STMT, st->handle, "read", e);
	if (length == SQL_NULL_DATA)
		return diag_broken(st->db, "no value where there is one", e);
	*out = n;
	return true;
}

/* the next number of a head; *rest moves behind it and the blank that follows it */
static bool
head_number(struct span *rest, int64_t *out)
{
	bool is_negative = rest->n > 0 && rest->p[0] == '-';
	size_t first = is_negative, i = first;
	int64_t n = 0;

	for (; i < rest->n && rest->p[i] >= '0' && rest->p[i] <= '9'; i++)	/* downwards, where the smallest has its place */
		if (__builtin_mul_overflow(n, 10, &n) || __builtin_sub_overflow(n, rest->p[i] - '0', &n))
			return false;
	if (i == first || (i < rest->n && rest->p[i] != ' ') || (!is_negative && n == INT64_MIN))
		return false;
	*out = is_negative ? n : -n;
	i += i < rest->n;
	rest->p += i;
	rest->n -= i;
	return true;
}

bool
stmt_head(struct stmt *st, int64_t *numbers, size_t n, struct arena *mem, struct span *text, struct err *e)
{
	int64_t counter;

	if (!stmt_text(st, 0, mem, text, e))
		return false;
	if (st->told == TOLD_HEAD) {
		if (!head_number(text, &counter))
			return diag_broken(st->db, "a row without its head", e);
		if (!hear(st, counter, e))
			return false;
	}
	for (size_t i = 0; i < n; i++)
		if (!head_number(text, &numbers[i]))
			return diag_broken(st->db, "a row without its head", e);
	return true;
}

bool
stmt_has_row(struct db *db, const struct query *q, bool *out, struct err *e)
{
	struct stmt *st;
	bool ok;

	*out = false;
	if (!stmt_open(db, q, &st, e))
		return false;
	ok = stmt_step(st, out, e);
	stmt_done(st);
	return ok;
}

bool
stmt_value(struct db *db, const char *text, char *out, size_t size, struct err *e)
{
	struct query q = { .text = span_of(text) };
	struct stmt *st;
	SQLLEN length = SQL_NULL_DATA;
	bool has_row;
	bool ok;

	out[0] = '\0';
	if (!stmt_open(db, &q, &st, e))
		return false;
	ok = stmt_step(st, &has_row, e);
	if (ok && has_row && !SQL_SUCCEEDED(SQLGetData(st->handle, column_number(st, 0), SQL_C_CHAR, out, (SQLLEN)size, &length)))
		ok = diag_set(db, SQL_HANDLE_STMT, st->handle, "read", e);
	stmt_done(st);
	return ok;
}
