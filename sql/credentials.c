/* sql/credentials.c - credentials for object storage */
#include "sql/credentials.h"

#include "sql/fetch.h"
#include "sql/jobs_store.h"

static bool
read_credential(struct stmt *st, struct arena *mem, void *row, struct err *e)
{
	struct credential *c = row;
	int64_t enabled;

	if (!(stmt_text(st, 0, mem, &c->owner, e) && stmt_text(st, 1, mem, &c->name, e) && stmt_text(st, 2, mem, &c->kind, e)
	    && stmt_text(st, 3, mem, &c->region, e) && stmt_text(st, 4, mem, &c->username, e)
	    && stmt_int(st, 5, &enabled, e) && stmt_int(st, 6, &c->created_us, e) && stmt_text(st, 7, mem, &c->sealed, e)))
		return false;
	c->enabled = enabled != 0;
	return true;
}

static bool
read_all(struct jobs *j, struct query q, struct arena *mem, struct credential **out, size_t *n, struct err *e)
{
	void *rows;
	bool ok = fetch_all(j->db, &q, read_credential, sizeof(**out), mem, &rows, n, e);

	*out = rows;
	return ok;
}

bool
credential_get(struct jobs *j, struct span owner, struct span name, struct arena *mem, struct credential **out, struct err *e)
{
	struct bind which[] = { BIND_T(owner), BIND_T(name) };
	size_t n;

	return read_all(j, NAMED(S_CREDENTIAL_GET, which), mem, out, &n, e);
}

bool
credential_list(struct jobs *j, struct arena *mem, struct credential **out, size_t *n, struct err *e)
{
	return read_all(j, named(S_CREDENTIAL_LIST, NULL, 0), mem, out, n, e);
}

bool
credential_put(struct jobs *j, const struct credential *c, bool replace, struct err *e)
{
	struct bind which[] = { BIND_T(c->owner), BIND_T(c->name) };
	struct bind row[] = { BIND_T(c->owner), BIND_T(c->name), BIND_T(c->kind), BIND_T(c->region), BIND_T(c->username), BIND_T(c->sealed),
		BIND_I(c->enabled), BIND_I(c->created_us) };
	struct query old = NAMED(S_CREDENTIAL_DELETE, which);

	if (jobs_end(j, jobs_begin(j, e) && (!replace || stmt_exec(j->db, &old, NULL, e))
	    && write_one(j->db, NAMED(S_CREDENTIAL_INSERT, row), e), e))
		return true;
	return e->kind == ERR_DUPLICATE_KEY ? err_set(e, ERR_DEFINED, "there is a credential of this name already: %.*s", SPAN_ARG(c->name))
	    : false;
}

static bool
change(struct jobs *j, struct query q, bool *was_there, struct err *e)
{
	int64_t n = 0;
	bool ok = jobs_end(j, jobs_begin(j, e) && stmt_exec(j->db, &q, &n, e), e);

	*was_there = ok && n > 0;
	return ok;
}

bool
credential_enable(struct jobs *j, struct span owner, struct span name, bool enabled, bool *was_there, struct err *e)
{
	struct bind values[] = { BIND_I(enabled), BIND_T(owner), BIND_T(name) };

	return change(j, NAMED(S_CREDENTIAL_ENABLE, values), was_there, e);
}

bool
credential_remove(struct jobs *j, struct span owner, struct span name, bool *was_there, struct err *e)
{
	struct bind which[] = { BIND_T(owner), BIND_T(name) };

	return change(j, NAMED(S_CREDENTIAL_DELETE, which), was_there, e);
}
