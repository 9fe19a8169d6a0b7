/* sql/dictionary.h - what an engine tells of itself and of what it holds, in the words of the Database API
 *
 * Listings are rows of texts under fixed names, the same on every engine; one SELECT per engine and listing makes them
 * (dictionary_<engine>.c).  System schemas, and what belongs to the repository, are in none.
 */
#ifndef CORDS_SQL_DICTIONARY_H
#define CORDS_SQL_DICTIONARY_H

#include "sql/db.h"
#include "sql/filter.h"

struct engine_version {
	struct span product;		/* "PostgreSQL" */
	struct span number;		/* "15.8" */
	struct span full;		/* as the engine prints it */
};

bool dictionary_version(struct db *db, struct arena *mem, struct engine_version *out, struct err *e);

enum dictionary { DICT_OBJECTS, DICT_TABLES, DICT_COLUMNS, DICT_INDEXES, DICT_FOREIGN_KEYS, DICT__N };

/* The columns of a listing, FILTER_TEXT and FILTER_NUMBER (whole numbers) only; the first of all is `owner`. */
extern const struct filter_columns dictionary_columns[DICT__N];

struct dict_ask {
	struct span owner;		/* only what is owned so, in upper case; p NULL: everything */
	struct span file_owner;		/* upper case: who owns the tables, where the engine has no schemas of its own */
	struct span key;		/* only this value of the second column; p NULL: all */
	const struct filter *filter;	/* of dictionary_columns; NULL: none */
	uint64_t limit, offset;		/* limit from 1 */
};

struct dict_rows {
	size_t n, n_columns;
	const struct span *cell;	/* n * n_columns; p NULL: absent */
	bool has_more;
};

/*
 * dictionary_list - one page of a listing, inside the caller's transaction
 *
 * Ordered by the filter, then by the first columns, which tell all rows apart.
 * fails   what statements fail with
 */
bool dictionary_list(struct db *db, enum dictionary which, const struct dict_ask *ask, struct arena *mem, struct dict_rows *out,
    struct err *e);

#endif
