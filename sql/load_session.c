/* sql/load_session.c - whoever loads: settings of its session, and definitions that it makes */
#include "sql/load.h"

#include "sql/odbc.h"
#include "sql/table_words.h"

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
