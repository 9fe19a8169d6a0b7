/* conf/secret.h - the wallet, secrets of one pool in one encrypted file
 *
 * wallet/secrets holds a line per secret: name, nonce, cipher text with tag, in hexadecimal; AES-256-GCM under global/key, bound
 * to pool and name, so that a line moved elsewhere does not decrypt.  Both files must be 0600.  This keeps passwords out of
 * backups and listings of the folder without its key; who may read the key file may read them.
 */
#ifndef CORDS_CONF_SECRET_H
#define CORDS_CONF_SECRET_H

#include "base/arena.h"
#include "base/err.h"
#include "base/span.h"

struct secret {
	const char *name;
	struct span text;		/* wiped when mem goes */
};

struct secrets {
	size_t n;
	struct secret *row;
};

/* Every secret of a pool ("" global); none when there is no wallet.  fails CONFIG naming file and line */
bool secrets_read(const char *dir, const char *pool, struct arena *mem, struct secrets *out, struct err *e);

/* Under folder_lock.  Makes the key file when there is none.  fails CONFIG, IO */
bool secrets_write(const char *dir, const char *pool, const struct secrets *s, struct arena *mem, struct err *e);

struct secret *secrets_find(const struct secrets *s, struct span name);	/* NULL */

/* The file that $ORDS_SECRET_<POOL>_<NAME>_FILE names; *found false without that variable.  fails CONFIG */
bool secret_from_environment(const char *pool, const char *name, struct arena *mem, const char **path, struct span *out,
    bool *found, struct err *e);

/*
 * secret_seal - one text for a row of a database, encrypted under global/key
 *
 * bound   what the row belongs to: the text opens for the same words only, so that a row copied elsewhere does not
 * text    at most 4096 bytes
 * out     nonce, cipher text and tag in hexadecimal
 * fails   CONFIG, IO; makes the key file when there is none
 */
bool secret_seal(const char *dir, struct span bound, struct span text, struct arena *mem, struct span *out, struct err *e);

/* out: wiped when mem goes.  fails CONFIG when key or words are not those of secret_seal() */
bool secret_unseal(const char *dir, struct span bound, struct span sealed, struct arena *mem, struct span *out, struct err *e);

/* Wipe these bytes when mem goes. */
void secret_forget(struct arena *mem, struct span text);

#endif
