/* soda/match.h - the condition tree against one document: the reference meaning of a QBE
 *
 * Works on the bytes; builds no tree.
 */
#ifndef CORDS_SODA_MATCH_H
#define CORDS_SODA_MATCH_H

#include "sql/plan.h"

/* match_doc - does the document satisfy the condition?  key: of the document, for $id.
 * fails   BAD_QBE when a pattern exceeds its step limit; TIMEOUT; NOT_GEOMETRY and VALUE_MISSING of COND_SPATIAL
 * Returns the answer; on failure false with e->kind set, so callers look at e->kind first. */
bool match_doc(const struct cond *where, struct span key, struct span content, struct arena *mem, struct err *e);

plan_match_fn match_plan;		/* match_doc for struct plan */
plan_keys_fn order_keys;		/* soda/order.c: sort keys of $orderby */

/* ---- patterns: PCRE2 behind a door ---- */
struct regex;
enum regex_flags { REGEX_WHOLE = 1, REGEX_NOCASE = 2, REGEX_DOTALL = 4 };
/* fails BAD_QBE naming the reason; released with mem */
bool regex_make(struct span pattern, unsigned flags, struct arena *mem, void **out, struct err *e);
/* on a step limit: false with e->kind BAD_QBE */
bool regex_test(const void *regex, struct span text, struct err *e);

#endif
