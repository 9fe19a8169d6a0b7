/* soda/planar.c - shapes on the flat map of longitudes and latitudes
 *
 * GEOS allocates for itself.  What lives for one call is destroyed in it, and nothing is taken from the arena meanwhile: that
 * could end the call without coming back here.
 */
#include "soda/planar.h"

#include "base/clock.h"
#include "soda/geolib.h"

enum {
	MAX_MS = 3000,			/* for one geometry */
	MOST_UNITED = 200		/* polygons that overlap: there may be a crossing for each pair of edges */
};

struct planar {
	GEOSContextHandle_t geos;
	GEOSGeometry *all[PART_KINDS];	/* the parts of one kind, together; NULL: there are none */
	const GEOSPreparedGeometry *prepared[PART_KINDS];
};

static bool
no_memory(struct err *e)
{
	return err_set(e, ERR_NO_MEMORY, NULL);
}

/* ---- time: lines that cross themselves everywhere cost the square of their length ---- */

static int64_t until_ns;		/* 0: nobody is at work; GEOS knows one such function for the whole process */

static void
look_at_clock(void)
{
	if (until_ns != 0 && clock_mono_ns() > until_ns)
		geolib.GEOS_interruptRequest();
}

static void
work_begin(void)
{
	geolib.GEOS_interruptRegisterCallback(look_at_clock);
	until_ns = clock_mono_ns() + MAX_MS * INT64_C(1000000);
}

/* is_done: GEOS has an answer.  Without one it ran out of time, or of memory. */
static bool
work_end(bool is_done, struct err *e)
{
	bool is_late = clock_mono_ns() > until_ns;

	until_ns = 0;
	geolib.GEOS_interruptCancel();
	return is_done || (is_late ? err_set(e, ERR_TIMEOUT, "the geometry of the filter or of some object is too complicated")
	    : no_memory(e));
}

/* ---- one part ---- */

static GEOSCoordSequence *
positions_of(GEOSContextHandle_t geos, const struct shape *s, const struct ring *r)
{
	return geolib.GEOSCoordSeq_copyFromBuffer_r(geos, (const double *)&s->at[r->first], (unsigned)r->n, 0, 0);
}

static GEOSGeometry *
ring_of(GEOSContextHandle_t geos, const struct shape *s, const struct ring *r)
{
	GEOSCoordSequence *c = positions_of(geos, s, r);

	return c == NULL ? NULL : geolib.GEOSGeom_createLinearRing_r(geos, c);
}

static GEOSGeometry *
polygon_of(GEOSContextHandle_t geos, const struct shape *s, const struct part *p, GEOSGeometry **holes)
{
	GEOSGeometry *outline = ring_of(geos, s, &s->rings[p->ring]);
	unsigned n = 0;

	while (outline != NULL && n + 1 < p->n_rings) {
		holes[n] = ring_of(geos, s, &s->rings[p->ring + n + 1]);
		if (holes[n] == NULL)
			break;
		n++;
	}
	if (outline != NULL && n + 1 == p->n_rings)
		return geolib.GEOSGeom_createPolygon_r(geos, outline, holes, n);	/* owns them, whatever comes of it */
	while (n > 0)
		geolib.GEOSGeom_destroy_r(geos, holes[--n]);
	if (outline != NULL)
		geolib.GEOSGeom_destroy_r(geos, outline);
	return NULL;
}

/* holes: room for the rings of the part.  NULL: no memory */
static GEOSGeometry *
part_of(GEOSContextHandle_t geos, const struct shape *s, const struct part *p, GEOSGeometry **holes)
{
	const struct ring *r = &s->rings[p->ring];
	GEOSCoordSequence *c;

	switch (p->kind) {
	case PART_POINT:
		return geolib.GEOSGeom_createPointFromXY_r(geos, s->at[r->first].lon, s->at[r->first].lat);
	case PART_LINE:
		c = positions_of(geos, s, r);
		return c == NULL ? NULL : geolib.GEOSGeom_createLineString_r(geos, c);
	default:
		return polygon_of(geos, s, p, holes);
	}
}

static GEOSGeometry **
room_for_holes(const struct shape *s, struct arena *mem)
{
	return ARENA_ARRAY(mem, GEOSGeometry *, s->n_rings);
}

/* ---- valid or not ---- */

static bool
has_polygon(const struct shape *s)
{
	for (size_t i = 0; i < s->n_parts; i++)
		if (s->parts[i].kind == PART_POLYGON)
			return true;
	return false;
}

bool
planar_is_valid(const struct shape *s, struct arena *mem, const char **why, struct err *e)
{
	struct arena_mark before = arena_mark(mem);
	GEOSGeometry **holes;
	GEOSContextHandle_t geos;
	char valid = 1;

	if (!has_polygon(s))
		return true;
	if (!geolib_load(e))
		return false;
	holes = room_for_holes(s, mem);
	work_begin();
	geos = geolib.GEOS_init_r();
	for (size_t i = 0; geos != NULL && valid == 1 && i < s->n_parts; i++) {
		GEOSGeometry *g;

		if (s->parts[i].kind != PART_POLYGON)
			continue;
		g = part_of(geos, s, &s->parts[i], holes);
		valid = g == NULL ? 2 : geolib.GEOSisValid_r(geos, g);
		if (g != NULL)
			geolib.GEOSGeom_destroy_r(geos, g);
	}
	if (geos != NULL)
		geolib.GEOS_finish_r(geos);
	arena_rewind(mem, before);
	if (!work_end(geos != NULL && valid != 2, e))
		return false;
	if (valid == 0)
		*why = "the rings of a polygon cross, or do not lie inside its outline";
	return valid == 1;
}

