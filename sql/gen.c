/* sql/gen.c - plans into SELECT statements
 *
 * Names in a query: c is the collection, i the index that leads, w its search index: words and
 * parsed documents, o the index that holds the order, x
 * another one that is asked about a document, r the ranges of the lead that are gone through one after the other: joined by
 * OR, SQLite would rather read every row.  CROSS JOIN says to every engine that the lead comes first.
 * k are the keys of a page, with what they are ordered by as s1, s2 ...
 */
#include "sql/gen.h"

#include "sql/keytext.h"

#include <stdint.h>

/* ---- one query ---- */

struct reader {
	struct sql s;
	const struct plan *plan;
	const struct choice *choice;
	char lead;			/* the name whose id is the document's key: 'c' or 'i' */
	const struct use *ranges;	/* of the lead, as r; NULL: there are none */
	bool needs_coll;		/* c has to be there */
	bool has_needles;
	bool by_words;			/* w leads to c by what it holds */
	bool by_path;			/* an index over parsed documents leads, of w or c */
	bool has_words;			/* there is a w */
	bool is_joined, is_inner;	/* there is a k; it is being written */
	bool is_first;			/* no condition was written yet */
	bool is_empty;
	int64_t after_seq;		/* COLUMNS_SCAN */
};

static void
and(struct reader *r)
{
	if (r->is_first)
		put_lit(&r->s.text, " WHERE ");
	else
		put_lit(&r->s.text, " AND ");
	r->is_first = false;
}

static void
put_id(struct reader *r)
{
	buf_char(&r->s.text, r->lead);
	put_lit(&r->s.text, ".id");
}

