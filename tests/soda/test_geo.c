/* tests/soda/test_geo.c - what $near, $within and $intersects mean for a document */
#include "tests/soda/filter.h"

#include "soda/geo.h"
#include "soda/geodesy.h"

#include <geodesic.h>
#include <math.h>
#include <stdlib.h>

#define POINT(x, y) "{\"type\":\"Point\",\"coordinates\":[" #x "," #y "]}"
#define G(type, coordinates) "{\"type\":\"" type "\",\"coordinates\":" coordinates "}"
#define SQUARE G("Polygon", "[[[0,0],[10,0],[10,10],[0,10],[0,0]]]")
#define RING_WITH_HOLE G("Polygon", "[[[0,0],[10,0],[10,10],[0,10],[0,0]],[[4,4],[6,4],[6,6],[4,6],[4,4]]]")
#define AT(geometry) "{\"a\":" geometry "}"

static const char *
near(const char *from, double metres)
{
	return arena_printf(mem, "{\"a\":{\"$near\":{\"$geometry\":%s,\"$distance\":%.17g,\"$unit\":\"m\"}}}", from, metres);
}

/* the distance is that many metres, to within the tolerance */
static void
assert_distance(const char *from, const char *to, double metres, double tolerance)
{
	const char *doc = arena_printf(mem, "{\"a\":%s}", to), *back = arena_printf(mem, "{\"a\":%s}", from);

	assert_matches(near(from, metres + tolerance), doc);
	assert_misses(near(from, metres - tolerance), doc);
	assert_matches(near(to, metres + tolerance), back);
	assert_misses(near(to, metres - tolerance), back);
}

#define WITHIN(g) "{\"a\":{\"$within\":{\"$geometry\":" g "}}}"
#define INTERSECTS(g) "{\"a\":{\"$intersects\":{\"$geometry\":" g "}}}"

/* ---- distances ---- */

/* from the documentation of GeographicLib, and from the definition of WGS 84 */
static void
geo__points_have_geodesic_distances(void **state)
{
	(void)state;
	assert_distance(POINT(174.81, -41.32), POINT(-5.50, 40.96), 19959679.26735382, 1e-6);
	assert_distance(POINT(0, 0), POINT(1, 0), 111319.490793, 1e-5);
	assert_distance(POINT(0, 0), POINT(0, 1), 110574.388558, 1e-5);
	assert_distance(POINT(0, 90), POINT(77, -90), 20003931.458625, 1e-5);
	assert_distance(POINT(144.42486788888888, -37.95103341666667), POINT(143.92649552777777, -37.65282113888889), 54972.271, 1e-3);
}

/* QG-01 */
static void
geo__near_reads_latitude_first_where_it_must(void **state)
{
	const char *q = "{\"location\":{\"$near\":{\"$geometry\":" POINT(34.0162, -118.2019) ",\"$distance\":50,\"$unit\":\"KM\"}}}";

	(void)state;
	assert_matches(q, "{\"location\":" POINT(33.7243, -118.1579) "}");
	assert_matches(q, "{\"location\":" POINT(-118.1579, 33.7243) "}");
	assert_misses(q, "{\"location\":" POINT(33.4, -118.1579) "}");
	assert_misses(q, "{}");
}

