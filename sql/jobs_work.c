/* sql/jobs_work.c - jobs as their runners see them: claimed, kept, moved from state to state, logged
 *
 * Each statement names the epoch; one that touches no row says that another runner was faster.
 */
#include "sql/jobs_store.h"

#include "base/clock.h"
#include "sql/gen.h"

/* what may follow what; a runner that takes over begins at JOB_EXECUTING from any state in which its predecessor ended */
#define BIT(state) (1u << (state))
static const unsigned next_states[JOB__N] = {
	[JOB_DEFINING] = BIT(JOB_EXECUTING) | BIT(JOB_STOPPED),
	[JOB_EXECUTING] = BIT(JOB_EXECUTING) | BIT(JOB_STOP_PENDING) | BIT(JOB_STOPPING) | BIT(JOB_COMPLETING) | BIT(JOB_STOPPED),
	[JOB_STOP_PENDING] = BIT(JOB_EXECUTING) | BIT(JOB_STOPPING) | BIT(JOB_COMPLETING) | BIT(JOB_STOPPED),
	[JOB_STOPPING] = BIT(JOB_EXECUTING) | BIT(JOB_COMPLETING) | BIT(JOB_STOPPED),
	[JOB_COMPLETING] = BIT(JOB_EXECUTING) | BIT(JOB_COMPLETED) | BIT(JOB_STOPPED),
	[JOB_STOPPED] = BIT(JOB_DEFINING) | BIT(JOB_EXECUTING),
};

static bool
may_be_claimed(const struct job_row *r)
{
	return r->state != JOB_COMPLETED && r->state != JOB_STOPPED && (r->is_waiting || !r->is_alive);
}

/* A runner that got no further than the one before it counts against the job; one that was asked for does not. */
static bool
claim(struct jobs *j, const struct job_row *r, int64_t lease_ms, struct err *e)
{
	int64_t done = r->progress.tables_done + r->progress.rows_done;
	struct job_clock now;

	if (!jobs_now(j, &now, e))
		return false;

	struct bind values[] = { BIND_I(r->epoch + 1), BIND_T(span_of(now.boot)), BIND_I(now.us + lease_ms * 1000),
		BIND_I(r->is_waiting), BIND_I(done), BIND_I(done), BIND_I(done), BIND_I(clock_us()), BIND_I(r->id), BIND_I(r->epoch),
		BIND_T(span_of(now.boot)), BIND_I(now.us) };

	return jobs_end(j, jobs_begin(j, e) && jobs_write(j, NAMED(S_JOB_CLAIM, values), e), e);
}

bool
jobs_claim(struct jobs *j, int64_t id, int64_t lease_ms, struct arena *mem, struct job_row **out, struct err *e)
{
	struct job_row *r;

	*out = NULL;
	if (!jobs_get(j, id, mem, &r, e))
		return false;
	if (r == NULL || !may_be_claimed(r))
		return true;
	if (!claim(j, r, lease_ms, e)) {
		if (e->kind != ERR_OVERTAKEN)
			return false;
		err_clear(e);
		return true;
	}
	return jobs_get(j, id, mem, out, e);
}

/* one statement that gives the lease another end: its time, the job, its epoch */
static bool
set_lease(struct jobs *j, enum stmt_name stmt, int64_t id, int64_t epoch, int64_t lease_ms, struct err *e)
{
	struct job_clock now;

	if (!jobs_now(j, &now, e))
		return false;

	struct bind values[] = { BIND_T(span_of(now.boot)), BIND_I(now.us + lease_ms * 1000), BIND_I(id), BIND_I(epoch) };

	return jobs_end(j, jobs_begin(j, e) && jobs_write(j, NAMED(stmt, values), e), e);
}

bool
jobs_renew(struct jobs *j, int64_t id, int64_t epoch, int64_t lease_ms, struct err *e)
{
	return set_lease(j, S_JOB_RENEW, id, epoch, lease_ms, e);
}

bool
jobs_release(struct jobs *j, int64_t id, int64_t epoch, int64_t wait_ms, struct err *e)
{
	return set_lease(j, S_JOB_RELEASE, id, epoch, wait_ms, e);
}

