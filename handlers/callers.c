/* handlers/callers.c - connections that were opened with the credentials of callers */
#include "handlers/callers.h"

#include "base/clock.h"
#include "base/digest.h"
#include "base/uid.h"

#include <stdio.h>
#include <stdlib.h>

struct caller_link {
	unsigned char id[CALLER_ID];
	const struct pool_conf *pool;
	struct db *db;
	bool is_taken;
	int64_t used_ns;
	struct caller_link *next;	/* used longer ago */
};

/* Does the server look at passwords at all?  Asked once, because settings of the server seldom change. */
struct checked {
	const struct pool_conf *pool;
	struct checked *next;
};

struct callers {
	struct caller_link *newest;
	struct checked *checked;
};

static void *
allocate(size_t size)
{
	void *p = calloc(1, size);

	if (p == NULL) {
		fputs("cords: out of memory\n", stderr);
		exit(2);
	}
	return p;
}

struct callers *
callers_open(void)
{
	return allocate(sizeof(struct callers));
}

/* the link behind `at` goes */
static void
drop(struct caller_link **at)
{
	struct caller_link *l = *at;

	*at = l->next;
	db_close(&l->db);
	digest_wipe(l->id, sizeof(l->id));
	free(l);
}

void
callers_forget(struct callers *c)
{
	while (c->newest != NULL)
		drop(&c->newest);
	while (c->checked != NULL) {
		struct checked *old = c->checked;

		c->checked = old->next;
		free(old);
	}
}

void
callers_close(struct callers **c)
{
	if (*c == NULL)
		return;
	callers_forget(*c);
	free(*c);
	*c = NULL;
}

void
callers_idle(struct callers *c)
{
	int64_t now_ns = clock_mono_ns();

	for (struct caller_link **at = &c->newest; *at != NULL;) {
		if (now_ns - (*at)->used_ns > (*at)->pool->set->conn_idle_ms * 1000000)
			drop(at);
		else
			at = &(*at)->next;
	}
}

/* ---- logging in ---- */

/* A server may trust whoever comes from this host; then a login proves nothing. */
static bool
passwords_count(struct callers *c, const struct pool_conf *pool, struct err *e)
{
	struct account liar = { .name = pool->set->db_username };
	char password[23];
	struct checked *known = c->checked;
	struct db *db = NULL;

	while (known != NULL && known->pool != pool)
		known = known->next;
	if (known != NULL)
		return true;
	uid_token(password);
	liar.password = password;
	if (db_open_as(pool, &liar, &db, e)) {
		db_close(&db);
		return err_set(e, ERR_UNAVAILABLE, "pool \"%s\": the server accepts any password, so db.credentialsSource cannot be REQUEST",
		    pool->name);
	}
	if (e->kind != ERR_UNAUTHORIZED)
		return false;
	err_clear(e);
	known = allocate(sizeof(*known));
	known->pool = pool;
	known->next = c->checked;
	c->checked = known;
	return true;
}

/* the one of the runtime account counts, too */
static void
make_room(struct callers *c, const struct pool_conf *pool)
{
	int64_t left = pool->set->conn_max > 2 ? pool->set->conn_max - 2 : 0;	/* one more is about to come */

	for (struct caller_link **at = &c->newest; *at != NULL;) {
		if ((*at)->pool == pool && left-- <= 0)
			drop(at);
		else
			at = &(*at)->next;
	}
}

static void
forget_id(struct callers *c, const unsigned char id[CALLER_ID])
{
	for (struct caller_link **at = &c->newest; *at != NULL; at = &(*at)->next) {
		if (digest_equal((*at)->id, id, CALLER_ID)) {
			drop(at);
			return;
		}
	}
}

static struct caller_link *
keep_link(struct callers *c, const struct pool_conf *pool, const unsigned char id[CALLER_ID], struct db *db)
{
	struct caller_link *l = allocate(sizeof(*l));

	memcpy(l->id, id, CALLER_ID);
	l->pool = pool;
	l->db = db;
	l->used_ns = clock_mono_ns();
	l->next = c->newest;
	c->newest = l;
	return l;
}

bool
callers_connect(struct callers *c, const struct pool_conf *pool, const struct account *who,
    const unsigned char id[CALLER_ID], bool keep, bool *is_admin, struct caller_link **link, struct err *e)
{
	struct db *db = NULL;

	*link = NULL;
	if (!db_has_accounts(pool->set))
		return err_set(e, ERR_UNAVAILABLE, "pool \"%s\": db.credentialsSource is REQUEST, and SQLite has no accounts",
		    pool->name);
	/* an account without password is nobody's in particular */
	if (who->password[0] == '\0')
		return err_set(e, ERR_UNAUTHORIZED, NULL);
	forget_id(c, id);
	make_room(c, pool);
	if (!passwords_count(c, pool, e) || !db_open_as(pool, who, &db, e))
		return false;
	if (!db_is_admin(db, is_admin, e)) {
		db_close(&db);
		return false;
	}
	if (keep)
		*link = keep_link(c, pool, id, db);
	else
		db_close(&db);
	return true;
}

struct caller_link *
callers_find(struct callers *c, const unsigned char id[CALLER_ID])
{
	for (struct caller_link **at = &c->newest; *at != NULL; at = &(*at)->next) {
		struct caller_link *l = *at;

		if (!digest_equal(l->id, id, CALLER_ID))
			continue;
		if (l->db == NULL || !db_is_usable(l->db)) {
			drop(at);
			return NULL;
		}
		*at = l->next;
		l->next = c->newest;
		c->newest = l;
		return l;
	}
	return NULL;
}

/* ---- being used ---- */

struct db *
callers_take(struct caller_link *link)
{
	if (!link->is_taken)
		db_meter_reset(link->db);
	link->is_taken = true;
	return link->db;
}

void
callers_done(struct caller_link *link)
{
	link->used_ns = clock_mono_ns();
	if (!link->is_taken)
		return;
	link->is_taken = false;
	if (!db_reset(link->db))
		db_close(&link->db);
}

int64_t
callers_meter_us(const struct caller_link *link)
{
	return link->is_taken ? db_meter_us(link->db) : 0;
}
