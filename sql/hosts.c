/* sql/hosts.c - where the server of a pool is: db.hosts in their order, or db.hostname */
#include "sql/odbc.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *
last_of(struct span s, char c)
{
	while (s.n > 0)
		if (s.p[--s.n] == c)
			return s.p + s.n;
	return NULL;
}

/* name, name:port, [address]:port; what begins with / is a socket */
static void
split(struct span item, int64_t usual_port, struct host *out)
{
	const char *colon = item.n > 0 && item.p[0] == '/' ? NULL : last_of(item, ':');
	const char *bracket = last_of(item, ']');

	out->port = (int)usual_port;
	if (colon != NULL && (bracket == NULL || bracket < colon)) {
		out->port = atoi(colon + 1);
		item.n = (size_t)(colon - item.p);
	}
	if (bracket != NULL)
		item = (struct span){ item.p + 1, (size_t)(bracket - item.p) - 1 };
	snprintf(out->name, sizeof(out->name), "%.*s", SPAN_ARG(item));
}

bool
host_at(const struct settings *set, size_t i, struct host *out)
{
	struct span rest = span_of(set->db_hosts);

	if (rest.n == 0) {
		snprintf(out->name, sizeof(out->name), "%s", set->db_hostname);
		out->port = (int)set->db_port;
		return i == 0;
	}
	for (; rest.n > 0; i--) {
		const char *comma = memchr(rest.p, ',', rest.n);
		size_t n = comma == NULL ? rest.n : (size_t)(comma - rest.p);

		if (i == 0) {
			split(span_trim((struct span){ rest.p, n }), set->db_port, out);
			return true;
		}
		n += comma != NULL;
		rest = (struct span){ rest.p + n, rest.n - n };
	}
	return false;
}

size_t
hosts_count(const struct settings *set)
{
	struct host ignored;
	size_t n = 0;

	while (host_at(set, n, &ignored))
		n++;
	return n;
}
