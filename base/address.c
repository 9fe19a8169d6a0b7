/* base/address.c - addresses of networks */
#include "base/address.h"

#include <arpa/inet.h>

bool
address_read(struct span text, unsigned char out[ADDRESS_BYTES])
{
	static const unsigned char mapped[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff };
	char z[INET6_ADDRSTRLEN];

	if (text.n == 0 || text.n >= sizeof(z))
		return false;
	memcpy(z, text.p, text.n);
	z[text.n] = '\0';
	if (inet_pton(AF_INET, z, out + 12) == 1) {
		memcpy(out, mapped, sizeof(mapped));
		return true;
	}
	return inet_pton(AF_INET6, z, out) == 1;
}

bool
address_is_in(const unsigned char address[ADDRESS_BYTES], struct span network)
{
	const char *slash = memchr(network.p, '/', network.n);
	struct span head = network;
	unsigned char base[ADDRESS_BYTES];
	unsigned bits = 128;

	if (slash != NULL)
		head.n = (size_t)(slash - network.p);
	if (!address_read(head, base))
		return false;
	if (slash != NULL) {
		struct span tail = { slash + 1, network.n - head.n - 1 };

		if (tail.n == 0 || tail.n > 3)
			return false;
		bits = 0;
		for (size_t i = 0; i < tail.n; i++) {
			if (tail.p[i] < '0' || tail.p[i] > '9')
				return false;
			bits = bits * 10 + (unsigned)(tail.p[i] - '0');
		}
		if (memchr(head.p, ':', head.n) == NULL)
			bits += 96;
		if (bits > 128)
			return false;
	}
	if (memcmp(base, address, bits / 8) != 0)
		return false;
	return bits % 8 == 0 || ((base[bits / 8] ^ address[bits / 8]) >> (8 - bits % 8)) == 0;
}
