/* sql/jobs.c - jobs as whoever asks for them sees them: accepted, listed, read, told to stop, dropped */
#include "sql/jobs_store.h"

#include "base/uid.h"
#include "sql/fetch.h"
#include "sql/gen.h"

static const char *const state_names[JOB__N] = {
	[JOB_DEFINING] = "DEFINING", [JOB_EXECUTING] = "EXECUTING", [JOB_STOP_PENDING] = "STOP PENDING", [JOB_STOPPING] = "STOPPING",
	[JOB_COMPLETING] = "COMPLETING", [JOB_COMPLETED] = "COMPLETED", [JOB_STOPPED] = "STOPPED",
};

const char *
job_state_name(enum job_state s)
{
	return state_names[s];
}

static const struct filter_column columns[] = {
#define TEXT(word, in) { .name = { word, sizeof(word) - 1 }, .type = FILTER_TEXT, .column = { in, sizeof(in) - 1 } }
#define NUMBER(word, in) { .name = { word, sizeof(word) - 1 }, .type = FILTER_NUMBER, .column = { in, sizeof(in) - 1 } }
	TEXT("owner_name", "owner"), TEXT("job_name", "name"), TEXT("operation", "operation"), TEXT("job_mode", "mode"),
	TEXT("state", "shown_state"), TEXT("job_state", "shown_job_state"), NUMBER("degree", "shown_degree"),
	NUMBER("error_count", "n_errors"),
#undef TEXT
#undef NUMBER
};
const struct filter_columns jobs_columns = { sizeof(columns) / sizeof(columns[0]), columns };

/* ---- reading ---- */

#define ROW "id, owner, name, operation, mode, schema_name, is_admin, spec, warnings, state, is_alive, is_waiting, epoch, orders, keep, " \
	"is_consistent, threads, degree, n_errors, n_fruitless, created, started, finished, tables_total, tables_done, rows_done, " \
	"bytes_done, percent, current_object, message, summary, previous_epoch"

/* a live runner, or time to begin left */
#define ALIVE_BEGIN "state NOT IN ('COMPLETED', 'STOPPED') AND (lease_us = 0 OR (lease_boot = "
#define ALIVE_MIDDLE " AND lease_us >= "
#define ALIVE_END "))"

void
jobs_put_select(struct sql *s, const struct job_clock *now)
{
	put_lit(&s->text, "SELECT " ROW " FROM (SELECT a.*, CASE WHEN is_alive = 1 THEN state ELSE 'NOT RUNNING' END AS shown_state, "
	    "CASE WHEN is_alive = 1 OR state = 'COMPLETED' THEN state ELSE 'STOPPED' END AS shown_job_state, "
	    "CASE WHEN is_alive = 1 THEN degree ELSE 0 END AS shown_degree "
	    "FROM (SELECT t.*, CASE WHEN " ALIVE_BEGIN);
	sql_bind(s, BIND_T(span_of(now->boot)));
	put_lit(&s->text, ALIVE_MIDDLE);
	sql_bind(s, BIND_I(now->us));
	put_lit(&s->text, ALIVE_END " THEN 1 ELSE 0 END AS is_alive FROM ords_jobs t) a) j WHERE ");
}

static bool
read_state(struct stmt *st, int column, struct arena *mem, enum job_state *out, struct err *e)
{
	struct span word;

	if (!stmt_text(st, column, mem, &word, e))
		return false;
	for (*out = 0; *out < JOB__N && !span_is(word, state_names[*out]); )
		(*out)++;
	return *out < JOB__N || err_set(e, ERR_INTERNAL, "the job store holds a state that nobody knows");
}

static bool
read_flag(struct stmt *st, int column, bool *out, struct err *e)
{
	int64_t n;

	if (!stmt_int(st, column, &n, e))
		return false;
	*out = n != 0;
	return true;
}

