/* sql/stmt.c - prepared statements: their text, their values, running them
 *
 * They are kept in sql/stmt_cache.c; columns are read in sql/row.c.
 */
#include "config.h"

#include "sql/catalog.h"
#include "sql/odbc.h"

#include <string.h>
#include <strings.h>

#define SELECT_WORD "SELECT "
#define COUNTER "(SELECT value FROM ords_state WHERE name = 'catalog')"

enum does { READS, WRITES, WRITES_AND_TELLS, WRITES_AS_BLOCK };

/* outside of strings and quoted names */
static bool
has_bare(struct span text, char wanted)
{
	char quote = '\0';

	for (size_t i = 0; i < text.n; i++) {
		char c = text.p[i];

		if (quote != '\0')
			quote = c == quote ? '\0' : quote;	/* a doubled one ends it and begins it again */
		else if (c == '\'' || c == '"' || c == '`')
			quote = c;
		else if (c == wanted)
			return true;
	}
	return false;
}

/* What drivers run half, not at all, or otherwise than it reads: a write that begins with WITH or returns rows (D-07), two
 * statements in one text (D-10), braces (D-11).  Values are bound, so none of this has a place in a text of ours. */
static bool
refuse_text(struct db *db, struct span text, enum does does, struct err *e)
{
	bool is_bad = (does != WRITES_AS_BLOCK && has_bare(text, ';')) || has_bare(text, '{');

	if (does == WRITES && !is_bad)
		is_bad = (text.n > 4 && strncasecmp(text.p, "WITH", 4) == 0)
		    || memmem(text.p, text.n, " RETURNING ", 11) != NULL;
	if (!is_bad)
		return false;
	db->poisoned = db->in_tx;
	err_set(e, ERR_INTERNAL, "a statement has a form that drivers do not run as it reads");
	return true;
}

/* What the driver is told: the text; or with the counter of the catalogue in front of all columns, or of what the head holds; or with
 * what makes it keep a write (often.c). */
static SQLCHAR *
text_to_prepare(const struct stmt *st)
{
	const char *const *head = st->db->dialect->head, *rest;
	struct buf b;

	if (st->told == TOLD_NOWHERE && !st->is_often)
		return (SQLCHAR *)st->text;
	buf_init(&b, st->db->work);
	if (st->is_often) {
		buf_addz(&b, st->db->dialect->keeps_writes);
		buf_addz(&b, st->text);
		return (SQLCHAR *)buf_z(&b);
	}
	rest = st->text + sizeof(SELECT_WORD) - 1;
	put_lit(&b, SELECT_WORD);
	if (st->told == TOLD_HEAD) {
		buf_addz(&b, head[0]);
		rest += strlen(head[0]);
	}
	put_lit(&b, COUNTER);
	buf_addz(&b, st->told == TOLD_HEAD ? head[1] : " AS told, ");
	buf_addz(&b, rest);
	return (SQLCHAR *)buf_z(&b);
}

static bool
has_arrays(const struct query *q)
{
	return q->n_binds > 0 && q->binds[0].kind == BIND_ARRAY;
}

static SQLRETURN
prepare_text(struct stmt *st, const struct query *q)
{
	struct arena_mark before = arena_mark(st->db->work);
	SQLCHAR *text = text_to_prepare(st);
	SQLRETURN r;

	db_call_begin(st->db, st->handle);
	r = SQLPrepare(st->handle, text, SQL_NTS);
	if (SQL_SUCCEEDED(r) && has_arrays(q))
		r = array_prepared(st->handle);
	db_call_end(st->db);
	arena_rewind(st->db->work, before);
	return r;
}

static struct stmt *
prepare(struct db *db, const struct query *q, enum does does, enum told told, struct err *e)
{
	struct stmt *st;

	if (refuse_text(db, q->text, does, e) || (st = stmt_add(db, q, told, e)) == NULL)
		return NULL;
	if (!SQL_SUCCEEDED(SQLAllocHandle(SQL_HANDLE_STMT, db->dbc, &st->handle))) {
		diag_set(db, SQL_HANDLE_DBC, db->dbc, "allocate statement", e);
		stmt_forget(st);
		return NULL;
	}
	if (!SQL_SUCCEEDED(prepare_text(st, q))) {
		diag_set(db, SQL_HANDLE_STMT, st->handle, "prepare", e);
		stmt_forget(st);
		return NULL;
	}
	return st;
}

/* ---- values ---- */