bool
jobs_orders(struct jobs *j, int64_t id, int64_t epoch, enum job_order *out, struct err *e)
{
	struct bind mine[] = { BIND_I(id), BIND_I(epoch) };
	int64_t word;
	bool found;

	if (!read_number(j->db, NAMED(S_JOB_OWN_ORDERS, mine), &word, &found, e))
		return false;
	if (!found)
		return err_set(e, ERR_OVERTAKEN, NULL);
	*out = (enum job_order)word;
	return true;
}

bool
jobs_move(struct jobs *j, int64_t id, int64_t epoch, enum job_state from, enum job_state to, struct span message, struct err *e)
{
	bool is_over = to == JOB_COMPLETED || to == JOB_STOPPED;
	struct bind values[] = { BIND_T(span_of(job_state_name(to))), BIND_I(is_over ? clock_us() : 0), BIND_T(message.n == 0 ? SPAN("") : message),
		BIND_I(id), BIND_I(epoch), BIND_T(span_of(job_state_name(from))) };

	if ((next_states[from] & BIT(to)) == 0)
		return err_set(e, ERR_INTERNAL, "a job cannot go from %s to %s", job_state_name(from), job_state_name(to));
	return jobs_end(j, jobs_begin(j, e) && jobs_write(j, NAMED(S_JOB_MOVE, values), e), e);
}

/* one statement about a job of ours */
static bool
change(struct jobs *j, struct query q, struct err *e)
{
	return jobs_end(j, jobs_begin(j, e) && jobs_write(j, q, e), e);
}

bool
jobs_tell(struct jobs *j, int64_t id, int64_t epoch, const struct job_progress *p, struct err *e)
{
	struct bind values[] = { BIND_I(p->tables_total), BIND_I(p->tables_done), BIND_I(p->rows_done), BIND_I(p->bytes_done),
		BIND_I(p->percent), BIND_T(p->current.n == 0 ? SPAN("") : p->current), BIND_I(id), BIND_I(epoch) };

	return change(j, NAMED(S_JOB_TELL, values), e);
}

bool
jobs_degree(struct jobs *j, int64_t id, int64_t epoch, int64_t degree, struct err *e)
{
	struct bind values[] = { BIND_I(degree), BIND_I(id), BIND_I(epoch) };

	return change(j, NAMED(S_JOB_DEGREE, values), e);
}

bool
jobs_add_error(struct jobs *j, int64_t id, int64_t epoch, struct err *e)
{
	struct bind values[] = { BIND_I(id), BIND_I(epoch) };

	return change(j, NAMED(S_JOB_ERROR, values), e);
}

bool
jobs_inconsistent(struct jobs *j, int64_t id, int64_t epoch, struct err *e)
{
	struct bind values[] = { BIND_I(id), BIND_I(epoch) };

	return change(j, NAMED(S_JOB_INCONSISTENT, values), e);
}

bool
jobs_summary(struct jobs *j, int64_t id, int64_t epoch, struct span json, struct err *e)
{
	struct bind values[] = { BIND_T(json), BIND_I(id), BIND_I(epoch) };

	return change(j, NAMED(S_JOB_SUMMARY, values), e);
}

bool
jobs_log(struct jobs *j, int64_t id, int64_t epoch, struct span line, struct err *e)
{
	struct bind mine[] = { BIND_I(id), BIND_I(epoch) };
	struct bind row[] = { BIND_T(line), BIND_I(id) };

	return jobs_end(j, jobs_begin(j, e) && jobs_write(j, NAMED(S_JOB_LINE, mine), e)
	    && write_one(j->db, NAMED(S_JOB_LOG_INSERT, row), e), e);
}

bool
jobs_add_file(struct jobs *j, int64_t id, int64_t epoch, const struct job_file *f, struct err *e)
{
	struct bind mine[] = { BIND_I(id), BIND_I(epoch) };
	struct bind which[] = { BIND_I(id), BIND_I(f->kind), BIND_I(f->number) };
	struct bind row[] = { BIND_I(id), BIND_I(f->kind), BIND_I(f->number), BIND_T(f->directory), BIND_T(f->name), BIND_I(f->n_bytes),
		BIND_I(f->is_object) };
	struct query old = NAMED(S_JOB_FILE_FORGET, which);

	return jobs_end(j, jobs_begin(j, e) && jobs_write(j, NAMED(S_JOB_TOUCH, mine), e) && stmt_exec(j->db, &old, NULL, e)
	    && write_one(j->db, NAMED(S_JOB_FILE_INSERT, row), e), e);
}
