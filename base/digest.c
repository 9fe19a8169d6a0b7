/* base/digest.c - libcrypto, its algorithms looked up once: a lookup costs more than a digest of a small document */
#include "base/digest.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/* libcrypto without SHA-256 or memory for a context: nothing here can work */
static _Noreturn void
give_up(const char *what)
{
	fprintf(stderr, "cords: libcrypto cannot make a digest: %s\n", what);
	exit(2);
}

static EVP_MD *
algorithm(EVP_MD **known, const char *name)
{
	if (*known == NULL && (*known = EVP_MD_fetch(NULL, name, NULL)) == NULL)
		give_up(name);
	return *known;
}

static EVP_MD *
sha256(void)
{
	static EVP_MD *known;

	return algorithm(&known, "SHA256");
}

static EVP_MD_CTX *
begin(const EVP_MD *md)
{
	static EVP_MD_CTX *ctx;

	if ((ctx == NULL && (ctx = EVP_MD_CTX_new()) == NULL) || !EVP_DigestInit_ex2(ctx, md, NULL))
		give_up("context");
	return ctx;
}

static void
finish(EVP_MD_CTX *ctx, unsigned char *out)
{
	if (!EVP_DigestFinal_ex(ctx, out, NULL))
		give_up("final");
}

static void
add(EVP_MD_CTX *ctx, const void *p, size_t n)
{
	if (!EVP_DigestUpdate(ctx, p, n))
		give_up("update");
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

void
digest_sha256_hex(struct span text, char out[65])
{
	EVP_MD_CTX *ctx = begin(sha256());
	unsigned char bytes[32];

	add(ctx, text.p, text.n);
	finish(ctx, bytes);
	put_hex(bytes, sizeof(bytes), "0123456789ABCDEF", out);
}

void
digest_md5_hex(struct span text, char out[33])
{
	static EVP_MD *known;
	EVP_MD_CTX *ctx = begin(algorithm(&known, "MD5"));
	unsigned char bytes[16];

	add(ctx, text.p, text.n);
	finish(ctx, bytes);
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
	EVP_MD_CTX *ctx = begin(sha256());
	unsigned char length[8];

	for (size_t i = 0; i < n_parts; i++) {
		length_of(parts[i], length);
		add(ctx, length, sizeof(length));
		add(ctx, parts[i].p, parts[i].n);
	}
	finish(ctx, out);
}

struct digest_run {
	EVP_MD_CTX *ctx;
};

struct digest_run *
digest_run_open(void)
{
	struct digest_run *d = malloc(sizeof(*d));

	if (d == NULL || (d->ctx = EVP_MD_CTX_new()) == NULL || !EVP_DigestInit_ex2(d->ctx, sha256(), NULL))
		give_up("context");
	return d;
}

void
digest_run_add(struct digest_run *d, struct span bytes)
{
	add(d->ctx, bytes.p, bytes.n);
}

void
digest_run_end(struct digest_run *d, unsigned char out[32])
{
	finish(d->ctx, out);
	if (!EVP_DigestInit_ex2(d->ctx, sha256(), NULL))
		give_up("context");
}

void
digest_run_close(struct digest_run **d)
{
	if (*d == NULL)
		return;
	EVP_MD_CTX_free((*d)->ctx);
	free(*d);
	*d = NULL;
}

struct digest_key {
	EVP_MAC_CTX *ctx;
};

struct digest_key *
digest_key_open(struct span key)
{
	char name[] = "SHA256";
	const OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, name, 0),
		OSSL_PARAM_construct_end(),
	};
	/* a key of no bytes is a key, too; NULL would mean the one before */
	const unsigned char *bytes = (const unsigned char *)(key.n == 0 ? "" : key.p);
	struct digest_key *k = malloc(sizeof(*k));
	EVP_MAC *hmac = EVP_MAC_fetch(NULL, "HMAC", NULL);

	if (k == NULL || hmac == NULL || (k->ctx = EVP_MAC_CTX_new(hmac)) == NULL
	    || !EVP_MAC_init(k->ctx, bytes, key.n, params))
		give_up("HMAC");
	EVP_MAC_free(hmac);
	return k;
}

void
digest_key_close(struct digest_key **k)
{
	if (*k == NULL)
		return;
	EVP_MAC_CTX_free((*k)->ctx);	/* wipes what it made of the key */
	free(*k);
	*k = NULL;
}

void
digest_hmac(struct digest_key *k, const struct span *parts, size_t n_parts, unsigned char out[32])
{
	unsigned char length[8];

	/* without a key and parameters: from the state that the key left, which saves half of the work */
	if (!EVP_MAC_init(k->ctx, NULL, 0, NULL))
		give_up("HMAC");
	for (size_t i = 0; i < n_parts; i++) {
		length_of(parts[i], length);
		if (!EVP_MAC_update(k->ctx, length, sizeof(length))
		    || !EVP_MAC_update(k->ctx, (const unsigned char *)parts[i].p, parts[i].n))
			give_up("HMAC");
	}
	if (!EVP_MAC_final(k->ctx, out, NULL, 32))
		give_up("HMAC");
}

bool
digest_equal(const void *a, const void *b, size_t n)
{
	return CRYPTO_memcmp(a, b, n) == 0;
}

void
digest_wipe(void *p, size_t n)
{
	OPENSSL_cleanse(p, n);
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
	return (size_t)EVP_EncodeBlock((unsigned char *)out, (const unsigned char *)bytes.p, (int)bytes.n);
}

void
digest_sha512_base64(struct span text, char out[89])
{
	static EVP_MD *known;
	unsigned char digest[64];
	EVP_MD_CTX *ctx = begin(algorithm(&known, "SHA512"));

	add(ctx, text.p, text.n);
	finish(ctx, digest);
	(void)base64_encode((struct span){ (const char *)digest, sizeof(digest) }, out);
}
