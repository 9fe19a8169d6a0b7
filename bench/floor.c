/* bench/floor.c - the least a FastCGI program can do for the same request
 *
 * GET  /floor/KEY    one row by key through a prepared statement of ODBC, its content as the body
 * POST /floor/       one row inserted in a transaction of its own, 201
 * GET  /hello        six bytes, no database
 *
 * Same driver, same connection options and durability as cords; no parsing, no accounts, no errors but 500.  What cords costs is what it
 * needs beyond this.  Started like a worker: descriptor 0 is the socket; BENCH_DB names the SQLite file,
 * BENCH_READ and BENCH_WRITE two tables like those of collections.
 */
#include <fcgiapp.h>
#include <sql.h>
#include <sqlext.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

static SQLHDBC dbc;

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
direct(const char *sql)
{
	SQLHSTMT st;

	need(SQLAllocHandle(SQL_HANDLE_STMT, dbc, &st), SQL_HANDLE_DBC, dbc, "statement");
	need(SQLExecDirect(st, (SQLCHAR *)sql, SQL_NTS), SQL_HANDLE_STMT, st, sql);
	SQLFreeHandle(SQL_HANDLE_STMT, st);
}

static void
text_param(SQLHSTMT st, SQLUSMALLINT n, char *p, size_t len, SQLLEN *ind)
{
	*ind = (SQLLEN)len;
	SQLBindParameter(st, n, SQL_PARAM_INPUT, SQL_C_CHAR, SQL_LONGVARCHAR, len, 0, p, *ind, ind);
}

int
main(void)
{
	static char content[1 << 20], body[1 << 20];
	char connect[1024], sql[512];
	SQLHENV env;
	SQLHSTMT get, put;
	FCGX_Request r;

	SQLAllocHandle(SQL_HANDLE_ENV, SQL_NULL_HANDLE, &env);
	SQLSetEnvAttr(env, SQL_ATTR_ODBC_VERSION, (SQLPOINTER)SQL_OV_ODBC3, 0);
	SQLAllocHandle(SQL_HANDLE_DBC, env, &dbc);
	snprintf(connect, sizeof(connect), "Driver=SQLite3;Database=%s;NoWCHAR=1;StepAPI=1;NoCreat=1;JournalMode=WAL;"
	    "SyncPragma=FULL;Timeout=5000", getenv("BENCH_DB"));
	need(SQLDriverConnect(dbc, NULL, (SQLCHAR *)connect, SQL_NTS, NULL, 0, NULL, SQL_DRIVER_NOPROMPT), SQL_HANDLE_DBC, dbc,
	    "connect");
	direct("PRAGMA synchronous=FULL");
	snprintf(sql, sizeof(sql), "SELECT content FROM %s WHERE id=?", getenv("BENCH_READ"));
	get = prepared(sql);
	snprintf(sql, sizeof(sql), "INSERT INTO %s(id,rev,version,created,modified,bytes,escaped,content) "
	    "VALUES(?,1,'0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF',0,0,1000,0,?)",
	    getenv("BENCH_WRITE"));
	put = prepared(sql);
	FCGX_Init();
	FCGX_InitRequest(&r, 0, 0);
	while (FCGX_Accept_r(&r) >= 0) {
		const char *uri = FCGX_GetParam("REQUEST_URI", r.envp);
		const char *method = FCGX_GetParam("REQUEST_METHOD", r.envp);
		char *slash = uri == NULL ? NULL : strrchr(uri, '/');
		SQLLEN key_ind, ind = 0;

		if (slash == NULL || strcmp(uri, "/hello") == 0) {
			FCGX_PutS("Content-Type: text/plain\r\nContent-Length: 6\r\n\r\nhello\n", r.out);
		} else if (strcmp(method, "POST") == 0) {
			unsigned char rnd[16];
			char key[33];
			int n = FCGX_GetStr(body, sizeof(body), r.in);

			if (getrandom(rnd, sizeof(rnd), 0) != (ssize_t)sizeof(rnd))
				return 1;
			for (int i = 0; i < 16; i++)
				snprintf(key + 2 * i, 3, "%02X", rnd[i]);
			text_param(put, 1, key, 32, &key_ind);
			text_param(put, 2, body, (size_t)n, &ind);
			need(SQLExecute(put), SQL_HANDLE_STMT, put, "insert");
			SQLFreeStmt(put, SQL_CLOSE);
			FCGX_PutS("Status: 201 Created\r\nContent-Length: 0\r\n\r\n", r.out);
		} else {
			text_param(get, 1, slash + 1, strlen(slash + 1), &key_ind);
			need(SQLExecute(get), SQL_HANDLE_STMT, get, "select");
			if (SQLFetch(get) == SQL_SUCCESS
			    && SQL_SUCCEEDED(SQLGetData(get, 1, SQL_C_CHAR, content, sizeof(content), &ind))) {
				char head[128];
				int n = snprintf(head, sizeof(head),
				    "Content-Type: application/json\r\nContent-Length: %ld\r\n\r\n", (long)ind);

				FCGX_PutStr(head, n, r.out);
				FCGX_PutStr(content, (int)ind, r.out);
			} else {
				FCGX_PutS("Status: 404 Not Found\r\nContent-Length: 0\r\n\r\n", r.out);
			}
			SQLFreeStmt(get, SQL_CLOSE);
		}
		FCGX_Finish_r(&r);
	}
	return 0;
}
