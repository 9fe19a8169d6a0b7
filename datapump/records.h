/* datapump/records.h - records and rows of a dump as text, both ways; private to datapump/ */
#ifndef CORDS_DATAPUMP_RECORDS_H
#define CORDS_DATAPUMP_RECORDS_H

#include "base/buf.h"
#include "datapump/dump.h"

/* What the directory of the set says. */
struct dump_master_file {
	struct span name;
	int64_t n_bytes;
	char sha256[65];		/* of the last file: of what stands before this record's member */
};

struct dump_master {
	size_t n_files, n_tables;
	const struct dump_master_file *files;
	const struct dump_entry *tables;
	int64_t n_objects;
	bool consistent;
};

/* lines with their LF */
void record_put_about(struct buf *b, const struct dump_about *a);
void record_put_schema(struct buf *b, struct span name);
void record_put_table(struct buf *b, const struct table *t, int64_t id);
void record_put_rows(struct buf *b, int64_t id, size_t n, int64_t first);
void record_put_end_table(struct buf *b, int64_t id, int64_t n_rows, const int64_t *max_chars, size_t n_columns);
void record_put_view(struct buf *b, const struct view *v);
void record_put_sequence(struct buf *b, const struct sequence *s);
void record_put_code(struct buf *b, const struct code *c);
void record_put_type(struct buf *b, const struct enum_type *t);
void record_put_master(struct buf *b, const struct dump_master *m);
void record_put_row(struct buf *b, const struct column *columns, size_t n, const struct cell *cells);

/* The line at the beginning of a member; digest: of the text behind it, lower-case hexadecimal. */
void record_put_member(struct buf *b, struct span set, int64_t file, int64_t member, const char *digest);

/* ---- reading: the line has passed json_scan(), LF taken off; false: it is not what it should be ---- */

enum record_word {
	WORD_UNKNOWN, WORD_SCHEMA, WORD_TABLE, WORD_COLLECTION, WORD_ROWS, WORD_END_TABLE, WORD_VIEW, WORD_SEQUENCE, WORD_CODE, WORD_TYPE,
	WORD_MEMBER, WORD_MASTER
};
enum record_word record_word(struct span line);

/* *format is the number of the format, also when the rest is not understood */
bool record_get_about(struct span line, struct arena *mem, int64_t *format, struct dump_about *out);
bool record_get_table(struct span line, struct arena *mem, int64_t *id, struct table *out);
bool record_get_rows(struct span line, int64_t *id, int64_t *n, int64_t *first);
bool record_get_end_table(struct span line, struct arena *mem, int64_t *id, int64_t *n_rows, size_t n_columns, const int64_t **max_chars);
bool record_get_schema(struct span line, struct arena *mem, struct span *name);
bool record_get_view(struct span line, struct arena *mem, struct view *out);
bool record_get_sequence(struct span line, struct arena *mem, struct sequence *out);
bool record_get_code(struct span line, struct arena *mem, struct code *out);
bool record_get_type(struct span line, struct arena *mem, struct enum_type *out);
bool record_get_master(struct span line, struct arena *mem, struct dump_master *out);
bool record_get_member(struct span line, struct arena *mem, struct span *set, int64_t *file, int64_t *member, struct span *digest);

/* exactly n cells; what needs no decoding is borrowed from the line */
bool record_get_row(struct span line, const struct column *columns, size_t n, struct arena *mem, struct cell *out);

const char *abstract_type_word(enum abstract_type type);	/* "int32" */

#endif
