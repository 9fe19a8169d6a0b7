/* sql/convert.h - a value of one engine for a column of another: without loss, or not at all
 *
 * What cannot be kept exactly is a reason, and the row is rejected; nothing is rounded, cut or guessed.
 */
#ifndef CORDS_SQL_CONVERT_H
#define CORDS_SQL_CONVERT_H

#include "base/arena.h"
#include "sql/dialect.h"
#include "sql/table.h"

enum convert_reason {
	CONVERT_OK,
	CONVERT_NOT_INTEGER, CONVERT_INTEGER_RANGE, CONVERT_FRACTION, CONVERT_DIGITS, CONVERT_NOT_NUMBER, CONVERT_NOT_BOOLEAN,
	CONVERT_NOT_FINITE, CONVERT_TOO_LONG, CONVERT_NUL, CONVERT_NOT_UTF8, CONVERT_NOT_TEXT, CONVERT_NOT_BYTES,
	CONVERT_NOT_DATE, CONVERT_NOT_TIME, CONVERT_NOT_TIMESTAMP, CONVERT_ZONE, CONVERT_ZERO_DATE, CONVERT_NULL, CONVERT__N
};

const char *convert_reason_text(enum convert_reason why);	/* "the value is no integer" */

/* a value as it is bound */
struct value {
	enum { VALUE_NULL, VALUE_INT, VALUE_REAL, VALUE_TEXT, VALUE_BLOB } kind;
	int64_t number;
	double real;
	struct span text;
};

enum convert_note { NOTE_NONE, NOTE_ZERO_DATE, NOTE_ZONE };	/* what happened to a value that was kept */

/* a column of the target and what its values come from */
struct conversion {
	const struct dialect *dialect;
	const struct column *to;
	enum abstract_type from;
	bool same_engine;
};

/*
 * convert - one cell
 *
 * out   borrows from the cell, or from mem
 * note  a zero date that became NULL, a time that lost that it was UTC: worth one warning per column
 */
enum convert_reason convert(const struct conversion *c, const struct cell *in, struct arena *mem, struct value *out,
    enum convert_note *note);

/* of dates and times: convert_moment.c */
enum convert_reason convert_moment(const struct conversion *c, const struct cell *in, struct arena *mem, struct value *out,
    enum convert_note *note);

#endif
