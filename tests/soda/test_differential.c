/* tests/soda/test_differential.c - whatever SQL does to be fast, the answer is the matcher's
 *
 * Random documents under random indexes are asked random filters in random orders and pages, also after documents and
 * their index entries were written again.  Every answer is compared with match_doc() on each document and a sort in memory; what
 * an index accepts is compared with its entries of each document.
 *
 * CORDS_TEST_SEED gives another sequence, CORDS_TEST_ROUNDS a longer one.
 */
#include "tests/soda/docdb.h"

#include "soda/guide.h"
#include "sql/gen.h"
#include "sql/keytext.h"
#include "tests/soda/dice.h"

enum { MOST_DOCS = 64, DOCS = 36, QUERIES = 60, WRITES = 10, ROUNDS = 120 };

struct kept {
	struct span key, held, content;
	int64_t modified_us, rev;
	struct span order[8];
};

/* what happened, so that nothing is proven by never happening */
enum tally {
	EXACT, WIDER, NONE,			/* how SQL could help: all of a filter, some, nothing */
	BY_INDEX, BY_KEYS, BY_NEEDLE, BY_WORDS,	/* what it helped with */
	ORDER_DIRECT, ORDER_KEYS, ORDER_OTHER, ORDER_HEAP,
	ORDER_FAILS, INDEX_MADE, INDEX_REFUSED, INDEX_DUPLICATE, WRITE_REFUSED, WRITE_DUPLICATE, WRITTEN,
	FOUND_SOME, FOUND_NONE, FOUND_ALL, GUIDED, PAGE_BY_BYTES, FILTERS, NOT_FILTERS, TALLIES
};

struct world {
	struct storedb s;
	struct kept docs[MOST_DOCS];
	size_t n_docs;
	unsigned n_keys, wildness;
	size_t tally[TALLIES];
	unsigned long long seed;
	int round;
};

static struct span
text_of(void (*write)(struct buf *, unsigned), unsigned n, struct arena *mem)
{
	struct buf b;

	buf_init(&b, mem);
	write(&b, n);
	return buf_text(&b);
}

static bool
is_json(struct span text, struct arena *mem)
{
	const struct scan_limits limits = { .max_depth = 100 };
	struct scan_info info;

	return json_scan(text, &limits, mem, &info, &(struct err){ 0 });
}

static struct span
new_document(struct world *w)
{
	struct span text;

	do {
		text = text_of(put_document, w->wildness, w->s.t.mem);
	} while (!is_json(text, w->s.t.mem));
	return text;
}

/* ---- what indexes accept ---- */

static bool
same_entry(const struct index_entry *a, const struct index_entry *b)
{
	bool is_missing = true;

	for (size_t f = 0; f < a->index->n_fields; f++) {
		if ((a->values[f].p == NULL) != (b->values[f].p == NULL) || !span_eq(a->values[f], b->values[f]))
			return false;
		is_missing &= a->values[f].p == NULL;
	}
	return !is_missing;
}

/* would the document, instead of number `self`, be refused by the index?  as a duplicate? */
static bool
breaks_index(struct world *w, const struct index *ix, struct span content, size_t self, bool *is_duplicate)
{
	struct arena *mem = w->s.t.mem;
	struct index_entry mine, other;
	struct err e = { 0 };

	if (!index_entry_of(ix, content, mem, &mine, &e))
		return true;
	for (size_t i = 0; ix->unique && i < w->n_docs; i++)
		if (i != self && index_entry_of(ix, w->docs[i].content, mem, &other, &e) && same_entry(&mine, &other)) {
			*is_duplicate = true;
			return true;
		}
	return false;
}

