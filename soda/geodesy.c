/* soda/geodesy.c - distances between shapes on the ellipsoid of WGS 84
 *
 * Pairs of edges are cut in halves until the middles of two pieces are near enough, or the pieces are so short that no two of
 * their points can be.  Most pairs are told apart without a geodesic: on a sphere whose places have the same longitudes and
 * latitudes every way is a known range of factors shorter, because the radii of curvature lie between two bounds.
 */
#include "soda/geodesy.h"

#include "base/clock.h"
#include "soda/geolib.h"

#include <math.h>

/* radii of curvature of the ellipsoid: the least is along the meridian at the equator, the greatest at the poles */
#define EQUATOR_METRES 6378137.0
#define FLATTENING (1 / 298.257223563)
#define LEAST_RADIUS 6335439.0
#define MOST_RADIUS 6399594.0
#define RADIANS (3.14159265358979323846 / 180)
#define LEAST_PIECE 0.25		/* metres */
#define LEAST_SHARE 1e-6		/* of the limit */

enum {
	PAIRS_PER_LOOK = 1 << 16,	/* between two looks at the clock */
	GEODESIC_PAIRS = 32,		/* what a geodesic costs, in pairs that are told apart without */
	MAX_MS = 10000			/* for one document */
};

struct edge {
	struct lonlat a, b;
	double half;			/* radians on the sphere from its middle to its ends, at most */
	double middle[3];		/* on the sphere, as a vector of length 1 */
};

struct geodesy {
	struct geod_geodesic ellipsoid;
	size_t n;
	struct edge *edges;
};

struct search {
	const struct geod_geodesic *ellipsoid;
	double metres, least;
	bool strict;
	size_t work;
	int64_t until_ns;
	struct err *e;
};

static struct lonlat
middle_of(struct lonlat a, struct lonlat b)
{
	return (struct lonlat){ (a.lon + b.lon) / 2, (a.lat + b.lat) / 2 };
}

static struct edge
edge_of(struct lonlat a, struct lonlat b)
{
	struct edge x = { .a = a, .b = b };
	struct lonlat m = middle_of(a, b);
	bool crosses = (a.lat < 0) != (b.lat < 0);
	double widest = cos((crosses ? 0 : fmin(fabs(a.lat), fabs(b.lat))) * RADIANS);
	double parallel = cos(m.lat * RADIANS);

	x.half = hypot((a.lon - b.lon) * widest, a.lat - b.lat) / 2 * RADIANS;
	x.middle[0] = parallel * cos(m.lon * RADIANS);
	x.middle[1] = parallel * sin(m.lon * RADIANS);
	x.middle[2] = sin(m.lat * RADIANS);
	return x;
}

static struct edge *
edges_of(const struct shape *s, struct arena *mem, size_t *n)
{
	struct edge *list = ARENA_ARRAY(mem, struct edge, s->n);

	*n = 0;
	for (size_t i = 0; i < s->n_rings; i++) {
		const struct lonlat *at = &s->at[s->rings[i].first];

		if (s->rings[i].n == 1)
			list[(*n)++] = edge_of(at[0], at[0]);
		for (size_t k = 1; k < s->rings[i].n; k++)
			list[(*n)++] = edge_of(at[k - 1], at[k]);
	}
	return list;
}

struct geodesy *
geodesy_of(const struct shape *s, struct arena *mem, struct err *e)
{
	struct geodesy *g = ARENA_NEW(mem, struct geodesy);

	if (!geolib_load(e))
		return NULL;
	geolib.geod_init(&g->ellipsoid, EQUATOR_METRES, FLATTENING);
	g->edges = edges_of(s, mem, &g->n);
	return g;
}

static bool
spend(struct search *s, size_t n)
{
	int64_t now;

	s->work += n;
	if (s->work < PAIRS_PER_LOOK)
		return true;
	s->work = 0;
	now = clock_mono_ns();
	if (s->until_ns == 0)
		s->until_ns = now + MAX_MS * INT64_C(1000000);
	return now <= s->until_ns || err_set(s->e, ERR_TIMEOUT, "the filter takes too long on some object");
}

