/* sql/parsed.h - a document as an engine keeps it in parsed form (jsonb), to be asked by sql/jsonpath.h
 *
 * It only finds candidates, so it need not be the document: strings that read as numbers are numbers here.  A filter takes both
 * for the same, and an index over values cannot know all the ways in which a string spells a number.  Of long texts only the
 * beginning is kept, because a scan reads all that stands in a row.  What was written before that has them whole.
 */
#ifndef CORDS_SQL_PARSED_H
#define CORDS_SQL_PARSED_H

#include "base/arena.h"
#include "base/decimal.h"
#include "base/span.h"

/*
 * parsed_of - what is to be parsed instead of a document
 *
 * json    passed base/scan.h
 * mem     owns the text, unless nothing had to be changed
 * returns p NULL when the engine would refuse it, or could: U+0000 and halves of surrogate pairs, numbers out of its range, what
 *         is very deep or very long.  Such a document is always a candidate
 */
struct span parsed_of(struct span json, struct arena *mem);

enum { PARSED_CHARS = 64 };	/* of a text that is not kept whole; a fourth as many as the bytes of the longest one that is */

/* parsed_kept - what of a string stands there: all of it, or its first PARSED_CHARS characters */
struct span parsed_kept(struct span text);

/* parsed_begin - the part of a text that may be looked for at the beginning of what is kept */
struct span parsed_begin(struct span text);

/* What may stand in the parsed form of a document: nothing else needs to be looked for there. */
bool parsed_has_number(const struct dec *d);
bool parsed_has_text(struct span text);			/* decoded */

/* Is there a string that begins so, or that holds this, and reads as a number? */
bool parsed_begins_number(struct span text);
bool parsed_occurs_in_number(struct span text);

#endif
