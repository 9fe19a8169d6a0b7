/* soda/geolib.c - GEOS and the geodesics of PROJ, loaded when the first geometry needs them */
#include "config.h"
#include "soda/geolib.h"

#include <dlfcn.h>
#include <string.h>

struct geolib geolib;

struct function {
	const char *name;
	void *at;			/* its member of geolib */
};

static bool
load(const char *file, const struct function *list, size_t n, struct err *e)
{
	void *so = dlopen(file, RTLD_NOW | RTLD_LOCAL);	/* for the life of the process */
	void *found = so;

	for (size_t i = 0; found != NULL && i < n; i++) {
		found = dlsym(so, list[i].name);
		memcpy(list[i].at, &found, sizeof(found));
	}
	if (found != NULL)
		return true;
	err_set(e, ERR_UNAVAILABLE, "the library for geometries is missing");
	return err_detail(e, "%s", dlerror());
}

bool
geolib_load(struct err *e)
{
#define F(name) { #name, &geolib.name },
	const struct function geos[] = { GEOLIB_GEOS(F) }, proj[] = { GEOLIB_PROJ(F) };
#undef F
	static bool is_loaded;

	is_loaded = is_loaded || (load(GEOS_SONAME, geos, sizeof(geos) / sizeof(*geos), e)
	    && load(PROJ_SONAME, proj, sizeof(proj) / sizeof(*proj), e));
	return is_loaded;
}
