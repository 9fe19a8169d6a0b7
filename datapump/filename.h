/* datapump/filename.h - names of dump files: what is allowed, and patterns with variables
 *
 * %U and %L count files, %D %M %Y %T are the day on which the job was created, in UTC, %% is a percent sign.  A name is never a
 * path: it is looked up below a directory that is held open (place.h).
 */
#ifndef CORDS_DATAPUMP_FILENAME_H
#define CORDS_DATAPUMP_FILENAME_H

#include "base/arena.h"
#include "base/err.h"
#include "base/span.h"

#include <stdint.h>

enum { FILENAME_MAX_BYTES = 255 };

struct name_pattern {
	struct span text;		/* dates are put in, the extension is there; %U %L %% are left */
	bool counts;			/* %U or %L occurs: there may be many files */
};

/*
 * filename_parse - a pattern for files of a directory
 *
 * text    as the client wrote it; .DMP is added to a name without extension
 * now_us  the instant of %D %M %Y %T
 * mem     owns the text afterwards
 * fails   BAD_JOB, ODP-39124: 1 to 255 bytes of A-Z a-z 0-9 . _ - $ # + = %% and space inside, no dot at the beginning
 * spec    dump file names
 */
bool filename_parse(struct span text, int64_t now_us, struct arena *mem, struct name_pattern *out, struct err *e);

/* filename_parse_object - the same variables in the name of an object, which may hold any other character of an URI */
bool filename_parse_object(struct span text, int64_t now_us, struct arena *mem, struct name_pattern *out, struct err *e);

/*
 * filename_number - the name of file 1, 2, ... of a pattern
 *
 * fails   BAD_JOB: the pattern cannot grow; %U is used up
 */
bool filename_number(const struct name_pattern *p, int64_t number, struct arena *mem, struct span *out, struct err *e);

/* filename_is_plain - is this a name as filename_number() may give for a directory?  % stands for itself */
bool filename_is_plain(struct span name);

#endif
