/* soda/key.h - keys and versions: who assigns them, how they are written */
#ifndef CORDS_SODA_KEY_H
#define CORDS_SODA_KEY_H

#include "sql/coll.h"

/* Canonical text of a key as the client wrote it.  fails BAD_KEY (readers turn it into NOT_FOUND) */
bool key_canonical(const struct meta *m, struct span key, struct arena *mem, struct span *out, struct err *e);

bool key_is_client_assigned(const struct meta *m);		/* POST object and bulk insert answer 501 */
bool key_from_database(const struct meta *m);			/* SEQUENCE, IDENTITY: store_next_key() */

/* A new key from this process: UUID, GUID, SERVER, and the generated part of EMBEDDED_OID. */
struct span key_generate(const struct meta *m, struct arena *mem);

/* Embedded keys.  The key of a document; when it has none, one is generated and *content becomes a text that holds it as the first
 * member.  expected: the key of the URL, or n == 0.  fails EMBEDDED_BAD, BAD_KEY, EMBEDDED_KEY when it differs from expected */
bool key_embedded(const struct meta *m, struct span expected, struct arena *mem, struct span *content, struct span *key,
    struct err *e);
/* after a patch: still there and the same.  fails EMBEDDED_GONE, EMBEDDED_KEY, EMBEDDED_BAD */
bool key_embedded_kept(const struct meta *m, struct span key, struct span content, struct arena *mem, struct err *e);

/* The version text of a content; previous: the version now stored, n == 0 for a new object; modified_us: of this write */
struct span version_make(const struct meta *m, struct span content, struct span previous, int64_t modified_us,
    struct arena *mem);

#endif
