/* sql/dictionary.h - what an engine tells of itself and of what it holds, in the words of the Database API */
#ifndef CORDS_SQL_DICTIONARY_H
#define CORDS_SQL_DICTIONARY_H

#include "sql/db.h"

struct engine_version {
	struct span product;		/* "PostgreSQL" */
	struct span number;		/* "15.8" */
	struct span full;		/* as the engine prints it */
};

bool dictionary_version(struct db *db, struct arena *mem, struct engine_version *out, struct err *e);

#endif
