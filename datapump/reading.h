/* datapump/reading.h - a dump set that is read; private to dump_*.c */
#ifndef CORDS_DATAPUMP_READING_H
#define CORDS_DATAPUMP_READING_H

#include "datapump/frame.h"
#include "datapump/records.h"

struct reading_file {
	struct span name;
	int fd;
	int64_t n_bytes;
	int64_t begin, end;		/* members of records, without the first line and the directory of the set */
};

struct dump_set {
	struct arena *mem;
	struct dump_about about;
	size_t n_files;
	struct reading_file *files;
	struct frame_reader *frames;	/* of one file after the other */
	const struct dump_file *listed;
	struct dump_master master;
	struct dump_at master_at;
	bool is_complete;
	struct digest_run *digest;	/* of members */
	struct digest_run *file_digest;	/* while the set is verified */
	bool (*go_on)(void *arg, struct err *e);	/* called after each member; NULL: nobody */
	void *go_on_arg;

	/* where reading stands */
	struct dump_at at;		/* the member at work */
	int64_t good_end;		/* of the last member that was right */
	int64_t next_member;		/* number that the next one must have; -1: any, after a jump */
	struct span rest;		/* of the text of the member */
	struct arena *of_member, *of_slice, *of_last_slice;
	bool skip_rows;
	int64_t sought;			/* id of the table that is looked for; 0: none */

	/* the table whose rows come */
	int64_t id;
	struct table table;
	struct arena *of_table;
	int64_t n_rows;			/* that were passed on or over */
	int64_t n_left;			/* of the record at work */
};

/* The failure of everything that is wrong with a dump; false, always. */
bool reading_bad(const struct dump_set *set, const struct dump_at *at, struct err *e, const char *why);

bool reading_scan(struct span line, struct arena *mem);		/* is it JSON within the limits? */

/* A set without files, and one more file for it, opened already: fails as dump_open() does. */
struct dump_set *reading_open(struct arena *mem);
bool reading_add_file(struct dump_set *set, const struct reading_file *f, struct err *e);

/* Is the directory of the set there, and does it tell of these files? */
bool reading_is_complete(struct dump_set *set, struct err *e);

/* Is the text a member of this file, with this number (below 0: any) and a digest that is right?  Sets at->member. */
bool reading_member(struct dump_set *set, struct dump_at *at, struct span text, int64_t number, struct err *e);

/* The next member; its text without the first line in set->rest, n 0 at the end. */
bool reading_next_member(struct dump_set *set, struct err *e);

/* Is the digest of the file that was read what the directory of the set tells? */
bool reading_check_file(struct dump_set *set, int64_t number, struct err *e);

/* Of a set without directory: the tables that are whole, for dump_entries(). */
bool reading_list_tables(struct dump_set *set, struct err *e);

/* A line of set->rest, LF taken off; false when there is none. */
bool reading_line(struct dump_set *set, struct span *line);

#endif