static void
make_index(struct world *w, unsigned number)
{
	const char *spec = arena_z(w->s.t.mem, text_of(put_index, number, w->s.t.mem));
	struct index ix;
	bool made, breaks = false, is_duplicate = false, has_duplicate = false;

	MUST(&w->s.t, index_parse(span_of(spec), w->s.t.mem, &ix, &w->s.t.e));
	for (size_t i = 0; i < w->n_docs; i++) {
		is_duplicate = false;
		if (breaks_index(w, &ix, w->docs[i].content, i, &is_duplicate)) {
			breaks |= !is_duplicate;
			has_duplicate |= is_duplicate;
		}
	}
	made = docdb_index(&w->s, spec);
	if (made == (breaks || has_duplicate))
		fail_msg("round %d: index %s %s", w->round, spec, made ? "made" : w->s.t.e.text);
	if (!made && (w->s.t.e.kind == ERR_UNIQUE_BUILD) != (has_duplicate && !breaks))
		fail_msg("round %d: index %s: %s", w->round, spec, w->s.t.e.text);
	w->tally[made ? INDEX_MADE : breaks ? INDEX_REFUSED : INDEX_DUPLICATE]++;
}

/* ---- documents ---- */

static void
make_key(struct world *w, struct kept *k)
{
	struct arena *mem = w->s.t.mem;
	unsigned n = ++w->n_keys;

	if (w->s.coll->meta.key_type == KEY_NUMBER)
		k->key = span_of(arena_printf(mem, "%s%u", n % 3 == 0 ? "-" : "", n * 37 % 1009));
	else
		k->key = span_of(arena_printf(mem, "%s%u", PICK("k", "K", "\u00e9", "'", "k%", " "), n * 37 % 101));
	assert_true(keytext_hold(&w->s.coll->meta, k->key, mem, &k->held));
}

static void
settle(struct world *w, struct span content, size_t self, bool done)
{
	bool is_duplicate = false, breaks = false;

	for (const struct index *ix = w->s.coll->indexes; ix != NULL && !breaks; ix = ix->next)
		breaks = breaks_index(w, ix, content, self, &is_duplicate);
	if (done == breaks)
		fail_msg("round %d: %.*s %s", w->round, SPAN_ARG(content), done ? "was written" : w->s.t.e.text);
	w->tally[done ? WRITTEN : is_duplicate ? WRITE_DUPLICATE : WRITE_REFUSED]++;
	err_clear(&w->s.t.e);
}

static void
insert_one(struct world *w)
{
	struct kept *k = &w->docs[w->n_docs];
	bool done;

	*k = (struct kept){ .content = new_document(w), .modified_us = 1000 + dice(6), .rev = 1 };
	make_key(w, k);
	storedb_begin(&w->s, TX_WRITE);
	done = docdb_end(&w->s, docdb_insert(&w->s, k->key, k->content, k->modified_us));
	settle(w, k->content, SIZE_MAX, done);
	w->n_docs += done;
}

static bool
replace(struct world *w, const struct kept *k, struct span content, int64_t modified_us)
{
	struct doc d = { .key = k->key, .rev = k->rev, .version = SPAN("w"), .modified_us = modified_us, .content = content,
		.n_bytes = content.n };
	struct storedb *s = &w->s;
	struct index_entry *entries;
	bool done;
	size_t n;

	storedb_begin(s, TX_WRITE);
	return docdb_end(s, index_entries(s->coll, content, s->t.mem, &entries, &n, &s->t.e)
	    && store_replace(s->t.db, s->coll, &d, entries, n, s->t.mem, &done, &s->t.e) && done);
}

static void
replace_one(struct world *w, size_t i)
{
	struct kept *k = &w->docs[i];
	struct span content = new_document(w);
	int64_t modified_us = 1000 + dice(6);
	bool done = replace(w, k, content, modified_us);

	settle(w, content, i, done);
	if (!done)
		return;
	k->content = content;
	k->modified_us = modified_us;
	k->rev++;
}

static void
remove_one(struct world *w, size_t i)
{
	bool done;

	storedb_begin(&w->s, TX_WRITE);
	MUST(&w->s.t, docdb_end(&w->s, store_remove(w->s.t.db, w->s.coll, w->docs[i].key, w->docs[i].rev, &done, &w->s.t.e)));
	assert_true(done);
	w->docs[i] = w->docs[--w->n_docs];
}

static void
write_one(struct world *w)
{
	unsigned what = dice(4);

	if (w->n_docs == 0 || (what == 0 && w->n_docs < MOST_DOCS))
		insert_one(w);
	else if (what == 1)
		remove_one(w, dice((unsigned)w->n_docs));
	else
		replace_one(w, dice((unsigned)w->n_docs));
}

