/* datapump/place_object.c - dump files in object storage */
#include "datapump/object_store.h"

#include "base/uid.h"
#include "datapump/object_uri.h"

#include <unistd.h>

static struct object_store *
store(const struct dump_place *p)
{
	return p->own;
}

/* A working file, for one of the functions that read it as a whole. */
static bool
open_working(struct dump_place *p, const char *working, int *fd, struct err *e)
{
	int64_t n_bytes;

	return place_open_local(p, working, fd, &n_bytes, e);
}

/* Beside the working file, under the name that it keeps whoever goes on with it; it goes with the files of its set. */
static struct object_note
note_of(struct dump_place *p, const char *working)
{
	const char *epoch = strrchr(working, '-');

	return (struct object_note){ p, arena_printf(p->mem, "%.*s-parts", (int)(epoch - working), working) };
}

static bool
object_publish(struct dump_place *p, const char *working, struct span name, bool replace, struct err *e)
{
	struct object_note note = note_of(p, working);
	int fd;
	bool ok;

	if (!open_working(p, working, &fd, e))
		return false;
	ok = object_send(store(p), name, fd, &note, replace, e);
	(void)close(fd);
	return ok;
}

static bool
take_back(struct dump_place *p, const char *working, struct span name, struct err *e)
{
	struct object_note note = note_of(p, working);
	int fd;
	bool ok;

	if (!open_working(p, working, &fd, e))
		return false;
	ok = object_take_back(store(p), name, fd, &note, e);
	(void)close(fd);
	return ok;
}

/* The file has no name from the beginning on, so that nothing is left of it, whatever happens. */
static bool
object_open(struct dump_place *p, struct span name, int *fd, int64_t *n_bytes, struct err *e)
{
	char random[33], working[40] = ".get-";

	uid_hex(random);
	memcpy(working + 5, random, sizeof(random));
	if (!place_create(p, working, fd, e))
		return false;
	if (place_remove_local(p, working, e) && object_fetch(store(p), name, *fd, p, n_bytes, e))
		return true;
	(void)close(*fd);
	return false;
}

static bool
object_exists(struct dump_place *p, struct span name, bool *out, struct err *e)
{
	enum object_presence presence;

	if (!object_look(store(p), name, &presence, e))
		return false;
	*out = presence == OBJECT_PRESENT;
	return true;
}

static bool
object_unpublish(struct dump_place *p, struct span name, struct err *e)
{
	return object_remove(store(p), name, e);
}

static struct span
object_shown(struct dump_place *p, struct span name)
{
	return object_uri_shown(name, p->mem);
}

struct dump_place *
place_object(struct dump_place *staging, const struct object_access *a, struct arena *mem)
{
	static const struct place_ops ops = { object_publish, object_open, object_exists, object_unpublish, object_shown, take_back };
	struct dump_place *p = ARENA_NEW(mem, struct dump_place);

	*p = *staging;
	p->ops = &ops;
	p->mem = mem;
	p->is_remote = true;
	p->own = object_store_open(a, mem);
	return p;
}
