/* handlers/restsql.h - REST-Enabled SQL: POST /{schema}/_/sql; between its files */
#ifndef CORDS_HANDLERS_RESTSQL_H
#define CORDS_HANDLERS_RESTSQL_H

#include "handlers/route.h"
#include "sql/caller.h"

action restsql_run;			/* POST _/sql */

enum { BINDS_MOST = 1000, BATCH_MOST = 10000, ANSWER_MOST_BYTES = 64 << 20, ROW_MOST_BYTES = 80 << 20 };

/* ---- restsql_request.c: what is asked ---- */

struct sql_bind {
	struct span name;		/* n 0: it has an index */
	size_t index;			/* from 1 */
	struct span as_sent;		/* the object, for the answer */
	bool is_batch;
	size_t n_values;		/* 1, or those of the batch */
	struct value *values;
	bool is_used;
};

enum sql_shown {			/* parts of an answer that can be left out (responseFormat) */
	SHOW_METADATA = 1, SHOW_INFORMATION = 2, SHOW_TEXT = 4, SHOW_BINDS = 8, SHOW_RESULT = 16, SHOW_RESPONSE = 32, SHOW_ALL = 63
};

struct sql_request {
	struct span script;
	struct caller_page page;
	size_t n_binds;
	struct sql_bind *binds;
	size_t n_batch;			/* executions; 0: no batch, one */
	bool goes_on;			/* continueOnError */
	unsigned shows;
};

/*
 * sql_request_read - the body, by its media type
 *
 * application/sql: the script.  application/json: statementText, binds, offset, limit, responseFormat, continueOnError.
 * fails   MEDIA_TYPE, BAD_REQUEST naming the member, BAD_JSON, TOO_LARGE
 */
bool sql_request_read(const struct call *c, struct sql_request *out, struct err *e);

/* ---- restsql_reply.c: what is answered ---- */

struct sql_reply {
	struct buf b;
	unsigned shows;
	struct arena *mem, *row;	/* of all, of one row */
	size_t n_items;
	int64_t n_rows;
};

void sql_reply_open(struct sql_reply *r, const struct sql_request *asked, struct arena *mem);
void sql_item_open(struct sql_reply *r, const struct statement *st, const struct sql_request *asked);
void sql_item_close(struct sql_reply *r, struct span response, const int64_t *results, size_t n_results, bool is_batch);
void sql_item_failed(struct sql_reply *r, const struct caller_fault *f);
/* "resultSet" with all rows of a statement up to the limit, or until the answer is long enough.  fails as caller_row() */
bool sql_item_rows(struct sql_reply *r, struct caller_stmt *c, const struct caller_page *page, struct caller_fault *f,
    struct err *e);
void sql_reply_close(struct sql_reply *r, struct response *out);

#endif
