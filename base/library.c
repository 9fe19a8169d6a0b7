/* base/library.c - dlopen */
#include "base/library.h"

#include <dlfcn.h>
#include <string.h>

bool
library_load(const char *file, const struct library_function *list, size_t n, const char *what, struct err *e)
{
	void *so = dlopen(file, RTLD_NOW | RTLD_LOCAL);
	void *found = so;

	for (size_t i = 0; found != NULL && i < n; i++) {
		found = dlsym(so, list[i].name);
		memcpy(list[i].at, &found, sizeof(found));
	}
	if (found != NULL)
		return true;
	err_set(e, ERR_UNAVAILABLE, "the library for %s is missing", what);
	return err_detail(e, "%s", dlerror());
}
