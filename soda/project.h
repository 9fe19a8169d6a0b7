/* soda/project.h - $project: parts of a document */
#ifndef CORDS_SODA_PROJECT_H
#define CORDS_SODA_PROJECT_H

#include "base/buf.h"
#include "sql/plan.h"

struct project {
	size_t n_paths;			/* 0: everything */
	const struct path *paths;	/* STEP_FIELD steps only */
	bool exclude;
};

/* value: raw JSON text of the $project object.  fails PROJECT (5010), PROJECT_MIXED, PROJECT_ARRAY, PROJECT_OVERLAP */
bool project_parse(struct span value, struct arena *mem, struct project *out, struct err *e);

/* content through the projection, appended to out; structure is kept, numbers keep their spelling */
void project_apply(const struct project *p, struct span content, struct arena *mem, struct buf *out);

#endif
