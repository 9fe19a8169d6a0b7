/* tests/soda/test_spatial.c - spatial indexes in a real database: they never change an answer, and they are used
 *
 * CORDS_TEST_SEED gives another sequence of documents and filters.
 */
#include "tests/soda/docdb.h"
#include "tests/soda/filter.h"

#include "sql/choose.h"

#include <math.h>

enum { DOCS = 300, FILTERS = 150, WRITES = 60 };

static uint64_t random_state;

static double
between(double lo, double hi)
{
	random_state = random_state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return lo + (hi - lo) * (double)(random_state >> 11) / 9007199254740992.0;
}

static unsigned
below(unsigned n)
{
	return (unsigned)between(0, n);
}

static void
start(void)
{
	const char *seed = getenv("CORDS_TEST_SEED");

	random_state = seed == NULL ? 20240229 : strtoull(seed, NULL, 10);
	print_message("CORDS_TEST_SEED=%llu\n", (unsigned long long)random_state);
}

/* ---- geometries: of all sizes, often near poles, the meridian of 180 degrees, or right at them ---- */

static double
a_longitude(void)
{
	switch (below(8)) {
	case 0:
		return below(2) ? 180 : -180;
	case 1:
		return below(2) ? between(178, 180) : between(-180, -178);
	default:
		return between(-180, 180);
	}
}

static double
a_latitude(void)
{
	switch (below(8)) {
	case 0:
		return below(2) ? 90 : -90;
	case 1:
		return below(2) ? between(87, 90) : between(-90, -87);
	default:
		return between(-90, 90);
	}
}

static void
put_position(struct buf *b, double lon, double lat)
{
	/* few digits now and then, so that sides of boxes meet */
	int digits = below(3) == 0 ? 0 : below(2) ? 3 : 17;

	buf_printf(b, "[%.*f,%.*f]", digits, fmax(-180, fmin(180, lon)), digits, fmax(-90, fmin(90, lat)));
}

/* a ring that does not cross itself: around its middle */
static void
put_ring(struct buf *b, double lon, double lat, double size)
{
	double x[12], y[12];
	unsigned n = 3 + below(9);

	for (unsigned i = 0; i < n; i++) {
		double turn = (i + between(0, 0.8)) * 6.283185307 / n, far = size * between(0.3, 1);

		x[i] = fmax(-180, fmin(180, lon + far * cos(turn)));
		y[i] = fmax(-90, fmin(90, lat + far * sin(turn)));
	}
	put_lit(b, "[");
	for (unsigned i = 0; i <= n; i++)
		buf_printf(b, "%s[%.9f,%.9f]", i > 0 ? "," : "", x[i % n], y[i % n]);
	put_lit(b, "]");
}

static void
put_geometry(struct buf *b, unsigned depth)
{
	double lon = a_longitude(), lat = a_latitude(), size = pow(10, between(-3, 1.7));

	switch (below(depth > 0 ? 6 : 5)) {
	case 0:
	case 1:
		put_lit(b, "{\"type\":\"Point\",\"coordinates\":");
		put_position(b, lon, lat);
		break;
	case 2:
		put_lit(b, "{\"type\":\"LineString\",\"coordinates\":[");
		put_position(b, lon, lat);
		put_lit(b, ",");
		put_position(b, lon + between(-size, size), lat + between(-size, size));
		put_lit(b, "]");
		break;
	case 3:
		put_lit(b, "{\"type\":\"Polygon\",\"coordinates\":[");
		/* cut at the edge of the map a ring could fold */
		put_ring(b, fmax(-180 + size, fmin(180 - size, lon)), fmax(-90 + size, fmin(90 - size, lat)), size);
		put_lit(b, "]");
		break;
	case 4:
		put_lit(b, "{\"type\":\"MultiPoint\",\"coordinates\":[");
		put_position(b, lon, lat);
		put_lit(b, ",");
		put_position(b, a_longitude(), a_latitude());
		put_lit(b, "]");
		break;
	default:
		put_lit(b, "{\"type\":\"GeometryCollection\",\"geometries\":[");
		put_geometry(b, depth - 1);
		put_lit(b, ",");
		put_geometry(b, depth - 1);
		put_lit(b, "]");
		break;
	}
	buf_char(b, '}');
}

static struct span
a_document(void)
{
	struct buf b;

	buf_init(&b, mem);
	if (below(10) == 0)
		return below(2) ? SPAN("{\"n\":1}") : SPAN("{\"a\":{\"b\":null}}");
	put_lit(&b, "{\"a\":{\"b\":");
	put_geometry(&b, 1);
	put_lit(&b, "}}");
	return buf_text(&b);
}

