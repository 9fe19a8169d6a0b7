/* sql/dictionary.c - what an engine tells of itself and of what it holds, in the words of the Database API */
#include "sql/dictionary.h"

#include "sql/dialect.h"
#include "sql/stmt.h"

#include <string.h>

bool
dictionary_version(struct db *db, struct arena *mem, struct engine_version *out, struct err *e)
{
	const struct dialect *d = db_dialect(db);
	struct query q = { .text = span_of(d->version) };
	struct stmt *st;
	bool has_row;
	bool ok;

	*out = (struct engine_version){ .product = span_of(d->dbms) };
	if (!stmt_open(db, &q, &st, e))
		return false;
	ok = stmt_step(st, &has_row, e) && stmt_text(st, 0, mem, &out->full, e);
	stmt_done(st);
	if (ok)
		out->number = (struct span){ out->full.p, strspn(out->full.p, "0123456789.") };
	return ok;
}
