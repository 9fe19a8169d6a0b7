/* conf/secret.c - AES-256-GCM of Nettle, line by line */
#include "conf/secret.h"

#include "base/buf.h"
#include "base/digest.h"
#include "base/uid.h"
#include "conf/folder.h"

#include <nettle/gcm.h>
#include <stdlib.h>

enum { KEY_BYTES = 32, NONCE_BYTES = 12, TAG_BYTES = 16, SECRET_MAX = 4096 };

static void
wipe(void *arg)
{
	struct span *s = arg;

	digest_wipe((void *)(uintptr_t)s->p, s->n);
}

void
secret_forget(struct arena *mem, struct span text)
{
	struct span *s = ARENA_NEW(mem, struct span);

	*s = text;
	arena_defer(mem, wipe, s);
}

struct secret *
secrets_find(const struct secrets *s, struct span name)
{
	for (size_t i = 0; i < s->n; i++)
		if (span_is(name, s->row[i].name))
			return &s->row[i];
	return NULL;
}

/* *found false: there is none yet */
static bool
read_key(const char *dir, struct arena *mem, struct span *key, bool *found, struct err *e)
{
	const char *path = arena_printf(mem, "%s/global/key", dir);

	if (!folder_read(path, FILE_SECRET, mem, key, found, e))
		return false;
	secret_forget(mem, *key);
	if (*found && key->n != KEY_BYTES)
		return err_set(e, ERR_CONFIG, "%s: not a key of %d bytes", path, KEY_BYTES);
	return true;
}

/* what a line is bound to */
static struct span
binding(const char *pool, const char *name, struct arena *mem)
{
	return span_of(arena_printf(mem, "cords/1/%s/%s", pool, name));
}

static void
begin(struct gcm_aes256_ctx *ctx, struct span key, const unsigned char *nonce, struct span bound)
{
	gcm_aes256_set_key(ctx, (const uint8_t *)key.p);
	gcm_aes256_set_iv(ctx, NONCE_BYTES, nonce);
	gcm_aes256_update(ctx, bound.n, (const uint8_t *)bound.p);
}

/* out: text.n + TAG_BYTES */
static void
seal(struct span key, const unsigned char *nonce, struct span bound, struct span text, unsigned char *out)
{
	struct gcm_aes256_ctx ctx;

	begin(&ctx, key, nonce, bound);
	gcm_aes256_encrypt(&ctx, text.n, out, (const uint8_t *)text.p);
	gcm_aes256_digest(&ctx, TAG_BYTES, out + text.n);
	digest_wipe(&ctx, sizeof(ctx));
}

/* sealed: cipher text and tag; out: sealed.n - TAG_BYTES */
static bool
unseal(struct span key, const unsigned char *nonce, struct span bound, struct span sealed, unsigned char *out)
{
	struct gcm_aes256_ctx ctx;
	size_t n_text = sealed.n - TAG_BYTES;
	uint8_t tag[TAG_BYTES];

	begin(&ctx, key, nonce, bound);
	gcm_aes256_decrypt(&ctx, n_text, out, (const uint8_t *)sealed.p);
	gcm_aes256_digest(&ctx, TAG_BYTES, tag);
	digest_wipe(&ctx, sizeof(ctx));
	return digest_equal(tag, sealed.p + n_text, TAG_BYTES);
}

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool
unhex(struct span hex, unsigned char *out)
{
	if (hex.n % 2 != 0)
		return false;
	for (size_t i = 0; i < hex.n; i += 2) {
		int high = hex_digit(hex.p[i]), low = hex_digit(hex.p[i + 1]);

		if (high < 0 || low < 0)
			return false;
		out[i / 2] = (unsigned char)(high << 4 | low);
	}
	return true;
}

