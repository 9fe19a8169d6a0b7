/* bench/floor.c - the least a FastCGI program can do for the same request
 *
 * GET  /floor/KEY             one row by key through a prepared statement of ODBC, its content as the body
 * POST /floor/                one row inserted in a transaction of its own, 201
 * GET  /query/NAME/P1/P2...   the first column of all rows of a prepared statement, one behind the other
 * POST /query/NAME/P1/P2...   the same for a statement that writes; "-" or the next marker behind the path is the body
 * GET  /hello                 six bytes, no database
 *
 * Same driver, same connection options and durability as cords; no parsing, no accounts, no errors but 500.  What cords
 * costs is what it needs beyond this.  Started like a worker: descriptor 0 is the socket.  The environment says the rest:
 *
 *   BENCH_CONNECT   the connection string; none: only hello is answered
 *   BENCH_SETUP    a statement for each new connection, or nothing
 *   BENCH_GET       a SELECT by key                BENCH_PUT      an INSERT of key and content
 *   BENCH_QUERIES   lines of NAME=STATEMENT; a parameter of up to 18 digits is a number, others are text
 */
#include <fcgiapp.h>
#include <sql.h>
#include <sqlext.h>

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

enum { MOST_QUERIES = 16, MOST_PARAMS = 5, MOST_DIGITS = 18 };

struct query {
	const char *name;
	SQLHSTMT handle;
};

static SQLHDBC dbc;
static struct query queries[MOST_QUERIES];
static char content[1 << 20], body[1 << 20], page[1 << 22];

static void
need(SQLRETURN rc, SQLSMALLINT type, SQLHANDLE h, const char *what)
{
	SQLCHAR state[6], text[512];
	SQLINTEGER native;

	if (SQL_SUCCEEDED(rc))
		return;
	SQLGetDiagRec(type, h, 1, state, &native, text, sizeof(text), NULL);
	fprintf(stderr, "floor: %s: %s %d %s\n", what, state, (int)native, text);
	exit(1);
}

static SQLHSTMT
prepared(const char *sql)
{
	SQLHSTMT st;

	need(SQLAllocHandle(SQL_HANDLE_STMT, dbc, &st), SQL_HANDLE_DBC, dbc, "statement");
	need(SQLPrepare(st, (SQLCHAR *)sql, SQL_NTS), SQL_HANDLE_STMT, st, sql);
	return st;
}

static void
connect_and_prepare(SQLHSTMT *get, SQLHSTMT *put)
{
	const char *setup = getenv("BENCH_SETUP");
	char *line = strdup(getenv("BENCH_QUERIES")), *rest = line;
	SQLHENV env;
	size_t n = 0;

	SQLAllocHandle(SQL_HANDLE_ENV, SQL_NULL_HANDLE, &env);
	SQLSetEnvAttr(env, SQL_ATTR_ODBC_VERSION, (SQLPOINTER)SQL_OV_ODBC3, 0);
	SQLAllocHandle(SQL_HANDLE_DBC, env, &dbc);
	need(SQLDriverConnect(dbc, NULL, (SQLCHAR *)getenv("BENCH_CONNECT"), SQL_NTS, NULL, 0, NULL, SQL_DRIVER_NOPROMPT),
	    SQL_HANDLE_DBC, dbc, "connect");
	if (setup != NULL && *setup != '\0') {
		SQLHSTMT st = prepared(setup);

		need(SQLExecute(st), SQL_HANDLE_STMT, st, setup);
		SQLFreeHandle(SQL_HANDLE_STMT, st);
	}
	*get = prepared(getenv("BENCH_GET"));
	*put = prepared(getenv("BENCH_PUT"));
	while ((line = strsep(&rest, "\n")) != NULL && n < MOST_QUERIES) {
		char *sql = strchr(line, '=');

		if (sql == NULL)
			continue;
		*sql++ = '\0';
		queries[n].name = line;
		queries[n++].handle = prepared(sql);
	}
}

static void
bind_param(SQLHSTMT st, SQLUSMALLINT n, SQLSMALLINT type, char *p, size_t len, SQLLEN *ind)
{
	*ind = (SQLLEN)len;
	SQLBindParameter(st, n, SQL_PARAM_INPUT, SQL_C_CHAR, type, len, 0, p, *ind, ind);
}

static void
reply(FCGX_Request *r, const char *bytes, size_t n)
{
	char head[128];
	int n_head = snprintf(head, sizeof(head), "Content-Type: application/json\r\nContent-Length: %zu\r\n\r\n", n);

	FCGX_PutStr(head, n_head, r->out);
	FCGX_PutStr(bytes, (int)n, r->out);
}

