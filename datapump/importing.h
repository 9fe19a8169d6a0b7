/* datapump/importing.h - an import at work; private to import*.c */
#ifndef CORDS_DATAPUMP_IMPORTING_H
#define CORDS_DATAPUMP_IMPORTING_H

#include "datapump/ahead.h"
#include "datapump/import.h"
#include "datapump/lanes.h"
#include "sql/gen_table.h"
#include "sql/load.h"

/* where a schema of the source goes to */
struct import_place {
	struct span source;
	struct place place;		/* of the target */
	bool is_missing;		/* the engine does not have it yet */
	size_t n_refs;
	const struct table_ref *refs;	/* tables that are there */
};

/* a column of the target that gets values */
struct import_column {
	size_t from;			/* of the source */
	struct conversion conversion;
	bool noted;			/* its one warning was given */
};

/* what is to be said once about a column */
struct import_note {
	const struct column *column;
	enum convert_note what;
	struct import_note *next;
};

/* a row that does not fit */
struct import_refused {
	int64_t row;
	const char *why;
};

/* rows on their way */
struct import_batch {
	struct value *values;
	int64_t *row;			/* number of each in the source */
	size_t n;
	int64_t last;			/* of the source, including those that were refused */
	int64_t n_rows;			/* of the source so far, including those that were stored already */
	int64_t n_bytes;
	size_t n_refused, cap_refused;
	struct import_refused *refused;
	struct import_note *notes;
};

enum import_state { IMPORT_NEW, IMPORT_MAKING, IMPORT_LOADING, IMPORT_LOADED, IMPORT_FAILED, IMPORT_SKIPPED };

struct import_table {
	const struct source_table *source;
	const struct import_place *place;
	struct table t;			/* with the names of the target */
	struct table_ddl ddl;
	bool wants_rows;
	bool has_row;			/* of progress */
	struct progress p;
	int64_t stored;			/* p.done as it was committed last */
	enum import_state state;
	bool is_new;			/* made by this job */
	bool is_whole;			/* complete or not at all: one transaction */
	bool is_side_by_side;		/* its batches are stored by lanes */
	bool is_dropped;		/* by us, to be made again */
	const struct import_table *onto;	/* the first one of the job that goes to the same place: this one empties nothing */
	bool key_later;			/* its primary key is still to be made */
	const char *note;		/* for the summary */
	int64_t rows_before, bytes_before;	/* of what is told of the job, those of the tables before this one */
	int64_t n_bytes;
	int64_t n_logged;		/* rejected rows with a line of their own */
	bool refuses_often;		/* most of the rows that came last */
	bool ends_transactions;		/* for a row that it refuses */

	/* while it is loaded */
	struct table target;		/* as it is */
	size_t n_columns;
	struct import_column *columns;
	const struct column **to;
	struct load *load, *loads[LANES];	/* load: of the connection of the job, as the first of loads */
	struct load *load_new;		/* leaves out what exists, and counts the others in n_new */
	size_t n_new;
	bool can_ask;			/* the engine lets it */
	bool meets_existing;		/* rows whose like exists already came */
};

struct importing {
	struct db *db;
	struct db *beside;		/* another connection, and both as lanes: import_has_lanes() */
	struct lanes *lanes;
	bool is_alone;
	struct source *source;
	const struct import_spec *spec;
	const struct import_host *host;
	struct arena *mem, *batch;
	struct gen_target to;
	size_t n_places;
	struct import_place *places;
	size_t n_tables;
	struct import_table *tables;
	struct ddl_note *notes, **end_notes;	/* what is not made as it was, of everything */
	struct import_progress told;
	struct progress *old;		/* of an earlier runner */
	size_t n_old;
};

