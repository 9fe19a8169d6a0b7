/* sql/caller.c - one statement of a caller on a connection of the caller's own */
#include "sql/caller.h"

#include "base/scan.h"
#include "sql/caller_fault.h"
#include "sql/rowform.h"

#include <ctype.h>
#include <stdio.h>

enum { SAID_MOST = 65536, ALIAS = 24 };

struct run {
	struct caller_stmt seen;		/* first: what callers of these functions see */
	const struct statement *st;
	struct caller_page page;
	struct arena *mem;
	struct stmt stmt;		/* outside of the cache: what callers say is said once */
	size_t n_values;
	SQLLEN *lengths;
	int64_t *numbers;
	double *reals;
	SQLSMALLINT *types;		/* of the columns */
	struct table as_json;		/* untyped: the columns, as the row form knows them */
	struct cell *cells;
	uint64_t n_skipped;
	bool by_cursor, is_closed;
};

static struct run *
run_of(struct caller_stmt *c)
{
	return (struct run *)c;
}

/* ---- closing ---- */

static void
give_up_handle(struct run *r)
{
	if (r->stmt.handle != SQL_NULL_HSTMT)
		SQLFreeHandle(SQL_HANDLE_STMT, r->stmt.handle);
	r->stmt.handle = SQL_NULL_HSTMT;
	r->stmt.in_use = false;
}

static void
set_cursor(struct run *r, bool on)
{
	if (r->by_cursor == on || r->stmt.db->dialect->cursor_attribute == 0)
		return;
	SQLSetConnectAttr(r->stmt.db->dbc, r->stmt.db->dialect->cursor_attribute, (SQLPOINTER)(uintptr_t)on, 0);
	r->by_cursor = on;
}

static void
close_run(void *arg)
{
	struct run *r = arg;

	if (r->is_closed)		/* by whoever closed the connection behind it, too */
		return;
	r->is_closed = true;
	give_up_handle(r);
	if (r->stmt.db->is_open)
		set_cursor(r, false);
}

void
caller_close(struct caller_stmt *c)
{
	if (c != NULL)
		close_run(run_of(c));
}

/* ---- the driver ---- */

static bool
failed(struct run *r, struct caller_fault *f, struct err *e)
{
	return caller_fault_set(r->stmt.db, r->stmt.handle, r->st, r->mem, f, e);
}

static bool
may_call(struct run *r, struct err *e)
{
	struct db *db = r->stmt.db;

	if (db->lost || db->dbc == SQL_NULL_HDBC)
		return err_set(e, ERR_CONN_LOST, NULL);
	if (db->poisoned)
		return err_set(e, ERR_INTERNAL, "a statement of the transaction had failed");
	return !db_is_cancelled(db, e);
}

static bool
new_handle(struct run *r, struct err *e)
{
	struct db *db = r->stmt.db;

	give_up_handle(r);
	if (!SQL_SUCCEEDED(SQLAllocHandle(SQL_HANDLE_STMT, db->dbc, &r->stmt.handle))) {
		r->stmt.handle = SQL_NULL_HSTMT;
		return diag_set(db, SQL_HANDLE_DBC, db->dbc, "allocate statement", e);
	}
	/* braces are braces */
	SQLSetStmtAttr(r->stmt.handle, SQL_ATTR_NOSCAN, (SQLPOINTER)(uintptr_t)SQL_NOSCAN_ON, 0);
	r->stmt.in_use = true;
	return true;
}

static bool
prepare(struct run *r, const char *text, struct caller_fault *f, struct err *e)
{
	SQLRETURN rc;

	if (!may_call(r, e) || !new_handle(r, e))
		return false;
	db_call_begin(r->stmt.db, r->stmt.handle);
	rc = SQLPrepare(r->stmt.handle, (SQLCHAR *)(uintptr_t)text, SQL_NTS);
	db_call_end(r->stmt.db);
	return SQL_SUCCEEDED(rc) || failed(r, f, e);
}

/* ---- columns ---- */

static const char *
type_name(struct run *r, SQLUSMALLINT i)
{
	SQLCHAR name[128] = "";
	SQLSMALLINT n = 0;
	SQLLEN ignored;

	if (!SQL_SUCCEEDED(SQLColAttribute(r->stmt.handle, i, SQL_DESC_TYPE_NAME, name, sizeof(name), &n, &ignored))
	    || name[0] == '\0')
		return "unknown";
	return arena_z(r->mem, span_of((char *)name));
}

