/* base/uid.c - random bytes of the kernel, fetched by the page, and names made of them */
#include "base/uid.h"

#include "base/clock.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

static void (*faked)(void *out, size_t n);

/* Bytes fetched in advance save a system call per name.  A child of fork() must not hand out what its parent hands
 * out, so they belong to one process id; nor two threads the same. */
static _Thread_local struct {
	unsigned char bytes[512];
	size_t used;
	pid_t owner;
} pool = { .used = sizeof(pool.bytes) };

static void
from_kernel(unsigned char *p, size_t n)
{
	while (n > 0) {
		ssize_t got = getrandom(p, n, 0);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0) {
			fprintf(stderr, "cords: no random numbers: %s\n", strerror(errno));
			exit(2);
		}
		p += got;
		n -= (size_t)got;
	}
}

void
uid_random(void *out, size_t n)
{
	pid_t me;

	if (faked != NULL) {
		faked(out, n);
		return;
	}
	if (n > sizeof(pool.bytes) / 2) {
		from_kernel(out, n);
		return;
	}
	me = getpid();
	if (pool.owner != me || sizeof(pool.bytes) - pool.used < n) {
		from_kernel(pool.bytes, sizeof(pool.bytes));
		pool.used = 0;
		pool.owner = me;
	}
	memcpy(out, pool.bytes + pool.used, n);
	/* a token handed out must not be found in our memory later */
	memset(pool.bytes + pool.used, 0, n);
	pool.used += n;
}

void
uid_fake(void (*fill)(void *out, size_t n))
{
	faked = fill;
}

static char *
put_hex(char *out, const unsigned char *p, size_t n, const char *digits)
{
	for (size_t i = 0; i < n; i++) {
		*out++ = digits[p[i] >> 4];
		*out++ = digits[p[i] & 15];
	}
	*out = '\0';
	return out;
}

void
uid_hex(char out[33])
{
	unsigned char bits[16];

	uid_random(bits, sizeof(bits));
	put_hex(out, bits, sizeof(bits), "0123456789ABCDEF");
}

int64_t
uid_number(void)
{
	uint64_t bits;

	uid_random(&bits, sizeof(bits));
	bits >>= 64 - 47;
	return bits == 0 ? 1 : (int64_t)bits;
}

/* RFC 9562: milliseconds (48 bits), their fraction (12), random (62).  Names of one process ascend, also within a microsecond
 * and when the clock is turned back. */
void
uid_ordered(char out[33])
{
	enum { FRACTION_BITS = 12, VERSION = 0x70, VARIANT = 0x80 };
	static uint64_t last;
	int64_t now_us = clock_us();
	uint64_t stamp = (uint64_t)(now_us / 1000) << FRACTION_BITS | (uint64_t)(now_us % 1000) * (1 << FRACTION_BITS) / 1000;
	unsigned char id[16];

	if (stamp <= last && faked == NULL)
		stamp = last + 1;
	last = stamp;
	uid_random(id, sizeof(id));
	for (int i = 0; i < 6; i++)
		id[i] = (unsigned char)(stamp >> (FRACTION_BITS + 8 * (5 - i)));
	id[6] = (unsigned char)(VERSION | (stamp >> 8 & 0xf));
	id[7] = (unsigned char)stamp;
	id[8] = (unsigned char)(VARIANT | (id[8] & 0x3f));
	put_hex(out, id, sizeof(id), "0123456789ABCDEF");
}

void
uid_oid(char out[25])
{
	/* seconds (4 bytes), random of this process (5), counter (3): names of one process ascend */
	static unsigned char name_of_process[5];
	static uint32_t counter;
	static pid_t owner;
	uint32_t sec = (uint32_t)(clock_us() / 1000000);
	unsigned char id[12];

	if (owner != getpid() || faked != NULL) {
		uid_random(name_of_process, sizeof(name_of_process));
		uid_random(&counter, sizeof(counter));
		owner = getpid();
	}
	counter++;
	for (int i = 0; i < 4; i++)
		id[i] = (unsigned char)(sec >> (24 - 8 * i));
	memcpy(id + 4, name_of_process, sizeof(name_of_process));
	for (int i = 0; i < 3; i++)
		id[9 + i] = (unsigned char)(counter >> (16 - 8 * i));
	put_hex(out, id, sizeof(id), "0123456789abcdef");
}

void
uid_token(char out[23])
{
	static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
	unsigned char bits[18] = { 0 };

	uid_random(bits, 16);
	for (int i = 0, o = 0; o < 22; i += 3) {
		uint32_t three = (uint32_t)bits[i] << 16 | (uint32_t)bits[i + 1] << 8 | bits[i + 2];

		for (int shift = 18; shift >= 0 && o < 22; shift -= 6)
			out[o++] = alphabet[three >> shift & 63];
	}
	out[22] = '\0';
}
