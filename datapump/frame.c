/* datapump/frame.c - members of a dump file as bytes */
#include "datapump/frame.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>
#include <zstd.h>

enum {
	/* rows: level 3 with longer matches and one smaller table, a hundredth smaller and no slower.  Level 1 makes dumps a twelfth
	 * larger, and 4 no smaller */
	LEVEL = 3, MATCH_BYTES = 6, SHORT_TABLE_LOG = 15,
	QUICK_LEVEL = 1,
	/* documents repeat long pieces: one small table finds them as well, in two thirds of the time.  Twice as large, it makes dumps a
	 * thirtieth smaller and takes an eighth longer */
	DOC_LEVEL = 1, DOC_MATCH_BYTES = 7, DOC_TABLE_LOG = 14, DOC_WINDOW_LOG = 21,
	IN_BYTES = 128 << 10,
	RAW_BLOCK = 128 << 10,		/* the largest block that Zstandard knows */
	RAW_HEAD = 9,
	TEXT_USUAL = (4 << 20) + (256 << 10),	/* a whole member of ours: reserved at once, since an arena keeps what it has outgrown */
	TEXT_MAX = (64 << 20) + (64 << 10),	/* one line of 64 MiB, and what stands before it */
	RATIO_MAX = 200,
	TAIL_BYTES = 64 << 10
};
static const int64_t RATIO_FROM = (int64_t)1 << 30;
static const unsigned char magic[4] = { 0x28, 0xb5, 0x2f, 0xfd };

#define MEMBER_LINE "{\"t\":\"member\","

/* ---- writing ---- */

struct frame_packer {
	ZSTD_CCtx *ctx;
	enum frame_kind kind;
};

static void
packer_close(void *arg)
{
	ZSTD_freeCCtx(arg);
}

static void
expect(ZSTD_CCtx *ctx, enum frame_kind kind)
{
	ZSTD_CCtx_reset(ctx, ZSTD_reset_session_and_parameters);
	switch (kind) {
	case FRAME_ROWS:
		ZSTD_CCtx_setParameter(ctx, ZSTD_c_compressionLevel, LEVEL);
		ZSTD_CCtx_setParameter(ctx, ZSTD_c_minMatch, MATCH_BYTES);
		ZSTD_CCtx_setParameter(ctx, ZSTD_c_chainLog, SHORT_TABLE_LOG);
		break;
	case FRAME_ROWS_QUICK:
		ZSTD_CCtx_setParameter(ctx, ZSTD_c_compressionLevel, QUICK_LEVEL);
		ZSTD_CCtx_setParameter(ctx, ZSTD_c_minMatch, MATCH_BYTES);
		break;
	case FRAME_DOCUMENTS:
		ZSTD_CCtx_setParameter(ctx, ZSTD_c_compressionLevel, DOC_LEVEL);
		ZSTD_CCtx_setParameter(ctx, ZSTD_c_minMatch, DOC_MATCH_BYTES);
		ZSTD_CCtx_setParameter(ctx, ZSTD_c_windowLog, DOC_WINDOW_LOG);
		ZSTD_CCtx_setParameter(ctx, ZSTD_c_hashLog, DOC_TABLE_LOG);
		break;
	}
}

void
frame_packer_expects(struct frame_packer *p, enum frame_kind kind)
{
	if (p->ctx == NULL || p->kind == kind)
		return;
	p->kind = kind;
	expect(p->ctx, kind);
}

struct frame_packer *
frame_packer_open(struct arena *mem)
{
	struct frame_packer *p = ARENA_NEW(mem, struct frame_packer);

	p->ctx = ZSTD_createCCtx();
	if (p->ctx == NULL)
		return p;
	arena_defer(mem, packer_close, p->ctx);
	expect(p->ctx, p->kind);
	return p;
}

bool
frame_pack(struct frame_packer *p, struct span text, struct buf *out, struct err *e)
{
	size_t n;

	if (p->ctx == NULL)
		return err_set(e, ERR_NO_MEMORY, NULL);
	buf_reserve(out, ZSTD_compressBound(text.n));
	n = ZSTD_compress2(p->ctx, out->p + out->n, out->cap - out->n, text.p, text.n);
	if (ZSTD_isError(n)) {
		err_set(e, ERR_INTERNAL, "the dump cannot be compressed");
		return err_detail(e, "%s", ZSTD_getErrorName(n));
	}
	out->n += n;
	return true;
}

static void
put_little(struct buf *b, uint32_t v, size_t n_bytes)
{
	for (size_t i = 0; i < n_bytes; i++, v >>= 8)
		buf_char(b, (char)(v & 0xff));
}

static uint32_t
get_little(const unsigned char *p, size_t n_bytes)
{
	uint32_t v = 0;

	for (size_t i = n_bytes; i > 0; i--)
		v = v << 8 | p[i - 1];
	return v;
}

