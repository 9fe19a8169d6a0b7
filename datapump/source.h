/* datapump/source.h - where an import reads from: a dump set, or another pool
 *
 * Descriptions first, all at once; then the rows of one table after the other.
 */
#ifndef CORDS_DATAPUMP_SOURCE_H
#define CORDS_DATAPUMP_SOURCE_H

#include "base/err.h"
#include "datapump/dump.h"
#include "sql/rows.h"

struct source_table {
	int64_t id;			/* above 0, another one for each table, the same at each start */
	struct table table;
	int64_t n_rows;			/* as counted by the export; -1: nobody knows yet */
	const int64_t *max_chars;	/* longest value of each column; NULL: nobody knows */
};

struct source;

struct source_ops {
	/* the rows of a table from the first on; one table is open at a time */
	bool (*open)(struct source *s, const struct source_table *t, struct err *e);
	/* n_rows 0: there are no more.  A page lives until the one after the next is asked for */
	bool (*next)(struct source *s, struct rows_page *out, struct err *e);
	void (*close)(struct source *s);
};

struct source {
	const struct source_ops *ops;
	const char *engine;		/* "postgresql" */
	bool is_stable;			/* the same rows in the same order when read again: a table goes on in its middle */
	size_t n_tables, n_views, n_sequences, n_codes, n_types;
	const struct source_table *tables;
	const struct view *views;
	const struct sequence *sequences;
	const struct code *codes;
	const struct enum_type *types;
	size_t n_others;
	const struct span *others;	/* "domain positive": what only its engine has, and is not taken */
	size_t n_left_out;
	const struct span *left_out;	/* tables without columns, or gone since they were listed */
};

/* a dump set, which is verified first, as dump_verify() does */
bool source_of_dump(struct dump_set *set, bool (*go_on)(void *arg, struct err *e), void *arg, struct arena *mem, struct source **out,
    struct err *e);

/* another pool, read inside a snapshot that db has begun; db is the caller's */
bool source_of_pool(struct db *db, bool (*wants_schema)(const void *arg, struct span schema), const void *arg, struct arena *mem,
    struct source **out, struct err *e);

#endif
