/* datapump/object_store.h - objects: looked for, sent, fetched, removed; asked again until it is certain
 *
 * A request that failed for a reason that may pass is repeated five times, after a pause that doubles.  An object that was sent is
 * confirmed: by the digest that the storage tells of it, else by reading it back.  A large one is sent in parts, of which none is sent twice unless it
 * gets lost.
 */
#ifndef CORDS_DATAPUMP_OBJECT_STORE_H
#define CORDS_DATAPUMP_OBJECT_STORE_H

#include "conf/conf.h"
#include "datapump/object_uri.h"
#include "datapump/place.h"

struct object_access {
	const struct pool_conf *pool;	/* its settings */
	const struct key *key;		/* NULL: none */
	bool is_patient;		/* false: one request, and a few seconds for it */
	bool (*go_on)(void *arg, struct err *e);	/* asked all the time; NULL: nobody */
	void (*say)(void *arg, bool is_warning, const char *line);	/* for the log of the job; NULL: nobody */
	void *arg;
};

struct object_store;

/* where it is noted which parts of a file were sent, for a runner that takes over */
struct object_note {
	struct dump_place *where;
	const char *name;
};

/* mem closes it, and owns a copy of what a says */
struct object_store *object_store_open(const struct object_access *a, struct arena *mem);

enum object_presence { OBJECT_ABSENT, OBJECT_PRESENT, OBJECT_UNTOLD };	/* untold: who has the URI may not look */

/*
 * All take the URI of one object.
 *
 * fails   BAD_JOB: the URI, its host or its address is not allowed; STORE_REFUSED: the storage says no; STORE_AWAY: it does not answer,
 *         or not as it should, however often it is asked; what go_on fails with
 */
bool object_look(struct object_store *s, struct span uri, enum object_presence *out, struct err *e);
/* fd: as a whole, in parts when it is larger than datapump.objectStorage.partSize, where the storage knows them.  An object that is
 * there already with the same content is left as it is; else it fails FILE_EXISTS unless replace */
bool object_send(struct object_store *s, struct span uri, int fd, const struct object_note *note, bool replace, struct err *e);
/* fd: empty, written from its beginning.  fails NO_FILE; STORAGE_FULL when less than datapump.minFree would be left in `where` */
bool object_fetch(struct object_store *s, struct span uri, int fd, struct dump_place *where, int64_t *n_bytes, struct err *e);
bool object_remove(struct object_store *s, struct span uri, struct err *e);	/* nothing there is fine */
/* What was sent of fd is there no more, nor its parts; an object of another content is left. */
bool object_take_back(struct object_store *s, struct span uri, int fd, const struct object_note *note, struct err *e);

/* How large a file may be, as far as that is known; 0: it is not */
int64_t object_max_bytes(const struct object_uri *u);

#endif
