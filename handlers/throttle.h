/* handlers/throttle.h - guessing passwords is slow: failures count per account and per address, for all workers */
#ifndef CORDS_HANDLERS_THROTTLE_H
#define CORDS_HANDLERS_THROTTLE_H

#include "conf/conf.h"
#include "sql/db.h"

enum { COUNTER_BYTES = 40 };

struct throttle {
	bool is_on;
	int64_t window_ms, account_max, address_max;
	char account[COUNTER_BYTES], address[COUNTER_BYTES];	/* names of counters; address "" when there is none */
	int64_t n_account;
};

/*
 * throttle_open - may this account be tried from this address?
 *
 * account  as the client wrote it: its name does not enter the database, a digest does
 * fails    THROTTLED, with *retry_after_s; what the database fails with
 */
bool throttle_open(struct db *db, const struct settings *global, struct span account, struct span address,
    struct throttle *out, int64_t *retry_after_s, struct err *e);

/* The password was wrong.  *locked: that was the last attempt.  Outside a transaction */
void throttle_failed(struct db *db, const struct throttle *t, bool *locked);
void throttle_passed(struct db *db, const struct throttle *t);

#endif
