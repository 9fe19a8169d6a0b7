/* sql/gen_ddl.c - tables of collections and of their indexes
 *
 * soda_c_<n>   one row per document.  seq is the order of storage, for whoever has to look at all of them: in the order of
 *              random keys each document costs a page.  The content is the last column: whoever reads the others does not
 *              touch its pages.
 *              bytes: length of the content; backslash: how it is spelled (sql/spelling.h); parsed: the document in parsed form
 *              (gen_parsed.c), where the collection keeps it
 * soda_i_<n>   one row per document, its values as texts that sort by their bytes (sql/ixtext.h), a missing one too.  Engines
 *              that limit the length of an index row keep the first characters of a long value (sql/fit.h).  nn is written for
 *              unique indexes: NULL when all values are missing, because such rows never conflict; a digest of all values when
 *              one is long, so that only equal ones conflict; else 0.  The index over the values ends with the key, so that
 *              documents of equal values come in the order of keys.  Of spatial indexes the values are the sides of a box
 *              (sql/box.h)
 * soda_t_<n>   of a search index: the words of each document.  FTS5: by the engine's own text index; its rowid is seq, which is
 *              a primary key and therefore stays when the file is compacted.  As an array: seq, parsed, t.  As rows: word,
 *              seq, where word is a hash of 64 bits (gen_search.c); two words that share it find a document too many, which does no
 *              harm
 * soda_g_<n>   the data guide of a search index: one row per place in the documents, which only grows.  parent: the row of
 *              the place above; name: of the member as JSON text, NULL for the elements of an array; types: bits of enum
 *              fact_type; object, list, scalar: longest text of such a value, as the power of two
 */
#include "sql/gen.h"

#include "sql/ixtext.h"

static const char *
word(const struct sql *s, enum word w)
{
	return s->dialect->word[w];
}

static void
column(struct sql *s, const char *name, enum word w, const char *rule)
{
	buf_addz(&s->text, name);
	buf_char(&s->text, ' ');
	buf_addz(&s->text, word(s, w));
	buf_addz(&s->text, rule);
}

static void
statement(struct ddl *ddl, struct sql *s)
{
	ddl->text[ddl->n++] = buf_z(&s->text);
	sql_init(s, s->dialect, s->text.mem);
}

struct ddl
gen_coll_create(const struct dialect *d, const struct coll *coll, struct arena *mem)
{
	const struct meta *m = &coll->meta;
	struct ddl ddl = { 0 };
	struct sql s;

	sql_init(&s, d, mem);
	put_lit(&s.text, "CREATE TABLE ");
	sql_coll_table(&s, coll->id);
	put_lit(&s.text, "(seq ");
	buf_addz(&s.text, d->serial);
	if (coll->has_parsed)
		put_lit(&s.text, ", parsed jsonb");
	column(&s, ", id", W_KEY, " NOT NULL UNIQUE");
	column(&s, ", rev", W_INT, " NOT NULL");
	column(&s, ", version", W_TEXT, "");
	column(&s, ", created", W_TIME, " NOT NULL");
	column(&s, ", modified", W_TIME, " NOT NULL");
	column(&s, ", bytes", W_INT, " NOT NULL");
	column(&s, ", backslash", W_INT, " NOT NULL");
	column(&s, ", media", W_TEXT, "");
	if (meta_is_hetero(m))
		column(&s, ", content", W_BLOB, ")");
	else
		column(&s, ", content", W_JSON, " NOT NULL)");
	statement(&ddl, &s);
	if (coll->has_parsed) {
		put_lit(&s.text, "ALTER TABLE ");
		sql_coll_table(&s, coll->id);
		sql_parsed_settings(&s);
		statement(&ddl, &s);
	}
	if (m->modified_index[0] != '\0') {
		put_lit(&s.text, "CREATE INDEX soda_m_");
		buf_int(&s.text, coll->id);
		put_lit(&s.text, " ON ");
		sql_coll_table(&s, coll->id);
		put_lit(&s.text, "(modified, id)");
		statement(&ddl, &s);
	}
	return ddl;
}