/* all at once: nothing is indexed yet, so nothing can be refused */
static void
fill(struct world *w)
{
	w->n_docs = 0;
	w->n_keys = 0;
	storedb_begin(&w->s, TX_WRITE);
	for (size_t i = 0, n = 4 + dice(DOCS); i < n; i++) {
		struct kept *k = &w->docs[w->n_docs++];

		*k = (struct kept){ .content = new_document(w), .modified_us = 1000 + dice(6), .rev = 1 };
		make_key(w, k);
		MUST(&w->s.t, docdb_insert(&w->s, k->key, k->content, k->modified_us));
	}
	MUST(&w->s.t, docdb_end(&w->s, true));
}

/* ---- the answer without SQL ---- */

static const struct plan *sorting;

static int
by_plan(const void *a, const void *b)
{
	const struct kept *x = a, *y = b;
	int d = 0;

	for (size_t i = 0; sorting->sort == SORT_ORDER && i < sorting->order.n_terms && d == 0; i++) {
		d = span_cmp(x->order[i], y->order[i]);
		if (sorting->order.terms[i].descending)
			d = -d;
	}
	if (sorting->sort == SORT_TIME)
		d = (x->modified_us > y->modified_us) - (x->modified_us < y->modified_us);
	if (d == 0)
		d = span_cmp(x->held, y->held);
	return sorting->sort == SORT_KEY_DESCENDING ? -d : d;
}

struct answer {
	struct kept docs[MOST_DOCS];
	size_t n;		/* all that the page could hold, in order */
	uint64_t total;
	bool order_fails;
};

static void
answer(struct world *w, const struct plan *p, struct arena *mem, struct answer *a)
{
	struct span after = { 0 }, before = { 0 };

	*a = (struct answer){ .n = 0 };
	if (p->has_after)
		assert_true(keytext_hold(&p->coll->meta, p->after, mem, &after));
	if (p->has_before)
		assert_true(keytext_hold(&p->coll->meta, p->before, mem, &before));
	for (size_t i = 0; i < w->n_docs; i++) {
		const struct kept *k = &w->docs[i];
		struct err e = { 0 };

		if ((p->has_since && k->modified_us <= p->since_us) || (p->has_until && k->modified_us > p->until_us)
		    || (p->where != NULL && !match_doc(p->where, k->key, k->content, mem, &e))) {
			assert_int_equal(e.kind, ERR_NONE);
			continue;
		}
		a->total++;
		if ((p->has_after && span_cmp(k->held, after) <= 0) || (p->has_before && span_cmp(k->held, before) >= 0))
			continue;
		a->docs[a->n] = *k;
		a->order_fails |= p->sort == SORT_ORDER && !order_keys(p, k->content, mem, a->docs[a->n].order, &e);
		a->n++;
	}
	sorting = p;
	if (!a->order_fails)
		qsort(a->docs, a->n, sizeof(*a->docs), by_plan);
}

/* ---- one question ---- */

/* words of documents as put_string() and put_number() make them */
static void
put_contains(struct buf *b)
{
	bool negated = one_in(4);

	buf_printf(b, "{\"%s\":%s{\"$contains\":\"", one_in(2) ? "``" : a_path(), negated ? "{\"$not\":" : "");
	for (unsigned i = 0, n = one_in(20) ? 0 : 1 + dice(2); i < n; i++) {
		buf_addz(b, i > 0 ? PICK(" ", "-", "%") : "");
		buf_addz(b, PICK("a", "A", "b", "aa", "ab", "Ba", "1", "2", "0", "5", "10", "41", "true", "\u00e9", "\u00c9", "a\u00e9", "\u00df", "e\u0301",
		    "2020", "01", "\U0001f600"));
	}
	buf_addz(b, negated ? "\"}}}," : "\"}},");
}

