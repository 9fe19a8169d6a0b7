/* base/uid.h - random names */
#ifndef CORDS_BASE_UID_H
#define CORDS_BASE_UID_H

#include <stddef.h>
#include <stdint.h>

void uid_random(void *out, size_t n);		/* from the kernel; ends the process when it refuses */
int64_t uid_number(void);			/* 47 random bits, never 0 */
void uid_hex(char out[33]);			/* 128 random bits, 32 upper-case hex digits */
void uid_ordered(char out[33]);			/* UUID version 7 in 32 upper-case hex digits: later ones sort behind earlier ones */
void uid_oid(char out[25]);			/* 24 lower-case hex digits: epoch seconds, random, counter */
void uid_token(char out[23]);			/* 128 random bits, 22 characters of base64url */
void uid_fake(void (*fill)(void *out, size_t n));	/* tests; NULL: the real one */

#endif
