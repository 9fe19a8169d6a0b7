/* sql/load.c - many rows into one table of a user
 *
 * Short values are copied to where the driver looks already; a marker is bound anew only when its kind changes or its value is
 * long.
 */
#include "sql/load.h"

#include "sql/ident.h"
#include "sql/odbc.h"
#include "sql/rowform.h"
#include "sql/table_words.h"

#include <stdio.h>
#include <stdlib.h>

enum {
	SHAPES = 2,		/* the full statement, and the one for what is left */
	ROOM_LEAST = 32, ROOM_MOST = 512,	/* of a value in its place */
	MOST_MARKERS = 32766
};

struct place {
	enum { PLACE_NONE, PLACE_INT, PLACE_REAL, PLACE_TEXT, PLACE_OUTSIDE } bound;
	SQLLEN length;
	union {
		SQLBIGINT number;
		SQLDOUBLE real;
	} v;
	char *room;
};

struct shape {
	SQLHSTMT handle;
	uint64_t n_opened;	/* of which connection */
	size_t n_rows;
	struct place *places;	/* row by row */
};

struct load {
	struct db *db;
	const struct table *t;
	const struct column *const *columns;
	size_t n_columns, most_rows;
	struct shape shapes[SHAPES];
	struct span text;	/* of the form with arrays */
};

bool
load_is_row_fault(const struct err *e)
{
	return e->kind == ERR_BAD_REQUEST || e->kind == ERR_CONSTRAINT || e->kind == ERR_DUPLICATE_KEY || e->kind == ERR_TOO_LARGE;
}

/* ---- the session ---- */

bool
load_session(struct db *db, struct err *e)
{
	const char *const *text = db->dialect->tables->load_session;

	if (db->loads == db->n_opened)
		return true;
	for (size_t i = 0; text[i] != NULL; i++)
		if (!stmt_direct(db, text[i], e))
			return false;
	db->loads = db->n_opened;
	return true;
}

void
load_session_end(struct db *db)
{
	if (db->loads == db->n_opened)
		db->lost = true;
	db->loads = 0;
}

bool
load_defines_in_transaction(const struct db *db)
{
	return db->dialect->orphans == NULL;
}

bool
load_define(struct db *db, const char *text, struct err *e)
{
	return stmt_define(db, text, e);
}

/* ---- statements ---- */

static void
put_columns(const struct load *l, struct buf *b)
{
	put_lit(b, " (");
	for (size_t i = 0; i < l->n_columns; i++) {
		if (i > 0)
			put_lit(b, ", ");
		put_ident(l->db->dialect, l->columns[i]->name, b);
	}
	put_lit(b, ")");
	buf_addz(b, l->db->dialect->tables->overriding);
}

/* A text becomes a value by the type of the column; where it is assigned to a text the engine looks at its length itself. */
static void
put_cast(const struct load *l, size_t i, struct buf *b)
{
	const struct column *c = l->columns[i];
	bool by_name = c->type == ABS_JSON || c->type == ABS_ENUM || c->type == ABS_OTHER || c->type == ABS_TIME;

	if (c->type == ABS_TEXT || c->type == ABS_CHAR) {
		buf_printf(b, "r.c%zu", i);
		return;
	}
	buf_printf(b, "CAST(r.c%zu AS ", i);
	if (by_name)
		buf_span(b, c->native);
	else
		buf_addz(b, c->type == ABS_UINT64 ? "numeric" : l->db->dialect->tables->type[c->type]);
	buf_char(b, ')');
}

static struct span
array_text(const struct load *l, struct arena *mem)
{
	struct buf b;

	buf_init(&b, mem);
	put_lit(&b, "INSERT INTO ");
	put_qualified(l->db->dialect, l->t->schema, l->t->name, &b);
	put_columns(l, &b);
	put_lit(&b, " SELECT ");
	for (size_t i = 0; i < l->n_columns; i++) {
		if (i > 0)
			put_lit(&b, ", ");
		put_cast(l, i, &b);
	}
	put_lit(&b, " FROM unnest(");
	for (size_t i = 0; i < l->n_columns; i++) {
		if (i > 0)
			put_lit(&b, ", ");
		buf_addz(&b, l->db->dialect->tables->rows_from_arrays);
	}
	put_lit(&b, ") AS r(");
	for (size_t i = 0; i < l->n_columns; i++)
		buf_printf(&b, "%sc%zu", i == 0 ? "" : ", ", i);
	buf_char(&b, ')');
	return buf_text(&b);
}