/* values as a list whose length is a power of two, the last one repeated, so that there are few shapes of statements */
static void
put_list(struct sql *s, const struct span *values, size_t n)
{
	size_t n_shape = 1;

	while (n_shape < n)
		n_shape *= 2;
	if (n_shape == 1) {
		put_lit(&s->text, " = ");
		sql_bind(s, BIND_T(values[0]));
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
	and(r);
	put_id(r);
	if (lower)
		put_lit(&r->s.text, " > ");
	else
		put_lit(&r->s.text, " < ");
	sql_bind(&r->s, BIND_T(held));
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
	and(r);
	put_id(r);
	put_list(&r->s, held, n);
}

static void
put_times(struct reader *r)
{
	if (r->plan->has_since) {
		and(r);
		put_lit(&r->s.text, "c.modified > ");
		sql_bind(&r->s, BIND_I(r->plan->since_us));
	}
	if (r->plan->has_until) {
		and(r);
		put_lit(&r->s.text, "c.modified <= ");
		sql_bind(&r->s, BIND_I(r->plan->until_us));
	}
}

static void
put_value_name(struct sql *s, char table, size_t field)
{
	buf_char(&s->text, table);
	buf_char(&s->text, '.');
	sql_value_column(s, field);
}

static void
put_range(struct sql *s, char table, size_t field, const struct range *g)
{
	if (g->lo.p != NULL) {
		put_value_name(s, table, field);
		if (g->lo_open)
			put_lit(&s->text, " > ");
		else
			put_lit(&s->text, " >= ");
		sql_bind(s, BIND_T(g->lo));
	}
	if (g->lo.p != NULL && g->hi.p != NULL)
		put_lit(&s->text, " AND ");
	if (g->hi.p != NULL) {
		put_value_name(s, table, field);
		if (g->hi_open)
			put_lit(&s->text, " < ");
		else
			put_lit(&s->text, " <= ");
		sql_bind(s, BIND_T(g->hi));
	}
}

static void
put_reach(struct sql *s, char table, const struct use *u)
{
	const struct reach *r = &u->reach;

	if (r->n_points > 0) {
		put_value_name(s, table, u->field);
		put_list(s, r->points, r->n_points);
	} else if (r->n_ranges > 0) {
		for (size_t i = 0; i < r->n_ranges; i++) {
			buf_addz(&s->text, i > 0 ? " OR " : "(");
			put_range(s, table, u->field, &r->ranges[i]);
		}
		buf_char(&s->text, ')');
	} else {
		put_range(s, table, u->field, &r->range);
	}
}

static void
put_uses(struct reader *r)
{
	for (size_t i = 0; i < r->choice->n_uses; i++) {
		const struct use *u = &r->choice->uses[i];

		and(r);
		if (u == r->ranges) {
			put_value_name(&r->s, 'i', u->field);
			put_lit(&r->s.text, " >= r.lo AND ");
			put_value_name(&r->s, 'i', u->field);
			put_lit(&r->s.text, " <= r.hi");
			continue;
		}
		if (u->index == r->choice->lead) {
			put_reach(&r->s, 'i', u);
			continue;
		}
		put_lit(&r->s.text, "EXISTS (SELECT 1 FROM ");
		sql_index_table(&r->s, u->index->id);
		put_lit(&r->s.text, " x WHERE x.id = ");
		put_id(r);
		put_lit(&r->s.text, " AND ");
		put_reach(&r->s, 'x', u);
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
			put_lit(&s->text, " CROSS JOIN ");
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
		and(r);
		put_lit(&s->text, "c.id = i.id");
	}
	if (r->by_words) {
		and(r);
		sql_words_wanted(s, ch);
	}
	if (r->has_words) {
		and(r);
		put_lit(&s->text, "c.seq = ");
		buf_addz(&s->text, words_seq(s->dialect));
	}
	if (ch->path.text.n > 0) {
		and(r);
		sql_parsed_wanted(s, ch, r->by_path);
	}
	if (ch->by != NULL) {
		and(r);
		put_lit(&s->text, "o.id = ");
		put_id(r);
	}
}

static void
put_sort_column(struct reader *r, size_t n)
{
	struct sql *s = &r->s;

	if (r->plan->sort == SORT_TIME)
		put_lit(&s->text, "c.modified");
	else
		put_value_name(s, r->choice->by != NULL ? 'o' : 'i', r->choice->order[n].field);
}

static size_t
n_sort_columns(const struct reader *r)
{
	return r->plan->sort == SORT_TIME ? 1 : r->choice->n_order;
}

/* An index that leads was chosen because few rows are expected: the engine is not to read all of them for the sake of the order. */
static bool
sorts_keys(const struct reader *r)
{
	enum crowd crowd = r->choice->crowd;

	return r->choice->keys_only && n_sort_columns(r) == 0 && crowd != CROWD_MANY
	    && (crowd == CROWD_FEW || !r->s.dialect->counts_ahead);
}

static void
put_key_order(struct reader *r)
{
	put_id(r);
	if (sorts_keys(r))
		buf_addz(&r->s.text, r->s.dialect->by_sorting);
	if (r->plan->sort == SORT_KEY_DESCENDING)
		put_lit(&r->s.text, " DESC");
}

static void
put_direction(struct reader *r, size_t n)
{
	if (r->plan->sort != SORT_TIME && r->choice->order[n].descending)
		put_lit(&r->s.text, " DESC");
	put_lit(&r->s.text, ", ");
}

static void
put_order(struct reader *r)
{
	put_lit(&r->s.text, " ORDER BY ");
	for (size_t i = 0; i < n_sort_columns(r); i++) {
		put_sort_column(r, i);
		put_direction(r, i);
	}
	put_key_order(r);
}

static void
put_page(struct sql *s, uint64_t n_rows, uint64_t n_skip)
{
	put_lit(&s->text, " LIMIT ");
	sql_bind(s, BIND_I(n_rows > INT64_MAX ? INT64_MAX : (int64_t)n_rows));
	if (n_skip > 0) {
		put_lit(&s->text, " OFFSET ");
		sql_bind(s, BIND_I(n_skip > INT64_MAX ? INT64_MAX : (int64_t)n_skip));
	}
}

static void
put_inline_content(struct sql *s)
{
	put_lit(&s->text, "CASE WHEN c.bytes <= ");
	buf_int(&s->text, INLINE_BYTES);
	put_lit(&s->text, " THEN c.content END");
}

/* is a value of this row long, so that it may tie with another one? */
static void
put_long(struct reader *r, bool is_outer)
{
	struct sql *s = &r->s;

	if (!r->choice->may_tie)
		return;
	if (is_outer && r->is_joined) {
		put_lit(&s->text, ", k.tie");
		return;
	}
	put_lit(&s->text, ", coalesce(");
	buf_char(&s->text, r->choice->by != NULL ? 'o' : 'i');
	put_lit(&s->text, ".nn, 0) AS tie");
}

static void
put_what(struct reader *r, enum columns columns)
{
	struct sql *s = &r->s;

	put_lit(&s->text, "SELECT ");
	switch (columns) {
	case COLUMNS_COUNT:
		put_lit(&s->text, "count(*)");
		break;
	case COLUMNS_KEY:
		put_id(r);
		for (size_t i = 0; r->is_inner && i < n_sort_columns(r); i++) {
			put_lit(&s->text, ", ");
			put_sort_column(r, i);
			put_lit(&s->text, " AS s");
			buf_int(&s->text, (int64_t)i + 1);
		}
		put_long(r, false);
		break;
	case COLUMNS_SCAN:
		put_lit(&s->text, "c.seq, c.id, c.bytes, ");
		put_inline_content(s);
		break;
	case COLUMNS_ROW:
		sql_row_columns(s, r->plan->coll);
		put_long(r, true);
		break;
	case COLUMNS_CONTENT:
		sql_row_columns(s, r->plan->coll);
		put_long(r, true);
		put_lit(&s->text, ", ");
		put_inline_content(s);
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

static void
put_select(struct reader *r, enum columns columns)
{
	const struct plan *p = r->plan;
	bool by_candidates = columns == COLUMNS_SCAN || r->choice->by_candidates;
	const char *by;

	r->lead = r->choice->lead != NULL ? 'i' : 'c';
	r->is_first = true;
	r->has_needles = sql_has_needles(r->s.dialect, r->choice, r->s.text.mem);
	r->needs_coll = columns >= COLUMNS_SCAN || p->has_since || p->has_until || r->has_needles || r->choice->path.text.n > 0
	    || (r->choice->is_sorted && p->sort == SORT_TIME);
	r->by_words = r->choice->searched != NULL && by_candidates;
	r->by_path = r->choice->path.is_indexed && by_candidates;
	r->has_words = r->by_words || r->choice->parsed != NULL;
	by = storage_order(r);
	put_what(r, columns);
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
		and(r);
		buf_addz(&r->s.text, by);
		put_lit(&r->s.text, " > ");
		sql_bind(&r->s, BIND_I(r->after_seq));
	}
	if (r->has_needles) {
		and(r);
		sql_needles(&r->s, r->choice);
	}
	if (columns == COLUMNS_SCAN) {
		put_lit(&r->s.text, " ORDER BY ");
		buf_addz(&r->s.text, by);
	} else if (columns != COLUMNS_COUNT) {
		put_order(r);
	}
}

/* Only keys pass through the sorter, and their rows come with the same statement. */
static void
put_joined(struct reader *r, enum columns columns, uint64_t n_rows, uint64_t n_skip)
{
	struct sql *s = &r->s;

	r->is_joined = true;
	put_what(r, columns);
	put_lit(&s->text, " FROM (");
	r->is_inner = true;
	put_select(r, COLUMNS_KEY);
	put_page(s, n_rows, n_skip);
	put_lit(&s->text, ") k CROSS JOIN ");
	sql_coll_table(s, r->plan->coll->id);
	put_lit(&s->text, " c WHERE c.id = k.id ORDER BY ");
	for (size_t i = 0; i < n_sort_columns(r); i++) {
		put_lit(&s->text, "k.s");
		buf_int(&s->text, (int64_t)i + 1);
		put_direction(r, i);
	}
	put_lit(&s->text, "k.id");
	if (r->plan->sort == SORT_KEY_DESCENDING)
		put_lit(&s->text, " DESC");
}

bool
gen_page(const struct dialect *d, const struct plan *plan, const struct choice *choice, enum columns columns,
    uint64_t n_rows, uint64_t n_skip, struct arena *mem, struct query *out)
{
	struct reader r = { .plan = plan, .choice = choice };

	sql_init(&r.s, d, mem);
	if (choice->keys_only && columns != COLUMNS_KEY) {
		put_joined(&r, columns, n_rows, n_skip);
	} else {
		put_select(&r, columns);
		put_page(&r.s, n_rows, n_skip);
	}
	*out = sql_query(&r.s);
	return !r.is_empty && !choice->is_empty;
}

bool
gen_scan(const struct dialect *d, const struct plan *plan, const struct choice *choice, int64_t after_seq,
    uint64_t n_rows, struct arena *mem, struct query *out)
{
	struct reader r = { .plan = plan, .choice = choice, .after_seq = after_seq };

	sql_init(&r.s, d, mem);
	put_select(&r, COLUMNS_SCAN);
	put_page(&r.s, n_rows, 0);
	*out = sql_query(&r.s);
	return !r.is_empty && !choice->is_empty;
}

bool
gen_count(const struct dialect *d, const struct plan *plan, const struct choice *choice, struct arena *mem,
    struct query *out)
{
	struct reader r = { .plan = plan, .choice = choice };

	sql_init(&r.s, d, mem);
	put_select(&r, COLUMNS_COUNT);
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
	put_page(&r.s, n_rows, 0);
	put_lit(&r.s.text, ") i");
	put_uses(&r);
	return sql_query(&r.s);
}
