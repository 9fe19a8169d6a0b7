/* sql/login.c - why nobody is let in: what a driver says about a connection that failed, in plain words
 *
 * Before a login no engine gives a code that all drivers pass on, so texts are looked at as well.
 */
#include "sql/odbc.h"

#include <string.h>

static const struct refusal *
find(const struct dialect *d, int native, const char *said)
{
	for (const struct refusal *r = d->refusals; r != NULL && r->cause != NULL; r++)
		if ((r->native == 0 || r->native == native) && (r->holds == NULL || strstr(said, r->holds) != NULL))
			return r;
	return NULL;
}

/* a pool that is described by db.customURL tells its engine only once it is connected */
static const struct refusal *
find_anywhere(const struct db *db, int native, const char *said)
{
	const struct refusal *r = find(db->dialect, native, said);

	for (size_t i = 0; r == NULL && connect_by_url(db->pool->set) && dialects[i] != NULL; i++)
		r = find(dialects[i], native, said);
	return r;
}

bool
login_failed(struct db *db, struct err *e)
{
	SQLCHAR state[6] = "", said[512] = "";
	SQLINTEGER native = 0;
	SQLSMALLINT n;
	const struct refusal *r;
	const char *cause = "the database cannot be opened";
	enum err_kind kind = ERR_UNAVAILABLE;

	SQLGetDiagRec(SQL_HANDLE_DBC, db->dbc, 1, state, &native, said, sizeof(said), &n);
	said[sizeof(said) - 1] = '\0';
	if (strcmp((char *)state, "IM002") == 0 || strcmp((char *)state, "IM003") == 0 || strcmp((char *)state, "01000") == 0) {
		cause = "the ODBC driver or data source is not installed";
		db->same_everywhere = true;
	} else if ((r = find_anywhere(db, (int)native, (char *)said)) != NULL) {
		cause = r->cause;
		db->same_everywhere = r->about != REFUSED_HERE;
		if (r->about == REFUSED_LOGIN && db->use == DB_FOR_CALLER)
			kind = ERR_UNAUTHORIZED;
	}
	err_set(e, kind, "pool \"%s\": %s", db->pool->name, cause);
	diag_scrub((char *)said);
	return err_detail(e, "connect: %s/%d %s", (char *)state, (int)native, (char *)said);
}
