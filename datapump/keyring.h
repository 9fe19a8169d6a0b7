/* datapump/keyring.h - what opens object storage: credentials, and secrets that stand in a URI
 *
 * Both are rows, sealed under the key of the configuration folder for one owner; they are opened by the runner, in memory that is
 * wiped afterwards, and by the worker that looks whether a job can be done.
 */
#ifndef CORDS_DATAPUMP_KEYRING_H
#define CORDS_DATAPUMP_KEYRING_H

#include "conf/conf.h"
#include "sql/credentials.h"

enum key_kind {
	KEY_BASIC,			/* name and password with each request */
	KEY_SWIFT,			/* they buy a token at /auth/v1.0 of the same host */
	KEY_S3				/* Signature V4 */
};
const char *key_kind_name(enum key_kind kind);		/* "basic" */
bool key_kind_read(struct span text, enum key_kind *out);

struct key {
	enum key_kind kind;
	const char *region;		/* "us-east-1" unless it is told */
	const char *username, *secret;	/* secret is wiped when mem goes */
};

/* c->sealed from the secret.  fails CONFIG, IO */
bool keyring_seal(const struct conf *conf, const struct pool_conf *pool, struct credential *c, struct span secret, struct arena *mem,
    struct err *e);

/*
 * keyring_find - the credential that a job names
 *
 * name    in either case
 * fails   BAD_JOB, ODP-39205: unknown, disabled, of another owner: all with the same words; CONFIG
 */
bool keyring_find(const struct conf *conf, const struct pool_conf *pool, struct jobs *j, struct span owner, struct span name,
    struct arena *mem, struct key *out, struct err *e);

/* A URI with a secret in it, for the row of a job of this owner, and back. */
bool keyring_seal_uri(const struct conf *conf, const struct pool_conf *pool, struct span owner, struct span uri, struct arena *mem,
    struct span *out, struct err *e);
bool keyring_open_uri(const struct conf *conf, const struct pool_conf *pool, struct span owner, struct span sealed, struct arena *mem,
    struct span *out, struct err *e);

#endif
