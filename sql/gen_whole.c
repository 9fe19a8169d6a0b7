/* sql/gen_whole.c - one document together with its index entries, in one statement
 *
 * WHOLE_WITH   WITH d AS (what is written of the document, RETURNING id), i<n> AS (its entry, if there is a d), ...
 *              SELECT count(*) FROM d.  All parts see what was there before the statement, so none may write what another one
 *              has.  One document has one entry in each index, and whoever writes an entry has written its document first: the
 *              row lock on the document keeps others away.  An INSERT writes its row or fails,
 *              so its entries need not ask for d, which stands last because the server begins with the last part
 * WHOLE_BLOCK  BEGIN NOT ATOMIC START TRANSACTION; the counter; each statement of its own; COMMIT; END.  Whatever fails ends it
 *              before COMMIT, and so does a counter that has moved, and a document or an entry that is not there, by a signal
 *              that means CONSTRAINT.
 */
#include "sql/gen_write.h"

/* ---- WITH ---- */

static void
put_part(struct sql *s, const struct index *ix)
{
	buf_char(&s->text, 'i');
	buf_int(&s->text, ix->id);
	put_lit(&s->text, " AS (");
}

/* the values of an entry that was found missing or another: a marker in a list of a SELECT has no type of its own; as a text it
 * needs none */
static void
put_entry(struct sql *s, const struct index_entry *entry)
{
	sql_entry_columns(s, entry->index);
	put_lit(&s->text, " SELECT id");
	for (size_t f = 0; f < entry->index->n_fields; f++) {
		put_lit(&s->text, ", ");
		sql_bind(s, entry_value(entry, f));
	}
	if (entry->index->unique) {
		put_lit(&s->text, ", ");
		buf_addz(&s->text, s->dialect->whole_number[0]);
		sql_bind(s, entry_nn(entry, s->text.mem));
		buf_addz(&s->text, s->dialect->whole_number[1]);
	}
	put_lit(&s->text, " FROM d");
}

static void
put_of(struct sql *s, const struct index *ix, bool is_new)
{
	if (is_new)
		put_lit(&s->text, "excluded");
	else
		sql_index_table(s, ix->id);
	buf_char(&s->text, '.');
}

/* what an entry holds, of the one that is there or of the new one */
static void
put_values_of(struct sql *s, const struct index *ix, bool is_new)
{
	buf_char(&s->text, '(');
	for (size_t f = 0; f < ix->n_fields; f++) {
		buf_addz(&s->text, f == 0 ? "" : ", ");
		put_of(s, ix, is_new);
		sql_value_column(s, f);
	}
	if (ix->unique) {
		put_lit(&s->text, ", ");
		put_of(s, ix, is_new);
		put_lit(&s->text, "nn");
	}
	buf_char(&s->text, ')');
}

static void
insert_with(struct sql *s, const struct coll *coll, const struct row *row, const struct index_entry *entries,
    size_t n_entries, const int64_t *counter)
{
	put_lit(&s->text, "WITH ");
	for (size_t k = 0; k < n_entries; k++) {
		put_part(s, entries[k].index);
		sql_insert_entries(s, row, &entries[k], 1, 1);
		put_lit(&s->text, "), ");
	}
	put_lit(&s->text, "d AS (");
	sql_insert_docs(s, coll, row, 1, counter);
	put_lit(&s->text, ") SELECT 1");
}

/*
 * A conflict finds the newest entry, also one that a writer left for whom this one waited; an UPDATE would find the one that was
 * there when the statement began.  One that stays as it is costs no row and nothing in its two indexes; one that is missing comes
 * back.
 */
static void
put_entry_change(struct sql *s, const struct index_entry *entry)
{
	const struct index *ix = entry->index;

	put_lit(&s->text, ", ");
	put_part(s, ix);
	put_entry(s, entry);
	put_lit(&s->text, " ON CONFLICT (id) DO UPDATE SET ");
	for (size_t f = 0; f < ix->n_fields; f++) {
		buf_addz(&s->text, f == 0 ? "" : ", ");
		sql_value_column(s, f);
		put_lit(&s->text, " = excluded.");
		sql_value_column(s, f);
	}
	buf_addz(&s->text, ix->unique ? ", nn = excluded.nn WHERE " : " WHERE ");
	put_values_of(s, ix, false);
	put_lit(&s->text, " IS DISTINCT FROM ");
	put_values_of(s, ix, true);
	buf_char(&s->text, ')');
}

