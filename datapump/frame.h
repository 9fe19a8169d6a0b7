/* datapump/frame.h - members of a dump file as bytes: Zstandard frames, or plain text; private to datapump/
 *
 * Nothing here knows records.  The only includes of <zstd.h>.
 */
#ifndef CORDS_DATAPUMP_FRAME_H
#define CORDS_DATAPUMP_FRAME_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/digest.h"
#include "base/err.h"

struct frame_packer;

struct frame_packer *frame_packer_open(struct arena *mem);

/* What the next members mostly hold; at first FRAME_ROWS.  Any text can be packed either way. */
enum frame_kind {
	FRAME_ROWS,			/* of tables, as small as time allows */
	FRAME_ROWS_QUICK,		/* in two thirds of that time, a tenth larger */
	FRAME_DOCUMENTS
};
void frame_packer_expects(struct frame_packer *p, enum frame_kind kind);

/* One frame that holds the text, added to out. */
bool frame_pack(struct frame_packer *p, struct span text, struct buf *out, struct err *e);

/* The same without compression: a frame of raw blocks, in which no bit is free, so that any change of it is noticed. */
void frame_pack_raw(struct span text, struct buf *out);

struct frame_reader;

struct frame_reader *frame_reader_open(struct arena *mem);

/*
 * frame_use - read the members of this file, from its beginning; the budget of text begins anew
 *
 * fd       borrowed
 * n_bytes  of the file: not more is read, so a file that grows meanwhile does no harm
 */
bool frame_use(struct frame_reader *r, int fd, int64_t n_bytes, struct err *e);

/*
 * frame_next - the text of the next member; n 0 at the end of the file
 *
 * Plain text: a member ends before a line that begins as member lines do.  Text lives until the call after the next.
 *
 * offset  of its first byte in the file
 * fails   BAD_JOB, without saying where: cut, not a frame, longer than a member may be, too many bytes of text for so few
 */
bool frame_next(struct frame_reader *r, struct span *text, int64_t *offset, struct err *e);

bool frame_seek(struct frame_reader *r, int64_t offset, struct err *e);
int64_t frame_offset(const struct frame_reader *r);		/* where the next member begins */
bool frame_is_plain(const struct frame_reader *r);

/* Bytes that are read go to this digest as far as they lie before `end`; NULL: no more. */
void frame_digest(struct frame_reader *r, struct digest_run *d, int64_t end);

/* The last member of a file, stored by frame_pack_raw() or as plain text, found from the end; *text n 0: there is none. */
bool frame_last(struct frame_reader *r, struct arena *mem, struct span *text, int64_t *offset, struct err *e);

#endif
