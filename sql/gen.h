/* sql/gen.h - plans and documents into SQL: the only files that compose it
 *
 * Values are always bound.  Names of tables and columns are made from numbers here and never from input.  Constant text
 * enters through put_lit(), which does not compile for a variable.
 *
 * gen.c        reading: struct plan -> struct query
 * gen_page.c   pages: order, limit, steps
 * gen_one.c    one document
 * gen_needle.c tests on the bare text of documents
 * gen_parsed.c tests on their parsed form
 * gen_write.c  rows into collections and index tables
 * gen_whole.c  both in one statement
 * gen_unfold.c many rows as an array for each column
 * gen_search.c the same for search indexes
 * gen_ddl.c    tables and indexes
 * gen_text.c   what all of them write with
 */
#ifndef CORDS_SQL_GEN_H
#define CORDS_SQL_GEN_H

#include "sql/choose.h"
#include "sql/dialect.h"
#include "sql/stmt.h"

/* A query as it grows: text and values side by side. */
struct sql {
	struct buf text;
	const struct dialect *dialect;
	struct bind *binds;
	size_t n_binds, cap_binds;
};

void sql_init(struct sql *s, const struct dialect *d, struct arena *mem);
void sql_bind(struct sql *s, struct bind b);		/* a marker, and its value */
struct query sql_query(const struct sql *s);		/* borrowed */
void sql_coll_table(struct sql *s, int64_t coll_id);	/* soda_c_<n> */
void sql_index_table(struct sql *s, int64_t index_id);	/* soda_i_<n> */
void sql_words_table(struct sql *s, int64_t index_id);	/* soda_t_<n> */
void sql_guide_table(struct sql *s, int64_t index_id);	/* soda_g_<n> */
void sql_value_column(struct sql *s, size_t field);	/* v<field + 1> */
/* rev, created, modified, bytes, maybe other numbers, and the version if there is one, as one column, which has to be the first
 * (stmt_head()).  Other numbers stand between both, dialect->head[1] in front of each */
void sql_head_begin(struct sql *s);
void sql_head_end(struct sql *s, const struct coll *coll);

/* ---- reading ---- */

/* What a row holds.  COLUMNS_CONTENT: a head, which tells after the bytes whether the row may tie when choice->may_tie, the key,
 * of heterogeneous collections media, and the content, NULL when it has more than INLINE_BYTES: drivers read a whole result before
 * they hand out its first row, and a page of large documents would not fit.  COLUMNS_ROW: the same without content.  COLUMNS_SCAN:
 * seq, key, bytes, content.  COLUMNS_KEY: the key, where no rows tie.  COLUMNS_STORED: all of the table, inside of a statement. */
enum columns { COLUMNS_COUNT, COLUMNS_KEY, COLUMNS_SCAN, COLUMNS_ROW, COLUMNS_CONTENT, COLUMNS_STORED };
enum { INLINE_BYTES = 16384 };

/*
 * gen_page - one bounded page of the rows of a plan
 *
 * choice  of choose(plan, true, ...), sorted; plan may have got other key bounds since
 * columns with choice->keys_only either COLUMNS_KEY, or as anything else: then the keys of the page are found first, and
 *         joined with their rows in the same statement
 * n_rows, n_skip  LIMIT and OFFSET; limit and offset of the plan do not count
 * returns false: nothing can match, there is no query
 */
bool gen_page(const struct dialect *d, const struct plan *plan, const struct choice *choice, enum columns columns,
    uint64_t n_rows, uint64_t n_skip, struct arena *mem, struct query *out);

/* What the bare text of a collection called c tells about the rest of a choice: true for all that match, and maybe more.  Is there
 * anything?  Only then it is written */
bool sql_has_needles(const struct dialect *d, const struct choice *choice, struct arena *mem);
void sql_needles(struct sql *s, const struct choice *choice);

/* Rows in the order of storage, those with a seq above after_seq: for whoever looks at all documents.  choice: of
 * choose(plan, false, ...), without lead.  Columns are COLUMNS_SCAN.  false: nothing can match */
bool gen_scan(const struct dialect *d, const struct plan *plan, const struct choice *choice, int64_t after_seq,
    uint64_t n_rows, struct arena *mem, struct query *out);

