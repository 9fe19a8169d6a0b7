/* conf/change.c - changing the folder: each change reads, alters and replaces one file under the writers' lock */
#include "conf/conf.h"

#include "conf/folder.h"
#include "conf/secret.h"
#include "conf/xml.h"

static bool
check_pool(const char *pool, struct err *e)
{
	return pool[0] == '\0' || pool_name_is_valid(span_of(pool)) ? true
	    : err_set(e, ERR_CONFIG, "not a name for a pool: %s", pool);
}

static bool
read_file(const char *path, struct arena *mem, struct properties *out, struct err *e)
{
	struct span text;
	bool found;

	*out = (struct properties){ 0 };
	return folder_read(path, FILE_PLAIN, mem, &text, &found, e) && (!found || xml_read(text, path, mem, out, e));
}

static bool
write_file(const char *path, const struct properties *p, struct arena *mem, struct err *e)
{
	struct buf out;
	const char *folder = arena_z(mem, (struct span){ path, (size_t)(strrchr(path, '/') - path) });

	buf_init(&out, mem);
	xml_write(p, &out);
	return folder_make(folder, e) && folder_write(path, FILE_PLAIN, buf_text(&out), e);
}

/* Only text that XML can hold, and a value that the option accepts. */
static bool
check_value(const struct option *o, struct span key, struct span text, struct arena *mem, struct err *e)
{
	struct settings scratch;

	if (o == NULL) {
		const struct option *near = option_nearest(key);

		if (near != NULL)
			return err_set(e, ERR_CONFIG, "The setting named: %.*s is unknown. Did you mean: %s?", SPAN_ARG(key), near->key);
		return err_set(e, ERR_CONFIG, "The setting named: %.*s is unknown.", SPAN_ARG(key));
	}
	if (o->kind == OPT_SECRET)
		return err_set(e, ERR_CONFIG, "%s is a secret: use config secret %s", o->key, o->key);
	if (o->kind == OPT_IGNORED) {
		/* any text will do; the rules of a text are those of all */
		static const struct option any = { .key = "value", .kind = OPT_TEXT, .max = 4096 };

		for (size_t i = 0; i < key.n; i++)
			if ((unsigned char)key.p[i] <= 0x20 || (unsigned char)key.p[i] >= 0x7f)
				return err_set(e, ERR_CONFIG, "not a name for a setting");
		return option_parse(&any, text, mem, &scratch, e);
	}
	return option_parse(o, text, mem, (char *)&scratch + o->offset, e);
}

bool
conf_set(const char *dir, const char *pool, struct span key, struct span text, struct err *e)
{
	const struct option *o = option_find(key);
	struct arena *mem = arena_open(0);
	const char *path = folder_settings(dir, o != NULL && o->scope == SCOPE_GLOBAL ? "" : pool, mem);
	struct properties p;
	bool ok = check_pool(pool, e) && check_value(o, key, text, mem, e) && folder_lock(dir, mem, e)
	    && read_file(path, mem, &p, e);

	if (ok) {
		const struct property *old = properties_find(&p, key);

		if (old == NULL || !span_is(span_trim(text), old->text)) {
			properties_put(&p, mem, arena_z(mem, key), arena_z(mem, span_trim(text)), 0);
			ok = write_file(path, &p, mem, e);
		}
	}
	arena_close(&mem);
	return ok;
}

static bool
delete_secret(const char *dir, const char *pool, struct span key, struct arena *mem, bool *was_there, struct err *e)
{
	struct secrets s;

	if (!secrets_read(dir, pool, mem, &s, e))
		return false;
	for (size_t i = 0; i < s.n; i++) {
		if (!span_is(key, s.row[i].name))
			continue;
		memmove(&s.row[i], &s.row[i + 1], (s.n - i - 1) * sizeof(s.row[0]));
		s.n--;
		*was_there = true;
		return secrets_write(dir, pool, &s, mem, e);
	}
	return true;
}

bool
conf_delete(const char *dir, const char *pool, struct span key, bool *was_there, struct err *e)
{
	const struct option *o = option_find(key);
	struct arena *mem = arena_open(0);
	const char *path = folder_settings(dir, pool, mem);
	struct properties p;
	bool ok;

	*was_there = false;
	ok = check_pool(pool, e) && folder_lock(dir, mem, e) && read_file(path, mem, &p, e);
	if (ok && properties_remove(&p, key)) {
		*was_there = true;
		ok = write_file(path, &p, mem, e);
	}
	/* a secret may stand in the wallet, or by mistake in the plain file */
	if (ok && o != NULL && o->kind == OPT_SECRET)
		ok = delete_secret(dir, pool, key, mem, was_there, e);
	arena_close(&mem);
	return ok;
}

bool
conf_pool_delete(const char *dir, const char *pool, struct err *e)
{
	struct arena *mem = arena_open(0);
	const char *home = arena_printf(mem, "%s/databases/%s", dir, pool);
	bool ok = pool[0] != '\0' && check_pool(pool, e) && folder_lock(dir, mem, e)
	    && folder_remove(folder_secrets(dir, pool, mem), e)
	    && folder_remove(arena_printf(mem, "%s/wallet", home), e)
	    && folder_remove(folder_settings(dir, pool, mem), e)
	    && folder_remove(home, e);

	arena_close(&mem);
	return ok;
}

bool
conf_secret_set(const char *dir, const char *pool, struct span key, struct span secret, struct err *e)
{
	const struct option *o = option_find(key);
	struct arena *mem;
	struct secrets s;
	bool ok;

	if (o == NULL || o->kind != OPT_SECRET)
		return err_set(e, ERR_CONFIG, "The setting named: %.*s is not a secret.", SPAN_ARG(key));
	if (secret.n == 0 || (int64_t)secret.n > o->max || memchr(secret.p, '\0', secret.n) != NULL)
		return err_set(e, ERR_CONFIG, "%s: a secret has 1 to %lld bytes and no NUL", o->key, (long long)o->max);
	mem = arena_open(0);
	ok = check_pool(pool, e) && folder_lock(dir, mem, e) && secrets_read(dir, pool, mem, &s, e);
	if (ok) {
		struct secret *at = secrets_find(&s, key);

		if (at == NULL) {
			s.row = arena_grow(mem, s.row, s.n * sizeof(*s.row), (s.n + 1) * sizeof(*s.row));
			at = &s.row[s.n++];
			at->name = o->key;
		}
		at->text = secret;
		ok = secrets_write(dir, pool, &s, mem, e);
	}
	arena_close(&mem);
	return ok;
}

bool
conf_secret_get(const char *dir, const char *pool, struct span key, struct arena *mem, struct span *out, struct err *e)
{
	const struct secret *found;
	struct secrets s;

	if (!check_pool(pool, e) || !secrets_read(dir, pool, mem, &s, e))
		return false;
	found = secrets_find(&s, key);
	if (found == NULL)
		return err_set(e, ERR_CONFIG, "The setting named: %.*s is not set.", SPAN_ARG(key));
	*out = found->text;
	return true;
}
