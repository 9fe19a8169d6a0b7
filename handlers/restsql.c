/* handlers/restsql.c - POST _/sql: a script is run statement by statement, in one transaction unless it divides itself
 *
 * A failed statement is an item of the answer; it ends the script, and nothing of it stays since the last COMMIT.  With
 * continueOnError the script goes on, if the engine has kept the transaction.
 */
#include "handlers/restsql.h"

#include "sql/dialect.h"

struct running {
	const struct call *c;
	struct db *db;
	struct sql_request asked;
	struct sql_reply reply;
	enum tx tx;
	bool has_committed;		/* something of this script may be stored */
	int64_t results[BATCH_MOST];
	size_t n_results;
};

/* ---- values for markers ---- */

static struct sql_bind *
find_bind(struct running *k, struct span name, size_t index)
{
	for (size_t i = 0; i < k->asked.n_binds; i++) {
		struct sql_bind *b = &k->asked.binds[i];

		if (name.n > 0 ? span_eq_nocase(b->name, name) : b->index == index)
			return b;
	}
	return NULL;
}

struct filled {				/* a statement with question marks only, and whose values they are */
	struct statement st;
	size_t n;
	struct sql_bind **binds;
};

/* :name becomes ? where a bind has that name, and stays what it is where none has. */
static bool
fill_markers(struct running *k, const struct statement *st, struct filled *out, struct err *e)
{
	struct buf text;
	size_t from = 0, n_questions = 0;

	*out = (struct filled){ .st = *st, .binds = ARENA_ARRAY(k->c->mem, struct sql_bind *, st->n_markers + 1) };
	buf_init(&text, k->c->mem);
	for (size_t i = 0; i < st->n_markers; i++) {
		const struct marker *m = &st->markers[i];
		struct sql_bind *b = find_bind(k, m->name, m->name.n > 0 ? 0 : ++n_questions);

		if (b == NULL && m->name.n > 0 && !db_dialect(k->db)->untyped)
			continue;
		if (b == NULL)
			return err_set(e, ERR_STATEMENT, "marker %zu of the statement has no value", i + 1);
		buf_add(&text, st->run.p + from, m->at - from);
		buf_char(&text, '?');
		from = m->at + m->n;
		b->is_used = true;
		out->binds[out->n++] = b;
	}
	buf_add(&text, st->run.p + from, st->run.n - from);
	if (out->n > 0)
		out->st.run = buf_text(&text);
	return true;
}

static bool
all_are_used(const struct running *k, struct err *e)
{
	for (size_t i = 0; i < k->asked.n_binds; i++)
		if (!k->asked.binds[i].is_used)
			return err_set(e, ERR_BAD_REQUEST, "binds[%zu]: the statement has no such marker", i);
	return true;
}

/* ---- one statement ---- */

/* "3 rows inserted." */
static struct span
done_words(struct running *k, const struct statement *st, const struct caller_stmt *c)
{
	static const char *const words[][2] = { { "INSERT", "inserted" }, { "UPDATE", "updated" }, { "DELETE", "deleted" },
		{ "REPLACE", "replaced" }, { "MERGE", "merged" } };
	const char *said = c->said.n > 0 ? arena_printf(k->c->mem, "%.*s\n", SPAN_ARG(c->said)) : "", *did = "affected";

	if (st->type == STATEMENT_QUERY)
		return c->said;
	if (st->type != STATEMENT_DML)
		return span_of(arena_printf(k->c->mem, "%s%.*s%s%.*s: done.", said, SPAN_ARG(st->verb), st->second.n > 0 ? " " : "",
		    SPAN_ARG(st->second)));
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (span_is_nocase(st->verb, words[i][0]))
			did = words[i][1];
	return span_of(arena_printf(k->c->mem, "%s%lld row%s %s.", said, (long long)c->n_changed, c->n_changed == 1 ? "" : "s",
	    did));
}

static void
values_of(const struct filled *s, size_t execution, struct value *out)
{
	for (size_t i = 0; i < s->n; i++)
		out[i] = s->binds[i]->values[s->binds[i]->is_batch ? execution : 0];
}

/* false with e->kind STATEMENT: f says why, and the item is left open */
static bool
execute(struct running *k, const struct filled *s, struct buf *response, struct caller_fault *f, struct err *e)
{
	struct value *values = ARENA_ARRAY(k->c->mem, struct value, s->n + 1);
	size_t n = k->asked.n_batch > 0 ? k->asked.n_batch : 1;
	struct caller_stmt *c;
	bool ok;

	ok = caller_prepare(k->db, &s->st, s->n, &k->asked.page, k->c->mem, &c, f, e);
	for (size_t i = 0; ok && i < n; i++) {
		struct span words;

		values_of(s, i, values);
		if (!(ok = caller_run(c, values, f, e)))
			break;
		if (c->n_columns > 0 && k->asked.n_batch > 0)
			ok = err_set(e, ERR_STATEMENT, "a statement that gives rows cannot be run as a batch");
		else if (c->n_columns > 0)
			ok = sql_item_rows(&k->reply, c, &k->asked.page, f, e);
		words = done_words(k, &s->st, c);
		if (response->n > 0)
			buf_char(response, '\n');
		buf_span(response, words);
		k->results[k->n_results++] = s->st.type == STATEMENT_DML && c->n_changed > 0 ? c->n_changed : 0;
	}
	caller_close(c);
	return ok;
}