static const char *
values_text(const struct load *l, size_t n_rows, struct arena *mem)
{
	const struct row_form *form = l->db->dialect->rows;
	struct buf b;

	buf_init(&b, mem);
	put_lit(&b, "INSERT INTO ");
	put_qualified(l->db->dialect, l->t->schema, l->t->name, &b);
	put_columns(l, &b);
	put_lit(&b, " VALUES ");
	for (size_t r = 0; r < n_rows; r++) {
		buf_addz(&b, r == 0 ? "(" : ",(");
		for (size_t i = 0; i < l->n_columns; i++) {
			buf_addz(&b, i == 0 ? "" : ",");
			buf_addz(&b, form->load_marker == NULL ? "?" : form->load_marker(l->columns[i]));
		}
		buf_char(&b, ')');
	}
	return buf_z(&b);
}

struct load *
load_open(struct db *db, const struct table *t, const struct column *const *columns, size_t n_columns, struct arena *mem)
{
	struct load *l = ARENA_NEW(mem, struct load);
	size_t most = n_columns == 0 ? 1 : MOST_MARKERS / n_columns;

	*l = (struct load){ .db = db, .t = t, .columns = columns, .n_columns = n_columns };
	l->most_rows = most < db->dialect->tables->load_rows ? most : db->dialect->tables->load_rows;
	if (db->dialect->tables->rows_from_arrays != NULL)
		l->text = array_text(l, mem);
	return l;
}

static void
drop_shape(struct load *l, struct shape *s)
{
	/* a connection that was closed has taken its statements with it */
	if (s->handle != SQL_NULL_HSTMT && l->db->dbc != SQL_NULL_HDBC && s->n_opened == l->db->n_opened)
		SQLFreeHandle(SQL_HANDLE_STMT, s->handle);
	if (s->places != NULL)
		for (size_t i = 0; i < s->n_rows * l->n_columns; i++)
			free(s->places[i].room);
	free(s->places);
	*s = (struct shape){ 0 };
}

void
load_close(struct load *l)
{
	for (size_t i = 0; l != NULL && i < SHAPES; i++)
		drop_shape(l, &l->shapes[i]);
}

static bool
prepare(struct load *l, struct shape *s, const char *text, struct err *e)
{
	struct db *db = l->db;
	SQLRETURN r;

	if (!SQL_SUCCEEDED(SQLAllocHandle(SQL_HANDLE_STMT, db->dbc, &s->handle))) {
		s->handle = SQL_NULL_HSTMT;
		return diag_set(db, SQL_HANDLE_DBC, db->dbc, "allocate statement", e);
	}
	s->n_opened = db->n_opened;
	db_call_begin(db, s->handle);
	r = SQLPrepare(s->handle, (SQLCHAR *)(uintptr_t)text, SQL_NTS);
	db_call_end(db);
	return SQL_SUCCEEDED(r) || diag_set(db, SQL_HANDLE_STMT, s->handle, "prepare a load", e);
}

/* a statement for so many rows */
static bool
shape_for(struct load *l, size_t n_rows, struct arena *mem, struct shape **out, struct err *e)
{
	struct shape *s = &l->shapes[n_rows == l->most_rows ? 0 : 1];

	*out = s;
	if (s->handle != SQL_NULL_HSTMT && s->n_opened == l->db->n_opened && s->n_rows == n_rows)
		return true;
	drop_shape(l, s);
	s->n_rows = n_rows;
	s->places = calloc(n_rows * l->n_columns + 1, sizeof(*s->places));
	if (s->places == NULL) {
		l->db->poisoned = l->db->in_tx;
		return err_set(e, ERR_NO_MEMORY, NULL);
	}
	return prepare(l, s, l->text.n > 0 ? arena_z(mem, l->text) : values_text(l, n_rows, mem), e);
}

