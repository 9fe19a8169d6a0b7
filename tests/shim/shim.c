/* tests/shim/shim.c - between the driver manager and the real driver
 *
 * Handles are the real driver's own.  After a failure that was made up, the diagnostic record of that handle is made up as
 * well, until the next call on it.
 */
#include "tests/shim/shim.h"

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include <sql.h>
#include <sqlext.h>

struct shim shim;

static void *driver;

bool
shim_load(const char *path)
{
	driver = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	return driver != NULL;
}

/* Calls name() of the real driver. */
#define REAL(name, ...) ({ \
	static __typeof__(&name) fn_; \
	if (fn_ == NULL) \
		*(void **)&fn_ = dlsym(driver, #name); \
	fn_ == NULL ? SQL_ERROR : fn_(__VA_ARGS__); \
})

/* ---- what statements are ---- */

enum { HANDLES = 1024 };

static struct known {
	SQLHANDLE handle;
	enum shim_kind kind;
	bool rows_0;		/* success without effect: the count says so */
	char sql[48];
} known[HANDLES];

static struct known *
know(SQLHANDLE h)
{
	struct known *spare = NULL;

	for (size_t i = 0; i < HANDLES; i++) {
		if (known[i].handle == h)
			return &known[i];
		if (known[i].handle == NULL && spare == NULL)
			spare = &known[i];
	}
	if (spare == NULL)
		spare = &known[0];
	*spare = (struct known){ .handle = h, .kind = SHIM_OTHER };
	return spare;
}

static void
note_text(SQLHSTMT h, const SQLCHAR *text)
{
	static const struct {
		const char *word;
		enum shim_kind kind;
	} words[] = {
		{ "SELECT", SHIM_SELECT }, { "INSERT", SHIM_WRITE }, { "UPDATE", SHIM_WRITE }, { "DELETE", SHIM_WRITE },
		{ "WITH kept", SHIM_WRITE },	/* sql/often.c */
		{ "BEGIN", SHIM_BEGIN }, { "COMMIT", SHIM_COMMIT }, { "ROLLBACK", SHIM_ROLLBACK },
	};
	struct known *k = know(h);

	k->kind = SHIM_OTHER;
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (strncasecmp((const char *)text, words[i].word, strlen(words[i].word)) == 0)
			k->kind = words[i].kind;
	snprintf(k->sql, sizeof(k->sql), "%s", (const char *)text);
}

/* ---- what goes wrong ---- */

static SQLHANDLE blamed;	/* its diagnostic record is made up */
static bool was_told;

static SQLRETURN
blame(SQLHANDLE h)
{
	blamed = h;
	was_told = false;
	return SQL_ERROR;
}

/* Counts a call; the mode when it is the one that goes wrong. */
static enum shim_mode
enter(enum shim_fn fn, SQLHANDLE h)
{
	unsigned n = ++shim.n_calls[fn];

	if (blamed == h)
		blamed = NULL;
	if (shim.n_trace < SHIM_TRACE) {
		struct known *k = fn == SHIM_CONNECT ? NULL : know(h);

		shim.trace[shim.n_trace].fn = fn;
		shim.trace[shim.n_trace].kind = k == NULL ? SHIM_OTHER : k->kind;
		snprintf(shim.trace[shim.n_trace].sql, sizeof(shim.trace[0].sql), "%s", k == NULL ? "" : k->sql);
		shim.n_trace++;
	}
	if (shim.is_dead && shim.mode != SHIM_SAYS_DEAD)
		return SHIM_DEAD_BEFORE;
	if (shim.mode == SHIM_OFF || shim.fn != fn || shim.at != n)
		return SHIM_OFF;
	shim.was_hit = true;
	return shim.mode;
}

/* The modes that fit every call; `done` is evaluated when the call is to be done. */
#define PASS(fn, h, done) do { \
	SQLRETURN r_; \
	switch (enter((fn), (h))) { \
	case SHIM_BEFORE: \
		return blame(h); \
	case SHIM_AFTER: \
		(void)(done); \
		return blame(h); \
	case SHIM_NO_EFFECT: \
		know(h)->rows_0 = true; \
		return SQL_SUCCESS; \
	case SHIM_DEAD_BEFORE: \
		shim.is_dead = true; \
		return blame(h); \
	case SHIM_DEAD_AFTER: \
		(void)(done); \
		shim.is_dead = true; \
		return blame(h); \
	case SHIM_SAYS_DEAD: \
		r_ = (done); \
		shim.is_dead = true; \
		return r_; \
	default: \
		return (done); \
	} \
} while (0)

SQLRETURN
SQLDriverConnect(SQLHDBC dbc, SQLHWND window, SQLCHAR *in, SQLSMALLINT n_in, SQLCHAR *out, SQLSMALLINT n_out,
    SQLSMALLINT *n, SQLUSMALLINT prompt)
{
	PASS(SHIM_CONNECT, dbc, REAL(SQLDriverConnect, dbc, window, in, n_in, out, n_out, n, prompt));
}

