/* sql/gen_write.c - documents and their index entries into tables */
#include "sql/gen_write.h"

#include "base/digest.h"
#include "sql/ixtext.h"
#include "sql/parsed.h"
#include "sql/spelling.h"

size_t
gen_insert_rows(const struct dialect *d, const struct index *ix, size_t n_left)
{
	size_t n_columns = ix == NULL ? DOCUMENT_N_COLUMNS : 1 + ix->n_fields + ix->unique;	/* id, values, nn */
	size_t n = INSERT_MOST_ROWS;

	while (n > n_left || (d->keeps_writes != NULL && n > 1 && n * n_columns > MARKERS_KEPT))
		n = n >= 4 ? n / 4 : 1;
	return n;
}

/* names are looked at where it matters */
static struct bind
spelling(const struct sql *s, const struct coll *coll, const struct doc *doc)
{
	if (meta_is_hetero(&coll->meta))
		return BIND_I(SPELLING_UNKNOWN);
	return BIND_I(s->dialect->from_text[0] != NULL ? spelling_with_names(doc->content) : spelling_of(doc->content));
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

void
sql_counter_is(struct sql *s, int64_t counter)
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
	sql_counter_is(s, *counter);
	put_lit(&s->text, " THEN ");
	buf_addz(&s->text, s->dialect->whole_number[0]);
	sql_bind(s, BIND_I(rev));
	buf_addz(&s->text, s->dialect->whole_number[1]);
	put_lit(&s->text, " END");
}

static void
put_and_counter(struct sql *s, const int64_t *counter)
{
	if (counter == NULL)
		return;
	put_lit(&s->text, " AND ");
	sql_counter_is(s, *counter);
}

/* ... WHERE */
static void
put_swap(struct sql *s, struct span held, int64_t rev, const int64_t *counter)
{
	put_lit(&s->text, " WHERE id = ");
	sql_bind(s, BIND_T(held));
	put_lit(&s->text, " AND rev = ");
	sql_bind(s, BIND_I(rev));
	put_and_counter(s, counter);
}

/* ... when nobody named a version: times still do not go back (F-19) */
static void
put_over(struct sql *s, struct span held, int64_t modified_us, const int64_t *counter)
{
	put_lit(&s->text, " WHERE id = ");
	sql_bind(s, BIND_T(held));
	put_lit(&s->text, " AND modified < ");
	sql_bind(s, BIND_I(modified_us));
	put_and_counter(s, counter);
}

void
sql_insert_docs(struct sql *s, const struct coll *coll, const struct row *rows, size_t n_rows, const int64_t *counter)
{
	put_lit(&s->text, "INSERT INTO ");
	sql_coll_table(s, coll->id);
	put_lit(&s->text, "(" DOCUMENT_COLUMNS);
	buf_addz(&s->text, coll->has_parsed ? ", parsed) VALUES " : ") VALUES ");
	for (size_t i = 0; i < n_rows; i++) {
		const struct doc *doc = rows[i].doc;

		if (i > 0)
			put_lit(&s->text, ", ");
		buf_char(&s->text, '(');
		sql_bind(s, BIND_T(rows[i].held));
		put_lit(&s->text, ", ");
		put_first_rev(s, doc->rev, i == 0 ? counter : NULL);	/* a row that is refused takes the others along */
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
		if (coll->has_parsed) {
			put_lit(&s->text, ", ");
			sql_parsed(s, parsed_of(doc->content, s->text.mem));
		}
		buf_char(&s->text, ')');
	}
}

void
sql_replace_doc(struct sql *s, const struct coll *coll, const struct row *row, const int64_t *counter)
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
	if (coll->has_parsed) {
		put_lit(&s->text, ", parsed = ");
		sql_parsed(s, parsed_of(doc->content, s->text.mem));
	}
	if (row->overwrites)
		put_over(s, row->held, doc->modified_us, counter);
	else
		put_swap(s, row->held, doc->rev, counter);
}

void
sql_remove_doc(struct sql *s, const struct coll *coll, struct span held, int64_t rev, const int64_t *counter)
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
	sql_insert_docs(&s, coll, rows, n_rows, counter);
	return sql_query(&s);
}

struct query
gen_replace(const struct dialect *d, const struct coll *coll, const struct row *row, const int64_t *counter, struct arena *mem)
{
	struct sql s;

	sql_init(&s, d, mem);
	sql_replace_doc(&s, coll, row, counter);
	return sql_query(&s);
}

