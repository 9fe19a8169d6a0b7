/* soda/key.c - keys and versions */
#include "soda/key.h"

#include "base/buf.h"
#include "base/decimal.h"
#include "base/digest.h"
#include "base/jcur.h"
#include "base/scan.h"
#include "base/uid.h"

#include <inttypes.h>

enum { RAW_DIGITS = 32, NUMBER_MAX_BYTES = 250 };	/* 250: what a column of 255 holds with its sign and length (sql/keytext.c) */

/* ---- canonical text ---- */

static bool
text_key(const struct meta *m, struct span key, struct span *out, struct err *e)
{
	*out = key;
	if (key.n == 0 || key.n > (size_t)m->key_max_length)
		return err_set(e, ERR_BAD_KEY, "a key of this collection has 1 to %" PRId64 " bytes", m->key_max_length);
	if (memchr(key.p, '\0', key.n) != NULL || !utf8_valid(key))
		return err_set(e, ERR_BAD_KEY, "a key is UTF-8 text without NUL");
	return true;
}

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c;
	if (c >= 'A' && c <= 'F')
		return c;
	return c >= 'a' && c <= 'f' ? c - 'a' + 'A' : -1;
}

static bool
raw_key(struct span key, struct arena *mem, struct span *out, struct err *e)
{
	char *z;

	if (key.n == 0 || key.n > RAW_DIGITS)
		return err_set(e, ERR_BAD_KEY, "a key of this collection has 1 to %d hexadecimal digits", RAW_DIGITS);
	z = arena_alloc(mem, RAW_DIGITS);
	memset(z, '0', RAW_DIGITS);
	for (size_t i = 0; i < key.n; i++) {
		int digit = hex_digit(key.p[i]);

		if (digit < 0)
			return err_set(e, ERR_BAD_KEY, "a key of this collection consists of hexadecimal digits");
		z[RAW_DIGITS - key.n + i] = (char)digit;
	}
	*out = (struct span){ z, RAW_DIGITS };
	return true;
}

static bool
number_key(struct span key, struct arena *mem, struct span *out, struct err *e)
{
	bool is_negative = key.n > 0 && key.p[0] == '-';
	struct span digits = { key.p + is_negative, key.n - is_negative };
	char *z;

	if (digits.n == 0 || key.n > NUMBER_MAX_BYTES)
		return err_set(e, ERR_BAD_KEY, "a key of this collection is an integer of at most %d characters", NUMBER_MAX_BYTES);
	for (size_t i = 0; i < digits.n; i++)
		if (digits.p[i] < '0' || digits.p[i] > '9')
			return err_set(e, ERR_BAD_KEY, "a key of this collection is an integer");
	while (digits.n > 1 && digits.p[0] == '0')
		digits.p++, digits.n--;
	if (!is_negative || digits.p[0] == '0') {
		*out = digits;
		return true;
	}
	z = arena_alloc(mem, digits.n + 1);
	z[0] = '-';
	memcpy(z + 1, digits.p, digits.n);
	*out = (struct span){ z, digits.n + 1 };
	return true;
}

bool
key_canonical(const struct meta *m, struct span key, struct arena *mem, struct span *out, struct err *e)
{
	switch (m->key_type) {
	case KEY_NUMBER:
		return number_key(key, mem, out, e);
	case KEY_RAW:
		return raw_key(key, mem, out, e);
	default:
		return text_key(m, key, out, e);
	}
}

/* ---- new keys ---- */

bool
key_is_client_assigned(const struct meta *m)
{
	return m->key_method == KEYS_CLIENT;
}

bool
key_from_database(const struct meta *m)
{
	return m->key_method == KEYS_SEQUENCE || m->key_method == KEYS_IDENTITY;
}

/* 128 random bits in decimal digits */
static struct span
decimal_key(struct arena *mem)
{
	enum { DIGITS = 39 };
	unsigned char number[16];
	char *z = arena_alloc(mem, DIGITS);
	size_t at = DIGITS;
	bool has_more = true;

	uid_random(number, sizeof(number));
	while (has_more) {
		unsigned rest = 0;

		has_more = false;
		for (size_t i = 0; i < sizeof(number); i++) {
			rest = rest << 8 | number[i];
			number[i] = (unsigned char)(rest / 10);
			rest %= 10;
			has_more |= number[i] != 0;
		}
		z[--at] = (char)('0' + rest);
	}
	return (struct span){ z + at, DIGITS - at };
}

