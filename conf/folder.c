/* conf/folder.c - files of the configuration folder */
#include "config.h"

#include "conf/folder.h"

#include "base/buf.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FILE_MAX = 4 * 1024 * 1024 };

static bool
io_failed(struct err *e, enum err_kind kind, const char *what, const char *path)
{
	int no = errno;

	err_set(e, kind, "cannot %s %s: %s", what, path, strerror(no));
	return err_detail(e, "errno %d", no);
}

const char *
folder_settings(const char *dir, const char *pool, struct arena *mem)
{
	return pool[0] == '\0' ? arena_printf(mem, "%s/global/settings.xml", dir)
	    : arena_printf(mem, "%s/databases/%s/pool.xml", dir, pool);
}

const char *
folder_secrets(const char *dir, const char *pool, struct arena *mem)
{
	return pool[0] == '\0' ? arena_printf(mem, "%s/global/wallet/secrets", dir)
	    : arena_printf(mem, "%s/databases/%s/wallet/secrets", dir, pool);
}

const char *
folder_below(const char *dir, const char *path, struct arena *mem)
{
	return path[0] == '/' ? path : arena_printf(mem, "%s/%s", dir, path);
}

static void
close_descriptor(void *arg)
{
	close((int)(intptr_t)arg);
}

static bool
read_all(int fd, const char *path, size_t at_most, struct arena *mem, struct span *out, struct err *e)
{
	struct buf b;
	ssize_t n;

	buf_init(&b, mem);
	do {
		buf_reserve(&b, 4096);
		n = read(fd, b.p + b.n, 4096);
		if (n > 0)
			b.n += (size_t)n;
	} while ((n > 0 && b.n <= at_most) || (n < 0 && errno == EINTR));
	if (n < 0)
		return io_failed(e, ERR_CONFIG, "read", path);
	if (b.n > at_most)
		return err_set(e, ERR_CONFIG, "%s: larger than %zu bytes", path, at_most);
	*out = (struct span){ buf_z(&b), b.n };
	return true;
}

bool
folder_read(const char *path, enum secrecy secrecy, struct arena *mem, struct span *out, bool *found, struct err *e)
{
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);	/* a named pipe must not hold us up */
	bool ok;

	*found = false;
	*out = (struct span){ "", 0 };
	if (fd < 0)
		return errno == ENOENT || errno == ENOTDIR ? true : io_failed(e, ERR_CONFIG, "open", path);
	if (fstat(fd, &st) != 0)
		ok = io_failed(e, ERR_CONFIG, "read", path);
	else if (!S_ISREG(st.st_mode))
		ok = err_set(e, ERR_CONFIG, "%s: not a regular file", path);
	else if (secrecy == FILE_SECRET && (st.st_mode & 077) != 0)
		ok = err_set(e, ERR_CONFIG, "%s: holds secrets and has mode %04o; it must be 0600", path,
		    (unsigned)st.st_mode & 07777);
	else
		ok = read_all(fd, path, FILE_MAX, mem, out, e);
	close(fd);
	*found = ok;
	return ok;
}

static const char *
parent_of(const char *path, char *out, size_t size)
{
	const char *slash = strrchr(path, '/');

	if (slash == NULL)
		snprintf(out, size, ".");
	else if (slash == path)
		snprintf(out, size, "/");
	else
		snprintf(out, size, "%.*s", (int)(slash - path), path);
	return out;
}

static bool
sync_parent(const char *path, struct err *e)
{
	char parent[4096];
	int fd = open(parent_of(path, parent, sizeof(parent)), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool ok = fd >= 0 && fsync(fd) == 0;

	if (!ok)
		io_failed(e, ERR_IO, "sync", parent);
	if (fd >= 0)
		close(fd);
	return ok;
}

static bool
write_all(int fd, struct span s)
{
	while (s.n > 0) {
		ssize_t n = write(fd, s.p, s.n);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		s.p += n;
		s.n -= (size_t)n;
	}
	return true;
}

/* mode and owner of the file that is replaced; of a new one 0600 and, for root, the owner of the folder */
static bool
dress(int fd, const char *path, enum secrecy secrecy)
{
	char parent[4096];
	struct stat st;
	mode_t mode = 0600;
	bool known = stat(path, &st) == 0;

	if (known && secrecy == FILE_PLAIN)
		mode = st.st_mode & 0777;
	if (!known)
		known = stat(parent_of(path, parent, sizeof(parent)), &st) == 0;
	if (fchmod(fd, mode) != 0)
		return false;
	return geteuid() != 0 || !known || fchown(fd, st.st_uid, st.st_gid) == 0;
}

bool
folder_write(const char *path, enum secrecy secrecy, struct span content, struct err *e)
{
	char temporary[4096];
	int fd;

	if ((size_t)snprintf(temporary, sizeof(temporary), "%s.XXXXXX", path) >= sizeof(temporary))
		return err_set(e, ERR_IO, "the path of the configuration folder is too long");
	fd = mkostemp(temporary, O_CLOEXEC);
	if (fd < 0)
		return io_failed(e, ERR_IO, "create", temporary);
	if (!write_all(fd, content) || !dress(fd, path, secrecy) || fsync(fd) != 0) {
		io_failed(e, ERR_IO, "write", temporary);
		close(fd);
		unlink(temporary);
		return false;
	}
	if (close(fd) != 0 || rename(temporary, path) != 0) {
		io_failed(e, ERR_IO, "replace", path);
		unlink(temporary);
		return false;
	}
	return sync_parent(path, e);
}

bool
folder_make(const char *path, struct err *e)
{
	char part[4096];
	size_t n = strlen(path);

	if (n >= sizeof(part))
		return err_set(e, ERR_IO, "the path of the configuration folder is too long");
	for (size_t i = 1; i <= n; i++) {
		char parent[4096];
		struct stat st;

		if (path[i] != '/' && path[i] != '\0')
			continue;
		memcpy(part, path, i);
		part[i] = '\0';
		if (mkdir(part, 0700) != 0) {
			if (errno == EEXIST)
				continue;
			return io_failed(e, ERR_IO, "create", part);
		}
		if (geteuid() == 0 && stat(parent_of(part, parent, sizeof(parent)), &st) == 0
		    && chown(part, st.st_uid, st.st_gid) != 0)
			return io_failed(e, ERR_IO, "create", part);
		if (!sync_parent(part, e))
			return false;
	}
	return true;
}

bool
folder_remove(const char *path, struct err *e)
{
	if (remove(path) != 0 && errno != ENOENT && errno != ENOTEMPTY && errno != EEXIST)
		return io_failed(e, ERR_IO, "remove", path);
	return true;
}

bool
folder_lock(const char *dir, struct arena *mem, struct err *e)
{
	const char *global = arena_printf(mem, "%s/global", dir);
	const char *path = arena_printf(mem, "%s/.lock", global);
	int fd, rc;

	if (!folder_make(global, e))
		return false;
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0 || !dress(fd, path, FILE_SECRET)) {
		io_failed(e, ERR_IO, "open", path);
		if (fd >= 0)
			close(fd);
		return false;
	}
	arena_defer(mem, close_descriptor, (void *)(intptr_t)fd);
	do
		rc = flock(fd, LOCK_EX);
	while (rc != 0 && errno == EINTR);
	return rc == 0 ? true : io_failed(e, ERR_IO, "lock", path);
}
