/* handlers/idempotency.h - a write that is repeated with the same Idempotency-Key has one effect and one answer */
#ifndef CORDS_HANDLERS_IDEMPOTENCY_H
#define CORDS_HANDLERS_IDEMPOTENCY_H

#include "handlers/route.h"

struct idem {
	bool given;			/* the request carries a key */
	unsigned char id[32];		/* of account, method, URI and key */
	unsigned char request[32];	/* of what was asked: body, Content-Type, conditions */
};

/* Reads the header.  fails BAD_REQUEST: 1 to 255 visible ASCII characters */
bool idem_of(const struct request *req, const struct caller *who, struct idem *out, struct err *e);

/* The answer of an earlier request, if there is one: *found.  Inside the transaction, or alone.  fails IDEM_MISMATCH */
bool idem_replay(struct db *db, const struct idem *i, struct response *out, bool *found, struct err *e);

/* Keep an answer; in the transaction of the write.  fails IDEM_BUSY */
bool idem_keep(struct db *db, const struct idem *i, const struct response *r, struct err *e);

#endif
