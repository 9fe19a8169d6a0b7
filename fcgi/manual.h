/* fcgi/manual.h - the manual pages, made of the tables that the program itself works by
 *
 * Written in the macros of man(7).  make prints them into files; without an installation,
 * `cords manual cords.1 | man -l -` shows one.
 */
#ifndef CORDS_FCGI_MANUAL_H
#define CORDS_FCGI_MANUAL_H

#include "base/buf.h"

extern const char *const manual_names[];	/* "cords.1", ...; ends with NULL */

/* false: there is no page of that name */
bool manual_page(const char *name, struct buf *out);

#endif
