/* conf/conf.c - the folder as one loaded state, and noticing that it changed */
#include "config.h"

#include "conf/conf.h"

#include "base/clock.h"
#include "base/log.h"
#include "conf/folder.h"
#include "conf/secret.h"
#include "conf/users.h"
#include "conf/xml.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#define LOOK_EVERY_NS INT64_C(2000000000)

/* How a file looked before it was read: a change in between is seen at the next look. */
struct stamp {
	struct stamp *next;
	const char *path;
	bool exists;
	struct stat st;
};

struct pool {
	struct settings set;
	struct properties props;
	struct secrets secrets;
};

struct conf {
	struct arena *mem;
	struct arena *stamp_mem;	/* apart: a failed reload hands its stamps to the state that stays */
	struct stamp *stamps;
	int64_t looked_ns;
	const char *dir;
	struct settings global;
	struct properties props;
	struct secrets secrets;		/* of the global wallet */
	struct users users;
	size_t n_pools;
	struct pool_conf *pools;	/* sorted by name */
	struct pool *insides;		/* of pools, same order */
	struct conf *older;		/* what was replaced by this one */
};

/* ---- stamps ---- */

static void
look(const char *path, struct stamp *s)
{
	s->exists = stat(path, &s->st) == 0;
	if (!s->exists)
		memset(&s->st, 0, sizeof(s->st));
}

static void
stamp(struct conf *c, const char *path)
{
	struct stamp *s = ARENA_NEW(c->stamp_mem, struct stamp);

	s->path = arena_z(c->stamp_mem, span_of(path));
	look(path, s);
	s->next = c->stamps;
	c->stamps = s;
}

static bool
is_changed(const struct stamp *s)
{
	struct stamp now;

	look(s->path, &now);
	return now.exists != s->exists || now.st.st_ino != s->st.st_ino || now.st.st_dev != s->st.st_dev
	    || now.st.st_size != s->st.st_size || now.st.st_mode != s->st.st_mode
	    || now.st.st_mtim.tv_sec != s->st.st_mtim.tv_sec || now.st.st_mtim.tv_nsec != s->st.st_mtim.tv_nsec;
}

/* ---- from texts to settings ---- */

static void *
member(struct settings *set, const struct option *o)
{
	return (char *)set + o->offset;
}

static bool
set_defaults(struct settings *set, struct arena *mem, struct err *e)
{
	for (size_t i = 0; i < conf_n_options; i++)
		if (conf_options[i].kind != OPT_IGNORED
		    && !option_parse(&conf_options[i], span_of(conf_options[i].dflt), mem, member(set, &conf_options[i]), e))
			return false;
	return true;
}

/* Unknown names, ignored ones, secrets in plain text and global settings in a pool have no effect; validate tells. */
static bool
has_effect(const struct option *o, bool in_pool)
{
	return o != NULL && o->kind != OPT_IGNORED && o->kind != OPT_SECRET && !(in_pool && o->scope == SCOPE_GLOBAL);
}

static bool
apply(struct settings *set, const struct properties *props, const char *path, bool in_pool, struct arena *mem,
    struct err *e)
{
	for (size_t i = 0; i < props->n; i++) {
		const struct property *p = &props->row[i];
		const struct option *o = option_find(span_of(p->key));
		struct err why = { 0 };

		if (has_effect(o, in_pool) && !option_parse(o, span_of(p->text), mem, member(set, o), &why))
			return err_set(e, ERR_CONFIG, "%s line %lu: %s", path, p->line, why.text);
	}
	return true;
}

static bool
apply_secrets(struct settings *set, const struct secrets *s, struct arena *mem, struct err *e)
{
	for (size_t i = 0; i < s->n; i++) {
		const struct option *o = option_find(span_of(s->row[i].name));
		const char **at;

		if (o == NULL || o->kind != OPT_SECRET)
			continue;
		at = member(set, o);
		if (!option_parse(o, s->row[i].text, mem, at, e))
			return false;
		secret_forget(mem, span_of(*at));
	}
	return true;
}

/* A file that an environment variable names wins over the wallet. */
static bool
add_secrets_of_environment(struct conf *c, const char *pool, struct secrets *s, struct err *e)
{
	for (size_t i = 0; i < conf_n_options; i++) {
		const struct option *o = &conf_options[i];
		struct secret row = { .name = o->key };
		struct secret *old = NULL;
		const char *path;
		bool found;

		if (o->kind != OPT_SECRET)
			continue;
		if (!secret_from_environment(pool, o->key, c->mem, &path, &row.text, &found, e))
			return false;
		if (!found)
			continue;
		stamp(c, path);
		for (size_t j = 0; j < s->n; j++)
			if (strcmp(s->row[j].name, o->key) == 0)
				old = &s->row[j];
		if (old == NULL) {
			s->row = arena_grow(c->mem, s->row, s->n * sizeof(row), (s->n + 1) * sizeof(row));
			old = &s->row[s->n++];
		}
		*old = row;
	}
	return true;
}