/* op: 0 $near, 1 $within, 2 $intersects */
static struct span
a_filter(unsigned op, const char *flags)
{
	struct buf b;

	buf_init(&b, mem);
	buf_printf(&b, "{\"a.b\":{\"%s\":{%s\"$geometry\":", op == 0 ? "$near" : op == 1 ? "$within" : "$intersects", flags);
	if (op == 1) {
		double size = pow(10, between(0, 1.9));

		put_lit(&b, "{\"type\":\"Polygon\",\"coordinates\":[");
		put_ring(&b, between(-180 + size, 180 - size), between(-90 + fmin(size, 80), 90 - fmin(size, 80)), size);
		put_lit(&b, "]}");
	} else {
		put_geometry(&b, 1);
	}
	if (op == 0) {
		buf_printf(&b, ",\"$unit\":\"km\",\"$distance\":%.6f", below(10) == 0 ? 0 : pow(10, between(-1, 4.3)));
		if (below(3) == 0)
			buf_printf(&b, ",\"$excludeDistance\":%.6f", pow(10, between(-1, 4)));
	}
	put_lit(&b, "}}}");
	return buf_text(&b);
}

/* ---- answers ---- */

static const char *
answer_of(struct storedb *s, struct span text, bool *by_index)
{
	struct qbe q;
	struct plan p = { .coll = s->coll, .match = match_plan };
	struct choice c;
	struct docs docs;
	uint64_t count;
	struct buf b;
	struct err e = { 0 };

	buf_init(&b, mem);
	/* rings of many corners close to the edge of the map may fold */
	if (!qbe_parse(text, QBE_QUERY, NULL, mem, &q, &e)) {
		assert_int_equal(e.inner, 5000);
		return "";
	}
	p.where = q.where;
	choose(&p, true, mem, &c);
	*by_index = c.lead != NULL;
	if (!store_find(s->t.db, &p, mem, &docs, &e) || !store_count(s->t.db, &p, mem, &count, &e))
		return err_name(e.kind);
	assert_int_equal(count, docs.n);
	for (size_t i = 0; i < docs.n; i++)
		buf_printf(&b, "%.*s ", SPAN_ARG(docs.doc[i].key));
	return buf_z(&b);
}

static bool
write_one(struct storedb *s, unsigned key, struct span content)
{
	struct doc d;
	struct span name = span_of(arena_printf(mem, "k%03u", key));
	struct index_entry *entries;
	bool found, done = false, ok;
	size_t n;

	storedb_begin(s, TX_WRITE);
	MUST(&s->t, store_get(s->t.db, s->coll, name, false, s->t.mem, &d, &found, &s->t.e));
	if (!found)
		return docdb_end(s, docdb_insert(s, name, content, 1));
	if (content.n == 0)
		return docdb_end(s, store_remove(s->t.db, s->coll, name, d.rev, &done, &s->t.e) && done);
	d.content = content;
	d.n_bytes = content.n;
	ok = index_entries(s->coll, content, s->t.mem, &entries, &n, &s->t.e)
	    && store_replace(s->t.db, s->coll, &d, entries, n, s->t.mem, &done, &s->t.e) && done;
	return docdb_end(s, ok);
}

static void
fill(struct storedb *s)
{
	storedb_begin(s, TX_WRITE);
	for (unsigned i = 0; i < DOCS; i++)
		if (!docdb_insert(s, span_of(arena_printf(mem, "k%03u", i)), a_document(), 1)) {
			assert_int_equal(s->t.e.kind, ERR_NOT_GEOMETRY);
			err_clear(&s->t.e);
		}
	MUST(&s->t, docdb_end(s, true));
}

static void
drop_index(struct storedb *s)
{
	bool was_there;

	storedb_begin(s, TX_WRITE);
	MUST(&s->t, docdb_end(s, catalog_index_drop(s->t.db, s->coll, SPAN("S"), &was_there, &s->t.e)));
	assert_true(was_there);
}

#define INDEX(flags) "{\"name\":\"S\"" flags ",\"spatial\":\"a.b\"}"

