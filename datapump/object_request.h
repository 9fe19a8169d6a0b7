/* datapump/object_request.h - one request to object storage, once
 *
 * No redirect is followed, no proxy or file of the environment is asked, nothing is decoded; the certificate is checked, and each
 * address that the host's name leads to before it is connected.
 */
#ifndef CORDS_DATAPUMP_OBJECT_REQUEST_H
#define CORDS_DATAPUMP_OBJECT_REQUEST_H

#include "base/buf.h"
#include "conf/conf.h"
#include "datapump/object_uri.h"

#include <stdint.h>

enum { OBJECT_TAG = 128, OBJECT_WHY = 160 };

struct object_client {			/* kept for all requests of a job: connections are used again */
	const char *allowed;		/* datapump.objectStorage.allowedHosts */
	const char *ca_file;		/* "": those of the system */
	int64_t timeout_ms;		/* to connect, and without progress */
	const struct key *key;		/* NULL: none */
	const char *token;		/* of Swift, in front of which stands X-Auth-Token; NULL: none yet */
	bool (*go_on)(void *arg, struct err *e);	/* asked all the time; NULL: nobody */
	void *arg;
	void *handle;			/* of the library */
	int socket;			/* that was opened last */
};

enum object_verb { OBJECT_HEAD, OBJECT_GET, OBJECT_PUT, OBJECT_POST, OBJECT_DELETE };

struct object_request {
	enum object_verb verb;
	const struct object_uri *uri;
	const char *headers[8];		/* "Name: value"; the first NULL ends them */
	int fd;				/* PUT: read from `at` on; GET: written unless into is set; -1: there is no body, or text */
	int64_t at, n_bytes;		/* PUT: of which how many */
	struct span text;		/* PUT, POST: sent instead of fd; p NULL: there is none */
	struct digest_run *into;	/* GET: what comes is only digested; NULL: it is written */
	int64_t from;			/* GET: the first byte wanted, and where it is written */
	struct buf *reply;		/* GET, POST: where a body goes that is read as a whole, and nothing else; NULL: nowhere */
	bool (*room)(void *arg, int64_t n, struct err *e);	/* GET: may so many bytes be written?  NULL: nobody asks */
	void *room_arg;
	const char *payload_sha256;	/* of the body, which is signed; NULL: there is none */
};

/* what the storage answered */
enum object_reply {
	REPLY_NONE,			/* nothing, or not all of it */
	REPLY_OK,
	REPLY_MISSING, REPLY_EXISTS,	/* of If-None-Match, If-Match */
	REPLY_STRANGER,			/* who asks is not known, or may not do this */
	REPLY_DAMAGED,			/* the body did not arrive as it was sent */
	REPLY_CONDITION,		/* it does not know conditions */
	REPLY_BUSY,			/* this time; it may be asked again */
	REPLY_REFUSED			/* whatever else */
};

struct object_answer {
	enum object_reply reply;
	char why[OBJECT_WHY];		/* for people: "HTTP 503", "HTTP 403 SignatureDoesNotMatch", "Timeout was reached" */
	int64_t n_bytes;		/* of the whole object; -1: not told */
	int64_t n_written;		/* GET: so far from the object's beginning */
	char etag[OBJECT_TAG];		/* without quotes; "" none */
	bool has_segments;		/* the object consists of others (Swift) */
	char md5_base64[OBJECT_TAG];	/* opc-content-md5; "" none */
	char token[4096];		/* X-Auth-Token */
};

/*
 * object_request - do it
 *
 * a       what came of it, also when nothing came
 * fails   what go_on and room fail with; IO, STORAGE_FULL of fd; BAD_JOB: an address that is not allowed; STORE_REFUSED: a certificate
 *         that is not trusted
 */
bool object_request(struct object_client *c, const struct object_request *r, struct arena *mem, struct object_answer *a, struct err *e);

void object_client_close(struct object_client *c);

#endif
