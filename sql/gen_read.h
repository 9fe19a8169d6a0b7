/* sql/gen_read.h - a SELECT of documents as it grows; between gen.c and gen_page.c
 */
#ifndef CORDS_SQL_GEN_READ_H
#define CORDS_SQL_GEN_READ_H

#include "sql/gen.h"

struct reader {
	struct sql s;
	const struct plan *plan;
	const struct choice *choice;
	uint64_t n_rows, n_skip;	/* of a page */
	char lead;			/* the name whose id is the document's key: 'c' or 'i' */
	const struct use *ranges;	/* of the lead, as r; NULL: there are none */
	bool needs_coll;		/* c has to be there */
	bool has_needles;
	bool by_words;			/* w leads to c by what it holds */
	bool by_path;			/* an index over parsed documents leads, of w or c */
	bool has_words;			/* there is a w */
	bool is_bare;			/* a page whose rows are known by the lead alone, or by nothing but their keys */
	bool hides_values;		/* one plan does for all values of the lead (dialect->unseen) */
	bool is_joined, is_inner;	/* there is a k; it is being written */
	bool is_first;			/* no condition was written yet */
	bool is_empty;
	int64_t after_seq;		/* COLUMNS_SCAN */
};

/* ---- gen.c ---- */

void sql_begin(struct reader *r, const struct dialect *d, struct arena *mem);	/* plan and choice are there */
void sql_and(struct reader *r);				/* WHERE, or AND */
void sql_id(struct reader *r);				/* the document's key */
void sql_value_name(struct sql *s, char table, size_t field);
void sql_reach(struct reader *r, char table, const struct use *u);
void sql_what(struct reader *r, enum columns columns);	/* SELECT and the columns */
void sql_select(struct reader *r, enum columns columns);	/* all but the page */

/* ---- gen_page.c ---- */

void sql_bound(struct reader *r);			/* a condition that leaves out rows which surely stand behind the page */
void sql_order(struct reader *r);
void sql_sort_columns(struct reader *r);		/* of k, each with a comma in front */
void sql_tie(struct reader *r);				/* a number of the head: is a value by which this row is ordered long, so that it may tie? */
void sql_limit(struct sql *s, uint64_t n_rows, uint64_t n_skip);

#endif
