/* sql/gen_write.c - documents and their index entries into tables */
#include "sql/gen.h"

#include "base/digest.h"
#include "sql/ixtext.h"
#include "sql/spelling.h"

size_t
gen_insert_rows(size_t n_left)
{
	size_t n = INSERT_MOST_ROWS;

	while (n > n_left)
		n = n >= 4 ? n / 4 : 1;
	return n;
}

/* names are looked at where it matters: that costs another scan */
static struct bind
spelling(const struct sql *s, const struct coll *coll, const struct doc *doc)
{
	if (meta_is_hetero(&coll->meta))
		return BIND_I(SPELLING_UNKNOWN);
	return BIND_I(s->dialect->peek[0] != NULL ? spelling_with_names(doc->content, s->text.mem) : spelling_of(doc->content));
}

static struct bind
text_or_null(struct span text)
{
	return text.n == 0 ? BIND_N : BIND_T(text);
}

static void
bind_content(struct sql *s, const struct coll *coll, const struct doc *doc)
{
	if (!meta_is_hetero(&coll->meta))
		sql_bind(s, BIND_T(doc->content));
	else if (doc->is_null)
		sql_bind(s, BIND_N);
	else
		sql_bind(s, BIND_B(doc->content));
}

static void
put_counter_is(struct sql *s, int64_t counter)
{
	buf_addz(&s->text, s->dialect->counter_is[0]);
	sql_bind(s, BIND_I(counter));
	buf_addz(&s->text, s->dialect->counter_is[1]);
}

/* the first rev of a row; none, which no row may have, when the counter has moved */
static void
put_first_rev(struct sql *s, int64_t rev, const int64_t *counter)
{
	if (counter == NULL) {
		sql_bind(s, BIND_I(rev));
		return;
	}
	put_lit(&s->text, "CASE WHEN ");
	put_counter_is(s, *counter);
	put_lit(&s->text, " THEN ");
	buf_addz(&s->text, s->dialect->whole_number[0]);
	sql_bind(s, BIND_I(rev));
	buf_addz(&s->text, s->dialect->whole_number[1]);
	put_lit(&s->text, " END");
}

/* ... WHERE */
static void
put_swap(struct sql *s, struct span held, int64_t rev, const int64_t *counter)
{
	put_lit(&s->text, " WHERE id = ");
	sql_bind(s, BIND_T(held));
	put_lit(&s->text, " AND rev = ");
	sql_bind(s, BIND_I(rev));
	if (counter != NULL) {
		put_lit(&s->text, " AND ");
		put_counter_is(s, *counter);
	}
}

static void
put_insert(struct sql *s, const struct coll *coll, const struct row *rows, size_t n_rows, const int64_t *counter)
{
	put_lit(&s->text, "INSERT INTO ");
	sql_coll_table(s, coll->id);
	put_lit(&s->text, "(id, rev, version, created, modified, bytes, backslash, media, content) VALUES ");
	for (size_t i = 0; i < n_rows; i++) {
		const struct doc *doc = rows[i].doc;

		if (i > 0)
			put_lit(&s->text, ", ");
		buf_char(&s->text, '(');
		sql_bind(s, BIND_T(rows[i].held));
		put_lit(&s->text, ", ");
		put_first_rev(s, doc->rev, counter);
		put_lit(&s->text, ", ");
		sql_bind(s, text_or_null(doc->version));
		put_lit(&s->text, ", ");
		sql_bind(s, BIND_I(doc->created_us));
		put_lit(&s->text, ", ");
		sql_bind(s, BIND_I(doc->modified_us));
		put_lit(&s->text, ", ");
		sql_bind(s, BIND_I((int64_t)doc->content.n));
		put_lit(&s->text, ", ");
		sql_bind(s, spelling(s, coll, doc));
		put_lit(&s->text, ", ");
		sql_bind(s, text_or_null(doc->media_type));
		put_lit(&s->text, ", ");
		bind_content(s, coll, doc);
		buf_char(&s->text, ')');
	}
}

static void
put_replace(struct sql *s, const struct coll *coll, const struct row *row, const int64_t *counter)
{
	const struct doc *doc = row->doc;

	put_lit(&s->text, "UPDATE ");
	sql_coll_table(s, coll->id);
	put_lit(&s->text, " SET rev = rev + 1, version = ");
	sql_bind(s, text_or_null(doc->version));
	put_lit(&s->text, ", modified = ");
	sql_bind(s, BIND_I(doc->modified_us));
	put_lit(&s->text, ", bytes = ");
	sql_bind(s, BIND_I((int64_t)doc->content.n));
	put_lit(&s->text, ", backslash = ");
	sql_bind(s, spelling(s, coll, doc));
	put_lit(&s->text, ", media = ");
	sql_bind(s, text_or_null(doc->media_type));
	put_lit(&s->text, ", content = ");
	bind_content(s, coll, doc);
	put_swap(s, row->held, doc->rev, counter);
}

