/* soda/patch.h - JSON Patch (RFC 6902) and merge patch (RFC 7396) on text
 *
 * Containers are opened only along the paths that a patch names; everything else is copied byte for byte, so that numbers and
 * strings keep their spelling.
 */
#ifndef CORDS_SODA_PATCH_H
#define CORDS_SODA_PATCH_H

#include "base/arena.h"
#include "base/err.h"
#include "base/span.h"

enum { PATCH_MAX_OPS = 1000, POINTER_MAX_BYTES = 1024, POINTER_MAX_STEPS = 64 };

struct patch;				/* checked operations */

struct patch_limits {
	size_t max_bytes;		/* of the result; copied and added bytes together: twice this */
	size_t max_depth;
};

/* text passed json_scan.  fails PATCH_BAD (5046), PATCH_ELEMENT, with err_at "/<n>"; budgets: PATCH_BAD naming the limit */
bool patch_parse(struct span text, struct arena *mem, struct patch **out, struct err *e);

/* fails PATCH_CONFLICT naming operation number and pointer; BAD_JSON over depth, TOO_LARGE over bytes (after each operation).
 * The result is borrowed from mem; content is never changed. */
bool patch_apply(const struct patch *p, struct span content, const struct patch_limits *lim, struct arena *mem,
    struct span *out, struct err *e);

/* patch: an object, else MERGE_BAD */
bool merge_check(struct span patch, struct err *e);
bool merge_apply(struct span patch, struct span content, const struct patch_limits *lim, struct arena *mem,
    struct span *out, struct err *e);

#endif
