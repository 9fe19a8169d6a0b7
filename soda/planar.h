/* soda/planar.h - shapes on the flat map of longitudes and latitudes: GEOS behind a door
 *
 * An edge is the straight line between its ends on that map, as RFC 7946 (3.1.1) has it, and nothing crosses the meridian
 * of 180 degrees: geometries that do are cut there (3.1.9).
 */
#ifndef CORDS_SODA_PLANAR_H
#define CORDS_SODA_PLANAR_H

#include "base/err.h"
#include "soda/shape.h"

struct planar;

/* Are its polygons such that inside and outside are clear?  fails NO_MEMORY, TIMEOUT, UNAVAILABLE; *why is set when the answer is false
 * without */
bool planar_is_valid(const struct shape *s, struct arena *mem, const char **why, struct err *e);

/* A shape that others are held against, released with mem.  s is valid.  fails NO_MEMORY, TIMEOUT, UNAVAILABLE;
 * false without: *why */
bool planar_open(const struct shape *s, struct arena *mem, struct planar **out, const char **why, struct err *e);

/* Is some point common to both?  Boundaries count.  On failure false with e->kind NO_MEMORY or TIMEOUT */
bool planar_intersects(const struct planar *p, const struct shape *s, struct arena *mem, struct err *e);

/* Is no point of the shape outside?  Boundaries count.  In a collection each part of the shape has to lie within the points,
 * within the lines or within the polygons, taken together. */
bool planar_covers(const struct planar *p, const struct shape *s, struct arena *mem, struct err *e);

#endif
