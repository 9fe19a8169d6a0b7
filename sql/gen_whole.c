/* sql/gen_whole.c - one document together with its index entries, in one statement
 *
 * WHOLE_WITH   WITH d AS (what is written of the document, RETURNING id), i<n> AS (its entry, if there is a d), ...
 *              SELECT count(*) FROM d.  All parts see what was there before the statement, so none may write what another one
 *              has.  One document has one entry in each index, and whoever writes an entry has written its document first: the
 *              row lock on the document keeps others away, and that rev is as it was tells that none came between.
 * WHOLE_BLOCK  BEGIN NOT ATOMIC START TRANSACTION; each statement of its own; COMMIT; END.  Whatever fails ends it before COMMIT,
 *              and so does a document or an entry that is not there, by a signal that means CONSTRAINT.
 */
#include "sql/gen_write.h"

/* ---- WITH ---- */

static void
put_part(struct sql *s, const struct index *ix)
{
	put_lit(&s->text, ", i");
	buf_int(&s->text, ix->id);
	put_lit(&s->text, " AS (");
}

/* A marker in a list of a SELECT has no type of its own; as a text it needs none. */
static void
put_entry_values(struct sql *s, const struct index_entry *entry, bool named)
{
	for (size_t f = 0; f < entry->index->n_fields; f++) {
		sql_bind(s, entry_value(entry, f));
		if (named) {
			put_lit(&s->text, " AS ");
			sql_value_column(s, f);
		}
		put_lit(&s->text, ", ");
	}
	buf_addz(&s->text, s->dialect->whole_number[0]);
	sql_bind(s, entry_nn(entry, s->text.mem));
	buf_addz(&s->text, s->dialect->whole_number[1]);
	if (named)
		put_lit(&s->text, " AS nn");
}

/* the columns of values and nn, of a table called alias */
static void
put_entry_list(struct sql *s, const struct index *ix, const char *alias)
{
	for (size_t f = 0; f < ix->n_fields; f++) {
		buf_addz(&s->text, alias);
		sql_value_column(s, f);
		put_lit(&s->text, ", ");
	}
	buf_addz(&s->text, alias);
	put_lit(&s->text, "nn");
}

/* An index that does not know the document is damaged: nothing is written then. */
static void
put_has_entry(struct sql *s, const struct index *ix, struct span held)
{
	put_lit(&s->text, " AND EXISTS (SELECT 1 FROM ");
	sql_index_table(s, ix->id);
	put_lit(&s->text, " WHERE id = ");
	sql_bind(s, BIND_T(held));
	buf_char(&s->text, ')');
}

static void
insert_with(struct sql *s, const struct coll *coll, const struct row *row, const struct index_entry *entries,
    size_t n_entries, const int64_t *counter)
{
	put_lit(&s->text, "WITH d AS (");
	sql_insert_docs(s, coll, row, 1, counter);
	put_lit(&s->text, " RETURNING id)");
	for (size_t k = 0; k < n_entries; k++) {
		put_part(s, entries[k].index);
		sql_entry_columns(s, entries[k].index);
		put_lit(&s->text, " SELECT id, ");
		put_entry_values(s, &entries[k], false);
		put_lit(&s->text, " FROM d)");
	}
	put_lit(&s->text, " SELECT count(*) FROM d");
}

/* An entry that stays as it is costs nothing: no page of its table and of its two indexes is written. */
static void
put_entry_change(struct sql *s, const struct index_entry *entry, struct span held)
{
	const struct index *ix = entry->index;

	put_part(s, ix);
	put_lit(&s->text, "UPDATE ");
	sql_index_table(s, ix->id);
	put_lit(&s->text, " o SET ");
	for (size_t f = 0; f < ix->n_fields; f++) {
		sql_value_column(s, f);
		put_lit(&s->text, " = n.");
		sql_value_column(s, f);
		put_lit(&s->text, ", ");
	}
	put_lit(&s->text, "nn = n.nn FROM (SELECT ");
	put_entry_values(s, entry, true);
	put_lit(&s->text, ") n WHERE o.id = ");
	sql_bind(s, BIND_T(held));
	put_lit(&s->text, " AND EXISTS (SELECT 1 FROM d) AND (");
	put_entry_list(s, ix, "o.");
	put_lit(&s->text, ") IS DISTINCT FROM (");
	put_entry_list(s, ix, "n.");
	put_lit(&s->text, "))");
}

/* Without a rev to compare, a writer that waited for another one would change the newest object by what it saw of the entries
 * before that one: so the object has to be the one that was seen. */
static void
put_is_as_seen(struct sql *s, const struct coll *coll, struct span held)
{
	put_lit(&s->text, " AND rev = (SELECT rev FROM ");
	sql_coll_table(s, coll->id);
	put_lit(&s->text, " WHERE id = ");
	sql_bind(s, BIND_T(held));
	buf_char(&s->text, ')');
}

static void
replace_with(struct sql *s, const struct coll *coll, const struct row *row, const struct index_entry *entries,
    size_t n_entries, const int64_t *counter)
{
	put_lit(&s->text, "WITH d AS (");
	sql_replace_doc(s, coll, row, counter);
	if (row->overwrites)
		put_is_as_seen(s, coll, row->held);
	for (size_t k = 0; k < n_entries; k++)
		put_has_entry(s, entries[k].index, row->held);
	put_lit(&s->text, " RETURNING id)");
	for (size_t k = 0; k < n_entries; k++)
		put_entry_change(s, &entries[k], row->held);
	put_lit(&s->text, " SELECT count(*) FROM d");
}

static void
remove_with(struct sql *s, const struct coll *coll, struct span held, int64_t rev, const int64_t *counter)
{
	put_lit(&s->text, "WITH d AS (");
	sql_remove_doc(s, coll, held, rev, counter);
	for (const struct index *ix = coll->indexes; ix != NULL; ix = ix->next)
		put_has_entry(s, ix, held);
	put_lit(&s->text, " RETURNING id)");
	for (const struct index *ix = coll->indexes; ix != NULL; ix = ix->next) {
		put_part(s, ix);
		put_lit(&s->text, "DELETE FROM ");
		sql_index_table(s, ix->id);
		put_lit(&s->text, " WHERE id = ");
		sql_bind(s, BIND_T(held));
		put_lit(&s->text, " AND EXISTS (SELECT 1 FROM d))");
	}
	put_lit(&s->text, " SELECT count(*) FROM d");
}

/* ---- a block ---- */

static void
open_block(struct sql *s)
{
	put_lit(&s->text, "BEGIN NOT ATOMIC START TRANSACTION; ");
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
	put_lit(&s->text, "; IF ROW_COUNT() <> 1 THEN SIGNAL SQLSTATE '23000' SET MYSQL_ERRNO = 1048; END IF; ");
}

static void
insert_block(struct sql *s, const struct coll *coll, const struct row *row, const struct index_entry *entries, size_t n_entries,
    const int64_t *counter)
{
	open_block(s);
	sql_insert_docs(s, coll, row, 1, counter);
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
	open_block(s);
	sql_replace_doc(s, coll, row, counter);
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
	open_block(s);
	sql_remove_doc(s, coll, held, rev, counter);
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
