/* sql/connect.c - one ODBC connection: environment, connection string, engine, profile */
#include "sql/line.h"
#include "sql/odbc.h"
#include "base/digest.h"
#include "base/log.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

bool
connect_pair(struct buf *out, const char *key, const char *value, bool braces)
{
	size_t n = strlen(value);
	bool plain = n == 0 || (value[strcspn(value, ";{}[]()?*=!@%+\n\r")] == '\0'
	    && value[0] != ' ' && value[n - 1] != ' ');

	/* a driver without braces cuts the string at semicolons and looks at nothing else */
	if (!plain && !braces && value[strcspn(value, ";\n\r")] != '\0')
		return false;
	buf_addz(out, key);
	buf_char(out, '=');
	if (plain || !braces) {
		buf_addz(out, value);
	} else {
		buf_char(out, '{');
		for (const char *p = value; *p != '\0'; p++) {
			buf_char(out, *p);
			if (*p == '}')
				buf_char(out, '}');
		}
		buf_char(out, '}');
	}
	buf_char(out, ';');
	return true;
}

static bool
fail(const struct db *db, const char *cause, struct err *e)
{
	return err_set(e, ERR_UNAVAILABLE, "pool \"%s\": %s", db->pool->name, cause);
}

/* Names the pool, and keeps what the driver said for the log. */
static bool
name_pool(const struct db *db, struct err *e)
{
	char cause[sizeof(e->text)];
	char detail[sizeof(e->detail)];

	if (e->kind == ERR_UNAUTHORIZED || (e->kind == ERR_UNAVAILABLE && strncmp(e->text, "pool \"", 6) == 0))
		return false;
	snprintf(cause, sizeof(cause), "%s", err_status(e->kind) == 503 || e->kind == ERR_DAMAGED ? e->text
	    : "a new connection could not be prepared");
	snprintf(detail, sizeof(detail), "%s", e->detail);
	fail(db, cause, e);
	return err_detail(e, "%s", detail);
}

bool
connect_by_url(const struct settings *set)
{
	const struct dialect *d = dialect_by_name(set->db_engine);

	if (d != NULL && d != &dialect_sqlite)
		return set->db_custom_url[0] != '\0';
	return set->db_connection_type[0] != '\0' || (set->db_file[0] == '\0' && set->db_custom_url[0] != '\0');
}

const struct dialect *
connect_dialect(const struct settings *set)
{
	return set->db_engine[0] == '\0' ? &dialect_sqlite : dialect_by_name(set->db_engine);
}

int64_t
connect_statement_ms(const struct db *db)
{
	switch (db->use) {
	case DB_FOR_JOB:
		return db->pool->set->job_statement_ms;
	case DB_FOR_CALLER:
		return db->pool->set->sql_statement_ms;
	default:
		return db->pool->set->statement_ms;
	}
}

struct account
connect_account(const struct db *db)
{
	return db->account != NULL ? *db->account
	    : (struct account){ db->pool->set->db_username, db->pool->set->db_password };
}

static bool
connection_string(struct db *db, struct buf *out, struct err *e)
{
	const struct settings *set = db->pool->set;
	struct account who = connect_account(db);

	if (!connect_by_url(set)) {
		db->dialect = connect_dialect(set);
		if (db->dialect == NULL)
			return err_set(e, ERR_UNAVAILABLE, "db.engine names a database that is not supported");
		return db->dialect->connection_string(db, out, e);
	}
	if (set->db_custom_url[0] == '\0')
		return err_set(e, ERR_UNAVAILABLE, "db.customURL is not set");
	buf_addz(out, set->db_custom_url);
	if (out->p[out->n - 1] != ';')
		buf_char(out, ';');
	if (who.name[0] != '\0')
		connect_pair(out, "Uid", who.name, true);
	if (who.password[0] != '\0')
		connect_pair(out, "Pwd", who.password, true);
	return true;
}

/* A trace holds every statement and every value (D-14). */
static bool
refuse_trace(struct db *db, struct err *e)
{
	SQLUINTEGER trace = SQL_OPT_TRACE_OFF;

	if (db->pool->set->debug_trace
	    || !SQL_SUCCEEDED(SQLGetConnectAttr(db->dbc, SQL_ATTR_TRACE, &trace, 0, NULL))
	    || trace != SQL_OPT_TRACE_ON)
		return true;
	return fail(db, "the ODBC driver manager writes a trace; switch it off, or set debug.allowTrace", e);
}

