/* soda/operators.h - what stands beneath a path of a filter: {"$gt": 1, "$not": {...}}; for soda/qbe.c alone */
#ifndef CORDS_SODA_OPERATORS_H
#define CORDS_SODA_OPERATORS_H

#include "soda/geo.h"
#include "soda/member.h"
#include "soda/qbe.h"

enum word_kind { WORD_COMPARE, WORD_NOT, WORD_METHOD, WORD_VALUE, WORD_LOGIC, WORD_ID, WORD_SINGLES, WORD_CONTAINS,
	WORD_SPATIAL, WORD_OUTER };
enum takes { TAKES_SCALAR, TAKES_ORDERED, TAKES_BOUNDS, TAKES_LIST, TAKES_EVERY, TAKES_TRUTH, TAKES_TEXT, TAKES_PATTERN,
	TAKES_MOD, TAKES_NUMBER, TAKES_TIME };
enum { NEGATED = 64, SINGLE = 128 };	/* flags, beside enum regex_flags */
enum logic { LOGIC_AND, LOGIC_OR, LOGIC_NOR };
enum outer { OUTER_QUERY, OUTER_ORDERBY, OUTER_PROJECT, OUTER_PATCH, OUTER_MERGE };

struct word {				/* a row of qbe.def */
	const char *name;
	enum word_kind kind;
	int code;
	enum takes takes;
	unsigned flags;
};

const struct word *word_find(struct span name);	/* NULL: there is none */

static inline bool
is_word(struct span name)		/* or would be one, if it were known */
{
	return name.n > 0 && name.p[0] == '$';
}

enum { QBE_MAX_NODES = 1000, QBE_MAX_DEPTH = 32, QBE_MAX_LIST = 1000, QBE_MAX_PATTERN = 256 };

struct qbe_reader {
	const struct coll *coll;
	struct arena *mem;
	struct qbe *out;
	struct err *e;
	size_t n_nodes;			/* comparisons so far */
	bool has_id;
};

/* ---- cond.c ---- */
struct cond *cond_new(struct qbe_reader *r, enum cond_kind kind);

/* conditions being collected; the one itself when there is only one */
struct cond_list {
	struct cond *first, *last;
};
void cond_add(struct cond_list *list, struct cond *c);
struct cond *cond_join(struct qbe_reader *r, enum cond_kind kind, struct cond_list *list);
struct cond *cond_not(struct qbe_reader *r, struct cond *child);

/* ---- operators.c ---- */
/* path: scalar, and path: [scalar, ...] */
bool operators_equal(struct qbe_reader *r, const struct member *m, const struct path *path, struct cond **out);
bool operators_every(struct qbe_reader *r, const struct member *m, const struct path *path, struct cond **out);

/* path: {operator, ...}, at least one; is_top: $contains and spatial operators are allowed */
bool operators_parse(struct qbe_reader *r, const struct member *m, const struct path *path, bool is_top,
    struct cond **out);

/* the operand of one path in $sqlJson */
bool operators_single(struct qbe_reader *r, const struct member *m, const struct path *path, struct cond_list *out);

#endif
