/* sql/load.c - many rows into one table of a user
 *
 * Short values are copied to where the driver looks already; a marker is bound anew only when its kind changes or its value is
 * long.
 */
#include "sql/load.h"

#include "sql/array.h"
#include "sql/ident.h"
#include "sql/named.h"
#include "sql/odbc.h"
#include "sql/rowform.h"
#include "sql/table_words.h"

#include <stdio.h>
#include <stdlib.h>

enum {
	SHAPES = 2,		/* the full statement, and the one for what is left; or one for each form of arrays */
	ROOM_LEAST = 32, ROOM_MOST = 512,	/* of a value in its place */
	MOST_MARKERS = 32766,
	PACKET_REST = 4096, MARKER_BYTES = 12,	/* of a statement besides its values; of a value besides its text */
	FEW_ROWS = 16		/* are tried one by one when they did not fit together */
};

/* how an engine that unfolds arrays gets them: by the types of the columns, or, where not all values are of the ordinary form,
 * as texts that it reads */
enum array_form { ARRAYS_TYPED, ARRAYS_TEXT };

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
	size_t *n_written;	/* NULL: all are; else of those that are new */
	bool refuses_often;	/* the table, most rows that came last */
	bool wrote_some;	/* of a statement whose other rows were left out */
	struct shape shapes[SHAPES];
};

bool
load_is_row_fault(const struct err *e)
{
	return e->kind == ERR_BAD_REQUEST || e->kind == ERR_CONSTRAINT || e->kind == ERR_DUPLICATE_KEY || e->kind == ERR_TOO_LARGE;
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

static void
put_only_new(const struct load *l, struct buf *b)
{
	if (l->n_written != NULL)
		buf_addz(b, l->db->dialect->tables->only_new);
}

static const struct element *
element_for(const struct load *l, size_t column, enum array_form form)
{
	return form == ARRAYS_TYPED ? element_of(l->columns[column]->type) : &element_text;
}

/* A text becomes a value by the type of the column; where it is assigned to a text the engine looks at its length itself. */
static void
put_unfolded(const struct load *l, size_t i, enum array_form form, struct buf *b)
{
	const struct column *c = l->columns[i];
	const struct element *element = element_for(l, i, form);
	bool by_name = c->type == ABS_JSON || c->type == ABS_ENUM || c->type == ABS_OTHER || c->type == ABS_TIME;
	bool is_cast = element == &element_text && c->type != ABS_TEXT && c->type != ABS_CHAR;

	if (is_cast)
		put_lit(b, "CAST(");
	put_lit(b, "unnest(CAST(? AS ");
	buf_addz(b, element->type);
	put_lit(b, "[]))");
	if (!is_cast)
		return;
	put_lit(b, " AS ");
	if (by_name)
		buf_span(b, c->native);
	else
		buf_addz(b, c->type == ABS_UINT64 ? "numeric" : l->db->dialect->tables->type[c->type]);
	buf_char(b, ')');
}

/* Unfolded side by side where they are selected: in FROM each would be written into a store of rows first. */
static const char *
arrays_text(const struct load *l, enum array_form form, struct arena *mem)
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
		put_unfolded(l, i, form, &b);
	}
	put_only_new(l, &b);
	return buf_z(&b);
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
	put_only_new(l, &b);
	return buf_z(&b);
}

struct load *
load_open(struct db *db, const struct table *t, const struct column *const *columns, size_t n_columns, struct arena *mem)
{
	struct load *l = ARENA_NEW(mem, struct load);
	size_t most = n_columns == 0 ? 1 : MOST_MARKERS / n_columns;

	*l = (struct load){ .db = db, .t = t, .columns = columns, .n_columns = n_columns };
	l->most_rows = most < db->dialect->tables->load_rows ? most : db->dialect->tables->load_rows;
	return l;
}