SQLRETURN
SQLDisconnect(SQLHDBC dbc)
{
	shim.is_dead = false;
	blamed = NULL;
	return REAL(SQLDisconnect, dbc);
}

SQLRETURN
SQLPrepare(SQLHSTMT h, SQLCHAR *text, SQLINTEGER n)
{
	note_text(h, text);
	PASS(SHIM_PREPARE, h, REAL(SQLPrepare, h, text, n));
}

SQLRETURN
SQLDescribeParam(SQLHSTMT h, SQLUSMALLINT i, SQLSMALLINT *type, SQLULEN *size, SQLSMALLINT *digits, SQLSMALLINT *nullable)
{
	PASS(SHIM_PREPARE, h, REAL(SQLDescribeParam, h, i, type, size, digits, nullable));
}

SQLRETURN
SQLBindParameter(SQLHSTMT h, SQLUSMALLINT i, SQLSMALLINT io, SQLSMALLINT c_type, SQLSMALLINT sql_type, SQLULEN size,
    SQLSMALLINT digits, SQLPOINTER at, SQLLEN room, SQLLEN *length)
{
	PASS(SHIM_BIND, h, REAL(SQLBindParameter, h, i, io, c_type, sql_type, size, digits, at, room, length));
}

SQLRETURN
SQLExecute(SQLHSTMT h)
{
	know(h)->rows_0 = false;
	PASS(SHIM_EXECUTE, h, REAL(SQLExecute, h));
}

SQLRETURN
SQLExecDirect(SQLHSTMT h, SQLCHAR *text, SQLINTEGER n)
{
	note_text(h, text);
	PASS(SHIM_DIRECT, h, REAL(SQLExecDirect, h, text, n));
}

SQLRETURN
SQLNumResultCols(SQLHSTMT h, SQLSMALLINT *n)
{
	switch (enter(SHIM_COLUMNS, h)) {
	case SHIM_BEFORE:
	case SHIM_DEAD_BEFORE:
		return blame(h);
	case SHIM_NO_COLUMNS:
		*n = 0;
		return SQL_SUCCESS;
	default:
		return REAL(SQLNumResultCols, h, n);
	}
}

SQLRETURN
SQLFetch(SQLHSTMT h)
{
	PASS(SHIM_FETCH, h, REAL(SQLFetch, h));
}

static SQLRETURN
get(SQLHSTMT h, SQLUSMALLINT column, SQLSMALLINT type, SQLPOINTER at, SQLLEN room, SQLLEN *length, enum shim_mode mode)
{
	unsigned call = shim.n_trace - 1;
	SQLRETURN r = REAL(SQLGetData, h, column, type, at, room, length);
	bool is_null = length != NULL && *length == SQL_NULL_DATA;

	if (call < SHIM_TRACE) {
		shim.trace[call].is_number = type != SQL_C_CHAR && type != SQL_C_BINARY;
		shim.trace[call].is_null = is_null;
	}
	if (!SQL_SUCCEEDED(r) || length == NULL || is_null)
		return r;
	switch (mode) {
	case SHIM_CUT:
		return SQL_SUCCESS_WITH_INFO;
	case SHIM_NO_TOTAL:
		*length = SQL_NO_TOTAL;
		break;
	case SHIM_SHORT:
		(*length)--;
		break;
	case SHIM_LONG:
		(*length)++;
		break;
	case SHIM_NULL:
		*length = SQL_NULL_DATA;
		break;
	default:
		break;
	}
	return r;
}

SQLRETURN
SQLGetData(SQLHSTMT h, SQLUSMALLINT column, SQLSMALLINT type, SQLPOINTER at, SQLLEN room, SQLLEN *length)
{
	enum shim_mode mode = enter(SHIM_GET, h);

	if (mode == SHIM_BEFORE || mode == SHIM_DEAD_BEFORE)
		return blame(h);
	return get(h, column, type, at, room, length, mode);
}

SQLRETURN
SQLRowCount(SQLHSTMT h, SQLLEN *n)
{
	enum shim_mode mode = enter(SHIM_ROWS, h);
	SQLRETURN r;

	if (mode == SHIM_BEFORE || mode == SHIM_DEAD_BEFORE)
		return blame(h);
	r = REAL(SQLRowCount, h, n);
	if (mode == SHIM_ROWS_UNKNOWN)
		*n = -1;
	else if (mode == SHIM_ROWS_0 || know(h)->rows_0)
		*n = 0;
	else if (mode == SHIM_ROWS_2)
		*n = 2;
	return r;
}

