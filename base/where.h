/* base/where.h - where in a text something is wrong, said so that it is found there */
#ifndef CORDS_BASE_WHERE_H
#define CORDS_BASE_WHERE_H

#include "base/span.h"

#include <stdbool.h>

/*
 * where_say - "byte 16", and in a text of several lines "byte 16 (line 2, column 5)"
 *
 * text   any bytes, from the one that is number 0
 * at     at most its length
 * out    as an array, so that it can stand in the call of whoever prints it; columns count characters
 */
struct where {
	char text[80];
};
struct where where_say(struct span text, size_t at);

/*
 * where_element - which element of an array of JSON holds a byte
 *
 * text      JSON that is right before that byte; what follows may be anything
 * index     counted from 0
 * returns   false: the text is no array, or the byte stands before it or behind its end
 */
bool where_element(struct span text, size_t at, size_t *index);

#endif
