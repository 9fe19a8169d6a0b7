/* datapump/place.c - dump files in a directory */
#include "datapump/place.h"

#include "datapump/filename.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

bool
place_fail(struct err *e, const char *what)
{
	int code = errno;

	if (code == ENOSPC || code == EDQUOT)
		err_set(e, ERR_STORAGE_FULL, "no space is left in the directory");
	else if (code == EMFILE || code == ENFILE)
		err_set(e, ERR_NO_RESOURCES, "no file descriptors are left");
	else
		err_set(e, ERR_NO_PLACE, "the directory cannot be used: %s: %s", what, strerror(code));
	return err_detail(e, "%s: %s", what, strerror(code));
}

static void
close_descriptor(void *arg)
{
	close((int)(intptr_t)arg);
}

/* A name that is missing, a link, or no file at all are the same to whoever asks. */
static bool
no_file(struct err *e, const char *name)
{
	return err_set(e, ERR_NO_FILE, "ODP-31640: unable to open dump file %s", name);
}

static bool
open_regular(struct dump_place *p, const char *name, int access, int *fd, int64_t *n_bytes, struct err *e)
{
	struct stat st;

	/* O_NONBLOCK: a FIFO must not hold us */
	*fd = openat(p->dir, name, access | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
	if (*fd < 0)
		return errno == EMFILE || errno == ENFILE ? place_fail(e, "open") : no_file(e, name);
	if (fstat(*fd, &st) != 0 || !S_ISREG(st.st_mode) || st.st_nlink != 1) {
		close(*fd);
		return no_file(e, name);
	}
	*n_bytes = st.st_size;
	return true;
}

bool
place_open_local(struct dump_place *p, const char *name, int *fd, int64_t *n_bytes, struct err *e)
{
	return open_regular(p, name, O_RDONLY, fd, n_bytes, e);
}

bool
place_go_on(struct dump_place *p, const char *name, int *fd, int64_t *n_bytes, struct err *e)
{
	return open_regular(p, name, O_RDWR, fd, n_bytes, e);
}

static bool
directory_open(struct dump_place *p, struct span name, int *fd, int64_t *n_bytes, struct err *e)
{
	return place_open_local(p, arena_z(p->mem, name), fd, n_bytes, e);
}

bool
place_create(struct dump_place *p, const char *name, int *fd, struct err *e)
{
	*fd = openat(p->dir, name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (*fd >= 0)
		return true;
	if (errno == EEXIST)
		return err_set(e, ERR_FILE_EXISTS, "ODP-31641: unable to create dump file %s: file exists", name);
	return place_fail(e, "create");
}

bool
place_rename_local(struct dump_place *p, const char *from, const char *to, struct err *e)
{
	return renameat(p->dir, from, p->dir, to) == 0 || place_fail(e, "rename");
}

bool
place_remove_local(struct dump_place *p, const char *name, struct err *e)
{
	return unlinkat(p->dir, name, 0) == 0 || errno == ENOENT || place_fail(e, "remove");
}

static bool
directory_remove(struct dump_place *p, struct span name, struct err *e)
{
	return place_remove_local(p, arena_z(p->mem, name), e);
}

static bool
directory_exists(struct dump_place *p, struct span name, bool *out, struct err *e)
{
	struct stat st;

	*out = fstatat(p->dir, arena_z(p->mem, name), &st, AT_SYMLINK_NOFOLLOW) == 0;
	return *out || errno == ENOENT || place_fail(e, "look for");
}

/* link() never replaces; rename() does, also a symbolic link, which is not followed */
static bool
directory_publish(struct dump_place *p, const char *working, struct span name, bool replace, struct err *e)
{
	const char *z = arena_z(p->mem, name);
	int why;

	if (replace) {
		if (renameat(p->dir, working, p->dir, z) != 0)
			return place_fail(e, "rename");
	} else {
		if (linkat(p->dir, working, p->dir, z, 0) != 0)
			return errno == EEXIST
			    ? err_set(e, ERR_FILE_EXISTS, "ODP-31641: unable to create dump file %s: file exists", z)
			    : place_fail(e, "link");
		if (unlinkat(p->dir, working, 0) != 0)
			return place_fail(e, "unlink");
	}
	if (fsync(p->dir) == 0)
		return true;
	why = errno;
	(void)unlinkat(p->dir, z, 0);	/* nobody knows whether it would still be there tomorrow */
	errno = why;
	return place_fail(e, "fsync of the directory");
}

bool
place_unname_local(struct dump_place *p, const char *working, const char *name, bool *was_named, struct err *e)
{
	struct stat a, b;

	*was_named = fstatat(p->dir, working, &a, AT_SYMLINK_NOFOLLOW) == 0 && fstatat(p->dir, name, &b, AT_SYMLINK_NOFOLLOW) == 0
	    && a.st_dev == b.st_dev && a.st_ino == b.st_ino;
	return !*was_named || place_remove_local(p, name, e);
}

static struct span
directory_shown(struct dump_place *p, struct span name)
{
	(void)p;
	return name;
}

/* What was published has its working name no more. */
static bool
directory_take_back(struct dump_place *p, const char *working, struct span name, struct err *e)
{
	(void)p;
	(void)working;
	(void)name;
	(void)e;
	return true;
}

static const struct place_ops directory_ops = { directory_publish, directory_open, directory_exists, directory_remove, directory_shown,
	directory_take_back };

bool
place_directory(const char *path, bool make, struct arena *mem, struct dump_place **out, struct err *e)
{
	struct dump_place *p = ARENA_NEW(mem, struct dump_place);

	p->ops = &directory_ops;
	p->mem = mem;
	if (make && mkdir(path, 0700) != 0 && errno != EEXIST)
		return place_fail(e, "make the directory");
	p->dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (p->dir < 0)
		return place_fail(e, "open the directory");
	arena_defer(mem, close_descriptor, (void *)(intptr_t)p->dir);
	*out = p;
	return true;
}

bool
place_has_room(struct dump_place *p, int64_t more, struct err *e)
{
	struct statvfs st;

	if (fstatvfs(p->dir, &st) != 0)
		return place_fail(e, "statvfs");
	if ((int64_t)st.f_bavail * (int64_t)st.f_frsize - more < p->min_free_bytes)
		return err_set(e, ERR_STORAGE_FULL, "less space than datapump.minFree would be left in the directory");
	return true;
}

static int
by_name(const void *a, const void *b)
{
	const struct place_entry *x = a, *y = b;

	return span_cmp(x->name, y->name);
}

static void
close_listing(void *arg)
{
	closedir(arg);
}

/* *out is closed with mem */
static bool
open_listing(struct dump_place *p, struct arena *mem, DIR **out, struct err *e)
{
	int fd = openat(p->dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	*out = fd < 0 ? NULL : fdopendir(fd);
	if (*out == NULL) {
		place_fail(e, "list");
		if (fd >= 0)
			close(fd);
		return false;
	}
	arena_defer(mem, close_listing, *out);
	return true;
}

static bool
is_between(struct span name, struct span begin, struct span end)
{
	return name.n >= begin.n + end.n && memcmp(name.p, begin.p, begin.n) == 0 && memcmp(name.p + name.n - end.n, end.p, end.n) == 0;
}

bool
place_sweep_local(struct dump_place *p, struct span begin, struct span end, struct err *e)
{
	struct arena *mem = arena_open(0);
	DIR *d;
	bool ok = open_listing(p, mem, &d, e);

	for (struct dirent *entry = ok ? readdir(d) : NULL; ok && entry != NULL; entry = readdir(d))
		if (is_between(span_of(entry->d_name), begin, end))
			ok = place_remove_local(p, entry->d_name, e);
	arena_close(&mem);
	return ok;
}

bool
place_list(struct dump_place *p, struct arena *mem, const struct place_entry **out, size_t *n, struct err *e)
{
	struct place_entry *list = NULL;
	size_t cap = 0;
	DIR *d;

	if (!open_listing(p, mem, &d, e))
		return false;
	*n = 0;
	for (struct dirent *entry = readdir(d); entry != NULL; entry = readdir(d)) {
		struct span name = span_of(entry->d_name);
		struct stat st;

		if (!filename_is_plain(name) || fstatat(p->dir, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) != 0
		    || !S_ISREG(st.st_mode) || st.st_nlink != 1)
			continue;
		if (*n == cap) {
			list = arena_grow(mem, list, cap * sizeof(*list), (cap + 64) * sizeof(*list));
			cap += 64;
		}
		list[(*n)++] = (struct place_entry){ arena_span(mem, name), st.st_size,
			(int64_t)st.st_mtim.tv_sec * 1000000 + st.st_mtim.tv_nsec / 1000 };
	}
	if (*n > 0)
		qsort(list, *n, sizeof(*list), by_name);
	*out = list;
	return true;
}