/* Paths in settings start at the folder, whatever directory a worker was started in. */
static void
make_absolute(struct conf *c, struct settings *set)
{
	const char **paths[] = { &set->db_file, &set->db_ca_file, &set->object_ca_file, &set->log_file, &set->users_file };

	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
		if ((*paths[i])[0] != '\0')
			*paths[i] = folder_below(c->dir, *paths[i], c->mem);
}

/* ---- loading ---- */

static bool
read_properties(struct conf *c, const char *path, struct properties *out, bool *found, struct err *e)
{
	struct span text;

	*out = (struct properties){ 0 };
	stamp(c, path);
	return folder_read(path, FILE_PLAIN, c->mem, &text, found, e)
	    && (!*found || xml_read(text, path, c->mem, out, e));
}

static bool
load_secrets(struct conf *c, const char *pool, struct secrets *out, struct err *e)
{
	stamp(c, folder_secrets(c->dir, pool, c->mem));
	return secrets_read(c->dir, pool, c->mem, out, e);
}

static bool
load_global(struct conf *c, struct err *e)
{
	const char *path = folder_settings(c->dir, "", c->mem);
	const char *users = arena_printf(c->mem, "%s/global/credentials", c->dir);
	bool found;

	if (!set_defaults(&c->global, c->mem, e) || !read_properties(c, path, &c->props, &found, e)
	    || !apply(&c->global, &c->props, path, false, c->mem, e) || !load_secrets(c, "", &c->secrets, e)
	    || !apply_secrets(&c->global, &c->secrets, c->mem, e))
		return false;
	make_absolute(c, &c->global);
	if (c->global.users_file[0] != '\0')
		users = c->global.users_file;
	stamp(c, users);
	return users_read(users, c->mem, &c->users, e);
}

bool
callers_log_in(const struct settings *set)
{
	return strcasecmp(set->db_credentials_source, "REQUEST") == 0;
}

bool
pool_name_is_valid(struct span name)
{
	static const char *const taken[] = { "soda", "oauth", "sql-developer", "metadata-catalog" };

	if (name.n == 0 || name.n > 64)
		return false;
	for (size_t i = 0; i < name.n; i++) {
		char c = name.p[i];
		bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');

		if (!letter && (i == 0 || !((c >= '0' && c <= '9') || c == '_' || c == '-')))
			return false;
	}
	for (size_t i = 0; i < sizeof(taken) / sizeof(taken[0]); i++)
		if (span_is_nocase(name, taken[i]))
			return false;
	return true;
}

static int
by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* names of the folders below databases/ that can be pools, sorted */
static bool
list_pools(struct conf *c, const char ***names, size_t *n, struct err *e)
{
	const char *path = arena_printf(c->mem, "%s/databases", c->dir);
	const struct dirent *d;
	DIR *dir;

	*names = NULL;
	*n = 0;
	stamp(c, path);
	dir = opendir(path);
	if (dir == NULL && errno != ENOENT)
		return err_set(e, ERR_CONFIG, "cannot read %s: %s", path, strerror(errno));
	while (dir != NULL && (d = readdir(dir)) != NULL) {
		if (!pool_name_is_valid(span_of(d->d_name)))
			continue;
		*names = arena_grow(c->mem, *names, *n * sizeof(**names), (*n + 1) * sizeof(**names));
		(*names)[(*n)++] = arena_z(c->mem, span_of(d->d_name));
	}
	if (dir != NULL)
		closedir(dir);
	if (*n > 1)
		qsort(*names, *n, sizeof(**names), by_name);
	return true;
}

static bool
load_pool(struct conf *c, const char *name, struct err *e)
{
	const char *path = folder_settings(c->dir, name, c->mem);
	struct pool *in = &c->insides[c->n_pools];
	struct pool_conf *pool = &c->pools[c->n_pools];
	bool found;

	if (!read_properties(c, path, &in->props, &found, e))
		return false;
	if (!found)
		return true;
	in->set = c->global;
	if (!apply(&in->set, &in->props, path, true, c->mem, e) || !load_secrets(c, name, &in->secrets, e)
	    || !add_secrets_of_environment(c, name, &in->secrets, e) || !apply_secrets(&in->set, &in->secrets, c->mem, e))
		return false;
	make_absolute(c, &in->set);
	memcpy(pool->name, name, strlen(name) + 1);
	pool->set = &in->set;
	c->n_pools++;
	return true;
}

