/* soda/geo.h - $near, $within and $intersects: their operands, and what they mean for a document
 *
 * $within and $intersects look at the flat map of longitudes and latitudes (soda/planar.h), $near measures on the ellipsoid
 * (soda/geodesy.h); shapes that meet on the map have no distance.  Boundaries count.
 */
#ifndef CORDS_SODA_GEO_H
#define CORDS_SODA_GEO_H

#include "soda/member.h"
#include "soda/shape.h"

enum spatial { SPATIAL_NEAR, SPATIAL_WITHIN, SPATIAL_INTERSECTS };

/*
 * geo_parse - read an operand
 *
 * m       the operator with its operand
 * out     gets what a COND_SPATIAL has besides its path; released with mem
 * fails   BAD_QBE 5000, 5014, 5017, 5047..5050, 5058; NO_MEMORY
 * spec    SODA for REST, spatial operators; RFC 7946 section 3.1 for geometries
 */
bool geo_parse(const struct member *m, enum spatial op, struct arena *mem, struct cond *out, struct err *e);

/*
 * geo_holds - does the value at the condition's path stand to the operand as it says?
 *
 * n       how many values the path has; value: one of them
 * fails   NOT_GEOMETRY, VALUE_MISSING as the condition's flags say; TIMEOUT, NO_MEMORY.  null is no geometry and never wrong.
 * returns the answer; on failure false with e->kind set
 */
bool geo_holds(const struct cond *c, size_t n, struct span value, struct arena *mem, struct err *e);

/* One valid geometry, for conditions and indexes alike.  false: *why is a constant text, or e is set */
bool geo_read(struct span value, struct arena *mem, struct shape *out, const char **why, struct err *e);

#endif
