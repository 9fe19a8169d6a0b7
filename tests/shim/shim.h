/* tests/shim/shim.h - an ODBC driver that breaks at one call, as it is told, and otherwise is the real one
 *
 * The driver manager loads shim.so in place of a driver; shim.so hands every call on to the real driver and counts.  A test
 * loads the same file, so that both see one `shim`, and says which call of which function goes wrong and how.
 */
#ifndef CORDS_TESTS_SHIM_H
#define CORDS_TESTS_SHIM_H

#include <stdbool.h>

enum shim_fn {
	SHIM_CONNECT, SHIM_PREPARE, SHIM_BIND, SHIM_EXECUTE, SHIM_DIRECT, SHIM_COLUMNS, SHIM_FETCH, SHIM_GET, SHIM_ROWS,
	SHIM__N
};

enum shim_mode {
	SHIM_OFF,
	SHIM_BEFORE,		/* an error, and nothing was done */
	SHIM_AFTER,		/* an error, and it was done */
	SHIM_NO_EFFECT,		/* success, and nothing was done */
	SHIM_DEAD_BEFORE,	/* the connection dies: this call and all later ones fail */
	SHIM_DEAD_AFTER,	/* ... it was done */
	SHIM_SAYS_DEAD,		/* success, done, and the connection is reported dead from now on */
	SHIM_NO_COLUMNS,	/* SQLNumResultCols: none */
	SHIM_CUT,		/* SQLGetData: the value is there, with warning 01004 */
	SHIM_NO_TOTAL,		/* ... its length is not known */
	SHIM_SHORT,		/* ... its length is one less */
	SHIM_LONG,		/* ... its length is one more */
	SHIM_NULL,		/* ... it is absent */
	SHIM_ROWS_UNKNOWN,	/* SQLRowCount: -1 */
	SHIM_ROWS_0,
	SHIM_ROWS_2,
	SHIM__MODES
};

enum shim_kind { SHIM_SELECT, SHIM_WRITE, SHIM_BEGIN, SHIM_COMMIT, SHIM_ROLLBACK, SHIM_OTHER };	/* of statement */

enum { SHIM_TRACE = 4096 };

struct shim {
	/* what the test says */
	enum shim_fn fn;
	unsigned at;		/* the n-th call of fn, from 1 */
	enum shim_mode mode;
	char state[6];		/* of errors */
	int native;
	const char *text;

	/* what happened */
	bool was_hit;
	unsigned n_calls[SHIM__N];
	unsigned n_trace;
	struct {
		enum shim_fn fn;
		enum shim_kind kind;
		bool is_number;		/* SQLGetData: of a number, whose length says nothing */
		bool is_null;		/* ... that was absent */
		char sql[48];		/* how the statement begins */
	} trace[SHIM_TRACE];

	bool is_dead;
};

extern struct shim shim;

/* Names the real driver; false when it cannot be loaded. */
bool shim_load(const char *path);

#endif