static void
put_remove(struct sql *s, const struct coll *coll, struct span held, int64_t rev, const int64_t *counter)
{
	put_lit(&s->text, "DELETE FROM ");
	sql_coll_table(s, coll->id);
	put_swap(s, held, rev, counter);
}

struct query
gen_insert(const struct dialect *d, const struct coll *coll, const struct row *rows, size_t n_rows, const int64_t *counter,
    struct arena *mem)
{
	struct sql s;

	sql_init(&s, d, mem);
	put_insert(&s, coll, rows, n_rows, counter);
	return sql_query(&s);
}

struct query
gen_replace(const struct dialect *d, const struct coll *coll, const struct row *row, const int64_t *counter, struct arena *mem)
{
	struct sql s;

	sql_init(&s, d, mem);
	put_replace(&s, coll, row, counter);
	return sql_query(&s);
}

struct query
gen_remove(const struct dialect *d, const struct coll *coll, struct span held, int64_t rev, const int64_t *counter,
    struct arena *mem)
{
	struct sql s;

	sql_init(&s, d, mem);
	put_remove(&s, coll, held, rev, counter);
	return sql_query(&s);
}

struct query
gen_truncate(const struct dialect *d, const struct coll *coll, struct arena *mem)
{
	struct sql s;

	sql_init(&s, d, mem);
	put_lit(&s.text, "DELETE FROM ");
	sql_coll_table(&s, coll->id);
	return sql_query(&s);
}

/* ---- index entries ---- */

bool
entry_is_missing(const struct index_entry *entry)
{
	for (size_t i = 0; i < entry->index->n_fields; i++)
		if (entry->values[i].p != NULL)
			return false;
	return true;
}

static struct bind
value_of(const struct index_entry *entry, size_t field)
{
	struct span v = entry->values[field];

	return BIND_T(v.p == NULL ? IXTEXT_MISSING : value_kept(entry->index, v));
}

/* never 0 */
static int64_t
values_digest(const struct index_entry *entry, struct arena *mem)
{
	size_t n = entry->index->n_fields;
	struct span *parts = ARENA_ARRAY(mem, struct span, n);
	unsigned char digest[32];
	int64_t number;

	for (size_t i = 0; i < n; i++)
		parts[i] = entry->values[i].p == NULL ? IXTEXT_MISSING : entry->values[i];
	digest_parts(parts, n, digest);
	memcpy(&number, digest, sizeof(number));
	return (number & INT64_MAX) | 1;
}

static struct bind
nn_of(const struct index_entry *entry, struct arena *mem)
{
	if (entry_is_missing(entry))
		return BIND_N;
	for (size_t i = 0; i < entry->index->n_fields; i++)
		if (entry->values[i].p != NULL && value_is_long(entry->index, entry->values[i]))
			return BIND_I(values_digest(entry, mem));
	return BIND_I(0);
}

static void
put_entry_columns(struct sql *s, const struct index *ix)
{
	put_lit(&s->text, "INSERT INTO ");
	sql_index_table(s, ix->id);
	put_lit(&s->text, "(id");
	for (size_t f = 0; f < ix->n_fields; f++) {
		put_lit(&s->text, ", ");
		sql_value_column(s, f);
	}
	put_lit(&s->text, ", nn)");
}

struct query
gen_entry_insert(const struct dialect *d, const struct row *rows, const struct index_entry *entries, size_t stride,
    size_t n_rows, struct arena *mem)
{
	const struct index *ix = entries[0].index;
	struct sql s;

	sql_init(&s, d, mem);
	put_entry_columns(&s, ix);
	put_lit(&s.text, " VALUES ");
	for (size_t i = 0; i < n_rows; i++) {
		if (i > 0)
			put_lit(&s.text, ", ");
		buf_char(&s.text, '(');
		sql_bind(&s, BIND_T(rows[i].held));
		for (size_t f = 0; f < ix->n_fields; f++) {
			put_lit(&s.text, ", ");
			sql_bind(&s, value_of(&entries[i * stride], f));
		}
		put_lit(&s.text, ", ");
		sql_bind(&s, nn_of(&entries[i * stride], mem));
		buf_char(&s.text, ')');
	}
	return sql_query(&s);
}

struct query
gen_entry_replace(const struct dialect *d, struct span held, const struct index_entry *entry, struct arena *mem)
{
	struct sql s;

	sql_init(&s, d, mem);
	put_lit(&s.text, "UPDATE ");
	sql_index_table(&s, entry->index->id);
	put_lit(&s.text, " SET ");
	for (size_t f = 0; f < entry->index->n_fields; f++) {
		sql_value_column(&s, f);
		put_lit(&s.text, " = ");
		sql_bind(&s, value_of(entry, f));
		put_lit(&s.text, ", ");
	}
	put_lit(&s.text, "nn = ");
	sql_bind(&s, nn_of(entry, mem));
	put_lit(&s.text, " WHERE id = ");
	sql_bind(&s, BIND_T(held));
	return sql_query(&s);
}

