/* base/address.h - addresses of networks, and what settings write of them
 *
 * An address of either family is sixteen bytes; IPv4 as it is mapped into IPv6.
 */
#ifndef CORDS_BASE_ADDRESS_H
#define CORDS_BASE_ADDRESS_H

#include "base/span.h"

enum { ADDRESS_BYTES = 16 };

bool address_read(struct span text, unsigned char out[ADDRESS_BYTES]);	/* "192.0.2.1", "2001:db8::1" */

/* network: an address, or one with the number of its leading bits, "10.0.0.0/8"; anything else holds nothing */
bool address_is_in(const unsigned char address[ADDRESS_BYTES], struct span network);

#endif