struct query
gen_remove(const struct dialect *d, const struct coll *coll, struct span held, int64_t rev, const int64_t *counter,
    struct arena *mem)
{
	struct sql s;

	sql_init(&s, d, mem);
	sql_remove_doc(&s, coll, held, rev, counter);
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

struct bind
entry_value(const struct index_entry *entry, size_t field)
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

struct bind
entry_nn(const struct index_entry *entry, struct arena *mem)
{
	if (entry_is_missing(entry))
		return BIND_N;
	for (size_t i = 0; i < entry->index->n_fields; i++)
		if (entry->values[i].p != NULL && value_is_long(entry->index, entry->values[i]))
			return BIND_I(values_digest(entry, mem));
	return BIND_I(0);
}

void
sql_entry_columns(struct sql *s, const struct index *ix)
{
	put_lit(&s->text, "INSERT INTO ");
	sql_index_table(s, ix->id);
	put_lit(&s->text, "(id");
	for (size_t f = 0; f < ix->n_fields; f++) {
		put_lit(&s->text, ", ");
		sql_value_column(s, f);
	}
	buf_addz(&s->text, ix->unique ? ", nn)" : ")");
}

void
sql_insert_entries(struct sql *s, const struct row *rows, const struct index_entry *entries, size_t stride, size_t n_rows)
{
	const struct index *ix = entries[0].index;

	sql_entry_columns(s, ix);
	put_lit(&s->text, " VALUES ");
	for (size_t i = 0; i < n_rows; i++) {
		if (i > 0)
			put_lit(&s->text, ", ");
		buf_char(&s->text, '(');
		sql_bind(s, BIND_T(rows[i].held));
		for (size_t f = 0; f < ix->n_fields; f++) {
			put_lit(&s->text, ", ");
			sql_bind(s, entry_value(&entries[i * stride], f));
		}
		if (ix->unique) {
			put_lit(&s->text, ", ");
			sql_bind(s, entry_nn(&entries[i * stride], s->text.mem));
		}
		buf_char(&s->text, ')');
	}
}

void
sql_replace_entry(struct sql *s, struct span held, const struct index_entry *entry)
{
	put_lit(&s->text, "UPDATE ");
	sql_index_table(s, entry->index->id);
	put_lit(&s->text, " SET ");
	for (size_t f = 0; f < entry->index->n_fields; f++) {
		buf_addz(&s->text, f == 0 ? "" : ", ");
		sql_value_column(s, f);
		put_lit(&s->text, " = ");
		sql_bind(s, entry_value(entry, f));
	}
	if (entry->index->unique) {
		put_lit(&s->text, ", nn = ");
		sql_bind(s, entry_nn(entry, s->text.mem));
	}
	put_lit(&s->text, " WHERE id = ");
	sql_bind(s, BIND_T(held));
}

void
sql_remove_entry(struct sql *s, const struct index *ix, struct span held)
{
	put_lit(&s->text, "DELETE FROM ");
	sql_index_table(s, ix->id);
	put_lit(&s->text, " WHERE id = ");
	sql_bind(s, BIND_T(held));
}

struct query
gen_entry_insert(const struct dialect *d, const struct row *rows, const struct index_entry *entries, size_t stride,
    size_t n_rows, struct arena *mem)
{
	struct sql s;

	sql_init(&s, d, mem);
	sql_insert_entries(&s, rows, entries, stride, n_rows);
	return sql_query(&s);
}

struct query
gen_entry_replace(const struct dialect *d, struct span held, const struct index_entry *entry, struct arena *mem)
{
	struct sql s;

	sql_init(&s, d, mem);
	sql_replace_entry(&s, held, entry);
	return sql_query(&s);
}

struct query
gen_entry_remove(const struct dialect *d, const struct index *ix, struct span held, struct arena *mem)
{
	struct sql s;

	sql_init(&s, d, mem);
	sql_remove_entry(&s, ix, held);
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
	sql_bind(&s, entry_nn(entry, mem));
	for (size_t f = 0; f < entry->index->n_fields; f++) {
		put_lit(&s.text, " AND ");
		sql_value_column(&s, f);
		put_lit(&s.text, " = ");
		sql_bind(&s, entry_value(entry, f));
	}
	return sql_query(&s);
}