struct query
gen_entry_remove(const struct dialect *d, const struct index *ix, struct span held, struct arena *mem)
{
	struct sql s;

	sql_init(&s, d, mem);
	put_lit(&s.text, "DELETE FROM ");
	sql_index_table(&s, ix->id);
	put_lit(&s.text, " WHERE id = ");
	sql_bind(&s, BIND_T(held));
	return sql_query(&s);
}

struct query
gen_entry_truncate(const struct dialect *d, const struct index *ix, struct arena *mem)
{
	struct sql s;

	sql_init(&s, d, mem);
	put_lit(&s.text, "DELETE FROM ");
	sql_index_table(&s, ix->id);
	return sql_query(&s);
}

struct query
gen_entry_holder(const struct dialect *d, const struct index_entry *entry, struct arena *mem)
{
	struct sql s;

	sql_init(&s, d, mem);
	put_lit(&s.text, "SELECT id FROM ");
	sql_index_table(&s, entry->index->id);
	put_lit(&s.text, " WHERE nn = ");
	sql_bind(&s, nn_of(entry, mem));
	for (size_t f = 0; f < entry->index->n_fields; f++) {
		put_lit(&s.text, " AND ");
		sql_value_column(&s, f);
		put_lit(&s.text, " = ");
		sql_bind(&s, value_of(entry, f));
	}
	return sql_query(&s);
}

/* ---- a document together with its entries ----
 *
 * WITH d AS (what is written of the document, RETURNING id), i<n> AS (its entry, if there is a d), ... SELECT count(*) FROM d
 *
 * All parts see what was there before the statement, so none may write what another one has.  One document has one entry in
 * each index, and whoever writes an entry has written its document first: the row lock on the document keeps others away.
 */

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
		sql_bind(s, value_of(entry, f));
		if (named) {
			put_lit(&s->text, " AS ");
			sql_value_column(s, f);
		}
		put_lit(&s->text, ", ");
	}
	buf_addz(&s->text, s->dialect->whole_number[0]);
	sql_bind(s, nn_of(entry, s->text.mem));
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

struct query
gen_insert_whole(const struct dialect *d, const struct coll *coll, const struct row *row, const struct index_entry *entries,
    size_t n_entries, const int64_t *counter, struct arena *mem)
{
	struct sql s;

	sql_init(&s, d, mem);
	put_lit(&s.text, "WITH d AS (");
	put_insert(&s, coll, row, 1, counter);
	put_lit(&s.text, " RETURNING id)");
	for (size_t k = 0; k < n_entries; k++) {
		put_part(&s, entries[k].index);
		put_entry_columns(&s, entries[k].index);
		put_lit(&s.text, " SELECT id, ");
		put_entry_values(&s, &entries[k], false);
		put_lit(&s.text, " FROM d)");
	}
	put_lit(&s.text, " SELECT count(*) FROM d");
	return sql_query(&s);
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

struct query
gen_replace_whole(const struct dialect *d, const struct coll *coll, const struct row *row, const struct index_entry *entries,
    size_t n_entries, const int64_t *counter, struct arena *mem)
{
	struct sql s;

	sql_init(&s, d, mem);
	put_lit(&s.text, "WITH d AS (");
	put_replace(&s, coll, row, counter);
	for (size_t k = 0; k < n_entries; k++)
		put_has_entry(&s, entries[k].index, row->held);
	put_lit(&s.text, " RETURNING id)");
	for (size_t k = 0; k < n_entries; k++)
		put_entry_change(&s, &entries[k], row->held);
	put_lit(&s.text, " SELECT count(*) FROM d");
	return sql_query(&s);
}

struct query
gen_remove_whole(const struct dialect *d, const struct coll *coll, struct span held, int64_t rev, const int64_t *counter,
    struct arena *mem)
{
	struct sql s;

	sql_init(&s, d, mem);
	put_lit(&s.text, "WITH d AS (");
	put_remove(&s, coll, held, rev, counter);
	for (const struct index *ix = coll->indexes; ix != NULL; ix = ix->next)
		put_has_entry(&s, ix, held);
	put_lit(&s.text, " RETURNING id)");
	for (const struct index *ix = coll->indexes; ix != NULL; ix = ix->next) {
		put_part(&s, ix);
		put_lit(&s.text, "DELETE FROM ");
		sql_index_table(&s, ix->id);
		put_lit(&s.text, " WHERE id = ");
		sql_bind(&s, BIND_T(held));
		put_lit(&s.text, " AND EXISTS (SELECT 1 FROM d))");
	}
	put_lit(&s.text, " SELECT count(*) FROM d");
	return sql_query(&s);
}