static bool
bind_parameter(struct stmt *st, size_t i, SQLSMALLINT c_type, SQLSMALLINT sql_type, const void *at, SQLLEN size, struct err *e)
{
	SQLRETURN r = SQLBindParameter(st->handle, (SQLUSMALLINT)(i + 1), SQL_PARAM_INPUT, c_type, sql_type,
	    size > 0 ? (SQLULEN)size : 1, 0, (SQLPOINTER)(uintptr_t)at, size, &st->slots[i].length);

	return SQL_SUCCEEDED(r) || diag_set(st->db, SQL_HANDLE_STMT, st->handle, "bind", e);
}

/* The driver keeps the addresses.  Numbers, absent values and short texts are copied to where it looks already; only long
 * values are bound anew, at their own place. */
static bool
bind_one(struct stmt *st, size_t i, const struct bind *b, struct err *e)
{
	struct slot *s = &st->slots[i];

	switch (b->kind) {
	case BIND_INT:
		s->number = b->number;
		s->length = sizeof(s->number);
		if (s->bound == SLOT_INT)
			return true;
		s->bound = SLOT_INT;
		return bind_parameter(st, i, SQL_C_SBIGINT, SQL_BIGINT, &s->number, sizeof(s->number), e);
	case BIND_NULL:
		s->length = SQL_NULL_DATA;
		if (s->bound == SLOT_INT || s->bound == SLOT_TEXT)
			return true;
		s->bound = SLOT_TEXT;
		return bind_parameter(st, i, SQL_C_CHAR, SQL_LONGVARCHAR, s->small, SLOT_SMALL, e);
	case BIND_TEXT:
		if (b->text.n > 0 && memchr(b->text.p, '\0', b->text.n) != NULL) {	/* the driver would cut it (D-06) */
			st->db->poisoned = st->db->in_tx;
			return err_set(e, ERR_INTERNAL, "a text holds a NUL");
		}
		s->length = (SQLLEN)b->text.n;
		if (b->text.n <= SLOT_SMALL) {
			if (b->text.n > 0)
				memcpy(s->small, b->text.p, b->text.n);
			if (s->bound == SLOT_TEXT)
				return true;
			s->bound = SLOT_TEXT;
			return bind_parameter(st, i, SQL_C_CHAR, SQL_LONGVARCHAR, s->small, SLOT_SMALL, e);
		}
		s->bound = SLOT_OUTSIDE;
		return bind_parameter(st, i, SQL_C_CHAR, SQL_LONGVARCHAR, b->text.p, s->length, e);
	case BIND_BLOB:
	case BIND_ARRAY:
		s->bound = SLOT_OUTSIDE;
		s->length = (SQLLEN)b->text.n;
		return bind_parameter(st, i, SQL_C_BINARY, SQL_LONGVARBINARY, b->text.n > 0 ? b->text.p : "", s->length, e);
	}
	return err_set(e, ERR_INTERNAL, NULL);
}

static bool
bind_all(struct stmt *st, const struct query *q, struct err *e)
{
	if (has_arrays(q) && !SQL_SUCCEEDED(array_unbind(st->handle)))
		return diag_set(st->db, SQL_HANDLE_STMT, st->handle, "reset", e);
	for (size_t i = 0; i < q->n_binds; i++)
		if (!bind_one(st, i, &q->binds[i], e))
			return false;
	return true;
}

/* ---- running ---- */

/* TX_ONE has room for one statement. */
static bool
is_one_too_many(struct db *db, struct err *e)
{
	bool yes = db->tx == TX_ONE && db->has_asked;

	db->has_asked = true;
	return yes && !db_needs_tx(db, e);
}

/* Whoever trusts the catalogue is told its counter on the way; not where a lock comes first. */
static enum told
where_told(const struct db *db, const struct query *q, enum does does)
{
	enum { N = sizeof(SELECT_WORD) - 1 };

	if (does != READS || db->trust != TRUST_OPEN || (db->in_tx && db->tx != TX_READ) || q->text.n <= N
	    || memcmp(q->text.p, SELECT_WORD, N) != 0)
		return TOLD_NOWHERE;
	return q->has_head ? TOLD_HEAD : TOLD_COLUMN;
}

