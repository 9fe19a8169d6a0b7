/* sql/dbfile.c - the file of an embedded database: which one it is, and a mark when it was seen damaged
 *
 * The file is only ever looked at by name.  Opening and closing it here would drop the POSIX locks that the engine
 * holds on it in this process.
 */
#include "sql/odbc.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

/* A WAL needs memory that all processes share, which no network file system gives. */
static bool
is_on_network(const char *path)
{
	static const unsigned long remote[] = {
		0x6969 /* NFS */, 0x517b /* SMB */, 0xff534d42 /* CIFS */, 0xfe534d42 /* SMB2 */, 0x01021997 /* 9P */,
		0x5346414f /* AFS */, 0x00c36400 /* Ceph */, 0x47504653 /* GPFS */,
	};
	struct statfs fs;

	if (statfs(path, &fs) != 0)
		return false;
	for (size_t i = 0; i < sizeof(remote) / sizeof(*remote); i++)
		if (((unsigned long)fs.f_type & 0xffffffff) == remote[i])
			return true;
	return false;
}

bool
dbfile_look(struct dbfile *f, const char *path)
{
	struct stat st;
	char *copy;

	if (stat(path, &st) != 0)
		return false;
	copy = strdup(path);
	if (copy == NULL)
		return false;
	free(f->path);
	f->path = copy;
	f->device = st.st_dev;
	f->inode = st.st_ino;
	f->on_network = is_on_network(path);
	return true;
}

bool
dbfile_is_same(const struct dbfile *f)
{
	struct stat st;

	return f->path == NULL
	    || (stat(f->path, &st) == 0 && st.st_dev == f->device && st.st_ino == f->inode);
}

static bool
mark_name(const struct dbfile *f, char *out, size_t size)
{
	return f->path != NULL && (size_t)snprintf(out, size, "%s-damaged", f->path) < size;
}

void
dbfile_mark_damaged(const struct dbfile *f)
{
	char name[4096];
	int fd;

	if (!mark_name(f, name, sizeof(name)))
		return;
	fd = open(name, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd >= 0)
		close(fd);
}

bool
dbfile_is_marked(const struct dbfile *f)
{
	char name[4096];

	return mark_name(f, name, sizeof(name)) && access(name, F_OK) == 0;
}

void
dbfile_unmark(const struct dbfile *f)
{
	char name[4096];

	if (mark_name(f, name, sizeof(name)))
		unlink(name);
}
