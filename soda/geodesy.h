/* soda/geodesy.h - distances between shapes on the ellipsoid of WGS 84
 *
 * The distance of two shapes is that of their nearest points, along the geodesic.  Edges are straight on the map of longitudes
 * and latitudes, as the rest of the language sees them.  Between points it is exact to nanometres.  Where an edge takes part,
 * an answer may be no although the limit was reached by less than a quarter of a metre, or a millionth of the limit.
 */
#ifndef CORDS_SODA_GEODESY_H
#define CORDS_SODA_GEODESY_H

#include "base/err.h"
#include "soda/shape.h"

struct geodesy;

/* a shape that distances are measured from, borrowed for the life of mem; NULL: fails UNAVAILABLE */
struct geodesy *geodesy_of(const struct shape *s, struct arena *mem, struct err *e);

/*
 * geodesy_reaches - is some point of the other shape within so many metres of a point on the first one's points or edges?
 *
 * What lies inside a polygon is not asked: shapes that overlap are known to have no distance.
 *
 * strict  nearer than that, rather than at most that far
 * returns the answer; on failure false with e->kind TIMEOUT
 */
bool geodesy_reaches(const struct geodesy *from, const struct shape *to, double metres, bool strict, struct arena *mem,
    struct err *e);

/* A box that holds every point within so many metres of some point in the box: all longitudes where it reaches a pole or the
 * meridian of 180 degrees. */
struct box geodesy_widen(const struct box *box, double metres);

#endif
