/* sql/named.h - fixed statements of stmts.def with their values; private to this folder */
#ifndef CORDS_SQL_NAMED_H
#define CORDS_SQL_NAMED_H

#include "sql/stmt.h"

static inline struct query
named(enum stmt_name name, const struct bind *binds, size_t n)
{
	return (struct query){ .text = stmt_named(name), .n_binds = n, .binds = binds };
}
/* with an array of values */
#define NAMED(name, binds) named(name, binds, sizeof(binds) / sizeof(*(binds)))

/* writes exactly one row */
static inline bool
write_one(struct db *db, struct query q, struct err *e)
{
	return stmt_exec_n(db, &q, 1, e);
}

/* one number of one row; *found false without a row */
static inline bool
read_number(struct db *db, struct query q, int64_t *out, bool *found, struct err *e)
{
	struct stmt *st;
	bool ok;

	*found = false;
	if (!stmt_open(db, &q, &st, e))
		return false;
	ok = stmt_step(st, found, e) && (!*found || stmt_int(st, 0, out, e));
	stmt_done(st);
	return ok;
}

#endif