static bool
read_job(struct stmt *st, struct arena *mem, void *row, struct err *e)
{
	struct job_row *r = row;
	struct job_progress *p = &r->progress;
	int64_t order;

	if (!(stmt_int(st, 0, &r->id, e) && stmt_text(st, 1, mem, &r->owner, e) && stmt_text(st, 2, mem, &r->name, e)
	    && stmt_text(st, 3, mem, &r->operation, e) && stmt_text(st, 4, mem, &r->mode, e)
	    && stmt_text(st, 5, mem, &r->schema, e) && read_flag(st, 6, &r->is_admin, e)
	    && stmt_text(st, 7, mem, &r->spec, e) && stmt_text(st, 8, mem, &r->warnings, e)
	    && read_state(st, 9, mem, &r->state, e) && read_flag(st, 10, &r->is_alive, e) && read_flag(st, 11, &r->is_waiting, e)
	    && stmt_int(st, 12, &r->epoch, e) && stmt_int(st, 13, &order, e) && read_flag(st, 14, &r->keep, e)
	    && read_flag(st, 15, &r->is_consistent, e) && stmt_int(st, 16, &r->threads, e) && stmt_int(st, 17, &r->degree, e)
	    && stmt_int(st, 18, &r->n_errors, e) && stmt_int(st, 19, &r->n_fruitless, e)
	    && stmt_int(st, 20, &r->created_us, e) && stmt_int(st, 21, &r->started_us, e) && stmt_int(st, 22, &r->finished_us, e)
	    && stmt_int(st, 23, &p->tables_total, e) && stmt_int(st, 24, &p->tables_done, e)
	    && stmt_int(st, 25, &p->rows_done, e) && stmt_int(st, 26, &p->bytes_done, e) && stmt_int(st, 27, &p->percent, e)
	    && stmt_text(st, 28, mem, &p->current, e) && stmt_text(st, 29, mem, &r->message, e)
	    && stmt_text(st, 30, mem, &r->summary, e) && stmt_int(st, 31, &r->previous_epoch, e)))
		return false;
	r->order = (enum job_order)order;
	return true;
}

bool
jobs_read(struct jobs *j, const struct query *q, struct arena *mem, struct job_row **out, size_t *n, struct err *e)
{
	void *rows;
	bool ok = fetch_all(j->db, q, read_job, sizeof(**out), mem, &rows, n, e);

	*out = rows;
	return ok;
}

/* SELECT of rows as they are now, up to its conditions */
static bool
begin_select(struct jobs *j, struct arena *mem, struct sql *s, struct err *e)
{
	struct job_clock *now = ARENA_NEW(mem, struct job_clock);	/* the statement borrows its text */

	if (!jobs_now(j, now, e))
		return false;
	sql_init(s, db_dialect(j->db), mem);
	jobs_put_select(s, now);
	return true;
}

static bool
run_select(struct jobs *j, const struct sql *s, struct arena *mem, struct job_row **out, size_t *n, struct err *e)
{
	struct query q = sql_query(s);

	return jobs_read(j, &q, mem, out, n, e);
}

bool
jobs_find(struct jobs *j, struct span owner, struct span name, struct arena *mem, struct job_row **out, struct err *e)
{
	struct sql s;
	size_t n;

	if (!begin_select(j, mem, &s, e))
		return false;
	put_lit(&s.text, "owner = ");
	sql_bind(&s, BIND_T(owner));
	put_lit(&s.text, " AND name = ");
	sql_bind(&s, BIND_T(name));
	return run_select(j, &s, mem, out, &n, e);
}

bool
jobs_get(struct jobs *j, int64_t id, struct arena *mem, struct job_row **out, struct err *e)
{
	struct sql s;
	size_t n;

	if (!begin_select(j, mem, &s, e))
		return false;
	put_lit(&s.text, "id = ");
	sql_bind(&s, BIND_I(id));
	return run_select(j, &s, mem, out, &n, e);
}

bool
jobs_list(struct jobs *j, struct span owner, const struct filter *filter, uint64_t limit, uint64_t offset, struct arena *mem,
    struct job_row **out, size_t *n, struct err *e)
{
	struct sql s;

	if (!begin_select(j, mem, &s, e))
		return false;
	if (owner.p != NULL) {
		put_lit(&s.text, "owner = ");
		sql_bind(&s, BIND_T(owner));
		put_lit(&s.text, " AND ");
	}
	if (filter == NULL || !sql_filter(&s, filter))
		put_lit(&s.text, "1 = 1");
	put_lit(&s.text, " ORDER BY ");
	if (filter != NULL)
		sql_filter_order(&s, filter);
	put_lit(&s.text, "created DESC, name, owner LIMIT ");
	sql_bind(&s, BIND_I((int64_t)limit));
	put_lit(&s.text, " OFFSET ");
	sql_bind(&s, BIND_I((int64_t)offset));
	return run_select(j, &s, mem, out, n, e);
}

bool
jobs_count_alive(struct jobs *j, int64_t *out, struct err *e)
{
	struct job_clock now;
	struct bind values[2];
	struct query q = NAMED(S_JOB_COUNT_ALIVE, values);
	bool found;

	if (!jobs_now(j, &now, e))
		return false;
	values[0] = BIND_T(span_of(now.boot));
	values[1] = BIND_I(now.us);
	return read_number(j->db, q, out, &found, e);
}

