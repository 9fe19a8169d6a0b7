/* conf/password.h - passwords: hashing and checking with libxcrypt
 *
 * spec  yescrypt at the system's default cost; passphrases above 511 bytes are refused unhashed; results beginning with '*'
 *       are failure; comparison in constant time
 */
#ifndef CORDS_CONF_PASSWORD_H
#define CORDS_CONF_PASSWORD_H

#include "base/err.h"
#include "base/span.h"

enum { PASSWORD_HASH = 256, PASSWORD_MAX_BYTES = 511 };	/* the library takes 512 with the NUL */

bool password_hash(struct span password, char out[PASSWORD_HASH], struct err *e);	/* fails USAGE, INTERNAL */
bool password_check(struct span password, const char *hash);
void password_check_nobody(struct span password);	/* costs the same as password_check, for unknown users */

#endif