/* A part of an edge; half: metres from its middle to its ends, at most. */
struct piece {
	struct lonlat a, b;
	double half;
};

/* Each call halves a piece, so the depth is that of halving the longest edge until LEAST_PIECE, twice. */
static bool
pieces_reach(struct search *s, struct piece a, struct piece b)
{
	struct lonlat x = middle_of(a.a, a.b), y = middle_of(b.a, b.b);
	struct piece half;
	double d;

	if (!spend(s, GEODESIC_PAIRS))
		return false;
	geolib.geod_inverse(s->ellipsoid, x.lat, x.lon, y.lat, y.lon, &d, NULL, NULL);
	if (s->strict ? d < s->metres : d <= s->metres)
		return true;
	if (d - a.half - b.half > s->metres || a.half + b.half < s->least)
		return false;
	if (a.half < b.half)
		return pieces_reach(s, b, a);
	half = (struct piece){ a.a, x, a.half / 2 };
	if (pieces_reach(s, half, b))
		return true;
	half = (struct piece){ x, a.b, a.half / 2 };
	return s->e->kind == ERR_NONE && pieces_reach(s, half, b);
}

static bool
edges_reach(struct search *s, const struct edge *a, const struct edge *b)
{
	double angle = s->metres / LEAST_RADIUS * (1 + 1e-9) + a->half + b->half;
	double dot = a->middle[0] * b->middle[0] + a->middle[1] * b->middle[1] + a->middle[2] * b->middle[2];

	/* 1e-12: what rounding may have done to the vectors */
	if (angle < 3 && dot < cos(angle) - 1e-12)
		return false;
	return pieces_reach(s, (struct piece){ a->a, a->b, a->half * MOST_RADIUS },
	    (struct piece){ b->a, b->b, b->half * MOST_RADIUS });
}

bool
geodesy_reaches(const struct geodesy *from, const struct shape *to, double metres, bool strict, struct arena *mem,
    struct err *e)
{
	struct search s = { .ellipsoid = &from->ellipsoid, .metres = metres, .strict = strict, .e = e };
	struct arena_mark before = arena_mark(mem);
	struct edge *edges;
	bool yes = false;
	size_t n;

	s.least = fmax(LEAST_PIECE, metres * LEAST_SHARE);
	edges = edges_of(to, mem, &n);
	for (size_t i = 0; i < from->n && !yes && e->kind == ERR_NONE; i++)
		for (size_t k = 0; k < n && !yes && spend(&s, 1); k++)
			yes = edges_reach(&s, &from->edges[i], &edges[k]);
	arena_rewind(mem, before);
	return yes && e->kind == ERR_NONE;
}

/* On the sphere a way of d metres is an angle of at most d / LEAST_RADIUS, and no circle of that angle round a place reaches
 * further along the parallels than where its meridians touch it. */
struct box
geodesy_widen(const struct box *box, double metres)
{
	static const struct box all = { -180, -90, 180, 90 };
	double angle = metres / LEAST_RADIUS * (1 + 1e-9) + 1e-12, degrees, farthest, sine;
	struct box wide = *box;

	if (metres < 0)
		return wide;
	if (!(angle < 1.5))
		return all;
	degrees = angle / RADIANS;
	wide.south = fmax(box->south - degrees, -90);
	wide.north = fmin(box->north + degrees, 90);
	farthest = fmax(fabs(box->south), fabs(box->north));
	sine = farthest + degrees >= 90 ? 1 : sin(angle) / cos(farthest * RADIANS);
	degrees = sine < 1 ? asin(sine) / RADIANS * (1 + 1e-9) : 360;
	wide.west = box->west - degrees;
	wide.east = box->east + degrees;
	if (wide.west <= -180 || wide.east >= 180) {
		wide.west = -180;
		wide.east = 180;
	}
	return wide;
}