static bool
has_precision(SQLSMALLINT type)
{
	return type == SQL_NUMERIC || type == SQL_DECIMAL || type == SQL_CHAR || type == SQL_VARCHAR;
}

static bool
describe(struct run *r, struct caller_fault *f, struct err *e)
{
	SQLSMALLINT n = 0;
	struct caller_column *columns;

	if (!SQL_SUCCEEDED(SQLNumResultCols(r->stmt.handle, &n)))
		return failed(r, f, e);
	columns = ARENA_ARRAY(r->mem, struct caller_column, (size_t)n + 1);
	r->types = ARENA_ARRAY(r->mem, SQLSMALLINT, (size_t)n + 1);
	for (SQLSMALLINT i = 0; i < n; i++) {
		SQLCHAR name[1024] = "";
		SQLSMALLINT name_n = 0, scale = 0, nullable = 0;
		SQLULEN size = 0;

		if (!SQL_SUCCEEDED(SQLDescribeCol(r->stmt.handle, (SQLUSMALLINT)(i + 1), name, sizeof(name), &name_n, &r->types[i],
		    &size, &scale, &nullable)))
			return failed(r, f, e);
		columns[i] = (struct caller_column){ .name = arena_span(r->mem, span_of((char *)name)),
		    .type_name = type_name(r, (SQLUSMALLINT)(i + 1)), .precision = has_precision(r->types[i]) ? (int64_t)size : 0,
		    .scale = scale, .nullable = nullable != SQL_NO_NULLS };
	}
	r->seen.columns = columns;
	r->seen.n_columns = (size_t)n;
	r->cells = ARENA_ARRAY(r->mem, struct cell, (size_t)n + 1);
	return true;
}

/* ---- the text that is run ---- */

/* The columns are called c1, c2 ...; a query of which some are called alike has no other names for them. */
static void
put_as_json(struct run *r, struct buf *out)
{
	size_t n = r->seen.n_columns;
	struct column *columns = ARENA_ARRAY(r->mem, struct column, n + 1);

	put_lit(out, "WITH cords_rows(");
	for (size_t i = 0; i < n; i++) {
		columns[i] = (struct column){ .name = span_of(arena_printf(r->mem, "c%zu", i + 1)), .type = ABS_OTHER };
		buf_printf(out, "%sc%zu", i == 0 ? "" : ", ", i + 1);
	}
	r->as_json = (struct table){ .n_columns = n, .columns = columns };
	put_lit(out, ") AS (\n");
	buf_span(out, r->st->run);
	put_lit(out, "\n) SELECT ");
	r->stmt.db->dialect->rows->put(&r->as_json, out);
	put_lit(out, " FROM cords_rows LIMIT ");
	buf_int(out, (int64_t)r->page.limit + 1);
	put_lit(out, " OFFSET ");
	buf_int(out, (int64_t)r->page.offset);
}

static bool
is_query(const struct run *r)
{
	return r->st->type == STATEMENT_QUERY;
}

static bool
begins_with(const struct run *r, const char *verb)
{
	return span_is_nocase(r->st->verb, verb);
}

/* Where the driver tells no classes of values, rows come as JSON; what cannot be part of another statement comes as it is. */
static bool
prepare_untyped(struct run *r, struct caller_fault *f, struct err *e)
{
	struct buf text;

	buf_init(&text, r->mem);
	if (!is_query(r) || begins_with(r, "EXPLAIN"))
		return prepare(r, arena_z(r->mem, r->st->run), f, e);
	if (begins_with(r, "VALUES"))	/* the driver takes it for no query */
		put_lit(&text, "SELECT * FROM (\n");
	buf_span(&text, r->st->run);
	if (begins_with(r, "VALUES"))
		put_lit(&text, "\n)");
	if (!prepare(r, buf_z(&text), f, e) || !describe(r, f, e))
		return false;
	if (r->seen.n_columns == 0)
		return diag_broken(r->stmt.db, "a SELECT without columns", e);
	buf_init(&text, r->mem);
	put_as_json(r, &text);
	return prepare(r, buf_z(&text), f, e);
}

