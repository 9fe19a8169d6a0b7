/* sql/gen_search.c - words and data guide of a search index */
#include "sql/gen.h"

/* ---- words ---- */

/* FNV-1a over a word.  It is stored, so it never changes. */
static int64_t
word_number(struct span word)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < word.n; i++)
		h = (h ^ (unsigned char)word.p[i]) * UINT64_C(0x100000001b3);
	return (int64_t)h;
}

/* A list of words ends each of them with a blank. */
static struct span
without_last_blank(struct span words)
{
	return (struct span){ words.p, words.n > 0 ? words.n - 1 : 0 };
}

static void
put_document(struct sql *s, const struct coll *coll, struct span held)
{
	put_lit(&s->text, "(SELECT c.seq FROM ");
	sql_coll_table(s, coll->id);
	put_lit(&s->text, " c WHERE c.id = ");
	sql_bind(s, BIND_T(held));
}

static void
put_array(struct sql *s, struct span words)
{
	put_lit(&s->text, "string_to_array(");
	sql_bind(s, BIND_T(words));
	put_lit(&s->text, ", ' ')");
}

/* A join would be planned while the collection is small, and read all of it for ever. */
static void
insert_arrays(struct sql *s, const struct coll *coll, const struct row *rows, const struct index_entry *entries,
    size_t stride, size_t n_rows)
{
	buf_addz(&s->text, entries->index->has_parsed ? "(seq, t, parsed) VALUES " : "(seq, t) VALUES ");
	for (size_t i = 0; i < n_rows; i++) {
		if (i > 0)
			put_lit(&s->text, ", ");
		buf_char(&s->text, '(');
		put_document(s, coll, rows[i].held);
		put_lit(&s->text, "), ");
		put_array(s, without_last_blank(entries[i * stride].words));
		if (entries->index->has_parsed) {
			put_lit(&s->text, ", ");
			sql_parsed(s, entries[i * stride].parsed);
		}
		buf_char(&s->text, ')');
	}
}

static void
insert_texts(struct sql *s, const struct coll *coll, const struct row *rows, const struct index_entry *entries,
    size_t stride, size_t n_rows)
{
	put_lit(&s->text, "(rowid, t) SELECT c.seq, v.column2 FROM (VALUES ");
	for (size_t i = 0; i < n_rows; i++) {
		if (i > 0)
			put_lit(&s->text, ", ");
		buf_char(&s->text, '(');
		sql_bind(s, BIND_T(rows[i].held));
		put_lit(&s->text, ", ");
		sql_bind(s, BIND_T(entries[i * stride].words));
		buf_char(&s->text, ')');
	}
	put_lit(&s->text, ") v CROSS JOIN ");
	sql_coll_table(s, coll->id);
	put_lit(&s->text, " c WHERE c.id = v.column1");
}

/* Numbers of the words of one document, from at->byte on, until there are enough bytes. */
static void
put_numbers(struct buf *json, struct span words, size_t most_bytes, struct words_at *at)
{
	bool is_first = true;

	while (at->byte < words.n && json->n < most_bytes) {
		struct span rest = { words.p + at->byte, words.n - at->byte };
		size_t n = (size_t)((const char *)memchr(rest.p, ' ', rest.n) - rest.p);

		if (!is_first)
			buf_char(json, ',');
		is_first = false;
		buf_int(json, word_number((struct span){ rest.p, n }));
		at->byte += n + 1;
		at->n_changed++;
	}
}

/* All words of a batch are one value, [["key",[number,number,...]],...], whatever their number: one shape of statement. */
static struct span
words_json(const struct row *rows, const struct index_entry *entries, size_t stride, size_t n_rows, struct words_at *at,
    struct arena *mem)
{
	enum { MOST_BYTES = 256 * 1024 };
	struct buf json;

	buf_init(&json, mem);
	buf_char(&json, '[');
	while (at->row < n_rows && json.n < MOST_BYTES) {
		struct span words = entries[at->row * stride].words;

		if (json.n > 1)
			buf_char(&json, ',');
		buf_char(&json, '[');
		buf_json(&json, rows[at->row].held);
		put_lit(&json, ",[");
		put_numbers(&json, words, MOST_BYTES, at);
		put_lit(&json, "]]");
		if (at->byte < words.n)
			break;
		at->byte = 0;
		at->row++;
	}
	buf_char(&json, ']');
	return buf_text(&json);
}

static void
insert_rows(struct sql *s, const struct coll *coll, struct span json)
{
	put_lit(&s->text, "(word, seq) SELECT j.word, c.seq FROM JSON_TABLE(");
	sql_bind(s, BIND_T(json));
	put_lit(&s->text, ", '$[*]' COLUMNS (k ");
	buf_addz(&s->text, s->dialect->word[W_KEY]);
	put_lit(&s->text, " PATH '$[0]', NESTED PATH '$[1][*]' COLUMNS (word BIGINT PATH '$'))) j STRAIGHT_JOIN ");
	sql_coll_table(s, coll->id);
	/* in the order of the index; two words of a document may have one number */
	put_lit(&s->text, " c ON c.id = j.k WHERE j.word IS NOT NULL ORDER BY j.word ON DUPLICATE KEY UPDATE seq = c.seq");
}

