/* handlers/accept.h - what an Accept header prefers */
#ifndef CORDS_HANDLERS_ACCEPT_H
#define CORDS_HANDLERS_ACCEPT_H

#include "base/span.h"

/*
 * accept_next - the next media range
 *
 * rest    what is left of the header, shrinks with each call
 * type    without parameters
 * weight  in thousandths: 1000 when nothing is said, 0 is a refusal
 * returns false at the end
 */
bool accept_next(struct span *rest, struct span *type, int *weight);

#endif