/* A query whose rows a cursor can give: no other part of it does something. */
static bool
can_be_cursor(const struct run *r)
{
	return is_query(r) && (r->st->facts & (FACT_WRITES | FACT_INTO)) == 0
	    && (begins_with(r, "SELECT") || begins_with(r, "WITH") || begins_with(r, "VALUES"));
}

/* Rows that the driver would hold all at once are as few as are wanted.  Where the caller wrote a LIMIT the engine's own does not
 * count, so that ours is put around. */
static bool
limit_rows(struct run *r, struct buf *text, struct err *e)
{
	const struct dialect *d = r->stmt.db->dialect;
	long long most = (long long)(r->page.offset + r->page.limit) + 1;
	struct span body = r->st->run;

	if (d->select_limit == NULL || !is_query(r)) {
		buf_span(text, body);
		return true;
	}
	if ((r->st->facts & FACT_LIMIT) != 0 && (r->st->facts & (FACT_INTO | FACT_LOCKS)) == 0) {
		bool is_with = begins_with(r, "WITH");

		buf_addz(text, is_with ? "SELECT * FROM (\n" : "(\n");
		buf_span(text, body);
		buf_printf(text, "\n)%s LIMIT %lld", is_with ? " AS cords_rows" : "", most);
		return true;
	}
	buf_span(text, body);
	return stmt_direct(r->stmt.db, arena_printf(r->mem, "%s%lld", d->select_limit, most), e);
}

bool
caller_prepare(struct db *db, const struct statement *st, size_t n_values, const struct caller_page *page, struct arena *mem,
    struct caller_stmt **out, struct caller_fault *f, struct err *e)
{
	struct run *r = ARENA_NEW(mem, struct run);
	struct buf text;

	*r = (struct run){ .st = st, .page = *page, .mem = mem, .stmt = { .db = db }, .n_values = n_values };
	*out = &r->seen;
	arena_defer(mem, close_run, r);
	r->lengths = ARENA_ARRAY(mem, SQLLEN, n_values + 1);
	r->numbers = ARENA_ARRAY(mem, int64_t, n_values + 1);
	r->reals = ARENA_ARRAY(mem, double, n_values + 1);
	if (db->dialect->untyped)
		return prepare_untyped(r, f, e);
	buf_init(&text, mem);
	if (!limit_rows(r, &text, e))
		return false;
	set_cursor(r, can_be_cursor(r));
	return prepare(r, buf_z(&text), f, e);
}

/* ---- values ---- */

static bool
bind(struct run *r, size_t i, const struct value *v, struct caller_fault *f, struct err *e)
{
	SQLSMALLINT c_type = SQL_C_CHAR, sql_type = SQL_LONGVARCHAR;
	const void *at = v->text.n > 0 ? v->text.p : "";
	SQLLEN size = (SQLLEN)v->text.n;

	r->lengths[i] = size;
	switch (v->kind) {
	case VALUE_NULL:
		r->lengths[i] = SQL_NULL_DATA;
		break;
	case VALUE_INT:
		r->numbers[i] = v->number;
		c_type = SQL_C_SBIGINT, sql_type = SQL_BIGINT;
		at = &r->numbers[i];
		r->lengths[i] = size = sizeof(r->numbers[i]);
		break;
	case VALUE_REAL:
		if (!r->stmt.db->dialect->untyped)
			break;		/* others read the digits, and lose none */
		r->reals[i] = v->real;
		c_type = SQL_C_DOUBLE, sql_type = SQL_DOUBLE;
		at = &r->reals[i];
		r->lengths[i] = size = sizeof(r->reals[i]);
		break;
	case VALUE_BLOB:
		c_type = SQL_C_BINARY, sql_type = SQL_LONGVARBINARY;
		break;
	case VALUE_TEXT:
		break;
	}
	return SQL_SUCCEEDED(SQLBindParameter(r->stmt.handle, (SQLUSMALLINT)(i + 1), SQL_PARAM_INPUT, c_type, sql_type,
	    size > 0 ? (SQLULEN)size : 1, 0, (SQLPOINTER)(uintptr_t)at, size, &r->lengths[i])) || failed(r, f, e);
}

/* ---- running ---- */