static void
geo__units(void **state)
{
	static const struct {
		const char *unit;
		double metres;
	} units[] = {
		{ "m", 1 }, { "METER", 1 }, { "km", 1000 }, { "kilometer", 1000 }, { "Mile", 1609.344 }, { "ft", 0.3048 }, { "foot", 0.3048 },
		{ "yard", 0.9144 }, { "nautical_mile", 1852 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(units) / sizeof(*units); i++)
		for (int d = -1; d <= 1; d += 2) {
			const char *q = arena_printf(mem, "{\"a\":{\"$near\":{\"$geometry\":" POINT(0, 0) ",\"$unit\":\"%s\",\"$distance\":%.17g}}}",
			    units[i].unit, (111319.490793 + d * 0.01) / units[i].metres);

			assert_int_equal(matches(q, AT(POINT(1, 0))), d > 0);
		}
	assert_matches("{\"a\":{\"$near\":{\"$geometry\":" POINT(0, 0) ",\"$distance\":69.2}}}", AT(POINT(1, 0)));
	assert_misses("{\"a\":{\"$near\":{\"$geometry\":" POINT(0, 0) ",\"$distance\":69.1}}}", AT(POINT(1, 0)));
}

static void
geo__exclude_distance_leaves_out_what_is_nearer(void **state)
{
	const char *q = "{\"a\":{\"$near\":{\"$geometry\":" SQUARE ",\"$distance\":300,\"$excludeDistance\":100,\"$unit\":\"km\"}}}";

	(void)state;
	assert_matches(q, AT(POINT(12, 5)));
	assert_misses(q, AT(POINT(10.5, 5)));
	assert_misses(q, AT(POINT(5, 5)));
	assert_misses(q, AT(POINT(13, 5)));
	assert_matches("{\"a\":{\"$near\":{\"$geometry\":" SQUARE ",\"$distance\":0,\"$excludeDistance\":0}}}", AT(POINT(5, 5)));
	assert_misses("{\"a\":{\"$near\":{\"$geometry\":" SQUARE ",\"$distance\":-1}}}", AT(POINT(5, 5)));
	assert_matches("{\"a\":{\"$near\":{\"$geometry\":" SQUARE ",\"$distance\":1e999}}}", AT(POINT(-170, -80)));
}

/* An edge along a meridian or along the equator is a geodesic, so its nearest point is known. */
static void
geo__edges_are_nearer_than_their_ends(void **state)
{
	(void)state;
	assert_distance(G("LineString", "[[-50,0],[50,0]]"), POINT(7, 1), 110574.388558, 0.3);
	assert_distance(G("LineString", "[[0,-40],[0,40]]"), POINT(1, 0), 111319.490793, 0.3);
	assert_distance(SQUARE, POINT(11, 0), 111319.490793, 0.3);
	assert_distance(RING_WITH_HOLE, POINT(5, 4.5), 0.5 * 110579, 5);	/* in the hole */
	assert_distance(G("LineString", "[[-50,0],[50,0]]"), G("LineString", "[[7,1],[8,30]]"), 110574.388558, 0.3);
	assert_distance(G("MultiPoint", "[[100,0],[1,0]]"), POINT(0, 0), 111319.490793, 1e-5);
	assert_distance("{\"type\":\"GeometryCollection\",\"geometries\":[" POINT(100, 0) "," POINT(1, 0) "]}", POINT(0, 0), 111319.490793,
	    1e-5);
	/* a parallel is longer than the way over the pole: the edge itself counts, not the geodesic between its ends */
	assert_misses(near(G("LineString", "[[-90,60],[90,60]]"), 3e6), AT(POINT(0, 90)));
	assert_matches(near(G("LineString", "[[-90,60],[90,60]]"), 1000), AT(POINT(0, 60)));
}

static void
geo__near_looks_across_180_degrees_and_poles(void **state)
{
	(void)state;
	assert_distance(POINT(179.5, 0), POINT(-179.5, 0), 111319.490793, 1e-5);
	assert_distance(G("LineString", "[[179.5,-10],[179.5,10]]"), POINT(-179.5, 0), 111319.490793, 0.3);
	assert_matches(near(POINT(180, 10), 0), AT(POINT(-180, 10)));
	assert_matches(near(POINT(10, 90), 0.001), AT(POINT(-120, 90)));
	assert_distance(POINT(0, 89), POINT(180, 89), 2 * 111693.865, 0.2);
}

/* ---- the map ---- */

static void
geo__boundaries_count(void **state)
{
	(void)state;
	assert_matches(WITHIN(SQUARE), AT(POINT(0, 5)));
	assert_matches(WITHIN(SQUARE), AT(POINT(10, 10)));
	assert_matches(WITHIN(SQUARE), AT(SQUARE));
	assert_matches(WITHIN(SQUARE), AT(G("LineString", "[[0,0],[10,0]]")));
	assert_matches(INTERSECTS(SQUARE), AT(POINT(0, 5)));
	assert_matches(INTERSECTS(SQUARE), AT(G("LineString", "[[-5,5],[5,15]]")));
	assert_matches(INTERSECTS(POINT(3, 3)), AT(POINT(3, 3)));
	assert_matches(near(SQUARE, 0), AT(POINT(10, 5)));
	assert_misses(WITHIN(SQUARE), AT(POINT(10.0000001, 5)));
	assert_misses(WITHIN(SQUARE), AT(G("LineString", "[[1,1],[11,1]]")));
	assert_misses(WITHIN(POINT(3, 3)), AT(SQUARE));
	assert_misses(INTERSECTS(SQUARE), AT(POINT(11, 5)));
}

static void
geo__holes_are_outside(void **state)
{
	(void)state;
	assert_misses(WITHIN(RING_WITH_HOLE), AT(POINT(5, 5)));
	assert_matches(WITHIN(RING_WITH_HOLE), AT(POINT(4, 5)));
	assert_misses(WITHIN(RING_WITH_HOLE), AT(G("LineString", "[[1,5],[9,5]]")));
	assert_misses(INTERSECTS(RING_WITH_HOLE), AT(POINT(5, 5)));
	assert_matches(INTERSECTS(RING_WITH_HOLE), AT(G("LineString", "[[5,5],[9,5]]")));
}

static void
geo__parts_together(void **state)
{
#define TWO "{\"type\":\"GeometryCollection\",\"geometries\":[" SQUARE "," \
	G("Polygon", "[[[10,0],[20,0],[20,10],[10,10],[10,0]]]") "," POINT(50, 50) "]}"

	(void)state;
	assert_matches(WITHIN(TWO), AT(G("LineString", "[[5,5],[15,5]]")));	/* across the common border */
	assert_matches(WITHIN(TWO), AT(POINT(50, 50)));
	assert_matches(WITHIN(TWO), AT(G("MultiPoint", "[[1,1],[50,50]]")));
	assert_misses(WITHIN(TWO), AT(G("MultiPoint", "[[1,1],[51,50]]")));
	assert_matches(INTERSECTS(TWO), AT(G("MultiPoint", "[[1,1],[51,50]]")));
	assert_matches(INTERSECTS(TWO), AT(G("MultiPolygon", "[[[[60,60],[61,60],[61,61],[60,60]]],[[[9,9],[9,30],[30,30],[9,9]]]]")));
	assert_matches(WITHIN(G("MultiLineString", "[[[0,0],[5,5]],[[5,5],[9,9]]]")), AT(G("LineString", "[[1,1],[8,8]]")));
	assert_misses(INTERSECTS("{\"type\":\"GeometryCollection\",\"geometries\":[]}"), AT(POINT(1, 1)));
	assert_misses(WITHIN(SQUARE), AT("{\"type\":\"GeometryCollection\",\"geometries\":[]}"));
	assert_matches(WITHIN(G("LineString", "[[3,3],[3,3]]")), AT(POINT(3, 3)));	/* without length: a point */
	assert_matches("{\"a\":{\"$not\":{\"$within\":{\"$geometry\":" SQUARE "}}}}", AT(POINT(11, 1)));
	assert_matches("{\"a\":{\"$not\":{\"$within\":{\"$geometry\":" SQUARE "}}}}", "{}");
}

/* ---- values that are no geometry ---- */

static enum err_kind
fails_on(const char *flags, const char *document)
{
	struct qbe q = filter(arena_printf(mem, "{\"a.b\":{\"$within\":{%s\"$geometry\":" SQUARE "}}}", flags));
	struct err e = { 0 };
	bool yes = match_doc(q.where, SPAN("key"), json(document), mem, &e);

	assert_false(yes);
	return e.kind;
}

/* QG-03 */
static void
geo__wrong_values_fail_unless_lax(void **state)
{
	static const char *const wrong[] = {
		"5", "\"POINT(1 2)\"", "true", "[1,2]", "{}", "[" POINT(1, 1) "]", "{\"type\":\"Feature\",\"geometry\":" POINT(1, 1) "}",
		"{\"type\":\"Point\"}", "{\"type\":\"Point\",\"coordinates\":[1]}", "{\"type\":\"Point\",\"coordinates\":[1,\"2\"]}",
		"{\"type\":\"Point\",\"coordinates\":[[1,2]]}", "{\"type\":\"point\",\"coordinates\":[1,2]}", POINT(181, 5), POINT(100, 100),
		POINT(1e400, 5), G("LineString", "[[1,1]]"), G("Polygon", "[]"), G("Polygon", "[[[0,0],[0,1],[1,1],[1,0]]]"),
		G("Polygon", "[[[0,0],[1,1],[1,0],[0,1],[0,0]]]"),			/* crosses itself */
		G("Polygon", "[[[0,0],[1,0],[1,1],[0,0]],[[5,5],[6,5],[6,6],[5,5]]]"),	/* a hole outside */
		G("MultiPoint", "[]"), G("MultiPolygon", "[[1,2]]"), "{\"type\":\"GeometryCollection\"}",
		"{\"type\":\"GeometryCollection\",\"geometries\":[" POINT(1, 1) ",7]}",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		const char *doc = arena_printf(mem, "{\"a\":{\"b\":%s}}", wrong[i]);

		if (fails_on("", doc) != ERR_NOT_GEOMETRY || fails_on("\"$scalarRequired\":true,", doc) != ERR_NOT_GEOMETRY
		    || fails_on("\"$lax\":true,", doc) != ERR_NONE)
			fail_msg("%s", doc);
	}
	assert_int_equal(fails_on("", "{\"a\":[{\"b\":" POINT(1, 1) "},{\"b\":" POINT(1, 1) "}]}"), ERR_NOT_GEOMETRY);
	assert_int_equal(fails_on("\"$lax\":true,", "{\"a\":[{\"b\":" POINT(1, 1) "},{\"b\":" POINT(1, 1) "}]}"), ERR_NONE);
	assert_int_equal(fails_on("", "{\"a\":{}}"), ERR_NONE);
	assert_int_equal(fails_on("\"$lax\":true,", "{\"a\":{}}"), ERR_NONE);
	assert_int_equal(fails_on("\"$scalarRequired\":true,", "{\"a\":{}}"), ERR_VALUE_MISSING);
	assert_int_equal(fails_on("\"$scalarRequired\":true,", "{\"a\":{\"b\":null}}"), ERR_NONE);
}

/* QG-02, and operands that are no valid geometry */
static void
geo__refuses_operands(void **state)
{
	static const struct {
		const char *text;
		int inner;
	} rows[] = {
		{ "{\"a\":{\"$near\":{\"$geometry\":" POINT(1, 2) "}}}", 5000 },
		{ "{\"a\":{\"$within\":{\"$geometry\":" SQUARE ",\"$distance\":5}}}", 5048 },
		{ WITHIN(G("Polygon", "[[[0,0],[1,1],[1,0],[0,1],[0,0]]]")), 5000 },
		{ WITHIN(POINT(100, 100)), 5000 },
		{ WITHIN(POINT(181, 1)), 5000 },
	};
	struct err e;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		if (refused(rows[i].text, &e) != rows[i].inner)
			fail_msg("%s: %d %s", rows[i].text, e.inner, e.text);
}

/* ---- geometries that cost too much ---- */

static const char *
zigzag(unsigned n, const char *between_lines)
{
	struct buf b;

	buf_init(&b, mem);
	for (unsigned i = 0; i < n; i++)
		buf_printf(&b, "%s[%.6f,%d],[%.6f,%d]", i > 0 ? between_lines : "", i * 80.0 / n, i % 2 ? 10 : -10, 80 - i * 80.0 / n,
		    i % 2 ? -10 : 10);
	return buf_z(&b);
}

/* Everything crosses everything: an answer, or an error in bounded time; not hours. */
static void
geo__time_is_bounded(void **state)
{
	const char *lines = arena_printf(mem, "{\"type\":\"MultiLineString\",\"coordinates\":[[%s]]}", zigzag(20000, "],["));
	const char *scribble = arena_printf(mem, "{\"a\":{\"type\":\"LineString\",\"coordinates\":[%s]}}", zigzag(20000, ","));
	struct qbe q = filter(arena_printf(mem, "{\"a\":{\"$within\":{\"$geometry\":%s}}}", lines));
	struct err e = { 0 };
	struct buf b;

	(void)state;
	match_doc(q.where, SPAN("key"), json(scribble), mem, &e);
	assert_true(e.kind == ERR_NONE || e.kind == ERR_TIMEOUT);
	buf_init(&b, mem);
	put_lit(&b, "{\"a\":{\"$within\":{\"$geometry\":{\"type\":\"MultiPolygon\",\"coordinates\":[");
	for (int i = 0; i < 300; i++)
		buf_printf(&b, "%s[[[%d,0],[%d.1,0],[%d,50],[%d,0]]]", i > 0 ? "," : "", i % 90, i % 90, 90 - i % 90, i % 90);
	put_lit(&b, "]}}}}");
	assert_int_equal(refused(buf_z(&b), &e), 5000);
}

/* ---- boxes never lose a match ---- */

static uint64_t
seed_of_environment(void)
{
	const char *text = getenv("CORDS_TEST_SEED");
	uint64_t seed = text == NULL ? 20240229 : strtoull(text, NULL, 10);

	print_message("CORDS_TEST_SEED=%llu\n", (unsigned long long)seed);
	return seed;
}

static double
between(uint64_t *state, double lo, double hi)
{
	*state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return lo + (hi - lo) * (double)(*state >> 11) / 9007199254740992.0;
}

/* Every point that is within the distance lies in the widened box, also near poles and 180 degrees. */
static void
geodesy__widened_boxes_hold_all_that_is_near(void **state)
{
	uint64_t d = seed_of_environment();
	size_t n_near = 0;

	(void)state;
	for (int i = 0; i < 20000; i++) {
		struct arena_mark before = arena_mark(mem);
		struct lonlat a = { between(&d, -180, 180), between(&d, -90, 90) }, b;
		double degrees = pow(10, between(&d, -4, 2.2)), metres = degrees * 111000;
		struct shape from, to;
		struct err e = { 0 };
		const char *why;
		struct box box;

		b.lon = remainder(a.lon + between(&d, -degrees, degrees) / fmax(cos(a.lat * 0.01745), 0.01), 360);
		b.lat = fmax(-90, fmin(90, a.lat + between(&d, -degrees, degrees)));
		assert_true(geo_read(span_of(arena_printf(mem, "{\"type\":\"Point\",\"coordinates\":[%.17g,%.17g]}", a.lon, a.lat)), mem,
		    &from, &why, &e));
		assert_true(geo_read(span_of(arena_printf(mem, "{\"type\":\"Point\",\"coordinates\":[%.17g,%.17g]}", b.lon, b.lat)), mem,
		    &to, &why, &e));
		box = geodesy_widen(&from.box, metres);
		if (geodesy_reaches(geodesy_of(&from, mem, &e), &to, metres, false, mem, &e)) {
			n_near++;
			if (b.lon < box.west || b.lon > box.east || b.lat < box.south || b.lat > box.north)
				fail_msg("%.17g,%.17g is within %g metres of %.17g,%.17g but not in its box", b.lon, b.lat, metres, a.lon, a.lat);
		}
		arena_rewind(mem, before);
	}
	assert_true(n_near > 5000 && n_near < 19000);
}

/* Cutting edges in halves finds the same as looking at many points on them. */
static void
geodesy__edges_agree_with_many_points(void **state)
{
	uint64_t d = seed_of_environment();

	(void)state;
	for (int i = 0; i < 60; i++) {
		struct arena_mark before = arena_mark(mem);
		double size = pow(10, between(&d, -2, 1.5)), lon = between(&d, -150, 150), lat = between(&d, -55, 55);
		struct lonlat a = { lon, lat }, b = { lon + between(&d, -size, size), lat + between(&d, -size, size) };
		struct lonlat p = { lon + between(&d, -size, size), lat + between(&d, -size, size) };
		struct geod_geodesic g;
		double least = 1e9, metres;
		const char *line, *point;

		geod_init(&g, 6378137, 1 / 298.257223563);
		for (int k = 0; k <= 20000; k++) {
			geod_inverse(&g, a.lat + (b.lat - a.lat) * k / 20000, a.lon + (b.lon - a.lon) * k / 20000, p.lat, p.lon, &metres, NULL,
			    NULL);
			least = fmin(least, metres);
		}
		line = arena_printf(mem, "{\"type\":\"LineString\",\"coordinates\":[[%.17g,%.17g],[%.17g,%.17g]]}", a.lon, a.lat, b.lon, b.lat);
		point = arena_printf(mem, "{\"type\":\"Point\",\"coordinates\":[%.17g,%.17g]}", p.lon, p.lat);
		assert_distance(line, point, least, 200 + least * 2e-6);
		arena_rewind(mem, before);
	}
}

int
main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, open_arena, close_arena)
	const struct CMUnitTest tests[] = {
		T(geo__points_have_geodesic_distances),
		T(geo__near_reads_latitude_first_where_it_must),
		T(geo__units),
		T(geo__exclude_distance_leaves_out_what_is_nearer),
		T(geo__edges_are_nearer_than_their_ends),
		T(geo__near_looks_across_180_degrees_and_poles),
		T(geo__boundaries_count),
		T(geo__holes_are_outside),
		T(geo__parts_together),
		T(geo__wrong_values_fail_unless_lax),
		T(geo__refuses_operands),
		T(geo__time_is_bounded),
		T(geodesy__widened_boxes_hold_all_that_is_near),
		T(geodesy__edges_agree_with_many_points),
	};

	return cmocka_run_group_tests_name("geo", tests, NULL, NULL);
}
