/* handlers/request.c - finding things in a request */
#include "handlers/request.h"

struct span
request_header(const struct request *r, const char *lower_name)
{
	size_t n = strlen(lower_name);

	for (size_t i = 0; i < r->n_headers; i++)
		if (r->headers[i].name.n == n && memcmp(r->headers[i].name.p, lower_name, n) == 0)
			return r->headers[i].value;
	return (struct span){ NULL, 0 };
}

const struct pair *
request_pair(const struct request *r, const char *name)
{
	for (size_t i = 0; i < r->n_pairs; i++)
		if (span_is(r->pairs[i].name, name))
			return &r->pairs[i];
	return NULL;
}

const char *
method_name(enum http_method m)
{
	switch (m) {
	case M_GET:
		return "GET";
	case M_HEAD:
		return "HEAD";
	case M_POST:
		return "POST";
	case M_PUT:
		return "PUT";
	case M_PATCH:
		return "PATCH";
	case M_DELETE:
		return "DELETE";
	case M_OPTIONS:
		return "OPTIONS";
	case M_OTHER:
		break;
	}
	return "-";
}