/* Failures of ours have no number and no words of the engine. */
static void
item_failed(struct running *k, const struct statement *st, const struct caller_fault *f, const char *ours)
{
	struct caller_fault own = { .text = span_of(ours), .line = st->start_line, .column = st->start_column };

	sql_item_failed(&k->reply, f->text.p != NULL ? f : &own);
}

/* ---- the transaction ---- */

static bool
begin(struct running *k, struct err *e)
{
	return db_begin(k->db, k->tx, e);
}

/* done by us, not by the text: the connection counts its transactions */
static bool
control(struct running *k, const struct statement *st, bool *is_done, struct buf *response, struct err *e)
{
	*is_done = true;
	switch (statement_divides(st)) {
	case DIVIDES_NOT:
		*is_done = false;
		return true;
	case DIVIDES_BEGIN:
		put_lit(response, "A transaction is open already.");
		return true;
	case DIVIDES_COMMIT:
		if (!db_commit(k->db, e))
			return false;
		k->has_committed = true;
		put_lit(response, "Commit complete.");
		break;
	case DIVIDES_FORGET:
		db_rollback(k->db);
		put_lit(response, "Rollback complete.");
		break;
	}
	return begin(k, e);
}

/* an engine whose definitions commit has begun no other transaction by itself */
static bool
keep_transaction(struct running *k, const struct statement *st, struct err *e)
{
	bool was_ended = false;

	if (st->type == STATEMENT_QUERY || st->type == STATEMENT_DML)
		return true;
	if (!caller_keep_transaction(k->db, &was_ended, e))
		return false;
	k->has_committed |= was_ended;
	return true;
}

/* ---- the script ---- */

/* true: *failed tells whether the script ends here */
static bool
run_statement(struct running *k, const struct statement *st, bool *failed, struct err *e)
{
	struct caller_fault f = { 0 };
	struct filled s;
	struct buf response;
	bool is_done = false, ok, may_go_on = true;

	*failed = false;
	k->n_results = 0;
	buf_init(&response, k->c->mem);
	sql_item_open(&k->reply, st, &k->asked);
	ok = st->refusal == NULL || err_set(e, ERR_STATEMENT, "%s", st->refusal);
	if (ok && st->type == STATEMENT_TRANSACTION)
		ok = control(k, st, &is_done, &response, e);
	if (is_done)
		k->results[k->n_results++] = 0;
	else
		ok = ok && fill_markers(k, st, &s, e) && execute(k, &s, &response, &f, e);
	if (!ok && e->kind != ERR_STATEMENT)
		return false;
	if (!ok) {
		item_failed(k, st, &f, e->text);
		err_clear(e);
		*failed = !k->asked.goes_on;
		if (k->asked.goes_on && f.text.p != NULL && !caller_may_go_on(k->db, &may_go_on, e))
			return false;
		*failed |= !may_go_on;
	} else if (!is_done && !keep_transaction(k, st, e)) {
		return false;
	}
	sql_item_close(&k->reply, buf_text(&response), k->results, k->n_results, k->asked.n_batch > 0);
	return true;
}

/* What was stored before the weather came cannot be promised not to be there. */
static bool
told_of_commits(const struct running *k, struct err *e)
{
	char detail[sizeof(e->detail)];

	if (!k->has_committed || err_status(e->kind) != 503)
		return false;
	memcpy(detail, e->detail, sizeof(detail));
	err_set(e, ERR_UNCERTAIN, "the script has failed behind a COMMIT; what was before it is stored");
	return err_detail(e, "%s", detail);
}

static bool
run_all(struct running *k, const struct statement *list, size_t n, struct err *e)
{
	bool failed = false;

	if (!begin(k, e))
		return false;
	for (size_t i = 0; i < n && !failed; i++)
		if (!run_statement(k, &list[i], &failed, e))
			return false;
	if (!failed)
		return all_are_used(k, e) && db_commit(k->db, e);
	db_rollback(k->db);
	return true;
}

/* Where writers queue, a script that only asks does not. */
static enum tx
kind_of_transaction(const struct db *db, const struct statement *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (list[i].type != STATEMENT_QUERY)
			return TX_WRITE;
	return db_dialect(db)->writers_queue ? TX_READ : TX_WRITE;
}

bool
restsql_run(const struct call *c, struct response *out, struct err *e)
{
	struct running *k = ARENA_NEW(c->mem, struct running);
	const struct statement *list;
	size_t n;

	k->c = c;
	if (!c->site->set->sql_enabled)
		return err_set(e, ERR_FORBIDDEN, "restEnabledSql.active is false for this pool");
	if (request_header(c->req, "idempotency-key").p != NULL)	/* its answer could not be kept where the script commits */
		return err_set(e, ERR_BAD_REQUEST, "Idempotency-Key is not available for SQL, which may commit by itself");
	if (!sql_request_read(c, &k->asked, e) || !call_open_sql(c, &k->db, e)
	    || !script_split(db_dialect(k->db), k->asked.script, c->mem, &list, &n, e))
		return false;
	if (k->asked.n_binds > 0 && n != 1)
		return err_set(e, ERR_BAD_REQUEST, "binds: they belong to one statement, and the script has %zu", n);
	k->tx = kind_of_transaction(k->db, list, n);
	sql_reply_open(&k->reply, &k->asked, c->mem);
	if (!run_all(k, list, n, e)) {
		db_rollback(k->db);
		return told_of_commits(k, e);
	}
	sql_reply_close(&k->reply, out);
	return true;
}