/* Takes a statement for q->text out of the cache, or prepares one; executes it.  NULL with e set. */
static struct stmt *
execute(struct db *db, const struct query *q, enum does does, SQLRETURN *r, struct err *e)
{
	enum told told = where_told(db, q, does);
	struct stmt *st;

	if (db->lost || db->dbc == SQL_NULL_HDBC) {
		db->poisoned = db->in_tx;
		err_set(e, ERR_CONN_LOST, NULL);
		return NULL;
	}
	if (db->poisoned) {
		err_set(e, ERR_INTERNAL, "a statement of the transaction had failed");
		return NULL;
	}
	if (db_is_cancelled(db, e) || is_one_too_many(db, e))
		return NULL;
	st = stmt_find(db, q, told);
	if (st == NULL && (st = prepare(db, q, does, told, e)) == NULL)
		return NULL;
	st->in_use = true;
	db->cache.n_in_use++;
	if (st->n_slots != q->n_binds) {
		stmt_done(st);
		db->poisoned = db->in_tx;
		err_set(e, ERR_INTERNAL, "the number of values differs from the last time");
		return NULL;
	}
	if (!bind_all(st, q, e)) {
		stmt_forget(st);	/* half of its markers point to older values */
		return NULL;
	}
	st->at_end = st->has_told = false;
	st->may_stream = false;
	if (does != READS && !q->is_often)
		often_other(db);
	db->is_storing = db->tx == TX_ONE_WRITE && does != READS;
	db->in_block = does == WRITES_AS_BLOCK;
	db_call_begin(db, st->handle);
	*r = SQLExecute(st->handle);
	db_call_end(db);
	if (!SQL_SUCCEEDED(*r) && *r != SQL_NO_DATA) {
		diag_set(db, SQL_HANDLE_STMT, st->handle, "execute", e);
		stmt_done(st);
		st = NULL;
	}
	db->is_storing = db->in_block = false;
	return st;
}

bool
stmt_open(struct db *db, const struct query *q, struct stmt **out, struct err *e)
{
	SQLRETURN r;
	SQLSMALLINT n_columns = 0;
	struct stmt *st = execute(db, q, READS, &r, e);

	*out = NULL;
	if (st == NULL)
		return false;
	if (!SQL_SUCCEEDED(r) || !SQL_SUCCEEDED(SQLNumResultCols(st->handle, &n_columns)) || n_columns <= 0) {
		stmt_forget(st);
		return diag_broken(db, "a SELECT without columns", e);
	}
	st->may_stream = q->n_binds == 0;
	if (db_is_cancelled(db, e)) {	/* whatever the driver says, the rows may be cut short */
		stmt_done(st);
		return false;
	}
	*out = st;
	return true;
}

bool
stmt_exec(struct db *db, const struct query *q, int64_t *n_changed, struct err *e)
{
	SQLRETURN r;
	SQLLEN n = 0;
	struct stmt *st;

	if (db->tx == TX_ONE_WRITE)
		return db_needs_tx(db, e);
	st = execute(db, q, WRITES, &r, e);
	if (st == NULL)
		return false;
	if (n_changed != NULL && r != SQL_NO_DATA
	    && (!SQL_SUCCEEDED(SQLRowCount(st->handle, &n)) || n < 0)) {
		stmt_forget(st);
		return diag_broken(db, "no count of rows", e);
	}
	if (n_changed != NULL)
		*n_changed = n;
	stmt_done(st);
	return true;
}

/* A statement that is a transaction of its own is stored, whatever goes wrong, unless the engine refuses it (diag.c). */
bool
stmt_unsure(struct db *db, struct err *e)
{
	diag_broken(db, "another number of rows than there are", e);
	return err_as(e, ERR_UNCERTAIN, 0);
}

/* -1: the driver does not say */
static SQLLEN
rows_written(struct stmt *st, enum does does, SQLRETURN executed)
{
	SQLBIGINT told = -1;
	SQLLEN n = 0;

	if (does == WRITES_AS_BLOCK)
		return 1;
	if (does == WRITES_AND_TELLS)
		return SQL_SUCCEEDED(SQLFetch(st->handle))
		    && SQL_SUCCEEDED(SQLGetData(st->handle, 1, SQL_C_SBIGINT, &told, sizeof(told), &n)) && n == sizeof(told) ? told : -1;
	return executed == SQL_NO_DATA || SQL_SUCCEEDED(SQLRowCount(st->handle, &n)) ? n : -1;
}