/* ---- import.c ---- */
void import_log(struct importing *im, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void import_warn(struct importing *im, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void import_error(struct importing *im, const struct err *e, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
bool import_begin(struct importing *im, struct err *e);	/* a transaction of a session that is set for loading */
bool import_begin_on(struct db *db, struct err *e);	/* the same, of another connection */
bool import_has_lanes(struct importing *im);		/* a warning says why there are none where there could be */
bool import_is_fatal(const struct err *e);		/* ends the job, not only the table */
bool import_set(struct importing *im, struct import_table *it, enum import_state state, struct err *e);	/* in a transaction */
/* the same, with rows that follow those that were stored: fails CONN_LOST when the target has forgotten some of them */
bool import_advance(struct importing *im, struct import_table *it, enum import_state state, struct err *e);
void import_untell(struct importing *im, struct import_table *it);	/* none of its rows is stored any more */
void import_set_state(struct import_table *it, enum import_state state);	/* in it->p, to be stored */
/* the pages of a table of the source, read ahead, until import_close() */
bool import_open(struct importing *im, const struct import_table *it, struct ahead **out, struct err *e);
void import_close(struct importing *im, struct ahead *pages);
/* one number of one row */
bool import_number(struct importing *im, const char *text, int64_t *out, struct err *e);

/* ---- import_plan.c ---- */
bool import_plan(struct importing *im, struct err *e);	/* what, where to, under which names */
void import_notes(struct importing *im, const struct table_ddl *d);
bool import_wants(const struct importing *im, enum object_type type, struct span schema, struct span name, struct span tablespace);

/* ---- import_names.c ---- */
struct span import_schema(const struct importing *im, struct span source);
struct span import_folded(const struct importing *im, struct span name);
struct table import_renamed(const struct importing *im, const struct table *t, const struct import_place *place);
void import_tell_idle(struct importing *im);		/* what is remapped and not there */
const struct import_place *import_place_of(const struct importing *im, struct span source);

/* ---- import_make.c ---- */
bool import_prepare(struct importing *im, struct err *e);	/* schemas, types, sequences; tables that are replaced go */
/* the table, or what is done about one that is there */
bool import_make(struct importing *im, struct import_table *it, struct err *e);
/* definitions one by one, each with how many are done as progress `id`; may: is it to be made at all?  NULL: yes */
bool import_steps(struct importing *im, int64_t id, const struct ddl_step *const *steps, size_t n,
    bool (*may)(struct importing *im, const struct ddl_step *s, bool *yes, struct err *e), struct err *e);
const struct table_ref *import_existing(const struct importing *im, const struct import_table *it);

/* ---- import_rows.c ---- */
struct import_reader;
/* Batches of the rows behind it->p.done, until import_rows_close(); meanwhile the source, and the columns of the table, are the
 * reader's.  A batch lives until the next one is asked for, of a table that is stored side by side until the one after that; one
 * without rows, refused ones included, is the end */
bool import_rows_open(struct importing *im, struct import_table *it, struct import_reader **out, struct err *e);
bool import_rows_next(struct import_reader *r, const struct import_batch **out, struct err *e);
void import_rows_close(struct importing *im, struct import_reader *r);

/* ---- import_piles.c, import_docs.c ---- */
/* All documents behind it->p.done, from pages of the source into a collection that is there.  it->is_whole: a transaction is open
 * afterwards, which stores them */
bool import_documents(struct importing *im, struct import_table *it, struct ahead *pages, const struct coll *coll, struct err *e);
bool import_begin_docs(struct db *db, enum tx tx, struct err *e);	/* a transaction that may ask the catalogue */

/* ---- import_store.c ---- */

/* rows of a batch on their way, with the progress that they make */
struct import_piece {
	const struct progress_job *who;
	struct load *load;
	const struct import_batch *b;
	const struct value *values;
	size_t n;
	int64_t behind;			/* the row that they follow */
	struct progress p;
};
struct import_piece import_piece_of(const struct importing *im, struct import_table *it, const struct import_batch *b, size_t from,
    size_t to);
lane_work import_store_piece;
/* Stores a batch, or what of it fits; without SKIP_CONSTRAINT_ERRORS a row that does not fit fails the table. */
bool import_store(struct importing *im, struct import_table *it, const struct import_batch *b, struct err *e);
/* What of a batch fits, inside the transaction of the table */
bool import_store_inside(struct importing *im, struct import_table *it, const struct import_batch *b, struct err *e);
bool import_does_not_fit(struct importing *im, struct import_table *it, int64_t row, const char *why, struct err *e);
void import_reject(struct importing *im, struct import_table *it, int64_t row, const char *why);
/* Others were in the way of a transaction: is it worth another attempt?  Then behind a pause, so that they are through */
bool import_again(const struct err *e, int *n_busy);
const char *import_reason(struct importing *im, const struct err *e);	/* in words, with what the driver said */

/* ---- import_load.c, import_docs.c ---- */
/* The table is given up, as it was before the job. */
bool import_give_up(struct importing *im, struct import_table *it, const struct err *why, struct err *e);
bool import_load(struct importing *im, struct import_table *it, struct err *e);
bool import_docs(struct importing *im, struct import_table *it, struct err *e);

/* ---- import_finish.c ---- */
bool import_finish(struct importing *im, struct err *e);	/* indexes, keys, counters, views, statistics */
bool import_verify(struct importing *im, struct err *e);

/* ---- import_report.c ---- */
void import_summary(struct importing *im, struct span *json);
bool import_skipped(struct importing *im, struct err *e);
bool import_sql_file(struct importing *im, struct err *e);

#endif
