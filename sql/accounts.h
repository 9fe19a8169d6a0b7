/* sql/accounts.h - failures of logins, counted where all workers see them; answers kept for retries */
#ifndef CORDS_SQL_ACCOUNTS_H
#define CORDS_SQL_ACCOUNTS_H

#include "sql/db.h"

/* Failed logins of one counter ("a:" account or "p:" address) within window_ms; runs in its own transaction. */
bool throttle_read(struct db *db, struct span counter, int64_t window_ms, int64_t *n_failures, int64_t *retry_after_s,
    struct err *e);
bool throttle_add(struct db *db, struct span counter, int64_t window_ms, struct err *e);
bool throttle_clear(struct db *db, struct span counter, struct err *e);

/* id: 32 bytes of digest over account, method, URI and Idempotency-Key; request: digest of what was asked.
 * idem_read: *found tells whether a finished answer of the last 24 h exists; fails IDEM_MISMATCH when something else was asked */
struct idem_answer {
	int status;
	struct span headers, body;	/* as the handler stored them */
};
bool idem_read(struct db *db, const unsigned char id[32], const unsigned char request[32], struct arena *mem,
    struct idem_answer *out, bool *found, struct err *e);
/* in the same transaction as the write; fails IDEM_BUSY when another one inserted it first */
bool idem_write(struct db *db, const unsigned char id[32], const unsigned char request[32], const struct idem_answer *a,
    struct err *e);

#endif
