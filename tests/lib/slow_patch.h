/* tests/lib/slow_patch.h - a slow and obvious JSON Patch and merge patch with Jansson, to compare ours with
 *
 * Only for texts that Jansson can hold: no fractions to compare, no integers beyond 64 bits, no NUL, no half surrogates.
 */
#ifndef CORDS_TESTS_LIB_SLOW_PATCH_H
#define CORDS_TESTS_LIB_SLOW_PATCH_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/* *doc is replaced; NULL when it was removed.  patch: operations that are well formed, pointers up to 1024 bytes */
bool slow_patch(json_t **doc, json_t *patch, size_t max_depth);
void slow_merge(json_t **target, json_t *patch);

#endif
