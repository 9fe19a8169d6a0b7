/* sql/snapshot.c - several connections that see one state of the database */
#include "sql/snapshot.h"

#include "sql/catalogue.h"
#include "sql/odbc.h"

#include <ctype.h>

/* Of a database in memory each connection has its own. */
enum snapshot_way
snapshot_way(const struct db *db)
{
	if (db->dialect->snapshot != NULL)
		return SNAPSHOT_NAMED;
	return db->dialect->hold[0] != NULL || db->file.path != NULL ? SNAPSHOT_HELD : SNAPSHOT_ALONE;
}

static bool
hold(struct db *db, const struct table_ref *refs, size_t n, bool briefly, struct err *e)
{
	const char *const *words = db->dialect->hold;
	struct arena_mark before = arena_mark(db->work);
	struct buf text;
	char why[64];
	bool ok;

	if (!stmt_value(db, words[3], why, sizeof(why), e))
		return false;
	if (why[0] != '\0')
		return err_set(e, ERR_NOT_AVAILABLE, "%s", why);
	if (words[0] == NULL)
		return db_begin(db, TX_WRITE, e);
	buf_init(&text, db->work);
	buf_addz(&text, words[0]);
	for (size_t i = 0; i < n; i++) {
		buf_addz(&text, i == 0 ? "" : ", ");
		table_put_name(db, &refs[i], &text);
		buf_addz(&text, words[1]);
	}
	buf_addz(&text, briefly ? words[4] : "");
	ok = n == 0 || stmt_define(db, buf_z(&text), e);
	arena_rewind(db->work, before);
	return ok;
}

bool
snapshot_hold(const struct pool_conf *pool, const struct table_ref *refs, size_t n, bool briefly, struct db **out, struct err *e)
{
	if (db_open_job(pool, out, e) && hold(*out, refs, n, briefly, e))
		return true;
	db_close(out);
	return false;
}

void
snapshot_release(struct db **holder)
{
	struct err ignored;

	if (*holder != NULL && (*holder)->dialect->hold[2] != NULL)
		stmt_direct(*holder, (*holder)->dialect->hold[2], &ignored);
	db_close(holder);	/* which ends it as well */
}

/* It becomes part of a text. */
static bool
is_name(const char *s)
{
	for (const char *p = s; *p != '\0'; p++)
		if (!isalnum((unsigned char)*p) && *p != '-')
			return false;
	return s[0] != '\0';
}

/* What a transaction sees is settled by its first look. */
static bool
look(struct db *db, struct err *e)
{
	char word[8];

	return db->dialect->first_look == NULL || stmt_value(db, db->dialect->first_look, word, sizeof(word), e);
}

static bool
join(struct db *leader, struct db *other, const char *text, struct err *e)
{
	bool ok;

	if (other->file.device != leader->file.device || other->file.inode != leader->file.inode)
		return err_set(e, ERR_UNAVAILABLE, "the database file was replaced while it was opened");
	other->join = text;
	ok = db_begin(other, TX_READ, e);
	other->join = NULL;
	return ok && look(other, e);
}

bool
snapshot_join(struct db *leader, struct db *const *others, size_t n, struct err *e)
{
	const struct dialect *d = leader->dialect;
	const char *text = NULL;
	char name[64];

	if (d->snapshot != NULL) {
		if (!stmt_value(leader, d->snapshot, name, sizeof(name), e))
			return false;
		if (!is_name(name))
			return diag_broken(leader, "a snapshot without a name", e);
		text = arena_printf(leader->work, "%s%s%s", d->join[0], name, d->join[1]);
	}
	if (!look(leader, e))
		return false;
	for (size_t i = 0; i < n; i++)
		if (!join(leader, others[i], text, e))
			return false;
	return true;
}