struct query
gen_words_insert(const struct dialect *d, const struct coll *coll, const struct row *rows,
    const struct index_entry *entries, size_t stride, size_t n_rows, struct words_at *at, struct arena *mem)
{
	size_t n = gen_insert_rows(d, entries[0].index, n_rows - at->row);
	struct sql s;

	sql_init(&s, d, mem);
	put_lit(&s.text, "INSERT INTO ");
	sql_words_table(&s, entries[0].index->id);
	at->n_changed = 0;
	if (d->words == WORDS_ROWS) {
		insert_rows(&s, coll, words_json(rows, entries, stride, n_rows, at, mem));
		return sql_query(&s);
	}
	if (d->words == WORDS_ARRAY)
		insert_arrays(&s, coll, rows + at->row, entries + at->row * stride, stride, n);
	else
		insert_texts(&s, coll, rows + at->row, entries + at->row * stride, stride, n);
	at->row += n;
	at->n_changed = (int64_t)n;
	return sql_query(&s);
}

static const char *
seq_column(const struct dialect *d)
{
	return d->words == WORDS_FTS5 ? "rowid" : "seq";
}

static void
put_where_document(struct sql *s, const struct coll *coll, struct span held)
{
	put_lit(&s->text, " WHERE ");
	buf_addz(&s->text, seq_column(s->dialect));
	put_lit(&s->text, " = ");
	put_document(s, coll, held);
}

struct query
gen_words_replace(const struct dialect *d, const struct coll *coll, struct span held, const struct index_entry *entry,
    struct arena *mem)
{
	struct sql s;

	sql_init(&s, d, mem);
	put_lit(&s.text, "UPDATE ");
	sql_words_table(&s, entry->index->id);
	put_lit(&s.text, " SET t = ");
	if (d->words == WORDS_ARRAY)
		put_array(&s, without_last_blank(entry->words));
	else
		sql_bind(&s, BIND_T(entry->words));
	if (entry->index->has_parsed) {
		put_lit(&s.text, ", parsed = ");
		sql_parsed(&s, entry->parsed);
	}
	put_where_document(&s, coll, held);
	buf_char(&s.text, ')');
	return sql_query(&s);
}

struct query
gen_words_clear(const struct dialect *d, const struct coll *coll, const struct index *ix, struct span held,
    struct arena *mem)
{
	struct sql s;

	sql_init(&s, d, mem);
	put_lit(&s.text, "DELETE FROM ");
	sql_words_table(&s, ix->id);
	put_where_document(&s, coll, held);
	buf_char(&s.text, ')');
	return sql_query(&s);
}

struct query
gen_words_remove(const struct dialect *d, const struct index *ix, int64_t seq, struct arena *mem)
{
	struct sql s;

	sql_init(&s, d, mem);
	put_lit(&s.text, "DELETE FROM ");
	sql_words_table(&s, ix->id);
	put_lit(&s.text, " WHERE ");
	buf_addz(&s.text, seq_column(d));
	put_lit(&s.text, " = ");
	sql_bind(&s, BIND_I(seq));
	return sql_query(&s);
}

struct query
gen_seq(const struct dialect *d, const struct coll *coll, struct span held, struct arena *mem)
{
	struct sql s;

	sql_init(&s, d, mem);
	put_lit(&s.text, "SELECT c.seq FROM ");
	sql_coll_table(&s, coll->id);
	put_lit(&s.text, " c WHERE c.id = ");
	sql_bind(&s, BIND_T(held));
	return sql_query(&s);
}

/* ---- candidates ---- */

const char *
words_seq(const struct dialect *d)
{
	return d->words == WORDS_FTS5 ? "w.rowid" : "w.seq";
}

/* + 0: in the order of seq without words all rows would be read until enough are found */
const char *
words_order(const struct dialect *d)
{
	return d->words == WORDS_ARRAY ? "(w.seq + 0)" : words_seq(d);
}

static void
put_match(struct sql *s, const struct choice *choice)
{
	struct buf b;

	buf_init(&b, s->text.mem);
	put_lit(&s->text, "w.");
	sql_words_table(s, choice->searched->id);
	put_lit(&s->text, " MATCH ");
	for (size_t i = 0; i < choice->n_words; i++) {
		if (i > 0)
			buf_addz(&b, " AND ");
		/* letters and digits only, so nothing can end the quotes */
		buf_char(&b, '"');
		buf_span(&b, choice->words[i]);
		buf_char(&b, '"');
	}
	sql_bind(s, BIND_T(buf_text(&b)));
}

static void
put_array_match(struct sql *s, const struct choice *choice)
{
	struct buf b;

	buf_init(&b, s->text.mem);
	for (size_t i = 0; i < choice->n_words; i++) {
		if (i > 0)
			buf_char(&b, ' ');
		buf_span(&b, choice->words[i]);
	}
	put_lit(&s->text, "w.t @> ");
	put_array(s, buf_text(&b));
}