struct ddl
gen_coll_drop(const struct dialect *d, int64_t id, struct arena *mem)
{
	struct ddl ddl = { 0 };
	struct sql s;

	sql_init(&s, d, mem);
	put_lit(&s.text, "DROP TABLE ");
	sql_coll_table(&s, id);
	statement(&ddl, &s);
	return ddl;
}

/* Statistics of arrays are dear to make and worse than none: by them the planner reads all rows for a word that a tenth of them
 * hold, where the index knows better. */
static void
index_arrays(struct ddl *ddl, struct sql *s, const struct index *ix)
{
	put_lit(&s->text, "CREATE INDEX soda_w_");
	buf_int(&s->text, ix->id);
	put_lit(&s->text, " ON ");
	sql_words_table(s, ix->id);
	/* what was inserted last is a list that each query reads: 4 MiB by default, 40 ms; with 64 KiB writing takes twice as long */
	put_lit(&s->text, " USING gin (t) WITH (gin_pending_list_limit = 256)");
	statement(ddl, s);
	put_lit(&s->text, "ALTER TABLE ");
	sql_words_table(s, ix->id);
	put_lit(&s->text, " ALTER COLUMN t SET STATISTICS 0");
	statement(ddl, s);
}

/* the tables of a search index; the first line of a guide is the root of all documents */
static void
create_search(struct ddl *ddl, struct sql *s, const struct index *ix)
{
	if (ix->has_words) {
		buf_addz(&s->text, s->dialect->words == WORDS_FTS5 ? "CREATE VIRTUAL TABLE " : "CREATE TABLE ");
		sql_words_table(s, ix->id);
		buf_addz(&s->text, ix->has_parsed ? s->dialect->parsed_table : s->dialect->words_table);
		statement(ddl, s);
	}
	if (ix->has_words && s->dialect->words == WORDS_ARRAY)
		index_arrays(ddl, s, ix);
	if (ix->has_parsed) {
		put_lit(&s->text, "ALTER TABLE ");
		sql_words_table(s, ix->id);
		sql_parsed_settings(s);
		statement(ddl, s);
	}
	if (ix->has_guide) {
		put_lit(&s->text, "CREATE TABLE ");
		sql_guide_table(s, ix->id);
		column(s, "(id", W_INT, " NOT NULL PRIMARY KEY");
		column(s, ", parent", W_INT, " NOT NULL");
		column(s, ", name", W_TEXT, "");
		column(s, ", types", W_INT, " NOT NULL");
		column(s, ", object", W_INT, " NOT NULL");
		column(s, ", list", W_INT, " NOT NULL");
		column(s, ", scalar", W_INT, " NOT NULL)");
		statement(ddl, s);
		put_lit(&s->text, "INSERT INTO ");
		sql_guide_table(s, ix->id);
		put_lit(&s->text, "(id, parent, types, object, list, scalar) VALUES (0, 0, 0, 0, 0, 0)");
		statement(ddl, s);
	}
}

static void
value_type(struct sql *s, size_t n_fields)
{
	const struct dialect *d = s->dialect;

	buf_char(&s->text, ' ');
	if (d->index_text[0] != NULL) {
		buf_addz(&s->text, d->index_text[0]);
		buf_int(&s->text, (int64_t)dialect_kept_chars(d, n_fields));
		buf_addz(&s->text, d->index_text[1]);
	} else {
		buf_addz(&s->text, word(s, W_TEXT));
	}
	put_lit(&s->text, " NOT NULL");
}

