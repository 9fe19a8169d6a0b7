/* soda/geolib.c - GEOS and the geodesics of PROJ, loaded when the first geometry needs them */
#include "config.h"
#include "soda/geolib.h"

#include "base/library.h"

struct geolib geolib;

bool
geolib_load(struct err *e)
{
#define F(name) { #name, &geolib.name },
	const struct library_function geos[] = { GEOLIB_GEOS(F) }, proj[] = { GEOLIB_PROJ(F) };
#undef F
	static bool is_loaded;

	is_loaded = is_loaded || (library_load(GEOS_SONAME, geos, sizeof(geos) / sizeof(*geos), "geometries", e)
	    && library_load(PROJ_SONAME, proj, sizeof(proj) / sizeof(*proj), "geometries", e));
	return is_loaded;
}
