/* datapump/export_share.c - more connections for an export, which see the state that its own sees */
#include "config.h"

#include "datapump/exporting.h"

#include "sql/dialect.h"
#include "sql/snapshot.h"

#include <sched.h>

enum {
	HOLD_ATTEMPTS = 3,
	MANY_ROWS = 10000,		/* fewer are read before others have begun */
	MANY_BYTES = 4 << 20
};

void
export_unshare(struct exporting *ex)
{
	for (size_t i = 0; i < ex->n_others; i++)
		db_close(&ex->others[i]);	/* it has only read */
	ex->n_others = 0;
}

/* ---- how many ---- */

static bool
has_processors(void)
{
	cpu_set_t mine;

	return sched_getaffinity(0, sizeof(mine), &mine) != 0 || CPU_COUNT(&mine) > 1;	/* fails where there are more than a thousand */
}

/* Where nobody knows, there may be. */
static bool
has_many_rows(const struct exporting *ex, bool *out, struct err *e)
{
	int64_t n = 0, n_bytes;

	for (size_t i = 0; i < ex->n_tables; i++) {
		if (ex->tables[i].n_rows_estimate < 0) {
			if (!tables_bytes(ex->job->db, &n_bytes, e))
				return false;
			*out = n_bytes < 0 || n_bytes >= MANY_BYTES;
			return true;
		}
		n += ex->tables[i].n_rows_estimate;
	}
	*out = n >= MANY_ROWS;
	return true;
}

static bool
was_asked(const struct exporting *ex)
{
	return ex->job->row->threads > 0;
}

/* As it was ordered last (PARALLEL); else as the machine has processors. */
static bool
n_wanted(const struct exporting *ex, size_t *out, struct err *e)
{
	const size_t n_unasked = db_dialect(ex->job->db)->readers;
	bool many = false;

	*out = was_asked(ex) ? (size_t)ex->job->row->threads : 1;
	if (was_asked(ex) || n_unasked <= 1 || !has_processors())
		return true;
	if (!has_many_rows(ex, &many, e))
		return false;
	*out = many ? n_unasked : 1;
	return true;
}

/* ---- who ---- */

/* Whoever has asked for several is warned. */
static bool
alone(struct exporting *ex, const char *why)
{
	if (was_asked(ex))
		job_warn(ex->job, "threads is %lld; one process reads: %s", (long long)ex->job->row->threads, why);
	else
		job_log(ex->job, "One process reads: %s", why);
	export_unshare(ex);
	return true;
}

/* A server that has no room for all of them is used as far as it has. */
static void
connect_others(struct exporting *ex, size_t n)
{
	struct err e = { 0 };

	ex->others = ARENA_ARRAY(ex->job->mem, struct db *, n);
	while (ex->n_others < n && db_open_job(ex->job->pool, &ex->others[ex->n_others], &e))
		ex->n_others++;
	if (ex->n_others < n && ex->n_others > 0)
		job_warn(ex->job, "threads is %lld; %zu read: %s", (long long)ex->job->row->threads, ex->n_others + 1, e.text);
}

static bool
is_same_scope(const struct exporting *ex, const struct table_ref *old, size_t n_old)
{
	if (n_old != ex->n_tables)
		return false;
	for (size_t i = 0; i < n_old; i++)
		if (!span_eq(old[i].name, ex->tables[i].name) || !span_eq(old[i].place->name, ex->tables[i].place->name)
		    || (old[i].coll == NULL) != (ex->tables[i].coll == NULL)
		    || (old[i].coll != NULL && old[i].coll->id != ex->tables[i].coll->id))
			return false;
	return true;
}

/* All begin while nobody writes to the tables.  *same false: these are not the tables any more. */
static bool
begin_held(struct exporting *ex, struct db **holder, bool *same, struct err *e)
{
	const struct table_ref *old = ex->tables;
	size_t n_old = ex->n_tables;
	bool ok;

	db_rollback(ex->job->db);
	ok = db_begin(ex->job->db, TX_READ, e) && snapshot_join(ex->job->db, ex->others, ex->n_others, e);
	snapshot_release(holder);
	if (!ok || !export_scope(ex, e))
		return false;
	*same = is_same_scope(ex, old, n_old);
	for (size_t i = 0; !*same && i < ex->n_others; i++)
		db_rollback(ex->others[i]);
	return true;
}

static bool
share_held(struct exporting *ex, struct err *e)
{
	bool same = false;

	for (int i = 0; !same && i < HOLD_ATTEMPTS; i++) {
		struct db *holder;
		struct err why = { 0 };

		if (!snapshot_hold(ex->job->pool, ex->tables, ex->n_tables, !was_asked(ex), &holder, &why))
			return alone(ex, why.text);
		if (!begin_held(ex, &holder, &same, e))
			return false;
	}
	return same || alone(ex, "tables come and go");
}

bool
export_share(struct exporting *ex, struct err *e)
{
	enum snapshot_way way = snapshot_way(ex->job->db);
	size_t n;

	if (ex->job->spec->estimate_only || ex->job->spec->content == CONTENT_METADATA || ex->n_tables == 0)
		return true;
	if (!n_wanted(ex, &n, e))
		return false;
	if (n <= 1)
		return true;
	if (way == SNAPSHOT_ALONE)
		return alone(ex, "each connection has a database of its own");
	connect_others(ex, n - 1);
	if (ex->n_others == 0)
		return alone(ex, "there is no other connection");
	if (way == SNAPSHOT_HELD ? !share_held(ex, e) : !snapshot_join(ex->job->db, ex->others, ex->n_others, e))
		return false;
	return ex->n_others == 0 || job_degree(ex->job, (int64_t)ex->n_others + 1, e);
}
