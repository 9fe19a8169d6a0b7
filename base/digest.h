/* base/digest.h - digests of Nettle, in the forms we need */
#ifndef CORDS_BASE_DIGEST_H
#define CORDS_BASE_DIGEST_H

#include "base/span.h"

void digest_sha256_hex(struct span text, char out[65]);	/* upper case */
void digest_md5_hex(struct span text, char out[33]);		/* upper case */

/* SHA-256 over parts; each part is preceded by its length, so that ("ab","c") and ("a","bc") differ */
void digest_parts(const struct span *parts, size_t n_parts, unsigned char out[32]);
void digest_hex(const unsigned char *p, size_t n, char *out);	/* lower case, 2n digits and a NUL */

/* SHA-256 over bytes that come one after the other */
struct digest_run;
struct digest_run *digest_run_open(void);
void digest_run_add(struct digest_run *d, struct span bytes);
void digest_run_end(struct digest_run *d, unsigned char out[32]);	/* then it begins anew */
void digest_run_close(struct digest_run **d);

/* MD5 in the same way, where others speak nothing else: ETag, Content-MD5 */
struct digest_md5;
struct digest_md5 *digest_md5_open(void);
void digest_md5_add(struct digest_md5 *d, struct span bytes);
void digest_md5_end(struct digest_md5 *d, unsigned char out[16]);	/* then it begins anew */
void digest_md5_close(struct digest_md5 **d);

/* HMAC-SHA-256 over parts, in the same form; for many texts under one key */
struct digest_key;
struct digest_key *digest_key_open(struct span key);
void digest_key_close(struct digest_key **k);
void digest_hmac(struct digest_key *k, const struct span *parts, size_t n_parts, unsigned char out[32]);

/* SHA-512 as Base64 with its padding: 88 characters and a NUL */
void digest_sha512_base64(struct span text, char out[89]);

bool digest_equal(const void *a, const void *b, size_t n);	/* in constant time */
void digest_wipe(void *p, size_t n);				/* not optimised away */

/* Base64 (RFC 4648 section 4, padding optional); false for anything else.  out: at least 3 * text.n / 4 + 3 bytes */
bool base64_decode(struct span text, unsigned char *out, size_t *n);

/* with padding, and a NUL; out: at least base64_size() bytes; returns without the NUL */
size_t base64_encode(struct span bytes, char *out);
static inline size_t
base64_size(size_t n)
{
	return (n + 2) / 3 * 4 + 1;
}

#endif
