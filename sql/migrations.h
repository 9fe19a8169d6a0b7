/* sql/migrations.h - the files of sql/migrations, as the build embedded them */
#ifndef CORDS_SQL_MIGRATIONS_H
#define CORDS_SQL_MIGRATIONS_H

#include <stddef.h>

struct migration {
	int level;			/* 1, 2, 3 ...; 0 ends the list */
	const char *name;
	const char *text;		/* statements, each ended by ';' at the end of a line; @int@ and the like for words */
};

extern const struct migration migrations[];	/* of the repository */
extern const struct migration job_migrations[];	/* of the job store: sql/migrations/jobs */

#endif