/* ---- values ---- */

static bool
bind(struct load *l, struct shape *s, size_t i, SQLSMALLINT c_type, SQLSMALLINT sql_type, const void *at, SQLLEN size,
    struct err *e)
{
	SQLRETURN r = SQLBindParameter(s->handle, (SQLUSMALLINT)(i + 1), SQL_PARAM_INPUT, c_type, sql_type,
	    size > 0 ? (SQLULEN)size : 1, 0, (SQLPOINTER)(uintptr_t)at, size, &s->places[i].length);

	return SQL_SUCCEEDED(r) || diag_set(l->db, SQL_HANDLE_STMT, s->handle, "bind", e);
}

/* Room for a short text in its own place; NULL: it has to be bound where it stands. */
static char *
room_for(struct place *p, size_t n, bool *is_new)
{
	size_t room = ROOM_LEAST;

	*is_new = false;
	if (n > ROOM_MOST)
		return NULL;
	if (p->room != NULL && p->bound == PLACE_TEXT && n <= (size_t)p->v.number)
		return p->room;
	while (room < n)
		room *= 2;
	free(p->room);
	p->room = malloc(room);
	p->v.number = (SQLBIGINT)room;
	*is_new = true;
	return p->room;
}

static bool
bind_text(struct load *l, struct shape *s, size_t i, struct span text, struct err *e)
{
	struct place *p = &s->places[i];
	bool is_new;
	char *room = room_for(p, text.n, &is_new);

	p->length = (SQLLEN)text.n;
	if (room == NULL) {
		p->bound = PLACE_OUTSIDE;
		return bind(l, s, i, SQL_C_CHAR, SQL_LONGVARCHAR, text.n > 0 ? text.p : "", p->length, e);
	}
	if (text.n > 0)
		memcpy(room, text.p, text.n);
	if (!is_new)
		return true;
	p->bound = PLACE_TEXT;
	return bind(l, s, i, SQL_C_CHAR, SQL_LONGVARCHAR, room, (SQLLEN)p->v.number, e);
}

static bool
bind_value(struct load *l, struct shape *s, size_t i, const struct value *v, struct err *e)
{
	struct place *p = &s->places[i];
	bool was;

	switch (v->kind) {
	case VALUE_NULL:
		if (p->bound == PLACE_NONE && !bind_text(l, s, i, SPAN(""), e))
			return false;
		p->length = SQL_NULL_DATA;
		return true;
	case VALUE_INT:
		was = p->bound == PLACE_INT;
		p->bound = PLACE_INT;
		p->length = sizeof(p->v.number);
		p->v.number = v->number;
		return was || bind(l, s, i, SQL_C_SBIGINT, SQL_BIGINT, &p->v.number, sizeof(p->v.number), e);
	case VALUE_REAL:
		was = p->bound == PLACE_REAL;
		p->bound = PLACE_REAL;
		p->length = sizeof(p->v.real);
		p->v.real = v->real;
		return was || bind(l, s, i, SQL_C_DOUBLE, SQL_DOUBLE, &p->v.real, sizeof(p->v.real), e);
	case VALUE_TEXT:
		return bind_text(l, s, i, v->text, e);
	case VALUE_BLOB:
		p->bound = PLACE_OUTSIDE;
		p->length = (SQLLEN)v->text.n;
		return bind(l, s, i, SQL_C_BINARY, SQL_LONGVARBINARY, v->text.n > 0 ? v->text.p : "", p->length, e);
	}
	return false;
}

/* ---- arrays ---- */

