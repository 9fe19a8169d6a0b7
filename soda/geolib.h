/* soda/geolib.h - GEOS, and the geodesics of PROJ, loaded when the first geometry needs them
 *
 * With what they depend on they are forty libraries: linked, they would cost every process 15 milliseconds and some
 * megabytes at its start, also those that never meet a geometry.
 */
#ifndef CORDS_SODA_GEOLIB_H
#define CORDS_SODA_GEOLIB_H

#include "base/err.h"

#include <geodesic.h>
#include <geos_c.h>

#define GEOLIB_GEOS(F) \
	F(GEOS_init_r) F(GEOS_finish_r) F(GEOS_interruptRegisterCallback) F(GEOS_interruptRequest) F(GEOS_interruptCancel) \
	F(GEOSCoordSeq_copyFromBuffer_r) F(GEOSGeom_createPointFromXY_r) F(GEOSGeom_createLineString_r) \
	F(GEOSGeom_createLinearRing_r) F(GEOSGeom_createPolygon_r) F(GEOSGeom_createCollection_r) F(GEOSGeom_destroy_r) \
	F(GEOSisValid_r) F(GEOSUnaryUnion_r) F(GEOSPrepare_r) F(GEOSPreparedGeom_destroy_r) F(GEOSPreparedIntersects_r) \
	F(GEOSPreparedCovers_r)
#define GEOLIB_PROJ(F) F(geod_init) F(geod_inverse)

struct geolib {
#define F(name) __typeof__(&name) name;
	GEOLIB_GEOS(F)
	GEOLIB_PROJ(F)
#undef F
};

extern struct geolib geolib;		/* after geolib_load() */

/* At once when they are there already.  fails UNAVAILABLE */
bool geolib_load(struct err *e);

#endif
