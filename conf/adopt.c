/* conf/adopt.c - see adopt.h */
#include "conf/adopt.h"

#include "conf/conf.h"
#include "conf/folder.h"
#include "conf/users.h"
#include "conf/xml.h"

#include <dirent.h>
#include <stdlib.h>
#include <sys/stat.h>

struct file {				/* one property list of ours, to be written */
	const char *pool;
	struct properties kept;
	bool is_written;
};

struct adoption {
	const char *from, *dir;
	struct arena *mem;
	struct adopted *row;
	size_t n;
	struct file *file;		/* the global one first */
	size_t n_files;
};

static void
tell(struct adoption *a, const char *pool, const char *what, const char *text, const char *why)
{
	a->row = arena_grow(a->mem, a->row, a->n * sizeof(*a->row), (a->n + 1) * sizeof(*a->row));
	a->row[a->n++] = (struct adopted){ pool, what, text, why };
}

static bool
exists(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0;
}

/* What leads to an Oracle database leads nowhere here. */
static bool
describes_database(const char *key)
{
	static const char *const keys[] = { "db.connectionType", "db.customURL", "db.hostname", "db.port", "db.servicename",
		"db.serviceNameSuffix", "db.sid", "db.username", "db.adminUser" };

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (strcmp(keys[i], key) == 0)
			return true;
	return false;
}

/* NULL: it means the same here */
static const char *
why_not(const struct adoption *a, const char *pool, const struct property *p)
{
	const struct option *o = option_find(span_of(p->key));
	struct settings scratch;
	struct err e = { 0 };

	if (o != NULL && o->kind == OPT_SECRET)
		return "a secret is not taken over; store it with config secret";
	if (describes_database(p->key))
		return "describes a database of the other installation; see cords install";
	if (o == NULL)
		return "unknown here";
	if (o->kind == OPT_IGNORED)
		return "has no meaning here";
	if (pool[0] != '\0' && o->scope == SCOPE_GLOBAL)
		return "is a global setting and has no effect in a pool";
	if (!option_parse(o, span_of(p->text), a->mem, (char *)&scratch + o->offset, &e))
		return arena_z(a->mem, span_of(e.text));
	return NULL;
}

static bool
read_settings(struct adoption *a, const char *pool, bool *found, struct err *e)
{
	const char *path = folder_settings(a->from, pool, a->mem);
	struct properties all = { 0 };
	struct span text;
	struct file *f;

	if (!folder_read(path, FILE_PLAIN, a->mem, &text, found, e) || (*found && !xml_read(text, path, a->mem, &all, e)))
		return false;
	a->file = arena_grow(a->mem, a->file, a->n_files * sizeof(*f), (a->n_files + 1) * sizeof(*f));
	f = &a->file[a->n_files++];
	*f = (struct file){ .pool = pool };
	for (size_t i = 0; i < all.n; i++) {
		const struct property *p = &all.row[i];
		const char *why = why_not(a, pool, p);

		tell(a, pool, p->key, why == NULL ? p->text : NULL, why);
		if (why == NULL)
			properties_put(&f->kept, a->mem, p->key, p->text, 0);
	}
	return true;
}

static void
look_for_wallet(struct adoption *a, const char *pool)
{
	const char *path = pool[0] == '\0' ? "global/wallet" : arena_printf(a->mem, "databases/%s/wallet", pool);

	if (exists(arena_printf(a->mem, "%s/%s", a->from, path)))
		tell(a, pool, path, NULL, "its secrets cannot be read here; store them with config secret");
}

static bool
read_users(struct adoption *a, struct err *e)
{
	struct users users = { 0 };

	if (!users_read(arena_printf(a->mem, "%s/global/credentials", a->from), a->mem, &users, e))
		return false;
	for (size_t i = 0; i < users.n; i++)
		tell(a, "", arena_printf(a->mem, "user %s", users.row[i].name), NULL, arena_printf(a->mem,
		    "its password has another kind of hash; store it with config user add %s \"%s\"", users.row[i].name,
		    users.row[i].roles));
	return true;
}