static struct span
random_filter(struct world *w, struct arena *mem)
{
	bool has_order = one_in(2), has_id = one_in(14) && w->n_docs > 0;
	struct buf b;

	buf_init(&b, mem);
	put_lit(&b, "{\"$query\":{\"$and\":[");
	if (has_id) {
		put_lit(&b, "{\"$id\":[");
		for (unsigned i = 0, n = 1 + dice(6); i < n; i++) {
			buf_json(&b, w->docs[dice((unsigned)w->n_docs)].key);
			buf_char(&b, ',');
		}
		put_lit(&b, "\"4711\"]},");
	}
	if (one_in(16))
		buf_printf(&b, "{\"$sqlJson\":{\"%s\":%s,\"s\":{\"$gte\":\"a\"}}},", PICK("n", "o.y", "v[0]"), PICK("1", "{\"$lt\":3}"));
	if (one_in(4))
		put_contains(&b);
	if (one_in(2))
		put_plain_filter(&b, w->n_docs > 0 ? w->docs[dice((unsigned)w->n_docs)].content : SPAN("{}"));
	else
		put_filter(&b, 2);
	put_lit(&b, "]}");
	if (has_order) {
		put_lit(&b, ",\"$orderby\":");
		put_order(&b);
	}
	buf_char(&b, '}');
	return one_in(12) && !has_order ? SPAN("{}") : buf_text(&b);
}

static void
random_page(struct world *w, struct plan *p, const struct qbe *q)
{
	static const enum plan_sort sorts[] = { SORT_KEY, SORT_KEY_DESCENDING, SORT_TIME };

	p->sort = q->order.n_terms > 0 ? SORT_ORDER : sorts[dice(3)];
	p->order = q->order;
	p->limit = one_in(3) ? 0 : 1 + dice(20);
	p->offset = one_in(2) ? 0 : dice(10);
	p->want_content = one_in(2);
	p->max_page_bytes = one_in(6) ? 200 + dice(1000) : 0;
	p->has_after = one_in(6) && w->n_docs > 0;
	p->has_before = one_in(8) && w->n_docs > 0;
	p->has_since = one_in(8);
	p->has_until = one_in(8);
	p->since_us = 1000 + dice(4);
	p->until_us = 1002 + dice(4);
	if (p->has_after)
		p->after = w->docs[dice((unsigned)w->n_docs)].key;
	if (p->has_before)
		p->before = w->docs[dice((unsigned)w->n_docs)].key;
}

static void
count_ways(struct world *w, const struct plan *p, struct arena *mem)
{
	struct choice c;
	bool has_needles;

	choose(p, false, mem, &c);
	has_needles = sql_has_needles(db_dialect(w->s.t.db), &c, mem);
	if (p->where != NULL && !c.is_empty)
		w->tally[!c.has_residue ? EXACT : c.n_uses + c.n_keys > 0 || has_needles || c.searched != NULL ? WIDER : NONE]++;
	w->tally[BY_INDEX] += c.lead != NULL;
	w->tally[BY_KEYS] += c.n_keys > 0;
	w->tally[BY_NEEDLE] += has_needles;
	w->tally[BY_WORDS] += c.searched != NULL;
	if (p->sort == SORT_ORDER) {
		choose(p, true, mem, &c);
		w->tally[!c.is_sorted ? ORDER_HEAP : c.by != NULL ? ORDER_OTHER : c.keys_only ? ORDER_KEYS : ORDER_DIRECT]++;
	}
}

static const char *
describe(struct world *w, struct span filter, const struct plan *p, struct arena *mem)
{
	struct span sql = { "", 0 }, how;
	bool has_residue = false;
	struct buf b;

	buf_init(&b, mem);
	buf_printf(&b, "CORDS_TEST_SEED=%llu, round %d\n%.*s\nsort %d, %d from %d", w->seed, w->round, SPAN_ARG(filter), (int)p->sort,
	    (int)p->limit, (int)p->offset);
	buf_printf(&b, ", after %.*s, before %.*s\n", SPAN_ARG(p->after), SPAN_ARG(p->before));
	for (const struct index *ix = w->s.coll->indexes; ix != NULL; ix = ix->next) {
		index_to_json(ix, &b);
		buf_char(&b, '\n');
	}
	store_explain(w->s.t.db, p, mem, &sql, &how, &has_residue, &(struct err){ 0 });
	buf_printf(&b, "%.*s\n", SPAN_ARG(sql));
	return buf_z(&b);
}

