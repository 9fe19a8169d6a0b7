/* datapump/place.h - where dump files lie: a directory that is held open, or object storage with a directory for staging
 *
 * Names are looked up relative to the descriptor of the directory, so nothing leads out of it; what is no regular file with one
 * name is refused, and symbolic links are not followed.  Files are made under a working name that no client can ask for, and
 * published under their own when they are whole.
 */
#ifndef CORDS_DATAPUMP_PLACE_H
#define CORDS_DATAPUMP_PLACE_H

#include "base/arena.h"
#include "base/err.h"
#include "base/span.h"

#include <stdint.h>

struct dump_place;

struct place_ops {
	/* the finished file `working` of the directory becomes `name`; fails FILE_EXISTS unless replace.  Where the place is remote, the
	 * working file stays: it can be published once more, which then finds that it was */
	bool (*publish)(struct dump_place *p, const char *working, struct span name, bool replace, struct err *e);
	/* to read, from its beginning; fails NO_FILE */
	bool (*open)(struct dump_place *p, struct span name, int *fd, int64_t *n_bytes, struct err *e);
	bool (*exists)(struct dump_place *p, struct span name, bool *out, struct err *e);
	bool (*remove)(struct dump_place *p, struct span name, struct err *e);	/* nothing there is fine */
	struct span (*shown)(struct dump_place *p, struct span name);		/* for logs and messages: without secrets */
	/* what was published of the working file is there no more, nor what was begun of it; what somebody else has there is left */
	bool (*take_back)(struct dump_place *p, const char *working, struct span name, struct err *e);
};

struct dump_place {
	const struct place_ops *ops;
	struct arena *mem;
	bool is_remote;			/* names are URIs of objects */
	int dir;			/* of the directory, also where objects are staged */
	int64_t min_free_bytes;		/* of its file system; place_has_room() */
	void *own;			/* of ops */
};

/*
 * place_directory - a directory as it is
 *
 * path    absolute; with make, its last part is created with mode 0700 when it is not there
 * mem     closes the descriptor when it goes
 * fails   IO, whose text does not tell the path
 */
bool place_directory(const char *path, bool make, struct arena *mem, struct dump_place **out, struct err *e);

/*
 * place_object - objects, staged in a directory: published files are sent, those that are opened are fetched
 *
 * mem     also closes what is open
 */
struct object_access;
struct dump_place *place_object(struct dump_place *staging, const struct object_access *a, struct arena *mem);

/* In the directory: a new file for writing and reading, mode 0600; fails FILE_EXISTS, STORAGE_FULL, IO */
bool place_create(struct dump_place *p, const char *name, int *fd, struct err *e);

/* In the directory: an existing file, also one under its working name; fails NO_FILE */
bool place_open_local(struct dump_place *p, const char *name, int *fd, int64_t *n_bytes, struct err *e);
bool place_go_on(struct dump_place *p, const char *name, int *fd, int64_t *n_bytes, struct err *e);	/* the same for writing, too */
bool place_rename_local(struct dump_place *p, const char *from, const char *to, struct err *e);
bool place_remove_local(struct dump_place *p, const char *name, struct err *e);
/* In the directory: a file that was just given its name and still has its working name loses the former. */
bool place_unname_local(struct dump_place *p, const char *working, const char *name, bool *was_named, struct err *e);
/* In the directory: everything whose name begins and ends so. */
bool place_sweep_local(struct dump_place *p, struct span begin, struct span end, struct err *e);

/* STORAGE_FULL when less than min_free_bytes and `more` are left */
bool place_has_room(struct dump_place *p, int64_t more, struct err *e);

struct place_entry {
	struct span name;
	int64_t n_bytes, changed_us;
};

/* The regular files of the directory whose names a client may use, by name. */
bool place_list(struct dump_place *p, struct arena *mem, const struct place_entry **out, size_t *n, struct err *e);

/* errno as a failure: ENOSPC and EDQUOT are STORAGE_FULL.  what: "write" */
bool place_fail(struct err *e, const char *what);

#endif
