/* handlers/authorization.h - what an Authorization header says */
#ifndef CORDS_HANDLERS_AUTHORIZATION_H
#define CORDS_HANDLERS_AUTHORIZATION_H

#include "base/arena.h"
#include "base/span.h"

struct login {
	struct span user, password;
};

/* Basic (RFC 7617): a name of UTF-8, a colon, a password; no NUL.  The decoded text is in mem, for the caller to wipe */
bool basic_read(struct span header, struct arena *mem, struct login *out);

/* Bearer (RFC 6750 2.1).  token: what follows the scheme, possibly nothing */
bool bearer_read(struct span header, struct span *token);

#endif
