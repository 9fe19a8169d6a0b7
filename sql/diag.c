/* sql/diag.c - what a driver's complaint means
 *
 * Drivers of this world disagree about SQLSTATE: one says HY000 for everything.  So the dialect's table of native codes
 * decides.  What no row knows makes the connection suspect: it is not used again.
 */
#include "sql/odbc.h"

#include <string.h>

enum err_kind
diag_classify(const struct dialect *d, int native, const char *state, const char *text)
{
	for (const struct fault *f = d->faults; f->kind != ERR_NONE; f++)
		if ((f->native == 0 || f->native == native)
		    && strncmp(f->state, state, strlen(f->state)) == 0
		    && (f->holds == NULL || strstr(text, f->holds) != NULL))
			return f->kind;
	return ERR_DB_FAULT;
}

void
diag_scrub(char *text)
{
	char *detail = strstr(text, "DETAIL");
	char *line = strchr(text, '\n');
	char *out = text;

	if (detail != NULL)
		*detail = '\0';
	if (line != NULL && (detail == NULL || line < detail))
		*line = '\0';
	for (const char *p = text; *p != '\0';) {
		char quote = *p++;
		const char *end;

		*out++ = quote;
		if (quote != '\'' && quote != '"' && quote != '`')
			continue;
		end = strrchr(p, quote);	/* the last one: a value may hold its own quote */
		if (end == NULL)
			break;
		if (end > p)
			*out++ = '?';
		*out++ = quote;
		p = end + 1;
	}
	*out = '\0';
}

/* One that was interrupted while it was prepared may look whole, and have nothing in it. */
bool
diag_broken(struct db *db, const char *what, struct err *e)
{
	db->lost = true;
	db->poisoned = db->in_tx;
	err_set(e, atomic_load(&db->cancelled) && !db->is_storing ? ERR_TIMEOUT : ERR_DB_FAULT, NULL);
	return err_detail(e, "%s: the driver broke its contract", what);
}

/* Has the engine refused the statement, so that nothing of it is stored?  A block that was interrupted may have committed. */
static bool
is_refusal(struct db *db, enum err_kind kind)
{
	if (db->in_block && (kind == ERR_TIMEOUT || atomic_load(&db->cancelled)))
		return false;
	return kind != ERR_CONN_LOST && kind != ERR_DB_FAULT && kind != ERR_DAMAGED && !db->lost;
}

/* The consequences: a transaction can only be rolled back (D-03), a suspect connection is given up. */
static void
draw_consequences(struct db *db, enum err_kind kind)
{
	db->poisoned = db->in_tx;
	switch (kind) {
	case ERR_CONN_LOST:
	case ERR_DB_FAULT:
	case ERR_UNCERTAIN:
		db->lost = true;
		break;
	case ERR_DB_READ_ONLY:		/* after a failover another host takes what this one refuses */
		if (db->dialect->reads_only != NULL && hosts_count(db->pool->set) > 1)
			db->lost = true;
		break;
	case ERR_DAMAGED:
		db->lost = true;
		if (!db->damaged && db->is_open && db->dialect->damaged != NULL)
			db->dialect->damaged(db);
		db->damaged = true;
		break;
	default:
		break;
	}
}

bool
diag_set(struct db *db, SQLSMALLINT handle_type, SQLHANDLE handle, const char *what, struct err *e)
{
	SQLCHAR state[6] = "";
	SQLCHAR text[512] = "";
	SQLINTEGER native = 0;
	SQLSMALLINT n = 0;
	enum err_kind kind;

	SQLGetDiagRec(handle_type, handle, 1, state, &native, text, sizeof(text), &n);
	text[sizeof(text) - 1] = '\0';
	kind = diag_classify(db->dialect, native, (char *)state, (char *)text);
	if (db->is_storing && !is_refusal(db, kind))
		kind = ERR_UNCERTAIN;
	/* an interrupted statement may also report what the interruption broke */
	else if (atomic_load(&db->cancelled) && kind != ERR_DAMAGED)
		kind = ERR_TIMEOUT;
	draw_consequences(db, kind);
	err_set(e, kind, NULL);
	diag_scrub((char *)text);
	return err_detail(e, "%s: %s/%d %s", what, (char *)state, (int)native, (char *)text);
}