bool
jobs_due(struct jobs *j, struct arena *mem, int64_t **ids, size_t *n, struct err *e)
{
	struct job_row *rows;
	struct sql s;

	if (!begin_select(j, mem, &s, e))
		return false;
	put_lit(&s.text, "state NOT IN ('COMPLETED', 'STOPPED') AND ((is_waiting = 1 AND lease_us = 0) OR is_alive = 0)"
	    " ORDER BY created, id LIMIT 1000");
	if (!run_select(j, &s, mem, &rows, n, e))
		return false;
	*ids = ARENA_ARRAY(mem, int64_t, *n + 1);
	for (size_t i = 0; i < *n; i++)
		(*ids)[i] = rows[i].id;
	return true;
}

/* ---- log and files ---- */

bool
jobs_read_log(struct jobs *j, int64_t id, struct arena *mem, struct span *out, struct err *e)
{
	int64_t after = 0, before;
	struct buf b;

	buf_init(&b, mem);
	do {				/* drivers hold a whole result: pages */
		struct bind which[] = { BIND_I(id), BIND_I(after) };
		struct query q = NAMED(S_JOB_LOG_READ, which);
		struct stmt *st;
		bool ok, has_row = false;

		before = after;
		if (!stmt_open(j->db, &q, &st, e))
			return false;
		while ((ok = stmt_step(st, &has_row, e)) && has_row) {
			struct span line;

			if (!(ok = stmt_int(st, 0, &after, e) && stmt_text(st, 1, mem, &line, e)))
				break;
			buf_span(&b, line);
			buf_char(&b, '\n');
		}
		stmt_done(st);
		if (!ok)
			return false;
	} while (after > before);
	*out = buf_text(&b);
	return true;
}

static bool
read_file(struct stmt *st, struct arena *mem, void *row, struct err *e)
{
	struct job_file *f = row;
	int64_t kind;

	if (!(stmt_int(st, 0, &kind, e) && stmt_int(st, 1, &f->number, e) && stmt_text(st, 2, mem, &f->directory, e)
	    && stmt_text(st, 3, mem, &f->name, e) && stmt_int(st, 4, &f->n_bytes, e) && read_flag(st, 5, &f->is_object, e)))
		return false;
	f->kind = (enum job_file_kind)kind;
	return true;
}

bool
jobs_files(struct jobs *j, int64_t id, struct arena *mem, struct job_file **out, size_t *n, struct err *e)
{
	struct bind which[] = { BIND_I(id) };
	struct query q = NAMED(S_JOB_FILES, which);
	void *rows;
	bool ok = fetch_all(j->db, &q, read_file, sizeof(**out), mem, &rows, n, e);

	*out = rows;
	return ok;
}

bool
jobs_remove_file(struct jobs *j, int64_t id, struct span name, struct err *e)
{
	struct bind which[] = { BIND_I(id), BIND_T(name) };
	struct query q = NAMED(S_JOB_FILE_DELETE, which);

	return jobs_end(j, jobs_begin(j, e) && stmt_exec(j->db, &q, NULL, e), e);
}

/* ---- changing ---- */

static bool
lease_end(struct jobs *j, int64_t wait_ms, struct job_clock *out, struct err *e)
{
	if (wait_ms == 0) {
		*out = (struct job_clock){ 0 };
		return true;
	}
	if (!jobs_now(j, out, e))
		return false;
	out->us += wait_ms * 1000;
	return true;
}

static struct span
or_empty(struct span s)
{
	return s.p == NULL ? SPAN("") : s;
}

bool
jobs_insert(struct jobs *j, struct job_row *row, int64_t wait_ms, struct err *e)
{
	struct job_clock lease;
	uint64_t dice;

	if (!lease_end(j, wait_ms, &lease, e))
		return false;
	uid_random(&dice, sizeof(dice));
	row->id = (int64_t)(dice >> 11) + 1;		/* 53 bits: JSON readers keep them */

	struct bind values[] = { BIND_I(row->id), BIND_T(row->owner), BIND_T(row->name), BIND_T(row->operation), BIND_T(row->mode),
		BIND_T(or_empty(row->schema)), BIND_I(row->is_admin), BIND_T(row->spec), BIND_T(or_empty(row->warnings)),
		BIND_T(span_of(state_names[row->state])), BIND_T(span_of(lease.boot)), BIND_I(lease.us), BIND_I(row->keep),
		BIND_I(row->threads), BIND_I(row->created_us) };
	struct query q = NAMED(S_JOB_INSERT, values);

	row->epoch = 0;
	row->degree = 1;
	row->is_alive = row->is_waiting = row->is_consistent = true;
	if (jobs_end(j, jobs_begin(j, e) && stmt_exec_n(j->db, &q, 1, e), e))
		return true;
	return e->kind == ERR_DUPLICATE_KEY ? err_set(e, ERR_JOB_EXISTS, NULL) : false;
}