/* how many of the answer the page holds, by its limits */
static size_t
page_length(struct world *w, const struct answer *a, const struct plan *p, size_t first)
{
	size_t n = 0, n_bytes = 0;

	for (size_t i = first; i < a->n; i++, n++) {
		if (p->limit != 0 && n == p->limit)
			break;
		n_bytes += a->docs[i].content.n;
		if (p->want_content && p->max_page_bytes != 0 && n > 0 && n_bytes > p->max_page_bytes) {
			w->tally[PAGE_BY_BYTES]++;
			break;
		}
	}
	return n;
}

static void
compare_page(struct world *w, const struct answer *a, const struct docs *docs, struct span filter, const struct plan *p,
    struct arena *mem)
{
	size_t first = p->offset < a->n ? (size_t)p->offset : a->n;
	size_t n = page_length(w, a, p, first);

	for (size_t i = 0; i < n || i < docs->n; i++) {
		const struct kept *k = &a->docs[first + i];
		const struct doc *d = &docs->doc[i];

		if (i >= n || i >= docs->n || !span_eq(d->key, k->key))
			fail_msg("number %zu of %zu is %.*s, not %.*s: %s\n%.*s", i, docs->n, i < docs->n ? (int)d->key.n : 0, d->key.p,
			    i < n ? (int)k->key.n : 0, k->key.p, describe(w, filter, p, mem), i < n ? (int)k->content.n : 0, k->content.p);
		assert_int_equal(d->rev, k->rev);
		assert_int_equal(d->modified_us, k->modified_us);
		assert_int_equal(d->n_bytes, k->content.n);
		assert_int_equal(d->content.p != NULL, p->want_content);
		assert_true(!p->want_content || span_eq(d->content, k->content));
	}
	if (docs->has_more != (first + n < a->n))
		fail_msg("has_more %d: %s", docs->has_more, describe(w, filter, p, mem));
}

struct walk {
	const struct answer *a;
	size_t n;
};

static bool
next_one(void *arg, const struct doc *doc, struct arena *mem, struct err *e)
{
	struct walk *walk = arg;

	(void)mem;
	(void)e;
	assert_true(walk->n < walk->a->n);
	assert_true(span_eq(doc->key, walk->a->docs[walk->n].key));
	assert_true(span_eq(doc->content, walk->a->docs[walk->n].content));
	walk->n++;
	return true;
}

static void
walk_all(struct world *w, const struct plan *p, struct arena *mem)
{
	struct plan all = { .coll = p->coll, .where = p->where, .match = p->match, .want_content = true };
	struct answer *a = ARENA_NEW(mem, struct answer);
	struct walk walk = { a, 0 };

	answer(w, &all, mem, a);
	MUST(&w->s.t, store_each(w->s.t.db, &all, mem, next_one, &walk, &w->s.t.e));
	assert_int_equal(walk.n, a->n);
}

static void
ask(struct world *w, struct arena *mem)
{
	struct plan p = { .coll = w->s.coll, .match = match_plan, .keys = order_keys };
	struct answer *a = ARENA_NEW(mem, struct answer);
	struct span filter = random_filter(w, mem);
	struct docs docs;
	uint64_t counted;
	struct err e = { 0 };
	struct qbe q;

	w->tally[FILTERS]++;
	if (!is_json(filter, mem) || !qbe_parse(filter, QBE_QUERY, w->s.coll, mem, &q, &e)) {
		w->tally[NOT_FILTERS]++;
		return;
	}
	p.where = q.where;
	random_page(w, &p, &q);
	count_ways(w, &p, mem);
	answer(w, &p, mem, a);
	w->tally[a->total == 0 ? FOUND_NONE : a->total == w->n_docs ? FOUND_ALL : FOUND_SOME]++;
	if (store_find(w->s.t.db, &p, mem, &docs, &e) == a->order_fails)
		fail_msg("%s: %s", e.kind == ERR_NONE ? "does not fail" : e.text, describe(w, filter, &p, mem));
	if (a->order_fails)
		w->tally[ORDER_FAILS]++;
	else
		compare_page(w, a, &docs, filter, &p, mem);
	MUST(&w->s.t, store_count(w->s.t.db, &p, mem, &counted, &w->s.t.e));
	if (counted != a->total)
		fail_msg("counts %d, not %d: %s", (int)counted, (int)a->total, describe(w, filter, &p, mem));
	if (one_in(5))
		walk_all(w, &p, mem);
}

