/* sql/clause.h - which texts about indexes may be used again: how the engine that printed them makes what columns do not say
 *
 * The same for virtual tables.  As literal.h, for definitions: read word by word, with expressions that expression_is_harmless() takes.
 */
#ifndef CORDS_SQL_CLAUSE_H
#define CORDS_SQL_CLAUSE_H

#include "base/arena.h"
#include "base/span.h"

/* PostgreSQL, behind the name of the table: USING gin (a gin_trgm_ops, lower(b)) INCLUDE (c) WITH (fastupdate='off') WHERE (c > 1);
 * is_constraint: behind EXCLUDE, each part WITH an operator */
bool index_clause_is_harmless(struct span text, bool is_constraint, struct arena *mem);

/* SQLite, behind USING of a virtual table: one of the engine's own modules, with words that call nothing */
enum module_rows {
	MODULE_OWN,			/* rows as those of a table */
	MODULE_FOREIGN,			/* made from those of another table */
	MODULE_NONE			/* they cannot be read again */
};
bool module_is_harmless(struct span text, struct arena *mem, bool *has_rowid, enum module_rows *rows);

#endif