/* ---- the shape that others are held against ---- */

static void
planar_close(void *arg)
{
	struct planar *p = arg;

	if (p->geos == NULL)
		return;
	for (size_t k = 0; k < PART_KINDS; k++) {
		if (p->prepared[k] != NULL)
			geolib.GEOSPreparedGeom_destroy_r(p->geos, p->prepared[k]);
		if (p->all[k] != NULL)
			geolib.GEOSGeom_destroy_r(p->geos, p->all[k]);
	}
	geolib.GEOS_finish_r(p->geos);
}

/* Polygons that overlap or share a border become one, so that what lies in two of them lies within.  Takes the geometry. */
static GEOSGeometry *
unite(struct planar *p, GEOSGeometry *all, unsigned n, const char **why)
{
	char valid = geolib.GEOSisValid_r(p->geos, all);
	GEOSGeometry *united = NULL;

	if (valid == 1)
		return all;
	if (valid == 0 && n > MOST_UNITED)
		*why = "too many polygons that overlap or share borders";
	else if (valid == 0)
		united = geolib.GEOSUnaryUnion_r(p->geos, all);
	geolib.GEOSGeom_destroy_r(p->geos, all);
	return united;
}

/* All parts of a kind become one geometry. */
static bool
gather(struct planar *p, const struct shape *s, enum part_kind kind, GEOSGeometry **list, GEOSGeometry **holes,
    const char **why)
{
	static const int types[] = { GEOS_MULTIPOINT, GEOS_MULTILINESTRING, GEOS_MULTIPOLYGON };
	GEOSGeometry *all;
	unsigned n = 0;

	for (size_t i = 0; i < s->n_parts; i++) {
		if (s->parts[i].kind != kind)
			continue;
		list[n] = part_of(p->geos, s, &s->parts[i], holes);
		if (list[n] == NULL) {
			while (n > 0)
				geolib.GEOSGeom_destroy_r(p->geos, list[--n]);
			return false;
		}
		n++;
	}
	if (n == 0)
		return true;
	all = n == 1 ? list[0] : geolib.GEOSGeom_createCollection_r(p->geos, types[kind], list, n);
	if (all != NULL && n > 1 && kind == PART_POLYGON)
		all = unite(p, all, n, why);
	p->all[kind] = all;
	p->prepared[kind] = all == NULL ? NULL : geolib.GEOSPrepare_r(p->geos, all);
	return p->prepared[kind] != NULL;
}

bool
planar_open(const struct shape *s, struct arena *mem, struct planar **out, const char **why, struct err *e)
{
	GEOSGeometry **list = ARENA_ARRAY(mem, GEOSGeometry *, s->n_parts);
	GEOSGeometry **holes = room_for_holes(s, mem);
	struct planar *p = ARENA_NEW(mem, struct planar);
	bool ok;

	*out = p;
	*why = NULL;
	if (!geolib_load(e))
		return false;
	arena_defer(mem, planar_close, p);
	work_begin();
	p->geos = geolib.GEOS_init_r();
	ok = p->geos != NULL;
	for (int kind = PART_POINT; ok && kind < PART_KINDS; kind++)
		ok = gather(p, s, (enum part_kind)kind, list, holes, why);
	return work_end(ok || *why != NULL, e) && ok;
}

/* ---- others ---- */

typedef char test_fn(GEOSContextHandle_t geos, const GEOSPreparedGeometry *p, const GEOSGeometry *g);

/* does the part stand so to the points, to the lines, or to the polygons?  2: GEOS could not tell */
static char
part_stands(const struct planar *p, const struct shape *s, const struct part *part, GEOSGeometry **holes, test_fn *test)
{
	GEOSGeometry *g = part_of(p->geos, s, part, holes);
	char yes = g == NULL ? 2 : 0;

	for (size_t k = 0; yes == 0 && k < PART_KINDS; k++)
		if (p->prepared[k] != NULL)
			yes = test(p->geos, p->prepared[k], g);
	if (g != NULL)
		geolib.GEOSGeom_destroy_r(p->geos, g);
	return yes;
}

/* until a part answers so; 0 or 1, or 2 */
static char
parts_stand(const struct planar *p, const struct shape *s, struct arena *mem, test_fn *test, char until, struct err *e)
{
	struct arena_mark before = arena_mark(mem);
	GEOSGeometry **holes = room_for_holes(s, mem);
	char yes = !until;

	work_begin();
	for (size_t i = 0; yes == !until && i < s->n_parts; i++)
		yes = part_stands(p, s, &s->parts[i], holes, test);
	work_end(yes != 2, e);
	arena_rewind(mem, before);
	return yes;
}

bool
planar_intersects(const struct planar *p, const struct shape *s, struct arena *mem, struct err *e)
{
	return parts_stand(p, s, mem, geolib.GEOSPreparedIntersects_r, 1, e) == 1;
}

bool
planar_covers(const struct planar *p, const struct shape *s, struct arena *mem, struct err *e)
{
	return s->n_parts > 0 && parts_stand(p, s, mem, geolib.GEOSPreparedCovers_r, 0, e) == 1;
}
