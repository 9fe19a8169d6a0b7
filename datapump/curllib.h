/* datapump/curllib.h - libcurl, loaded when the first object is asked for */
#ifndef CORDS_DATAPUMP_CURLLIB_H
#define CORDS_DATAPUMP_CURLLIB_H

#include "base/err.h"

#define CURL_DISABLE_TYPECHECK		/* it would look for functions that are linked */
#include <curl/curl.h>

#define CURLLIB(F) \
	F(curl_global_init) F(curl_easy_init) F(curl_easy_cleanup) F(curl_easy_reset) F(curl_easy_setopt) F(curl_easy_perform) \
	F(curl_easy_getinfo) F(curl_easy_strerror) F(curl_slist_append) F(curl_slist_free_all)

struct curllib {
#define F(name) __typeof__(&name) name;
	CURLLIB(F)
#undef F
};

extern struct curllib curllib;		/* after curllib_load() */

/* At once when it is there already.  fails UNAVAILABLE */
bool curllib_load(struct err *e);

#endif