struct span
key_generate(const struct meta *m, struct arena *mem)
{
	char *z;

	if (m->key_method == KEYS_EMBEDDED_OID) {
		z = arena_alloc(mem, 25);
		uid_oid(z);
		return span_of(z);
	}
	if (m->key_type == KEY_NUMBER)
		return decimal_key(mem);
	/* in the order of time, so that new rows of every index over keys stand together at its end */
	z = arena_alloc(mem, 33);
	uid_ordered(z);
	return span_of(z);
}

/* ---- embedded keys ---- */

/* the text of a key that stands in a document */
static bool
embedded_text(const struct meta *m, struct span v, struct arena *mem, struct span *key, struct err *e)
{
	struct dec d;
	struct buf b;

	switch (jval_type(v)) {
	case J_STRING:
		return key_canonical(m, jstring_decode(v, mem), mem, key, e);
	case J_NUMBER:
		buf_init(&b, mem);
		if (dec_parse(v, &d))
			dec_canonical(&d, &b);
		return key_canonical(m, buf_text(&b), mem, key, e);
	default:
		return err_set(e, ERR_EMBEDDED_BAD, "the key at %s is neither a string nor a number", m->key_path);
	}
}

/* The document with its key as the first member; every other byte stays as it is. */
static struct span
with_key(const struct meta *m, struct span key, struct span content, struct arena *mem)
{
	struct span root = jcur_root(content), name, v;
	size_t open = (size_t)(root.p - content.p) + 1;
	struct jiter it;
	struct buf b;

	buf_init(&b, mem);
	buf_reserve(&b, content.n + strlen(m->key_path) + key.n + 8);
	buf_add(&b, content.p, open);
	buf_json(&b, span_of(m->key_path));
	buf_char(&b, ':');
	buf_json(&b, key);
	jiter_open(&it, root);
	if (jiter_member(&it, &name, &v))
		buf_char(&b, ',');
	buf_add(&b, content.p + open, content.n - open);
	return buf_text(&b);
}

bool
key_embedded(const struct meta *m, struct span expected, struct arena *mem, struct span *content, struct span *key,
    struct err *e)
{
	struct span root = jcur_root(*content), v;

	if (jval_type(root) != J_OBJECT)
		return err_set(e, ERR_EMBEDDED_BAD, "only an object can hold its key at %s", m->key_path);
	if (jmember(root, span_of(m->key_path), &v)) {
		if (!embedded_text(m, v, mem, key, e))
			return false;
		if (span_is(*key, ".") || span_is(*key, ".."))
			return err_set(e, ERR_BAD_KEY, "the key %.*s could not be named in a URL", SPAN_ARG(*key));
		return expected.n == 0 || span_eq(*key, expected) || err_set(e, ERR_EMBEDDED_KEY, NULL);
	}
	if (!key_canonical(m, expected.n > 0 ? expected : key_generate(m, mem), mem, key, e))
		return false;
	*content = with_key(m, *key, *content, mem);
	return true;
}

bool
key_embedded_kept(const struct meta *m, struct span key, struct span content, struct arena *mem, struct err *e)
{
	struct span v, now;

	if (!jmember(jcur_root(content), span_of(m->key_path), &v))
		return err_set(e, ERR_EMBEDDED_GONE, NULL);
	return embedded_text(m, v, mem, &now, e) && (span_eq(now, key) || err_set(e, ERR_EMBEDDED_KEY, NULL));
}

/* ---- versions ---- */

/* the number that a version shows; 0 for a new object */
static int64_t
version_number(struct span version)
{
	int64_t v = 0;

	for (size_t i = 0; i < version.n && version.p[i] >= '0' && version.p[i] <= '9' && v < INT64_MAX / 10 - 1; i++)
		v = v * 10 + (version.p[i] - '0');
	return v;
}

struct span
version_make(const struct meta *m, struct span content, struct span previous, int64_t modified_us, struct arena *mem)
{
	int64_t next = version_number(previous) + 1;
	char *z;

	switch (m->version_method) {
	case VERSION_SHA256:
		z = arena_alloc(mem, 65);
		digest_sha256_hex(content, z);
		return span_of(z);
	case VERSION_MD5:
		z = arena_alloc(mem, 33);
		digest_md5_hex(content, z);
		return span_of(z);
	case VERSION_UUID:
		z = arena_alloc(mem, 33);
		uid_hex(z);
		return span_of(z);
	case VERSION_TIMESTAMP:
		return span_of(arena_printf(mem, "%" PRId64, next > modified_us ? next : modified_us));
	case VERSION_SEQUENTIAL:
		return span_of(arena_printf(mem, "%" PRId64, next));
	case VERSION_NONE:
		break;
	}
	return (struct span){ "", 0 };
}