/* RAISE NOTICE and the like */
static void
hear(struct run *r)
{
	struct buf said;

	buf_init(&said, r->mem);
	for (SQLSMALLINT i = 1; said.n < SAID_MOST; i++) {
		SQLCHAR state[6] = "", text[2048] = "";
		SQLINTEGER native;
		SQLSMALLINT n;

		if (!SQL_SUCCEEDED(SQLGetDiagRec(SQL_HANDLE_STMT, r->stmt.handle, i, state, &native, text, sizeof(text), &n)))
			break;
		if (said.n > 0)
			buf_char(&said, '\n');
		buf_addz(&said, caller_fault_words((char *)text));
	}
	r->seen.said = buf_text(&said);
}

/* A result of which nothing was fetched, or more results, belong to the statement before. */
static void
close_results(struct run *r)
{
	while (SQLMoreResults(r->stmt.handle) == SQL_SUCCESS)
		;
	SQLFreeStmt(r->stmt.handle, SQL_CLOSE);
}

bool
caller_run(struct caller_stmt *c, const struct value *values, struct caller_fault *f, struct err *e)
{
	struct run *r = run_of(c);
	SQLRETURN rc;
	SQLLEN n = -1;

	if (!may_call(r, e))
		return false;
	for (size_t i = 0; i < r->n_values; i++)
		if (!bind(r, i, &values[i], f, e))
			return false;
	db_call_begin(r->stmt.db, r->stmt.handle);
	rc = SQLExecute(r->stmt.handle);
	db_call_end(r->stmt.db);
	if (!SQL_SUCCEEDED(rc) && rc != SQL_NO_DATA)
		return failed(r, f, e);
	if (db_is_cancelled(r->stmt.db, e))
		return false;
	if (rc == SQL_SUCCESS_WITH_INFO)
		hear(r);
	if (r->as_json.n_columns == 0 && !describe(r, f, e))
		return false;
	if (rc != SQL_NO_DATA && !SQL_SUCCEEDED(SQLRowCount(r->stmt.handle, &n)))
		n = -1;
	r->seen.n_changed = rc == SQL_NO_DATA ? 0 : n;
	if (r->seen.n_columns == 0)
		close_results(r);
	return true;
}

/* ---- rows ---- */

static const char *
digits(const char *p, const char *end)
{
	while (p < end && *p >= '0' && *p <= '9')
		p++;
	return p;
}

/* as in JSON: NaN is none, 007 neither */
static bool
is_number(struct span s)
{
	const char *p = s.p, *end = s.p + s.n, *from;

	p += p < end && *p == '-';
	from = p;
	p = digits(p, end);
	if (p == from || (*from == '0' && p > from + 1))
		return false;
	if (p < end && *p == '.') {
		from = ++p;
		p = digits(p, end);
		if (p == from)
			return false;
	}
	if (p < end && (*p == 'e' || *p == 'E')) {
		p += p + 1 < end && (p[1] == '+' || p[1] == '-') ? 2 : 1;
		from = p;
		p = digits(p, end);
		if (p == from)
			return false;
	}
	return p == end;
}

/* 2024-01-31 10:00:00.5: with T and Z, because sessions are in UTC */
static struct span
moment(struct span s, struct arena *mem)
{
	char *p;

	if (s.n < 19 || s.p[4] != '-' || s.p[7] != '-' || s.p[10] != ' ' || s.p[13] != ':')
		return s;
	p = arena_alloc(mem, s.n + 2);
	memcpy(p, s.p, s.n);
	p[10] = 'T';
	p[s.n] = 'Z';
	p[s.n + 1] = '\0';
	return (struct span){ p, s.n + 1 };
}

static bool
is_binary(SQLSMALLINT type)
{
	return type == SQL_BINARY || type == SQL_VARBINARY || type == SQL_LONGVARBINARY;
}

