/* tests/shim/witness.h - looks at the database from outside: what is in it, and is it free?
 *
 * Has a connection of its own through the real driver.
 */
#ifndef CORDS_TESTS_WITNESS_H
#define CORDS_TESTS_WITNESS_H

#include "tests/shim/shim.h"

#include <stdint.h>

struct witness {
	char path[128];
	void *env, *dbc, *stmt;
	char *kept;			/* the file as it was at first */
	long n_kept;
	long version;			/* of what the next two are about */
	uint64_t exact, counted;
};

/* Before the first call of ODBC: makes the driver named SQLite3 of this process the one at shim_path, on top of the real one.
 * NULL when there is none */
struct shim *witness_register(const char *shim_path);

/* Nobody else may be connected. */
void witness_open(struct witness *w, const char *path);
void witness_restore(struct witness *w);		/* nor here: the file as it was at first */
void witness_close(struct witness *w);

/* A digest of all tables: of every value, or of the numbers of rows only. */
uint64_t witness_digest(struct witness *w, bool counts_only);

bool witness_can_write(struct witness *w);		/* nobody holds the lock */
bool witness_is_marked(const struct witness *w);	/* somebody saw damage */

#endif
