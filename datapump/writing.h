/* datapump/writing.h - a dump set at work; private to dump_write.c, dump_file.c, dump_publish.c and dump_continue.c */
#ifndef CORDS_DATAPUMP_WRITING_H
#define CORDS_DATAPUMP_WRITING_H

#include "datapump/packing.h"
#include "datapump/records.h"

struct writing_file {
	struct span name;
	const char *working;
	int64_t n_bytes;
	char sha256[65];		/* when it is closed */
	bool is_published;
};

struct dump_writer {
	const struct dump_target *t;
	struct arena *mem;
	struct span set;
	struct buf files;		/* of struct writing_file */
	size_t n_files;
	int fd;				/* of the last one; -1: closed */
	struct digest_run *digest;
	struct packing *packing;
	int64_t number;			/* of the last member in this file */
	struct member members[2], *at_work, *given;	/* given: to w->packing, or NULL */
	size_t member_bytes;		/* of text, unless one line is longer */
	struct buf record, rows;
	struct buf entries;		/* of struct dump_entry */
	size_t n_entries, n_given, n_new;	/* the last n_new begin in the member at work, those before in the one that is given */
	int64_t n_objects, last_id;
	bool was_continued, is_kept;
	bool is_whole;			/* all is written, but not all is published */

	struct arena *of_table;		/* the table at work: */
	int64_t id, n_rows, n_row_bytes, n_left_out;
	struct span name;
	enum frame_kind kind;
	size_t n_columns;
	struct column *columns;		/* name and type alone */
	int64_t *max_chars;
};

struct dump_writer *writing_open(const struct dump_target *t, struct arena *mem);
bool writing_publish(struct dump_writer *w, struct err *e);
bool writing_flush(struct dump_writer *w, struct err *e);

/* ---- files: the last one is written to ---- */
bool writing_next_file(struct dump_writer *w, struct err *e);	/* empty */
bool writing_begin_file(struct dump_writer *w, struct err *e);	/* with its first line */
bool writing_write(struct dump_writer *w, struct span bytes, struct err *e);
void writing_digest(struct dump_writer *w, char out[65]);	/* of what was written; begins anew */
bool writing_close(struct dump_writer *w, struct err *e);	/* what it holds is on the disk then */
struct writing_file *writing_current(struct dump_writer *w);
struct span writing_shown(const struct dump_writer *w, struct span name);
const char *working_name(struct arena *mem, struct span set, int64_t file, int64_t epoch);

#endif