/* One number: how many of the first n_rows in the order of keys the lead of a choice finds. */
struct query gen_lead_sample(const struct dialect *d, const struct plan *plan, const struct choice *choice, uint64_t n_rows,
    struct arena *mem);

/* One number: about how many rows there are, never less. */
struct query gen_size(const struct dialect *d, const struct coll *coll, struct arena *mem);

/* One number: how many rows match.  choice: of choose(plan, false, ...), without residue.  Order, page and key bounds do not
 * count.  false: nothing can match */
bool gen_count(const struct dialect *d, const struct plan *plan, const struct choice *choice, struct arena *mem,
    struct query *out);

/* One document by its key as held; content of any size, or only its length and the content. */
struct query gen_get(const struct dialect *d, const struct coll *coll, struct span held, bool want_content,
    struct arena *mem);
struct query gen_content(const struct dialect *d, const struct coll *coll, struct span held, struct arena *mem);

/* ---- writing ---- */

/* A row as it is written; the key as held. */
struct row {
	struct span held;
	const struct doc *doc;
	bool overwrites;		/* of a replacement: whatever has this key and is older, instead of doc->rev */
};

/* of every collection; those of some follow */
#define DOCUMENT_COLUMNS "id, rev, version, created, modified, bytes, backslash, media, content"
/* rows of one INSERT: 32, 8, 2 or 1, so that few statements have to be kept, and not too long ones where the driver is made to keep
 * them */
enum { INSERT_MOST_ROWS = 32, DOCUMENT_N_COLUMNS = 9 };
/* how many the next one takes.  ix NULL: of documents */
size_t gen_insert_rows(const struct dialect *d, const struct index *ix, size_t n_left);

/* counter: of the catalogue by which the row was made, where nothing else keeps it (catalog_cache.h, catalog_to_compare()); then
 * when it has moved an INSERT fails CONSTRAINT, and others find no row.  NULL: it need not be compared */
struct query gen_insert(const struct dialect *d, const struct coll *coll, const struct row *rows, size_t n_rows,
    const int64_t *counter, struct arena *mem);
/* Many rows in one statement of one text, however many they are, when the counter need not be compared.  gen_unfold_rows(): how
 * many the next one takes; 0: the engine does not unfold arrays */
size_t gen_unfold_rows(const struct dialect *d, const struct row *rows, size_t n_left);
struct query gen_insert_unfolded(const struct dialect *d, const struct coll *coll, const struct row *rows, size_t n_rows,
    struct arena *mem);
struct query gen_replace(const struct dialect *d, const struct coll *coll, const struct row *row, const int64_t *counter,
    struct arena *mem);
struct query gen_remove(const struct dialect *d, const struct coll *coll, struct span held, int64_t rev,
    const int64_t *counter, struct arena *mem);
struct query gen_truncate(const struct dialect *d, const struct coll *coll, struct arena *mem);

/* entries[i * stride] belongs to rows[i] */
struct query gen_entry_insert(const struct dialect *d, const struct row *rows, const struct index_entry *entries,
    size_t stride, size_t n_rows, struct arena *mem);
struct query gen_entry_replace(const struct dialect *d, struct span held, const struct index_entry *entry,
    struct arena *mem);
struct query gen_entry_remove(const struct dialect *d, const struct index *ix, struct span held, struct arena *mem);
struct query gen_entry_truncate(const struct dialect *d, const struct index *ix, struct arena *mem);

/*
 * One document together with its entries, in one statement that is a transaction of its own (stmt_exec_comparing()), where the
 * dialect has such and no search index is among them.  counter: never NULL.  Where an index has no entry of the document, a block
 * fails CONSTRAINT; WITH writes one, or removes none.
 */
struct query gen_insert_whole(const struct dialect *d, const struct coll *coll, const struct row *row,
    const struct index_entry *entries, size_t n_entries, const int64_t *counter, struct arena *mem);
struct query gen_replace_whole(const struct dialect *d, const struct coll *coll, const struct row *row,
    const struct index_entry *entries, size_t n_entries, const int64_t *counter, struct arena *mem);
struct query gen_remove_whole(const struct dialect *d, const struct coll *coll, struct span held, int64_t rev,
    const int64_t *counter, struct arena *mem);

