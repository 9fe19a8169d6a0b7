/* sql/progress.c - how far an import has come */
#include "sql/progress.h"

#include "sql/dialect.h"
#include "sql/named.h"
#include "sql/table_words.h"

static bool
overtaken(struct err *e)
{
	return err_set(e, ERR_OVERTAKEN, NULL);
}

static bool
read_one(struct stmt *st, const struct progress_job *who, struct arena *mem, struct progress *p, struct err *e)
{
	struct span state;
	int64_t epoch;

	if (!stmt_int(st, 0, &p->table_id, e) || !stmt_text(st, 1, mem, &state, e) || !stmt_int(st, 2, &p->done, e)
	    || !stmt_int(st, 3, &p->rejected, e) || !stmt_int(st, 4, &p->first_rows, e) || !stmt_int(st, 5, &epoch, e))
		return false;
	p->state = state.p;
	return epoch == who->epoch || overtaken(e);
}

/* a page of them; drivers hold a whole result */
static bool
list(struct db *db, const struct progress_job *who, int64_t after, struct arena *mem, struct progress **out, size_t *n, size_t *cap,
    struct err *e)
{
	struct bind which[] = { BIND_T(span_of(who->job)), BIND_I(after) };
	struct query q = NAMED(S_PROGRESS_LIST, which);
	struct stmt *st;
	bool ok, has_row;

	if (!stmt_open(db, &q, &st, e))
		return false;
	while ((ok = stmt_step(st, &has_row, e)) && has_row) {
		*out = arena_room(mem, *out, *n, cap, sizeof(**out));
		if (!(ok = read_one(st, who, mem, &(*out)[*n], e)))
			break;
		(*n)++;
	}
	stmt_done(st);
	return ok;
}

bool
progress_take(struct db *db, const struct progress_job *who, struct arena *mem, struct progress **out, size_t *n, struct err *e)
{
	struct bind take[] = { BIND_I(who->epoch), BIND_T(span_of(who->job)), BIND_I(who->epoch) };
	struct query q = NAMED(S_PROGRESS_TAKE, take);
	size_t cap = 0, before;

	*out = NULL;
	*n = 0;
	if (!stmt_exec(db, &q, NULL, e))
		return false;
	do {
		before = *n;
		if (!list(db, who, before == 0 ? INT64_MIN : (*out)[before - 1].table_id, mem, out, n, &cap, e))
			return false;
	} while (*n > before);
	return true;
}

bool
progress_add(struct db *db, const struct progress_job *who, const struct progress *p, struct err *e)
{
	struct bind row[] = { BIND_T(span_of(who->job)), BIND_I(p->table_id), BIND_I(who->epoch), BIND_T(span_of(p->state)),
		BIND_I(p->done), BIND_I(p->rejected), BIND_I(p->first_rows) };

	if (write_one(db, NAMED(S_PROGRESS_INSERT, row), e))
		return true;
	return e->kind == ERR_DUPLICATE_KEY ? overtaken(e) : false;
}

bool
progress_set(struct db *db, const struct progress_job *who, const struct progress *p, struct err *e)
{
	struct bind row[] = { BIND_T(span_of(p->state)), BIND_I(p->done), BIND_I(p->rejected), BIND_I(p->first_rows),
		BIND_T(span_of(who->job)), BIND_I(p->table_id), BIND_I(who->epoch) };
	struct query q = NAMED(S_PROGRESS_UPDATE, row);
	int64_t n;

	return stmt_exec(db, &q, &n, e) && (n == 1 || overtaken(e));
}

bool
progress_advance(struct db *db, const struct progress_job *who, const struct progress *p, int64_t from, bool lazily, struct err *e)
{
	struct bind row[] = { BIND_T(span_of(p->state)), BIND_I(p->done), BIND_I(p->rejected), BIND_I(p->first_rows),
		BIND_T(span_of(who->job)), BIND_I(p->table_id), BIND_I(who->epoch), BIND_I(from) };
	struct bind which[] = { BIND_T(span_of(who->job)), BIND_I(p->table_id), BIND_I(who->epoch) };
	struct query q = lazily && db_dialect(db)->tables->lazy_commit ? NAMED(S_PROGRESS_ADVANCE_LAZILY, row)
	    : NAMED(S_PROGRESS_ADVANCE, row);
	int64_t n, done;
	bool is_ours;

	if (!stmt_exec(db, &q, &n, e))
		return false;
	if (n == 1)
		return true;
	if (!read_number(db, NAMED(S_PROGRESS_DONE, which), &done, &is_ours, e))
		return false;
	return is_ours ? err_set(e, ERR_CONN_LOST, "the server has forgotten rows that it had taken") : overtaken(e);
}

bool
progress_drop(struct db *db, const struct progress_job *who, struct err *e)
{
	struct bind which[] = { BIND_T(span_of(who->job)), BIND_I(who->epoch) };
	struct query q = NAMED(S_PROGRESS_DELETE, which);

	return stmt_exec(db, &q, NULL, e);
}