/* the one statement of TX_ONE_WRITE */
static bool
exec_alone(struct db *db, const struct query *q, int64_t *n_changed, struct err *e)
{
	static const enum does whole[] = { [WHOLE_NONE] = WRITES, [WHOLE_WITH] = WRITES_AND_TELLS, [WHOLE_BLOCK] = WRITES_AS_BLOCK };
	enum does does = whole[q->whole];
	struct query kept;
	struct stmt *st;
	SQLRETURN r;
	SQLLEN n;

	*n_changed = 0;
	if (!often_begin(db, q, &kept, e))
		return false;
	st = execute(db, &kept, does, &r, e);
	if (st == NULL) {
		if (does == WRITES_AS_BLOCK)	/* its transaction may be open still: a rollback is due */
			db->in_tx = db->poisoned = true;
		return false;
	}
	n = kept.is_often ? -1 : rows_written(st, does, r);
	stmt_done(st);
	if (kept.is_often)
		n = often_count(db);
	*n_changed = n;
	return n == 0 || (n == 1 ? db_stored(db, e) : stmt_unsure(db, e));
}

bool
stmt_exec_comparing(struct db *db, const struct query *q, int64_t *n_changed, struct err *e)
{
	const struct handin_step step = { *q, 1 };
	bool written, ok;

	if (db->tx != TX_ONE_WRITE)
		return stmt_exec_often(db, q, e) && stmt_touched(db, n_changed, e);
	if (!db_hand_in(db, &(struct handin_write){ &step, 1 }, &written, e))
		return db_settle(db, false, false, e);
	*n_changed = 1;
	if (written)
		return true;
	ok = exec_alone(db, q, n_changed, e);
	return db_settle(db, ok, *n_changed == 1, e);
}

bool
stmt_exec_n(struct db *db, const struct query *q, int64_t n, struct err *e)
{
	int64_t n_changed;

	return stmt_exec(db, q, &n_changed, e)
	    && (n_changed == n || diag_broken(db, "another number of rows than there are", e));
}

void
stmt_done(struct stmt *st)
{
	if (st == NULL || !st->in_use)
		return;
	if (st->n_slots > MARKERS_KEPT || (st->may_stream && !st->at_end && st->db->dialect->drop_unfinished)) {
		stmt_forget(st);
		return;
	}
	SQLFreeStmt(st->handle, SQL_CLOSE);
	st->in_use = false;
	st->db->cache.n_in_use--;
}

void
stmt_close_all(struct db *db)
{
	struct stmt *older;

	for (struct stmt *st = db->cache.newest; st != NULL && db->cache.n_in_use > 0; st = older) {
		older = st->older;
		stmt_done(st);
	}
}

static bool
direct(struct db *db, const char *text, bool no_scan, struct err *e)
{
	SQLHSTMT h;
	SQLRETURN r;
	bool ok = true;

	if (db->lost || db->dbc == SQL_NULL_HDBC)
		return err_set(e, ERR_CONN_LOST, NULL);
	if (db->poisoned)
		return err_set(e, ERR_INTERNAL, "a statement of the transaction had failed");
	if (db_is_cancelled(db, e))
		return false;
	often_other(db);
	if (!SQL_SUCCEEDED(SQLAllocHandle(SQL_HANDLE_STMT, db->dbc, &h)))
		return diag_set(db, SQL_HANDLE_DBC, db->dbc, "allocate statement", e);
	if (no_scan)
		SQLSetStmtAttr(h, SQL_ATTR_NOSCAN, (SQLPOINTER)(uintptr_t)SQL_NOSCAN_ON, 0);
	db_call_begin(db, h);
	r = SQLExecDirect(h, (SQLCHAR *)(uintptr_t)text, SQL_NTS);
	db_call_end(db);
	if (!SQL_SUCCEEDED(r) && r != SQL_NO_DATA)
		ok = diag_set(db, SQL_HANDLE_STMT, h, "execute", e);
	SQLFreeHandle(SQL_HANDLE_STMT, h);
	return ok;
}

bool
stmt_direct(struct db *db, const char *text, struct err *e)
{
	return !refuse_text(db, span_of(text), WRITES, e) && direct(db, text, false, e);
}

bool
stmt_define(struct db *db, const char *text, struct err *e)
{
	return direct(db, text, true, e);
}

struct span
stmt_named(enum stmt_name name)
{
	static const struct span texts[S__N + 1] = {
#define S(name, text) [S_##name] = { "" text "", sizeof(text) - 1 },
#include "sql/stmts.def"
#undef S
	};

	return texts[name];
}