/* the key of the row that holds these values in a unique index */
struct query gen_entry_holder(const struct dialect *d, const struct index_entry *entry, struct arena *mem);

/* ---- search indexes ---- */

/* how far the words of many documents are written */
struct words_at {
	size_t row, byte;
	int64_t n_changed;		/* rows that the last statement touches */
};
/* As many words as one statement takes, from *at on, which moves behind them.  entries[i * stride] belongs to rows[i], whose
 * document is there */
struct query gen_words_insert(const struct dialect *d, const struct coll *coll, const struct row *rows,
    const struct index_entry *entries, size_t stride, size_t n_rows, struct words_at *at, struct arena *mem);
/* not with WORDS_ROWS: there words are cleared and inserted */
struct query gen_words_replace(const struct dialect *d, const struct coll *coll, struct span held,
    const struct index_entry *entry, struct arena *mem);
struct query gen_words_clear(const struct dialect *d, const struct coll *coll, const struct index *ix, struct span held,
    struct arena *mem);
/* of a document by its seq, which is one number of a document as long as it is there */
struct query gen_words_remove(const struct dialect *d, const struct index *ix, int64_t seq, struct arena *mem);
struct query gen_seq(const struct dialect *d, const struct coll *coll, struct span held, struct arena *mem);
/* parts of a SELECT from a table of words called w: the condition, the column that is seq of a document, what rows are ordered by */
void sql_words_wanted(struct sql *s, const struct choice *choice);
const char *words_seq(const struct dialect *d);
const char *words_order(const struct dialect *d);
/* one number: how many candidates the engine finds by its indexes, counted up to `most` */
struct query gen_candidates_count(const struct dialect *d, const struct coll *coll, const struct choice *choice, uint64_t most,
    struct arena *mem);

/* id, parent, name, types and the three lengths of at most n_rows rows from number `from` on */
struct query gen_guide_read(const struct dialect *d, const struct index *ix, size_t from, size_t n_rows, struct arena *mem);
struct query gen_guide_insert(const struct dialect *d, const struct index *ix, size_t id, const struct fact *f,
    struct arena *mem);
/* a row takes what it did not have yet; a fact without types waits for whoever else grows the guide, and keeps them waiting */
struct query gen_guide_grow(const struct dialect *d, const struct index *ix, size_t id, const struct fact *f,
    struct arena *mem);

bool entry_is_missing(const struct index_entry *entry);	/* all of its values are: never a duplicate */

/* ---- the parsed form of documents ---- */

void sql_parsed(struct sql *s, struct span parsed);			/* a value, from text; p NULL: NULL */
void sql_parsed_wanted(struct sql *s, const struct choice *choice, bool by_index);	/* of c or w: is this row a candidate? */
void sql_parsed_settings(struct sql *s);				/* of a table that has it, behind ALTER TABLE name */
struct query gen_parsed_fill(const struct dialect *d, const struct coll *coll, const struct span *held, const struct span *parsed,
    size_t n_docs, struct arena *mem);					/* of documents that have none */
void sql_parsed_index(struct sql *s, int64_t coll_id, const struct index *ix);	/* over values at their paths */
void sql_unparsed_index(struct sql *s, int64_t coll_id, const struct index *ix);	/* over rows without */

/* ---- definitions: NUL-terminated statements, in the order in which they run ---- */

struct ddl {
	size_t n;
	const char *text[6];
};
struct ddl gen_coll_create(const struct dialect *d, const struct coll *coll, struct arena *mem);	/* by id, meta, has_parsed */
struct ddl gen_parsed_column(const struct dialect *d, int64_t coll_id, struct arena *mem);	/* for a table that has none */
struct ddl gen_coll_drop(const struct dialect *d, int64_t id, struct arena *mem);
struct ddl gen_index_create(const struct dialect *d, const struct index *ix, struct arena *mem);	/* without order */
struct ddl gen_index_finish(const struct dialect *d, int64_t coll_id, const struct index *ix, struct arena *mem);	/* unique last */
struct ddl gen_index_drop(const struct dialect *d, const struct index *ix, struct arena *mem);
struct ddl gen_words_renew(const struct dialect *d, const struct index *ix, struct arena *mem);

#endif
