/* sql/often.c - writes that come again and again, and how many rows they touched
 *
 * The driver of SQLite compiles INSERT, UPDATE and DELETE each time they are executed, which takes as long as to run them.  What
 * begins with SELECT or WITH it takes for a query, and keeps compiled.  With a marker, such a text is run to its end when it is
 * executed, whatever it does; without one it would only begin when a row is fetched, so that nothing would be written (D-07).
 * So a write gets a WITH in front, which nothing in it refers to.
 *
 * The driver then tells no number of rows.  The engine does: it counts what was touched on the connection, and one question,
 * kept as well, behind one write or several tells the sum.  That also proves that they were run, should another
 * version of the driver do otherwise.
 *
 * It also counts the rows that a full-text index keeps its words in, which are written at a moment of its choice, at the latest
 * by COMMIT.  So behind any other write in a transaction the rest of it goes the usual way, and the sum is asked for anew.
 */
#include "sql/named.h"
#include "sql/odbc.h"

/* since the engine was asked last */
static bool
ask(struct db *db, int64_t *n, struct err *e)
{
	const struct bind before[] = { BIND_I(db->knows_total ? db->total : 0) };
	struct query q = { .text = span_of(db->dialect->rows_touched), .n_binds = 1, .binds = before };
	bool found;

	if (!read_number(db, q, n, &found, e))
		return false;
	db->total = before[0].number + *n;
	return db->knows_total = true;
}

bool
often_begin(struct db *db, const struct query *q, struct query *kept, struct err *e)
{
	int64_t ignored;

	*kept = *q;
	kept->is_often = db->dialect->keeps_writes != NULL && q->n_binds > 0 && !db->wrote_otherwise;
	return !kept->is_often || db->knows_total || ask(db, &ignored, e);
}

/* What was stored has compared the counter of the catalogue: that it may have moved since does not matter. */
SQLLEN
often_count(struct db *db)
{
	enum trust trust = db->trust;
	struct err ignored;
	int64_t n;
	bool ok;

	db->trust = TRUST_NONE;
	ok = ask(db, &n, &ignored);
	db->trust = trust;
	return ok ? (SQLLEN)n : -1;
}

void
often_other(struct db *db)
{
	db->wrote_otherwise = db->in_tx;
	db->knows_total = false;
}

void
often_end(struct db *db)
{
	if (db->wrote_otherwise)
		often_forget(db);
}

void
often_forget(struct db *db)
{
	db->wrote_otherwise = db->knows_total = false;
}

bool
stmt_exec_often(struct db *db, const struct query *q, struct err *e)
{
	struct query kept;
	int64_t n;

	if (!often_begin(db, q, &kept, e))
		return false;
	if (kept.is_often)
		return stmt_exec(db, &kept, NULL, e);
	if (!stmt_exec(db, q, &n, e))
		return false;
	db->n_touched += n;
	return true;
}

bool
stmt_touched(struct db *db, int64_t *n, struct err *e)
{
	int64_t asked = 0;

	if (db->dialect->keeps_writes != NULL && db->knows_total && !ask(db, &asked, e))
		return false;
	*n = db->n_touched + asked;
	db->n_touched = 0;
	return true;
}

bool
stmt_touched_n(struct db *db, int64_t n, struct err *e)
{
	int64_t touched;

	return stmt_touched(db, &touched, e) && (touched == n || diag_broken(db, "another number of rows than there are", e));
}
