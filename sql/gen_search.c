/* sql/gen_search.c - words and data guide of a search index */
#include "sql/gen.h"

/* ---- words ---- */

struct query
gen_words_insert(const struct dialect *d, const struct coll *coll, const struct row *rows,
    const struct index_entry *entries, size_t stride, size_t n_rows, struct arena *mem)
{
	struct sql s;

	sql_init(&s, d, mem);
	put_lit(&s.text, "INSERT INTO ");
	sql_words_table(&s, entries[0].index->id);
	put_lit(&s.text, "(rowid, t) SELECT c.seq, v.column2 FROM (VALUES ");
	for (size_t i = 0; i < n_rows; i++) {
		if (i > 0)
			put_lit(&s.text, ", ");
		buf_char(&s.text, '(');
		sql_bind(&s, BIND_T(rows[i].held));
		put_lit(&s.text, ", ");
		sql_bind(&s, BIND_T(entries[i * stride].words));
		buf_char(&s.text, ')');
	}
	put_lit(&s.text, ") v CROSS JOIN ");
	sql_coll_table(&s, coll->id);
	put_lit(&s.text, " c WHERE c.id = v.column1");
	return sql_query(&s);
}

static void
put_seq(struct sql *s, const struct coll *coll, struct span held)
{
	put_lit(&s->text, " WHERE rowid = (SELECT c.seq FROM ");
	sql_coll_table(s, coll->id);
	put_lit(&s->text, " c WHERE c.id = ");
	sql_bind(s, BIND_T(held));
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
	sql_bind(&s, BIND_T(entry->words));
	put_seq(&s, coll, held);
	buf_char(&s.text, ')');
	return sql_query(&s);
}

struct query
gen_words_remove(const struct dialect *d, const struct coll *coll, const struct index *ix, struct span held, int64_t rev,
    struct arena *mem)
{
	struct sql s;

	sql_init(&s, d, mem);
	put_lit(&s.text, "DELETE FROM ");
	sql_words_table(&s, ix->id);
	put_seq(&s, coll, held);
	put_lit(&s.text, " AND c.rev = ");
	sql_bind(&s, BIND_I(rev));
	buf_char(&s.text, ')');
	return sql_query(&s);
}

void
sql_words_wanted(struct sql *s, const struct choice *choice)
{
	struct buf b;

	buf_char(&s->text, 'w');
	buf_char(&s->text, '.');
	sql_words_table(s, choice->searched->id);
	put_lit(&s->text, " MATCH ");
	buf_init(&b, s->text.mem);
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

struct query
gen_words_count(const struct dialect *d, const struct choice *choice, uint64_t most, struct arena *mem)
{
	struct sql s;

	sql_init(&s, d, mem);
	put_lit(&s.text, "SELECT count(*) FROM (SELECT w.rowid FROM ");
	sql_words_table(&s, choice->searched->id);
	put_lit(&s.text, " w WHERE ");
	sql_words_wanted(&s, choice);
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