static void
put_element(struct buf *b, const struct value *v)
{
	static const char hex[] = "0123456789abcdef";

	switch (v->kind) {
	case VALUE_NULL:
		put_lit(b, "NULL");
		return;
	case VALUE_INT:
		buf_int(b, v->number);
		return;
	case VALUE_REAL:
		if (v->text.n > 0)
			buf_span(b, v->text);
		else
			buf_printf(b, "%.17g", v->real);
		return;
	case VALUE_BLOB:
		buf_reserve(b, v->text.n * 2 + 8);
		put_lit(b, "\"\\\\x");
		for (size_t i = 0; i < v->text.n; i++) {
			b->p[b->n++] = hex[(unsigned char)v->text.p[i] >> 4];
			b->p[b->n++] = hex[(unsigned char)v->text.p[i] & 15];
		}
		buf_char(b, '"');
		return;
	case VALUE_TEXT:
		buf_reserve(b, v->text.n * 2 + 2);
		b->p[b->n++] = '"';
		if (v->text.n > 0 && memchr(v->text.p, '"', v->text.n) == NULL && memchr(v->text.p, '\\', v->text.n) == NULL) {
			memcpy(b->p + b->n, v->text.p, v->text.n);
			b->n += v->text.n;
			b->p[b->n++] = '"';
			return;
		}
		for (size_t i = 0; i < v->text.n; i++) {
			if (v->text.p[i] == '"' || v->text.p[i] == '\\')
				b->p[b->n++] = '\\';
			b->p[b->n++] = v->text.p[i];
		}
		b->p[b->n++] = '"';
		return;
	}
}

static bool
bind_arrays(struct load *l, struct shape *s, const struct value *values, size_t n_rows, struct arena *mem, struct err *e)
{
	for (size_t c = 0; c < l->n_columns; c++) {
		struct buf b;

		buf_init(&b, mem);
		buf_char(&b, '{');
		for (size_t r = 0; r < n_rows; r++) {
			if (r > 0)
				buf_char(&b, ',');
			put_element(&b, &values[r * l->n_columns + c]);
		}
		buf_char(&b, '}');
		s->places[c].length = (SQLLEN)b.n;
		if (!bind(l, s, c, SQL_C_CHAR, SQL_LONGVARCHAR, buf_z(&b), (SQLLEN)b.n, e))
			return false;
	}
	return true;
}

/* ---- rows ---- */

static bool
run(struct load *l, struct shape *s, size_t n_rows, struct err *e)
{
	struct db *db = l->db;
	SQLLEN n = 0;
	SQLRETURN r;

	db_call_begin(db, s->handle);
	r = SQLExecute(s->handle);
	db_call_end(db);
	if (!SQL_SUCCEEDED(r) && r != SQL_NO_DATA)
		return diag_set(db, SQL_HANDLE_STMT, s->handle, "load", e);
	if (!SQL_SUCCEEDED(SQLRowCount(s->handle, &n)) || n != (SQLLEN)n_rows)
		return diag_broken(db, "another number of rows than there are", e);
	SQLFreeStmt(s->handle, SQL_CLOSE);
	return true;
}

static bool
may_run(struct load *l, struct err *e)
{
	if (l->db->lost || l->db->dbc == SQL_NULL_HDBC)
		return err_set(e, ERR_CONN_LOST, NULL);
	if (l->db->poisoned)
		return err_set(e, ERR_INTERNAL, "a statement of the transaction had failed");
	return !db_is_cancelled(l->db, e);
}

bool
load_rows(struct load *l, const struct value *values, size_t n_rows, struct arena *mem, struct err *e)
{
	bool arrays = l->text.n > 0;

	while (n_rows > 0) {
		size_t n = arrays || n_rows < l->most_rows ? n_rows : l->most_rows;
		struct arena_mark before = arena_mark(mem);
		struct shape *s;
		bool ok = may_run(l, e) && shape_for(l, arrays ? 1 : n, mem, &s, e);

		if (ok && arrays)
			ok = bind_arrays(l, s, values, n, mem, e);
		for (size_t i = 0; ok && !arrays && i < n * l->n_columns; i++)
			ok = bind_value(l, s, i, &values[i], e);
		ok = ok && run(l, s, n, e);
		arena_rewind(mem, before);
		if (!ok)
			return false;
		values += n * l->n_columns;
		n_rows -= n;
	}
	return true;
}
