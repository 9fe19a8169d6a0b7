/* datapump/curllib.c - libcurl, loaded when the first object is asked for */
#include "config.h"
#include "datapump/curllib.h"

#include "base/library.h"

struct curllib curllib;

bool
curllib_load(struct err *e)
{
#define F(name) { #name, &curllib.name },
	const struct library_function list[] = { CURLLIB(F) };
#undef F
	static bool is_loaded;

	if (!is_loaded)
		is_loaded = library_load(CURL_SONAME, list, sizeof(list) / sizeof(*list), "object storage", e)
		    && (curllib.curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK
			|| err_set(e, ERR_UNAVAILABLE, "the library for object storage cannot be used"));
	return is_loaded;
}
