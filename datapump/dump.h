/* datapump/dump.h - the dump file: a set of files of members, each of them JSON lines with a digest
 *
 * A member is a Zstandard frame, or plain text without compression.  The first line of a file stands in a member of its own; every
 * later member begins with a line that holds its number and the SHA-256 of the text behind it.  The last member of the last file
 * is the directory of the set; it is stored in a form in which no bit is free (frame.h).
 */
#ifndef CORDS_DATAPUMP_DUMP_H
#define CORDS_DATAPUMP_DUMP_H

#include "base/arena.h"
#include "base/err.h"
#include "datapump/filename.h"
#include "datapump/place.h"
#include "sql/table.h"

enum {
	DUMP_FORMAT = 1,
	DUMP_MEMBER_BYTES = 4 << 20,		/* of text, unless one line is longer */
	DUMP_QUICK_BYTES = 1 << 20,		/* of a quick set: the last one is packed when nothing else is left to do */
	DUMP_LINE_BYTES = 64 << 20,
	DUMP_DEPTH = 64,
	DUMP_COLUMNS = 2000,
	DUMP_SET_TEXT = 37			/* a UUID and its NUL */
};

/* the first line of every file */
struct dump_about {
	struct span set;		/* UUID; dump_create() makes one when n is 0 */
	int64_t file;
	struct span generator, created;	/* "cords 0.1.0", ISO 8601 */
	struct span engine, engine_version;	/* "postgresql", "16.2" */
	struct span mode, owner, job;
	struct span position;		/* LSN, GTID: where the snapshot stands; p NULL: the engine has none */
};

/* ---- writing ---- */

struct dump_writer;

struct dump_target {
	struct dump_place *place;
	const struct name_pattern *names;
	const struct dump_about *about;
	int64_t epoch;			/* part of working names */
	int64_t file_bytes;		/* the next file begins behind so many; 0: no limit */
	bool compress, replace;
	bool quick;			/* less time for compression, dumps of rows are a tenth larger */
	bool (*may_publish)(void *arg, struct err *e);	/* is the epoch still ours?  Asked behind each new file, too; NULL: nobody asks */
	/* A row that no dump can hold, and why: it is not written.  NULL: then writing fails */
	void (*left_out)(void *arg, const char *why);
	void *arg;
};

/*
 * dump_create - begin a set; its files stand under working names until dump_finish()
 *
 * t       borrowed for the life of the writer
 * mem     removes working files and closes when it goes, unless dump_keep() was called
 * fails   FILE_EXISTS (ODP-31641) when the first name is taken; STORAGE_FULL, IO, BAD_JOB
 */
bool dump_create(const struct dump_target *t, struct arena *mem, struct dump_writer **out, struct err *e);

/* a table that is whole in what an earlier runner has written */
struct dump_kept {
	int64_t id, n_rows;
	struct span schema, name;
};

/*
 * dump_continue - go on with the set of a runner that ended
 *
 * Everything up to the last good member behind which no table is open is copied into working files of this epoch; the set is then
 * not one point in time.  about->set names the set.
 *
 * old_epoch  of that runner
 * kept       tables that need not be read again; n 0: nothing was usable, the set begins anew
 */
bool dump_continue(const struct dump_target *t, int64_t old_epoch, struct arena *mem, struct dump_writer **out,
    const struct dump_kept **kept, size_t *n, struct err *e);

/*
 * dump_take_whole - of a runner that ended when it had written everything: only publishing is left
 *
 * Its working files get the names of this epoch; what it has published already is known again.  dump_finish() comes next.
 *
 * out     NULL: it was not that far
 */
bool dump_take_whole(const struct dump_target *t, int64_t old_epoch, struct arena *mem, struct dump_writer **out, struct err *e);

/*
 * dump_table - a table or a collection begins; its rows follow, then dump_end_table()
 *
 * id      what rows are known by, above 0: 1, 2, 3 ...
 * fails   BAD_JOB: file names are used up; STORAGE_FULL, IO
 */
bool dump_table(struct dump_writer *w, const struct table *t, int64_t *id, struct err *e);

/* Rows of the table that was begun, all its columns in order.  Text must be UTF-8: else DAMAGED naming row and column. */
bool dump_rows(struct dump_writer *w, const struct cell *cells, size_t n_rows, struct err *e);
bool dump_end_table(struct dump_writer *w, int64_t *n_rows, int64_t *n_bytes, struct err *e);

