/* base/library.h - libraries that are loaded when they are needed first
 *
 * Linked, they would cost each process their start, also those that never call them.
 */
#ifndef CORDS_BASE_LIBRARY_H
#define CORDS_BASE_LIBRARY_H

#include "base/err.h"

#include <stddef.h>

struct library_function {
	const char *name;
	void *at;			/* of the pointer that shall lead to it */
};

/* For the life of the process.  what: "geometries".  fails UNAVAILABLE */
bool library_load(const char *file, const struct library_function *list, size_t n, const char *what, struct err *e);

#endif
