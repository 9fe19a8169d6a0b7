/* conf/folder.h - private to conf/: files of the configuration folder, read whole and replaced whole
 *
 * A file is never seen half-written: temporary file, fsync, rename, fsync of its folder; writers queue at a lock file.
 * Run by root, new files belong to whom their folder belongs, so that the workers can read them.
 */
#ifndef CORDS_CONF_FOLDER_H
#define CORDS_CONF_FOLDER_H

#include "base/arena.h"
#include "base/err.h"
#include "base/span.h"

enum secrecy { FILE_PLAIN, FILE_SECRET };	/* secret: refused when group or others may read it */

/* *found false: there is no such file.  fails CONFIG */
bool folder_read(const char *path, enum secrecy secrecy, struct arena *mem, struct span *out, bool *found, struct err *e);

/* Replaces or creates the file; a new one has mode 0600, an old one keeps its mode unless it is secret. fails IO */
bool folder_write(const char *path, enum secrecy secrecy, struct span content, struct err *e);

bool folder_make(const char *path, struct err *e);	/* mode 0700; parents too; existing ones are left alone */
bool folder_remove(const char *path, struct err *e);	/* a file, or an empty folder; nothing there is fine */

/* The lock of writers, held until mem is cleared. */
bool folder_lock(const char *dir, struct arena *mem, struct err *e);

/* dir/global/..., dir/databases/POOL/...; pool "" is global */
const char *folder_settings(const char *dir, const char *pool, struct arena *mem);
const char *folder_secrets(const char *dir, const char *pool, struct arena *mem);

/* path itself when absolute, else below dir */
const char *folder_below(const char *dir, const char *path, struct arena *mem);

#endif