static void
ask_many(struct world *w)
{
	for (unsigned i = 0; i < QUERIES; i++) {
		struct arena *mem = arena_open(0);

		ask(w, mem);
		arena_close(&mem);
	}
}

/* Everything that a document tells is known of the collection, too. */
static void
check_guide(struct world *w)
{
	const struct index *ix = index_for_search(w->s.coll->indexes);
	struct arena *mem = w->s.t.mem;
	struct facts known, seen;

	if (ix == NULL)
		return;
	MUST(&w->s.t, store_guide(w->s.t.db, ix, mem, &known, &w->s.t.e));
	for (size_t i = 0; i < w->n_docs; i++) {
		uint32_t *at;

		facts_init(&seen, mem);
		guide_see(w->docs[i].content, &seen);
		at = ARENA_ARRAY(mem, uint32_t, seen.n);
		for (size_t k = 0; k < seen.n; k++) {
			const struct fact *f = &seen.list[k];

			if (k > 0)
				at[k] = facts_find(&known, at[f->parent], f->name);
			if (at[k] == FACTS_NOWHERE || !fact_covers(&known.list[at[k]], f))
				fail_msg("round %d: the guide does not know all of %.*s", w->round, SPAN_ARG(w->docs[i].content));
		}
	}
	w->tally[GUIDED]++;
}

static void
one_round(struct world *w)
{
	struct arena_mark before = arena_mark(w->s.t.mem);

	w->wildness = one_in(3) ? 8 + dice(60) : one_in(4) ? 400 : 0;
	docdb_collection(&w->s, one_in(4) ? "{\"keyColumn\":{\"sqlType\":\"NUMBER\",\"assignmentMethod\":\"CLIENT\"},"
	    "\"lastModifiedColumn\":{\"name\":\"M\"}}" : "{\"keyColumn\":{\"assignmentMethod\":\"CLIENT\"},"
	    "\"lastModifiedColumn\":{\"name\":\"M\",\"index\":\"X\"}}");
	fill(w);
	for (unsigned i = 0, n = dice(9); i < n; i++)
		make_index(w, i);
	if (one_in(2) && !docdb_index(&w->s, "{\"name\":\"words\"}"))
		fail_msg("round %d: %s", w->round, w->s.t.e.text);
	check_guide(w);
	ask_many(w);
	w->wildness = 30;
	for (unsigned i = 0; i < WRITES; i++)
		write_one(w);
	check_guide(w);
	ask_many(w);
	docdb_drop(&w->s);
	arena_rewind(w->s.t.mem, before);
}

/* QN-05, R-08, IX-01, IX-21 */
static void
differential__sql_answers_like_the_matcher(void **state)
{
	static const char *const names[TALLIES] = { "exact", "wider", "none", "by index", "by keys", "by needle", "by words", "order direct",
		"order of keys", "order of another index", "order in memory", "order fails", "index made", "index refused",
		"index over duplicates", "write refused", "write of a duplicate", "written", "found some", "found none", "found all",
		"guided", "page ended by bytes", "filters", "no filters" };
	const char *seed = getenv("CORDS_TEST_SEED"), *rounds = getenv("CORDS_TEST_ROUNDS");
	int n_rounds = rounds == NULL ? ROUNDS : atoi(rounds);
	struct world *w = calloc(1, sizeof(*w));

	(void)state;
	w->seed = seed == NULL ? 20261121 : strtoull(seed, NULL, 10);
	dice_state = w->seed;
	print_message("CORDS_TEST_SEED=%llu\n", w->seed);
	storedb_open(&w->s);
	for (w->round = 0; w->round < n_rounds; w->round++)
		one_round(w);
	for (size_t i = 0; i < TALLIES; i++)
		print_message("%6zu %s\n", w->tally[i], names[i]);
	for (size_t i = 0; i < TALLIES && n_rounds >= ROUNDS; i++)
		assert_int_not_equal(w->tally[i], 0);
	assert_true(w->tally[NOT_FILTERS] < w->tally[FILTERS] / 4);
	storedb_close(&w->s);
	free(w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(differential__sql_answers_like_the_matcher),
	};

	return cmocka_run_group_tests_name("differential", tests, NULL, NULL);
}