bool
load_only_new(struct load *l, size_t *n_written)
{
	if (l->db->dialect->tables->only_new == NULL)
		return false;
	l->n_written = n_written;
	return true;
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

/* a place for a statement with so many rows of markers; *is_new: it has to be prepared */
static bool
shape_for(struct load *l, struct shape *s, size_t n_rows, bool *is_new, struct err *e)
{
	*is_new = s->handle == SQL_NULL_HSTMT || s->n_opened != l->db->n_opened || s->n_rows != n_rows;
	if (!*is_new)
		return true;
	drop_shape(l, s);
	s->n_rows = n_rows;
	s->places = calloc(n_rows * l->n_columns + 1, sizeof(*s->places));
	if (s->places != NULL)
		return true;
	l->db->poisoned = l->db->in_tx;
	return err_set(e, ERR_NO_MEMORY, NULL);
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

/* false: not every value has the form that this statement takes */
static bool
put_arrays(const struct load *l, enum array_form form, const struct value *values, size_t n_rows, struct span *arrays,
    struct arena *mem)
{
	for (size_t c = 0; c < l->n_columns; c++) {
		struct buf b;

		buf_init(&b, mem);
		if (!array_put(element_for(l, c, form), values + c, l->n_columns, n_rows, &b))
			return false;
		arrays[c] = buf_text(&b);
	}
	return true;
}

static bool
prepare_arrays(struct load *l, struct shape *s, enum array_form form, struct arena *mem, struct err *e)
{
	SQLRETURN r;

	if (!prepare(l, s, arrays_text(l, form, mem), e))
		return false;
	db_call_begin(l->db, s->handle);
	r = array_prepared(s->handle);
	db_call_end(l->db);
	return SQL_SUCCEEDED(r) || diag_set(l->db, SQL_HANDLE_STMT, s->handle, "prepare a load", e);
}

static bool
bind_arrays(struct load *l, struct shape *s, const struct span *arrays, struct err *e)
{
	if (!SQL_SUCCEEDED(array_unbind(s->handle)))
		return diag_set(l->db, SQL_HANDLE_STMT, s->handle, "reset", e);
	for (size_t c = 0; c < l->n_columns; c++) {
		s->places[c].length = (SQLLEN)arrays[c].n;
		if (!bind(l, s, c, SQL_C_BINARY, SQL_LONGVARBINARY, arrays[c].p, (SQLLEN)arrays[c].n, e))
			return false;
	}
	return true;
}

/* ---- rows ---- */

/* A trigger can leave a row out without a word. */
static bool
some_left(struct load *l, size_t n_written, struct err *e)
{
	l->db->poisoned = l->db->in_tx;
	l->wrote_some = n_written > 0;
	return err_set(e, ERR_CONSTRAINT, "the table leaves out rows that it is given, as a trigger can");
}

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
	if (!SQL_SUCCEEDED(SQLRowCount(s->handle, &n)) || n < 0 || n > (SQLLEN)n_rows
	    || (n < (SQLLEN)n_rows && atomic_load(&db->cancelled)))
		return diag_broken(db, "another number of rows than there are", e);
	if (l->n_written != NULL)
		*l->n_written += (size_t)n;
	else if (n < (SQLLEN)n_rows)
		return some_left(l, (size_t)n, e);
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

static bool
insert_values(struct load *l, const struct value *values, size_t n_rows, struct arena *mem, struct err *e)
{
	struct shape *s = &l->shapes[n_rows == l->most_rows ? 0 : 1];
	bool is_new;

	if (!shape_for(l, s, n_rows, &is_new, e) || (is_new && !prepare(l, s, values_text(l, n_rows, mem), e)))
		return false;
	for (size_t i = 0; i < n_rows * l->n_columns; i++)
		if (!bind_value(l, s, i, &values[i], e))
			return false;
	return run(l, s, n_rows, e);
}

static bool
insert_arrays(struct load *l, const struct value *values, size_t n_rows, struct arena *mem, struct err *e)
{
	struct span *arrays = ARENA_ARRAY(mem, struct span, l->n_columns);
	enum array_form form = ARRAYS_TYPED;
	struct shape *s;
	bool is_new;

	if (!put_arrays(l, form, values, n_rows, arrays, mem)) {
		form = ARRAYS_TEXT;
		put_arrays(l, form, values, n_rows, arrays, mem);
	}
	s = &l->shapes[form];
	return shape_for(l, s, 1, &is_new, e) && (!is_new || prepare_arrays(l, s, form, mem, e))
	    && bind_arrays(l, s, arrays, e) && run(l, s, n_rows, e);
}

bool
load_takes(const struct db *db, size_t n_bytes)
{
	return db->most_bytes == 0 || (int64_t)n_bytes < db->most_bytes - PACKET_REST;
}

static size_t
bytes_of(const struct load *l, const struct value *row)
{
	size_t n = l->n_columns * MARKER_BYTES;

	for (size_t i = 0; i < l->n_columns; i++)
		if (row[i].kind >= VALUE_TEXT)
			n += row[i].text.n;
	return n;
}

/* how many of these go into one statement; 0: not even the first one does */
static size_t
rows_of_statement(const struct load *l, const struct value *values, size_t n_rows)
{
	size_t n = 0, n_bytes = 0;

	if (l->db->dialect->tables->unfolds_arrays)
		return n_rows;
	while (n < n_rows && n < l->most_rows && load_takes(l->db, n_bytes += bytes_of(l, values + n * l->n_columns)))
		n++;
	return n;
}

bool
load_rows(struct load *l, const struct value *values, size_t n_rows, struct arena *mem, struct err *e)
{
	bool arrays = l->db->dialect->tables->unfolds_arrays;

	while (n_rows > 0) {
		size_t n = rows_of_statement(l, values, n_rows);
		struct arena_mark before = arena_mark(mem);
		bool ok;

		if (n == 0)
			return err_set(e, ERR_TOO_LARGE, "longer than the server takes (max_allowed_packet)");
		ok = may_run(l, e) && (arrays ? insert_arrays : insert_values)(l, values, n, mem, e);
		arena_rewind(mem, before);
		if (!ok)
			return false;
		values += n * l->n_columns;
		n_rows -= n;
	}
	return true;
}

/* ---- those that fit ---- */

/* whom to tell of rows that are left out */
struct left_out {
	load_refused *refused;
	void *arg;
	size_t n;
};

/* Rows that were touched on this connection, where a table may want some of a statement kept that it refuses. */
static bool
count_touched(struct load *l, int64_t *n, struct err *e)
{
	const struct bind none[] = { BIND_I(0) };
	const struct dialect *d = l->db->dialect;
	bool found;

	*n = 0;
	return d->tables->row_point == NULL
	    || read_number(l->db, (struct query){ .text = span_of(d->rows_touched), .n_binds = 1, .binds = none }, n, &found, e);
}

/* An engine undoes a statement that it refuses, and nothing else of its transaction.  Where a table may want it otherwise, as by ON
 * CONFLICT or RAISE(), a savepoint that is not there any more tells of more, and the number of rows that were touched of less. */
static bool
go_on(struct load *l, int64_t touched, struct err *e)
{
	const struct table_words *words = l->db->dialect->tables;
	int64_t now;

	err_clear(e);
	l->db->poisoned = false;
	if (words->row_point_end == NULL)
		return true;
	if (!stmt_direct(l->db, words->row_point_end, e)) {
		l->db->lost = true;
		return err_set(e, ERR_CONSTRAINT, "the table ends the whole transaction for a row that it refuses");
	}
	if (!stmt_direct(l->db, words->row_point, e) || !count_touched(l, &now, e))
		return false;
	if (now == touched)
		return true;
	l->db->poisoned = l->db->in_tx;
	return err_set(e, ERR_CONSTRAINT, "the table keeps rows of a statement that it refuses");
}

/* *fits false: it is about these rows, and nothing of them is stored */
static bool
try(struct load *l, const struct value *values, size_t n_rows, bool *fits, struct arena *mem, struct err *e)
{
	*fits = load_rows(l, values, n_rows, mem, e);
	return *fits || (load_is_row_fault(e) && !l->db->lost && !l->wrote_some);
}

static bool
load_part(struct load *l, const struct value *values, size_t first, size_t n_rows, struct left_out *out, struct arena *mem, struct err *e)
{
	size_t half = n_rows / 2;
	int64_t touched;
	bool fits;

	if (n_rows == 1 || (n_rows > FEW_ROWS && !l->refuses_often)) {
		if (!count_touched(l, &touched, e) || !try(l, values + first * l->n_columns, n_rows, &fits, mem, e))
			return false;
		if (fits)
			return true;
		if (n_rows == 1) {
			out->refused(out->arg, first, e);
			out->n++;
		}
		if (!go_on(l, touched, e) || n_rows == 1)
			return e->kind == ERR_NONE;
	}
	return load_part(l, values, first, half, out, mem, e) && load_part(l, values, first + half, n_rows - half, out, mem, e);
}

bool
load_fitting(struct load *l, const struct value *values, size_t n_rows, load_refused *refused, void *arg, struct arena *mem,
    struct err *e)
{
	const struct table_words *words = l->db->dialect->tables;

	l->wrote_some = false;
	if (words->row_point != NULL && !stmt_direct(l->db, words->row_point, e))
		return false;
	for (size_t i = 0, n; i < n_rows; i += n) {
		struct left_out out = { .refused = refused, .arg = arg };

		n = rows_of_statement(l, values + i * l->n_columns, n_rows - i < l->most_rows ? n_rows - i : l->most_rows);
		if (n == 0)		/* tried, and left out */
			n = 1;
		if (!load_part(l, values, i, n, &out, mem, e))
			return false;
		l->refuses_often = out.n > n / 2;
	}
	return words->row_point_end == NULL || stmt_direct(l->db, words->row_point_end, e);
}
