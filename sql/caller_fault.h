/* sql/caller_fault.h - what a driver says about the statement of a caller; private to this folder */
#ifndef CORDS_SQL_CALLER_FAULT_H
#define CORDS_SQL_CALLER_FAULT_H

#include "sql/caller.h"
#include "sql/odbc.h"

/*
 * caller_fault_set - the call of h has failed
 *
 * fails   always.  STATEMENT when it is about the statement: f in the engine's own words, which say nothing that the account
 *         could not ask for itself; as diag_set() when it is about the connection or the time
 */
bool caller_fault_set(struct db *db, SQLHSTMT h, const struct statement *st, struct arena *mem, struct caller_fault *f,
    struct err *e);

/* the engine's words without what driver and driver manager put around them, in place */
char *caller_fault_words(char *text);

#endif