static bool
open_handles(struct db *db, struct err *e)
{
	SQLSetEnvAttr(SQL_NULL_HANDLE, SQL_ATTR_CONNECTION_POOLING, (SQLPOINTER)SQL_CP_OFF, 0);
	if (!SQL_SUCCEEDED(SQLAllocHandle(SQL_HANDLE_ENV, SQL_NULL_HANDLE, &db->env))
	    || !SQL_SUCCEEDED(SQLSetEnvAttr(db->env, SQL_ATTR_ODBC_VERSION, (SQLPOINTER)SQL_OV_ODBC3, 0))
	    || !SQL_SUCCEEDED(SQLAllocHandle(SQL_HANDLE_DBC, db->env, &db->dbc)))
		return fail(db, "the ODBC driver manager cannot be used", e);
	return true;
}

static SQLRETURN
driver_connect(const struct db *db, SQLHDBC dbc, struct buf *text)
{
	SQLSetConnectAttr(dbc, SQL_ATTR_LOGIN_TIMEOUT, (SQLPOINTER)(intptr_t)db->wait_s, 0);
	/* the completed string is not asked for: it would hold the password (D-13) */
	return SQLDriverConnect(dbc, NULL, (SQLCHAR *)(uintptr_t)buf_z(text), SQL_NTS, NULL, 0, NULL, SQL_DRIVER_NOPROMPT);
}

static bool
login(struct db *db, struct buf *text, struct err *e)
{
	bool ok;

	line_before(db->line);
	ok = SQL_SUCCEEDED(driver_connect(db, db->dbc, text));
	line_after(db->line);
	return ok || login_failed(db, e);
}

static bool
find_dialect(struct db *db, struct err *e)
{
	SQLCHAR dbms[64] = "";
	SQLSMALLINT n;
	const struct dialect *d;

	if (!SQL_SUCCEEDED(SQLGetInfo(db->dbc, SQL_DBMS_NAME, dbms, sizeof(dbms), &n)))
		return fail(db, "the driver does not tell its database", e);
	d = dialect_by_dbms((char *)dbms);
	if (d == NULL || (db->pool->set->db_engine[0] != '\0' && d != dialect_by_name(db->pool->set->db_engine)))
		return fail(db, "this is not a database that is supported, or not the one that db.engine names", e);
	db->dialect = d;
	return true;
}

static bool
check_durability(struct db *db, struct err *e)
{
	if (strcmp(db->durability, "full") == 0)
		return true;
	if (strcasecmp(db->pool->set->db_durability, "strict") != 0)
		return true;
	return err_set(e, ERR_UNAVAILABLE, "pool \"%s\": durability is %s and db.durability is strict",
	    db->pool->name, db->durability);
}

/* db.tls is a demand, not a wish: what the driver made of it is looked at. */
static bool
check_tls(struct db *db, struct err *e)
{
	char is[64] = "";

	if (strcasecmp(db->pool->set->db_tls, "off") == 0)
		return true;
	if (db->dialect->tls != NULL && !stmt_value(db, db->dialect->tls, is, sizeof(is), e))
		return false;
	return is[0] != '\0' || fail(db, "db.tls asks for an encrypted connection and this is none", e);
}

/* Is this the only one of several hosts that takes no writes? */
static bool
check_writes(struct db *db, bool *reads_only, struct err *e)
{
	char is[8] = "";

	if (db->dialect->reads_only != NULL && !stmt_value(db, db->dialect->reads_only, is, sizeof(is), e))
		return false;
	*reads_only = strcmp(is, "1") == 0;
	return true;
}

