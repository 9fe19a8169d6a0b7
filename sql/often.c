/* sql/often.c - writes that come again and again, and how many rows they touched
 *
 * The driver of SQLite compiles INSERT, UPDATE and DELETE each time they are executed, which takes as long as to run them.  What
 * begins with SELECT or WITH it takes for a query, and keeps compiled.  With a marker, such a text is run to its end when it is
 * executed, whatever it does; without one it would only begin when a row is fetched, so that nothing would be written (D-07).
 * So a write gets a WITH in front, which nothing in it refers to.
 *
 * The driver then tells no number of rows.  The engine does: it counts what was touched on the connection, and one question, kept
 * as well, behind all writes of a transaction tells the sum.  That also proves that they were run, should another version of the
 * driver do otherwise.
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
stmt_exec_often(struct db *db, const struct query *q, struct err *e)
{
	struct query kept = *q;
	int64_t n;

	if (db->dialect->keeps_writes == NULL || q->n_binds == 0 || !db->in_tx) {
		if (!stmt_exec(db, q, &n, e))
			return false;
		db->n_touched += n;
		return true;
	}
	if (!db->knows_total && !ask(db, &n, e))
		return false;
	kept.is_often = true;
	return stmt_exec(db, &kept, NULL, e);
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