static bool
wrong_state(const struct job_row *row, struct err *e)
{
	bool is_over = !row->is_alive || row->state == JOB_STOPPED || row->state == JOB_COMPLETED;

	return err_set(e, ERR_JOB_STATE, "the job is %s, and that cannot be done now",
	    is_over && row->state != JOB_COMPLETED ? state_names[JOB_STOPPED] : state_names[row->state]);
}

static bool
has_runner(const struct job_row *row)
{
	return row->is_alive && !row->is_waiting;
}

/* Whoever was the runner is overtaken by a new epoch. */
static bool
stop_now(struct jobs *j, const struct job_row *row, struct err *e)
{
	struct bind which[] = { BIND_I(row->id), BIND_I(row->epoch) };

	return jobs_end(j, jobs_begin(j, e) && jobs_write(j, NAMED(S_JOB_STOP_DEAD, which), e), e);
}

/* What an earlier runner left behind is removed by another one, which drops the row. */
static bool
kill_dead(struct jobs *j, const struct job_row *row, struct err *e)
{
	struct bind which[] = { BIND_I(row->id), BIND_I(row->epoch) };

	return jobs_end(j, jobs_begin(j, e) && jobs_write(j, NAMED(S_JOB_KILL_DEAD, which), e), e);
}

bool
jobs_order(struct jobs *j, const struct job_row *row, enum job_order order, struct err *e)
{
	const char *state = state_names[order == JOB_STOP ? JOB_STOP_PENDING : JOB_STOPPING];
	struct bind values[] = { BIND_T(span_of(state)), BIND_I(order), BIND_I(row->id), BIND_I(row->epoch), BIND_I(order) };

	if (row->state == JOB_COMPLETED || (order != JOB_KILL && (row->state == JOB_STOPPED || row->state == JOB_COMPLETING)))
		return wrong_state(row, e);
	if (!has_runner(row))
		return order == JOB_KILL ? kill_dead(j, row, e) : stop_now(j, row, e);
	return jobs_end(j, jobs_begin(j, e) && jobs_write(j, NAMED(S_JOB_ORDER, values), e), e);
}

bool
jobs_restart(struct jobs *j, const struct job_row *row, enum job_state state, int64_t wait_ms, struct err *e)
{
	struct job_clock lease;

	if (row->state == JOB_COMPLETED || (row->is_alive && row->state != JOB_STOPPED))
		return wrong_state(row, e);
	if (!lease_end(j, wait_ms, &lease, e))
		return false;

	struct bind values[] = { BIND_T(span_of(state_names[state])), BIND_T(span_of(lease.boot)), BIND_I(lease.us), BIND_I(row->id),
		BIND_I(row->epoch) };

	return jobs_end(j, jobs_begin(j, e) && jobs_write(j, NAMED(S_JOB_RESTART, values), e), e);
}

bool
jobs_threads(struct jobs *j, const struct job_row *row, int64_t threads, struct err *e)
{
	struct bind values[] = { BIND_I(threads), BIND_I(row->id) };

	if (row->state == JOB_COMPLETED)
		return wrong_state(row, e);
	return jobs_end(j, jobs_begin(j, e) && jobs_write(j, NAMED(S_JOB_THREADS, values), e), e);
}

bool
jobs_drop(struct jobs *j, int64_t id, int64_t epoch, struct err *e)
{
	struct job_clock now;

	if (!jobs_now(j, &now, e))
		return false;

	struct bind mine[] = { BIND_I(id), BIND_I(epoch) }, which[] = { BIND_I(id) };
	struct bind nobodys[] = { BIND_I(id), BIND_T(span_of(now.boot)), BIND_I(now.us) };
	struct query row = epoch >= 0 ? NAMED(S_JOB_DELETE, mine) : NAMED(S_JOB_DELETE_DEAD, nobodys);
	struct query log = NAMED(S_JOB_LOG_DELETE, which), files = NAMED(S_JOB_FILES_DELETE, which);
	bool ok = jobs_end(j, jobs_begin(j, e) && jobs_write(j, row, e) && stmt_exec(j->db, &log, NULL, e)
	    && stmt_exec(j->db, &files, NULL, e), e);

	return ok || (epoch < 0 && e->kind == ERR_OVERTAKEN ? err_set(e, ERR_JOB_STATE, NULL) : false);
}