static void
put_rows_match(struct sql *s, const struct choice *choice)
{
	put_lit(&s->text, "w.word = ");
	sql_bind(s, BIND_I(word_number(choice->words[0])));
	for (size_t i = 1; i < choice->n_words; i++) {
		put_lit(&s->text, " AND EXISTS (SELECT 1 FROM ");
		sql_words_table(s, choice->searched->id);
		put_lit(&s->text, " x WHERE x.seq = w.seq AND x.word = ");
		sql_bind(s, BIND_I(word_number(choice->words[i])));
		buf_char(&s->text, ')');
	}
}

void
sql_words_wanted(struct sql *s, const struct choice *choice)
{
	switch (s->dialect->words) {
	case WORDS_ARRAY:
		put_array_match(s, choice);
		break;
	case WORDS_ROWS:
		put_rows_match(s, choice);
		break;
	default:
		put_match(s, choice);
		break;
	}
}

struct query
gen_candidates_count(const struct dialect *d, const struct coll *coll, const struct choice *choice, uint64_t most, struct arena *mem)
{
	const struct index *words = choice_words(choice);
	bool by_path = choice->path.is_indexed && choice->parsed == words;
	struct sql s;

	sql_init(&s, d, mem);
	put_lit(&s.text, "SELECT count(*) FROM (SELECT 1 FROM ");
	if (words != NULL)
		sql_words_table(&s, words->id);
	else
		sql_coll_table(&s, coll->id);
	buf_addz(&s.text, words != NULL ? " w WHERE " : " c WHERE ");
	if (choice->searched != NULL)
		sql_words_wanted(&s, choice);
	if (choice->searched != NULL && by_path)
		put_lit(&s.text, " AND ");
	if (by_path)
		sql_parsed_wanted(&s, choice, true);
	put_lit(&s.text, " LIMIT ");
	sql_bind(&s, BIND_I((int64_t)most));
	put_lit(&s.text, ") x");
	return sql_query(&s);
}

/* ---- the data guide ---- */

struct query
gen_guide_read(const struct dialect *d, const struct index *ix, size_t from, size_t n_rows, struct arena *mem)
{
	struct sql s;

	sql_init(&s, d, mem);
	put_lit(&s.text, "SELECT id, parent, name, types, object, list, scalar FROM ");
	sql_guide_table(&s, ix->id);
	put_lit(&s.text, " WHERE id >= ");
	sql_bind(&s, BIND_I((int64_t)from));
	put_lit(&s.text, " ORDER BY id LIMIT ");
	sql_bind(&s, BIND_I((int64_t)n_rows));
	return sql_query(&s);
}

struct query
gen_guide_insert(const struct dialect *d, const struct index *ix, size_t id, const struct fact *f, struct arena *mem)
{
	struct sql s;

	sql_init(&s, d, mem);
	put_lit(&s.text, "INSERT INTO ");
	sql_guide_table(&s, ix->id);
	put_lit(&s.text, "(id, parent, name, types, object, list, scalar) VALUES (");
	sql_bind(&s, BIND_I((int64_t)id));
	put_lit(&s.text, ", ");
	sql_bind(&s, BIND_I(f->parent));
	put_lit(&s.text, ", ");
	sql_bind(&s, f->name.p == NULL ? BIND_N : BIND_T(f->name));
	put_lit(&s.text, ", ");
	sql_bind(&s, BIND_I(f->types));
	for (int i = 0; i < SHAPE__N; i++) {
		put_lit(&s.text, ", ");
		sql_bind(&s, BIND_I(f->length[i]));
	}
	buf_char(&s.text, ')');
	return sql_query(&s);
}

struct query
gen_guide_grow(const struct dialect *d, const struct index *ix, size_t id, const struct fact *f, struct arena *mem)
{
	static const char *const columns[SHAPE__N] = {
		[SHAPE_OBJECT] = "object", [SHAPE_ARRAY] = "list", [SHAPE_SCALAR] = "scalar",
	};
	struct sql s;

	sql_init(&s, d, mem);
	put_lit(&s.text, "UPDATE ");
	sql_guide_table(&s, ix->id);
	put_lit(&s.text, " SET types = types | ");
	sql_bind(&s, BIND_I(f->types));
	for (int i = 0; i < SHAPE__N; i++) {
		put_lit(&s.text, ", ");
		buf_addz(&s.text, columns[i]);
		put_lit(&s.text, " = CASE WHEN ");
		buf_addz(&s.text, columns[i]);
		put_lit(&s.text, " < ");
		sql_bind(&s, BIND_I(f->length[i]));
		put_lit(&s.text, " THEN ");
		sql_bind(&s, BIND_I(f->length[i]));
		put_lit(&s.text, " ELSE ");
		buf_addz(&s.text, columns[i]);
		put_lit(&s.text, " END");
	}
	put_lit(&s.text, " WHERE id = ");
	sql_bind(&s, BIND_I((int64_t)id));
	return sql_query(&s);
}
