/* sql/stmt_cache.c - statements that stay prepared, by their text, least recently used first out
 *
 * One shape of query is one entry, since values are bound.  A statement whose result is still open is not reused: the same
 * text gets a second handle.  Structs are never freed before the connection object is, so a pointer that outlived a rollback
 * does no harm in stmt_done().
 */
#include "sql/odbc.h"

#include <stdlib.h>
#include <string.h>

static uint64_t
hash_of(struct span text)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);
	size_t i = 0;

	for (; i + 8 <= text.n; i += 8) {
		uint64_t w;

		memcpy(&w, text.p + i, 8);
		h = (h ^ w) * UINT64_C(0x9e3779b97f4a7c15);
		h ^= h >> 29;
	}
	for (; i < text.n; i++)
		h = (h ^ (unsigned char)text.p[i]) * UINT64_C(0x100000001b3);
	return h ^ h >> 32;
}

static void
unlink_age(struct stmt_cache *c, struct stmt *st)
{
	if (st->newer != NULL)
		st->newer->older = st->older;
	else
		c->newest = st->older;
	if (st->older != NULL)
		st->older->newer = st->newer;
	else
		c->oldest = st->newer;
}

static void
push_newest(struct stmt_cache *c, struct stmt *st)
{
	st->newer = NULL;
	st->older = c->newest;
	if (c->newest != NULL)
		c->newest->newer = st;
	else
		c->oldest = st;
	c->newest = st;
}

void
stmt_forget(struct stmt *st)
{
	struct stmt_cache *c = &st->db->cache;
	struct stmt **at = &c->bucket[st->hash % BUCKETS];

	while (*at != st)
		at = &(*at)->next_in_bucket;
	*at = st->next_in_bucket;
	unlink_age(c, st);
	c->n--;
	if (st->in_use)
		c->n_in_use--;
	SQLFreeHandle(SQL_HANDLE_STMT, st->handle);
	free(st->text);
	free(st->slots);
	*st = (struct stmt){ .db = st->db, .next_in_bucket = c->spare };
	c->spare = st;
}

void
stmt_forget_all(struct db *db)
{
	often_forget(db);
	while (db->cache.newest != NULL)
		stmt_forget(db->cache.newest);
}

void
stmt_free_cache(struct db *db)
{
	stmt_forget_all(db);
	while (db->cache.spare != NULL) {
		struct stmt *st = db->cache.spare;

		db->cache.spare = st->next_in_bucket;
		free(st);
	}
}

struct stmt *
stmt_find(struct db *db, const struct query *q, enum told told)
{
	struct span text = q->text;
	uint64_t hash = hash_of(text);
	struct stmt *st = db->cache.bucket[hash % BUCKETS];

	while (st != NULL && (st->hash != hash || st->in_use || st->told != told || st->is_often != q->is_often
	    || st->text_n != text.n || memcmp(st->text, text.p, text.n) != 0))
		st = st->next_in_bucket;
	if (st != NULL && st != db->cache.newest) {
		unlink_age(&db->cache, st);
		push_newest(&db->cache, st);
	}
	return st;
}

static void
make_room(struct db *db)
{
	struct stmt *st = db->cache.oldest;

	if (db->cache.n < (size_t)db->pool->set->stmt_cache)
		return;
	while (st != NULL && st->in_use)
		st = st->newer;
	if (st != NULL)
		stmt_forget(st);
}

/* An empty struct with its own copy of the text; not in the cache yet. */
static struct stmt *
fresh(struct db *db, const struct query *q)
{
	struct stmt *st = db->cache.spare;
	char *text = malloc(q->text.n + 1);
	struct slot *slots = calloc(q->n_binds + 1, sizeof(*slots));

	if (st == NULL)
		st = calloc(1, sizeof(*st));
	else
		db->cache.spare = st->next_in_bucket;
	if (st == NULL || text == NULL || slots == NULL) {
		free(text);
		free(slots);
		if (st != NULL) {
			st->next_in_bucket = db->cache.spare;
			db->cache.spare = st;
		}
		return NULL;
	}
	memcpy(text, q->text.p, q->text.n);
	text[q->text.n] = '\0';
	*st = (struct stmt){ .db = db, .hash = hash_of(q->text), .text = text, .text_n = q->text.n, .slots = slots, .n_slots = q->n_binds };
	return st;
}

struct stmt *
stmt_add(struct db *db, const struct query *q, enum told told, struct err *e)
{
	struct stmt_cache *c = &db->cache;
	struct stmt *st;

	make_room(db);
	st = fresh(db, q);
	if (st == NULL) {
		db->poisoned = db->in_tx;
		err_set(e, ERR_NO_MEMORY, NULL);
		return NULL;
	}
	st->told = told;
	st->is_often = q->is_often;
	st->next_in_bucket = c->bucket[st->hash % BUCKETS];
	c->bucket[st->hash % BUCKETS] = st;
	push_newest(c, st);
	c->n++;
	return st;
}
