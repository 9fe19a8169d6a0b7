/* datapump/asking.h - one operation on one object, with all its requests; private to object_store.c, object_send.c, object_parts.c,
 * multipart.c and segments.c */
#ifndef CORDS_DATAPUMP_ASKING_H
#define CORDS_DATAPUMP_ASKING_H

#include "datapump/object_request.h"
#include "datapump/object_store.h"

enum { RETRIES = 5 };			/* of a request, and of an object whose parts get lost */

struct object_store {
	struct object_access a;
	struct object_client client;
	struct arena *mem;
	bool is_simple;			/* it knows no conditions, as we have seen */
};

struct operation {
	struct object_store *s;
	struct arena *mem;
	struct object_uri uri;
	struct span shown;
	const char *what;		/* "upload of" */
	int n_failed;			/* requests in a row */
	struct object_answer answer;	/* the last one */
};

bool asking_begin(struct object_store *s, struct span uri, const char *what, struct operation *o, struct err *e);
bool asking_end(struct operation *o, bool ok);		/* ok */
void asking_say(struct operation *o, bool is_warning, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
bool asking_go_on(struct operation *o, struct err *e);	/* shall the job? */

/* Once, but with a new token where the old one has aged.  o->answer: what came of it */
bool asking_request(struct operation *o, struct object_request *r, struct err *e);
/* Until it is OK, MISSING or EXISTS; whatever else does not pass fails */
bool asking_certain(struct operation *o, struct object_request *r, struct err *e);
/* Until it is gone, or was not there */
bool asking_delete(struct operation *o, const struct object_uri *uri, struct err *e);
bool asking_refused(const struct operation *o, struct err *e);		/* false, by o->answer */
/* After a failure that may pass: true when it is worth another attempt, behind a pause */
bool asking_try_again(struct operation *o, struct err *e);
/* false: fatal, or not worth another attempt; *again: ask once more */
bool asking_may_pass(struct operation *o, bool *again, struct err *e);

bool asking_look(struct operation *o, enum object_presence *out, struct err *e);
bool asking_remove(struct operation *o, struct err *e);			/* also segments of which it consists */

#endif
