/* sql/gen_parsed.c - the parsed form of documents: where it is kept, and what a filter asks it
 *
 * A column `parsed` of the collection, or of the words of its search index.  It stands early in the row: to find it behind several
 * texts would take a third of the time of a scan; in tables of before it is the last one.  NULL where the engine would
 * refuse the document, which is a candidate of every filter then.
 */
#include "sql/gen.h"

#include "sql/array.h"

/* ---- tables ---- */

/* Statistics would be asked by running the filter over them for each plan.  By default rows of more than 2 KB are compressed, and
 * a scan would uncompress each of them, which costs more than the filter. */
void
sql_parsed_settings(struct sql *s)
{
	put_lit(&s->text, " ALTER COLUMN parsed SET STATISTICS 0, SET (toast_tuple_target = 4080)");
}

struct ddl
gen_parsed_column(const struct dialect *d, int64_t coll_id, struct arena *mem)
{
	struct ddl ddl = { .n = 1 };
	struct sql s;

	sql_init(&s, d, mem);
	put_lit(&s.text, "ALTER TABLE ");
	sql_coll_table(&s, coll_id);
	put_lit(&s.text, " ADD COLUMN parsed jsonb,");
	sql_parsed_settings(&s);
	ddl.text[0] = buf_z(&s.text);
	return ddl;
}

static void
put_table(struct sql *s, int64_t coll_id, const struct index *ix)
{
	if (ix->has_parsed)
		sql_words_table(s, ix->id);
	else
		sql_coll_table(s, coll_id);
}

void
sql_parsed_index(struct sql *s, int64_t coll_id, const struct index *ix)
{
	put_lit(&s->text, "CREATE INDEX soda_p_");
	buf_int(&s->text, ix->id);
	put_lit(&s->text, " ON ");
	put_table(s, coll_id, ix);
	put_lit(&s->text, " USING gin (parsed jsonb_path_ops) WITH (gin_pending_list_limit = 256)");
}

void
sql_unparsed_index(struct sql *s, int64_t coll_id, const struct index *ix)
{
	put_lit(&s->text, "CREATE INDEX soda_n_");
	buf_int(&s->text, ix->id);
	put_lit(&s->text, " ON ");
	put_table(s, coll_id, ix);
	put_lit(&s->text, "(seq) WHERE parsed IS NULL");
}

/* ---- values ---- */

void
sql_parsed(struct sql *s, struct span parsed)
{
	put_lit(&s->text, "CAST(");
	sql_bind(s, parsed.p == NULL ? BIND_N : BIND_T(parsed));
	put_lit(&s->text, " AS jsonb)");
}

static void
put_array(struct sql *s, enum abstract_type type, const struct span *texts, size_t n)
{
	const struct element *element = element_of(type);
	struct value *values = ARENA_ARRAY(s->text.mem, struct value, n);
	struct buf array;

	for (size_t i = 0; i < n; i++)
		values[i] = (struct value){ .kind = VALUE_TEXT, .text = texts[i] };
	buf_init(&array, s->text.mem);
	array_put(element, values, 1, n, &array);
	put_lit(&s->text, "unnest(CAST(");
	sql_bind(s, BIND_A(buf_text(&array)));
	put_lit(&s->text, " AS ");
	buf_addz(&s->text, element->type);
	put_lit(&s->text, "[]))");
}

struct query
gen_parsed_fill(const struct dialect *d, const struct coll *coll, const struct span *held, const struct span *parsed, size_t n_docs,
    struct arena *mem)
{
	struct sql s;

	sql_init(&s, d, mem);
	put_lit(&s.text, "UPDATE ");
	sql_coll_table(&s, coll->id);
	put_lit(&s.text, " c SET parsed = CAST(v.parsed AS jsonb) FROM (SELECT ");
	put_array(&s, ABS_TEXT, held, n_docs);
	put_lit(&s.text, " AS id, ");
	put_array(&s, ABS_JSON, parsed, n_docs);
	put_lit(&s.text, " AS parsed) v WHERE c.id = v.id AND c.parsed IS NULL");
	return sql_query(&s);
}

/* ---- filters ---- */

static void
put_column(struct sql *s, const struct choice *choice)
{
	buf_addz(&s->text, choice->parsed != NULL ? "w.parsed" : "c.parsed");
}

static void
put_asked(struct sql *s, const struct choice *choice)
{
	put_column(s, choice);
	put_lit(&s->text, " @@ CAST(");
	sql_bind(s, BIND_T(choice->path.text));
	put_lit(&s->text, " AS jsonpath)");
}

/* An engine that plans without values cannot know whether the index helps with this filter: only the form without IS may use it. */
void
sql_parsed_wanted(struct sql *s, const struct choice *choice, bool by_index)
{
	buf_char(&s->text, '(');
	put_asked(s, choice);
	if (by_index) {
		put_lit(&s->text, " OR ");
		put_column(s, choice);
		put_lit(&s->text, " IS NULL)");
	} else {
		put_lit(&s->text, ") IS NOT FALSE");
	}
}
