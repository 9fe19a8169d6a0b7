/* datapump/sending.h - a file that becomes an object, whole or in parts; private to object_send.c, object_parts.c, multipart.c and
 * segments.c */
#ifndef CORDS_DATAPUMP_SENDING_H
#define CORDS_DATAPUMP_SENDING_H

#include "datapump/asking.h"

enum {
	PARTS_MAX = 1000,		/* what each storage takes, and lists at once, unless it is set up otherwise */
	MD5_HEX = 32, MD5_BASE64 = 24, SHA256_HEX = 64
};

struct part {
	int64_t at, n_bytes;
	char md5_hex[MD5_HEX + 1], md5_base64[MD5_BASE64 + 1], sha256_hex[SHA256_HEX + 1];
	char etag[OBJECT_TAG];		/* as the storage has called it; "": it is not there */
};

/* what a file holds */
struct content {
	int fd;
	int64_t n_bytes;
	size_t n_parts;			/* 1: it is sent whole */
	struct part *parts;
	char tag[MD5_HEX + 8];		/* the usual ETag of such an object */
};

struct sending {
	struct operation *o;
	struct content *c;
	bool replace;
	bool over_segments;		/* what is replaced consists of segments, which would be left */
};

/* *done: it is there.  Also what is there of an earlier attempt whose end nobody heard of.  fails FILE_EXISTS: another one, unless replace */
bool sending_is_there(struct sending *x, bool *done, struct err *e);
/* What the storage has taken: *done: it has arrived, and is what we have.  Else it is removed, and o->answer is that of damage */
bool sending_confirm(struct sending *x, bool *done, struct err *e);

/* ---- parts ---- */

struct upload {				/* in parts, at work */
	struct operation *o;
	struct content *c;
	const char *id;			/* percent-encoded; NULL: it has not begun, or the storage knows it no more */
	bool has_condition;		/* nothing may be there when it is completed */
};

/* What differs between storages.  All but complete() ask until it is certain. */
struct parts_ops {
	bool (*begin)(struct upload *u, struct err *e);
	bool (*put)(struct upload *u, size_t i, struct err *e);		/* its etag, or no id */
	bool (*check)(struct upload *u, struct err *e);			/* parts that are lost have no etag then, or there is no id */
	bool (*complete)(struct upload *u, struct err *e);		/* once; o->answer */
	bool (*abort)(struct upload *u, size_t n_parts, struct err *e);	/* nothing there is fine */
};
extern const struct parts_ops multipart_ops, segments_ops;

/* The request that sends a part to this URI; its answer in the part. */
bool parts_put(struct upload *u, const struct object_uri *at, struct part *p, struct err *e);

/* The whole content in parts, behind what the note tells of earlier runners */
bool parts_send(struct sending *x, const struct object_note *note, struct err *e);
/* What the note tells of is there no more, nor the note. */
bool parts_take_back(struct operation *o, const struct object_note *note, struct err *e);

#endif
