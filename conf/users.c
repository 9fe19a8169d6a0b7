/* conf/users.c - the file of mid-tier users
 *
 * Lines that are empty or begin with '#' are kept when the file is rewritten.
 */
#include "conf/users.h"

#include "base/buf.h"
#include "base/scan.h"
#include "conf/folder.h"
#include "conf/secret.h"
#include "conf/xml.h"

static bool
is_user_line(struct span line)
{
	line = span_trim(line);
	return line.n > 0 && line.p[0] != '#';
}

bool
users_read(const char *path, struct arena *mem, struct users *out, struct err *e)
{
	struct span text;
	bool found;

	*out = (struct users){ 0 };
	if (!folder_read(path, FILE_SECRET, mem, &text, &found, e))
		return false;
	secret_forget(mem, text);
	for (unsigned n_line = 1; text.n > 0; n_line++) {
		struct span line = span_cut(&text, '\n');
		struct mid_user user;

		if (!is_user_line(line))
			continue;
		line = span_trim(line);
		user.name = arena_z(mem, span_cut(&line, ';'));
		user.hash = arena_z(mem, span_cut(&line, ';'));
		user.roles = arena_z(mem, line);
		if (user.name[0] == '\0' || user.hash[0] == '\0')
			return err_set(e, ERR_CONFIG, "%s line %u: not name;hash;roles", path, n_line);
		out->row = arena_grow(mem, out->row, out->n * sizeof(user), (out->n + 1) * sizeof(user));
		out->row[out->n++] = user;
	}
	return true;
}

/* global/credentials, or where security.credentials.file says */
static bool
users_path(const char *dir, struct arena *mem, const char **out, struct err *e)
{
	const char *settings = folder_settings(dir, "", mem);
	const struct property *elsewhere;
	struct properties p;
	struct span text;
	bool found;

	*out = arena_printf(mem, "%s/global/credentials", dir);
	if (!folder_read(settings, FILE_PLAIN, mem, &text, &found, e))
		return false;
	if (!found)
		return true;
	if (!xml_read(text, settings, mem, &p, e))
		return false;
	elsewhere = properties_find(&p, SPAN("security.credentials.file"));
	if (elsewhere != NULL && elsewhere->text[0] != '\0')
		*out = folder_below(dir, elsewhere->text, mem);
	return true;
}

static bool
field_is_safe(struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] < 0x20 || s.p[i] == 0x7f || s.p[i] == ';')
			return false;
	return utf8_valid(s);
}

/* The file with one user's line left out and, when `line` is not empty, this one in its place. */
static bool
rewrite(const char *dir, struct span name, struct span line, struct arena *mem, bool *was_there, struct err *e)
{
	const char *path;
	struct span text;
	struct buf out;
	bool found;

	*was_there = false;
	if (!folder_lock(dir, mem, e) || !users_path(dir, mem, &path, e)
	    || !folder_read(path, FILE_SECRET, mem, &text, &found, e))
		return false;
	buf_init(&out, mem);
	while (text.n > 0) {
		struct span whole = span_cut(&text, '\n');
		struct span rest = span_trim(whole);

		if (is_user_line(whole) && span_eq(span_cut(&rest, ';'), name)) {
			*was_there = true;
			continue;
		}
		buf_span(&out, whole);
		buf_char(&out, '\n');
	}
	buf_span(&out, line);
	return (line.n == 0 && !*was_there) || folder_write(path, FILE_SECRET, buf_text(&out), e);
}

bool
conf_user_set(const char *dir, struct span name, const char *hash, struct span roles, struct err *e)
{
	struct arena *mem;
	bool was_there, ok;
	struct buf line;

	if (name.n == 0 || name.n > 255 || name.p[0] == '#' || span_trim(name).n != name.n || !field_is_safe(name)
	    || memchr(name.p, ':', name.n) != NULL)
		return err_set(e, ERR_USAGE, "a user name has 1 to 255 bytes, no ':' or ';' and no '#' or blank at its start");
	if (roles.n > 1024 || !field_is_safe(roles))
		return err_set(e, ERR_USAGE, "roles are a list with commas of at most 1024 bytes, without ';'");
	mem = arena_open(0);
	buf_init(&line, mem);
	buf_span(&line, name);
	buf_printf(&line, ";%s;", hash);
	buf_span(&line, roles);
	buf_char(&line, '\n');
	ok = rewrite(dir, name, buf_text(&line), mem, &was_there, e);
	arena_close(&mem);
	return ok;
}

bool
conf_user_delete(const char *dir, struct span name, bool *was_there, struct err *e)
{
	struct arena *mem = arena_open(0);
	bool ok = rewrite(dir, name, (struct span){ "", 0 }, mem, was_there, e);

	arena_close(&mem);
	return ok;
}