static bool
load(struct conf *c, struct err *e)
{
	const char **names;
	size_t n;

	if (!load_global(c, e) || !list_pools(c, &names, &n, e))
		return false;
	c->pools = ARENA_ARRAY(c->mem, struct pool_conf, n);
	c->insides = ARENA_ARRAY(c->mem, struct pool, n);
	for (size_t i = 0; i < n; i++)
		if (!load_pool(c, names[i], e))
			return false;
	return true;
}

static struct conf *
conf_new(const char *dir)
{
	struct arena *mem = arena_open(0);
	struct conf *c = ARENA_NEW(mem, struct conf);

	c->mem = mem;
	c->stamp_mem = arena_open(0);
	c->dir = arena_z(mem, span_of(dir));
	c->looked_ns = clock_mono_ns();
	return c;
}

bool
conf_load(const char *dir, struct conf **out, struct err *e)
{
	*out = conf_new(dir);
	if (load(*out, e))
		return true;
	conf_close(out);
	return false;
}

void
conf_close(struct conf **c)
{
	struct conf *next;

	for (struct conf *at = *c; at != NULL; at = next) {
		struct arena *mem = at->mem;

		next = at->older;
		arena_close(&at->stamp_mem);
		arena_close(&mem);
	}
	*c = NULL;
}

bool
conf_refresh(struct conf **c)
{
	struct conf *old = *c, *fresh;
	int64_t now = clock_mono_ns();
	bool changed = false;
	struct err e = { 0 };

	if (now - old->looked_ns < LOOK_EVERY_NS)
		return false;
	old->looked_ns = now;
	for (const struct stamp *s = old->stamps; s != NULL && !changed; s = s->next)
		changed = is_changed(s);
	if (!changed)
		return false;
	fresh = conf_new(old->dir);
	if (!load(fresh, &e)) {
		struct arena *stamp_mem = old->stamp_mem;

		log_event(LOG_ERROR, "config.broken", "the former settings stay: %s", e.text);
		/* told once: the next attempt comes when the folder looks different from how it was read just now */
		old->stamp_mem = fresh->stamp_mem;
		old->stamps = fresh->stamps;
		fresh->stamp_mem = stamp_mem;
		conf_close(&fresh);
		return false;
	}
	log_event(LOG_INFO, "config.reloaded", NULL);
	conf_close(&old->older);
	fresh->older = old;
	*c = fresh;
	return true;
}

/* ---- looking at it ---- */

/* what a connection is made by, or is compared with when it is */
static bool
is_of_connection(const struct option *o)
{
	return strncmp(o->key, "db.", 3) == 0 || strncmp(o->key, "jdbc.", 5) == 0 || strcmp(o->key, "debug.allowTrace") == 0
	    || strcmp(o->key, "request.maxBody") == 0;
}

static bool
is_same_setting(const struct option *o, const struct settings *a, const struct settings *b)
{
	const char *x = (const char *)a + o->offset, *y = (const char *)b + o->offset;

	switch (o->kind) {
	case OPT_TEXT:
	case OPT_SECRET:
		return strcmp(*(const char *const *)(const void *)x, *(const char *const *)(const void *)y) == 0;
	case OPT_BOOL:
		return *(const bool *)(const void *)x == *(const bool *)(const void *)y;
	case OPT_IGNORED:
		return true;
	default:
		return *(const int64_t *)(const void *)x == *(const int64_t *)(const void *)y;
	}
}

bool
conf_same_connection(const struct settings *a, const struct settings *b)
{
	for (size_t i = 0; i < conf_n_options; i++)
		if (is_of_connection(&conf_options[i]) && !is_same_setting(&conf_options[i], a, b))
			return false;
	return true;
}

const char *
conf_dir(const struct conf *c)
{
	return c->dir;
}

const struct settings *
conf_global(const struct conf *c)
{
	return &c->global;
}

size_t
conf_n_pools(const struct conf *c)
{
	return c->n_pools;
}

const struct pool_conf *
conf_pool(const struct conf *c, size_t i)
{
	return &c->pools[i];
}

const struct pool_conf *
conf_pool_find(const struct conf *c, struct span name)
{
	for (size_t i = 0; i < c->n_pools; i++)
		if (span_is(name, c->pools[i].name))
			return &c->pools[i];
	return NULL;
}