static void
made_up(SQLCHAR *state, SQLINTEGER *native, SQLCHAR *text, SQLSMALLINT room, SQLSMALLINT *n)
{
	int length;

	memcpy(state, shim.is_dead ? "08S01" : shim.state, 6);
	*native = shim.is_dead ? 0 : shim.native;
	length = snprintf((char *)text, room > 0 ? (size_t)room : 0, "%s", shim.text == NULL ? "" : shim.text);
	if (n != NULL)
		*n = (SQLSMALLINT)length;
}

/* The driver manager asks drivers of this age in this way. */
SQLRETURN
SQLError(SQLHENV env, SQLHDBC dbc, SQLHSTMT h, SQLCHAR *state, SQLINTEGER *native, SQLCHAR *text, SQLSMALLINT room,
    SQLSMALLINT *n)
{
	if (blamed == NULL || (blamed != env && blamed != dbc && blamed != h))
		return REAL(SQLError, env, dbc, h, state, native, text, room, n);
	if (was_told)
		return SQL_NO_DATA;
	was_told = true;
	made_up(state, native, text, room, n);
	return SQL_SUCCESS;
}

SQLRETURN
SQLGetDiagRec(SQLSMALLINT type, SQLHANDLE h, SQLSMALLINT i, SQLCHAR *state, SQLINTEGER *native, SQLCHAR *text,
    SQLSMALLINT room, SQLSMALLINT *n)
{
	if (h != blamed)
		return REAL(SQLGetDiagRec, type, h, i, state, native, text, room, n);
	if (i > 1)
		return SQL_NO_DATA;
	made_up(state, native, text, room, n);
	return SQL_SUCCESS;
}

SQLRETURN
SQLGetDiagField(SQLSMALLINT type, SQLHANDLE h, SQLSMALLINT i, SQLSMALLINT field, SQLPOINTER at, SQLSMALLINT room,
    SQLSMALLINT *n)
{
	if (h == blamed)
		return SQL_NO_DATA;
	return REAL(SQLGetDiagField, type, h, i, field, at, room, n);
}

SQLRETURN
SQLGetConnectAttr(SQLHDBC dbc, SQLINTEGER what, SQLPOINTER at, SQLINTEGER room, SQLINTEGER *n)
{
	if (what == SQL_ATTR_CONNECTION_DEAD) {
		*(SQLUINTEGER *)at = shim.is_dead ? SQL_CD_TRUE : SQL_CD_FALSE;
		return SQL_SUCCESS;
	}
	return REAL(SQLGetConnectAttr, dbc, what, at, room, n);
}

SQLRETURN
SQLFreeHandle(SQLSMALLINT type, SQLHANDLE h)
{
	if (blamed == h)
		blamed = NULL;
	if (type == SQL_HANDLE_STMT)
		know(h)->handle = NULL;
	return REAL(SQLFreeHandle, type, h);
}

/* ---- what is handed on as it is ---- */

SQLRETURN
SQLAllocHandle(SQLSMALLINT type, SQLHANDLE in, SQLHANDLE *out)
{
	return REAL(SQLAllocHandle, type, in, out);
}

SQLRETURN
SQLSetEnvAttr(SQLHENV env, SQLINTEGER what, SQLPOINTER value, SQLINTEGER n)
{
	return REAL(SQLSetEnvAttr, env, what, value, n);
}

SQLRETURN
SQLSetConnectAttr(SQLHDBC dbc, SQLINTEGER what, SQLPOINTER value, SQLINTEGER n)
{
	return REAL(SQLSetConnectAttr, dbc, what, value, n);
}

SQLRETURN
SQLGetStmtAttr(SQLHSTMT h, SQLINTEGER what, SQLPOINTER at, SQLINTEGER room, SQLINTEGER *n)
{
	return REAL(SQLGetStmtAttr, h, what, at, room, n);
}

SQLRETURN
SQLSetStmtAttr(SQLHSTMT h, SQLINTEGER what, SQLPOINTER value, SQLINTEGER n)
{
	return REAL(SQLSetStmtAttr, h, what, value, n);
}

SQLRETURN
SQLGetInfo(SQLHDBC dbc, SQLUSMALLINT what, SQLPOINTER at, SQLSMALLINT room, SQLSMALLINT *n)
{
	return REAL(SQLGetInfo, dbc, what, at, room, n);
}

SQLRETURN
SQLGetFunctions(SQLHDBC dbc, SQLUSMALLINT what, SQLUSMALLINT *yes)
{
	return REAL(SQLGetFunctions, dbc, what, yes);
}

SQLRETURN
SQLFreeStmt(SQLHSTMT h, SQLUSMALLINT how)
{
	return REAL(SQLFreeStmt, h, how);
}

SQLRETURN
SQLCloseCursor(SQLHSTMT h)
{
	return REAL(SQLCloseCursor, h);
}

SQLRETURN
SQLCancel(SQLHSTMT h)
{
	return REAL(SQLCancel, h);
}

SQLRETURN
SQLEndTran(SQLSMALLINT type, SQLHANDLE h, SQLSMALLINT how)
{
	return REAL(SQLEndTran, type, h, how);
}
