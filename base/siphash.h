/* base/siphash.h - hashes that nobody outside can make fall on each other */
#ifndef CORDS_BASE_SIPHASH_H
#define CORDS_BASE_SIPHASH_H

#include <stddef.h>
#include <stdint.h>

/* p: n bytes.  The same for the same bytes in one process only; of any thread
 * spec    SipHash: a fast short-input PRF (Aumasson, Bernstein), with one round and three at the end */
uint32_t siphash(const char *p, size_t n);

#endif
