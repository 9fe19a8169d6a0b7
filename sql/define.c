/* sql/define.c - tables that come and go with a transaction, also where a definition commits
 *
 * Such an engine would end the transaction in its middle.  So a table is made by a connection of its own, and dropped again
 * when the transaction is rolled back; one that is to go is dropped after COMMIT.  What a crash leaves behind is a table that
 * the catalogue does not name: the next transaction that defines something drops it, holding the lock that keeps all others
 * from defining.
 */
#include "sql/odbc.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool
note(struct db *db, enum define_when when, const char *text, struct err *e)
{
	struct definition *d = malloc(sizeof(*d));

	if (d == NULL || (size_t)snprintf(d->text, sizeof(d->text), "%s", text) >= sizeof(d->text)) {
		free(d);
		return err_set(e, ERR_INTERNAL, "a definition could not be noted");
	}
	d->when = when;
	d->next = db->definitions;
	db->definitions = d;
	return true;
}

/* e NULL: it does not matter */
static bool
run_beside(struct db *db, const char *text, struct err *e)
{
	SQLHDBC dbc;
	SQLHSTMT h;
	bool ok = false;

	if (!connect_beside(db, &dbc))
		return e != NULL && err_set(e, ERR_UNAVAILABLE, "pool \"%s\": no second connection for a definition", db->pool->name);
	if (SQL_SUCCEEDED(SQLAllocHandle(SQL_HANDLE_STMT, dbc, &h))) {
		/* nobody else knows the table, so nothing is waited for */
		ok = SQL_SUCCEEDED(SQLExecDirect(h, (SQLCHAR *)(uintptr_t)text, SQL_NTS))
		    || (e != NULL && diag_set(db, SQL_HANDLE_STMT, h, "define", e));
		SQLFreeHandle(SQL_HANDLE_STMT, h);
	}
	SQLDisconnect(dbc);
	SQLFreeHandle(SQL_HANDLE_DBC, dbc);
	return ok;
}

bool
define_make(struct db *db, const char *text, const char *undo, struct err *e)
{
	if (db->dialect->orphans == NULL)
		return stmt_direct(db, text, e);
	return (undo == NULL || note(db, DEFINE_ROLLED_BACK, undo, e)) && run_beside(db, text, e);
}

bool
define_drop(struct db *db, const char *text, struct err *e)
{
	if (db->dialect->orphans == NULL)
		return stmt_direct(db, text, e);
	return note(db, DEFINE_COMMITTED, text, e);
}

/* A failure leaves a table that nobody names, for the next one who defines something. */
void
define_end(struct db *db, enum define_when now)
{
	struct err ignored;

	while (db->definitions != NULL) {
		struct definition *d = db->definitions;

		db->definitions = d->next;
		if (d->when == now && db->is_open && !db->lost)
			stmt_direct(db, d->text, &ignored);
		free(d);
	}
}

bool
define_sweep(struct db *db, struct err *e)
{
	struct query q;
	struct span name;
	struct stmt *st;
	bool ok, has_row;

	if (db->dialect->orphans == NULL)
		return true;
	q = (struct query){ .text = span_of(db->dialect->orphans) };
	if (!stmt_open(db, &q, &st, e))
		return false;
	while ((ok = stmt_step(st, &has_row, e)) && has_row && (ok = stmt_text(st, 0, db->work, &name, e)))
		run_beside(db, arena_printf(db->work, "DROP TABLE IF EXISTS %.*s", SPAN_ARG(name)), NULL);
	stmt_done(st);
	return ok;
}