/* QG-01, QG-03: with index and without, for all operators, while documents come and go */
static void
spatial__index_changes_no_answer(void **state)
{
	struct span filters[FILTERS];
	const char *without[FILTERS];
	struct storedb s = { 0 };
	size_t n_found = 0;
	bool by_index = false;

	(void)state;
	start();
	storedb_open(&s);
	docdb_collection(&s, "{\"keyColumn\":{\"assignmentMethod\":\"CLIENT\"}}");
	MUST(&s.t, docdb_index(&s, INDEX("")));		/* refuses the rings that folded */
	fill(&s);
	for (unsigned i = 0; i < WRITES; i++) {
		err_clear(&s.t.e);
		if (!write_one(&s, below(DOCS), below(3) == 0 ? SPAN("") : a_document()))
			assert_true(s.t.e.kind == ERR_NOT_GEOMETRY || s.t.e.kind == ERR_BAD_JSON || s.t.e.kind == ERR_NONE);
	}
	err_clear(&s.t.e);
	for (unsigned i = 0; i < FILTERS; i++) {
		filters[i] = a_filter(i % 3, below(4) == 0 ? "\"$lax\":true," : "");
		without[i] = answer_of(&s, filters[i], &by_index);
		assert_true(by_index || without[i][0] == '\0');
		n_found += strlen(without[i]) / 5;
	}
	drop_index(&s);
	for (unsigned i = 0; i < FILTERS; i++) {
		const char *now = answer_of(&s, filters[i], &by_index);

		if (strcmp(now, without[i]) != 0)
			fail_msg("%.*s\nwith index:    %s\nwithout index: %s", SPAN_ARG(filters[i]), without[i], now);
	}
	assert_false(by_index);
	print_message("%zu found\n", n_found);
	assert_true(n_found > FILTERS);
	MUST(&s.t, docdb_index(&s, INDEX("")));		/* filled from documents that exist */
	for (unsigned i = 0; i < FILTERS; i++)
		assert_string_equal(answer_of(&s, filters[i], &by_index), without[i]);
	storedb_close(&s);
}

/* A lax index leaves out what a strict condition fails on, one that is not scalarRequired what a demanding one fails on. */
static void
spatial__failures_do_not_depend_on_indexes(void **state)
{
	static const char *const indexes[] = { NULL, INDEX(",\"lax\":true"), INDEX("") };
	static const char *const flags[] = { "", "\"$lax\":true,", "\"$scalarRequired\":true," };
	struct storedb s = { 0 };
	bool by_index;

	(void)state;
	start();
	storedb_open(&s);
	for (int wrong = 0; wrong < 2; wrong++) {
		docdb_collection(&s, "{\"keyColumn\":{\"assignmentMethod\":\"CLIENT\"}}");
		storedb_begin(&s, TX_WRITE);
		MUST(&s.t, docdb_end(&s, docdb_insert(&s, SPAN("k000"), SPAN("{\"a\":{\"b\":{\"type\":\"Point\",\"coordinates\":[1,1]}}}"), 1)
		    && docdb_insert(&s, SPAN("k001"), wrong ? SPAN("{\"a\":{\"b\":5}}") : SPAN("{}"), 1)));
		for (size_t i = 0; i < 3; i++) {
			if (wrong && i == 2) {
				assert_false(docdb_index(&s, indexes[i]));
				assert_int_equal(s.t.e.kind, ERR_NOT_GEOMETRY);
				continue;
			}
			if (indexes[i] != NULL)
				MUST(&s.t, docdb_index(&s, indexes[i]));
			for (size_t k = 0; k < 3; k++) {
				struct span f = span_of(arena_printf(mem, "{\"a.b\":{\"$near\":{%s\"$geometry\":{\"type\":\"Point\","
				    "\"coordinates\":[1,1]},\"$distance\":1}}}", flags[k]));

				assert_string_equal(answer_of(&s, f, &by_index), wrong && k != 1 ? "NOT_GEOMETRY"
				    : !wrong && k == 2 ? "VALUE_MISSING" : "k000 ");
				assert_int_equal(by_index, (i == 1 && k == 1) || (i == 2 && k != 2));
			}
			if (indexes[i] != NULL)
				drop_index(&s);
		}
		docdb_drop(&s);
	}
	storedb_close(&s);
}

/* The engine looks into the index alone, by one range for each class of widths, and $not needs all documents. */
static void
spatial__engine_searches_the_index(void **state)
{
	struct storedb s = { 0 };
	struct qbe q = filter("{\"a.b\":{\"$near\":{\"$geometry\":{\"type\":\"Point\",\"coordinates\":[1,1]},\"$distance\":1}}}");
	struct plan p = { .match = match_plan, .where = q.where, .limit = 10 };
	struct span sql, how;
	bool has_residue;

	(void)state;
	start();
	storedb_open(&s);
	docdb_collection(&s, "{\"keyColumn\":{\"assignmentMethod\":\"CLIENT\"}}");
	MUST(&s.t, docdb_index(&s, INDEX("")));
	fill(&s);
	p.coll = s.coll;
	MUST(&s.t, store_explain(s.t.db, &p, mem, &sql, &how, &has_residue, &s.t.e));
	assert_true(has_residue);
	if (strstr(arena_z(mem, how), "SEARCH i USING") == NULL || strstr(arena_z(mem, how), "SCAN i") != NULL)
		fail_msg("%.*s\n%.*s", SPAN_ARG(sql), SPAN_ARG(how));
	storedb_close(&s);
}

int
main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, open_arena, close_arena)
	const struct CMUnitTest tests[] = {
		T(spatial__index_changes_no_answer),
		T(spatial__failures_do_not_depend_on_indexes),
		T(spatial__engine_searches_the_index),
	};

	return cmocka_run_group_tests_name("spatial", tests, NULL, NULL);
}
