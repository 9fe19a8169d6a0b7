/* base/scan.h - what is a JSON document: one pass over the bytes
 *
 * Decides everything that can be wrong with a text: UTF-8, grammar of RFC 8259, depth, number of values, duplicate
 * member names (also written with escapes).  Builds no tree and never rounds a number.  Everything that works on
 * documents later (base/jcur.h) relies on a text that passed here.
 */
#ifndef CORDS_BASE_SCAN_H
#define CORDS_BASE_SCAN_H

#include "base/arena.h"
#include "base/err.h"
#include "base/span.h"

struct scan_limits {
	size_t max_depth;		/* containers inside each other; 0: no limit */
	size_t max_values;		/* values in the text, names not counted; 0: no limit */
	bool allow_duplicates;		/* of member names in one object */
};

struct scan_info {
	struct span text;		/* the text without a leading UTF-8 byte order mark; borrowed */
	char root;			/* '{' '[' '"' '0' 't' 'f' 'n': how the root value begins */
	size_t depth, n_values;
	bool has_escape;		/* a backslash occurs */
	bool has_duplicate;		/* only when they are allowed */
	const char *wrong;		/* the byte in the text that was wrong; NULL: none was */
};

/*
 * json_scan - check one JSON text
 *
 * text    any bytes; borrowed
 * mem     scratch for name tables; nothing of it is needed after return
 * fails   BAD_JSON with the place (base/where.h); TOO_LARGE naming request.maxValues; BAD_JSON naming request.maxDepth
 * spec    RFC 8259; budgets of values and depth
 */
bool json_scan(struct span text, const struct scan_limits *limits, struct arena *mem, struct scan_info *out,
    struct err *e);

/* utf8_valid - whole text is UTF-8 without surrogates, overlong forms or values above 10FFFF (NUL is valid) */
bool utf8_valid(struct span text);

#endif
