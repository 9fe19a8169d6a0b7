/* sql/gen.c - plans into SELECT statements: where rows come from and what they have to satisfy
 *
 * Names in a query: c is the collection, i the index that leads, w its search index: words and
 * parsed documents, o the index that holds the order, x
 * another one that is asked about a document, r the ranges of the lead that are gone through one after the other: joined by
 * OR, SQLite would rather read every row.  The lead comes first (dialect->joins).
 */
#include "sql/gen_read.h"

#include "sql/keytext.h"

#include <stdint.h>

void
sql_begin(struct reader *r, const struct dialect *d, struct arena *mem)
{
	sql_init(&r->s, d, mem);
	r->has_needles = sql_has_needles(d, r->choice, mem);
}

void
sql_and(struct reader *r)
{
	if (r->is_first)
		put_lit(&r->s.text, " WHERE ");
	else
		put_lit(&r->s.text, " AND ");
	r->is_first = false;
}

void
sql_id(struct reader *r)
{
	buf_char(&r->s.text, r->lead);
	put_lit(&r->s.text, ".id");
}

static void
bind_value(struct reader *r, struct span value)
{
	if (r->hides_values)
		buf_addz(&r->s.text, r->s.dialect->unseen[0]);
	sql_bind(&r->s, BIND_T(value));
	if (r->hides_values)
		buf_addz(&r->s.text, r->s.dialect->unseen[1]);
}

/* values as a list whose length is a power of two, the last one repeated, so that there are few shapes of statements */
static void
put_list(struct reader *r, const struct span *values, size_t n)
{
	struct sql *s = &r->s;
	size_t n_shape = 1;

	while (n_shape < n)
		n_shape *= 2;
	if (n_shape == 1) {
		put_lit(&s->text, " = ");
		bind_value(r, values[0]);
		return;
	}
	put_lit(&s->text, " IN (");
	for (size_t i = 0; i < n_shape; i++) {
		if (i > 0)
			put_lit(&s->text, ", ");
		sql_bind(s, BIND_T(values[i < n ? i : n - 1]));
	}
	buf_char(&s->text, ')');
}

static void
put_key_bound(struct reader *r, bool wanted, bool lower, struct span key)
{
	struct span held;

	if (!wanted)
		return;
	if (!keytext_hold(&r->plan->coll->meta, key, r->s.text.mem, &held)) {
		r->is_empty = true;
		return;
	}
	sql_and(r);
	sql_id(r);
	if (lower)
		put_lit(&r->s.text, " > ");
	else
		put_lit(&r->s.text, " < ");
	bind_value(r, held);
}

static void
put_keys(struct reader *r, const struct cond *c)
{
	struct arena *mem = r->s.text.mem;
	struct span *held = ARENA_ARRAY(mem, struct span, c->n_values);
	size_t n = 0;

	for (size_t i = 0; i < c->n_values; i++)
		if (keytext_hold(&r->plan->coll->meta, c->values[i].text, mem, &held[n]))
			n++;
	if (n == 0) {
		r->is_empty = true;
		return;
	}
	sql_and(r);
	sql_id(r);
	put_list(r, held, n);
}

static void
put_times(struct reader *r)
{
	if (r->plan->has_since) {
		sql_and(r);
		put_lit(&r->s.text, "c.modified > ");
		sql_bind(&r->s, BIND_I(r->plan->since_us));
	}
	if (r->plan->has_until) {
		sql_and(r);
		put_lit(&r->s.text, "c.modified <= ");
		sql_bind(&r->s, BIND_I(r->plan->until_us));
	}
}

void
sql_value_name(struct sql *s, char table, size_t field)
{
	buf_char(&s->text, table);
	buf_char(&s->text, '.');
	sql_value_column(s, field);
}

static void
put_range(struct reader *r, char table, size_t field, const struct range *g)
{
	struct sql *s = &r->s;

	if (g->lo.p != NULL) {
		sql_value_name(s, table, field);
		if (g->lo_open)
			put_lit(&s->text, " > ");
		else
			put_lit(&s->text, " >= ");
		bind_value(r, g->lo);
	}
	if (g->lo.p != NULL && g->hi.p != NULL)
		put_lit(&s->text, " AND ");
	if (g->hi.p != NULL) {
		sql_value_name(s, table, field);
		if (g->hi_open)
			put_lit(&s->text, " < ");
		else
			put_lit(&s->text, " <= ");
		bind_value(r, g->hi);
	}
}

void
sql_reach(struct reader *r, char table, const struct use *u)
{
	const struct reach *reach = &u->reach;
	struct sql *s = &r->s;

	if (reach->n_points > 0) {
		sql_value_name(s, table, u->field);
		put_list(r, reach->points, reach->n_points);
	} else if (reach->n_ranges > 0) {
		for (size_t i = 0; i < reach->n_ranges; i++) {
			buf_addz(&s->text, i > 0 ? " OR " : "(");
			put_range(r, table, u->field, &reach->ranges[i]);
		}
		buf_char(&s->text, ')');
	} else {
		put_range(r, table, u->field, &reach->range);
	}
}

