/* sql/verbs.h - what callers may say, engine by engine; private to this folder
 *
 * A list of what is taken, not of what is refused: drivers lose step with their server, or end the process, at results that they
 * do not expect, and what was not tried is not tried by a caller.
 */
#ifndef CORDS_SQL_VERBS_H
#define CORDS_SQL_VERBS_H

#include "sql/split.h"

extern const struct lexis lexis_sqlite, lexis_postgresql, lexis_mariadb;
extern const struct verb verbs_sqlite[], verbs_postgresql[], verbs_mariadb[];

/* how names begin that no caller may say, where the engine has no accounts that could be kept away; ends with NULL */
extern const char *const reserved_sqlite[];

enum { LEADING = 4 };			/* words that verbs are told by */

/* type and refusal of a statement, by its leading words (n 0 behind the last one), its facts and the names in it */
void verbs_judge(const struct dialect *d, const struct span leading[LEADING], struct arena *mem, struct statement *st);

#endif