/* nonce and sealed: hexadecimal */
static bool
open_sealed(struct span key, struct span bound, struct span nonce, struct span sealed, struct arena *mem, struct span *out)
{
	unsigned char nonce_bytes[NONCE_BYTES];
	unsigned char *bytes, *text;
	size_t n;

	if (nonce.n != (size_t)2 * NONCE_BYTES || sealed.n < (size_t)2 * TAG_BYTES || sealed.n > (size_t)2 * (SECRET_MAX + TAG_BYTES))
		return false;
	n = sealed.n / 2 - TAG_BYTES;
	bytes = arena_alloc(mem, sealed.n / 2);
	text = arena_zalloc(mem, n + 1);
	*out = (struct span){ (char *)text, n };
	secret_forget(mem, *out);
	return unhex(nonce, nonce_bytes) && unhex(sealed, bytes)
	    && unseal(key, nonce_bytes, bound, (struct span){ (char *)bytes, sealed.n / 2 }, text);
}

static bool
read_line(struct span line, struct span key, const char *pool, struct arena *mem, struct secret *out)
{
	struct span name = span_cut(&line, ' ');
	struct span nonce = span_cut(&line, ' ');

	if (name.n == 0)
		return false;
	out->name = arena_z(mem, name);
	return open_sealed(key, binding(pool, out->name, mem), nonce, line, mem, &out->text);
}

bool
secrets_read(const char *dir, const char *pool, struct arena *mem, struct secrets *out, struct err *e)
{
	const char *path = folder_secrets(dir, pool, mem);
	struct span text, key;
	bool found, has_key;

	*out = (struct secrets){ 0 };
	if (!folder_read(path, FILE_SECRET, mem, &text, &found, e))
		return false;
	if (!found || text.n == 0)
		return true;
	if (!read_key(dir, mem, &key, &has_key, e))
		return false;
	if (!has_key)
		return err_set(e, ERR_CONFIG, "%s: the key file %s/global/key is missing", path, dir);
	for (unsigned n_line = 1; text.n > 0; n_line++) {
		struct span line = span_cut(&text, '\n');
		struct secret row;

		if (line.n == 0)
			continue;
		if (!read_line(line, key, pool, mem, &row))
			return err_set(e, ERR_CONFIG, "%s line %u: cannot be decrypted with %s/global/key", path, n_line, dir);
		out->row = arena_grow(mem, out->row, out->n * sizeof(row), (out->n + 1) * sizeof(row));
		out->row[out->n++] = row;
	}
	return true;
}

static bool
make_key(const char *dir, struct arena *mem, struct span *key, struct err *e)
{
	char *bytes = arena_alloc(mem, KEY_BYTES);

	uid_random(bytes, KEY_BYTES);
	*key = (struct span){ bytes, KEY_BYTES };
	secret_forget(mem, *key);
	return folder_write(arena_printf(mem, "%s/global/key", dir), FILE_SECRET, *key, e);
}

/* nonce, `between`, cipher text and tag; what: for the error */
static bool
put_sealed(struct buf *b, struct span key, struct span bound, struct span text, const char *between, const char *what, struct err *e)
{
	unsigned char nonce[NONCE_BYTES];
	unsigned char *sealed = arena_alloc(b->mem, text.n + TAG_BYTES);
	char *hex = arena_alloc(b->mem, 2 * (text.n + TAG_BYTES) + 1);
	char nonce_hex[2 * NONCE_BYTES + 1];

	if (text.n > SECRET_MAX)
		return err_set(e, ERR_CONFIG, "%s: longer than %d bytes", what, SECRET_MAX);
	uid_random(nonce, sizeof(nonce));
	seal(key, nonce, bound, text, sealed);
	digest_hex(nonce, sizeof(nonce), nonce_hex);
	digest_hex(sealed, text.n + TAG_BYTES, hex);
	buf_addz(b, nonce_hex);
	buf_addz(b, between);
	buf_addz(b, hex);
	return true;
}