/* RFC 8878: one segment, its length in four bytes, no checksum; blocks of type raw */
void
frame_pack_raw(struct span text, struct buf *out)
{
	buf_add(out, magic, sizeof(magic));
	buf_char(out, (char)0xa0);
	put_little(out, (uint32_t)text.n, 4);
	do {
		size_t n = text.n > RAW_BLOCK ? RAW_BLOCK : text.n;

		put_little(out, (uint32_t)(n << 3 | (n == text.n)), 3);
		buf_add(out, text.p, n);
		text.p += n;
		text.n -= n;
	} while (text.n > 0);
}

/* ---- reading ---- */

struct frame_reader {
	int fd;
	int64_t n_bytes;		/* of the file */
	int64_t at;			/* of in[0] in the file */
	size_t from, n;			/* in[from] to in[n - 1] were read and not used */
	char in[IN_BYTES];
	bool is_plain;
	ZSTD_DCtx *ctx;
	struct buf texts[2], *text;	/* in turn */
	int64_t n_text;			/* of all members so far */
	struct digest_run *digest;
	int64_t digest_end;
};

static void
reader_close(void *arg)
{
	struct frame_reader *r = arg;

	ZSTD_freeDCtx(r->ctx);
	for (int i = 0; i < 2; i++) {
		struct arena *text = r->texts[i].mem;

		arena_close(&text);
	}
}

int64_t
frame_offset(const struct frame_reader *r)
{
	return r->at + (int64_t)r->from;
}

bool
frame_is_plain(const struct frame_reader *r)
{
	return r->is_plain;
}

void
frame_digest(struct frame_reader *r, struct digest_run *d, int64_t end)
{
	r->digest = d;
	r->digest_end = end;
}

static bool
read_at(int fd, void *p, size_t n, int64_t offset, struct err *e)
{
	for (size_t done = 0; done < n;) {
		ssize_t got = pread(fd, (char *)p + done, n - done, (off_t)(offset + (int64_t)done));

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0) {
			err_set(e, ERR_BAD_JOB, "the file cannot be read to its end");
			return err_detail(e, "read: %s", got == 0 ? "end of file" : strerror(errno));
		}
		done += (size_t)got;
	}
	return true;
}

/* More bytes behind those that were not used; nothing changes at the end of the file. */
static bool
refill(struct frame_reader *r, struct err *e)
{
	int64_t left = r->n_bytes - r->at - (int64_t)r->n;
	size_t room;

	if (r->from > 0) {
		memmove(r->in, r->in + r->from, r->n - r->from);
		r->at += (int64_t)r->from;
		r->n -= r->from;
		r->from = 0;
	}
	room = sizeof(r->in) - r->n;
	if (left < (int64_t)room)
		room = (size_t)left;
	if (!read_at(r->fd, r->in + r->n, room, r->at + (int64_t)r->n, e))
		return false;
	r->n += room;
	return true;
}

static void
use(struct frame_reader *r, size_t n)
{
	int64_t left = r->digest_end - frame_offset(r);

	if (r->digest != NULL && left > 0)
		digest_run_add(r->digest, (struct span){ r->in + r->from, left < (int64_t)n ? (size_t)left : n });
	r->from += n;
}

struct frame_reader *
frame_reader_open(struct arena *mem)
{
	struct frame_reader *r = ARENA_NEW(mem, struct frame_reader);

	for (int i = 0; i < 2; i++) {
		buf_init(&r->texts[i], arena_open(0));
		buf_reserve(&r->texts[i], TEXT_USUAL);
	}
	r->text = &r->texts[0];
	r->ctx = ZSTD_createDCtx();
	arena_defer(mem, reader_close, r);
	return r;
}

bool
frame_use(struct frame_reader *r, int fd, int64_t n_bytes, struct err *e)
{
	if (r->ctx == NULL)
		return err_set(e, ERR_NO_MEMORY, NULL);
	r->fd = fd;
	r->n_bytes = n_bytes;
	r->n_text = 0;
	if (!frame_seek(r, 0, e))
		return false;
	r->is_plain = r->n > 0 && r->in[0] == '{';
	return true;
}

bool
frame_seek(struct frame_reader *r, int64_t offset, struct err *e)
{
	if (offset < 0 || offset > r->n_bytes)
		return err_set(e, ERR_BAD_JOB, "the directory of the set points behind the end of the file");
	r->at = offset;
	r->from = r->n = 0;
	return refill(r, e);
}

static bool
too_long(struct err *e)
{
	return err_set(e, ERR_BAD_JOB, "a member has more than 64 MiB of text");
}

static bool
next_frame(struct frame_reader *r, struct err *e)
{
	size_t left = 1;

	ZSTD_DCtx_reset(r->ctx, ZSTD_reset_session_only);
	while (left != 0) {
		ZSTD_inBuffer in;
		ZSTD_outBuffer out;

		if (r->from == r->n && !refill(r, e))
			return false;
		buf_reserve(r->text, ZSTD_DStreamOutSize());
		in = (ZSTD_inBuffer){ r->in + r->from, r->n - r->from, 0 };
		out = (ZSTD_outBuffer){ r->text->p + r->text->n, r->text->cap - r->text->n, 0 };
		left = ZSTD_decompressStream(r->ctx, &out, &in);
		if (ZSTD_isError(left)) {
			err_set(e, ERR_BAD_JOB, "the compressed text is damaged");
			return err_detail(e, "%s", ZSTD_getErrorName(left));
		}
		use(r, in.pos);
		r->text->n += out.pos;
		if (r->text->n > TEXT_MAX)
			return too_long(e);
		if (left != 0 && in.pos == 0 && out.pos == 0)
			return err_set(e, ERR_BAD_JOB, "the file ends within the member");
	}
	return true;
}

