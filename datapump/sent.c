/* datapump/sent.c - who has sent a dump */
#include "datapump/sent.h"

#include "base/digest.h"

#include <errno.h>
#include <unistd.h>

enum { SET_MAX = 64, NAME_BYTES = 20 };

static const char *
note_name(struct span owner, struct span name, struct arena *mem)
{
	const struct span parts[] = { owner, name };
	char hex[2 * NAME_BYTES + 1];
	unsigned char d[32];

	digest_parts(parts, 2, d);
	digest_hex(d, NAME_BYTES, hex);
	return arena_printf(mem, ".sent-%s", hex);
}

static bool
write_set(int fd, struct span set, struct err *e)
{
	ssize_t n;

	do
		n = write(fd, set.p, set.n);
	while (n < 0 && errno == EINTR);
	return n == (ssize_t)set.n || place_fail(e, "write");
}

bool
sent_note(struct dump_place *place, struct span owner, struct span name, struct span set, struct err *e)
{
	struct arena *mem = arena_open(0);
	const char *note = note_name(owner, name, mem);
	int fd = -1;
	bool ok = place_remove_local(place, note, e) && place_create(place, note, &fd, e) && write_set(fd, set, e);

	if (fd >= 0 && close(fd) != 0 && ok)
		ok = place_fail(e, "close");
	arena_close(&mem);
	return ok;
}

bool
sent_by(struct dump_place *place, struct span owner, struct span name, struct span set)
{
	struct arena *mem = arena_open(0);
	struct err ignored = { 0 };
	char text[SET_MAX];
	int64_t n_bytes;
	int fd;
	bool is_note = place_open_local(place, note_name(owner, name, mem), &fd, &n_bytes, &ignored);

	arena_close(&mem);
	if (!is_note)
		return false;
	is_note = set.n > 0 && set.n <= sizeof(text) && n_bytes == (int64_t)set.n && read(fd, text, set.n) == (ssize_t)set.n
	    && memcmp(text, set.p, set.n) == 0;
	close(fd);
	return is_note;
}