struct ddl
gen_index_create(const struct dialect *d, const struct index *ix, struct arena *mem)
{
	struct ddl ddl = { 0 };
	struct sql s;

	sql_init(&s, d, mem);
	if (ix->kind == INDEX_SEARCH) {
		create_search(&ddl, &s, ix);
		return ddl;
	}
	put_lit(&s.text, "CREATE TABLE ");
	sql_index_table(&s, ix->id);
	column(&s, "(id", W_KEY, " NOT NULL PRIMARY KEY");
	for (size_t i = 0; i < ix->n_fields; i++) {
		put_lit(&s.text, ", ");
		sql_value_column(&s, i);
		value_type(&s, ix->n_fields);
	}
	column(&s, ", nn", W_INT, ")");
	buf_addz(&s.text, d->narrow_table);
	statement(&ddl, &s);
	return ddl;
}

struct ddl
gen_index_finish(const struct dialect *d, int64_t coll_id, const struct index *ix, struct arena *mem)
{
	struct ddl ddl = { 0 };
	struct sql s;

	sql_init(&s, d, mem);
	for (int unique = 0; index_has_rows(ix) && unique <= ix->unique; unique++) {
		if (unique)
			put_lit(&s.text, "CREATE UNIQUE INDEX soda_u_");
		else
			put_lit(&s.text, "CREATE INDEX soda_v_");
		buf_int(&s.text, ix->id);
		put_lit(&s.text, " ON ");
		sql_index_table(&s, ix->id);
		buf_char(&s.text, '(');
		for (size_t i = 0; i < ix->n_fields; i++) {
			sql_value_column(&s, i);
			if (!unique && ix->fields[i].descending)
				put_lit(&s.text, " DESC");
			put_lit(&s.text, ", ");
		}
		if (unique)
			put_lit(&s.text, "nn)");
		else
			put_lit(&s.text, "id)");
		statement(&ddl, &s);
	}
	if (ix->has_parsed || ix->indexes_parsed) {
		sql_parsed_index(&s, coll_id, ix);
		statement(&ddl, &s);
		sql_unparsed_index(&s, coll_id, ix);
		statement(&ddl, &s);
	}
	return ddl;
}

struct ddl
gen_index_drop(const struct dialect *d, const struct index *ix, struct arena *mem)
{
	void (*const tables[])(struct sql *, int64_t) = {
		index_has_rows(ix) ? sql_index_table : NULL, ix->has_words ? sql_words_table : NULL,
		ix->has_guide ? sql_guide_table : NULL,
	};
	struct ddl ddl = { 0 };
	struct sql s;

	sql_init(&s, d, mem);
	for (size_t i = 0; i < sizeof(tables) / sizeof(*tables); i++) {
		if (tables[i] == NULL)
			continue;
		put_lit(&s.text, "DROP TABLE ");
		tables[i](&s, ix->id);
		statement(&ddl, &s);
	}
	if (ix->indexes_parsed) {	/* they go with the table when that goes first */
		put_lit(&s.text, "DROP INDEX IF EXISTS soda_p_");
		buf_int(&s.text, ix->id);
		put_lit(&s.text, ", soda_n_");
		buf_int(&s.text, ix->id);
		statement(&ddl, &s);
	}
	return ddl;
}

/* Emptying a table of FTS5 costs as much as writing it; a new one costs nothing.  Servers have readers meanwhile. */
struct ddl
gen_words_renew(const struct dialect *d, const struct index *ix, struct arena *mem)
{
	const struct index words = { .id = ix->id, .kind = INDEX_SEARCH, .has_words = true };
	struct ddl ddl = { 0 }, again;
	struct sql s;

	if (d->words != WORDS_FTS5) {
		sql_init(&s, d, mem);
		put_lit(&s.text, "DELETE FROM ");
		sql_words_table(&s, ix->id);
		statement(&ddl, &s);
		return ddl;
	}
	ddl = gen_index_drop(d, &words, mem);
	again = gen_index_create(d, &words, mem);
	for (size_t i = 0; i < again.n; i++)
		ddl.text[ddl.n++] = again.text[i];
	return ddl;
}