static void
replace_with(struct sql *s, const struct coll *coll, const struct row *row, const struct index_entry *entries,
    size_t n_entries, const int64_t *counter)
{
	put_lit(&s->text, "WITH d AS (");
	sql_replace_doc(s, coll, row, counter);
	put_lit(&s->text, " RETURNING id)");
	for (size_t k = 0; k < n_entries; k++)
		put_entry_change(s, &entries[k]);
	put_lit(&s->text, " SELECT count(*) FROM d");
}

static void
remove_with(struct sql *s, const struct coll *coll, struct span held, int64_t rev, const int64_t *counter)
{
	put_lit(&s->text, "WITH d AS (");
	sql_remove_doc(s, coll, held, rev, counter);
	put_lit(&s->text, " RETURNING id)");
	for (const struct index *ix = coll->indexes; ix != NULL; ix = ix->next) {
		put_lit(&s->text, ", ");
		put_part(s, ix);
		put_lit(&s->text, "DELETE FROM ");
		sql_index_table(s, ix->id);
		put_lit(&s->text, " WHERE id = (SELECT id FROM d))");
	}
	put_lit(&s->text, " SELECT count(*) FROM d");
}

/* ---- a block ---- */

#define REFUSE " THEN SIGNAL SQLSTATE '23000' SET MYSQL_ERRNO = 1048; END IF; "

/* The counter by itself costs the server half of what it costs as a part of a statement that writes. */
static void
open_block(struct sql *s, const int64_t *counter)
{
	put_lit(&s->text, "BEGIN NOT ATOMIC START TRANSACTION; IF ");
	sql_counter_is(s, *counter);
	put_lit(&s->text, " IS NOT TRUE" REFUSE);
}

static void
end_block(struct sql *s)
{
	put_lit(&s->text, "COMMIT; END");
}

/* behind a statement that has to find one row */
static void
put_must_be_one(struct sql *s)
{
	put_lit(&s->text, "; IF ROW_COUNT() <> 1" REFUSE);
}

static void
insert_block(struct sql *s, const struct coll *coll, const struct row *row, const struct index_entry *entries, size_t n_entries,
    const int64_t *counter)
{
	open_block(s, counter);
	sql_insert_docs(s, coll, row, 1, NULL);
	put_lit(&s->text, "; ");
	for (size_t k = 0; k < n_entries; k++) {
		sql_insert_entries(s, row, &entries[k], 1, 1);
		put_lit(&s->text, "; ");
	}
	end_block(s);
}

static void
replace_block(struct sql *s, const struct coll *coll, const struct row *row, const struct index_entry *entries, size_t n_entries,
    const int64_t *counter)
{
	open_block(s, counter);
	sql_replace_doc(s, coll, row, NULL);
	put_must_be_one(s);
	for (size_t k = 0; k < n_entries; k++) {
		sql_replace_entry(s, row->held, &entries[k]);
		put_must_be_one(s);
	}
	end_block(s);
}

static void
remove_block(struct sql *s, const struct coll *coll, struct span held, int64_t rev, const int64_t *counter)
{
	open_block(s, counter);
	sql_remove_doc(s, coll, held, rev, NULL);
	put_must_be_one(s);
	for (const struct index *ix = coll->indexes; ix != NULL; ix = ix->next) {
		sql_remove_entry(s, ix, held);
		put_must_be_one(s);
	}
	end_block(s);
}

/* ---- either ---- */

static struct query
whole(const struct sql *s)
{
	struct query q = sql_query(s);

	q.whole = s->dialect->whole;
	return q;
}

struct query
gen_insert_whole(const struct dialect *d, const struct coll *coll, const struct row *row, const struct index_entry *entries,
    size_t n_entries, const int64_t *counter, struct arena *mem)
{
	struct sql s;

	sql_init(&s, d, mem);
	(d->whole == WHOLE_WITH ? insert_with : insert_block)(&s, coll, row, entries, n_entries, counter);
	return whole(&s);
}

struct query
gen_replace_whole(const struct dialect *d, const struct coll *coll, const struct row *row, const struct index_entry *entries,
    size_t n_entries, const int64_t *counter, struct arena *mem)
{
	struct sql s;

	sql_init(&s, d, mem);
	(d->whole == WHOLE_WITH ? replace_with : replace_block)(&s, coll, row, entries, n_entries, counter);
	return whole(&s);
}

struct query
gen_remove_whole(const struct dialect *d, const struct coll *coll, struct span held, int64_t rev, const int64_t *counter,
    struct arena *mem)
{
	struct sql s;

	sql_init(&s, d, mem);
	(d->whole == WHOLE_WITH ? remove_with : remove_block)(&s, coll, held, rev, counter);
	return whole(&s);
}
