/* soda/qbe.h - Query-by-Example, from JSON text to conditions
 *
 * Knows the language of filters and nothing of SQL: sql/gen.c does the rest.
 */
#ifndef CORDS_SODA_QBE_H
#define CORDS_SODA_QBE_H

#include "base/scan.h"
#include "soda/project.h"
#include "sql/coll.h"
#include "sql/plan.h"

/* json_scan for a filter: $query or $orderby twice is told as BAD_QBE 5032, other repeated names as json_scan tells them */
bool qbe_scan(struct span text, const struct scan_limits *limits, struct arena *mem, struct scan_info *info, struct err *e);

enum qbe_use { QBE_QUERY, QBE_DELETE, QBE_UPDATE };

struct qbe {
	const struct cond *where;	/* NULL: everything */
	struct order order;
	bool is_exactly_empty;		/* the text was {} : the only spelling of "delete everything" */
	struct project project;		/* QBE_QUERY */
	struct span patch, merge;	/* QBE_UPDATE: raw text of $patch, $merge; n == 0 absent */
	bool has_query;
	bool needs_text_index;		/* $contains occurs */
};

/*
 * qbe_parse - read one filter specification
 *
 * text    UTF-8 JSON that passed json_scan; borrowed for the life of the result
 * use     what $patch, $merge, $project and a root array of keys are allowed in
 * coll    whose keys $id must be able to name (soda/key.h); NULL: key texts are taken as they are
 * mem     owns every node afterwards
 * fails   BAD_QBE with the inner number and err_at() the JSON Pointer of the offending member; PROJECT..., ARRAY_STEPS, BAD_KEY
 * spec    SODA for REST, "Filter Specifications" and "$orderby"; budgets: 1000 nodes, depth 32, 1000 list members,
 *         100 ordered fields, patterns of 256 bytes
 */
bool qbe_parse(struct span text, enum qbe_use use, const struct coll *coll, struct arena *mem, struct qbe *out,
    struct err *e);

#endif