static bool
open_host(struct db *db, struct err *e)
{
	struct arena_mark mark = arena_mark(db->work);
	struct buf text;
	bool ok;

	snprintf(db->durability, sizeof(db->durability), "full");
	db->has_time = db->lost = db->damaged = db->in_tx = db->poisoned = db->driver_tx = db->same_everywhere = false;
	buf_init(&text, db->work);
	ok = (connection_string(db, &text, e)
	    && open_handles(db, e)
	    && refuse_trace(db, e)
	    && login(db, &text, e)
	    && find_dialect(db, e)
	    && (SQL_SUCCEEDED(SQLAllocHandle(SQL_HANDLE_STMT, db->dbc, &db->idle_handle))
		|| fail(db, "the driver gives no statement", e))
	    && check_tls(db, e)
	    && db->dialect->opened(db, e)
	    && check_durability(db, e))
	    || name_pool(db, e);
	if (text.n > 0)
		digest_wipe(text.p, text.n);	/* it holds the password */
	arena_rewind(db->work, mark);
	if (!ok)
		connect_close(db);
	return ok;
}

/* The hosts in their order; one that takes no writes only where no other does.  Together they have the time that one would
 * have. */
static bool
open_some_host(struct db *db, struct err *e)
{
	const struct settings *set = db->pool->set;
	size_t n = hosts_count(set), readable = n;
	int64_t share_s = (set->conn_wait_ms + 999) / 1000 / (int64_t)n;
	bool reads_only = false;

	db->wait_s = share_s > 0 ? share_s : 1;
	for (size_t i = 0; i < n; i++) {
		err_clear(e);
		host_at(set, i, &db->host);
		if (open_host(db, e)) {
			if (n == 1)
				return true;
			if (check_writes(db, &reads_only, e) && !reads_only)
				return true;
			if (reads_only && readable == n)
				readable = i;
			connect_close(db);
		} else if (db->same_everywhere) {
			return false;
		}
	}
	if (readable == n)
		return false;
	err_clear(e);
	host_at(set, readable, &db->host);
	return open_host(db, e);
}

bool
connect_open(struct db *db, struct err *e)
{
	char before[sizeof(db->durability)];

	memcpy(before, db->durability, sizeof(before));
	if (!open_some_host(db, e))
		return false;
	db->is_open = true;
	if (strcmp(db->durability, "full") != 0 && strcmp(db->durability, before) != 0)
		log_event(LOG_WARNING, "durability.weakened", "pool \"%s\": durability %s", db->pool->name, db->durability);
	return true;
}

bool
connect_beside(struct db *db, SQLHDBC *out)
{
	struct arena_mark before = arena_mark(db->work);
	struct arena *mem = db->work;
	struct buf text;
	struct err ignored;
	bool ok;

	buf_init(&text, mem);
	ok = connection_string(db, &text, &ignored) && SQL_SUCCEEDED(SQLAllocHandle(SQL_HANDLE_DBC, db->env, out));
	if (ok && !SQL_SUCCEEDED(driver_connect(db, *out, &text))) {
		SQLFreeHandle(SQL_HANDLE_DBC, *out);
		ok = false;
	}
	arena_rewind(mem, before);
	return ok;
}

bool
db_has_accounts(const struct settings *set)
{
	const struct dialect *d = connect_dialect(set);

	return connect_by_url(set) || (d != NULL && d->refusals != NULL);
}

void
connect_close(struct db *db)
{
	stmt_forget_all(db);
	pthread_mutex_lock(&db->lock);
	if (db->idle_handle != SQL_NULL_HSTMT)
		SQLFreeHandle(SQL_HANDLE_STMT, db->idle_handle);
	db->idle_handle = db->running = SQL_NULL_HSTMT;
	line_forget(db->line);
	db->cut = false;
	pthread_mutex_unlock(&db->lock);
	if (db->dbc != SQL_NULL_HDBC) {
		if (db->driver_tx)	/* or the driver manager would keep the connection */
			SQLEndTran(SQL_HANDLE_DBC, db->dbc, SQL_ROLLBACK);
		SQLDisconnect(db->dbc);
		SQLFreeHandle(SQL_HANDLE_DBC, db->dbc);
	}
	if (db->env != SQL_NULL_HENV)
		SQLFreeHandle(SQL_HANDLE_ENV, db->env);
	db->dbc = SQL_NULL_HDBC;
	db->env = SQL_NULL_HENV;
	turn_close(db);
	db->is_open = db->in_tx = db->poisoned = db->driver_tx = false;
}
