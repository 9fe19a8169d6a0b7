/* datapump/packing.h - members get their first line and are compressed, by a second thread while the next one is filled
 *
 * The digest of a member and its compression take most of the processor time of an export.  One member is at work at a time, so
 * whoever gives them away gets them back in their order.  Private to datapump/.
 */
#ifndef CORDS_DATAPUMP_PACKING_H
#define CORDS_DATAPUMP_PACKING_H

#include "datapump/frame.h"

enum { MEMBER_HEAD = 256 };		/* room before the text of a member, for its first line */

enum packing_way {
	PACK_NOT,			/* plain text */
	PACK_RAW,			/* a frame of raw blocks, see frame_pack_raw() */
	PACK_FRAME
};

struct member {
	struct buf text;		/* behind MEMBER_HEAD bytes */
	int64_t file, number;		/* in that file, from 1 */
	enum packing_way way;
	enum frame_kind kind;
};

struct packing;

/* set  which the members belong to; borrowed */
struct packing *packing_open(struct span set, struct arena *mem);

/* The bytes of a member for the file; they live until the next call.  Also of text without a first line, a file's own.
 * fails  INTERNAL: the name of the set is too long; NO_MEMORY.  No member may be given away. */
bool packing_member(struct packing *p, struct member *m, struct span *out, struct err *e);
bool packing_text(struct packing *p, struct span text, enum packing_way way, struct span *out, struct err *e);

/* The same in two steps: m belongs to the second thread until packing_take().  fails NO_RESOURCES: there is none */
bool packing_give(struct packing *p, struct member *m, struct err *e);
bool packing_take(struct packing *p, struct span *out, struct err *e);

#endif