static void
put_uses(struct reader *r)
{
	for (size_t i = 0; i < r->choice->n_uses; i++) {
		const struct use *u = &r->choice->uses[i];

		sql_and(r);
		if (u == r->ranges) {
			sql_value_name(&r->s, 'i', u->field);
			put_lit(&r->s.text, " >= r.lo AND ");
			sql_value_name(&r->s, 'i', u->field);
			put_lit(&r->s.text, " <= r.hi");
			continue;
		}
		if (u->index == r->choice->lead) {
			sql_reach(r, 'i', u);
			continue;
		}
		put_lit(&r->s.text, "EXISTS (SELECT 1 FROM ");
		sql_index_table(&r->s, u->index->id);
		put_lit(&r->s.text, " x WHERE x.id = ");
		sql_id(r);
		put_lit(&r->s.text, " AND ");
		sql_reach(r, 'x', u);
		buf_char(&r->s.text, ')');
	}
}

/* ---- the parts of a SELECT ---- */

static const struct use *
find_ranges(const struct choice *ch)
{
	for (size_t i = 0; i < ch->n_uses; i++)
		if (ch->uses[i].index == ch->lead && ch->uses[i].reach.n_ranges > 0)
			return &ch->uses[i];
	return NULL;
}

static void
put_ranges(struct sql *s, const struct reach *reach)
{
	for (size_t i = 0; i < reach->n_ranges; i++) {
		buf_addz(&s->text, i == 0 ? "(SELECT " : " UNION ALL SELECT ");
		sql_bind(s, BIND_T(reach->ranges[i].lo));
		buf_addz(&s->text, i == 0 ? " AS lo, " : ", ");
		sql_bind(s, BIND_T(reach->ranges[i].hi));
		buf_addz(&s->text, i == 0 ? " AS hi" : "");
	}
	put_lit(&s->text, ") r CROSS JOIN ");
}

static void
put_from(struct reader *r)
{
	const struct choice *ch = r->choice;
	struct sql *s = &r->s;

	r->ranges = ch->lead == NULL || ch->crowd == CROWD_MANY || s->dialect->joins_ranges ? NULL : find_ranges(ch);
	if (ch->lead != NULL) {
		put_lit(&s->text, " FROM ");
		if (r->ranges != NULL)
			put_ranges(s, &r->ranges->reach);
		sql_index_table(s, ch->lead->id);
		put_lit(&s->text, " i");
		if (r->needs_coll) {
			buf_addz(&s->text, s->dialect->joins);
			sql_coll_table(s, r->plan->coll->id);
			put_lit(&s->text, " c");
		}
		if (r->has_words) {
			put_lit(&s->text, " CROSS JOIN ");
			sql_words_table(s, choice_words(ch)->id);
			put_lit(&s->text, " w");
		}
	} else {
		put_lit(&s->text, " FROM ");
		if (r->has_words) {
			sql_words_table(s, choice_words(ch)->id);
			put_lit(&s->text, " w CROSS JOIN ");
		}
		sql_coll_table(s, r->plan->coll->id);
		put_lit(&s->text, " c");
	}
	if (ch->by != NULL) {
		put_lit(&s->text, " CROSS JOIN ");
		sql_index_table(s, ch->by->id);
		put_lit(&s->text, " o");
	}
	if (ch->lead != NULL && r->needs_coll) {
		sql_and(r);
		put_lit(&s->text, "c.id = i.id");
	}
	if (r->by_words) {
		sql_and(r);
		sql_words_wanted(s, ch);
	}
	if (r->has_words) {
		sql_and(r);
		put_lit(&s->text, "c.seq = ");
		buf_addz(&s->text, words_seq(s->dialect));
	}
	if (ch->path.text.n > 0) {
		sql_and(r);
		sql_parsed_wanted(s, ch, r->by_path);
	}
	if (ch->by != NULL) {
		sql_and(r);
		put_lit(&s->text, "o.id = ");
		sql_id(r);
	}
}

static void
put_inline_content(struct sql *s)
{
	put_lit(&s->text, "CASE WHEN c.bytes <= ");
	buf_int(&s->text, INLINE_BYTES);
	put_lit(&s->text, " THEN c.content END");
}