bool dump_schema(struct dump_writer *w, struct span name, struct err *e);
bool dump_view(struct dump_writer *w, const struct view *v, struct err *e);
bool dump_sequence(struct dump_writer *w, const struct sequence *s, struct err *e);
bool dump_code(struct dump_writer *w, const struct code *c, struct err *e);
bool dump_type(struct dump_writer *w, const struct enum_type *t, struct err *e);

struct dump_file {
	struct span name;
	int64_t n_bytes;
};

/*
 * dump_finish - write the directory of the set, make all durable, publish the files in their order, the last one last
 *
 * consistent  all rows are of one point in time
 * files       in mem of the writer
 * fails       what may_publish says; FILE_EXISTS; STORAGE_FULL, IO: working files are removed with the writer
 */
bool dump_finish(struct dump_writer *w, bool consistent, const struct dump_file **files, size_t *n, struct err *e);

void dump_keep(struct dump_writer *w);	/* for a later dump_continue(): working files stay */

/* Remove the working files of a set that nobody will continue: of one runner, or of all. */
bool dump_discard(struct dump_place *place, struct span set, int64_t epoch, struct err *e);
bool dump_discard_all(struct dump_place *place, struct span set, struct err *e);

/* Remove what was published of a set that is not whole, as far as its working files tell; what cannot be removed is logged. */
void dump_unpublish(struct dump_place *place, const struct name_pattern *names, struct span set, int64_t epoch);

/* ---- reading ---- */

struct dump_set;

struct dump_source {
	struct dump_place *place;
	const struct name_pattern *names;
	bool allow_incomplete;		/* take a set without its directory: tables that are whole */
};

struct dump_entry {			/* of a table, in the directory of the set */
	int64_t id, file, offset, n_rows;
};

struct dump_at {			/* where something stands */
	int64_t file, member, offset;	/* from 1; of the member; in bytes of the file, of the member's beginning */
};

/*
 * dump_open - find the files of a set, and read first lines and the directory
 *
 * fails   BAD_JOB: ODP-31640 no file, ODP-39142 what is wrong with which file; the text names file, member and offset
 */
bool dump_open(const struct dump_source *s, struct arena *mem, struct dump_set **out, struct err *e);

const struct dump_about *dump_about(const struct dump_set *set);	/* of file 1 */
bool dump_is_consistent(const struct dump_set *set);
bool dump_is_complete(const struct dump_set *set);			/* the directory is there */
const struct dump_file *dump_files(const struct dump_set *set, size_t *n);
const struct dump_entry *dump_entries(const struct dump_set *set, size_t *n);

enum dump_kind { DUMP_END, DUMP_SCHEMA, DUMP_TABLE, DUMP_ROWS, DUMP_END_TABLE, DUMP_VIEW, DUMP_SEQUENCE, DUMP_CODE, DUMP_TYPE };

struct dump_record {
	enum dump_kind kind;
	struct dump_at at;
	int64_t id;			/* TABLE, ROWS, END_TABLE */
	struct span schema;		/* SCHEMA */
	struct table table;		/* TABLE */
	struct view view;
	struct sequence sequence;
	struct code code;
	struct enum_type type;

	int64_t first;			/* ROWS: number of the first row, from 1 */
	size_t n_rows;			/* ROWS: some of a record; the rest comes next */
	const struct cell *cells;	/* n_rows times the columns of the table */

	int64_t n_total;		/* END_TABLE: rows */
	const int64_t *max_chars;	/* END_TABLE: longest text or decimal of each column in characters; NULL: not told */
};

/*
 * dump_verify - read every byte once: digests, order, numbers of rows.  Then reading begins anew.
 *
 * go_on   called after each member, so that a job can renew its lease or stop; NULL: nobody
 * fails   BAD_JOB, ODP-39142, naming file, member and offset
 */
bool dump_verify(struct dump_set *set, bool (*go_on)(void *arg, struct err *e), void *arg, struct err *e);

/* The same, telling of each record but rows while it is read.  What was told is true only when all of it was. */
typedef void dump_see(void *arg, const struct dump_record *r);
bool dump_verify_seeing(struct dump_set *set, dump_see *see, void *see_arg, bool (*go_on)(void *arg, struct err *e), void *arg,
    struct err *e);

/* The next record, all files in order; everything in it lives until the call after the next.  A member is passed on only when its
 * digest is right.  Unknown records are passed over.  kind END: there are no more. */
bool dump_next(struct dump_set *set, struct dump_record *out, struct err *e);

void dump_skip_rows(struct dump_set *set);	/* of the table that was passed on: go on with its end */
bool dump_seek(struct dump_set *set, const struct dump_entry *to, struct err *e);	/* its TABLE record comes next */
bool dump_rewind(struct dump_set *set, struct err *e);

#endif