static int
by_name(const void *x, const void *y)
{
	return strcmp(*(const char *const *)x, *(const char *const *)y);
}

/* names of folders below databases/, in order */
static const char **
list_pools(struct adoption *a, size_t *n)
{
	DIR *d = opendir(arena_printf(a->mem, "%s/databases", a->from));
	const struct dirent *entry;
	const char **name = NULL;

	*n = 0;
	while (d != NULL && (entry = readdir(d)) != NULL) {
		if (entry->d_name[0] == '.')
			continue;
		name = arena_grow(a->mem, name, *n * sizeof(*name), (*n + 1) * sizeof(*name));
		name[(*n)++] = arena_z(a->mem, span_of(entry->d_name));
	}
	if (d != NULL)
		(void)closedir(d);
	if (*n > 0)
		qsort(name, *n, sizeof(*name), by_name);
	return name;
}

static bool
read_all(struct adoption *a, struct err *e)
{
	bool found_any, found;
	const char **pool;
	size_t n;

	if (!read_settings(a, "", &found_any, e))
		return false;
	look_for_wallet(a, "");
	if (!read_users(a, e))
		return false;
	pool = list_pools(a, &n);
	for (size_t i = 0; i < n; i++) {
		if (!pool_name_is_valid(span_of(pool[i]))) {
			tell(a, "", arena_printf(a->mem, "databases/%s", pool[i]), NULL, "not a name for a pool here");
			continue;
		}
		if (!read_settings(a, pool[i], &found, e))
			return false;
		look_for_wallet(a, pool[i]);
		found_any = true;
	}
	if (found_any)
		return true;
	if (exists(arena_printf(a->mem, "%s/defaults.xml", a->from)))
		return err_set(e, ERR_CONFIG, "%s has the form of ORDS before 22.1: let ORDS itself bring it to the newer form first",
		    a->from);
	return err_set(e, ERR_CONFIG, "%s is no configuration folder: neither global/settings.xml nor databases/ is there", a->from);
}

/* Every file whole, or none of them. */
static bool
write_all(struct adoption *a, struct err *e)
{
	bool ok = true;

	for (size_t i = 0; ok && i < a->n_files; i++) {
		const char *path = folder_settings(a->dir, a->file[i].pool, a->mem);
		const char *folder = arena_z(a->mem, (struct span){ path, (size_t)(strrchr(path, '/') - path) });
		struct buf text;

		buf_init(&text, a->mem);
		xml_write(&a->file[i].kept, &text);
		ok = folder_make(folder, e) && folder_write(path, FILE_PLAIN, buf_text(&text), e);
		a->file[i].is_written = ok;
	}
	for (size_t i = 0; !ok && i < a->n_files; i++) {
		struct err ignored = { 0 };

		if (a->file[i].is_written)
			(void)folder_remove(folder_settings(a->dir, a->file[i].pool, a->mem), &ignored);
	}
	return ok;
}

static bool
is_same_folder(const char *x, const char *y)
{
	struct stat a, b;

	return stat(x, &a) == 0 && stat(y, &b) == 0 && a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

bool
conf_adopt(const char *from, const char *dir, struct arena *mem, const struct adopted **out, size_t *n, struct err *e)
{
	struct adoption a = { .from = from, .dir = dir, .mem = mem };

	if (is_same_folder(from, dir))
		return err_set(e, ERR_CONFIG, "%s is the configuration folder itself: it is used as it is; see cords validate", from);
	if (!folder_make(dir, e) || !folder_lock(dir, mem, e))
		return false;
	if (exists(folder_settings(dir, "", mem)) || exists(arena_printf(mem, "%s/databases", dir)))
		return err_set(e, ERR_CONFIG, "%s has settings already: name an empty folder with --config", dir);
	if (!read_all(&a, e) || !write_all(&a, e))
		return false;
	*out = a.row;
	*n = a.n;
	return true;
}
