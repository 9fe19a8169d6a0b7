/* sql/gen_page.c - pages of documents: their order, where they end, and in how many steps a statement gets there
 *
 * k are the keys of a page, with what they are ordered by as s1, s2 ...; b is the lead once more, as far as the page goes.
 */
#include "sql/gen_read.h"

#include "sql/ixtext.h"

#include <stdint.h>

/*
 * Is it known without c which rows these are?  Then its rows need not be read to leave others out, and there is one way to find
 * them, whatever the values are.
 */
static bool
is_bare(const struct reader *r)
{
	const struct choice *ch = r->choice;
	const struct plan *p = r->plan;

	if (r->has_needles || ch->n_keys > 0 || ch->by != NULL || ch->path.text.n > 0 || ch->searched != NULL || ch->parsed != NULL
	    || p->has_since || p->has_until || p->sort == SORT_TIME || (ch->lead != NULL && ch->lead->kind != INDEX_BTREE))
		return false;
	for (size_t i = 0; i < ch->n_uses; i++)
		if (ch->uses[i].index != ch->lead)
			return false;
	return true;
}

/* ---- the order ---- */

static void
put_sort_column(struct reader *r, size_t n)
{
	struct sql *s = &r->s;

	if (r->plan->sort == SORT_TIME)
		put_lit(&s->text, "c.modified");
	else
		sql_value_name(s, r->choice->by != NULL ? 'o' : 'i', r->choice->order[n].field);
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
	sql_id(r);
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

void
sql_order(struct reader *r)
{
	put_lit(&r->s.text, " ORDER BY ");
	for (size_t i = 0; i < n_sort_columns(r); i++) {
		put_sort_column(r, i);
		put_direction(r, i);
	}
	put_key_order(r);
}

static void
put_kept_name(struct sql *s, size_t n)
{
	buf_char(&s->text, 's');
	buf_int(&s->text, (int64_t)n + 1);
}

void
sql_sort_columns(struct reader *r)
{
	for (size_t i = 0; i < n_sort_columns(r); i++) {
		put_lit(&r->s.text, ", ");
		put_sort_column(r, i);
		put_lit(&r->s.text, " AS ");
		put_kept_name(&r->s, i);
	}
}

void
sql_tie(struct reader *r)
{
	const struct choice *ch = r->choice;
	const struct index *ix = ch->by != NULL ? ch->by : ch->lead;
	struct sql *s = &r->s;
	const char *before = "CASE WHEN ";

	if (!ch->may_tie)
		return;
	buf_addz(&s->text, s->dialect->head[1]);
	for (size_t i = 0; i < ch->n_order; i++) {
		if (!value_may_be_long(ix, ch->order[i].field))
			continue;
		buf_addz(&s->text, before);
		put_lit(&s->text, "char_length(");
		if (r->is_joined) {
			put_lit(&s->text, "k.");
			put_kept_name(s, i);
		} else {
			put_sort_column(r, i);
		}
		put_lit(&s->text, ") >= ");
		buf_int(&s->text, (int64_t)ix->kept_chars);
		before = " OR ";
	}
	put_lit(&s->text, " THEN 1 ELSE 0 END");
}

/* ---- where it ends ---- */

void
sql_limit(struct sql *s, uint64_t n_rows, uint64_t n_skip)
{
	put_lit(&s->text, " LIMIT ");
	sql_bind(s, BIND_I(n_rows > INT64_MAX ? INT64_MAX : (int64_t)n_rows));
	if (n_skip > 0) {
		put_lit(&s->text, " OFFSET ");
		sql_bind(s, BIND_I(n_skip > INT64_MAX ? INT64_MAX : (int64_t)n_skip));
	}
}

/*
 * An index that is gone through in the order of the first term, but not of all, is sorted as a whole by some engines.  The last row
 * of the page has some value there: rows beyond it are not wanted.  Without such a row all are.
 */
void
sql_bound(struct reader *r)
{
	const struct choice *ch = r->choice;
	uint64_t n_before = r->n_rows - 1 + r->n_skip;
	struct sql *s = &r->s;
	const char *before = " WHERE ";
	size_t field;
	bool down;

	if (!s->dialect->sorts_all || !r->is_bare || ch->lead == NULL || ch->n_order == 0 || !ch->keys_only || n_before > INT64_MAX)
		return;
	field = ch->order[0].field;
	down = ch->order[0].descending;
	sql_and(r);
	sql_value_name(s, 'i', field);
	buf_addz(&s->text, down ? " >= coalesce((SELECT " : " <= coalesce((SELECT ");
	sql_value_name(s, 'b', field);
	put_lit(&s->text, " FROM ");
	sql_index_table(s, ch->lead->id);
	put_lit(&s->text, " b");
	for (size_t i = 0; i < ch->n_uses; i++) {
		buf_addz(&s->text, before);
		sql_reach(r, 'b', &ch->uses[i]);
		before = " AND ";
	}
	put_lit(&s->text, " ORDER BY ");
	sql_value_name(s, 'b', field);
	buf_addz(&s->text, down ? " DESC LIMIT 1 OFFSET " : " LIMIT 1 OFFSET ");
	sql_bind(s, BIND_I((int64_t)n_before));
	put_lit(&s->text, "), ");
	sql_bind(s, BIND_T(down ? SPAN("") : IXTEXT_MISSING));
	buf_char(&s->text, ')');
}

/* A planner that does not see how few rows are wanted takes a share of them all for that. */
static void
put_seen_limit(struct sql *s, uint64_t n_rows)
{
	put_lit(&s->text, " LIMIT ");
	buf_int(&s->text, (int64_t)n_rows);
}

static void
put_order_of_keys(struct reader *r)
{
	put_lit(&r->s.text, ") c ORDER BY c.id");
	if (r->plan->sort == SORT_KEY_DESCENDING)
		put_lit(&r->s.text, " DESC");
}

/* Rows that are left out make no head. */
static void
put_window(struct reader *r, enum columns columns)
{
	enum { FEWEST = 128 };
	struct sql *s = &r->s;
	uint64_t most = FEWEST;

	while (most < r->n_rows + r->n_skip)
		most *= 2;
	sql_what(r, columns);
	put_lit(&s->text, " FROM (SELECT * FROM (");
	sql_select(r, COLUMNS_STORED);
	put_seen_limit(s, most);
	put_order_of_keys(r);
	sql_limit(s, r->n_rows, r->n_skip);
	put_order_of_keys(r);
}

/* the rows, and where they end */
static void
put_bounded(struct reader *r, enum columns columns)
{
	sql_select(r, columns);
	if (r->hides_values)
		put_seen_limit(&r->s, r->n_rows);
	else
		sql_limit(&r->s, r->n_rows, r->n_skip);
}

/* One plan does for all values, if it is known how many rows are wanted: also of those that are left out in the order of keys. */
static bool
hides_values(const struct reader *r)
{
	enum { MOST = 4096 };	/* rows */

	return r->is_bare && r->s.dialect->unseen[0] != NULL && r->n_rows <= MOST
	    && (r->n_skip == 0 || (r->choice->lead == NULL && r->n_skip <= MOST - r->n_rows));
}

/* Only keys pass through the sorter, and their rows come with the same statement. */
static void
put_joined(struct reader *r, enum columns columns)
{
	struct sql *s = &r->s;
	bool by_seq = r->choice->lead == NULL;

	r->is_joined = true;
	sql_what(r, columns);
	put_lit(&s->text, " FROM (");
	r->is_inner = true;
	put_bounded(r, COLUMNS_KEY);
	put_lit(&s->text, ") k");
	buf_addz(&s->text, s->dialect->joins);
	sql_coll_table(s, r->plan->coll->id);
	buf_addz(&s->text, by_seq ? " c WHERE c.seq = k.seq ORDER BY " : " c WHERE c.id = k.id ORDER BY ");
	for (size_t i = 0; i < n_sort_columns(r); i++) {
		put_lit(&s->text, "k.");
		put_kept_name(s, i);
		put_direction(r, i);
	}
	put_lit(&s->text, "k.id");
	if (r->plan->sort == SORT_KEY_DESCENDING)
		put_lit(&s->text, " DESC");
}

/* Are keys found first, and then their rows? */
static bool
is_in_two_steps(const struct reader *r)
{
	const struct dialect *d = r->s.dialect;

	if (r->is_bare && (d->reads_what_it_skips || r->choice->lead != NULL) && r->n_skip > r->n_rows)
		return true;
	return r->choice->keys_only && !(r->is_bare && d->sorts_before_joining && r->choice->lead != NULL);
}

bool
gen_page(const struct dialect *d, const struct plan *plan, const struct choice *choice, enum columns columns,
    uint64_t n_rows, uint64_t n_skip, struct arena *mem, struct query *out)
{
	struct reader r = { .plan = plan, .choice = choice, .n_rows = n_rows, .n_skip = n_skip };

	sql_begin(&r, d, mem);
	r.is_bare = is_bare(&r);
	r.hides_values = hides_values(&r);
	if (columns != COLUMNS_KEY && is_in_two_steps(&r))
		put_joined(&r, columns);
	else if (r.hides_values && n_skip > 0)
		put_window(&r, columns);
	else
		put_bounded(&r, columns);
	*out = sql_query(&r.s);
	out->has_head = columns == COLUMNS_ROW || columns == COLUMNS_CONTENT;
	return !r.is_empty && !choice->is_empty;
}
