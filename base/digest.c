/* base/digest.c - digests of Nettle: contexts by value, nothing to look up, to allocate or to fail */
#include "base/digest.h"

#include <nettle/base64.h>
#include <nettle/hmac.h>
#include <nettle/md5.h>
#include <nettle/memops.h>
#include <nettle/sha2.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *
context(size_t n)
{
	void *p = malloc(n);

	if (p == NULL) {
		fprintf(stderr, "cords: no memory for a digest\n");
		exit(2);
	}
	return p;
}

static void
put_hex(const unsigned char *p, size_t n, const char *digits, char *out)
{
	for (size_t i = 0; i < n; i++) {
		*out++ = digits[p[i] >> 4];
		*out++ = digits[p[i] & 15];
	}
	*out = '\0';
}

static const uint8_t *
bytes_of(struct span text)
{
	return (const uint8_t *)text.p;
}

void
digest_sha256_hex(struct span text, char out[65])
{
	struct sha256_ctx ctx;
	uint8_t bytes[SHA256_DIGEST_SIZE];

	sha256_init(&ctx);
	sha256_update(&ctx, text.n, bytes_of(text));
	sha256_digest(&ctx, sizeof(bytes), bytes);
	put_hex(bytes, sizeof(bytes), "0123456789ABCDEF", out);
}

void
digest_md5_hex(struct span text, char out[33])
{
	struct md5_ctx ctx;
	uint8_t bytes[MD5_DIGEST_SIZE];

	md5_init(&ctx);
	md5_update(&ctx, text.n, bytes_of(text));
	md5_digest(&ctx, sizeof(bytes), bytes);
	put_hex(bytes, sizeof(bytes), "0123456789ABCDEF", out);
}

void
digest_hex(const unsigned char *p, size_t n, char *out)
{
	put_hex(p, n, "0123456789abcdef", out);
}

static void
length_of(struct span part, unsigned char out[8])
{
	uint64_t n = part.n;

	for (int i = 7; i >= 0; i--, n >>= 8)
		out[i] = (unsigned char)n;
}

void
digest_parts(const struct span *parts, size_t n_parts, unsigned char out[32])
{
	struct sha256_ctx ctx;
	unsigned char length[8];

	sha256_init(&ctx);
	for (size_t i = 0; i < n_parts; i++) {
		length_of(parts[i], length);
		sha256_update(&ctx, sizeof(length), length);
		sha256_update(&ctx, parts[i].n, bytes_of(parts[i]));
	}
	sha256_digest(&ctx, SHA256_DIGEST_SIZE, out);
}

struct digest_run {
	struct sha256_ctx ctx;
};

struct digest_run *
digest_run_open(void)
{
	struct digest_run *d = context(sizeof(*d));

	sha256_init(&d->ctx);
	return d;
}

void
digest_run_add(struct digest_run *d, struct span bytes)
{
	sha256_update(&d->ctx, bytes.n, bytes_of(bytes));
}

void
digest_run_end(struct digest_run *d, unsigned char out[32])
{
	sha256_digest(&d->ctx, SHA256_DIGEST_SIZE, out);	/* and begins anew */
}

void
digest_run_close(struct digest_run **d)
{
	free(*d);
	*d = NULL;
}

struct digest_md5 {
	struct md5_ctx ctx;
};

struct digest_md5 *
digest_md5_open(void)
{
	struct digest_md5 *d = context(sizeof(*d));

	md5_init(&d->ctx);
	return d;
}

void
digest_md5_add(struct digest_md5 *d, struct span bytes)
{
	md5_update(&d->ctx, bytes.n, bytes_of(bytes));
}

void
digest_md5_end(struct digest_md5 *d, unsigned char out[16])
{
	md5_digest(&d->ctx, MD5_DIGEST_SIZE, out);	/* and begins anew */
}

void
digest_md5_close(struct digest_md5 **d)
{
	free(*d);
	*d = NULL;
}

struct digest_key {
	struct hmac_sha256_ctx ctx;
};

struct digest_key *
digest_key_open(struct span key)
{
	struct digest_key *k = context(sizeof(*k));

	hmac_sha256_set_key(&k->ctx, key.n, bytes_of(key));
	return k;
}

void
digest_key_close(struct digest_key **k)
{
	if (*k == NULL)
		return;
	digest_wipe(*k, sizeof(**k));
	free(*k);
	*k = NULL;
}

void
digest_hmac(struct digest_key *k, const struct span *parts, size_t n_parts, unsigned char out[32])
{
	unsigned char length[8];

	for (size_t i = 0; i < n_parts; i++) {
		length_of(parts[i], length);
		hmac_sha256_update(&k->ctx, sizeof(length), length);
		hmac_sha256_update(&k->ctx, parts[i].n, bytes_of(parts[i]));
	}
	hmac_sha256_digest(&k->ctx, SHA256_DIGEST_SIZE, out);	/* back to the state that the key left */
}

bool
digest_equal(const void *a, const void *b, size_t n)
{
	return memeql_sec(a, b, n);
}

void
digest_wipe(void *p, size_t n)
{
	explicit_bzero(p, n);
}

static int
base64_value(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '+' ? 62 : c == '/' ? 63 : -1;
}

bool
base64_decode(struct span text, unsigned char *out, size_t *n)
{
	uint32_t bits = 0;
	size_t made = 0, in = text.n;
	size_t pads = 0;

	while (in > 0 && pads < 2 && text.p[in - 1] == '=') {
		in--;
		pads++;
	}
	if (in % 4 == 1 || (pads > 0 && (in + pads) % 4 != 0))
		return false;
	for (size_t i = 0; i < in; i++) {
		int v = base64_value(text.p[i]);

		if (v < 0)
			return false;
		bits = bits << 6 | (uint32_t)v;
		if (i % 4 > 0)
			out[made++] = (unsigned char)(bits >> (6 - 2 * (i % 4)));
	}
	/* the bits that belong to no byte are zero, so that one text has one encoding */
	if ((in % 4 == 2 && (bits & 15) != 0) || (in % 4 == 3 && (bits & 3) != 0))
		return false;
	*n = made;
	return true;
}

size_t
base64_encode(struct span bytes, char *out)
{
	size_t n = BASE64_ENCODE_RAW_LENGTH(bytes.n);

	base64_encode_raw(out, bytes.n, bytes_of(bytes));
	out[n] = '\0';
	return n;
}

void
digest_sha512_base64(struct span text, char out[89])
{
	struct sha512_ctx ctx;
	uint8_t digest[SHA512_DIGEST_SIZE];

	sha512_init(&ctx);
	sha512_update(&ctx, text.n, bytes_of(text));
	sha512_digest(&ctx, sizeof(digest), digest);
	(void)base64_encode((struct span){ (const char *)digest, sizeof(digest) }, out);
}