static struct cell
typed_cell(SQLSMALLINT type, struct span text, struct arena *mem)
{
	switch (type) {
	case SQL_BIT:
		return (struct cell){ .kind = CELL_BOOL, .number = text.n > 0 && (text.p[0] & 1) != 0 };
	case SQL_TINYINT:
	case SQL_SMALLINT:
	case SQL_INTEGER:
	case SQL_BIGINT:
	case SQL_NUMERIC:
	case SQL_DECIMAL:
	case SQL_REAL:
	case SQL_FLOAT:
	case SQL_DOUBLE:
		return (struct cell){ .kind = is_number(text) ? CELL_NUMBER : CELL_TEXT, .text = text };
	case SQL_TYPE_TIMESTAMP:
		return (struct cell){ .kind = CELL_TEXT, .text = moment(text, mem) };
	case SQL_GUID:			/* the driver prints capitals, the engine does not */
		for (size_t i = 0; i < text.n; i++)
			((char *)(uintptr_t)text.p)[i] = (char)tolower((unsigned char)text.p[i]);
		break;
	default:
		break;
	}
	return (struct cell){ .kind = utf8_valid(text) ? CELL_TEXT : CELL_BLOB, .text = text };
}

static bool
read_typed(struct run *r, struct arena *mem, struct err *e)
{
	for (size_t i = 0; i < r->seen.n_columns; i++) {
		bool as_blob = is_binary(r->types[i]), is_null;
		struct buf b;

		buf_init(&b, mem);
		if (!stmt_append(&r->stmt, (int)i, as_blob, &b, &is_null, e))
			return false;
		if (is_null)
			r->cells[i] = (struct cell){ .kind = CELL_NULL };
		else if (as_blob)
			r->cells[i] = (struct cell){ .kind = CELL_BLOB, .text = buf_text(&b) };
		else
			r->cells[i] = typed_cell(r->types[i], buf_text(&b), mem);
	}
	return true;
}

static bool
read_json(struct run *r, struct arena *mem, struct err *e)
{
	struct buf b;
	bool is_null;

	buf_init(&b, mem);
	if (!stmt_append(&r->stmt, 0, false, &b, &is_null, e))
		return false;
	buf_char(&b, '\0');		/* the byte that the form wants to have behind it */
	return (!is_null && r->stmt.db->dialect->rows->read(&r->as_json, b.p, b.p + b.n - 1, r->cells) == b.p + b.n - 1)
	    || diag_broken(r->stmt.db, "a row of another form", e);
}

static bool
fetch(struct run *r, bool *has_row, struct caller_fault *f, struct err *e)
{
	SQLRETURN rc;

	*has_row = false;
	if (!may_call(r, e))
		return false;
	db_call_begin(r->stmt.db, r->stmt.handle);
	rc = SQLFetch(r->stmt.handle);
	db_call_end(r->stmt.db);
	if (!SQL_SUCCEEDED(rc) && rc != SQL_NO_DATA)
		return failed(r, f, e);
	*has_row = rc != SQL_NO_DATA;
	r->stmt.db->n_rows += *has_row;
	return !db_is_cancelled(r->stmt.db, e);
}

bool
caller_row(struct caller_stmt *c, struct arena *mem, const struct cell **row, struct caller_fault *f, struct err *e)
{
	struct run *r = run_of(c);
	bool is_json = r->as_json.n_columns > 0, has_row = true;

	*row = NULL;
	for (; !is_json && r->n_skipped < r->page.offset && has_row; r->n_skipped++)
		if (!fetch(r, &has_row, f, e))
			return false;
	if (has_row && !fetch(r, &has_row, f, e))
		return false;
	if (!has_row) {
		close_results(r);
		return true;
	}
	*row = r->cells;
	return is_json ? read_json(r, mem, e) : read_typed(r, mem, e);
}

/* ---- the transaction ---- */

bool
caller_may_go_on(struct db *db, bool *may, struct err *e)
{
	const char *ask = db->dialect->in_transaction != NULL ? db->dialect->in_transaction : db->dialect->ping;
	char is[8] = "1";

	*may = false;
	db->poisoned = false;
	if (ask != NULL && !stmt_value(db, ask, is, sizeof(is), e))
		return false;
	*may = strcmp(is, "1") == 0;
	db->poisoned = !*may;
	return true;
}

bool
caller_keep_transaction(struct db *db, bool *was_ended, struct err *e)
{
	char is[8] = "1";

	*was_ended = false;
	if (db->dialect->in_transaction == NULL)
		return true;
	if (!stmt_value(db, db->dialect->in_transaction, is, sizeof(is), e))
		return false;
	*was_ended = strcmp(is, "0") == 0;
	return !*was_ended || (db_commit(db, e) && db_begin(db, TX_WRITE, e));
}