bool
secrets_write(const char *dir, const char *pool, const struct secrets *s, struct arena *mem, struct err *e)
{
	const char *path = folder_secrets(dir, pool, mem);
	struct span key, wallet = { path, strlen(path) - strlen("/secrets") };
	struct buf out;
	bool found;

	if (!read_key(dir, mem, &key, &found, e) || (!found && !make_key(dir, mem, &key, e)))
		return false;
	buf_init(&out, mem);
	for (size_t i = 0; i < s->n; i++) {
		buf_printf(&out, "%s ", s->row[i].name);
		if (!put_sealed(&out, key, binding(pool, s->row[i].name, mem), s->row[i].text, " ", s->row[i].name, e))
			return false;
		buf_char(&out, '\n');
	}
	return folder_make(arena_z(mem, wallet), e) && folder_write(path, FILE_SECRET, buf_text(&out), e);
}

/* The lock is that of writers: of two who find no key one makes it. */
static bool
need_key(const char *dir, struct arena *mem, struct span *key, struct err *e)
{
	bool found;

	if (!read_key(dir, mem, key, &found, e))
		return false;
	return found || (folder_lock(dir, mem, e) && read_key(dir, mem, key, &found, e) && (found || make_key(dir, mem, key, e)));
}

bool
secret_seal(const char *dir, struct span bound, struct span text, struct arena *mem, struct span *out, struct err *e)
{
	struct arena *scratch = arena_open(0);
	struct span key;
	struct buf b;
	bool ok;

	buf_init(&b, scratch);
	ok = need_key(dir, scratch, &key, e) && put_sealed(&b, key, bound, text, "", "the secret", e);
	if (ok)
		*out = arena_span(mem, buf_text(&b));
	arena_close(&scratch);
	return ok;
}

bool
secret_unseal(const char *dir, struct span bound, struct span sealed, struct arena *mem, struct span *out, struct err *e)
{
	enum { NONCE_HEX = 2 * NONCE_BYTES };
	struct span key;
	bool found;

	if (!read_key(dir, mem, &key, &found, e))
		return false;
	if (found && sealed.n > NONCE_HEX && open_sealed(key, bound, (struct span){ sealed.p, NONCE_HEX },
	    (struct span){ sealed.p + NONCE_HEX, sealed.n - NONCE_HEX }, mem, out))
		return true;
	err_set(e, ERR_CONFIG, "a secret was encrypted with another key than that of this configuration");
	return err_detail(e, "%s/global/key", dir);
}

/* letters in upper case, everything else an underscore: db.password of my-pool is MY_POOL_DB_PASSWORD */
static void
add_upper(struct buf *b, const char *z)
{
	for (; *z != '\0'; z++) {
		if (*z >= 'a' && *z <= 'z')
			buf_char(b, (char)(*z - 0x20));
		else if ((*z >= 'A' && *z <= 'Z') || (*z >= '0' && *z <= '9'))
			buf_char(b, *z);
		else
			buf_char(b, '_');
	}
}

bool
secret_from_environment(const char *pool, const char *name, struct arena *mem, const char **path, struct span *out,
    bool *found, struct err *e)
{
	struct buf variable;

	*found = false;
	buf_init(&variable, mem);
	put_lit(&variable, "ORDS_SECRET_");
	add_upper(&variable, pool);
	buf_char(&variable, '_');
	add_upper(&variable, name);
	put_lit(&variable, "_FILE");
	*path = getenv(buf_z(&variable));
	if (*path == NULL || **path == '\0')
		return true;
	if (!folder_read(*path, FILE_SECRET, mem, out, found, e))
		return false;
	if (!*found)
		return err_set(e, ERR_CONFIG, "%s, named by %s, does not exist", *path, buf_z(&variable));
	secret_forget(mem, *out);
	while (out->n > 0 && (out->p[out->n - 1] == '\n' || out->p[out->n - 1] == '\r'))
		out->n--;
	return true;
}