void
sql_what(struct reader *r, enum columns columns)
{
	struct sql *s = &r->s;

	put_lit(&s->text, "SELECT ");
	switch (columns) {
	case COLUMNS_COUNT:
		put_lit(&s->text, "count(*)");
		break;
	case COLUMNS_KEY:
		sql_id(r);
		if (r->is_inner && r->lead == 'c')
			put_lit(&s->text, ", c.seq");
		if (r->is_inner)
			sql_sort_columns(r);
		break;
	case COLUMNS_SCAN:
		put_lit(&s->text, "c.seq, c.id, c.bytes, ");
		put_inline_content(s);
		break;
	case COLUMNS_ROW:
	case COLUMNS_CONTENT:
		sql_head_begin(s);
		sql_tie(r);
		sql_head_end(s, r->plan->coll);
		buf_addz(&s->text, meta_is_hetero(&r->plan->coll->meta) ? ", c.id, c.media" : ", c.id");
		if (columns == COLUMNS_ROW)
			break;
		put_lit(&s->text, ", ");
		put_inline_content(s);
		break;
	case COLUMNS_STORED:
		put_lit(&s->text, "c.*");
		break;
	}
}

/* + 0: what was found is sorted.  Where an index leads, in the order of seq all rows would be read until enough are found; where
 * none does, an index over seq would be gone through, row by row. */
static const char *
storage_order(const struct reader *r)
{
	if (r->by_words)
		return words_order(r->s.dialect);
	if (r->by_path || r->choice->in_one_pass)
		return r->has_words ? "(w.seq + 0)" : "(c.seq + 0)";
	return r->has_words ? "w.seq" : "c.seq";
}

void
sql_select(struct reader *r, enum columns columns)
{
	const struct plan *p = r->plan;
	bool by_candidates = columns == COLUMNS_SCAN || r->choice->by_candidates;
	const char *by;

	r->lead = r->choice->lead != NULL ? 'i' : 'c';
	r->is_first = true;
	r->needs_coll = columns >= COLUMNS_SCAN || p->has_since || p->has_until || r->has_needles || r->choice->path.text.n > 0
	    || (r->choice->is_sorted && p->sort == SORT_TIME);
	r->by_words = r->choice->searched != NULL && by_candidates;
	r->by_path = r->choice->path.is_indexed && by_candidates;
	r->has_words = r->by_words || r->choice->parsed != NULL;
	by = storage_order(r);
	sql_what(r, columns);
	put_from(r);
	put_uses(r);
	for (size_t i = 0; i < r->choice->n_keys; i++)
		put_keys(r, r->choice->keys[i]);
	if (columns != COLUMNS_COUNT) {
		put_key_bound(r, p->has_after, true, p->after);
		put_key_bound(r, p->has_before, false, p->before);
	}
	put_times(r);
	if (columns == COLUMNS_SCAN) {
		sql_and(r);
		buf_addz(&r->s.text, by);
		put_lit(&r->s.text, " > ");
		sql_bind(&r->s, BIND_I(r->after_seq));
	}
	if (r->has_needles) {
		sql_and(r);
		sql_needles(&r->s, r->choice);
	}
	if (columns == COLUMNS_SCAN) {
		put_lit(&r->s.text, " ORDER BY ");
		buf_addz(&r->s.text, by);
	} else if (columns != COLUMNS_COUNT) {
		sql_bound(r);
		sql_order(r);
	}
}

bool
gen_scan(const struct dialect *d, const struct plan *plan, const struct choice *choice, int64_t after_seq,
    uint64_t n_rows, struct arena *mem, struct query *out)
{
	struct reader r = { .plan = plan, .choice = choice, .after_seq = after_seq };

	sql_begin(&r, d, mem);
	sql_select(&r, COLUMNS_SCAN);
	sql_limit(&r.s, n_rows, 0);
	*out = sql_query(&r.s);
	return !r.is_empty && !choice->is_empty;
}

bool
gen_count(const struct dialect *d, const struct plan *plan, const struct choice *choice, struct arena *mem,
    struct query *out)
{
	struct reader r = { .plan = plan, .choice = choice };

	sql_begin(&r, d, mem);
	sql_select(&r, COLUMNS_COUNT);
	*out = sql_query(&r.s);
	return !r.is_empty && !choice->is_empty;
}

struct query
gen_lead_sample(const struct dialect *d, const struct plan *plan, const struct choice *choice, uint64_t n_rows, struct arena *mem)
{
	struct reader r = { .plan = plan, .choice = choice, .lead = 'i', .is_first = true };

	sql_init(&r.s, d, mem);
	put_lit(&r.s.text, "SELECT count(*) FROM (SELECT * FROM ");
	sql_index_table(&r.s, choice->lead->id);
	put_lit(&r.s.text, " ORDER BY id");
	if (plan->sort == SORT_KEY_DESCENDING)
		put_lit(&r.s.text, " DESC");
	sql_limit(&r.s, n_rows, 0);
	put_lit(&r.s.text, ") i");
	put_uses(&r);
	return sql_query(&r.s);
}
