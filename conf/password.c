/* conf/password.c - yescrypt through libxcrypt */
#include "config.h"

#include "conf/password.h"

#include "base/digest.h"

#include <crypt.h>

/* libxcrypt reads a NUL-terminated string; a password with NUL inside would be cut */
static bool
is_hashable(struct span password)
{
	return password.n > 0 && password.n <= PASSWORD_MAX_BYTES && memchr(password.p, '\0', password.n) == NULL;
}

/* out: "" on failure */
static void
hash_with(struct span password, const char *setting, char out[PASSWORD_HASH])
{
	struct crypt_data data;
	char z[PASSWORD_MAX_BYTES + 1];
	const char *hash;

	memset(&data, 0, sizeof(data));
	memcpy(z, password.p, password.n);
	z[password.n] = '\0';
	hash = crypt_r(z, setting, &data);
	out[0] = '\0';
	if (hash != NULL && hash[0] != '*' && strlen(hash) < PASSWORD_HASH)
		memcpy(out, hash, strlen(hash) + 1);
	digest_wipe(z, sizeof(z));
	digest_wipe(&data, sizeof(data));
}

bool
password_hash(struct span password, char out[PASSWORD_HASH], struct err *e)
{
	char setting[CRYPT_GENSALT_OUTPUT_SIZE];

	if (!is_hashable(password))
		return err_set(e, ERR_USAGE, "a password has 1 to %d bytes and no NUL", PASSWORD_MAX_BYTES);
	/* cost 0: the default of the library; salt NULL: from the kernel */
	if (crypt_gensalt_rn("$y$", 0, NULL, 0, setting, (int)sizeof(setting)) == NULL)
		return err_set(e, ERR_INTERNAL, "no salt for the password");
	hash_with(password, setting, out);
	return out[0] != '\0' ? true : err_set(e, ERR_INTERNAL, "the password could not be hashed");
}

bool
password_check(struct span password, const char *hash)
{
	char again[PASSWORD_HASH];
	size_t n = strlen(hash);

	if (!is_hashable(password) || n == 0 || n >= PASSWORD_HASH)
		return false;
	hash_with(password, hash, again);
	return strlen(again) == n && digest_equal(again, hash, n);
}

void
password_check_nobody(struct span password)
{
	static char setting[CRYPT_GENSALT_OUTPUT_SIZE];
	char out[PASSWORD_HASH];

	if (setting[0] == '\0' && crypt_gensalt_rn("$y$", 0, NULL, 0, setting, (int)sizeof(setting)) == NULL)
		return;
	if (is_hashable(password))
		hash_with(password, setting, out);
}