/* lines, until the next one begins as member lines do */
static bool
next_lines(struct frame_reader *r, struct err *e)
{
	const size_t n_begin = sizeof(MEMBER_LINE) - 1;

	for (;;) {
		const char *end = memchr(r->in + r->from, '\n', r->n - r->from);
		size_t n = end == NULL ? r->n - r->from : (size_t)(end + 1 - (r->in + r->from));

		buf_add(r->text, r->in + r->from, n);
		use(r, n);
		if (r->text->n > TEXT_MAX)
			return too_long(e);
		if (r->n - r->from < n_begin && !refill(r, e))
			return false;
		if (r->from == r->n)
			return end != NULL || err_set(e, ERR_BAD_JOB, "the file ends within a line");
		if (end != NULL && r->n - r->from >= n_begin && memcmp(r->in + r->from, MEMBER_LINE, n_begin) == 0)
			return true;
	}
}

bool
frame_next(struct frame_reader *r, struct span *text, int64_t *offset, struct err *e)
{
	r->text = r->text == &r->texts[0] ? &r->texts[1] : &r->texts[0];
	r->text->n = 0;
	*text = (struct span){ "", 0 };
	*offset = frame_offset(r);
	if (*offset == r->n_bytes)
		return true;
	if (!(r->is_plain ? next_lines(r, e) : next_frame(r, e)))
		return false;
	if (r->text->n == 0)
		return err_set(e, ERR_BAD_JOB, "the member is empty");
	r->n_text += (int64_t)r->text->n;
	if (r->n_text > RATIO_FROM && r->n_text / RATIO_MAX > frame_offset(r))
		return err_set(e, ERR_BAD_JOB, "more than %d bytes of text for each byte of the file", RATIO_MAX);
	*text = buf_text(r->text);
	return true;
}

/* ---- from the end ---- */

/* exactly what frame_pack_raw() makes, from p to end */
static bool
is_raw_frame(const unsigned char *p, size_t n, struct buf *text)
{
	uint32_t size;
	bool is_last = false;

	if (n < RAW_HEAD || memcmp(p, magic, sizeof(magic)) != 0 || p[4] != 0xa0)
		return false;
	size = get_little(p + 5, 4);
	p += RAW_HEAD;
	n -= RAW_HEAD;
	text->n = 0;
	while (!is_last && n >= 3) {
		uint32_t head = get_little(p, 3), block = head >> 3;
		size_t want = size - text->n > RAW_BLOCK ? RAW_BLOCK : size - text->n;

		is_last = head & 1;
		if ((head >> 1 & 3) != 0 || block != want || n - 3 < block)
			return false;
		buf_add(text, p + 3, block);
		p += 3 + block;
		n -= 3 + block;
	}
	return is_last && n == 0 && text->n == size && size > 0;
}

bool
frame_last(struct frame_reader *r, struct arena *mem, struct span *text, int64_t *offset, struct err *e)
{
	const char *begin = r->is_plain ? "\n" MEMBER_LINE : (const char *)magic;
	size_t n_begin = r->is_plain ? sizeof("\n" MEMBER_LINE) - 1 : sizeof(magic);
	struct buf b;

	*text = (struct span){ "", 0 };
	buf_init(&b, mem);
	for (int64_t n_tail = TAIL_BYTES;; n_tail *= 8) {
		struct arena *scratch = arena_open(0);
		bool whole = n_tail >= r->n_bytes, found = false, good;
		size_t n = (size_t)(whole ? r->n_bytes : n_tail);
		char *tail = arena_alloc(scratch, n == 0 ? 1 : n);

		*offset = r->n_bytes - (int64_t)n;
		good = read_at(r->fd, tail, n, *offset, e);
		for (size_t i = n < n_begin ? 0 : n - n_begin + 1; good && !found && i > 0; i--) {
			const char *p = tail + i - 1;

			if (*p != *begin || memcmp(p, begin, n_begin) != 0)
				continue;
			if (!r->is_plain && !is_raw_frame((const unsigned char *)p, n - (i - 1), &b))
				continue;
			found = true;
			if (r->is_plain)
				buf_add(&b, p + 1, n - i);
			*offset += (int64_t)(i - 1) + r->is_plain;
		}
		arena_close(&scratch);
		if (!good)
			return false;
		if (found && b.n > 0 && b.p[b.n - 1] == '\n')
			*text = buf_text(&b);
		if (found || whole || n_tail > TEXT_MAX)
			return true;
	}
}
