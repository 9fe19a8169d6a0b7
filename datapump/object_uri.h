/* datapump/object_uri.h - the URI of an object: what it says, whom it may lead to, and how it is shown
 *
 * Data from a request: only https, a host by its name or in the usual spelling of an address, a path that leads nowhere else.
 * A pre-authenticated URI holds a secret: the segment behind /p/, or its query.
 */
#ifndef CORDS_DATAPUMP_OBJECT_URI_H
#define CORDS_DATAPUMP_OBJECT_URI_H

#include "base/address.h"
#include "base/arena.h"
#include "base/err.h"
#include "base/span.h"
#include "datapump/keyring.h"

enum { OBJECT_URI_MAX_BYTES = 4096 };

/* how the storage learns who asks */
enum object_proof { PROOF_NONE, PROOF_BASIC, PROOF_SWIFT, PROOF_S3 };

struct object_uri {
	const char *host;		/* in lower case; of IPv6 without brackets */
	int port;
	const char *path;		/* begins with /; every byte but letters, digits, - . _ ~ and / is percent-encoded */
	const char *query;		/* without its question mark; NULL: none */
	enum object_proof proof;
	const char *region;		/* of signatures; NULL: PROOF_S3 is not meant */
};

/*
 * object_uri_parse - read the URI of one object
 *
 * uri     without variables: as filename_number() gives it
 * key     the credential of the job; NULL: none
 * fails   BAD_JOB, ODP-39000: what is wrong, never the URI itself
 * spec    Data Pump, object storage; a native URI of Oracle becomes its Swift form when there is a credential
 */
bool object_uri_parse(struct span uri, const struct key *key, struct arena *mem, struct object_uri *out, struct err *e);

bool object_uri_is_oracle(const struct object_uri *u);
bool object_uri_is_unreserved(unsigned char c);			/* stands for itself, also in what is signed */
struct span object_uri_decoded(const char *path, struct arena *mem);	/* of a path as it is in struct object_uri */

/*
 * list    setting datapump.objectStorage.allowedHosts: host, host:port, *.domain, addresses and networks
 * fails   BAD_JOB, ODP-39000
 */
bool object_host_allowed(const struct object_uri *u, const char *list, struct err *e);

/* An address that a host name led to: public, or named by the list. */
bool object_address_allowed(const unsigned char address[ADDRESS_BYTES], const char *list);

/* For people: secrets are ****.  uri: also with variables */
struct span object_uri_shown(struct span uri, struct arena *mem);
bool object_uri_has_secret(struct span uri);

/* The whole, for the library: https://host:port/path?query */
const char *object_uri_text(const struct object_uri *u, struct arena *mem);

#endif