static void
answer_get(FCGX_Request *r, SQLHSTMT get, char *key)
{
	SQLLEN key_ind, ind = 0;

	bind_param(get, 1, SQL_LONGVARCHAR, key, strlen(key), &key_ind);
	need(SQLExecute(get), SQL_HANDLE_STMT, get, "select");
	if (SQLFetch(get) == SQL_SUCCESS && SQL_SUCCEEDED(SQLGetData(get, 1, SQL_C_CHAR, content, sizeof(content), &ind)))
		reply(r, content, (size_t)ind);
	else
		FCGX_PutS("Status: 404 Not Found\r\nContent-Length: 0\r\n\r\n", r->out);
	SQLFreeStmt(get, SQL_CLOSE);
}

static void
answer_put(FCGX_Request *r, SQLHSTMT put)
{
	int n = FCGX_GetStr(body, sizeof(body), r->in);
	unsigned char rnd[16];
	SQLLEN key_ind, ind;
	char key[33];

	if (getrandom(rnd, sizeof(rnd), 0) != (ssize_t)sizeof(rnd))
		exit(1);
	for (int i = 0; i < 16; i++)
		snprintf(key + 2 * i, 3, "%02X", rnd[i]);
	bind_param(put, 1, SQL_LONGVARCHAR, key, 32, &key_ind);
	bind_param(put, 2, SQL_LONGVARCHAR, body, (size_t)n, &ind);
	need(SQLExecute(put), SQL_HANDLE_STMT, put, "insert");
	SQLFreeStmt(put, SQL_CLOSE);
	FCGX_PutS("Status: 201 Created\r\nContent-Length: 0\r\n\r\n", r->out);
}

static bool
is_number(const char *word)
{
	size_t n = strspn(word, "0123456789");

	return n > 0 && n <= MOST_DIGITS && word[n] == '\0';
}

static void
answer_query(FCGX_Request *r, char *words, bool has_body)
{
	SQLLEN ind, inds[MOST_PARAMS];
	const struct query *q = queries;
	char *name = strsep(&words, "/"), *word;
	SQLUSMALLINT n_params = 0;
	size_t n = 0, n_body = has_body ? (size_t)FCGX_GetStr(body, sizeof(body), r->in) : 0;
	SQLSMALLINT n_columns = 0;
	SQLRETURN rc;

	while (q->name != NULL && strcmp(q->name, name) != 0)
		q++;
	if (q->name == NULL) {
		FCGX_PutS("Status: 404 Not Found\r\nContent-Length: 0\r\n\r\n", r->out);
		return;
	}
	while (n_params < MOST_PARAMS && ((word = strsep(&words, "/")) != NULL || has_body)) {
		bool is_body = word == NULL || (has_body && strcmp(word, "-") == 0);

		bind_param(q->handle, n_params + 1, !is_body && is_number(word) ? SQL_BIGINT : SQL_LONGVARCHAR, is_body ? body : word,
		    is_body ? n_body : strlen(word), &inds[n_params]);
		has_body = has_body && !is_body;
		n_params++;
	}
	rc = SQLExecute(q->handle);
	need(rc == SQL_NO_DATA ? SQL_SUCCESS : rc, SQL_HANDLE_STMT, q->handle, name);
	SQLNumResultCols(q->handle, &n_columns);
	while (n_columns > 0 && SQLFetch(q->handle) == SQL_SUCCESS && n < sizeof(page) / 2) {
		need(SQLGetData(q->handle, 1, SQL_C_CHAR, page + n, sizeof(page) / 2, &ind), SQL_HANDLE_STMT, q->handle, name);
		n += (size_t)ind;
	}
	SQLFreeStmt(q->handle, SQL_CLOSE);
	reply(r, page, n);
}

int
main(void)
{
	SQLHSTMT get = NULL, put = NULL;
	FCGX_Request r;

	if (getenv("BENCH_CONNECT") != NULL)
		connect_and_prepare(&get, &put);
	FCGX_Init();
	FCGX_InitRequest(&r, 0, 0);
	while (FCGX_Accept_r(&r) >= 0) {
		char *uri = FCGX_GetParam("REQUEST_URI", r.envp), *slash = uri == NULL ? NULL : strrchr(uri, '/');

		if (slash == NULL || dbc == NULL || strcmp(uri, "/hello") == 0)
			FCGX_PutS("Content-Type: text/plain\r\nContent-Length: 6\r\n\r\nhello\n", r.out);
		else if (strncmp(uri, "/query/", 7) == 0)
			answer_query(&r, uri + 7, strcmp(FCGX_GetParam("REQUEST_METHOD", r.envp), "POST") == 0);
		else if (strcmp(FCGX_GetParam("REQUEST_METHOD", r.envp), "POST") == 0)
			answer_put(&r, put);
		else
			answer_get(&r, get, slash + 1);
		FCGX_Finish_r(&r);
	}
	return 0;
}