const struct mid_user *
conf_user_find(const struct conf *c, struct span name)
{
	for (size_t i = 0; i < c->users.n; i++)
		if (span_is(name, c->users.row[i].name))
			return &c->users.row[i];
	return NULL;
}

size_t
conf_n_users(const struct conf *c)
{
	return c->users.n;
}

const struct mid_user *
conf_user(const struct conf *c, size_t i)
{
	return &c->users.row[i];
}

static struct span
name_in(const struct property *p, const char *family)
{
	size_t n = strlen(family);
	struct span key = span_of(p->key);

	if (key.n <= n || memcmp(key.p, family, n) != 0)
		return (struct span){ NULL, 0 };
	return (struct span){ key.p + n, key.n - n };
}

static const struct properties *
props_of(const struct conf *c, const struct pool_conf *pool, int i)
{
	return i == 0 ? &c->insides[pool - c->pools].props : &c->props;
}

const char *
conf_named(const struct conf *c, const struct pool_conf *pool, const char *family, struct span name)
{
	for (int i = 0; i < 2; i++) {
		const struct properties *props = props_of(c, pool, i);

		for (size_t j = 0; j < props->n; j++)
			if (span_eq_nocase(name_in(&props->row[j], family), name) && name.n > 0)
				return props->row[j].text;
	}
	return NULL;
}

size_t
conf_names(const struct conf *c, const struct pool_conf *pool, const char *family, struct arena *mem, struct span **out)
{
	size_t n = 0;

	*out = ARENA_ARRAY(mem, struct span, props_of(c, pool, 0)->n + props_of(c, pool, 1)->n);
	for (int i = 0; i < 2; i++) {
		const struct properties *props = props_of(c, pool, i);

		for (size_t j = 0; j < props->n; j++) {
			struct span name = name_in(&props->row[j], family);
			bool is_new = name.n > 0;

			for (size_t k = 0; k < n && is_new; k++)
				is_new = !span_eq_nocase((*out)[k], name);
			if (is_new)
				(*out)[n++] = name;
		}
	}
	return n;
}

struct listing {
	struct arena *mem;
	struct conf_entry *row;
	size_t n;
};

static void
list_entry(struct listing *l, const char *key, const char *text, int from)
{
	const struct option *o = option_find(span_of(key));
	bool is_secret = o != NULL && o->kind == OPT_SECRET;

	/* wallet before pool before global before default: who came first counts, but a global setting in a pool does not */
	for (size_t i = 0; i < l->n; i++)
		if (strcmp(l->row[i].key, key) == 0
		    && !(o != NULL && o->scope == SCOPE_GLOBAL && l->row[i].from == FROM_POOL && from == FROM_GLOBAL))
			return;
	l->row = arena_grow(l->mem, l->row, l->n * sizeof(*l->row), (l->n + 1) * sizeof(*l->row));
	l->row[l->n++] = (struct conf_entry){ key, is_secret ? "******" : text, o, from };
}

static int
by_key(const void *a, const void *b)
{
	const struct conf_entry *x = a, *y = b;
	int d = strcmp(x->key, y->key);

	return d != 0 ? d : (int)x->from - (int)y->from;
}

size_t
conf_entries(const struct conf *c, struct span pool, bool with_defaults, struct arena *mem, const struct conf_entry **out)
{
	const struct pool_conf *p = conf_pool_find(c, pool);
	struct listing l = { .mem = mem };

	if (p != NULL) {
		const struct pool *in = &c->insides[p - c->pools];

		for (size_t i = 0; i < in->secrets.n; i++)
			list_entry(&l, in->secrets.row[i].name, "******", FROM_WALLET);
		for (size_t i = 0; i < in->props.n; i++)
			list_entry(&l, in->props.row[i].key, in->props.row[i].text, FROM_POOL);
	}
	for (size_t i = 0; i < c->secrets.n; i++)
		list_entry(&l, c->secrets.row[i].name, "******", FROM_WALLET);
	for (size_t i = 0; i < c->props.n; i++)
		list_entry(&l, c->props.row[i].key, c->props.row[i].text, FROM_GLOBAL);
	for (size_t i = 0; with_defaults && i < conf_n_options; i++)
		if (conf_options[i].kind != OPT_IGNORED && conf_options[i].dflt[0] != '\0')
			list_entry(&l, conf_options[i].key, conf_options[i].dflt, FROM_DEFAULT);
	if (l.n > 1)
		qsort(l.row, l.n, sizeof(*l.row), by_key);
	*out = l.row;
	return l.n;
}
